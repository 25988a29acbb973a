//! Texts with a form: each knows what it accepts and says so in its error and its schema.

mod names;
mod edges;
mod image;
mod kubernetes;
mod object;
mod period;
mod python;
mod quantity;
mod registry;
mod schedule;
mod template;
mod text;
mod time_zone;

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

pub use edges::{CertificateArn, GatewayName, IssuerName, RoutePath, WebAclArn};
pub use image::Image;
pub use kubernetes::{KUBERNETES_MINORS, KubernetesVersion, KubernetesVersions};
pub(crate) use names::ipv4;
pub use names::{
    AccountId, AllowedCode, AllowedHost, Cidr, ClassName, CloudIdentity, DataKey, EnvName,
    ExtensionName, FileMode, HeaderName, HostName, Interval, IpAddress, Justification, KeyArn,
    MountPath, Name, PolicyArn, RoleArn, UrlPath,
};
pub use object::ObjectName;
pub use period::{Period, WebAddress};
pub use python::{CeleryApp, Interpreter, PackageName, Separator, SettingsModule};
pub use quantity::{Quantity, Unit};
pub use registry::{RegistryName, RegistryPath, ResourceName};
pub use schedule::{Schedule, Zoned};
pub use template::{Part, Reference, Template};
pub use text::{Form, Text};
pub use time_zone::TimeZone;

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
