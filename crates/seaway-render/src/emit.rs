//! The last pass: typed objects to bytes that every reader of YAML reads back alike.
//!
//! Values of `k8s-openapi` go through a serde [`Serializer`] of our own straight into one `String`,
//! without a tree in between. Libraries were measured first: `serde_yaml` 0.9 prints 21 of 257 test strings so that
//! `kubectl` reads something else, and `serde-saphyr` 2.1 two.
//!
//! What is guaranteed:
//!
//! - **Strings stay strings.** A plain scalar is printed only where no YAML 1.1 or 1.2 reader could take it for a
//!   number, a boolean, null, a date or syntax; everything else is in double quotes. Text with several lines is a
//!   literal block (`|`, `|-`) where that is exact: no line ends in a blank, the first line that is not empty starts
//!   with neither blank nor tab, at most one newline ends the text, and no character needs an escape. Never folded; no
//!   anchors, tags or directives.
//! - **What a reviewer cannot see is escaped**: control characters, bidirectional controls, zero-width and other
//!   default ignorable characters, blanks that are not U+0020, line and paragraph separators, private use,
//!   noncharacters.
//! - **The order is the one a person writes**, from a table for each Kubernetes struct. Keys of maps keep the order of
//!   the map.
//! - **No empty noise.** A struct's field that holds nothing is left out, and so is what then holds nothing itself,
//!   unless the emptiness has a meaning (`emptyDir: {}`, `podSelector: {}`). Items of a list, entries of a map and
//!   empty strings always stay. [`Verbatim`] turns this off for what a user wrote.
//! - **Same value, same bytes**, whatever features of `serde_json` another crate of the build turns on.
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use seaway_render::emit::{Format, document};
//!
//! let env = BTreeMap::from([("COUNTRY", "NO"), ("SCRIPT", "set -e\nexec web\n")]);
//! let mut out = String::new();
//! document(&env, Format::Yaml, &mut out)?;
//! assert_eq!(out, "---\nCOUNTRY: \"NO\"\nSCRIPT: |\n  set -e\n  exec web\n");
//! # Ok::<(), seaway_render::emit::Error>(())
//! ```

mod collection;
mod empty;
mod error;
mod key;
mod node;
mod number;
mod order;
mod quote;
mod text;
mod writer;

use serde::{Serialize, Serializer};

pub use self::error::Error;
use self::node::Node;
use self::writer::Writer;

/// How a bundle is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Block style, as a careful engineer writes it by hand.
    #[default]
    Yaml,
    /// JSON, indented by two spaces.
    Json,
    /// The dialect of `kubectl get -o kyaml`: flow style, each string in double quotes.
    ///
    /// See [KEP-5295](https://www.kubernetes.dev/resources/keps/5295/). Three differences from the encoder of
    /// `sigs.k8s.io/yaml/kyaml`: a line of text that starts with a tab keeps it (theirs prints `\\t`, which reads back
    /// as a backslash and a `t`); more keys are quoted (`1.2.3`, `é`); a list that starts with a map and goes on with
    /// a scalar stays cuddled.
    Kyaml,
}

impl Format {
    /// What the name of a file of this format ends in.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Yaml | Self::Kyaml => "yaml",
        }
    }
}

/// A value that is printed exactly as it was written: empty maps and lists stay, so do nulls, and `1.0` stays `1.0`.
///
/// For custom resources and other objects of which only their author knows what an empty map means. Every other
/// serializer sees the value itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verbatim<T>(
    /// What is printed.
    pub T,
);

impl<T: Serialize> Serialize for Verbatim<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(node::VERBATIM, &self.0)
    }
}

/// Appends one document to `out`, in YAML and KYAML with its leading `---`, in each format with a final newline.
///
/// # Errors
///
/// A float that is infinite or not a number, a map key that is not a scalar, an enum variant with several fields, or
/// what the value's own `Serialize` reports. `out` is then as it was before.
pub fn document<T: Serialize + ?Sized>(
    value: &T,
    format: Format,
    out: &mut String,
) -> Result<(), Error> {
    or_unchanged(out, |out| root(value, &mut Writer::new(format, out)))
}

/// Appends several documents to `out`: a stream of them in YAML and KYAML, one `v1` `List` in JSON.
///
/// JSON gives a `List` for any number of values, one and none too, so that its reader needs a single path.
///
/// # Errors
///
/// Those of [`document`]; `out` is then as it was before.
pub fn stream<'a, T: Serialize + ?Sized + 'a>(
    values: impl IntoIterator<Item = &'a T>,
    format: Format,
    out: &mut String,
) -> Result<(), Error> {
    or_unchanged(out, |out| {
        let mut writer = Writer::new(format, out);
        match format {
            Format::Yaml | Format::Kyaml => {
                values.into_iter().try_for_each(|value| root(value, &mut writer))
            }
            Format::Json => list(values, &mut writer),
        }
    })
}

fn root<T: Serialize + ?Sized>(value: &T, writer: &mut Writer<'_>) -> Result<(), Error> {
    if writer.format != Format::Json {
        writer.out.push_str("---\n");
    }
    value.serialize(Node::root(writer))?;
    if writer.flow() {
        writer.out.push('\n');
    }
    Ok(())
}

/// Prints the envelope by hand: an iterator can be walked once, but `serialize` borrows what it prints.
fn list<'a, T: Serialize + ?Sized + 'a>(
    values: impl IntoIterator<Item = &'a T>,
    writer: &mut Writer<'_>,
) -> Result<(), Error> {
    writer.out.push_str("{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"List\",\n  \"items\": ");
    let mut items = Node::items_of_list(writer);
    for value in values {
        items.item(value)?;
    }
    items.close();
    writer.out.push_str("\n}\n");
    Ok(())
}

/// Half a document is worse than none, so what was appended goes again when `append` fails.
fn or_unchanged(
    out: &mut String,
    append: impl FnOnce(&mut String) -> Result<(), Error>,
) -> Result<(), Error> {
    let before = out.len();
    let done = append(out);
    if done.is_err() {
        out.truncate(before);
    }
    done
}
