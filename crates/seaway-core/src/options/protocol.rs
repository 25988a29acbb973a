//! The protocols that backing services speak: what is bound, watched, counted and refused goes by them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The protocol that a backing service speaks.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// PostgreSQL, and poolers before it.
    Postgresql,
    /// MySQL and MariaDB.
    Mysql,
    /// Redis and Valkey.
    Redis,
    /// AMQP 0-9-1: RabbitMQ.
    Amqp,
    /// Memcached.
    Memcached,
    /// HTTP.
    Http,
}

/// Schemes of URLs, and whether each asks for TLS; `None` where the query of the URL decides it.
///
/// The words are those of Celery and kombu
/// (<https://docs.celeryq.dev/projects/kombu/en/stable/userguide/connections.html#urls>), of django-environ
/// (<https://django-environ.readthedocs.io/en/latest/types.html>), dj-database-url and `SQLAlchemy`, which may add `+driver`.
const SCHEMES: &[(&str, Protocol, Option<bool>)] = &[
    ("postgres", Protocol::Postgresql, None),
    ("postgresql", Protocol::Postgresql, None),
    ("pgsql", Protocol::Postgresql, None),
    ("psql", Protocol::Postgresql, None),
    ("postgis", Protocol::Postgresql, None),
    ("mysql", Protocol::Mysql, None),
    ("mysql2", Protocol::Mysql, None),
    ("mysqlgis", Protocol::Mysql, None),
    ("mysql-connector", Protocol::Mysql, None),
    ("mariadb", Protocol::Mysql, None),
    ("redis", Protocol::Redis, Some(false)),
    ("rediscache", Protocol::Redis, Some(false)),
    ("rediss", Protocol::Redis, Some(true)),
    ("amqp", Protocol::Amqp, Some(false)),
    ("pyamqp", Protocol::Amqp, Some(false)),
    ("librabbitmq", Protocol::Amqp, Some(false)),
    ("amqps", Protocol::Amqp, Some(true)),
    ("memcache", Protocol::Memcached, Some(false)),
    ("memcached", Protocol::Memcached, Some(false)),
    ("pymemcache", Protocol::Memcached, Some(false)),
    ("pymemcached", Protocol::Memcached, Some(false)),
    ("pylibmccache", Protocol::Memcached, Some(false)),
    ("http", Protocol::Http, Some(false)),
    ("https", Protocol::Http, Some(true)),
];

/// Ports that are registered with IANA for a protocol, or that its servers take by themselves, and whether TLS is asked
/// for there; `None` where one port serves both. 6380 is the port of Azure's Redis for TLS, 6432 that of `PgBouncer`.
///
/// <https://www.iana.org/assignments/service-names-port-numbers>, <https://www.rabbitmq.com/docs/networking#ports>,
/// <https://learn.microsoft.com/azure/azure-cache-for-redis/cache-remove-tls-10-11>.
const PORTS: &[(u16, Protocol, Option<bool>)] = &[
    (5432, Protocol::Postgresql, None),
    (6432, Protocol::Postgresql, None),
    (3306, Protocol::Mysql, None),
    (6379, Protocol::Redis, None),
    (6380, Protocol::Redis, Some(true)),
    (5672, Protocol::Amqp, Some(false)),
    (5671, Protocol::Amqp, Some(true)),
    (11211, Protocol::Memcached, None),
    (80, Protocol::Http, Some(false)),
    (443, Protocol::Http, Some(true)),
];

impl Protocol {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Postgresql, Self::Mysql, Self::Redis, Self::Amqp, Self::Memcached, Self::Http];

    /// The word in the stack file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Postgresql => "postgresql",
            Self::Mysql => "mysql",
            Self::Redis => "redis",
            Self::Amqp => "amqp",
            Self::Memcached => "memcached",
            Self::Http => "http",
        }
    }

    /// Its own port, without TLS.
    pub fn port(self) -> u16 {
        match self {
            Self::Postgresql => 5432,
            Self::Mysql => 3306,
            Self::Redis => 6379,
            Self::Amqp => 5672,
            Self::Memcached => 11211,
            Self::Http => 80,
        }
    }

    /// The protocol that a port is known for.
    pub fn from_port(port: u16) -> Option<Self> {
        PORTS.iter().find(|(known, ..)| *known == port).map(|(_, protocol, _)| *protocol)
    }

    /// The protocol that the scheme of a URL names: `mysql`, `rediss`, `postgresql+psycopg`.
    pub fn from_scheme(scheme: &str) -> Option<Self> {
        known_scheme(scheme).map(|(protocol, _)| protocol)
    }
}

/// Whether a port asks for TLS, where it is one that does or does not.
pub fn tls_of_port(port: u16) -> Option<bool> {
    PORTS.iter().find(|(known, ..)| *known == port).and_then(|(.., tls)| *tls)
}

/// Whether a URL asks for TLS; `None` if it does not say. Clients of MySQL read it in the query, each in words of its own,
/// all of which have `ssl` in them (<https://dev.mysql.com/doc/refman/8.4/en/connection-options.html#option_general_ssl-mode>).
pub fn tls_of_url(url: &str) -> Option<bool> {
    let (protocol, tls) = known_scheme(scheme(url)?)?;
    if protocol != Protocol::Mysql {
        return tls;
    }
    let query = url.split_once('?').map_or("", |(_, query)| query).to_ascii_lowercase();
    let mut words = query.split('&').filter_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.contains("ssl").then_some(value)
    });
    Some(words.any(|value| !matches!(value, "disabled" | "preferred" | "false" | "0" | "")))
}

/// The scheme of a URL, if it has one.
pub fn scheme(url: &str) -> Option<&str> {
    url.split_once("://").map(|(scheme, _)| scheme).filter(|scheme| !scheme.is_empty())
}

fn known_scheme(scheme: &str) -> Option<(Protocol, Option<bool>)> {
    let scheme = scheme.split('+').next().unwrap_or(scheme);
    let known = SCHEMES.iter().find(|(known, ..)| known.eq_ignore_ascii_case(scheme))?;
    Some((known.1, known.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_a_scheme_and_a_word_name_the_same_protocol() {
        for protocol in Protocol::ALL {
            assert_eq!(Protocol::from_port(protocol.port()), Some(protocol));
            assert_eq!(Protocol::from_scheme(protocol.as_str()), Some(protocol));
        }
        assert_eq!(Protocol::from_scheme("postgresql+psycopg"), Some(Protocol::Postgresql));
        assert_eq!(Protocol::from_scheme("AMQPS"), Some(Protocol::Amqp));
        assert_eq!(Protocol::from_scheme("sqs"), None);
        assert_eq!(Protocol::from_port(25060), None);
    }

    #[test]
    fn tls_is_in_the_scheme_the_query_or_the_port() {
        assert_eq!(tls_of_url("amqps://mq"), Some(true));
        assert_eq!(tls_of_url("amqp://mq"), Some(false));
        assert_eq!(tls_of_url("rediss://r/0?ssl_cert_reqs=required"), Some(true));
        assert_eq!(tls_of_url("mysql://db/app?ssl_mode=VERIFY_IDENTITY"), Some(true));
        assert_eq!(tls_of_url("mysql://db/app?ssl-ca=/etc/ca.pem"), Some(true));
        assert_eq!(tls_of_url("mysql://db/app?ssl_mode=DISABLED"), Some(false));
        assert_eq!(tls_of_url("mysql://db/app?charset=utf8mb4"), Some(false));
        assert_eq!(tls_of_url("postgres://db/app"), None);
        assert_eq!(tls_of_url("db.example.net"), None);
        assert_eq!((tls_of_port(5671), tls_of_port(5672)), (Some(true), Some(false)));
        assert_eq!((tls_of_port(6379), tls_of_port(9)), (None, None));
    }
}
