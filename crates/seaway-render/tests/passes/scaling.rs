//! What production adds: replicas, disruption budgets, spread, autoscalers, bounds of the namespace.

use insta::assert_snapshot;
use seaway_render::Bundle;

use crate::support::{at, based, bundle, case, find, find_maybe, good, yaml};

fn production(more: &str) -> Bundle {
    bundle(&format!(
        "name = \"s\"\nprofile = \"production\"\napp = {{ image = \"a:1\", module = \"s\", hosts = [\"s.example\"] }}\n[stages.x]\n{more}\n"
    ))
}

#[test]
fn what_is_called_has_two_pods_in_production() {
    let all = production(
        "components.web = { type = \"web\" }\n\
         components.live = { type = \"process\", command = [\"a\"], port = 9000 }\n\
         components.one = { type = \"process\", command = [\"a\"], port = 9000, singleton = true }\n\
         components.quiet = { type = \"process\", command = [\"a\"] }\n\
         components.worker = { type = \"worker\" }\n\
         components.broker = { type = \"redis\", durable = true }\n\
         components.off = { type = \"web\", replicas = 0 }",
    );
    for (name, pods) in
        [("web", 2), ("live", 2), ("one", 1), ("quiet", 1), ("worker", 1), ("off", 0)]
    {
        let deployment = find(&all, "Deployment", name);
        assert_eq!(at(deployment, "/spec/replicas"), pods, "{name}");
        let budget = find_maybe(&all, "PodDisruptionBudget", name);
        assert_eq!(budget.is_some(), pods > 1, "{name}");
        let spread = at(deployment, "/spec/template/spec/topologySpreadConstraints");
        assert_eq!(spread.as_array().map_or(0, Vec::len), if pods > 1 { 2 } else { 0 }, "{name}");
    }
    let development = based("");
    assert_eq!(at(find(&development, "Deployment", "web"), "/spec/replicas"), 1);
}

#[test]
fn an_autoscaler_says_the_number_and_the_deployment_does_not() {
    let scaled =
        production("components.web = { type = \"web\", autoscale = { min = 2, max = 6 } }");
    let web = find(&scaled, "Deployment", "web");
    assert_eq!(at(web, "/spec/replicas"), serde_json::Value::Null);
    assert_eq!(at(find(&scaled, "HorizontalPodAutoscaler", "web"), "/spec/maxReplicas"), 6);
    assert!(find_maybe(&scaled, "PodDisruptionBudget", "web").is_some());
}

const BROKER: &str = "[stages.x.components]\nbroker = { type = \"redis\", durable = true, roles = [\"results\", \"broker\"] }\n";
const SCALED: &str = "worker = { type = \"worker\", queues = [\"mail\", \"video\"], autoscale = { min = 0, max = 8, queue-length = 20 } }\n";

#[test]
fn a_worker_is_scaled_by_its_queues() {
    let all = based(&format!("{BROKER}{SCALED}"));
    assert_snapshot!(yaml(&find(&all, "ScaledObject", "worker").body), @r#"
    ---
    apiVersion: keda.sh/v1alpha1
    kind: ScaledObject
    metadata:
      name: worker
      namespace: s
      labels:
        app.kubernetes.io/component: worker
        app.kubernetes.io/instance: worker
        app.kubernetes.io/managed-by: seaway
        app.kubernetes.io/name: s
        app.kubernetes.io/part-of: s
    spec:
      maxReplicaCount: 8
      minReplicaCount: 0
      scaleTargetRef:
        name: worker
      triggers:
      - authenticationRef:
          name: worker
        metadata:
          address: broker.s.svc:6379
          databaseIndex: "1"
          listLength: "20"
          listName: mail
        type: redis
      - authenticationRef:
          name: worker
        metadata:
          address: broker.s.svc:6379
          databaseIndex: "1"
          listLength: "20"
          listName: video
        type: redis
    "#);
    assert_snapshot!(yaml(&find(&all, "TriggerAuthentication", "worker").body), @"
    ---
    apiVersion: keda.sh/v1alpha1
    kind: TriggerAuthentication
    metadata:
      name: worker
      namespace: s
      labels:
        app.kubernetes.io/component: worker
        app.kubernetes.io/instance: worker
        app.kubernetes.io/managed-by: seaway
        app.kubernetes.io/name: s
        app.kubernetes.io/part-of: s
    spec:
      secretTargetRef:
      - key: password
        name: broker
        parameter: password
    ");
    assert_eq!(at(find(&all, "Deployment", "worker"), "/spec/replicas"), serde_json::Value::Null);
    assert!(find_maybe(&all, "HorizontalPodAutoscaler", "worker").is_none());
    let policy = find(&all, "NetworkPolicy", "broker");
    assert_snapshot!(at(policy, "/spec/ingress/0/from"), @r#"[{"podSelector":{"matchLabels":{"app.kubernetes.io/instance":"web"}}},{"podSelector":{"matchLabels":{"app.kubernetes.io/instance":"worker"}}},{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"keda"}}}]"#);
    // What it logs in with is there before it is.
    let place = |kind: &str| all.objects.iter().position(|object| object.body.kind() == kind);
    assert!(place("TriggerAuthentication") < place("ScaledObject"));
}

#[test]
fn the_broker_of_a_scaler() {
    let trigger = |more: &str| {
        let all = based(&format!("[stages.x.components]\n{more}\n"));
        let authentication = find_maybe(&all, "TriggerAuthentication", "worker").is_some();
        let trigger = at(find(&all, "ScaledObject", "worker"), "/spec/triggers/0");
        let namespaces =
            find_maybe(&all, "NetworkPolicy", "broker").map_or_else(String::new, |one| {
                let peers = at(one, "/spec/ingress/0/from").to_string();
                format!(" {}", if peers.contains("keda") { "open" } else { "closed" })
            });
        format!("{} {authentication}{namespaces}", trigger["metadata"])
    };
    let worker =
        "worker = { type = \"worker\", autoscale = { min = 1, max = 8, queue-length = 5 } }";
    assert_snapshot!(trigger(&format!("broker = {{ type = \"valkey\", durable = true, auth = false }}\n{worker}")), @r#"{"address":"broker.s.svc:6379","databaseIndex":"0","listLength":"5","listName":"celery"} false open"#);
    let external = |outputs: &str, port: u16| {
        format!(
            "broker = {{ type = \"external\", provides = \"broker\", host = \"redis.internal\", port = {port}, cidrs = [\"10.0.0.1/32\"], {outputs} }}\n{worker}"
        )
    };
    assert_snapshot!(trigger(&external("outputs.url = \"rediss://redis.internal:6380/3\"", 6380)), @r#"{"address":"redis.internal:6380","databaseIndex":"3","enableTLS":"true","listLength":"5","listName":"celery"} false"#);
    let secret =
        "[stages.x.secrets]\nr = { keys = [\"url\", \"password\"], source = \"existing\" }\n";
    assert_snapshot!(trigger(&format!("{}\n{secret}", external("secret = \"r\"", 6379))), @r#"{"address":"redis.internal:6379","databaseIndex":"0","listLength":"5","listName":"celery"} true"#);
    // No password alone, no Redis, no broker at all.
    assert_snapshot!(case(&format!("[stages.x.components]\n{}\n{}", external("secret = \"r\"", 6379), secret.replace(", \"password\"", ""))), @"unknown-key 7:76 KEDA can not log in to `broker`, which has no `password` |  | add the key: KEDA takes a password, not a URL with one in it");
    assert_snapshot!(case(&format!("[stages.x.components]\n{}\n", external("outputs.url = \"amqp://mq/\"", 5672))), @"12 objects");
    assert_snapshot!(case(&format!("[stages.x.components]\n{worker}\n")), @"conflict 6:76 `worker` has no broker whose queues KEDA counts |  | scale it by its cpu use, or refer to one Redis or RabbitMQ that is a broker");
}

#[test]
fn what_a_scaler_logs_in_with() {
    let patched = |merge: &str| {
        case(&format!(
            "{BROKER}{SCALED}[[patches]]\ntarget = {{ kind = \"TriggerAuthentication\", name = \"worker\" }}\nmerge.spec.secretTargetRef = [{{ {merge}, parameter = \"password\" }}]\n"
        ))
    };
    assert_snapshot!(patched("name = \"broker\", key = \"pasword\""), @"unknown-key 10:56 Secret `broker` has no key `pasword` |  | did you mean `password`?");
    assert_snapshot!(patched("name = \"brokr\", key = \"password\""), @"dangling-reference 10:40 there is no Secret `brokr` |  | did you mean `broker`?");
}

#[test]
fn who_can_scale_by_queues() {
    let scale = |what: &str| case(&format!("{BROKER}{what}\n"));
    assert_snapshot!(scale("web.autoscale = { min = 1, max = 3, queue-length = 5 }"), @"conflict 7:52 `web` takes no tasks from queues |  | scale it by its cpu use: remove `queue-length`");
    assert_snapshot!(scale("w = { type = \"worker\", autoscale = { min = 0, max = 3, queue-length = 0 } }"), @"invalid-value 7:71 a queue length of 0 would always ask for more pods |  | write how many waiting tasks are one pod's work, for example 20");
    assert_snapshot!(scale("w = { type = \"worker\", autoscale = { min = 0, max = 3 } }"), @"invalid-value 7:44 can not scale from 0 to 3 |  | `min` is at least 1 and at most `max`");
    assert_snapshot!(scale("w = { type = \"worker\", autoscale = { min = 4, max = 3, queue-length = 5 } }"), @"invalid-value 7:44 can not scale from 4 to 3 |  | `min` is at least 0 and at most `max`");
    assert_snapshot!(scale("w = { type = \"worker\", autoscale = { min = 0, max = 0, queue-length = 5 } }"), @"invalid-value 7:44 can not scale from 0 to 0 |  | `min` is at least 0 and at most `max`");
    let closed = "[[patches]]\ntarget = { kind = \"NetworkPolicy\", name = \"broker\" }\nmerge.spec.ingress = [{ from = [{ podSelector.matchLabels = { \"app.kubernetes.io/instance\" = \"worker\" } }], ports = [{ port = 6379 }] }]\n";
    assert_snapshot!(case(&format!("{BROKER}{SCALED}{closed}")), @"missing-flow 10:22 no network policy lets KEDA, which counts its queues (TCP 6379), `web` (TCP 6379) in to `broker` |  | keep the generated ingress rules, or let it in by a NetworkPolicy in `[[objects]]`");
}

#[test]
fn bounds_of_the_namespace() {
    let stage = "components.web = { type = \"web\", autoscale = { min = 2, max = 6 } }\n\
                 components.db = { type = \"postgres\", storage = \"2Gi\" }\n\
                 components.migrate = { type = \"migrate\" }\n\
                 components.live = { type = \"process\", command = [\"a\"], port = 9000, expose = \"load-balancer\", allow.plain-http = \"TLS ends before it\" }\n";
    let all = production(&format!("quota = true\n{stage}"));
    assert_snapshot!(yaml(&find(&all, "ResourceQuota", "s").body), @r#"
    ---
    apiVersion: v1
    kind: ResourceQuota
    metadata:
      name: s
      namespace: s
      labels:
        app.kubernetes.io/managed-by: seaway
        app.kubernetes.io/part-of: s
    spec:
      hard:
        limits.cpu: 16300m
        limits.memory: 8960Mi
        persistentvolumeclaims: "1"
        pods: "17"
        requests.cpu: 5700m
        requests.memory: 4800Mi
        requests.storage: 2Gi
        services.loadbalancers: "1"
        services.nodeports: "1"
    "#);
    assert_snapshot!(yaml(&find(&all, "LimitRange", "s").body), @r#"
    ---
    apiVersion: v1
    kind: LimitRange
    metadata:
      name: s
      namespace: s
      labels:
        app.kubernetes.io/managed-by: seaway
        app.kubernetes.io/part-of: s
    spec:
      limits:
      - type: Container
        max:
          cpu: "1"
          memory: 1Gi
        default:
          cpu: "1"
          memory: 256Mi
        defaultRequest:
          cpu: 50m
          memory: 128Mi
    "#);
    let exact =
        production(&format!("quota = {{ head-room-percent = 0, limit-range = false }}\n{stage}"));
    assert_snapshot!(at(find(&exact, "ResourceQuota", "s"), "/spec/hard"), @r#"{"limits.cpu":"13","limits.memory":"7Gi","persistentvolumeclaims":"1","pods":"13","requests.cpu":"4500m","requests.memory":"3840Mi","requests.storage":"2Gi","services.loadbalancers":"1","services.nodeports":"1"}"#);
    assert!(find_maybe(&exact, "LimitRange", "s").is_none());
    for none in ["", "quota = false\n"] {
        let all = production(&format!("{none}{stage}"));
        assert!(find_maybe(&all, "ResourceQuota", "s").is_none());
    }
    // In development cpu has no limits, so nothing is said of them.
    let all = based("quota = true\n");
    assert_snapshot!(at(find(&all, "ResourceQuota", "s"), "/spec/hard"), @r#"{"limits.memory":"1280Mi","persistentvolumeclaims":"0","pods":"3","requests.cpu":"300m","requests.memory":"640Mi","requests.storage":"0","services.loadbalancers":"0","services.nodeports":"0"}"#);
    assert_snapshot!(at(find(&all, "LimitRange", "s"), "/spec/limits"), @r#"[{"default":{"memory":"256Mi"},"defaultRequest":{"cpu":"50m","memory":"128Mi"},"max":{"memory":"512Mi"},"type":"Container"}]"#);
}

#[test]
fn bounds_count_what_patches_make_of_it() {
    let pods = |more: &str| {
        let all = based(&format!("quota = {{ head-room-percent = 0 }}\n{more}"));
        at(find(&all, "ResourceQuota", "s"), "/spec/hard/pods")
    };
    assert_eq!(pods(""), "2");
    assert_eq!(
        pods(
            "patches = [{ target = { kind = \"Deployment\", name = \"web\" }, merge.spec.replicas = 4 }]\n"
        ),
        "5"
    );
    assert_eq!(
        pods(
            "[[objects]]\napiVersion = \"v1\"\nkind = \"Pod\"\nmetadata.name = \"p\"\nspec.containers = [{ name = \"c\", image = \"a:1\" }]\n"
        ),
        "3"
    );
    // A quota of the user's own beside it is held against the same.
    assert_snapshot!(case("quota = true\n[[objects]]\napiVersion = \"v1\"\nkind = \"ResourceQuota\"\nmetadata.name = \"q\"\nspec.hard.pods = 1"), @"exceeded-quota 10:18 the stage uses up to 2 of `pods`, and ResourceQuota/q allows 1 |  | allow at least 2, or let the stage use less");
    assert_snapshot!(case("quota = true\n[[objects]]\napiVersion = \"v1\"\nkind = \"ResourceQuota\"\nmetadata.name = \"s\"\nspec.hard.pods = 9"), @"duplicate-object 6:1 two objects are ResourceQuota/s |  | rename one of them");
    good("quota = { head-room-percent = 400 }\n");
}
