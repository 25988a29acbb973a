//! Two revisions of a stage: what was edited, what that changes, and what follows.

use insta::assert_snapshot;
use seaway_core::document::parse_text;
use seaway_core::{Consequence, Sink, Source, TextKind};
use seaway_render::revision::{Compiled, Place, compare};
use seaway_render::{Revision, StageDiff, compile_document};

/// The difference between two revisions, of which the old one is called `old.toml`.
fn between(old: &str, new: &str) -> StageDiff {
    let mut source = Source::new("stack.toml", new);
    source.add(TextKind::File, "old.toml", old.to_owned(), None);
    let mut told = Sink::default();
    let is = parse_text(&source.stack, &mut told);
    let was = parse_text(&source.further[0], &mut told);
    let compiled = |document| {
        let mut sink = Sink::default();
        let bundle = compile_document(&source, document, "a", &mut sink);
        let allowances = sink.allowances().to_vec();
        (bundle.unwrap_or_else(|_| panic!("{:#?}", sink.finish())), allowances)
    };
    let ((old, before), (new, after)) = (compiled(&was), compiled(&is));
    let side = |document, bundle, allowances| {
        Revision::Compiled(Compiled { source: &source, document, bundle, allowances })
    };
    compare(
        "a",
        &seaway_core::shell::command("s", &[]),
        side(&was, &old, &before),
        side(&is, &new, &after),
    )
}

fn place(place: Option<&Place>) -> String {
    place.map_or_else(String::new, |place| format!(" ({}:{})", place.file, place.line))
}

/// Causes with their effects, then findings with the numbers of their causes.
fn shown(diff: &StageDiff) -> String {
    let mut lines = Vec::new();
    for (at, cause) in diff.causes.iter().enumerate() {
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        let at_new = place(cause.is_at.as_ref().or(cause.was_at.as_ref()));
        lines.push(format!(
            "{at} {}: {} → {}{at_new}",
            cause.key,
            value(&cause.was),
            value(&cause.is)
        ));
        for effect in cause.effects.iter().filter(|effect| !effect.follows) {
            let values =
                format!("{}: {} → {}", effect.field, value(&effect.was), value(&effect.is));
            let what =
                if effect.field.is_empty() { format!("{:?}", effect.change) } else { values };
            lines.push(format!("    {what} in {}", effect.objects.join(", ")));
        }
    }
    for finding in &diff.findings {
        let cause = finding.cause.map_or("?".to_owned(), |at| at.to_string());
        let at = place(finding.place.as_ref());
        lines.push(format!("[{cause}] {}: {}{at}", finding.consequence, finding.message));
    }
    lines.join("\n")
}

const BASE: &str = r#"name = "s"
app.image = "a:1"
app.module = "s"
components.web = { type = "web", replicas = 2 }
components.migrate = { type = "migrate" }
components.db = { type = "postgres", version = "17" }
[stages.a]
"#;

#[test]
fn an_image_is_one_effect_in_all_containers() {
    let diff = between(BASE, &BASE.replace("a:1", "a:2"));
    assert_snapshot!(shown(&diff), @"
    0 app.image: a:1 → a:2 (stack.toml:2)
        image: a:1 → a:2 in Deployment/web, Job/migrate-f33c99be
    [0] restarts: 2 pods of Deployment/web are replaced one after the other (stack.toml:2)
    [0] runs-once: migrate runs once more, as Job/migrate-f33c99be (stack.toml:2)
    ");
}

#[test]
fn a_new_worker_is_one_cause() {
    let new = BASE.replace("[stages", "components.queue = { type = \"redis\", durable = true }\ncomponents.worker = { type = \"worker\" }\n[stages");
    let diff = between(BASE, &new);
    assert_snapshot!(shown(&diff), @r#"
    0 components.queue: - → { type = "redis", durable = true } (stack.toml:7)
        Gained in NetworkPolicy/queue, PersistentVolumeClaim/queue-data, Secret/queue, Service/queue, ServiceAccount/queue, StatefulSet/queue
        env[CELERY_BROKER_URL].valueFrom.secretKeyRef: - → {key: url, name: queue} in Deployment/web, Job/migrate-4f1e6b00
        spec.egress: 3 items → 4 items in NetworkPolicy/migrate, NetworkPolicy/web
    1 components.worker: - → { type = "worker" } (stack.toml:8)
        Gained in ConfigMap/celery-probes-14c83872, Deployment/worker, NetworkPolicy/worker, ServiceAccount/worker
        spec.ingress[0].from: 2 items → 3 items in NetworkPolicy/db
    [0] opens: the network policies let through migrate → queue (TCP 6379) and web → queue (TCP 6379) (stack.toml:7)
    [1] opens: the network policies let through worker → db (TCP 5432) and worker → queue (TCP 6379) (stack.toml:8)
    [0] restarts: 2 pods of Deployment/web are replaced one after the other (stack.toml:7)
    [0] runs-once: migrate runs once more, as Job/migrate-4f1e6b00 (stack.toml:7)
    [?] capacity: pods 3 → 5, cpu requests 300m → 450m, memory requests 1Gi → 1536Mi, memory limits 1536Mi → 2304Mi, volumes 1 → 2, storage 1Gi → 2Gi, connections to db 35 → 39 of 100
    "#);
}

#[test]
fn two_edits_are_told_apart() {
    let new = BASE
        .replace("a:1", "a:2")
        .replace("\"17\"", "\"18\"")
        .replace("replicas = 2", "replicas = 3");
    let diff = between(BASE, &new);
    assert_snapshot!(shown(&diff), @"
    0 components.db.version: 17 → 18 (stack.toml:6)
        command: /var/lib/postgresql/data pgdata 17 → /var/lib/postgresql 18/docker 18 in StatefulSet/db
        env[PGDATA].value: /var/lib/postgresql/data/pgdata → - in StatefulSet/db
        env[POSTGRES_INITDB_ARGS].value: --data-checksums → - in StatefulSet/db
        image: docker.io/library/postgres:17.11-trixie → docker.io/library/postgres:18.6-trixie in StatefulSet/db
        volumeMounts[/var/lib/postgresql/data]: {name: data, readOnly: true} → - in StatefulSet/db
        volumeMounts[/var/lib/postgresql/data].name: data → - in StatefulSet/db
        volumeMounts[/var/lib/postgresql]: - → {name: data, readOnly: true} in StatefulSet/db
        volumeMounts[/var/lib/postgresql].name: - → data in StatefulSet/db
    1 app.image: a:1 → a:2 (stack.toml:2)
        image: a:1 → a:2 in Deployment/web, Job/migrate-f33c99be
    2 components.web.replicas: 2 → 3 (stack.toml:4)
        spec.replicas: 2 → 3 in Deployment/web
    [0] unreadable-data: the volume of StatefulSet/db holds the files of postgres 17, and 18 does not read them (stack.toml:6)
    [0] downtime: the only pod of StatefulSet/db stops before the new one starts (stack.toml:6)
    [1] restarts: 2 pods of Deployment/web are replaced one after the other (stack.toml:2)
    [1] runs-once: migrate runs once more, as Job/migrate-f33c99be (stack.toml:2)
    [?] capacity: pods 3 → 4, cpu requests 300m → 400m, memory requests 1Gi → 1280Mi, memory limits 1536Mi → 2Gi, connections to db 35 → 43 of 100
    [2] capacity: Deployment/web: replicas 2 → 3 (stack.toml:4)
    ");
}

/// Consequences with the lines that they point at, without what is only information.
fn severe(diff: &StageDiff) -> String {
    let rows = diff.findings.iter().filter(|finding| finding.consequence <= Consequence::Opens);
    let rows = rows.map(|finding| {
        let at = place(finding.place.as_ref());
        format!("{}: {}{at}", finding.consequence, finding.message)
    });
    rows.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_major_of_the_database_is_unreadable_at_its_line() {
    let to = |version: &str| severe(&between(BASE, &BASE.replace("\"17\"", version)));
    assert_snapshot!(to("\"16\""), @"
    unreadable-data: the volume of StatefulSet/db holds the files of postgres 17, and 16 does not read them (stack.toml:6)
    downtime: the only pod of StatefulSet/db stops before the new one starts (stack.toml:6)
    ");
    assert_snapshot!(to("\"18\""), @"
    unreadable-data: the volume of StatefulSet/db holds the files of postgres 17, and 18 does not read them (stack.toml:6)
    downtime: the only pod of StatefulSet/db stops before the new one starts (stack.toml:6)
    ");
}

#[test]
fn names_of_a_database_are_fixed_when_it_is_made() {
    let with = |option: &str| {
        let new = BASE.replace("version = \"17\"", &format!("version = \"17\", {option}"));
        severe(&between(BASE, &new))
    };
    assert_snapshot!(with("database = \"store\""), @"
    unreadable-data: the database of StatefulSet/db is called `s` and stays so (stack.toml:6)
    downtime: the only pod of StatefulSet/db stops before the new one starts (stack.toml:6)
    ");
    assert_snapshot!(with("username = \"store\""), @"
    unreadable-data: the role of StatefulSet/db is called `s` and stays so (stack.toml:6)
    downtime: the only pod of StatefulSet/db stops before the new one starts (stack.toml:6)
    ");
}

#[test]
fn a_component_that_goes_leaves_its_data() {
    let new = BASE.replace("components.db = { type = \"postgres\", version = \"17\" }\n", "");
    assert_snapshot!(severe(&between(BASE, &new)), @"
    lost-data: the data of PersistentVolumeClaim/db-data is not used any more (stack.toml:6)
    downtime: the address `db.s` goes once Service/db is deleted (old.toml:6)
    needs-a-step: ConfigMap/check-volume-fbade584, ConfigMap/db-init-45d7279f, ConfigMap/wait-for-schema-2d727b56 and 5 more stay in the cluster until you delete them (old.toml:6)
    ");
}

#[test]
fn another_program_cannot_read_a_volume() {
    let old = BASE.replace(
        "[stages.a]",
        "components.queue = { type = \"redis\", durable = true }\n[stages.a]",
    );
    let new = old.replace("\"redis\"", "\"valkey\"");
    assert_snapshot!(severe(&between(&old, &new)), @"
    unreadable-data: the volume of StatefulSet/queue holds the files of redis, and valkey does not read them (stack.toml:7)
    downtime: the only pod of StatefulSet/queue stops before the new one starts (stack.toml:7)
    ");
}

#[test]
fn a_component_of_another_type_takes_its_role_along() {
    let old = BASE.replace(
        "[stages.a]",
        "components.queue = { type = \"redis\", durable = true }\n[stages.a]",
    );
    let new = old.replace("\"redis\", durable = true", "\"memcached\"");
    let diff = between(&old, &new);
    let bound: Vec<String> =
        shown(&diff).lines().filter(|line| line.contains("env[")).map(str::to_owned).collect();
    assert_snapshot!(bound.join("\n"), @"
    env[CACHE_URL].value: - → memcached://queue:11211 in Deployment/web, Job/migrate-1ac57d6f
    env[CELERY_BROKER_URL].valueFrom.secretKeyRef: {key: url, name: queue} → - in Deployment/web, Job/migrate-1ac57d6f
    ");
    assert_snapshot!(severe(&diff), @r#"
    lost-data: the data of PersistentVolumeClaim/queue-data is not used any more (stack.toml:7)
    downtime: Service/queue no longer answers at port 6379 (stack.toml:7)
    needs-a-step: Secret/queue and StatefulSet/queue stay in the cluster until you delete them (stack.toml:7)
    opens: the network policies let through migrate → queue (TCP 11211) and web → queue (TCP 11211) (stack.toml:7)
    "#);
}

#[test]
fn a_namespace_takes_everything_along() {
    assert_snapshot!(severe(&between(BASE, &BASE.replace("name = \"s\"", "name = \"s\"\nnamespace = \"t\""))), @"lost-data: Namespace/s and what it holds are not part of the stage any more (stack.toml:2)");
}

#[test]
fn what_is_public_or_has_more_rights_opens() {
    let exposed = |expose: &str| {
        let web = format!("components.web = {{ type = \"web\", replicas = 2, expose = {expose} }}");
        BASE.replace("components.web = { type = \"web\", replicas = 2 }", &web)
    };
    let balancer = exposed("{ type = \"load-balancer\" }");
    assert_snapshot!(severe(&between(BASE, &balancer)), @"
    opens: Service/web is public: a load balancer at port 80 (stack.toml:4)
    opens: the network policies let through anyone → web (TCP 8000) (stack.toml:4)
    ");
    assert_snapshot!(severe(&between(&balancer, BASE)), @"downtime: the load balancer of Service/web goes, and its address with it (old.toml:4)");
    let agent = "[[objects]]\napiVersion = \"v1\"\nkind = \"Pod\"\nmetadata = { name = \"agent\", namespace = \"tools\" }\nspec.containers = [{ name = \"agent\", image = \"a:1\" }]\n";
    let powerful = format!("{BASE}{}", agent.replace("spec.c", "spec.hostNetwork = true\nspec.c"));
    assert_snapshot!(severe(&between(&format!("{BASE}{agent}"), &powerful)), @"
    refused: `spec.hostNetwork` of Pod/agent can not change (stack.toml:12)
    opens: pods of Pod/agent get the network of the node (stack.toml:8)
    ");
}

#[test]
fn an_allowed_consequence_keeps_its_reason() {
    let new = BASE
        .replace("\"17\"", "\"18\"")
        .replace("[stages.a]", "allow.unreadable-data = \"the volume is new\"\n[stages.a]");
    let diff = between(BASE, &new);
    let allowed: Vec<_> =
        diff.findings.iter().filter_map(|finding| finding.allowed.as_deref()).collect();
    assert_eq!(allowed, ["the volume is new"]);
    assert_eq!(diff.worst(), Some(Consequence::Downtime));
}

#[test]
fn what_is_said_once_is_one_cause() {
    let said = "labels.team = \"a\"\nannotations.note = \"b\"\nregistry = \"mirror.example\"\npull-secrets = [\"mirror\"]\n";
    assert_snapshot!(shown(&between(BASE, &format!("{BASE}{said}"))), @r#"
    0 labels: - → { team = "a" } (stack.toml:8)
        metadata.labels.team: - → a in ConfigMap/check-volume-fbade584, ConfigMap/db-init-45d7279f, ConfigMap/wait-for-schema-2d727b56, Deployment/web, Job/migrate-60c82116, Namespace/s, NetworkPolicy/db, NetworkPolicy/default-deny, NetworkPolicy/migrate, NetworkPolicy/web, PersistentVolumeClaim/db-data, PodDisruptionBudget/web, Secret/db, Service/db, Service/web, ServiceAccount/db, ServiceAccount/migrate, ServiceAccount/web, StatefulSet/db
    1 pull-secrets: - → ["mirror"] (stack.toml:11)
        spec.imagePullSecrets: - → [{name: mirror}] in Deployment/web, Job/migrate-60c82116, StatefulSet/db
    2 registry: - → mirror.example (stack.toml:10)
        image: a:1 → mirror.example/docker.io/library/a:1 in Deployment/web, Job/migrate-60c82116
    3 annotations: - → { note = "b" } (stack.toml:9)
        metadata.annotations.note: - → b in ConfigMap/check-volume-fbade584, ConfigMap/db-init-45d7279f, ConfigMap/wait-for-schema-2d727b56, Deployment/web, Job/migrate-60c82116, Namespace/s, NetworkPolicy/db, NetworkPolicy/default-deny, NetworkPolicy/migrate, NetworkPolicy/web, PersistentVolumeClaim/db-data, PodDisruptionBudget/web, Secret/db, Service/db, Service/web, ServiceAccount/db, ServiceAccount/migrate, ServiceAccount/web, StatefulSet/db
    4 labels + pull-secrets + registry: - → - (stack.toml:8)
    [0] downtime: the only pod of StatefulSet/db stops before the new one starts (stack.toml:8)
    [1] downtime: the only pod of StatefulSet/db stops before the new one starts (stack.toml:11)
    [0] restarts: 2 pods of Deployment/web are replaced one after the other (stack.toml:8)
    [1] restarts: 2 pods of Deployment/web are replaced one after the other (stack.toml:11)
    [2] restarts: 2 pods of Deployment/web are replaced one after the other (stack.toml:10)
    [0] runs-once: migrate runs once more, as Job/migrate-60c82116 (stack.toml:8)
    [1] runs-once: migrate runs once more, as Job/migrate-60c82116 (stack.toml:11)
    [2] runs-once: migrate runs once more, as Job/migrate-60c82116 (stack.toml:10)
    [3] cosmetic: nothing that runs changes in ConfigMap/check-volume-fbade584, ConfigMap/db-init-45d7279f, ConfigMap/wait-for-schema-2d727b56 and 16 more (stack.toml:9)
    [4] cosmetic: nothing that runs changes in Job/migrate-60c82116 (stack.toml:8)
    "#);
    // What is edited is the image, wherever it is pulled from.
    let each = "registry.\"docker.io\" = \"mirror.example/hub\"\n";
    let old = format!("{BASE}{each}");
    assert_snapshot!(shown(&between(&old, &old.replace("a:1", "a:2"))), @"
    0 app.image: a:1 → a:2 (stack.toml:2)
        image: mirror.example/hub/library/a:1 → mirror.example/hub/library/a:2 in Deployment/web, Job/migrate-3878f54f
    [0] restarts: 2 pods of Deployment/web are replaced one after the other (stack.toml:2)
    [0] runs-once: migrate runs once more, as Job/migrate-3878f54f (stack.toml:2)
    ");
    // The version of a server is found behind a mirror as well.
    let newer = old.replace("version = \"17\"", "version = \"18\"");
    assert_snapshot!(shown(&between(&old, &newer)), @"
    0 components.db.version: 17 → 18 (stack.toml:6)
        command: /var/lib/postgresql/data pgdata 17 → /var/lib/postgresql 18/docker 18 in StatefulSet/db
        env[PGDATA].value: /var/lib/postgresql/data/pgdata → - in StatefulSet/db
        env[POSTGRES_INITDB_ARGS].value: --data-checksums → - in StatefulSet/db
        image: mirror.example/hub/library/postgres:17.11-trixie → mirror.example/hub/library/postgres:18.6-trixie in StatefulSet/db
        volumeMounts[/var/lib/postgresql/data]: {name: data, readOnly: true} → - in StatefulSet/db
        volumeMounts[/var/lib/postgresql/data].name: data → - in StatefulSet/db
        volumeMounts[/var/lib/postgresql]: - → {name: data, readOnly: true} in StatefulSet/db
        volumeMounts[/var/lib/postgresql].name: - → data in StatefulSet/db
    [0] unreadable-data: the volume of StatefulSet/db holds the files of postgres 17, and 18 does not read them (stack.toml:8)
    [0] downtime: the only pod of StatefulSet/db stops before the new one starts (stack.toml:6)
    ");
}
