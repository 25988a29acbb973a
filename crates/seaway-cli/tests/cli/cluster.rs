//! `seaway cluster`.

use crate::sandbox::{FAULTY, Run, SHOP, Sandbox};

/// A stage that says what its cluster is, and one that does not.
fn stack() -> String {
    format!(
        "{SHOP}[stages.aws]\nextends = \"postgres\"\ncluster = {{ provider = \"kops\", name = \"shop.k8s.test\", region = \"eu-central-1\", zones = [\"eu-central-1a\"] }}\n"
    )
}

#[test]
fn the_cluster_goes_to_standard_output() {
    let sandbox = Sandbox::new(&stack());
    let Run { code, out, err } = sandbox.run(&["cluster", "shop", "--stage", "aws"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let lines: Vec<&str> = out.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(lines[..3], ["---", "apiVersion: kops.k8s.io/v1alpha2", "kind: Cluster"]);
    assert_eq!(out.matches("\nkind: InstanceGroup\n").count(), 2);
    assert!(out.ends_with('\n'));
    assert_eq!(sandbox.run(&["cluster", "shop", "--stage", "aws"]).out, out);
}

#[test]
fn a_stage_without_a_cluster_is_told_so() {
    let sandbox = Sandbox::new(&stack());
    let Run { code, out, err } = sandbox.run(&["cluster", "shop", "--stage", "postgres"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    insta::assert_snapshot!(err, @r#"
    error[missing-field]: the stage does not say who runs its cluster
     --> shop/stack.toml:9:9
      |
    9 | [stages.postgres]
      |         ^^^^^^^^ has no `cluster.provider`
      |
      = help: add `cluster.provider = "kops"`

    error: could not print the cluster of stage `postgres`: 1 error
    for more about an error: seaway explain missing-field
    "#);
    let Run { code, out, err } = Sandbox::new(FAULTY).run(&["cluster", "shop", "-s", "faulty"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    let end = "error: could not print the cluster of stage `faulty`: 2 errors\nfor more about an error: seaway explain unknown-field\n";
    assert!(err.ends_with(end), "{err}");
}

#[test]
fn the_stage_has_to_be_named() {
    let Run { code, out, err } = Sandbox::new(SHOP).run(&["cluster", "shop"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    insta::assert_snapshot!(err, @"
    error[usage]: which stage? `--stage` is missing
     |
     = note: the stages of shop/stack.toml are `local` and `postgres`
     = help: for example `seaway cluster shop --stage local`
    ");
}

#[test]
fn what_seaway_assumes_of_a_cluster_can_be_read() {
    let text = "name = \"s\"\napp = { image = \"a:1\", module = \"s\" }\ncomponents.web.type = \"web\"\n\
                [stages.any]\n[stages.ocp]\ncluster.provider = \"openshift\"\n\
                [stages.own]\ncluster = { provider = \"kops\", cni = \"amazon-vpc\", dns = [\"10.0.0.10\", \"169.254.20.10\"], identity = \"irsa\" }\n";
    let sandbox = Sandbox::new(text);
    let table = |stage: &str| {
        let Run { code, out, err } =
            sandbox.run(&["cluster", "shop", "--stage", stage, "--format", "table"]);
        assert_eq!((code, err.as_str()), (Some(0), ""));
        out
    };
    insta::assert_snapshot!(table("any"), @r#"
      cluster.dns            DNS servers: pods of kube-system with     default platform-generic-dns
                             k8s-app=kube-dns, port 53 and 5353;
                             pods of openshift-dns, port 53 and 5353;
                              169.254.20.10/32, port 53;
                             169.254.169.254/32, port 53
      run-as-user            User ids: each but 0 is admitted          default platform-any-user
      cluster.cni            Network plugin: not known                 default platform-own-network
      cluster.cni            Address ranges of network policies        default platform-generic-ranges
                             mean: never pods and nodes
      cluster.api-ports      Ports of the API server: 443, 6443, 8443  default platform-generic-api
      cluster.ip-families    IP families: ipv4                         default platform-ipv4
      cluster.identity       Rights of pods in the cloud: none         default platform-no-identity
      cluster.provides       Ingress classes: none                     default platform-no-ingress
      cluster.provides       Gateway classes: none                     default platform-no-gateway
      from-namespaces        Requests of these classes come from:      default platform-no-ingress
                             none
      cluster.storage-class  Default storage class: none               default platform-no-storage-class

    defaults
      platform-any-user          Pod Security admits each user id but 0
      platform-generic-api       it is 443 with most providers, 6443 where kubeadm made the cluster,
                                 and 8443 with minikube
      platform-generic-dns       `cluster.provider` is not written: wherever one of the known platforms
                                 answers to DNS, pods may ask
      platform-generic-ranges    the cluster may run Cilium, to which an address range never means a
                                 pod or a node
      platform-ipv4              clusters have IPv4 unless they are made with another family
      platform-no-gateway        the cluster has no controller of the Gateway API unless somebody
                                 installs one
      platform-no-identity       no cloud gives pods rights there without further set-up
      platform-no-ingress        the cluster has no Ingress controller unless somebody installs one
      platform-no-storage-class  not every such cluster has a default storage class
      platform-own-network       such clusters differ in what gives pods their addresses
    "#);
    insta::assert_snapshot!(table("ocp"), @r#"
      cluster.dns            DNS servers: pods of openshift-dns,      default platform-openshift-dns
                             port 5353
      run-as-user            User ids: the cluster chooses them       default platform-assigned-user
      cluster.cni            Network plugin: not known                default platform-own-network
      cluster.cni            Address ranges of network policies       default platform-ranges
                             mean: also pods and nodes
      cluster.api-ports      Ports of the API server: 443, 6443       default platform-openshift-api
      cluster.ip-families    IP families: ipv4                        default platform-ipv4
      cluster.identity       Rights of pods in the cloud: none        default platform-no-identity
      cluster.provides       Ingress classes: openshift-default       default platform-openshift-ingress
      cluster.provides       Gateway classes: none                    default platform-no-gateway
      from-namespaces        Requests of these classes come from:     default platform-openshift-callers
                             openshift-default: pods of namespaces
                             with the label policy-group.network.ope
                             nshift.io/ingress
      cluster.storage-class  Default storage class: none              default platform-no-storage-class

    defaults
      platform-assigned-user      the security context constraint `restricted-v2` gives each namespace
                                  a range of user ids, and refuses others
      platform-ipv4               clusters have IPv4 unless they are made with another family
      platform-no-gateway         the cluster has no controller of the Gateway API unless somebody
                                  installs one
      platform-no-identity        no cloud gives pods rights there without further set-up
      platform-no-storage-class   not every such cluster has a default storage class
      platform-openshift-api      the API server listens on port 6443, and OVN-Kubernetes judges a call
                                  after the address of the Service has become that one
      platform-openshift-callers  the label stands for the routers, whether they use the network of
                                  pods or that of nodes
      platform-openshift-dns      the pods of `openshift-dns` listen on port 5353, and OVN-Kubernetes
                                  judges a call after the address of the Service has become theirs
      platform-openshift-ingress  the router of OpenShift makes a Route of each Ingress of its class
      platform-own-network        such clusters differ in what gives pods their addresses
      platform-ranges             most network plugins apply an address range to every address in it
    "#);
    insta::assert_snapshot!(table("own"), @r#"
      cluster.dns            DNS servers: 10.0.0.10/32, port 53;           stack.toml:8:59
                             169.254.20.10/32, port 53
      run-as-user            User ids: each but 0 is admitted              default platform-any-user
      cluster.cni            Network plugin: amazon-vpc                    stack.toml:8:38
      cluster.cni            Address ranges of network policies mean:      stack.toml:8:38
                             also pods and nodes
      cluster.api-ports      Ports of the API server: 443                  default platform-kops-api
      cluster.ip-families    IP families: ipv4                             default platform-ipv4
      cluster.identity       Rights of pods in the cloud: irsa             stack.toml:8:101
      cluster.provides       Ingress classes: none                         default platform-no-ingress
      cluster.provides       Gateway classes: none                         default platform-no-gateway
      from-namespaces        Requests of these classes come from: none     default platform-no-ingress
      cluster.storage-class  Default storage class: none                   default platform-kops-storage

    defaults
      platform-any-user      Pod Security admits each user id but 0
      platform-ipv4          clusters have IPv4 unless they are made with another family
      platform-kops-api      kops starts the API server with `--secure-port=443`
      platform-kops-storage  the class of kops is called after its version, and a stack that relies on
                             it changes with kops
      platform-no-gateway    the cluster has no controller of the Gateway API unless somebody installs
                             one
      platform-no-ingress    the cluster has no Ingress controller unless somebody installs one
    "#);
    let json = sandbox.run(&["cluster", "shop", "--stage", "own", "--format", "json"]).out;
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json).expect("JSON");
    let dns = rows.iter().find(|row| row["key"] == "cluster.dns").expect("a row");
    assert_eq!(dns["place"]["line"], 8, "{dns}");
    assert!(rows.iter().all(|row| row["place"].is_object() != row["default"].is_string()));
}
