//! The passes, by what they promise: objects from a stack and back to its lines.

#[path = "../common/mod.rs"]
mod common;

mod against;
mod agreement;
mod components;
mod determinism;
mod everywhere;
mod fields;
mod flows;
mod link;
mod objects;
mod origins;
mod pages;
mod patches;
mod references;
mod quota;
mod reasons;
mod requests;
mod secrets;
mod security;
mod support;
mod versions;
mod together;
