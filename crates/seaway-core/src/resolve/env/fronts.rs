//! Programs of others that stand before processes of the application: an nginx of one's own that takes the requests, serves files and
//! passes the rest on.

use std::collections::{BTreeMap, BTreeSet};

use super::texts::Needed;
use crate::Stack;
use crate::options::{EnvValue, MountSource};
use crate::stack::Part;
use crate::values::{Name, Template};

/// Who calls whom, by what the stack writes.
#[derive(Default)]
pub(super) struct Callers {
    /// The components that others refer to.
    called: BTreeSet<String>,
    /// The public programs of others that refer to a component, by its name.
    fronts: BTreeMap<String, Vec<Name>>,
}

impl Callers {
    pub(super) fn of(stack: &Stack, said: &BTreeMap<Name, Needed>) -> Self {
        let mut callers = Self::default();
        for (name, part) in &stack.parts {
            let targets = targets(stack, part, said.get(name));
            if !part.facts.is_application() && part.facts.is_public() {
                for target in &targets {
                    callers.fronts.entry(target.clone()).or_default().push(name.clone());
                }
            }
            callers.called.extend(targets);
        }
        let configs = stack.config.values().flat_map(|config| config.edges.keys());
        callers.called.extend(configs.map(ToString::to_string));
        callers
    }

    /// Whether a component of the stack refers to it.
    pub(super) fn has(&self, part: &Part) -> bool {
        self.called.contains(&*part.name.value)
    }

    /// The components whose callers outside of the stack reach a process: itself, if it is public, else the programs before it.
    pub(super) fn edge<'a>(&self, stack: &'a Stack, part: &'a Part) -> Vec<&'a Part> {
        if part.facts.is_public() {
            return vec![part];
        }
        let fronts = self.fronts.get(&*part.name.value).into_iter().flatten();
        let fronts: Vec<&Part> = fronts.filter_map(|name| stack.parts.get(name)).collect();
        if fronts.is_empty() { vec![part] } else { fronts }
    }
}

/// The components that the variables, texts and configs of a component refer to.
fn targets(stack: &Stack, part: &Part, said: Option<&Needed>) -> BTreeSet<String> {
    let env = part.shared.env.values();
    let env = env.chain(part.containers().flat_map(|container| container.env.values()));
    let templates = env.filter_map(|value| match &value.value {
        EnvValue::Text(template) => Some(template),
        _ => None,
    });
    let by_variables =
        templates.flat_map(Template::references).map(|(reference, _)| reference.owner.clone());
    let by_texts = said.into_iter().flat_map(Needed::targets).map(ToString::to_string);
    let mounts = part.shared.mounts.values();
    let mounts = mounts.chain(part.containers().flat_map(|container| container.mounts.values()));
    let configs = mounts.filter_map(|mount| match mount.source() {
        Some(MountSource::Config(config)) => stack.config.get(&config.value),
        _ => None,
    });
    let by_configs = configs.flat_map(|config| config.edges.keys()).map(ToString::to_string);
    by_variables.chain(by_texts).chain(by_configs).collect()
}
