//! `seaway.sh`, which reviews a change in GitHub Actions and in GitLab CI/CD, in real repositories and with stand-ins for the forges.
//!
//! `UPDATE_REFERENCE=1` writes the script into the template of GitLab anew.

mod definitions;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::sandbox::{FAULTY, Run, SHOP, Sandbox};

const GH: &str = include_str!("pipelines/gh");
const CURL: &str = include_str!("pipelines/curl");
/// A name that Git allows for a branch, and that runs commands wherever a shell reads it as code.
const HOSTILE: &str =
    "main$(touch${IFS}pwned)`touch${IFS}pwned`;touch${IFS}pwned;'\"&touch${IFS}pwned&";
/// What a run of the action gets from its runner.
const GITHUB: &str = "export GITHUB_REPOSITORY=acme/shop GITHUB_OUTPUT=$ROOT/output GITHUB_STEP_SUMMARY=$ROOT/summary \
    GH_TOKEN=secret SEAWAY_COMMENT=true SEAWAY_NUMBER=12 GITHUB_BASE_REF=$(cat $ROOT/base)";
/// What a job of the template gets from its runner.
const GITLAB: &str = "export GITLAB_CI=true CI_API_V4_URL=https://gitlab.test/api/v4 CI_PROJECT_ID=7 CI_MERGE_REQUEST_IID=5 \
    CI_MERGE_REQUEST_DIFF_BASE_SHA=$(git rev-parse origin/main) SEAWAY_COMMENT=true SEAWAY_TOKEN=glpat-secret";

fn repository_file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// A clone of a repository with `shop/stack.toml`, on a branch of its own.
struct Clone(Sandbox);

impl Clone {
    fn new(base: &str) -> Self {
        let sandbox = Sandbox::new(SHOP);
        sandbox.write("base", base);
        sandbox.write("standin/calls", "");
        let clone = Self(sandbox);
        for (name, text) in [("gh", GH), ("curl", CURL)] {
            clone.0.write(&format!("bin/{name}"), text);
        }
        clone.does(
            "chmod +x bin/*; ln -s \"$SEAWAY\" bin/seaway; mkdir origin; mv shop origin; cd origin; git init -q -b \"$(cat ../base)\"; git config receive.denyCurrentBranch ignore; \
             git add .; git commit -q -m first; cd ..; git clone -q origin clone 2>&1; cd clone; git checkout -q -b change",
        );
        clone
    }

    fn bash(&self, script: &str) -> Run {
        self.0.bash(&format!(
            "set -e; ROOT=$PWD; export STANDIN=$PWD/standin SEAWAY_REPORTS=$PWD/reports PATH=$PWD/bin:$PATH; \
             unset GITHUB_ACTIONS GITLAB_CI GITHUB_BASE_REF; export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null \
             GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b; {script}"
        ))
    }

    fn does(&self, script: &str) -> String {
        let run = self.bash(script);
        assert_eq!(run.code, Some(0), "{script}: {}{}", run.out, run.err);
        run.out
    }

    /// Edits the stack of the change.
    fn edit(&self, from: &str, to: &str) {
        assert!(SHOP.contains(from));
        self.0.write("clone/shop/stack.toml", SHOP.replace(from, to));
    }

    /// Puts a program in the place of Seaway that compares with a command of the shell.
    fn stands_in(&self, diff: &str) {
        self.does("rm bin/seaway");
        self.0.write("bin/seaway", format!("#!/bin/bash\n[[ $1 != diff ]] || {diff}\n"));
        self.does("chmod +x bin/seaway");
    }

    /// Runs the script in the clone, with more words of the shell in front of it.
    fn reviews(&self, forge: &str, before: &str) -> Run {
        let script = repository_file(".github/actions/seaway/seaway.sh");
        self.bash(&format!("cd clone; {forge}; {before}; bash '{}'", script.display()))
    }

    /// What the script wrote or a stand-in was asked for.
    fn text(&self, file: &str) -> String {
        fs::read_to_string(self.0.path(file)).unwrap_or_default()
    }
}

#[test]
fn one_comment_is_written_and_then_kept_up_to_date() {
    let clone = Clone::new("main");
    clone.edit("shop:1.4.0", "shop:1.5.0");
    let Run { code, out, err } = clone.reviews(GITHUB, ":");
    assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
    assert_eq!(clone.text("standin/calls"), "POST\n");
    let body = clone.text("standin/body");
    assert!(body.starts_with("<!-- seaway ") && body.contains("`app.image`"), "{body}");
    assert_eq!(clone.text("summary"), body);
    clone.edit("version = \"17\"", "version = \"18\"");
    assert_eq!(clone.reviews(GITHUB, ":").code, Some(0));
    assert_eq!(clone.text("standin/calls"), "POST\nGET own\n");
    assert!(clone.text("standin/body").contains("`unreadable-data`"));
    // An old comparison would mislead: it is replaced, also where there is nothing to say, or nothing to be had.
    clone.edit("", "");
    assert_eq!(clone.reviews(GITHUB, ":").code, Some(0));
    assert!(clone.text("standin/body").ends_with("Nothing differs in what is applied.\n"));
    clone.edit("module", "modul");
    assert_eq!(clone.reviews(GITHUB, ":").code, Some(1));
    assert!(clone.text("standin/body").contains("cannot be compared"));
    assert_eq!(clone.text("standin/calls"), "POST\nGET own\nGET own\nGET own\n");
}

#[test]
fn a_change_that_changes_nothing_gets_no_comment() {
    let clone = Clone::new("main");
    let Run { code, err, .. } = clone.reviews(GITHUB, ":");
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(clone.text("standin/calls"), "");
    assert!(clone.text("summary").ends_with("Nothing differs in what is applied.\n"));
    // A push has no base, and is checked only.
    clone.does("rm summary");
    let Run { code, err, .. } = clone.reviews(GITHUB, "GITHUB_BASE_REF=");
    assert_eq!(code, Some(0), "{err}");
    assert!(!clone.0.path("summary").exists());
}

#[test]
fn a_bound_fails_once_the_comment_is_there() {
    let clone = Clone::new("main");
    clone.edit("shop:1.4.0", "shop:1.5.0");
    let Run { code, out, err } = clone.reviews(GITHUB, "export SEAWAY_FAIL_ON=restarts");
    assert_eq!(code, Some(1), "{err}");
    assert!(
        err.starts_with("::error title=restarts::the worst consequence is `restarts`"),
        "{err}"
    );
    assert_eq!(clone.text("standin/calls"), "POST\n");
    assert!(clone.text("standin/body").contains("`restarts`"));
    insta::assert_snapshot!(out, @r#"::error title=Seaway::the change has the consequence `restarts` or a worse one"#);
    assert_eq!(clone.reviews(GITHUB, "export SEAWAY_FAIL_ON=downtime").code, Some(0));
}

#[test]
fn paths_and_stages_are_lines() {
    let clone = Clone::new("main");
    clone.does("cd clone; cp -r shop 'second shop'; sed -i 's/\"shop\"/\"second\"/' 'second shop/stack.toml'; git add .; git commit -q -m x; \
                git push -q origin HEAD:main; git fetch -q");
    clone.edit("version = \"17\"", "version = \"18\"");
    let both = "export SEAWAY_PATHS=$' shop \\n\\n second shop\\n'";
    assert_eq!(clone.reviews(GITHUB, both).code, Some(0));
    let body = clone.text("standin/body");
    assert!(body.contains("### Seaway: `shop`\n") && !body.contains("second shop"), "{body}");
    // Another job with other stages has a comment of its own, and this one sees no change.
    let local = format!("{both} SEAWAY_STAGES=local");
    assert_eq!(clone.reviews(GITHUB, &local).code, Some(0));
    assert_eq!(clone.text("standin/calls"), "POST\n");
    let Run { code, out, .. } = clone.reviews(GITHUB, "export SEAWAY_PATHS=/etc");
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(out, @r#"::error title=Seaway::`/etc` is not a path of the repository: write it from the current folder"#);
}

/// GitHub refuses longer comments.
#[test]
fn a_path_that_does_not_fit_is_named() {
    let clone = Clone::new("main");
    clone.stands_in("printf '### Seaway\\n\\n%040000d\\n' 7");
    let paths = "export SEAWAY_PATHS=$'one\\ntwo\\nthree'";
    let Run { code, out, err } = clone.reviews(GITHUB, paths);
    assert_eq!(code, Some(0), "{out}{err}");
    let body = clone.text("standin/body");
    assert!(body.contains("### Seaway: `one`\n") && body.len() <= 65_536, "{}", body.len());
    insta::assert_snapshot!(body.lines().last().unwrap_or_default(), @r#"A comment holds 65536 characters, so these are left out: `two`, `three`."#);
}

#[test]
fn hostile_names_and_texts_run_nothing() {
    let clone = Clone::new(HOSTILE);
    let text = "$(touch pwned)`touch pwned`\n::set-env name=PATH::.\n/close\n</details><img src=x>";
    clone.edit("type = \"web\"\n", &format!("type = \"web\"\nenv.NOTE = {text:?}\n"));
    let Run { code, out, err } = clone.reviews(GITHUB, ":");
    assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
    assert_eq!(clone.text("standin/calls"), "POST\n");
    assert!(clone.text("standin/body").contains("env.NOTE"), "{}", clone.text("standin/body"));
    for inputs in [
        "export SEAWAY_PATHS='$(touch pwned)' SEAWAY_STAGES='`touch pwned`'",
        "export SEAWAY_PATHS=--help SEAWAY_FAIL_ON='x; touch pwned'",
        "export SEAWAY_BASE='--output=pwned'",
        "export SEAWAY_NUMBER='1;touch pwned'",
        "export SEAWAY_BASE=$'x\\n::error::y' ",
    ] {
        let run = clone.reviews(GITHUB, inputs);
        assert_eq!(run.code, Some(1), "{inputs}: {}{}", run.out, run.err);
        assert!(!run.out.contains("\n::error::y"), "{}", run.out);
    }
    // The stack that names an unknown key of such a text is an error whose lines are no commands of the runner.
    clone.edit("type = \"web\"\n", &format!("type = \"web\"\n{text:?} = 1\n"));
    let Run { code, err, .. } = clone.reviews(GITHUB, ":");
    assert_eq!(code, Some(1));
    assert!(!err.lines().any(|line| line.starts_with("::set-env")), "{err}");
    assert_eq!(clone.does("find . -name '*pwned*' -not -path '*/.git/*'"), "");
}

#[test]
fn a_shallow_clone_gets_a_line_to_paste() {
    let clone = Clone::new("main");
    clone.does("cd origin; git checkout -q -b change; git commit -q --allow-empty -m second; cd ..; rm -rf clone; \
                git clone -q --depth 1 --branch change file://$PWD/origin clone");
    clone.edit("shop:1.4.0", "shop:1.5.0");
    let Run { code, out, .. } = clone.reviews(GITHUB, ":");
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(out, @r#"::error title=Seaway::there is no revision `origin/main` to compare with: this clone is shallow. Write `fetch-depth: 0` for actions/checkout"#);
    assert_eq!(clone.text("standin/calls"), "");
    let Run { code, err, .. } =
        clone.reviews(GITLAB.replace("$(git rev-parse origin/main)", "1234567").as_str(), ":");
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(err.lines().last().unwrap_or_default(), @r#"error: there is no revision `1234567` to compare with: this clone is shallow. Write `GIT_DEPTH: "0"` under `variables`"#);
}

/// Else a change could bring the revision that it is compared with.
#[test]
fn a_file_that_is_called_as_the_base_is_refused() {
    let clone = Clone::new("main");
    clone.edit("shop:1.4.0", "shop:1.5.0");
    clone.does("cd clone; mkdir -p 'origin/main:./shop'; cp shop/stack.toml 'origin/main:./shop'");
    let Run { code, out, .. } = clone.reviews(GITHUB, "export SEAWAY_PATHS=shop");
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(out, @r#"::error title=Seaway::`origin/main:./shop` is a file of the working tree, and the name of the base revision: rename it"#);
}

#[test]
fn a_token_that_may_not_write_leaves_a_warning() {
    let clone = Clone::new("main");
    clone.edit("shop:1.4.0", "shop:1.5.0");
    clone.0.write("standin/read-only", "");
    let Run { code, out, err } = clone.reviews(GITHUB, ":");
    assert_eq!(code, Some(0), "{err}");
    insta::assert_snapshot!(out, @r#"::warning title=Seaway::the comment could not be written: the job needs `pull-requests: write`, which a pull request from a fork never gets"#);
    assert!(clone.text("summary").contains("`app.image`"));
    assert_eq!(clone.reviews(GITHUB, "export SEAWAY_FAIL_ON=restarts").code, Some(1));
}

#[test]
fn errors_are_annotations_and_a_report() {
    let clone = Clone::new("main");
    clone.0.write("clone/shop/stack.toml", FAULTY);
    let Run { code, err, .. } = clone.reviews(GITHUB, ":");
    assert_eq!(code, Some(1));
    assert!(err.starts_with("::error file=shop/stack.toml,line=10,"), "{err}");
    let output = clone.text("output");
    let file = output.lines().find_map(|line| line.strip_prefix("sarif=")).expect("a report");
    let report: Value =
        serde_json::from_str(&fs::read_to_string(file).expect("a file")).expect("JSON");
    assert_eq!(report["runs"][0]["results"].as_array().map(Vec::len), Some(2));
    // What has errors is not compared, and no comment says so where there was none.
    assert_eq!(clone.text("standin/calls"), "");
}

#[test]
fn a_missing_program_is_named() {
    let clone = Clone::new("main");
    clone.does("rm bin/seaway");
    let Run { code, out, .. } = clone.reviews(GITHUB, "PATH=$ROOT/bin:/usr/bin:/bin");
    assert_eq!(
        (code, out.as_str()),
        (Some(1), "::error title=Seaway::there is no program `seaway` on PATH\n")
    );
}

#[test]
fn rendered_files_are_pushed_to_the_branch() {
    let clone = Clone::new("main");
    clone.edit("shop:1.4.0", "shop:1.5.0");
    let rendered = "git commit -q -a -m edit || true; export SEAWAY_RENDERED=rendered";
    for _ in 0..2 {
        let Run { code, err, .. } = clone.reviews(GITHUB, rendered);
        assert_eq!(code, Some(0), "{err}");
        let pushed = clone.does("cd origin; git log --format=%s change; git ls-tree -r --name-only change | grep -c rendered/shop/postgres");
        assert!(pushed.starts_with("Render the stacks\nedit\nfirst\n"), "{pushed}");
    }
    assert_eq!(clone.does("cd clone; git status --porcelain"), "");
    let Run { code, out, .. } =
        clone.reviews(GITHUB, "git checkout -q --detach; export SEAWAY_RENDERED=rendered");
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(out, @r#"::error title=Seaway::no branch is checked out, so the rendered files cannot be pushed. Write `ref: ${{ github.head_ref }}` for actions/checkout"#);
}

#[test]
fn a_note_is_written_and_then_kept_up_to_date() {
    let clone = Clone::new("main");
    clone.edit("shop:1.4.0", "shop:1.5.0");
    let Run { code, out, err } = clone.reviews(GITLAB, ":");
    assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
    assert!(clone.text("standin/body").contains("`app.image`"));
    clone.edit("version = \"17\"", "version = \"18\"");
    assert_eq!(clone.reviews(GITLAB, ":").code, Some(0));
    assert!(clone.text("standin/body").contains("`unreadable-data`"));
    let notes = "projects/7/merge_requests/5/notes";
    assert_eq!(clone.text("standin/calls"), format!("POST {notes}\nPUT {notes}/201\n"));
    let words = clone.text("standin/words");
    assert!(words.contains("--config\n") && !words.contains("glpat"), "{words}");
    // A trace of the shell is the runner's choice; nothing else prints the token.
    assert!(!err.contains("glpat"), "{err}");
    let Run { code, err, .. } = clone.reviews(GITLAB, "export SEAWAY_TOKEN=");
    assert_eq!(code, Some(0));
    insta::assert_snapshot!(err.lines().last().unwrap_or_default(), @r#"warning: no comment is written: the CI/CD variable SEAWAY_TOKEN has no token"#);
}

/// A line that begins with a slash would be a command to GitLab, with the rights of the token.
#[test]
fn no_line_of_a_note_is_a_quick_action() {
    let clone = Clone::new("main");
    clone.stands_in("printf '### Seaway\\n\\n/close\\n  /merge\\na/b\\n'");
    let Run { code, out, err } = clone.reviews(GITLAB, ":");
    assert_eq!(code, Some(0), "{out}{err}");
    let body = clone.text("standin/body");
    assert!(body.contains("\n&#47;close\n  &#47;merge\na/b\n"), "{body}");
}

#[test]
fn errors_are_a_code_quality_report() {
    let clone = Clone::new("main");
    assert_eq!(clone.reviews(GITLAB, ":").code, Some(0));
    assert_eq!(clone.text("reports/seaway-code-quality.json"), "[]\n");
    clone.0.write("clone/shop/stack.toml", FAULTY);
    assert_eq!(clone.reviews(GITLAB, ":").code, Some(1));
    insta::assert_snapshot!(clone.text("reports/seaway-code-quality.json"), @r#"
    [
      {
        "description": "unknown key `replicaz`\ndid you mean `replicas`?",
        "check_name": "unknown-field",
        "severity": "major",
        "location": {
          "path": "shop/stack.toml",
          "lines": {
            "begin": 10
          }
        },
        "fingerprint": "e09013d089105fd3eb21a0031d180962d4b71954"
      },
      {
        "description": "unknown component `brokr`\nknown is `web`",
        "check_name": "unknown-component",
        "severity": "major",
        "location": {
          "path": "shop/stack.toml",
          "lines": {
            "begin": 10
          }
        },
        "fingerprint": "2a4e6fab5a7405b3fff4f675db3fe9ca07d15a97"
      }
    ]
    "#);
}
