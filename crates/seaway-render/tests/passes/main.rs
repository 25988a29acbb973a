//! The passes, by what they promise: objects from a stack and back to its lines.

#[path = "../common/mod.rs"]
mod common;

mod components;
mod determinism;
mod everywhere;
mod flows;
mod link;
mod objects;
mod origins;
mod patches;
mod property;
mod reasons;
mod security;
mod support;
