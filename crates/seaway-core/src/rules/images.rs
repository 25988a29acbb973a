//! Images that move, or that are gone.

use crate::declared::Declared;
use crate::options::{Component, StaticFiles};
use crate::values::Image;
use crate::{Code, Diagnostic, Sink, Sourced, Stack};

pub(super) fn check(_: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    let mut images: Vec<&Sourced<Image>> = Vec::new();
    for part in stack.parts.values() {
        images.extend(&part.shared.image);
        if let Some(pod) = part.component.pod() {
            images.extend(
                pod.sidecars.iter().chain(&pod.init_containers).filter_map(|c| c.image.as_ref()),
            );
        }
        if let Component::Web(web) = &part.component
            && let Some(Sourced { value: StaticFiles::Sidecar(sidecar), .. }) = &web.static_files
        {
            images.extend(&sidecar.image);
        }
    }
    for image in images {
        if image.moves() {
            let diagnostic =
                Diagnostic::error(Code::UnpinnedImage, format!("`{image}` names no release"))
                    .origin(image.origin, "what runs would depend on when it was pulled")
                    .help("write a tag that stays, or a digest");
            sink.report(if stack.is_production() {
                diagnostic
            } else {
                Diagnostic { severity: crate::Severity::Warning, ..diagnostic }
            });
        }
        let repository = image.repository.strip_prefix("docker.io/").unwrap_or(&image.repository);
        if repository.starts_with("bitnami/") {
            sink.report(
                // bitnami/containers#83267
                Diagnostic::error(
                    Code::RetiredImage,
                    format!("`{image}` is gone since 2025-09-29"),
                )
                .origin(image.origin, "the pull would fail")
                .help("use the official image of the software"),
            );
        }
    }
}
