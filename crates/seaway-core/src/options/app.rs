//! `[app]`: what every process of the application shares.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::Shared;
use super::project::Project;
use super::worker::CeleryProbes;
use crate::Sourced;
use crate::values::AllowedHost;

/// What every process of the application shares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct App {
    /// Preset that brings commands, bindings and the wait for migrations.
    #[serde(default)]
    pub framework: Framework,
    /// Where the parts of the Django project are; a process can set these as well.
    #[serde(rename = "$project")]
    #[schemars(flatten)]
    pub project: Project,
    /// What answers the probes of workers and beat: `"heartbeat"`, `"ping"` or `false`; the heartbeat if it is not written.
    pub celery_probes: Option<Sourced<CeleryProbes>>,
    /// Hosts that the application answers to, the public one first.
    #[serde(default)]
    pub hosts: Vec<Sourced<AllowedHost>>,
    /// What a component can set as well.
    #[serde(rename = "$shared")]
    #[schemars(flatten)]
    pub shared: Shared,
}

impl Default for App {
    /// What a stack without `[app]` has: the same as with an empty one.
    fn default() -> Self {
        Self {
            framework: Framework::default(),
            project: Project::default(),
            celery_probes: None,
            hosts: Vec::new(),
            shared: Shared::default(),
        }
    }
}

/// A preset.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Framework {
    /// Django, with Celery where there are workers.
    #[default]
    Django,
    /// Nothing is taken for granted: processes say their command, nothing is bound.
    None,
}
