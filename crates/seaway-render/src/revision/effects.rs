//! What a cause changes, folded: fields that differ alike in several objects and containers are one effect.

use std::collections::BTreeMap;

use super::attribute::Causes;
use super::{Effect, pairs::Pair};
use crate::diff::Change;
use crate::fields::FieldChange;

/// The effects of one object, each with its cause.
pub(super) fn effects(pair: &Pair<'_>, causes: &Causes<'_>) -> Vec<(usize, Effect)> {
    let of_object = |at| {
        let effect = Effect {
            change: pair.change(),
            field: String::new(),
            was: None,
            is: None,
            objects: vec![pair.id()],
            count: 1,
            follows: false,
        };
        (at, effect)
    };
    if pair.change() != Change::Changed {
        return causes.of_object(pair).map(of_object).into_iter().collect();
    }
    let of_field = |field: &FieldChange| {
        let at = causes.of_field(&pair.key, &field.path)?;
        let effect = Effect {
            change: Change::Changed,
            field: general(&field.path),
            was: field.was.clone(),
            is: field.is.clone(),
            objects: vec![pair.id()],
            count: 1,
            follows: follows(field),
        };
        Some((at, effect))
    };
    pair.fields.iter().filter_map(of_field).collect()
}

/// Puts what differs alike together, in the order of what it is.
pub(super) fn fold(effects: &mut Vec<Effect>) {
    type Alike = (bool, Change, String, Option<String>, Option<String>);
    let mut folded: BTreeMap<Alike, Effect> = BTreeMap::new();
    for effect in effects.drain(..) {
        let alike = (
            effect.follows,
            effect.change,
            effect.field.clone(),
            effect.was.clone(),
            effect.is.clone(),
        );
        match folded.get_mut(&alike) {
            Some(known) => {
                known.count += 1;
                known.objects.extend(effect.objects);
            }
            None => {
                folded.insert(alike, effect);
            }
        }
    }
    effects.extend(folded.into_values());
    for effect in effects {
        effect.objects.sort();
        effect.objects.dedup();
    }
}

const LISTS: [&str; 2] = ["containers[", "initContainers["];
const TEMPLATES: [&str; 2] = ["spec.jobTemplate.spec.template.", "spec.template."];

/// A path without what only says which container, and which pod template, it is in.
fn general(path: &str) -> String {
    let of_container = LISTS.iter().find_map(|list| {
        let (_, rest) = path.split_once(list)?;
        let (_, field) = rest.split_once("].")?;
        Some(field)
    });
    let shown = of_container.unwrap_or(path);
    let shown = TEMPLATES.iter().find_map(|template| shown.strip_prefix(template)).unwrap_or(shown);
    shown.to_owned()
}

/// Whether a field differs because of another one: it says a hash of what is shown by itself, or the version of an image.
fn follows(field: &FieldChange) -> bool {
    let is_version = field.path.ends_with("labels.app.kubernetes.io/version");
    field.is_checksum() || is_version || ends_in_another_hash(field)
}

/// Whether both values are one name with another hash.
fn ends_in_another_hash(field: &FieldChange) -> bool {
    let stem = |value: &Option<String>| {
        let (stem, hash) = value.as_deref()?.rsplit_once('-')?;
        let is_hash = hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hash.then(|| stem.to_owned())
    };
    stem(&field.was).is_some_and(|was| stem(&field.is).is_some_and(|is| was == is))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_shown_without_its_container_and_template() {
        for (path, shown) in [
            ("spec.template.spec.containers[web].image", "image"),
            (
                "spec.jobTemplate.spec.template.spec.initContainers[wait].env[A].value",
                "env[A].value",
            ),
            (
                "spec.template.spec.terminationGracePeriodSeconds",
                "spec.terminationGracePeriodSeconds",
            ),
            ("spec.template.spec.containers[web]", "spec.containers[web]"),
            ("spec.replicas", "spec.replicas"),
        ] {
            assert_eq!(general(path), shown);
        }
    }

    #[test]
    fn a_name_with_another_hash_follows_from_its_content() {
        let field = |was: &str, is: &str| FieldChange {
            path: "metadata.name".to_owned(),
            was: Some(was.to_owned()),
            is: Some(is.to_owned()),
        };
        assert!(follows(&field("nginx-0a1b2c3d", "nginx-ffffffff")));
        assert!(!follows(&field("nginx-0a1b2c3d", "other-ffffffff")));
        assert!(!follows(&field("nginx", "other")));
    }
}
