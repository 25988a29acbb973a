//! Messages for GitHub Actions: workflow commands, which it shows in the diff of a pull request.
//!
//! The format: <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>. The characters to
//! escape: <https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts>.

use std::fmt::Write;

use super::{Message, Report};

/// One line a message.
pub(super) fn text(report: &Report) -> String {
    let mut out = String::new();
    for message in &report.messages {
        let allowed = message.allowed.is_some();
        let severity = if allowed { "notice" } else { message.severity.as_str() };
        let title = property(message.code);
        let _ = match message.labels.first() {
            None => write!(out, "::{severity} title={title}"),
            Some(label) => {
                let start = report.source.position(label.span.start);
                let file = property(&report.source.name);
                let (line, column) = (start.line, start.column);
                write!(out, "::{severity} file={file},line={line},col={column},title={title}")
            }
        };
        let _ = writeln!(out, "::{}", data(&body(report, message)));
    }
    out
}

/// The message, and on lines of their own what else there is to say: an annotation shows no other lines of the stack.
fn body(report: &Report, message: &Message) -> String {
    let mut lines = vec![message.text.clone()];
    for (index, label) in message.labels.iter().enumerate() {
        match label.text.as_str() {
            "" => {}
            text if index == 0 => lines.push(text.to_owned()),
            text => {
                let line = report.source.position(label.span.start).line;
                lines.push(format!("line {line}: {text}"));
            }
        }
    }
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
        let report = Report { source, messages: vec![message], stages: 1 };
        assert_eq!(
            text(&report),
            "::error file=C%3A/a%2Cb/stack.toml,line=1,col=2,title=syntax::a%0Ab::c, d%0A50%25%0D\n"
        );
    }
}
