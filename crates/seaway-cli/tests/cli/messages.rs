//! The formats of messages, and their colors.

use crate::sandbox::{FAULTY, SHOP, Sandbox};

fn check(format: &str) -> String {
    Sandbox::new(FAULTY).run(&["check", "shop", "--message-format", format]).err
}

#[test]
fn json_is_one_object_a_line() {
    let text = check("json");
    insta::assert_snapshot!(text, @r#"
    {"code":"unknown-field","severity":"error","message":"unknown key `replicaz`","labels":[{"file":"shop/stack.toml","line":10,"column":20,"end_line":10,"end_column":28,"text":"not known here"}],"notes":[],"help":"did you mean `replicas`?","allowed":null,"stages":["faulty"]}
    {"code":"unknown-component","severity":"error","message":"unknown component `brokr`","labels":[{"file":"shop/stack.toml","line":10,"column":54,"end_line":10,"end_column":59,"text":"not part of this stage"}],"notes":[],"help":"known is `web`","allowed":null,"stages":["faulty"]}
    "#);
    for line in text.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
    }
}

/// The help text documents them; scripts rely on each.
#[test]
fn the_keys_of_a_json_message_are_always_there() {
    let broken = check("json");
    let missing = Sandbox::new(SHOP).run(&["check", "shap", "--message-format", "json"]).err;
    let help = Sandbox::new(SHOP).run(&["check", "--help"]).out;
    let keys = |value: &serde_json::Value| -> Vec<String> {
        value.as_object().expect("an object").keys().cloned().collect()
    };
    for line in broken.lines().chain(missing.lines()) {
        let message: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let all = ["allowed", "code", "help", "labels", "message", "notes", "severity", "stages"];
        assert_eq!(keys(&message), all);
        for key in all {
            assert!(help.contains(&format!("\n    {key} ")), "{key} is documented");
        }
        for label in message["labels"].as_array().expect("a list") {
            let all = ["column", "end_column", "end_line", "file", "line", "text"];
            assert_eq!(keys(label), all);
            assert!(all.iter().all(|key| help.contains(&format!("`{key}`"))));
        }
    }
}

#[test]
fn github_gets_workflow_commands() {
    insta::assert_snapshot!(check("github"), @r#"
    ::error file=shop/stack.toml,line=10,col=20,title=unknown-field::unknown key `replicaz`%0Anot known here%0Anote: in stage `faulty`%0Ahelp: did you mean `replicas`?
    ::error file=shop/stack.toml,line=10,col=54,title=unknown-component::unknown component `brokr`%0Anot part of this stage%0Anote: in stage `faulty`%0Ahelp: known is `web`
    "#);
}

#[test]
fn problems_of_files_have_the_same_formats() {
    let sandbox = Sandbox::new(SHOP);
    let check = |format| sandbox.run(&["check", "shap", "--message-format", format]).err;
    insta::assert_snapshot!(check("human"), @r#"
    error[missing-file]: there is no folder or file `shap`
     |
     = help: name the folder of a stack, or its file
    "#);
    insta::assert_snapshot!(check("json"), @r#"{"code":"missing-file","severity":"error","message":"there is no folder or file `shap`","labels":[],"notes":[],"help":"name the folder of a stack, or its file","allowed":null,"stages":[]}"#);
    insta::assert_snapshot!(check("github"), @r#"::error title=missing-file::there is no folder or file `shap`%0Ahelp: name the folder of a stack, or its file"#);
}

#[test]
fn programs_get_no_summary() {
    let sandbox = Sandbox::new(SHOP);
    for format in ["json", "github"] {
        assert_eq!(sandbox.run(&["check", "shop", "--message-format", format]).err, "");
        let out = ["render", "shop", "-s", "local", "-o", "out", "--message-format", format];
        assert_eq!(sandbox.run(&out).err, "");
    }
}

#[test]
fn colors_are_for_terminals_or_on_demand() {
    let sandbox = Sandbox::new(FAULTY);
    let colored =
        |color: &[&str]| sandbox.run(&[&["check", "shop"], color].concat()).err.contains("\u{1b}[");
    assert!(!colored(&[]));
    assert!(!colored(&["--color", "auto"]));
    assert!(!colored(&["--color", "never"]));
    assert!(colored(&["--color", "always"]));
    assert!(!colored(&["--color", "always", "--message-format", "json"]));
}

/// `script` of util-linux runs a command on a terminal of its own.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_gets_colors_unless_it_objects() {
    let sandbox = Sandbox::new(FAULTY);
    let colored = |env: &str, color: &str| {
        let command = format!("env {env} $SEAWAY check shop --color {color}");
        let run = sandbox.bash(&format!("script --quiet --command \"{command}\" /dev/null"));
        assert!(run.out.contains("unknown-field"), "{run:?}");
        run.out.contains("\u{1b}[")
    };
    assert!(colored("", "auto"));
    assert!(colored("NO_COLOR=", "auto"));
    assert!(!colored("NO_COLOR=1", "auto"));
    assert!(!colored("TERM=dumb", "auto"));
    assert!(!colored("", "never"));
    assert!(colored("NO_COLOR=1", "always"));
}

#[test]
fn control_characters_of_a_stack_do_not_reach_the_terminal() {
    let sandbox = Sandbox::new("name = \"shop\"\n\"\\u001b[31m\\u202E\" = 1\n[stages.local]\n");
    let err = sandbox.run(&["check", "shop"]).err;
    assert!(!err.contains(['\u{1b}', '\u{202e}']), "{err:?}");
}

/// C0 and C1 controls move the cursor and paint, and bidirectional ones show a text in another order.
#[test]
fn no_message_holds_characters_that_nobody_sees() {
    // ESC, CSI, NEL, RLO, LRI, a mark, a zero-width space and a byte order mark.
    const HIDDEN: [char; 8] =
        ['\u{1b}', '\u{9b}', '\u{85}', '\u{202e}', '\u{2066}', '\u{200f}', '\u{200b}', '\u{feff}'];
    let all: String = HIDDEN.iter().collect();
    let escaped = HIDDEN.map(|hidden| format!("\\u{:04X}", u32::from(hidden))).concat();
    // In a key, a value, a reference and a reason, as escapes and as they are; as the name of a folder, too.
    let stack = format!(
        "name = \"shop\"\n\"{escaped}\" = 1\n\
         [app]\nimage = \"shop:1\"\nmodule = \"shop\"\nallow.latest-tag = \"{escaped}\"\n\
         env.\"A{escaped}\" = \"${{b{escaped}.url}}\"\n\
         [components.web]\ntype = \"web\" # {0}\nexpose = \"{1}\"\n\
         [stages.local]\n",
        all.replace('\u{1b}', ""),
        all.replace(['\u{1b}', '\u{85}'], ""),
    );
    let sandbox = Sandbox::new(&stack);
    let folder = format!("a{}", all.replace('/', ""));
    sandbox.write(&format!("{folder}/stack.toml"), &stack);
    for format in ["human", "json", "github", "sarif"] {
        for path in ["shop", &folder, "missing\u{9b}\u{202e}"] {
            for color in ["never", "always"] {
                let run =
                    sandbox.run(&["check", path, "--message-format", format, "--color", color]);
                assert_eq!((run.code, run.out.as_str()), (Some(1), ""), "{format}");
                assert!(!run.err.is_empty(), "{format}");
                let is_painted = format == "human" && color == "always";
                let found: Vec<char> = run
                    .err
                    .chars()
                    .filter(|c| HIDDEN.contains(c) && !(is_painted && *c == '\u{1b}'))
                    .collect();
                assert!(found.is_empty(), "{format} {path:?} {found:?}: {}", run.err);
                assert!(
                    run.err.contains("202E") || run.err.contains("202e"),
                    "{format}: {}",
                    run.err
                );
            }
        }
    }
}

/// The key of a file that is missing is there: who refers to it has made no mistake.
#[test]
fn a_key_of_a_missing_file_is_one_message() {
    let sandbox = Sandbox::new(&format!(
        "{SHOP}[config.site]\npage = {{ file = \"page.txt\" }}\n[app.env]\nPAGE = \"${{config.site.page}}\"\n"
    ));
    let run = sandbox.run(&["check", "shop", "--stage", "local", "--message-format", "json"]);
    let codes: Vec<String> = run
        .err
        .lines()
        .map(|line| {
            let message: serde_json::Value = serde_json::from_str(line).expect("JSON");
            message["code"].as_str().expect("a code").to_owned()
        })
        .collect();
    assert_eq!(codes, ["missing-file"], "{}", run.err);
}

/// A log or a generated file by mistake: nobody reads ten thousand errors.
#[test]
fn a_hundred_errors_are_shown_and_the_rest_is_counted() {
    let check = |count: usize, format: &str| {
        let env: Vec<String> = (0..count).map(|number| format!("E{number} = [1]\n")).collect();
        let env = env.concat();
        let sandbox = Sandbox::new(&format!("{SHOP}[app.env]\n{env}"));
        let run = sandbox.run(&["check", "shop", "--stage", "local", "--message-format", format]);
        assert_eq!((run.code, &*run.out), (Some(1), ""));
        run.err
    };
    assert_eq!(check(100, "json").lines().count(), 100);
    for format in ["json", "github"] {
        let shown = check(160, format);
        assert_eq!(shown.lines().count(), 101);
        assert!(
            shown.lines().last().is_some_and(|last| last.contains("60 more errors are not shown"))
        );
    }
    let shown = check(101, "human");
    assert_eq!(shown.matches("error[").count(), 101);
    assert!(shown.contains("\nerror[not-shown]: 1 more error is not shown\n"), "{shown}");
    assert!(shown.contains("\nerror: could not compile stage `local`: 101 errors\n"), "{shown}");
}
