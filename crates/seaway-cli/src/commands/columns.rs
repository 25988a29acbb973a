//! Rows in columns, for people.

use std::collections::BTreeMap;

/// Most characters of a line.
const WIDTH: usize = 100;
/// Most characters of the first and of the last column: what is longer goes on in the next line.
const MOST: usize = 36;
/// Before each column.
const GAP: &str = "  ";

/// A line that stands out.
pub(super) fn title(out: &mut String, line: &str, color: bool) {
    let (on, off) = if color { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
    out.extend([on, line, off, "\n"]);
}

/// Why the defaults that rows name are what they are.
pub(super) fn defaults(out: &mut String, defaults: &BTreeMap<&str, &str>, color: bool) {
    if defaults.is_empty() {
        return;
    }
    out.push('\n');
    title(out, "defaults", color);
    let width = defaults.keys().map(|name| name.len()).max().unwrap_or_default();
    for (name, why) in defaults {
        let rest = WIDTH.saturating_sub(width + 2 * GAP.len());
        lines(out, &[(vec![(*name).to_owned()], width), (broken(why, rest), 0)]);
    }
}

/// Rows in columns.
pub(super) fn table(out: &mut String, rows: &[[String; 3]]) {
    let width = |column: usize| {
        rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let (first, last) = (width(0).min(MOST), width(2).min(MOST));
    let middle = width(1).min(WIDTH.saturating_sub(first + last + 3 * GAP.len()));
    for [name, value, set_by] in rows {
        let cells = [
            (broken(name, first), first),
            (broken(value, middle), middle),
            (broken(set_by, last), 0),
        ];
        lines(out, &cells);
    }
}

/// The lines of cells that stand side by side, each filled up to its width.
fn lines(out: &mut String, cells: &[(Vec<String>, usize)]) {
    let height = cells.iter().map(|(lines, _)| lines.len()).max().unwrap_or_default();
    for at in 0..height {
        let mut line = String::new();
        for (lines, width) in cells {
            let part = lines.get(at).map(String::as_str).unwrap_or_default();
            line.push_str(GAP);
            line.push_str(part);
            line.extend(std::iter::repeat_n(' ', width.saturating_sub(part.chars().count())));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

/// A text in lines of at most so many characters, behind a comma, a space or a slash where there is one.
fn broken(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest: Vec<char> = text.chars().collect();
    while rest.len() > width.max(1) {
        let line = &rest[..width.max(1)];
        let good = line.iter().rposition(|c| matches!(c, ' ' | ',' | '/' | '&' | ';'));
        // A break near the beginning wastes more than it helps.
        let end = good.map(|at| at + 1).filter(|end| *end * 2 > line.len()).unwrap_or(line.len());
        let behind = rest.split_off(end);
        lines.push(String::from_iter(&rest));
        rest = behind;
    }
    lines.push(String::from_iter(&rest));
    lines
}

#[cfg(test)]
mod tests {
    use super::broken;

    #[test]
    fn nothing_of_a_text_is_lost_where_it_is_broken() {
        for text in
            ["", "a", "shop.example.com,localhost,127.0.0.1", "ééééééééééééééé", "a b c d e f"]
        {
            for width in 0..20 {
                let lines = broken(text, width);
                assert_eq!(lines.concat(), text);
                assert!(lines.iter().all(|line| line.chars().count() <= width.max(1)), "{lines:?}");
            }
        }
    }
}
