//! The texts of components that are no variables: commands, labels, annotations, queues, paths of probes.

use std::collections::BTreeMap;

use super::files;
use super::known::Known;
use super::value::{Named, Reader, Values, Variables};
use crate::declared::Declared;
use crate::options::{Around, Beside, Place, Text};
use crate::stack::{Calls, Part, VariableValue};
use crate::values::{Name, Reference, Template, UrlPath};
use crate::{Code, Diagnostic, Origin, Sink, Span, Stack};

/// What the texts of a component need that are no variables themselves.
#[derive(Default)]
pub(super) struct Needed {
    /// What the main container needs.
    pub(super) main: Needs,
    /// What sidecars and init containers need.
    pub(super) containers: BTreeMap<Name, Needs>,
    /// The components that its check of the migrations calls, in the pods of those who wait for them.
    pub(super) checks: BTreeMap<Name, Origin>,
    /// The ports by which it calls the components that its texts refer to.
    pub(super) calls: Calls,
    /// Variables that its texts are composed of, by name.
    pub(super) named: Named,
}

impl Needed {
    /// The components that its texts refer to.
    pub(super) fn targets(&self) -> impl Iterator<Item = &Name> {
        let needs = self.containers.values().chain([&self.main]);
        needs.flat_map(|needs| needs.edges.keys()).chain(self.checks.keys())
    }
}

/// What the texts of one container need.
#[derive(Default)]
pub(super) struct Needs {
    /// Variables that its command is composed of.
    pub(super) helpers: Variables,
    /// The components that it refers to.
    pub(super) edges: BTreeMap<Name, Origin>,
}

/// Writes the meaning of each reference in its place, in all components.
pub(super) fn resolve(
    declared: &Declared<'_>,
    stack: &mut Stack,
    known: &Known,
    sink: &mut Sink,
) -> BTreeMap<Name, Needed> {
    let names: Vec<Name> = stack.parts.keys().cloned().collect();
    let mut all = BTreeMap::new();
    for name in names {
        let Some(mut part) = stack.parts.remove(&name) else { continue };
        all.insert(name.clone(), of(declared, stack, known, &mut part, sink));
        stack.parts.insert(name, part);
    }
    all
}

fn of(
    declared: &Declared<'_>,
    stack: &Stack,
    known: &Known,
    part: &mut Part,
    sink: &mut Sink,
) -> Needed {
    let files = files::asked(part);
    let image = part.shared.image.clone();
    let Part { name, component, shared, facts, .. } = part;
    let reader = Reader {
        name: Some(name),
        image: image.as_ref(),
        is_process: facts.is_application(),
        place: name.span().unwrap_or_default(),
        file: None,
    };
    let mut said = Needed::default();
    let mut values = Values::new(declared, (stack, known), reader, sink);
    values.is_foreign = true;
    let mut is_changed = false;
    let mut visit = |beside: Option<Beside<'_>>, text: Text<'_>| {
        let is_done = matches!(text, Text::Plain(Place::Early, _));
        if is_done || !Template::may_refer(text.written()) {
            return;
        }
        is_changed = true;
        let is_check = matches!(text, Text::Plain(Place::CheckCommand, _));
        let mut checks = Needs::default();
        let needs = match beside {
            _ if is_check => &mut checks,
            Some(beside) => said.containers.entry(beside.name.clone()).or_default(),
            None => &mut said.main,
        };
        values.files = files.filter(|_| beside.is_none_or(|beside| beside.is_app));
        values.helpers = std::mem::take(&mut needs.helpers);
        values.edges = std::mem::take(&mut needs.edges);
        values.write(text);
        needs.helpers = std::mem::take(&mut values.helpers);
        needs.edges = std::mem::take(&mut values.edges);
        said.checks.append(&mut checks.edges);
    };
    component.visit_texts(&mut visit);
    shared.visit_texts(&mut visit);
    said.named = values.named;
    said.calls = values.calls;
    // Some facts are texts: queues, annotations of what exposes it, the check of the migrations.
    if is_changed {
        let at_fault = |key: &str| declared.at_fault(["components", &**name, key]);
        *facts = component.facts(&Around {
            name,
            object: &stack.prefix.object(name),
            stack: &stack.name,
            namespace: &stack.namespace,
            profile: stack.profile.value,
            cluster: &stack.cluster,
            app: &stack.app,
            is_at_fault: &at_fault,
        });
    }
    said
}

impl Values<'_, '_> {
    /// Writes the meaning of references in their place. What is at fault stays as it is.
    fn write(&mut self, text: Text<'_>) {
        let template = Template::from(text.written().to_owned());
        match text {
            Text::Word(word) => {
                if let Some(resolved) = self.word(&template, word.origin) {
                    word.value = resolved;
                }
            }
            Text::Plain(place, text) => {
                if let Some(resolved) = self.plain(&template, text.origin, place) {
                    text.value = resolved;
                }
            }
            Text::Path(path) => {
                let Some(resolved) = self.plain(&template, path.origin, Place::Path) else {
                    return;
                };
                match UrlPath::try_from(resolved) {
                    Ok(resolved) => path.value = resolved,
                    Err(fault) => self.sink.report(misfit(&fault, path.origin)),
                }
            }
        }
    }
}

/// A text that has no longer the form that it needs.
fn misfit(fault: &str, origin: Origin) -> Diagnostic {
    let (message, help) = fault.split_once('\n').unwrap_or((fault, ""));
    Diagnostic::error(Code::InvalidValue, message)
        .origin(origin, "once its references are resolved")
        .help(help)
}

/// A value that is no text before a container starts, in a text that is written out.
pub(super) fn refused(
    place: Place,
    reference: &Reference,
    value: &VariableValue,
    span: Span,
) -> Diagnostic {
    let what = match place {
        Place::Label => "a label",
        Place::Annotation => "an annotation",
        Place::Queue => "the name of a queue",
        Place::Path => "the path of a request",
        Place::ProbeCommand => "the command of a probe",
        Place::Header => "a header of a probe",
        Place::CheckCommand => "`check-command`",
        Place::Setting => "a setting",
        Place::Config => "a config",
        Place::Early => "a name",
    };
    let is_secret = value.secret().is_some();
    let kind = if is_secret { "secret" } else { "value that only a running pod has" };
    let reference = super::value::shown(&reference.to_string());
    if place == Place::Config && matches!(value, VariableValue::Config { .. }) {
        let fault = format!("a config can not refer to a config: `{reference}`");
        return Diagnostic::error(Code::BadReference, fault)
            .label(span, "")
            .help("write the text itself");
    }
    let (label, help) = match (place, is_secret) {
        (Place::ProbeCommand, _) => (
            "the kubelet puts only variables with plain values into it",
            "run a shell: `[\"sh\", \"-c\", \"… \\\"$NAME\\\"\"]`, with `env.NAME` set to the reference",
        ),
        (Place::Header, true) => (
            "everybody who can list objects reads it",
            "ask a path that needs no login, or write `command` with a program that reads the variable",
        ),
        (Place::CheckCommand, _) => (
            "it runs in the pods of all processes that wait for the migrations",
            "write `$(NAME)`, a variable that each of them has",
        ),
        (Place::Config, _) => (
            "all pods that mount it read the same text",
            "set a variable, `env.NAME`, and let the program read that",
        ),
        (_, true) => (
            "everybody who can list objects reads it",
            "set a variable, `env.NAME`, and let the program read that",
        ),
        (_, false) => (
            "it is written before a pod runs",
            "set a variable, `env.NAME`, and let the program read that",
        ),
    };
    Diagnostic::error(Code::BadReference, format!("{what} can not hold a {kind}: `{reference}`"))
        .label(span, label)
        .help(help)
}
