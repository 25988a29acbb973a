//! Puts the variables of the preset beside those that the stack says, under the names that the process wants.

use std::collections::{BTreeMap, BTreeSet};

use super::env_name;
use super::value::Variables;
use crate::binding::{Binding, Dropped};
use crate::overlay::nothing_to_remove;
use crate::stack::{Bound, VariableValue};
use crate::values::{EnvName, Name};
use crate::{Code, Diagnostic, Origin, Sourced};

/// The variables of a process while they are bound.
pub(super) struct Binder<'a> {
    binding: &'a Binding,
    /// Names that `env-from` brings: a variable of the preset would win over them.
    brought: &'a BTreeSet<String>,
    pub(super) variables: Variables,
    /// What was bound, by its name.
    pub(super) bound: BTreeMap<EnvName, Bound>,
    /// What was left out because `env` says so.
    left_out: BTreeSet<String>,
    pub(super) problems: Vec<Diagnostic>,
}

impl<'a> Binder<'a> {
    pub(super) fn new(
        binding: &'a Binding,
        brought: &'a BTreeSet<String>,
        variables: Variables,
    ) -> Self {
        let (bound, left_out) = (BTreeMap::new(), BTreeSet::new());
        Self { binding, brought, variables, bound, left_out, problems: Vec::new() }
    }

    /// Binds a variable of the preset, never over what the stack says. Its value is only asked for where there is a place
    /// for it: to refer to a component makes a way to it.
    pub(super) fn bind(
        &mut self,
        Bound { usual, component }: Bound,
        value: impl FnOnce() -> Sourced<VariableValue>,
    ) {
        let mut value = Some(value);
        let mut known: Option<Sourced<VariableValue>> = None;
        for target in self.binding.targets(usual) {
            if self.binding.drops(target.name) {
                self.left_out.insert(target.name.to_owned());
                continue;
            }
            let name = env_name(target.name);
            let first = self.bound.get(&name).map(|first| first.usual);
            let is_written = self.variables.contains_key(&name) && first.is_none();
            if is_written || self.brought.contains(target.name) {
                continue;
            }
            if let Some(value) = value.take() {
                known = Some(value());
            }
            let Some(known) = &known else { continue };
            let mut bound = known.clone();
            if let (VariableValue::Text(text), Some(separator)) =
                (&mut bound.value, target.separator)
            {
                *text = text.replace(',', separator);
            }
            match (self.variables.get(&name), first) {
                (Some(other), Some(first)) if *other != bound => {
                    let origin = target.origin.unwrap_or(bound.origin);
                    self.problems.push(twice(&name, first, usual, origin));
                }
                _ => {
                    let component = component.clone();
                    self.bound.insert(name.clone(), Bound { usual, component });
                    self.variables.insert(name, bound);
                }
            }
        }
    }

    /// What `env` of a component leaves out and nothing would bind.
    pub(super) fn removed_nothing(&self, component: &Name) -> Vec<Diagnostic> {
        let known: Vec<Sourced<String>> = self
            .variables
            .iter()
            .map(|(name, value)| Sourced { value: name.to_string(), origin: value.origin })
            .collect();
        let missed = self.binding.dropped.iter().filter(|(name, dropped)| {
            dropped.by_component && !dropped.hit && !self.left_out.contains(&name.value)
        });
        missed
            .map(|(name, _)| {
                let path = ["components", component, "env"];
                nothing_to_remove(&path, name, name.span().unwrap_or_default(), known.iter())
            })
            .collect()
    }

    /// The names that `env` of `[app]` leaves out and that would be bound here.
    pub(super) fn left_out_by_app(&self) -> impl Iterator<Item = &String> {
        let by_app = |name: &&String| {
            let dropped = self.binding.dropped.get(name.as_str());
            dropped.is_some_and(|Dropped { by_component, .. }| !by_component)
        };
        self.left_out.iter().filter(by_app)
    }
}

/// Two variables of the preset under one name.
fn twice(name: &EnvName, first: &str, second: &str, origin: Origin) -> Diagnostic {
    Diagnostic::error(
        Code::Conflict,
        format!("`{first}` and `{second}` are both bound as `{name}`, with different values"),
    )
    .origin(origin, "")
    .help(format!("give one of them another name, or leave it out: `bind.{second} = false`"))
}
