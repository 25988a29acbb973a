//! Reading: the stack file, what lies over it, and the files beside them that they name.

mod tree;
mod beside;
mod base;
mod stack;
mod find;

use std::io;
use std::path::Path;

use seaway_core::values::Name;
use seaway_core::{Code, Diagnostic, Document, Severity, Sink, Source, Span};

use crate::messages::Report;

pub(crate) use find::find;
pub(crate) use stack::{Over, Stack, Texts, read as read_stack};
pub(crate) use tree::{Disk, Kind, Outermost, Tree};

/// All that a compilation reads, and what went wrong while it was read.
#[derive(Debug)]
pub(crate) struct Input {
    /// The stack file and what lies over it, with the files that could be read.
    pub(crate) source: Box<Source>,
    /// The parsed texts.
    pub(crate) document: Document,
    /// What parsing reported.
    pub(crate) parsed: Vec<Diagnostic>,
    /// Why a file could not be read. It matters only to the stages that use the file.
    pub(crate) unread: Vec<Diagnostic>,
    /// The texts that were read.
    texts: Vec<stack::Text>,
}

impl Input {
    /// Whether a text is not TOML, so that what it says is known in parts only.
    pub(crate) fn is_broken(&self) -> bool {
        self.parsed.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Where a stage reports, with what parsing reported.
    pub(crate) fn sink(&self) -> Sink {
        let mut sink = Sink::default();
        for diagnostic in &self.parsed {
            sink.report(diagnostic.clone());
        }
        sink
    }

    /// The names of the stages in the order of the file.
    pub(crate) fn stages(&self) -> Vec<String> {
        self.document.stages().into_iter().map(|stage| stage.value).collect()
    }

    /// The name of the stack, if a text says one that can be the name of a folder.
    pub(crate) fn name(&self) -> Option<&str> {
        stack_name(&self.document)
    }

    /// The folder that a path at this place is relative to.
    pub(crate) fn folder_at(&self, place: Span) -> &Path {
        let start = self.source.text_at(place.start).start;
        let known = self.texts.iter().find(|text| text.start == start);
        known.map_or(Path::new(""), |text| &text.folder)
    }

    /// Says why a file is missing, where the compiler can only say that it is.
    pub(crate) fn explain(&self, diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let place = |diagnostic: &Diagnostic| diagnostic.labels.first().map(|label| label.span);
        let explained = diagnostics.into_iter().map(|diagnostic| {
            let mut known = self.unread.iter().filter(|_| diagnostic.code == Code::MissingFile);
            known.find(|unread| place(unread) == place(&diagnostic)).cloned().unwrap_or(diagnostic)
        });
        explained.collect()
    }
}

/// The name of a stack, if a text says one that can be the name of a folder.
pub(crate) fn stack_name(document: &Document) -> Option<&str> {
    let above = document.above.iter().rev().map(|above| &above.root);
    let mut roots = above.chain(document.roots().rev());
    let name = roots.find_map(|root| root.get("name"))?.as_str()?;
    Name::try_from(name.to_owned()).is_ok().then_some(name)
}

/// Reads the stack that `path` names, a folder or a file, with what lies over it.
pub(crate) fn read(path: &Path, over: Over<'_>) -> Result<Input, Report> {
    read_from(&Disk, path, over)
}

fn read_from(tree: &dyn Tree, path: &Path, over: Over<'_>) -> Result<Input, Report> {
    let mut texts = Texts::default();
    let stack = read_stack(tree, path, over, &mut texts)?;
    let source = texts.source.unwrap_or_default();
    let Stack { document, parsed, unread, texts } = stack;
    Ok(Input { source, document, parsed, unread, texts })
}

/// Reads a stack as if its file held this text.
pub(crate) fn read_edited(file: &Path, text: &str) -> Result<Input, Report> {
    let edited = tree::Edited { tree: &Disk, file, text };
    read_from(&edited, file, Over::default())
}

/// Whether two paths lead to the same file.
pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| Tree::real(&Disk, path);
    one == other || real(one).is_ok_and(|one| real(other).is_ok_and(|other| one == other))
}

/// The cause of an I/O error without its number.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    let (first, rest) = text[..end].split_at(text[..end].chars().next().map_or(0, char::len_utf8));
    format!("{}{rest}", first.to_lowercase())
}
