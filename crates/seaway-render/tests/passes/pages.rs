//! The examples of the pages of all codes: the bad one reports its code at a place, the good one is silent.

use std::fmt::Write as _;

use seaway_core::{Code, Diagnostic, Source};

use crate::common::{compile, compile_whole, stages, told};

/// Codes that one stage alone can not have: they need earlier output, or all stages. The test of the command line with
/// the same examples is `seaway-cli`'s `faults`.
const OF_SEVERAL: [Code; 9] = [
    Code::OtherOutput,
    Code::ImmutableField,
    Code::LostData,
    Code::UnreadableData,
    Code::StaleConfig,
    Code::LostReplicas,
    Code::NewSecretKey,
    Code::RunsAgain,
    Code::UnusedAllow,
];

/// What the only stage of an example is told.
fn example(code: Code, text: &str) -> (Source, Vec<Diagnostic>) {
    let source = Source::new("stack.toml", text);
    let stages = stages(&source);
    assert_eq!(stages.len(), 1, "an example of {code} has exactly one stage");
    // The examples of other codes are parts of stacks.
    let is_of_whole = matches!(
        code,
        Code::NoBroker
            | Code::NoMigrate
            | Code::NoDefaultQueue
            | Code::UnusedDeclaration
            | Code::DroppedOptions
    );
    let compile = if is_of_whole { compile_whole } else { compile };
    let (_, mut diagnostics) = compile(&source, &stages[0]);
    // What stands for another code may have to accept one of its own.
    diagnostics.retain(|diagnostic| diagnostic.allowed.is_none());
    (source, diagnostics)
}

#[test]
fn bad_examples_report_their_code_and_nothing_else() {
    let mut all = String::new();
    for code in Code::all().filter(|code| !OF_SEVERAL.contains(code)) {
        let Some(bad) = code.page().bad() else { continue };
        let (source, diagnostics) = example(code, bad);
        let told = told(&source, &diagnostics);
        assert!(!diagnostics.is_empty(), "the bad example of {code} is silent");
        for diagnostic in diagnostics {
            assert_eq!(diagnostic.code, code, "{told}");
            assert!(!diagnostic.labels.is_empty(), "{told}");
        }
        let _ = writeln!(all, "{told}");
    }
    // Later codes come with pages of their own: `INSTA_UPDATE=always cargo test -p seaway-render --test passes pages`.
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!("pages", all) });
}

#[test]
fn good_examples_are_silent() {
    let mut all = String::new();
    for code in Code::all() {
        for text in [code.page().before(), code.page().good()].into_iter().flatten() {
            let (source, diagnostics) = example(code, text);
            if !diagnostics.is_empty() {
                let _ = writeln!(all, "{code}: {}", told(&source, &diagnostics));
            }
        }
    }
    assert_eq!(all, "");
}
