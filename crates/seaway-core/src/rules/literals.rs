//! Secrets that are written as text, wherever in a stage.
//!
//! A secret has a form that gives it away under any name, so every text of the stage is looked at. Names count where they are
//! those of values: of variables, outputs, annotations and keys of configs. An own object has its own rules of names, which the
//! checks of the objects know.

use std::collections::BTreeSet;

use crate::declared::Declared;
use crate::policy::{self, Judgement};
use crate::{Node, Origin, Sink, Span, Stack, TextKind, Value};

pub(super) fn check(declared: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    let mut look = Look { declared, is_production: stack.is_production(), found: Vec::new() };
    for (key, node) in declared.root.as_table().into_iter().flatten() {
        match key.value.as_str() {
            // Texts of files are looked at with those that are written in the stack, and what other stages say is theirs.
            "config" | "stages" => {}
            _ => look.at(key, node, Place::Elsewhere),
        }
    }
    for config in stack.config.values() {
        for (key, text) in &config.data {
            if let Some(judgement) = policy::secret(key, text) {
                look.found.push(Found { judgement, origin: key.origin, declares: true });
            }
        }
    }
    // The line of each finding declares the keys of all of them: a second line with the same key would be no TOML.
    let known = stack.secrets.get("app").into_iter().flat_map(|contract| contract.keys.keys());
    let is_allowed = |found: &Found| {
        let subject = found.judgement.subject.as_deref();
        let mut allowed = sink.allowances().iter();
        allowed.any(|one| one.code == found.judgement.code && one.subject.as_deref() == subject)
    };
    let declared = look.found.iter().filter(|found| found.declares && !is_allowed(found));
    let subjects = declared.map(Found::key);
    let mut keys: Vec<String> = known.map(ToString::to_string).chain(subjects).collect();
    let mut seen = BTreeSet::new();
    keys.retain(|key| seen.insert(key.clone()));
    for Found { mut judgement, origin, declares } in look.found {
        if let Some(name) = judgement.subject.as_deref().filter(|_| declares) {
            judgement.help = policy::declaring(name, &keys);
        }
        sink.report(judgement.diagnostic().origin(origin, judgement.label));
    }
}

/// A secret as text.
struct Found {
    judgement: Judgement,
    origin: Origin,
    /// Whether the help is to declare a key of a contract.
    declares: bool,
}

impl Found {
    /// The key that it would have.
    fn key(&self) -> String {
        self.judgement.subject.as_deref().map(policy::key_of).unwrap_or_default()
    }
}

/// What the keys of a table are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Variables of a container.
    Variables,
    /// Outputs of a component.
    Outputs,
    /// Annotations of objects.
    Annotations,
    /// Options, whose names say nothing of their values.
    Elsewhere,
}

impl Place {
    fn of(table: &str) -> Self {
        match table {
            "env" => Self::Variables,
            "outputs" => Self::Outputs,
            "annotations" | "pod-annotations" | "object-annotations" | "service-annotations" => {
                Self::Annotations
            }
            _ => Self::Elsewhere,
        }
    }

    /// What to write instead, where a reference to a Secret can not stand.
    fn help(self) -> Option<&'static str> {
        match self {
            Self::Variables => None,
            Self::Outputs => {
                Some("keep it in a Secret, and name that in `secret` of the component")
            }
            Self::Annotations | Self::Elsewhere => {
                Some("keep it in a Secret, and let what reads it read the Secret")
            }
        }
    }
}

struct Look<'a> {
    declared: &'a Declared<'a>,
    is_production: bool,
    found: Vec<Found>,
}

impl Look<'_> {
    /// Looks at what stands under a key, and at all that lies in it.
    fn at(&mut self, key: &str, node: &Node, place: Place) {
        match &node.value {
            Value::String(text) => {
                let by_name = place != Place::Elsewhere || policy::form(text).is_some();
                let judgement = by_name.then(|| policy::secret(key, text)).flatten();
                let Some(mut judgement) = judgement.filter(|_| !self.is_shipped(node.span)) else {
                    return;
                };
                let help = place.help();
                if let Some(help) = help {
                    judgement.help = format!("{help}; {}", policy::no_secret(key));
                }
                self.take(judgement, node.span, help.is_none());
            }
            Value::Array(items) if matches!(key, "command" | "args" | "check-command") => {
                self.words(items);
            }
            Value::Array(items) => {
                for item in items {
                    self.at(key, item, Place::Elsewhere);
                }
            }
            // Elsewhere than in production a Secret may be written.
            Value::Table(table)
                if !self.is_production && table.get("kind").is_some_and(is_kind_of_secret) => {}
            Value::Table(table) => {
                for (name, node) in table {
                    self.at(name, node, Place::of(key));
                }
            }
            Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {}
        }
    }

    /// The words of a command.
    fn words(&mut self, items: &[Node]) {
        let texts = items.iter().map(|item| item.as_str().unwrap_or_default());
        for (index, judgement) in policy::in_command(texts) {
            if let Some(item) = items.get(index) {
                self.take(judgement, item.span, false);
            }
        }
    }

    fn take(&mut self, judgement: Judgement, span: Span, declares: bool) {
        self.found.push(Found { judgement, origin: Origin::Stack(span), declares });
    }

    /// Whether it is the text of a type that Seaway ships, which its user can not change.
    fn is_shipped(&self, span: Span) -> bool {
        self.declared.source.text_at(span.start).kind == TextKind::Shipped
    }
}

fn is_kind_of_secret(kind: &Node) -> bool {
    kind.as_str() == Some("Secret")
}
