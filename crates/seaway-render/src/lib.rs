//! From the text of a stack to the Kubernetes objects of a stage, and from them to plain YAML.
//!
//! [`compile`] is the reading path: one line a pass. [`compare`] then holds a stage against earlier output of it. Modules are listed lowest first: each uses only those above it.

pub mod emit;
pub mod object;
pub mod reasons;
mod apis;
mod fault;
mod images;
mod names;
mod order;
mod tree;
mod seal;
mod lower;
mod harden;
mod connect;
mod patch;
mod bundle;
pub mod readers;
mod link;
pub mod against;

pub use against::{Earlier, compare};
pub use bundle::Bundle;
pub use emit::Format;
pub use link::checks;
pub use object::{Body, Object};

use seaway_core::{Document, Reported, Sink, Source};

/// Compiles one stage of a stack.
///
/// ```text
/// text ─parse→ Document ─resolve(stage)→ Stack ─lower→ Objects ─harden→ ─connect→ ─patch→ ─seal→ ─link→ Bundle ─emit→ YAML
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
    let stack = seaway_core::resolve(source, document, stage, sink)
        .inspect_err(|_| lower::check_own(document, stage, sink))?;
    let objects = lower::lower(&stack, sink);
    let objects = harden::harden(&stack, objects);
    let objects = connect::connect(&stack, objects);
    let objects = patch::patch(&stack, objects, sink);
    let objects = seal::seal(&stack, objects, sink);
    link::link(&stack, objects, sink)
}
