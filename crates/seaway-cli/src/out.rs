//! Writing: standard output, and the folder of `--out`.
//!
//! A folder is replaced as a whole. The new one is written beside it and swapped in by rename, so that whoever looks,
//! even after a crash, sees the old files or the new ones. The file [`MARKER`] in it lists what Seaway wrote; a folder
//! that holds anything else is somebody's own and stays as it is. Nothing is synced to the disk: what a power cut takes
//! can be rendered again.

mod swap;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use seaway_core::{Severity, suggest};
use tempfile::TempDir;

use crate::files::reason;
use crate::messages::{Message, OUTPUT, Report};

/// Lists what Seaway wrote into a folder. `kubectl apply -f` passes over it: it takes `.yaml`, `.yml` and `.json`.
const MARKER: &str = ".seaway";
/// First line of the marker.
const HEADER: &str =
    "# Written by `seaway render --out`, which replaces this folder as a whole. Its files:";

/// Writes to standard output in one go.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Makes `folder` hold exactly these files. What is returned are leftovers to tell about.
pub(crate) fn write(folder: &Path, files: &[(String, String)]) -> Result<Option<Report>, Report> {
    let target = locate(folder)?;
    let old = if target.exists() { Some(Old::read(folder, &target)?) } else { None };
    let parent = target.parent().unwrap_or(Path::new("/"));
    let filled = beside(parent).and_then(|new| {
        fill(new.path(), old.as_ref(), files)?;
        Ok(new)
    });
    let new = filled.map_err(|error| {
        failed(folder, &error).note(
            "nothing was changed: the new folder is written beside the old one, then swapped in",
        )
    })?;
    let new = new.keep();
    let replaced = swap::swap(&new, &target, old.is_some()).map_err(|error| {
        // Ours alone: the swap did not happen.
        let _ = fs::remove_dir_all(&new);
        failed(folder, &error)
            .note("nothing was changed: the folder could not be swapped for the new one")
            .help("if it is a mount point, name a folder inside of it")
    })?;
    Ok(old.zip(replaced).and_then(|(old, path)| old.remove(&path)).map(Report::from))
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

/// The folder that is replaced.
struct Old {
    files: Vec<OsString>,
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
        let listed = listed(target);
        let (mut files, mut foreign) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(target).map_err(io)? {
            let entry = entry.map_err(io)?;
            let name = entry.file_name();
            let ours = name.to_str().is_some_and(|name| listed.contains(name))
                && entry.file_type().is_ok_and(|kind| kind.is_file());
            if ours { files.push(name) } else { foreign.push(name.display().to_string()) }
        }
        if foreign.is_empty() {
            return Ok(Self { files, permissions });
        }
        Err(not_ours(folder, foreign).into())
    }

    /// Removes what was there and no more: what somebody puts there meanwhile stays, and is told.
    fn remove(&self, path: &Path) -> Option<Message> {
        for file in &self.files {
            let _ = fs::remove_file(path.join(file));
        }
        let error = fs::remove_dir(path).err()?;
        let text = format!("the old files remain in `{}`: {}", path.display(), reason(&error));
        Some(Message { severity: Severity::Warning, ..Message::error(OUTPUT, text) })
    }
}

/// The names that the marker of a folder lists, its own included; none if there is no marker.
fn listed(folder: &Path) -> BTreeSet<String> {
    let marker = fs::read_to_string(folder.join(MARKER)).unwrap_or_default();
    let Some(("", names)) = marker.split_once(HEADER) else { return BTreeSet::new() };
    names.lines().chain([MARKER]).map(str::to_owned).collect()
}

fn not_ours(folder: &Path, mut foreign: Vec<String>) -> Message {
    foreign.sort();
    let more = foreign.len().saturating_sub(3);
    foreign.truncate(3);
    let named = suggest::quoted_list(&foreign);
    let named = if more > 0 { format!("{named}, and {more} more") } else { named };
    Message::error(OUTPUT, format!("`{}` holds what Seaway did not write", folder.display()))
        .note(format!("on no list of Seaway's (`{MARKER}`): {named}"))
        .help("move that away, or name a new or an empty folder: a folder is replaced as a whole")
}

/// A new folder in `parent` that goes away again unless it is kept.
fn beside(parent: &Path) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".seaway-");
    // The user's umask decides, as for any other folder; a temporary one would be for the user alone.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    builder.tempdir_in(parent)
}

fn fill(new: &Path, old: Option<&Old>, files: &[(String, String)]) -> io::Result<()> {
    let mut marker = format!("{HEADER}\n");
    for (name, text) in files {
        if Path::new(name).file_name() != Some(name.as_ref()) || name == MARKER {
            return Err(io::Error::other(format!("`{name}` is no name of a file")));
        }
        create(&new.join(name), text)?;
        marker.push_str(name);
        marker.push('\n');
    }
    create(&new.join(MARKER), &marker)?;
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
