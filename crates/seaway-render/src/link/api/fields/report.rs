//! Faults of fields, and where they are.

use std::fmt;

use seaway_core::{Code, Diagnostic, Sink, Span, suggest};

use super::relate::Seen;
use super::rules::Type;
use super::walk::{Place, Step};
use crate::Object;
use crate::link::index::fault;
use crate::object::item_key;
use crate::tree::to_node;

/// Reports the faults of an object.
pub(super) struct Report<'o> {
    pub object: &'o Object,
    pub sink: &'o mut Sink,
    /// What was seen of all types that the walk is inside of, innermost last.
    pub seen: Vec<(&'static str, &'static str)>,
}

/// Several words, or the only one, in a sentence that goes on with `of`.
fn words(of: &[&str], join: &str) -> String {
    let quoted: Vec<String> = of.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} {join} {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

impl Report<'_> {
    /// The path of a place as origins know it: items of lists by their keys.
    pub(super) fn path(&self, place: &Place<'_>) -> String {
        let tree = to_node(&self.object.body, Span::default());
        let mut chain = vec![place];
        while let Some(around) = chain.last().and_then(|place| place.around) {
            chain.push(around);
        }
        let (mut path, mut node, mut list) = (String::new(), tree.as_ref(), "");
        for place in chain.iter().rev() {
            match place.step {
                Step::Root => {}
                Step::Key(key) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(key);
                    node = node.and_then(|node| node.get(key));
                    list = key;
                }
                Step::Item(at) => {
                    node = node.and_then(|node| match &node.value {
                        seaway_core::Value::Array(items) => items.get(at),
                        _ => None,
                    });
                    let name = node.and_then(|node| node.get(item_key(list))?.as_str());
                    let key = name.filter(|name| !name.is_empty());
                    let place = at.to_string();
                    path.push('[');
                    path.push_str(key.unwrap_or(&place));
                    path.push(']');
                }
            }
        }
        path
    }

    /// Whether a part has a place in the stack of its own.
    fn is_written(&self, path: &str) -> bool {
        let nearest = self.object.origins.nearest(path);
        nearest.is_some_and(|(found, origin)| found == path && origin.span().is_some())
    }

    fn fault(&self, code: Code, path: &impl fmt::Display, message: String) -> Diagnostic {
        fault(code, self.object, path, message)
    }

    pub(super) fn range(
        &mut self,
        place: &Place<'_>,
        of: &Type,
        number: i64,
        least: i64,
        most: i64,
    ) {
        let path = self.path(place);
        let field = place.key();
        // A number that the API requires is nothing else than 0 if it is left out.
        if number == 0 && !self.is_written(&path) {
            let message = format!("{} needs `{field}`", of.what);
            let around = place.around.map_or_else(String::new, |around| self.path(around));
            let diagnostic = self.fault(Code::IncompleteObject, &around, message);
            self.sink.report(diagnostic.help(format!("write `{field} = …`")));
            return;
        }
        let (range, help) = if most == i64::MAX {
            (format!("at least {least}"), format!("write a number from {least} on"))
        } else if least <= i32::MIN.into() {
            (format!("at most {most}"), format!("write a number up to {most}"))
        } else {
            (format!("{least} to {most}"), format!("write a number from {least} to {most}"))
        };
        let message = format!("`{field}` of {} is {range}, not {number}", of.what);
        let diagnostic = self.fault(Code::OutOfRange, &path, message);
        let help = match field {
            "defaultMode" | "mode" if number > most => {
                "modes of files are octal: write `0o440`, or 288".to_owned()
            }
            "nodePort" => {
                "leave it out, and the cluster picks a free one; a cluster can have another range \
                           (`--service-node-port-range`)"
                    .to_owned()
            }
            _ => help,
        };
        self.sink.report(diagnostic.help(help));
    }

    pub(super) fn word(&mut self, place: &Place<'_>, of: &Type, text: &str, known: &[&str]) {
        let message = format!("`{}` of {} can not be `{text}`", place.key(), of.what);
        let diagnostic = self.fault(Code::InvalidValue, &self.path(place), message);
        self.sink
            .report(diagnostic.help_maybe(suggest::nearest_or_all(text, known.iter().copied())));
    }

    pub(super) fn form(&mut self, place: &Place<'_>, text: &str, what: &str, help: &str) {
        let message = format!("`{text}` is not {what}");
        let diagnostic = self.fault(Code::InvalidValue, &self.path(place), message);
        self.sink.report(diagnostic.help(help));
    }

    pub(super) fn port(&mut self, place: &Place<'_>, of: &Type, text: &str) {
        let message = format!("`{}` of {} can not be `{text}`", place.key(), of.what);
        let diagnostic = self.fault(Code::OutOfRange, &self.path(place), message);
        let number = text.parse::<u16>().ok().filter(|number| *number > 0);
        self.sink.report(diagnostic.help(match number {
            Some(number) => format!("write the number without quotes: `{number}`"),
            None => "write a number from 1 to 65535, or the name of a port: at most 15 of `a-z`, `0-9` and \
                     single `-`, one of them a letter"
                .to_owned(),
        }));
    }

    pub(super) fn share(&mut self, place: &Place<'_>, of: &Type, text: &str, most: i64) {
        let message = format!("`{}` of {} can not be `{text}`", place.key(), of.what);
        let diagnostic = self.fault(Code::OutOfRange, &self.path(place), message);
        let share = if most > 100 { "`25%`".to_owned() } else { format!("`0%` to `{most}%`") };
        self.sink.report(match text.parse::<u32>() {
            Ok(number) => {
                diagnostic.help(format!("write `{number}` without quotes, or `{number}%`"))
            }
            Err(_) => {
                diagnostic.help(format!("write a number of pods, or a share of them: {share}"))
            }
        });
    }

    pub(super) fn label_key(&mut self, place: &Place<'_>, key: &str) {
        let message = format!("`{key}` can not be the key of a label");
        let diagnostic = self.fault(Code::InvalidName, &self.path(place), message);
        self.sink.report(diagnostic.help(crate::names::LABEL_KEY_HELP));
    }

    pub(super) fn label_value(&mut self, place: &Place<'_>, text: &str) {
        let message = format!("`{text}` can not be the value of a label");
        let diagnostic = self.fault(Code::InvalidName, &self.path(place), message);
        self.sink.report(diagnostic.help(crate::names::LABEL_VALUE_HELP));
    }

    pub(super) fn amount(&mut self, place: &Place<'_>, message: String, help: String) {
        let path = self.path(place);
        // What is not written was filled in from what is: a limit from a request, and the other way round.
        if !self.is_written(&path) && self.is_copy(place, &path) {
            return;
        }
        let diagnostic = self.fault(Code::InvalidQuantity, &path, message);
        self.sink.report(diagnostic.help(help));
    }

    /// Whether the same amount is written on the other side of requests and limits.
    fn is_copy(&self, place: &Place<'_>, path: &str) -> bool {
        let resource = place.key();
        let start = path.strip_suffix(resource).unwrap_or(path);
        let sides = [("requests.", "limits."), ("limits.", "requests.")];
        sides.iter().any(|(this, other)| {
            start
                .strip_suffix(this)
                .is_some_and(|around| self.is_written(&format!("{around}{other}{resource}")))
        })
    }

    /// Fields that a type needs are not there.
    pub(super) fn missing(&mut self, place: &Place<'_>, of: &Type, seen: Seen<'_>) {
        let missing: Vec<&str> =
            of.needs.iter().copied().filter(|field| !seen.has(field)).collect();
        let message = format!("{} needs {}", of.what, words(&missing, "and"));
        let diagnostic = self.fault(Code::IncompleteObject, &self.path(place), message);
        self.sink.report(diagnostic.help(format!("write `{} = …`", missing[0])));
    }

    /// None of several fields is there.
    pub(super) fn none(&mut self, place: &Place<'_>, of: &Type, fields: &[&str]) {
        let (message, help) = match fields {
            [] => (
                format!("{} needs a source", of.what),
                "write one, for example `emptyDir = {}`".to_owned(),
            ),
            _ => (
                format!("{} needs {}", of.what, words(fields, "or")),
                format!("write {}", if fields.len() > 1 { "one of them" } else { "it" }),
            ),
        };
        let diagnostic = self.fault(Code::IncompleteObject, &self.path(place), message);
        self.sink.report(diagnostic.help(help));
    }

    /// Several fields are there of which only one can be.
    pub(super) fn several(
        &mut self,
        place: &Place<'_>,
        of: &Type,
        seen: Seen<'_>,
        counts: impl Fn(&str) -> bool,
    ) {
        let found: Vec<&str> = seen.fields().filter(|field| counts(field)).collect();
        self.exclusive(place, of, &found);
    }

    /// Two fields are there that exclude each other.
    pub(super) fn pair(&mut self, place: &Place<'_>, of: &Type, (one, other): (&str, &str)) {
        self.exclusive(place, of, &[one, other]);
    }

    fn exclusive(&mut self, place: &Place<'_>, of: &Type, found: &[&str]) {
        let message = format!("{} can not have {} at once", of.what, words(found, "and"));
        let around = self.path(place);
        let inside = |field: &&&str| self.is_written(&join(&around, field));
        // The later one is most likely the one that does not belong there.
        let path =
            found.iter().rfind(inside).map_or_else(|| around.clone(), |field| join(&around, field));
        let mut diagnostic = self.fault(Code::ExclusiveFields, &path, message);
        for field in found {
            let other = join(&around, field);
            if other != path
                && self.is_written(&other)
                && let Some(span) = self.object.origins.of(&other).span()
            {
                diagnostic = diagnostic.label(span, "");
            }
        }
        self.sink.report(diagnostic.help("keep one of them"));
    }

    /// A field is missing that a word of another one asks for.
    pub(super) fn needs(
        &mut self,
        place: &Place<'_>,
        of: &Type,
        field: &str,
        (other, word): (&str, &str),
    ) {
        let message = match word {
            "" => format!("{} without `{other}` needs `{field}`", of.what),
            _ => format!("{} with `{other}` `{word}` needs `{field}`", of.what),
        };
        let around = self.path(place);
        let path = match word {
            "" => around,
            _ => join(&around, other),
        };
        let diagnostic = self.fault(Code::IncompleteObject, &path, message);
        self.sink.report(diagnostic.help(format!("write `{field} = …`")));
    }

    /// A field is missing that another one asks for.
    pub(super) fn needs_beside(
        &mut self,
        place: &Place<'_>,
        of: &Type,
        (field, other): (&str, &str),
    ) {
        let message = format!("{} with `{other}` needs `{field}`", of.what);
        let path = join(&self.path(place), other);
        let diagnostic = self.fault(Code::IncompleteObject, &path, message);
        self.sink.report(diagnostic.help(format!("write `{field} = …`")));
    }

    /// A field is there that a word of another one excludes.
    pub(super) fn excluded(
        &mut self,
        place: &Place<'_>,
        of: &Type,
        field: &str,
        (other, word): (&str, &str),
    ) {
        let message = match word {
            "" => format!("{} without `{other}` can not have `{field}`", of.what),
            _ => format!("{} with `{other}` `{word}` can not have `{field}`", of.what),
        };
        let around = self.path(place);
        let inside = join(&around, field);
        let setting = join(&around, other);
        let path =
            if self.is_written(&inside) || self.object.origins.written_inside(&inside).is_some() {
                inside
            } else if self.is_written(&setting) {
                setting
            } else {
                inside
            };
        let diagnostic = self.fault(Code::ExclusiveFields, &path, message);
        self.sink.report(diagnostic.help(format!("remove `{field}`, or write another `{other}`")));
    }
}

fn join(around: &str, field: &str) -> String {
    if around.is_empty() { field.to_owned() } else { format!("{around}.{field}") }
}
