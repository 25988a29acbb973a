//! The reference pages are what the code says.

#![expect(clippy::disallowed_methods, reason = "a test of a page reads it")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use seaway_core::production::RULES;
use seaway_core::reference::{diagnostics, production, reference};

fn is_current(name: &str, now: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var("UPDATE_REFERENCE").is_ok() {
        fs::write(&path, now).expect("the reference can be written");
    }
    let page = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        page == now,
        "{name} is stale: UPDATE_REFERENCE=1 cargo test -p seaway-core --test reference"
    );
}

#[test]
fn the_references_are_what_the_code_says() {
    is_current("REFERENCE.md", &reference());
    is_current("DIAGNOSTICS.md", &diagnostics());
    is_current("PRODUCTION.md", &production());
}

#[test]
fn every_link_leads_to_a_heading() {
    links_lead_to_headings(&reference());
    links_lead_to_headings(&diagnostics());
    links_lead_to_headings(&production());
}

/// A file that judges by the profile and is in no row is a rule that nobody reads of.
#[test]
fn every_file_that_judges_by_the_profile_is_in_the_table_of_production() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let known: BTreeSet<&str> = RULES.iter().flat_map(|rule| rule.files).copied().collect();
    for file in &known {
        assert!(crates.join(file).is_file(), "there is no {file}");
    }
    let mut found = 0;
    let mut folders: Vec<String> = [
        "seaway-core/src/rules",
        "seaway-core/src/policy",
        "seaway-core/src/resolve",
        "seaway-render/src/link",
    ]
    .map(str::to_owned)
    .into();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(crates.join(&folder)).expect("a folder").flatten() {
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                folders.push(name);
                continue;
            }
            let text = fs::read_to_string(entry.path()).expect("a source");
            if text.contains("is_production()") {
                assert!(
                    known.contains(name.as_str()),
                    "{name} judges by the profile and is in no row of `production::RULES`"
                );
                found += 1;
            }
        }
    }
    assert!(found > 5);
}

fn links_lead_to_headings(page: &str) {
    let anchor = |title: &str| title.replace('`', "").to_lowercase().replace(' ', "-");
    let headings: Vec<String> = page
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| anchor(line.trim_start_matches('#').trim()))
        .collect();
    let unique: BTreeSet<&String> = headings.iter().collect();
    assert_eq!(unique.len(), headings.len(), "two headings are the same");
    for (_, link) in page.match_indices("](#").map(|(at, found)| page[at..].split_at(found.len())) {
        let link = link.split(')').next().unwrap_or_default();
        assert!(headings.iter().any(|heading| heading == link), "no heading for #{link}");
    }
}

#[test]
fn every_reason_of_the_sources_is_listed() {
    let page = reference();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut reasons = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).expect("a source");
            for part in text.split(": Reason = Reason {").skip(1) {
                let name = part.split('"').nth(1).expect("a name");
                assert!(page.contains(&format!("| `{name}` |")), "{name} is in no list of reasons");
                reasons += 1;
            }
        }
    }
    assert!(reasons > 30);
}
