//! Environments for people: a block a container, a line a variable, and the defaults that they name.

use std::collections::BTreeMap;

use annotate_snippets::normalize_untrusted_str;
use seaway_core::{Source, SourceText, TextKind};
use seaway_render::Environment;
use seaway_render::environment::{Runs, SetterKind, Value, Variable, WrittenAt};

use crate::commands::columns::{self, table, title};

/// All environments, and why defaults are what they are.
pub(super) fn text(environments: &[Environment], source: &Source, color: bool) -> String {
    let mut out = String::new();
    let mut defaults: BTreeMap<&str, &str> = BTreeMap::new();
    for environment in environments {
        if !out.is_empty() {
            out.push('\n');
        }
        title(&mut out, &heading(environment), color);
        if environment.variables.is_empty() {
            out.push_str("  no variables\n");
        }
        let rows: Vec<[String; 3]> =
            environment.variables.iter().map(|variable| row(variable, source)).collect();
        table(&mut out, &rows);
        for set_by in environment.variables.iter().map(|variable| &variable.set_by) {
            if let (SetterKind::Default, Some(reason), Some(why)) =
                (set_by.kind, set_by.reason, set_by.why)
            {
                defaults.insert(reason, why);
            }
        }
    }
    columns::defaults(&mut out, &defaults, color);
    out
}

/// `web (Deployment, container web)`
fn heading(environment: &Environment) -> String {
    let Environment { component, kind, object, container, runs, .. } = environment;
    let runs = match runs {
        Runs::Main => "container",
        Runs::Init => "init container",
        Runs::Sidecar => "sidecar",
    };
    let name = component.as_ref().unwrap_or(object);
    let object = if name == object { kind.clone() } else { format!("{kind} {object}") };
    normalize_untrusted_str(&format!("{name} ({object}, {runs} {container})"))
}

fn row(variable: &Variable, source: &Source) -> [String; 3] {
    let mut value = shown(&variable.value);
    if variable.env_from {
        value.push_str(" (envFrom)");
    }
    [normalize_untrusted_str(&variable.name), value, setter(variable, source)]
}

/// A text in quotes, or where the value comes from.
fn shown(value: &Value) -> String {
    let of_key = |kind: &str, name: &str, key: &Option<String>, optional: bool| {
        let optional = if optional { ", optional" } else { "" };
        match key {
            Some(key) => format!("{kind}/{name} key {key}{optional}"),
            None => format!("{kind}/{name}, every key{optional}"),
        }
    };
    normalize_untrusted_str(&match value {
        Value::Literal { expanded, .. } => quoted(expanded),
        Value::Hidden => "a text that is not shown".to_owned(),
        Value::Secret { name, key, optional } => of_key("Secret", name, key, *optional),
        Value::ConfigMap { name, key, optional } => of_key("ConfigMap", name, key, *optional),
        Value::Field { path } => format!("field {path}"),
        Value::Resource { path } => format!("resource {path}"),
        Value::Other => "another source".to_owned(),
    })
}

/// A text in quotes and in one line.
pub(in crate::commands) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn setter(Variable { name, set_by, .. }: &Variable, source: &Source) -> String {
    let place = set_by.place.as_ref().map(|place| self::place(place, source)).unwrap_or_default();
    normalize_untrusted_str(&match (set_by.kind, &set_by.component) {
        (SetterKind::Binding, Some(component)) => {
            // With `secrets = "files"` it is the path of a file.
            let is_usual =
                |usual: &&str| name == usual || name.strip_suffix("_FILE") == Some(usual);
            let renamed = set_by.preset.filter(|usual| !is_usual(usual));
            let usual = renamed.map(|usual| format!(" ({usual})")).unwrap_or_default();
            format!("bound by {component}{usual}")
        }
        (SetterKind::Preset, _) => format!("preset, {place}"),
        (SetterKind::Patch, _) => format!("patch, {place}"),
        (SetterKind::Object, _) => format!("object, {place}"),
        (SetterKind::Stack | SetterKind::Type, _) => place,
        (SetterKind::Default | SetterKind::Binding, _) => {
            format!("default {}", set_by.reason.unwrap_or_default())
        }
    })
}

/// `stack.toml:14:3`: you know the folder of the stack file that you name. A value of the command line has no lines.
pub(in crate::commands) fn place(place: &WrittenAt, source: &Source) -> String {
    let is_flag = |text: &SourceText| text.kind == TextKind::Flag && text.name == place.file;
    if source.further.iter().any(is_flag) {
        return place.file.clone();
    }
    let name = match place.file.rsplit_once('/') {
        Some((_, name)) if place.file == source.stack.name => name,
        _ => &place.file,
    };
    format!("{name}:{}:{}", place.line, place.column)
}
