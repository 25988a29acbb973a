//! The stack language, seen from outside: text in, a stack or diagnostics out. One module a subject.

mod allow;
mod arbitrary;
mod bind;
mod bucket;
mod cluster;
mod decode;
mod env;
mod exposure;
mod extends;
mod foreign;
mod monitoring;
mod outside;
mod overlay;
mod pooler;
mod project;
mod protocols;
mod references;
mod rules;
mod schema;
mod secrets;
mod service;
mod support;
mod syntax;
mod texts;
mod unused;
mod values;
