//! Environments: bindings of the preset and by hand, their order, and what follows from them.

use insta::assert_snapshot;

use crate::support::{APP, stack, told, variable, variables};

const SERVICES: &str = "components.db.type = \"postgres\"\ncomponents.cache.type = \"redis\"\ncomponents.broker = { type = \"redis\", durable = true }\n";

#[test]
fn the_preset_binds_the_usual_names() {
    let stack = stack(&format!(
        "{APP}{SERVICES}components.web = {{ type = \"web\", expose = \"node-port\" }}\ncomponents.worker.type = \"worker\"\n"
    ));
    assert_snapshot!(variables(&stack, "web"), @r"
    HOST_IP=field status.hostIP
    ALLOWED_HOSTS=localhost,127.0.0.1,$(HOST_IP)
    CACHE_URL=secret cache/url
    CELERY_BROKER_URL=secret broker/url
    DATABASE_URL=secret db/url
    DJANGO_SETTINGS_MODULE=shop.settings
    HOME=/tmp
    PYTHONDONTWRITEBYTECODE=1
    PYTHONUNBUFFERED=1
    ");
    assert_snapshot!(variables(&stack, "worker"), @r"
    CACHE_URL=secret cache/url
    CELERY_BROKER_URL=secret broker/url
    CELERY_VISIBILITY_TIMEOUT=660
    DATABASE_URL=secret db/url
    DJANGO_SETTINGS_MODULE=shop.settings
    HOME=/tmp
    PYTHONDONTWRITEBYTECODE=1
    PYTHONUNBUFFERED=1
    ");
    assert_eq!(variables(&stack, "db"), "");
}

#[test]
fn what_is_bound_by_hand_is_not_bound_twice() {
    let stack = stack(&format!(
        "{APP}{SERVICES}app.env = {{ DATABASE_URL = \"${{db.url}}?x\", REDIS_HOST = \"${{cache.host}}\" }}\ncomponents.web.type = \"web\"\n"
    ));
    assert_eq!(variable(&stack, "web", "DATABASE_URL").as_deref(), Some("$(SEAWAY_DB_URL)?x"));
    assert_eq!(variable(&stack, "web", "REDIS_HOST").as_deref(), Some("cache"));
}

#[test]
fn binding_can_be_turned_off() {
    let stack = stack(&format!("{APP}{SERVICES}app.bind = false\ncomponents.web.type = \"web\"\n"));
    assert_snapshot!(variables(&stack, "web"), @r"
    DJANGO_SETTINGS_MODULE=shop.settings
    HOME=/tmp
    PYTHONDONTWRITEBYTECODE=1
    PYTHONUNBUFFERED=1
    ");
    assert_eq!(stack.part("web").expect("it").edges.len(), 0);
}

#[test]
fn several_candidates_are_bound_by_hand() {
    let text = "components.db2.type = \"postgres\"\ncomponents.cache2.type = \"valkey\"\n";
    let found = told(&format!("{APP}{SERVICES}{text}components.web.type = \"web\"\n"));
    assert_snapshot!(found, @r#"
    ambiguous-binding 4:12 `DATABASE_URL` could be bound to `db` and `db2` | ; 7:12  | say which: `app.env.DATABASE_URL = "${db.url}"`
    ambiguous-binding 5:12 `CACHE_URL` could be bound to `cache` and `cache2` | ; 8:12  | say which: `app.env.CACHE_URL = "${cache.url}"`, or give them different `roles`
    "#);
    let by_hand = "DATABASE_URL = \"${db2.url}\", CACHE_URL = \"${cache.url}\"";
    let everywhere = stack(&format!(
        "{APP}{SERVICES}{text}app.env = {{ {by_hand} }}\ncomponents.web.type = \"web\"\n"
    ));
    assert_eq!(variable(&everywhere, "web", "DATABASE_URL").as_deref(), Some("secret db2/url"));
    let each = stack(&format!(
        "{APP}{SERVICES}{text}components.web = {{ type = \"web\", env = {{ {by_hand} }} }}\n"
    ));
    assert_eq!(variable(&each, "web", "DATABASE_URL").as_deref(), Some("secret db2/url"));
}

#[test]
fn one_redis_with_several_roles_has_a_database_for_each() {
    let stack = stack(&format!(
        "{APP}components.kv = {{ type = \"valkey\", roles = [\"broker\", \"results\"] }}\ncomponents.worker.type = \"worker\"\n"
    ));
    assert_eq!(
        variable(&stack, "worker", "CELERY_BROKER_URL").as_deref(),
        Some("secret kv/broker-url")
    );
    assert_eq!(
        variable(&stack, "worker", "CELERY_RESULT_BACKEND").as_deref(),
        Some("secret kv/results-url")
    );
}

#[test]
fn variables_come_after_those_that_they_use() {
    let stack = stack(&format!(
        "{APP}[components.p]\ntype = \"process\"\ncommand = [\"p\"]\nwait-for-schema = false\nenv = {{ A = \"$(Z)/$(M)\", M = \"$(Z)\", Z = \"z\", B = \"$$(NOT) $(pod ip) $\" }}\n"
    ));
    let names: Vec<String> =
        stack.part("p").expect("it").env.iter().map(|variable| variable.name.to_string()).collect();
    assert_eq!(names[..4], ["Z", "M", "A", "B"]);
}

#[test]
fn what_no_variable_stands_behind_is_told_once_for_all_who_inherit_it() {
    let found = told(
        "name = \"shop\"\n[app]\nimage = \"a/b:1\"\nmodule = \"shop\"\n[app.env]\nA = \"x $(B)\"\nHOME2 = \"$(HOM)\"\n[components.web]\ntype = \"web\"\n[components.worker]\ntype = \"worker\"\nenv = { C = \"$(D)\", D = \"$(C)\", E = \"$(E)\" }\n",
    );
    assert_snapshot!(found, @r"
    undefined-variable 6:8 `$(B)` is no variable of its process | Kubernetes leaves it as it is # in `web` # in `worker` | write `$$(B)` for the text itself
    undefined-variable 7:10 `$(HOM)` is no variable of its process | Kubernetes leaves it as it is # in `web` # in `worker` | did you mean `$(HOME)`? Write `$$(HOM)` for the text itself
    undefined-variable 12:26 `D` is made of itself through `$(C)` | Kubernetes leaves it as it is # in `worker` | write `$$(C)` for the text itself
    undefined-variable 12:38 `E` is made of itself through `$(E)` | Kubernetes leaves it as it is # in `worker` | write `$$(E)` for the text itself
    ");
}

#[test]
fn env_from_brings_names_too() {
    let text = |prefix: &str| {
        format!(
            "{APP}config.c.NAME = \"x\"\n[components.worker]\ntype = \"worker\"\nenv-from = [{{ config = \"c\", prefix = \"{prefix}\" }}]\nenv.A = \"$(C_NAME)\"\n"
        )
    };
    assert_eq!(told(&text("C_")), "");
    assert_snapshot!(told(&text("D_")), @r"undefined-variable 8:10 `$(C_NAME)` is no variable of its process | Kubernetes leaves it as it is # in `worker` | did you mean `$(D_NAME)`? Write `$$(C_NAME)` for the text itself");
}

#[test]
fn containers_of_the_same_image_read_what_it_reads() {
    let stack = stack(&format!(
        "{APP}[components.worker]\ntype = \"worker\"\nenv.A = \"1\"\nsidecars = [{{ name = \"same\", command = [\"x\"], env = {{ B = \"$(A)\" }} }}, {{ name = \"other\", image = \"b/c:1\", env = {{ C = \"2\" }} }}]\n"
    ));
    let worker = stack.part("worker").expect("it");
    let names = |container: &str| -> Vec<String> {
        let env =
            worker.container_env.iter().find(|(name, _)| &***name == container).map(|(_, env)| env);
        env.into_iter().flatten().map(|variable| variable.name.to_string()).collect()
    };
    assert!(names("same").starts_with(&["A".to_owned(), "B".to_owned()]));
    assert_eq!(names("other"), ["C"]);
}

#[test]
fn helpers_of_different_secrets_have_different_names() {
    let stack = stack(&format!(
        "{APP}secrets.a-b.keys = [\"c\"]\nsecrets.a.keys = [\"b-c\"]\n[components.worker]\ntype = \"worker\"\nenv = {{ A = \"x${{secrets.a-b.c}}\", B = \"x${{secrets.a.b-c}}\", C = \"y${{secrets.a.b-c}}\" }}\n"
    ));
    let all = variables(&stack, "worker");
    let helpers: Vec<&str> = all.lines().filter(|line| line.contains("SEAWAY")).collect();
    let helpers = helpers.join(
        "
",
    );
    assert_snapshot!(helpers, @r"
    SEAWAY_SECRETS_A_B_C=secret a-b/c
    A=x$(SEAWAY_SECRETS_A_B_C)
    SEAWAY_SECRETS_A_B_C_2=secret a/b-c
    B=x$(SEAWAY_SECRETS_A_B_C_2)
    C=y$(SEAWAY_SECRETS_A_B_C_2)
    ");
}

#[test]
fn processes_wait_for_the_migrations_of_the_database_that_they_use() {
    let waits = |text: &str, part: &str| {
        let stack = stack(&format!("{APP}{text}"));
        stack.part(part).expect("it").waits_for.as_ref().map(|gate| gate.migrate.to_string())
    };
    let all = format!(
        "{SERVICES}components.migrate.type = \"migrate\"\ncomponents.web.type = \"web\"\ncomponents.flower.type = \"flower\"\ncomponents.job = {{ type = \"job\", command = [\"x\"] }}\ncomponents.free = {{ type = \"job\", command = [\"x\"], wait-for-schema = false }}\n"
    );
    assert_eq!(waits(&all, "web").as_deref(), Some("migrate"));
    assert_eq!(waits(&all, "job").as_deref(), Some("migrate"));
    assert_eq!(waits(&all, "free"), None);
    assert_eq!(waits(&all, "flower"), None);
    assert_eq!(waits(&all, "migrate"), None);
    assert_eq!(waits(&all, "db"), None);
    let no_database = "components.migrate.type = \"migrate\"\ncomponents.web.type = \"web\"\n";
    assert_eq!(waits(no_database, "web"), None);
}

#[test]
fn a_production_stage_answers_to_its_hosts_alone() {
    let stack = stack(&format!(
        "{APP}profile = \"production\"\ncomponents.web.type = \"web\"\napp.hosts = [\"a.example.com\", \".b.example.com\"]\n"
    ));
    assert_eq!(
        variable(&stack, "web", "ALLOWED_HOSTS").as_deref(),
        Some("a.example.com,.b.example.com")
    );
}
