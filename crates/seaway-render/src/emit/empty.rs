//! Which empty maps and lists mean something.
//!
//! Only fields of structs are left out at all. An entry of a map is there because somebody put its key there, an item
//! of a list because somebody counted it (`- {}` is every peer, every port).
//!
//! For fields, two things decide. Lists and maps of the API's own types cannot be told from absent ones once they are
//! stored: protobuf has no empty `repeated` field. So `data: {}`, `rules: []`, `matchLabels: {}`, `nodeSelector: {}`,
//! `requests: {}`, `command: []`, `from: []`, or `ingress: []` beside `policyTypes` are noise, and each apply would find
//! them changed. (`rules: []` of an aggregated `ClusterRole` is worse: each
//! apply would take away what the control plane filled in.) Structs can be told apart, and stay in two cases:
//!
//! - none and empty select different things, as with label selectors: none selects nothing, `{}` everything;
//! - the struct is one choice out of several, so that leaving it out would choose another, or would turn what the API
//!   server refuses into something it accepts with another meaning.

use crate::by_name::among;

/// Structs that stay where they are empty.
const STRUCTS: [&str; 5] = [
    // `valueFrom: {}` is refused; without it the variable would be empty.
    "EnvVarSource",
    // `exec: {}` is refused; without it a `preStop` would be gone.
    "ExecAction",
    // `additionalProperties: {}`, `items: {}`, `not: {}`: the schema that accepts everything.
    "JSONSchemaProps",
    // `selector: {}`, `podSelector: {}`, `namespaceSelector: {}`, `labelSelector: {}`: everything.
    "LabelSelector",
    // `requiredDuringSchedulingIgnoredDuringExecution: {}` is refused; without it the pod could run on any node.
    "NodeSelector",
];

/// Whether a struct stays where it is empty.
pub(super) fn struct_stays(name: &str) -> bool {
    among(&STRUCTS, name)
}

/// Whether a field of a struct stays where it is empty.
pub(super) fn field_stays(owner: &str) -> bool {
    // A choice of one source (`emptyDir: {}`, `downwardAPI: {}`); a volume without any becomes an `emptyDir`.
    matches!(owner, "Volume" | "VolumeProjection")
}
