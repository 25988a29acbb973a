//! HTTP/1.1 in the few lines that a probe and a test need: one request a connection.

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Response {
    /// The value of a header, by its name in any case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }
}

/// Sends one request and reads the answer to its end.
pub(crate) fn request(
    address: SocketAddr,
    start: &str,
    headers: &[(&str, &str)],
    body: &str,
    limit: Duration,
) -> io::Result<Response> {
    let mut stream = TcpStream::connect_timeout(&address, limit)?;
    stream.set_read_timeout(Some(limit))?;
    stream.set_write_timeout(Some(limit))?;
    stream.write_all(head(start, headers, body.len()).as_bytes())?;
    stream.write_all(body.as_bytes())?;
    answer(&mut stream)
}

/// The head of a request; `start` is such as `GET /livez`.
pub(crate) fn head(start: &str, headers: &[(&str, &str)], length: usize) -> String {
    let mut head = format!("{start} HTTP/1.1\r\nConnection: close\r\n");
    for (name, value) in headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    if length > 0 {
        let _ = write!(head, "Content-Length: {length}\r\n");
    }
    head + "\r\n"
}

/// Reads an answer to its end; one that breaks off is an error.
pub(crate) fn answer(stream: &mut TcpStream) -> io::Result<Response> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let broken =
        |what: &str| io::Error::other(format!("{what} in {} bytes: {text:.200}", bytes.len()));
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(|| broken("no end of the head"))?;
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .ok_or_else(|| broken("no status"))?;
    let body = match header(head, "content-length") {
        Some(length) if length.parse() != Ok(body.len()) => {
            return Err(broken("a body that breaks off"));
        }
        None if header(head, "transfer-encoding") == Some("chunked") => {
            unchunked(body).ok_or_else(|| broken("chunks that break off"))?
        }
        _ => body.to_owned(),
    };
    Ok(Response { status, head: head.to_owned(), body })
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

fn unchunked(mut rest: &str) -> Option<String> {
    let mut body = String::new();
    loop {
        let (size, after) = rest.split_once("\r\n")?;
        let size = usize::from_str_radix(size.split(';').next()?, 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body += after.get(..size)?;
        rest = after.get(size..)?.strip_prefix("\r\n")?;
    }
}
