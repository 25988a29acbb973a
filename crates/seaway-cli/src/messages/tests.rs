//! Messages about several texts, in each format.

use seaway_core::{Label, Source, Span, TextKind};

use super::{Message, Report, counts, github, human, json, put_together, sarif};

const STACK: &str = "name = \"shop\"\nextends = \"../base/stack.toml\"\n\n[components.broker]\ntype = \"rabbitmq\"\n";
const BASE: &str = "# é\r\ncomponents.broker.port = 0\r\n";
const SHIPPED: &str = "port = 5672\n";

/// A stack, the file that it extends, a flag, and a type of Seaway.
fn source() -> Source {
    let mut source = Source::new("shop/stack.toml", STACK);
    let extends = place(&source.stack.text, &source, "\"../base/stack.toml\"");
    source.add(TextKind::File, "base/stack.toml", BASE, Some(extends));
    source.add(TextKind::Flag, "--set components.broker.port", "components.broker.port = 1", None);
    source.add(TextKind::Shipped, "templates/services/rabbitmq.toml", SHIPPED, None);
    source
}

/// Where a part of one of the texts lies.
fn place(text: &str, source: &Source, part: &str) -> Span {
    let mut texts = std::iter::once(&source.stack).chain(&source.further);
    let known = texts.find(|known| known.text == text).expect("a text of the source");
    let at = text.find(part).expect("a part of the text");
    known.span(at..at + part.len())
}

/// A message with labels in these texts.
fn report(labels: &[(&str, &str, &str)]) -> Report {
    let source = source();
    let labels = labels
        .iter()
        .map(|(text, part, said)| Label {
            span: place(text, &source, part),
            text: (*said).to_owned(),
        })
        .collect();
    let message = Message { labels, ..Message::error("conflict", "two ports") };
    Report { source: source.into(), messages: vec![message], stages: 1 }
}

const PORT: &str = "components.broker.port = 1";

#[test]
fn labels_in_two_files_are_shown_in_both() {
    let report =
        report(&[(BASE, "0", "one"), (STACK, "\"rabbitmq\"", "another"), (BASE, "components", "")]);
    insta::assert_snapshot!(human::text(std::slice::from_ref(&report), None, false), @r#"
    error[conflict]: two ports
     --> base/stack.toml:2:26
      |
    2 | components.broker.port = 0
      | ----------               ^ one
      |
     ::: shop/stack.toml:5:8
      |
    5 | type = "rabbitmq"
      |        ---------- another
    "#);
    insta::assert_snapshot!(json::text(&report), @r#"{"code":"conflict","severity":"error","message":"two ports","labels":[{"file":"base/stack.toml","line":2,"column":26,"end_line":2,"end_column":27,"text":"one"},{"file":"shop/stack.toml","line":5,"column":8,"end_line":5,"end_column":18,"text":"another"},{"file":"base/stack.toml","line":2,"column":1,"end_line":2,"end_column":11,"text":""}],"notes":[],"help":null,"allowed":null,"stages":[]}"#);
    insta::assert_snapshot!(github::text(&report), @r"::error file=base/stack.toml,line=2,col=26,title=conflict::two ports%0Aone%0Ashop/stack.toml:5: another");
    insta::assert_snapshot!(locations(&report), @r#"
    "two ports\none"
    locations "base/stack.toml" 2:26 null
    relatedLocations "shop/stack.toml" 5:8 "another"
    relatedLocations "base/stack.toml" 2:1 null
    "#);
}

/// A tool of the repository gets the line of the user, and the text of the message names the other one.
#[test]
fn a_place_in_seaway_is_no_file_of_the_repository() {
    let report = report(&[
        (SHIPPED, "5672", "the port of the type"),
        (STACK, "\"rabbitmq\"", "starts from it"),
    ]);
    insta::assert_snapshot!(human::text(std::slice::from_ref(&report), None, false), @r#"
    error[conflict]: two ports
     --> <seaway>/templates/services/rabbitmq.toml:1:8
      |
    1 | port = 5672
      |        ^^^^ the port of the type
      |
     ::: shop/stack.toml:5:8
      |
    5 | type = "rabbitmq"
      |        ---------- starts from it
    "#);
    insta::assert_snapshot!(json::text(&report), @r#"{"code":"conflict","severity":"error","message":"two ports","labels":[{"file":"<seaway>/templates/services/rabbitmq.toml","line":1,"column":8,"end_line":1,"end_column":12,"text":"the port of the type"},{"file":"shop/stack.toml","line":5,"column":8,"end_line":5,"end_column":18,"text":"starts from it"}],"notes":[],"help":null,"allowed":null,"stages":[]}"#);
    insta::assert_snapshot!(github::text(&report), @r"::error file=shop/stack.toml,line=5,col=8,title=conflict::two ports%0A<seaway>/templates/services/rabbitmq.toml:1: the port of the type%0Astarts from it");
    insta::assert_snapshot!(locations(&report), @r#"
    "two ports\n<seaway>/templates/services/rabbitmq.toml:1: the port of the type\nstarts from it"
    locations "shop/stack.toml" 5:8 null
    "#);
}

#[test]
fn a_place_that_no_file_has_is_named_in_the_text() {
    let report = report(&[(PORT, "1", "written here"), (SHIPPED, "5672", "")]);
    insta::assert_snapshot!(human::text(std::slice::from_ref(&report), None, false), @r"
    error[conflict]: two ports
     --> --set components.broker.port:1:26
      |
    1 | components.broker.port = 1
      |                          ^ written here
      |
     ::: <seaway>/templates/services/rabbitmq.toml:1:8
      |
    1 | port = 5672
      |        ----
    ");
    insta::assert_snapshot!(github::text(&report), @r"::error title=conflict::two ports%0A--set components.broker.port: written here%0A<seaway>/templates/services/rabbitmq.toml:1");
    insta::assert_snapshot!(locations(&report), @r#""two ports\n--set components.broker.port: written here\n<seaway>/templates/services/rabbitmq.toml:1""#);
}

/// A message about a text that is no file goes to the line that asked for it, through however many texts.
#[test]
fn the_line_that_asked_for_a_text_stands_for_it() {
    let mut report = report(&[(SHIPPED, "5672", "the port")]);
    let flag = place(PORT, &report.source, "broker");
    let base = place(BASE, &report.source, "port");
    report.source.further[1].asked_by = Some(base);
    report.source.further[2].asked_by = Some(flag);
    insta::assert_snapshot!(github::text(&report), @r"::error file=base/stack.toml,line=2,col=19,title=conflict::two ports%0A<seaway>/templates/services/rabbitmq.toml:1: the port");
    insta::assert_snapshot!(locations(&report), @r#"
    "two ports\n<seaway>/templates/services/rabbitmq.toml:1: the port"
    locations "base/stack.toml" 2:19 null
    "#);
    // A map that was put together wrongly does not hang.
    report.source.further[1].asked_by = Some(place(SHIPPED, &report.source, "port"));
    insta::assert_snapshot!(github::text(&report), @r"::error title=conflict::two ports%0A<seaway>/templates/services/rabbitmq.toml:1: the port");
}

/// Two stacks that extend one file say what is wrong in it once; what is wrong in each of them is said of each.
#[test]
fn what_is_wrong_in_a_shared_file_is_said_once() {
    let of_stack = |name: &str| {
        let mut report = report(&[(BASE, "0", "one")]);
        report.source.stack.name = name.to_owned().into();
        let own = Label { span: place(STACK, &report.source, "\"rabbitmq\""), text: String::new() };
        report.messages.push(Message { labels: vec![own], ..Message::error("conflict", "own") });
        report.messages.push(Message::error("output", "no place"));
        report
    };
    let mut reports = [of_stack("shop/stack.toml"), of_stack("news/stack.toml")];
    put_together(&mut reports);
    insta::assert_snapshot!(reports.iter().map(github::text).collect::<String>(), @"
    ::error file=base/stack.toml,line=2,col=26,title=conflict::two ports%0Aone
    ::error file=shop/stack.toml,line=5,col=8,title=conflict::own
    ::error title=output::no place%0Anote: in `shop/stack.toml`
    ::error file=news/stack.toml,line=5,col=8,title=conflict::own
    ::error title=output::no place%0Anote: in `news/stack.toml`
    ");
    assert_eq!(counts(&reports), "5 errors");
}

/// The places of a SARIF result, and its text.
fn locations(report: &Report) -> String {
    let document: serde_json::Value =
        serde_json::from_str(&sarif::text(std::slice::from_ref(report))).expect("JSON");
    let result = &document["runs"][0]["results"][0];
    let mut lines = vec![result["message"]["text"].to_string()];
    for key in ["locations", "relatedLocations"] {
        for location in result[key].as_array().into_iter().flatten() {
            let at = &location["physicalLocation"];
            let (file, region) = (&at["artifactLocation"]["uri"], &at["region"]);
            let (line, column) = (&region["startLine"], &region["startColumn"]);
            lines.push(format!("{key} {file} {line}:{column} {}", location["message"]["text"]));
        }
    }
    lines.join("\n")
}
