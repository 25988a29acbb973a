//! The outputs that variables are made of.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::Stack;
use crate::outputs::{self, Output};
use crate::stack::Part;
use crate::values::Name;

/// The outputs of the components of a stage by name: those of a component are made once, when they are first asked for.
pub(super) struct Known<'a> {
    /// The stage.
    pub stack: &'a Stack,
    of: BTreeMap<&'a Name, OnceCell<BTreeMap<String, Output>>>,
}

impl<'a> Known<'a> {
    pub(super) fn new(stack: &'a Stack) -> Self {
        Self { stack, of: stack.parts.keys().map(|name| (name, OnceCell::new())).collect() }
    }

    /// The outputs of a component of the stage.
    pub(super) fn of(&self, part: &Part) -> &BTreeMap<String, Output> {
        static NONE: BTreeMap<String, Output> = BTreeMap::new();
        let found = self.of.get(&part.name.value);
        found.map_or(&NONE, |found| found.get_or_init(|| outputs::of(self.stack, part)))
    }
}
