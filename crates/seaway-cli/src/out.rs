//! Writing: standard output, and the folder of `--out`.
//!
//! A folder is replaced as a whole. The new one is written in a [temporary folder](beside) and swapped in by rename, so
//! that whoever looks, even after a crash, sees the old files or the new ones. The [marker](crate::marker) in it lists what
//! Seaway wrote; a folder that holds anything else is somebody's own and stays as it is. Several folders are all written
//! before the first is swapped. Nothing is synced to the disk: what a power cut takes can be rendered again.

mod beside;
mod closed;
mod swap;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::files::reason;
use crate::marker::{MARKER, Marker};
use crate::messages::{Message, OUTPUT, Report};
use seaway_core::{Severity, suggest};

use beside::Beside;

/// Writes to standard output in one go.
pub(crate) fn print(text: &str) -> io::Result<()> {
    if closed::was_closed() {
        return Err(io::Error::other("it is closed"));
    }
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// A folder, and what it has to hold.
pub(crate) struct Folder {
    /// Its path as messages show it.
    pub(crate) path: PathBuf,
    /// Names and texts. A name can have one folder in it: `objects/000-namespace-shop.yaml`.
    pub(crate) files: Vec<(String, String)>,
    /// The names of those whose deletion takes data along.
    pub(crate) data: Vec<String>,
    /// What it says of itself.
    pub(crate) marker: Marker,
    /// The stages that the stage extends, and those that extend it: their files may be replaced by its own.
    pub(crate) related: Vec<String>,
}

/// A folder whose new files lie in a temporary one.
struct Prepared<'a> {
    folder: &'a Path,
    target: PathBuf,
    old: Option<Old>,
    new: Beside,
}

/// Makes each folder hold exactly its files. What is returned are leftovers to tell about.
///
/// They all lie in `out`, or are it. Nothing is changed if one of them can not be written; only a swap that fails leaves
/// those before it new.
pub(crate) fn write(folders: &[Folder], out: &Path) -> Result<Vec<Message>, Report> {
    let prepared: Vec<Prepared<'_>> =
        folders.iter().map(|folder| prepare(folder, out)).collect::<Result<_, _>>()?;
    let mut leftovers = Vec::new();
    for prepared in prepared {
        leftovers.extend(prepared.swap()?);
    }
    Ok(leftovers)
}

fn prepare<'a>(folder: &'a Folder, out: &Path) -> Result<Prepared<'a>, Report> {
    let target = locate(&folder.path)?;
    let depth = folder.path.strip_prefix(out).map_or(0, |below| below.components().count());
    let away = beside::away(&target, depth);
    for around in [&*away, target.parent().unwrap_or(&away)] {
        beside::sweep(around, remove_left);
    }
    if let Some(old) = Marker::read(&folder.path)?
        && let Some(message) = of_another(folder, &old)
    {
        return Err(message.into());
    }
    let old = if target.exists() { Some(Old::read(&folder.path, &target)?) } else { None };
    let filled = Beside::of(&target, &away).and_then(|new| {
        fill(&new.new_folder(), old.as_ref(), folder)?;
        Ok(new)
    });
    let new = filled.map_err(|error| {
        failed(&folder.path, &error)
            .note("nothing was changed: the new folder is written elsewhere, then swapped in")
    })?;
    Ok(Prepared { folder: &folder.path, target, old, new })
}

impl Prepared<'_> {
    /// Puts the new folder in the place of the old one. What is returned is what to report about the old one.
    fn swap(self) -> Result<Option<Message>, Report> {
        let Self { folder, target, old, new } = self;
        let path = new.new_folder();
        let swapped = swap::swap(&path, &target, old.is_some().then(|| new.parked()));
        if swapped.is_err() {
            // Ours alone: the swap did not happen.
            let _ = fs::remove_dir_all(&path);
        }
        let left = swapped
            .map(|replaced| old.zip(replaced).and_then(|(old, replaced)| old.remove(&replaced)));
        new.finish();
        left.map_err(|error| {
            failed(folder, &error)
                .note("nothing was changed: the folder could not be swapped for the new one")
                .help("if it is a mount point, name a folder inside of it")
                .into()
        })
    }
}

/// What of a folder is not as it would be written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Deviation {
    /// Names of files that are not there.
    pub(crate) missing: Vec<String>,
    /// Names of files that would not be there.
    pub(crate) extra: Vec<String>,
    /// Names of files that hold something else.
    pub(crate) different: Vec<String>,
}

impl Deviation {
    /// Compares a folder with what it has to hold. Nothing is written.
    pub(crate) fn of(folder: &Folder) -> Result<Self, Report> {
        let mut deviation = Self::default();
        let marker = (MARKER.to_owned(), folder.marker.text());
        let wanted: BTreeMap<&str, &str> = folder
            .files
            .iter()
            .chain([&marker])
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect();
        for (name, text) in &wanted {
            match fs::read(folder.path.join(name)) {
                Ok(bytes) if bytes == text.as_bytes() => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    deviation.missing.push((*name).to_owned());
                }
                // Whatever can not be read is not that text.
                _ => deviation.different.push((*name).to_owned()),
            }
        }
        let names: BTreeSet<&str> = wanted.keys().copied().collect();
        let content = match Content::read(&folder.path, &names) {
            Ok(content) => content,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(deviation),
            Err(error) => {
                let text = format!("can not read `{}`: {}", folder.path.display(), reason(&error));
                return Err(Message::error(OUTPUT, text).into());
            }
        };
        // What has the name of a file and is none can not be read, and is different.
        deviation.extra =
            content.foreign.into_iter().filter(|name| !names.contains(name.as_str())).collect();
        Ok(deviation)
    }

    /// Whether the folder is what would be written.
    pub(crate) fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// Folders of stages that a stack has no more: those beside its stages that hold nothing but what Seaway wrote.
pub(crate) fn stale(around: &Path, stages: &[&str]) -> Vec<PathBuf> {
    let entries = fs::read_dir(around).into_iter().flatten().flatten();
    let is_stale = |folder: &PathBuf| {
        let name = folder.file_name().unwrap_or_default();
        let is_stage = stages.iter().any(|stage| name == *stage);
        // What is in doubt stays: it is no output of this run.
        !is_stage
            && fs::symlink_metadata(folder).is_ok_and(|found| found.is_dir())
            && matches!(Marker::read(folder), Ok(Some(_)))
            && Old::read(folder, folder).is_ok()
    };
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_stale).collect();
    found.sort();
    found
}

/// Removes a folder that holds nothing but what Seaway wrote. What is returned is what to report about what remains.
pub(crate) fn remove(folder: &Path) -> Result<Option<Message>, Report> {
    Ok(Old::read(folder, folder)?.remove(folder))
}

/// Refuses a folder around others that is itself one that Seaway wrote: a later run would find them foreign.
pub(crate) fn refuse_written(folder: &Path) -> Result<(), Report> {
    if Marker::read(folder)?.is_none() {
        return Ok(());
    }
    let text = format!("`{}` holds the files of one stage", folder.display());
    let message = Message::error(OUTPUT, text)
        .note("all stages are written into a folder for each stack, which holds one for each stage")
        .help("remove it, or name another folder");
    Err(message.into())
}

/// Makes a file hold this text. Who reads it meanwhile sees the old text or the new one; its permissions stay.
pub(crate) fn replace(file: &Path, text: &str) -> Result<(), Report> {
    let written = || -> io::Result<()> {
        let target = file.canonicalize()?;
        let permissions = fs::metadata(&target)?.permissions();
        if permissions.readonly() {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the file is read-only"));
        }
        let folder = target.parent().unwrap_or(Path::new("/"));
        let mut new = tempfile::NamedTempFile::new_in(folder)?;
        new.write_all(text.as_bytes())?;
        new.as_file().set_permissions(permissions)?;
        new.persist(&target)?;
        Ok(())
    };
    written().map_err(|error| {
        let text = format!("can not write `{}`: {}", file.display(), reason(&error));
        Message::error(OUTPUT, text).note("nothing was changed").into()
    })
}

/// The real path of the folder: its parents exist afterwards, symbolic links are followed.
fn locate(folder: &Path) -> Result<PathBuf, Report> {
    let refused = |text: &str| Message::error(OUTPUT, format!("`{}` {text}", folder.display()));
    let io = |error: io::Error| failed(folder, &error);
    let found = fs::symlink_metadata(folder);
    if found.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        let name = folder.file_name().ok_or_else(|| refused("names no folder"))?;
        let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
        let parent = parent.unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(io)?;
        return Ok(parent.canonicalize().map_err(io)?.join(name));
    }
    let target = folder.canonicalize().map_err(|error| {
        let is_link = found.as_ref().is_ok_and(fs::Metadata::is_symlink);
        let note = is_link.then(|| "it is a symbolic link that leads nowhere".to_owned());
        Message { notes: note.into_iter().collect(), ..failed(folder, &error) }
    })?;
    if !target.is_dir() {
        let message = refused("is not a folder").help("name a new or an empty folder");
        return Err(message.into());
    }
    // Whoever stands in a folder that is replaced stands in a removed one.
    if std::env::current_dir().is_ok_and(|current| current.starts_with(&target)) {
        let message = refused("can not be replaced: it is the current folder, or holds it")
            .help("name a folder inside of it, for example `rendered`");
        return Err(message.into());
    }
    Ok(target)
}

/// What is in a folder, compared with a list of files.
struct Content {
    /// Listed files, by their paths from the folder.
    files: Vec<PathBuf>,
    /// Folders that listed files are in.
    folders: Vec<OsString>,
    /// Names of everything else, in order.
    foreign: Vec<String>,
}

impl Content {
    /// Follows no symbolic link, and looks into no folder without a listed file.
    fn read(folder: &Path, listed: &BTreeSet<&str>) -> io::Result<Self> {
        let mut content = Self { files: Vec::new(), folders: Vec::new(), foreign: Vec::new() };
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let inner = name.to_str().map(|name| format!("{name}/")).unwrap_or_default();
            let is_listed = listed.iter().any(|file| file.starts_with(&inner));
            if !inner.is_empty() && is_listed && entry.file_type()?.is_dir() {
                for below in fs::read_dir(entry.path())? {
                    content.add(&inner, &below?, listed);
                }
                content.folders.push(name);
            } else {
                content.add("", &entry, listed);
            }
        }
        content.foreign.sort();
        Ok(content)
    }

    fn add(&mut self, folder: &str, entry: &fs::DirEntry, listed: &BTreeSet<&str>) {
        let name = entry.file_name();
        let path = format!("{folder}{}", name.display());
        let ours = name.to_str().is_some()
            && listed.contains(path.as_str())
            && entry.file_type().is_ok_and(|kind| kind.is_file());
        if ours { self.files.push(path.into()) } else { self.foreign.push(path) }
    }
}

/// The folder that is replaced.
struct Old {
    content: Content,
    permissions: Permissions,
}

impl Old {
    /// What Seaway wrote there; a message if there is anything else.
    fn read(folder: &Path, target: &Path) -> Result<Self, Report> {
        let io = |error: io::Error| failed(folder, &error);
        let permissions = fs::metadata(target).map_err(io)?.permissions();
        if permissions.readonly() {
            let text = format!("`{}` is read-only", folder.display());
            return Err(Message::error(OUTPUT, text).into());
        }
        let marker = Marker::read(folder)?;
        let listed: BTreeSet<&str> = marker
            .iter()
            .flat_map(|marker| &marker.files)
            .map(String::as_str)
            .chain([MARKER])
            .collect();
        let listed = if marker.is_some() { listed } else { BTreeSet::new() };
        let content = Content::read(target, &listed).map_err(io)?;
        if content.foreign.is_empty() {
            return Ok(Self { content, permissions });
        }
        Err(not_ours(folder, content.foreign).into())
    }

    /// Removes what was there and no more: what somebody puts there meanwhile stays, and is told.
    fn remove(&self, path: &Path) -> Option<Message> {
        for file in &self.content.files {
            let _ = fs::remove_file(path.join(file));
        }
        for folder in &self.content.folders {
            let _ = fs::remove_dir(path.join(folder));
        }
        let error = fs::remove_dir(path).err()?;
        let text = format!("the old files remain in `{}`: {}", path.display(), reason(&error));
        Some(Message { severity: Severity::Warning, ..Message::error(OUTPUT, text) })
    }
}

/// What was written for another stack or stage is replaced by nobody but that.
fn of_another(folder: &Folder, old: &Marker) -> Option<Message> {
    let new = &folder.marker;
    let names = [("stack", &old.stack, &new.stack), ("stage", &old.stage, &new.stage)];
    let (what, was, is) = names.into_iter().find(|(_, was, is)| was.is_some() && was != is)?;
    let (was, is) = (was.as_deref()?, is.as_deref()?);
    if what == "stage" && folder.related.iter().any(|stage| stage == was) {
        return None;
    }
    let text = format!("`{}` holds the {what} `{was}`, not `{is}`", folder.path.display());
    let message = Message::error(OUTPUT, text)
        .note("nothing was changed: `kubectl apply` or `--prune` of the new files would replace the objects of the old ones");
    Some(message.help("name another folder, or remove this one first"))
}

fn not_ours(folder: &Path, mut foreign: Vec<String>) -> Message {
    let more = foreign.len().saturating_sub(3);
    foreign.truncate(3);
    let named = suggest::quoted_list(&foreign);
    let named = if more > 0 { format!("{named}, and {more} more") } else { named };
    Message::error(OUTPUT, format!("`{}` holds what Seaway did not write", folder.display()))
        .note(format!("on no list of Seaway's (`{MARKER}`): {named}"))
        .help("move that away, or name a new or an empty folder: a folder is replaced as a whole")
}

/// Removes what a killed run left of a folder: what its marker lists, and the marker.
fn remove_left(folder: &Path) {
    if let Ok(old) = Old::read(folder, folder) {
        let _ = old.remove(folder);
        return;
    }
    // The marker is written first, and this one not to its end.
    if Content::read(folder, &BTreeSet::new()).is_ok_and(|content| content.foreign == [MARKER]) {
        let _ = fs::remove_file(folder.join(MARKER));
        let _ = fs::remove_dir(folder);
    }
}

/// Writes the marker first: what a killed run leaves behind is known by it.
fn fill(new: &Path, old: Option<&Old>, folder: &Folder) -> io::Result<()> {
    create(&new.join(MARKER), &folder.marker.text())?;
    for (name, text) in &folder.files {
        let (below, file) = name.split_once('/').map_or(("", name.as_str()), |(a, b)| (a, b));
        let is_name = |name: &str| Path::new(name).file_name() == Some(name.as_ref());
        if !is_name(file) || !(below.is_empty() || is_name(below)) || name == MARKER {
            return Err(io::Error::other(format!("`{name}` is no name of a file")));
        }
        let below = new.join(below);
        fs::create_dir_all(&below)?;
        create(&below.join(file), text)?;
    }
    match old {
        Some(old) => fs::set_permissions(new, old.permissions.clone()),
        None => Ok(()),
    }
}

/// Writes a file that must not be there yet: two objects in one file would be one object lost.
fn create(path: &Path, text: &str) -> io::Result<()> {
    let told = |error: io::Error| {
        let name = path.file_name().unwrap_or_default().display();
        io::Error::new(error.kind(), format!("{name}: {}", reason(&error)))
    };
    File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes())).map_err(told)
}

fn failed(folder: &Path, error: &io::Error) -> Message {
    Message::error(OUTPUT, format!("can not write `{}`: {}", folder.display(), reason(error)))
}
