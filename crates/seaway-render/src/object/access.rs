//! One way to read and write fields that are optional under some versions of `k8s-openapi` and required under others.

/// A field that holds a `T`, perhaps.
pub trait Slot<T> {
    /// The value, if there is one.
    fn slot(&self) -> Option<&T>;
    /// The value; one is made if there is none.
    fn slot_mut(&mut self) -> &mut T;
}

impl<T> Slot<T> for T {
    fn slot(&self) -> Option<&T> {
        Some(self)
    }
    fn slot_mut(&mut self) -> &mut T {
        self
    }
}

impl<T: Default> Slot<T> for Option<T> {
    fn slot(&self) -> Option<&T> {
        self.as_ref()
    }
    fn slot_mut(&mut self) -> &mut T {
        self.get_or_insert_default()
    }
}

/// The value of a field that is optional or not, as the version has it.
pub(crate) fn filled<T, F: From<T>>(value: T) -> F {
    F::from(value)
}
