//! `seaway render`: a stage as a stream, or as a folder of files.

use std::path::Path;
use std::{mem, slice};

use seaway_core::Severity;
use seaway_render::{Bundle, emit};

use crate::args::{self, Format};
use crate::earlier;
use crate::messages::{Message, Report, Terminal, plural};
use crate::out;
use crate::status::Status;

/// Renders a stage. Nothing is written if there is one error.
pub(super) fn run(args: &args::Render, terminal: Terminal) -> Status {
    let input = match super::read(&args.stack, terminal) {
        Ok(input) => input,
        Err(status) => return status,
    };
    let Some(stage) = &args.stage else {
        return super::without_stage(input, &super::on_stack("render", &args.stack), terminal);
    };
    let mut forwards = Vec::new();
    let emit = |bundle: &Bundle| {
        forwards = bundle.forwards();
        emit(bundle, args.format.into(), args.out.is_some())
    };
    let earlier = args.strictness.against.as_deref();
    let earlier = match earlier.map(|path| earlier::read(path, slice::from_ref(stage))).transpose()
    {
        Ok(earlier) => earlier.unwrap_or_default(),
        Err(report) => {
            terminal.show(&report, None);
            return Status::Failed;
        }
    };
    let compiled = super::compile(&input, stage, earlier.get(stage), emit);
    // As the bundle: the end of the process gives it back at once.
    mem::forget(input.document);
    let mut report = Report { source: input.source, messages: compiled.messages, stages: 1 };
    let denied = args.strictness.denies_warnings() && report.count(Severity::Warning) > 0;
    let Some(output) = compiled.output.filter(|_| !denied) else {
        let denied =
            if report.count(Severity::Error) > 0 { "" } else { ", denied by `--deny warnings`" };
        let summary = format!("could not render stage `{stage}`: {}{denied}", report.counts());
        terminal.show(&report, Some((Severity::Error, &summary)));
        return Status::Failed;
    };
    let Written { status, messages, said } = match (output, &args.out) {
        (Output::Files(files), Some(folder)) => write(folder, &files),
        (Output::Files(_), None) => Written::from((Status::Done, Vec::new())),
        (Output::Stream(text), _) => {
            let (status, message) = super::written(&text);
            (status, message.into_iter().collect()).into()
        }
    };
    report.messages.extend(messages);
    terminal.show(&report, None);
    if status == Status::Done {
        super::say_left(&compiled.left, terminal);
    }
    if let Some(said) = said {
        terminal.say(&said);
        say_forwards(&forwards, terminal);
    }
    status
}

/// Says how to look at what watches the stage.
fn say_forwards(forwards: &[String], terminal: Terminal) {
    if !forwards.is_empty() {
        terminal.say("note: what watches the stage is reached through:");
    }
    for command in forwards {
        terminal.say(&format!("  {command}"));
    }
}

/// How writing went.
struct Written {
    status: Status,
    /// What went wrong.
    messages: Vec<Message>,
    /// What a person wants to know.
    said: Option<String>,
}

impl From<(Status, Vec<Message>)> for Written {
    fn from((status, messages): (Status, Vec<Message>)) -> Self {
        Self { status, messages, said: None }
    }
}

enum Output {
    Stream(String),
    Files(Vec<(String, String)>),
}

fn emit(
    bundle: &Bundle,
    format: seaway_render::Format,
    files: bool,
) -> Result<Output, emit::Error> {
    Ok(if files {
        Output::Files(bundle.files(format)?)
    } else {
        Output::Stream(bundle.emit(format)?)
    })
}

fn write(folder: &Path, files: &[(String, String)]) -> Written {
    match out::write(folder, files) {
        Ok(leftover) => {
            let messages = leftover.map(|report| report.messages).unwrap_or_default();
            let said = format!("wrote {} to {}", plural(files.len(), "file"), folder.display());
            Written { status: Status::Done, messages, said: Some(said) }
        }
        Err(report) => (Status::Failed, report.messages).into(),
    }
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
