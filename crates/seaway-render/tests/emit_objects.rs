//! How objects look: the order of their fields, what is left out of them, and the types of Kubernetes in them.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec, DeploymentStrategy};
use k8s_openapi::api::core::v1::{
    Capabilities, ConfigMap, Container, ContainerPort, EmptyDirVolumeSource, EnvVar, EnvVarSource,
    HTTPGetAction, PodSecurityContext, PodSpec, PodTemplateSpec, Probe, ResourceRequirements,
    Secret, SecretKeySelector, SecurityContext, Service, ServicePort, ServiceSpec, Volume,
    VolumeMount,
};
use k8s_openapi::api::networking::v1::{
    NetworkPolicy, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort,
    NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use seaway_render::emit::{Format, document};
use serde::Serialize;

fn yaml<T: Serialize + ?Sized>(value: &T) -> String {
    let mut out = String::new();
    assert_eq!(document(value, Format::Yaml, &mut out), Ok(()));
    out
}

fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn web() -> ObjectMeta {
    let labels =
        Some(labels(&[("app.kubernetes.io/name", "web"), ("app.kubernetes.io/part-of", "shop")]));
    ObjectMeta {
        name: Some("web".to_owned()),
        namespace: Some("shop".to_owned()),
        labels,
        ..ObjectMeta::default()
    }
}

fn container() -> Container {
    let secret = SecretKeySelector {
        name: "django".to_owned(),
        key: "secret-key".to_owned(),
        optional: None,
    };
    let from = EnvVarSource { secret_key_ref: Some(secret), ..EnvVarSource::default() };
    let get = HTTPGetAction {
        path: Some("/healthz".to_owned()),
        port: IntOrString::String("http".to_owned()),
        ..HTTPGetAction::default()
    };
    let amounts = |pairs: &[(&str, &str)]| {
        Some(
            pairs
                .iter()
                .map(|&(key, value)| (key.to_owned(), Quantity(value.to_owned())))
                .collect(),
        )
    };
    Container {
        name: "web".to_owned(),
        image: Some("ghcr.io/acme/shop:1.4.0".to_owned()),
        command: Some(vec!["gunicorn".to_owned()]),
        args: Some(vec!["shop.wsgi".to_owned(), "--bind=0.0.0.0:8000".to_owned()]),
        ports: Some(vec![ContainerPort {
            name: Some("http".to_owned()),
            container_port: 8000,
            ..ContainerPort::default()
        }]),
        env: Some(vec![
            EnvVar { name: "DEBUG".to_owned(), value: Some("off".to_owned()), value_from: None },
            EnvVar { name: "EMPTY".to_owned(), value: Some(String::new()), value_from: None },
            EnvVar { name: "SECRET_KEY".to_owned(), value: None, value_from: Some(from) },
        ]),
        resources: Some(ResourceRequirements {
            requests: amounts(&[("cpu", "100m"), ("memory", "256Mi")]),
            limits: amounts(&[("memory", "256Mi")]),
            claims: Some(Vec::new()),
        }),
        readiness_probe: Some(Probe {
            http_get: Some(get),
            period_seconds: Some(10),
            ..Probe::default()
        }),
        security_context: Some(SecurityContext {
            allow_privilege_escalation: Some(false),
            capabilities: Some(Capabilities { drop: Some(vec!["ALL".to_owned()]), add: None }),
            read_only_root_filesystem: Some(true),
            ..SecurityContext::default()
        }),
        volume_mounts: Some(vec![VolumeMount {
            mount_path: "/tmp".to_owned(),
            name: "tmp".to_owned(),
            ..VolumeMount::default()
        }]),
        ..Container::default()
    }
}

fn deployment() -> Deployment {
    let pod = PodSpec {
        containers: vec![Container {
            name: "web".to_owned(),
            image: Some("shop".to_owned()),
            ..Container::default()
        }],
        automount_service_account_token: Some(false),
        security_context: Some(PodSecurityContext {
            run_as_non_root: Some(true),
            ..PodSecurityContext::default()
        }),
        volumes: Some(vec![Volume {
            name: "tmp".to_owned(),
            empty_dir: Some(EmptyDirVolumeSource::default()),
            ..Volume::default()
        }]),
        ..PodSpec::default()
    };
    let name = labels(&[("app.kubernetes.io/name", "web")]);
    let template = PodTemplateSpec {
        metadata: Some(ObjectMeta { labels: Some(name.clone()), ..ObjectMeta::default() }),
        spec: Some(pod),
    };
    Deployment {
        metadata: web(),
        spec: DeploymentSpec {
            replicas: Some(3),
            selector: LabelSelector { match_labels: Some(name), ..LabelSelector::default() },
            strategy: Some(DeploymentStrategy::default()),
            template,
            ..DeploymentSpec::default()
        },
        status: None,
    }
}

#[test]
fn a_container_reads_as_if_written_by_hand() {
    assert_snapshot!(yaml(&container()), @r#"
    ---
    name: web
    image: ghcr.io/acme/shop:1.4.0
    command:
    - gunicorn
    args:
    - shop.wsgi
    - --bind=0.0.0.0:8000
    ports:
    - name: http
      containerPort: 8000
    env:
    - name: DEBUG
      value: "off"
    - name: EMPTY
      value: ""
    - name: SECRET_KEY
      valueFrom:
        secretKeyRef:
          name: django
          key: secret-key
    resources:
      requests:
        cpu: 100m
        memory: 256Mi
      limits:
        memory: 256Mi
    volumeMounts:
    - name: tmp
      mountPath: /tmp
    readinessProbe:
      httpGet:
        path: /healthz
        port: http
      periodSeconds: 10
    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities:
        drop:
        - ALL
    "#);
}

#[test]
fn a_deployment_reads_as_if_written_by_hand() {
    assert_snapshot!(yaml(&deployment()), @r"
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
      namespace: shop
      labels:
        app.kubernetes.io/name: web
        app.kubernetes.io/part-of: shop
    spec:
      replicas: 3
      selector:
        matchLabels:
          app.kubernetes.io/name: web
      template:
        metadata:
          labels:
            app.kubernetes.io/name: web
        spec:
          automountServiceAccountToken: false
          securityContext:
            runAsNonRoot: true
          containers:
          - name: web
            image: shop
          volumes:
          - name: tmp
            emptyDir: {}
    ");
}

#[test]
fn a_service_reads_as_if_written_by_hand() {
    let service = Service {
        metadata: web(),
        spec: Some(ServiceSpec {
            selector: Some(labels(&[("app.kubernetes.io/name", "web")])),
            ports: Some(vec![ServicePort {
                name: Some("http".to_owned()),
                port: 80,
                target_port: Some(IntOrString::String("http".to_owned())),
                node_port: Some(30080),
                ..ServicePort::default()
            }]),
            type_: Some("NodePort".to_owned()),
            ..ServiceSpec::default()
        }),
        status: None,
    };
    assert_snapshot!(yaml(&service), @r"
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
      namespace: shop
      labels:
        app.kubernetes.io/name: web
        app.kubernetes.io/part-of: shop
    spec:
      type: NodePort
      selector:
        app.kubernetes.io/name: web
      ports:
      - name: http
        port: 80
        targetPort: http
        nodePort: 30080
    ");
}

#[test]
fn a_network_policy_keeps_its_meaningful_empties() {
    let everything = NetworkPolicyPeer {
        namespace_selector: Some(LabelSelector::default()),
        pod_selector: Some(LabelSelector {
            match_labels: Some(BTreeMap::new()),
            match_expressions: Some(Vec::new()),
        }),
        ip_block: None,
    };
    let port = NetworkPolicyPort {
        port: Some(IntOrString::Int(8000)),
        protocol: Some("TCP".to_owned()),
        end_port: None,
    };
    let policy = NetworkPolicy {
        metadata: web(),
        spec: Some(NetworkPolicySpec {
            egress: Some(Vec::new()),
            ingress: Some(vec![
                NetworkPolicyIngressRule {
                    from: Some(vec![everything, NetworkPolicyPeer::default()]),
                    ports: Some(vec![port]),
                },
                NetworkPolicyIngressRule { from: Some(Vec::new()), ports: None },
            ]),
            pod_selector: Some(LabelSelector::default()),
            policy_types: Some(vec!["Ingress".to_owned(), "Egress".to_owned()]),
        }),
    };
    assert_snapshot!(yaml(&policy), @"
    ---
    apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata:
      name: web
      namespace: shop
      labels:
        app.kubernetes.io/name: web
        app.kubernetes.io/part-of: shop
    spec:
      podSelector: {}
      policyTypes:
      - Ingress
      - Egress
      ingress:
      - from:
        - namespaceSelector: {}
          podSelector: {}
        - {}
        ports:
        - protocol: TCP
          port: 8000
      - {}
    ");
}

#[test]
fn text_is_a_block_and_bytes_are_base64() {
    let config = ConfigMap {
        metadata: web(),
        data: Some(labels(&[
            ("nginx.conf", "events {}\nhttp {\n\tserver {}\n}\n"),
            ("on", "1_000"),
        ])),
        ..ConfigMap::default()
    };
    assert_snapshot!(yaml(&config), @r#"
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: web
      namespace: shop
      labels:
        app.kubernetes.io/name: web
        app.kubernetes.io/part-of: shop
    data:
      nginx.conf: |
        events {}
        http {
        	server {}
        }
      "on": "1_000"
    "#);
    let secret = Secret {
        metadata: web(),
        data: Some(BTreeMap::from([("key".to_owned(), k8s_openapi::ByteString(vec![0, 255, 10]))])),
        type_: Some("Opaque".to_owned()),
        ..Secret::default()
    };
    assert_snapshot!(yaml(&secret), @r"
    ---
    apiVersion: v1
    kind: Secret
    metadata:
      name: web
      namespace: shop
      labels:
        app.kubernetes.io/name: web
        app.kubernetes.io/part-of: shop
    type: Opaque
    data:
      key: AP8K
    ");
}

#[test]
fn what_holds_nothing_is_left_out_with_all_that_held_it() {
    let mut empty = deployment();
    empty.spec.template =
        PodTemplateSpec { metadata: Some(ObjectMeta::default()), spec: Some(PodSpec::default()) };
    empty.metadata = ObjectMeta { labels: Some(BTreeMap::new()), ..ObjectMeta::default() };
    assert_snapshot!(yaml(&empty), @r"
    ---
    apiVersion: apps/v1
    kind: Deployment
    spec:
      replicas: 3
      selector:
        matchLabels:
          app.kubernetes.io/name: web
    ");
    assert_eq!(yaml(&ConfigMap::default()), "---\napiVersion: v1\nkind: ConfigMap\n");
}
