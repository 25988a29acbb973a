//! What controllers read beside an Ingress or a route: classes of platforms, health checks, redirects, callers.

use insta::assert_snapshot;

use crate::exposure::{printed, verdict};
use crate::support::{at, bundle, find, find_maybe, pod_spec};

/// The catalogue of the cases: lines 1 to 9, `expose` in line 6; `more` follows from line 10 on.
fn catalog(provider: &str, expose: &str, more: &str) -> String {
    let cluster =
        if provider.is_empty() { String::new() } else { format!("provider = \"{provider}\"") };
    format!(
        "name = \"catalog\"\nprofile = \"production\"\ncluster = {{ {cluster} }}\n\
         app = {{ image = \"europe-docker.pkg.dev/acme-prod/apps/catalog:5.1.0@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\", module = \"catalog\", hosts = [\"catalog.example.com\"] }}\n\
         [components.web]\ntype = \"web\"\nexpose = {{ {expose} }}\n\
         probes = {{ readiness.path = \"/readyz\", liveness.path = \"/livez\" }}\n[stages.x]\n{more}"
    )
}

fn env(bundle: &seaway_render::Bundle, name: &str) -> Option<String> {
    let pod = pod_spec(find(bundle, "Deployment", "web"));
    let all = pod["containers"][0]["env"].as_array().expect("variables").iter();
    let mut found = all.filter(|variable| variable["name"] == name);
    Some(found.next()?["value"].as_str().unwrap_or("by reference").to_owned())
}

fn callers(bundle: &seaway_render::Bundle) -> String {
    at(find(bundle, "NetworkPolicy", "web"), "/spec/ingress/0/from").to_string()
}

/// kubernetes/ingress-gce#1891 and #1308, PostHog/charts-clickhouse#203, freiheit-com/kuberpult#2952.
#[test]
fn gke_reads_the_annotation_and_asks_the_pods() {
    let bundle = bundle(&catalog(
        "gke",
        "type = \"ingress\", class = \"gce\", managed-certificate = true, ssl-policy = \"modern\"",
        "",
    ));
    assert_snapshot!(printed(&bundle, &[("BackendConfig", "web"), ("FrontendConfig", "web"), ("ManagedCertificate", "web"), ("Service", "web"), ("Ingress", "web")]), @r#"
    ---
    apiVersion: cloud.google.com/v1
    kind: BackendConfig
    metadata:
      name: web
      namespace: catalog
    spec:
      connectionDraining:
        drainingTimeoutSec: 30
      healthCheck:
        checkIntervalSec: 15
        healthyThreshold: 2
        port: 8000
        requestPath: /readyz
        timeoutSec: 5
        type: HTTP
        unhealthyThreshold: 2
    ---
    apiVersion: networking.gke.io/v1beta1
    kind: FrontendConfig
    metadata:
      name: web
      namespace: catalog
    spec:
      redirectToHttps:
        enabled: true
        responseCodeName: MOVED_PERMANENTLY_DEFAULT
      sslPolicy: modern
    ---
    apiVersion: networking.gke.io/v1
    kind: ManagedCertificate
    metadata:
      name: web
      namespace: catalog
    spec:
      domains:
      - catalog.example.com
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
      namespace: catalog
      annotations:
        cloud.google.com/backend-config: "{\"default\":\"web\"}"
        cloud.google.com/neg: "{\"ingress\":true}"
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
      namespace: catalog
      annotations:
        kubernetes.io/ingress.class: gce
        networking.gke.io/managed-certificates: web
        networking.gke.io/v1beta1.FrontendConfig: web
    spec:
      rules:
      - host: catalog.example.com
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
    assert_snapshot!(callers(&bundle), @r#"[{"ipBlock":{"cidr":"130.211.0.0/22"}},{"ipBlock":{"cidr":"35.191.0.0/16"}}]"#);
    assert_snapshot!(env(&bundle, "ALLOWED_HOSTS").expect("hosts"), @"catalog.example.com,$(POD_IP)");
    assert_eq!(env(&bundle, "SECURE_SSL_REDIRECT"), None, "the load balancer redirects");
    assert_eq!(env(&bundle, "SECURE_REDIRECT_EXEMPT").as_deref(), Some("^livez$,^readyz$"));
    let pod = pod_spec(find(&bundle, "Deployment", "web"));
    assert_eq!(pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"], 20);
    assert!(pod.to_string().contains("615"), "the server keeps connections longer: {pod}");
    let namespace = find(&bundle, "Namespace", "catalog");
    assert!(!at(namespace, "/metadata/labels").to_string().contains("elbv2"));
}

#[test]
fn on_gke_an_ingress_without_a_class_is_one_of_its_own() {
    let of = |expose: &str| bundle(&catalog("gke", expose, ""));
    let annotations =
        |expose: &str| at(find(&of(expose), "Ingress", "web"), "/metadata/annotations").to_string();
    assert_snapshot!(annotations("type = \"ingress\", default-certificate = true"), @r#"{"kubernetes.io/ingress.class":"gce","networking.gke.io/v1beta1.FrontendConfig":"web"}"#);
    // Written by hand, as in the case.
    assert_snapshot!(annotations("type = \"ingress\", default-certificate = true, from = [\"130.211.0.0/22\", \"35.191.0.0/16\"], annotations = { \"kubernetes.io/ingress.class\" = \"gce\" }"), @r#"{"kubernetes.io/ingress.class":"gce","networking.gke.io/v1beta1.FrontendConfig":"web"}"#);
    assert!(find_maybe(&of("type = \"ingress\", default-certificate = true, annotations = { \"kubernetes.io/ingress.class\" = \"gce\" }"), "BackendConfig", "web").is_some());
    // Without a redirect it does not answer to plain HTTP, as no internal one does.
    assert_snapshot!(annotations("type = \"ingress\", managed-certificate = true, redirect = false"), @r#"{"kubernetes.io/ingress.allow-http":"false","kubernetes.io/ingress.class":"gce","networking.gke.io/managed-certificates":"web"}"#);
    let internal = of(
        "type = \"ingress\", class = \"gce-internal\", default-certificate = true, from = [\"10.129.0.0/23\"]",
    );
    assert_snapshot!(at(find(&internal, "Ingress", "web"), "/metadata/annotations").to_string(), @r#"{"kubernetes.io/ingress.allow-http":"false","kubernetes.io/ingress.class":"gce-internal"}"#);
    assert_snapshot!(callers(&internal), @r#"[{"ipBlock":{"cidr":"10.129.0.0/23"}},{"ipBlock":{"cidr":"130.211.0.0/22"}},{"ipBlock":{"cidr":"35.191.0.0/16"}}]"#);
    // Another controller of the cluster is left alone.
    let own = of("type = \"ingress\", default-certificate = true, from-namespaces = [\"envoy\"]");
    assert!(find_maybe(&own, "BackendConfig", "web").is_none());
    assert_snapshot!(callers(&own), @r#"[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"envoy"}}}]"#);
}

#[test]
fn a_gateway_of_gke_has_its_health_check_written_out() {
    let bundle = bundle(&catalog(
        "gke",
        "type = \"gateway\", class = \"gke-l7-global-external-managed\", issuer = \"letsencrypt\"",
        "[stages.x.cluster]\nprovides = [\"ClusterIssuer/letsencrypt\"]\n",
    ).replace("[stages.x]\n", ""));
    assert_snapshot!(printed(&bundle, &[("HealthCheckPolicy", "web"), ("GCPBackendPolicy", "web")]), @r#"
    ---
    apiVersion: networking.gke.io/v1
    kind: HealthCheckPolicy
    metadata:
      name: web
      namespace: catalog
    spec:
      default:
        checkIntervalSec: 15
        config:
          httpHealthCheck:
            port: 8000
            portSpecification: USE_FIXED_PORT
            requestPath: /readyz
          type: HTTP
        healthyThreshold: 2
        timeoutSec: 5
        unhealthyThreshold: 2
      targetRef:
        group: ""
        kind: Service
        name: web
    ---
    apiVersion: networking.gke.io/v1
    kind: GCPBackendPolicy
    metadata:
      name: web
      namespace: catalog
    spec:
      default:
        connectionDraining:
          drainingTimeoutSec: 30
      targetRef:
        group: ""
        kind: Service
        name: web
    "#);
    assert_snapshot!(callers(&bundle), @r#"[{"ipBlock":{"cidr":"130.211.0.0/22"}},{"ipBlock":{"cidr":"35.191.0.0/16"}}]"#);
    assert_snapshot!(env(&bundle, "ALLOWED_HOSTS").expect("hosts"), @"catalog.example.com,$(POD_IP)");
}

#[test]
fn gke_says_what_its_load_balancers_do_not_take() {
    let told = |provider: &str, expose: &str| {
        verdict(&catalog(provider, &format!("type = \"ingress\", {expose}"), ""))
    };
    // Nothing says that the stage runs on GKE.
    let hand = "default-certificate = true, from = [\"35.191.0.0/16\"], annotations = { \"kubernetes.io/ingress.class\" = \"gce\" }";
    assert_snapshot!(told("", hand), @r#"platform-mismatch 7:132 `gce` is a class of GKE, and nothing says that the stage runs there | the controller of GKE goes by an annotation, and asks `/` of pods unless a `BackendConfig` says more | write `cluster.provider = "gke"`; or name another class"#);
    assert_snapshot!(told("aks", hand), @r#"platform-mismatch 7:132 `gce` is a class of GKE, and nothing says that the stage runs there | the controller of GKE goes by an annotation, and asks `/` of pods unless a `BackendConfig` says more | write `cluster.provider = "gke"`; or name another class"#);
    assert_eq!(told("gke", hand), "");
    assert_snapshot!(told("gke", "class = \"gce\", default-certificate = true, annotations = { \"kubernetes.io/ingress.class\" = \"gce\" }"), @"conflict 7:89 the annotation `kubernetes.io/ingress.class` and `class` both name a class |  | remove the annotation: `class` becomes what the controller reads");
    assert_snapshot!(told("gke", "class = \"gce-internal\", default-certificate = true"), @r#"missing-field 7:10 nothing says which addresses the load balancer calls from | the network policy has to let it in | add `from` with the range of the proxy-only subnet of its network, for example `from = ["10.129.0.0/23"]`"#);
    assert_snapshot!(told("gke", "class = \"gce-internal\", managed-certificate = true, from = [\"10.129.0.0/23\"]"), @"conflict 7:76 only an Ingress of the class `gce` of GKE has `managed-certificate` |  | remove `managed-certificate`");
    assert_snapshot!(told("gke", "class = \"gce-internal\", default-certificate = true, redirect = true, from = [\"10.129.0.0/23\"]"), @"conflict 7:93 an internal load balancer of GKE does not redirect |  | remove `redirect`: with TLS it does not answer to plain HTTP");
    assert_snapshot!(told("", "managed-certificate = true, from-namespaces = [\"traefik\"]"), @r#"conflict 7:52 only an Ingress of the class `gce` of GKE has `managed-certificate` |  | write `class = "gce"` and `cluster.provider = "gke"`, or remove `managed-certificate`"#);
    assert_snapshot!(told("gke", "managed-certificate = true, hosts = [\".example.com\"]"), @"conflict 7:67 Google issues no managed certificate for `*.example.com` |  | name each host; or write `issuer` or `secret` in place of `managed-certificate`");
    assert_snapshot!(told("gke", "ssl-policy = \"modern\", from-namespaces = [\"traefik\"], default-certificate = true"), @"conflict 7:43 only an Ingress of the class `gce` of GKE has `ssl-policy` |  | remove `ssl-policy`");
    let asked = catalog("gke", "type = \"ingress\", default-certificate = true", "");
    assert_snapshot!(verdict(&asked.replace("probes = { readiness.path = \"/readyz\", liveness.path = \"/livez\" }", "probes = { readiness = { command = [\"true\"] }, liveness = { command = [\"true\"] } }")), @r#"missing-field 7:10 no path says whether `web` is ready | the load balancer asks each pod for one | add `probes.readiness = { path = "/readyz" }`"#);
    assert_snapshot!(verdict(&asked.replace("type = \"web\"\n", "type = \"web\"\nkeep-alive-seconds = 65\n")), @"conflict 7:22 the server drops idle connections after 65 s, and the load balancer keeps them for 600 s | requests on such a connection fail with 502 | write more than 600 s as `keep-alive-seconds`, or leave it out: it is computed");
}

#[test]
fn classes_of_platforms_are_there_and_say_who_calls() {
    let of = |provider: &str, class: &str| {
        let bundle = bundle(&catalog(
            provider,
            &format!("type = \"ingress\", default-certificate = true{class}"),
            "",
        ));
        let class = find(&bundle, "Ingress", "web");
        format!("{} from {}", at(class, "/spec/ingressClassName"), callers(&bundle))
    };
    assert_snapshot!(of("k3s", ""), @r#""traefik" from [{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"kube-system"}}}]"#);
    assert_snapshot!(of("openshift", ", class = \"openshift-default\""), @r#""openshift-default" from [{"namespaceSelector":{"matchLabels":{"policy-group.network.openshift.io/ingress":""}}}]"#);
    assert_snapshot!(of("aks", ", class = \"webapprouting.kubernetes.azure.com\""), @r#""webapprouting.kubernetes.azure.com" from [{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"app-routing-system"}}}]"#);
    assert_snapshot!(of("k3s", ", from-namespaces = [\"traefik\"]"), @r#"null from [{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"traefik"}}}]"#);
}
