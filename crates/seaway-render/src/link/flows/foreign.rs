//! A container that is not the application's holds nothing of the application: no value that `[app]` says, and no Secret
//! that its own component does not name.
//!
//! It is looked at over the objects, patches included, so that neither a new type of component nor a patch can hand a
//! password to a program that has no business with it.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::Container;
use seaway_core::options::{AuthoritySource, Mount};
use seaway_core::stack::{Part, Variable};
use seaway_core::values::Name;
use seaway_core::{Code, Origin, Sink, Sourced, Stack};

use super::super::index::{Index, fault};
use super::super::workloads::PodTemplate;
use crate::containers;

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    let of_app: BTreeSet<Origin> =
        index.stack.app.shared.env.values().map(|value| value.origin).collect();
    for workload in &index.pods.workloads {
        let part = workload.object.component.as_ref().map(|name| &name.value);
        let Some(part) = part.and_then(|name| index.stack.parts.get(name)) else { continue };
        let Some((_, root)) = workload.object.body.pod_spec() else { continue };
        for (list, container) in containers::all(workload.spec) {
            let Some(named) = named_by(index.stack, part, &container.name) else { continue };
            let path = format!("{root}.{list}[{}]", container.name);
            holds(workload, container, &path, (&named, &of_app), sink);
        }
    }
}

/// The Secrets that a container may hold, by their names in the cluster; `None` for one that is the application's or Seaway's.
fn named_by<'a>(stack: &'a Stack, part: &'a Part, container: &str) -> Option<BTreeSet<&'a str>> {
    let written = part.containers().find(|one| *one.name.value == *container);
    let is_main = written.is_none() && *part.name.value == *container;
    let own = written.filter(|one| one.image.is_some());
    if own.is_none() && !(part.facts.is_unknown_program && (is_main || written.is_some())) {
        return None;
    }
    let variables = |list: Option<&'a Vec<Variable>>| list.into_iter().flatten();
    let mut names: BTreeSet<&Name> = BTreeSet::new();
    let mut reads: BTreeSet<&Name> = BTreeSet::new();
    if let Some(one) = written {
        let env = variables(part.container_env.get(&one.name.value));
        names.extend(env.filter_map(|variable| Some(variable.value.secret()?.0)));
        names.extend(secrets_of(stack, &one.mounts));
        reads.extend(part.container_reads.get(&one.name.value).into_iter().flatten());
    }
    if own.is_none() {
        names.extend(part.env.iter().filter_map(|variable| Some(variable.value.secret()?.0)));
        names.extend(
            part.shared.env_from.iter().filter_map(|from| Some(&from.secret.as_ref()?.value)),
        );
        names.extend(secrets_of(stack, &part.shared.mounts));
        names.extend(part.facts.secret.as_ref().map(|secret| &secret.name));
        reads.extend(&part.reads);
    }
    for name in reads {
        let outside = stack.parts.get(name).and_then(|part| part.facts.outside.as_ref());
        let authority = outside.and_then(|outside| outside.authority.as_ref());
        if let Some(AuthoritySource::Secret(secret, _)) = authority.and_then(|one| one.source()) {
            names.insert(&secret.value);
        }
    }
    let in_cluster = names.into_iter().filter_map(|name| stack.secrets.get(name));
    Some(in_cluster.map(|contract| &*contract.name.value as &str).collect())
}

/// The Secrets that are mounted, and those that configs with secrets in them became.
fn secrets_of<'a, P>(
    stack: &'a Stack,
    mounts: &'a BTreeMap<P, Sourced<Mount>>,
) -> impl Iterator<Item = &'a Name> {
    mounts.values().flat_map(move |mount| {
        let config = mount.config.as_ref().and_then(|config| stack.config.get(&config.value));
        let of_config = config.and_then(|config| config.secret.as_ref());
        mount.secrets().map(|secret| &secret.value).chain(of_config)
    })
}

fn holds(
    workload: &PodTemplate<'_>,
    container: &Container,
    path: &str,
    (named, of_app): (&BTreeSet<&str>, &BTreeSet<Origin>),
    sink: &mut Sink,
) {
    let mut tell = |what: String, place: String| {
        let message = format!("`{}` is not the application and holds {what}", container.name);
        sink.report(fault(Code::ForeignValue, workload.object, place, message).help(
            "say it in `env` of the component or container itself, by a reference, if it is meant for that program",
        ));
    };
    for variable in container.env.iter().flatten() {
        let place = format!("{path}.env[{}]", variable.name);
        let source = variable.value_from.as_ref().and_then(|from| from.secret_key_ref.as_ref());
        if let Some(source) = source
            && !named.contains(&*source.name)
        {
            tell(format!("a key of the Secret `{}`, which it does not name", source.name), place);
        } else if of_app.contains(&workload.object.origins.of(&place)) {
            tell(format!("`{}` of `[app]`", variable.name), place);
        }
    }
    for (at, from) in container.env_from.iter().flatten().enumerate() {
        if let Some(secret) = &from.secret_ref
            && !named.contains(&*secret.name)
        {
            let what = format!("the Secret `{}`, which it does not name", secret.name);
            tell(what, format!("{path}.envFrom[{at}]"));
        }
    }
    for mount in container.volume_mounts.iter().flatten() {
        let mut volumes = workload.spec.volumes.iter().flatten();
        let volume = volumes.find(|volume| volume.name == mount.name);
        let secret = volume.and_then(|volume| volume.secret.as_ref()?.secret_name.as_deref());
        if let Some(secret) = secret.filter(|secret| !named.contains(secret)) {
            let what = format!("the Secret `{secret}`, which it does not name");
            tell(what, format!("{path}.volumeMounts[{}]", mount.mount_path));
        }
    }
}
