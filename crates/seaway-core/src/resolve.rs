//! `Document`, stage → [`Stack`]: merges the overlays, types the options, resolves every reference.

mod allow;
mod backups;
mod early;
mod env;
mod everywhere;
mod extensions;
mod layers;
mod monitoring;
mod neighbors;
mod removals;
pub mod said;
mod secrets;
mod sidecars;
mod types;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::binding::Binding;
use crate::declared::Declared;
use crate::decode::decode_with_types;
use crate::naming::Prefix;
use crate::options::{
    Around, Component, ConfigValue, Facts, Layer, NamespaceSetting, Profile, Project, Shared,
    settled,
};
use crate::stack::{Config, Crds, Part, missing_file};
use crate::values::{KubernetesVersions, Name};
use crate::{
    Code, Diagnostic, Document, Node, Origin, Reason, Reported, Sink, Source, Sourced, Stack,
    Value, preset, rules,
};

use crate::overlay::{Removals, Sidecars};
use early::Early;
pub use env::expansions;
use layers::Layers;

pub use layers::{Extends, LayerName, Link, StageLayer, is_same, readings};
pub use types::own_types;

/// What the root of the merged layers can hold.
#[derive(Deserialize)]
struct Merged {
    name: Option<Sourced<Name>>,
    #[serde(rename = "$layer")]
    layer: Layer,
}

/// What components change of what they inherit from `[app]`.
struct Inherited {
    removals: Removals,
    sidecars: Sidecars,
}

/// The named defaults that a stage has as a whole, and those of the framework preset.
pub static PRESET_REASONS: &[&Reason] = &[
    &DEVELOPMENT,
    &secrets::REFRESH,
    &secrets::REMOTE,
    &secrets::STORE_KIND,
    &preset::ALLOWED_HOSTS,
    &env::POOLED,
    &preset::BINDING,
    &preset::EDGE,
    &preset::SETTINGS_MODULE,
    &preset::HOME,
    &env::LIBPQ_TLS,
    &OLDEST_KUBERNETES,
    &preset::NO_BYTECODE,
    &preset::UNBUFFERED,
    &crate::outside::S3_RANGES,
    &settled::DELETION_PROTECTION,
    &settled::DRAIN_OF_ENDPOINTS,
    &settled::DRAIN_OF_NODES,
    &settled::GCE_KEEP_ALIVE,
    &settled::DRAIN_OF_TARGETS,
    &settled::KEEP_ALIVE,
    &settled::TARGET_NODES,
    &settled::TARGET_PODS,
    &preset::METRICS,
    &preset::TRACES,
    &monitoring::WATCHED,
];

static OLDEST_KUBERNETES: Reason = Reason {
    name: "oldest-kubernetes",
    why: "the oldest version that the output is proven against",
    source: "https://kubernetes.io/releases/",
};
static DEVELOPMENT: Reason = Reason {
    name: "development-profile",
    why: "strict rules are asked for by name",
    source: "https://12factor.net/dev-prod-parity",
};

/// The stage of that name, or every reason why there is none.
pub fn resolve(
    source: &Source,
    document: &Document,
    stage: &str,
    sink: &mut Sink,
) -> Result<Stack, Reported> {
    if let Some(fault) = document.unmet_requirement().or_else(|| document.missing_base()) {
        return Err(sink.error(fault));
    }
    if !document.broken.is_empty() {
        return Err(broken(document, stage, sink));
    }
    let Layers { stage, root, removals, sidecars, types, former } =
        layers::merged(document, stage, sink)?;
    let (merged, faults) = decode_with_types::<Merged>(&root, &types, sink);
    let Some(Merged { name, layer }) = merged else {
        // There were so many faults that nothing is left.
        return Err(sink.checked(()).err().unwrap_or_else(|| sink.error(no_name(&root))));
    };
    let name = name.unwrap_or_else(|| {
        if root.get("name").is_none() {
            sink.report(no_name(&root));
        }
        layers::stand_in("stack")
    });
    allow::all(&root, &layer, sink);
    let declared = Declared { root: &root, faults: &faults, source, former: &BTreeMap::new() };
    let inherited = Inherited { removals, sidecars };
    let stack = stack(&declared, name, stage, layer, &inherited, sink);
    let former = former_facts(&former, &types, &stack);
    rules::check(&Declared { former: &former, ..declared }, &stack, sink);
    neighbors::check(document, &stack, sink);
    sink.checked(stack)
}

/// The user's own objects of a stage, for whoever looks at them although the rest of the stage is at fault.
pub fn own_objects(document: &Document, stage: &str) -> Vec<Node> {
    if document.unmet_requirement().is_some() {
        return Vec::new();
    }
    // What is wrong with the layers was told when they were resolved.
    let Ok(Layers { root, .. }) = layers::merged(document, stage, &mut Sink::default()) else {
        return Vec::new();
    };
    match root.get("objects").map(|objects| &objects.value) {
        Some(Value::Array(objects)) => objects.clone(),
        _ => Vec::new(),
    }
}

/// A file with syntax errors is looked at as far as it could be read, and nothing is taken for missing.
fn broken(document: &Document, stage: &str, sink: &mut Sink) -> Reported {
    let mut aside = Sink::default();
    let reported = aside.error(Diagnostic::error(Code::Syntax, "the file is not TOML"));
    if let Ok(Layers { root, types, .. }) = layers::merged(document, stage, &mut aside) {
        decode_with_types::<Merged>(&root, &types, &mut aside);
    }
    let near_syntax_error = |diagnostic: &Diagnostic| {
        let place = diagnostic.labels.first().map(|label| label.span);
        place.is_none_or(|place| {
            document.broken.iter().any(|line| place.start <= line.end && line.start <= place.end)
        })
    };
    for diagnostic in aside.finish() {
        let sure = matches!(
            diagnostic.code,
            Code::UnknownField
                | Code::UnknownType
                | Code::UnknownValue
                | Code::WrongType
                | Code::InvalidValue
        );
        if sure && !near_syntax_error(&diagnostic) {
            sink.report(diagnostic);
        }
    }
    reported
}

/// What the stage would know of components that changed their type, if they had not. What is wrong with their options is not this
/// stage's concern.
fn former_facts(root: &Node, types: &[String], stack: &Stack) -> BTreeMap<Name, Facts> {
    if root.get("components").and_then(Node::as_table).is_none_or(BTreeMap::is_empty) {
        return BTreeMap::new();
    }
    let (merged, _) = decode_with_types::<Merged>(root, types, &mut Sink::default());
    let components = merged.map(|merged| merged.layer.components).unwrap_or_default();
    let facts = components.iter().map(|(name, component)| {
        let around = Around {
            name,
            object: &stack.prefix.object(name),
            stack: &stack.name,
            namespace: &stack.namespace,
            profile: stack.profile.value,
            cluster: &stack.cluster,
            app: &stack.app,
            is_at_fault: &|_| false,
        };
        (name.value.clone(), component.facts(&around))
    });
    facts.collect()
}

/// The files that the stage names for definitions of custom resources.
fn crds(source: &Source, named: &[Sourced<String>], sink: &mut Sink) -> Vec<Crds> {
    let mut found = Vec::new();
    for path in named {
        match source.crds(path) {
            Some(files) => found.push(Crds { path: path.clone(), files: files.to_vec() }),
            None => sink.report(missing_file(path)),
        }
    }
    found
}

fn no_name(root: &Node) -> Diagnostic {
    Diagnostic::error(Code::MissingField, "the stack has no `name`")
        .label(root.get("name").map_or(crate::Span::default(), |name| name.span), "")
        .help("add `name = …`: the name of the stack and of its namespace")
}

fn stack(
    declared: &Declared<'_>,
    name: Sourced<Name>,
    stage: Sourced<Name>,
    mut layer: Layer,
    inherited: &Inherited,
    sink: &mut Sink,
) -> Stack {
    let profile = layer.profile.unwrap_or(Sourced::default_for(Profile::Development, &DEVELOPMENT));
    let config = layer
        .config
        .iter()
        .map(|(name, config)| (name.value.clone(), texts(declared.source, name, config, sink)))
        .collect();
    let namespace = namespace(layer.namespace.as_ref(), &name);
    let namespace_owner = namespace_owner(&layer, &namespace, sink);
    let early = Early {
        source: declared.source,
        stack: &name,
        namespace: &namespace,
        stage: &stage,
        app: &layer.app,
    };
    let prefix = Prefix(layer.prefix.take());
    for component in layer.components.values_mut() {
        early.resolve(component, sink);
    }
    everywhere::resolve(&mut layer.everywhere, early, sink);
    let around = |component: &Sourced<Name>,
                  is_at_fault: &dyn Fn(&str) -> bool,
                  component_of: &Component| {
        component_of.facts(&Around {
            name: component,
            object: &prefix.object(component),
            stack: &name,
            namespace: &namespace,
            profile: profile.value,
            cluster: &layer.cluster,
            app: &layer.app,
            is_at_fault,
        })
    };
    let facts: BTreeMap<Name, Facts> = layer
        .components
        .iter()
        .map(|(name, component)| {
            let at_fault = |key: &str| declared.at_fault(["components", &**name, key]);
            (name.value.clone(), around(name, &at_fault, component))
        })
        .collect();
    let secrets =
        secrets::contracts(declared, &layer, &facts, (&name, &stage, &prefix), profile.value, sink);
    let mut stack = Stack {
        namespace,
        namespace_owner,
        prefix,
        name,
        stage,
        kubernetes: layer
            .kubernetes
            .unwrap_or(Sourced::default_for(KubernetesVersions::ALL, &OLDEST_KUBERNETES)),
        profile,
        require_digest: layer.require_digest,
        quota: layer
            .quota
            .and_then(|quota| Some(Sourced { value: quota.value.quota()?, origin: quota.origin })),
        registry: layer.registry,
        everywhere: layer.everywhere,
        crds: crds(declared.source, &layer.cluster.crds, sink),
        cluster: layer.cluster,
        app: layer.app,
        secrets,
        config,
        volumes: layer.volumes,
        parts: BTreeMap::new(),
        patches: layer.patches,
        objects: layer.objects,
        monitoring: None,
    };
    let removals = &inherited.removals;
    let everywhere = stack.everywhere.shared();
    let parts =
        layer.components.into_iter().zip(facts.into_values()).map(|((name, component), facts)| {
            let app = &stack.app;
            let (shared, left_out) =
                removals::without((&app.shared, &everywhere), &name, &facts, removals, sink);
            let names = (name.clone(), stack.prefix.object(&name));
            let mut part = part(&shared, &app.project, left_out, names, (component, facts));
            sidecars::over(declared, &mut part, &app.shared, &inherited.sidecars, sink);
            (part.name.value.clone(), part)
        });
    stack.parts = parts.collect();
    let is_monitoring =
        |part: &&Part| part.component.options::<crate::options::Monitoring>().is_some();
    stack.monitoring = stack.parts.values().find(is_monitoring).map(|part| part.name.value.clone());
    let said = env::Said { config: &layer.config, left_out: &removals::of_app(removals) };
    env::bind(declared, &mut stack, &said, sink);
    secrets::find_signing_key(&mut stack);
    secrets::find_urls(&mut stack, sink);
    everywhere::inherited(&mut stack, removals, sink);
    extensions::expand(&mut stack, sink);
    backups::expand(&mut stack);
    monitoring::expand(&mut stack, removals, sink);
    stack
}

/// The namespace of a stage: written, or called like the stack.
fn namespace(written: Option<&Sourced<NamespaceSetting>>, stack: &Sourced<Name>) -> Sourced<Name> {
    written.map_or_else(|| stack.clone(), Sourced::name)
}

/// What says that the namespace is there, so that it is not the stage's to print.
fn namespace_owner(layer: &Layer, namespace: &Name, sink: &mut Sink) -> Option<Origin> {
    let provided = layer.cluster.provides_namespace(namespace);
    match (layer.namespace.as_ref().and_then(Sourced::create), provided) {
        (Some(Sourced { value: false, origin }), _) => Some(origin),
        (Some(Sourced { value: true, origin }), Some(provided)) => {
            let message = format!("the cluster provides the namespace `{namespace}` already");
            sink.report(
                Diagnostic::error(Code::Conflict, message)
                    .origin(origin, "")
                    .origin(provided, "says that it is there")
                    .help("remove one of the two"),
            );
            None
        }
        (Some(Sourced { value: true, .. }), None) => None,
        (None, provided) => provided,
    }
}

fn texts(
    source: &Source,
    name: &Sourced<Name>,
    config: &crate::options::Config,
    sink: &mut Sink,
) -> Config {
    let mut data = BTreeMap::new();
    for (key, value) in &config.data {
        let text = match &value.value {
            ConfigValue::Text(text) => text.clone(),
            ConfigValue::File(file) => {
                let text = source.file(&file.file);
                if text.is_none() {
                    sink.report(missing_file(&file.file));
                }
                // The key is there all the same: who refers to it has made no mistake.
                text.unwrap_or_default().to_owned()
            }
        };
        data.insert(key.clone(), text);
    }
    Config {
        origin: name.origin,
        data,
        secret: None,
        edges: BTreeMap::new(),
        calls: BTreeMap::new(),
    }
}

fn part(
    app: &Shared,
    project: &Project,
    left_out: removals::LeftOut,
    names: (Sourced<Name>, Name),
    (component, facts): (Component, Facts),
) -> Part {
    let own = component.project().filter(|_| facts.is_application()).cloned();
    let bind = own.as_ref().and_then(|own| own.bind.as_ref());
    let mut binding = Binding::of(project.bind.as_ref(), bind);
    binding.dropped = left_out;
    let mut part = Part::new(names, component, facts);
    part.project = own.map(|own| own.over(project)).unwrap_or_default();
    part.binding = binding;
    if part.facts.is_application() {
        part.shared = inherit(app, part.shared);
    }
    part
}

/// What a component inherits from what is said for several: tables merge and its own entries win, other values replace.
fn inherit(app: &Shared, own: Shared) -> Shared {
    fn maps<K: Ord + Clone, V: Clone>(app: &BTreeMap<K, V>, own: BTreeMap<K, V>) -> BTreeMap<K, V> {
        let mut merged = app.clone();
        for (key, value) in own {
            merged.remove(&key);
            merged.insert(key, value);
        }
        merged
    }
    fn lists<T: Clone>(app: &[T], own: Vec<T>) -> Vec<T> {
        if own.is_empty() { app.to_vec() } else { own }
    }
    Shared {
        image: own.image.or_else(|| app.image.clone()),
        image_pull_policy: own.image_pull_policy.or(app.image_pull_policy),
        pull_secrets: own.pull_secrets.or_else(|| app.pull_secrets.clone()),
        env: maps(&app.env, own.env),
        env_from: lists(&app.env_from, own.env_from),
        secrets: own.secrets.or(app.secrets),
        mounts: maps(&app.mounts, own.mounts),
        labels: maps(&app.labels, own.labels),
        annotations: maps(&app.annotations, own.annotations),
        object_annotations: maps(&app.object_annotations, own.object_annotations),
        service_annotations: maps(&app.service_annotations, own.service_annotations),
        node_selector: maps(&app.node_selector, own.node_selector),
        tolerations: own.tolerations.or_else(|| app.tolerations.clone()),
        priority_class: own.priority_class.or_else(|| app.priority_class.clone()),
        runtime_class: own.runtime_class.or_else(|| app.runtime_class.clone()),
        service_account: own.service_account.or_else(|| app.service_account.clone()),
        run_as_user: own.run_as_user.or(app.run_as_user),
        egress: lists(&app.egress, own.egress),
        // They merge by name, before they have types.
        sidecars: own.sidecars,
    }
}

/// Where a value was set, for messages.
fn place(origin: Origin) -> crate::Span {
    origin.span().unwrap_or_default()
}
