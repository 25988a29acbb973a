//! Rules and dashboards that are data: files of `templates/monitoring/rules` and `templates/monitoring/dashboards`, read once.
//!
//! A file is TOML, read as the stack language is: an unknown key, a missing one and a wrong word are refused with their place.
//! A query has placeholders, which a type checks: `$ns` stands for the namespace, and in a panel `$__rate_interval` and its
//! kin are Grafana's. A test reads all of them, so none can be wrong in a program that was built.

use std::sync::LazyLock;

use seaway_core::{Sink, Source, decode, parse};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::monitored::Monitored;

/// What is known of one kind of server.
#[derive(Debug)]
pub(super) struct Kind {
    /// The components of the stage that are such servers.
    pub of: fn(&Monitored) -> &[String],
    /// Its alerts.
    pub rules: Rules,
    /// Its dashboard.
    pub dashboard: Dashboard,
}

/// A file of rules.
#[derive(Debug, Deserialize)]
pub(super) struct Rules {
    /// What the group is called after the stack.
    pub group: String,
    /// The alerts.
    pub alerts: Vec<Alert>,
}

/// An alert as it is written down.
#[derive(Debug, Deserialize)]
pub(super) struct Alert {
    /// Its name, which is that of its runbook, too.
    pub name: String,
    /// How urgent it is.
    pub severity: Severity,
    /// How long the query must give something (`5m`).
    #[serde(rename = "for")]
    pub wait: String,
    /// The query.
    pub expr: Expr,
    /// One line, with placeholders of Prometheus.
    pub summary: String,
    /// What it means.
    pub description: String,
}

/// How urgent an alert is.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Severity {
    /// Wakes somebody.
    Critical,
    /// Can wait for the morning.
    Warning,
}

/// A file of a dashboard.
#[derive(Debug, Deserialize)]
pub(super) struct Dashboard {
    /// Its file, without `.json`.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Its panels, from left to right and top to bottom.
    pub panels: Vec<Panel>,
}

/// A panel as it is written down.
#[derive(Debug, Deserialize)]
pub(super) struct Panel {
    /// Its title.
    pub title: String,
    /// What it says beyond its title.
    #[serde(default)]
    pub help: String,
    /// How it shows its series.
    pub shows: Shows,
    /// From which number on it is bad.
    pub bad: Option<u32>,
    /// The unit of its numbers, in Grafana's words.
    #[serde(default = "no_unit")]
    pub unit: String,
    /// Its queries.
    pub queries: Vec<Query>,
}

/// How a panel shows its series.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Shows {
    /// One number.
    Number,
    /// Lines over time.
    Lines,
    /// Areas over time, one on the other.
    Stacked,
}

/// A query of a panel.
#[derive(Debug, Deserialize)]
pub(super) struct Query {
    /// The query.
    pub expr: Expr,
    /// What names its series.
    #[serde(default)]
    pub legend: String,
}

/// A query in `PromQL` with placeholders that are known.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Expr(pub String);

/// The words that stand for something, each after a `$`.
const PLACEHOLDERS: [&str; 2] = ["ns", "__rate_interval"];

impl TryFrom<String> for Expr {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        for (at, _) in text.match_indices('$') {
            let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let rest = &text[at + 1..];
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let word = &rest[..end];
            if !PLACEHOLDERS.contains(&word) {
                return Err(format!("`${word}` stands for nothing"));
            }
        }
        Ok(Self(text))
    }
}

fn no_unit() -> String {
    "none".to_owned()
}

/// The kinds of servers that are described by files.
pub(super) static KINDS: LazyLock<[Kind; 3]> = LazyLock::new(|| {
    macro_rules! kind {
        ($name:literal, $of:expr) => {
            Kind {
                of: $of,
                rules: read(include_str!(concat!(
                    "../../../../templates/monitoring/rules/",
                    $name,
                    ".toml"
                ))),
                dashboard: read(include_str!(concat!(
                    "../../../../templates/monitoring/dashboards/",
                    $name,
                    ".toml"
                ))),
            }
        };
    }
    [
        kind!("mysql", |monitored| &monitored.mysql),
        kind!("memcached", |monitored| &monitored.memcached),
        kind!("rabbitmq", |monitored| &monitored.rabbitmq),
    ]
});

/// The kinds of servers that a stage has.
pub(super) fn of(monitored: &Monitored) -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter(move |kind| !(kind.of)(monitored).is_empty())
}

/// A file of ours.
fn read<T: DeserializeOwned>(text: &str) -> T {
    // The text is a part of the program: a fault in it shows in every test that asks for it.
    try_read(text).unwrap_or_else(|faults| unreachable!("{faults}"))
}

/// A file, or what is wrong with it.
fn try_read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let mut sink = Sink::default();
    let document = parse(&Source::new("", text), &mut sink);
    let read = decode(&document.root, &mut sink);
    let faults: Vec<String> = sink.finish().into_iter().map(|fault| fault.message).collect();
    read.filter(|_| faults.is_empty()).ok_or_else(|| faults.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_read() {
        for kind in KINDS.iter() {
            assert!(!kind.rules.alerts.is_empty() && !kind.dashboard.panels.is_empty());
            assert_eq!(kind.rules.group, kind.dashboard.name);
        }
    }

    #[test]
    fn what_is_wrong_in_a_file_is_refused() {
        let alert = |more: &str| {
            let text = format!(
                "group = \"g\"\n[[alerts]]\nname = \"A\"\nfor = \"1m\"\nsummary = \"s\"\ndescription = \"d\"\n{more}"
            );
            try_read::<Rules>(&text).map(|_| ()).expect_err("a fault")
        };
        for (more, named) in [
            ("severity = \"loud\"\nexpr = \"up\"", "`loud`"),
            ("severity = \"warning\"\nexpr = \"up{$namespace}\"", "`$namespace`"),
            ("severity = \"warning\"\nexpr = \"up\"\nwhen = \"now\"", "`when`"),
            ("severity = \"warning\"", "`expr`"),
        ] {
            let fault = alert(more);
            assert!(fault.contains(named), "{fault}");
        }
    }
}
