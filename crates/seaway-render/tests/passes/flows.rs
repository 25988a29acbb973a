//! What `link` says of the network and of the schema, each beside a twin that it takes.

use insta::assert_snapshot;

use crate::support::{case, good};

const DB: &str = "[stages.x.components]\ndb = { type = \"postgres\" }\n";
const POLICY: &str =
    "[[objects]]\napiVersion = \"networking.k8s.io/v1\"\nkind = \"NetworkPolicy\"\n";

fn patched(kind: &str, name: &str, more: &str) -> String {
    case(&format!("{DB}[[patches]]\ntarget = {{ kind = \"{kind}\", name = \"{name}\" }}\n{more}"))
}

fn policy(name: &str, more: &str) -> String {
    patched("NetworkPolicy", name, more)
}

fn own(more: &str) -> String {
    format!("{DB}{POLICY}metadata.name = \"p\"\n{more}")
}

#[test]
fn an_edge_that_a_patch_closes() {
    assert_snapshot!(policy("web", "remove = [\"spec.egress\"]"), @"missing-flow 9:11 no network policy lets `web` out to `db` (TCP 5432), the DNS of the cluster (UDP 53), the DNS of the cluster (TCP 53) | takes a part out | keep the generated egress rules, or let it out in a NetworkPolicy in `[[objects]]`");
    assert_snapshot!(policy("db", "remove = [\"spec.ingress\"]"), @"missing-flow 9:11 no network policy lets `web` (TCP 5432) in to `db` | takes a part out | keep the generated ingress rules, or let it in by a NetworkPolicy in `[[objects]]`");
    assert_snapshot!(policy("web", "merge.spec.podSelector.matchLabels.\"app.kubernetes.io/instance\" = \"db\""), @"missing-flow 9:67 no network policy lets `web` out to `db` (TCP 5432), the DNS of the cluster (UDP 53), the DNS of the cluster (TCP 53) |  | keep the generated egress rules, or let it out in a NetworkPolicy in `[[objects]]`");
    assert_snapshot!(policy("db", "merge.spec.ingress = [{ from = [{ podSelector.matchLabels = { \"app.kubernetes.io/instance\" = \"web\" } }], ports = [{ port = 5433 }] }]"), @"missing-flow 9:22 no network policy lets `web` (TCP 5432) in to `db` |  | keep the generated ingress rules, or let it in by a NetworkPolicy in `[[objects]]`");
    assert_snapshot!(policy("db", "merge.spec.ingress = [{ from = [{ podSelector.matchLabels = { \"app.kubernetes.io/instance\" = \"web\" } }], ports = [{ port = 5432, protocol = \"UDP\" }] }]"), @"missing-flow 9:22 no network policy lets `web` (TCP 5432) in to `db` |  | keep the generated ingress rules, or let it in by a NetworkPolicy in `[[objects]]`");
    let web = "podSelector.matchLabels.\"app.kubernetes.io/instance\" = \"web\"";
    for ports in [
        "{ port = 5432 }",
        "{ port = \"postgres\" }",
        "{ port = 5000, endPort = 6000 }",
        "{ protocol = \"TCP\" }",
    ] {
        good(&format!(
            "{DB}[[patches]]\ntarget = {{ kind = \"NetworkPolicy\", name = \"db\" }}\n\
             merge.spec.ingress = [{{ from = [{{ {web} }}], ports = [{ports}] }}]"
        ));
    }
    // Policies add up: what one of them closes, another one opens.
    good(&format!(
        "{DB}[[patches]]\ntarget = {{ kind = \"NetworkPolicy\", name = \"db\" }}\nremove = [\"spec.ingress\"]\n\
         {POLICY}metadata.name = \"p\"\nspec = {{ podSelector.matchLabels = {{ \"app.kubernetes.io/component\" = \"postgres\" }}, ingress = [{{ from = [{{ {web} }}] }}] }}"
    ));
}

#[test]
fn an_edge_out_of_the_cluster_that_a_patch_closes() {
    let external = |to: &str| {
        format!(
            "[stages.x.components.mail]\ntype = \"external\"\nhost = \"mail.example\"\nport = 587\ncidrs = [\"10.2.0.0/16\"]\n\
             [stages.x.app.env]\nMAIL = \"${{mail.host}}\"\n[[patches]]\ntarget = {{ kind = \"NetworkPolicy\", name = \"web\" }}\n\
             merge.spec.egress = [{{ to = [{to}] }}, {{ ports = [{{ port = 53 }}, {{ port = 53, protocol = \"UDP\" }}] }}]"
        )
    };
    assert_snapshot!(case(&external("{ ipBlock.cidr = \"10.3.0.0/16\" }")), @"missing-flow 14:21 no network policy lets `web` out to `mail` (10.2.0.0/16, TCP 587) |  | keep the generated egress rules, or let it out in a NetworkPolicy in `[[objects]]`");
    assert_snapshot!(case(&external("{ ipBlock = { cidr = \"10.0.0.0/8\", except = [\"10.2.3.0/24\"] } }")), @"missing-flow 14:21 no network policy lets `web` out to `mail` (10.2.0.0/16, TCP 587) |  | keep the generated egress rules, or let it out in a NetworkPolicy in `[[objects]]`");
    good(&external("{ ipBlock = { cidr = \"10.0.0.0/8\", except = [\"10.3.0.0/16\"] } }"));
    good(&external("{ ipBlock.cidr = \"10.2.0.0/17\" }, { ipBlock.cidr = \"10.2.128.0/17\" }"));
}

#[test]
fn a_caller_without_dns() {
    let db = "{ to = [{ podSelector.matchLabels = { \"app.kubernetes.io/instance\" = \"db\" } }] }";
    let dns = |namespace: &str, protocol: &str| {
        format!(
            "merge.spec.egress = [{db}, {{ to = [{{ namespaceSelector.matchLabels = {{ \"kubernetes.io/metadata.name\" = \"{namespace}\" }} }}], ports = [{{ port = 53 }}, {{ port = 53, protocol = \"{protocol}\" }}] }}]"
        )
    };
    assert_snapshot!(policy("web", &dns("kube-sistem", "UDP")), @"missing-flow 9:21 no network policy lets `web` out to the DNS of the cluster (UDP 53), the DNS of the cluster (TCP 53) |  | keep the generated egress rules, or let it out in a NetworkPolicy in `[[objects]]`");
    assert_snapshot!(policy("web", &dns("kube-system", "TCP")), @"missing-flow 9:21 no network policy lets `web` out to the DNS of the cluster (UDP 53) |  | keep the generated egress rules, or let it out in a NetworkPolicy in `[[objects]]`");
    assert_snapshot!(policy("web", &format!("merge.spec.egress = [{db}]")), @"missing-flow 9:21 no network policy lets `web` out to the DNS of the cluster (UDP 53), the DNS of the cluster (TCP 53) |  | keep the generated egress rules, or let it out in a NetworkPolicy in `[[objects]]`");
    good(&format!(
        "{DB}[[patches]]\ntarget = {{ kind = \"NetworkPolicy\", name = \"web\" }}\n{}",
        dns("kube-system", "UDP")
    ));
}

#[test]
fn a_port_that_the_policies_do_not_know() {
    assert_snapshot!(patched("StatefulSet", "db", "merge.spec.template.spec.containers = [{ name = \"db\", ports = [{ name = \"postgres\", containerPort = 5433 }] }]\nremove = [\"spec.template.spec.containers[db].ports\"]"), @"missing-flow 9:64 `db` serves 5433, and the network policies let `web` to 5432 |  | change the port of the component rather than that of its pods");
    // That nothing listens there is told once.
    assert_snapshot!(patched("Service", "db", "merge.spec.ports = [{ name = \"postgres\", port = 5432, targetPort = 5433 }]"), @"dangling-reference 9:68 the pods of StatefulSet/db have no port `5433` |  | their ports are `postgres`");
}

#[test]
fn a_rule_that_names_nobody() {
    assert_snapshot!(policy("db", "merge.spec.ingress = [{ ports = [{ port = 5432 }] }]"), @"undeclared-flow 9:23 NetworkPolicy/db lets in everybody |  | name the callers: `from = [{ podSelector.matchLabels = { … } }]`");
    assert_snapshot!(policy("db", "merge.spec.ingress = [{ from = [{ podSelector = {} }], ports = [{ port = 5432 }] }]"), @"undeclared-flow 9:33 NetworkPolicy/db lets in everybody |  | name the callers: `from = [{ podSelector.matchLabels = { … } }]`");
    assert_snapshot!(policy("web", "merge.spec.egress = [{}]"), @"undeclared-flow 9:22 NetworkPolicy/web lets its pods out to everywhere |  | name the targets: `to = [{ podSelector.matchLabels = { … } }]`, or `ipBlock` for what lies outside");
    assert_snapshot!(case(&own("spec = { podSelector = {}, egress = [{ to = [{ namespaceSelector = {} }] }] }")), @"undeclared-flow 11:46 NetworkPolicy/p lets its pods out to everywhere |  | name the targets: `to = [{ podSelector.matchLabels = { … } }]`, or `ipBlock` for what lies outside");
    assert_snapshot!(case(&own("spec = { podSelector = {}, ingress = [{ from = [{ podSelector = {} }] }] }")), @"undeclared-flow 11:49 NetworkPolicy/p lets in everybody |  | name the callers: `from = [{ podSelector.matchLabels = { … } }]`");
    for spec in [
        "spec = { podSelector = {}, egress = [{ to = [{ ipBlock.cidr = \"0.0.0.0/0\" }] }] }",
        "spec = { podSelector = {}, policyTypes = [\"Egress\"], egress = [{ ports = [{ port = 53, protocol = \"UDP\" }] }] }",
        "spec = { podSelector = {}, ingress = [{ from = [{ namespaceSelector.matchLabels = { \"kubernetes.io/metadata.name\" = \"monitoring\" } }] }] }",
        "spec = { podSelector = {}, ingress = [{ from = [{ podSelector.matchLabels = { \"app.kubernetes.io/instance\" = \"web\" } }] }] }",
        "metadata.namespace = \"o\"\nspec = { podSelector = {}, ingress = [{}] }",
    ] {
        good(&own(spec));
    }
    // What is exposed is open to whoever reaches the node.
    good("[stages.x.components.web]\nexpose = { type = \"node-port\" }");
    let tcp = "[[objects]]\napiVersion = \"v1\"\nkind = \"Pod\"\nmetadata = { name = \"t\", labels.app = \"t\" }\nspec.containers = [{ name = \"c\", image = \"i:1\", ports = [{ containerPort = 80 }] }]\n\
               [[objects]]\napiVersion = \"v1\"\nkind = \"Service\"\nmetadata.name = \"t\"\n";
    let open = own(
        "spec = { podSelector.matchLabels.app = \"t\", ingress = [{ ports = [{ port = 80 }] }] }",
    );
    let service = |kind: &str| {
        format!(
            "{open}\n{tcp}spec = {{ type = \"{kind}\", selector.app = \"t\", ports = [{{ port = 80 }}] }}"
        )
    };
    good(&service("NodePort"));
    assert_snapshot!(case(&service("ClusterIP")), @"undeclared-flow 11:56 NetworkPolicy/p lets in everybody |  | name the callers: `from = [{ podSelector.matchLabels = { … } }]`");
}

#[test]
fn a_way_that_two_patches_open() {
    let open = |both: bool| {
        let way = |name: &str, list: &str, end: &str, other: &str| {
            format!(
                "[[patches]]\ntarget = {{ kind = \"NetworkPolicy\", name = \"{name}\" }}\nmerge.spec.{list} = [{{ {end} = [{{ podSelector.matchLabels.\"app.kubernetes.io/instance\" = \"{other}\" }}] }}]\n"
            )
        };
        let out = way("db", "egress", "to", "web");
        let inside = if both { way("web", "ingress", "from", "db") } else { String::new() };
        format!("{DB}{out}{inside}")
    };
    assert_snapshot!(case(&open(true)), @"undeclared-flow 9:30 StatefulSet/db can reach Deployment/web, and nothing declares that it does |  | refer to the component, or allow it by a NetworkPolicy in `[[objects]]`");
    good(&open(false));
}

#[test]
fn pods_that_nothing_closes() {
    let pod = "[[objects]]\napiVersion = \"v1\"\nkind = \"Pod\"\nmetadata.name = \"p\"\nspec.containers = [{ name = \"c\", image = \"i:1\" }]\n";
    let open = |types: &str| {
        format!(
            "{pod}[[patches]]\ntarget = {{ kind = \"NetworkPolicy\", name = \"default-deny\" }}\nmerge.spec.policyTypes = [{types}]"
        )
    };
    assert_snapshot!(case(&open("\"Ingress\"")), @"undeclared-flow 12:26 no network policy closes the pods of Pod/p for egress |  | leave `default-deny` as it is; open what is needed by a NetworkPolicy in `[[objects]]`");
    assert_snapshot!(case(&format!("{pod}[[patches]]\ntarget = {{ kind = \"NetworkPolicy\", name = \"default-deny\" }}\nmerge.spec.podSelector.matchLabels.\"app.kubernetes.io/instance\" = \"web\"")), @r"
    undeclared-flow 12:24 no network policy closes the pods of Pod/p for ingress |  | leave `default-deny` as it is; open what is needed by a NetworkPolicy in `[[objects]]`
    undeclared-flow 12:24 no network policy closes the pods of Pod/p for egress |  | leave `default-deny` as it is; open what is needed by a NetworkPolicy in `[[objects]]`
    ");
    good(&open("\"Egress\", \"Ingress\""));
    good(pod);
}

#[test]
fn a_reader_that_does_not_wait() {
    let stack = "[stages.x.components]\ndb = { type = \"postgres\" }\nmigrate = { type = \"migrate\" }\nonce = { type = \"job\", command = [\"true\"], wait-for-schema = false }\n";
    let patch = |more: &str| {
        format!("{stack}[[patches]]\ntarget = {{ kind = \"Deployment\", name = \"web\" }}\n{more}")
    };
    assert_snapshot!(case(&patch("remove = [\"spec.template.spec.initContainers[wait-for-schema]\"]")), @"unmigrated-reader 11:11 `web` reads `db` and does not wait for its schema | takes a part out | keep the init container `wait-for-schema`, or write one that runs the check of the migrations");
    assert_snapshot!(case(&patch("merge.spec.template.spec.initContainers = [{ name = \"wait-for-schema\", command = [\"true\"], args = [] }]")), @"unmigrated-reader 11:82 `web` reads `db` and does not wait for its schema |  | keep the init container `wait-for-schema`, or write one that runs the check of the migrations");
    good(stack);
    good(&patch(
        "merge.spec.template.spec.initContainers = [{ name = \"wait-for-schema\", command = [\"./manage.py\", \"migrate\", \"--check\"], args = [] }]",
    ));
}

#[test]
fn a_way_in_from_outside_that_a_patch_closes() {
    let exposed = |expose: &str, ingress: &str| {
        case(&format!(
            "[stages.x.components.web]\nexpose = {expose}\n[[patches]]\ntarget = {{ kind = \"NetworkPolicy\", name = \"web\" }}\n{ingress}\n"
        ))
    };
    assert_snapshot!(exposed("\"node-port\"", "remove = [\"spec.ingress\"]"), @"missing-flow 9:11 no network policy lets callers from outside (TCP 8000) in to `web` | takes a part out | keep the generated ingress rules, or let it in by a NetworkPolicy in `[[objects]]`");
    assert_snapshot!(exposed("\"load-balancer\"", "merge.spec.ingress = [{ ports = [{ port = 8001 }] }]"), @"missing-flow 9:22 no network policy lets callers from outside (TCP 8000) in to `web` |  | keep the generated ingress rules, or let it in by a NetworkPolicy in `[[objects]]`");
    assert_snapshot!(exposed("{ type = \"cluster-ip\", from-namespaces = [\"edge\"] }", "merge.spec.ingress = [{ from = [{ namespaceSelector.matchLabels.\"kubernetes.io/metadata.name\" = \"egde\" }] }]"), @"missing-flow 9:22 no network policy lets pods of namespace `edge` (TCP 8000) in to `web` |  | keep the generated ingress rules, or let it in by a NetworkPolicy in `[[objects]]`");
    // Fewer callers are the user's word.
    assert_snapshot!(exposed("\"load-balancer\"", "merge.spec.ingress = [{ from = [{ ipBlock.cidr = \"203.0.113.0/24\" }], ports = [{ port = 8000 }] }]"), @"6 objects");
}

#[test]
fn a_service_that_a_patch_renames() {
    assert_snapshot!(patched("Service", "db", "merge.metadata.name = \"other\"\n"), @"missing-flow 6:1 there is no Service `db`, by which `web` calls it |  | keep the name and namespace of its Service: they are its host");
    let api = case(
        "[stages.x.components]\napi = { type = \"process\", port = 9000, command = [\"api\"] }\nweb.env.API = \"http://${api.host}:9000\"\n\
         [[patches]]\ntarget = { kind = \"Service\", name = \"api\" }\nmerge.metadata.name = \"other\"\n",
    );
    assert_snapshot!(api, @"missing-flow 7:23 there is no Service `api`, by which `web` calls it |  | keep the name and namespace of its Service: they are its host");
}
