//! PostgreSQL: extensions, and programs that are older than the server.

use insta::assert_snapshot;

use crate::support::{APP, stack, told};

/// A database with more options, in line 4.
fn database(more: &str) -> String {
    format!("{APP}components.db = {{ type = \"postgres\", version = \"17\"{more} }}\n")
}

#[test]
fn extensions_are_those_that_the_image_has() {
    stack(&database(", extensions = [\"pg_trgm\", \"uuid-ossp\", \"plpgsql\"]"));
    assert_snapshot!(told(&database(
        ", extensions = [\"postgis\", \"vector\", \"pg_trgrm\", \"pg_logicalinspect\", \"timescaledb\", \"plperl\"]"
    )), @r#"
    unknown-value 4:68 PostgreSQL 17 of `docker.io/library/postgres` has no extension `postgis` | can not be created | use the image that has it: `image = "docker.io/postgis/postgis:17-3.5"`
    unknown-value 4:79 PostgreSQL 17 of `docker.io/library/postgres` has no extension `vector` | can not be created | use the image that has it: `image = "docker.io/pgvector/pgvector:pg17"`
    unknown-value 4:89 PostgreSQL 17 of `docker.io/library/postgres` has no extension `pg_trgrm` | can not be created | did you mean `pg_trgm`?
    unknown-value 4:101 PostgreSQL 17 of `docker.io/library/postgres` has no extension `pg_logicalinspect` | can not be created | use an image that has it, for example one that you build `FROM docker.io/library/postgres:17`: `image = "…"`
    unknown-value 4:122 PostgreSQL 17 of `docker.io/library/postgres` has no extension `timescaledb` | can not be created | use an image that has it, for example one that you build `FROM docker.io/library/postgres:17`: `image = "…"`
    unknown-value 4:137 PostgreSQL 17 of `docker.io/library/postgres` has no extension `plperl` | can not be created | use an image that has it, for example one that you build `FROM docker.io/library/postgres:17`: `image = "…"`
    "#);
    for image in ["postgis/postgis:17-3.5", "index.docker.io/postgis/postgis:17-3.5-alpine"] {
        stack(&database(&format!(", image = \"{image}\", extensions = [\"postgis\", \"citext\"]")));
    }
    assert_snapshot!(told(&database(
        ", image = \"postgis/postgis:17-3.5\", extensions = [\"postgis\", \"vector\"]"
    )), @r#"unknown-value 4:113 PostgreSQL 17 of `docker.io/postgis/postgis` has no extension `vector` | can not be created; 4:62 the image | use the image that has it: `image = "docker.io/pgvector/pgvector:pg17"`"#);
    // Nothing is known of an image of one's own.
    stack(&database(", image = \"ghcr.io/acme/postgres:17\", extensions = [\"acme\"]"));
    stack(&database(
        ", image = \"postgres:17-alpine\", extensions = [\"plpython3u\", \"hstore_plpython3u\"]",
    ));
    assert_snapshot!(told(&database(", image = 3, extensions = [\"postgis\"]")), @r#"wrong-type 4:62 expected a string, found an integer |  | write it in quotes: `"3"`"#);
}

#[test]
fn majors_have_extensions_of_their_own() {
    let of = |version: &str, name: &str| {
        format!(
            "{APP}components.db = {{ type = \"postgres\", version = \"{version}\", extensions = [\"{name}\"] }}\n"
        )
    };
    for (version, name) in
        [("18", "pg_logicalinspect"), ("16", "adminpack"), ("15", "pg_walinspect")]
    {
        stack(&of(version, name));
    }
    assert_snapshot!(told(&of("18", "postgis")), @r#"unknown-value 4:68 PostgreSQL 18 of `docker.io/library/postgres` has no extension `postgis` | can not be created | use the image that has it: `image = "docker.io/postgis/postgis:18-3.6"`"#);
    assert_snapshot!(told(&of("17", "adminpack")), @r#"unknown-value 4:68 PostgreSQL 17 of `docker.io/library/postgres` has no extension `adminpack` | can not be created | use an image that has it, for example one that you build `FROM docker.io/library/postgres:17`: `image = "…"`"#);
}

#[test]
fn names_of_extensions_are_names() {
    assert_snapshot!(told(&database(", extensions = [\"a\\\"; DROP TABLE x; --\", \"\", \"citext\"]")), @r#"
    invalid-value 4:68 `a"; DROP TABLE x; --` is not the name of an extension |  | write at most 63 letters, digits, `_` and `-`, starting with a letter, for example `pg_trgm`
    invalid-value 4:93 `` is not the name of an extension |  | write at most 63 letters, digits, `_` and `-`, starting with a letter, for example `pg_trgm`
    "#);
    assert_snapshot!(told(&database(", extensions = [\"citext\", \"citext\"]")), @"conflict 4:78 the extension `citext` is there twice |  | remove one of them");
}

#[test]
fn some_extensions_have_to_be_loaded_by_the_server() {
    let with = |image: &str, name: &str, libraries: &str| {
        let setting = |libraries| format!(", settings.shared_preload_libraries = \"{libraries}\"");
        let settings = if libraries.is_empty() { String::new() } else { setting(libraries) };
        database(&format!(", image = \"{image}\", extensions = [\"{name}\"]{settings}"))
    };
    let statements = "pg_stat_statements";
    stack(&with("postgres:17", statements, "auto_explain, 'pg_stat_statements'"));
    assert_snapshot!(told(&with("postgres:17", statements, "")), @r#"missing-field 4:91 the extension `pg_stat_statements` does not work unless the server loads its library | not in `shared_preload_libraries` | write `components.db.settings.shared_preload_libraries = "pg_stat_statements"` (https://www.postgresql.org/docs/current/pgstatstatements.html)"#);
    assert_snapshot!(told(&with("pgvector/pgvector:pg17", statements, "auto_explain")), @r#"missing-field 4:102 the extension `pg_stat_statements` does not work unless the server loads its library | not in `shared_preload_libraries`; 4:161 the libraries that it loads | write `components.db.settings.shared_preload_libraries = "auto_explain,pg_stat_statements"` (https://www.postgresql.org/docs/current/pgstatstatements.html)"#);
    // The image configures what it is made for, unless the stack does.
    let timescale = "timescale/timescaledb:2.17.2-pg17";
    stack(&with(timescale, "timescaledb", ""));
    assert_snapshot!(told(&with(timescale, "timescaledb", "pg_stat_statements")), @r#"missing-field 4:113 the extension `timescaledb` does not work unless the server loads its library | not in `shared_preload_libraries`; 4:165 the libraries that it loads | write `components.db.settings.shared_preload_libraries = "pg_stat_statements,timescaledb"` (https://docs.timescale.com/self-hosted/latest/configuration/about-configuration/)"#);
}

#[test]
fn the_job_of_extensions_has_a_name_of_its_own() {
    let extensions = ", extensions = [\"citext\"]";
    let process = "components.db-extensions = { type = \"process\", command = [\"a\"] }\n";
    stack(&(database("") + process));
    assert_snapshot!(told(&(database(extensions) + process)), @"conflict 5:12 `db` has a Job `db-extensions`, and so is called another component | ; 4:12 its `extensions` are created by that Job | give one of the two another name");
    let long = "d".repeat(53);
    let named =
        |name: &str| format!("{APP}components.{name} = {{ type = \"postgres\"{extensions} }}\n");
    stack(&named(&long[1..]));
    assert_snapshot!(told(&named(&long)), @"invalid-name 4:12 the Job of `ddddddddddddddddddddddddddddddddddddddddddddddddddddd` has a name of more than 63 characters | its Job is called `<here>-extensions` | write a name of at most 52 characters");
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

#[test]
fn the_version_is_that_of_the_image() {
    assert_snapshot!(told(&database(", image = \"postgres:16-alpine\"")), @r#"conflict 4:62 `db` is PostgreSQL 17, and its image PostgreSQL 16 | the data would lie where this major does not look; 4:48  | write `components.db.version = "16"`"#);
    stack(&database(", image = \"postgres:17.6\""));
    let unwritten = |image: &str| {
        format!("{APP}components.db = {{ type = \"postgres\", image = \"{image}\" }}\n")
    };
    stack(&unwritten("postgres:16"));
    assert_snapshot!(told(&unwritten("postgres:18")), @r#"conflict 4:46 `db` is PostgreSQL 17, and its image PostgreSQL 18 | the data would lie where this major does not look | write `components.db.version = "18"`"#);
    // The release of the image itself.
    stack(&database(", image = \"ghcr.io/acme/postgres:3\""));
}
