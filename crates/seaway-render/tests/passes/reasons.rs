//! The named defaults: each can be named, looked up and understood.

use std::collections::BTreeSet;

#[test]
fn every_default_has_a_name_of_its_own_a_reason_and_a_source() {
    let tables = [seaway_render::reasons::REASONS, seaway_core::options::REASONS];
    let mut names = BTreeSet::new();
    for table in tables {
        let of_table: Vec<&str> = table.iter().map(|reason| reason.name).collect();
        assert!(of_table.is_sorted(), "{of_table:?}");
        for reason in table {
            let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(reason.name.chars().all(kebab), "{}", reason.name);
            assert!(names.insert(reason.name), "two defaults are called {}", reason.name);
            assert!(!reason.why.is_empty() && !reason.why.ends_with('.'), "{}", reason.name);
            let page = reason.source.starts_with("https://");
            let issue = reason.source.split_once('#').is_some_and(|(repository, number)| {
                repository.matches('/').count() == 1 && number.bytes().all(|b| b.is_ascii_digit())
            });
            assert!(page || issue, "{}: {}", reason.name, reason.source);
        }
    }
}
