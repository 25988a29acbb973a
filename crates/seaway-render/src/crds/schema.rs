//! A structural schema of Kubernetes → a JSON schema that says the same
//! (<https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema>).

use serde_json::{Map, Value, json};

/// Keywords that mean the same in both.
const SAME: [&str; 14] = [
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "uniqueItems",
];
/// Keywords that hold a list of schemas, and one.
const LISTS: [&str; 3] = ["allOf", "anyOf", "oneOf"];
const ONES: [&str; 3] = ["additionalProperties", "items", "not"];

/// The JSON schema (draft 4, as `OpenAPI` 3.0 has it) of a structural one. Unknown keywords are left out, so that none of them means
/// something else than to the API server.
pub(super) fn draft4(schema: &Value) -> Value {
    let Value::Object(from) = schema else { return schema.clone() };
    let mut to = Map::new();
    for (key, value) in from {
        match (key.as_str(), value) {
            ("properties", Value::Object(fields)) => {
                let fields = fields.iter().map(|(name, field)| (name.clone(), draft4(field)));
                to.insert(key.clone(), Value::Object(fields.collect()));
            }
            ("required", Value::Array(names)) if !names.is_empty() => {
                to.insert(key.clone(), value.clone());
            }
            ("format", Value::String(format)) => format_of(format, &mut to),
            (key, Value::Array(of)) if LISTS.contains(&key) && !of.is_empty() => {
                to.insert(key.to_owned(), of.iter().map(draft4).collect());
            }
            (key, Value::Object(_)) if ONES.contains(&key) => {
                to.insert(key.to_owned(), draft4(value));
            }
            (key, _) if SAME.contains(&key) && *value != json!([]) => {
                to.insert(key.to_owned(), value.clone());
            }
            _ => {}
        }
    }
    let says = |key: &str| from.get(key) == Some(&Value::Bool(true));
    let mut types: Vec<Value> = if says("x-kubernetes-int-or-string") {
        vec!["integer".into(), "string".into()]
    } else {
        from.get("type").cloned().into_iter().collect()
    };
    if says("nullable") && !types.is_empty() {
        types.push("null".into());
        if let Some(Value::Array(words)) = to.get_mut("enum") {
            words.push(Value::Null);
        }
    }
    if !types.is_empty() {
        to.insert("type".to_owned(), Value::Array(types));
    }
    Value::Object(to)
}

/// Whether a text has a format.
type Check = fn(&str) -> bool;

/// Formats of texts that are checked. The API server knows more of them
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.0/staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/validation/formats.go>);
/// a text of another format is not looked at.
pub(super) const FORMATS: &[(&str, Check)] = &[
    ("byte", is_base64),
    ("cidr", is_cidr),
    ("date", is_date),
    ("date-time", is_time),
    ("duration", is_duration),
    ("ipv4", is_ipv4),
    ("ipv6", is_ipv6),
    ("mac", is_mac),
    ("uuid", is_uuid),
];

fn format_of(format: &str, to: &mut Map<String, Value>) {
    let bounds = match format {
        "int32" => json!({ "minimum": i32::MIN, "maximum": i32::MAX }),
        known if FORMATS.iter().any(|(name, _)| *name == known) => json!({ "format": known }),
        _ => return,
    };
    // Beside what the schema says itself.
    match to.get_mut("allOf") {
        Some(Value::Array(all)) => all.push(bounds),
        _ => {
            to.insert("allOf".to_owned(), json!([bounds]));
        }
    }
}

fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let padding = text.len() - body.len();
    let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    text.len().is_multiple_of(4) && padding <= 2 && body.bytes().all(is_sign)
}

fn is_cidr(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else { return false };
    let most = match address.parse() {
        Ok(std::net::IpAddr::V4(_)) => 32,
        Ok(std::net::IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    length.bytes().all(|byte| byte.is_ascii_digit())
        && length.parse::<u8>().is_ok_and(|length| length <= most)
}

/// Whether a text has digits where the shape has a `0`, and else what the shape has.
fn has_shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, of)| {
            if of == b'0' { byte.is_ascii_digit() } else { byte.eq_ignore_ascii_case(&of) }
        })
}

fn is_date(text: &str) -> bool {
    has_shape(text, "0000-00-00")
}

/// RFC 3339, with or without a fraction and a zone.
fn is_time(text: &str) -> bool {
    text.split_at_checked(19).is_some_and(|(time, rest)| {
        has_shape(time, "0000-00-00T00:00:00")
            && rest.bytes().all(|byte| byte.is_ascii_digit() || b".zZ+-:".contains(&byte))
    })
}

/// A duration of Go, or numbers with units in words.
fn is_duration(text: &str) -> bool {
    let mut rest = text.trim_start_matches(['+', '-']);
    if rest == "0" {
        return true;
    }
    while !rest.is_empty() {
        let behind = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let unit = behind.trim_start();
        let next = unit.trim_start_matches(char::is_alphabetic);
        if behind.len() == rest.len() || next.len() == unit.len() {
            return false;
        }
        rest = next.trim_start();
    }
    !text.is_empty()
}

fn is_ipv4(text: &str) -> bool {
    text.parse::<std::net::Ipv4Addr>().is_ok()
}

fn is_ipv6(text: &str) -> bool {
    text.parse::<std::net::Ipv6Addr>().is_ok()
}

fn is_mac(text: &str) -> bool {
    let digits: String = text.chars().filter(|c| !":-.".contains(*c)).collect();
    matches!(digits.len(), 12 | 16 | 40) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_uuid(text: &str) -> bool {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats() {
        for (format, good, bad) in [
            ("byte", &["YQ==", "YWJj"][..], &["YQ=", "a-b=", "a===", "=a=="][..]),
            ("cidr", &["10.0.0.0/8", "::/0"], &["10.0.0.0", "10.0.0.0/33", "a/8", "::/+1"]),
            ("date", &["2026-01-31"], &["2026-1-31", "today"]),
            (
                "date-time",
                &["2026-01-31T01:02:03Z", "2026-01-31T01:02:03.5+01:00"],
                &["2026-01-31", "2026-01-31T01:02:0é"],
            ),
            ("duration", &["1h30m", "0", "1.5h", "3 days", "-2us"], &["", "1", "h", "1h2", "P1D"]),
            ("ipv4", &["10.0.0.1"], &["::1", "10.0.0"]),
            ("ipv6", &["::1"], &["10.0.0.1"]),
            ("mac", &["01:23:45:67:89:ab"], &["01:23", "x1:23:45:67:89:ab"]),
            ("uuid", &["123e4567-e89b-12d3-a456-426614174000"], &["123e4567"]),
        ] {
            let (_, check) = FORMATS.iter().find(|(name, _)| *name == format).expect(format);
            assert!(good.iter().all(|text| check(text)), "{format}");
            assert!(!bad.iter().any(|text| check(text)), "{format}");
        }
    }

    #[test]
    fn what_kubernetes_adds_becomes_what_json_schema_has() {
        let schema = json!({
            "description": "text", "type": "object", "required": [], "nullable": true,
            "x-kubernetes-validations": [{ "rule": "true" }],
            "properties": {
                "port": { "x-kubernetes-int-or-string": true, "anyOf": [{ "type": "integer" }, { "type": "string" }] },
                "size": { "type": "integer", "format": "int32", "minimum": 1, "default": 2 },
                "word": { "type": "string", "enum": ["a"], "nullable": true },
            },
        });
        let expected = json!({
            "type": ["object", "null"],
            "properties": {
                "port": { "type": ["integer", "string"], "anyOf": [{ "type": ["integer"] }, { "type": ["string"] }] },
                "size": { "type": ["integer"], "minimum": 1, "allOf": [{ "minimum": i32::MIN, "maximum": i32::MAX }] },
                "word": { "type": ["string", "null"], "enum": ["a", null] },
            },
        });
        assert_eq!(draft4(&schema), expected);
    }
}
