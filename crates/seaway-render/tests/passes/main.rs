//! The passes, by what they promise: objects from a stack and back to its lines.

#[path = "../common/mod.rs"]
mod common;

mod against;
mod agreement;
mod applications;
mod celery;
mod cluster;
mod budgets;
mod components;
mod determinism;
mod diff;
mod everywhere;
mod exposure;
mod fields;
mod flows;
mod gates;
mod grafana;
mod kops;
mod link;
mod monitoring;
mod objects;
mod operator;
mod origins;
mod outside;
mod overview;
mod pages;
mod production;
mod project;
mod protocols;
mod patches;
mod pooler;
mod references;
mod quota;
mod reasons;
mod requests;
mod scaling;
mod secrets;
mod security;
mod service;
mod sidecars;
mod support;
mod versions;
mod switch;
mod texts;
mod together;
