//! Values of variables that must not be text, or must not reach production.

use super::Judgement;
use crate::Code;

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
/// Variables that list the hosts which Django answers to.
const HOSTS_NAMES: [&str; 2] = ["ALLOWED_HOSTS", "DJANGO_ALLOWED_HOSTS"];

/// A value that looks like a secret and is written as text. References are `$(…)` in it.
pub fn secret(name: &str, text: &str) -> Option<Judgement> {
    let upper = name.to_uppercase().replace(['-', '.'], "_");
    let by_name = SECRET_ENDINGS.iter().any(|ending| upper.ends_with(ending));
    let by_value = credentials_in_url(text) || text.contains("-----BEGIN");
    // `$(OTHER)` and references hand a value on; an empty text holds nothing.
    let handed_on = text.contains("$(");
    if text.is_empty() || is_certificate(text) || !(by_value || (by_name && !handed_on)) {
        return None;
    }
    let key = name.to_lowercase().replace(['_', '.'], "-");
    Some(Judgement::error(
        Code::SecretLiteral,
        format!("`{name}` looks like a secret and is written as text"),
        "everyone who reads the stack or its output reads it",
        &format!(
            "declare it, `secrets.app.keys = [\"{key}\"]`, and write `\"${{secrets.app.{key}}}\"`; a development stage \
             makes a value up"
        ),
    ))
}

/// A certificate without its key is there for everyone.
fn is_certificate(text: &str) -> bool {
    text.contains("-----BEGIN CERTIFICATE-----") && !text.contains("PRIVATE KEY-----")
}

/// `scheme://user:password@host`
pub fn credentials_in_url(text: &str) -> bool {
    text.split_once("://").is_some_and(|(_, rest)| {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        authority.rsplit_once('@').is_some_and(|(user, _)| {
            user.split_once(':')
                .is_some_and(|(_, password)| !password.is_empty() && !password.contains("$("))
        })
    })
}

/// A debug mode that is on.
pub fn debug(name: &str, text: &str) -> Option<Judgement> {
    let is_number = text.parse::<i64>().is_ok_and(|number| number != 0);
    let is_on = is_number || matches!(text.to_lowercase().as_str(), "true" | "yes" | "on");
    (DEBUG_NAMES.contains(&name) && is_on).then(|| {
        Judgement::error(
            Code::UnsafeSetting,
            format!("`{name}` is on in a production stage"),
            "error pages would show settings and code",
            "remove it from the stage: `env.DEBUG = false` removes an inherited variable",
        )
    })
}

/// A variable that lets Django answer to any host: camerahub/camerahub#637.
pub fn any_host(name: &str, text: &str) -> Option<Judgement> {
    let has_star = text.split([',', ' ', '[', ']', '"', '\'']).any(|host| host == "*");
    (HOSTS_NAMES.contains(&name) && has_star).then(|| {
        Judgement::error(
            Code::UnsafeSetting,
            "a production stage answers to any host",
            "lets a forged Host header into links and caches",
            "name the hosts in `app.hosts`; probes send the first one",
        )
    })
}
