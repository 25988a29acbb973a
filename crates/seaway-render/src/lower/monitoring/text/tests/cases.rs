//! Each alert has a case in which it fires and one in which it does not: shown by rules that are wrong on purpose.

use std::collections::BTreeSet;

use super::alerts::CASES;
use super::*;

/// The labels of the alerts that a case expects, and of those that came.
#[derive(Default)]
struct Difference {
    expected: BTreeSet<String>,
    came: BTreeSet<String>,
}

/// Groups of rules that a file of cases is about, by the end of their names. What else there is would be evaluated for nothing.
const ABOUT: [(&str, &[&str]); 7] = [
    ("requests.yml", &["requests"]),
    ("celery.yml", &["celery"]),
    ("backing.yml", &["postgresql", "redis"]),
    ("servers.yml", &["mysql", "memcached", "rabbitmq"]),
    ("cluster.yml", &["pods", "workloads"]),
    ("slow.yml", &["volumes", "backups", "certificates"]),
    ("own.yml", &["watchdog", "targets", "monitoring", "logs"]),
];

/// Runs every case against rules and gives what is not as expected.
fn differences(groups: &[Group]) -> Vec<Difference> {
    let cases = CASES.iter().zip(ABOUT).map(|((name, text), (about, ends))| {
        assert_eq!(*name, about);
        let is_about = |group: &&Group| ends.iter().any(|end| group.name.ends_with(end));
        let groups: Vec<Group> = groups.iter().filter(is_about).cloned().collect();
        (name, text, groups)
    });
    let cases: Vec<_> = cases.collect();
    let run: usize = cases.iter().map(|(.., groups)| groups.len()).sum();
    assert_eq!(run, groups.len(), "a group in no file of cases");
    cases.into_iter().flat_map(|(name, text, groups)| differences_of(name, text, groups)).collect()
}

fn differences_of(name: &str, text: &str, groups: Vec<Group>) -> Vec<Difference> {
    let folder = folder();
    write(folder.path(), "rules.yml", &panels::file(groups));
    write(folder.path(), name, text);
    let output = Command::new("promtool")
        .args(["test", "rules", name])
        .current_dir(folder.path())
        .output()
        .unwrap_or_else(|error| panic!("promtool: {error}; .ci/setup installs it"));
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(said.contains("exp:"), "{name}: {said}");
    let mut found: Vec<Difference> = Vec::new();
    let mut came = false;
    for line in said.lines() {
        let line = line.trim();
        if line.starts_with("exp:") {
            found.push(Difference::default());
            came = false;
        }
        came |= line.starts_with("got:");
        let of_alerts = ["exp:", "got:", "Labels:"].iter().any(|start| line.starts_with(start));
        let sets = line.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
        for (labels, _) in sets.filter(|_| of_alerts) {
            if let Some(last) = found.last_mut() {
                let side = if came { &mut last.came } else { &mut last.expected };
                side.insert(labels.to_owned());
            }
        }
    }
    found
}

/// The names of alerts in sets of labels.
fn names<'a>(labels: impl Iterator<Item = &'a String>) -> BTreeSet<String> {
    let name = |labels: &String| {
        let rest = labels.split_once("alertname=\"")?.1;
        rest.split_once('"').map(|(name, _)| name.to_owned())
    };
    labels.filter_map(name).collect()
}

/// The rules of the full shape, each alert made another one or none.
fn changed(change: impl Fn(Alert) -> Option<Alert>) -> (Vec<Group>, BTreeSet<String>) {
    let mut all = BTreeSet::new();
    let mut groups: Vec<Group> = groups(&shapes::every_server());
    for group in &mut groups {
        group.rules = std::mem::take(&mut group.rules)
            .into_iter()
            .filter_map(|rule| match rule {
                Rule::Alert(alert) => {
                    all.insert(alert.name.clone());
                    change(alert).map(Rule::Alert)
                }
                record @ Rule::Record(_) => Some(record),
            })
            .collect();
    }
    (groups, all)
}

/// Without the alert some case fails.
#[test]
fn each_alert_has_a_case_in_which_it_fires() {
    let (rules, all) = changed(|_| None);
    for (shape, monitored) in shapes::all() {
        for rule in groups(&monitored).into_iter().flat_map(|group| group.rules) {
            let Rule::Alert(alert) = rule else { continue };
            assert!(all.contains(&alert.name), "{shape}: {} has no case", alert.name);
        }
    }
    let missed = differences(&rules);
    let fire = names(missed.iter().flat_map(|one| one.expected.difference(&one.came)));
    assert_eq!(all, fire);
}

/// An alert about whatever it reads, at whatever value and of whatever label, fails some case: there are series for which
/// the true one does not fire. How long it waits stays as it is, so that a case that only waits does not count.
#[test]
fn each_alert_has_a_case_in_which_it_does_not_fire() {
    let (rules, mut all) = changed(|alert| {
        let names = template::any_of(scrape::identifiers(&alert.expr));
        if names.is_empty() {
            return None;
        }
        let told_apart = alert.labels.iter().filter(|(key, _)| *key != "severity");
        let selects: Vec<String> =
            [("__name__".to_owned(), format!("=~{}", template::quote(&names)))]
                .into_iter()
                .chain(
                    told_apart
                        .map(|(key, value)| (key.clone(), format!("={}", template::quote(value)))),
                )
                .map(|(key, value)| key + &value)
                .collect();
        let expr = format!("group without () ({{{}}})", selects.join(","));
        Some(Alert { expr, ..alert })
    });
    // It fires whatever happens.
    all.remove("Watchdog");
    let wrong = differences(&rules);
    let quiet = names(wrong.iter().flat_map(|one| one.came.difference(&one.expected)));
    assert_eq!(all, quiet.intersection(&all).cloned().collect());
}
