//! The two revisions of the command line, and which stack of the one belongs to which of the other.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::args;
use crate::files::{Disk, EXTENSIONS, Kind, STACK_FILE, Tree, below, reason};
use crate::git::{self, Spelling};
use crate::messages::{Message, Report};

/// What messages of this command have for a code.
const DIFF: &str = "diff";

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
            let command = seaway_core::shell::command(
                "seaway diff {} stacks/shop",
                &[&args.old.display().to_string()],
            );
            let message = Message::error(DIFF, format!("what is `{old}` to be compared with?"))
                .note("without a second path, the new revision is the place of a Git revision in the working tree")
                .help(format!("name it, for example `{command}`, or a revision: `seaway diff main:./`"));
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
            EXTENSIONS.map(OsStr::new).contains(&path.extension().unwrap_or_default());
        return Ok(Some(if is_rendered {
            Content::Rendered(path.to_owned())
        } else {
            Content::Stacks(BTreeMap::from([(PathBuf::new(), path.to_owned())]))
        }));
    }
    let below = below(tree, path)?;
    if below.stacks.is_empty() && below.has_objects {
        return Ok(Some(Content::Rendered(path.to_owned())));
    }
    let folder: PathBuf = path.components().filter(|part| *part != Component::CurDir).collect();
    let placed = below.stacks.into_iter().filter_map(|file| {
        let place = file.parent()?.strip_prefix(&folder).ok()?.to_owned();
        Some((place, file))
    });
    Ok(Some(Content::Stacks(placed.collect())))
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
