//! `seaway monitoring`: what watches a stage, as a page for people or as JSON.

mod picture;
mod words;
mod markdown;
mod layout;
mod svg;
mod html;

use seaway_core::Severity;
use seaway_render::Overview;

use crate::args::{self, PageFormat};
use crate::messages::{Report, Terminal};
use crate::status::Status;

/// Prints what watches a stage. Nothing is printed if the stage has an error, or if nothing watches it.
pub(super) fn run(args: &args::Monitoring, terminal: Terminal) -> Status {
    let input = match super::read(&args.stack, terminal) {
        Ok(input) => input,
        Err(status) => return status,
    };
    let Some(stage) = &args.stage else {
        return super::without_stage(input, &super::on_stack("monitoring", &args.stack), terminal);
    };
    let mut sink = input.stack.sink();
    let overview = seaway_render::overview(&input.source, &input.stack.document, stage, &mut sink);
    let overview = overview.ok().filter(|_| sink.errors() == 0);
    let messages = super::messages(&input, stage, sink);
    let mut report = Report { source: input.source, messages, stages: 1 };
    let Some(overview) = overview else {
        let summary = format!("could not tell what watches stage `{stage}`: {}", report.counts());
        terminal.show(&report, Some((Severity::Error, &summary)));
        return Status::Failed;
    };
    let (status, message) = super::written(&page(&overview, args.format), terminal);
    report.messages.extend(message);
    terminal.show(&report, None);
    status
}

fn page(overview: &Overview, format: PageFormat) -> String {
    match format {
        PageFormat::Json => json(overview),
        PageFormat::Markdown => markdown::page(overview),
        PageFormat::Html => html::page(overview),
        PageFormat::Svg => svg::page(overview),
    }
}

fn json(overview: &Overview) -> String {
    // Strings, numbers and lists alone: there is nothing that JSON can not say.
    let mut text = serde_json::to_string_pretty(overview).unwrap_or_default();
    text.push('\n');
    text
}
