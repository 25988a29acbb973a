//! What says where the parts of the Django project are, and what its variables are called.

use crate::declared::Declared;
use crate::options::{Bind, BoundAs};
use crate::preset;
use crate::stack::{Part, VariableValue};
use crate::values::EnvName;
use crate::{Code, Diagnostic, Sink, Sourced, Stack, suggest};

/// The variable that Django reads the settings module from.
const SETTINGS: &str = "DJANGO_SETTINGS_MODULE";

pub(super) fn check(_: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    let of_processes = stack.parts.values().filter_map(|part| part.component.project());
    for project in of_processes.chain([&stack.app.project]) {
        let Some(Bind::Names(names)) = project.bind.as_ref().map(|bind| &bind.value) else {
            continue;
        };
        for (name, bound) in names {
            if let Some(diagnostic) = misnamed(name, bound) {
                sink.report(diagnostic);
            }
        }
    }
    for part in stack.parts.values() {
        settings(part, sink);
    }
}

/// The settings module is said once.
fn settings(part: &Part, sink: &mut Sink) {
    let Some(settings) = &part.project.settings else { return };
    let variable = part.env.iter().find(|variable| &*variable.name == SETTINGS);
    let Some(variable) = variable.map(|variable| &variable.value) else { return };
    let is_same =
        matches!(&variable.value, VariableValue::Text(text) if text.as_str() == &*settings.value);
    if !is_same {
        sink.report(
            Diagnostic::error(
                Code::Conflict,
                format!("`settings` and `env.{SETTINGS}` name different modules"),
            )
            .origin(settings.origin, "")
            .origin(variable.origin, "this one wins")
            .help(format!("remove `env.{SETTINGS}`: it is set to what `settings` says")),
        );
    }
}

/// An entry of `bind` that binds nothing, or not as it says.
fn misnamed(name: &Sourced<EnvName>, bound: &Sourced<BoundAs>) -> Option<Diagnostic> {
    let known = preset::names();
    let Some(is_list) = known.get(&*name.value as &str) else {
        let message = format!("the preset never binds `{name}`");
        return Some(
            Diagnostic::error(Code::UnknownField, message)
                .origin(name.origin, "")
                .help_maybe(suggest::nearest_or_all(name, known.into_keys())),
        );
    };
    match &bound.value {
        BoundAs::List(list) if !is_list => {
            let separator = list.separator.as_ref()?;
            let lists: Vec<&str> =
                known.iter().filter(|(_, is_list)| **is_list).map(|(name, _)| *name).collect();
            Some(
                Diagnostic::error(Code::Conflict, format!("`{name}` is not a list"))
                    .origin(separator.origin, "nothing to separate")
                    .help(format!(
                        "write its name alone, `{name} = \"…\"`: lists are {}",
                        suggest::quoted_list(&lists)
                    )),
            )
        }
        BoundAs::Names(names) if names.is_empty() => Some(
            Diagnostic::error(Code::InvalidValue, format!("`{name}` is bound under no name"))
                .origin(bound.origin, "")
                .help(format!("write `{name} = false` to leave it out")),
        ),
        _ => None,
    }
}
