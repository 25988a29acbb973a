//! `monitoring`: who reaches what, and what it may read.

use std::fmt::Write as _;

use insta::assert_snapshot;
use seaway_render::Bundle;
use serde_json::Value;

use crate::common;
use crate::support::{at, based, case, find, find_maybe, json, yaml};

pub(crate) const STAGE: &str = "secrets.alerting.keys = [\"url\"]\ncomponents.db = { type = \"postgres\" }\n\
    components.broker = { type = \"redis\", durable = true }\ncomponents.worker = { type = \"worker\" }\n";

pub(crate) fn watched(more: &str) -> Bundle {
    based(&format!(
        "{STAGE}components.monitoring = {{ type = \"monitoring\", receivers.ops = {{ type = \"slack\", channel = \"#ops\", secret = \"alerting\" }}{more} }}"
    ))
}

pub(crate) fn names<'a>(bundle: &'a Bundle, kind: &str) -> Vec<&'a str> {
    let of_kind = bundle.objects.iter().filter(|object| object.body.kind() == kind);
    of_kind.map(|object| object.body.name()).collect()
}

/// Who is let in, a line each policy: `policy: peers ports`.
pub(crate) fn let_in(bundle: &Bundle) -> String {
    let mut lines = String::new();
    for object in bundle.objects.iter().filter(|object| object.body.kind() == "NetworkPolicy") {
        let rules = at(object, "/spec/ingress");
        for rule in rules.as_array().into_iter().flatten() {
            let peer = |peer: &Value| {
                let of = |pointer| peer.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
                of("/podSelector/matchLabels/app.kubernetes.io~1instance").or_else(|| {
                    let name = of("/namespaceSelector/matchLabels/kubernetes.io~1metadata.name")?;
                    let labels = peer.pointer("/podSelector/matchLabels")?.as_object()?;
                    let labels: Vec<String> =
                        labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
                    Some(format!("{} in {name}", labels.join(",")))
                })
            };
            let peers = rule["from"].as_array().into_iter().flatten();
            let peers: Vec<String> =
                peers.map(|from| peer(from).unwrap_or_else(|| from.to_string())).collect();
            let ports = rule["ports"].as_array().into_iter().flatten();
            let ports: Vec<String> = ports
                .map(|port| match port.get("endPort") {
                    Some(end) => format!("{}-{end}", port["port"]),
                    None => port["port"].to_string(),
                })
                .collect();
            let (peers, ports) = (peers.join(", "), ports.join(", "));
            let _ = writeln!(lines, "{}: {peers} at {ports}", object.body.name());
        }
    }
    lines
}

#[test]
fn who_reaches_what() {
    assert_snapshot!(let_in(&watched("")), @"
    broker: monitoring-broker-exporter, monitoring-celery-exporter, web, worker at 6379
    db: monitoring-db-exporter, web, worker at 5432
    monitoring-alertmanager: monitoring-grafana, monitoring-prometheus at 9093
    monitoring-alloy: monitoring-prometheus at 12345
    monitoring-broker-exporter: monitoring-prometheus at 9121
    monitoring-celery-exporter: monitoring-prometheus at 9808
    monitoring-db-exporter: monitoring-prometheus at 9187
    monitoring-grafana: monitoring-prometheus at 3000
    monitoring-kube-state-metrics: monitoring-prometheus at 8080
    monitoring-loki: monitoring-alloy, monitoring-grafana, monitoring-prometheus at 3100
    monitoring-prometheus: monitoring-grafana at 9090
    web: monitoring-prometheus at 8001-8002
    ");
}

/// Where network policies see nodes and the API server as something else than addresses.
#[test]
fn the_api_server_is_reached_on_each_network() {
    let cluster = |keys: &str| watched(&format!(" }}\ncluster = {{ {keys}"));
    let of_cilium = |bundle: &Bundle| -> Vec<String> {
        let policies = bundle.objects.iter();
        let policies = policies.filter(|object| object.body.kind() == "CiliumNetworkPolicy");
        let told = |object| {
            let (name, rules) = (at(object, "/metadata/name"), at(object, "/spec/egress"));
            let several = at(object, "/spec/endpointSelector/matchExpressions/0/values");
            let one = at(object, "/spec/endpointSelector/matchLabels/app.kubernetes.io~1instance");
            let of = if several.is_null() { serde_json::json!([one]) } else { several };
            format!("{name} {rules} {of}")
        };
        policies.map(told).collect()
    };
    let api = |bundle: &Bundle| {
        let rules = at(find(bundle, "NetworkPolicy", "monitoring-alloy"), "/spec/egress");
        let rules = rules.as_array().cloned().unwrap_or_default();
        let of = |rule: &&Value| rule["ports"][0]["port"] == 443;
        let rules: Vec<String> = rules.iter().filter(of).map(ToString::to_string).collect();
        rules.join("\n")
    };
    let kops = cluster("provider = \"kops\", network = \"172.20.0.0/16\"");
    assert_snapshot!(of_cilium(&kops).join("\n"), @r#"
    "kubelets" [{"toEntities":["host","remote-node"],"toPorts":[{"ports":[{"port":"10250","protocol":"TCP"}]}]}] ["monitoring-prometheus"]
    "kubernetes-api" [{"toEntities":["kube-apiserver"],"toPorts":[{"ports":[{"port":"443","protocol":"TCP"}]}]}] ["monitoring-alloy","monitoring-kube-state-metrics","monitoring-prometheus"]
    "#);
    assert_snapshot!(api(&kops), @r#"{"ports":[{"port":443,"protocol":"TCP"}],"to":[{"ipBlock":{"cidr":"172.20.0.0/16"}}]}"#);
    // The CNI of AWS judges a call while it still goes to the Service.
    let eks = cluster("provider = \"eks\", network = \"10.0.0.0/16\"");
    assert_eq!(of_cilium(&eks), Vec::<String>::new());
    assert_snapshot!(api(&eks), @r#"
    {"ports":[{"port":443,"protocol":"TCP"}],"to":[{"ipBlock":{"cidr":"10.0.0.0/16"}}]}
    {"ports":[{"port":443,"protocol":"TCP"}],"to":[{"ipBlock":{"cidr":"10.100.0.1/32"}},{"ipBlock":{"cidr":"172.20.0.1/32"}}]}
    "#);
    let eks =
        cluster("provider = \"eks\", network = \"10.0.0.0/16\", services = \"10.200.0.0/20\"");
    assert_snapshot!(api(&eks), @r#"
    {"ports":[{"port":443,"protocol":"TCP"}],"to":[{"ipBlock":{"cidr":"10.0.0.0/16"}}]}
    {"ports":[{"port":443,"protocol":"TCP"}],"to":[{"ipBlock":{"cidr":"10.200.0.1/32"}}]}
    "#);
    // Of a network that is not known, the addresses of the Service are.
    assert_snapshot!(api(&cluster("provider = \"eks\"")), @r#"{"ports":[{"port":443,"protocol":"TCP"}],"to":[{"ipBlock":{"cidr":"10.100.0.1/32"}},{"ipBlock":{"cidr":"172.20.0.1/32"}}]}"#);
}

#[test]
fn roles_are_what_is_read() {
    let all = watched("");
    assert_eq!(
        names(&all, "Role"),
        ["monitoring-alloy", "monitoring-kube-state-metrics", "monitoring-prometheus"]
    );
    let rules = |kind: &str, name: &str| {
        let rules = at(find(&all, kind, name), "/rules");
        let line = |rule: &Value| {
            let words = |key: &str| {
                let words = rule[key].as_array().into_iter().flatten().filter_map(Value::as_str);
                words.collect::<Vec<_>>().join(",")
            };
            format!("{}: {}\n", words("resources"), words("verbs"))
        };
        rules.as_array().into_iter().flatten().map(line).collect::<String>()
    };
    assert_snapshot!(rules("Role", "monitoring-prometheus"), @"pods: get,list,watch");
    assert_snapshot!(rules("Role", "monitoring-kube-state-metrics"), @"
    pods: list,watch
    deployments,statefulsets: list,watch
    ");
    assert_snapshot!(rules("Role", "monitoring-alloy"), @"
    pods: get,list,watch
    pods/log: get
    ");
    assert_snapshot!(rules("ClusterRole", "s-monitoring-prometheus"), @"
    nodes: get,list,watch
    nodes/metrics: get
    ");
    assert_eq!(names(&all, "ClusterRole").len(), 1);
}

/// What kube-state-metrics makes numbers of follows from the stage, and its rights do too.
#[test]
fn kube_state_metrics_may_read_what_it_is_told_to_read() {
    for more in [
        "",
        "\ncomponents.nightly = { type = \"cron\", schedule = \"0 3 * * *\", command = [\"a\"], expected-within-hours = 26 }\ncomponents.migrate = { type = \"migrate\" }\ncomponents.web.autoscale = { min = 1, max = 3 }",
    ] {
        let all = based(&format!("{STAGE}components.monitoring.type = \"monitoring\"{more}"));
        let deployment = find(&all, "Deployment", "monitoring-kube-state-metrics");
        let command = at(deployment, "/spec/template/spec/containers/0/command");
        let mut words = command.as_array().into_iter().flatten().filter_map(Value::as_str);
        let asked = words.find_map(|word| word.strip_prefix("--resources=")).expect("resources");
        let role = json(find(&all, "Role", "monitoring-kube-state-metrics"));
        let rules = role["rules"].as_array().into_iter().flatten();
        let mut allowed: Vec<&str> = rules
            .flat_map(|rule| rule["resources"].as_array().into_iter().flatten())
            .filter_map(Value::as_str)
            .collect();
        allowed.sort_unstable();
        assert_eq!(asked, allowed.join(","));
    }
}

#[test]
fn nothing_of_it_is_public() {
    let all = watched("");
    for object in all.objects.iter().filter(|object| object.body.kind() == "Service") {
        if object.body.name().starts_with("monitoring-") {
            assert_eq!(at(object, "/spec/type"), "ClusterIP", "{}", object.body.name());
        }
    }
    for kind in ["Ingress", "HTTPRoute", "Gateway"] {
        assert!(names(&all, kind).is_empty());
    }
    // Metrics of the server processes are at ports that no Service has.
    let web = at(find(&all, "Service", "web"), "/spec/ports");
    let ports: Vec<&Value> =
        web.as_array().into_iter().flatten().map(|port| &port["name"]).collect();
    assert_eq!(ports, ["http"]);
}

/// What every OpenTelemetry SDK reads, and the way to the collector, of each process and of nothing else.
#[test]
fn traces_go_to_the_collector() {
    let told = |traces: &str| {
        let all = watched(&format!(", traces = {{ {traces} }}"));
        let env = at(find(&all, "Deployment", "web"), "/spec/template/spec/containers/0/env");
        let env = env.as_array().into_iter().flatten();
        let env =
            env.filter(|one| one["name"].as_str().is_some_and(|name| name.starts_with("OTEL_")));
        let mut lines: Vec<String> = env
            .map(|one| match one["value"].as_str() {
                Some(value) => format!("{} {value}", one["name"]),
                None => format!("{} {}", one["name"], one["valueFrom"]),
            })
            .collect();
        for name in ["web", "worker", "monitoring-prometheus", "db"] {
            let rules = at(find(&all, "NetworkPolicy", name), "/spec/egress");
            let rules = rules.as_array().cloned().unwrap_or_default();
            let ours = rules.iter().filter(|rule| rule["ports"][0]["port"] == 4318);
            lines.extend(ours.map(|rule| format!("{name} {}", rule["to"])));
        }
        lines.join("\n")
    };
    assert_snapshot!(told("host = \"tempo.observability.svc\""), @r#"
    "OTEL_EXPORTER_OTLP_ENDPOINT" http://tempo.observability.svc:4318
    "OTEL_EXPORTER_OTLP_PROTOCOL" http/protobuf
    "OTEL_LOGS_EXPORTER" none
    "OTEL_METRICS_EXPORTER" none
    "OTEL_RESOURCE_ATTRIBUTES" service.namespace=s,deployment.environment.name=x
    "OTEL_SERVICE_NAME" web
    "OTEL_TRACES_EXPORTER" otlp
    web [{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"observability"}}}]
    worker [{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"observability"}}}]
    "#);
    assert_snapshot!(told("host = \"otlp.example.com\", tls = true, cidrs = [\"192.0.2.0/24\"], secret = \"alerting\", key = \"url\""), @r#"
    "OTEL_EXPORTER_OTLP_ENDPOINT" https://otlp.example.com:4318
    "OTEL_EXPORTER_OTLP_HEADERS" {"secretKeyRef":{"key":"url","name":"alerting"}}
    "OTEL_EXPORTER_OTLP_PROTOCOL" http/protobuf
    "OTEL_LOGS_EXPORTER" none
    "OTEL_METRICS_EXPORTER" none
    "OTEL_RESOURCE_ATTRIBUTES" service.namespace=s,deployment.environment.name=x
    "OTEL_SERVICE_NAME" web
    "OTEL_TRACES_EXPORTER" otlp
    web [{"ipBlock":{"cidr":"192.0.2.0/24"}}]
    worker [{"ipBlock":{"cidr":"192.0.2.0/24"}}]
    "#);
    let written = based(&format!(
        "{STAGE}components.web.env.OTEL_SERVICE_NAME = \"front\"\ncomponents.monitoring = {{ type = \"monitoring\", traces = {{ host = \"tempo.observability.svc\" }} }}"
    ));
    let env = at(find(&written, "Deployment", "web"), "/spec/template/spec/containers/0/env");
    let names =
        env.as_array().into_iter().flatten().filter(|one| one["name"] == "OTEL_SERVICE_NAME");
    let values: Vec<&Value> = names.map(|one| &one["value"]).collect();
    assert_eq!(values, ["front"]);
}

/// An alert links to a page that is there: the stage's own dashboard, or what the stack names, or nothing.
#[test]
fn runbooks_are_where_alerts_link_to() {
    let link = |bundle: &Bundle, config: &str| {
        let text = at(find(bundle, "ConfigMap", config), "/data/rules.yml").to_string();
        let links = text.split("runbook_url: ").skip(1);
        let links: Vec<String> =
            links.map(|rest| rest.split("\\n").next().unwrap_or_default().to_owned()).collect();
        links.first().cloned().unwrap_or_default()
    };
    let all = watched("");
    let first = link(&all, "monitoring-prometheus");
    assert_eq!(first, "http://localhost:3000/d/s-runbooks?viewPanel=panel-1");
    let boards = json(find(&all, "ConfigMap", "monitoring-grafana-dashboards"));
    let board = boards["data"]["runbooks.json"].as_str().unwrap_or_default();
    let board: Value = serde_json::from_str(board).expect("JSON");
    assert_eq!(board["uid"], "s-runbooks");
    assert_eq!(board["panels"][0]["id"], 1);
    assert_eq!(board["panels"][0]["title"], "Watchdog");
    let written = watched(", runbooks = \"https://wiki.example.com/shop\"");
    assert_eq!(link(&written, "monitoring-prometheus"), "https://wiki.example.com/shop#watchdog");
    assert_eq!(link(&watched(", grafana = false"), "monitoring-prometheus"), "");
}

#[test]
fn without_receivers_there_is_no_alertmanager() {
    let all = based(&format!("{STAGE}components.monitoring.type = \"monitoring\""));
    assert!(find_maybe(&all, "StatefulSet", "monitoring-alertmanager").is_none());
    let text = at(find(&all, "ConfigMap", "monitoring-prometheus"), "/data/prometheus.yml");
    let text = text.as_str().unwrap_or_default();
    assert!(!text.contains("alertmanager"), "{text}");
}

/// A role of the exporter's own takes the place of the application's.
#[test]
fn exporters_log_in_as_the_stack_says() {
    let env = |more: &str| {
        let all = based(&format!("{STAGE}{more}"));
        let exporter = find(&all, "Deployment", "monitoring-db-exporter");
        let env = at(exporter, "/spec/template/spec/containers/0/env");
        let line = |one: &Value| match one["value"].as_str() {
            Some(value) => format!("{} {value}", one["name"]),
            None => format!("{} {}", one["name"], one["valueFrom"]),
        };
        env.as_array().into_iter().flatten().map(line).collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(env("components.monitoring.type = \"monitoring\""), @r#"
    "GOMEMLIMIT" 57MiB
    "DATA_SOURCE_PASS" {"secretKeyRef":{"key":"password","name":"db"}}
    "DATA_SOURCE_USER" s
    "DATA_SOURCE_URI" db:5432/s?sslmode=disable
    "#);
    // As the application reads them, where the program can.
    assert_snapshot!(env("app.secrets = \"files\"\ncomponents.monitoring.type = \"monitoring\""), @r#"
    "GOMEMLIMIT" 57MiB
    "DATA_SOURCE_PASS_FILE" /run/secrets/db/password
    "DATA_SOURCE_USER" s
    "DATA_SOURCE_URI" db:5432/s?sslmode=disable
    "#);
    assert_snapshot!(env("components.monitoring = { type = \"monitoring\", databases.db = { secret = \"alerting\" } }"), @r#"
    "GOMEMLIMIT" 57MiB
    "DATA_SOURCE_NAME" {"secretKeyRef":{"key":"url","name":"alerting"}}
    "PGSSLMODE" disable
    "#);
}

/// Amounts that hang together: the volume and what is kept on it, the limit and the memory that Go keeps to.
#[test]
fn amounts_leave_room() {
    let all = watched(
        ", storage = \"50Gi\", workloads.grafana.resources.limits.memory = \"1Gi\", workloads.loki.resources.limits.memory = \"2Gi\"",
    );
    let command = |kind: &str, name: &str| {
        at(find(&all, kind, name), "/spec/template/spec/containers/0/command").to_string()
    };
    let prometheus = command("StatefulSet", "monitoring-prometheus");
    assert!(prometheus.contains("--storage.tsdb.retention.size=40960MB"), "{prometheus}");
    let mut lines = String::new();
    for object in all.objects.iter().filter(|object| object.body.name().starts_with("monitoring-"))
    {
        let pod = at(object, "/spec/template/spec/containers/0");
        if pod.is_null() {
            continue;
        }
        let env = pod["env"].as_array().into_iter().flatten();
        let limit = env.into_iter().find(|one| one["name"] == "GOMEMLIMIT");
        let rollout = at(object, "/spec/strategy/type");
        let _ = writeln!(
            lines,
            "{} {} {} {rollout}",
            object.body.name(),
            pod["resources"]["limits"]["memory"],
            limit.map_or(&Value::Null, |one| &one["value"]),
        );
    }
    assert_snapshot!(lines, @r#"
    monitoring-alertmanager "128Mi" "115MiB" null
    monitoring-loki "2Gi" "1843MiB" null
    monitoring-prometheus "1Gi" null null
    monitoring-alloy "384Mi" null "Recreate"
    monitoring-broker-exporter "64Mi" "57MiB" "Recreate"
    monitoring-celery-exporter "192Mi" null "Recreate"
    monitoring-db-exporter "64Mi" "57MiB" "Recreate"
    monitoring-grafana "1Gi" "921MiB" "RollingUpdate"
    monitoring-kube-state-metrics "128Mi" "115MiB" "Recreate"
    "#);
}

fn refused(more: &str, patch: &str) -> String {
    case(&format!(
        "{STAGE}components.monitoring = {{ type = \"monitoring\"{more} }}\n[[patches]]\n{patch}"
    ))
}

/// What a patch takes from monitoring is told: nothing of the cluster would.
#[test]
fn what_is_scraped_is_there_and_open() {
    let ports = |ports: &str| {
        let target = "target = { kind = \"Deployment\", name = \"monitoring-db-exporter\" }";
        let container = format!("{{ name = \"monitoring-db-exporter\", ports = [{ports}] }}");
        refused(
            "",
            &format!(
                "{target}\nremove = [\"spec.template.spec.containers[monitoring-db-exporter].ports\"]\nmerge.spec.template.spec.containers = [{container}]"
            ),
        )
    };
    assert_snapshot!(ports("{ name = \"metrics\", containerPort = 9188 }"), @"
    port-mismatch 13:84 the port `metrics` of Deployment/monitoring-db-exporter is 9188, and its metrics are at 9187 |  | keep the generated number: the program listens there
    missing-flow 13:84 `monitoring-db-exporter` serves 9188, and the network policies let `monitoring-prometheus` to 9187 |  | change the port of the component rather than that of its pods
    ");
    assert_snapshot!(ports("{ name = \"numbers\", containerPort = 9187 }"), @"
    port-mismatch 9:12 no port of Deployment/monitoring-db-exporter is called `metrics`, by which its metrics are found |  | known is `numbers`
    dangling-reference 9:12 the pods of Deployment/monitoring-db-exporter have no port `metrics` |  | their ports are `numbers`
    dangling-reference 12:11 the probe asks a port `metrics`, which `monitoring-db-exporter` does not have | takes a part out | known is `numbers`
    ");
    let policy = |name: &str, rules: &str| {
        format!(
            "target = {{ kind = \"NetworkPolicy\", name = \"{name}\" }}\nremove = [\"spec.ingress\"]\nmerge.spec.ingress = [{rules}]"
        )
    };
    let anybody = policy("web", "{ ports = [{ port = 8001, endPort = 8002 }] }");
    assert_snapshot!(refused("", &anybody), @"undeclared-flow 13:23 NetworkPolicy/web lets in everybody |  | name the callers: `from = [{ podSelector.matchLabels = { … } }]`");
    let nobody = policy("monitoring-db-exporter", "");
    assert_snapshot!(refused("", &nobody), @"missing-flow 13:22 no network policy lets `monitoring-prometheus` (TCP 9187) in to `monitoring-db-exporter` |  | keep the generated ingress rules, or let it in by a NetworkPolicy in `[[objects]]`");
    assert_snapshot!(refused(", operator = true", &nobody), @"missing-flow 13:22 no network policy lets the prometheus of namespace `monitoring` (TCP 9187) in to `monitoring-db-exporter` |  | keep the generated ingress rules, or let it in by a NetworkPolicy in `[[objects]]`");
    let wide = policy(
        "monitoring-db-exporter",
        "{ ports = [{ port = 9187 }], from = [{ namespaceSelector.matchLabels.\"kubernetes.io/metadata.name\" = \"monitoring\" }] }",
    );
    assert_snapshot!(refused(", operator = true", &wide), @"undeclared-flow 13:60 NetworkPolicy/monitoring-db-exporter lets in every pod of namespace `monitoring` |  | name the pods: `prometheus-pods` and `grafana-pods` of `operator` say which");
}

#[test]
fn what_is_read_of_the_api_is_allowed() {
    let without = |kind: &str, name: &str, field: &str| {
        refused(
            "",
            &format!("target = {{ kind = \"{kind}\", name = \"{name}\" }}\nremove = [\"{field}\"]"),
        )
    };
    assert_snapshot!(without("Role", "monitoring-alloy", "rules"), @"incomplete-object 12:11 `monitoring-alloy` may not get, list, watch `pods`; get `pods/log`, which it does | takes a part out | keep the generated rules, and the binding that gives them to its account");
    assert_snapshot!(without("RoleBinding", "monitoring-kube-state-metrics", "subjects"), @"incomplete-object 12:11 `monitoring-kube-state-metrics` may not list, watch `deployments`; list, watch `pods`; list, watch `statefulsets`, which it does | takes a part out | keep the generated rules, and the binding that gives them to its account");
    assert_snapshot!(without("ClusterRole", "s-monitoring-prometheus", "rules"), @"incomplete-object 12:11 `monitoring-prometheus` may not get, list, watch `nodes`; get `nodes/metrics`, which it does | takes a part out | keep the generated rules, and the binding that gives them to its account");
    assert_snapshot!(without("ClusterRoleBinding", "s-monitoring-prometheus", "subjects"), @"incomplete-object 12:11 `monitoring-prometheus` may not get, list, watch `nodes`; get `nodes/metrics`, which it does | takes a part out | keep the generated rules, and the binding that gives them to its account");
}

/// A pooler's database is watched itself, and an RDS is verified as by the processes.
#[test]
fn exporters_follow_the_backing_services() {
    let pooled = based(&format!(
        "{STAGE}components.pooler = {{ type = \"pgbouncer\", database = \"db\" }}\ncomponents.monitoring.type = \"monitoring\""
    ));
    assert!(find_maybe(&pooled, "Deployment", "monitoring-db-exporter").is_some());
    assert!(find_maybe(&pooled, "Deployment", "monitoring-pooler-exporter").is_none());
    let rds = based(
        "config.pki.\"ca.pem\" = \"PEM\"\ncomponents.db = { type = \"rds\", host = \"s.abc123.us-east-1.rds.amazonaws.com\", cidrs = [\"10.1.0.0/16\"], ca = { config = \"pki\", key = \"ca.pem\" } }\ncomponents.monitoring.type = \"monitoring\"",
    );
    let exporter = find(&rds, "Deployment", "monitoring-db-exporter");
    let env = at(exporter, "/spec/template/spec/containers/0/env");
    let env: Vec<&Value> = env.as_array().into_iter().flatten().map(|env| &env["name"]).collect();
    assert_eq!(env, ["GOMEMLIMIT", "DATA_SOURCE_NAME", "PGSSLMODE", "PGSSLROOTCERT"]);
    let mounts = at(exporter, "/spec/template/spec/containers/0/volumeMounts").to_string();
    assert!(mounts.contains("/etc/ssl/seaway/db"), "{mounts}");
}

/// Text of a file of the Prometheus of the stage.
pub(crate) fn of_prometheus(bundle: &Bundle, file: &str) -> String {
    let config = find(bundle, "ConfigMap", "monitoring-prometheus");
    let text = json(config)["data"][file].as_str().unwrap_or_default().to_owned();
    assert!(!text.is_empty(), "{file}");
    text
}

/// What cert-manager makes, it tells the end of: at its Service, which an alert is about.
#[test]
fn certificates_of_an_issuer_are_watched() {
    let exposed = |more: &str| {
        based(&format!(
            "cluster.provides = [\"IngressClass/traefik\", \"ClusterIssuer/le\"]\napp.hosts = [\"shop.example.com\"]\n\
             components.monitoring = {{ type = \"monitoring\"{more} }}\n\
             components.web.expose = {{ type = \"ingress\", class = \"traefik\", from-namespaces = [\"traefik\"], issuer = \"le\" }}"
        ))
    };
    let way = |bundle: &Bundle| {
        at(find(bundle, "NetworkPolicy", "monitoring-prometheus"), "/spec/egress").to_string()
    };
    let usual = exposed("");
    assert!(
        of_prometheus(&usual, "prometheus.yml").contains("\"cert-manager.cert-manager.svc:9402\"")
    );
    assert!(of_prometheus(&usual, "rules.yml").contains("CertificateExpires"));
    assert!(
        way(&usual).contains("\"kubernetes.io/metadata.name\":\"cert-manager\""),
        "{}",
        way(&usual)
    );
    let other = exposed(", cert-manager-namespace = \"pki\"");
    assert!(of_prometheus(&other, "prometheus.yml").contains("\"cert-manager.pki.svc:9402\""));
    assert!(way(&other).contains("\"kubernetes.io/metadata.name\":\"pki\""), "{}", way(&other));
    let none = watched("");
    assert!(!of_prometheus(&none, "prometheus.yml").contains("cert-manager"));
    assert!(!of_prometheus(&none, "rules.yml").contains("Certificate"));
}

/// A cache outside of the cluster is full by design, too; a broker is not.
#[test]
fn a_cache_may_evict() {
    let of = |roles: &str| {
        let stage = based(&format!(
            "components.redis = {{ type = \"elasticache\", host = \"r.example.com\", roles = [{roles}], cidrs = [\"10.0.0.0/8\"] }}\n\
             components.monitoring.type = \"monitoring\""
        ));
        of_prometheus(&stage, "rules.yml").contains("RedisEvicts")
    };
    assert!(!of("\"cache\""));
    assert!(of("\"cache\", \"broker\""));
}

/// Each alert of each stage leads to a part of the page.
#[test]
fn each_alert_of_the_stacks_has_a_runbook() {
    let page = include_str!("../../RUNBOOKS.md");
    let mut seen = 0;
    for (stack, source, stage) in common::all() {
        let (bundle, _) = common::compile(&source, &stage);
        let objects = bundle.map(|bundle| bundle.objects).unwrap_or_default();
        for object in &objects {
            let text = match object.body.kind() {
                "ConfigMap" => {
                    at(object, "/data/rules.yml").as_str().unwrap_or_default().to_owned()
                }
                "PrometheusRule" if !object.is_own => yaml(&object.body),
                _ => continue,
            };
            let names = text.lines().filter_map(|line| line.trim().strip_prefix("- alert: "));
            for name in names {
                assert!(page.contains(&format!("\n## {name}\n")), "{stack} {stage}: {name}");
                seen += 1;
            }
        }
    }
    assert!(seen > 50, "{seen}");
}

/// Where it keeps how far it has read is writable, and it collects alone.
#[test]
fn alloy_keeps_its_positions_on_a_volume() {
    let all = watched("");
    let spec = at(find(&all, "Deployment", "monitoring-alloy"), "/spec/template/spec");
    let container = &spec["containers"][0];
    let words = container["command"].as_array().cloned().unwrap_or_default();
    let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
    assert!(words.contains(&"--storage.path=/tmp/alloy"), "{words:?}");
    assert!(words.iter().all(|word| !word.contains("cluster")), "{words:?}");
    let mounts = container["volumeMounts"].as_array().cloned().unwrap_or_default();
    let mount =
        mounts.iter().find(|mount| mount["mountPath"] == "/tmp").cloned().unwrap_or_default();
    let volumes = spec["volumes"].as_array().cloned().unwrap_or_default();
    let volume = volumes.iter().find(|volume| volume["name"] == mount["name"]);
    assert!(volume.is_some_and(|volume| volume["emptyDir"].is_object()), "{mounts:?}");
    assert_ne!(mount["readOnly"], true);
}
