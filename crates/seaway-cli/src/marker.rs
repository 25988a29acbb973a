//! The file `.seaway` in a folder that Seaway wrote: by whom, of what, and which files.
//!
//! It is a small TOML document, so that a person can read it and `git diff` shows what changed:
//!
//! ```toml
//! # Written by `seaway render --out`, which replaces this folder as a whole.
//! form = 1
//! seaway = "0.1.0"
//! stack = "shop"
//! stage = "local"
//! files = [
//!   "000-namespace-shop.yaml",
//! ]
//!
//! [inputs]
//! "stack.toml" = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
//! ```
//!
//! `form` is the version of this form: a reader refuses a higher one. `inputs` are the texts that the stage was made of, by
//! their paths from the folder of the stack file, each with its hash; a flag of the command line has its key and no hash.
//! No value of either is in it. The same inputs and the same Seaway give the same bytes.
//!
//! Before form 1 there was a header and one name a line. Such a folder is read, too: only its files are known.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};
use std::{fs, io};

use seaway_core::{CrdFile, Node, Sink, Source, SourceText, Span, TextKind, Value};
use sha2::{Digest, Sha256};

use crate::files::{Input, reason};
use crate::messages::{Message, OUTPUT, Report};

/// The name of the file. `kubectl apply -f` passes over it: it takes `.yaml`, `.yml` and `.json`.
pub(crate) const MARKER: &str = ".seaway";
/// The newest form that is known.
const FORM: i64 = 1;
/// First line of each form.
const HEADER: &str = "# Written by `seaway render --out`, which replaces this folder as a whole.";
/// What the first line of form 0 ends in.
const LISTED: &str = " Its files:";
/// What stands for the hash of a flag.
const FLAG: &str = "flag";

/// What a folder says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Marker {
    /// The version of its form; zero for a list of files alone.
    pub(crate) form: i64,
    /// The Seaway that wrote it; `None` in form 0, as the next three.
    pub(crate) seaway: Option<String>,
    /// The name of the stack.
    pub(crate) stack: Option<String>,
    /// The stage.
    pub(crate) stage: Option<String>,
    /// What the stage was made of: names, and hashes in the form `sha256:…`.
    pub(crate) inputs: BTreeMap<String, String>,
    /// The names of the files beside it.
    pub(crate) files: Vec<String>,
}

impl Marker {
    /// The marker of a stage of this Seaway.
    pub(crate) fn of(input: &Input, stack: &str, stage: &str, files: &[(String, String)]) -> Self {
        Self {
            form: FORM,
            seaway: Some(env!("CARGO_PKG_VERSION").to_owned()),
            stack: Some(stack.to_owned()),
            stage: Some(stage.to_owned()),
            inputs: inputs(&input.source, |place| input.folder_at(place).to_owned()),
            files: files.iter().map(|(name, _)| name.clone()).collect(),
        }
    }

    /// The marker of a folder; `None` if it has none, or a file of that name that Seaway did not write.
    pub(crate) fn read(folder: &Path) -> Result<Option<Self>, Report> {
        let path = folder.join(MARKER);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            // A folder, or bytes that are no text.
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(None),
            Err(_) if path.is_dir() => return Ok(None),
            Err(error) => {
                let text = format!("can not read `{}`: {}", path.display(), reason(&error));
                return Err(Message::error(OUTPUT, text).into());
            }
        };
        Self::parse(&text).map_err(|form| newer(&path, form).into())
    }

    /// The marker that a text is; the form of one that is newer than this Seaway.
    pub(crate) fn parse(text: &str) -> Result<Option<Self>, i64> {
        let Some(rest) = text.strip_prefix(HEADER) else { return Ok(None) };
        if let Some(names) = rest.strip_prefix(LISTED) {
            let files = names.lines().filter(|name| !name.is_empty()).map(str::to_owned).collect();
            let (seaway, stack, stage) = (None, None, None);
            return Ok(Some(Self {
                form: 0,
                seaway,
                stack,
                stage,
                inputs: BTreeMap::new(),
                files,
            }));
        }
        let mut sink = Sink::default();
        let root = seaway_core::parse(&Source::new(MARKER, text), &mut sink).root;
        let form = match root.get("form").map(|form| &form.value) {
            // Whatever else a newer form says.
            Some(Value::Integer(form)) if *form > FORM => return Err(*form),
            Some(Value::Integer(FORM)) if sink.errors() == 0 => FORM,
            _ => return Ok(None),
        };
        let text = |node: &Node| node.as_str().map(str::to_owned);
        let files = match root.get("files").map(|files| &files.value) {
            Some(Value::Array(files)) => files.iter().filter_map(text).collect(),
            _ => Vec::new(),
        };
        let inputs = root.get("inputs").and_then(Node::as_table).into_iter().flatten();
        let inputs = inputs.filter_map(|(name, hash)| Some((name.value.clone(), text(hash)?)));
        let word = |key| root.get(key).and_then(text);
        Ok(Some(Self {
            form,
            seaway: word("seaway"),
            stack: word("stack"),
            stage: word("stage"),
            inputs: inputs.collect(),
            files,
        }))
    }

    /// The version of another Seaway that made the folder of these very texts: what differs then is its doing. Values of the
    /// command line are not known, and may be other ones.
    pub(crate) fn other_seaway(&self, inputs: &BTreeMap<String, String>) -> Option<&str> {
        let seaway =
            self.seaway.as_deref().filter(|seaway| *seaway != env!("CARGO_PKG_VERSION"))?;
        let has_flags = inputs.values().any(|hash| hash == FLAG);
        (self.inputs == *inputs && !has_flags).then_some(seaway)
    }

    /// The text of the file, in the newest form.
    pub(crate) fn text(&self) -> String {
        let mut out = format!("{HEADER}\nform = {FORM}\n");
        let words = [("seaway", &self.seaway), ("stack", &self.stack), ("stage", &self.stage)];
        for (key, word) in words {
            if let Some(word) = word {
                // Writing to a String can not fail, here and below.
                let _ = writeln!(out, "{key} = {}", quoted(word));
            }
        }
        out.push_str("files = [\n");
        for file in &self.files {
            let _ = writeln!(out, "  {},", quoted(file));
        }
        out.push_str("]\n\n[inputs]\n");
        for (name, hash) in &self.inputs {
            let _ = writeln!(out, "{} = {}", quoted(name), quoted(hash));
        }
        out
    }
}

fn newer(path: &Path, form: i64) -> Message {
    let text = format!("`{}` has form {form}, which is newer than this Seaway", path.display());
    Message::error(OUTPUT, text)
        .note(format!("Seaway {} knows form {FORM}", env!("CARGO_PKG_VERSION")))
        .help("take the Seaway that wrote the folder, or a newer one; or remove the folder")
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The texts of a stack by their names, with their hashes. The shipped types are part of Seaway, whose version is known.
/// `folder_of` says what paths in a text are relative to.
pub(crate) fn inputs(
    source: &Source,
    folder_of: impl Fn(Span) -> PathBuf,
) -> BTreeMap<String, String> {
    let folder = Path::new(&*source.stack.name).parent().unwrap_or(Path::new(""));
    let of_text = |text: &SourceText| match text.kind {
        TextKind::File => Some((relative(folder, Path::new(&*text.name)), hash(&text.text))),
        // Its key is its name; a value is nobody's business.
        TextKind::Flag => Some((text.name.to_string(), FLAG.to_owned())),
        TextKind::Shipped => None,
    };
    let texts = std::iter::once(&source.stack).chain(&source.further).filter_map(of_text);
    let files = source.files.iter().map(|((start, name), text)| {
        let named_by = folder_of(Span { start: *start, end: *start });
        (relative(folder, &named_by.join(name)), hash(text))
    });
    let crds = source.crds.iter().flat_map(|((start, _), files)| {
        let named_by = folder_of(Span { start: *start, end: *start });
        let of_file =
            move |file: &CrdFile| (relative(folder, &named_by.join(&file.path)), hash(&file.text));
        files.iter().map(of_file)
    });
    texts.chain(files).chain(crds).collect()
}

fn hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().fold("sha256:".to_owned(), |mut hash, byte| {
        let _ = write!(hash, "{byte:02x}");
        hash
    })
}

/// The way from a folder to a file, so that it does not matter where Seaway was called; the name of the file where no way
/// is known.
fn relative(folder: &Path, file: &Path) -> String {
    let parts = |path: &'_ Path| -> Vec<String> {
        let parts = path.components().filter(|part| *part != Component::CurDir);
        parts.map(|part| part.as_os_str().display().to_string()).collect()
    };
    let (from, to) = (parts(folder), parts(file));
    let common = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let is_elsewhere = folder.has_root() != file.has_root();
    if is_elsewhere || from[common..].iter().any(|part| part == "..") {
        return to.last().cloned().unwrap_or_default();
    }
    let up = std::iter::repeat_n("..".to_owned(), from.len() - common);
    up.chain(to[common..].iter().cloned()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marker() -> Marker {
        let mut source = Source::new("a/shop/stack.toml", "name = \"shop\"\n");
        source.add(TextKind::File, "a/base/stack.toml", "", None);
        let setting = "app.env.TOKEN=hunter2".parse().expect("a setting");
        source.add_setting(&setting);
        source.add(TextKind::Shipped, "templates/services/mailpit.toml", "", None);
        source.files.insert((0, "files/a.conf".to_owned()), "x".to_owned());
        Marker {
            form: FORM,
            seaway: Some("0.1.0".to_owned()),
            stack: Some("shop".to_owned()),
            stage: Some("local".to_owned()),
            inputs: inputs(&source, |_| PathBuf::from("a/shop")),
            files: vec!["000-namespace-shop.yaml".to_owned(), "odd \"name\"\u{7f}.yaml".to_owned()],
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let marker = marker();
        insta::assert_snapshot!(marker.text(), @r#"
        # Written by `seaway render --out`, which replaces this folder as a whole.
        form = 1
        seaway = "0.1.0"
        stack = "shop"
        stage = "local"
        files = [
          "000-namespace-shop.yaml",
          "odd \"name\"\u007F.yaml",
        ]

        [inputs]
        "--set app.env.TOKEN" = "flag"
        "../base/stack.toml" = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        "files/a.conf" = "sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
        "stack.toml" = "sha256:984bf849e4db289e9b62ef297ee70f4fa43fca7e20ac45811d81a410ea5073e2"
        "#);
        assert_eq!(Marker::parse(&marker.text()), Ok(Some(marker)));
    }

    #[test]
    fn older_forms_are_read_and_newer_ones_are_not() {
        let old = format!("{HEADER}{LISTED}\n000-namespace-shop.yaml\n010-service-web.yaml\n");
        let read = Marker::parse(&old).expect("form 0").expect("a marker");
        assert_eq!((read.form, read.files.len(), read.stack), (0, 2, None));
        assert_eq!(Marker::parse(&format!("{HEADER}\nform = 2\nnew = [")), Err(2));
        for foreign in [
            "",
            "form = 1\n",
            &format!("{HEADER}\nform = \"1\"\n"),
            &format!("{HEADER}\nform = 1\nx"),
        ] {
            assert_eq!(Marker::parse(foreign), Ok(None), "{foreign}");
        }
    }

    #[test]
    fn the_way_to_a_file_does_not_depend_on_the_current_folder() {
        for (folder, file, way) in [
            ("", "stack.toml", "stack.toml"),
            ("shop", "shop/stack.toml", "stack.toml"),
            ("/x/shop", "/x/base/stack.toml", "../base/stack.toml"),
            ("shop", "base/stack.toml", "../base/stack.toml"),
            ("", "../base/stack.toml", "../base/stack.toml"),
            ("../shop", "base/stack.toml", "stack.toml"),
            ("shop", "/x/stack.toml", "stack.toml"),
        ] {
            assert_eq!(relative(Path::new(folder), Path::new(file)), way, "{folder} {file}");
        }
    }
}
