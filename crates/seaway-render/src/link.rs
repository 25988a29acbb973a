//! Objects → [`Bundle`]: proves that nothing dangles, and puts the objects into the order in which they are applied.
//!
//! The checks see every object, the user's own and patched ones included. A name that leads out of the bundle is fine
//! where the stack declares it (`[secrets]`, existing claims, accounts and classes), and an error elsewhere.

mod at;
mod fields;
mod issued_secrets;
mod index;
mod workloads;
mod scalers;
mod network;
mod references;
mod agreement;
mod flows;
mod api;
mod budgets;
mod policy;
mod quota;
mod versions;

pub(crate) use api::demand::{Demand, demands};
pub(crate) use budgets::connections;
pub(crate) use scalers::least_pods;
use seaway_core::{Code, Reported, Sink, Stack};

use crate::{Bundle, Object, order};
use index::Index;
pub(crate) use quota::bound;

/// A check of the catalogue; it looks at the whole bundle.
struct Check {
    /// What it reports, most of all.
    code: Code,
    run: fn(&Index<'_>, &mut Sink),
}

/// All checks, by what they are about.
const CATALOGUE: &[&[Check]] = &[
    references::CHECKS,
    agreement::CHECKS,
    flows::CHECKS,
    api::CHECKS,
    budgets::CHECKS,
    policy::CHECKS,
    versions::CHECKS,
];

/// What the checks of a bundle report, a code for each check.
pub fn checks() -> impl Iterator<Item = Code> {
    CATALOGUE.iter().copied().flatten().map(|check| check.code)
}

/// The bundle, or every reason why there is none.
pub(crate) fn link(
    stack: Stack,
    objects: Vec<Object>,
    sink: &mut Sink,
) -> Result<Bundle, Reported> {
    let bundle = unproven(stack, objects);
    let index = Index::new(&bundle.stack, &bundle.objects);
    for check in CATALOGUE.iter().copied().flatten() {
        (check.run)(&index, sink);
    }
    sink.checked(bundle)
}

/// The bundle, whether it hangs together or not.
pub(crate) fn unproven(stack: Stack, mut objects: Vec<Object>) -> Bundle {
    objects.sort_by_cached_key(|object| {
        (
            order::rank(object.body.kind()),
            object.body.kind().to_owned(),
            object.body.name().to_owned(),
        )
    });
    Bundle { stack, objects }
}
