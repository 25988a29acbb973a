//! `type = "rds"`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::authority::Authority;
use super::common::Allow;
use super::reasons;
use crate::Sourced;
use crate::values::{Cidr, HostName, Name, Port};

/// PostgreSQL on Amazon RDS or Aurora, or any other PostgreSQL outside the cluster that speaks TLS.
///
/// Becomes no object of its own unless `external-name` asks for one; processes that refer to it get its outputs, a way
/// through the network policies and the certificates that the server is verified by. `PGSSLMODE` and `PGSSLROOTCERT` are
/// set in every process that refers to it, unless it refers to another database, too, that differs in them: whatever dials
/// with libpq verifies the server even if the application builds its URL from parts. Outputs: `host`, `port`, `name`,
/// `username`, `sslmode`, `ca-file`, `password`, `url`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Rds {
    /// Endpoint of the instance or cluster: the name that its certificate has.
    pub host: Sourced<HostName>,
    /// TCP port.
    #[serde(default = "port")]
    pub port: Sourced<Port>,
    /// Name of the database; the stack's name with `_` for `-` if it is not written.
    pub database: Option<Sourced<String>>,
    /// Name of the user; that of the database if it is not written.
    pub username: Option<Sourced<String>>,
    /// Secret with the keys `password` and `url`; the component's name if it is not written. In the URL user and password
    /// are percent-encoded, and it ends in `?sslmode=…&sslrootcert=…`.
    pub secret: Option<Sourced<Name>>,
    /// Address ranges that it lies in: a network policy can not name a host. `cluster.network` if they are not written.
    #[serde(default)]
    pub cidrs: Vec<Sourced<Cidr>>,
    /// How the server is verified, in libpq's words. Production takes nothing but `verify-full`.
    #[serde(default = "sslmode")]
    pub sslmode: Sourced<SslMode>,
    /// The certificates that the server is verified by; needed unless `sslmode` is one that verifies nothing.
    pub ca: Option<Sourced<Authority>>,
    /// Most connections at a time (`max_connections`), which budgets are held against. RDS derives it from the memory of
    /// the instance: `show max_connections` tells.
    pub max_connections: Option<Sourced<u16>>,
    /// Whether a Service of type `ExternalName` gives the server a name in the cluster, which `host` then is. The
    /// certificate does not have that name, so `verify-full` excludes it.
    pub external_name: Option<Sourced<bool>>,
    /// Problems of this component that are known and accepted. `false` takes one back.
    #[serde(default)]
    pub allow: Allow,
}

/// How a PostgreSQL server is verified, in libpq's words, the weakest first.
///
/// <https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION>
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum SslMode {
    /// No TLS.
    Disable,
    /// TLS if the server insists.
    Allow,
    /// TLS if the server has it.
    Prefer,
    /// TLS with whoever answers.
    Require,
    /// TLS with anybody that the authority vouches for.
    VerifyCa,
    /// TLS with the server of that name.
    VerifyFull,
}

impl SslMode {
    /// The word in the stack file and for libpq.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Allow => "allow",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }

    /// Whether the certificate of the server is looked at.
    pub fn verifies(self) -> bool {
        self >= Self::VerifyCa
    }
}

fn port() -> Sourced<Port> {
    Sourced::default_for(Port::new(5432), &reasons::POSTGRES_PORT)
}
fn sslmode() -> Sourced<SslMode> {
    Sourced::default_for(SslMode::VerifyFull, &reasons::RDS_SSLMODE)
}

impl Rds {
    /// Whether the cluster has a name of its own for it.
    pub fn is_named_in_cluster(&self) -> bool {
        self.external_name.is_some_and(|flag| flag.value)
    }
}
