//! What each server of a web process becomes: its command, its drain, its grace period, its memory.

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{at, based, find, pod_spec};

fn pod(options: &str) -> Value {
    let bundle = based(&format!("[stages.x.components.web]\n{options}\n"));
    pod_spec(find(&bundle, "Deployment", "web"))
}

/// The words of the server, a line each; then how long its pod sleeps before the signal, and until it is killed.
fn shown(options: &str) -> String {
    let pod = pod(options);
    let web = &pod["containers"][0];
    let words: Vec<&str> =
        web["command"].as_array().expect("a command").iter().filter_map(Value::as_str).collect();
    format!(
        "{}\nsleep {}, grace {}, memory {}",
        words.join("\n"),
        web["lifecycle"]["preStop"]["sleep"]["seconds"],
        pod["terminationGracePeriodSeconds"],
        web["resources"]["requests"]["memory"],
    )
}

#[test]
fn each_server_has_its_command_and_its_times() {
    assert_snapshot!(shown("server = \"gunicorn\""), @r#"
    gunicorn
    s.wsgi:application
    --bind=0.0.0.0:8000
    --worker-class=gthread
    --workers=2
    --threads=4
    --timeout=30
    --graceful-timeout=30
    --keep-alive=75
    --max-requests=1000
    --max-requests-jitter=200
    --worker-tmp-dir=/dev/shm
    --access-logfile=-
    --error-logfile=-
    sleep 10, grace 45, memory "256Mi"
    "#);
    assert_snapshot!(shown("server = \"uvicorn\""), @r#"
    uvicorn
    s.asgi:application
    --host=0.0.0.0
    --port=8000
    --workers=2
    --timeout-graceful-shutdown=30
    --timeout-keep-alive=75
    --no-server-header
    sleep 10, grace 45, memory "256Mi"
    "#);
    assert_snapshot!(shown("server = \"granian\""), @r#"
    granian
    s.asgi:application
    --host=0.0.0.0
    --port=8000
    --interface=asgi
    --http1-header-read-timeout=60000
    --workers=2
    --workers-kill-timeout=30
    --respawn-failed-workers
    --access-log
    sleep 10, grace 45, memory "256Mi"
    "#);
    assert_snapshot!(shown("server = \"hypercorn\""), @r#"
    hypercorn
    s.asgi:application
    --bind=0.0.0.0:8000
    --workers=2
    --graceful-timeout=30
    --keep-alive=75
    --access-logfile=-
    sleep 40, grace 75, memory "256Mi"
    "#);
    assert_snapshot!(shown("server = \"daphne\""), @r#"
    daphne
    s.asgi:application
    --bind=0.0.0.0
    --port=8000
    --no-server-name
    sleep 40, grace 75, memory "128Mi"
    "#);
    assert_snapshot!(shown("server = \"uwsgi\""), @r#"
    uwsgi
    --module=s.wsgi:application
    --http=0.0.0.0:8000
    --master
    --lazy-apps
    --need-app
    --single-interpreter
    --enable-threads
    --workers=2
    --threads=4
    --harakiri=30
    --http-timeout=30
    --socket-timeout=30
    --http-keepalive=75
    --max-requests=1000
    --max-requests-delta=200
    --http-auto-chunked
    --buffer-size=32768
    --die-on-term
    --hook-master-start=unix_signal:15 gracefully_kill_them_all
    sleep 10, grace 45, memory "256Mi"
    "#);
}

#[test]
fn options_become_the_flags_of_the_server() {
    let all = "port = 9000\nworkers = 5\nthreads = 6\ntimeout-seconds = 71\nkeep-alive-seconds = 72\nmax-requests = 700\ngraceful-timeout-seconds = 73\ndrain-seconds = 3\nserver = ";
    assert_snapshot!(shown(&format!("{all}\"gunicorn\"")), @r#"
    gunicorn
    s.wsgi:application
    --bind=0.0.0.0:9000
    --worker-class=gthread
    --workers=5
    --threads=6
    --timeout=71
    --graceful-timeout=73
    --keep-alive=72
    --max-requests=700
    --max-requests-jitter=140
    --worker-tmp-dir=/dev/shm
    --access-logfile=-
    --error-logfile=-
    sleep 3, grace 81, memory "640Mi"
    "#);
    assert_snapshot!(shown(&format!("{all}\"uwsgi\"")), @r#"
    uwsgi
    --module=s.wsgi:application
    --http=0.0.0.0:9000
    --master
    --lazy-apps
    --need-app
    --single-interpreter
    --enable-threads
    --workers=5
    --threads=6
    --harakiri=71
    --http-timeout=71
    --socket-timeout=71
    --http-keepalive=72
    --max-requests=700
    --max-requests-delta=140
    --http-auto-chunked
    --buffer-size=32768
    --die-on-term
    --hook-master-start=unix_signal:15 gracefully_kill_them_all
    sleep 3, grace 81, memory "640Mi"
    "#);
}

#[test]
fn a_server_that_aborts_requests_is_told_to_stop_when_they_have_ended() {
    let times = |options: &str| shown(options).lines().last().unwrap_or_default().to_owned();
    let more = "drain-seconds = 7\ngraceful-timeout-seconds = 20";
    assert_snapshot!(times(&format!("{more}\nserver = \"daphne\"")), @r#"sleep 27, grace 52, memory "128Mi""#);
    assert_snapshot!(times(&format!("{more}\nserver = \"hypercorn\"")), @r#"sleep 27, grace 52, memory "256Mi""#);
    // With one process it finishes them itself.
    assert_snapshot!(times(&format!("{more}\nserver = \"hypercorn\"\nworkers = 1")), @r#"sleep 7, grace 32, memory "128Mi""#);
    // What a command of the stack's own does is not known.
    assert_snapshot!(times(&format!("{more}\nserver = \"daphne\"\ncommand = [\"daphne\", \"s.asgi:application\"]")), @r#"sleep 7, grace 32, memory "256Mi""#);
    // nginx drains first, and lets its requests end before the server goes.
    assert_snapshot!(times(&format!("{more}\nserver = \"daphne\"\nstatic-files = \"sidecar\"")), @r#"sleep 29, grace 54, memory "128Mi""#);
}

#[test]
fn nginx_keeps_connections_for_less_long_than_the_server_behind_it() {
    let bundle =
        based("[stages.x.components.web]\nserver = \"granian\"\nstatic-files = \"sidecar\"\n");
    let config = at(find(&bundle, "ConfigMap", "web-nginx"), "/data/nginx.conf");
    let lines = config.as_str().expect("a text").lines().map(str::trim);
    let lines: Vec<&str> = lines.filter(|line| line.starts_with("keepalive_timeout")).collect();
    assert_snapshot!(lines.join("\n"), @"
    keepalive_timeout 75s;
    keepalive_timeout 45s;
    ");
}
