//! The volumes of a pod as folders of the node, with the owners and modes that the kubelet gives them.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::env::Facts;
use crate::manifest::{Claim, Files, Manifest, PodSpec, Volume, bytes};
use crate::tools::run;

/// Makes volumes.
pub(crate) struct Volumes<'a> {
    pub(crate) manifest: &'a Manifest,
    /// What the pod knows of itself.
    pub(crate) facts: &'a Facts,
    /// Group of the pod's files.
    pub(crate) fs_group: Option<u32>,
    /// Where the pod's own volumes go.
    pub(crate) folder: PathBuf,
    /// Where claims lie, which outlive pods.
    pub(crate) claims: PathBuf,
    /// Whether other owners than oneself can be had.
    pub(crate) root: bool,
}

impl Volumes<'_> {
    /// The folder of each volume of a pod, by the volume's name.
    pub(crate) fn make(&self, spec: &PodSpec) -> BTreeMap<String, PathBuf> {
        spec.volumes.iter().map(|volume| (volume.name.clone(), self.volume(volume))).collect()
    }

    fn volume(&self, volume: &Volume) -> PathBuf {
        let folder = self.folder.join(&volume.name);
        match volume {
            Volume { empty_dir: Some(empty_dir), .. } => {
                Self::scratch(&folder, empty_dir.size_limit.as_deref());
                self.own(&folder, 0o2777);
            }
            Volume { config_map: Some(files), .. } => self.files(&folder, "ConfigMap", files),
            Volume { secret: Some(files), .. } => self.files(&folder, "Secret", files),
            Volume { projected: Some(projected), .. } => {
                fs::create_dir_all(&folder).expect("a folder for a volume");
                let mode = projected.default_mode.unwrap_or(0o644);
                for (path, text) in projected.files(self.manifest, self.facts) {
                    self.file(&folder.join(path), &text, mode);
                }
                self.own(&folder, 0o2775);
            }
            Volume { persistent_volume_claim: Some(claim), .. } => {
                return self.claim(&claim.claim_name);
            }
            _ => panic!("the kind of volume {} is not emulated", volume.name),
        }
        folder
    }

    /// A file system in memory, full at its size.
    fn scratch(folder: &Path, size: Option<&str>) {
        fs::create_dir_all(folder).expect("a folder for a volume");
        let size = size.map_or_else(|| "50%".to_owned(), |size| bytes(size).to_string());
        run(Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size},mode=755"), "volume"])
            .arg(folder));
    }

    fn files(&self, folder: &Path, kind: &str, files: &Files) {
        fs::create_dir_all(folder).expect("a folder for a volume");
        let data = self.manifest.data(kind, &files.name);
        let all = || data.keys().map(|key| (key, key, None)).collect::<Vec<_>>();
        let chosen: Vec<_> =
            files.items.iter().map(|item| (&item.key, &item.path, item.mode)).collect();
        for (key, path, mode) in if chosen.is_empty() { all() } else { chosen } {
            let text =
                data.get(key).unwrap_or_else(|| panic!("{kind} {} has no key {key}", files.name));
            self.file(&folder.join(path), text, mode.or(files.default_mode).unwrap_or(0o644));
        }
        self.own(folder, 0o2775);
    }

    fn file(&self, file: &Path, text: &str, mode: u32) {
        fs::create_dir_all(file.parent().expect("a parent")).expect("folders");
        fs::write(file, text).expect("a file of a volume");
        // With an fsGroup, its members may read.
        self.own(file, if self.fs_group.is_some() { mode | 0o440 } else { mode });
    }

    /// A claim is made once. Like a new disk it belongs to root and is not quite empty.
    fn claim(&self, name: &str) -> PathBuf {
        let folder = self.claims.join(name);
        if !folder.exists() {
            let claim = self.manifest.all::<Claim>("PersistentVolumeClaim").into_iter();
            let claim = claim.into_iter().find(|claim| claim.metadata.name == name);
            let claim = claim.unwrap_or_else(|| panic!("no PersistentVolumeClaim {name}"));
            Self::scratch(
                &folder,
                claim.spec.resources.requests.get("storage").map(String::as_str),
            );
            fs::create_dir(folder.join("lost+found")).expect("a folder");
            self.own(&folder.join("lost+found"), 0o2770);
            self.own(&folder, 0o2775);
        }
        folder
    }

    /// Gives a file to root and to the pod's group. Without a group, and where groups cannot be had, to all.
    fn own(&self, path: &Path, mode: u32) {
        if self.root {
            chown(path, Some(0), self.fs_group).expect("a changed owner");
        }
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("changed permissions");
    }
}
