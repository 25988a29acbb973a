//! The Secrets that have to be made, and those that can go.

use std::collections::{BTreeMap, BTreeSet};

use seaway_core::stack::{Contract, Piece, Recipe};

use super::{Change, KeyChange, Maker, SecretChange, changed};
use crate::Bundle;

pub(super) fn changes(from: &Bundle, to: &Bundle) -> Vec<SecretChange> {
    let (old, new) = (contracts(from), contracts(to));
    let names: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    let compared = names.into_iter().filter_map(|name| {
        let (was, is) = (old.get(name), new.get(name));
        let keys = key_changes(was.copied(), is.copied());
        let (made, makes) = (was.map(|_| maker(from, name)), is.map(|_| maker(to, name)));
        let change = match changed(made.as_ref(), makes.as_ref()) {
            None if keys.is_empty() => return None,
            change => change.unwrap_or(Change::Changed),
        };
        let has_news = made != makes || keys.iter().any(|key| key.change != Change::Lost);
        let to_make = makes == Some(Maker::You) && has_news;
        Some(SecretChange { name: name.to_owned(), change, was: made, is: makes, keys, to_make })
    });
    compared.collect()
}

fn contracts(stage: &Bundle) -> BTreeMap<&str, &Contract> {
    let all = stage.stack.secrets.values();
    all.map(|contract| (&**contract.name, contract)).collect()
}

/// Who makes a Secret: what is in the bundle says it.
fn maker(stage: &Bundle, name: &str) -> Maker {
    let mut found = Maker::You;
    for object in &stage.objects {
        match object.body.kind() {
            "Secret" if object.body.name() == name => return Maker::Seaway,
            "ExternalSecret" | "SealedSecret" if object.body.name() == name => {
                found = Maker::Controller;
            }
            _ => {}
        }
    }
    found
}

fn key_changes(was: Option<&Contract>, is: Option<&Contract>) -> Vec<KeyChange> {
    let recipes = |contract: Option<&Contract>| -> BTreeMap<String, Option<String>> {
        let keys = contract.into_iter().flat_map(|contract| &contract.keys);
        keys.map(|(key, recipe)| (key.to_string(), composed(recipe))).collect()
    };
    let (old, new) = (recipes(was), recipes(is));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let compared = names.into_iter().filter_map(|key| {
        let (was, is) = (old.get(key), new.get(key));
        let change = changed(was, is)?;
        let of = |recipe: Option<&Option<String>>| recipe.cloned().flatten();
        Some(KeyChange { key: key.clone(), change, was: of(was), is: of(is) })
    });
    compared.collect()
}

/// What a value is made of, without any value in it.
fn composed(recipe: &Recipe) -> Option<String> {
    let Recipe::Composed(pieces) = recipe else { return None };
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Key(key) => format!("${{{key}}}"),
        Piece::Of { secret, key, .. } => format!("${{{secret}.{key}}}"),
        Piece::Opaque => "…".to_owned(),
    };
    Some(pieces.iter().map(piece).collect())
}
