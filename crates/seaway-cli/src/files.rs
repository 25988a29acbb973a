//! Reading: the stack file, and the files beside it that it names.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use seaway_core::{Code, Diagnostic, Document, Severity, Sink, Source, Sourced, suggest};

use crate::messages::{Message, Report};

/// The name of the stack file in its folder.
const STACK_FILE: &str = "stack.toml";
/// Most bytes of a stack file that are read. The compiler refuses more than 16 MiB in its own words.
const MAX_STACK: u64 = (16 << 20) + 1;
/// Most bytes of a file that a stack names: what a `ConfigMap` holds
/// (<https://kubernetes.io/docs/concepts/configuration/configmap/#motivation>).
const MAX_FILE: u64 = 1 << 20;

/// All that a compilation reads, and what went wrong while it was read.
#[derive(Debug)]
pub(crate) struct Input {
    /// The stack file, with the files that could be read.
    pub(crate) source: Box<Source>,
    /// The parsed stack file.
    pub(crate) document: Document,
    /// What parsing reported.
    pub(crate) parsed: Vec<Diagnostic>,
    /// Why a file could not be read. It matters only to the stages that use the file.
    pub(crate) unread: Vec<Diagnostic>,
}

impl Input {
    /// Whether the text is not TOML, so that what it says is known in parts only.
    pub(crate) fn is_broken(&self) -> bool {
        self.parsed.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Where a stage reports, with what parsing reported.
    pub(crate) fn sink(&self) -> Sink {
        let mut sink = Sink::default();
        for diagnostic in &self.parsed {
            sink.report(diagnostic.clone());
        }
        sink
    }

    /// The names of the stages in the order of the file.
    pub(crate) fn stages(&self) -> Vec<String> {
        self.document.stages().into_iter().map(|stage| stage.value).collect()
    }

    /// Says why a file is missing, where the compiler can only say that it is.
    pub(crate) fn explain(&self, diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let place = |diagnostic: &Diagnostic| diagnostic.labels.first().map(|label| label.span);
        let explained = diagnostics.into_iter().map(|diagnostic| {
            let mut known = self.unread.iter().filter(|_| diagnostic.code == Code::MissingFile);
            known.find(|unread| place(unread) == place(&diagnostic)).cloned().unwrap_or(diagnostic)
        });
        explained.collect()
    }
}

/// Reads the stack that `path` names, a folder or a file.
pub(crate) fn read(path: &Path) -> Result<Input, Report> {
    let file = stack_file(path)?;
    let name = file.display().to_string();
    let bytes = bytes(&file, MAX_STACK).map_err(|error| {
        Report::from(unreadable(format!("can not read `{name}`: {}", reason(&error))))
    })?;
    let text = String::from_utf8(bytes).map_err(|error| not_utf8(&name, error.as_bytes()))?;
    let mut source = Box::new(Source::new(name, text));
    let mut sink = Sink::default();
    let document = seaway_core::parse(&source, &mut sink);
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut unread = Vec::new();
    for named in document.files() {
        match read_beside(folder, &named) {
            Ok(text) => {
                source.files.insert(named.value, text);
            }
            Err(diagnostic) => unread.push(diagnostic),
        }
    }
    Ok(Input { source, document, parsed: sink.finish(), unread })
}

/// The cause of an I/O error without its number.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    let (first, rest) = text[..end].split_at(text[..end].chars().next().map_or(0, char::len_utf8));
    format!("{}{rest}", first.to_lowercase())
}

/// The path of the stack file, as messages show it.
fn stack_file(path: &Path) -> Result<PathBuf, Report> {
    let short: PathBuf = path.components().filter(|part| *part != Component::CurDir).collect();
    let folder = match fs::metadata(path) {
        Ok(found) if found.is_dir() => true,
        Ok(_) => false,
        Err(error) => {
            let text = match error.kind() {
                io::ErrorKind::NotFound => {
                    format!("there is no folder or file `{}`", path.display())
                }
                _ => format!("can not read `{}`: {}", path.display(), reason(&error)),
            };
            return Err(unreadable(text).help("name the folder of a stack, or its file").into());
        }
    };
    if !folder {
        return Ok(short);
    }
    let file = short.join(STACK_FILE);
    if file.exists() {
        return Ok(file);
    }
    let message = unreadable(format!("there is no file `{}`", file.display()));
    let mut near = near(&short);
    near.truncate(5);
    let help = if near.is_empty() {
        "name the folder of a stack, or its file".to_owned()
    } else {
        format!("name a folder with a `{STACK_FILE}`: {}", suggest::quoted_list(&near))
    };
    Err(message.help(help).into())
}

/// Folders one or two levels below that hold a stack file.
fn near(folder: &Path) -> Vec<String> {
    let below = |folder: &Path| -> Vec<PathBuf> {
        let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let entries = fs::read_dir(here).into_iter().flatten().flatten();
        entries.map(|entry| folder.join(entry.file_name())).collect()
    };
    let mut found = below(folder);
    found.extend(below(&folder.join("stacks")));
    found.retain(|folder| folder.join(STACK_FILE).is_file());
    let mut names: Vec<_> = found.iter().map(|folder| folder.display().to_string()).collect();
    names.sort();
    names
}

fn unreadable(text: impl Into<String>) -> Message {
    Message::error(Code::MissingFile.as_str(), text)
}

/// Shows the first byte that is not UTF-8 where the replacement character stands for it.
fn not_utf8(name: &str, bytes: &[u8]) -> Report {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let valid = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
    let byte = bytes.get(valid).copied().unwrap_or_default();
    let source = Box::new(Source::new(name, text));
    let span = source.stack.span(valid..valid + char::REPLACEMENT_CHARACTER.len_utf8());
    let diagnostic = Diagnostic::error(Code::Syntax, format!("`{name}` is not UTF-8 text"))
        .label(span, format!("the byte 0x{byte:02x}"))
        .help("save the file as UTF-8");
    Report { source, messages: vec![diagnostic.into()], stages: 1 }
}

/// Reads a file that the stack names. Only files of its own folder: a stack is no way to read the rest of the machine.
fn read_beside(folder: &Path, named: &Sourced<String>) -> Result<String, Diagnostic> {
    let problem = |text: String, label: String| {
        Diagnostic::error(Code::MissingFile, text).origin(named.origin, label)
    };
    let outside = || {
        problem(format!("`{named}` is outside of the folder of the stack"), String::new())
            .help("copy the file into the folder of the stack file")
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
    let root = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let root = root.canonicalize().map_err(failed)?;
    let path = root.join(&named.value).canonicalize().map_err(failed)?;
    if !path.starts_with(&root) {
        return Err(outside().note(format!("a symbolic link leads to `{}`", path.display())));
    }
    if !fs::metadata(&path).map_err(failed)?.is_file() {
        return Err(problem(format!("`{named}` is not a file"), String::new()));
    }
    let bytes = bytes(&path, MAX_FILE + 1).map_err(failed)?;
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

/// The bytes of a file, `most` of them; a device may have no end.
pub(crate) fn bytes(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let length = file.metadata()?.len().min(most);
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default() + 1);
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
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
