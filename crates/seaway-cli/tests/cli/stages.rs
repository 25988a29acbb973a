//! `seaway stages`.

use crate::sandbox::{FAULTY, Run, SHOP, Sandbox};

#[test]
fn stages_are_listed_in_the_order_of_the_file() {
    let stack = format!("{SHOP}[stages.a]\nextends = \"postgres\"\nprofile = \"production\"\n");
    let sandbox = Sandbox::new(
        &stack.replace("[stages.local]\n", "[stages.local]\ncomponents.web = false\n"),
    );
    let Run { code, out, err } = sandbox.run(&["stages", "shop"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    insta::assert_snapshot!(out, @"
    local     development  0 components
    postgres  development  2 components   extends local
    a         production   2 components   extends postgres, local
    ");
    let json = sandbox.run(&["stages", "shop", "--format", "json"]).out;
    insta::assert_snapshot!(json, @r#"
    [
      {
        "name": "local",
        "profile": "development",
        "components": 0,
        "chain": [
          "local"
        ]
      },
      {
        "name": "postgres",
        "profile": "development",
        "components": 2,
        "chain": [
          "local",
          "postgres"
        ]
      },
      {
        "name": "a",
        "profile": "production",
        "components": 2,
        "chain": [
          "local",
          "postgres",
          "a"
        ]
      }
    ]
    "#);
}

#[test]
fn a_stack_without_stages_has_an_empty_list() {
    let sandbox = Sandbox::new("name = \"shop\"\n");
    assert_eq!(
        sandbox.run(&["stages", "shop"]),
        Run { code: Some(0), out: String::new(), err: String::new() }
    );
    assert_eq!(sandbox.run(&["stages", "shop", "--format", "json"]).out, "[]\n");
}

#[test]
fn a_faulty_stage_leaves_standard_output_empty() {
    let Run { code, out, err } = Sandbox::new(FAULTY).run(&["stages", "shop"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    let end = "\n\nerror: could not list the stages: 2 errors\nfor more about an error: seaway explain unknown-field\n";
    assert!(err.ends_with(end), "{err}");
}

#[test]
fn what_a_stage_allows_does_not_keep_the_list_back() {
    let stack = format!(
        "{SHOP}[stages.live]\nprofile = \"production\"\ncomponents.cache = {{ type = \"redis\", auth = false, allow.no-password = \"the settings know none\" }}\n"
    );
    let sandbox = Sandbox::new(&stack);
    let Run { code, out, err } = sandbox.run(&["stages", "shop"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert_eq!(out.lines().last(), Some("live      production   2 components"));
    let Run { code, out, err } = sandbox.run(&["secrets", "shop", "--stage", "live"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.starts_with("# "), "{out}");
}
