//! The page of production as Markdown, made from the tables of [`crate::production`].

use std::fmt::Write as _;

use super::known_from;
use crate::production::{ADDITIONS, Addition, Holds, LEFT_OUT, RULES};

const INTRODUCTION: &str = "\
# Production

What a stage with `profile = \"production\"` is held to, and what it gets. This page is generated from the code
(`src/production.rs`); a test fails when it is stale, and `UPDATE_REFERENCE=1 cargo test -p seaway-core --test reference`
writes it anew. Another test holds that each rule is refused as it says.

Each code has a page that explains it, with an example and what to write instead: [DIAGNOSTICS.md](DIAGNOSTICS.md), or
`seaway explain CODE`. What is a judgement can be allowed, with a reason that every run shows: `allow.CODE = \"why\"`.

## What is refused

";

/// The page of production.
pub fn production() -> String {
    let mut out = INTRODUCTION.to_owned();
    for holds in [Holds::Production, Holds::Stricter, Holds::Asked, Holds::Always] {
        let title = match holds {
            Holds::Production => "In production alone",
            Holds::Stricter => "In production; a warning in development",
            Holds::Asked => "Where the stage asks for it",
            Holds::Always => "In every stage",
        };
        let _ = writeln!(
            out,
            "### {title}\n\n| rule | refused | code | can be allowed | why | known from |"
        );
        out.push_str("| --- | --- | --- | --- | --- | --- |\n");
        for rule in RULES.iter().filter(|rule| rule.holds == holds) {
            let allowed = if rule.code.can_be_allowed() { "yes" } else { "" };
            let _ = writeln!(
                out,
                "| `{}` | {} | [`{code}`](DIAGNOSTICS.md#{code}) | {allowed} | {} | {} |",
                rule.name,
                rule.refuses,
                rule.why,
                known_from(rule.source),
                code = rule.code,
            );
        }
        out.push('\n');
    }
    out.push_str(
        "## What is added\n\n| what | when | why | known from |\n| --- | --- | --- | --- |\n",
    );
    rows(ADDITIONS, &mut out);
    out.push_str(
        "\n## What is left out\n\n| what | when | why | known from |\n| --- | --- | --- | --- |\n",
    );
    rows(LEFT_OUT, &mut out);
    out
}

fn rows(additions: &[Addition], out: &mut String) {
    for addition in additions {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} |",
            addition.what,
            addition.when,
            addition.why,
            known_from(addition.source)
        );
    }
}
