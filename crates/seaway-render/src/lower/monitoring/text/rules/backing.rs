//! PostgreSQL and Redis, wherever they run: the exporters ask the server itself.
//!
//! Metrics: <https://github.com/prometheus-community/postgres_exporter/tree/v0.20.1/collector>,
//! <https://github.com/oliver006/redis_exporter/blob/v1.88.0/exporter/exporter.go>.

use super::super::monitored::Monitored;
use super::super::template::{any_of, quote};
use super::{Draft, Group, Rule, Severity, group};

pub(super) fn groups(monitored: &Monitored) -> Vec<Group> {
    vec![
        group(monitored, "postgresql", postgres(monitored)),
        group(monitored, "redis", redis(monitored)),
    ]
}

fn postgres(monitored: &Monitored) -> Vec<Rule> {
    if monitored.postgres.is_empty() {
        return Vec::new();
    }
    let drafts = [
        Draft {
            alert: "PostgresDown",
            severity: Severity::Critical,
            wait: "2m",
            expr: "max by (namespace, component) (pg_up{$ns}) == 0",
            summary: "PostgreSQL {{ $labels.component }} can not be reached",
            description: "The exporter gets no connection: the server is down, full, or refuses its role.",
        },
        Draft {
            alert: "PostgresConnections",
            severity: Severity::Warning,
            wait: "5m",
            expr: "sum by (namespace, component) (pg_stat_activity_count{$ns})
                   / max by (namespace, component) (pg_settings_max_connections{$ns})
                   > 0.8",
            summary: "{{ $value | humanizePercentage }} of the connections of {{ $labels.component }} are taken",
            description: "At 100 % new processes get none: fewer workers and threads, a pooler, or a higher max_connections.",
        },
        // A backup reads in one long transaction, and vacuum is meant to run.
        Draft {
            alert: "PostgresLongTransaction",
            severity: Severity::Warning,
            wait: "5m",
            expr: "max by (namespace, component, datname, state) (
                     pg_stat_activity_max_tx_duration{$ns,backend_type=\"client backend\",application_name!=\"pg_dump\"}
                   ) > 900",
            summary: "A transaction in {{ $labels.datname }} of {{ $labels.component }} is open for {{ $value | humanizeDuration }}",
            description: "It is {{ $labels.state }}. It holds its locks, and vacuum can not clean what it might still see.",
        },
    ];
    drafts.iter().map(|draft| draft.rule(monitored)).collect()
}

fn redis(monitored: &Monitored) -> Vec<Rule> {
    if monitored.redis.is_empty() {
        return Vec::new();
    }
    let mut drafts = vec![Draft {
        alert: "RedisDown",
        severity: Severity::Critical,
        wait: "2m",
        expr: "max by (namespace, component) (redis_up{$ns}) == 0",
        summary: "Redis {{ $labels.component }} can not be reached",
        description: "The exporter gets no answer: the server is down, full, or refuses its password.",
    }];
    // A cache is full by design and throws away what it can make again.
    let keeps = monitored.redis.iter().filter(|redis| !redis.evicts);
    let keeps = quote(&any_of(keeps.map(|redis| redis.name.as_str())));
    let memory = "max by (namespace, component) (redis_memory_used_bytes{$ns,component=~$keeps})
                  / max by (namespace, component) (redis_memory_max_bytes{$ns,component=~$keeps} > 0)
                  > 0.85"
        .replace("$keeps", &keeps);
    let evicted = "max by (namespace, component) (
                     increase(redis_evicted_keys_total{$ns,component=~$keeps}[15m])
                   ) > 0"
        .replace("$keeps", &keeps);
    if monitored.redis.iter().any(|redis| !redis.evicts) {
        drafts.push(Draft {
            alert: "RedisMemory",
            severity: Severity::Critical,
            wait: "5m",
            expr: &memory,
            summary: "Redis {{ $labels.component }} uses {{ $value | humanizePercentage }} of its memory",
            description: "At 100 % it refuses writes: tasks can not be put into queues any more.",
        });
        drafts.push(Draft {
            alert: "RedisEvicts",
            severity: Severity::Critical,
            wait: "1m",
            expr: &evicted,
            summary: "Redis {{ $labels.component }} threw {{ $value }} keys away in 15 minutes",
            description: "It holds queues: an evicted key is a lost task. Its maxmemory-policy must be noeviction.",
        });
    }
    drafts.push(Draft {
        alert: "RedisRejectsConnections",
        severity: Severity::Warning,
        wait: "1m",
        expr: "max by (namespace, component) (increase(redis_rejected_connections_total{$ns}[10m])) > 0",
        summary: "Redis {{ $labels.component }} refused {{ $value }} connections in 10 minutes",
        description: "Its maxclients is reached: something opens connections and does not close them.",
    });
    let durable = monitored.redis.iter().filter(|redis| redis.durable);
    let durable = quote(&any_of(durable.map(|redis| redis.name.as_str())));
    let persists = "min by (namespace, component) (redis_aof_last_write_status{$ns,component=~$durable}) == 0
                    or
                    min by (namespace, component) (redis_rdb_last_bgsave_status{$ns,component=~$durable}) == 0"
        .replace("$durable", &durable);
    if monitored.redis.iter().any(|redis| redis.durable) {
        drafts.push(Draft {
            alert: "RedisNotPersisting",
            severity: Severity::Critical,
            wait: "5m",
            expr: &persists,
            summary: "Redis {{ $labels.component }} can not write its data to disk",
            description: "What it holds is lost with its pod, and it may refuse writes: look at its volume.",
        });
    }
    drafts.iter().map(|draft| draft.rule(monitored)).collect()
}
