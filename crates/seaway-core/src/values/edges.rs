//! The forms of what lies at the edge of the cluster: certificates and rules of AWS, gateways, issuers, paths of routes.

use super::names::Name;
use super::text::{Form, Text};

/// The form of a [`CertificateArn`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CertificateArnForm {}

/// The ARN of a certificate of AWS Certificate Manager
/// (<https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscertificatemanager.html>).
pub type CertificateArn = Text<CertificateArnForm>;

/// The form of a [`WebAclArn`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WebAclArnForm {}

/// The ARN of a regional web ACL of AWS WAF
/// (<https://docs.aws.amazon.com/service-authorization/latest/reference/list_awswafv2.html>).
pub type WebAclArn = Text<WebAclArnForm>;

/// The form of a [`RoutePath`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoutePathForm {}

/// The beginning of paths that are routed alike, a part at a time: `/api` takes `/api/orders`, and not `/apiary`.
pub type RoutePath = Text<RoutePathForm>;

/// The form of a [`GatewayName`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GatewayNameForm {}

/// A Gateway by its name, and by its namespace if that is not the one of the stack: `infra/public`.
pub type GatewayName = Text<GatewayNameForm>;

/// The form of an [`IssuerName`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IssuerNameForm {}

/// An issuer of cert-manager: the name of a `ClusterIssuer`, or `Issuer/name` for one of the namespace.
pub type IssuerName = Text<IssuerNameForm>;

/// What an ARN is made of.
struct Arn<'a> {
    service: &'a str,
    region: &'a str,
    resource: &'a str,
}

/// The parts of an ARN of a region and an account.
fn arn(text: &str) -> Option<Arn<'_>> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [head, partition, service, region, account, resource] = parts[..] else { return None };
    let word = |text: &str| {
        text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let fits = head == "arn"
        && (partition == "aws" || partition.starts_with("aws-"))
        && word(partition)
        && word(region)
        && region.ends_with(|c: char| c.is_ascii_digit())
        && account.len() == 12
        && account.bytes().all(|b| b.is_ascii_digit());
    fits.then_some(Arn { service, region, resource })
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

impl Form for CertificateArnForm {
    const NAME: &'static str = "CertificateArn";
    const ABOUT: &'static str =
        "The ARN of a certificate of ACM, `arn:aws:acm:REGION:ACCOUNT:certificate/ID`.";
    const PATTERN: &'static str =
        "^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9_-]+$";
    fn fault(text: &str) -> Option<String> {
        let fits = arn(text).is_some_and(|arn| {
            arn.service == "acm" && arn.resource.strip_prefix("certificate/").is_some_and(is_id)
        });
        (!fits).then(|| {
            format!(
                "`{text}` is not the ARN of a certificate\nwrite what ACM shows: \
                 `arn:aws:acm:REGION:ACCOUNT:certificate/ID`, the account with 12 digits"
            )
        })
    }
}

impl CertificateArn {
    /// The region that the certificate lies in.
    pub fn region(&self) -> &str {
        arn(self).map_or("", |arn| arn.region)
    }
}

impl Form for WebAclArnForm {
    const NAME: &'static str = "WebAclArn";
    const ABOUT: &'static str =
        "The ARN of a regional web ACL, `arn:aws:wafv2:REGION:ACCOUNT:regional/webacl/NAME/ID`.";
    const PATTERN: &'static str =
        "^arn:aws[a-z-]*:wafv2:[a-z0-9-]+:[0-9]{12}:regional/webacl/[A-Za-z0-9_-]+/[A-Za-z0-9_-]+$";
    fn fault(text: &str) -> Option<String> {
        let fits = arn(text).is_some_and(|arn| {
            let rest = arn.resource.strip_prefix("regional/webacl/");
            let rest = rest.and_then(|rest| rest.split_once('/'));
            arn.service == "wafv2" && rest.is_some_and(|(name, id)| is_id(name) && is_id(id))
        });
        (!fits).then(|| {
            format!(
                "`{text}` is not the ARN of a web ACL\nwrite what WAF shows: \
                 `arn:aws:wafv2:REGION:ACCOUNT:regional/webacl/NAME/ID`; one of CloudFront is `global` and does not fit"
            )
        })
    }
}

impl WebAclArn {
    /// The region that the web ACL lies in.
    pub fn region(&self) -> &str {
        arn(self).map_or("", |arn| arn.region)
    }
}

impl Form for RoutePathForm {
    const NAME: &'static str = "RoutePath";
    const ABOUT: &'static str =
        "The beginning of a path, `/api`: letters, digits, `-`, `.`, `_`, `~` and `/`.";
    const PATTERN: &'static str = "^/[A-Za-z0-9._~/-]*$";
    fn fault(text: &str) -> Option<String> {
        let inner = text.strip_prefix('/').map(|inner| inner.strip_suffix('/').unwrap_or(inner));
        let part = |part: &str| {
            !matches!(part, "" | "." | "..")
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
        };
        let fits = inner.is_some_and(|inner| inner.is_empty() || inner.split('/').all(part));
        (!fits).then(|| {
            format!(
                "`{text}` is not the beginning of a path\nwrite `/` or `/part`, without wildcards: what lies below it \
                 is routed too"
            )
        })
    }
}

impl RoutePath {
    /// The path without a slash at its end, which makes no difference.
    pub fn plain(&self) -> &str {
        let plain = self.trim_end_matches('/');
        if plain.is_empty() { "/" } else { plain }
    }
}

impl Form for GatewayNameForm {
    const NAME: &'static str = "GatewayName";
    const ABOUT: &'static str = "A Gateway: its name, or `namespace/name`.";
    const PATTERN: &'static str = "^([a-z0-9-]+/)?[a-z0-9.-]+$";
    fn fault(text: &str) -> Option<String> {
        let (namespace, name) = match text.split_once('/') {
            Some((namespace, name)) => (Some(namespace), name),
            None => (None, text),
        };
        let label = |text: &str| {
            (1..=63).contains(&text.len())
                && !text.starts_with('-')
                && !text.ends_with('-')
                && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        let fits = name.len() <= 253 && name.split('.').all(label) && namespace.is_none_or(label);
        (!fits).then(|| {
            format!("`{text}` does not name a Gateway\nwrite its name, or `namespace/name`")
        })
    }
}

impl GatewayName {
    /// Its namespace, if it is written, and its name.
    pub fn parts(&self) -> (Option<&str>, &str) {
        match self.split_once('/') {
            Some((namespace, name)) => (Some(namespace), name),
            None => (None, self),
        }
    }
}

impl Form for IssuerNameForm {
    const NAME: &'static str = "IssuerName";
    const ABOUT: &'static str =
        "An issuer of cert-manager: the name of a `ClusterIssuer`, or `Issuer/name`.";
    const PATTERN: &'static str = "^(ClusterIssuer/|Issuer/)?[a-z]([-a-z0-9]{0,61}[a-z0-9])?$";
    fn fault(text: &str) -> Option<String> {
        let name = text.split_once('/').map_or(Some(text), |(kind, name)| {
            matches!(kind, "ClusterIssuer" | "Issuer").then_some(name)
        });
        let fits = name.is_some_and(|name| Name::try_from(name.to_owned()).is_ok());
        (!fits).then(|| {
            format!(
                "`{text}` does not name an issuer\nwrite the name of a ClusterIssuer, or `Issuer/name` for one of the \
                 namespace"
            )
        })
    }
}

impl IssuerName {
    /// The annotation by which cert-manager finds it, and its name.
    pub fn annotation(&self) -> (&'static str, &str) {
        match self.split_once('/') {
            Some(("Issuer", name)) => ("cert-manager.io/issuer", name),
            Some((_, name)) => ("cert-manager.io/cluster-issuer", name),
            None => ("cert-manager.io/cluster-issuer", self),
        }
    }
}
