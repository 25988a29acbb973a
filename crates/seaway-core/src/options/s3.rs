//! `type = "s3"`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ComponentType;
use super::cluster::Cluster;
use super::common::{Allow, Pod};
use super::facts::{
    Around, CommandSource, Facts, Health, Outside, OwnSecret, Ports, Runs, Way, key,
};
use super::peer::{Destination, End, Peer, Range, everything, metadata};
use super::project::Project;
use super::texts::{self, Visit};
use crate::recipe::Recipe;
use crate::values::{Cidr, HostName, Name, Port};
use crate::{Reason, Sourced};

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
    /// Where the store lies instead of in `cidrs`: `"internet"`, or pods of a namespace, `{ namespace = "…", labels = { … } }`. That of
    /// an `endpoint` like `http://minio.storage.svc:9000` is known.
    pub to: Option<Sourced<Destination>>,
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

/// The keys of the Secret of a bucket.
pub(crate) const S3_KEYS: [&str; 2] = ["access-key-id", "secret-access-key"];

/// The range that is taken where a bucket names none.
pub static S3_RANGES: Reason = Reason {
    name: "s3-ranges",
    why: "buckets of AWS have public addresses that change; the credentials of the node and the own network stay closed",
    source: "https://docs.aws.amazon.com/vpc/latest/userguide/aws-ip-ranges.html",
};

impl S3 {
    fn outputs(&self, region: Option<&Sourced<String>>) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let mut put = |name: &str, value: String| found.insert(name.to_owned(), value);
        put("bucket", self.bucket.to_string());
        // A bucket without a region is reported by a rule.
        let region = region.map(ToString::to_string).unwrap_or_default();
        let partition = if region.starts_with("cn-") { ".cn" } else { "" };
        let of_region = format!("s3.{region}.amazonaws.com{partition}");
        let endpoint =
            self.endpoint.as_ref().map(|endpoint| endpoint.trim_end_matches('/').to_owned());
        let url = match (&self.custom_domain, &endpoint) {
            (Some(domain), _) => format!("https://{domain}"),
            (None, Some(endpoint)) => format!("{endpoint}/{}", self.bucket),
            // A name with dots is not below the name in the certificate.
            (None, None) if self.bucket.contains('.') => {
                format!("https://{of_region}/{}", self.bucket)
            }
            (None, None) => format!("https://{}.{of_region}", self.bucket),
        };
        let prefix = self.prefix.as_ref().map(|prefix| prefix.value.clone());
        put("url", prefix.as_ref().map_or_else(|| url.clone(), |prefix| format!("{url}/{prefix}")));
        put("endpoint", endpoint.unwrap_or_else(|| format!("https://{of_region}")));
        put("region", region);
        if let Some(domain) = &self.custom_domain {
            put("custom-domain", domain.to_string());
        }
        if self.roles().len() > 1 {
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

    /// Where it is reached: buckets of AWS have public addresses, whatever way the network takes to them.
    fn way(&self, cluster: &Cluster) -> Way {
        let written = self.endpoint.as_ref().and_then(|endpoint| {
            let (_, _, port) = Self::parts_of_endpoint(endpoint.trim_end_matches('/'))?;
            Some(Sourced { value: Port::new(port), origin: endpoint.origin })
        });
        let port = written.unwrap_or(Sourced::default_for(Port::new(443), &S3_RANGES));
        let host = self.endpoint.as_ref().and_then(|endpoint| {
            let (_, host, _) = Self::parts_of_endpoint(endpoint.trim_end_matches('/'))?;
            Some(Sourced { value: host, origin: endpoint.origin })
        });
        let host = host.unwrap_or(Sourced::default_for("", &S3_RANGES));
        let peers = Peer::of_host(host, self.to.as_ref(), &self.cidrs);
        if !peers.is_empty() {
            return Way { port, peers };
        }
        let mut except = vec![metadata(&S3_RANGES)];
        except.extend(cluster.network.iter().filter(|range| !range.contains(':')).cloned());
        let range = Peer::End(End::Range(Range { cidr: everything(), except }));
        Way { port, peers: vec![Sourced::default_for(range, &S3_RANGES)] }
    }

    /// The settings of django-storages, by what the files are.
    fn bindings(&self) -> Vec<(&'static str, &'static str)> {
        let roles = self.roles();
        let is_bound = |variable: &&FileVariable| {
            variable.role.map_or(!roles.is_empty(), |role| roles.contains(&role))
                && (self.endpoint.is_some() || !variable.with_endpoint)
        };
        let output = |variable: &FileVariable| {
            let of_several = variable.of_several.filter(|_| roles.len() > 1);
            (variable.name, of_several.unwrap_or(variable.output))
        };
        FILE_VARIABLES.iter().filter(is_bound).map(output).collect()
    }
}

/// A setting of django-storages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileVariable {
    /// The variable.
    pub name: &'static str,
    /// The output that it holds.
    pub output: &'static str,
    /// The output in its place where the bucket has several roles.
    pub of_several: Option<&'static str>,
    /// The role that the bucket needs; `None` for any.
    pub role: Option<FileRole>,
    /// Whether it takes a written endpoint: boto3 knows the endpoints of AWS better, dual-stack and FIPS ones among them.
    pub with_endpoint: bool,
}

impl FileVariable {
    const fn of(role: FileRole, name: &'static str, output: &'static str) -> Self {
        Self { name, output, of_several: None, role: Some(role), with_endpoint: false }
    }

    const fn for_any(name: &'static str, output: &'static str) -> Self {
        Self { name, output, of_several: None, role: None, with_endpoint: false }
    }

    const fn or_of_several(self, output: &'static str) -> Self {
        Self { of_several: Some(output), ..self }
    }

    const fn with_endpoint(self) -> Self {
        Self { with_endpoint: true, ..self }
    }
}

/// The settings of django-storages that a bucket is bound to.
pub const FILE_VARIABLES: [FileVariable; 12] = {
    use FileRole::{Media, Static};
    [
        FileVariable::of(Media, "AWS_STORAGE_BUCKET_NAME", "bucket"),
        FileVariable::of(Media, "AWS_S3_REGION_NAME", "region"),
        FileVariable::of(Media, "AWS_S3_CUSTOM_DOMAIN", "custom-domain"),
        FileVariable::of(Media, "AWS_S3_ENDPOINT_URL", "endpoint").with_endpoint(),
        FileVariable::of(Media, "AWS_LOCATION", "prefix").or_of_several("media-prefix"),
        FileVariable::of(Static, "AWS_STATIC_BUCKET_NAME", "bucket"),
        FileVariable::of(Static, "AWS_STATIC_REGION_NAME", "region"),
        FileVariable::of(Static, "AWS_STATIC_CUSTOM_DOMAIN", "custom-domain"),
        FileVariable::of(Static, "AWS_STATIC_ENDPOINT_URL", "endpoint").with_endpoint(),
        FileVariable::of(Static, "AWS_STATIC_LOCATION", "prefix").or_of_several("static-prefix"),
        FileVariable::for_any("AWS_ACCESS_KEY_ID", S3_KEYS[0]),
        FileVariable::for_any("AWS_SECRET_ACCESS_KEY", S3_KEYS[1]),
    ]
};

impl ComponentType for S3 {
    fn pod(&self) -> Option<&Pod> {
        None
    }

    fn project(&self) -> Option<&Project> {
        None
    }

    fn allow(&self) -> &Allow {
        &self.allow
    }

    fn command(&self) -> &[Sourced<String>] {
        &[]
    }

    fn visit_texts(&mut self, visit: &mut Visit<'_>) {
        texts::early([&mut self.endpoint, &mut self.prefix].into_iter().flatten(), visit);
    }

    fn facts(&self, type_name: &'static str, around: &Around<'_>) -> Facts {
        let region = self.region.as_ref().or(around.cluster.region.as_ref());
        Facts {
            type_name,
            runs: Runs::Outside,
            foreign_image: None,
            program: None,
            workload: None,
            command: CommandSource::Image,
            celery: None,
            queues: Vec::new(),
            answers_requests: false,
            needs_hosts: false,
            port: None,
            ports: Ports::none(),
            expose: None,
            health: Health::Probes,
            metrics: None,
            drain: None,
            keep_alive: None,
            replicas: None,
            autoscale: None,
            most_pods: 0,
            is_called: false,
            only_one: None,
            process_memory: None,
            waits_for_schema: None,
            migration: None,
            passes_pooler: false,
            pooler: None,
            calls: Vec::new(),
            upstream: None,
            outputs: self.outputs(region),
            secret: self.secret.as_ref().map(|secret| OwnSecret {
                name: secret.value.clone(),
                keys: S3_KEYS.map(|name| (key(name), Recipe::Given)).to_vec(),
                may_be_shared: false,
            }),
            basic_auth: None,
            needs_auth: false,
            provides: Vec::new(),
            bindings: self.bindings(),
            roles: None,
            broker: None,
            protocol: None,
            encrypted: None,
            evicts: false,
            exporter: None,
            connections: None,
            data: None,
            extensions: Vec::new(),
            is_unknown_program: false,
            runs_as_root: false,
            keeps_volume: false,
            storage: Vec::new(),
            expected_within_hours: None,
            is_suspended: false,
            outside: Some(Outside {
                way: self.way(around.cluster),
                named: self.bucket.to_string(),
                authority: None,
            }),
            dumps: None,
            owner: None,
            more_images: Vec::new(),
            copies_static: false,
        }
    }
}
