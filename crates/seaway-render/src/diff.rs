//! Two stages → what the second gained, lost and rewired against the first, and the steps from the one to the other.
//!
//! `kubectl apply` makes what is new and changes what is there. It deletes nothing and moves no data: what it leaves to a
//! person is written out here, in the order in which it is safe. No value of a Secret is ever part of it.

mod objects;
mod variables;
mod ways;
mod secrets;
mod data;
mod mover;
mod steps;

use seaway_core::options::Profile;
use seaway_core::shell::Command;
use seaway_core::{Document, Stack};
use serde::Serialize;

use crate::Bundle;
use crate::against::Revisions;
pub use crate::fields::FieldChange;
pub(crate) use ways::{DNS, Ends, ways as open_ways, ways_of};

/// What became of a thing on the way from one stage to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Only the second stage has it.
    Gained,
    /// Both have it, and it differs.
    Changed,
    /// Only the first stage has it.
    Lost,
}

/// All that differs between two stages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The stage that is compared against.
    pub from: Side,
    /// The stage that is looked at.
    pub to: Side,
    /// Components by name.
    pub components: Vec<ComponentChange>,
    /// Kubernetes objects in the order of kind and name.
    pub objects: Vec<ObjectChange>,
    /// Environment variables of the processes that both stages have.
    pub variables: Vec<VariableChange>,
    /// Ways through the network policies.
    pub ways: Vec<Way>,
    /// Secrets by their name in the cluster.
    pub secrets: Vec<SecretChange>,
    /// Data that lies somewhere else, or nowhere, in the second stage.
    pub data: Vec<Data>,
    /// What to do, in this order. Empty if a plain `kubectl apply` does it all.
    pub steps: Vec<Step>,
}

/// One of the two stages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Side {
    /// Its name.
    pub stage: String,
    /// Its profile.
    pub profile: Profile,
    /// The namespace of its objects.
    pub namespace: String,
    /// The name of its cluster, if the stack says one.
    pub cluster: Option<String>,
}

/// A component that differs by its type, or that one of the stages has not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ComponentChange {
    /// Its name.
    pub name: String,
    /// What became of it.
    pub change: Change,
    /// Its type in the first stage.
    pub was: Option<String>,
    /// Its type in the second stage.
    pub is: Option<String>,
}

/// An object that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObjectChange {
    /// Its API group; empty for the core group.
    pub group: String,
    /// Its kind.
    pub kind: String,
    /// Its name in the second stage, or in the first if the second has it not.
    pub name: String,
    /// What became of it.
    pub change: Change,
    /// Whether its pods are replaced.
    pub replaces_pods: bool,
    /// What differs in it; empty unless both stages have it.
    pub fields: Vec<FieldChange>,
}

/// A variable that differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct VariableChange {
    /// Its name; `*` stands for all keys of a Secret or a config.
    pub name: String,
    /// What became of it.
    pub change: Change,
    /// Where its value came from: a text, or the key of a Secret or a config.
    pub was: Option<String>,
    /// Where its value comes from.
    pub is: Option<String>,
    /// The processes in which it differs like this.
    pub processes: Vec<String>,
}

/// A way that is opened or closed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Way {
    /// Gained or lost.
    pub change: Change,
    /// Who opens connections: a component, a range of addresses, pods by their labels, or `anyone`.
    pub from: String,
    /// Who takes them.
    pub to: String,
    /// Protocol and port, `TCP 5432`; `any port` if all are open.
    pub port: String,
}

/// A Secret that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecretChange {
    /// Its name in the cluster.
    pub name: String,
    /// What became of it.
    pub change: Change,
    /// Who made it.
    pub was: Option<Maker>,
    /// Who makes it.
    pub is: Option<Maker>,
    /// Its keys that differ, or all of them if one of the stages has it not.
    pub keys: Vec<KeyChange>,
    /// Whether somebody has to make it, or to replace its values, before the second stage is applied.
    pub to_make: bool,
}

/// Who makes a Secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Maker {
    /// It is there before the stage is applied.
    You,
    /// It is printed with throw-away values.
    Seaway,
    /// A controller in the cluster makes it of another object of the stage.
    Controller,
}

/// A key of a Secret that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyChange {
    /// The key.
    pub key: String,
    /// What became of it.
    pub change: Change,
    /// What its value was made of, where that is known: `postgres://shop:${password}@db:5432/shop`.
    pub was: Option<String>,
    /// What its value is made of.
    pub is: Option<String>,
}

/// Data that the second stage keeps somewhere else, or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Data {
    /// The component or the claim that has it in the first stage.
    pub name: String,
    /// What it is.
    pub what: Kept,
    /// Where it lies.
    pub was: String,
    /// Where it is to lie; null if nothing in the second stage takes it.
    pub is: Option<String>,
    /// What has to be done with it.
    pub task: Task,
}

/// What kind of data there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kept {
    /// The rows of a database.
    Database,
    /// Tasks that wait in a broker.
    Broker,
    /// Results of tasks.
    Results,
    /// Entries of a cache.
    Cache,
    /// Files of a volume.
    Files,
}

/// What has to be done with data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// It is copied over.
    Move,
    /// It is put aside, since nothing takes it.
    Save,
    /// It is used up before the switch.
    Drain,
    /// It may go.
    Drop,
}

/// A step by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What it does.
    pub title: String,
    /// Why, and what to look at; empty if the title says all.
    pub notes: Vec<String>,
    /// Commands of a shell.
    pub commands: Vec<Command>,
}

/// Compares two stages of one stack.
///
/// `path` is what the stack is called on a command line; it is only used in the commands of the steps. Both stages have
/// compiled without an error. Pure, as all of this crate.
pub fn diff(document: &Document, path: &Command, from: &Bundle, to: &Bundle) -> Difference {
    let stage = &to.stack.stage;
    let revisions = Revisions::between(Some(document), stage, &from.objects, &to.objects);
    let secrets = secrets::changes(from, to);
    let stores = data::stores(from, to, &revisions);
    Difference {
        from: side(from),
        to: side(to),
        components: components(&from.stack, &to.stack),
        objects: objects::changes(from, to),
        variables: variables::changes(from, to),
        ways: ways::changes(from, to),
        steps: steps::steps(path, from, to, &revisions, &secrets, &stores),
        data: stores.into_iter().map(|store| store.data).collect(),
        secrets,
    }
}

/// The steps from one bundle to another, and nothing else of their difference.
pub(crate) fn steps_between(
    path: &Command,
    from: &Bundle,
    to: &Bundle,
    revisions: &Revisions<'_>,
) -> Vec<Step> {
    let secrets = secrets::changes(from, to);
    let stores = data::stores(from, to, revisions);
    steps::steps(path, from, to, revisions, &secrets, &stores)
}

impl Difference {
    /// Whether the stages are the same but for their names and profiles.
    pub fn is_empty(&self) -> bool {
        let Self { components, objects, variables, ways, secrets, data, .. } = self;
        components.is_empty()
            && objects.is_empty()
            && variables.is_empty()
            && ways.is_empty()
            && secrets.is_empty()
            && data.is_empty()
    }
}

fn side(stage: &Bundle) -> Side {
    Side {
        stage: stage.stack.stage.to_string(),
        profile: stage.stack.profile.value,
        namespace: stage.stack.namespace.to_string(),
        cluster: stage.stack.cluster.name.as_ref().map(ToString::to_string),
    }
}

/// What became of a thing by what it was and what it is; `None` if it is as it was.
fn changed<T: PartialEq>(was: Option<&T>, is: Option<&T>) -> Option<Change> {
    match (was, is) {
        (None, Some(_)) => Some(Change::Gained),
        (Some(_), None) => Some(Change::Lost),
        (Some(was), Some(is)) if was != is => Some(Change::Changed),
        _ => None,
    }
}

fn components(from: &Stack, to: &Stack) -> Vec<ComponentChange> {
    let names: std::collections::BTreeSet<_> = from.parts.keys().chain(to.parts.keys()).collect();
    let of =
        |stack: &Stack, name| stack.parts.get(name).map(|part| part.facts.type_name.to_owned());
    let compared = names.into_iter().filter_map(|name| {
        let (was, is) = (of(from, name), of(to, name));
        let change = changed(was.as_ref(), is.as_ref())?;
        Some(ComponentChange { name: name.to_string(), change, was, is })
    });
    compared.collect()
}
