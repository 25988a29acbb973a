//! What a stage says before it has types, for checks that would else take for missing what was told to be at fault.

use std::collections::BTreeMap;

use crate::decode::Faults;
use crate::options::Facts;
use crate::values::Name;
use crate::{Node, Source};

/// The merged layers of a stage, and what of them did not decode.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Declared<'a> {
    /// The merged layers.
    pub(crate) root: &'a Node,
    /// What was at fault in them.
    pub(crate) faults: &'a Faults,
    /// The texts that they were written in.
    pub(crate) source: &'a Source,
    /// What components were before they changed their type.
    pub(crate) former: &'a BTreeMap<Name, Facts>,
}

impl Declared<'_> {
    /// Whether an entry of a top-level table was written, even if it is at fault.
    pub(crate) fn has(&self, table: &str, name: &str) -> bool {
        self.root.at([table, name]).is_some()
    }

    /// Whether a value, what it lies in or what lies in it was told to be at fault.
    pub(crate) fn at_fault<'p>(&self, path: impl IntoIterator<Item = &'p str>) -> bool {
        let mut node = self.root;
        for key in path {
            if self.faults.left_out(node) {
                return true;
            }
            match node.get(key) {
                Some(value) => node = value,
                None => return self.faults.supplied(node, key),
            }
        }
        self.faults.touch(node)
    }

    /// The same for an option of a component, which `[app]` may have set.
    pub(crate) fn option_at_fault<'p>(&self, component: &'p str, path: &[&'p str]) -> bool {
        let path = path.iter().copied();
        self.at_fault(["components", component].into_iter().chain(path.clone()))
            || self.at_fault(std::iter::once("app").chain(path))
    }
}
