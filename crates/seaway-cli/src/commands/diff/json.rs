//! The comparison for tools.

use super::view::Comparison;

pub(super) fn json(comparison: &Comparison) -> String {
    // Texts and numbers alone: there is nothing that JSON can not say.
    let mut text = serde_json::to_string_pretty(comparison).unwrap_or_default();
    text.push('\n');
    text
}
