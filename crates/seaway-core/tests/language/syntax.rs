//! Syntax errors.

use insta::assert_snapshot;

use crate::support::told;

#[test]
fn every_line_with_an_error_is_told_once_and_the_rest_is_still_read() {
    let found = told(
        r#"
name = 
kubernetes = "1.33
[app
image = "a/b:1"
x = = 3
[components.web]
type = "wep"
replica = 3
[stages.local]
"#,
    );
    assert_snapshot!(found, @r#"
    syntax 1:8 string values must be quoted, expected literal string |  | 
    syntax 2:19 invalid basic string, expected `"` |  | 
    syntax 3:5 unclosed table, expected `]` |  | 
    syntax 5:5 extra `=`, expected nothing |  | 
    unknown-type 7:8 unknown type `wep` |  | did you mean `web`?
    "#);
}

#[test]
fn what_a_syntax_error_swallowed_is_not_told_to_be_missing() {
    let found = told("name = \"shop\"\n[components.web\ntype = \"web\"\n[stages.local]\n");
    assert_snapshot!(found, @r"syntax 2:16 unclosed table, expected `]` |  |");
}

#[test]
fn duplicate_keys_and_huge_numbers() {
    let found =
        told("name = \"shop\"\nname = \"shop\"\n[app]\nrun-as-user = 99999999999999999999\n");
    assert_snapshot!(found, @r"
    syntax 2:1 duplicate key |  | 
    invalid-value 4:15 `99999999999999999999` does not fit into 64 bits |  |
    ");
}

#[test]
fn a_byte_order_mark_and_carriage_returns_are_no_errors() {
    let found =
        told("\u{feff}name = \"shop\"\r\n[app]\r\nimage = \"a/b:1\"\r\n\r\n[stages.local]\r\n");
    assert_eq!(found, "");
}

#[test]
fn numbers_in_every_notation() {
    let stack = crate::support::stack(
        "name = \"shop\"\n[app]\nimage = \"a/b:1\"\nframework = \"none\"\n[app.env]\nA = 0xFF\nB = 1_000\nC = 0o17\nD = +5\n[components.p]\ntype = \"process\"\ncommand = [\"p\"]\n",
    );
    assert_snapshot!(crate::support::variables(&stack, "p"), @r"
    A=255
    B=1000
    C=15
    D=5
    HOME=/tmp
    ");
}

/// A newer version may know what this one does not, so nothing else is said.
#[test]
fn a_stack_that_asks_for_another_version_has_one_error() {
    let text = |seaway: &str| {
        format!(
            "name = \"shop\"\nseaway = {seaway}\nkubernetez = 3\n[[objects]]\nkind = 3\n[stages.local]\n"
        )
    };
    assert_snapshot!(told(&text("\">=1000\"")), @"seaway-version 2:10 this is Seaway 0.1.0, and the stack asks for `>=1000` | asked for here | install a version that matches: check it out in the repository of Seaway, and run `cargo install --path crates/seaway-cli`");
    assert_snapshot!(told(&text("\"newest\"")), @r#"invalid-value 2:10 `newest` does not say which versions: unexpected character 'n' while parsing major version number | the versions of Seaway | write for example `seaway = ">=0.1.0"`"#);
    assert_snapshot!(told(&text("0.1")), @r#"wrong-type 2:10 expected a string, found a float | the versions of Seaway | write for example `seaway = ">=0.1.0"`"#);
    assert_snapshot!(told(&text("\">=0.1\"")), @"unknown-field 3:1 unknown key `kubernetez` | not known here | did you mean `kubernetes`?");
}
