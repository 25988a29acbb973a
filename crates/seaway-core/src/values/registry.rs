//! Registries of images, and what an extended resource is called.

use super::image::{component, registry};
use super::text::{Form, Text};

/// The form of a [`RegistryName`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RegistryNameForm {}

/// The host of a registry, as images name it: `docker.io`, `ghcr.io`, `localhost:5000`.
pub type RegistryName = Text<RegistryNameForm>;

/// The form of a [`RegistryPath`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RegistryPathForm {}

/// A registry and a path in it, before which nothing stands: `mirror.example/hub`.
pub type RegistryPath = Text<RegistryPathForm>;

/// The form of a [`ResourceName`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ResourceNameForm {}

/// The name of an extended resource: `nvidia.com/gpu`.
pub type ResourceName = Text<ResourceNameForm>;

/// Whether a first word of an image is a registry and no part of a repository of Docker's own
/// (<https://github.com/distribution/reference/blob/main/normalize.go>).
pub(super) fn is_host(text: &str) -> bool {
    registry(text) && (text.contains(['.', ':']) || text == "localhost")
}

impl Form for RegistryNameForm {
    const NAME: &'static str = "RegistryName";
    const ABOUT: &'static str =
        "The host of a registry, as images name it: `docker.io`, `ghcr.io`, `localhost:5000`.";
    const PATTERN: &'static str = "^([A-Za-z0-9.-]+[.:][A-Za-z0-9.-]+|localhost)(:[0-9]+)?$";
    fn fault(text: &str) -> Option<String> {
        (!is_host(text)).then(|| {
            format!(
                "`{text}` is not a registry\nwrite its host, as images name it: `docker.io`, `ghcr.io` or `localhost:5000`"
            )
        })
    }
}

impl Form for RegistryPathForm {
    const NAME: &'static str = "RegistryPath";
    const ABOUT: &'static str = "A registry and a path in it: `mirror.example/hub`.";
    const PATTERN: &'static str =
        "^([A-Za-z0-9.-]+[.:][A-Za-z0-9.-]+|localhost)(:[0-9]+)?(/[a-z0-9][a-z0-9._-]*)*$";
    fn fault(text: &str) -> Option<String> {
        let (host, path) = match text.split_once('/') {
            Some((host, path)) => (host, Some(path)),
            None => (text, None),
        };
        let fits = is_host(host) && path.is_none_or(|path| path.split('/').all(component));
        (!fits).then(|| {
            format!(
                "`{text}` is not a registry with a path\nwrite `mirror.example` or `mirror.example/hub`: no `https://`, no `/` at the \
                 end, lower-case behind the host"
            )
        })
    }
}

impl Form for ResourceNameForm {
    const NAME: &'static str = "ResourceName";
    const ABOUT: &'static str = "The name of an extended resource: `nvidia.com/gpu`.";
    const PATTERN: &'static str =
        "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?/[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$";
    fn fault(text: &str) -> Option<String> {
        let is_edge = |byte: Option<char>| byte.is_some_and(|c| c.is_ascii_alphanumeric());
        let fits = text.split_once('/').is_some_and(|(domain, name)| {
            let is_label = |label: &str| {
                let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                (1..=63).contains(&label.len())
                    && label.chars().all(inside)
                    && !label.starts_with('-')
                    && !label.ends_with('-')
            };
            domain.len() <= 253
                && domain.split('.').all(is_label)
                && name.len() <= 63
                && is_edge(name.chars().next())
                && is_edge(name.chars().next_back())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
        });
        (!fits).then(|| {
            format!(
                "`{text}` is not an extended resource\nwrite `domain/name`, as in `nvidia.com/gpu`"
            )
        })
    }
}
