//! `backup` → CronJob, its account and its scripts.
//!
//! To a volume, the image of the database dumps and keeps order. To a bucket it dumps into scratch, in an init container, and the
//! image of AWS uploads: each container has the credentials of one side only.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{ConfigMap, Container, EnvVar};
use seaway_core::options::{Backup, DUMPS, Postgres, Protocol, S3};
use seaway_core::outputs::{self, Output};
use seaway_core::stack::Part;
use seaway_core::{Origin, Sourced};

use super::containers::{Main, pull_policy, words};
use super::cron::{Timetable, cron_job};
use super::meta::named;
use super::pod::{Template, pod};
use super::program::{Defaults, Files, Program, Scratch, Source, Usage, computed, scratch};
use super::resources::resources;
use super::volumes::mounts_of;
use super::workload::Run;
use super::{Cx, env, helpers, psql, scripts};
use crate::containers::INIT;
use crate::names::SCRIPTS;
use crate::object::joined;
use crate::{Object, images, reasons};

/// `pg_dump` streams; `mysqldump` holds a row, and its hexadecimal form.
const DUMP: Usage = Usage { cpu: 100, memory: 128, memory_limit: 512 };
/// Parts of eight MiB, ten at a time: <https://docs.aws.amazon.com/cli/latest/topic/s3-config.html>.
const UPLOAD: Usage = Usage { cpu: 100, memory: 256, memory_limit: 512 };
const GRACE: u32 = 30;
/// Where a dump lies until it is uploaded.
const SCRATCH: &str = "/scratch";
/// Where a run keeps lists and logins.
const WORK: &str = "/run/dump";
/// Where the URL of the database lies.
const DATABASE: &str = "/run/secrets/database";
/// Where the key lies that dumps are encrypted with.
const ENCRYPTION: &str = "/run/secrets/encryption";
/// The init container that dumps before another one uploads.
const DUMPER: &str = "dump";

/// The command that runs a script of the config.
pub(crate) fn command(script: &str) -> [String; 2] {
    ["sh".to_owned(), format!("{SCRIPTS}/{script}")]
}

pub(super) fn lower(cx: Cx<'_>, backup: &Backup) -> Vec<Object> {
    // What names no database, or no place, was reported by a rule.
    let Some(server) = cx.stack.parts.get(&backup.of.value) else { return Vec::new() };
    let to = cx.stack.parts.get(&backup.to.value);
    let bucket = to.and_then(|part| Some((part, part.component.options::<S3>()?)));
    let dump = Dump { cx, backup, server, to_bucket: bucket.is_some() };
    let template = match bucket {
        Some((part, bucket)) => dump.uploaded(part, bucket),
        None => pod(cx, dump.program(), None),
    };
    let when = Timetable {
        schedule: backup.schedule.as_ref().map(ToString::to_string),
        time_zone: backup.time_zone.as_ref().map(ToString::to_string),
        concurrency_policy: computed(
            seaway_core::options::ConcurrencyPolicy::Forbid,
            &reasons::BACKUP,
        ),
        suspend: backup.suspend,
        starting_deadline_seconds: Some(backup.starting_deadline_seconds),
    };
    let run = Run {
        deadline: &backup.deadline_seconds,
        retries: &backup.retries,
        ttl: None,
        failures: None,
    };
    let mut objects = vec![config(cx, bucket.is_some())];
    objects.extend(cron_job(cx, when, &run, template));
    objects
}

/// Name of the config with the scripts, before its hash.
fn config_name(cx: Cx<'_>) -> String {
    format!("{}-scripts", cx.part.object)
}

fn config(cx: Cx<'_>, to_bucket: bool) -> Object {
    let of_bucket = if to_bucket { scripts::BACKUP_OF_BUCKET } else { &[] };
    let files = scripts::BACKUP.iter().chain(of_bucket);
    let data: BTreeMap<String, String> =
        files.map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let metadata = named(&config_name(cx));
    let body = ConfigMap { metadata, data: Some(data), ..ConfigMap::default() };
    Object::new(body, Some(&cx.part.name), Origin::Default(&reasons::BACKUP))
}

/// What dumps.
struct Dump<'a> {
    cx: Cx<'a>,
    backup: &'a Backup,
    server: &'a Part,
    to_bucket: bool,
}

impl<'a> Dump<'a> {
    fn variable(name: &str, value: &str) -> Sourced<EnvVar> {
        computed(env::text(name, value), &reasons::BACKUP)
    }

    fn protocol(&self) -> Protocol {
        self.server.facts.protocol.unwrap_or(Protocol::Postgresql)
    }

    /// The image with the client of the server: written, that of the server, or one of its major.
    fn image(&self) -> Sourced<String> {
        if let Some(image) = &self.cx.part.shared.image {
            return image.as_ref().map(ToString::to_string);
        }
        if let Some(postgres) = self.server.component.options::<Postgres>() {
            return psql::image(self.server, postgres);
        }
        if let Some(image) = &self.server.shared.image {
            return image.as_ref().map(ToString::to_string);
        }
        let version = self.backup.version.as_ref();
        let known = images::POSTGRES
            .iter()
            .find(|(major, _)| version.is_some_and(|version| version.value == *major));
        let image = known.map_or(images::POSTGRES[4].1, |(_, image)| image).to_owned();
        let origin = version.map_or(Origin::Default(&reasons::IMAGES), |version| version.origin);
        Sourced { value: image, origin }
    }

    fn command(script: &str) -> Vec<Sourced<String>> {
        command(script).map(|word| Sourced::default_for(word, &reasons::BACKUP)).to_vec()
    }

    fn scripts(&self) -> Files {
        Files {
            volume: "scripts".into(),
            source: Source::Config(config_name(self.cx)),
            path: SCRIPTS.to_owned(),
        }
    }

    /// The folder with the dumps.
    fn folder(&self) -> String {
        if self.to_bucket { SCRATCH.to_owned() } else { format!("{DUMPS}/{}", self.cx.part.object) }
    }

    /// What all of its containers go by.
    fn shared(&self) -> Vec<Sourced<EnvVar>> {
        let name = &self.server.name;
        vec![Self::variable("DUMP_NAME", name), Self::variable("DUMP_FOLDER", &self.folder())]
    }

    fn keep(&self) -> Sourced<EnvVar> {
        self.backup.keep.map(|keep| env::text("DUMP_KEEP", &keep.to_string()))
    }

    /// The variables of the container that dumps, and the Secrets that it reads.
    fn login(&self) -> (Vec<Sourced<EnvVar>>, Vec<Files>) {
        let stack = self.cx.stack;
        let mut variables = self.shared();
        let mut files = vec![self.scripts()];
        variables.push(Self::variable("DUMP_PROTOCOL", self.protocol().as_str()));
        let minutes = self.backup.deadline_seconds.value.div_ceil(60);
        variables.push(Self::variable("DUMP_MINUTES", &minutes.to_string()));
        let known = outputs::of(stack, self.server);
        match known.get("url") {
            Some(Output::Secret(secret, key)) => {
                let file = format!("{DATABASE}/{key}");
                variables.push(Self::variable("DATABASE_URL_FILE", &file));
                files.push(Files {
                    volume: "database".into(),
                    source: Source::Secret(
                        env::secret_name(stack, secret),
                        vec![key.to_string().into()],
                    ),
                    path: DATABASE.to_owned(),
                });
            }
            Some(Output::Text(url)) => variables.push(Self::variable("DATABASE_URL", url)),
            None => {}
        }
        let of_tls: &[(&str, &str)] = match self.protocol() {
            Protocol::Postgresql => &[("PGSSLMODE", "sslmode"), ("PGSSLROOTCERT", "ca-file")],
            _ => &[("DATABASE_CA", "ca-file")],
        };
        for (name, output) in of_tls {
            if let Some(Output::Text(text)) = known.get(*output) {
                variables.push(Self::variable(name, text));
            }
        }
        if let Some(encrypt) = &self.backup.encrypt {
            let file = format!("{ENCRYPTION}/{}", encrypt.key());
            let variable = env::text("ENCRYPTION_KEY_FILE", &file);
            variables.push(Sourced { value: variable, origin: encrypt.origin });
            files.push(Files {
                volume: "encryption".into(),
                source: Source::Secret(
                    env::secret_name(stack, &encrypt.secret),
                    vec![encrypt.key().to_owned().into()],
                ),
                path: ENCRYPTION.to_owned(),
            });
        }
        (variables, files)
    }

    fn scratch(&self) -> Vec<Scratch> {
        let mut all = vec![scratch(WORK, 64, false)];
        if self.to_bucket {
            all.push(Scratch { path: SCRATCH, size: self.backup.scratch.value, memory: false });
        }
        all
    }

    /// The main container that dumps to a volume.
    fn program(&self) -> Program {
        let (mut env, files) = self.login();
        env.push(self.keep());
        Program {
            image: self.image(),
            command: Self::command(scripts::DUMP),
            args: Vec::new(),
            env,
            port: None,
            probes: Defaults::default(),
            resources: DUMP,
            scratch: self.scratch(),
            files,
            grace: computed(GRACE, &reasons::GRACE),
            drain: None,
        }
    }

    /// The pod that dumps into scratch and uploads from there.
    fn uploaded(&self, part: &Part, bucket: &S3) -> Template<'a> {
        let mut template = pod(self.cx, self.upload(part, bucket), None);
        let container = self.dumper(&mut template);
        template.spec.init_containers.get_or_insert_default().insert(0, container);
        template
    }

    /// The init container that dumps into scratch.
    fn dumper(&self, template: &mut Template<'a>) -> Container {
        let (env, files) = self.login();
        let path = joined(&[INIT, "[", DUMPER, "]"]);
        let Template { volumes, origins, main, .. } = template;
        origins.set(path.clone(), Origin::Default(&reasons::BACKUP));
        let image = self.image();
        origins.set(joined(&[&path, ".image"]), image.origin);
        let mut mounts = volumes.of_program(&self.scratch(), &files);
        volumes.authorities(&mut mounts, &self.cx.part.reads);
        let mut variables = Vec::new();
        for variable in env {
            origins.set(joined(&[&path, ".env[", &variable.value.name, "]"]), variable.origin);
            variables.push(variable.value);
        }
        let main: &Main = main;
        let written = helpers::bounded_as(main);
        let limits_cpu = self.cx.stack.limits_cpu();
        Container {
            name: DUMPER.to_owned(),
            image: Some(image.value),
            image_pull_policy: pull_policy(self.cx, &path, origins),
            command: words(Self::command(scripts::DUMP), "command", &path, origins),
            env: Some(variables),
            resources: Some(resources(&written, DUMP, limits_cpu, &path, origins)),
            volume_mounts: Some(mounts_of(mounts, &path, origins)),
            ..Container::default()
        }
    }

    /// The main container that uploads.
    fn upload(&self, part: &Part, bucket: &S3) -> Program {
        let stack = self.cx.stack;
        let mut env = self.shared();
        env.push(self.keep());
        let known = outputs::of(stack, part);
        let text = |output: &str| match known.get(output) {
            Some(Output::Text(text)) => text.clone(),
            _ => String::new(),
        };
        let folder = format!("{}/{}/{}", stack.name.value, stack.stage.value, self.cx.part.name);
        let prefix = bucket.prefix.as_ref().map(|prefix| prefix.trim_matches('/').to_owned());
        let prefix = prefix.filter(|prefix| !prefix.is_empty());
        let prefix = prefix.map_or_else(|| folder.clone(), |prefix| format!("{prefix}/{folder}"));
        let bucket_name = bucket.bucket.as_ref().map(|name| env::text("DUMP_BUCKET", name));
        env.extend([bucket_name, Self::variable("DUMP_PREFIX", &prefix)]);
        env.extend([
            Self::variable("AWS_REGION", &text("region")),
            // Nobody answers at the node: https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-metadata.html
            Self::variable("AWS_EC2_METADATA_DISABLED", "true"),
        ]);
        if bucket.endpoint.is_some() {
            env.push(Self::variable("AWS_ENDPOINT_URL_S3", &text("endpoint")));
            // Stores of others do not know the checksums that AWS added in 2025: aws/aws-cli#9214.
            env.push(Self::variable("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required"));
        }
        if let Some(secret) = &bucket.secret {
            let secret = env::secret_name(stack, secret);
            for (name, key) in [
                ("AWS_ACCESS_KEY_ID", "access-key-id"),
                ("AWS_SECRET_ACCESS_KEY", "secret-access-key"),
            ] {
                env.push(computed(env::secret(name, &secret, key), &reasons::BACKUP));
            }
        }
        Program {
            image: computed(images::AWS_CLI.to_owned(), &reasons::IMAGES),
            command: Self::command(scripts::UPLOAD),
            args: Vec::new(),
            env,
            port: None,
            probes: Defaults::default(),
            resources: UPLOAD,
            scratch: vec![
                scratch("/tmp", 64, false),
                Scratch { path: SCRATCH, size: self.backup.scratch.value, memory: false },
            ],
            files: vec![self.scripts()],
            grace: computed(GRACE, &reasons::GRACE),
            drain: None,
        }
    }
}
