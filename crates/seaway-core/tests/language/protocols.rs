//! The protocols of external services: how they are known, what they can be used for, and what is refused.

use insta::assert_snapshot;
use seaway_core::broker::{self, Server, Url};

use crate::support::{APP, compiled, stack, told, told_of, variable, variables};

/// A stack with a web process, a worker and an external service; its keys begin in line 8.
fn text(keys: &str) -> String {
    format!(
        "{APP}secrets.it.keys = [\"url\"]\ncomponents.web.type = \"web\"\ncomponents.worker.type = \"worker\"\n[components.it]\n\
         {keys}\ntype = \"external\"\nhost = \"it.example.net\"\ncidrs = [\"10.0.0.0/8\"]\n"
    )
}

/// The same in a production stage.
fn told_in_production(keys: &str) -> String {
    let text = format!("{}[stages.live]\nprofile = \"production\"\n", text(keys));
    told_of(&text.replace("app.module", "app.hosts = [\"a.example\"]\napp.module"), "live")
}

/// The protocol of the service.
fn protocol(keys: &str) -> String {
    let stack = compiled(&text(keys), "local").0.expect("a stack");
    let part = stack.part("it").expect("the service");
    let protocol = part.facts.protocol.map_or("none", |protocol| protocol.as_str());
    match part.facts.encrypted {
        None => protocol.to_owned(),
        Some(true) => format!("{protocol} with TLS"),
        Some(false) => format!("{protocol} without TLS"),
    }
}

#[test]
fn a_protocol_is_written_or_follows_from_the_scheme_or_the_port() {
    assert_eq!(protocol("port = 3306"), "mysql");
    assert_eq!(protocol("port = 5671"), "amqp with TLS");
    assert_eq!(protocol("port = 5672"), "amqp without TLS");
    assert_eq!(protocol("port = 11211"), "memcached");
    assert_eq!(protocol("port = 5432"), "postgresql");
    assert_eq!(protocol("port = 25060"), "none");
    assert_eq!(protocol("port = 25060\nprotocol = \"mysql\"\ntls = true"), "mysql with TLS");
    // The URL says more than the port.
    assert_eq!(
        protocol("port = 6379\noutputs.url = \"amqps://it.example.net:6379/\""),
        "amqp with TLS"
    );
    assert_eq!(protocol("port = 5672\noutputs.url = \"sqs://it.example.net\""), "none");
    assert_eq!(
        protocol("port = 3306\noutputs.url = \"mysql://it.example.net/x?ssl_mode=VERIFY_CA\""),
        "mysql with TLS"
    );
    assert_snapshot!(told(&text("port = 1\nprotocol = \"mongodb\"")), @"unknown-value 9:12 unknown value `mongodb` |  | known are `amqp`, `http`, `memcached`, `mysql`, `postgresql` and `redis`");
}

#[test]
fn what_is_provided_is_one_word_or_a_list() {
    let bound = |keys: &str| variables(&stack(&text(keys)), "worker");
    assert_snapshot!(bound("port = 6379\nsecret = \"it\"\nprovides = [\"broker\", \"results\"]"), @"
    CELERY_BROKER_URL=secret it/url
    CELERY_RESULT_BACKEND=secret it/url
    CELERY_VISIBILITY_TIMEOUT=660
    DJANGO_SETTINGS_MODULE=shop.settings
    HOME=/tmp
    PYTHONDONTWRITEBYTECODE=1
    PYTHONUNBUFFERED=1
    ");
    assert_snapshot!(bound("port = 5671\nsecret = \"it\"\nprovides = \"broker\""), @"
    CELERY_BROKER_URL=secret it/url
    DJANGO_SETTINGS_MODULE=shop.settings
    HOME=/tmp
    PYTHONDONTWRITEBYTECODE=1
    PYTHONUNBUFFERED=1
    ");
    let cache = stack(&text(
        "port = 11211\nprovides = [\"cache\"]\noutputs.url = \"memcached://it.example.net:11211\"",
    ));
    assert_eq!(
        variable(&cache, "web", "CACHE_URL").as_deref(),
        Some("memcached://it.example.net:11211")
    );
    assert_snapshot!(told(&text("port = 6379\nsecret = \"it\"\nprovides = [\"broker\", \"queue\"]")), @"unknown-value 10:23 unknown value `queue` |  | known are `broker`, `cache`, `database` and `results`");
    assert_snapshot!(told(&text("port = 6379\nsecret = \"it\"\nprovides = [\"broker\", \"broker\"]")), @"conflict 10:23 `broker` is there twice |  | remove one of them");
}

#[test]
fn a_protocol_that_can_not_be_what_is_provided_is_refused() {
    let of = |keys: &str| told(&text(&format!("secret = \"it\"\n{keys}")));
    assert_snapshot!(of("port = 5671\nprovides = [\"broker\", \"results\"]"), @r#"conflict 10:12 `it` can not be `results` by `amqp` | ; 9:8 speaks `amqp` | remove `results`: Celery keeps results in a Redis or a database; or send them back as messages by `app.env.CELERY_RESULT_BACKEND = "rpc://"`"#);
    assert_snapshot!(of("port = 11211\nprovides = \"database\""), @r#"conflict 10:12 `it` can not be `database` by `memcached` | ; 9:8 speaks `memcached` | write what it is for in `provides`, or another `protocol = "…"`"#);
    assert_snapshot!(of("port = 6379\nprovides = \"database\""), @r#"conflict 10:12 `it` can not be `database` by `redis` | ; 9:8 speaks `redis` | write what it is for in `provides`, or another `protocol = "…"`"#);
    assert_eq!(of("port = 6379\nprotocol = \"mysql\"\nprovides = \"database\""), "");
    assert_snapshot!(of("port = 3306\nprovides = \"database\"\nsslmode = \"verify-full\"\nca = { file = \"/ca.pem\" }"), @"conflict 11:11 `sslmode` of a server that speaks `mysql` | ; 9:8  | remove it: libpq alone reads it. Write `tls = true`, and `?ssl_mode=VERIFY_IDENTITY` in the URL");
    assert_snapshot!(of("port = 5671\nprovides = \"broker\"\nmax-connections = 20"), @"conflict 11:19 `max-connections` of a server that speaks `amqp` | ; 9:8  | remove it: connections of `it` are not counted");
    assert_snapshot!(of("port = 6379\nprovides = \"broker\"\nmanagement-port = 15671"), @r#"conflict 11:19 `management-port` of what is no RabbitMQ | ; 9:8  | remove it, or write `protocol = "amqp"`"#);
    assert_snapshot!(of("port = 5671\nprovides = \"broker\"\nmanagement-port = 15671"), @r#"missing-field 11:19 `it` has no `api-url` to ask its management API with | Flower has to log in there | add the key: `secrets.it.keys = ["url", "api-url"]`; its value is `https://USER:PASSWORD@it.example.net:15671/api/`"#);
    assert_snapshot!(of("port = 5671\nprovides = \"broker\"\ntls = false\noutputs.url = \"amqps://it.example.net\""), @"conflict 11:7 `tls` and the URL do not agree | ; 12:15 asks for TLS | remove `tls = false`");
}

#[test]
fn libpq_is_told_of_postgresql_alone() {
    let mysql = stack(&text(
        "port = 3306\nsecret = \"it\"\nprovides = \"database\"\nca = { file = \"/ca.pem\" }",
    ));
    assert_snapshot!(variables(&mysql, "web"), @"
    ALLOWED_HOSTS=localhost,127.0.0.1
    DATABASE_URL=secret it/url
    DJANGO_SETTINGS_MODULE=shop.settings
    HOME=/tmp
    PYTHONDONTWRITEBYTECODE=1
    PYTHONUNBUFFERED=1
    ");
    // Who speaks another protocol does not disagree either.
    let both = format!(
        "{}[components.old]\ntype = \"external\"\nhost = \"old.example.net\"\nport = 5432\ncidrs = [\"10.0.0.0/8\"]\nsecret = \"old\"\nsslmode = \"verify-full\"\nca = {{ file = \"/pg.pem\" }}\nprovides = \"database\"\n",
        text("port = 3306\nprovides = \"database\"\nsecret = \"it\"").replace(
            "components.web.type",
            "secrets.old.keys = [\"url\"]\napp.env = { DATABASE_URL = \"${it.url}\", OLD_URL = \"${old.url}\" }\ncomponents.web.type"
        )
    );
    assert_eq!(variable(&stack(&both), "web", "PGSSLMODE").as_deref(), Some("verify-full"));
}

#[test]
fn processes_wait_for_the_migrations_of_any_database() {
    let stack = stack(
        &text("port = 3306\nsecret = \"it\"\nprovides = \"database\"")
            .replace("[components.it]", "components.migrate.type = \"migrate\"\n[components.it]"),
    );
    let waits = |name: &str| {
        stack.part(name).and_then(|part| part.waits_for.clone().map(|gate| gate.migrate))
    };
    assert_eq!(waits("web").as_deref(), Some("migrate"));
    assert_eq!(waits("worker").as_deref(), Some("migrate"));
}

#[test]
fn a_plain_connection_out_of_the_cluster_is_refused_in_production() {
    let of = |keys: &str| told_in_production(&format!("secret = \"it\"\n{keys}"));
    assert_snapshot!(of("port = 5672\nprovides = \"broker\""), @r#"plain-connection 10:8 a broker without TLS in a production stage | password and tasks cross the network as plain text | use `amqps://`, whose port is 5671; if something else encrypts it on the way, say so: `allow.plain-connection = "…"`"#);
    assert_snapshot!(told_in_production("port = 5672\nprovides = \"broker\"\noutputs.url = \"amqp://it.example.net//\""), @r#"plain-connection 11:15 a broker without TLS in a production stage | password and tasks cross the network as plain text | use `amqps://`, whose port is 5671; if something else encrypts it on the way, say so: `allow.plain-connection = "…"`"#);
    assert_snapshot!(of("port = 5672\nprovides = \"broker\"\nallow.plain-connection = \"WireGuard\""), @r#"plain-connection 10:8 a broker without TLS in a production stage | password and tasks cross the network as plain text (allowed: WireGuard) | use `amqps://`, whose port is 5671; if something else encrypts it on the way, say so: `allow.plain-connection = "…"`"#);
    assert_eq!(of("port = 5672\ntls = true\nprovides = \"broker\""), "");
    assert_eq!(of("port = 5671\nprovides = \"broker\""), "");
    assert_snapshot!(told_in_production("port = 3306\nprovides = \"database\"\noutputs.url = \"mysql://app@it.example.net/app\""), @r#"plain-connection 11:15 a MySQL without TLS in a production stage | rows cross the network as plain text | write `?ssl_mode=VERIFY_IDENTITY` in its URL and `tls = true`; if something else encrypts it on the way, say so: `allow.plain-connection = "…"`"#);
    // What is in a Secret nobody sees.
    assert_eq!(of("port = 3306\nprovides = \"database\""), "");
    assert_eq!(of("port = 6379\nprovides = \"cache\""), "");
    assert_snapshot!(told_in_production("port = 11211\nprovides = \"cache\"\noutputs.url = \"memcached://it.example.net:11211\""), @r#"warning plain-connection 11:15 `it` is a Memcached outside the cluster, without TLS or a password | whoever is on the way reads what it holds | keep no sessions in it, or write `tls = true` if it has TLS; if something else encrypts it on the way, say so: `allow.plain-connection = "…"`"#);
    assert_eq!(told(&text("port = 5672\nprovides = \"broker\"\nsecret = \"it\"")), "");
}

#[test]
fn what_nothing_watches_is_told_once() {
    let of = |keys: &str| {
        told(&text(&format!("secret = \"it\"\n{keys}")).replace(
            "components.web.type",
            "components.monitoring.type = \"monitoring\"\ncomponents.web.type",
        ))
    };
    assert_snapshot!(of("port = 25060\nprovides = \"database\""), @r#"warning unwatched 10:8 nothing watches `it` | neither the scheme of its URL nor its port says which protocol it speaks | write which, for example `components.it.protocol = "mysql"`, or accept it: `components.it.allow.unwatched = "…"`"#);
    assert_snapshot!(of("port = 6379\nprovides = [\"cache\", \"broker\"]\noutputs.url = \"sentinel://it.example.net\""), @r#"warning unwatched 12:15 nothing watches `it` | neither the scheme of its URL nor its port says which protocol it speaks | write which, for example `components.it.protocol = "memcached"`, or accept it: `components.it.allow.unwatched = "…"`"#);
    assert_eq!(of("port = 25060\nprovides = \"database\"\nprotocol = \"mysql\""), "");
    assert_eq!(of("port = 5671\nprovides = \"broker\""), "");
    assert_eq!(of("port = 9000"), "");
    assert_eq!(told(&text("secret = \"it\"\nport = 25060\nprovides = \"database\"")), "");
}

#[test]
fn a_broker_is_a_redis_or_a_rabbitmq() {
    let of = |keys: &str| {
        let stack = stack(&text(keys));
        let worker = stack.part("worker").expect("the worker");
        broker::of(&stack, worker).map(|broker| match broker.server {
            Server::Redis(redis) => format!("redis {} {}", broker.port, redis.database),
            Server::Amqp(amqp) => format!(
                "amqp {} {:?} {}",
                broker.port,
                amqp.vhost,
                match amqp.url {
                    Some(Url::Text(text)) => text,
                    Some(Url::Secret(secret, key)) => format!("{secret}/{key}"),
                    None => "no URL".to_owned(),
                }
            ),
        })
    };
    let secret = |keys: &str| of(&format!("secret = \"it\"\nprovides = \"broker\"\n{keys}"));
    assert_eq!(secret("port = 6379").as_deref(), Some("redis 6379 0"));
    assert_eq!(secret("port = 5671").as_deref(), Some("amqp 5671 None it/url"));
    assert_eq!(secret("port = 9092"), None);
    assert_eq!(
        of("provides = \"broker\"\nport = 5672\noutputs.url = \"amqp://it.example.net:5672/shop\"")
            .as_deref(),
        Some("amqp 5672 Some(\"shop\") amqp://it.example.net:5672/shop")
    );
    assert_eq!(
        of("provides = \"broker\"\nport = 6379\noutputs.url = \"redis://it.example.net:6379/3?x=1\"")
            .as_deref(),
        Some("redis 6379 3")
    );
}

/// RabbitMQ hands a task out again after half an hour of its own, and Celery has no timeout for it.
#[test]
fn the_visibility_timeout_is_that_of_redis() {
    let of = |port: u16| {
        told(&text(&format!("secret = \"it\"\nprovides = \"broker\"\nport = {port}")).replace(
            "components.worker.type = \"worker\"",
            "components.worker = { type = \"worker\", task-time-limit-seconds = 7200 }",
        ))
    };
    assert!(of(6379).contains("redelivered-tasks"), "{}", of(6379));
    assert_eq!(of(5671), "");
}
