//! `pgbouncer` → Deployment, Service, config, account, disruption budget.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{ConfigMap, Service, ServiceSpec};
use seaway_core::options::{PGBOUNCER_PORT, Pgbouncer, Upstream};
use seaway_core::outputs;
use seaway_core::values::Port;
use seaway_core::{Origin, Sourced};

use super::meta::named;
use super::pod::pod;
use super::program::{
    Ask, Check, Defaults, Files, Program, Source, Usage, Words, computed, scratch,
};
use super::scripts::{self, PgbouncerIni};
use super::services::service_port;
use super::workload::{Rollout, Scale, deployment};
use super::{Cx, env};
use crate::{Object, images, names, reasons};

const USAGE: Usage = Usage { cpu: 100, memory: 64, memory_limit: 128 };
/// Seconds that clients have to end their transactions once it is told to stop, the drain included.
const GRACE: u32 = 60;
/// Seconds until no client dials a pod any more that is about to stop.
const DRAIN: u32 = 5;
const FOLDER: &str = "/etc/pgbouncer";
const SECRETS: &str = "/run/secrets/pgbouncer";

pub(super) fn lower(cx: Cx<'_>, pooler: &Pgbouncer) -> Vec<Object> {
    // A pooler before no database is told by a rule.
    let Some(upstream) = outputs::pooled(cx.stack, cx.part) else { return Vec::new() };
    let config = format!("{}-config", cx.part.object);
    let program = program(cx, upstream, &config);
    let scale = Scale { replicas: Some(&pooler.replicas), autoscale: None };
    let mut objects = vec![config_map(cx, pooler, upstream, &config)];
    objects.extend(deployment(cx, &scale, Rollout::Surge, pod(cx, program, None)));
    objects.push(service(cx));
    objects
}

fn program(cx: Cx<'_>, upstream: &Upstream, config: &str) -> Program {
    let reason = &reasons::PGBOUNCER;
    let image = cx.part.shared.image.as_ref().map_or_else(
        || computed(images::PGBOUNCER.to_owned(), &reasons::IMAGES),
        |image| image.as_ref().map(ToString::to_string),
    );
    let variable = |name: &str, value: &str| computed(env::text(name, value), reason);
    // The database is kept out of its probes: a restart of the pooler does not mend an outage of the database.
    let check = |period, failures| {
        Some(Check { ask: Ask::Connect, period, timeout: 5, failures, reason: &reasons::PROBES })
    };
    let start = format!("{FOLDER}/{}", scripts::START_PGBOUNCER);
    Program {
        image,
        command: Words::fixed(&["sh", &start], reason).0,
        args: Vec::new(),
        env: vec![
            variable("DATABASE_PASSWORD_FILE", &format!("{SECRETS}/password")),
            variable("DATABASE_USERNAME", &upstream.username),
        ],
        port: Some(("pgbouncer".into(), computed(Port::new(PGBOUNCER_PORT), reason))),
        probes: Defaults { startup: check(1, 60), readiness: check(5, 3), liveness: check(20, 6) },
        resources: USAGE,
        scratch: vec![scratch("/tmp", 16, false), scratch("/run/pgbouncer", 1, true)],
        files: vec![
            Files {
                volume: "config".into(),
                source: Source::Config(config.to_owned()),
                path: FOLDER.to_owned(),
            },
            Files {
                volume: "secret".into(),
                source: Source::Secret(
                    env::secret_name(cx.stack, &upstream.secret),
                    vec!["password".into()],
                ),
                path: SECRETS.to_owned(),
            },
        ],
        grace: computed(GRACE, &reasons::GRACE),
        drain: Some(computed(DRAIN, &reasons::ROLLOUT)),
    }
}

fn config_map(cx: Cx<'_>, pooler: &Pgbouncer, upstream: &Upstream, name: &str) -> Object {
    let ini = scripts::pgbouncer_ini(&PgbouncerIni {
        upstream,
        listen_port: PGBOUNCER_PORT,
        default_pool_size: pooler.default_pool_size.value,
        max_client_connections: pooler.max_client_connections.value,
        max_prepared_statements: pooler.max_prepared_statements.value,
    });
    let body = ConfigMap {
        metadata: named(name),
        data: Some(BTreeMap::from([
            ("pgbouncer.ini".to_owned(), ini),
            (scripts::START_PGBOUNCER.to_owned(), scripts::START_PGBOUNCER_TEXT.to_owned()),
        ])),
        ..ConfigMap::default()
    };
    Object::new(body, Some(&cx.part.name), Origin::Default(&reasons::PGBOUNCER))
}

fn service(cx: Cx<'_>) -> Object {
    let name: &Sourced<_> = &cx.part.name;
    let body = Service {
        metadata: named(&cx.part.object),
        spec: Some(ServiceSpec {
            type_: Some("ClusterIP".to_owned()),
            selector: Some(names::selector(cx.stack, cx.part)),
            ports: Some(vec![service_port("pgbouncer", PGBOUNCER_PORT, "pgbouncer")]),
            ..ServiceSpec::default()
        }),
        ..Service::default()
    };
    Object::new(body, Some(name), name.origin)
}
