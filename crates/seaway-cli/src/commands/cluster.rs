//! `seaway cluster`: the cluster that a stage assumes, for kops.

use seaway_core::{Code, Diagnostic, Severity};

use crate::args;
use crate::messages::{Report, Terminal};
use crate::status::Status;

/// Prints the cluster of a stage. Nothing is printed if the stage has an error, or does not say what its cluster is.
pub(super) fn run(args: &args::Cluster, terminal: Terminal) -> Status {
    let input = match super::read(&args.stack, terminal) {
        Ok(input) => input,
        Err(status) => return status,
    };
    let Some(stage) = &args.stage else {
        return super::without_stage(input, &super::on_stack("cluster", &args.stack), terminal);
    };
    let mut sink = input.stack.sink();
    let plan = seaway_render::plan_cluster(&input.source, &input.stack.document, stage, &mut sink);
    let text = plan.ok().map(|plan| plan.yaml()).and_then(|text| match text {
        Ok(text) => Some(text),
        Err(error) => {
            let message = format!("the cluster has no form in YAML: {error}");
            sink.report(Diagnostic::error(Code::Internal, message));
            None
        }
    });
    let text = text.filter(|_| sink.errors() == 0);
    let messages = super::messages(&input, stage, sink);
    let mut report = Report { source: input.source, messages, stages: 1 };
    let Some(text) = text else {
        let summary =
            format!("could not print the cluster of stage `{stage}`: {}", report.counts());
        terminal.show(&report, Some((Severity::Error, &summary)));
        return Status::Failed;
    };
    let (status, message) = super::written(&text);
    report.messages.extend(message);
    terminal.show(&report, None);
    status
}
