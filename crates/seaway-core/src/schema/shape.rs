//! Passes that bring what schemars makes into the shape that editors read best.

use serde_json::{Map, Value, json};

use super::{definitions, each, target};

/// TOML has no `null`: what may be left out is not required, and that says it all.
pub(super) fn without_null(root: &mut Value) {
    each(root, &mut |object| {
        if let Some(Value::Array(types)) = object.get_mut("type") {
            types.retain(|kind| kind != "null");
            if let [single] = types.as_slice() {
                let single = single.clone();
                object.insert("type".to_owned(), single);
            }
        }
        if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
            choices.retain(|choice| *choice != json!({ "type": "null" }));
            if let [Value::Object(single)] = choices.as_slice() {
                let single = single.clone();
                object.remove("anyOf");
                for (key, value) in single {
                    object.entry(key).or_insert(value);
                }
            }
        }
        if object.get("default") == Some(&Value::Null) {
            object.remove("default");
        }
    });
}

/// Words with descriptions: one `enum`, which both servers complete, with the descriptions where Taplo looks for them.
pub(super) fn enums(root: &mut Value) {
    each(root, &mut |object| {
        let Some(Value::Array(choices)) = object.get("oneOf") else { return };
        let of = |key: &str| {
            choices.iter().map(|choice| choice.get(key).cloned()).collect::<Option<Vec<_>>>()
        };
        if let (Some(words), Some(docs)) = (of("const"), of("description")) {
            object.remove("oneOf");
            object.insert("type".to_owned(), json!("string"));
            object.insert("enum".to_owned(), Value::Array(words));
            object.insert("x-taplo".to_owned(), json!({ "docs": { "enumValues": docs } }));
        }
    });
}

/// A table has the keys that are listed, and no others; Tombi takes that for granted, Taplo has to be told.
pub(super) fn closed(root: &mut Value) {
    each(root, &mut |object| {
        if object.get("type") == Some(&json!("object")) {
            object.entry("additionalProperties").or_insert(json!(false));
        }
    });
}

/// Defaults as they would be written. A default table is the sum of its keys' defaults and is left out.
pub(super) fn defaults(root: &mut Value) {
    each(root, &mut |object| {
        let Some(Value::Object(default)) = object.get("default") else { return };
        // Serde writes `expose = "cluster-ip"` as a table with the one key `cluster-ip`, a table itself.
        let word =
            default.iter().next().filter(|(_, table)| default.len() == 1 && table.is_object());
        let word = word.map(|(word, _)| word.clone());
        match word {
            Some(word) => object.insert("default".to_owned(), Value::String(word)),
            None => object.remove("default"),
        };
    });
}

/// Draft 7 ignores what stands beside a reference, so the definition takes its place, what stood beside it on top.
pub(super) fn without_ref_siblings(root: &mut Value) {
    let known = root.get("definitions").cloned().unwrap_or_default();
    each(root, &mut |object| {
        // The definition can begin with a reference of its own.
        while object.len() > 1
            && let Some(Value::String(reference)) = object.get("$ref")
        {
            let found = known
                .get(target(reference))
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default();
            object.remove("$ref");
            for (key, value) in found {
                object.entry(key).or_insert(value);
            }
        }
    });
}

/// What editors do not read, and limits that the formats of schemars only hint at.
pub(super) fn without_noise(root: &mut Value) {
    each(root, &mut |object| {
        if let Some(Value::String(format)) = object.get("format") {
            if format == "uint32" {
                object.entry("maximum").or_insert_with(|| json!(u32::MAX));
            }
            object.remove("format");
        }
        if object.get("title").is_some_and(Value::is_string) {
            object.remove("title");
        }
    });
}

/// Definitions that nothing refers to any more.
pub(super) fn without_orphans(root: &mut Value) {
    loop {
        let mut used = Vec::new();
        each(&mut root.clone(), &mut |object| {
            if let Some(Value::String(reference)) = object.get("$ref") {
                used.push(target(reference).to_owned());
            }
        });
        let Some(definitions) = definitions(root) else { return };
        let before = definitions.len();
        definitions.retain(|name, _| used.contains(name));
        if definitions.len() == before {
            return;
        }
    }
}

/// Descriptions as one line: the first paragraph.
pub(super) fn first_paragraphs(root: &mut Value) {
    let shorten = |object: &mut Map<String, Value>| {
        if let Some(Value::String(text)) = object.get_mut("description") {
            *text = first_paragraph(text);
        }
    };
    each(root, &mut |object| shorten(object));
}

/// The first paragraph of a text in one line.
pub(crate) fn first_paragraph(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    paragraph.split_whitespace().collect::<Vec<_>>().join(" ")
}
