//! Runs the real binary on temporary folders.

mod sandbox;
mod check;
mod determinism;
mod explain;
mod files;
mod folder;
mod help;
mod messages;
mod render;
mod stages;
