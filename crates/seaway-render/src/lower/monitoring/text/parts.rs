//! What several texts of a stage are made of.

use std::cell::OnceCell;

use super::dashboards::{Draft, drafts};
use super::monitored::Monitored;
use super::rules::{Group, groups};
use super::scrape;

/// What a stage has, and what several of its texts are made of: each is made once, by whoever is first to ask for it.
#[derive(Debug)]
pub(crate) struct Parts {
    /// What the stage has.
    pub monitored: Monitored,
    groups: OnceCell<Vec<Group>>,
    drafts: OnceCell<Vec<Draft>>,
    metrics: OnceCell<Vec<String>>,
}

impl Parts {
    /// Of what a stage has.
    pub(crate) fn of(monitored: Monitored) -> Self {
        Self {
            monitored,
            groups: OnceCell::new(),
            drafts: OnceCell::new(),
            metrics: OnceCell::new(),
        }
    }

    /// The rules, by their groups.
    pub(crate) fn groups(&self) -> &[Group] {
        self.groups.get_or_init(|| groups(&self.monitored))
    }

    /// The dashboards as they are written down.
    pub(super) fn drafts(&self) -> &[Draft] {
        self.drafts.get_or_init(|| drafts(&self.monitored))
    }

    /// Names of metrics in rules and panels, in order, each once.
    pub(crate) fn metrics(&self) -> &[String] {
        self.metrics.get_or_init(|| scrape::metrics(self.groups(), self.drafts()))
    }
}
