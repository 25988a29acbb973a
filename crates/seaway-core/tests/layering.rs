//! `lib.rs` lists its modules lowest first, and each uses only those above it in the list: no cycles, one reading order.

#![expect(clippy::disallowed_methods, reason = "a test of the sources reads them")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn modules_use_only_those_above_them() {
    assert_eq!(upward_imports(Path::new(env!("CARGO_MANIFEST_DIR"))), Vec::<String>::new());
}

#[test]
fn types_of_components_are_matched_in_one_place() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut matched = Vec::new();
    let mut folders = vec![src];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = code(&path);
                // A type that each stack has, as an arm of a `match`.
                let arms = text.matches("::Web(").count();
                matched.extend((arms > 0).then(|| (path.display().to_string(), arms)));
            }
        }
    }
    // One to read the options and one to change them, side by side: nothing is generic over what may change.
    assert!(matches!(matched.as_slice(), [(_, 1 | 2)]), "{matched:?}");
}

/// The uses of a crate that lead from a module to one that `lib.rs` lists below it.
fn upward_imports(crate_dir: &Path) -> Vec<String> {
    let src = crate_dir.join("src");
    let lib = code(&src.join("lib.rs"));
    let modules: Vec<&str> = lib.lines().filter_map(declared_module).collect();
    assert!(!modules.is_empty(), "{} lists no modules", src.display());
    let exports = exports(&lib);
    let place = |name: &str| {
        let module = exports.get(name).map_or(name, String::as_str);
        modules.iter().position(|known| *known == module)
    };
    let mut found = Vec::new();
    for (at, module) in modules.iter().enumerate() {
        for file in files(&src, module) {
            for name in used_of_crate(&code(&file)) {
                match place(&name) {
                    Some(used) if used <= at => {}
                    Some(_) => {
                        found.push(format!("{}: `{name}` is below `{module}`", file.display()));
                    }
                    None => found.push(format!(
                        "{}: `crate::{name}` is no module of lib.rs",
                        file.display()
                    )),
                }
            }
        }
    }
    found
}

/// The text of a file without comments.
fn code(file: &Path) -> String {
    let text =
        fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let lines = text.lines().map(|line| line.split_once("//").map_or(line, |(code, _)| code));
    lines.collect::<Vec<_>>().join("\n")
}

/// `name` of `pub mod name;`
fn declared_module(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("pub(crate) mod "));
    rest.or_else(|| line.strip_prefix("mod "))?.strip_suffix(';')
}

/// What the crate exports at its root, by name: the module that it comes from.
fn exports(lib: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for statement in lib.split(';').filter_map(|statement| statement.trim().split_once("pub use "))
    {
        let Some((module, names)) = statement.1.split_once("::") else { continue };
        let names = names.trim_start_matches('{').trim_end_matches('}');
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let name = name.rsplit_once(" as ").map_or(name, |(_, alias)| alias);
            found.insert(name.to_owned(), module.to_owned());
        }
    }
    found
}

/// The file of a module and those of the folder beside it.
fn files(src: &Path, module: &str) -> Vec<PathBuf> {
    let mut found = vec![src.join(format!("{module}.rs"))];
    let mut folders = vec![src.join(module)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.retain(|file| file.exists());
    found.sort();
    found
}

/// The first words behind each `crate::`, also those of `crate::{a, b::{c, d}}`.
fn used_of_crate(code: &str) -> Vec<String> {
    let word = |text: &str| {
        text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
    };
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let Some(group) = rest.strip_prefix('{') else {
            found.push(word(rest));
            continue;
        };
        let mut depth = 0;
        let mut starts = true;
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => starts = true,
                _ if starts && !c.is_whitespace() => {
                    found.push(word(&group[at..]));
                    starts = false;
                }
                _ => {}
            }
        }
    }
    found
}

#[test]
fn uses_are_found_in_groups_and_in_code() {
    let code = "use crate::{a, b::{c, d},\n  E};\nlet x: crate::F = crate::g::h();";
    assert_eq!(used_of_crate(code), ["a", "b", "E", "F", "g"]);
    assert_eq!(
        exports("pub use a::{B, C as D};\npub use e::F;").into_keys().collect::<Vec<_>>(),
        ["B", "D", "F"]
    );
}
