//! Secrets that are written as text, wherever in a stage.
//!
//! A secret has a form that gives it away under any name, so every text of the stage is looked at. Names count where they are
//! those of values: of variables, outputs, annotations and keys of configs. An own object has its own rules of names, which the
//! checks of the objects know.

use crate::declared::Declared;
use crate::policy::{self, Judgement};
use crate::{Diagnostic, Node, Sink, Span, Stack, TextKind, Value};

pub(super) fn check(declared: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    let look = Look { declared, is_production: stack.is_production() };
    for (key, node) in declared.root.as_table().into_iter().flatten() {
        match key.value.as_str() {
            // Texts of files are looked at with those that are written in the stack, and what other stages say is theirs.
            "config" | "stages" => {}
            _ => look.at(key, node, Place::Elsewhere, sink),
        }
    }
    for config in stack.config.values() {
        for (key, text) in &config.data {
            if let Some(judgement) = policy::secret(key, text) {
                sink.report(judgement.diagnostic().origin(key.origin, judgement.label));
            }
        }
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
}

impl Look<'_> {
    /// Looks at what stands under a key, and at all that lies in it.
    fn at(&self, key: &str, node: &Node, place: Place, sink: &mut Sink) {
        match &node.value {
            Value::String(text) => {
                let by_name = place != Place::Elsewhere || policy::form(text).is_some();
                let judgement = by_name.then(|| policy::secret(key, text)).flatten();
                let Some(mut judgement) = judgement.filter(|_| !self.is_shipped(node.span)) else {
                    return;
                };
                if let Some(help) = place.help() {
                    judgement.help = format!("{help}; {}", policy::no_secret(key));
                }
                sink.report(at(&judgement, node.span));
            }
            Value::Array(items) if matches!(key, "command" | "args") => words(items, sink),
            Value::Array(items) => {
                for item in items {
                    self.at(key, item, Place::Elsewhere, sink);
                }
            }
            // Elsewhere than in production a Secret may be written.
            Value::Table(table)
                if !self.is_production && table.get("kind").is_some_and(is_kind_of_secret) => {}
            Value::Table(table) => {
                for (name, node) in table {
                    self.at(name, node, Place::of(key), sink);
                }
            }
            Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {}
        }
    }

    /// Whether it is the text of a type that Seaway ships, which its user can not change.
    fn is_shipped(&self, span: Span) -> bool {
        self.declared.source.text_at(span.start).kind == TextKind::Shipped
    }
}

fn is_kind_of_secret(kind: &Node) -> bool {
    kind.as_str() == Some("Secret")
}

/// The words of a command.
fn words(items: &[Node], sink: &mut Sink) {
    let texts = items.iter().map(|item| item.as_str().unwrap_or_default());
    for (index, judgement) in policy::in_command(texts) {
        if let Some(item) = items.get(index) {
            sink.report(at(&judgement, item.span));
        }
    }
}

fn at(judgement: &Judgement, span: Span) -> Diagnostic {
    judgement.diagnostic().label(span, judgement.label)
}
