//! Where images are pulled from.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::values::{Image, RegistryName, RegistryPath};
use crate::{Origin, Sourced};

/// Where images are pulled from: `false` for where their names say, a mirror, or a registry in place of each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(untagged)]
pub enum Registry {
    /// `false` takes back what a lower layer says.
    #[serde(rename = "$boolean")]
    Switch(bool),
    /// A mirror that stands before the full name of each image that Seaway chooses, and of each that you name without a registry:
    /// with `"mirror.example"`, `docker.io/library/postgres:17` becomes `mirror.example/docker.io/library/postgres:17`. Images that you
    /// name with their registry stay.
    #[serde(rename = "$string")]
    Mirror(RegistryPath),
    /// What stands in place of each registry, for all images: with `"docker.io" = "mirror.example/hub"`,
    /// `docker.io/library/postgres:17` becomes `mirror.example/hub/library/postgres:17`. An image without a registry is one of
    /// `docker.io`.
    #[serde(rename = "$table")]
    Each(BTreeMap<Sourced<RegistryName>, Sourced<RegistryPath>>),
}

impl Registry {
    /// The image that is pulled in place of one; `None` if that is the image itself. `is_chosen` says that Seaway chose it.
    pub fn pulled(&self, image: &Image, is_chosen: bool) -> Option<Image> {
        let full = image.full_repository();
        let repository = match self {
            Self::Switch(_) => return None,
            Self::Mirror(mirror) => {
                let is_ours = is_chosen || !image.names_registry();
                if !is_ours || below(&full, mirror).is_some() {
                    return None;
                }
                format!("{}/{full}", &**mirror)
            }
            Self::Each(registries) => {
                let (instead, rest) = instead(registries, &full)?;
                format!("{}/{rest}", &*instead.value)
            }
        };
        Some(Image { repository, ..image.clone() })
    }

    /// Where it says what stands in place of the registry of an image, if it says so by itself.
    pub fn instead_of(&self, image: &Image) -> Option<Origin> {
        match self {
            Self::Each(registries) => Some(instead(registries, &image.full_repository())?.0.origin),
            Self::Switch(_) | Self::Mirror(_) => None,
        }
    }

    /// The image that another one is pulled in place of, or itself.
    pub fn original(&self, image: &Image) -> Image {
        let repository = match self {
            Self::Switch(_) => None,
            Self::Mirror(mirror) => below(&image.repository, mirror).map(str::to_owned),
            Self::Each(registries) => registries.iter().find_map(|(name, instead)| {
                let rest = below(&image.repository, &instead.value)?;
                Some(format!("{}/{rest}", &*name.value))
            }),
        };
        Image {
            repository: repository.unwrap_or_else(|| image.repository.clone()),
            ..image.clone()
        }
    }
}

/// What stands in place of the registry of a full name, and the rest of the name.
fn instead<'a, 'n>(
    registries: &'a BTreeMap<Sourced<RegistryName>, Sourced<RegistryPath>>,
    full: &'n str,
) -> Option<(&'a Sourced<RegistryPath>, &'n str)> {
    let (host, rest) = full.split_once('/')?;
    let (_, instead) = registries.iter().find(|(name, _)| *name.value == *host)?;
    Some((instead, rest))
}

/// What is behind a path.
fn below<'a>(repository: &'a str, path: &str) -> Option<&'a str> {
    repository.strip_prefix(path)?.strip_prefix('/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Span;

    fn image(text: &str) -> Image {
        Image::try_from(text.to_owned()).expect(text)
    }

    fn path(text: &str) -> RegistryPath {
        RegistryPath::try_from(text.to_owned()).expect(text)
    }

    #[test]
    fn a_mirror_stands_before_the_full_name() {
        let registry = Registry::Mirror(path("mirror.example/hub"));
        let pulled = |text: &str, is_chosen| {
            registry.pulled(&image(text), is_chosen).map(|image| image.to_string())
        };
        let digest = format!("@sha256:{}", "a".repeat(64));
        for (written, is_chosen, expected) in [
            ("postgres:17", false, Some("docker.io/library/postgres:17")),
            ("acme/shop:1", false, Some("docker.io/acme/shop:1")),
            ("docker.io/library/postgres:17", true, Some("docker.io/library/postgres:17")),
            ("quay.io/prometheus/prometheus:v3", true, Some("quay.io/prometheus/prometheus:v3")),
            ("ghcr.io/acme/shop:1", false, None),
            ("localhost:5000/shop:1", false, None),
            ("mirror.example/hub/docker.io/library/postgres:17", true, None),
        ] {
            let expected = expected.map(|name| format!("mirror.example/hub/{name}"));
            assert_eq!(pulled(written, is_chosen), expected, "{written}");
            let with_digest = expected.map(|name| format!("{name}{digest}"));
            assert_eq!(pulled(&format!("{written}{digest}"), is_chosen), with_digest, "{written}");
        }
        let mirrored = image("mirror.example/hub/docker.io/library/postgres:17");
        assert_eq!(registry.original(&mirrored), image("docker.io/library/postgres:17"));
        assert_eq!(
            registry.original(&image("mirror.example/hubs/a:1")),
            image("mirror.example/hubs/a:1")
        );
    }

    #[test]
    fn each_registry_has_another_in_its_place() {
        let entry = |name: &str, instead: &str| {
            let name = RegistryName::try_from(name.to_owned()).expect(name);
            let place = Span::default();
            (Sourced::written(name, place), Sourced::written(path(instead), place))
        };
        let registry = Registry::Each(BTreeMap::from([
            entry("docker.io", "mirror.example/hub"),
            entry("ghcr.io", "mirror.example:5000"),
        ]));
        let pulled =
            |text: &str| registry.pulled(&image(text), false).map(|image| image.to_string());
        for (written, expected) in [
            ("postgres:17", Some("mirror.example/hub/library/postgres:17")),
            ("index.docker.io/acme/shop:1", Some("mirror.example/hub/acme/shop:1")),
            ("ghcr.io/acme/shop:1", Some("mirror.example:5000/acme/shop:1")),
            ("quay.io/a/b:1", None),
        ] {
            assert_eq!(pulled(written).as_deref(), expected, "{written}");
        }
        let original = registry.original(&image("mirror.example:5000/acme/shop:1"));
        assert_eq!(original, image("ghcr.io/acme/shop:1"));
    }
}
