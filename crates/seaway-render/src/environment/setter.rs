//! Who set a variable.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{Container, EnvVar};
use seaway_core::{Node, Origin, Source, Span, TextKind, Value, stack};
use serde::Serialize;

use crate::object::{PathBuf, nearest_in};
use crate::{Bundle, Object};

/// Who set a variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SetBy {
    /// What set it.
    #[serde(rename = "type")]
    pub kind: SetterKind,
    /// Where in the stack that was written; null if nobody wrote it.
    pub place: Option<WrittenAt>,
    /// The component whose output it is bound to.
    pub component: Option<String>,
    /// The usual name of the variable of the preset, which `bind` may change.
    pub preset: Option<&'static str>,
    /// Name of the default.
    pub reason: Option<&'static str>,
    /// Why the default is so.
    pub why: Option<&'static str>,
}

/// What set a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SetterKind {
    /// A line of the stack.
    Stack,
    /// A type that Seaway ships.
    Type,
    /// The preset, with an output of a component.
    Binding,
    /// The preset, by what a line of the stack says about something else.
    Preset,
    /// A default of Seaway.
    Default,
    /// A patch of the stack.
    Patch,
    /// An object of the stack's own.
    Object,
}

/// A place in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WrittenAt {
    /// Name of the text: a file, `--set KEY` for a value of the command line, or `<seaway>/…` for a part of Seaway.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in Unicode scalar values, from 1.
    pub column: usize,
}

impl WrittenAt {
    /// Where a place begins.
    pub fn of(source: &Source, place: Span) -> Self {
        let text = source.text_at(place.start);
        let position = text.position(place.start);
        Self { file: text.name.to_string(), line: position.line, column: position.column }
    }
}

/// What the setters of a stage are found by.
pub(super) struct Setters<'a> {
    bundle: &'a Bundle,
    source: &'a Source,
    /// The places of all that patches merge in.
    patches: BTreeSet<Span>,
}

/// Who sets the variables of one container.
pub(super) struct Setter<'a> {
    all: &'a Setters<'a>,
    object: &'a Object,
    /// Where the parts of the object come from.
    parts: &'a BTreeMap<PathBuf, Origin>,
    /// The variables that the stack gives the container.
    given: &'a [stack::Variable],
}

impl<'a> Setters<'a> {
    pub(super) fn of(bundle: &'a Bundle, source: &'a Source) -> Self {
        let mut patches = BTreeSet::new();
        for merged in bundle.stack.patches.iter().filter_map(|patch| patch.merge.as_ref()) {
            places(merged, &mut patches);
        }
        Self { bundle, source, patches }
    }

    pub(super) fn container(
        &'a self,
        object: &'a Object,
        container: &Container,
        parts: &'a BTreeMap<PathBuf, Origin>,
    ) -> Setter<'a> {
        let part = object.component.as_ref().and_then(|name| self.bundle.stack.part(name));
        let given = part.map_or(&[][..], |part| {
            let mut own = part.container_env.iter();
            let own = own.find(|(name, _)| ***name == *container.name);
            own.map_or(&part.env, |(_, own)| own)
        });
        Setter { all: self, object, parts, given }
    }
}

/// The places of a tree.
fn places(node: &Node, found: &mut BTreeSet<Span>) {
    found.insert(node.span);
    match &node.value {
        Value::Table(table) => table.values().for_each(|value| places(value, found)),
        Value::Array(items) => items.iter().for_each(|item| places(item, found)),
        _ => {}
    }
}

impl Setter<'_> {
    /// Who set a variable of `env`.
    pub(super) fn of_variable(&self, path: &str, variable: &EnvVar) -> SetBy {
        let origin = self.origin(&format!("{path}.{}", last_field(variable)));
        let mut given = self.given.iter();
        // What a patch says under the same name has another origin.
        let given =
            given.find(|given| *given.name == *variable.name && given.value.origin == origin);
        let bound = given.and_then(|given| given.bound.as_ref());
        let component = bound.and_then(|bound| bound.component.as_ref());
        let mut set_by = self.by(origin);
        set_by.preset = bound.map(|bound| bound.usual);
        if let Some(component) = component {
            set_by.kind = SetterKind::Binding;
            set_by.component = Some(component.to_string());
        } else if bound.is_some() && set_by.place.is_some() {
            set_by.kind = SetterKind::Preset;
        }
        set_by
    }

    /// Who set a source of `envFrom`.
    pub(super) fn of_source(&self, path: &str) -> SetBy {
        self.by(self.origin(path))
    }

    /// The origin of a part: its own, or that of the nearest part around it.
    fn origin(&self, path: &str) -> Origin {
        nearest_in(path, |around| self.parts.get(around).copied())
            .map_or_else(|| self.object.origins.object(), |(_, origin)| origin)
    }

    fn by(&self, origin: Origin) -> SetBy {
        let nobody = SetBy {
            kind: SetterKind::Default,
            place: None,
            component: None,
            preset: None,
            reason: None,
            why: None,
        };
        match origin {
            Origin::Default(reason) => {
                SetBy { reason: Some(reason.name), why: Some(reason.why), ..nobody }
            }
            Origin::Stack(span) => {
                let kind = if self.all.patches.contains(&span) {
                    SetterKind::Patch
                } else if self.object.is_own {
                    SetterKind::Object
                } else if self.all.source.text_at(span.start).kind == TextKind::Shipped {
                    SetterKind::Type
                } else {
                    SetterKind::Stack
                };
                SetBy { kind, place: Some(WrittenAt::of(self.all.source, span)), ..nobody }
            }
        }
    }
}

/// The innermost field of a variable that says what it holds.
fn last_field(variable: &EnvVar) -> &'static str {
    let Some(from) = &variable.value_from else { return "value" };
    if from.secret_key_ref.is_some() {
        "valueFrom.secretKeyRef.key"
    } else if from.config_map_key_ref.is_some() {
        "valueFrom.configMapKeyRef.key"
    } else if from.field_ref.is_some() {
        "valueFrom.fieldRef.fieldPath"
    } else if from.resource_field_ref.is_some() {
        "valueFrom.resourceFieldRef.resource"
    } else {
        "valueFrom"
    }
}
