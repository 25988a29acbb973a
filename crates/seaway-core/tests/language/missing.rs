//! What a stage needs and nobody declares, and what it declares and nothing uses.

use insta::assert_snapshot;
use seaway_core::Code;

use crate::support::{APP, compiled, told_whole, variable};

const CODES: [Code; 4] =
    [Code::NoBroker, Code::NoMigrate, Code::NoDefaultQueue, Code::UnusedDeclaration];

fn missing(more: &str) -> String {
    told_whole(&format!("{APP}{more}\n"), &CODES)
}

#[test]
fn celery_has_a_broker() {
    let celery = "components = { w.type = \"worker\", b.type = \"beat\", f.type = \"flower\"";
    let of = |more: &str| missing(&format!("{celery}{more} }}"));
    assert_snapshot!(of(""), @r#"no-broker 4:35 no component is the broker of `b`, `f` and `w` | Celery would dial localhost for ever; 4:52 Celery would dial localhost for ever; 4:16 Celery would dial localhost for ever | add one: `components.broker = { type = "redis", durable = true }`; if the settings know a broker, say so: `allow.no-broker = "…"`"#);
    // A Redis without the role is no broker, and the help names it.
    assert_snapshot!(of(", kv.type = \"redis\""), @r#"no-broker 4:71 no component is the broker of `b`, `f` and `w` | its role is `cache`; 4:35 Celery would dial localhost for ever; 4:52 Celery would dial localhost for ever; 4:16 Celery would dial localhost for ever | give it the role: `components.kv.roles = ["broker", "cache"]`; if the settings know a broker, say so: `allow.no-broker = "…"`"#);
    let outside = "host = \"kv.example.com\", cidrs = [\"10.0.0.0/16\"]";
    assert_snapshot!(of(&format!(", kv = {{ type = \"elasticache\", {outside} }}")), @r#"no-broker 4:71 no component is the broker of `b`, `f` and `w` | its role is `cache`; 4:35 Celery would dial localhost for ever; 4:52 Celery would dial localhost for ever; 4:16 Celery would dial localhost for ever | give it the role: `components.kv.roles = ["broker", "cache"]`; if the settings know a broker, say so: `allow.no-broker = "…"`"#);
    for more in [
        ", kv = { type = \"redis\", durable = true }",
        ", kv = { type = \"redis\", roles = [\"broker\", \"cache\"] }",
        ", mq.type = \"rabbitmq\"",
    ] {
        assert_eq!(of(more), "", "{more}");
    }
    for env in [
        "BROKER_URL = \"sqs://\"",
        "MQ = \"amqp://mq.example.com/\"",
        "CELERY_BROKER_URL = \"${secrets.mq.url}\"",
        "REDIS_HOST = \"kv.example.com\"",
    ] {
        let text = format!(
            "secrets.mq.keys = [\"url\"]\napp.env.X = \"${{secrets.mq.url}}\"\napp.env.{env}\n{celery} }}"
        );
        assert_eq!(missing(&text), "", "{env}");
    }
    // Whatever a command of its own starts is its own concern, unless it is Celery.
    let own = |command: &str| {
        missing(&format!("components.w = {{ type = \"worker\", command = [{command}] }}"))
    };
    assert_eq!(own("\"python\", \"manage.py\", \"qcluster\""), "");
    assert_eq!(own("\"celery\", \"-b\", \"$(X)\", \"worker\""), "");
    assert!(own("\"celery\", \"-A\", \"shop\", \"worker\"").contains("no-broker"));
}

/// One line moves a broker to a managed service, which is a cache by default.
#[test]
fn a_redis_that_changes_its_type_keeps_its_roles() {
    let of = |redis: &str, more: &str| {
        let text = format!(
            "{APP}components.kv = {{ type = \"redis\", {redis} }}\ncomponents.w.type = \"worker\"\n[stages.local]\n\
             components.kv = {{ type = \"elasticache\", host = \"kv.example.com\", cidrs = [\"10.0.0.0/16\"]{more} }}\n"
        );
        let (stack, _) = compiled(&text, "local");
        let stack = stack.expect("a stack");
        let names = ["CELERY_BROKER_URL", "CACHE_URL", "CELERY_RESULT_BACKEND"];
        names.map(|name| variable(&stack, "w", name).is_some())
    };
    assert_eq!(of("durable = true", ""), [true, false, false]);
    assert_eq!(of("durable = false", ""), [false, true, false]);
    assert_eq!(of("roles = [\"broker\", \"results\"]", ""), [true, false, true]);
    assert_eq!(of("durable = true", ", roles = [\"cache\"]"), [false, true, false]);
}

/// What a component is for the application is an option, which a new type does not keep.
#[test]
fn a_component_that_changes_its_type_keeps_what_it_is_for_the_application() {
    let codes = [Code::LostRole, Code::NoBroker, Code::UnusedComponent];
    let of = |before: &str, after: &str, more: &str| {
        told_whole(
            &format!(
                "{APP}components.web.type = \"web\"\ncomponents.w = {{ type = \"worker\", env.HOST = \"${{x.host}}\" }}\n\
                 components.x = {{ {before} }}\n{more}\n[stages.local]\ncomponents.x = {{ {after} }}\n"
            ),
            &codes,
        )
    };
    let external = |more: &str| {
        format!("type = \"external\", host = \"x.example.com\", cidrs = [\"10.0.0.0/16\"], {more}")
    };
    let broker = "components.b = { type = \"redis\", durable = true }";
    assert_snapshot!(of("type = \"postgres\"", &external("port = 5432"), broker), @r#"warning lost-role 9:12 `x` changed its type and is no longer the database of the application | no process gets `DATABASE_URL` any more | say what it provides: `components.x.provides = "database"`, and where its URL is: `components.x.secret = "x"` with `secrets.x.keys = ["url"]`; if the settings find it another way, say so: `allow.lost-role.x = "…"`"#);
    assert_snapshot!(of("type = \"redis\", roles = [\"broker\", \"results\"]", &external("port = 6379"), ""), @r#"warning lost-role 9:12 `x` changed its type and is no longer the broker and result backend of the application | no process gets `CELERY_BROKER_URL` and `CELERY_RESULT_BACKEND` any more | say what it provides: `components.x.provides = ["broker", "results"]`, and where its URL is: `components.x.secret = "x"` with `secrets.x.keys = ["url"]`; if the settings find it another way, say so: `allow.lost-role.x = "…"`"#);
    assert_snapshot!(of("type = \"rabbitmq\"", "type = \"redis\"", ""), @r#"warning lost-role 9:12 `x` changed its type and is no longer the broker of the application | no process gets `CELERY_BROKER_URL` any more | give it the role back: `components.x.roles = ["broker"]`; if the settings find it another way, say so: `allow.lost-role.x = "…"`"#);
    assert_snapshot!(of("type = \"mariadb\"", "type = \"service\", image = \"mariadb:11\", ports.sql = 3306", &format!("profile = \"production\"\napp.hosts = [\"a.example.com\"]\n{broker}")), @r#"lost-role 11:12 `x` changed its type and is no longer the database of the application | no process gets `DATABASE_URL` any more | say what it provides: `components.x.provides = "database"`; if the settings find it another way, say so: `allow.lost-role.x = "…"`"#);
    assert_snapshot!(of("type = \"memcached\"", "type = \"postgres\"", broker), @r#"warning lost-role 9:12 `x` changed its type and is no longer the cache of the application | no process gets `CACHE_URL` any more | add a component that is the cache; if the settings find it another way, say so: `allow.lost-role.x = "…"`"#);
    let url = ", secret = \"x\"";
    let secret = format!("secrets.x.keys = [\"url\"]\n{broker}");
    for (before, after, more) in [
        (
            "type = \"postgres\"",
            external(&format!("port = 5432, provides = \"database\"{url}")),
            &*secret,
        ),
        ("type = \"valkey\", durable = true", "type = \"redis\"".to_owned(), ""),
        ("type = \"redis\", durable = true", "type = \"valkey\"".to_owned(), ""),
        // Another component is it now.
        (
            "type = \"memcached\"",
            external("port = 11211"),
            "components.c.type = \"redis\"\ncomponents.b = { type = \"redis\", durable = true }",
        ),
        // The settings get it another way.
        (
            "type = \"postgres\"",
            external("port = 5432"),
            &*format!("app.env.DATABASE_URL = \"${{x.host}}\"\n{broker}"),
        ),
        (
            "type = \"postgres\"",
            external("port = 5432"),
            &*format!("app.bind.DATABASE_URL = false\n{broker}"),
        ),
        ("type = \"postgres\"", external("port = 5432, provides = []"), broker),
        ("type = \"tika\"", external("port = 80"), broker),
    ] {
        assert_eq!(of(before, &after, more), "", "{before} {after}");
    }
    let allowed = format!("allow.lost-role.x = \"SQLite\"\n{broker}");
    let found = of("type = \"postgres\"", &external("port = 5432"), &allowed);
    assert!(found.contains("lost-role") && found.contains("(allowed: SQLite)"), "{found}");
}

#[test]
fn a_database_is_migrated() {
    let of = |more: &str| {
        missing(&format!(
            "components.db.type = \"postgres\"\ncomponents.web.type = \"web\"\n{more}"
        ))
    };
    assert_snapshot!(of(""), @r#"warning no-migrate 4:12 nothing migrates the database `db` | `web` would find no tables | add `components.migrate = { type = "migrate" }`: processes wait for it; if something else migrates it, say so: `allow.no-migrate = "…"`"#);
    assert_snapshot!(of("profile = \"production\"\napp.hosts = [\"a.example.com\"]"), @r#"no-migrate 4:12 nothing migrates the database `db` | `web` would find no tables | add `components.migrate = { type = "migrate" }`: processes wait for it; if something else migrates it, say so: `allow.no-migrate = "…"`"#);
    for more in [
        "components.m.type = \"migrate\"",
        "components.m = { type = \"job\", command = [\"python\", \"manage.py\", \"migrate\"] }",
        "app.framework = \"none\"",
        "components.db.roles = []",
    ] {
        assert_eq!(of(more), "", "{more}");
    }
    // A database that no process reads is not missed.
    assert_eq!(
        missing(
            "components.db.type = \"postgres\"\ncomponents.web = { type = \"web\", bind = false }"
        ),
        ""
    );
}

#[test]
fn a_worker_takes_the_default_queue() {
    let of = |workers: &str| {
        missing(&format!("components.kv = {{ type = \"redis\", durable = true }}\n{workers}"))
    };
    let own = "components.m = { type = \"worker\", queues = [\"mails\"] }\ncomponents.r = { type = \"worker\", queues = [\"reports\", \"bulk\"] }\n";
    assert_snapshot!(of(own), @r#"warning no-default-queue 5:45 no worker takes tasks from Celery's default queue, `celery` | ; 6:45  # tasks without a route wait there; the workers are `m` and `r` | add it to a worker, `components.m.queues = ["mails", "celery"]`; if `task_default_queue` of the settings names another one, say so: `allow.no-default-queue = "…"`"#);
    for more in [
        "components.w.type = \"worker\"",
        "components.w = { type = \"worker\", queues = [\"x\", \"celery\"] }",
        "components.w = { type = \"worker\", queues = [\"default\"] }",
        "components.w = { type = \"worker\", command = [\"celery\", \"worker\"] }",
        "app.env.CELERY_TASK_DEFAULT_QUEUE = \"mails\"",
    ] {
        assert_eq!(of(&format!("{own}{more}")), "", "{more}");
    }
}

#[test]
fn what_is_declared_is_used() {
    let declared = "volumes.images.storage = \"10Gi\"\nconfig.extra.\"a.ini\" = \"x = 1\"\nsecrets.spare.keys = [\"token\"]\n";
    let of = |more: &str| missing(&format!("{declared}components.web.type = \"web\"\n{more}"));
    assert_snapshot!(of(""), @r#"
    warning unused-declaration 4:9 nothing mounts the volume `images` |  | mount it, `components.web.mounts."/srv/images" = { volume = "images" }`, or remove it: `volumes.images = false` in a stage
    warning unused-declaration 5:8 nothing mounts or reads the config `extra` |  | mount it, `components.web.mounts."/etc/extra" = { config = "extra" }`, or remove it: `config.extra = false` in a stage
    warning unused-declaration 6:9 nothing reads the Secret `spare` |  | refer to a key of it, `${secrets.spare.…}`, or remove it: `secrets.spare = false` in a stage
    "#);
    let used = [
        "components.web.mounts = { \"/a\" = { volume = \"images\" }, \"/b\" = { config = \"extra\" }, \"/c\" = { secret = \"spare\" } }",
        "components.web.env = { A = \"${secrets.spare.token}\", B = { config = \"extra\", key = \"a.ini\" } }\ncomponents.web.sidecars = [{ name = \"s\", image = \"s:1\", mounts.\"/a\" = { volume = \"images\" } }]",
        "allow.unused-declaration = { images = \"later\", extra = \"later\", spare = \"later\" }",
        "[[objects]]\napiVersion = \"v1\"\nkind = \"ConfigMap\"\nmetadata.name = \"c\"\ndata = { a = \"images, extra and spare\" }",
    ];
    for more in used {
        let found = of(more);
        assert!(found.lines().all(|line| line.contains("(allowed")), "{more}\n{found}");
    }
    // A Secret by the name of a component is that of the component.
    assert_eq!(
        missing(
            "secrets.db.keys = [\"url\"]\ncomponents.web.type = \"web\"\ncomponents.migrate.type = \"migrate\"\ncomponents.db = { type = \"external\", provides = \"database\", host = \"db.example.com\", port = 5432, cidrs = [\"10.0.0.0/16\"], secret = \"db\" }"
        ),
        ""
    );
    assert_eq!(
        missing(
            "secrets.registry = { type = \"kubernetes.io/dockerconfigjson\", keys = [\".dockerconfigjson\"] }\npull-secrets = [\"registry\"]\ncomponents.web.type = \"web\""
        ),
        ""
    );
}
