//! The Service that gives the pods of a StatefulSet their names.

use k8s_openapi::api::apps::v1::StatefulSetSpec;
use seaway_core::Sink;

use super::super::index::Index;
use super::known;
use crate::Body;
use crate::object::Slot;

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        let Body::StatefulSet(set) = &object.body else { continue };
        let spec = Slot::<StatefulSetSpec>::slot(&set.spec);
        let name = spec.and_then(|spec| spec.service_name.as_deref());
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            known(index, object, "spec.serviceName", ("", "Service", name), sink);
        }
    }
}
