//! One file a command, and what they have in common.

mod check;
mod cluster;
mod columns;
mod diff;
mod env;
mod explain;
mod monitoring;
mod page;
mod render;
mod restore;
mod secrets;
mod set;
mod stages;
mod why;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use clap::CommandFactory;
use seaway_core::shell;
use seaway_core::{Allowance, Code, Diagnostic, Severity, Sink, Span, suggest};
use seaway_render::revision::{self, Finding, Rendered};
use seaway_render::{Bundle, Earlier, Revision, emit};

use crate::args::{Args, Color, Command, MessageFormat, Messages};
use crate::files::{self, Input, Over, reason};
use crate::messages::{Message, OUTPUT, Report, Terminal, USAGE, shown};
use crate::status::Status;
use crate::{out, panics};

/// Does what the command line asks for.
pub(crate) fn run(args: &Args) -> Status {
    let messages = match &args.command {
        Command::Render(args) => args.messages,
        Command::Check(args) => args.messages,
        Command::Stages(args) => args.messages,
        Command::Cluster(args) => args.messages,
        Command::Monitoring(args) => args.messages,
        Command::Secrets(args) => args.messages,
        Command::Env(args) => args.messages,
        Command::Restore(args) => args.messages,
        Command::Set(args) => args.messages,
        Command::Why(args) => args.messages,
        Command::Diff(args) => args.messages,
        Command::Explain { .. } | Command::Schema { .. } | Command::Completions { .. } => {
            Messages { message_format: MessageFormat::Human, color: Color::Auto }
        }
    };
    panics::install(messages.message_format);
    let terminal = Terminal::new(messages);
    match &args.command {
        Command::Render(args) => render::run(args, terminal),
        Command::Check(args) => check::run(args, terminal),
        Command::Stages(args) => match args.diff.as_deref() {
            Some([from, to]) => stages::diff::run(args, [from, to], terminal),
            _ => stages::run(args, terminal),
        },
        Command::Cluster(args) => cluster::run(args, terminal),
        Command::Monitoring(args) => monitoring::run(args, terminal),
        Command::Secrets(args) => secrets::run(args, terminal),
        Command::Env(args) => env::run(args, terminal),
        Command::Restore(args) => restore::run(args, terminal),
        Command::Set(args) => set::run(args, terminal),
        Command::Why(args) => why::run(args, terminal),
        Command::Diff(args) => diff::run(args, terminal),
        Command::Explain { code } => explain::run(code.as_deref(), terminal),
        Command::Schema { stack } => schema(stack.as_deref(), terminal),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Args::command(), "seaway", &mut script);
            print(&String::from_utf8_lossy(&script), terminal)
        }
    }
}

/// The stack that the command line names; without one, its user has been told.
fn schema(stack: Option<&Path>, terminal: Terminal) -> Status {
    let Some(stack) = stack else { return print(&seaway_core::schema::schema(), terminal) };
    let input = match read(&crate::args::Stack::plain(stack.to_owned()), terminal) {
        Ok(input) => input,
        Err(status) => return status,
    };
    if input.stack.is_broken() {
        return show_broken(input, terminal);
    }
    print(
        &seaway_core::schema::schema_of(seaway_core::resolve::own_types(&input.stack.document)),
        terminal,
    )
}

fn read(args: &crate::args::Stack, terminal: Terminal) -> Result<Input, Status> {
    read_file(&args.path, over(&args.over, terminal)?, terminal)
}

fn read_file(path: &Path, over: Over<'_>, terminal: Terminal) -> Result<Input, Status> {
    files::read(path, over).map_err(|report| {
        terminal.show(&report, None);
        Status::Failed
    })
}

/// What the command line puts over each stage.
fn over(args: &crate::args::Over, terminal: Terminal) -> Result<Over<'_>, Status> {
    let twice = args.overlays.iter().enumerate().find(|(at, overlay)| {
        args.overlays[..*at].iter().any(|before| files::is_same(before, overlay))
    });
    if let Some((_, overlay)) = twice {
        let text = format!("the overlay `{}` is given twice", overlay.display());
        let message = Message::error(USAGE, text).help("give it once: the last overlay wins");
        terminal.show(&message.into(), None);
        return Err(Status::Usage);
    }
    Ok(Over { overlays: &args.overlays, settings: &args.settings })
}

/// What became of a stage.
struct Compiled<T> {
    /// What was made of it; nothing if there is one error.
    output: Option<T>,
    /// What was reported about it.
    messages: Vec<Message>,
    /// What it allows.
    allowances: Vec<Allowance>,
}

/// Compiles a stage, compares it with earlier output, and prints it with `emit`.
fn compile<T>(
    input: &Input,
    stage: &str,
    earlier: Option<&Earlier>,
    emit: impl FnOnce(&Bundle) -> Result<T, emit::Error>,
) -> Compiled<T> {
    let mut follows: Vec<Finding> = Vec::new();
    let mut sink = input.stack.sink();
    let bundle =
        seaway_render::compile_document(&input.source, &input.stack.document, stage, &mut sink);
    let emitted = bundle.ok().and_then(|bundle| {
        if let Some(earlier) = earlier {
            seaway_render::compare(&input.stack.document, &bundle, earlier, &mut sink);
            let allowances = sink.allowances();
            let (source, document) = (&*input.source, &input.stack.document);
            let new = revision::Compiled { source, document, bundle: &bundle, allowances };
            let old = Rendered::new(earlier);
            let (old, new) = (Revision::Rendered(&old), Revision::Compiled(new));
            // What the output of another stack has beside is not this one's to delete.
            if old.another(&new).is_none() || allows(allowances, Code::OtherOutput) {
                follows = revision::notes(stage, old, new);
            }
        }
        let error = match emit(&bundle) {
            Ok(emitted) => return Some(emitted),
            Err(error) => error,
        };
        let message = format!("an object has no form in Kubernetes YAML: {error}");
        sink.report(Diagnostic::error(Code::InvalidObject, message));
        None
    });
    let output = emitted.filter(|_| sink.errors() == 0);
    let allowances = sink.allowances().to_vec();
    let mut messages = messages(input, stage, sink);
    let of_stage = |finding| Message { stages: vec![stage.to_owned()], ..Message::from(finding) };
    messages.extend(follows.into_iter().map(of_stage));
    Compiled { output, messages, allowances }
}

/// Whether a stage allows what a code stands for.
fn allows(allowances: &[Allowance], code: Code) -> bool {
    let whole = |allowance: &&Allowance| allowance.within.is_none() && allowance.subject.is_none();
    allowances.iter().filter(whole).any(|allowance| allowance.code == code)
}

/// What was reported about a stage.
fn messages(input: &Input, stage: &str, sink: Sink) -> Vec<Message> {
    let of_stage =
        |diagnostic| Message { stages: vec![stage.to_owned()], ..Message::from(diagnostic) };
    input.stack.explain(sink.finish()).into_iter().map(of_stage).collect()
}

/// Adds the messages of one more stage; what was said before is said of this stage, too.
fn merge(all: &mut Vec<Message>, of_stage: Vec<Message>) {
    // Only those of one place can be the same: a broken stack has thousands of messages in each stage.
    let mut seen: BTreeMap<Option<Span>, Vec<usize>> = BTreeMap::new();
    for (at, message) in all.iter().enumerate() {
        seen.entry(message.place()).or_default().push(at);
    }
    for message in of_stage {
        let here = seen.entry(message.place()).or_default();
        let same = |at: &&usize| all.get(**at).is_some_and(|seen| seen.says_the_same(&message));
        if let Some(seen) = here.iter().find(same).and_then(|at| all.get_mut(*at)) {
            seen.stages.extend(message.stages);
        } else {
            here.push(all.len());
            all.push(message);
        }
    }
}

/// Shows what is wrong with the text of the stack, where nothing else can be said about it.
fn show_broken(input: Input, terminal: Terminal) -> Status {
    let messages = input.stack.parsed.into_iter().map(Message::from).collect();
    let report = Report { source: input.source, messages, stages: 0 };
    let summary = format!("could not read the stack: {}", report.counts());
    terminal.show(&report, Some((Severity::Error, &summary)));
    Status::Failed
}

/// A usage error that knows more than clap: it names the stages.
///
/// `command` is what was called.
fn without_stage(input: Input, command: &shell::Command, terminal: Terminal) -> Status {
    if input.stack.is_broken() {
        return show_broken(input, terminal);
    }
    let stages = input.stack.stages();
    let message = Message::error(USAGE, "which stage? `--stage` is missing");
    let message = match stages.first() {
        None => message.help("the stack has no stages: add `[stages.local]`"),
        Some(first) => message
            .note(format!(
                "the stages of {} are {}",
                input.source.stack.name,
                suggest::quoted_list(&stages)
            ))
            .help(format!("for example `{}`", shell::command("{} --stage {}", &[command, first]))),
    };
    terminal.show(&Report::from(message), None);
    Status::Usage
}

/// A command of the program on a stack.
fn on_stack(command: &'static str, stack: &crate::args::Stack) -> shell::Command {
    shell::command("seaway {} {}", &[&command, &stack.words()])
}

/// Prints to standard output, and tells if that fails.
fn print(text: &str, terminal: Terminal) -> Status {
    let (status, message) = written(text, terminal);
    if let Some(message) = message {
        terminal.show(&Report::from(message), None);
    }
    status
}

/// Prints a text that people read to standard output, without characters that a terminal obeys.
fn written(text: &str, terminal: Terminal) -> (Status, Option<Message>) {
    written_as_it_is(&shown(text, terminal.has_colored_output()))
}

/// Prints a text that programs read to standard output.
fn written_as_it_is(text: &str) -> (Status, Option<Message>) {
    match out::print(text) {
        Ok(()) => (Status::Done, None),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => (Status::BrokenPipe, None),
        Err(error) => {
            let text = format!("can not write to standard output: {}", reason(&error));
            (Status::Failed, Some(Message::error(OUTPUT, text)))
        }
    }
}
