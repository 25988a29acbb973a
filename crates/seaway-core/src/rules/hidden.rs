//! Characters that nobody sees, in what is no text: names, paths and values that reach messages, comments and commands.

use crate::declared::Declared;
use crate::visible::{escaped, is_hidden};
use crate::{Code, Diagnostic, Node, Sink, Stack, Value, suggest};

/// Keys whose values are texts for a program or a person, of several lines if need be.
const TEXTS: [&str; 16] = [
    "allow",
    "annotations",
    "args",
    "command",
    "check-command",
    "config",
    "env",
    "headers",
    "labels",
    "object-annotations",
    "objects",
    "outputs",
    "patches",
    "pod-annotations",
    "queues",
    "service-annotations",
];

/// Those of them that the kernel reads, which ends a text at a NUL.
const OF_PROCESSES: [&str; 4] = ["args", "command", "check-command", "env"];

pub(super) fn check(declared: &Declared<'_>, _: &Stack, sink: &mut Sink) {
    for (section, value) in declared.root.as_table().into_iter().flatten() {
        let named = value.as_table().filter(|_| OF_NAMES.contains(&section.value.as_str()));
        // A component can be called like a key.
        for (name, entry) in named.into_iter().flatten() {
            look(declared, entry, (&name.value, Kind::Value), sink);
        }
        if named.is_none() {
            look_below(declared, (&section.value, value), Kind::Value, sink);
        }
    }
}

/// Sections whose keys are names that the stack chooses.
const OF_NAMES: [&str; 4] = ["components", "secrets", "types", "volumes"];

/// Looks at the value of a key.
fn look_below(declared: &Declared<'_>, (key, value): (&str, &Node), kind: Kind, sink: &mut Sink) {
    let kind = match kind {
        Kind::Value if OF_PROCESSES.contains(&key) => Kind::OfProcess,
        Kind::Value if TEXTS.contains(&key) => Kind::Any,
        kind => kind,
    };
    look(declared, value, (key, kind), sink);
}

/// What a text is for.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// A name, a path or another value of one line.
    Value,
    /// A text for a process.
    OfProcess,
    /// Any text.
    Any,
}

/// Looks at a value and at all in it. The key is the nearest one above.
fn look(declared: &Declared<'_>, node: &Node, (key, kind): (&str, Kind), sink: &mut Sink) {
    if declared.faults.left_out(node) {
        return;
    }
    match &node.value {
        Value::String(text) => {
            let fault = text.chars().find(|c| match kind {
                Kind::Value => is_hidden(*c),
                Kind::OfProcess => *c == '\0',
                Kind::Any => false,
            });
            if let Some(found) = fault {
                sink.report(hidden_character(node, key, text, found));
            }
        }
        Value::Array(items) => {
            for item in items {
                look(declared, item, (key, kind), sink);
            }
        }
        Value::Table(table) => {
            for (name, value) in table {
                look_below(declared, (&name.value, value), kind, sink);
            }
        }
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {}
    }
}

fn hidden_character(node: &Node, key: &str, text: &str, found: char) -> Diagnostic {
    let what = match found {
        '\n' => "a line break".to_owned(),
        '\t' => "a tab".to_owned(),
        '\0' => "a NUL character".to_owned(),
        c if c.is_control() => format!("the control character `{}`", escaped(c)),
        c => format!("the invisible character `{}`", escaped(c)),
    };
    let rest: String = text.chars().filter(|c| !is_hidden(*c)).collect();
    Diagnostic::error(Code::InvalidValue, format!("`{key}` has {what} in it"))
        .label(node.span, "")
        .help(format!("write it without: {}", suggest::pasted(&rest)))
}
