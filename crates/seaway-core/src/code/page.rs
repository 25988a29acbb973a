//! The page of a code.

/// What is wrong, what would happen in the cluster, where that is known from, and what it looks like.
///
/// A page is written as Markdown: the text, then examples in fenced blocks whose info string is `toml` and a [`Role`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Paragraphs of Markdown.
    pub text: &'static str,
    /// Stack files, in the order in which they are read.
    pub examples: Vec<Example>,
}

/// A whole stack file of one stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example {
    /// What it shows.
    pub role: Role,
    /// Its text.
    pub text: &'static str,
}

/// What an example shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// What the cluster has already, where the problem is a change.
    Before,
    /// What reports the code, and nothing else.
    Bad,
    /// What to write instead: it compiles without a word.
    Good,
}

impl Role {
    /// All roles, in the order in which examples are read.
    pub const ALL: [Self; 3] = [Self::Before, Self::Bad, Self::Good];

    /// `before`, `bad` or `good`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::Bad => "bad",
            Self::Good => "good",
        }
    }

    /// What an example shows, as a line above it.
    pub fn about(self) -> &'static str {
        match self {
            Self::Before => "In the cluster, from an earlier run:",
            Self::Bad => "Reported:",
            Self::Good => "Instead:",
        }
    }
}

impl Page {
    /// Takes a page apart. It never fails: what is no example belongs to the text.
    pub(crate) fn parse(markdown: &'static str) -> Self {
        let first = markdown.find(OPEN).unwrap_or(markdown.len());
        let blocks = markdown[first..].split(OPEN).skip(1);
        let examples = blocks.filter_map(|block| {
            let (role, rest) = block.split_once('\n')?;
            let role = Role::ALL.into_iter().find(|known| known.as_str() == role)?;
            let end = rest.find(CLOSE)?;
            Some(Example { role, text: &rest[..=end] })
        });
        Self { text: markdown[..first].trim(), examples: examples.collect() }
    }

    /// The text of the example with this role.
    pub fn example(&self, role: Role) -> Option<&'static str> {
        self.examples.iter().find(|example| example.role == role).map(|example| example.text)
    }

    /// What was there before, where the problem is a change.
    pub fn before(&self) -> Option<&'static str> {
        self.example(Role::Before)
    }

    /// What reports the code.
    pub fn bad(&self) -> Option<&'static str> {
        self.example(Role::Bad)
    }

    /// What to write instead.
    pub fn good(&self) -> Option<&'static str> {
        self.example(Role::Good)
    }
}

/// What an example begins with; its role follows.
const OPEN: &str = "```toml ";
/// What it ends with, the line break before it included.
const CLOSE: &str = "\n```";

#[cfg(test)]
mod tests {
    use super::super::{Code, table::TABLE};
    use super::*;

    #[test]
    fn text_and_examples_are_told_apart() {
        let page = Page::parse(
            "Text.\n\n```sh\nls\n```\n\n```toml bad\na = 1\n```\n\n```toml good\n```\n\n```toml good\nb\n\nc\n```\n",
        );
        assert_eq!(page.text, "Text.\n\n```sh\nls\n```");
        assert_eq!(page.bad(), Some("a = 1\n"));
        assert_eq!(page.good(), Some("b\n\nc\n"));
        assert_eq!(page.before(), None);
        assert_eq!(Page::parse(""), Page { text: "", examples: vec![] });
    }

    #[test]
    fn every_code_has_a_page_of_text_and_examples() {
        for (code, name, _, markdown) in TABLE {
            let page = code.page();
            assert!(!page.text.is_empty(), "the page of {name} is empty");
            let mut rest = markdown.replacen(page.text, "", 1);
            for Example { role, text } in &page.examples {
                rest = rest.replacen(&format!("{OPEN}{}\n{text}```\n", role.as_str()), "", 1);
            }
            assert_eq!(rest.trim(), "", "{name}: neither text nor an example");
            let mut roles: Vec<Role> = page.examples.iter().map(|example| example.role).collect();
            roles.sort();
            match code {
                // An example would be a page of 256 KiB.
                Code::Internal | Code::LargeObject => assert_eq!(roles, []),
                code if code.needs_earlier_output() => {
                    assert_eq!(roles, Role::ALL, "{name}");
                }
                _ => assert_eq!(roles, [Role::Bad, Role::Good], "{name}"),
            }
        }
    }

    /// Where Seaway's own language is all that a fact can be known from.
    const OF_THE_LANGUAGE: [Code; 5] = [
        Code::UnknownStage,
        Code::CyclicExtends,
        Code::NothingToRemove,
        Code::UnusedAllow,
        Code::Internal,
    ];

    #[test]
    fn every_page_names_a_source() {
        for code in Code::all().filter(|code| !OF_THE_LANGUAGE.contains(code)) {
            let text = code.page().text;
            assert!(text.is_empty() || text.contains("https://"), "{code}");
        }
    }
}
