//! The row of a stage's platform in words: each assumption, its key, and where it comes from.

use super::{
    ClassField, ClassRow, Cluster, DnsPlace, DnsServers, IpFamily, PlatformCallers, Users,
};
use crate::Origin;

/// An assumption about the cluster of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumption {
    /// What it is about, as a heading.
    pub about: &'static str,
    /// The key of the stack that says something else.
    pub key: &'static str,
    /// What holds.
    pub value: String,
    /// Who says so.
    pub origin: Origin,
}

impl Cluster {
    /// What holds of the cluster: what the stack says, and else what Seaway assumes of its provider.
    pub fn assumptions(&self) -> Vec<Assumption> {
        let platform = self.platform();
        let mut rows = Vec::new();
        let mut put = |about, key, value: String, origin| {
            rows.push(Assumption { about, key, value, origin });
        };
        let dns = self.dns();
        let places: Vec<String> = dns.iter().map(|server| servers(&server.value)).collect();
        let origin = dns.first().map_or(Origin::Default(platform.dns.reason), |dns| dns.origin);
        put("DNS servers", "cluster.dns", places.join("; "), origin);
        let users = match platform.users.value {
            Users::Stack => "each but 0 is admitted",
            Users::Cluster => "the cluster chooses them",
        };
        let origin = Origin::Default(platform.users.reason);
        put("User ids", "run-as-user", users.to_owned(), origin);
        let cni = self.cni().map_or("not known", |cni| cni.as_str());
        let origin = self.cni.map_or(Origin::Default(platform.cni.reason), |cni| cni.origin);
        put("Network plugin", "cluster.cni", cni.to_owned(), origin);
        let ranges = self.ranges_match_pods();
        let word = if ranges.value { "also pods and nodes" } else { "never pods and nodes" };
        put(
            "Address ranges of network policies mean",
            "cluster.cni",
            word.to_owned(),
            ranges.origin,
        );
        let ports = self.api_ports();
        let origin = ports.first().map(|port| port.origin);
        let words: Vec<String> = ports.iter().map(|port| port.get().to_string()).collect();
        let origin = origin.unwrap_or(Origin::Default(platform.api_ports.reason));
        put("Ports of the API server", "cluster.api-ports", words.join(", "), origin);
        let families = self.ip_families();
        let origin = families.first().map(|family| family.origin);
        let words: Vec<&str> = families.iter().map(|family| family.value.as_str()).collect();
        let origin = origin.unwrap_or(Origin::Default(platform.ip_families.reason));
        put("IP families", "cluster.ip-families", words.join(", "), origin);
        let identity = self.identity().map_or("none", |identity| identity.as_str());
        let written = self.identity.map(|identity| identity.origin);
        let origin = written.unwrap_or(Origin::Default(platform.identity.reason));
        put("Rights of pods in the cloud", "cluster.identity", identity.to_owned(), origin);
        let classes = platform.ingress_classes;
        let words = listed(classes.value, |class| match class.named_by {
            ClassField::Field => format!("`{}`", class.name),
            ClassField::Annotation => format!("`{}`, by the annotation", class.name),
        });
        put("Ingress classes", "cluster.provides", words, Origin::Default(classes.reason));
        let gateways = platform.gateway_classes;
        let words = listed(gateways.value, |class| format!("`{}`", class.name));
        put("Gateway classes", "cluster.provides", words, Origin::Default(gateways.reason));
        let all: Vec<ClassRow> = classes.value.iter().chain(gateways.value).copied().collect();
        let words =
            listed(&all, |class| format!("`{}`: {}", class.name, callers(class.callers.value)));
        let reason = all.first().map_or(classes.reason, |class| class.callers.reason);
        put(
            "Requests of these classes come from",
            "from-namespaces",
            words,
            Origin::Default(reason),
        );
        let class = platform.storage_class;
        let (word, origin) = match &self.storage_class {
            Some(written) => (format!("`{written}`"), written.origin),
            None => (
                class.value.map_or("none".to_owned(), |class| format!("`{class}`")),
                Origin::Default(class.reason),
            ),
        };
        put("Default storage class", "cluster.storage-class", word, origin);
        rows
    }
}

/// Classes in a list of words.
fn listed(classes: &[ClassRow], word: impl Fn(&ClassRow) -> String) -> String {
    let words: Vec<String> = classes.iter().map(word).collect();
    if words.is_empty() { "none".to_owned() } else { words.join("; ") }
}

/// Where requests come from, in words.
fn callers(callers: PlatformCallers) -> String {
    match callers {
        PlatformCallers::Namespace(name) => format!("pods of `{name}`"),
        PlatformCallers::Labelled(key, "") => format!("pods of namespaces with the label `{key}`"),
        PlatformCallers::Labelled(key, value) => {
            format!("pods of namespaces with `{key}={value}`")
        }
        PlatformCallers::Ranges(ranges) => format!("`{}`", ranges.join("`, `")),
        PlatformCallers::OwnNetworkAnd(ranges) => {
            format!("the proxy-only subnet and `{}`", ranges.join("`, `"))
        }
    }
}

/// DNS servers in words.
fn servers(servers: &DnsServers) -> String {
    let ports: Vec<String> = servers.ports.iter().map(ToString::to_string).collect();
    let ports = ports.join(" and ");
    match &servers.at {
        DnsPlace::Pods { namespace, labels } if labels.is_empty() => {
            format!("pods of `{namespace}`, port {ports}")
        }
        DnsPlace::Pods { namespace, labels } => {
            let labels: Vec<String> =
                labels.iter().map(|(key, value)| format!("`{key}={value}`")).collect();
            format!("pods of `{namespace}` with {}, port {ports}", labels.join(", "))
        }
        DnsPlace::Address(range) => format!("`{range}`, port {ports}"),
    }
}

impl IpFamily {
    /// The word of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
        }
    }
}
