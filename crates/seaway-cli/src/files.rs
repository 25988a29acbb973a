//! Reading: the stack file, what lies over it, and the files beside them that they name.

mod tree;
mod beside;
mod base;
mod stack;
mod find;

use std::io;
use std::path::Path;

use seaway_core::{Source, Span};

use crate::messages::Report;

pub(crate) use find::{EXTENSIONS, below, find};
pub(crate) use stack::{Over, STACK_FILE, Stack, Texts, read as read_stack};
pub(crate) use tree::{Disk, Kind, Outermost, Tree};

/// A stack with the source that all its places point into.
#[derive(Debug)]
pub(crate) struct Input {
    /// The stack file and what lies over it, with the files that could be read.
    pub(crate) source: Box<Source>,
    /// The parsed texts, and what went wrong while they were read.
    pub(crate) stack: Stack,
}

impl Input {
    /// The folder that a path at this place is relative to.
    pub(crate) fn folder_at(&self, place: Span) -> &Path {
        self.stack.folder_at(&self.source, place)
    }
}

/// Reads the stack that `path` names, a folder or a file, with what lies over it.
pub(crate) fn read(path: &Path, over: Over<'_>) -> Result<Input, Report> {
    read_from(&Disk, path, over)
}

fn read_from(tree: &dyn Tree, path: &Path, over: Over<'_>) -> Result<Input, Report> {
    let mut texts = Texts::default();
    let stack = read_stack(tree, path, over, &mut texts)?;
    let source = texts.source.unwrap_or_default();
    Ok(Input { source, stack })
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
