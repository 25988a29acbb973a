//! `seaway render --out`: all stages of all stacks, a folder each, and whether folders are what would be rendered.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use seaway_core::shell::{self, Command};
use seaway_core::{Severity, suggest};

use super::layout::{self, Form};
use super::{Output, Rendered};
use crate::args;
use crate::commands;
use crate::earlier::{self, ByStage, Wanted};
use crate::files::{self, Input, Over};
use crate::messages::{self, Message, OUTPUT, Report, Terminal, plural};
use crate::out::{self, Deviation, Folder};
use crate::parallel;
use crate::status::Status;

/// A stack, and the stages that are rendered.
struct Stack {
    input: Input,
    stages: Vec<String>,
}

/// What was made of all stacks.
struct Made {
    folders: Vec<Folder>,
    /// A report a stack.
    reports: Vec<Report>,
    /// How many stages have errors.
    failed: usize,
    stages: usize,
}

/// Writes each stage of each stack into `out/<name>/<stage>`, or nothing if there is one error.
pub(super) fn run(
    args: &args::Render,
    form: &Form,
    files: &[PathBuf],
    over: Over<'_>,
    out: &Path,
    terminal: Terminal,
) -> Status {
    let fail = |report: &Report| {
        terminal.show(report, None);
        Status::Failed
    };
    let stacks = match read(args, files, over) {
        Ok(stacks) => stacks,
        Err(reports) => {
            terminal.show_all(&reports, None);
            return Status::Failed;
        }
    };
    if let Err(report) = one_folder_each(&stacks, out) {
        return fail(&report);
    }
    let wanted: Vec<Wanted<'_>> = stacks
        .iter()
        .map(|stack| Wanted { stack: stack.input.stack.name(), stages: &stack.stages })
        .collect();
    let against = args.strictness.against.as_deref();
    let earlier = match against.map(|path| earlier::read(path, &wanted)).transpose() {
        Ok(earlier) => earlier.unwrap_or_default(),
        Err(report) => return fail(&report),
    };
    // Of stages that are named, nobody knows which others the stack still has.
    let names: Vec<(String, Vec<String>)> = stacks
        .iter()
        .filter(|_| args.stage.is_none())
        .filter_map(|stack| Some((stack.input.stack.name()?.to_owned(), stack.stages.clone())))
        .collect();
    let made = make(args, form, stacks, &earlier, out);
    let denied = messages::denied(&made.reports, &args.strictness);
    if made.failed > 0 || denied.is_some() {
        let counts = messages::counts(&made.reports);
        let summary = if made.failed > 0 {
            format!("could not render {} of {} stages: {counts}", made.failed, made.stages)
        } else {
            format!("could not render: {}", denied.unwrap_or(counts))
        };
        terminal.show_all(&made.reports, Some((Severity::Error, &summary)));
        return Status::Failed;
    }
    let stale: Vec<PathBuf> = names
        .iter()
        .flat_map(|(name, stages)| {
            let stages: Vec<&str> = stages.iter().map(String::as_str).collect();
            out::stale(&out.join(name), &stages)
        })
        .collect();
    if args.verify {
        return verify(args, &made.folders, &stale, made.reports, terminal);
    }
    let mut written = write(&made.folders, out);
    if written.status == Status::Done {
        written.remove(&stale);
    }
    let mut reports = made.reports;
    reports.push(Report { messages: written.messages, ..Report::default() });
    terminal.show_all(&reports, None);
    for said in &written.said {
        terminal.say(said);
    }
    written.status
}

/// The stacks with their stages; what is wrong with those that can not be read.
fn read(args: &args::Render, files: &[PathBuf], over: Over<'_>) -> Result<Vec<Stack>, Vec<Report>> {
    let (mut stacks, mut faults) = (Vec::new(), Vec::new());
    for input in parallel::map(files, |file| files::read(file, over)) {
        match input {
            Ok(input) => {
                let stages =
                    args.stage.clone().map_or_else(|| input.stack.stages(), |stage| vec![stage]);
                if stages.is_empty() {
                    faults.push(commands::check::no_stages(input));
                } else {
                    stacks.push(Stack { input, stages });
                }
            }
            Err(report) => faults.push(report),
        }
    }
    if faults.is_empty() { Ok(stacks) } else { Err(faults) }
}

/// Two stacks of one name would be one folder, and a folder of files is none that others go into.
fn one_folder_each(stacks: &[Stack], out: &Path) -> Result<(), Report> {
    let mut files: BTreeMap<&str, &str> = BTreeMap::new();
    out::refuse_written(out)?;
    for stack in stacks {
        let Some(name) = stack.input.stack.name() else { continue };
        let file = &*stack.input.source.stack.name;
        if let Some(first) = files.insert(name, file) {
            let text = format!("two stacks are called `{name}`: `{first}` and `{file}`");
            let message = Message::error(OUTPUT, text)
                .note(format!("both would be written into `{}`", out.join(name).display()))
                .help("give one of them another `name`, or render them into different folders");
            return Err(message.into());
        }
        out::refuse_written(&out.join(name))?;
    }
    Ok(())
}

/// Compiles all stages, several at once.
fn make(
    args: &args::Render,
    form: &Form,
    stacks: Vec<Stack>,
    earlier: &[ByStage],
    out: &Path,
) -> Made {
    let mut jobs = Vec::new();
    for (at, stack) in stacks.iter().enumerate() {
        jobs.extend(stack.stages.iter().map(|stage| (at, stage.as_str())));
    }
    let compiled = parallel::map(&jobs, |(at, stage)| {
        let earlier = earlier.get(*at).and_then(|earlier| earlier.get(*stage));
        let input = &stacks[*at].input;
        let emit = |bundle: &seaway_render::Bundle| {
            let form = form.below(&bundle.stack.name.value, stage);
            super::emit(bundle, args.format.into(), &form)
        };
        let compiled = commands::compile(input, stage, earlier, emit);
        // Its hashes are taken here, where several are at once.
        (compiled.output.map(|output: Output| output.of(input, stage)), compiled.messages)
    });
    let stages = jobs.len();
    let (mut folders, mut failed) = (Vec::new(), 0);
    let mut said: Vec<Vec<Message>> = stacks.iter().map(|_| Vec::new()).collect();
    for ((at, stage), (output, of_stage)) in jobs.iter().zip(compiled) {
        match output {
            Some(Rendered::Files { files, data, marker, related }) => {
                let stack = marker.stack.clone().unwrap_or_default();
                folders.push(Folder {
                    path: out.join(stack).join(stage),
                    files,
                    data,
                    marker,
                    related,
                });
            }
            Some(Rendered::Stream(_)) => {}
            None => failed += 1,
        }
        commands::merge(&mut said[*at], of_stage);
    }
    let reports = stacks.into_iter().zip(said).map(|(stack, messages)| Report {
        source: stack.input.source,
        messages,
        stages: stack.stages.len(),
    });
    let mut reports: Vec<Report> = reports.collect();
    if reports.len() > 1 {
        messages::put_together(&mut reports);
    }
    Made { folders, reports, failed, stages }
}

/// How writing went.
pub(super) struct Written {
    pub(super) status: Status,
    /// What went wrong.
    pub(super) messages: Vec<Message>,
    /// What a person wants to know.
    pub(super) said: Vec<String>,
}

impl Default for Written {
    fn default() -> Self {
        Self { status: Status::Done, messages: Vec::new(), said: Vec::new() }
    }
}

impl Written {
    /// Removes the folders of stages that are gone.
    fn remove(&mut self, stale: &[PathBuf]) {
        for folder in stale {
            match out::remove(folder) {
                Ok(None) => {
                    let folder = folder.display();
                    self.said.push(format!("removed {folder}, a stage that the stack has no more"));
                }
                Ok(Some(message)) => self.messages.push(message),
                Err(report) => self.messages.extend(report.messages),
            }
        }
    }
}

/// Makes the folders hold what was rendered.
pub(super) fn write(folders: &[Folder], out: &Path) -> Written {
    match out::write(folders, out) {
        Ok(messages) => {
            let said = folders.iter().flat_map(|folder| {
                let files = plural(folder.files.len(), "file");
                let wrote = format!("wrote {files} to {}", folder.path.display());
                std::iter::once(wrote).chain(holding_data(folder))
            });
            Written { status: Status::Done, messages, said: said.collect() }
        }
        Err(report) => {
            Written { status: Status::Failed, messages: report.messages, said: Vec::new() }
        }
    }
}

/// The files that must not be deleted with the others.
fn holding_data(folder: &Folder) -> Option<String> {
    /// Most names: a stage has few volumes.
    const MOST: usize = 6;
    let some = &folder.data[..folder.data.len().min(MOST)];
    let more = folder.data.len() - some.len();
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    let names = some.join(", ");
    (!some.is_empty()).then(|| format!("  `kubectl delete` deletes data with {names}{more}"))
}

/// Fails where a folder is not what would be rendered. Nothing is written.
pub(super) fn verify(
    args: &args::Render,
    folders: &[Folder],
    stale: &[PathBuf],
    mut reports: Vec<Report>,
    terminal: Terminal,
) -> Status {
    let mut found = Vec::new();
    for folder in folders {
        match Deviation::of(folder) {
            Ok(deviation) if deviation.is_none() => {}
            Ok(deviation) => found.push(deviating(&folder.path, &deviation)),
            Err(report) => found.extend(report.messages),
        }
    }
    found.extend(stale.iter().map(|folder| {
        let text = format!("`{}` is of a stage that the stack has no more", folder.display());
        Message::error(OUTPUT, text)
    }));
    let failed = found.len();
    for message in &mut found {
        message.help = Some(format!("write it anew: `{}`", command(args)));
    }
    reports.push(Report { messages: found, ..Report::default() });
    if failed == 0 {
        terminal.show_all(&reports, None);
        let files: usize = folders.iter().map(|folder| folder.files.len()).sum();
        let (folders, files) = (plural(folders.len(), "folder"), plural(files, "file"));
        terminal.say(&format!("ok: {folders}, {files} as they would be rendered"));
        return Status::Done;
    }
    let wrong = plural(failed, "folder");
    let summary = format!("{wrong} not as rendered: {}", messages::counts(&reports));
    terminal.show_all(&reports, Some((Severity::Error, &summary)));
    Status::Failed
}

/// The files of a folder that are not as they would be rendered.
fn deviating(folder: &Path, deviation: &Deviation) -> Message {
    /// Most names of a kind: a folder that was never rendered misses hundreds.
    const MOST: usize = 20;
    let text = format!("`{}` is not what would be rendered", folder.display());
    let mut message = Message::error(OUTPUT, text);
    let Deviation { missing, extra, different } = deviation;
    for (what, names) in [("missing", missing), ("extra", extra), ("different", different)] {
        let some = &names[..names.len().min(MOST)];
        let more = names.len() - some.len();
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        if !names.is_empty() {
            message = message.note(format!("{what}: {}{more}", suggest::quoted_list(some)));
        }
    }
    message
}

/// The command that renders the folders anew.
fn command(args: &args::Render) -> Command {
    let out = args.out.as_ref().map(|out| out.display().to_string());
    let flags = [
        ("--stage {}", args.stage.as_deref()),
        ("--out {}", out.as_deref()),
        ("--format {}", args.format.flag()),
    ];
    let flags = flags.into_iter().filter_map(|(flag, word)| Some(shell::command(flag, &[&word?])));
    let render = shell::command("seaway render {}", &[&args.stacks.words()]);
    let layout = layout::words(args).into_iter();
    shell::joined([render].into_iter().chain(flags).chain(layout))
}
