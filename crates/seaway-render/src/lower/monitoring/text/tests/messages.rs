//! Who hears of what, and in which words: held against Alertmanager's own tool.

use std::collections::BTreeMap;
use std::path::Path;

use tempfile::TempDir;

use super::*;

/// Debian 12 has Alertmanager 0.25, which does not know `url_file` of webhooks (0.26) yet: for it alone those are addresses.
pub(super) fn placed_for_amtool(text: &str) -> TempDir {
    let said = run("amtool", &["--version"], Path::new("."));
    let minor = said.split("version 0.").nth(1).and_then(|rest| rest.split('.').next());
    let minor: u32 = minor.and_then(|minor| minor.parse().ok()).unwrap_or(u32::MAX);
    let lines = text.lines().map(|line| match line.split_once("- url_file: ") {
        Some((indent, _)) if minor < 26 => format!("{indent}- url: http://127.0.0.1/"),
        _ => line.to_owned(),
    });
    let folder = folder();
    write(folder.path(), "alertmanager.yml", &lines.collect::<Vec<_>>().join("\n"));
    folder
}

#[test]
fn alertmanager_takes_its_configuration() {
    for (name, files) in stages::all() {
        let Some(text) = files.get("alertmanager.yml") else { continue };
        let folder = placed_for_amtool(text);
        let said = run("amtool", &["check-config", "alertmanager.yml"], folder.path());
        assert!(said.contains("SUCCESS"), "{name}: {said}");
    }
}

/// Where an alert of the full shape goes, as Alertmanager itself routes it.
#[test]
fn alerts_go_to_whom_they_concern() {
    let folder = placed_for_amtool(&alertmanager(&shapes::full()).unwrap_or_default());
    for (alert, severity, receiver) in [
        ("Watchdog", "none", "dead-mans-switch"),
        ("CeleryNoWorkers", "critical", "on-call"),
        ("PodPending", "warning", "channel"),
        ("Other", "other", "mail"),
    ] {
        let labels = [format!("alertname={alert}"), format!("severity={severity}")];
        let args =
            ["config", "routes", "test", "--config.file=alertmanager.yml", &labels[0], &labels[1]];
        let said = run("amtool", &args, folder.path());
        assert_eq!(said.lines().next(), Some(receiver), "{alert}: {said}");
    }
}

/// What Alertmanager's own engine makes of a Go template.
fn rendered(template: &str, status: &str) -> String {
    let alert = serde_json::json!({
        "annotations": {"summary": "web fails 10% of its requests", "description": "More than 5 %."},
    });
    let data = serde_json::json!({
        "status": status,
        "commonLabels": {
            "alertname": "RequestErrors", "component": "web", "severity": "critical",
            "stack": "shop", "stage": "monitoring",
        },
        "commonAnnotations": {"runbook_url": "https://shop.example.com/runbooks#requesterrors"},
        "alerts": [alert],
    });
    let folder = folder();
    write(folder.path(), "data.json", &data.to_string());
    write(folder.path(), "none.tmpl", "");
    let text = format!("--template.text={template}");
    let args =
        ["template", "render", "--template.glob=none.tmpl", "--template.data=data.json", &text];
    run("amtool", &args, folder.path())
}

/// amtool does not look into the templates of a configuration by itself.
#[test]
fn messages_say_what_happened() {
    let text = alertmanager(&shapes::full()).unwrap_or_default();
    let file: serde_yaml::Value = taken(serde_yaml::from_str(&text), &text);
    let receivers = file["receivers"].as_sequence().into_iter().flatten();
    let mut messages = BTreeMap::new();
    for receiver in receivers.filter_map(serde_yaml::Value::as_mapping) {
        let sends = receiver.values().filter_map(serde_yaml::Value::as_sequence).flatten();
        let fields = sends.filter_map(serde_yaml::Value::as_mapping).flatten();
        let nested = |value: &serde_yaml::Value| value.as_mapping().cloned().unwrap_or_default();
        let fields: serde_yaml::Mapping = fields
            .flat_map(|(key, value)| {
                [(key.clone(), value.clone())].into_iter().chain(nested(value))
            })
            .collect();
        for (key, value) in &fields {
            if let (Some(key), Some(value)) = (key.as_str(), value.as_str())
                && value.contains("{{")
            {
                let name = receiver["name"].as_str().unwrap_or_default();
                messages.insert(format!("{name} {key}"), rendered(value, "firing"));
            }
        }
    }
    insta::assert_debug_snapshot!(messages, @r#"
    {
        "channel text": "*web fails 10% of its requests*\nMore than 5 %.\n\n",
        "channel title": "[shop/monitoring] FIRING RequestErrors web",
        "channel title_link": "https://shop.example.com/runbooks#requesterrors",
        "mail Subject": "[shop/monitoring] FIRING RequestErrors web",
        "on-call class": "RequestErrors",
        "on-call component": "web",
        "on-call description": "[shop/monitoring] web fails 10% of its requests",
        "on-call explanation": "More than 5 %.",
        "on-call runbook": "https://shop.example.com/runbooks#requesterrors",
        "on-call severity": "critical",
    }
    "#);
}

/// Alloy's template of levels, by Alertmanager's engine: both are Go's, with functions of other names.
#[test]
fn levels_of_logs_are_five() {
    let text = alloy(&shapes::full()).unwrap_or_default();
    let template = text.split('`').nth(1).unwrap_or_default();
    let template = template.replace("ToLower", "toLower").replace(".Value", ".Status");
    let mut levels = BTreeMap::new();
    for level in ["DEBUG", "info", "Warn", "warning", "error", "FATAL", "critical", "trace", "7f3a"]
    {
        levels.insert(level, rendered(&template, level));
    }
    insta::assert_debug_snapshot!(levels, @r#"
    {
        "7f3a": "",
        "DEBUG": "debug",
        "FATAL": "critical",
        "Warn": "warning",
        "critical": "critical",
        "error": "error",
        "info": "info",
        "trace": "",
        "warning": "warning",
    }
    "#);
}
