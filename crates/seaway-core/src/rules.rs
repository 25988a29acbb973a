//! What must not be, told about the stack before it becomes objects. One file a subject, one table.

mod commands;
mod images;
mod objects;
mod process;
mod secrets;
mod services;
mod settings;
mod unused;
mod volumes;

use crate::declared::Declared;
use crate::{Sink, Stack};

type Rule = fn(&Declared<'_>, &Stack, &mut Sink);

/// All rules; each looks at the whole stage.
const RULES: &[Rule] = &[
    commands::check,
    images::check,
    objects::check,
    process::check,
    secrets::check,
    services::check,
    settings::check,
    unused::check,
    volumes::check,
];

/// Looks at a stage by every rule.
pub(crate) fn check(declared: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for rule in RULES {
        rule(declared, stack, sink);
    }
}
