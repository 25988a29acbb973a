//! What the Django preset binds by itself: the rows of [`crate::preset`], and the outputs of backing services.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::fronts::Callers;
use super::known::Known;
use super::texts::Needed;
use crate::options::{Provides, Rds, bound_name};
use crate::preset::{BINDING, Process, ROWS};
use crate::stack::Part;
use crate::values::{Name, Template};
use crate::{Code, Diagnostic, Sink, Sourced, Stack, suggest};

/// What the preset binds for the processes of a stage.
pub(super) struct Preset {
    common: Vec<(&'static str, Sourced<Template>)>,
    /// Who calls whom.
    callers: Callers,
    /// What is bound in place of a pooler for those who go past it.
    past_pooler: BTreeMap<&'static str, Sourced<Template>>,
}

impl Preset {
    /// The variables of one process.
    pub(super) fn of(
        &self,
        stack: &Stack,
        part: &Part,
    ) -> Vec<(&'static str, Cow<'_, Sourced<Template>>)> {
        let past_pooler = part.facts.passes_pooler;
        let common = self.common.iter().map(|(name, value)| {
            let direct = self.past_pooler.get(name).filter(|_| past_pooler);
            (*name, Cow::Borrowed(direct.unwrap_or(value)))
        });
        let is_called = self.callers.has(part);
        let process = Process { stack, part, is_called, edge: self.callers.edge(stack, part) };
        let own = ROWS.iter().filter_map(|row| Some((row.name, Cow::Owned(row.bound(&process)?))));
        common.chain(own).collect()
    }
}

/// The bindings of a stage. Where several backing services could be meant, a name is bound by hand or not at all.
pub(super) fn variables(
    stack: &Stack,
    known: &Known,
    said: &BTreeMap<Name, Needed>,
    sink: &mut Sink,
) -> Preset {
    let mut common = Vec::new();
    if !stack.is_django() {
        return Preset { common, callers: Callers::default(), past_pooler: BTreeMap::new() };
    }
    let mut candidates: BTreeMap<&'static str, Vec<(&Name, &Part, &str)>> = BTreeMap::new();
    let poolers = stack.parts.values().filter_map(|part| part.facts.pooler.as_ref());
    let poolers = poolers.map(|pooler| &pooler.database.value);
    let pooled: BTreeSet<&Name> = poolers.collect();
    for (name, part) in &stack.parts {
        // A database with a pooler before it is reached through that.
        if pooled.contains(name) {
            continue;
        }
        for &(variable, output) in &part.facts.bindings {
            // An external service without a URL is told by a rule.
            if known.output(name, output).is_none() {
                continue;
            }
            let owners = candidates.entry(variable).or_default();
            // A role that is there twice is told by a rule.
            if owners.iter().all(|(owner, ..)| *owner != name) {
                owners.push((name, part, output));
            }
        }
    }
    let reference = |name: &Name, output: &str| {
        let template = Template::from(format!("${{{name}.{output}}}"));
        Sourced::default_for(template, &BINDING)
    };
    let mut past_pooler = BTreeMap::new();
    for (variable, owners) in candidates {
        match owners.as_slice() {
            [(name, part, output)] => {
                common.push((variable, reference(name, output)));
                if let Some(pooler) = &part.facts.pooler {
                    past_pooler.insert(variable, reference(&pooler.database, "url"));
                }
            }
            several => {
                if let Some(name) = unset(stack, variable) {
                    sink.report(ambiguous(variable, name, several));
                }
            }
        }
    }
    Preset { common, callers: Callers::of(stack, said), past_pooler }
}

/// The name under which a process wants a variable that nothing sets by hand.
fn unset<'a>(stack: &'a Stack, variable: &'a str) -> Option<&'a str> {
    let mut processes = stack.parts.values().filter(|part| part.facts.is_application());
    processes.find_map(|part| part.unset(variable))
}

/// `name` is what the processes call the variable.
fn ambiguous(variable: &str, name: &str, owners: &[(&Name, &Part, &str)]) -> Diagnostic {
    let names: Vec<&Name> = owners.iter().map(|(name, ..)| *name).collect();
    let (first, _, output) = owners[0];
    // A replica is no database of its own: who is asked which one would answer with the line that leads on.
    let replica =
        owners.iter().rev().find(|(_, part, _)| part.component.options::<Rds>().is_some());
    let what = if variable != bound_name(Provides::Database) {
        ", or give them different `roles`".to_owned()
    } else if let Some((replica, ..)) = replica {
        format!(", or `components.{replica}.roles = []` if it is a read replica")
    } else {
        String::new()
    };
    let mut diagnostic = Diagnostic::error(
        Code::AmbiguousBinding,
        format!("`{variable}` could be bound to {}", suggest::quoted_list(&names)),
    );
    for (_, part, _) in owners {
        diagnostic = diagnostic.label(part.span(), "");
    }
    diagnostic.help(format!("say which: `app.env.{name} = \"${{{first}.{output}}}\"`{what}"))
}
