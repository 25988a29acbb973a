//! What `cluster.provider` stands for, and what overrides it.

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{at, bundle, case, find, pod_spec, workloads};

/// The ways of `web` to the DNS, a line a rule: ports, then peers.
fn dns(cluster: &str) -> String {
    let text = format!(
        "name = \"s\"\napp = {{ image = \"a:1\", module = \"s\" }}\n{cluster}\ncomponents.web.type = \"web\"\n[stages.x]\n"
    );
    let bundle = bundle(&text);
    let rules = at(find(&bundle, "NetworkPolicy", "web"), "/spec/egress");
    let line = |rule: &Value| {
        let ports = rule["ports"].as_array().expect("ports").iter();
        let ports = ports
            .map(|port| format!("{} {}", port["protocol"].as_str().expect("one"), port["port"]));
        let peers =
            rule["to"].as_array().expect("peers").iter().map(|peer| {
                let range = peer["ipBlock"]["cidr"].as_str();
                range.map_or_else(|| {
                let namespace =
                    &peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"];
                format!(
                    "{} {}",
                    namespace.as_str().expect("a namespace"),
                    peer["podSelector"]["matchLabels"]
                )
            }, str::to_owned)
            });
        format!(
            "{} to {}",
            ports.collect::<Vec<_>>().join(", "),
            peers.collect::<Vec<_>>().join(", ")
        )
    };
    rules.as_array().expect("rules").iter().map(line).collect::<Vec<_>>().join("\n")
}

/// jupyterhub/zero-to-jupyterhub-k8s#3167: not every cluster answers where kubeadm's do.
#[test]
fn each_platform_answers_to_dns_at_its_own_place() {
    assert_snapshot!(dns(""), @r#"
    UDP 53, TCP 53, UDP 5353, TCP 5353 to kube-system {"k8s-app":"kube-dns"}, openshift-dns null
    UDP 53, TCP 53 to 169.254.20.10/32, 169.254.169.254/32
    "#);
    assert_snapshot!(dns("cluster.provider = \"generic\""), @r#"
    UDP 53, TCP 53, UDP 5353, TCP 5353 to kube-system {"k8s-app":"kube-dns"}, openshift-dns null
    UDP 53, TCP 53 to 169.254.20.10/32, 169.254.169.254/32
    "#);
    for plain in ["minikube", "kind", "k3s", "kops", "aks", "doks"] {
        assert_eq!(
            dns(&format!("cluster.provider = \"{plain}\"")),
            "UDP 53, TCP 53 to kube-system {\"k8s-app\":\"kube-dns\"}",
            "{plain}"
        );
    }
    assert_snapshot!(dns("cluster.provider = \"eks\""), @r#"UDP 53, TCP 53 to kube-system {"k8s-app":"kube-dns"}, 10.100.0.10/32, 172.20.0.10/32"#);
    assert_snapshot!(dns("cluster.provider = \"gke\""), @r#"UDP 53, TCP 53 to kube-system {"k8s-app":"kube-dns"}, kube-system {"k8s-app":"node-local-dns"}, 169.254.20.10/32, 169.254.169.254/32"#);
    assert_snapshot!(dns("cluster.provider = \"openshift\""), @"UDP 5353, TCP 5353 to openshift-dns null");
}

#[test]
fn a_stack_says_where_dns_answers() {
    assert_snapshot!(dns("cluster.dns = \"10.0.0.10\""), @"UDP 53, TCP 53 to 10.0.0.10/32");
    assert_snapshot!(dns("cluster = { provider = \"kops\", dns = [\"169.254.169.254\", \"fd00::a\"] }"), @"UDP 53, TCP 53 to 169.254.169.254/32, fd00::a/128");
    assert_snapshot!(dns("cluster.dns = { namespace = \"dns\", labels = { app = \"dns\" }, port = 5353 }"), @r#"UDP 5353, TCP 5353 to dns {"app":"dns"}"#);
    assert_snapshot!(dns("cluster = { provider = \"kops\", node-local-dns = true }"), @r#"UDP 53, TCP 53 to kube-system {"k8s-app":"kube-dns"}, 169.254.20.10/32"#);
    assert_snapshot!(dns("cluster = { provider = \"gke\", node-local-dns = true }"), @r#"UDP 53, TCP 53 to kube-system {"k8s-app":"kube-dns"}, kube-system {"k8s-app":"node-local-dns"}, 169.254.169.254/32, 169.254.20.10/32"#);
    assert_snapshot!(case("cluster.dns = \"dns.local\"\n"), @"invalid-value 5:15 `dns.local` is not an IP address |  | write for example `169.254.169.254`");
    assert_snapshot!(case("cluster.dns = [{ port = 53 }]\n"), @"missing-field 5:16 `namespace` is missing |  | add `namespace = …`");
}

/// A policy of a user that lets pods ask another cluster's DNS leaves them without names.
#[test]
fn a_patched_policy_has_to_reach_the_dns_of_its_platform() {
    let patched = |provider: &str| {
        case(&format!(
            "cluster.provider = \"{provider}\"\ncomponents.db.type = \"postgres\"\ncomponents.web.env.A = \"${{db.url}}\"\n\
             [[patches]]\ntarget = {{ kind = \"NetworkPolicy\", name = \"web\" }}\n\
             merge.spec.egress = [{{ to = [{{ namespaceSelector.matchLabels = {{ \"kubernetes.io/metadata.name\" = \"kube-system\" }} }}], ports = [{{ protocol = \"UDP\", port = 53 }}, {{ protocol = \"TCP\", port = 53 }}] }}, {{ to = [{{ podSelector.matchLabels = {{ \"app.kubernetes.io/instance\" = \"db\" }} }}], ports = [{{ port = 5432 }}] }}]\n"
        ))
    };
    assert_snapshot!(patched("kops"), @"14 objects");
    assert_snapshot!(patched("openshift"), @"missing-flow 10:21 no network policy lets `web` out to the DNS of the cluster (UDP 5353), the DNS of the cluster (TCP 5353) |  | keep the generated egress rules, or let it out in a NetworkPolicy in `[[objects]]`");
}

const OPENSHIFT: &str = "name = \"forms\"\napp = { image = \"a:1\", module = \"forms\" }\ncluster.provider = \"openshift\"\n\
     components.db.type = \"postgres\"\ncomponents.broker = { type = \"redis\", durable = true }\n\
     components.search.type = \"meilisearch\"\ncomponents.worker = { type = \"worker\", env.S = \"${search.url}\" }\n\
     components.migrate.type = \"migrate\"\n";

/// goharbor/harbor-helm#874: `restricted-v2` refuses each user id but those of the namespace.
#[test]
fn openshift_chooses_user_ids() {
    let text = format!(
        "{OPENSHIFT}components.web = {{ type = \"web\", static-files = {{ type = \"sidecar\" }} }}\n[stages.x]\n"
    );
    let bundle = bundle(&text);
    let mut seen = 0;
    for object in workloads(&bundle) {
        let spec = pod_spec(object);
        let text = spec.to_string();
        assert!(
            !["runAsUser", "runAsGroup", "fsGroup\""].iter().any(|field| text.contains(field)),
            "{text}"
        );
        assert_eq!(spec["securityContext"]["runAsNonRoot"], true);
        seen += 1;
    }
    assert!(seen >= 6, "{seen}");
}

#[test]
fn a_stack_leaves_user_ids_to_the_cluster() {
    let of = |more: &str| {
        let text = format!(
            "name = \"s\"\napp = {{ image = \"a:1\", module = \"s\" {more} }}\ncomponents.web.type = \"web\"\n[stages.x]\n"
        );
        pod_spec(find(&bundle(&text), "Deployment", "web"))["securityContext"].to_string()
    };
    assert_snapshot!(of(""), @r#"{"fsGroup":10001,"fsGroupChangePolicy":"OnRootMismatch","runAsGroup":10001,"runAsNonRoot":true,"runAsUser":10001,"seccompProfile":{"type":"RuntimeDefault"}}"#);
    assert_snapshot!(of(", run-as-user = false"), @r#"{"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}}"#);
    assert_snapshot!(of(", run-as-user = 2000"), @r#"{"fsGroup":2000,"fsGroupChangePolicy":"OnRootMismatch","runAsGroup":2000,"runAsNonRoot":true,"runAsUser":2000,"seccompProfile":{"type":"RuntimeDefault"}}"#);
    assert_snapshot!(case("app.run-as-user = true\n"), @"invalid-value 5:19 `run-as-user = true` names no user |  | write a user id, or `false` for the one that the cluster chooses");
}
