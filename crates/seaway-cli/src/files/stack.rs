//! A stack with all of its texts.

use std::io;
use std::path::{Component, Path, PathBuf};

use seaway_core::document::Setting;
use seaway_core::values::Name;
use seaway_core::{
    Code, Diagnostic, Document, Severity, Sink, Source, SourceText, Sourced, Span, TextKind,
    suggest,
};

use super::beside::By;
use super::tree::{Disk, Kind, Tree};
use super::{base, reason};
use crate::messages::{Message, Report};

/// What messages call a text over the stack.
const OVERLAY: &str = "overlay";
/// The name of the stack file in its folder.
pub(crate) const STACK_FILE: &str = "stack.toml";
/// Most bytes of a text that are read. The compiler refuses more than 16 MiB in its own words.
pub(super) const MAX_TEXT: u64 = (16 << 20) + 1;

/// What lies over a stack, from the command line.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Over<'a> {
    /// Overlay files, the lowest first.
    pub(crate) overlays: &'a [PathBuf],
    /// Values, over all overlays.
    pub(crate) settings: &'a [Setting],
}

/// The texts of one stack or of several, in one space of offsets. The first one is the stack file of the source.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    /// What the places of all diagnostics point into; nothing before the first text.
    pub(crate) source: Option<Box<Source>>,
}

impl Texts {
    fn add(&mut self, name: String, text: String, asked_by: Option<Span>) -> &SourceText {
        match &mut self.source {
            Some(source) => source.add(TextKind::File, name, text, asked_by),
            empty => &empty.insert(Box::new(Source::new(name, text))).stack,
        }
    }
}

/// A stack that was read.
#[derive(Debug)]
pub(crate) struct Stack {
    /// The parsed texts.
    pub(crate) document: Document,
    /// What parsing reported.
    pub(crate) parsed: Vec<Diagnostic>,
    /// Why a file could not be read. It matters only to the stages that use the file.
    pub(crate) unread: Vec<Diagnostic>,
    /// The texts in the order of their offsets. The first one is the stack file.
    pub(crate) texts: Vec<Text>,
}

/// A text of a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    /// Where its offsets begin.
    pub(crate) start: u32,
    /// The folder that its paths are relative to.
    pub(crate) folder: PathBuf,
    /// What messages call it.
    pub(crate) what: &'static str,
}

/// Reads the stack that `path` names, a folder or a file, with what lies over it.
pub(crate) fn read(
    tree: &dyn Tree,
    path: &Path,
    over: Over<'_>,
    texts: &mut Texts,
) -> Result<Stack, Report> {
    let file = stack_file(tree, path)?;
    let mut sink = Sink::default();
    let text = text(tree, &file)?;
    let text = texts.add(tree.name(&file), text, None);
    let mut reader = Reader {
        tree,
        document: seaway_core::document::parse_text(text, &mut sink),
        texts: vec![Text { start: text.start, folder: folder(&file), what: "stack" }],
        sink,
    };
    reader.bases(&file, texts);
    reader.over(over, texts)?;
    let unread = reader.files(texts);
    let Reader { document, sink, texts, .. } = reader;
    Ok(Stack { document, parsed: sink.finish(), unread, texts })
}

impl Stack {
    /// Whether a text is not TOML, so that what it says is known in parts only.
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

    /// The name of the stack, if a text says one that can be the name of a folder.
    pub(crate) fn name(&self) -> Option<&str> {
        let above = self.document.above.iter().rev().map(|above| &above.root);
        let mut roots = above.chain(self.document.roots().rev());
        let name = roots.find_map(|root| root.get("name"))?.as_str()?;
        Name::try_from(name.to_owned()).is_ok().then_some(name)
    }

    /// The folder that a path at this place is relative to.
    pub(crate) fn folder_at(&self, source: &Source, place: Span) -> &Path {
        let start = source.text_at(place.start).start;
        let known = self.texts.iter().find(|text| text.start == start);
        known.map_or(Path::new(""), |text| &text.folder)
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

struct Reader<'a> {
    tree: &'a dyn Tree,
    document: Document,
    sink: Sink,
    texts: Vec<Text>,
}

impl Reader<'_> {
    /// Reads what the stack file extends.
    fn bases(&mut self, file: &Path, texts: &mut Texts) {
        let outermost = self.tree.outermost(&self.texts[0].folder);
        let mut seen: Vec<(PathBuf, PathBuf)> = Vec::new();
        seen.extend(self.tree.real(file).map(|real| (real, file.to_owned())));
        while let Some(named) = self.document.base() {
            let folder = self.texts.last().map(|text| text.folder.clone()).unwrap_or_default();
            let base = base::read(self.tree, &folder, &outermost, &named);
            let is_seen = |base: &base::Base| seen.iter().any(|(real, _)| *real == base.real);
            let base = match base {
                Ok(base) if is_seen(&base) => Err(circle(&named, &seen, &base.file)),
                read => read,
            };
            let base = match base {
                Ok(base) => base,
                Err(fault) => return self.document.without_base(fault, &mut self.sink),
            };
            let text = texts.add(self.tree.name(&base.file), base.text, named.span());
            self.document.extend(text, &mut self.sink);
            self.texts.push(Text {
                start: text.start,
                folder: self::folder(&base.file),
                what: "base",
            });
            seen.push((base.real, base.file));
        }
    }

    /// Reads what lies over the stack.
    fn over(&mut self, over: Over<'_>, texts: &mut Texts) -> Result<(), Report> {
        for file in over.overlays {
            let text = text(&Disk, file)?;
            let text = texts.add(Disk.name(file), text, None);
            self.document.overlay(text, &mut self.sink);
            self.texts.push(Text { start: text.start, folder: folder(file), what: OVERLAY });
        }
        for setting in over.settings {
            let Some(source) = &mut texts.source else { continue };
            let text = source.add_setting(setting);
            self.document.set(setting, text, &mut self.sink);
            // A value of the command line names files as the stack file does.
            self.texts.push(Text { start: text.start, ..self.texts[0].clone() });
        }
        Ok(())
    }

    /// Where the files beside a text are. The command line names overlays of this machine, whatever revision it reads.
    fn tree_of(&self, text: &Text) -> &dyn Tree {
        if text.what == OVERLAY { &Disk } else { self.tree }
    }

    /// Reads the files that the texts name; what is given back is why one of them could not be read.
    fn files(&self, texts: &mut Texts) -> Vec<Diagnostic> {
        let Some(source) = &mut texts.source else { return Vec::new() };
        let mut unread = Vec::new();
        let by = |source: &Source, named: &Sourced<String>| {
            let start = source.text_at(named.span().unwrap_or_default().start).start;
            let text = self.texts.iter().find(|text| text.start == start)?;
            Some(By { tree: self.tree_of(text), folder: &text.folder, what: text.what })
        };
        for named in self.document.files() {
            match by(source, &named).map(|by| by.file(&named)) {
                Some(Ok(text)) => source.add_file(&named, text),
                Some(Err(diagnostic)) => unread.push(diagnostic),
                None => {}
            }
        }
        for named in self.document.crds() {
            match by(source, &named).map(|by| by.crds(&named)) {
                Some(Ok(files)) => source.add_crds(&named, files),
                Some(Err(diagnostic)) => unread.push(diagnostic),
                None => {}
            }
        }
        unread
    }
}

/// A base that leads back to a file that extends it.
fn circle(named: &Sourced<String>, seen: &[(PathBuf, PathBuf)], back: &Path) -> Diagnostic {
    let files = seen.iter().map(|(_, file)| file.display().to_string());
    let way: Vec<String> = files.chain([back.display().to_string()]).collect();
    let message = format!("the stack file `{}` extends itself", back.display());
    Diagnostic::error(Code::CyclicExtends, message)
        .origin(named.origin, "closes the circle")
        .note(way.join(" → "))
}

/// The folder of a file.
fn folder(file: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).to_owned()
}

/// A text in the language of Seaway.
fn text(tree: &dyn Tree, file: &Path) -> Result<String, Report> {
    let name = tree.name(file);
    let bytes = tree.bytes(file, MAX_TEXT).map_err(|error| {
        Report::from(match error.kind() {
            io::ErrorKind::NotFound => unreadable(format!("there is no file `{name}`")),
            _ => unreadable(format!("can not read `{name}`: {}", reason(&error))),
        })
    })?;
    String::from_utf8(bytes).map_err(|error| not_utf8(&name, error.as_bytes()))
}

/// The path of the stack file, as messages show it.
pub(super) fn stack_file(tree: &dyn Tree, path: &Path) -> Result<PathBuf, Report> {
    let short: PathBuf = path.components().filter(|part| *part != Component::CurDir).collect();
    let kind = tree.kind(path).map_err(|error| {
        let text = match error.kind() {
            io::ErrorKind::NotFound => format!("there is no folder or file `{}`", path.display()),
            _ => format!("can not read `{}`: {}", path.display(), reason(&error)),
        };
        Report::from(unreadable(text).help("name the folder of a stack, or its file"))
    })?;
    if kind != Kind::Folder {
        return Ok(short);
    }
    let file = short.join(STACK_FILE);
    if tree.kind(&file).is_ok() {
        return Ok(file);
    }
    let message = unreadable(format!("there is no file `{}`", file.display()));
    let mut near = near(tree, &short);
    near.truncate(5);
    let help = if near.is_empty() {
        "name the folder of a stack, or its file".to_owned()
    } else {
        format!("name a folder with a `{STACK_FILE}`: {}", suggest::quoted_list(&near))
    };
    Err(message.help(help).into())
}

/// Folders one or two levels below that hold a stack file.
fn near(tree: &dyn Tree, folder: &Path) -> Vec<String> {
    let below = |folder: &Path| -> Vec<PathBuf> {
        let names = tree.names(folder).unwrap_or_default();
        names.into_iter().map(|name| folder.join(name)).collect()
    };
    let mut found = below(folder);
    found.extend(below(&folder.join("stacks")));
    found.retain(|folder| tree.kind(&folder.join(STACK_FILE)).is_ok_and(|kind| kind == Kind::File));
    let mut names: Vec<_> = found.iter().map(|folder| folder.display().to_string()).collect();
    names.sort();
    names
}

pub(super) fn unreadable(text: impl Into<String>) -> Message {
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
