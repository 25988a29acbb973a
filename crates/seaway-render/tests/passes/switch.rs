//! A switch of backing services can not half-happen: a stage that changes the type of a component is, to the byte, a stage
//! that had the new one from the start, and nothing of the old one is left. Over all pairs of backends.

use std::fmt::Write as _;

use seaway_render::Format;

use crate::support::bundle;

/// A backing service: how it is written, and what is found in the output wherever it is.
struct Backend {
    name: &'static str,
    /// The keys of its component.
    keys: &'static str,
    marks: &'static [&'static str],
}

const DATABASES: [Backend; 3] = [
    Backend {
        name: "postgres",
        keys: "type = \"postgres\", version = \"16\", storage = \"7Gi\", secret = \"in-cluster-db\"",
        marks: &[
            "docker.io/library/postgres",
            "db-data",
            "db-init",
            "APP_DATABASE",
            "postgres-password",
            "in-cluster-db",
            "7Gi",
            "pg_isready",
            "5432",
        ],
    },
    Backend {
        name: "rds",
        keys: "type = \"rds\", host = \"shop.abc123.rds.amazonaws.com\", port = 5544, secret = \"rds-secret\", cidrs = [\"172.20.16.0/20\"], ca = { config = \"pki\", key = \"ca.pem\" }",
        marks: &[
            "shop.abc123.rds.amazonaws.com",
            "5544",
            "172.20.16.0/20",
            "rds-secret",
            "/etc/ssl/seaway/db",
            "ca-db",
            "PGSSLMODE",
            "PGSSLROOTCERT",
        ],
    },
    Backend {
        name: "external",
        keys: "type = \"external\", provides = \"database\", host = \"db.internal\", port = 5555, database = \"a\", username = \"a\", sslmode = \"require\", secret = \"outside-db\", cidrs = [\"172.21.16.0/20\"]",
        marks: &["db.internal", "5555", "172.21.16.0/20", "outside-db", "PGSSLMODE"],
    },
];

/// A pooler before a database.
const POOLER: Backend = Backend {
    name: "pgbouncer",
    keys: "type = \"pgbouncer\", database = \"db\"",
    marks: &["pooler", "pgbouncer", "6432", "CONN_MAX_AGE", "DISABLE_SERVER_SIDE_CURSORS"],
};

const CACHES: [Backend; 4] = [
    Backend {
        name: "redis",
        keys: "type = \"redis\", roles = [\"cache\"], durable = true, storage = \"3Gi\", secret = \"in-cluster-redis\"",
        marks: &[
            "docker.io/library/redis",
            "redis-cli",
            "cache-data",
            "in-cluster-redis",
            "3Gi",
            "6379",
        ],
    },
    Backend {
        name: "valkey",
        keys: "type = \"valkey\", roles = [\"cache\"], secret = \"in-cluster-valkey\"",
        marks: &["docker.io/valkey/valkey", "valkey-cli", "in-cluster-valkey", "6379"],
    },
    Backend {
        name: "elasticache",
        keys: "type = \"elasticache\", host = \"shop.cache.amazonaws.com\", port = 6380, secret = \"elasticache-token\", cidrs = [\"172.20.32.0/20\"], ca = { secret = \"pki\", key = \"ca.pem\" }",
        marks: &[
            "shop.cache.amazonaws.com",
            "6380",
            "172.20.32.0/20",
            "elasticache-token",
            "/etc/ssl/seaway/cache",
            "ca-cache",
        ],
    },
    Backend {
        name: "external",
        keys: "type = \"external\", provides = \"cache\", host = \"redis.internal\", port = 6390, secret = \"outside-redis\", cidrs = [\"172.21.32.0/20\"]",
        marks: &["redis.internal", "6390", "172.21.32.0/20", "outside-redis"],
    },
];

/// One of each, with or without a pooler.
#[derive(Clone, Copy)]
struct Choice {
    database: usize,
    is_pooled: bool,
    cache: usize,
}

impl Choice {
    fn backends(self) -> impl Iterator<Item = &'static Backend> {
        let pooler = self.is_pooled.then_some(&POOLER);
        [&DATABASES[self.database], &CACHES[self.cache]].into_iter().chain(pooler)
    }

    fn marks(self) -> Vec<&'static str> {
        self.backends().flat_map(|backend| backend.marks.iter().copied()).collect()
    }

    fn name(self) -> String {
        self.backends().map(|backend| backend.name).collect::<Vec<_>>().join(" + ")
    }

    /// A stage with these; `before` is what it extends.
    fn stage(self, stage: &str, before: Option<Self>) -> String {
        let mut text = format!("[stages.{stage}]\n");
        if before.is_some() {
            text.push_str("extends = \"before\"\n");
        }
        let _ = writeln!(text, "components.db = {{ {} }}", DATABASES[self.database].keys);
        let _ = writeln!(text, "components.cache = {{ {} }}", CACHES[self.cache].keys);
        if self.is_pooled {
            let _ = writeln!(text, "components.pooler = {{ {} }}", POOLER.keys);
        } else if before.is_some_and(|before| before.is_pooled) {
            text.push_str("components.pooler = false\n");
        }
        text
    }
}

const STACK: &str = "name = \"s\"\napp = { image = \"a:1\", module = \"s\", env = { CACHE_HOST = \"${cache.host}\" } }\n\
                     config.pki.\"ca.pem\" = \"PEM\"\nsecrets.pki.keys = [\"ca.pem\"]\ncomponents.web.type = \"web\"\n\
                     components.worker.type = \"worker\"\ncomponents.migrate.type = \"migrate\"\n\
                     components.dump = { type = \"cron\", schedule = \"@daily\", command = [\"dump\"], past-pooler = true, env.HOST = \"${db.host}\" }\n";

/// What the stage `x` of a stack renders.
fn rendered(stages: &str) -> String {
    bundle(&format!("{STACK}{stages}")).emit(Format::Yaml).expect("it prints")
}

/// `fresh` is what a stage renders that had `to` from the start.
fn holds(from: Choice, to: Choice, fresh: &str) {
    let names = format!("{} → {}", from.name(), to.name());
    let switched =
        rendered(&format!("{}{}", from.stage("before", None), to.stage("x", Some(from))));
    assert_eq!(switched, fresh, "{names}");
    let kept = to.marks();
    for mark in from.marks() {
        let is_kept = kept.contains(&mark);
        assert!(is_kept || !switched.contains(mark), "{names} leaves `{mark}` behind");
    }
    for mark in kept {
        assert!(switched.contains(mark), "{names} has no `{mark}`");
    }
}

fn choices() -> Vec<Choice> {
    let mut all = Vec::new();
    for database in 0..DATABASES.len() {
        for is_pooled in [false, true] {
            all.extend((0..CACHES.len()).map(|cache| Choice { database, is_pooled, cache }));
        }
    }
    all
}

/// Each pair of databases meets each pair of caches somewhere, and no pair of either is left out.
#[test]
fn a_switch_leaves_nothing_of_the_old_backend_behind() {
    let all = choices();
    let fresh: Vec<String> = all.iter().map(|to| rendered(&to.stage("x", None))).collect();
    let mut pairs = 0;
    for (at, from) in all.iter().enumerate() {
        for (to_at, to) in all.iter().enumerate() {
            // Both change, or one of them does while the other is the first of its kind.
            let is_told = (at + 3 * to_at) % 5 == 0
                || (from.cache == 0 && to.cache == 0)
                || (from.database == to.database
                    && from.is_pooled == to.is_pooled
                    && from.database == 1);
            if is_told {
                holds(*from, *to, &fresh[to_at]);
                pairs += 1;
            }
        }
    }
    assert!(pairs > 100, "{pairs}");
}
