//! Any well-formed stack compiles: no panic, and nothing that `link` refuses.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use seaway_core::{Code, Diagnostic, Source};
use seaway_render::Format;

use crate::common::{compile, told};

/// Options of a component of a type, any of which may be there.
fn options(kind: &str) -> Vec<&'static str> {
    let of_pods = [
        "labels = { team = \"t\" }",
        "annotations = { \"example.com/a\" = \"b c\" }",
        "node-selector = { \"kubernetes.io/arch\" = \"arm64\" }",
        "tolerations = [{ operator = \"Exists\" }]",
        "priority-class = \"high\"",
        "resources = { requests = { cpu = \"2\", memory = \"64Mi\" }, limits.memory = \"96Mi\" }",
        "sidecars = [{ name = \"side\", image = \"o:1\", ports = { m = 9100 }, probes.liveness = {} }]",
        "spread = [\"node\"]",
        "pull-secrets = [\"registry\"]",
    ];
    let of_processes = [
        "env = { A = \"1\", B = \"$(A)\", C = { field = \"status.podIP\" }, D = \"${secrets.app.key}\" }",
        "mounts = { \"/etc/c\" = { config = \"files\" }, \"/etc/s\" = { secret = \"app\" }, \"/scratch\" = { scratch = \"1Gi\" } }",
        "init-containers = [{ name = \"first\", command = [\"true\"] }]",
        "run-as-user = 1234",
        "service-account = { rules = [{ resources = [\"pods\"], verbs = [\"get\"] }] }",
        "egress = [{ cidr = \"10.0.0.0/8\", ports = [443] }]",
        "env-from = [{ secret = \"app\", prefix = \"X_\" }]",
    ];
    let own: &[&str] = match kind {
        "web" => &[
            "server = \"uvicorn\"",
            "replicas = 3",
            "workers = 5",
            "static-files = \"sidecar\"",
            "port = 8080",
            "expose = \"load-balancer\"",
            "probes = { readiness = { path = \"/r\" }, startup = false }",
        ],
        "worker" => &[
            "autoscale = { min = 1, max = 4 }",
            "queues = [\"a\", \"b\"]",
            "pool = \"threads\"",
            "task-time-limit-seconds = 900",
        ],
        "process" => &["port = 9000", "replicas = 2", "wait-for-schema = false"],
        "cron" => &["suspend = true", "concurrency-policy = \"Replace\""],
        "beat" => &["storage = \"1Gi\"", "scheduler = \"a:B\""],
        "postgres" => {
            &["version = \"18\"", "storage-class = \"fast\"", "settings = { work_mem = \"8MB\" }"]
        }
        "redis" | "valkey" => &["durable = true", "storage = \"2Gi\""],
        _ => &[],
    };
    let mut all = of_pods.to_vec();
    if !matches!(kind, "postgres" | "redis" | "valkey") {
        all.extend(of_processes);
    }
    all.extend(own);
    all
}

/// What a component of a type can not be without.
fn required(kind: &str) -> &'static str {
    match kind {
        "process" | "job" => "command = [\"run\"]\n",
        "cron" => "command = [\"run\"]\nschedule = \"@daily\"\n",
        "redis" | "valkey" => "roles = []\n",
        "external" => "host = \"db.example\"\nport = 5432\ncidrs = [\"10.0.0.0/24\"]\n",
        _ => "",
    }
}

fn component() -> impl Strategy<Value = (&'static str, Vec<&'static str>)> {
    const KINDS: [&str; 12] = [
        "web", "worker", "beat", "flower", "migrate", "cron", "job", "process", "postgres",
        "redis", "valkey", "external",
    ];
    select(&KINDS[..]).prop_flat_map(|kind| {
        let options = if kind == "external" { Vec::new() } else { options(kind) };
        let count = options.len();
        (Just(kind), subsequence(options, 0..=count))
    })
}

fn stack() -> impl Strategy<Value = String> {
    prop::collection::vec(component(), 1..7).prop_map(|components| {
        let mut text = "name = \"s\"\napp = { image = \"registry.example/a:1\", module = \"s\", hosts = [\"a.example\"] }\n\
                        secrets.app.keys = [\"key\"]\nconfig.files = { \"a.txt\" = \"text\" }\n\
                        stages.development = {}\nstages.production.profile = \"production\"\n"
            .to_owned();
        let mut databases = 0;
        for (number, (kind, options)) in components.into_iter().enumerate() {
            // Two databases would both be the one that is bound.
            databases += usize::from(kind == "postgres");
            let kind = if kind == "postgres" && databases > 1 { "redis" } else { kind };
            let options = if kind == "redis" { Vec::new() } else { options };
            let head = format!("[components.part-{number}]\ntype = \"{kind}\"\n");
            text.extend([head.as_str(), required(kind)]);
            for option in options {
                text += option;
                text.push('\n');
            }
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_well_formed_stack_compiles(text in stack()) {
        let source = Source::new("stack.toml", text);
        for stage in ["development", "production"] {
            let (bundle, diagnostics) = compile(&source, stage);
            let told = told(&source, &diagnostics);
            // Nothing makes a random stack use what it has.
            let is_unused = |one: &Diagnostic| one.code == Code::UnusedComponent;
            if bundle.is_none() && diagnostics.iter().any(is_unused) {
                prop_assert!(diagnostics.iter().all(is_unused), "{}", told);
                continue;
            }
            let Some(bundle) = bundle else {
                return Err(TestCaseError::fail(format!("{told}\n{}", source.text)));
            };
            prop_assert!(bundle.emit(Format::Yaml).is_ok());
            let files = bundle.files(Format::Yaml).map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(files.len(), bundle.objects.len());
        }
    }
}
