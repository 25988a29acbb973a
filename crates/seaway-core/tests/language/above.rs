//! Overlays and values of the command line: layers over every stage.

use std::fmt::Write as _;

use insta::assert_snapshot;
use seaway_core::document::Setting;
use seaway_core::{Document, Severity, Sink, Source, Stack, TextKind, parse, resolve};

use crate::support::{APP, shown};

/// A stack with two stages, and a component of most kinds of keys.
const TEXT: &str = r#"
kubernetes = "1.34"
app.env = { LEVEL = "info", REGION = "eu" }
components.web = { type = "web", replicas = 2 }
components.worker = { type = "process", command = ["run"] }
[stages.local]
[stages.prod]
app.env.LEVEL = "warning"
"#;

/// What lies over a stage.
#[derive(Clone, Copy)]
enum Over<'a> {
    Overlay(&'a str),
    Set(&'a str),
}
use Over::{Overlay, Set};

fn compiled(text: &str, stage: &str, over: &[Over<'_>]) -> (Option<Stack>, String) {
    let mut source = Source::new("stack.toml", text);
    let mut sink = Sink::default();
    let mut document = parse(&source, &mut sink);
    for over in over {
        add(*over, &mut document, &mut source, &mut sink);
    }
    let stack = resolve(&source, &document, stage, &mut sink).ok();
    let mut told = String::new();
    for found in sink.finish().iter().filter(|found| found.severity == Severity::Error) {
        let place = found.labels.first().expect("a place").span;
        let at = source.position(place.start);
        let name = &source.text_at(place.start).name;
        let (line, column) = (at.line, at.column);
        let help = found.help.as_deref().unwrap_or_default();
        let (code, message) = (found.code, &found.message);
        let _ = writeln!(told, "{code} {name}:{line}:{column} {message} | {help}");
    }
    assert_eq!(stack.is_none(), !told.is_empty(), "a stack or errors");
    (stack, told)
}

fn add(over: Over<'_>, document: &mut Document, source: &mut Source, sink: &mut Sink) {
    match over {
        Overlay(text) => {
            let text = source.add(TextKind::File, "pr.toml", text.to_owned(), None);
            document.overlay(text, sink);
        }
        Set(written) => {
            let setting: Setting = written.parse().expect("KEY=VALUE");
            document.set(&setting, source.add_setting(&setting), sink);
        }
    }
}

fn stack(over: &[Over<'_>]) -> Stack {
    let (stack, told) = compiled(&format!("{APP}{TEXT}"), "prod", over);
    assert_eq!(told, "");
    stack.expect("a good stack")
}

fn told(over: &[Over<'_>]) -> String {
    compiled(&format!("{APP}{TEXT}"), "prod", over).1
}

fn variable(stack: &Stack, name: &str) -> Option<String> {
    let part = stack.part("worker").expect("the part");
    let found = part.env.iter().find(|variable| &*variable.name == name);
    found.map(|variable| shown(&variable.value.value))
}

/// A value means the same as the line in the file.
#[test]
fn a_value_is_what_its_key_takes() {
    for (set, line) in [
        ("app.image=ghcr.io/acme/shop:2", "app.image = \"ghcr.io/acme/shop:2\""),
        (" app . image =ghcr.io/acme/shop:2", "app.image = \"ghcr.io/acme/shop:2\""),
        ("components.web.env.X= a ", "components.web.env.X = \" a \""),
        ("app.image=\"ghcr.io/acme/shop:2\"", "app.image = \"ghcr.io/acme/shop:2\""),
        ("components.web.replicas=3", "components.web.replicas = 3"),
        ("components.web.replicas=0x3", "components.web.replicas = 3"),
        ("app.hosts=[\"a.example\"]", "app.hosts = [\"a.example\"]"),
        (
            "app.annotations.\"example.com/team\"=a=b",
            "app.annotations.\"example.com/team\" = \"a=b\"",
        ),
        ("components.web.env.X=", "components.web.env.X = \"\""),
        ("components.web.env.X=1.10", "components.web.env.X = \"1.10\""),
        ("components.web.env.X=1_000", "components.web.env.X = \"1_000\""),
        ("components.web.env.X=007", "components.web.env.X = \"007\""),
        (
            "components.web.env.X=99999999999999999999",
            "components.web.env.X = \"99999999999999999999\"",
        ),
        ("components.web.env.X=true", "components.web.env.X = \"true\""),
        ("components.web.env.X=2026-01-01", "components.web.env.X = \"2026-01-01\""),
        ("components.web.env.X=[1, 2]", "components.web.env.X = \"[1, 2]\""),
        ("components.web.env.X={\"a\":1}", "components.web.env.X = '{\"a\":1}'"),
        ("components.web.env.X=a # b", "components.web.env.X = \"a # b\""),
        ("components.web.env.X=1 # b", "components.web.env.X = \"1 # b\""),
        ("components.web.env.X=1\n[stages.x]", "components.web.env.X = \"1\\n[stages.x]\""),
        ("components.web.labels.build=123", "components.web.labels.build = \"123\""),
        (
            "components.web.env.X={ field = \"status.podIP\" }",
            "components.web.env.X = { field = \"status.podIP\" }",
        ),
        ("kubernetes=1.35", "kubernetes = \"1.35\""),
        ("require-digest=false", "require-digest = false"),
        ("namespace=shop-pr-7", "namespace = \"shop-pr-7\""),
        ("components.worker=false", "components.worker = false"),
        ("app.env.LEVEL=false", "app.env.LEVEL = false"),
    ] {
        let text = format!("{APP}{TEXT}");
        // The line stands in the stage: what is removed has to be there.
        let (by_flag, told) = compiled(&text, "prod", &[Set(set)]);
        let (by_line, told_of_line) =
            compiled(&format!("{text}[stages.line]\nextends = \"prod\"\n{line}\n"), "line", &[]);
        assert_eq!((told.as_str(), told_of_line.as_str()), ("", ""), "{set}");
        let same_stage = by_line
            .map(|line| Stack { stage: by_flag.as_ref().expect("a stack").stage.clone(), ..line });
        assert!(by_flag == same_stage, "{set}");
    }
}

#[test]
fn the_last_one_wins() {
    let level = |over: &[Over<'_>]| variable(&stack(over), "LEVEL");
    assert_eq!(level(&[]).as_deref(), Some("warning"));
    let first = Overlay("app.env.LEVEL = \"first\"\n");
    let second = Overlay("[app.env]\nLEVEL = \"second\"\n");
    assert_eq!(level(&[first]).as_deref(), Some("first"));
    assert_eq!(level(&[first, second]).as_deref(), Some("second"));
    assert_eq!(level(&[second, first]).as_deref(), Some("first"));
    assert_eq!(
        level(&[first, Set("app.env.LEVEL=a"), Set("app.env.LEVEL=b")]).as_deref(),
        Some("b")
    );
    assert_eq!(level(&[Set("app.env.LEVEL=false")]), None);
    // Each flag is a layer: what one removes, a later one sets again.
    assert_eq!(level(&[Set("app.env.LEVEL=false"), Set("app.env.LEVEL=b")]).as_deref(), Some("b"));
}

#[test]
fn the_stack_can_get_another_name() {
    assert_eq!(&**stack(&[Set("name=shop-pr-7")]).name, "shop-pr-7");
    let renamed = stack(&[Overlay("name = \"shop-pr-7\"\n")]);
    assert_eq!((&**renamed.name, &**renamed.namespace), ("shop-pr-7", "shop-pr-7"));
}

#[test]
fn a_component_starts_from_a_type_that_lies_over_the_stage() {
    let search = stack(&[
        Set("components.search={ type = \"mine\" }"),
        Set("types.mine.image=docker.io/acme/search:1"),
    ]);
    assert_eq!(
        search
            .part("search")
            .expect("the part")
            .shared
            .image
            .as_ref()
            .map(|image| image.value.to_string())
            .as_deref(),
        Some("docker.io/acme/search:1")
    );
}

#[test]
fn faults_point_at_the_value() {
    assert_snapshot!(told(&[Set("components.web.replicaz=3")]), @"unknown-field --set components.web.replicaz:1:16 unknown key `replicaz` | did you mean `replicas`?");
    assert_snapshot!(told(&[Set("components.web.replicas=many")]), @"wrong-type --set components.web.replicas:1:25 expected an integer, found a string |");
    assert_snapshot!(told(&[Set("components.web.replicas=1.5")]), @"wrong-type --set components.web.replicas:1:25 expected an integer, found a float |");
    assert_snapshot!(told(&[Set("components.web.replicas=70000")]), @"invalid-value --set components.web.replicas:1:25 expected an integer from 0 to 65535, found `70000` |");
    assert_snapshot!(told(&[Set("app.hosts=a.example")]), @r#"wrong-type --set app.hosts:1:11 expected an array, found a string | write it in brackets: `["a.example"]`"#);
    assert_snapshot!(told(&[Set("app.image=not an image")]), @"invalid-value --set app.image:1:11 `not an image` is not an image | write `registry/repository:tag`, lower-case up to the tag");
    assert_snapshot!(told(&[Set("app.image=false")]), @r#"wrong-type --set app.image:1:11 expected a string, found a boolean | write it in quotes: `"false"`"#);
    assert_snapshot!(told(&[Set("profile=prod")]), @"unknown-value --set profile:1:9 unknown value `prod` | known are `development` and `production`");
    assert_snapshot!(told(&[Set("components.wroker=false")]), @"nothing-to-remove --set components.wroker:1:12 there is no `components.wroker` to remove | did you mean `worker`?");
    assert_snapshot!(told(&[Set("app=1")]), @"wrong-type --set app:1:5 expected a table, found an integer |");
    assert_snapshot!(told(&[Overlay("components.web.replicas = \"3\"\n")]), @"wrong-type pr.toml:1:27 expected an integer, found a string |");
    assert_snapshot!(told(&[Overlay("components.web = {\n")]), @"syntax pr.toml:1:18 this `{` is not closed | write `}` behind its last item");
}

#[test]
fn stages_are_chosen_and_not_written() {
    assert_snapshot!(told(&[Overlay("extends = \"local\"\n[stages.prod]\nprofile = \"production\"\n")]), @"
    conflict pr.toml:1:1 an overlay can not set `extends` | write `extends` in the stack file
    conflict pr.toml:2:2 an overlay can not set `stages` | leave out `stages.NAME`: it applies to the stage that `--stage` names
    ");
    assert_snapshot!(told(&[Set("stages.prod.profile=production"), Set("extends=local")]), @"
    conflict --set stages.prod.profile:1:1 `--set` can not set `stages` | leave out `stages.NAME`: it applies to the stage that `--stage` names
    conflict --set extends:1:1 `--set` can not set `extends` | write `extends` in the stack file
    ");
}

#[test]
fn what_is_no_key_is_said() {
    let fault = |written: &str| written.parse::<Setting>().expect_err("a fault");
    assert_snapshot!(fault("app.image"), @"there is no `=`; write `KEY=VALUE`");
    assert_snapshot!(fault(" =x"), @"there is no key before the `=`; write `KEY=VALUE`");
    for written in [
        "a b=1",
        "a.=1",
        ".a=1",
        "[a]=1",
        "# a=1",
        "a\nb=1",
        "a\r\nb=1",
        "\"a=1\"=2",
        "a.\"b=1",
        "{}=1",
    ] {
        assert_eq!(fault(written), fault("a b=1"), "{written:?}");
    }
    assert_snapshot!(fault("a b=1"), @r#"what is before the first `=` is not a key of TOML; write it as in `app.annotations."example.com/team"=shop`"#);
}
