//! `PgBouncer`: who goes through it with what, who past it, and what is refused.

use insta::assert_snapshot;
use seaway_core::stack::{Piece, Recipe};

use crate::support::{APP, stack_of, told_of, variables};

const RDS: &str = "components.db = { type = \"rds\", host = \"db.example.com\", secret = \"shop-db\", cidrs = [\"10.0.0.0/8\"], ca = { config = \"pki\", key = \"ca.pem\" } }";
const POOLER: &str = "components.pooler = { type = \"pgbouncer\", database = \"db\" }";

fn text(more: &str) -> String {
    format!(
        "{APP}app.hosts = [\"shop.example.com\"]\n[config.pki]\n\"ca.pem\" = \"PEM\"\n\
         [stages.live]\nprofile = \"production\"\ncomponents.web.type = \"web\"\n{more}"
    )
}

fn told(more: &str) -> String {
    told_of(&text(more), "live")
}

#[test]
fn processes_go_through_it_and_migrations_past_it() {
    let more = format!(
        "{RDS}\n{POOLER}\ncomponents.migrate.type = \"migrate\"\n\
         components.dump = {{ type = \"cron\", schedule = \"@daily\", command = [\"dump\"], past-pooler = true }}\n\
         components.report = {{ type = \"job\", command = [\"report\"] }}"
    );
    let stack = stack_of(&text(&more), "live");
    assert_snapshot!(variables(&stack, "web"), @"
    ALLOWED_HOSTS=shop.example.com
    CONN_MAX_AGE=0
    DATABASE_URL=secret shop-db/pooler-url
    DISABLE_SERVER_SIDE_CURSORS=true
    DJANGO_SETTINGS_MODULE=shop.settings
    HOME=/tmp
    PYTHONDONTWRITEBYTECODE=1
    PYTHONUNBUFFERED=1
    ");
    for (name, is_pooled) in [("web", true), ("report", true), ("migrate", false), ("dump", false)]
    {
        let shown = variables(&stack, name);
        let url = if is_pooled {
            "DATABASE_URL=secret shop-db/pooler-url"
        } else {
            "DATABASE_URL=secret shop-db/url"
        };
        assert!(shown.contains(url), "{name}: {shown}");
        assert_eq!(shown.contains("CONN_MAX_AGE=0\n"), is_pooled, "{name}");
        assert_eq!(shown.contains("DISABLE_SERVER_SIDE_CURSORS=true\n"), is_pooled, "{name}");
        assert_eq!(shown.contains("PGSSLMODE=verify-full\n"), !is_pooled, "{name}");
        let edges: Vec<&str> =
            stack.part(name).expect("it").edges.keys().map(|name| &**name).collect();
        assert_eq!(edges, [if is_pooled { "pooler" } else { "db" }], "{name}");
    }
    let waits = |name: &str| {
        stack.part(name).expect("it").waits_for.as_ref().map(|gate| gate.migrate.to_string())
    };
    assert_eq!(waits("web").as_deref(), Some("migrate"));
    assert_eq!(waits("dump").as_deref(), Some("migrate"));
    let edges: Vec<&str> =
        stack.part("pooler").expect("it").edges.keys().map(|name| &**name).collect();
    assert_eq!(edges, ["db"]);
}

#[test]
fn its_url_is_a_key_of_the_secret_of_the_database() {
    for (database, secret) in [
        (RDS, "shop-db"),
        ("components.db = { type = \"postgres\" }", "db"),
        (
            "components.db = { type = \"external\", host = \"db.example.com\", port = 5433, database = \"shop\", username = \"shop\", \
             secret = \"outside\", sslmode = \"verify-full\", ca = { config = \"pki\", key = \"ca.pem\" }, cidrs = [\"10.0.0.0/8\"], provides = \"database\" }",
            "outside",
        ),
    ] {
        let stack = stack_of(&text(&format!("{database}\n{POOLER}")), "live");
        let contract = stack.secrets.iter().find(|(name, _)| &***name == secret).expect("it").1;
        let (_, recipe) =
            contract.keys.iter().find(|(key, _)| &***key == "pooler-url").expect("it");
        let Recipe::Composed(pieces) = recipe else { panic!("{recipe:?}") };
        let shown: String = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Key(key) => format!("<{key}>"),
                Piece::Of { secret, key, .. } => format!("<{secret}.{key}>"),
                Piece::Opaque => "…".to_owned(),
            })
            .collect();
        assert_eq!(shown, "postgres://shop:<password>@pooler:6432/shop");
        assert!(contract.keys.keys().any(|key| &**key == "password"));
    }
}

#[test]
fn it_stands_before_a_database_that_it_can_dial() {
    assert_snapshot!(told("components.pooler = { type = \"pgbouncer\", database = \"dc\" }\ncomponents.db = { type = \"postgres\" }"), @"unknown-component 10:54 unknown component `dc` | not part of this stage | did you mean `db`?");
    assert_snapshot!(told("components.pooler = { type = \"pgbouncer\", database = \"web\" }"), @"conflict 10:54 `web` is no database | it is a web |");
    assert_snapshot!(told("components.pooler = { type = \"pgbouncer\", database = \"pooler\" }"), @"conflict 10:54 `pooler` is no database | it is a pgbouncer |");
    assert_snapshot!(told(&format!(
        "components.db = {{ type = \"external\", host = \"h\", port = 5432, database = \"a\", cidrs = [\"10.0.0.0/8\"] }}\n{POOLER}"
    )), @"missing-field 11:54 `pooler` does not know how to dial `db` | stands before it | add `username`, `secret` and `sslmode` to `db`");
    let in_image = RDS.replace("config = \"pki\", key = \"ca.pem\"", "file = \"/etc/ca.pem\"");
    assert_snapshot!(told(&format!("{in_image}\n{POOLER}")), @r#"conflict 10:116 the image of PgBouncer does not have this file | ; 11:54 stands before it | keep the certificates in a config or Secret: `ca = { config = "…", key = "…" }`"#);
    let odd = RDS.replace("host =", "database = \"the shop\", host =");
    assert_snapshot!(told(&format!("{odd}\n{POOLER}")), @"invalid-value 11:54 PgBouncer can not stand before the database `the shop` | its configuration takes letters, digits, `_`, `.` and `-` | give `db` a `database` of such a name, or do without the pooler");
    assert_snapshot!(told(&format!("secrets.shop-db.keys = [\"password\", \"url\"]\n{RDS}\n{POOLER}")), @"unknown-key 10:9 Secret `shop-db` has no key `pooler-url`, which `pooler` needs | declared here | add `pooler-url` to its keys, which are `password` and `url`");
    assert_eq!(
        told(&format!(
            "secrets.shop-db.keys = [\"password\", \"url\", \"pooler-url\"]\n{RDS}\n{POOLER}"
        )),
        ""
    );
    assert_snapshot!(told(&format!("{RDS}\n{}", POOLER.replace("\"db\"", "\"db\", default-pool-size = 0"))), @"invalid-value 11:80 a pool without connections | nobody would reach the database | write the connections that one pod may take, for example `20`");
}

#[test]
fn nothing_is_kept_in_a_shared_connection() {
    let with = |more: &str| told(&format!("app.env = {{ {more} }}\n{RDS}\n{POOLER}"));
    assert_snapshot!(with("CONN_MAX_AGE = 60"), @"conflict 10:28 `CONN_MAX_AGE = 60` behind the pooler `pooler` | a connection that is kept is not shared: the pool runs dry | remove it: it is bound as `0`");
    assert_snapshot!(with("CONN_MAX_AGE = \"None\""), @"conflict 10:28 `CONN_MAX_AGE = None` behind the pooler `pooler` | a connection that is kept is not shared: the pool runs dry | remove it: it is bound as `0`");
    assert_snapshot!(with("DISABLE_SERVER_SIDE_CURSORS = \"false\""), @"conflict 10:43 `DISABLE_SERVER_SIDE_CURSORS = false` behind the pooler `pooler` | a cursor is gone with its transaction: InvalidCursorName | remove it: it is bound as `true`");
    assert_eq!(with("CONN_MAX_AGE = 0, DISABLE_SERVER_SIDE_CURSORS = \"on\""), "");
    // Who does not go through it keeps what it likes.
    assert_eq!(told(&format!("app.env.CONN_MAX_AGE = 60\n{RDS}")), "");
}

#[test]
fn migrations_do_not_go_through_it() {
    let more = |url: &str| {
        format!(
            "app.env.DATABASE_URL = \"${{pooler.url}}\"\n{RDS}\n{POOLER}\ncomponents.migrate = {{ type = \"migrate\"{url} }}"
        )
    };
    assert_snapshot!(told(&more("")), @r#"conflict 10:25 migrations through the pooler `pooler` |  | they lock and set up their session: bind the database itself, for example `components.migrate.env.DATABASE_URL = "${db.url}"`"#);
    assert_eq!(told(&more(", env.DATABASE_URL = \"${db.url}\"")), "");
}

#[test]
fn two_poolers_could_both_be_meant() {
    assert_snapshot!(told(&format!("{RDS}\n{POOLER}\n{}", POOLER.replace("pooler", "other"))), @r#"ambiguous-binding 12:12 `DATABASE_URL` could be bound to `other` and `pooler` | ; 11:12  | say which: `app.env.DATABASE_URL = "${other.url}"`"#);
}

#[test]
fn it_stands_before_what_speaks_its_protocol() {
    assert_snapshot!(told("components.pooler = { type = \"pgbouncer\", database = \"db\" }\ncomponents.db = { type = \"mariadb\" }"), @"conflict 10:54 PgBouncer stands before PostgreSQL, and `db` speaks another protocol | it speaks `mysql` | refer to `db` itself, and remove `pooler`");
}
