//! What a comparison with earlier output refuses, each beside a change that it takes.

use insta::assert_snapshot;
use seaway_core::{Severity, Sink, Source};
use seaway_render::{Body, Bundle, Earlier, Format};
use serde::Deserialize;
use serde_json::Value;

use crate::common::{all, compile, told};
use crate::support::BASE;

/// The printed objects of a bundle, read again.
pub(crate) fn earlier(bundle: &Bundle) -> Earlier {
    let mut earlier = Earlier::default();
    let yaml = bundle.emit(Format::Yaml).expect("it prints");
    for document in serde_yaml::Deserializer::from_str(&yaml) {
        let value = serde_yaml::Value::deserialize(document).expect("YAML");
        earlier.add(&value).expect("an object");
    }
    earlier
}

/// What is told of a stack over the output of another one; then the commands that delete what is left.
fn over(before: &str, after: &str) -> String {
    let source = |more: &str| Source::new("stack.toml", format!("{BASE}{more}"));
    let (before, source) = (source(before), source(after));
    let good = |source: &Source| {
        let (bundle, diagnostics) = compile(source, "x");
        bundle.unwrap_or_else(|| panic!("{}\n{}", told(source, &diagnostics), source.stack.text))
    };
    let (old, new) = (earlier(&good(&before)), good(&source));
    let document = seaway_core::parse(&source, &mut Sink::default());
    let mut sink = Sink::default();
    let left = seaway_render::compare(&document, &new, &old, &mut sink);
    let diagnostics = sink.finish();
    for warning in diagnostics.iter().filter(|found| found.severity == Severity::Warning) {
        let known = ["ConfigMap", "the indexes of", "Secret", "Job"];
        assert!(known.iter().any(|one| warning.message.starts_with(one)), "{warning:?}");
    }
    let warnings = diagnostics.iter().filter(|found| found.severity == Severity::Warning).count();
    let mut lines = vec![told(&source, &diagnostics)];
    lines.extend((warnings > 0).then(|| format!("{warnings} of them warnings")));
    lines.extend(left.iter().map(ToString::to_string));
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

fn own(kind: &str, more: &str) -> String {
    let (version, kind) = kind.rsplit_once('/').unwrap_or_default();
    format!(
        "[[objects]]\napiVersion = \"{version}\"\nkind = \"{kind}\"\nmetadata.name = \"o\"\n{more}\n"
    )
}

fn change(kind: &str, before: &str, after: &str) -> String {
    over(&own(kind, before), &own(kind, after))
}

const CONTAINERS: &str = "spec.template.spec.containers = [{ name = \"c\", image = \"i:1\" }]\n";

fn workload(app: &str, more: &str) -> String {
    format!(
        "{CONTAINERS}spec.selector.matchLabels.app = \"{app}\"\nspec.template.metadata.labels.app = \"{app}\"\n{more}"
    )
}

#[test]
fn no_stage_differs_from_itself() {
    for (name, source, stage) in all() {
        let bundle = compile(&source, &stage).0.expect("a stack that compiles");
        let document = seaway_core::parse(&source, &mut Sink::default());
        let mut sink = Sink::default();
        let left = seaway_render::compare(&document, &bundle, &earlier(&bundle), &mut sink);
        assert_eq!((sink.finish(), left), (Vec::new(), Vec::new()), "{name} {stage}");
    }
}

/// Secrets were once printed as `stringData`, and a token's volume without a version.
#[test]
fn what_an_older_version_printed_in_another_form_is_no_change() {
    let mut seen = 0;
    for (name, source, stage) in all() {
        let bundle = compile(&source, &stage).0.expect("a stack that compiles");
        let mut earlier = Earlier::default();
        for object in &bundle.objects {
            let mut value = serde_json::to_value(&object.body).expect("JSON");
            if let Body::Secret(secret) = &object.body {
                let texts = secret.data.iter().flatten().map(|(key, bytes)| {
                    let text = String::from_utf8(bytes.0.clone()).expect("UTF-8");
                    (key.clone(), Value::from(text))
                });
                value["stringData"] = texts.collect();
                value.as_object_mut().expect("an object").remove("data");
                seen += 1;
            }
            let text = value.to_string();
            let older = text.replace("\"apiVersion\":\"v1\",\"fieldPath\"", "\"fieldPath\"");
            seen += usize::from(older != text);
            earlier.add(&serde_json::from_str::<Value>(&older).expect("JSON")).expect("an object");
        }
        let document = seaway_core::parse(&source, &mut Sink::default());
        let mut sink = Sink::default();
        let left = seaway_render::compare(&document, &bundle, &earlier, &mut sink);
        assert_eq!((sink.finish(), left), (Vec::new(), Vec::new()), "{name} {stage}");
    }
    assert!(seen > 10, "{seen}");
    let db = "[components.db]\ntype = \"postgres\"\n";
    let own = |value: &str| {
        format!(
            "{}{}",
            own("v1/Secret", &format!("immutable = true\nstringData.a = \"{value}\"")),
            db
        )
    };
    assert_eq!(over(&own("x"), &own("x")), "");
    assert_snapshot!(over(&own("x"), &own("y")), @"immutable-field 10:16 `data` of Secret/o can not change |  | give it another name where it is declared and where it is read, or delete it: `kubectl delete -n s secret/o`, apply, then restart the pods that read it");
}

#[test]
fn selectors_stay() {
    assert_snapshot!(change("apps/v1/Deployment", &workload("a", ""), &workload("b", "")), @r#"immutable-field 10:33 `spec.selector` of Deployment/o can not change |  | write what it was, or delete it and keep its pods: `kubectl delete -n s deployment.apps/o --cascade=orphan`, apply, wait for the new pods, then delete what the old selector still finds: `kubectl delete -n s replicasets,pods -l …`"#);
    assert_snapshot!(change("apps/v1/StatefulSet", &workload("a", "spec.serviceName = \"web\""), &workload("b", "spec.serviceName = \"web\"")), @r#"immutable-field 10:33 `spec.selector` of StatefulSet/o can not change |  | write what it was, or delete it and keep its volumes: `kubectl delete -n s statefulset.apps/o`, then apply; it is down in between"#);
    let changed = "spec.replicas = 2\nspec.template.metadata.annotations.a = \"b\"";
    assert_eq!(change("apps/v1/Deployment", &workload("a", ""), &workload("a", changed)), "");
}

#[test]
fn the_fixed_fields_of_a_stateful_set_stay() {
    let set = |more: &str| workload("a", more);
    let named = "spec.serviceName = \"web\"\n";
    assert_snapshot!(change("apps/v1/StatefulSet", &set(named), &set("")), @r#"immutable-field 9:1 `spec.serviceName` of StatefulSet/o can not change |  | write what it was, or delete it and keep its pods and volumes: `kubectl delete -n s statefulset.apps/o --cascade=orphan`, apply, then `kubectl rollout restart -n s statefulset.apps/o`"#);
    assert_snapshot!(change("apps/v1/StatefulSet", &set(named), &set(&format!("{named}spec.podManagementPolicy = \"Parallel\""))), @r#"immutable-field 13:28 `spec.podManagementPolicy` of StatefulSet/o can not change |  | write what it was, or delete it and keep its pods and volumes: `kubectl delete -n s statefulset.apps/o --cascade=orphan`, apply, then `kubectl rollout restart -n s statefulset.apps/o`"#);
    let claims = |size: &str| {
        set(&format!(
            "{named}spec.volumeClaimTemplates = [{{ metadata.name = \"d\", spec = {{ accessModes = [\"ReadWriteOnce\"], resources.requests.storage = \"{size}\" }} }}]"
        ))
    };
    assert_snapshot!(change("apps/v1/StatefulSet", &claims("1Gi"), &claims("2Gi")), @r#"immutable-field 13:124 `spec.volumeClaimTemplates` of StatefulSet/o can not change |  | write what it was, or delete it and keep its pods and volumes: `kubectl delete -n s statefulset.apps/o --cascade=orphan`, then apply; claims that exist stay as they are: grow each with `kubectl edit -n s pvc`, and copy the data where a name or class changes"#);
    assert_eq!(change("apps/v1/StatefulSet", &claims("1Gi"), &claims("1024Mi")), "");
    let default = format!("{named}spec.podManagementPolicy = \"OrderedReady\"");
    assert_eq!(change("apps/v1/StatefulSet", &set(named), &set(&default)), "");
}

/// What is told of a stack over what an older version rendered of it: each StatefulSet named its Service, and started its
/// pods in order.
fn over_older(more: &str) -> String {
    let source = Source::new("stack.toml", format!("{BASE}{more}"));
    let bundle = compile(&source, "x").0.expect("a stack that compiles");
    let mut earlier = Earlier::default();
    for object in &bundle.objects {
        let mut value = serde_json::to_value(&object.body).expect("JSON");
        if value["kind"] == "StatefulSet" {
            value["spec"]["serviceName"] = value["metadata"]["name"].clone();
            value["spec"].as_object_mut().expect("a spec").remove("podManagementPolicy");
        }
        earlier.add(&value).expect("an object");
    }
    let document = seaway_core::parse(&source, &mut Sink::default());
    let mut sink = Sink::default();
    seaway_render::compare(&document, &bundle, &earlier, &mut sink);
    let told_of = sink.finish();
    let notes = told_of.iter().flat_map(|found| found.notes.iter().cloned());
    [told(&source, &told_of)].into_iter().chain(notes).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_stateful_set_of_an_older_version_is_replaced_once_and_keeps_its_pods() {
    assert_snapshot!(over_older("components.db.type = \"postgres\"\n"), @"
    immutable-field 5:12 `spec.podManagementPolicy` and `spec.serviceName` of StatefulSet/db can not change |  | delete it once and keep its pods and volumes: `kubectl delete -n s statefulset.apps/db --cascade=orphan`, then apply: the new one takes them over
    in StatefulSet/db at `spec.podManagementPolicy`
    nobody wrote this: it is the default `parallel-pods` (a StatefulSet that starts its pods in order never replaces one that does not get ready, not even by a good release)
    `spec.podManagementPolicy` is not set in the earlier output, and `Parallel` now
    `spec.serviceName` is `db` in the earlier output, and not set now
    ");
    // One that the stack itself writes has another way out.
    let patch = "components.db.type = \"postgres\"\n[[patches]]\ntarget = { kind = \"StatefulSet\", name = \"db\" }\n\
                 merge.spec = { podManagementPolicy = \"Parallel\" }\n";
    assert_snapshot!(over_older(patch), @"
    immutable-field 5:12 `spec.serviceName` of StatefulSet/db can not change |  | delete it once and keep its pods and volumes: `kubectl delete -n s statefulset.apps/db --cascade=orphan`, then apply: the new one takes them over
    immutable-field 8:38 `spec.podManagementPolicy` of StatefulSet/db can not change |  | write what it was, or delete it and keep its pods and volumes: `kubectl delete -n s statefulset.apps/db --cascade=orphan`, apply, then `kubectl rollout restart -n s statefulset.apps/db`
    in StatefulSet/db at `spec.serviceName`
    it is `db` in the earlier output, and not set now
    in StatefulSet/db at `spec.podManagementPolicy`
    it is not set in the earlier output, and `Parallel` now
    ");
}

#[test]
fn a_claim_grows_and_no_more() {
    let db = |more: &str| {
        format!(
            "components.db = {{ type = \"postgres\", {more} }}\ncluster.provides = [\"StorageClass/gp3\"]"
        )
    };
    assert_snapshot!(over(&db("storage = \"2Gi\""), &db("storage = \"1Gi\"")), @r#"immutable-field 5:48 `spec.resources.requests.storage` of PersistentVolumeClaim/db-data can not shrink |  | write at least what it was; for a smaller volume declare one of another name, copy the data with a Job that mounts both, then remove `db-data`"#);
    assert_snapshot!(over(&db("storage = \"2Gi\""), &db("storage = \"2Gi\", storage-class = \"gp3\"")), @r#"immutable-field 5:71 `spec.storageClassName` of PersistentVolumeClaim/db-data can not change |  | write what it was; for another volume declare one of another name, copy the data with a Job that mounts both, then remove `db-data`"#);
    assert_eq!(over(&db("storage = \"2Gi\""), &db("storage = \"3Gi\"")), "");
    let volume = |mode: &str| {
        format!(
            "app.mounts.\"/m\" = {{ volume = \"m\" }}\nvolumes.m = {{ storage = \"1Gi\", access-mode = \"{mode}\" }}"
        )
    };
    assert_snapshot!(over(&volume("ReadWriteOnce"), &volume("ReadWriteMany")), @r#"immutable-field 6:46 `spec.accessModes` of PersistentVolumeClaim/m can not change |  | write what it was; for another volume declare one of another name, copy the data with a Job that mounts both, then remove `m`"#);
}

#[test]
fn a_service_keeps_its_address() {
    let ports = "spec.ports = [{ port = 80 }]\n";
    let service = |more: &str| format!("{ports}{more}");
    assert_snapshot!(change("v1/Service", &service(""), &service("spec.clusterIP = \"None\"")), @r#"immutable-field 10:18 `spec.clusterIP` of Service/o can not change |  | write what it was, or delete it: `kubectl delete -n s service/o`, then apply; clients can not reach it in between, and its address changes"#);
    assert_eq!(change("v1/Service", &service("spec.clusterIP = \"10.0.0.1\""), &service("")), "");
}

#[test]
fn the_rest_of_what_is_fixed() {
    let immutable = |text: &str| format!("immutable = true\ndata.k = \"{text}\"");
    assert_snapshot!(change("v1/ConfigMap", &immutable("a"), &immutable("b")), @r#"immutable-field 10:10 `data` of ConfigMap/o can not change |  | give it another name where it is declared and where it is read, or delete it: `kubectl delete -n s configmap/o`, apply, then restart the pods that read it"#);
    assert_eq!(change("v1/ConfigMap", "data.k = \"a\"", "data.k = \"b\""), "");
    assert_snapshot!(change("v1/Secret", "", "type = \"example.com/a\""), @r#"immutable-field 9:8 `type` of Secret/o can not change |  | write what it was, or delete it: `kubectl delete -n s secret/o`, then apply"#);
    assert_snapshot!(change("storage.k8s.io/v1/StorageClass", "provisioner = \"a.example.com\"", "provisioner = \"b.example.com\""), @r#"immutable-field 9:15 `provisioner` of StorageClass/o can not change |  | give it another name, or delete it: `kubectl delete storageclass.storage.k8s.io/o`, then apply; volumes that exist stay as they are"#);
    assert_snapshot!(change("scheduling.k8s.io/v1/PriorityClass", "value = 1", "value = 2"), @r#"immutable-field 9:9 `value` of PriorityClass/o can not change |  | write what it was, or delete it: `kubectl delete priorityclass.scheduling.k8s.io/o`, then apply"#);
    let job = |image: &str| {
        format!(
            "spec.template.spec = {{ restartPolicy = \"Never\", containers = [{{ name = \"c\", image = \"{image}\" }}] }}"
        )
    };
    assert_snapshot!(change("batch/v1/Job", &job("i:1"), &job("i:2")), @r#"immutable-field 9:85 `spec.template` of Job/o can not change |  | give it another name, or delete it so that it runs again: `kubectl delete -n s job.batch/o`, then apply"#);
    let binding = |role: &str| {
        format!(
            "subjects = []\nroleRef = {{ apiGroup = \"rbac.authorization.k8s.io\", kind = \"ClusterRole\", name = \"{role}\" }}"
        )
    };
    assert_snapshot!(change("rbac.authorization.k8s.io/v1/RoleBinding", &binding("view"), &binding("edit")), @r#"immutable-field 10:82 `roleRef` of RoleBinding/o can not change |  | write what it was, or delete it: `kubectl delete -n s rolebinding.rbac.authorization.k8s.io/o`, then apply"#);
    let pod = |image: &str, node: &str| {
        format!(
            "spec = {{ nodeName = \"{node}\", containers = [{{ name = \"c\", image = \"{image}\" }}] }}"
        )
    };
    assert_snapshot!(change("v1/Pod", &pod("i:1", "a"), &pod("i:2", "b")), @r#"immutable-field 9:21 `spec.nodeName` of Pod/o can not change |  | write what it was, or delete it: `kubectl delete -n s pod/o`, then apply"#);
    let volume = |path: &str| {
        format!(
            "spec = {{ capacity.storage = \"1Gi\", accessModes = [\"ReadWriteOnce\"], local.path = \"{path}\" }}"
        )
    };
    assert_snapshot!(change("v1/PersistentVolume", &volume("/a"), &volume("/b")), @r#"immutable-field 9:82 `spec.local` of PersistentVolume/o can not change |  | write what it was, or declare a volume of another name and copy the data; deleting `o` can delete what it holds"#);
}

#[test]
fn data_of_a_component_that_is_gone() {
    let db = "components.db = { type = \"postgres\" }\n";
    assert_snapshot!(over(db, ""), @"
    lost-data 4:9 the data of PersistentVolumeClaim/db-data is not used any more | nothing in this stage uses it | keep what uses it, or copy the data with `kubectl exec -n s statefulset/db -- pg_dump …` while the old database runs, then `kubectl delete -n s persistentvolumeclaim/db-data`; once the data is safe, render without `--against`
    kubectl delete -n s configmap/check-volume-fbade584 configmap/db-init-45d7279f secret/db service/db serviceaccount/db statefulset.apps/db networkpolicy.networking.k8s.io/db
    ");
    let external = "components.db = { type = \"external\", host = \"db.example.com\", port = 5432, cidrs = [\"10.0.0.0/8\"] }";
    assert_snapshot!(over(db, external), @"
    lost-data 5:26 the data of PersistentVolumeClaim/db-data is not used any more | does not use it | keep what uses it, or copy the data with `kubectl exec -n s statefulset/db -- pg_dump …` while the old database runs, then `kubectl delete -n s persistentvolumeclaim/db-data`; once the data is safe, render without `--against`
    kubectl delete -n s configmap/check-volume-fbade584 configmap/db-init-45d7279f secret/db service/db serviceaccount/db statefulset.apps/db networkpolicy.networking.k8s.io/db
    ");
    let cache = |durable: bool| {
        format!(
            "components.cache = {{ type = \"redis\", durable = {durable}, roles = [\"cache\"] }}"
        )
    };
    assert_snapshot!(over(&cache(true), &cache(false)), @r#"lost-data 5:48 the data of PersistentVolumeClaim/cache-data is not used any more | does not use it | keep what uses it, or copy the data with a Job that mounts the claim, then `kubectl delete -n s persistentvolumeclaim/cache-data`; once the data is safe, render without `--against`"#);
    assert_eq!(over(&cache(false), &cache(true)), "");
}

#[test]
fn a_removal_is_told_where_it_is_written() {
    let base = "[stages.y]\n[stages.z]\n";
    let source = |stage: &str| {
        let text = format!(
            "name = \"s\"\napp = {{ image = \"a:1\", module = \"s\" }}\ncomponents.web = {{ type = \"web\" }}\n\
             components.db = {{ type = \"postgres\" }}\n[stages.x]\n{stage}\n{base}"
        );
        Source::new("stack.toml", text)
    };
    let (before, source) = (source(""), source("components.db = false"));
    let old = earlier(&compile(&before, "x").0.expect("it compiles"));
    let new = compile(&source, "x").0.expect("it compiles");
    let document = seaway_core::parse(&source, &mut Sink::default());
    let mut sink = Sink::default();
    seaway_render::compare(&document, &new, &old, &mut sink);
    assert_snapshot!(told(&source, &sink.finish()), @r#"lost-data 6:17 the data of PersistentVolumeClaim/db-data is not used any more | removed here | keep what uses it, or copy the data with `kubectl exec -n s statefulset/db -- pg_dump …` while the old database runs, then `kubectl delete -n s persistentvolumeclaim/db-data`; once the data is safe, render without `--against`"#);
}

#[test]
fn volumes_of_the_stack() {
    let mount = "app.mounts.\"/m\" = { volume = \"m\" }\n";
    let own = format!("{mount}volumes.m = {{ storage = \"1Gi\" }}");
    assert_snapshot!(over(&own, ""), @r#"lost-data 4:9 the data of PersistentVolumeClaim/m is not used any more | nothing in this stage uses it | keep what uses it, declare that it exists (`volumes.… = { claim = "m" }`), or copy the data with a Job that mounts the claim, then `kubectl delete -n s persistentvolumeclaim/m`; once the data is safe, render without `--against`"#);
    assert_snapshot!(over(&own, &format!("{mount}volumes.m = {{ claim = \"other\" }}")), @r#"lost-data 6:23 the data of PersistentVolumeClaim/m is not used any more | does not use it | keep what uses it, declare that it exists (`volumes.… = { claim = "m" }`), or copy the data with a Job that mounts the claim, then `kubectl delete -n s persistentvolumeclaim/m`; once the data is safe, render without `--against`"#);
    // It is declared to exist, and mounted as before.
    assert_eq!(over(&own, &format!("{mount}volumes.m = {{ claim = \"m\" }}")), "");
}

#[test]
fn a_namespace_takes_all_in_it_along() {
    assert_snapshot!(over("components.db = { type = \"postgres\" }\nnamespace = \"a\"", "components.db = { type = \"postgres\" }\nnamespace = \"b\""), @r#"lost-data 6:13 Namespace/a and what it holds are not part of the stage any more | the namespace is `b` now | write `namespace = "a"`, or copy its Secrets and data over, then `kubectl delete namespace a`; once the data is safe, render without `--against`"#);
}

#[test]
fn data_of_objects_of_ones_own() {
    let named = "spec.serviceName = \"web\"\n";
    let claims = "spec.volumeClaimTemplates = [{ metadata.name = \"d\", spec = { accessModes = [\"ReadWriteOnce\"], resources.requests.storage = \"1Gi\" } }]";
    let set = own("apps/v1/StatefulSet", &workload("a", &format!("{named}{claims}")));
    assert_snapshot!(over(&set, ""), @r#"lost-data 4:9 the data of the volumes of StatefulSet/o is not used any more | nothing in this stage uses it | keep what uses it, or copy the data with a Job that mounts the claims, then `kubectl delete -n s statefulset.apps/o`; once the data is safe, render without `--against`"#);
    let volume = "spec = { capacity.storage = \"1Gi\", accessModes = [\"ReadWriteOnce\"], local.path = \"/a\" }";
    assert_snapshot!(over(&own("v1/PersistentVolume", volume), ""), @r#"lost-data 4:9 PersistentVolume/o is not part of the stage any more | nothing in this stage uses it | keep what uses it, or copy what it holds, then `kubectl delete persistentvolume/o`; once the data is safe, render without `--against`"#);
    assert_snapshot!(over(&own("apps/v1/StatefulSet", &workload("a", named)), ""), @r#"kubectl delete -n s statefulset.apps/o"#);
}

/// A config and a workload that reads it, both out of reach of the checksums.
fn elsewhere(color: &str, reads: &str, more: &str) -> String {
    let config = "[[objects]]\napiVersion = \"v1\"\nkind = \"ConfigMap\"\nmetadata = { name = \"c\", namespace = \"other\" }\n";
    let security = "securityContext = { allowPrivilegeEscalation = false, readOnlyRootFilesystem = true, capabilities.drop = [\"ALL\"] }";
    format!(
        "{config}data = {{ COLOR = \"{color}\", SIZE = \"1\" }}\n\
         [[objects]]\napiVersion = \"apps/v1\"\nkind = \"DaemonSet\"\nmetadata = {{ name = \"d\", namespace = \"other\" }}\n\
         spec.selector.matchLabels.app = \"d\"\nspec.template.metadata.labels.app = \"d\"\n{more}\n\
         [objects.spec.template.spec]\nautomountServiceAccountToken = false\n\
         securityContext = {{ runAsNonRoot = true, runAsUser = 1, seccompProfile.type = \"RuntimeDefault\" }}\n\
         volumes = [{{ name = \"v\", configMap.name = \"c\" }}]\n\
         containers = [{{ name = \"c\", image = \"i:1\", {security}, {reads} }}]\n"
    )
}

fn recolored(reads: &str) -> String {
    over(&elsewhere("red", reads, ""), &elsewhere("blue", reads, ""))
}

#[test]
fn a_changed_config_rolls_the_pods_that_read_it() {
    let key = |key: &str| {
        format!(
            "env = [{{ name = \"A\", valueFrom.configMapKeyRef = {{ name = \"c\", key = \"{key}\" }} }}]"
        )
    };
    assert_snapshot!(recolored(&key("COLOR")), @r#"stale-config 21:167 ConfigMap/c changes and no pod of DaemonSet/d is replaced |  | change an annotation of its pod template along with it, for example `checksum/c`, or apply and then run `kubectl rollout restart -n other daemonset.apps/d`"#);
    assert_eq!(recolored(&key("SIZE")), "");
    assert_snapshot!(recolored("envFrom = [{ configMapRef.name = \"c\" }]"), @r#"stale-config 21:171 ConfigMap/c changes and no pod of DaemonSet/d is replaced |  | change an annotation of its pod template along with it, for example `checksum/c`, or apply and then run `kubectl rollout restart -n other daemonset.apps/d`"#);
    assert_snapshot!(recolored("volumeMounts = [{ name = \"v\", mountPath = \"/v\", subPath = \"COLOR\" }]"), @r#"stale-config 21:176 ConfigMap/c changes and no pod of DaemonSet/d is replaced |  | change an annotation of its pod template along with it, for example `checksum/c`, or apply and then run `kubectl rollout restart -n other daemonset.apps/d`"#);
    assert_eq!(
        recolored("volumeMounts = [{ name = \"v\", mountPath = \"/v\", subPath = \"SIZE\" }]"),
        ""
    );
    assert_snapshot!(recolored("volumeMounts = [{ name = \"v\", mountPath = \"/v\" }]"), @r#"
    stale-config 21:176 ConfigMap/c changes and no pod of DaemonSet/d is replaced |  | change an annotation of its pod template along with it, for example `checksum/c`, or apply and then run `kubectl rollout restart -n other daemonset.apps/d`
    1 of them warnings
    "#);
    let sum = |sum: &str| format!("spec.template.metadata.annotations.sum = \"{sum}\"");
    let reads = key("COLOR");
    assert_eq!(
        over(&elsewhere("red", &reads, &sum("1")), &elsewhere("blue", &reads, &sum("2"))),
        ""
    );
}

/// Configs of the stack itself roll their pods by name or checksum.
#[test]
fn configs_of_the_stack_are_never_stale() {
    let config = |color: &str| {
        format!("config.c = {{ COLOR = \"{color}\" }}\napp.mounts.\"/c\" = {{ config = \"c\" }}")
    };
    assert_eq!(over(&config("red"), &config("blue")), "");
    let objects = |color: &str| {
        let config = own("v1/ConfigMap", &format!("data.COLOR = \"{color}\""));
        let reads = "spec.template.spec.containers = [{ name = \"c\", image = \"i:1\", envFrom = [{ configMapRef.name = \"o\" }] }]\n";
        let labels =
            "spec.selector.matchLabels.app = \"a\"\nspec.template.metadata.labels.app = \"a\"\n";
        config + &own("apps/v1/DaemonSet", &format!("{reads}{labels}"))
    };
    assert_eq!(over(&objects("red"), &objects("blue")), "");
}

#[test]
fn what_is_left_and_is_no_data_is_named() {
    let cache = "components.cache = { type = \"redis\" }";
    assert_snapshot!(over(cache, ""), @r#"kubectl delete -n s secret/cache service/cache serviceaccount/cache statefulset.apps/cache networkpolicy.networking.k8s.io/cache"#);
    let issuer = "[[objects]]\napiVersion = \"cert-manager.io/v1\"\nkind = \"ClusterIssuer\"\nmetadata.name = \"i\"\n";
    assert_snapshot!(over(issuer, ""), @r#"kubectl delete clusterissuer.cert-manager.io/i"#);
}

#[test]
fn a_secret_that_something_else_makes_from_now_on_stays() {
    let of = |source: &str| {
        format!(
            "cluster.provides = [\"ClusterSecretStore/aws\"]\nsecrets.a = {{ keys = [\"k\"], source = {source} }}\n\
             components.web.env.K = \"${{secrets.a.k}}\"\n"
        )
    };
    let before = of("\"development\"");
    assert_snapshot!(over(&before, &of("\"existing\"")), @"");
    let external = of("{ type = \"external-secrets\", store = \"aws\" }");
    assert_snapshot!(over(&before, &external), @"");
    assert_snapshot!(over(&external, &of("\"existing\"")), @"kubectl delete -n s --cascade=orphan externalsecret.external-secrets.io/a");
    // The controller takes no Secret over that it did not make.
    let object = "[[objects]]\napiVersion = \"bitnami.com/v1alpha1\"\nkind = \"SealedSecret\"\nmetadata.name = \"a\"\n";
    let value = "AgBy3i4OJSWK".repeat(60);
    let sealed = format!("{}{object}spec.encryptedData.k = \"{value}\"\n", of("\"sealed\""));
    assert_snapshot!(over(&before, &sealed), @"kubectl delete -n s secret/a");
    let gone = "components.web.env.L = \"1\"\n";
    assert_snapshot!(over(&before, gone), @"kubectl delete -n s secret/a");
}

#[test]
fn a_server_reads_the_files_that_are_there() {
    let store = |options: &str| {
        format!(
            "[components.store]\n{options}\n[components.other]\ntype = \"process\"\ncommand = [\"x\"]\nenv.STORE = \"${{store.host}}\"\n"
        )
    };
    let change = |before: &str, after: &str| over(&store(before), &store(after));
    let postgres = |more: &str| format!("type = \"postgres\"\n{more}");
    let image = |tag: &str| {
        postgres(&format!("image = \"docker.io/library/postgres:{tag}\"\nversion = \"17\""))
    };
    let service = |image: &str, more: &str| {
        format!(
            "type = \"service\"\nport = 1000\nstorage = {{ \"/data\" = \"1Gi\" }}\nimage = \"{image}\"\n{more}"
        )
    };
    // Each beside a change that it takes.
    for (before, after) in [
        (postgres("version = \"17\""), postgres("version = \"17\"\nstorage = \"20Gi\"")),
        (image("17.4-bookworm"), image("17.11-bookworm")),
        (
            "type = \"redis\"\ndurable = true\nversion = \"7\"".to_owned(),
            "type = \"redis\"\ndurable = true\nversion = \"8\"".to_owned(),
        ),
        (
            "type = \"redis\"\ndurable = true\nimage = \"redis:7.2.4\"".to_owned(),
            "type = \"valkey\"\ndurable = true".to_owned(),
        ),
        (service("mariadb:11.4.1", ""), service("mariadb:11.8.3", "")),
        (service("acme/own:2", ""), service("acme/own:1", "")),
        ("type = \"redis\"".to_owned(), "type = \"valkey\"".to_owned()),
    ] {
        assert_eq!(change(&before, &after), "", "{before} -> {after}");
    }
    assert_snapshot!(change(&postgres("version = \"16\""), &postgres("version = \"17\"")), @"unreadable-data 7:11 the volume of StatefulSet/store holds the files of postgres 16, and 17 does not read them |  | keep the version, or add a second component under another name, dump `store`, restore the dump there, switch the references, and remove `store` last");
    assert_snapshot!(change(&postgres("version = \"17\""), &postgres("version = \"18\"")), @"unreadable-data 7:11 the volume of StatefulSet/store holds the files of postgres 17, and 18 does not read them |  | keep the version, or add a second component under another name, dump `store`, restore the dump there, switch the references, and remove `store` last");
    assert_snapshot!(change(&postgres("version = \"17\""), &postgres("version = \"14\"")), @"unreadable-data 7:11 the volume of StatefulSet/store holds the files of postgres 17, and 14 does not read them |  | keep the version, or add a second component under another name, dump `store`, restore the dump there, switch the references, and remove `store` last");
    assert_snapshot!(change(&postgres(""), &postgres("database = \"news\"")), @r#"unreadable-data 7:12 the database of StatefulSet/store is called `s` and stays so |  | keep the names: `components.store.database = "s"` and `components.store.username = "s"`; or rename while nobody is connected: `kubectl exec -n s statefulset.apps/store -- psql --username=postgres --command='ALTER DATABASE "s" RENAME TO "news"'` and `kubectl exec -n s statefulset.apps/store -- psql --username=postgres --command='ALTER ROLE "s" RENAME TO "news"'`"#);
    assert_snapshot!(change(&postgres("username = \"a\""), &postgres("username = \"b\"")), @r#"unreadable-data 7:12 the role of StatefulSet/store is called `a` and stays so |  | keep the names: `components.store.username = "a"`; or rename while nobody is connected: `kubectl exec -n s statefulset.apps/store -- psql --username=postgres --command='ALTER ROLE "a" RENAME TO "b"'`"#);
    assert_snapshot!(change(&postgres(""), &postgres("secret = \"other\"")), @r"
    unreadable-data 5:13 the role of StatefulSet/store keeps its password, and the Secret has another one |  | keep the name of the Secret; or set the password of the Secret `other` in the database, by `\password s` in `kubectl exec -it -n s statefulset.apps/store -- psql --username=postgres`
    kubectl delete -n s secret/store
    ");
    assert_snapshot!(change(&postgres(""), &postgres("run-as-user = 999")), @"unreadable-data 7:15 the files of StatefulSet/store belong to the user 10001, and 999 can not start with them |  | write what it was, `run-as-user = 10001`, or add a second component under another name, dump `store`, restore the dump there, switch the references, and remove `store` last");
    assert_snapshot!(change(&image("17.4-bookworm"), &image("17.11-trixie")), @r#"
    unreadable-data 7:9 the indexes of StatefulSet/store are sorted by bookworm, and trixie may sort texts in another way |  | after the change run `REINDEX DATABASE "s"` and `ALTER DATABASE "s" REFRESH COLLATION VERSION`, and say so: `allow.unreadable-data = "…"`
    1 of them warnings
    "#);
    assert_snapshot!(change(&image("17.4"), &image("17.4-alpine")), @r#"
    unreadable-data 7:9 the indexes of StatefulSet/store are sorted by Debian, and Alpine may sort texts in another way |  | after the change run `REINDEX DATABASE "s"` and `ALTER DATABASE "s" REFRESH COLLATION VERSION`, and say so: `allow.unreadable-data = "…"`
    1 of them warnings
    "#);
    assert_snapshot!(change("type = \"redis\"\ndurable = true\nversion = \"8\"", "type = \"redis\"\ndurable = true\nversion = \"7\""), @"unreadable-data 8:11 the volume of StatefulSet/store holds the files of redis 8.10, and 7.4 does not read them |  | keep what it was; or save what is in it, let queues run empty, give the component another name, and remove the claims of `store` last");
    assert_snapshot!(change("type = \"redis\"\ndurable = true\nversion = \"8\"", "type = \"valkey\"\ndurable = true"), @"unreadable-data 5:13 the volume of StatefulSet/store holds the files of redis, and valkey does not read them |  | keep what it was; or save what is in it, let queues run empty, give the component another name, and remove the claims of `store` last");
    assert_snapshot!(change(&service("mariadb:11.8.3", ""), &service("mariadb:11.4.1", "")), @"unreadable-data 9:9 the volume of StatefulSet/store holds the files of mariadb 11.8, and 11.4 does not read them |  | keep what it was; or save what is in it, let queues run empty, give the component another name, and remove the claims of `store` last");
    assert_snapshot!(change(&service("getmeili/meilisearch:v1.12.3", ""), &service("getmeili/meilisearch:v1.13.0", "")), @"unreadable-data 9:9 the volume of StatefulSet/store holds the files of meilisearch 1.12, and 1.13 does not read them |  | keep what it was; or save what is in it, let queues run empty, give the component another name, and remove the claims of `store` last");
    assert_snapshot!(change(&service("mysql:8.4.1", ""), &service("mariadb:11.8.3", "")), @"unreadable-data 9:9 the volume of StatefulSet/store holds the files of mysql, and mariadb does not read them |  | keep what it was; or save what is in it, let queues run empty, give the component another name, and remove the claims of `store` last");
}

#[test]
fn kinds_that_users_bring_have_fixed_fields_too() {
    assert_snapshot!(change("storage.k8s.io/v1/CSIDriver", "spec.attachRequired = true", "spec.attachRequired = false"), @"immutable-field 9:23 `spec.attachRequired` of CSIDriver/o can not change |  | write what it was, or delete it: `kubectl delete csidriver.storage.k8s.io/o`, then apply");
    let class = |iops: &str| {
        let parameters = format!("driverName = \"a\"\nparameters.iops = \"{iops}\"");
        format!(
            "kubernetes = \"1.34\"\n{}",
            own("storage.k8s.io/v1/VolumeAttributesClass", &parameters)
        )
    };
    assert_snapshot!(over(&class("1"), &class("2")), @"immutable-field 11:19 `parameters` of VolumeAttributesClass/o can not change |  | give it another name, or delete it: `kubectl delete volumeattributesclass.storage.k8s.io/o`, then apply; volumes that exist stay as they are");
    let definition = |versions: &str| {
        format!(
            "spec = {{ group = \"g.example\", scope = \"Namespaced\", names = {{ kind = \"O\", plural = \"os\" }}, versions = [{versions}] }}"
        )
    };
    let version = |name: &str, stored: bool| {
        format!(
            "{{ name = \"{name}\", served = true, storage = {stored}, schema.openAPIV3Schema.type = \"object\" }}"
        )
    };
    let defined = |before: &[String], after: &[String]| {
        let object = |versions: &[String]| {
            own(
                "apiextensions.k8s.io/v1/CustomResourceDefinition",
                &definition(&versions.join(", ")),
            )
            .replace("name = \"o\"", "name = \"os.g.example\"")
        };
        over(&object(before), &object(after))
    };
    let stays = [version("v1", false), version("v2", true)];
    assert_snapshot!(defined(&[version("v1", true)], &[version("v2", true)]), @"immutable-field 9:113 `spec.versions` of CustomResourceDefinition/os.g.example can not change |  | keep the version that objects are stored in, with `served = false` and `storage = false`, until all are written again and `status.storedVersions` of `os.g.example` does not name it: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#upgrade-existing-objects-to-a-new-stored-version");
    assert_eq!(defined(&[version("v1", true)], &stays), "");
}

#[test]
fn a_claim_grows_as_its_class_lets_it() {
    let claim = |class: &str, size: &str, mounts: &str| {
        format!(
            "volumes.files = {{ storage = \"{size}\", storage-class = \"mine\", access-mode = \"ReadWriteOnce\" }}\n{mounts}\n\
             [[objects]]\napiVersion = \"storage.k8s.io/v1\"\nkind = \"StorageClass\"\nmetadata.name = \"mine\"\n\
             provisioner = \"p.example\"\n{class}\n"
        )
    };
    let grown = |class: &str, mounts: &str| {
        over(&claim(class, "1Gi", mounts), &claim(class, "2Gi", mounts))
    };
    let mounts = "components.web.mounts.\"/files\" = { volume = \"files\" }";
    let waits = "allowVolumeExpansion = true\nvolumeBindingMode = \"WaitForFirstConsumer\"";
    assert_eq!(grown("allowVolumeExpansion = true", mounts), "");
    assert_eq!(grown(waits, mounts), "");
    assert_snapshot!(grown("", mounts), @"immutable-field 5:29 `spec.resources.requests.storage` of PersistentVolumeClaim/files can not grow |  | write what it was, or let its StorageClass grow volumes: `allowVolumeExpansion = true`");
    assert_snapshot!(grown(waits, ""), @"immutable-field 5:29 `spec.resources.requests.storage` of PersistentVolumeClaim/files can not grow |  | write what it was, or delete it, since it holds nothing yet: `kubectl delete -n s persistentvolumeclaim/files`, then apply");
}

#[test]
fn an_autoscaler_takes_over_the_pods_that_run() {
    let web = |options: &str| format!("[stages.x.components.web]\n{options}\n");
    let scaled = "autoscale = { min = 1, max = 8 }\nresources.requests.cpu = \"500m\"";
    assert_eq!(over(&web("replicas = 1"), &web(scaled)), "");
    assert_eq!(over(&web("replicas = 4"), &web("replicas = 2")), "");
    assert_snapshot!(over(&web("replicas = 4"), &web(scaled)), @"lost-replicas 3:12 an apply leaves one pod of the 4 of Deployment/web |  | once, before the apply, make kubectl forget the number: `kubectl apply view-last-applied -n s deployment.apps/web --output=json | jq 'del(.spec.replicas)' | kubectl apply set-last-applied --filename=-`");
}

#[test]
fn a_key_that_a_secret_of_somebody_else_needs() {
    let secret = |keys: &str, env: &str| {
        format!(
            "secrets.django = {{ keys = [{keys}], source = \"existing\" }}\n[stages.x.components.web.env]\n{env}\n"
        )
    };
    let one =
        |key: &str| secret(&format!("\"{key}\""), &format!("KEY = \"${{secrets.django.{key}}}\""));
    let two = secret(
        "\"secret-key\", \"dsn\"",
        "KEY = \"${secrets.django.secret-key}\"\nDSN = \"${secrets.django.dsn}\"",
    );
    assert_snapshot!(over(&one("secret-key"), &one("signing-key")), @r#"
    new-secret-key 5:9 Secret `django` needs the key `signing-key` before the apply | nothing in the earlier output reads this key | if it is `secret-key` under a new name: `kubectl get secret django -n s --output=json | jq '.data["signing-key"] = .data["secret-key"]' | kubectl replace --filename=-`
    1 of them warnings
    "#);
    assert_snapshot!(over(&one("secret-key"), &two), @r#"
    new-secret-key 5:9 Secret `django` needs the key `dsn` before the apply | nothing in the earlier output reads this key | with its value in the file `django/dsn`: `kubectl get secret django -n s --output=json | jq --rawfile value django/dsn '.data["dsn"] = ($value | @base64)' | kubectl replace --filename=-`
    1 of them warnings
    "#);
    assert_eq!(over(&two, &one("secret-key")), "");
    // A Secret that is new has to be made as a whole, and one that Seaway prints has its keys.
    assert_eq!(over("", &two), "");
    assert_eq!(over(&two.replace("existing", "development"), &two), "");
    let made = one("secret-key").replace("existing", "development");
    assert_eq!(over(&made, &one("signing-key").replace("existing", "development")), "");
}

#[test]
fn a_job_that_deletes_runs_once() {
    let job = |image: &str, command: &str| {
        format!(
            "app.env.LEVEL = \"info\"\n[stages.x.components]\ndb = {{ type = \"postgres\" }}\n\
             restore = {{ type = \"job\", wait-for-schema = false, image = \"docker.io/library/postgres:{image}\", \
             env.URL = \"${{db.url}}\", command = [{command}] }}\n"
        )
    };
    let clean = "\"pg_restore\", \"--clean\", \"--dbname=$(URL)\", \"/a.dump\"";
    let shell = "\"sh\", \"-c\", \"psql -c 'drop table a;'\"";
    // It has no variable of the application's.
    let before = job("17.6", clean);
    assert_eq!(over(&before, &before.replace("\"info\"", "\"debug\"")), "");
    assert_snapshot!(over(&before, &job("17.7", clean)), @r#"
    runs-again 8:1 Job/restore-47c9fb21 runs again, and `--clean` deletes what is there |  | let somebody start it, with `runs = "manual"`; or say that it may run again: `allow.runs-again = "…"`
    1 of them warnings
    "#);
    assert_snapshot!(over(&job("17.6", shell), &job("17.7", shell)), @r#"
    runs-again 8:1 Job/restore-21ec3e42 runs again, and `DROP` deletes what is there |  | let somebody start it, with `runs = "manual"`; or say that it may run again: `allow.runs-again = "…"`
    1 of them warnings
    "#);
    let dump = "\"pg_dump\", \"--clean\", \"--file=/tmp/a\"";
    assert!(!over(&job("17.6", dump), &job("17.7", dump)).contains("runs-again"));
}

/// The database and its role are called like the stack where nobody says it.
#[test]
fn a_stack_that_is_renamed_keeps_the_names_in_its_database() {
    let named = |name: &str, more: &str| {
        let text = format!(
            "name = \"{name}\"\nnamespace = \"team\"\napp = {{ image = \"a:1\", module = \"s\" }}\n\
             components.web = {{ type = \"web\" }}\n[components.db]\ntype = \"postgres\"\n{more}\n[stages.x]\n"
        );
        Source::new("stack.toml", text)
    };
    let compared = |after: Source| {
        let (old, _) = compile(&named("old", ""), "x");
        let (new, _) = compile(&after, "x");
        let document = seaway_core::parse(&after, &mut Sink::default());
        let mut sink = Sink::default();
        let _ = seaway_render::compare(
            &document,
            &new.expect("it compiles"),
            &earlier(&old.expect("it compiles")),
            &mut sink,
        );
        told(&after, &sink.finish())
    };
    assert_snapshot!(compared(named("new", "")), @r#"
    other-output 1:8 the earlier output is of the stack `old` | not of this stack | name the output of this stack; if it was renamed, say so: `allow.other-output = "…"`
    unreadable-data 1:8 the database of StatefulSet/db is called `old` and stays so | the names in the database follow the name of the stack | keep the names: `components.db.database = "old"` and `components.db.username = "old"`; or rename while nobody is connected: `kubectl exec -n team statefulset.apps/db -- psql --username=postgres --command='ALTER DATABASE "old" RENAME TO "new"'` and `kubectl exec -n team statefulset.apps/db -- psql --username=postgres --command='ALTER ROLE "old" RENAME TO "new"'`; the password changes, too, and is reported next
    "#);
    assert_snapshot!(compared(named("new", "database = \"old\"\nusername = \"old\"")), @r#"
    other-output 1:8 the earlier output is of the stack `old` | not of this stack | name the output of this stack; if it was renamed, say so: `allow.other-output = "…"`
    unreadable-data 5:13 the role of StatefulSet/db keeps its password, and the Secret has another one |  | keep the name of the Secret; or set the password of the Secret `db` in the database, by `\password old` in `kubectl exec -it -n team statefulset.apps/db -- psql --username=postgres`
    "#);
}
