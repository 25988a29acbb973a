//! Keys of configurations whose programs can not be had here: each that we write is in the program's reference.

use std::collections::BTreeMap;

use serde_yaml::Value;

use super::*;

/// Keys of `loki.yaml`, with what lies above them: <https://grafana.com/docs/loki/latest/configure/> of 3.7. Those of the blocks
/// that a Loki in one process with a volume may need.
#[rustfmt::skip] // a block a paragraph
const LOKI: &[&str] = &[
    "target", "auth_enabled",
    "server.http_listen_address", "server.http_listen_port", "server.grpc_listen_port", "server.log_format", "server.log_level",
    "server.http_server_read_timeout", "server.http_server_write_timeout",

    "common.path_prefix", "common.replication_factor", "common.instance_addr", "common.instance_interface_names",
    "common.compactor_address", "common.compactor_grpc_address",
    "common.ring.kvstore.store", "common.ring.instance_addr",
    "common.storage.filesystem.chunks_directory", "common.storage.filesystem.rules_directory",

    "schema_config.configs.from", "schema_config.configs.store", "schema_config.configs.object_store", "schema_config.configs.schema",
    "schema_config.configs.index.prefix", "schema_config.configs.index.period", "schema_config.configs.index.path_prefix",

    "limits_config.retention_period", "limits_config.reject_old_samples", "limits_config.reject_old_samples_max_age",
    "limits_config.max_label_names_per_series", "limits_config.max_label_name_length", "limits_config.max_label_value_length",
    "limits_config.max_global_streams_per_user", "limits_config.discover_service_name", "limits_config.discover_log_levels",
    "limits_config.allow_structured_metadata", "limits_config.max_structured_metadata_size",
    "limits_config.max_line_size", "limits_config.max_line_size_truncate",
    "limits_config.ingestion_rate_mb", "limits_config.ingestion_burst_size_mb", "limits_config.per_stream_rate_limit",
    "limits_config.max_query_length", "limits_config.max_entries_limit_per_query", "limits_config.volume_enabled",

    "compactor.working_directory", "compactor.retention_enabled", "compactor.delete_request_store",
    "compactor.retention_delete_delay", "compactor.compaction_interval",

    "ingester.wal.dir", "ingester.wal.enabled", "ingester.wal.flush_on_shutdown",
    "analytics.reporting_enabled",
];

/// Keys of `grafana.ini`: <https://github.com/grafana/grafana/blob/v13.2.3/conf/defaults.ini>.
#[rustfmt::skip] // a section a line
const GRAFANA: &[(&str, &[&str])] = &[
    ("paths", &["data", "temp_data_lifetime", "logs", "plugins", "provisioning"]),
    ("server", &["protocol", "http_addr", "http_port", "domain", "enforce_domain", "root_url", "serve_from_sub_path", "enable_gzip"]),
    ("log", &["mode", "level", "filters"]),
    ("log.console", &["level", "format"]),
    ("security", &["admin_user", "admin_password", "secret_key", "disable_gravatar", "cookie_secure", "cookie_samesite", "allow_embedding", "strict_transport_security", "strict_transport_security_max_age_seconds", "content_security_policy"]),
    ("users", &["allow_sign_up", "allow_org_create", "default_theme"]),
    ("auth", &["disable_login_form", "disable_signout_menu"]),
    ("auth.anonymous", &["enabled", "org_name", "org_role"]),
    ("dashboards", &["versions_to_keep", "min_refresh_interval", "default_home_dashboard_path"]),
    ("unified_alerting", &["enabled", "execute_alerts"]),
    ("analytics", &["reporting_enabled", "check_for_updates", "check_for_plugin_updates", "feedback_links_enabled"]),
    ("plugins", &["plugin_admin_enabled", "preinstall", "preinstall_disabled", "preinstall_auto_update", "public_key_retrieval_disabled"]),
    ("news", &["news_feed_enabled"]),
    ("snapshots", &["enabled", "external_enabled", "public_mode"]),
    ("metrics", &["enabled"]),
];

/// What each Grafana of ours must say.
const MUST: [(&str, &str, &str); 13] = [
    ("auth.anonymous", "enabled", "false"),
    ("users", "allow_sign_up", "false"),
    ("analytics", "reporting_enabled", "false"),
    ("analytics", "check_for_updates", "false"),
    ("analytics", "check_for_plugin_updates", "false"),
    ("analytics", "feedback_links_enabled", "false"),
    ("plugins", "preinstall_disabled", "true"),
    ("plugins", "preinstall_auto_update", "false"),
    ("plugins", "public_key_retrieval_disabled", "true"),
    ("news", "news_feed_enabled", "false"),
    ("snapshots", "external_enabled", "false"),
    ("security", "disable_gravatar", "true"),
    ("unified_alerting", "execute_alerts", "false"),
];

/// Each value that is no map or list of maps, by what lies above it.
fn leaves(path: &str, value: &Value, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Mapping(map) => {
            for (key, value) in map {
                let key = key.as_str().unwrap_or_default();
                let below = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
                leaves(&below, value, found);
            }
        }
        Value::Sequence(items) if items.iter().any(Value::is_mapping) => {
            for item in items {
                leaves(path, item, found);
            }
        }
        other => found.push((path.to_owned(), other.clone())),
    }
}

/// What is wrong with a configuration of Loki.
fn loki_faults(text: &str) -> Vec<String> {
    let file: Value = taken(serde_yaml::from_str(text), text);
    let mut found = Vec::new();
    leaves("", &file, &mut found);
    let mut faults: Vec<String> = found
        .iter()
        .filter(|(path, _)| !LOKI.contains(&path.as_str()))
        .map(|(path, _)| format!("unknown key {path}"))
        .collect();
    let found: BTreeMap<String, Value> = found.into_iter().collect();
    let is = |path: &str, wanted: &str| {
        let value = found.get(path).map(|value| serde_yaml::to_string(value).unwrap_or_default());
        value.is_some_and(|value| value.trim().trim_matches('\'') == wanted)
    };
    for (path, wanted) in [
        ("auth_enabled", "false"),
        ("analytics.reporting_enabled", "false"),
        ("schema_config.configs.store", "tsdb"),
        ("schema_config.configs.schema", "v13"),
        ("schema_config.configs.object_store", "filesystem"),
        // The only period that the index of tsdb knows.
        ("schema_config.configs.index.period", "24h"),
        ("compactor.retention_enabled", "true"),
        // Without it Loki does not start where it is to delete.
        ("compactor.delete_request_store", "filesystem"),
        ("common.ring.kvstore.store", "inmemory"),
        ("common.replication_factor", "1"),
    ] {
        if !is(path, wanted) {
            faults.push(format!("{path} is not {wanted}"));
        }
    }
    let hours = |path: &str| found.get(path)?.as_str()?.strip_suffix('h')?.parse::<u32>().ok();
    // Less than a day is refused; what may still be kept is taken.
    let kept = hours("limits_config.retention_period");
    if kept.is_none_or(|kept| kept < 24) || hours("limits_config.reject_old_samples_max_age") < kept
    {
        faults.push(format!("retention {kept:?}"));
    }
    // The root is read-only: everything lies on the volume.
    let root = found.get("common.path_prefix").and_then(Value::as_str).unwrap_or("?");
    for (path, value) in &found {
        let outside = value.as_str().is_some_and(|at| at.starts_with('/') && !at.starts_with(root));
        if outside {
            faults.push(format!("{path} lies outside of {root}"));
        }
    }
    faults
}

#[test]
fn loki_knows_every_key() {
    let mut seen = 0;
    for (name, files) in stages::all() {
        if let Some(text) = files.get("loki.yaml") {
            assert_eq!(loki_faults(text), Vec::<String>::new(), "{name}: {text}");
            seen += 1;
        }
    }
    assert!(seen > 2);
    let good = loki(&shapes::full()).unwrap_or_default();
    for (old, new) in [
        ("retention_enabled", "retention_enable"),
        ("compactor:", "compacter:"),
        ("retention_enabled: true", "retention_enabled: false"),
        ("delete_request_store: filesystem", "compaction_interval: 10m"),
        ("\"/var/lib/loki/compactor\"", "\"/data/compactor\""),
        ("schema: v13", "schema: v12"),
        ("retention_period: 168h", "retention_period: 12h"),
        ("auth_enabled: false", "auth_enabled: true"),
        ("reporting_enabled: false", "reporting_enabled: true"),
    ] {
        assert!(good.contains(old), "{old}");
        assert!(!loki_faults(&good.replacen(old, new, 1)).is_empty(), "{new}");
    }
}

/// What is wrong with a `grafana.ini`.
fn grafana_faults(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut section = String::new();
    let mut found: BTreeMap<(String, String), String> = BTreeMap::new();
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with(';') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            name.clone_into(&mut section);
            continue;
        }
        let Some((key, value)) = line.split_once(" = ") else {
            faults.push(format!("no key in {line}"));
            continue;
        };
        let known = GRAFANA.iter().find(|(name, _)| *name == section);
        if !known.is_some_and(|(_, keys)| keys.contains(&key)) {
            faults.push(format!("unknown key {key} of {section}"));
        }
        let twice = found.insert((section.clone(), key.to_owned()), value.to_owned());
        if twice.is_some() || value.is_empty() {
            faults.push(format!("{key} of {section} twice, or empty"));
        }
    }
    for (section, key, wanted) in MUST {
        if found.get(&(section.to_owned(), key.to_owned())).is_none_or(|value| value != wanted) {
            faults.push(format!("{key} of {section} is not {wanted}"));
        }
    }
    let of = |section: &str, key: &str| found.get(&(section.to_owned(), key.to_owned()));
    if !of("security", "admin_password").is_some_and(|value| value.starts_with("$__file{/")) {
        faults.push("the password is no file".to_owned());
    }
    // A cookie that is sent over HTTPS alone is of no use over HTTP.
    let https = of("server", "root_url").is_some_and(|url| url.starts_with("https://"));
    if of("security", "cookie_secure").is_some() != https {
        faults.push("cookie_secure without HTTPS, or HTTPS without it".to_owned());
    }
    faults
}

#[test]
fn grafana_knows_every_key() {
    let mut seen = 0;
    for (name, files) in stages::all() {
        if let Some(text) = files.get("grafana.ini") {
            assert_eq!(grafana_faults(text), Vec::<String>::new(), "{name}: {text}");
            seen += 1;
        }
    }
    assert!(seen > 1);
    let good = grafana_ini(&shapes::full()).unwrap_or_default();
    for (old, new) in [
        ("[news]", "[newsfeed]"),
        ("check_for_updates", "check_for_update"),
        ("preinstall_disabled = true", "preinstall_disabled = false"),
        ("[auth.anonymous]\nenabled = false", "[auth.anonymous]\nenabled = true"),
        ("$__file{", "{"),
        ("cookie_secure = true\n", ""),
        ("allow_sign_up = false", "allow_sign_up: false"),
    ] {
        assert!(good.contains(old), "{old}");
        assert!(!grafana_faults(&good.replacen(old, new, 1)).is_empty(), "{new}");
    }
}

/// What Prometheus 3 and Alertmanager 0.34 do not take any more, or read otherwise than those of Debian that the texts are
/// tried with: <https://prometheus.io/docs/prometheus/latest/migration/>,
/// <https://prometheus.io/docs/alerting/latest/configuration/#label-matchers>.
#[test]
fn texts_suit_prometheus_3() {
    let gone = [
        "scrape_classic_histograms",
        "holt_winters",
        "api_version: v1",
        "remote_write",
        "remote_read",
    ];
    let is_name = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    for (name, files) in stages::all() {
        for (file, text) in &files {
            for word in gone {
                assert!(!text.contains(word), "{name}: {file}: {word}");
            }
        }
        // A matcher is read alike by both of Alertmanager's parsers where its value is in quotes and its label is plain.
        let text = files.get("alertmanager.yml").map_or("", String::as_str);
        let matchers = text
            .lines()
            .filter_map(|line| line.trim().trim_start_matches("- ").split_once("matchers: ["));
        for matcher in matchers.flat_map(|(_, list)| list.trim_end_matches(']').split(", ")) {
            let (label, value) = matcher.split_once(['=', '!']).unwrap_or_default();
            let value = value.trim_start_matches(['=', '~']);
            let quoted = value.len() > 1 && value.starts_with('"') && value.ends_with('"');
            assert!(!label.is_empty() && is_name(label) && quoted, "{name}: {matcher}");
        }
        // A target that says no content type would need a protocol to fall back to. None of ours does: those of Go and of
        // Python's client always say one.
        let text = files.get("prometheus.yml").map_or("", String::as_str);
        let config: Value = taken(serde_yaml::from_str(text), text);
        for job in config["scrape_configs"].as_sequence().into_iter().flatten() {
            let keys = job.as_mapping().into_iter().flatten();
            let keys: Vec<&str> = keys.filter_map(|(key, _)| key.as_str()).collect();
            let known = [
                "job_name",
                "honor_labels",
                "honor_timestamps",
                "scheme",
                "metrics_path",
                "authorization",
                "tls_config",
                "kubernetes_sd_configs",
                "static_configs",
                "relabel_configs",
                "metric_relabel_configs",
            ];
            assert!(keys.iter().all(|key| known.contains(key)), "{name}: {keys:?}");
        }
    }
}
