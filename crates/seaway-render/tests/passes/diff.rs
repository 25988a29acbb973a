//! What one stage gains, loses and rewires against another, and the steps between them.

use seaway_core::shell::{Command, command};
use std::collections::BTreeSet;

use insta::assert_snapshot;
use seaway_core::{Document, Sink, Source};
use seaway_render::diff::Task;
use seaway_render::{Body, Bundle, Difference};
use serde::Deserialize;

use crate::common::{compile, stacks, stages, told};

fn compiled(source: &Source, stage: &str) -> Bundle {
    let (bundle, diagnostics) = compile(source, stage);
    bundle.unwrap_or_else(|| panic!("{}\n{}", told(source, &diagnostics), source.stack.text))
}

fn between(source: &Source, from: &str, to: &str) -> Difference {
    let document = seaway_core::parse(source, &mut Sink::default());
    seaway_render::diff(
        &document,
        &command("s", &[]),
        &compiled(source, from),
        &compiled(source, to),
    )
}

const BASE: &str = r#"name = "s"
app.image = "a:1"
app.module = "s"
secrets.django.keys = ["secret-key"]
app.env.SECRET_KEY = "${secrets.django.secret-key}"
components.web = { type = "web" }
"#;

const PROCESSES: &str = r#"components.migrate = { type = "migrate" }
components.worker = { type = "worker", queues = ["mail"] }
components.nightly = { type = "cron", schedule = "0 3 * * *", command = ["true"] }
"#;

/// The difference between two stages of which the stack says no more than this.
fn of(from: &str, to: &str) -> Difference {
    let text = format!("{BASE}{PROCESSES}[stages.a]\n{from}\n[stages.b]\n{to}\n");
    between(&Source::new("stack.toml", text), "a", "b")
}

/// Titles and commands of the steps, without the objects that they apply.
fn steps(difference: &Difference) -> String {
    let mut lines = Vec::new();
    for step in &difference.steps {
        lines.push(format!("# {}", step.title));
        for command in &step.commands {
            let (first, document) = command.split_once('\n').unwrap_or((command, ""));
            lines.push(first.to_owned());
            if document.starts_with("  | ") {
                lines.push(document.to_owned());
            }
        }
    }
    lines.join("\n")
}

const POSTGRES: &str = r#"components.db = { type = "postgres", version = "17" }"#;
const OUTSIDE: &str = r#"components.db = { type = "external", provides = "database", host = "db.example.com", port = 5432, secret = "remote", cidrs = ["10.0.0.0/8"] }"#;
const BROKER: &str = r#"components.broker = { type = "redis", durable = true }"#;
const OUTSIDE_BROKER: &str = r#"components.broker = { type = "external", provides = "broker", host = "broker.example.com", port = 6379, secret = "queues", cidrs = ["10.0.0.0/8"] }"#;
const RDS: &str = r#"config.authority = { "ca.pem" = "a certificate" }
components.db = { type = "rds", host = "db.example.com", cidrs = ["10.0.0.0/8"], ca = { config = "authority", key = "ca.pem" } }"#;
const ELASTICACHE: &str = r#"components.broker = { type = "elasticache", host = "broker.example.com", roles = ["broker"], cidrs = ["10.0.0.0/8"] }"#;
const VALKEY: &str = r#"components.broker = { type = "valkey", durable = true }"#;

#[test]
fn a_database_that_moves_out_is_copied_before_the_apply() {
    let difference = of(POSTGRES, OUTSIDE);
    assert_snapshot!(steps(&difference), @r#"
    # render `b` into a folder
    set -o pipefail
    seaway render s --stage b --out rendered/b
    # make the Secret `remote` of `b`
    seaway secrets s --stage b --only=remote
    # stop `nightly`, `web`
    kubectl -n s scale --replicas=0 deployment/web
    kubectl -n s patch cronjob.batch/nightly --patch='{"spec":{"suspend":true}}'
    while kubectl -n s get cronjob.batch/nightly --ignore-not-found --output=jsonpath='{..status.active}' | grep -q .; do sleep 5; done
    kubectl -n s wait --for=delete pod --selector='app.kubernetes.io/instance in (web)' --timeout=10m
    # stop `worker`
    kubectl -n s scale --replicas=0 deployment/worker
    kubectl -n s wait --for=delete pod --selector='app.kubernetes.io/instance in (worker)' --timeout=10m
    # copy the database `db` to db.example.com:5432
    kubectl apply -f rendered/b/000-namespace-s.yaml
    kubectl apply -f - <<'YAML'
    kubectl -n s wait --for=condition=Ready pod/restore-db --timeout=5m
    kubectl -n s exec pod/restore-db -- sh -c 'psql "$DATABASE_URL" --command="\dt"'
    kubectl -n s exec statefulset/db -- pg_dump --username=postgres --format=custom --no-owner --no-privileges s \
      | kubectl -n s exec -i pod/restore-db -- sh -c 'pg_restore --no-owner --no-privileges --exit-on-error --single-transaction --dbname="$DATABASE_URL"'
    kubectl -n s exec pod/restore-db -- sh -c 'psql "$DATABASE_URL" --command=ANALYZE'
    # apply `b`
    kubectl apply -f rendered/b
    kubectl -n s wait --for=condition=complete job/migrate-b2e44fbb --timeout=30m
    kubectl -n s rollout status deployment/web --timeout=15m
    kubectl -n s rollout status deployment/worker --timeout=15m
    # start again what an apply leaves stopped
    kubectl -n s patch cronjob.batch/nightly --patch='{"spec":{"suspend":false}}'
    # check that all is there
    kubectl -n s exec statefulset/db -- psql --username=postgres --dbname=s --command='ANALYZE' --command='SELECT relname, n_live_tup FROM pg_stat_user_tables ORDER BY relname'
    kubectl -n s exec pod/restore-db -- sh -c 'psql "$DATABASE_URL" --command="SELECT relname, n_live_tup FROM pg_stat_user_tables ORDER BY relname"'
    # delete what only `a` had
    kubectl -n s delete pod/restore-db networkpolicy.networking.k8s.io/restore-db --ignore-not-found
    kubectl delete -n s configmap/check-volume-fbade584 configmap/db-init-45d7279f secret/db service/db serviceaccount/db statefulset.apps/db networkpolicy.networking.k8s.io/db
    # delete the old data, days later
    kubectl delete -n s persistentvolumeclaim/db-data
    "#);
    let kinds: Vec<&str> = difference.components.iter().filter_map(|of| of.is.as_deref()).collect();
    assert_eq!(kinds, ["external"]);
    let rewired: Vec<_> = difference
        .variables
        .iter()
        .map(|row| {
            let (was, is) = (row.was.clone(), row.is.clone());
            format!("{} {was:?} {is:?} {}", row.name, row.processes.join(" "))
        })
        .collect();
    assert_snapshot!(rewired.join("\n"), @r#"DATABASE_URL Some("Secret/db key url") Some("Secret/remote key url") migrate nightly web worker"#);
}

#[test]
fn the_pod_that_moves_data_takes_the_way_of_the_migrations() {
    let difference = of(POSTGRES, OUTSIDE);
    let mut commands = difference.steps.iter().flat_map(|step| &step.commands);
    let document = commands.find_map(|command| command.split_once("<<'YAML'\n"));
    assert_snapshot!(document.expect("a pod").1, @r#"
    ---
    apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata:
      name: restore-db
      namespace: s
      labels:
        app.kubernetes.io/instance: restore-db
        app.kubernetes.io/managed-by: seaway
        app.kubernetes.io/part-of: s
    spec:
      podSelector:
        matchLabels:
          app.kubernetes.io/instance: restore-db
      policyTypes:
      - Egress
      egress:
      - to:
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: kube-system
          podSelector:
            matchLabels:
              k8s-app: kube-dns
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: openshift-dns
        ports:
        - protocol: UDP
          port: 53
        - protocol: TCP
          port: 53
        - protocol: UDP
          port: 5353
        - protocol: TCP
          port: 5353
      - to:
        - ipBlock:
            cidr: 169.254.20.10/32
        - ipBlock:
            cidr: 169.254.169.254/32
        ports:
        - protocol: UDP
          port: 53
        - protocol: TCP
          port: 53
      - to:
        - ipBlock:
            cidr: 10.0.0.0/8
        ports:
        - protocol: TCP
          port: 5432
    ---
    apiVersion: v1
    kind: Pod
    metadata:
      name: restore-db
      namespace: s
      labels:
        app.kubernetes.io/instance: restore-db
        app.kubernetes.io/managed-by: seaway
        app.kubernetes.io/part-of: s
    spec:
      automountServiceAccountToken: false
      enableServiceLinks: false
      restartPolicy: Never
      activeDeadlineSeconds: 14400
      terminationGracePeriodSeconds: 1
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        runAsGroup: 10001
        fsGroup: 10001
        fsGroupChangePolicy: OnRootMismatch
        seccompProfile:
          type: RuntimeDefault
      containers:
      - name: move
        image: docker.io/library/postgres:17.11-trixie
        command:
        - sleep
        - "14400"
        env:
        - name: HOME
          value: /tmp
        - name: DATABASE_URL
          valueFrom:
            secretKeyRef:
              name: remote
              key: url
        resources:
          requests:
            cpu: 50m
            memory: 256Mi
          limits:
            memory: 256Mi
        volumeMounts:
        - name: tmp
          mountPath: /tmp
        securityContext:
          allowPrivilegeEscalation: false
          readOnlyRootFilesystem: true
          capabilities:
            drop:
            - ALL
      volumes:
      - name: tmp
        emptyDir:
          sizeLimit: 64Mi
    YAML
    "#);
}

#[test]
fn the_pod_verifies_the_new_server_as_the_application_does() {
    let difference = of(POSTGRES, RDS);
    let commands = || difference.steps.iter().flat_map(|step| &step.commands);
    let document = commands().find(|command| command.contains("kind: Pod")).expect("a pod");
    for line in ["name: PGSSLMODE", "value: verify-full", "mountPath: /etc/ssl/seaway/db"] {
        assert!(document.contains(line), "{document}");
    }
    // The config that the pod reads is there before it.
    let at = |part: &str| commands().position(|command| command.contains(part));
    assert!(at("configmap-authority-") < at("kind: Pod"), "{}", steps(&difference));
    assert!(at("configmap-authority-").is_some());
}

#[test]
fn a_pooler_keeps_nothing_and_is_gone_past() {
    let pooled =
        format!("{RDS}\ncomponents.pooler = {{ type = \"pgbouncer\", database = \"db\" }}");
    let difference = of(POSTGRES, &pooled);
    let data: Vec<_> = difference.data.iter().map(|data| data.name.as_str()).collect();
    assert_eq!(data, ["db"]);
    let commands = difference.steps.iter().flat_map(|step| &step.commands);
    let pods: Vec<_> = commands.filter(|command| command.contains("kind: Pod")).collect();
    assert!(pods.iter().all(|pod| !pod.contains("pooler")), "{pods:?}");
    assert_eq!(of(RDS, &pooled).data, []);
}

#[test]
fn a_database_outside_that_is_described_anew_stays_where_it_is() {
    let external = OUTSIDE.replace("secret = \"remote\"", "database = \"s\", secret = \"remote\"");
    assert_eq!(of(&external, RDS).data, []);
}

/// An exporter reads what only a member of `pg_monitor` may read, and only who runs the server can make it one.
#[test]
fn exporters_are_let_in_to_the_statistics() {
    const WATCHED: &str = "\ncomponents.monitoring.type = \"monitoring\"";
    const LOGIN: &str = "\nsecrets.watcher.keys = [\"url\"]\ncomponents.monitoring = { type = \"monitoring\", databases.db = { secret = \"watcher\" } }";
    let told = |from: &str, to: &str| {
        let difference = of(from, to);
        let of_roles = |title: &str| title.starts_with("let the exporters");
        let steps = difference.steps.iter().filter(|step| of_roles(&step.title));
        let lines = steps.flat_map(|step| {
            step.commands.iter().map(ToString::to_string).chain(step.notes.iter().cloned())
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    let with = |one: &str, more: &str| format!("{one}{more}");
    assert_snapshot!(told(POSTGRES, &with(POSTGRES, WATCHED)), @r#"kubectl -n s exec statefulset/db -- psql --username=postgres --command='GRANT pg_monitor TO "s"'"#);
    assert_snapshot!(told(POSTGRES, &with(POSTGRES, LOGIN)), @r#"
    kubectl -n s exec -it statefulset/db -- psql --username=postgres --command="CREATE ROLE $ROLE LOGIN IN ROLE pg_monitor" --command="\password $ROLE"
    `$ROLE` is the user in `url` of the Secret `watcher`, which the exporter of `db` reads
    "#);
    assert_snapshot!(told(RDS, &with(RDS, WATCHED)), @r#"
    psql "$ADMIN_URL" --command='GRANT pg_monitor TO "s"'
    `$ADMIN_URL` logs in as who runs the server, on RDS as its master user, from where the server lets it in
    "#);
    assert_snapshot!(told(OUTSIDE, &with(OUTSIDE, WATCHED)), @r#"
    psql "$ADMIN_URL" --command="GRANT pg_monitor TO $ROLE"
    `$ADMIN_URL` logs in as who runs the server, on RDS as its master user, from where the server lets it in
    `$ROLE` is the user in the URL that the processes read
    "#);
    assert_snapshot!(told(&with(RDS, WATCHED), &with(RDS, LOGIN)), @r#"
    psql "$ADMIN_URL" --command="CREATE ROLE $ROLE LOGIN IN ROLE pg_monitor" --command="\password $ROLE"
    `$ROLE` is the user in `url` of the Secret `watcher`, which the exporter of `db` reads
    `$ADMIN_URL` logs in as who runs the server, on RDS as its master user, from where the server lets it in
    "#);
    // The database moves to a server that knows no such role.
    assert_snapshot!(told(&with(POSTGRES, WATCHED), &with(RDS, WATCHED)), @r#"
    psql "$ADMIN_URL" --command='GRANT pg_monitor TO "s"'
    `$ADMIN_URL` logs in as who runs the server, on RDS as its master user, from where the server lets it in
    "#);
    // It was watched before, or its first script sees to it.
    assert_eq!(told(&with(RDS, WATCHED), &with(RDS, WATCHED)), "");
    assert_eq!(told("", &with(POSTGRES, WATCHED)), "");
    assert_eq!(told(&with(POSTGRES, WATCHED), POSTGRES), "");
}

#[test]
fn files_of_a_volume_go_into_the_bucket() {
    let volume = "app.mounts.\"/media\" = { volume = \"media\" }\nvolumes.media = { storage = \"1Gi\", access-mode = \"ReadWriteMany\" }\n";
    let bucket = "components.media = { type = \"s3\", bucket = \"s-media\", region = \"eu-central-1\", prefix = \"uploads\" }\n";
    assert_snapshot!(steps(&of(volume, bucket)), @r#"
    # render `b` into a folder
    set -o pipefail
    seaway render s --stage b --out rendered/b
    # stop `nightly`, `web`
    kubectl -n s scale --replicas=0 deployment/web
    kubectl -n s patch cronjob.batch/nightly --patch='{"spec":{"suspend":true}}'
    while kubectl -n s get cronjob.batch/nightly --ignore-not-found --output=jsonpath='{..status.active}' | grep -q .; do sleep 5; done
    kubectl -n s wait --for=delete pod --selector='app.kubernetes.io/instance in (web)' --timeout=10m
    # stop `worker`
    kubectl -n s scale --replicas=0 deployment/worker
    kubectl -n s wait --for=delete pod --selector='app.kubernetes.io/instance in (worker)' --timeout=10m
    # copy the files of `media` to s3://s-media/uploads/
    kubectl apply -f rendered/b/000-namespace-s.yaml -f rendered/b/080-serviceaccount-migrate.yaml
    kubectl apply -f - <<'YAML'
    kubectl -n s wait --for=condition=Ready pod/move-media --timeout=5m
    kubectl -n s exec pod/move-media -- aws s3 sync /from/ s3://s-media/uploads/ --exclude 'lost+found/*' --no-progress
    kubectl -n s exec pod/move-media -- sh -c 'find /from -type f | wc -l; aws s3 ls s3://s-media/uploads/ --recursive --summarize | tail -n 2'
    # apply `b`
    kubectl apply -f rendered/b
    kubectl -n s wait --for=condition=complete job/migrate-0f37e553 --timeout=30m
    kubectl -n s rollout status deployment/web --timeout=15m
    kubectl -n s rollout status deployment/worker --timeout=15m
    # start again what an apply leaves stopped
    kubectl -n s patch cronjob.batch/nightly --patch='{"spec":{"suspend":false}}'
    # check that all is there
    # delete what only `a` had
    kubectl -n s delete pod/move-media networkpolicy.networking.k8s.io/move-media --ignore-not-found
    # delete the old data, days later
    kubectl delete -n s persistentvolumeclaim/media
    "#);
}

#[test]
fn a_database_that_moves_in_is_filled_before_anybody_starts() {
    assert_snapshot!(steps(&of(OUTSIDE, POSTGRES)), @r#"
    # render `b` into a folder
    set -o pipefail
    seaway render s --stage b --out rendered/b
    # stop `nightly`, `web`
    kubectl -n s scale --replicas=0 deployment/web
    kubectl -n s patch cronjob.batch/nightly --patch='{"spec":{"suspend":true}}'
    while kubectl -n s get cronjob.batch/nightly --ignore-not-found --output=jsonpath='{..status.active}' | grep -q .; do sleep 5; done
    kubectl -n s wait --for=delete pod --selector='app.kubernetes.io/instance in (web)' --timeout=10m
    # stop `worker`
    kubectl -n s scale --replicas=0 deployment/worker
    kubectl -n s wait --for=delete pod --selector='app.kubernetes.io/instance in (worker)' --timeout=10m
    # dump the database `db`
    kubectl apply -f - <<'YAML'
    kubectl -n s wait --for=condition=Ready pod/dump-db --timeout=5m
    kubectl -n s exec pod/dump-db -- sh -c 'pg_dump --format=custom --no-owner --no-privileges "$DATABASE_URL"' > db.dump
    kubectl -n s exec -i pod/dump-db -- pg_restore --list < db.dump | tail
    # start `db` alone and restore the dump into it
    kubectl apply -f rendered/b/000-namespace-s.yaml -f rendered/b/070-networkpolicy-db.yaml -f rendered/b/080-serviceaccount-db.yaml -f rendered/b/130-secret-db.yaml -f rendered/b/160-configmap-db-init-45d7279f.yaml -f rendered/b/180-persistentvolumeclaim-db-data.yaml -f rendered/b/190-service-db.yaml -f rendered/b/240-statefulset-db.yaml
    kubectl -n s rollout status statefulset/db --timeout=10m
    kubectl -n s exec -i statefulset/db -- pg_restore --username=postgres --role=s --no-owner --no-privileges --exit-on-error --single-transaction --dbname=s < db.dump
    kubectl -n s exec statefulset/db -- psql --username=postgres --dbname=s --command=ANALYZE
    # apply `b`
    kubectl apply -f rendered/b
    kubectl -n s wait --for=condition=complete job/migrate-d2ac4ca0 --timeout=30m
    kubectl -n s rollout status deployment/web --timeout=15m
    kubectl -n s rollout status deployment/worker --timeout=15m
    # start again what an apply leaves stopped
    kubectl -n s patch cronjob.batch/nightly --patch='{"spec":{"suspend":false}}'
    # check that all is there
    # delete what only `a` had
    kubectl -n s delete pod/dump-db networkpolicy.networking.k8s.io/dump-db --ignore-not-found
    "#);
}

#[test]
fn between_servers_outside_data_goes_through_a_file() {
    let other = OUTSIDE.replace("db.example.com", "new.example.com").replace("remote", "other");
    assert_snapshot!(steps(&of(OUTSIDE, &other)), @r#"
    # render `b` into a folder
    set -o pipefail
    seaway render s --stage b --out rendered/b
    # make the Secret `other` of `b`
    seaway secrets s --stage b --only=other
    # stop `nightly`, `web`
    kubectl -n s scale --replicas=0 deployment/web
    kubectl -n s patch cronjob.batch/nightly --patch='{"spec":{"suspend":true}}'
    while kubectl -n s get cronjob.batch/nightly --ignore-not-found --output=jsonpath='{..status.active}' | grep -q .; do sleep 5; done
    kubectl -n s wait --for=delete pod --selector='app.kubernetes.io/instance in (web)' --timeout=10m
    # stop `worker`
    kubectl -n s scale --replicas=0 deployment/worker
    kubectl -n s wait --for=delete pod --selector='app.kubernetes.io/instance in (worker)' --timeout=10m
    # dump the database `db`
    kubectl apply -f - <<'YAML'
    kubectl -n s wait --for=condition=Ready pod/dump-db --timeout=5m
    kubectl -n s exec pod/dump-db -- sh -c 'pg_dump --format=custom --no-owner --no-privileges "$DATABASE_URL"' > db.dump
    kubectl -n s exec -i pod/dump-db -- pg_restore --list < db.dump | tail
    # copy the database `db` to new.example.com:5432
    kubectl apply -f rendered/b/000-namespace-s.yaml
    kubectl apply -f - <<'YAML'
    kubectl -n s wait --for=condition=Ready pod/restore-db --timeout=5m
    kubectl -n s exec pod/restore-db -- sh -c 'psql "$DATABASE_URL" --command="\dt"'
    kubectl -n s exec -i pod/restore-db -- sh -c 'pg_restore --no-owner --no-privileges --exit-on-error --single-transaction --dbname="$DATABASE_URL"' < db.dump
    kubectl -n s exec pod/restore-db -- sh -c 'psql "$DATABASE_URL" --command=ANALYZE'
    # apply `b`
    kubectl apply -f rendered/b
    kubectl -n s wait --for=condition=complete job/migrate-4214c946 --timeout=30m
    kubectl -n s rollout status deployment/web --timeout=15m
    kubectl -n s rollout status deployment/worker --timeout=15m
    # start again what an apply leaves stopped
    kubectl -n s patch cronjob.batch/nightly --patch='{"spec":{"suspend":false}}'
    # check that all is there
    # delete what only `a` had
    kubectl -n s delete pod/dump-db networkpolicy.networking.k8s.io/dump-db --ignore-not-found
    kubectl -n s delete pod/restore-db networkpolicy.networking.k8s.io/restore-db --ignore-not-found
    "#);
}

#[test]
fn a_new_major_reads_nothing_of_the_old_one() {
    let of_major = |major: &str| POSTGRES.replace("17", major);
    assert_snapshot!(steps(&of(&of_major("16"), POSTGRES)), @r#"
    # render `b` into a folder
    set -o pipefail
    seaway render s --stage b --out rendered/b
    # stop `nightly`, `web`
    kubectl -n s scale --replicas=0 deployment/web
    kubectl -n s patch cronjob.batch/nightly --patch='{"spec":{"suspend":true}}'
    while kubectl -n s get cronjob.batch/nightly --ignore-not-found --output=jsonpath='{..status.active}' | grep -q .; do sleep 5; done
    kubectl -n s wait --for=delete pod --selector='app.kubernetes.io/instance in (web)' --timeout=10m
    # stop `worker`
    kubectl -n s scale --replicas=0 deployment/worker
    kubectl -n s wait --for=delete pod --selector='app.kubernetes.io/instance in (worker)' --timeout=10m
    # dump the database `db`
    kubectl -n s exec statefulset/db -- pg_dump --username=postgres --format=custom --no-owner --no-privileges s > db.dump
    kubectl -n s exec -i statefulset/db -- pg_restore --list < db.dump | tail
    # put the files of the old major of `db` aside
    kubectl -n s scale --replicas=0 statefulset/db
    kubectl -n s wait --for=delete pod --selector=app.kubernetes.io/instance=db --timeout=5m
    kubectl apply -f - <<'YAML'
    kubectl -n s wait --for=condition=Ready pod/rename-db --timeout=5m
    kubectl -n s exec pod/rename-db -- mv /from/pgdata /from/pgdata-16
    kubectl -n s delete pod/rename-db
    # start `db` alone and restore the dump into it
    kubectl apply -f rendered/b/000-namespace-s.yaml -f rendered/b/070-networkpolicy-db.yaml -f rendered/b/080-serviceaccount-db.yaml -f rendered/b/130-secret-db.yaml -f rendered/b/160-configmap-db-init-45d7279f.yaml -f rendered/b/180-persistentvolumeclaim-db-data.yaml -f rendered/b/190-service-db.yaml -f rendered/b/240-statefulset-db.yaml
    kubectl -n s rollout status statefulset/db --timeout=10m
    kubectl -n s exec -i statefulset/db -- pg_restore --username=postgres --role=s --no-owner --no-privileges --exit-on-error --single-transaction --dbname=s < db.dump
    kubectl -n s exec statefulset/db -- psql --username=postgres --dbname=s --command=ANALYZE
    # apply `b`
    kubectl apply -f rendered/b
    kubectl -n s wait --for=condition=complete job/migrate-d2ac4ca0 --timeout=30m
    kubectl -n s rollout status deployment/web --timeout=15m
    kubectl -n s rollout status deployment/worker --timeout=15m
    # start again what an apply leaves stopped
    kubectl -n s patch cronjob.batch/nightly --patch='{"spec":{"suspend":false}}'
    # check that all is there
    # delete what only `a` had
    kubectl -n s delete pod/rename-db networkpolicy.networking.k8s.io/rename-db --ignore-not-found
    # delete the old data, days later
    kubectl -n s exec statefulset/db -- rm -r /var/lib/postgresql/data/pgdata-16
    "#);
    let into_folders = steps(&of(POSTGRES, &of_major("18")));
    assert!(into_folders.contains("pg_restore") && !into_folders.contains("rename-db"));
}

#[test]
fn a_broker_is_drained_and_a_cache_is_not() {
    let cache = "components.cache = { type = \"redis\" }\n";
    let outside_cache = "components.cache = { type = \"external\", provides = \"cache\", host = \"cache.example.com\", port = 6379, secret = \"entries\", cidrs = [\"10.0.0.0/8\"] }\n";
    let from = format!("{POSTGRES}\n{BROKER}\n{cache}");
    let to = format!("{POSTGRES}\n{OUTSIDE_BROKER}\n{outside_cache}");
    let difference = of(&from, &to);
    assert_snapshot!(steps(&difference), @r#"
    # render `b` into a folder
    set -o pipefail
    seaway render s --stage b --out rendered/b
    # make the Secrets `entries`, `queues` of `b`
    seaway secrets s --stage b --only=entries,queues
    # stop `nightly`, `web`
    kubectl -n s scale --replicas=0 deployment/web
    kubectl -n s patch cronjob.batch/nightly --patch='{"spec":{"suspend":true}}'
    while kubectl -n s get cronjob.batch/nightly --ignore-not-found --output=jsonpath='{..status.active}' | grep -q .; do sleep 5; done
    kubectl -n s wait --for=delete pod --selector='app.kubernetes.io/instance in (web)' --timeout=10m
    # let the workers empty the queues of `broker`
    kubectl -n s exec statefulset/broker -- redis-cli -n 0 LLEN celery
    kubectl -n s exec statefulset/broker -- redis-cli -n 0 LLEN mail
    kubectl -n s exec statefulset/broker -- redis-cli -n 0 HLEN unacked
    kubectl -n s exec statefulset/broker -- redis-cli -n 0 ZRANGE unacked_index 0 -1 WITHSCORES
    # stop `worker`
    kubectl -n s scale --replicas=0 deployment/worker
    kubectl -n s wait --for=delete pod --selector='app.kubernetes.io/instance in (worker)' --timeout=10m
    # apply `b`
    kubectl apply -f rendered/b
    kubectl -n s wait --for=condition=complete job/migrate-b6d38466 --timeout=30m
    kubectl -n s rollout status deployment/web --timeout=15m
    kubectl -n s rollout status deployment/worker --timeout=15m
    # start again what an apply leaves stopped
    kubectl -n s patch cronjob.batch/nightly --patch='{"spec":{"suspend":false}}'
    # check that all is there
    # delete what only `a` had
    kubectl delete -n s secret/broker secret/cache service/broker service/cache serviceaccount/broker serviceaccount/cache statefulset.apps/broker statefulset.apps/cache networkpolicy.networking.k8s.io/broker networkpolicy.networking.k8s.io/cache
    # delete the old data, days later
    kubectl delete -n s persistentvolumeclaim/broker-data
    "#);
    let data: Vec<_> =
        difference.data.iter().map(|data| format!("{} {:?}", data.name, data.task)).collect();
    assert_eq!(data, ["broker Drain", "cache Drop"]);
    // A queue that lies outside is asked through a worker.
    let back = steps(&of(&to, &from));
    assert!(back.contains("r.llen(\"mail\")"), "{back}");
}

#[test]
fn the_files_of_redis_are_not_handed_to_valkey() {
    let (from, to) = (format!("{POSTGRES}\n{BROKER}"), format!("{POSTGRES}\n{VALKEY}"));
    let steps = steps(&of(&from, &to));
    assert!(steps.contains("delete pvc/broker-data"), "{steps}");
}

#[test]
fn files_of_a_volume_that_goes_are_saved() {
    let volume = "app.mounts.\"/media\" = { volume = \"media\" }\nvolumes.media = { storage = \"1Gi\", access-mode = \"ReadWriteMany\" }\n";
    assert_snapshot!(steps(&of(volume, "")), @r#"
    # render `b` into a folder
    set -o pipefail
    seaway render s --stage b --out rendered/b
    # stop `nightly`, `web`
    kubectl -n s scale --replicas=0 deployment/web
    kubectl -n s patch cronjob.batch/nightly --patch='{"spec":{"suspend":true}}'
    while kubectl -n s get cronjob.batch/nightly --ignore-not-found --output=jsonpath='{..status.active}' | grep -q .; do sleep 5; done
    kubectl -n s wait --for=delete pod --selector='app.kubernetes.io/instance in (web)' --timeout=10m
    # stop `worker`
    kubectl -n s scale --replicas=0 deployment/worker
    kubectl -n s wait --for=delete pod --selector='app.kubernetes.io/instance in (worker)' --timeout=10m
    # save the files of `media`: nothing in `b` takes them
    kubectl apply -f - <<'YAML'
    kubectl -n s wait --for=condition=Ready pod/move-media --timeout=5m
    kubectl -n s exec pod/move-media -- tar --create --directory=/from --exclude=./lost+found . > media.tar
    tar --list --file media.tar | wc -l
    # apply `b`
    kubectl apply -f rendered/b
    kubectl -n s wait --for=condition=complete job/migrate-da0a69ad --timeout=30m
    kubectl -n s rollout status deployment/web --timeout=15m
    kubectl -n s rollout status deployment/worker --timeout=15m
    # start again what an apply leaves stopped
    kubectl -n s patch cronjob.batch/nightly --patch='{"spec":{"suspend":false}}'
    # check that all is there
    # delete what only `a` had
    kubectl -n s delete pod/move-media networkpolicy.networking.k8s.io/move-media --ignore-not-found
    # delete the old data, days later
    kubectl delete -n s persistentvolumeclaim/media
    "#);
}

#[test]
fn what_has_no_data_needs_no_steps_but_deletion() {
    assert_eq!(of("", POSTGRES).steps, []);
    let cache = "components.cache = { type = \"redis\" }\n";
    assert_snapshot!(steps(&of(cache, "")), @"
    # apply `b`
    seaway render s --stage b | kubectl apply -f -
    kubectl -n s wait --for=condition=complete job/migrate-da0a69ad --timeout=30m
    kubectl -n s rollout status deployment/web --timeout=15m
    kubectl -n s rollout status deployment/worker --timeout=15m
    # delete what only `a` had
    kubectl delete -n s secret/cache service/cache serviceaccount/cache statefulset.apps/cache networkpolicy.networking.k8s.io/cache
    ");
}

#[test]
fn autoscaled_processes_start_again() {
    let scaled = format!("{OUTSIDE}\ncomponents.web.autoscale = {{ min = 2, max = 4 }}\n");
    let steps = steps(&of(POSTGRES, &scaled));
    assert!(steps.contains("kubectl -n s scale --replicas=2 deployment/web"), "{steps}");
}

#[test]
fn a_namespace_that_changes_takes_all_along() {
    let difference = of(POSTGRES, &format!("namespace = \"t\"\n{POSTGRES}"));
    assert_snapshot!(steps(&difference), @r#"
    # render `b` into a folder
    set -o pipefail
    seaway render s --stage b --out rendered/b
    # stop `nightly`, `web`
    kubectl -n s scale --replicas=0 deployment/web
    kubectl -n s patch cronjob.batch/nightly --patch='{"spec":{"suspend":true}}'
    while kubectl -n s get cronjob.batch/nightly --ignore-not-found --output=jsonpath='{..status.active}' | grep -q .; do sleep 5; done
    kubectl -n s wait --for=delete pod --selector='app.kubernetes.io/instance in (web)' --timeout=10m
    # stop `worker`
    kubectl -n s scale --replicas=0 deployment/worker
    kubectl -n s wait --for=delete pod --selector='app.kubernetes.io/instance in (worker)' --timeout=10m
    # dump the database `db`
    kubectl -n s exec statefulset/db -- pg_dump --username=postgres --format=custom --no-owner --no-privileges s > db.dump
    kubectl -n s exec -i statefulset/db -- pg_restore --list < db.dump | tail
    # start `db` alone and restore the dump into it
    kubectl apply -f rendered/b/000-namespace-t.yaml -f rendered/b/070-networkpolicy-db.yaml -f rendered/b/080-serviceaccount-db.yaml -f rendered/b/130-secret-db.yaml -f rendered/b/160-configmap-db-init-45d7279f.yaml -f rendered/b/180-persistentvolumeclaim-db-data.yaml -f rendered/b/190-service-db.yaml -f rendered/b/240-statefulset-db.yaml
    kubectl -n t rollout status statefulset/db --timeout=10m
    kubectl -n t exec -i statefulset/db -- pg_restore --username=postgres --role=s --no-owner --no-privileges --exit-on-error --single-transaction --dbname=s < db.dump
    kubectl -n t exec statefulset/db -- psql --username=postgres --dbname=s --command=ANALYZE
    # apply `b`
    kubectl apply -f rendered/b
    kubectl -n t wait --for=condition=complete job/migrate-d2ac4ca0 --timeout=30m
    kubectl -n t rollout status deployment/web --timeout=15m
    kubectl -n t rollout status deployment/worker --timeout=15m
    # start again what an apply leaves stopped
    kubectl -n t patch cronjob.batch/nightly --patch='{"spec":{"suspend":false}}'
    # check that all is there
    # delete the old data, days later
    kubectl delete namespace s
    "#);
    let kinds: Vec<&str> = difference.objects.iter().map(|of| of.kind.as_str()).collect();
    assert_eq!(kinds, ["Namespace"]);
}

#[test]
fn a_secret_that_pods_go_on_reading_is_not_deleted() {
    let production =
        "profile = \"production\"\napp.hosts = [\"s.example.com\"]\ncomponents.web.replicas = 2\n";
    let difference = of(POSTGRES, &format!("{production}{POSTGRES}"));
    let steps = steps(&difference);
    assert!(!steps.contains("secret/"), "{steps}");
    assert!(steps.contains("seaway secrets s --stage b"), "{steps}");
    // The server was made with the old passwords and keeps them.
    assert!(steps.contains(r"psql --username=postgres --command='\password s'"), "{steps}");
}

#[test]
fn each_command_says_its_cluster_where_there_are_two() {
    let to = format!("cluster = {{ provider = \"kops\", name = \"s.example.com\" }}\n{POSTGRES}");
    let difference = of(POSTGRES, &to);
    let steps = steps(&difference);
    // The database is the same, and lies elsewhere.
    assert_eq!(difference.data[0].task, Task::Move);
    assert!(
        steps.contains("kubectl --context \"$OLD\" -n s exec statefulset/db -- pg_dump"),
        "{steps}"
    );
    assert!(
        steps.contains("kubectl --context \"$NEW\" -n s exec -i statefulset/db -- pg_restore"),
        "{steps}"
    );
    assert!(steps.contains("kubectl --context \"$NEW\" apply -f rendered/b"), "{steps}");
    let said = |line: &&str| line.starts_with("kubectl") && !line.starts_with("kubectl --context");
    let without: Vec<&str> = steps.lines().filter(said).collect();
    assert_eq!(without, ["kubectl config get-contexts --output=name"]);
}

#[test]
fn what_can_not_change_in_place_is_told_before_the_apply() {
    let object = |app: &str| {
        format!(
            "[[stages.{app}.objects]]\napiVersion = \"apps/v1\"\nkind = \"Deployment\"\nmetadata.name = \"o\"\n\
             spec.selector.matchLabels.app = \"{app}\"\nspec.template.metadata.labels.app = \"{app}\"\n\
             spec.template.spec.containers = [{{ name = \"c\", image = \"i:1\" }}]\n"
        )
    };
    let text = format!("{BASE}[stages.a]\n{}[stages.b]\n{}", object("a"), object("b"));
    let difference = between(&Source::new("stack.toml", text), "a", "b");
    let notes: Vec<_> = difference.steps.iter().flat_map(|step| &step.notes).collect();
    assert!(
        notes[0].starts_with("`spec.selector` of Deployment/o: write what it was, or"),
        "{notes:?}"
    );
    assert!(difference.steps[1].title.starts_with("apply"), "{:?}", difference.steps);
}

/// Every value of a Secret that is printed.
fn values(bundle: &Bundle) -> Vec<String> {
    let secrets = bundle.objects.iter().filter_map(|object| match &object.body {
        Body::Secret(secret) => secret.data.clone(),
        _ => None,
    });
    secrets
        .flat_map(std::collections::BTreeMap::into_values)
        .flat_map(|bytes| {
            let encoded = serde_json::to_value(&bytes).expect("JSON");
            let text = String::from_utf8(bytes.0).expect("UTF-8");
            [text, encoded.as_str().expect("base64").to_owned()]
        })
        .filter(|text| text.len() > 8)
        .collect()
}

/// What no difference may do, whatever the stages are.
fn holds(document: &Document, from: &Bundle, to: &Bundle) {
    let difference = seaway_render::diff(document, &command("s", &[]), from, to);
    let text = serde_json::to_string(&difference).expect("JSON");
    let names = format!("{} to {}", from.stack.stage, to.stack.stage);
    for value in values(from).into_iter().chain(values(to)) {
        assert!(!text.contains(&value), "{names}: {value} is in {text}");
    }
    let is_same = from.stack.stage == to.stack.stage;
    assert_eq!(difference.is_empty(), is_same, "{names}\n{text}");
    assert!(!is_same || difference.steps.is_empty(), "{names}\n{text}");
    let commands = || difference.steps.iter().flat_map(|step| &step.commands);
    for (_, document) in commands().filter_map(|command| command.split_once("<<'YAML'\n")) {
        let yaml = document.strip_suffix("YAML").expect("an end");
        for object in serde_yaml::Deserializer::from_str(yaml) {
            serde_yaml::Value::deserialize(object).expect("YAML");
        }
    }
    let there: BTreeSet<String> = to
        .objects
        .iter()
        .map(|object| {
            let group = object.body.api_version().split_once('/').map_or("", |(group, _)| group);
            let dot = if group.is_empty() { "" } else { "." };
            format!("{}{dot}{group}/{}", object.body.kind().to_lowercase(), object.body.name())
        })
        .collect();
    for command in commands().filter(|command| command.contains(" delete ")) {
        for word in command.split_whitespace() {
            assert!(!there.contains(word), "{names} deletes what it has: {command}");
        }
    }
}

#[test]
fn no_value_of_a_secret_is_shown_between_any_two_stages() {
    for (_, source) in stacks() {
        hold_all(&source, &stages(&source));
    }
}

fn hold_all(source: &Source, stages: &[String]) {
    let document = seaway_core::parse(source, &mut Sink::default());
    let all: Vec<Bundle> = stages.iter().map(|stage| compiled(source, stage)).collect();
    for (from, to) in all.iter().flat_map(|from| all.iter().map(move |to| (from, to))) {
        holds(&document, from, to);
    }
}

#[test]
fn no_value_of_a_secret_is_shown_between_any_two_backends() {
    let databases = [
        String::new(),
        POSTGRES.to_owned(),
        POSTGRES.replace("17", "18"),
        OUTSIDE.to_owned(),
        RDS.to_owned(),
    ];
    let brokers = ["", VALKEY, OUTSIDE_BROKER, ELASTICACHE];
    let mut text = format!("{BASE}{PROCESSES}");
    let mut names = Vec::new();
    let with_broker = databases.iter().map(|database| (database.as_str(), BROKER));
    let with_database = brokers.iter().map(|broker| (POSTGRES, *broker));
    for (at, (database, broker)) in with_broker.chain(with_database).enumerate() {
        let section = format!("[stages.x{at}]\n{database}\n{broker}\n");
        text.push_str(&section);
        names.push(format!("x{at}"));
    }
    hold_all(&Source::new("stack.toml", text), &names);
}

const RABBITMQ: &str = r#"components.broker = { type = "external", provides = "broker", host = "mq.example.com", port = 5671, secret = "queues", cidrs = ["10.0.0.0/8"] }"#;
const MYSQL: &str = r#"components.db = { type = "external", provides = "database", host = "mysql.example.com", port = 3306, secret = "remote", cidrs = ["10.0.0.0/8"] }"#;

/// Titles, commands and notes of the steps that are about data.
fn told_steps(difference: &Difference, about: &str) -> String {
    let steps = difference.steps.iter().filter(|step| step.title.contains(about));
    let lines = steps.flat_map(|step| {
        let notes = step.notes.iter().map(|note| format!("- {note}"));
        std::iter::once(format!("# {}", step.title))
            .chain(step.commands.iter().map(ToString::to_string))
            .chain(notes)
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_rabbitmq_is_drained_by_its_own_protocol() {
    let away = of(RABBITMQ, BROKER);
    assert_snapshot!(told_steps(&away, "queues"), @r#"
    # let the workers empty the queues of `broker`
    kubectl -n s exec deployment/worker -- python -c 'import kombu, os; c = kombu.Connection(os.environ["CELERY_BROKER_URL"]).channel(); print([c.queue_declare(q, passive=True).message_count for q in ("celery", "mail",)])'
    kubectl -n s exec deployment/worker -- sh -c 'celery --app=s inspect active && celery --app=s inspect reserved && celery --app=s inspect scheduled'
    - all numbers have to be 0. They leave out what runs, and what waits for its countdown in the memory of a worker: the second command lists both, and has to list no task. Tasks of the far future have to be revoked and sent again
    - tasks for a queue that no worker of the stack takes are not counted: the management page of the broker shows all queues
    "#);
    let there = of(BROKER, RABBITMQ);
    assert_snapshot!(told_steps(&there, "queues"), @r#"
    # make the Secret `queues` of `b`
    seaway secrets s --stage b --only=queues
    - `queues` needs `url`
    # let the workers empty the queues of `broker`
    kubectl -n s exec statefulset/broker -- redis-cli -n 0 LLEN celery
    kubectl -n s exec statefulset/broker -- redis-cli -n 0 LLEN mail
    kubectl -n s exec statefulset/broker -- redis-cli -n 0 HLEN unacked
    kubectl -n s exec statefulset/broker -- redis-cli -n 0 ZRANGE unacked_index 0 -1 WITHSCORES
    - all numbers have to be 0. `unacked` counts what runs, and what waits for its countdown in the memory of a worker: tasks of the far future have to be revoked and sent again
    - `unacked` also counts what a worker had that was killed: no other worker gets it before the visibility timeout is over, an hour unless the settings say otherwise. `unacked_index` lists each message with the second since 1970 at which a worker took it: where one is older than any task runs, wait for the timeout with a worker running, or go on and lose it
    - tasks with a priority wait in lists of their own (`celery\x06\x163`), tasks for a queue that no worker of the stack takes wait in the list of its name
    "#);
    let unknown = of(&RABBITMQ.replace("5671", "9092"), BROKER);
    assert_snapshot!(told_steps(&unknown, "queues"), @r#"
    # let the workers empty the queues of `broker`
    - nothing says which protocol it speaks, so that its queues have to be counted by hand: write `protocol = "…"`
    "#);
}

#[test]
fn rows_of_a_mysql_are_not_dumped_with_pg_dump() {
    let remote = "secrets.remote.keys = [\"url\"]\n";
    let to_postgres = of(&format!("{remote}{MYSQL}"), POSTGRES);
    assert_snapshot!(told_steps(&to_postgres, "rows"), @"
    # move the rows of `db` to `db` by hand
    - a dump of `mysql` can not be loaded into `postgresql`: move the rows with a tool that knows both, for example pgloader (https://pgloader.io), or with Django's own `dumpdata` and `loaddata`, and compare the number of rows of each table
    ");
    let elsewhere = MYSQL.replace("mysql.example.com", "other.example.com");
    let to_mysql = of(&format!("{remote}{MYSQL}"), &format!("{remote}{elsewhere}"));
    assert_snapshot!(told_steps(&to_mysql, "rows"), @"
    # move the rows of `db` to `db` by hand
    - from a host that both servers let in: `mysqldump --single-transaction --routines --triggers --host=… --user=… --password DATABASE > dump.sql`, with `mariadb-dump` for a MariaDB, and `mysql … DATABASE < dump.sql` at the new server. A dump of MySQL does not always load into MariaDB, nor the other way round: try it first
    ");
    for difference in [to_postgres, to_mysql] {
        assert!(!steps(&difference).contains("pg_"), "{}", steps(&difference));
    }
}

#[test]
fn a_name_of_a_stack_is_a_word_of_a_printed_command() {
    let stack = |broker: &str| {
        format!(
            "name = \"shop\"\napp = {{ image = \"ghcr.io/acme/shop:1\", module = \"shop\" }}\ncomponents.web.type = \"web\"\n\
             components.worker = {{ type = \"worker\", queues = [\"a';touch injected;'\", \"b$(touch injected) c\"] }}\n\
             [stages.local.components]\n{broker}\n[stages.two.components]\n\
             mq = {{ type = \"elasticache\", host = \"mq.example.com\", roles = [\"broker\"], cidrs = [\"10.0.0.0/8\"] }}\n"
        )
    };
    let redis = stack("broker = { type = \"redis\", durable = true }");
    let outside = stack(
        "broker = { type = \"elasticache\", host = \"old.example.com\", roles = [\"broker\"], cidrs = [\"10.0.0.0/8\"] }",
    );
    for text in [redis, outside] {
        let difference = between(&Source::new("stack.toml", text), "local", "two");
        let commands = difference.steps.iter().flat_map(|step| &step.commands);
        let asked: Vec<&Command> = commands.filter(|command| command.contains("touch")).collect();
        assert!(!asked.is_empty(), "{difference:?}");
        for command in asked {
            // Outside of quotes there is nothing of a name.
            let mut plain = String::new();
            let mut is_quoted = false;
            let mut chars = command.chars();
            while let Some(c) = chars.next() {
                match c {
                    '\'' => is_quoted = !is_quoted,
                    '\\' if !is_quoted => {
                        chars.next();
                    }
                    c if !is_quoted => plain.push(c),
                    _ => {}
                }
            }
            assert!(!plain.contains("touch"), "{command}");
        }
    }
}

#[test]
fn an_autoscaler_finds_the_pods_that_run() {
    let scaled = "components.web = { type = \"web\", autoscale = { min = 1, max = 8 }, resources.requests.cpu = \"1\" }";
    let difference = of("components.web = { type = \"web\", replicas = 4 }", scaled);
    assert_snapshot!(told_steps(&difference, "keep"), @"
    # keep the pods of `Deployment/web`
    kubectl apply view-last-applied -n s deployment.apps/web --output=json | jq 'del(.spec.replicas)' | kubectl apply set-last-applied --filename=-
    - an autoscaler counts them from now on: without this step the apply takes the `replicas` out, which means one pod
    ");
    assert!(
        difference.steps.last().is_some_and(|step| step.title == "apply `b`"),
        "{difference:?}"
    );
}

#[test]
fn a_server_is_made_to_fit_where_its_data_stays() {
    let postgres =
        |more: &str| format!("components.db = {{ type = \"postgres\", version = \"17\"{more} }}");
    let fit = |before: &str, after: &str| {
        told_steps(&of(&postgres(before), &postgres(after)), "make the data fit")
    };
    let (a, b) = (", database = \"d\", username = \"a\"", ", database = \"d\", username = \"b\"");
    assert_snapshot!(fit(a, b), @r#"
    # make the data fit the server of `b`
    kubectl exec -n s statefulset.apps/db -- psql --username=postgres --command='ALTER ROLE "a" RENAME TO "b"'
    - the role of StatefulSet/db is called `a` and stays so: keep the names: `components.db.username = "a"`; or rename while nobody is connected: `kubectl exec -n s statefulset.apps/db -- psql --username=postgres --command='ALTER ROLE "a" RENAME TO "b"'`
    "#);
    assert_snapshot!(fit("", ", run-as-user = 999"), @r#"
    # make the data fit the server of `b`
    - the files of StatefulSet/db belong to the user 10001, and 999 can not start with them: write what it was, `run-as-user = 10001`, or add a second component under another name, dump `db`, restore the dump there, switch the references, and remove `db` last
    "#);
    assert_eq!(fit("", ", storage = \"20Gi\""), "");
    // Rows that move are read by the server that has them.
    assert_eq!(told_steps(&of(POSTGRES, OUTSIDE), "make the data fit"), "");
}

#[test]
fn a_claim_that_stands_in_the_way_is_deleted_once_it_is_empty() {
    let class = |class: &str| {
        format!(
            "cluster = {{ provides = [\"StorageClass/{class}\"], name = \"{class}\" }}\n\
             components.broker = {{ type = \"redis\", durable = true, storage-class = \"{class}\" }}"
        )
    };
    let away = of(&class("one"), &class("two"));
    assert_snapshot!(told_steps(&away, "make way"), @r#"
    # make way for what can not be changed in place
    kubectl --context "$OLD" -n s scale --replicas=0 statefulset/broker
    kubectl --context "$OLD" -n s delete pvc/broker-data
    - only if `OLD` and `NEW` are one cluster
    - `spec.storageClassName` of PersistentVolumeClaim/broker-data: the queues of `broker` are empty by now, and the apply makes the claim anew
    "#);
    // In one cluster the tasks stay where they are.
    let here = of(
        &class("one").replace(", name = \"one\"", ""),
        &class("two").replace(", name = \"two\"", ""),
    );
    assert_snapshot!(told_steps(&here, "make way"), @"
    # make way for what can not be changed in place
    - `spec.storageClassName` of PersistentVolumeClaim/broker-data: write what it was; for another volume declare one of another name, copy the data with a Job that mounts both, then remove `broker-data`
    ");
}

#[test]
fn the_way_back_is_told_before_it_is_needed() {
    let difference = of(POSTGRES, OUTSIDE);
    assert_snapshot!(told_steps(&difference, "apply `b`"), @"
    # apply `b`
    kubectl apply -f rendered/b
    kubectl -n s wait --for=condition=complete job/migrate-b2e44fbb --timeout=30m
    kubectl -n s rollout status deployment/web --timeout=15m
    kubectl -n s rollout status deployment/worker --timeout=15m
    - the way back, from here until you delete what is old: apply `a` again, with the old values of its Secrets
    ");
    let older = POSTGRES.replace("17", "16");
    assert_snapshot!(told_steps(&of(&older, POSTGRES), "aside"), @r#"
    # put the files of the old major of `db` aside
    kubectl -n s scale --replicas=0 statefulset/db
    kubectl -n s wait --for=delete pod --selector=app.kubernetes.io/instance=db --timeout=5m
    kubectl apply -f - <<'YAML'
    ---
    apiVersion: v1
    kind: Pod
    metadata:
      name: rename-db
      namespace: s
      labels:
        app.kubernetes.io/instance: rename-db
        app.kubernetes.io/managed-by: seaway
        app.kubernetes.io/part-of: s
    spec:
      automountServiceAccountToken: false
      enableServiceLinks: false
      restartPolicy: Never
      activeDeadlineSeconds: 14400
      terminationGracePeriodSeconds: 1
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        runAsGroup: 10001
        fsGroup: 10001
        fsGroupChangePolicy: OnRootMismatch
        seccompProfile:
          type: RuntimeDefault
      containers:
      - name: move
        image: docker.io/library/postgres:16.15-trixie
        command:
        - sleep
        - "14400"
        env:
        - name: HOME
          value: /tmp
        resources:
          requests:
            cpu: 50m
            memory: 256Mi
          limits:
            memory: 256Mi
        volumeMounts:
        - name: from
          mountPath: /from
        - name: tmp
          mountPath: /tmp
        securityContext:
          allowPrivilegeEscalation: false
          readOnlyRootFilesystem: true
          capabilities:
            drop:
            - ALL
      volumes:
      - name: from
        persistentVolumeClaim:
          claimName: db-data
      - name: tmp
        emptyDir:
          sizeLimit: 64Mi
    YAML
    kubectl -n s wait --for=condition=Ready pod/rename-db --timeout=5m
    kubectl -n s exec pod/rename-db -- mv /from/pgdata /from/pgdata-16
    kubectl -n s delete pod/rename-db
    - the volume has to have room for both
    - the way back, before the old data is deleted: stop the server again, and give `pgdata-16` its old name `pgdata`
    "#);
    assert_snapshot!(told_steps(&of(POSTGRES, &POSTGRES.replace("17", "18")), "days later"), @"
    # delete the old data, days later
    kubectl -n s exec statefulset/db -- rm -r /var/lib/postgresql/pgdata
    - only when the check above was good, a backup of the new place has been restored once, and nobody wants to go back
    ");
    assert_snapshot!(told_steps(&of(&POSTGRES.replace("17", "18"), POSTGRES), "days later"), @"
    # delete the old data, days later
    kubectl -n s exec statefulset/db -- rm -r /var/lib/postgresql/data/18
    - only when the check above was good, a backup of the new place has been restored once, and nobody wants to go back
    ");
}

/// An apply makes or changes the CronJob of a Job that somebody starts, and runs nothing.
#[test]
fn a_job_that_somebody_starts_is_started_by_hand() {
    let job = |command: &str| {
        format!(
            "components.load = {{ type = \"job\", runs = \"manual\", command = [\"{command}\"] }}"
        )
    };
    assert_snapshot!(steps(&of("", &job("true"))), @"
    # apply `b`
    seaway render s --stage b | kubectl apply -f -
    kubectl -n s wait --for=condition=complete job/migrate-da0a69ad --timeout=30m
    kubectl -n s rollout status deployment/web --timeout=15m
    kubectl -n s rollout status deployment/worker --timeout=15m
    # start `load` whenever it has to run
    kubectl -n s create job load-1 --from=cronjob/load
    ");
    assert_snapshot!(steps(&of(&job("true"), &job("false"))), @"
    # apply `b`
    seaway render s --stage b | kubectl apply -f -
    kubectl -n s wait --for=condition=complete job/migrate-da0a69ad --timeout=30m
    kubectl -n s rollout status deployment/web --timeout=15m
    kubectl -n s rollout status deployment/worker --timeout=15m
    # start `load` whenever it has to run
    kubectl -n s create job load-1 --from=cronjob/load
    ");
    assert_eq!(steps(&of(&job("true"), &job("true"))), "");
    let release = job("true").replace("runs = \"manual\", ", "");
    assert!(!steps(&of("", &release)).contains("create job"));
}
