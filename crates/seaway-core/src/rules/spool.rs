//! Bodies of requests against the scratch that they are kept in until they are read.

use crate::declared::Declared;
use crate::options::{MountSource, Web};
use crate::{Code, Diagnostic, Sink, Stack};

/// Where Django keeps an uploaded file, and uvicorn and gunicorn what does not fit into memory
/// (<https://docs.djangoproject.com/en/5.2/ref/settings/#file-upload-temp-dir>).
const SPOOL: &str = "/tmp";

pub(super) fn check(_: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for part in stack.parts.values() {
        let web = part.component.options::<Web>();
        let Some(body) = web.and_then(Web::largest_body) else { continue };
        let mounts = part.shared.mounts.iter();
        let spool = mounts.filter(|(path, _)| path.trim_end_matches('/') == SPOOL);
        for (_, mount) in spool {
            let Some(MountSource::Scratch(scratch)) = mount.source() else { continue };
            let size = scratch.size();
            if size.units() >= body.value.units() {
                continue;
            }
            let message = format!(
                "a body of {} does not fit into the {size} of `{SPOOL}` of `{}`",
                body.value, part.name
            );
            let mut diagnostic = Diagnostic::warning(Code::SmallScratch, message)
                .origin(mount.origin, "a pod that fills it is evicted in the middle of the upload");
            if body.span().is_some() {
                diagnostic = diagnostic.origin(body.origin, "the largest body that reaches it");
            }
            sink.report(diagnostic.help(format!(
                "write `components.{0}.mounts.\"{SPOOL}\" = {{ scratch = \"{1}\" }}` or more, or leave the mount out: its size then \
                 follows from the body; if uploads go elsewhere, say so: `components.{0}.allow.small-scratch = \"…\"`",
                part.name, body.value
            )));
        }
    }
}
