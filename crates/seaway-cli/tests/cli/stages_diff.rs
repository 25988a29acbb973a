//! `seaway stages --diff`.

use std::path::Path;

use serde_json::Value;

use crate::sandbox::{FAULTY, Run, SHOP, Sandbox};

/// The reference stack.
fn shop() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("a workspace");
    root.join("stacks/shop").display().to_string()
}

#[test]
fn what_a_stage_gains_is_listed() {
    let sandbox = Sandbox::new(SHOP);
    let Run { code, out, err } =
        sandbox.run(&["stages", &shop(), "--diff", "postgres", "redis-celery"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    insta::assert_snapshot!(out, @"
    from postgres (development) to redis-celery (development)

    Components
      + beat    beat
      + broker  redis
      + cache   redis
      + flower  flower
      + worker  worker

    Objects
      + ConfigMap/celery-probes-14c83872
      + Deployment/flower
      ~ Deployment/web  (its pods are replaced)
          spec.replicas: 1 → 2
          spec.template.spec.topologySpreadConstraints[kubernetes.io/hostname]: + {labelSelector, matchLabelKeys, maxSkew, whenUnsatisfiable}
          spec.template.spec.topologySpreadConstraints[topology.kubernetes.io/zone]: + {labelSelector, matchLabelKeys, maxSkew, whenUnsatisfiable}
      + Deployment/worker
      ~ Job/migrate-1ddf2845
          metadata.name: migrate-6e396ac5 → migrate-1ddf2845
      + NetworkPolicy/beat
      + NetworkPolicy/broker
      + NetworkPolicy/cache
      ~ NetworkPolicy/db
      + NetworkPolicy/flower
      ~ NetworkPolicy/migrate
      ~ NetworkPolicy/web
      + NetworkPolicy/worker
      + PersistentVolumeClaim/broker-data
      + PodDisruptionBudget/web
      + Secret/broker
      + Secret/cache
      + Service/broker
      + Service/cache
      + Service/flower
      + ServiceAccount/beat
      + ServiceAccount/broker
      + ServiceAccount/cache
      + ServiceAccount/flower
      + ServiceAccount/worker
      + StatefulSet/beat
      + StatefulSet/broker
      + StatefulSet/cache

    Environment of the processes that both have
      + CACHE_URL          Secret/cache key url
          in migrate, web
      + CELERY_BROKER_URL  Secret/broker key url
          in migrate, web

    Network
      + to broker, TCP 6379
          from beat, flower, migrate, web, worker
      + to cache, TCP 6379
          from beat, flower, migrate, web, worker
      + to db, TCP 5432
          from beat, flower, worker
      + to the DNS of the cluster, UDP and TCP
          from beat, flower, worker

    Secrets
      + broker  Seaway makes it up
          password
          url  redis://:${password}@broker:6379/0
      + cache   Seaway makes it up
          password
          url  redis://:${password}@cache:6379/0

    Consequences
      opens            the network policies let through beat → broker (TCP 6379), beat → cache (TCP 6379), beat → db (TCP 5432) and 10 more
      restarts         the pod of Deployment/web is replaced
      runs-once        migrate runs once more, as Job/migrate-1ddf2845
      capacity         pods 2 → 8, cpu requests 200m → 600m, memory requests 768Mi → 2176Mi, memory limits 1Gi → 3584Mi, volumes 1 → 2, storage 2Gi → 3Gi, connections to db 27 → 46 of 100

    a plain `kubectl apply` does it
    ");
}

#[test]
fn what_a_stage_loses_is_listed_with_the_steps_to_take() {
    let sandbox = Sandbox::new(SHOP);
    let out = sandbox.run(&["stages", "shop", "--diff", "postgres", "local"]).out;
    insta::assert_snapshot!(out, @"
    from postgres (development) to local (development)

    Components
      - db       postgres
      - migrate  migrate

    Objects
      - ConfigMap/check-volume-fbade584
      - ConfigMap/db-init-45d7279f
      - ConfigMap/wait-for-schema-2d727b56
      ~ Deployment/web  (its pods are replaced)
          spec.progressDeadlineSeconds: 2400 → 900
          spec.template.spec.initContainers[wait-for-schema]: - {command, env, envFrom, image, resources, securityContext, volumeMounts}
          spec.template.spec.volumes[wait-for-schema].configMap.name: - wait-for-schema-2d727b56
      - Job/migrate-bf96a30e
      - NetworkPolicy/db
      - NetworkPolicy/migrate
      ~ NetworkPolicy/web
      - PersistentVolumeClaim/db-data
      - Secret/db
      - Service/db
      - ServiceAccount/db
      - ServiceAccount/migrate
      - StatefulSet/db

    Environment of the processes that both have
      - DATABASE_URL  Secret/db key url
          in web

    Network
      - to db, TCP 5432
          from migrate, web
      - to the DNS of the cluster, UDP and TCP
          from migrate

    Secrets
      - db  can go

    Data
      - the rows of db have to be saved: nothing takes them
          postgres 17 in the cluster, PersistentVolumeClaim/db-data

    Consequences
      lost-data        the data of PersistentVolumeClaim/db-data is not used any more
      downtime         the address `db.shop` goes once Service/db is deleted
      restarts         the pod of Deployment/web is replaced
      capacity         pods 2 → 1, cpu requests 200m → 100m, memory requests 768Mi → 256Mi, memory limits 1Gi → 512Mi, volumes 1 → 0, storage 2Gi → 0Mi

    Steps
      1. render `local` into a folder
         set -o pipefail
         seaway render shop --stage local --out rendered/local

      2. stop `web`
         # the application is down from here until `local` is applied
         kubectl -n shop scale --replicas=0 deployment/web
         kubectl -n shop wait --for=delete pod --selector='app.kubernetes.io/instance in (web)' --timeout=10m

      3. save the database `db`: nothing in `local` takes it
         kubectl -n shop exec statefulset/db -- pg_dump --username=postgres --format=custom --no-owner --no-privileges shop > db.dump
         kubectl -n shop exec -i statefulset/db -- pg_restore --list < db.dump | tail

      4. apply `local`
         # the way back, from here until you delete what is old: apply `postgres` again, with the old
         # values of its Secrets
         kubectl apply -f rendered/local
         kubectl -n shop rollout status deployment/web --timeout=15m

      5. check that all is there
         # compare a few numbers of rows, look at pages that read and write, and at the logs

      6. delete what only `postgres` had
         # `kubectl apply` deletes nothing; `--prune` would delete what holds data, too
         kubectl delete -n shop configmap/check-volume-fbade584 configmap/db-init-45d7279f configmap/wait-for-schema-2d727b56 secret/db service/db serviceaccount/db serviceaccount/migrate statefulset.apps/db job.batch/migrate-bf96a30e networkpolicy.networking.k8s.io/db networkpolicy.networking.k8s.io/migrate

      7. delete the old data, days later
         # only when the check above was good, a backup of the new place has been restored once, and
         # nobody wants to go back
         kubectl delete -n shop persistentvolumeclaim/db-data

    7 steps by hand
    ");
}

#[test]
fn a_stage_does_not_differ_from_itself() {
    let sandbox = Sandbox::new(SHOP);
    let Run { code, out, err } = sandbox.run(&["stages", "shop", "--diff", "local", "local"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    insta::assert_snapshot!(out, @"
    from local (development) to local (development)
    nothing differs
    ");
}

#[test]
fn json_has_every_key_that_the_help_names() {
    let sandbox = Sandbox::new(SHOP);
    let Run { code, out, err } =
        sandbox.run(&["stages", "shop", "--diff", "local", "postgres", "--format", "json"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let value: Value = serde_json::from_str(&out).expect("JSON");
    let keys = |value: &Value| {
        let keys = value.as_object().expect("an object").keys().map(String::as_str);
        keys.collect::<Vec<_>>().join(" ")
    };
    let help = sandbox.run(&["stages", "--help"]).out;
    let documented = |value: &Value| {
        for key in keys(value).split(' ') {
            assert!(help.contains(key), "`{key}` is not in the help");
        }
    };
    insta::assert_snapshot!(keys(&value), @"components consequences data from objects secrets steps to variables ways");
    documented(&value);
    for list in ["components", "objects", "variables", "ways", "secrets", "data", "steps"] {
        value[list].as_array().expect("a list").iter().for_each(documented);
    }
    assert_eq!(value["components"][0]["change"], "gained");
    assert_eq!(value["from"]["stage"], "local");
}

#[test]
fn a_faulty_stage_leaves_standard_output_empty() {
    let sandbox = Sandbox::new(FAULTY);
    let Run { code, out, err } = sandbox.run(&["stages", "shop", "--diff", "local", "faulty"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    let end = "\n\nerror: could not compare stages `local` and `faulty`: 2 errors\nfor more about an error: seaway explain unknown-field\n";
    assert!(err.ends_with(end), "{err}");
    // One that is not there is told as `render` tells it.
    let unknown = sandbox.run(&["stages", "shop", "--diff", "local", "lokal"]);
    let rendered = sandbox.run(&["render", "shop", "--stage", "lokal"]);
    assert_eq!(unknown.code, Some(1));
    assert_eq!(unknown.err.lines().next(), rendered.err.lines().next(), "{}", unknown.err);
}

#[test]
fn two_stages_are_needed() {
    let sandbox = Sandbox::new(SHOP);
    let Run { code, out, .. } = sandbox.run(&["stages", "shop", "--diff", "local"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
}

#[test]
fn colors_are_for_a_terminal() {
    let sandbox = Sandbox::new(SHOP);
    let diff = ["stages", "shop", "--diff", "local", "postgres"];
    let plain = sandbox.run(&diff).out;
    assert!(!plain.contains('\u{1b}'));
    let colored = sandbox.run(&[&diff[..], &["--color", "always"]].concat()).out;
    assert!(colored.contains("\u{1b}[32m+ db"), "{colored}");
}
