//! What is said on standard error, in the format that was asked for.
//!
//! A place can lie in any text of the [source map](seaway_core::source), not only in the stack file. `human` and `json`
//! show every place under the name of its text. `github` and `sarif` attach a message to a line of the user's
//! repository, and a line that is part of Seaway or of the command line is none. Such a message is attached to the line
//! that asked for it (see [`Report::annotated`]), and its text names the other place.

mod github;
mod human;
mod json;
mod sarif;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};
use std::slice;

use seaway_core::{Code, Consequence, Diagnostic, Label, Severity, Source, Span, TextKind};

use seaway_render::revision::Finding;

use crate::args::{self, Color, Deny, MessageFormat};

/// The code of what went wrong with the folder of `--out` or with standard output.
pub(crate) const OUTPUT: &str = "output";
/// The code of what can not be read of earlier output.
pub(crate) const AGAINST: &str = "against";
/// The code of what says how many errors there are beyond those that are shown.
pub(crate) const NOT_SHOWN: &str = "not-shown";
/// Errors that are shown in one run, in each format. Nobody reads a thousand, and each costs a look at the whole text.
const MOST_ERRORS: usize = 100;
/// The code of what the command line lacks, or names in vain.
pub(crate) const USAGE: &str = "usage";

/// A diagnostic of the compiler, or a problem of the command line's own.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// Kebab-case name of the kind of problem.
    pub(crate) code: &'static str,
    /// How bad it is.
    pub(crate) severity: Severity,
    /// A lower-case phrase.
    pub(crate) text: String,
    /// Where in the stack file, the primary place first.
    pub(crate) labels: Vec<Label>,
    /// Facts that explain it.
    pub(crate) notes: Vec<String>,
    /// What to do.
    pub(crate) help: Option<String>,
    /// Why the stack allows it, if it does.
    pub(crate) allowed: Option<Box<str>>,
    /// The stages that have it.
    pub(crate) stages: Vec<String>,
}

impl Message {
    /// An error without a place.
    pub(crate) fn error(code: &'static str, text: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            text: text.into(),
            labels: Vec::new(),
            notes: Vec::new(),
            help: None,
            allowed: None,
            stages: Vec::new(),
        }
    }

    /// The primary place.
    pub(crate) fn place(&self) -> Option<Span> {
        self.labels.first().map(|label| label.span)
    }

    /// Whether it is the same message, be it of another stage.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        self.code == other.code
            && self.severity == other.severity
            && self.text == other.text
            && self.labels == other.labels
            && self.notes == other.notes
            && self.help == other.help
            && self.allowed == other.allowed
    }

    /// What tells it from other messages, if it is about a file that other stacks can share.
    fn shared(&self, source: &Source) -> Option<String> {
        let primary = source.text_at(self.labels.first()?.span.start);
        let is_shared = primary.kind == TextKind::File && primary.start != source.stack.start;
        let place = |label: &Label| {
            let text = source.text_at(label.span.start);
            format!("{}:{}: {}", text.name, label.span.start.saturating_sub(text.start), label.text)
        };
        let places = self.labels.iter().map(place);
        let texts = [self.code.to_owned(), self.text.clone()].into_iter().chain(places);
        let texts = texts.chain(self.notes.iter().cloned()).chain(self.help.clone());
        is_shared.then(|| texts.collect::<Vec<_>>().join("\n"))
    }

    /// Whether it lets the run fail.
    pub(crate) fn is_error(&self) -> bool {
        self.severity == Severity::Error && self.allowed.is_none()
    }

    /// Adds a fact.
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Says what to do.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl From<Diagnostic> for Message {
    fn from(diagnostic: Diagnostic) -> Self {
        let Diagnostic { code, severity, message, labels, notes, help, allowed, .. } = diagnostic;
        Self {
            code: code.as_str(),
            severity,
            text: message,
            labels,
            notes,
            help,
            allowed,
            stages: Vec::new(),
        }
    }
}

impl From<Finding> for Message {
    /// What follows from a change, for information. What a diagnostic says as well has been reported by it.
    fn from(finding: Finding) -> Self {
        let place = finding.place.map(|place| Label { span: place.span, text: String::new() });
        Self {
            severity: Severity::Note,
            labels: place.into_iter().collect(),
            notes: finding.notes,
            help: finding.help,
            ..Self::error(finding.consequence.as_str(), finding.message)
        }
    }
}

/// What there is to say about a stack.
#[derive(Debug, Clone, Default)]
pub(crate) struct Report {
    /// What the places of the messages point into.
    pub(crate) source: Box<Source>,
    /// In the order in which they are shown.
    pub(crate) messages: Vec<Message>,
    /// How many stages were looked at; with several, each message says which have it.
    pub(crate) stages: usize,
}

impl Report {
    /// How many messages are that bad, and not allowed.
    pub(crate) fn count(&self, severity: Severity) -> usize {
        count(slice::from_ref(self), severity)
    }

    /// `3 errors, 1 warning, 1 allowed`; empty if there is nothing.
    pub(crate) fn counts(&self) -> String {
        counts(slice::from_ref(self))
    }

    /// Where a message is attached in the files of the user: to its first label that lies in one, else where the text
    /// of its primary place was asked for.
    fn annotated<'a>(&self, message: &'a Message) -> Option<Annotated<'a>> {
        let in_file = message.labels.iter().find(|label| self.is_in_file(label.span));
        if let Some(label) = in_file {
            return Some(Annotated { place: label.span, label: Some(label) });
        }
        let primary = message.labels.first()?;
        // A text is asked for by one before it, so this ends.
        let mut askers = std::iter::successors(Some(primary.span), |place| {
            let asked_by = self.source.text_at(place.start).asked_by;
            asked_by.filter(|asked| asked.start < place.start)
        });
        let place = askers.find(|place| self.is_in_file(*place))?;
        Some(Annotated { place, label: None })
    }

    fn is_in_file(&self, place: Span) -> bool {
        self.source.text_at(place.start).kind == TextKind::File
    }

    /// What a label says, in a line that names its place unless the message is attached to that.
    fn label_line(&self, label: &Label, annotated: Option<Annotated<'_>>) -> Option<String> {
        let text = self.source.text_at(label.span.start);
        let line = text.position(label.span.start).line;
        let is_same_text =
            annotated.is_some_and(|at| self.source.text_at(at.place.start).start == text.start);
        match label.text.as_str() {
            // A value of the command line has no lines.
            "" if text.kind == TextKind::Flag => Some(format!("in `{}`", text.name)),
            said if text.kind == TextKind::Flag => Some(format!("{}: {said}", text.name)),
            "" if is_same_text => None,
            "" => Some(format!("{}:{line}", text.name)),
            said if annotated.is_some_and(|at| at.is_of(label)) => Some(said.to_owned()),
            said if is_same_text => Some(format!("line {line}: {said}")),
            said => Some(format!("{}:{line}: {said}", text.name)),
        }
    }

    /// Facts and advice in lines of their own, for formats that show a text alone.
    fn lines(&self, message: &Message) -> Vec<String> {
        let stages = self.stages_note(message);
        let allowed = message.allowed.iter().map(|reason| format!("allowed: {reason}"));
        let notes = message.notes.iter().chain(&stages).map(|note| format!("note: {note}"));
        allowed
            .chain(notes)
            .chain(message.help.iter().map(|help| format!("help: {help}")))
            .collect()
    }

    /// `in stages …`, where it is not clear which are meant.
    fn stages_note(&self, message: &Message) -> Option<String> {
        if self.stages < 2 || message.stages.is_empty() {
            return None;
        }
        Some(if message.stages.len() == self.stages && self.stages > 3 {
            format!("in all {} stages", self.stages)
        } else {
            let word = if message.stages.len() == 1 { "stage" } else { "stages" };
            format!("in {word} {}", seaway_core::suggest::quoted_list(&message.stages))
        })
    }
}

/// A place in a file of the user that a message is attached to.
#[derive(Debug, Clone, Copy)]
struct Annotated<'a> {
    place: Span,
    /// The label there. Without one, the place only asked for the text that the message is about.
    label: Option<&'a Label>,
}

impl Annotated<'_> {
    /// Whether it is the place of this very label: another one can have the same place.
    fn is_of(self, label: &Label) -> bool {
        self.label.is_some_and(|own| std::ptr::eq(own, label))
    }
}

impl From<Message> for Report {
    /// One message that needs no stack file.
    fn from(message: Message) -> Self {
        Self { messages: vec![message], ..Self::default() }
    }
}

/// How many messages of all stacks are that bad, and not allowed.
pub(crate) fn count(reports: &[Report], severity: Severity) -> usize {
    let counts = |message: &&Message| message.severity == severity && message.allowed.is_none();
    reports.iter().flat_map(|report| &report.messages).filter(counts).count()
}

/// `3 errors, 1 warning, 1 allowed` of all stacks; empty if there is nothing.
pub(crate) fn counts(reports: &[Report]) -> String {
    let counts = [Severity::Error, Severity::Warning]
        .map(|severity| (count(reports, severity), severity.as_str()));
    let mut words: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| plural(*count, word))
        .collect();
    let messages = reports.iter().flat_map(|report| &report.messages);
    let allowed = messages.filter(|message| message.allowed.is_some()).count();
    if allowed > 0 {
        words.push(format!("{allowed} allowed"));
    }
    words.join(", ")
}

/// Makes the reports of several stacks one: what was said of an earlier stack already, of a file that several share, is not
/// said again, and a message without a place says which stack it is about.
pub(crate) fn put_together(reports: &mut [Report]) {
    let mut said = BTreeSet::new();
    for report in reports {
        let Report { source, messages, .. } = report;
        messages.retain(|message| match message.shared(source) {
            Some(key) => said.insert(key),
            None => true,
        });
        let without_place = messages.iter_mut().filter(|message| message.labels.is_empty());
        for message in without_place.filter(|_| !source.stack.name.is_empty()) {
            message.notes.push(format!("in `{}`", source.stack.name));
        }
    }
}

/// The reports as they are shown: without the errors behind the first hundred, and with a message that says how many those are.
fn first_errors(reports: &[Report]) -> Cow<'_, [Report]> {
    let errors = count(reports, Severity::Error);
    if errors <= MOST_ERRORS {
        return Cow::Borrowed(reports);
    }
    let mut left = MOST_ERRORS;
    let mut is_shown = |message: &&Message| {
        let is_shown = !message.is_error() || left > 0;
        left -= usize::from(message.is_error() && is_shown);
        is_shown
    };
    let mut first: Vec<Report> = reports
        .iter()
        .map(|report| Report {
            source: report.source.clone(),
            messages: report.messages.iter().filter(&mut is_shown).cloned().collect(),
            stages: report.stages,
        })
        .collect();
    let rest = errors - MOST_ERRORS;
    let verb = if rest == 1 { "is" } else { "are" };
    let rest = format!("{} {verb} not shown", plural(rest, "more error"));
    let rest = Message::error(NOT_SHOWN, rest).help("correct the first ones, and check again");
    first.push(rest.into());
    Cow::Owned(first)
}

/// `1 stage`, `2 stages`.
pub(crate) fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// The worst consequence that the messages name and that is not allowed.
fn worst(reports: &[Report]) -> Option<Consequence> {
    let messages = reports.iter().flat_map(|report| &report.messages);
    let counted = messages.filter(|message| message.allowed.is_none());
    let of = |message: &Message| {
        let of_code = Code::named(message.code).and_then(Consequence::of);
        of_code.or_else(|| Consequence::named(message.code))
    };
    counted.filter_map(of).min()
}

/// Why a run without errors fails, if it does.
pub(crate) fn denied(reports: &[Report], strictness: &args::Strictness) -> Option<String> {
    if strictness.deny == Some(Deny::Warnings) && count(reports, Severity::Warning) > 0 {
        return Some(format!("{}, denied by `--deny warnings`", counts(reports)));
    }
    let (worst, least) = (worst(reports)?, strictness.fail_on?);
    (worst <= least)
        .then(|| format!("the worst consequence is `{worst}`, denied by `--fail-on {least}`"))
}

/// Standard error, and how to write to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terminal {
    format: MessageFormat,
    color: bool,
    colored_output: bool,
}

impl Terminal {
    /// As the command line asks for; the environment is read only for `--color auto`.
    pub(crate) fn new(args: args::Messages) -> Self {
        let color = |is_terminal: fn() -> bool| match args.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => has_colors(is_terminal),
        };
        Self {
            format: args.message_format,
            color: color(|| io::stderr().is_terminal()),
            colored_output: color(|| io::stdout().is_terminal()),
        }
    }

    /// Whether what a command prints on standard output for people has colors.
    pub(crate) fn has_colored_output(self) -> bool {
        self.colored_output
    }

    /// Writes all messages, then for people the summary. Nobody can be told if standard error is closed.
    pub(crate) fn show(self, report: &Report, summary: Option<(Severity, &str)>) {
        self.show_all(slice::from_ref(report), summary);
    }

    /// Writes the messages of several stacks, one stack after the other, then for people one summary.
    pub(crate) fn show_all(self, reports: &[Report], summary: Option<(Severity, &str)>) {
        let first = first_errors(reports);
        let text = match self.format {
            MessageFormat::Human => human::text(&visible(&first), summary, self.color),
            MessageFormat::Json => first.iter().map(json::text).collect(),
            MessageFormat::Github => visible(&first).iter().map(github::text).collect(),
            MessageFormat::Sarif => sarif::text(&first),
        };
        // What the formats do not escape themselves: JSON takes such an escape in any of its texts.
        write_quietly(&shown(&text, self.color && self.format == MessageFormat::Human));
    }

    /// Writes a line for people; readers of the other formats get none.
    pub(crate) fn say(self, line: &str) {
        if self.format == MessageFormat::Human {
            write_quietly(&format!("{}\n", seaway_core::visible::visible(line)));
        }
    }
}

/// The reports without characters that a terminal obeys or nobody sees.
fn visible(reports: &[Report]) -> Cow<'_, [Report]> {
    let texts = |message: &Message| {
        let labels = message.labels.iter().map(|label| label.text.as_str());
        let more = message.notes.iter().map(String::as_str).chain(message.help.as_deref());
        let more = more.chain(message.allowed.as_deref());
        let mut all = std::iter::once(message.text.as_str()).chain(labels).chain(more);
        all.any(|text| matches!(shown(text, false), Cow::Owned(_)))
    };
    if !reports.iter().flat_map(|report| &report.messages).any(texts) {
        return Cow::Borrowed(reports);
    }
    let shown = |text: &mut String| *text = seaway_core::visible::visible(text).into_owned();
    let mut reports = reports.to_vec();
    for message in reports.iter_mut().flat_map(|report| &mut report.messages) {
        shown(&mut message.text);
        message.labels.iter_mut().for_each(|label| shown(&mut label.text));
        message.notes.iter_mut().chain(&mut message.help).for_each(shown);
        message.allowed = message.allowed.take().map(|reason| {
            let mut text = String::from(reason);
            shown(&mut text);
            text.into()
        });
    }
    Cow::Owned(reports)
}

/// A text without characters that a terminal obeys or nobody sees. A colored one keeps the escapes of its colors.
pub(crate) fn shown(text: &str, is_colored: bool) -> Cow<'_, str> {
    const ESCAPE: char = '\u{1b}';
    if !is_colored || !text.contains(ESCAPE) {
        return seaway_core::visible::visible(text);
    }
    let mut out = String::with_capacity(text.len());
    for (at, part) in text.split(ESCAPE).enumerate() {
        // Colors and their end: digits and semicolons up to an `m`.
        let is_color = part.strip_prefix('[').is_some_and(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';');
            end.is_some_and(|end| rest[end..].starts_with('m'))
        });
        match (at, is_color) {
            (0, _) => {}
            (_, true) => out.push(ESCAPE),
            (_, false) => out.push_str(&seaway_core::visible::escaped(ESCAPE)),
        }
        out.push_str(&seaway_core::visible::visible(part));
    }
    Cow::Owned(out)
}

/// Writes to standard error in one go. Nobody can be told if that fails.
pub(crate) fn write_quietly(text: &str) {
    if !text.is_empty() {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }
}

/// How many columns standard output has: those of the terminal, as shells say them in `COLUMNS`, else a usual width.
pub(crate) fn width() -> usize {
    const USUAL: usize = 100;
    const LEAST: usize = 60;
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    said.filter(|_| io::stdout().is_terminal()).unwrap_or(USUAL).max(LEAST)
}

/// Whether a stream shows colors: a terminal, and nobody who objects (<https://no-color.org>).
fn has_colors(is_terminal: fn() -> bool) -> bool {
    let objects = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    is_terminal()
        && !objects("NO_COLOR")
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}
