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

#[test]
fn a_route_of_openshift_ends_tls_at_the_router() {
    let bundle = bundle(&catalog("openshift", "type = \"route\"", ""));
    assert_snapshot!(printed(&bundle, &[("Route", "web")]), @r#"
    ---
    apiVersion: route.openshift.io/v1
    kind: Route
    metadata:
      name: web
      namespace: catalog
    spec:
      host: catalog.example.com
      port:
        targetPort: http
      tls:
        insecureEdgeTerminationPolicy: Redirect
        termination: edge
      to:
        kind: Service
        name: web
        weight: 100
      wildcardPolicy: None
    "#);
    assert_snapshot!(callers(&bundle), @r#"[{"namespaceSelector":{"matchLabels":{"policy-group.network.openshift.io/ingress":""}}}]"#);
    assert_eq!(
        env(&bundle, "CSRF_TRUSTED_ORIGINS").as_deref(),
        Some("https://catalog.example.com")
    );
    assert_eq!(env(&bundle, "SECURE_SSL_REDIRECT"), None, "the router redirects");
}

#[test]
fn a_route_takes_a_certificate_of_its_own_and_words() {
    let of = |expose: &str, more: &str| bundle(&catalog("openshift", expose, more));
    let own = of(
        "type = \"route\", secret = \"cert\", redirect = false, paths = [\"/\", \"/api\"], timeout-seconds = 120, sticky-sessions = false, websockets = true",
        "[secrets.cert]\nsource = \"existing\"\nkeys = [\"tls.crt\", \"tls.key\"]\n",
    );
    assert_snapshot!(printed(&own, &[("Route", "web-2"), ("Role", "web-certificate"), ("RoleBinding", "web-certificate")]), @r#"
    ---
    apiVersion: route.openshift.io/v1
    kind: Route
    metadata:
      name: web-2
      namespace: catalog
      annotations:
        haproxy.router.openshift.io/disable_cookies: "true"
        haproxy.router.openshift.io/timeout: 120s
        haproxy.router.openshift.io/timeout-tunnel: 3600s
    spec:
      host: catalog.example.com
      path: /api
      port:
        targetPort: http
      tls:
        externalCertificate:
          name: cert
        insecureEdgeTerminationPolicy: None
        termination: edge
      to:
        kind: Service
        name: web
        weight: 100
      wildcardPolicy: None
    ---
    apiVersion: rbac.authorization.k8s.io/v1
    kind: Role
    metadata:
      name: web-certificate
      namespace: catalog
    rules:
    - apiGroups:
      - ""
      resources:
      - secrets
      resourceNames:
      - cert
      verbs:
      - get
      - list
      - watch
    ---
    apiVersion: rbac.authorization.k8s.io/v1
    kind: RoleBinding
    metadata:
      name: web-certificate
      namespace: catalog
    roleRef:
      apiGroup: rbac.authorization.k8s.io
      kind: Role
      name: web-certificate
    subjects:
    - kind: ServiceAccount
      name: router
      namespace: openshift-ingress
    "#);
    let served = "name = \"s\"\ncluster.provider = \"openshift\"\n[components.search]\ntype = \"service\"\nimage = \"quay.io/acme/search:1\"\nport = 8443\nexpose = { type = \"route\", hosts = [\"search.example.com\"], termination = \"reencrypt\" }\n[stages.x]\n";
    assert_snapshot!(at(find(&bundle(served), "Route", "search"), "/spec/tls").to_string(), @r#"{"insecureEdgeTerminationPolicy":"Redirect","termination":"reencrypt"}"#);
}

#[test]
fn a_route_says_what_it_can_not_do() {
    let told = |provider: &str, expose: &str| {
        verdict(&catalog(provider, &format!("type = \"route\"{expose}"), ""))
    };
    assert_snapshot!(told("eks", ""), @r#"conflict 7:10 only OpenShift has Routes |  | write `cluster.provider = "openshift"` in the stages that run there, and `ingress` or `gateway` in others"#);
    assert_snapshot!(told("", ""), @r#"conflict 7:10 only OpenShift has Routes |  | write `cluster.provider = "openshift"` in the stages that run there, and `ingress` or `gateway` in others"#);
    assert_snapshot!(told("openshift", ", hosts = [\".example.com\"]"), @"conflict 7:37 a Route does not answer to `*.example.com` | routers refuse wildcards unless they are told to admit them | name each host in `hosts`");
    assert_snapshot!(told("openshift", ", termination = \"reencrypt\""), @r#"conflict 7:42 `web` speaks plain HTTP | the router would speak TLS to it | write `termination = "edge"`, or leave it out"#);
    assert_snapshot!(told("openshift", ", destination-ca = \"x\""), @r#"conflict 7:45 a CA for TLS that nobody speaks | the router speaks plain HTTP to the pods | write `termination = "reencrypt"`, or remove `destination-ca`"#);
    assert_snapshot!(told("openshift", ", termination = \"none\""), @r#"plain-http 7:10 `web` is reached by plain HTTP in a production stage | passwords and sessions can be read on the way | remove `termination`: TLS ends at the router then; if TLS ends before it, say so: `components.web.allow.plain-http = "…"`"#);
    assert_snapshot!(told("openshift", ", issuer = \"letsencrypt\""), @r#"conflict 7:37 cert-manager does not watch Routes | asks for no certificate | leave it out for the certificate of the router; or write `secret = "…"` with one of your own"#);
    assert_snapshot!(told("openshift", ", certificate = \"arn:aws:acm:us-east-1:111122223333:certificate/0b3a\""), @r#"conflict 7:42 only load balancers of AWS can use a certificate of ACM | its key never leaves AWS | leave it out for the certificate of the router; or write `secret = "…"`"#);
    assert_snapshot!(told("openshift", ", body-size = \"20Mi\""), @"conflict 7:40 the router of OpenShift has no word for `body-size` |  | leave it out: the server limits bodies (`DATA_UPLOAD_MAX_MEMORY_SIZE`), or an nginx before it does");
}

#[test]
fn traefik_redirects_by_a_middleware_where_it_is_asked_to() {
    let of = |expose: &str| {
        bundle(&catalog(
            "k3s",
            &format!("type = \"ingress\", default-certificate = true{expose}"),
            "",
        ))
    };
    let plain = of("");
    assert!(find_maybe(&plain, "Middleware", "web-https").is_none());
    assert_eq!(env(&plain, "SECURE_SSL_REDIRECT").as_deref(), Some("true"));
    let asked = of(
        ", redirect = true, body-size = \"20Mi\", timeout-seconds = 120, sticky-sessions = true, annotations = { \"traefik.ingress.kubernetes.io/router.middlewares\" = \"infra-auth@kubernetescrd\" }",
    );
    assert_eq!(env(&asked, "SECURE_SSL_REDIRECT"), None);
    assert_snapshot!(printed(&asked, &[("Middleware", "web-https"), ("Middleware", "web-body"), ("ServersTransport", "web")]), @r#"
    ---
    apiVersion: traefik.io/v1alpha1
    kind: Middleware
    metadata:
      name: web-https
      namespace: catalog
    spec:
      redirectScheme:
        permanent: true
        scheme: https
    ---
    apiVersion: traefik.io/v1alpha1
    kind: Middleware
    metadata:
      name: web-body
      namespace: catalog
    spec:
      buffering:
        maxRequestBodyBytes: 20971520
    ---
    apiVersion: traefik.io/v1alpha1
    kind: ServersTransport
    metadata:
      name: web
      namespace: catalog
    spec:
      forwardingTimeouts:
        responseHeaderTimeout: 120s
    "#);
    assert_snapshot!(at(find(&asked, "Ingress", "web"), "/metadata/annotations").to_string(), @r#"{"traefik.ingress.kubernetes.io/router.middlewares":"infra-auth@kubernetescrd,catalog-web-https@kubernetescrd,catalog-web-body@kubernetescrd"}"#);
    assert_snapshot!(at(find(&asked, "Service", "web"), "/metadata/annotations").to_string(), @r#"{"traefik.ingress.kubernetes.io/service.serverstransport":"catalog-web@kubernetescrd","traefik.ingress.kubernetes.io/service.sticky.cookie":"true"}"#);
}

/// The words of each front that has a form for them, as annotations and objects beside the Ingress.
#[test]
fn each_controller_is_told_in_its_own_way() {
    const WORDS: &str = "timeout-seconds = 120, sticky-sessions = true, websockets = true";
    let ingress = |class: &str, words: &str| {
        bundle(&catalog(
            "",
            &format!(
                "type = \"ingress\", default-certificate = true, class = \"{class}\", from-namespaces = [\"front\"], {words}"
            ),
            &format!("cluster.provides = [\"IngressClass/{class}\"]\n"),
        ))
    };
    let annotations = |bundle: &seaway_render::Bundle| {
        at(find(bundle, "Ingress", "web"), "/metadata/annotations").to_string()
    };
    assert_snapshot!(annotations(&ingress("nginx", &format!("{WORDS}, body-size = \"20Mi\""))), @r#"{"nginx.ingress.kubernetes.io/affinity":"cookie","nginx.ingress.kubernetes.io/proxy-body-size":"20971520","nginx.ingress.kubernetes.io/proxy-read-timeout":"3600","nginx.ingress.kubernetes.io/proxy-send-timeout":"3600"}"#);
    assert_snapshot!(annotations(&ingress("haproxy", WORDS)), @r#"{"haproxy.org/cookie-persistence":"SERVERID","haproxy.org/timeout-server":"120s"}"#);
    assert_snapshot!(annotations(&ingress("own", &format!("controller = \"openshift\", {WORDS}"))), @r#"{"haproxy.router.openshift.io/timeout":"120s","haproxy.router.openshift.io/timeout-tunnel":"3600s"}"#);
    let gke = bundle(&catalog(
        "gke",
        &format!("type = \"ingress\", default-certificate = true, {WORDS}"),
        "",
    ));
    assert_snapshot!(at(find(&gke, "BackendConfig", "web"), "/spec").to_string(), @r#"{"connectionDraining":{"drainingTimeoutSec":30},"healthCheck":{"checkIntervalSec":15,"healthyThreshold":2,"port":8000,"requestPath":"/readyz","timeoutSec":5,"type":"HTTP","unhealthyThreshold":2},"sessionAffinity":{"affinityType":"GENERATED_COOKIE"},"timeoutSec":3600}"#);
    let gateway = bundle(&catalog(
        "gke",
        &format!("type = \"gateway\", class = \"gke-l7-gxlb\", secret = \"cert\", {WORDS}"),
        "[secrets.cert]\nsource = \"existing\"\nkeys = [\"tls.crt\", \"tls.key\"]\n",
    ));
    assert_snapshot!(at(find(&gateway, "GCPBackendPolicy", "web"), "/spec/default").to_string(), @r#"{"connectionDraining":{"drainingTimeoutSec":30},"sessionAffinity":{"type":"GENERATED_COOKIE"},"timeoutSec":3600}"#);
    let gateway = bundle(&catalog(
        "",
        "type = \"gateway\", parent = \"infra/public\", from-namespaces = [\"envoy\"], timeout-seconds = 120",
        "cluster.provides = [\"Gateway/infra/public\"]\n",
    ));
    assert_snapshot!(at(find(&gateway, "HTTPRoute", "web"), "/spec/rules/0/timeouts").to_string(), @r#"{"request":"120s"}"#);
    let alb = bundle(&catalog(
        "kops",
        "type = \"alb\", certificate = \"arn:aws:acm:us-east-1:111122223333:certificate/0b3a\", sticky-sessions = true, websockets = true",
        "",
    ));
    let of_alb = at(find(&alb, "Ingress", "web"), "/metadata/annotations");
    assert_snapshot!(of_alb["alb.ingress.kubernetes.io/target-group-attributes"].to_string(), @r#""deregistration_delay.timeout_seconds=30,stickiness.enabled=true,stickiness.type=lb_cookie""#);
    assert!(
        of_alb["alb.ingress.kubernetes.io/load-balancer-attributes"]
            .to_string()
            .contains("idle_timeout.timeout_seconds=3600")
    );
}

#[test]
fn a_word_that_a_controller_does_not_know_is_an_error() {
    let told = |class: &str, word: &str| {
        verdict(&catalog(
            "",
            &format!(
                "type = \"ingress\", default-certificate = true, from-namespaces = [\"front\"]{class}, {word}"
            ),
            "cluster.provides = [\"IngressClass/haproxy\", \"IngressClass/own\"]\n",
        ))
    };
    assert_snapshot!(told(", class = \"haproxy\"", "body-size = \"20Mi\""), @"conflict 7:118 HAProxy has no word for `body-size` |  | leave it out: the server limits bodies (`DATA_UPLOAD_MAX_MEMORY_SIZE`), or an nginx before it does");
    assert_snapshot!(told(", class = \"own\"", "timeout-seconds = 120"), @r#"missing-field 7:120 nothing says which controller is told `timeout-seconds` | each says it in its own way | add `controller = "nginx"`, `"traefik"`, `"haproxy"` or `"openshift"`"#);
    assert_eq!(told(", class = \"own\", controller = \"nginx\"", "timeout-seconds = 120"), "");
    assert_snapshot!(told(", class = \"haproxy\"", "timeout-seconds = 0"), @"invalid-value 7:124 `timeout-seconds` can not be 0 |  | leave it out for what the controller does by itself");
    assert_snapshot!(verdict(&catalog("kops", "type = \"alb\", certificate = \"arn:aws:acm:us-east-1:111122223333:certificate/0b3a\", timeout-seconds = 120", "")), @"conflict 7:113 an Application Load Balancer has no word for `timeout-seconds` |  | write `idle-timeout-seconds`, for which it waits");
    assert_snapshot!(verdict(&catalog("", "type = \"gateway\", parent = \"infra/public\", from-namespaces = [\"envoy\"], sticky-sessions = true, timeout-seconds = 100000", "cluster.provides = [\"Gateway/infra/public\"]\n")), @r#"
    conflict 7:102 the Gateway API has no word for `sticky-sessions` |  | leave it out: keep sessions in the database or the cache, where each pod finds them
    invalid-value 7:126 a Gateway waits for no answer as long as 100000 s |  | write at most 99999
    "#);
}

#[test]
fn load_balancers_of_clouds_are_internal_or_have_a_static_address() {
    let annotations = |provider: &str, words: &str| {
        let text = catalog(
            provider,
            &format!("type = \"load-balancer\", {words}"),
            "[components.web.allow]\nplain-http = \"behind a VPN\"\n",
        );
        at(find(&bundle(&text), "Service", "web"), "/metadata/annotations").to_string()
    };
    assert_snapshot!(annotations("gke", "scheme = \"internal\", address = \"shop-ip\""), @r#"{"networking.gke.io/load-balancer-ip-addresses":"shop-ip","networking.gke.io/load-balancer-type":"Internal"}"#);
    assert_snapshot!(annotations("aks", "scheme = \"internal\", address = \"10.0.0.7\""), @r#"{"service.beta.kubernetes.io/azure-load-balancer-internal":"true","service.beta.kubernetes.io/azure-load-balancer-ipv4":"10.0.0.7"}"#);
    assert_snapshot!(annotations("aks", "address = \"shop-ip\""), @r#"{"service.beta.kubernetes.io/azure-pip-name":"shop-ip"}"#);
    assert_snapshot!(annotations("doks", "scheme = \"internal\""), @r#"{"service.beta.kubernetes.io/do-loadbalancer-network":"INTERNAL"}"#);
    let told = |provider: &str, words: &str| {
        verdict(&catalog(
            provider,
            &format!("type = \"load-balancer\"{words}"),
            "[components.web.allow]\nplain-http = \"behind a VPN\"\n",
        ))
    };
    assert_snapshot!(told("doks", ", address = \"shop-ip\""), @r#"
    plain-http 7:10 `web` is reached by plain HTTP in a production stage | passwords and sessions can be read on the way | expose it by `ingress`, `alb` or `gateway`, which end TLS; if TLS ends before it, say so: `components.web.allow.plain-http = "…"`
    conflict 7:46 a load balancer of DigitalOcean takes no reserved address |  | remove `address`: its own stays as long as the Service does
    "#);
    assert_snapshot!(told("eks", ", scheme = \"internal\""), @r#"
    plain-http 7:10 `web` is reached by plain HTTP in a production stage | passwords and sessions can be read on the way | expose it by `ingress`, `alb` or `gateway`, which end TLS; if TLS ends before it, say so: `components.web.allow.plain-http = "…"`
    conflict 7:45 `scheme` of a load balancer on `eks` is said in `nlb` |  | write `nlb = { scheme = "internal" }`, which the AWS Load Balancer Controller reads
    "#);
    assert_snapshot!(told("kops", ", scheme = \"internal\", nlb = {}"), @r#"
    plain-http 7:10 `web` is reached by plain HTTP in a production stage | passwords and sessions can be read on the way | add `nlb.certificate = "arn:aws:acm:REGION:ACCOUNT:certificate/ID"`; if TLS ends before it, say so: `components.web.allow.plain-http = "…"`
    conflict 7:45 `scheme` beside `nlb` |  | write the options of a load balancer of AWS in `nlb`: `nlb = { scheme = "internal" }`
    "#);
    assert_snapshot!(told("minikube", ", scheme = \"internal\""), @r#"
    plain-http 7:10 `web` is reached by plain HTTP in a production stage | passwords and sessions can be read on the way | expose it by `ingress`, `alb` or `gateway`, which end TLS; if TLS ends before it, say so: `components.web.allow.plain-http = "…"`
    conflict 7:45 a load balancer on `minikube` has no word for `scheme` |  | remove it; `annotations` and `class` tell the controller of the cluster more
    "#);
    assert_snapshot!(told("", ", scheme = \"internal\""), @r#"
    plain-http 7:10 `web` is reached by plain HTTP in a production stage | passwords and sessions can be read on the way | expose it by `ingress`, `alb` or `gateway`, which end TLS; if TLS ends before it, say so: `components.web.allow.plain-http = "…"`
    missing-field 7:45 nothing says which cloud is told `scheme` |  | add `cluster.provider = "gke"`, `"aks"` or `"doks"`
    "#);
    assert_snapshot!(told("gke", ", scheme = \"internal\", annotations = { \"networking.gke.io/load-balancer-type\" = \"Internal\" }"), @r#"
    plain-http 7:10 `web` is reached by plain HTTP in a production stage | passwords and sessions can be read on the way | expose it by `ingress`, `alb` or `gateway`, which end TLS; if TLS ends before it, say so: `components.web.allow.plain-http = "…"`
    conflict 7:73 the annotation `networking.gke.io/load-balancer-type` is written by `scheme` |  | remove the annotation
    "#);
    // The ports of Traefik.
    assert_snapshot!(told("k3s", ""), @r#"
    platform-mismatch 7:10 Traefik of k3s has port 80 of each node | the pods of this load balancer wait for the port | expose it by Traefik: `expose = { type = "ingress", … }`; if k3s runs without Traefik, say so: `components.web.allow.platform-mismatch = "…"`
    plain-http 7:10 `web` is reached by plain HTTP in a production stage | passwords and sessions can be read on the way | expose it by `ingress`, `alb` or `gateway`, which end TLS; if TLS ends before it, say so: `components.web.allow.plain-http = "…"`
    "#);
}
