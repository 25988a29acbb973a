//! Settings that must not be text, or must not reach production.

use crate::declared::Declared;
use crate::options::{Component, EnvValue};
use crate::values::{EnvName, Part as Piece, Template};
use crate::{Code, Diagnostic, Sink, Sourced, Stack};

/// Endings of names whose values are secrets.
const SECRET_ENDINGS: [&str; 10] = [
    "SECRET_KEY",
    "PASSWORD",
    "PASSWD",
    "_TOKEN",
    "_SECRET",
    "API_KEY",
    "PRIVATE_KEY",
    "ACCESS_KEY",
    "ACCESS_KEY_ID",
    "CREDENTIALS",
];
/// Switches of debug modes.
const DEBUG_NAMES: [&str; 3] = ["DEBUG", "DJANGO_DEBUG", "APP_DEBUG"];

pub(super) fn check(declared: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for part in stack.parts.values() {
        let pod = part.component.pod().into_iter();
        let containers = pod.flat_map(|pod| pod.sidecars.iter().chain(&pod.init_containers));
        for (name, value) in
            part.shared.env.iter().chain(containers.flat_map(|container| &container.env))
        {
            literal_secret(name, value, sink);
            if stack.is_production() {
                debug(name, value, sink);
            }
        }
    }
    if stack.is_production() {
        hosts(declared, stack, sink);
    }
}

/// Whether a variable is a secret that is written as text, by its name or by its value.
pub fn looks_like_secret(name: &str, text: &str) -> bool {
    let upper = name.to_uppercase();
    let by_name = SECRET_ENDINGS.iter().any(|ending| upper.ends_with(ending));
    let by_value = credentials_in_url(text) || text.contains("-----BEGIN");
    // `$(OTHER)` and references hand a value on; an empty text holds nothing.
    let handed_on = text.contains("$(");
    !text.is_empty() && (by_value || (by_name && !handed_on))
}

fn literal_secret(name: &Sourced<EnvName>, value: &Sourced<EnvValue>, sink: &mut Sink) {
    let text = match &value.value {
        EnvValue::Text(template) => shown(template),
        EnvValue::Number(number) => number.to_string(),
        EnvValue::From(_) => return,
    };
    if !looks_like_secret(name, &text) {
        return;
    }
    let key = name.to_lowercase().replace('_', "-");
    sink.report(
        Diagnostic::error(Code::SecretLiteral, format!("`{name}` looks like a secret and is written as text"))
            .origin(value.origin, "everyone who reads the stack or its output reads it")
            .help(format!(
                "declare it, `secrets.app.keys = [\"{key}\"]`, and write `\"${{secrets.app.{key}}}\"`; a \
                 development stage makes a value up"
            )),
    );
}

/// The text with `$(…)` for every reference: what is written in the stack itself.
fn shown(template: &Template) -> String {
    let piece = |part: &Piece| match part {
        Piece::Text(text) => text.clone(),
        Piece::Reference(..) | Piece::Malformed { .. } => "$(…)".to_owned(),
    };
    template.parts.iter().map(piece).collect()
}

/// `scheme://user:password@host`
fn credentials_in_url(text: &str) -> bool {
    text.split_once("://").is_some_and(|(_, rest)| {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        authority.rsplit_once('@').is_some_and(|(user, _)| {
            user.split_once(':')
                .is_some_and(|(_, password)| !password.is_empty() && !password.contains("$("))
        })
    })
}

fn debug(name: &Sourced<EnvName>, value: &Sourced<EnvValue>, sink: &mut Sink) {
    let on = match &value.value {
        EnvValue::Number(number) => *number != 0,
        EnvValue::Text(template) => template.as_text().is_some_and(|text| {
            matches!(text.to_lowercase().as_str(), "1" | "true" | "yes" | "on")
        }),
        EnvValue::From(_) => false,
    };
    if on && DEBUG_NAMES.contains(&&***name) {
        sink.report(
            Diagnostic::error(Code::UnsafeSetting, format!("`{name}` is on in a production stage"))
                .origin(value.origin, "error pages would show settings and code")
                .help(
                    "remove it from the stage: `env.DEBUG = false` removes an inherited variable",
                ),
        );
    }
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
    let web = stack.parts.values().find(|part| matches!(part.component, Component::Web(_)));
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
