//! What is said of a reference that stands for nothing.

use crate::resolve::env::known::Component;
use crate::values::{Name, Reference};
use crate::{Code, Diagnostic, Span, suggest};

/// As much of a text as a message shows.
const SHOWN: usize = 60;

/// A text in a message: one of a hostile stack may be as long as the file.
pub(in crate::resolve::env) fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

pub(super) fn unknown(reference: &Reference, known: &[&str], place: Span) -> Diagnostic {
    let code = Code::UnknownOutput;
    if (reference.owner.as_str(), reference.path.as_str()) == ("app", "hosts") {
        return hosts(reference, place);
    }
    Diagnostic::error(code, format!("unknown reference `{}`", shown(&reference.to_string())))
        .label(place, "")
        .help_maybe(suggest::nearest_or_all(&reference.path, known.iter().copied()))
}

/// Hosts are a list, and what reads them has its own form of one.
fn hosts(reference: &Reference, place: Span) -> Diagnostic {
    Diagnostic::error(
        Code::UnknownOutput,
        format!("no reference stands for the hosts: `{reference}`"),
    )
    .label(place, "")
    .note("the preset binds the hosts of the application and of its routes as `ALLOWED_HOSTS`")
    .help("write `$(ALLOWED_HOSTS)`, the variable of the same process, or bind it under another name: `app.bind.ALLOWED_HOSTS = \"DJANGO_ALLOWED_HOSTS\"`")
}

pub(super) fn nothing(reference: &Reference, has_image: bool, place: Span) -> Diagnostic {
    let what = if has_image { "tag" } else { "image" };
    Diagnostic::error(Code::UnknownOutput, format!("`{reference}` stands for nothing"))
        .label(place, format!("the application has no {what}"))
        .help(if has_image { "give `app.image` a tag" } else { "give `[app]` an `image`" })
}

pub(super) fn no_key(owner: &str, name: &str, place: Span) -> Diagnostic {
    let name = shown(name);
    Diagnostic::error(Code::BadReference, format!("`${{{owner}.{name}}}` names no key"))
        .label(place, "")
        .help(format!("write `${{{owner}.{name}.key}}`"))
}

pub(super) fn unknown_key<'k>(
    what: &str,
    name: &str,
    key: &str,
    known: impl Iterator<Item = &'k str> + Clone,
    place: Span,
) -> Diagnostic {
    let short = shown(key);
    Diagnostic::error(Code::UnknownKey, format!("{what} `{name}` has no key `{short}`"))
        .label(place, "")
        .help_maybe(suggest::nearest_or_all(key, known))
}

/// A config belongs to everybody who mounts it.
pub(super) fn nobody(reference: &Reference, place: Span) -> Diagnostic {
    let path = shown(&reference.path);
    Diagnostic::error(Code::BadReference, "a config has no component of its own")
        .label(place, "`self` is the component whose text it is")
        .help(format!("name the component: `${{component.{path}}}`"))
}

/// `is_foreign`: another program may be meant, so the way to write it out is shown as well.
pub(super) fn unknown_component<'k>(
    reference: &Reference,
    known: impl Iterator<Item = &'k str> + Clone,
    is_foreign: bool,
    place: Span,
) -> Diagnostic {
    let owner = shown(&reference.owner);
    let near = suggest::nearest_or_all(&reference.owner, known);
    let help = match (near, is_foreign) {
        (near, false) => near,
        (near, true) => {
            let near = near.map(|near| if near.ends_with('?') { near } else { near + "." });
            let near = near.map(|near| near + " ").unwrap_or_default();
            Some(format!("{near}For the text itself, write `$${{{}}}`", inner(reference)))
        }
    };
    Diagnostic::error(Code::UnknownComponent, format!("unknown component `{owner}`"))
        .label(place, "not part of this stage")
        .help_maybe(help)
}

fn inner(reference: &Reference) -> String {
    shown(&format!("{}.{}", reference.owner, reference.path))
}

pub(super) fn unknown_output(
    (name, component): (&Name, &Component),
    reference: &Reference,
    place: Span,
) -> Diagnostic {
    if component.has_hosts && reference.path == "hosts" {
        return hosts(reference, place);
    }
    let outputs = &component.outputs;
    let help = if outputs.is_empty() {
        Some(format!("a {} has no outputs", component.type_name))
    } else {
        suggest::nearest_or_all(&reference.path, outputs.keys().map(String::as_str))
    };
    let fault = format!("`{name}` has no output `{}`", shown(&reference.path));
    Diagnostic::error(Code::UnknownOutput, fault).label(place, "").help_maybe(help)
}

/// What begins like a reference and is none. `is_foreign`: a shell or another program may be meant.
pub(super) fn malformed(written: &str, is_foreign: bool, place: Span) -> Diagnostic {
    let Some(inner) = written.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) else {
        return Diagnostic::error(Code::BadReference, "a reference that does not end")
            .label(place, "")
            .help("close it with `}`, or write `$${` for a literal `${`");
    };
    let short = shown(inner);
    let fault = format!("`${{{short}}}` is not a reference");
    let diagnostic = Diagnostic::error(Code::BadReference, fault).label(place, "");
    if is_foreign && is_of_shell(inner) {
        return diagnostic.help(format!(
            "write `$${{{short}}}` if a shell or another program expands it; a reference is `${{component.output}}`"
        ));
    }
    if is_variable(inner) {
        let instead = match inner {
            "HOSTNAME" => "the name of the pod is `${pod.name}`; ".to_owned(),
            _ => format!("a variable of the same container is `$({short})`; "),
        };
        return diagnostic
            .note("nothing is read from the environment that Seaway runs in")
            .help(format!("{instead}for the text itself, write `$${{{short}}}`"));
    }
    diagnostic
        .help("write `${component.output}` or `${secrets.name.key}`, or `$${` for a literal `${`")
}

/// Whether a shell takes it for one of its parameters: `HOME`, `1`, `VAR:-x`, `#x`.
fn is_of_shell(inner: &str) -> bool {
    let rest = inner.strip_prefix(['#', '!']).unwrap_or(inner);
    let name = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let is_special = rest.starts_with(['@', '*', '?', '$', '-']);
    is_special || (name.len() < rest.len() && !name.starts_with('.'))
}

/// Whether it has the form of names of variables.
fn is_variable(inner: &str) -> bool {
    let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    inner.starts_with(|c: char| c.is_ascii_uppercase() || c == '_') && inner.chars().all(is_name)
}
