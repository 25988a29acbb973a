//! The faults that other tools print without a word: each ends with exit code 1, nothing on standard output, its code,
//! the exact line and column, and what to write instead.

use seaway_core::Code;
use serde_json::Value;

use crate::sandbox::{Run, Sandbox};

/// A stack that `more` goes on: it begins in line 6.
const BASE: &str = "name = \"shop\"\n\
                    app = { image = \"ghcr.io/acme/shop:1.4.0\", module = \"shop\", hosts = [\"shop.example.com\"] }\n\
                    kubernetes = \"1.33\"\n\
                    [stages.local]\n\
                    [components.web]\n";

/// One line a problem: `code line:column message | help`.
fn told(err: &str) -> String {
    let line = |line: &str| {
        let problem: Value = serde_json::from_str(line).expect("a line of JSON");
        let text = |key: &str| problem[key].as_str().unwrap_or_default().to_owned();
        let place = &problem["labels"][0];
        format!(
            "{} {}:{} {} | {}\n",
            text("code"),
            place["line"],
            place["column"],
            text("message"),
            text("help")
        )
    };
    // What follows from a change is no fault.
    err.lines().filter(|line| !line.contains("\"severity\":\"note\"")).map(line).collect()
}

fn refused(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let render = ["render", "shop", "--stage", "local", "--message-format", "json"];
    let Run { code, out, err } = sandbox.run(&[&render, arguments].concat());
    assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
    told(&err)
}

/// What is said about a stack.
fn fault(more: &str) -> String {
    refused(&Sandbox::new(&format!("{BASE}{more}")), &[])
}

/// What is said about a production stage: `more` begins in line 7.
fn fault_in_production(more: &str) -> String {
    refused(&Sandbox::new(&format!("profile = \"production\"\n{BASE}{more}")), &[])
}

/// The same of two stacks that go on after the same lines.
fn fault_against(before: &str, more: &str) -> String {
    between(&format!("{BASE}{before}"), &format!("{BASE}{more}"))
}

/// What is said about a stack whose earlier output is that of another one.
fn between(before: &str, now: &str) -> String {
    let sandbox = Sandbox::new(before);
    let Run { code, err, .. } =
        sandbox.run(&["render", "shop", "--stage", "local", "--out", "earlier"]);
    assert_eq!(code, Some(0), "{err}");
    sandbox.write("shop/stack.toml", now);
    refused(&sandbox, &["--against", "earlier"])
}

const WEB: &str = "type = \"web\"\n";

#[test]
fn unknown_field() {
    insta::assert_snapshot!(fault("type = \"web\"\nreplicaz = 3\n"), @"unknown-field 7:1 unknown key `replicaz` | did you mean `replicas`?");
}

#[test]
fn selector_against_labels() {
    insta::assert_snapshot!(fault(&format!("{WEB}[[patches]]\ntarget = {{ kind = \"Deployment\", name = \"web\" }}\nmerge.spec.selector.matchLabels.\"app.kubernetes.io/instance\" = \"wep\"\n")), @"invalid-object 9:64 Deployment/web does not select its own pods by `app.kubernetes.io/instance=wep` | selector and labels of the pods have to agree; a selector can never be changed again");
}

#[test]
fn missing_secret() {
    insta::assert_snapshot!(fault(&format!("{WEB}env.TOKEN = \"${{secrets.mail.token}}\"\n")), @"unknown-secret 7:14 unknown Secret `mail` | declare it: `secrets.mail.keys = […]`");
}

#[test]
fn missing_key_of_an_existing_secret() {
    insta::assert_snapshot!(fault(&format!("{WEB}env.TOKEN = \"${{secrets.mail.tokne}}\"\n[secrets.mail]\nkeys = [\"token\"]\n")), @"unknown-key 7:14 Secret `mail` has no key `tokne` | did you mean `token`?");
}

#[test]
fn target_port_that_the_pods_do_not_have() {
    insta::assert_snapshot!(fault(&format!("{WEB}[[patches]]\ntarget = {{ kind = \"Service\", name = \"web\" }}\nmerge.spec.ports = [{{ name = \"http\", port = 80, targetPort = \"htpp\" }}]\n")), @"dangling-reference 9:62 the pods of Deployment/web have no port `htpp` | their ports are `http`");
}

#[test]
fn ingress_backend_port() {
    insta::assert_snapshot!(fault(&format!("{WEB}[[objects]]\napiVersion = \"networking.k8s.io/v1\"\nkind = \"Ingress\"\nmetadata.name = \"web\"\nspec.defaultBackend.service = {{ name = \"web\", port.number = 8080 }}\n")), @"dangling-reference 11:47 Service `web` has no such port | its ports are `80 (http)`");
}

#[test]
fn autoscaler_of_a_misspelt_target() {
    insta::assert_snapshot!(fault(&format!("{WEB}[[objects]]\napiVersion = \"autoscaling/v2\"\nkind = \"HorizontalPodAutoscaler\"\nmetadata.name = \"web\"\nspec.maxReplicas = 4\nspec.scaleTargetRef = {{ apiVersion = \"apps/v1\", kind = \"Deployment\", name = \"wep\" }}\n")), @"dangling-reference 12:77 there is no Deployment `wep` | did you mean `web`?");
}

#[test]
fn claim_that_nobody_declares() {
    insta::assert_snapshot!(fault(&format!("{WEB}mounts.\"/media\" = {{ volume = \"media\" }}\n")), @r#"unknown-volume 7:30 unknown volume `media` | add it: `volumes.media = { storage = "1Gi" }`"#);
    insta::assert_snapshot!(fault(&format!("{WEB}[[patches]]\ntarget = {{ kind = \"Deployment\", name = \"web\" }}\nmerge.spec.template.spec.volumes = [{{ name = \"media\", persistentVolumeClaim.claimName = \"media\" }}]\n")), @r#"dangling-reference 9:89 there is no PersistentVolumeClaim `media` | declare it: `volumes.media.storage = "1Gi"`, or `volumes.media.claim = "media"` if the cluster has it"#);
}

#[test]
fn autoscaler_beside_replicas() {
    insta::assert_snapshot!(fault(&format!("{WEB}autoscale = {{ min = 2, max = 4 }}\n[[patches]]\ntarget = {{ kind = \"Deployment\", name = \"web\" }}\nmerge.spec.replicas = 3\n")), @r#"fixed-replicas 10:23 Deployment/web has `replicas` and an autoscaler | write `autoscale` in the component, or `remove = ["spec.replicas"]` in a patch: every apply would reset what the autoscaler chose"#);
    insta::assert_snapshot!(fault(&format!("{WEB}replicas = 3\nautoscale = {{ min = 2, max = 4 }}\n")), @"conflict 7:12 `replicas` and `autoscale` exclude each other | remove `replicas`; `autoscale.min` says the fewest");
}

#[test]
fn api_that_is_gone() {
    insta::assert_snapshot!(fault(&format!("{WEB}[[objects]]\napiVersion = \"policy/v1beta1\"\nkind = \"PodDisruptionBudget\"\nmetadata.name = \"web\"\nspec.maxUnavailable = 1\n")), @r#"removed-api 8:14 Kubernetes 1.25 removed `policy/v1beta1` PodDisruptionBudget | write `apiVersion = "policy/v1"`"#);
}

#[test]
fn selector_changed_between_revisions() {
    let own = |label: &str| {
        format!(
            "{WEB}[[objects]]\napiVersion = \"apps/v1\"\nkind = \"Deployment\"\nmetadata.name = \"own\"\n\
             spec.selector.matchLabels.app = \"{label}\"\nspec.template.metadata.labels.app = \"{label}\"\n\
             spec.template.spec.containers = [{{ name = \"own\", image = \"ghcr.io/acme/own:1\" }}]\n"
        )
    };
    insta::assert_snapshot!(fault_against(&own("a"), &own("b")), @"immutable-field 11:33 `spec.selector` of Deployment/own can not change | write what it was, or delete it and keep its pods: `kubectl delete -n shop deployment.apps/own --cascade=orphan`, apply, wait for the new pods, then delete what the old selector still finds: `kubectl delete -n shop replicasets,pods -l …`");
}

#[test]
fn claim_removed_between_revisions() {
    let before = format!("{WEB}[components.db]\ntype = \"postgres\"\n");
    insta::assert_snapshot!(fault_against(&before, WEB), @"lost-data 4:9 the data of PersistentVolumeClaim/db-data is not used any more | keep what uses it, or copy the data with `kubectl exec -n shop statefulset/db -- pg_dump …` while the old database runs, then `kubectl delete -n shop persistentvolumeclaim/db-data`; once the data is safe, render without `--against`");
}

#[test]
fn values_that_yaml_readers_take_for_something_else() {
    insta::assert_snapshot!(fault(&format!("{WEB}env.FLAG = off\n")), @"syntax 7:12 string values must be quoted, expected literal string |");
    insta::assert_snapshot!(fault(&format!("{WEB}env.COMMIT = 1234567e5\n")), @"wrong-type 7:14 expected a string, an integer or a table, found a float | write it in quotes");
    // In quotes they are texts, and stay texts for whoever reads the output.
    let env = "env.FLAG = \"off\"\nenv.ANSWER = \"y\"\nenv.LIMIT = \"1_000\"\nenv.COMMIT = \"1234567e5\"\n";
    let sandbox = Sandbox::new(&format!("{BASE}{WEB}{env}"));
    let Run { out, .. } = sandbox.run(&["render", "shop", "--stage", "local"]);
    for value in ["off", "y", "1_000", "1234567e5"] {
        assert!(out.contains(&format!("value: \"{value}\"\n")), "{out}");
    }
}

#[test]
fn config_that_changes_without_a_rollout() {
    let page = Code::StaleConfig.page();
    let (Some(before), Some(bad)) = (page.before(), page.bad()) else { panic!("examples") };
    insta::assert_snapshot!(between(before, bad), @"stale-config 20:12 ConfigMap/agent changes and no pod of DaemonSet/agent is replaced | change an annotation of its pod template along with it, for example `checksum/agent`, or apply and then run `kubectl rollout restart -n tools daemonset.apps/agent`");
}

#[test]
fn credential_as_a_literal() {
    insta::assert_snapshot!(fault_in_production(&format!("{WEB}env.SECRET_KEY = \"d41d8cd98f00b204e980\"\n")), @r#"secret-literal 8:18 `SECRET_KEY` looks like a secret and is written as text | declare it, `secrets.app.keys = ["secret-key"]`, and write `"${secrets.app.secret-key}"`; if it is no secret, say so: `allow.secret-literal.SECRET_KEY = "…"`"#);
}

#[test]
fn database_that_a_switch_leaves_behind() {
    insta::assert_snapshot!(fault_in_production(&format!("{WEB}env.DATABASE_URL = \"${{rds.url}}\"\n[components.db]\ntype = \"postgres\"\n[components.rds]\ntype = \"external\"\nhost = \"shop.abc.rds.amazonaws.com\"\nport = 5432\nsecret = \"rds\"\ncidrs = [\"10.0.0.0/16\"]\n[secrets.rds]\nkeys = [\"url\"]\n")), @"unused-component 9:13 nothing refers to the postgres `db` | leave it out with `components.db = false` in `[stages.local]`, or refer to it: `${db.host}`");
}
