//! A read replica, and databases that are verified by the same certificates.

use insta::assert_snapshot;

use crate::support::{APP, stack, told, told_of, variable};

/// Two databases, each with certificates of its own config unless it is told others.
fn two(replica: &str, parts: &str) -> String {
    format!(
        "{APP}app.hosts = [\"shop.example\"]\nconfig.a.\"ca.pem\" = \"A\\n\"\nconfig.b.\"ca.pem\" = \"A\"\nconfig.other.\"ca.pem\" = \"B\"\n\
         secrets.ca.keys = [\"ca.pem\"]\n\
         components.db = {{ type = \"rds\", host = \"a.example\", cidrs = [\"10.0.0.0/16\"], ca = {{ config = \"a\", key = \"ca.pem\" }} }}\n\
         components.replica = {{ type = \"rds\", host = \"b.example\", cidrs = [\"10.0.0.0/16\"], roles = [], {replica} }}\n\
         components.web = {{ type = \"web\", env = {{ {parts} }} }}\n"
    )
}

const PARTS: &str = "DATABASE_URL = \"\", DB_HOST = \"${db.host}\", DB_PASSWORD = \"${db.password}\", \
                     REPLICA_HOST = \"${replica.host}\", REPLICA_PASSWORD = \"${replica.password}\"";

#[test]
fn a_replica_is_not_bound() {
    let text = two("ca = { config = \"a\", key = \"ca.pem\" }", "REPLICA_URL = \"${replica.url}\"");
    let stack = stack(&text);
    assert_eq!(variable(&stack, "web", "DATABASE_URL").as_deref(), Some("secret db/url"));
    assert_eq!(variable(&stack, "web", "REPLICA_URL").as_deref(), Some("secret replica/url"));
    let both = text.replace("roles = []", "roles = [\"database\"]");
    assert_snapshot!(told(&both), @r#"ambiguous-binding 9:12 `DATABASE_URL` could be bound to `db` and `replica` | ; 10:12  | say which: `app.env.DATABASE_URL = "${db.url}"`, or `components.replica.roles = []` if it is a read replica"#);
}

#[test]
fn a_replica_stands_beside_a_pooler() {
    let text = two("ca = { config = \"a\", key = \"ca.pem\" }", "REPLICA_URL = \"${replica.url}\"");
    let more = "components.pooler = { type = \"pgbouncer\", database = \"db\" }\ncomponents.migrate.type = \"migrate\"\n";
    let stack = stack(&format!("{text}{more}"));
    assert_eq!(variable(&stack, "web", "DATABASE_URL").as_deref(), Some("secret db/pooler-url"));
}

#[test]
fn the_same_certificates_are_the_same_wherever_they_lie() {
    let mode = |replica: &str| {
        let stack = stack(&two(replica, PARTS));
        let of = |name| variable(&stack, "web", name);
        (of("PGSSLMODE"), of("PGSSLROOTCERT"))
    };
    let of_db = (Some("verify-full".to_owned()), Some("/etc/ssl/seaway/db/ca.pem".to_owned()));
    assert_eq!(mode("ca = { config = \"a\", key = \"ca.pem\" }"), of_db);
    assert_eq!(mode("ca = { config = \"b\", key = \"ca.pem\" }"), of_db);
    assert_eq!(mode("ca = { config = \"other\", key = \"ca.pem\" }"), (None, None));
    assert_eq!(mode("ca = { secret = \"ca\", key = \"ca.pem\" }"), (None, None));
    assert_eq!(
        mode("sslmode = \"verify-ca\", ca = { config = \"a\", key = \"ca.pem\" }"),
        (None, None)
    );
}

#[test]
fn production_verifies_databases_that_differ() {
    let production = |replica: &str, parts: &str| {
        told_of(&format!("{}profile = \"production\"\n", two(replica, parts)), "local")
    };
    let other = "ca = { config = \"other\", key = \"ca.pem\" }";
    assert_snapshot!(production(other, PARTS), @r#"
    unsafe-setting 11:72 `web` builds the URL of `db` from parts, and nothing verifies its server | its databases differ in `sslmode` or `ca`, so libpq's variables can not speak for all | add `env.DB_SSLMODE = "${db.sslmode}"` and `env.DB_SSLROOTCERT = "${db.ca-file}"` and hand them to the driver, or refer to `${db.url}`
    unsafe-setting 11:133 `web` builds the URL of `replica` from parts, and nothing verifies its server | its databases differ in `sslmode` or `ca`, so libpq's variables can not speak for all | add `env.REPLICA_SSLMODE = "${replica.sslmode}"` and `env.REPLICA_SSLROOTCERT = "${replica.ca-file}"` and hand them to the driver, or refer to `${replica.url}`
    "#);
    assert_eq!(production("ca = { config = \"b\", key = \"ca.pem\" }", PARTS), "");
    let said = format!(
        "{PARTS}, DB_SSLMODE = \"${{db.sslmode}}\", DB_CA = \"${{db.ca-file}}\", REPLICA_SSLMODE = \"${{replica.sslmode}}\", \
         REPLICA_CA = \"${{replica.ca-file}}\""
    );
    assert_eq!(production(other, &said), "");
    assert_eq!(production(other, "REPLICA_URL = \"${replica.url}\""), "");
    assert_eq!(production(other, &format!("{PARTS}, PGSSLMODE = \"verify-full\"")), "");
}
