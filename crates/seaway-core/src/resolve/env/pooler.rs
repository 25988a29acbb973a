//! What Django needs behind a pooler that hands a connection out for the time of a transaction.

use std::collections::BTreeSet;

use crate::preset::BEHIND_POOLER;
use crate::stack::{Bound, VariableValue};
use crate::values::Name;
use crate::{Reason, Sourced, Stack};

pub(in crate::resolve) static POOLED: Reason = Reason {
    name: "django-behind-a-pooler",
    why: "a kept connection is not shared, and a server-side cursor is gone with the transaction: InvalidCursorName",
    source: "https://docs.djangoproject.com/en/5.2/ref/databases/#transaction-pooling-and-server-side-cursors",
};

/// Binds the settings in a process that refers to a pooler, never over what the stack says.
pub(super) fn settings(
    stack: &Stack,
    reads: &BTreeSet<Name>,
    mut bind: impl FnMut(Bound, Sourced<VariableValue>),
) {
    let is_pooler =
        |name: &Name| stack.parts.get(name).is_some_and(|part| part.facts.pooler.is_some());
    let Some(pooler) = reads.iter().find(|name| is_pooler(name)).filter(|_| stack.is_django())
    else {
        return;
    };
    for (name, value) in BEHIND_POOLER {
        let bound = Bound { usual: name, component: Some(pooler.clone()) };
        bind(bound, Sourced::default_for(VariableValue::Text(value.to_owned()), &POOLED));
    }
}
