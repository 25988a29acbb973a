//! The root file system of a container: what its image has, its volumes, and nothing else.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::container::User;
use crate::image::Image;
use crate::manifest::VolumeMount;

/// Folders that stand for the distribution in the image, if there are.
const SYSTEM: [&str; 5] =
    ["/usr", "/etc/ssl", "/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf"];
/// Links into `/usr`, or folders of their own on older machines.
const MERGED: [&str; 6] = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];
const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];

/// What a root file system is made of.
pub(crate) struct Root<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) image: &'a Image,
    pub(crate) user: &'a User,
    pub(crate) hosts: &'a Path,
    pub(crate) mounts: &'a [VolumeMount],
    pub(crate) volumes: &'a BTreeMap<String, PathBuf>,
    pub(crate) workdir: &'a str,
    pub(crate) read_only: bool,
}

impl Root<'_> {
    /// The shell script that a process runs in new mount and PID namespaces: it tells its number on the node, makes
    /// the root, moves into it and becomes the command in its arguments.
    pub(crate) fn script(&self) -> String {
        let mut script = String::from("set -eu\n");
        let root = quote(&self.folder.join("root"));
        let pid = quote(&self.folder.join("pid"));
        // The /proc here is still that of the node.
        let _ = write!(
            script,
            "read -r pid _ </proc/self/stat; echo \"$pid\" >{pid}.new; mv {pid}.new {pid}\n\
             mkdir -p {root}; mount -t tmpfs -o mode=755,size=16m root {root}; cd {root}\n\
             mkdir -p dev proc etc run var opt; ln -s ../run var/run\n"
        );
        self.system(&mut script);
        self.volumes(&mut script);
        let _ = writeln!(
            script,
            "mkdir -p .{} .old; pivot_root . .old; umount -l /.old; rmdir /.old",
            self.workdir
        );
        if self.read_only {
            script += "mount -o remount,bind,ro /\n";
            for (_, inside) in &self.image.layers {
                let _ = writeln!(script, "mount -o remount,bind,ro {}", quote(inside));
            }
        }
        let _ = write!(script, "cd {}\nexec \"$@\"\n", self.workdir);
        script
    }

    /// Where this machine has what the image's distribution has at a path.
    fn outside(&self, inside: &Path) -> PathBuf {
        self.image.system.join(inside.strip_prefix("/").expect("a full path"))
    }

    /// The distribution, devices and what a container runtime writes to `/etc`.
    fn system(&self, script: &mut String) {
        for inside in SYSTEM.map(Path::new) {
            let outside = self.outside(inside);
            if !outside.exists() {
                continue;
            }
            let holds_mounts =
                self.mounts.iter().any(|mount| Path::new(&mount.mount_path).starts_with(inside));
            if !holds_mounts {
                bind(script, &outside, inside, true);
                continue;
            }
            // A folder of the image, in which the runtime can make the mount points of volumes.
            for entry in fs::read_dir(outside).expect("a folder of the system").flatten() {
                if fs::metadata(entry.path()).is_ok() {
                    bind(script, &entry.path(), &inside.join(entry.file_name()), true);
                }
            }
        }
        for name in MERGED {
            let inside = Path::new("/").join(name);
            let outside = self.outside(&inside);
            if let Ok(target) = fs::read_link(&outside) {
                self.merged(script, name, &target);
            } else if outside.is_dir() {
                bind(script, &outside, &inside, true);
            }
        }
        for device in DEVICES {
            let path = Path::new("/dev").join(device);
            bind(script, &path, &path, false);
        }
        for (name, target) in
            [("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")]
        {
            let _ = writeln!(script, "ln -s /proc/self/{target} dev/{name}");
        }
        let User { uid, gid, .. } = self.user;
        let _ = write!(
            script,
            "echo 'root:x:0:0:root:/root:/bin/sh' >etc/passwd; echo 'user:x:{uid}:{gid}::/:/bin/sh' >>etc/passwd\n\
             echo 'root:x:0:' >etc/group; echo 'user:x:{gid}:' >>etc/group\n\
             echo 'hosts: files' >etc/nsswitch.conf; : >etc/resolv.conf\n\
             mount -t proc proc proc\n"
        );
        bind(script, self.hosts, Path::new("/etc/hosts"), true);
        for (outside, inside) in &self.image.layers {
            // Mount points of volumes may have to be made in it.
            bind(script, outside, inside, false);
        }
    }

    /// A link into `/usr`, or where the image has programs of its own in it a folder with theirs and the distribution's.
    fn merged(&self, script: &mut String, name: &str, target: &Path) {
        let layers = self.image.layers.iter().map(|(_, inside)| inside);
        let own: Vec<_> =
            layers.filter(|inside| inside.starts_with(Path::new("/").join(name))).collect();
        if own.is_empty() {
            let _ = writeln!(script, "ln -s {} {name}", quote(target));
            return;
        }
        let inside = Path::new("/").join(target);
        let _ = writeln!(
            script,
            r#"mkdir {name}; for file in {}/*; do ln -s {}/"${{file##*/}}" {name}/; done"#,
            quote(&self.outside(&inside)),
            quote(&inside),
        );
        for inside in own {
            // Through a link of that name the file would be made in this machine's folder.
            let _ = writeln!(script, "rm -f .{}", quote(inside));
        }
    }

    fn volumes(&self, script: &mut String) {
        let mut mounts: Vec<_> = self.mounts.iter().collect();
        mounts.sort_by_key(|mount| Path::new(&mount.mount_path).components().count());
        for mount in mounts {
            let volume =
                self.volumes.get(&mount.name).unwrap_or_else(|| panic!("no volume {}", mount.name));
            let source =
                mount.sub_path.as_ref().map_or_else(|| volume.clone(), |path| volume.join(path));
            bind(script, &source, Path::new(&mount.mount_path), mount.read_only);
        }
    }
}

/// Shows what is outside at a path inside.
fn bind(script: &mut String, outside: &Path, inside: &Path, read_only: bool) {
    let from = quote(outside);
    let to = quote(Path::new(".").join(inside.strip_prefix("/").expect("a full path")).as_path());
    let make = if outside.is_dir() {
        format!("mkdir -p {to}")
    } else {
        format!("mkdir -p ${{to%/*}}; : >{to}")
    };
    let options = if read_only { "bind,ro" } else { "bind" };
    let _ = writeln!(script, "to={to}; {make}; mount -o {options} {from} {to}");
}

fn quote(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}
