//! Types of pods: `pkg/apis/core/validation/validation.go` of Kubernetes, from `ValidatePodSpec` down.

use super::rules::{NONE, Relation, Rule, Type, at_least};

/// User and group ids (`IsValidUserID` of apimachinery).
const ID: Rule = Rule::Within(0, i32::MAX as i64);
/// Modes of files.
const MODE: Rule = Rule::Within(0, 0o777);
/// Seconds that pass, perhaps none.
const SECONDS: Rule = at_least(0);
const WEIGHT: Rule = Rule::Within(1, 100);
const PULL: Rule = Rule::Word(&["Always", "IfNotPresent", "Never"]);
const SEARCH: Rule = Rule::Word(&["File", "FallbackToLogsOnError"]);
const HONOR: Rule = Rule::Word(&["Honor", "Ignore"]);
const PROFILE: Rule = Rule::Word(&["Localhost", "RuntimeDefault", "Unconfined"]);
const OF_PROFILE: &[Relation] = &[
    Relation::While {
        field: "type",
        words: &["Localhost"],
        needs: &["localhostProfile"],
        without: &[],
    },
    Relation::While {
        field: "type",
        words: &["RuntimeDefault", "Unconfined"],
        needs: &[],
        without: &["localhostProfile"],
    },
];
/// Operators of which each asks for values, or for none.
const OF_OPERATOR: &[Relation] = &[
    Relation::While {
        field: "operator",
        words: &["In", "NotIn", "Gt", "Lt"],
        needs: &["values"],
        without: &[],
    },
    Relation::While {
        field: "operator",
        words: &["Exists", "DoesNotExist"],
        needs: &[],
        without: &["values"],
    },
];
const HANDLERS: &[&str] = &["exec", "grpc", "httpGet", "tcpSocket"];
const OF_CONTAINER: &[(&str, Rule)] = &[
    ("imagePullPolicy", PULL),
    ("restartPolicy", Rule::Word(&["Always", "Never", "OnFailure"])),
    ("terminationMessagePolicy", SEARCH),
];

fn is_path_inside(text: &str) -> bool {
    !text.starts_with('/') && text.split('/').all(|part| part != "..")
}

const PATH_INSIDE: Rule = Rule::Form {
    fits: is_path_inside,
    what: "a path inside of the volume",
    help: "write a relative path without `..`",
};

fn is_mount_path(text: &str) -> bool {
    !text.contains(':')
}

/// Since 1.34 all that is printed, but for `=` (`RelaxedEnvironmentVariableValidation`, on by default since 1.32).
fn is_env_name(text: &str) -> bool {
    text.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'=')
}

fn is_ip(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok()
}

fn is_dns_label(text: &str) -> bool {
    crate::names::is_dns_label(text)
}

fn is_host_name(text: &str) -> bool {
    text.len() <= 64 && crate::names::is_subdomain(text)
}

fn is_qualified(text: &str) -> bool {
    crate::names::is_qualified(text)
}

const HOST_LABEL: Rule = Rule::Form {
    fits: is_dns_label,
    what: "the name of a host",
    help: "write at most 63 of `a-z`, `0-9` and `-`, without dots",
};

const IP: Rule = Rule::Form { fits: is_ip, what: "an IP address", help: "write one, `10.0.0.10`" };

pub(super) const TYPES: &[Type] = &[
    Type { name: "Pod", what: "a Pod", needs: &["spec"], ..NONE },
    Type {
        name: "AppArmorProfile",
        what: "an AppArmor profile",
        fields: &[("type", PROFILE)],
        needs: &["type"],
        relations: OF_PROFILE,
    },
    Type {
        name: "ConfigMapKeySelector",
        what: "a key of a config",
        needs: &["name", "key"],
        ..NONE
    },
    Type {
        name: "ConfigMapVolumeSource",
        what: "a volume of a config",
        fields: &[("defaultMode", MODE)],
        ..NONE
    },
    Type { name: "Container", what: "a container", fields: OF_CONTAINER, needs: &["name"], ..NONE },
    Type {
        name: "ContainerPort",
        what: "a port",
        fields: &[
            ("containerPort", Rule::Within(1, 65535)),
            ("hostPort", Rule::Within(0, 65535)),
            ("protocol", super::network::PROTOCOL),
        ],
        ..NONE
    },
    Type {
        name: "DownwardAPIVolumeFile",
        what: "a file of the downward API",
        fields: &[("mode", MODE), ("path", PATH_INSIDE)],
        needs: &["path"],
        relations: &[Relation::One(&["fieldRef", "resourceFieldRef"])],
    },
    Type {
        name: "DownwardAPIVolumeSource",
        what: "a volume of the downward API",
        fields: &[("defaultMode", MODE)],
        ..NONE
    },
    Type {
        name: "EmptyDirVolumeSource",
        what: "an `emptyDir`",
        fields: &[("medium", Rule::WordOr(&["Memory", "HugePages"], &["HugePages-"]))],
        ..NONE
    },
    Type {
        name: "EnvFromSource",
        what: "an item of `envFrom`",
        relations: &[Relation::One(&["configMapRef", "secretRef"])],
        ..NONE
    },
    Type {
        name: "EnvVar",
        what: "a variable",
        fields: &[(
            "name",
            Rule::Form {
                fits: is_env_name,
                what: "the name of a variable",
                help: "write letters, digits and `_`",
            },
        )],
        needs: &["name"],
        relations: &[Relation::OneAtMost(&["value", "valueFrom"])],
    },
    Type {
        name: "EnvVarSource",
        what: "the source of a variable",
        relations: &[Relation::One(&[
            "configMapKeyRef",
            "fieldRef",
            "fileKeyRef",
            "resourceFieldRef",
            "secretKeyRef",
        ])],
        ..NONE
    },
    Type {
        name: "EphemeralContainer",
        what: "an ephemeral container",
        fields: OF_CONTAINER,
        ..NONE
    },
    Type {
        name: "EphemeralVolumeSource",
        what: "an ephemeral volume",
        needs: &["volumeClaimTemplate"],
        ..NONE
    },
    Type { name: "ExecAction", what: "`exec`", needs: &["command"], ..NONE },
    Type {
        name: "GRPCAction",
        what: "a gRPC probe",
        fields: &[("port", Rule::Within(1, 65535))],
        ..NONE
    },
    Type {
        name: "HTTPGetAction",
        what: "an HTTP request",
        fields: &[("port", Rule::Within(1, 65535)), ("scheme", Rule::Word(&["HTTP", "HTTPS"]))],
        ..NONE
    },
    Type { name: "HTTPHeader", what: "a header", needs: &["name"], ..NONE },
    Type {
        name: "HostAlias",
        what: "an alias of a host",
        fields: &[("ip", IP)],
        needs: &["ip"],
        ..NONE
    },
    Type {
        name: "HostPathVolumeSource",
        what: "a `hostPath`",
        fields: &[(
            "type",
            Rule::Word(&[
                "BlockDevice",
                "CharDevice",
                "Directory",
                "DirectoryOrCreate",
                "File",
                "FileOrCreate",
                "Socket",
            ]),
        )],
        needs: &["path"],
        ..NONE
    },
    Type {
        name: "ImageVolumeSource",
        what: "a volume of an image",
        fields: &[("pullPolicy", PULL)],
        ..NONE
    },
    Type {
        name: "KeyToPath",
        what: "an item of a volume",
        fields: &[("mode", MODE), ("path", PATH_INSIDE)],
        needs: &["path"],
        ..NONE
    },
    Type {
        name: "LabelSelector",
        what: "a selector",
        fields: &[("matchLabels", Rule::Labels)],
        ..NONE
    },
    Type {
        name: "LabelSelectorRequirement",
        what: "an expression",
        fields: &[
            ("operator", Rule::Word(&["DoesNotExist", "Exists", "In", "NotIn"])),
            ("values", Rule::Labels),
        ],
        needs: &["key", "operator"],
        relations: OF_OPERATOR,
    },
    Type {
        name: "LifecycleHandler",
        what: "a hook",
        relations: &[Relation::One(&["exec", "httpGet", "sleep", "tcpSocket"])],
        ..NONE
    },
    Type { name: "NodeSelector", what: "a node affinity", needs: &["nodeSelectorTerms"], ..NONE },
    Type {
        name: "NodeSelectorRequirement",
        what: "an expression",
        fields: &[
            (
                "key",
                Rule::Form {
                    fits: is_qualified,
                    what: "the key of a label",
                    help: crate::names::LABEL_KEY_HELP,
                },
            ),
            ("operator", Rule::Word(&["DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn"])),
        ],
        needs: &["key", "operator"],
        relations: OF_OPERATOR,
    },
    Type {
        name: "ObjectFieldSelector",
        what: "a `fieldRef`",
        fields: &[(
            "fieldPath",
            Rule::WordOr(
                &[
                    "metadata.annotations",
                    "metadata.labels",
                    "metadata.name",
                    "metadata.namespace",
                    "metadata.uid",
                    "spec.nodeName",
                    "spec.serviceAccountName",
                    "status.hostIP",
                    "status.hostIPs",
                    "status.podIP",
                    "status.podIPs",
                ],
                &["metadata.annotations['", "metadata.labels['"],
            ),
        )],
        needs: &["fieldPath"],
        ..NONE
    },
    Type { name: "PodAffinityTerm", what: "a pod affinity", needs: &["topologyKey"], ..NONE },
    Type { name: "PodDNSConfig", what: "the DNS of a pod", fields: &[("nameservers", IP)], ..NONE },
    Type {
        name: "PodSecurityContext",
        what: "a security context",
        fields: &[
            ("fsGroup", ID),
            ("fsGroupChangePolicy", Rule::Word(&["Always", "OnRootMismatch"])),
            ("runAsGroup", ID),
            ("runAsUser", ID),
            ("seLinuxChangePolicy", Rule::Word(&["MountOption", "Recursive"])),
            ("supplementalGroups", ID),
            ("supplementalGroupsPolicy", Rule::Word(&["Merge", "Strict"])),
        ],
        ..NONE
    },
    Type {
        name: "PodSpec",
        what: "a pod",
        fields: &[
            ("activeDeadlineSeconds", at_least(1)),
            (
                "dnsPolicy",
                Rule::Word(&["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]),
            ),
            ("hostname", HOST_LABEL),
            (
                "hostnameOverride",
                Rule::Form {
                    fits: is_host_name,
                    what: "the name of a host",
                    help: "write at most 64 of `a-z`, `0-9`, `-` and `.`, each part beginning and ending with a letter or digit",
                },
            ),
            ("nodeSelector", Rule::Labels),
            ("preemptionPolicy", Rule::Word(&["Never", "PreemptLowerPriority"])),
            ("restartPolicy", Rule::Word(&["Always", "Never", "OnFailure"])),
            ("subdomain", HOST_LABEL),
            // The API server reads a negative one as 1, which nobody means.
            ("terminationGracePeriodSeconds", SECONDS),
        ],
        relations: &[Relation::While {
            field: "dnsPolicy",
            words: &["None"],
            needs: &["dnsConfig"],
            without: &[],
        }],
        ..NONE
    },
    Type {
        name: "PreferredSchedulingTerm",
        what: "a node preference",
        fields: &[("weight", WEIGHT)],
        ..NONE
    },
    // The API server reads 0 as not set where the reference says that the least is 1, so it means something else than
    // it says: <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Probe>.
    Type {
        name: "Probe",
        what: "a probe",
        fields: &[
            ("failureThreshold", at_least(1)),
            ("initialDelaySeconds", SECONDS),
            ("periodSeconds", at_least(1)),
            ("successThreshold", at_least(1)),
            ("terminationGracePeriodSeconds", at_least(1)),
            ("timeoutSeconds", at_least(1)),
        ],
        relations: &[Relation::One(HANDLERS)],
        ..NONE
    },
    Type {
        name: "ProjectedVolumeSource",
        what: "a projected volume",
        fields: &[("defaultMode", MODE)],
        ..NONE
    },
    Type {
        name: "ResourceFieldSelector",
        what: "a `resourceFieldRef`",
        fields: &[(
            "resource",
            Rule::WordOr(
                &[
                    "limits.cpu",
                    "limits.ephemeral-storage",
                    "limits.memory",
                    "requests.cpu",
                    "requests.ephemeral-storage",
                    "requests.memory",
                ],
                &["limits.hugepages-", "requests.hugepages-"],
            ),
        )],
        needs: &["resource"],
        ..NONE
    },
    Type {
        name: "SeccompProfile",
        what: "a seccomp profile",
        fields: &[("type", PROFILE)],
        needs: &["type"],
        relations: OF_PROFILE,
    },
    Type { name: "SecretKeySelector", what: "a key of a Secret", needs: &["name", "key"], ..NONE },
    Type {
        name: "SecretVolumeSource",
        what: "a volume of a Secret",
        fields: &[("defaultMode", MODE)],
        ..NONE
    },
    Type {
        name: "SecurityContext",
        what: "a security context",
        fields: &[
            ("procMount", Rule::Word(&["Default", "Unmasked"])),
            ("runAsGroup", ID),
            ("runAsUser", ID),
        ],
        ..NONE
    },
    Type {
        name: "ServiceAccountTokenProjection",
        what: "a token",
        fields: &[("expirationSeconds", Rule::Within(600, 1 << 32)), ("path", PATH_INSIDE)],
        needs: &["path"],
        ..NONE
    },
    Type { name: "SleepAction", what: "`sleep`", fields: &[("seconds", SECONDS)], ..NONE },
    Type {
        name: "TCPSocketAction",
        what: "a connection",
        fields: &[("port", Rule::Within(1, 65535))],
        ..NONE
    },
    Type {
        name: "Toleration",
        what: "a toleration",
        fields: &[
            ("effect", Rule::Word(&["NoExecute", "NoSchedule", "PreferNoSchedule"])),
            ("operator", Rule::Word(&["Equal", "Exists", "Gt", "Lt"])),
        ],
        relations: &[
            Relation::While {
                field: "effect",
                words: &["", "NoSchedule", "PreferNoSchedule"],
                needs: &[],
                without: &["tolerationSeconds"],
            },
            Relation::While {
                field: "operator",
                words: &["Exists"],
                needs: &[],
                without: &["value"],
            },
            Relation::While {
                field: "operator",
                words: &["", "Equal", "Gt", "Lt"],
                needs: &["key"],
                without: &[],
            },
        ],
        ..NONE
    },
    Type {
        name: "TopologySpreadConstraint",
        what: "a spread constraint",
        fields: &[
            ("maxSkew", at_least(1)),
            ("minDomains", at_least(1)),
            ("nodeAffinityPolicy", HONOR),
            ("nodeTaintsPolicy", HONOR),
            ("whenUnsatisfiable", Rule::Word(&["DoNotSchedule", "ScheduleAnyway"])),
        ],
        needs: &["topologyKey", "whenUnsatisfiable"],
        relations: &[Relation::While {
            field: "whenUnsatisfiable",
            words: &["ScheduleAnyway"],
            needs: &[],
            without: &["minDomains"],
        }],
    },
    Type {
        name: "Volume",
        what: "a volume",
        needs: &["name"],
        relations: &[Relation::OneBesides(&["name"])],
        ..NONE
    },
    Type {
        name: "VolumeMount",
        what: "a mount",
        fields: &[
            (
                "mountPath",
                Rule::Form {
                    fits: is_mount_path,
                    what: "a path to mount at",
                    help: "write a path without `:`",
                },
            ),
            ("mountPropagation", Rule::Word(&["Bidirectional", "HostToContainer", "None"])),
            ("recursiveReadOnly", Rule::Word(&["Disabled", "Enabled", "IfPossible"])),
            ("subPath", PATH_INSIDE),
        ],
        needs: &["mountPath"],
        relations: &[Relation::OneAtMost(&["subPath", "subPathExpr"])],
    },
    Type {
        name: "VolumeProjection",
        what: "a part of a projected volume",
        relations: &[Relation::OneBesides(&[])],
        ..NONE
    },
    Type {
        name: "WeightedPodAffinityTerm",
        what: "a pod preference",
        fields: &[("weight", WEIGHT)],
        ..NONE
    },
];
