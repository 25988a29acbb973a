//! Extensions of a `postgres` → the Job that creates them in a database that is there already, its config and its account.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ConfigMap;
use seaway_core::Origin;
use seaway_core::options::{Extensions, Postgres};
use seaway_core::stack::Part;

use super::meta::named;
use super::pod::pod;
use super::program::{Defaults, Program, Words, computed, scratch};
use super::psql::{
    SECRETS, SUPERUSER, SUPERUSER_KEY, USAGE, connection, database, files, image, said, sql,
};
use super::workload::{Run, job};
use super::{Cx, env, scripts};
use crate::names::SCRIPTS;
use crate::object::joined;
use crate::{Object, reasons};

const GRACE: u32 = 30;

pub(super) fn lower(cx: Cx<'_>, extensions: &Extensions) -> Vec<Object> {
    let Some((part, postgres)) = database(cx, &extensions.of) else { return Vec::new() };
    let run = Run {
        deadline: &extensions.deadline_seconds,
        retries: &extensions.retries,
        ttl: None,
        failures: None,
    };
    let mut objects = vec![config(cx, part, postgres)];
    objects.extend(job(cx, &run, pod(cx, program(cx, part, postgres), None)));
    objects
}

/// The config of the Job, before its hash; it is called like the Job.
fn config(cx: Cx<'_>, part: &Part, postgres: &Postgres) -> Object {
    let file = |(name, text): (&str, &str)| (name.to_owned(), text.to_owned());
    let mut data: BTreeMap<_, _> =
        [scripts::CREATE_EXTENSIONS, scripts::WAIT_FOR_EXTENSIONS].map(file).into();
    let sql = sql(cx, postgres);
    data.extend(sql.iter().map(|(name, text)| file((name, text))));
    let metadata = named(&cx.part.object);
    let body = ConfigMap { metadata, data: Some(data), ..ConfigMap::default() };
    let mut object = Object::new(body, Some(&cx.part.name), Origin::Default(&reasons::EXTENSIONS));
    if let (Some((file, _)), Some(origin)) = (sql, said(part)) {
        object.origins.set(joined(&["data.", file]), origin);
    }
    object
}

fn program(cx: Cx<'_>, part: &Part, postgres: &Postgres) -> Program {
    let reason = &reasons::EXTENSIONS;
    let script = format!("{SCRIPTS}/{}", scripts::CREATE_EXTENSIONS.0);
    let mut variables = connection(part, SUPERUSER);
    let file = format!("{SECRETS}/{SUPERUSER_KEY}");
    variables.push(computed(env::text("POSTGRES_PASSWORD_FILE", &file), reason));
    Program {
        image: image(part, postgres),
        command: Words::fixed(&["sh", &script], reason).0,
        args: Vec::new(),
        env: variables,
        port: None,
        probes: Defaults::default(),
        resources: USAGE,
        scratch: vec![scratch("/tmp", 16, false)],
        files: files(cx, &cx.part.object, part, SUPERUSER_KEY).into(),
        grace: computed(GRACE, &reasons::GRACE),
        drain: None,
    }
}
