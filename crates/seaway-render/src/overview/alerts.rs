//! What alerts, by the rules that Prometheus evaluates.

use super::{Alert, series};
use crate::lower::monitoring::text::{Made, Rule, jobs, kubelet_jobs};

/// The alerting rules in the order of their groups.
pub(super) fn alerts(made: &Made) -> Vec<Alert> {
    let watched = &made.watched;
    let mut names: Vec<String> = jobs(watched).iter().map(|job| job.name.to_owned()).collect();
    names.extend(kubelet_jobs(watched).into_iter().map(str::to_owned));
    let prefix = format!("{}-", watched.stack);
    let mut alerts = Vec::new();
    for group in made.groups() {
        let name = group.name.strip_prefix(&prefix).unwrap_or(&group.name);
        for rule in &group.rules {
            let Rule::Alert(alert) = rule else { continue };
            let said = |key: &str| alert.annotations.get(key).cloned();
            alerts.push(Alert {
                components: series::of_query(watched, &names, &alert.expr),
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
