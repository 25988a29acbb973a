//! `redis` and `valkey` → StatefulSet of one pod, Service, account; a claim if it is durable.

use seaway_core::options::{REDIS_PORT, Redis};
use seaway_core::values::Port;
use seaway_core::{Origin, Sourced};

use super::pod::pod;
use super::program::{Ask, Check, Defaults, Program, Usage, Words, computed, scratch};
use super::resources::memory_limit;
use super::workload::{data_claim, stateful_set};
use super::{Cx, env};
use crate::{Object, images, reasons};

/// What Redis and Valkey call things.
pub(super) struct Flavour {
    server: &'static str,
    cli: &'static str,
    images: &'static [(&'static str, &'static str)],
    repository: &'static str,
}

pub(super) const REDIS: Flavour = Flavour {
    server: "redis-server",
    cli: "redis-cli",
    images: &images::REDIS,
    repository: "docker.io/library/redis",
};
pub(super) const VALKEY: Flavour = Flavour {
    server: "valkey-server",
    cli: "valkey-cli",
    images: &images::VALKEY,
    repository: "docker.io/valkey/valkey",
};

const USAGE: Usage = Usage { cpu: 50, memory: 256, memory_limit: 256 };
const GRACE: u32 = 60;
const DATA: &str = "/data";
/// Both read it: what starts the server, and the client for its probes.
const PASSWORD: &str = "REDISCLI_AUTH";
/// Starts the server with a password that is no argument. Each byte is written as an escape, so that no quote and no line feed
/// ends it (<https://redis.io/docs/latest/operate/oss_and_stack/management/config/>).
const WITH_PASSWORD: &str = include_str!("../../templates/redis/with-password.sh");

pub(super) fn lower(cx: Cx<'_>, redis: &Redis, flavour: &Flavour) -> Vec<Object> {
    let mut objects = Vec::new();
    if redis.durable {
        objects.push(data_claim(cx, &redis.storage, redis.storage_class.as_ref()));
    }
    let own = redis.durable.then_some(DATA);
    let template = pod(cx, program(cx, redis, flavour), own);
    objects.extend(stateful_set(cx, Some(("redis", REDIS_PORT)), template));
    objects
}

fn program(cx: Cx<'_>, redis: &Redis, flavour: &Flavour) -> Program {
    let reason = &reasons::REDIS;
    let password = seaway_core::outputs::contract(cx.stack, cx.part)
        .map(|contract| env::secret(PASSWORD, &contract.name, "password"));
    let check = |ask, period, failures| Some(Check { ask, period, timeout: 5, failures, reason });
    // `-e`: without it the client exits with 0 even if the server refuses or is still loading.
    let ping = || Ask::Run([flavour.cli, "-e", "ping"].map(str::to_owned).to_vec());
    let mut writable = vec![scratch("/tmp", 64, false)];
    if !redis.durable {
        writable.push(scratch(DATA, 64, false));
    }
    let port = Port::new(REDIS_PORT);
    Program {
        image: image(cx, redis, flavour),
        command: command(redis, flavour).0,
        args: Vec::new(),
        env: password
            .map(|value| Sourced { value, origin: Origin::Default(reason) })
            .into_iter()
            .collect(),
        port: Some(("redis".into(), computed(port, reason))),
        probes: Defaults {
            // Each second: everybody waits for it, and a restart is over in a few.
            startup: check(ping(), 1, 300),
            readiness: check(ping(), 5, 3),
            liveness: check(Ask::Connect, 20, 6),
        },
        resources: USAGE,
        scratch: writable,
        files: Vec::new(),
        grace: computed(GRACE, &reasons::GRACE),
        drain: None,
    }
}

fn image(cx: Cx<'_>, redis: &Redis, flavour: &Flavour) -> Sourced<String> {
    if let Some(image) = &cx.part.shared.image {
        return image.as_ref().map(ToString::to_string);
    }
    let newest = flavour.images.last().map(|(_, image)| (*image).to_owned()).unwrap_or_default();
    let Some(version) = &redis.version else { return computed(newest, &reasons::IMAGES) };
    let known = flavour.images.iter().find(|(line, _)| *line == version.value);
    let image = known.map_or_else(
        || format!("{}:{version}", flavour.repository),
        |(_, image)| (*image).to_owned(),
    );
    Sourced { value: image, origin: version.origin }
}

/// A broker keeps every entry and writes it down; a cache drops the least used when its memory is full.
fn command(redis: &Redis, flavour: &Flavour) -> Words {
    let reason = &reasons::REDIS;
    // A quarter stays free for buffers and, where it writes, for the fork that rewrites its file.
    let share = if redis.durable { 60 } else { 75 };
    let memory = memory_limit(&redis.pod.resources, USAGE).whole_mebibytes();
    // Never 0, which would mean no limit.
    let max_memory = (memory * share / 100).max(1);
    let policy = if redis.evicts() { "allkeys-lru" } else { "noeviction" };
    let append = if redis.durable { "yes" } else { "no" };
    let started: &[&str] = if redis.has_password() {
        // `-` stands for the settings on standard input.
        &["sh", "-c", WITH_PASSWORD, "sh", flavour.server, "-"]
    } else {
        &[flavour.server]
    };
    let started = Words::fixed(started, reason);
    let words = started.all(&["--dir", DATA, "--save", "", "--appendonly", append], reason);
    let words = if redis.durable {
        words.word("--appendfsync", reason).word("everysec", reason)
    } else {
        words
    };
    let words = words
        .word("--maxmemory", reason)
        .word(format!("{max_memory}mb"), reason)
        .word("--maxmemory-policy", reason)
        .word(policy, reason);
    match redis.auth {
        // Without a password a server refuses every client that is not on its own host, unless told not to.
        Some(auth) if !auth.value => {
            let mut words = words.word("--protected-mode", reason);
            words.0.push(auth.map(|_| "no".to_owned()));
            words
        }
        _ => words,
    }
}
