//! Texts with a form: each knows what it accepts and says so in its error and its schema.

mod forms;
mod image;
mod object;
mod quantity;
mod template;
mod text;

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

pub use forms::{
    AllowedCode, AllowedHost, Cidr, DataKey, EnvName, HostName, Justification, MountPath, Name,
    Schedule, UrlPath,
};
pub use image::Image;
pub use object::ObjectName;
pub use quantity::{Quantity, Unit};
pub use template::{Part, Reference, Template};
pub use text::{Form, Text};

/// A minor version of Kubernetes: `1.33` to `1.37`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KubernetesVersion {
    /// The number behind `1.`.
    pub minor: u8,
}

/// The oldest and the newest minor that the output is proven against.
pub const KUBERNETES_MINORS: std::ops::RangeInclusive<u8> = 33..=37;

/// A port number, 1 to 65535.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Port(u16);

impl Port {
    /// A port known at compile time; 0 is no port and becomes 1.
    pub const fn new(number: u16) -> Self {
        Self(if number == 0 { 1 } else { number })
    }

    /// The number.
    pub fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for Port {
    type Error = String;
    fn try_from(number: u16) -> Result<Self, String> {
        if number == 0 { Err("a port is 1 to 65535".to_owned()) } else { Ok(Self(number)) }
    }
}

impl From<Port> for u16 {
    fn from(port: Port) -> Self {
        port.0
    }
}

impl JsonSchema for Port {
    fn schema_name() -> Cow<'static, str> {
        "Port".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "A port number.", "type": "integer", "minimum": 1, "maximum": 65535 })
    }
}

impl KubernetesVersion {
    /// The oldest version that the output is proven against.
    pub const OLDEST: Self = Self { minor: *KUBERNETES_MINORS.start() };
}

impl TryFrom<String> for KubernetesVersion {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let minor = text.strip_prefix("1.").and_then(|minor| minor.parse().ok());
        match minor {
            // `1.033` and `1.+33` are numbers, but no versions.
            Some(minor) if KUBERNETES_MINORS.contains(&minor) && text == format!("1.{minor}") => {
                Ok(Self { minor })
            }
            _ => Err(format!(
                "unknown Kubernetes version `{text}`\nwrite a minor version from `1.{}` to `1.{}`",
                KUBERNETES_MINORS.start(),
                KUBERNETES_MINORS.end()
            )),
        }
    }
}

impl From<KubernetesVersion> for String {
    fn from(version: KubernetesVersion) -> Self {
        version.to_string()
    }
}

impl fmt::Display for KubernetesVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.minor)
    }
}

impl JsonSchema for KubernetesVersion {
    fn schema_name() -> Cow<'static, str> {
        "KubernetesVersion".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let versions: Vec<String> = KUBERNETES_MINORS.map(|minor| format!("1.{minor}")).collect();
        json_schema!({ "description": "A minor version of Kubernetes.", "type": "string", "enum": versions })
    }
}
