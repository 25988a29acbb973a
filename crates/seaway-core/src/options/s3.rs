//! `type = "s3"`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::Allow;
use crate::Sourced;
use crate::values::{Cidr, HostName, Name};

/// A bucket for media and static files: on Amazon S3, or on a store that speaks its language.
///
/// Becomes no object and replaces a volume. Pods get their rights by the AWS role of their account
/// (`app.service-account.role`), which needs no secret; a store that knows no roles takes access keys from a Secret. Keys are
/// never text. The preset binds the names of the settings of django-storages, which the settings of the application have to
/// read: for media `AWS_STORAGE_BUCKET_NAME`, `AWS_S3_REGION_NAME`, `AWS_S3_ENDPOINT_URL`, `AWS_S3_CUSTOM_DOMAIN` and
/// `AWS_LOCATION`; for static files the same with `AWS_STATIC_`: `AWS_STATIC_BUCKET_NAME`, `AWS_STATIC_REGION_NAME`,
/// `AWS_STATIC_ENDPOINT_URL`, `AWS_STATIC_CUSTOM_DOMAIN` and `AWS_STATIC_LOCATION`; and of the Secret `AWS_ACCESS_KEY_ID` and
/// `AWS_SECRET_ACCESS_KEY`, which boto3 reads itself
/// (<https://django-storages.readthedocs.io/en/latest/backends/amazon-S3.html>). Outputs: `bucket`, `region`, `endpoint`,
/// `url`, `custom-domain`, `prefix` (with both roles `media-prefix` and `static-prefix`), and the keys of its Secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct S3 {
    /// Name of the bucket.
    pub bucket: Sourced<String>,
    /// Region of the bucket; `cluster.region` if it is not written.
    pub region: Option<Sourced<String>>,
    /// What the files are; `["media"]` if it is not written. `[]` binds nothing.
    pub roles: Option<Sourced<Vec<Sourced<FileRole>>>>,
    /// URL of the store, `https://host` or `https://host:port`; that of the region on AWS if it is not written.
    pub endpoint: Option<Sourced<String>>,
    /// Host that browsers fetch the files from, for example that of a CDN.
    pub custom_domain: Option<Sourced<HostName>>,
    /// Folder of the bucket that the files lie in. With both roles they lie in `media` and `static` below it.
    pub prefix: Option<Sourced<String>>,
    /// Secret with the keys `access-key-id` and `secret-access-key`, for a store that knows no roles.
    pub secret: Option<Sourced<Name>>,
    /// Address ranges that the store lies in; any but the metadata service of the node and `cluster.network` if they are not
    /// written. A role is taken at the address of AWS STS, which has to be among them.
    #[serde(default)]
    pub cidrs: Vec<Sourced<Cidr>>,
    /// Problems of this component that are known and accepted. `false` takes one back.
    #[serde(default)]
    pub allow: Allow,
}

/// What files of a bucket are.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum FileRole {
    /// What users upload.
    Media,
    /// What `collectstatic` collects; a `job` runs it once a release.
    Static,
}

impl S3 {
    /// The roles that it has.
    pub fn roles(&self) -> Vec<FileRole> {
        match &self.roles {
            Some(roles) => roles.iter().map(|role| role.value).collect(),
            None => vec![FileRole::Media],
        }
    }

    /// Host and port of an endpoint that is well-formed; `None` for one that is not.
    pub fn parts_of_endpoint(endpoint: &str) -> Option<(bool, &str, u16)> {
        let (is_tls, rest) = match endpoint.split_once("://")? {
            ("https", rest) => (true, rest),
            ("http", rest) => (false, rest),
            _ => return None,
        };
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok().filter(|port| *port != 0)?),
            None => (rest, if is_tls { 443 } else { 80 }),
        };
        let fits = HostName::try_from(host.to_owned()).is_ok() && !host.contains(':');
        fits.then_some((is_tls, host, port))
    }
}
