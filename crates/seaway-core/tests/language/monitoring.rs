//! `monitoring`: who is told of alerts, what its workloads are called, and the words of its values.

use insta::assert_snapshot;

use crate::support::{APP, stack_of, told_of};

/// A stage with a web process, a Secret and `monitoring`; `more` are keys of its table, from line 11 on.
fn text(more: &str) -> String {
    format!(
        "{APP}app.hosts = [\"shop.example.com\"]\n[secrets.alerting]\nkeys = [\"url\", \"other\"]\n[stages.live]\n\
         components.web.type = \"web\"\ncomponents.db.type = \"postgres\"\n\
         [stages.live.components.monitoring]\ntype = \"monitoring\"\n{more}"
    )
}

fn told(more: &str) -> String {
    told_of(&text(more), "live")
}

const SLACK: &str = "{ type = \"slack\", channel = \"#ops\", secret = \"alerting\" }";

/// Its workloads.
fn made(more: &str) -> Vec<String> {
    let stack = stack_of(&text(more), "live");
    stack
        .parts
        .keys()
        .filter(|name| name.starts_with("monitoring-"))
        .map(ToString::to_string)
        .collect()
}

#[test]
fn what_is_good_is_taken() {
    for good in [
        "",
        "operator = true",
        "operator = { labels = { release = \"kps\" }, namespace = \"observability\" }",
        "operator = false\ngrafana = false\nlogs = false",
        "retention = \"6h\"\nlogs = { retention = \"2w\" }",
        "runbooks = \"https://wiki.example.com/runbooks\"",
        "traces = { host = \"tempo.observability.svc\", namespaces = [\"observability\"] }",
        "traces = { host = \"tempo.observability.svc.cluster.local\" }",
        "traces = { host = \"collector\", namespaces = [\"live\"] }",
        "traces = { host = \"otlp.example.com\", tls = true, cidrs = [\"192.0.2.0/24\"], secret = \"alerting\", key = \"other\" }",
        "databases.db = { secret = \"alerting\" }",
        "grafana = { expose = { type = \"ingress\", hosts = [\"grafana.example.com\"], from-namespaces = [\"traefik\"] } }",
        "receivers.ops = { type = \"email\", to = \"ops@example.com\", from = \"shop@example.com\", host = \"smtp.example.com\" }",
        "receivers.ops = { type = \"pagerduty\", secret = \"alerting\", key = \"other\" }",
    ] {
        assert_eq!(told(good), "", "{good}");
    }
    let two = format!(
        "receivers.day = {SLACK}\nreceivers.night = {SLACK}\ndefault = \"day\"\ncritical = \"night\""
    );
    assert_eq!(told(&two), "");
    assert_eq!(
        told(&format!("receivers.ops = {SLACK}\nwatchdog = {{ secret = \"alerting\" }}")),
        ""
    );
}

#[test]
fn workloads_follow_from_the_stage() {
    assert_eq!(
        made(&format!("receivers.ops = {SLACK}")),
        [
            "monitoring-alertmanager",
            "monitoring-alloy",
            "monitoring-db-exporter",
            "monitoring-grafana",
            "monitoring-kube-state-metrics",
            "monitoring-loki",
            "monitoring-prometheus"
        ]
    );
    // Nobody hears of alerts, nothing is drawn, no logs are kept.
    assert_eq!(
        made("grafana = false\nlogs = false"),
        ["monitoring-db-exporter", "monitoring-kube-state-metrics", "monitoring-prometheus"]
    );
    assert_eq!(
        made(&format!("operator = true\nreceivers.ops = {SLACK}")),
        ["monitoring-alloy", "monitoring-db-exporter", "monitoring-loki"]
    );
}

#[test]
fn receivers_are_known() {
    assert_snapshot!(told(&format!("receivers.on-call = {SLACK}\ncritical = \"oncall\"")), @"unknown-component 13:12 unknown receiver `oncall` | not among `receivers` | did you mean `on-call`?");
    assert_snapshot!(told("default = \"ops\""), @r#"unknown-component 12:11 unknown receiver `ops` | not among `receivers` | add it: `receivers.ops = { type = "slack", … }`"#);
    assert_snapshot!(told(&format!("receivers.day = {SLACK}\nreceivers.night = {SLACK}")), @"missing-field 10:25 several receivers, and none is the usual one |  | add `default`: known are `day` and `night`");
    assert_snapshot!(told("receivers.ops = { type = \"slak\", channel = \"#ops\", secret = \"alerting\" }"), @"unknown-type 12:26 unknown type `slak` |  | did you mean `slack`?");
}

#[test]
fn secrets_of_receivers_have_their_keys() {
    assert_snapshot!(told("receivers.ops = { type = \"slack\", channel = \"#ops\", secret = \"alertin\" }"), @"unknown-secret 12:62 unknown Secret `alertin` | no contract declares it | did you mean `alerting`?");
    assert_snapshot!(told("receivers.ops = { type = \"slack\", channel = \"#ops\", secret = \"alerting\", key = \"othr\" }"), @"unknown-key 12:80 Secret `alerting` has no key `othr` | ; 5:10 its contract | did you mean `other`?");
    assert_snapshot!(told("receivers.ops = { type = \"pagerduty\", secret = \"alerting\" }"), @"unknown-key 12:48 Secret `alerting` has no key `routing-key` | ; 5:10 its contract | known are `other` and `url`");
    assert_snapshot!(told("receivers.ops = { type = \"webhook\" }"), @"missing-field 12:17 `secret` is missing |  | add `secret = …`");
}

#[test]
fn somebody_is_told() {
    assert_snapshot!(told("watchdog = { secret = \"alerting\" }"), @r##"missing-field 12:12 a dead man's switch, and nobody is told of alerts | without `receivers` | add `receivers.on-call = { type = "slack", channel = "#…", secret = "…" }`"##);
    let production =
        text("").replace("[stages.live]\n", "[stages.live]\nprofile = \"production\"\n");
    assert_snapshot!(told_of(&production, "live"), @r##"missing-field 11:25 nobody is told of alerts | has no receivers | add `receivers.on-call = { type = "slack", channel = "#…", secret = "…" }`"##);
}

/// Where traces go is an address that network policies let processes out to.
#[test]
fn traces_have_a_way_out() {
    for host in ["http://tempo:4318", "tempo:4318", "tempo/v1/traces", ""] {
        assert_ne!(
            told(&format!("traces = {{ host = \"{host}\", cidrs = [\"192.0.2.0/24\"] }}")),
            "",
            "{host}"
        );
    }
    assert_snapshot!(told("traces = { host = \"http://tempo.observability.svc:4318\" }"), @"invalid-value 12:19 `http://tempo.observability.svc:4318` is not a host |  | write a host name or an IP address, without scheme, port or path");
    assert_snapshot!(told("traces = { host = \"tempo.observability.svc\", port = 70000 }"), @"invalid-value 12:53 expected an integer from 0 to 65535, found `70000` |  |");
    assert_snapshot!(told("traces = { host = \"otlp.example.com\" }"), @r#"missing-field 12:19 nothing says where `otlp.example.com` is, so no network policy lets processes out to it |  | write the host of a Service, `<service>.<namespace>.svc`; if it lies outside of the cluster `cidrs = ["…/24"]`, or `to = "internet"` where its addresses are not known"#);
    assert_snapshot!(told("traces = { host = \"tempo.observability.svc\", namespaces = [\"tracing\"] }"), @r#"conflict 12:19 the Service `tempo.observability.svc` is not in the namespaces of the collector | lies in `observability`; 12:60  | write `namespaces = ["observability"]`, or leave it out"#);
    assert_snapshot!(told("traces = { host = \"tempo.observability.svc\", secret = \"alerting\" }"), @"unknown-key 12:55 Secret `alerting` has no key `headers` | ; 5:10 its contract | known are `other` and `url`");
    assert_snapshot!(told("traces = { host = \"tempo.observability.svc\", key = \"url\" }"), @r#"missing-field 12:52 a key without a Secret |  | add `secret = "…"`, or remove `key`"#);
    let production = |more: &str| {
        let text = text(&format!("receivers.ops = {SLACK}\n{more}"));
        told_of(
            &text.replace("[stages.live]\n", "[stages.live]\nprofile = \"production\"\n"),
            "live",
        )
    };
    assert_snapshot!(production("traces = { host = \"otlp.example.com\", cidrs = [\"192.0.2.0/24\"] }"), @r#"plain-http 14:19 traces leave the cluster by plain HTTP in a production stage | what they tell of requests can be read on the way | add `tls = true`; if something else encrypts it on the way, say so: `allow.plain-http = "…"`"#);
    assert_eq!(production("traces = { host = \"tempo.observability.svc\" }"), production(""));
}

#[test]
fn roles_are_of_databases_with_an_exporter() {
    assert_snapshot!(told("databases.bd = { secret = \"alerting\" }"), @"unknown-component 12:11 no database `bd` is watched |  | did you mean `db`?");
    assert_snapshot!(told("databases.web = { secret = \"alerting\" }"), @"unknown-component 12:11 no database `web` is watched |  | known is `db`");
    assert_snapshot!(told("databases.db = { secret = \"alerting\", key = \"uri\" }"), @"unknown-key 12:45 Secret `alerting` has no key `uri` | ; 5:10 its contract | did you mean `url`?");
    assert_snapshot!(told("databases.db = { secret = \"watcher\" }"), @"unknown-secret 12:27 unknown Secret `watcher` | no contract declares it | known are `alerting`, `db` and `monitoring-grafana`");
}

#[test]
fn grafana_is_exposed_once_and_where_there_is_one() {
    let exposed = |more: &str| {
        format!(
            "grafana = {{ expose = {{ type = \"ingress\", hosts = [\"grafana.example.com\"], from-namespaces = [\"traefik\"]{more} }} }}"
        )
    };
    assert_snapshot!(told(&exposed(", paths = [\"/grafana\", \"/boards\"]")), @"conflict 12:127 Grafana is served below one path | a second one | keep one: its links and cookies are made for it");
    assert_snapshot!(told(&format!("operator = true\n{}", exposed(""))), @"conflict 13:22 a Grafana that the stage does not have is exposed | ; 12:12 that of the operator shows the dashboards | write `components.monitoring.grafana = true` here, without `expose`");
    let production = text(&format!("receivers.ops = {SLACK}\n{}", exposed("")));
    let production =
        production.replace("[stages.live]\n", "[stages.live]\nprofile = \"production\"\n");
    assert_snapshot!(told_of(&production, "live"), @r#"plain-http 14:22 `monitoring-grafana` is reached by plain HTTP in a production stage | passwords and sessions can be read on the way | add `issuer = "…"`, an issuer of cert-manager, or `secret = "…"`; if TLS ends before it, say so: `components.monitoring.workloads.grafana.allow.plain-http = "…"`"#);
    // Its keys are at fault where they are written.
    assert_snapshot!(told(&exposed("").replace("[\"traefik\"]", "[]")), @r#"missing-field 12:22 nothing says where the controller runs | the network policy has to let it in | add `from-namespaces = ["traefik"]`, or `from` with its addresses if it uses the network of its nodes"#);
    // Hosts of the application are those of the web process as well.
    let shared = text(&exposed("").replace("hosts = [\"grafana.example.com\"], ", ""));
    let shared = shared.replace(
        "components.web.type = \"web\"",
        "components.web = { type = \"web\", expose = { type = \"ingress\", from-namespaces = [\"traefik\"] } }",
    );
    assert_snapshot!(told_of(&shared, "live"), @"conflict 8:43 `monitoring-grafana` and `web` both answer to `/` of `shop.example.com` | ; 12:22 the first one | give one of them `paths` or `hosts` of its own in `expose`: the longer path wins");
}

#[test]
fn there_is_one_and_its_workloads_have_names_of_their_own() {
    assert_snapshot!(told("[stages.live.components.second]\ntype = \"monitoring\""), @"conflict 12:25 two components watch the stage | ; 10:25 the first one | keep one; its options are merged stage by stage");
    assert_snapshot!(told("[stages.live.components.monitoring-loki]\ntype = \"redis\""), @"conflict 12:25 `monitoring` has a workload `monitoring-loki`, and so is called another component | ; 10:25 its monitoring | give one of the two another name; a name has at most 63 characters");
}

#[test]
fn names_have_room_for_those_of_the_workloads() {
    let long = "a".repeat(60);
    let text = text("").replace("components.db.type", &format!("components.{long}.type"));
    assert_snapshot!(told_of(&text, "live"), @"invalid-name 10:25 a workload of `monitoring` has a name of more than 63 characters | its monitoring | write a shorter name here, or of the component that is watched: it is called `<here>-<component>-exporter`");
}

#[test]
fn periods_and_addresses() {
    for period in ["15", "0d", "1.5d", "-1d", "d", "15 days", "99999999999w", "30m"] {
        assert_ne!(told(&format!("retention = \"{period}\"")), "", "{period}");
    }
    assert_snapshot!(told("retention = \"15\""), @"invalid-value 12:13 `15` is no span of time |  | write a number and `h`, `d`, `w` or `y`, for example `15d`");
    assert_snapshot!(told("retention = 15"), @r#"wrong-type 12:13 expected a string, found an integer |  | write it in quotes: `"15"`"#);
    for address in
        ["wiki.example.com", "ftp://wiki.example.com", "https://", "https://a b", "javascript:1"]
    {
        assert_ne!(told(&format!("runbooks = \"{address}\"")), "", "{address}");
    }
    assert_snapshot!(told("runbooks = \"wiki.example.com/runbooks\""), @"invalid-value 12:12 `wiki.example.com/runbooks` is no address of the web |  | write one that starts with `https://`");
}
