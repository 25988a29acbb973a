//! References outside of variables: commands, labels, queues, probes and configs.

use std::fmt::Write as _;

use insta::assert_snapshot;
use seaway_core::options::{Component, ProbeSetting};
use seaway_core::stack::{Piece, Recipe};
use seaway_core::{Code, Stack};

use crate::support::{APP, compiled, stack, told, variable, variables};

/// The edges of a part.
fn edges(stack: &Stack, part: &str) -> Vec<String> {
    stack.part(part).expect("it").edges.keys().map(ToString::to_string).collect()
}

fn command(stack: &Stack, part: &str) -> Vec<String> {
    let part = stack.part(part).expect("it");
    part.component.command().iter().map(ToString::to_string).collect()
}

/// The keys of a Secret with what they are composed of.
fn keys(stack: &Stack, secret: &str) -> String {
    let contract = stack.secrets.iter().find(|(name, _)| &***name == secret).expect("it").1;
    let mut lines = String::new();
    for (key, recipe) in &contract.keys {
        let Recipe::Composed(pieces) = recipe else { panic!("{recipe:?}") };
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Key(key) => format!("<{key}>"),
            Piece::Of { secret, key, is_encoded } => {
                format!("<{secret}.{key}{}>", if *is_encoded { " encoded" } else { "" })
            }
            Piece::Opaque => "…".to_owned(),
        };
        let text: String = pieces.iter().map(piece).collect();
        let _ = writeln!(lines, "{key}: {text:?}");
    }
    lines
}

#[test]
fn a_command_holds_text_and_variables_for_secrets() {
    let stack = stack(&format!(
        "{APP}app.bind = false\n[components.db]\ntype = \"postgres\"\n[components.cache]\ntype = \"redis\"\n\
         [components.dump]\ntype = \"job\"\nwait-for-schema = false\n\
         command = [\"psql\", \"--host=${{db.host}}\", \"--port=${{db.port}}\", \"${{db.url}}\", \"x:${{db.password}}\", \"${{pod.name}} $${{HOME}} $$(A)\"]\n"
    ));
    assert_eq!(
        command(&stack, "dump"),
        [
            "psql",
            "--host=db",
            "--port=5432",
            "$(SEAWAY_DB_URL)",
            "x:$(SEAWAY_DB_PASSWORD)",
            "$(SEAWAY_POD_NAME) ${HOME} $$(A)"
        ]
    );
    assert_eq!(edges(&stack, "dump"), ["db"]);
    assert_snapshot!(variables(&stack, "dump"), @r"
    DJANGO_SETTINGS_MODULE=shop.settings
    HOME=/tmp
    PYTHONDONTWRITEBYTECODE=1
    PYTHONUNBUFFERED=1
    SEAWAY_DB_PASSWORD=secret db/password
    SEAWAY_DB_URL=secret db/url
    SEAWAY_POD_NAME=field metadata.name
    ");
}

#[test]
fn a_command_is_an_edge_for_the_order_of_start_and_for_certificates() {
    let stack = stack(&format!(
        "{APP}app.bind = false\n[components.db]\ntype = \"postgres\"\n[components.migrate]\ntype = \"migrate\"\nenv.D = \"${{db.url}}\"\n\
         [components.p]\ntype = \"process\"\ncommand = [\"p\", \"${{db.host}}\"]\n"
    ));
    let part = stack.part("p").expect("it");
    assert_eq!(part.waits_for.as_ref().map(|gate| &*gate.migrate as &str), Some("migrate"));
    assert!(part.reads.iter().any(|name| &**name == "db"));
}

#[test]
fn words_of_sidecars_and_init_containers_are_edges_of_their_component() {
    let stack = stack(&format!(
        "{APP}app.bind = false\n[components.db]\ntype = \"postgres\"\n[components.cache]\ntype = \"redis\"\n\
         [components.w]\ntype = \"worker\"\n\
         [[components.w.sidecars]]\nname = \"proxy\"\nimage = \"ghcr.io/acme/proxy:1\"\ncommand = [\"proxy\"]\nargs = [\"${{db.password}}\", \"${{app.version}}\"]\n\
         [[components.w.init-containers]]\nname = \"warm\"\ncommand = [\"warm\", \"${{cache.url}}\"]\n"
    ));
    assert_eq!(edges(&stack, "w"), ["cache", "db"]);
    let part = stack.part("w").expect("it");
    let words: Vec<&str> = part.shared.sidecars[0].args.iter().map(|word| word.as_str()).collect();
    assert_eq!(words, ["$(SEAWAY_DB_PASSWORD)", "1"]);
    let of = |name: &str| -> Vec<String> {
        let all = part.container_env.iter().find(|(known, _)| &***known == name);
        all.expect("it").1.iter().map(|variable| variable.name.to_string()).collect()
    };
    assert_eq!(of("proxy"), ["SEAWAY_DB_PASSWORD"]);
    assert!(of("warm").contains(&"SEAWAY_CACHE_URL".to_owned()));
    let own: Vec<&str> = part.env.iter().map(|variable| &*variable.name).collect();
    assert!(own.iter().all(|name| !name.starts_with("SEAWAY")), "{own:?}");
}

#[test]
fn names_and_texts_without_secrets_are_written_out() {
    let stack = stack(&format!(
        r#"{APP}
[config.features]
level = "high"
[components.web]
type = "web"
annotations = {{ "example.com/release" = "${{app.version}} $${{x}}" }}
labels = {{ "example.com/stage" = "${{stage.name}}" }}
probes.readiness = {{ path = "/${{stack.name}}/${{self.port}}" }}
probes.liveness = {{ command = ["check", "${{web.host}}"] }}
expose = {{ type = "ingress", class = "nginx", from-namespaces = ["nginx"], annotations = {{ "example.com/level" = "${{config.features.level}}" }} }}
[components.w]
type = "worker"
queues = ["${{stage.name}}", "a"]
"#
    ));
    let web = stack.part("web").expect("it");
    let release: Vec<&str> = web.shared.annotations.values().map(|text| text.as_str()).collect();
    assert_eq!(release, ["1 ${x}"]);
    let labels: Vec<&str> = web.shared.labels.values().map(|text| text.as_str()).collect();
    assert_eq!(labels, ["local"]);
    let Component::Web(options) = &web.component else { panic!() };
    let probes = &options.pod.probes;
    let paths: Vec<String> = [&probes.readiness, &probes.liveness]
        .into_iter()
        .flatten()
        .map(|setting| match &setting.value {
            ProbeSetting::Probe(probe) => match &probe.path {
                Some(path) => path.to_string(),
                None => probe.command[1].to_string(),
            },
            ProbeSetting::Switch(_) => String::new(),
        })
        .collect();
    assert_eq!(paths, ["/shop/80", "web"]);
    let Component::Worker(worker) = &stack.part("w").expect("it").component else { panic!() };
    let queues: Vec<&str> = worker.queues.iter().map(|queue| queue.as_str()).collect();
    assert_eq!(queues, ["local", "a"]);
}

#[test]
fn what_a_text_can_not_hold_is_told_with_why() {
    let found = told(&format!(
        r#"{APP}[components.db]
type = "postgres"
[components.migrate]
type = "migrate"
check-command = ["check", "${{db.password}}"]
[components.w]
type = "worker"
queues = ["q-${{db.password}}"]
labels = {{ a = "${{db.password}}", b = "${{pod.name}}" }}
annotations.a = "x ${{db.url}}"
probes.liveness = {{ command = ["check", "${{db.password}}"] }}
probes.readiness = {{ path = "/${{db.password}}" }}
"#
    ));
    assert_snapshot!(found, @r#"
    bad-reference 8:28 `check-command` can not hold a secret: `${db.password}` | it runs in the pods of all processes that wait for the migrations | write `$(NAME)`, a variable that each of them has
    bad-reference 11:14 the name of a queue can not hold a secret: `${db.password}` | everybody who can list objects reads it | set a variable, `env.NAME`, and let the program read that
    bad-reference 12:17 a label can not hold a secret: `${db.password}` | everybody who can list objects reads it | set a variable, `env.NAME`, and let the program read that
    bad-reference 12:39 a label can not hold a value that only a running pod has: `${pod.name}` | it is written before a pod runs | set a variable, `env.NAME`, and let the program read that
    bad-reference 13:20 an annotation can not hold a secret: `${db.url}` | everybody who can list objects reads it | set a variable, `env.NAME`, and let the program read that
    bad-reference 14:42 the command of a probe can not hold a secret: `${db.password}` | the kubelet puts only variables with plain values into it | run a shell: `["sh", "-c", "… \"$NAME\""]`, with `env.NAME` set to the reference
    bad-reference 15:31 the path of a request can not hold a secret: `${db.password}` | everybody who can list objects reads it | set a variable, `env.NAME`, and let the program read that
    "#);
}

#[test]
fn what_is_unknown_is_told_everywhere_at_its_place() {
    let found = told(&format!(
        r#"{APP}[components.db]
type = "postgres"
[config.c]
"a.ini" = """
x
  ${{bd.host}} ${{db.hots}} ${{self.host}} ${{pod.name}} ${{config.c.b}}
"""
b = "${{uri}} ${{VAR:-x}} ${{"
[components.w]
type = "worker"
queues = ["${{stage.nam}}"]
labels.a = "${{secrets.x.y}}"
probes.liveness = {{ command = ["check", "${{db.hots}}"] }}
[[components.w.sidecars]]
name = "s"
command = ["a", """
 ${{bd.host}}"""]
args = ["\t${{HOME}}", "${{1}} ${{db.hots}}"]
[components.vacuum]
type = "cron"
schedule = "@daily"
command = ["vacuumdb", "x ${{databse.url}}"]
"#
    ));
    assert_snapshot!(found, @r"
    unknown-component 9:5 unknown component `bd` | not part of this stage | did you mean `db`? For the text itself, write `$${bd.host}`
    unknown-output 9:14 `db` has no output `hots` |  | did you mean `host`?
    bad-reference 9:25 a config has no component of its own | `self` is the component whose text it is | name the component: `${component.host}`
    bad-reference 9:38 a config can not hold a value that only a running pod has: `${pod.name}` | all pods that mount it read the same text | set a variable, `env.NAME`, and let the program read that
    bad-reference 9:50 a config can not refer to a config: `${config.c.b}` |  | write the text itself
    bad-reference 11:6 `${uri}` is not a reference |  | write `$${uri}` if a shell or another program expands it; a reference is `${component.output}`
    bad-reference 11:13 `${VAR:-x}` is not a reference |  | write `$${VAR:-x}` if a shell or another program expands it; a reference is `${component.output}`
    bad-reference 11:23 a reference that does not end |  | close it with `}`, or write `$${` for a literal `${`
    unknown-output 14:12 unknown reference `${stage.nam}` |  | did you mean `name`?
    unknown-secret 15:13 unknown Secret `x` | no contract declares it | known is `db`
    unknown-output 16:42 `db` has no output `hots` |  | did you mean `host`?
    unknown-component 20:4 unknown component `bd` | not part of this stage | did you mean `db`? For the text itself, write `$${bd.host}`
    bad-reference 21:12 `${HOME}` is not a reference |  | write `$${HOME}` if a shell or another program expands it; a reference is `${component.output}`
    bad-reference 21:23 `${1}` is not a reference |  | write `$${1}` if a shell or another program expands it; a reference is `${component.output}`
    unknown-output 21:28 `db` has no output `hots` |  | did you mean `host`?
    unknown-component 25:29 unknown component `databse` | not part of this stage | known are `db`, `vacuum` and `w`. For the text itself, write `$${databse.url}`
    ");
}

#[test]
fn variables_of_a_shell_are_told_what_to_write() {
    let found = told(&format!(
        r#"{APP}app.env.WHERE = "${{HOSTNAME}}"
app.env.TOKEN = "${{MY_TOKEN}}"
[components.p]
type = "process"
command = ["sh", "-c", "exec p ${{HOME}} ${{1}} ${{VAR:-x}} ${{#A}} $(X) $X"]
"#
    ));
    assert_snapshot!(found, @r"
    bad-reference 4:18 `${HOSTNAME}` is not a reference |  # nothing is read from the environment that Seaway runs in | the name of the pod is `${pod.name}`; for the text itself, write `$${HOSTNAME}`
    bad-reference 5:18 `${MY_TOKEN}` is not a reference |  # nothing is read from the environment that Seaway runs in | a variable of the same container is `$(MY_TOKEN)`; for the text itself, write `$${MY_TOKEN}`
    bad-reference 8:32 `${HOME}` is not a reference |  | write `$${HOME}` if a shell or another program expands it; a reference is `${component.output}`
    bad-reference 8:40 `${1}` is not a reference |  | write `$${1}` if a shell or another program expands it; a reference is `${component.output}`
    bad-reference 8:45 `${VAR:-x}` is not a reference |  | write `$${VAR:-x}` if a shell or another program expands it; a reference is `${component.output}`
    bad-reference 8:55 `${#A}` is not a reference |  | write `$${#A}` if a shell or another program expands it; a reference is `${component.output}`
    ");
}

#[test]
fn hosts_are_a_variable_and_no_reference() {
    let found = told(&format!(
        "{APP}[components.web]\ntype = \"web\"\nenv = {{ A = \"${{app.hosts}}\", B = \"${{web.hosts}}\" }}\n"
    ));
    assert_snapshot!(found, @r#"
    unknown-output 6:14 no reference stands for the hosts: `${app.hosts}` |  # the preset binds the hosts of the application and of its routes as `ALLOWED_HOSTS` | write `$(ALLOWED_HOSTS)`, the variable of the same process, or bind it under another name: `app.bind.ALLOWED_HOSTS = "DJANGO_ALLOWED_HOSTS"`
    unknown-output 6:34 no reference stands for the hosts: `${web.hosts}` |  # the preset binds the hosts of the application and of its routes as `ALLOWED_HOSTS` | write `$(ALLOWED_HOSTS)`, the variable of the same process, or bind it under another name: `app.bind.ALLOWED_HOSTS = "DJANGO_ALLOWED_HOSTS"`
    "#);
}

#[test]
fn a_component_is_itself_and_nothing_else_is_called_so() {
    let stack = stack(&format!(
        "{APP}app.bind = false\n[components.web]\ntype = \"web\"\nenv.URL = \"${{self.url}}/${{web.port}}\"\n"
    ));
    assert_eq!(variable(&stack, "web", "URL").as_deref(), Some("http://web/80"));
    assert!(edges(&stack, "web").is_empty());
    let found = told(&format!("{APP}[components.self]\ntype = \"worker\"\n"));
    assert_snapshot!(found, @r"invalid-value 4:13 a component can not be called `self` | references begin with this word | reserved are `self`, `secrets`, `config`, `pod`, `node`, `stack`, `stage` and `app`");
    let found =
        told(&format!("{APP}[components.w]\ntype = \"worker\"\nenv.A = \"${{self.url}}\"\n"));
    assert_snapshot!(found, @r"unknown-output 6:10 `w` has no output `url` |  | a worker has no outputs");
}

#[test]
fn a_config_is_an_edge_of_whoever_reads_it() {
    let stack = stack(&format!(
        r#"{APP}app.bind = false
[config.ini]
"db.ini" = "host = ${{db.host}}\nport = ${{db.port}}\n$${{x}} $x"
plain = "p"
[components.db]
type = "postgres"
[components.mounts]
type = "worker"
mounts = {{ "/etc/a" = {{ config = "ini" }} }}
[components.reads]
type = "worker"
env.A = {{ config = "ini", key = "plain" }}
[components.all]
type = "worker"
env-from = [{{ config = "ini" }}]
[components.beside]
type = "worker"
[[components.beside.sidecars]]
name = "s"
image = "a/b:1"
mounts = {{ "/etc/a" = {{ config = "ini" }} }}
[components.not]
type = "worker"
"#
    ));
    let config = stack.config.values().next().expect("it");
    let texts: Vec<&str> = config.data.values().map(String::as_str).collect();
    assert_eq!(texts, ["host = db\nport = 5432\n${x} $x", "p"]);
    assert_eq!(config.secret, None);
    for name in ["mounts", "reads", "all", "beside"] {
        assert_eq!(edges(&stack, name), ["db"], "{name}");
    }
    assert!(edges(&stack, "not").is_empty());
}

#[test]
fn a_config_with_a_secret_is_a_secret() {
    let stack = stack(&format!(
        r#"{APP}app.bind = false
[config.ini]
"db.ini" = "host = ${{db.host}}\npassword = ${{db.password}}\nurl = ${{db.url}}\n"
plain = "p"
[components.db]
type = "postgres"
[components.w]
type = "worker"
env.A = "${{config.ini.plain}}"
env.B = {{ config = "ini", key = "db.ini", optional = true }}
"#
    ));
    assert_snapshot!(keys(&stack, "ini-config"), @r#"
    db.ini: "host = db\npassword = <db.password>\nurl = postgres://shop:<db.password encoded>@db:5432/shop\n"
    plain: "p"
    "#);
    assert_snapshot!(variables(&stack, "w"), @r"
    A=secret ini-config/plain
    B=secret ini-config/db.ini?
    DJANGO_SETTINGS_MODULE=shop.settings
    HOME=/tmp
    PYTHONDONTWRITEBYTECODE=1
    PYTHONUNBUFFERED=1
    ");
    let config = stack.config.values().next().expect("it");
    assert_eq!(
        config.data.values().next().map(String::as_str),
        Some(
            "host = db\npassword = $(db.password)\nurl = postgres://shop:$(db.password)@db:5432/shop\n"
        )
    );
}

#[test]
fn a_config_holds_secrets_of_one_source() {
    let text = |sources: &str, text: &str| {
        format!(
            "{APP}secrets.a.keys = [\"k\", \"x\"]\nsecrets.b.keys = [\"k\"]\n{sources}\
             config.c.f = \"{text}\"\n[components.w]\ntype = \"worker\"\nmounts = {{ \"/c\" = {{ config = \"c\" }} }}\n"
        )
    };
    let both = "${secrets.a.k} ${secrets.b.k} ${secrets.a.x}";
    let store = "type = \"external-secrets\", store = \"s\"";
    assert_eq!(told(&text("", both)), "");
    assert_eq!(told(&text("secret-source = \"existing\"\n", both)), "");
    assert_eq!(told(&text(&format!("secret-source = {{ {store} }}\n"), both)), "");
    assert_snapshot!(told(&text("secrets.b.source = \"existing\"\n", both)), @r#"conflict 7:15 config `c` can not hold these secrets |  # they do not all come from one source, so nothing can compose them | keep the whole text under a key of one Secret, `secrets.c.keys = ["f"]`, and mount that: `mounts."/etc/c" = { secret = "c" }`"#);
    assert_snapshot!(told(&text("secrets.a.source = \"sealed\"\n", "${secrets.a.k}")), @r#"conflict 7:15 config `c` can not hold these secrets |  # a SealedSecret is decrypted as it is: nothing composes its values | keep the whole text under a key of one Secret, `secrets.c.keys = ["f"]`, and mount that: `mounts."/etc/c" = { secret = "c" }`"#);
    assert_snapshot!(told(&text(&format!("secrets.a.source = {{ {store} }}\nsecrets.b.source = {{ type = \"external-secrets\", store = \"t\" }}\n"), both)), @r#"conflict 8:15 config `c` can not hold these secrets |  # they do not all come from one source, so nothing can compose them | keep the whole text under a key of one Secret, `secrets.c.keys = ["f"]`, and mount that: `mounts."/etc/c" = { secret = "c" }`"#);
    assert_snapshot!(told(&text("secrets.c-config.keys = [\"k\"]\n", "${secrets.a.k}")), @r"conflict 7:8 config `c` becomes a Secret `c-config`, and there is one | it holds a key of `a`; 6:9 declared here | give the config another name");
}

#[test]
fn secrets_as_files_are_no_words() {
    let found = told(&format!(
        "{APP}app.secrets = \"files\"\n[components.db]\ntype = \"postgres\"\n[components.p]\ntype = \"process\"\ncommand = [\"p\", \"${{db.password}}\", \"${{db.host}}\"]\n"
    ));
    assert_snapshot!(found, @r"conflict 9:18 a secret in a command can not be a file | ; 4:15 asks for files | set `env.X` to this reference: the program finds the path of the file in `X_FILE`");
}

#[test]
fn thousands_of_references_take_their_time_once() {
    let many = "${a.b} ${ab} $${x} ${db.host} ${db.password} ".repeat(2_000);
    let text = format!(
        "{APP}config.c.f = \"{many}${{\"\n[components.db]\ntype = \"postgres\"\n[components.w]\ntype = \"worker\"\n\
         queues = [\"\\u0000${{stage.name}}\"]\nenv.A = \"{many}\"\nlabels.a = \"{many}\"\n"
    );
    let (_, found) = compiled(&text, "local");
    let unknown = found.iter().filter(|found| found.code == Code::UnknownComponent).count();
    assert_eq!(unknown, 3 * 2_000);
}

#[test]
fn names_that_others_know_refer_to_the_stack_and_the_stage() {
    let text = |name: &str| {
        format!(
            "{APP}secrets.search.keys = [\"key\"]\nsecrets.rds.keys = [\"password\", \"url\"]\n\
             [components.db]\ntype = \"postgres\"\ndatabase = \"a_{name}\"\nusername = \"{name}\"\n\
             [components.search]\ntype = \"external\"\nhost = \"search.example.com\"\nport = 443\ncidrs = [\"10.0.0.0/8\"]\n\
             outputs.index = \"{name}-$${{x}}\"\n\
             [components.media]\ntype = \"s3\"\nbucket = \"shop-media\"\nregion = \"eu-central-1\"\nprefix = \"{name}/files\"\nservice-account = false\n\
             [components.w]\ntype = \"job\"\ncommand = [\"w\"]\nwait-for-schema = false\n\
             env = {{ N = \"${{db.name}}\", U = \"${{db.username}}\", I = \"${{search.index}}\", P = \"${{media.prefix}}\" }}\n"
        )
    };
    let text = |name: &str| text(name).replace("service-account = false\n", "");
    let stack = stack(&text("${stage.name}"));
    let of = |name: &str| variable(&stack, "w", name).unwrap_or_default();
    assert_eq!([of("N"), of("U"), of("I")], ["a_local", "local", "local-${x}"]);
    assert!(of("P").starts_with("local/files"), "{}", of("P"));
    assert_snapshot!(told(&text("${db.host}")), @r#"
    invalid-value 8:12 `a_${db.host}` needs quotes in SQL |  | write at most 63 of `a-z`, `0-9` and `_`, starting with a letter
    bad-reference 8:15 this option can not refer to `${db.host}` | resolved before the components are known | here are known `${stack.name}`, `${stack.namespace}`, `${stage.name}` and `${app.version}`. For the text itself, write `$${db.host}`
    invalid-value 9:12 `${db.host}` needs quotes in SQL |  | write at most 63 of `a-z`, `0-9` and `_`, starting with a letter
    bad-reference 9:13 this option can not refer to `${db.host}` | resolved before the components are known | here are known `${stack.name}`, `${stack.namespace}`, `${stage.name}` and `${app.version}`. For the text itself, write `$${db.host}`
    bad-reference 15:18 this option can not refer to `${db.host}` | resolved before the components are known | here are known `${stack.name}`, `${stack.namespace}`, `${stage.name}` and `${app.version}`. For the text itself, write `$${db.host}`
    bad-reference 20:11 this option can not refer to `${db.host}` | resolved before the components are known | here are known `${stack.name}`, `${stack.namespace}`, `${stage.name}` and `${app.version}`. For the text itself, write `$${db.host}`
    "#);
}
