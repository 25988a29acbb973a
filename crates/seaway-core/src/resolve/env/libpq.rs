//! What libpq is told by its own variables: clients that get host and password in parts verify the server as well.

use std::collections::BTreeSet;

use super::known::Known;
use crate::outputs::Output;
use crate::outside::{Verified, verified};
use crate::preset::OF_LIBPQ;
use crate::stack::{Bound, VariableValue};
use crate::values::Name;
use crate::{Reason, Sourced, Stack};

pub(in crate::resolve) static LIBPQ_TLS: Reason = Reason {
    name: "libpq-tls",
    why: "libpq's own default takes whoever answers: `psql`, `pg_dump` and URLs made of parts verify the server too",
    source: "https://www.postgresql.org/docs/current/libpq-envars.html",
};

/// Says in libpq's variables how the databases that a container refers to are verified. They hold for all of its
/// connections, so they are set only if all of its databases agree, and never over what the stack says. Databases agree whose
/// certificates are the same, wherever each has its copy: then the file of the first one verifies all of them.
pub(super) fn verify(
    stack: &Stack,
    known: &Known,
    reads: &BTreeSet<Name>,
    mut bind: impl FnMut(Bound, Sourced<VariableValue>),
) {
    let read = reads.iter().filter_map(|name| stack.parts.get(name));
    let databases: Vec<(_, Verified<'_>)> =
        read.filter_map(|part| Some((part, verified(stack, part)?))).collect();
    let Some((first, by)) = databases.first() else { return };
    if databases.iter().any(|(_, other)| other != by) {
        return;
    }
    for (name, output) in OF_LIBPQ {
        if let Some(Output::Text(text)) = known.output(&first.name, output) {
            let value = VariableValue::Text(text.clone());
            let bound = Bound { usual: name, component: Some(first.name.value.clone()) };
            bind(bound, Sourced::default_for(value, &LIBPQ_TLS));
        }
    }
}
