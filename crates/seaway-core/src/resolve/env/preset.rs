//! What the Django preset binds by itself.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::fronts::Callers;
use super::known::Known;
use super::texts::Needed;
use crate::exposure;
use crate::options::{Expose, ProbeSetting, Project, Provides, Rds, bound_name};
use crate::outputs;
use crate::stack::Part;
use crate::values::{Name, Template};
use crate::{Code, Diagnostic, Reason, Sink, Sourced, Stack, suggest};

pub(in crate::resolve) static BINDING: Reason = Reason {
    name: "django-binding",
    why: "the framework preset binds the usual names of the backing services",
    source: "https://12factor.net/backing-services",
};
pub(in crate::resolve) static ALLOWED_HOSTS: Reason = Reason {
    name: "django-allowed-hosts",
    why: "Django answers 400 to a host that it does not know",
    source: "netbox-community/netbox-chart#14",
};
pub(in crate::resolve) static EDGE: Reason = Reason {
    name: "django-behind-tls",
    why: "what ends TLS is not Django: it has to be told its public origins, which header says HTTPS, and to keep cookies to it",
    source: "wger-project/wger#1206",
};
pub(in crate::resolve) static SETTINGS_MODULE: Reason = Reason {
    name: "django-settings-module",
    why: "every process reads the settings of the project",
    source: "https://docs.djangoproject.com/en/5.2/topics/settings/#envvar-DJANGO_SETTINGS_MODULE",
};
pub(in crate::resolve) static HOME: Reason = Reason {
    name: "home-in-scratch",
    why: "the root file system is read-only, and gunicorn keeps its control socket under HOME",
    source: "safe-global/safe-config-service#1521",
};
pub(in crate::resolve) static UNBUFFERED: Reason = Reason {
    name: "python-unbuffered",
    why: "log lines leave the process when they are written",
    source: "https://docs.python.org/3/using/cmdline.html#envvar-PYTHONUNBUFFERED",
};
pub(in crate::resolve) static NO_BYTECODE: Reason = Reason {
    name: "python-no-bytecode",
    why: "the root file system is read-only",
    source: "https://docs.python.org/3/using/cmdline.html#envvar-PYTHONDONTWRITEBYTECODE",
};

pub(in crate::resolve) static METRICS: Reason = Reason {
    name: "django-prometheus-ports",
    why: "each server process shows its own numbers, so each needs a port of its own, which nothing routes to",
    source: "https://github.com/django-commons/django-prometheus/blob/master/documentation/exports.md",
};
pub(in crate::resolve) static TRACES: Reason = Reason {
    name: "otlp-endpoint",
    why: "the variables that every OpenTelemetry SDK reads",
    source: "https://opentelemetry.io/docs/specs/otel/protocol/exporter/",
};

/// What the preset binds for the processes of a stage.
pub(super) struct Preset {
    common: Vec<(&'static str, Sourced<Template>)>,
    /// Who calls whom.
    callers: Callers,
    /// What is bound in place of a pooler for those who go past it.
    past_pooler: BTreeMap<&'static str, Sourced<Template>>,
}

impl Preset {
    /// The variables of one process.
    pub(super) fn of(
        &self,
        stack: &Stack,
        part: &Part,
    ) -> Vec<(&'static str, Cow<'_, Sourced<Template>>)> {
        let past_pooler = part.facts.passes_pooler;
        let common = self.common.iter().map(|(name, value)| {
            let direct = self.past_pooler.get(name).filter(|_| past_pooler);
            (*name, Cow::Borrowed(direct.unwrap_or(value)))
        });
        let mut own: Vec<(&'static str, Sourced<Template>)> =
            vec![("HOME", Sourced::default_for(Template::text("/tmp"), &HOME))];
        if stack.is_django() && part.facts.serves() {
            let is_called = self.callers.has(part);
            let edge = self.callers.edge(stack, part);
            own.extend(allowed_hosts(stack, (part, &edge), is_called));
            own.extend(behind_tls(stack, (part, &edge), is_called));
        }
        if let Some(ports) = outputs::metrics_ports(stack, part) {
            let ports = Template::text(format!("{}-{}", ports.start(), ports.end()));
            own.push(("METRICS_PORTS", Sourced::default_for(ports, &METRICS)));
        }
        if stack.is_django() {
            own.extend(settings_module(&part.project));
        }
        own.extend(traces(stack, part));
        let own = own.into_iter().map(|(name, value)| (name, Cow::Owned(value)));
        common.chain(own).collect()
    }
}

/// The bindings of a stage. Where several backing services could be meant, a name is bound by hand or not at all.
pub(super) fn variables(
    stack: &Stack,
    known: &Known,
    said: &BTreeMap<Name, Needed>,
    sink: &mut Sink,
) -> Preset {
    let mut common = Vec::new();
    if !stack.is_django() {
        return Preset { common, callers: Callers::default(), past_pooler: BTreeMap::new() };
    }
    let plain = |text: &str, reason| Sourced::default_for(Template::text(text), reason);
    common.push(("PYTHONUNBUFFERED", plain("1", &UNBUFFERED)));
    common.push(("PYTHONDONTWRITEBYTECODE", plain("1", &NO_BYTECODE)));
    let mut candidates: BTreeMap<&'static str, Vec<(&Name, &Part, &str)>> = BTreeMap::new();
    let poolers = stack.parts.values().filter_map(|part| part.facts.pooler.as_ref());
    let poolers = poolers.map(|pooler| &pooler.database.value);
    let pooled: BTreeSet<&Name> = poolers.collect();
    for (name, part) in &stack.parts {
        // A database with a pooler before it is reached through that.
        if pooled.contains(name) {
            continue;
        }
        for &(variable, output) in &part.facts.bindings {
            // An external service without a URL is told by a rule.
            if known.output(name, output).is_none() {
                continue;
            }
            let owners = candidates.entry(variable).or_default();
            // A role that is there twice is told by a rule.
            if owners.iter().all(|(owner, ..)| *owner != name) {
                owners.push((name, part, output));
            }
        }
    }
    let reference = |name: &Name, output: &str| {
        let template = Template::from(format!("${{{name}.{output}}}"));
        Sourced::default_for(template, &BINDING)
    };
    let mut past_pooler = BTreeMap::new();
    for (variable, owners) in candidates {
        match owners.as_slice() {
            [(name, part, output)] => {
                common.push((variable, reference(name, output)));
                if let Some(pooler) = &part.facts.pooler {
                    past_pooler.insert(variable, reference(&pooler.database, "url"));
                }
            }
            several => {
                if let Some(name) = unset(stack, variable) {
                    sink.report(ambiguous(variable, name, several));
                }
            }
        }
    }
    Preset { common, callers: Callers::of(stack, said), past_pooler }
}

/// The name under which a process wants a variable that nothing sets by hand.
fn unset<'a>(stack: &'a Stack, variable: &'a str) -> Option<&'a str> {
    let mut processes = stack.parts.values().filter(|part| part.facts.is_application());
    processes.find_map(|part| part.unset(variable))
}

/// `name` is what the processes call the variable.
fn ambiguous(variable: &str, name: &str, owners: &[(&Name, &Part, &str)]) -> Diagnostic {
    let names: Vec<&Name> = owners.iter().map(|(name, ..)| *name).collect();
    let (first, _, output) = owners[0];
    // A replica is no database of its own: who is asked which one would answer with the line that leads on.
    let replica =
        owners.iter().rev().find(|(_, part, _)| part.component.options::<Rds>().is_some());
    let what = if variable != bound_name(Provides::Database) {
        ", or give them different `roles`".to_owned()
    } else if let Some((replica, ..)) = replica {
        format!(", or `components.{replica}.roles = []` if it is a read replica")
    } else {
        String::new()
    };
    let mut diagnostic = Diagnostic::error(
        Code::AmbiguousBinding,
        format!("`{variable}` could be bound to {}", suggest::quoted_list(&names)),
    );
    for (_, part, _) in owners {
        diagnostic = diagnostic.label(part.span(), "");
    }
    diagnostic.help(format!("say which: `app.env.{name} = \"${{{first}.{output}}}\"`{what}"))
}

/// The hosts of the application. A development stage is also reached by port-forward and over the node's address.
///
/// `edge` is what the callers outside of the stack reach: the process itself, or programs before it.
fn allowed_hosts(
    stack: &Stack,
    (part, edge): (&Part, &[&Part]),
    is_called: bool,
) -> Vec<(&'static str, Sourced<Template>)> {
    let mut variables = Vec::new();
    // The addresses are there for the hosts alone.
    if part.binding.names_of("ALLOWED_HOSTS").next().is_none() {
        return variables;
    }
    let mut hosts: Vec<String> = stack.app.hosts.iter().map(ToString::to_string).collect();
    let routes = edge.iter().filter_map(|part| part.expose()?.routes());
    for host in routes.flat_map(|routes| &routes.hosts) {
        if !hosts.contains(&host.to_string()) {
            hosts.push(host.to_string());
        }
    }
    let any = hosts.iter().any(|host| host == "*");
    if is_called && !any {
        // Components of the stack call it by the name of its Service.
        hosts.push(part.name.to_string());
    }
    if !stack.is_production() && !any {
        hosts.extend(["localhost".to_owned(), "127.0.0.1".to_owned()]);
        let expose = part.expose().map(|expose| &expose.value);
        let by_node = matches!(expose, Some(Expose::NodePort(_)));
        if by_node {
            let ip = Template::from("${node.ip}".to_owned());
            variables.push(("HOST_IP", Sourced::default_for(ip, &ALLOWED_HOSTS)));
            hosts.push("$(HOST_IP)".to_owned());
        }
    }
    if exposure::asks_pods(part) && !any {
        // The load balancer's check has the address of the pod as host.
        let ip = Template::from("${pod.ip}".to_owned());
        variables.push(("POD_IP", Sourced::default_for(ip, &ALLOWED_HOSTS)));
        hosts.push("$(POD_IP)".to_owned());
    }
    let origin =
        stack.app.hosts.first().map_or(crate::Origin::Default(&ALLOWED_HOSTS), |host| host.origin);
    variables.push(("ALLOWED_HOSTS", Sourced { value: Template::text(hosts.join(",")), origin }));
    variables
}

/// The settings of the project: written, or those of its package.
fn settings_module(project: &Project) -> Option<(&'static str, Sourced<Template>)> {
    let written = project
        .settings
        .as_ref()
        .map(|settings| settings.as_ref().map(|name| Template::text(&**name)));
    let usual = || {
        let module = project.module.as_ref()?;
        Some(Sourced::default_for(Template::text(format!("{module}.settings")), &SETTINGS_MODULE))
    };
    Some(("DJANGO_SETTINGS_MODULE", written.or_else(usual)?))
}

/// Where a process sends its traces, if `monitoring` says so.
fn traces(stack: &Stack, part: &Part) -> Vec<(&'static str, Sourced<Template>)> {
    let collector = stack.monitoring().and_then(|(_, monitoring)| monitoring.traces.as_ref());
    let Some(collector) = collector else { return Vec::new() };
    let scheme = if collector.tls.is_some_and(|tls| tls.value) { "https" } else { "http" };
    let host = match collector.host.parse::<std::net::Ipv6Addr>() {
        Ok(address) => format!("[{address}]"),
        Err(_) => collector.host.to_string(),
    };
    let endpoint = format!("{scheme}://{host}:{}", collector.port.get());
    let plain = |text: &str| Sourced::default_for(Template::text(text), &TRACES);
    let headers = collector.secret.as_ref().map(|secret| {
        let key = collector.key.as_ref().map_or("headers", |key| &key.value);
        let template = Template::from(format!("${{secrets.{secret}.{key}}}"));
        ("OTEL_EXPORTER_OTLP_HEADERS", Sourced { value: template, origin: secret.origin })
    });
    let mut variables = vec![
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            Sourced { value: Template::text(endpoint), origin: collector.origin },
        ),
        // An SDK that finds an endpoint sends all three there, and one for traces takes no others.
        ("OTEL_TRACES_EXPORTER", plain("otlp")),
        ("OTEL_METRICS_EXPORTER", plain("none")),
        ("OTEL_LOGS_EXPORTER", plain("none")),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", plain("http/protobuf")),
        ("OTEL_SERVICE_NAME", plain(&part.name)),
        ("OTEL_RESOURCE_ATTRIBUTES", {
            let namespace = format!(
                "service.namespace={},deployment.environment.name={}",
                stack.name, stack.stage
            );
            plain(&namespace)
        }),
    ];
    variables.extend(headers);
    variables
}

/// What Django has to know where TLS ends before it, in variables that are called like its settings
/// ([`Expose`] says how these read them).
fn behind_tls(
    stack: &Stack,
    (part, edge): (&Part, &[&Part]),
    is_called: bool,
) -> Vec<(&'static str, Sourced<Template>)> {
    let exposed = edge.iter().filter_map(|part| part.expose());
    let exposed: Vec<_> =
        exposed.filter_map(|expose| Some((expose, exposure::tls(expose)?))).collect();
    let Some(&(expose, origin)) = exposed.first() else { return Vec::new() };
    let text = |text: String, origin| Sourced { value: Template::text(text), origin };
    let mut variables = Vec::new();
    let no_routes = crate::options::Routes::default();
    let hosts = exposed
        .iter()
        .flat_map(|(expose, _)| exposure::hosts(stack, expose.routes().unwrap_or(&no_routes)));
    let mut seen = BTreeSet::new();
    let hosts: Vec<Sourced<String>> =
        hosts.filter(|host| seen.insert(host.value.clone())).collect();
    if let Some(first) = hosts.first() {
        let origins: Vec<String> = hosts.iter().map(|host| format!("https://{host}")).collect();
        variables.push(("CSRF_TRUSTED_ORIGINS", text(origins.join(","), first.origin)));
    }
    for name in ["SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"] {
        variables.push((name, text("true".to_owned(), origin)));
    }
    if !exposure::tells_scheme(expose) {
        return variables;
    }
    let header = "HTTP_X_FORWARDED_PROTO,https".to_owned();
    variables
        .push(("SECURE_PROXY_SSL_HEADER", Sourced::default_for(Template::text(header), &EDGE)));
    if let Some(hsts) = expose.tls().map(|tls| tls.hsts_seconds).filter(|hsts| hsts.value > 0) {
        variables.push(("SECURE_HSTS_SECONDS", text(hsts.to_string(), hsts.origin)));
    }
    if matches!(expose.value, Expose::Ingress(_)) && exposure::redirects(expose) && !is_called {
        variables.push(("SECURE_SSL_REDIRECT", text("true".to_owned(), origin)));
    }
    let exempt = health_paths(part);
    if !exempt.is_empty() {
        let exempt = Template::text(exempt.join(","));
        variables.push(("SECURE_REDIRECT_EXEMPT", Sourced::default_for(exempt, &EDGE)));
    }
    variables
}

/// The paths of probes and health checks, as `SECURE_REDIRECT_EXEMPT` takes them: expressions without the first slash. Those
/// with characters that mean something in an expression, or with a comma, are left out.
fn health_paths(part: &Part) -> Vec<String> {
    let all = part.component.pod().map(|pod| &pod.probes);
    let settings = all.into_iter().flat_map(|all| [&all.startup, &all.readiness, &all.liveness]);
    let probed = settings.flatten().filter_map(|setting| match &setting.value {
        ProbeSetting::Probe(probe) => probe.path.as_ref().map(|path| path.value.to_string()),
        ProbeSetting::Switch(_) => None,
    });
    let asked = part.expose().and_then(|expose| match &expose.value {
        Expose::Alb(alb) => alb.health_check.path.as_ref().map(|path| path.value.to_string()),
        _ => None,
    });
    let plain = |path: &String| {
        path.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_/".contains(&b)) && path != "/"
    };
    let all: BTreeSet<String> = probed.chain(asked).filter(plain).collect();
    all.iter().map(|path| format!("^{}$", path.trim_start_matches('/'))).collect()
}
