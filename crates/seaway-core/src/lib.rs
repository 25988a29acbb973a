//! The stack language of Seaway: from the text of a stack file to a typed [`Stack`], stage by stage.
//!
//! ```text
//! text ─parse→ Document ─resolve(stage)→ Stack
//! ```
//!
//! This crate knows no Kubernetes types and does no I/O. [`parse`] never fails: it reports into a [`Sink`] and goes on
//! with what it could read. [`resolve`](resolve()) gives a [`Stack`] only if nothing was reported, and the proof of it otherwise.
//!
//! Modules are listed lowest first: each uses only those above it.

pub mod source;
pub mod origin;
pub mod code;
pub mod consequence;
pub mod diagnostic;
pub mod suggest;
pub mod visible;
pub mod node;
pub mod decode;
pub mod values;
pub mod shell;
pub mod naming;
pub mod recipe;
pub mod options;
pub mod document;
mod overlay;
pub mod schema;
pub mod binding;
pub mod stack;
pub mod exposure;
pub mod outputs;
pub mod objects;
pub mod outside;
pub mod preset;
pub mod policy;
pub mod production;
pub mod broker;
pub mod celery;
mod declared;
mod rules;
pub mod resolve;
pub mod reference;

pub use code::{Code, Severity};
pub use consequence::Consequence;
pub use decode::decode;
pub use diagnostic::{Allowance, Diagnostic, Label, Reported, Sink};
pub use document::{Document, parse};
pub use node::{Node, Value};
pub use origin::{Origin, Reason, Sourced};
pub use resolve::resolve;
pub use source::{CrdFile, Position, Source, SourceText, Span, TextKind};
pub use stack::Stack;
