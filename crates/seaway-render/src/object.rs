//! A Kubernetes object, typed, and where its parts come from.

mod access;
mod body;
mod from;
mod identity;
mod origins;

pub use access::Slot;
pub(crate) use access::filled;
pub use body::{Body, Other};
pub(crate) use identity::{Id, group, id, instance, namespace};
pub use origins::{Origins, PathBuf, item_key};
pub(crate) use origins::{joined, nearest_in};

use k8s_openapi::api::apps::v1::StatefulSetSpec;
use seaway_core::values::Name;
use seaway_core::{Origin, Sourced, Span};
use serde::{Serialize, Serializer};

/// A Kubernetes object of a stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// The object itself.
    pub body: Body,
    /// The component that it belongs to, unless it belongs to the stack as a whole.
    pub component: Option<Sourced<Name>>,
    /// Where it and its parts come from.
    pub origins: Origins,
    /// Whether the user wrote it whole, in `[[objects]]`.
    pub is_own: bool,
}

impl Object {
    /// An object of a component.
    pub fn new(body: impl Into<Body>, component: Option<&Sourced<Name>>, origin: Origin) -> Self {
        Self {
            body: body.into(),
            component: component.cloned(),
            origins: Origins::new(origin),
            is_own: false,
        }
    }

    /// The line of the stack to look at for the object as a whole: where it was written, or its component was.
    pub fn place(&self) -> Option<Span> {
        self.origins.object().span().or_else(|| self.component.as_ref()?.span())
    }

    /// Whether its deletion takes data along: a claim, a volume, a StatefulSet with claims of its own, and the Namespace around them.
    pub fn holds_data(&self) -> bool {
        match &self.body {
            Body::Namespace(_) | Body::PersistentVolumeClaim(_) | Body::PersistentVolume(_) => true,
            Body::StatefulSet(set) => Slot::<StatefulSetSpec>::slot(&set.spec)
                .and_then(|spec| spec.volume_claim_templates.as_ref())
                .is_some_and(|claims| !claims.is_empty()),
            _ => false,
        }
    }

    /// Kind and name, as kubectl prints them: `Deployment/web`.
    pub fn id(&self) -> String {
        format!("{}/{}", self.body.kind(), self.body.name())
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.body.serialize(serializer)
    }
}
