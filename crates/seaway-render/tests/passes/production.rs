//! The table of production: each rule is refused with its code and message where the table says that it holds, and a twin
//! that does right is taken.

use std::fmt::Write as _;

use insta::assert_snapshot;
use seaway_core::production::{Holds, RULES};
use seaway_core::{Code, Diagnostic, Severity, Source};

use crate::common::{compile, compile_whole, told};

/// What every fixture goes on after, from line 6 on.
const HEAD: &str = "name = \"s\"\napp = { image = \"a:1\", module = \"s\", hosts = [\"s.example\"] }\n\
                    components.web = { type = \"web\" }\n[stages.x]\nprofile = \"production\"\n";

const CELERY: &str = "components.broker = { type = \"redis\", durable = true }\n";
const OWN_DEPLOYMENT: &str = "[[objects]]\napiVersion = \"apps/v1\"\nkind = \"Deployment\"\nmetadata.name = \"own\"\nspec.selector.matchLabels.app = \"own\"\nspec.template.metadata.labels.app = \"own\"\n";
const INGRESS: &str = "[[objects]]\napiVersion = \"networking.k8s.io/v1\"\nkind = \"Ingress\"\n";

/// By the name of the rule: what it refuses, and what to write instead. The first text comes before both.
fn fixture(rule: &str) -> (String, &'static str, &'static str) {
    let plain = |bad, good| (String::new(), bad, good);
    let two = |bad, good| ("components.web.replicas = 2\n".to_owned(), bad, good);
    let celery = |bad, good| (CELERY.to_owned(), bad, good);
    match rule {
        "image-names-a-release" => plain("app.image = \"a\"", "app.image = \"a:1\""),
        "image-has-a-digest" => (
            "require-digest = true\n".to_owned(),
            "app.image = \"a:1\"",
            "app.image = \"a:1@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"",
        ),
        "image-is-there" => plain(
            "components.web.sidecars = [{ name = \"n\", image = \"bitnami/nginx:1\" }]",
            "components.web.sidecars = [{ name = \"n\", image = \"docker.io/library/nginx:1.30\" }]",
        ),
        "image-is-maintained" => plain(
            "components.web.sidecars = [{ name = \"n\", image = \"grafana/promtail:3.5.8\" }]",
            "components.web.sidecars = [{ name = \"n\", image = \"grafana/alloy:v1.18.1\" }]",
        ),
        "no-secret-as-text" => plain(
            "app.env.API_KEY = \"hunter2\"",
            "secrets.app.keys = [\"api-key\"]\napp.env.API_KEY = \"${secrets.app.api-key}\"",
        ),
        "no-secret-in-the-output" => plain(
            "[[objects]]\napiVersion = \"v1\"\nkind = \"Secret\"\nmetadata.name = \"t\"\nstringData.token = \"x\"",
            "secrets.t.keys = [\"token\"]\napp.env.TOKEN = \"${secrets.t.token}\"",
        ),
        "no-throw-away-credentials" => plain(
            "secrets.t = { keys = [\"token\"], source = \"development\" }",
            "secrets.t = { keys = [\"token\"], source = \"existing\" }",
        ),
        "no-debug" => plain("app.env.DEBUG = \"on\"", "app.env.DEBUG = \"off\""),
        "hosts-are-named" => plain("app.hosts = []", "app.hosts = [\"a.example\"]"),
        "not-any-host" => plain("app.hosts = [\"*\"]", "app.hosts = [\".example\"]"),
        "no-public-flower" => (
            format!(
                "{CELERY}secrets.flower.keys = [\"basic-auth\"]\ncomponents.worker = {{ type = \"worker\" }}\n"
            ),
            "components.flower = { type = \"flower\", expose = { type = \"load-balancer\", nlb.certificate = \"arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012\" } }",
            "components.flower = { type = \"flower\", auth = \"flower\", expose = { type = \"load-balancer\", nlb.certificate = \"arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012\" } }",
        ),
        "somebody-is-told" => two(
            "components.monitoring = { type = \"monitoring\" }",
            "secrets.alerting.keys = [\"url\"]\ncomponents.monitoring = { type = \"monitoring\", receivers.ops = { type = \"slack\", channel = \"#ops\", secret = \"alerting\" } }",
        ),
        "traces-are-encrypted" => (
            "secrets.alerting.keys = [\"url\"]\ncomponents.monitoring.type = \"monitoring\"\ncomponents.monitoring.receivers.ops = { type = \"slack\", channel = \"#ops\", secret = \"alerting\" }\n"
                .to_owned(),
            "components.monitoring.traces = { host = \"otlp.example.com\", cidrs = [\"192.0.2.0/24\"] }",
            "components.monitoring.traces = { host = \"otlp.example.com\", cidrs = [\"192.0.2.0/24\"], tls = true }",
        ),
        "no-public-metrics" => (
            format!(
                "components.web.sidecars = [{{ name = \"exporter\", image = \"a/exporter:1\", ports.metrics = 9113 }}]\n\
                 [[objects]]\napiVersion = \"networking.k8s.io/v1\"\nkind = \"NetworkPolicy\"\nmetadata.name = \"in\"\n\
                 spec = {{ podSelector.matchLabels = {INSTANCE}, policyTypes = [\"Ingress\"], ingress = [{{ from = [{{ ipBlock.cidr = \"10.0.0.0/8\" }}] }}] }}\n\
                 [[objects]]\napiVersion = \"v1\"\nkind = \"Service\"\nmetadata.name = \"m\"\nspec.selector = {INSTANCE}\nspec.type = \"LoadBalancer\"\n",
                INSTANCE = "{ \"app.kubernetes.io/instance\" = \"web\" }"
            ),
            "spec.ports = [{ name = \"exporter\", port = 9113 }]",
            "spec.ports = [{ name = \"http\", port = 80, targetPort = \"http\" }]",
        ),
        "no-nginx-snippets" => (
            format!("cluster.provides = [\"IngressClass/nginx\"]\n{INGRESS}"),
            "metadata = { name = \"i\", annotations.\"nginx.ingress.kubernetes.io/server-snippet\" = \"x\" }\nspec = { ingressClassName = \"nginx\", defaultBackend.service = { name = \"web\", port.name = \"http\" } }",
            "metadata = { name = \"i\", annotations.\"nginx.ingress.kubernetes.io/proxy-body-size\" = \"1m\" }\nspec = { ingressClassName = \"nginx\", defaultBackend.service = { name = \"web\", port.name = \"http\" } }",
        ),
        "https-from-outside" => (
            "cluster.provides = [\"IngressClass/traefik\"]\n".to_owned(),
            "components.web.expose = { type = \"ingress\", class = \"traefik\", from-namespaces = [\"traefik\"] }",
            "secrets.tls.keys = [\"tls.crt\", \"tls.key\"]\ncomponents.web.expose = { type = \"ingress\", class = \"traefik\", from-namespaces = [\"traefik\"], secret = \"tls\" }",
        ),
        "the-database-is-verified" => plain(
            "components.db = { type = \"rds\", host = \"db.example\", cidrs = [\"10.0.0.0/8\"], sslmode = \"require\" }",
            "components.db = { type = \"rds\", host = \"db.example\", cidrs = [\"10.0.0.0/8\"], ca = { file = \"/etc/ssl/rds.pem\" } }",
        ),
        "the-verified-name-is-dialled" => plain(
            "components.db = { type = \"rds\", host = \"db.example\", cidrs = [\"10.0.0.0/8\"], ca = { file = \"/etc/ssl/rds.pem\" }, external-name = true }",
            "components.db = { type = \"rds\", host = \"db.example\", cidrs = [\"10.0.0.0/8\"], ca = { file = \"/etc/ssl/rds.pem\" } }",
        ),
        "redis-outside-has-tls" => plain(
            "components.kv = { type = \"elasticache\", host = \"kv.example\", cidrs = [\"10.0.0.0/8\"], tls = false }",
            "components.kv = { type = \"elasticache\", host = \"kv.example\", cidrs = [\"10.0.0.0/8\"] }",
        ),
        "a-broker-outside-has-tls" => (
            "secrets.mq.keys = [\"url\"]\n".to_owned(),
            "components.mq = { type = \"external\", provides = \"broker\", host = \"mq.example\", port = 5672, cidrs = [\"10.0.0.0/8\"], secret = \"mq\" }",
            "components.mq = { type = \"external\", provides = \"broker\", host = \"mq.example\", port = 5671, cidrs = [\"10.0.0.0/8\"], secret = \"mq\" }",
        ),
        "an-external-redis-has-tls" => plain(
            "components.kv = { type = \"external\", provides = \"cache\", host = \"kv.example\", port = 6379, cidrs = [\"10.0.0.0/8\"], outputs.url = \"redis://kv.example:6379/0\" }",
            "components.kv = { type = \"external\", provides = \"cache\", host = \"kv.example\", port = 6379, cidrs = [\"10.0.0.0/8\"], outputs.url = \"rediss://kv.example:6379/0?ssl_cert_reqs=required\" }",
        ),
        "mysql-outside-has-tls" => (
            "secrets.db.keys = [\"url\"]\n".to_owned(),
            "components.db = { type = \"external\", provides = \"database\", host = \"db.example\", port = 3306, cidrs = [\"10.0.0.0/8\"], secret = \"db\", tls = false }",
            "components.db = { type = \"external\", provides = \"database\", host = \"db.example\", port = 3306, cidrs = [\"10.0.0.0/8\"], secret = \"db\", tls = true }",
        ),
        "the-bucket-has-tls" => (
            "secrets.media.keys = [\"access-key-id\", \"secret-access-key\"]\n".to_owned(),
            "components.media = { type = \"s3\", bucket = \"media\", region = \"eu-central-1\", endpoint = \"http://s3.example\", secret = \"media\", cidrs = [\"10.0.0.0/8\"] }",
            "components.media = { type = \"s3\", bucket = \"media\", region = \"eu-central-1\", endpoint = \"https://s3.example\", secret = \"media\", cidrs = [\"10.0.0.0/8\"] }",
        ),
        "a-claim-chooses-its-class" => (
            "cluster = { provider = \"eks\", provides = [\"StorageClass/gp3\"] }\n".to_owned(),
            "components.db = { type = \"postgres\" }",
            "components.db = { type = \"postgres\", storage-class = \"gp3\" }",
        ),
        "two-pods-of-what-is-called" => {
            plain("components.web.replicas = 1", "components.web.replicas = 2")
        }
        "a-singleton-runs-once" => celery(
            "components.beat.type = \"beat\"\n[[patches]]\ntarget = { kind = \"StatefulSet\", name = \"beat\" }\nmerge.spec.replicas = 2",
            "components.beat.type = \"beat\"\n[[patches]]\ntarget = { kind = \"StatefulSet\", name = \"beat\" }\nmerge.spec.replicas = 0",
        ),
        "one-scheduler" => celery(
            "components.beat.type = \"beat\"\ncomponents.beat-2.type = \"beat\"",
            "components.beat.type = \"beat\"\ncomponents.beat-2 = { type = \"beat\", scheduler = \"other:Scheduler\" }",
        ),
        "a-worker-does-not-schedule" => celery(
            "components.w = { type = \"worker\", command = [\"celery\", \"-A\", \"s\", \"worker\", \"-B\"] }",
            "components.w = { type = \"worker\", command = [\"celery\", \"-A\", \"s\", \"worker\"] }",
        ),
        "no-migration-in-replicas" => plain(
            "components.web.command = [\"sh\", \"-c\", \"./manage.py migrate && exec gunicorn s.wsgi\"]",
            "components.web.command = [\"sh\", \"-c\", \"./manage.py check && exec gunicorn s.wsgi\"]",
        ),
        "no-collectstatic-in-replicas" => plain(
            "components.web.init-containers = [{ name = \"c\", command = [\"python\", \"manage.py\", \"collectstatic\"] }]",
            "components.web.init-containers = [{ name = \"c\", command = [\"python\", \"manage.py\", \"check\"] }]",
        ),
        "no-development-server" => plain(
            "components.web.command = [\"python\", \"manage.py\", \"runserver\"]",
            "components.web.command = [\"gunicorn\", \"s.wsgi\"]",
        ),
        "no-eventlet" => plain(
            "components.web.command = [\"gunicorn\", \"-k\", \"eventlet\", \"s.wsgi\"]",
            "components.web.command = [\"gunicorn\", \"-k\", \"gthread\", \"s.wsgi\"]",
        ),
        "one-pod-per-single-volume" => (
            "components.web = { replicas = 2, mounts.\"/m\" = { volume = \"media\" } }\n"
                .to_owned(),
            "volumes.media = { storage = \"1Gi\" }",
            "volumes.media = { storage = \"1Gi\", access-mode = \"ReadWriteMany\" }",
        ),
        "broker-and-cache-apart" => plain(
            "components.kv = { type = \"redis\", roles = [\"broker\", \"cache\"] }",
            "components.kv = { type = \"redis\", roles = [\"broker\", \"results\"] }",
        ),
        "a-broker-keeps-everything" => (
            "app.env.BROKER_URL = \"${kv.url}\"\n".to_owned(),
            "components.kv = { type = \"redis\", roles = [\"cache\"] }",
            "components.kv = { type = \"redis\", roles = [\"broker\"] }",
        ),
        "redis-asks-for-a-password" => plain(
            "components.kv = { type = \"redis\", auth = false }",
            "components.kv = { type = \"redis\" }",
        ),
        "nothing-is-left-behind" => plain(
            "app.bind = false\ncomponents.db = { type = \"postgres\" }",
            "components.db = { type = \"postgres\" }",
        ),
        "one-autoscaler" => celery(
            "components.w = { type = \"worker\", autoscale = { min = 1, max = 4, queue-length = 20 } }\n[[objects]]\napiVersion = \"autoscaling/v2\"\nkind = \"HorizontalPodAutoscaler\"\nmetadata.name = \"h\"\nspec = { scaleTargetRef = { apiVersion = \"apps/v1\", kind = \"Deployment\", name = \"w\" }, maxReplicas = 3 }",
            "components.w = { type = \"worker\", autoscale = { min = 1, max = 4, queue-length = 20 } }",
        ),
        "time-to-stop" => plain(
            "components.web.termination-grace-period-seconds = 39",
            "components.web.termination-grace-period-seconds = 40",
        ),
        "time-to-start" => plain(
            "components.web = { startup-seconds = 60, probes.startup = { period-seconds = 2, failure-threshold = 30 } }",
            "components.web = { startup-seconds = 59, probes.startup = { period-seconds = 2, failure-threshold = 30 } }",
        ),
        // Two and one in a rollout, with two processes of four threads each: 24, and ten in reserve.
        "connections-fit" => two(
            "components.db = { type = \"postgres\", max-connections = 33 }",
            "components.db = { type = \"postgres\", max-connections = 34 }",
        ),
        "processes-fit-into-memory" => plain(
            "components.web.resources = { requests.memory = \"128Mi\", limits.memory = \"255Mi\" }",
            "components.web.resources = { requests.memory = \"128Mi\", limits.memory = \"256Mi\" }",
        ),
        "the-stage-fits-into-its-quota" => two(
            "[[objects]]\napiVersion = \"v1\"\nkind = \"ResourceQuota\"\nmetadata.name = \"q\"\nspec.hard.pods = 2",
            "[[objects]]\napiVersion = \"v1\"\nkind = \"ResourceQuota\"\nmetadata.name = \"q\"\nspec.hard.pods = 3",
        ),
        "tasks-end-before-they-are-handed-out-again" => celery(
            "components.w = { type = \"worker\", task-time-limit-seconds = 3600 }",
            "components.w = { type = \"worker\", task-time-limit-seconds = 3599 }",
        ),
        "processes-keep-their-probes" => celery(
            "components.w = { type = \"worker\", command = [\"start\", \"worker\"] }",
            "components.w = { type = \"worker\", command = [\"celery\", \"-A\", \"s\", \"worker\"] }",
        ),
        "background-processes-have-a-probe" => plain(
            "components.p = { type = \"process\", command = [\"consume\"] }",
            "components.p = { type = \"process\", command = [\"consume\"], probes.liveness.command = [\"check\"] }",
        ),
        "databases-are-migrated" => (
            "components.db.type = \"postgres\"\ncomponents.web.env.DB = \"${db.host}\"\n".to_owned(),
            "",
            "components.m.type = \"migrate\"",
        ),
        "roles-outlive-a-change-of-type" => (
            "extends = \"y\"\ncomponents.web.env.KV = \"${kv.host}\"\n".to_owned(),
            "components.kv = { type = \"external\", host = \"kv.example.com\", port = 6380, to = \"internet\" }\n[stages.y]\ncomponents.kv.type = \"redis\"",
            "components.kv = { type = \"external\", host = \"kv.example.com\", port = 6380, to = \"internet\", provides = [] }\n[stages.y]\ncomponents.kv.type = \"redis\"",
        ),
        "a-backup-of-each-database" => plain(
            "components.undumped.type = \"postgres\"",
            "components.undumped = { type = \"postgres\" }\nvolumes.dumps.storage = \"1Gi\"\ncomponents.b = { type = \"backup\", of = \"undumped\", schedule = \"@daily\", to = \"dumps\" }",
        ),
        other => panic!("the rule `{other}` has no example of what it refuses"),
    }
}

fn stack(before: &str, what: &str) -> String {
    let text = format!("{HEAD}{before}{what}\n");
    // Tables of lists belong to the stage.
    text.replace("\n[[objects]]", "\n[[stages.x.objects]]")
        .replace("\n[[patches]]", "\n[[stages.x.patches]]")
}

fn diagnostics(text: &str) -> (Source, Vec<Diagnostic>) {
    let source = Source::new("stack.toml", text);
    // Most texts are parts of stacks. The rule about migrations needs a whole one.
    let is_whole = text.contains("components.web.env.DB");
    let (bundle, mut diagnostics) =
        if is_whole { compile_whole(&source, "x") } else { compile(&source, "x") };
    // The databases of other rules have no backup either.
    diagnostics.retain(|one| one.code != Code::NoBackup || text.contains("undumped"));
    let has_error = diagnostics.iter().any(|found| found.severity == Severity::Error);
    assert_eq!(bundle.is_none(), has_error, "{text}");
    (source, diagnostics)
}

#[test]
fn each_rule_is_refused_with_its_code_and_its_twin_is_taken() {
    let mut all = String::new();
    for rule in RULES {
        let (before, bad, good) = fixture(rule.name);
        let (source, found) = diagnostics(&stack(&before, bad));
        let told_bad = told(&source, &found);
        assert!(!found.is_empty(), "{} is not refused", rule.name);
        for diagnostic in &found {
            assert_eq!(diagnostic.code, rule.code, "{}: {told_bad}", rule.name);
            // A database may be dumped by what the stack does not know of, and a process may end by itself.
            let is_judged =
                rule.code == Code::NoBackup || rule.name == "background-processes-have-a-probe";
            let severity = if is_judged { Severity::Warning } else { Severity::Error };
            assert_eq!(diagnostic.severity, severity, "{}: {told_bad}", rule.name);
            assert!(!diagnostic.labels.is_empty(), "{}: {told_bad}", rule.name);
            assert!(diagnostic.help.is_some(), "{}: {told_bad}", rule.name);
        }
        let _ = writeln!(all, "{}\n  {told_bad}", rule.name);
        let (source, found) = diagnostics(&stack(&before, good));
        assert!(found.is_empty(), "{}: {}", rule.name, told(&source, &found));
    }
    // Rules that come later: `INSTA_UPDATE=always cargo test -p seaway-render --test passes production`.
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!("production", all) });
}

#[test]
fn each_rule_holds_where_the_table_says() {
    for rule in RULES {
        let (before, bad, _) = fixture(rule.name);
        let text = stack(&before, bad).replace("profile = \"production\"\n", "");
        let (source, found) = diagnostics(&text);
        let told = told(&source, &found);
        let severity = found.iter().find(|found| found.code == rule.code).map(|one| one.severity);
        let expected = match rule.holds {
            Holds::Always | Holds::Asked => Some(Severity::Error),
            Holds::Stricter => Some(Severity::Warning),
            Holds::Production => None,
        };
        assert_eq!(severity, expected, "{}: {told}", rule.name);
    }
    let (before, bad, _) = fixture("image-has-a-digest");
    let text = stack(&before, bad).replace("require-digest = true", "require-digest = false");
    assert!(diagnostics(&text).1.is_empty());
}

/// What a production stage with more is told, from line 6 on.
fn strict(more: &str) -> String {
    let (source, found) = diagnostics(&stack("", more));
    told(&source, &found)
}

fn taken(more: &str) {
    assert_eq!(strict(more), "", "{more}");
}

#[test]
fn each_image_needs_its_digest() {
    let digest = "@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let text = |of_db: &str, of_sidecar: &str| {
        format!(
            "require-digest = true\napp.image = \"a:1{digest}\"\n\
             components.db = {{ type = \"postgres\"{of_db} }}\n\
             components.web = {{ static-files = \"sidecar\", sidecars = [{{ name = \"side\", image = \"b:1{of_sidecar}\" }}] }}\n"
        )
    };
    assert_snapshot!(strict(&text("", "")), @"unpinned-image 9:83 `b:1` has no digest | whoever may push the tag can move it | write `b:1@sha256:…`; `docker buildx imagetools inspect b:1` prints the digest");
    assert_snapshot!(strict(&text("", digest)), @"
    unpinned-image 3:12 `docker.io/nginxinc/nginx-unprivileged:1.30.5-alpine-slim` has no digest | whoever may push the tag can move it | write `docker.io/nginxinc/nginx-unprivileged:1.30.5-alpine-slim@sha256:…`; `docker buildx imagetools inspect docker.io/nginxinc/nginx-unprivileged:1.30.5-alpine-slim` prints the digest
    unpinned-image 8:12 `docker.io/library/postgres:17.11-trixie` has no digest | whoever may push the tag can move it | write `docker.io/library/postgres:17.11-trixie@sha256:…`; `docker buildx imagetools inspect docker.io/library/postgres:17.11-trixie` prints the digest
    ");
    let db = format!(", image = \"docker.io/library/postgres:17.11-trixie{digest}\"");
    let nginx = format!("static-files = {{ type = \"sidecar\", image = \"n:1{digest}\" }}");
    taken(&text(&db, digest).replace("static-files = \"sidecar\"", &nginx));
}

#[test]
fn what_patches_and_own_objects_say_is_judged_alike() {
    let patch = |kind: &str, name: &str, merge: &str| {
        strict(&format!(
            "[[patches]]\ntarget = {{ kind = \"{kind}\", name = \"{name}\" }}\nmerge.spec.template.spec.containers = [{{ name = \"{name}\", {merge} }}]"
        ))
    };
    assert_snapshot!(patch("Deployment", "web", "image = \"bitnami/a:1\""), @"retired-image 8:64 `bitnami/a:1` is gone since 2025-09-29 | the pull would fail | use the official image of the software");
    assert_snapshot!(patch("Deployment", "web", "image = \"a:latest\""), @"unpinned-image 8:64 `a:latest` names no release | what runs would depend on when it was pulled | write a tag that stays, or a digest");
    assert_snapshot!(patch("Deployment", "web", "command = [\"sh\", \"-c\", \"manage.py migrate; exec gunicorn\"]"), @"unsafe-command 8:79 a replicated process that migrates at its start | every pod would do it | add a component of type `migrate`: one Job a release, and processes wait for it");
    assert_snapshot!(patch("Deployment", "web", "env = [{ name = \"DEBUG\", value = \"1\" }, { name = \"API_TOKEN\", value = \"x\" }, { name = \"ALLOWED_HOSTS\", value = \"*\" }]"), @r#"
    unsafe-setting 8:89 `DEBUG` is on in a production stage | error pages would show settings and code | remove it from the stage: `env.DEBUG = false` removes an inherited variable
    secret-literal 8:126 `API_TOKEN` looks like a secret and is written as text | everyone who reads the stack or its output reads it | declare it, `secrets.app.keys = ["api-token"]`, and write `"${secrets.app.api-token}"`; if it is no secret, say so: `allow.secret-literal.API_TOKEN = "…"`
    unsafe-setting 8:167 a production stage answers to any host | lets a forged Host header into links and caches | name the hosts in `app.hosts`; probes send the first one
    "#);
    let own = |pod: &str| strict(&format!("{OWN_DEPLOYMENT}spec.template.spec = {{ {pod} }}\n"));
    assert_snapshot!(own("initContainers = [{ name = \"m\", image = \"a:1\", args = [\"manage.py\", \"migrate\"] }], containers = [{ name = \"c\", image = \"a:1\", command = [\"celery\", \"-A\", \"s\", \"worker\", \"--beat\"] }]"), @"
    unsafe-command 12:92 a container of a process that migrates | every pod would do it | add a component of type `migrate`: one Job a release, and processes wait for it
    unsafe-command 12:192 a worker that schedules as well | every replica would send each task | add a component of type `beat`
    ");
    assert_snapshot!(own("containers = [{ name = \"c\", image = \"a:1\", command = [\"celery\", \"-A\", \"s\", \"beat\"] }]"), @r#"runs-twice 10:1 Deployment/own sends each task when it is due, and a rollout has two pods at a time |  | write `spec.strategy.type = "Recreate"`, or a `StatefulSet` of one pod, which has no second one even when a node is lost"#);
    assert_snapshot!(strict("[[objects]]\napiVersion = \"v1\"\nkind = \"ConfigMap\"\nmetadata.name = \"c\"\ndata = { \"db.password\" = \"x\", \"a.conf\" = \"password = x\\ny\" }"), @r#"secret-literal 10:26 `db.password` looks like a secret and is written as text | everyone who reads the stack or its output reads it | declare it, `secrets.app.keys = ["db-password"]`, and write `"${secrets.app.db-password}"`; if it is no secret, say so: `allow.secret-literal."db.password" = "…"`"#);
}

#[test]
fn secrets_in_configs_and_commands() {
    assert_snapshot!(strict("config.c.api-key = \"x\""), @r#"secret-literal 6:10 `api-key` looks like a secret and is written as text | everyone who reads the stack or its output reads it | declare it, `secrets.app.keys = ["api-key"]`, and write `"${secrets.app.api-key}"`; if it is no secret, say so: `allow.secret-literal.api-key = "…"`"#);
    assert_snapshot!(strict("components.web.command = [\"run\", \"--broker=redis://:pw@kv/0\"]"), @r#"secret-literal 6:34 a URL with a password in a command | everyone who reads the stack or its output reads it | declare a Secret, set a variable from it, and write `$(VARIABLE)` here; if it is no secret, say so: `allow.secret-literal.command = "…"`"#);
    taken("config.c = { api-key-file = \"/x\", \"settings.py\" = \"API_KEY = 1\\nA = 2\\n\" }");
    taken(
        "components.web = { command = [\"run\", \"--broker=redis://:$(PW)@kv/0\"], workers = 1 }\nsecrets.a.keys = [\"pw\"]\napp.env.PW = \"${secrets.a.pw}\"",
    );
    // A certificate is there for everyone, its key is not.
    taken("config.ca.\"ca.pem\" = \"-----BEGIN CERTIFICATE-----\"");
}

#[test]
fn ways_of_a_singleton_to_run_twice() {
    let single = "components.p = { type = \"process\", command = [\"p\"], singleton = true, probes.liveness = false }\n";
    let scaler = |kind: &str| {
        let (version, spec) = match kind {
            "ScaledObject" => ("keda.sh/v1alpha1", "scaleTargetRef.name = \"p\", triggers = []"),
            _ => (
                "autoscaling/v2",
                "scaleTargetRef = { apiVersion = \"apps/v1\", kind = \"Deployment\", name = \"p\" }, maxReplicas = 3",
            ),
        };
        format!(
            "{single}[[objects]]\napiVersion = \"{version}\"\nkind = \"{kind}\"\nmetadata.name = \"s\"\nspec = {{ {spec} }}\n\
             [[patches]]\ntarget = {{ kind = \"Deployment\", name = \"p\" }}\nremove = [\"spec.replicas\"]\n"
        )
    };
    assert_snapshot!(strict(&scaler("HorizontalPodAutoscaler")), @"runs-twice 11:81 Deployment/p is a singleton, and HorizontalPodAutoscaler/s scales it up to 3 pods |  | remove the autoscaler: there must be one pod");
    assert_snapshot!(strict(&scaler("ScaledObject")), @"runs-twice 11:32 Deployment/p is a singleton, and ScaledObject/s scales it up to 100 pods |  | remove the autoscaler: there must be one pod");
    let patched = |merge: &str| {
        strict(&format!(
            "{single}[[patches]]\ntarget = {{ kind = \"Deployment\", name = \"p\" }}\nmerge.spec = {{ {merge} }}\n"
        ))
    };
    assert_snapshot!(patched("replicas = 2"), @"runs-twice 9:27 Deployment/p is a singleton, and has 2 pods |  | write one replica, or none to pause it");
    assert_snapshot!(patched("strategy = { type = \"RollingUpdate\" }"), @r#"runs-twice 9:36 Deployment/p is a singleton, and a rollout has two pods at a time |  | write `spec.strategy.type = "Recreate"`, or a `StatefulSet` of one pod, which has no second one even when a node is lost"#);
    taken(single);
    let beat = "components.p = { type = \"process\", command = [\"celery\", \"-A\", \"s\", \"beat\"], probes.liveness = false }";
    assert_snapshot!(strict(beat), @"runs-twice 6:12 Deployment/p sends each task when it is due, and a rollout has two pods at a time |  | use the component type `beat`, or write `singleton = true`");
    taken(&beat.replace(" }", ", singleton = true }"));
    assert_snapshot!(strict("[[objects]]\napiVersion = \"apps/v1\"\nkind = \"DaemonSet\"\nmetadata.name = \"d\"\nspec.selector.matchLabels.app = \"d\"\nspec.template.metadata.labels.app = \"d\"\nspec.template.spec.containers = [{ name = \"c\", image = \"a:1\", args = [\"celery\", \"beat\"] }]"), @"runs-twice 8:8 DaemonSet/d sends each task when it is due, and has a pod on each node |  | write a `StatefulSet` of one pod");
}

#[test]
fn ways_in_to_metrics_and_to_flower() {
    let ingress = |spec: &str| {
        format!(
            "cluster.provides = [\"IngressClass/alb\"]\ncomponents.web.expose = {{ type = \"cluster-ip\", from-namespaces = [\"alb\"] }}\n{INGRESS}metadata.name = \"i\"\n\
             spec = {{ ingressClassName = \"alb\", rules = [{{ http.paths = [{spec}] }}] }}\n"
        )
    };
    let to = |path: &str, service: &str| {
        format!(
            "{{ path = \"{path}\", pathType = \"Prefix\", backend.service = {{ name = \"{service}\", port.name = \"http\" }} }}"
        )
    };
    assert_snapshot!(strict(&ingress(&to("/metrics", "web"))), @"public-without-auth 12:130 the metrics of Service/web are public |  | leave metrics inside: Prometheus reads them from the pods, by a port that no Service opens to the outside");
    taken(&ingress(&to("/metricsandmore", "web")));
    let flower = format!(
        "{CELERY}components.worker.type = \"worker\"\ncomponents.flower = {{ type = \"flower\", expose = {{ type = \"cluster-ip\", from-namespaces = [\"alb\"] }} }}\n"
    );
    assert_snapshot!(strict(&format!("{flower}{}", ingress(&to("/", "flower")))), @r#"public-without-auth 15:123 Flower is public and asks for no password |  | add `auth = "…"` to its component, a Secret of `[secrets]` with the key `basic-auth`"#);
    let asks = flower.replace("\"flower\",", "\"flower\", auth = \"f\",");
    taken(&format!("secrets.f.keys = [\"basic-auth\"]\n{asks}{}", ingress(&to("/", "flower"))));
    let route = "cluster.provides = [\"Gateway/infra/public\"]\n[[objects]]\napiVersion = \"gateway.networking.k8s.io/v1\"\nkind = \"HTTPRoute\"\nmetadata.name = \"r\"\nspec = { parentRefs = [{ name = \"public\", namespace = \"infra\" }], rules = [{ matches = [{ path.value = \"/metrics\" }], backendRefs = [{ name = \"web\", port = 80 }] }] }\n";
    assert_snapshot!(strict(route), @"public-without-auth 11:134 the metrics of Service/web are public |  | leave metrics inside: Prometheus reads them from the pods, by a port that no Service opens to the outside");
    taken(&route.replace("/metrics", "/"));
}

#[test]
fn a_broker_that_a_patch_lets_drop_tasks() {
    let text = |policy: &str| {
        format!(
            "components.broker = {{ type = \"redis\", durable = true }}\ncomponents.w.type = \"worker\"\n\
             [[patches]]\ntarget = {{ kind = \"StatefulSet\", name = \"broker\" }}\n\
             merge.spec.template.spec.containers = [{{ name = \"broker\", command = [\"redis-server\", \"--maxmemory-policy\", \"{policy}\"] }}]\n"
        )
    };
    assert_snapshot!(strict(&text("volatile-lru")), @"shared-redis-database 10:108 StatefulSet/broker holds tasks and drops entries when its memory is full (`volatile-lru`) |  | write `noeviction`, and give the cache a component of its own");
    taken(&text("noeviction"));
}
