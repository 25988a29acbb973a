//! Runs the real binary on temporary folders.

mod sandbox;
// The damaged stacks of the compiler's own tests.
#[expect(dead_code, reason = "only the texts of the compiler's tests take all of it")]
#[path = "../../../seaway-render/tests/random/chance.rs"]
mod chance;
#[path = "../../../seaway-render/tests/random/mutations/mutate.rs"]
mod mutate;
mod against;
mod bases;
mod browser;
mod check;
mod cluster;
mod comment;
mod crds;
mod determinism;
mod diff;
mod git;
mod diff_page;
mod env;
mod explain;
mod faults;
mod files;
mod folder;
mod help;
mod layout;
mod linking;
mod many;
mod messages;
mod monitoring;
mod mutations;
mod namespaces;
mod overlays;
mod packages;
mod page;
mod pipelines;
mod pre_commit;
mod printed;
mod render;
mod restore;
mod sarif;
mod schedules;
mod secrets;
mod set;
mod stages;
mod volume;
mod why;
mod stages_diff;
