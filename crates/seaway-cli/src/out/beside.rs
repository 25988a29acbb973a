//! The temporary folder that a new folder is written in before it is swapped in, and what killed runs left of theirs.
//!
//! `kubectl apply -R -f DIR` walks into each folder in `DIR`, hidden ones too, and takes each `.yaml` that it finds. So a
//! temporary folder lies outside of what is rendered: in the current folder if that is around it, else beside the folder
//! of `--out`. A folder on another file system can not be renamed into place from there; only then is its temporary folder
//! right beside it.
//!
//! A temporary folder is locked while its process lives, and the kernel unlocks it whatever ends that process. So a run
//! removes those that nobody locks, and no other.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// What the name of each temporary folder begins with.
const PREFIX: &str = ".seaway-";
/// The new folder in it.
const NEW: &str = "new";
/// The old one, where it had to be moved away first.
const OLD: &str = "old";

/// A temporary folder of this process.
pub(super) struct Beside {
    folder: TempDir,
    /// Held until the folder is gone.
    _lock: Option<File>,
}

impl Beside {
    /// A folder in `away` with an empty new folder in it, from where that can be renamed to `target`; else in the parent of
    /// `target`.
    pub(super) fn of(target: &Path, away: &Path) -> io::Result<Self> {
        let parent = target.parent().unwrap_or(Path::new("/"));
        if let Ok(beside) = Self::within(away)
            && (away == parent || beside.can_move_to(parent))
        {
            return Ok(beside);
        }
        Self::within(parent)
    }

    fn within(parent: &Path) -> io::Result<Self> {
        loop {
            let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
            // Some file systems have no locks. Nobody removes anything there.
            let lock = File::open(folder.path()).and_then(|file| file.lock().map(|()| file)).ok();
            // Another run may have taken it for left behind, just before it was locked.
            if folder.path().exists() {
                let beside = Self { folder, _lock: lock };
                fs::create_dir(beside.new_folder())?;
                return Ok(beside);
            }
        }
    }

    /// Whether a rename leads there: mounts of one file system have one device number, so only trying tells.
    fn can_move_to(&self, parent: &Path) -> bool {
        let new = self.new_folder();
        let Some(name) = self.folder.path().file_name() else { return false };
        let there = parent.join(name);
        fs::rename(&new, &there).and_then(|()| fs::rename(&there, &new)).is_ok()
    }

    /// The new folder.
    pub(super) fn new_folder(&self) -> PathBuf {
        self.folder.path().join(NEW)
    }

    /// Where an old folder can be moved to.
    pub(super) fn parked(&self) -> PathBuf {
        self.folder.path().join(OLD)
    }

    /// Removes the folder unless something is still in it.
    pub(super) fn finish(self) {
        let Self { folder, _lock } = self;
        let _ = fs::remove_dir(folder.keep());
    }
}

/// Where a temporary folder for `target` is out of the way. `depth` is how far `target` is below the folder of `--out`.
pub(super) fn away(target: &Path, depth: usize) -> PathBuf {
    let current = std::env::current_dir().ok().filter(|current| target.starts_with(current));
    let beside = || target.ancestors().nth(depth + 1).unwrap_or(Path::new("/")).to_owned();
    current.unwrap_or_else(beside)
}

/// Removes what killed runs left in a folder, as far as `remove` does: it gets the folders that Seaway filled.
pub(super) fn sweep(around: &Path, remove: impl Fn(&Path)) {
    for entry in fs::read_dir(around).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        if !is_ours || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let folder = entry.path();
        if let Some(_lock) = unused(&folder) {
            remove(&folder.join(NEW));
            remove(&folder.join(OLD));
            let _ = fs::remove_dir(&folder);
        }
    }
}

/// The lock of a folder that no process uses.
fn unused(folder: &Path) -> Option<File> {
    let file = File::open(folder).ok()?;
    match file.try_lock() {
        Ok(()) => Some(file),
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> io::Result<Vec<std::ffi::OsString>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect()
    }

    #[test]
    fn a_folder_in_use_stays_and_one_that_is_left_goes() -> io::Result<()> {
        let temp = tempfile::tempdir()?;
        let remove = |folder: &Path| {
            let _ = fs::remove_dir_all(folder);
        };
        let used = Beside::of(&temp.path().join("out"), temp.path())?;
        let Beside { folder, _lock: lock } = Beside::of(&temp.path().join("out"), temp.path())?;
        let left = folder.keep();
        sweep(temp.path(), remove);
        assert!(left.exists() && used.new_folder().exists());
        drop(lock);
        sweep(temp.path(), remove);
        assert!(!left.exists() && used.new_folder().exists());
        used.finish();
        assert_eq!(names(temp.path())?.len(), 1, "what is not empty stays");
        sweep(temp.path(), remove);
        assert!(names(temp.path())?.is_empty());
        Ok(())
    }

    /// `/dev/shm` is a file system of its own on Linux.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_on_another_file_system_is_written_right_beside() -> io::Result<()> {
        let (here, there) = (tempfile::tempdir()?, tempfile::tempdir_in("/dev/shm")?);
        let beside = Beside::of(&there.path().join("out"), here.path())?;
        assert!(beside.new_folder().starts_with(there.path()));
        assert!(names(here.path())?.is_empty());
        let beside = Beside::of(&here.path().join("out"), here.path())?;
        assert!(beside.new_folder().starts_with(here.path()));
        Ok(())
    }
}
