//! Images that are not the application's, of components that may be the application.

use crate::declared::Declared;
use crate::options::Server;
use crate::stack::Part;
use crate::{Code, Diagnostic, Origin, Sink, Sourced, Stack, Value};

/// Programs of a Python application beside its servers, as the first word of a command.
const PROGRAMS: [&str; 4] = ["manage.py", "django", "django-admin", "celery"];

pub(super) fn check(declared: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for part in stack.parts.values() {
        let could_be_app = part.component.project().is_some();
        if part.facts.is_application() || !could_be_app {
            continue;
        }
        if part.shared.image.is_none() && !declared.option_at_fault(&part.name, &["image"]) {
            sink.report(
                Diagnostic::error(Code::MissingField, format!("`{}` has no image", part.name))
                    .label(part.span(), "inherits none")
                    .help("add `image = \"registry/repository:tag\"`, or remove `inherits-app = false`"),
            );
        }
        let Some(image) = part.facts.foreign_image else { continue };
        let relied = waits(declared, part).or_else(|| runs_python(part.component.command()));
        if let Some((place, why)) = relied {
            sink.report(undecided(part, image, place, why));
        }
    }
}

/// Where the stack says that it waits for migrations.
fn waits(declared: &Declared<'_>, part: &Part) -> Option<(Origin, &'static str)> {
    let written = declared.root.at(["components", &**part.name, "wait-for-schema"])?;
    let waits = !matches!(written.value, Value::Boolean(false));
    waits.then_some((Origin::Stack(written.span), "only the application waits for its migrations"))
}

/// The word of a command that starts a program of a Python application.
fn runs_python(command: &[Sourced<String>]) -> Option<(Origin, &'static str)> {
    let first = command.first()?;
    let name = first.rsplit('/').next().unwrap_or(first);
    let is_python =
        name.trim_start_matches("python").chars().all(|c| c.is_ascii_digit() || c == '.')
            && name.starts_with("python");
    let runs = is_python || PROGRAMS.contains(&name) || Server::of_program(name).is_some();
    runs.then_some((first.origin, "looks like the application"))
}

fn undecided(part: &Part, image: Origin, place: Origin, why: &'static str) -> Diagnostic {
    let message = format!(
        "`{}` runs another image than the application, and so inherits nothing of it",
        part.name,
    );
    Diagnostic::error(Code::ForeignImage, message)
        .origin(place, why)
        .origin(image, "of another repository than `app.image`")
        .help(
            "write `inherits-app = true` if it is the application (its environment, its Secrets, its migrations), \
             or `inherits-app = false` if it is not",
        )
}
