//! Memory of a PostgreSQL: its buffers, and what each connection takes that works at the same time.

use seaway_core::options::{Connections, Postgres};
use seaway_core::values::Quantity;
use seaway_core::{Code, Diagnostic, Sink};

use super::super::api::amount::Amount;
use super::super::api::requests::amount;
use super::super::index::Index;
use super::connections;

/// MiB of a connection beside its `work_mem`. Measured at a PostgreSQL 17 with 512Mi, `shared_buffers = 128MB` and `work_mem = 4MB`:
/// 40 connections that sort take 407 MiB, and 60 are too many.
const CONNECTION: u128 = 3;
/// KiB of `work_mem` if nobody says it: <https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-WORK-MEM>.
const WORK_MEM: u128 = 4096;

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    let sums = connections::sums(index);
    for part in index.stack.parts.values() {
        let Some(postgres) = part.component.options::<Postgres>() else { continue };
        if part
            .facts
            .connections
            .as_ref()
            .is_none_or(|known| !matches!(known, Connections::OfArgument))
        {
            continue;
        }
        let id = (&**index.stack.namespace, &*part.object as &str);
        let server = index.get("apps", "StatefulSet", id);
        let Some((spec, _)) = server.and_then(|server| server.body.pod_spec()) else { continue };
        let Some(server) = spec.containers.iter().find(|one| one.name == *part.name.value) else {
            continue;
        };
        let limit = server.resources.as_ref();
        let Some(limit) = limit.and_then(|one| amount(one.limits.as_ref(), "memory")) else {
            continue;
        };
        let setting = |name: &str| {
            let words = server.args.iter().flatten();
            words.filter_map(|word| word.strip_prefix(name)?.strip_prefix('=')).next_back()
        };
        let buffers = setting("shared_buffers").and_then(|text| kibibytes(text, 8));
        let Some(buffers) = buffers else { continue };
        let work = setting("work_mem").and_then(|text| kibibytes(text, 1)).unwrap_or(WORK_MEM);
        let Some((opened, most)) = sums.get(&*part.name.value as &str) else { continue };
        // More than there can be is reported as such.
        if opened > most {
            continue;
        }
        let busy = (*opened).max(0);
        let busy = u128::try_from(busy).unwrap_or(0);
        let each = work + CONNECTION * 1024;
        let needed = of_kibibytes(buffers + busy * each);
        if needed <= limit {
            continue;
        }
        let name = &part.name;
        // With a quarter for the buffers, as it is computed.
        let fits = (busy * each * 4 / 3).div_ceil(1024).div_ceil(64) * 64;
        let message = format!(
            "`{name}` may have {limit} of memory, and {busy} busy connections need {needed}"
        );
        let mut diagnostic = Diagnostic::warning(Code::MemoryOverLimit, message)
            .label(part.span(), "the kernel kills a connection, and the server restarts for all")
            .note(format!(
                "{needed} = {} of `shared_buffers` + {busy} × ({} of `work_mem` + {CONNECTION} MiB)",
                of_kibibytes(buffers),
                of_kibibytes(work)
            ));
        for (key, value) in &postgres.settings {
            if matches!(&***key, "shared_buffers" | "work_mem") {
                diagnostic = diagnostic.origin(value.origin, "");
            }
        }
        let by_hand = postgres.settings.keys().any(|key| **key == "shared_buffers");
        let fits = if by_hand { (buffers + busy * each).div_ceil(1024) } else { fits };
        sink.report(diagnostic.help(format!(
            "write `components.{name}.resources.limits.memory = \"{fits}Mi\"`, put a `pgbouncer` before it, or open fewer connections; \
             if few of them work at a time, say so: `components.{name}.allow.memory-over-limit = \"…\"`"
        )));
    }
}

fn of_kibibytes(count: u128) -> Amount {
    Amount::of(Quantity {
        milli: count.saturating_mul(1024 * 1000),
        unit: Quantity::mebibytes(0).unit,
    })
}

/// The KiB of a setting: without a unit it counts blocks of so many KiB
/// (<https://www.postgresql.org/docs/current/config-setting.html#CONFIG-SETTING-NAMES-VALUES>).
fn kibibytes(text: &str, block: u128) -> Option<u128> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u128 = number.parse().ok()?;
    match unit.trim() {
        "" => number.checked_mul(block),
        "B" => Some(number / 1024),
        "kB" => Some(number),
        "MB" => number.checked_mul(1024),
        "GB" => number.checked_mul(1024 * 1024),
        "TB" => number.checked_mul(1024 * 1024 * 1024),
        _ => None,
    }
}
