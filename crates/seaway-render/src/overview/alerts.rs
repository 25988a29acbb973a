//! What alerts, by the rules that Prometheus evaluates.

use super::{Alert, series};
use crate::lower::monitoring::text::{Parts, Rule, jobs, kubelet_jobs};

/// The alerting rules in the order of their groups.
pub(super) fn alerts(made: &Parts) -> Vec<Alert> {
    let monitored = &made.monitored;
    let mut names: Vec<String> = jobs(monitored).iter().map(|job| job.name.to_owned()).collect();
    names.extend(kubelet_jobs(monitored).into_iter().map(str::to_owned));
    let prefix = format!("{}-", monitored.stack);
    let mut alerts = Vec::new();
    for group in made.groups() {
        let name = group.name.strip_prefix(&prefix).unwrap_or(&group.name);
        for rule in &group.rules {
            let Rule::Alert(alert) = rule else { continue };
            let said = |key: &str| alert.annotations.get(key).cloned();
            alerts.push(Alert {
                components: series::of_query(monitored, &names, &alert.expr),
                name: alert.name.clone(),
                group: name.to_owned(),
                severity: alert.labels.get("severity").cloned().unwrap_or_default(),
                wait: alert.wait.clone(),
                summary: said("summary").unwrap_or_default(),
                description: said("description").unwrap_or_default(),
                runbook: said("runbook_url"),
                expr: alert.expr.clone(),
            });
        }
    }
    alerts
}
