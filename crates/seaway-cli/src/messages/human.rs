//! Messages for people: what rustc and cargo print.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level, Renderer, Snippet, normalize_untrusted_str,
};
use seaway_core::shell::command;
use seaway_core::visible::visible;
use seaway_core::{Code, Severity, Source, SourceText, policy};

use super::{Message, Report};

/// Each message and an empty line, then the summary.
pub(super) fn text(reports: &[Report], summary: Option<(Severity, &str)>, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    let shown: Vec<Cow<'_, Report>> = reports.iter().map(without_secrets).collect();
    let messages =
        shown.iter().flat_map(|report| report.messages.iter().map(move |one| (&**report, one)));
    let mut messages = messages.peekable();
    while let Some((report, message)) = messages.next() {
        out.push_str(&renderer.render(&[group(report, message)]));
        // Notes are many and short, and belong together.
        let is_note = |message: &Message| message.severity == Severity::Note;
        let goes_on = is_note(message) && messages.peek().is_some_and(|(_, next)| is_note(next));
        out.push_str(if goes_on {
            "
"
        } else {
            "

"
        });
    }
    if let Some((severity, text)) = summary {
        out.push_str(&renderer.render(&[Group::with_title(level(severity).primary_title(text))]));
        out.push('\n');
        out.extend(hint(reports));
    }
    out
}

/// A report whose texts hold no secrets: its lines land in logs of CI.
fn without_secrets(report: &Report) -> Cow<'_, Report> {
    let texts = || std::iter::once(&report.source.stack).chain(&report.source.further);
    let is_clean = |text: &SourceText| matches!(policy::masked(&text.text), Cow::Borrowed(_));
    let shows_lines = report.messages.iter().any(|message| !message.labels.is_empty());
    if !shows_lines || texts().all(is_clean) {
        return Cow::Borrowed(report);
    }
    let mut report = report.clone();
    let Source { stack, further, .. } = &mut *report.source;
    for text in std::iter::once(stack).chain(further) {
        text.text = policy::masked(&text.text).into_owned().into();
    }
    Cow::Owned(report)
}

/// Where more can be read, once for all messages: the command for the first of the worst.
fn hint(reports: &[Report]) -> Option<String> {
    let is_explained =
        |message: &&Message| message.allowed.is_none() && Code::named(message.code).is_some();
    let messages = reports.iter().flat_map(|report| &report.messages);
    let explained = messages.filter(is_explained);
    let message = explained.min_by_key(|message| message.severity)?;
    let what = match message.severity {
        Severity::Error => "an error",
        Severity::Warning => "a warning",
        Severity::Note => return None,
    };
    let explain = command("seaway explain {}", &[&message.code]);
    Some(format!("for more about {what}: {explain}\n"))
}

/// The line of a note is named and not shown.
fn note<'a>(report: &Report, message: &'a Message) -> Group<'a> {
    let place = message.labels.first().map(|label| {
        let text = report.source.text_at(label.span.start);
        format!(" ({}:{})", text.name, text.position(label.span.start).line)
    });
    let stages = report.stages_note(message).map(|stages| format!(", {stages}"));
    let text = format!(
        "{}{}{}",
        normalize_untrusted_str(&message.text),
        place.unwrap_or_default(),
        stages.unwrap_or_default()
    );
    let mut group = Group::with_title(Level::NOTE.primary_title(text).id(message.code));
    for note in &message.notes {
        group = group.element(Level::NOTE.message(normalize_untrusted_str(note)));
    }
    if let Some(help) = &message.help {
        group = group.element(Level::HELP.message(normalize_untrusted_str(help)));
    }
    group
}

fn group<'a>(report: &'a Report, message: &'a Message) -> Group<'a> {
    if message.severity == Severity::Note {
        return note(report, message);
    }
    let level = if message.allowed.is_some() { Level::NOTE } else { level(message.severity) };
    let title = level.primary_title(&message.text).id(message.code);
    let mut group = Group::with_title(title);
    group = group.elements(snippets(&report.source, message));
    if let Some(reason) = &message.allowed {
        let text = normalize_untrusted_str(reason);
        group = group.element(Level::NOTE.with_name("allowed").message(text));
    }
    for note in message.notes.iter().chain(&report.stages_note(message)) {
        group = group.element(Level::NOTE.message(normalize_untrusted_str(note)));
    }
    if let Some(help) = message.help.as_ref().filter(|_| message.allowed.is_none()) {
        group = group.element(Level::HELP.message(normalize_untrusted_str(help)));
    }
    group
}

/// The lines of each text that a label lies in; that of the primary place first.
fn snippets<'a>(source: &'a Source, message: &'a Message) -> Vec<Snippet<'a, Annotation<'a>>> {
    let mut texts: Vec<(&SourceText, Vec<_>)> = Vec::new();
    let kinds =
        std::iter::once(AnnotationKind::Primary).chain(std::iter::repeat(AnnotationKind::Context));
    for (label, kind) in message.labels.iter().zip(kinds) {
        let text = source.text_at(label.span.start);
        let said = (!label.text.is_empty()).then_some(label.text.as_str());
        // The renderer panics on a span that is not within the text and between characters.
        let annotation = (kind, text.range(label.span), said);
        match texts.iter_mut().find(|(known, _)| known.start == text.start) {
            Some((_, annotations)) => annotations.push(annotation),
            None => texts.push((text, vec![annotation])),
        }
    }
    let snippet = |(text, spans): (&'a SourceText, Vec<Place<'a>>)| {
        let lines = around(&text.text, spans.iter().map(|(_, range, _)| range));
        let annotations = spans.into_iter().map(|(kind, range, said)| {
            kind.span(range.start - lines.start..range.end - lines.start).label(said)
        });
        Snippet::source(&text.text[lines.clone()])
            .line_start(text.text[..lines.start].matches('\n').count() + 1)
            .path(visible(&text.name).into_owned())
            .annotations(annotations)
    };
    texts.into_iter().map(snippet).collect()
}

/// A place of a text, and what is said of it.
type Place<'a> = (AnnotationKind, Range<usize>, Option<&'a str>);

/// The lines that places of a text lie in, with the one before and the one behind: the renderer looks at all that it is given.
fn around<'a>(text: &str, places: impl Iterator<Item = &'a Range<usize>> + Clone) -> Range<usize> {
    let start = places.clone().map(|place| place.start).min().unwrap_or_default();
    let end = places.map(|place| place.end).max().unwrap_or_default();
    let before = text[..start].rmatch_indices('\n').nth(1).map_or(0, |(at, _)| at + 1);
    let behind = text[end..].match_indices('\n').nth(1).map_or(text.len(), |(at, _)| end + at + 1);
    before..behind
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    }
}

#[cfg(test)]
mod tests {
    use seaway_core::{Label, Span};

    use super::*;

    #[test]
    fn any_span_can_be_drawn() {
        for text in ["", "é", "a\n", "a = \"é\"\r\nb\n\n"] {
            let end = u32::try_from(text.len()).unwrap_or_default() + 3;
            for (start, end) in (0..end).flat_map(|start| (0..end).map(move |end| (start, end))) {
                let labels = vec![Label { span: Span { start, end }, text: "x".into() }];
                let messages = vec![Message { labels, ..Message::error("syntax", "x") }];
                let report = Report { source: Source::new("s", text).into(), messages, stages: 1 };
                assert!(super::text(&[report], None, true).contains("syntax"));
            }
        }
    }
}
