//! Values: which can be secrets, and what names and values a longer text has.

use super::names;

/// Words that are settings.
const SETTINGS: [&str; 22] = [
    "true", "false", "yes", "no", "on", "off", "y", "n", "t", "f", "none", "null", "nil",
    "enabled", "disabled", "required", "optional", "always", "never", "auto", "bearer", "basic",
];
/// How the values of headers begin: <https://www.iana.org/assignments/http-authschemes>.
const SCHEMES: [&str; 5] = ["Bearer", "Basic", "Token", "Digest", "Api-Key"];

/// A text without its references, and what they are.
struct Pieces {
    literal: String,
    refers: bool,
    /// Whether one of the references is that of a secret.
    refers_to_secret: bool,
}

/// Takes `$(…)`, `${…}` and `{{ … }}` out of a text.
fn pieces(text: &str) -> Pieces {
    let mut found = Pieces { literal: String::new(), refers: false, refers_to_secret: false };
    let mut rest = text;
    while let Some(at) = rest.find(['$', '{']) {
        let close = match rest.get(at..at + 2) {
            Some("$(") => ')',
            Some("${" | "{{") => '}',
            _ => {
                found.literal.push_str(&rest[..=at]);
                rest = &rest[at + 1..];
                continue;
            }
        };
        found.refers = true;
        found.literal.push_str(&rest[..at]);
        let inside = &rest[at + 2..];
        let end = inside.find(close).unwrap_or(inside.len());
        found.refers_to_secret |= is_secret_reference(inside[..end].trim());
        rest = inside[end..].trim_start_matches(close);
    }
    found.literal.push_str(rest);
    found
}

/// `secrets.a.b`, `self.key`, `db.password`, `db.url`, `DB_PASSWORD`
fn is_secret_reference(reference: &str) -> bool {
    let words = names::words(reference);
    let last = words.last().map(String::as_str);
    reference.starts_with("secrets.")
        || reference.starts_with("self.")
        || matches!(last, Some("URL" | "DSN" | "URI" | "KEY" | "AUTH"))
        || names::is_secret(reference)
}

/// Whether a text has something of its own beside its references.
pub(super) fn has_literal(text: &str) -> bool {
    let pieces = pieces(text);
    if pieces.refers { is_long(&pieces.literal) } else { !text.is_empty() }
}

/// Whether it has enough letters and digits to be more than a separator.
fn is_long(text: &str) -> bool {
    text.chars().filter(|c| c.is_alphanumeric()).nth(3).is_some()
}

/// Whether a text is a secret if its name is that of one: it is not handed on from elsewhere, and no switch, number, path, URL,
/// or name of something.
pub(super) fn is_literal_secret(text: &str) -> bool {
    let pieces = pieces(text);
    if pieces.refers {
        return !pieces.refers_to_secret && {
            let literal = SCHEMES.iter().fold(pieces.literal, |text, word| text.replace(word, ""));
            is_long(&literal) && !is_harmless(literal.trim())
        };
    }
    !is_harmless(text.trim())
}

fn is_harmless(text: &str) -> bool {
    let is_certificate = text.contains("-----BEGIN ");
    text.is_empty()
        || is_certificate
        || SETTINGS.contains(&&*text.to_ascii_lowercase())
        || is_amount(text)
        || is_variable(text)
        || is_elsewhere(text)
        || is_path(text)
        || is_dotted_name(text)
        || is_header(text)
}

/// `300`, `1.5`, `30d`
fn is_amount(text: &str) -> bool {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = &text[number.len()..];
    let is_number = number.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'));
    is_number && !number.is_empty() && matches!(unit, "" | "ms" | "s" | "m" | "h" | "d" | "w")
}

/// `$NAME`, `%(name)s`, and what a shell puts in place of a command in backticks.
fn is_variable(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let dollar = text.strip_prefix('$').is_some_and(|name| name.chars().all(is_part));
    dollar || text.starts_with('`') || (text.starts_with("%(") && text.ends_with(")s"))
}

/// A URL, an ARN, or a path in a store of secrets: where something is, not what it is.
fn is_elsewhere(text: &str) -> bool {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let store = ["arn:aws", "vault:", "ref+", "projects/"];
    scheme.is_some_and(|scheme| !scheme.is_empty() && scheme.chars().all(is_scheme))
        || store.iter().any(|prefix| text.starts_with(prefix))
}

/// `/run/secrets/key`, `./key.pem`: base64 can begin with a slash, too, and has no short words behind it.
fn is_path(text: &str) -> bool {
    let Some(rest) = ["/", "./", "../", "~/"].iter().find_map(|start| text.strip_prefix(start))
    else {
        return false;
    };
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '@');
    rest.split('/').all(|part| part.chars().all(is_part) && !is_random(part))
}

/// `rest_framework.authtoken.models.Token`, `settings.API_KEY`: the name of something in Python.
fn is_dotted_name(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let is_name = |part: &&str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !is_random(part)
    };
    let ends_in_class = || parts.last().is_some_and(|last| last.starts_with(char::is_uppercase));
    parts.iter().all(is_name) && (parts.len() > 2 || (parts.len() == 2 && ends_in_class()))
}

/// `X-Api-Key`, the name of a header.
fn is_header(text: &str) -> bool {
    text == "Authorization"
        || text.strip_prefix("X-").is_some_and(|rest| {
            rest.split('-').all(|part| {
                part.starts_with(char::is_uppercase) && part.chars().all(char::is_alphabetic)
            })
        })
}

/// Whether nobody thought of it: at least twenty letters and digits in one piece, of all kinds or hexadecimal.
pub(super) fn is_random(text: &str) -> bool {
    let text = text.trim_end_matches('=');
    let has = |kind: fn(&char) -> bool| text.chars().any(|c| kind(&c));
    let is_hex = text.len() >= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_base64 = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'));
    let is_mixed = has(char::is_ascii_uppercase) && has(char::is_ascii_lowercase);
    text.len() >= 20 && has(char::is_ascii_digit) && (is_hex || (is_base64 && is_mixed))
}

/// The words of a text as a shell takes them apart.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | '"' | '\''))
        .filter(|token| !token.is_empty())
}

/// `name=value` anywhere in a text: parts of a command, of a query, of what a driver of a database takes.
pub(super) fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let ends = |c: char| c.is_whitespace() || matches!(c, ';' | '&' | '?' | ',');
    let pair = |token: &str| -> Option<(usize, usize)> {
        let at = token.find('=').filter(|at| *at > 0)?;
        let value = token.get(at + 1..)?;
        // `--set password=…` and `--from-literal=password=…`
        let inner = value.find('=').filter(|end| {
            *end > 0 && value[end + 1..].starts_with(|c: char| c != '=') && end + 1 < value.len()
        });
        Some(inner.map_or((at, at + 1), |end| (at + 1 + end, at + 2 + end)))
    };
    text.split(ends).filter_map(move |token| {
        let token = token.trim_matches(['"', '\'']);
        let (end, start) = pair(token)?;
        Some((token.get(..end)?, token.get(start..)?.trim_matches(['"', '\''])))
    })
}

/// `name: value` and `name = value`, each a line of its own.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = text.lines().filter(move |_| text.trim_end().contains('\n'));
    lines.filter_map(|line| {
        let at = line.find([':', '='])?;
        let name = line[..at].trim().trim_start_matches("- ").trim_matches(['"', '\'']);
        let is_name = !name.is_empty()
            && !name.starts_with(['#', ';', '/'])
            && !name.contains(char::is_whitespace);
        let value = line[at + 1..].trim().trim_end_matches(',');
        // A colon of a URL, and `==`.
        let is_value = !value.starts_with(['=', '/', ':']);
        (is_name && is_value).then_some((name, value))
    })
}

/// Whether what a line sets is a value, and no expression of a program.
pub(super) fn is_setting(name: &str, value: &str) -> bool {
    let inner = value.trim_matches(['"', '\'']);
    let is_code = inner.contains(['(', ')', '[', ']', '{', '}', '<', '>', ' ', '$', '%']);
    let is_itself = names::words(name).last().is_some_and(|last| last.eq_ignore_ascii_case(inner));
    inner.len() > 3 && !is_code && !is_itself && is_literal_secret(inner)
}
