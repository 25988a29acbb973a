//! Where the fields of an object come from: the line of the stack and what each layer says there, or a default with its
//! reason, and what the passes made of it on the way.
//!
//! The passes are functions over the objects, so what each does to a field is what differs before and after it. No value of
//! a Secret is in it, nor a text that looks like one.

mod ask;
mod cause;
mod conceal;
mod field;
mod history;
mod lines;

use seaway_core::resolve::said::Keys;
use seaway_core::{Document, Node, Reported, Source, Span, suggest};
use serde::Serialize;

use crate::environment::{Holders, WrittenAt};
use crate::object::namespace;
use crate::tree::to_node;
use crate::{Bundle, Object};
use cause::Causes;
use conceal::Conceal;
use field::Miss;

pub use crate::passes::Pass;
pub use cause::{Cause, CauseKind};
pub use history::History;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Question {
    /// Kind and name as kubectl prints them: `Deployment/web`, `deployments.apps/web`.
    pub object: String,
    /// The field, as messages print it; without it all fields.
    pub field: Option<String>,
    /// The namespace of the object, where its name does not say which one it is.
    pub namespace: Option<String>,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum NoAnswer {
    /// The stage has errors, which are reported.
    Stage(Reported),
    /// The stage has no such object, or the object no such field.
    Unknown {
        /// A lower-case phrase.
        message: String,
        /// Facts that explain it.
        notes: Vec<String>,
        /// What to ask instead.
        help: Option<String>,
    },
}

impl From<Reported> for NoAnswer {
    fn from(reported: Reported) -> Self {
        Self::Stage(reported)
    }
}

impl NoAnswer {
    fn unknown(message: impl Into<String>, help: Option<String>) -> Self {
        Self::Unknown { message: message.into(), notes: Vec::new(), help }
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Why {
    /// The stage.
    pub stage: String,
    /// Kind of the object.
    pub kind: String,
    /// Name of the object.
    pub name: String,
    /// Its namespace; null if it lies in none.
    pub namespace: Option<String>,
    /// The component that it belongs to; null if it belongs to the stack as a whole.
    pub component: Option<String>,
    /// Where the object as a whole comes from.
    pub origin: Cause,
    /// The field that was asked for.
    pub field: Option<Field>,
    /// The object as it is rendered, if no field was asked for; values of Secrets are replaced.
    pub yaml: Option<String>,
    /// Its fields in the order of their lines, if no field was asked for.
    pub fields: Option<Vec<Line>>,
}

/// A field, and all that is known of its value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Field {
    /// Its path, as messages print it.
    pub path: String,
    /// What it holds; nothing if it was removed on the way.
    #[serde(flatten)]
    pub value: Shown,
    /// Where it comes from, or what removed it.
    pub origin: Cause,
    /// What each layer says for the key of its origin, the lowest first.
    pub layers: Vec<LayerSays>,
    /// The passes that set, changed or removed it.
    pub passes: Vec<Step>,
}

/// A line of the rendered object that holds a value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// Its number in `yaml`, from 1.
    pub line: usize,
    /// Path of the field.
    pub path: String,
    /// What it holds.
    #[serde(flatten)]
    pub value: Shown,
    /// Where it comes from.
    pub origin: Cause,
}

/// A value, unless it must not be shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shown {
    /// The value, or null. What is a secret in it is replaced.
    pub value: Option<Node>,
    /// Whether something in it is not shown.
    pub hidden: bool,
}

/// What a layer of the stage says for a key.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LayerSays {
    /// The layer: `base`, `stage local`, `type rabbitmq`.
    pub layer: String,
    /// The key, or the part around it that the layer removes or replaces.
    pub key: String,
    /// Where it says so.
    pub place: WrittenAt,
    /// What it says; null if it removes the key.
    #[serde(flatten)]
    pub value: Shown,
    /// Whether it removes the key.
    pub removes: bool,
    /// Whether the stage has the value from here.
    pub wins: bool,
}

/// What a pass did to a field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// The pass.
    pub pass: Pass,
    /// What it did.
    pub change: StepChange,
    /// What the field holds afterwards; null if it was removed.
    #[serde(flatten)]
    pub value: Shown,
}

/// What a pass can do to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepChange {
    /// It was not there before.
    Set,
    /// It was another value before.
    Changed,
    /// It was there before.
    Removed,
}

/// Answers a question about the objects of a stage.
pub(crate) fn of(
    source: &Source,
    document: &Document,
    bundle: &Bundle,
    history: &History,
    question: &Question,
) -> Result<Why, NoAnswer> {
    let object = ask::object(bundle, question)?;
    let keys = Keys::of(source, document, &bundle.stack.stage);
    let causes = Causes { source, keys: &keys, object };
    let holders = Holders::of(bundle);
    let conceal = Conceal { object, holders: &holders };
    // What can not be a tree was refused before.
    let tree = to_node(&object.body, Span::default()).unwrap_or_else(conceal::nothing);
    let mut why = Why {
        stage: bundle.stack.stage.to_string(),
        kind: object.body.kind().to_owned(),
        name: object.body.name().to_owned(),
        namespace: Some(namespace(object)).filter(|name| !name.is_empty()).map(str::to_owned),
        component: object.component.as_ref().map(ToString::to_string),
        origin: causes.of_object(),
        field: None,
        yaml: None,
        fields: None,
    };
    if let Some(asked) = &question.field {
        let of = Asked { bundle, history, causes: &causes, conceal: &conceal, tree: &tree };
        why.field = Some(of.field(asked)?);
    } else {
        let (yaml, fields) = lines::of(object, &tree, &causes, &conceal);
        why.yaml = Some(yaml);
        why.fields = Some(fields);
    }
    Ok(why)
}

/// The object that a field is asked of.
struct Asked<'a> {
    bundle: &'a Bundle,
    history: &'a History,
    causes: &'a Causes<'a>,
    conceal: &'a Conceal<'a>,
    tree: &'a Node,
}

impl Asked<'_> {
    fn object(&self) -> &Object {
        self.causes.object
    }

    fn field(&self, asked: &str) -> Result<Field, NoAnswer> {
        let earlier = self.history.of(self.object());
        let (path, value) = match field::find(self.tree, asked) {
            Ok((path, value)) => (path, Some(value)),
            Err(miss) => {
                // A field that an earlier pass made, and a later one took out.
                let found =
                    earlier.iter().rev().find_map(|(_, tree)| field::find(tree, asked).ok());
                (found.ok_or_else(|| self.unknown(asked, &miss))?.0, None)
            }
        };
        let passes = history::steps(&earlier, &path, self.conceal);
        let cause = match value {
            Some(_) => self.causes.of(&path),
            None => self.removal(&path),
        };
        let layers = self.causes.layers(&cause, self.conceal);
        let value = value
            .map_or(Shown { value: None, hidden: false }, |value| self.conceal.value(&path, value));
        Ok(Field { path, value, origin: cause.cause, layers, passes })
    }

    /// What took a field out: the line of a patch, if one names the field or a part around it.
    fn removal(&self, path: &str) -> cause::Found {
        let object = self.object();
        let names = |removed: &str| {
            let rest = path.strip_prefix(removed);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let removals = self.bundle.stack.patches.iter().flat_map(|patch| &patch.remove);
        let mut removals = removals.filter(|removed| names(removed));
        let place = removals.find_map(|removed| {
            removed.span().filter(|place| object.origins.removals().contains(place))
        });
        place.map_or_else(|| self.causes.of(path), |place| self.causes.written(place))
    }

    fn unknown(&self, asked: &str, miss: &Miss) -> NoAnswer {
        let component = self.object().component.as_ref().map(|name| &*name.value);
        let removals = self.causes.keys.removals(&miss.next, component);
        let notes = removals.into_iter().map(|said| {
            let place = WrittenAt::of(self.causes.source, said.place);
            let WrittenAt { file, line, column } = place;
            format!("`{} = false` removes it: {file}:{line}:{column}", said.key)
        });
        NoAnswer::Unknown {
            message: format!("{} has no field `{asked}`", self.object().id()),
            notes: notes.collect(),
            help: field::suggestion(self.tree, miss).or_else(|| {
                suggest::nearest_or_all(&miss.next, miss.known.iter().map(String::as_str))
            }),
        }
    }
}
