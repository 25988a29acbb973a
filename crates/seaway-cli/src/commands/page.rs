//! What all pages of HTML have in common: one file, readable in light and in dark, on a phone and on paper; nothing of it is a
//! script or comes from elsewhere.
//!
//! Text of a stack is hostile. It passes [`escaped`] on its way into a page, and is never a class, an `id`, a style or the target of
//! a link, but for an address that a browser opens as a page ([`linked`]).

mod letters;

use std::fmt::Write as _;

pub(super) use letters::{NOTE, mono, sans, shortened, wrapped};

/// Colors, letters, tables and chips of a page.
const STYLE: &str = include_str!("page/page.css");
/// Colors and letters of a diagram.
pub(super) const DIAGRAM: &str = include_str!("page/diagram.css");

/// The start of a page, up to its `<body>`; `title` is escaped here. `styles` follow those of all pages.
pub(super) fn start(title: &str, styles: &[&str]) -> String {
    // The policy lets the browser itself hold that nothing is loaded or run.
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         base-uri 'none'; form-action 'none'\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"color-scheme\" content=\"light dark\"/>\n<title>{}</title>\n\
         <style>\n{DIAGRAM}{STYLE}{}</style>\n</head>\n<body>\n",
        escaped(title),
        styles.concat()
    )
}

/// A row of a table: its cells are HTML.
pub(super) struct Row {
    /// Classes of the row; may be empty.
    pub(super) class: String,
    /// A cell for each head.
    pub(super) cells: Vec<String>,
}

impl From<Vec<String>> for Row {
    fn from(cells: Vec<String>) -> Self {
        Self { class: String::new(), cells }
    }
}

/// A table whose rows become cards on a phone. The roles keep it a table for screen readers, which go by how it is displayed.
pub(super) fn table(out: &mut String, heads: &[&str], rows: impl Iterator<Item = impl Into<Row>>) {
    out.push_str(
        "<div class=\"table\"><table role=\"table\">\n<thead role=\"rowgroup\"><tr role=\"row\">",
    );
    for head in heads {
        let _ = write!(out, "<th role=\"columnheader\" scope=\"col\">{head}</th>");
    }
    out.push_str("</tr></thead>\n<tbody role=\"rowgroup\">\n");
    for row in rows {
        let Row { class, cells } = row.into();
        let class = if class.is_empty() { class } else { format!(" class=\"{class}\"") };
        let _ = write!(out, "<tr role=\"row\"{class}>");
        for (head, cell) in heads.iter().zip(cells) {
            let _ = write!(out, "<td role=\"cell\" data-head=\"{head}\"><span>{cell}</span></td>");
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table></div>\n");
}

/// A block of code. It can be focused, so that it can be scrolled without a mouse.
pub(super) fn block(text: &str) -> String {
    format!("<pre tabindex=\"0\"><code>{}</code></pre>", escaped(text))
}

/// A text in a fixed-width font.
pub(super) fn code(plain: &str) -> String {
    format!("<code>{}</code>", escaped(plain))
}

/// A link with an escaped text; only to what a browser opens as a page.
pub(super) fn linked(address: &str, text: &str) -> String {
    if address.starts_with("http://") || address.starts_with("https://") {
        return format!("<a href=\"{}\">{text}</a>", escaped(address));
    }
    text.to_owned()
}

/// A number with at most one digit behind the point, so that no machine prints another one.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
}

/// A text that XML and HTML read as text, inside of an attribute as well.
///
/// Characters that reverse the direction of a line are shown as what they are, a character that does not belong there: a command
/// would read otherwise than it runs (<https://trojansource.codes/>).
pub(super) fn escaped(plain: &str) -> String {
    let mut escaped = String::with_capacity(plain.len());
    for c in plain.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => {
                escaped.push('\u{fffd}');
            }
            c if c.is_control() && c != '\n' => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_markup() {
        assert_eq!(escaped("<a b='c'>\"&"), "&lt;a b=&#39;c&#39;&gt;&quot;&amp;");
        assert_eq!(escaped("a\tb\u{1b}\nc"), "a b \nc");
        assert_eq!(escaped("rm \u{202e}x\u{2066}"), "rm \u{fffd}x\u{fffd}");
        assert_eq!(linked("javascript:alert(1)", "x"), "x");
        assert_eq!(linked("https://a.test/?b&c", "x"), "<a href=\"https://a.test/?b&amp;c\">x</a>");
    }
}
