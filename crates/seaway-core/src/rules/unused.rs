//! Backing services that nothing refers to: what a switch of stages leaves behind, with its volume and its password.

use super::lost;
use crate::declared::Declared;
use crate::stack::{Part, VariableValue};
use crate::values::Name;
use crate::{Code, Diagnostic, Node, Sink, Stack, Value};

pub(super) fn check(declared: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    // What could not be resolved may be what would refer to it; where nothing runs, nothing was left behind.
    let runs = stack.parts.values().any(|part| part.facts.is_application());
    if sink.errors() > 0 || !runs {
        return;
    }
    // What only watches or dumps it does not use it.
    let only_keeps = |part: &Part| part.facts.is_monitoring() || part.facts.dumps.is_some();
    let users = stack.parts.values().filter(|part| !only_keeps(part));
    let used: std::collections::BTreeSet<&str> =
        users.flat_map(used_by).map(|name| &**name).collect();
    for (name, part) in &stack.parts {
        // A bucket may hold nothing but dumps.
        let holds_dumps = || keepers(stack).any(|place| place == name);
        if is_backing(stack, part)
            && !holds_dumps()
            && !used.contains(&**name)
            && !is_named(stack, part)
            // What it was for is known, and told.
            && lost::of(declared, stack, name).is_empty()
        {
            sink.report(unused(stack, part));
        }
    }
}

/// What else than their databases those use that dump.
fn keepers(stack: &Stack) -> impl Iterator<Item = &Name> {
    stack.parts.values().flat_map(|part| {
        let dumped = part.facts.dumps.as_ref().map(|name| &name.value);
        part.edges.keys().filter(move |name| dumped.is_some_and(|dumped| dumped != *name))
    })
}

/// What a component uses: not what it is a workload of.
fn used_by(part: &Part) -> impl Iterator<Item = &Name> {
    let owner = part.facts.owner.as_deref();
    part.edges.keys().filter(move |name| Some(*name) != owner)
}

/// Whether it works for others alone: what may be the application, calls the application, or has callers outside of the stack,
/// works for itself.
fn is_backing(stack: &Stack, part: &Part) -> bool {
    let may_be_app = part.component.project().is_some();
    let has_owner = part.facts.owner.is_some();
    let is_app = |name| stack.parts.get(name).is_some_and(|part| part.facts.is_application());
    let calls_app = part.edges.keys().any(is_app);
    let works_alone = may_be_app || calls_app || has_owner || part.facts.dumps.is_some();
    !works_alone && !part.facts.is_monitoring() && !part.facts.is_public()
}

fn unused(stack: &Stack, part: &Part) -> Diagnostic {
    let name = &part.name.value;
    let message = format!("nothing refers to the {} `{name}`", part.facts.type_name);
    let code = Code::UnusedComponent;
    let diagnostic = if stack.is_production() {
        Diagnostic::error(code, message)
    } else {
        Diagnostic::warning(code, message)
    };
    let stage = &stack.stage.value;
    diagnostic.origin(part.name.origin, "not used in this stage").help(format!(
        "leave it out with `components.{name} = false` in `[stages.{stage}]`, or refer to it: `${{{name}.host}}`"
    ))
}

/// Whether a text of the stage names the host: that of a variable, of a config, of a patch or of an object of the
/// user's own.
fn is_named(stack: &Stack, part: &Part) -> bool {
    let host =
        part.facts.outside.as_ref().map_or(&*part.name.value as &str, |outside| &outside.named);
    let variables = stack
        .parts
        .values()
        .flat_map(|part| part.env.iter().chain(part.container_env.values().flatten()));
    let texts = variables.filter_map(|variable| match &variable.value.value {
        VariableValue::Text(text) => Some(text),
        _ => None,
    });
    let configs = stack.config.values().flat_map(|config| config.data.values());
    let patches = stack.patches.iter().filter_map(|patch| patch.merge.as_ref());
    texts.chain(configs).any(|text| has_word(text, host))
        || stack.objects.iter().chain(patches).any(|node| node_names(node, host))
}

fn node_names(node: &Node, host: &str) -> bool {
    match &node.value {
        Value::String(text) => has_word(text, host),
        Value::Array(items) => items.iter().any(|item| node_names(item, host)),
        Value::Table(table) => table.iter().any(|(_, value)| node_names(value, host)),
        _ => false,
    }
}

/// Whether a text has a name in it that is not a part of a longer one.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}
