//! Objects as trees: what a user writes becomes a typed object, and a typed object becomes a tree to be patched.

mod custom;
mod from_node;
mod note;
mod to_node;

pub(crate) use custom::custom;
pub(crate) use from_node::{place, readable, typed};
pub(crate) use note::note;
pub(crate) use to_node::to_node;
