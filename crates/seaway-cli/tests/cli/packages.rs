//! What `cargo package` packs of each crate.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use crate::sandbox::run;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("a repository")
}

/// Paths in a folder, sorted.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|fault| panic!("{}: {fault}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn crates() -> Vec<PathBuf> {
    let crates = entries(&root().join("crates"));
    assert!(crates.len() > 2, "{crates:?}");
    crates
}

/// What the package of a crate holds, without building it.
fn packed(folder: &Path) -> BTreeSet<PathBuf> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(folder);
    let list = run(cargo.args(["package", "--list", "--allow-dirty", "--offline", "--quiet"]));
    assert_eq!(list.code, Some(0), "{}", list.err);
    list.out.lines().map(PathBuf::from).collect()
}

/// The Rust files of a folder.
fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in entries(folder) {
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The files that a Rust file makes part of the program.
fn included(text: &str) -> Vec<&str> {
    let macros = ["include_str!(", "include_bytes!(", "include!("];
    let calls = macros.into_iter().flat_map(|name| text.match_indices(name));
    let written = calls.filter_map(|(at, name)| {
        text[at + name.len()..].trim_start().strip_prefix('"')?.split('"').next()
    });
    written.collect()
}

/// The path without `..`; `None` if it leaves the folder.
fn inside(path: &Path) -> Option<PathBuf> {
    let mut inside = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir if !inside.pop() => return None,
            Component::ParentDir | Component::CurDir => {}
            other => inside.push(other),
        }
    }
    Some(inside)
}

#[test]
fn a_package_holds_every_file_that_its_code_includes() {
    let mut count = 0;
    for folder in crates() {
        let packed = packed(&folder);
        let mut files = Vec::new();
        rust_files(&folder.join("src"), &mut files);
        for file in files {
            let text = fs::read_to_string(&file).expect("a Rust file");
            let file = file.strip_prefix(&folder).expect("a file of the crate");
            for path in included(&text) {
                let at = file.parent().and_then(|beside| inside(&beside.join(path)));
                let is_packed = at.is_some_and(|at| packed.contains(&at));
                assert!(is_packed, "{}: the package lacks `{path}`", file.display());
                count += 1;
            }
        }
    }
    assert!(count > 50, "only {count} files");
}

/// The one copy of a licence lies at the top of the repository, and each crate has a link to it. `readme` in `Cargo.toml` needs no link.
#[test]
fn a_package_holds_the_licences_and_the_readme() {
    for folder in crates() {
        let packed = packed(&folder);
        for name in ["LICENSE-APACHE", "LICENSE-MIT", "README.md"] {
            let is_packed = packed.contains(Path::new(name));
            assert!(is_packed, "{}: the package lacks `{name}`", folder.display());
        }
    }
}

/// The one copy of a template lies in the crate that includes it; readers of the repository find all in `templates/`.
#[cfg(unix)]
#[test]
fn the_top_level_shows_the_templates_of_all_crates() {
    let folders = crates().into_iter().map(|folder| folder.join("templates"));
    let there: Vec<PathBuf> =
        folders.filter(|folder| folder.exists()).flat_map(|folder| entries(&folder)).collect();
    let shown = entries(&root().join("templates"));
    let is_link = |path: &&PathBuf| path.symlink_metadata().is_ok_and(|found| found.is_symlink());
    let real: Vec<_> = shown.iter().filter(|path| !is_link(path)).collect();
    assert!(real.is_empty(), "move {real:?} into the crate that includes it, and link to it here");
    let shown: BTreeSet<PathBuf> = shown
        .iter()
        .map(|link| link.canonicalize().expect("a link that leads somewhere"))
        .collect();
    let missing: Vec<_> = there.iter().filter(|path| !shown.contains(*path)).collect();
    assert!(missing.is_empty(), "link to {missing:?} in `templates/`");
    assert_eq!(shown.len(), there.len(), "{shown:?}");
}
