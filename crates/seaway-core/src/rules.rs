//! What must not be, told about the stack before it becomes objects. One file a subject, one table.

mod backup;
mod cluster;
mod calls;
mod celery;
mod clients;
mod commands;
mod declarations;
mod exposure;
mod extensions;
mod foreign;
mod guessable;
mod hidden;
mod images;
mod labels;
mod listens;
mod literals;
mod lost;
mod missing;
mod monitoring;
mod namespace;
mod numbers;
mod objects;
mod outside;
mod pooler;
mod ports;
mod process;
mod project;
mod protocols;
mod reached;
mod replicas;
mod secrets;
mod server;
mod services;
mod service;
mod settings;
mod spool;
mod unused;
mod volumes;
mod waits;

use crate::declared::Declared;
use crate::{Sink, Stack};

type Rule = fn(&Declared<'_>, &Stack, &mut Sink);

/// All rules; each looks at the whole stage.
const RULES: &[Rule] = &[
    backup::check,
    cluster::check,
    calls::check,
    celery::check,
    clients::check,
    commands::check,
    exposure::check,
    extensions::check,
    foreign::check,
    guessable::check,
    hidden::check,
    images::check,
    labels::check,
    listens::check,
    literals::check,
    lost::check,
    monitoring::check,
    namespace::check,
    numbers::check,
    objects::check,
    outside::check,
    pooler::check,
    ports::check,
    process::check,
    project::check,
    protocols::check,
    |_, stack, sink| reached::check(stack, sink),
    replicas::check,
    secrets::check,
    server::check,
    service::check,
    services::check,
    settings::check,
    spool::check,
    unused::check,
    backup::undumped,
    volumes::check,
    waits::check,
    // What is missing is looked for where nothing else is wrong.
    declarations::check,
    missing::check,
];

/// Looks at a stage by every rule.
pub(crate) fn check(declared: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for rule in RULES {
        rule(declared, stack, sink);
    }
}
