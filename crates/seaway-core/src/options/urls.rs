//! Texts as parts of URLs.

/// A host as a URL has it: an address of IPv6 in brackets.
pub(super) fn in_url(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

/// The path of a URL, without the slash before it and the query behind it; `/` in `amqp://host//`.
pub(super) fn path_of_url(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let (_, path) = rest.split_once('/')?;
    path.split(['?', '#']).next()
}

/// A text in which no character means anything to a URL: all but letters, digits and `-._~` becomes `%` and two
/// hexadecimal digits, a blank too (<https://datatracker.ietf.org/doc/html/rfc3986#section-2>).
pub fn percent_encoded(text: &str) -> String {
    encoded(text, b"-._~")
}

/// The same for the value of a query, where a slash means nothing.
pub(super) fn percent_encoded_path(text: &str) -> String {
    encoded(text, b"-._~/")
}

fn encoded(text: &str, plain: &[u8]) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String can not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}
