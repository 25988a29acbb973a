//! From tables to options: every fault in one run, none twice, none because of another.

use insta::assert_snapshot;

use crate::support::{APP, stack, told};

#[test]
fn all_faults_of_a_file_are_told_in_one_run() {
    let found = told(
        r#"
name = "Shop"
kubernets = "1.33"
kubernetes = "1.32"
[app]
image = 3
modul = "shop"
framework = "flask"
hosts = ["a b", 3]
[components.web]
type = "web"
replica = 3
autoscale = { max = 3 }
port = 0
expose = "nodeport"
[components.p]
type = "process"
command = 3
[components.x]
typ = "web"
[components.y]
type = "wep"
replica = 3
"#,
    );
    assert_snapshot!(found, @r#"
    invalid-value 1:8 `Shop` is not a name |  | write at most 63 of `a-z`, `0-9` and `-`, starting with a letter and not ending with `-`
    unknown-field 2:1 unknown key `kubernets` | not known here | did you mean `kubernetes`?
    invalid-value 3:14 unknown Kubernetes version `1.32` |  | write a minor version from `1.33` to `1.37`, or a range: `1.33-1.37`
    wrong-type 5:9 expected a string, found an integer |  | write it in quotes: `"3"`
    unknown-field 6:1 unknown key `modul` | not known here | did you mean `module`?
    unknown-value 7:13 unknown value `flask` |  | known are `django` and `none`
    invalid-value 8:10 `a b` is not a host |  | write a host name or an IP address, without scheme, port or path
    wrong-type 8:17 expected a string, found an integer |  | write it in quotes: `"3"`
    unknown-field 11:1 unknown key `replica` | not known here | did you mean `replicas`?
    missing-field 12:13 `min` is missing |  | add `min = …`
    invalid-value 13:8 a port is 1 to 65535 |  | 
    unknown-value 14:10 unknown value `nodeport` |  | did you mean `node-port`?
    wrong-type 17:11 expected an array, found an integer |  | 
    missing-field 18:1 `type` is missing |  | add `type = …`: one of `web`, `worker`, `beat`, `flower`, `migrate`, `cron`, `job`, `backup`, `process`, `service`, `postgres`, `redis`, `valkey`, `rds`, `elasticache`, `pgbouncer`, `s3`, `external` and `monitoring`
    unknown-type 21:8 unknown type `wep` |  | did you mean `web`?
    "#);
}

#[test]
fn all_required_keys_of_a_component_are_told_whatever_their_form() {
    let found = told(&format!(
        r#"{APP}
[components.a]
type = "external"
[components.b]
type = "external"
host = "a b"
port = 0
cidrs = ["10.0.0.1/8"]
[components.c]
type = "cron"
[components.d]
type = "external"
port = "x"
outputs = {{ url = 3 }}
"#
    ));
    assert_snapshot!(found, @r#"
    missing-field 5:1 `host` is missing |  | add `host = …`
    missing-field 5:1 `port` is missing |  | add `port = …`
    invalid-value 9:8 `a b` is not a host |  | write a host name or an IP address, without scheme, port or path
    invalid-value 10:8 a port is 1 to 65535 |  | 
    invalid-value 11:10 `10.0.0.1/8` has bits set behind its length |  | write the first address of the range, or `/32` for one host
    missing-field 12:1 `schedule` is missing |  | add `schedule = …`
    missing-field 12:1 `command` is missing |  | add `command = …`
    missing-field 14:1 `host` is missing |  | add `host = …`
    wrong-type 16:8 expected an integer, found a string |  | 
    wrong-type 17:19 expected a string, found an integer |  | write it in quotes: `"3"`
    "#);
}

#[test]
fn a_component_is_a_table() {
    let found = told(&format!(
        "{APP}components.web = \"web\"\ncomponents.x = \"external\"\ncomponents.y = 3\n"
    ));
    assert_snapshot!(found, @r#"
    wrong-type 4:18 expected a table, found a string |  | write `{ type = "web", … }`
    wrong-type 5:16 expected a table, found a string |  | write `{ type = "external", … }`
    wrong-type 6:16 expected a table with the key `type`, found an integer |  |
    "#);
}

#[test]
fn what_is_at_fault_makes_nothing_else_missing() {
    let found = told(
        r#"
name = "shop"
profile = "production"
[app]
image = "A B"
module = 3
hosts = ["a b"]
[app.env]
A = "${secrets.django.key}"
B = "${secrets.other.key}"
C = "${config.files.a}"
D = { secret = 3 }
E = "${cache.url}"
[secrets.django]
keys = ["b c"]
[secrets]
other = 3
[config]
files = 3
[volumes]
media.storage = "many"
[components.web]
type = "web"
mounts."/media" = { volume = "media" }
mounts."/files" = { config = "files" }
mounts."/x" = { secret = 3 }
[components.p]
type = "process"
command = "run"
port = "http"
expose = "node-port"
[components.flower]
type = "flower"
auth = 3
expose = "node-port"
[components.cache]
type = "redis"
roles = ["cach"]
"#,
    );
    assert_snapshot!(found, @r#"
    invalid-value 4:9 `A B` is not an image |  | write `registry/repository:tag`, lower-case up to the tag
    wrong-type 5:10 expected a string, found an integer |  | write it in quotes: `"3"`
    invalid-value 6:10 `a b` is not a host |  | write a host name or an IP address, without scheme, port or path
    wrong-type 11:16 expected a string, found an integer |  | write it in quotes: `"3"`
    invalid-value 14:9 `b c` is not a key |  | write letters, digits, `-`, `_` and `.`
    wrong-type 16:9 expected a table, found an integer |  | 
    wrong-type 18:9 expected a table, found an integer |  | 
    invalid-value 20:17 `many` is not a quantity |  | write a number and a unit, `500m`, `2`, `512Mi` or `10Gi`
    wrong-type 25:26 expected a string, found an integer |  | write it in quotes: `"3"`
    wrong-type 28:11 expected an array, found a string |  | write it in brackets: `["run"]`
    wrong-type 29:8 expected an integer, found a string |  | 
    wrong-type 33:8 expected a string, found an integer |  | write it in quotes: `"3"`
    plain-http 34:10 `flower` is reached by plain HTTP in a production stage | passwords and sessions can be read on the way | expose it by `ingress`, `alb` or `gateway`, which end TLS; if TLS ends before it, say so: `components.flower.allow.plain-http = "…"`
    unknown-value 37:10 unknown value `cach` |  | did you mean `cache`?
    "#);
}

#[test]
fn flat_fields_share_their_table_and_its_unknown_keys() {
    let found = told(&format!(
        "{APP}[components.web]\ntype = \"web\"\nrun_as_user = 5\ntolerations = [{{ kee = \"a\" }}]\nresources.limit.cpu = 1\n"
    ));
    assert_snapshot!(found, @r"
    unknown-field 6:1 unknown key `run_as_user` | not known here | did you mean `run-as-user`?
    unknown-field 7:18 unknown key `kee` | not known here | did you mean `key`?
    unknown-field 8:11 unknown key `limit` | not known here | did you mean `limits`?
    ");
}

#[test]
fn app_that_is_no_table() {
    let found = told("name = \"shop\"\napp = 3\n[components.web]\ntype = \"web\"\n");
    assert_snapshot!(found, @r"wrong-type 2:7 expected a table, found an integer |  |");
}

#[test]
fn a_name_that_is_missing_hides_nothing() {
    let found = told("[app]\nimage = \"a/b:1\"\n[components.web]\ntype = \"web\"\n");
    assert_snapshot!(found, @r#"
    missing-field 1:1 the stack has no `name` |  | add `name = …`: the name of the stack and of its namespace
    missing-field 3:13 `web` needs the Python package of the project |  | add `app.module = "…"`
    "#);
}

#[test]
fn values_that_should_be_text_say_so() {
    let found =
        told(&format!("{APP}[app.env]\nA = true\nB = 1.5\nC = 2026-11-23\n[app.labels]\na = 1\n"));
    assert_snapshot!(found, @r#"
    wrong-type 5:5 expected a string, an integer or a table, found a boolean |  | write it in quotes: `"true"`
    wrong-type 6:5 expected a string, an integer or a table, found a float |  | write it in quotes
    wrong-type 7:5 expected a string, found a date or time |  | write it in quotes: `"2026-11-23"`
    wrong-type 9:5 expected a string, found an integer |  | write it in quotes: `"1"`
    "#);
}

#[test]
fn objects_can_hold_anything_but_what_json_has_not() {
    let found =
        told("name = \"shop\"\n[[objects]]\nkind = \"A\"\na = inf\nb = 2026-11-23\nc = 1.5\n");
    assert_snapshot!(found, @r#"
    invalid-value 4:5 Kubernetes has no number `inf` |  | 
    wrong-type 5:5 expected a string, a number, a boolean, an array or a table, found a date or time |  | write it in quotes: `"2026-11-23"`
    "#);
}

#[test]
fn words_alone_stand_for_tables_without_keys() {
    let text =
        |expose: &str| format!("{APP}components.web = {{ type = \"web\", expose = {expose} }}\n");
    let short = stack(&text("\"node-port\""));
    let long = stack(&text("{ type = \"node-port\" }"));
    assert_eq!(
        short.part("web").map(|part| &part.component),
        long.part("web").map(|part| &part.component)
    );
}

#[test]
fn a_stack_without_app_binds_like_one_with_an_empty_one() {
    let text = "name = \"shop\"\n[components.db]\ntype = \"postgres\"\n[components.web]\ntype = \"web\"\nimage = \"a/b:1\"\ncommand = [\"serve\"]\n";
    let stack = stack(text);
    assert_eq!(
        crate::support::variable(&stack, "web", "DATABASE_URL").as_deref(),
        Some("secret db/url")
    );
}

#[test]
fn a_range_of_versions_is_read_and_a_wrong_one_told() {
    let read = |range: &str| {
        told(&format!(
            "{APP}components.w.type = \"web\"\n[stages.local]\nkubernetes = \"{range}\"\n"
        ))
    };
    assert_snapshot!(read("1.33-1.36"), @"");
    assert_snapshot!(read("1.36-1.33"), @"invalid-value 6:14 the range `1.36-1.33` begins with its newest version |  | write `1.33-1.36`");
    assert_snapshot!(read("1.33-1.40"), @"invalid-value 6:14 unknown Kubernetes version `1.40` |  | write a minor version from `1.33` to `1.37`, or a range: `1.33-1.37`");
}

#[test]
fn what_stands_in_for_a_value_is_in_no_message() {
    let found = told(
        "name = \"shop\"\nstages.local = {}\nconfig.robots.\"robots.txt\" = { file = 1 }\n[app]\nimage = 3\n[components.db]\ntype = \"external\"\nhost = 4\nport = \"x\"\nprovides = \"database\"\n",
    );
    for (at, line) in found.lines().enumerate() {
        assert!(line.starts_with("wrong-type"), "line {at}: {found}");
    }
    assert_eq!(found.lines().count(), 4, "{found}");
}

#[test]
fn each_fault_of_many_is_reported_in_its_own_component() {
    use std::fmt::Write;
    let mut text = String::from(
        "name = \"shop\"\nstages.local = {}\n[app]\nimage = \"a:1\"\nmodule = \"m\"\n",
    );
    for number in 0..300 {
        let _ = writeln!(
            text,
            "[components.w{number}]\ntype = \"web\"\nreplicas = \"x\"\nport = 0\nenv.A = [1]"
        );
    }
    let found = told(&text);
    assert_eq!(found.lines().filter(|line| line.starts_with("wrong-type")).count(), 600);
    assert_eq!(found.lines().filter(|line| line.starts_with("invalid-value")).count(), 300);
}
