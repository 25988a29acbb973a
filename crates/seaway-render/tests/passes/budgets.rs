//! Budgets: each a pair, one that just fits and one that just does not, with the arithmetic.

use std::fmt::Write as _;

use insta::assert_snapshot;
use seaway_core::Source;

use crate::common::compile;
use crate::support::{BASE, at, based, case, find, good};

/// What is told, with the notes that show the sums.
fn sums(more: &str) -> String {
    let source = Source::new("stack.toml", format!("{BASE}{more}"));
    let (_, diagnostics) = compile(&source, "x");
    let mut all = String::new();
    for diagnostic in diagnostics {
        let _ = write!(all, "{} {}", diagnostic.code, diagnostic.message);
        for label in &diagnostic.labels {
            let at = source.position(label.span.start);
            let _ = write!(all, " | {}:{} {}", at.line, at.column, label.text);
        }
        for note in diagnostic.notes.iter().filter(|note| note.contains(" = ")) {
            let _ = write!(all, " # {note}");
        }
        all.push('\n');
    }
    all
}

fn components(lines: &str) -> String {
    format!("[stages.x.components]\n{lines}\n")
}

fn patch(kind: &str, name: &str, merge: &str) -> String {
    format!(
        "[[patches]]\ntarget = {{ kind = \"{kind}\", name = \"{name}\" }}\nmerge.spec = {{ {merge} }}\n"
    )
}

#[test]
fn time_to_stop() {
    let web = |command: &str, grace: u32| {
        components(&format!(
            "web = {{ command = [{command}], drain-seconds = 10, termination-grace-period-seconds = {grace} }}"
        ))
    };
    let gunicorn = "\"gunicorn\", \"--graceful-timeout\", \"50\", \"s.wsgi\"";
    assert_snapshot!(sums(&web(gunicorn, 59)), @"short-grace `web` is killed after 59 s, and needs 60 s to stop | 6:126  | 6:32 running requests have this time # 60 s = 10 s of preStop + 50 s for running requests");
    good(&web(gunicorn, 60));
    let shell = "\"sh\", \"-c\", \"exec gunicorn --graceful-timeout=50 s.wsgi\"";
    assert_snapshot!(sums(&web(shell, 59)), @"short-grace `web` is killed after 59 s, and needs 60 s to stop | 6:134  | 6:32 running requests have this time # 60 s = 10 s of preStop + 50 s for running requests");
    // Its own default.
    assert_snapshot!(sums(&web("\"gunicorn\", \"s.wsgi\"", 39)), @"short-grace `web` is killed after 39 s, and needs 40 s to stop | 6:98  # 40 s = 10 s of preStop + 30 s for running requests");
    good(&web("\"gunicorn\", \"s.wsgi\"", 40));
    let uvicorn =
        "\"uvicorn\", \"--host=0.0.0.0\", \"--timeout-graceful-shutdown=20\", \"s.asgi:a\"";
    assert_snapshot!(sums(&web(uvicorn, 29)), @"short-grace `web` is killed after 29 s, and needs 30 s to stop | 6:151  | 6:49 running requests have this time # 30 s = 10 s of preStop + 20 s for running requests");
    good(&web(uvicorn, 30));
    let granian = "\"granian\", \"--host=0.0.0.0\", \"--workers-kill-timeout=20\", \"s.asgi:a\"";
    assert_snapshot!(sums(&web(granian, 29)), @"short-grace `web` is killed after 29 s, and needs 30 s to stop | 6:146  | 6:49 running requests have this time # 30 s = 10 s of preStop + 20 s for running requests");
    let hypercorn = "\"hypercorn\", \"--bind=0.0.0.0:8000\", \"s.asgi:a\"";
    assert_snapshot!(sums(&web(hypercorn, 12)), @"short-grace `web` is killed after 12 s, and needs 13 s to stop | 6:124  # 13 s = 10 s of preStop + 3 s for running requests");
    // A command of one's own that takes longer than what was computed.
    assert_snapshot!(case(&components("web.command = [\"gunicorn\", \"--graceful-timeout=90\", \"s.wsgi\"]")), @"short-grace 3:12 `web` is killed after 45 s, and needs 100 s to stop |  | write `termination-grace-period-seconds = 100` or more; without the key it is computed for a command of Seaway's own");
    let worker = |grace: u32| {
        components(&format!(
            "broker = {{ type = \"redis\" }}\nworker = {{ type = \"worker\", env.CELERY_BROKER_URL = \"${{broker.url}}\", task-time-limit-seconds = 600, termination-grace-period-seconds = {grace} }}"
        ))
        .replace("\"redis\" }", "\"redis\", roles = [\"broker\"] }")
    };
    assert_snapshot!(sums(&worker(599)), @"short-grace `worker` is killed after 599 s, and needs 600 s to stop | 7:136  | 7:96 running tasks have this time");
    good(&worker(600));
    let patched = |seconds: u32| {
        patch(
            "Deployment",
            "web",
            &format!("template.spec.terminationGracePeriodSeconds = {seconds}"),
        )
    };
    assert_snapshot!(sums(&patched(39)), @"short-grace `web` is killed after 39 s, and needs 40 s to stop | 7:62  # 40 s = 10 s of preStop + 30 s for running requests");
    good(&patched(40));
    let sleep = |seconds: u32| {
        patch(
            "Deployment",
            "web",
            &format!(
                "template.spec.containers = [{{ name = \"web\", lifecycle.preStop.exec.command = [\"sh\", \"-c\", \"sleep {seconds}\"] }}]"
            ),
        )
    };
    assert_snapshot!(sums(&sleep(16)), @"short-grace `web` is killed after 45 s, and needs 46 s to stop | 3:12  # 46 s = 16 s of preStop + 30 s for running requests");
    good(&sleep(15));
}

#[test]
fn time_to_start() {
    let web = |startup: u32, probes: &str| {
        components(&format!("web = {{ startup-seconds = {startup}{probes} }}"))
    };
    let probe = ", probes.startup = { initial-delay-seconds = 10, period-seconds = 5, failure-threshold = 20 }";
    assert_snapshot!(sums(&web(110, probe)), @"short-startup the start-up probe of `web` gives up after 110 s, and it needs 110 s to start | 6:119  | 6:27 needs this long # 110 s = 10 s before the first try + 20 tries × 5 s");
    good(&web(109, probe));
    // Without a start-up probe the liveness probe restarts.
    let without = ", probes.startup = false";
    assert_snapshot!(sums(&web(60, without)), @"short-startup the liveness probe of `web` gives up after 60 s, and it needs 60 s to start | 3:12  | 6:27 needs this long # 60 s = 4 tries × 15 s");
    good(&web(59, without));
    assert_snapshot!(sums(&format!("{}{}", web(100, ""), patch("Deployment", "web", "template.spec.containers = [{ name = \"web\", startupProbe.failureThreshold = 50 }]"))), @"short-startup the start-up probe of `web` gives up after 100 s, and it needs 100 s to start | 9:92  | 6:27 needs this long # 100 s = 50 tries × 2 s");
    good(&web(3600, ""));
}

#[test]
fn the_default_start_up_probe_grows() {
    let web = |lines: &str| {
        let bundle = based(&components(lines));
        let web = find(&bundle, "Deployment", "web");
        let probe = at(web, "/spec/template/spec/containers/0/startupProbe");
        let deadline = at(web, "/spec/progressDeadlineSeconds");
        format!("{} × {} s, {deadline} s", probe["failureThreshold"], probe["periodSeconds"])
    };
    assert_snapshot!(web("web.startup-seconds = 20"), @"60 × 2 s, 900 s");
    assert_snapshot!(web("web.startup-seconds = 300"), @"300 × 2 s, 1200 s");
    assert_snapshot!(web("web = { startup-seconds = 300, probes.startup.period-seconds = 10 }"), @"60 × 10 s, 1200 s");
}

#[test]
fn memory_of_processes() {
    let web = |keys: &str, limit: &str| {
        components(&format!(
            "web = {{ {keys}resources = {{ requests.memory = \"64Mi\", limits.memory = \"{limit}\" }} }}"
        ))
    };
    assert_snapshot!(sums(&web("workers = 4, ", "511Mi")), @"memory-over-limit `web` may have 511Mi of memory, and its 4 server processes need 512Mi | 6:78  | 6:19 4 server processes # 512Mi = 4 × 128Mi");
    good(&web("workers = 4, ", "512Mi"));
    assert_snapshot!(sums(&web("workers = 4, process-memory = \"256Mi\", ", "1Gi").replace("1Gi", "1023Mi")), @"memory-over-limit `web` may have 1023Mi of memory, and its 4 server processes need 1Gi | 6:104  | 6:19 4 server processes # 1Gi = 4 × 256Mi");
    good(&web("workers = 4, process-memory = \"256Mi\", ", "1Gi"));
    assert_snapshot!(sums(&web("server = \"uvicorn\", workers = 3, ", "383Mi")), @"memory-over-limit `web` may have 383Mi of memory, and its 3 server processes need 384Mi | 6:98  | 6:39 3 server processes # 384Mi = 3 × 128Mi");
    let own = "command = [\"gunicorn\", \"-w\", \"5\", \"s.wsgi\"], ";
    assert_snapshot!(sums(&web(own, "512Mi")), @"memory-over-limit `web` may have 512Mi of memory, and its 5 server processes need 640Mi | 6:110  | 6:32 5 server processes # 640Mi = 5 × 128Mi");
    good(&web(own, "640Mi"));
    // A file of settings, which is not read.
    good(&web("command = [\"gunicorn\", \"-c\", \"gunicorn.py\", \"s.wsgi\"], ", "100Mi"));
    let worker = |keys: &str, limit: &str| {
        components(&format!(
            "broker = {{ type = \"redis\", durable = true }}\nw = {{ type = \"worker\", {keys}resources = {{ requests.memory = \"64Mi\", limits.memory = \"{limit}\" }} }}"
        ))
    };
    assert_snapshot!(sums(&worker("concurrency = 4, ", "383Mi")), @"memory-over-limit `w` may have 383Mi of memory, and its 4 children need 384Mi | 7:97  | 7:38 4 children # 384Mi = 4 × 64Mi + 128Mi for their parent");
    good(&worker("concurrency = 4, ", "384Mi"));
    // Threads share one process.
    good(&worker("concurrency = 4, pool = \"threads\", ", "200Mi"));
    let most = "command = [\"celery\", \"-A\", \"s\", \"worker\", \"-c\", \"2\", \"--max-memory-per-child=204800\"], ";
    assert_snapshot!(sums(&worker(most, "512Mi")), @"memory-over-limit `w` may have 512Mi of memory, and its 2 children need 528Mi | 7:167  | 7:66 2 children # 528Mi = 2 × 200Mi + 128Mi for their parent");
    good(&worker(most, "528Mi"));
}

#[test]
fn what_a_process_takes_is_what_it_gets() {
    let limits = |lines: &str, kind: &str, name: &str| {
        let bundle = based(&components(lines));
        let resources = at(find(&bundle, kind, name), "/spec/template/spec/containers/0/resources");
        format!("{} {}", resources["requests"]["memory"], resources["limits"]["memory"])
    };
    assert_snapshot!(limits("web = { workers = 3, process-memory = \"200Mi\" }", "Deployment", "web"), @r#""600Mi" "1200Mi""#);
    let worker = "broker = { type = \"redis\", durable = true }\nw = { type = \"worker\", concurrency = 3, process-memory = \"100Mi\" }";
    assert_snapshot!(limits(worker, "Deployment", "w"), @r#""428Mi" "856Mi""#);
}

/// Everything that holds a connection.
const ALL: &str = "broker = { type = \"redis\", durable = true }\n\
migrate = { type = \"migrate\" }\n\
web = { autoscale = { min = 2, max = 4 }, workers = 3, threads = 4 }\n\
api = { type = \"web\", server = \"uvicorn\", workers = 2, replicas = 2 }\n\
worker = { type = \"worker\", replicas = 3, concurrency = 5 }\n\
single = { type = \"worker\", pool = \"solo\", concurrency = 9 }\n\
beat = { type = \"beat\" }\n\
nightly = { type = \"cron\", schedule = \"@daily\", command = [\"a\"] }\n\
once = { type = \"job\", command = [\"a\"] }\n\
live = { type = \"process\", command = [\"a\"], singleton = true }\n";

#[test]
fn connections() {
    let all = |most: u32| {
        components(&format!(
            "{ALL}db = {{ type = \"postgres\", max-connections = {most}, resources.limits.memory = \"4Gi\" }}"
        ))
    };
    assert_snapshot!(sums(&all(120)), @"too-many-connections the stage opens up to 121 connections to `db`, which takes 120 | 16:45  # 121 = Deployment/web: (4 + 1 in a rollout) × 3 processes × 4 threads = 60; Deployment/api: (2 + 1 in a rollout) × 2 processes × 4 requests = 24; Deployment/worker: (3 + 1 in a rollout) × 5 tasks = 20; Deployment/single: (1 + 1 in a rollout) × 1 = 2; StatefulSet/beat: 1; Job/migrate-0cdfcda2: 1; Job/once-d13f47bb: 1; Deployment/live: 1; 1 more: 1; 10 in reserve");
    good(&all(121));
    // Nobody wrote the limit.
    let many = "web = { workers = 10, threads = 10 }\ndb = { type = \"postgres\" }";
    assert_snapshot!(sums(&components(many)), @"too-many-connections the stage opens up to 210 connections to `db`, which takes 100 | 7:1  # 210 = Deployment/web: (1 + 1 in a rollout) × 10 processes × 10 threads = 200; 10 in reserve");
    // Of a server with threads, and of one process that takes several requests.
    let served = |server: &str, most: u32| {
        components(&format!(
            "web.server = \"{server}\"\ndb = {{ type = \"postgres\", max-connections = {most}, resources.limits.memory = \"4Gi\" }}"
        ))
    };
    assert_snapshot!(sums(&served("uwsgi", 25)), @"too-many-connections the stage opens up to 26 connections to `db`, which takes 25 | 7:45  # 26 = Deployment/web: (1 + 1 in a rollout) × 2 processes × 4 threads = 16; 10 in reserve");
    assert_snapshot!(sums(&served("daphne", 17)), @"too-many-connections the stage opens up to 18 connections to `db`, which takes 17 | 7:45  # 18 = Deployment/web: (1 + 1 in a rollout) × 1 processes × 4 requests = 8; 10 in reserve");
    good(&served("daphne", 18));
    // The server's own words win, and a patch wins over them.
    let settings = |most: u32| {
        components(&format!(
            "db = {{ type = \"postgres\", settings.max_connections = \"{most}\", resources.limits.memory = \"4Gi\" }}"
        ))
    };
    assert_snapshot!(sums(&settings(25)), @"too-many-connections the stage opens up to 26 connections to `db`, which takes 25 | 6:54  # 26 = Deployment/web: (1 + 1 in a rollout) × 2 processes × 4 threads = 16; 10 in reserve");
    good(&settings(26));
    let threads = "template.spec.containers = [{ name = \"web\", command = [\"gunicorn\", \"--threads=50\", \"-w2\", \"s.wsgi\"] }]";
    let patched = |most: u32| {
        let db = components(&format!(
            "db = {{ type = \"postgres\", max-connections = {most}, resources.limits.memory = \"4Gi\" }}"
        ));
        format!("{db}{}", patch("Deployment", "web", threads))
    };
    assert_snapshot!(sums(&patched(209)), @"too-many-connections the stage opens up to 210 connections to `db`, which takes 209 | 6:45  # 210 = Deployment/web: (1 + 1 in a rollout) × 2 processes × 50 threads = 200; 10 in reserve");
    good(&patched(210));
    // By KEDA's most, and none where its pods are.
    let scaled = |most: u32| {
        components(&format!(
            "broker = {{ type = \"redis\", durable = true }}\nweb.replicas = 0\n\
             w = {{ type = \"worker\", concurrency = 8, autoscale = {{ min = 0, max = 10, queue-length = 16 }} }}\n\
             db = {{ type = \"postgres\", max-connections = {most}, resources.limits.memory = \"4Gi\" }}"
        ))
    };
    assert_snapshot!(sums(&scaled(113)), @"too-many-connections the stage opens up to 114 connections to `db`, which takes 113 | 9:45  # 114 = Deployment/w: (10 + 3 in a rollout) × 8 tasks = 104; 10 in reserve");
    good(&scaled(114));
}

#[test]
fn connections_of_pods_of_the_users_own() {
    let own = |most: u32| {
        components(&format!(
            "db = {{ type = \"postgres\", max-connections = {most}, resources.limits.memory = \"4Gi\" }}"
        )) + "[[objects]]\napiVersion = \"apps/v1\"\nkind = \"StatefulSet\"\nmetadata.name = \"exporter\"\n\
               spec = { serviceName = \"web\", replicas = 3, selector.matchLabels.app = \"e\", template = { metadata.labels.app = \"e\", \
               spec.containers = [{ name = \"e\", image = \"e:1\", env = [{ name = \"PASSWORD\", valueFrom.secretKeyRef = { name = \"db\", key = \"password\" } }] }] } }\n"
    };
    assert_snapshot!(sums(&own(28)), @"too-many-connections the stage opens up to 29 connections to `db`, which takes 28 | 6:45  # 29 = Deployment/web: (1 + 1 in a rollout) × 2 processes × 4 threads = 16; StatefulSet/exporter: 3 × 1 = 3; 10 in reserve");
    good(&own(29));
}

#[test]
fn a_quota_against_the_most_pods_and_a_rollout() {
    let quota = |pods: u32| {
        format!(
            "{}[[objects]]\napiVersion = \"v1\"\nkind = \"ResourceQuota\"\nmetadata.name = \"q\"\nspec.hard.pods = {pods}\n",
            components(
                "broker = { type = \"redis\", durable = true }\nw = { type = \"worker\", autoscale = { min = 1, max = 9, queue-length = 5 } }"
            )
        )
    };
    assert_snapshot!(sums(&quota(14)), @"exceeded-quota the stage uses up to 15 of `pods`, and ResourceQuota/q allows 14 | 12:18  # 15 = Deployment/w: (9 + 3 in a rollout) = 12; Deployment/web: (1 + 1 in a rollout) = 2; StatefulSet/broker: 1");
    good(&quota(15));
}

#[test]
fn tasks_that_outlast_their_broker() {
    let worker = |keys: &str| {
        components(&format!(
            "broker = {{ type = \"redis\", durable = true }}\nw = {{ type = \"worker\"{keys} }}"
        ))
    };
    assert_snapshot!(case(&worker(", task-time-limit-seconds = 7200")), @r#"redelivered-tasks 7:50 a task of `w` may run 7200 s, and its broker hands it out again after 3600 s | it would run twice at a time | set `broker_transport_options = {"visibility_timeout": 8640}` in the settings of Celery, and say so here: `visibility-timeout-seconds = 8640`"#);
    assert_snapshot!(case(&worker(", visibility-timeout-seconds = 300")), @r#"redelivered-tasks 7:53 a task of `w` may run 300 s, and its broker hands it out again after 300 s | the broker waits this long | set `broker_transport_options = {"visibility_timeout": 360}` in the settings of Celery, and say so here: `visibility-timeout-seconds = 360`"#);
    good(&worker(", visibility-timeout-seconds = 301"));
    good(&worker(", task-time-limit-seconds = 7200, visibility-timeout-seconds = 7201"));
    // Another broker acknowledges by itself.
    good(&components(
        "mq = { type = \"external\", provides = \"broker\", host = \"mq\", port = 5672, secret = \"mq\", cidrs = [\"10.0.0.1/32\"] }\nw = { type = \"worker\", task-time-limit-seconds = 7200 }",
    ));
}

#[test]
fn memory_of_a_command_that_nobody_knows_is_a_guess() {
    let web = |more: &str| {
        case(&format!(
            "components.web = {{ type = \"web\", command = [\"tini\", \"--\", \"./launch\"]{more} }}\n"
        ))
    };
    assert_snapshot!(web(""), @r#"memory-over-limit 5:45 the memory limit of `web` is a guess: 512Mi | how many processes it starts is not known | measure it and write `components.web.resources.limits.memory = "…"`, or `workers` and `process-memory`"#);
    for said in [
        ", workers = 4",
        ", process-memory = \"256Mi\"",
        ", resources.limits.memory = \"1Gi\"",
        ", resources.requests.memory = \"1Gi\"",
    ] {
        assert!(web(said).ends_with(" objects"), "{}", web(said));
    }
    good("components.web = { type = \"web\", command = [\"gunicorn\", \"shop.wsgi\"] }\n");
}

#[test]
fn connections_to_a_mariadb_of_the_stage() {
    let stage = |threads: u32| {
        case(&format!(
            "components.web.threads = {threads}\ncomponents.web.replicas = 8\ncomponents.db.type = \"mariadb\"\ncomponents.migrate.type = \"migrate\"\n"
        ))
    };
    assert!(stage(4).ends_with(" objects"), "{}", stage(4));
    assert_snapshot!(stage(9), @"too-many-connections 22:19 the stage opens up to 192 connections to `db`, which takes 151 |  | write `components.db.max-connections = 192` with memory for them, let fewer pods, processes or threads run");
}
