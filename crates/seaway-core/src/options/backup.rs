//! `type = "backup"`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Allow, Pod};
use super::cron::{starting_deadline, utc};
use super::facts::{Around, CommandSource, Facts, Health, Ports, Runs, Workload};
use super::migrate::retries;
use super::project::Project;
use super::texts::{self, Visit};
use super::{ComponentType, reasons};
use crate::Sourced;
use crate::values::{DataKey, Name, Quantity, Schedule, TimeZone};

/// Dumps of a database on a schedule.
///
/// Becomes a `CronJob` whose runs do not overlap. It dumps with the programs of the server's own image, so of its own major: `pg_dump`
/// in the custom format, or `mariadb-dump` or `mysqldump` in one transaction, packed with gzip. Each dump is proven before it counts:
/// it is read to its end, and its tables are listed. It lies in the folder of the component in the volume, or in
/// `STACK/STAGE/COMPONENT` of the bucket, below its `prefix`, under the name of the database's component with the time in UTC:
/// `db-20260301T021500Z.dump`. Only then the oldest of more than `keep` go, so a run that fails deletes nothing.
///
/// A volume holds `keep` dumps and the one that is written. To a bucket, a first container dumps into scratch, and a second one with
/// the command line of AWS uploads it: the container that reaches the bucket has no password of the database, and the other way
/// round. The account of the pods writes to the bucket, by `service-account.role`, or by the `secret` of the bucket.
///
/// `seaway restore STACK --stage STAGE` prints how a dump comes back: what to stop, how to list the dumps, a Job that loads one, and
/// what to start again. The Job proves the dump, removes what the user of the database owns in it and loads the dump, with PostgreSQL
/// in one transaction. `--format yaml` prints the Job alone, for `kubectl apply -f -`.
///
/// A dump has the rows of one database: no roles, no other databases of the server, no files of users. What was written since the
/// last dump is lost with the server; snapshots of volumes and recovery to a point in time are not part of it: ask the storage or the
/// provider of the database for them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Backup {
    /// What every component that runs pods takes. `image` is the one of the programs that dump: that of the server if it is not
    /// written.
    #[serde(rename = "$pod")]
    #[schemars(flatten)]
    pub pod: Pod,
    /// The database: a `postgres`, `rds`, `service` or `external` that speaks the protocol of PostgreSQL or MySQL and has an output
    /// `url`. Its user needs to read all of it.
    pub of: Sourced<Name>,
    /// When it runs, for example `"15 2 * * *"`.
    pub schedule: Sourced<Schedule>,
    /// Where dumps lie: a volume of `[volumes]`, or a component of type `s3`.
    pub to: Sourced<Name>,
    /// Major version of a PostgreSQL outside of the cluster, `14` to `18`: it picks the image. **Required** there unless `image` is
    /// written; a server in the cluster has an image of its own.
    pub version: Option<Sourced<String>>,
    /// Dumps that stay.
    #[serde(default = "keep")]
    pub keep: Sourced<u16>,
    /// The key that dumps are encrypted with, as AES-256 in CBC mode with a key that PBKDF2 derives in 600,000 rounds (`openssl enc`).
    /// Who loses it loses all dumps: keep it elsewhere, too.
    pub encrypt: Option<Sourced<Encrypt>>,
    /// Size of the scratch volume that a dump lies in before it is uploaded to a bucket.
    #[serde(default = "scratch")]
    pub scratch: Sourced<Quantity>,
    /// Time zone of the schedule, for example `Europe/Berlin`.
    #[serde(default = "utc")]
    pub time_zone: Sourced<TimeZone>,
    /// Stops new runs and keeps the object.
    pub suspend: Option<Sourced<bool>>,
    /// Seconds after which a run is given up.
    #[serde(default = "deadline")]
    pub deadline_seconds: Sourced<u32>,
    /// Seconds by which a run may start late before it is left out. Below 10 the controller can miss runs.
    #[serde(default = "starting_deadline")]
    pub starting_deadline_seconds: Sourced<u32>,
    /// Times that a failed run is tried again.
    #[serde(default = "retries")]
    pub retries: Sourced<u16>,
    /// Hours within which a run has to succeed, or `monitoring` raises an alert; the longest time between two runs of the schedule
    /// and two hours if it is not written.
    pub expected_within_hours: Option<Sourced<u32>>,
}

/// The key that dumps are encrypted with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Encrypt {
    /// Secret of `[secrets]` that holds it.
    pub secret: Sourced<Name>,
    /// Its key; `passphrase` if it is not written.
    pub key: Option<Sourced<DataKey>>,
}

impl Encrypt {
    /// The usual name of the key.
    pub const KEY: &str = "passphrase";

    /// The name of the key.
    pub fn key(&self) -> &str {
        self.key.as_ref().map_or(Self::KEY, |key| &***key)
    }
}

/// Where a `backup` mounts the volume with its dumps.
pub const DUMPS: &str = "/backups";

fn keep() -> Sourced<u16> {
    Sourced::default_for(7, &reasons::BACKUP_KEEP)
}
fn scratch() -> Sourced<Quantity> {
    Sourced::default_for(Quantity::mebibytes(10 * 1024), &reasons::BACKUP_SCRATCH)
}
fn deadline() -> Sourced<u32> {
    Sourced::default_for(6 * 3600, &reasons::BACKUP_DEADLINE)
}

impl Backup {
    /// Hours within which a run has to succeed.
    fn expected_within_hours(&self) -> Sourced<u32> {
        self.expected_within_hours.unwrap_or_else(|| {
            let hours = self.schedule.longest_gap_hours().saturating_add(2);
            Sourced::default_for(hours, &reasons::BACKUP_ALERT)
        })
    }
}

impl ComponentType for Backup {
    fn pod(&self) -> Option<&Pod> {
        Some(&self.pod)
    }

    fn project(&self) -> Option<&Project> {
        None
    }

    fn allow(&self) -> &Allow {
        &self.pod.allow
    }

    fn command(&self) -> &[Sourced<String>] {
        &[]
    }

    fn visit_texts(&mut self, visit: &mut Visit<'_>) {
        texts::of_pod(&mut self.pod, visit);
    }

    fn facts(&self, type_name: &'static str, _: &Around<'_>) -> Facts {
        let is_suspended = self.suspend.is_some_and(|suspend| suspend.value);
        Facts {
            type_name,
            runs: Runs::OwnImage,
            foreign_image: None,
            program: Some("backup".into()),
            workload: Some(Workload::CronJob),
            command: CommandSource::Image,
            celery: None,
            queues: Vec::new(),
            answers_requests: false,
            needs_hosts: false,
            port: None,
            ports: Ports::none(),
            expose: None,
            health: Health::Probes,
            metrics: None,
            drain: None,
            keep_alive: None,
            replicas: None,
            autoscale: None,
            most_pods: 1,
            is_called: false,
            only_one: None,
            process_memory: None,
            waits_for_schema: None,
            migration: None,
            passes_pooler: true,
            pooler: None,
            calls: vec![self.of.clone()],
            upstream: None,
            outputs: BTreeMap::new(),
            secret: None,
            basic_auth: None,
            needs_auth: false,
            provides: Vec::new(),
            bindings: Vec::new(),
            roles: None,
            broker: None,
            protocol: None,
            encrypted: None,
            evicts: false,
            exporter: None,
            connections: None,
            data: None,
            extensions: Vec::new(),
            is_unknown_program: false,
            runs_as_root: false,
            keeps_volume: false,
            storage: Vec::new(),
            expected_within_hours: (!is_suspended).then(|| self.expected_within_hours()),
            is_suspended,
            outside: None,
            dumps: Some(self.of.clone()),
            owner: None,
            more_images: Vec::new(),
            copies_static: false,
        }
    }
}
