//! The chain of stages.

use insta::assert_snapshot;
use seaway_core::{Sink, Source, parse};

use crate::support::{APP, stack_of, told_of, variable};

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
    let names: Vec<&str> = chain.chain.iter().map(|(name, _)| name.value.as_str()).collect();
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
    unknown-field 5:15 unknown key `stages` | not known here | known are `allow`, `app`, `cluster`, `components`, `config`, `kubernetes`, `name`, `namespace`, `objects`, `patches`, `profile`, `quota`, `require-digest`, `secret-source`, `secrets`, `types` and `volumes`
    ");
}
