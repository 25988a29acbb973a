//! Values from outside: `--overlay` and `--set`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::sandbox::{Run, SHOP, Sandbox};

/// A preview of a pull request: what differs is in the stage, or on the command line.
const PREVIEW: &str = r#"name = "shop"
app.image = "ghcr.io/acme/shop:1.4.0"
app.module = "shop"
app.hosts = ["shop.example.com"]
cluster.provides = ["IngressClass/traefik", "ClusterIssuer/letsencrypt"]
components.db = { type = "postgres" }
components.migrate.type = "migrate"
components.web = { type = "web", expose = { type = "ingress", class = "traefik", issuer = "letsencrypt", from-namespaces = ["traefik"] } }
[stages.preview]
"#;
const OF_PULL_REQUEST: &str = r#"namespace = "shop-pr-1234"
app.image = "ghcr.io/acme/shop:pr-1234"
app.hosts = ["pr-1234.preview.example.com"]
"#;
const SETTINGS: [&str; 6] = [
    "--set",
    "namespace=shop-pr-1234",
    "--set",
    "app.image=ghcr.io/acme/shop:pr-1234",
    "--set",
    "app.hosts=[\"pr-1234.preview.example.com\"]",
];

fn render(sandbox: &Sandbox, stage: &str, further: &[&str]) -> String {
    let Run { code, out, err } =
        sandbox.run(&[&["render", "shop", "--stage", stage], further].concat());
    assert_eq!((code, err.as_str()), (Some(0), ""), "{further:?}");
    assert!(!out.is_empty());
    out
}

/// What a failed run says.
fn fails(sandbox: &Sandbox, args: &[&str]) -> String {
    let Run { code, out, err } = sandbox.run(args);
    assert_eq!((code, out.as_str()), (Some(1), ""), "{args:?}: {err}");
    err
}

#[test]
fn a_value_gives_the_same_bytes_as_its_line_in_the_file() {
    let in_file = render(&Sandbox::new(&format!("{PREVIEW}{OF_PULL_REQUEST}")), "preview", &[]);
    let sandbox = Sandbox::new(PREVIEW);
    assert_eq!(render(&sandbox, "preview", &SETTINGS), in_file);
    sandbox.write("pr.toml", OF_PULL_REQUEST);
    assert_eq!(render(&sandbox, "preview", &["--overlay", "pr.toml"]), in_file);
    let lost = ["--overlay", "pr.toml", "--set", "app.image=ghcr.io/acme/shop:pr-1234"];
    assert_eq!(render(&sandbox, "preview", &lost), in_file);

    let more = Sandbox::new(&format!("{SHOP}components.cache = {{ type = \"redis\" }}\n"));
    let cache = ["--set", "components.cache={ type = \"redis\" }"];
    assert_eq!(render(&Sandbox::new(SHOP), "postgres", &cache), render(&more, "postgres", &[]));
    assert_eq!(
        render(&more, "postgres", &["--set", "components.cache=false"]),
        render(&Sandbox::new(SHOP), "postgres", &[])
    );
}

/// Each command takes them, and each stage of `check` gets them.
#[test]
fn every_command_that_compiles_takes_them() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.write("db.toml", "components.db = { type = \"postgres\", version = \"17\" }\n");
    let says = |args: &[&str], expected: &str| {
        let Run { code, out, err } =
            sandbox.run(&[args, &["--overlay", "db.toml", "--set", "name=pr-7"]].concat());
        assert_eq!(code, Some(0), "{args:?}: {err}");
        assert!(out.contains(expected) || err.contains(expected), "{args:?}: {out}{err}");
    };
    says(&["render", "shop", "--stage", "local"], "  namespace: pr-7\n");
    says(&["stages", "shop"], "local     development  2 components\n");
    says(&["secrets", "shop", "--stage", "local", "--format", "json"], "\"namespace\": \"pr-7\"");
    says(&["env", "shop", "--stage", "local"], "bound by db");
    says(&["check", "shop"], "ok: 2 stages, ");
    // The commands that are printed say it again.
    sandbox.write("empty overlay.toml", "");
    let over = ["--overlay", "empty overlay.toml", "--set", "name=pr-7"];
    let diff =
        sandbox.run(&[&["stages", "shop", "--diff", "postgres", "local"], &over[..]].concat());
    let command =
        "seaway render shop --overlay 'empty overlay.toml' --set name=pr-7 --stage local --out ";
    assert!(diff.out.contains(command), "{}", diff.out);
    let monitored = ["--set", "components.monitoring={ type = \"monitoring\" }"];
    let run = sandbox.run(&[&["monitoring", "shop", "--stage", "local"][..], &monitored].concat());
    assert_eq!(run.code, Some(0), "{}", run.err);
    insta::assert_snapshot!(fails(&sandbox, &["cluster", "shop", "--stage", "local", "--set", "cluster.region=x"]), @r#"
    error[invalid-value]: `x` is not an AWS region
     --> --set cluster.region:1:16
      |
    1 | cluster.region=x
      |                ^
      |
      = help: write for example `region = "eu-central-1"`

    error: could not print the cluster of stage `local`: 1 error
    for more about an error: seaway explain invalid-value
    "#);
    insta::assert_snapshot!(fails(&sandbox, &["check", "shop", "--set", "components.db=false"]), @"
    error[nothing-to-remove]: there is no `components.db` to remove
     --> --set components.db:1:12
      |
    1 | components.db=false
      |            ^^
      |
      = note: in stage `local`
      = help: known is `web`

    error: could not compile 1 of 2 stages: 1 error
    for more about an error: seaway explain nothing-to-remove
    ");
}

#[test]
fn a_fault_points_at_the_value() {
    let sandbox = Sandbox::new(SHOP);
    let check = |further: &[&str]| fails(&sandbox, &[&["check", "shop"], further].concat());
    insta::assert_snapshot!(check(&["--set", "app.image=no image"]), @"
    error[invalid-value]: `no image` is not an image
     --> --set app.image:1:11
      |
    1 | app.image=no image
      |           ^^^^^^^^
      |
      = note: in stages `local` and `postgres`
      = help: write `registry/repository:tag`, lower-case up to the tag

    error: could not compile 2 of 2 stages: 1 error
    for more about an error: seaway explain invalid-value
    ");
    insta::assert_snapshot!(check(&["--set", "app.image=x y", "--message-format", "github"]), @"::error title=invalid-value::`x y` is not an image%0Ain `--set app.image`%0Anote: in stages `local` and `postgres`%0Ahelp: write `registry/repository:tag`, lower-case up to the tag");
    insta::assert_snapshot!(check(&["--set", "app.image=x y", "--message-format", "json"]), @r#"{"code":"invalid-value","severity":"error","message":"`x y` is not an image","labels":[{"file":"--set app.image","line":1,"column":11,"end_line":1,"end_column":14,"text":""}],"notes":[],"help":"write `registry/repository:tag`, lower-case up to the tag","allowed":null,"stages":["local","postgres"]}"#);
    sandbox.write("pr.toml", "[components.web]\nreplicaz = 3\n");
    insta::assert_snapshot!(check(&["--overlay", "pr.toml"]), @"
    error[unknown-field]: unknown key `replicaz`
     --> pr.toml:2:1
      |
    2 | replicaz = 3
      | ^^^^^^^^ not known here
      |
      = note: in stages `local` and `postgres`
      = help: did you mean `replicas`?

    error: could not compile 2 of 2 stages: 1 error
    for more about an error: seaway explain unknown-field
    ");
    insta::assert_snapshot!(check(&["--overlay", "pr.toml", "--message-format", "github"]), @"::error file=pr.toml,line=2,col=1,title=unknown-field::unknown key `replicaz`%0Anot known here%0Anote: in stages `local` and `postgres`%0Ahelp: did you mean `replicas`?");
}

#[test]
fn a_value_is_shown_as_who_set_a_variable() {
    let sandbox = Sandbox::new(SHOP);
    let Run { out, .. } =
        sandbox.run(&["env", "shop", "--stage", "local", "--set", "app.env.LEVEL=debug"]);
    let line = out.lines().find(|line| line.contains("LEVEL")).expect("the variable");
    insta::assert_snapshot!(line.split_whitespace().collect::<Vec<_>>().join(" "), @r#"LEVEL "debug" --set app.env.LEVEL"#);
}

#[test]
fn an_overlay_that_can_not_be_read() {
    let sandbox = Sandbox::new(SHOP);
    let check = |overlay: &str| fails(&sandbox, &["check", "shop", "--overlay", overlay]);
    insta::assert_snapshot!(check("pr.toml"), @"error[missing-file]: there is no file `pr.toml`");
    insta::assert_snapshot!(check("shop"), @"error[missing-file]: can not read `shop`: is a directory");
    sandbox.write("latin.toml", b"# caf\xe9\n");
    insta::assert_snapshot!(check("latin.toml"), @"
    error[syntax]: `latin.toml` is not UTF-8 text
     --> latin.toml:1:6
      |
    1 | # caf�
      |      ^ the byte 0xe9
      |
      = help: save the file as UTF-8
    ");
    sandbox.write("broken.toml", "app.image = ghcr.io\n");
    insta::assert_snapshot!(check("broken.toml"), @"
    error[syntax]: string values must be quoted, expected literal string
     --> broken.toml:1:13
      |
    1 | app.image = ghcr.io
      |             ^^^^^^^
      |
      = note: in stages `local` and `postgres`

    error: could not compile 2 of 2 stages: 1 error
    for more about an error: seaway explain syntax
    ");
    insta::assert_snapshot!(check("shop/stack.toml"), @"
    error[conflict]: an overlay can not set `stages`
     --> shop/stack.toml:8:2
      |
    8 | [stages.local]
      |  ^^^^^^
      |
      = note: in stages `local` and `postgres`
      = help: leave out `stages.NAME`: it applies to the stage that `--stage` names

    error: could not compile 2 of 2 stages: 1 error
    for more about an error: seaway explain conflict
    ");
}

#[test]
fn a_wrong_command_line_is_said() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.write("pr.toml", "");
    let wrong = |further: &[&str]| {
        let Run { code, out, err } = sandbox.run(&[&["check", "shop"], further].concat());
        assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
        err
    };
    insta::assert_snapshot!(wrong(&["--overlay", "pr.toml", "--overlay", "./shop/../pr.toml"]), @"
    error[usage]: the overlay `./shop/../pr.toml` is given twice
     |
     = help: give it once: the last overlay wins
    ");
    insta::assert_snapshot!(wrong(&["--set", "app.image"]), @"
    error: invalid value 'app.image' for '--set <KEY=VALUE>': there is no `=`; write `KEY=VALUE`

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(wrong(&["--set", "=x"]), @"
    error: invalid value '=x' for '--set <KEY=VALUE>': there is no key before the `=`; write `KEY=VALUE`

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(wrong(&["--set", "a b=x"]), @r#"
    error: invalid value 'a b=x' for '--set <KEY=VALUE>': what is before the first `=` is not a key of TOML; write it as in `app.annotations."example.com/team"=shop`

    For more information, try '--help'.
    "#);
}

/// A path belongs to the file that says it: the same path in two folders is two files.
#[test]
fn files_lie_beside_the_overlay_that_names_them() {
    let sandbox = Sandbox::new(&format!(
        "{SHOP}[config.nginx]\n\"nginx.conf\" = {{ file = \"nginx.conf\" }}\n"
    ));
    sandbox.write("shop/nginx.conf", "of the stack;\n");
    sandbox.write("previews/nginx.conf", "of the overlay;\n");
    sandbox.write("previews/pr.toml", "config.nginx.\"nginx.conf\" = { file = \"nginx.conf\" }\n");
    let local = |further: &[&str]| render(&sandbox, "local", further);
    assert!(local(&[]).contains("of the stack;"));
    assert!(local(&["--overlay", "previews/pr.toml"]).contains("of the overlay;"));
    // A value of the command line names files as the stack does.
    let set = [
        "--overlay",
        "previews/pr.toml",
        "--set",
        "config.nginx.\"nginx.conf\"={ file = \"nginx.conf\" }",
    ];
    assert!(local(&set).contains("of the stack;"));
    fs::remove_file(sandbox.path("previews/nginx.conf")).expect("a removed file");
    insta::assert_snapshot!(fails(&sandbox, &["check", "shop", "--stage", "local", "--overlay", "previews/pr.toml"]), @r#"
    error[missing-file]: there is no file `nginx.conf`
     --> previews/pr.toml:1:38
      |
    1 | config.nginx."nginx.conf" = { file = "nginx.conf" }
      |                                      ^^^^^^^^^^^^ looked for `previews/nginx.conf`

    error: could not compile stage `local`: 1 error
    for more about an error: seaway explain missing-file
    "#);
    sandbox.write(
        "previews/pr.toml",
        "config.nginx.\"nginx.conf\" = { file = \"../shop/nginx.conf\" }\n",
    );
    insta::assert_snapshot!(fails(&sandbox, &["check", "shop", "--stage", "local", "--overlay", "previews/pr.toml"]), @r#"
    error[missing-file]: `../shop/nginx.conf` is outside of the folder of the overlay
     --> previews/pr.toml:1:38
      |
    1 | config.nginx."nginx.conf" = { file = "../shop/nginx.conf" }
      |                                      ^^^^^^^^^^^^^^^^^^^^
      |
      = help: copy the file into the folder of the overlay file

    error: could not compile stage `local`: 1 error
    for more about an error: seaway explain missing-file
    "#);
}

/// The environment of the process is no input.
#[test]
fn variables_of_the_environment_play_no_part() {
    let sandbox = Sandbox::new(SHOP);
    let mut command = sandbox.command(&["render", "shop", "--stage", "local"]);
    command.env("SEAWAY_SET", "name=other").env("SEAWAY_OVERLAY", "pr.toml").env("NAME", "other");
    assert_eq!(crate::sandbox::run(&mut command).out, render(&sandbox, "local", &[]));
}

/// Runs the commands of the page, with a `kubectl` that keeps what it is given.
#[test]
fn the_page_makes_an_environment_for_a_pull_request() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("a workspace");
    let page = fs::read_to_string(root.join("README.md")).expect("the page");
    let (_, section) =
        page.split_once("## An environment for each pull request").expect("a section");
    let (section, _) = section.split_once("\n## ").expect("the next section");
    let (_, block) = section.split_once("```sh\n").expect("a block");
    let (commands, _) = block.split_once("```").expect("its end");
    let sandbox = Sandbox::new("");
    let script = format!(
        "set -eu\nseaway() {{ \"$SEAWAY\" \"$@\"; }}\nkubectl() {{ echo \"$*\" >&2; cat > applied.yaml; }}\n\
         ln -s '{}' stacks\n{commands}",
        root.join("stacks").display()
    );
    let Run { code, out, err } = sandbox.bash(&script);
    assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
    assert!(err.starts_with("ok: 1 stage, ") && err.ends_with("apply -f -\n"), "{err}");
    let applied = fs::read_to_string(sandbox.path("applied.yaml")).expect("what was applied");
    let namespaces: BTreeSet<&str> =
        applied.lines().filter_map(|line| line.strip_prefix("  namespace: ")).collect();
    assert_eq!(namespaces, BTreeSet::from(["shop-pr-1234"]));
    for part in ["image: ghcr.io/acme/shop:pr-1234\n", "value: pr-1234.preview.example.com"] {
        assert!(applied.contains(part), "{part}");
    }
    // What the command at the end deletes is all there is: nothing lies outside of a namespace but the namespace itself.
    assert!(section.contains("kubectl delete namespace shop-pr-1234"));
    let objects = applied.matches("\nkind: ").count();
    assert_eq!(applied.matches("\n  namespace: shop-pr-1234\n").count(), objects - 1);

    let Run { out: renamed, .. } =
        sandbox.bash("\"$SEAWAY\" render stacks/shop --stage redis-celery --set name=shop-pr-1234");
    for part in ["part-of: shop-pr-1234\n", "  namespace: shop-pr-1234\n", "value: shop_pr_1234\n"]
    {
        assert!(renamed.contains(part), "{part}");
    }
    let passwords = |text: &str| -> Vec<String> {
        text.lines().filter(|line| line.starts_with("  password: ")).map(str::to_owned).collect()
    };
    assert!(!passwords(&renamed).is_empty());
    assert!(passwords(&renamed).iter().all(|password| !applied.contains(password)));
}
