//! The texts themselves, for a reader.

use super::*;

#[test]
fn texts_of_the_full_shape() {
    let full = shapes::full();
    insta::assert_snapshot!(prometheus(&Parts::of(shapes::minimal())), @r#"
    # What the stage shows, and nothing else of the cluster: derived from the stack, not from annotations of pods.
    # Reference: https://prometheus.io/docs/prometheus/latest/configuration/configuration/
    global:
      scrape_interval: 30s
      evaluation_interval: 30s
      external_labels:
        stack: "shop"
        stage: "local"

    rule_files:
    - rules.yml

    scrape_configs:
    - job_name: web
      kubernetes_sd_configs:
      - role: pod
        api_server: https://kubernetes.default.svc
        authorization:
          credentials_file: "/var/run/secrets/kubernetes.io/serviceaccount/token"
        tls_config:
          ca_file: "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
        namespaces:
          names: ["shop"]
      relabel_configs:
      - action: keep
        source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_instance]
        regex: "web"
      # A pod that ended keeps its address for a while.
      - action: drop
        source_labels: [__meta_kubernetes_pod_phase]
        regex: Succeeded|Failed
      - action: keep
        source_labels: [__meta_kubernetes_pod_container_port_name]
        regex: "metrics-[0-9]+"
      - action: replace
        source_labels: [__meta_kubernetes_namespace]
        target_label: namespace
      - action: replace
        source_labels: [__meta_kubernetes_pod_name]
        target_label: pod
      - action: replace
        source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_instance]
        target_label: component
      - action: replace
        source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_instance]
        regex: "monitoring-(.+)-exporter"
        target_label: component
      - action: replace
        source_labels: [__meta_kubernetes_pod_name, __meta_kubernetes_pod_container_port_number]
        separator: ":"
        target_label: instance
    - job_name: kube-state-metrics
      # What it tells of has labels of its own; they win over those of its pod.
      honor_labels: true
      kubernetes_sd_configs:
      - role: pod
        api_server: https://kubernetes.default.svc
        authorization:
          credentials_file: "/var/run/secrets/kubernetes.io/serviceaccount/token"
        tls_config:
          ca_file: "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
        namespaces:
          names: ["shop"]
      relabel_configs:
      - action: keep
        source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_instance]
        regex: "monitoring-kube-state-metrics"
      # A pod that ended keeps its address for a while.
      - action: drop
        source_labels: [__meta_kubernetes_pod_phase]
        regex: Succeeded|Failed
      - action: keep
        source_labels: [__meta_kubernetes_pod_container_port_name]
        regex: "metrics"
      - action: replace
        source_labels: [__meta_kubernetes_namespace]
        target_label: namespace
      - action: replace
        source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_instance]
        target_label: component
      - action: replace
        source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_instance]
        regex: "monitoring-(.+)-exporter"
        target_label: component
      - action: replace
        source_labels: [__meta_kubernetes_pod_name, __meta_kubernetes_pod_container_port_number]
        separator: ":"
        target_label: instance
      metric_relabel_configs:
      - action: replace
        target_label: component
        replacement: ""
      - action: labeldrop
        regex: "uid"
      - action: replace
        source_labels: [pod]
        regex: "(monitoring-kube-state-metrics|monitoring-prometheus|web)-.+"
        target_label: component
      - action: replace
        source_labels: [deployment, statefulset, cronjob, horizontalpodautoscaler]
        separator: ""
        regex: "(?:keda-hpa-)?(monitoring-kube-state-metrics|monitoring-prometheus|web)"
        target_label: component
      - action: replace
        source_labels: [job_name]
        regex: "(monitoring-kube-state-metrics|monitoring-prometheus|web)(?:-.+)?"
        target_label: component
    - job_name: prometheus
      kubernetes_sd_configs:
      - role: pod
        api_server: https://kubernetes.default.svc
        authorization:
          credentials_file: "/var/run/secrets/kubernetes.io/serviceaccount/token"
        tls_config:
          ca_file: "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
        namespaces:
          names: ["shop"]
      relabel_configs:
      - action: keep
        source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_instance]
        regex: "monitoring-prometheus"
      # A pod that ended keeps its address for a while.
      - action: drop
        source_labels: [__meta_kubernetes_pod_phase]
        regex: Succeeded|Failed
      - action: keep
        source_labels: [__meta_kubernetes_pod_container_port_name]
        regex: "http"
      - action: replace
        source_labels: [__meta_kubernetes_namespace]
        target_label: namespace
      - action: replace
        source_labels: [__meta_kubernetes_pod_name]
        target_label: pod
      - action: replace
        source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_instance]
        target_label: component
      - action: replace
        source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_instance]
        regex: "monitoring-(.+)-exporter"
        target_label: component
      - action: replace
        source_labels: [__meta_kubernetes_pod_name, __meta_kubernetes_pod_container_port_number]
        separator: ":"
        target_label: instance
    "#);
    insta::assert_snapshot!(alertmanager(&full).unwrap_or_default(), @r##"
    # Who hears of which alert. Secrets are files beside this one, so that it holds none.
    # Reference: https://prometheus.io/docs/alerting/latest/configuration/

    route:
      receiver: "mail"
      # One message for one cause in one component, however many pods it has.
      group_by: [alertname, component]
      group_wait: 30s
      group_interval: 5m
      repeat_interval: 4h
      routes:
      - matchers: [alertname="Watchdog"]
        # Sent for ever: whoever gets it tells when it stops coming.
        receiver: "dead-mans-switch"
        group_wait: 0s
        group_interval: 1m
        repeat_interval: 5m
      - matchers: [severity="critical"]
        receiver: "on-call"
      - matchers: [severity="warning"]
        receiver: "channel"

    inhibit_rules:
    # What wakes somebody says more than what could wait, of the same component.
    - source_matchers: [severity="critical", component!=""]
      target_matchers: [severity="warning"]
      equal: [namespace, component]
    # Without a pod nothing answers.
    - source_matchers: [alertname=~"DeploymentDown|StatefulSetDown", component!=""]
      target_matchers: [alertname=~"PostgresDown|RedisDown|RequestErrors|TrafficGone"]
      equal: [namespace, component]
    # Without its broker Celery does nothing, and its exporter shows nothing.
    - source_matchers: [alertname=~"RedisDown|StatefulSetDown", component="broker"]
      target_matchers: [alertname=~"Celery.+"]
      equal: [namespace]
    - source_matchers: [alertname=~"RedisDown|StatefulSetDown", component="broker"]
      target_matchers: [alertname="TargetDown", job="celery"]
      equal: [namespace]
    # Without its database the application does nothing.
    - source_matchers: [alertname=~"PostgresDown|StatefulSetDown", component="db"]
      target_matchers: [alertname=~"RequestErrors|RequestsSlow|TrafficGone|CeleryTasksFail|CeleryQueueGrows"]
      equal: [namespace]

    receivers:
    - name: "mail"
      email_configs:
      - to: "team@example.com"
        from: "alerts@example.com"
        smarthost: "smtp.example.com:587"
        auth_username: "alerts"
        auth_password_file: "/run/secrets/alerts/smtp-password"
        require_tls: true
        send_resolved: true
        headers:
          Subject: '[{{ .CommonLabels.stack }}/{{ .CommonLabels.stage }}] {{ .Status | toUpper }} {{ .CommonLabels.alertname }} {{ .CommonLabels.component }}'
    - name: "channel"
      slack_configs:
      - api_url_file: "/run/secrets/alerts/slack-url"
        channel: "#shop"
        send_resolved: true
        title: '[{{ .CommonLabels.stack }}/{{ .CommonLabels.stage }}] {{ .Status | toUpper }} {{ .CommonLabels.alertname }} {{ .CommonLabels.component }}'
        title_link: '{{ .CommonAnnotations.runbook_url }}'
        text: |-
          {{ range .Alerts }}*{{ .Annotations.summary }}*
          {{ .Annotations.description }}
          {{ .Annotations.runbook_url }}
          {{ end }}
    - name: "on-call"
      pagerduty_configs:
      - routing_key_file: "/run/secrets/alerts/pagerduty-key"
        send_resolved: true
        description: '[{{ .CommonLabels.stack }}/{{ .CommonLabels.stage }}] {{ (index .Alerts 0).Annotations.summary }}'
        severity: '{{ if .CommonLabels.severity }}{{ .CommonLabels.severity }}{{ else }}error{{ end }}'
        class: '{{ .CommonLabels.alertname }}'
        component: '{{ .CommonLabels.component }}'
        details:
          explanation: '{{ (index .Alerts 0).Annotations.description }}'
          runbook: '{{ .CommonAnnotations.runbook_url }}'
    - name: "dead-mans-switch"
      webhook_configs:
      - url_file: "/run/secrets/alerts/watchdog-url"
        # A switch that is told "resolved" would think that all is well.
        send_resolved: false
    "##);
    insta::assert_snapshot!(loki(&full).unwrap_or_default(), @r#"
    # Loki in one process with its data on a volume: enough for the logs of one stage.
    # Reference: https://grafana.com/docs/loki/latest/configure/

    # One tenant. Who may talk to it is the NetworkPolicy's matter: Alloy writes, Grafana reads.
    auth_enabled: false

    server:
      http_listen_port: 3100
      log_format: json
      log_level: warn

    common:
      path_prefix: "/var/lib/loki"
      replication_factor: 1
      # There is no other member: nothing is looked up on the network.
      instance_addr: 127.0.0.1
      ring:
        kvstore:
          store: inmemory
      storage:
        filesystem:
          chunks_directory: "/var/lib/loki/chunks"
          rules_directory: "/var/lib/loki/rules"

    schema_config:
      configs:
      # The day must lie before the first line and never change.
      - from: "2024-04-01"
        store: tsdb
        object_store: filesystem
        schema: v13
        index:
          prefix: index_
          period: 24h

    limits_config:
      retention_period: 168h
      # Lines that Alloy catches up with after a pause are taken as long as they would still be kept.
      reject_old_samples: true
      reject_old_samples_max_age: 168h
      # Labels come from Alloy alone, a handful of them; more streams than this are a mistake.
      max_label_names_per_series: 10
      max_global_streams_per_user: 5000
      discover_service_name: []
      # The name of a pod is structured metadata.
      allow_structured_metadata: true
      max_line_size: 256KB
      max_line_size_truncate: true

    # Removes what is older than the retention.
    compactor:
      working_directory: "/var/lib/loki/compactor"
      retention_enabled: true
      delete_request_store: filesystem

    analytics:
      reporting_enabled: false
    "#);
    insta::assert_snapshot!(alloy(&full).unwrap_or_default(), @r#"
    // Follows the logs of every container of the namespace through the API and hands them to Loki.
    // Reference: https://grafana.com/docs/alloy/latest/reference/components/

    logging {
      level  = "warn"
      format = "json"
    }

    discovery.kubernetes "pods" {
      role              = "pod"
      api_server        = "https://kubernetes.default.svc"
      bearer_token_file = "/var/run/secrets/kubernetes.io/serviceaccount/token"

      tls_config {
        ca_file = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
      }

      namespaces {
        names = ["shop"]
      }
    }

    discovery.relabel "containers" {
      targets = discovery.kubernetes.pods.targets

      rule {
        source_labels = ["__meta_kubernetes_namespace"]
        target_label  = "namespace"
      }

      rule {
        source_labels = ["__meta_kubernetes_pod_label_app_kubernetes_io_instance"]
        target_label  = "component"
      }

      rule {
        source_labels = ["__meta_kubernetes_pod_container_name"]
        target_label  = "container"
      }

      rule {
        source_labels = ["__meta_kubernetes_pod_name"]
        target_label  = "pod"
      }

      // There is a target for each port of a container. Without what tells them apart they are one, and each line comes once.
      rule {
        action = "labelkeep"
        regex  = "namespace|component|container|pod|__meta_kubernetes_(namespace|pod_name|pod_uid|pod_container_name)"
      }
    }

    loki.source.kubernetes "containers" {
      targets    = discovery.relabel.containers.output
      forward_to = [loki.process.lines.receiver]

      client {
        api_server        = "https://kubernetes.default.svc"
        bearer_token_file = "/var/run/secrets/kubernetes.io/serviceaccount/token"

        tls_config {
          ca_file = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
        }
      }
    }

    loki.process "lines" {
      forward_to = [loki.write.loki.receiver]

      // The application, nginx and our own programs log JSON with a level; of other lines nothing is taken out.
      stage.json {
        expressions = { level = "level" }
      }

      // Five words and no others: a label has few values.
      stage.template {
        source   = "level"
        template = `{{ $level := ToLower .Value }}{{ if eq $level "debug" "info" "warning" "error" "critical" }}{{ $level }}{{ else if eq $level "warn" }}warning{{ else if eq $level "fatal" "panic" "alert" "emergency" }}critical{{ end }}`
      }

      stage.labels {
        values = { level = "" }
      }

      // The name of the pod changes with every rollout, so it is no label of the stream but structured metadata of the line:
      // {component="web"} | pod="web-5d4f-x2v7p" finds it. As a label it would be taken twice, so it is dropped before.
      stage.label_drop {
        values = ["pod", "instance", "job"]
      }

      stage.structured_metadata {
        values = { pod = "" }
      }
    }

    loki.write "loki" {
      endpoint {
        url = "http://monitoring-loki:3100/loki/api/v1/push"
      }

      external_labels = {
        stack = "shop",
        stage = "monitoring",
      }
    }
    "#);
    insta::assert_snapshot!(grafana_ini(&full).unwrap_or_default(), @"
    ; Reference: https://grafana.com/docs/grafana/latest/setup-grafana/configure-grafana/
    ; A variable of the environment wins over a line here: GF_<SECTION>_<KEY>.

    [paths]
    data = /tmp/grafana
    plugins = /tmp/grafana/plugins
    provisioning = /etc/grafana/provisioning

    [server]
    http_port = 3000
    root_url = https://shop.example.com/grafana/
    ; What stands before it passes the path on as it is.
    serve_from_sub_path = true

    [log]
    mode = console
    level = warn

    [log.console]
    format = json

    [security]
    admin_user = admin
    admin_password = $__file{/run/secrets/grafana/admin-password}
    disable_gravatar = true
    cookie_secure = true
    strict_transport_security = true
    strict_transport_security_max_age_seconds = 3600

    [users]
    allow_sign_up = false

    [auth.anonymous]
    enabled = false

    [dashboards]
    default_home_dashboard_path = /etc/grafana/dashboards/requests.json
    min_refresh_interval = 10s

    ; Alerts are made by Prometheus and sent by Alertmanager. Grafana shows them and makes none of its own.
    [unified_alerting]
    execute_alerts = false

    ; Everything that it shows is in files: it needs nothing from the internet, and tells nobody that it is there.
    [analytics]
    reporting_enabled = false
    check_for_updates = false
    check_for_plugin_updates = false
    feedback_links_enabled = false

    [plugins]
    preinstall_disabled = true
    preinstall_auto_update = false
    public_key_retrieval_disabled = true

    [news]
    news_feed_enabled = false

    [snapshots]
    external_enabled = false
    ");
    insta::assert_snapshot!(datasources(&full).unwrap_or_default(), @"
    # Reference: https://grafana.com/docs/grafana/latest/administration/provisioning/#data-sources
    apiVersion: 1
    # What a stage does not have any more is removed.
    prune: true
    datasources:
    - name: Prometheus
      uid: prometheus
      type: prometheus
      access: proxy
      url: http://monitoring-prometheus:9090
      isDefault: true
      editable: false
      jsonData:
        httpMethod: POST
        # Rates look back over at least four of these.
        timeInterval: 30s
        alertmanagerUid: alertmanager
    - name: Alertmanager
      uid: alertmanager
      type: alertmanager
      access: proxy
      url: http://monitoring-alertmanager:9093
      editable: false
      jsonData:
        implementation: prometheus
        handleGrafanaManagedAlerts: false
    - name: Loki
      uid: loki
      type: loki
      access: proxy
      url: http://monitoring-loki:3100
      editable: false
      jsonData:
        maxLines: 1000
    ");
    insta::assert_snapshot!(providers(&full).unwrap_or_default(), @r#"
    # Reference: https://grafana.com/docs/grafana/latest/administration/provisioning/#dashboards
    apiVersion: 1
    providers:
    - name: "shop"
      folder: "shop"
      type: file
      # The files are the truth: a change in the browser would be gone with the pod.
      disableDeletion: true
      allowUiUpdates: false
      updateIntervalSeconds: 60
      options:
        path: /etc/grafana/dashboards
    "#);
}

/// What `serde_yaml` reads is YAML; which keys Loki and Grafana know is in `keys.rs`.
#[test]
fn other_texts_are_yaml() {
    for (name, monitored) in shapes::all() {
        for text in
            [loki(&monitored), datasources(&monitored), providers(&monitored)].into_iter().flatten()
        {
            let read: serde_yaml::Value = taken(serde_yaml::from_str(&text), &text);
            assert!(read.is_mapping(), "{name}: {text}");
        }
    }
}
