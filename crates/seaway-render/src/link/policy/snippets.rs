//! Configuration of nginx in annotations: whoever may write an Ingress could read every Secret of the cluster by it.

use seaway_core::{Code, Sink};

use super::super::at::At;
use super::super::index::{Index, fault};
use crate::Body;

/// CVE-2021-25742: <https://github.com/kubernetes/ingress-nginx/issues/7837>. The controller itself refuses them since 1.9,
/// and is retired (<https://kubernetes.io/blog/2025/11/11/ingress-nginx-retirement/>).
pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        if !matches!(object.body, Body::Ingress(_)) {
            continue;
        }
        for key in object.body.metadata().annotations.iter().flat_map(|all| all.keys()) {
            let own = key.strip_prefix("nginx.ingress.kubernetes.io/");
            if own.is_some_and(|name| name.ends_with("-snippet")) {
                let message =
                    format!("`{key}` puts configuration into the proxy of the whole cluster");
                let annotations = At::path("metadata.annotations");
                sink.report(
                    fault(Code::UnsafeSetting, object, annotations.field(key), message)
                        .help("use an annotation for what it does, or a filter of an `HTTPRoute`"),
                );
            }
        }
    }
}
