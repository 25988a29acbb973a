//! The Secrets of a stage: those it declares, and those that components imply.

use std::collections::{BTreeMap, BTreeSet};

use crate::declared::Declared;
use crate::naming::Prefix;
use crate::options::{
    ExternalDefault, ExternalSecrets, Facts, Layer, OwnSecret, Profile, SecretContract,
    SecretDefault, SecretSource as Written, StoreKind, Upstream,
};
use crate::outputs::{key, pooler_key, pooler_url};
use crate::stack::{
    Contract, ExternalSecret, Piece, Recipe, RemoteKey, SealedFile, SecretSource, unknown_secret,
};
use crate::values::{DataKey, Interval, Name};
use crate::{Code, Diagnostic, Origin, Reason, Sink, Sourced, Stack, suggest};

pub(super) static REFRESH: Reason = Reason {
    name: "external-secrets-refresh",
    why: "External Secrets' own default; each request to the store costs money",
    source: "https://external-secrets.io/latest/api/externalsecret/",
};
pub(super) static REMOTE: Reason = Reason {
    name: "external-secrets-path",
    why: "stages that share a store do not share a password",
    source: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/best-practices.html",
};
pub(super) static STORE_KIND: Reason = Reason {
    name: "external-secrets-store",
    why: "who runs the cluster sets the store up once, with the rights to read it",
    source: "https://external-secrets.io/latest/api/clustersecretstore/",
};

/// Variables that hold Django's signing key by the names that projects commonly give it.
const SIGNING_KEYS: [&str; 2] = ["SECRET_KEY", "DJANGO_SECRET_KEY"];

/// The Secrets of a stage by the stack's name for them.
pub(super) fn contracts(
    declared: &Declared<'_>,
    layer: &Layer,
    facts: &BTreeMap<Name, Facts>,
    (stack, stage, prefix): (&Name, &Name, &Prefix),
    profile: Profile,
    sink: &mut Sink,
) -> BTreeMap<Name, Contract> {
    let usual = layer.secret_source.as_ref();
    if let Some(usual) = usual
        && matches!(usual.value, SecretDefault::Development(_))
        && profile == Profile::Production
    {
        sink.report(throw_away(usual.origin, "secret-source"));
    }
    if let Some(usual) = usual
        && let SecretDefault::ExternalSecrets(external) = &usual.value
        && external.store.is_none()
        && !declared.at_fault(["secret-source"])
    {
        sink.report(no_store(usual.origin, "secret-source"));
    }
    let all = BTreeMap::new();
    let mut contracts = Contracts { declared, stack, stage, prefix, usual, profile, all, sink };
    for (name, contract) in &layer.secrets {
        contracts.declare(name, contract);
    }
    let mut users: BTreeMap<Name, &Sourced<Name>> = BTreeMap::new();
    let named = || layer.components.keys().filter_map(|name| Some((name, facts.get(&name.value)?)));
    for (name, facts) in named() {
        let Some(secret) = &facts.secret else { continue };
        let written = written_of(layer, &secret.name);
        match users.get(&secret.name) {
            Some(first) if !secret.may_be_shared => {
                contracts.sink.report(shared_secret(&secret.name, first, name));
            }
            _ => contracts.imply(secret, name, facts.is_outside(), written),
        }
        // Two external components can be one server; the others have a password and a URL of their own.
        if !secret.may_be_shared {
            users.entry(secret.name.clone()).or_insert(name);
        }
    }
    for (name, pooler) in named() {
        let Some(pooler) = &pooler.pooler else { continue };
        let behind = facts.get(&pooler.database.value);
        // What is no database, or says too little of itself, is reported by a rule.
        if let Some(upstream) = behind.and_then(|facts| facts.upstream.as_ref()) {
            contracts.imply_pooler(name, upstream, layer);
        }
    }
    for auth in facts.values().filter_map(|facts| facts.basic_auth.as_ref()) {
        contracts.basic_auth(auth, written_of(layer, auth));
    }
    for (name, written) in &layer.secrets {
        contracts.finish(name, written);
    }
    contracts.all
}

/// What Django signs with is known by the variable that it is read through.
pub(super) fn find_signing_key(stack: &mut Stack) {
    if !stack.is_django() {
        return;
    }
    let variables = stack.parts.values().flat_map(|part| &part.env);
    let read = variables.filter(|variable| SIGNING_KEYS.contains(&variable.setting()));
    let read = read.filter_map(|variable| variable.value.secret());
    let found: Vec<(Name, DataKey)> =
        read.map(|(secret, key)| (secret.clone(), key.clone())).collect();
    for (secret, key) in found {
        let contract = stack.secrets.get_mut(&secret);
        if let Some(recipe) = contract.and_then(|contract| contract.keys.get_mut(&key))
            && matches!(recipe, Recipe::Given | Recipe::Opaque)
        {
            *recipe = Recipe::SigningKey;
        }
    }
}

/// Finds URLs that come from outside of the stack, by the names of their keys and of the variables that read them. The Secret of a
/// service outside the cluster with such a key exists before the stack is applied, also where the stack declares it.
pub(super) fn find_urls(stack: &mut Stack, sink: &mut Sink) {
    let variables = stack
        .parts
        .values()
        .flat_map(|part| part.env.iter().chain(part.container_env.values().flatten()));
    let read: BTreeSet<(Name, DataKey)> = variables
        .filter(|variable| is_url(variable.setting()))
        .filter_map(|variable| variable.value.secret())
        .map(|(secret, key)| (secret.clone(), key.clone()))
        .collect();
    let outside = stack.parts.values().filter(|part| part.facts.is_outside());
    let outside: BTreeSet<&Name> =
        outside.filter_map(|part| Some(&part.facts.secret.as_ref()?.name)).collect();
    for (name, contract) in &mut stack.secrets {
        let mut url = None;
        for (key, recipe) in &mut contract.keys {
            let is_read = || read.contains(&(name.clone(), key.clone()));
            if *recipe == Recipe::Given && (is_url(key) || is_read()) {
                *recipe = Recipe::GivenUrl;
                url.get_or_insert(key.clone());
            }
        }
        let is_made_up = contract.source.value == SecretSource::Development;
        let Some(url) = url.filter(|_| is_made_up && outside.contains(name)) else { continue };
        if contract.source.origin == contract.origin {
            contract.source.value = SecretSource::Existing;
        } else {
            let fault =
                format!("no value can be generated for `{url}` of Secret `{name}`, which is a URL");
            sink.report(
                Diagnostic::error(Code::InvalidValue, fault)
                    .origin(contract.source.origin, "asks for one")
                    .origin(contract.origin, "its value comes from a service outside the cluster")
                    .help(format!(
                        "write `secrets.{name}.source = \"existing\"`; `seaway secrets` prints how to create it"
                    )),
            );
        }
    }
}

/// Whether a key or a variable is called like a URL: `url`, `api-url`, `SENTRY_DSN`, `MONGO_URI`.
fn is_url(name: &str) -> bool {
    let last = name.rsplit(['_', '-', '.']).next().unwrap_or(name);
    ["dsn", "endpoint", "uri", "url"].iter().any(|word| last.eq_ignore_ascii_case(word))
}

struct Contracts<'a> {
    declared: &'a Declared<'a>,
    stack: &'a Name,
    stage: &'a Name,
    prefix: &'a Prefix,
    /// Who makes a Secret that does not say it.
    usual: Option<&'a Sourced<SecretDefault>>,
    profile: Profile,
    all: BTreeMap<Name, Contract>,
    sink: &'a mut Sink,
}

/// What was written of a Secret.
type Entry<'a> = Option<&'a SecretContract>;

fn written_of<'a>(layer: &'a Layer, secret: &Name) -> Entry<'a> {
    layer.secrets.iter().find_map(|(name, contract)| (name.value == *secret).then_some(contract))
}

impl Contracts<'_> {
    fn declare(&mut self, name: &Sourced<Name>, written: &SecretContract) {
        if let Some(asked) = &written.source
            && matches!(asked.value, Written::Development(_))
            && self.profile == Profile::Production
        {
            self.sink.report(throw_away(asked.origin, "source"));
        }
        let is_own = |key: &&Sourced<DataKey>| written.generate.contains(key);
        let recipe = |key| if is_own(&key) { Recipe::Opaque } else { Recipe::Given };
        let keys = written.keys.iter().flatten();
        let keys = keys.map(|key| (key.value.clone(), recipe(key))).collect();
        let cluster_name = written.name.clone().unwrap_or_else(|| self.called(name, written));
        let contract = self.contract(cluster_name, keys, name.origin, Some(written), false);
        self.all.insert(name.value.clone(), contract);
    }

    /// The name of a declared Secret that says none. One that is there already is called as it is declared.
    fn called(&self, name: &Sourced<Name>, written: &SecretContract) -> Sourced<Name> {
        let source = written.source.as_ref().map(|source| &source.value);
        match source {
            Some(Written::Existing(_)) => name.clone(),
            _ => name.as_ref().map(|name| self.prefix.object(name)),
        }
    }

    fn contract(
        &mut self,
        name: Sourced<Name>,
        keys: BTreeMap<DataKey, Recipe>,
        origin: Origin,
        written: Entry<'_>,
        is_external: bool,
    ) -> Contract {
        let asked = written.and_then(|written| written.source.as_ref());
        let said = asked.map(|asked| asked.origin).or(self.usual.map(|usual| usual.origin));
        let source = match asked {
            Some(asked) => self.asked(&name, asked),
            None => self.usual(&name, is_external),
        };
        let source = Sourced { value: source, origin: said.unwrap_or(origin) };
        Contract { name, keys, source, origin }
    }

    /// Who makes a Secret by its own word.
    fn asked(&mut self, name: &Name, asked: &Sourced<Written>) -> SecretSource {
        match &asked.value {
            Written::Existing(_) => SecretSource::Existing,
            Written::Development(_) => SecretSource::Development,
            Written::ExternalSecrets(external) => self.external(name, asked.origin, external),
            Written::Sealed(sealed) => {
                let Some(path) = &sealed.file else { return SecretSource::Sealed(None) };
                let text = self.declared.source.file(path).map(str::to_owned);
                let file = SealedFile { path: path.clone(), text };
                SecretSource::Sealed(Some(file))
            }
        }
    }

    /// Who makes a Secret that does not say it.
    fn usual(&mut self, name: &Sourced<Name>, is_external: bool) -> SecretSource {
        match self.usual.map(|usual| &usual.value) {
            Some(SecretDefault::ExternalSecrets(_)) => {
                let origin = self.usual.map_or(name.origin, |usual| usual.origin);
                self.external(name, origin, &ExternalSecrets::default())
            }
            Some(SecretDefault::Existing(_)) => SecretSource::Existing,
            // What lies outside the cluster has credentials already: nothing is made up for it.
            _ if is_external || self.profile == Profile::Production => SecretSource::Existing,
            Some(SecretDefault::Development(_)) | None => SecretSource::Development,
        }
    }

    /// What is copied: as the Secret itself says, else as the stage does.
    fn external(&mut self, name: &Name, origin: Origin, own: &ExternalSecrets) -> SecretSource {
        let none = ExternalDefault::default();
        let usual = match self.usual.map(|usual| &usual.value) {
            Some(SecretDefault::ExternalSecrets(usual)) => usual,
            _ => &none,
        };
        let Some(store) = own.store.clone().or_else(|| usual.store.clone()) else {
            // That the stage names no store is told once for all of its Secrets.
            let says_itself = std::ptr::eq(usual, &raw const none);
            if says_itself && !self.declared.at_fault(["secrets"]) {
                self.sink.report(no_store(origin, "source"));
            }
            return SecretSource::Existing;
        };
        let remote = own.remote.clone().unwrap_or_else(|| match &usual.prefix {
            Some(prefix) => prefix.as_ref().map(|prefix| match prefix.trim_end_matches('/') {
                "" => name.to_string(),
                prefix => format!("{prefix}/{name}"),
            }),
            None => Sourced::default_for(format!("{}/{}/{name}", self.stack, self.stage), &REMOTE),
        });
        for text in own.data.values().filter_map(|remote| remote.remote.as_ref()).chain([&remote]) {
            if text.trim().is_empty() {
                let fault = "a secret of the store without a name";
                self.sink
                    .report(Diagnostic::error(Code::InvalidValue, fault).origin(text.origin, ""));
            }
        }
        let elsewhere = own.data.iter().map(|(key, elsewhere)| {
            let place = RemoteKey {
                remote: elsewhere.remote.clone().unwrap_or_else(|| remote.clone()),
                property: match &elsewhere.property {
                    Some(property) if property.is_empty() => None,
                    Some(property) => Some(property.clone()),
                    None => Some(key.as_ref().map(ToString::to_string)),
                },
            };
            (key.value.clone(), place)
        });
        let interval = || Interval::try_from("1h".to_owned());
        let refresh = own.refresh.clone().or_else(|| usual.refresh.clone()).unwrap_or_else(|| {
            let hourly = interval().unwrap_or_else(|fault| unreachable!("{fault}"));
            Sourced::default_for(hourly, &REFRESH)
        });
        // A kind is that of its store.
        let kind = own.kind.or(if own.store.is_none() { usual.kind } else { None });
        let external = ExternalSecret {
            store,
            kind: kind.unwrap_or(Sourced::default_for(StoreKind::ClusterSecretStore, &STORE_KIND)),
            refresh,
            elsewhere: elsewhere.collect(),
            remote,
        };
        SecretSource::ExternalSecrets(Box::new(external))
    }

    /// Adds the Secret that a component needs, or checks the declared one for its keys.
    fn imply(
        &mut self,
        own: &OwnSecret,
        name: &Sourced<Name>,
        is_outside: bool,
        written: Entry<'_>,
    ) {
        // What lies outside the cluster may hold less than all keys: what of it is bound is for a rule to say.
        let (secret, implied) = (&own.name, own.keys.clone());
        if !self.all.contains_key(secret) {
            let keys = implied.into_iter().collect();
            let cluster_name = Sourced { value: self.prefix.object(secret), origin: name.origin };
            let contract = self.contract(cluster_name, keys, name.origin, None, is_outside);
            self.all.insert(secret.clone(), contract);
            return;
        }
        let lists_keys = written.is_none_or(|written| written.keys.is_some());
        let at_fault = self.declared.at_fault(["secrets", &**secret]);
        let Some(contract) = self.all.get_mut(secret) else { return };
        for (needed, recipe) in implied {
            if let Some(known) = contract.keys.get_mut(&needed) {
                *known = recipe;
            } else if !lists_keys {
                contract.keys.insert(needed, recipe);
            } else if !is_outside && !at_fault {
                let fault =
                    format!("Secret `{secret}` has no key `{needed}`, which `{name}` needs");
                self.sink.report(
                    Diagnostic::error(Code::UnknownKey, fault)
                        .origin(contract.origin, "declared here")
                        .help(add_key(&needed, contract)),
                );
            }
        }
    }

    /// The keys that a pooler needs in the Secret of its database: the password, and a URL of its own.
    fn imply_pooler(&mut self, pooler: &Sourced<Name>, upstream: &Upstream, layer: &Layer) {
        let secret = &upstream.secret;
        let is_declared = layer.secrets.keys().any(|name| name.value == *secret);
        let Some(contract) = self.all.get_mut(secret) else { return };
        let url = pooler_url(&self.prefix.object(pooler), upstream);
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
    fn basic_auth(&mut self, auth: &Sourced<Name>, written: Entry<'_>) {
        let Some(contract) = self.all.get_mut(&auth.value) else {
            if !self.declared.has("secrets", auth) {
                let known = self.all.keys().map(|name| &**name);
                self.sink.report(unknown_secret(known, auth, auth.span().unwrap_or_default()));
            }
            return;
        };
        let recipe = Recipe::Composed(vec![Piece::Text("admin:".to_owned()), Piece::Opaque]);
        match contract.keys.get_mut(&key("basic-auth")) {
            Some(known) => *known = recipe,
            None if written.is_some_and(|written| written.keys.is_none()) => {
                contract.keys.insert(key("basic-auth"), recipe);
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

    /// What can be said of a declared Secret once all of its keys are known.
    fn finish(&mut self, name: &Sourced<Name>, written: &SecretContract) {
        if self.declared.at_fault(["secrets", &**name]) {
            return;
        }
        let Some(contract) = self.all.get(&name.value) else { return };
        if written.keys.is_none() && contract.keys.is_empty() {
            self.sink.report(
                Diagnostic::error(Code::MissingField, format!("Secret `{name}` has no `keys`"))
                    .origin(name.origin, "no component of the stage implies them")
                    .help("add `keys = […]`, the keys that the Secret has"),
            );
            return;
        }
        let elsewhere: Vec<_> = match written.source.as_ref().map(|source| &source.value) {
            Some(Written::ExternalSecrets(written)) => written.data.keys().collect(),
            _ => Vec::new(),
        };
        for wanted in elsewhere.into_iter().chain(&written.generate) {
            if !contract.keys.contains_key(&wanted.value) {
                let known = contract.keys.keys().map(|key| &**key);
                let fault = format!("Secret `{name}` has no key `{wanted}`");
                self.sink.report(
                    Diagnostic::error(Code::UnknownKey, fault)
                        .origin(wanted.origin, "")
                        .help_maybe(suggest::nearest_or_all(wanted, known)),
                );
            }
        }
    }
}

/// Throw-away credentials are known to everybody who reads the output.
fn throw_away(origin: Origin, key: &str) -> Diagnostic {
    Diagnostic::error(Code::SecretLiteral, "throw-away credentials in a production stage")
        .origin(origin, "printed as text")
        .help(format!(
            "write `{key} = \"existing\"` and create the Secret before the stack is applied"
        ))
}

/// A copy without an original.
fn no_store(origin: Origin, key: &str) -> Diagnostic {
    let help = match key {
        "source" => {
            "add `store = \"…\"`, or name the store of all Secrets once: \
             `secret-source = { type = \"external-secrets\", store = \"…\" }`"
        }
        _ => {
            "add `store = \"…\"`: `secret-source = { type = \"external-secrets\", store = \"…\" }`"
        }
    };
    Diagnostic::error(Code::MissingField, "External Secrets has no `store`")
        .origin(origin, "copied from where?")
        .help(help)
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
