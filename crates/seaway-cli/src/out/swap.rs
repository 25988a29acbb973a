//! One folder in the place of another.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// Puts `new` in the place of `target`; both lie in one file system. Returns where the old one is now, if there was one:
/// at `new`, or at `parked`, which is `None` if there was none.
pub(super) fn swap(
    new: &Path,
    target: &Path,
    parked: Option<PathBuf>,
) -> io::Result<Option<PathBuf>> {
    let Some(parked) = parked else {
        fs::rename(new, target)?;
        return Ok(None);
    };
    match exchange(new, target) {
        Ok(()) => Ok(Some(new.to_owned())),
        Err(_) => rename_twice(new, target, parked).map(Some),
    }
}

/// In one step: the kernel knows how to exchange two paths.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn exchange(new: &Path, target: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, new, CWD, target, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn exchange(_new: &Path, _target: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// In two steps, for file systems that can not exchange (NFS, for one). A crash between them leaves no folder at
/// `target`, but both in the temporary folder, each complete.
fn rename_twice(new: &Path, target: &Path, parked: PathBuf) -> io::Result<PathBuf> {
    fs::rename(target, &parked)?;
    if let Err(error) = fs::rename(new, target) {
        let _ = fs::rename(&parked, target);
        return Err(error);
    }
    Ok(parked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders() -> io::Result<(tempfile::TempDir, PathBuf, PathBuf)> {
        let temp = tempfile::tempdir()?;
        let (new, old) = (temp.path().join("new"), temp.path().join("old"));
        for (folder, file) in [(&new, "b"), (&old, "a")] {
            fs::create_dir(folder)?;
            fs::write(folder.join(file), file)?;
        }
        Ok((temp, new, old))
    }

    #[test]
    fn either_way_the_old_folder_is_handed_back() -> io::Result<()> {
        for way in [rename_twice, |new: &Path, old: &Path, parked: PathBuf| {
            Ok(swap(new, old, Some(parked))?.unwrap_or_default())
        }] {
            let (temp, new, target) = folders()?;
            let parked = way(&new, &target, temp.path().join("parked"))?;
            assert!(target.join("b").is_file() && !target.join("a").exists());
            assert!(parked.join("a").is_file() && !parked.join("b").exists());
        }
        Ok(())
    }

    #[test]
    fn if_the_second_step_fails_the_first_is_undone() -> io::Result<()> {
        let (temp, new, target) = folders()?;
        fs::remove_dir_all(&new)?;
        assert!(rename_twice(&new, &target, temp.path().join("parked")).is_err());
        assert!(target.join("a").is_file());
        Ok(())
    }
}
