//! `--message-format sarif`: one document of the standard.

use serde_json::Value;

use crate::sandbox::{FAULTY, SHOP, Sandbox};

/// Runs with SARIF; its one document, which is valid.
fn sarif(sandbox: &Sandbox, args: &[&str]) -> Value {
    let run = sandbox.run(&[args, &["--message-format", "sarif"]].concat());
    assert_eq!(run.err.matches('\n').count(), 1, "{}", run.err);
    let document: Value = serde_json::from_str(&run.err).expect("JSON");
    // The pattern of a property that is not written has a bracket too many, which stricter readers refuse.
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/ci/sarif-schema.json");
    let schema = std::fs::read_to_string(path)
        .unwrap_or_else(|fault| panic!("{path}: {fault}; `.ci/setup` takes it from its package"))
        .replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}?$");
    let schema = serde_json::from_str(&schema).expect("a schema");
    let validator = jsonschema::draft7::new(&schema).expect("a schema");
    let faults: Vec<_> = validator.iter_errors(&document).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{faults:#?}\n{document:#}");
    document
}

#[test]
fn errors_have_rules_places_and_stages() {
    let document = sarif(&Sandbox::new(FAULTY), &["check", "shop"]);
    let run = &document["runs"][0];
    insta::assert_snapshot!(format!("{:#}", run["results"][0]), @r#"
    {
      "level": "error",
      "locations": [
        {
          "physicalLocation": {
            "artifactLocation": {
              "uri": "shop/stack.toml"
            },
            "region": {
              "endColumn": 28,
              "endLine": 10,
              "startColumn": 20,
              "startLine": 10
            }
          }
        }
      ],
      "message": {
        "text": "unknown key `replicaz`\nnot known here\nnote: in stage `faulty`\nhelp: did you mean `replicas`?"
      },
      "properties": {
        "stages": [
          "faulty"
        ]
      },
      "ruleId": "unknown-field",
      "ruleIndex": 1
    }
    "#);
    insta::assert_snapshot!(format!("{:#}", run["tool"]["driver"]["rules"]), @r#"
    [
      {
        "defaultConfiguration": {
          "level": "error"
        },
        "id": "unknown-component",
        "shortDescription": {
          "text": "a component that the stage does not have"
        }
      },
      {
        "defaultConfiguration": {
          "level": "error"
        },
        "id": "unknown-field",
        "shortDescription": {
          "text": "a key that the language does not have"
        }
      }
    ]
    "#);
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    assert_eq!(run["tool"]["driver"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(run["results"][1]["ruleIndex"], 0);
}

#[test]
fn a_document_is_written_even_if_nothing_is_wrong() {
    let sandbox = Sandbox::new(SHOP);
    for args in [
        &["check", "shop"][..],
        &["render", "shop", "-s", "local"],
        &["render", "shop", "-s", "local", "--out", "out"],
        &["stages", "shop"],
    ] {
        let document = sarif(&sandbox, args);
        assert_eq!(document["runs"][0]["results"], Value::Array(Vec::new()), "{args:?}");
    }
}

#[test]
fn problems_without_a_place_are_results_too() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.write("mine/file", "");
    for (args, code) in [
        (&["check", "shap"][..], "missing-file"),
        (&["render", "shop"], "usage"),
        (&["render", "shop", "-s", "local", "--out", "mine"], "output"),
        (&["render", "shop", "-s", "local", "--against", "nothing"], "against"),
    ] {
        let document = sarif(&sandbox, args);
        assert_eq!(document["runs"][0]["results"][0]["ruleId"], code);
        assert_eq!(document["runs"][0]["results"][0].get("locations"), None);
    }
}

#[test]
fn paths_and_texts_of_any_characters_are_valid() {
    let sandbox = Sandbox::new(SHOP);
    sandbox
        .write("a b%é/stack.toml", SHOP.replace("name = \"shop\"", "\"😀\" = 1\nname = \"shop\""));
    let document = sarif(&sandbox, &["check", "a b%é"]);
    let place = &document["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "a%20b%25%C3%A9/stack.toml");
    assert_eq!(
        (&place["region"]["startColumn"], &place["region"]["endColumn"]),
        (&1.into(), &5.into())
    );
}

/// `secrets` prints its script, and the document beside it says that nothing is wrong, or what.
#[test]
fn secrets_write_their_document() {
    let sandbox = Sandbox::new(&format!(
        "{SHOP}secrets.django = {{ keys = [\"secret-key\"], source.type = \"existing\" }}\n"
    ));
    let document = sarif(&sandbox, &["secrets", "shop", "--stage", "local"]);
    assert_eq!(document["runs"][0]["results"], Value::Array(Vec::new()));
    for (args, code) in [
        (&["secrets", "shop"][..], "usage"),
        (&["secrets", "shop", "--stage", "local", "--only", "mail"], "usage"),
    ] {
        let document = sarif(&sandbox, args);
        assert_eq!(document["runs"][0]["results"][0]["ruleId"], code, "{document}");
    }
    let faulty = Sandbox::new(&FAULTY.replace("\"web\"\n", "\"wep\"\n"));
    let document = sarif(&faulty, &["secrets", "shop", "--stage", "faulty"]);
    assert_eq!(document["runs"][0]["results"][0]["level"], "error");
}
