//! `seaway check`: the errors of all stages of all stacks, each reported once.

use std::path::Path;

use seaway_core::{Allowance, Code, Diagnostic, Severity, suggest};
use seaway_render::Format;

use super::Compiled;
use crate::args;
use crate::earlier::{self, ByStage, Wanted};
use crate::files::{self, Input};
use crate::messages::{self, Message, Report, Terminal, plural};
use crate::parallel;
use crate::status::Status;

/// A stack, and the stages that are checked.
struct Stack {
    input: Input,
    stages: Vec<String>,
}

/// What became of a stack.
struct Checked {
    report: Report,
    /// Objects of the stages without an error.
    objects: usize,
    /// Stages with errors.
    failed: Vec<String>,
    /// Whether it could not be read, or has no stages.
    is_unusable: bool,
}

/// Compiles the stages up to their last byte and prints none of it.
pub(super) fn run(args: &args::Check, terminal: Terminal) -> Status {
    let over = match super::over(&args.stacks.over, terminal) {
        Ok(over) => over,
        Err(status) => return status,
    };
    let paths = match files::find(&args.stacks.paths) {
        Ok(paths) => paths,
        Err(report) => {
            terminal.show(&report, None);
            return Status::Failed;
        }
    };
    let is_one = paths.len() == 1;
    let mut stacks = Vec::new();
    for input in parallel::map(&paths, |path| files::read(path, over)) {
        match input {
            Ok(input) => stacks.push(Ok(Stack { stages: stages(args, &input), input })),
            Err(report) => stacks.push(Err(report)),
        }
    }
    if is_one {
        match stacks.pop() {
            Some(Err(report)) => {
                terminal.show(&report, None);
                return Status::Failed;
            }
            Some(Ok(stack)) if stack.stages.is_empty() => {
                return without_stages(stack.input, terminal);
            }
            stack => stacks.extend(stack),
        }
    }
    let against = args.strictness.against.as_deref();
    let earlier = match against.map(|path| read_earlier(path, &stacks)).transpose() {
        Ok(earlier) => earlier.unwrap_or_default(),
        Err(report) => {
            terminal.show(&report, None);
            return Status::Failed;
        }
    };
    let alone = not_compared(&stacks, &earlier);
    let checked = check(stacks, &earlier, args.stages.is_empty());
    finish(args, checked, &alone, terminal)
}

/// The earlier output of each stack that could be read.
fn read_earlier(path: &Path, stacks: &[Result<Stack, Report>]) -> Result<Vec<ByStage>, Report> {
    let wanted: Vec<Wanted<'_>> = stacks
        .iter()
        .map(|stack| match stack {
            Ok(stack) => Wanted { stack: stack.input.stack.name(), stages: &stack.stages },
            Err(_) => Wanted { stack: None, stages: &[] },
        })
        .collect();
    earlier::read(path, &wanted)
}

/// Compiles all stages, several at once, and puts together what there is to say of each stack.
fn check(stacks: Vec<Result<Stack, Report>>, earlier: &[ByStage], is_whole: bool) -> Vec<Checked> {
    let mut jobs = Vec::new();
    for (at, stack) in stacks.iter().enumerate() {
        let stages =
            stack.iter().flat_map(|stack| stack.stages.iter().map(move |stage| (stack, stage)));
        jobs.extend(stages.map(|(stack, stage)| (at, &stack.input, stage.as_str())));
    }
    let emitted =
        |bundle: &seaway_render::Bundle| bundle.emit(Format::Yaml).map(|_| bundle.objects.len());
    let compiled = parallel::map(&jobs, |(at, input, stage)| {
        let earlier = earlier.get(*at).and_then(|earlier| earlier.get(*stage));
        super::compile(input, stage, earlier, emitted)
    });
    let mut by_stack: Vec<Vec<Compiled<usize>>> = stacks.iter().map(|_| Vec::new()).collect();
    for ((at, ..), compiled) in jobs.iter().zip(compiled) {
        by_stack[*at].push(compiled);
    }
    let mut checked: Vec<Checked> = stacks
        .into_iter()
        .zip(by_stack)
        .map(|(stack, compiled)| match stack {
            Ok(stack) if stack.stages.is_empty() => unusable(no_stages(stack.input)),
            Ok(stack) => of_stack(stack, compiled, is_whole),
            Err(report) => unusable(report),
        })
        .collect();
    if checked.len() > 1 {
        let mut reports: Vec<Report> =
            checked.iter_mut().map(|checked| std::mem::take(&mut checked.report)).collect();
        messages::put_together(&mut reports);
        for (checked, report) in checked.iter_mut().zip(reports) {
            checked.report = report;
        }
    }
    checked
}

fn unusable(report: Report) -> Checked {
    Checked { report, objects: 0, failed: Vec::new(), is_unusable: true }
}

/// What there is to say of a stack whose stages were compiled.
fn of_stack(stack: Stack, compiled: Vec<Compiled<usize>>, is_whole: bool) -> Checked {
    let Stack { input, stages } = stack;
    let (mut messages, mut objects, mut failed) = (Vec::new(), 0, Vec::new());
    let mut allowances: Vec<Allowance> = Vec::new();
    for (stage, compiled) in stages.iter().zip(compiled) {
        match compiled.output {
            Some(count) => objects += count,
            None => failed.push(stage.clone()),
        }
        super::merge(&mut messages, compiled.messages);
        note_use(&mut allowances, compiled.allowances);
    }
    // A stage that was not looked at, or not to its end, may need what the others do not.
    if is_whole && failed.is_empty() {
        messages.extend(allowances.iter().filter(|known| !known.is_used).map(unused));
    }
    messages.sort_by_key(|message| {
        let place = message.labels.first().map(|label| label.span);
        (message.severity == Severity::Note, place.is_none(), place)
    });
    let report = Report { source: input.source, messages, stages: stages.len() };
    Checked { report, objects, failed, is_unusable: false }
}

/// Shows what was found, and says how it went.
fn finish(
    args: &args::Check,
    checked: Vec<Checked>,
    alone: &[String],
    terminal: Terminal,
) -> Status {
    let stages: usize = checked.iter().map(|checked| checked.report.stages).sum();
    let objects: usize = checked.iter().map(|checked| checked.objects).sum();
    let failed: Vec<String> =
        checked.iter().flat_map(|checked| checked.failed.iter().cloned()).collect();
    let is_failed = |checked: &&Checked| checked.is_unusable || !checked.failed.is_empty();
    let failed_stacks = checked.iter().filter(is_failed).count();
    let reports: Vec<Report> = checked.into_iter().map(|checked| checked.report).collect();
    let denied = messages::denied(&reports, &args.strictness);
    let counts = messages::counts(&reports);
    if failed_stacks == 0 && denied.is_none() {
        terminal.show_all(&reports, None);
        if let (Some(path), false) = (&args.strictness.against, alone.is_empty()) {
            let (names, path) = (suggest::quoted_list(alone), path.display());
            terminal.say(&format!("note: not compared, `{path}` has no folder for {names}"));
        }
        let several = (reports.len() > 1).then(|| plural(reports.len(), "stack"));
        let words = [several, Some(plural(stages, "stage")), Some(plural(objects, "object"))];
        let words = words.into_iter().flatten().chain((!counts.is_empty()).then_some(counts));
        terminal.say(&format!("ok: {}", words.collect::<Vec<_>>().join(", ")));
        return Status::Done;
    }
    let summary = match &failed[..] {
        _ if failed_stacks == 0 => denied.unwrap_or(counts),
        _ if reports.len() > 1 => {
            format!("could not check {failed_stacks} of {} stacks: {counts}", reports.len())
        }
        [stage] if stages == 1 => format!("could not compile stage `{stage}`: {counts}"),
        _ => format!("could not compile {} of {stages} stages: {counts}", failed.len()),
    };
    terminal.show_all(&reports, Some((Severity::Error, &summary)));
    Status::Failed
}

/// The stages that have no earlier output, with their stacks if there are several.
fn not_compared(stacks: &[Result<Stack, Report>], earlier: &[ByStage]) -> Vec<String> {
    let mut alone = Vec::new();
    for (stack, earlier) in stacks.iter().zip(earlier) {
        let Ok(stack) = stack else { continue };
        let stages = stack.stages.iter().filter(|stage| !earlier.contains_key(*stage));
        alone.extend(stages.map(|stage| match stack.input.stack.name() {
            Some(name) if stacks.len() > 1 => format!("{name}/{stage}"),
            _ => stage.clone(),
        }));
    }
    alone
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
    let of =
        allowed.subject.as_ref().map_or_else(String::new, |subject| format!(" of `{subject}`"));
    let message = format!("`{}`{of} is allowed and does not occur", allowed.code);
    let diagnostic = Diagnostic::warning(Code::UnusedAllow, message)
        .label(allowed.span, "")
        .help("remove it, or it will hide the next one");
    Message::from(diagnostic)
}

/// The stages to check, each once.
fn stages(args: &args::Check, input: &Input) -> Vec<String> {
    let mut stages: Vec<String> = Vec::new();
    let named = if args.stages.is_empty() { input.stack.stages() } else { args.stages.clone() };
    for stage in named {
        if !stages.contains(&stage) {
            stages.push(stage);
        }
    }
    stages
}

fn without_stages(input: Input, terminal: Terminal) -> Status {
    if input.stack.is_broken() {
        return super::show_broken(input, terminal);
    }
    terminal.show(&no_stages(input), None);
    Status::Failed
}

/// What there is to say of a stack without stages.
pub(super) fn no_stages(input: Input) -> Report {
    if input.stack.is_broken() {
        let messages = input.stack.parsed.into_iter().map(Message::from).collect();
        return Report { source: input.source, messages, stages: 0 };
    }
    let name = &input.source.stack.name;
    let message = Message::error(Code::MissingField.as_str(), format!("`{name}` has no stages"));
    Report::from(message.help("add one: `[stages.local]`"))
}
