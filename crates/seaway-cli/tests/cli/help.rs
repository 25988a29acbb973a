//! Help texts, the schema, completions.

use std::process::Command;

use crate::sandbox::{Run, SHOP, Sandbox};

fn print(args: &[&str]) -> String {
    let Run { code, out, err } = Sandbox::new(SHOP).run(args);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{args:?}");
    // Clap indents its empty lines.
    out.lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

#[test]
fn seaway() {
    insta::assert_snapshot!(print(&["--help"]), @"
    Compiles one TOML file that describes an application stack into plain Kubernetes YAML.

    The stack file says what the application consists of, and its stages say what differs on the way
    from a laptop to production. Seaway reads the file and the files that it names, and nothing else: no
    cluster, no network.

    Usage: seaway <COMMAND>

    Commands:
      render       Print the Kubernetes objects of a stage, or write them into a folder
      check        Look for errors in all stages, without output
      stages       List the stages of a stack, or compare two of them
      cluster      Print the kops cluster that a stage assumes
      monitoring   Show what watches a stage: what is scraped, what alerts, who is told, what is drawn
      secrets      Print which Secrets a stage reads, and a script that makes them
      env          Print the environment of each container, and who set each variable
      restore      Print how a dump of a backup comes back: what to stop, the Job, what to start again
      set          Change keys of the stack file, and keep its comments and layout
      why          Show where an object or a field of it comes from: the line, the layers, the default
      diff         Compare two revisions: what was edited, what that changes, and what follows
      explain      Explain an error or a warning by its code, or list all codes
      schema       Print the JSON Schema of the stack file, for editors
      completions  Print the completion script of a shell
      help         Print this message or the help of the given subcommand(s)

    Options:
      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    Examples:
      seaway check stacks/shop
      seaway render stacks/shop --stage local | kubectl apply -f -
      seaway help render

    Exit codes:
      0    done
      1    the stack has errors, or something could not be read or written
      2    the command line is wrong
      101  Seaway itself has a bug; please report it
      141  the reader of standard output went away (a closed pipe)

    Environment:
      NO_COLOR  any value but the empty one turns colors off, as `--color never` does
      TERM      `dumb` turns colors off, too
    ");
}

#[test]
fn render() {
    insta::assert_snapshot!(print(&["help", "render"]), @r#"
    Print the Kubernetes objects of a stage, or write them into a folder

    Usage: seaway render [OPTIONS] [STACK]...

    Arguments:
      [STACK]...
              The stacks: folders, with all stacks below them, or stack files

              [default: .]

    Options:
          --overlay <FILE>
              Merge this file over the stage, as a stage is merged; can be given several times

          --set <KEY=VALUE>
              Set a key of the stage, over all overlays; can be given several times

      -s, --stage <STAGE>
              The stage to render; with `--out` all stages if it is left out

      -o, --out <DIR>
              Write one file an object into this folder, instead of all to standard output

          --verify
              Write nothing, and fail where the folder of `--out` is not what would be rendered

          --layout <TOOL>
              Add what Argo CD or Flux needs to apply the folder of `--out`

              Possible values:
              - argocd: Argo CD: an `Application`
              - flux:   Flux: a `GitRepository`, a `Kustomization`, and `kustomization.yaml`

          --repo-url <URL>
              The Git repository that the tool follows

          --path <PATH>
              Where the folder of `--out` is in that repository; by default DIR as you write it

          --revision <REVISION>
              The branch, commit or full reference (`refs/tags/…`) that the tool follows

              [default: main]

      -f, --format <FORMAT>
              The format of the objects

              Possible values:
              - yaml:  YAML as one writes it by hand
              - json:  JSON; a stream is one `List`
              - kyaml: YAML in flow style, as `kubectl get -o kyaml` prints it

              [default: yaml]

          --against <DIR>
              Compare with earlier output and refuse what can not be applied over it, or what loses data

          --deny <WHAT>
              What fails, too, with nothing printed

              Possible values:
              - warnings: Every warning

          --fail-on <CONSEQUENCE>
              Fail, with nothing printed, if this consequence or a worse one follows from the change

              Possible values:
              - lost-data:       a volume or a database is left behind with its data
              - unreadable-data: a server gets a volume whose files it cannot read
              - refused:         the API server refuses the apply
              - downtime:        something does not answer for a while, or gets another address
              - needs-a-step:    something has to be done by hand before or after the apply
              - opens:           something is reached, allowed or unprotected that was not
              - restarts:        pods are replaced one after the other
              - runs-once:       a Job runs once more
              - capacity:        the stage asks for more or less of the cluster
              - cosmetic:        nothing that runs changes

          --message-format <FORMAT>
              The format of errors and warnings

              Possible values:
              - human:  Lines of the stack with what is wrong in them
              - json:   One JSON object a line
              - github: Workflow commands of GitHub Actions
              - sarif:  One SARIF document

              [default: human]

          --color <WHEN>
              Whether errors, warnings and differences have colors

              Possible values:
              - auto:   On a terminal
              - always: Everywhere
              - never:  Nowhere

              [default: auto]

      -h, --help
              Print help (see a summary with '-h')

    Examples:
      seaway render stacks/shop --stage local | kubectl apply -f -
      seaway render stacks/shop --stage aws-rds --out rendered/aws-rds
      seaway render --stage local --format json | jq '.items[].kind'
      seaway render stacks/shop --stage aws-rds --out live --against live
      seaway render stacks --out rendered
      seaway render stacks --out rendered --verify

    The folder of --out:
      With one stack and --stage it holds one file an object and exactly what was
      rendered: the file of an object that is gone goes, too. Else each stage of
      each stack has such a folder in it, DIR/<name>/<stage>, and that of a stage
      that the stack has no more is removed. A folder is written elsewhere and then
      swapped in, so that it is never half old and half new. If one stage has an
      error nothing is written.

      A folder of STACK stands for all stacks below it. Hidden folders, `target`,
      `node_modules` and symbolic links are passed over.

      The file `.seaway` in a folder says which Seaway wrote it, of which stack and
      stage, lists its files, and has a hash of each text that it was made of. It
      changes only with them. A folder that holds anything else is not touched.

      --verify writes nothing. It fails, and names the files, where DIR is not what
      would be rendered: for a repository that keeps the rendered files, too.

    GitOps (--layout):
      The objects of a stage go into the folder `objects`. Beside it are the objects
      that you apply once, and the tool does the rest:
        argocd  argocd-application.yaml, in the namespace `argocd`
        flux    flux-gitrepository.yaml and flux-kustomization.yaml, in the namespace
                `flux-system`, and kustomization.yaml, which lists the objects
      Both delete what leaves the repository. An annotation keeps them from deleting
      a Namespace, a claim or volume, a StatefulSet with claims of its own, and a
      CustomResourceDefinition: you delete these with kubectl. Flux keeps generated
      ConfigMaps, too, because pods of the release before may still read them. Jobs
      have no `ttlSecondsAfterFinished`: the tools would run them again.
      Argo CD does not undo what you change by hand before the next commit. Flux
      does within ten minutes; `flux suspend kustomization` stops it.

      seaway render stacks/shop --stage aws-rds --out deploy/aws-rds \
        --layout argocd --repo-url https://github.com/acme/shop.git

    Values from outside (--overlay, --set):
      An overlay is a file in the form of a stage, `name` included. It is merged
      over the stage, and `--set` over all overlays; the last one wins.
        --overlay pr.toml
        --set app.image=ghcr.io/acme/shop:1.5.0
        --set components.web.replicas=3
        --set 'app.hosts=["pr-7.example.com"]'
        --set components.cache=false
      KEY is a dotted key of TOML and ends at the first `=`. VALUE is TOML if the
      key takes what TOML reads in it, else text; `false` removes an entry. Paths in
      an overlay are relative to its folder, paths in VALUE to that of the stack.

    Earlier output (--against):
      DIR is what `render --out` wrote, or any folder with .yaml, .yml and .json
      files, or one such file: what was applied, not what a cluster gives back. Of
      a stage DIR/<name>/<stage> is taken, else DIR/<stage>, else DIR itself;
      several stages need a folder each, and several stacks DIR/<name>/<stage>.
      Errors are
        immutable-field  a change that the API server refuses
        lost-data        a volume that nothing uses any more
        stale-config     a changed config that no pod is restarted for
      each with the steps to take by hand. What else follows is reported as a note,
      by its consequence: see `seaway diff`.

    Message formats:
      All messages go to standard error. Standard output is empty if there is one
      error. A wrong command line is always reported as text.

      human   the lines of the stack with what is wrong in them, then a summary
      json    one object a line, see below
      github  workflow commands, which GitHub shows in the diff of a pull request:
              `::error file=…,line=…,col=…,title=<code>::<message>`
      sarif   one SARIF 2.1.0 document, for code scanning; it is written even if
              there is nothing to say

      Keys of a JSON message, all always there; later versions may add some:
        code      kebab-case name of the kind of problem
        severity  `error`, `warning`, or `note` for what follows from a change
        message   one phrase
        labels    places in the stack file, the primary one first; empty if no line
                  is at fault: `file`, `line`, `column`, `end_line`, `end_column`
                  and `text`. Lines and columns count from 1, columns in Unicode
                  scalar values. The end is the column behind the last character.
                  A `file` that begins with `<seaway>/` is part of Seaway, one that
                  begins with `--set ` a value of the command line.
        notes     facts that explain it
        help      what to write instead, or null
        allowed   the reason why the stack allows it, or null; with one it is no
                  error or warning any more, whatever `severity` says
        stages    names of the stages that have the problem

    Exit codes:
      0    done
      1    the stack has errors, or something could not be read or written
      2    the command line is wrong
      101  Seaway itself has a bug; please report it
      141  the reader of standard output went away (a closed pipe)

    Environment:
      NO_COLOR  any value but the empty one turns colors off, as `--color never` does
      TERM      `dumb` turns colors off, too
    "#);
}

#[test]
fn check() {
    insta::assert_snapshot!(print(&["check", "-h"]), @r#"
    Look for errors in all stages, without output

    Usage: seaway check [OPTIONS] [STACK]...

    Arguments:
      [STACK]...  The stacks: folders, with all stacks below them, or stack files [default: .]

    Options:
          --overlay <FILE>           Merge this file over the stage, as a stage is merged; can be given
                                     several times
          --set <KEY=VALUE>          Set a key of the stage, over all overlays; can be given several
                                     times
      -s, --stage <STAGE>            Check this stage only; can be given several times. Without it all
                                     stages are checked
          --against <DIR>            Compare with earlier output and refuse what can not be applied over
                                     it, or what loses data
          --deny <WHAT>              What fails, too, with nothing printed [possible values: warnings]
          --fail-on <CONSEQUENCE>    Fail, with nothing printed, if this consequence or a worse one
                                     follows from the change [possible values: lost-data,
                                     unreadable-data, refused, downtime, needs-a-step, opens, restarts,
                                     runs-once, capacity, cosmetic]
          --message-format <FORMAT>  The format of errors and warnings [default: human] [possible
                                     values: human, json, github, sarif]
          --color <WHEN>             Whether errors, warnings and differences have colors [default:
                                     auto] [possible values: auto, always, never]
      -h, --help                     Print help (see more with '--help')
    "#);
}

#[test]
fn every_command_has_examples_and_lists_the_exit_codes() {
    for command in [
        "render",
        "check",
        "stages",
        "cluster",
        "monitoring",
        "secrets",
        "env",
        "restore",
        "why",
        "explain",
        "schema",
        "completions",
    ] {
        let help = print(&[command, "--help"]);
        for part in [&format!("Examples:\n  seaway {command}"), "Exit codes:\n", "Environment:\n"] {
            assert!(help.contains(part), "{command}: {part}");
        }
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{command}");
    }
}

#[test]
fn version() {
    assert_eq!(print(&["--version"]), format!("seaway {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_schema_is_json() {
    let schema: serde_json::Value = serde_json::from_str(&print(&["schema"])).expect("JSON");
    assert!(schema.get("$schema").is_some());
}

/// Shells that are not installed are passed over; bash is.
#[test]
fn shells_can_read_their_completions() -> std::io::Result<()> {
    let sandbox = Sandbox::new(SHOP);
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = print(&["completions", shell]);
        assert!(script.contains("message-format"), "{shell}");
        // The others complete no words without a dash.
        let has_codes = script.contains("unknown-field");
        assert_eq!(has_codes, ["bash", "zsh"].contains(&shell), "{shell}");
        sandbox.write(shell, script);
    }
    for shell in ["bash", "zsh", "fish"] {
        match Command::new(shell).arg("-n").arg(sandbox.path(shell)).status() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && shell != "bash" => {}
            status => assert!(status?.success(), "{shell}"),
        }
    }
    Ok(())
}
