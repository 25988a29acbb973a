//! Versions of Kubernetes: those of the clusters that must accept the output.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// The oldest and the newest minor that the output is proven against.
pub const KUBERNETES_MINORS: std::ops::RangeInclusive<u8> = 33..=37;

/// A minor version of Kubernetes: `1.33` to `1.37`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KubernetesVersion {
    /// The number behind `1.`.
    pub minor: u8,
}

/// The clusters that must accept the output: `1.33` (and every newer one that is known), or `1.33-1.36`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KubernetesVersions {
    /// The oldest of them.
    pub oldest: KubernetesVersion,
    /// The newest of them.
    pub newest: KubernetesVersion,
}

impl KubernetesVersion {
    /// The oldest version that the output is proven against.
    pub const OLDEST: Self = Self { minor: *KUBERNETES_MINORS.start() };
    /// The newest version that the output is proven against.
    pub const NEWEST: Self = Self { minor: *KUBERNETES_MINORS.end() };

    fn all() -> impl Iterator<Item = Self> {
        KUBERNETES_MINORS.map(|minor| Self { minor })
    }

    fn parse(text: &str) -> Result<Self, String> {
        // `1.033` and `1.+33` are numbers, but no versions.
        Self::all().find(|known| known.to_string() == text).ok_or_else(|| {
            format!(
                "unknown Kubernetes version `{text}`\nwrite a minor version from `{oldest}` to `{newest}`, or a range: \
                 `{oldest}-{newest}`",
                oldest = Self::OLDEST,
                newest = Self::NEWEST
            )
        })
    }
}

impl fmt::Display for KubernetesVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.minor)
    }
}

impl KubernetesVersions {
    /// All versions that the output is proven against.
    pub const ALL: Self =
        Self { oldest: KubernetesVersion::OLDEST, newest: KubernetesVersion::NEWEST };
}

impl TryFrom<String> for KubernetesVersions {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let range = text.split_once('-').filter(|(oldest, newest)| {
            // Of `1.33-` the whole is to be named.
            !oldest.is_empty() && !newest.is_empty()
        });
        let Some((oldest, newest)) = range else {
            let oldest = KubernetesVersion::parse(&text)?;
            return Ok(Self { oldest, ..Self::ALL });
        };
        let (oldest, newest) =
            (KubernetesVersion::parse(oldest)?, KubernetesVersion::parse(newest)?);
        if oldest > newest {
            return Err(format!(
                "the range `{text}` begins with its newest version\nwrite `{newest}-{oldest}`"
            ));
        }
        Ok(Self { oldest, newest })
    }
}

impl From<KubernetesVersions> for String {
    fn from(versions: KubernetesVersions) -> Self {
        versions.to_string()
    }
}

impl fmt::Display for KubernetesVersions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.oldest, self.newest) {
            (oldest, KubernetesVersion::NEWEST) => write!(f, "{oldest}"),
            (oldest, newest) => write!(f, "{oldest}-{newest}"),
        }
    }
}

impl JsonSchema for KubernetesVersions {
    fn schema_name() -> Cow<'static, str> {
        "KubernetesVersions".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let all = || KubernetesVersion::all();
        let single = all().map(|version| version.to_string());
        let ranges = all().flat_map(|oldest| {
            all()
                .filter(move |newest| oldest <= *newest)
                .map(move |newest| format!("{oldest}-{newest}"))
        });
        let versions: Vec<String> = single.chain(ranges).collect();
        json_schema!({
            "description": "A minor version of Kubernetes, or the oldest and the newest: `1.33-1.36`.",
            "type": "string",
            "enum": versions
        })
    }
}
