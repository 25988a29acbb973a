//! The chain of stages.

use insta::assert_snapshot;
use seaway_core::{Sink, Source, TextKind, parse, resolve};

use crate::support::{APP, refused_by_schema, stack_of, told_of, variable};

#[test]
fn unknown_stages_are_told_with_the_nearest_known() {
    let text = "name = \"shop\"\n[stages.local]\n[stages.postgres]\nextends = \"locl\"\n";
    assert_snapshot!(told_of(text, "postgress"), @r"unknown-stage 2:2 there is no stage `postgress` |  | did you mean `postgres`?");
    assert_snapshot!(told_of(text, "postgres"), @r"unknown-stage 4:11 there is no stage `locl` | extended here | did you mean `local`?");
}

#[test]
fn a_file_without_stages() {
    assert_snapshot!(told_of("name = \"shop\" # stages.x\n", "local"), @r"unknown-stage 1:1 there is no stage `local` |  | add `[stages.local]`: the file has no stages");
    assert_snapshot!(told_of("name = \"shop\"\nstages.local = 3\n", "local"), @r"wrong-type 2:16 expected a table, found an integer | a stage is a table |");
    assert_snapshot!(told_of("name = \"shop\"\nstages = 3 # stages.x\n", "local"), @r"wrong-type 2:10 expected a table, found an integer |  | write `[stages.local]`");
    assert_snapshot!(told_of("name = \"shop\"\n[stages.local]\nextends = 3\n", "local"), @r"wrong-type 3:11 expected a string, found an integer | the name of a stage |");
}

#[test]
fn circles_are_told_with_their_path() {
    let text = "name = \"shop\"\n[stages.a]\nextends = \"b\"\n[stages.b]\nextends = \"c\"\n[stages.c]\nextends = \"b\"\n[stages.d]\nextends = \"d\"\n";
    assert_snapshot!(told_of(text, "a"), @r"cyclic-extends 7:11 stage `b` extends itself | closes the circle # a → b → c → b |");
    assert_snapshot!(told_of(text, "d"), @r"cyclic-extends 9:11 stage `d` extends itself | closes the circle # d → d |");
}

#[test]
fn the_lowest_stage_comes_first() {
    let text = format!(
        "{APP}components.p = {{ type = \"job\", command = [\"x\"] }}\n[stages.z]\napp.env = {{ A = \"z\", B = \"z\", C = \"z\" }}\n[stages.m]\nextends = \"z\"\napp.env = {{ B = \"m\", C = \"m\" }}\n[stages.a]\nextends = \"m\"\napp.env = {{ C = \"a\" }}\n"
    );
    let stack = stack_of(&text, "a");
    let found: Vec<_> =
        ["A", "B", "C"].into_iter().filter_map(|name| variable(&stack, "p", name)).collect();
    assert_eq!(found, ["z", "m", "a"]);
    let document = parse(&Source::new("s", &*text), &mut Sink::default());
    let chain = document.chain("a", &mut Sink::default()).expect("a chain");
    let names: Vec<&str> = chain.chain.iter().map(|link| link.name.value.as_str()).collect();
    assert_eq!(names, ["z", "m", "a"]);
    let stages: Vec<String> = document.stages().into_iter().map(|stage| stage.value).collect();
    assert_eq!(stages, ["z", "m", "a"]);
}

#[test]
fn a_stage_has_a_name_that_objects_can_carry_and_does_not_rename_the_stack() {
    let text = "name = \"shop\"\nkubernets = 1\n[stages.\"a b\"]\nname = \"other\"\n[stages.\"a b\".stages.x]\n";
    assert_snapshot!(told_of(text, "a b"), @"
    unknown-field 2:1 unknown key `kubernets` | not known here | did you mean `kubernetes`?
    invalid-value 3:9 `a b` is not a name |  | write at most 63 of `a-z`, `0-9` and `-`, starting with a letter and not ending with `-`
    conflict 4:8 a stage can not change the name of the stack |  | write `namespace = …` if the stage lives in another namespace
    unknown-field 5:15 unknown key `stages` | not known here | known are `allow`, `annotations`, `app`, `cluster`, `components`, `config`, `kubernetes`, `labels`, `name`, `namespace`, `node-selector`, `objects`, `patches`, `pod-annotations`, `prefix`, `priority-class`, `profile`, `pull-secrets`, `quota`, `registry`, `require-digest`, `secret-source`, `secrets`, `tolerations`, `types` and `volumes`
    ");
}

/// A stack file over a base, that is over another one.
#[test]
fn files_lie_over_the_files_that_they_extend() {
    let lowest = format!("{APP}app.env = {{ A = \"1\", B = \"1\", C = \"1\" }}\n[stages.local]\n");
    let base = "extends = \"lowest.toml\"\n[app.env]\nB = \"2\"\nC = \"2\"\n[stages.local]\napp.env.D = \"2\"\n[stages.z]\n";
    let text = "extends = \"base.toml\"\n[app.env]\nC = \"3\"\n[components.p]\ntype = \"job\"\ncommand = [\"x\"]\n[stages.a]\nextends = \"local\"\n[stages.z]\n";
    let mut source = Source::new("stack.toml", text);
    let mut sink = Sink::default();
    let mut document = parse(&source, &mut sink);
    for text in [base, &lowest] {
        let named = document.base().expect("a base");
        let text = source.add(TextKind::File, named.value.clone(), text.to_owned(), named.span());
        document.extend(text, &mut sink);
    }
    assert_eq!(document.base(), None);
    let stack = resolve(&source, &document, "a", &mut sink);
    let found = sink.finish();
    let stack = stack.unwrap_or_else(|_| panic!("a good stack: {found:?}"));
    let found: Vec<_> =
        ["A", "B", "C", "D"].into_iter().filter_map(|name| variable(&stack, "p", name)).collect();
    assert_eq!(found, ["1", "2", "3", "2"]);
    let stages: Vec<String> = document.stages().into_iter().map(|stage| stage.value).collect();
    assert_eq!(stages, ["local", "z", "a"]);
    assert_eq!(refused_by_schema(text), None);
    assert!(refused_by_schema("[stages.a]\n").is_some());
}

/// Who embeds the compiler has to hand over what is extended.
#[test]
fn a_base_that_nobody_read_is_missing() {
    assert_snapshot!(told_of("extends = \"../base\"\n[stages.local]\n", "local"), @"missing-file 1:11 there is no file `../base` |  |");
    assert_snapshot!(told_of("extends = [1]\n[stages.local]\n", "x"), @r#"wrong-type 1:11 expected a string, found an array |  | write the path of a stack file: `extends = "../base/stack.toml"`"#);
}
