//! Images that move, or that are gone.

use super::Judgement;
use crate::Code;
use crate::shell::command;
use crate::values::Image;

/// An image that names no release: an error in production, a warning elsewhere.
pub fn unpinned(image: &Image, production: bool) -> Option<Judgement> {
    image.moves().then(|| {
        Judgement::error(
            Code::UnpinnedImage,
            format!("`{image}` names no release"),
            "what runs would depend on when it was pulled",
            "write a tag that stays, or a digest",
        )
        .strict(production)
    })
}

/// An image that needs a digest and has none.
pub fn without_digest(image: &Image) -> Option<Judgement> {
    (image.digest.is_none() && !image.moves()).then(|| {
        Judgement::error(
            Code::UnpinnedImage,
            format!("`{image}` has no digest"),
            "whoever may push the tag can move it",
            &format!(
                "write `{image}@sha256:…`; `{}` prints the digest",
                command("docker buildx imagetools inspect {}", &[&image.to_string()])
            ),
        )
    })
}

/// What is known of a repository that nobody looks after any more.
struct Retired {
    /// What its name begins with, without Docker Hub's own.
    prefix: &'static str,
    /// Whether pulls fail; if not it is only ever older.
    is_gone: bool,
    /// What happened, and when.
    what: &'static str,
    help: &'static str,
}

/// Where each is known from:
///
/// - Bitnami: bitnami/containers#83267, bitnami/charts#35164
/// - Promtail and the Grafana Agent: <https://grafana.com/docs/loki/latest/send-data/promtail/>,
///   <https://grafana.com/docs/agent/latest/>
/// - ingress-nginx: <https://kubernetes.io/blog/2025/11/11/ingress-nginx-retirement/>
/// - k8s.gcr.io: <https://kubernetes.io/blog/2023/02/06/k8s-gcr-io-freeze-announcement/>
const RETIRED: &[Retired] = &[
    Retired {
        prefix: "bitnami/",
        is_gone: true,
        what: "is gone since 2025-09-29",
        help: "use the official image of the software",
    },
    Retired {
        prefix: "bitnamilegacy/",
        is_gone: false,
        what: "gets no fixes since 2025-09-29",
        help: "use the official image of the software",
    },
    Retired {
        prefix: "grafana/promtail",
        is_gone: false,
        what: "gets no fixes since 2026-03-02",
        help: "use Grafana Alloy, which reads its configuration by `alloy convert`",
    },
    Retired {
        prefix: "grafana/agent",
        is_gone: false,
        what: "gets no fixes since 2025-11-01",
        help: "use Grafana Alloy, which reads its configuration by `alloy convert`",
    },
    Retired {
        prefix: "registry.k8s.io/ingress-nginx/",
        is_gone: false,
        what: "gets no fixes since 2026-03-24",
        help: "use a controller that is maintained, of an Ingress or of a Gateway",
    },
    Retired {
        prefix: "k8s.gcr.io/",
        is_gone: false,
        what: "gets no releases since 2023-04-03",
        help: "write `registry.k8s.io/…`",
    },
];

/// What Docker Hub is called, where it is called anything.
const HUB: [&str; 4] =
    ["docker.io/", "index.docker.io/", "registry-1.docker.io/", "registry.hub.docker.com/"];

/// An image that nobody looks after any more: an error where pulls fail and in production, a warning elsewhere.
pub fn registry(image: &Image, production: bool) -> Option<Judgement> {
    let name = &image.repository;
    let name = HUB.iter().find_map(|hub| name.strip_prefix(hub)).unwrap_or(name);
    let retired = RETIRED.iter().find(|retired| {
        let rest = name.strip_prefix(retired.prefix);
        rest.is_some_and(|rest| retired.prefix.ends_with('/') || rest.is_empty())
    })?;
    let label =
        if retired.is_gone { "the pull would fail" } else { "what is found in it stays in it" };
    let judgement = Judgement::error(
        Code::RetiredImage,
        format!("`{image}` {}", retired.what),
        label,
        retired.help,
    );
    Some(judgement.strict(production || retired.is_gone))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Severity;

    #[test]
    fn a_registry_goes_by_each_of_its_names() {
        let judged = |text: &str, production| {
            let image = Image::try_from(text.to_owned()).expect(text);
            registry(&image, production).map(|judgement| judgement.severity)
        };
        for text in
            ["bitnami/redis:7", "docker.io/bitnami/redis:7", "registry-1.docker.io/bitnami/a:1"]
        {
            assert_eq!(judged(text, false), Some(Severity::Error), "{text}");
        }
        assert_eq!(judged("grafana/promtail:3", false), Some(Severity::Warning));
        assert_eq!(judged("grafana/promtail:3", true), Some(Severity::Error));
        for text in ["ghcr.io/bitnami/redis:7", "grafana/promtail-x:1", "bitnamix/a:1"] {
            assert_eq!(judged(text, true), None, "{text}");
        }
    }
}
