//! What components call: options that name a component, and texts that name a Service of the stage without a reference; for such
//! a text nothing opens a way, so each call is dropped.

use std::collections::{BTreeMap, BTreeSet};

use crate::declared::Declared;
use crate::objects::{self, Service};
use crate::options::{Container, EnvFrom, EnvValue, Mount};
use crate::outputs::{self, Output};
use crate::stack::{Part, VariableValue};
use crate::values::Name;
use crate::{Code, Diagnostic, Origin, Sink, Sourced, Stack, suggest};

pub(super) fn check(declared: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for part in stack.parts.values() {
        named(declared, stack, part, sink);
    }
    // What could not be resolved may be the reference that is missed.
    if sink.errors() > 0 {
        return;
    }
    let targets = targets(stack);
    for part in stack.parts.values().filter(|part| part.component.pod().is_some()) {
        let mut told: BTreeSet<&str> = BTreeSet::new();
        for text in texts(stack, part) {
            for call in calls(&text.words) {
                let name = objects::service_name(stack, call.host);
                let Some((name, target)) = name.and_then(|name| targets.get_key_value(name)) else {
                    continue;
                };
                if target.is_reached_by(part) || !call.is_at(target) || !told.insert(name) {
                    continue;
                }
                sink.report(unreferenced(declared, part, (name, target), &text, &call));
            }
        }
    }
}

/// Options that name a component which the stage does not have.
fn named(declared: &Declared<'_>, stack: &Stack, part: &Part, sink: &mut Sink) {
    if declared.at_fault(["components", &**part.name]) {
        return;
    }
    for called in &part.facts.calls {
        if !stack.parts.contains_key(&called.value) && !declared.has("components", called) {
            let others = stack.parts.keys().filter(|name| **name != part.name.value);
            let message = format!("unknown component `{called}`");
            sink.report(
                Diagnostic::error(Code::UnknownComponent, message)
                    .origin(called.origin, "not part of this stage")
                    .help_maybe(suggest::nearest_or_all(called, others.map(|name| &**name))),
            );
        }
    }
}

/// What a host stands for.
enum Target<'a> {
    /// A component with a Service, and its outputs.
    Component(&'a Part, BTreeMap<String, Output>),
    /// A Service of the user's own, and the components that stand for it.
    Object(Service, Vec<&'a Name>),
}

/// What has a Service, by the name of that.
fn targets(stack: &Stack) -> BTreeMap<String, Target<'_>> {
    let mut found = BTreeMap::new();
    for service in objects::services(stack) {
        let is_it = |part: &&Part| {
            objects::behind(stack, part).is_some_and(|known| known.name == service.name)
        };
        let stands_for = stack.parts.values().filter(is_it).map(|part| &part.name.value).collect();
        found.insert(service.name.clone(), Target::Object(service, stands_for));
    }
    for (name, part) in &stack.parts {
        let outputs = outputs::of(stack, part);
        let is_host = |host: &Output| matches!(host, Output::Text(host) if **host == *part.object);
        // No reference leads to what only watches.
        if outputs.get("host").is_some_and(is_host) && !part.facts.is_monitoring() {
            if *name != part.object {
                found.insert(name.to_string(), Target::Component(part, outputs.clone()));
            }
            found.insert(part.object.to_string(), Target::Component(part, outputs));
        }
    }
    found
}

impl Target<'_> {
    fn is_reached_by(&self, part: &Part) -> bool {
        let reaches = |name: &Name| *name == part.name.value || part.edges.contains_key(name);
        match self {
            Self::Component(target, _) => reaches(&target.name.value),
            Self::Object(_, stand_for) => stand_for.iter().any(|name| reaches(name)),
        }
    }

    /// The name of a further port, which a reference to the host alone would leave closed.
    fn further(&self, number: u16) -> Option<&Name> {
        let Self::Component(target, _) = self else { return None };
        let mut ports = target.facts.ports.by_name.iter();
        ports.find(|(_, port)| port.get() == number).map(|(name, _)| &name.value)
    }

    fn serves(&self, port: u16) -> bool {
        match self {
            Self::Component(_, outputs) => match outputs.get("port") {
                Some(Output::Text(text)) if text.parse() == Ok(port) => true,
                _ => self.further(port).is_some(),
            },
            Self::Object(service, _) => service.ports.iter().any(|one| one.number == port),
        }
    }
}

/// A text of a component, and who wrote it where.
struct Text<'a> {
    words: std::borrow::Cow<'a, str>,
    origin: Origin,
    /// The variable that it is the value of.
    variable: Option<&'a str>,
}

/// The texts that the containers of a part read.
fn texts<'a>(stack: &'a Stack, part: &'a Part) -> Vec<Text<'a>> {
    let containers: Vec<&Container> = part.containers().map(|container| &container.value).collect();
    let envs = containers.iter().map(|container| &container.env);
    let mut found = Vec::new();
    // As they are written: a reference in one is an edge already.
    for (name, value) in [&part.shared.env].into_iter().chain(envs).flatten() {
        if let EnvValue::Text(template) = &value.value {
            let words = template.written().into();
            found.push(Text { words, origin: value.origin, variable: Some(&name.value) });
        }
    }
    for word in part.words() {
        found.push(Text { words: word.as_str().into(), origin: word.origin, variable: None });
    }
    let mounts = containers.iter().flat_map(|container| container.mounts.values());
    for config in configs(part, part.shared.mounts.values().chain(mounts)) {
        for (key, text) in stack.config.get(config).into_iter().flat_map(|config| &config.data) {
            found.push(Text { words: text.as_str().into(), origin: key.origin, variable: None });
        }
    }
    found
}

/// The configs that a part reads.
fn configs<'a>(
    part: &'a Part,
    mounts: impl Iterator<Item = &'a Sourced<Mount>>,
) -> BTreeSet<&'a Name> {
    let mounted = mounts.filter_map(|mount| mount.config.as_ref());
    let all = part.shared.env_from.iter().map(|from| &from.value);
    let all = all.filter_map(|from: &EnvFrom| from.config.as_ref());
    let variables = part.env.iter().chain(part.container_env.values().flatten());
    let single = variables.filter_map(|variable| match &variable.value.value {
        VariableValue::Config { config, .. } => Some(config),
        _ => None,
    });
    mounted.chain(all).map(|config| &config.value).chain(single).collect()
}

/// A host in a text that somebody calls.
#[derive(Debug, PartialEq)]
struct Call<'t> {
    host: &'t str,
    port: Option<u16>,
    /// What it is a part of: the scheme, or nothing.
    scheme: Option<&'t str>,
    /// The first byte of the scheme or host.
    start: usize,
    /// The byte behind host and port.
    end: usize,
}

impl Call<'_> {
    /// In a URL a host is one whatever its port. Else `name:number` may be anything, and has to fit.
    fn is_at(&self, target: &Target<'_>) -> bool {
        self.scheme.is_some() || self.port.is_some_and(|port| target.serves(port))
    }
}

/// The hosts of URLs, and what looks like `host:port`.
fn calls(text: &str) -> Vec<Call<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if text[at..].starts_with("://") {
            let scheme = scheme(&text[..at]);
            at += 3;
            // User and password go before the last `@`.
            let authority = &text[at..at + until(&text[at..], ends_authority)];
            let start = at + authority.rfind('@').map_or(0, |user| user + 1);
            let end = start + until(&text[start..], |c| !is_of_host(c));
            if start < end {
                let (number, length) = port(&text[end..]).unzip();
                let port = number;
                let first = at - 3 - scheme.len();
                at = end + length.unwrap_or(0);
                let host = &text[start..end];
                found.push(Call { host, port, scheme: Some(scheme), start: first, end: at });
            }
        } else if is_of_host(first) {
            let end = at + until(&text[at..], |c| !is_of_host(c));
            let is_bare = !text[..at].ends_with(['/', '@', ':', '$', '{']);
            let (start, host) = (at, &text[at..end]);
            at = end;
            if let Some((number, length)) = port(&text[end..]).filter(|_| is_bare) {
                at += length;
                found.push(Call { host, port: Some(number), scheme: None, start, end: at });
            }
        } else {
            at += first.len_utf8();
        }
    }
    found
}

/// Bytes up to the first character of a kind.
fn until(text: &str, is_it: impl Fn(char) -> bool) -> usize {
    text.find(is_it).unwrap_or(text.len())
}

/// The scheme that a text ends with.
fn scheme(before: &str) -> &str {
    let other = before.char_indices().rev().find(|(_, c)| !is_of_scheme(*c));
    other.map_or(before, |(at, c)| &before[at + c.len_utf8()..])
}

fn is_of_host(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_')
}

fn ends_authority(c: char) -> bool {
    c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | '<' | '>' | ',' | '`')
}

fn is_of_scheme(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')
}

/// A port behind a host, and its length with the colon.
fn port(rest: &str) -> Option<(u16, usize)> {
    let digits = rest.strip_prefix(':')?;
    let length = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let ends = !digits[length..]
        .starts_with(|c: char| c.is_alphanumeric() || matches!(c, '@' | '.' | '-'));
    let number = digits[..length].parse().ok().filter(|_| ends)?;
    Some((number, length + 1))
}

fn unreferenced(
    declared: &Declared<'_>,
    part: &Part,
    (name, target): (&str, &Target<'_>),
    text: &Text<'_>,
    call: &Call<'_>,
) -> Diagnostic {
    let place = match text.origin {
        Origin::Stack(span) => Origin::Stack(declared.source.inside(
            span,
            call.start,
            &text.words[call.start..call.end],
        )),
        default @ Origin::Default(_) => default,
    };
    let what = match target {
        Target::Component(..) => "component",
        Target::Object(..) => "Service of `[[objects]]`",
    };
    Diagnostic::warning(
        Code::UnreferencedService,
        format!("`{}` calls the {what} `{name}` without a reference", part.name),
    )
    .origin(place, "no network policy opens the way")
    .help(advice(name, target, text, call))
}

/// The text with the reference.
fn advice(name: &str, target: &Target<'_>, text: &Text<'_>, call: &Call<'_>) -> String {
    let (owner, url) = match target {
        Target::Component(part, outputs) => (&*part.name.value as &str, outputs.get("url")),
        Target::Object(_, stand_for) => (stand_for.first().map_or(name, |one| &***one), None),
    };
    let called = &text.words[call.start..call.end];
    let is_secret = matches!(url, Some(Output::Secret(..)));
    let port = call.port.map(|port| match target.further(port) {
        Some(name) => format!("${{{owner}.{name}-port}}"),
        None => port.to_string(),
    });
    let reference = match (url, call.scheme, port) {
        (Some(Output::Text(url)), Some(_), _) if url == called => format!("${{{owner}.url}}"),
        (_, Some(scheme), Some(port)) => format!("{scheme}://${{{owner}.host}}:{port}"),
        (_, Some(scheme), None) => format!("{scheme}://${{{owner}.host}}"),
        (_, None, Some(port)) => format!("${{{owner}.host}}:{port}"),
        (_, None, None) => format!("${{{owner}.host}}"),
    };
    let line = match text.variable {
        Some(variable) if is_secret => format!("`{variable} = \"${{{owner}.url}}\"`"),
        Some(variable) if text.words.len() <= 100 => {
            let (before, after) = (&text.words[..call.start], &text.words[call.end..]);
            format!("`{variable} = \"{before}{reference}{after}\"`")
        }
        _ => format!("`{reference}` in place of `{called}`"),
    };
    match target {
        Target::Object(service, stand_for) if stand_for.is_empty() => {
            let port = call.port.or(service.ports.first().map(|port| port.number)).unwrap_or(80);
            format!(
                "add `components.{name} = {{ type = \"external\", host = \"{name}\", port = {port} }}` and write {line}"
            )
        }
        Target::Component(..) | Target::Object(..) => format!("write {line}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found_in_urls_and_before_ports() {
        let found = |text: &str| -> Vec<String> {
            let shown = |call: &Call<'_>| {
                let port = call.port.map(|port| format!(":{port}")).unwrap_or_default();
                format!(
                    "{}{}{port}",
                    call.scheme.map(|one| format!("{one}://")).unwrap_or_default(),
                    call.host
                )
            };
            calls(text).iter().map(shown).collect()
        };
        assert_eq!(found("http://tika:9998/x?y=z"), ["http://tika:9998"]);
        assert_eq!(
            found("a http://u:p@tika.shop.svc:1, https://b/"),
            ["http://tika.shop.svc:1", "https://b"]
        );
        assert_eq!(found("redis://:$(PASS)@cache:6379/0"), ["redis://cache:6379"]);
        assert_eq!(found("host=db:5432,b:x;c:70000 d:1.2 e:7-x"), ["db:5432"]);
        assert_eq!(found("postgres:17 image/redis:8 ${db.host}:5432"), ["postgres:17"]);
        assert_eq!(found("é://ü://a:1"), ["://a:1"]);
        assert!(found("tika $x a@b:1").is_empty());
    }

    #[test]
    fn a_long_text_is_read_once() {
        for text in ["a:1 ", "a://", "@", "a@", "://", "a:1:", "${"] {
            calls(&text.repeat(200_000));
        }
    }
}
