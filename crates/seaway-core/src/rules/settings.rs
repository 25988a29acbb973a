//! Settings that must not be text, or must not reach production.

use crate::declared::Declared;
use crate::options::EnvValue;
use crate::policy;
use crate::stack::Part;
use crate::values::{EnvName, Part as Piece, Template};
use crate::{Code, Diagnostic, Sink, Sourced, Stack};

pub(super) fn check(declared: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for part in stack.parts.values() {
        for (name, value) in
            part.shared.env.iter().chain(part.containers().flat_map(|container| &container.env))
        {
            variable(stack, name, value, sink);
        }
    }
    if stack.is_production() {
        hosts(declared, stack, sink);
    }
}

/// What the stack itself writes as a variable: with `$(…)` for every reference, and nothing of what comes from elsewhere.
pub(super) fn text(value: &EnvValue) -> Option<String> {
    match value {
        EnvValue::Text(template) => Some(shown(template)),
        EnvValue::Number(number) => Some(number.to_string()),
        EnvValue::From(_) => None,
    }
}

fn variable(stack: &Stack, name: &Sourced<EnvName>, value: &Sourced<EnvValue>, sink: &mut Sink) {
    let Some(text) = text(&value.value) else { return };
    let strict = stack.is_production();
    let all = [
        strict.then(|| policy::debug(name, &text)).flatten(),
        strict.then(|| policy::any_host(name, &text)).flatten(),
    ];
    for judgement in all.into_iter().flatten() {
        sink.report(judgement.diagnostic().origin(value.origin, judgement.label));
    }
    if let Some(other) = text.strip_prefix('$')
        && is_variable(other)
    {
        sink.report(unexpanded(other, value));
    }
}

/// Whether a text has the form of names of variables.
fn is_variable(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    text.len() > 1
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.chars().all(is_part)
}

fn unexpanded(other: &str, value: &Sourced<EnvValue>) -> Diagnostic {
    Diagnostic::warning(Code::UnexpandedVariable, format!("nothing expands `${other}`"))
        .origin(value.origin, "the container gets the text as it is")
        .subject(other)
        .help(format!(
            "write `$({other})` for a variable of the same container; nothing is read from the environment that Seaway runs in"
        ))
}

/// The text with `$(…)` for every reference: what is written in the stack itself.
fn shown(template: &Template) -> String {
    let piece = |part: &Piece| match part {
        Piece::Text(text) => text.clone(),
        Piece::Reference(..) | Piece::Malformed { .. } => "$(…)".to_owned(),
    };
    template.parts.iter().map(piece).collect()
}

fn hosts(declared: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for host in &stack.app.hosts {
        if &*host.value == "*" {
            sink.report(
                // camerahub/camerahub#637
                Diagnostic::error(Code::UnsafeSetting, "a production stage answers to any host")
                    .origin(host.origin, "lets a forged Host header into links and caches")
                    .help("name the hosts; probes send the first one"),
            );
        }
    }
    // Hosts of its own are as good as those of all.
    let has_hosts = |part: &&Part| {
        let routes = part.expose().and_then(|expose| expose.routes());
        routes.is_some_and(|routes| !routes.hosts.is_empty())
    };
    let mut webs = stack.parts.values().filter(|part| part.facts.needs_hosts);
    let web = webs.find(|part| !has_hosts(part));
    if let Some(web) = web
        && stack.is_django()
        && stack.app.hosts.is_empty()
        && !declared.at_fault(["app", "hosts"])
    {
        sink.report(
            Diagnostic::error(Code::MissingField, "a production stage has no hosts")
                .label(web.span(), "would answer 400 to every request")
                .help("add `app.hosts = [\"www.example.com\"]`"),
        );
    }
}
