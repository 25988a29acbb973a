//! What the running Prometheus and Alertmanager answer, as through `kubectl port-forward`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use seaway_core::outputs::percent_encoded;
use serde_json::Value;

use crate::http::request;

const SOON: Duration = Duration::from_secs(30);

/// Until all is scraped and each rule has been evaluated.
pub(crate) const SCRAPED: Duration = Duration::from_secs(90);

/// The interface of Prometheus.
pub(crate) struct Prometheus {
    pub(crate) address: SocketAddr,
}

/// A rule and how its last evaluation went.
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) health: String,
    pub(crate) error: String,
}

/// An alert, and whether it fires or is only pending.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Alert {
    pub(crate) name: String,
    /// What it is about: the value of the label that says most.
    pub(crate) about: String,
    pub(crate) fires: bool,
}

impl Prometheus {
    /// Targets as `job instance`, and what is wrong with each; nothing for one that is up.
    pub(crate) fn targets(&self) -> BTreeMap<String, String> {
        let data = self.get("targets?state=active");
        let targets = data["activeTargets"].as_array().expect("targets").iter();
        let target = |target: &Value| {
            let labels = &target["labels"];
            let health = text(&target["health"]);
            let problem = match &*health {
                "up" => String::new(),
                _ => format!("{health} {}", text(&target["lastError"])),
            };
            (format!("{} {}", text(&labels["job"]), text(&labels["instance"])), problem)
        };
        targets.map(target).collect()
    }

    /// Every rule.
    pub(crate) fn rules(&self) -> Vec<Rule> {
        let data = self.get("rules");
        let groups = data["groups"].as_array().expect("groups").iter();
        let rules = groups.flat_map(|group| group["rules"].as_array().expect("rules"));
        let rule = |rule: &Value| Rule {
            name: text(&rule["name"]),
            health: text(&rule["health"]),
            error: text(&rule["lastError"]),
        };
        rules.map(rule).collect()
    }

    /// Every alert that is pending or fires.
    pub(crate) fn alerts(&self) -> Vec<Alert> {
        let data = self.get("alerts");
        let alerts = data["alerts"].as_array().expect("alerts").iter();
        let alert = |alert: &Value| {
            let labels = &alert["labels"];
            let most = ["deployment", "statefulset", "instance", "job", "pod", "component"];
            let about = most.iter().find_map(|label| labels[*label].as_str()).unwrap_or_default();
            Alert {
                name: text(&labels["alertname"]),
                about: about.to_owned(),
                fires: alert["state"] == "firing",
            }
        };
        let mut alerts: Vec<_> = alerts.map(alert).collect();
        alerts.sort();
        alerts
    }

    /// How many series a query gives now.
    pub(crate) fn series(&self, query: &str) -> Result<usize, String> {
        let answer = self.ask(&format!("query?query={}", percent_encoded(query)))?;
        let result = answer["result"].as_array();
        result.map(Vec::len).ok_or_else(|| format!("no vector: {answer}"))
    }

    /// The number that a query gives now.
    pub(crate) fn number(&self, query: &str) -> Option<f64> {
        let answer = self.ask(&format!("query?query={}", percent_encoded(query))).ok()?;
        answer["result"][0]["value"][1].as_str()?.parse().ok()
    }

    fn get(&self, path: &str) -> Value {
        self.ask(path).unwrap_or_else(|problem| panic!("{path}: {problem}"))
    }

    fn ask(&self, path: &str) -> Result<Value, String> {
        let start = format!("GET /api/v1/{path}");
        let answer = request(self.address, &start, &[("Host", "localhost")], "", SOON);
        let answer = answer.map_err(|error| error.to_string())?;
        let mut body: Value = serde_json::from_str(&answer.body)
            .map_err(|error| format!("{error}: {} {}", answer.status, answer.body))?;
        if body["status"] != "success" {
            return Err(format!("{} {body}", answer.status));
        }
        Ok(body["data"].take())
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
