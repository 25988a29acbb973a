//! `seaway set`.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use crate::sandbox::{Run, Sandbox};

const SHOP: &str = r#"# The shop.
name = "shop"

[app]
image = "ghcr.io/acme/shop:1.4.0" # the release
module = "shop"
hosts = [
    "shop.example.com",
]

[components.web]
type = "web"

[stages.local]
[stages.postgres]
extends = "local"
components.db = { type = "postgres", version = "17", storage = "2Gi" }
"#;

fn text(sandbox: &Sandbox) -> String {
    fs::read_to_string(sandbox.path("shop/stack.toml")).expect("the stack")
}

/// What is said, and the lines that differ.
fn set(sandbox: &Sandbox, args: &[&str]) -> String {
    let before = text(sandbox);
    let Run { code, out, err } = sandbox.run(&[&["set", "--stack", "shop"], args].concat());
    assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
    let after = text(sandbox);
    let is_new = |line: &&str| !before.lines().any(|known| known == *line);
    after.lines().filter(is_new).fold(err, |all, line| format!("{all}+{line}\n"))
}

#[test]
fn a_value_is_changed_and_the_rest_stays() {
    let sandbox = Sandbox::new(SHOP);
    insta::assert_snapshot!(set(&sandbox, &["app.image=ghcr.io/acme/shop:1.5.0"]), @r#"
    shop/stack.toml:5: app.image: "ghcr.io/acme/shop:1.4.0" → "ghcr.io/acme/shop:1.5.0"
    +image = "ghcr.io/acme/shop:1.5.0" # the release
    "#);
    assert_eq!(text(&sandbox), SHOP.replace("1.4.0", "1.5.0"));
    insta::assert_snapshot!(set(&sandbox, &["app.hosts=[\"a.example\"]", "components.web.replicas=2", "app.env.A=1.10"]), @r#"
    shop/stack.toml:7: app.hosts: [ "shop.example.com", ] → ["a.example"]
    shop/stack.toml:12: components.web.replicas = 2
    shop/stack.toml:8: app.env.A = "1.10"
    +hosts = ["a.example"]
    +env.A = "1.10"
    +replicas = 2
    "#);
    insta::assert_snapshot!(set(&sandbox, &["--stage", "postgres", "components.db.storage=4Gi", "app.env.LEVEL=debug", "components.web.replicas=3"]), @r#"
    shop/stack.toml:17: stages.postgres.components.db.storage: "2Gi" → "4Gi"
    shop/stack.toml:19: stages.postgres.app.env.LEVEL = "debug"
    shop/stack.toml:18: stages.postgres.components.web.replicas = 3
    +components.db = { type = "postgres", version = "17", storage = "4Gi" }
    +components.web.replicas = 3
    +app.env.LEVEL = "debug"
    "#);
    insta::assert_snapshot!(text(&sandbox), @r#"
    # The shop.
    name = "shop"

    [app]
    image = "ghcr.io/acme/shop:1.5.0" # the release
    module = "shop"
    hosts = ["a.example"]
    env.A = "1.10"

    [components.web]
    type = "web"
    replicas = 2

    [stages.local]
    [stages.postgres]
    extends = "local"
    components.db = { type = "postgres", version = "17", storage = "4Gi" }
    components.web.replicas = 3
    app.env.LEVEL = "debug"
    "#);
    // What was set has its effect.
    let Run { out, .. } = sandbox.run(&["render", "shop", "--stage", "postgres"]);
    assert!(
        out.contains("replicas: 3") && out.contains("storage: 4Gi") && out.contains("shop:1.5.0")
    );
}

#[test]
fn the_same_value_again_does_not_touch_the_file() {
    let sandbox = Sandbox::new(SHOP);
    let inode = || fs::metadata(sandbox.path("shop/stack.toml")).expect("a file").ino();
    let before = inode();
    insta::assert_snapshot!(set(&sandbox, &["app.image=ghcr.io/acme/shop:1.4.0"]), @r#"shop/stack.toml:5: app.image is "ghcr.io/acme/shop:1.4.0" already"#);
    assert_eq!(inode(), before);
}

#[test]
fn nothing_is_written_if_the_stack_would_have_an_error() {
    let sandbox = Sandbox::new(SHOP);
    let fails = |args: &[&str], code: i32| {
        let run = sandbox.run(&[&["set", "--stack", "shop"], args].concat());
        assert_eq!((run.code, run.out.as_str()), (Some(code), ""), "{}", run.err);
        assert_eq!(text(&sandbox), SHOP);
        assert_eq!(sandbox.names("shop"), ["stack.toml"]);
        run.err
    };
    insta::assert_snapshot!(fails(&["app.image=no image"], 1), @r#"
    error[invalid-value]: `no image` is not an image
     --> shop/stack.toml:5:9
      |
    5 | image = "no image" # the release
      |         ^^^^^^^^^^
      |
      = note: in stages `local` and `postgres`
      = help: write `registry/repository:tag`, lower-case up to the tag

    error: nothing was written: 1 error
    for more about an error: seaway explain invalid-value
    "#);
    insta::assert_snapshot!(fails(&["components.web.replicaz=3", "--stage", "postgres"], 1), @"
    error[unknown-field]: unknown key `replicaz`
      --> shop/stack.toml:18:16
       |
    18 | components.web.replicaz = 3
       |                ^^^^^^^^ not known here
       |
       = help: did you mean `replicas`?

    error: nothing was written: 1 error
    for more about an error: seaway explain unknown-field
    ");
    insta::assert_snapshot!(fails(&["components.web.replicas=3", "--stage", "postgrez"], 1), @"
    error[unknown-stage]: there is no stage `postgrez`
      --> shop/stack.toml:14:2
       |
    14 | [stages.local]
       |  ^^^^^^
       |
       = help: did you mean `postgres`?

    error: nothing was written: 1 error
    for more about an error: seaway explain unknown-stage
    ");
    insta::assert_snapshot!(fails(&["components.web=false"], 1), @"
    error[conflict]: `components.web` is written as a table of several lines
      --> shop/stack.toml:11:1
       |
    11 | [components.web]
       | ^^^^^^^^^^^^^^^^
       |
       = help: set one of its keys: `components.web.KEY=VALUE`

    error: nothing was written: 1 error
    for more about an error: seaway explain conflict
    ");
    insta::assert_snapshot!(fails(&["stages.local.profile=production"], 2), @"
    error[usage]: `stages.local.profile` is a key of a stage
     |
     = help: name the stage: `--stage local`
    ");
    insta::assert_snapshot!(fails(&["extends=../base"], 2), @"
    error[usage]: `extends` is not a key of a stage
     |
     = help: change it in the file
    ");
    insta::assert_snapshot!(fails(&["app.image"], 2), @"
    error: invalid value 'app.image' for '<KEY=VALUE>...': there is no `=`; write `KEY=VALUE`

    For more information, try '--help'.
    ");
}

#[test]
fn permissions_and_links_stay() {
    let sandbox = Sandbox::new(SHOP);
    let file = sandbox.path("shop/stack.toml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("permissions");
    symlink("shop/stack.toml", sandbox.path("link.toml")).expect("a link");
    let run = sandbox.run(&["set", "--stack", "link.toml", "name=other"]);
    assert_eq!(
        (run.code, run.err.as_str()),
        (Some(0), "link.toml:2: name: \"shop\" → \"other\"\n")
    );
    assert_eq!(text(&sandbox), SHOP.replace("name = \"shop\"", "name = \"other\""));
    assert!(sandbox.path("link.toml").is_symlink());
    assert_eq!(fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o640);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o440)).expect("permissions");
    let run = sandbox.run(&["set", "--stack", "shop", "name=third"]);
    assert_eq!(run.code, Some(1));
    insta::assert_snapshot!(run.err, @"
    error[output]: can not write `shop/stack.toml`: the file is read-only
     |
     = note: nothing was changed
    ");
}

/// A stage of the base gets a table in the file that is named: the base is not touched.
#[test]
fn a_stage_of_the_base_is_changed_above_it() {
    let sandbox = Sandbox::new("extends = \"../base\"\n");
    sandbox.write("base/stack.toml", SHOP);
    insta::assert_snapshot!(set(&sandbox, &["--stage", "postgres", "app.image=ghcr.io/acme/shop:1.5.0"]), @r#"
    shop/stack.toml:4: stages.postgres.app.image = "ghcr.io/acme/shop:1.5.0"
    +
    +[stages.postgres]
    +app.image = "ghcr.io/acme/shop:1.5.0"
    "#);
    assert_eq!(
        text(&sandbox),
        "extends = \"../base\"\n\n[stages.postgres]\napp.image = \"ghcr.io/acme/shop:1.5.0\"\n"
    );
    assert_eq!(fs::read_to_string(sandbox.path("base/stack.toml")).expect("the base"), SHOP);
}
