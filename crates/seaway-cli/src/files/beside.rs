//! The files that a text names.

use std::io;
use std::path::{Component, Path, PathBuf};

use seaway_core::{Code, CrdFile, Diagnostic, Sourced};

use super::tree::{Kind, Tree};
use super::{EXTENSIONS, reason};

/// Most bytes of a file that a stack names: what a `ConfigMap` holds
/// (<https://kubernetes.io/docs/concepts/configuration/configmap/#motivation>).
const MAX_FILE: u64 = 1 << 20;

/// Most bytes of a file with definitions of custom resources: the largest bundles of operators have five MiB.
const MAX_CRDS: u64 = 16 << 20;

/// A text that names files.
#[derive(Debug, Clone, Copy)]
pub(super) struct By<'a> {
    /// Where its files are read from.
    pub(super) tree: &'a dyn Tree,
    /// The folder that its paths are relative to.
    pub(super) folder: &'a Path,
    /// What messages call it.
    pub(super) what: &'a str,
}

impl By<'_> {
    /// Reads a file that the text names. Only files of its own folder: a stack is no way to read the rest of the machine.
    pub(super) fn file(&self, named: &Sourced<String>) -> Result<String, Diagnostic> {
        let path = self.inside(named)?;
        if self.tree.kind(&path).map_err(|error| self.failed(named, &error))? != Kind::File {
            return Err(problem(named, format!("`{named}` is not a file"), ""));
        }
        self.text(named, &path, MAX_FILE, "more than a `ConfigMap` holds")
    }

    /// Reads the definitions of custom resources that a path of the text leads to: a file, or all files of a folder that kubectl
    /// would apply.
    pub(super) fn crds(&self, named: &Sourced<String>) -> Result<Vec<CrdFile>, Diagnostic> {
        let path = self.inside(named)?;
        let failed = |error: io::Error| self.failed(named, &error);
        let read = |named: &Sourced<String>, path: &Path| {
            let text = self.text(named, path, MAX_CRDS, "")?;
            Ok(CrdFile { path: named.value.clone(), text: text.into() })
        };
        match self.tree.kind(&path).map_err(failed)? {
            Kind::File => return Ok(vec![read(named, &path)?]),
            Kind::Other => {
                return Err(problem(named, format!("`{named}` is not a file or folder"), ""));
            }
            Kind::Folder => {}
        }
        let mut inside = self.tree.names(&path).map_err(failed)?;
        inside.sort();
        let mut files = Vec::new();
        for name in inside.iter().filter_map(|name| name.to_str()) {
            let extension = Path::new(name).extension().and_then(|extension| extension.to_str());
            if name.starts_with('.') || !extension.is_some_and(|end| EXTENSIONS.contains(&end)) {
                continue;
            }
            let file = format!("{}/{name}", named.trim_end_matches('/'));
            let file = Sourced { value: file, origin: named.origin };
            let path = self.inside(&file)?;
            if self.tree.kind(&path).map_err(|error| self.failed(&file, &error))? == Kind::File {
                files.push(read(&file, &path)?);
            }
        }
        if files.is_empty() {
            let text = format!("the folder `{named}` holds no YAML or JSON file");
            return Err(
                problem(named, text, "").help("name the folder that the files lie in itself")
            );
        }
        Ok(files)
    }

    /// Where a path leads to, if that is in the folder of the text.
    fn inside(&self, named: &Sourced<String>) -> Result<PathBuf, Diagnostic> {
        let outside = || {
            let text = format!("`{named}` is outside of the folder of the {}", self.what);
            problem(named, text, "")
                .help(format!("copy the file into the folder of the {} file", self.what))
        };
        let failed = |error: io::Error| self.failed(named, &error);
        if !stays_inside(Path::new(&named.value)) {
            return Err(outside());
        }
        let root = self.tree.real(self.folder).map_err(failed)?;
        let path = self.tree.real(&root.join(&named.value)).map_err(failed)?;
        if !path.starts_with(&root) {
            return Err(outside().note(format!("a symbolic link leads to `{}`", path.display())));
        }
        Ok(path)
    }

    /// The text of a file of at most that many bytes.
    fn text(
        &self,
        named: &Sourced<String>,
        path: &Path,
        most: u64,
        why: &str,
    ) -> Result<String, Diagnostic> {
        let bytes = self.tree.bytes(path, most + 1).map_err(|error| self.failed(named, &error))?;
        if bytes.len() as u64 > most {
            return Err(problem(named, format!("`{named}` has more than {} MiB", most >> 20), why));
        }
        String::from_utf8(bytes)
            .map_err(|_| problem(named, format!("`{named}` is not UTF-8 text"), ""))
    }

    fn failed(&self, named: &Sourced<String>, error: &io::Error) -> Diagnostic {
        if error.kind() == io::ErrorKind::NotFound {
            let looked = format!("looked for `{}`", self.folder.join(&named.value).display());
            return problem(named, format!("there is no file `{named}`"), &looked);
        }
        problem(named, format!("can not read `{named}`: {}", reason(error)), "")
    }
}

/// Why a file could not be read, where it is named.
fn problem(named: &Sourced<String>, text: String, label: &str) -> Diagnostic {
    Diagnostic::error(Code::MissingFile, text).origin(named.origin, label)
}

/// Whether a relative path never climbs above where it starts.
fn stays_inside(path: &Path) -> bool {
    let depth = path.components().try_fold(0_usize, |depth, part| match part {
        Component::Normal(_) => Some(depth + 1),
        Component::CurDir => Some(depth),
        Component::ParentDir => depth.checked_sub(1),
        Component::RootDir | Component::Prefix(_) => None,
    });
    depth.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_climb_only_as_far_as_it_went_down() {
        for inside in ["a", "./a", "a/../b", "a/b/../../c"] {
            assert!(stays_inside(Path::new(inside)), "{inside}");
        }
        for outside in ["..", "../a", "a/../../b", "/a"] {
            assert!(!stays_inside(Path::new(outside)), "{outside}");
        }
    }
}
