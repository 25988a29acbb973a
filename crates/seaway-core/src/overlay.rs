//! Merges a stage onto what it extends.
//!
//! Tables merge key by key; scalars and arrays replace. `false` in a table whose keys are names that the user
//! gave removes the entry. Lists of containers merge by the names of their items ([`containers`]). What changes its `type` starts
//! anew: none of the old options survive, but the roles of a Redis, whoever runs it; what it was stays known as its former
//! self. Of keys that exclude each other, the later
//! layer's wins.

mod containers;

use std::collections::BTreeMap;

use crate::node::Table;
use crate::{Code, Diagnostic, Node, Sink, Sourced, Value, suggest};

/// Tables of the top level that map names which the user gave.
pub(crate) const SECTIONS: &[&str] = &[
    "components",
    "types",
    "secrets",
    "config",
    "volumes",
    "allow",
    "labels",
    "annotations",
    "pod-annotations",
    "node-selector",
    "registry",
];
/// Tables of components that have more entries than those of their own: of the whole stack, of `[app]` or of the preset. A
/// component removes from them too.
pub(crate) const INHERITED: &[&str] = &[
    "env",
    "mounts",
    "labels",
    "annotations",
    "object-annotations",
    "service-annotations",
    "node-selector",
];
/// Those of them that the whole stack has, so that `[app]` and workloads of monitoring remove from them, too.
pub(crate) const EVERYWHERE: &[&str] =
    &["labels", "annotations", "object-annotations", "node-selector"];
/// Tables of `[app]`, of `[cluster]` and of components, at any depth, that map names which the user gave.
pub(crate) const NAMED: &[&str] = &[
    "env",
    "mounts",
    "labels",
    "annotations",
    "object-annotations",
    "service-annotations",
    "node-selector",
    "settings",
    "outputs",
    "ports",
    "storage",
    "allow",
    "receivers",
    "storage-classes",
];
/// Lists of containers, of `[app]` and of components.
pub(crate) const CONTAINERS: &[&str] = &["sidecars", "init-containers"];
/// Keys that say where a variable, mount, volume or certificate comes from: another one is another thing.
const SOURCES: &[&str] =
    &["field", "resource", "secret", "config", "volume", "scratch", "storage", "claim", "file"];
/// Keys of one table that exclude each other.
const EXCLUSIVE: &[[&str; 2]] =
    &[["replicas", "autoscale"], ["path", "command"], ["role", "policies"]];

/// Layers that are merged one onto the other.
#[derive(Debug, Default)]
pub(crate) struct Overlay {
    /// All layers so far in one table.
    pub(crate) table: Table,
    /// What `[app]` and components remove from what they inherit.
    pub(crate) removals: Removals,
    /// The sidecars that each component writes, a list a layer, the lowest first: they go over those that it inherits.
    pub(crate) sidecars: Sidecars,
    /// What components said before they changed their type for the last time.
    pub(crate) former: Table,
}

/// Lists of sidecars by component.
pub(crate) type Sidecars = BTreeMap<String, Vec<Vec<Node>>>;

/// Removals by who removes and by table.
pub(crate) type Removals = BTreeMap<(Owner, String), BTreeMap<Sourced<String>, Removal>>;

/// Who removes entries that it does not have itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner {
    /// `[app]`, from what the whole stack says and from the variables that the preset binds.
    App,
    /// A component, from what it inherits from the whole stack, `[app]` and the preset.
    Component(String),
    /// A workload of a component that is monitoring, from what the whole stack says.
    Workload(String, String),
}

impl Owner {
    /// Whether it is a component or a part of one.
    fn is_of(&self, component: &str) -> bool {
        match self {
            Self::App => false,
            Self::Component(name) | Self::Workload(name, _) => name == component,
        }
    }
}

/// An entry that is removed from what is inherited.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Removal {
    /// Whether a lower layer of the same table had the entry.
    pub(crate) hit: bool,
}

impl Overlay {
    /// Puts one layer, without some of its keys, over all that were there before.
    pub(crate) fn merge(&mut self, layer: &Table, without: &[&str], sink: &mut Sink) {
        let Self { table, removals, sidecars, former } = self;
        let mut merge = Merge { path: Vec::new(), without, removals, sidecars, former, sink };
        merge.tables(table, layer);
    }
}

/// Puts the sidecars that one layer of a component writes over those that it has without them.
pub(crate) fn sidecars<'a>(
    component: &'a str,
    list: &mut Vec<Node>,
    layer: &'a [Node],
    sink: &mut Sink,
) {
    let Overlay { mut removals, mut sidecars, mut former, .. } = Overlay::default();
    let mut merge = Merge {
        path: vec!["components", component, "sidecars"],
        without: &[],
        removals: &mut removals,
        sidecars: &mut sidecars,
        former: &mut former,
        sink,
    };
    merge.containers(list, layer);
}

/// One layer on its way; the path is where both tables lie, from the root of a layer.
struct Merge<'a, 's> {
    path: Vec<&'a str>,
    /// Keys of the root that are no part of the layer.
    without: &'s [&'s str],
    removals: &'s mut Removals,
    sidecars: &'s mut Sidecars,
    former: &'s mut Table,
    sink: &'s mut Sink,
}

impl<'a> Merge<'a, '_> {
    fn tables(&mut self, base: &mut Table, overlay: &'a Table) {
        let named = is_named(&self.path);
        let left_out = if self.path.is_empty() { self.without } else { &[] };
        for (key, value) in overlay {
            if left_out.contains(&key.value.as_str()) {
                continue;
            }
            if named && value.value == Value::Boolean(false) {
                self.remove(base, key, value);
                continue;
            }
            if !named {
                drop_excluded(base, overlay, key);
            }
            self.forget_removal(key);
            self.path.push(key);
            let (key, value) = self.value(base.remove_entry(key), key, value);
            base.insert(key, value);
            self.path.pop();
        }
    }

    /// What an entry becomes; where tables merge, the place of the first one stays.
    fn value(
        &mut self,
        old: Option<(Sourced<String>, Node)>,
        key: &Sourced<String>,
        new: &'a Node,
    ) -> (Sourced<String>, Node) {
        let new_table = match &new.value {
            Value::Table(table) => table,
            Value::Array(items) if is_containers(&self.path) => {
                return self.list(old, key, new, items);
            }
            _ => return (key.clone(), new.clone()),
        };
        let of_component = matches!(*self.path, ["components", _]);
        let old_table = old.as_ref().and_then(|(_, node)| node.as_table());
        let kept = old_table.filter(|_| of_component).and_then(|old| roles_kept(old, new_table));
        if let Some((old_key, Node { value: Value::Table(mut table), span })) = old {
            if !starts_anew(&self.path, &table, new_table) {
                self.tables(&mut table, new_table);
                return (old_key, Node { value: Value::Table(table), span });
            }
            if of_component {
                self.former.remove(old_key.value.as_str());
                self.former.insert(old_key, Node { value: Value::Table(table), span });
            }
        }
        if let ["components", component] = *self.path {
            self.removals.retain(|(removed_by, _), _| !removed_by.is_of(component));
            self.sidecars.remove(component);
        }
        // A table that is new in its layer may still say `false` for a name that it does not have.
        let mut table = Table::new();
        self.tables(&mut table, new_table);
        table.extend(kept);
        (key.clone(), Node { value: Value::Table(table), span: new.span })
    }

    fn remove(&mut self, base: &mut Table, key: &'a Sourced<String>, value: &Node) {
        let hit = base.remove(key).is_some();
        if let Some(place) = inherits(&self.path) {
            let removals = self.removals.entry(place).or_default();
            let hit = hit || removals.get(key).is_some_and(|removal| removal.hit);
            removals.remove(key);
            removals.insert(key.clone(), Removal { hit });
        } else if !hit {
            let place = key.span().unwrap_or(value.span);
            self.sink.report(nothing_to_remove(&self.path, key, place, base.keys()));
        }
        if self.path == ["components"] {
            self.removals.retain(|(removed_by, _), _| !removed_by.is_of(key));
            self.sidecars.remove(&key.value);
            self.former.remove(key.value.as_str());
        }
    }

    /// A later layer sets again what an earlier one removed.
    fn forget_removal(&mut self, key: &str) {
        if let Some(place) = inherits(&self.path)
            && let Some(removals) = self.removals.get_mut(&place)
        {
            removals.remove(key);
        }
    }
}

/// `false` where there is nothing to remove.
pub(crate) fn nothing_to_remove<'k>(
    path: &[&str],
    key: &Sourced<String>,
    place: crate::Span,
    known: impl Iterator<Item = &'k Sourced<String>>,
) -> Diagnostic {
    let what = format!("{}.{key}", path.join("."));
    Diagnostic::error(Code::NothingToRemove, format!("there is no `{what}` to remove"))
        .label(place, "")
        .help_maybe(suggest::nearest_or_all(key, known.map(|key| key.value.as_str())))
}

/// Whether the keys of the table at this path are names that the user gave.
pub(crate) fn is_named(path: &[&str]) -> bool {
    match path {
        [section] => SECTIONS.contains(section),
        ["config", _] => true,
        ["app" | "cluster", options @ ..] | ["components", _, options @ ..] => {
            // The name of a container is no key.
            let options = match options {
                [list, _, options @ ..] if CONTAINERS.contains(list) => options,
                options => options,
            };
            let first = options.iter().position(|key| NAMED.contains(key));
            first.is_some_and(|first| first + 1 == options.len())
        }
        _ => false,
    }
}

/// Whether the list at this path is one of containers.
fn is_containers(path: &[&str]) -> bool {
    matches!(path, ["app", list] | ["components", _, list] if CONTAINERS.contains(list))
}

/// Who removes and from which table, if what the table at this path has is inherited from the whole stack, from `[app]` or from
/// the preset.
fn inherits(path: &[&str]) -> Option<(Owner, String)> {
    let (owner, table) = match *path {
        ["components", component, table] if INHERITED.contains(&table) => {
            (Owner::Component(component.to_owned()), table)
        }
        ["components", component, "workloads", workload, table] if EVERYWHERE.contains(&table) => {
            (Owner::Workload(component.to_owned(), workload.to_owned()), table)
        }
        ["app", table] if table == "env" || EVERYWHERE.contains(&table) => (Owner::App, table),
        _ => return None,
    };
    Some((owner, table.to_owned()))
}

/// Whether the new table at this path is another thing than the old one, and takes nothing over from it.
fn starts_anew(path: &[&str], old: &Table, new: &Table) -> bool {
    let (Some((_, parent)), false) = (path.split_last(), is_named(path)) else { return false };
    let type_of = |table: &Table| table.get("type").and_then(Node::as_str).map(str::to_owned);
    if type_of(new).is_some_and(|new| type_of(old).is_some_and(|old| old != new)) {
        return true;
    }
    let has_source = matches!(path, [.., "ca"])
        || matches!(parent, ["volumes"] | ["app" | "components", .., "env" | "mounts"]);
    let source = |table: &Table| SOURCES.iter().find(|key| table.contains_key(**key));
    has_source && source(new).is_some_and(|new| source(old).is_some_and(|old| old != new))
}

/// The roles of a Redis that another type of Redis takes over: the application uses it for the same, whoever runs it.
fn roles_kept(old: &Table, new: &Table) -> Option<(Sourced<String>, Node)> {
    let type_of = |table: &Table| table.get("type").and_then(Node::as_str).map(str::to_owned);
    let (old_type, new_type) = (type_of(old)?, type_of(new)?);
    let is_redis = |name: &str| matches!(name, "redis" | "valkey" | "elasticache");
    if old_type == new_type
        || !is_redis(&old_type)
        || !is_redis(&new_type)
        || new.contains_key("roles")
    {
        return None;
    }
    if let Some((key, roles)) = old.get_key_value("roles") {
        return Some((key.clone(), roles.clone()));
    }
    // A durable one is a broker by default, and a managed one a cache.
    let (key, durable) = old.get_key_value("durable")?;
    let role = Node { value: Value::String("broker".to_owned()), span: durable.span };
    let roles = Node { value: Value::Array(vec![role]), span: durable.span };
    (durable.value == Value::Boolean(true))
        .then(|| (Sourced { value: "roles".to_owned(), origin: key.origin }, roles))
}

/// Drops what an earlier layer set and this one excludes.
fn drop_excluded(base: &mut Table, overlay: &Table, key: &str) {
    for pair in EXCLUSIVE.iter().filter(|pair| pair.contains(&key)) {
        for other in pair.iter().filter(|other| **other != key && !overlay.contains_key(**other)) {
            base.remove(*other);
        }
    }
}
