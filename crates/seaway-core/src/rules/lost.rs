//! What the application used a component for, and does not find any more once the component has another type.

use crate::declared::Declared;
use crate::options::{External, Facts, Provides, Service, bound_name};
use crate::stack::Part;
use crate::values::Name;
use crate::{Code, Diagnostic, Sink, Stack, suggest};

pub(super) fn check(declared: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for (name, former) in declared.former {
        let lost = of(declared, stack, name);
        if let Some(part) = stack.parts.get(name).filter(|_| !lost.is_empty()) {
            let help = remedy(part, &provided_by(former).collect::<Vec<_>>());
            let allow = format!("allow.lost-role.{name} = \"…\"");
            sink.report(
                lost_role(stack, part, &lost).help(format!(
                    "{help}; if the settings find it another way, say so: `{allow}`"
                )),
            );
        }
    }
}

/// What a component was for the application before it changed its type, and nothing of the stage is now.
pub(super) fn of(declared: &Declared<'_>, stack: &Stack, name: &Name) -> Vec<Provides> {
    let Some(former) = declared.former.get(name) else { return Vec::new() };
    // Who says what it is has thought of it.
    let says = |option| declared.root.at(["components", &**name, option]).is_some();
    if says("provides") || says("roles") {
        return Vec::new();
    }
    let is_lost = |what: &Provides| {
        let provided = stack.parts.values().any(|part| part.facts.is_used_as(*what));
        !provided && is_missed(stack, *what)
    };
    provided_by(former).filter(is_lost).collect()
}

fn provided_by(facts: &Facts) -> impl Iterator<Item = Provides> {
    facts.provides.iter().map(|(what, _)| *what)
}

/// Whether a process would get the variable from the preset, and does not set it itself.
fn is_missed(stack: &Stack, what: Provides) -> bool {
    let mut processes = stack.parts.values().filter(|part| part.facts.is_application());
    processes.any(|part| {
        let mut names = part.binding.names_of(bound_name(what));
        names.any(|name| part.env.iter().all(|variable| *variable.name != *name))
    })
}

fn lost_role(stack: &Stack, part: &Part, lost: &[Provides]) -> Diagnostic {
    let name = &part.name.value;
    let roles: Vec<&str> = lost.iter().map(|what| in_words(*what)).collect();
    let variables: Vec<&str> = lost.iter().map(|what| bound_name(*what)).collect();
    let unset = suggest::quoted_list(&variables);
    let message = format!(
        "`{name}` changed its type and is no longer the {} of the application",
        roles.join(" and ")
    );
    let code = Code::LostRole;
    let diagnostic = if stack.is_production() {
        Diagnostic::error(code, message)
    } else {
        Diagnostic::warning(code, message)
    };
    diagnostic
        .origin(part.name.origin, format!("no process gets {unset} any more"))
        .subject(name.to_string())
}

/// What it is for the application.
fn in_words(what: Provides) -> &'static str {
    match what {
        Provides::Database => "database",
        Provides::Cache => "cache",
        Provides::Broker => "broker",
        Provides::Results => "result backend",
    }
}

/// The line that gives the role back.
fn remedy(part: &Part, had: &[Provides]) -> String {
    let name = &part.name;
    let words: Vec<String> = had.iter().map(|what| format!("\"{}\"", what.as_str())).collect();
    let list = match words.as_slice() {
        [word] => word.clone(),
        words => format!("[{}]", words.join(", ")),
    };
    let provides = format!("say what it provides: `components.{name}.provides = {list}`");
    let is_redis = part.facts.roles.is_some() && !had.contains(&Provides::Database);
    if let Some(external) = part.component.options::<External>() {
        if external.secret.is_some() || external.url().is_some() {
            return provides;
        }
        format!(
            "{provides}, and where its URL is: `components.{name}.secret = \"{name}\"` with `secrets.{name}.keys = [\"url\"]`"
        )
    } else if part.component.options::<Service>().is_some() {
        provides
    } else if is_redis {
        format!("give it the role back: `components.{name}.roles = [{}]`", words.join(", "))
    } else {
        let roles: Vec<&str> = had.iter().map(|what| in_words(*what)).collect();
        format!("add a component that is the {}", roles.join(" and "))
    }
}
