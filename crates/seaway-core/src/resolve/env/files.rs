//! `secrets = "files"`: variables with the paths of files in place of variables with the values of Secrets.

use super::value::Variables;
use crate::options::SecretForm;
use crate::stack::{Part, VariableValue};
use crate::values::EnvName;
use crate::{Code, Diagnostic, Origin, Sink, Sourced};

/// What asks for files, if the part is a process that reads files.
pub(super) fn asked(part: &Part) -> Option<Origin> {
    let form = part.shared.secrets.as_ref().filter(|_| part.facts.is_application());
    form.filter(|form| form.value == SecretForm::Files).map(|form| form.origin)
}

/// The variables, with `X_FILE` and a path for each `X` that has the value of a Secret.
pub(super) fn instead(variables: Variables, sink: &mut Sink) -> Variables {
    let mut all = Variables::new();
    let mut files = Variables::new();
    for (name, value) in variables {
        let Sourced { value: VariableValue::Secret { secret, key, optional }, origin } = value
        else {
            all.insert(name, value);
            continue;
        };
        let path = VariableValue::SecretFile { secret, key, optional };
        let name = EnvName::try_from(format!("{name}_FILE"))
            .unwrap_or_else(|fault| unreachable!("{fault}"));
        files.insert(name, Sourced { value: path, origin });
    }
    for (name, file) in files {
        if let Some(written) = all.get(&name) {
            let setting = name.trim_end_matches("_FILE");
            sink.report(
                Diagnostic::error(Code::Conflict, format!("`{name}` is there twice"))
                    .origin(written.origin, "")
                    .origin(file.origin, format!("`{setting}` is read from a file"))
                    .help(format!("remove `{name}`: it is set for the file of `{setting}`")),
            );
        }
        all.insert(name, file);
    }
    all
}
