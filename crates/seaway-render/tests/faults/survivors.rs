//! What survives, and why it may.

/// Why no check looks at the policy of the pods that answer a challenge of ACME.
const ACME: &str =
    "cert-manager makes the pods that answer a challenge, and nothing of the stage calls them";

/// Why a mount may go that holds no script: what a program reads and writes below its own paths.
const MOUNTS: &str = "the volume of a program's own paths, which are the program's to know";

/// Why the name of a Secret is free where cert-manager makes it.
const ISSUED: &str = "cert-manager makes the Secret under the name that is asked for";

/// Why a Job may restart its container.
const RESTARTED: &str = "the word of the patch, where no policy for failures asks for `Never`";

/// What was done, and the reason why it is not refused. `not yet` names a hole that a check should close.
pub(crate) const SURVIVORS: &[(&str, &str)] = &[
    (
        "CiliumNetworkPolicy another protocol egress[].toPorts[].ports[].protocol",
        "not yet: what Cilium's own policies open is not reckoned with",
    ),
    (
        "CiliumNetworkPolicy drop egress",
        "not yet: what Cilium's own policies open is not reckoned with",
    ),
    (
        "CiliumNetworkPolicy drop egress[]",
        "not yet: what Cilium's own policies open is not reckoned with",
    ),
    (
        "CiliumNetworkPolicy drop egress[].toPorts[].ports",
        "not yet: what Cilium's own policies open is not reckoned with",
    ),
    (
        "CronJob drop jobTemplate.spec.template.spec.containers[].resources",
        "the word of the patch: Kubernetes takes a container without amounts",
    ),
    (
        "CronJob drop jobTemplate.spec.template.spec.initContainers[].resources",
        "the word of the patch: Kubernetes takes a container without amounts",
    ),
    (
        "Deployment another port template.spec.containers[].ports[].containerPort",
        "the number of a named port that nobody calls, of the stage or from outside",
    ),
    (
        "Deployment another port template.spec.initContainers[].ports[].containerPort",
        "the number of a named port that nobody calls, of the stage or from outside",
    ),
    (
        "Deployment drop template.spec.containers[].resources",
        "the word of the patch: Kubernetes takes a container without amounts",
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
        "the word of the patch: Kubernetes takes a container without amounts",
    ),
    (
        "Deployment drop template.spec.topologySpreadConstraints[].labelSelector.matchLabels.app.kubernetes.io/instance",
        "an empty selector counts every pod of the namespace, its own among them",
    ),
    (
        "Job drop template.spec.containers[].resources",
        "the word of the patch: Kubernetes takes a container without amounts",
    ),
    (
        "Job drop template.spec.initContainers[].resources",
        "the word of the patch: Kubernetes takes a container without amounts",
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
        "NetworkPolicy another protocol egress[].ports[].protocol",
        "the way to the DNS for a process that refers to nothing",
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
    ("NetworkPolicy drop ingress", "an empty list of rules is no rule: the same meaning"),
    (
        "NetworkPolicy drop ingress[].ports",
        "further ports of a component that is exposed anyway, on which nothing listens",
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
        "NetworkPolicy another range egress[].to[].ipBlock.cidr",
        "not yet: a range with holes in it, as that of a bucket, is not asked for",
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
        "PodDisruptionBudget drop selector.matchLabels.app.kubernetes.io/instance",
        "an empty selector takes every pod of the namespace: wider, and still a budget",
    ),
    (
        "Service another port ports[].port",
        "nothing of the stage calls the Service by its port, and callers outside are not known",
    ),
    ("Service drop ports[].name", "the same meaning: a single port needs no name"),
    ("Service drop selector", "a Service without a selector has its endpoints made by hand"),
    (
        "Service drop selector.app.kubernetes.io/instance",
        "a Service without a selector has its endpoints made by hand",
    ),
    (
        "StatefulSet another port template.spec.containers[].ports[].containerPort",
        "the number of a named port that nobody calls, of the stage or from outside",
    ),
    ("NetworkPolicy another port ingress[].ports[].port", ACME),
    ("NetworkPolicy another protocol ingress[].ports[].protocol", ACME),
    ("NetworkPolicy drop ingress[]", ACME),
    (
        "NetworkPolicy typo ingress[].from[].namespaceSelector.matchLabels.kubernetes.io/metadata.name",
        ACME,
    ),
    (
        "CiliumNetworkPolicy drop endpointSelector.matchLabels.app.kubernetes.io/instance",
        "not yet: what Cilium's own policies open is not reckoned with",
    ),
    (
        "CiliumNetworkPolicy typo endpointSelector.matchLabels.app.kubernetes.io/instance",
        "not yet: what Cilium's own policies open is not reckoned with",
    ),
    (
        "CronJob drop jobTemplate.spec.template.spec.initContainers[]",
        "the user's own choice of what runs first: an upload without a dump fails, and says so",
    ),
    (
        "PodMonitor drop selector.matchLabels.app.kubernetes.io/instance",
        "a wider selector: pods without the port that it names are left out",
    ),
    (
        "ServiceMonitor drop selector.matchLabels.app.kubernetes.io/instance",
        "a wider selector: Services without the port that it names are left out",
    ),
    (
        "StatefulSet drop template.spec.containers[].resources",
        "the word of the patch: Kubernetes takes a container without amounts",
    ),
    (
        "StatefulSet drop template.spec.initContainers[]",
        "the user's own choice of what runs first: a server without its guard starts as well",
    ),
    (
        "StatefulSet drop template.spec.initContainers[].resources",
        "the word of the patch: Kubernetes takes a container without amounts",
    ),
    (
        "CronJob another path jobTemplate.spec.template.spec.containers[].volumeMounts[].mountPath",
        MOUNTS,
    ),
    ("CronJob drop jobTemplate.spec.template.spec.containers[].volumeMounts[]", MOUNTS),
    (
        "CronJob another path jobTemplate.spec.template.spec.initContainers[].volumeMounts[].mountPath",
        MOUNTS,
    ),
    ("CronJob drop jobTemplate.spec.template.spec.initContainers[].volumeMounts[]", MOUNTS),
    ("CronJob drop jobTemplate.spec.template.spec.containers[].volumeMounts", MOUNTS),
    ("Deployment another path template.spec.containers[].volumeMounts[].mountPath", MOUNTS),
    ("Deployment drop template.spec.containers[].volumeMounts[]", MOUNTS),
    ("Deployment another path template.spec.initContainers[].volumeMounts[].mountPath", MOUNTS),
    ("Deployment drop template.spec.initContainers[].volumeMounts[]", MOUNTS),
    ("Deployment drop template.spec.containers[].volumeMounts", MOUNTS),
    ("Job another path template.spec.containers[].volumeMounts[].mountPath", MOUNTS),
    ("Job drop template.spec.containers[].volumeMounts[]", MOUNTS),
    ("Job another path template.spec.initContainers[].volumeMounts[].mountPath", MOUNTS),
    ("Job drop template.spec.initContainers[].volumeMounts[]", MOUNTS),
    ("Job drop template.spec.containers[].volumeMounts", MOUNTS),
    ("StatefulSet another path template.spec.containers[].volumeMounts[].mountPath", MOUNTS),
    ("StatefulSet drop template.spec.containers[].volumeMounts[]", MOUNTS),
    ("StatefulSet another path template.spec.initContainers[].volumeMounts[].mountPath", MOUNTS),
    ("StatefulSet drop template.spec.initContainers[].volumeMounts[]", MOUNTS),
    ("StatefulSet drop template.spec.containers[].volumeMounts", MOUNTS),
    ("Gateway typo listeners[].tls.certificateRefs[].name", ISSUED),
    ("Ingress typo tls[].secretName", ISSUED),
    ("NetworkPolicy another range ingress[].from[].ipBlock.cidr", ACME),
    ("NetworkPolicy drop ingress[].from[]", ACME),
    (
        "Gateway drop listeners[].allowedRoutes.namespaces.from",
        "the same meaning: routes of the same namespace are the default",
    ),
    ("Deployment drop template.spec.initContainers[].volumeMounts", MOUNTS),
    (
        "ExternalSecret typo target.name",
        "not yet: a Secret that the stack declares is taken to be there, whoever makes it",
    ),
    (
        "HTTPRoute typo parentRefs[].sectionName",
        "the listeners of a Gateway that the cluster has are not known",
    ),
    ("CronJob another restart policy jobTemplate.spec.template.spec.restartPolicy", RESTARTED),
    ("Job another restart policy template.spec.restartPolicy", RESTARTED),
];

/// The same of what is outside of a `spec`.
pub(crate) const OUTSIDE: &[(&str, &str)] = &[
    ("CiliumNetworkPolicy another name", "no object refers to it by its name"),
    (
        "CiliumNetworkPolicy another namespace",
        "not yet: what Cilium's own policies open is not reckoned with",
    ),
    (
        "ConfigMap without a key of data",
        "mounted as a folder: which of the files a program reads is its own to know",
    ),
    (
        "ConfigMap without a script of data",
        "a script that no command names: other scripts of its folder read it",
    ),
    ("ClusterRoleBinding another name", "no object refers to it by its name"),
    (
        "ConfigMap another name",
        "dashboards for the Grafana of an operator are found by their label",
    ),
    (
        "ConfigMap another namespace",
        "dashboards for the Grafana of an operator are found by their label in every namespace",
    ),
    ("CronJob another name", "no object refers to it by its name"),
    ("Deployment another name", "no object refers to it by its name, if nothing scales it"),
    ("ExternalSecret another name", "the Secret that it makes has a name of its own"),
    (
        "ExternalSecret another namespace",
        "not yet: a Secret that the stack declares is taken to be there, whoever makes it",
    ),
    ("GCPBackendPolicy another name", "no object refers to it by its name"),
    ("HTTPRoute another name", "no object refers to it by its name"),
    ("HTTPRoute another namespace", "a route that redirects leads to no object"),
    ("HealthCheckPolicy another name", "no object refers to it by its name"),
    ("HorizontalPodAutoscaler another name", "no object refers to it by its name"),
    ("Ingress another name", "no object refers to it by its name"),
    ("Job another name", "no object refers to it by its name"),
    ("NetworkPolicy another name", "no object refers to it by its name"),
    (
        "NetworkPolicy another namespace",
        "every pod of the stage has a policy of its own that closes it: the same meaning",
    ),
    ("PodDisruptionBudget another name", "no object refers to it by its name"),
    ("PodMonitor another name", "no object refers to it by its name"),
    ("PrometheusRule another name", "no object refers to it by its name"),
    ("PrometheusRule another namespace", "each rule selects the series of its namespace itself"),
    ("Role without rules", "Kubernetes takes a role that allows nothing"),
    ("RoleBinding another name", "no object refers to it by its name"),
    ("RoleBinding without subjects", "Kubernetes takes a binding that binds nobody"),
    ("Route another name", "no object refers to it by its name"),
    ("ScaledObject another name", "no object refers to it by its name"),
    ("Secret without a key of data", "a key that no pod of the stage reads"),
    (
        "Service another name",
        "one that no component of the stage calls; callers outside are not known",
    ),
    ("ServiceMonitor another name", "no object refers to it by its name"),
    (
        "StatefulSet another name",
        "no object refers to it by its name: its Service has one of its own",
    ),
];
