//! What the stage has, as the texts of monitoring are told it.

use seaway_core::options::{self, CeleryRole, MonitorRole, Monitoring, Provides, Receiver};
use seaway_core::outputs::{cert_manager, metrics_ports};
use seaway_core::stack::Part;
use seaway_core::values::DataKey;
use seaway_core::{Sourced, Stack, exposure};

use super::super::env;
use super::super::pod::data_claim_name;
use super::super::volumes::TOKEN;
use super::text::{
    Alerting, Autoscaler, Backup, Celery, Certificates, Claim, Grafana, Kind, Kubelet, Logs,
    Monitored, Parts, Postgres, Redis, Route, Runbooks, Sends, Web, Worker, Workload,
};
use super::{DASHBOARDS, GRAFANA_DATA, LOKI_DATA, PROVISIONING, SECRETS, text};

/// The stage's Grafana through `kubectl port-forward`, where runbooks lie unless the stack says otherwise.
const FORWARDED: &str = "http://localhost:3000";

/// What the component watches.
fn monitored(stack: &Stack, owner: &Part, monitoring: &Monitoring) -> Monitored {
    let operator = monitoring.operator().is_some();
    let mut monitored = Monitored {
        stack: stack.name.to_string(),
        namespace: stack.namespace.to_string(),
        before: stack.prefix.0.as_ref().map(ToString::to_string),
        place: stack.prefix.text(&stack.namespace),
        stage: stack.stage.to_string(),
        prefix: owner.object.to_string(),
        operator,
        scrape_interval: monitoring.scrape_interval_seconds.value,
        runbooks: runbooks(stack, monitoring),
        service_account: TOKEN.to_owned(),
        kubelet: (!operator).then_some(Kubelet { ca: None }),
        webs: Vec::new(),
        workers: Vec::new(),
        celery: Vec::new(),
        postgres: Vec::new(),
        redis: Vec::new(),
        mysql: Vec::new(),
        memcached: Vec::new(),
        rabbitmq: Vec::new(),
        workloads: Vec::new(),
        autoscalers: Vec::new(),
        claims: Vec::new(),
        backups: Vec::new(),
        certificates: cert_manager(stack, monitoring)
            .map(|(namespace, _)| Certificates { namespace }),
        logs: monitoring.logs().map(|logs| Logs {
            retention_hours: logs.retention.hours(),
            path: LOKI_DATA.to_owned(),
        }),
        alerting: if operator { None } else { alerting(stack, monitoring) },
        grafana: grafana(stack).map(|part| Grafana {
            admin: "admin".to_owned(),
            admin_password_file: format!("{SECRETS}/grafana/admin-password"),
            root_url: root_url(stack, part),
            sub_path: exposure::sub_path(part).map(str::to_owned),
            secure: secure(part),
            data: GRAFANA_DATA.to_owned(),
            provisioning: PROVISIONING.to_owned(),
            dashboards: DASHBOARDS.to_owned(),
        }),
    };
    for part in stack.parts.values() {
        component(stack, part, &mut monitored);
    }
    for (name, volume) in &stack.volumes {
        if volume.storage.is_some() {
            let name = stack.prefix.text(name);
            monitored.claims.push(Claim { component: name.clone(), name });
        }
    }
    monitored
}

/// The component that watches the stage, and what it watches.
pub(crate) struct Watching<'a> {
    /// The component.
    pub part: &'a Part,
    /// Its options.
    pub monitoring: &'a Monitoring,
    /// What its texts are made from.
    pub made: Parts,
}

/// What watches the stage, if anything does; a stage has no two.
pub(crate) fn watching(stack: &Stack) -> Option<Watching<'_>> {
    let (part, monitoring) = stack.monitoring()?;
    let made = Parts::of(monitored(stack, part, monitoring));
    Some(Watching { part, monitoring, made })
}

/// Where the link of an alert leads. Nobody tells us the address of an operator's Grafana, so there it leads nowhere.
fn runbooks(stack: &Stack, monitoring: &Monitoring) -> Runbooks {
    if let Some(page) = &monitoring.runbooks {
        return Runbooks::Page(page.to_string());
    }
    match grafana(stack) {
        Some(part) => {
            Runbooks::Grafana(root_url(stack, part).unwrap_or_else(|| FORWARDED.to_owned()))
        }
        None => Runbooks::Nowhere,
    }
}

/// The Grafana of the stage.
fn grafana(stack: &Stack) -> Option<&Part> {
    let is_grafana = |part: &&Part| matches!(part.monitor_role(), Some(MonitorRole::Grafana(_)));
    stack.parts.values().find(is_grafana)
}

/// The address that Grafana makes its links from, where it is not that of a port-forward at `/`.
fn root_url(stack: &Stack, part: &Part) -> Option<String> {
    let known = exposure::address(stack, part).map(|address| address.value);
    let below = || exposure::sub_path(part).map(|path| format!("{FORWARDED}{path}"));
    known.or_else(below).map(|address| format!("{address}/"))
}

/// For how long browsers keep to HTTPS, where TLS ends before Grafana.
fn secure(part: &Part) -> Option<u32> {
    let expose = part.expose()?;
    exposure::tls(expose)?;
    Some(expose.tls().map_or(0, |tls| tls.hsts_seconds.value))
}

fn component(stack: &Stack, part: &Part, monitored: &mut Monitored) {
    let name = part.object.to_string();
    let facts = &part.facts;
    if metrics_ports(stack, part).is_some() {
        if facts.is_application() {
            monitored.webs.push(Web { name: name.clone(), probe_views: Vec::new() });
        } else {
            monitored.rabbitmq.push(name.clone());
        }
    }
    if facts.celery == Some(CeleryRole::Worker) {
        let none = |count: &Sourced<u16>| count.value == 0;
        let may_rest = facts.replicas.as_ref().is_some_and(none)
            || facts.autoscale.as_ref().is_some_and(|scale| none(&scale.min));
        monitored.workers.push(Worker { name: name.clone(), may_rest });
    }
    monitored.backups.extend(
        facts
            .expected_within_hours
            .map(|hours| Backup { cron: name.clone(), max_age: hours.value.saturating_mul(3600) }),
    );
    if let Some(role) = part.monitor_role() {
        watches(stack, &name, role, monitored);
    }
    let kind = match facts.workload {
        Some(options::Workload::Deployment) => Kind::Deployment,
        Some(options::Workload::StatefulSet) => Kind::StatefulSet,
        Some(options::Workload::Job) => Kind::Job,
        Some(options::Workload::CronJob) => Kind::CronJob,
        None => return,
    };
    if facts.keeps_volume {
        monitored.claims.push(Claim { component: name.clone(), name: data_claim_name(part) });
    }
    if facts.autoscale.is_some() {
        monitored.autoscalers.push(Autoscaler { component: name.clone() });
    }
    monitored.workloads.push(Workload { name, kind });
}

/// What an exporter makes metrics of.
fn watches(stack: &Stack, name: &str, role: &MonitorRole, monitored: &mut Monitored) {
    let object = |component| stack.prefix.text(component);
    match role {
        MonitorRole::CeleryExporter { broker } => {
            let (broker, exporter) = (object(broker), name.to_owned());
            monitored.celery.push(Celery { broker, exporter });
        }
        MonitorRole::PostgresExporter { database } => {
            monitored.postgres.push(Postgres { name: object(database) });
        }
        MonitorRole::RedisExporter { redis } => {
            let facts = stack.parts.get(redis).map(|part| &part.facts);
            // Outside of the cluster somebody else sets the policy; what is but a cache may evict.
            let (evicts, durable) = match facts {
                Some(facts) if facts.is_outside() => {
                    let mut used = facts.provides.iter();
                    (used.all(|(what, _)| matches!(what, Provides::Cache)), false)
                }
                Some(facts) => (facts.evicts, facts.keeps_volume),
                None => (false, false),
            };
            monitored.redis.push(Redis { name: object(redis), evicts, durable });
        }
        MonitorRole::MysqldExporter { database } => monitored.mysql.push(object(database)),
        MonitorRole::MemcachedExporter { cache } => monitored.memcached.push(object(cache)),
        _ => {}
    }
}

/// Who hears of alerts; nobody without receivers.
fn alerting(stack: &Stack, monitoring: &Monitoring) -> Option<Alerting> {
    let file = |secret, key: Option<&Sourced<DataKey>>, usual: &str| {
        let key = key.map_or(usual, |key| &key.value);
        format!("{SECRETS}/{}/{key}", env::secret_name(stack, secret))
    };
    let mut receivers: Vec<text::Receiver> = monitoring
        .receivers
        .iter()
        .map(|(name, receiver)| text::Receiver {
            name: name.to_string(),
            sends: match receiver {
                Receiver::Email(email) => Sends::Email {
                    to: email.to.to_string(),
                    from: email.from.to_string(),
                    smarthost: format!("{}:{}", email.host, email.port.get()),
                    username: email.username.as_ref().map(ToString::to_string),
                    password_file: email
                        .secret
                        .as_ref()
                        .map(|secret| file(&secret.value, email.key.as_ref(), "password")),
                },
                Receiver::Slack(channel) => Sends::Slack {
                    url_file: file(&channel.secret.value, channel.key.as_ref(), "url"),
                    channel: Some(channel.channel.to_string()),
                },
                Receiver::Pagerduty(duty) => Sends::Pagerduty {
                    routing_key_file: file(&duty.secret.value, duty.key.as_ref(), "routing-key"),
                },
                Receiver::Webhook(hook) => {
                    Sends::Webhook { url_file: file(&hook.secret.value, hook.key.as_ref(), "url") }
                }
            },
        })
        .collect();
    let watchdog = monitoring.watchdog.as_ref().map(|watchdog| {
        let url_file = file(&watchdog.secret.value, watchdog.key.as_ref(), "url");
        receivers.push(text::Receiver {
            name: "watchdog".to_owned(),
            sends: Sends::Webhook { url_file },
        });
        "watchdog".to_owned()
    });
    let first = monitoring.receivers.keys().next().map(ToString::to_string);
    let default = monitoring.default.as_ref().map(ToString::to_string).or(first)?;
    let critical = monitoring
        .critical
        .as_ref()
        .map(|receiver| Route { severity: "critical".to_owned(), receiver: receiver.to_string() });
    Some(Alerting { receivers, default, routes: critical.into_iter().collect(), watchdog })
}
