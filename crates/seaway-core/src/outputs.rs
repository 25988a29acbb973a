//! What other components can refer to: the outputs of each component of a stage.

use std::collections::BTreeMap;

use crate::Origin;
use crate::options::{Monitoring, PGBOUNCER_PORT, Provider, Upstream};
use crate::recipe::{Piece, Recipe};
use crate::stack::{Contract, Part, Stack};
use crate::values::{DataKey, Name};

pub(crate) use crate::options::{below, key};
pub use crate::options::{bound_name, percent_encoded};

/// An output of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Text that is no secret.
    Text(String),
    /// A key of a Secret, by the stack's name for it; never text.
    Secret(Name, DataKey),
}

/// The outputs of a component of a stage: those that its facts say, and the keys of its Secret.
pub fn of(stack: &Stack, part: &Part) -> BTreeMap<String, Output> {
    if part.facts.pooler.is_some() {
        return pooler_outputs(stack, part);
    }
    let text = |(name, text): (&String, &String)| (name.clone(), Output::Text(text.clone()));
    let mut found: BTreeMap<String, Output> = part.facts.outputs.iter().map(text).collect();
    if let (Some(secret), Some(contract)) = (&part.facts.secret, contract(stack, part)) {
        for key in contract.keys.keys() {
            let output = || Output::Secret(secret.name.clone(), key.clone());
            found.entry(key.to_string()).or_insert_with(output);
        }
    }
    found
}

/// The contract of a component's own Secret, if it has one.
pub fn contract<'a>(stack: &'a Stack, part: &Part) -> Option<&'a Contract> {
    stack.secrets.get(&part.facts.secret.as_ref()?.name)
}

/// Variable with the URL of a MySQL, which the script that starts its exporter takes apart.
pub const MYSQL_URL: &str = "MYSQL_URL";

/// The key of a database's Secret that holds the URL of a pooler before it.
pub fn pooler_key(pooler: &Name) -> DataKey {
    key(&format!("{pooler}-url"))
}

/// How the URL of a pooler, by its Service, is made of the password of its database.
pub(crate) fn pooler_url(service: &Name, upstream: &Upstream) -> Recipe {
    let user = percent_encoded(&upstream.username);
    let database = percent_encoded(&upstream.database);
    Recipe::Composed(vec![
        Piece::Text(format!("postgres://{user}:")),
        Piece::Key(key("password")),
        Piece::Text(format!("@{service}:{PGBOUNCER_PORT}/{database}")),
    ])
}

fn pooler_outputs(stack: &Stack, part: &Part) -> BTreeMap<String, Output> {
    let Some(upstream) = pooled(stack, part) else { return BTreeMap::new() };
    let name = &part.name.value;
    let text = |text: &str| Output::Text(text.to_owned());
    let mut found = BTreeMap::from([
        ("host".to_owned(), text(&part.object)),
        ("port".to_owned(), Output::Text(PGBOUNCER_PORT.to_string())),
        ("name".to_owned(), text(&upstream.database)),
        ("username".to_owned(), text(&upstream.username)),
    ]);
    let keys = stack.secrets.get(&upstream.secret).map(|contract| &contract.keys);
    for (output, key) in [("password", key("password")), ("url", pooler_key(name))] {
        if keys.is_some_and(|keys| keys.contains_key(&key)) {
            found.insert(output.to_owned(), Output::Secret(upstream.secret.clone(), key));
        }
    }
    found
}

/// The database that a pooler of a stage stands before; `None` for what is no pooler, or stands before no database.
pub fn pooled<'a>(stack: &'a Stack, part: &Part) -> Option<&'a Upstream> {
    let pooler = part.facts.pooler.as_ref()?;
    stack.parts.get(&pooler.database.value)?.facts.upstream.as_ref()
}

/// The database that a component leads to: itself, or what is behind a pooler.
pub fn database_behind<'a>(stack: &'a Stack, name: &'a Name) -> &'a Name {
    let pooler = stack.parts.get(name).and_then(|part| part.facts.pooler.as_ref());
    pooler.map_or(name, |pooler| &pooler.database.value)
}

/// The ports at which the processes of a component show their metrics, if the stage has `monitoring`.
pub fn metrics_ports(stack: &Stack, part: &Part) -> Option<std::ops::RangeInclusive<u16>> {
    let ports = part.facts.metrics.clone()?;
    stack.monitoring().is_some().then_some(ports)
}

/// Where cert-manager's controller shows metrics: <https://cert-manager.io/docs/devops-tips/prometheus-metrics/>.
pub const CERT_MANAGER_PORT: u16 = 9402;

/// The namespace of cert-manager, where a certificate of the stage is one of its issuers, and what makes it so: it tells when
/// certificates end. An operator's Prometheus asks it anyway.
pub fn cert_manager(stack: &Stack, monitoring: &Monitoring) -> Option<(String, Origin)> {
    if monitoring.operator().is_some() {
        return None;
    }
    let mut exposed = stack.parts.values().filter_map(Part::expose);
    let issuer = exposed.find_map(|expose| expose.tls()?.issuer.as_ref())?;
    if let Some(written) = &monitoring.cert_manager_namespace {
        return Some((written.to_string(), written.origin));
    }
    let provider = stack.cluster.provider.as_ref().map(|provider| provider.value);
    // Its add-on lies where all of them do: kubernetes/kops#10318.
    let usual = if provider == Some(Provider::Kops) { "kube-system" } else { "cert-manager" };
    Some((usual.to_owned(), issuer.origin))
}
