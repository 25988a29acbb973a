//! Types of storage, access and the rest: `ValidatePersistentVolumeClaim` and its neighbours in
//! `pkg/apis/core/validation`, `pkg/apis/storage/validation` and `pkg/apis/rbac/validation` of Kubernetes.

use super::rules::{NONE, Relation, Rule, Type};

const ACCESS: Rule =
    Rule::Word(&["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"]);
const VOLUME_MODE: Rule = Rule::Word(&["Block", "Filesystem"]);

pub(super) const TYPES: &[Type] = &[
    Type {
        name: "PersistentVolumeClaim",
        what: "a PersistentVolumeClaim",
        needs: &["spec"],
        ..NONE
    },
    Type {
        name: "PersistentVolumeClaimSpec",
        what: "a claim",
        fields: &[("accessModes", ACCESS), ("volumeMode", VOLUME_MODE)],
        needs: &["accessModes", "resources"],
        ..NONE
    },
    Type {
        name: "PersistentVolumeSpec",
        what: "a PersistentVolume",
        fields: &[
            ("accessModes", ACCESS),
            ("capacity", Rule::Positive),
            ("persistentVolumeReclaimPolicy", Rule::Word(&["Delete", "Recycle", "Retain"])),
            ("volumeMode", VOLUME_MODE),
        ],
        needs: &["accessModes", "capacity"],
        relations: &[Relation::OneBesides(&[
            "accessModes",
            "capacity",
            "claimRef",
            "mountOptions",
            "nodeAffinity",
            "persistentVolumeReclaimPolicy",
            "storageClassName",
            "volumeAttributesClassName",
            "volumeMode",
        ])],
    },
    Type {
        name: "PolicyRule",
        what: "a rule",
        needs: &["verbs"],
        relations: &[
            Relation::Some(&["nonResourceURLs", "resources"]),
            Relation::Without("nonResourceURLs", &["apiGroups", "resourceNames", "resources"]),
            Relation::With("resources", &["apiGroups"]),
        ],
        ..NONE
    },
    Type {
        name: "PriorityClass",
        what: "a PriorityClass",
        fields: &[
            ("preemptionPolicy", Rule::Word(&["Never", "PreemptLowerPriority"])),
            // Higher ones belong to the cluster itself.
            ("value", Rule::Within(i32::MIN as i64, 1_000_000_000)),
        ],
        ..NONE
    },
    Type {
        name: "ResourceQuotaSpec",
        what: "a quota",
        fields: &[(
            "scopes",
            Rule::Word(&[
                "BestEffort",
                "CrossNamespacePodAffinity",
                "NotBestEffort",
                "NotTerminating",
                "PriorityClass",
                "Terminating",
                "VolumeAttributesClass",
            ]),
        )],
        ..NONE
    },
    Type {
        name: "RoleRef",
        what: "`roleRef`",
        fields: &[("kind", Rule::Word(&["ClusterRole", "Role"]))],
        needs: &["kind", "name"],
        ..NONE
    },
    Type {
        name: "StorageClass",
        what: "a StorageClass",
        fields: &[
            ("reclaimPolicy", Rule::Word(&["Delete", "Retain"])),
            ("volumeBindingMode", Rule::Word(&["Immediate", "WaitForFirstConsumer"])),
        ],
        needs: &["provisioner"],
        ..NONE
    },
    Type {
        name: "Subject",
        what: "a subject",
        fields: &[("kind", Rule::Word(&["Group", "ServiceAccount", "User"]))],
        needs: &["kind", "name"],
        ..NONE
    },
    Type {
        name: "VolumeResourceRequirements",
        what: "the resources of a claim",
        fields: &[("limits", Rule::Positive), ("requests", Rule::Positive)],
        needs: &["requests"],
        ..NONE
    },
];
