//! Generated texts: good stacks, the same ones in another order, and soup of the language's own words.

use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use seaway_core::{Sink, Source, parse, resolve};

/// Tables of which any selection is a good stack.
const TABLES: &[&str] = &[
    "[app]\nimage = \"ghcr.io/acme/shop:1\"\nmodule = \"shop\"\nhosts = [\"shop.example.com\"]",
    "[app.env]\nLEVEL = \"info\"\nPOD = \"${pod.ip}\"\nKEY = \"${secrets.django.key}\"\nADDRESS = \"http://$(POD):80\"",
    "[secrets.django]\nkeys = [\"key\", \"other\"]",
    "[config.files]\na = \"1\"\nb = \"2\"",
    "[volumes.media]\nstorage = \"1Gi\"\naccess-mode = \"ReadWriteMany\"",
    "[components.db]\ntype = \"postgres\"\nversion = \"17\"\nstorage = \"2Gi\"",
    "[components.cache]\ntype = \"redis\"",
    "[components.broker]\ntype = \"valkey\"\ndurable = true",
    "[components.web]\ntype = \"web\"\nreplicas = 2\nport = 8001",
    "[components.web.mounts.\"/media\"]\nvolume = \"media\"",
    "[components.web.probes.readiness]\npath = \"/ready\"\nperiod-seconds = 5",
    "[components.worker]\ntype = \"worker\"\nqueues = [\"a\", \"b\"]",
    "[components.worker.env]\nLEVEL = \"debug\"\nFILE = \"${config.files.a}\"",
    "[components.migrate]\ntype = \"migrate\"",
    "[components.beat]\ntype = \"beat\"",
    "[components.report]\ntype = \"cron\"\nschedule = \"@daily\"\ncommand = [\"report\"]",
];

/// What the others need: the application, its Secret, config and volume, and the components that have sub-tables.
const NEEDED: &[usize] = &[0, 2, 3, 4, 8, 11];

/// A good stack without stages; its first line is the name.
pub(crate) fn good_stack() -> impl Strategy<Value = String> {
    subsequence((0..TABLES.len()).collect::<Vec<_>>(), 0..=TABLES.len()).prop_map(|mut chosen| {
        chosen.extend(NEEDED);
        chosen.sort_unstable();
        chosen.dedup();
        let tables: Vec<&str> = chosen.into_iter().map(|index| TABLES[index]).collect();
        format!("name = \"shop\"\n{}\n", tables.join("\n"))
    })
}

/// The same tables and keys in another order.
pub(crate) fn shuffled(text: &str) -> impl Strategy<Value = String> + use<> {
    let (name, tables) = text
        .split_once('\n')
        .map(|(name, tables)| (name.to_owned(), tables.to_owned()))
        .unwrap_or_default();
    let mut blocks: Vec<Vec<String>> = Vec::new();
    for line in tables.lines().map(str::to_owned) {
        match blocks.last_mut() {
            Some(block) if !line.starts_with('[') => block.push(line),
            _ => blocks.push(vec![line]),
        }
    }
    let reordered = Just(blocks).prop_shuffle();
    (reordered, prop::collection::vec(any::<Index>(), 8)).prop_map(move |(mut blocks, turns)| {
        for (block, turn) in blocks.iter_mut().zip(turns.iter().cycle()) {
            let keys = &mut block[1..];
            if !keys.is_empty() {
                keys.rotate_left(turn.index(keys.len()));
            }
        }
        format!("{name}\n{}\n", blocks.concat().join("\n"))
    })
}

/// Pieces of stack files, well and badly put together.
const WORDS: &[&str] = &[
    "name",
    "app",
    "env",
    "image",
    "module",
    "hosts",
    "secrets",
    "keys",
    "config",
    "volumes",
    "components",
    "stages",
    "extends",
    "local",
    "web",
    "db",
    "type",
    "postgres",
    "redis",
    "external",
    "flower",
    "worker",
    "process",
    "expose",
    "roles",
    "mounts",
    "probes",
    "readiness",
    "resources",
    "autoscale",
    "min",
    "max",
    "sidecars",
    "patches",
    "objects",
    "target",
    "file",
    "field",
    "key",
    "secret",
    "replicas",
    "command",
    "outputs",
    "settings",
    "false",
    "true",
    "=",
    "=",
    "=",
    ".",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    ",",
    "\n",
    "\n",
    "\n",
    " ",
    "\"",
    "\"\"\"",
    "'",
    "'''",
    "#",
    "\\",
    "\r\n",
    "\"shop\"",
    "\"local\"",
    "\"postgres\"",
    "\"web\"",
    "\"${db.host}\"",
    "\"${\"",
    "\"$${x}\"",
    "\"${secrets.a.b}\"",
    "\"$(A)\"",
    "\"a/b:1\"",
    "\"1Gi\"",
    "\"10.0.0.0/8\"",
    "\"@daily\"",
    "3",
    "0",
    "-1",
    "1.5",
    "inf",
    "1979-05-27",
    "99999999999999999999",
    "0xFF",
    "é",
    "\u{0}",
    "\u{feff}",
    "😀",
];

/// Lines that are right or nearly so, for soup that gets past the parser.
const LINES: &[&str] = &[
    "name = \"shop\"",
    "name = 3",
    "[app]",
    "[app.env]",
    "A = \"${db.host}\"",
    "A = \"$(B)\"",
    "B = \"$(A)\"",
    "A = \"${db.host:\"",
    "A = { secret = \"x\" }",
    "A = false",
    "[components.db]",
    "[components.web]",
    "type = \"postgres\"",
    "type = \"web\"",
    "type = \"external\"",
    "type = \"flower\"",
    "type = 3",
    "auth = \"x\"",
    "secret = \"db\"",
    "port = 0",
    "roles = [\"broker\", \"cache\"]",
    "replicas = \"x\"",
    "expose = \"node-port\"",
    "expose = { type = \"x\" }",
    "autoscale = { min = 3 }",
    "[stages.local]",
    "extends = \"local\"",
    "extends = \"other\"",
    "[stages.other]",
    "components.db = false",
    "components.db.type = \"external\"",
    "components = 3",
    "stages = 3",
    "app = 3",
    "[[objects]]",
    "[[patches]]",
    "target = { kind = \"A\" }",
    "[config.a]",
    "[secrets.a]",
    "keys = [\"b\", 3]",
    "[volumes.a]",
    "claim = \"a\"",
    "storage = 1",
    "mounts.\"/a\" = { volume = \"a\" }",
    "mounts.a = false",
    "sidecars = [{ name = \"a\" }, { name = \"a\", command = 3 }]",
    "env-from = [{ secret = \"a\" }, {}]",
];

fn survives(text: &str) -> Result<(), TestCaseError> {
    let source = Source::new("stack.toml", text);
    for stage in ["local", "other"] {
        let mut sink = Sink::default();
        let document = parse(&source, &mut sink);
        let _ = document.files();
        let stack = resolve(&source, &document, stage, &mut sink);
        prop_assert_eq!(stack.is_err(), sink.errors() > 0);
        for diagnostic in sink.finish() {
            prop_assert!(!diagnostic.labels.is_empty(), "{} has no place", diagnostic.message);
            for label in diagnostic.labels {
                let text = source.text_at(label.span.start);
                let whole = text.span(text.range(label.span));
                prop_assert_eq!(whole, label.span, "{} is cut", diagnostic.message);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn no_soup_of_words_makes_a_panic(words in prop::collection::vec(select(WORDS), 0..60)) {
        survives(&words.concat())?;
    }

    #[test]
    fn no_soup_of_lines_makes_a_panic(lines in prop::collection::vec(select(LINES), 0..30)) {
        survives(&format!("name = \"shop\"\n{}", lines.join("\n")))?;
    }

    #[test]
    fn no_text_makes_a_panic(text in any::<String>()) {
        survives(&text)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    /// A good stack in which one line was replaced: it gets past the parser, and near to every check.
    #[test]
    fn no_wrong_line_makes_a_panic(text in good_stack(), at in any::<Index>(), line in select(LINES)) {
        let mut lines: Vec<&str> = text.lines().collect();
        let at = at.index(lines.len());
        lines[at] = line;
        survives(&format!("{}\n[stages.local]\n", lines.join("\n")))?;
    }
}
