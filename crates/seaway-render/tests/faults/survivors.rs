//! What survives, and why it may.

/// What was done, and the reason why it is not refused. `not yet` names a hole that a check should close.
pub(crate) const SURVIVORS: &[(&str, &str)] = &[
    (
        "CronJob drop jobTemplate.spec.template.spec.containers[].resources",
        "not yet: Kubernetes takes a container without amounts; nothing asks for them after a patch",
    ),
    (
        "CronJob drop jobTemplate.spec.template.spec.initContainers[].resources",
        "not yet: Kubernetes takes a container without amounts; nothing asks for them after a patch",
    ),
    ("CronJob drop schedule", "not yet: required fields are for `incomplete-object`"),
    (
        "CronJob over its limit jobTemplate.spec.template.spec.containers[].resources.requests.memory",
        "not yet: requests against limits are for `request-over-limit`",
    ),
    (
        "Deployment another port template.spec.containers[].ports[].containerPort",
        "the number of a named port that nobody of the stage calls; the exposed way in is not yet followed",
    ),
    (
        "Deployment drop template.spec.containers[].resources",
        "not yet: Kubernetes takes a container without amounts; nothing asks for them after a patch",
    ),
    (
        "Deployment drop template.spec.initContainers[]",
        "one that waits for no schema of the stage, or the user's own choice of what runs first",
    ),
    (
        "Deployment drop template.spec.initContainers[].ports",
        "ports of a container are for information only",
    ),
    (
        "Deployment drop template.spec.initContainers[].resources",
        "not yet: Kubernetes takes a container without amounts; nothing asks for them after a patch",
    ),
    (
        "Deployment drop template.spec.topologySpreadConstraints[].labelSelector.matchLabels.app.kubernetes.io/instance",
        "not yet: a spread that counts no pods spreads nothing, and no rule looks at its selector",
    ),
    (
        "Deployment over its limit template.spec.containers[].resources.requests.memory",
        "not yet: requests against limits are for `request-over-limit`",
    ),
    (
        "Deployment port out of range template.spec.containers[].ports[].containerPort",
        "not yet: ranges of ports are for `out-of-range`",
    ),
    (
        "Deployment typo template.spec.topologySpreadConstraints[].labelSelector.matchLabels.app.kubernetes.io/instance",
        "not yet: a spread that counts no pods spreads nothing, and no rule looks at its selector",
    ),
    (
        "Job drop template.spec.containers[].resources",
        "not yet: Kubernetes takes a container without amounts; nothing asks for them after a patch",
    ),
    (
        "Job drop template.spec.initContainers[]",
        "one that waits for no schema of the stage, or the user's own choice of what runs first",
    ),
    (
        "Job drop template.spec.initContainers[].resources",
        "not yet: Kubernetes takes a container without amounts; nothing asks for them after a patch",
    ),
    (
        "Job over its limit template.spec.containers[].resources.requests.memory",
        "not yet: requests against limits are for `request-over-limit`",
    ),
    (
        "Job typo in $(VAR) template.spec.containers[].env[].value",
        "a variable that `envFrom` may bring",
    ),
    (
        "Job typo in $(VAR) template.spec.initContainers[].env[].value",
        "a variable that `envFrom` may bring",
    ),
    (
        "NetworkPolicy another port egress[].ports[].port",
        "the way to the DNS for a process that refers to nothing",
    ),
    (
        "NetworkPolicy another port ingress[].ports[].port",
        "the way in of an exposed component: not yet followed, its callers are not known",
    ),
    (
        "NetworkPolicy another protocol egress[].ports[].protocol",
        "the way to the DNS for a process that refers to nothing",
    ),
    (
        "NetworkPolicy another protocol ingress[].ports[].protocol",
        "the way in of an exposed component: not yet followed, its callers are not known",
    ),
    (
        "NetworkPolicy another range egress[].to[].ipBlock.cidr",
        "a range with holes, or one that another rule opens as well",
    ),
    ("NetworkPolicy drop egress", "the way to the DNS for a process that refers to nothing"),
    ("NetworkPolicy drop egress[]", "the way to the DNS for a process that refers to nothing"),
    (
        "NetworkPolicy drop egress[].ports",
        "the way to the DNS for a process that refers to nothing",
    ),
    (
        "NetworkPolicy drop egress[].ports[]",
        "the way to the DNS for a process that refers to nothing",
    ),
    ("NetworkPolicy drop egress[].to", "the way to the DNS for a process that refers to nothing"),
    ("NetworkPolicy drop egress[].to[]", "the way to the DNS for a process that refers to nothing"),
    (
        "NetworkPolicy drop egress[].to[].podSelector.matchLabels",
        "the way to the DNS for a process that refers to nothing",
    ),
    (
        "NetworkPolicy drop ingress",
        "the way in of an exposed component: not yet followed, its callers are not known",
    ),
    (
        "NetworkPolicy drop ingress[]",
        "the way in of an exposed component: not yet followed, its callers are not known",
    ),
    (
        "NetworkPolicy drop ingress[].ports",
        "the way in of an exposed component: not yet followed, its callers are not known",
    ),
    (
        "NetworkPolicy drop podSelector.matchLabels",
        "every pod of the stage stays closed by other policies, and its ways are the same or declared",
    ),
    (
        "NetworkPolicy drop podSelector.matchLabels.app.kubernetes.io/instance",
        "every pod of the stage stays closed by other policies, and its ways are the same or declared",
    ),
    (
        "NetworkPolicy drop policyTypes[]",
        "every pod of the stage stays closed by other policies, and its ways are the same or declared",
    ),
    (
        "NetworkPolicy port out of range egress[].ports[].port",
        "not yet: ranges of ports are for `out-of-range`",
    ),
    (
        "NetworkPolicy port out of range ingress[].ports[].port",
        "not yet: ranges of ports are for `out-of-range`",
    ),
    (
        "NetworkPolicy typo egress[].to[].namespaceSelector.matchLabels.kubernetes.io/metadata.name",
        "the way to the DNS for a process that refers to nothing",
    ),
    (
        "NetworkPolicy typo egress[].to[].podSelector.matchLabels.k8s-app",
        "the way to the DNS for a process that refers to nothing",
    ),
    (
        "NetworkPolicy typo ingress[].from[].namespaceSelector.matchLabels.kubernetes.io/metadata.name",
        "the way in of an exposed component: not yet followed, its callers are not known",
    ),
    (
        "PersistentVolumeClaim drop accessModes",
        "not yet: required fields are for `incomplete-object`",
    ),
    (
        "PersistentVolumeClaim drop resources",
        "not yet: required fields are for `incomplete-object`",
    ),
    ("PodDisruptionBudget drop selector", "not yet: a budget without a selector protects nothing"),
    (
        "PodDisruptionBudget drop selector.matchLabels.app.kubernetes.io/instance",
        "not yet: a budget without a selector protects nothing",
    ),
    (
        "Service another port ports[].port",
        "not yet: nothing of the stage calls the Service by its port, and callers outside are not known",
    ),
    ("Service drop ports", "not yet: required fields are for `incomplete-object`"),
    ("Service drop ports[].name", "the same meaning: a single port needs no name"),
    ("Service drop selector", "a Service without a selector has its endpoints made by hand"),
    (
        "Service drop selector.app.kubernetes.io/instance",
        "a Service without a selector has its endpoints made by hand",
    ),
    ("Service port out of range ports[].port", "not yet: ranges of ports are for `out-of-range`"),
    (
        "StatefulSet drop template.spec.containers[].resources",
        "not yet: Kubernetes takes a container without amounts; nothing asks for them after a patch",
    ),
    (
        "StatefulSet drop template.spec.initContainers[].resources",
        "not yet: Kubernetes takes a container without amounts; nothing asks for them after a patch",
    ),
    (
        "StatefulSet over its limit template.spec.containers[].resources.requests.memory",
        "not yet: requests against limits are for `request-over-limit`",
    ),
];
