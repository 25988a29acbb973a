//! Who hears of alerts: `alertmanager.yml`.
//!
//! Secrets are files, so that the text holds none and can lie in a `ConfigMap`: `api_url_file` of Slack since 0.22,
//! `routing_key_file` and `auth_password_file` since 0.25, `url_file` of webhooks since 0.26
//! (<https://github.com/prometheus/alertmanager/blob/main/CHANGELOG.md>).

use serde::Serialize;

use super::monitored::{Alerting, Monitored};
use super::template::fill;

#[derive(Serialize)]
struct Context<'a> {
    monitored: &'a Monitored,
    alerting: &'a Alerting,
    /// Alerts that say that a server is gone, of the kinds that the stage has, as a regular expression.
    down: String,
    /// The brokers of Celery that are monitored: the end of one is the cause of what Celery's alerts tell.
    brokers: Vec<Broker<'a>>,
    /// There is one database: its end is the cause of errors and slow requests.
    database: Option<Server<'a>>,
}

/// A broker of Celery.
#[derive(Serialize)]
struct Broker<'a> {
    #[serde(flatten)]
    server: Server<'a>,
    /// What its alerts about Celery are about, where there are several brokers.
    celery: Option<&'a str>,
}

/// A server, and the alert that says that it is gone.
#[derive(Clone, Copy, Serialize)]
struct Server<'a> {
    name: &'a str,
    down: &'static str,
}

/// `alertmanager.yml`; none where nobody is told.
pub(crate) fn alertmanager(monitored: &Monitored) -> Option<String> {
    let alerting = monitored.alerting.as_ref()?;
    let several = monitored.celery.len() > 1;
    let brokers = monitored.celery.iter().filter_map(|celery| {
        let name = celery.broker.as_str();
        let has = |names: &[String]| names.iter().any(|one| one == name);
        let down = if monitored.redis.iter().any(|redis| redis.name == name) {
            "RedisDown"
        } else if has(&monitored.rabbitmq) {
            "RabbitmqDown"
        } else {
            return None;
        };
        let celery = several.then_some(celery.exporter.as_str());
        Some(Broker { server: Server { name, down }, celery })
    });
    let postgres = monitored.postgres.iter().map(|one| (one.name.as_str(), "PostgresDown"));
    let mysql = monitored.mysql.iter().map(|name| (name.as_str(), "MysqlDown"));
    let databases: Vec<Server<'_>> =
        postgres.chain(mysql).map(|(name, down)| Server { name, down }).collect();
    let database = match databases.as_slice() {
        [only] => Some(*only),
        _ => None,
    };
    let context = Context {
        monitored,
        alerting,
        down: down(monitored),
        brokers: brokers.collect(),
        database,
    };
    Some(fill(include_str!("../../../../templates/monitoring/alertmanager.yml.j2"), context))
}

/// Without a pod nothing answers, and no server does.
fn down(monitored: &Monitored) -> String {
    let kinds = [
        ("MysqlDown", monitored.mysql.is_empty()),
        ("MemcachedDown", monitored.memcached.is_empty()),
        ("RabbitmqDown", monitored.rabbitmq.is_empty()),
    ];
    let more = kinds.into_iter().filter(|(_, is_none)| !is_none).map(|(name, _)| name);
    let all: Vec<&str> = ["PostgresDown", "RedisDown"].into_iter().chain(more).collect();
    all.join("|")
}
