//! Who hears of alerts: `alertmanager.yml`.
//!
//! Secrets are files, so that the text holds none and can lie in a `ConfigMap`: `api_url_file` of Slack since 0.22,
//! `routing_key_file` and `auth_password_file` since 0.25, `url_file` of webhooks since 0.26
//! (<https://github.com/prometheus/alertmanager/blob/main/CHANGELOG.md>).

use serde::Serialize;

use super::template::fill;
use super::watched::{Alerting, Watched};

#[derive(Serialize)]
struct Context<'a> {
    watched: &'a Watched,
    alerting: &'a Alerting,
    /// The broker of Celery, if it is watched: its end is the cause of what Celery's alerts tell.
    broker: Option<&'a str>,
    /// There is one PostgreSQL: its end is the cause of errors and slow requests.
    database: Option<&'a str>,
}

/// `alertmanager.yml`; none where nobody is told.
pub(crate) fn alertmanager(watched: &Watched) -> Option<String> {
    let alerting = watched.alerting.as_ref()?;
    let broker = watched.celery.as_ref().map(|celery| celery.broker.as_str());
    let broker = broker.filter(|broker| watched.redis.iter().any(|redis| redis.name == *broker));
    let database = match watched.postgres.as_slice() {
        [only] => Some(only.name.as_str()),
        _ => None,
    };
    let context = Context { watched, alerting, broker, database };
    Some(fill(include_str!("../../../../templates/monitoring/alertmanager.yml.j2"), context))
}
