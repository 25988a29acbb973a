//! `rds` → nothing, or a Service that is an alias of its endpoint.

use k8s_openapi::api::core::v1::{Service, ServiceSpec};
use seaway_core::options::Rds;

use super::Cx;
use super::meta::named;
use crate::Object;

pub(super) fn lower(cx: Cx<'_>, rds: &Rds) -> Vec<Object> {
    let Some(flag) = rds.external_name.filter(|flag| flag.value) else { return Vec::new() };
    let body = Service {
        metadata: named(&cx.part.object),
        spec: Some(ServiceSpec {
            type_: Some("ExternalName".to_owned()),
            external_name: Some(rds.host.to_string()),
            ..ServiceSpec::default()
        }),
        ..Service::default()
    };
    let mut service = Object::new(body, Some(&cx.part.name), flag.origin);
    service.origins.set("spec.externalName", rds.host.origin);
    vec![service]
}
