//! `[[objects]]`: what a user writes, typed where the kind is known, and hardened like everything else.

use insta::assert_snapshot;

use crate::support::{at, based, case, find, good, own, pod, yaml};

fn object(api_version: &str, kind: &str, more: &str) -> String {
    format!(
        "[[objects]]\napiVersion = \"{api_version}\"\nkind = \"{kind}\"\nmetadata.name = \"o\"\n{more}"
    )
}

#[test]
fn faults_of_a_known_kind_are_told_where_they_are() {
    assert_snapshot!(pod("spec.container = []"), @"unknown-field 9:6 unknown key `container` | not known here | did you mean `containers`?");
    assert_snapshot!(pod("spec.containers = [{ name = \"c\", image = \"i:1\", livenesProbe = {} }]"), @"unknown-field 9:49 unknown key `livenesProbe` | not known here | did you mean `livenessProbe`?");
    assert_snapshot!(pod("spec.containers = [{ name = \"c\", image = 1 }]"), @r#"wrong-type 9:42 expected a string, found an integer |  | write it in quotes: `"1"`"#);
    assert_snapshot!(pod("spec.terminationGracePeriodSeconds = \"30\"\nspec.containers = [{ name = \"c\", image = \"i:1\" }]"), @"wrong-type 9:38 expected an integer, found a string |  |");
    assert_snapshot!(case(&object("v1", "ConfigMap", "data.on = true")), @r#"wrong-type 9:11 expected a string, found a boolean |  | write it in quotes: `"true"`"#);
    assert_snapshot!(case("[[objects]]\napiVersion = \"v1\"\nkind = \"ConfigMap\"\nmetadata.labels.a = \"b\""), @"invalid-object 5:1 a ConfigMap without a name |  | write `metadata.name = …`");
    assert_snapshot!(case("[[objects]]\nkind = \"ConfigMap\"\nmetadata.name = \"a\""), @r#"invalid-object 5:1 an object without `apiVersion` or `kind` |  | write both, for example `apiVersion = "v1"` and `kind = "Service"`"#);
    assert_snapshot!(case("[[objects]]\napiVersion = \"v1\"\nmetadata.name = \"a\""), @r#"invalid-object 5:1 an object without `apiVersion` or `kind` |  | write both, for example `apiVersion = "v1"` and `kind = "Service"`"#);
    assert_snapshot!(case("[[objects]]"), @r#"invalid-object 5:1 an object without `apiVersion` or `kind` |  | write both, for example `apiVersion = "v1"` and `kind = "Service"`"#);
}

#[test]
fn a_kind_that_would_pass_unseen_is_refused() {
    assert_snapshot!(case(&object("v1", "Deployment", "")), @r#"invalid-object 6:14 there is no Deployment in `v1` |  | write `apiVersion = "apps/v1"`"#);
    assert_snapshot!(case(&object("extensions/v1beta1", "Ingress", "")), @r#"removed-api 6:14 Kubernetes 1.22 removed `extensions/v1beta1` Ingress |  | write `apiVersion = "networking.k8s.io/v1"`"#);
    assert_snapshot!(case(&object("apps/v1", "Deploymnet", "")), @"invalid-object 7:8 there is no Deploymnet in `apps/v1` |  | did you mean `Deployment`?");
    assert_snapshot!(case(&object("apps/v1", "ReplicaSet", "")), @"invalid-object 7:8 a ReplicaSet would pass the checks unseen |  | write a Deployment, which makes one");
    assert_snapshot!(case(&object("v1", "List", "items = []")), @"invalid-object 7:8 a List would pass the checks unseen |  | write each of its objects as an `[[objects]]` of its own");
    good(&object("storage.k8s.io/v1", "CSIDriver", ""));
    good(&object("serving.knative.dev/v1", "Service", ""));
    good(&object("gateway.networking.k8s.io/v1", "HTTPRoute", ""));
}

#[test]
fn a_custom_resource_is_printed_as_it_was_written() {
    let bundle = based(&object(
        "example.com/v1",
        "Thing",
        "spec = { empty = {}, list = [], deep = [{ on = \"off\" }], number = 1.0 }",
    ));
    assert_snapshot!(yaml(&own(&bundle).body), @r#"
    ---
    apiVersion: example.com/v1
    kind: Thing
    metadata:
      name: o
      namespace: s
      labels:
        app.kubernetes.io/managed-by: seaway
        app.kubernetes.io/part-of: s
    spec:
      deep:
      - "on": "off"
      empty: {}
      list: []
      number: 1.0
    "#);
}

#[test]
fn a_kind_without_a_namespace_gets_none() {
    let bundle = based(&object("cert-manager.io/v1", "ClusterIssuer", ""));
    assert_eq!(own(&bundle).body.metadata().namespace, None);
    let bundle = based(&object("example.com/v1", "Thing", "metadata.namespace = \"\""));
    assert_eq!(own(&bundle).body.metadata().namespace, None);
    let bundle = based(&object("example.com/v1", "Thing", "metadata.namespace = \"o\""));
    assert_eq!(own(&bundle).body.metadata().namespace.as_deref(), Some("o"));
}

#[test]
fn a_pod_is_hardened_and_nothing_that_was_written_is_changed() {
    let bundle = based(&object(
        "batch/v1",
        "Job",
        "[objects.spec.template.spec]\n\
         volumes = [{ name = \"tmp\", persistentVolumeClaim.claimName = \"c\" }]\n\
         containers = [\n\
         { name = \"a\", image = \"i:1\", resources.limits.memory = \"1Gi\" },\n\
         { name = \"b\", image = \"i:1\", securityContext = { readOnlyRootFilesystem = false, runAsUser = 7 }, resources.requests = { cpu = \"1\", memory = \"2Gi\" } },\n\
         ]\n[volumes.c]\nstorage = \"1Gi\"",
    ));
    assert_snapshot!(yaml(&own(&bundle).body), @r#"
    ---
    apiVersion: batch/v1
    kind: Job
    metadata:
      name: o
      namespace: s
      labels:
        app.kubernetes.io/managed-by: seaway
        app.kubernetes.io/part-of: s
    spec:
      template:
        metadata:
          labels:
            app.kubernetes.io/managed-by: seaway
            app.kubernetes.io/part-of: s
        spec:
          automountServiceAccountToken: false
          enableServiceLinks: false
          restartPolicy: Never
          securityContext:
            runAsNonRoot: true
            seccompProfile:
              type: RuntimeDefault
          containers:
          - name: a
            image: i:1
            resources:
              requests:
                cpu: 50m
                memory: 1Gi
              limits:
                memory: 1Gi
            volumeMounts:
            - name: scratch-tmp
              mountPath: /tmp
            securityContext:
              allowPrivilegeEscalation: false
              readOnlyRootFilesystem: true
              capabilities:
                drop:
                - ALL
          - name: b
            image: i:1
            resources:
              requests:
                cpu: "1"
                memory: 2Gi
              limits:
                memory: 2Gi
            securityContext:
              runAsUser: 7
              allowPrivilegeEscalation: false
              readOnlyRootFilesystem: false
              capabilities:
                drop:
                - ALL
          volumes:
          - name: tmp
            persistentVolumeClaim:
              claimName: c
          - name: scratch-tmp
            emptyDir:
              sizeLimit: 64Mi
    "#);
}

#[test]
fn a_namespace_of_its_own_and_labels_are_kept() {
    let bundle = based(&object(
        "v1",
        "ConfigMap",
        "metadata.namespace = \"other\"\nmetadata.labels.\"app.kubernetes.io/part-of\" = \"mine\"",
    ));
    assert_snapshot!(yaml(&own(&bundle).body), @r"
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: o
      namespace: other
      labels:
        app.kubernetes.io/managed-by: seaway
        app.kubernetes.io/part-of: mine
    ");
}

#[test]
fn pods_follow_configs_and_secrets_of_the_stack() {
    let read = |more: &str| {
        let bundle = based(&format!(
            "{}secrets.a.keys = [\"k\"]\n[config.c]\nk = \"v\"\n{}",
            more,
            object(
                "apps/v1",
                "Deployment",
                "spec.selector.matchLabels.a = \"b\"\nspec.template.metadata.labels.a = \"b\"\n\
                 spec.template.spec.containers = [{ name = \"c\", image = \"i:1\", envFrom = [{ configMapRef.name = \"c\" }, { secretRef.name = \"a\" }] }]"
            )
        ));
        let config =
            at(own(&bundle), "/spec/template/spec/containers/0/envFrom/0/configMapRef/name");
        assert_eq!(config, find(&bundle, "ConfigMap", "c").body.name());
        at(own(&bundle), "/spec/template/metadata/annotations").to_string()
    };
    let before = read("");
    assert!(before.contains("checksum/config-and-secrets"), "{before}");
    assert_ne!(before, read("secrets.a.source = \"existing\"\n"));
}
