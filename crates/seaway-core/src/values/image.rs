//! A reference to a container image.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A container image: `[registry/]repository[:tag][@digest]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Image {
    /// Registry and repository, as written.
    pub repository: String,
    /// The tag, if one was written.
    pub tag: Option<String>,
    /// The digest with its algorithm, `sha256:…`, if one was written.
    pub digest: Option<String>,
}

impl Image {
    /// Whether the image can change under the same name: no digest, and no tag or `latest`.
    pub fn moves(&self) -> bool {
        self.digest.is_none() && self.tag.as_deref().is_none_or(|tag| tag == "latest")
    }

    /// Whether it is of the same repository: the same program, perhaps of another release.
    pub fn has_repository_of(&self, other: &Self) -> bool {
        self.full_repository() == other.full_repository()
    }

    /// Whether it is the same image: short names are those of Docker's own registry.
    pub fn is_same(&self, other: &Self) -> bool {
        self.has_repository_of(other) && self.tag == other.tag && self.digest == other.digest
    }

    /// Whether it is of a repository, which is given with its registry.
    pub fn is_of(&self, repository: &str) -> bool {
        self.full_repository() == repository
    }

    /// The major version of PostgreSQL that its tag says: the first number of an image that is called after the program, or
    /// what is behind `pg`, as in `pgvector/pgvector:0.8.1-pg17`.
    pub fn postgres_major(&self) -> Option<u32> {
        let tag = self.tag.as_deref()?;
        let behind_pg =
            tag.split(['-', '_', '.']).find_map(|word| word.strip_prefix("pg")?.parse().ok());
        let is_called = matches!(self.program(), "postgres" | "postgresql" | "postgis");
        let digits = tag.find(|c: char| !c.is_ascii_digit()).unwrap_or(tag.len());
        behind_pg.or_else(|| tag[..digits].parse().ok().filter(|_| is_called))
    }

    /// Whether its registry is written.
    pub fn names_registry(&self) -> bool {
        self.repository.split_once('/').is_some_and(|(first, _)| super::registry::is_host(first))
    }

    /// Registry and repository in full, where Docker's own may be left out
    /// (<https://github.com/distribution/reference/blob/main/normalize.go>).
    pub fn full_repository(&self) -> Cow<'_, str> {
        let repository = self.repository.as_str();
        match repository.split_once('/') {
            None => format!("docker.io/library/{repository}").into(),
            Some(("docker.io" | "index.docker.io", name)) if !name.contains('/') => {
                format!("docker.io/library/{name}").into()
            }
            Some(("index.docker.io", name)) => format!("docker.io/{name}").into(),
            Some((first, _)) if super::registry::is_host(first) => repository.into(),
            Some(_) => format!("docker.io/{repository}").into(),
        }
    }

    /// The last word of its repository: what the program is called.
    pub fn program(&self) -> &str {
        self.repository.rsplit('/').next().unwrap_or(&self.repository)
    }
}

impl TryFrom<String> for Image {
    type Error = String;

    /// The grammar of <https://github.com/distribution/reference>.
    fn try_from(text: String) -> Result<Self, String> {
        let fault = || {
            format!(
                "`{text}` is not an image\nwrite `registry/repository:tag`, lower-case up to the tag"
            )
        };
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text.as_str(), None),
        };
        let name_start = rest.rfind('/').map_or(0, |slash| slash + 1);
        let (repository, tag) = match rest[name_start..].split_once(':') {
            Some((name, tag)) => (&rest[..name_start + name.len()], Some(tag)),
            None => (rest, None),
        };
        let mut parts = repository.split('/');
        let first = parts.next().unwrap_or_default();
        let has_more = repository.contains('/');
        let first_fits = component(first) || (has_more && registry(first));
        let tag_fits = tag.is_none_or(|tag| {
            (1..=128).contains(&tag.len())
                && !tag.starts_with(['.', '-'])
                && tag.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
        });
        let digest_fits = digest.is_none_or(|digest| {
            digest.strip_prefix("sha256:").is_some_and(|hex| {
                hex.len() == 64
                    && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
            })
        });
        if !(first_fits && parts.all(component) && tag_fits && repository.len() <= 255) {
            return Err(fault());
        }
        if !digest_fits {
            return Err(format!(
                "`{text}` has no valid digest\nwrite `@sha256:` and 64 hexadecimal digits"
            ));
        }
        Ok(Self {
            repository: repository.to_owned(),
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }
}

impl From<Image> for String {
    fn from(image: Image) -> Self {
        image.to_string()
    }
}

impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

impl JsonSchema for Image {
    fn schema_name() -> Cow<'static, str> {
        "Image".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A container image: `registry/repository:tag`, with `@sha256:…` where it must not move.",
            "type": "string",
            "pattern": "^[A-Za-z0-9][A-Za-z0-9._:/-]*(@sha256:[0-9a-f]{64})?$",
        })
    }
}

/// Words of `a-z` and `0-9` with `.`, `_`, `__` or dashes between them.
pub(super) fn component(part: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let between = |gap: &str| matches!(gap, "." | "_" | "__") || gap.bytes().all(|b| b == b'-');
    part.starts_with(is_word) && part.ends_with(is_word) && part.split(is_word).all(between)
}

/// A registry: a host name, and a port if it is not the usual one.
pub(super) fn registry(text: &str) -> bool {
    let (address, port) = text.split_once(':').unwrap_or((text, "443"));
    !address.is_empty()
        && address.chars().all(|c| c.is_ascii_alphanumeric() || ".-".contains(c))
        && port.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_of_an_image_has_short_names() {
        let image = |text: &str| Image::try_from(text.to_owned()).expect(text);
        let same = [
            ("redis:8", "docker.io/library/redis:7"),
            ("index.docker.io/acme/shop", "acme/shop:2"),
            ("docker.io/redis", "redis"),
            ("localhost/a:1", "localhost/a:2"),
            ("host:5000/a/b:1", "host:5000/a/b"),
        ];
        for (one, other) in same {
            assert!(image(one).has_repository_of(&image(other)), "{one} {other}");
        }
        for (one, other) in [("acme/shop", "ghcr.io/acme/shop"), ("a/shop", "a/shop-web")] {
            assert!(!image(one).has_repository_of(&image(other)), "{one} {other}");
        }
        assert_eq!(image("ghcr.io/acme/shop:1").program(), "shop");
    }

    #[test]
    fn tags_say_the_major_of_postgres() {
        let major = |text: &str| Image::try_from(text.to_owned()).expect(text).postgres_major();
        for text in [
            "postgres:17",
            "docker.io/library/postgres:17.11-trixie",
            "bitnami/postgresql:17.2.0-debian-12-r1",
            "postgis/postgis:17-3.5",
            "pgvector/pgvector:pg17",
            "pgvector/pgvector:0.8.1-pg17-trixie",
            "timescale/timescaledb:2.17.2-pg17",
        ] {
            assert_eq!(major(text), Some(17), "{text}");
        }
        for text in ["postgres", "postgres:latest", "postgres:alpine", "acme/shop:17", "acme/pg:1"]
        {
            assert_eq!(major(text), None, "{text}");
        }
    }

    #[test]
    fn images_read_and_print_the_same() {
        let digest = format!("a/b:1@sha256:{}", "0".repeat(64));
        for text in
            ["postgres", "postgres:17", "ghcr.io/acme/shop:1.4.0", "localhost:5000/a", &digest]
        {
            let image = Image::try_from(text.to_owned()).expect(text);
            assert_eq!(image.to_string(), text);
        }
        for text in [
            "",
            "A",
            "a:",
            "a b",
            "a@sha256:1",
            "http://a/b",
            "a//b",
            "a:b:c",
            "/a",
            "a..b",
            "a_-b",
            "h:x/a",
        ] {
            assert!(Image::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
