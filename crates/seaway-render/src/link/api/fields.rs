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

use std::sync::LazyLock;

use seaway_core::Sink;

use super::super::index::Index;
use crate::Body;
use rules::Type;

/// All types with rules, in the order of [`key`].
static TYPES: LazyLock<Vec<&'static Type>> = LazyLock::new(|| {
    let tables = [pods::TYPES, workloads::TYPES, network::TYPES, others::TYPES];
    let mut all: Vec<&Type> = tables.into_iter().flatten().collect();
    all.sort_by_key(|of| key(of.name));
    all
});

/// Lengths of names tell most of them apart.
fn key(name: &str) -> (usize, &str) {
    (name.len(), name)
}

fn find(name: &str) -> Option<&'static Type> {
    let at = TYPES.binary_search_by_key(&key(name), |of| key(of.name)).ok()?;
    TYPES.get(at).copied()
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
    use super::TYPES;

    #[test]
    fn each_type_is_listed_once() {
        for pair in TYPES.windows(2) {
            assert_ne!(pair[0].name, pair[1].name);
        }
    }
}
