//! `cluster.crds`: objects against the definitions of their kinds.

use insta::assert_snapshot;
use seaway_core::{Code, CrdFile, Diagnostic, Source};
use seaway_render::Bundle;

use crate::common::{compile, told};
use crate::support::{BASE, find, json};

/// A kind in a namespace, with a bit of everything that a structural schema can have.
const WIDGET: &str = r#"
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { kind: Widget, plural: widgets }
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          required: [spec]
          properties:
            apiVersion: { type: string }
            kind: { type: string }
            metadata: { type: object }
            spec:
              type: object
              required: [size]
              x-kubernetes-validations: [{ rule: "self.size > 0" }]
              properties:
                size: { type: integer, format: int32, minimum: 1, maximum: 9 }
                color: { type: string, enum: [red, green] }
                host: { type: string, pattern: "^[a-z.]+$", maxLength: 20 }
                range: { type: string, format: cidr }
                every: { type: string, format: duration }
                port: { x-kubernetes-int-or-string: true, anyOf: [{ type: integer }, { type: string }] }
                note: { type: string, nullable: true }
                labels: { type: object, additionalProperties: { type: string } }
                free: { type: object, x-kubernetes-preserve-unknown-fields: true, properties: { known: { type: integer } } }
                template: { type: object, x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: true }
                parts:
                  type: array
                  maxItems: 2
                  items:
                    type: object
                    required: [name]
                    properties: { name: { type: string }, count: { type: integer } }
                source:
                  type: object
                  oneOf: [{ required: [file] }, { required: [url] }]
                  properties: { file: { type: string }, url: { type: string } }
            status: { type: object }
    - name: v1beta1
      served: true
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
    - name: v1alpha1
      served: false
      schema: { openAPIV3Schema: { type: object } }
"#;

/// The definition of a kind without a namespace.
fn cluster_wide() -> String {
    WIDGET.replace("Namespaced", "Cluster").replace("Widget", "Fleet").replace("widgets", "fleets")
}

/// A stage with definitions: the files of `crds/`, and what else the stack says, from line 6 on.
fn with(files: &[&str], more: &str) -> (Source, Option<Bundle>, Vec<Diagnostic>) {
    let text = format!("{BASE}cluster.crds = [\"crds/\"]\n{more}");
    let mut source = Source::new("stack.toml", text.clone());
    let document = seaway_core::parse(&source, &mut seaway_core::Sink::default());
    let named = document.crds();
    let files = files
        .iter()
        .enumerate()
        .map(|(at, text)| CrdFile { path: format!("crds/{at}.yaml"), text: (*text).into() });
    source.add_crds(&named[0], files.collect());
    let (bundle, diagnostics) = compile(&source, "x");
    (source, bundle, diagnostics)
}

/// What a stage with the definition of a Widget is told.
fn case(more: &str) -> String {
    told_of(&[WIDGET], more)
}

fn told_of(files: &[&str], more: &str) -> String {
    let (source, _, diagnostics) = with(files, more);
    told(&source, &diagnostics)
}

/// An own object; its keys begin in line 10.
fn widget(spec: &str) -> String {
    format!(
        "[[objects]]\napiVersion = \"example.com/v1\"\nkind = \"Widget\"\nmetadata.name = \"w\"\n{spec}"
    )
}

#[test]
fn an_object_that_fits_is_printed_and_rules_in_cel_are_named() {
    let more = widget(
        "[objects.spec]\nsize = 3\ncolor = \"red\"\nhost = \"a.example\"\nrange = \"10.0.0.0/8\"\nevery = \"1h30m\"\nport = \"http\"\nnote = \"n\"\nlabels = { a = \"b\" }\nfree = { known = 1, other = [true] }\n\
         template = { apiVersion = \"v1\", kind = \"Pod\", metadata = {}, spec = {} }\nparts = [{ name = \"p\", count = 1 }]\nsource = { file = \"f\" }\n",
    );
    assert_snapshot!(case(&more), @"unchecked-rules 5:17 one rule in CEL of `Widget` is not checked |  | the API server checks them: `kubectl apply --dry-run=server`");
    let (_, bundle, _) = with(&[WIDGET], &more);
    let bundle = bundle.expect("a note is no error");
    assert_eq!(json(find(&bundle, "Widget", "w"))["metadata"]["namespace"], "s");
}

#[test]
fn each_fault_has_its_line() {
    let spec = |spec: &str| case(&widget(&format!("[objects.spec]\n{spec}")));
    assert_snapshot!(spec("size = \"3\"\n"), @r#"
    unchecked-rules 5:17 one rule in CEL of `Widget` is not checked |  | the API server checks them: `kubectl apply --dry-run=server`
    wrong-type 11:8 expected an integer, found a string |  |
    "#);
    assert_snapshot!(spec("size = 10\n"), @r#"
    unchecked-rules 5:17 one rule in CEL of `Widget` is not checked |  | the API server checks them: `kubectl apply --dry-run=server`
    out-of-range 11:8 `10` is more than 9 |  |
    "#);
    assert_snapshot!(spec("size = 3\ncolor = \"gren\"\n"), @r#"
    unchecked-rules 5:17 one rule in CEL of `Widget` is not checked |  | the API server checks them: `kubectl apply --dry-run=server`
    unknown-value 12:9 unknown value `gren` |  | did you mean `green`?
    "#);
    assert_snapshot!(spec("size = 3\ncolour = \"green\"\n"), @r#"
    unchecked-rules 5:17 one rule in CEL of `Widget` is not checked |  | the API server checks them: `kubectl apply --dry-run=server`
    unknown-field 12:10 unknown key `colour` |  | did you mean `color`?
    "#);
    assert_snapshot!(spec("size = 3\nhost = \"A\"\n"), @r#"
    unchecked-rules 5:17 one rule in CEL of `Widget` is not checked |  | the API server checks them: `kubectl apply --dry-run=server`
    invalid-value 12:8 `A` does not match `^[a-z.]+$` |  |
    "#);
    assert_snapshot!(spec("size = 3\nhost = \"abcdefghijklmnopqrstuvwxyz\"\n"), @r#"
    unchecked-rules 5:17 one rule in CEL of `Widget` is not checked |  | the API server checks them: `kubectl apply --dry-run=server`
    out-of-range 12:8 more than 20 characters |  |
    "#);
    assert_snapshot!(spec("size = 3\nrange = \"10.0.0.0\"\n"), @r#"
    unchecked-rules 5:17 one rule in CEL of `Widget` is not checked |  | the API server checks them: `kubectl apply --dry-run=server`
    invalid-value 12:9 `10.0.0.0` is no `cidr` |  |
    "#);
    assert_snapshot!(spec("size = 3\nevery = \"PT1H\"\n"), @r#"
    unchecked-rules 5:17 one rule in CEL of `Widget` is not checked |  | the API server checks them: `kubectl apply --dry-run=server`
    invalid-value 12:9 `PT1H` is no `duration` |  |
    "#);
    assert_snapshot!(spec("size = 3\nport = true\n"), @r#"
    unchecked-rules 5:17 one rule in CEL of `Widget` is not checked |  | the API server checks them: `kubectl apply --dry-run=server`
    wrong-type 12:8 expected an integer or a string, found a boolean |  |
    "#);
    assert_snapshot!(spec("size = 3\nlabels = { a = 1 }\n"), @r#"
    unchecked-rules 5:17 one rule in CEL of `Widget` is not checked |  | the API server checks them: `kubectl apply --dry-run=server`
    wrong-type 12:16 expected a string, found an integer |  |
    "#);
    assert_snapshot!(spec("size = 3\nfree = { known = \"1\" }\n"), @r#"
    unchecked-rules 5:17 one rule in CEL of `Widget` is not checked |  | the API server checks them: `kubectl apply --dry-run=server`
    wrong-type 12:18 expected an integer, found a string |  |
    "#);
    assert_snapshot!(spec("size = 3\nparts = [{ name = \"p\", counts = 1 }, { count = 2 }]\n"), @r#"
    unchecked-rules 5:17 one rule in CEL of `Widget` is not checked |  | the API server checks them: `kubectl apply --dry-run=server`
    unknown-field 12:33 unknown key `counts` |  | did you mean `count`?
    incomplete-object 12:38 an item of `parts` needs `name` |  | write `name = …`
    "#);
    assert_snapshot!(spec("size = 3\nparts = [{ name = \"a\" }, { name = \"b\" }, { name = \"c\" }]\n"), @r#"
    unchecked-rules 5:17 one rule in CEL of `Widget` is not checked |  | the API server checks them: `kubectl apply --dry-run=server`
    out-of-range 12:9 more than 2 items |  |
    "#);
    assert_snapshot!(spec("size = 3\nsource = {}\n"), @r#"
    unchecked-rules 5:17 one rule in CEL of `Widget` is not checked |  | the API server checks them: `kubectl apply --dry-run=server`
    incomplete-object 12:10 `source` needs `file` or `url` |  |
    "#);
    assert_snapshot!(spec("size = 3\nsource = { file = \"f\", url = \"u\" }\n"), @r#"
    unchecked-rules 5:17 one rule in CEL of `Widget` is not checked |  | the API server checks them: `kubectl apply --dry-run=server`
    exclusive-fields 12:10 `source` has keys that exclude each other |  |
    "#);
    assert_snapshot!(spec("color = \"red\"\n"), @r#"
    unchecked-rules 5:17 one rule in CEL of `Widget` is not checked |  | the API server checks them: `kubectl apply --dry-run=server`
    incomplete-object 10:1 `spec` needs `size` |  | write `size = …`
    "#);
    assert_snapshot!(case(&widget("")), @r#"
    unchecked-rules 5:17 one rule in CEL of `Widget` is not checked |  | the API server checks them: `kubectl apply --dry-run=server`
    incomplete-object 9:1 the object needs `spec` |  | write `spec = …`
    "#);
    assert_snapshot!(case(&widget("spec = 3\n")), @r#"
    unchecked-rules 5:17 one rule in CEL of `Widget` is not checked |  | the API server checks them: `kubectl apply --dry-run=server`
    wrong-type 10:8 expected a table, found an integer |  |
    "#);
}

#[test]
fn a_patch_is_held_against_the_definition() {
    let patch = "[[patches]]\ntarget = { kind = \"Widget\" }\nmerge.spec.size = \"big\"\n";
    assert_snapshot!(case(&format!("{}{patch}", widget("spec.size = 3\n"))), @r#"
    unchecked-rules 5:17 one rule in CEL of `Widget` is not checked |  | the API server checks them: `kubectl apply --dry-run=server`
    wrong-type 13:19 expected an integer, found a string |  |
    "#);
}

#[test]
fn many_faults_of_an_object_are_cut_short() {
    let unknown: Vec<_> = (0..100).map(|number| format!("key{number} = 1")).collect();
    let more = widget(&format!("[objects.spec]\nsize = 1\n{}\n", unknown.join("\n")));
    let (_, _, diagnostics) = with(&[WIDGET], &more);
    let unknown = diagnostics.iter().filter(|found| found.code == Code::UnknownField);
    assert_eq!(unknown.count(), 10);
    let notes: Vec<_> = diagnostics.iter().flat_map(|found| &found.notes).collect();
    let cut = notes.iter().filter(|note| **note == "90 more faults of Widget/w are not shown");
    assert_eq!(cut.count(), 1, "{notes:?}");
}

#[test]
fn versions_and_scope_are_those_of_the_definition() {
    let of = |version: &str| {
        widget("spec.size = 3\n").replace("example.com/v1", &format!("example.com/{version}"))
    };
    assert_snapshot!(case(&of("v1beta1")), @"");
    assert_snapshot!(case(&of("v1alpha1")), @"invalid-object 7:14 the cluster serves no Widget of `example.com/v1alpha1` |  | write one that is served: `example.com/v1` and `example.com/v1beta1`");
    assert_snapshot!(case(&of("v2")), @"invalid-object 7:14 the cluster serves no Widget of `example.com/v2` |  | write one that is served: `example.com/v1` and `example.com/v1beta1`");
    // Another group is another kind, of which nothing is known.
    assert_snapshot!(case(&of("v2").replace("example.com/", "example.org/")), @"");

    let wide = cluster_wide();
    let fleet = widget("spec.size = 3\n").replace("Widget", "Fleet");
    let (_, bundle, _) = with(&[WIDGET, &wide], &fleet);
    let bundle = bundle.expect("no error");
    assert_eq!(json(find(&bundle, "Fleet", "w"))["metadata"].get("namespace"), None);
}

#[test]
fn what_is_no_definition_is_an_error() {
    let of = |text: &str| told_of(&[text], "");
    assert_snapshot!(of("a: [\n"), @"invalid-object 5:17 `crds/0.yaml` is not YAML |  |");
    assert_snapshot!(of("kind: ConfigMap\n"), @"invalid-object 5:17 `crds/0.yaml` defines no custom resource |  | name a file with objects of `kind: CustomResourceDefinition`, as `kubectl get crd NAME -o yaml` prints them");
    assert_snapshot!(of(""), @"invalid-object 5:17 `crds/0.yaml` defines no custom resource |  | name a file with objects of `kind: CustomResourceDefinition`, as `kubectl get crd NAME -o yaml` prints them");
    assert_snapshot!(of(&WIDGET.replace("/v1\nkind: Custom", "/v1beta1\nkind: Custom")), @"invalid-object 5:17 `crds/0.yaml` defines `widgets.example.com` in a way that Kubernetes does not take |  |");
    assert_snapshot!(of(&WIDGET.replace("group: example.com", "")), @"invalid-object 5:17 `crds/0.yaml` defines `widgets.example.com` in a way that Kubernetes does not take |  |");
    assert_snapshot!(of(&WIDGET.replace("Namespaced", "Everywhere")), @"invalid-object 5:17 `crds/0.yaml` defines `widgets.example.com` in a way that Kubernetes does not take |  |");
    assert_snapshot!(of(&WIDGET.replace("openAPIV3Schema", "schema")), @"invalid-object 5:17 `crds/0.yaml` defines `widgets.example.com` in a way that Kubernetes does not take |  |");
    let broken = WIDGET.replace("^[a-z.]+$", "[a-");
    assert_snapshot!(told_of(&[&broken], &widget("spec.size = 3\n")), @"invalid-object 5:17 the schema of Widget `example.com/v1` in `crds/0.yaml` can not be checked |  | take the definition from the release of its operator that the cluster runs");
    let other = WIDGET.replace("maximum: 9", "maximum: 8");
    assert_snapshot!(told_of(&[WIDGET, &other], ""), @"conflict 5:17 `crds/0.yaml` and `crds/1.yaml` define Widget of `example.com` in two ways |  | keep the one that the cluster has");
    assert_snapshot!(told_of(&[WIDGET, WIDGET], ""), @"");
}

#[test]
fn a_hostile_text_ends_in_an_error() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    assert_snapshot!(told_of(&[&deep], ""), @"invalid-object 5:17 `crds/0.yaml` is not YAML |  |");
    let bomb: String = (0..30)
        .map(|level| match level {
            0 => "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned(),
            _ => format!(
                "a{level}: &a{level} [{}]\n",
                vec![format!("*a{}", level - 1); 10].join(", ")
            ),
        })
        .collect();
    assert_snapshot!(told_of(&[&bomb], ""), @"invalid-object 5:17 `crds/0.yaml` is not YAML |  |");
}

#[test]
fn a_file_with_all_of_an_operator_and_json_are_read() {
    let operator = format!("kind: ConfigMap\n---\n{WIDGET}---\nkind: Deployment\n");
    let wrong = widget("spec.size = 0\n");
    assert_snapshot!(told_of(&[&operator], &wrong), @r#"
    unchecked-rules 5:17 one rule in CEL of `Widget` is not checked |  | the API server checks them: `kubectl apply --dry-run=server`
    out-of-range 10:13 `0` is less than 1 |  |
    "#);
    let yaml: serde_json::Value = serde_yaml::from_str(WIDGET).expect("YAML");
    let list = serde_json::json!({ "apiVersion": "v1", "kind": "List", "items": [yaml] });
    assert_eq!(told_of(&[&list.to_string()], &wrong), told_of(&[&operator], &wrong));
}

#[test]
fn a_path_that_nobody_handed_over_is_missing() {
    let text = format!("{BASE}cluster.crds = [\"crds/\"]\n");
    let source = Source::new("stack.toml", text);
    let (_, diagnostics) = compile(&source, "x");
    assert_snapshot!(told(&source, &diagnostics), @"missing-file 5:17 there is no file `crds/` | not found beside the stack file |");
}
