//! The stacks that the command line names.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::reason;
use super::stack::{STACK_FILE, stack_file, unreadable};
use super::tree::{Disk, Kind, Tree};
use crate::messages::Report;

/// Folders that hold no stack of the user: what tools build or download.
const PASSED_OVER: [&str; 2] = ["node_modules", "target"];

/// The stack files that paths name, each once: of a folder all below it, in the order of their paths.
///
/// Symbolic links below a folder are not followed, so that a loop does no harm and nothing outside is read.
pub(crate) fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Report> {
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    for path in paths {
        let mut below = Vec::new();
        if Disk.kind(path).is_ok_and(|kind| kind == Kind::Folder) {
            walk(path, &mut below).map_err(|(folder, error)| {
                let text = format!("can not read `{}`: {}", folder.display(), reason(&error));
                Report::from(unreadable(text))
            })?;
        }
        if below.is_empty() {
            below.push(stack_file(&Disk, path)?);
        }
        let is_new = |file: &PathBuf| seen.insert(Disk.real(file).unwrap_or(file.clone()));
        found.extend(below.into_iter().filter(is_new));
    }
    Ok(found)
}

/// Adds the stack file of a folder, then those of the folders in it, in the order of their names.
fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), (PathBuf, io::Error)> {
    let file = folder.join(STACK_FILE);
    if Disk.kind(&file).is_ok_and(|kind| kind == Kind::File) {
        found.push(file.components().filter(|part| *part != Component::CurDir).collect());
    }
    let failed = |error| (folder.to_owned(), error);
    let mut below = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        // The type of the entry itself: a link to a folder is none.
        if !is_passed_over(&entry.file_name()) && entry.file_type().map_err(failed)?.is_dir() {
            below.push(entry.path());
        }
    }
    below.sort();
    below.iter().try_for_each(|folder| walk(folder, found))
}

fn is_passed_over(name: &OsStr) -> bool {
    let is_hidden = name.as_encoded_bytes().starts_with(b".");
    is_hidden || PASSED_OVER.iter().any(|known| name == *known)
}
