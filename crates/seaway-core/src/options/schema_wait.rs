//! `wait-for-schema`: how a process waits for the migrations of its database.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Sourced;
use crate::values::Quantity;

/// Whether a process waits for the migrations of the database that it uses, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(untagged)]
pub enum WaitForSchema {
    /// `false` for a process that starts without them.
    #[serde(rename = "$boolean")]
    Switch(bool),
    /// What to change of the wait.
    #[serde(rename = "$table")]
    Table(SchemaWait),
}

/// The init container that waits for the migrations. It runs in the image of the process, with its environment, mounts, cpu
/// and memory.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct SchemaWait {
    /// Memory that it may use. If it is not written, the limit of the process, and at least 512Mi where that is computed.
    pub memory: Option<Sourced<Quantity>>,
    /// Seconds that a pod waits before it fails. If it is not written, `wait-seconds` of the `migrate` component, and without that
    /// its `deadline-seconds`.
    pub timeout_seconds: Option<Sourced<u32>>,
    /// Seconds after which one attempt is killed and the next one begins. If it is not written, an attempt has all the time
    /// that is left: a large project takes more than a minute to import.
    pub attempt_seconds: Option<Sourced<u32>>,
}

/// How a process waits, if it does: it does unless the stack says otherwise.
pub(super) fn settled(written: Option<&Sourced<WaitForSchema>>) -> Option<SchemaWait> {
    match written.map(|written| &written.value) {
        Some(WaitForSchema::Switch(false)) => None,
        Some(WaitForSchema::Table(wait)) => Some(wait.clone()),
        Some(WaitForSchema::Switch(true)) | None => Some(SchemaWait::default()),
    }
}
