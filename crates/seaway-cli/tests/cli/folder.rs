//! `seaway render --out`: the folder holds exactly what was rendered, or what it held before.

use std::fs;
use std::path::Path;

use crate::sandbox::{FAULTY, Run, SHOP, Sandbox};

const TO_OUT: [&str; 6] = ["render", "shop", "--out", "out", "--stage", "local"];

fn stage(name: &str) -> [&str; 6] {
    ["render", "shop", "--out", "out", "--stage", name]
}

fn extension(name: &str) -> Option<&str> {
    Path::new(name).extension()?.to_str()
}

#[test]
fn the_files_are_the_documents_of_the_stream() {
    let sandbox = Sandbox::new(SHOP);
    let Run { code, out, err } = sandbox.run(&stage("postgres"));
    assert_eq!((code, out.as_str()), (Some(0), ""));
    let mut texts = sandbox.texts("out");
    let (marker, list) = texts.remove(0);
    assert_eq!(marker, ".seaway");
    assert_eq!(
        err,
        format!(
            "wrote {} files to out\n  `kubectl delete` deletes data with 000-namespace-shop.yaml, \
             180-persistentvolumeclaim-db-data.yaml\n",
            texts.len()
        )
    );
    let listed = list.lines().filter_map(|line| line.strip_prefix("  \"")?.strip_suffix("\","));
    let mut listed: Vec<_> = listed.collect();
    listed.sort_unstable();
    assert_eq!(listed, texts.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>());

    let stream = sandbox.run(&["render", "shop", "--stage", "postgres"]).out;
    for (name, text) in &texts {
        assert_eq!(extension(name), Some("yaml"), "{name}");
        assert!(stream.contains(text), "{name}\n{text}");
    }
    assert_eq!(texts.iter().map(|(_, text)| text.len()).sum::<usize>(), stream.len());
    assert_eq!(sandbox.names(""), ["out", "shop"]);
}

#[test]
fn files_of_the_last_time_go() {
    let sandbox = Sandbox::new(SHOP);
    assert_eq!(sandbox.run(&stage("local")).code, Some(0));
    let local = sandbox.texts("out");
    assert_eq!(sandbox.run(&stage("postgres")).code, Some(0));
    assert_ne!(sandbox.names("out").len(), local.len());
    assert_eq!(sandbox.run(&stage("local")).code, Some(0));
    assert_eq!(sandbox.texts("out"), local);

    let json = ["render", "shop", "--out", "out", "--stage", "local", "--format", "json"];
    assert_eq!(sandbox.run(&json).code, Some(0));
    let names = sandbox.names("out");
    assert!(names[1..].iter().all(|name| extension(name) == Some("json")), "{names:?}");
    assert_eq!(names[0], ".seaway");
    assert_eq!(sandbox.names(""), ["out", "shop"]);
}

#[test]
fn an_empty_folder_and_missing_parents_are_fine() -> std::io::Result<()> {
    let sandbox = Sandbox::new(SHOP);
    fs::create_dir(sandbox.path("out"))?;
    assert_eq!(sandbox.run(&TO_OUT).code, Some(0));
    let run = sandbox.run(&["render", "shop", "--stage", "local", "--out", "a/b/c/"]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert_eq!(sandbox.texts("a/b/c"), sandbox.texts("out"));
    assert_eq!(sandbox.names("a/b"), ["c"]);
    Ok(())
}

#[test]
fn a_faulty_stage_leaves_the_folder_alone() {
    let sandbox = Sandbox::new(FAULTY);
    assert_eq!(sandbox.run(&stage("faulty")).code, Some(1));
    assert_eq!(sandbox.names(""), ["shop"]);
    assert_eq!(sandbox.run(&stage("local")).code, Some(0));
    let before = sandbox.texts("out");
    assert_eq!(sandbox.run(&stage("faulty")).code, Some(1));
    assert_eq!(sandbox.texts("out"), before);
}

#[test]
fn a_folder_of_somebody_else_is_refused() {
    let sandbox = Sandbox::new(SHOP);
    for name in ["a.yaml", "b.yaml", "c.yaml", "d.yaml"] {
        sandbox.write(&format!("out/{name}"), "mine");
    }
    let Run { code, err, .. } = sandbox.run(&TO_OUT);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(err, @r#"
    error[output]: `out` holds what Seaway did not write
     |
     = note: on no list of Seaway's (`.seaway`): `a.yaml`, `b.yaml` and `c.yaml`, and 1 more
     = help: move that away, or name a new or an empty folder: a folder is replaced as a whole
    "#);
    assert_eq!(sandbox.names("out"), ["a.yaml", "b.yaml", "c.yaml", "d.yaml"]);
    assert_eq!(sandbox.names(""), ["out", "shop"]);
}

#[test]
fn a_file_that_somebody_adds_is_kept() {
    let sandbox = Sandbox::new(SHOP);
    assert_eq!(sandbox.run(&TO_OUT).code, Some(0));
    sandbox.write("out/README.md", "mine");
    let before = sandbox.texts("out");
    let Run { code, err, .. } = sandbox.run(&stage("postgres"));
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(err, @r#"
    error[output]: `out` holds what Seaway did not write
     |
     = note: on no list of Seaway's (`.seaway`): `README.md`
     = help: move that away, or name a new or an empty folder: a folder is replaced as a whole
    "#);
    assert_eq!(sandbox.texts("out"), before);
}

#[test]
fn a_marker_can_not_make_seaway_remove_what_lies_elsewhere() {
    let sandbox = Sandbox::new(SHOP);
    assert_eq!(sandbox.run(&TO_OUT).code, Some(0));
    let marker = fs::read_to_string(sandbox.path("out/.seaway")).expect("a marker");
    let more = "files = [\n  \"../precious\",\n  \"/tmp\",\n  \"..\",\n";
    sandbox.write("out/.seaway", marker.replace("files = [\n", more));
    sandbox.write("precious", "mine");
    assert_eq!(sandbox.run(&TO_OUT).code, Some(0));
    assert!(sandbox.path("precious").is_file());
}

/// What an older Seaway wrote: a header, and one name a line.
#[test]
fn a_folder_of_an_older_seaway_is_replaced() {
    let sandbox = Sandbox::new(SHOP);
    assert_eq!(sandbox.run(&stage("postgres")).code, Some(0));
    let names = sandbox.names("out");
    let header =
        "# Written by `seaway render --out`, which replaces this folder as a whole. Its files:";
    sandbox.write("out/.seaway", format!("{header}\n{}\n", names[1..].join("\n")));
    let Run { code, err, .. } = sandbox.run(&TO_OUT);
    assert_eq!(code, Some(0), "{err}");
    assert!(sandbox.names("out").len() < names.len());
}

#[test]
fn a_folder_of_a_newer_seaway_is_left_alone() {
    let sandbox = Sandbox::new(SHOP);
    assert_eq!(sandbox.run(&TO_OUT).code, Some(0));
    let marker = fs::read_to_string(sandbox.path("out/.seaway")).expect("a marker");
    sandbox.write("out/.seaway", marker.replace("form = 1", "form = 9"));
    let before = sandbox.texts("out");
    let Run { code, err, .. } = sandbox.run(&TO_OUT);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(err.replace(env!("CARGO_PKG_VERSION"), "VERSION"), @"
    error[output]: `out/.seaway` has form 9, which is newer than this Seaway
     |
     = note: Seaway VERSION knows form 1
     = help: take the Seaway that wrote the folder, or a newer one; or remove the folder
    ");
    assert_eq!(sandbox.texts("out"), before);
}

/// A pull request shows a change of the marker only where an input changed, wherever it was rendered.
#[test]
fn the_marker_changes_with_the_inputs_alone() {
    let sandbox = Sandbox::new(&format!("{SHOP}config.site.page = {{ file = \"page.txt\" }}\n"));
    sandbox.write("shop/page.txt", "one");
    let marker = |folder: &str, script: &str| {
        let Run { code, err, .. } = sandbox.bash(script);
        assert_eq!(code, Some(0), "{err}");
        fs::read_to_string(sandbox.path(folder).join(".seaway")).expect("a marker")
    };
    let first = marker("a", "$SEAWAY render shop -s local -o a");
    assert_eq!(marker("a", "$SEAWAY render shop/stack.toml -s local -o a"), first);
    assert_eq!(marker("b", "cd shop && $SEAWAY render -s local -o ../b"), first);
    assert_eq!(marker("c", "cd shop && $SEAWAY render \"$PWD\" -s local -o ../c"), first);
    assert_eq!(marker("d/shop/local", "$SEAWAY render shop -o d"), first);
    sandbox.write("shop/page.txt", "a value");
    let second = marker("a", "$SEAWAY render shop -s local -o a");
    let changed = |one: &str, other: &str| {
        let lines = one.lines().zip(other.lines()).filter(|(one, other)| one != other);
        lines.map(|(one, _)| one.split('=').next().unwrap_or_default().to_owned()).collect()
    };
    let lines: Vec<String> = changed(&first, &second);
    assert_eq!(lines, ["\"page.txt\" "]);
    assert!(!second.contains("a value"), "{second}");
}

#[test]
fn verify_names_what_is_not_as_it_would_be_rendered() {
    let sandbox = Sandbox::new(SHOP);
    let verify = ["render", "shop", "-s", "postgres", "--out", "out", "--verify"];
    let Run { code, out, err } = sandbox.run(&verify);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("missing: `.seaway`, `"), "{err}");
    assert!(!sandbox.path("out").exists());

    assert_eq!(sandbox.run(&stage("postgres")).code, Some(0));
    let Run { code, err, .. } = sandbox.run(&verify);
    insta::assert_snapshot!(err, @"ok: 1 folder, 18 files as they would be rendered");
    assert_eq!(code, Some(0));

    let names = sandbox.names("out");
    fs::remove_file(sandbox.path("out").join(&names[1])).expect("a removed file");
    sandbox.write(&format!("out/{}", names[2]), "kind: Changed\n");
    sandbox.write("out/notes.txt", "mine");
    let before = sandbox.texts("out");
    let Run { code, out, err } = sandbox.run(&verify);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    insta::assert_snapshot!(err, @"
    error[output]: `out` is not what would be rendered
     |
     = note: missing: `000-namespace-shop.yaml`
     = note: extra: `notes.txt`
     = note: different: `070-networkpolicy-db.yaml`
     = help: write it anew: `seaway render shop --stage postgres --out out`

    error: 1 folder not as rendered: 1 error
    ");
    assert_eq!(sandbox.texts("out"), before);

    let without = sandbox.run(&["render", "shop", "-s", "postgres", "--verify"]);
    assert_eq!(without.code, Some(2), "{}", without.err);
}

#[test]
fn what_is_no_folder_is_refused() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.write("out", "mine");
    let Run { code, err, .. } = sandbox.run(&TO_OUT);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(err, @r#"
    error[output]: `out` is not a folder
     |
     = help: name a new or an empty folder
    "#);
    let Run { code, err, .. } = sandbox.run(&["render", "shop", "-s", "local", "-o", "out/a"]);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(err, @r#"error[output]: can not write `out/a`: not a directory"#);
    assert_eq!(sandbox.names(""), ["out", "shop"]);
}

#[test]
fn the_current_folder_is_refused() {
    let sandbox = Sandbox::new(SHOP);
    fs::create_dir(sandbox.path("empty")).expect("a folder");
    for out in [".", "..", "../empty", ""] {
        let script = format!("cd empty && $SEAWAY render ../shop --stage local --out '{out}'");
        let Run { code, err, .. } = sandbox.bash(&script);
        assert!(matches!(code, Some(1 | 2)), "{out}: {err}");
    }
    let Run { err, .. } = sandbox.bash("cd empty && $SEAWAY render ../shop -s local -o .");
    insta::assert_snapshot!(err, @r#"
    error[output]: `.` can not be replaced: it is the current folder, or holds it
     |
     = help: name a folder inside of it, for example `rendered`
    "#);
    assert!(sandbox.names("empty").is_empty());
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_stays_and_its_folder_is_replaced() -> std::io::Result<()> {
    let sandbox = Sandbox::new(SHOP);
    fs::create_dir_all(sandbox.path("far/real"))?;
    std::os::unix::fs::symlink("far/real", sandbox.path("out"))?;
    for _ in 0..2 {
        let run = sandbox.run(&TO_OUT);
        assert_eq!(run.code, Some(0), "{}", run.err);
    }
    assert!(sandbox.path("out").is_symlink());
    assert_eq!(sandbox.names("far"), ["real"]);
    assert!(sandbox.path("far/real/.seaway").is_file());

    std::os::unix::fs::symlink("nowhere", sandbox.path("dangling"))?;
    let Run { code, err, .. } = sandbox.run(&["render", "shop", "-s", "local", "-o", "dangling"]);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(err, @r#"
    error[output]: can not write `dangling`: no such file or directory
     |
     = note: it is a symbolic link that leads nowhere
    "#);
    Ok(())
}

#[cfg(unix)]
#[test]
fn the_folder_keeps_its_mode_and_a_new_one_follows_the_umask() -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::new(SHOP);
    let mode = || fs::metadata(sandbox.path("out")).map(|found| found.permissions().mode() & 0o777);
    let run = sandbox.bash("umask 027; $SEAWAY render shop --stage local --out out");
    assert_eq!((run.code, mode()?), (Some(0), 0o750));
    fs::set_permissions(sandbox.path("out"), fs::Permissions::from_mode(0o705))?;
    assert_eq!(sandbox.run(&TO_OUT).code, Some(0));
    assert_eq!(mode()?, 0o705);
    fs::set_permissions(sandbox.path("out"), fs::Permissions::from_mode(0o555))?;
    let Run { code, err, .. } = sandbox.run(&TO_OUT);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(err, @r#"error[output]: `out` is read-only"#);
    fs::set_permissions(sandbox.path("out"), fs::Permissions::from_mode(0o755))
}

/// The kernel refuses to write a byte to any file, as on a full disk.
#[cfg(target_os = "linux")]
#[test]
fn a_failing_write_leaves_the_old_folder() {
    let sandbox = Sandbox::new(SHOP);
    assert_eq!(sandbox.run(&stage("postgres")).code, Some(0));
    let before = sandbox.texts("out");
    let full = "trap '' XFSZ; ulimit -f 0; $SEAWAY render shop --stage local --out";
    let Run { code, err, .. } = sandbox.bash(&format!("{full} out"));
    assert_eq!(code, Some(1));
    let (first, rest) = err.split_once('\n').expect("lines");
    assert!(first.starts_with("error[output]: can not write `out`: "), "{first}");
    assert!(first.ends_with(".seaway: file too large"), "{first}");
    insta::assert_snapshot!(rest, @r#"
    |
    = note: nothing was changed: the new folder is written elsewhere, then swapped in
    "#);
    assert_eq!(sandbox.texts("out"), before);
    assert_eq!(sandbox.bash(&format!("{full} new")).code, Some(1));
    assert_eq!(sandbox.names(""), ["out", "shop"]);
}

/// A process that ends with the test, however that ends.
#[cfg(target_os = "linux")]
struct Running(std::process::Child);

#[cfg(target_os = "linux")]
impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a render of two stages into `rendered` that has written the first and waits for the marker of the second, which
/// is a pipe that nobody writes to.
#[cfg(target_os = "linux")]
fn start_and_wait(sandbox: &Sandbox) -> Running {
    let script = "mkdir -p rendered/shop/postgres && mkfifo rendered/shop/postgres/.seaway";
    assert_eq!(sandbox.bash(script).code, Some(0));
    let mut command = sandbox.command(&["render", "shop", "--out", "rendered"]);
    let output = || std::process::Stdio::from(fs::File::create("/dev/null").expect("a device"));
    let running =
        Running(command.stdout(output()).stderr(output()).spawn().expect("a process that starts"));
    // The marker is written first: once all that it lists is there, the first stage is written.
    let is_written = || {
        let names = sandbox.names("");
        let temporary = names.first().filter(|name| name.starts_with(".seaway-"))?;
        let new = sandbox.path(temporary).join("new");
        let marker = fs::read_to_string(new.join(".seaway")).ok()?;
        let listed = marker.lines().filter(|line| line.starts_with("  \"")).count();
        (listed > 0 && fs::read_dir(new).ok()?.count() == listed + 1).then_some(())
    };
    let start = std::time::Instant::now();
    while is_written().is_none() {
        assert!(start.elapsed().as_secs() < 60, "{:?}", sandbox.names(""));
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    running
}

/// All files that `kubectl apply -R -f` takes from a folder: it looks at extensions alone, and into hidden folders.
#[cfg(target_os = "linux")]
fn applied(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(applied(&path));
        } else if path
            .extension()
            .is_some_and(|end| ["yaml", "yml", "json"].map(AsRef::as_ref).contains(&end))
        {
            found.push(path.display().to_string());
        }
    }
    found
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_killed_run_leaves_is_not_applied_and_goes_with_the_next() {
    let sandbox = Sandbox::new(SHOP);
    let run = sandbox.run(&["render", "shop", "--stage", "local", "--out", "rendered/shop/local"]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let before = sandbox.texts("rendered/shop/local");
    let to_apply = applied(&sandbox.path("rendered"));
    let mut child = start_and_wait(&sandbox);
    child.0.kill().expect("a signal");
    child.0.wait().expect("an end");

    let left = sandbox.names("");
    assert!(left.len() == 3 && left[0].starts_with(".seaway-"), "{left:?}");
    assert!(!applied(&sandbox.path(&left[0])).is_empty(), "it was killed in the middle");
    assert_eq!(sandbox.names("rendered/shop"), ["local", "postgres"]);
    assert_eq!(applied(&sandbox.path("rendered")), to_apply);
    assert_eq!(sandbox.texts("rendered/shop/local"), before);

    fs::remove_dir_all(sandbox.path("rendered/shop/postgres")).expect("a removed folder");
    let run = sandbox.run(&["render", "shop", "--out", "rendered"]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert_eq!(sandbox.names(""), ["rendered", "shop"]);
    assert_eq!(sandbox.names("rendered/shop"), ["local", "postgres"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_leaves_the_temporary_folder_of_another_alone() {
    let sandbox = Sandbox::new(SHOP);
    let mut child = start_and_wait(&sandbox);
    let during = sandbox.names("");
    assert!(during[0].starts_with(".seaway-"), "{during:?}");
    let files = applied(&sandbox.path(&during[0]));
    for _ in 0..2 {
        assert_eq!(sandbox.run(&TO_OUT).code, Some(0));
        assert_eq!(applied(&sandbox.path(&during[0])), files);
    }
    // The marker turns out to be none, and the first run goes on.
    let pipe = sandbox.path("rendered/shop/postgres/.seaway");
    let writer = fs::File::options().write(true).open(&pipe).expect("a pipe with a reader");
    fs::remove_file(&pipe).expect("a removed pipe");
    drop(writer);
    let status = child.0.wait().expect("an end");
    assert_eq!(status.code(), Some(0));
    assert_eq!(sandbox.names(""), ["out", "rendered", "shop"]);
    assert_eq!(sandbox.names("rendered/shop"), ["local", "postgres"]);
}

/// The kernel kills the process in a write. Where the current folder is not around `--out`, it wrote beside `--out`.
#[cfg(target_os = "linux")]
#[test]
fn nothing_is_left_of_a_crash_in_a_write() {
    let sandbox = Sandbox::new(SHOP);
    assert_eq!(sandbox.run(&stage("postgres")).code, Some(0));
    let before = sandbox.texts("out");
    for script in [
        "ulimit -c 0 -f 0; exec $SEAWAY render shop --stage local --out out",
        "cd shop; ulimit -c 0 -f 0; exec $SEAWAY render --stage local --out ../out",
        // The marker and some of the files.
        "ulimit -c 0 -f 1; exec $SEAWAY render shop --stage local --out out",
    ] {
        assert_eq!(sandbox.bash(script).code, None);
        assert_eq!(sandbox.texts("out"), before);
        let left = sandbox.names("");
        assert!(left.len() == 3 && left[0].starts_with(".seaway-"), "{left:?}");
        assert_eq!(sandbox.run(&stage("postgres")).code, Some(0));
        assert_eq!(sandbox.names(""), ["out", "shop"], "{script}");
    }
    // What is not known to be Seaway's stays.
    sandbox.write(".seaway-abc/new/precious.yaml", "mine");
    sandbox.write(".seaway-abd/notes.txt", "mine");
    assert_eq!(sandbox.run(&stage("postgres")).code, Some(0));
    assert!(sandbox.path(".seaway-abc/new/precious.yaml").is_file());
    assert!(sandbox.path(".seaway-abd/notes.txt").is_file());
}

/// Nothing of what watches a stage is public: the commands that show it are told.
#[test]
fn what_watches_a_stage_is_reached_through_commands() {
    const WATCHED: &str = "name = \"shop\"\napp = { image = \"shop:1\", module = \"shop\" }\n\
        [components.web]\ntype = \"web\"\n[stages.local]\ncomponents.monitoring.type = \"monitoring\"\n";
    let sandbox = Sandbox::new(WATCHED);
    let Run { code, err, .. } = sandbox.run(&TO_OUT);
    assert_eq!(code, Some(0), "{err}");
    let said: Vec<&str> = err.lines().skip(1).collect();
    assert_eq!(
        said,
        [
            "  `kubectl delete` deletes data with 000-namespace-shop.yaml, 180-persistentvolumeclaim-monitoring-loki-data.yaml, \
             180-persistentvolumeclaim-monitoring-prometheus-data.yaml",
            "note: what watches the stage is reached through:",
            "  kubectl port-forward --namespace shop service/monitoring-grafana 3000",
            "  kubectl port-forward --namespace shop service/monitoring-prometheus 9090",
        ]
    );
    // The stream has no folder to go on with, and nothing is said.
    let stream = sandbox.run(&["render", "shop", "--stage", "local"]);
    assert_eq!((stream.code, stream.err.as_str()), (Some(0), ""));
}
