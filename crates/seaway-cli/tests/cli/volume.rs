//! The init container of a `postgres`: its very script over folders that the real `initdb` laid out.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use insta::assert_snapshot;
use serde_json::Value;

use crate::sandbox::Sandbox;

/// Debian keeps the programs of each major out of PATH.
fn initdb() -> PathBuf {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let programs = debian.map(|entry| entry.path().join("bin/initdb"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join("initdb"));
    let mut all = programs.chain(on_path).filter(|program| program.is_file());
    all.next().expect("PostgreSQL, which `.ci/setup` installs")
}

/// Runs a program as an ordinary user: `initdb` refuses root, and root may look into every folder.
fn run(program: &Path, args: &[&str]) -> Output {
    let status = fs::read_to_string("/proc/self/status").expect("/proc");
    let is_root = status.lines().any(|line| line.starts_with("Uid:\t0\t"));
    let mut command = if is_root {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.args(args).current_dir("/").output().expect("it starts")
}

fn open(folder: &Path) {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).expect("permissions");
}

/// A volume with the data of these majors, each in its folder.
fn volume(around: &Path, data: &[(&str, &str)]) -> PathBuf {
    let volume = around.join(format!("volume {}", data.len()));
    let _ = fs::remove_dir_all(&volume);
    fs::create_dir(&volume).expect("a volume");
    open(&volume);
    let lost = volume.join("lost+found");
    fs::create_dir(&lost).expect("what a file system has");
    fs::set_permissions(&lost, fs::Permissions::from_mode(0o700)).expect("permissions");
    for (folder, major) in data {
        let folder = volume.join(folder);
        if let Some(parent) = folder.parent().filter(|parent| **parent != volume) {
            fs::create_dir(parent).expect("a folder");
            open(parent);
        }
        let at = format!("--pgdata={}", folder.display());
        let made = run(&initdb(), &[&at, "--username=postgres", "--no-sync", "--auth=trust"]);
        assert!(made.status.success(), "{made:?}");
        // The folder is that of whichever major is installed; the script reads no other file of it.
        let version = folder.join("PG_VERSION");
        let text = fs::read_to_string(&version).expect("what initdb wrote");
        assert!(text.trim().parse::<u32>().is_ok(), "{text}");
        fs::write(&version, format!("{major}\n")).expect("another major");
    }
    volume
}

/// What the init container of a version says of a volume, and whether it lets the server start.
fn check(around: &Path, version: &str, volume: &Path) -> (bool, String) {
    let stack = format!(
        "name = \"shop\"\napp = {{ image = \"ghcr.io/acme/shop:1\", framework = \"none\" }}\n\
         components.web = {{ type = \"web\", command = [\"x\"] }}\ncomponents.db = {{ type = \"postgres\", version = \"{version}\" }}\n[stages.x]\n"
    );
    let rendered = Sandbox::new(&stack).run(&["render", "shop", "-s", "x", "-f", "json"]);
    let rendered: Value = serde_json::from_str(&rendered.out).expect("JSON");
    let objects = rendered["items"].as_array().expect("objects");
    let set = objects.iter().find(|object| object["kind"] == "StatefulSet").expect("a database");
    let spec = &set["spec"]["template"]["spec"];
    let check = &spec["initContainers"][0];
    assert_eq!(check["image"], spec["containers"][0]["image"]);
    let words: Vec<&str> =
        check["command"].as_array().expect("words").iter().filter_map(Value::as_str).collect();
    let ["sh", script, mount, folder, major] = words[..] else { panic!("{words:?}") };
    let mounts = |container: &Value| -> Vec<(String, String)> {
        let mounts = container["volumeMounts"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        mounts.iter().map(|mount| (text(&mount["name"]), text(&mount["mountPath"]))).collect()
    };
    let data = ("data".to_owned(), mount.to_owned());
    assert!(mounts(check).contains(&data) && mounts(&spec["containers"][0]).contains(&data));
    let name = Path::new(script).file_name().and_then(|name| name.to_str()).expect("a file");
    let mut configs = objects.iter().filter(|object| object["kind"] == "ConfigMap");
    let text = configs.find_map(|config| config["data"][name].as_str()).expect("its script");
    let script = around.join(name);
    fs::write(&script, text).expect("the script");
    let (script, volume) = (script.to_str().expect("a path"), volume.to_str().expect("a path"));
    let output = run(Path::new("sh"), &[script, volume, folder, major]);
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    (output.status.success(), said)
}

#[test]
fn a_server_never_starts_with_an_empty_database_beside_another() {
    let around = tempfile::tempdir().expect("a temporary folder");
    open(around.path());
    let around = around.path();
    let (old, new) = (("pgdata", "17"), ("18/docker", "18"));
    let starts = |data: &[(&str, &str)], version| {
        let (starts, said) = check(around, version, &volume(around, data));
        assert_eq!(starts, said.is_empty(), "{said}");
        starts
    };
    for version in ["14", "17", "18"] {
        assert!(starts(&[], version), "a new volume");
    }
    assert!(starts(&[old], "17") && !starts(&[old], "18"));
    assert!(starts(&[new], "18") && !starts(&[new], "17"));
    // Who moved the data with `pg_upgrade` may keep what was left behind, and not go back to it.
    assert!(starts(&[old, new], "18") && !starts(&[old, new], "17"));
    // Of the same folder PostgreSQL itself says what is wrong.
    assert!(starts(&[("pgdata", "16")], "17"));

    assert_snapshot!(check(around, "18", &volume(around, &[old])).1, @"
    The volume holds a database of PostgreSQL 17 in pgdata/PG_VERSION.
    PostgreSQL 18 looks in 18/docker and would start with an empty database.
    Apply version 17 again; to move the data, restore a dump of it into a second database.
    Nothing was changed.
    ");
    assert_snapshot!(check(around, "17", &volume(around, &[old, new])).1, @"
    The volume holds a database of PostgreSQL 18 in 18/docker/PG_VERSION.
    It is newer than what PostgreSQL 17 would start with in pgdata.
    Apply version 18 again; to move the data, restore a dump of it into a second database.
    Nothing was changed.
    ");
    let elsewhere = volume(around, &[]);
    fs::create_dir(elsewhere.join("pgdata")).expect("a folder");
    fs::set_permissions(elsewhere.join("pgdata"), fs::Permissions::from_mode(0o000))
        .expect("closed");
    assert_snapshot!(check(around, "18", &elsewhere).1, @"
    The volume holds pgdata, which belongs to another user: a database may be in it.
    Set `run-as-user` back to what it was.
    Nothing was changed.
    ");
}

/// The program of a major, where npm has a package of it for this machine.
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn of_major(major: &str, program: &str) -> Option<PathBuf> {
    let ci = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/ci");
    let path = ci.join(format!("postgres/node_modules/postgres-{major}/native/bin/{program}"));
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        eprintln!("SKIPPED: no package has PostgreSQL {major} for this machine");
        return None;
    }
    assert!(path.is_file(), "no {}; .ci/setup installs it", path.display());
    Some(path.canonicalize().expect("a path"))
}

/// Where the rendered stage of a major has its data, below the volume.
fn own_folder(major: &str) -> &'static str {
    if major == "18" { "18/docker" } else { "pgdata" }
}

/// A volume that `initdb` of a major laid out as the image of that major does.
fn real_volume(around: &Path, major: &str) -> Option<PathBuf> {
    let initdb = of_major(major, "initdb")?;
    let volume = around.join(format!("volume {major}"));
    let data = volume.join(own_folder(major));
    for folder in data.ancestors().skip(1).take_while(|folder| *folder != around) {
        fs::create_dir_all(folder).expect("a folder");
        open(folder);
    }
    let at = format!("--pgdata={}", data.display());
    let made = run(&initdb, &[&at, "--username=postgres", "--no-sync", "--auth=trust"]);
    assert!(made.status.success(), "{made:?}");
    Some(volume)
}

/// Each major over the volume of each: the init container refuses another folder, and the server itself another major in its
/// own. No empty database starts beside a full one.
#[test]
fn no_major_starts_over_the_data_of_another() {
    const MAJORS: [&str; 3] = ["16", "17", "18"];
    let around = tempfile::tempdir().expect("a temporary folder");
    open(around.path());
    for old in MAJORS {
        let Some(volume) = real_volume(around.path(), old) else { return };
        for new in MAJORS {
            let (passes, said) = check(around.path(), new, &volume);
            let is_same_folder = own_folder(old) == own_folder(new);
            assert_eq!(passes, is_same_folder, "{new} over {old}: {said}");
            if !is_same_folder || old == new {
                continue;
            }
            // A single-user server opens the data as any other, and ends at once.
            let Some(server) = of_major(new, "postgres") else { return };
            let data = volume.join(own_folder(new));
            let data = data.to_str().expect("a path");
            let started = run(&server, &["--single", "-D", data, "postgres"]);
            let said = String::from_utf8_lossy(&started.stderr).into_owned();
            assert!(
                !started.status.success() && said.contains("incompatible"),
                "{new} over {old}: {said}"
            );
        }
    }
}
