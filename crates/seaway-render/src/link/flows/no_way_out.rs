//! Variables that plainly name a host outside of the stack, which no policy of their processes has a way to.
//!
//! Each such call hangs until it times out, on every cluster that enforces policies. What is looked at is narrow, so that no
//! alarm is false: a variable that is one URL, the host of a mail server, and secrets that are known to be URLs of services
//! outside. URLs for browsers are not called by the pods, and where the port of a URL is open to any addresses, these may be
//! those of the host.

use std::collections::{BTreeMap, BTreeSet};

use seaway_core::options::namespace_of;
use seaway_core::outputs::{self, Output};
use seaway_core::stack::{Part, Variable, VariableValue};
use seaway_core::{Code, Diagnostic, Origin, Sink, Stack, exposure, objects};

use super::super::index::Index;
use super::super::network::Direction;
use super::missing::{part_of, tcp};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    let own = own_hosts(index.stack);
    let mut found: BTreeMap<(String, Origin), Found> = BTreeMap::new();
    for (pod, workload) in index.pods.workloads.iter().enumerate() {
        let Some(part) = part_of(index, workload) else { continue };
        if !index.network.is_closed(pod, Direction::Out) {
            continue;
        }
        for (name, value, origin) in values(index.stack, part) {
            let Some(call) = call(part, &name, &value) else { continue };
            if call.host.as_deref().is_some_and(|host| is_own(index.stack, &own, host)) {
                continue;
            }
            let one = found.entry((name, origin)).or_insert_with(|| Found::new(call));
            one.is_open |= one.call.ports.iter().any(|port| lets(index, pod, &one.call, *port));
            one.processes.insert(part.name.to_string());
        }
    }
    for ((variable, origin), one) in found {
        if !one.is_open {
            sink.report(no_way(&variable, origin, &one));
        }
    }
}

/// The value of a variable.
enum Value<'a> {
    Text(&'a str),
    Secret,
}

/// The variables that the stack writes for a component, each with its place.
fn values<'a>(stack: &'a Stack, part: &'a Part) -> Vec<(String, Value<'a>, Origin)> {
    let mut found = Vec::new();
    for variable in part.env.iter().chain(part.container_env.values().flatten()) {
        let value = match &variable.value.value {
            VariableValue::Text(text) => Value::Text(text),
            _ if variable.value.secret().is_some() => Value::Secret,
            _ => continue,
        };
        found.push((variable.setting().to_owned(), value, variable.value.origin));
    }
    for from in &part.shared.env_from {
        let prefix = from.prefix.as_ref().map(ToString::to_string).unwrap_or_default();
        let named = |key: &str| format!("{prefix}{key}");
        if let Some(contract) = from.secret.as_ref().and_then(|name| stack.secrets.get(&name.value))
        {
            let keys = contract.keys.keys();
            found.extend(keys.map(|key| (named(key), Value::Secret, from.origin)));
        }
        if let Some(config) = from.config.as_ref().and_then(|name| stack.config.get(&name.value)) {
            let texts = config.data.iter();
            found.extend(texts.map(|(key, text)| (named(key), Value::Text(text), key.origin)));
        }
    }
    found.retain(|(_, _, origin)| origin.span().is_some());
    found
}

/// A variable that names a host, and the processes that read it.
struct Found {
    call: Call,
    is_open: bool,
    processes: BTreeSet<String>,
}

impl Found {
    fn new(call: Call) -> Self {
        Self { call, is_open: false, processes: BTreeSet::new() }
    }
}

/// A host outside that a variable names.
struct Call {
    /// The host; `None` where a secret says it.
    host: Option<String>,
    /// Its TCP port, or those that it can have.
    ports: Vec<u16>,
}

/// Whether a pod has a way to a host by a port.
fn lets(index: &Index<'_>, pod: usize, call: &Call, port: u16) -> bool {
    match call.host.as_deref().and_then(namespace_of) {
        Some(namespace) => index.network.lets_into(pod, &namespace, tcp(port)),
        None => index.network.has_way_out(pod, tcp(port)),
    }
}

/// Hosts of the stack itself, as routes and `app.hosts` write them, and those by which browsers read its buckets.
fn own_hosts(stack: &Stack) -> BTreeSet<String> {
    let routes = stack.parts.values().filter_map(|part| part.expose()?.routes());
    let hosts = routes.flat_map(|routes| exposure::hosts(stack, routes)).map(|host| host.value);
    let written = stack.app.hosts.iter().map(|host| host.to_ascii_lowercase());
    let domain_of = |part: &Part| match outputs::of(stack, part).remove("custom-domain") {
        Some(Output::Text(domain)) => Some(domain.to_ascii_lowercase()),
        _ => None,
    };
    hosts.chain(written).chain(stack.parts.values().filter_map(domain_of)).collect()
}

/// Whether a host is one of the stack itself, or of the machine that asks.
fn is_own(stack: &Stack, own: &BTreeSet<String>, host: &str) -> bool {
    let is_below = |one: &String| {
        let domain = one.strip_prefix('*').unwrap_or(one);
        one == host || (domain.starts_with('.') && (host.ends_with(domain) || host == &domain[1..]))
    };
    let address = host.parse::<std::net::IpAddr>().ok();
    let is_here = match address {
        Some(std::net::IpAddr::V4(v4)) => {
            v4.is_loopback() || v4.is_unspecified() || v4.is_link_local()
        }
        Some(std::net::IpAddr::V6(v6)) => v6.is_loopback() || v6.is_unspecified(),
        None => !host.contains('.') || host == "localhost" || host.ends_with(".localhost"),
    };
    is_here || objects::service_name(stack, host).is_some() || own.iter().any(is_below)
}

/// Variables of a mail server's host, by how their names end: Django's `EMAIL_HOST` and what others call it.
const MAIL: [&str; 6] =
    ["EMAIL_HOST", "MAIL_HOST", "SMTP_HOST", "MAIL_SERVER", "SMTP_SERVER", "SMTP_ADDRESS"];
/// Ports of mail servers that take mail: <https://www.rfc-editor.org/rfc/rfc8314#section-3>.
const MAIL_PORTS: [u16; 3] = [587, 465, 25];
/// Variables whose secret is a URL of a service on the internet, by how their names end.
const SECRET_URLS: [&str; 4] =
    ["SENTRY_DSN", "SLACK_WEBHOOK_URL", "DISCORD_WEBHOOK_URL", "TEAMS_WEBHOOK_URL"];
/// Words in the names of variables whose URLs are for browsers, or stand for the application itself.
const FOR_BROWSERS: [&str; 38] = [
    "ASSET",
    "ASSETS",
    "CALLBACK",
    "CANCEL",
    "CANONICAL",
    "CDN",
    "CONTACT",
    "CORS",
    "CSRF",
    "DOC",
    "DOCS",
    "DOMAIN",
    "EXTERNAL",
    "FRONTEND",
    "HELP",
    "HOME",
    "HOMEPAGE",
    "ICON",
    "LEGAL",
    "LOGO",
    "LOGOUT",
    "MEDIA",
    "ORIGIN",
    "ORIGINS",
    "PRIVACY",
    "PUBLIC",
    "REDIRECT",
    "REFERRER",
    "RETURN",
    "SCHEMA",
    "SITE",
    "STATIC",
    "SUCCESS",
    "SUPPORT",
    "TERMS",
    "UI",
    "WEBSITE",
    "XMLNS",
];
/// Names of variables that hold the address of the application itself.
const OF_APPLICATION: [&str; 5] = ["APP_URL", "BASE_URL", "HOST_URL", "ROOT_URL", "SERVER_URL"];

/// The host outside that a variable plainly names.
fn call(part: &Part, name: &str, value: &Value<'_>) -> Option<Call> {
    let text = match value {
        Value::Text(text) => *text,
        Value::Secret => {
            let is_url = SECRET_URLS.iter().any(|known| is_called(name, known));
            return is_url.then(|| Call { host: None, ports: vec![443] });
        }
    };
    if text.contains("://") {
        return url(part, name, text);
    }
    let ending = MAIL.iter().find(|known| is_called(name, known))?;
    let (host, number) = match text.split_once(':') {
        Some((host, number)) => (host, number.parse().ok()),
        None => (text, port_beside(part, name, ending)),
    };
    let ports = number.map_or_else(|| MAIL_PORTS.to_vec(), |number| vec![number]);
    is_host(host).then(|| Call { host: Some(host.to_ascii_lowercase()), ports })
}

/// Whether a variable is called like that, or something before it.
fn is_called(name: &str, known: &str) -> bool {
    let rest = name.strip_suffix(known);
    rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))
}

/// The port that a variable beside that of a host says: `EMAIL_PORT` of `EMAIL_HOST`.
fn port_beside(part: &Part, name: &str, ending: &str) -> Option<u16> {
    let word = ending.rsplit('_').next()?;
    let wanted = format!("{}PORT", name.strip_suffix(word)?);
    let beside = part.env.iter().find(|variable| *variable.name == *wanted)?;
    match &beside.value.value {
        VariableValue::Text(text) => text.parse().ok(),
        _ => None,
    }
}

fn url(part: &Part, name: &str, text: &str) -> Option<Call> {
    let upper = name.to_ascii_uppercase();
    let mut words = upper.split('_');
    if OF_APPLICATION.contains(&&*upper) || words.any(|word| FOR_BROWSERS.contains(&word)) {
        return None;
    }
    let (scheme, rest) = text.split_once("://")?;
    let is_one = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+')
        && !rest.contains(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '"'))
        && !rest.contains("://");
    if !is_one || (is_http(scheme) && has_proxy(part, &upper)) {
        return None;
    }
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority.rsplit('@').next()?;
    let (host, number) = match authority.rsplit_once(':') {
        Some((host, number)) => (host, Some(number.parse().ok()?)),
        None => (authority, None),
    };
    let number = number.or_else(|| port_of(scheme))?;
    is_host(host).then(|| Call { host: Some(host.to_ascii_lowercase()), ports: vec![number] })
}

fn is_http(scheme: &str) -> bool {
    matches!(scheme, "http" | "https")
}

/// Whether calls by HTTP go through a proxy, which has a variable of its own.
fn has_proxy(part: &Part, name: &str) -> bool {
    const PROXIES: [&str; 3] = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
    let is_proxy = |variable: &Variable| PROXIES.contains(&&*variable.name.to_ascii_uppercase());
    !PROXIES.contains(&name) && part.env.iter().any(is_proxy)
}

/// A name with a domain, or an address.
fn is_host(host: &str) -> bool {
    let is_of_host = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    host.contains('.') && host.bytes().all(is_of_host) && !host.starts_with('.')
}

/// The usual port of a scheme.
fn port_of(scheme: &str) -> Option<u16> {
    let scheme = scheme.split('+').next().unwrap_or(scheme);
    Some(match scheme {
        "https" | "wss" => 443,
        "http" | "ws" => 80,
        "postgres" | "postgresql" => 5432,
        "mysql" => 3306,
        "redis" | "rediss" => 6379,
        "amqp" => 5672,
        "amqps" => 5671,
        "smtp" => 25,
        "smtps" => 465,
        "ldap" => 389,
        "ldaps" => 636,
        "mongodb" => 27017,
        _ => return None,
    })
}

fn no_way(variable: &str, origin: Origin, found: &Found) -> Diagnostic {
    const SHOWN: usize = 4;
    let names: Vec<String> = found.processes.iter().map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(SHOWN);
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    let processes = if more > 0 { format!("{shown} and {more} more") } else { shown };
    let port = found.call.ports.first().copied().unwrap_or(443);
    let (place, to) = match &found.call.host {
        None => ("a service outside".to_owned(), "\"internet\"".to_owned()),
        Some(host) => match namespace_of(host) {
            Some(namespace) => (format!("`{host}`"), format!("{{ namespace = \"{namespace}\" }}")),
            None => (format!("`{host}`"), "\"internet\"".to_owned()),
        },
    };
    let message = format!(
        "`{variable}` names {place}, and no network policy lets {processes} out to it (TCP {port})"
    );
    Diagnostic::warning(Code::NoWayOut, message)
        .origin(origin, "each call hangs until it times out")
        .help(format!(
            "add `egress = [{{ to = {to}, ports = [{port}] }}]` to `[app]` or to the component, or a component of type \
             `external` that it refers to; if no pod calls it, say so: `allow.no-way-out = \"…\"`"
        ))
}
