//! References in options that say what a component is called outside: names of databases and users, prefixes, URLs. They are resolved
//! before anything is known about other components, so they refer to the stack and the stage alone.

use crate::options::{App, Component, Place, Text};
use crate::source::Source;
use crate::values::{Name, Part, Reference, Template};
use crate::{Code, Diagnostic, Origin, Sink, Sourced};

/// What these references stand for.
#[derive(Clone, Copy)]
pub(super) struct Early<'a> {
    pub(super) source: &'a Source,
    pub(super) stack: &'a Name,
    pub(super) namespace: &'a Name,
    pub(super) stage: &'a Name,
    pub(super) app: &'a App,
}

impl Early<'_> {
    /// Writes the meaning of each reference in its place. What is at fault stays as it is.
    pub(super) fn resolve(self, component: &mut Component, sink: &mut Sink) {
        component.visit_texts(&mut |_, text| {
            if let Text::Plain(Place::Early, text) = text
                && Template::may_refer(&text.value)
            {
                self.write(text, sink);
            }
        });
    }

    /// Writes the meaning of each reference of one text in its place.
    pub(super) fn write(self, text: &mut Sourced<String>, sink: &mut Sink) {
        if let Some(resolved) = self.text(text, sink) {
            text.value = resolved;
        }
    }

    fn text(self, text: &Sourced<String>, sink: &mut Sink) -> Option<String> {
        let template = Template::from(text.value.clone());
        let mut resolved = Some(String::new());
        for part in &template.parts {
            let found = match part {
                Part::Text(text) => Some(text.clone()),
                Part::Reference(reference, offset) => {
                    let found = self.meaning(reference);
                    if found.is_none() {
                        sink.report(self.refused(text, &reference.to_string(), *offset));
                    }
                    found
                }
                Part::Malformed { text: written, offset } => {
                    sink.report(self.refused(text, written, *offset));
                    None
                }
            };
            resolved = resolved.zip(found).map(|(all, found)| all + &found);
        }
        resolved
    }

    fn meaning(self, reference: &Reference) -> Option<String> {
        let image = self.app.shared.image.as_ref();
        match (reference.owner.as_str(), reference.path.as_str()) {
            ("stack", "name") => Some(self.stack.to_string()),
            ("stack", "namespace") => Some(self.namespace.to_string()),
            ("stage", "name") => Some(self.stage.to_string()),
            ("app", "version") => image?.tag.clone(),
            _ => None,
        }
    }

    fn refused(self, text: &Sourced<String>, written: &str, offset: usize) -> Diagnostic {
        let origin = match text.origin {
            Origin::Stack(span) => Origin::Stack(self.source.inside(span, offset, written)),
            default @ Origin::Default(_) => default,
        };
        Diagnostic::error(Code::BadReference, format!("this option can not refer to `{written}`"))
            .origin(origin, "resolved before the components are known")
            .help(format!(
                "here are known `${{stack.name}}`, `${{stack.namespace}}`, `${{stage.name}}` and `${{app.version}}`. For the text \
                 itself, write `${written}`"
            ))
    }
}
