//! Stages over the base.

use insta::assert_snapshot;
use proptest::prelude::*;
use seaway_core::options::Container;
use seaway_core::{Origin, Sink, Source, Sourced, Span, Stack, parse};

use crate::arbitrary::{good_stack, shuffled};
use crate::support::{APP, compiled, stack, stack_of, told, variable, variables};

#[test]
fn tables_merge_and_scalars_and_arrays_replace() {
    let stack = stack(&format!(
        "{APP}[app.env]\nA = \"base\"\nB = \"base\"\n[components.p]\ntype = \"job\"\ncommand = [\"a\", \"b\"]\nretries = 3\n[stages.local]\napp.env.B = \"stage\"\ncomponents.p.command = [\"c\"]\n"
    ));
    assert_eq!(variable(&stack, "p", "A").as_deref(), Some("base"));
    assert_eq!(variable(&stack, "p", "B").as_deref(), Some("stage"));
    let part = stack.part("p").expect("the part");
    assert_eq!(
        part.component.command().iter().map(|word| word.value.as_str()).collect::<Vec<_>>(),
        ["c"]
    );
}

#[test]
fn values_keep_their_places_through_a_merge() {
    let found = told(&format!(
        "{APP}[components.web]\ntype = \"web\"\nport = 0\n[stages.local]\ncomponents.web.workers = -1\n"
    ));
    assert_snapshot!(found, @r"
    invalid-value 6:8 a port is 1 to 65535 |  | 
    invalid-value 8:26 expected an integer from 0 to 65535, found `-1` |  |
    ");
}

#[test]
fn false_removes_what_the_user_named() {
    let stack = stack(&format!(
        "{APP}secrets.a.keys = [\"k\"]\nconfig.c = {{ a = \"1\", b = \"2\" }}\nvolumes.v.storage = \"1Gi\"\ncomponents.db = {{ type = \"postgres\", settings = {{ work_mem = \"8MB\" }} }}\ncomponents.web.type = \"web\"\n[stages.local]\nsecrets.a = false\nconfig.c.a = false\nvolumes.v = false\ncomponents.web = false\ncomponents.db.settings.work_mem = false\n"
    ));
    let secrets: Vec<String> = stack.secrets.keys().map(ToString::to_string).collect();
    assert_eq!(secrets, ["db"]);
    assert_eq!(stack.config.values().flat_map(|config| config.data.keys()).count(), 1);
    assert_eq!(stack.volumes.len(), 0);
    assert_eq!(stack.parts.keys().map(ToString::to_string).collect::<Vec<_>>(), ["db"]);
}

/// Names and images of the sidecars of a component, in their order, with the variables of each.
fn sidecars(stack: &Stack, component: &str) -> String {
    let part = stack.part(component).expect("the part");
    let one = |one: &Sourced<Container>| {
        let image = one.image.as_ref().map_or(String::new(), |image| format!(" {image}"));
        let env: Vec<&str> = one.env.keys().map(|name| &***name).collect();
        format!("{}{image} {env:?}", one.name)
    };
    part.shared.sidecars.iter().map(one).collect::<Vec<_>>().join("; ")
}

#[test]
fn containers_merge_by_name_from_the_application_over_components_to_stages() {
    let text = format!(
        "{APP}app.sidecars = [{{ name = \"agent\", image = \"a/a:1\", env = {{ A = \"1\", B = \"2\" }} }}, {{ name = \"proxy\", image = \"a/p:1\" }}]\n\
         [components]\nweb = {{ type = \"web\", sidecars = [{{ name = \"own\", image = \"a/o:1\" }}, {{ name = \"agent\", image = \"a/a:2\", env.A = false }}] }}\n\
         free = {{ type = \"job\", command = [\"x\"], sidecars = [{{ name = \"agent\", remove = true }}, {{ name = \"proxy\", remove = true }}] }}\n\
         migrate.type = \"migrate\"\nnightly = {{ type = \"cron\", schedule = \"@daily\", command = [\"x\"] }}\ndb.type = \"postgres\"\n\
         [stages.local]\n[stages.next]\napp.sidecars = [{{ name = \"proxy\", image = \"a/p:2\" }}, {{ name = \"last\", image = \"a/l:1\" }}]\n\
         components.web.sidecars = [{{ name = \"own\", remove = true }}, {{ name = \"proxy\", remove = true }}]\n\
         components.free.sidecars = [{{ name = \"proxy\", env.C = \"3\" }}]\n"
    );
    let stack = stack_of(&text, "local");
    assert_eq!(sidecars(&stack, "web"), r#"agent a/a:2 ["B"]; proxy a/p:1 []; own a/o:1 []"#);
    assert_eq!(sidecars(&stack, "free"), "");
    let none = text
        .replace("migrate.type = \"migrate\"", "migrate = { type = \"migrate\", sidecars = [] }");
    assert_eq!(sidecars(&stack_of(&none, "local"), "migrate"), "");
    let all = r#"agent a/a:1 ["A", "B"]; proxy a/p:1 []"#;
    assert_eq!(sidecars(&stack, "migrate"), all);
    assert_eq!(sidecars(&stack, "nightly"), all);
    // A backing service is not the application.
    assert_eq!(sidecars(&stack, "db"), "");
    let stack = stack_of(&text, "next");
    assert_eq!(sidecars(&stack, "web"), r#"agent a/a:2 ["B"]; last a/l:1 []"#);
    assert_eq!(sidecars(&stack, "free"), r#"last a/l:1 []; proxy ["C"]"#);
    assert_eq!(
        sidecars(&stack, "migrate"),
        r#"agent a/a:1 ["A", "B"]; proxy a/p:2 []; last a/l:1 []"#
    );
}

#[test]
fn init_containers_merge_by_name_and_start_anew_with_their_component() {
    let names = |more: &str| {
        let stack = stack(&format!(
            "{APP}components.w = {{ type = \"web\", init-containers = [{{ name = \"a\", command = [\"1\"] }}, {{ name = \"b\" }}] }}\n[stages.local]\n{more}"
        ));
        let pod = stack.part("w").and_then(|part| part.component.pod()).cloned();
        let containers = pod.expect("a pod").init_containers;
        let name = |one: &Sourced<Container>| format!("{}{}", one.name, one.command.len());
        containers.iter().map(name).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(""), "a1 b0");
    assert_eq!(names("components.w.init-containers = []\n"), "");
    assert_eq!(
        names(
            "components.w.init-containers = [{ name = \"c\" }, { name = \"a\", command = [\"2\", \"3\"] }]\n"
        ),
        "a2 b0 c0"
    );
    assert_eq!(
        names("components.w = { type = \"worker\", init-containers = [{ name = \"c\" }] }\n"),
        "c0"
    );
}

#[test]
fn a_container_that_is_not_there_can_not_be_removed() {
    assert_snapshot!(told(&format!(
        "{APP}app.sidecars = [{{ name = \"agent\", image = \"a/a:1\" }}]\ncomponents.web = {{ type = \"web\", init-containers = [{{ name = \"a\" }}] }}\ncomponents.db = {{ type = \"postgres\", sidecars = [{{ name = \"agent\", remove = true }}] }}\n\
         [stages.local]\ncomponents.web.sidecars = [{{ name = \"agnt\", remove = true }}]\ncomponents.web.init-containers = [{{ name = \"b\", remove = true }}, {{ name = \"a\", remove = true, image = \"a/b:1\" }}]\n\
         app.sidecars = [{{ name = \"agent\", env.A = false }}, {{ name = \"agent\" }}, {{ remove = true }}]\n"
    )), @"
    nothing-to-remove 6:59 there is no `components.db.sidecars.agent` to remove |  | 
    nothing-to-remove 8:37 there is no `components.web.sidecars.agnt` to remove |  | did you mean `agent`?
    nothing-to-remove 9:44 there is no `components.web.init-containers.b` to remove |  | known is `a`
    conflict 9:95 a container that is removed can not have `image` |  | remove this key, or `remove = true`
    nothing-to-remove 10:39 there is no `app.sidecars.agent.env.A` to remove |  | 
    conflict 10:61 two containers of a pod are called `agent` | ; 10:26 the first one | give it another name; the main container is called like its component
    missing-field 10:72 `name` is missing |  | add `name = …`
    ");
}

#[test]
fn false_where_there_is_nothing_to_remove() {
    let found = told(&format!(
        "{APP}[components.web]\ntype = \"web\"\nenv.A = false\nlabels.x = \"y\"\n[components.db]\ntype = \"postgres\"\nenv.B = false\n[app.env]\nB = \"1\"\nAB = \"1\"\n[stages.local]\ncomponents.wep = false\nsecrets.x = false\ncomponents.web.labels.z = false\ncomponents.web.mounts.\"/a\" = false\n"
    ));
    assert_snapshot!(found, @r"
    nothing-to-remove 6:5 there is no `components.web.env.A` to remove |  | did you mean `AB`?
    nothing-to-remove 10:5 there is no `components.db.env.B` to remove |  | 
    nothing-to-remove 15:12 there is no `components.wep` to remove |  | did you mean `web`?
    nothing-to-remove 16:9 there is no `secrets.x` to remove |  | 
    nothing-to-remove 17:23 there is no `components.web.labels.z` to remove |  | 
    nothing-to-remove 18:23 there is no `components.web.mounts./a` to remove |  |
    ");
}

#[test]
fn false_is_a_value_where_keys_are_options() {
    let text = format!(
        "{APP}[components.env]\ntype = \"redis\"\ndurable = true\n[components.p]\ntype = \"process\"\ncommand = [\"p\"]\nwait-for-schema = true\n[stages.local]\ncomponents.env.durable = false\ncomponents.p.wait-for-schema = false\napp.bind = false\n"
    );
    let stack = stack(&text);
    assert!(
        matches!(&stack.part("env").expect("it").component, seaway_core::options::Component::Redis(redis) if !redis.durable)
    );
}

#[test]
fn a_component_removes_what_it_would_inherit() {
    let text = format!(
        "{APP}app.env = {{ DEBUG = \"0\", LEVEL = \"info\" }}\napp.labels.team = \"a\"\nvolumes.m.claim = \"m\"\napp.mounts.\"/m\".volume = \"m\"\ncomponents.web = {{ type = \"web\", env = {{ DEBUG = false }} }}\ncomponents.worker.type = \"worker\"\n[stages.local]\ncomponents.worker = {{ labels = {{ team = false }}, mounts = {{ \"/m\" = false }}, env = {{ LEVEL = false }} }}\n[stages.again]\nextends = \"local\"\ncomponents.worker.env.LEVEL = \"debug\"\n"
    );
    let local = stack(&text);
    assert_eq!(variable(&local, "web", "DEBUG"), None);
    assert_eq!(variable(&local, "web", "LEVEL").as_deref(), Some("info"));
    assert_eq!(variable(&local, "worker", "DEBUG").as_deref(), Some("0"));
    assert_eq!(variable(&local, "worker", "LEVEL"), None);
    let worker = local.part("worker").expect("it");
    assert_eq!((worker.shared.labels.len(), worker.shared.mounts.len()), (0, 0));
    let again = stack_of(&text, "again");
    assert_eq!(variable(&again, "worker", "LEVEL").as_deref(), Some("debug"));
}

#[test]
fn a_removal_ends_with_the_component_that_said_it() {
    let text = format!(
        "{APP}app.env.A = \"1\"\ncomponents.w = {{ type = \"worker\", env = {{ A = false }} }}\n[stages.local]\ncomponents.w = {{ type = \"beat\" }}\n[stages.gone]\ncomponents.w = false\n[stages.back]\nextends = \"gone\"\ncomponents.w.type = \"worker\"\n"
    );
    assert_eq!(variable(&stack(&text), "w", "A").as_deref(), Some("1"));
    assert_eq!(variable(&stack_of(&text, "back"), "w", "A").as_deref(), Some("1"));
}

#[test]
fn another_type_starts_anew() {
    let stack = stack(&format!(
        "{APP}[components.db]\ntype = \"postgres\"\nstorage = \"2Gi\"\nsettings = {{ work_mem = \"8MB\" }}\n[components.web]\ntype = \"web\"\nexpose = {{ type = \"node-port\", node-port = 30080 }}\n[stages.local]\ncomponents.db = {{ type = \"external\", host = \"db.example.com\", port = 5432, cidrs = [\"10.0.0.0/8\"], provides = \"database\", secret = \"db\" }}\ncomponents.web.expose = {{ type = \"load-balancer\" }}\n"
    ));
    assert_eq!(variable(&stack, "web", "DATABASE_URL").as_deref(), Some("secret db/url"));
}

#[test]
fn a_variable_called_type_does_not_start_its_table_anew() {
    let stack = stack(&format!(
        "{APP}app.env = {{ type = \"a\", A = \"1\" }}\ncomponents.p = {{ type = \"job\", command = [\"p\"] }}\n[stages.local]\napp.env.type = \"b\"\n"
    ));
    assert_eq!(variable(&stack, "p", "A").as_deref(), Some("1"));
}

#[test]
fn of_keys_that_exclude_each_other_the_later_layer_wins() {
    let text = format!(
        "{APP}secrets.s.keys = [\"k\"]\nconfig.c.k = \"v\"\nvolumes.media.storage = \"1Gi\"\n[app.env]\nA = {{ secret = \"s\", key = \"k\", optional = true }}\n[components.web]\ntype = \"web\"\nreplicas = 2\nmounts.\"/m\" = {{ config = \"c\", key = \"k\" }}\nprobes.readiness.path = \"/ready\"\n[stages.local]\nvolumes.media.claim = \"media\"\napp.env.A = {{ field = \"status.podIP\" }}\ncomponents.web.autoscale = {{ min = 1, max = 1 }}\ncomponents.web.mounts.\"/m\" = {{ volume = \"media\" }}\ncomponents.web.probes.readiness.command = [\"check\"]\n"
    );
    assert_eq!(variable(&stack(&text), "web", "A").as_deref(), Some("field status.podIP"));
}

#[test]
fn two_that_exclude_each_other_in_one_layer_are_a_conflict() {
    let found = told(&format!(
        "{APP}[volumes]\nmedia = {{ storage = \"1Gi\", claim = \"media\" }}\n[components.web]\ntype = \"web\"\nreplicas = 2\nautoscale = {{ min = 1, max = 2 }}\nprobes.readiness = {{ path = \"/\", command = [\"x\"] }}\n"
    ));
    assert_snapshot!(found, @r"
    conflict 5:1 volume `media` has both `storage` and `claim` |  | write `storage` for a new claim, or `claim` for an existing one
    conflict 8:12 `replicas` and `autoscale` exclude each other | every apply would reset what the autoscaler chose; 9:13  | remove `replicas`; `autoscale.min` says the fewest
    conflict 10:29 a probe has either `path` or `command` |  |
    ");
}

#[test]
fn secrets_of_an_old_type_are_gone() {
    let stack = stack(&format!(
        "{APP}components.db.type = \"postgres\"\ncomponents.web.type = \"web\"\n[stages.local]\ncomponents.db = {{ type = \"external\", host = \"db.example.com\", port = 5432, cidrs = [\"10.0.0.0/8\"], provides = [] }}\n"
    ));
    assert_eq!(stack.secrets.len(), 0);
    assert_eq!(variables(&stack, "web").matches("DATABASE").count(), 0);
}

/// The stack without the places that are values of their own. Elsewhere equality does not look at places.
fn placeless(mut stack: Stack) -> Stack {
    let nowhere = Origin::Stack(Span::default());
    stack.config.values_mut().for_each(|config| config.origin = nowhere);
    stack.secrets.values_mut().for_each(|contract| contract.origin = nowhere);
    for part in stack.parts.values_mut() {
        part.edges.values_mut().for_each(|origin| *origin = nowhere);
    }
    stack
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    /// `merge(base, {}) == base`, and a stage that says the base again changes nothing.
    #[test]
    fn empty_layers_and_repeated_ones_change_nothing(text in good_stack()) {
        let (base, told) = compiled(&format!("{text}\n[stages.local]\n"), "local");
        prop_assert_eq!(told, vec![]);
        let (again, _) = compiled(&format!("{text}\n[stages.zero]\n[stages.local]\nextends = \"zero\"\n"), "local");
        prop_assert_eq!(&base, &again);
        prop_assert!(base.is_some());
        let body = text.lines().skip(1).map(|line| match line.strip_prefix('[') {
            Some(header) => format!("[stages.local.{header}\n"),
            None => format!("{line}\n"),
        });
        let twice = format!("{text}\n[stages.local]\n{}", body.collect::<String>());
        let (twice, told) = compiled(&twice, "local");
        prop_assert_eq!(told, vec![]);
        prop_assert_eq!(base.map(placeless), twice.map(placeless));
    }

    /// The order of tables and keys says nothing.
    #[test]
    fn shuffled_tables_give_the_same_stack((text, other) in good_stack().prop_flat_map(|text| (Just(text.clone()), shuffled(&text)))) {
        let (stack, _) = compiled(&format!("{text}\n[stages.local]\n"), "local");
        let (same, _) = compiled(&format!("{other}\n[stages.local]\n"), "local");
        prop_assert!(stack.is_some());
        prop_assert_eq!(stack.map(placeless), same.map(placeless));
    }
}

#[test]
fn a_document_is_the_same_when_it_is_read_again() {
    let source = Source::new("s", APP);
    assert_eq!(parse(&source, &mut Sink::default()), parse(&source, &mut Sink::default()));
}
