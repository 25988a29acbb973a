//! Words for help: the nearest known one, lists of them, lines to paste.

use std::fmt::Write as _;

/// The longest word that somebody mistypes: to compare two words takes the product of their lengths.
const LONGEST: usize = 250;

/// The known word that a typing error most likely meant, if one is near enough.
///
/// Near is a third of the word's length in edits, at least one (what rustc takes too); letter case
/// and `_` for `-` cost nothing.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace('_', "-");
    let word = plain(word);
    let length = word.chars().count();
    if length > LONGEST {
        return None;
    }
    let limit = (length / 3).max(1);
    known
        .into_iter()
        .map(|candidate| (plain(candidate), candidate))
        // Each letter more is an edit.
        .filter(|(plain, _)| plain.chars().count().abs_diff(length) <= limit)
        .map(|(plain, candidate)| (strsim::damerau_levenshtein(&word, &plain), candidate))
        // Words of one letter are near to each other, but nobody meant `b` who wrote `x`.
        .filter(|(distance, candidate)| {
            *distance <= limit && *distance < word.len().max(candidate.len())
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// `did you mean …?`, or the list of what there is.
pub fn nearest_or_all<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut known: Vec<&str> = known.into_iter().collect();
    known.sort_unstable();
    known.dedup();
    if known.is_empty() {
        return None;
    }
    Some(match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.len() == 1 => format!("known is {}", quoted_list(&known)),
        None => format!("known are {}", quoted_list(&known)),
    })
}

/// A text as TOML takes it, in quotes: for a line to paste.
pub fn pasted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                // Writing to a String can not fail.
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// `` `a`, `b` and `c` ``
pub fn quoted_list<T: std::fmt::Display>(words: &[T]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        assert_eq!(nearest("replicaz", ["replicas", "resources"]), Some("replicas"));
        assert_eq!(nearest("node_selector", ["node-selector"]), Some("node-selector"));
        assert_eq!(nearest("xyz", ["replicas"]), None);
        // Would take hours if it was compared.
        let long = "x".repeat(1 << 20);
        assert_eq!(nearest(&long, [&*long, "x"]), None);
        assert_eq!(nearest("replicas", [&*long, "replica"]), Some("replica"));
        assert_eq!(nearest_or_all("xyz", ["b", "a"]).as_deref(), Some("known are `a` and `b`"));
    }
}
