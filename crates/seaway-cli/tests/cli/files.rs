//! What is read: the stack file, and the files beside it that it names.

use std::fs;

use crate::sandbox::{Run, SHOP, Sandbox};

/// A stack with one config that is a file.
fn naming(file: &str) -> Sandbox {
    Sandbox::new(&format!("{SHOP}[config.nginx]\n\"nginx.conf\" = {{ file = \"{file}\" }}\n"))
}

fn error(sandbox: &Sandbox) -> String {
    let Run { code, out, err } = sandbox.run(&["render", "shop", "--stage", "local"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    err
}

#[test]
fn a_missing_stack_says_what_was_looked_for() {
    let sandbox = Sandbox::new(SHOP);
    let check = |path| sandbox.run(&["check", path]);
    insta::assert_snapshot!(check("shap").err, @r#"
    error[missing-file]: there is no folder or file `shap`
     |
     = help: name the folder of a stack, or its file
    "#);
    // `check` takes all stacks below a folder; a command that takes one names them.
    insta::assert_snapshot!(sandbox.run(&["stages", "."]).err, @r#"
    error[missing-file]: there is no file `stack.toml`
     |
     = help: name a folder with a `stack.toml`: `shop`
    "#);
    fs::create_dir(sandbox.path("empty")).expect("a folder");
    insta::assert_snapshot!(check("empty").err, @r#"
    error[missing-file]: there is no file `empty/stack.toml`
     |
     = help: name the folder of a stack, or its file
    "#);
    insta::assert_snapshot!(check("shop/stack.toml/x").err, @r#"
    error[missing-file]: can not read `shop/stack.toml/x`: not a directory
     |
     = help: name the folder of a stack, or its file
    "#);
    assert_eq!(check("shap").code, Some(1));
}

#[test]
fn a_stack_file_that_is_not_text_is_told_where() {
    let sandbox = Sandbox::new("");
    sandbox.write("shop/stack.toml", b"name = \"shop\"\n# caf\xe9\n");
    insta::assert_snapshot!(error(&sandbox), @r#"
    error[syntax]: `shop/stack.toml` is not UTF-8 text
     --> shop/stack.toml:2:6
      |
    2 | # caf�
      |      ^ the byte 0xe9
      |
      = help: save the file as UTF-8
    "#);
}

#[test]
fn a_file_without_end_is_not_read_for_ever() {
    let run = Sandbox::new("").run(&["check", "/dev/zero"]);
    assert_eq!(run.code, Some(1));
    insta::assert_snapshot!(run.err, @r#"
    error[syntax]: the stack file has more than 16 MiB

    error: could not read the stack: 1 error
    for more about an error: seaway explain syntax
    "#);
}

#[test]
fn a_file_beside_the_stack_is_rendered() {
    let sandbox = naming("etc/../nginx.conf");
    fs::create_dir(sandbox.path("shop/etc")).expect("a folder");
    sandbox.write("shop/nginx.conf", "worker_processes 1;\n");
    let Run { code, err, .. } = sandbox.run(&["render", "shop", "--stage", "local"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
}

#[test]
fn a_missing_file_is_told_where_it_is_named() {
    insta::assert_snapshot!(error(&naming("nginx.conf")), @r#"
    error[missing-file]: there is no file `nginx.conf`
      --> shop/stack.toml:14:25
       |
    14 | "nginx.conf" = { file = "nginx.conf" }
       |                         ^^^^^^^^^^^^ looked for `shop/nginx.conf`

    error: could not render stage `local`: 1 error
    for more about an error: seaway explain missing-file
    "#);
}

#[test]
fn a_stage_that_does_not_use_the_file_does_not_miss_it() {
    let stack = format!("{SHOP}[stages.more]\nconfig.a = {{ b = {{ file = \"c\" }} }}\n");
    let sandbox = Sandbox::new(&stack);
    assert_eq!(sandbox.run(&["render", "shop", "--stage", "local"]).code, Some(0));
    assert_eq!(sandbox.run(&["render", "shop", "--stage", "more"]).code, Some(1));
}

#[test]
fn a_file_elsewhere_is_refused() {
    insta::assert_snapshot!(error(&naming("/etc/hostname")), @r#"
    error[missing-file]: `/etc/hostname` is outside of the folder of the stack
      --> shop/stack.toml:14:25
       |
    14 | "nginx.conf" = { file = "/etc/hostname" }
       |                         ^^^^^^^^^^^^^^^
       |
       = help: copy the file into the folder of the stack file

    error: could not render stage `local`: 1 error
    for more about an error: seaway explain missing-file
    "#);
    let sandbox = naming("../secret");
    sandbox.write("secret", "secret");
    insta::assert_snapshot!(error(&sandbox), @r#"
    error[missing-file]: `../secret` is outside of the folder of the stack
      --> shop/stack.toml:14:25
       |
    14 | "nginx.conf" = { file = "../secret" }
       |                         ^^^^^^^^^^^
       |
       = help: copy the file into the folder of the stack file

    error: could not render stage `local`: 1 error
    for more about an error: seaway explain missing-file
    "#);
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_to_elsewhere_is_refused() -> std::io::Result<()> {
    let sandbox = naming("link");
    sandbox.write("secret", "secret");
    std::os::unix::fs::symlink("../secret", sandbox.path("shop/link"))?;
    let err = error(&sandbox);
    assert!(
        err.contains("error[missing-file]: `link` is outside of the folder of the stack"),
        "{err}"
    );
    assert!(err.contains("= note: a symbolic link leads to `/"), "{err}");
    Ok(())
}

#[test]
fn what_a_config_can_not_hold_is_refused() {
    let sandbox = naming("file");
    fs::create_dir(sandbox.path("shop/file")).expect("a folder");
    insta::assert_snapshot!(error(&sandbox), @r#"
    error[missing-file]: `file` is not a file
      --> shop/stack.toml:14:25
       |
    14 | "nginx.conf" = { file = "file" }
       |                         ^^^^^^

    error: could not render stage `local`: 1 error
    for more about an error: seaway explain missing-file
    "#);
    let sandbox = naming("file");
    sandbox.write("shop/file", b"\xff");
    insta::assert_snapshot!(error(&sandbox), @r#"
    error[missing-file]: `file` is not UTF-8 text
      --> shop/stack.toml:14:25
       |
    14 | "nginx.conf" = { file = "file" }
       |                         ^^^^^^

    error: could not render stage `local`: 1 error
    for more about an error: seaway explain missing-file
    "#);
    let sandbox = naming("file");
    sandbox.write("shop/file", vec![b'a'; (1 << 20) + 1]);
    insta::assert_snapshot!(error(&sandbox), @r#"
    error[missing-file]: `file` has more than 1 MiB
      --> shop/stack.toml:14:25
       |
    14 | "nginx.conf" = { file = "file" }
       |                         ^^^^^^ more than a `ConfigMap` holds

    error: could not render stage `local`: 1 error
    for more about an error: seaway explain missing-file
    "#);
}
