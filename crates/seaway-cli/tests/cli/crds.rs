//! Definitions of custom resources beside the stack.

use crate::sandbox::{Run, SHOP, Sandbox};

const WIDGET: &str = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  scope: Cluster
  names: { kind: Widget, plural: widgets }
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              x-kubernetes-validations: [{ rule: 'self.size > 0' }]
              properties: { size: { type: integer } }
";

/// A stack that names definitions and has an object of the kind.
fn naming(crds: &str, spec: &str) -> Sandbox {
    Sandbox::new(&format!(
        "{SHOP}[cluster]\ncrds = [{crds}]\n[[objects]]\napiVersion = \"example.com/v1\"\nkind = \"Widget\"\nmetadata.name = \"w\"\n{spec}\n"
    ))
}

fn error(sandbox: &Sandbox) -> String {
    let Run { code, out, err } = sandbox.run(&["render", "shop", "--stage", "local"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    err
}

#[test]
fn an_own_object_is_held_against_a_folder_of_definitions() {
    let sandbox = naming("\"crds/\"", "spec.sise = 3");
    sandbox.write("shop/crds/widget.yaml", WIDGET);
    sandbox.write("shop/crds/README.md", "no definition");
    sandbox.write("shop/crds/.hidden.yaml", "no definition");
    insta::assert_snapshot!(error(&sandbox), @"
    note[unchecked-rules]: one rule in CEL of `Widget` is not checked (shop/stack.toml:14)
     |
     = help: the API server checks them: `kubectl apply --dry-run=server`

    error[unknown-field]: unknown key `sise`
      --> shop/stack.toml:19:13
       |
    19 | spec.sise = 3
       |             ^
       |
       = note: in Widget/w at `spec.sise`
       = note: Widget is defined in `crds/widget.yaml`
       = help: did you mean `size`?

    error: could not render stage `local`: 1 error
    for more about an error: seaway explain unknown-field
    ");
}

#[test]
fn an_object_that_fits_is_rendered_into_no_namespace() {
    let sandbox = naming("\"crds/widget.json\"", "spec.size = 3");
    let yaml: serde_json::Value = serde_yaml::from_str(WIDGET).expect("YAML");
    sandbox.write("shop/crds/widget.json", yaml.to_string());
    let Run { code, out, err } = sandbox.run(&["render", "shop", "--stage", "local"]);
    assert_eq!(code, Some(0));
    let widget = out.split("---\n").find(|object| object.contains("kind: Widget"));
    assert!(!widget.expect("the object").contains("namespace:"), "{out}");
    insta::assert_snapshot!(err, @"
    note[unchecked-rules]: one rule in CEL of `Widget` is not checked (shop/stack.toml:14)
     |
     = help: the API server checks them: `kubectl apply --dry-run=server`
    ");
}

#[test]
fn what_can_not_be_read_is_told_where_it_is_named() {
    let of = |crds: &str, files: &[(&str, &str)]| {
        let sandbox = naming(crds, "spec.size = 3");
        for (path, text) in files {
            sandbox.write(path, text);
        }
        error(&sandbox)
    };
    insta::assert_snapshot!(of("\"crds/\"", &[]), @r#"
    error[missing-file]: there is no file `crds/`
      --> shop/stack.toml:14:9
       |
    14 | crds = ["crds/"]
       |         ^^^^^^^ looked for `shop/crds/`

    error: could not render stage `local`: 1 error
    for more about an error: seaway explain missing-file
    "#);
    insta::assert_snapshot!(of("\"crds\"", &[("shop/crds/README.md", "")]), @r#"
    error[missing-file]: the folder `crds` holds no YAML or JSON file
      --> shop/stack.toml:14:9
       |
    14 | crds = ["crds"]
       |         ^^^^^^
       |
       = help: name the folder that the files lie in itself

    error: could not render stage `local`: 1 error
    for more about an error: seaway explain missing-file
    "#);
    insta::assert_snapshot!(of("\"../widget.yaml\"", &[("widget.yaml", WIDGET)]), @r#"
    error[missing-file]: `../widget.yaml` is outside of the folder of the stack
      --> shop/stack.toml:14:9
       |
    14 | crds = ["../widget.yaml"]
       |         ^^^^^^^^^^^^^^^^
       |
       = help: copy the file into the folder of the stack file

    error: could not render stage `local`: 1 error
    for more about an error: seaway explain missing-file
    "#);
    insta::assert_snapshot!(of("\"crds/\"", &[("shop/crds/a.yaml", "a: [\n")]), @r#"
    error[invalid-object]: `crds/a.yaml` is not YAML
      --> shop/stack.toml:14:9
       |
    14 | crds = ["crds/"]
       |         ^^^^^^^
       |
       = note: did not find expected node content at line 2 column 1, while parsing a flow node

    error: could not render stage `local`: 1 error
    for more about an error: seaway explain invalid-object
    "#);
}
