//! The way from one stage to the other: what `kubectl apply` does not do, in the order in which it is safe.
//!
//! Writers stop, queues run empty, data is copied, then the second stage is applied over it: applied first, it would
//! migrate an empty database and answer from it. What is old goes last, and what holds data after all else.

mod apply;
mod by_hand;
mod database;
mod files;
mod queues;
mod roles;
mod stop;

use seaway_core::shell::{self, Command, command, psql_name};
use seaway_core::stack::Part;

use super::data::{Store, is_inside, one_cluster};
use super::mover::{Made, Mover};
use super::{Kept, Maker, SecretChange, Step, Task};
use crate::against::Revisions;
use crate::against::immutable::{self, Refusal};
use crate::against::left;
use crate::against::lost::{holds_data, is_mounted};
use crate::against::{instance, namespace_flag, resource, scaled, unreadable};
use crate::emit::Format;
use crate::object::Id;
use crate::{Bundle, Object};

/// What the steps are made of.
struct Cx<'a> {
    /// What the stack is called on a command line.
    path: &'a Command,
    from: &'a Bundle,
    to: &'a Bundle,
    stores: &'a [Store<'a>],
    /// kubectl for the cluster and namespace of the first stage, and for those of the second one.
    old: Command,
    new: Command,
    /// kubectl for the cluster of each, and for what says its namespace itself.
    first: Command,
    cluster: Command,
    /// Files of the second stage by object.
    files: Vec<(&'a Object, String)>,
}

pub(super) fn steps(
    path: &Command,
    from: &Bundle,
    to: &Bundle,
    revisions: &Revisions<'_>,
    secrets: &[SecretChange],
    stores: &[Store<'_>],
) -> Vec<Step> {
    let one_cluster = one_cluster(&from.stack, &to.stack);
    let [first, second] = if one_cluster {
        ["kubectl", "kubectl"]
    } else {
        ["kubectl --context \"$OLD\"", "kubectl --context \"$NEW\""]
    };
    let [first, cluster] = [first, second].map(|kubectl| command(kubectl, &[]));
    let inside = |kubectl: &Command, stage: &Bundle| {
        command("{} -n {}", &[kubectl, &stage.stack.namespace.value])
    };
    let files = to.objects.iter().zip(to.file_names(Format::Yaml)).collect();
    let (old, new) = (inside(&first, from), inside(&cluster, to));
    let cx = Cx { path, from, to, stores, old, new, first, cluster, files };

    let mut steps = Vec::new();
    if !one_cluster {
        steps.push(clusters(&cx));
    }
    let before = steps.len();
    let has_moves = stores.iter().any(|store| store.data.task != Task::Drop);
    if has_moves {
        steps.push(render(&cx));
    }
    let stopped = stop::stopped(&cx);
    // Who starts again meanwhile would read the new values of a Secret that the first stage reads, too.
    let are_shared = secrets.iter().any(|secret| secret.to_make && secret.was.is_some());
    let (early, late) = match make_secrets(&cx, secrets) {
        Some(step) if are_shared && !stopped.is_empty() => (None, Some(step)),
        step => (step, None),
    };
    steps.extend(early);
    steps.extend(stop::producers(&cx, &stopped));
    steps.extend(queues::drain(&cx));
    steps.extend(stop::workers(&cx, &stopped));
    steps.extend(late);
    for store in stores {
        match store.data.what {
            Kept::Database => steps.extend(database::steps(&cx, store)),
            Kept::Files => steps.extend(files::steps(&cx, store)),
            Kept::Broker | Kept::Results | Kept::Cache => {}
        }
    }
    steps.extend(queues::swap(&cx));
    steps.extend(roles::grant(&cx));
    steps.extend(unfit(&cx, revisions));
    steps.extend(refused(&cx, revisions, one_cluster));
    steps.extend(scaled(&cx, revisions, one_cluster));
    let removal = removal(&cx, revisions);
    let by_hand = by_hand::start(&cx);
    if steps.len() == before && removal.is_empty() && by_hand.is_none() {
        return Vec::new();
    }
    steps.push(apply::apply(&cx, has_moves));
    steps.extend(stop::start(&cx, &stopped));
    steps.extend(apply::check(&cx, has_moves));
    steps.extend(by_hand);
    steps.extend(removal);
    steps
}

impl Cx<'_> {
    /// What is applied now, as a step calls it: a stage, or the old revision of one.
    fn first(&self) -> String {
        if self.is_one_stage() {
            "the old revision".to_owned()
        } else {
            format!("`{}`", self.first_name())
        }
    }

    /// What is to be applied, as a step calls it.
    fn second(&self) -> String {
        if self.is_one_stage() {
            "the new revision".to_owned()
        } else {
            format!("`{}`", self.second_name())
        }
    }

    /// Whether two revisions of a stage are compared.
    fn is_one_stage(&self) -> bool {
        self.first_name() == self.second_name()
    }

    fn first_name(&self) -> &str {
        &self.from.stack.stage
    }

    fn second_name(&self) -> &str {
        &self.to.stack.stage
    }

    /// The folder that the second stage is rendered into.
    fn folder(&self) -> String {
        format!("rendered/{}", self.second_name())
    }

    /// kubectl for the cluster of a stage.
    fn kubectl(&self, stage: &Bundle) -> &Command {
        if std::ptr::eq(stage, self.to) { &self.new } else { &self.old }
    }

    /// kubectl for the cluster of a stage, whose objects say their namespaces themselves.
    fn apply(&self, stage: &Bundle) -> Command {
        let kubectl = if std::ptr::eq(stage, self.to) { &self.cluster } else { &self.first };
        command("{} apply", &[kubectl])
    }

    /// The command that renders the second stage.
    fn render(&self) -> Command {
        command("seaway render {} --stage {}", &[self.path, &self.second_name()])
    }

    /// An apply of the files of some objects of the second stage, in their order.
    fn files_of(&self, wanted: impl Fn(&Object) -> bool) -> Option<Command> {
        let folder = self.folder();
        let files = self.files.iter().filter(|(object, _)| wanted(object));
        let files: Vec<Command> =
            files.map(|(_, name)| command("-f {}", &[&format!("{folder}/{name}")])).collect();
        (!files.is_empty())
            .then(|| command("{} {}", &[&self.apply(self.to), &shell::joined(files)]))
    }

    /// Commands that start a pod that moves data.
    fn start(&self, mover: &Mover<'_>) -> Vec<Command> {
        let kubectl = self.kubectl(mover.stage);
        let Made { yaml, configs } = mover.make();
        let mut commands = Vec::new();
        if std::ptr::eq(mover.stage, self.to) {
            let needed = |object: &Object| {
                let name = object.body.name();
                match object.body.kind() {
                    "Namespace" => true,
                    "ConfigMap" => configs.iter().any(|config| config == name),
                    "ServiceAccount" => mover.account.as_deref() == Some(name),
                    _ => false,
                }
            };
            commands.extend(self.files_of(needed));
        }
        let apply = command("{} -f -", &[&self.apply(mover.stage)]);
        commands.push(shell::reading(&apply, "YAML", &yaml));
        commands.push(command(
            "{} wait --for=condition=Ready pod/{} --timeout=5m",
            &[kubectl, &mover.name],
        ));
        commands
    }
}

fn step(title: impl Into<String>) -> Step {
    Step { title: title.into(), notes: Vec::new(), commands: Vec::new() }
}

/// A list of names in backticks.
fn quoted<T: AsRef<str>>(names: &[T]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    names.join(", ")
}

fn clusters(cx: &Cx<'_>) -> Step {
    let mut step = step("name the two clusters");
    step.notes.push(format!(
        "`{}` and `{}` say different clusters. If both lie in one, give both names the same value",
        cx.first_name(),
        cx.second_name()
    ));
    step.commands = vec![
        command("kubectl config get-contexts --output=name", &[]),
        command("OLD=…  {}", &[&shell::comment(&format!("the cluster of {}", cx.first_name()))]),
        command("NEW=…  {}", &[&shell::comment(&format!("the cluster of {}", cx.second_name()))]),
    ];
    step
}

fn render(cx: &Cx<'_>) -> Step {
    let mut step = step(format!("render {} into a folder", cx.second()));
    step.commands = vec![
        // A pipe whose first half fails must not look like a success.
        command("set -o pipefail", &[]),
        command("{} --out {}", &[&cx.render(), &cx.folder()]),
    ];
    step
}

fn make_secrets(cx: &Cx<'_>, secrets: &[SecretChange]) -> Option<Step> {
    let needed: Vec<&SecretChange> = secrets.iter().filter(|secret| secret.to_make).collect();
    if needed.is_empty() {
        return None;
    }
    let names: Vec<String> = needed.iter().map(|secret| secret.name.clone()).collect();
    let word = if needed.len() == 1 { "Secret" } else { "Secrets" };
    let mut step = step(format!("make the {word} {} of {}", quoted(&names), cx.second()));
    let (made_up, own): (Vec<&SecretChange>, Vec<&SecretChange>) =
        needed.into_iter().partition(|secret| secret.was == Some(Maker::Seaway));
    if !made_up.is_empty() {
        let names: Vec<&str> = made_up.iter().map(|secret| secret.name.as_str()).collect();
        step.notes.push(format!(
            "the values of {} are made up of names, and everybody can make them up again: replace them all",
            quoted(&names)
        ));
    }
    for secret in own {
        let keys: Vec<&str> = secret.keys.iter().map(|key| key.key.as_str()).collect();
        if !keys.is_empty() {
            step.notes.push(format!("`{}` needs {}", secret.name, quoted(&keys)));
        }
    }
    step.notes.extend(still_read(cx, &names));
    step.commands.push(command(
        "seaway secrets {} --stage {}{}",
        &[cx.path, &cx.second_name(), &chosen(cx, secrets)],
    ));
    step.commands.extend(new_passwords(cx, &names));
    Some(step)
}

/// The flags that name the Secrets of the script: one that exists fails unless it is replaced.
fn chosen(cx: &Cx<'_>, secrets: &[SecretChange]) -> Command {
    let stays = cx.from.stack.namespace.value == cx.to.stack.namespace.value
        && one_cluster(&cx.from.stack, &cx.to.stack);
    if !stays {
        return Command::default();
    }
    let of = |is_there: bool| -> Vec<&str> {
        let made =
            secrets.iter().filter(|secret| secret.to_make && secret.was.is_some() == is_there);
        made.map(|secret| secret.name.as_str()).collect()
    };
    let flag = |flag: &'static str, of: Vec<&str>| {
        if of.is_empty() { Command::default() } else { command(flag, &[&of.join(",")]) }
    };
    command("{}{}", &[&flag(" --only={}", of(false)), &flag(" --replace={}", of(true))])
}

/// What is dumped from a server outside is read with the old values.
fn still_read(cx: &Cx<'_>, names: &[String]) -> Vec<String> {
    let read = cx.stores.iter().filter_map(|store| {
        let part = store.from.filter(|part| !is_inside(part))?;
        let secret = seaway_core::outputs::contract(&cx.from.stack, part)?.name.to_string();
        (store.data.task != Task::Drop && names.contains(&secret)).then_some(secret)
    });
    read.map(|secret| {
        format!(
            "the steps below read the old values of `{secret}`: replace them when its data is moved"
        )
    })
    .collect()
}

/// A PostgreSQL that stays where it is keeps the password that it was made with.
fn new_passwords(cx: &Cx<'_>, names: &[String]) -> Vec<Command> {
    let parts = cx.to.stack.parts.iter().filter_map(|(name, part)| {
        let postgres = part.component.options::<seaway_core::options::Postgres>()?;
        let moves = cx.stores.iter().any(|store| *store.data.name == **name);
        let was = cx.from.stack.parts.get(name)?.facts.type_name == part.facts.type_name;
        let secret = seaway_core::outputs::contract(&cx.to.stack, part)?.name.to_string();
        (was && !moves && names.contains(&secret)).then_some((&part.object, postgres))
    });
    parts
        .flat_map(|(object, postgres)| {
            let role = postgres.username(&cx.to.stack.name);
            [role, "postgres".to_owned()].map(|role| {
                command(
                    "{} exec -it statefulset/{} -- psql --username=postgres --command={}",
                    &[&cx.old, object, &format!("\\password {}", psql_name(&role))],
                )
            })
        })
        .collect()
}

/// Data that stays where it is and that the server of the second stage would not take as it is.
fn unfit(cx: &Cx<'_>, revisions: &Revisions<'_>) -> Option<Step> {
    let mut step = step(format!("make the data fit the server of {}", cx.second()));
    for unfit in unreadable::unfit(revisions) {
        // What moves is read and written by its own server.
        if cx.stores.iter().any(|store| unfit.component == Some(&*store.data.name)) {
            continue;
        }
        step.notes.push(format!("{}: {}", unfit.what, unfit.help));
        step.commands.extend(unfit.commands.iter().map(|command| in_context(cx, command)));
    }
    (!step.notes.is_empty()).then_some(step)
}

/// What an apply would be refused for, where both stages lie in one cluster.
fn refused(cx: &Cx<'_>, revisions: &Revisions<'_>, one_cluster: bool) -> Option<Step> {
    let mut step = step("make way for what can not be changed in place");
    for refused in immutable::refusals(revisions) {
        let Refusal { id, what, steps, command } = refused;
        if let Some(part) = drained(cx, revisions, id) {
            step.notes.push(format!("{what}: the queues of `{part}` are empty by now, and the apply makes the claim anew"));
            step.commands.extend(empty(cx, part, id.2.1));
        } else {
            step.notes.push(format!("{what}: {steps}"));
            step.commands.extend(command.map(|command| in_context(cx, &command)));
        }
    }
    step.commands.dedup();
    if step.notes.is_empty() {
        return None;
    }
    if !one_cluster {
        step.notes.insert(0, "only if `OLD` and `NEW` are one cluster".to_owned());
    }
    Some(step)
}

/// The broker, results or cache that a claim belongs to, if nothing else is kept in it.
fn drained<'a>(cx: &Cx<'a>, revisions: &Revisions<'_>, id: Id<'_>) -> Option<&'a str> {
    if id.1 != "PersistentVolumeClaim" {
        return None;
    }
    let owner = instance(revisions.old_tree(id)?)?;
    let owner = cx.from.stack.part_of_object(owner)?;
    let of_owner = |store: &&Store<'_>| store.data.name == *owner.name.value;
    let mut kept = cx.stores.iter().filter(of_owner).peekable();
    let part = kept.peek()?.from?;
    kept.all(|store| matches!(store.data.task, Task::Drain | Task::Drop)).then_some(&*part.object)
}

/// Commands that take the claim away from a server that keeps nothing in it.
fn empty(cx: &Cx<'_>, part: &str, claim: &str) -> Vec<Command> {
    vec![
        command("{} scale --replicas=0 statefulset/{}", &[&cx.old, &part]),
        command("{} delete pvc/{}", &[&cx.old, &claim]),
    ]
}

/// Workloads that an apply would leave with one pod, where both stages lie in one cluster.
fn scaled(cx: &Cx<'_>, revisions: &Revisions<'_>, one_cluster: bool) -> Option<Step> {
    let found = scaled::steps(revisions);
    if found.is_empty() || !one_cluster {
        return None;
    }
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    let mut step = step(format!("keep the pods of {}", quoted(&names)));
    step.notes.push(
        "an autoscaler counts them from now on: without this step the apply takes the `replicas` out, which means one pod"
            .to_owned(),
    );
    step.commands = found.iter().map(|(_, command)| in_context(cx, command)).collect();
    Some(step)
}

/// What is old: first what holds no data, then what does.
fn removal(cx: &Cx<'_>, revisions: &Revisions<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    let own: &str = &cx.from.stack.namespace;
    let loses_namespace = revisions.loses_namespace(own);
    let plain: Vec<Command> =
        left::commands(revisions).iter().map(|command| in_context(cx, command)).collect();
    let movers = movers(cx);
    if !plain.is_empty() || !movers.is_empty() {
        let mut step = step(format!("delete what only {} had", cx.first()));
        step.notes.push(
            "`kubectl apply` deletes nothing; `--prune` would delete what holds data, too"
                .to_owned(),
        );
        step.commands = movers.into_iter().chain(plain).collect();
        steps.push(step);
    }
    let kept = revisions.gone().filter(|(id, object)| {
        let stays = id.1 == "PersistentVolumeClaim" && is_mounted(revisions, *id);
        !stays && id.1 != "Namespace" && holds_data(*id, object)
    });
    let kept: Vec<Command> = kept
        .filter(|(id, _)| !(loses_namespace && id.2.0 == own))
        .map(|(id, _)| command("{} delete{} {}", &[&cx.first, &namespace_flag(id), &resource(id)]))
        .collect();
    let folders = cx.stores.iter().filter_map(|store| database::old_folder(cx, store));
    let kept: Vec<Command> = kept.into_iter().chain(folders).collect();
    if loses_namespace || !kept.is_empty() {
        let mut step = step("delete the old data, days later");
        step.notes.push(
            "only when the check above was good, a backup of the new place has been restored once, and nobody \
             wants to go back"
                .to_owned(),
        );
        step.commands = kept;
        if loses_namespace {
            step.commands.push(command("{} delete namespace {}", &[&cx.first, &own]));
        }
        steps.push(step);
    }
    steps
}

/// A command of kubectl for the cluster of the first stage.
fn in_context(cx: &Cx<'_>, command: &Command) -> Command {
    command.with_program("kubectl", &cx.first)
}

/// Deletes the pods that moved data, with their policies.
fn movers(cx: &Cx<'_>) -> Vec<Command> {
    let mut commands = Vec::new();
    let made = cx.stores.iter().flat_map(|store| match store.data.what {
        Kept::Database => database::movers(cx, store),
        Kept::Files => files::movers(cx, store),
        _ => Vec::new(),
    });
    for mover in made {
        let kubectl = cx.kubectl(mover.stage);
        let name = &mover.name;
        commands.push(command(
            "{} delete pod/{} networkpolicy.networking.k8s.io/{} --ignore-not-found",
            &[kubectl, name, name],
        ));
    }
    commands
}

/// What kubectl calls the workload of a component, if it has one of a kind that runs on.
fn workload(stage: &Bundle, part: &Part) -> Option<Command> {
    let objects = stage.objects.iter().filter(|object| {
        object.component.as_ref().is_some_and(|name| name.value == part.name.value)
    });
    let mut running = objects
        .filter(|object| matches!(object.body.kind(), "Deployment" | "StatefulSet" | "DaemonSet"));
    running
        .next()
        .map(|object| command("{}/{}", &[&object.body.kind().to_lowercase(), &object.body.name()]))
}
