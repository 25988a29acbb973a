//! Fields of objects: what the API server asks of them beyond their types, as data.
//!
//! The rules of a type hold wherever it occurs, a probe of a sidecar as well as one of the web server. So an object is
//! walked once, by way of its serialization, which says the names of types and fields and leaves out what is not set; a
//! place is only written down when there is a fault in it.

mod network;
mod others;
mod pods;
mod quantities;
mod relate;
mod report;
mod rules;
mod walk;
mod workloads;

use seaway_core::Sink;

use super::super::index::Index;
use crate::Body;
use crate::by_name::{Places, same};
use rules::Type;

/// All types with rules.
static TABLES: [&[Type]; 4] = [pods::TYPES, workloads::TYPES, network::TYPES, others::TYPES];

/// Most types of one table.
const MOST: usize = 62;

/// Where a type is: the table times [`MOST`], and the place in it.
static PLACES: Places = {
    let (mut places, mut table) = (Places::NONE, 0);
    while table < TABLES.len() {
        assert!(TABLES[table].len() <= MOST, "a longer table needs more room");
        let mut at = 0;
        while at < TABLES[table].len() {
            places.note(TABLES[table][at].name, table * MOST + at);
            at += 1;
        }
        table += 1;
    }
    places
};

fn find(name: &str) -> Option<&'static Type> {
    let mut known = PLACES.of(name).map(|place| &TABLES[place / MOST][place % MOST]);
    known.find(|of| same(of.name, name))
}

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        // Nothing but data, and what is not known by type.
        if !matches!(object.body, Body::ConfigMap(_) | Body::Secret(_) | Body::Other(_)) {
            walk::walk(object, sink);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{TABLES, find};

    #[test]
    fn each_type_is_listed_once() {
        for of in TABLES.into_iter().flatten() {
            assert!(find(of.name).is_some_and(|found| std::ptr::eq(found, of)), "{}", of.name);
        }
    }
}
