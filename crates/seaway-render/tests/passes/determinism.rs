//! The same stack gives the same bytes: compiled twice, and in whatever order its tables were written.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use seaway_core::node::Table;
use seaway_core::{Node, Sink, Source, Value};
use seaway_render::Format;

use crate::common::{all, compile, told};

fn printed(source: &Source, stage: &str) -> String {
    let (bundle, diagnostics) = compile(source, stage);
    let bundle =
        bundle.unwrap_or_else(|| panic!("{}\n{}", told(source, &diagnostics), source.stack.text));
    bundle.emit(Format::Yaml).expect("it prints")
}

#[test]
fn two_compilations_give_the_same_bytes() {
    for (_, source, stage) in all() {
        assert_eq!(printed(&source, &stage), printed(&source, &stage));
    }
}

/// A fixed seed: a failure says which order failed, and fails again.
const SEED: [u8; 32] = *b"seaway: the order is no meaning.";

#[test]
fn the_order_of_tables_means_nothing() {
    let config = Config { cases: 8, failure_persistence: None, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &SEED);
    let mut runner = TestRunner::new_with_rng(config, rng);
    for (name, source, stage) in all() {
        let wanted = printed(&source, &stage);
        let root = seaway_core::parse(&source, &mut Sink::default()).root;
        let root = root.as_table().expect("the root is a table");
        let ran = runner.run(&any::<u64>(), |order| {
            let mut text = String::new();
            write_table(root, &mut Shuffle(order), &mut text);
            let shuffled = Source::new(&*source.stack.name, text);
            let shuffled = Source { files: source.files.clone(), ..shuffled };
            prop_assert_eq!(
                &printed(&shuffled, &stage),
                &wanted,
                "{} {}, order {}",
                name,
                stage,
                order
            );
            Ok(())
        });
        ran.unwrap_or_else(|fault| panic!("seed {SEED:?}: {fault}"));
    }
}

/// A source of orders: xorshift64* (<https://vigna.di.unimi.it/ftp/papers/xorshift.pdf>).
struct Shuffle(u64);

impl Shuffle {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.max(1);
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(number).expect("31 bits fit") % count
    }

    /// The entries of a table in any order.
    fn entries<'a>(&mut self, table: &'a Table) -> Vec<(&'a str, &'a Node)> {
        let mut entries: Vec<_> = table.iter().map(|(key, node)| (key.as_str(), node)).collect();
        for at in (1..entries.len()).rev() {
            entries.swap(at, self.below(at + 1));
        }
        entries
    }
}

/// A table as `key = value` lines, tables inline: what order headers would have does not matter then.
fn write_table(table: &Table, shuffle: &mut Shuffle, out: &mut String) {
    for (key, node) in shuffle.entries(table) {
        out.extend([quoted(key).as_str(), " = "]);
        write_value(node, shuffle, out);
        out.push('\n');
    }
}

fn write_value(node: &Node, shuffle: &mut Shuffle, out: &mut String) {
    match &node.value {
        Value::String(text) => *out += &quoted(text),
        Value::Integer(number) => *out += &number.to_string(),
        Value::Float(number) => out.extend([format!("{number:?}")]),
        Value::Boolean(flag) => *out += &flag.to_string(),
        Value::Datetime(time) => *out += time,
        Value::Array(items) => {
            out.push('[');
            for item in items {
                write_value(item, shuffle, out);
                out.push(',');
            }
            out.push(']');
        }
        Value::Table(table) => {
            let mut between = "";
            out.push('{');
            for (key, node) in shuffle.entries(table) {
                out.extend([between, quoted(key).as_str(), " = "]);
                write_value(node, shuffle, out);
                between = ", ";
            }
            out.push('}');
        }
    }
}

/// A JSON string is a basic string of TOML.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a string is JSON").replace('\u{7f}', "\\u007F")
}
