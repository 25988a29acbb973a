//! Which job shows a series, and which components it is about.

use crate::lower::monitoring::text::{Kind, Monitored};

/// Jobs by what the names of their metrics begin with, the longest first of those that begin alike.
const JOBS: [(&str, &str); 17] = [
    ("alertmanager_", "alertmanager"),
    ("celery_", "celery"),
    ("certmanager_", "cert-manager"),
    ("container_", "cadvisor"),
    ("django_", "web"),
    ("namespace_component:django_", "web"),
    ("process_", "web"),
    ("kube_", "kube-state-metrics"),
    ("kubelet_", "kubelet"),
    ("loki_write_", "alloy"),
    ("loki_", "loki"),
    ("memcached_", "memcached"),
    ("mysql_", "mysql"),
    ("pg_", "postgres"),
    ("prometheus_", "prometheus"),
    ("rabbitmq_", "rabbitmq"),
    ("redis_", "redis"),
];

/// The job that shows a metric. `up` is shown of each, and by none.
pub(super) fn job(metric: &str) -> Option<&'static str> {
    JOBS.iter().find(|(prefix, _)| metric.starts_with(prefix)).map(|(_, job)| *job)
}

/// The components that the metrics of a job are about.
pub(super) fn of_job(monitored: &Monitored, job: &str) -> Vec<String> {
    of_metric(monitored, job, "")
}

/// The components that a metric of a job is about.
fn of_metric(monitored: &Monitored, job: &str, metric: &str) -> Vec<String> {
    let workloads = |kinds: &[Kind]| -> Vec<String> {
        let of_kind = monitored.workloads.iter().filter(|workload| kinds.contains(&workload.kind));
        of_kind.map(|workload| workload.name.clone()).collect()
    };
    let all = [Kind::Deployment, Kind::StatefulSet, Kind::Job, Kind::CronJob];
    match job {
        "web" => monitored.webs.iter().map(|web| web.name.clone()).collect(),
        "celery" => monitored.workers.iter().map(|worker| worker.name.clone()).collect(),
        "postgres" => monitored.postgres.iter().map(|postgres| postgres.name.clone()).collect(),
        "mysql" => monitored.mysql.clone(),
        "memcached" => monitored.memcached.clone(),
        "rabbitmq" => monitored.rabbitmq.clone(),
        "redis" => monitored.redis.iter().map(|redis| redis.name.clone()).collect(),
        "kubelet" => monitored.claims.iter().map(|claim| claim.component.clone()).collect(),
        "kube-state-metrics" if metric.starts_with("kube_deployment_") => {
            workloads(&[Kind::Deployment])
        }
        "kube-state-metrics" if metric.starts_with("kube_statefulset_") => {
            workloads(&[Kind::StatefulSet])
        }
        "kube-state-metrics" if metric.starts_with("kube_job_") => {
            workloads(&[Kind::Job, Kind::CronJob])
        }
        "kube-state-metrics" if metric.starts_with("kube_cronjob_") => workloads(&[Kind::CronJob]),
        "kube-state-metrics" if metric.starts_with("kube_horizontalpodautoscaler_") => {
            monitored.autoscalers.iter().map(|scaler| scaler.component.clone()).collect()
        }
        "cadvisor" | "kube-state-metrics" => workloads(&all),
        "alertmanager" | "alloy" | "grafana" | "loki" | "prometheus" => vec![monitored.tool(job)],
        _ => Vec::new(),
    }
}

/// The components that the result of a query is about: those of its first series, whose labels the result has.
pub(super) fn of_query(monitored: &Monitored, jobs: &[String], query: &str) -> Vec<String> {
    let Some(selector) = Selector::first(query) else { return Vec::new() };
    let mut components: Vec<String> = match (job(selector.metric), selector.of("job")) {
        (Some(job), _) => of_metric(monitored, job, selector.metric),
        (None, Some(job)) => of_job(monitored, job),
        (None, None) => jobs.iter().flat_map(|job| of_job(monitored, job)).collect(),
    };
    // An object is called after its component.
    let names = ["component", "deployment", "statefulset", "cronjob"];
    for matcher in selector.matchers.iter().filter(|matcher| names.contains(&matcher.label)) {
        components.retain(|name| matcher.takes(name));
    }
    components.sort();
    components.dedup();
    components
}

/// `metric{label="value"}`, as we write each of them.
struct Selector<'a> {
    metric: &'a str,
    matchers: Vec<Matcher<'a>>,
}

struct Matcher<'a> {
    label: &'a str,
    operator: &'a str,
    value: &'a str,
}

impl<'a> Selector<'a> {
    fn first(query: &'a str) -> Option<Self> {
        let (before, rest) = query.split_once('{')?;
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
        let start = before.rfind(|c: char| !is_word(c)).map_or(0, |at| at + 1);
        let mut matchers = Vec::new();
        let mut rest = rest;
        while let Some((label, after)) = rest.split_once('"') {
            // No value of ours has a quotation mark.
            let Some((value, after)) = after.split_once('"') else { break };
            let label = label.trim_start_matches(',');
            let at = label.find(['=', '!']).unwrap_or(label.len());
            let (label, operator) = label.split_at(at);
            matchers.push(Matcher { label, operator, value });
            rest = after;
            if rest.starts_with('}') {
                break;
            }
        }
        Some(Self { metric: &before[start..], matchers })
    }

    /// What a label must be.
    fn of(&self, label: &str) -> Option<&'a str> {
        let equal = |matcher: &&Matcher<'_>| matcher.label == label && matcher.operator == "=";
        self.matchers.iter().find(equal).map(|matcher| matcher.value)
    }
}

impl Matcher<'_> {
    /// Whether a name fits: the expressions that rules are written with are names, or what names begin with.
    fn takes(&self, name: &str) -> bool {
        let any = self.value.split('|').any(|part| match part.strip_suffix(".+") {
            Some(prefix) => name.len() > prefix.len() && name.starts_with(prefix),
            None => name == part,
        });
        any != self.operator.starts_with('!')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_series_and_its_labels_are_read() {
        let query = "sum by (a) (rate(kube_x_total{namespace=\"n\",cronjob!~\"m-.+\",job=\"j\"}[5m])) / y{z=\"1\"}";
        let selector = Selector::first(query).expect("a selector");
        assert_eq!((selector.metric, selector.of("job")), ("kube_x_total", Some("j")));
        assert_eq!(selector.of("cronjob"), None);
        let takes =
            |name| selector.matchers.iter().find(|m| m.label == "cronjob").map(|m| m.takes(name));
        assert_eq!(
            (takes("m-backup"), takes("m-"), takes("backup")),
            (Some(false), Some(true), Some(true))
        );
        assert!(Selector::first("vector(1)").is_none());
    }
}
