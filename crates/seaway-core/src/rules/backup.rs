//! Backups: what they dump, where to, with which programs; and databases of production that nothing dumps.

use std::collections::BTreeSet;

use super::monitoring::credentials;
use super::services::POSTGRES_MAJORS;
use crate::declared::Declared;
use crate::options::{
    Backup, Component, POSTGRES_IMAGE, Postgres, Protocol, Provides, S3, Service,
    ServiceAccountSetting, Workload,
};
use crate::outputs;
use crate::stack::Part;
use crate::values::{Name, Quantity};
use crate::{Code, Diagnostic, Sink, Stack, policy, suggest};

pub(super) fn check(declared: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for part in stack.parts.values() {
        let Some(backup) = part.component.options::<Backup>() else { continue };
        if declared.at_fault(["components", &**part.name]) {
            continue;
        }
        of(declared, stack, part, backup, sink);
        to(declared, stack, part, backup, sink);
        if backup.keep.value == 0 {
            sink.report(
                Diagnostic::error(Code::InvalidValue, "a backup that keeps no dump")
                    .origin(backup.keep.origin, "")
                    .help("write how many stay, for example `7`"),
            );
        }
        if let Some(encrypt) = &backup.encrypt {
            let key = encrypt.key.as_ref();
            credentials(declared, stack, &encrypt.secret, key, crate::options::Encrypt::KEY, sink);
        }
    }
}

/// Whether a component keeps rows that a backup can dump.
fn is_database(part: &Part) -> bool {
    let speaks = matches!(part.facts.protocol, Some(Protocol::Postgresql | Protocol::Mysql) | None);
    part.facts.is_used_as(Provides::Database) && part.facts.pooler.is_none() && speaks
}

/// The database that is dumped, and the programs that dump it.
fn of(declared: &Declared<'_>, stack: &Stack, part: &Part, backup: &Backup, sink: &mut Sink) {
    let (name, origin) = (&backup.of.value, backup.of.origin);
    let Some(server) = stack.parts.get(name) else { return };
    if declared.at_fault(["components", &**name]) {
        return;
    }
    if let Some(pooler) = &server.facts.pooler {
        sink.report(
            Diagnostic::error(Code::Conflict, format!("a dump through the pooler `{name}`"))
                .origin(origin, "a dump sets up its session")
                .help(format!("name the database itself: `of = \"{}\"`", pooler.database)),
        );
        return;
    }
    let databases =
        stack.parts.values().filter(|part| is_database(part)).map(|part| &*part.name.value as &str);
    let protocol = server.facts.protocol;
    if !matches!(protocol, Some(Protocol::Postgresql | Protocol::Mysql)) {
        let is_unknown = protocol.is_none() && server.facts.is_used_as(Provides::Database);
        sink.report(if is_unknown {
            Diagnostic::error(Code::MissingField, format!("the protocol of `{name}` is not known"))
                .origin(origin, "")
                .origin(server.name.origin, "")
                .help(format!("add `components.{name}.protocol`: `\"postgresql\"` or `\"mysql\"`"))
        } else {
            Diagnostic::error(
                Code::Conflict,
                format!("`{name}` is no database that a backup can dump"),
            )
            .origin(origin, "neither a PostgreSQL nor a MySQL")
            .help_maybe(suggest::nearest_or_all(name, databases))
        });
        return;
    }
    if !outputs::of(stack, server).contains_key("url") {
        sink.report(
            Diagnostic::error(Code::UnknownOutput, format!("`{name}` has no output `url`"))
                .origin(origin, "a backup reads from it where the database is")
                .help(format!(
                    "add `url` to the keys of its Secret, or write `components.{name}.outputs.url`"
                )),
        );
    }
    programs(part, backup, server, sink);
}

/// Where the programs come from: the image of the server, one that is written, or one of a version.
fn programs(part: &Part, backup: &Backup, server: &Part, sink: &mut Sink) {
    let name = &part.name;
    let written = part.shared.image.as_ref();
    let is_postgres = server.facts.protocol == Some(Protocol::Postgresql);
    let inside = !server.facts.is_outside();
    if let Some(version) = &backup.version {
        let other = if inside {
            Some(format!("`{}` has the programs of its own major in its image", server.name))
        } else if let Some(image) = written {
            Some(format!("the image `{}` has the programs", image.value))
        } else if !is_postgres {
            Some(format!("`{}` is no PostgreSQL", server.name))
        } else {
            None
        };
        if let Some(why) = other {
            sink.report(
                Diagnostic::error(Code::Conflict, "a version that picks no image")
                    .origin(version.origin, why)
                    .help("remove `version`"),
            );
        } else if !POSTGRES_MAJORS.contains(&&*version.value) {
            sink.report(
                Diagnostic::error(Code::UnknownValue, format!("no image of PostgreSQL {version}"))
                    .origin(version.origin, "")
                    .help(format!("known are {}", suggest::quoted_list(&POSTGRES_MAJORS))),
            );
        }
    } else if !inside && written.is_none() {
        let line = if is_postgres {
            format!("`components.{name}.version = \"17\"`, the major of the server")
        } else {
            format!(
                "`components.{name}.image = \"docker.io/library/mysql:8.4.11\"`, or a `mariadb`, of the server's own version"
            )
        };
        sink.report(
            Diagnostic::error(
                Code::MissingField,
                format!("which programs dump `{}` is not said", server.name),
            )
            .origin(backup.of.origin, "a server outside of the cluster")
            .help(format!("add {line}")),
        );
    }
    let major = server.facts.data.as_ref().and_then(|data| data.major);
    let of_image = written.and_then(|image| Some((image, image.postgres_major()?)));
    if let (Some(major), Some((image, client))) = (major, of_image)
        && client < major
    {
        sink.report(
            Diagnostic::error(
                Code::OlderClient,
                format!(
                    "`{name}` runs pg_dump {client}, and the server `{}` is PostgreSQL {major}",
                    server.name
                ),
            )
            .origin(image.origin, "pg_dump refuses a newer server")
            .help(format!("remove `image`, or write `image = \"{POSTGRES_IMAGE}:{major}\"`")),
        );
    }
}

/// The volume or bucket with the dumps.
fn to(declared: &Declared<'_>, stack: &Stack, part: &Part, backup: &Backup, sink: &mut Sink) {
    let to = &backup.to;
    let is_volume = stack.volumes.contains_key(to);
    let named = stack.parts.get(&to.value);
    let bucket = named.and_then(|part| part.component.options::<S3>());
    if is_volume && bucket.is_some() {
        sink.report(
            Diagnostic::error(Code::Conflict, format!("`{to}` is a volume and a bucket"))
                .origin(to.origin, "which of them is not said")
                .help("give one of the two another name"),
        );
        return;
    }
    if is_volume || declared.has("volumes", to) || declared.at_fault(["components", &**to]) {
        return;
    }
    let Some(bucket) = bucket else {
        let buckets = stack.parts.values().filter(|part| part.component.options::<S3>().is_some());
        let known: BTreeSet<&str> = stack
            .volumes
            .keys()
            .map(|name| &***name)
            .chain(buckets.map(|part| &*part.name.value as &str))
            .collect();
        let volume = || format!("add a volume: `volumes.{to} = {{ storage = \"20Gi\" }}`");
        sink.report(
            Diagnostic::error(
                Code::UnknownVolume,
                format!("`{to}` is neither a volume nor an `s3`"),
            )
            .origin(to.origin, named.map_or("", |_| "a component of another type"))
            .help(suggest::nearest_or_all(to, known).unwrap_or_else(volume)),
        );
        return;
    };
    let has_role = match part.shared.service_account.as_ref().map(|account| &account.value) {
        Some(ServiceAccountSetting::Existing(_)) => true,
        Some(ServiceAccountSetting::Own(own)) => {
            own.named().is_some() || !own.annotations.is_empty()
        }
        None => false,
    };
    // With Pod Identity of EKS the association is made in AWS.
    let by_cluster =
        stack.cluster.identity().is_some_and(|identity| identity.annotation().is_none());
    if bucket.secret.is_none() && !has_role && !by_cluster {
        let name = &part.name;
        sink.report(
            Diagnostic::error(Code::MissingField, format!("nothing lets `{name}` write to the bucket `{to}`"))
                .origin(to.origin, "")
                .help(format!(
                    "write the role that may: `components.{name}.service-account.role = \"arn:aws:iam::123456789012:role/backup\"`; or \
                     `components.{to}.secret`, with the keys `access-key-id` and `secret-access-key`"
                )),
        );
    }
}

/// Databases in the cluster whose data outlives their pods, and that nothing dumps.
pub(super) fn undumped(declared: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    // What could not be resolved may be what dumps it.
    if !stack.is_production() || sink.errors() > 0 {
        return;
    }
    for part in stack.parts.values() {
        let facts = &part.facts;
        let is_kept = facts.data.as_ref().is_some_and(|data| data.durable);
        let is_inside = facts.workload.is_some();
        if !is_database(part) || !is_kept || !is_inside || is_dumped(stack, part) {
            continue;
        }
        if declared.at_fault(["components", &**part.name]) {
            continue;
        }
        sink.report(
            Diagnostic::warning(
                Code::NoBackup,
                format!("nothing dumps the database `{}`", part.name),
            )
            .origin(part.name.origin, "all of its rows are in one volume")
            .help(lines(stack, part)),
        );
    }
}

/// Programs and commands that make backups: of PostgreSQL, of MySQL, of Django and its packages, and of both.
const DUMPING: [&str; 14] = [
    "pg_dump",
    "pg_dumpall",
    "pg_basebackup",
    "pg_receivewal",
    "pgbackrest",
    "wal-g",
    "barman",
    "mysqldump",
    "mariadb-dump",
    "mariadb-backup",
    "xtrabackup",
    "dumpdata",
    "dbbackup",
    "restic",
];

/// Whether a backup, a cron job or a container beside the server dumps it.
fn is_dumped(stack: &Stack, server: &Part) -> bool {
    stack.parts.values().any(|part| {
        if let Some(dumped) = &part.facts.dumps {
            return dumped.value == server.name.value && !part.facts.is_suspended;
        }
        let is_it = part.name.value == server.name.value;
        let is_timed = part.facts.workload == Some(Workload::CronJob) && !part.facts.is_suspended;
        let reaches = part
            .edges
            .keys()
            .any(|name| outputs::database_behind(stack, name) == &server.name.value);
        if !(is_it || is_timed && reaches) {
            return false;
        }
        part.words().any(|word| {
            policy::tokens(word).any(|token| {
                let program = token.rsplit('/').next().unwrap_or(token);
                DUMPING.contains(&program) || program.to_ascii_lowercase().contains("backup")
            })
        })
    })
}

/// A backup to paste below all else, into the stage alone.
fn lines(stack: &Stack, part: &Part) -> String {
    let free = |is_taken: &dyn Fn(&str) -> bool, wanted: String| {
        let others = (2..100).map(|number| format!("backup-{number}"));
        let fits = |name: &String| !is_taken(name) && Name::try_from(name.clone()).is_ok();
        std::iter::once(wanted).chain(others).find(fits).unwrap_or_default()
    };
    let is_component = |name: &str| stack.parts.keys().any(|known| **known == *name);
    let is_volume = |name: &str| stack.volumes.keys().any(|known| *known.value == *name);
    let backup = free(&is_component, format!("{}-backup", part.name));
    let volume = free(&is_volume, format!("{}-dumps", part.name));
    let (stage, size) = (&stack.stage, size(&part.component));
    let size = size.unwrap_or(Quantity::mebibytes(20 * 1024));
    format!(
        "write what else does it, `allow.no-backup = \"…\"`, or add a backup:\n[stages.{stage}.components.{backup}]\ntype = \"backup\"\nof = \"{}\"\nschedule = \"15 2 * * *\"\n\
         to = \"{volume}\"\n[stages.{stage}.volumes.{volume}]\nstorage = \"{size}\"",
        part.name
    )
}

/// The size of its own volume.
fn size(component: &Component) -> Option<Quantity> {
    let of_service =
        || component.options::<Service>()?.storage.values().next().map(|size| size.value);
    component.options::<Postgres>().map(|postgres| postgres.storage.value).or_else(of_service)
}
