//! `seaway check`: the errors of all stages, each told once.

use seaway_core::{Allowance, Code, Diagnostic, Severity};
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
    let mut allowances: Vec<Allowance> = Vec::new();
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
        note_use(&mut allowances, compiled.allowances);
        left.extend(compiled.left);
    }
    // A stage that was not looked at, or not to its end, may need what the others do not.
    if args.stages.is_empty() && failed.is_empty() {
        messages.extend(allowances.iter().filter(|known| !known.is_used).map(unused));
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
        if let Some(path) = &args.strictness.against {
            let alone: Vec<_> =
                stages.iter().filter(|stage| !earlier.contains_key(*stage)).collect();
            if !alone.is_empty() {
                let names = seaway_core::suggest::quoted_list(&alone);
                terminal.say(&format!(
                    "note: not compared, `{}` has no folder for {names}",
                    path.display()
                ));
            }
        }
        terminal.say(&passed_summary(&report, objects));
        return Status::Done;
    }
    terminal.show(&report, Some((Severity::Error, &failed_summary(&report, &failed))));
    Status::Failed
}

/// Adds what one more stage allows; what one stage needs is not in vain.
fn note_use(all: &mut Vec<Allowance>, of_stage: Vec<Allowance>) {
    let checked = of_stage.into_iter().filter(|allowed| !allowed.code.needs_earlier_output());
    for allowed in checked {
        match all.iter_mut().find(|known| known.span == allowed.span) {
            Some(known) => known.is_used |= allowed.is_used,
            None => all.push(allowed),
        }
    }
}

fn unused(allowed: &Allowance) -> Message {
    let message = format!("`{}` is allowed and does not occur", allowed.code);
    let diagnostic = Diagnostic::warning(Code::UnusedAllow, message)
        .label(allowed.span, "")
        .help("remove it, or it will hide the next one");
    Message::from(diagnostic)
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
    let name = &input.source.stack.name;
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
