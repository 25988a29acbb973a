//! What autoscalers scale.

use seaway_core::Sink;

use super::super::index::Index;
use super::known;

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for scaler in index.scalers.values().flatten() {
        let (group, kind, (_, name)) = scaler.target;
        known(index, scaler.object, "spec.scaleTargetRef.name", (group, kind, name), sink);
    }
}
