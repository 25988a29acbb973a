//! `seaway diff` with revisions of a real repository.

use crate::sandbox::{Run, SHOP, Sandbox};

/// A repository with `shop/stack.toml` in its first commit, on the branch `main`.
fn repository() -> Sandbox {
    let sandbox = Sandbox::new(SHOP);
    git(&sandbox, "git init -q -b main && git add . && git commit -q -m first");
    sandbox
}

/// Runs Git without the configuration of this machine.
fn git(sandbox: &Sandbox, script: &str) -> Run {
    let run = bash(sandbox, script);
    assert_eq!(run.code, Some(0), "{script}: {}", run.err);
    run
}

fn bash(sandbox: &Sandbox, script: &str) -> Run {
    const IDENTITY: &str = "export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_CEILING_DIRECTORIES=/ \
        GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b";
    sandbox.bash(&format!("set -e; {IDENTITY}; {script}"))
}

fn newer() -> String {
    SHOP.replace("shop:1.4.0", "shop:1.5.0")
}

#[test]
fn a_revision_is_compared_with_its_place_in_the_working_tree() {
    let sandbox = repository();
    sandbox.write("shop/stack.toml", newer());
    let shown = git(&sandbox, "$SEAWAY diff main:").out;
    assert!(
        shown.contains("app.image: ghcr.io/acme/shop:1.4.0 → ghcr.io/acme/shop:1.5.0"),
        "{shown}"
    );
    assert!(shown.contains("at shop/stack.toml:3, was at main:shop/stack.toml:3"), "{shown}");
    // All spellings of one place show one comparison, but for how they call it.
    for script in [
        "cd shop && $SEAWAY diff main:./",
        "$SEAWAY diff main:shop",
        "$SEAWAY diff main:shop/stack.toml",
        "$SEAWAY diff HEAD:shop/",
        "$SEAWAY diff 'main@{0}:shop'",
        "cd shop && $SEAWAY diff main:./stack.toml stack.toml",
        "git commit -q -a -m second && $SEAWAY diff HEAD~1: HEAD:",
    ] {
        let run = git(&sandbox, script);
        assert!(run.out.contains("app.image: ghcr.io/acme/shop:1.4.0"), "{script}: {}", run.out);
    }
    // Nothing is checked out, and the index is as it was.
    assert_eq!(git(&sandbox, "git status --porcelain").out, "");
}

#[test]
fn stacks_that_come_and_go_are_named() {
    let sandbox = repository();
    git(&sandbox, "git mv shop store && git commit -q -m moved");
    let run = git(&sandbox, "mkdir -p sub && cd sub && $SEAWAY diff HEAD~1: --format json");
    let value: serde_json::Value = serde_json::from_str(&run.out).expect("JSON");
    // One stack on each side is one stack that moved.
    assert_eq!(value["stacks"].as_array().map(Vec::len), Some(1));
    assert_eq!(value["stacks"][0]["change"], serde_json::Value::Null);
    sandbox.write("other/stack.toml", SHOP.replace("\"shop\"", "\"other\""));
    let run = git(&sandbox, "$SEAWAY diff HEAD: --format json");
    let value: serde_json::Value = serde_json::from_str(&run.out).expect("JSON");
    let changes: Vec<_> = value["stacks"]
        .as_array()
        .expect("stacks")
        .iter()
        .map(|stack| (stack["path"].as_str().unwrap_or_default(), stack["change"].as_str()))
        .collect();
    assert_eq!(changes, [("other/stack.toml", Some("gained")), ("store/stack.toml", None)]);
}

#[test]
fn files_beside_a_stack_are_those_of_the_revision() {
    const MOUNT: &str = r#"type = "web"
mounts = { "/etc/site.conf" = { config = "site", key = "site.conf" } }
[config.site]
"site.conf" = { file = "site.conf" }
"#;
    let stack = SHOP.replace("type = \"web\"\n", MOUNT);
    let sandbox = Sandbox::new(&stack);
    sandbox.write("shop/real.conf", "one\n");
    git(
        &sandbox,
        "ln -s real.conf shop/site.conf && git init -q -b main && git add . && git commit -q -m first",
    );
    sandbox.write("shop/real.conf", "two\n");
    let shown = git(&sandbox, "$SEAWAY diff main: --stage local").out;
    assert!(shown.contains("site.conf has another text"), "{shown}");
    assert!(shown.contains("restarts"), "{shown}");
}

#[test]
fn what_git_cannot_answer_is_an_error_with_a_command() {
    let sandbox = repository();
    let fails = |script: &str| {
        let run = bash(&sandbox, script);
        assert_eq!((run.code, run.out.as_str()), (Some(1), ""), "{script}: {}", run.err);
        run.err
    };
    insta::assert_snapshot!(fails("$SEAWAY diff nowhere:"), @r#"
    error[git]: there is no revision `nowhere`
     |
     = help: run `git fetch origin nowhere`, then name `FETCH_HEAD:`

    error: could not compare: 1 error
    "#);
    insta::assert_snapshot!(fails("$SEAWAY diff main:../x"), @r#"
    error[git]: `main:../x` leads out of the repository
     |
     = help: name a path inside of it

    error: could not compare: 1 error
    "#);
    insta::assert_snapshot!(fails("mkdir empty; PATH=empty $SEAWAY diff main:"), @r#"
    error[git]: can not read the revision `main` here
     |
     = note: there is no program `git` on PATH
     = help: install Git, or compare with a folder: `seaway render … --out live`, then `seaway diff live …`

    error: could not compare: 1 error
    "#);
    // A word that looks like an option is a name like any other.
    assert!(fails("$SEAWAY diff -- --output=x:").contains("there is no revision `--output=x`"));
    let elsewhere = Sandbox::new(SHOP);
    let run = bash(&elsewhere, "$SEAWAY diff main:");
    assert_eq!(run.code, Some(1));
    insta::assert_snapshot!(run.err, @r#"
    error[git]: can not read the revision `main` here
     |
     = note: git says: fatal: not a git repository (or any of the parent directories): .git
     = help: run this in the work tree of the repository, or name a file or a folder that exists

    error: could not compare: 1 error
    "#);
}

#[test]
fn a_shallow_clone_is_told_how_to_get_the_rest() {
    let sandbox = repository();
    git(
        &sandbox,
        "git commit -q --allow-empty -m second && git clone -q --depth 1 file://$PWD clone",
    );
    let run = bash(&sandbox, "cd clone && $SEAWAY diff HEAD~1:");
    assert_eq!((run.code, run.out.as_str()), (Some(1), ""));
    assert!(run.err.contains("this clone is shallow"), "{}", run.err);
    assert!(run.err.contains("git fetch --unshallow"), "{}", run.err);
}
