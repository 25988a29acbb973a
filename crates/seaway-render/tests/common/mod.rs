//! The stacks of the repository, for every test that walks them.
#![allow(dead_code, clippy::allow_attributes, reason = "each test uses its part")]
#![expect(clippy::disallowed_methods, reason = "a test reads the repository that it tests")]

use std::fs;
use std::path::{Path, PathBuf};

use seaway_core::{Allowance, Code, Diagnostic, Sink, Source, Span};
use seaway_render::Bundle;

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the repository has a root")
}

/// Names and sources of all stacks.
pub(crate) fn stacks() -> Vec<(String, Source)> {
    let folder = root().join("stacks");
    let mut stacks: Vec<(String, Source)> = fs::read_dir(&folder)
        .expect("a folder of stacks")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.join("stack.toml").is_file())
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let source = source(&path, &name);
            (name, source)
        })
        .collect();
    stacks.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(!stacks.is_empty(), "no stacks in {}", folder.display());
    stacks
}

/// The source of one stack with the files that it names.
fn source(folder: &Path, name: &str) -> Source {
    let text = fs::read_to_string(folder.join("stack.toml")).expect("the stack is readable");
    let mut source = Source::new(format!("stacks/{name}/stack.toml"), text);
    let document = seaway_core::parse(&source, &mut Sink::default());
    for file in document.files() {
        let text = fs::read_to_string(folder.join(&file.value)).expect("a named file is readable");
        source.add_file(&file, text);
    }
    source
}

/// The stages of a stack.
pub(crate) fn stages(source: &Source) -> Vec<String> {
    let document = seaway_core::parse(source, &mut Sink::default());
    document.stages().into_iter().map(|stage| stage.value).collect()
}

/// Every stage of every stack.
pub(crate) fn all() -> Vec<(String, Source, String)> {
    stacks()
        .into_iter()
        .flat_map(|(name, source)| {
            stages(&source)
                .into_iter()
                .map(move |stage| (name.clone(), source.clone(), stage))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Why a part of a stack may lack something.
const PART: &str = "a part of a stack";

/// A sink for texts that show a part of a stack: what only a whole one has is allowed.
pub(crate) fn sink_of_part() -> Sink {
    let mut sink = Sink::default();
    let of_whole_stacks = [
        Code::NoBroker,
        Code::NoMigrate,
        Code::NoDefaultQueue,
        Code::UnusedDeclaration,
        Code::DroppedOptions,
    ];
    for code in of_whole_stacks {
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
    sink
}

/// Compiles; the diagnostics come with the bundle or instead of it, but for what only a whole stack has.
pub(crate) fn compile(source: &Source, stage: &str) -> (Option<Bundle>, Vec<Diagnostic>) {
    let mut sink = sink_of_part();
    let bundle = seaway_render::compile(source, stage, &mut sink).ok();
    let mut diagnostics = sink.finish();
    diagnostics.retain(|diagnostic| diagnostic.allowed.as_deref() != Some(PART));
    (bundle, diagnostics)
}

/// Compiles a stack that is whole.
pub(crate) fn compile_whole(source: &Source, stage: &str) -> (Option<Bundle>, Vec<Diagnostic>) {
    let mut sink = Sink::default();
    let bundle = seaway_render::compile(source, stage, &mut sink).ok();
    (bundle, sink.finish())
}

/// Diagnostics, one a line: `code line:column message | label | help`.
pub(crate) fn told<'a>(
    source: &Source,
    diagnostics: impl IntoIterator<Item = &'a Diagnostic>,
) -> String {
    diagnostics
        .into_iter()
        .map(|diagnostic| {
            let place = diagnostic.labels.first().map_or("-".to_owned(), |label| {
                let at = source.position(label.span.start);
                format!("{}:{}", at.line, at.column)
            });
            let label =
                diagnostic.labels.first().map(|label| label.text.as_str()).unwrap_or_default();
            let help = diagnostic.help.as_deref().unwrap_or_default();
            format!("{} {place} {} | {label} | {help}", diagnostic.code, diagnostic.message)
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// What a faulty text is told, or the number of objects of a good one.
pub(crate) fn verdict(text: &str, stage: &str) -> String {
    let source = Source::new("stack.toml", text);
    let (bundle, diagnostics) = compile(&source, stage);
    match bundle {
        Some(bundle) if diagnostics.is_empty() => format!("{} objects", bundle.objects.len()),
        _ => told(&source, &diagnostics),
    }
}
