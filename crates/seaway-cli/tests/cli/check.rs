//! `seaway check`: all stages, no output.

use crate::sandbox::{FAULTY, Run, SHOP, Sandbox};

#[test]
fn all_stages_are_counted() {
    let sandbox = Sandbox::new(SHOP);
    let objects =
        |stage| sandbox.run(&["render", "shop", "-s", stage]).out.matches("---\n").count();
    let all = objects("local") + objects("postgres");
    let Run { code, out, err } = sandbox.run(&["check", "shop"]);
    assert_eq!((code, out.as_str()), (Some(0), ""));
    assert_eq!(err, format!("ok: 2 stages, {all} objects\n"));
    let Run { err, .. } = sandbox.run(&["check", "shop", "-s", "local", "--stage", "local"]);
    assert_eq!(err, format!("ok: 1 stage, {} objects\n", objects("local")));
}

#[test]
fn errors_of_one_stage_name_it() {
    let Run { code, out, err } = Sandbox::new(FAULTY).run(&["check", "shop"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    insta::assert_snapshot!(err, @r#"
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

#[test]
fn what_stages_have_in_common_is_said_once() {
    let sandbox = Sandbox::new(&SHOP.replace("type = \"web\"", "type = \"wep\""));
    let Run { code, err, .. } = sandbox.run(&["check", "shop"]);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(err, @r#"
    error[unknown-type]: unknown type `wep`
     --> shop/stack.toml:7:8
      |
    7 | type = "wep"
      |        ^^^^^
      |
      = note: in stages `local` and `postgres`
      = help: did you mean `web`?

    error: could not compile 2 of 2 stages: 1 error
    for more about an error: seaway explain unknown-type
    "#);
    let Run { err, .. } = sandbox.run(&["check", "shop", "--stage", "local"]);
    insta::assert_snapshot!(err, @r#"
    error[unknown-type]: unknown type `wep`
     --> shop/stack.toml:7:8
      |
    7 | type = "wep"
      |        ^^^^^
      |
      = help: did you mean `web`?

    error: could not compile stage `local`: 1 error
    for more about an error: seaway explain unknown-type
    "#);
}

#[test]
fn a_stack_without_stages_fails() {
    let sandbox = Sandbox::new("name = \"shop\"\n");
    let Run { code, err, .. } = sandbox.run(&["check", "shop"]);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(err, @r#"
    error[missing-field]: `shop/stack.toml` has no stages
     |
     = help: add one: `[stages.local]`
    "#);
    sandbox.write("shop/stack.toml", "name = shop\n");
    let Run { code, err, .. } = sandbox.run(&["check", "shop"]);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(err, @r#"
    error[syntax]: string values must be quoted, expected literal string
     --> shop/stack.toml:1:8
      |
    1 | name = shop
      |        ^^^^

    error: could not read the stack: 1 error
    for more about an error: seaway explain syntax
    "#);
}

#[test]
fn an_unknown_stage_fails() {
    let sandbox = Sandbox::new(SHOP);
    let run = sandbox.run(&["check", "shop", "--stage", "local", "--stage", "prod"]);
    assert_eq!(run.code, Some(1));
    insta::assert_snapshot!(run.err, @r#"
    error[unknown-stage]: there is no stage `prod`
     --> shop/stack.toml:8:2
      |
    8 | [stages.local]
      |  ^^^^^^
      |
      = note: in stage `prod`
      = help: known are `local` and `postgres`

    error: could not compile 1 of 2 stages: 1 error
    for more about an error: seaway explain unknown-stage
    "#);
}

/// A shell that does not pass SIGTERM on is worth a warning, not more.
#[test]
fn warnings_fail_only_if_they_are_denied() {
    let shell = r#"[components.feed]
type = "process"
command = ["sh", "-c", "python feed.py"]
"#;
    let sandbox =
        Sandbox::new(&SHOP.replace("[stages.local]\n", &format!("{shell}[stages.local]\n")));
    let Run { code, out, err } = sandbox.run(&["check", "shop"]);
    assert_eq!((code, out.as_str()), (Some(0), ""));
    let (last, rest) =
        err.trim_end().rsplit_once('\n').map_or(("", ""), |(rest, last)| (last, rest));
    assert!(last.starts_with("ok: 2 stages, ") && last.ends_with(" objects, 1 warning"), "{last}");
    insta::assert_snapshot!(rest, @r#"
    warning[unsafe-command]: a shell as the first process does not pass SIGTERM on
      --> shop/stack.toml:10:24
       |
    10 | command = ["sh", "-c", "python feed.py"]
       |                        ^^^^^^^^^^^^^^^^ the process is killed when its grace period ends
       |
       = note: in stages `local` and `postgres`
       = help: write the command without a shell, or start its last step with `exec`
    "#);
    let Run { code, err, .. } = sandbox.run(&["check", "shop", "--deny", "warnings"]);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(err.replace(rest, "…"), @r#"
    …
    error: 1 warning, denied by `--deny warnings`
    for more about a warning: seaway explain unsafe-command
    "#);
    let Run { code, out, err } = sandbox.run(&["render", "shop", "--stage", "local"]);
    assert_eq!(code, Some(0));
    assert!(out.starts_with("---\n") && err.starts_with("warning[unsafe-command]"), "{err}");
    for out in [&[][..], &["--out", "out"]] {
        let args = ["render", "shop", "--stage", "local", "--deny", "warnings"];
        let Run { code, out, err } = sandbox.run(&[&args[..], out].concat());
        assert_eq!((code, out.as_str()), (Some(1), ""));
        let last = "error: could not render stage `local`: 1 warning, denied by `--deny warnings`\n\
             for more about a warning: seaway explain unsafe-command\n";
        assert!(err.starts_with("warning[unsafe-command]") && err.ends_with(last), "{err}");
        assert!(!sandbox.path("out").exists());
    }
    let fine = Sandbox::new(SHOP).run(&["render", "shop", "-s", "local", "--deny", "warnings"]);
    assert_eq!((fine.code, fine.err.as_str()), (Some(0), ""));
}

#[test]
fn what_is_allowed_is_in_nobodys_way() {
    let text = "name = \"shop\"\napp = { image = \"shop\", module = \"shop\", hosts = [\"a.example\"] }\n\
                components.web = { type = \"web\" }\nallow.unpinned-image = \"built a minute ago\"\n\
                stages.live.profile = \"production\"\n";
    let sandbox = Sandbox::new(text);
    for command in ["stages", "secrets", "render"] {
        let stage: &[&str] = if command == "stages" { &[] } else { &["--stage", "live"] };
        let Run { code, out, err } = sandbox.run(&[&[command, "shop"], stage].concat());
        assert_eq!(code, Some(0), "{command}: {err}");
        assert!(!out.is_empty(), "{command}");
    }
}

#[test]
fn what_is_allowed_is_shown_with_its_reason() {
    let allowed = |more: &str| {
        let text = format!(
            "name = \"shop\"\nprofile = \"production\"\n\
             app = {{ image = \"shop\", module = \"shop\", hosts = [\"a.example.com\"] }}\n\
             components.web = {{ type = \"web\" }}\n{more}[stages.a]\n[stages.b]\n"
        );
        Sandbox::new(&text).run(&["check", "shop", "--deny", "warnings"])
    };
    let Run { code, err, .. } = allowed("allow.unpinned-image = \"built a minute ago\"\n");
    assert_eq!(code, Some(0), "{err}");
    insta::assert_snapshot!(err, @r#"
    note[unpinned-image]: `shop` names no release
     --> shop/stack.toml:3:17
      |
    3 | app = { image = "shop", module = "shop", hosts = ["a.example.com"] }
      |                 ^^^^^^ what runs would depend on when it was pulled
      |
      = allowed: built a minute ago
      = note: in stages `a` and `b`

    ok: 2 stages, 14 objects, 1 allowed
    "#);
    let Run { code, err, .. } = allowed(
        "allow.unpinned-image = \"built a minute ago\"\nallow.shared-volume = \"one node\"\n",
    );
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(err, @r#"
    note[unpinned-image]: `shop` names no release
     --> shop/stack.toml:3:17
      |
    3 | app = { image = "shop", module = "shop", hosts = ["a.example.com"] }
      |                 ^^^^^^ what runs would depend on when it was pulled
      |
      = allowed: built a minute ago
      = note: in stages `a` and `b`

    warning[unused-allow]: `shared-volume` is allowed and does not occur
     --> shop/stack.toml:6:7
      |
    6 | allow.shared-volume = "one node"
      |       ^^^^^^^^^^^^^
      |
      = help: remove it, or it will hide the next one

    error: 1 warning, 1 allowed, denied by `--deny warnings`
    for more about a warning: seaway explain unused-allow
    "#);
}
