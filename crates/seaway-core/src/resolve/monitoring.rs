//! `monitoring` → its workloads: parts of their own, with an edge for each thing that they watch or call.
//!
//! What is watched follows from the stage: an exporter a database, a Redis and a Memcached by the protocol that each speaks, one
//! for Celery where there is a broker and a worker. Their variables are references to what is there, so a switch of a backing
//! service rewires them as well.

use std::collections::BTreeMap;

use crate::options::{
    CeleryRole, Component, Exporter, Facts, Login, Monitor, MonitorRole, Monitoring, Pod,
    PolicyRule, Provides, REDIS_PORT, SecretForm, ServiceAccount, ServiceAccountSetting, Upstream,
    Workload,
};
use crate::outputs::{self, Output, below};
use crate::overlay::Removals;
use crate::stack::{Part, Variable, VariableValue};
use crate::values::{DataKey, EnvName, Name};
use crate::{Code, Diagnostic, Origin, Reason, Sink, Sourced, Stack};

use super::{everywhere, inherit};

pub(super) static WATCHED: Reason = Reason {
    name: "watched",
    why: "monitoring watches every component of the stage that has metrics",
    source: "https://prometheus.io/docs/instrumenting/exporters/",
};

/// Adds the workloads of each `monitoring` component.
pub(super) fn expand(stack: &mut Stack, removals: &Removals, sink: &mut Sink) {
    let mut made: BTreeMap<Name, Part> = BTreeMap::new();
    for (name, part) in &stack.parts {
        if let Some(monitoring) = part.component.options::<Monitoring>() {
            let workloads =
                Workloads { stack, name: &part.name, monitoring, removals, made: Vec::new() };
            for workload in workloads.all() {
                if workload.name.value == *name {
                    sink.report(too_long(&workload.name));
                    break;
                }
                let taken = stack.parts.get(&workload.name.value);
                if let Some(taken) = taken.or_else(|| made.get(&workload.name.value)) {
                    sink.report(taken_name(name, &workload.name, taken));
                    continue;
                }
                made.insert(workload.name.value.clone(), workload);
            }
        }
    }
    stack.parts.append(&mut made);
}

/// There is no room for what its workloads have in their names beside its own.
fn too_long(owner: &Sourced<Name>) -> Diagnostic {
    Diagnostic::error(
        Code::InvalidName,
        format!("a workload of `{owner}` has a name of more than 63 characters"),
    )
    .origin(owner.origin, "its monitoring")
    .help("write a shorter name here, or of the component that is watched: it is called `<here>-<component>-exporter`")
}

fn taken_name(owner: &Name, workload: &Sourced<Name>, taken: &Part) -> Diagnostic {
    Diagnostic::error(
        Code::Conflict,
        format!("`{owner}` has a workload `{workload}`, and so is called another component"),
    )
    .origin(taken.name.origin, "")
    .origin(workload.origin, "its monitoring")
    .help("give one of the two another name; a name has at most 63 characters")
}

struct Workloads<'a> {
    stack: &'a Stack,
    name: &'a Sourced<Name>,
    monitoring: &'a Monitoring,
    removals: &'a Removals,
    made: Vec<Part>,
}

impl Workloads<'_> {
    fn all(mut self) -> Vec<Part> {
        let pods = &self.monitoring.workloads;
        let operated = self.monitoring.operator().is_some();
        self.exporters();
        if !operated {
            self.add("kube-state-metrics", MonitorRole::KubeStateMetrics, &pods.kube_state_metrics);
            // Without receivers it would hold alerts that nobody hears; Prometheus shows them.
            if !self.monitoring.receivers.is_empty() {
                self.add("alertmanager", MonitorRole::Alertmanager, &pods.alertmanager);
            }
        }
        if let Some(logs) = self.monitoring.logs() {
            self.add("loki", MonitorRole::Loki(logs), &pods.loki);
            let loki = below(self.name, "loki");
            self.add("alloy", MonitorRole::Alloy, &pods.alloy);
            self.call(&[loki]);
        }
        if let Some(grafana) = self.monitoring.grafana().filter(|_| !operated) {
            self.add("grafana", MonitorRole::Grafana(grafana), &pods.grafana);
            let mut sources = vec![below(self.name, "prometheus")];
            if !self.monitoring.receivers.is_empty() {
                sources.push(below(self.name, "alertmanager"));
            }
            if self.monitoring.logs().is_some() {
                sources.push(below(self.name, "loki"));
            }
            self.call(&sources);
        }
        if !operated {
            let watched: Vec<Name> = self.made.iter().map(|part| part.name.value.clone()).collect();
            self.add("prometheus", MonitorRole::Prometheus, &pods.prometheus);
            self.call(&watched);
            let origin = self.name.origin;
            let shown = self
                .stack
                .parts
                .iter()
                .filter(|(_, part)| outputs::metrics_ports(self.stack, part).is_some());
            let shown: Vec<Name> = shown.map(|(name, _)| name.clone()).collect();
            if let Some(part) = self.made.last_mut() {
                part.scrapes.extend(shown.into_iter().map(|name| (name, origin)));
            }
        }
        self.made
    }

    /// An exporter for each thing that can not show metrics by itself: one that speaks its protocol, or none.
    fn exporters(&mut self) {
        let pods = &self.monitoring.workloads;
        for (name, part) in &self.stack.parts {
            let facts = &part.facts;
            if facts.broker.is_some() {
                self.celery(part);
            }
            let exporter = format!("{name}-exporter");
            match facts.exporter {
                Some(Exporter::Postgres) => {
                    let role = MonitorRole::PostgresExporter { database: name.clone() };
                    self.add(&exporter, role, &pods.postgres_exporter);
                    self.bind_postgres(part);
                }
                Some(Exporter::Redis) => {
                    let role = MonitorRole::RedisExporter { redis: name.clone() };
                    self.add(&exporter, role, &pods.redis_exporter);
                    self.bind_redis(part);
                }
                Some(Exporter::Mysqld) => {
                    let role = MonitorRole::MysqldExporter { database: name.clone() };
                    self.add(&exporter, role, &pods.mysqld_exporter);
                    self.bind_mysql(part);
                }
                Some(Exporter::Memcached) => {
                    let role = MonitorRole::MemcachedExporter { cache: name.clone() };
                    self.add(&exporter, role, &pods.memcached_exporter);
                    self.set(part, Vec::new());
                }
                None => {}
            }
        }
    }

    /// An exporter of workers and queues. Of several brokers each has one that a worker refers to: where no worker is, its
    /// alert about missing workers would fire for ever.
    fn celery(&mut self, of: &Part) {
        let name = &of.name.value;
        let parts = self.stack.parts.values();
        let several = parts.clone().filter(|part| part.facts.broker.is_some()).count() > 1;
        let mut workers = parts.filter(|part| part.facts.celery == Some(CeleryRole::Worker));
        let is_used = if several {
            workers.any(|worker| worker.edges.contains_key(name))
        } else {
            workers.next().is_some()
        };
        let provided = of.facts.provides.iter();
        let url =
            provided.filter(|(what, _)| *what == Provides::Broker).map(|(_, url)| *url).next();
        let Some(url) = url.filter(|_| is_used) else { return };
        let workload =
            if several { format!("{name}-celery") } else { "celery-exporter".to_owned() };
        let role = MonitorRole::CeleryExporter { broker: name.clone() };
        self.add(&workload, role, &self.monitoring.workloads.celery_exporter);
        self.bind(of, &[("CE_BROKER_URL", url)]);
    }

    fn add(&mut self, workload: &str, role: MonitorRole, pod: &Pod) {
        let name = Sourced { value: below(self.name, workload), origin: self.name.origin };
        let everywhere =
            everywhere::of_workload(self.stack, self.removals, self.name, role.program());
        let mut shared = inherit(&everywhere, pod.shared.clone());
        if shared.service_account.is_none() && role.calls_kubernetes() {
            let own =
                ServiceAccount { rules: rules(self.stack, &role), ..ServiceAccount::default() };
            shared.service_account =
                Some(Sourced::default_for(ServiceAccountSetting::Own(own), &WATCHED));
        }
        let monitor = Monitor { of: self.name.clone(), role, pod: pod.clone() };
        let component = Component::Monitor(Box::new(monitor));
        let object = self.stack.prefix.object(&name);
        let facts = component.facts(&self.stack.around(&name, &object));
        self.made.push(Part { shared, ..Part::new((name, object), component, facts) });
    }

    /// The workload that was added last calls these.
    fn call(&mut self, names: &[Name]) {
        if let Some(part) = self.made.last_mut() {
            let origin = self.name.origin;
            part.edges.extend(names.iter().map(|name| (name.clone(), origin)));
        }
    }

    /// The workload that was added last reads these outputs of a component.
    fn bind(&mut self, of: &Part, variables: &[(&str, &str)]) {
        let known = outputs::of(self.stack, of);
        let value = |output: &str| match known.get(output)? {
            Output::Text(text) => Some(VariableValue::Text(text.clone())),
            Output::Secret(secret, key) => {
                let (secret, key) = (secret.clone(), key.clone());
                Some(VariableValue::Secret { secret, key, optional: false })
            }
        };
        let variables: Vec<Variable> = variables
            .iter()
            .filter_map(|(name, output)| Some(variable(name, value(output)?)))
            .collect();
        self.set(of, variables);
    }

    fn set(&mut self, of: &Part, variables: Vec<Variable>) {
        let origin = self.name.origin;
        if let Some(part) = self.made.last_mut() {
            part.env.extend(variables);
            // With the certificates that the server is verified by.
            part.reads.insert(of.name.value.clone());
            part.edges.insert(of.name.value.clone(), origin);
        }
    }

    /// The exporter asks for TLS unless it is told not to, and the PostgreSQL of the stack has none:
    /// <https://github.com/prometheus-community/postgres_exporter#environment-variables>.
    fn bind_postgres(&mut self, of: &Part) {
        if let Some(login) = self.monitoring.login(&of.name.value) {
            return self.bind_login(of, login);
        }
        let Some(upstream) = of.facts.upstream.as_ref().filter(|_| !of.facts.is_outside()) else {
            let verified = [("PGSSLMODE", "sslmode"), ("PGSSLROOTCERT", "ca-file")];
            return self.bind(of, &[&[("DATA_SOURCE_NAME", "url")], &verified[..]].concat());
        };
        let Upstream { host, port, database, .. } = upstream;
        let address = format!("{host}:{port}/{database}?sslmode=disable");
        self.bind(of, &[("DATA_SOURCE_PASS", "password"), ("DATA_SOURCE_USER", "username")]);
        if self
            .stack
            .app
            .shared
            .secrets
            .as_ref()
            .is_some_and(|form| form.value == SecretForm::Files)
        {
            self.read_files();
        }
        self.set(of, vec![variable("DATA_SOURCE_URI", VariableValue::Text(address))]);
    }

    /// The workload that was added last reads its Secrets from files: of the exporters, that of PostgreSQL can
    /// (<https://github.com/prometheus-community/postgres_exporter#environment-variables>).
    fn read_files(&mut self) {
        for variable in self.made.last_mut().into_iter().flat_map(|part| &mut part.env) {
            if let VariableValue::Secret { secret, key, optional } = variable.value.value.clone() {
                let name = format!("{}_FILE", variable.name);
                variable.name = env_name(name);
                variable.value.value = VariableValue::SecretFile { secret, key, optional };
            }
        }
    }

    /// The URL of a role of the exporter's own, as a variable.
    fn bind_url(&mut self, of: &Part, login: &Login, name: &str) {
        let contract = self.stack.secrets.get(&login.secret.value);
        let secret = contract.map_or(&login.secret.value, |contract| &contract.name.value).clone();
        let usual = || DataKey::try_from("url".to_owned());
        let key = login.key.as_ref().map_or_else(
            || usual().unwrap_or_else(|fault| unreachable!("{fault}")),
            |key| key.value.clone(),
        );
        let url = VariableValue::Secret { secret, key, optional: false };
        self.set(of, vec![variable(name, url)]);
    }

    /// The role of the exporter's own, at the same server.
    fn bind_login(&mut self, of: &Part, login: &Login) {
        self.bind_url(of, login, "DATA_SOURCE_NAME");
        if of.facts.is_outside() {
            self.bind(of, &[("PGSSLMODE", "sslmode"), ("PGSSLROOTCERT", "ca-file")]);
        } else {
            self.set(of, vec![variable("PGSSLMODE", VariableValue::Text("disable".to_owned()))]);
        }
    }

    /// The exporter takes a user and a password, and no URL: a script of ours takes a URL apart where there is no more.
    fn bind_mysql(&mut self, of: &Part) {
        if let Some(login) = self.monitoring.login(&of.name.value) {
            return self.bind_url(of, login, outputs::MYSQL_URL);
        }
        let known = outputs::of(self.stack, of);
        if known.contains_key("username") && known.contains_key("password") {
            self.bind(of, &[("MYSQLD_EXPORTER_PASSWORD", "password")]);
        } else {
            self.bind(of, &[(outputs::MYSQL_URL, "url")]);
        }
    }

    fn bind_redis(&mut self, of: &Part) {
        if of.facts.is_outside() {
            // <https://github.com/oliver006/redis_exporter#command-line-flags>
            let variables = [("REDIS_ADDR", "url"), ("REDIS_EXPORTER_TLS_CA_CERT_FILE", "ca-file")];
            return self.bind(of, &variables);
        }
        let address = format!("redis://{}:{}", of.object, REDIS_PORT);
        self.set(of, vec![variable("REDIS_ADDR", VariableValue::Text(address))]);
        self.bind(of, &[("REDIS_PASSWORD", "password")]);
    }
}

/// A name that is known to be one.
fn env_name(name: String) -> EnvName {
    EnvName::try_from(name).unwrap_or_else(|fault| unreachable!("{fault}"))
}

fn variable(name: &str, value: VariableValue) -> Variable {
    let name = env_name(name.to_owned());
    Variable { name, value: Sourced { value, origin: Origin::Default(&WATCHED) }, bound: None }
}

/// What a workload reads of the Kubernetes API in the namespace, and nothing else.
fn rules(stack: &Stack, role: &MonitorRole) -> Vec<Sourced<PolicyRule>> {
    let allowed = |group: &str, resources: &[&str], verbs: &[&str]| {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let made = PolicyRule {
            api_groups: vec![group.to_owned()],
            resources: owned(resources),
            resource_names: Vec::new(),
            verbs: owned(verbs),
        };
        Sourced::default_for(made, &WATCHED)
    };
    let watch = ["get", "list", "watch"];
    match role {
        MonitorRole::Prometheus => vec![allowed("", &["pods"], &watch)],
        MonitorRole::Alloy => {
            vec![allowed("", &["pods"], &watch), allowed("", &["pods/log"], &["get"])]
        }
        MonitorRole::KubeStateMetrics => {
            let has = |is: fn(&Facts) -> bool| stack.parts.values().any(|part| is(&part.facts));
            let mut rules = vec![
                allowed("", &["pods"], &["list", "watch"]),
                allowed("apps", &["deployments", "statefulsets"], &["list", "watch"]),
            ];
            if has(|facts| facts.autoscale.is_some()) {
                rules.push(allowed(
                    "autoscaling",
                    &["horizontalpodautoscalers"],
                    &["list", "watch"],
                ));
            }
            if has(|facts| facts.workload == Some(Workload::CronJob)) {
                rules.push(allowed("batch", &["cronjobs", "jobs"], &["list", "watch"]));
            } else if has(|facts| facts.workload == Some(Workload::Job)) {
                rules.push(allowed("batch", &["jobs"], &["list", "watch"]));
            }
            rules
        }
        _ => Vec::new(),
    }
}
