//! The Secrets of a stage: those it declares, and those that components imply.

use std::collections::BTreeMap;

use crate::declared::Declared;
use crate::options::{Component, Layer, Profile, SecretContract, SecretSource};
use crate::outputs::{Upstream, implied_keys, key, pooler_key, pooler_url, secret_name, upstream};
use crate::stack::{Contract, Piece, Recipe, unknown_secret};
use crate::values::{DataKey, Name};
use crate::{Code, Diagnostic, Sink, Sourced, suggest};

/// The Secrets of a stage by the stack's name for them.
pub(super) fn contracts(
    declared: &Declared<'_>,
    layer: &Layer,
    stack: &Name,
    profile: Profile,
    sink: &mut Sink,
) -> BTreeMap<Name, Contract> {
    let usual = match profile {
        Profile::Development => SecretSource::Development,
        Profile::Production => SecretSource::Existing,
    };
    let mut contracts = Contracts { declared, stack, usual, all: BTreeMap::new(), sink };
    for (name, contract) in &layer.secrets {
        contracts.declare(name, contract);
    }
    let mut users: BTreeMap<Name, &Sourced<Name>> = BTreeMap::new();
    for (name, component) in &layer.components {
        let Some(secret) = secret_name(name, component) else { continue };
        // Two external components can be one server; the others have a password and a URL of their own.
        let is_external = matches!(component, Component::External(_));
        match users.get(&secret) {
            Some(first) if !is_external => {
                contracts.sink.report(shared_secret(&secret, first, name));
            }
            _ => contracts.imply(&secret, name, component),
        }
        if !is_external {
            users.entry(secret).or_insert(name);
        }
    }
    for (name, component) in &layer.components {
        let Component::Pgbouncer(pooler) = component else { continue };
        let behind = layer.components.iter().find(|(name, _)| name.value == pooler.database.value);
        // What is no database, or says too little of itself, is told by a rule.
        if let Some((database, component)) = behind
            && let Some(upstream) = upstream(database, component, stack)
        {
            contracts.imply_pooler(name, &upstream, layer);
        }
    }
    for component in layer.components.values() {
        if let Component::Flower(flower) = component
            && let Some(auth) = &flower.auth
        {
            contracts.basic_auth(auth);
        }
    }
    contracts.all
}

struct Contracts<'a> {
    declared: &'a Declared<'a>,
    stack: &'a Name,
    /// Who makes a Secret when the stack does not say.
    usual: SecretSource,
    all: BTreeMap<Name, Contract>,
    sink: &'a mut Sink,
}

impl Contracts<'_> {
    fn declare(&mut self, name: &Sourced<Name>, contract: &SecretContract) {
        let source = contract.source.map_or(self.usual, |source| source.value);
        // What is usual in a production stage is an existing Secret.
        if let Some(asked) = &contract.source
            && source == SecretSource::Development
            && self.usual == SecretSource::Existing
        {
            self.sink.report(
                Diagnostic::error(Code::SecretLiteral, "throw-away credentials in a production stage")
                    .origin(asked.origin, "printed as text")
                    .help("write `source = \"existing\"` and create the Secret before the stack is applied"),
            );
        }
        let keys = contract.keys.iter().map(|key| (key.value.clone(), Recipe::Opaque)).collect();
        let cluster_name = contract.name.clone().unwrap_or_else(|| name.clone());
        let contract = Contract { name: cluster_name, keys, source, origin: name.origin };
        self.all.insert(name.value.clone(), contract);
    }

    /// Adds the Secret that a component needs, or checks the declared one for its keys.
    fn imply(&mut self, secret: &Name, name: &Sourced<Name>, component: &Component) {
        let implied = implied_keys(name, component, self.stack);
        // What lies outside the cluster may hold less than all keys: what of it is bound is for a rule to say.
        let is_outside = component.is_outside();
        let Some(contract) = self.all.get_mut(secret) else {
            let keys = implied.into_iter().map(|(name, recipe)| (key(name), recipe)).collect();
            // What lies outside the cluster has credentials already: nothing is made up for it.
            let source = if is_outside { SecretSource::Existing } else { self.usual };
            let cluster_name = Sourced { value: secret.clone(), origin: name.origin };
            let contract = Contract { name: cluster_name, keys, source, origin: name.origin };
            self.all.insert(secret.clone(), contract);
            return;
        };
        for (needed, recipe) in implied {
            if let Some(known) = contract.keys.get_mut(&key(needed)) {
                *known = recipe;
            } else if !is_outside && !self.declared.at_fault(["secrets", &**secret]) {
                let fault =
                    format!("Secret `{secret}` has no key `{needed}`, which `{name}` needs");
                self.sink.report(
                    Diagnostic::error(Code::UnknownKey, fault)
                        .origin(contract.origin, "declared here")
                        .help(add_key(needed, contract)),
                );
            }
        }
    }

    /// The keys that a pooler needs in the Secret of its database: the password, and a URL of its own.
    fn imply_pooler(&mut self, pooler: &Sourced<Name>, upstream: &Upstream, layer: &Layer) {
        let secret = &upstream.secret;
        let is_declared = layer.secrets.keys().any(|name| name.value == *secret);
        let Some(contract) = self.all.get_mut(secret) else { return };
        let url = pooler_url(pooler, upstream);
        for (needed, recipe) in [(key("password"), None), (pooler_key(pooler), Some(url))] {
            match contract.keys.get_mut(&needed) {
                Some(known) => {
                    if let Some(recipe) = recipe {
                        *known = recipe;
                    }
                }
                None if !is_declared => {
                    contract.keys.insert(needed, recipe.unwrap_or(Recipe::Opaque));
                }
                None if self.declared.at_fault(["secrets", &**secret]) => {}
                None => {
                    let fault =
                        format!("Secret `{secret}` has no key `{needed}`, which `{pooler}` needs");
                    self.sink.report(
                        Diagnostic::error(Code::UnknownKey, fault)
                            .origin(contract.origin, "declared here")
                            .help(add_key(&needed, contract)),
                    );
                }
            }
        }
    }

    /// The Secret that Flower reads its password from.
    fn basic_auth(&mut self, auth: &Sourced<Name>) {
        let Some(contract) = self.all.get_mut(&auth.value) else {
            if !self.declared.has("secrets", auth) {
                let known = self.all.keys().map(|name| &**name);
                self.sink.report(unknown_secret(known, auth, auth.span().unwrap_or_default()));
            }
            return;
        };
        match contract.keys.get_mut(&key("basic-auth")) {
            Some(recipe) => {
                *recipe = Recipe::Composed(vec![Piece::Text("admin:".to_owned()), Piece::Opaque]);
            }
            None if self.declared.at_fault(["secrets", &*auth.value]) => {}
            None => self.sink.report(
                Diagnostic::error(
                    Code::UnknownKey,
                    format!("Secret `{auth}` has no key `basic-auth`"),
                )
                .origin(auth.origin, "holds `user:password`")
                .help(add_key("basic-auth", contract)),
            ),
        }
    }
}

/// Each backing service has a password and a URL of its own.
fn shared_secret(secret: &Name, first: &Sourced<Name>, second: &Sourced<Name>) -> Diagnostic {
    let fault = format!("`{first}` and `{second}` keep their credentials in one Secret `{secret}`");
    Diagnostic::error(Code::Conflict, fault)
        .origin(second.origin, "")
        .origin(first.origin, "")
        .help("give each a `secret` of its own; without the key it is called like the component")
}

fn add_key(needed: &str, contract: &Contract) -> String {
    let known: Vec<&DataKey> = contract.keys.keys().collect();
    match known.as_slice() {
        [] => format!("add `{needed}` to its keys"),
        known => format!("add `{needed}` to its keys, which are {}", suggest::quoted_list(known)),
    }
}
