//! Several stacks, and all stages of one.

use std::fs;
use std::os::unix::fs::symlink;

use insta::assert_snapshot;
use serde_json::Value;

use crate::sandbox::{FAULTY, Run, SHOP, Sandbox};

/// Two stacks and a third one in a folder of the second, with what is passed over beside them.
fn several() -> Sandbox {
    let sandbox = Sandbox::new(SHOP);
    for (folder, name) in [("news", "news"), ("news/archive", "archive")] {
        let text = SHOP.replace("name = \"shop\"", &format!("name = \"{name}\""));
        sandbox.write(&format!("{folder}/stack.toml"), text);
    }
    for folder in ["target/package", "news/node_modules/x", ".git/x"] {
        sandbox.write(&format!("{folder}/stack.toml"), "no = toml = at all");
    }
    symlink("..", sandbox.path("news/up")).expect("a link");
    sandbox
}

fn folders(sandbox: &Sandbox) -> String {
    let mut found = Vec::new();
    let mut left = vec!["out".to_owned()];
    while let Some(folder) = left.pop() {
        for name in sandbox.names(&folder) {
            let path = format!("{folder}/{name}");
            if sandbox.path(&path).is_dir() {
                left.push(path.clone());
                found.push(path);
            }
        }
    }
    found.sort();
    found.join("\n")
}

#[test]
fn a_folder_stands_for_all_stacks_below_it() {
    let sandbox = several();
    let Run { code, out, err } = sandbox.run(&["check"]);
    assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
    let Run { err: named, .. } = sandbox.run(&["check", "news", "shop", "news/archive", "./shop"]);
    assert_eq!(named, err);
    assert!(err.starts_with("ok: 3 stacks, 6 stages, "), "{err}");
    let Run { err, .. } = sandbox.run(&["check", "shop", "news/archive/stack.toml"]);
    assert!(err.starts_with("ok: 2 stacks, 4 stages, "), "{err}");
}

#[test]
fn each_message_names_its_stack_and_there_is_one_summary() {
    let sandbox = several();
    sandbox.write("news/stack.toml", FAULTY);
    sandbox.write("news/archive/stack.toml", "name = ");
    let Run { code, out, err } = sandbox.run(&["check", "."]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert_snapshot!(err, @r#"
    error[unknown-field]: unknown key `replicaz`
      --> news/stack.toml:10:20
       |
    10 | components.web = { replicaz = 3, env = { BROKER = "${brokr.url}" } }
       |                    ^^^^^^^^ not known here
       |
       = note: in stage `faulty`
       = help: did you mean `replicas`?

    error[unknown-component]: unknown component `brokr`
      --> news/stack.toml:10:54
       |
    10 | components.web = { replicaz = 3, env = { BROKER = "${brokr.url}" } }
       |                                                      ^^^^^ not part of this stage
       |
       = note: in stage `faulty`
       = help: known is `web`

    error[syntax]: string values must be quoted, expected literal string
     --> news/archive/stack.toml:1:8
      |
    1 | name = 
      |        ^

    error: could not check 2 of 3 stacks: 3 errors
    for more about an error: seaway explain unknown-field
    "#);

    let json = sandbox.run(&["check", ".", "--message-format", "json"]).err;
    let files: Vec<String> = json
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).expect("JSON")["labels"][0]["file"].to_string()
        })
        .collect();
    assert_eq!(
        files,
        ["\"news/stack.toml\"", "\"news/stack.toml\"", "\"news/archive/stack.toml\""]
    );
    let sarif = sandbox.run(&["check", ".", "--message-format", "sarif"]).err;
    let document: Value = serde_json::from_str(&sarif).expect("one document");
    assert_eq!(document["runs"][0]["results"].as_array().map(Vec::len), Some(3));
}

#[test]
fn all_stages_of_all_stacks_get_a_folder_each() {
    let sandbox = several();
    let Run { code, out, err } = sandbox.run(&["render", ".", "--out", "out"]);
    assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
    assert_snapshot!(folders(&sandbox), @"
    out/archive
    out/archive/local
    out/archive/postgres
    out/news
    out/news/local
    out/news/postgres
    out/shop
    out/shop/local
    out/shop/postgres
    ");
    let stream = sandbox.run(&["render", "shop", "-s", "postgres"]).out;
    let texts = sandbox.texts("out/shop/postgres");
    assert_eq!(texts[1..].iter().map(|(_, text)| text.len()).sum::<usize>(), stream.len());
    assert_eq!(sandbox.run(&["render", ".", "--out", "out", "--verify"]).code, Some(0));
    // The folder of one stack is the same.
    assert_eq!(sandbox.run(&["render", "shop", "--out", "alone"]).code, Some(0));
    assert_eq!(sandbox.texts("alone/shop/local"), sandbox.texts("out/shop/local"));
    let one = sandbox.run(&["render", "news", "shop", "--stage", "local", "--out", "some"]);
    assert_eq!((one.code, sandbox.names("some/news")), (Some(0), vec!["local".to_owned()]));
}

#[test]
fn the_folder_of_a_stage_that_is_gone_is_removed_if_seaway_wrote_it() {
    let sandbox = several();
    let render = ["render", "shop", "--out", "out"];
    assert_eq!(sandbox.run(&["render", ".", "--out", "out"]).code, Some(0));
    sandbox.write("out/shop/mine/a.yaml", "mine");
    sandbox.write("shop/stack.toml", SHOP.replace("stages.postgres", "stages.database"));
    let verify = sandbox.run(&[&render[..], &["--verify"]].concat());
    assert_eq!(verify.code, Some(1));
    assert!(verify.err.contains("`out/shop/postgres` is of a stage that the stack has no more"));
    let Run { code, err, .. } = sandbox.run(&render);
    assert_eq!(code, Some(0), "{err}");
    assert!(
        err.ends_with("removed out/shop/postgres, a stage that the stack has no more\n"),
        "{err}"
    );
    assert_eq!(sandbox.names("out/shop"), ["database", "local", "mine"]);
    // Other stacks are not looked at.
    assert_eq!(sandbox.names("out"), ["archive", "news", "shop"]);

    sandbox.write("out/shop/database/notes.txt", "mine");
    sandbox.write("shop/stack.toml", SHOP);
    assert_eq!(sandbox.run(&render).code, Some(0));
    assert_eq!(sandbox.names("out/shop"), ["database", "local", "mine", "postgres"]);
}

/// Neither if a stage has an error, nor if a folder is somebody's own.
#[test]
fn nothing_is_half_written() {
    let sandbox = several();
    sandbox.write("news/stack.toml", FAULTY.replace("\"shop\"", "\"news\""));
    let Run { code, err, .. } = sandbox.run(&["render", ".", "--out", "out"]);
    assert_eq!(code, Some(1));
    assert!(err.contains("could not render 1 of 6 stages: 2 errors"), "{err}");
    assert!(!sandbox.path("out").exists());

    let sandbox = several();
    sandbox.write("out/shop/postgres/mine.yaml", "mine");
    let Run { code, err, .. } = sandbox.run(&["render", ".", "--out", "out"]);
    assert_eq!(code, Some(1));
    assert!(err.contains("`out/shop/postgres` holds what Seaway did not write"), "{err}");
    assert_eq!(folders(&sandbox), "out/archive\nout/news\nout/shop\nout/shop/postgres");
}

#[test]
fn two_stacks_of_one_name_are_refused() {
    let sandbox = several();
    sandbox.write("news/stack.toml", SHOP);
    let Run { code, err, .. } = sandbox.run(&["render", ".", "--out", "out"]);
    assert_eq!(code, Some(1));
    assert_snapshot!(err, @"
    error[output]: two stacks are called `shop`: `news/stack.toml` and `shop/stack.toml`
     |
     = note: both would be written into `out/shop`
     = help: give one of them another `name`, or render them into different folders
    ");
    assert!(!sandbox.path("out").exists());
    // To check them, names do not matter.
    assert_eq!(sandbox.run(&["check", "."]).code, Some(0));
}

#[test]
fn the_folder_of_one_stage_takes_no_others() {
    let sandbox = several();
    assert_eq!(sandbox.run(&["render", "shop", "-s", "local", "--out", "out"]).code, Some(0));
    let Run { code, err, .. } = sandbox.run(&["render", ".", "--out", "out"]);
    assert_eq!(code, Some(1));
    assert_snapshot!(err, @"
    error[output]: `out` holds the files of one stage
     |
     = note: all stages are written into a folder for each stack, which holds one for each stage
     = help: remove it, or name another folder
    ");
}

#[test]
fn several_stacks_are_no_stream() {
    let sandbox = several();
    sandbox.write("a b/stack.toml", SHOP);
    let Run { code, out, err } = sandbox.run(&["render", "shop", "a b", "--stage", "local"]);
    assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
    assert!(err.contains("`seaway render shop 'a b' --out rendered`"), "{err}");
    let Run { code, out, err } = sandbox.run(&["render", "news"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert_snapshot!(err, @"
    error[usage]: where to? `--out` is missing
     |
     = note: 2 stacks are no stream of objects for one cluster
     = help: write a folder for each: `seaway render news --out rendered`
    ");
}

/// `DIR/<name>/<stage>`, `DIR/<stage>` and a folder alone.
#[test]
fn earlier_output_is_read_in_every_layout() {
    let sandbox = several();
    assert_eq!(sandbox.run(&["render", ".", "--out", "all"]).code, Some(0));
    for stack in ["shop", "news", "news/archive"] {
        let text = fs::read_to_string(sandbox.path(stack).join("stack.toml")).expect("a stack");
        sandbox.write(&format!("{stack}/stack.toml"), text.replace("2Gi", "1Gi"));
    }
    for (stack, against, errors) in [
        (".", "all", 3),
        ("shop", "all", 1),
        ("shop", "all/shop", 1),
        ("news/archive", "all/archive", 1),
    ] {
        let Run { code, err, .. } = sandbox.run(&["check", stack, "--against", against]);
        assert_eq!(code, Some(1), "{stack} {against}: {err}");
        assert_eq!(err.matches("error[immutable-field]").count(), errors, "{stack} {against}");
    }
    let alone = ["render", "shop", "-s", "postgres", "--against", "all/shop/postgres"];
    assert_eq!(sandbox.run(&alone).code, Some(1));
    let written = sandbox.run(&["render", ".", "--out", "all", "--against", "all"]);
    assert_eq!(written.code, Some(1));
    assert!(written.err.contains("could not render 3 of 6 stages: 3 errors"), "{}", written.err);
}

#[test]
fn a_stack_that_can_not_be_read_does_not_hide_the_others() {
    let sandbox = several();
    sandbox.write("shop/stack.toml", b"\xff".as_slice());
    sandbox.write("news/stack.toml", "name = \"news\"\n");
    let Run { code, err, .. } = sandbox.run(&["check"]);
    assert_eq!(code, Some(1));
    assert!(err.contains("`shop/stack.toml` is not UTF-8 text"), "{err}");
    assert!(err.contains("`news/stack.toml` has no stages"), "{err}");
    assert!(err.contains("could not check 2 of 3 stacks: 2 errors"), "{err}");
}
