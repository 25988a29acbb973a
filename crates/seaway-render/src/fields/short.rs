//! Values of objects in a few characters.

use seaway_core::{Node, Value};

/// Most characters of a value that is shown.
const MOST: usize = 72;

/// A value in short.
pub(crate) fn short(node: &Node) -> String {
    if let Value::String(text) = &node.value {
        return line(text);
    }
    let mut out = String::new();
    flow(node, &mut out);
    if out.chars().count() <= MOST {
        return out;
    }
    match &node.value {
        Value::Table(table) => {
            let keys: Vec<&str> = table.keys().map(|key| key.value.as_str()).collect();
            cut(&format!("{{{}}}", keys.join(", ")))
        }
        Value::Array(items) => format!("{} items", items.len()),
        _ => cut(&out),
    }
}

/// A text in one short line.
pub(crate) fn line(text: &str) -> String {
    let lines = text.lines().count();
    if lines > 1 {
        return format!("{lines} lines");
    }
    let visible = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let text: String = text.trim_end_matches('\n').chars().map(visible).collect();
    if text.is_empty() { "\"\"".to_owned() } else { cut(&text) }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    let kept: String = text.chars().take(MOST - 1).collect();
    format!("{kept}…")
}

fn flow(node: &Node, out: &mut String) {
    // What is cut away anyway is not written.
    if out.len() > MOST * 4 {
        return;
    }
    match &node.value {
        Value::String(text) | Value::Datetime(text) => out.push_str(&line(text)),
        Value::Integer(number) => out.push_str(&number.to_string()),
        Value::Float(number) => out.push_str(&number.to_string()),
        Value::Boolean(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                flow(item, out);
            }
            out.push(']');
        }
        Value::Table(table) => {
            out.push('{');
            for (at, (key, value)) in table.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                out.push_str(key);
                out.push_str(": ");
                flow(value, out);
            }
            out.push('}');
        }
    }
}
