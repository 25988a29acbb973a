//! The files that a text names.

use std::io;
use std::path::{Component, Path};

use seaway_core::{Code, Diagnostic, Sourced};

use super::reason;
use super::tree::{Kind, Tree};

/// Most bytes of a file that a stack names: what a `ConfigMap` holds
/// (<https://kubernetes.io/docs/concepts/configuration/configmap/#motivation>).
const MAX_FILE: u64 = 1 << 20;

/// Reads a file that a text in `folder` names; messages call the text `what`. Only files of its own folder: a stack is no way to
/// read the rest of the machine.
pub(super) fn read(
    tree: &dyn Tree,
    folder: &Path,
    what: &str,
    named: &Sourced<String>,
) -> Result<String, Diagnostic> {
    let problem = |text: String, label: String| {
        Diagnostic::error(Code::MissingFile, text).origin(named.origin, label)
    };
    let outside = || {
        problem(format!("`{named}` is outside of the folder of the {what}"), String::new())
            .help(format!("copy the file into the folder of the {what} file"))
    };
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => problem(
            format!("there is no file `{named}`"),
            format!("looked for `{}`", folder.join(&named.value).display()),
        ),
        _ => problem(format!("can not read `{named}`: {}", reason(&error)), String::new()),
    };
    if !stays_inside(Path::new(&named.value)) {
        return Err(outside());
    }
    let root = tree.real(folder).map_err(failed)?;
    let path = tree.real(&root.join(&named.value)).map_err(failed)?;
    if !path.starts_with(&root) {
        return Err(outside().note(format!("a symbolic link leads to `{}`", path.display())));
    }
    if tree.kind(&path).map_err(failed)? != Kind::File {
        return Err(problem(format!("`{named}` is not a file"), String::new()));
    }
    let bytes = tree.bytes(&path, MAX_FILE + 1).map_err(failed)?;
    if bytes.len() as u64 > MAX_FILE {
        let text = format!("`{named}` has more than {} MiB", MAX_FILE >> 20);
        return Err(problem(text, "more than a `ConfigMap` holds".to_owned()));
    }
    String::from_utf8(bytes)
        .map_err(|_| problem(format!("`{named}` is not UTF-8 text"), String::new()))
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
