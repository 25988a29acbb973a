//! The page "From the laptop to AWS": what it says to have been tried is tried here.
//!
//! A block of commands is ```` ```sh tried ````, which runs here in a copy of the folder, or ```` ```sh untried ````, which
//! needs a cluster or AWS. What a tried block prints stands in a ```` ```text ```` block right below it, if it is shown;
//! `UPDATE_REFERENCE=1` writes it anew. What stands in a ```` ```toml ```` block is in the stack file.

use std::fs;
use std::path::{Path, PathBuf};

use crate::sandbox::{Run, Sandbox};

const SHELL: &str = "set -euo pipefail\nseaway() { \"$SEAWAY\" \"$@\"; }\n";

/// A part of the page.
enum Part {
    /// Lines outside of blocks.
    Text(String),
    /// A block: what stands behind its fence, and what is in it.
    Block(String, String),
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../stacks/tutorial")
}

fn parts(page: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else {
            text.push_str(line);
            text.push('\n');
            continue;
        };
        parts.push(Part::Text(std::mem::take(&mut text)));
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let body = body.iter().flat_map(|line| [*line, "\n"]).collect();
        parts.push(Part::Block(info.to_owned(), body));
    }
    parts.push(Part::Text(text));
    parts
}

/// Runs what is tried; gives the page with what it prints.
fn run(page: &str, sandbox: &Sandbox) -> String {
    let mut parts = parts(page);
    for at in 0..parts.len() {
        let Part::Block(info, script) = &parts[at] else { continue };
        match info.as_str() {
            "sh tried" => {}
            "sh untried" | "text" | "toml" | "diff" => continue,
            info => panic!("a block of `{info}`: write `sh tried` or `sh untried`\n{script}"),
        }
        let Run { code, out, err } = sandbox.bash(&format!("{SHELL}{script}"));
        assert_eq!(code, Some(0), "{script}\n{out}\n{err}");
        let is_shown = matches!(&parts[at + 1..], [Part::Text(between), Part::Block(info, _), ..]
            if between.trim().is_empty() && info == "text");
        if is_shown && let Part::Block(_, shown) = &mut parts[at + 2] {
            *shown = out;
        }
    }
    parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Block(info, body) => format!("```{info}\n{body}```\n"),
        })
        .collect()
}

#[test]
fn the_page_shows_lines_of_the_stack() {
    let page = fs::read_to_string(folder().join("README.md")).expect("a page");
    let stack = fs::read_to_string(folder().join("stack.toml")).expect("a stack");
    let lines = |part| match part {
        Part::Block(info, body) if info == "toml" => body,
        _ => String::new(),
    };
    let shown: String = parts(&page).into_iter().map(lines).collect();
    assert!(!shown.is_empty());
    for line in shown.lines() {
        assert!(stack.lines().any(|of_stack| of_stack == line), "not in the stack: {line}");
    }
}

#[test]
fn the_page_prints_what_it_says() {
    let file = folder().join("README.md");
    let page = fs::read_to_string(&file).expect("a page");
    let stack = fs::read_to_string(folder().join("stack.toml")).expect("a stack");
    let sandbox = Sandbox::new("");
    // A stack of its own: `check` looks at all that lie below the current folder.
    fs::remove_dir_all(sandbox.path("shop")).expect("a removed folder");
    sandbox.write("stack.toml", &stack);
    let new = run(&page, &sandbox);
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        fs::write(&file, &new).expect("a written page");
        return;
    }
    assert!(page == new, "stale: UPDATE_REFERENCE=1 cargo test -p seaway-cli --test cli page");
}
