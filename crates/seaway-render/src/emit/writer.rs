//! The output string, and where on it a value stands.

use super::Format;

/// The text so far, and the memory that all values of a stream share.
pub(super) struct Writer<'o> {
    pub(super) out: &'o mut String,
    pub(super) format: Format,
    /// The entries of all maps that are open and may still be reordered, innermost last.
    pub(super) entries: Vec<Entry>,
    /// Room to lay out the entries of one map anew.
    pub(super) scratch: String,
}

/// The bytes of one entry: key, value and line end.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) start: usize,
    pub(super) key_end: usize,
    pub(super) end: usize,
    pub(super) rank: usize,
}

/// Where a value stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It is the document.
    Root,
    /// After a key.
    Entry,
    /// In a list.
    Item(Items),
}

/// How a list in flow style is laid out. Block style has one way only and ignores this.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Items {
    /// Not known: the next item is the first.
    First,
    /// One item a line.
    Lines,
    /// KYAML's `[{ … }, { … }]`.
    Cuddled,
}

/// A place and its column: of the key after which the value stands, of the dash before it, or of the line on which its
/// list was opened (flow).
#[derive(Clone, Copy)]
pub(super) struct Spot {
    pub(super) place: Place,
    pub(super) column: usize,
}

impl<'o> Writer<'o> {
    pub(super) fn new(format: Format, out: &'o mut String) -> Self {
        Self { out, format, entries: Vec::new(), scratch: String::new() }
    }

    /// Whether brackets, not columns, hold collections together.
    pub(super) fn flow(&self) -> bool {
        self.format != Format::Yaml
    }

    pub(super) fn indent(&mut self, column: usize) {
        indent(self.out, column);
    }

    /// Writes what stands between a place and its value, and returns the column to which the value's children relate.
    ///
    /// In block style, the dash before a collection is not written here: which of its entries comes first is known only
    /// after the last (see [`dash`](Self::dash)).
    pub(super) fn lead(&mut self, at: Spot, collection: bool) -> usize {
        match at.place {
            Place::Root => at.column,
            Place::Entry => {
                if !self.flow() {
                    self.out.push(if collection { '\n' } else { ' ' });
                }
                at.column
            }
            Place::Item(_) if !self.flow() => {
                if !collection {
                    self.indent(at.column);
                    self.out.push_str("- ");
                }
                at.column
            }
            Place::Item(Items::First) if collection && self.format == Format::Kyaml => at.column,
            Place::Item(Items::Cuddled) => {
                self.out.push_str(", ");
                at.column
            }
            Place::Item(items) => {
                if items == Items::First {
                    self.out.push('\n');
                }
                self.indent(at.column + 2);
                at.column + 2
            }
        }
    }

    /// Turns the two blanks before the first entry of a finished collection, which starts at `start`, into a dash.
    pub(super) fn dash(&mut self, start: usize, at: Spot) {
        if !self.flow() && matches!(at.place, Place::Item(_)) {
            let dash = start + at.column;
            self.out.replace_range(dash..dash + 2, "- ");
        }
    }

    /// Ends the line of a scalar or of an empty collection; in flow style its collection does that.
    pub(super) fn end_scalar(&mut self) {
        if !self.flow() {
            self.out.push('\n');
        }
    }
}

/// Appends `column` blanks.
pub(super) fn indent(out: &mut String, column: usize) {
    // Of a length that the compiler knows: no call, and most lines start no further right.
    const BLANKS: &str = "                ";
    let end = out.len() + column;
    while out.len() < end {
        out.push_str(BLANKS);
    }
    out.truncate(end);
}
