//! Texts that name a Service of the stage without a reference, and variables that nothing expands.

use insta::assert_snapshot;

use crate::support::{APP, compiled, told};

/// A Service of the user's own with pods.
const SEARCH: &str = r#"
[[objects]]
apiVersion = "v1"
kind = "Service"
metadata.name = "search"
spec = { selector = { app = "search" }, ports = [{ port = 9200, targetPort = "http" }] }
"#;

const TIKA: &str = "[components.tika]\ntype = \"process\"\ncommand = [\"tika\"]\nport = 9998\n";

#[test]
fn each_form_of_a_host_is_noticed_wherever_it_is_written() {
    let found = told(&format!(
        r#"{APP}[config.c]
"c.ini" = "a = 1\nurl = http://tika:9998/x\n"
{TIKA}[components.env]
type = "worker"
env.TIKA = "http://tika:9998"
env.AGAIN = "http://tika:9998"
[components.path]
type = "worker"
env.TIKA = "http://tika.shop.svc.cluster.local:9998/tika?x"
[components.words]
type = "process"
command = ["p", "--tika=tika.shop:9998"]
[components.reader]
type = "worker"
mounts = {{ "/c" = {{ config = "c" }} }}
[components.beside]
type = "worker"
[[components.beside.sidecars]]
name = "s"
image = "a/b:1"
args = ["tika.shop.svc:9998"]
env.A = "x,https://tika/"
"#
    ));
    assert_snapshot!(found, @r#"
    warning unreferenced-service 5:1 `reader` calls the component `tika` without a reference | no network policy opens the way | write `${tika.url}` in place of `http://tika:9998`
    warning unreferenced-service 13:14 `env` calls the component `tika` without a reference | no network policy opens the way | write `AGAIN = "${tika.url}"`
    warning unreferenced-service 16:13 `path` calls the component `tika` without a reference | no network policy opens the way | write `TIKA = "http://${tika.host}:9998/tika?x"`
    warning unreferenced-service 19:25 `words` calls the component `tika` without a reference | no network policy opens the way | write `${tika.host}:9998` in place of `tika.shop:9998`
    warning unreferenced-service 29:12 `beside` calls the component `tika` without a reference | no network policy opens the way | write `A = "x,https://${tika.host}/"`
    "#);
}

#[test]
fn a_further_port_is_referred_to_by_its_name() {
    let tika = TIKA.replace("port = 9998", "port = 9998\nports = { metrics = 9100 }");
    let found = told(&format!(
        "{APP}{tika}[components.w]\ntype = \"worker\"\nenv.A = \"http://tika:9100/metrics\"\nenv.B = \"tika:9100\"\n"
    ));
    assert_snapshot!(found, @r#"warning unreferenced-service 11:10 `w` calls the component `tika` without a reference | no network policy opens the way | write `A = "http://${tika.host}:${tika.metrics-port}/metrics"`"#);
}

#[test]
fn what_has_a_way_or_is_no_call_is_not() {
    let found = told(&format!(
        r#"{APP}{TIKA}env.SELF = "http://tika:9998"
[components.db]
type = "postgres"
[components.env]
type = "worker"
env.A = "${{tika.url}}"
env.B = "http://tika:9998"
[components.other]
type = "worker"
env.A = "tika"
env.B = "tika:8000 my-tika:9998 tika.example.com:9998 tika.other.svc:9998 http://tika.example.com https://x/tika:9998 postgres:17"
"#
    ));
    assert_eq!(found, "");
}

#[test]
fn a_database_is_named_by_its_host_and_the_advice_is_its_url() {
    let found = told(&format!(
        r#"{APP}app.bind = false
[components.db]
type = "postgres"
[components.env]
type = "worker"
env.DATABASE_URL = "postgres://shop@db:5432/shop"
"#
    ));
    assert_snapshot!(found, @r#"warning unreferenced-service 9:21 `env` calls the component `db` without a reference | no network policy opens the way | write `DATABASE_URL = "${db.url}"`"#);
}

#[test]
fn a_service_of_objects_is_named_and_stood_for() {
    let found = told(&format!(
        "{APP}[components.w]\ntype = \"worker\"\nenv.SEARCH = \"http://search:9200\"\n{SEARCH}"
    ));
    assert_snapshot!(found, @r#"warning unreferenced-service 6:15 `w` calls the Service of `[[objects]]` `search` without a reference | no network policy opens the way | add `components.search = { type = "external", host = "search", port = 9200 }` and write `SEARCH = "http://${search.host}:9200"`"#);
    let with = |options: &str, env: &str| {
        told(&format!(
            "{APP}[components.w]\ntype = \"worker\"\nenv.SEARCH = \"{env}\"\n[components.index]\ntype = \"external\"\n{options}\n{SEARCH}"
        ))
    };
    assert_eq!(with("host = \"search\"\nport = 9200", "http://${index.host}:${index.port}"), "");
    assert_eq!(
        with("host = \"search.shop.svc\"\nport = 9200", "http://${index.host}:${index.port}"),
        ""
    );
    assert_snapshot!(with("host = \"search\"\nport = 9200", "http://search:9200"), @r#"warning unreferenced-service 6:15 `w` calls the Service of `[[objects]]` `search` without a reference | no network policy opens the way | write `SEARCH = "http://${index.host}:9200"`"#);
    assert_snapshot!(with("host = \"search\"\nport = 9300", "${index.host}"), @r"port-mismatch 10:8 Service `search` has no port 9300 | `index` is reached by it; 15:17 declared here | its ports are `9200`");
    assert_snapshot!(with("host = \"serch\"\nport = 9200", "${index.host}"), @r#"missing-field 7:13 `index` has no `cidrs` that it lies in | a network policy can not name a host | write its addresses, for example `cidrs = ["10.0.16.0/20"]`, or `to = "internet"` where they are not known; or as `host` the name of a Service: of `[[objects]]`, or of another namespace, `<service>.<namespace>.svc`"#);
}

#[test]
fn it_is_a_warning_that_can_be_allowed() {
    let (stack, _) = compiled(
        &format!("{APP}{TIKA}[components.w]\ntype = \"worker\"\nenv.A = \"http://tika:9998\"\n"),
        "local",
    );
    assert!(stack.is_some());
    let found = told(&format!(
        "{APP}{TIKA}[components.w]\ntype = \"worker\"\nenv.A = \"http://tika:9998\"\nallow.unreferenced-service = \"opened by hand\"\n"
    ));
    assert_snapshot!(found, @r#"warning unreferenced-service 10:10 `w` calls the component `tika` without a reference | no network policy opens the way (allowed: opened by hand) | write `A = "${tika.url}"`"#);
}

#[test]
fn a_dollar_and_a_name_stand_for_nothing() {
    let found = told(&format!(
        "{APP}app.env.BUILD = \"$TOKEN\"\napp.env.FINE = \"$token $X\"\n[components.w]\ntype = \"worker\"\n"
    ));
    assert_snapshot!(found, @r"warning unexpanded-variable 4:17 nothing expands `$TOKEN` | the container gets the text as it is | write `$(TOKEN)` for a variable of the same container; nothing is read from the environment that Seaway runs in");
}
