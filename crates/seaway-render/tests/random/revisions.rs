//! Two revisions of a random stack: what differs is explained, and nothing that an apply would show is missing.

use std::collections::BTreeSet;

use seaway_core::document::parse_text;
use seaway_core::{Consequence, Document, Sink, Source, TextKind};
use seaway_render::revision::{Compiled, compare};
use seaway_render::{Bundle, Format, Object, Revision, StageDiff, against, compile_document, emit};

use crate::chance::Chance;
use crate::common::sink_of_part;
use crate::{seeds, stack};

/// Both revisions of each stage that compiles in both, and how they differ.
fn compared(old: &str, new: &str) -> Vec<(Bundle, Bundle, StageDiff)> {
    let mut source = Source::new("new.toml", new);
    source.add(TextKind::File, "old.toml", old.to_owned(), None);
    let is = parse_text(&source.stack, &mut Sink::default());
    let was = parse_text(&source.further[0], &mut Sink::default());
    let compiled = |document: &Document, stage: &str| {
        let mut sink = sink_of_part();
        let bundle = compile_document(&source, document, stage, &mut sink).ok()?;
        Some((bundle, sink.allowances().to_vec()))
    };
    let stages = is.stages().into_iter().filter_map(|stage| {
        let stage = stage.value;
        let ((old, before), (new, after)) = (compiled(&was, &stage)?, compiled(&is, &stage)?);
        let side = |document, bundle, allowances| {
            Revision::Compiled(Compiled { source: &source, document, bundle, allowances })
        };
        let diff = compare(
            &stage,
            &seaway_core::shell::command("s", &[]),
            side(&was, &old, &before),
            side(&is, &new, &after),
        );
        Some((old, new, diff))
    });
    stages.collect()
}

/// The same stack with a few of its values changed and a few of its lines left out.
fn edited(text: &str, chance: &mut Chance) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..chance.between(1, 4) {
        let at = chance.below(lines.len());
        let line = &mut lines[at];
        let Some((key, value)) = line.split_once(" = ") else { continue };
        *line = match value.parse::<u32>() {
            Ok(number) => format!("{key} = {}", number + 1),
            Err(_) if chance.one_in(3) => String::new(),
            Err(_) => {
                let other =
                    [("\"17\"", "\"16\""), ("a:1", "a:2"), ("Gi\"", "1Gi\""), ("true", "false")];
                let swapped = other.iter().find(|(from, _)| value.contains(from));
                swapped.map_or_else(|| line.clone(), |(from, to)| line.replacen(from, to, 1))
            }
        };
    }
    lines.join("\n")
}

fn id(object: &Object) -> (String, String, Option<String>) {
    let body = &object.body;
    (body.api_version().to_owned(), object.id(), body.metadata().namespace.clone())
}

fn yaml(object: &Object) -> String {
    let mut text = String::new();
    emit::document(object, Format::Yaml, &mut text).expect("YAML");
    text
}

/// The objects that only one revision has, or that are not the same in both.
fn differing(old: &Bundle, new: &Bundle) -> BTreeSet<String> {
    let same = |one: &Object, others: &Bundle| {
        others.objects.iter().any(|other| id(one) == id(other) && yaml(one) == yaml(other))
    };
    let gone = old.objects.iter().filter(|object| !same(object, new));
    let come = new.objects.iter().filter(|object| !same(object, old));
    gone.chain(come).map(Object::id).collect()
}

/// A name without the hash that it may end in.
fn stem(id: &str) -> &str {
    match id.rsplit_once('-') {
        Some((stem, hash))
            if hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) =>
        {
            stem
        }
        _ => id,
    }
}

#[test]
fn equal_revisions_do_not_differ() {
    for seed in seeds(40) {
        let text = stack::stack(seed);
        // A comment moves every place.
        for (_, _, diff) in compared(&format!("# A comment.\n{text}"), &text) {
            assert!(diff.is_empty(), "SEAWAY_SEED={seed}: {diff:#?}");
        }
    }
}

#[test]
fn what_differs_is_explained_and_what_follows_is_named() {
    let mut seen = 0;
    for seed in seeds(30) {
        let text = stack::stack(seed);
        let new = edited(&text, &mut Chance::new(seed));
        for (old, new, diff) in compared(&text, &new) {
            seen += usize::from(!diff.is_empty());
            let explained: Vec<&str> = diff
                .causes
                .iter()
                .flat_map(|cause| &cause.effects)
                .flat_map(|effect| effect.objects.iter().map(|object| stem(object)))
                .collect();
            for object in differing(&old, &new) {
                assert!(
                    explained.contains(&stem(&object)),
                    "SEAWAY_SEED={seed}: {object}\n{diff:#?}"
                );
            }
            // One field is one effect of one cause.
            let fields: usize = diff
                .causes
                .iter()
                .flat_map(|cause| &cause.effects)
                .map(|effect| effect.count)
                .sum();
            assert_eq!(fields == 0, diff.objects == seaway_render::revision::Counts::default());
            for cause in &diff.causes {
                assert!(!cause.effects.is_empty(), "SEAWAY_SEED={seed}: {cause:#?}");
            }
            let said = |consequence: Consequence, id: &str| {
                diff.findings.iter().any(|finding| {
                    finding.consequence == consequence
                        && finding.objects.iter().any(|known| known == id)
                })
            };
            for object in &new.objects {
                let Some(before) = old.objects.iter().find(|before| id(before) == id(object))
                else {
                    continue;
                };
                if !against::refused(&before.body, &object.body).is_empty() {
                    assert!(
                        said(Consequence::Refused, &object.id()),
                        "SEAWAY_SEED={seed}: {}\n{diff:#?}",
                        object.id()
                    );
                }
            }
            for finding in &diff.findings {
                assert!(finding.cause.is_none_or(|at| at < diff.causes.len()));
            }
        }
    }
    assert!(seen > 15, "{seen} stages differ");
}
