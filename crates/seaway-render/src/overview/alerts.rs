//! What alerts, by the rules that Prometheus evaluates.

use super::{Alert, series};
use crate::lower::monitoring::text::{Rule, Watched, groups, jobs, kubelet_jobs};

/// The alerting rules in the order of their groups.
pub(super) fn alerts(watched: &Watched) -> Vec<Alert> {
    let mut names: Vec<String> = jobs(watched).iter().map(|job| job.name.to_owned()).collect();
    names.extend(kubelet_jobs(watched).into_iter().map(str::to_owned));
    let prefix = format!("{}-", watched.stack);
    let mut alerts = Vec::new();
    for group in groups(watched) {
        let name = group.name.strip_prefix(&prefix).unwrap_or(&group.name);
        for rule in group.rules {
            let Rule::Alert(mut alert) = rule else { continue };
            let mut said = |key: &str| alert.annotations.remove(key);
            let (summary, description, runbook) =
                (said("summary"), said("description"), said("runbook_url"));
            alerts.push(Alert {
                components: series::of_query(watched, &names, &alert.expr),
                name: alert.name,
                group: name.to_owned(),
                severity: alert.labels.remove("severity").unwrap_or_default(),
                wait: alert.wait,
                summary: summary.unwrap_or_default(),
                description: description.unwrap_or_default(),
                runbook,
                expr: alert.expr,
            });
        }
    }
    alerts
}
