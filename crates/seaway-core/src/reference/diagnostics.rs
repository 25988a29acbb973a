//! The reference of the diagnostics as Markdown, made from the codes and their pages.

use std::fmt::Write as _;

use crate::{Code, Consequence};

const INTRODUCTION: &str = "\
# Diagnostics

What Seaway says about a stack, by code; `seaway explain CODE` prints the same in a terminal. This page is generated
from the pages of the codes (`src/code/pages`); a test fails when it is stale, and
`UPDATE_REFERENCE=1 cargo test -p seaway-core --test reference` writes it anew. Each bad example reports its code and
nothing else, and each good one compiles without a word: tests run them.

An error leaves the output empty. A warning does not, unless `--deny warnings` says so. The severity is the usual one of a
code: some are warnings in a `development` stage and errors in a `production` one. What can be allowed is let through with
a reason, which every run shows: `allow.CODE = \"why\"`, for the stack or in a component.

| code | severity | can be allowed | what it says |
| --- | --- | --- | --- |
";

/// The page of all codes.
pub fn diagnostics() -> String {
    let mut out = INTRODUCTION.to_owned();
    for code in Code::all() {
        let severity = code.severity().as_str();
        let allowed = if code.can_be_allowed() { "yes" } else { "" };
        let summary = code.summary();
        let _ = writeln!(out, "| [`{code}`](#{code}) | {severity} | {allowed} | {summary} |");
    }
    for code in Code::all() {
        let page = code.page();
        let _ =
            writeln!(out, "\n## `{code}`\n\n**{}**: {}", code.severity().as_str(), code.summary());
        if !page.text.is_empty() {
            let _ = writeln!(out, "\n{}", page.text);
        }
        for example in page.examples {
            let _ = writeln!(out, "\n{}\n\n```toml\n{}```", example.role.about(), example.text);
        }
    }
    consequences(&mut out);
    out
}

const CONSEQUENCES: &str = "
# Consequences

What follows from a change, by `seaway diff` and by `check --against`, the worst first. `--fail-on WORD` fails where that
consequence or a worse one follows.

| consequence | what it is |
| --- | --- |
";

fn consequences(out: &mut String) {
    out.push_str(CONSEQUENCES);
    let has_code = |one: Consequence| Code::named(one.as_str()).is_some();
    for one in Consequence::all() {
        let anchor =
            if has_code(one) { one.as_str().to_owned() } else { format!("consequence-{one}") };
        let _ = writeln!(out, "| [`{one}`](#{anchor}) | {} |", one.summary());
    }
    // The others have a page above.
    for one in Consequence::all().filter(|one| !has_code(*one)) {
        let _ = writeln!(out, "\n## Consequence `{one}`\n\n{}", one.page().text);
    }
}
