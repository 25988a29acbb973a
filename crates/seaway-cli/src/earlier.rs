//! Reading earlier output for `--against`: what was applied before, as YAML or JSON.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

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

/// Reads what `path` names: a file, a folder of files, or a folder with one folder a stage.
///
/// The folder of a stage counts before the folder around it. Several stages can not be compared with one output.
pub(crate) fn read(path: &Path, stages: &[String]) -> Result<ByStage, Report> {
    let is_folder = match fs::metadata(path) {
        Ok(found) => found.is_dir(),
        Err(error) => {
            let text = format!("can not read `{}`: {}", path.display(), reason(&error));
            return Err(missing(text).into());
        }
    };
    let folder_of = |stage: &String| is_folder.then(|| path.join(stage)).filter(|of| of.is_dir());
    let mut found = ByStage::new();
    for stage in stages {
        match folder_of(stage) {
            Some(folder) => found.insert(stage.clone(), read_all(&folder, true)?),
            None if stages.len() == 1 => found.insert(stage.clone(), read_all(path, is_folder)?),
            None => None,
        };
    }
    if found.is_empty() {
        let text = format!("`{}` has no folder with the name of a stage", path.display());
        return Err(missing(text)
            .help("name one stage with `--stage`, or a folder with one folder a stage")
            .into());
    }
    Ok(found)
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
