//! The variables that the preset knows, and how a process gets them.

use std::collections::BTreeMap;

use crate::options::{Bind, BoundAs, BoundList};
use crate::values::EnvName;
use crate::{Origin, Sourced};

/// Whether a variable of the preset belongs to no setting of the application: `bind = false` leaves it, and only a name of its own in `bind` or
/// in `env` takes it out. The addresses of the node and of the pod are pieces of `ALLOWED_HOSTS`.
pub(crate) fn is_ambient(name: &str) -> bool {
    matches!(
        name,
        "DJANGO_SETTINGS_MODULE"
            | "HOME"
            | "HOST_IP"
            | "METRICS_PORTS"
            | "PGSSLMODE"
            | "PGSSLROOTCERT"
            | "POD_IP"
            | "PYTHONDONTWRITEBYTECODE"
            | "PYTHONUNBUFFERED"
    ) || name.starts_with("OTEL_")
}

/// How a process gets the variables of the preset: by `bind` of `[app]` and of the component, and by `env.NAME = false`.
#[derive(Debug, Clone, PartialEq)]
pub struct Binding {
    /// Whether a name of which nothing is said is bound.
    others: bool,
    names: BTreeMap<Sourced<EnvName>, Sourced<BoundAs>>,
    /// Names that the process does not get, and whether something was removed by them already.
    pub(crate) dropped: BTreeMap<Sourced<String>, Dropped>,
}

/// What asks to leave out a variable by `env.NAME = false`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dropped {
    /// Whether the component says so, and not `[app]`.
    pub(crate) by_component: bool,
    /// Whether it removed a variable that the component would inherit.
    pub(crate) hit: bool,
}

/// A name that a variable is bound as.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Target<'a> {
    /// The name.
    pub(crate) name: &'a str,
    /// What stands between the items of a list, if it is not a comma.
    pub(crate) separator: Option<&'a str>,
    /// The line that says so, if one does.
    pub(crate) origin: Option<Origin>,
}

impl Default for Binding {
    fn default() -> Self {
        Self { others: true, names: BTreeMap::new(), dropped: BTreeMap::new() }
    }
}

impl Binding {
    /// What `[app]` says and a component says after it.
    pub(crate) fn of(app: Option<&Sourced<Bind>>, own: Option<&Sourced<Bind>>) -> Self {
        let mut binding = Self::default();
        for written in app.into_iter().chain(own) {
            match &written.value {
                Bind::Switch(others) => {
                    binding.others = *others;
                    binding.names.clear();
                }
                Bind::Names(names) => {
                    for (name, bound) in names {
                        binding.names.remove(name);
                        binding.names.insert(name.clone(), bound.clone());
                    }
                }
            }
        }
        binding
    }

    /// The names that a variable of the preset is bound as, those that `env` leaves out among them.
    pub(crate) fn targets<'a>(&'a self, usual: &'a str) -> Vec<Target<'a>> {
        let plain = |name, origin| Target { name, separator: None, origin };
        let said = self.names.iter().find(|(name, _)| &*name.value == usual);
        let Some((_, bound)) = said else {
            let is_bound = self.others || is_ambient(usual);
            return is_bound.then(|| plain(usual, None)).into_iter().collect();
        };
        let origin = Some(bound.origin);
        match &bound.value {
            BoundAs::Switch(false) => Vec::new(),
            BoundAs::Switch(true) => vec![plain(usual, origin)],
            BoundAs::Name(name) => vec![plain(name, origin)],
            BoundAs::Names(names) => {
                names.iter().map(|name| plain(&**name, Some(name.origin))).collect()
            }
            BoundAs::List(BoundList { name, separator }) => vec![Target {
                name: name.as_ref().map_or(usual, |name| name),
                separator: separator.as_ref().map(|separator| &***separator),
                origin,
            }],
        }
    }

    /// The names that a variable of the preset has in the process.
    pub fn names_of<'a>(&'a self, usual: &'a str) -> impl Iterator<Item = &'a str> {
        let targets = self.targets(usual).into_iter().map(|target| target.name);
        targets.filter(|name| !self.drops(name))
    }

    /// Whether `env` leaves a variable out.
    pub(crate) fn drops(&self, name: &str) -> bool {
        self.dropped.contains_key(name)
    }
}
