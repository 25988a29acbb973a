//! Types of components that are data and come with Seaway: one file each, in the form of `[types.NAME]`.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::{SourceText, Span, TextKind};

/// The offset of the first shipped text. All of them lie behind every text of a user, in every source at the same place.
const START: u32 = 0xF000_0000;

macro_rules! texts {
    ($($name:literal),* $(,)?) => {
        [$((
            $name,
            concat!("<seaway>/templates/services/", $name, ".toml"),
            include_str!(concat!("../../templates/services/", $name, ".toml")),
        )),*]
    };
}

/// Name, what messages call the file, text.
const FILES: &[(&str, &str, &str)] = &texts![
    "clickhouse",
    "gotenberg",
    "mailpit",
    "mariadb",
    "meilisearch",
    "memcached",
    "minio",
    "mysql",
    "opensearch",
    "rabbitmq",
    "tika",
];

static TEXTS: LazyLock<Vec<SourceText>> = LazyLock::new(|| {
    let mut start = START;
    FILES
        .iter()
        .map(|(_, path, text)| {
            let text = SourceText {
                kind: TextKind::Shipped,
                name: Cow::Borrowed(path),
                text: Cow::Borrowed(text),
                start,
                asked_by: None,
            };
            start = text.end().saturating_add(1);
            text
        })
        .collect()
});

/// The names of the shipped types, in alphabetical order.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, ..)| *name)
}

/// The text of a shipped type.
pub fn text(name: &str) -> Option<&'static SourceText> {
    let index = FILES.iter().position(|(known, ..)| *known == name)?;
    TEXTS.get(index)
}

/// Whether a place lies in a shipped text.
pub fn holds(place: Span) -> bool {
    text_at(place.start).is_some()
}

/// The shipped text that an offset lies in.
pub(super) fn text_at(offset: u32) -> Option<&'static SourceText> {
    if offset < START || offset == u32::MAX {
        return None;
    }
    let behind = TEXTS.partition_point(|text| text.start <= offset);
    TEXTS.get(behind.checked_sub(1)?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test that looks at the folder")]
    fn each_file_of_the_folder_is_a_type() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/services");
        let entries = std::fs::read_dir(folder).expect("the folder").flatten();
        let files: BTreeSet<String> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        let listed: BTreeSet<String> = names().map(|name| format!("{name}.toml")).collect();
        assert_eq!(files, listed, "add the missing name to `FILES`");
        assert!(names().is_sorted());
    }

    /// A paragraph of a file is its head, or one value with the lines `# why:` and `# source:` before it.
    #[test]
    fn each_value_has_its_reason_and_source() {
        for (name, _, text) in FILES {
            for paragraph in text.split("\n\n").skip(1) {
                let lines: Vec<&str> = paragraph.trim().lines().collect();
                let (comments, value): (Vec<&str>, Vec<&str>) =
                    lines.iter().partition(|line| line.starts_with('#'));
                let is_reasoned = matches!(comments.as_slice(), [why, source]
                    if why.starts_with("# why: ") && source.starts_with("# source: https://"));
                assert!(is_reasoned && !value.is_empty(), "{name}.toml:\n{paragraph}");
            }
        }
    }
}
