//! The named defaults of the language: what nobody wrote, why it is so, and where that is known from.

use crate::Reason;

pub(super) static ALB_CLASS: Reason = Reason {
    name: "alb-class",
    why: "the class that the AWS Load Balancer Controller comes with",
    source: "https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/ingress_class/",
};
pub(super) static ALB_IDLE_TIMEOUT: Reason = Reason {
    name: "alb-idle-timeout",
    why: "the default of AWS, written down because the server has to keep connections longer",
    source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html",
};
pub(super) static ALB_INVALID_HEADERS: Reason = Reason {
    name: "alb-invalid-headers",
    why: "a header that load balancer and server read differently smuggles requests past the first",
    source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html",
};
pub(super) static CONTROLLER_OF_CLASS: Reason = Reason {
    name: "controller-of-class",
    why: "the class is called like the one that the controller's own chart makes",
    source: "https://kubernetes.io/docs/concepts/services-networking/ingress-controllers/",
};
pub(super) static ROUTE_TERMINATION: Reason = Reason {
    name: "route-termination",
    why: "the router has a certificate for the hosts of its domain, and browsers expect HTTPS",
    source: "https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/ingress_and_load_balancing/configuring-routes",
};
pub(super) static GATEWAY_LISTENERS: Reason = Reason {
    name: "gateway-listeners",
    why: "the names that the guides of the Gateway API give to listeners",
    source: "https://gateway-api.sigs.k8s.io/guides/http-redirect-rewrite/",
};
pub(super) static HSTS: Reason = Reason {
    name: "hsts-one-hour",
    why: "browsers keep to HTTPS, and a mistake with the certificate is over after an hour; raise it when TLS has proven itself",
    source: "https://docs.djangoproject.com/en/5.2/ref/middleware/#http-strict-transport-security",
};
pub(super) static LOAD_BALANCER_CROSS_ZONE: Reason = Reason {
    name: "load-balancer-cross-zone",
    why: "the zone of a load balancer whose pods are all elsewhere answers too",
    source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/network-load-balancers.html",
};
pub(super) static LOAD_BALANCER_DEREGISTRATION: Reason = Reason {
    name: "load-balancer-deregistration",
    why: "a target that leaves is waited for as long as requests may run, not for the five minutes of AWS",
    source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html",
};
pub(super) static LOAD_BALANCER_CODES: Reason = Reason {
    name: "load-balancer-success-codes",
    why: "the codes that the kubelet takes for ready: with fewer a pod whose path redirects is ready and unhealthy, and its rollout stands still",
    source: "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#define-a-liveness-http-request",
};
pub(super) static LOAD_BALANCER_HEALTH: Reason = Reason {
    name: "load-balancer-health-check",
    why: "a pod that is ready takes requests within half a minute, and one failed check takes no pod out",
    source: "https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#health-check",
};
pub(super) static LOAD_BALANCER_SCHEME: Reason = Reason {
    name: "load-balancer-scheme",
    why: "what is exposed is meant to be reached; without the word the controller makes an internal load balancer",
    source: "https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#scheme",
};
pub(super) static LOAD_BALANCER_TLS: Reason = Reason {
    name: "load-balancer-tls",
    why: "TLS 1.2 and 1.3; the default of AWS still takes TLS 1.0",
    source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html",
};
pub(super) static AUTOSCALE_CPU: Reason = Reason {
    name: "autoscale-cpu",
    why: "the pods that run have a third of their cpu left while new ones start",
    source: "https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#algorithm-details",
};
pub(super) static API_SERVICE_PORT: Reason = Reason {
    name: "api-service-port",
    why: "the Service of the API server has this port on every cluster",
    source: "https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/",
};
pub(super) static BACKUP_ALERT: Reason = Reason {
    name: "backup-alert",
    why: "the longest time between two runs of the schedule, and two hours for the run and its retries",
    source: "https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/cronjob-metrics.md",
};
pub(super) static BACKUP_DEADLINE: Reason = Reason {
    name: "backup-deadline",
    why: "a dump of some hundred gigabytes takes hours, and one that hangs must not keep the next one from starting",
    source: "https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup",
};
pub(super) static BACKUP_KEEP: Reason = Reason {
    name: "backup-keep",
    why: "a week of daily dumps: what a mistake deleted on a Friday is still there on Monday",
    source: "https://www.postgresql.org/docs/current/backup-dump.html",
};
pub(super) static BACKUP_SCRATCH: Reason = Reason {
    name: "backup-scratch",
    why: "a dump lies here until it is uploaded; a larger one ends the pod, and the alert says so",
    source: "https://kubernetes.io/docs/concepts/storage/volumes/#emptydir",
};
pub(super) static BEAT_STORAGE: Reason = Reason {
    name: "beat-storage",
    why: "without a volume beat forgets when it ran last; interval tasks start anew after a restart",
    source: "https://docs.celeryq.dev/en/stable/userguide/periodic-tasks.html",
};
pub(super) static CELERY_CONCURRENCY: Reason = Reason {
    name: "celery-concurrency",
    why: "Celery's own default is the number of cores of the node, not of the pod",
    source: "https://docs.celeryq.dev/en/stable/userguide/workers.html#concurrency",
};
pub(super) static CELERY_MAX_TASKS_PER_CHILD: Reason = Reason {
    name: "celery-max-tasks-per-child",
    why: "a child process that is replaced now and then gives leaked memory back",
    source: "https://docs.celeryq.dev/en/stable/userguide/workers.html#max-tasks-per-child-setting",
};
pub(super) static CELERY_PREFETCH: Reason = Reason {
    name: "celery-prefetch",
    why: "one task a child at a time: a long task does not hold others back",
    source: "https://docs.celeryq.dev/en/stable/userguide/optimizing.html#prefetch-limits",
};
pub(super) static CELERY_PROCESS_MEMORY: Reason = Reason {
    name: "celery-process-memory",
    why: "what a forked child of a Django project takes beyond what it shares with its parent; measure your own",
    source: "https://docs.celeryq.dev/en/stable/userguide/workers.html#max-memory-per-child-setting",
};
pub(super) static CELERY_TASK_TIME_LIMIT: Reason = Reason {
    name: "celery-task-time-limit",
    why: "no task may run longer than the pod waits for it when it stops",
    source: "celery/celery#4079",
};
/// How many finished runs of a cron stay.
pub static CRON_HISTORY: Reason = Reason {
    name: "cron-history",
    why: "a few finished runs are enough to look at",
    source: "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#jobs-history-limits",
};
/// Why a `job` that somebody starts has a schedule.
pub static JOB_BY_HAND: Reason = Reason {
    name: "job-by-hand",
    why: "a CronJob that is suspended is the only object that `kubectl create job --from` starts a Job of; its schedule never comes",
    source: "https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/kubectl_create_job/",
};
pub(super) static CRON_NO_OVERLAP: Reason = Reason {
    name: "cron-no-overlap",
    why: "a run that takes longer than its period must not meet the next one",
    source: "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#concurrency-policy",
};
pub(super) static CRON_START_DEADLINE: Reason = Reason {
    name: "cron-start-deadline",
    why: "a run that could not start for ten minutes waits for its next time",
    source: "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#starting-deadline",
};
/// Who reaches a component that does not say it: the others of its stage.
pub static EXPOSE_CLUSTER_IP: Reason = Reason {
    name: "expose-cluster-ip",
    why: "nothing is public unless the stack says so",
    source: "https://kubernetes.io/docs/concepts/services-networking/service/#type-clusterip",
};
pub(super) static FIXED_KEEP_ALIVE: Reason = Reason {
    name: "fixed-keep-alive",
    why: "the server closes idle connections after this time, which no option makes longer",
    source: "https://github.com/django/daphne",
};
pub(super) static GUNICORN_GRACEFUL_TIMEOUT: Reason = Reason {
    name: "gunicorn-graceful-timeout",
    why: "a request that runs when the pod stops has this long to end",
    source: "https://docs.gunicorn.org/en/stable/settings.html#graceful-timeout",
};
pub(super) static GUNICORN_KEEP_ALIVE: Reason = Reason {
    name: "gunicorn-keep-alive",
    why: "longer than the 60 s after which load balancers drop idle connections; gunicorn's 2 s give sporadic 502",
    source: "alphagov/notifications-admin#4826",
};
pub(super) static GUNICORN_MAX_REQUESTS: Reason = Reason {
    name: "gunicorn-max-requests",
    why: "a worker that is replaced now and then gives leaked memory back",
    source: "https://docs.gunicorn.org/en/stable/settings.html#max-requests",
};
pub(super) static GUNICORN_THREADS: Reason = Reason {
    name: "gunicorn-threads",
    why: "threads let a worker wait for the database and answer others meanwhile",
    source: "https://docs.gunicorn.org/en/stable/design.html#how-many-threads",
};
pub(super) static GUNICORN_TIMEOUT: Reason = Reason {
    name: "gunicorn-timeout",
    why: "a worker that hangs longer is replaced",
    source: "https://docs.gunicorn.org/en/stable/settings.html#timeout",
};
pub(super) static GUNICORN_WORKERS: Reason = Reason {
    name: "gunicorn-workers",
    why: "counted from the pod, not from the cores of the node, which gave 160 workers and an OOM kill",
    source: "benoitc/gunicorn#2028",
};
pub(super) static JOB_DEADLINE: Reason = Reason {
    name: "job-deadline",
    why: "a job that hangs is given up after half an hour",
    source: "https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup",
};
pub(super) static JOB_RETRIES: Reason = Reason {
    name: "job-retries",
    why: "a database that is still starting is no failure",
    source: "https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-backoff-failure-policy",
};
pub(super) static ONE_REPLICA: Reason = Reason {
    name: "one-replica",
    why: "one pod until the stack asks for more",
    source: "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#replicas",
};
pub(super) static PGBOUNCER_CLIENTS: Reason = Reason {
    name: "pgbouncer-clients",
    why: "a client costs a few KiB; PgBouncer's own 100 turn the threads of a few web pods away",
    source: "https://www.pgbouncer.org/config.html#max_client_conn",
};
pub(super) static PGBOUNCER_POOL_SIZE: Reason = Reason {
    name: "pgbouncer-pool-size",
    why: "PgBouncer's own default, per pod: two pods take 40 connections of the database",
    source: "https://www.pgbouncer.org/config.html#default_pool_size",
};
pub(super) static PGBOUNCER_PREPARED_STATEMENTS: Reason = Reason {
    name: "pgbouncer-prepared-statements",
    why: "without it a driver that prepares statements fails on a connection that did not see them",
    source: "https://www.pgbouncer.org/config.html#max_prepared_statements",
};
pub(super) static PGBOUNCER_REPLICAS: Reason = Reason {
    name: "pgbouncer-replicas",
    why: "every request goes through it: one pod fails or is drained, the other serves",
    source: "https://kubernetes.io/docs/concepts/workloads/pods/disruptions/",
};
pub(super) static POSTGRES_MAX_CONNECTIONS: Reason = Reason {
    name: "postgres-max-connections",
    why: "PostgreSQL's own default",
    source: "https://www.postgresql.org/docs/current/runtime-config-connection.html",
};
pub(super) static POSTGRES_PORT: Reason = Reason {
    name: "postgres-port",
    why: "PostgreSQL's own port, also that of RDS",
    source: "https://www.postgresql.org/docs/current/runtime-config-connection.html",
};
pub(super) static POSTGRES_STORAGE: Reason = Reason {
    name: "postgres-storage",
    why: "enough for a start; it can grow where the storage class allows it",
    source: "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims",
};
pub(super) static POSTGRES_VERSION: Reason = Reason {
    name: "postgres-version",
    why: "the oldest major with the old data path and years of support left",
    source: "https://www.postgresql.org/support/versioning/",
};
pub(super) static PRODUCTION_CPU_LIMIT: Reason = Reason {
    name: "production-cpu-limit",
    why: "in production a runaway process must not starve its neighbours",
    source: "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
};
pub(super) static RDS_SSLMODE: Reason = Reason {
    name: "rds-sslmode",
    why: "anything weaker talks to whoever answers; RDS from PostgreSQL 15 on refuses plain connections anyway",
    source: "https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION",
};
pub(super) static REDIS_PORT: Reason = Reason {
    name: "redis-port",
    why: "Redis' own port, also that of ElastiCache",
    source: "https://redis.io/docs/latest/operate/oss_and_stack/management/config/",
};
pub(super) static QUOTA_HEAD_ROOM: Reason = Reason {
    name: "quota-head-room",
    why: "pods that stop slowly count as well, and a quota that is met to the last byte stops a rollout",
    source: "https://kubernetes.io/docs/concepts/policy/resource-quotas/",
};
/// At least two pods of what is called: one that is drained, evicted or restarted leaves another.
pub static PRODUCTION_REPLICAS: Reason = Reason {
    name: "production-replicas",
    why: "in production a node that is drained must not take the only pod",
    source: "https://kubernetes.io/docs/concepts/workloads/pods/disruptions/",
};
pub(super) static REDIS_STORAGE: Reason = Reason {
    name: "redis-storage",
    why: "holds the append-only file of a broker and its rewrite",
    source: "https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/",
};
pub(super) static REDIS_VERSION: Reason = Reason {
    name: "redis-version",
    why: "the newest line of the image that is maintained",
    source: "https://github.com/docker-library/official-images/blob/master/library/redis",
};
pub(super) static MIGRATE_PROCESS_MEMORY: Reason = Reason {
    name: "migrate-process-memory",
    why: "a project is imported with all its models, in each state that its migrations went through: NetBox 4.6 takes 483 MiB",
    source: "https://docs.djangoproject.com/en/5.2/topics/migrations/#squashing-migrations",
};
pub(super) static DATABASE_TIMEOUT: Reason = Reason {
    name: "database-timeout",
    why: "a Job that waits longer for its database fails where it can be seen, and is tried again",
    source: "johnpooch/diplicity-react#995",
};
pub(super) static SCHEMA_TIMEOUT: Reason = Reason {
    name: "schema-timeout",
    why: "a pod waits as long as its migrations may take: one that fails sooner fails while they run",
    source: "apache/airflow#20069",
};
pub(super) static INTERNET: Reason = Reason {
    name: "internet",
    why: "private, shared and link-local addresses are those of pods, of nodes and of the metadata service of the cloud",
    source: "https://www.iana.org/assignments/iana-ipv4-special-registry/iana-ipv4-special-registry.xhtml",
};
pub(super) static EKS_SERVICES: Reason = Reason {
    name: "eks-services",
    why: "EKS chooses the range of Services from two where nobody else does",
    source: "https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html",
};
pub(super) static STORAGE_RECLAIM: Reason = Reason {
    name: "storage-reclaim",
    why: "a claim that is deleted by mistake does not take the data of production with it",
    source: "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reclaiming",
};
pub(super) static ONE_PROCESS: Reason = Reason {
    name: "one-process",
    why: "the server has one process; more pods are more processes",
    source: "https://github.com/django/daphne",
};
pub(super) static VALKEY_VERSION: Reason = Reason {
    name: "valkey-version",
    why: "the newest line of the image that is maintained",
    source: "https://github.com/valkey-io/valkey-container",
};
pub(super) static WEB_DRAIN: Reason = Reason {
    name: "web-drain",
    why: "a pod leaves the endpoints after it is told to stop, so it serves a little longer",
    source: "freelawproject/courtlistener#3726",
};
pub(super) static WEB_PORT: Reason = Reason {
    name: "web-port",
    why: "gunicorn's and uvicorn's own port; an unprivileged one",
    source: "https://docs.gunicorn.org/en/stable/settings.html#bind",
};
pub(super) static NGINX_BODY: Reason = Reason {
    name: "nginx-body",
    why: "nginx' own limit of 1 MiB refuses most photographs",
    source: "https://nginx.org/en/docs/http/ngx_http_core_module.html#client_max_body_size",
};
pub(super) static WEB_PROCESS_MEMORY: Reason = Reason {
    name: "web-process-memory",
    why: "a warm Django project takes about 100 MiB a process; workers times memory over the limit is an OOM kill",
    source: "benoitc/gunicorn#2028",
};
pub(super) static WEB_SERVER: Reason = Reason {
    name: "web-server",
    why: "Django's default interface is WSGI",
    source: "https://docs.djangoproject.com/en/5.2/howto/deployment/wsgi/",
};
pub(super) static CRON_RETRIES: Reason = Reason {
    name: "cron-retries",
    why: "a run that fails twice more will do better at its next time",
    source: "https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-backoff-failure-policy",
};
pub(super) static CRON_TIME_ZONE: Reason = Reason {
    name: "cron-time-zone",
    why: "without a zone the schedule follows whatever zone the control plane runs in",
    source: "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#time-zones",
};
pub(super) static FLOWER_PORT: Reason = Reason {
    name: "flower-port",
    why: "Flower's own port",
    source: "https://flower.readthedocs.io/en/latest/config.html#port",
};

pub(super) static LOGS_RETENTION: Reason = Reason {
    name: "logs-retention",
    why: "two weeks of logs cover the last release and the one before",
    source: "https://grafana.com/docs/loki/latest/operations/storage/retention/",
};
pub(super) static METRICS_RETENTION: Reason = Reason {
    name: "metrics-retention",
    why: "Prometheus' own default",
    source: "https://prometheus.io/docs/prometheus/latest/storage/#operational-aspects",
};
pub(super) static MONITORING_STORAGE: Reason = Reason {
    name: "monitoring-storage",
    why: "one or two bytes a sample: weeks of a stack of this size with room to spare",
    source: "https://prometheus.io/docs/prometheus/latest/storage/#operational-aspects",
};
pub(super) static OTLP_PORT: Reason = Reason {
    name: "otlp-port",
    why: "the port of OTLP over HTTP",
    source: "https://opentelemetry.io/docs/specs/otlp/#otlphttp-default-port",
};
pub(super) static SCRAPE_INTERVAL: Reason = Reason {
    name: "scrape-interval",
    why: "fine enough for rates over five minutes, and half the samples of the usual 15 s",
    source: "https://prometheus.io/docs/prometheus/latest/configuration/configuration/",
};
pub(super) static SUBMISSION_PORT: Reason = Reason {
    name: "submission-port",
    why: "mail is handed in here, with STARTTLS",
    source: "https://www.rfc-editor.org/rfc/rfc6409",
};

/// All named defaults of the language, in alphabetical order.
pub static REASONS: &[&Reason] = &[
    &ALB_CLASS,
    &ALB_IDLE_TIMEOUT,
    &ALB_INVALID_HEADERS,
    &API_SERVICE_PORT,
    &AUTOSCALE_CPU,
    &BACKUP_ALERT,
    &BACKUP_DEADLINE,
    &BACKUP_KEEP,
    &BACKUP_SCRATCH,
    &BEAT_STORAGE,
    &CELERY_CONCURRENCY,
    &CELERY_MAX_TASKS_PER_CHILD,
    &CELERY_PREFETCH,
    &CELERY_PROCESS_MEMORY,
    &CELERY_TASK_TIME_LIMIT,
    &CONTROLLER_OF_CLASS,
    &CRON_HISTORY,
    &CRON_NO_OVERLAP,
    &CRON_RETRIES,
    &CRON_START_DEADLINE,
    &CRON_TIME_ZONE,
    &DATABASE_TIMEOUT,
    &EKS_SERVICES,
    &EXPOSE_CLUSTER_IP,
    &FIXED_KEEP_ALIVE,
    &FLOWER_PORT,
    &GATEWAY_LISTENERS,
    &GUNICORN_GRACEFUL_TIMEOUT,
    &GUNICORN_KEEP_ALIVE,
    &GUNICORN_MAX_REQUESTS,
    &GUNICORN_THREADS,
    &GUNICORN_TIMEOUT,
    &GUNICORN_WORKERS,
    &HSTS,
    &INTERNET,
    &JOB_BY_HAND,
    &JOB_DEADLINE,
    &JOB_RETRIES,
    &LOAD_BALANCER_CROSS_ZONE,
    &LOAD_BALANCER_DEREGISTRATION,
    &LOAD_BALANCER_HEALTH,
    &LOAD_BALANCER_SCHEME,
    &LOAD_BALANCER_CODES,
    &LOAD_BALANCER_TLS,
    &LOGS_RETENTION,
    &METRICS_RETENTION,
    &MIGRATE_PROCESS_MEMORY,
    &MONITORING_STORAGE,
    &NGINX_BODY,
    &ONE_PROCESS,
    &ONE_REPLICA,
    &OTLP_PORT,
    &PGBOUNCER_CLIENTS,
    &PGBOUNCER_POOL_SIZE,
    &PGBOUNCER_PREPARED_STATEMENTS,
    &PGBOUNCER_REPLICAS,
    &POSTGRES_MAX_CONNECTIONS,
    &POSTGRES_PORT,
    &POSTGRES_STORAGE,
    &POSTGRES_VERSION,
    &PRODUCTION_CPU_LIMIT,
    &PRODUCTION_REPLICAS,
    &QUOTA_HEAD_ROOM,
    &RDS_SSLMODE,
    &REDIS_PORT,
    &REDIS_STORAGE,
    &REDIS_VERSION,
    &ROUTE_TERMINATION,
    &SCHEMA_TIMEOUT,
    &SCRAPE_INTERVAL,
    &STORAGE_RECLAIM,
    &SUBMISSION_PORT,
    &VALKEY_VERSION,
    &WEB_DRAIN,
    &WEB_PORT,
    &WEB_PROCESS_MEMORY,
    &WEB_SERVER,
];
