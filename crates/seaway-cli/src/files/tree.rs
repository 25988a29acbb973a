//! Where files are read from.

use std::ffi::OsString;
use std::fmt::Debug;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A tree of files that a stack is read from: the disk, or something that can be looked at like one.
///
/// Relative paths start where the command runs. Symbolic links are followed.
pub(crate) trait Tree: Debug {
    /// What a path leads to.
    fn kind(&self, path: &Path) -> io::Result<Kind>;
    /// The first `most` bytes of a file.
    fn bytes(&self, path: &Path, most: u64) -> io::Result<Vec<u8>>;
    /// The names in a folder, in any order.
    fn names(&self, folder: &Path) -> io::Result<Vec<OsString>>;
    /// The absolute path without symbolic links.
    fn real(&self, path: &Path) -> io::Result<PathBuf>;
    /// What a stack in this folder may read its bases from.
    fn outermost(&self, folder: &Path) -> io::Result<Outermost>;
    /// Whether the path itself is a symbolic link.
    fn is_link(&self, path: &Path) -> bool;
    /// How messages call a path.
    fn name(&self, path: &Path) -> String {
        path.display().to_string()
    }
}

/// The outermost folder that a stack may read its bases from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outermost {
    /// Its absolute path without symbolic links.
    pub(crate) folder: PathBuf,
    /// What messages call it.
    pub(crate) what: &'static str,
}

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A device, a pipe or the like.
    Other,
}

/// The files of this machine.
#[derive(Debug)]
pub(crate) struct Disk;

impl Tree for Disk {
    fn kind(&self, path: &Path) -> io::Result<Kind> {
        let found = fs::metadata(here(path))?;
        Ok(match found {
            _ if found.is_file() => Kind::File,
            _ if found.is_dir() => Kind::Folder,
            _ => Kind::Other,
        })
    }

    fn bytes(&self, path: &Path, most: u64) -> io::Result<Vec<u8>> {
        bytes(path, most)
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        fs::read_dir(here(folder))?.map(|entry| Ok(entry?.file_name())).collect()
    }

    fn is_link(&self, path: &Path) -> bool {
        fs::symlink_metadata(here(path)).is_ok_and(|found| found.is_symlink())
    }

    fn real(&self, path: &Path) -> io::Result<PathBuf> {
        here(path).canonicalize()
    }

    fn outermost(&self, folder: &Path) -> io::Result<Outermost> {
        let folder = self.real(folder)?;
        // A file in a linked work tree, else a folder: <https://git-scm.com/docs/gitrepository-layout>.
        match folder.ancestors().find(|folder| folder.join(".git").exists()) {
            Some(work_tree) => {
                Ok(Outermost { folder: work_tree.to_owned(), what: "the Git work tree" })
            }
            None => Ok(Outermost { folder: self.real(Path::new(""))?, what: "the current folder" }),
        }
    }
}

/// A tree with another text in one of its files.
#[derive(Debug)]
pub(crate) struct Edited<'a> {
    pub(crate) tree: &'a dyn Tree,
    pub(crate) file: &'a Path,
    pub(crate) text: &'a str,
}

impl Tree for Edited<'_> {
    fn kind(&self, path: &Path) -> io::Result<Kind> {
        self.tree.kind(path)
    }

    fn bytes(&self, path: &Path, most: u64) -> io::Result<Vec<u8>> {
        if path == self.file {
            return Ok(self.text.as_bytes().to_owned());
        }
        self.tree.bytes(path, most)
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        self.tree.names(folder)
    }

    fn real(&self, path: &Path) -> io::Result<PathBuf> {
        self.tree.real(path)
    }

    fn outermost(&self, folder: &Path) -> io::Result<Outermost> {
        self.tree.outermost(folder)
    }

    fn is_link(&self, path: &Path) -> bool {
        self.tree.is_link(path)
    }

    fn name(&self, path: &Path) -> String {
        self.tree.name(path)
    }
}

/// The empty path is the current folder.
fn here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

/// The bytes of a file, `most` of them; a device may have no end.
pub(crate) fn bytes(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let length = file.metadata()?.len().min(most);
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default() + 1);
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}
