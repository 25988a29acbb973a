//! The objects of each way to be exposed, and what they agree with: network policies, the order of application, references.

use std::fmt::Write as _;

use insta::assert_snapshot;
use seaway_core::Source;
use seaway_render::{Bundle, Format};

use crate::common::{compile, told};
use crate::support::{at, bundle, find, find_maybe, pod_spec};

const ARN: &str = "arn:aws:acm:us-east-1:111122223333:certificate/0b3a";

/// A production stage with a web process, exposed as a table says, and more lines from line 9 on.
fn text(expose: &str, more: &str) -> String {
    format!(
        "name = \"shop\"\nprofile = \"production\"\nkubernetes = \"1.33\"\n\
         app = {{ image = \"a:1@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\", module = \"shop\", hosts = [\"a.example.com\"] }}\n\
         stages.x = {{}}\n[components.web]\ntype = \"web\"\nexpose = {{ {expose} }}\nprobes.readiness.path = \"/readyz\"\n{more}"
    )
}

const EKS: &str = "[cluster]\nprovider = \"eks\"\nnetwork = \"10.0.0.0/16\"\n";
const KOPS: &str = "[cluster]\nprovider = \"kops\"\nnetwork = \"10.0.0.0/16\"\n";

fn alb(more: &str) -> String {
    format!("type = \"alb\", certificate = \"{ARN}\"{more}")
}

/// Objects as they are printed, without their labels, which are those of all objects.
pub(crate) fn printed(bundle: &Bundle, ids: &[(&str, &str)]) -> String {
    let mut all = String::new();
    for (kind, name) in ids {
        let mut object = find(bundle, kind, name).clone();
        if *kind != "Namespace" {
            object.body.metadata_mut().labels = None;
        }
        let one = Bundle { stack: bundle.stack.clone(), objects: vec![object] };
        let _ = write!(all, "{}", one.emit(Format::Yaml).expect("it can be printed"));
    }
    all
}

/// What a whole text is told.
pub(crate) fn verdict(text: &str) -> String {
    let source = Source::new("stack.toml", text);
    let (_, diagnostics) = compile(&source, "x");
    told(&source, &diagnostics)
}

#[test]
fn an_alb_with_pods_as_targets() {
    let bundle = bundle(&text(&alb(""), EKS));
    assert_snapshot!(printed(&bundle, &[("Namespace", "shop"), ("Service", "web"), ("Ingress", "web")]), @r#"
    ---
    apiVersion: v1
    kind: Namespace
    metadata:
      name: shop
      labels:
        app.kubernetes.io/managed-by: seaway
        app.kubernetes.io/part-of: shop
        elbv2.k8s.aws/pod-readiness-gate-inject: enabled
        pod-security.kubernetes.io/audit: restricted
        pod-security.kubernetes.io/audit-version: v1.33
        pod-security.kubernetes.io/enforce: restricted
        pod-security.kubernetes.io/enforce-version: v1.33
        pod-security.kubernetes.io/warn: restricted
        pod-security.kubernetes.io/warn-version: v1.33
      annotations:
        seaway/stack: shop
        seaway/stage: x
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
      namespace: shop
    spec:
      type: ClusterIP
      selector:
        app.kubernetes.io/instance: web
      ports:
      - name: http
        port: 80
        targetPort: http
    ---
    apiVersion: networking.k8s.io/v1
    kind: Ingress
    metadata:
      name: web
      namespace: shop
      annotations:
        alb.ingress.kubernetes.io/certificate-arn: arn:aws:acm:us-east-1:111122223333:certificate/0b3a
        alb.ingress.kubernetes.io/healthcheck-interval-seconds: "15"
        alb.ingress.kubernetes.io/healthcheck-path: /readyz
        alb.ingress.kubernetes.io/healthcheck-port: traffic-port
        alb.ingress.kubernetes.io/healthcheck-timeout-seconds: "5"
        alb.ingress.kubernetes.io/healthy-threshold-count: "2"
        alb.ingress.kubernetes.io/listen-ports: "[{\"HTTP\":80},{\"HTTPS\":443}]"
        alb.ingress.kubernetes.io/load-balancer-attributes: deletion_protection.enabled=true,idle_timeout.timeout_seconds=60,routing.http.drop_invalid_header_fields.enabled=true
        alb.ingress.kubernetes.io/scheme: internet-facing
        alb.ingress.kubernetes.io/ssl-policy: ELBSecurityPolicy-TLS13-1-2-2021-06
        alb.ingress.kubernetes.io/ssl-redirect: "443"
        alb.ingress.kubernetes.io/success-codes: "200-399"
        alb.ingress.kubernetes.io/target-group-attributes: deregistration_delay.timeout_seconds=30
        alb.ingress.kubernetes.io/target-type: ip
        alb.ingress.kubernetes.io/unhealthy-threshold-count: "2"
    spec:
      ingressClassName: alb
      tls:
      - hosts:
        - a.example.com
      rules:
      - host: a.example.com
        http:
          paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: web
                port:
                  name: http
    "#);
    let from = at(find(&bundle, "NetworkPolicy", "web"), "/spec/ingress");
    assert_eq!(
        from.to_string(),
        r#"[{"from":[{"ipBlock":{"cidr":"10.0.0.0/16"}}],"ports":[{"port":8000,"protocol":"TCP"}]}]"#
    );
    let pod = pod_spec(find(&bundle, "Deployment", "web"));
    assert_eq!(
        pod["terminationGracePeriodSeconds"], 55,
        "20 s of drain, 30 s for requests, 5 s of margin"
    );
    assert_eq!(pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"], 20);
}

#[test]
fn an_alb_with_nodes_as_targets() {
    let bundle = bundle(&text(&alb(""), KOPS));
    assert_snapshot!(printed(&bundle, &[("Namespace", "shop"), ("Service", "web"), ("Ingress", "web")]), @r#"
    ---
    apiVersion: v1
    kind: Namespace
    metadata:
      name: shop
      labels:
        app.kubernetes.io/managed-by: seaway
        app.kubernetes.io/part-of: shop
        pod-security.kubernetes.io/audit: restricted
        pod-security.kubernetes.io/audit-version: v1.33
        pod-security.kubernetes.io/enforce: restricted
        pod-security.kubernetes.io/enforce-version: v1.33
        pod-security.kubernetes.io/warn: restricted
        pod-security.kubernetes.io/warn-version: v1.33
      annotations:
        seaway/stack: shop
        seaway/stage: x
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
      namespace: shop
    spec:
      type: NodePort
      externalTrafficPolicy: Cluster
      selector:
        app.kubernetes.io/instance: web
      ports:
      - name: http
        port: 80
        targetPort: http
    ---
    apiVersion: networking.k8s.io/v1
    kind: Ingress
    metadata:
      name: web
      namespace: shop
      annotations:
        alb.ingress.kubernetes.io/certificate-arn: arn:aws:acm:us-east-1:111122223333:certificate/0b3a
        alb.ingress.kubernetes.io/healthcheck-interval-seconds: "15"
        alb.ingress.kubernetes.io/healthcheck-path: /healthz
        alb.ingress.kubernetes.io/healthcheck-port: "10256"
        alb.ingress.kubernetes.io/healthcheck-timeout-seconds: "5"
        alb.ingress.kubernetes.io/healthy-threshold-count: "2"
        alb.ingress.kubernetes.io/listen-ports: "[{\"HTTP\":80},{\"HTTPS\":443}]"
        alb.ingress.kubernetes.io/load-balancer-attributes: deletion_protection.enabled=true,idle_timeout.timeout_seconds=60,routing.http.drop_invalid_header_fields.enabled=true
        alb.ingress.kubernetes.io/scheme: internet-facing
        alb.ingress.kubernetes.io/ssl-policy: ELBSecurityPolicy-TLS13-1-2-2021-06
        alb.ingress.kubernetes.io/ssl-redirect: "443"
        alb.ingress.kubernetes.io/success-codes: "200-399"
        alb.ingress.kubernetes.io/target-group-attributes: deregistration_delay.timeout_seconds=30
        alb.ingress.kubernetes.io/target-type: instance
        alb.ingress.kubernetes.io/unhealthy-threshold-count: "2"
    spec:
      ingressClassName: alb
      tls:
      - hosts:
        - a.example.com
      rules:
      - host: a.example.com
        http:
          paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: web
                port:
                  name: http
    "#);
    // Cilium tells no range of what a node passes on.
    let from = at(find(&bundle, "NetworkPolicy", "web"), "/spec/ingress");
    assert_eq!(from.to_string(), r#"[{"ports":[{"port":8000,"protocol":"TCP"}]}]"#);
    // With the VPC CNI the nodes have addresses of the network.
    let eks = self::bundle(&text(&alb(", target-type = \"instance\""), EKS));
    let from = at(find(&eks, "NetworkPolicy", "web"), "/spec/ingress/0/from/0/ipBlock/cidr");
    assert_eq!(from, "10.0.0.0/16");
}

#[test]
fn options_of_an_alb() {
    let more = ", scheme = \"internal\", source-ranges = [\"192.0.2.0/24\", \"198.51.100.0/24\"], redirect = false, \
                web-acl = \"arn:aws:wafv2:us-east-1:111122223333:regional/webacl/shop/3ab7\", \
                health-check = { path = \"/up\", interval-seconds = 10, success-codes = \"200,204\" }, \
                load-balancer-attributes = { \"access_logs.s3.enabled\" = \"true\", \"access_logs.s3.bucket\" = \"logs\" }, \
                target-group-attributes = { \"stickiness.enabled\" = \"true\" }, deletion-protection = false, \
                annotations = { \"alb.ingress.kubernetes.io/tags\" = \"team=shop\" }, from = [\"10.0.8.0/24\"], \
                hosts = [\".b.example\"], paths = [\"/shop\", \"/api/\"]";
    let bundle = bundle(&text(&alb(more), EKS));
    assert_snapshot!(printed(&bundle, &[("Ingress", "web")]), @r#"
    ---
    apiVersion: networking.k8s.io/v1
    kind: Ingress
    metadata:
      name: web
      namespace: shop
      annotations:
        alb.ingress.kubernetes.io/certificate-arn: arn:aws:acm:us-east-1:111122223333:certificate/0b3a
        alb.ingress.kubernetes.io/healthcheck-interval-seconds: "10"
        alb.ingress.kubernetes.io/healthcheck-path: /up
        alb.ingress.kubernetes.io/healthcheck-port: traffic-port
        alb.ingress.kubernetes.io/healthcheck-timeout-seconds: "5"
        alb.ingress.kubernetes.io/healthy-threshold-count: "2"
        alb.ingress.kubernetes.io/inbound-cidrs: 192.0.2.0/24,198.51.100.0/24
        alb.ingress.kubernetes.io/listen-ports: "[{\"HTTPS\":443}]"
        alb.ingress.kubernetes.io/load-balancer-attributes: access_logs.s3.bucket=logs,access_logs.s3.enabled=true,deletion_protection.enabled=false,idle_timeout.timeout_seconds=60,routing.http.drop_invalid_header_fields.enabled=true
        alb.ingress.kubernetes.io/scheme: internal
        alb.ingress.kubernetes.io/ssl-policy: ELBSecurityPolicy-TLS13-1-2-2021-06
        alb.ingress.kubernetes.io/success-codes: "200,204"
        alb.ingress.kubernetes.io/tags: team=shop
        alb.ingress.kubernetes.io/target-group-attributes: deregistration_delay.timeout_seconds=30,stickiness.enabled=true
        alb.ingress.kubernetes.io/target-type: ip
        alb.ingress.kubernetes.io/unhealthy-threshold-count: "2"
        alb.ingress.kubernetes.io/wafv2-acl-arn: arn:aws:wafv2:us-east-1:111122223333:regional/webacl/shop/3ab7
    spec:
      ingressClassName: alb
      tls:
      - hosts:
        - b.example
        - "*.b.example"
      rules:
      - host: b.example
        http:
          paths:
          - path: /shop
            pathType: Prefix
            backend:
              service:
                name: web
                port:
                  name: http
          - path: /api
            pathType: Prefix
            backend:
              service:
                name: web
                port:
                  name: http
      - host: "*.b.example"
        http:
          paths:
          - path: /shop
            pathType: Prefix
            backend:
              service:
                name: web
                port:
                  name: http
          - path: /api
            pathType: Prefix
            backend:
              service:
                name: web
                port:
                  name: http
    "#);
    let from = at(find(&bundle, "NetworkPolicy", "web"), "/spec/ingress/0/from/0/ipBlock/cidr");
    assert_eq!(from, "10.0.8.0/24");
}

#[test]
fn what_stands_before_the_server_keeps_connections_as_long() {
    let more = format!("static-files = \"sidecar\"\n{KOPS}");
    let bundle = bundle(&text(&alb(", idle-timeout-seconds = 300"), &more));
    let server = pod_spec(find(&bundle, "Deployment", "web"));
    let words = server["containers"][0]["command"].to_string();
    assert!(words.contains("--keep-alive=315"), "{words}");
    let conf = at(find(&bundle, "ConfigMap", "web-nginx"), "/data/nginx.conf").to_string();
    assert!(conf.contains("    keepalive_timeout 315s;"), "{conf}");
    assert!(conf.contains("        keepalive_timeout 300s;"), "{conf}");
}

#[test]
fn probes_call_a_host_that_is_answered() {
    let own = text(&alb(", hosts = [\".b.example\"]"), EKS)
        .replace(", hosts = [\"a.example.com\"] }", " }");
    let pod = pod_spec(find(&bundle(&own), "Deployment", "web"));
    let headers = &pod["containers"][0]["readinessProbe"]["httpGet"]["httpHeaders"];
    assert_eq!(headers[0]["value"], "b.example");
}

#[test]
fn a_process_outlives_the_load_balancer_that_waits_for_it() {
    let process = format!(
        "[components.live]\ntype = \"process\"\ncommand = [\"live\"]\nport = 9000\nprobes.readiness.path = \"/up\"\nexpose = {{ {} }}\n{EKS}",
        alb(", hosts = [\"live.example.com\"], deregistration-delay-seconds = 120")
    );
    let bundle = bundle(&text("type = \"cluster-ip\"", &process));
    let pod = pod_spec(find(&bundle, "Deployment", "live"));
    assert_eq!(pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"], 20);
    assert_eq!(pod["terminationGracePeriodSeconds"], 125);
    let backend = at(find(&bundle, "Ingress", "live"), "/spec/rules/0/http/paths/0/backend");
    assert_eq!(backend.to_string(), r#"{"service":{"name":"live","port":{"name":"http"}}}"#);
}

#[test]
fn a_group_asks_the_longer_path_first() {
    let admin = format!(
        "[components.zadmin]\ntype = \"web\"\nprobes.readiness.path = \"/readyz\"\nexpose = {{ {} }}\n{EKS}",
        alb(", group = \"shop\", paths = [\"/admin\"]")
    );
    let bundle = bundle(&text(&alb(", group = \"shop\""), &admin));
    let order = |name: &str| {
        at(
            find(&bundle, "Ingress", name),
            "/metadata/annotations/alb.ingress.kubernetes.io~1group.order",
        )
    };
    assert_eq!((order("zadmin"), order("web")), ("10".into(), "20".into()));
}

#[test]
fn a_network_load_balancer_that_ends_tls() {
    let expose = format!(
        "type = \"load-balancer\", source-ranges = [\"192.0.2.0/24\"], nlb = {{ certificate = [\"{ARN}\", \"{ARN}\"] }}"
    );
    let pods = bundle(&text(&expose, EKS));
    assert_snapshot!(printed(&pods, &[("Service", "web"), ("Service", "web-lb")]), @r#"
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
      namespace: shop
    spec:
      type: ClusterIP
      selector:
        app.kubernetes.io/instance: web
      ports:
      - name: http
        port: 80
        targetPort: http
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web-lb
      namespace: shop
      annotations:
        service.beta.kubernetes.io/aws-load-balancer-attributes: deletion_protection.enabled=true,load_balancing.cross_zone.enabled=true
        service.beta.kubernetes.io/aws-load-balancer-healthcheck-healthy-threshold: "2"
        service.beta.kubernetes.io/aws-load-balancer-healthcheck-interval: "10"
        service.beta.kubernetes.io/aws-load-balancer-healthcheck-path: /readyz
        service.beta.kubernetes.io/aws-load-balancer-healthcheck-port: traffic-port
        service.beta.kubernetes.io/aws-load-balancer-healthcheck-protocol: http
        service.beta.kubernetes.io/aws-load-balancer-healthcheck-unhealthy-threshold: "2"
        service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip
        service.beta.kubernetes.io/aws-load-balancer-scheme: internet-facing
        service.beta.kubernetes.io/aws-load-balancer-ssl-cert: arn:aws:acm:us-east-1:111122223333:certificate/0b3a,arn:aws:acm:us-east-1:111122223333:certificate/0b3a
        service.beta.kubernetes.io/aws-load-balancer-ssl-negotiation-policy: ELBSecurityPolicy-TLS13-1-2-2021-06
        service.beta.kubernetes.io/aws-load-balancer-ssl-ports: "443"
        service.beta.kubernetes.io/aws-load-balancer-target-group-attributes: deregistration_delay.timeout_seconds=30,preserve_client_ip.enabled=false,proxy_protocol_v2.enabled=false
    spec:
      type: LoadBalancer
      loadBalancerClass: service.k8s.aws/nlb
      loadBalancerSourceRanges:
      - 192.0.2.0/24
      allocateLoadBalancerNodePorts: false
      selector:
        app.kubernetes.io/instance: web
      ports:
      - name: https
        port: 443
        targetPort: http
    "#);
    let from = at(find(&pods, "NetworkPolicy", "web"), "/spec/ingress/0/from/0/ipBlock/cidr");
    assert_eq!(from, "10.0.0.0/16");
    let label = "/metadata/labels/elbv2.k8s.aws~1pod-readiness-gate-inject";
    assert_eq!(at(find(&pods, "Namespace", "shop"), label), "enabled");
    let nodes = bundle(&text(&expose, KOPS));
    assert_snapshot!(printed(&nodes, &[("Service", "web-lb")]), @r#"
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web-lb
      namespace: shop
      annotations:
        service.beta.kubernetes.io/aws-load-balancer-attributes: deletion_protection.enabled=true,load_balancing.cross_zone.enabled=true
        service.beta.kubernetes.io/aws-load-balancer-healthcheck-healthy-threshold: "2"
        service.beta.kubernetes.io/aws-load-balancer-healthcheck-interval: "10"
        service.beta.kubernetes.io/aws-load-balancer-healthcheck-path: /healthz
        service.beta.kubernetes.io/aws-load-balancer-healthcheck-port: "10256"
        service.beta.kubernetes.io/aws-load-balancer-healthcheck-protocol: http
        service.beta.kubernetes.io/aws-load-balancer-healthcheck-unhealthy-threshold: "2"
        service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: instance
        service.beta.kubernetes.io/aws-load-balancer-scheme: internet-facing
        service.beta.kubernetes.io/aws-load-balancer-ssl-cert: arn:aws:acm:us-east-1:111122223333:certificate/0b3a,arn:aws:acm:us-east-1:111122223333:certificate/0b3a
        service.beta.kubernetes.io/aws-load-balancer-ssl-negotiation-policy: ELBSecurityPolicy-TLS13-1-2-2021-06
        service.beta.kubernetes.io/aws-load-balancer-ssl-ports: "443"
        service.beta.kubernetes.io/aws-load-balancer-target-group-attributes: deregistration_delay.timeout_seconds=30,proxy_protocol_v2.enabled=false
    spec:
      type: LoadBalancer
      loadBalancerClass: service.k8s.aws/nlb
      loadBalancerSourceRanges:
      - 192.0.2.0/24
      externalTrafficPolicy: Cluster
      selector:
        app.kubernetes.io/instance: web
      ports:
      - name: https
        port: 443
        targetPort: http
    "#);
    let local = expose.replace("nlb =", "external-traffic-policy = \"Local\", nlb =");
    let local = bundle(&text(&local, KOPS));
    assert_snapshot!(printed(&local, &[("Service", "web-lb")]), @r#"
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web-lb
      namespace: shop
      annotations:
        service.beta.kubernetes.io/aws-load-balancer-attributes: deletion_protection.enabled=true,load_balancing.cross_zone.enabled=true
        service.beta.kubernetes.io/aws-load-balancer-healthcheck-healthy-threshold: "2"
        service.beta.kubernetes.io/aws-load-balancer-healthcheck-interval: "10"
        service.beta.kubernetes.io/aws-load-balancer-healthcheck-unhealthy-threshold: "2"
        service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: instance
        service.beta.kubernetes.io/aws-load-balancer-scheme: internet-facing
        service.beta.kubernetes.io/aws-load-balancer-ssl-cert: arn:aws:acm:us-east-1:111122223333:certificate/0b3a,arn:aws:acm:us-east-1:111122223333:certificate/0b3a
        service.beta.kubernetes.io/aws-load-balancer-ssl-negotiation-policy: ELBSecurityPolicy-TLS13-1-2-2021-06
        service.beta.kubernetes.io/aws-load-balancer-ssl-ports: "443"
        service.beta.kubernetes.io/aws-load-balancer-target-group-attributes: deregistration_delay.timeout_seconds=30,proxy_protocol_v2.enabled=false
    spec:
      type: LoadBalancer
      loadBalancerClass: service.k8s.aws/nlb
      loadBalancerSourceRanges:
      - 192.0.2.0/24
      externalTrafficPolicy: Local
      selector:
        app.kubernetes.io/instance: web
      ports:
      - name: https
        port: 443
        targetPort: http
    "#);
    let pod = pod_spec(find(&local, "Deployment", "web"));
    assert_eq!(
        pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"], 25,
        "2 checks of 10 s, 5 s of margin"
    );
}

#[test]
fn a_plain_load_balancer_and_node_ports() {
    let more = "[components.web.allow]\nplain-http = \"a test\"\n";
    let expose = "type = \"load-balancer\", class = \"example.com/own\", external-traffic-policy = \"Local\", annotations = { a = \"b\" }";
    assert_snapshot!(printed(&bundle(&text(expose, more)), &[("Service", "web")]), @"
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
      namespace: shop
      annotations:
        a: b
    spec:
      type: LoadBalancer
      loadBalancerClass: example.com/own
      externalTrafficPolicy: Local
      selector:
        app.kubernetes.io/instance: web
      ports:
      - name: http
        port: 80
        targetPort: http
    ");
    let expose = "type = \"node-port\", node-port = 30080, external-traffic-policy = \"Local\"";
    assert_snapshot!(printed(&bundle(&text(expose, more)), &[("Service", "web")]), @"
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
      namespace: shop
    spec:
      type: NodePort
      externalTrafficPolicy: Local
      selector:
        app.kubernetes.io/instance: web
      ports:
      - name: http
        port: 80
        targetPort: http
        nodePort: 30080
    ");
}

const CLASSES: &str = "[cluster]\nprovides = [\"IngressClass/traefik\", \"ClusterIssuer/le\", \"GatewayClass/envoy\", \"Gateway/infra/public\"]\n";

#[test]
fn an_ingress_of_a_class() {
    let expose = "type = \"ingress\", class = \"traefik\", issuer = \"le\", from-namespaces = [\"traefik\"], from = [\"192.0.2.7/32\"], annotations = { a = \"b\" }";
    let bundle = bundle(&text(expose, CLASSES));
    assert_snapshot!(printed(&bundle, &[("Service", "web"), ("Ingress", "web")]), @"
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
      namespace: shop
    spec:
      type: ClusterIP
      selector:
        app.kubernetes.io/instance: web
      ports:
      - name: http
        port: 80
        targetPort: http
    ---
    apiVersion: networking.k8s.io/v1
    kind: Ingress
    metadata:
      name: web
      namespace: shop
      annotations:
        a: b
        cert-manager.io/cluster-issuer: le
    spec:
      ingressClassName: traefik
      tls:
      - hosts:
        - a.example.com
        secretName: web-tls
      rules:
      - host: a.example.com
        http:
          paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: web
                port:
                  name: http
    ");
    let from = at(find(&bundle, "NetworkPolicy", "web"), "/spec/ingress/0/from");
    assert_eq!(
        from.to_string(),
        r#"[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"traefik"}}},{"ipBlock":{"cidr":"192.0.2.7/32"}}]"#
    );
    let secret = "[secrets.cert]\nname = \"shop-cert\"\nkeys = [\"tls.crt\", \"tls.key\"]\n";
    let expose = "type = \"ingress\", secret = \"cert\", from-namespaces = [\"traefik\"]";
    let bundle = self::bundle(&text(expose, secret));
    let tls = at(find(&bundle, "Ingress", "web"), "/spec/tls");
    assert_eq!(tls.to_string(), r#"[{"hosts":["a.example.com"],"secretName":"shop-cert"}]"#);
    let expose = "type = \"ingress\", default-certificate = true, from-namespaces = [\"traefik\"]";
    let tls = at(find(&self::bundle(&text(expose, "")), "Ingress", "web"), "/spec/tls");
    assert_eq!(tls.to_string(), r#"[{"hosts":["a.example.com"]}]"#);
}

#[test]
fn routes_of_a_gateway_that_is_there() {
    let expose = "type = \"gateway\", parent = \"infra/public\", from-namespaces = [\"envoy\"], paths = [\"/shop\"], annotations = { a = \"b\" }";
    let routes = bundle(&text(expose, CLASSES));
    assert_snapshot!(printed(&routes, &[("HTTPRoute", "web"), ("HTTPRoute", "web-redirect")]), @r#"
    ---
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata:
      name: web
      namespace: shop
      annotations:
        a: b
    spec:
      hostnames:
      - a.example.com
      parentRefs:
      - group: gateway.networking.k8s.io
        kind: Gateway
        name: public
        namespace: infra
        sectionName: https
      rules:
      - backendRefs:
        - group: ""
          kind: Service
          name: web
          port: 80
          weight: 1
        matches:
        - path:
            type: PathPrefix
            value: /shop
    ---
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata:
      name: web-redirect
      namespace: shop
    spec:
      hostnames:
      - a.example.com
      parentRefs:
      - group: gateway.networking.k8s.io
        kind: Gateway
        name: public
        namespace: infra
        sectionName: http
      rules:
      - filters:
        - requestRedirect:
            scheme: https
            statusCode: 301
          type: RequestRedirect
        matches:
        - path:
            type: PathPrefix
            value: /shop
    "#);
    let named = expose
        .replace("from-", "listener = \"tls\", http-listener = \"plain\", redirect = false, from-");
    let named = bundle(&text(&named, CLASSES));
    let parent = at(find(&named, "HTTPRoute", "web"), "/spec/parentRefs/0/sectionName");
    assert_eq!(parent, "tls");
    assert!(find_maybe(&named, "HTTPRoute", "web-redirect").is_none());
}

#[test]
fn a_gateway_of_its_own() {
    let expose = "type = \"gateway\", class = \"envoy\", issuer = \"le\", from-namespaces = [\"envoy\"], hosts = [\".a.example.com\"], annotations = { a = \"b\" }";
    let own = bundle(&text(expose, CLASSES));
    assert_snapshot!(printed(&own, &[("Gateway", "web"), ("HTTPRoute", "web"), ("HTTPRoute", "web-redirect")]), @r#"
    ---
    apiVersion: gateway.networking.k8s.io/v1
    kind: Gateway
    metadata:
      name: web
      namespace: shop
      annotations:
        a: b
        cert-manager.io/cluster-issuer: le
    spec:
      gatewayClassName: envoy
      listeners:
      - allowedRoutes:
          namespaces:
            from: Same
        name: http
        port: 80
        protocol: HTTP
      - allowedRoutes:
          namespaces:
            from: Same
        hostname: a.example.com
        name: https
        port: 443
        protocol: HTTPS
        tls:
          certificateRefs:
          - group: ""
            kind: Secret
            name: web-tls
          mode: Terminate
      - allowedRoutes:
          namespaces:
            from: Same
        hostname: "*.a.example.com"
        name: https-2
        port: 443
        protocol: HTTPS
        tls:
          certificateRefs:
          - group: ""
            kind: Secret
            name: web-tls
          mode: Terminate
    ---
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata:
      name: web
      namespace: shop
    spec:
      hostnames:
      - a.example.com
      - "*.a.example.com"
      parentRefs:
      - group: gateway.networking.k8s.io
        kind: Gateway
        name: web
        sectionName: https
      - group: gateway.networking.k8s.io
        kind: Gateway
        name: web
        sectionName: https-2
      rules:
      - backendRefs:
        - group: ""
          kind: Service
          name: web
          port: 80
          weight: 1
        matches:
        - path:
            type: PathPrefix
            value: /
    ---
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata:
      name: web-redirect
      namespace: shop
    spec:
      hostnames:
      - a.example.com
      - "*.a.example.com"
      parentRefs:
      - group: gateway.networking.k8s.io
        kind: Gateway
        name: web
        sectionName: http
      rules:
      - filters:
        - requestRedirect:
            scheme: https
            statusCode: 301
          type: RequestRedirect
        matches:
        - path:
            type: PathPrefix
            value: /
    "#);
    // Another component hangs its routes on it.
    let second = format!(
        "[components.docs]\ntype = \"web\"\nexpose = {{ type = \"gateway\", parent = \"web\", from-namespaces = [\"envoy\"], paths = [\"/docs\"] }}\n{CLASSES}"
    );
    bundle(&text(expose, &second));
    let plain = "[components.web.allow]\nplain-http = \"a test\"\n";
    let expose = "type = \"gateway\", class = \"envoy\", from-namespaces = [\"envoy\"]";
    let plain = bundle(&text(expose, &format!("{plain}{CLASSES}")));
    let listeners = at(find(&plain, "Gateway", "web"), "/spec/listeners");
    assert_eq!(
        listeners.to_string(),
        r#"[{"allowedRoutes":{"namespaces":{"from":"Same"}},"name":"http","port":80,"protocol":"HTTP"}]"#
    );
}

#[test]
fn what_the_cluster_has_to_provide_is_told() {
    let ingress =
        "type = \"ingress\", class = \"traefik\", issuer = \"le\", from-namespaces = [\"t\"]";
    assert_snapshot!(verdict(&text(ingress, "")), @r#"
    dangling-reference 8:38 there is no IngressClass `traefik` |  | if the cluster has it, say so: `cluster.provides = ["IngressClass/traefik"]`
    dangling-reference 8:58 there is no ClusterIssuer `le` |  | if the cluster has it, say so: `cluster.provides = ["ClusterIssuer/le"]`
    "#);
    let gateway = "type = \"gateway\", parent = \"infra/public\", from-namespaces = [\"t\"]";
    assert_snapshot!(verdict(&text(gateway, "")), @r#"dangling-reference 8:39 there is no Gateway `public` in namespace `infra` |  | if the cluster has it, say so: `cluster.provides = ["Gateway/infra/public"]`"#);
    let own =
        "type = \"gateway\", class = \"envoy\", issuer = \"Issuer/le\", from-namespaces = [\"t\"]";
    assert_snapshot!(verdict(&text(own, "")), @r#"
    dangling-reference 8:38 there is no GatewayClass `envoy` |  | if the cluster has it, say so: `cluster.provides = ["GatewayClass/envoy"]`
    dangling-reference 8:56 there is no Issuer `le` |  | if the cluster has it, say so: `cluster.provides = ["Issuer/le"]`
    "#);
    // Without a provider nothing of AWS is taken to be there.
    assert_snapshot!(verdict(&text(&alb(""), "")), @r#"dangling-reference 8:10 there is no IngressClass `alb` |  | if the cluster has it, say so: `cluster.provides = ["IngressClass/alb"]`"#);
}

#[test]
fn a_closed_way_in_is_told() {
    let patch = "[[patches]]\ntarget = { kind = \"NetworkPolicy\", name = \"web\" }\nmerge.spec.ingress = [{ from = [{ ipBlock.cidr = \"10.0.0.0/17\" }], ports = [{ port = 8000 }] }]\n";
    assert_snapshot!(verdict(&text(&alb(""), &format!("{EKS}{patch}"))), @"missing-flow 15:22 no network policy lets 10.0.0.0/16 (TCP 8000) in to `web` |  | keep the generated ingress rules, or let it in by a NetworkPolicy in `[[objects]]`");
    let open = patch.replace("from = [{ ipBlock.cidr = \"10.0.0.0/17\" }], ", "");
    assert_snapshot!(verdict(&text(&alb(""), &format!("{EKS}{open}"))), @"undeclared-flow 15:23 NetworkPolicy/web lets in everybody |  | name the callers: `from = [{ podSelector.matchLabels = { … } }]`");
}

#[test]
fn what_leads_to_pods_is_applied_before_them() {
    // The controller puts readiness gates into pods that are made while there is a target group.
    for (expose, more) in [
        (alb(""), EKS),
        (format!("type = \"load-balancer\", nlb = {{ certificate = \"{ARN}\" }}"), EKS),
        (
            "type = \"gateway\", class = \"envoy\", issuer = \"le\", from-namespaces = [\"t\"]"
                .to_owned(),
            CLASSES,
        ),
    ] {
        let bundle = bundle(&text(&expose, more));
        let kinds: Vec<&str> = bundle.objects.iter().map(|object| object.body.kind()).collect();
        let pods = kinds.iter().position(|kind| *kind == "Deployment").expect("a Deployment");
        let ways = ["Namespace", "NetworkPolicy", "Service", "Ingress", "Gateway", "HTTPRoute"];
        let late: Vec<&&str> = kinds.iter().skip(pods).filter(|kind| ways.contains(kind)).collect();
        assert!(late.is_empty(), "{expose}: {kinds:?}");
        // Places in a folder follow the same order.
        let files = bundle.files(Format::Yaml).expect("files");
        let sorted: Vec<&str> = {
            let mut names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
            names.sort_unstable();
            names
        };
        let at = |part: &str| sorted.iter().position(|name| name.contains(part));
        assert!(at("-service-").expect("a Service") < at("-deployment-").expect("a Deployment"));
    }
}
