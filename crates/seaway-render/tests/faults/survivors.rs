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
        "PodDisruptionBudget drop selector.matchLabels.app.kubernetes.io/instance",
        "not yet: a budget without a selector protects nothing",
    ),
    (
        "Service another port ports[].port",
        "not yet: nothing of the stage calls the Service by its port, and callers outside are not known",
    ),
    ("Service drop ports[].name", "the same meaning: a single port needs no name"),
    ("Service drop selector", "a Service without a selector has its endpoints made by hand"),
    (
        "Service drop selector.app.kubernetes.io/instance",
        "a Service without a selector has its endpoints made by hand",
    ),
    (
        "StatefulSet drop template.spec.containers[].resources",
        "not yet: Kubernetes takes a container without amounts; nothing asks for them after a patch",
    ),
    (
        "StatefulSet drop template.spec.initContainers[].resources",
        "not yet: Kubernetes takes a container without amounts; nothing asks for them after a patch",
    ),
];
