//! The outputs that texts are made of.

use std::collections::BTreeMap;

use crate::Stack;
use crate::outputs::{self, Output};
use crate::values::Name;

/// The components of a stage as references see them.
pub(super) struct Known {
    of: BTreeMap<Name, Component>,
}

/// A component as references see it.
pub(super) struct Component {
    /// Its outputs by name.
    pub(super) outputs: BTreeMap<String, Output>,
    /// The stack's name of its own Secret.
    pub(super) secret: Option<Name>,
    /// The word that `type` has in the stack file.
    pub(super) type_name: &'static str,
    /// Whether its outputs are those of the database behind it.
    pub(super) is_pooler: bool,
    /// Whether it answers requests for hosts.
    pub(super) has_hosts: bool,
}

impl Known {
    pub(super) fn new(stack: &Stack) -> Self {
        let of = stack.parts.iter().map(|(name, part)| {
            let component = Component {
                outputs: outputs::of(stack, part),
                secret: part.facts.secret.as_ref().map(|secret| secret.name.clone()),
                type_name: part.facts.type_name,
                is_pooler: part.facts.pooler.is_some(),
                has_hosts: part.facts.answers_requests,
            };
            (name.clone(), component)
        });
        Self { of: of.collect() }
    }

    pub(super) fn get(&self, name: &Name) -> Option<&Component> {
        self.of.get(name)
    }

    /// The component of a name that somebody wrote.
    pub(super) fn component(&self, name: &str) -> Option<(&Name, &Component)> {
        self.of.get_key_value(name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.of.keys().map(|name| &**name)
    }

    /// An output of a component.
    pub(super) fn output(&self, name: &Name, output: &str) -> Option<&Output> {
        self.get(name)?.outputs.get(output)
    }
}
