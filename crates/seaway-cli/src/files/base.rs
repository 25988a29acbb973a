//! The stack files that a stack file extends.

use std::io;
use std::path::{Component, Path, PathBuf};

use seaway_core::{Code, Diagnostic, Sourced};

use super::reason;
use super::stack::{MAX_TEXT, STACK_FILE};
use super::tree::{Kind, Outermost, Tree};

/// A base that was found.
#[derive(Debug)]
pub(super) struct Base {
    /// Its path, as messages show it.
    pub(super) file: PathBuf,
    /// Its absolute path without symbolic links.
    pub(super) real: PathBuf,
    pub(super) text: String,
}

/// Reads the stack file that one in `folder` extends. It lies inside of the Git work tree, so that a stack is no way to read the
/// rest of the machine.
pub(super) fn read(
    tree: &dyn Tree,
    folder: &Path,
    outermost: &io::Result<Outermost>,
    named: &Sourced<String>,
) -> Result<Base, Diagnostic> {
    let problem = |text: String, label: String| {
        Diagnostic::error(Code::MissingFile, text).origin(named.origin, label)
    };
    let unreadable = |error: &io::Error| {
        problem(format!("can not read `{named}`: {}", reason(error)), String::new())
    };
    let outermost = outermost.as_ref().map_err(unreadable)?;
    if !Path::new(&named.value).is_relative() {
        return Err(problem(format!("`{named}` is an absolute path"), String::new())
            .help("write the path relative to the folder of this file"));
    }
    let mut file = simple(tree, &folder.join(&named.value));
    let looked_for = |error: io::Error, file: &Path| match error.kind() {
        io::ErrorKind::NotFound => {
            let label = format!("looked for `{}`", file.display());
            problem(format!("there is no file `{named}`"), label)
        }
        _ => unreadable(&error),
    };
    if tree.kind(&file).map_err(|error| looked_for(error, &file))? == Kind::Folder {
        file.push(STACK_FILE);
    }
    let real = tree.real(&file).map_err(|error| looked_for(error, &file))?;
    // What lies beside a file or below it is a part of the same stack, wherever the command runs.
    let is_beside = tree.real(folder).is_ok_and(|folder| real.starts_with(folder));
    if !is_beside && !real.starts_with(&outermost.folder) {
        let Outermost { folder, what } = outermost;
        return Err(problem(format!("`{named}` is outside of {what}"), String::new())
            .note(format!("it leads to `{}`, and {what} is `{}`", real.display(), folder.display()))
            .help(format!("copy the base into {what}")));
    }
    if tree.kind(&real).map_err(|error| looked_for(error, &file))? != Kind::File {
        return Err(problem(format!("`{named}` is not a file"), String::new()));
    }
    let bytes = tree.bytes(&real, MAX_TEXT).map_err(|error| looked_for(error, &file))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| problem(format!("`{named}` is not UTF-8 text"), String::new()))?;
    Ok(Base { file, real, text })
}

/// The path without `..` where that leads to the same place: `shop/../base` is `base` unless `shop` is a symbolic link.
fn simple(tree: &dyn Tree, path: &Path) -> PathBuf {
    let mut simple = PathBuf::new();
    for part in path.components() {
        match (part, simple.components().next_back()) {
            (Component::ParentDir, Some(Component::Normal(_))) => drop(simple.pop()),
            (Component::CurDir, _) => {}
            _ => simple.push(part),
        }
    }
    let is_same = match (tree.real(path), tree.real(&simple)) {
        (Ok(real), Ok(simple)) => real == simple,
        (Err(_), Err(_)) => true,
        _ => false,
    };
    if is_same { simple } else { path.to_owned() }
}
