//! `seaway diff --format html`: the page of a comparison.

use std::path::Path;

use crate::diff::{compared, review};
use crate::sandbox::{SHOP, Sandbox};

/// What stands in a stack where somebody wants it to be more than text.
const HOSTILE: &str = "</code></pre></style><script>alert(1)</script><img src=x onerror=alert(2)>`@octocat #1 www.shop.test|";

/// The page of a pull request of twelve changes.
pub(crate) fn of_review() -> String {
    compared(&review(), "before.toml", "after.toml", "html")
}

/// The page of another concurrency of all workers in a stack of many components.
pub(crate) fn of_newsroom() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../stacks/newsroom");
    let read = |file: &str| std::fs::read_to_string(folder.join(file)).expect("a file");
    let stack = read("stack.toml");
    assert!(stack.contains("concurrency = "));
    let sandbox = Sandbox::new(SHOP);
    for file in ["old/conf/production.py", "new/conf/production.py"] {
        sandbox.write(file, read("conf/production.py"));
    }
    sandbox.write("old/stack.toml", &stack);
    sandbox.write("new/stack.toml", stack.replace("concurrency = ", "concurrency = 1"));
    let page = compared(&sandbox, "old", "new", "html");
    assert!(page.contains("7 components</text>"), "{page}");
    page
}

/// A view of two stacks that say [`HOSTILE`] wherever they can, in files whose names do, too.
pub(crate) fn of_hostile(format: &str) -> String {
    let [old, new] = ["old <img src=x>@octocat.toml", "new <img src=x>@octocat.toml"];
    let stack = |more: &str| {
        let text = HOSTILE.replace('"', "\\\"");
        format!(
            "{SHOP}[stages.other]\nextends = \"local\"\napp.env.TEXT = \"{more}{text}\"\n\
             [stages.other.components.bin]\ntype = \"service\"\nimage = \"shop.test/bin:{}\"\nargs = [\"{more}{text}\"]\n",
            more.len() + 1
        )
    };
    let sandbox = Sandbox::new(SHOP);
    sandbox.write(old, stack(""));
    sandbox.write(new, stack("other "));
    compared(&sandbox, old, new, format)
}

/// The page below its style sheet.
#[test]
fn twelve_changes_as_a_page() {
    let page = of_review();
    let (_, body) = page.split_once("</head>\n").expect("a head");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("review");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("html", body));
}

#[test]
fn hostile_text_is_escaped() {
    let page = of_hostile("html");
    assert!(
        page.contains("&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x"),
        "{page}"
    );
    assert!(page.contains("old &lt;img src=x&gt;@octocat.toml"), "{page}");
    for tag in ["<script", "<img", "</style><", "javascript:"] {
        assert!(!page.contains(tag), "{tag}: {page}");
    }
    assert_eq!(page.matches("</style>").count(), 1);
}

#[test]
fn equal_revisions_are_a_page_that_says_so() {
    let sandbox = Sandbox::new(SHOP);
    let page = compared(&sandbox, "shop", "shop", "html");
    assert!(page.contains("<p>Nothing differs in what is applied.</p>"), "{page}");
    assert!(!page.contains("<form") && !page.contains("<table"), "{page}");
}

#[test]
fn a_stage_that_only_one_revision_has_is_said() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.write("more/stack.toml", format!("{SHOP}[stages.other]\nextends = \"local\"\n"));
    let gained = compared(&sandbox, "shop", "more", "html");
    assert!(gained.contains("The stage is new; objects: "), "{gained}");
    let lost = compared(&sandbox, "more", "shop", "html");
    assert!(lost.contains("The stage is gone; objects: "), "{lost}");
}
