//! Origins for people: of a field all that is known, of an object a comment behind each line.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use annotate_snippets::normalize_untrusted_str;
use seaway_core::{Node, Source, Value};
use seaway_render::environment::WrittenAt;
use seaway_render::why::{Cause, CauseKind, Field, Line, Shown, StepChange, Why};

use crate::commands::env::{self, quoted};

/// Most characters before the comments of an object. Longer lines have theirs right behind them.
const WIDTH: usize = 64;
/// Most characters of a value in one line.
const MOST: usize = 72;

/// What is known of a field, or of each line of an object.
pub(super) fn text(why: &Why, source: &Source, color: bool) -> String {
    let view = View { source, color };
    match (&why.field, &why.yaml) {
        (Some(field), _) => view.field(why, field),
        (None, Some(yaml)) => view.object(why, yaml, why.fields.as_deref().unwrap_or_default()),
        (None, None) => String::new(),
    }
}

struct View<'a> {
    source: &'a Source,
    color: bool,
}

impl View<'_> {
    fn bold(&self, line: &str) -> String {
        let (on, off) = if self.color { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
        format!("{on}{line}{off}\n")
    }

    fn dim(&self, text: &str) -> String {
        let (on, off) = if self.color { ("\x1b[2m", "\x1b[0m") } else { ("", "") };
        format!("{on}{text}{off}")
    }

    fn field(&self, why: &Why, field: &Field) -> String {
        let title = format!("{}/{} {}", why.kind, why.name, field.path);
        let mut out = self.bold(&normalize_untrusted_str(&title));
        let last = field.passes.last();
        let value = match last.filter(|step| step.change == StepChange::Removed) {
            Some(step) => format!("removed by the pass `{}`", step.pass),
            None => shown(&field.value),
        };
        row(&mut out, "value", &value);
        let is_removal = field.value.value.is_none() && field.origin.kind == CauseKind::Patch;
        let by = if is_removal { "removed by" } else { "set by" };
        row(&mut out, by, &self.cause(&field.origin));
        if let Cause { reason: Some(_), why: Some(why), source: Some(source), .. } = field.origin {
            row(&mut out, "why", why);
            row(&mut out, "source", source);
        }
        if let Some(part) = &field.origin.part {
            let part = if part.is_empty() { "the object as a whole" } else { part };
            row(&mut out, "as part of", &normalize_untrusted_str(part));
        }
        if !field.layers.is_empty() {
            out.push('\n');
            out.push_str(&self.bold("layers, the lowest first; `>` is the one that counts"));
            self.layers(&mut out, field);
        }
        if !field.passes.is_empty() {
            out.push('\n');
            out.push_str(&self.bold("passes that set or changed it"));
            for step in &field.passes {
                let value = match step.change {
                    StepChange::Removed => "removed".to_owned(),
                    StepChange::Set | StepChange::Changed => shown(&step.value),
                };
                let _ = writeln!(out, "  {:<9}  {value}", step.pass);
            }
        }
        out
    }

    fn layers(&self, out: &mut String, field: &Field) {
        let rows: Vec<(String, String)> = field
            .layers
            .iter()
            .map(|says| (normalize_untrusted_str(&says.layer), self.place(&says.place)))
            .collect();
        let width = |text: &String| text.chars().count();
        let first = rows.iter().map(|(layer, _)| width(layer)).max().unwrap_or_default();
        let second = rows.iter().map(|(_, place)| width(place)).max().unwrap_or_default();
        for (says, (layer, place)) in field.layers.iter().zip(rows) {
            let mark = if says.wins { ">" } else { " " };
            let value = if says.removes { "false".to_owned() } else { shown(&says.value) };
            let line = format!(
                "{mark} {layer:<first$}  {place:<second$}  {} = {value}",
                normalize_untrusted_str(&says.key)
            );
            out.push_str(&line);
            out.push('\n');
        }
    }

    fn object(&self, why: &Why, yaml: &str, fields: &[Line]) -> String {
        let comments: BTreeMap<usize, String> =
            fields.iter().map(|field| (field.line, self.cause(&field.origin))).collect();
        let lines: Vec<&str> = yaml.lines().collect();
        let length = |line: &str| line.chars().count();
        let longest = lines.iter().map(|line| length(line)).filter(|length| *length <= WIDTH);
        let column = longest.max().unwrap_or_default();
        let title = format!("# {}/{}: {}", why.kind, why.name, self.cause(&why.origin));
        let mut out = self.bold(&normalize_untrusted_str(&title));
        for (at, line) in lines.iter().enumerate() {
            out.push_str(line);
            if let Some(comment) = comments.get(&(at + 1)) {
                let gap = " ".repeat(column.saturating_sub(length(line)));
                out.extend([&gap, "  ", &self.dim(&format!("# {comment}"))]);
            }
            out.push('\n');
        }
        let origins = fields.iter().map(|field| &field.origin).chain([&why.origin]);
        let defaults: BTreeMap<&str, &str> =
            origins.filter_map(|cause| Some((cause.reason?, cause.why?))).collect();
        if !defaults.is_empty() {
            out.push_str(&self.bold("# defaults"));
            let width = defaults.keys().map(|name| name.len()).max().unwrap_or_default();
            for (name, why) in defaults {
                let _ = writeln!(out, "#   {name:<width$}  {why}");
            }
        }
        out
    }

    /// `app.image, stack.toml:3:9`
    fn cause(&self, cause: &Cause) -> String {
        let Some(place) = &cause.place else {
            return format!("default {}", cause.reason.unwrap_or_default());
        };
        let place = self.place(place);
        let what = match (cause.kind, &cause.key) {
            (_, Some(key)) => format!("{key}, "),
            (CauseKind::Patch, None) => "patch, ".to_owned(),
            (CauseKind::Object, None) => "object, ".to_owned(),
            (_, None) => String::new(),
        };
        normalize_untrusted_str(&format!("{what}{place}"))
    }

    fn place(&self, place: &WrittenAt) -> String {
        normalize_untrusted_str(&env::place(place, self.source))
    }
}

/// A line of the first block. Writing to a String can not fail, here and above.
fn row(out: &mut String, name: &str, text: &str) {
    let _ = writeln!(out, "  {name:<10}  {text}");
}

/// A value in one short line.
fn shown(shown: &Shown) -> String {
    let text = match &shown.value {
        None => "nothing".to_owned(),
        Some(Node { value: Value::String(text), .. }) if shown.hidden => text.clone(),
        Some(Node { value: Value::String(text), .. }) => quoted(text),
        // Strings, numbers, lists and tables: JSON can say it all.
        Some(value) => serde_json::to_string(value).unwrap_or_default(),
    };
    let text = normalize_untrusted_str(&text);
    if text.chars().count() <= MOST {
        return text;
    }
    let kept: String = text.chars().take(MOST - 1).collect();
    format!("{kept}…")
}
