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

#[test]
fn a_bracket_that_is_not_closed_is_one_error() {
    let array = "name = \"shop\"\napp.hosts = [\"a\", # not closed ]\n  [\"b\"],\napp.bind = false\n[components.web]\ntype = 3\n";
    assert_snapshot!(told(array), @r"syntax 2:13 this `[` is not closed | ; 4:1 begins something else | write `]` behind its last item");
    let braces =
        "name = \"shop\"\nenv = { A = \"[\",\n B = '{'\n\n[components.web]\ntype = \"web\"\n";
    assert_snapshot!(told(braces), @r"syntax 2:7 this `{` is not closed | ; 5:1 begins something else | write `}` behind its last item");
    // The text that a test goes on with has a header.
    let at_end = "name = \"shop\"\napp.hosts = [\"a\",\n  \"b\"\n";
    assert_snapshot!(told(at_end), @r"syntax 2:13 this `[` is not closed | ; 5:1 begins something else | write `]` behind its last item");
    // What stands before it is still looked at.
    let before = "name = \"shop\"\n[stages.local]\napp.imagee = \"a:1\"\napp.hosts = [\n";
    assert_snapshot!(told(before), @r"
    unknown-field 3:5 unknown key `imagee` | not known here | did you mean `image`?
    syntax 4:13 this `[` is not closed |  | write `]` behind its last item
    ");
}

#[test]
fn a_text_in_another_language_is_one_error() {
    let yaml = "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: a\n    image: a:1\n";
    assert_snapshot!(told(yaml), @r"syntax 1:4 this is YAML, and a stack is TOML |  | write `key = value`, and `[table]` in place of `table:`");
    let json = "{\n  \"name\": \"shop\",\n  \"app\": { \"image\": \"a:1\" }\n}\n";
    assert_snapshot!(told(json), @r#"syntax 1:1 this is JSON, and a stack is TOML |  | write `key = value`, and `[table]` in place of `"table": { … }`"#);
    assert_snapshot!(told("[\n  { \"name\": \"shop\" }\n]\n"), @r#"syntax 2:3 this is JSON, and a stack is TOML |  | write `key = value`, and `[table]` in place of `"table": { … }`"#);
    let log = "GET / 200\nGET /b 500\nGET /c 200\nGET /d 200\n";
    assert_snapshot!(told(log), @r"syntax 1:5 this is not TOML |  | name the file of a stack: lines of the form `key = value`");
    // Three lines with a mistake in a stack are three mistakes.
    let stack = "name: shop\nkubernetes = \"1.33\"\n[app]\nimage: a\nmodule: b\n[components.web]\ntype = \"web\"\n[stages.local]\n";
    assert_eq!(told(stack).lines().count(), 3);
}

#[test]
fn a_value_that_the_parser_made_up_has_no_type() {
    let found = told("name = \"shop\"\ncomponents.cache == { type = \"redis\" }\n[stages.local]\n");
    assert_snapshot!(found, @"syntax 2:19 extra `=`, expected nothing |  |");
}
