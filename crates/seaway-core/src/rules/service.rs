//! What a `service` says of itself.

use std::collections::BTreeMap;

use crate::declared::Declared;
use crate::options::{Facts, Service};
use crate::stack::Part;
use crate::values::Part as Word;
use crate::{Code, Diagnostic, Sink, Stack, suggest};

pub(super) fn check(declared: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for part in stack.parts.values() {
        let Some(service) = part.component.options::<Service>() else { continue };
        if part.shared.image.is_none() && !declared.at_fault(["components", &**part.name, "image"])
        {
            sink.report(
                Diagnostic::error(Code::MissingField, format!("`{}` has no image", part.name))
                    .label(part.span(), "inherits none")
                    .help("add `image = \"registry/repository:tag\"`"),
            );
        }
        stored(part, service, sink);
        claims(&part.facts, sink);
        outputs(declared, part, service, sink);
    }
}

/// A volume that one pod mounts is no data of several.
fn stored(part: &Part, service: &Service, sink: &mut Sink) {
    let Some((path, _)) = service.storage.iter().next() else { return };
    let several = service.replicas.filter(|replicas| replicas.value > 1).map(|one| one.origin);
    let several = several.or_else(|| service.autoscale.as_ref().map(|scale| scale.origin));
    if let Some(several) = several {
        sink.report(
            Diagnostic::error(
                Code::Conflict,
                format!("`{}` has `storage`, which one pod mounts, and several pods", part.name),
            )
            .origin(several, "several pods")
            .origin(path.origin, "a volume of one pod")
            .help("leave `replicas` and `autoscale` out, or keep the data in a volume of `[volumes]` that all nodes mount"),
        );
    }
}

/// Two paths whose claims would have one name.
fn claims(facts: &Facts, sink: &mut Sink) {
    let mut seen = BTreeMap::new();
    for claim in &facts.storage {
        if let Some(first) = seen.insert(&claim.name, claim.path.origin) {
            sink.report(
                Diagnostic::error(
                    Code::Conflict,
                    format!("two paths of `storage` have one claim, `{}`", claim.name),
                )
                .origin(claim.path.origin, "")
                .origin(first, "the first one")
                .help("mount one volume at the folder above both"),
            );
        }
    }
}

/// What its outputs are made of.
fn outputs(declared: &Declared<'_>, part: &Part, service: &Service, sink: &mut Sink) {
    let at_fault = ["port", "ports", "keys"]
        .iter()
        .any(|key| declared.at_fault(["components", &**part.name, key]));
    for (name, template) in &service.outputs {
        if service.keys.iter().any(|key| key.value == name.value) {
            sink.report(
                Diagnostic::error(Code::Conflict, format!("`{name}` is an output and a key"))
                    .origin(name.origin, "")
                    .help("each of `keys` is an output already: leave this one out"),
            );
        }
        let place = template.origin.span().unwrap_or_default();
        for word in &template.parts {
            let span = |offset: usize, text: &str| declared.source.inside(place, offset, text);
            match word {
                Word::Text(_) => {}
                Word::Malformed { text, offset } => sink.report(
                    Diagnostic::error(Code::BadReference, format!("`{text}` is not a reference"))
                        .label(span(*offset, text), "")
                        .help("write `${self.host}`, or `$${` for a literal `${`"),
                ),
                Word::Reference(reference, offset) => {
                    if at_fault || service.own((&part.name, &part.object), reference).is_some() {
                        continue;
                    }
                    let words = service.own_words();
                    let known = words.iter().map(String::as_str);
                    let fault = format!("an output of `{}` can not have `{reference}`", part.name);
                    sink.report(
                        Diagnostic::error(Code::UnknownOutput, fault)
                            .label(span(*offset, &reference.to_string()), "made of its own alone")
                            .help_maybe(suggest::nearest_or_all(&reference.path, known)),
                    );
                }
            }
        }
    }
}
