//! The comment of `seaway diff --format markdown` as GitHub draws it, and its picture in the README.
//!
//! `UPDATE_REFERENCE=1` draws the picture anew. Pixels depend on the fonts and the browser of a machine, so they are not compared: the
//! picture holds the comment that it was drawn from, as text, and that has to be what is printed.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::browser::chromium;
use crate::diff_page;
use crate::sandbox::{Run, SHOP, Sandbox};

/// What `.ci/setup` installs for node, and the program that draws a comment.
const MODULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/ci/node");
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.ci/node/comment.mjs");
/// The size of the picture in pixels of CSS, and how many of the screen there are to each.
const WIDTH: usize = 960;
const SCALE: &str = "1.25";
/// Most bytes of the picture.
const MOST: usize = 150 * 1000;

/// What a page writes down about itself: how high it is, and what of it is more than text.
const LOOK: &str = r#"<pre id="told"></pre><script>
document.fonts.ready.then(() => {
  const article = document.querySelector("article");
  const said = [`height ${Math.ceil(article.getBoundingClientRect().height)}`];
  for (const element of article.querySelectorAll("img, script, a, iframe, style, [onerror]")) {
    said.push(`an element: ${element.outerHTML}`);
  }
  // As GitHub does: https://github.com/gjtorikian/html-pipeline
  const walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement.closest("pre, code, a")) continue;
    const name = node.textContent.match(/(?:^|\W)(?:@[a-z0-9][a-z0-9-]*|#\d+)/i);
    if (name) said.push(`a name: ${name[0]}`);
  }
  document.getElementById("told").textContent = said.join("\n");
});
</script>"#;

/// The comment as a page.
fn page(markdown: &str) -> String {
    assert!(Path::new(MODULES).is_dir(), "no {MODULES}; .ci/setup installs it");
    let mut child = Command::new("node")
        .args([PROGRAM, MODULES])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("node: {error}; .ci/setup installs it"));
    let mut stdin = child.stdin.take().expect("a way in");
    stdin.write_all(markdown.as_bytes()).expect("a comment that is read");
    drop(stdin);
    let output = child.wait_with_output().expect("a program that ends");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// What [`LOOK`] says about a page.
fn told(folder: &Path, page: &str) -> Vec<String> {
    let file = folder.join("looked.html");
    fs::write(&file, format!("{page}{LOOK}")).expect("a written page");
    let output = chromium(
        folder,
        false,
        &[
            "--hide-scrollbars",
            &format!("--window-size={WIDTH},800"),
            &format!("--force-device-scale-factor={SCALE}"),
            "--dump-dom",
            &format!("file://{}", file.display()),
        ],
    );
    let dom = String::from_utf8_lossy(&output.stdout);
    let told = dom.split("<pre id=\"told\">").nth(1).and_then(|rest| rest.split("</pre>").next());
    told.unwrap_or_default().lines().map(str::to_owned).collect()
}

/// The comment on a pull request that takes the shop to another image and its `PostgreSQL` from 16 to 17.
fn of_pull_request() -> String {
    let stack = fs::read_to_string(shop().join("stack.toml")).expect("a stack");
    let before = |from: &str, to: &str, text: &str| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    };
    let old = before("shop:1.4.0\"", "shop:1.3.0\"", &stack);
    let old = before(
        "type = \"postgres\", version = \"17\"",
        "type = \"postgres\", version = \"16\"",
        &old,
    );
    let sandbox = Sandbox::new(SHOP);
    sandbox.write("review/stack.toml", old);
    let commit = "cd review && git init --quiet --initial-branch=main && git add . && \
                  git -c user.name=a -c user.email=a@shop.test commit --quiet --message=before";
    let Run { code, err, .. } = sandbox.bash(commit);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    sandbox.write("review/stack.toml", stack);
    let diff = "cd review && \"$SEAWAY\" diff main: --stage redis-celery --format markdown";
    let Run { code, out, err } = sandbox.bash(diff);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    out
}

fn shop() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../stacks/shop")
}

#[test]
fn hostile_text_is_text_in_a_comment() {
    let markdown = diff_page::of_hostile("markdown");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let page = page(&markdown);
    assert!(page.contains("@octocat"), "{page}");
    let told = told(folder.path(), &page);
    assert!(told.len() == 1 && told[0].starts_with("height "), "{told:#?}\n{markdown}");
}

/// A browser that complains of nothing would prove nothing.
#[test]
fn what_is_more_than_text_is_seen() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let told = told(
        folder.path(),
        &page("see @octocat\n\n<img src=x>\n\nwww.shop.test\n\n#12, `@nobody`, @&#8203;nobody\n"),
    );
    let told: Vec<&str> = told[1..].iter().map(String::as_str).collect();
    let [image, link, user, issue] = told[..] else { panic!("{told:#?}") };
    assert!(image.contains("img") && link.contains("shop.test"), "{told:#?}");
    assert_eq!([user, issue], ["a name:  @octocat", "a name: #12"]);
}

#[test]
fn the_picture_is_of_the_comment_that_is_printed() {
    let file = shop().join("review.png");
    let comment = of_pull_request();
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        fs::write(&file, png::with_text(&draw(&comment), &comment)).expect("a written picture");
    }
    let picture = fs::read(&file).unwrap_or_default();
    let update = "UPDATE_REFERENCE=1 cargo test -p seaway-cli --test cli comment";
    assert!(png::text(&picture).as_deref() == Some(&*comment), "review.png is stale: {update}");
    assert!(picture.len() <= MOST, "review.png has {} bytes", picture.len());
}

/// The comment as a PNG.
fn draw(comment: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let page = page(comment);
    let told = told(folder.path(), &page);
    let height = told[0].strip_prefix("height ").expect("a height");
    let (file, picture) = (folder.path().join("page.html"), folder.path().join("page.png"));
    fs::write(&file, page).expect("a written page");
    chromium(
        folder.path(),
        false,
        &[
            "--hide-scrollbars",
            &format!("--window-size={WIDTH},{height}"),
            &format!("--force-device-scale-factor={SCALE}"),
            &format!("--screenshot={}", picture.display()),
            &format!("file://{}", file.display()),
        ],
    );
    fs::read(picture).expect("a picture")
}

/// A text in a picture: <https://www.w3.org/TR/png-3/#11iTXt>.
mod png {
    /// The chunk's keyword, of those that the standard names; no compression, no language.
    const KEYWORD: &[u8] = b"Description\0\0\0\0\0";
    /// The signature, and the first chunk: length, type, 13 bytes of data and a checksum.
    const HEAD: usize = 8 + 4 + 4 + 13 + 4;

    /// Puts a text behind the head of a picture.
    pub(super) fn with_text(picture: &[u8], text: &str) -> Vec<u8> {
        let data = [b"iTXt", KEYWORD, text.as_bytes()].concat();
        let length = u32::try_from(data.len() - 4).expect("a short text");
        let (head, rest) = picture.split_at(HEAD);
        [head, &length.to_be_bytes(), &data, &checksum(&data).to_be_bytes(), rest].concat()
    }

    /// The text of a picture that [`with_text`] gave one.
    pub(super) fn text(picture: &[u8]) -> Option<String> {
        let rest = picture.get(HEAD..)?;
        let (length, data) = rest.split_first_chunk::<4>()?;
        let data = data.get(..4 + u32::from_be_bytes(*length) as usize)?;
        let text = data.strip_prefix(b"iTXt")?.strip_prefix(KEYWORD)?;
        String::from_utf8(text.to_vec()).ok()
    }

    /// <https://www.w3.org/TR/png-3/#D-CRCAppendix>
    fn checksum(data: &[u8]) -> u32 {
        let bit = |sum: u32| (sum >> 1) ^ (0xedb8_8320 * (sum & 1));
        !data
            .iter()
            .fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), |sum, _| bit(sum)))
    }

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        // The last chunk of each picture.
        assert_eq!(checksum(b"IEND"), 0xae42_6082);
    }
}
