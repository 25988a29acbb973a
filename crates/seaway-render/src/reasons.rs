//! The named defaults of the objects: what nobody wrote, why it is so, and where that is known from.

use seaway_core::Reason;

const fn reason(name: &'static str, why: &'static str, source: &'static str) -> Reason {
    Reason { name, why, source }
}

pub(crate) static ACCESS_MODE: Reason = reason(
    "access-mode",
    "block storage, which most clusters have, attaches a volume to one node at a time",
    "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes",
);
pub(crate) static ACCOUNT: Reason = reason(
    "own-service-account",
    "each component has an account of its own without a token, so that none can act for another",
    "https://kubernetes.io/docs/concepts/security/service-accounts/",
);
pub(crate) static BACKUP: Reason = reason(
    "backup",
    "a dump counts once it is read to its end; the oldest go after that, so that a run that fails deletes nothing",
    "https://www.postgresql.org/docs/current/app-pgdump.html",
);
pub(crate) static CELERY_PROBES: Reason = reason(
    "celery-heartbeat-probes",
    "`celery inspect ping` costs seconds of cpu a probe and kills busy workers",
    "Datateknologerna-vid-Abo-Akademi/date-website#1040",
);
pub(crate) static CELERY_PING: Reason = reason(
    "celery-ping-probes",
    "each ping imports the application: one in five minutes costs a hundredth of a core, and a broker may be away for ten",
    "https://docs.celeryq.dev/en/stable/userguide/workers.html#ping",
);
pub(crate) static CONFIG_HASH: Reason = reason(
    "content-hash",
    "a name that changes with the content rolls the pods that read it, and a Job runs again only if it changed",
    "apache/airflow#28637",
);
pub(crate) static COMPOSED_SECRET: Reason = reason(
    "composed-secret",
    "a password in a URL has to be percent-encoded; who copies it by hand forgets that",
    "helm/charts#20731",
);
pub(crate) static DISRUPTION: Reason = reason(
    "disruption-budget",
    "draining a node takes one pod at a time",
    "https://kubernetes.io/docs/tasks/run-application/configure-pdb/",
);
pub(crate) static EBS_VOLUMES: Reason = reason(
    "ebs-volumes",
    "made in the zone that its pod is put in, a volume never keeps the pod from a node; it is encrypted and can grow",
    "https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode",
);
pub(crate) static EXTERNAL_SECRET: Reason = reason(
    "external-secret-policies",
    "the Secret goes with what makes it, and stays when somebody deletes its source in the store",
    "https://external-secrets.io/latest/guides/ownership-deletion-policy/",
);
pub(crate) static FLOWS: Reason = reason(
    "declared-flows",
    "what no reference declares is closed",
    "https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-policies",
);
pub(crate) static GRACE: Reason = reason(
    "termination-grace",
    "long enough for the drain and for what runs; a shorter one kills requests and tasks",
    "freelawproject/courtlistener#3726",
);
pub(crate) static GO_MEMORY: Reason = reason(
    "go-memory-limit",
    "the collector of Go runs before the limit of the container ends the program",
    "https://go.dev/doc/gc-guide#Memory_limit",
);
pub(crate) static HARDENING: Reason = reason(
    "pod-security-restricted",
    "the namespace enforces the restricted Pod Security Standard, and the root file system is read-only",
    "https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted",
);
pub(crate) static IMAGES: Reason =
    reason("pinned-image", "official images, pinned to a release", "bitnami/containers#83267");
pub(crate) static GROUP_ORDER: Reason = reason(
    "longest-path-first",
    "rules of a shared load balancer are asked Ingress by Ingress: one for `/` would take the requests of all others",
    "https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#group.order",
);
pub(crate) static LOAD_BALANCER: Reason = reason(
    "load-balancer-listeners",
    "HTTPS where there is a certificate, and plain HTTP only to redirect to it",
    "https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/tasks/ssl_redirect/",
);
pub(crate) static ENDPOINT_TARGETS: Reason = reason(
    "load-balancer-targets-endpoints",
    "pods are the targets: no hop over a node, and a rollout waits for the load balancer",
    "https://cloud.google.com/kubernetes-engine/docs/how-to/container-native-load-balancing",
);
pub(crate) static GOOGLE_HEALTH: Reason = reason(
    "load-balancer-health-check-of-google",
    "GKE takes a readiness probe over only if it has no header but `Host`, and asks `/` else; it waits for no running request by itself",
    "https://cloud.google.com/kubernetes-engine/docs/concepts/ingress#health_checks",
);
pub(crate) static ROUTE_CERTIFICATE: Reason = reason(
    "route-certificate",
    "the routers read the Secret of a certificate by the rights that its namespace gives them",
    "https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/ingress_and_load_balancing/configuring-routes",
);
pub(crate) static NODE_HEALTH: Reason = reason(
    "node-health",
    "a node passes requests on to ready pods of all nodes, so it is healthy as long as its kube-proxy says so",
    "kubernetes/cloud-provider-aws#622",
);
pub(crate) static READINESS_GATE: Reason = reason(
    "readiness-gate",
    "a rollout that ends old pods before the load balancer has the new ones is an outage",
    "https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/pod_readiness_gate/",
);
pub(crate) static LABELS: Reason = reason(
    "recommended-labels",
    "tools and people find what belongs together",
    "https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/",
);
pub(crate) static NAMESPACE: Reason = reason(
    "restricted-namespace",
    "the API server itself refuses a pod that is not hardened",
    "https://kubernetes.io/docs/tasks/configure-pod-container/enforce-standards-namespace-labels/",
);
pub(crate) static STAGE_OF_OUTPUT: Reason = reason(
    "stage-of-output",
    "output of another stage or stack is not compared with, and not replaced",
    "https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/",
);
pub(crate) static PGBOUNCER: Reason = reason(
    "pgbouncer-server",
    "transaction pooling with the user and password of the database; told to stop, it waits for its clients (from 1.23 on)",
    "https://www.pgbouncer.org/usage.html#signals",
);
pub(crate) static LOW_PORTS: Reason = reason(
    "port-below-1024",
    "all capabilities are dropped, and not each container runtime lets such a process listen below port 1024",
    "https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/#safe-and-unsafe-sysctls",
);
pub(crate) static POSTGRES: Reason = reason(
    "postgres-server",
    "the data path of each major, a role that is not the superuser, probes over TCP",
    "docker-library/postgres#1400",
);
pub(crate) static EXTENSIONS: Reason = reason(
    "extensions",
    "most extensions can be created by a superuser alone, which the role of the application is not",
    "https://www.postgresql.org/docs/current/sql-createextension.html#SQL-CREATEEXTENSION-NOTES",
);
pub(crate) static KUBERNETES_API: Reason = reason(
    "kubernetes-api",
    "who watches pods and nodes calls the API server and the kubelets, by addresses that no policy can name",
    "https://kubernetes.io/docs/reference/networking/ports-and-protocols/",
);
pub(crate) static MONITORING: Reason = reason(
    "monitoring",
    "each workload of `monitoring` is told by its configuration what the stage has",
    "https://prometheus.io/docs/prometheus/latest/configuration/configuration/",
);
pub(crate) static NODE_METRICS: Reason = reason(
    "node-metrics",
    "the metrics of containers are the kubelet's, and reading them is a right of the whole cluster",
    "https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/",
);
pub(crate) static RECEIVERS: Reason = reason(
    "alert-receivers",
    "who is told of alerts lies outside of the cluster, at an address that no policy can name",
    "https://prometheus.io/docs/alerting/latest/configuration/",
);
pub(crate) static SILENCES: Reason = reason(
    "alertmanager-storage",
    "silences and who was told of what outlive a restart; they take kilobytes",
    "https://prometheus.io/docs/alerting/latest/alertmanager/",
);
pub(crate) static ONE_POD: Reason = reason(
    "one-pod",
    "each pod of a monitor has a state of its own, and a second one would count or report everything again",
    "https://prometheus.io/docs/introduction/faq/#can-prometheus-be-made-highly-available",
);
pub(crate) static OWN_ADDRESS: Reason = reason(
    "own-address",
    "a Service keeps its address while its only pod starts anew, where the name of a headless one would be gone",
    "https://kubernetes.io/docs/concepts/services-networking/service/#headless-services",
);
pub(crate) static PARALLEL: Reason = reason(
    "parallel-pods",
    "a StatefulSet that starts its pods in order never replaces one that does not get ready, not even by a good release",
    "kubernetes/kubernetes#67250",
);
pub(crate) static PROBES: Reason = reason(
    "patient-probes",
    "no shared dependency in a probe, the Host and X-Forwarded-Proto headers that Django asks for",
    "mozmeao/infra#660",
);
pub(crate) static POSTGRES_VOLUME: Reason = reason(
    "postgres-volume",
    "a server that finds no data in its own folder makes an empty database, and every page fails",
    "docker-library/postgres#1259",
);
pub(crate) static QUEUES: Reason = reason(
    "queue-scaler",
    "KEDA counts the tasks that wait in a Redis or a RabbitMQ, and logs in with the password or the URL of the broker",
    "https://keda.sh/docs/latest/scalers/",
);
pub(crate) static NATIVE_SIDECAR: Reason = reason(
    "native-sidecars",
    "what runs beside a process starts before it, so that a gate can go through a proxy, and ends after it, so that a Job ends",
    "GoogleCloudPlatform/cloud-sql-proxy#2371",
);
pub(crate) static QUOTA: Reason = reason(
    "computed-quota",
    "a quota that leaves no room for a rollout stops it without a word",
    "https://kubernetes.io/docs/concepts/policy/resource-quotas/",
);
pub(crate) static REDIS: Reason = reason(
    "redis-server",
    "a broker never evicts, a cache always may, memory stays below the limit",
    "celery/celery#6319",
);
pub(crate) static RESOURCES: Reason = reason(
    "default-resources",
    "without a request a pod is placed blindly, without a memory limit it can take its node down",
    "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
);
pub(crate) static ROLLOUT: Reason = reason(
    "rollout-without-gap",
    "new pods are ready before old ones leave",
    "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment",
);
pub(crate) static FAILURES: Reason = reason(
    "pod-failure-policy",
    "code that cannot be imported and settings that cannot be read end a migrate Job at once; a drained node costs none of its retries",
    "https://kubernetes.io/docs/tasks/job/pod-failure-policy/",
);
pub(crate) static SCHEMA_WAIT: Reason = reason(
    "wait-for-schema",
    "new code never meets an old schema: pods wait, visibly and not for ever, until their migrations are there",
    "johnpooch/diplicity-react#995",
);
pub(crate) static SCALE_DOWN: Reason = reason(
    "slow-scale-down",
    "by itself an autoscaler may take all pods but the fewest away at once; the next wave of requests meets those that are left",
    "https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#default-behavior",
);
pub(crate) static SCRATCH_DISK: Reason = reason(
    "scratch-on-disk",
    "a pod that may fill more than 1 GiB of the disk of its node is placed where there is so much",
    "concourse/hush-house#8",
);
pub(crate) static SCRATCH: Reason = reason(
    "scratch-volumes",
    "exactly the paths that the process writes are writable",
    "benoitc/gunicorn#2859",
);
pub(crate) static SERVER_COMMAND: Reason = reason(
    "server-command",
    "exec form, so that SIGTERM reaches the server; settings that survive load balancers and read-only roots",
    "alphagov/notifications-admin#4826",
);
pub(crate) static SERVICE_PORT: Reason = reason(
    "service-port",
    "the port of HTTP, so that callers name none; the pods listen on one that needs no privileges",
    "https://kubernetes.io/docs/concepts/services-networking/service/#defining-a-service",
);
pub(crate) static SINGLETON: Reason = reason(
    "singleton",
    "a StatefulSet of one pod never runs two, not even when a node is lost",
    "celery/celery#4808",
);
pub(crate) static SPREAD: Reason = reason(
    "topology-spread",
    "one node or zone that fails takes only its share of the pods",
    "https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/",
);
pub(crate) static STATIC_SIDECAR: Reason = reason(
    "static-files-sidecar",
    "an unprivileged nginx in front of the server serves the files that the image collected",
    "https://docs.djangoproject.com/en/5.2/howto/static-files/deployment/",
);
pub(crate) static THROW_AWAY: Reason = reason(
    "throw-away-credentials",
    "a development stage runs at once; the values follow from names and protect nothing",
    "https://12factor.net/config",
);
pub(crate) static WRITTEN_OUT: Reason = reason(
    "written-out-default",
    "a default that the API server adds to an item of a list makes the whole list differ at each apply",
    "external-secrets/external-secrets#6797",
);

/// All named defaults of the objects, in alphabetical order.
pub static REASONS: &[&Reason] = &[
    &ACCESS_MODE,
    &RECEIVERS,
    &SILENCES,
    &BACKUP,
    &CELERY_PROBES,
    &CELERY_PING,
    &QUOTA,
    &CONFIG_HASH,
    &FLOWS,
    &RESOURCES,
    &DISRUPTION,
    &EBS_VOLUMES,
    &EXTENSIONS,
    &GO_MEMORY,
    &KUBERNETES_API,
    &GOOGLE_HEALTH,
    &LOAD_BALANCER,
    &ENDPOINT_TARGETS,
    &GROUP_ORDER,
    &MONITORING,
    &NATIVE_SIDECAR,
    &NODE_HEALTH,
    &NODE_METRICS,
    &ONE_POD,
    &OWN_ADDRESS,
    &ACCOUNT,
    &PARALLEL,
    &PROBES,
    &PGBOUNCER,
    &FAILURES,
    &HARDENING,
    &LOW_PORTS,
    &POSTGRES,
    &POSTGRES_VOLUME,
    &QUEUES,
    &READINESS_GATE,
    &LABELS,
    &REDIS,
    &NAMESPACE,
    &ROLLOUT,
    &ROUTE_CERTIFICATE,
    &SCRATCH_DISK,
    &SCRATCH,
    &SERVER_COMMAND,
    &SERVICE_PORT,
    &SINGLETON,
    &SCALE_DOWN,
    &STAGE_OF_OUTPUT,
    &STATIC_SIDECAR,
    &GRACE,
    &THROW_AWAY,
    &SPREAD,
    &SCHEMA_WAIT,
    &WRITTEN_OUT,
];
