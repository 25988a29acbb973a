//! `seaway render`: a stage as a stream or as a folder of files, or all stages of all stacks as folders.

mod folders;
mod layout;

use std::{mem, slice};

use seaway_core::Severity;
use seaway_core::shell::{Command, command};
use seaway_render::layout::OBJECTS;
use seaway_render::{Bundle, emit};

use crate::args::{self, Format};
use crate::earlier::{self, ByStage, Wanted};
use crate::files::{self, Input};
use crate::marker::Marker;
use crate::messages::{Message, Report, Terminal, USAGE, denied};
use crate::out::Folder;
use crate::status::Status;

use layout::Form;

/// Renders a stage, or all. Nothing is written if there is one error.
pub(super) fn run(args: &args::Render, terminal: Terminal) -> Status {
    let form = match Form::of(args) {
        Ok(form) => form,
        Err(report) => {
            terminal.show(&report, None);
            return Status::Usage;
        }
    };
    let over = match super::over(&args.stacks.over, terminal) {
        Ok(over) => over,
        Err(status) => return status,
    };
    if let ([path], Some(stage)) = (&args.stacks.paths[..], &args.stage) {
        return match super::read_file(path, over, terminal) {
            Ok(input) => one(args, input, stage, &form, terminal),
            Err(status) => status,
        };
    }
    let found = match files::find(&args.stacks.paths) {
        Ok(found) => found,
        Err(report) => {
            terminal.show(&report, None);
            return Status::Failed;
        }
    };
    match (&args.out, &found[..]) {
        (Some(out), _) => folders::run(args, &form, &found, over, out, terminal),
        (None, [file]) if args.stage.is_none() => match super::read_file(file, over, terminal) {
            Ok(input) => {
                let command = command("seaway render {}", &[&args.stacks.words()]);
                super::without_stage(input, &command, terminal)
            }
            Err(status) => status,
        },
        (None, _) => without_out(args, found.len(), terminal),
    }
}

/// Several stacks are no stream that can be applied.
fn without_out(args: &args::Render, stacks: usize, terminal: Terminal) -> Status {
    let message = Message::error(USAGE, "where to? `--out` is missing");
    let message = message
        .note(format!("{stacks} stacks are no stream of objects for one cluster"))
        .help(format!(
            "write a folder for each: `{}`",
            command("seaway render {} --out rendered", &[&args.stacks.words()])
        ));
    terminal.show(&Report::from(message), None);
    Status::Usage
}

/// Renders one stage of one stack.
fn one(
    args: &args::Render,
    input: Input,
    stage: &String,
    form: &Form,
    terminal: Terminal,
) -> Status {
    let mut forwards = Vec::new();
    let emit = |bundle: &Bundle| {
        forwards = bundle.forwards();
        emit(bundle, args.format.into(), form)
    };
    let earlier = match earlier_of(args, &input, stage) {
        Ok(earlier) => earlier,
        Err(report) => {
            terminal.show(&report, None);
            return Status::Failed;
        }
    };
    let compiled = super::compile(&input, stage, earlier.get(stage), emit);
    let rendered = compiled.output.map(|output| output.of(&input, stage));
    // As the bundle: the end of the process gives it back at once.
    mem::forget(input.stack.document);
    let mut report = Report { source: input.source, messages: compiled.messages, stages: 1 };
    let denied = denied(slice::from_ref(&report), &args.strictness);
    let Some(output) = rendered.filter(|_| denied.is_none()) else {
        let why = denied.filter(|_| report.count(Severity::Error) == 0);
        let why = why.unwrap_or_else(|| report.counts());
        let summary = format!("could not render stage `{stage}`: {why}");
        terminal.show(&report, Some((Severity::Error, &summary)));
        return Status::Failed;
    };
    let written = match (output, &args.out) {
        (Rendered::Files { files, data, marker, related }, Some(out)) => {
            let folder = Folder { path: out.clone(), files, data, marker, related };
            if args.verify {
                return folders::verify(args, &[folder], &[], vec![report], terminal);
            }
            folders::write(&[folder], out)
        }
        (Rendered::Files { .. }, None) => folders::Written::default(),
        (Rendered::Stream(text), _) => {
            let (status, message) = super::written_as_it_is(&text);
            folders::Written { status, messages: message.into_iter().collect(), said: Vec::new() }
        }
    };
    report.messages.extend(written.messages);
    terminal.show(&report, None);
    for said in &written.said {
        terminal.say(said);
    }
    if !written.said.is_empty() {
        say_forwards(&forwards, terminal);
    }
    written.status
}

/// The earlier output of the stage, if it is compared.
fn earlier_of(args: &args::Render, input: &Input, stage: &String) -> Result<ByStage, Report> {
    let Some(path) = args.strictness.against.as_deref() else { return Ok(ByStage::new()) };
    let wanted = Wanted { stack: input.stack.name(), stages: slice::from_ref(stage) };
    let all = earlier::read(path, slice::from_ref(&wanted))?;
    Ok(all.into_iter().next().unwrap_or_default())
}

/// Says how to look at what watches the stage.
fn say_forwards(forwards: &[Command], terminal: Terminal) {
    if !forwards.is_empty() {
        terminal.say("note: what watches the stage is reached through:");
    }
    for command in forwards {
        terminal.say(&format!("  {command}"));
    }
}

/// A stage as it is printed.
enum Output {
    Stream(String),
    Files {
        /// The name of the stack.
        stack: String,
        files: Vec<(String, String)>,
        /// The names of those that hold data.
        data: Vec<String>,
    },
}

/// The same with what its folder says of itself.
enum Rendered {
    Stream(String),
    Files { files: Vec<(String, String)>, data: Vec<String>, marker: Marker, related: Vec<String> },
}

impl Output {
    fn of(self, input: &Input, stage: &str) -> Rendered {
        match self {
            Self::Stream(text) => Rendered::Stream(text),
            Self::Files { stack, files, data } => {
                let marker = Marker::of(input, &stack, stage, &files);
                let document = &input.stack.document;
                let stages = document.stages().into_iter().map(|other| other.value);
                let related = stages.filter(|other| document.are_related(stage, other)).collect();
                Rendered::Files { files, data, marker, related }
            }
        }
    }
}

fn emit(
    bundle: &Bundle,
    format: seaway_render::Format,
    form: &Form,
) -> Result<Output, emit::Error> {
    let mut data = bundle.data_files(format);
    if let Form::Layout(..) = form {
        data = data.iter().map(|name| format!("{OBJECTS}/{name}")).collect();
    }
    let files = match form {
        Form::Stream => return Ok(Output::Stream(bundle.emit(format)?)),
        Form::Files => bundle.files(format)?,
        Form::Layout(tool, place) => seaway_render::layout::files(bundle, *tool, place, format)?,
    };
    Ok(Output::Files { stack: bundle.stack.name.to_string(), files, data })
}

impl From<Format> for seaway_render::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Yaml => Self::Yaml,
            Format::Json => Self::Json,
            Format::Kyaml => Self::Kyaml,
        }
    }
}
