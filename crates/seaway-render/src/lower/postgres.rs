//! `postgres` → StatefulSet of one pod, Service, claim, scripts of the first start, account.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{ConfigMap, Container};
use seaway_core::options::{POSTGRES_IMAGE, POSTGRES_PORT, Postgres};
use seaway_core::values::Port;
use seaway_core::{Origin, Sourced};

use super::containers::{pull_policy, words};
use super::meta::named;
use super::pod::{Template, data_claim_name, pod};
use super::program::{
    Ask, Check, Defaults, Files, Program, Source, Usage, Words, computed, scratch,
};
use super::psql::{SECRETS, SUPERUSER, SUPERUSER_KEY, image, secret, sql};
use super::resources::{memory_limit, resources};
use super::volumes::{mount, mounts_of};
use super::workload::{data_claim, stateful_set};
use super::{Cx, env, helpers, scripts};
use crate::containers::INIT as INIT_CONTAINERS;
use crate::names::SCRIPTS;
use crate::object::joined;
use crate::{Object, reasons};

const USAGE: Usage = Usage { cpu: 100, memory: 512, memory_limit: 512 };
/// A shell that looks for a few files.
const CHECK: Usage = Usage { cpu: 10, memory: 16, memory_limit: 32 };
/// A fast shutdown writes a checkpoint first.
const GRACE: u32 = 120;
const INIT: &str = "/docker-entrypoint-initdb.d";
/// From this major on the image keeps its data in a folder of the major (docker-library/postgres#1400).
const FIRST_WITH_FOLDERS: u32 = 18;

pub(super) fn lower(cx: Cx<'_>, postgres: &Postgres) -> Vec<Object> {
    let init = format!("{}-init", cx.part.object);
    let program = program(cx, postgres, &init);
    let mut objects = vec![
        data_claim(cx, &postgres.storage, postgres.storage_class.as_ref()),
        init_config(cx, postgres, &init),
    ];
    let mut template = pod(cx, program, Some(data_mount(postgres)));
    check_volume(cx, postgres, &mut template);
    objects.extend(stateful_set(cx, Some(("postgres", POSTGRES_PORT)), template));
    objects
}

fn major(postgres: &Postgres) -> u32 {
    postgres.version.parse().unwrap_or(FIRST_WITH_FOLDERS)
}

fn data_mount(postgres: &Postgres) -> &'static str {
    if major(postgres) >= FIRST_WITH_FOLDERS {
        "/var/lib/postgresql"
    } else {
        "/var/lib/postgresql/data"
    }
}

/// The folder of the data below the mount.
fn data_folder(postgres: &Postgres) -> String {
    match major(postgres) {
        // A folder below the mount: the mount itself holds lost+found on many file systems (sixeyed/kiamol#72).
        ..FIRST_WITH_FOLDERS => "pgdata".to_owned(),
        // `PGDATA` of the image (docker-library/postgres#1259).
        major => format!("{major}/docker"),
    }
}

/// The init container that refuses a volume with a database of another place, beside which the server would make an empty
/// one: the image's own guard looks in neither of ours.
fn check_volume(cx: Cx<'_>, postgres: &Postgres, template: &mut Template<'_>) {
    const NAME: &str = "check-volume";
    let reason = &reasons::POSTGRES_VOLUME;
    let path = joined(&[INIT_CONTAINERS, "[", NAME, "]"]);
    let Template { spec, volumes, origins, main, .. } = template;
    let written = helpers::bounded_as(main);
    origins.set(path.clone(), Origin::Default(reason));
    let image = image(cx.part, postgres);
    origins.set(joined(&[&path, ".image"]), image.origin);
    let script = scripts::CHECK_VOLUME;
    let files = Files {
        volume: script.config.into(),
        source: Source::Config(cx.stack.prefix.text(script.config)),
        path: SCRIPTS.to_owned(),
    };
    let mut mounts = volumes.of_program(&[], &[files]);
    let (mounted, origin) = (data_mount(postgres), cx.part.name.origin);
    let volume = volumes.claim("data", &data_claim_name(cx.part), origin);
    mounts.insert(mounted.to_owned(), (mount(volume, mounted, true), origin));
    let program = format!("{SCRIPTS}/{}", script.file);
    let command = Words::fixed(&["sh", &program, mounted, &data_folder(postgres)], reason).0;
    let command = command.into_iter().chain([postgres.version.clone()]);
    let limits_cpu = cx.stack.limits_cpu();
    let container = Container {
        name: NAME.to_owned(),
        image: Some(image.value),
        image_pull_policy: pull_policy(cx, &path, origins),
        command: words(command, "command", &path, origins),
        resources: Some(resources(&written, CHECK, limits_cpu, &path, origins)),
        volume_mounts: Some(mounts_of(mounts, &path, origins)),
        ..Container::default()
    };
    spec.init_containers.get_or_insert_default().insert(0, container);
}

fn program(cx: Cx<'_>, postgres: &Postgres, init: &str) -> Program {
    let reason = &reasons::POSTGRES;
    let port = Port::new(POSTGRES_PORT);
    let mut files = vec![Files {
        volume: "secret".into(),
        source: Source::Secret(secret(cx, cx.part), vec!["password".into(), SUPERUSER_KEY.into()]),
        path: SECRETS.to_owned(),
    }];
    files.extend(init_files(cx, postgres, init));
    Program {
        image: image(cx.part, postgres),
        command: Vec::new(),
        args: args(postgres),
        env: variables(cx, postgres),
        port: Some(("postgres".into(), computed(port, reason))),
        probes: probes(),
        resources: USAGE,
        scratch: vec![
            scratch("/tmp", 64, false),
            // The socket's folder.
            scratch("/var/run/postgresql", 16, true),
            // Parallel queries share memory here; the runtime's 64 MiB are too few.
            scratch("/dev/shm", 128, true),
        ],
        files,
        grace: computed(GRACE, &reasons::GRACE),
        drain: None,
    }
}

/// The scripts of the first start. The official image has none of its own. Another image may have scripts of its own in their folder (postgis/postgis has one): a
/// volume over the folder would hide those, so each file is mounted by itself.
fn init_files(cx: Cx<'_>, postgres: &Postgres, init: &str) -> Vec<Files> {
    let mounted = |source, path| Files { volume: "init".into(), source, path };
    if cx.part.shared.image.as_ref().is_none_or(|image| image.is_of(POSTGRES_IMAGE)) {
        return vec![mounted(Source::Config(init.to_owned()), INIT.to_owned())];
    }
    let sql = (!postgres.extensions.is_empty()).then_some(scripts::CREATE_EXTENSIONS_SQL);
    let files = [Some(scripts::CREATE_ROLE.file), sql].into_iter().flatten();
    files
        .map(|file| mounted(Source::ConfigFile(init.to_owned(), file), format!("{INIT}/{file}")))
        .collect()
}

fn variables(cx: Cx<'_>, postgres: &Postgres) -> Vec<Sourced<k8s_openapi::api::core::v1::EnvVar>> {
    let stack = &cx.stack.name.value;
    let fixed = |name: &str, value: &str| Sourced {
        value: env::text(name, value),
        origin: Origin::Default(&reasons::POSTGRES),
    };
    let named = |name: &str, value: String, written: &Option<Sourced<String>>| Sourced {
        value: env::text(name, &value),
        origin: written.as_ref().map_or(cx.part.name.origin, |written| written.origin),
    };
    let mut variables = vec![
        named("APP_DATABASE", postgres.database(stack), &postgres.database),
        named("APP_USERNAME", postgres.username(stack), &postgres.username),
        fixed("APP_PASSWORD_FILE", &format!("{SECRETS}/password")),
        fixed("POSTGRES_USER", SUPERUSER),
        fixed("POSTGRES_PASSWORD_FILE", &format!("{SECRETS}/{SUPERUSER_KEY}")),
    ];
    if major(postgres) < FIRST_WITH_FOLDERS {
        let folder = format!("{}/{}", data_mount(postgres), data_folder(postgres));
        variables.push(fixed("PGDATA", &folder));
        // On by itself from 18 on.
        variables.push(fixed("POSTGRES_INITDB_ARGS", "--data-checksums"));
    }
    variables
}

/// Settings of the server as arguments; a quarter of the memory for its buffers, as its manual advises.
fn args(postgres: &Postgres) -> Vec<Sourced<String>> {
    let reason = &reasons::POSTGRES;
    let memory = memory_limit(&postgres.pod.resources, USAGE).whole_mebibytes();
    let buffers = (memory / 4).max(1);
    let mut settings: BTreeMap<&str, Sourced<String>> = BTreeMap::from([
        ("shared_buffers", computed(format!("{buffers}MB"), reason)),
        ("max_connections", postgres.max_connections.map(|connections| connections.to_string())),
        ("idle_in_transaction_session_timeout", computed("60s".to_owned(), reason)),
        ("log_min_duration_statement", computed("500ms".to_owned(), reason)),
    ]);
    for (name, value) in &postgres.settings {
        settings.insert(name, value.clone());
    }
    let flag = || Words::fixed(&["-c"], reason).0;
    settings
        .into_iter()
        .flat_map(|(name, value)| {
            let setting =
                Sourced { value: format!("{name}={}", value.value), origin: value.origin };
            flag().into_iter().chain([setting])
        })
        .collect()
}

/// While the image initialises itself it listens on the socket only: asked over TCP it is not ready too soon.
/// Liveness is slow: killing a server that recovers makes it worse.
fn probes() -> Defaults {
    let words = ["pg_isready", "--host=127.0.0.1", "--port=5432", "--username=postgres", "--quiet"];
    let check = |ask: Ask, period, failures| {
        Some(Check { ask, period, timeout: 5, failures, reason: &reasons::POSTGRES })
    };
    let ready = Ask::Run(words.map(str::to_owned).to_vec());
    Defaults {
        // Each second: everybody waits for it, and a restart is over in a few.
        startup: check(ready.clone(), 1, 300),
        readiness: check(ready, 5, 3),
        liveness: check(Ask::Connect, 20, 6),
    }
}

fn init_config(cx: Cx<'_>, postgres: &Postgres, name: &str) -> Object {
    let script = &scripts::CREATE_ROLE;
    let mut data = BTreeMap::from([(script.file.to_owned(), script.text.to_owned())]);
    let sql = sql(cx, postgres);
    data.extend(sql.iter().map(|(file, text)| ((*file).to_owned(), text.clone())));
    let metadata = named(name);
    let body = ConfigMap { metadata, data: Some(data), ..ConfigMap::default() };
    let mut object = Object::new(body, Some(&cx.part.name), Origin::Default(&reasons::POSTGRES));
    if let (Some((file, _)), Some(first)) = (sql, postgres.extensions.first()) {
        object.origins.set(joined(&["data.", file]), first.origin);
    }
    object
}
