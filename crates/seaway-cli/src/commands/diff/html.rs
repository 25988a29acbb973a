//! The comparison as one page.

use super::view::Comparison;

pub(super) fn html(_comparison: &Comparison) -> String {
    String::new()
}
