//! Stages as monitoring sees them.

use super::super::*;

/// Each by its name.
pub(super) fn all() -> [(&'static str, Monitored); 6] {
    [
        ("full", full()),
        ("minimal", minimal()),
        ("without Celery", without_celery()),
        ("operator", operator()),
        ("every server", every_server()),
        ("two brokers", two_brokers()),
    ]
}

/// One web process, nothing else, and nobody who is told.
pub(super) fn minimal() -> Monitored {
    Monitored {
        stack: "shop".to_owned(),
        namespace: "shop".to_owned(),
        before: None,
        place: "shop".to_owned(),
        stage: "local".to_owned(),
        prefix: "monitoring".to_owned(),
        operator: false,
        scrape_interval: 30,
        runbooks: Runbooks::Page("https://shop.example.com/runbooks".to_owned()),
        service_account: "/var/run/secrets/kubernetes.io/serviceaccount".to_owned(),
        kubelet: None,
        webs: vec![web("web", &[])],
        workers: Vec::new(),
        celery: Vec::new(),
        postgres: Vec::new(),
        redis: Vec::new(),
        mysql: Vec::new(),
        memcached: Vec::new(),
        rabbitmq: Vec::new(),
        workloads: vec![
            workload("web", Kind::Deployment),
            workload("monitoring-prometheus", Kind::StatefulSet),
            workload("monitoring-kube-state-metrics", Kind::Deployment),
        ],
        autoscalers: Vec::new(),
        claims: Vec::new(),
        backups: Vec::new(),
        certificates: None,
        logs: None,
        alerting: None,
        grafana: None,
    }
}

/// All that there is.
pub(super) fn full() -> Monitored {
    Monitored {
        stage: "monitoring".to_owned(),
        kubelet: Some(Kubelet { ca: None }),
        webs: vec![web("web", &["livez", "readyz"]), web("web-admin", &[])],
        workers: vec![
            Worker { name: "worker".to_owned(), may_rest: false },
            Worker { name: "worker-mail".to_owned(), may_rest: true },
        ],
        celery: vec![celery("broker", "monitoring-celery-exporter")],
        postgres: vec![Postgres { name: "db".to_owned() }],
        redis: vec![
            Redis { name: "broker".to_owned(), evicts: false, durable: true },
            Redis { name: "cache".to_owned(), evicts: true, durable: false },
        ],
        workloads: vec![
            workload("web", Kind::Deployment),
            workload("web-admin", Kind::Deployment),
            workload("worker", Kind::Deployment),
            workload("worker-mail", Kind::Deployment),
            workload("beat", Kind::StatefulSet),
            workload("db", Kind::StatefulSet),
            workload("migrate", Kind::Job),
            workload("db-backup", Kind::CronJob),
            workload("monitoring-prometheus", Kind::StatefulSet),
        ],
        autoscalers: vec![Autoscaler { component: "web".to_owned() }],
        claims: vec![
            Claim { component: "db".to_owned(), name: "data-db".to_owned() },
            Claim {
                component: "monitoring-prometheus".to_owned(),
                name: "data-monitoring-prometheus".to_owned(),
            },
        ],
        backups: vec![Backup { cron: "db-backup".to_owned(), max_age: 26 * 3600 }],
        certificates: Some(Certificates { namespace: "cert-manager".to_owned() }),
        logs: Some(Logs { retention_hours: 168, path: "/var/lib/loki".to_owned() }),
        alerting: Some(alerting()),
        grafana: Some(Grafana {
            admin: "admin".to_owned(),
            admin_password_file: "/run/secrets/grafana/admin-password".to_owned(),
            root_url: Some("https://shop.example.com/grafana/".to_owned()),
            sub_path: Some("/grafana".to_owned()),
            secure: Some(3600),
            data: "/tmp/grafana".to_owned(),
            provisioning: "/etc/grafana/provisioning".to_owned(),
            dashboards: "/etc/grafana/dashboards".to_owned(),
        }),
        ..minimal()
    }
}

/// Without workers; alerts go by mail.
pub(super) fn without_celery() -> Monitored {
    Monitored {
        workers: Vec::new(),
        celery: Vec::new(),
        kubelet: Some(Kubelet { ca: Some("/etc/ssl/certs/ca-certificates.crt".to_owned()) }),
        alerting: Some(Alerting {
            receivers: alerting().receivers.into_iter().filter(|one| one.name == "mail").collect(),
            default: "mail".to_owned(),
            routes: Vec::new(),
            watchdog: None,
        }),
        logs: None,
        ..full()
    }
}

/// All that there is, and servers of each protocol.
pub(super) fn every_server() -> Monitored {
    Monitored {
        mysql: vec!["legacy".to_owned()],
        memcached: vec!["pages".to_owned()],
        rabbitmq: vec!["rabbit".to_owned()],
        ..full()
    }
}

/// A MySQL alone, and Celery at a Redis and at a RabbitMQ.
pub(super) fn two_brokers() -> Monitored {
    Monitored {
        postgres: Vec::new(),
        celery: vec![
            celery("broker", "monitoring-broker-celery"),
            celery("rabbit", "monitoring-rabbit-celery"),
        ],
        ..every_server()
    }
}

/// Where kube-prometheus-stack scrapes and evaluates.
pub(super) fn operator() -> Monitored {
    Monitored {
        operator: true,
        kubelet: None,
        alerting: None,
        certificates: None,
        grafana: None,
        ..full()
    }
}

fn alerting() -> Alerting {
    let receiver = |name: &str, sends| Receiver { name: name.to_owned(), sends };
    let file = |name: &str| format!("/run/secrets/alerts/{name}");
    Alerting {
        receivers: vec![
            receiver(
                "mail",
                Sends::Email {
                    to: "team@example.com".to_owned(),
                    from: "alerts@example.com".to_owned(),
                    smarthost: "smtp.example.com:587".to_owned(),
                    username: Some("alerts".to_owned()),
                    password_file: Some(file("smtp-password")),
                },
            ),
            receiver(
                "channel",
                Sends::Slack { url_file: file("slack-url"), channel: Some("#shop".to_owned()) },
            ),
            receiver("on-call", Sends::Pagerduty { routing_key_file: file("pagerduty-key") }),
            receiver("dead-mans-switch", Sends::Webhook { url_file: file("watchdog-url") }),
        ],
        default: "mail".to_owned(),
        routes: vec![route("critical", "on-call"), route("warning", "channel")],
        watchdog: Some("dead-mans-switch".to_owned()),
    }
}

fn route(severity: &str, receiver: &str) -> Route {
    Route { severity: severity.to_owned(), receiver: receiver.to_owned() }
}

fn celery(broker: &str, exporter: &str) -> Celery {
    Celery { broker: broker.to_owned(), exporter: exporter.to_owned() }
}

fn web(name: &str, probe_views: &[&str]) -> Web {
    let probe_views = probe_views.iter().map(|view| (*view).to_owned()).collect();
    Web { name: name.to_owned(), probe_views }
}

fn workload(name: &str, kind: Kind) -> Workload {
    Workload { name: name.to_owned(), kind }
}
