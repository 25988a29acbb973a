//! Reading earlier output for `--against`: what was applied before, as YAML or JSON.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use seaway_core::values::Name;
use seaway_core::{Code, Diagnostic, Source};
use seaway_render::Earlier;
use serde::Deserialize;

use crate::files::{bytes, reason};
use crate::messages::{AGAINST, Message, Report};

/// Most bytes of one file: five thousand objects take 2.5 MB.
const MAX_FILE: u64 = 16 << 20;
/// What `kubectl apply -f FOLDER` takes.
const EXTENSIONS: [&str; 3] = ["json", "yaml", "yml"];

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
    let is_folder = match fs::metadata(path) {
        Ok(found) => found.is_dir(),
        Err(error) => {
            let text = format!("can not read `{}`: {}", path.display(), reason(&error));
            return Err(missing(text).into());
        }
    };
    let is_only = wanted.len() == 1;
    let all = wanted.iter().map(|wanted| read_stack(path, is_folder, wanted, is_only));
    let all: Vec<ByStage> = all.collect::<Result<_, _>>()?;
    // A stage that is new has nothing beside the others of its stack.
    let has_stack = wanted.iter().any(|wanted| has_folder(path, wanted));
    if all.iter().all(BTreeMap::is_empty) && !has_stack {
        return Err(nothing(path));
    }
    Ok(all)
}

fn read_stack(
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
        of_stack.into_iter().chain(alone).find(|folder| folder.is_dir())
    };
    let mut found = ByStage::new();
    for stage in wanted.stages {
        let read = match folder_of(stage) {
            Some(folder) => read_all(&folder, true)?,
            None if is_only && wanted.stages.len() == 1 && !has_folder(path, wanted) => {
                read_all(path, is_folder)?
            }
            None => continue,
        };
        found.insert(stage.clone(), read);
    }
    Ok(found)
}

/// Whether a folder has one of the stack.
fn has_folder(path: &Path, wanted: &Wanted<'_>) -> bool {
    wanted.stack.is_some_and(|stack| path.join(stack).is_dir())
}

/// What is said where no stage has earlier output.
fn nothing(path: &Path) -> Report {
    let text = format!("`{}` has no folder with the name of a stage", path.display());
    let help = "name one stage with `--stage`, or a folder with one folder a stage";
    missing(text).help(help).into()
}

fn missing(text: String) -> Message {
    Message::error(AGAINST, text).note("`--against` compares with output that was applied before")
}

fn read_all(path: &Path, is_folder: bool) -> Result<Earlier, Report> {
    let mut earlier = Earlier::default();
    let files = if is_folder { files(path)? } else { vec![path.to_owned()] };
    for file in &files {
        read_file(file, &mut earlier)?;
    }
    if earlier.is_empty() {
        let text = format!("`{}` holds no objects", path.display());
        return Err(missing(text)
            .help("name what `seaway render` wrote, a folder or a file of YAML or JSON")
            .into());
    }
    Ok(earlier)
}

/// The files of a folder in the order of their names.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Report> {
    let failed = |error| {
        let text = format!("can not read `{}`: {}", folder.display(), reason(&error));
        Report::from(missing(text))
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if extension.is_some_and(|extension| EXTENSIONS.contains(&extension)) && !path.is_dir() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read_file(file: &Path, earlier: &mut Earlier) -> Result<(), Report> {
    let name = file.display().to_string();
    let bytes = bytes(file, MAX_FILE + 1).map_err(|error| {
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
            Ok(value) => value,
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
