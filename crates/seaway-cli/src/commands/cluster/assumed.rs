//! What holds of the cluster of a stage: a line for each assumption, and the defaults that they name.

use std::collections::BTreeMap;

use annotate_snippets::normalize_untrusted_str;
use seaway_core::options::Assumption;
use seaway_core::{Origin, Reason, Source};
use seaway_render::environment::WrittenAt;
use serde::Serialize;

use crate::commands::columns;
use crate::commands::env::place;

/// For people.
pub(super) fn table(assumptions: &[Assumption], source: &Source, color: bool) -> String {
    let mut out = String::new();
    let mut defaults: BTreeMap<&str, &str> = BTreeMap::new();
    let rows: Vec<[String; 3]> = assumptions
        .iter()
        .map(|row| {
            let from = match row.origin {
                Origin::Stack(span) => place(&WrittenAt::of(source, span), source),
                Origin::Default(reason) => {
                    defaults.insert(reason.name, reason.why);
                    format!("default {}", reason.name)
                }
            };
            let value = format!("{}: {}", row.about, row.value.replace('`', ""));
            [row.key.to_owned(), normalize_untrusted_str(&value), normalize_untrusted_str(&from)]
        })
        .collect();
    columns::table(&mut out, &rows);
    columns::defaults(&mut out, &defaults, color);
    out
}

#[derive(Serialize)]
struct Row<'a> {
    about: &'a str,
    key: &'a str,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<WrittenAt>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    known_from: Option<&'a str>,
}

/// For programs.
pub(super) fn json(assumptions: &[Assumption], source: &Source) -> String {
    let row = |row: &'_ Assumption| {
        let reason: Option<&'static Reason> = match row.origin {
            Origin::Stack(_) => None,
            Origin::Default(reason) => Some(reason),
        };
        Row {
            about: row.about,
            key: row.key,
            value: row.value.replace('`', ""),
            place: row.origin.span().map(|span| WrittenAt::of(source, span)),
            default: reason.map(|reason| reason.name),
            why: reason.map(|reason| reason.why),
            known_from: reason.map(|reason| reason.source),
        }
    };
    let rows: Vec<Row<'_>> = assumptions.iter().map(row).collect();
    // Strings alone: there is nothing that JSON can not say.
    let mut text = serde_json::to_string_pretty(&rows).unwrap_or_default();
    text.push('\n');
    text
}
