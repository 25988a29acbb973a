//! Numbers, times, untyped data, verbatim objects, and streams in each format.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Event, Volume};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceSubresourceStatus, CustomResourceSubresources, JSON, JSONSchemaProps,
    JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, Time};
use k8s_openapi::apimachinery::pkg::runtime::RawExtension;
use k8s_openapi::jiff::Timestamp;
use seaway_render::emit::{Error, Format, Verbatim, document, stream};
use serde::ser::{SerializeMap, SerializeStruct};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

fn written<T: Serialize + ?Sized>(value: &T, format: Format) -> String {
    let mut out = String::new();
    assert_eq!(document(value, format, &mut out), Ok(()));
    out
}

/// A map with its keys in the order given, whatever the features of `serde_json` are.
struct Given(Vec<(&'static str, Value)>);

impl Serialize for Given {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

#[test]
fn a_map_keeps_its_order_and_its_entries() {
    let map = Given(vec![
        ("spec", Value::Bool(true)),
        ("kind", Value::Array(Vec::new())),
        ("none", Value::Null),
    ]);
    assert_eq!(written(&map, Format::Yaml), "---\nspec: true\nkind: []\n");
    assert_eq!(written(&Verbatim(map), Format::Yaml), "---\nspec: true\nkind: []\nnone: null\n");
}

#[test]
fn verbatim_leaves_nothing_out() {
    let volume = Volume { name: "a".to_owned(), ..Volume::default() };
    let pod =
        k8s_openapi::api::core::v1::PodSpec { volumes: Some(vec![volume]), ..Default::default() };
    assert_eq!(written(&pod, Format::Yaml), "---\nvolumes:\n- name: a\n");
    assert_eq!(
        written(&Verbatim(&pod), Format::Yaml),
        "---\ncontainers: []\nvolumes:\n- name: a\n"
    );
    assert_eq!(serde_json::to_value(Verbatim(&pod)).ok(), serde_json::to_value(&pod).ok());
}

#[test]
fn numbers_have_no_exponent() {
    let numbers = [1e5, 1.0, 0.1, 1e-7, -2.5];
    assert_eq!(written(&numbers, Format::Yaml), "---\n- 100000\n- 1\n- 0.1\n- 0.0000001\n- -2.5\n");
    assert_eq!(written(&Verbatim([1.0, 2.5]), Format::Yaml), "---\n- 1.0\n- 2.5\n");
    assert_eq!(
        written(&(i64::MIN, u64::MAX), Format::Yaml),
        format!("---\n- {}\n- {}\n", i64::MIN, u64::MAX)
    );
    let mut out = "before".to_owned();
    assert_eq!(document(&[1.0, f64::NAN], Format::Yaml, &mut out), Err(Error::NotFinite));
    assert_eq!(out, "before");
}

#[test]
fn keys_are_strings() {
    assert_eq!(written(&BTreeMap::from([(1, true)]), Format::Yaml), "---\n\"1\": true\n");
    assert_eq!(written(&BTreeMap::from([('y', true)]), Format::Json), "{\n  \"y\": true\n}\n");
    let mut out = String::new();
    assert_eq!(document(&BTreeMap::from([(vec![1], 1)]), Format::Yaml, &mut out), Err(Error::Key));
}

#[test]
fn times_are_strings_in_quotes() {
    let event = Event {
        event_time: Some(MicroTime(Timestamp::UNIX_EPOCH)),
        first_timestamp: Some(Time(Timestamp::UNIX_EPOCH)),
        ..Event::default()
    };
    assert_eq!(
        written(&event, Format::Yaml),
        "---\napiVersion: v1\nkind: Event\neventTime: \"1970-01-01T00:00:00.000000Z\"\n\
         firstTimestamp: \"1970-01-01T00:00:00Z\"\n"
    );
}

#[test]
fn untyped_data_is_printed_whole_and_sorted() {
    let data = json!({ "b": null, "a": { "on": [], "a-b": {}, "a": 1.0 }, "aa": [null, {}, [[]]] });
    let expected =
        "---\na:\n  a: 1.0\n  a-b: {}\n  \"on\": []\naa:\n- null\n- {}\n- - []\nb: null\n";
    assert_eq!(written(&JSON(data.clone()), Format::Yaml), expected);
    assert_eq!(written(&RawExtension(data), Format::Yaml), expected);
}

#[test]
fn the_schema_that_accepts_everything_stays() {
    let all = || Box::new(JSONSchemaProps::default());
    let schema = JSONSchemaProps {
        type_: Some("object".to_owned()),
        additional_properties: Some(JSONSchemaPropsOrBool::Schema(all())),
        items: Some(JSONSchemaPropsOrArray::Schema(all())),
        default: Some(JSON(json!({}))),
        maximum: Some(100.0),
        required: Some(Vec::new()),
        properties: Some(BTreeMap::from([("any".to_owned(), JSONSchemaProps::default())])),
        ..JSONSchemaProps::default()
    };
    assert_eq!(
        written(&schema, Format::Yaml),
        "---\ntype: object\nproperties:\n  any: {}\nadditionalProperties: {}\ndefault: {}\nitems: {}\nmaximum: 100\n"
    );
    let status = CustomResourceSubresources {
        status: Some(CustomResourceSubresourceStatus(json!({}))),
        ..CustomResourceSubresources::default()
    };
    assert_eq!(written(&status, Format::Yaml), "---\nstatus: {}\n");
}

/// A number as `serde_json` hands it over with its feature `arbitrary_precision`.
struct Precise;

impl Serialize for Precise {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let name = "$serde_json::private::Number";
        let mut number = serializer.serialize_struct(name, 1)?;
        number.serialize_field(name, "0.10")?;
        number.end()
    }
}

#[test]
fn a_number_of_arbitrary_precision_is_a_number() {
    let values = BTreeMap::from([("a", vec![Precise])]);
    assert_eq!(written(&values, Format::Yaml), "---\na:\n- 0.10\n");
    assert_eq!(
        written(&values, Format::Json),
        "{\n  \"a\": [\n    0.10,\n  ]\n}\n".replace("0.10,", "0.10")
    );
}

#[test]
fn lists_in_lists_start_on_the_line_of_their_dash() {
    let lists = json!([[["a", "b"], { "k": [{ "x": "1" }, ["y"]], "l": "m" }], [], {}]);
    assert_eq!(
        written(&lists, Format::Yaml),
        "---\n- - - a\n    - b\n  - k:\n    - x: \"1\"\n    - - \"y\"\n    l: m\n- []\n- {}\n"
    );
}

#[test]
fn json_is_that_of_serde_json() {
    let value =
        json!({ "a": [1, "b\u{7f}", [], {}, [[2]]], "c": { "d": null, "e": true, "f": "\"\n" } });
    let mut expected =
        serde_json::to_string_pretty(&value).unwrap_or_default().replace('\u{7f}', "\\u007f");
    expected.push('\n');
    assert_eq!(written(&Verbatim(value), Format::Json), expected);
}

#[test]
fn a_stream_is_documents_or_one_list() {
    let values = [BTreeMap::from([("kind", "A")]), BTreeMap::from([("kind", "B")])];
    let streamed = |values: &[BTreeMap<&str, &str>], format| {
        let mut out = String::new();
        assert_eq!(stream(values, format, &mut out), Ok(()));
        out
    };
    assert_eq!(streamed(&values, Format::Yaml), "---\nkind: A\n---\nkind: B\n");
    assert_eq!(
        streamed(&values, Format::Kyaml),
        "---\n{\n  kind: \"A\",\n}\n---\n{\n  kind: \"B\",\n}\n"
    );
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": values });
    let read: Option<Value> = serde_json::from_str(&streamed(&values, Format::Json)).ok();
    assert_eq!(read, Some(list));
    assert_eq!(
        streamed(&values[..1], Format::Json),
        "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"List\",\n  \"items\": [\n    {\n      \"kind\": \"A\"\n    }\n  ]\n}\n"
    );
    assert_eq!(streamed(&[], Format::Yaml), "");
    assert_eq!(
        streamed(&[], Format::Json),
        "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"List\",\n  \"items\": []\n}\n"
    );
}
