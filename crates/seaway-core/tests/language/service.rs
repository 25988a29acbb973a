//! Programs of other people: `type = "service"`, and types that are data.

use insta::assert_snapshot;

use seaway_core::recipe::{Piece, Recipe};

use crate::support::{ports, stack_of, told_of, variables};

const APP: &str = "name = \"shop\"\napp.image = \"ghcr.io/acme/shop:1\"\napp.module = \"shop\"\napp.env.KEY = \"${secrets.a.key}\"\nsecrets.a.keys = [\"key\"]\n";

fn text(more: &str) -> String {
    format!("{APP}{more}\n[stages.x]\n")
}

fn told(more: &str) -> String {
    told_of(&text(more), "x")
}

fn service(more: &str) -> String {
    format!(
        "[components]\nweb = {{ type = \"web\", env.URL = \"${{s.host}}\" }}\ns = {{ type = \"service\", image = \"acme/search:1\"{more} }}\n"
    )
}

#[test]
fn it_has_nothing_of_the_application_and_its_own_outputs() {
    let more = service(
        ", port = 7700, ports = { metrics = 9100 }, keys = [\"token\"], env = { T = \"${self.token}\", P = \"${self.port}\" }, \
         outputs = { api = \"redis://:${self.token}@${self.host}:${self.metrics-port}/1\", plain = \"$${x} ${self.host}\" }",
    );
    let stack = stack_of(&text(&more), "x");
    let part = stack.part("s").expect("it");
    assert_snapshot!(variables(&stack, "s"), @"
    P=7700
    T=secret s/token
    ");
    assert!(part.edges.is_empty() && part.waits_for.is_none());
    let texts: Vec<String> =
        part.facts.outputs.iter().map(|(name, text)| format!("{name}={text}")).collect();
    assert_eq!(
        texts,
        ["host=s", "metrics-port=9100", "plain=${x} s", "port=7700", "url=http://s:7700"]
    );
    let keys = &stack.secrets.iter().find(|(name, _)| ***name == *"s").expect("a contract").1.keys;
    let api = keys.iter().find(|(key, _)| ***key == *"api").map(|(_, recipe)| recipe);
    let Some(Recipe::Composed(pieces)) = api else { panic!("{api:?}") };
    assert!(matches!(&pieces[0], Piece::Text(text) if text == "redis://:"), "{pieces:?}");
    assert!(matches!(&pieces[2], Piece::Text(text) if text == "@s:9100/1"), "{pieces:?}");
    let web = stack.part("web").expect("it");
    assert_eq!(ports(web, part), [7700]);
}

#[test]
fn a_reference_to_a_port_opens_that_port() {
    let calls = |reference: &str, more: &str| {
        let more = service(more).replace("${s.host}", reference);
        let stack = stack_of(&text(&more), "x");
        ports(stack.part("web").expect("it"), stack.part("s").expect("it"))
    };
    let both = ", port = 1, ports = { a = 2, b = 3 }, outputs = { of-a = \"${self.host}:${self.a-port}\" }";
    assert_eq!(calls("${s.host}", both), [1]);
    assert_eq!(calls("${s.url}", both), [1]);
    assert_eq!(calls("${s.a-port}", both), [2]);
    assert_eq!(calls("${s.of-a}", both), [2]);
    assert_eq!(calls("${s.b-port} ${s.port}", both), [1, 3]);
    // Without a port of its own it is the one that is known, else the only one, else all.
    assert_eq!(calls("${s.host}", ", ports = { amqp = 5672, management = 15672 }"), [5672]);
    assert_eq!(
        calls("${s.management-port}", ", ports = { amqp = 5672, management = 15672 }"),
        [15672]
    );
    assert_eq!(calls("${s.host}", ", ports = { a = 7 }"), [7]);
    assert_eq!(calls("${s.host}", ", ports = { a = 7, b = 8 }"), [7, 8]);
}

#[test]
fn the_preset_binds_what_it_provides() {
    let more = "[components]\nweb.type = \"web\"\nm = { type = \"service\", image = \"memcached:1\", port = 11211, provides = [\"cache\"], outputs.url = \"memcached://${self.host}:${self.port}\" }";
    let stack = stack_of(&text(more), "x");
    assert!(variables(&stack, "web").contains("CACHE_URL=memcached://m:11211"));
}

#[test]
fn what_can_not_be_is_told() {
    let faults = [
        "[components]\ns = { type = \"service\", port = 1 }".to_owned(),
        service(", storage = { \"/x\" = \"1Gi\" }, replicas = 2"),
        service(", storage = { \"/a/b\" = \"1Gi\", \"/a-b\" = \"1Gi\" }"),
        service(", keys = [\"k\"], outputs.k = \"x\""),
        service(", outputs.u = \"${self.prot}\", port = 1"),
        service(", outputs.u = \"${web.host}\""),
        service(", outputs.u = \"${self\""),
        service(", port = 1, ports = { a = 1 }"),
        "components.self = { type = \"service\", image = \"a:1\" }".to_owned(),
    ];
    let all: Vec<String> = faults.iter().map(|more| told(more)).collect();
    assert_snapshot!(all.join("\n"), @r#"
    missing-field 7:1 `s` has no image | inherits none | add `image = "registry/repository:tag"`

    conflict 8:89 `s` has `storage`, which one pod mounts, and several pods | several pods; 8:62 a volume of one pod | leave `replicas` and `autoscale` out, or keep the data in a volume of `[volumes]` that all nodes mount

    conflict 8:62 two paths of `storage` have one claim, `s-a-b` | ; 8:78 the first one | mount one volume at the folder above both

    conflict 8:72 `k` is an output and a key |  | each of `keys` is an output already: leave this one out

    unknown-output 8:63 an output of `s` can not have `${self.prot}` | made of its own alone | did you mean `port`?

    unknown-output 8:63 an output of `s` can not have `${web.host}` | made of its own alone | did you mean `host`?

    bad-reference 8:63 `${self` is not a reference |  | write `${self.host}`, or `$${` for a literal `${`

    conflict 8:74 port 1 has two names | `a`; 8:57 `port` | leave one of them out

    invalid-value 6:12 a component can not be called `self` | references begin with this word | reserved are `self`, `secrets`, `config`, `pod`, `node`, `stack`, `stage` and `app`
    "#);
}

#[test]
fn a_type_is_what_a_component_starts_from() {
    let more = "types.meilisearch = { storage = { \"/meili_data\" = \"9Gi\" }, env.MEILI_ENV = false }\n\
        types.mine = { type = \"meilisearch\", port = 7701 }\n\
        [components]\nweb = { type = \"web\", env.URL = \"${s.url}\" }\n\
        s = { type = \"mine\", env.MEILI_NO_ANALYTICS = false, env.X = \"1\" }";
    let stack = stack_of(&text(more), "x");
    let part = stack.part("s").expect("it");
    assert_snapshot!(variables(&stack, "s"), @"
    MEILI_DB_PATH=/meili_data/data.ms
    MEILI_DUMP_DIR=/meili_data/dumps
    MEILI_MASTER_KEY=secret s/master-key
    MEILI_MAX_INDEXING_MEMORY=512MiB
    MEILI_SNAPSHOT_DIR=/meili_data/snapshots
    X=1
    ");
    assert_eq!(part.facts.storage[0].size.to_string(), "9Gi");
    assert_eq!(part.facts.outputs["url"], "http://s:7701");
    assert_eq!(part.facts.program.as_deref(), Some("meilisearch"));
    // The same type by a stage, over a component that was something else.
    let text = format!(
        "{APP}components.web = {{ type = \"web\", env.URL = \"${{s.url}}\" }}\ncomponents.s = {{ type = \"redis\", durable = true, roles = [] }}\n\
         [stages.x]\ncomponents.s = {{ type = \"mailpit\", env.MP_SMTP_AUTH_ACCEPT_ANY = false }}\n"
    );
    let stack = stack_of(&text, "x");
    assert_snapshot!(variables(&stack, "s"), @"
    MP_DISABLE_VERSION_CHECK=1
    MP_SMTP_AUTH_ALLOW_INSECURE=1
    ");
    // And a type over something that the compiler knows.
    let more = "types.broker = { type = \"redis\", durable = true }\n\
        [components]\nworker.type = \"worker\"\nb = { type = \"broker\", storage = \"2Gi\" }";
    let stack = stack_of(&self::text(more), "x");
    assert!(stack.part("b").expect("it").facts.keeps_volume);
}

#[test]
fn types_that_can_not_be_are_told() {
    let faults = [
        "types.redis = { durable = true }\ncomponents.r.type = \"redis\"",
        "types.a.type = \"b\"\ntypes.b.type = \"a\"\ncomponents.r.type = \"a\"",
        "types.a = 1\ncomponents.r.type = \"a\"",
        "types.a.type = \"meilisaerch\"\ncomponents.r.type = \"a\"",
        "types.a.prot = 1\ncomponents.r = { type = \"a\", image = \"x:1\" }",
        "components.r.type = \"rabitmq\"",
    ];
    let all: Vec<String> = faults.iter().map(|more| told(more)).collect();
    assert_snapshot!(all.join("\n"), @r#"
    conflict 6:7 `redis` is a type that Seaway knows itself |  | give it another name, and start from that one: `types.my-redis.type = "redis"`

    cyclic-extends 7:16 type `a` starts from itself | closes the circle # a → b → a | 

    wrong-type 6:7 expected a table, found an integer | a type is a table | 

    unknown-type 6:16 unknown type `meilisaerch` |  | did you mean `meilisearch`?

    unknown-field 6:9 unknown key `prot` | not known here | did you mean `port`?

    unknown-type 6:21 unknown type `rabitmq` |  | did you mean `rabbitmq`?
    "#);
}

#[test]
fn each_shipped_type_compiles_and_lies_in_a_place_of_its_own() {
    for name in seaway_core::source::shipped::names() {
        let more = format!(
            "[components]\nweb = {{ type = \"web\", env.HOST = \"${{s.host}}\" }}\ns.type = \"{name}\""
        );
        let stack = stack_of(&text(&more), "x");
        let part = stack.part("s").expect("it");
        let image = part.shared.image.as_ref().expect("an image");
        let place = image.origin.span().expect("a place");
        let source = seaway_core::Source::new("stack.toml", "");
        let shipped = source.text_at(place.start);
        assert_eq!(shipped.name, format!("<seaway>/templates/services/{name}.toml"));
        assert!(shipped.text[shipped.range(place)].contains(&image.repository), "{name}");
    }
}

#[test]
fn folders_of_several_secrets_and_modes_of_files() {
    let of = |mounts: &str| {
        told(&format!(
            "secrets.one.keys = [\"a\"]\nsecrets.two.keys = [\"a\", \"b\"]\nvolumes.v.storage = \"1Gi\"\n\
             [components.x]\ntype = \"service\"\nimage = \"x:1\"\nport = 80\n{mounts}\n"
        ))
    };
    assert_snapshot!(of("mounts.\"/all\" = { secrets = [\"one\", \"two\"] }"), @"two-writers 13:37 the Secrets `one` and `two` both have a key `a` | one folder has one file of a name; 13:30  | mount them at two paths, or one key alone with `secret` and `key`");
    assert_snapshot!(of("mounts.\"/all\" = { secrets = [\"one\", \"three\"] }"), @"unknown-secret 13:37 unknown Secret `three` | no contract declares it | known are `a`, `one` and `two`");
    assert_snapshot!(of("mounts.\"/all\" = { secret = \"one\", secrets = [\"two\"] }"), @"conflict 13:17 `/all` mounts not exactly one thing |  | write one of `volume`, `config`, `secret`, `secrets` and `scratch`");
    assert_snapshot!(of("mounts.\"/all\" = { secrets = [\"one\"], key = \"a\" }"), @"conflict 13:44 only a config or a Secret has keys |  |");
    assert_snapshot!(of("mounts.\"/v\" = { volume = \"v\", mode = \"0755\" }"), @"conflict 13:38 only files of a config or Secret have a `mode` |  | remove it: what writes a file sets its permissions");
    assert_snapshot!(of("mounts.\"/all\" = { secret = \"one\", mode = \"u+x\" }"), @"invalid-value 13:42 `u+x` are no permissions of a file |  | write three octal digits, for example `0755`");
    assert_snapshot!(of("sidecars = [{ name = \"y\", image = \"y:1\", run-as-user = 0 }]"), @"unsafe-setting 13:56 a process can not run as root | Pod Security `restricted` refuses it | write another user id, or remove the key for 10001");
}
