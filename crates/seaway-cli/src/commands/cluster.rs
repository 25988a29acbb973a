//! `seaway cluster`: the cluster that a stage assumes, for kops, and what Seaway assumes of any cluster.

mod assumed;

use seaway_core::{Code, Diagnostic, Severity, Sink};

use super::Input;
use crate::args::{self, ClusterFormat};
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
    let text = match args.format {
        ClusterFormat::Yaml => for_kops(&input, stage, &mut sink),
        ClusterFormat::Table | ClusterFormat::Json => {
            let is_table = args.format == ClusterFormat::Table;
            let color = terminal.has_colored_output();
            let source = &input.source;
            let document = &input.stack.document;
            let bundle = seaway_render::compile_document(source, document, stage, &mut sink).ok();
            bundle.map(|bundle| {
                let rows = bundle.stack.cluster.assumptions();
                if is_table {
                    assumed::table(&rows, source, color)
                } else {
                    assumed::json(&rows, source)
                }
            })
        }
    };
    let text = text.filter(|_| sink.errors() == 0);
    let messages = super::messages(&input, stage, sink);
    let mut report = Report { source: input.source, messages, stages: 1 };
    let Some(text) = text else {
        let summary =
            format!("could not print the cluster of stage `{stage}`: {}", report.counts());
        terminal.show(&report, Some((Severity::Error, &summary)));
        return Status::Failed;
    };
    let (status, message) = super::written(&text, terminal);
    report.messages.extend(message);
    terminal.show(&report, None);
    status
}

/// The cluster in the words of kops.
fn for_kops(input: &Input, stage: &str, sink: &mut Sink) -> Option<String> {
    let plan = seaway_render::plan_cluster(&input.source, &input.stack.document, stage, sink);
    match plan.ok()?.yaml() {
        Ok(text) => Some(text),
        Err(error) => {
            let message = format!("the cluster has no form in YAML: {error}");
            sink.report(Diagnostic::error(Code::Internal, message));
            None
        }
    }
}
