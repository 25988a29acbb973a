//! Quotas and limit ranges against what the stage uses.

use insta::assert_snapshot;
use seaway_core::Source;

use crate::common::compile;
use crate::support::{BASE, case, good};

fn quota(hard: &str) -> String {
    format!(
        "[[objects]]\napiVersion = \"v1\"\nkind = \"ResourceQuota\"\nmetadata.name = \"q\"\nspec.hard = {{ {hard} }}\n"
    )
}

fn range(item: &str) -> String {
    format!(
        "[[objects]]\napiVersion = \"v1\"\nkind = \"LimitRange\"\nmetadata.name = \"r\"\nspec.limits = [{{ {item} }}]\n"
    )
}

/// The notes of what a stack is told: the sums.
fn sums(more: &str) -> String {
    let source = Source::new("stack.toml", format!("{BASE}{more}"));
    let (_, diagnostics) = compile(&source, "x");
    let notes = diagnostics.into_iter().flat_map(|diagnostic| diagnostic.notes);
    notes.filter(|note| note.contains(" = ")).collect::<Vec<_>>().join("\n")
}

const WEB: &str = "web = { type = \"web\", autoscale = { min = 2, max = 8 } }\n";
const WORKERS: &str = "broker = { type = \"redis\", roles = [\"broker\"] }\nworker = { type = \"worker\", replicas = 3 }\n";

#[test]
fn a_quota_smaller_than_the_stage() {
    let stage = format!("[stages.x.components]\n{WEB}{WORKERS}");
    let all = quota(
        "pods = 5, \"requests.cpu\" = 1, \"requests.memory\" = \"1Gi\", \"limits.memory\" = \"1Gi\"",
    );
    assert_snapshot!(case(&format!("{stage}{all}")), @r"
    exceeded-quota 13:22 the stage uses up to 15 of `pods`, and ResourceQuota/q allows 5 |  | allow at least 15, or let the stage use less
    exceeded-quota 13:42 the stage uses up to 5450m of `requests.cpu`, and ResourceQuota/q allows 1 |  | allow at least 5450m, or let the stage use less
    exceeded-quota 13:65 the stage uses up to 3840Mi of `requests.memory`, and ResourceQuota/q allows 1Gi |  | allow at least 3840Mi, or let the stage use less
    exceeded-quota 13:90 the stage uses up to 7424Mi of `limits.memory`, and ResourceQuota/q allows 1Gi |  | allow at least 7424Mi, or let the stage use less
    ");
    assert_snapshot!(sums(&format!("{stage}{all}")), @r"
    15 = Deployment/web: (8 + 2 in a rollout) = 10; Deployment/worker: (3 + 1 in a rollout) = 4; StatefulSet/broker: 1
    5450m = Deployment/web: (8 + 2 in a rollout) × 500m = 5; Deployment/worker: (3 + 1 in a rollout) × 100m = 400m; StatefulSet/broker: 1 × 50m = 50m
    3840Mi = Deployment/web: (8 + 2 in a rollout) × 256Mi = 2560Mi; Deployment/worker: (3 + 1 in a rollout) × 256Mi = 1Gi; StatefulSet/broker: 1 × 256Mi = 256Mi
    7424Mi = Deployment/web: (8 + 2 in a rollout) × 512Mi = 5Gi; Deployment/worker: (3 + 1 in a rollout) × 512Mi = 2Gi; StatefulSet/broker: 1 × 256Mi = 256Mi
    ");
    let counts = quota(
        "services = 0, \"count/deployments.apps\" = 1, persistentvolumeclaims = 0, \"count/networkpolicies.networking.k8s.io\" = 1, configmaps = 0, \"requests.storage\" = \"1Mi\", \"services.loadbalancers\" = 0",
    );
    let durable = "[stages.x.components]\ndb = { type = \"postgres\", storage = \"2Gi\" }\n";
    assert_snapshot!(case(&format!("{durable}{counts}")), @r"
    exceeded-quota 11:26 the stage uses up to 2 of `services`, and ResourceQuota/q allows 0 |  | allow at least 2, or let the stage use less
    exceeded-quota 11:84 the stage uses up to 1 of `persistentvolumeclaims`, and ResourceQuota/q allows 0 |  | allow at least 1, or let the stage use less
    exceeded-quota 11:131 the stage uses up to 3 of `count/networkpolicies.networking.k8s.io`, and ResourceQuota/q allows 1 |  | allow at least 3, or let the stage use less
    exceeded-quota 11:147 the stage uses up to 3 of `configmaps`, and ResourceQuota/q allows 0 |  | allow at least 3, or let the stage use less
    exceeded-quota 11:171 the stage uses up to 2Gi of `requests.storage`, and ResourceQuota/q allows 1Mi |  | allow at least 2Gi, or let the stage use less
    ");
    assert_snapshot!(sums(&format!("{durable}{}", quota("services = 0, \"requests.storage\" = \"1Mi\""))), @r"
    2 = `db`: 1; `web`: 1
    2Gi = PersistentVolumeClaim/db-data: 2Gi
    ");
    good(&format!(
        "{stage}{}",
        quota(
            "pods = 15, \"requests.memory\" = \"10Gi\", \"requests.cpu\" = 6, \"services.nodeports\" = 0"
        )
    ));
    // Another namespace, and a quota that counts some pods only.
    good(
        &quota("pods = 0")
            .replace("metadata.name = \"q\"", "metadata = { name = \"q\", namespace = \"o\" }"),
    );
    good(&format!("{}spec.scopes = [\"Terminating\"]\n", quota("pods = 0")));
}

#[test]
fn jobs_and_cron_jobs_count_once() {
    let stage = "[stages.x.components]\nnightly = { type = \"cron\", schedule = \"@daily\", command = [\"a\"] }\nonce = { type = \"job\", command = [\"a\"] }\n";
    assert_snapshot!(case(&format!("{stage}{}", quota("pods = 3, \"count/jobs.batch\" = 0"))), @r"
    exceeded-quota 12:22 the stage uses up to 4 of `pods`, and ResourceQuota/q allows 3 |  | allow at least 4, or let the stage use less
    exceeded-quota 12:46 the stage uses up to 1 of `count/jobs.batch`, and ResourceQuota/q allows 0 |  | allow at least 1, or let the stage use less
    ");
}

#[test]
fn a_quota_of_what_containers_do_not_say() {
    // What the stack makes has a limit of cpu where a quota counts it.
    good(&quota("\"limits.cpu\" = 4"));
    let pod = "[[objects]]\napiVersion = \"v1\"\nkind = \"Pod\"\nmetadata.name = \"p\"\nspec.containers = [{ name = \"a\", image = \"b:1\" }]\n";
    assert_snapshot!(case(&format!("{}{pod}", quota("\"limits.cpu\" = 4"))), @"exceeded-quota 14:20 the container `a` says nothing of `limits.cpu`, which ResourceQuota/q counts |  | write `resources.limits.cpu = …`, or add a LimitRange with a default");
    good(&format!(
        "{}{pod}{}",
        quota("\"limits.cpu\" = 4"),
        range("type = \"Container\", default.cpu = \"500m\"")
    ));
}

#[test]
fn a_limit_range_that_containers_do_not_fit_into() {
    assert_snapshot!(case(&range("type = \"Container\", max.memory = \"128Mi\"")), @"exceeded-quota 3:12 the container `web` may have 512Mi of `memory`, and LimitRange/r takes at most 128Mi |  | write another amount here, or another `max` there");
    assert_snapshot!(case(&range("type = \"Container\", min.cpu = 1")), @"exceeded-quota 3:12 the container `web` asks for 100m of `cpu`, and LimitRange/r takes at least 1 |  | write another amount here, or another `min` there");
    assert_snapshot!(case(&range("type = \"Container\", default.cpu = \"10m\"")), @"exceeded-quota 3:12 the container `web` asks for 100m of `cpu`, and LimitRange/r gives containers without a limit 10m |  | write another amount here, or another `default` there");
    assert_snapshot!(case(&range("type = \"Pod\", max.memory = \"100Mi\"")), @"exceeded-quota 3:12 a pod of Deployment/web may have 512Mi of `memory`, and LimitRange/r takes at most 100Mi |  | write another amount here, or another `max` there");
    assert_snapshot!(case(&format!("[volumes.media]\nstorage = \"5Gi\"\n{}", range("type = \"PersistentVolumeClaim\", max.storage = \"1Gi\""))), @"exceeded-quota 6:11 the claim `media` asks for 5Gi, and LimitRange/r takes at most 1Gi |  | write another amount here, or another `max` there");
    assert_snapshot!(case(&range("type = \"Container\", default.cpu = 2, max.cpu = 1")), @"out-of-range 9:52 `default` 2 of `cpu` is more than `max` 1 |  | write `default` up to 1");
    good(&range("type = \"Container\", max.memory = \"4Gi\", min.cpu = \"1m\""));
}
