//! What libpq is told by its own variables: clients that get host and password in parts verify the server as well.

use std::collections::BTreeSet;

use super::known::Known;
use crate::options::{Facts, Protocol, Provides};
use crate::outputs::Output;
use crate::stack::VariableValue;
use crate::values::Name;
use crate::{Reason, Sourced};

pub(in crate::resolve) static LIBPQ_TLS: Reason = Reason {
    name: "libpq-tls",
    why: "libpq's own default takes whoever answers: `psql`, `pg_dump` and URLs made of parts verify the server too",
    source: "https://www.postgresql.org/docs/current/libpq-envars.html",
};

/// The variables, each with the output that it holds.
const VARIABLES: [(&str, &str); 2] = [("PGSSLMODE", "sslmode"), ("PGSSLROOTCERT", "ca-file")];

/// Whether clients of it read libpq's variables, as far as it is known.
fn is_read_by_libpq(facts: &Facts) -> bool {
    facts.is_used_as(Provides::Database)
        && facts.protocol.is_none_or(|protocol| protocol == Protocol::Postgresql)
}

/// Says in libpq's variables how the databases that a container refers to are verified. They hold for all of its
/// connections, so they are set only if all of its databases agree, and never over what the stack says.
pub(super) fn verify(
    known: &Known<'_>,
    reads: &BTreeSet<Name>,
    mut bind: impl FnMut(&'static str, Sourced<VariableValue>),
) {
    let read = reads.iter().filter_map(|name| known.stack.parts.get(name));
    let mut databases = read.filter(|part| is_read_by_libpq(&part.facts)).map(|part| {
        VARIABLES.map(|(_, output)| match known.of(part).get(output) {
            Some(Output::Text(text)) => Some(text.clone()),
            _ => None,
        })
    });
    let Some(first) = databases.next() else { return };
    if !databases.all(|other| other == first) {
        return;
    }
    for ((name, _), value) in VARIABLES.into_iter().zip(first) {
        let Some(value) = value else { continue };
        bind(name, Sourced::default_for(VariableValue::Text(value), &LIBPQ_TLS));
    }
}
