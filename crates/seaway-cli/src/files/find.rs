//! The stacks that the command line names.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::reason;
use super::stack::{STACK_FILE, stack_file, unreadable};
use super::tree::{Disk, Kind, Tree};
use crate::messages::Report;

/// Endings of files with objects: what `kubectl apply -f FOLDER` takes.
pub(crate) const EXTENSIONS: [&str; 3] = ["json", "yaml", "yml"];
/// Folders that hold no stack of the user: what tools build or download.
const PASSED_OVER: [&str; 2] = ["node_modules", "target"];

/// The stack files that paths name, each once: of a folder all below it, in the order of their paths.
///
/// Symbolic links below a folder are not followed, so that a loop does no harm and nothing outside is read.
pub(crate) fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Report> {
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    for path in paths {
        let is_folder = Disk.kind(path).is_ok_and(|kind| kind == Kind::Folder);
        let mut stacks = if is_folder { below(&Disk, path)?.stacks } else { Vec::new() };
        if stacks.is_empty() {
            stacks.push(stack_file(&Disk, path)?);
        }
        let is_new = |file: &PathBuf| seen.insert(Disk.real(file).unwrap_or(file.clone()));
        found.extend(stacks.into_iter().filter(is_new));
    }
    Ok(found)
}

/// What lies below a folder.
#[derive(Debug, Default)]
pub(crate) struct Below {
    /// The stack files: that of a folder first, then those of the folders in it, in the order of their names.
    pub(crate) stacks: Vec<PathBuf>,
    /// Whether there are files that may hold rendered objects.
    pub(crate) has_objects: bool,
}

/// Looks through a folder. Symbolic links to folders are not followed, so that a loop does no harm and nothing outside is read.
pub(crate) fn below(tree: &dyn Tree, folder: &Path) -> Result<Below, Report> {
    let mut below = Below::default();
    walk(tree, folder, &mut below).map_err(|(folder, error)| {
        let text = format!("can not read `{}`: {}", tree.name(&folder), reason(&error));
        Report::from(unreadable(text))
    })?;
    Ok(below)
}

fn walk(tree: &dyn Tree, folder: &Path, below: &mut Below) -> Result<(), (PathBuf, io::Error)> {
    let file = folder.join(STACK_FILE);
    if tree.kind(&file).is_ok_and(|kind| kind == Kind::File) {
        below.stacks.push(file.components().filter(|part| *part != Component::CurDir).collect());
    }
    let mut names = tree.names(folder).map_err(|error| (folder.to_owned(), error))?;
    names.sort();
    for name in names {
        below.has_objects |=
            EXTENSIONS.iter().any(|end| Path::new(&name).extension() == Some(OsStr::new(end)));
        let path = folder.join(&name);
        let is_folder = || tree.kind(&path).is_ok_and(|kind| kind == Kind::Folder);
        if !is_passed_over(&name) && !tree.is_link(&path) && is_folder() {
            walk(tree, &path, below)?;
        }
    }
    Ok(())
}

fn is_passed_over(name: &OsStr) -> bool {
    let is_hidden = name.as_encoded_bytes().starts_with(b".");
    is_hidden || PASSED_OVER.iter().any(|known| name == *known)
}
