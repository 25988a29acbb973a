//! Plain `kubectl apply` works again and again: between two stages, two releases, or before and after a change of the
//! stack, no field differs that the API server holds fixed in an object of the same identity.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use seaway_render::against::refused;
use serde::Deserialize;
use serde_yaml::Value;

/// Stacks that go up their stages, and back, in one cluster: those of the others, and those that name a cluster, are in
/// clusters of their own.
const CLIMBING: [&str; 3] = ["minimal", "shop", "tutorial"];

/// The objects of one rendering by kind, namespace and name.
type Objects = BTreeMap<(String, String, String), Value>;

/// The one exception: what older versions of Seaway printed of a `StatefulSet` otherwise. Each is replaced once, and its pods
/// and volumes stay.
const REPLACED_ONCE: [&str; 2] = ["spec.serviceName", "spec.podManagementPolicy"];

/// A rendering as an older version of Seaway printed it.
fn older(objects: &Objects) -> Objects {
    let mut objects = objects.clone();
    for (_, set) in objects.iter_mut().filter(|(identity, _)| identity.0 == "StatefulSet") {
        set["spec"]["serviceName"] = set["metadata"]["name"].clone();
        set["spec"].as_mapping_mut().expect("a spec").remove("podManagementPolicy");
    }
    objects
}

/// Applies one rendering over another, as if a server did it.
fn apply(what: &str, old: &Objects, new: &Objects) {
    apply_but(&[], what, old, new);
}

/// The same, where fields of each `StatefulSet` have to differ.
fn apply_but(replaced: &[&str], what: &str, old: &Objects, new: &Objects) {
    let pairs = old.iter().filter_map(|(identity, object)| Some((object, new.get(identity)?)));
    // Unchanged ones are most of them.
    for (old, new) in pairs.filter(|(old, new)| old != new) {
        let name = text(old, "metadata.name");
        let known = if text(old, "kind") == "StatefulSet" { replaced } else { &[] };
        let mut found = refused(old, new);
        found.sort_unstable_by_key(|path| known.iter().position(|one| one == path));
        assert_eq!(found, known, "{what}: immutable in {name}");
    }

    // A Job's name says what it runs: another run has another name, and nothing runs again under a new one.
    for (old, new) in jobs(old).flat_map(|old| jobs(new).map(move |new| (old, new))) {
        if instance(old) == instance(new) {
            let same_name = at(old, "metadata.name") == at(new, "metadata.name");
            let same_template = at(old, "spec.template") == at(new, "spec.template");
            assert_eq!(same_name, same_template, "{what}: Job {}", text(old, "metadata.name"));
        }
    }
    // A database has the password that its volume was made with.
    for (identity, secret) in old.iter().filter(|(identity, _)| identity.0 == "Secret") {
        for key in ["password", "postgres-password", "secret-key"] {
            let value = |secret: &Value| at(secret, "data")?.get(key).cloned();
            if let (Some(old), Some(new)) = (value(secret), new.get(identity).and_then(value)) {
                assert_eq!(old, new, "{what}: Secret {} has another {key}", identity.2);
            }
        }
    }
}

fn jobs(objects: &Objects) -> impl Iterator<Item = &Value> {
    objects.values().filter(|object| text(object, "kind") == "Job")
}

/// The value at a path such as `spec.selector`.
fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, key| value.get(key))
}

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    at(value, path).and_then(Value::as_str).unwrap_or_default()
}

fn instance(object: &Value) -> Option<&Value> {
    at(object, "metadata.labels")?.get("app.kubernetes.io/instance")
}

fn seaway(arguments: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_seaway")).args(arguments).output().expect("seaway starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "seaway {}:\n{errors}", arguments.join(" "));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn render(stack: &Path, stage: &str) -> Objects {
    let yaml = seaway(&["render", path(stack), "--stage", stage]);
    let documents = serde_yaml::Deserializer::from_str(&yaml)
        .map(|document| Value::deserialize(document).expect("YAML"));
    let identity = |object: &Value| {
        ["kind", "metadata.namespace", "metadata.name"]
            .map(|path| text(object, path).to_owned())
            .into()
    };
    documents.map(|object| (identity(&object), object)).collect()
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a path of UTF-8")
}

fn stacks() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("a workspace")
        .join("stacks");
    let entries =
        fs::read_dir(folder).expect("the stacks").map(|entry| entry.expect("an entry").path());
    let mut stacks: Vec<_> = entries.filter(|path| path.join("stack.toml").is_file()).collect();
    stacks.sort();
    stacks
}

fn name(stack: &Path) -> &str {
    path(stack).rsplit('/').next().unwrap_or_default()
}

fn stages(stack: &Path) -> Vec<String> {
    let list = seaway(&["stages", path(stack)]);
    list.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

/// The name of the cluster that a stage is applied to.
fn cluster(stack: &Path, stage: &str) -> Option<String> {
    let text = fs::read_to_string(stack.join("stack.toml")).expect("a stack");
    let source = seaway_core::Source::new("stack.toml", text);
    let document = seaway_core::parse(&source, &mut seaway_core::Sink::default());
    let stack = seaway_core::resolve(&source, &document, stage, &mut seaway_core::Sink::default());
    let stack = stack.unwrap_or_else(|_| panic!("the stage {stage} is rendered"));
    stack.cluster.name.map(|name| name.to_string())
}

#[test]
fn every_stage_is_applied_over_every_other() {
    let stacks = stacks();
    for climbing in CLIMBING {
        let stack = stacks
            .iter()
            .find(|stack| name(stack) == climbing)
            .unwrap_or_else(|| panic!("no stack {climbing}"));
        let stages: Vec<_> =
            stages(stack).into_iter().map(|stage| (render(stack, &stage), stage)).collect();
        assert!(stages.len() >= 3, "{climbing} has stages to climb");
        for (old, from) in &stages {
            for (new, to) in
                stages.iter().filter(|(_, to)| cluster(stack, to) == cluster(stack, from))
            {
                apply(&format!("{climbing} from {from} to {to}"), old, new);
            }
        }
    }
}

/// Changes of a stack as lines of a stage, each with the object that has to be there, by its kind and name.
const CHANGES: &[(&str, &str)] = &[
    ("", r#"app.env.EXTRA = "1""#),
    ("", r#"app.env.EXTRA = "2""#),
    (
        "",
        "config.extra = { \"extra.ini\" = \"a = 1\" }\napp.mounts.\"/etc/extra\" = { config = \"extra\" }",
    ),
    (
        "",
        "config.extra = { \"extra.ini\" = \"a = 2\" }\napp.mounts.\"/etc/extra\" = { config = \"extra\" }",
    ),
    ("", "secrets.extra.keys = [\"one\"]\napp.env.EXTRA = \"${secrets.extra.one}\""),
    ("", "secrets.extra.keys = [\"one\", \"two\"]\napp.env.EXTRA = \"${secrets.extra.two}\""),
    ("", r#"app.labels = { "example.com/team" = "harbour" }"#),
    ("", "app.run-as-user = 20001"),
    ("", r#"components.web.expose = { type = "cluster-ip" }"#),
    (
        "",
        "components.web.expose = { type = \"node-port\", node-port = 30123 }\ncomponents.web.allow.plain-http = \"a test\"",
    ),
    (
        "",
        "components.web.expose = { type = \"load-balancer\" }\ncomponents.web.allow.plain-http = \"a test\"",
    ),
    (
        "",
        "components.web.expose = { type = \"ingress\", from-namespaces = [\"edge\"] }\ncomponents.web.allow.plain-http = \"a test\"",
    ),
    ("", r#"components.web.resources.limits.memory = "2Gi""#),
    ("StatefulSet db", r#"components.db.settings.work_mem = "8MB""#),
    ("StatefulSet cache", "components.cache.durable = true\ncomponents.cache.roles = [\"cache\"]"),
    ("StatefulSet beat", r#"components.beat.storage = "1Gi""#),
    ("Deployment worker", "components.worker.replicas = 3"),
    ("Deployment worker", "components.worker.concurrency = 7"),
];
/// Changes that have no way back.
const GROWTH: &[(&str, &str)] = &[
    ("PersistentVolumeClaim db-data", r#"components.db.storage = "100Gi""#),
    ("PersistentVolumeClaim broker-data", r#"components.broker.storage = "100Gi""#),
    ("PersistentVolumeClaim renditions", r#"volumes.renditions.storage = "100Gi""#),
];

/// A copy of a stack, to which a stage can be added.
struct Changing {
    folder: tempfile::TempDir,
    text: String,
}

impl Changing {
    fn new(stack: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        copy(stack, folder.path());
        let text = fs::read_to_string(stack.join("stack.toml")).expect("a stack");
        Self { folder, text }
    }

    /// The stage as it is with these changes.
    fn render(&self, stage: &str, changes: &str) -> Objects {
        let text = format!("{}\n[stages.changed]\nextends = \"{stage}\"\n{changes}\n", self.text);
        fs::write(self.folder.path().join("stack.toml"), text).expect("a stack");
        render(self.folder.path(), "changed")
    }
}

/// Copies the files that a stack may read, so not the application.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry")) {
        let target = to.join(entry.file_name());
        if entry.path().is_file() {
            fs::copy(entry.path(), target).expect("a copied file");
        } else if entry.file_name() != "app" {
            copy(&entry.path(), &target);
        }
    }
}

#[test]
fn every_change_of_a_stack_is_applied_over_what_it_was() {
    let mut made = BTreeSet::new();
    for stack in stacks() {
        let changing = Changing::new(&stack);
        for stage in stages(&stack) {
            let base = changing.render(&stage, "");
            let mut known = vec![(String::from("nothing"), base.clone())];
            let has = |needed: &str| {
                needed.is_empty() || base.keys().any(|key| format!("{} {}", key.0, key.2) == needed)
            };
            for (_, change) in CHANGES.iter().filter(|(needed, _)| has(needed)) {
                let changed = changing.render(&stage, change);
                made.extend((changed != base).then_some(*change));
                known.push(((*change).to_owned(), changed));
            }
            for (from, old) in &known {
                for (to, new) in &known {
                    apply(&format!("{} {stage}: from {from} to {to}", name(&stack)), old, new);
                }
            }
            for (_, change) in GROWTH.iter().filter(|(needed, _)| has(needed)) {
                let grown = changing.render(&stage, change);
                apply(&format!("{} {stage}: {change}", name(&stack)), &base, &grown);
                made.extend((grown != base).then_some(*change));
            }
        }
    }
    let mut all = CHANGES.iter().chain(GROWTH).map(|(_, change)| *change);
    assert!(
        all.all(|change| made.contains(change)),
        "each makes a difference somewhere: {made:#?}"
    );
}

#[test]
fn every_release_is_applied_over_the_one_before() {
    for stack in stacks() {
        let changing = Changing::new(&stack);
        for stage in stages(&stack) {
            let what = format!("{} {stage}: the next release", name(&stack));
            let old = changing.render(&stage, "");
            let web =
                old.values().filter(|object| instance(object).is_some_and(|name| name == "web"));
            let mut images = web.filter_map(|object| {
                at(object, "spec.template.spec.containers")?.get(0)?.get("image")?.as_str()
            });
            let image = images.next().expect("a web process").to_owned();
            let new = changing.render(&stage, &format!("app.image = \"{}\"", next(&image)));
            apply(&what, &old, &new);
            apply(&what, &new, &old);
            apply_but(&REPLACED_ONCE, &what, &older(&old), &new);
            for job in
                jobs(&old).filter(|job| serde_yaml::to_string(job).expect("YAML").contains(&image))
            {
                let again = jobs(&new)
                    .find(|new| instance(new) == instance(job))
                    .expect("the Job of the release");
                assert_ne!(
                    text(job, "metadata.name"),
                    text(again, "metadata.name"),
                    "{what} runs its Jobs"
                );
            }
        }
    }
}

/// The image of the next release: `shop:1.4.1` after `shop:1.4.0`, and another digest where there is one.
fn next(image: &str) -> String {
    let (rest, last) = image.split_at(image.len() - 1);
    let digit = u32::from_str_radix(last, 16).expect("a version or a digest");
    format!("{rest}{:x}", if digit == 9 { 8 } else { (digit + 1) % 16 })
}

#[test]
fn a_stack_that_breaks_a_promise_is_caught() {
    let shop = stacks().into_iter().find(|stack| name(stack) == "shop").expect("the shop");
    let old = render(&shop, "redis-celery");
    let change = |kind: &str, change: &dyn Fn(&mut Value)| {
        let mut new = old.clone();
        let (_, object) =
            new.iter_mut().find(|(key, _)| key.0 == kind).unwrap_or_else(|| panic!("a {kind}"));
        change(object);
        std::panic::catch_unwind(|| apply("a broken stack", &old, &new)).is_err()
    };
    assert!(!change("Job", &|_| ()), "nothing is wrong with the shop itself");
    assert!(
        change("Job", &|job| job["spec"]["template"]["spec"]["restartPolicy"] = "OnFailure".into())
    );
    assert!(change("Job", &|job| job["metadata"]["name"] = "migrate-again".into()));
    assert!(change("Secret", &|secret| secret["data"]["password"] = "bmV3".into()));
    assert!(change("Service", &|service| service["spec"]["clusterIP"] = "None".into()));
    assert!(change("StatefulSet", &|set| set["spec"]["serviceName"] = "other".into()));
    assert!(change("ConfigMap", &|config| config["data"]["extra"] = "text".into()));
    assert!(
        change("PersistentVolumeClaim", &|claim| claim["spec"]["storageClassName"] = "gp3".into())
    );
}
