//! Runs the real binary on temporary folders.

mod sandbox;
mod against;
mod check;
mod determinism;
mod explain;
mod faults;
mod files;
mod folder;
mod help;
mod messages;
mod render;
mod sarif;
mod secrets;
mod stages;
