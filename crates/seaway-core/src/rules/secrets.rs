//! How Secrets are read: who can read them from files, and what must not lie where those files are.

use crate::declared::Declared;
use crate::options::SecretForm;
use crate::stack::{Part, VariableValue, secret_folder};
use crate::values::Name;
use crate::{Code, Diagnostic, Sink, Stack, suggest};

pub(super) fn check(_: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for part in stack.parts.values() {
        let Some(form) = &part.shared.secrets else { continue };
        if !part.facts.is_application() {
            let kind = part.facts.type_name;
            let fault = format!("a {kind} does not run the application");
            sink.report(
                Diagnostic::error(Code::Conflict, fault)
                    .origin(form.origin, "says how the application reads Secrets")
                    .help("remove `secrets` here: it is for `[app]` and for processes"),
            );
        } else if form.value == SecretForm::Files {
            mounts(part, sink);
        }
    }
    exporters(stack, sink);
}

/// Exporters read Secrets that the application reads from files; most of them read variables alone: that of
/// [Redis](https://github.com/oliver006/redis_exporter#command-line-flags) wants a file of another form, and that of
/// [Celery](https://github.com/danihodovic/celery-exporter#parameters) has no such option.
fn exporters(stack: &Stack, sink: &mut Sink) {
    let form = stack.app.shared.secrets.as_ref();
    let Some(form) = form.filter(|form| form.value == SecretForm::Files) else { return };
    let has_secret = |part: &&Part| {
        let mut values = part.env.iter().map(|variable| &variable.value.value);
        part.facts.is_monitoring()
            && values.any(|value| matches!(value, VariableValue::Secret { .. }))
    };
    let parts = stack.parts.values().filter(has_secret);
    let names: Vec<&Name> = parts.map(|part| &part.name.value).collect();
    if !names.is_empty() {
        let message =
            format!("Secrets are variables, not files, in {}", suggest::quoted_list(&names));
        sink.report(
            Diagnostic::notice(Code::SecretVariables, message)
                .origin(form.origin, "reaches the processes of the application")
                .note("their programs take these values from the environment alone"),
        );
    }
}

/// A mount inside the folder of a Secret, or around it where nothing can be written, has no place to be mounted at.
fn mounts(part: &Part, sink: &mut Sink) {
    let variables = part.env.iter().chain(part.container_env.values().flatten());
    let mut folders: Vec<String> = variables
        .filter_map(|variable| match &variable.value.value {
            VariableValue::SecretFile { secret, .. } => Some(secret_folder(secret)),
            _ => None,
        })
        .collect();
    folders.sort_unstable();
    folders.dedup();
    let containers = part.containers().filter(|container| container.image.is_none());
    let all = part.shared.mounts.iter().chain(containers.flat_map(|one| &one.mounts));
    for (path, mount) in all {
        let is_read_only = mount.config.is_some() || mount.secrets().next().is_some();
        let in_the_way =
            |folder: &&String| lies_in(path, folder) || (is_read_only && lies_in(folder, path));
        if let Some(folder) = folders.iter().find(in_the_way) {
            sink.report(
                Diagnostic::error(Code::Conflict, format!("`{path}` is in the way of `{folder}`"))
                    .origin(path.origin, "files of a Secret lie there")
                    .help("mount it at another path"),
            );
        }
    }
}

fn lies_in(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
