//! Labels, and names that several passes agree on.

use seaway_core::visible::is_hidden;
use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use seaway_core::Stack;
use seaway_core::stack::Part;

/// What the objects of a component are selected by, the name of its workload; never changes, since selectors are immutable.
pub(crate) const INSTANCE: &str = "app.kubernetes.io/instance";
pub(crate) const NAME: &str = "app.kubernetes.io/name";
pub(crate) const COMPONENT: &str = "app.kubernetes.io/component";
pub(crate) const PART_OF: &str = "app.kubernetes.io/part-of";
pub(crate) const VERSION: &str = "app.kubernetes.io/version";
pub(crate) const MANAGED_BY: &str = "app.kubernetes.io/managed-by";

/// Annotations that say which stage of which stack the output is: of the Namespace, or of each object where somebody else owns that.
pub(crate) const STACK: &str = "seaway/stack";
/// See [`STACK`].
pub(crate) const STAGE: &str = "seaway/stage";

/// User and group id that processes run as unless the stack says otherwise: above 10000, so that it meets no user of
/// a node (`CKV_K8S_40`).
pub(crate) const USER: i64 = 10001;

/// What the sidecars of kube-prometheus-stack's Grafana find dashboards and data sources by, in configs of any name:
/// <https://github.com/grafana/helm-charts/blob/main/charts/grafana/README.md#sidecar-for-dashboards>.
pub(crate) const DASHBOARD: &str = "grafana_dashboard";
/// See [`DASHBOARD`].
pub(crate) const DATA_SOURCE: &str = "grafana_datasource";

/// Name of the script that starts Celery and answers its probes: commands are written with it, and read back by it.
pub(crate) const CELERY_SCRIPT: &str = "seaway_celery.py";

/// Where scripts of ours are mounted.
pub(crate) const SCRIPTS: &str = "/opt/seaway";

/// What selects the pods of a component. Where several stacks may lie in one namespace, the stack is said as well.
pub(crate) fn selector(stack: &Stack, part: &Part) -> BTreeMap<String, String> {
    let mut labels = of_stack(stack);
    labels.insert(INSTANCE.to_owned(), part.object.to_string());
    labels
}

/// What selects the pods of a stack among those of its namespace: nothing where it is the only one there.
pub(crate) fn of_stack(stack: &Stack) -> BTreeMap<String, String> {
    let name = stack.prefix.0.as_ref().map(|_| (PART_OF.to_owned(), stack.name.to_string()));
    name.into_iter().collect()
}

/// Whether a text can be the value of a label:
/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set>.
pub(crate) fn is_label_value(text: &str) -> bool {
    let edge = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    bytes.len() <= 63
        && edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// Whether a text is a DNS label, as names of containers and volumes are: at most 63 of `a-z`, `0-9` and `-`.
pub(crate) fn is_dns_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Whether a text is a DNS subdomain: labels joined by dots, at most 253 characters.
pub(crate) fn is_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_dns_label)
}

/// Whether a text can be a kind: in small letters it is the name of a resource, a DNS label.
pub(crate) fn is_kind(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && is_dns_label(&text.to_ascii_lowercase())
}

/// Whether a text can be the name of an object of any kind: a part of a path, without what nobody sees.
pub(crate) fn is_segment(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 253
        && !matches!(text, "." | "..")
        && !text.chars().any(|c| matches!(c, '/' | '%') || is_hidden(c))
}

/// Whether a text can be the key of a label or an annotation: `name` or `prefix/name`, the prefix a DNS subdomain.
pub(crate) fn is_qualified(key: &str) -> bool {
    // Every object has these: most keys there are.
    const OURS: [&str; 6] = [INSTANCE, NAME, COMPONENT, PART_OF, MANAGED_BY, VERSION];
    if OURS.contains(&key) {
        return true;
    }
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    !name.is_empty() && is_label_value(name) && prefix.is_none_or(is_subdomain)
}

/// What a key of a label can be.
pub(crate) const LABEL_KEY_HELP: &str = "write a name, `app`, or one below a domain, `example.com/app`: at most 63 letters, \
                                         digits, `-`, `_` and `.`, beginning and ending with a letter or digit";
/// What a value of a label can be.
pub(crate) const LABEL_VALUE_HELP: &str = "write at most 63 letters, digits, `-`, `_` and `.`, beginning and ending with a letter \
                                           or digit";

/// API of a `SealedSecret`.
pub(crate) const SEALED_SECRETS: &str = "bitnami.com/v1alpha1";

/// What the values of a `SealedSecret` are bound to. The controller goes by the annotations of the object itself
/// (<https://github.com/bitnami-labs/sealed-secrets/blob/main/pkg/apis/sealedsecrets/v1alpha1/sealedsecret_expansion.go>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Name and namespace.
    Strict,
    /// The namespace.
    NamespaceWide,
    /// Nothing.
    ClusterWide,
}

impl Scope {
    pub(crate) fn of(metadata: &ObjectMeta) -> Self {
        let is = |scope: &str| {
            let annotations = metadata.annotations.as_ref();
            annotations.and_then(|all| all.get(scope)).is_some_and(|value| value == "true")
        };
        if is("sealedsecrets.bitnami.com/cluster-wide") {
            Self::ClusterWide
        } else if is("sealedsecrets.bitnami.com/namespace-wide") {
            Self::NamespaceWide
        } else {
            Self::Strict
        }
    }

    /// What `kubeseal --scope` calls it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::NamespaceWide => "namespace-wide",
            Self::ClusterWide => "cluster-wide",
        }
    }
}
