//! Numbers that Kubernetes can not count to.

use crate::declared::Declared;
use crate::{Code, Diagnostic, Node, Sink, Stack, Value};

/// Most seconds or tries: Kubernetes keeps them in 32 bits with a sign.
const MOST: i64 = i32::MAX as i64;

/// How the keys of such numbers end.
const ENDINGS: [&str; 2] = ["-seconds", "-threshold"];

/// Keys whose values are written in other words than those of the language.
const OTHERS: [&str; 6] = ["annotations", "config", "env", "labels", "objects", "patches"];

pub(super) fn check(declared: &Declared<'_>, _: &Stack, sink: &mut Sink) {
    look(declared, declared.root, sink);
}

fn look(declared: &Declared<'_>, node: &Node, sink: &mut Sink) {
    match &node.value {
        Value::Array(items) => items.iter().for_each(|item| look(declared, item, sink)),
        Value::Table(table) => {
            for (key, value) in table {
                let is_large = matches!(value.value, Value::Integer(number) if number > MOST);
                let is_counted = ENDINGS.iter().any(|ending| key.value.ends_with(ending));
                if is_large && is_counted && !declared.faults.left_out(value) {
                    let message = format!("`{}` is more than {MOST}", key.value);
                    sink.report(
                        Diagnostic::error(Code::OutOfRange, message)
                            .label(value.span, "Kubernetes counts no further")
                            .help(format!("write at most {MOST}")),
                    );
                } else if !OTHERS.contains(&key.value.as_str()) {
                    look(declared, value, sink);
                }
            }
        }
        _ => {}
    }
}
