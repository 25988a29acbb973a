//! A text that somebody, or something, has damaged: a seed says where it comes from and what was done to it.
//!
//! The tests of the command line take this file, too.

use crate::chance::Chance;

/// Values that are hard to bear, each TOML by itself.
const VALUES: [&str; 46] = [
    "0",
    "-1",
    "1",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "1e308",
    "inf",
    "nan",
    "true",
    "false",
    "[]",
    "{}",
    "[[]]",
    "[{}]",
    "\"\"",
    "\" \"",
    "\"-\"",
    "\".\"",
    "\"/\"",
    "\"..\"",
    "\"a/../../b\"",
    "\"*\"",
    "\"${\"",
    "\"${}\"",
    "\"${.}\"",
    "\"${self.url}\"",
    "\"${db.url}${db.url}\"",
    "\"${secrets.django.secret-key}\"",
    "\"$(A)\"",
    "\"$${\"",
    "\"99999999999999999999Ei\"",
    "\"0.0000000000001m\"",
    "\"1e999\"",
    "\"-1Gi\"",
    "\"0 0 31 2 *\"",
    "\"*/0 60 * * *\"",
    "\"\\u0000\"",
    "\"\\u202E\\u001b[31m\"",
    "\"é😀\u{301}\"",
    "\"0.0.0.0/0\"",
    "\"::/0\"",
    "\"999.1.1.1/99\"",
    "1979-05-27T07:32:00Z",
    "\"http://[::1\"",
];

/// What is put between two characters.
const TEXTS: [&str; 24] = [
    "\"", "'", "\"\"\"", "'''", "[", "]", "{", "}", "=", ".", ",", "#", "\\", "\n", "\r", "\t",
    "\0", "\u{feff}", "\u{202e}", "é", "😀", "${", "$(", "\u{85}",
];

const TYPES: [&str; 24] = [
    "web",
    "worker",
    "beat",
    "flower",
    "process",
    "migrate",
    "job",
    "cron",
    "postgres",
    "redis",
    "valkey",
    "rds",
    "elasticache",
    "s3",
    "external",
    "pgbouncer",
    "monitoring",
    "service",
    "rabbitmq",
    "mariadb",
    "minio",
    "backup",
    "memcached",
    "opensearch",
];

/// The text of a seed, and which of `origins` it was made of.
pub(crate) fn mutated(seed: u64, origins: &[String]) -> (usize, String) {
    let mut chance = Chance::new(seed);
    // The last bits of neighbours are alike.
    chance.below(1);
    let origin = chance.below(origins.len());
    let mut text = origins[origin].clone();
    for _ in 0..chance.between(1, 4) {
        text = once(&text, origins, &mut chance);
    }
    (origin, text)
}

fn once(text: &str, origins: &[String], chance: &mut Chance) -> String {
    match chance.below(14) {
        0 => characters(text, chance),
        1 => tokens(text, chance),
        2 => pieces(lines(text), chance),
        3 => pieces(tables(text), chance),
        4 | 5 => in_a_line(text, chance, |value, chance| {
            format!("{} # {}", chance.pick(&VALUES), value.replace('\n', " "))
        }),
        6 => spliced(text, &origins[chance.below(origins.len())], chance),
        7 => numbers(text, chance),
        8 => strings(text, chance),
        9 => nested(text, chance),
        10 => many(text, chance),
        11 => references(text, chance),
        12 => keys(text, &origins[chance.below(origins.len())], chance),
        _ => types(text, chance),
    }
}

fn lines(text: &str) -> Vec<String> {
    text.split_inclusive('\n').map(str::to_owned).collect()
}

/// The text in pieces that begin with the header of a table.
fn tables(text: &str) -> Vec<String> {
    let mut tables = vec![String::new()];
    for line in text.split_inclusive('\n') {
        match tables.last_mut() {
            Some(table) if !line.starts_with('[') => table.push_str(line),
            _ => tables.push(line.to_owned()),
        }
    }
    tables
}

/// A place between two characters.
fn place(text: &str, chance: &mut Chance) -> usize {
    let at = chance.below(text.len() + 1);
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

fn characters(text: &str, chance: &mut Chance) -> String {
    let mut text = text.to_owned();
    for _ in 0..chance.between(1, 3) {
        let at = place(&text, chance);
        let next = text[at..].chars().next().map_or(0, char::len_utf8);
        let end = if chance.one_in(2) { at + next } else { at };
        let new = if chance.one_in(3) { "" } else { chance.pick(&TEXTS) };
        text.replace_range(at..end, new);
    }
    text
}

/// Words, spaces and each other character.
fn tokens(text: &str, chance: &mut Chance) -> String {
    let kind = |c: char| (c.is_alphanumeric() || c == '-' || c == '_', c.is_whitespace());
    let mut tokens: Vec<String> = Vec::new();
    let mut last = None;
    for c in text.chars() {
        let is_one = kind(c) != (false, false) && last == Some(kind(c));
        last = Some(kind(c));
        match tokens.last_mut() {
            Some(token) if is_one => token.push(c),
            _ => tokens.push(c.to_string()),
        }
    }
    pieces(tokens, chance)
}

/// One or a few of the pieces left out, said twice, or in another place.
fn pieces(mut pieces: Vec<String>, chance: &mut Chance) -> String {
    for _ in 0..chance.between(1, 2) {
        let (one, other) = (chance.below(pieces.len()), chance.below(pieces.len()));
        if pieces.is_empty() {
            break;
        }
        match chance.below(4) {
            0 => pieces.swap(one, other),
            1 => drop(pieces.remove(one)),
            2 => pieces.insert(other, pieces[one].clone()),
            _ => {
                let piece = pieces.remove(one);
                pieces.insert(other.min(pieces.len()), piece);
            }
        }
    }
    pieces.concat()
}

/// Another value for the key of one line; `value_of` makes it of the old one.
fn in_a_line(
    text: &str,
    chance: &mut Chance,
    value_of: impl Fn(&str, &mut Chance) -> String,
) -> String {
    let mut lines = lines(text);
    let with_keys: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].contains(" = ")).collect();
    if let Some(at) = chance.any(&with_keys)
        && let Some((key, value)) = lines[at].clone().split_once(" = ")
    {
        lines[at] = format!("{key} = {}\n", value_of(value, chance));
    }
    lines.concat()
}

/// Lines or tables of another stack in the middle of this one.
fn spliced(text: &str, other: &str, chance: &mut Chance) -> String {
    let split = if chance.one_in(2) { lines } else { tables };
    let (mut here, there) = (split(text), split(other));
    let first = chance.below(there.len());
    let count = chance.between(1, 8);
    let at = chance.below(here.len() + 1);
    here.splice(at..at, there.into_iter().skip(first).take(count));
    here.concat()
}

fn numbers(text: &str, chance: &mut Chance) -> String {
    const EXTREMES: [&str; 12] = [
        "0",
        "00",
        "1",
        "65535",
        "65536",
        "2147483648",
        "4294967295",
        "99999999999",
        "9223372036854775807",
        "18446744073709551616",
        "0.000000001",
        "1_000",
    ];
    let starts: Vec<usize> = text
        .match_indices(|c: char| c.is_ascii_digit())
        .map(|(at, _)| at)
        .filter(|at| !text[..*at].ends_with(|c: char| c.is_ascii_digit()))
        .collect();
    let Some(start) = chance.any(&starts) else { return text.to_owned() };
    let rest = text[start..].trim_start_matches(|c: char| c.is_ascii_digit());
    format!("{}{}{rest}", &text[..start], chance.pick(&EXTREMES))
}

/// Something odd inside of quotes, or very much of it.
fn strings(text: &str, chance: &mut Chance) -> String {
    const ODD: [&str; 14] = [
        "\u{202e}",
        "\u{200b}",
        "\u{85}",
        "😀",
        "\\u0000",
        "\\u001b[2J",
        "\\n",
        "\\r",
        "%",
        "::",
        "{{",
        "$(rm)",
        "`id`",
        "A",
    ];
    let quotes: Vec<usize> = text.match_indices('"').map(|(at, _)| at).collect();
    let Some(at) = chance.any(&quotes) else { return text.to_owned() };
    let odd = chance.pick(&ODD).repeat([1, 1, 1, 70, 300, 9000][chance.below(6)]);
    format!("{}\"{odd}{}", &text[..at], &text[at + 1..])
}

/// A value or a key inside of many.
fn nested(text: &str, chance: &mut Chance) -> String {
    let depth = [1, 2, 10, 79, 200, 3000][chance.below(6)];
    match chance.below(4) {
        0 => in_a_line(text, chance, |value, _| {
            format!("{}{}{}", "[".repeat(depth), value.trim_end(), "]".repeat(depth))
        }),
        1 => in_a_line(text, chance, |value, _| {
            format!("{}{}{}", "{ a = ".repeat(depth), value.trim_end(), " }".repeat(depth))
        }),
        2 => {
            let mut lines = lines(text);
            let at = chance.below(lines.len() + 1);
            lines.insert(at, format!("a{} = 1\n", ".a".repeat(depth)));
            lines.concat()
        }
        _ => format!("{text}\n[components{}]\ntype = \"web\"\n", ".a".repeat(depth)),
    }
}

/// A line or table very often, with a number in its key.
fn many(text: &str, chance: &mut Chance) -> String {
    let is_line = chance.one_in(2);
    let mut pieces = if is_line { lines(text) } else { tables(text) };
    let at = chance.below(pieces.len());
    let Some(piece) = pieces.get(at).cloned() else { return text.to_owned() };
    let count = [3, 30, 200][chance.below(3)];
    let end = if is_line { piece.find(" =") } else { piece.find(']') };
    let copies: Vec<String> = (0..count)
        .map(|number| match end {
            Some(end) => format!("{}{number}{}", &piece[..end], &piece[end..]),
            None => piece.clone(),
        })
        .collect();
    pieces.splice(at..at, copies);
    pieces.concat()
}

/// References to what the text names, or to nothing, as a value.
fn references(text: &str, chance: &mut Chance) -> String {
    const OUTPUTS: [&str; 10] =
        ["url", "host", "port", "password", "name", "user", "secret-key", "a", "", "url.url"];
    let names: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric() && c != '-')
        .filter(|word| !word.is_empty() && word.len() < 30)
        .collect();
    let before = ["", "", "secrets.", "config.", "pod.", "stage.", "self."][chance.below(7)];
    let name = chance.any(&names).unwrap_or_default();
    let reference = format!("${{{before}{name}.{}}}", chance.pick(&OUTPUTS));
    let value = reference.repeat([1, 1, 2, 40, 2000][chance.below(5)]);
    in_a_line(text, chance, |_, _| format!("\"{value}\""))
}

/// The key of another line, of this stack or another.
fn keys(text: &str, other: &str, chance: &mut Chance) -> String {
    let from = if chance.one_in(2) { text } else { other };
    let keys: Vec<&str> = from.lines().filter_map(|line| Some(line.split_once(" = ")?.0)).collect();
    let key = chance.any(&keys).unwrap_or("type").to_owned();
    let mut lines = lines(text);
    let at = chance.below(lines.len());
    let changed =
        lines.get(at).and_then(|line| Some(format!("{key} = {}", line.split_once(" = ")?.1)));
    match changed {
        Some(line) if chance.one_in(2) => lines[at] = line,
        Some(line) => lines.insert(at, line),
        None => {}
    }
    lines.concat()
}

fn types(text: &str, chance: &mut Chance) -> String {
    let places: Vec<usize> =
        text.match_indices("type = \"").map(|(at, found)| at + found.len()).collect();
    let Some(start) = chance.any(&places) else { return characters(text, chance) };
    let end = text[start..].find('"').map_or(text.len(), |end| start + end);
    format!("{}{}{}", &text[..start], chance.pick(&TYPES), &text[end..])
}
