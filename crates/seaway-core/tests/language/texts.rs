//! Several texts in one space of offsets.

use proptest::prelude::*;
use seaway_core::document::parse_text;
use seaway_core::{
    Code, Node, Position, Sink, Source, SourceText, Span, TextKind, Value, decode, parse,
};

const STACK: &str = "name = \"é\"\r\nextends = \"base\"\r\n";

fn source(texts: &[String]) -> Source {
    let (stack, further) = texts.split_first().expect("a text");
    let mut source = Source::new("0", stack);
    for (index, text) in further.iter().enumerate() {
        source.add(TextKind::File, (index + 1).to_string(), text.clone(), None);
    }
    source
}

fn all(source: &Source) -> impl Iterator<Item = &SourceText> {
    std::iter::once(&source.stack).chain(&source.further)
}

/// Texts with all that is hard: none, line ends of both kinds, characters of several bytes.
fn texts() -> impl Strategy<Value = Vec<String>> {
    let pieces = prop::sample::select(vec!["a", "é", "😀", "\n", "\r\n", "= 1", "\"", ""]);
    prop::collection::vec(prop::collection::vec(pieces, 0..6).prop_map(|text| text.concat()), 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn every_byte_and_every_end_belongs_to_its_own_text(texts in texts()) {
        let source = source(&texts);
        for (index, (text, alone)) in all(&source).zip(&texts).enumerate() {
            for at in 0..=alone.len() {
                let span = text.span(at..at);
                let place = source.text_at(span.start);
                prop_assert_eq!(&place.name, &index.to_string());
                prop_assert_eq!(
                    place.position(span.start),
                    Source::new("alone", alone).position(u32::try_from(at).expect("a short text"))
                );
                prop_assert_eq!(source.position(span.start), place.position(span.start));
            }
            prop_assert_eq!(source.written(text.span(0..alone.len())), alone);
            prop_assert_eq!(text.span(0..alone.len()).end, text.end());
        }
    }

    #[test]
    fn any_span_gives_a_part_of_the_text_that_it_begins_in(
        texts in texts(), start in 0..60_u32, length in 0..60_u32
    ) {
        let source = source(&texts);
        let span = Span { start, end: start + length };
        prop_assert!(source.text_at(start).text.contains(source.written(span)));
        let inside = source.inside(span, 1, "a");
        prop_assert!(inside == span || source.written(inside) == "a");
    }

    #[test]
    fn a_text_is_read_alike_wherever_it_lies(texts in texts()) {
        let source = source(&texts);
        for (text, alone) in all(&source).zip(&texts) {
            let (mut sink, mut sink_alone) = (Sink::default(), Sink::default());
            let document = parse_text(text, &mut sink);
            let expected = parse(&Source::new("alone", alone), &mut sink_alone);
            let mut keys = Vec::new();
            key_places(&expected.root, text.start, &mut keys);
            let mut found = Vec::new();
            key_places(&document.root, 0, &mut found);
            prop_assert_eq!(keys, found);
            prop_assert_eq!(shifted(&expected.root, text.start), document.root);
            let broken: Vec<Span> =
                expected.broken.iter().map(|line| moved(*line, text.start)).collect();
            prop_assert_eq!(broken, document.broken);
            for (found, expected) in sink.finish().iter().zip(sink_alone.finish()) {
                prop_assert_eq!(&found.message, &expected.message);
                prop_assert_eq!(found.labels[0].span, moved(expected.labels[0].span, text.start));
            }
        }
    }
}

fn moved(span: Span, by: u32) -> Span {
    Span { start: span.start + by, end: span.end + by }
}

/// Equality of tables ignores the places of keys.
fn key_places(node: &Node, by: u32, found: &mut Vec<Option<Span>>) {
    for (key, value) in node.as_table().into_iter().flatten() {
        found.push(key.span().map(|span| moved(span, by)));
        key_places(value, by, found);
    }
}

fn shifted(node: &Node, by: u32) -> Node {
    let value = match &node.value {
        Value::Array(items) => Value::Array(items.iter().map(|item| shifted(item, by)).collect()),
        Value::Table(table) => Value::Table(
            table.iter().map(|(key, value)| (key.clone(), shifted(value, by))).collect(),
        ),
        other => other.clone(),
    };
    Node { value, span: moved(node.span, by) }
}

#[test]
fn an_error_at_the_end_of_a_text_is_not_at_the_beginning_of_the_next() {
    let mut source = Source::new("stack.toml", "");
    source.add(TextKind::File, "base.toml", "a =", None);
    source.add(TextKind::File, "empty.toml", "", None);
    source.add(TextKind::File, "last.toml", "b = 1", None);
    let mut sink = Sink::default();
    parse_text(&source.further[0], &mut sink);
    let places: Vec<_> = sink
        .finish()
        .iter()
        .map(|found| {
            let at = found.labels[0].span.start;
            (source.text_at(at).name.clone(), source.position(at))
        })
        .collect();
    assert_eq!(places, [("base.toml".into(), Position { line: 1, column: 4 })]);
    assert_eq!(source.text_at(u32::MAX).name, "last.toml");
}

#[test]
fn a_fault_of_a_typed_value_lies_in_the_text_that_has_it() {
    let mut source = Source::new("stack.toml", STACK);
    let text = source.add(TextKind::File, "base/stack.toml", "# é\r\nretries = \"3\"\r\n", None);
    let (text, mut sink) = (text.clone(), Sink::default());
    let document = parse_text(&text, &mut sink);
    let _: Option<std::collections::BTreeMap<String, u8>> = decode(&document.root, &mut sink);
    let diagnostics = sink.finish();
    let [fault] = &diagnostics[..] else { panic!("{diagnostics:?}") };
    let place = fault.labels[0].span;
    assert_eq!(source.text_at(place.start).name, "base/stack.toml");
    assert_eq!(source.position(place.start), Position { line: 2, column: 11 });
    assert_eq!(source.written(place), "\"3\"");
}

#[test]
fn what_seaway_ships_is_called_so() {
    let mut source = Source::new("stack.toml", STACK);
    let text =
        source.add(TextKind::Shipped, "templates/services/rabbitmq.toml", "port = 5672", None);
    assert_eq!(text.name, "<seaway>/templates/services/rabbitmq.toml");
}

#[test]
fn a_text_that_is_too_large_is_refused_where_it_is_named() {
    let mut source = Source::new("stack.toml", STACK);
    let at = STACK.find("\"base\"").expect("the key");
    let named = source.stack.span(at..at + 6);
    let told = |text: &SourceText| {
        let mut sink = Sink::default();
        let document = parse_text(text, &mut sink);
        assert!(document.root.as_table().is_some_and(std::collections::BTreeMap::is_empty));
        assert!(!document.broken.is_empty());
        let diagnostics = sink.finish();
        let [fault] = &diagnostics[..] else { panic!("{diagnostics:?}") };
        assert_eq!((fault.code, fault.labels[0].span), (Code::Syntax, named));
        fault.message.clone()
    };
    let large = "#".repeat((16 << 20) + 1);
    assert_eq!(
        told(source.add(TextKind::File, "base", large, Some(named))),
        "`base` has more than 16 MiB"
    );
    // Offsets have 32 bits. A text behind the last of them is not read, whatever was before it.
    for start in [u32::MAX - 5, u32::MAX] {
        source.further[0].start = start;
        source.further[0].text = "a = 1".into();
        assert_eq!(
            told(&source.further[0]),
            "`base` and all that was read before it have more than 4 GiB"
        );
    }
    assert_eq!(source.add(TextKind::File, "next", "", None).start, u32::MAX);
}
