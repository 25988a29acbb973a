//! Types of what makes pods, and of what scales it: `pkg/apis/apps/validation`, `batch/validation`,
//! `autoscaling/validation` and `policy/validation` of Kubernetes.

use super::rules::{NONE, Relation, Rule, Type, at_least};

const COUNT: Rule = at_least(0);
/// A number of pods, or a share of all that can be at most all of them.
const PODS: Rule = Rule::Share(0, 100);

/// A metric of a type has the field of that type, and no other.
const fn metric(
    word: &'static [&'static str],
    needs: &'static [&'static str],
    without: &'static [&'static str],
) -> Relation {
    Relation::While { field: "type", words: word, needs, without }
}

pub(super) const TYPES: &[Type] = &[
    Type { name: "PodDisruptionBudget", what: "a PodDisruptionBudget", needs: &["spec"], ..NONE },
    Type {
        name: "CronJobSpec",
        what: "a CronJob",
        fields: &[
            ("concurrencyPolicy", Rule::Word(&["Allow", "Forbid", "Replace"])),
            ("failedJobsHistoryLimit", COUNT),
            ("startingDeadlineSeconds", COUNT),
            ("successfulJobsHistoryLimit", COUNT),
        ],
        needs: &["schedule"],
        ..NONE
    },
    Type {
        name: "CrossVersionObjectReference",
        what: "`scaleTargetRef`",
        needs: &["kind", "name"],
        ..NONE
    },
    Type {
        name: "DaemonSetSpec",
        what: "a DaemonSet",
        fields: &[("minReadySeconds", COUNT), ("revisionHistoryLimit", COUNT)],
        ..NONE
    },
    Type {
        name: "DaemonSetUpdateStrategy",
        what: "an update strategy",
        fields: &[("type", Rule::Word(&["OnDelete", "RollingUpdate"]))],
        relations: &[Relation::While {
            field: "type",
            words: &["OnDelete"],
            needs: &[],
            without: &["rollingUpdate"],
        }],
        ..NONE
    },
    Type {
        name: "DeploymentSpec",
        what: "a Deployment",
        fields: &[
            ("minReadySeconds", COUNT),
            ("progressDeadlineSeconds", COUNT),
            ("replicas", COUNT),
            ("revisionHistoryLimit", COUNT),
        ],
        ..NONE
    },
    Type {
        name: "DeploymentStrategy",
        what: "a strategy",
        fields: &[("type", Rule::Word(&["Recreate", "RollingUpdate"]))],
        relations: &[Relation::While {
            field: "type",
            words: &["Recreate"],
            needs: &[],
            without: &["rollingUpdate"],
        }],
        ..NONE
    },
    Type {
        name: "HPAScalingPolicy",
        what: "a scaling policy",
        fields: &[
            ("periodSeconds", Rule::Within(1, 1800)),
            ("type", Rule::Word(&["Percent", "Pods"])),
            ("value", at_least(1)),
        ],
        needs: &["type"],
        ..NONE
    },
    Type {
        name: "HPAScalingRules",
        what: "a scaling rule",
        fields: &[
            ("selectPolicy", Rule::Word(&["Disabled", "Max", "Min"])),
            ("stabilizationWindowSeconds", Rule::Within(0, 3600)),
        ],
        ..NONE
    },
    Type {
        name: "HorizontalPodAutoscalerSpec",
        what: "an autoscaler",
        fields: &[("maxReplicas", at_least(1)), ("minReplicas", at_least(1))],
        ..NONE
    },
    Type {
        name: "JobSpec",
        what: "a Job",
        fields: &[
            ("activeDeadlineSeconds", COUNT),
            ("backoffLimit", COUNT),
            ("backoffLimitPerIndex", COUNT),
            ("completionMode", Rule::Word(&["Indexed", "NonIndexed"])),
            ("completions", COUNT),
            ("maxFailedIndexes", COUNT),
            ("parallelism", COUNT),
            ("podReplacementPolicy", Rule::Word(&["Failed", "TerminatingOrFailed"])),
            ("ttlSecondsAfterFinished", COUNT),
        ],
        relations: &[
            Relation::While {
                field: "completionMode",
                words: &["Indexed"],
                needs: &["completions"],
                without: &[],
            },
            Relation::While {
                field: "completionMode",
                words: &["", "NonIndexed"],
                needs: &[],
                without: &["backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"],
            },
        ],
        ..NONE
    },
    Type {
        name: "LimitRangeItem",
        what: "a limit",
        // Other kinds of limits have a domain; only OpenShift has some.
        fields: &[(
            "type",
            Rule::WordOr(&["Container", "PersistentVolumeClaim", "Pod"], &["openshift.io/"]),
        )],
        needs: &["type"],
        relations: &[Relation::While {
            field: "type",
            words: &["Pod"],
            needs: &[],
            without: &["default", "defaultRequest"],
        }],
    },
    Type { name: "MetricIdentifier", what: "a metric", needs: &["name"], ..NONE },
    Type {
        name: "MetricSpec",
        what: "a metric",
        fields: &[(
            "type",
            Rule::Word(&["ContainerResource", "External", "Object", "Pods", "Resource"]),
        )],
        needs: &["type"],
        relations: &[
            metric(
                &["Resource"],
                &["resource"],
                &["containerResource", "external", "object", "pods"],
            ),
            metric(
                &["ContainerResource"],
                &["containerResource"],
                &["external", "object", "pods", "resource"],
            ),
            metric(&["Pods"], &["pods"], &["containerResource", "external", "object", "resource"]),
            metric(
                &["Object"],
                &["object"],
                &["containerResource", "external", "pods", "resource"],
            ),
            metric(
                &["External"],
                &["external"],
                &["containerResource", "object", "pods", "resource"],
            ),
        ],
    },
    Type {
        name: "MetricTarget",
        what: "a target",
        fields: &[
            ("averageUtilization", at_least(1)),
            ("averageValue", Rule::Positive),
            ("type", Rule::Word(&["AverageValue", "Utilization", "Value"])),
            ("value", Rule::Positive),
        ],
        needs: &["type"],
        relations: &[
            metric(&["Utilization"], &["averageUtilization"], &["averageValue"]),
            metric(&["AverageValue"], &["averageValue"], &["averageUtilization"]),
            metric(&["Value"], &["value"], &["averageUtilization"]),
        ],
    },
    Type {
        name: "PodDisruptionBudgetSpec",
        what: "a disruption budget",
        fields: &[
            ("maxUnavailable", PODS),
            ("minAvailable", PODS),
            ("unhealthyPodEvictionPolicy", Rule::Word(&["AlwaysAllow", "IfHealthyBudget"])),
        ],
        needs: &["selector"],
        relations: &[Relation::One(&["maxUnavailable", "minAvailable"])],
    },
    Type {
        name: "PodFailurePolicyRule",
        what: "a rule",
        fields: &[("action", Rule::Word(&["Count", "FailIndex", "FailJob", "Ignore"]))],
        needs: &["action"],
        relations: &[Relation::One(&["onExitCodes", "onPodConditions"])],
    },
    Type {
        name: "PodFailurePolicyOnExitCodesRequirement",
        what: "`onExitCodes`",
        fields: &[("operator", Rule::Word(&["In", "NotIn"]))],
        needs: &["operator", "values"],
        ..NONE
    },
    Type { name: "ResourceMetricSource", what: "a metric", needs: &["name"], ..NONE },
    Type {
        name: "ContainerResourceMetricSource",
        what: "a metric",
        needs: &["container", "name"],
        ..NONE
    },
    Type {
        name: "RollingUpdateDaemonSet",
        what: "a rolling update",
        fields: &[("maxSurge", PODS), ("maxUnavailable", PODS)],
        ..NONE
    },
    Type {
        name: "RollingUpdateDeployment",
        what: "a rolling update",
        fields: &[("maxSurge", Rule::Share(0, i32::MAX as i64)), ("maxUnavailable", PODS)],
        ..NONE
    },
    Type {
        name: "RollingUpdateStatefulSetStrategy",
        what: "a rolling update",
        fields: &[("maxUnavailable", Rule::Share(1, 100)), ("partition", COUNT)],
        ..NONE
    },
    Type {
        name: "StatefulSetOrdinals",
        what: "the numbers of the pods",
        fields: &[("start", COUNT)],
        ..NONE
    },
    Type {
        name: "StatefulSetPersistentVolumeClaimRetentionPolicy",
        what: "the policy of claims",
        fields: &[
            ("whenDeleted", Rule::Word(&["Delete", "Retain"])),
            ("whenScaled", Rule::Word(&["Delete", "Retain"])),
        ],
        ..NONE
    },
    Type {
        name: "StatefulSetSpec",
        what: "a StatefulSet",
        fields: &[
            ("minReadySeconds", COUNT),
            ("podManagementPolicy", Rule::Word(&["OrderedReady", "Parallel"])),
            ("replicas", COUNT),
            ("revisionHistoryLimit", COUNT),
        ],
        ..NONE
    },
    Type {
        name: "StatefulSetUpdateStrategy",
        what: "an update strategy",
        fields: &[("type", Rule::Word(&["OnDelete", "RollingUpdate"]))],
        relations: &[Relation::While {
            field: "type",
            words: &["OnDelete"],
            needs: &[],
            without: &["rollingUpdate"],
        }],
        ..NONE
    },
];
