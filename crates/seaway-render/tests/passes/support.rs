//! One small stack, and ways to look at what becomes of it.

use seaway_core::Source;
use seaway_render::{Body, Bundle, Object};
use serde_json::Value;

use crate::common::{compile, told, verdict};

/// Four lines that every case goes on after: a case begins in line 5.
pub(crate) const BASE: &str = "name = \"s\"\napp = { image = \"a:1\", module = \"s\" }\n\
                               components.web = { type = \"web\" }\n[stages.x]\n";

/// What a stack of [`BASE`] and more is told, or the number of its objects.
pub(crate) fn case(more: &str) -> String {
    verdict(&format!("{BASE}{more}"), "x")
}

/// The same for a user's own pod: `more` are keys of its table, from line 8 on.
pub(crate) fn pod(more: &str) -> String {
    case(&format!(
        "[[objects]]\napiVersion = \"v1\"\nkind = \"Pod\"\nmetadata.name = \"p\"\n{more}"
    ))
}

/// A stack that compiles without a word.
pub(crate) fn good(more: &str) {
    let verdict = case(more);
    assert!(verdict.ends_with(" objects"), "{verdict}\n{more}");
}

/// A pod that compiles without a word.
pub(crate) fn good_pod(more: &str) {
    let verdict = pod(more);
    assert!(verdict.ends_with(" objects"), "{verdict}\n{more}");
}

/// The bundle of a whole stack text that must compile.
pub(crate) fn bundle(text: &str) -> Bundle {
    let source = Source::new("stack.toml", text);
    let (bundle, diagnostics) = compile(&source, "x");
    bundle.unwrap_or_else(|| panic!("{}\n{text}", told(&source, &diagnostics)))
}

/// The bundle of [`BASE`] and more.
pub(crate) fn based(more: &str) -> Bundle {
    bundle(&format!("{BASE}{more}"))
}

/// What a Secret holds under a key.
pub(crate) fn decoded(secret: &Object, key: &str) -> String {
    let Body::Secret(secret) = &secret.body else { panic!("no Secret") };
    let bytes = secret.data.as_ref().and_then(|data| data.get(key)).expect("the key");
    String::from_utf8(bytes.0.clone()).expect("UTF-8")
}

/// An object by kind and name; a name may go without its hash.
pub(crate) fn find<'a>(bundle: &'a Bundle, kind: &str, name: &str) -> &'a Object {
    let of_kind = || bundle.objects.iter().filter(|object| object.body.kind() == kind);
    let hashed = |object: &&Object| {
        let rest = object.body.name().strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
        rest.is_some_and(|hash| hash.len() == 8 && hash.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    let found =
        of_kind().find(|object| object.body.name() == name).or_else(|| of_kind().find(hashed));
    found.unwrap_or_else(|| panic!("no {kind}/{name}"))
}

/// An object as JSON.
pub(crate) fn json(object: &Object) -> Value {
    serde_json::to_value(object).expect("an object is JSON")
}

/// A value of an object by its JSON pointer.
pub(crate) fn at(object: &Object, pointer: &str) -> Value {
    json(object).pointer(pointer).cloned().unwrap_or(Value::Null)
}

/// Everything that makes or is a pod.
pub(crate) fn workloads(bundle: &Bundle) -> impl Iterator<Item = &Object> {
    bundle.objects.iter().filter(|object| object.body.pod_spec().is_some())
}

/// The only object that the user wrote.
pub(crate) fn own(bundle: &Bundle) -> &Object {
    bundle.objects.iter().find(|object| object.is_own).expect("an object of the user's own")
}

/// The body of an object, printed as YAML.
pub(crate) fn yaml(body: &Body) -> String {
    let mut out = String::new();
    seaway_render::emit::document(body, seaway_render::Format::Yaml, &mut out).expect("it prints");
    out
}

pub(crate) fn pod_spec(object: &Object) -> Value {
    let (spec, _) = object.body.pod_spec().expect("it makes pods");
    serde_json::to_value(spec).expect("JSON")
}

pub(crate) fn containers(spec: &Value) -> Vec<Value> {
    ["initContainers", "containers"]
        .iter()
        .flat_map(|list| spec[*list].as_array().cloned().unwrap_or_default())
        .collect()
}

pub(crate) fn find_maybe<'a>(bundle: &'a Bundle, kind: &str, name: &str) -> Option<&'a Object> {
    bundle.objects.iter().find(|object| object.body.kind() == kind && object.body.name() == name)
}
