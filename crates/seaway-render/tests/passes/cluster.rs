//! What the cluster is makes a difference for: storage classes, roles of AWS, names looked up on the node.

use insta::assert_snapshot;
use seaway_core::Span;
use serde_json::{Value, json};

use crate::support::{at, based, case, find, find_maybe, good, yaml};

const DB: &str = "components.db.type = \"postgres\"\ncomponents.web.env.A = \"${db.url}\"\n";

#[test]
fn a_storage_class_is_brought_along() {
    let bundle = based("cluster.storage-classes.gp3 = {}\n");
    assert_snapshot!(yaml(&find(&bundle, "StorageClass", "gp3").body), @r#"
    ---
    apiVersion: storage.k8s.io/v1
    kind: StorageClass
    metadata:
      name: gp3
      labels:
        app.kubernetes.io/managed-by: seaway
        app.kubernetes.io/part-of: s
    provisioner: ebs.csi.aws.com
    parameters:
      encrypted: "true"
      type: gp3
    reclaimPolicy: Retain
    volumeBindingMode: WaitForFirstConsumer
    allowVolumeExpansion: true
    "#);
    let kinds: Vec<&str> = bundle.objects.iter().map(|object| object.body.kind()).collect();
    let place = |kind: &str| kinds.iter().position(|one| *one == kind);
    assert!(place("StorageClass") < place("Deployment"), "{kinds:?}");
    let bundle = based(
        "cluster.storage-classes.fast = { iops = 6000, throughput = 500, reclaim = \"delete\", kms-key = \"arn:aws:kms:us-east-1:111122223333:key/1\" }\n",
    );
    let class = find(&bundle, "StorageClass", "fast");
    assert_eq!(
        at(class, "/parameters"),
        json!({"encrypted": "true", "iops": "6000", "throughput": "500", "type": "gp3",
               "kmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1"})
    );
    assert_eq!(at(class, "/reclaimPolicy"), json!("Delete"));
}

#[test]
fn claims_that_name_no_class_get_that_of_the_cluster() {
    let bundle = based(&format!(
        r#"cluster = {{ storage-class = "gp3", storage-classes.gp3 = {{}}, provides = ["StorageClass/io2", "PersistentVolume/by-hand"] }}
{DB}components.cache = {{ type = "redis", durable = true, storage-class = "io2" }}
components.web.env.B = "${{cache.url}}"
volumes.media.storage = "1Gi"
components.web.mounts."/media".volume = "media"
[[objects]]
apiVersion = "v1"
kind = "PersistentVolumeClaim"
metadata.name = "bound"
spec = {{ volumeName = "by-hand", accessModes = ["ReadWriteOnce"], resources.requests.storage = "1Gi" }}
[[objects]]
apiVersion = "v1"
kind = "PersistentVolumeClaim"
metadata.name = "none"
spec = {{ storageClassName = "", accessModes = ["ReadWriteOnce"], resources.requests.storage = "1Gi" }}
[[objects]]
apiVersion = "apps/v1"
kind = "StatefulSet"
metadata.name = "own"
[objects.spec]
serviceName = "db"
selector.matchLabels.a = "b"
template.metadata.labels.a = "b"
volumeClaimTemplates = [{{ metadata.name = "data", spec = {{ accessModes = ["ReadWriteOnce"], resources.requests.storage = "1Gi" }} }}]
template.spec.containers = [{{ name = "a", image = "a:1", volumeMounts = [{{ name = "tmp", mountPath = "/t" }}, {{ name = "data", mountPath = "/d" }}] }}]
template.spec.volumes = [{{ name = "tmp", ephemeral.volumeClaimTemplate.spec = {{ accessModes = ["ReadWriteOnce"], resources.requests.storage = "1Gi" }} }}]
"#
    ));
    let class =
        |name: &str| at(find(&bundle, "PersistentVolumeClaim", name), "/spec/storageClassName");
    assert_eq!([class("db-data"), class("media")], [json!("gp3"), json!("gp3")]);
    assert_eq!([class("cache-data"), class("none")], [json!("io2"), json!("")]);
    assert_eq!(class("bound"), Value::Null);
    let set = find(&bundle, "StatefulSet", "own");
    let template = "spec/volumeClaimTemplates/0/spec/storageClassName";
    assert_eq!(at(set, &format!("/{template}")), json!("gp3"));
    let ephemeral =
        "/spec/template/spec/volumes/0/ephemeral/volumeClaimTemplate/spec/storageClassName";
    assert_eq!(at(set, ephemeral), json!("gp3"));
    let path = "spec.volumeClaimTemplates[0].spec.storageClassName";
    let at_default = |span: Option<Span>| span.map(|span| span.start) < Some(200);
    assert!(at_default(set.origins.nearest(path).and_then(|(_, origin)| origin.span())));
}

#[test]
fn a_class_that_nobody_has_is_told_where_it_is_chosen() {
    assert_snapshot!(case(&format!("cluster.storage-class = \"gp3\"\n{DB}")), @r#"dangling-reference 5:25 there is no StorageClass `gp3` |  | if the cluster has it, say so: `cluster.provides = ["StorageClass/gp3"]`"#);
    assert_snapshot!(case(&format!("cluster = {{ storage-class = \"gp\", storage-classes.gp3 = {{}} }}\n{DB}")), @"dangling-reference 5:29 there is no StorageClass `gp` |  | did you mean `gp3`?");
    assert_snapshot!(case(&format!("cluster = {{ provider = \"eks\", storage-class = \"gp3\" }}\n{DB}")), @r#"dangling-reference 5:47 there is no StorageClass `gp3` |  | make it with `cluster.storage-classes.gp3 = {}`; if the cluster has it, say so: `cluster.provides = ["StorageClass/gp3"]`"#);
    good(&format!("cluster = {{ storage-class = \"gp3\", storage-classes.gp3 = {{}} }}\n{DB}"));
}

/// A production stage with a volume of its own.
fn production(cluster: &str) -> String {
    format!(
        "profile = \"production\"\nnamespace = \"s\"\napp.hosts = [\"s.test\"]\nvolumes.media = {{ storage = \"1Gi\", access-mode = \"ReadWriteMany\" }}\ncomponents.web.mounts.\"/media\".volume = \"media\"\n{cluster}"
    )
}

#[test]
fn a_production_stage_on_aws_chooses_the_class_of_its_volumes() {
    let told = |cluster: &str| {
        let text = case(&production(cluster));
        let of_claims = text.lines().filter(|line| line.contains("storage class"));
        of_claims.collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(told("cluster.provider = \"eks\"\n"), @r#"incomplete-object 8:9 a claim without a storage class in a production stage on AWS |  | choose one: `cluster.storage-class = "gp3"`, and make it with `cluster.storage-classes.gp3 = {}` unless the cluster has it"#);
    assert_ne!(told("cluster.provider = \"kops\"\n"), "");
    assert_snapshot!(told("cluster = { provider = \"eks\", provides = [\"StorageClass/io2\"] }\n"), @r#"incomplete-object 8:9 a claim without a storage class in a production stage on AWS |  | choose one: `cluster.storage-class = "io2"`"#);
    assert_eq!(
        told(
            "cluster = { provider = \"eks\", storage-class = \"io2\", provides = [\"StorageClass/io2\"] }\n"
        ),
        ""
    );
    assert_eq!(
        told("cluster = { provider = \"eks\", storage-class = \"a\", storage-classes.a = {} }\n"),
        ""
    );
    assert_eq!(
        told(
            "volumes.media.storage-class = \"a\"\ncluster = { provider = \"eks\", storage-classes.a = {} }\n"
        ),
        ""
    );
    // What is not on AWS has a default class, or not: nobody knows.
    assert_eq!(told(""), "");
    good(&format!("cluster.provider = \"eks\"\n{DB}"));
}

const ROLE: &str = "arn:aws:iam::111122223333:role/shop-web";

fn with_role(cluster: &str) -> String {
    format!("{cluster}components.web.service-account.role = \"{ROLE}\"\n")
}

#[test]
fn a_role_is_an_annotation_or_an_association() {
    let annotations = |cluster: &str| {
        let bundle = based(&with_role(cluster));
        let account = find(&bundle, "ServiceAccount", "web");
        assert_eq!(at(account, "/automountServiceAccountToken"), json!(false));
        let web = find(&bundle, "Deployment", "web");
        let mounted = at(web, "/spec/template/spec/automountServiceAccountToken");
        assert_eq!(mounted, json!(false));
        at(account, "/metadata/annotations")
    };
    let irsa = json!({"eks.amazonaws.com/role-arn": ROLE});
    assert_eq!(annotations("cluster.provider = \"kops\"\n"), irsa);
    assert_eq!(annotations("cluster = { provider = \"eks\", identity = \"irsa\" }\n"), irsa);
    assert_eq!(annotations("cluster.provider = \"eks\"\n"), json!({}));
}

/// The way out of the pods of `web`.
fn egress(more: &str) -> String {
    let bundle = based(more);
    let policy = find(&bundle, "NetworkPolicy", "web");
    serde_json::to_string(&at(policy, "/spec/egress")).expect("JSON")
}

#[test]
fn pods_with_a_role_reach_what_hands_out_its_credentials() {
    assert_snapshot!(egress(&with_role("cluster = { provider = \"kops\", cni = \"amazon-vpc\" }\n")), @r#"[{"ports":[{"port":53,"protocol":"UDP"},{"port":53,"protocol":"TCP"}],"to":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"kube-system"}},"podSelector":{"matchLabels":{"k8s-app":"kube-dns"}}}]},{"ports":[{"port":443,"protocol":"TCP"}],"to":[{"ipBlock":{"cidr":"0.0.0.0/0","except":["169.254.0.0/16"]}}]}]"#);
    assert_snapshot!(egress(&with_role("cluster.provider = \"eks\"\n")), @r#"[{"ports":[{"port":53,"protocol":"UDP"},{"port":53,"protocol":"TCP"}],"to":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"kube-system"}},"podSelector":{"matchLabels":{"k8s-app":"kube-dns"}}},{"ipBlock":{"cidr":"10.100.0.10/32"}},{"ipBlock":{"cidr":"172.20.0.10/32"}}]},{"ports":[{"port":80,"protocol":"TCP"}],"to":[{"ipBlock":{"cidr":"169.254.170.23/32"}}]}]"#);
    // Nobody else is let out, and a database with a role looks names up.
    assert_snapshot!(egress("cluster.provider = \"kops\"\n"), @r#"[{"ports":[{"port":53,"protocol":"UDP"},{"port":53,"protocol":"TCP"}],"to":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"kube-system"}},"podSelector":{"matchLabels":{"k8s-app":"kube-dns"}}}]}]"#);
    let bundle = based(&format!(
        "cluster.provider = \"kops\"\n{DB}components.db.service-account.role = \"{ROLE}\"\n"
    ));
    let rules = at(find(&bundle, "NetworkPolicy", "db"), "/spec/egress");
    assert_eq!(rules.as_array().map(Vec::len), Some(2), "{rules}");
}

#[test]
fn names_are_looked_up_on_the_node() {
    let local = "cluster = { provider = \"eks\", node-local-dns = true }\n";
    assert_snapshot!(egress(local), @r#"[{"ports":[{"port":53,"protocol":"UDP"},{"port":53,"protocol":"TCP"}],"to":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"kube-system"}},"podSelector":{"matchLabels":{"k8s-app":"kube-dns"}}},{"ipBlock":{"cidr":"10.100.0.10/32"}},{"ipBlock":{"cidr":"172.20.0.10/32"}},{"ipBlock":{"cidr":"169.254.20.10/32"}}]}]"#);
    assert_eq!(egress("cluster.node-local-dns = false\n"), egress(""));
    let bundle = based(local);
    assert!(find_maybe(&bundle, "CiliumNetworkPolicy", "node-local-dns").is_none());
}

#[test]
fn cilium_is_told_of_the_node_in_its_own_words() {
    let bundle =
        based(&format!("cluster = {{ provider = \"kops\", node-local-dns = true }}\n{DB}"));
    let policy = find(&bundle, "CiliumNetworkPolicy", "node-local-dns");
    assert_snapshot!(yaml(&policy.body), @r#"
    ---
    apiVersion: cilium.io/v2
    kind: CiliumNetworkPolicy
    metadata:
      name: node-local-dns
      namespace: s
      labels:
        app.kubernetes.io/managed-by: seaway
        app.kubernetes.io/part-of: s
    spec:
      egress:
      - toEntities:
        - host
        toPorts:
        - ports:
          - port: "53"
            protocol: UDP
          - port: "53"
            protocol: TCP
      endpointSelector:
        matchLabels:
          app.kubernetes.io/instance: web
    "#);
    let kinds: Vec<&str> = bundle.objects.iter().map(|object| object.body.kind()).collect();
    let place = |kind: &str| kinds.iter().position(|one| *one == kind);
    assert!(place("CiliumNetworkPolicy") < place("ServiceAccount"), "{kinds:?}");
    let bundle = based(&with_role("cluster = { provider = \"eks\", cni = \"cilium-eni\" }\n"));
    let policy = find(&bundle, "CiliumNetworkPolicy", "pod-identity-agent");
    assert_snapshot!(serde_json::to_string(&at(policy, "/spec")).expect("JSON"), @r#"{"egress":[{"toEntities":["host"],"toPorts":[{"ports":[{"port":"80","protocol":"TCP"}]}]}],"endpointSelector":{"matchLabels":{"app.kubernetes.io/instance":"web"}}}"#);
    assert!(find_maybe(&bundle, "CiliumNetworkPolicy", "node-local-dns").is_none());
}
