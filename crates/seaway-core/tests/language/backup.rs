//! Backups of databases, Jobs that somebody starts, and what deletes data.

use insta::assert_snapshot;
use seaway_core::Code;
use seaway_core::options::Workload;

use crate::support::{APP, compiled_whole, stack, told};

const DATABASE: &str = "components.web = { type = \"web\" }\ncomponents.migrate.type = \"migrate\"\n\
                        components.db = { type = \"postgres\" }\nvolumes.dumps.storage = \"10Gi\"\n";

/// What is said of a backup of `db`.
fn backed_up(options: &str) -> String {
    told(&format!(
        "{APP}{DATABASE}components.b = {{ type = \"backup\", schedule = \"15 2 * * *\", {options} }}"
    ))
}

#[test]
fn a_backup_names_a_database_and_a_place() {
    assert_eq!(backed_up("of = \"db\", to = \"dumps\""), "");
    assert_snapshot!(backed_up("of = \"dc\", to = \"dumps\""), @"unknown-component 8:65 unknown component `dc` | not part of this stage | did you mean `db`?");
    assert_snapshot!(backed_up("of = \"web\", to = \"dumps\""), @"conflict 8:65 `web` is no database that a backup can dump | neither a PostgreSQL nor a MySQL | known is `db`");
    assert_snapshot!(backed_up("of = \"db\", to = \"dump\""), @"unknown-volume 8:76 `dump` is neither a volume nor an `s3` |  | did you mean `dumps`?");
    assert_snapshot!(backed_up("of = \"db\", to = \"web\""), @"unknown-volume 8:76 `web` is neither a volume nor an `s3` | a component of another type | known is `dumps`");
    assert_snapshot!(backed_up("of = \"db\", to = \"dumps\", keep = 0"), @"invalid-value 8:92 a backup that keeps no dump |  | write how many stay, for example `7`");
    assert_snapshot!(backed_up("of = \"db\", to = \"dumps\", version = \"16\""), @"conflict 8:95 a version that picks no image | `db` has the programs of its own major in its image | remove `version`");
    assert_snapshot!(backed_up("of = \"db\", to = \"dumps\", image = \"docker.io/library/postgres:15.3\""), @r#"older-client 8:93 `b` runs pg_dump 15, and the server `db` is PostgreSQL 17 | pg_dump refuses a newer server | remove `image`, or write `image = "docker.io/library/postgres:17"`"#);
    assert_snapshot!(backed_up("of = \"db\", to = \"dumps\", encrypt.secret = \"key\""), @"unknown-secret 8:102 unknown Secret `key` | no contract declares it | known is `db`");
    assert_snapshot!(backed_up("of = \"pool\", to = \"dumps\" }\ncomponents.pool = { type = \"pgbouncer\", database = \"db\""), @r#"conflict 8:65 a dump through the pooler `pool` | a dump sets up its session | name the database itself: `of = "db"`"#);
}

#[test]
fn a_bucket_is_written_to_by_somebody() {
    let bucket = "\ncomponents.store = { type = \"s3\", bucket = \"dumps\", region = \"eu-central-1\", roles = []";
    assert_snapshot!(backed_up(&format!("of = \"db\", to = \"store\" }}{bucket}")), @r#"missing-field 8:76 nothing lets `b` write to the bucket `store` |  | write the role that may: `components.b.service-account.role = "arn:aws:iam::123456789012:role/backup"`; or `components.store.secret`, with the keys `access-key-id` and `secret-access-key`"#);
    let keys =
        "secret = \"store\" }\nsecrets.store = { keys = [\"access-key-id\", \"secret-access-key\"]";
    assert_eq!(backed_up(&format!("of = \"db\", to = \"store\" }}{bucket}, {keys}")), "");
}

#[test]
fn programs_of_a_database_outside_are_named() {
    let text = |options: &str, server: &str| {
        told(&format!(
            "{APP}volumes.dumps.storage = \"10Gi\"\ncomponents.web = {{ type = \"web\" }}\n\
             components.b = {{ type = \"backup\", schedule = \"15 2 * * *\", of = \"it\", to = \"dumps\"{options} }}\n\
             components.it = {{ host = \"it.example.net\", cidrs = [\"10.0.0.0/20\"], {server} }}"
        ))
    };
    let rds = "type = \"rds\", ca.file = \"/etc/ssl/rds.pem\"";
    assert_snapshot!(text("", rds), @r#"missing-field 6:65 which programs dump `it` is not said | a server outside of the cluster | add `components.b.version = "17"`, the major of the server"#);
    assert_eq!(text(", version = \"16\"", rds), "");
    assert_eq!(text(", image = \"docker.io/library/postgres:16.3\"", rds), "");
    assert_snapshot!(text(", version = \"12\"", rds), @"unknown-value 6:95 no image of PostgreSQL 12 |  | known are `14`, `15`, `16`, `17` and `18`");
    let mysql = "type = \"external\", port = 3306, secret = \"it\", provides = \"database\" }\nsecrets.it = { keys = [\"url\"]";
    assert_snapshot!(text("", mysql), @r#"missing-field 6:65 which programs dump `it` is not said | a server outside of the cluster | add `components.b.image = "docker.io/library/mysql:8.4.11"`, or a `mariadb`, of the server's own version"#);
    assert_eq!(text(", image = \"docker.io/library/mysql:8.4.11\"", mysql), "");
    let other = "type = \"external\", port = 1521, secret = \"it\", provides = \"database\" }\nsecrets.it = { keys = [\"url\"]";
    assert_snapshot!(text("", other), @r#"missing-field 6:65 the protocol of `it` is not known | ; 7:12  | add `components.it.protocol`: `"postgresql"` or `"mysql"`"#);
}

/// What is said in production of a database that nothing may dump.
fn undumped(text: &str) -> Option<String> {
    let text = format!(
        "profile = \"production\"\n{APP}app.hosts = [\"shop.example.com\"]\nsecret-source = \"existing\"\n\
         components.web.type = \"web\"\ncomponents.migrate.type = \"migrate\"\n{text}\n[stages.live]\n"
    );
    let (stack, found) = compiled_whole(&text, "live");
    assert!(stack.is_some(), "{found:?}");
    let found =
        found.into_iter().find(|one| one.code == Code::NoBackup && one.allowed.is_none())?;
    let help = found.help.expect("lines to paste");
    let (_, lines) = help.split_once('\n').expect("lines to paste");
    let (stack, found) = compiled_whole(&format!("{text}{lines}\n"), "live");
    assert!(stack.is_some(), "{lines}: {found:?}");
    assert!(!found.iter().any(|one| one.code == Code::NoBackup), "{lines}: {found:?}");
    Some(help)
}

#[test]
fn production_dumps_its_databases() {
    assert_snapshot!(undumped("components.db = { type = \"postgres\", storage = \"20Gi\" }").expect("a warning"), @r#"
    write what else does it, `allow.no-backup = "…"`, or add a backup:
    [stages.live.components.db-backup]
    type = "backup"
    of = "db"
    schedule = "15 2 * * *"
    to = "db-dumps"
    [stages.live.volumes.db-dumps]
    storage = "20Gi"
    "#);
    assert!(undumped("components.db = { type = \"mariadb\" }").is_some());
    assert!(undumped("components.db = { type = \"mysql\" }").is_some());
    for dumped in [
        "components.db = { type = \"postgres\", allow.no-backup = \"Velero\" }",
        "components.db = { type = \"postgres\" }\ncomponents.b = { type = \"cron\", schedule = \"@daily\", command = [\"sh\", \"-c\", \"pg_dump $DATABASE_URL >/x\"] }",
        "components.db = { type = \"postgres\" }\ncomponents.b = { type = \"backup\", of = \"db\", schedule = \"@daily\", to = \"d\" }\nvolumes.d.storage = \"1Gi\"",
    ] {
        assert_eq!(undumped(dumped), None, "{dumped}");
    }
    let suspended = "components.db = { type = \"postgres\" }\nvolumes.d.storage = \"1Gi\"\n\
                     components.b = { type = \"backup\", of = \"db\", schedule = \"@daily\", to = \"d\", suspend = true }";
    assert!(undumped(suspended).is_some());
}

#[test]
fn a_late_backup_is_known_by_its_schedule() {
    let hours = |options: &str| {
        let text = format!(
            "{APP}{DATABASE}components.b = {{ type = \"backup\", of = \"db\", to = \"dumps\", {options} }}"
        );
        let hours = stack(&text).parts["b"].facts.expected_within_hours;
        hours.map(|hours| hours.value)
    };
    assert_eq!(hours("schedule = \"15 2 * * *\""), Some(26));
    assert_eq!(hours("schedule = \"15 2 * * 1-5\""), Some(74));
    assert_eq!(hours("schedule = \"@daily\", expected-within-hours = 48"), Some(48));
    assert_eq!(hours("schedule = \"@daily\", suspend = true"), None);
}

#[test]
fn a_job_that_deletes_is_started_by_somebody() {
    let job = |options: &str, command: &str| {
        told(&format!(
            "{APP}components.reset = {{ type = \"job\", command = [{command}]{options} }}"
        ))
    };
    let flush = "\"python\", \"manage.py\", \"flush\", \"--no-input\"";
    assert_snapshot!(job("", flush), @r#"warning destructive-job 4:70 the Job `reset` runs with each change of what it reads, and `flush` deletes data | what was written since the last run is lost | write `components.reset.runs = "manual"`: it then runs when somebody starts it"#);
    for deletes in [
        "\"pg_restore\", \"--clean\", \"x.dump\"",
        "\"sh\", \"-c\", \"exec psql -c 'DROP TABLE x'\"",
        "\"python\", \"manage.py\", \"reset_db\"",
    ] {
        assert!(job("", deletes).starts_with("warning destructive-job"), "{deletes}");
    }
    // A container before or beside it runs as often.
    let list = |list: &str| {
        format!(
            ", {list} = [{{ name = \"c\", command = [\"sh\", \"-c\", \"redis-cli -h kv FLUSHALL\"] }}]"
        )
    };
    assert_snapshot!(job(&list("init-containers"), "\"true\""), @r#"warning destructive-job 4:112 the Job `reset` runs with each change of what it reads, and `FLUSHALL` deletes data | what was written since the last run is lost | write `components.reset.runs = "manual"`: it then runs when somebody starts it"#);
    assert!(job(&list("sidecars"), "\"true\"").contains("`FLUSHALL` deletes data"));
    assert_eq!(job(", runs = \"manual\"", flush), "");
    assert!(
        job(", allow.destructive-job = \"a stage for tests\"", flush)
            .contains("(allowed: a stage for tests)")
    );
    for keeps in ["\"pg_restore\", \"x.dump\"", "\"cat\", \"/data/DROP.txt\""] {
        assert_eq!(job("", keeps), "", "{keeps}");
    }
    let stack = stack(&format!(
        "{APP}components.reset = {{ type = \"job\", runs = \"manual\", command = [{flush}] }}"
    ));
    assert_eq!(stack.parts["reset"].facts.workload, Some(Workload::CronJob));
}
