//! What other components can refer to: the outputs of each component.

use std::collections::BTreeMap;

use crate::options::{
    Authority, Component, Elasticache, External, FileRole, Monitoring, Pgbouncer, Postgres,
    Provider, Provides, Rds, Role, S3, Server, SslMode,
};
use crate::stack::{Contract, Part, Piece, Recipe, Stack};
use crate::values::{DataKey, Name};
use crate::{Origin, Sourced};

/// An output of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Text that is no secret.
    Text(String),
    /// A key of the component's Secret; never text.
    Secret(DataKey),
    /// A key of a Secret of another component, by the stack's name for it.
    SecretOf(Name, DataKey),
}

/// Port of PostgreSQL, registered with IANA.
pub const POSTGRES_PORT: u16 = 5432;
/// Port of Redis and Valkey, registered with IANA.
pub const REDIS_PORT: u16 = 6379;
/// First port of the metrics of a web component, the one that django-prometheus' documentation uses:
/// <https://github.com/django-commons/django-prometheus/blob/master/documentation/exports.md>.
pub const METRICS_PORT: u16 = 8001;
/// Port of PgBouncer, its own default.
pub const PGBOUNCER_PORT: u16 = 6432;
/// Port of the Service of a web component: plain HTTP.
pub const HTTP_PORT: u16 = 80;

/// The outputs of a component by name. `keys` are those of its Secret, if it has one.
pub fn outputs(
    name: &Name,
    component: &Component,
    stack: &Name,
    keys: &[DataKey],
) -> BTreeMap<String, Output> {
    let text = |entries: &[(&str, String)]| -> BTreeMap<String, Output> {
        entries
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Output::Text(value.clone())))
            .collect()
    };
    let mut found = match component {
        Component::Postgres(postgres) => text(&[
            ("host", name.to_string()),
            ("port", POSTGRES_PORT.to_string()),
            ("name", database(postgres, stack)),
            ("username", username(postgres, stack)),
        ]),
        Component::Redis(redis) | Component::Valkey(redis) => {
            let mut found = text(&[("host", name.to_string()), ("port", REDIS_PORT.to_string())]);
            if !redis.has_password() {
                for (output, database) in redis_urls(&redis.roles()) {
                    let url = format!("redis://{name}:{REDIS_PORT}/{database}");
                    found.insert(output.to_owned(), Output::Text(url));
                }
            }
            found
        }
        Component::Rds(rds) => rds_outputs(name, rds, stack),
        Component::Elasticache(elasticache) => elasticache_outputs(name, elasticache),
        Component::S3(s3) => s3_outputs(s3),
        Component::External(external) => external_outputs(name, external),
        Component::Web(_) => served(name, HTTP_PORT),
        Component::Flower(flower) => served(name, flower.port.get()),
        Component::Process(process) => match &process.port {
            Some(port) => served(name, port.get()),
            None => BTreeMap::new(),
        },
        Component::Worker(_)
        | Component::Beat(_)
        | Component::Migrate(_)
        | Component::Cron(_)
        | Component::Job(_)
        | Component::Monitoring(_)
        // Those of a pooler follow from its database.
        | Component::Pgbouncer(_) => BTreeMap::new(),
        Component::Monitor(monitor) => served(name, monitor.role.port()),
    };
    for key in keys {
        found.entry(key.to_string()).or_insert_with(|| Output::Secret(key.clone()));
    }
    found
}

/// The outputs of a component of a stage.
pub(crate) fn of(stack: &Stack, name: &Name, component: &Component) -> BTreeMap<String, Output> {
    if let Component::Pgbouncer(pooler) = component {
        return pooler_outputs(stack, name, pooler);
    }
    let contract = secret_name(name, component).and_then(|secret| stack.secrets.get(&secret));
    let keys: Vec<DataKey> =
        contract.map(|contract| contract.keys.keys().cloned().collect()).unwrap_or_default();
    outputs(name, component, &stack.name, &keys)
}

/// The contract of a component's own Secret, if it has one.
pub fn contract<'a>(stack: &'a Stack, part: &Part) -> Option<&'a Contract> {
    stack.secrets.get(&secret_name(&part.name.value, &part.component)?)
}

/// The stack's name of a component's Secret, if it has one: written, or its own.
pub(crate) fn secret_name(name: &Name, component: &Component) -> Option<Name> {
    let written = match component {
        Component::Postgres(postgres) => &postgres.secret,
        Component::Redis(redis) | Component::Valkey(redis) if !redis.has_password() => return None,
        Component::Redis(redis) | Component::Valkey(redis) => &redis.secret,
        Component::Rds(rds) => &rds.secret,
        Component::Elasticache(elasticache) if !elasticache.has_password() => return None,
        Component::Elasticache(elasticache) => &elasticache.secret,
        Component::S3(s3) => return s3.secret.as_ref().map(|secret| secret.value.clone()),
        Component::External(external) => {
            return external.secret.as_ref().map(|secret| secret.value.clone());
        }
        Component::Monitoring(monitoring) => {
            let grafana = monitoring.grafana().filter(|_| monitoring.operator().is_none())?;
            return Some(match grafana.secret {
                Some(secret) => secret.value,
                None => below(name, "grafana"),
            });
        }
        _ => return None,
    };
    Some(written.as_ref().map_or_else(|| name.clone(), |secret| secret.value.clone()))
}

/// A database as a pooler before it sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// Host that is dialled.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Name of the database.
    pub database: String,
    /// Name of the user.
    pub username: String,
    /// The Secret with its `password`, by the stack's name.
    pub secret: Name,
    /// How it is verified.
    pub sslmode: SslMode,
    /// The certificates that it is verified by.
    pub ca_file: Option<String>,
}

/// What a pooler before a component has to know; `None` for one that is no database, or that does not say all of it.
pub fn upstream(name: &Name, component: &Component, stack: &Name) -> Option<Upstream> {
    let secret = secret_name(name, component)?;
    Some(match component {
        Component::Postgres(postgres) => Upstream {
            host: name.to_string(),
            port: POSTGRES_PORT,
            database: database(postgres, stack),
            username: username(postgres, stack),
            secret,
            sslmode: SslMode::Disable,
            ca_file: None,
        },
        Component::Rds(rds) => Upstream {
            host: rds_host(name, rds),
            port: rds.port.get(),
            database: rds_database(rds, stack),
            username: rds_username(rds, stack),
            secret,
            sslmode: rds.sslmode.value,
            ca_file: ca_file(name, rds.ca.as_ref()),
        },
        Component::External(external) => Upstream {
            host: external.host.to_string(),
            port: external.port.get(),
            database: external.database.as_ref()?.value.clone(),
            username: external.username.as_ref()?.value.clone(),
            secret,
            sslmode: external.sslmode?.value,
            ca_file: ca_file(name, external.ca.as_ref()),
        },
        _ => return None,
    })
}

/// The key of a database's Secret that holds the URL of a pooler before it.
pub fn pooler_key(pooler: &Name) -> DataKey {
    key(&format!("{pooler}-url"))
}

/// How the URL of a pooler is made of the password of its database.
pub(crate) fn pooler_url(pooler: &Name, upstream: &Upstream) -> Recipe {
    let user = percent_encoded(&upstream.username);
    let database = percent_encoded(&upstream.database);
    Recipe::Composed(vec![
        Piece::Text(format!("postgres://{user}:")),
        Piece::Key(key("password")),
        Piece::Text(format!("@{pooler}:{PGBOUNCER_PORT}/{database}")),
    ])
}

fn pooler_outputs(stack: &Stack, name: &Name, pooler: &Pgbouncer) -> BTreeMap<String, Output> {
    let Some(upstream) = pooled(stack, pooler) else { return BTreeMap::new() };
    let text = |text: &str| Output::Text(text.to_owned());
    let secret = |key: DataKey| Output::SecretOf(upstream.secret.clone(), key);
    let mut found = BTreeMap::from([
        ("host".to_owned(), text(name)),
        ("port".to_owned(), Output::Text(PGBOUNCER_PORT.to_string())),
        ("name".to_owned(), text(&upstream.database)),
        ("username".to_owned(), text(&upstream.username)),
    ]);
    let keys = stack.secrets.get(&upstream.secret).map(|contract| &contract.keys);
    for (output, key) in [("password", key("password")), ("url", pooler_key(name))] {
        if keys.is_some_and(|keys| keys.contains_key(&key)) {
            found.insert(output.to_owned(), secret(key));
        }
    }
    found
}

/// The database that a pooler of a stage stands before.
pub fn pooled(stack: &Stack, pooler: &Pgbouncer) -> Option<Upstream> {
    let database = stack.parts.get(&pooler.database.value)?;
    upstream(&database.name, &database.component, &stack.name)
}

/// The database that a component leads to: itself, or what is behind a pooler.
pub(crate) fn database_behind<'a>(stack: &'a Stack, name: &'a Name) -> &'a Name {
    match stack.parts.get(name).map(|part| &part.component) {
        Some(Component::Pgbouncer(pooler)) => &pooler.database.value,
        _ => name,
    }
}

fn served(name: &Name, port: u16) -> BTreeMap<String, Output> {
    let url =
        if port == HTTP_PORT { format!("http://{name}") } else { format!("http://{name}:{port}") };
    [("host", name.to_string()), ("port", port.to_string()), ("url", url)]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Output::Text(value)))
        .collect()
}

fn external_outputs(name: &Name, external: &External) -> BTreeMap<String, Output> {
    let mut found = BTreeMap::new();
    let mut put = |name: &str, value: String| found.insert(name.to_owned(), Output::Text(value));
    put("host", external.host.to_string());
    put("port", external.port.get().to_string());
    if let Some(database) = &external.database {
        put("name", database.to_string());
    }
    if let Some(username) = &external.username {
        put("username", username.to_string());
    }
    if let Some(mode) = &external.sslmode {
        put("sslmode", mode.as_str().to_owned());
    }
    if let Some(file) = ca_file(name, external.ca.as_ref()) {
        put("ca-file", file);
    }
    for (name, value) in &external.outputs {
        put(name, value.value.clone());
    }
    found
}

fn rds_outputs(name: &Name, rds: &Rds, stack: &Name) -> BTreeMap<String, Output> {
    let mut found = BTreeMap::new();
    let mut put = |name: &str, value: String| found.insert(name.to_owned(), Output::Text(value));
    put("host", rds_host(name, rds));
    put("port", rds.port.get().to_string());
    put("name", rds_database(rds, stack));
    put("username", rds_username(rds, stack));
    put("sslmode", rds.sslmode.as_str().to_owned());
    if let Some(file) = ca_file(name, rds.ca.as_ref()) {
        put("ca-file", file);
    }
    found
}

fn elasticache_outputs(name: &Name, elasticache: &Elasticache) -> BTreeMap<String, Output> {
    let mut found = BTreeMap::new();
    let mut put = |name: &str, value: String| found.insert(name.to_owned(), Output::Text(value));
    put("host", elasticache.host.to_string());
    put("port", elasticache.port.get().to_string());
    if let Some(username) = &elasticache.username {
        put("username", username.to_string());
    }
    if let Some(file) = ca_file(name, elasticache.ca.as_ref()) {
        put("ca-file", file);
    }
    if !elasticache.has_password() {
        for (output, database) in redis_urls(&elasticache.roles()) {
            let scheme = elasticache_scheme(elasticache);
            put(output, format!("{scheme}://{}", elasticache_place(name, elasticache, database)));
        }
    }
    found
}

/// The keys of the Secret of a bucket.
pub(crate) const S3_KEYS: [&str; 2] = ["access-key-id", "secret-access-key"];

fn s3_outputs(s3: &S3) -> BTreeMap<String, Output> {
    let mut found = BTreeMap::new();
    let mut put = |name: &str, value: String| found.insert(name.to_owned(), Output::Text(value));
    put("bucket", s3.bucket.to_string());
    // A bucket without a region is told by a rule.
    let region = s3.region.as_ref().map(ToString::to_string).unwrap_or_default();
    let partition = if region.starts_with("cn-") { ".cn" } else { "" };
    let of_region = format!("s3.{region}.amazonaws.com{partition}");
    let endpoint = s3.endpoint.as_ref().map(|endpoint| endpoint.trim_end_matches('/').to_owned());
    let url = match (&s3.custom_domain, &endpoint) {
        (Some(domain), _) => format!("https://{domain}"),
        (None, Some(endpoint)) => format!("{endpoint}/{}", s3.bucket),
        // A name with dots is not below the name in the certificate.
        (None, None) if s3.bucket.contains('.') => format!("https://{of_region}/{}", s3.bucket),
        (None, None) => format!("https://{}.{of_region}", s3.bucket),
    };
    let prefix = s3.prefix.as_ref().map(|prefix| prefix.value.clone());
    put("url", prefix.as_ref().map_or_else(|| url.clone(), |prefix| format!("{url}/{prefix}")));
    put("endpoint", endpoint.unwrap_or_else(|| format!("https://{of_region}")));
    put("region", region);
    if let Some(domain) = &s3.custom_domain {
        put("custom-domain", domain.to_string());
    }
    if s3.roles().len() > 1 {
        for folder in ["media", "static"] {
            let above = prefix.as_ref().map(|prefix| format!("{prefix}/")).unwrap_or_default();
            put(&format!("{folder}-prefix"), format!("{above}{folder}"));
        }
    }
    if let Some(prefix) = prefix {
        put("prefix", prefix);
    }
    found
}

/// The host by which an RDS is dialled: its own, or the name that the cluster has for it.
fn rds_host(name: &Name, rds: &Rds) -> String {
    if rds.is_named_in_cluster() { name.to_string() } else { rds.host.to_string() }
}

/// The path of the certificates that a server is verified by.
fn ca_file(name: &Name, ca: Option<&Sourced<Authority>>) -> Option<String> {
    ca.and_then(|ca| ca.path(name))
}

/// Host, port, database and query of the URL of an RDS; libpq's drivers for Python all take its words in the query.
fn rds_place(name: &Name, rds: &Rds, stack: &Name) -> String {
    let host = in_url(&rds_host(name, rds));
    let database = percent_encoded(&rds_database(rds, stack));
    let port = rds.port.get();
    let mut place = format!("@{host}:{port}/{database}?sslmode={}", rds.sslmode.as_str());
    if let Some(file) = ca_file(name, rds.ca.as_ref()) {
        place.push_str("&sslrootcert=");
        place.push_str(&percent_encoded_path(&file));
    }
    place
}

fn elasticache_scheme(elasticache: &Elasticache) -> &'static str {
    if elasticache.has_tls() { "rediss" } else { "redis" }
}

/// Host, port, database and query of a URL of an ElastiCache.
///
/// Celery refuses a `rediss://` URL without `ssl_cert_reqs`; `required` is the word that redis-py, and so Django's cache and
/// django-redis, share with Celery and kombu, `CERT_REQUIRED` is Celery's alone (celery/celery#5988, celery/celery#8113).
/// redis-py before 6 does not look at the name in the certificate unless it is told to, and with the certificates of the
/// system any site's would do (<https://github.com/redis/redis-py/releases/tag/v6.0.0>).
fn elasticache_place(name: &Name, elasticache: &Elasticache, database: usize) -> String {
    let (host, port) = (in_url(&elasticache.host), elasticache.port.get());
    let mut place = format!("{host}:{port}/{database}");
    if elasticache.has_tls() {
        place.push_str("?ssl_cert_reqs=required&ssl_check_hostname=true");
        if let Some(file) = ca_file(name, elasticache.ca.as_ref()) {
            place.push_str("&ssl_ca_certs=");
            place.push_str(&percent_encoded_path(&file));
        }
    }
    place
}

/// A host as a URL has it: an address of IPv6 in brackets.
fn in_url(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

/// A text in which no character means anything to a URL: all but letters, digits and `-._~` becomes `%` and two
/// hexadecimal digits, a blank too (<https://datatracker.ietf.org/doc/html/rfc3986#section-2>).
pub fn percent_encoded(text: &str) -> String {
    encoded(text, b"-._~")
}

/// The same for the value of a query, where a slash means nothing.
fn percent_encoded_path(text: &str) -> String {
    encoded(text, b"-._~/")
}

fn encoded(text: &str, plain: &[u8]) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String can not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

/// Name of the database of an in-cluster PostgreSQL.
pub fn database(postgres: &Postgres, stack: &Name) -> String {
    named_or(postgres.database.as_ref(), || stack.replace('-', "_"))
}

/// Name of the application's role in an in-cluster PostgreSQL.
pub fn username(postgres: &Postgres, stack: &Name) -> String {
    named_or(postgres.username.as_ref(), || database(postgres, stack))
}

/// Name of the database of an RDS.
pub fn rds_database(rds: &Rds, stack: &Name) -> String {
    named_or(rds.database.as_ref(), || stack.replace('-', "_"))
}

/// Name of the user of an RDS.
pub fn rds_username(rds: &Rds, stack: &Name) -> String {
    named_or(rds.username.as_ref(), || rds_database(rds, stack))
}

fn named_or(written: Option<&Sourced<String>>, usual: impl FnOnce() -> String) -> String {
    written.map_or_else(usual, |name| name.value.clone())
}

/// The keys that a component's Secret must have, with the recipes of throw-away values.
pub fn implied_keys(
    name: &Name,
    component: &Component,
    stack: &Name,
) -> Vec<(&'static str, Recipe)> {
    let password = || Piece::Key(key("password"));
    let text = |text: String| Piece::Text(text);
    match component {
        Component::Postgres(postgres) => {
            let url = vec![
                text(format!("postgres://{}:", username(postgres, stack))),
                password(),
                text(format!("@{name}:{POSTGRES_PORT}/{}", database(postgres, stack))),
            ];
            vec![
                ("password", Recipe::Opaque),
                ("postgres-password", Recipe::Opaque),
                ("url", Recipe::Composed(url)),
            ]
        }
        Component::Redis(redis) | Component::Valkey(redis) => {
            let url = |database: usize| {
                let tail = text(format!("@{name}:{REDIS_PORT}/{database}"));
                Recipe::Composed(vec![text("redis://:".to_owned()), password(), tail])
            };
            let urls = redis_urls(&redis.roles())
                .into_iter()
                .map(|(output, database)| (output, url(database)));
            [("password", Recipe::Opaque)].into_iter().chain(urls).collect()
        }
        Component::Rds(rds) => {
            let user = percent_encoded(&rds_username(rds, stack));
            let url = vec![
                text(format!("postgres://{user}:")),
                password(),
                text(rds_place(name, rds, stack)),
            ];
            vec![("password", Recipe::Given), ("url", Recipe::Composed(url))]
        }
        Component::Elasticache(elasticache) => {
            let scheme = elasticache_scheme(elasticache);
            let user = elasticache.username.as_ref().map(|name| percent_encoded(name));
            let url = |database: usize| {
                Recipe::Composed(vec![
                    text(format!("{scheme}://{}:", user.as_deref().unwrap_or_default())),
                    password(),
                    text(format!("@{}", elasticache_place(name, elasticache, database))),
                ])
            };
            let urls = redis_urls(&elasticache.roles())
                .into_iter()
                .map(|(output, database)| (output, url(database)));
            [("password", Recipe::Given)].into_iter().chain(urls).collect()
        }
        Component::S3(_) => S3_KEYS.map(|key| (key, Recipe::Given)).to_vec(),
        Component::External(_) => vec![("url", Recipe::Given)],
        Component::Monitoring(_) => vec![("admin-password", Recipe::Opaque)],
        _ => Vec::new(),
    }
}

/// The roles of a Redis, in the cluster or outside, each with the number of its database.
pub fn roles(component: &Component) -> Option<Vec<(Role, usize)>> {
    match component {
        Component::Redis(redis) | Component::Valkey(redis) => Some(redis.roles()),
        Component::Elasticache(elasticache) => Some(elasticache.roles()),
        _ => None,
    }
}

/// The outputs of a Redis that are URLs, each with the number of its database: with several roles, one a role.
fn redis_urls(roles: &[(Role, usize)]) -> Vec<(&'static str, usize)> {
    let several = roles
        .iter()
        .filter(|_| roles.len() > 1)
        .map(|(role, database)| (role_url(*role), *database));
    [("url", 0)].into_iter().chain(several).collect()
}

/// The output that holds the URL of a role.
pub fn url_of_role(roles: &[(Role, usize)], role: Role) -> &'static str {
    if roles.len() > 1 { role_url(role) } else { "url" }
}

fn role_url(role: Role) -> &'static str {
    match role {
        Role::Broker => "broker-url",
        Role::Cache => "cache-url",
        Role::Results => "results-url",
    }
}

/// The Redis database that a secret output leads to: `None` for an output that is not a URL.
pub fn database_of_output(roles: &[(Role, usize)], output: &str) -> Option<usize> {
    match output {
        "url" | "host" | "password" | "port" => Some(0),
        _ => roles.iter().find(|(role, _)| role_url(*role) == output).map(|(_, index)| *index),
    }
}

/// The name of a workload that belongs to a component. One that is too long is told by a rule.
pub(crate) fn below(name: &Name, workload: &str) -> Name {
    Name::try_from(format!("{name}-{workload}")).unwrap_or_else(|_| name.clone())
}

/// The ports at which the server processes of a web component show their metrics, one a process: none unless the stage
/// has `monitoring` and the process is the preset's own.
pub fn metrics_ports(stack: &Stack, part: &Part) -> Option<std::ops::RangeInclusive<u16>> {
    let Component::Web(web) = &part.component else { return None };
    let wanted = web.metrics.map_or_else(
        || stack.is_django() && web.server.value == Server::Gunicorn && web.command.is_empty(),
        |metrics| metrics.value,
    );
    if !wanted || stack.monitoring().is_none() {
        return None;
    }
    let last = |first: u16| first.saturating_add(web.workers.value.max(1) - 1);
    let usual = METRICS_PORT..=last(METRICS_PORT);
    if !usual.contains(&web.port.get()) {
        return Some(usual);
    }
    let first = web.port.get().saturating_add(1);
    Some(first..=last(first))
}

/// Where cert-manager's controller shows metrics: <https://cert-manager.io/docs/devops-tips/prometheus-metrics/>.
pub const CERT_MANAGER_PORT: u16 = 9402;

/// The namespace of cert-manager, where a certificate of the stage is one of its issuers, and what makes it so: it tells when
/// certificates end. An operator's Prometheus asks it anyway.
pub fn cert_manager(stack: &Stack, monitoring: &Monitoring) -> Option<(String, Origin)> {
    if monitoring.operator().is_some() {
        return None;
    }
    let mut exposed = stack.parts.values().filter_map(|part| part.component.expose());
    let issuer = exposed.find_map(|expose| expose.tls()?.issuer.as_ref())?;
    if let Some(written) = &monitoring.cert_manager_namespace {
        return Some((written.to_string(), written.origin));
    }
    let provider = stack.cluster.provider.as_ref().map(|provider| provider.value);
    // Its add-on lies where all of them do: kubernetes/kops#10318.
    let usual = if provider == Some(Provider::Kops) { "kube-system" } else { "cert-manager" };
    Some((usual.to_owned(), issuer.origin))
}

/// A key known at compile time.
pub(crate) fn key(text: &str) -> DataKey {
    // Only called with literals that are keys; a wrong one shows in every test.
    DataKey::try_from(text.to_owned()).unwrap_or_else(|fault| unreachable!("{fault}"))
}

/// The variable that the preset binds, for what a backing service is used for.
pub const fn bound_name(provides: Provides) -> &'static str {
    match provides {
        Provides::Database => "DATABASE_URL",
        Provides::Cache => "CACHE_URL",
        Provides::Broker => "CELERY_BROKER_URL",
        Provides::Results => "CELERY_RESULT_BACKEND",
    }
}

/// What a backing service can be bound as, each with the output that holds the URL.
pub fn provides(component: &Component) -> Vec<(Provides, &'static str)> {
    match component {
        Component::Postgres(_) | Component::Rds(_) | Component::Pgbouncer(_) => {
            vec![(Provides::Database, "url")]
        }
        Component::Redis(_) | Component::Valkey(_) | Component::Elasticache(_) => {
            let roles = roles(component).unwrap_or_default();
            let provided = |role| match role {
                Role::Broker => Provides::Broker,
                Role::Cache => Provides::Cache,
                Role::Results => Provides::Results,
            };
            roles.iter().map(|(role, _)| (provided(*role), url_of_role(&roles, *role))).collect()
        }
        Component::External(external) => {
            external.provides.iter().map(|provides| (provides.value, "url")).collect()
        }
        _ => Vec::new(),
    }
}

/// The variables that the preset binds for a component, each with the output that it holds.
pub fn bindings(component: &Component) -> Vec<(&'static str, &'static str)> {
    if let Component::S3(s3) = component {
        return s3_bindings(s3);
    }
    let provided = provides(component).into_iter();
    provided.map(|(what, output)| (bound_name(what), output)).collect()
}

/// The settings of django-storages, by what the files are.
fn s3_bindings(s3: &S3) -> Vec<(&'static str, &'static str)> {
    let roles = s3.roles();
    let several = roles.len() > 1;
    let mut bound = Vec::new();
    for role in &roles {
        let (names, folder) = match role {
            FileRole::Media => (
                [
                    "AWS_STORAGE_BUCKET_NAME",
                    "AWS_S3_REGION_NAME",
                    "AWS_S3_ENDPOINT_URL",
                    "AWS_S3_CUSTOM_DOMAIN",
                    "AWS_LOCATION",
                ],
                "media-prefix",
            ),
            FileRole::Static => (
                [
                    "AWS_STATIC_BUCKET_NAME",
                    "AWS_STATIC_REGION_NAME",
                    "AWS_STATIC_ENDPOINT_URL",
                    "AWS_STATIC_CUSTOM_DOMAIN",
                    "AWS_STATIC_LOCATION",
                ],
                "static-prefix",
            ),
        };
        let [bucket, region, endpoint, domain, location] = names;
        bound.extend([(bucket, "bucket"), (region, "region"), (domain, "custom-domain")]);
        // boto3 knows the endpoints of AWS better, dual-stack and FIPS ones among them.
        bound.extend(s3.endpoint.iter().map(|_| (endpoint, "endpoint")));
        bound.push((location, if several { folder } else { "prefix" }));
    }
    if !roles.is_empty() {
        bound.extend([("AWS_ACCESS_KEY_ID", S3_KEYS[0]), ("AWS_SECRET_ACCESS_KEY", S3_KEYS[1])]);
    }
    bound
}
