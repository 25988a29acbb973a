//! Every string of the corpus survives, as a value and as a key, in each format, for each reader at hand.
//!
//! `fixtures/yaml-strings.json` holds the strings with which YAML libraries were measured. `kubectl` reads them as it
//! reads a bundle; it needs no server for that.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use k8s_openapi::api::core::v1::{ConfigMap, Container, EnvVar, Pod, PodSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use seaway_render::emit::{Format, Verbatim, document, stream};
use serde::Serialize;
use serde::de::DeserializeOwned;

const FORMATS: [Format; 3] = [Format::Yaml, Format::Json, Format::Kyaml];

/// The corpus, and strings around the limits that are ours alone.
fn strings() -> Vec<String> {
    let corpus = include_str!("fixtures/yaml-strings.json");
    let groups: BTreeMap<String, Vec<String>> = serde_json::from_str(corpus).unwrap_or_default();
    assert_eq!(groups.len(), 4);
    let ours = [
        "\n\ta",
        "a\n\tb",
        "a\n\tb\n  c\n",
        "\n\na\n",
        "a\n\n\tb\n",
        " \n",
        "\t\n",
        "a\n#",
        "# a\nb",
        "%a\nb",
        "a:\nb",
        "a\u{feff}\nb",
        "⚠️\nb\n",
        "a\u{202e}b",
        "a\u{2066}b\n",
        "\u{1f600}",
        "1,000",
        "-e",
        "-c",
        "--bind=:80",
        "+",
        "..",
        "-.INF",
        "infinity",
        "0X1f",
        "1.2.",
        "2024-report",
        "t",
        "F",
        "a #b",
        "a# b",
        "a, b",
        "${A:-b}",
        "{{ x }}",
        "a ",
    ];
    let long = ["k".repeat(1022), "k".repeat(1024), "k".repeat(1025), "\"é".repeat(600)];
    groups.into_values().flatten().chain(ours.map(String::from)).chain(long).collect()
}

fn written<T: Serialize + ?Sized>(value: &T, format: Format) -> String {
    let mut out = String::new();
    assert_eq!(document(value, format, &mut out), Ok(()));
    assert!(out.ends_with('\n') && !out.ends_with("\n\n"), "{out:?}");
    out
}

fn survives<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(
    value: &T,
    format: Format,
) {
    let text = written(value, format);
    let read = match format {
        Format::Json => serde_json::from_str::<T>(&text).map_err(|error| error.to_string()),
        Format::Yaml | Format::Kyaml => {
            serde_yaml::from_str::<T>(&text).map_err(|error| error.to_string())
        }
    };
    assert_eq!(read.as_ref(), Ok(value), "{format:?}\n{text}");
}

#[test]
fn each_string_survives_in_each_place() {
    for format in FORMATS {
        for text in strings() {
            survives(&text, format);
            survives(&vec![text.clone(), text.clone()], format);
            survives(&vec![vec![text.clone()], vec![text.clone(), text.clone()]], format);
            survives(&BTreeMap::from([(text.clone(), text.clone())]), format);
            survives(&vec![BTreeMap::from([(text.clone(), vec![text.clone()])])], format);
            let deep = BTreeMap::from([(
                text.clone(),
                vec![BTreeMap::from([(text.clone(), text.clone())])],
            )]);
            survives(
                &BTreeMap::from([("a", deep.clone()), ("b", deep)].map(|(k, v)| (k.to_owned(), v))),
                format,
            );
        }
    }
}

#[test]
fn all_strings_survive_side_by_side() {
    let all: BTreeMap<String, String> =
        strings().into_iter().map(|text| (text.clone(), text)).collect();
    for format in FORMATS {
        survives(&all, format);
        survives(&all.values().cloned().collect::<Vec<_>>(), format);
    }
}

fn named(name: &str) -> ObjectMeta {
    ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() }
}

/// Every string as a value and as a key of a `ConfigMap`, and in a `Pod` as an item of a list and deeper down.
fn objects() -> [serde_json::Value; 3] {
    let all = strings();
    let numbered =
        all.iter().enumerate().map(|(at, text)| (format!("k{at}"), text.clone())).collect();
    let keyed = all.iter().map(|text| (text.clone(), text.clone())).collect();
    let env =
        |text: &String| EnvVar { name: text.clone(), value: Some(text.clone()), value_from: None };
    let container = Container {
        name: "a".to_owned(),
        args: Some(all.clone()),
        env: Some(all.iter().map(env).collect()),
        ..Container::default()
    };
    let spec = PodSpec { containers: vec![container], ..PodSpec::default() };
    let values =
        ConfigMap { metadata: named("values"), data: Some(numbered), ..ConfigMap::default() };
    let keys = ConfigMap { metadata: named("keys"), data: Some(keyed), ..ConfigMap::default() };
    let pod = Pod { metadata: named("pod"), spec: Some(spec), ..Pod::default() };
    [serde_json::to_value(values), serde_json::to_value(keys), serde_json::to_value(pod)]
        .map(Result::unwrap_or_default)
}

/// What `kubectl` takes the objects of `text` for, as JSON.
fn read_by_kubectl(text: &str) -> Vec<serde_json::Value> {
    let arguments = ["annotate", "--local", "--filename=-", "--output=json", "read=true"];
    let kubectl = Command::new("kubectl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut kubectl) = kubectl else {
        panic!("no kubectl to read with: run `.ci/setup`");
    };
    // Dropping the pipe ends the input.
    let sent = kubectl.stdin.take().map(|mut stdin| stdin.write_all(text.as_bytes()));
    assert!(matches!(sent, Some(Ok(()))), "kubectl did not take its input");
    let Ok(read) = kubectl.wait_with_output() else { panic!("kubectl did not end") };
    assert!(read.status.success());
    let objects = serde_json::Deserializer::from_slice(&read.stdout).into_iter();
    objects.map(Result::unwrap_or_default).collect()
}

#[test]
fn kubectl_reads_each_string_as_it_was() {
    for format in FORMATS {
        let expected = objects();
        let mut text = String::new();
        assert_eq!(stream(&expected.each_ref().map(Verbatim), format, &mut text), Ok(()));
        let mut read = read_by_kubectl(&text);
        assert_eq!(read.len(), expected.len(), "{format:?}");
        for (read, expected) in read.iter_mut().zip(expected) {
            if let Some(metadata) = read["metadata"].as_object_mut() {
                metadata.remove("annotations");
                metadata.remove("creationTimestamp");
            }
            assert_eq!(read["metadata"], expected["metadata"], "{format:?}");
            assert_eq!(read["data"], expected["data"], "{format:?}");
            assert_eq!(read["spec"]["containers"], expected["spec"]["containers"], "{format:?}");
        }
    }
}

/// All strings of up to three characters that YAML cares about.
fn nasty() -> Vec<String> {
    let alphabet: Vec<char> =
        "-?:,[]{}#&*!|>'\"%@=<~ \t\n\r.+_0179:eExnNyoft/\\é\u{85}".chars().collect();
    let mut all = vec![String::new()];
    let mut shorter = 0..1;
    for _ in 0..3 {
        let start = all.len();
        for at in shorter {
            for c in &alphabet {
                all.push(format!("{}{c}", all[at]));
            }
        }
        shorter = start..all.len();
    }
    all
}

#[test]
fn short_strings_of_a_nasty_alphabet_survive() {
    let all = nasty();
    for some in all.chunks(2_000) {
        let map: BTreeMap<&str, &str> =
            some.iter().map(|text| (text.as_str(), text.as_str())).collect();
        let text = written(&map, Format::Yaml);
        let read: Result<BTreeMap<String, String>, _> = serde_yaml::from_str(&text);
        assert!(read.is_ok_and(|read| read.iter().map(|(k, v)| (k.as_str(), v.as_str())).eq(map)));
        let text = written(some, Format::Yaml);
        let read: Result<Vec<String>, _> = serde_yaml::from_str(&text);
        assert!(read.is_ok_and(|read| read == some));
    }
}

#[test]
fn columns_are_blanks_and_lines_end_clean() {
    let all = strings();
    let text = written(&vec![BTreeMap::from([("a", &all)])], Format::Yaml);
    for line in text.lines() {
        assert!(!line.ends_with([' ', '\t']), "{line:?}");
        assert!(!line.contains('\r'), "{line:?}");
        assert!(
            !line.trim_start_matches(' ').starts_with('\t') || line.starts_with("    "),
            "{line:?}"
        );
    }
}

#[test]
fn what_a_person_would_not_quote_is_plain() {
    let plain = [
        "100m",
        "256Mi",
        "2Gi",
        "15d",
        "30s",
        "100%",
        "5xx",
        "-c",
        "--bind=0.0.0.0:8000",
        "-e",
        "./manage.py",
        "/tmp",
        "$(PORT)",
        "${VAR}",
        "redis://cache:6379/0",
        "ghcr.io/acme/shop:1.4.0",
        "10.0.0.0/8",
        "v1",
        "it's",
        "a, b",
        "a#b",
        "Hello, World!",
        "日本",
        "__init__",
        "none",
        "Node",
        "on-failure",
        "x=1",
        "a [b] {c}",
        "a\\b",
    ];
    for text in plain {
        assert_eq!(written(&[text], Format::Yaml), format!("---\n- {text}\n"));
        assert_eq!(
            written(&BTreeMap::from([(text, 1)]), Format::Yaml),
            format!("---\n{text}: 1\n")
        );
    }
}

#[test]
fn what_some_reader_takes_for_another_type_is_quoted() {
    let quoted = [
        "",
        "y",
        "NO",
        "Null",
        "~",
        "1.2.3",
        "10.0.0.1",
        "10:00",
        "1,000",
        "1_000",
        "0x1F",
        "1e3",
        "2024-01-01",
        ".5",
        "+1",
        ".inf",
        "-.INF",
        "nan",
        "=",
        "<<",
        "-",
        "---",
        "...",
        "..",
        "a: b",
        "a:",
        "a #b",
        " a",
        "a ",
        "@a",
        "%a",
        "!a",
        "*a",
    ];
    for text in quoted {
        assert_eq!(written(&[text], Format::Yaml), format!("---\n- \"{text}\"\n"));
        assert_eq!(
            written(&BTreeMap::from([(text, 1)]), Format::Yaml),
            format!("---\n\"{text}\": 1\n")
        );
    }
}

#[test]
fn what_cannot_be_seen_is_escaped() {
    let escaped = [
        ("\u{85}", r"\N"),
        ("\u{9b}", r"\u009b"),
        ("\u{a0}", r"\_"),
        ("\u{ad}", r"\u00ad"),
        ("\u{200b}", r"\u200b"),
        ("\u{202e}", r"\u202e"),
        ("\u{2066}", r"\u2066"),
        ("\u{2028}", r"\L"),
        ("\u{2029}", r"\P"),
        ("\u{feff}", r"\ufeff"),
        ("\u{3000}", r"\u3000"),
        ("\u{e000}", r"\ue000"),
        ("\u{ffff}", r"\uffff"),
        ("\u{e0041}", r"\U000e0041"),
        ("\u{1fffe}", r"\U0001fffe"),
        ("\0", r"\0"),
        ("\u{7f}", r"\x7f"),
        ("\r", r"\r"),
    ];
    for (text, escape) in escaped {
        // The newline would otherwise make it a literal block.
        let text = format!("a{text}\nb");
        assert_eq!(written(&[&text], Format::Yaml), format!("---\n- \"a{escape}\\nb\"\n"));
    }
    assert_eq!(written(&["\u{e0041}"], Format::Json), "[\n  \"\\udb40\\udc41\"\n]\n");
    assert_eq!(written(&["⚠️\né"], Format::Yaml), "---\n- |-\n  ⚠️\n  é\n");
}

#[test]
fn a_key_that_yaml_would_not_look_through_is_marked() {
    let map = |length| BTreeMap::from([("k".repeat(length), BTreeMap::from([("a", 1)]))]);
    assert!(written(&map(1024), Format::Yaml).ends_with("k:\n  a: 1\n"));
    let long = "k".repeat(1025);
    assert_eq!(written(&map(1025), Format::Yaml), format!("---\n? {long}\n:\n  a: 1\n"));
    assert_eq!(written(&[map(1025)], Format::Yaml), format!("---\n- ? {long}\n  :\n    a: 1\n"));
    assert_eq!(
        written(&map(1025), Format::Kyaml),
        format!("---\n{{\n  ? {long}: {{\n    a: 1,\n  }},\n}}\n")
    );
}
