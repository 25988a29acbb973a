//! `seaway diff`: the views of a comparison, and how it fails.

use std::path::Path;

use serde_json::Value;

use crate::sandbox::{FAULTY, Run, SHOP, Sandbox};

/// A pull request of twelve changes, and the folder that it is compared in.
pub(crate) fn review() -> Sandbox {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/review");
    let sandbox = Sandbox::new(SHOP);
    for file in ["before.toml", "after.toml"] {
        sandbox.write(file, std::fs::read_to_string(folder.join(file)).expect("a fixture"));
    }
    sandbox
}

/// A comparison that has no error.
pub(crate) fn compared(sandbox: &Sandbox, old: &str, new: &str, format: &str) -> String {
    let Run { code, out, err } = sandbox.run(&["diff", old, new, "--format", format]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    out
}

fn view(format: &str) -> String {
    compared(&review(), "before.toml", "after.toml", format)
}

/// Pins a view beside the two stacks that it compares.
fn pin(name: &str, view: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("review");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, view));
}

#[test]
fn twelve_changes_as_text() {
    pin("text", &view("text"));
}

#[test]
fn twelve_changes_as_markdown() {
    pin("markdown", &view("markdown"));
}

#[test]
fn twelve_changes_as_json() {
    let json = view("json");
    let value: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(value["form"], 1);
    assert_eq!(value["worst"], "unreadable-data");
    pin("json", &json);
}

/// Each field belongs to one cause, and each cause that is shown changes something.
#[test]
fn causes_are_whole() {
    let value: Value = serde_json::from_str(&view("json")).expect("JSON");
    for stage in value["stacks"][0]["stages"].as_array().expect("stages") {
        let causes = stage["causes"].as_array().expect("causes");
        for cause in causes {
            assert_ne!(cause["effects"], Value::Array(vec![]), "{cause:#}");
        }
        for finding in stage["findings"].as_array().expect("findings") {
            let at = finding["cause"].as_u64();
            assert!(at.is_none_or(|at| at < causes.len() as u64), "{finding:#}");
            assert_ne!(finding["message"], "");
        }
    }
}

#[test]
fn a_bound_fails_at_that_consequence_and_at_worse_ones() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.write("old/stack.toml", SHOP);
    sandbox.write("shop/stack.toml", SHOP.replace("shop:1.4.0", "shop:1.5.0"));
    let fail_on =
        |word| sandbox.run(&["diff", "old", "shop", "--stage", "local", "--fail-on", word]);
    for (word, expected) in [("downtime", 0), ("restarts", 1), ("cosmetic", 1)] {
        let Run { code, out, err } = fail_on(word);
        assert_eq!(code, Some(expected), "{word}: {err}");
        // The comparison is what one wants to read when it fails.
        assert!(out.contains("app.image"), "{out}");
    }
    let err = fail_on("restarts").err;
    let why = "error[restarts]: the worst consequence is `restarts`, denied by `--fail-on`";
    assert!(err.starts_with(why), "{err}");
    let unknown = fail_on("reboots");
    assert_eq!((unknown.code, unknown.out.as_str()), (Some(2), ""));
    assert!(unknown.err.contains("possible values: lost-data, unreadable-data"), "{}", unknown.err);
}

#[test]
fn what_a_stack_allows_does_not_fail() {
    let sandbox = Sandbox::new(SHOP);
    let grown = |allow: &str| {
        SHOP.replace("version = \"17\"", "version = \"16\"")
            .replace("[stages.local]", &format!("{allow}\n[stages.local]"))
    };
    sandbox.write("old/stack.toml", SHOP);
    sandbox.write("shop/stack.toml", grown(""));
    let args = ["diff", "old", "shop", "--stage", "postgres", "--fail-on", "unreadable-data"];
    assert_eq!(sandbox.run(&args).code, Some(1));
    sandbox.write("shop/stack.toml", grown("[allow]\nunreadable-data = \"the volume is new\""));
    let allowed = sandbox.run(&args);
    assert_eq!(allowed.code, Some(0), "{}", allowed.err);
    assert!(allowed.out.contains("allowed: the volume is new"), "{}", allowed.out);
}

#[test]
fn equal_revisions_do_not_differ() {
    let sandbox = Sandbox::new(SHOP);
    // Comments, the order of keys and the layout are no part of what is applied.
    sandbox.write("old/stack.toml", format!("# A comment.\n{SHOP}"));
    for format in ["text", "markdown"] {
        let Run { code, out, err } = sandbox.run(&["diff", "old", "shop", "--format", format]);
        assert_eq!((code, err.as_str()), (Some(0), ""));
        assert!(out.to_lowercase().contains("nothing differs"), "{out}");
    }
}

#[test]
fn a_rendered_folder_is_a_revision() {
    let sandbox = Sandbox::new(SHOP);
    for stage in ["local", "postgres"] {
        let folder = format!("live/{stage}");
        let run = sandbox.run(&["render", "shop", "-s", stage, "--out", &folder]);
        assert_eq!(run.code, Some(0), "{}", run.err);
    }
    assert_eq!(sandbox.run(&["diff", "live", "shop"]).out, "nothing differs\n");
    sandbox.write("shop/stack.toml", SHOP.replace("version = \"17\"", "version = \"18\""));
    let Run { code, out, err } =
        sandbox.run(&["diff", "live", "shop", "--fail-on", "unreadable-data"]);
    assert_eq!(code, Some(1), "{err}");
    assert!(out.starts_with("shop/stack.toml, stage postgres (objects: 1 changed)\n\ncomponents.db.version: now 18\n  at shop/stack.toml:11\n  unreadable-data "), "{out}");
    // Both sides rendered: the objects alone are known.
    let run = sandbox.run(&["render", "shop", "-s", "postgres", "--out", "new/postgres"]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let Run { code, out, err } = sandbox.run(&["diff", "live", "new", "--stage", "postgres"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.contains("unreadable-data"), "{out}");
}

/// Only where both read the same texts can another Seaway be why something differs.
#[test]
fn a_newer_seaway_is_a_cause() {
    let sandbox = Sandbox::new(SHOP);
    let run = sandbox.run(&["render", "shop", "-s", "postgres", "--out", "live/postgres"]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let change = |file: &str, from: &str, to: &str| {
        let path = format!("live/postgres/{file}");
        let text = std::fs::read_to_string(sandbox.path(&path)).expect("a file");
        assert!(text.contains(from), "{text}");
        sandbox.write(&path, text.replace(from, to));
    };
    // An older Seaway whose pods had another user.
    change(".seaway", env!("CARGO_PKG_VERSION"), "0.0.9");
    change("260-deployment-web.yaml", "runAsUser: 10001", "runAsUser: 20002");
    let args = ["diff", "live", "shop", "--stage", "postgres", "--format", "json"];
    let kinds = || {
        let Run { code, out, err } = sandbox.run(&args);
        assert_eq!((code, err.as_str()), (Some(0), ""));
        let value: Value = serde_json::from_str(&out).expect("JSON");
        let causes = value["stacks"][0]["stages"][0]["causes"].as_array().expect("causes").clone();
        causes
            .iter()
            .map(|cause| cause["kind"].as_str().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(kinds(), ["seaway"]);
    // With another text nobody knows.
    sandbox.write("shop/stack.toml", format!("# A comment.\n{SHOP}"));
    assert_eq!(kinds(), ["unknown"]);
}

#[test]
fn values_from_outside_apply_to_both_revisions() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.write("old/stack.toml", SHOP);
    sandbox.write("shop/stack.toml", SHOP.replace("shop:1.4.0", "shop:1.5.0"));
    let differing = sandbox.run(&["diff", "old", "shop"]);
    assert!(differing.out.contains("app.image"), "{}", differing.out);
    let same = sandbox.run(&["diff", "old", "shop", "--set", "app.image=ghcr.io/acme/shop:2"]);
    assert_eq!((same.code, same.out.as_str()), (Some(0), "nothing differs\n"), "{}", same.err);
}

#[test]
fn errors_leave_the_output_empty_and_point_into_their_revision() {
    let sandbox = Sandbox::new(FAULTY);
    sandbox.write("old/stack.toml", SHOP);
    for (old, new) in [("old", "shop"), ("shop", "old")] {
        let Run { code, out, err } = sandbox.run(&["diff", old, new]);
        assert_eq!((code, out.as_str()), (Some(1), ""));
        assert!(err.contains("--> shop/stack.toml:10:20"), "{err}");
        assert!(err.contains("error: could not compare: 2 errors"), "{err}");
    }
    let missing = sandbox.run(&["diff", "nowhere", "shop"]);
    assert_eq!((missing.code, missing.out.as_str()), (Some(1), ""));
    insta::assert_snapshot!(missing.err, @r#"
    error[diff]: there is no folder or file `nowhere`
     |
     = help: name a stack, a folder, or a Git revision, which ends in a colon: `main:`

    error: could not compare: 1 error
    "#);
    let alone = sandbox.run(&["diff", "old"]);
    assert_eq!((alone.code, alone.out.as_str()), (Some(1), ""));
    insta::assert_snapshot!(alone.err, @r#"
    error[diff]: what is `old` to be compared with?
     |
     = note: without a second path, the new revision is the place of a Git revision in the working tree
     = help: name it, for example `seaway diff old stacks/shop`, or a revision: `seaway diff main:./`

    error: could not compare: 1 error
    "#);
}

/// What a stack says is somebody else's text: in a comment it is text and nothing more.
#[test]
fn a_comment_shows_text_of_a_stack_as_text() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.write("old/stack.toml", SHOP);
    let hostile = "`</details><img src=x onerror=alert(1)> | @everyone";
    let line = format!("type = \"web\"\nenv.NOTE = {hostile:?}\n");
    sandbox.write("shop/stack.toml", SHOP.replace("type = \"web\"\n", &line));
    let Run { code, out, err } = sandbox.run(&["diff", "old", "shop", "--format", "markdown"]);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    for line in out.lines().filter(|line| line.contains("onerror")) {
        let inside = line.split("``").nth(1).expect("a code span that a backtick does not close");
        assert!(inside.contains("onerror"), "{line}");
    }
}

/// GitHub refuses longer comments: what is left out is counted.
#[test]
fn a_comment_is_cut_by_rank() {
    let variables = |value: &str| -> String {
        (0..1500).fold(String::new(), |all, at| format!("{all}app.env.V{at} = \"{value}\"\n"))
    };
    let sandbox = Sandbox::new(SHOP);
    let with = |value| {
        SHOP.replace(
            "[components.web]",
            &format!("[components.web]\n{}", variables(value)).replace("app.env", "env"),
        )
    };
    sandbox.write("old/stack.toml", with("a"));
    sandbox.write("shop/stack.toml", with("b").replace("version = \"17\"", "version = \"16\""));
    let args = ["diff", "old", "shop", "--stage", "postgres", "--format", "markdown"];
    let Run { code, out, err } = sandbox.run(&args);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.len() <= 65_536, "{}", out.len());
    assert!(out.contains("unreadable-data"));
    assert!(
        out.trim_end().ends_with("Run `seaway diff` to see all."),
        "{}",
        &out[out.len() - 300..]
    );
}

/// A document in a command ends where a line is its end and nothing else.
#[test]
fn commands_with_documents_can_be_pasted() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.write("old.toml", SHOP);
    let outside = "type = \"external\", provides = \"database\", host = \"db.example.com\", port = 5432, \
                   secret = \"remote\", cidrs = [\"10.0.0.0/8\"]";
    let inside = "type = \"postgres\", version = \"17\", storage = \"2Gi\"";
    sandbox.write("new.toml", SHOP.replace(inside, outside));
    // A stand-in that keeps what it reads.
    let kubectl =
        "#!/bin/bash\necho \"$*\" >>calls\nif [ \"$*\" = 'apply -f -' ]; then cat >>applied; fi\n";
    sandbox.write("bin/kubectl", kubectl);
    assert_eq!(sandbox.bash("chmod +x bin/kubectl").code, Some(0));

    let text = compared(&sandbox, "old.toml", "new.toml", "text");
    // From the first command with a document to the one after it.
    let lines = text.lines().skip_while(|line| !line.ends_with("<<'YAML'"));
    let mut block: Vec<&str> = lines.collect();
    let end = block.iter().position(|line| *line == "YAML").unwrap_or_else(|| panic!("{text}"));
    block.truncate(end + 2);
    sandbox.write("pasted.sh", block.join("\n"));
    let Run { code, err, .. } = sandbox.bash("PATH=$PWD/bin:$PATH bash -eu pasted.sh");
    assert_eq!((code, err.as_str()), (Some(0), ""), "{text}");
    let calls = std::fs::read_to_string(sandbox.path("calls")).expect("calls");
    insta::assert_snapshot!(calls, @"
    apply -f -
    -n shop wait --for=condition=Ready pod/restore-db --timeout=5m
    ");
    let applied = std::fs::read_to_string(sandbox.path("applied")).expect("a document");
    let kinds: Vec<String> = serde_yaml::Deserializer::from_str(&applied)
        .map(|document| {
            let value = <serde_yaml::Value as serde::Deserialize>::deserialize(document);
            value.expect("YAML")["kind"].as_str().expect("a kind").to_owned()
        })
        .collect();
    assert_eq!(kinds, ["NetworkPolicy", "Pod"], "{applied}");
}
