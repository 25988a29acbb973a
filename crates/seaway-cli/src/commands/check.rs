//! `seaway check`: the errors of all stages, each told once.

use seaway_core::{Code, Severity};
use seaway_render::Format;

use crate::args;
use crate::earlier;
use crate::files::Input;
use crate::messages::{Message, Report, Terminal, plural};
use crate::status::Status;

/// Compiles the stages up to their last byte and prints none of it.
pub(super) fn run(args: &args::Check, terminal: Terminal) -> Status {
    let input = match super::read(&args.stack, terminal) {
        Ok(input) => input,
        Err(status) => return status,
    };
    let stages = stages(args, &input);
    if stages.is_empty() {
        return without_stages(input, terminal);
    }
    let earlier = match args.strictness.against.as_deref() {
        Some(path) => earlier::read(path, &stages),
        None => Ok(earlier::ByStage::new()),
    };
    let earlier = match earlier {
        Ok(earlier) => earlier,
        Err(report) => {
            terminal.show(&report, None);
            return Status::Failed;
        }
    };
    let (mut messages, mut objects, mut failed) = (Vec::new(), 0, Vec::new());
    let mut left = Vec::new();
    for stage in &stages {
        let emitted = |bundle: &seaway_render::Bundle| {
            bundle.emit(Format::Yaml).map(|_| bundle.objects.len())
        };
        let compiled = super::compile(&input, stage, earlier.get(stage), emitted);
        match compiled.output {
            Some(count) => objects += count,
            None => failed.push(stage.as_str()),
        }
        super::merge(&mut messages, compiled.messages);
        left.extend(compiled.left);
    }
    messages.sort_by_key(|message| {
        let place = message.labels.first().map(|label| label.span);
        (place.is_none(), place)
    });
    let report = Report { source: input.source, messages, stages: stages.len() };
    if failed.is_empty()
        && !(args.strictness.denies_warnings() && report.count(Severity::Warning) > 0)
    {
        terminal.show(&report, None);
        super::say_left(&left, terminal);
        terminal.say(&passed_summary(&report, objects));
        return Status::Done;
    }
    terminal.show(&report, Some((Severity::Error, &failed_summary(&report, &failed))));
    Status::Failed
}

/// The stages to check, each once.
fn stages(args: &args::Check, input: &Input) -> Vec<String> {
    let mut stages: Vec<String> = Vec::new();
    let named = if args.stages.is_empty() { input.stages() } else { args.stages.clone() };
    for stage in named {
        if !stages.contains(&stage) {
            stages.push(stage);
        }
    }
    stages
}

fn without_stages(input: Input, terminal: Terminal) -> Status {
    if input.is_broken() {
        return super::show_broken(input, terminal);
    }
    let name = &input.source.name;
    let message = Message::error(Code::MissingField.as_str(), format!("`{name}` has no stages"))
        .help("add one: `[stages.local]`");
    terminal.show(&Report::from(message), None);
    Status::Failed
}

fn passed_summary(report: &Report, objects: usize) -> String {
    let mut summary =
        format!("ok: {}, {}", plural(report.stages, "stage"), plural(objects, "object"));
    let counts = report.counts();
    if !counts.is_empty() {
        summary.push_str(", ");
        summary.push_str(&counts);
    }
    summary
}

fn failed_summary(report: &Report, failed: &[&str]) -> String {
    let counts = report.counts();
    match failed {
        [] => format!("{counts}, denied by `--deny warnings`"),
        [stage] if report.stages == 1 => format!("could not compile stage `{stage}`: {counts}"),
        _ => format!("could not compile {} of {} stages: {counts}", failed.len(), report.stages),
    }
}
