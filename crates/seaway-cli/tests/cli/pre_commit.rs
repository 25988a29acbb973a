//! The hooks of `.pre-commit-hooks.yaml`, run by the real `pre-commit`.

use std::path::Path;

use crate::sandbox::{FAULTY, Run, SHOP, Sandbox};

/// What `.ci/setup` installs.
const PRE_COMMIT: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/ci/judges/bin/pre-commit");
const HOOKS: &str = include_str!("../../../../.pre-commit-hooks.yaml");

/// Two repositories: one with the hooks, and one with a stack, whose files are all about to be committed.
fn repository(stack: &str) -> Sandbox {
    assert!(Path::new(PRE_COMMIT).exists(), "no {PRE_COMMIT}; .ci/setup installs it");
    let sandbox = Sandbox::new(stack);
    sandbox.write("hooks/.pre-commit-hooks.yaml", HOOKS);
    does(
        &sandbox,
        "mkdir bin work; mv shop work; ln -s \"$SEAWAY\" bin/seaway; git init -q -b main work",
    );
    does(&sandbox, "cd hooks; git init -q -b main; git add .; git commit -q -m hooks");
    sandbox
}

fn bash(sandbox: &Sandbox, script: &str) -> Run {
    sandbox.bash(&format!(
        "set -e; export PATH=$PWD/bin:$PATH PRE_COMMIT_HOME=$PWD/cache GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null \
         GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b; {script}"
    ))
}

fn does(sandbox: &Sandbox, script: &str) -> String {
    let run = bash(sandbox, script);
    assert_eq!(run.code, Some(0), "{script}: {}{}", run.out, run.err);
    run.out
}

/// Runs a hook over what is about to be committed; the lines behind the configuration that `try-repo` prints.
fn hook(sandbox: &Sandbox, name: &str) -> (Option<i32>, String) {
    let run = bash(
        sandbox,
        &format!("cd work; git add .; '{PRE_COMMIT}' try-repo ../hooks {name} --color=never"),
    );
    let printed = run.out.rsplit("=====\n").next().unwrap_or_default();
    (run.code, format!("{printed}{}", run.err))
}

#[test]
fn a_good_stack_passes_and_a_faulty_one_does_not() {
    let sandbox = repository(SHOP);
    insta::assert_snapshot!(passes(hook(&sandbox, "seaway-check")), @r#"
    [INFO] Initializing environment for ../hooks.
    seaway check.............................................................Passed
    "#);
    sandbox.write("work/shop/stack.toml", FAULTY);
    let (code, printed) = hook(&sandbox, "seaway-check");
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(printed, @r#"
    [INFO] Initializing environment for ../hooks.
    seaway check.............................................................Failed
    - hook id: seaway-check
    - exit code: 1

    error[unknown-field]: unknown key `replicaz`
      --> shop/stack.toml:10:20
       |
    10 | components.web = { replicaz = 3, env = { BROKER = "${brokr.url}" } }
       |                    ^^^^^^^^ not known here
       |
       = note: in stage `faulty`
       = help: did you mean `replicas`?

    error[unknown-component]: unknown component `brokr`
      --> shop/stack.toml:10:54
       |
    10 | components.web = { replicaz = 3, env = { BROKER = "${brokr.url}" } }
       |                                                      ^^^^^ not part of this stage
       |
       = note: in stage `faulty`
       = help: known is `web`

    error: could not compile 1 of 2 stages: 2 errors
    for more about an error: seaway explain unknown-field
    "#);
}

/// Only stacks are given to `seaway check`, wherever they lie.
#[test]
fn what_is_no_stack_is_passed_over() {
    let sandbox = repository(SHOP);
    sandbox.write("work/Cargo.toml", "[package]\n");
    sandbox.write("work/my-stack.toml", "x = 1\n");
    does(&sandbox, "cd work; mv shop 'a shop'; mkdir deep; mv 'a shop' deep");
    assert!(passes(hook(&sandbox, "seaway-check")).contains("Passed"));
    does(&sandbox, "rm -r work/deep");
    assert!(passes(hook(&sandbox, "seaway-check")).contains("Skipped"));
}

#[test]
fn a_stale_rendered_folder_does_not_pass() {
    let sandbox = repository(SHOP);
    does(&sandbox, "cd work; seaway render . --out rendered");
    assert!(passes(hook(&sandbox, "seaway-verify")).contains("Passed"));
    sandbox.write("work/shop/stack.toml", SHOP.replace("shop:1.4.0", "shop:1.5.0"));
    let (code, printed) = hook(&sandbox, "seaway-verify");
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(printed, @"
    [INFO] Initializing environment for ../hooks.
    seaway render --verify...................................................Failed
    - hook id: seaway-verify
    - exit code: 1

    error[output]: `rendered/shop/local` is not what would be rendered
     |
     = note: different: `.seaway` and `260-deployment-web.yaml`
     = help: write it anew: `seaway render . --out rendered`

    error[output]: `rendered/shop/postgres` is not what would be rendered
     |
     = note: missing: `250-job-migrate-5dcc7e8b.yaml`
     = note: extra: `250-job-migrate-bf96a30e.yaml`
     = note: different: `.seaway` and `260-deployment-web.yaml`
     = help: write it anew: `seaway render . --out rendered`

    error: 2 folders not as rendered: 2 errors
    ");
}

fn passes((code, printed): (Option<i32>, String)) -> String {
    assert_eq!(code, Some(0), "{printed}");
    printed
}
