//! Values of variables that must not reach production.

use super::Judgement;
use crate::Code;

/// Switches of debug modes.
const DEBUG_NAMES: [&str; 3] = ["DEBUG", "DJANGO_DEBUG", "APP_DEBUG"];
/// Variables that list the hosts which Django answers to.
const HOSTS_NAMES: [&str; 2] = ["ALLOWED_HOSTS", "DJANGO_ALLOWED_HOSTS"];

/// Whether a variable of that text is a switch that is on.
pub fn is_on(text: &str) -> bool {
    let is_number = text.parse::<i64>().is_ok_and(|number| number != 0);
    is_number || matches!(text.to_lowercase().as_str(), "true" | "yes" | "on")
}

/// A debug mode that is on.
pub fn debug(name: &str, text: &str) -> Option<Judgement> {
    (DEBUG_NAMES.contains(&name) && is_on(text)).then(|| {
        Judgement::error(
            Code::UnsafeSetting,
            format!("`{name}` is on in a production stage"),
            "error pages would show settings and code",
            "remove it from the stage: `env.DEBUG = false` removes an inherited variable",
        )
        .about(name)
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
        .about(name)
    })
}
