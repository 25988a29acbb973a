//! Reading earlier output for `--against`: what was applied before, as YAML or JSON.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use seaway_core::values::Name;
use seaway_core::{Code, Diagnostic, Source};
use seaway_render::Earlier;
use seaway_render::layout::{GUARDS, OBJECTS};
use serde::Deserialize;

use crate::files::{Disk, EXTENSIONS, Kind, Tree, reason};
use crate::marker::MARKER;
use crate::messages::{AGAINST, Message, Report};

/// Most bytes of one file: five thousand objects take 2.5 MB.
const MAX_FILE: u64 = 16 << 20;

/// The earlier output of each stage that has one.
pub(crate) type ByStage = BTreeMap<String, Earlier>;

/// A stack, by what its folder is called, and its stages.
pub(crate) struct Wanted<'a> {
    /// The name of the stack, if it says one.
    pub(crate) stack: Option<&'a str>,
    /// The stages that are compared.
    pub(crate) stages: &'a [String],
}

/// Reads what `path` names for each stack: a file, a folder of files, a folder with one folder a stage, or one with a
/// folder a stack, which holds one a stage.
///
/// The folder of a stage below that of its stack comes first, then that of the stage, then the folder around. What names
/// no stack is that of the only one, and what names no stage that of its only stage.
pub(crate) fn read(path: &Path, wanted: &[Wanted<'_>]) -> Result<Vec<ByStage>, Report> {
    read_from(&Disk, path, wanted)
}

/// Reads the same out of a tree of files.
pub(crate) fn read_from(
    tree: &dyn Tree,
    path: &Path,
    wanted: &[Wanted<'_>],
) -> Result<Vec<ByStage>, Report> {
    let is_folder = match tree.kind(path) {
        Ok(kind) => kind == Kind::Folder,
        Err(error) => {
            let text = format!("can not read `{}`: {}", tree.name(path), reason(&error));
            return Err(missing(text).into());
        }
    };
    let is_only = wanted.len() == 1;
    let all = wanted.iter().map(|wanted| read_stack(tree, path, is_folder, wanted, is_only));
    let all: Vec<ByStage> = all.collect::<Result<_, _>>()?;
    // A stage that is new has nothing beside the others of its stack.
    let has_stack = wanted.iter().any(|wanted| has_folder(tree, path, wanted));
    if all.iter().all(BTreeMap::is_empty) && !has_stack {
        return Err(nothing(&tree.name(path)));
    }
    Ok(all)
}

fn read_stack(
    tree: &dyn Tree,
    path: &Path,
    is_folder: bool,
    wanted: &Wanted<'_>,
    is_only: bool,
) -> Result<ByStage, Report> {
    let folder_of = |stage: &str| {
        // What is no name is reported where the stage is compiled.
        Name::try_from(stage.to_owned()).ok().filter(|_| is_folder)?;
        let of_stack = wanted.stack.map(|stack| path.join(stack).join(stage));
        let alone = is_only.then(|| path.join(stage));
        of_stack.into_iter().chain(alone).find(|folder| is_folder_of(tree, folder))
    };
    let mut found = ByStage::new();
    for stage in wanted.stages {
        let read = match folder_of(stage) {
            Some(folder) => read_all(tree, &folder, true)?,
            None if is_only && wanted.stages.len() == 1 && !has_folder(tree, path, wanted) => {
                read_all(tree, path, is_folder)?
            }
            None => continue,
        };
        found.insert(stage.clone(), read);
    }
    Ok(found)
}

/// Whether a folder has one of the stack.
fn has_folder(tree: &dyn Tree, path: &Path, wanted: &Wanted<'_>) -> bool {
    wanted.stack.is_some_and(|stack| is_folder_of(tree, &path.join(stack)))
}

fn is_folder_of(tree: &dyn Tree, path: &Path) -> bool {
    tree.kind(path).is_ok_and(|kind| kind == Kind::Folder)
}

/// What is said where no stage has earlier output.
fn nothing(name: &str) -> Report {
    let text = format!("`{name}` has no folder with the name of a stage");
    let help = "name one stage with `--stage`, or a folder with one folder a stage";
    missing(text).help(help).into()
}

fn missing(text: String) -> Message {
    Message::error(AGAINST, text).note("`--against` compares with output that was applied before")
}

fn read_all(tree: &dyn Tree, path: &Path, is_folder: bool) -> Result<Earlier, Report> {
    let mut earlier = Earlier::default();
    let objects = path.join(OBJECTS);
    let has_layout = tree.kind(&path.join(MARKER)).is_ok_and(|kind| kind == Kind::File)
        && is_folder_of(tree, &objects);
    // The files around the objects are those of a GitOps tool.
    let path = if has_layout { &objects } else { path };
    let files = if is_folder { files(tree, path)? } else { vec![path.to_owned()] };
    for file in &files {
        read_file(tree, file, &mut earlier)?;
    }
    if earlier.is_empty() {
        let text = format!("`{}` holds no objects", tree.name(path));
        return Err(missing(text)
            .help("name what `seaway render` wrote, a folder or a file of YAML or JSON")
            .into());
    }
    Ok(earlier)
}

/// The files of a folder in the order of their names.
fn files(tree: &dyn Tree, folder: &Path) -> Result<Vec<PathBuf>, Report> {
    let failed = |error| {
        let text = format!("can not read `{}`: {}", tree.name(folder), reason(&error));
        Report::from(missing(text))
    };
    let mut files = Vec::new();
    for name in tree.names(folder).map_err(failed)? {
        let path = folder.join(name);
        let extension = path.extension().and_then(|extension| extension.to_str());
        let is_ours = extension.is_some_and(|extension| EXTENSIONS.contains(&extension));
        if is_ours && !is_folder_of(tree, &path) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read_file(tree: &dyn Tree, file: &Path, earlier: &mut Earlier) -> Result<(), Report> {
    let name = tree.name(file);
    let bytes = tree.bytes(file, MAX_FILE + 1).map_err(|error| {
        Report::from(missing(format!("can not read `{name}`: {}", reason(&error))))
    })?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(missing(format!("`{name}` has more than {} MiB", MAX_FILE >> 20)).into());
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| Report::from(missing(format!("`{name}` is not UTF-8 text"))))?;
    for (index, document) in serde_yaml::Deserializer::from_str(&text).enumerate() {
        let value = match serde_yaml::Value::deserialize(document) {
            Ok(serde_yaml::Value::Null) => continue,
            Ok(mut value) => {
                remove_guards(&mut value);
                value
            }
            Err(error) => return Err(no_yaml(name, text.clone(), &error)),
        };
        earlier.add(&value).map_err(|error| {
            let text = format!("document {} of `{name}` is no object: {error}", index + 1);
            let message = Message::error(AGAINST, text);
            Report::from(message.help("`--against` reads output that was applied before"))
        })?;
    }
    Ok(())
}

/// Removes what `render --layout` adds to an object, so that it equals the one of the stage.
fn remove_guards(object: &mut serde_yaml::Value) {
    let Some(metadata) = object.get_mut("metadata").and_then(serde_yaml::Value::as_mapping_mut)
    else {
        return;
    };
    let annotations = metadata.get_mut("annotations");
    let Some(annotations) = annotations.and_then(serde_yaml::Value::as_mapping_mut) else { return };
    let before = annotations.len();
    for (key, value) in GUARDS {
        if annotations.get(key).and_then(serde_yaml::Value::as_str) == Some(value) {
            annotations.remove(key);
        }
    }
    if annotations.is_empty() && before > 0 {
        metadata.remove("annotations");
    }
}

/// Shows where the text stops being YAML.
fn no_yaml(name: String, text: String, error: &serde_yaml::Error) -> Report {
    let message = format!("`{name}` is not YAML");
    let mut diagnostic = Diagnostic::error(Code::Syntax, message);
    let source = Box::new(Source::new(name, text));
    let text = &source.stack.text;
    // The reader says the place once more at the end.
    let said = error.to_string();
    let cause = said.split(" at line ").next().unwrap_or_default().to_owned();
    diagnostic = match error.location() {
        Some(place) => {
            let line = text.split_inclusive('\n').take(place.line().saturating_sub(1));
            let start: usize = line.map(str::len).sum();
            let column = place.column().saturating_sub(1);
            let before = text[start..].chars().take_while(|c| *c != '\n').take(column);
            let at = start + before.map(char::len_utf8).sum::<usize>();
            diagnostic.label(source.stack.span(at..at), cause)
        }
        None => diagnostic.note(cause),
    };
    Report { source, messages: vec![diagnostic.into()], stages: 1 }
}
