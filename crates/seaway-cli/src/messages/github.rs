//! Messages for GitHub Actions: workflow commands, which it shows in the diff of a pull request.
//!
//! The format: <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>. The characters to
//! escape: <https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts>.

use std::fmt::Write;

use seaway_core::Severity;

use super::{Annotated, Message, Report};

/// One line a message.
pub(super) fn text(report: &Report) -> String {
    let mut out = String::new();
    for message in &report.messages {
        let allowed = message.allowed.is_some();
        let is_notice = allowed || message.severity == Severity::Note;
        let severity = if is_notice { "notice" } else { message.severity.as_str() };
        let title = property(message.code);
        let annotated = report.annotated(message);
        let _ = match annotated {
            None => write!(out, "::{severity} title={title}"),
            Some(Annotated { place, .. }) => {
                let text = report.source.text_at(place.start);
                let start = text.position(place.start);
                let file = property(&text.name);
                let (line, column) = (start.line, start.column);
                write!(out, "::{severity} file={file},line={line},col={column},title={title}")
            }
        };
        let _ = writeln!(out, "::{}", data(&body(report, message, annotated)));
    }
    out
}

/// The message, and on lines of their own what else there is to say: an annotation shows no other lines of the stack.
fn body(report: &Report, message: &Message, annotated: Option<Annotated<'_>>) -> String {
    let mut lines = vec![message.text.clone()];
    lines.extend(message.labels.iter().filter_map(|label| report.label_line(label, annotated)));
    lines.extend(report.lines(message));
    lines.join("\n")
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use seaway_core::{Label, Source, Span};

    use super::*;

    #[test]
    fn what_would_end_a_command_or_a_property_is_escaped() {
        let labels = vec![Label { span: Span { start: 1, end: 2 }, text: "50%\r".into() }];
        let message = Message { labels, ..Message::error("syntax", "a\nb::c, d") };
        let source = Source::new("C:/a,b/stack.toml", "a = 1");
        let report = Report { source: source.into(), messages: vec![message], stages: 1 };
        assert_eq!(
            text(&report),
            "::error file=C%3A/a%2Cb/stack.toml,line=1,col=2,title=syntax::a%0Ab::c, d%0A50%25%0D\n"
        );
    }
}
