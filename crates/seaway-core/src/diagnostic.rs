//! What the compiler has to say about a stack, as data. It is turned into text at the edge.

use std::collections::BTreeMap;

use crate::{Code, Origin, Severity, Span};

/// A place in the stack and what is to be said about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// The most specific place.
    pub span: Span,
    /// A lower-case phrase; may be empty.
    pub text: String,
}

/// One problem of a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of problem.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// A lower-case phrase without a full stop.
    pub message: String,
    /// Where; the first is the primary place. Empty only when no line of the stack is at fault.
    pub labels: Vec<Label>,
    /// Facts that explain it.
    pub notes: Vec<String>,
    /// What to write instead.
    pub help: Option<String>,
    /// What of the stack it is about, if a stack may allow it for that alone: the name of a variable, a word of a command.
    pub subject: Option<Box<str>>,
    /// Why the stack allows it, if it does: it is told, and neither an error nor a warning any more.
    pub allowed: Option<Box<str>>,
}

impl Diagnostic {
    /// An error without a place yet.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, message)
    }

    /// A warning without a place yet.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, message)
    }

    /// Something to know, without a place yet.
    pub fn notice(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Note, message)
    }

    fn new(code: Code, severity: Severity, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            code,
            severity,
            message,
            labels: Vec::new(),
            notes: Vec::new(),
            help: None,
            subject: None,
            allowed: None,
        }
    }

    /// Adds a place, unless the same was said of it already.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        let label = Label { span, text: text.into() };
        if !self.labels.contains(&label) {
            self.labels.push(label);
        }
        self
    }

    /// Adds the place of an origin; a default becomes a note that names it and its reason.
    #[must_use]
    pub fn origin(self, origin: Origin, text: impl Into<String>) -> Self {
        match origin {
            Origin::Stack(span) => self.label(span, text),
            Origin::Default(reason) => self.note(format!(
                "nobody wrote this: it is the default `{}` ({})",
                reason.name, reason.why
            )),
        }
    }

    /// Adds a fact.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Says what of the stack it is about.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<Box<str>>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Says what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says what to write instead, if there is something to say.
    #[must_use]
    pub fn help_maybe(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }
}

/// Proof that an error was reported: only a [`Sink`] makes one, so no pass fails in silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reported(());

/// What a stack allows: problems of a code, everywhere, in one component or of one subject, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// The kind of problem.
    pub code: Code,
    /// Where it was allowed.
    pub span: Span,
    /// Why.
    pub reason: String,
    /// The places that belong to the component; `None` for the whole stack.
    pub within: Option<Vec<Span>>,
    /// What alone it was written for, for example one variable; `None` for all problems of the code.
    pub subject: Option<String>,
    /// The places of the component that is called like the subject, whose problems it covers as well.
    pub namesake: Vec<Span>,
    /// Whether a problem came up that it covers.
    pub is_used: bool,
}

impl Allowance {
    fn covers(&self, diagnostic: &Diagnostic) -> bool {
        let first = diagnostic.labels.first();
        let inside = |places: &[Span]| {
            let around = |place: &Span, label: &Label| {
                place.start <= label.span.start && label.span.end <= place.end
            };
            first.is_some_and(|label| places.iter().any(|place| around(place, label)))
        };
        let is_subject = |subject: &String| {
            diagnostic.subject.as_deref() == Some(subject) || inside(&self.namesake)
        };
        self.code == diagnostic.code
            && self.subject.as_ref().is_none_or(is_subject)
            && self.within.as_deref().is_none_or(inside)
    }
}

/// Takes what the passes report.
#[derive(Debug, Default)]
pub struct Sink {
    diagnostics: Vec<Diagnostic>,
    /// Where those of a place and code are among them: a hostile text has thousands of faults.
    reported: BTreeMap<(Option<Span>, Code), Vec<usize>>,
    errors: usize,
    allowances: Vec<Allowance>,
}

impl Sink {
    /// Takes one diagnostic, unless it is about what [stands in](Span::NOWHERE) for a value. One that says the same of the same place again adds no more than its notes; one that the
    /// stack allows gets the reason for that.
    pub fn report(&mut self, mut diagnostic: Diagnostic) {
        if let Some(known) = self.allowances.iter_mut().find(|known| known.covers(&diagnostic)) {
            known.is_used = true;
            diagnostic.allowed = Some(known.reason.as_str().into());
        }
        self.take(diagnostic);
    }

    fn take(&mut self, diagnostic: Diagnostic) {
        if diagnostic.labels.iter().any(|label| label.span == Span::NOWHERE) {
            return;
        }
        let place = diagnostic.labels.first().map(|label| label.span);
        let alike = self.reported.entry((place, diagnostic.code)).or_default();
        let same = |known: &&usize| {
            self.diagnostics.get(**known).is_some_and(|known| {
                (known.severity, &known.message) == (diagnostic.severity, &diagnostic.message)
            })
        };
        if let Some(known) = alike.iter().find(same).and_then(|at| self.diagnostics.get_mut(*at)) {
            for note in diagnostic.notes {
                if !known.notes.contains(&note) {
                    known.notes.push(note);
                }
            }
            return;
        }
        alike.push(self.diagnostics.len());
        let is_error = diagnostic.severity == Severity::Error && diagnostic.allowed.is_none();
        self.errors += usize::from(is_error);
        self.diagnostics.push(diagnostic);
    }

    /// Takes an error and gives the proof of it.
    pub fn error(&mut self, mut diagnostic: Diagnostic) -> Reported {
        diagnostic.severity = Severity::Error;
        self.take(diagnostic);
        Reported(())
    }

    /// The value if no error was reported so far, else the proof that one was.
    pub fn checked<T>(&self, value: T) -> Result<T, Reported> {
        if self.errors == 0 { Ok(value) } else { Err(Reported(())) }
    }

    /// Lets problems pass from here on.
    pub fn allow(&mut self, allowance: Allowance) {
        self.allowances.push(allowance);
    }

    /// What the stack allows, and whether it was needed so far.
    pub fn allowances(&self) -> &[Allowance] {
        &self.allowances
    }

    /// How many errors were reported so far.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// All diagnostics in the order of the file; those without a place come last.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|diagnostic| {
            let place = diagnostic.labels.first().map(|label| label.span);
            (place.is_none(), place)
        });
        self.diagnostics
    }
}
