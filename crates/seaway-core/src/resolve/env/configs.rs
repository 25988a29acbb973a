//! The texts of configs: what their references stand for, and the Secret that a config becomes which holds one.

use std::collections::BTreeMap;

use super::known::Known;
use super::texts;
use super::value::{Reader, Resolved, Values};
use crate::declared::Declared;
use crate::options::{self, ConfigValue, Place};
use crate::stack::{Calls, Contract, ExternalSecret, Piece, Recipe, SecretSource, VariableValue};
use crate::values::{DataKey, Name, Template};
use crate::{Code, Diagnostic, Origin, Sink, Sourced, Span, Stack};

/// The configs as they are written.
pub(super) type Written = BTreeMap<Sourced<Name>, options::Config>;

/// Resolves the references of all configs.
pub(super) fn resolve(
    declared: &Declared<'_>,
    stack: &mut Stack,
    written: &Written,
    known: &Known,
    sink: &mut Sink,
) {
    let mut all = Vec::new();
    for (name, config) in written {
        let texts = Texts { declared, stack, known, name };
        all.extend(texts.resolve(config, sink).map(|resolved| (name, resolved)));
    }
    for (name, resolved) in all {
        let contract = resolved.contract(stack, name, sink);
        let Some(config) = stack.config.get_mut(&name.value) else { continue };
        config.edges = resolved.edges;
        config.calls = resolved.calls;
        for (key, pieces) in resolved.texts {
            // The key is the same and keeps its place.
            if let Some(text) = config.data.get_mut(key) {
                *text = pieces.iter().map(shown).collect();
            }
        }
        if let Some((secret, contract)) = contract {
            config.secret = Some(secret.clone());
            stack.secrets.insert(secret, contract);
        }
    }
}

/// A piece of a text where nobody may read it.
fn shown(piece: &Piece) -> String {
    match piece {
        Piece::Text(text) => text.clone(),
        Piece::Of { secret, key, .. } => format!("$({secret}.{key})"),
        Piece::Key(key) => format!("$({key})"),
        Piece::Opaque => "$(…)".to_owned(),
    }
}

struct Texts<'a> {
    declared: &'a Declared<'a>,
    stack: &'a Stack,
    known: &'a Known,
    name: &'a Sourced<Name>,
}

/// A config with references.
struct Config<'w> {
    /// Its texts, those without references left out.
    texts: Vec<(&'w Sourced<DataKey>, Vec<Piece>)>,
    /// The first reference to each Secret.
    secrets: BTreeMap<Name, Span>,
    edges: BTreeMap<Name, Origin>,
    calls: Calls,
}

impl Texts<'_> {
    /// The config, if references are looked for in one of its texts and none is at fault.
    fn resolve<'w>(&self, config: &'w options::Config, sink: &mut Sink) -> Option<Config<'w>> {
        let data = &self.stack.config.get(&self.name.value)?.data;
        let mut found = Config {
            texts: Vec::new(),
            secrets: BTreeMap::new(),
            edges: BTreeMap::new(),
            calls: Calls::new(),
        };
        let mut is_complete = true;
        for (key, value) in &config.data {
            let (origin, file) = match &value.value {
                ConfigValue::Text(_) => (value.origin, None),
                ConfigValue::File(file) if file.references => {
                    (file.file.origin, Some(file.file.as_str()))
                }
                ConfigValue::File(_) => continue,
            };
            let Some(text) = data.get(key).filter(|text| Template::may_refer(text)) else {
                continue;
            };
            let reader = Reader {
                name: None,
                image: None,
                is_process: false,
                place: self.name.span().unwrap_or_default(),
                file,
            };
            let around = (self.stack, self.known);
            let mut values = Values::new(self.declared, around, reader, sink);
            values.is_foreign = true;
            let template = Template::from(text.clone());
            match values.config_text(&template, origin, &mut found.secrets) {
                Some(pieces) => found.texts.push((key, pieces)),
                None => is_complete = false,
            }
            for (target, origin) in values.edges {
                found.edges.entry(target).or_insert(origin);
            }
            for (target, ports) in values.calls {
                found.calls.entry(target).or_default().extend(ports);
            }
        }
        (is_complete && !found.texts.is_empty()).then_some(found)
    }
}

impl Values<'_, '_> {
    /// The pieces of the text of a config; notes where it first refers to each Secret.
    fn config_text(
        &mut self,
        template: &Template,
        origin: Origin,
        secrets: &mut BTreeMap<Name, Span>,
    ) -> Option<Vec<Piece>> {
        let places = self.places(template, origin);
        let (resolved, mut is_complete) = self.pieces(&places);
        let mut pieces: Vec<Piece> = Vec::new();
        for piece in resolved {
            match piece {
                Resolved::Text(text) => push_text(&mut pieces, &text),
                Resolved::Value(VariableValue::Secret { secret, key, .. }, _, spot) => {
                    if !secrets.contains_key(&secret) {
                        secrets.insert(secret.clone(), spot.span());
                    }
                    self.expand(&secret, &key, &mut pieces);
                }
                Resolved::Value(value, reference, spot) => {
                    is_complete = false;
                    let report = texts::refused(Place::Config, reference, &value, spot.span());
                    self.report(report, spot);
                }
            }
        }
        is_complete.then_some(pieces)
    }

    /// Adds the edges of the configs that a container mounts.
    pub(super) fn mounted<'m>(&mut self, mounts: impl Iterator<Item = &'m options::Mount>) {
        let stack = self.stack;
        for config in mounts.filter_map(|mount| stack.config.get(&mount.config.as_ref()?.value)) {
            self.read_config(config);
        }
    }

    /// A key of a Secret, or what it is composed of itself: what makes the text then needs no more than the values that
    /// somebody gives out.
    fn expand(&self, secret: &Name, key: &DataKey, pieces: &mut Vec<Piece>) {
        let contract = self.stack.secrets.get(secret);
        let lies_elsewhere = contract.is_some_and(|contract| match &contract.source.value {
            SecretSource::ExternalSecrets(external) => external.elsewhere.contains_key(key),
            _ => false,
        });
        let recipe = contract.and_then(|contract| contract.keys.get(key));
        let of = |key: &DataKey, is_encoded| Piece::Of {
            secret: secret.clone(),
            key: key.clone(),
            is_encoded,
        };
        match recipe.and_then(Recipe::of_keys).filter(|_| !lies_elsewhere) {
            Some(parts) => {
                for part in parts {
                    match part {
                        Piece::Text(text) => push_text(pieces, text),
                        Piece::Key(key) => pieces.push(of(key, true)),
                        Piece::Of { .. } | Piece::Opaque => pieces.push(part.clone()),
                    }
                }
            }
            None => pieces.push(of(key, false)),
        }
    }
}

fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    if let Some(Piece::Text(last)) = pieces.last_mut() {
        last.push_str(text);
    } else {
        pieces.push(Piece::Text(text.to_owned()));
    }
}

impl Config<'_> {
    /// The Secret that the config becomes, by the stack's name for it, if a text holds one.
    fn contract(
        &self,
        stack: &Stack,
        name: &Sourced<Name>,
        sink: &mut Sink,
    ) -> Option<(Name, Contract)> {
        let (first, place) = self.secrets.first_key_value()?;
        let source = match source(stack, &self.secrets) {
            Ok(source) => Sourced { value: source, origin: Origin::Stack(*place) },
            Err(fault) => {
                sink.report(uncomposed(name, self.texts.first(), fault).label(*place, ""));
                return None;
            }
        };
        let Ok(own) = Name::try_from(format!("{name}-config")) else {
            sink.report(
                Diagnostic::error(
                    Code::InvalidName,
                    format!("the Secret of config `{name}` has a name of more than 63 characters"),
                )
                .origin(name.origin, "becomes a Secret, since it holds one")
                .help("give the config a shorter name"),
            );
            return None;
        };
        let object = stack.prefix.object(&own);
        let in_cluster = |contract: &&Contract| *contract.name == object;
        let taken = stack.secrets.get(&own).or_else(|| stack.secrets.values().find(in_cluster));
        if let Some(taken) = taken {
            let fault = format!("config `{name}` becomes a Secret `{own}`, and there is one");
            sink.report(
                Diagnostic::error(Code::Conflict, fault)
                    .origin(name.origin, format!("it holds a key of `{first}`"))
                    .origin(taken.origin, "declared here")
                    .help("give the config another name"),
            );
            return None;
        }
        let mut keys: BTreeMap<DataKey, Recipe> = BTreeMap::new();
        let texts = stack.config.get(&name.value).into_iter().flat_map(|config| &config.data);
        for (key, text) in texts {
            keys.insert(key.value.clone(), Recipe::Composed(vec![Piece::Text(text.clone())]));
        }
        for (key, pieces) in &self.texts {
            keys.insert(key.value.clone(), Recipe::Composed(pieces.clone()));
        }
        let mut contract = Contract {
            name: Sourced { value: object, origin: name.origin },
            keys,
            source,
            origin: name.origin,
        };
        gather(stack, &mut contract);
        Some((own, contract))
    }
}

/// Why no one source can make a text.
#[derive(Clone, Copy)]
enum Uncomposed {
    /// A controller decrypts whole values, and composes none.
    Sealed,
    /// They come from several places.
    Several,
}

/// Who makes a text of keys of these Secrets: who makes them all.
fn source(stack: &Stack, secrets: &BTreeMap<Name, Span>) -> Result<SecretSource, Uncomposed> {
    let mut sources =
        secrets.keys().filter_map(|name| Some(&stack.secrets.get(name)?.source.value));
    let Some(first) = sources.next() else { return Err(Uncomposed::Several) };
    let is_alike = |other: &SecretSource| match (first, other) {
        (SecretSource::ExternalSecrets(one), SecretSource::ExternalSecrets(other)) => {
            one.store == other.store && one.kind == other.kind
        }
        (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
    };
    if matches!(first, SecretSource::Sealed(_)) {
        return Err(Uncomposed::Sealed);
    }
    if !sources.all(is_alike) {
        return Err(Uncomposed::Several);
    }
    Ok(match first {
        SecretSource::ExternalSecrets(external) => {
            let external = ExternalSecret { elsewhere: BTreeMap::new(), ..(**external).clone() };
            SecretSource::ExternalSecrets(Box::new(external))
        }
        first => first.clone(),
    })
}

/// Lets External Secrets copy what the texts are composed of, each key as `secret.key`.
fn gather(stack: &Stack, contract: &mut Contract) {
    let SecretSource::ExternalSecrets(external) = &mut contract.source.value else { return };
    for piece in contract.keys.values_mut().flat_map(Recipe::pieces_mut) {
        let Piece::Of { secret, key, .. } = piece else { continue };
        let Some(other) = stack.secrets.get(secret) else { continue };
        let found = other.copied().into_iter().find(|(known, _)| *known == key);
        let place = found.map(|(_, place)| place);
        let joined = DataKey::try_from(format!("{secret}.{key}"));
        if let (Some(place), Ok(joined)) = (place, joined) {
            external.elsewhere.insert(joined, place);
        }
    }
}

/// What to write where no one source makes the text.
fn uncomposed(
    name: &Name,
    text: Option<&(&Sourced<DataKey>, Vec<Piece>)>,
    why: Uncomposed,
) -> Diagnostic {
    let why = match why {
        Uncomposed::Sealed => "a SealedSecret is decrypted as it is: nothing composes its values",
        Uncomposed::Several => "they do not all come from one source, so nothing can compose them",
    };
    let key = text.map_or("file", |(key, _)| &**key);
    Diagnostic::error(Code::Conflict, format!("config `{name}` can not hold these secrets"))
        .note(why)
        .help(format!(
            "keep the whole text under a key of one Secret, `secrets.{name}.keys = [\"{key}\"]`, and mount that: \
             `mounts.\"/etc/{name}\" = {{ secret = \"{name}\" }}`"
        ))
}
