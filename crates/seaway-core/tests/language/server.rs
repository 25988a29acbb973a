//! The servers of a web process, and the options that they take.

use insta::assert_snapshot;
use seaway_core::options::{Server, Web};

use crate::support::{APP, stack, told};

fn web(options: &str) -> String {
    format!("{APP}[components.web]\ntype = \"web\"\n{options}\n")
}

#[test]
fn each_server_is_known_by_its_program() {
    let programs: Vec<_> = Server::ALL.iter().map(|server| server.facts().program).collect();
    for (server, program) in Server::ALL.into_iter().zip(&programs) {
        assert_eq!(Server::of_program(program), Some(server));
        let stack = stack(&web(&format!("server = \"{program}\"")));
        let part = stack.parts.values().next().expect("a component");
        assert_eq!(part.component.options::<Web>().expect("a web process").server.value, server);
    }
    assert_eq!(Server::of_program("waitress"), None);
}

#[test]
fn an_option_that_the_server_has_no_use_for() {
    let all = "threads = 2\ntimeout-seconds = 9\ngraceful-timeout-seconds = 9\nkeep-alive-seconds = 70\nmax-requests = 9";
    for server in ["gunicorn", "uwsgi"] {
        stack(&web(&format!("server = \"{server}\"\n{all}")));
    }
    let case = |server: &str| told(&web(&format!("server = \"{server}\"\n{all}")));
    assert_snapshot!(case("uvicorn"), @"
    conflict 7:11 uvicorn has no use for the `threads` of `web` |  | remove it, or choose a server that takes it: `gunicorn` and `uwsgi`
    conflict 8:19 uvicorn has no use for the `timeout-seconds` of `web` |  | remove it, or choose a server that takes it: `gunicorn` and `uwsgi`
    conflict 11:16 uvicorn has no use for the `max-requests` of `web` |  | remove it, or choose a server that takes it: `gunicorn` and `uwsgi`
    ");
    assert_snapshot!(case("granian"), @"
    conflict 7:11 granian has no use for the `threads` of `web` |  | remove it, or choose a server that takes it: `gunicorn` and `uwsgi`
    conflict 8:19 granian has no use for the `timeout-seconds` of `web` |  | remove it, or choose a server that takes it: `gunicorn` and `uwsgi`
    conflict 10:22 granian has no use for the `keep-alive-seconds` of `web` |  | remove it, or choose a server that takes it: `gunicorn`, `uvicorn`, `hypercorn` and `uwsgi`
    conflict 11:16 granian has no use for the `max-requests` of `web` |  | remove it, or choose a server that takes it: `gunicorn` and `uwsgi`
    ");
    assert_snapshot!(case("hypercorn"), @"
    conflict 7:11 hypercorn has no use for the `threads` of `web` |  | remove it, or choose a server that takes it: `gunicorn` and `uwsgi`
    conflict 8:19 hypercorn has no use for the `timeout-seconds` of `web` |  | remove it, or choose a server that takes it: `gunicorn` and `uwsgi`
    conflict 11:16 hypercorn has no use for the `max-requests` of `web` |  | remove it, or choose a server that takes it: `gunicorn` and `uwsgi`
    ");
    assert_snapshot!(case("daphne"), @"
    conflict 7:11 daphne has no use for the `threads` of `web` |  | remove it, or choose a server that takes it: `gunicorn` and `uwsgi`
    conflict 8:19 daphne has no use for the `timeout-seconds` of `web` |  | remove it, or choose a server that takes it: `gunicorn` and `uwsgi`
    conflict 10:22 daphne has no use for the `keep-alive-seconds` of `web` |  | remove it, or choose a server that takes it: `gunicorn`, `uvicorn`, `hypercorn` and `uwsgi`
    conflict 11:16 daphne has no use for the `max-requests` of `web` |  | remove it, or choose a server that takes it: `gunicorn` and `uwsgi`
    ");
}

#[test]
fn a_value_that_the_server_does_not_take() {
    stack(&web("server = \"granian\"\ngraceful-timeout-seconds = 1800"));
    assert_snapshot!(told(&web("server = \"granian\"\ngraceful-timeout-seconds = 1801")), @"invalid-value 7:28 granian takes no `graceful-timeout-seconds` of 1801 |  | write 1 to 1800");
    assert_snapshot!(told(&web("server = \"granian\"\ngraceful-timeout-seconds = 0")), @"invalid-value 7:28 granian takes no `graceful-timeout-seconds` of 0 |  | write 1 to 1800");
    stack(&web("timeout-seconds = 0"));
    assert_snapshot!(told(&web("server = \"uwsgi\"\ntimeout-seconds = 0")), @"invalid-value 7:19 uwsgi takes no `timeout-seconds` of 0 |  | write 1 or more");
}

#[test]
fn a_server_of_one_process() {
    stack(&web("server = \"daphne\"\nworkers = 1"));
    stack(&web(
        "server = \"daphne\"\ncommand = [\"daphne\", \"-b\", \"0.0.0.0\", \"shop.asgi:application\"]\nworkers = 3",
    ));
    assert_snapshot!(told(&web("server = \"daphne\"\nworkers = 3")), @"conflict 7:11 daphne has one process, and no `workers` |  | remove `workers` and write `components.web.replicas = 3`");
    assert_snapshot!(told(&web("server = \"daphne\"\nworkers = 3\nreplicas = 2")), @"conflict 7:11 daphne has one process, and no `workers` |  | remove `workers` and write `components.web.replicas = 6`");
    assert_snapshot!(told(&web("server = \"daphne\"\nworkers = 0\nautoscale = { min = 1, max = 2 }")), @"conflict 7:11 daphne has one process, and no `workers` |  | remove `workers` of `web`: its autoscaler starts more pods");
}

#[test]
fn a_server_whose_idle_connections_can_not_be_kept() {
    let ingress = |server: &str| {
        web(&format!(
            "server = \"{server}\"\nexpose = {{ type = \"ingress\", class = \"nginx\", from-namespaces = [\"ingress\"], hosts = [\"a.example.com\"] }}"
        ))
    };
    assert_snapshot!(told(&ingress("hypercorn")), @"");
    assert_snapshot!(told(&ingress("granian")), @r#"warning conflict 7:10 the server drops idle connections after 60 s, and the controller keeps them for 60 s | requests on such a connection fail with 502 | put an nginx before the server, which keeps them longer: `static-files = "sidecar"`"#);
    assert_snapshot!(told(&ingress("daphne\"\nstatic-files = \"sidecar")), @"");
    let alb = |rest: &str| {
        format!("{APP}cluster.provider = \"eks\"\ncluster.network = \"10.0.0.0/16\"\n")
            + &format!(
                "[components.web]\ntype = \"web\"\nprobes.readiness.path = \"/readyz\"\nserver = \"granian\"\nexpose = {{ type = \"alb\", certificate = \"arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012\", hosts = [\"a.example.com\"]{rest} }}\n"
            )
    };
    assert_snapshot!(told(&alb("")), @r#"conflict 10:10 the server drops idle connections after 60 s, and the load balancer keeps them for 60 s | requests on such a connection fail with 502 # nobody wrote this: it is the default `alb-idle-timeout` (the default of AWS, written down because the server has to keep connections longer) | write `idle-timeout-seconds = 45`, or put an nginx before the server, which keeps them longer: `static-files = "sidecar"`"#);
    assert_snapshot!(told(&alb(", idle-timeout-seconds = 45")), @"");
}
