//! Where in an object a check is: a path that costs nothing until a fault is told.

use std::fmt;

/// A place in an object, as a chain of steps from the object itself. It is written out only when it is displayed, as
/// origins are looked up by: `spec.template.spec.containers[web].env[DEBUG]`.
#[derive(Debug, Clone, Copy)]
pub(super) struct At<'a> {
    around: Option<&'a At<'a>>,
    step: Step<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    /// A field, or the first steps as text.
    Field(&'a str),
    /// An item of a list, by its key.
    Item(&'a str, &'a str),
    /// An item of a list that has no keys, by its place.
    Index(&'a str, usize),
}

impl<'a> At<'a> {
    /// A place by its path.
    pub(super) fn path(path: &'a str) -> Self {
        Self { around: None, step: Step::Field(path) }
    }

    /// An item of a list of the object itself, by its key.
    pub(super) fn root_item(list: &'a str, key: &'a str) -> Self {
        Self { around: None, step: Step::Item(list, key) }
    }

    /// A field of it, or several fields in a chain.
    pub(super) fn field(&'a self, name: &'a str) -> Self {
        Self { around: Some(self), step: Step::Field(name) }
    }

    /// Whether its last step is the field of that name.
    pub(super) fn is_field(&self, name: &str) -> bool {
        matches!(self.step, Step::Field(field) if field == name)
    }

    /// An item of a list of it, by its key (see [`item_key`](crate::object::item_key)).
    pub(super) fn item(&'a self, list: &'a str, key: &'a str) -> Self {
        Self { around: Some(self), step: Step::Item(list, key) }
    }

    /// An item of a list of it, by its place from 0.
    pub(super) fn index(&'a self, list: &'a str, place: usize) -> Self {
        Self { around: Some(self), step: Step::Index(list, place) }
    }

    /// An item of a list of it, by its name if it has one and by its place if not.
    pub(super) fn item_or_index(
        &'a self,
        list: &'a str,
        key: Option<&'a str>,
        place: usize,
    ) -> Self {
        match key {
            Some(key) => self.item(list, key),
            None => self.index(list, place),
        }
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(around) = self.around {
            write!(f, "{around}.")?;
        }
        match self.step {
            Step::Field(name) => f.write_str(name),
            Step::Item(list, key) => write!(f, "{list}[{key}]"),
            Step::Index(list, place) => write!(f, "{list}[{place}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::At;

    #[test]
    fn steps_make_a_path() {
        let spec = At::path("spec.template.spec");
        let container = spec.item("containers", "web");
        assert_eq!(
            container.index("envFrom", 0).field("secretRef.name").to_string(),
            "spec.template.spec.containers[web].envFrom[0].secretRef.name"
        );
    }
}
