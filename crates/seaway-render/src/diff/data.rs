//! The data that lies somewhere else in the second stage, or nowhere.

use seaway_core::Stack;
use seaway_core::options::{CeleryRole, Provides, Role, S3};
use seaway_core::stack::Part;

use super::{Data, Kept, Task};
use crate::against::lost::{holds_data, is_mounted};
use crate::against::{Revisions, instance};
use crate::{Body, Bundle};

/// A place with data, and the parts of both stages that it belongs to.
#[derive(Debug)]
pub(super) struct Store<'a> {
    pub(super) data: Data,
    /// The backing service of the first stage; `None` for a volume.
    pub(super) from: Option<&'a Part>,
    /// The backing service of the second stage that takes over.
    pub(super) to: Option<&'a Part>,
}

/// Everything of the first stage that does not stay where it is.
pub(super) fn stores<'a>(
    from: &'a Bundle,
    to: &'a Bundle,
    revisions: &Revisions<'_>,
) -> Vec<Store<'a>> {
    let mut found = Vec::new();
    for part in from.stack.parts.values() {
        for what in kept(part) {
            let heir = heir(&from.stack, &to.stack, part, what);
            let was = Place::of(part, what);
            let is = heir.map(|heir| Place::of(heir, what));
            if is.as_ref().is_some_and(|is| was.is_same(is, &from.stack, &to.stack)) {
                continue;
            }
            let data = Data {
                name: part.name.to_string(),
                what,
                was: was.told(),
                task: task(what, is.is_some()),
                is: is.map(|is| is.told()),
            };
            found.push(Store { data, from: Some(part), to: heir });
        }
    }
    found.extend(volumes(from, to, revisions));
    found
}

fn task(what: Kept, has_heir: bool) -> Task {
    match what {
        Kept::Database | Kept::Files if has_heir => Task::Move,
        Kept::Database | Kept::Files => Task::Save,
        Kept::Broker => Task::Drain,
        Kept::Results | Kept::Cache => Task::Drop,
    }
}

/// What a backing service keeps. A pooler stands before a database and keeps nothing.
fn kept(part: &Part) -> Vec<Kept> {
    let is_backing = !part.facts.is_application() && part.facts.pooler.is_none();
    let provided = part.facts.provides.iter().filter(|_| is_backing);
    provided
        .map(|(provides, _)| match provides {
            Provides::Database => Kept::Database,
            Provides::Broker => Kept::Broker,
            Provides::Results => Kept::Results,
            Provides::Cache => Kept::Cache,
        })
        .collect()
}

/// The part of the second stage that takes over: the one of the same name, else the only one that is used alike and
/// that the first stage has not.
fn heir<'a>(from: &Stack, to: &'a Stack, part: &Part, what: Kept) -> Option<&'a Part> {
    let alike = |other: &&Part| kept(other).contains(&what);
    if let Some(same) = to.parts.get(&part.name.value).filter(alike) {
        return Some(same);
    }
    let mut others = to.parts.values().filter(alike);
    let new = others.find(|other| !from.parts.contains_key(&other.name.value));
    new.or_else(|| to.parts.values().find(alike))
}

/// Whether it runs in the cluster.
pub(super) fn is_inside(part: &Part) -> bool {
    part.component.pod().is_some()
}

/// The text of an output.
pub(super) fn output(part: &Part, name: &str) -> Option<String> {
    part.facts.outputs.get(name).cloned()
}

/// Major version of a server in the cluster, where the format of its files follows from it.
pub(super) fn major(part: &Part) -> Option<u32> {
    part.facts.data.as_ref()?.major
}

/// Where data lies.
#[derive(Debug, PartialEq)]
struct Place {
    /// What runs there, for somebody who reads it.
    program: String,
    inside: bool,
    host: String,
    port: String,
    /// Name or number of the database.
    database: String,
    /// Whether it lies on a volume.
    durable: bool,
}

impl Place {
    fn of(service: &Part, what: Kept) -> Self {
        let facts = &service.facts;
        let text = |name| output(service, name).unwrap_or_default();
        let wanted = match what {
            Kept::Broker => Role::Broker,
            Kept::Results => Role::Results,
            Kept::Database | Kept::Files | Kept::Cache => Role::Cache,
        };
        let database = facts.roles.as_ref().map_or_else(
            || text("name"),
            |roles| {
                let number = roles.iter().find(|(role, _)| *role == wanted);
                number.map_or(0, |(_, number)| *number).to_string()
            },
        );
        let data = facts.data.as_ref();
        Self {
            program: data.map_or(facts.type_name, |data| &data.program).to_owned(),
            inside: is_inside(service),
            // Not the name that the cluster may have for it.
            host: data.and_then(|data| data.host.clone()).unwrap_or_else(|| text("host")),
            port: text("port"),
            database,
            durable: data.is_none_or(|data| data.durable),
        }
    }

    /// Whether the data that the one left is what the other finds.
    fn is_same(&self, other: &Self, from: &Stack, to: &Stack) -> bool {
        let stays =
            !self.inside || (from.namespace.value == to.namespace.value && one_cluster(from, to));
        // Of one outside, the same server can be described by components of two types.
        let program = !self.inside || self.program == other.program;
        // What is described as `external` need not say which database it is.
        let unknown = self.database.is_empty() || other.database.is_empty();
        stays
            && program
            && (unknown || self.database == other.database)
            && (self.inside, &self.host, &self.port, self.durable)
                == (other.inside, &other.host, &other.port, other.durable)
    }

    fn told(&self) -> String {
        if !self.inside {
            return format!("{} {}:{}", self.program, self.host, self.port);
        }
        let volume = if self.durable {
            format!(", PersistentVolumeClaim/{}-data", self.host)
        } else {
            String::new()
        };
        format!("{} in the cluster{volume}", self.program)
    }
}

/// Whether both stages lie in one cluster as far as the stack says it.
pub(super) fn one_cluster(from: &Stack, to: &Stack) -> bool {
    let name = |stack: &Stack| stack.cluster.name.as_ref().map(ToString::to_string);
    name(from) == name(to)
}

/// Volumes of the first stage that the second one has not, or has in another cluster. Those of backing services are
/// told with them, and what beat writes down it makes anew.
fn volumes<'a>(from: &'a Bundle, to: &'a Bundle, revisions: &Revisions<'_>) -> Vec<Store<'a>> {
    let mut found = Vec::new();
    for (id, tree) in &revisions.old {
        let (group, kind, (around, name)) = *id;
        let is_claim = group.is_empty() && kind == "PersistentVolumeClaim";
        if !(is_claim || kind == "StatefulSet") {
            continue;
        }
        let Some(object) = tree.node().filter(|object| holds_data(*id, object)) else { continue };
        let owner = instance(object).and_then(|name| from.stack.part_of_object(name));
        let is_told = owner.is_some_and(|part| {
            !kept(part).is_empty() || part.facts.celery == Some(CeleryRole::Beat)
        });
        let stays = revisions.new.contains_key(id) || (is_claim && is_mounted(revisions, *id));
        let same_cluster = one_cluster(&from.stack, &to.stack);
        if is_told || (stays && same_cluster) {
            continue;
        }
        let bucket = bucket(&from.stack, &to.stack);
        let again = (around == &**from.stack.namespace && is_claim)
            .then(|| claim_again(to, name))
            .flatten();
        let is = match (again, bucket) {
            (Some(claim), _) => Some(claim),
            (None, Some(part)) => Some(format!(
                "s3 {}",
                output(part, "bucket").unwrap_or_else(|| part.name.to_string())
            )),
            (None, None) => None,
        };
        let data = Data {
            name: name.to_owned(),
            what: Kept::Files,
            was: format!("{kind}/{name}"),
            task: task(Kept::Files, is.is_some()),
            is,
        };
        let to = bucket.filter(|_| data.is.as_ref().is_some_and(|is| is.starts_with("s3 ")));
        found.push(Store { data, from: None, to });
    }
    found
}

/// The claim of that name in the second stage, which lies elsewhere.
fn claim_again(to: &Bundle, name: &str) -> Option<String> {
    let mut objects = to.objects.iter();
    let found = objects.find(|object| {
        matches!(object.body, Body::PersistentVolumeClaim(_)) && object.body.name() == name
    })?;
    let namespace = found.body.metadata().namespace.as_deref().unwrap_or_default();
    Some(format!("{} in namespace {namespace} of the other cluster", found.id()))
}

/// The bucket that the second stage has and the first has not, if it is the only one.
fn bucket<'a>(from: &Stack, to: &'a Stack) -> Option<&'a Part> {
    let mut buckets = to.parts.values().filter(|part| {
        part.component.options::<S3>().is_some() && !from.parts.contains_key(&part.name.value)
    });
    buckets.next().filter(|_| buckets.next().is_none())
}
