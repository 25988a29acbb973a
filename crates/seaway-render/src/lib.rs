//! From the text of a stack to the Kubernetes objects of a stage, and from them to plain YAML.
//!
//! [`compile`] is the reading path: one line a pass. [`compare`] then holds a stage against earlier output of it,
//! and [`diff`](diff()) one stage against another; [`overview`](overview()) tells what watches one,
//! [`environments`] what its containers find in their environment, [`restore`](restore()) how a dump comes back, and
//! [`why`](why()) where a field comes from.
//! [`revision`] compares two states of one stage over time: what was edited, what that changes, and what follows. Modules are
//! listed lowest first: each uses only those above it.

mod by_name;
pub mod emit;
mod names;
pub mod object;
pub mod reasons;
mod apis;
mod fault;
mod images;
mod containers;
mod order;
mod tree;
mod crds;
mod hash;
mod normalize;
mod lower;
mod harden;
mod connect;
mod patch;
mod bundle;
pub mod layout;
pub mod secret_readers;
mod link;
mod passes;
pub mod cluster;
pub mod against;
mod fields;
mod pause;
pub mod diff;
pub mod revision;
pub mod overview;
pub mod environment;
pub mod restore;
pub mod why;

pub use against::{Another, Earlier, compare};
pub use bundle::Bundle;
pub use diff::{Difference, diff};
pub use emit::Format;
pub use environment::Environment;
pub use link::checks;
pub use normalize::rewritten;
pub use object::{Body, Object};
pub use overview::Overview;
pub use restore::Restore;
pub use revision::{Revision, StageDiff};
pub use why::Why;

use seaway_core::{Document, Reported, Sink, Source};

use passes::Pass;
use why::{NoAnswer, Question};

/// Compiles one stage of a stack.
///
/// ```text
/// text ─parse→ Document ─resolve(stage)→ Stack ─lower→ Objects ─harden→ ─connect→ ─patch→ ─quota→ ─hash→ ─normalize→ ─link→ Bundle ─emit→ YAML
/// ```
///
/// Pure: reads nothing but its arguments. The same text gives the same objects.
pub fn compile(source: &Source, stage: &str, sink: &mut Sink) -> Result<Bundle, Reported> {
    let document = seaway_core::parse(source, sink);
    compile_document(source, &document, stage, sink)
}

/// Compiles one stage of a stack that is parsed already: all of [`compile`] but its first pass.
pub fn compile_document(
    source: &Source,
    document: &Document,
    stage: &str,
    sink: &mut Sink,
) -> Result<Bundle, Reported> {
    compile_seen(source, document, stage, sink, |_, _| {})
}

/// Compiles one stage of an older revision: all of [`compile_document`] but the proof that its objects hang together.
///
/// The cluster has them, whatever a check that came later says of them. An error in the stack itself is still an error.
pub fn compile_older(
    source: &Source,
    document: &Document,
    stage: &str,
    sink: &mut Sink,
) -> Result<Bundle, Reported> {
    let stack = seaway_core::resolve(source, document, stage, sink)?;
    let definitions = crds::definitions(&stack, sink);
    let objects = passes::run(&stack, &definitions, sink, |_, _| {});
    sink.checked(link::unproven(stack, objects))
}

/// Compiles one stage, and shows `seen` what each pass makes of the objects.
fn compile_seen(
    source: &Source,
    document: &Document,
    stage: &str,
    sink: &mut Sink,
    seen: impl FnMut(Pass, &[Object]),
) -> Result<Bundle, Reported> {
    let stack = seaway_core::resolve(source, document, stage, sink)
        .inspect_err(|_| lower::check_own(document, stage, sink))?;
    let definitions = crds::definitions(&stack, sink);
    let objects = passes::run(&stack, &definitions, sink, seen);
    definitions.check(&objects, sink);
    link::link(stack, objects, sink)
}

/// The cluster that a stage of a stack assumes, or every reason why there is none.
pub fn plan_cluster(
    source: &Source,
    document: &Document,
    stage: &str,
    sink: &mut Sink,
) -> Result<cluster::Plan, Reported> {
    let bundle = compile_document(source, document, stage, sink)?;
    cluster::plan(&bundle, sink)
}

/// What watches a stage of a stack, or every reason why there is nothing to tell.
pub fn overview(
    source: &Source,
    document: &Document,
    stage: &str,
    sink: &mut Sink,
) -> Result<Overview, Reported> {
    let bundle = compile_document(source, document, stage, sink)?;
    overview::of(&bundle).ok_or_else(|| overview::unwatched(source, document, &bundle.stack, sink))
}

/// The environment of each container of a stage, or of those of one component.
pub fn environments(
    source: &Source,
    document: &Document,
    stage: &str,
    component: Option<&str>,
    sink: &mut Sink,
) -> Result<Vec<Environment>, Reported> {
    let bundle = compile_document(source, document, stage, sink)?;
    environment::of(&bundle, source, component, sink)
}

/// How a dump of a stage comes back, or every reason why there is no way.
pub fn restore(
    source: &Source,
    document: &Document,
    stage: &str,
    wanted: &restore::Wanted<'_>,
    sink: &mut Sink,
) -> Result<Restore, Reported> {
    let bundle = compile_document(source, document, stage, sink)?;
    restore::of(&bundle, wanted, sink)
}

/// Where a field of an object comes from, or each field of it.
pub fn why(
    source: &Source,
    document: &Document,
    stage: &str,
    question: &Question,
    sink: &mut Sink,
) -> Result<Why, NoAnswer> {
    let mut history = why::History::default();
    let bundle = compile_seen(source, document, stage, sink, |pass, objects| {
        history.note(pass, objects);
    })?;
    why::of(source, document, &bundle, &history, question)
}
