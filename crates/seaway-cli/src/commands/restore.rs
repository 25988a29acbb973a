//! `seaway restore`: how a dump of a stage comes back.

use seaway_core::Severity;
use seaway_core::shell::{self, Command, comment};
use seaway_render::Restore;
use seaway_render::restore::Wanted;

use crate::args::{self, RestoreFormat};
use crate::messages::{Report, Terminal};
use crate::status::Status;

/// Prints the steps, or the Job alone. Nothing is printed if the stage has an error, or no backup.
pub(super) fn run(args: &args::Restore, terminal: Terminal) -> Status {
    let input = match super::read(&args.stack, terminal) {
        Ok(input) => input,
        Err(status) => return status,
    };
    let Some(stage) = &args.stage else {
        return super::without_stage(input, &super::on_stack("restore", &args.stack), terminal);
    };
    let mut sink = input.stack.sink();
    let stack = args.stack.words();
    let wanted =
        Wanted { component: args.component.as_deref(), dump: args.dump.as_deref(), stack: &stack };
    let found =
        seaway_render::restore(&input.source, &input.stack.document, stage, &wanted, &mut sink);
    let text = found.ok().map(|found| match args.format {
        RestoreFormat::Text => script(&found, stage, args.list),
        RestoreFormat::Yaml if args.list => found.list,
        RestoreFormat::Yaml => found.job,
    });
    let text = text.filter(|_| sink.errors() == 0);
    let messages = super::messages(&input, stage, sink);
    let mut report = Report { source: input.source, messages, stages: 1 };
    let Some(text) = text else {
        let summary = format!("could not print how to restore: {}", report.counts());
        terminal.show(&report, Some((Severity::Error, &summary)));
        return Status::Failed;
    };
    let (status, message) = match args.format {
        RestoreFormat::Text => super::written(&text, terminal),
        RestoreFormat::Yaml => super::written_as_it_is(&text),
    };
    report.messages.extend(message);
    terminal.show(&report, None);
    status
}

/// The steps as a shell script; of a list, its commands alone.
fn script(restore: &Restore, stage: &str, is_list: bool) -> String {
    let mut lines = Vec::new();
    if is_list {
        let of = &restore.database;
        lines.push(comment(&format!("lists the dumps of `{of}` of stage `{stage}`")));
        lines.extend(restore.listing.commands.iter().cloned());
    } else {
        lines.push(comment(&format!(
            "restores `{}` of stage `{stage}` from a dump of `{}`",
            restore.database, restore.backup
        )));
        for (at, step) in restore.steps.iter().enumerate() {
            lines.push(Command::default());
            lines.push(comment(&format!("{}. {}", at + 1, step.title)));
            lines.extend(step.notes.iter().map(|note| comment(&format!("   {note}"))));
            lines.extend(step.commands.iter().cloned());
        }
    }
    // A script ends with a line feed.
    lines.push(Command::default());
    shell::lines(lines).to_string()
}
