//! Stack files that extend other ones.

use std::fs;
use std::os::unix::fs::symlink;

use crate::sandbox::{Run, Sandbox};

/// A base with two stages, and a stack that changes one of them and adds another one.
const BASE: &str = r#"name = "shop"
app.image = "ghcr.io/acme/shop:1.4.0"
app.module = "shop"
app.hosts = ["shop.example.com"]
app.env = { LEVEL = "info", REGION = "eu" }
components.web.type = "web"
[stages.local]
app.env.LEVEL = "debug"
[stages.postgres]
extends = "local"
components.db = { type = "postgres", version = "17", storage = "2Gi" }
components.migrate.type = "migrate"
"#;
const STACK: &str = r#"extends = "../base/stack.toml"
app.env.REGION = "us"
components.web.replicas = 2
[stages.local]
app.env.LEVEL = false
[stages.more]
extends = "postgres"
components.cache = { type = "redis" }
"#;
/// What the two say together.
const TOGETHER: &str = r#"name = "shop"
app.image = "ghcr.io/acme/shop:1.4.0"
app.module = "shop"
app.hosts = ["shop.example.com"]
app.env = { REGION = "us" }
components.web = { type = "web", replicas = 2 }
[stages.local]
[stages.postgres]
extends = "local"
components.db = { type = "postgres", version = "17", storage = "2Gi" }
components.migrate.type = "migrate"
[stages.more]
extends = "postgres"
components.cache = { type = "redis" }
"#;

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new(STACK);
    sandbox.write("base/stack.toml", BASE);
    sandbox
}

fn render(sandbox: &Sandbox, stage: &str) -> String {
    let Run { code, out, err } = sandbox.run(&["render", "shop", "--stage", stage]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    out
}

/// What a failed check of the stack says.
fn fails(sandbox: &Sandbox) -> String {
    let Run { code, out, err } = sandbox.run(&["check", "shop"]);
    assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
    err
}

#[test]
fn a_stack_is_merged_onto_what_it_extends() {
    let (sandbox, together) = (sandbox(), Sandbox::new(TOGETHER));
    for stage in ["local", "postgres", "more"] {
        assert_eq!(render(&sandbox, stage), render(&together, stage), "{stage}");
    }
    insta::assert_snapshot!(sandbox.run(&["stages", "shop"]).out, @"
    local     development  1 component
    postgres  development  3 components   extends local
    more      development  4 components   extends postgres, local
    ");
    // A folder stands for the stack file in it.
    sandbox.write("shop/stack.toml", STACK.replace("../base/stack.toml", "./../base"));
    assert_eq!(render(&sandbox, "more"), render(&together, "more"));
    // The name can be replaced.
    sandbox.write("shop/stack.toml", format!("name = \"other\"\n{STACK}"));
    assert!(render(&sandbox, "local").contains("namespace: other"));
}

#[test]
fn bases_are_chained_and_each_has_its_own_folder() {
    let sandbox = sandbox();
    sandbox.write("base/stack.toml", format!("extends = \"common/stack.toml\"\n{BASE}"));
    sandbox.write(
        "base/common/stack.toml",
        "[config.nginx]\n\"nginx.conf\" = { file = \"nginx.conf\" }\n",
    );
    sandbox.write("base/common/nginx.conf", "of the lowest;\n");
    assert!(render(&sandbox, "local").contains("of the lowest;"));
    fs::remove_file(sandbox.path("base/common/nginx.conf")).expect("a removed file");
    insta::assert_snapshot!(fails(&sandbox), @r#"
    error[missing-file]: there is no file `nginx.conf`
     --> base/common/stack.toml:2:25
      |
    2 | "nginx.conf" = { file = "nginx.conf" }
      |                         ^^^^^^^^^^^^ looked for `base/common/nginx.conf`
      |
      = note: in stages `local`, `postgres` and `more`

    error: could not compile 3 of 3 stages: 1 error
    for more about an error: seaway explain missing-file
    "#);
}

#[test]
fn a_fault_points_into_the_base() {
    let sandbox = sandbox();
    sandbox.write("base/stack.toml", BASE.replace("storage = ", "storag = "));
    insta::assert_snapshot!(fails(&sandbox), @r#"
    error[unknown-field]: unknown key `storag`
      --> base/stack.toml:11:54
       |
    11 | components.db = { type = "postgres", version = "17", storag = "2Gi" }
       |                                                      ^^^^^^ not known here
       |
       = note: in stages `postgres` and `more`
       = help: did you mean `storage`?

    error: could not compile 2 of 3 stages: 1 error
    for more about an error: seaway explain unknown-field
    "#);
    sandbox.write("base/stack.toml", "name = shop\n");
    insta::assert_snapshot!(fails(&sandbox), @"
    error[syntax]: string values must be quoted, expected literal string
     --> base/stack.toml:1:8
      |
    1 | name = shop
      |        ^^^^
      |
      = note: in stages `local` and `more`

    error: could not compile 2 of 2 stages: 1 error
    for more about an error: seaway explain syntax
    ");
    sandbox.write("base/stack.toml", "name = \"shop\"\n");
    insta::assert_snapshot!(sandbox.run(&["render", "shop", "--stage", "postgres"]).err, @"
    error[unknown-stage]: there is no stage `postgres`
     --> shop/stack.toml:4:2
      |
    4 | [stages.local]
      |  ^^^^^^
      |
      = help: known are `local` and `more`

    error: could not render stage `postgres`: 1 error
    for more about an error: seaway explain unknown-stage
    ");
}

#[test]
fn a_base_that_can_not_be_read() {
    let sandbox = sandbox();
    let with = |extends: &str| {
        sandbox.write("shop/stack.toml", STACK.replace("\"../base/stack.toml\"", extends));
        fails(&sandbox)
    };
    insta::assert_snapshot!(with("\"../bose/stack.toml\""), @r#"
    error[missing-file]: there is no file `../bose/stack.toml`
     --> shop/stack.toml:1:11
      |
    1 | extends = "../bose/stack.toml"
      |           ^^^^^^^^^^^^^^^^^^^^ looked for `bose/stack.toml`
      |
      = note: in stages `local` and `more`

    error: could not compile 2 of 2 stages: 1 error
    for more about an error: seaway explain missing-file
    "#);
    insta::assert_snapshot!(with("3"), @r#"
    error[wrong-type]: expected a string, found an integer
     --> shop/stack.toml:1:11
      |
    1 | extends = 3
      |           ^
      |
      = note: in stages `local` and `more`
      = help: write the path of a stack file: `extends = "../base/stack.toml"`

    error: could not compile 2 of 2 stages: 1 error
    for more about an error: seaway explain wrong-type
    "#);
    insta::assert_snapshot!(with("\"..\""), @r#"
    error[missing-file]: there is no file `..`
     --> shop/stack.toml:1:11
      |
    1 | extends = ".."
      |           ^^^^ looked for `stack.toml`
      |
      = note: in stages `local` and `more`

    error: could not compile 2 of 2 stages: 1 error
    for more about an error: seaway explain missing-file
    "#);
    insta::assert_snapshot!(with("\"/etc/stack.toml\""), @r#"
    error[missing-file]: `/etc/stack.toml` is an absolute path
     --> shop/stack.toml:1:11
      |
    1 | extends = "/etc/stack.toml"
      |           ^^^^^^^^^^^^^^^^^
      |
      = note: in stages `local` and `more`
      = help: write the path relative to the folder of this file

    error: could not compile 2 of 2 stages: 1 error
    for more about an error: seaway explain missing-file
    "#);
    sandbox.write("base/stack.toml", b"# caf\xe9\n");
    insta::assert_snapshot!(with("\"../base\""), @r#"
    error[missing-file]: `../base` is not UTF-8 text
     --> shop/stack.toml:1:11
      |
    1 | extends = "../base"
      |           ^^^^^^^^^
      |
      = note: in stages `local` and `more`

    error: could not compile 2 of 2 stages: 1 error
    for more about an error: seaway explain missing-file
    "#);
    // Nothing else can be said: what is missing may be in the base.
    let render = sandbox.run(&["render", "shop"]);
    assert_eq!((render.code, render.out.as_str()), (Some(1), ""));
    insta::assert_snapshot!(render.err, @r#"
    error[missing-file]: `../base` is not UTF-8 text
     --> shop/stack.toml:1:11
      |
    1 | extends = "../base"
      |           ^^^^^^^^^

    error: could not read the stack: 1 error
    for more about an error: seaway explain missing-file
    "#);
}

#[test]
fn a_circle_is_told_with_its_way() {
    let sandbox = sandbox();
    sandbox.write("base/stack.toml", format!("extends = \"../shop\"\n{BASE}"));
    insta::assert_snapshot!(fails(&sandbox), @r#"
    error[cyclic-extends]: the stack file `shop/stack.toml` extends itself
     --> base/stack.toml:1:11
      |
    1 | extends = "../shop"
      |           ^^^^^^^^^ closes the circle
      |
      = note: shop/stack.toml → base/stack.toml → shop/stack.toml
      = note: in stages `local`, `postgres` and `more`

    error: could not compile 3 of 3 stages: 1 error
    for more about an error: seaway explain cyclic-extends
    "#);
    sandbox.write("shop/stack.toml", STACK.replace("../base", "."));
    insta::assert_snapshot!(fails(&sandbox), @r#"
    error[cyclic-extends]: the stack file `shop/stack.toml` extends itself
     --> shop/stack.toml:1:11
      |
    1 | extends = "./stack.toml"
      |           ^^^^^^^^^^^^^^ closes the circle
      |
      = note: shop/stack.toml → shop/stack.toml
      = note: in stages `local` and `more`

    error: could not compile 2 of 2 stages: 1 error
    for more about an error: seaway explain cyclic-extends
    "#);
}

/// A repository is the outermost folder, and the current folder where there is none.
#[test]
fn a_base_lies_inside_of_the_work_tree() {
    let sandbox = sandbox();
    sandbox.write("repository/shop/stack.toml", STACK);
    sandbox.write("repository/outside/stack.toml", BASE);
    fs::create_dir(sandbox.path("repository/shop/.git")).expect("a folder");
    sandbox.write("repository/shop/stack.toml", STACK.replace("../base", "../outside"));
    let check = |script: &str| {
        let run = sandbox.bash(script);
        let folder = sandbox.path("").canonicalize().expect("the sandbox");
        (run.code, run.err.replace(&folder.display().to_string(), "SANDBOX"))
    };
    let (code, err) = check("$SEAWAY check repository/shop");
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(err, @r#"
    error[missing-file]: `../outside/stack.toml` is outside of the Git work tree
     --> repository/shop/stack.toml:1:11
      |
    1 | extends = "../outside/stack.toml"
      |           ^^^^^^^^^^^^^^^^^^^^^^^
      |
      = note: it leads to `SANDBOX/repository/outside/stack.toml`, and the Git work tree is `SANDBOX/repository/shop`
      = note: in stages `local` and `more`
      = help: copy the base into the Git work tree

    error: could not compile 2 of 2 stages: 1 error
    for more about an error: seaway explain missing-file
    "#);
    // The `.git` of a linked work tree is a file.
    fs::remove_dir(sandbox.path("repository/shop/.git")).expect("a removed folder");
    sandbox.write("repository/.git", "gitdir: elsewhere\n");
    assert_eq!(check("cd repository/shop && $SEAWAY check").0, Some(0));
    fs::remove_file(sandbox.path("repository/.git")).expect("a removed file");
    assert_eq!(check("$SEAWAY check repository/shop").0, Some(0));
    let (code, err) = check("cd repository/shop && $SEAWAY check");
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(err, @r#"
    error[missing-file]: `../outside/stack.toml` is outside of the current folder
     --> stack.toml:1:11
      |
    1 | extends = "../outside/stack.toml"
      |           ^^^^^^^^^^^^^^^^^^^^^^^
      |
      = note: it leads to `SANDBOX/repository/outside/stack.toml`, and the current folder is `SANDBOX/repository/shop`
      = note: in stages `local` and `more`
      = help: copy the base into the current folder

    error: could not compile 2 of 2 stages: 1 error
    for more about an error: seaway explain missing-file
    "#);
}

#[test]
fn a_symbolic_link_leads_nowhere_else() {
    let sandbox = sandbox();
    fs::create_dir(sandbox.path("shop/.git")).expect("a folder");
    symlink("../base", sandbox.path("shop/link")).expect("a link");
    sandbox.write("shop/stack.toml", STACK.replace("../base", "link"));
    let folder = sandbox.path("").canonicalize().expect("the sandbox");
    let err = fails(&sandbox).replace(&folder.display().to_string(), "SANDBOX");
    insta::assert_snapshot!(err, @r#"
    error[missing-file]: `link/stack.toml` is outside of the Git work tree
     --> shop/stack.toml:1:11
      |
    1 | extends = "link/stack.toml"
      |           ^^^^^^^^^^^^^^^^^
      |
      = note: it leads to `SANDBOX/base/stack.toml`, and the Git work tree is `SANDBOX/shop`
      = note: in stages `local` and `more`
      = help: copy the base into the Git work tree

    error: could not compile 2 of 2 stages: 1 error
    for more about an error: seaway explain missing-file
    "#);
    fs::remove_dir(sandbox.path("shop/.git")).expect("a removed folder");
    assert!(render(&sandbox, "local").contains("namespace: shop"));
}

/// What lies over a stack lies over its base, too.
#[test]
fn overlays_lie_over_the_base() {
    let sandbox = sandbox();
    let without_db = ["check", "shop", "--stage", "more", "--set", "components.db=false"];
    assert_eq!(sandbox.run(&without_db).code, Some(0));
    let told =
        sandbox.run(&["check", "shop", "--set", "app.image=x y", "--message-format", "github"]);
    assert!(told.err.contains("in `--set app.image`"), "{}", told.err);
}
