//! The table itself.

use super::conditions::{
    ASKED_AT_ITS_ADDRESS, BEHIND_INGRESS, DEVELOPMENT, DJANGO, EVERY, HEALTH_ASKED, HOSTS_BOUND,
    HOSTS_NAMED, MEASURED, MONITORED, NODE_PORT, NOT_CALLED, ONLY_PROXIES, PROJECT_KNOWN,
    REDIRECTED, REDIS_BROKER, ROUTED_BY_HOST, SCHEME_SAID, SERVING, STRICT_TRANSPORT, TAKING_TASKS,
    TLS, TRACED, TRACED_WITH_SECRET, UVICORN,
};
use super::reasons::{ALLOWED_HOSTS, EDGE, HOME, METRICS, NO_BYTECODE, TRACES, UNBUFFERED};
use super::values::{
    health_paths, hosts, hsts, proxies, settings, tls_origin, traces_endpoint, traces_headers,
    traces_origin, trusted_origins, visibility,
};
use super::{Process, Row, What};
use crate::options::IpFamily;
use crate::values::Template;
use crate::{Origin, Sourced, Stack, outputs};

/// The variables of processes that are no outputs of components, in the order in which they are bound.
pub(crate) static ROWS: &[Row] = &[
    Row::new("PYTHONUNBUFFERED", What::Fixed("1", |_| Origin::Default(&UNBUFFERED)), &EVERY, &[&DJANGO]),
    Row::new(
        "PYTHONDONTWRITEBYTECODE",
        What::Fixed("1", |_| Origin::Default(&NO_BYTECODE)),
        &EVERY,
        &[&DJANGO],
    ),
    Row::new("HOME", What::Fixed("/tmp", |_| Origin::Default(&HOME)), &EVERY, &[]),
    HOST_IP,
    POD_IP,
    Row::new(
        "ALLOWED_HOSTS",
        What::Computed {
            says: "`app.hosts` and the hosts of its routes; its own name where other components call it; in development \
                   `localhost`, `127.0.0.1` and `$(HOST_IP)`; `$(POD_IP)` where that is bound",
            value: |process| Some(allowed_hosts(process)),
        },
        &SERVING,
        &[&DJANGO],
    )
    .list(),
    Row::new(
        "CSRF_TRUSTED_ORIGINS",
        What::Computed { says: "`https://` and each host that is routed to it", value: trusted_origins },
        &SERVING,
        &[&DJANGO, &TLS, &ROUTED_BY_HOST],
    )
    .list(),
    Row::new("SESSION_COOKIE_SECURE", What::Fixed("true", tls_origin), &SERVING, &[&DJANGO, &TLS]),
    Row::new("CSRF_COOKIE_SECURE", What::Fixed("true", tls_origin), &SERVING, &[&DJANGO, &TLS]),
    Row::new(
        "SECURE_PROXY_SSL_HEADER",
        What::Fixed("HTTP_X_FORWARDED_PROTO,https", |_| Origin::Default(&EDGE)),
        &SERVING,
        &[&DJANGO, &SCHEME_SAID],
    )
    .list(),
    Row::new(
        "SECURE_HSTS_SECONDS",
        What::Computed {
            says: "`hsts-seconds` of its `expose`",
            value: |process| {
                let hsts = hsts(process)?;
                Some(hsts.map(|seconds| Template::text(seconds.to_string())))
            },
        },
        &SERVING,
        &[&DJANGO, &SCHEME_SAID, &STRICT_TRANSPORT],
    ),
    Row::new(
        "SECURE_SSL_REDIRECT",
        What::Fixed("true", tls_origin),
        &SERVING,
        &[&DJANGO, &SCHEME_SAID, &BEHIND_INGRESS, &REDIRECTED, &NOT_CALLED],
    ),
    Row::new(
        "SECURE_REDIRECT_EXEMPT",
        What::Computed {
            says: "an expression for each path of its probes and health checks, `^healthz$`",
            value: |process| {
                let paths = Template::text(health_paths(process.part).join(","));
                Some(Sourced::default_for(paths, &EDGE))
            },
        },
        &SERVING,
        &[&DJANGO, &SCHEME_SAID, &HEALTH_ASKED],
    )
    .list(),
    Row::new(
        "FORWARDED_ALLOW_IPS",
        What::Computed {
            says: "`*` behind a controller, whose namespaces alone the network policy lets in; behind a load balancer the addresses \
                   that it calls from",
            value: proxies,
        },
        &SERVING,
        &[&DJANGO, &UVICORN, &ONLY_PROXIES],
    ),
    Row::new(
        "CELERY_VISIBILITY_TIMEOUT",
        What::Computed {
            says: "`visibility-timeout-seconds`, or as long as the longest task takes with those that were reserved behind it: \
                   `task-time-limit-seconds` × (1 + `prefetch-multiplier`) and a minute",
            value: visibility,
        },
        &TAKING_TASKS,
        &[&DJANGO, &REDIS_BROKER],
    ),
    Row::new(
        "METRICS_PORTS",
        What::Computed {
            says: "the first and the last port for metrics, `8001-8002`",
            value: |process| {
                let ports = outputs::metrics_ports(process.stack, process.part)?;
                let ports = Template::text(format!("{}-{}", ports.start(), ports.end()));
                Some(Sourced::default_for(ports, &METRICS))
            },
        },
        &MEASURED,
        &[&MONITORED],
    ),
    Row::new(
        "DJANGO_SETTINGS_MODULE",
        What::Computed { says: "`settings`, or `module` and `.settings`", value: settings },
        &EVERY,
        &[&DJANGO, &PROJECT_KNOWN],
    ),
    Row::new(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        What::Computed { says: "scheme, host and port of `traces`", value: traces_endpoint },
        &EVERY,
        &[&TRACED],
    ),
    // An SDK that finds an endpoint sends all three there, and one for traces takes no others.
    Row::new("OTEL_TRACES_EXPORTER", What::Fixed("otlp", traces_origin), &EVERY, &[&TRACED]),
    Row::new("OTEL_METRICS_EXPORTER", What::Fixed("none", traces_origin), &EVERY, &[&TRACED]),
    Row::new("OTEL_LOGS_EXPORTER", What::Fixed("none", traces_origin), &EVERY, &[&TRACED]),
    Row::new(
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        What::Fixed("http/protobuf", traces_origin),
        &EVERY,
        &[&TRACED],
    ),
    Row::new(
        "OTEL_SERVICE_NAME",
        What::Computed {
            says: "the name of the component",
            value: |process| {
                Some(Sourced::default_for(Template::text(&**process.part.name), &TRACES))
            },
        },
        &EVERY,
        &[&TRACED],
    ),
    Row::new(
        "OTEL_RESOURCE_ATTRIBUTES",
        What::Computed {
            says: "`service.namespace=${stack.name},deployment.environment.name=${stage.name}`",
            value: |process| {
                let Stack { name, stage, .. } = process.stack;
                let text = format!("service.namespace={name},deployment.environment.name={stage}");
                Some(Sourced::default_for(Template::text(text), &TRACES))
            },
        },
        &EVERY,
        &[&TRACED],
    ),
    Row::new(
        "OTEL_EXPORTER_OTLP_HEADERS",
        What::Computed { says: "`${secrets.name.key}` of the `secret` and `key` of `traces`", value: traces_headers },
        &EVERY,
        &[&TRACED, &TRACED_WITH_SECRET],
    ),
];

pub(super) const HOST_IP: Row = Row {
    name: "HOST_IP",
    what: What::Computed { says: "`${node.ip}`", value: |_| Some(address("${node.ip}")) },
    who: &SERVING,
    when: &[&DJANGO, &HOSTS_BOUND, &DEVELOPMENT, &NODE_PORT, &HOSTS_NAMED],
    is_list: false,
    is_piece: true,
};

/// The load balancer's check has the address of the pod as host.
pub(super) const POD_IP: Row = Row {
    name: "POD_IP",
    what: What::Computed { says: "`${pod.ip}`", value: |_| Some(address("${pod.ip}")) },
    who: &SERVING,
    when: &[&DJANGO, &HOSTS_BOUND, &ASKED_AT_ITS_ADDRESS, &HOSTS_NAMED],
    is_list: false,
    is_piece: true,
};

fn address(reference: &str) -> Sourced<Template> {
    Sourced::default_for(Template::from(reference.to_owned()), &ALLOWED_HOSTS)
}

/// A development stage is also reached by port-forward and over the node's address.
fn allowed_hosts(process: &Process<'_>) -> Sourced<Template> {
    let stack = process.stack;
    let mut hosts = hosts(process);
    let any = hosts.iter().any(|host| host == "*");
    if process.is_called && !any {
        // Components of the stack call it by the name of its Service.
        hosts.push(process.part.object.to_string());
    }
    if !stack.is_production() && !any {
        hosts.extend(["localhost".to_owned(), "127.0.0.1".to_owned()]);
    }
    let pieces = [HOST_IP, POD_IP].into_iter().filter(|piece| piece.applies(process));
    // The first family is that of `status.podIP`. Django compares an address of IPv6 with its brackets:
    // https://docs.djangoproject.com/en/5.2/ref/settings/#allowed-hosts
    let first_family = stack.cluster.ip_families().first().map(|family| family.value);
    let is_ipv6 = first_family == Some(IpFamily::Ipv6);
    let host = |name| if is_ipv6 { format!("[$({name})]") } else { format!("$({name})") };
    hosts.extend(pieces.map(|piece| host(piece.name)));
    let first = stack.app.hosts.first();
    let origin = first.map_or(Origin::Default(&ALLOWED_HOSTS), |host| host.origin);
    Sourced { value: Template::text(hosts.join(",")), origin }
}
