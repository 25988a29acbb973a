//! Labels that selectors use, which a stack may not change.

use std::collections::BTreeSet;

use crate::declared::Declared;
use crate::{Code, Diagnostic, Sink, Stack};

/// The label in every selector.
const INSTANCE: &str = "app.kubernetes.io/instance";
/// The label that selectors have as well where other stacks may lie in the namespace.
const PART_OF: &str = "app.kubernetes.io/part-of";

pub(super) fn check(_: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    let of_parts = stack.parts.values().map(|part| &part.shared.labels);
    let mut seen = BTreeSet::new();
    for key in [&stack.everywhere.labels].into_iter().chain(of_parts).flat_map(|all| all.keys()) {
        let (by, help) = match (key.value.as_str(), &stack.prefix.0) {
            (INSTANCE, _) => ("the name of the component", "rename the component"),
            (PART_OF, Some(_)) => ("the name of the stack", "change `name` of the stack"),
            _ => continue,
        };
        // What a component inherits is written once.
        if seen.insert(key.origin) {
            let message = format!("the label `{key}` is {by}, and stays as it is");
            sink.report(
                Diagnostic::error(Code::InvalidValue, message)
                    .origin(key.origin, "selectors use it")
                    .help(format!(
                        "remove it, {help}, or use a label of your own, `example.com/app`"
                    )),
            );
        }
    }
}
