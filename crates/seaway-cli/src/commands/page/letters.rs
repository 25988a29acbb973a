//! How wide a text is, and what is done about one that is too wide.

/// Size of the letters that [`wrapped`] counts with, in pixels: that of `.diagram text`.
pub(in super::super) const NOTE: f64 = 11.0;

/// Width of a text in letters that are all alike.
pub(in super::super) fn mono(text: &str, size: f64) -> f64 {
    text.chars().map(|c| if c.is_ascii() { 0.605 } else { 1.0 }).sum::<f64>() * size
}

/// Width of a text in the widest of the usual fonts (`DejaVu Sans`, Verdana), so that it fits in the others.
pub(in super::super) fn sans(text: &str, size: f64) -> f64 {
    let width = |c: char| match c {
        ' ' | '.' | ',' | ':' | 'i' | 'j' | 'l' | '\'' | '|' => 0.34,
        'f' | 'r' | 't' | 'I' | '-' | '/' | '(' | ')' => 0.43,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 1.0,
        'A'..='Z' | '#' | '&' | '<' | '>' | '=' | '+' | '~' => 0.84,
        c if c.is_ascii() => 0.64,
        _ => 1.0,
    };
    text.chars().map(width).sum::<f64>() * size
}

/// A text with its middle left out if it is too long: names differ at both ends.
pub(in super::super) fn shortened(text: &str, room: f64, width: impl Fn(&str) -> f64) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let all: Vec<char> = text.chars().collect();
    let mut kept = all.len();
    loop {
        kept = kept.saturating_sub(1);
        let front = kept.div_ceil(2);
        let short: String = all[..front]
            .iter()
            .chain(['…'].iter())
            .chain(&all[all.len() - (kept - front)..])
            .collect();
        if kept == 0 || width(&short) <= room {
            return short;
        }
    }
}

/// Lines of words that fit.
pub(in super::super) fn wrapped(text: &str, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let word = shortened(word, room, |text| sans(text, NOTE));
        match lines.last_mut() {
            Some(line) if sans(&format!("{line} {word}"), NOTE) <= room => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}
