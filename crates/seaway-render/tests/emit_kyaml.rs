//! KYAML is compared with the examples of KEP-5295, since `kubectl` prints it from 1.34 on only.

use seaway_render::emit::{Format, Verbatim, document};
use serde_json::{Value, json};

fn kyaml(value: Value) -> String {
    let mut out = String::new();
    assert_eq!(document(&Verbatim(value), Format::Kyaml, &mut out), Ok(()));
    out
}

#[test]
fn a_service_is_that_of_the_proposal() {
    let service = json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": { "labels": { "app": "hostnames" }, "name": "hostnames" },
        "spec": {
            "clusterIPs": ["10.0.162.160"],
            "ports": [{ "port": 80, "protocol": "TCP", "targetPort": 9376 }],
        },
        "status": { "loadBalancer": {} },
    });
    let expected = r#"---
{
  apiVersion: "v1",
  kind: "Service",
  metadata: {
    labels: {
      app: "hostnames",
    },
    name: "hostnames",
  },
  spec: {
    clusterIPs: [
      "10.0.162.160",
    ],
    ports: [{
      port: 80,
      protocol: "TCP",
      targetPort: 9376,
    }],
  },
  status: {
    loadBalancer: {},
  },
}
"#;
    assert_eq!(kyaml(service), expected);
}

#[test]
fn lists_of_maps_and_of_lists_are_cuddled() {
    let expected = r#"---
{
  lists: [[
    1,
    2,
  ], [], [{}]],
  maps: [{
    "f": 1,
  }, {
    "f": 2,
  }],
  mixed: [
    "a",
    {
      "f": 1,
    },
    [],
  ],
}
"#;
    let value = json!({
        "lists": [[1, 2], [], [{}]],
        "maps": [{ "f": 1 }, { "f": 2 }],
        "mixed": ["a", { "f": 1 }, []],
    });
    assert_eq!(kyaml(value), expected);
}

#[test]
fn text_is_folded_after_each_line() {
    let expected = r#"---
{
  blank: "\
     a\n\
     \n\
     \tb \
    ",
  example_1: "\
     This\n\
     is a\n\
     multi-line string\
    ",
  example_2: "\
     this:\n\
    \  is:\n\
    \  - embedded\n\
    ",
  items: [
    "\
       a\n\
      \ \"b\"\n\
      ",
  ],
}
"#;
    let value = json!({
        "blank": "a\n\n\tb ",
        "example_1": "This\nis a\nmulti-line string",
        "example_2": "this:\n  is:\n  - embedded\n",
        "items": ["a\n \"b\"\n"],
    });
    assert_eq!(kyaml(value), expected);
}

#[test]
fn only_keys_that_are_plainly_strings_are_bare() {
    let bare = ["app", "pod-template-hash", "kubernetes.io/limit-ranger", "a_b", "_a", "A1"];
    let quoted = [
        "", "_", "é", "no", "NO", "y", "t", "F", "null", "1", "1e3", "0x1", "11:00", "-a", "a-",
        ".a", "a b", "_42", "a:b",
    ];
    for key in bare {
        assert_eq!(kyaml(json!({ key: 1 })), format!("---\n{{\n  {key}: 1,\n}}\n"));
    }
    for key in quoted {
        assert_eq!(kyaml(json!({ key: 1 })), format!("---\n{{\n  \"{key}\": 1,\n}}\n"));
    }
}
