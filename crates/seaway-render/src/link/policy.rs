//! What the language's own rules do not see: the same judgements ([`seaway_core::policy`]) of patches and of objects of the
//! user's own, and what only the objects together show.
//!
//! A command, an image and a variable that a component says in the stack's own words were judged there.

mod broker;
mod commands;
mod public;
mod images;
mod once;
mod snippets;
mod values;

use k8s_openapi::api::core::v1::Container;
use seaway_core::options;
use seaway_core::stack::Part;
use seaway_core::{Code, Diagnostic, Severity};

use super::Check;
use super::index::{Index, fault};
use crate::Object;

pub(super) const CHECKS: &[Check] = &[
    Check { code: Code::UnpinnedImage, run: images::check },
    Check { code: Code::UnsafeCommand, run: commands::check },
    Check { code: Code::SecretLiteral, run: values::check },
    Check { code: Code::RunsTwice, run: once::check },
    Check { code: Code::PublicWithoutAuth, run: public::check },
    Check { code: Code::SharedRedisDatabase, run: broker::check },
    Check { code: Code::UnsafeSetting, run: snippets::check },
];

/// The component that an object belongs to.
fn part_of<'a>(index: &Index<'a>, object: &Object) -> Option<&'a Part> {
    index.stack.parts.get(&object.component.as_ref()?.value)
}

/// A judgement at a place of an object.
fn told(
    judgement: &seaway_core::policy::Judgement,
    object: &Object,
    path: impl std::fmt::Display,
) -> Diagnostic {
    let mut diagnostic = fault(judgement.code, object, path, judgement.message.clone());
    if judgement.severity == Severity::Warning {
        diagnostic.severity = Severity::Warning;
    }
    if let Some(first) = diagnostic.labels.first_mut()
        && first.text.is_empty()
    {
        judgement.label.clone_into(&mut first.text);
    }
    if let Some(subject) = &judgement.subject {
        diagnostic = diagnostic.subject(subject.as_str());
    }
    diagnostic.help(judgement.help.clone())
}

/// A sidecar or init container of a component as the stack has it.
fn written<'a>(part: &'a Part, container: &Container) -> Option<&'a options::Container> {
    part.containers().map(|one| &one.value).find(|one| *one.name.value == *container.name)
}
