//! Images that move, have no digest, or are of nobody any more.

use std::collections::BTreeSet;

use seaway_core::values::Image;
use seaway_core::{Sink, policy};

use super::super::at::At;
use super::super::index::Index;
use super::told;
use crate::containers;

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    let production = index.stack.is_production();
    let known: BTreeSet<&Image> = index.stack.images().map(|image| &image.value).collect();
    for workload in &index.pods.workloads {
        let (_, path) = workload.object.body.pod_spec().unwrap_or((workload.spec, "spec"));
        let pod = At::path(path);
        for (list, container) in containers::all(workload.spec) {
            // What is no image is told elsewhere.
            let text = container.image.clone().unwrap_or_default();
            let Ok(pulled) = Image::try_from(text) else { continue };
            // What is judged is what was chosen, wherever it is pulled from.
            let registry = index.stack.registry.as_ref();
            let image = registry.map_or_else(|| pulled.clone(), |one| one.original(&pulled));
            if known.contains(&pulled) || known.iter().any(|one| one.is_same(&image)) {
                continue;
            }
            let moves = production.then(|| policy::unpinned(&image, true)).flatten();
            let digest = index.stack.requires_digest().then(|| policy::without_digest(&image));
            let all = [moves, policy::registry(&image, production), digest.flatten()];
            for judgement in all.into_iter().flatten() {
                let container = pod.item(list, &container.name);
                sink.report(told(&judgement, workload.object, container.field("image")));
            }
        }
    }
}
