//! Further ports of `process`, `web` and `external`: one of the container, one of the Service and one of the policies each.

use serde_json::{Value, json};

use crate::support::{at, bundle, containers, find, find_maybe, pod_spec};

/// A stack in which `a` calls the port `grpc` of `x`, and `b` its own one.
fn with(of_x: &str, more: &str) -> String {
    format!(
        "name = \"shop\"\napp.image = \"ghcr.io/acme/shop:1\"\napp.module = \"shop\"\n{more}\n[stages.x.components]\n\
         broker.type = \"redis\"\na = {{ type = \"worker\", env.X = \"${{x.grpc-port}}\" }}\n\
         b = {{ type = \"worker\", env.X = \"${{x.host}}\", queues = [\"b\"] }}\nx = {{ {of_x} }}\n"
    )
}

/// The ports of the container `x`, `name=number`.
fn listed(spec: &Value) -> Vec<String> {
    let ports = containers(spec).into_iter().filter_map(|one| one["ports"].as_array().cloned());
    ports
        .flatten()
        .map(|port| format!("{}={}", text(&port["name"]), port["containerPort"]))
        .collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The ports of a Service, `name=number>target`.
fn served(bundle: &seaway_render::Bundle, name: &str) -> Vec<String> {
    let ports = at(find(bundle, "Service", name), "/spec/ports");
    let shown = |port: &Value| {
        format!("{}={}>{}", text(&port["name"]), port["port"], text(&port["targetPort"]))
    };
    ports.as_array().into_iter().flatten().map(shown).collect()
}

/// The callers that a policy lets in, each with the ports.
fn inside(bundle: &seaway_render::Bundle, policy: &str) -> Vec<(String, Vec<u64>)> {
    let rules = at(find(bundle, "NetworkPolicy", policy), "/spec/ingress");
    let mut found = Vec::new();
    for rule in rules.as_array().into_iter().flatten() {
        let ports: Vec<u64> = numbers(&rule["ports"]);
        for peer in rule["from"].as_array().into_iter().flatten() {
            let labels = &peer["podSelector"]["matchLabels"]["app.kubernetes.io/instance"];
            found.push((text(labels).to_owned(), ports.clone()));
        }
    }
    found
}

fn numbers(ports: &Value) -> Vec<u64> {
    let ports = ports.as_array().into_iter().flatten();
    ports.filter_map(|port| port["port"].as_u64()).collect()
}

/// The ports that a policy lets out to a peer that holds a text.
fn out(bundle: &seaway_render::Bundle, policy: &str, peer: &str) -> Vec<u64> {
    let rules = at(find(bundle, "NetworkPolicy", policy), "/spec/egress");
    let rules = rules.as_array().cloned().unwrap_or_default();
    let found = rules.iter().filter(|rule| rule["to"].to_string().contains(peer));
    found.flat_map(|rule| numbers(&rule["ports"])).collect()
}

fn pairs(a: u64, b: u64) -> [(String, Vec<u64>); 2] {
    [("b".to_owned(), vec![b]), ("a".to_owned(), vec![a])]
}

#[test]
fn a_process_has_them_beside_its_port() {
    let of_x = "type = \"process\", command = [\"serve\"], port = 9000, ports = { grpc = 50051 }";
    let bundle = bundle(&with(of_x, ""));
    let spec = pod_spec(find(&bundle, "Deployment", "x"));
    assert_eq!(listed(&spec), ["http=9000", "grpc=50051"]);
    assert_eq!(spec["containers"][0]["readinessProbe"]["tcpSocket"]["port"], "http");
    assert_eq!(served(&bundle, "x"), ["http=9000>http", "grpc=50051>grpc"]);
    assert_eq!(inside(&bundle, "x"), pairs(50051, 9000));
    let x = "\"app.kubernetes.io/instance\":\"x\"";
    assert_eq!((out(&bundle, "a", x), out(&bundle, "b", x)), (vec![50051], vec![9000]));
}

#[test]
fn one_of_them_stands_in_for_the_port_of_a_process() {
    let of_x = "type = \"process\", command = [\"serve\"], singleton = true, ports = { amqp = 5672, grpc = 15672 }";
    let bundle = bundle(&with(of_x, ""));
    let deployment = find(&bundle, "Deployment", "x");
    assert_eq!(at(deployment, "/spec/strategy/type"), "Recreate");
    let spec = pod_spec(deployment);
    assert_eq!(listed(&spec), ["amqp=5672", "grpc=15672"]);
    assert_eq!(spec["containers"][0]["readinessProbe"]["tcpSocket"]["port"], "amqp");
    assert_eq!(served(&bundle, "x"), ["amqp=5672>amqp", "grpc=15672>grpc"]);
    assert_eq!(inside(&bundle, "x"), pairs(15672, 5672));
    // Of several none is known: each is open to who refers to the host, and no probe asks one.
    let of_x = "type = \"process\", command = [\"serve\"], ports = { other = 7, grpc = 8 }";
    let bundle = crate::support::bundle(&with(of_x, ""));
    let spec = pod_spec(find(&bundle, "Deployment", "x"));
    assert_eq!(listed(&spec), ["grpc=8", "other=7"]);
    assert_eq!(spec["containers"][0]["readinessProbe"], Value::Null);
    assert_eq!(served(&bundle, "x"), ["grpc=8>grpc", "other=7>other"]);
    assert_eq!(inside(&bundle, "x"), [("b".to_owned(), vec![7, 8]), ("a".to_owned(), vec![8])]);
}

#[test]
fn a_web_has_them_beside_its_server_and_its_nginx() {
    let of_x = "type = \"web\", ports = { grpc = 50051 }, static-files = \"sidecar\"";
    let bundle = bundle(&with(of_x, ""));
    let spec = pod_spec(find(&bundle, "Deployment", "x"));
    assert_eq!(listed(&spec), ["static=8080", "http=8000", "grpc=50051"]);
    assert_eq!(served(&bundle, "x"), ["http=80>static", "grpc=50051>grpc"]);
    let mut found = inside(&bundle, "x");
    found.sort();
    assert_eq!(found, [("a".to_owned(), vec![50051]), ("b".to_owned(), vec![8080])]);
    let x = "\"app.kubernetes.io/instance\":\"x\"";
    assert_eq!((out(&bundle, "a", x), out(&bundle, "b", x)), (vec![50051], vec![8080]));
}

#[test]
fn who_is_outside_reaches_the_main_port_alone() {
    let exposed = |expose: &str| {
        let of_x = format!("type = \"web\", ports = {{ grpc = 50051 }}, expose = {expose}");
        bundle(&with(&of_x, "app.hosts = [\"shop.example.com\"]"))
    };
    let all = ["http=80>http", "grpc=50051>grpc"];
    for (expose, public) in [("\"node-port\"", "x-node-port"), ("\"load-balancer\"", "x-lb")] {
        let bundle = exposed(expose);
        assert_eq!(at(find(&bundle, "Service", "x"), "/spec/type"), "ClusterIP");
        assert_eq!(served(&bundle, "x"), all);
        assert_eq!(served(&bundle, public), ["http=80>http"], "{expose}");
        let policy = at(find(&bundle, "NetworkPolicy", "x"), "/spec/ingress");
        assert_eq!(policy[0], json!({ "ports": [{ "port": 8000, "protocol": "TCP" }] }));
    }
    let inside =
        exposed("{ type = \"ingress\", default-certificate = true, from-namespaces = [\"edge\"] }");
    assert_eq!(served(&inside, "x"), all);
    assert!(find_maybe(&inside, "Service", "x-lb").is_none());
    // The port of a process that has a name keeps it, and the Ingress leads to it.
    let of_x = "type = \"process\", command = [\"serve\"], ports = { grpc = 50051 }, expose = { type = \"ingress\", hosts = [\"a.example.com\"], default-certificate = true, from-namespaces = [\"edge\"] }";
    let named = bundle(&with(of_x, ""));
    let backend = at(find(&named, "Ingress", "x"), "/spec/rules/0/http/paths/0/backend/service");
    assert_eq!(backend, json!({ "name": "x", "port": { "name": "grpc" } }));
}

#[test]
fn the_way_out_to_an_external_one_is_that_of_the_called_ports() {
    let of_x = "type = \"external\", host = \"h.example.com\", port = 443, ports = { grpc = 50051, other = 1 }, cidrs = [\"10.9.0.0/24\"]";
    let bundle = bundle(&with(of_x, ""));
    let x = "10.9.0.0/24";
    assert_eq!((out(&bundle, "a", x), out(&bundle, "b", x)), (vec![50051], vec![443]));
    assert!(find_maybe(&bundle, "Service", "x").is_none());
}

#[test]
fn the_ways_to_a_service_of_the_stacks_own_are_those_of_the_called_ports() {
    let objects = "[[objects]]\napiVersion = \"v1\"\nkind = \"Service\"\nmetadata.name = \"h\"\nspec.selector = { app = \"h\" }\n\
        spec.ports = [{ name = \"http\", port = 443, targetPort = 8443 }, { name = \"grpc\", port = 50051 }]\n\
        [[objects]]\napiVersion = \"v1\"\nkind = \"Pod\"\nmetadata = { name = \"h\", labels = { app = \"h\" } }\n\
        spec.containers = [{ name = \"h\", image = \"h:1\", ports = [{ containerPort = 8443 }, { containerPort = 50051 }] }]\n";
    let of_x = "type = \"external\", host = \"h\", port = 443, ports = { grpc = 50051 }";
    let bundle = bundle(&with(of_x, objects));
    let h = "\"app\":\"h\"";
    assert_eq!((out(&bundle, "a", h), out(&bundle, "b", h)), (vec![50051], vec![8443]));
    assert_eq!(inside(&bundle, "x"), pairs(50051, 8443));
}
