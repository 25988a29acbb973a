//! Which processes get a variable, and when: each phrase beside the code that it stands for.

use super::Condition;
use super::values::{
    collector, expose, health_paths, hosts, hsts, proxies, routed_hosts, settings, visibility,
};
use crate::exposure;
use crate::options::{Expose, Server, Web, Worker};

pub(super) static EVERY: Condition = Condition { says: "every process", holds: |_| true };
pub(super) static SERVING: Condition =
    Condition { says: "`web`", holds: |process| process.part.facts.serves() };
pub(super) static MEASURED: Condition = Condition {
    says: "`web` with `metrics`",
    holds: |process| process.part.facts.metrics.is_some(),
};

pub(super) static DJANGO: Condition =
    Condition { says: "`framework = \"django\"`", holds: |process| process.stack.is_django() };
pub(super) static DEVELOPMENT: Condition =
    Condition { says: "in development", holds: |process| !process.stack.is_production() };
pub(super) static NODE_PORT: Condition = Condition {
    says: "`expose` is `node-port`",
    holds: |process| {
        process.part.expose().is_some_and(|expose| matches!(expose.value, Expose::NodePort(_)))
    },
};
pub(super) static HOSTS_BOUND: Condition = Condition {
    says: "`ALLOWED_HOSTS` is bound",
    holds: |process| process.part.binding.names_of("ALLOWED_HOSTS").next().is_some(),
};
pub(super) static HOSTS_NAMED: Condition = Condition {
    says: "no host is `*`",
    holds: |process| hosts(process).iter().all(|host| host != "*"),
};
pub(super) static ASKED_AT_ITS_ADDRESS: Condition = Condition {
    says: "a load balancer asks the pods for their health",
    holds: |process| exposure::asks_pods(process.part),
};
pub(super) static TLS: Condition = Condition {
    says: "TLS ends before it: its `expose`, or that of a `service` that refers to it, has a certificate",
    holds: |process| expose(process).and_then(exposure::tls).is_some(),
};
pub(super) static ROUTED_BY_HOST: Condition = Condition {
    says: "it is reached by hosts, not by any",
    holds: |process| !routed_hosts(process).is_empty(),
};
pub(super) static SCHEME_SAID: Condition = Condition {
    says: "what ends TLS says so in `X-Forwarded-Proto`, as all but a Network Load Balancer do",
    holds: |process| expose(process).is_some_and(exposure::tells_scheme),
};
pub(super) static STRICT_TRANSPORT: Condition =
    Condition { says: "`hsts-seconds` is not 0", holds: |process| hsts(process).is_some() };
pub(super) static BEHIND_INGRESS: Condition = Condition {
    says: "`expose` is `ingress` of a controller that does not redirect itself",
    holds: |process| {
        let mut ingress =
            expose(process).filter(|expose| matches!(expose, Expose::Ingress(_))).into_iter();
        ingress.any(|expose| !exposure::edge_redirects(expose))
    },
};
pub(super) static REDIRECTED: Condition = Condition {
    says: "HTTP is redirected to HTTPS",
    holds: |process| expose(process).is_some_and(exposure::redirects),
};
pub(super) static NOT_CALLED: Condition =
    Condition { says: "no other component calls it", holds: |process| !process.is_called };
pub(super) static HEALTH_ASKED: Condition = Condition {
    says: "a probe or health check asks a path",
    holds: |process| !health_paths(process.part).is_empty(),
};
pub(super) static UVICORN: Condition = Condition {
    says: "uvicorn serves",
    holds: |process| {
        let web = process.part.component.options::<Web>();
        web.is_some_and(|web| match web.preset_server() {
            Some(server) => server.program == Server::Uvicorn.facts().program,
            None => web.command.iter().any(|word| word.contains("uvicorn")),
        })
    },
};
pub(super) static ONLY_PROXIES: Condition = Condition {
    says: "nothing but what is before it calls it, which says who called in `X-Forwarded-For`",
    holds: |process| !process.is_called && proxies(process).is_some(),
};
pub(super) static TAKING_TASKS: Condition = Condition {
    says: "`worker`",
    holds: |process| process.part.component.options::<Worker>().is_some(),
};
pub(super) static REDIS_BROKER: Condition = Condition {
    says: "the broker is a Redis, and no command of the stack's own takes tasks",
    holds: |process| visibility(process).is_some(),
};
pub(super) static MONITORED: Condition = Condition {
    says: "the stage has `monitoring`",
    holds: |process| process.stack.monitoring().is_some(),
};
pub(super) static TRACED: Condition =
    Condition { says: "`monitoring` has `traces`", holds: |process| collector(process).is_some() };
pub(super) static TRACED_WITH_SECRET: Condition = Condition {
    says: "`traces` has a `secret`",
    holds: |process| collector(process).is_some_and(|collector| collector.secret.is_some()),
};
pub(super) static PROJECT_KNOWN: Condition = Condition {
    says: "`settings` or `module` is written",
    holds: |process| settings(process).is_some(),
};
