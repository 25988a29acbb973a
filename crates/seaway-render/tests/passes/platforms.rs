//! What `cluster.provider` stands for, and what overrides it.

use insta::assert_snapshot;
use serde_json::Value;

use crate::common::verdict;
use crate::support::{at, bundle, case, containers, find, good, pod_spec, workloads};

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

const FAMILIES: &str = "name = \"maps\"\napp = { image = \"a:1\", module = \"maps\" }\ncomponents.db.type = \"postgres\"\n\
     components.broker = { type = \"redis\", durable = true }\ncomponents.worker.type = \"worker\"\n\
     components.flower = { type = \"flower\" }\ncomponents.monitoring = { type = \"monitoring\", logs = true }\n\
     components.web = { type = \"web\", static-files = { type = \"sidecar\" } }\n\
     components.live = { type = \"web\", server = \"uvicorn\" }\n[stages.x]\n";

/// The words of commands that say where programs listen, those of the nginx, and the families of Services.
fn listens(families: &str) -> String {
    let bundle = bundle(&format!("cluster.ip-families = [{families}]\n{FAMILIES}"));
    let mut lines = Vec::new();
    for object in workloads(&bundle) {
        for container in containers(&pod_spec(object)) {
            for word in container["command"].as_array().into_iter().flatten() {
                let word = word.as_str().expect("a word");
                let flags = ["--bind", "--host", "--address", "--server.http.listen-addr"];
                if flags.iter().any(|flag| word.starts_with(flag)) {
                    lines.push(format!("{}: {word}", object.body.name()));
                }
            }
        }
    }
    for object in &bundle.objects {
        if let Some(conf) = at(object, "/data/nginx.conf").as_str() {
            let words = conf.lines().map(str::trim);
            let words = words.filter(|line| {
                line.starts_with("listen ")
                    || line.starts_with("server 1")
                    || line.starts_with("server [")
            });
            lines.extend(words.map(str::to_owned));
        }
    }
    let service = find(&bundle, "Service", "db");
    lines.push(format!(
        "{} {}",
        at(service, "/spec/ipFamilyPolicy"),
        at(service, "/spec/ipFamilies")
    ));
    lines.join("\n")
}

/// airflow-helm/charts#905: on a cluster of IPv6 nothing answers at an address of IPv4, and probes fail.
#[test]
fn servers_listen_on_the_families_of_the_cluster() {
    assert_snapshot!(listens(""), @r#"
    flower: --address=0.0.0.0
    live: --host=0.0.0.0
    monitoring-alloy: --server.http.listen-addr=0.0.0.0:12345
    web: --bind=0.0.0.0:8000
    worker: --hostname=worker@%h
    server 127.0.0.1:8000;
    listen 8080 default_server;
    null null
    "#);
    assert_snapshot!(listens("\"ipv6\""), @r#"
    flower: --address=::
    live: --host=::
    monitoring-alloy: --server.http.listen-addr=[::]:12345
    monitoring-celery-exporter: --host=::
    web: --bind=[::]:8000
    worker: --hostname=worker@%h
    server [::1]:8000;
    listen [::]:8080 default_server;
    "SingleStack" ["IPv6"]
    "#);
    assert_snapshot!(listens("\"ipv4\", \"ipv6\""), @r#"
    flower: --address=
    live: --host=::
    monitoring-alloy: --server.http.listen-addr=[::]:12345
    monitoring-celery-exporter: --host=*
    web: --bind=[::]:8000
    worker: --hostname=worker@%h
    server 127.0.0.1:8000;
    listen 8080 default_server;
    listen [::]:8080 default_server;
    "PreferDualStack" ["IPv4","IPv6"]
    "#);
    assert_snapshot!(case("cluster.ip-families = [\"ipv4\", \"ipv6\"]\ncomponents.web = { server = \"hypercorn\", workers = 1 }\n"), @"conflict 6:29 hypercorn with one process listens on one family of addresses alone |  | write `components.web.workers = 2`, or another `server`: `granian` for example");
    good(
        "cluster.ip-families = [\"ipv4\", \"ipv6\"]\ncomponents.web = { server = \"hypercorn\", workers = 2 }\n",
    );
    good("cluster.ip-families = [\"ipv6\"]\ncomponents.web.server = \"hypercorn\"\n");
    assert_snapshot!(case("cluster.ip-families = [\"ipv6\", \"ipv6\"]\n"), @r#"conflict 5:32 the address family `ipv6` is there twice |  | write each once, the preferred one first: `["ipv4", "ipv6"]`"#);
}

/// Django compares an address of IPv6 with its brackets.
#[test]
fn an_address_of_ipv6_is_an_allowed_host_in_brackets() {
    let hosts = |families: &str| {
        let text = format!(
            "name = \"s\"\napp = {{ image = \"a:1\", module = \"s\" }}\ncluster.ip-families = [{families}]\n\
             components.web = {{ type = \"web\", expose.type = \"node-port\" }}\n[stages.x]\n"
        );
        let bundle = bundle(&text);
        let spec = pod_spec(find(&bundle, "Deployment", "web"));
        let env = spec["containers"][0]["env"].as_array().expect("variables").clone();
        let found = env.iter().find(|variable| variable["name"] == "ALLOWED_HOSTS");
        found.map(|variable| variable["value"].to_string()).unwrap_or_default()
    };
    assert_snapshot!(hosts("\"ipv6\""), @r#""localhost,127.0.0.1,[$(HOST_IP)]""#);
    assert_snapshot!(hosts("\"ipv4\", \"ipv6\""), @r#""localhost,127.0.0.1,$(HOST_IP)""#);
}

const MESHED: &str = "name = \"tickets\"\napp = { image = \"a:1\", module = \"tickets\" }\n\
     components.db.type = \"postgres\"\ncomponents.migrate.type = \"migrate\"\n\
     components.sweep = { type = \"cron\", schedule = \"@daily\", command = [\"a\"] }\n";

/// istio/istio#52742, astronomer/airflow-chart#164.
#[test]
fn pods_join_a_mesh_and_reach_its_control_plane() {
    let seen = |mesh: &str, more: &str| {
        let text = format!(
            "{MESHED}cluster.mesh = \"{mesh}\"\ncomponents.web = {{ type = \"web\" {more} }}\n[stages.x]\n"
        );
        let bundle = bundle(&text);
        let mut lines = Vec::new();
        for object in workloads(&bundle) {
            let path = if object.body.kind() == "CronJob" { "/spec/jobTemplate" } else { "" };
            let metadata = at(object, &format!("{path}/spec/template/metadata"));
            let words = ["labels", "annotations"].iter().flat_map(|list| {
                let entries = metadata[*list].as_object().cloned().unwrap_or_default();
                entries
                    .into_iter()
                    .filter(|(key, _)| key.contains("istio") || key.contains("linkerd"))
            });
            let words: Vec<String> = words.map(|(key, value)| format!("{key}={value}")).collect();
            lines.push(format!("{}: {}", object.body.kind(), words.join(" ")));
        }
        for name in ["web", "migrate"] {
            let policy = find(&bundle, "NetworkPolicy", name);
            lines.push(format!("{name} out {}", at(policy, "/spec/egress/2")));
            lines.push(format!("{name} out {}", at(policy, "/spec/egress/3")));
        }
        lines.push(format!("db in {}", at(find(&bundle, "NetworkPolicy", "db"), "/spec/ingress")));
        lines.join("\n")
    };
    assert_snapshot!(seen("istio", ""), @r#"
    StatefulSet: sidecar.istio.io/inject="true"
    Job: sidecar.istio.io/inject="false"
    Deployment: sidecar.istio.io/inject="true"
    CronJob: sidecar.istio.io/inject="false"
    web out {"ports":[{"port":15012,"protocol":"TCP"}],"to":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"istio-system"}}}]}
    web out {"ports":[{"port":5432,"protocol":"TCP"}],"to":[{"podSelector":{"matchLabels":{"app.kubernetes.io/instance":"db"}}}]}
    migrate out {"ports":[{"port":5432,"protocol":"TCP"}],"to":[{"podSelector":{"matchLabels":{"app.kubernetes.io/instance":"db"}}}]}
    migrate out null
    db in [{"from":[{"podSelector":{"matchLabels":{"app.kubernetes.io/instance":"migrate"}}},{"podSelector":{"matchLabels":{"app.kubernetes.io/instance":"sweep"}}},{"podSelector":{"matchLabels":{"app.kubernetes.io/instance":"web"}}}],"ports":[{"port":5432,"protocol":"TCP"}]}]
    "#);
    assert_snapshot!(seen("istio", ", labels = { \"sidecar.istio.io/inject\" = \"false\" }"), @r#"
    StatefulSet: sidecar.istio.io/inject="true"
    Job: sidecar.istio.io/inject="false"
    Deployment: sidecar.istio.io/inject="false"
    CronJob: sidecar.istio.io/inject="false"
    web out {"ports":[{"port":5432,"protocol":"TCP"}],"to":[{"podSelector":{"matchLabels":{"app.kubernetes.io/instance":"db"}}}]}
    web out null
    migrate out {"ports":[{"port":5432,"protocol":"TCP"}],"to":[{"podSelector":{"matchLabels":{"app.kubernetes.io/instance":"db"}}}]}
    migrate out null
    db in [{"from":[{"podSelector":{"matchLabels":{"app.kubernetes.io/instance":"migrate"}}},{"podSelector":{"matchLabels":{"app.kubernetes.io/instance":"sweep"}}},{"podSelector":{"matchLabels":{"app.kubernetes.io/instance":"web"}}}],"ports":[{"port":5432,"protocol":"TCP"}]}]
    "#);
    assert_snapshot!(seen("istio-ambient", ""), @r#"
    StatefulSet: istio.io/dataplane-mode="ambient"
    Job: istio.io/dataplane-mode="ambient"
    Deployment: istio.io/dataplane-mode="ambient"
    CronJob: istio.io/dataplane-mode="ambient"
    web out {"ports":[{"port":5432,"protocol":"TCP"},{"port":15008,"protocol":"TCP"}],"to":[{"podSelector":{"matchLabels":{"app.kubernetes.io/instance":"db"}}}]}
    web out null
    migrate out {"ports":[{"port":5432,"protocol":"TCP"},{"port":15008,"protocol":"TCP"}],"to":[{"podSelector":{"matchLabels":{"app.kubernetes.io/instance":"db"}}}]}
    migrate out null
    db in [{"from":[{"podSelector":{"matchLabels":{"app.kubernetes.io/instance":"migrate"}}},{"podSelector":{"matchLabels":{"app.kubernetes.io/instance":"sweep"}}},{"podSelector":{"matchLabels":{"app.kubernetes.io/instance":"web"}}}],"ports":[{"port":5432,"protocol":"TCP"},{"port":15008,"protocol":"TCP"}]},{"from":[{"ipBlock":{"cidr":"169.254.7.127/32"}}]}]
    "#);
    assert_snapshot!(seen("linkerd", ""), @r#"
    StatefulSet: linkerd.io/inject="enabled"
    Job: linkerd.io/inject="disabled"
    Deployment: linkerd.io/inject="enabled"
    CronJob: linkerd.io/inject="disabled"
    web out {"ports":[{"port":8080,"protocol":"TCP"},{"port":8086,"protocol":"TCP"},{"port":8090,"protocol":"TCP"},{"port":4143,"protocol":"TCP"}],"to":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"linkerd"}}}]}
    web out {"ports":[{"port":5432,"protocol":"TCP"},{"port":4143,"protocol":"TCP"}],"to":[{"podSelector":{"matchLabels":{"app.kubernetes.io/instance":"db"}}}]}
    migrate out {"ports":[{"port":5432,"protocol":"TCP"},{"port":4143,"protocol":"TCP"}],"to":[{"podSelector":{"matchLabels":{"app.kubernetes.io/instance":"db"}}}]}
    migrate out null
    db in [{"from":[{"podSelector":{"matchLabels":{"app.kubernetes.io/instance":"migrate"}}},{"podSelector":{"matchLabels":{"app.kubernetes.io/instance":"sweep"}}},{"podSelector":{"matchLabels":{"app.kubernetes.io/instance":"web"}}}],"ports":[{"port":5432,"protocol":"TCP"},{"port":4143,"protocol":"TCP"}]}]
    "#);
}

/// The issuer of credentials is asked at an address of the cluster's family.
#[test]
fn credentials_are_asked_for_by_the_families_of_the_cluster() {
    let ranges = |families: &str| {
        let text = format!(
            "name = \"s\"\napp = {{ image = \"a:1\", module = \"s\" }}\ncluster = {{ provider = \"kops\", ip-families = [{families}] }}\n\
             components.web = {{ type = \"web\", service-account.role = \"arn:aws:iam::111122223333:role/web\" }}\n[stages.x]\n"
        );
        let rules = at(find(&bundle(&text), "NetworkPolicy", "web"), "/spec/egress").to_string();
        ["0.0.0.0/0", "::/0"].map(|range| rules.contains(range))
    };
    assert_eq!(ranges(""), [true, false]);
    assert_eq!(ranges("\"ipv6\""), [false, true]);
    assert_eq!(ranges("\"ipv6\", \"ipv4\""), [true, true]);
}

/// What a controller reads beside an Ingress is found by a name in an annotation.
#[test]
fn an_annotation_leads_to_the_object_that_it_names() {
    let found = |cluster: &str, expose: &str, patch: &str| {
        let text = format!(
            "name = \"s\"\napp = {{ image = \"a:1\", module = \"s\", hosts = [\"s.example.com\"] }}\n{cluster}\n\
             components.web = {{ type = \"web\", probes.readiness.path = \"/r\", expose = {expose} }}\n[stages.x]\n{patch}"
        );
        verdict(&text, "x")
    };
    let google = |patch: &str| {
        let gce = "{ type = \"ingress\", class = \"gce\", managed-certificate = true }";
        found("cluster.provider = \"gke\"", gce, patch)
    };
    let note = |(kind, key, value): (&str, &str, &str)| {
        google(&format!(
            "[[patches]]\ntarget = {{ kind = \"{kind}\", name = \"web\" }}\n\
             merge.metadata.annotations.\"{key}\" = '{value}'\n"
        ))
    };
    assert!(!google("").contains("dangling-reference"));
    let config = "cloud.google.com/backend-config";
    let frontend = "networking.gke.io/v1beta1.FrontendConfig";
    let certificates = "networking.gke.io/managed-certificates";
    for (annotation, missing) in [
        (("Service", config, r#"{"default":"wbe"}"#), "BackendConfig `wbe`"),
        (("Service", config, r#"{"ports":{"http":"wbe"}}"#), "BackendConfig `wbe`"),
        (("Ingress", frontend, "wbe"), "FrontendConfig `wbe`"),
        (("Ingress", certificates, "web, wbe"), "ManagedCertificate `wbe`"),
    ] {
        let found = note(annotation);
        assert!(found.contains(&format!("there is no {missing}")), "{found}");
    }
    let route = |merge: &str| {
        let patch =
            format!("[[patches]]\ntarget = {{ kind = \"Route\", name = \"web\" }}\n{merge}\n");
        found("cluster.provider = \"openshift\"", "{ type = \"route\" }", &patch)
    };
    assert!(!route("merge.spec.port.targetPort = \"http\"").contains("dangling-reference"));
    for (merge, missing) in [
        ("merge.spec.port.targetPort = \"htpp\"", "Service `web` has no such port"),
        ("merge.spec.to.name = \"wbe\"", "there is no Service `wbe`"),
        ("remove = [\"spec.to\"]", "leads to no Service"),
    ] {
        let found = route(merge);
        assert!(found.contains(missing), "{found}");
    }
}
