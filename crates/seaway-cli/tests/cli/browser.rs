//! The pages of `seaway monitoring` and `seaway diff` as Chromium shows them: on a phone and on a screen, in light and in dark.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::diff_page;
use crate::monitoring::{of_hostile, of_shop};

const LOOK: &str = include_str!("browser.js");
/// No sandbox, since CI runs as root; nothing but the page is asked for.
const OPTIONS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // Until the frames are loaded and looked at; ends as soon as nothing is left to do.
    "--virtual-time-budget=30000",
    // What pages write to the console, as an error of the policy of a page, is in the log.
    "--enable-logging=stderr",
];

/// Runs Chromium with a profile of its own in a folder.
pub(crate) fn chromium(folder: &Path, dark: bool, args: &[&str]) -> Output {
    Command::new("chromium")
        .args(OPTIONS)
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("--blink-settings=preferredColorScheme={}", u8::from(!dark)))
        .args(args)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("chromium: {error}; .ci/setup installs it"))
}

/// What the browser has to say of pages and pictures.
fn look(pages: &Value, pictures: &Value, dark: bool) -> Value {
    // A tag in a text of the script would end the script.
    let quoted = |value: &Value| value.to_string().replace('<', "\\u003c");
    let harness = format!(
        "<!DOCTYPE html><meta charset=\"utf-8\"><body><pre id=\"told\"></pre>\n<script>\nconst pages = {};\n\
         const pictures = {};\nconst dark = {dark};\n{LOOK}</script>\n",
        quoted(pages),
        quoted(pictures)
    );
    let folder = tempfile::tempdir().expect("a temporary folder");
    let page = folder.path().join("harness.html");
    fs::write(&page, harness).expect("a written page");
    let url = format!("file://{}", page.display());
    let output = chromium(folder.path(), dark, &["--dump-dom", &url]);
    let log = String::from_utf8_lossy(&output.stderr);
    let console: Vec<&str> = log.lines().filter(|line| line.contains(":CONSOLE")).collect();
    let dom = String::from_utf8_lossy(&output.stdout);
    let told = dom.split("<pre id=\"told\">").nth(1).and_then(|rest| rest.split("</pre>").next());
    let told = told.unwrap_or_default().replace("&lt;", "<").replace("&gt;", ">");
    let told = told.replace("&amp;", "&");
    let mut told: Value =
        serde_json::from_str(&told).unwrap_or_else(|error| panic!("{error}: {told:?}\n{log}"));
    if let Some(complaints) = told["complaints"].as_array_mut() {
        complaints.extend(console.iter().map(|line| json!(format!("console: {line}"))));
    }
    told
}

fn complaints(told: &Value) -> Vec<&str> {
    told["complaints"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn pages_are_readable_everywhere() {
    let pages = json!({
        "shop": of_shop("monitoring", "html"),
        "operator": of_shop("monitoring-operator", "html"),
        "hostile": of_hostile("html"),
        "review": diff_page::of_review(),
        "newsroom": diff_page::of_newsroom(),
        "hostile review": diff_page::of_hostile("html"),
    });
    let pictures = json!({ "shop": of_shop("monitoring", "svg"), "hostile": of_hostile("svg") });
    for dark in [false, true] {
        let told = look(&pages, &pictures, dark);
        assert_eq!(complaints(&told), [""; 0], "dark: {dark}");
        // It looked at something.
        for (what, least) in [("texts", 4000), ("boxes", 140), ("wires", 220), ("choices", 30)] {
            assert!(told[what].as_u64() >= Some(least), "{what}: {}", told[what]);
        }
    }
}

/// A browser that complains of nothing would prove nothing.
#[test]
fn what_is_wrong_with_a_page_is_seen() {
    let page = of_shop("monitoring", "html");
    let broken = |from: &str, to: &str| {
        assert!(page.contains(from), "{from}");
        page.replace(from, to)
    };
    let review = |from: &str, to: &str| {
        let page = diff_page::of_review();
        assert!(page.contains(from), "{from}");
        page.replace(from, to)
    };
    let pages = json!({
        "large letters": broken(".diagram text { ", ".diagram text { letter-spacing: 4px; "),
        "pale letters": broken("--muted: #4c5a6b", "--muted: #c5cdd8"),
        "wide table": broken("@media (max-width: 760px) {", "table { min-width: 900px; }\n@media (max-width: 7px) {"),
        "wide numbers": broken(".numbers { ", ".numbers { min-width: 900px; "),
        "script": broken("</main>", "<script>1</script></main>"),
        "open tag": broken("</main>", "<b></main>"),
        "image": broken("</main>", "<img src=\"https://shop.test/a.png\"/></main>"),
        "shows too much": review(":root:has(#stage-1:checked) .stage-1", ".stage-0"),
        "hides too much": review(".by-kind:not(", ".by-stage:not("),
        "leads nowhere": review("id=\"g0-c1\"", "id=\"other\""),
    });
    let told = look(
        &pages,
        &json!({ "picture": "<svg xmlns=\"http://www.w3.org/2000/svg\"><g></svg>" }),
        false,
    );
    let complaints = complaints(&told);
    for (page, what) in [
        ("large letters at 400: ", "leaves its box"),
        ("large letters at 1240: ", "leaves its box"),
        ("pale letters at 1240: ", "has a contrast of"),
        ("wide table at 400: ", "cuts off"),
        ("wide numbers at 400: ", "scrolls sideways"),
        ("script at 400: ", "a script"),
        ("open tag: ", "error"),
        ("image at 400: ", "src="),
        ("console: ", "Content Security Policy"),
        ("shows too much at 1240: ", "stage-1 shows"),
        ("hides too much at 1240: ", "hides"),
        ("leads nowhere at 1240: ", "href=#g0-c1"),
        ("picture: ", "error"),
    ] {
        let seen = complaints.iter().any(|said| said.starts_with(page) && said.contains(what));
        assert!(seen, "{page}{what}: {complaints:#?}");
    }
}
