//! What a production stage refuses, and what it adds: a table of each, which the page of production is made of.
//!
//! The rules themselves are where they look: `rules` for the words of the stack, the catalogue of `seaway-render` for the
//! objects. A test holds that each row is refused as it says, and that no file judges by the profile without a row here.

use crate::Code;

/// A rule that a production stage is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Kebab-case name, unique among all rules.
    pub name: &'static str,
    /// What is refused, in a phrase.
    pub refuses: &'static str,
    /// What it reports.
    pub code: Code,
    /// Where it holds.
    pub holds: Holds,
    /// What goes wrong without it.
    pub why: &'static str,
    /// Where that is known from: a page, or issues of public repositories as `owner/name#1`.
    pub source: &'static str,
    /// The files that judge it, below `crates`.
    pub files: &'static [&'static str],
}

/// In which stages a rule holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// In each stage: it breaks in development as well, or would show for the first time in production.
    Always,
    /// A warning in development, an error in production.
    Stricter,
    /// In production alone.
    Production,
    /// Where the stage asks for it.
    Asked,
}

impl Holds {
    /// In a phrase.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Stricter => "in production; a warning in development",
            Self::Production => "in production",
            Self::Asked => "where it is asked for",
        }
    }
}

/// What production adds where the stack does not say otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addition {
    /// What there is, in a phrase.
    pub what: &'static str,
    /// When.
    pub when: &'static str,
    /// What goes wrong without it.
    pub why: &'static str,
    /// Where that is known from.
    pub source: &'static str,
}

const IMAGES: &[&str] =
    &["seaway-core/src/rules/images.rs", "seaway-render/src/link/policy/images.rs"];
const COMMANDS: &[&str] = &[
    "seaway-core/src/policy/commands.rs",
    "seaway-core/src/rules/commands.rs",
    "seaway-render/src/link/policy/commands.rs",
];
const VALUES: &[&str] = &[
    "seaway-core/src/rules/literals.rs",
    "seaway-core/src/rules/settings.rs",
    "seaway-render/src/link/policy/values.rs",
];
const SERVICES: &[&str] =
    &["seaway-core/src/rules/services.rs", "seaway-render/src/link/policy/broker.rs"];
const PROTOCOLS: &[&str] = &["seaway-core/src/rules/protocols.rs"];
const OUTSIDE: &[&str] = &["seaway-core/src/rules/outside.rs"];
const REPLICAS: &[&str] =
    &["seaway-core/src/rules/replicas.rs", "seaway-render/src/link/policy/once.rs"];

/// All rules that a production stage is held to, by what they are about.
pub const RULES: &[Rule] = &[
    Rule {
        name: "image-names-a-release",
        refuses: "an image without a tag, or with `latest`",
        code: Code::UnpinnedImage,
        holds: Holds::Stricter,
        why: "what runs depends on when a node pulled it, and a rollback gets the same image again",
        source: "https://kubernetes.io/docs/concepts/containers/images/#image-names",
        files: IMAGES,
    },
    Rule {
        name: "image-has-a-digest",
        refuses: "an image without a digest where `require-digest` is set, those of sidecars and backing services included",
        code: Code::UnpinnedImage,
        holds: Holds::Asked,
        why: "whoever may push a tag can move it: what was tested is not what runs",
        source: "https://kubernetes.io/docs/concepts/containers/images/#using-images-with-image-digests",
        files: IMAGES,
    },
    Rule {
        name: "image-is-there",
        refuses: "an image of a registry that is gone, such as `bitnami/*`",
        code: Code::RetiredImage,
        holds: Holds::Always,
        why: "the next node that has to pull it can not",
        source: "bitnami/containers#83267",
        files: IMAGES,
    },
    Rule {
        name: "image-is-maintained",
        refuses: "an image that gets no fixes any more: Promtail, the Grafana Agent, ingress-nginx, `k8s.gcr.io`, `bitnamilegacy/*`",
        code: Code::RetiredImage,
        holds: Holds::Stricter,
        why: "what is found in it stays in it",
        source: "https://kubernetes.io/blog/2025/11/11/ingress-nginx-retirement/",
        files: IMAGES,
    },
    Rule {
        name: "no-secret-as-text",
        refuses: "a literal that looks like a secret, in a variable, an output, a config, a command or an object",
        code: Code::SecretLiteral,
        holds: Holds::Always,
        why: "everyone who reads the stack, its output or its history reads it",
        source: "https://12factor.net/config",
        files: VALUES,
    },
    Rule {
        name: "no-secret-in-the-output",
        refuses: "a `Secret` with its values among the objects of the user's own",
        code: Code::SecretLiteral,
        holds: Holds::Production,
        why: "no secret value is an input or an output of a production stage",
        source: "https://kubernetes.io/docs/concepts/security/secrets-good-practices/",
        files: VALUES,
    },
    Rule {
        name: "no-throw-away-credentials",
        refuses: "`source = \"development\"` of a Secret",
        code: Code::SecretLiteral,
        holds: Holds::Production,
        why: "the values follow from names and protect nothing",
        source: "https://12factor.net/config",
        files: &["seaway-core/src/resolve/secrets.rs"],
    },
    Rule {
        name: "no-debug",
        refuses: "`DEBUG`, or a variable such as `DJANGO_DEBUG`, switched on",
        code: Code::UnsafeSetting,
        holds: Holds::Production,
        why: "error pages show settings and code",
        source: "https://docs.djangoproject.com/en/5.2/howto/deployment/checklist/#debug",
        files: VALUES,
    },
    Rule {
        name: "hosts-are-named",
        refuses: "a web process of Django without `app.hosts`",
        code: Code::MissingField,
        holds: Holds::Production,
        why: "Django answers 400 to every request",
        source: "https://docs.djangoproject.com/en/5.2/ref/settings/#allowed-hosts",
        files: VALUES,
    },
    Rule {
        name: "not-any-host",
        refuses: "`*` among the hosts, in `app.hosts` or in `ALLOWED_HOSTS`",
        code: Code::UnsafeSetting,
        holds: Holds::Production,
        why: "a forged Host header gets into links of mails and into caches",
        source: "camerahub/camerahub#637",
        files: &[
            "seaway-core/src/rules/settings.rs",
            "seaway-core/src/rules/exposure/routes.rs",
            "seaway-render/src/link/policy/values.rs",
        ],
    },
    Rule {
        name: "https-from-outside",
        refuses: "an Ingress, a Gateway or a load balancer without TLS",
        code: Code::PlainHttp,
        holds: Holds::Production,
        why: "passwords and sessions can be read on the way",
        source: "https://docs.djangoproject.com/en/5.2/topics/security/#ssl-https",
        files: &["seaway-core/src/rules/exposure/tls.rs"],
    },
    Rule {
        name: "the-database-is-verified",
        refuses: "an `sslmode` weaker than `verify-full`, of an `rds` or in `PGSSLMODE`",
        code: Code::UnsafeSetting,
        holds: Holds::Production,
        why: "the password goes to whoever answers; RDS from PostgreSQL 15 on refuses plain connections",
        source: "https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION",
        files: OUTSIDE,
    },
    Rule {
        name: "the-verified-name-is-dialled",
        refuses: "`external-name` together with `verify-full`",
        code: Code::Conflict,
        holds: Holds::Always,
        why: "the certificate has the name of the server, not that of the Service",
        source: "https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-CERTIFICATES",
        files: OUTSIDE,
    },
    Rule {
        name: "redis-outside-has-tls",
        refuses: "`tls = false` of an `elasticache`",
        code: Code::UnsafeSetting,
        holds: Holds::Production,
        why: "the token and all tasks cross the network as plain text",
        source: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption.html",
        files: OUTSIDE,
    },
    Rule {
        name: "a-broker-outside-has-tls",
        refuses: "a RabbitMQ of type `external` by `amqp://`, by port 5672 or with `tls = false`",
        code: Code::PlainConnection,
        holds: Holds::Production,
        why: "the password and all tasks cross the network as plain text",
        source: "https://www.rabbitmq.com/docs/ssl",
        files: PROTOCOLS,
    },
    Rule {
        name: "an-external-redis-has-tls",
        refuses: "a Redis of type `external` by `redis://` or with `tls = false`",
        code: Code::PlainConnection,
        holds: Holds::Production,
        why: "the password and all that it holds cross the network as plain text",
        source: "https://redis.io/docs/latest/operate/oss_and_stack/management/security/encryption/",
        files: PROTOCOLS,
    },
    Rule {
        name: "mysql-outside-has-tls",
        refuses: "a MySQL of type `external` whose URL says nothing of TLS, or with `tls = false`; what is in a Secret nobody sees",
        code: Code::PlainConnection,
        holds: Holds::Production,
        why: "rows and, with older ways to log in, the password cross the network as plain text",
        source: "https://dev.mysql.com/doc/refman/8.4/en/using-encrypted-connections.html",
        files: PROTOCOLS,
    },
    Rule {
        name: "the-bucket-has-tls",
        refuses: "an `endpoint` of an `s3` with plain HTTP",
        code: Code::UnsafeSetting,
        holds: Holds::Production,
        why: "uploads cross the network as plain text",
        source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
        files: OUTSIDE,
    },
    Rule {
        name: "a-claim-chooses-its-class",
        refuses: "a claim without a storage class where `cluster.provider` is set",
        code: Code::IncompleteObject,
        holds: Holds::Production,
        why: "not every cluster on AWS has a default class: the claim waits for ever, or gets a disk that nobody chose",
        source: "https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html",
        files: &["seaway-render/src/link/references/classes.rs"],
    },
    Rule {
        name: "no-public-flower",
        refuses: "a Flower that is reachable from outside and asks for no password",
        code: Code::PublicWithoutAuth,
        holds: Holds::Always,
        why: "anyone sees the arguments of tasks and stops workers",
        source: "https://flower.readthedocs.io/en/latest/auth.html",
        files: &["seaway-core/src/rules/process.rs", "seaway-render/src/link/policy/public.rs"],
    },
    Rule {
        name: "no-public-metrics",
        refuses: "a port or path of metrics behind a node port, a load balancer, an Ingress or an HTTPRoute",
        code: Code::PublicWithoutAuth,
        holds: Holds::Production,
        why: "metrics tell paths, versions and how many customers there are, and ask for no password",
        source: "https://prometheus.io/docs/operating/security/",
        files: &["seaway-render/src/link/policy/public.rs"],
    },
    Rule {
        name: "somebody-is-told",
        refuses: "`monitoring` without `receivers` or an operator",
        code: Code::MissingField,
        holds: Holds::Production,
        why: "alerts fire and nobody hears them",
        source: "https://prometheus.io/docs/alerting/latest/overview/",
        files: &["seaway-core/src/rules/monitoring.rs"],
    },
    Rule {
        name: "traces-are-encrypted",
        refuses: "`traces` to a collector outside of the cluster without `tls`",
        code: Code::PlainHttp,
        holds: Holds::Production,
        why: "what they tell of requests can be read on the way",
        source: "https://opentelemetry.io/docs/specs/otel/protocol/exporter/#configuration-options",
        files: &["seaway-core/src/rules/monitoring.rs"],
    },
    Rule {
        name: "no-nginx-snippets",
        refuses: "`…-snippet` annotations of ingress-nginx",
        code: Code::UnsafeSetting,
        holds: Holds::Always,
        why: "whoever may write an Ingress reads every Secret of the cluster by them (CVE-2021-25742)",
        source: "kubernetes/ingress-nginx#7837",
        files: &["seaway-render/src/link/policy/snippets.rs"],
    },
    Rule {
        name: "two-pods-of-what-is-called",
        refuses: "`replicas = 1` or `autoscale.min = 1` of a web process, or of another one with a port that is no singleton",
        code: Code::SingleReplica,
        holds: Holds::Production,
        why: "nobody answers while its node is drained",
        source: "https://kubernetes.io/docs/concepts/workloads/pods/disruptions/",
        files: REPLICAS,
    },
    Rule {
        name: "a-singleton-runs-once",
        refuses: "a scheduler or singleton with several replicas, an autoscaler, or a rollout that has two pods at a time",
        code: Code::RunsTwice,
        holds: Holds::Always,
        why: "tasks are sent twice, and nothing fails",
        source: "celery/celery#4808",
        files: REPLICAS,
    },
    Rule {
        name: "one-scheduler",
        refuses: "two components of type `beat` with the same schedule",
        code: Code::RunsTwice,
        holds: Holds::Always,
        why: "tasks are sent twice, and nothing fails",
        source: "inveniosoftware/helm-invenio#159",
        files: REPLICAS,
    },
    Rule {
        name: "a-worker-does-not-schedule",
        refuses: "`worker -B` and `--beat`",
        code: Code::UnsafeCommand,
        holds: Holds::Always,
        why: "each replica sends every scheduled task",
        source: "mitodl/ol-infrastructure#4266",
        files: COMMANDS,
    },
    Rule {
        name: "no-migration-in-replicas",
        refuses: "`migrate` in the start command or in a container of a replicated process",
        code: Code::UnsafeCommand,
        holds: Holds::Always,
        why: "every pod migrates at the same time: half-applied schemas, relations that already exist",
        source: "nautobot/helm-charts#744",
        files: COMMANDS,
    },
    Rule {
        name: "no-collectstatic-in-replicas",
        refuses: "`collectstatic` in the start command or in a container of a replicated process",
        code: Code::UnsafeCommand,
        holds: Holds::Always,
        why: "pages of one release meet the files of another: missing manifest entries, 500",
        source: "RedHatProductSecurity/component-registry#388",
        files: COMMANDS,
    },
    Rule {
        name: "no-development-server",
        refuses: "`runserver`",
        code: Code::UnsafeCommand,
        holds: Holds::Production,
        why: "it has gone through no security audits or performance tests, by its own word",
        source: "https://docs.djangoproject.com/en/5.2/ref/django-admin/#runserver",
        files: COMMANDS,
    },
    Rule {
        name: "no-eventlet",
        refuses: "gunicorn with eventlet workers",
        code: Code::UnsafeCommand,
        holds: Holds::Always,
        why: "gunicorn has none since version 26: it does not start",
        source: "https://github.com/benoitc/gunicorn/blob/master/docs/content/2026-news.md",
        files: COMMANDS,
    },
    Rule {
        name: "a-backup-of-each-database",
        refuses: "a database in the cluster that nothing dumps, with a warning",
        code: Code::NoBackup,
        holds: Holds::Production,
        why: "all of its rows are in one volume, and go with it",
        source: "lihor-hub/news-dashboard#473",
        files: &["seaway-core/src/rules/backup.rs"],
    },
    Rule {
        name: "one-pod-per-single-volume",
        refuses: "a read-write-once volume that several pods mount",
        code: Code::SharedVolume,
        holds: Holds::Stricter,
        why: "pods on other nodes wait for it for ever, and so does the rollout",
        source: "GoogleCloudPlatform/kubernetes-engine-samples#90",
        files: &["seaway-core/src/rules/volumes.rs", "seaway-render/src/link/agreement/claims.rs"],
    },
    Rule {
        name: "broker-and-cache-apart",
        refuses: "one Redis with the roles of a broker and of a cache",
        code: Code::SharedRedisDatabase,
        holds: Holds::Stricter,
        why: "it may drop nothing, so the cache fills it until tasks are refused",
        source: "taskforcesh/bullmq#1046",
        files: SERVICES,
    },
    Rule {
        name: "a-broker-keeps-everything",
        refuses: "a broker that drops entries when its memory is full",
        code: Code::SharedRedisDatabase,
        holds: Holds::Always,
        why: "an entry that is dropped is a task that is lost, without an error",
        source: "rq/rq#1280",
        files: SERVICES,
    },
    Rule {
        name: "redis-asks-for-a-password",
        refuses: "`auth = false` of a Redis, in the cluster or outside it",
        code: Code::NoPassword,
        holds: Holds::Production,
        why: "whoever reaches it reads and deletes everything",
        source: "https://redis.io/docs/latest/operate/oss_and_stack/management/security/",
        files: SERVICES,
    },
    Rule {
        name: "nothing-is-left-behind",
        refuses: "a backing service that nothing refers to",
        code: Code::UnusedComponent,
        holds: Holds::Stricter,
        why: "what a switch of stages left behind keeps its volume, its password and its cost",
        source: "https://12factor.net/backing-services",
        files: &["seaway-core/src/rules/unused.rs"],
    },
    Rule {
        name: "databases-are-migrated",
        refuses: "a database in the cluster that processes read and nothing migrates",
        code: Code::NoMigrate,
        holds: Holds::Stricter,
        why: "the stage starts, and the first request finds no table",
        source: "https://12factor.net/admin-processes",
        files: &["seaway-core/src/rules/missing.rs"],
    },
    Rule {
        name: "roles-outlive-a-change-of-type",
        refuses: "a component that changed its type in the stage, and is no longer what the application used it as",
        code: Code::LostRole,
        holds: Holds::Stricter,
        why: "no process gets its URL any more, and settings fall back to SQLite or to localhost",
        source: "https://12factor.net/backing-services",
        files: &["seaway-core/src/rules/lost.rs"],
    },
    Rule {
        name: "one-autoscaler",
        refuses: "two autoscalers of one workload, that of KEDA included",
        code: Code::TwoAutoscalers,
        holds: Holds::Always,
        why: "both stop scaling",
        source: "https://keda.sh/docs/latest/concepts/scaling-deployments/",
        files: &["seaway-render/src/link/agreement/autoscalers.rs"],
    },
    Rule {
        name: "time-to-stop",
        refuses: "a grace period shorter than preStop and what runs",
        code: Code::ShortGrace,
        holds: Holds::Always,
        why: "requests and tasks are killed in each rollout",
        source: "freelawproject/courtlistener#3726",
        files: &["seaway-render/src/link/budgets/grace.rs"],
    },
    Rule {
        name: "time-to-start",
        refuses: "a start-up probe that gives up before `startup-seconds`",
        code: Code::ShortStartup,
        holds: Holds::Always,
        why: "the container is killed and starts anew, for ever, on the busiest node first",
        source: "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/",
        files: &["seaway-render/src/link/budgets/start.rs"],
    },
    Rule {
        name: "connections-fit",
        refuses: "more connections than the database takes, counted over all pods and a rollout",
        code: Code::TooManyConnections,
        holds: Holds::Always,
        why: "what comes too late is refused, at the time of the highest load",
        source: "https://docs.djangoproject.com/en/5.2/ref/databases/#connection-management",
        files: &["seaway-render/src/link/budgets/connections.rs"],
    },
    Rule {
        name: "processes-fit-into-memory",
        refuses: "more processes than fit into the memory limit of their container",
        code: Code::MemoryOverLimit,
        holds: Holds::Always,
        why: "the kernel kills them under load, without a word in any log",
        source: "benoitc/gunicorn#2028",
        files: &["seaway-render/src/link/budgets/memory.rs"],
    },
    Rule {
        name: "the-stage-fits-into-its-quota",
        refuses: "a quota smaller than the most pods, a rollout and Jobs together",
        code: Code::ExceededQuota,
        holds: Holds::Always,
        why: "a rollout stops and says so in an event of its ReplicaSet only",
        source: "https://kubernetes.io/docs/concepts/policy/resource-quotas/",
        files: &["seaway-render/src/link/api/quota.rs"],
    },
    Rule {
        name: "processes-keep-their-probes",
        refuses: "a worker or beat whose own `command` takes its probes away, unless `probes` or `celery-probes = false` say so",
        code: Code::NoProbes,
        holds: Holds::Stricter,
        why: "a process that hangs is never restarted, and a rollout goes on before the new one works",
        source: "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-probes",
        files: &["seaway-core/src/rules/celery.rs"],
    },
    Rule {
        name: "background-processes-have-a-probe",
        refuses: "a process that runs on without a port and without `probes`; a warning",
        code: Code::NoProbes,
        holds: Holds::Production,
        why: "a process that hangs is never restarted, and nobody sees it: it has no caller",
        source: "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-probes",
        files: &["seaway-core/src/rules/process.rs"],
    },
    Rule {
        name: "tasks-end-before-they-are-handed-out-again",
        refuses: "a task limit that reaches the visibility timeout of a Redis broker",
        code: Code::RedeliveredTasks,
        holds: Holds::Stricter,
        why: "a task runs twice at a time, and again an hour later",
        source: "https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html#visibility-timeout",
        files: &["seaway-core/src/rules/celery.rs"],
    },
];

/// What production adds.
pub const ADDITIONS: &[Addition] = &[
    Addition {
        what: "two pods of each web process, and of each other process with a port that is no singleton",
        when: "unless it says `replicas` or `autoscale`",
        why: "a node that is drained must not take the only pod",
        source: "https://kubernetes.io/docs/concepts/workloads/pods/disruptions/",
    },
    Addition {
        what: "a disruption budget that lets one pod be drained at a time",
        when: "with two pods or more, in each profile",
        why: "an upgrade of the cluster drains many nodes at once",
        source: "https://kubernetes.io/docs/tasks/run-application/configure-pdb/",
    },
    Addition {
        what: "pods spread over zones and nodes, never so strictly that one could not start",
        when: "with two pods or more, in each profile",
        why: "one zone or node that fails takes only its share",
        source: "https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/",
    },
    Addition {
        what: "cpu limits in whole cores, at least twice the request",
        when: "unless they are written",
        why: "a runaway process must not starve its neighbours, and a limit near the request throttles",
        source: "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
    },
    Addition {
        what: "protection of a load balancer of AWS from being deleted",
        when: "unless `deletion-protection` is written",
        why: "a removed Ingress or Service must not take the address away that names point to",
        source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html",
    },
    Addition {
        what: "Secrets that are in the cluster before the stack is applied, in place of throw-away ones",
        when: "unless another source is written",
        why: "no secret value is an input or an output of a production stage",
        source: "https://kubernetes.io/docs/concepts/security/secrets-good-practices/",
    },
    Addition {
        what: "a `HorizontalPodAutoscaler` on cpu use, and no `replicas`",
        when: "with `autoscale`, in each profile",
        why: "a number of pods that is written down resets what the autoscaler chose at every apply",
        source: "https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/",
    },
    Addition {
        what: "a `ScaledObject` of KEDA on the length of a worker's queues, at a Redis or a RabbitMQ, its login and a way to the broker, and no `replicas`",
        when: "with `autoscale.queue-length`, in each profile",
        why: "tasks that wait use no cpu: by its cpu use a worker is scaled when it is too late",
        source: "https://keda.sh/docs/latest/scalers/redis-lists/",
    },
    Addition {
        what: "a `ResourceQuota` of what the stage uses at most with head-room, and a `LimitRange`",
        when: "with `quota`, in each profile",
        why: "one stage must not take the cluster, and a quota without room for a rollout stops it without a word",
        source: "https://kubernetes.io/docs/concepts/policy/resource-quotas/",
    },
    Addition {
        what: "a priority of pods",
        when: "with `priority-class`, in each profile; the class is one of `cluster.provides`, or an object of `[[objects]]`",
        why: "on a full cluster the scheduler decides who waits",
        source: "https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/",
    },
];

/// What careful engineers add elsewhere, and no stage gets by itself.
pub const LEFT_OUT: &[Addition] = &[
    Addition {
        what: "a smaller `ndots` in `dnsConfig`",
        when: "in each profile",
        why: "musl, the libc of Alpine images, asks for a name with that many dots as it stands and never with the search list: with \
              `ndots: 2` a host like `broker.shop.svc` does not resolve there. A name with five dots, as of RDS, is asked for once in \
              any case",
        source: "https://git.musl-libc.org/cgit/musl/tree/src/network/lookup_name.c",
    },
    Addition {
        what: "a higher priority of databases and brokers",
        when: "in each profile; `priority-class` of the component gives it one",
        why: "a `PriorityClass` is an object of the whole cluster: two stacks would share its name, and a team may not be allowed to \
              create it",
        source: "https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/#priorityclass",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_rules_are_unique() {
        for (at, rule) in RULES.iter().enumerate() {
            assert!(RULES[..at].iter().all(|other| other.name != rule.name), "{}", rule.name);
        }
    }
}
