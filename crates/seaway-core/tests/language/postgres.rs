//! PostgreSQL: programs that are older than the server.

use insta::assert_snapshot;

use crate::support::{APP, stack, told};

/// A database with more options, in line 4.
fn database(more: &str) -> String {
    format!("{APP}components.db = {{ type = \"postgres\", version = \"17\"{more} }}\n")
}

/// A database and a job that refers to it, in line 5.
fn dumped(server: &str, image: &str, command: &str) -> String {
    format!(
        "{APP}components.db = {{ type = \"postgres\"{server} }}\n\
         components.dump = {{ type = \"cron\", schedule = \"15 2 * * *\", image = \"{image}\", command = {command} }}\n"
    )
}

#[test]
fn a_dump_is_not_made_by_an_older_program() {
    let dump = "[\"pg_dump\", \"--file=/tmp/a\", \"${db.url}\"]";
    let server = ", version = \"17\"";
    for image in
        ["postgres:17", "postgres:18-alpine", "pgvector/pgvector:0.8.1-pg17", "acme/tools:16"]
    {
        stack(&dumped(server, image, dump));
    }
    assert_snapshot!(told(&dumped(server, "docker.io/library/postgres:16.9", dump)), @r#"older-client 5:69 `dump` runs pg_dump 16, and the server `db` is PostgreSQL 17 | pg_dump refuses a newer server; 5:115  | write `image = "docker.io/library/postgres:17"`"#);
    let script = "[\"sh\", \"-c\", \"set -e; OUT=$(pg_dumpall --dbname=${db.url} | gzip)\"]";
    assert_snapshot!(told(&dumped(server, "postgis/postgis:16-3.4", script)), @r#"older-client 5:69 `dump` runs pg_dumpall 16, and the server `db` is PostgreSQL 17 | pg_dumpall refuses a newer server; 5:118  | write `image = "docker.io/library/postgres:17"`"#);
    let path = "[\"/usr/lib/postgresql/15/bin/pg_basebackup\", \"--dbname=${db.url}\"]";
    assert_snapshot!(told(&dumped(server, "acme/tools:1", path)), @"older-client 5:96 `dump` runs pg_basebackup 15, and the server `db` is PostgreSQL 17 | pg_basebackup refuses a newer server | run pg_basebackup 17, for example of `docker.io/library/postgres:17`");
    // What other programs of the image may do.
    for good in [
        "[\"psql\", \"${db.url}\"]",
        "[\"pg_restore\", \"--dbname=${db.url}\", \"/tmp/pg_dump.dump\"]",
        "[\"psql\", \"--file=/tmp/pg_dump\", \"${db.url}\"]",
        "[\"/usr/lib/postgresql/17/bin/pg_dump\", \"${db.url}\"]",
        "[\"pg_dump\", \"--host=elsewhere\"]",
    ] {
        stack(&dumped(server, "postgres:16", good));
    }
    // The image of the server says its major before `version` does.
    stack(&dumped(", image = \"postgres:16\"", "postgres:16", dump));
}

#[test]
fn a_dump_of_containers_poolers_and_services() {
    let sidecar = "components.w = { type = \"process\", command = [\"a\"], env.URL = \"${db.url}\", sidecars = [{ name = \"dump\", image = \"postgres:16\", command = [\"sh\", \"-c\", \"exec pg_dump\"] }] }\n";
    assert_snapshot!(told(&(database("") + sidecar)), @r#"older-client 5:113 `w` runs pg_dump 16, and the server `db` is PostgreSQL 17 | pg_dump refuses a newer server; 5:151  | write `image = "docker.io/library/postgres:17"`"#);
    let pooled = "components.pool = { type = \"pgbouncer\", database = \"db\" }\n\
                  components.dump = { type = \"job\", image = \"postgres:15\", command = [\"pg_dump\", \"${pool.url}\"] }\n";
    assert_snapshot!(told(&(database("") + pooled)), @r#"older-client 6:43 `dump` runs pg_dump 15, and the server `db` is PostgreSQL 17 | pg_dump refuses a newer server; 6:69  | write `image = "docker.io/library/postgres:17"`"#);
    let two = |old: &str| {
        database("")
            + "components.old = { type = \"postgres\", version = \""
            + old
            + "\" }\n"
            + "components.dump = { type = \"job\", image = \"postgres:15\", env.OLD = \"${old.url}\", env.NEW = \"${db.url}\", command = [\"sh\", \"-c\", \"exec pg_dump $OLD\"] }\n"
    };
    stack(&two("15"));
    assert_snapshot!(told(&two("16")), @r#"older-client 6:43 `dump` runs pg_dump 15, and the server `db` is PostgreSQL 17 | pg_dump refuses a newer server; 6:128  | write `image = "docker.io/library/postgres:17"`"#);
}
