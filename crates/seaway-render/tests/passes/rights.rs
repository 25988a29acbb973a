//! Whom pods run as, and the classes of their volumes, by the platform.

use insta::assert_snapshot;

use crate::exposure::verdict;
use crate::support::case;

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
