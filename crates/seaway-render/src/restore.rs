//! How a dump of a `backup` comes back: the Job that loads it, and the commands before and after it.
//!
//! The Job is made of the `CronJob` as it is printed, so it has all that the passes and the user's patches gave its pods: account,
//! network policies, security context, Secrets and volumes. It runs other scripts of the same config, `restore.sh` and `list.sh`.

mod job;
mod users;

use seaway_core::options::Backup;
use seaway_core::shell::{self, Command, command};
use seaway_core::stack::Part;
use seaway_core::{Code, Diagnostic, Reported, Sink, suggest};

use crate::diff::Step;
use crate::emit::{self, Format};
use crate::object::instance;
use crate::{Bundle, Object};
use users::Users;

/// What is to be restored.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The component that made the dump; the only `backup` of the stage if it is not said.
    pub component: Option<&'a str>,
    /// The file or the object of the bucket with the dump; the newest one if it is not said.
    pub dump: Option<&'a str>,
    /// The arguments that name the stack, as words of a shell.
    pub stack: &'a Command,
}

/// How a dump comes back.
#[derive(Debug, Clone, PartialEq)]
pub struct Restore {
    /// The component that makes the dumps.
    pub backup: String,
    /// The component of the database.
    pub database: String,
    /// The Job that loads a dump, as YAML.
    pub job: String,
    /// The Job that lists the dumps, as YAML.
    pub list: String,
    /// How to list the dumps; one of the steps, too.
    pub listing: Step,
    /// What to do, in the order in which it is safe.
    pub steps: Vec<Step>,
}

/// How a dump of a stage comes back.
pub fn of(bundle: &Bundle, wanted: &Wanted<'_>, sink: &mut Sink) -> Result<Restore, Reported> {
    let (part, backup) = chosen(bundle, wanted, sink)?;
    let made = job::jobs(bundle, part, wanted.dump);
    let Some((job, list)) = made else { return Err(sink.error(changed(part))) };
    let cx = Cx {
        bundle,
        part,
        database: &backup.of.value,
        stack: wanted.stack,
        kubectl: command("kubectl -n {}", &[&bundle.stack.namespace.value]),
        users: Users::of(bundle, &backup.of.value),
    };
    let listing = cx.list(&list);
    let manifest = yaml(&job, sink)?;
    let mut steps = vec![cx.stop(), listing.clone()];
    steps.push(cx.load(&job, &manifest, wanted.dump, backup.deadline_seconds.value));
    steps.extend(cx.migrate());
    steps.push(cx.start());
    let (backup, database) = (part.name.to_string(), backup.of.value.to_string());
    let list = yaml(&list, sink)?;
    Ok(Restore { backup, database, job: manifest, list, listing, steps })
}

fn yaml(job: &Object, sink: &mut Sink) -> Result<String, Reported> {
    let mut text = String::new();
    emit::document(job, Format::Yaml, &mut text).map(|()| text).map_err(|error| {
        let message = format!("the Job has no form in Kubernetes YAML: {error}");
        sink.error(Diagnostic::error(Code::InvalidObject, message))
    })
}

/// The backup that is meant.
fn chosen<'a>(
    bundle: &'a Bundle,
    wanted: &Wanted<'_>,
    sink: &mut Sink,
) -> Result<(&'a Part, &'a Backup), Reported> {
    let stack = &bundle.stack;
    let all: Vec<(&Part, &Backup)> = stack
        .parts
        .values()
        .filter_map(|part| Some((part, part.component.options::<Backup>()?)))
        .collect();
    let names: Vec<&str> = all.iter().map(|(part, _)| &*part.name.value as &str).collect();
    let stage = stack.stage.origin;
    if all.is_empty() {
        return Err(sink.error(
            Diagnostic::error(Code::MissingField, "the stage has no backup to restore")
                .origin(stage, "has no component of type `backup`")
                .help("`seaway explain no-backup` shows how to add one"),
        ));
    }
    if let Some(name) = wanted.component {
        let found = all.iter().find(|(part, _)| &*part.name.value == name);
        return found.copied().ok_or_else(|| {
            let what = match stack.part(name) {
                Some(part) => format!("`{name}` is a `{}`, not a `backup`", part.facts.type_name),
                None => format!("unknown component `{name}`"),
            };
            sink.error(
                Diagnostic::error(Code::UnknownComponent, what)
                    .origin(stage, "not a backup of this stage")
                    .help_maybe(suggest::nearest_or_all(name, names.iter().copied())),
            )
        });
    }
    match all.as_slice() {
        [one] => Ok(*one),
        several => {
            let which = format!("which backup? The stage has {}", suggest::quoted_list(&names));
            let first = several.first().map_or("", |(part, _)| &*part.name.value);
            let mut diagnostic = Diagnostic::error(Code::MissingField, which)
                .origin(stage, "")
                .help(format!("name one, for example `--component {first}`"));
            for (part, backup) in several {
                let of = format!("dumps `{}`", backup.of.value);
                diagnostic = diagnostic.origin(part.name.origin, of);
            }
            Err(sink.error(diagnostic))
        }
    }
}

/// A patch gave the pods other programs.
fn changed(part: &Part) -> Diagnostic {
    let message = format!("the pods of `{}` do not run the scripts of a backup", part.name);
    Diagnostic::error(Code::Conflict, message)
        .origin(part.name.origin, "its `CronJob` has another command")
        .help("remove the patch of `command`, or restore with the program that made the dumps")
}

/// What the steps are made of.
struct Cx<'a> {
    bundle: &'a Bundle,
    part: &'a Part,
    database: &'a str,
    stack: &'a Command,
    /// kubectl in the namespace of the stage.
    kubectl: Command,
    users: Users<'a>,
}

impl Cx<'_> {
    fn stop(&self) -> Step {
        let mut notes = vec![format!(
            "a dump replaces all rows of `{}`; the rows that were written since it was made are lost",
            self.database
        )];
        notes.push(
            "with Argo CD or Flux, stop the synchronization first: it would start the pods again"
                .to_owned(),
        );
        let title = format!("stop what reads or writes `{}`", self.database);
        Step { title, notes, commands: self.users.stop(&self.kubectl) }
    }

    fn list(&self, list: &Object) -> Step {
        let print = command(
            "seaway restore {} --stage {} --component {}",
            &[self.stack, &self.bundle.stack.stage.value, &self.part.name],
        );
        let mut commands = vec![command("{} --list --format yaml | kubectl apply -f -", &[&print])];
        commands.extend(self.followed(list, "5m"));
        commands.push(command("{} delete job.batch/{}", &[&self.kubectl, &list.body.name()]));
        Step {
            title: format!("list the dumps of `{}`", self.part.name),
            notes: Vec::new(),
            commands,
        }
    }

    fn load(&self, job: &Object, manifest: &str, dump: Option<&str>, deadline: u32) -> Step {
        let (title, notes) = match dump {
            Some(dump) => (format!("load `{dump}`"), Vec::new()),
            None => (
                "load the newest dump".to_owned(),
                vec!["to load another one, print these steps again with `--dump FILE`".to_owned()],
            ),
        };
        let name = job.body.name();
        let mut commands = vec![
            // A Job never runs twice.
            command("{} delete job.batch/{} --ignore-not-found", &[&self.kubectl, &name]),
            shell::reading(&command("kubectl apply -f -", &[]), "YAML", manifest),
        ];
        commands.extend(self.followed(job, &format!("{deadline}s")));
        // The condition is there by now; the exit code says which.
        commands.push(command(
            "{} wait --for=condition=complete job.batch/{} --timeout=1m",
            &[&self.kubectl, &name],
        ));
        Step { title, notes, commands }
    }

    /// Waits until a Job has ended, well or not, and shows what it printed.
    fn followed(&self, job: &Object, limit: &str) -> [Command; 2] {
        let name = job.body.name();
        [
            command(
                "{} wait --for=jsonpath='{.status.conditions}' job.batch/{} --timeout={}",
                &[&self.kubectl, &name, &limit],
            ),
            command("{} logs job.batch/{} --all-containers", &[&self.kubectl, &name]),
        ]
    }

    /// The tables of a dump are those of the release that ran when it was made, and pods wait for those of their own.
    fn migrate(&self) -> Option<Step> {
        let jobs = self.users.migrations();
        if jobs.is_empty() {
            return None;
        }
        let mut commands = Vec::new();
        for job in jobs {
            // It is selected by the label that all objects of its component have.
            let selector =
                format!("{}={}", crate::names::INSTANCE, instance(job).unwrap_or_default());
            commands.push(command(
                "seaway render {} --stage {} | kubectl apply --selector={} -f -",
                &[self.stack, &self.bundle.stack.stage.value, &selector],
            ));
            commands.push(command(
                "{} wait --for=condition=complete job.batch/{} --timeout=30m",
                &[&self.kubectl, &job.body.name()],
            ));
        }
        let notes = vec!["the dump may be older than the last migration".to_owned()];
        Some(Step { title: "migrate the tables of the dump".to_owned(), notes, commands })
    }

    fn start(&self) -> Step {
        let mut notes = Vec::new();
        if self.users.has_autoscaler() {
            notes.push(
                "an autoscaler does not scale up from zero: it takes over once there are pods"
                    .to_owned(),
            );
        }
        Step {
            title: "start again what was stopped".to_owned(),
            notes,
            commands: self.users.start(&self.kubectl),
        }
    }
}
