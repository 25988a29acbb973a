//! `seaway render` to standard output.

use std::process::Stdio;

use crate::sandbox::{FAULTY, Run, SHOP, Sandbox, run};

#[test]
fn a_stage_is_printed_and_nothing_else() {
    let Run { code, out, err } = Sandbox::new(SHOP).run(&["render", "shop", "--stage", "local"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.starts_with("---\n") && out.ends_with('\n'), "{out}");
}

#[test]
fn a_folder_a_file_and_the_current_folder_name_the_same_stack() {
    let sandbox = Sandbox::new(SHOP);
    let folder = sandbox.run(&["render", "shop", "--stage", "local"]);
    assert_eq!(sandbox.run(&["render", "./shop/", "-s", "local"]), folder);
    assert_eq!(sandbox.run(&["render", "shop/stack.toml", "--stage=local"]), folder);
    let mut inside = sandbox.command(&["render", "--stage", "local"]);
    assert_eq!(run(inside.current_dir(sandbox.path("shop"))), folder);
}

#[test]
fn each_format_is_printed() {
    let sandbox = Sandbox::new(SHOP);
    let print = |format| sandbox.run(&["render", "shop", "-s", "local", "--format", format]).out;
    assert!(serde_json::from_str::<serde_json::Value>(&print("json")).is_ok());
    let documents = |text: &str| {
        let of = serde_yaml::Deserializer::from_str(text);
        of.map(<serde_yaml::Value as serde::Deserialize>::deserialize)
            .collect::<Result<Vec<_>, _>>()
            .expect("YAML")
    };
    assert_eq!(documents(&print("yaml")), documents(&print("kyaml")));
}

#[test]
fn an_error_leaves_standard_output_empty() {
    let sandbox = Sandbox::new(FAULTY);
    assert_eq!(sandbox.run(&["render", "shop", "--stage", "local"]).code, Some(0));
    let Run { code, out, err } = sandbox.run(&["render", "shop", "--stage", "faulty"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    insta::assert_snapshot!(err, @r#"
    error[unknown-field]: unknown key `replicaz`
      --> shop/stack.toml:10:20
       |
    10 | components.web = { replicaz = 3, env = { BROKER = "${brokr.url}" } }
       |                    ^^^^^^^^ not known here
       |
       = help: did you mean `replicas`?

    error[unknown-component]: unknown component `brokr`
      --> shop/stack.toml:10:54
       |
    10 | components.web = { replicaz = 3, env = { BROKER = "${brokr.url}" } }
       |                                                      ^^^^^ not part of this stage
       |
       = help: known is `web`

    error: could not render stage `faulty`: 2 errors
    for more about an error: seaway explain unknown-field
    "#);
}

#[test]
fn without_a_stage_the_stages_are_listed() {
    let sandbox = Sandbox::new(SHOP);
    let Run { code, out, err } = sandbox.run(&["render", "shop"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    insta::assert_snapshot!(err, @r#"
    error[usage]: which stage? `--stage` is missing
     |
     = note: the stages of shop/stack.toml are `local` and `postgres`
     = help: for example `seaway render shop --stage local`
    "#);

    sandbox.write("shop/stack.toml", "name = \"shop\"\n");
    let Run { code, err, .. } = sandbox.run(&["render", "shop"]);
    assert_eq!(code, Some(2));
    insta::assert_snapshot!(err, @r#"
    error[usage]: which stage? `--stage` is missing
     |
     = help: the stack has no stages: add `[stages.local]`
    "#);

    sandbox.write("shop/stack.toml", "name = !\n[stages.local]\n");
    let Run { code, err, .. } = sandbox.run(&["render", "shop"]);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(err, @r#"
    error[syntax]: string values must be quoted, expected literal string
     --> shop/stack.toml:1:8
      |
    1 | name = !
      |        ^

    error: could not read the stack: 1 error
    for more about an error: seaway explain syntax
    "#);
}

#[test]
fn an_unknown_stage_is_told_the_nearest() {
    let Run { code, out, err } = Sandbox::new(SHOP).run(&["render", "shop", "--stage", "postgers"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    insta::assert_snapshot!(err, @r#"
    error[unknown-stage]: there is no stage `postgers`
     --> shop/stack.toml:8:2
      |
    8 | [stages.local]
      |  ^^^^^^
      |
      = help: did you mean `postgres`?

    error: could not render stage `postgers`: 1 error
    for more about an error: seaway explain unknown-stage
    "#);
}

#[test]
fn a_wrong_command_line_ends_with_two() {
    let sandbox = Sandbox::new(SHOP);
    for args in [&[][..], &["rendr"], &["render", "--format", "xml"], &["env", "a", "b"]] {
        let Run { code, out, .. } = sandbox.run(args);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{args:?}");
    }
}

#[test]
fn a_closed_pipe_ends_quietly() -> std::io::Result<()> {
    let sandbox = Sandbox::new(SHOP);
    for args in [&["render", "shop", "--stage", "local"][..], &["schema"], &["completions", "bash"]]
    {
        let (reader, writer) = std::io::pipe()?;
        drop(reader);
        let child = sandbox.command(args).stdout(writer).stderr(Stdio::piped()).spawn()?;
        let output = child.wait_with_output()?;
        assert_eq!(output.status.code(), Some(141), "{args:?}");
        assert!(output.stderr.is_empty(), "{args:?}");
    }
    Ok(())
}

/// Rust opens `/dev/null` in the place of a closed stream, so that what is printed would be lost without a word.
#[cfg(unix)]
#[test]
fn closed_standard_output_is_an_error() {
    let sandbox = Sandbox::new(&format!(
        "cluster = {{ provider = \"kops\", name = \"shop.k8s.test\", region = \"eu-central-1\", zones = \
         [\"eu-central-1a\"] }}\n{SHOP}secrets.django.keys = [\"secret-key\"]\n\
         [stages.watched]\ncomponents.monitoring.type = \"monitoring\"\n"
    ));
    let printing = [
        "render shop --stage local",
        "render shop --stage local --format json",
        "diff shop shop",
        "diff shop shop --format markdown",
        "stages shop",
        "stages shop --format json",
        "stages shop --diff local postgres",
        "secrets shop --stage postgres",
        "secrets shop --stage postgres --format json",
        "cluster shop --stage postgres",
        "env shop --stage local",
        "why Deployment/web --stack shop --stage local",
        "monitoring shop --stage watched --format markdown",
        "explain",
        "explain unknown-field",
        "schema",
        "schema shop",
        "completions bash",
    ];
    for command in printing {
        let open = sandbox.bash(&format!("$SEAWAY {command}"));
        assert!(open.code == Some(0) && !open.out.is_empty(), "{command}: {open:?}");
        for closed in [">&-", ">&- <&-"] {
            let Run { code, err, .. } = sandbox.bash(&format!("$SEAWAY {command} {closed}"));
            assert_eq!(code, Some(1), "{command} {closed}: {err}");
            assert!(
                err.contains("error[output]: can not write to standard output: it is closed\n"),
                "{command} {closed}: {err}"
            );
        }
        // Whoever throws it away means it, and many open `/dev/null` for reading, too.
        for null in [">/dev/null", "1<>/dev/null"] {
            let Run { code, err, .. } = sandbox.bash(&format!("$SEAWAY {command} {null}"));
            assert_eq!((code, err), (Some(0), open.err.clone()), "{command} {null}");
        }
    }
    // What prints nothing loses nothing.
    for silent in ["check shop", "render shop --stage local --out out"] {
        let open = sandbox.bash(&format!("$SEAWAY {silent}"));
        assert_eq!((open.code, open.out.as_str()), (Some(0), ""), "{silent}: {open:?}");
        assert_eq!(sandbox.bash(&format!("$SEAWAY {silent} >&-")), open);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let run = Sandbox::new(SHOP).bash("$SEAWAY render shop --stage local > /dev/full");
    assert_eq!(run.code, Some(1));
    insta::assert_snapshot!(run.err, @r#"error[output]: can not write to standard output: no space left on device"#);
}
