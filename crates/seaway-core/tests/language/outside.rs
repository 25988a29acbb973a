//! Backing services outside the cluster: their outputs, the URLs of their Secrets, and what is refused.

use std::fmt::Write as _;

use insta::assert_snapshot;
use seaway_core::stack::{Piece, Recipe};

use crate::support::{APP, stack_of, told_of, variables};

/// A production stage of a stack with a web process and more; `more` begins in line 8.
fn text(more: &str) -> String {
    format!(
        "{APP}app.hosts = [\"shop.example.com\"]\n[config.pki]\n\"ca.pem\" = \"PEM\"\n[secrets.pki]\nkeys = [\"ca.pem\"]\n\
         [stages.live]\nprofile = \"production\"\ncomponents.web.type = \"web\"\n{more}"
    )
}

fn told(more: &str) -> String {
    told_of(&text(more), "live")
}

/// The same in a development stage.
fn told_in_development(more: &str) -> String {
    told_of(&text(more).replace("profile = \"production\"", "profile = \"development\""), "live")
}

const RDS: &str = "host = \"shop.abc123.us-east-1.rds.amazonaws.com\"";
const CA: &str = "ca = { config = \"pki\", key = \"ca.pem\" }";

fn rds(more: &str) -> String {
    format!("components.db = {{ type = \"rds\", {RDS}, {more} }}")
}

fn cache(more: &str) -> String {
    format!(
        "components.cache = {{ type = \"elasticache\", host = \"master.shop.abc.use1.cache.amazonaws.com\", {more} }}"
    )
}

/// The recipes of a Secret, a line each: keys of it in angle brackets.
fn recipes(more: &str, secret: &str) -> String {
    let stack = stack_of(&text(more), "live");
    let contract = stack.secrets.iter().find(|(name, _)| &***name == secret).expect("the Secret").1;
    let mut lines = format!("{:?}\n", contract.source.value);
    for (key, recipe) in &contract.keys {
        let pieces = match recipe {
            Recipe::Opaque | Recipe::Given | Recipe::GivenUrl | Recipe::SigningKey => {
                "…".to_owned()
            }
            Recipe::Composed(pieces) => pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Text(text) => text.clone(),
                    Piece::Key(key) => format!("<{key}>"),
                    Piece::Of { secret, key, .. } => format!("<{secret}.{key}>"),
                    Piece::Opaque => "…".to_owned(),
                })
                .collect(),
        };
        let _ = writeln!(lines, "{key}={pieces}");
    }
    lines
}

#[test]
fn an_rds_is_verified_by_its_name_and_by_the_authority_of_the_stack() {
    let more = rds(&format!("secret = \"shop-db\", cidrs = [\"172.20.128.0/18\"], {CA}"));
    assert_snapshot!(recipes(&more, "shop-db"), @"
    Existing
    password=…
    url=postgres://shop:<password>@shop.abc123.us-east-1.rds.amazonaws.com:5432/shop?sslmode=verify-full&sslrootcert=/etc/ssl/seaway/db/ca.pem
    ");
    assert_snapshot!(variables(&stack_of(&text(&more), "live"), "web"), @"
    ALLOWED_HOSTS=shop.example.com
    DATABASE_URL=secret shop-db/url
    DJANGO_SETTINGS_MODULE=shop.settings
    HOME=/tmp
    PGSSLMODE=verify-full
    PGSSLROOTCERT=/etc/ssl/seaway/db/ca.pem
    PYTHONDONTWRITEBYTECODE=1
    PYTHONUNBUFFERED=1
    ");
}

#[test]
fn names_of_an_rds_are_encoded_in_its_url() {
    let more = rds(
        "database = \"shop/live\", username = \"app@shop\", port = 5433, cidrs = [\"10.0.0.0/8\"], ca = { file = \"/etc/ssl/rds bundle.pem\" }",
    );
    assert_snapshot!(recipes(&more, "db"), @"
    Existing
    password=…
    url=postgres://app%40shop:<password>@shop.abc123.us-east-1.rds.amazonaws.com:5433/shop%2Flive?sslmode=verify-full&sslrootcert=/etc/ssl/rds%20bundle.pem
    ");
}

#[test]
fn an_app_that_reads_parts_gets_them_and_libpq_verifies() {
    let more = format!(
        "app.bind = false\napp.env = {{ POSTGRES_HOST = \"${{db.host}}\", POSTGRES_USER = \"${{db.username}}\", \
         POSTGRES_PASSWORD = \"${{db.password}}\", POSTGRES_PORT = \"${{db.port}}\", POSTGRES_DB = \"${{db.name}}\" }}\n{}",
        rds(&format!("cidrs = [\"10.0.0.0/8\"], {CA}"))
    );
    assert_snapshot!(variables(&stack_of(&text(&more), "live"), "web"), @"
    DJANGO_SETTINGS_MODULE=shop.settings
    HOME=/tmp
    PGSSLMODE=verify-full
    PGSSLROOTCERT=/etc/ssl/seaway/db/ca.pem
    POSTGRES_DB=shop
    POSTGRES_HOST=shop.abc123.us-east-1.rds.amazonaws.com
    POSTGRES_PASSWORD=secret db/password
    POSTGRES_PORT=5432
    POSTGRES_USER=shop
    PYTHONDONTWRITEBYTECODE=1
    PYTHONUNBUFFERED=1
    ");
    let by_hand = more.replace("POSTGRES_DB = ", "PGSSLMODE = \"verify-full\", POSTGRES_DB = ");
    assert_eq!(
        variables(&stack_of(&text(&by_hand), "live"), "web").matches("PGSSLMODE").count(),
        1
    );
}

#[test]
fn databases_that_disagree_leave_libpq_alone() {
    let more = format!(
        "app.bind = false\napp.env = {{ A = \"${{db.host}}\", B = \"${{other.host}}\" }}\n{}\ncomponents.other = {{ type = \"postgres\" }}",
        rds(&format!("cidrs = [\"10.0.0.0/8\"], {CA}"))
    );
    assert!(!variables(&stack_of(&text(&more), "live"), "web").contains("PGSSL"));
}

#[test]
fn an_rds_needs_ranges_and_an_authority() {
    assert_snapshot!(told(&rds("secret = \"a\"")), @r#"
    missing-field 12:12 `db` has no `cidrs` that it lies in | a network policy can not name a host | write the ranges of its subnets, for example `cidrs = ["10.0.16.0/20"]`, or `cluster.network`, the range of the whole network; `to = "internet"` if it has a public address
    missing-field 12:12 `db` has no `ca` that its server is verified by | libpq knows nobody who vouches for it | add `ca = { config = "rds-ca", key = "bundle.pem" }` with `config.rds-ca."bundle.pem" = { file = "bundle.pem" }`, the bundle of its region: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
    "#);
    assert_snapshot!(told(&rds(&format!("cidrs = [], {CA}"))), @r#"missing-field 12:12 `db` has no `cidrs` that it lies in | a network policy can not name a host | write the ranges of its subnets, for example `cidrs = ["10.0.16.0/20"]`, or `cluster.network`, the range of the whole network; `to = "internet"` if it has a public address"#);
    assert_eq!(told(&format!("cluster.network = \"172.20.0.0/16\"\n{}", rds(CA))), "");
}

#[test]
fn production_verifies_the_server() {
    let with = |mode: &str| rds(&format!("sslmode = \"{mode}\", cidrs = [\"10.0.0.0/8\"], {CA}"));
    assert_snapshot!(told(&with("require")), @r#"unsafe-setting 12:93 `sslmode = "require"` in a production stage | gives the password to whoever answers | write `verify-full`, the default of an `rds`: it verifies the server by `ca`"#);
    assert_snapshot!(told(&with("verify-ca")), @r#"unsafe-setting 12:93 `sslmode = "verify-ca"` in a production stage | any server that the authority vouches for could answer | write `verify-full`, the default of an `rds`: it verifies the server by `ca`"#);
    assert_eq!(told(&with("verify-full")), "");
    assert_eq!(told_in_development(&with("require")), "");
    assert_snapshot!(told(&with("full")), @"unknown-value 12:93 unknown value `full` |  | known are `allow`, `disable`, `prefer`, `require`, `verify-ca` and `verify-full`");
    let more = format!("app.env.PGSSLMODE = \"prefer\"\n{}", with("verify-full"));
    assert_snapshot!(told(&more), @"unsafe-setting 12:21 `PGSSLMODE` is `prefer` in a production stage | gives the password to whoever answers | remove it: it is set to `verify-full` for a process that refers to an `rds`");
    assert_eq!(told_in_development(&more), "");
}

#[test]
fn an_external_name_is_not_that_of_the_certificate() {
    let with =
        |more: &str| rds(&format!("external-name = true, cidrs = [\"10.0.0.0/8\"], {CA}{more}"));
    assert_snapshot!(told(&with("")), @"conflict 12:99 `external-name` and `verify-full` | the certificate does not have the name of the Service # nobody wrote this: it is the default `rds-sslmode` (anything weaker talks to whoever answers; RDS from PostgreSQL 15 on refuses plain connections anyway) | remove `external-name`: processes dial the endpoint itself, which the certificate names");
    assert_snapshot!(told_in_development(&with(", sslmode = \"verify-full\"")), @"conflict 12:99 `external-name` and `verify-full` | the certificate does not have the name of the Service; 12:180  | remove `external-name`: processes dial the endpoint itself, which the certificate names");
    assert_eq!(told_in_development(&with(", sslmode = \"require\"")), "");
    let address = with(", sslmode = \"require\"")
        .replace("shop.abc123.us-east-1.rds.amazonaws.com", "10.0.0.7");
    assert_snapshot!(told_in_development(&address), @"invalid-value 12:40 an address is no external name | a Service of type ExternalName is an alias of a host name | write a host name, or remove `external-name`");
}

#[test]
fn an_authority_lies_in_one_place() {
    let with = |ca: &str| rds(&format!("cidrs = [\"10.0.0.0/8\"], ca = {{ {ca} }}"));
    assert_snapshot!(told(&with("")), @r#"missing-field 12:112 `ca` names no certificates |  | write `{ config = "…", key = "…" }` or `{ secret = "…", key = "…" }`, or `{ file = "/…" }` for a file of the image"#);
    assert_snapshot!(told(&with("config = \"pki\"")), @r#"missing-field 12:112 `ca` does not say which `key` |  | write `{ config = "…", key = "…" }` or `{ secret = "…", key = "…" }`, or `{ file = "/…" }` for a file of the image"#);
    assert_snapshot!(told(&with("config = \"pki\", file = \"/ca.pem\"")), @r#"conflict 12:112 `ca` names certificates in more than one place |  | write `{ config = "…", key = "…" }` or `{ secret = "…", key = "…" }`, or `{ file = "/…" }` for a file of the image"#);
    assert_snapshot!(told(&with("file = \"/ca.pem\", key = \"ca.pem\"")), @r#"conflict 12:112 a `file` has no `key` |  | write `{ config = "…", key = "…" }` or `{ secret = "…", key = "…" }`, or `{ file = "/…" }` for a file of the image"#);
    assert_snapshot!(told(&with("config = \"pky\", key = \"ca.pem\"")), @"unknown-config 12:123 unknown config `pky` | not part of this stage | did you mean `pki`?");
    assert_snapshot!(told(&with("config = \"pki\", key = \"ca.pen\"")), @"unknown-key 12:136 config `pki` has no key `ca.pen` |  | did you mean `ca.pem`?");
    assert_snapshot!(told(&with("secret = \"pki\", key = \"ca.pen\"")), @"unknown-key 12:136 Secret `pki` has no key `ca.pen` |  | did you mean `ca.pem`?");
    assert_eq!(told(&with("secret = \"pki\", key = \"ca.pem\"")), "");
    assert_eq!(told(&with("file = \"/ca.pem\"")), "");
}

#[test]
fn what_is_bound_is_in_the_secret() {
    let more = |keys: &str| {
        format!(
            "secrets.shop-db.keys = [{keys}]\n{}",
            rds(&format!("secret = \"shop-db\", cidrs = [\"10.0.0.0/8\"], {CA}"))
        )
    };
    assert_snapshot!(told(&more("\"password\"")), @"unknown-key 12:9 `db` has no `url` that could be bound as `DATABASE_URL` | the contract of `shop-db` has no such key | add `url` to its keys, set `DATABASE_URL` by hand, or write `app.bind.DATABASE_URL = false` where the application reads the parts");
    assert_eq!(
        told(&format!(
            "app.bind = false\napp.env.P = \"${{db.password}}\"\n{}",
            more("\"password\"")
        )),
        ""
    );
    assert_eq!(told(&more("\"password\", \"url\"")), "");
}

#[test]
fn an_elasticache_speaks_tls_and_asks_for_a_token() {
    assert_snapshot!(recipes(&cache("cidrs = [\"10.0.0.0/8\"]"), "cache"), @"
    Existing
    password=…
    url=rediss://:<password>@master.shop.abc.use1.cache.amazonaws.com:6379/0?ssl_cert_reqs=required&ssl_check_hostname=true
    ");
    let several = cache(&format!(
        "username = \"app@shop\", secret = \"shop-redis\", roles = [\"broker\", \"results\"], cidrs = [\"10.0.0.0/8\"], {CA}"
    ));
    assert_snapshot!(recipes(&several, "shop-redis"), @"
    Existing
    broker-url=rediss://app%40shop:<password>@master.shop.abc.use1.cache.amazonaws.com:6379/0?ssl_cert_reqs=required&ssl_check_hostname=true&ssl_ca_certs=/etc/ssl/seaway/cache/ca.pem
    password=…
    results-url=rediss://app%40shop:<password>@master.shop.abc.use1.cache.amazonaws.com:6379/1?ssl_cert_reqs=required&ssl_check_hostname=true&ssl_ca_certs=/etc/ssl/seaway/cache/ca.pem
    url=rediss://app%40shop:<password>@master.shop.abc.use1.cache.amazonaws.com:6379/0?ssl_cert_reqs=required&ssl_check_hostname=true&ssl_ca_certs=/etc/ssl/seaway/cache/ca.pem
    ");
    assert_snapshot!(variables(&stack_of(&text(&several), "live"), "web"), @"
    ALLOWED_HOSTS=shop.example.com
    CELERY_BROKER_URL=secret shop-redis/broker-url
    CELERY_RESULT_BACKEND=secret shop-redis/results-url
    DJANGO_SETTINGS_MODULE=shop.settings
    HOME=/tmp
    PYTHONDONTWRITEBYTECODE=1
    PYTHONUNBUFFERED=1
    ");
}

#[test]
fn an_elasticache_without_tls_or_token_is_for_development() {
    assert_snapshot!(told(&cache("tls = false, cidrs = [\"10.0.0.0/8\"]")), @"unsafe-setting 12:101 a Redis without TLS in a production stage | password and tasks cross the network as plain text | remove `tls` and turn the in-transit encryption of the cache on");
    assert_snapshot!(told(&cache("auth = false, cidrs = [\"10.0.0.0/8\"]")), @r#"no-password 12:102 a Redis without a password in a production stage | whoever reaches it reads and deletes everything | remove `auth` and bind the URL, which holds the password; if the application can not be told one, say so with `allow.no-password = "…"`"#);
    assert_snapshot!(told_in_development(&cache("auth = false, secret = \"a\", username = \"b\", cidrs = [\"10.0.0.0/8\"]")), @"
    conflict 12:118 `secret` without a token | never used; 12:102  | remove one of them
    conflict 12:134 `username` without a token | never used; 12:102  | remove one of them
    ");
    let plain = cache("tls = false, auth = false, cidrs = [\"10.0.0.0/8\"]");
    assert_eq!(told_in_development(&plain), "");
    let plain = text(&plain).replace("\"production\"", "\"development\"");
    assert_snapshot!(variables(&stack_of(&plain, "live"), "web"), @"
    ALLOWED_HOSTS=shop.example.com,localhost,127.0.0.1
    CACHE_URL=redis://master.shop.abc.use1.cache.amazonaws.com:6379/0
    DJANGO_SETTINGS_MODULE=shop.settings
    HOME=/tmp
    PYTHONDONTWRITEBYTECODE=1
    PYTHONUNBUFFERED=1
    ");
    let open = cache(&format!("auth = false, cidrs = [\"10.0.0.0/8\"], {CA}"));
    let open = text(&open).replace("\"production\"", "\"development\"");
    assert_snapshot!(variables(&stack_of(&open, "live"), "web"), @"
    ALLOWED_HOSTS=shop.example.com,localhost,127.0.0.1
    CACHE_URL=rediss://master.shop.abc.use1.cache.amazonaws.com:6379/0?ssl_cert_reqs=required&ssl_check_hostname=true&ssl_ca_certs=/etc/ssl/seaway/cache/ca.pem
    DJANGO_SETTINGS_MODULE=shop.settings
    HOME=/tmp
    PYTHONDONTWRITEBYTECODE=1
    PYTHONUNBUFFERED=1
    ");
    assert_snapshot!(told_in_development(&cache(&format!("tls = false, cidrs = [\"10.0.0.0/8\"], {CA}"))), @"conflict 12:137 `ca` without TLS | nothing is verified; 12:101  | remove one of them");
}

#[test]
fn an_elasticache_needs_ranges_and_roles_that_fit() {
    assert_snapshot!(told(&cache("roles = [\"cache\"]")), @r#"missing-field 12:12 `cache` has no `cidrs` that it lies in | a network policy can not name a host | write the ranges of its subnets, for example `cidrs = ["10.0.16.0/20"]`, or `cluster.network`, the range of the whole network; `to = "internet"` if it has a public address"#);
    assert_snapshot!(told(&cache("roles = [\"cache\", \"broker\"], cidrs = [\"10.0.0.0/8\"]")), @"shared-redis-database 12:103 one Redis is broker and cache | it must keep every task, so the cache can fill it | give the cache a component of its own");
    assert_snapshot!(told(&cache("roles = [\"cache\", \"cache\"], cidrs = [\"10.0.0.0/8\"]")), @"conflict 12:113 the role `cache` is there twice |  |");
    let by_hand = format!(
        "app.env.CACHE_URL = \"${{cache.url}}\"\napp.env.CELERY_BROKER_URL = \"${{cache.url}}\"\n{}",
        cache("cidrs = [\"10.0.0.0/8\"]")
    );
    let one = cache("cidrs = [\"10.0.0.0/8\"]");
    let other = one
        .replace("components.cache", "components.broker")
        .replace("type =", "roles = [\"broker\"], type =");
    assert_snapshot!(told(&format!("{one}\n{other}")), @"shared-redis-database 12:51 `broker` and `cache` are one server and use one Redis database | ; 13:72  | give each a server of its own, or write one component with several `roles`, each of which has a database of its own");
    assert_eq!(told(&format!("{one}\n{}", other.replace("master.shop", "master.tasks"))), "");
    assert_eq!(told(&format!("{one}\n{}", other.replace("type =", "port = 6380, type ="))), "");
    assert_snapshot!(told(&by_hand), @r#"shared-redis-database 13:29 `CELERY_BROKER_URL` and `CACHE_URL` use one Redis database | flushing the cache would delete tasks; 12:21  | use two components, or `roles = ["broker", "cache"]` on `cache` and its outputs `broker-url` and `cache-url`"#);
}

#[test]
fn an_external_database_says_how_it_is_verified() {
    let with = |more: &str| {
        format!(
            "components.db = {{ type = \"external\", provides = \"database\", host = \"db.example.com\", port = 5432, secret = \"db\", \
             cidrs = [\"10.0.0.0/8\"], {more} }}"
        )
    };
    assert_snapshot!(variables(&stack_of(&text(&with(&format!("sslmode = \"verify-full\", {CA}"))), "live"), "web"), @"
    ALLOWED_HOSTS=shop.example.com
    DATABASE_URL=secret db/url
    DJANGO_SETTINGS_MODULE=shop.settings
    HOME=/tmp
    PGSSLMODE=verify-full
    PGSSLROOTCERT=/etc/ssl/seaway/db/ca.pem
    PYTHONDONTWRITEBYTECODE=1
    PYTHONUNBUFFERED=1
    ");
    assert_snapshot!(told(&with("sslmode = \"require\"")), @r#"unsafe-setting 12:148 `sslmode = "require"` in a production stage | gives the password to whoever answers | write `verify-full`, the default of an `rds`: it verifies the server by `ca`"#);
    assert_snapshot!(told(&with("sslmode = \"verify-full\"")), @r#"missing-field 12:148 `db` has no `ca` that its server is verified by | libpq knows nobody who vouches for it | add `ca = { config = "…", key = "…" }`, the certificates of its authority"#);
    assert_snapshot!(told(&with("ca = { config = \"pki\" }")), @r#"missing-field 12:143 `ca` does not say which `key` |  | write `{ config = "…", key = "…" }` or `{ secret = "…", key = "…" }`, or `{ file = "/…" }` for a file of the image"#);
    assert_eq!(told(&with(CA)), "");
}

#[test]
fn a_later_stage_takes_its_certificates_from_elsewhere() {
    let base = text(&format!("{}\n", rds(&format!("cidrs = [\"10.0.0.0/8\"], {CA}"))));
    for elsewhere in ["file = \"/etc/ssl/rds.pem\"", "secret = \"pki\", key = \"ca.pem\""] {
        let later = format!(
            "{base}[stages.later]\nextends = \"live\"\ncomponents.db.ca = {{ {elsewhere} }}\n"
        );
        assert_eq!(told_of(&later, "later"), "", "{elsewhere}");
    }
}
