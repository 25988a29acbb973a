//! `[[patches]]`: merged as `kubectl patch` merges, judged like everything else, located where they were written.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{at, based, case, find, own};

fn patch(target: &str, more: &str) -> String {
    format!("[[patches]]\ntarget = {{ {target} }}\n{more}\n")
}

const WEB: &str = "kind = \"Deployment\", name = \"web\"";

#[test]
fn lists_merge_by_their_names() {
    let bundle = based(&patch(
        WEB,
        "merge.spec.template.spec.containers = [{ name = \"web\", env = [{ name = \"HOME\", value = \"/x\" }, { name = \"NEW\", value = \"1\" }] }]",
    ));
    let web = find(&bundle, "Deployment", "web");
    let env = at(web, "/spec/template/spec/containers/0/env");
    let of = |name: &str| {
        env.as_array()
            .expect("a list")
            .iter()
            .filter(|one| one["name"] == name)
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(of("HOME"), [json!({ "name": "HOME", "value": "/x" })]);
    assert_eq!(of("NEW"), [json!({ "name": "NEW", "value": "1" })]);
    assert_eq!(at(web, "/spec/template/spec/containers/0/ports/0/name"), "http");
}

#[test]
fn other_lists_and_values_are_replaced() {
    let bundle = based(&patch(
        WEB,
        "merge.spec.replicas = 4\nmerge.spec.template.spec = { tolerations = [{ operator = \"Exists\" }], containers = [{ name = \"web\", command = [\"x\"] }] }",
    ));
    let web = find(&bundle, "Deployment", "web");
    assert_eq!(at(web, "/spec/replicas"), 4);
    assert_eq!(at(web, "/spec/template/spec/containers/0/command"), json!(["x"]));
    assert_eq!(at(web, "/spec/template/spec/tolerations"), json!([{ "operator": "Exists" }]));
}

#[test]
fn a_variable_gets_another_kind_of_source() {
    let bundle = based(&format!(
        "secrets.a.keys = [\"k\"]\n{}",
        patch(
            WEB,
            "merge.spec.template.spec.containers = [{ name = \"web\", env = [{ name = \"HOME\", valueFrom.secretKeyRef = { name = \"a\", key = \"k\" } }], startupProbe.exec.command = [\"true\"] }]"
        )
    ));
    let web = find(&bundle, "Deployment", "web");
    let container = at(web, "/spec/template/spec/containers/0");
    let home = container["env"].as_array().into_iter().flatten().find(|one| one["name"] == "HOME");
    assert_eq!(home.map(|home| home["value"].is_null()), Some(true));
    assert_eq!(container["startupProbe"]["tcpSocket"], json!(null));
    assert_eq!(container["startupProbe"]["periodSeconds"], 2);
}

#[test]
fn paths_are_removed() {
    let removed =
        "remove = [\"spec.template.spec.containers[web].livenessProbe\", \"metadata.labels\"]";
    let bundle = based(&patch(WEB, removed));
    let web = find(&bundle, "Deployment", "web");
    assert_eq!(at(web, "/spec/template/spec/containers/0/livenessProbe"), json!(null));
    assert_eq!(at(web, "/metadata/labels"), json!(null));
}

#[test]
fn what_is_not_there_is_told_with_the_nearest() {
    assert_snapshot!(case(&patch("kind = \"Deployment\", name = \"wbe\"", "merge.spec.replicas = 1")), @"patch-without-target 6:40 there is no Deployment/wbe to patch |  | did you mean `web`?");
    assert_snapshot!(case(&patch("kind = \"Deploymnet\"", "merge.spec.replicas = 1")), @"patch-without-target 6:19 there is no Deploymnet to patch |  | did you mean `Deployment`?");
    assert_snapshot!(case(&patch("kind = \"Ingress\", name = \"web\"", "merge.spec = {}")), @"patch-without-target 6:19 there is no Ingress/web to patch |  | known are `Deployment`, `Namespace`, `NetworkPolicy`, `Service` and `ServiceAccount`");
    assert_snapshot!(case(&patch(WEB, "remove = [\"spec.template.spec.containers[wbe].livenessProbe\"]")), @"nothing-to-remove 7:11 Deployment/web has no `spec.template.spec.containers[wbe].livenessProbe` |  | items of lists go by their names: `spec.template.spec.containers[web].livenessProbe`");
    assert_snapshot!(case(&patch("kind = \"ServiceAccount\"", "remove = [\"secrets\"]")), @"nothing-to-remove 7:11 ServiceAccount/web has no `secrets` |  | items of lists go by their names: `spec.template.spec.containers[web].livenessProbe`");
}

#[test]
fn a_removal_from_all_of_a_kind_needs_one_that_has_it() {
    let more = "[stages.x.components.api]\ntype = \"web\"\nautoscale = { min = 1, max = 2 }\n";
    let bundle =
        based(&format!("{}{more}", patch("kind = \"Deployment\"", "remove = [\"spec.replicas\"]")));
    assert_eq!(at(find(&bundle, "Deployment", "web"), "/spec/replicas"), json!(null));
}

#[test]
fn a_misspelt_field_is_told_in_the_patch() {
    assert_snapshot!(case(&patch(WEB, "merge.spec.replica = 1")), @"unknown-field 7:12 unknown key `replica` | not known here | did you mean `replicas`?");
    assert_snapshot!(case(&patch(WEB, "merge.spec.template.spec.containers = [{ name = \"web\", imag = \"a:1\" }]")), @"unknown-field 7:56 unknown key `imag` | not known here | did you mean `image`?");
    assert_snapshot!(case(&patch(WEB, "merge.spec.replicas = \"1\"")), @"wrong-type 7:23 expected an integer, found a string |  |");
}

#[test]
fn what_a_patch_breaks_is_told_in_the_patch() {
    let container = |more: &str| {
        patch(
            WEB,
            &format!(
                "merge.spec.template.spec.containers = [\n    {{ name = \"web\", {more} }},\n]"
            ),
        )
    };
    assert_snapshot!(case(&container("readinessProbe.tcpSocket.port = \"htpt\"")), @"dangling-reference 8:53 the probe asks a port `htpt`, which `web` does not have |  | did you mean `http`?");
    assert_snapshot!(case(&container("volumeMounts = [{ name = \"x\", mountPath = \"/x\" }]")), @"dangling-reference 8:46 the pod has no volume `x` |  | known are `dev-shm` and `tmp`");
    assert_snapshot!(case(&container("env = [{ name = \"A\", value = \"$(B)\" }]")), @"undefined-variable 8:50 `$(B)` is used before it is defined |  | define `B` before it, or write `$$(B)` for the text itself");
    assert_snapshot!(case(&patch(WEB, "merge.spec.template.spec.serviceAccountName = \"x\"")), @r#"dangling-reference 7:47 there is no ServiceAccount `x` |  | if the cluster has it, say so: `cluster.provides = ["ServiceAccount/x"]`"#);
    assert_snapshot!(case(&patch(WEB, "merge.spec.template.metadata.labels = { \"app.kubernetes.io/instance\" = \"x\" }")), @r#"
    selector-mismatch 3:12 no pod has the labels `app.kubernetes.io/instance=web` |  | name labels of pods of this stage; for pods that an operator makes, add its custom resource to `[[objects]]` and select by the name of that, or say who makes them: `allow.selector-mismatch = "…"`
    invalid-object 7:72 Deployment/web does not select its own pods by `app.kubernetes.io/instance=web` |  | selector and labels of the pods have to agree; a selector can never be changed again
    "#);
    assert_snapshot!(case(&patch("kind = \"Service\", name = \"web\"", "merge.spec.selector = { \"app.kubernetes.io/instance\" = \"x\" }")), @r#"selector-mismatch 7:56 no pod has the labels `app.kubernetes.io/instance=x` |  | name labels of pods of this stage; for pods that an operator makes, add its custom resource to `[[objects]]` and select by the name of that, or say who makes them: `allow.selector-mismatch = "…"`"#);
    assert_snapshot!(case(&patch(WEB, "remove = [\"spec.template.spec.volumes[dev-shm]\"]")), @"dangling-reference 7:11 the pod has no volume `dev-shm` | takes a part out | known is `tmp`");
    assert_snapshot!(case(&patch(WEB, "remove = [\"spec.template.spec.containers[web].ports[8000]\"]")), @r"
    dangling-reference 3:12 the pods of Deployment/web have no port `http` |  | the pods list no ports: name one in `ports` of a container
    dangling-reference 7:11 the probe asks a port `http`, which `web` does not have | takes a part out |
    ");
    assert_snapshot!(case(&patch(WEB, "merge.metadata.name = \"A\"")), @"invalid-name 7:23 `A` can not be the name of a Deployment |  | write small letters, digits, `-` and `.`, each part beginning and ending with a letter or digit");
}

#[test]
fn a_patched_config_is_another_config() {
    let stack = |patch: &str| {
        based(&format!("app.mounts.\"/c\" = {{ config = \"c\" }}\n[config.c]\nk = \"v\"\n{patch}"))
    };
    let change = patch("kind = \"ConfigMap\", name = \"c\"", "merge.data.k = \"w\"");
    let (before, after) = (stack(""), stack(&change));
    let mounted = |bundle| {
        let web = find(bundle, "Deployment", "web");
        let volumes = at(web, "/spec/template/spec/volumes");
        let volume = volumes.as_array().into_iter().flatten().find(|one| one["name"] == "config-c");
        volume.map(|volume| volume["configMap"]["name"].clone())
    };
    for bundle in [&before, &after] {
        let name = find(bundle, "ConfigMap", "c").body.name();
        assert_eq!(mounted(bundle), Some(json!(name)));
    }
    assert_ne!(mounted(&before), mounted(&after));
}

#[test]
fn a_patched_job_is_another_job() {
    let stack = |patch: &str| {
        let bundle =
            based(&format!("[stages.x.components.j]\ntype = \"job\"\ncommand = [\"x\"]\n{patch}"));
        find(&bundle, "Job", "j").body.name().to_owned()
    };
    let target = "kind = \"Job\", name = \"j\"";
    let template = patch(target, "merge.spec.template.spec.nodeName = \"n\"");
    let backoff = patch(target, "merge.spec.backoffLimit = 1");
    assert_ne!(stack(""), stack(&template));
    assert_eq!(stack(""), stack(&backoff));
}

#[test]
fn a_patch_hits_own_objects_too() {
    let bundle = based(&format!(
        "[[objects]]\napiVersion = \"v1\"\nkind = \"ConfigMap\"\nmetadata.name = \"o\"\ndata.a = \"1\"\n{}",
        patch("kind = \"ConfigMap\", name = \"o\"", "merge.data.b = \"2\"")
    ));
    assert_eq!(at(own(&bundle), "/data"), json!({ "a": "1", "b": "2" }));
}

#[test]
fn a_patch_can_not_make_it_another_object() {
    let found = |merge: &str| case(&patch(WEB, merge));
    assert_snapshot!(found("merge.kind = \"Pod\""), @"invalid-object 7:14 a patch can not change `kind` |  | remove it; another object is one of `[[objects]]`");
    assert_snapshot!(found("merge.apiVersion = \"v1\""), @"invalid-object 7:20 a patch can not change `apiVersion` |  | remove it; another object is one of `[[objects]]`");
    // The whole manifest of a `kubectl patch` says what it patches.
    let same = found(
        "merge = { apiVersion = \"apps/v1\", kind = \"Deployment\", metadata.name = \"web\" }",
    );
    assert!(same.ends_with(" objects"), "{same}");
}
