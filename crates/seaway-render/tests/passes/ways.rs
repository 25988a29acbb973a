//! Ways out in words: the internet, the API server, pods of other namespaces, and what no way leads to.

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{at, based, bundle, case, find, find_maybe};

/// The rules of a policy behind those for DNS, a line each: ports, then peers.
fn ways_of(text: &str, policy: &str) -> String {
    let bundle = bundle(text);
    let rules = at(find(&bundle, "NetworkPolicy", policy), "/spec/egress");
    let is_dns = |rule: &&Value| {
        rule["ports"].as_array().is_some_and(|ports| ports.iter().any(|port| port["port"] == 53))
    };
    let line = |rule: &Value| {
        let ports = rule["ports"].as_array().expect("ports").iter();
        let ports: Vec<String> = ports.map(|port| port["port"].to_string()).collect();
        let peers = rule["to"].as_array().expect("peers").iter().map(|peer| {
            let block = &peer["ipBlock"];
            match block["cidr"].as_str() {
                Some(range) if block["except"].is_null() => range.to_owned(),
                Some(range) => format!("{range} but {}", block["except"]),
                None => format!(
                    "{} {}",
                    peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"],
                    peer["podSelector"]["matchLabels"]
                ),
            }
        });
        format!("{} to {}", ports.join(", "), peers.collect::<Vec<_>>().join(", "))
    };
    let rules = rules.as_array().cloned().unwrap_or_default();
    rules.iter().filter(|rule| !is_dns(rule)).map(line).collect::<Vec<_>>().join("\n")
}

fn ways(cluster: &str, egress: &str) -> String {
    ways_of(
        &format!(
            "name = \"s\"\napp = {{ image = \"a:1\", module = \"s\", egress = [{egress}] }}\n{cluster}\ncomponents.web.type = \"web\"\n[stages.x]\n"
        ),
        "web",
    )
}

/// A case of [`case`] with a way out.
fn told(egress: &str) -> String {
    case(&format!("app.egress = [{egress}]\n"))
}

const INTERNET: &str = "{ to = \"internet\", ports = [443, 587] }";

#[test]
fn the_internet_is_what_is_public() {
    assert_snapshot!(ways("", INTERNET), @r#"443, 587 to 0.0.0.0/0 but ["10.0.0.0/8","100.64.0.0/10","169.254.0.0/16","172.16.0.0/12","192.168.0.0/16"]"#);
    assert_snapshot!(ways("cluster = { provider = \"eks\", region = \"eu-central-1\", network = \"10.0.0.0/16\", services = \"10.100.0.0/16\" }", INTERNET), @r#"443, 587 to 0.0.0.0/0 but ["10.0.0.0/8","100.64.0.0/10","169.254.0.0/16","172.16.0.0/12","192.168.0.0/16"]"#);
    // A cluster that uses public addresses as its own.
    assert_snapshot!(ways("cluster = { network = \"198.18.0.0/16\", services = \"192.168.4.0/24\" }", INTERNET), @r#"443, 587 to 0.0.0.0/0 but ["10.0.0.0/8","100.64.0.0/10","169.254.0.0/16","172.16.0.0/12","192.168.0.0/16","198.18.0.0/16"]"#);
    assert_snapshot!(ways("cluster.ip-families = [\"ipv4\", \"ipv6\"]", INTERNET), @r#"443, 587 to 0.0.0.0/0 but ["10.0.0.0/8","100.64.0.0/10","169.254.0.0/16","172.16.0.0/12","192.168.0.0/16"], ::/0 but ["fc00::/7","fe80::/10"]"#);
}

#[test]
fn the_api_server_is_where_the_platform_has_it() {
    const API: &str = "{ to = \"kubernetes-api\" }";
    assert_snapshot!(ways("", API), @r#"443, 6443, 8443 to 0.0.0.0/0 but ["169.254.169.254/32"]"#);
    assert_snapshot!(ways("cluster.provider = \"kind\"", API), @r#"443, 6443 to 0.0.0.0/0 but ["169.254.169.254/32"]"#);
    assert_snapshot!(ways("cluster = { provider = \"eks\", network = \"10.0.0.0/16\", services = \"10.100.0.0/16\" }", API), @r#"
    443 to 10.0.0.0/16
    443 to 10.100.0.1/32
    "#);
    assert_snapshot!(ways("cluster.provider = \"eks\"", API), @"443 to 10.100.0.1/32, 172.20.0.1/32");
    assert_snapshot!(ways("cluster = { network = \"10.1.0.0/16\", services = \"10.96.0.0/12\", api-ports = [16443] }", API), @r#"
    16443 to 10.1.0.0/16
    443 to 10.96.0.1/32
    "#);
    assert_snapshot!(ways("cluster.network = \"10.1.0.0/16\"", "{ to = \"kubernetes-api\", ports = [7443] }"), @"7443 to 10.1.0.0/16");
}

/// cilium/cilium#20550: to Cilium no range means the API server on a node.
#[test]
fn with_cilium_a_policy_of_its_own_names_the_api_server() {
    let entity = |more: &str| {
        let bundle = bundle(&format!(
            "name = \"s\"\napp = {{ image = \"a:1\", module = \"s\" }}\ncluster = {{ cni = \"cilium\", network = \"10.1.0.0/16\" }}\n\
             components.web = {{ type = \"web\", {more} }}\ncomponents.worker = {{ type = \"web\", egress = [{{ to = \"kubernetes-api\" }}] }}\n[stages.x]\n"
        ));
        let policies =
            bundle.objects.iter().filter(|object| object.body.kind() == "CiliumNetworkPolicy");
        let line = |object| format!("{} {}", at(object, "/metadata/name"), at(object, "/spec"));
        policies.map(line).collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(entity("egress = [{ to = \"kubernetes-api\" }]"), @r#""kubernetes-api" {"egress":[{"toEntities":["kube-apiserver"],"toPorts":[{"ports":[{"port":"443","protocol":"TCP"},{"port":"6443","protocol":"TCP"},{"port":"8443","protocol":"TCP"}]}]}],"endpointSelector":{"matchExpressions":[{"key":"app.kubernetes.io/instance","operator":"In","values":["web","worker"]}]}}"#);
    assert_snapshot!(entity("egress = [{ to = \"kubernetes-api\", ports = [7443] }]"), @r#"
    "kubernetes-api" {"egress":[{"toEntities":["kube-apiserver"],"toPorts":[{"ports":[{"port":"443","protocol":"TCP"},{"port":"6443","protocol":"TCP"},{"port":"8443","protocol":"TCP"}]}]}],"endpointSelector":{"matchLabels":{"app.kubernetes.io/instance":"worker"}}}
    "kubernetes-api-web" {"egress":[{"toEntities":["kube-apiserver"],"toPorts":[{"ports":[{"port":"7443","protocol":"TCP"}]}]}],"endpointSelector":{"matchLabels":{"app.kubernetes.io/instance":"web"}}}
    "#);
}

/// goauthentik/helm: a Role without a way to the API server is of no use.
#[test]
fn rules_open_the_way_to_the_api_server() {
    const RULES: &str =
        ", service-account = { rules = [{ resources = [\"pods\"], verbs = [\"get\"] }] }";
    let text = |more: &str| {
        format!(
            "name = \"s\"\napp = {{ image = \"a:1\", framework = \"none\" }}\ncluster = {{ provider = \"eks\", network = \"10.0.0.0/16\", services = \"10.100.0.0/16\" }}\n\
             components.worker = {{ type = \"process\", command = [\"ak\"]{more} }}\n[stages.x]\n"
        )
    };
    assert_snapshot!(ways_of(&text(RULES), "worker"), @r#"
    443 to 10.0.0.0/16
    443 to 10.100.0.1/32
    "#);
    assert_eq!(ways_of(&text(""), "worker"), "");
    // Said twice it is one rule.
    let twice = text(&format!("{RULES}, egress = [{{ to = \"kubernetes-api\" }}]"));
    assert_eq!(ways_of(&twice, "worker"), ways_of(&text(RULES), "worker"));
}

const RULES: &str = "components.web.service-account = { rules = [{ resources = [\"pods\"], verbs = [\"get\"] }] }\n";

fn patch(kind: &str, name: &str, merge: &str) -> String {
    format!("[[patches]]\ntarget = {{ kind = \"{kind}\", name = \"{name}\" }}\nmerge = {merge}\n")
}

#[test]
fn a_token_needs_a_way_to_the_api_server() {
    let closed = patch("NetworkPolicy", "web", "{ spec.egress = [] }");
    assert_snapshot!(case(&format!("{RULES}{closed}")), @"missing-flow 8:25 no network policy lets `web` out to the API server (TCP 443) |  | keep the generated egress rules, or let it out in a NetworkPolicy in `[[objects]]`");
    let token =
        patch("Deployment", "web", "{ spec.template.spec.automountServiceAccountToken = true }");
    assert_snapshot!(case(&token), @"missing-flow 3:12 no network policy lets `web` out to the API server (TCP 443) |  | keep the generated egress rules, or let it out in a NetworkPolicy in `[[objects]]`");
    assert_snapshot!(case(&format!("app.egress = [{{ to = \"kubernetes-api\" }}]\n{token}")), @"6 objects");
    // To Cilium only its own policy is the way.
    let cilium = "cluster = { cni = \"cilium\", network = \"10.1.0.0/16\" }\n";
    assert_snapshot!(case(&format!("{cilium}{RULES}")), @"9 objects");
    let other = patch(
        "CiliumNetworkPolicy",
        "kubernetes-api",
        "{ spec.egress = [{ toEntities = [\"host\"] }] }",
    );
    assert_snapshot!(case(&format!("{cilium}{RULES}{other}")), @"missing-flow 5:39 no network policy lets `web` out to the API server (TCP 443) |  | keep the generated egress rules, or let it out in a NetworkPolicy in `[[objects]]`");
}

#[test]
fn a_patch_that_shuts_a_way_in_words_is_found() {
    let narrowed = patch(
        "NetworkPolicy",
        "web",
        "{ spec.egress = [{ to = [{ ipBlock.cidr = \"8.0.0.0/8\" }] }, { ports = [{ port = 53 }, { port = 53, protocol = \"UDP\" }] }] }",
    );
    for (way, whole) in [
        ("{ to = \"internet\", ports = [443] }", "{ to = [{ ipBlock.cidr = \"0.0.0.0/0\" }] }"),
        (
            "{ to = { namespace = \"databases\", labels = { a = \"b\" } }, ports = [5432] }",
            "{ to = [{ namespaceSelector.matchLabels = { \"kubernetes.io/metadata.name\" = \"databases\" } }] }",
        ),
        (
            "{ cidr = \"8.0.0.0/7\", except = [\"9.1.0.0/16\"], ports = [443] }",
            "{ to = [{ ipBlock = { cidr = \"8.0.0.0/7\", except = [\"9.1.2.0/24\"] } }] }",
        ),
    ] {
        let stack = format!("app.egress = [{way}]\n");
        let told = case(&format!("{stack}{narrowed}"));
        assert!(told.starts_with("missing-flow"), "{told}");
        let wide = patch(
            "NetworkPolicy",
            "web",
            &format!(
                "{{ spec.egress = [{whole}, {{ ports = [{{ port = 53 }}, {{ port = 53, protocol = \"UDP\" }}] }}] }}"
            ),
        );
        let told = case(&format!("{stack}{wide}"));
        assert!(told.ends_with(" objects"), "{told}");
    }
}

#[test]
fn what_a_way_out_must_not_say() {
    let all = [
        told("{ ports = [443] }"),
        told("{ to = \"internet\" }"),
        told("{ to = \"internet\", cidr = \"10.0.0.0/8\", ports = [443] }"),
        told("{ to = \"internet\", except = [\"10.0.0.0/8\"], ports = [443] }"),
        told("{ to = { namespace = \"s\" }, ports = [443] }"),
        told(
            "{ to = { namespace = \"s\", labels = { \"cnpg.io/cluster\" = \"pg\" } }, ports = [5432] }",
        ),
        told("{ cidr = \"0.0.0.0/0\", ports = [443] }"),
        told("{ cidr = \"0.0.0.0/0\", except = [\"169.254.169.254/32\"], ports = [443] }"),
        told("{ cidr = \"::/0\", ports = [443] }"),
    ];
    assert_snapshot!(all.join("\n"), @r#"
    missing-field 5:15 a way out that does not say where it leads |  | add `to = "internet"`, `to = "kubernetes-api"`, `to = { namespace = "…" }`, or a range, `cidr = "10.0.16.0/20"`
    missing-field 5:15 a way out without `ports` | nothing of it could be reached | name the ports that are called, for example `ports = [443]`
    conflict 5:22 `to` and `cidr` both say where it lies |  | remove one of them
    conflict 5:44 `except` without `cidr` | no range that it could be taken out of | remove `except`: `internet` leaves out private ranges, `cluster.network` and `cluster.services`
    invalid-value 5:36 a way out to all pods of the stack's own namespace | the namespace of the stack | refer to the component that is called; for pods that an operator makes name their labels, for example `to = { namespace = "s", labels = { "cnpg.io/cluster" = "…" } }`
    6 objects
    wide-egress 5:24 `0.0.0.0/0` takes in the private addresses of the cluster and its cloud | other pods, nodes, and what hands out the rights of the node | write `{ to = "internet", ports = […] }`, which leaves them out; if they are meant, say why: `allow.wide-egress = "…"`
    6 objects
    wide-egress 5:24 `::/0` takes in the private addresses of the cluster and its cloud | other pods, nodes, and what hands out the rights of the node | write `{ to = "internet", ports = […] }`, which leaves them out; if they are meant, say why: `allow.wide-egress = "…"`
    "#);
}

/// cilium/cilium#14497: to Cilium a range never means a pod; elsewhere pods move.
#[test]
fn a_host_of_another_namespace_is_its_pods() {
    let of = |cluster: &str, component: &str| {
        ways_of(
            &format!(
                "name = \"s\"\napp = {{ image = \"a:1\", module = \"s\" }}\nsecrets.pg.keys = [\"url\"]\n{cluster}\n\
                 components.x = {{ {component} }}\ncomponents.web = {{ type = \"web\", env.H = \"${{x.host}}\" }}\n[stages.x]\n"
            ),
            "web",
        )
    };
    let external = "type = \"external\", port = 5432, secret = \"pg\", host = ";
    for cni in [
        "",
        "cluster.cni = \"cilium\"",
        "cluster = { provider = \"eks\", network = \"10.0.0.0/16\" }",
    ] {
        let host = format!("{external}\"pg-rw.databases.svc.cluster.local\"");
        assert_eq!(of(cni, &host), "5432 to \"databases\" null", "{cni}");
    }
    let all = [
        of(
            "",
            &format!(
                "{external}\"pg.databases.svc\", to = {{ namespace = \"databases\", labels = {{ role = \"primary\" }} }}"
            ),
        ),
        of("", &format!("{external}\"pg.example.com\", to = \"internet\"")),
        of(
            "cluster.network = \"10.0.0.0/16\"",
            "type = \"elasticache\", host = \"valkey.caches.svc.cluster.local\"",
        ),
        of(
            "cluster.network = \"10.0.0.0/16\"",
            "type = \"elasticache\", host = \"cache.example.com\", to = \"internet\"",
        ),
        of(
            "cluster.network = \"10.0.0.0/16\"",
            "type = \"elasticache\", host = \"cache.example.com\"",
        ),
    ];
    assert_snapshot!(all.join("\n"), @r#"
    5432 to "databases" {"role":"primary"}
    5432 to 0.0.0.0/0 but ["10.0.0.0/8","100.64.0.0/10","169.254.0.0/16","172.16.0.0/12","192.168.0.0/16"]
    6379 to "caches" null
    6379 to 0.0.0.0/0 but ["10.0.0.0/8","100.64.0.0/10","169.254.0.0/16","172.16.0.0/12","192.168.0.0/16"]
    6379 to 10.0.0.0/16
    "#);
}

#[test]
fn a_bucket_lies_where_it_says() {
    let of = |more: &str| {
        ways_of(
            &format!(
                "name = \"s\"\napp = {{ image = \"a:1\", module = \"s\" }}\ncluster.network = \"10.0.0.0/16\"\n\
                 components.x = {{ type = \"s3\", bucket = \"media\", region = \"a\", {more} }}\ncomponents.web.type = \"web\"\n[stages.x]\n"
            ),
            "web",
        )
    };
    let all = [
        of("to = \"internet\""),
        of("endpoint = \"http://minio.storage.svc:9000\""),
        of("endpoint = \"https://s3.example.com\", to = { namespace = \"storage\" }"),
    ];
    assert_snapshot!(all.join("\n"), @r#"
    443 to 0.0.0.0/0 but ["10.0.0.0/8","100.64.0.0/10","169.254.0.0/16","172.16.0.0/12","192.168.0.0/16"]
    9000 to "storage" null
    443 to "storage" null
    "#);
}

#[test]
fn one_thing_says_where_a_service_lies() {
    let external = |more: &str| {
        case(&format!(
            "components.x = {{ type = \"external\", port = 9092, {more} }}\ncomponents.web.env.H = \"${{x.host}}\"\n"
        ))
    };
    let all = [
        external("host = \"kafka.example.com\""),
        external("host = \"kafka.brokers.svc\", cidrs = [\"10.244.0.0/16\"]"),
        external("host = \"kafka.example.com\", to = \"internet\", cidrs = [\"10.244.0.0/16\"]"),
        external("host = \"kafka.example.com\", to = \"kubernetes-api\""),
        external("host = \"kafka.example.com\", cidrs = [\"0.0.0.0/0\"]"),
        external("host = \"kafka.s.svc\""),
        external(
            "host = \"kafka.s.svc\", to = { namespace = \"s\", labels = { \"strimzi.io/cluster\" = \"kafka\" } }",
        ),
        case(
            "components.x = { type = \"elasticache\", host = \"valkey.caches.svc\", cidrs = [\"10.244.0.0/16\"] }\ncomponents.web.env.H = \"${x.host}\"\n",
        ),
        case(
            "components.x = { type = \"s3\", bucket = \"media\", region = \"a\", endpoint = \"http://minio.storage.svc:9000\", cidrs = [\"10.244.0.0/16\"] }\n",
        ),
    ];
    assert_snapshot!(all.join("\n"), @r#"
    missing-field 5:12 `x` has no `cidrs` that it lies in | a network policy can not name a host | write its addresses, for example `cidrs = ["10.0.16.0/20"]`, or `to = "internet"` where they are not known; or as `host` the name of a Service: of `[[objects]]`, or of another namespace, `<service>.<namespace>.svc`
    conflict 5:87 `kafka.brokers.svc` is a Service of the cluster, and has no `cidrs` | pods change their addresses, and to Cilium a range never means a pod | remove `cidrs`: the policies let callers out to the namespace `brokers`; to narrow it down write `to = { namespace = "brokers", labels = { … } }`
    conflict 5:83 `to` and `cidrs` both say where it lies |  | remove one of them
    invalid-value 5:83 `x` is not the API server |  | write `to = "internet"` or `to = { namespace = "…" }`; the API server is `egress = [{ to = "kubernetes-api" }]` of the process that calls it
    wide-egress 5:87 `0.0.0.0/0` takes in the private addresses of the cluster and its cloud | other pods, nodes, and what hands out the rights of the node | write `to = "internet"`, which leaves them out; if they are meant, say why: `allow.wide-egress = "…"`
    invalid-value 5:57 a way out to all pods of the stack's own namespace | the namespace of the stack | refer to the component that is called; for pods that an operator makes name their labels, for example `to = { namespace = "s", labels = { "cnpg.io/cluster" = "…" } }`
    6 objects
    conflict 5:77 `valkey.caches.svc` is a Service of the cluster, and has no `cidrs` | pods change their addresses, and to Cilium a range never means a pod | remove `cidrs`: the policies let callers out to the namespace `caches`; to narrow it down write `to = { namespace = "caches", labels = { … } }`
    conflict 5:116 `minio.storage.svc` is a Service of the cluster, and has no `cidrs` | pods change their addresses, and to Cilium a range never means a pod | remove `cidrs`: the policies let callers out to the namespace `storage`; to narrow it down write `to = { namespace = "storage", labels = { … } }`
    "#);
}

#[test]
fn an_external_service_can_have_several_hosts() {
    let text = "name = \"s\"\napp = { image = \"a:1\", module = \"s\" }\ncomponents.kafka = { type = \"external\", host = \"b-1.kafka.svc\", \
                hosts = [\"b-2.kafka.svc\", \"b-3.example.com\"], port = 9092, ports = { admin = 9644 }, cidrs = [\"10.4.0.0/16\"] }\n\
                components.web = { type = \"web\", env = { BROKERS = \"${kafka.hosts}\", ADMIN = \"${kafka.admin-hosts}\" } }\n\
                components.worker = { type = \"process\", command = [\"work\"], env.BROKERS = \"${kafka.hosts}\" }\n[stages.x]\n";
    assert_snapshot!(ways_of(text, "web"), @r#"9092, 9644 to "kafka" null, 10.4.0.0/16"#);
    assert_snapshot!(ways_of(text, "worker"), @r#"9092 to "kafka" null, 10.4.0.0/16"#);
    let env = at(find(&bundle(text), "Deployment", "web"), "/spec/template/spec/containers/0/env");
    let of = |name: &str| {
        let mut all = env.as_array().into_iter().flatten();
        all.find(|one| one["name"] == name).map(|one| one["value"].to_string()).unwrap_or_default()
    };
    assert_snapshot!([of("BROKERS"), of("ADMIN")].join("\n"), @r#"
    "b-1.kafka.svc:9092,b-2.kafka.svc:9092,b-3.example.com:9092"
    "b-1.kafka.svc:9644,b-2.kafka.svc:9644,b-3.example.com:9644"
    "#);
    assert_snapshot!(case("components.x = { type = \"external\", host = \"a.example.com\", hosts = [\"a.example.com\"], port = 1, to = \"internet\" }\ncomponents.web.env.H = \"${x.host}\"\n"), @"conflict 5:70 the host `a.example.com` is there twice |  | remove one of them: `hosts` are those beside `host`");
}

#[test]
fn traces_and_receivers_lie_where_they_say() {
    let of = |policy: &str, more: &str| {
        ways_of(
            &format!(
                "name = \"s\"\napp = {{ image = \"a:1\", module = \"s\", hosts = [\"a.example.com\"] }}\nsecrets.alerts.keys = [\"password\", \"url\"]\n\
                 components.web.type = \"web\"\ncomponents.monitoring = {{ type = \"monitoring\", {more} }}\n[stages.x]\n"
            ),
            policy,
        )
    };
    let mail = "receivers.team = { type = \"email\", to = \"a@example.com\", from = \"b@example.com\", host = ";
    let all = [
        of(
            "web",
            &format!(
                "traces = {{ host = \"otlp.example.com\", to = \"internet\" }}, {mail}\"smtp.example.com\" }}"
            ),
        ),
        of(
            "web",
            &format!(
                "traces = {{ host = \"tempo.observability.svc\" }}, {mail}\"smtp.example.com\" }}"
            ),
        ),
        of(
            "web",
            &format!(
                "traces = {{ host = \"tempo\", to = {{ namespace = \"observability\", labels = {{ app = \"tempo\" }} }} }}, {mail}\"smtp.example.com\" }}"
            ),
        ),
        of("monitoring-alertmanager", &format!("{mail}\"smtp.example.com\" }}")),
        of(
            "monitoring-alertmanager",
            &format!("receiver-to = \"internet\", {mail}\"smtp.example.com\" }}"),
        ),
        of(
            "monitoring-alertmanager",
            &format!(
                "receiver-to = {{ namespace = \"chat\" }}, {mail}\"mail.relay.svc\", port = 25 }}, critical = \"chat\", default = \"team\", receivers.chat = {{ type = \"webhook\", secret = \"alerts\" }}"
            ),
        ),
    ];
    assert_snapshot!(all.join("\n\n"), @r#"
    4318 to 0.0.0.0/0 but ["10.0.0.0/8","100.64.0.0/10","169.254.0.0/16","172.16.0.0/12","192.168.0.0/16"]

    4318 to "observability" null

    4318 to "observability" {"app":"tempo"}

    587 to 0.0.0.0/0 but ["169.254.169.254/32"]

    587 to 0.0.0.0/0 but ["10.0.0.0/8","100.64.0.0/10","169.254.0.0/16","172.16.0.0/12","192.168.0.0/16"]

    443 to "chat" null
    25 to "relay" null
    "#);
}

/// mitos-run/mitos#704: under policies mail, error reports and log-in hang.
#[test]
fn a_host_that_no_way_leads_to_is_named() {
    let all = [
        case("app.env.EMAIL_HOST = \"smtp.example.net\"\n"),
        case("app.env = { EMAIL_HOST = \"smtp.example.net\", EMAIL_PORT = \"2525\" }\n"),
        case("app.env.OIDC_ISSUER = \"https://login.example.com/realms/store\"\n"),
        case("app.env.SENTRY_DSN = \"${secrets.sentry.dsn}\"\nsecrets.sentry.keys = [\"dsn\"]\n"),
        case("app.env.SEARCH = \"http://search.tools.svc:7700\"\n"),
        case(
            "components.worker = { type = \"process\", command = [\"w\"] }\napp.env.RABBIT = \"amqps://mq.example.com/x\"\n",
        ),
    ];
    assert_snapshot!(all.join("\n"), @r#"
    no-way-out 5:22 `EMAIL_HOST` names `smtp.example.net`, and no network policy lets `web` out to it (TCP 587) | each call hangs until it times out | add `egress = [{ to = "internet", ports = [587] }]` to `[app]` or to the component, or a component of type `external` that it refers to; if no pod calls it, say so: `allow.no-way-out = "…"`
    no-way-out 5:26 `EMAIL_HOST` names `smtp.example.net`, and no network policy lets `web` out to it (TCP 2525) | each call hangs until it times out | add `egress = [{ to = "internet", ports = [2525] }]` to `[app]` or to the component, or a component of type `external` that it refers to; if no pod calls it, say so: `allow.no-way-out = "…"`
    no-way-out 5:23 `OIDC_ISSUER` names `login.example.com`, and no network policy lets `web` out to it (TCP 443) | each call hangs until it times out | add `egress = [{ to = "internet", ports = [443] }]` to `[app]` or to the component, or a component of type `external` that it refers to; if no pod calls it, say so: `allow.no-way-out = "…"`
    no-way-out 5:22 `SENTRY_DSN` names a service outside, and no network policy lets `web` out to it (TCP 443) | each call hangs until it times out | add `egress = [{ to = "internet", ports = [443] }]` to `[app]` or to the component, or a component of type `external` that it refers to; if no pod calls it, say so: `allow.no-way-out = "…"`
    no-way-out 5:18 `SEARCH` names `search.tools.svc`, and no network policy lets `web` out to it (TCP 7700) | each call hangs until it times out | add `egress = [{ to = { namespace = "tools" }, ports = [7700] }]` to `[app]` or to the component, or a component of type `external` that it refers to; if no pod calls it, say so: `allow.no-way-out = "…"`
    no-way-out 6:18 `RABBIT` names `mq.example.com`, and no network policy lets `web`, `worker` out to it (TCP 5671) | each call hangs until it times out | add `egress = [{ to = "internet", ports = [5671] }]` to `[app]` or to the component, or a component of type `external` that it refers to; if no pod calls it, say so: `allow.no-way-out = "…"`
    "#);
}

#[test]
fn no_alarm_for_a_host_that_is_reached_or_never_called() {
    for more in [
        "app.env.EMAIL_HOST = \"smtp.example.net\"\napp.egress = [{ to = \"internet\", ports = [587] }]\n",
        "app.env = { EMAIL_HOST = \"smtp.example.net\", EMAIL_PORT = \"2525\" }\napp.egress = [{ cidr = \"192.0.2.0/24\", ports = [2525] }]\n",
        "app.env.EMAIL_HOST = \"localhost\"\n",
        "app.env.EMAIL_HOST = \"mail\"\n",
        "app.env.SITE_URL = \"https://shop.example.com\"\n",
        "app.hosts = [\"shop.example.com\"]\napp.env.WHERE = \"https://shop.example.com/x\"\n",
        "app.hosts = [\".example.com\"]\napp.env.WHERE = \"https://a.example.com\"\n",
        "app.env.CSRF_TRUSTED_ORIGINS = \"https://a.example.com\"\n",
        "app.env.ALLOWED = \"https://a.example.com,https://b.example.com\"\n",
        "app.env.LOCAL = \"http://127.0.0.1:9000\"\n",
        "app.env.NAMESPACE = \"urn://example.com\"\n",
        // Browsers read a bucket by its own domain, pods by its endpoint.
        "components.s3 = { type = \"s3\", endpoint = \"https://s3.example.com:3900\", custom-domain = \"Files.example.com\", bucket = \"shop\", region = \"eu-central-1\" }\ncomponents.web.env.FILES = \"${s3.url}\"\n",
        "app.env = { API = \"https://api.example.com\", HTTPS_PROXY = \"http://10.0.0.9:3128\" }\napp.egress = [{ cidr = \"10.0.0.9/32\", ports = [3128] }]\n",
        "app.env.SEARCH = \"http://search.tools.svc:80\"\napp.egress = [{ to = { namespace = \"tools\" }, ports = [7700] }]\n",
        // One process calls it, and has the way.
        "app.env.API = \"https://api.example.com\"\ncomponents.worker = { type = \"process\", command = [\"w\"], egress = [{ to = \"internet\", ports = [443] }] }\n",
        "components.pg = { type = \"external\", host = \"pg.example.com\", port = 5432, cidrs = [\"192.0.2.0/24\"] }\ncomponents.web.env.D = \"postgres://${pg.host}/x\"\n",
    ] {
        let told = case(more);
        assert!(told.ends_with(" objects"), "{more}{told}");
    }
}

/// The policies of cert-manager's solvers.
#[test]
fn callers_reach_the_solvers_of_acme() {
    let text = |expose: &str| {
        format!(
            "name = \"s\"\napp = {{ image = \"a:1\", module = \"s\", hosts = [\"wiki.example.org\"] }}\n\
             cluster.provides = [\"IngressClass/traefik\", \"ClusterIssuer/letsencrypt\"]\n\
             components.web = {{ type = \"web\", expose = {{ type = \"ingress\", class = \"traefik\", {expose} }} }}\n[stages.x]\n"
        )
    };
    let spec = |expose: &str| {
        let bundle = bundle(&text(expose));
        find_maybe(&bundle, "NetworkPolicy", "acme-http01-solver")
            .map(|policy| at(policy, "/spec").to_string())
    };
    assert_snapshot!(spec("issuer = \"letsencrypt\", from-namespaces = [\"kube-system\"]").unwrap_or_default(), @r#"{"ingress":[{"from":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"kube-system"}}}],"ports":[{"port":8089,"protocol":"TCP"}]}],"podSelector":{"matchLabels":{"acme.cert-manager.io/http01-solver":"true"}},"policyTypes":["Ingress"]}"#);
    assert_snapshot!(spec("issuer = \"letsencrypt\", from = [\"10.0.0.0/24\"]").unwrap_or_default(), @r#"{"ingress":[{"from":[{"ipBlock":{"cidr":"10.0.0.0/24"}}],"ports":[{"port":8089,"protocol":"TCP"}]}],"podSelector":{"matchLabels":{"acme.cert-manager.io/http01-solver":"true"}},"policyTypes":["Ingress"]}"#);
    assert_eq!(spec("from-namespaces = [\"kube-system\"]"), None);
}

/// cert-manager/website#1827: the policy of its documentation selects pods that are not in the bundle.
#[test]
fn selectors_can_name_the_pods_of_operators() {
    let policy = |labels: &str, more: &str| {
        case(&format!(
            "{more}[[objects]]\napiVersion = \"networking.k8s.io/v1\"\nkind = \"NetworkPolicy\"\nmetadata.name = \"p\"\n\
             spec = {{ podSelector.matchLabels = {{ {labels} }}, policyTypes = [\"Ingress\"], ingress = [{{ from = [{{ namespaceSelector.matchLabels = {{ \"kubernetes.io/metadata.name\" = \"kube-system\" }} }}], ports = [{{ port = 8089 }}] }}] }}\n"
        ))
    };
    for labels in [
        "\"acme.cert-manager.io/http01-solver\" = \"true\"",
        "\"cnpg.io/cluster\" = \"pg\"",
        "\"strimzi.io/cluster\" = \"k\"",
    ] {
        let told = policy(labels, "");
        assert!(told.ends_with(" objects"), "{told}");
    }
    assert_snapshot!(policy("app = \"spilo\"", ""), @r#"selector-mismatch 9:10 no pod has the labels `app=spilo` |  | name labels of pods of this stage; for pods that an operator makes, add its custom resource to `[[objects]]` and select by the name of that, or say who makes them: `allow.selector-mismatch = "…"`"#);
    let allowed = "allow.selector-mismatch = \"pods of the operator of Zalando\"\n";
    let told = policy("app = \"spilo\"", allowed);
    assert!(told.starts_with("selector-mismatch 10:10"), "{told}");
    let other = format!(
        "{allowed}[[objects]]\napiVersion = \"v1\"\nkind = \"Service\"\nmetadata.name = \"pg\"\nspec = {{ selector = {{ app = \"spilo\" }}, ports = [{{ port = 5432 }}] }}\n"
    );
    find(&based(&other), "Service", "pg");
}

#[test]
fn an_empty_list_is_left_out() {
    let bundle = bundle(
        "name = \"s\"\napp = { image = \"a:1\", module = \"s\" }\ncomponents.broker = { type = \"redis\", durable = true }\ncomponents.worker.type = \"worker\"\n[stages.x]\n",
    );
    for policy in ["default-deny", "worker", "broker"] {
        let text = crate::support::yaml(&find(&bundle, "NetworkPolicy", policy).body);
        assert!(!text.contains("[]"), "{text}");
    }
}
