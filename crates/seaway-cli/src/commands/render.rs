//! `seaway render`: a stage as a stream, or as a folder of files.

use std::path::Path;

use seaway_core::{Severity, suggest};
use seaway_render::{Bundle, emit};

use crate::args::{self, Format};
use crate::files::Input;
use crate::messages::{Message, Report, Terminal, USAGE, plural};
use crate::out;
use crate::status::Status;

/// Renders a stage. Nothing is written if there is one error.
pub(super) fn run(args: &args::Render, terminal: Terminal) -> Status {
    let input = match super::read(&args.stack, terminal) {
        Ok(input) => input,
        Err(status) => return status,
    };
    let Some(stage) = &args.stage else { return without_stage(input, &args.stack.path, terminal) };
    let emit = |bundle: &Bundle| emit(bundle, args.format.into(), args.out.is_some());
    let super::Compiled { emitted, messages, .. } = super::compile(&input, stage, emit);
    let report = Report { source: input.source, messages, stages: 1 };
    let Some(output) = emitted else {
        let summary = format!("could not render stage `{stage}`: {}", report.counts());
        terminal.show(&report, Some((Severity::Error, &summary)));
        return Status::Failed;
    };
    terminal.show(&report, None);
    match (output, &args.out) {
        (Output::Files(files), Some(folder)) => write(folder, &files, terminal),
        (Output::Files(_), None) => Status::Done,
        (Output::Stream(text), _) => super::print(&text, terminal),
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

fn write(folder: &Path, files: &[(String, String)], terminal: Terminal) -> Status {
    match out::write(folder, files) {
        Ok(leftover) => {
            if let Some(report) = leftover {
                terminal.show(&report, None);
            }
            terminal.say(&format!("wrote {} to {}", plural(files.len(), "file"), folder.display()));
            Status::Done
        }
        Err(report) => {
            terminal.show(&report, None);
            Status::Failed
        }
    }
}

/// A usage error that knows more than clap: it names the stages.
fn without_stage(input: Input, path: &Path, terminal: Terminal) -> Status {
    if input.is_broken() {
        return super::show_broken(input, terminal);
    }
    let stages = input.stages();
    let message = Message::error(USAGE, "which stage? `--stage` is missing");
    let message = match stages.first() {
        None => message.help("the stack has no stages: add `[stages.local]`"),
        Some(first) => message
            .note(format!(
                "the stages of {} are {}",
                input.source.name,
                suggest::quoted_list(&stages)
            ))
            .help(format!("for example `seaway render {} --stage {first}`", path.display())),
    };
    terminal.show(&Report::from(message), None);
    Status::Usage
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
