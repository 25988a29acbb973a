//! `flower` → Deployment of one pod, Service, account.

use seaway_core::Sourced;
use seaway_core::broker::{self, Url};
use seaway_core::exposure::FLOWER_HEALTH;
use seaway_core::options::{Families, Flower};
use seaway_core::values::Port;

use super::containers::app_image;
use super::pod::pod;
use super::program::{Ask, Check, Defaults, Program, Usage, Words, computed, scratch, written_or};
use super::workload::{Rollout, Scale, deployment};
use super::{Cx, env, expose};
use crate::{Object, reasons};

const USAGE: Usage = Usage { cpu: 50, memory: 128, memory_limit: 256 };
const GRACE: u32 = 30;
pub(super) fn lower(cx: Cx<'_>, flower: &Flower) -> Vec<Object> {
    let reason = &reasons::SERVER_COMMAND;
    let check = |ask, period, failures| {
        Some(Check { ask, period, timeout: 5, failures, reason: &reasons::PROBES })
    };
    let health = || Ask::Get(FLOWER_HEALTH.to_owned());
    let auth = flower.auth.as_ref().map(|secret| {
        let name = env::secret_name(cx.stack, &secret.value);
        Sourced {
            value: env::secret("FLOWER_BASIC_AUTH", &name, "basic-auth"),
            origin: secret.origin,
        }
    });
    // Every option of Flower is a variable, too: <https://flower.readthedocs.io/en/latest/config.html#environment-variables>.
    let api = broker::management(cx.stack, cx.part).map(|management| {
        let value = match &management.url {
            Url::Text(text) => env::text("FLOWER_BROKER_API", text),
            Url::Secret(secret, key) => env::secret("FLOWER_BROKER_API", secret, key),
        };
        Sourced { value, origin: management.port.origin }
    });
    let program = Program {
        image: app_image(cx),
        command: written_or(&flower.command, || {
            Words::fixed(&["celery"], reason)
                .flag_maybe("--app", cx.part.project.celery_app().as_ref())
                .word("flower", reason)
                .word(format!("--address={}", listens(cx)), reason)
                .flag("--port", &flower.port.map(Port::get))
                .word("--persistent=False", reason)
        }),
        args: Vec::new(),
        env: auth.into_iter().chain(api).collect(),
        port: Some(("http".into(), flower.port)),
        probes: Defaults {
            startup: check(health(), 5, 24),
            readiness: check(health(), 10, 3),
            liveness: check(Ask::Connect, 20, 6),
        },
        resources: USAGE,
        scratch: vec![scratch("/tmp", 64, false)],
        files: Vec::new(),
        grace: computed(GRACE, &reasons::GRACE),
        drain: None,
    };
    // It keeps nothing, and two of them listen to the same events: the old one serves until the new one is ready.
    let mut objects = deployment(cx, &Scale::ONE, Rollout::Surge, pod(cx, program, None));
    objects.extend(expose::objects(cx, flower.port.map(Port::get), "http"));
    objects
}

/// The address that Flower listens on. With an empty one Tornado opens a socket for each family
/// (<https://www.tornadoweb.org/en/stable/netutil.html#tornado.netutil.bind_sockets>).
fn listens(cx: Cx<'_>) -> &'static str {
    match cx.stack.cluster.families() {
        Families::Ipv4 => "0.0.0.0",
        Families::Ipv6 => "::",
        Families::Both => "",
    }
}
