//! What lies below a stack file: the stack files that it extends.

use super::{Document, parse_text};
use crate::{Code, Diagnostic, Node, Sink, SourceText, Sourced};

impl Document {
    /// The path of the base that has to be read next: the word `extends` of the lowest file so far. It is relative to the
    /// folder of the text that its place lies in.
    ///
    /// Whoever has a file system reads it and hands it over with [`extend`](Self::extend), until there is none.
    pub fn base(&self) -> Option<Sourced<String>> {
        let extends = self.missing()?;
        Some(Sourced::written(extends.as_str()?.to_owned(), extends.span))
    }

    /// Puts a stack file below this one, and below those that were put there before.
    pub fn extend(&mut self, text: &SourceText, sink: &mut Sink) {
        let Document { root, broken, .. } = parse_text(text, sink);
        self.broken.extend(broken);
        self.below.insert(0, root);
    }

    /// Goes on without the base that should be read next: nothing is taken for missing that it may say.
    pub fn without_base(&mut self, fault: Diagnostic, sink: &mut Sink) {
        sink.report(fault);
        let place = self.missing().map(|extends| extends.span);
        self.broken.extend(place);
    }

    /// Says that a base is named and was not handed over.
    pub(crate) fn missing_base(&self) -> Option<Diagnostic> {
        let extends = self.missing()?;
        let fault = if let Some(path) = extends.as_str() {
            Diagnostic::error(Code::MissingFile, format!("there is no file `{path}`"))
        } else {
            let message = format!("expected a string, found {}", extends.value.kind());
            Diagnostic::error(Code::WrongType, message)
                .help("write the path of a stack file: `extends = \"../base/stack.toml\"`")
        };
        Some(fault.label(extends.span, ""))
    }

    fn missing(&self) -> Option<&Node> {
        let extends = self.below.first().unwrap_or(&self.root).get("extends")?;
        (!self.broken.contains(&extends.span)).then_some(extends)
    }
}
