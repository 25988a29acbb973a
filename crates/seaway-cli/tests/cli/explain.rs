//! `seaway explain`.

use seaway_core::{Code, Consequence};

use crate::sandbox::{FAULTY, Run, SHOP, Sandbox};

fn explain(args: &[&str]) -> Run {
    Sandbox::new(SHOP).run(&[&["explain"], args].concat())
}

#[test]
fn a_page_is_text_and_examples() {
    let Run { code, out, err } = explain(&["unknown-field"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    insta::assert_snapshot!(out, @r#"
    error[unknown-field]: a key that the language does not have

    The language has no such key at this place. Left alone, it would say nothing:
    the web process below would run one pod where three were meant. `kubectl apply`
    had the same gap for years, and an API server that validates strictly refuses
    unknown fields as well
    (<https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation>).

    Keys are in kebab-case. `REFERENCE.md` lists all of them, and `seaway schema`
    gives an editor what it needs to complete them.

    Reported:

        name = "shop"
        app = { image = "ghcr.io/acme/shop:1.4.0", module = "shop" }

        [components.web]
        type = "web"
        replicaz = 3

        [stages.local]

    Instead:

        name = "shop"
        app = { image = "ghcr.io/acme/shop:1.4.0", module = "shop" }

        [components.web]
        type = "web"
        replicas = 3

        [stages.local]
    "#);
}

#[test]
fn every_code_is_listed_and_explained() {
    let Run { code, out, err } = explain(&[]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let (codes, listed): (Vec<Code>, Vec<&str>) = (Code::all().collect(), out.lines().collect());
    let words = Consequence::all().filter(|word| Code::named(word.as_str()).is_none());
    let words: Vec<Consequence> = words.collect();
    assert_eq!(listed.len(), codes.len() + words.len());
    for (word, line) in words.into_iter().zip(&listed[codes.len()..]) {
        assert!(line.starts_with(word.as_str()) && line.ends_with(word.summary()), "{line}");
        let run = explain(&[word.as_str()]);
        let head = format!("consequence[{word}]: {}\n", word.summary());
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{word}");
        assert!(run.out.starts_with(&head), "{word}");
    }
    insta::assert_snapshot!(listed[..3].join("\n"), @"
    syntax                   error    the file is not TOML
    unknown-field            error    a key that the language does not have
    unknown-value            error    a word that is none of those allowed
    ");
    for (code, line) in codes.into_iter().zip(listed) {
        assert!(line.starts_with(code.as_str()) && line.ends_with(code.summary()), "{line}");
        let run = explain(&[code.as_str()]);
        let head = format!("{}[{code}]: {}\n", code.severity().as_str(), code.summary());
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{code}");
        assert!(run.out.starts_with(&head), "{code}");
        // Words alone may be longer: links. An inline table of TOML is one line, however long.
        let long = |line: &&str| {
            let most = if line.starts_with("    ") { 180 } else { 100 };
            line.chars().count() > most && line.contains(' ')
        };
        assert_eq!(run.out.lines().find(long), None, "{code}");
    }
}

#[test]
fn an_unknown_code_is_a_wrong_command_line() {
    let Run { code, out, err } = explain(&["unkown-field"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    insta::assert_snapshot!(err, @r"
    error[usage]: there is no code `unkown-field`
     |
     = help: did you mean `unknown-field`?
    ");
    insta::assert_snapshot!(explain(&["E0308"]).err, @r"
    error[usage]: there is no code `E0308`
     |
     = help: `seaway explain` lists all codes
    ");
}

#[test]
fn a_failed_run_says_once_where_to_read_more() {
    let Run { err, .. } = Sandbox::new(FAULTY).run(&["check", "shop"]);
    assert_eq!(err.matches("seaway explain").count(), 1);
    assert!(err.ends_with("\nfor more about an error: seaway explain unknown-field\n"), "{err}");
}
