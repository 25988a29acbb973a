//! External services by the protocol that they speak: exporters, KEDA, Flower, connections, and the way to another stage.

use std::fmt::Write as _;

use insta::assert_snapshot;
use seaway_render::Bundle;
use serde_json::Value;

use crate::common::verdict;
use crate::monitoring::{let_in, names, of_prometheus};
use crate::support::{at, based, bundle, case, find, find_maybe, yaml};

/// A MySQL, a RabbitMQ and a Memcached, all outside; more keys of the stage go on in line 11.
const OUTSIDE: &str = "secrets.mariadb.keys = [\"url\"]\nsecrets.rabbitmq.keys = [\"url\"]\ncomponents.worker.type = \"worker\"\n\
    components.mariadb = { type = \"external\", provides = \"database\", host = \"db.example.net\", port = 3306, cidrs = [\"10.0.0.0/16\"], secret = \"mariadb\" }\n\
    components.rabbitmq = { type = \"external\", provides = \"broker\", host = \"mq.example.net\", port = 5671, cidrs = [\"10.1.0.0/16\"], secret = \"rabbitmq\" }\n\
    components.memcached = { type = \"external\", provides = \"cache\", host = \"cache.example.net\", port = 11211, cidrs = [\"10.2.0.0/16\"], outputs = { url = \"memcached://cache.example.net:11211\" } }\n";

fn outside(more: &str) -> Bundle {
    based(&format!("{OUTSIDE}{more}"))
}

const WATCHED: &str = "components.monitoring.type = \"monitoring\"\n";

/// Image, command and variables of a workload of one container.
fn container(bundle: &Bundle, name: &str) -> String {
    let pod = at(find(bundle, "Deployment", name), "/spec/template/spec/containers/0");
    let words = pod["command"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut text = format!("{}\n", pod["image"].as_str().unwrap_or_default());
    for word in words {
        let _ = writeln!(text, "  {word}");
    }
    for one in pod["env"].as_array().into_iter().flatten() {
        let value =
            one["value"].as_str().map_or_else(|| one["valueFrom"].to_string(), str::to_owned);
        let _ = writeln!(text, "  {}={value}", one["name"].as_str().unwrap_or_default());
    }
    text
}

#[test]
fn each_server_gets_the_exporter_of_its_protocol_or_none() {
    let all = outside(WATCHED);
    let exporters: Vec<&str> =
        names(&all, "Deployment").into_iter().filter(|name| name.ends_with("exporter")).collect();
    assert_eq!(
        exporters,
        [
            "monitoring-celery-exporter",
            "monitoring-mariadb-exporter",
            "monitoring-memcached-exporter"
        ]
    );
    assert_snapshot!(container(&all, "monitoring-mariadb-exporter"), @r#"
    quay.io/prometheus/mysqld-exporter:v0.20.0
      sh
      /etc/seaway/start.sh
      /bin/mysqld_exporter
      --config.my-cnf=/etc/seaway/my.cnf
      --mysqld.address=db.example.net:3306
      --web.listen-address=:9104
      --log.format=json
      --no-collect.slave_status
      --no-collect.info_schema.innodb_cmp
      --no-collect.info_schema.innodb_cmpmem
      --no-collect.info_schema.query_response_time
      GOMEMLIMIT=57MiB
      MYSQL_URL={"secretKeyRef":{"key":"url","name":"mariadb"}}
    "#);
    assert_snapshot!(container(&all, "monitoring-memcached-exporter"), @"
    quay.io/prometheus/memcached-exporter:v0.16.0
      /bin/memcached_exporter
      --memcached.address=cache.example.net:11211
      --web.listen-address=:9150
      --log.format=json
      GOMEMLIMIT=57MiB
    ");
    assert_snapshot!(container(&all, "monitoring-celery-exporter"), @r#"
    docker.io/danihodovic/celery-exporter:0.12.2
      python
      /app/cli.py
      --port=9808
      --retry-interval=5
      CE_BROKER_URL={"secretKeyRef":{"key":"url","name":"rabbitmq"}}
    "#);
    let config = find(&all, "ConfigMap", "monitoring-mariadb-exporter");
    assert_eq!(at(config, "/data/my.cnf"), "[client]\ntls = preferred\n");
    let ways = |name: &str| at(find(&all, "NetworkPolicy", name), "/spec/egress").to_string();
    assert_snapshot!(ways("monitoring-mariadb-exporter"), @r#"[{"ports":[{"port":53,"protocol":"UDP"},{"port":53,"protocol":"TCP"},{"port":5353,"protocol":"UDP"},{"port":5353,"protocol":"TCP"}],"to":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"kube-system"}},"podSelector":{"matchLabels":{"k8s-app":"kube-dns"}}},{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"openshift-dns"}}}]},{"ports":[{"port":53,"protocol":"UDP"},{"port":53,"protocol":"TCP"}],"to":[{"ipBlock":{"cidr":"169.254.20.10/32"}},{"ipBlock":{"cidr":"169.254.169.254/32"}}]},{"ports":[{"port":3306,"protocol":"TCP"}],"to":[{"ipBlock":{"cidr":"10.0.0.0/16"}}]}]"#);
    assert_snapshot!(let_in(&all), @"
    monitoring-alloy: monitoring-prometheus at 12345
    monitoring-celery-exporter: monitoring-prometheus at 9808
    monitoring-grafana: monitoring-prometheus at 3000
    monitoring-kube-state-metrics: monitoring-prometheus at 8080
    monitoring-loki: monitoring-alloy, monitoring-grafana, monitoring-prometheus at 3100
    monitoring-mariadb-exporter: monitoring-prometheus at 9104
    monitoring-memcached-exporter: monitoring-prometheus at 9150
    monitoring-prometheus: monitoring-grafana at 9090
    web: monitoring-prometheus at 8001-8002
    ");
    let rules = of_prometheus(&all, "rules.yml");
    for alert in ["MysqlDown", "MysqlConnectionsHigh", "MemcachedDown", "MemcachedEvictions"] {
        assert!(rules.contains(&format!("alert: {alert}\n")), "{alert}");
    }
    for other in ["Postgres", "Redis", "Rabbitmq"] {
        assert!(!rules.contains(&format!("alert: {other}")), "{other}");
    }
    let dashboards = find(&all, "ConfigMap", "monitoring-grafana-dashboards");
    assert!(at(dashboards, "/data/mysql.json").is_string());
    assert!(at(dashboards, "/data/memcached.json").is_string());
    assert!(at(dashboards, "/data/postgresql.json").is_null());
}

/// User and password in parts are handed over as they are, certificates are mounted, and a role of its own has a URL.
#[test]
fn the_exporter_of_a_mysql_logs_in_and_verifies() {
    let of = |keys: &str, monitoring: &str| {
        based(&format!(
            "config.pki.\"ca.pem\" = \"PEM\"\nsecrets.mariadb.keys = [\"url\", \"password\"]\nsecrets.watch.keys = [\"url\"]\n\
             components.mariadb = {{ type = \"external\", provides = \"database\", host = \"db.example.net\", port = 3306, cidrs = [\"10.0.0.0/16\"], secret = \"mariadb\"{keys} }}\n\
             components.monitoring = {{ type = \"monitoring\"{monitoring} }}\n"
        ))
    };
    let options = |bundle: &Bundle| {
        let config = find(bundle, "ConfigMap", "monitoring-mariadb-exporter");
        let script = at(config, "/data/start.sh").is_string();
        format!("{} {script}", at(config, "/data/my.cnf"))
    };
    let parts = of(", username = \"shop\", ca = { config = \"pki\", key = \"ca.pem\" }", "");
    assert_snapshot!(container(&parts, "monitoring-mariadb-exporter"), @r#"
    quay.io/prometheus/mysqld-exporter:v0.20.0
      /bin/mysqld_exporter
      --config.my-cnf=/etc/seaway/my.cnf
      --mysqld.address=db.example.net:3306
      --mysqld.username=shop
      --web.listen-address=:9104
      --log.format=json
      --no-collect.slave_status
      --no-collect.info_schema.innodb_cmp
      --no-collect.info_schema.innodb_cmpmem
      --no-collect.info_schema.query_response_time
      GOMEMLIMIT=57MiB
      MYSQLD_EXPORTER_PASSWORD={"secretKeyRef":{"key":"password","name":"mariadb"}}
    "#);
    assert_snapshot!(options(&parts), @r#""[client]\nssl-ca = /etc/ssl/seaway/mariadb/ca.pem\n" false"#);
    let exporter = find(&parts, "Deployment", "monitoring-mariadb-exporter");
    let mounts = at(exporter, "/spec/template/spec/containers/0/volumeMounts").to_string();
    assert!(mounts.contains("/etc/ssl/seaway/mariadb"), "{mounts}");
    let login = of(", username = \"shop\", tls = true", ", databases.mariadb.secret = \"watch\"");
    assert_snapshot!(container(&login, "monitoring-mariadb-exporter"), @r#"
    quay.io/prometheus/mysqld-exporter:v0.20.0
      sh
      /etc/seaway/start.sh
      /bin/mysqld_exporter
      --config.my-cnf=/etc/seaway/my.cnf
      --mysqld.address=db.example.net:3306
      --web.listen-address=:9104
      --log.format=json
      --no-collect.slave_status
      --no-collect.info_schema.innodb_cmp
      --no-collect.info_schema.innodb_cmpmem
      --no-collect.info_schema.query_response_time
      GOMEMLIMIT=57MiB
      MYSQL_URL={"secretKeyRef":{"key":"url","name":"watch"}}
    "#);
    assert_snapshot!(options(&login), @r#""[client]\ntls = true\n" true"#);
    assert_snapshot!(options(&of(", tls = false", "")), @r#""[client]\n" true"#);
}

#[test]
fn an_operator_scrapes_the_exporters() {
    let all = outside("components.monitoring = { type = \"monitoring\", operator = true }\n");
    let monitors = names(&all, "ServiceMonitor");
    assert!(monitors.iter().any(|name| name.contains("mysql")), "{monitors:?}");
    assert!(monitors.iter().any(|name| name.contains("memcached")), "{monitors:?}");
}

/// Of several brokers each has an exporter that a worker refers to.
#[test]
fn two_brokers_have_exporters_of_their_own() {
    let of = |workers: &str| {
        based(&format!(
            "app.bind = false\ncomponents.activity = {{ type = \"redis\", durable = true }}\ncomponents.tasks = {{ type = \"redis\", durable = true }}\n\
             components.web.env.ACTIVITY_URL = \"${{activity.url}}\"\ncomponents.worker = {{ type = \"worker\", env.CELERY_BROKER_URL = \"${{tasks.url}}\" }}\n{workers}{WATCHED}"
        ))
    };
    let celery = |bundle: &Bundle| -> Vec<String> {
        let all = names(bundle, "Deployment").into_iter();
        all.filter(|name| name.contains("celery")).map(str::to_owned).collect()
    };
    let one = of("");
    assert_eq!(celery(&one), ["monitoring-tasks-celery"]);
    assert!(of_prometheus(&one, "rules.yml").contains("CeleryNoWorkers"));
    let two = of(
        "components.feed = { type = \"worker\", env.CELERY_BROKER_URL = \"${activity.url}\" }\n",
    );
    assert_eq!(celery(&two), ["monitoring-activity-celery", "monitoring-tasks-celery"]);
}

const SCALED: &str = "components.worker = { type = \"worker\", queues = [\"mail\"], autoscale = { min = 0, max = 8, queue-length = 20 } }\n";

#[test]
fn keda_counts_the_queues_of_a_rabbitmq() {
    let all =
        based(&format!("{}{SCALED}", OUTSIDE.replace("components.worker.type = \"worker\"\n", "")));
    assert_snapshot!(at(find(&all, "ScaledObject", "worker"), "/spec/triggers"), @r#"[{"authenticationRef":{"name":"worker"},"metadata":{"mode":"QueueLength","protocol":"amqp","queueName":"mail","value":"20"},"type":"rabbitmq"}]"#);
    assert_snapshot!(at(find(&all, "TriggerAuthentication", "worker"), "/spec"), @r#"{"secretTargetRef":[{"key":"url","name":"rabbitmq","parameter":"host"}]}"#);
    let text = based(&format!(
        "{SCALED}components.mq = {{ type = \"external\", provides = \"broker\", host = \"mq.example.net\", port = 5672, cidrs = [\"10.1.0.0/16\"], outputs = {{ url = \"amqp://mq.example.net:5672/shop\" }} }}"
    ));
    assert_snapshot!(at(find(&text, "ScaledObject", "worker"), "/spec/triggers"), @r#"[{"metadata":{"host":"amqp://mq.example.net:5672/shop","mode":"QueueLength","protocol":"amqp","queueName":"mail","value":"20"},"type":"rabbitmq"}]"#);
    assert!(find_maybe(&text, "TriggerAuthentication", "worker").is_none());
}

/// What Flower asks beyond the broker itself, and the way there, which nobody else has.
#[test]
fn flower_asks_the_management_api_of_a_rabbitmq() {
    let of = |management: &str, keys: &str| {
        based(&format!(
            "secrets.rabbitmq.keys = [\"url\"{keys}]\ncomponents.worker.type = \"worker\"\ncomponents.flower.type = \"flower\"\n\
             components.rabbitmq = {{ type = \"external\", provides = \"broker\", host = \"mq.example.net\", port = 5671, cidrs = [\"10.1.0.0/16\"], secret = \"rabbitmq\"{management} }}"
        ))
    };
    let with = of(", management-port = 15671", ", \"api-url\"");
    let env = |bundle: &Bundle| {
        let env = at(find(bundle, "Deployment", "flower"), "/spec/template/spec/containers/0/env");
        let api =
            env.as_array().into_iter().flatten().find(|one| one["name"] == "FLOWER_BROKER_API");
        api.map(|one| one["valueFrom"].to_string())
    };
    assert_snapshot!(env(&with).unwrap_or_default(), @r#"{"secretKeyRef":{"key":"api-url","name":"rabbitmq"}}"#);
    let ports = |name: &str| {
        let rules = at(find(&with, "NetworkPolicy", name), "/spec/egress").to_string();
        (rules.contains("15671"), rules.contains("5671"))
    };
    assert_eq!(ports("flower"), (true, true));
    assert!(
        !at(find(&with, "NetworkPolicy", "worker"), "/spec/egress").to_string().contains("15671")
    );
    assert_eq!(env(&of("", "")), None);
}

#[test]
fn connections_of_an_external_database_are_counted() {
    let of = |port: u16, most: u16| {
        case(&format!(
            "secrets.db.keys = [\"url\"]\ncomponents.db = {{ type = \"external\", provides = \"database\", host = \"db.example.net\", port = {port}, cidrs = [\"10.0.0.0/16\"], secret = \"db\", max-connections = {most} }}"
        ))
    };
    assert_snapshot!(of(3306, 20), @"too-many-connections 6:157 the stage opens up to 26 connections to `db`, which takes 20 |  | write `components.db.max-connections = 26` with memory for them, let fewer pods, processes or threads run");
    assert!(of(5432, 20).contains("or put a pooler in between"), "{}", of(5432, 20));
    assert!(of(3306, 100).ends_with(" objects"), "{}", of(3306, 100));
}

/// A site on managed servers that are not PostgreSQL and Redis: production takes it, and says what it can not encrypt.
#[test]
fn a_production_stage_with_managed_servers_compiles() {
    let text = format!(
        "name = \"s\"\nprofile = \"production\"\napp = {{ image = \"a:1\", module = \"s\", hosts = [\"s.example\"] }}\n[stages.x]\n{OUTSIDE}\
         components.web = {{ type = \"web\", replicas = 2 }}\ncomponents.migrate.type = \"migrate\"\ncomponents.beat.type = \"beat\"\n\
         components.monitoring = {{ type = \"monitoring\", operator = true }}\n"
    );
    assert_snapshot!(verdict(&text, "x"), @r#"plain-connection 10:150 `memcached` is a Memcached outside the cluster, without TLS or a password | whoever is on the way reads what it holds | keep no sessions in it, or write `tls = true` if it has TLS; if something else encrypts it on the way, say so: `allow.plain-connection = "…"`"#);
    let all = bundle(&text);
    assert!(names(&all, "Deployment").iter().all(|name| !name.contains("postgres")));
    for (name, is_there) in [("web", true), ("worker", true), ("beat", true)] {
        let kind = if name == "beat" { "StatefulSet" } else { "Deployment" };
        let gates = at(find(&all, kind, name), "/spec/template/spec/initContainers").to_string();
        assert_eq!(gates.contains("wait-for-schema"), is_there, "{name}: {gates}");
    }
    let rules = names(&all, "PrometheusRule");
    let text: String =
        rules.iter().map(|name| yaml(&find(&all, "PrometheusRule", name).body)).collect();
    assert!(text.contains("alert: MysqlDown") && text.contains("alert: MemcachedDown"), "{text}");
    assert!(!text.contains("PostgresDown") && !text.contains("RedisDown"), "{text}");
}

const SERVICES: &str = "components.worker = { type = \"worker\" }\ncomponents.flower.type = \"flower\"\ncomponents.migrate.type = \"migrate\"\n\
    components.mq.type = \"rabbitmq\"\ncomponents.db.type = \"mysql\"\ncomponents.cache.type = \"memcached\"\n";

/// What a service of the cluster gets by naming a protocol: exporters, or its own metrics, and who may read them.
#[test]
fn services_of_the_cluster_are_watched_by_their_protocols() {
    let all = based(&format!("{SERVICES}{WATCHED}"));
    let ways = let_in(&all);
    for way in [
        "mq: monitoring-prometheus at 15692\n",
        "monitoring-cache-exporter: monitoring-prometheus at 9150\n",
        "monitoring-db-exporter: monitoring-prometheus at 9104\n",
    ] {
        assert!(ways.contains(way), "{ways}");
    }
    let rules = of_prometheus(&all, "rules.yml");
    for alert in ["MysqlDown", "MemcachedDown", "RabbitmqDown", "RabbitmqMemoryAlarm"] {
        assert!(rules.contains(&format!("alert: {alert}\n")), "{alert}");
    }
    let scraped = of_prometheus(&all, "prometheus.yml");
    assert!(
        scraped.contains("job_name: rabbitmq") || scraped.contains("\"rabbitmq\""),
        "{scraped}"
    );
    assert!(container(&all, "monitoring-db-exporter").contains("--mysqld.address=db:3306"));
    let operated = based(&format!(
        "{SERVICES}components.monitoring = {{ type = \"monitoring\", operator = true }}\n"
    ));
    assert!(names(&operated, "ServiceMonitor").contains(&"monitoring-rabbitmq"));
}
