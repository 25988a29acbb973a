//! Recording and alerting rules: those that matter for what the stage has, and no others.
//!
//! What holds for each of them:
//!
//! - **An alert is something to do.** `critical` wakes somebody: users see it, or work is being lost. `warning` can wait for
//!   the morning. Each names the page that says what to do.
//! - **Each waits** (`for`), so that a rollout, a moved pod or one slow scrape does not alert.
//! - **Missing data is no health**: what is down often shows no numbers at all, so rules about being there count what should
//!   be there.
//! - **Each series is of this namespace.** In operator mode one Prometheus sees all of them.
//!
//! The names of alerts and groups are part of the product: silences and runbooks refer to them.

mod backing;
mod celery;
mod cluster;
mod own;
mod requests;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::library;
use super::monitored::Monitored;
use super::runbooks::link;
use super::template::{put, quote};
use crate::emit::{Format, document};

pub(super) use requests::probes;

/// Rules that are evaluated together and in order.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Group {
    /// Its name.
    pub name: String,
    /// Its rules.
    pub rules: Vec<Rule>,
}

/// A rule of a group.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub(crate) enum Rule {
    /// Keeps the result of a query as a series.
    Record(Record),
    /// Alerts about each series of a query's result.
    Alert(Alert),
}

/// A recording rule.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Record {
    /// Name of the new series: `labels:metric:operation`.
    #[serde(rename = "record")]
    pub name: String,
    /// The query.
    pub expr: String,
}

/// An alerting rule.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Alert {
    /// Its name.
    #[serde(rename = "alert")]
    pub name: String,
    /// The query: whatever it gives is alerted about.
    pub expr: String,
    /// How long it must give it.
    #[serde(rename = "for")]
    pub wait: String,
    /// `severity`, and what tells alerts of one name apart.
    pub labels: BTreeMap<String, String>,
    /// `summary`, `description`, and `runbook_url` where there is a page to lead to.
    pub annotations: BTreeMap<String, String>,
}

/// The file of a Prometheus of our own.
#[derive(Serialize)]
struct File<'a> {
    groups: &'a [Group],
}

/// `rules.yml`.
pub(crate) fn rules(groups: &[Group]) -> String {
    let mut text = String::new();
    document(&File { groups }, Format::Yaml, &mut text)
        .unwrap_or_else(|fault| unreachable!("{fault}"));
    text
}

/// The rules as values: `spec.groups` of a `PrometheusRule`.
pub(crate) fn groups(monitored: &Monitored) -> Vec<Group> {
    let mut groups = own::groups(monitored);
    groups.extend(requests::groups(monitored));
    groups.extend(celery::groups(monitored));
    groups.extend(backing::groups(monitored));
    groups.extend(library::of(monitored).map(|kind| described(monitored, &kind.rules)));
    groups.extend(cluster::groups(monitored));
    groups.retain(|group| !group.rules.is_empty());
    groups
}

/// A group that a file describes.
fn described(monitored: &Monitored, file: &library::Rules) -> Group {
    let alerts = file.alerts.iter().map(|alert| Draft {
        alert: &alert.name,
        severity: match alert.severity {
            library::Severity::Critical => Severity::Critical,
            library::Severity::Warning => Severity::Warning,
        },
        wait: &alert.wait,
        expr: &alert.expr.0,
        summary: &alert.summary,
        description: &alert.description,
    });
    group(monitored, &file.group, alerts.map(|draft| draft.rule(monitored)).collect())
}

/// How urgent an alert is.
#[derive(Clone, Copy)]
enum Severity {
    /// Wakes somebody.
    Critical,
    /// Can wait for the morning.
    Warning,
    /// Nobody is told: it fires for ever.
    None,
}

/// An alert as it is written down: `$ns` in the query stands for the namespace.
struct Draft<'a> {
    alert: &'a str,
    severity: Severity,
    wait: &'a str,
    expr: &'a str,
    summary: &'a str,
    description: &'a str,
}

impl Draft<'_> {
    fn rule(&self, monitored: &Monitored) -> Rule {
        self.labelled(monitored, &[])
    }

    /// An alert of several with the same name, told apart by labels that the result of its query has anyway.
    fn labelled(&self, monitored: &Monitored, more: &[(&str, &str)]) -> Rule {
        let severity = match self.severity {
            Severity::Critical => "critical",
            Severity::Warning => "warning",
            Severity::None => "none",
        };
        let entry = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let mut labels = BTreeMap::from([entry("severity", severity)]);
        labels.extend(more.iter().map(|(key, value)| entry(key, value)));
        let mut annotations = BTreeMap::from([
            entry("summary", self.summary),
            entry("description", self.description),
        ]);
        annotations.extend(link(monitored, self.alert).map(|link| entry("runbook_url", &link)));
        Rule::Alert(Alert {
            name: self.alert.to_owned(),
            expr: query(monitored, self.expr),
            wait: self.wait.to_owned(),
            labels,
            annotations,
        })
    }
}

/// A recording rule.
fn record(monitored: &Monitored, name: &str, expr: &str) -> Rule {
    Rule::Record(Record { name: name.to_owned(), expr: query(monitored, expr) })
}

/// A group of the stage. An operator's Prometheus reads the groups of many.
fn group(monitored: &Monitored, name: &str, rules: Vec<Rule>) -> Group {
    Group { name: format!("{}-{name}", monitored.stack), rules }
}

/// A query: without the indentation of its source, and with the namespace.
fn query(monitored: &Monitored, expr: &str) -> String {
    filled(monitored, expr, "")
}

/// A query as [`query`] gives it, and with what leaves the views of probes out, as [`probes`] gives it, for `$probes`.
pub(super) fn filled(monitored: &Monitored, expr: &str, probes: &str) -> String {
    let namespace = ["namespace=", &quote(&monitored.namespace)].concat();
    put(&dedented(expr), &[("$ns", &namespace), ("$probes", probes)])
}

/// A query without the indentation of its source.
fn dedented(expr: &str) -> Cow<'_, str> {
    let expr = expr.trim();
    // The first line follows its quotation mark, so that only the others are indented by the source.
    let Some((first, others)) = expr.split_once('\n') else { return Cow::Borrowed(expr) };
    let indent = |line: &str| line.len() - line.trim_start().len();
    let common = others.lines().filter(|line| !line.trim().is_empty()).map(indent).min();
    let mut text = String::with_capacity(expr.len());
    text.push_str(first);
    for line in others.lines() {
        text.push('\n');
        text.push_str(line.get(common.unwrap_or(0)..).unwrap_or(""));
    }
    Cow::Owned(text)
}
