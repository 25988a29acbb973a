//! `seaway restore`.

use std::path::Path;

use serde_json::Value;

use crate::sandbox::{Run, Sandbox};

/// Everything that reads a database in another way: past a pooler, with an autoscaler of each kind, by hand, and in an object of the
/// user's own. What reads another database stays.
const VARIED: &str = r#"name = "shop"
cluster.provides = ["CustomResourceDefinition/scaledobjects.keda.sh"]
[app]
image = "ghcr.io/acme/shop:1.4.0"
module = "shop"
hosts = ["shop.example.com"]
env.DATABASE_URL = "${pooler.url}"
env.CELERY_BROKER_URL = "${broker.url}"
[volumes.dumps]
storage = "20Gi"
[stages.one.components]
db.type = "postgres"
other.type = "postgres"
broker = { type = "redis", durable = true }
pooler = { type = "pgbouncer", database = "db" }
migrate = { type = "migrate", env.DATABASE_URL = "${db.url}" }
web = { type = "web", autoscale = { min = 3, max = 9, cpu-percent = 70 } }
worker = { type = "worker", autoscale = { min = 0, max = 9, queue-length = 5 } }
nightly = { type = "cron", command = ["nightly"], schedule = "0 3 * * *" }
paused = { type = "cron", command = ["paused"], schedule = "0 3 * * *", suspend = true }
report = { type = "job", command = ["report"] }
backup = { type = "backup", of = "db", schedule = "15 2 * * *", to = "dumps" }
[stages.one.components.elsewhere]
type = "process"
command = ["elsewhere"]
bind = false
env.DATABASE_URL = "${other.url}"
[[stages.one.objects]]
apiVersion = "apps/v1"
kind = "Deployment"
metadata.name = "metabase"
[stages.one.objects.spec]
replicas = 2
selector.matchLabels.app = "metabase"
template.metadata.labels.app = "metabase"
[[stages.one.objects.spec.template.spec.containers]]
name = "metabase"
image = "docker.io/metabase/metabase:v0.50.0"
[[stages.one.objects.spec.template.spec.containers.env]]
name = "MB_DB_CONNECTION_URI"
valueFrom.secretKeyRef = { name = "db", key = "url" }
"#;

fn backups() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../stacks/backups").display().to_string()
}

/// What is printed of the stack with backups, where its path is `stack`.
fn of_backups(args: &[&str]) -> String {
    let stack = backups();
    let args: Vec<&str> = ["restore", &stack].iter().chain(args).copied().collect();
    let Run { code, out, err } = Sandbox::new("").run(&args);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{args:?}");
    out.replace(&stack, "stack")
}

/// A text with `HASH` in place of the hashes at the end of names: they change with every line of a script.
fn without_hashes(text: &str) -> String {
    let mut out = String::new();
    let mut words = text.split('-');
    out.push_str(words.next().unwrap_or_default());
    for word in words {
        let (start, rest) = word.split_at_checked(8).unwrap_or((word, ""));
        let is_hash = start.len() == 8
            && start.bytes().all(|byte| byte.is_ascii_hexdigit())
            && !rest.starts_with(char::is_alphanumeric);
        out.push('-');
        out.push_str(if is_hash { "HASH" } else { start });
        out.push_str(rest);
    }
    out
}

/// The script without the documents in it.
fn without_documents(script: &str) -> String {
    let mut inside = false;
    let lines = script.lines().filter(|line| {
        let was_inside = inside;
        inside = if inside { *line != "YAML" } else { line.ends_with("<<'YAML'") };
        !was_inside
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

/// Objects of a stream, as a reader of YAML that is not ours has them.
fn parsed(yaml: &str) -> Value {
    serde_yaml::from_str(yaml).expect("YAML")
}

#[test]
fn the_steps_of_a_volume() {
    let script = of_backups(&["--stage", "cluster", "--component", "backup"]);
    insta::assert_snapshot!(without_hashes(&without_documents(&script)), @r#"
    # restores `db` of stage `cluster` from a dump of `backup`

    # 1. stop what reads or writes `db`
    #    a dump replaces all rows of `db`; the rows that were written since it was made are lost
    #    with Argo CD or Flux, stop the synchronization first: it would start the pods again
    kubectl -n archive patch cronjob.batch/backup --patch='{"spec":{"suspend":true}}'
    kubectl -n archive patch cronjob.batch/reset --patch='{"spec":{"suspend":true}}'
    kubectl -n archive scale --replicas=0 deployment/web
    kubectl -n archive delete job.batch/migrate-HASH --ignore-not-found
    while kubectl -n archive get cronjob.batch/backup cronjob.batch/reset --ignore-not-found --output=jsonpath='{..status.active}' | grep -q .; do sleep 5; done
    kubectl -n archive wait --for=delete pod --selector='app.kubernetes.io/instance in (web)' --timeout=10m

    # 2. list the dumps of `backup`
    seaway restore stack --stage cluster --component backup --list --format yaml | kubectl apply -f -
    kubectl -n archive wait --for=jsonpath='{.status.conditions}' job.batch/backup-list-HASH --timeout=5m
    kubectl -n archive logs job.batch/backup-list-HASH --all-containers
    kubectl -n archive delete job.batch/backup-list-HASH

    # 3. load the newest dump
    #    to load another one, print these steps again with `--dump FILE`
    kubectl -n archive delete job.batch/backup-restore-HASH --ignore-not-found
    kubectl apply -f - <<'YAML'
    kubectl -n archive wait --for=jsonpath='{.status.conditions}' job.batch/backup-restore-HASH --timeout=21600s
    kubectl -n archive logs job.batch/backup-restore-HASH --all-containers
    kubectl -n archive wait --for=condition=complete job.batch/backup-restore-HASH --timeout=1m

    # 4. migrate the tables of the dump
    #    the dump may be older than the last migration
    seaway render stack --stage cluster | kubectl apply --selector=app.kubernetes.io/instance=migrate -f -
    kubectl -n archive wait --for=condition=complete job.batch/migrate-HASH --timeout=30m

    # 5. start again what was stopped
    kubectl -n archive scale --replicas=1 deployment/web
    kubectl -n archive patch cronjob.batch/backup --patch='{"spec":{"suspend":false}}'
    "#);
}

#[test]
fn the_steps_of_a_bucket_and_a_dump() {
    let script = of_backups(&["--stage", "aws", "--dump", "db-20260301T021500Z.dump.enc"]);
    insta::assert_snapshot!(without_hashes(&script), @r#"
    # restores `db` of stage `aws` from a dump of `backup`

    # 1. stop what reads or writes `db`
    #    a dump replaces all rows of `db`; the rows that were written since it was made are lost
    #    with Argo CD or Flux, stop the synchronization first: it would start the pods again
    kubectl -n archive patch cronjob.batch/backup --patch='{"spec":{"suspend":true}}'
    kubectl -n archive patch cronjob.batch/reset --patch='{"spec":{"suspend":true}}'
    kubectl -n archive scale --replicas=0 deployment/web
    kubectl -n archive delete job.batch/migrate-HASH --ignore-not-found
    while kubectl -n archive get cronjob.batch/backup cronjob.batch/reset --ignore-not-found --output=jsonpath='{..status.active}' | grep -q .; do sleep 5; done
    kubectl -n archive wait --for=delete pod --selector='app.kubernetes.io/instance in (web)' --timeout=10m

    # 2. list the dumps of `backup`
    seaway restore stack --stage aws --component backup --list --format yaml | kubectl apply -f -
    kubectl -n archive wait --for=jsonpath='{.status.conditions}' job.batch/backup-list-HASH --timeout=5m
    kubectl -n archive logs job.batch/backup-list-HASH --all-containers
    kubectl -n archive delete job.batch/backup-list-HASH

    # 3. load `db-20260301T021500Z.dump.enc`
    kubectl -n archive delete job.batch/backup-restore-HASH --ignore-not-found
    kubectl apply -f - <<'YAML'
    ---
    apiVersion: batch/v1
    kind: Job
    metadata:
      name: backup-restore-HASH
      namespace: archive
      labels:
        app.kubernetes.io/component: backup
        app.kubernetes.io/instance: backup
        app.kubernetes.io/managed-by: seaway
        app.kubernetes.io/name: backup
        app.kubernetes.io/part-of: archive
        app.kubernetes.io/version: "2.31.0"
    spec:
      backoffLimit: 0
      activeDeadlineSeconds: 21600
      template:
        metadata:
          labels:
            app.kubernetes.io/component: backup
            app.kubernetes.io/instance: backup
            app.kubernetes.io/managed-by: seaway
            app.kubernetes.io/name: backup
            app.kubernetes.io/part-of: archive
            app.kubernetes.io/version: "2.31.0"
          annotations:
            checksum/config-and-secrets: c5b7b301
        spec:
          serviceAccountName: backup
          automountServiceAccountToken: false
          enableServiceLinks: false
          restartPolicy: Never
          terminationGracePeriodSeconds: 30
          securityContext:
            runAsNonRoot: true
            runAsUser: 10001
            runAsGroup: 10001
            fsGroup: 10001
            fsGroupChangePolicy: OnRootMismatch
            seccompProfile:
              type: RuntimeDefault
          initContainers:
          - name: download
            image: public.ecr.aws/aws-cli/aws-cli:2.31.0
            command:
            - sh
            - /opt/seaway/download.sh
            env:
            - name: DUMP_NAME
              value: db
            - name: DUMP_FOLDER
              value: /scratch
            - name: DUMP_BUCKET
              value: acme-dumps
            - name: DUMP_PREFIX
              value: archive/aws/backup
            - name: AWS_REGION
              value: eu-central-1
            - name: AWS_EC2_METADATA_DISABLED
              value: "true"
            - name: DUMP
              value: db-20260301T021500Z.dump.enc
            resources:
              requests:
                cpu: 100m
                ephemeral-storage: 10304Mi
                memory: 256Mi
              limits:
                cpu: "1"
                memory: 512Mi
            volumeMounts:
            - name: ca-db
              mountPath: /etc/ssl/seaway/db
              readOnly: true
            - name: scripts
              mountPath: /opt/seaway
              readOnly: true
            - name: scratch
              mountPath: /scratch
            - name: tmp
              mountPath: /tmp
            securityContext:
              allowPrivilegeEscalation: false
              readOnlyRootFilesystem: true
              capabilities:
                drop:
                - ALL
          containers:
          - name: restore
            image: docker.io/library/postgres:17.11-trixie
            command:
            - sh
            - /opt/seaway/restore.sh
            env:
            - name: DUMP_NAME
              value: db
            - name: DUMP_FOLDER
              value: /scratch
            - name: DUMP_PROTOCOL
              value: postgresql
            - name: DUMP_MINUTES
              value: "360"
            - name: DATABASE_URL_FILE
              value: /run/secrets/database/url
            - name: PGSSLMODE
              value: verify-full
            - name: PGSSLROOTCERT
              value: /etc/ssl/seaway/db/bundle.pem
            - name: ENCRYPTION_KEY_FILE
              value: /run/secrets/encryption/passphrase
            - name: DUMP
              value: db-20260301T021500Z.dump.enc
            resources:
              requests:
                cpu: 100m
                memory: 128Mi
              limits:
                cpu: "1"
                memory: 512Mi
            volumeMounts:
            - name: ca-db
              mountPath: /etc/ssl/seaway/db
              readOnly: true
            - name: scripts
              mountPath: /opt/seaway
              readOnly: true
            - name: run-dump
              mountPath: /run/dump
            - name: database
              mountPath: /run/secrets/database
              readOnly: true
            - name: encryption
              mountPath: /run/secrets/encryption
              readOnly: true
            - name: scratch
              mountPath: /scratch
            - name: tmp
              mountPath: /tmp
            securityContext:
              allowPrivilegeEscalation: false
              readOnlyRootFilesystem: true
              capabilities:
                drop:
                - ALL
          volumes:
          - name: ca-db
            configMap:
              name: rds-ca-HASH
              items:
              - key: bundle.pem
                path: bundle.pem
          - name: database
            secret:
              secretName: db
              items:
              - key: url
                path: url
              defaultMode: 288
          - name: encryption
            secret:
              secretName: dumps
              items:
              - key: passphrase
                path: passphrase
              defaultMode: 288
          - name: run-dump
            emptyDir:
              sizeLimit: 64Mi
          - name: scratch
            emptyDir:
              sizeLimit: 10Gi
          - name: scripts
            configMap:
              name: backup-scripts-HASH
          - name: tmp
            emptyDir:
              sizeLimit: 64Mi
    YAML
    kubectl -n archive wait --for=jsonpath='{.status.conditions}' job.batch/backup-restore-HASH --timeout=21600s
    kubectl -n archive logs job.batch/backup-restore-HASH --all-containers
    kubectl -n archive wait --for=condition=complete job.batch/backup-restore-HASH --timeout=1m

    # 4. migrate the tables of the dump
    #    the dump may be older than the last migration
    seaway render stack --stage aws | kubectl apply --selector=app.kubernetes.io/instance=migrate -f -
    kubectl -n archive wait --for=condition=complete job.batch/migrate-HASH --timeout=30m

    # 5. start again what was stopped
    kubectl -n archive scale --replicas=2 deployment/web
    kubectl -n archive patch cronjob.batch/backup --patch='{"spec":{"suspend":false}}'
    "#);
}

/// What the pods of the Job may do and reach is what those of the `CronJob` do.
#[test]
fn the_job_is_that_of_the_cron_job_with_other_scripts() {
    let sandbox = Sandbox::new("");
    let stack = backups();
    let render = ["render", &stack, "--stage", "aws", "--format", "json"];
    let list: Value = serde_json::from_str(&sandbox.run(&render).out).expect("JSON");
    let items = list["items"].as_array().expect("items");
    let find = |kind: &str, name: &str| {
        let is_it = |item: &&Value| item["kind"] == kind && item["metadata"]["name"] == name;
        items.iter().find(is_it).expect("an object")
    };
    let cron = &find("CronJob", "backup")["spec"]["jobTemplate"]["spec"]["template"];
    for args in [&[][..], &["--list"]] {
        let args = [&["--stage", "aws", "--format", "yaml"], args].concat();
        let job = parsed(&of_backups(&args));
        let template = &job["spec"]["template"];
        assert_eq!(template["metadata"], cron["metadata"]);
        let (made, made_containers) = taken_apart(&template["spec"]);
        let (usual, usual_containers) = taken_apart(&cron["spec"]);
        assert_eq!(made, usual);
        for container in made_containers {
            assert!(usual_containers.contains(&container), "{container}");
        }
    }
}

/// A pod without its containers, and these without what they run.
fn taken_apart(spec: &Value) -> (Value, Vec<Value>) {
    let mut spec = spec.clone();
    let pod = spec.as_object_mut().expect("a spec");
    let lists = ["containers", "initContainers"].map(|list| pod.remove(list).unwrap_or_default());
    let mut containers: Vec<Value> =
        lists.into_iter().filter_map(|list| list.as_array().cloned()).flatten().collect();
    for container in &mut containers {
        let container = container.as_object_mut().expect("a container");
        for part in ["name", "command", "env"] {
            container.remove(part);
        }
    }
    (spec, containers)
}

#[test]
fn the_document_of_the_steps_is_the_one_of_yaml() {
    let flags = ["--stage", "aws", "--dump", "db-20260301T021500Z.dump.enc"];
    let script = of_backups(&flags);
    let yaml = of_backups(&[&flags[..], &["--format", "yaml"]].concat());
    assert!(script.contains(&format!("<<'YAML'\n{yaml}YAML\n")), "{script}");
    let job = parsed(&yaml);
    let named = |variable: &Value| variable["name"] == "DUMP";
    for containers in ["initContainers", "containers"] {
        let env = job["spec"]["template"]["spec"][containers][0]["env"].as_array().expect("env");
        let dump = env.iter().find(|variable| named(variable)).expect("a dump");
        assert_eq!(dump["value"], "db-20260301T021500Z.dump.enc");
    }
}

#[test]
fn a_list_alone() {
    insta::assert_snapshot!(without_hashes(&of_backups(&["--stage", "aws", "--list"])), @"
    # lists the dumps of `db` of stage `aws`
    seaway restore stack --stage aws --component backup --list --format yaml | kubectl apply -f -
    kubectl -n archive wait --for=jsonpath='{.status.conditions}' job.batch/backup-list-HASH --timeout=5m
    kubectl -n archive logs job.batch/backup-list-HASH --all-containers
    kubectl -n archive delete job.batch/backup-list-HASH
    ");
}

#[test]
fn all_that_uses_the_database_stops_and_starts_again() {
    let Run { code, out, err } = Sandbox::new(VARIED).run(&["restore", "shop", "--stage", "one"]);
    assert_eq!(code, Some(0), "{err}");
    insta::assert_snapshot!(without_hashes(&without_documents(&out)), @r#"
    # restores `db` of stage `one` from a dump of `backup`

    # 1. stop what reads or writes `db`
    #    a dump replaces all rows of `db`; the rows that were written since it was made are lost
    #    with Argo CD or Flux, stop the synchronization first: it would start the pods again
    kubectl -n shop patch cronjob.batch/backup --patch='{"spec":{"suspend":true}}'
    kubectl -n shop patch cronjob.batch/nightly --patch='{"spec":{"suspend":true}}'
    kubectl -n shop patch cronjob.batch/paused --patch='{"spec":{"suspend":true}}'
    kubectl -n shop annotate scaledobject.keda.sh/worker autoscaling.keda.sh/paused-replicas=0 --overwrite
    kubectl -n shop scale --replicas=0 deployment/metabase deployment/web deployment/worker
    kubectl -n shop delete job.batch/migrate-HASH --ignore-not-found
    while kubectl -n shop get job.batch/report-HASH cronjob.batch/backup cronjob.batch/nightly cronjob.batch/paused --ignore-not-found --output=jsonpath='{..status.active}' | grep -q .; do sleep 5; done
    kubectl -n shop wait --for=delete pod --selector='app.kubernetes.io/instance in (web,worker)' --timeout=10m
    kubectl -n shop wait --for=delete pod --selector=app=metabase,app.kubernetes.io/managed-by=seaway,app.kubernetes.io/part-of=shop --timeout=10m

    # 2. list the dumps of `backup`
    seaway restore shop --stage one --component backup --list --format yaml | kubectl apply -f -
    kubectl -n shop wait --for=jsonpath='{.status.conditions}' job.batch/backup-list-HASH --timeout=5m
    kubectl -n shop logs job.batch/backup-list-HASH --all-containers
    kubectl -n shop delete job.batch/backup-list-HASH

    # 3. load the newest dump
    #    to load another one, print these steps again with `--dump FILE`
    kubectl -n shop delete job.batch/backup-restore-HASH --ignore-not-found
    kubectl apply -f - <<'YAML'
    kubectl -n shop wait --for=jsonpath='{.status.conditions}' job.batch/backup-restore-HASH --timeout=21600s
    kubectl -n shop logs job.batch/backup-restore-HASH --all-containers
    kubectl -n shop wait --for=condition=complete job.batch/backup-restore-HASH --timeout=1m

    # 4. migrate the tables of the dump
    #    the dump may be older than the last migration
    seaway render shop --stage one | kubectl apply --selector=app.kubernetes.io/instance=migrate -f -
    kubectl -n shop wait --for=condition=complete job.batch/migrate-HASH --timeout=30m

    # 5. start again what was stopped
    #    an autoscaler does not scale up from zero: it takes over once there are pods
    kubectl -n shop scale --replicas=2 deployment/metabase
    kubectl -n shop scale --replicas=3 deployment/web
    kubectl -n shop annotate scaledobject.keda.sh/worker autoscaling.keda.sh/paused-replicas-
    kubectl -n shop patch cronjob.batch/backup --patch='{"spec":{"suspend":false}}'
    kubectl -n shop patch cronjob.batch/nightly --patch='{"spec":{"suspend":false}}'
    "#);
}

#[test]
fn without_a_backup_there_is_one_error() {
    let Run { code, out, err } =
        Sandbox::new(crate::sandbox::SHOP).run(&["restore", "shop", "--stage", "postgres"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    insta::assert_snapshot!(err, @"
    error[missing-field]: the stage has no backup to restore
     --> shop/stack.toml:9:9
      |
    9 | [stages.postgres]
      |         ^^^^^^^^ has no component of type `backup`
      |
      = help: `seaway explain no-backup` shows how to add one

    error: could not print how to restore: 1 error
    for more about an error: seaway explain missing-field
    ");
}

#[test]
fn one_of_several_is_named() {
    let stack = backups();
    let sandbox = Sandbox::new("");
    let Run { code, out, err } = sandbox.run(&["restore", &stack, "--stage", "cluster"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    insta::assert_snapshot!(err.replace(&stack, "stack"), @r#"
    error[missing-field]: which backup? The stage has `backup` and `wiki-backup`
      --> stack/stack.toml:25:9
       |
    18 | [components.backup]
       |             ------ dumps `db`
    ...
    25 | [stages.cluster]
       |         ^^^^^^^
    ...
    32 | wiki-backup = { type = "backup", of = "wiki", schedule = "45 2 * * *", time-zone = "Europe/Berlin", to = "wiki-dumps" }
       | ----------- dumps `wiki`
       |
       = help: name one, for example `--component backup`

    error: could not print how to restore: 1 error
    for more about an error: seaway explain missing-field
    "#);
    let other = ["restore", &stack, "--stage", "cluster", "--component", "web"];
    let Run { code, out, err } = sandbox.run(&other);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    insta::assert_snapshot!(err.replace(&stack, "stack"), @"
    error[unknown-component]: `web` is a `web`, not a `backup`
      --> stack/stack.toml:25:9
       |
    25 | [stages.cluster]
       |         ^^^^^^^ not a backup of this stage
       |
       = help: known are `backup` and `wiki-backup`

    error: could not print how to restore: 1 error
    for more about an error: seaway explain unknown-component
    ");
}

/// The name becomes a path in the folder of the dumps.
#[test]
fn a_dump_is_a_name() {
    let stack = backups();
    for name in ["../x", "a/b", "-x", "", "$(HOME)", "a b", ".partial-x"] {
        let dump = format!("--dump={name}");
        let run = Sandbox::new("").run(&["restore", &stack, "--stage", "aws", &dump]);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{name}");
    }
}

#[test]
fn pods_that_run_another_program_are_not_restored_by_a_guess() {
    let patched = format!(
        "{VARIED}[[stages.one.patches]]\ntarget = {{ kind = \"CronJob\", name = \"backup\" }}\n\
         [[stages.one.patches.merge.spec.jobTemplate.spec.template.spec.containers]]\n\
         name = \"backup\"\ncommand = [\"own-dump\"]\n"
    );
    let Run { code, out, err } = Sandbox::new(&patched).run(&["restore", "shop", "--stage", "one"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    insta::assert_snapshot!(err, @r#"
    warning[memory-over-limit]: `db` may have 512Mi of memory, and 75 busy connections need 653Mi
      --> shop/stack.toml:12:1
       |
    12 | db.type = "postgres"
       | ^^ the kernel kills a connection, and the server restarts for all
       |
       = note: 653Mi = 128Mi of `shared_buffers` + 75 × (4Mi of `work_mem` + 3 MiB)
       = help: write `components.db.resources.limits.memory = "704Mi"`, put a `pgbouncer` before it, or open fewer connections; if few of them work at a time, say so: `components.db.allow.memory-over-limit = "…"`

    error[conflict]: the pods of `backup` do not run the scripts of a backup
      --> shop/stack.toml:22:1
       |
    22 | backup = { type = "backup", of = "db", schedule = "15 2 * * *", to = "dumps" }
       | ^^^^^^ its `CronJob` has another command
       |
       = help: remove the patch of `command`, or restore with the program that made the dumps

    error: could not print how to restore: 1 error, 1 warning
    for more about an error: seaway explain conflict
    "#);
}
