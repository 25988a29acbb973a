//! The one way from a text to what is said about it.

use std::fmt::Write as _;
use std::sync::LazyLock;

use jsonschema::Validator;
use seaway_core::resolve::own_types;
use seaway_core::stack::{Part, VariableValue};
use seaway_core::{
    Allowance, Code, Diagnostic, Severity, Sink, Source, Span, Stack, parse, resolve,
};

/// What most stacks begin with.
pub(crate) const APP: &str =
    "name = \"shop\"\napp.image = \"ghcr.io/acme/shop:1\"\napp.module = \"shop\"\n";

static SCHEMA: LazyLock<Validator> = LazyLock::new(|| validator(&seaway_core::schema::schema()));

fn validator(schema: &str) -> Validator {
    let schema = serde_json::from_str(schema).expect("the schema is JSON");
    jsonschema::draft7::new(&schema).expect("the schema is a schema")
}

/// A stage that changes nothing, unless the text has stages of its own.
fn source(text: &str) -> Source {
    let text = text.strip_prefix('\n').unwrap_or(text);
    let has_stages = text.contains("[stages") || text.contains("stages.");
    let stages = if has_stages { "" } else { "\n[stages.local]\n" };
    Source::new("stack.toml", format!("{text}{stages}"))
}

/// The numbers of the ports by which a component calls another one.
pub(crate) fn ports(part: &Part, target: &Part) -> Vec<u16> {
    part.ports_to(target).iter().map(|port| port.get()).collect()
}

/// What a text lacks that shows a part of a stack.
const OF_WHOLE_STACKS: [Code; 8] = [
    Code::UnusedComponent,
    Code::UnusedDeclaration,
    Code::NoBroker,
    Code::NoBackup,
    Code::NoMigrate,
    Code::NoDefaultQueue,
    Code::DroppedOptions,
    Code::NoProbes,
];

/// The stage and what was said about it, but for what only a whole stack has: most texts are not whole.
pub(crate) fn compiled(text: &str, stage: &str) -> (Option<Stack>, Vec<Diagnostic>) {
    let mut sink = Sink::default();
    for code in [Code::NoBroker, Code::NoMigrate] {
        sink.allow(Allowance {
            code,
            span: Span::default(),
            reason: PART.to_owned(),
            within: None,
            subject: None,
            namesake: Vec::new(),
            is_used: false,
        });
    }
    let (stack, mut diagnostics) = compiled_by(text, stage, sink);
    diagnostics.retain(|diagnostic| {
        let is_warning = diagnostic.severity != Severity::Error;
        let is_lacking = is_warning && OF_WHOLE_STACKS.contains(&diagnostic.code);
        !is_lacking && diagnostic.allowed.as_deref() != Some(PART)
    });
    (stack, diagnostics)
}

/// Why a part of a stack may lack something.
const PART: &str = "a part of a stack";

/// The stage and all that was said about it.
pub(crate) fn compiled_whole(text: &str, stage: &str) -> (Option<Stack>, Vec<Diagnostic>) {
    compiled_by(text, stage, Sink::default())
}

fn compiled_by(text: &str, stage: &str, mut sink: Sink) -> (Option<Stack>, Vec<Diagnostic>) {
    let source = source(text);
    let document = parse(&source, &mut sink);
    let stack = resolve(&source, &document, stage, &mut sink).ok();
    (stack, sink.finish())
}

/// What is said about the stage `local`: a line each, `code line:column message | label | help`.
pub(crate) fn told(text: &str) -> String {
    told_of(text, "local")
}

/// What is said about a stage.
pub(crate) fn told_of(text: &str, stage: &str) -> String {
    let source = source(text);
    let (stack, diagnostics) = compiled(text, stage);
    let is_error =
        |found: &&Diagnostic| found.severity == Severity::Error && found.allowed.is_none();
    let errors = diagnostics.iter().filter(is_error).count();
    assert_eq!(stack.is_none(), errors > 0, "a stack or errors");
    diagnostics.iter().map(|diagnostic| line(&source, diagnostic)).collect()
}

fn line(source: &Source, diagnostic: &Diagnostic) -> String {
    let mut line = String::new();
    if diagnostic.severity == Severity::Warning {
        line.push_str("warning ");
    }
    let place = |span: Span| {
        let at = source.position(span.start);
        format!("{}:{}", at.line, at.column)
    };
    let (first, others) = diagnostic.labels.split_first().expect("a diagnostic has a place");
    let at = place(first.span);
    let _ = write!(line, "{} {at} {} | {}", diagnostic.code, diagnostic.message, first.text);
    for label in others {
        let _ = write!(line, "; {} {}", place(label.span), label.text);
    }
    for note in &diagnostic.notes {
        let _ = write!(line, " # {note}");
    }
    if let Some(reason) = &diagnostic.allowed {
        let _ = write!(line, " (allowed: {reason})");
    }
    let _ = writeln!(line, " | {}", diagnostic.help.as_deref().unwrap_or_default());
    line
}

/// The stage `local` of a text that is good, which the schema has to accept as well.
pub(crate) fn stack(text: &str) -> Stack {
    stack_of(text, "local")
}

/// A stage of a good text.
pub(crate) fn stack_of(text: &str, stage: &str) -> Stack {
    assert_eq!(told_of(text, stage), "");
    assert_eq!(refused_by_schema(text), None::<String>, "{text}");
    compiled(text, stage).0.expect("a good text")
}

/// What the schema says against a text.
pub(crate) fn refused_by_schema(text: &str) -> Option<String> {
    let document = parse(&source(text), &mut Sink::default());
    let value = serde_json::to_value(&document.root).expect("TOML is JSON");
    let own;
    let schema = if document.root.at(["types"]).is_none() {
        &*SCHEMA
    } else {
        own = validator(&seaway_core::schema::schema_of(own_types(&document)));
        &own
    };
    let errors =
        schema.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path()));
    errors.reduce(|all, error| format!("{all}\n{error}"))
}

/// The variables of a part in their order, a line each.
pub(crate) fn variables(stack: &Stack, part: &str) -> String {
    let part = stack.part(part).expect("the part");
    let mut lines = String::new();
    for variable in &part.env {
        let _ = writeln!(lines, "{}={}", variable.name, shown(&variable.value.value));
    }
    lines
}

pub(crate) fn shown(value: &VariableValue) -> String {
    match value {
        VariableValue::Text(text) => text.clone(),
        VariableValue::Secret { secret, key, optional } => {
            format!("secret {secret}/{key}{}", if *optional { "?" } else { "" })
        }
        VariableValue::SecretFile { secret, key, optional } => {
            format!("file {secret}/{key}{}", if *optional { "?" } else { "" })
        }
        VariableValue::Config { config, key, optional } => {
            format!("config {config}/{key}{}", if *optional { "?" } else { "" })
        }
        VariableValue::Field(path) => format!("field {path}"),
        VariableValue::Resource(path) => format!("resource {path}"),
    }
}

/// The value of one variable.
pub(crate) fn variable(stack: &Stack, part: &str, name: &str) -> Option<String> {
    let part = stack.part(part).expect("the part");
    part.env
        .iter()
        .find(|variable| &*variable.name == name)
        .map(|variable| shown(&variable.value.value))
}

/// What is said about backing services that nothing uses.
pub(crate) fn told_unused(text: &str) -> String {
    told_whole(text, &[Code::UnusedComponent])
}

/// What is said of some codes about a stack that is whole.
pub(crate) fn told_whole(text: &str, codes: &[Code]) -> String {
    let source = source(text);
    let (_, diagnostics) = compiled_whole(text, "local");
    let asked = diagnostics.iter().filter(|diagnostic| codes.contains(&diagnostic.code));
    asked.map(|diagnostic| line(&source, diagnostic)).collect()
}
