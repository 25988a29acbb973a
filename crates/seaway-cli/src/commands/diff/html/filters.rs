//! What a reader can narrow the page to: stacks, stages and consequences.
//!
//! Each is a checkbox, and a rule of CSS hides what belongs to none of those that are checked; without one that is checked, all is
//! shown. What can be hidden has the class of its dimension (`by-stage`) and one for each value (`stage-0`). Values are numbered, so
//! that no text of a stack becomes a class. A browser that does not know `:has()` drops the rules and shows no checkboxes
//! (<https://developer.mozilla.org/en-US/docs/Web/CSS/:has>).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use seaway_core::Consequence;

use super::super::view::Group;
use super::tier;
use crate::commands::page::escaped;

/// The values of each dimension.
pub(super) struct Filters<'a> {
    pub(super) stacks: Vec<&'a str>,
    stages: Vec<&'a str>,
    /// How many findings there are of each.
    kinds: BTreeMap<Consequence, usize>,
}

impl<'a> Filters<'a> {
    pub(super) fn of(groups: &[Group<'a>]) -> Self {
        let (mut stacks, mut stages, mut kinds) = (Vec::new(), Vec::new(), BTreeMap::new());
        for group in groups {
            if !stacks.contains(&group.stack) {
                stacks.push(group.stack);
            }
            for stage in &group.stages {
                if !stages.contains(stage) {
                    stages.push(*stage);
                }
            }
            for finding in &group.diff.findings {
                *kinds.entry(finding.consequence).or_insert(0) += 1;
            }
        }
        Self { stacks, stages, kinds }
    }

    /// The classes of a group.
    pub(super) fn classes(&self, group: &Group<'_>) -> String {
        let mut classes = String::from("by-stack by-stage");
        if let Some(at) = self.stacks.iter().position(|stack| *stack == group.stack) {
            let _ = write!(classes, " stack-{at}");
        }
        for (at, _) in self.stages.iter().enumerate().filter(|(_, it)| group.stages.contains(it)) {
            let _ = write!(classes, " stage-{at}");
        }
        let findings = &group.diff.findings;
        if !findings.is_empty() {
            let _ = write!(classes, " {}", kinds(findings.iter().map(|it| it.consequence)));
        }
        classes
    }

    /// The rules that hide.
    pub(super) fn style(&self) -> String {
        let numbers = |count: usize| (0..count).map(|at| at.to_string()).collect();
        let kinds = self.kinds.keys().map(ToString::to_string).collect();
        [
            rule("stack", &numbers(self.stacks.len())),
            rule("stage", &numbers(self.stages.len())),
            rule("kind", &kinds),
        ]
        .concat()
    }

    /// The checkboxes of each dimension with a choice.
    pub(super) fn form(&self, out: &mut String) {
        let named = |all: &[&str]| -> Vec<Choice> {
            let choice = |(at, name): (usize, &&str)| Choice {
                value: at.to_string(),
                label: escaped(name),
                class: "chip".to_owned(),
            };
            all.iter().enumerate().map(choice).collect()
        };
        let kinds = self.kinds.iter().map(|(kind, count)| Choice {
            value: kind.to_string(),
            label: format!("{kind} <small>{count}</small>"),
            class: format!("chip {}", tier(*kind)),
        });
        let dimensions = [
            ("stack", "Show only these stacks", named(&self.stacks)),
            ("stage", "Show only these stages", named(&self.stages)),
            ("kind", "Show only these consequences", kinds.collect()),
        ];
        if dimensions.iter().all(|(.., choices)| choices.len() < 2) {
            return;
        }
        // A form, so that its button can clear all of it; a reload does not bring back what was checked.
        out.push_str(
            "<form class=\"filters\" autocomplete=\"off\" aria-label=\"What is shown\">\n",
        );
        for (name, legend, choices) in dimensions {
            if choices.len() > 1 {
                fieldset(out, name, legend, &choices);
            }
        }
        out.push_str("<button type=\"reset\">Show all</button>\n</form>\n");
    }
}

struct Choice {
    value: String,
    /// HTML.
    label: String,
    class: String,
}

fn fieldset(out: &mut String, name: &str, legend: &str, choices: &[Choice]) {
    let _ = writeln!(out, "<fieldset>\n<legend>{legend}</legend>");
    for Choice { value, label, class } in choices {
        let id = format!("{name}-{value}");
        let _ = writeln!(
            out,
            "<span><input type=\"checkbox\" id=\"{id}\"/><label class=\"{class}\" for=\"{id}\">{label}</label></span>"
        );
    }
    out.push_str("</fieldset>\n");
}

/// Hides what has none of the values that are checked, if one is.
fn rule(name: &str, values: &Vec<String>) -> String {
    if values.len() < 2 {
        return String::new();
    }
    let mut any = Vec::new();
    let mut shown = Vec::new();
    for value in values {
        any.push(format!("#{name}-{value}:checked"));
        shown.push(format!(":root:has(#{name}-{value}:checked) .{name}-{value}"));
    }
    format!(
        ":root:has({}) .by-{name}:not({}) {{ display: none; }}\n",
        any.join(", "),
        shown.join(", ")
    )
}

/// The classes of what is about some consequences.
pub(super) fn kinds(kinds: impl IntoIterator<Item = Consequence>) -> String {
    let mut classes = String::from("by-kind");
    for kind in kinds.into_iter().collect::<BTreeSet<_>>() {
        let _ = write!(classes, " kind-{kind}");
    }
    classes
}
