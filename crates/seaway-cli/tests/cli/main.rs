//! Runs the real binary on temporary folders.

mod sandbox;
mod against;
mod bases;
mod browser;
mod check;
mod cluster;
mod determinism;
mod diff;
mod env;
mod explain;
mod faults;
mod files;
mod folder;
mod help;
mod linking;
mod messages;
mod monitoring;
mod overlays;
mod packages;
mod page;
mod render;
mod sarif;
mod secrets;
mod set;
mod stages;
mod volume;
