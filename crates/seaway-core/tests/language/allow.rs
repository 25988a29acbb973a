//! Problems that a stack knows of and accepts.

use insta::assert_snapshot;

use crate::support::{refused_by_schema, told, told_of};

/// Two components whose images move, in production.
const MOVING: &str = "name = \"shop\"\nprofile = \"production\"\napp.image = \"ghcr.io/acme/shop:1\"\napp.module = \"shop\"\napp.hosts = [\"a.example.com\"]\n[components]\na.type = \"job\"\na.command = [\"a\"]\na.image = \"a\"\nb.type = \"job\"\nb.command = [\"b\"]\nb.image = \"b\"\n";

#[test]
fn an_allowed_problem_is_told_with_its_reason_and_stops_nothing() {
    assert_snapshot!(told(MOVING), @"
    unpinned-image 9:11 `a` names no release | what runs would depend on when it was pulled | write a tag that stays, or a digest
    unpinned-image 12:11 `b` names no release | what runs would depend on when it was pulled | write a tag that stays, or a digest
    ");
    let found = told(&format!("allow.unpinned-image = \"a demo\"\n{MOVING}"));
    assert_snapshot!(found, @"
    unpinned-image 10:11 `a` names no release | what runs would depend on when it was pulled (allowed: a demo) | write a tag that stays, or a digest
    unpinned-image 13:11 `b` names no release | what runs would depend on when it was pulled (allowed: a demo) | write a tag that stays, or a digest
    ");
}

#[test]
fn a_component_allows_its_own_problems_only() {
    let found = told(&format!("{MOVING}a.allow.unpinned-image = \"a demo\"\n"));
    assert_snapshot!(found, @"
    unpinned-image 9:11 `a` names no release | what runs would depend on when it was pulled (allowed: a demo) | write a tag that stays, or a digest
    unpinned-image 12:11 `b` names no release | what runs would depend on when it was pulled | write a tag that stays, or a digest
    ");
    // Wherever the option that is at fault was written.
    let found = told_of(
        &format!(
            "{MOVING}[stages.x]\ncomponents.a = {{ image = \"c:latest\", allow = {{ unpinned-image = \"a demo\" }} }}\n"
        ),
        "x",
    );
    assert_snapshot!(found, @"
    unpinned-image 12:11 `b` names no release | what runs would depend on when it was pulled | write a tag that stays, or a digest
    unpinned-image 14:26 `c:latest` names no release | what runs would depend on when it was pulled (allowed: a demo) | write a tag that stays, or a digest
    ");
}

#[test]
fn what_can_be_allowed_is_a_judgement_and_has_a_reason() {
    let allow = |what: &str| told(&format!("{what}\n{MOVING}"));
    assert_snapshot!(allow("allow.unpined-image = \"x\""), @"
    invalid-value 1:7 there is no code `unpined-image` |  | did you mean `unpinned-image`?
    unpinned-image 10:11 `a` names no release | what runs would depend on when it was pulled | write a tag that stays, or a digest
    unpinned-image 13:11 `b` names no release | what runs would depend on when it was pulled | write a tag that stays, or a digest
    ");
    assert_snapshot!(allow("allow.secret-literal = \"x\""), @r#"
    invalid-value 1:7 `secret-literal` is allowed for one name at a time |  | name the variable or key: `allow.secret-literal.NAME = "…"`
    unpinned-image 10:11 `a` names no release | what runs would depend on when it was pulled | write a tag that stays, or a digest
    unpinned-image 13:11 `b` names no release | what runs would depend on when it was pulled | write a tag that stays, or a digest
    "#);
    assert_snapshot!(allow("allow.unpinned-image = \" \""), @"
    invalid-value 1:24 no reason is given |  | say why it is fine here: it is shown in every review
    unpinned-image 10:11 `a` names no release | what runs would depend on when it was pulled | write a tag that stays, or a digest
    unpinned-image 13:11 `b` names no release | what runs would depend on when it was pulled | write a tag that stays, or a digest
    ");
    assert_snapshot!(allow("allow = [\"unpinned-image\"]"), @"
    wrong-type 1:9 expected a table, found an array |  | 
    unpinned-image 10:11 `a` names no release | what runs would depend on when it was pulled | write a tag that stays, or a digest
    unpinned-image 13:11 `b` names no release | what runs would depend on when it was pulled | write a tag that stays, or a digest
    ");
    assert_snapshot!(told(&format!("{MOVING}a.allow.unpinned-image = true\n")), @r#"
    unpinned-image 9:11 `a` names no release | what runs would depend on when it was pulled | write a tag that stays, or a digest
    unpinned-image 12:11 `b` names no release | what runs would depend on when it was pulled | write a tag that stays, or a digest
    wrong-type 13:26 expected a string or a table, found a boolean |  | write it in quotes: `"true"`
    "#);
}

#[test]
fn a_stage_takes_an_allowance_back() {
    let text = format!(
        "allow.unpinned-image = \"a demo\"\n{MOVING}[stages.x]\nallow.unpinned-image = false\n"
    );
    assert_eq!(refused_by_schema(&text), None);
    assert_snapshot!(told_of(&text, "x"), @"
    unpinned-image 10:11 `a` names no release | what runs would depend on when it was pulled | write a tag that stays, or a digest
    unpinned-image 13:11 `b` names no release | what runs would depend on when it was pulled | write a tag that stays, or a digest
    ");
}

/// Each judgement can be narrowed: to what its message is about, or to a component.
#[test]
fn a_name_narrows_what_is_allowed() {
    let found = told(&format!("allow.unpinned-image.a = \"a demo\"\n{MOVING}"));
    let lines: Vec<&str> = found.lines().collect();
    assert!(lines[0].contains("(allowed: a demo)") && !lines[1].contains("(allowed"), "{found}");
    let variable =
        "components.web = { type = \"web\", env = { A = \"$(FROM_IMAGE)\", B = \"$(OTHER)\" } }\n";
    let head = "name = \"shop\"\napp.image = \"ghcr.io/acme/shop:1\"\napp.module = \"shop\"\n";
    let found =
        told(&format!("{head}allow.undefined-variable.FROM_IMAGE = \"of the image\"\n{variable}"));
    let of = |name: &str| found.lines().find(|line| line.contains(name)).unwrap_or_default();
    assert!(of("`$(FROM_IMAGE)`").contains("(allowed: of the image)"), "{found}");
    assert!(!of("`$(OTHER)`").contains("(allowed"), "{found}");
    // A component does not stand for the secrets in it.
    let secret = "components.web = { type = \"web\", env.API_TOKEN = \"hunter2\" }\n";
    let found = told(&format!("{head}allow.secret-literal.web = \"all of it\"\n{secret}"));
    assert!(!found.contains("(allowed"), "{found}");
}
