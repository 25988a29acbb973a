//! The two revisions of the command line, and which stack of the one belongs to which of the other.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::args;
use crate::files::{Disk, Kind, Tree, reason};
use crate::git::{self, Spelling};
use crate::messages::{Message, Report};

/// What messages of this command have for a code.
const DIFF: &str = "diff";
/// The name of the stack file in its folder.
const STACK_FILE: &str = "stack.toml";
/// Folders that hold no stacks of the repository itself.
const PASSED_OVER: [&str; 2] = ["node_modules", "target"];
/// Most folders below each other that are looked into.
const DEEPEST: usize = 32;

/// A revision: where its files are read from, and what is there.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) tree: Box<dyn Tree + Sync>,
    /// What the command line calls it.
    pub(super) name: String,
    pub(super) content: Content,
}

/// What a side holds.
#[derive(Debug)]
pub(super) enum Content {
    /// Stack files, by their place below the side.
    Stacks(BTreeMap<PathBuf, PathBuf>),
    /// A file or a folder with rendered objects.
    Rendered(PathBuf),
}

/// Both revisions.
#[derive(Debug)]
pub(super) struct Sides {
    pub(super) old: Side,
    pub(super) new: Side,
}

/// Stack files that belong together.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) old: Option<PathBuf>,
    pub(super) new: Option<PathBuf>,
}

/// Finds both revisions.
pub(super) fn find(args: &args::Diff) -> Result<Sides, Report> {
    let (old, working) = match Spelling::of(&args.old) {
        Some(spelling) => {
            let found = git::find(&spelling)?;
            let name = args.old.display().to_string();
            let content = content(&found.tree, &found.path)?;
            // A stack that is new has no place in the old revision.
            let content = content.unwrap_or(Content::Stacks(BTreeMap::new()));
            (Side { tree: Box::new(found.tree), name, content }, Some(found.working))
        }
        None => (on_disk(&args.old)?, None),
    };
    let new = match (&args.new, working) {
        (Some(new), _) => match Spelling::of(new) {
            Some(spelling) => {
                let found = git::find(&spelling)?;
                let content = content(&found.tree, &found.path)?;
                let content = content.unwrap_or(Content::Stacks(BTreeMap::new()));
                Side { tree: Box::new(found.tree), name: new.display().to_string(), content }
            }
            None => on_disk(new)?,
        },
        (None, Some(working)) => on_disk(&working)?,
        (None, None) => {
            let old = args.old.display();
            let word = seaway_render::shell::word(&old.to_string()).into_owned();
            let message = Message::error(DIFF, format!("what is `{old}` to be compared with?"))
                .note("without a second path, the new revision is the place of a Git revision in the working tree")
                .help(format!("name it, for example `seaway diff {word} stacks/shop`, or a revision: `seaway diff main:./`"));
            return Err(message.into());
        }
    };
    if matches!((&old.content, &new.content), (Content::Stacks(old), Content::Stacks(new)) if old.is_empty() && new.is_empty())
    {
        let text = format!("neither `{}` nor `{}` holds a stack", old.name, new.name);
        let help = format!("name a folder that holds a `{STACK_FILE}`, or a folder above it");
        return Err(Message::error(DIFF, text).help(help).into());
    }
    Ok(Sides { old, new })
}

fn on_disk(path: &Path) -> Result<Side, Report> {
    let name = path.display().to_string();
    let Some(content) = content(&Disk, path)? else {
        let message = Message::error(DIFF, format!("there is no folder or file `{name}`"));
        let help = "name a stack, a folder, or a Git revision, which ends in a colon: `main:`";
        return Err(message.help(help).into());
    };
    Ok(Side { tree: Box::new(Disk), name, content })
}

/// What lies at a path; `None` if there is nothing.
fn content(tree: &dyn Tree, path: &Path) -> Result<Option<Content>, Report> {
    let kind = match tree.kind(path) {
        Ok(kind) => kind,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(tree, path, &error)),
    };
    if kind != Kind::Folder {
        let is_rendered =
            ["yaml", "yml", "json"].map(OsStr::new).contains(&path.extension().unwrap_or_default());
        return Ok(Some(if is_rendered {
            Content::Rendered(path.to_owned())
        } else {
            Content::Stacks(BTreeMap::from([(PathBuf::new(), path.to_owned())]))
        }));
    }
    // Names are shown as one would type them.
    let path: PathBuf = path.components().filter(|part| *part != Component::CurDir).collect();
    let path = path.as_path();
    let mut walk = Walk { tree, seen: BTreeSet::new(), found: BTreeMap::new(), has_objects: false };
    walk.folder(path, Path::new(""), 0)?;
    let is_rendered = walk.found.is_empty() && walk.has_objects;
    Ok(Some(if is_rendered {
        Content::Rendered(path.to_owned())
    } else {
        Content::Stacks(walk.found)
    }))
}

struct Walk<'a> {
    tree: &'a dyn Tree,
    /// Folders that were looked into: a symbolic link may lead back.
    seen: BTreeSet<PathBuf>,
    found: BTreeMap<PathBuf, PathBuf>,
    has_objects: bool,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, below: &Path, depth: usize) -> Result<(), Report> {
        let failed = |error: io::Error| unreadable(self.tree, folder, &error);
        let real = self.tree.real(folder).map_err(failed)?;
        if depth > DEEPEST || !self.seen.insert(real) {
            return Ok(());
        }
        let mut names = self.tree.names(folder).map_err(failed)?;
        names.sort();
        for name in names {
            let text = name.to_string_lossy();
            let path = folder.join(&name);
            if text == STACK_FILE && self.tree.kind(&path).is_ok_and(|kind| kind == Kind::File) {
                self.found.insert(below.to_owned(), path);
                continue;
            }
            self.has_objects |= [".yaml", ".yml", ".json"].iter().any(|end| text.ends_with(end));
            let is_passed_over = text.starts_with('.') || PASSED_OVER.contains(&&*text);
            if !is_passed_over && self.tree.kind(&path).is_ok_and(|kind| kind == Kind::Folder) {
                self.folder(&path, &below.join(&name), depth + 1)?;
            }
        }
        Ok(())
    }
}

fn unreadable(tree: &dyn Tree, path: &Path, error: &io::Error) -> Report {
    let text = format!("can not read `{}`: {}", tree.name(path), reason(error));
    Message::error(DIFF, text).into()
}

impl Sides {
    /// Stack files that belong together: by their place, or because each side has only one.
    pub(super) fn pairs(&self) -> Vec<Pair> {
        let none = BTreeMap::new();
        let stacks = |side: &'_ Side| match &side.content {
            Content::Stacks(stacks) => stacks.clone(),
            Content::Rendered(_) => none.clone(),
        };
        let (old, new) = (stacks(&self.old), stacks(&self.new));
        if let (Some((_, was)), Some((_, is)), 1, 1) =
            (old.first_key_value(), new.first_key_value(), old.len(), new.len())
        {
            return vec![Pair { old: Some(was.clone()), new: Some(is.clone()) }];
        }
        let places: BTreeSet<&PathBuf> = old.keys().chain(new.keys()).collect();
        let pair = |place| Pair { old: old.get(place).cloned(), new: new.get(place).cloned() };
        places.into_iter().map(pair).collect()
    }
}
