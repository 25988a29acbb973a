//! What follows from a change of a stack, in a closed list: each consequence has a word, a line and a page.
//!
//! A change is reviewed by what it does, not by how many lines it has. The list is ordered: the first is the worst, and
//! whoever reads a comparison reads it in this order.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::Code;
use crate::code::Page;

/// What follows from a change. The order is the rank: the worst comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Consequence {
    /// A volume or a database is left behind with what it holds.
    LostData,
    /// A server gets a volume whose files it cannot read.
    UnreadableData,
    /// The API server refuses the apply.
    Refused,
    /// Something does not answer for a while, or is reached at another address.
    Downtime,
    /// Something has to be done by hand before or after the apply.
    NeedsAStep,
    /// Something is reached, allowed or unprotected that was not.
    Opens,
    /// Pods are replaced one after the other.
    Restarts,
    /// A Job runs once more.
    RunsOnce,
    /// The stage asks for more or less of the cluster.
    Capacity,
    /// Nothing that runs changes.
    Cosmetic,
}

/// Each with its word, its line and its page.
const TABLE: [(Consequence, &str, &str, &str); 10] = [
    (
        Consequence::LostData,
        "lost-data",
        "a volume or a database is left behind with its data",
        include_str!("code/pages/lost-data.md"),
    ),
    (
        Consequence::UnreadableData,
        "unreadable-data",
        "a server gets a volume whose files it cannot read",
        include_str!("code/pages/unreadable-data.md"),
    ),
    (
        Consequence::Refused,
        "refused",
        "the API server refuses the apply",
        include_str!("consequence/pages/refused.md"),
    ),
    (
        Consequence::Downtime,
        "downtime",
        "something does not answer for a while, or gets another address",
        include_str!("consequence/pages/downtime.md"),
    ),
    (
        Consequence::NeedsAStep,
        "needs-a-step",
        "something has to be done by hand before or after the apply",
        include_str!("consequence/pages/needs-a-step.md"),
    ),
    (
        Consequence::Opens,
        "opens",
        "something is reached, allowed or unprotected that was not",
        include_str!("consequence/pages/opens.md"),
    ),
    (
        Consequence::Restarts,
        "restarts",
        "pods are replaced one after the other",
        include_str!("consequence/pages/restarts.md"),
    ),
    (
        Consequence::RunsOnce,
        "runs-once",
        "a Job runs once more",
        include_str!("consequence/pages/runs-once.md"),
    ),
    (
        Consequence::Capacity,
        "capacity",
        "the stage asks for more or less of the cluster",
        include_str!("consequence/pages/capacity.md"),
    ),
    (
        Consequence::Cosmetic,
        "cosmetic",
        "nothing that runs changes",
        include_str!("consequence/pages/cosmetic.md"),
    ),
];

impl Consequence {
    /// All of them, the worst first.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.0)
    }

    /// The one with this word.
    pub fn named(word: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.1 == word).map(|row| row.0)
    }

    /// Its word, in kebab-case. Words are stable: scripts match on them.
    pub fn as_str(self) -> &'static str {
        self.row().1
    }

    /// What it is, in a phrase.
    pub fn summary(self) -> &'static str {
        self.row().2
    }

    /// Its page, in Markdown. A diagnostic of the same word has the same page.
    pub fn page(self) -> Page {
        Page::parse(self.row().3)
    }

    /// The consequence that a code is about, if it is about one: such a code is reported by a comparison alone.
    pub fn of(code: Code) -> Option<Self> {
        match code {
            Code::LostData | Code::OtherOutput | Code::RunsAgain => Some(Self::LostData),
            Code::UnreadableData => Some(Self::UnreadableData),
            Code::ImmutableField => Some(Self::Refused),
            Code::LostReplicas => Some(Self::Downtime),
            Code::StaleConfig | Code::NewSecretKey => Some(Self::NeedsAStep),
            _ => None,
        }
    }

    fn row(self) -> &'static (Self, &'static str, &'static str, &'static str) {
        &TABLE[self as usize]
    }
}

impl fmt::Display for Consequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Consequence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_ranks_and_every_page_says_something() {
        for (at, row) in TABLE.iter().enumerate() {
            assert_eq!(row.0 as usize, at, "{}", row.1);
            assert_eq!(Consequence::named(row.1), Some(row.0));
            assert!(row.0.page().text.len() > 200, "the page of {} says too little", row.1);
        }
        assert_eq!(Consequence::all().count(), TABLE.len());
    }

    #[test]
    fn a_word_that_is_a_code_as_well_has_one_page() {
        for consequence in Consequence::all() {
            if let Some(code) = Code::named(consequence.as_str()) {
                assert_eq!(consequence.page(), code.page(), "{consequence}");
                assert_eq!(Consequence::of(code), Some(consequence));
            }
        }
    }

    /// A code that needs earlier output is about a consequence; that is what both words promise.
    #[test]
    fn every_code_of_a_comparison_is_about_a_consequence() {
        for code in Code::all() {
            let is_about_one = Consequence::of(code).is_some();
            assert_eq!(is_about_one, code.needs_earlier_output(), "{code}");
        }
    }
}
