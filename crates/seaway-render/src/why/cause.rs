//! Where a value comes from.

use seaway_core::resolve::said::{KeyPath, Keys};
use seaway_core::{Origin, Source, Span, TextKind};
use serde::Serialize;

use super::conceal::Conceal;
use super::{LayerSays, Shown};
use crate::Object;
use crate::environment::WrittenAt;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// What set it.
    #[serde(rename = "type")]
    pub kind: CauseKind,
    /// The part around the field that comes from there as a whole; null if it is known of the field itself, empty if only
    /// the object as a whole is known.
    pub part: Option<String>,
    /// Where that was written; null for a default.
    pub place: Option<WrittenAt>,
    /// The key that is written there.
    pub key: Option<String>,
    /// Name of the default.
    pub reason: Option<&'static str>,
    /// Why the default is so.
    pub why: Option<&'static str>,
    /// Where that is known from.
    pub source: Option<&'static str>,
}

/// What can set a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CauseKind {
    /// A line of the stack.
    Stack,
    /// A type that Seaway ships.
    Type,
    /// A patch of the stack.
    Patch,
    /// An object of the stack's own.
    Object,
    /// A default of Seaway.
    Default,
}

/// A cause, with the place and the key that layers are asked for.
pub(super) struct Found {
    pub(super) cause: Cause,
    written: Option<(Span, KeyPath)>,
}

/// What the causes of an object are found by.
pub(super) struct Causes<'a> {
    pub(super) source: &'a Source,
    pub(super) keys: &'a Keys<'a>,
    pub(super) object: &'a Object,
}

impl Causes<'_> {
    /// Where the object as a whole comes from.
    pub(super) fn of_object(&self) -> Cause {
        self.found(self.object.origins.object()).cause
    }

    /// Where a field comes from.
    pub(super) fn of(&self, path: &str) -> Found {
        let nearest = self.object.origins.nearest(path);
        let (part, origin) = nearest.unwrap_or(("", self.object.origins.object()));
        let mut found = self.found(origin);
        found.cause.part = (part != path).then(|| part.to_owned());
        found
    }

    /// What was written at a place.
    pub(super) fn written(&self, place: Span) -> Found {
        self.found(Origin::Stack(place))
    }

    fn found(&self, origin: Origin) -> Found {
        let nobody = Cause {
            kind: CauseKind::Default,
            part: None,
            place: None,
            key: None,
            reason: None,
            why: None,
            source: None,
        };
        match origin {
            Origin::Default(reason) => {
                let reasoned = Cause {
                    reason: Some(reason.name),
                    why: Some(reason.why),
                    source: Some(reason.source),
                    ..nobody
                };
                Found { cause: reasoned, written: None }
            }
            Origin::Stack(span) => {
                let key = self.keys.at(span);
                let kind = match key.and_then(KeyPath::first) {
                    _ if self.source.text_at(span.start).kind == TextKind::Shipped => {
                        CauseKind::Type
                    }
                    Some("patches") => CauseKind::Patch,
                    Some("objects") => CauseKind::Object,
                    _ => CauseKind::Stack,
                };
                let place = Some(WrittenAt::of(self.source, span));
                let written = key.map(|key| (span, key.clone()));
                let key = key.map(ToString::to_string);
                Found { cause: Cause { kind, place, key, ..nobody }, written }
            }
        }
    }

    /// What each layer says for the key that a field comes from.
    pub(super) fn layers(&self, found: &Found, conceal: &Conceal<'_>) -> Vec<LayerSays> {
        let Some((origin, key)) = &found.written else { return Vec::new() };
        let component = self.object.component.as_ref().map(|name| &*name.value);
        let says = self.keys.said(key, component, *origin).into_iter().map(|said| {
            let name = said.key.last().unwrap_or_default();
            let value = said.value.as_ref().map(|value| conceal.written(name, value));
            LayerSays {
                layer: said.layer,
                key: said.key.to_string(),
                place: WrittenAt::of(self.source, said.place),
                removes: value.is_none(),
                value: value.unwrap_or(Shown { value: None, hidden: false }),
                wins: said.wins,
            }
        });
        says.collect()
    }
}
