//! What the objects of a stage are called.

use crate::Sourced;
use crate::values::Name;

/// What the names of all objects of a stage begin with, if the stack says something.
///
/// It is the only place that makes the name of an object: a component, a volume, a config and a Secret have a name of the stack, and
/// what is made of each is called by [`object`](Self::object).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prefix(pub Option<Sourced<Name>>);

impl Prefix {
    /// What the object is called that has this name in the stack. The name of one that would be too long stays as it is; a rule
    /// reports it.
    pub fn object(&self, name: &Name) -> Name {
        Name::try_from(self.text(name)).unwrap_or_else(|_| name.clone())
    }

    /// A name that no part of the stack has, `default-deny` for example, as that of an object.
    pub fn text(&self, name: &str) -> String {
        self.0.as_ref().map_or_else(|| name.to_owned(), |prefix| format!("{prefix}-{name}"))
    }

    /// The name without the prefix, if it has it.
    pub fn bare<'n>(&self, object: &'n str) -> Option<&'n str> {
        match &self.0 {
            Some(prefix) => object.strip_prefix(&**prefix as &str)?.strip_prefix('-'),
            None => Some(object),
        }
    }
}
