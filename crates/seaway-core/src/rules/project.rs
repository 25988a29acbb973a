//! What says where the parts of the Django project are has to say it once.

use crate::declared::Declared;
use crate::stack::VariableValue;
use crate::{Code, Diagnostic, Sink, Stack};

/// The variable that Django reads the settings module from.
const SETTINGS: &str = "DJANGO_SETTINGS_MODULE";

pub(super) fn check(_: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for part in stack.parts.values() {
        let Some(settings) = &part.project.settings else { continue };
        let variable = part.env.iter().find(|variable| &*variable.name == SETTINGS);
        let Some(variable) = variable.map(|variable| &variable.value) else { continue };
        let is_same = matches!(&variable.value, VariableValue::Text(text) if text.as_str() == &*settings.value);
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
}
