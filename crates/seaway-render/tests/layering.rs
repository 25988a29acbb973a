//! The modules of this crate use only those above them in `lib.rs`, as those of `seaway-core` do.

#[path = "../../seaway-core/tests/layering.rs"]
mod layering;
