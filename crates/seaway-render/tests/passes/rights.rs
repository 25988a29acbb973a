//! Rights of pods: what they are in a cloud, whom they run as, and the classes of their volumes, by the platform.

use insta::assert_snapshot;
use seaway_render::Bundle;

use crate::exposure::verdict;
use crate::support::{at, based, case, find};

const GOOGLE: &str = "shop-web@acme.iam.gserviceaccount.com";
const ENTRA: &str = "2b1f1c9e-6a7d-4a8e-9a43-0c1d9b0f4c11";
const ROLE: &str = "arn:aws:iam::111122223333:role/shop-web";

fn identified(provider: &str, name: &str) -> String {
    format!(
        "cluster.provider = \"{provider}\"\napp.service-account = {{ identity = \"{name}\" }}\n"
    )
}

/// The annotations of the account of `web`, the label of its pods, and its ways out beside DNS.
fn rights(bundle: &Bundle) -> String {
    let account = find(bundle, "ServiceAccount", "web");
    let labels = at(find(bundle, "Deployment", "web"), "/spec/template/metadata/labels");
    let rules = at(find(bundle, "NetworkPolicy", "web"), "/spec/egress");
    let rules = rules.as_array().expect("rules").iter();
    let ways: Vec<String> = rules
        .filter(|rule| !rule.to_string().contains("UDP"))
        .map(|rule| format!("{} to {}", rule["ports"][0]["port"], rule["to"][0]["ipBlock"]))
        .collect();
    let metadata = serde_json::to_value(account.body.metadata()).expect("metadata");
    format!(
        "{}\n{}\n{}",
        metadata["annotations"],
        labels["azure.workload.identity/use"],
        ways.join("\n")
    )
}

#[test]
fn one_word_gives_pods_rights_in_each_cloud() {
    assert_snapshot!(rights(&based(&identified("gke", GOOGLE))), @r#"
    {"iam.gke.io/gcp-service-account":"shop-web@acme.iam.gserviceaccount.com"}
    null
    988 to {"cidr":"169.254.169.252/32"}
    80 to {"cidr":"169.254.169.254/32"}
    "#);
    assert_snapshot!(rights(&based(&identified("aks", ENTRA))), @r#"
    {"azure.workload.identity/client-id":"2b1f1c9e-6a7d-4a8e-9a43-0c1d9b0f4c11"}
    "true"
    443 to {"cidr":"0.0.0.0/0","except":["169.254.0.0/16"]}
    "#);
    assert_snapshot!(rights(&based(&identified("kops", ROLE))), @r#"
    {"eks.amazonaws.com/role-arn":"arn:aws:iam::111122223333:role/shop-web"}
    null
    443 to {"cidr":"0.0.0.0/0","except":["169.254.0.0/16"]}
    "#);
    assert_snapshot!(rights(&based(&identified("eks", ROLE))), @r#"
    {}
    null
    80 to {"cidr":"169.254.170.23/32"}
    "#);
    // A cluster of one's own.
    assert_snapshot!(rights(&based(&format!("cluster.identity = \"irsa\"\napp.service-account = {{ identity = \"{ROLE}\" }}\n"))), @r#"
    {"eks.amazonaws.com/role-arn":"arn:aws:iam::111122223333:role/shop-web"}
    null
    443 to {"cidr":"0.0.0.0/0","except":["169.254.0.0/16"]}
    "#);
}

#[test]
fn an_identity_is_one_that_the_cloud_knows() {
    assert_snapshot!(case(&identified("gke", ROLE)), @r#"conflict 6:36 `gke-workload-identity` knows no `arn:aws:iam::111122223333:role/shop-web` |  | write for example `identity = "shop-web@PROJECT.iam.gserviceaccount.com"`"#);
    assert_snapshot!(case(&identified("aks", GOOGLE)), @r#"conflict 6:36 `aks-workload-identity` knows no `shop-web@acme.iam.gserviceaccount.com` |  | write for example `identity = "00000000-0000-0000-0000-000000000000"`"#);
    assert_snapshot!(case(&identified("eks", ENTRA)), @r#"conflict 6:36 `pod-identity` knows no `2b1f1c9e-6a7d-4a8e-9a43-0c1d9b0f4c11` |  | write for example `identity = "arn:aws:iam::111122223333:role/shop-web"`"#);
    assert_snapshot!(case(&identified("minikube", GOOGLE)), @"missing-field 6:36 nobody gives pods rights in a cloud in this stage | asks for them | add `cluster.provider`, or `cluster.identity`; or write it in the stages of the cloud");
    assert_snapshot!(case(&identified("gke", "shop-web")), @"invalid-value 6:36 `shop-web` is nobody in a cloud |  | write the ARN of an AWS role, the address of a service account of Google Cloud (`NAME@PROJECT.iam.gserviceaccount.com`), or the id of a client of Microsoft Entra");
    assert_snapshot!(case(&format!("cluster.provider = \"gke\"\napp.service-account = {{ role = \"{ROLE}\" }}\n")), @r#"missing-field 6:32 nobody gives pods rights in AWS in this stage | asks for them | add `cluster.provider = "kops"` or `"eks"`, or write it in the stages on AWS"#);
    assert_snapshot!(case(&format!("cluster.provider = \"eks\"\napp.service-account = {{ role = \"{ROLE}\", identity = \"{ROLE}\" }}\n")), @"conflict 6:86 an account with both `role` and `identity` |  | remove one of them: they say the same");
    assert_snapshot!(case(&format!("cluster.provider = \"gke\"\napp.service-account = {{ identity = \"{GOOGLE}\", annotations = {{ \"iam.gke.io/gcp-service-account\" = \"{GOOGLE}\" }} }}\n")), @"conflict 6:128 `iam.gke.io/gcp-service-account` is written by hand |  | remove the annotation: it is written where the cluster reads it");
    assert_snapshot!(case("cluster = { provider = \"aks\", identity = \"irsa\" }\n"), @r#"conflict 5:42 `irsa` gives no pod rights on `aks` |  | write `identity = "aks-workload-identity"`, or leave it out"#);
    assert_snapshot!(case("cluster = { provider = \"eks\", identity = \"gke-workload-identity\" }\n"), @r#"conflict 5:42 `gke-workload-identity` gives no pod rights on `eks` |  | write `identity = "pod-identity"`, or leave it out"#);
}

/// goharbor/harbor-helm#874: what says a user id where the cluster chooses them.
#[test]
fn a_user_id_that_openshift_refuses_is_said() {
    let openshift = |more: &str| case(&format!("cluster.provider = \"openshift\"\n{more}"));
    assert_snapshot!(openshift("app.run-as-user = 2000\n"), @r#"platform-mismatch 6:19 the cluster chooses user ids, and `web` asks for 2000 | `restricted-v2` refuses the pod | write `run-as-user = false`, or leave it out; if its account may use `nonroot-v2`, say so: `components.web.allow.platform-mismatch = "…"`"#);
    assert_snapshot!(openshift("app.sidecars = [{ name = \"proxy\", image = \"p:1\", run-as-user = 65532 }]\n"), @r#"platform-mismatch 6:64 the cluster chooses user ids, and `web` asks for 65532 | `restricted-v2` refuses the pod | write `run-as-user = false`, or leave it out; if its account may use `nonroot-v2`, say so: `components.web.allow.platform-mismatch = "…"`"#);
    assert_snapshot!(openshift("components.web.init-containers = [{ name = \"first\", image = \"p:1\", run-as-user = 65532 }]\n"), @r#"platform-mismatch 6:82 the cluster chooses user ids, and `web` asks for 65532 | `restricted-v2` refuses the pod | write `run-as-user = false`, or leave it out; if its account may use `nonroot-v2`, say so: `components.web.allow.platform-mismatch = "…"`"#);
    assert_snapshot!(openshift("app.run-as-user = false\n"), @"6 objects");
    assert_snapshot!(case("app.run-as-user = 2000\n"), @"6 objects");
    assert_snapshot!(openshift("components.web.env.S = \"${search.url}\"\ncomponents.search.type = \"opensearch\"\n"), @r#"platform-mismatch 7:26 the image of `search` runs as its own user alone | the cluster chooses another one for it | give its account the constraint `nonroot-v2` and write `run-as-user` with the user of the image, or use an image that runs as any user; if this one does, say so: `components.search.allow.platform-mismatch = "…"`"#);
    assert_snapshot!(case("components.web.env.S = \"${search.url}\"\ncomponents.search.type = \"opensearch\"\n"), @"11 objects");
}

#[test]
fn a_production_claim_names_its_class_where_the_platform_has_no_default() {
    let of = |cluster: &str| {
        verdict(&format!(
            "name = \"s\"\nprofile = \"production\"\ncluster = {{ {cluster} }}\n[components.search]\ntype = \"service\"\n\
             image = \"a:1@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"\nport = 7700\nstorage = {{ \"/data\" = \"1Gi\" }}\n\
             allow = {{ unused-component = \"asked by hand\", single-replica = \"a store\", no-probes = \"none\" }}\n[stages.x]\n"
        ))
    };
    assert_snapshot!(of("provider = \"openshift\""), @r#"incomplete-object 8:13 a claim without a storage class in a production stage on `openshift` |  | choose one that the cluster has (`kubectl get storageclass`): `cluster.storage-class = "…"` and `cluster.provides = ["StorageClass/…"]`"#);
    assert_snapshot!(of("provider = \"kops\""), @r#"incomplete-object 8:13 a claim without a storage class in a production stage on AWS |  | choose one: `cluster.storage-class = "gp3"`, and make it with `cluster.storage-classes.gp3 = {}` unless the cluster has it"#);
    assert_snapshot!(of("provider = \"openshift\", storage-class = \"ocs\", provides = [\"StorageClass/ocs\"]"), @"");
    for with_default in ["gke", "aks", "doks", "k3s", "generic"] {
        let found = of(&format!("provider = \"{with_default}\""));
        assert!(!found.contains("storage class"), "{with_default}: {found}");
    }
    // The default class of the platform is there.
    assert_snapshot!(of("provider = \"doks\", storage-class = \"do-block-storage\""), @"");
}
