//! A pod from a program and what the stack says about it.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Container, Lifecycle, LifecycleHandler, PodSpec, PodTemplateSpec, SleepAction, Sysctl,
};
use k8s_openapi::apimachinery::pkg::api::resource;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use seaway_core::options::{Pod, ProbeSetting, Provides, ServiceAccountSetting};
use seaway_core::stack::Part;
use seaway_core::values::Quantity;
use seaway_core::{Origin, Sourced, Stack};

use super::containers::{self, Main, Runs, pull_policy, words};
use super::helpers::{self, Helper};
use super::meta::texts;
use super::placement::place;
use super::probes::{Prober, probes};
use super::program::{Check, Program, Words, computed, written_or};
use super::resources::resources;
use super::volumes::{Mounts, Owner, Volumes, mount, mounts_of};
use super::{Cx, env, psql, scripts};
use crate::names;
use crate::object::{Origins, joined};
use crate::reasons;

/// The template of a component's pods, and where its parts come from, by paths below the pod's spec.
pub(super) struct Template<'a> {
    pub metadata: ObjectMeta,
    pub spec: PodSpec,
    pub volumes: Volumes<'a>,
    pub origins: Origins,
    /// What containers that are added later share with the main one.
    pub main: Main,
}

impl Template<'_> {
    /// The template as it is printed, and where its parts come from.
    pub(super) fn finish(self) -> (PodTemplateSpec, Origins) {
        let Self { metadata, mut spec, volumes, mut origins, main: _ } = self;
        let containers = crate::containers::all(&spec).map(|(_, container)| container);
        let volumes = volumes.used_by(containers, &mut origins);
        spec.volumes = Some(volumes);
        reserve_disk(&mut spec, &mut origins);
        open_low_ports(&mut spec, &mut origins);
        (PodTemplateSpec { metadata: Some(metadata), spec: Some(spec) }, origins)
    }
}

/// Scratch on the disk of a node that a container may fill without asking for it: what a scheduler has to know of is more.
const UNRESERVED: Quantity = Quantity::mebibytes(1024);

/// Asks for the disk that the scratch volumes of a pod may fill, where that is much: a node that runs out of it evicts pods
/// (<https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#local-ephemeral-storage>). The first
/// container of a volume asks for it, the main one before the others.
fn reserve_disk(spec: &mut PodSpec, origins: &mut Origins) {
    const RESOURCE: &str = "ephemeral-storage";
    let mut sizes: BTreeMap<String, Quantity> = BTreeMap::new();
    for volume in spec.volumes.iter().flatten() {
        let on_disk = volume.empty_dir.as_ref().filter(|empty| empty.medium.is_none());
        let size = on_disk.and_then(|empty| empty.size_limit.as_ref()?.0.parse().ok());
        if let Some(size) = size {
            sizes.insert(volume.name.clone(), size);
        }
    }
    let init = spec.init_containers.iter_mut().flatten();
    let init = init.filter(|one| crate::containers::is_sidecar(one));
    let main = spec.containers.iter_mut().map(|one| (crate::containers::MAIN, one));
    for (list, container) in main.chain(init.map(|one| (crate::containers::INIT, one))) {
        let mounts = container.volume_mounts.iter().flatten();
        let milli = mounts.filter_map(|mount| sizes.remove(&mount.name)).map(|size| size.milli);
        let sum = Quantity { milli: milli.sum(), unit: UNRESERVED.unit };
        let resources = container.resources.get_or_insert_default();
        let is_said = [&resources.requests, &resources.limits]
            .into_iter()
            .any(|side| side.as_ref().is_some_and(|side| side.contains_key(RESOURCE)));
        if sum <= UNRESERVED || is_said {
            continue;
        }
        let requests = resources.requests.get_or_insert_default();
        requests.insert(RESOURCE.to_owned(), resource::Quantity(sum.to_string()));
        let path = joined(&[list, "[", &container.name, "].resources.requests.", RESOURCE]);
        origins.set(path, Origin::Default(&reasons::SCRATCH_DISK));
    }
}

/// The first port that needs no capability on a usual Linux: `net.ipv4.ip_unprivileged_port_start`.
const UNPRIVILEGED: i32 = 1024;

/// Lets a process without capabilities listen below port 1024, which each container runtime decides otherwise. Of the settings
/// that a pod may write of its kernel this one is safe: Pod Security `restricted` admits it
/// (<https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline>).
fn open_low_ports(spec: &mut PodSpec, origins: &mut Origins) {
    let containers = crate::containers::all(spec).map(|(_, container)| container);
    let ports = containers.flat_map(|container| container.ports.iter().flatten());
    let lowest = ports.map(|port| port.container_port).filter(|port| *port < UNPRIVILEGED).min();
    let Some(lowest) = lowest else { return };
    let name = "net.ipv4.ip_unprivileged_port_start";
    let context = spec.security_context.get_or_insert_default();
    context.sysctls = Some(vec![Sysctl { name: name.to_owned(), value: lowest.to_string() }]);
    origins.set(
        joined(&["securityContext.sysctls[", name, "]"]),
        Origin::Default(&reasons::LOW_PORTS),
    );
}

/// The name of the claim that holds the data of a component.
pub(super) fn data_claim_name(part: &Part) -> String {
    format!("{}-data", part.object)
}

/// Makes the pod. The claim that holds the component's data is mounted at a path.
pub(super) fn pod<'a>(cx: Cx<'a>, program: Program, data: Option<&str>) -> Template<'a> {
    let empty = Pod::default();
    let options = cx.part.component.pod().unwrap_or(&empty);
    let mut origins = Origins::new(cx.part.name.origin);
    let mut volumes = Volumes::new(cx.stack);

    let mounts = main_mounts(cx, &program, data, &mut volumes);
    let main = Main {
        image: program.image.clone(),
        mounts: mounts.clone(),
        resources: options.resources.clone(),
        usage: program.resources,
    };
    let init = before(cx, options, &main, &mut volumes, &mut origins);
    let grace = options.termination_grace_period_seconds.unwrap_or(program.grace);
    origins.set("terminationGracePeriodSeconds", grace.origin);
    let containers = vec![main_container(cx, options, program, mounts, &mut origins)];

    let mut spec = PodSpec {
        containers,
        init_containers: Some(init),
        termination_grace_period_seconds: Some(grace.value.into()),
        ..PodSpec::default()
    };
    place(cx, options, &mut spec, &mut origins);
    let metadata = ObjectMeta {
        labels: Some(names::selector(cx.stack, cx.part)),
        annotations: Some(texts(&cx.part.shared.annotations)),
        ..ObjectMeta::default()
    };
    Template { metadata, spec, volumes, origins, main }
}

/// The containers that start before the main one, in their order.
///
/// Sidecars with an image of their own come first, so that a gate can go through a proxy. One that is the application again
/// waits for the schema, as the application does.
fn before(
    cx: Cx<'_>,
    options: &Pod,
    main: &Main,
    volumes: &mut Volumes<'_>,
    origins: &mut Origins,
) -> Vec<Container> {
    let mut init = Vec::new();
    let (own, others): (Vec<_>, Vec<_>) =
        cx.part.shared.sidecars.iter().partition(|sidecar| sidecar.image.is_none());
    for written in others {
        init.push(containers::container(cx, written, main, Runs::Beside, volumes, origins));
    }
    init.extend(wait_for_schema(cx, main, volumes, origins));
    for (index, database) in psql::awaited(cx).enumerate() {
        let twin = if index == 0 { String::new() } else { format!("-{}", index + 1) };
        let name = format!("wait-for-extensions{twin}");
        init.push(psql::wait(cx, name, database, main, volumes, origins));
    }
    init.extend(wait_for_database(cx, main, volumes, origins));
    for written in own {
        init.push(containers::container(cx, written, main, Runs::Beside, volumes, origins));
    }
    for written in &options.init_containers {
        init.push(containers::container(cx, written, main, Runs::Before, volumes, origins));
    }
    init
}

/// What the main container mounts: its scratch and files, its claim, what the stack wrote, and a token if it may use
/// the Kubernetes API.
fn main_mounts(
    cx: Cx<'_>,
    program: &Program,
    data: Option<&str>,
    volumes: &mut Volumes<'_>,
) -> Mounts {
    let mut mounts = volumes.of_program(&program.scratch, &program.files);
    if let Some(path) = data {
        let origin = cx.part.name.origin;
        let volume = volumes.claim("data", &data_claim_name(cx.part), origin);
        mounts.insert(path.to_owned(), (mount(volume, path, false), origin));
    }
    for claim in &cx.part.facts.storage {
        let origin = claim.path.origin;
        let volume = volumes.claim(&claim.name, &claim.name, origin);
        mounts.insert(claim.path.to_string(), (mount(volume, &claim.path, false), origin));
    }
    volumes.written(&mut mounts, &cx.part.shared.mounts, Owner::Main);
    volumes.authorities(&mut mounts, &cx.part.reads);
    volumes.secret_files(&mut mounts, &cx.part.env);
    if let Some(account) = &cx.part.shared.service_account
        && let ServiceAccountSetting::Own(own) = &account.value
        && !own.rules.is_empty()
    {
        volumes.token(&mut mounts, account.origin);
    }
    mounts
}

fn main_container(
    cx: Cx<'_>,
    options: &Pod,
    program: Program,
    mounts: Mounts,
    origins: &mut Origins,
) -> Container {
    let name: &str = &cx.part.name;
    let path = format!("containers[{name}]");
    origins.set(path.clone(), cx.part.name.origin);
    origins.set(joined(&[&path, ".image"]), program.image.origin);
    let command = words(program.command, "command", &path, origins);
    let args = words(program.args, "args", &path, origins);
    let mut variables = Vec::new();
    for variable in program.env {
        origins.set(joined(&[&path, ".env[", &variable.value.name, "]"]), variable.origin);
        variables.push(variable.value);
    }
    variables.extend(env::variables(cx.stack, &cx.part.env, &path, origins));
    let env_from = env::from(cx.stack, &cx.part.shared.env_from, &path, origins);
    let prober =
        Prober { port: program.port.as_ref().map(|(name, _)| &**name), headers: headers(cx) };
    let mut defaults = program.probes;
    if let (Some(startup), Some(check)) = (&options.startup_seconds, &mut defaults.startup) {
        patient(startup, check, options.probes.startup.as_ref(), &path, origins);
    }
    let three = probes(&options.probes, defaults, &prober, &path, origins);
    let main = program.port.iter().map(|(name, port)| (&**name, *port));
    let further = cx.part.facts.ports.by_name.iter().map(|(name, port)| (&**name as &str, *port));
    let ports: Vec<_> = main
        .chain(further)
        .map(|(name, port)| containers::port(name, port, &path, origins))
        .collect();
    let lifecycle = program.drain.filter(|drain| drain.value > 0).map(|drain| {
        origins.set(joined(&[&path, ".lifecycle"]), drain.origin);
        // The kubelet's own sleep: needs no shell in the image (on by default since Kubernetes 1.30).
        let sleep = Some(SleepAction { seconds: drain.value.into() });
        let pre_stop = Some(LifecycleHandler { sleep, ..LifecycleHandler::default() });
        Lifecycle { pre_stop, ..Lifecycle::default() }
    });
    Container {
        name: name.to_owned(),
        image: Some(program.image.value),
        image_pull_policy: pull_policy(cx, &path, origins),
        command,
        args,
        ports: (!ports.is_empty()).then_some(ports),
        env: Some(variables),
        env_from: Some(env_from),
        resources: Some(resources(
            &options.resources,
            program.resources,
            cx.stack.limits_cpu(),
            &path,
            origins,
        )),
        volume_mounts: Some(mounts_of(mounts, &path, origins)),
        startup_probe: three.startup,
        readiness_probe: three.readiness,
        liveness_probe: three.liveness,
        lifecycle,
        ..Container::default()
    }
}

/// A start-up probe waits twice as long as the container is said to need: nodes are busiest when all pods start anew.
fn patient(
    startup: &Sourced<u32>,
    check: &mut Check,
    written: Option<&Sourced<ProbeSetting>>,
    path: &str,
    origins: &mut Origins,
) {
    let period = match written.map(|written| &written.value) {
        Some(ProbeSetting::Probe(probe)) => probe.period_seconds.map(|period| period.value),
        _ => None,
    };
    let period = period.unwrap_or(check.period).max(1);
    let needed = startup.saturating_mul(2).div_ceil(period);
    if needed > check.failures {
        check.failures = needed;
        origins.set(joined(&[path, ".startupProbe.failureThreshold"]), startup.origin);
    }
}

/// The headers of a probe: Django answers 400 to a host that it does not know (netbox-community/netbox-chart#14) and
/// redirects plain HTTP where it is told to (mdn/developer-portal#233). Applications of other frameworks, too, may answer to
/// the hosts of the stack alone.
fn headers(cx: Cx<'_>) -> Vec<(&'static str, Sourced<String>)> {
    if !cx.part.facts.answers_requests {
        return Vec::new();
    }
    let reason = &reasons::PROBES;
    let routes = cx.part.expose().and_then(|expose| expose.routes());
    let own = routes.into_iter().flat_map(|routes| &routes.hosts);
    let known = cx.stack.app.hosts.iter().chain(own).find_map(|host| {
        let concrete = host.concrete()?.to_owned();
        Some(Sourced { value: concrete, origin: host.origin })
    });
    if !cx.stack.is_django() {
        return known.map(|host| ("Host", host)).into_iter().collect();
    }
    let host = known.unwrap_or_else(|| computed("localhost".to_owned(), reason));
    vec![("Host", host), ("X-Forwarded-Proto", computed("https".to_owned(), reason))]
}

/// Name of the init container of a migrate Job that waits for its database.
pub(super) const WAIT_FOR_DATABASE: &str = "wait-for-database";

/// The init container of a migrate Job that waits for the database: on the first apply both start together, and a Job
/// whose retries are used up never runs again under its name.
fn wait_for_database(
    cx: Cx<'_>,
    main: &Main,
    volumes: &mut Volumes<'_>,
    origins: &mut Origins,
) -> Option<Container> {
    let migration = cx.part.facts.migration.as_ref()?;
    if !waits_for_database(cx.stack, cx.part) {
        return None;
    }
    let reason = &reasons::SCHEMA_WAIT;
    let mut args =
        Words::fixed(&[], reason).flag("--timeout", &migration.database_seconds).word("--", reason);
    // Reads the table of migrations and changes nothing: passes as soon as the database answers.
    args.0.extend(Words::python(cx.part, &["manage.py", "showmigrations", "--plan"], reason).0);
    let helper = Helper {
        name: WAIT_FOR_DATABASE,
        origin: Origin::Default(reason),
        script: &scripts::WAIT_FOR_SCHEMA,
        args,
        mounts: Mounts::new(),
        memory: None,
    };
    Some(helpers::container(cx, helper, main, volumes, origins))
}

/// Whether it is a migrate Job of the Django preset that migrates a database of the stage.
pub(super) fn waits_for_database(stack: &Stack, part: &Part) -> bool {
    let is_preset = part.facts.migration.as_ref().is_some_and(|migration| migration.is_preset);
    let is_database = |name| {
        let other = stack.parts.get(name);
        other.is_some_and(|other| other.facts.is_used_as(Provides::Database))
    };
    is_preset && stack.is_django() && part.edges.keys().any(is_database)
}

/// The init container that waits until the migrations of this image are there.
fn wait_for_schema(
    cx: Cx<'_>,
    main: &Main,
    volumes: &mut Volumes<'_>,
    origins: &mut Origins,
) -> Option<Container> {
    let gate = cx.part.waits_for.as_ref()?;
    let migrate = cx.stack.parts.get(&gate.migrate)?;
    let migration = migrate.facts.migration.as_ref()?;
    let reason = &reasons::SCHEMA_WAIT;
    let check = written_or(&migration.check_command, || {
        Words::python(cx.part, &["manage.py", "migrate", "--check"], reason)
    });
    let mut args = Words::fixed(&[], reason)
        .flag("--timeout", &gate.timeout_seconds)
        .flag_maybe("--attempt-timeout", gate.attempt_seconds.as_ref())
        .word("--", reason);
    args.0.extend(check);
    let helper = Helper {
        name: "wait-for-schema",
        origin: Origin::Default(reason),
        script: &scripts::WAIT_FOR_SCHEMA,
        args,
        mounts: Mounts::new(),
        memory: gate.memory,
    };
    Some(helpers::container(cx, helper, main, volumes, origins))
}
