//! Alloy's configuration: its syntax, and that each component has what the reference of Alloy 1.18 asks for.
//!
//! Its parser can be had in Go alone, so this one is written after the grammar that is in its scanner
//! (<https://github.com/grafana/alloy/blob/main/syntax/scanner/scanner.go>): a line ends a statement after a name, a literal or
//! a closing bracket, so that lists over several lines need their last comma. Expressions are those that we write: no
//! operators and no calls.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

use super::*;

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Name(String),
    Text(String),
    Number(String),
    Mark(char),
    /// The end of a statement.
    End,
}

/// The words of a text, or what is none.
fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    // Whether a line break would end a statement.
    let mut ends = false;
    while let Some(first) = chars.next() {
        let token = match first {
            '\n' if ends => Token::End,
            ' ' | '\t' | '\r' | '\n' => continue,
            '/' if chars.peek() == Some(&'/') => {
                while chars.peek().is_some_and(|next| *next != '\n') {
                    chars.next();
                }
                continue;
            }
            '"' => Token::Text(quoted(&mut chars)?),
            '`' => {
                let raw: String = chars.by_ref().take_while(|next| *next != '`').collect();
                Token::Text(raw)
            }
            '{' | '[' | '(' | ',' | '.' | '=' | '}' | ']' | ')' => Token::Mark(first),
            _ if first.is_alphabetic() || first == '_' => {
                Token::Name(word(first, &mut chars, |next| next.is_alphanumeric() || next == '_'))
            }
            _ if first.is_ascii_digit() => {
                Token::Number(word(first, &mut chars, |next| next.is_ascii_digit() || next == '.'))
            }
            other => return Err(format!("illegal character {other:?}")),
        };
        ends = match &token {
            Token::Name(_) | Token::Text(_) | Token::Number(_) => true,
            Token::Mark(mark) => matches!(mark, '}' | ']' | ')'),
            Token::End => false,
        };
        tokens.push(token);
    }
    Ok(tokens)
}

fn word(first: char, chars: &mut Peekable<Chars<'_>>, goes_on: impl Fn(char) -> bool) -> String {
    let mut word = String::from(first);
    while let Some(next) = chars.next_if(|next| goes_on(*next)) {
        word.push(next);
    }
    word
}

/// A string in double quotes, with the escapes of Go.
fn quoted(chars: &mut Peekable<Chars<'_>>) -> Result<String, String> {
    let mut text = String::new();
    loop {
        match chars.next() {
            Some('"') => return Ok(text),
            Some('\\') => match chars.next() {
                Some(escape @ ('\\' | '"')) => text.push(escape),
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                other => return Err(format!("unknown escape {other:?}")),
            },
            Some('\n') | None => return Err(format!("string not terminated: {text}")),
            Some(plain) => text.push(plain),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Expr {
    Text(String),
    Literal(String),
    /// What another component exports.
    Reference(Vec<String>),
    List(Vec<Expr>),
    Map(BTreeMap<String, Expr>),
}

impl Expr {
    fn texts(&self) -> Vec<&str> {
        match self {
            Self::Text(text) => vec![text],
            Self::List(items) => items.iter().flat_map(Self::texts).collect(),
            _ => Vec::new(),
        }
    }
}

#[derive(Debug, Default)]
struct Block {
    name: String,
    label: Option<String>,
    attributes: BTreeMap<String, Expr>,
    blocks: Vec<Block>,
}

struct Parser {
    tokens: std::vec::IntoIter<Token>,
    next: Option<Token>,
}

impl Parser {
    fn take(&mut self) -> Option<Token> {
        let next = self.tokens.next();
        std::mem::replace(&mut self.next, next)
    }

    fn mark(&mut self, mark: char) -> bool {
        let is = self.next == Some(Token::Mark(mark));
        if is {
            self.take();
        }
        is
    }

    fn expect(&mut self, mark: char) -> Result<(), String> {
        if self.mark(mark) { Ok(()) } else { Err(format!("{mark:?} before {:?}", self.next)) }
    }

    fn name(&mut self) -> Result<String, String> {
        match self.take() {
            Some(Token::Name(name)) => Ok(name),
            other => Err(format!("a name instead of {other:?}")),
        }
    }

    /// Statements up to a `}`, or to the end of the text.
    fn body(&mut self, block: &mut Block, inner: bool) -> Result<(), String> {
        loop {
            match &self.next {
                None if !inner => return Ok(()),
                Some(Token::Mark('}')) if inner => return Ok(()),
                _ => self.statement(block)?,
            }
            match &self.next {
                Some(Token::End) => {
                    self.take();
                }
                None if !inner => {}
                Some(Token::Mark('}')) if inner => {}
                other => return Err(format!("two statements in a line, at {other:?}")),
            }
        }
    }

    fn statement(&mut self, block: &mut Block) -> Result<(), String> {
        let mut name = self.name()?;
        if self.mark('=') {
            let value = self.expr()?;
            let twice = block.attributes.insert(name.clone(), value).is_some();
            return if twice { Err(format!("{name} twice")) } else { Ok(()) };
        }
        while self.mark('.') {
            name = format!("{name}.{}", self.name()?);
        }
        let mut inner = Block { name, ..Block::default() };
        if let Some(Token::Text(label)) = &self.next {
            inner.label = Some(label.clone());
            self.take();
        }
        self.expect('{')?;
        self.body(&mut inner, true)?;
        self.expect('}')?;
        block.blocks.push(inner);
        Ok(())
    }

    fn expr(&mut self) -> Result<Expr, String> {
        match self.take() {
            Some(Token::Text(text)) => Ok(Expr::Text(text)),
            Some(Token::Number(number)) => Ok(Expr::Literal(number)),
            Some(Token::Name(name)) if matches!(&*name, "true" | "false" | "null") => {
                Ok(Expr::Literal(name))
            }
            Some(Token::Name(name)) => {
                let mut path = vec![name];
                while self.mark('.') {
                    path.push(self.name()?);
                }
                Ok(Expr::Reference(path))
            }
            Some(Token::Mark('[')) => {
                let mut items = Vec::new();
                while !self.mark(']') {
                    items.push(self.expr()?);
                    if !self.mark(',') {
                        self.expect(']')?;
                        break;
                    }
                }
                Ok(Expr::List(items))
            }
            Some(Token::Mark('{')) => {
                let mut map = BTreeMap::new();
                while !self.mark('}') {
                    let key = match self.take() {
                        Some(Token::Name(key) | Token::Text(key)) => key,
                        other => return Err(format!("a key instead of {other:?}")),
                    };
                    self.expect('=')?;
                    map.insert(key, self.expr()?);
                    if !self.mark(',') {
                        self.expect('}')?;
                        break;
                    }
                }
                Ok(Expr::Map(map))
            }
            other => Err(format!("a value instead of {other:?}")),
        }
    }
}

fn parse(text: &str) -> Result<Block, String> {
    let mut tokens = tokens(text)?.into_iter();
    let next = tokens.next();
    let mut file = Block::default();
    Parser { tokens, next }.body(&mut file, false)?;
    Ok(file)
}

/// What a block may have: names of attributes, those that must be there with a `!` before them, inner blocks, and what it
/// exports. From the pages of <https://grafana.com/docs/alloy/latest/reference/> for 1.18.
struct Known {
    name: &'static str,
    attributes: &'static [&'static str],
    blocks: &'static [&'static str],
    exports: &'static [&'static str],
}

const fn known(
    name: &'static str,
    attributes: &'static [&'static str],
    blocks: &'static [&'static str],
    exports: &'static [&'static str],
) -> Known {
    Known { name, attributes, blocks, exports }
}

#[rustfmt::skip] // a line or two a block
const KNOWN: &[Known] = &[
    known("logging", &["level", "format", "write_to"], &[], &[]),
    known("discovery.kubernetes",
        &["!role", "api_server", "bearer_token", "bearer_token_file", "enable_http2", "follow_redirects", "http_headers", "kubeconfig_file", "no_proxy", "proxy_connect_header", "proxy_from_environment", "proxy_url"],
        &["attach_metadata", "authorization", "basic_auth", "namespaces", "oauth2", "selectors", "tls_config"], &["targets"]),
    known("namespaces", &["names", "own_namespace"], &[], &[]),
    known("tls_config", &["ca_file", "ca_pem", "cert_file", "cert_pem", "insecure_skip_verify", "key_file", "key_pem", "min_version", "server_name"], &[], &[]),
    known("discovery.relabel", &["!targets"], &["rule"], &["output", "rules"]),
    known("rule", &["action", "modulus", "regex", "replacement", "separator", "source_labels", "target_label"], &[], &[]),
    known("loki.source.kubernetes", &["!targets", "!forward_to"], &["client", "clustering", "position"], &[]),
    known("client",
        &["api_server", "bearer_token", "bearer_token_file", "enable_http2", "follow_redirects", "http_headers", "kubeconfig_file", "no_proxy", "proxy_connect_header", "proxy_from_environment", "proxy_url"],
        &["authorization", "basic_auth", "oauth2", "tls_config"], &[]),
    known("loki.process", &["!forward_to"],
        &["stage.cri", "stage.drop", "stage.json", "stage.label_drop", "stage.label_keep", "stage.labels", "stage.limit", "stage.logfmt", "stage.match", "stage.metrics", "stage.multiline", "stage.output", "stage.pack", "stage.regex", "stage.replace", "stage.sampling", "stage.static_labels", "stage.structured_metadata", "stage.template", "stage.tenant", "stage.timestamp"],
        &["receiver"]),
    known("stage.json", &["!expressions", "source", "drop_malformed"], &[], &[]),
    known("stage.template", &["!source", "!template"], &[], &[]),
    known("stage.labels", &["!values"], &[], &[]),
    known("stage.label_drop", &["!values"], &[], &[]),
    known("stage.structured_metadata", &["values", "regex"], &[], &[]),
    known("loki.write", &["external_labels", "max_streams"], &["endpoint", "wal"], &["receiver"]),
    known("endpoint",
        &["!url", "batch_size", "batch_wait", "bearer_token", "bearer_token_file", "enable_http2", "follow_redirects", "headers", "http_headers", "max_backoff_period", "max_backoff_retries", "min_backoff_period", "name", "no_proxy", "proxy_connect_header", "proxy_from_environment", "proxy_url", "remote_timeout", "retry_on_http_429", "tenant_id"],
        &["authorization", "basic_auth", "oauth2", "queue_config", "tls_config"], &[]),
];

/// Everything that a configuration refers to: `kind.name`, its label, and an export.
fn check(file: &Block) -> Result<(), String> {
    let mut exported = BTreeSet::new();
    for block in &file.blocks {
        if let Some(label) = &block.label {
            if exported.contains(&format!("{} {label}", block.name)) {
                return Err(format!("{} {label} twice", block.name));
            }
            exported.insert(format!("{} {label}", block.name));
        } else if block.name.contains('.') {
            return Err(format!("{} without a label", block.name));
        }
        let known = KNOWN.iter().find(|known| known.name == block.name);
        for export in known.iter().flat_map(|known| known.exports) {
            let label = block.label.as_deref().unwrap_or_default();
            exported.insert(format!("{}.{label}.{export}", block.name));
        }
    }
    file.blocks.iter().try_for_each(|block| check_block(block, &exported))
}

fn check_block(block: &Block, exported: &BTreeSet<String>) -> Result<(), String> {
    let known = KNOWN.iter().find(|known| known.name == block.name);
    let known = known.ok_or_else(|| format!("unknown block {}", block.name))?;
    for attribute in known.attributes.iter().filter_map(|name| name.strip_prefix('!')) {
        if !block.attributes.contains_key(attribute) {
            return Err(format!("{} without {attribute}", block.name));
        }
    }
    for (name, value) in &block.attributes {
        if !known.attributes.iter().any(|known| known.trim_start_matches('!') == name) {
            return Err(format!("unknown attribute {name} of {}", block.name));
        }
        let values = match value {
            Expr::List(items) => items.iter().collect(),
            one => vec![one],
        };
        for value in values {
            let path = match value {
                Expr::Reference(path) => path.join("."),
                _ => continue,
            };
            let wanted = if name == "forward_to" { ".receiver" } else { "" };
            if !exported.contains(&path) || !path.ends_with(wanted) {
                return Err(format!("{name} of {} refers to {path}", block.name));
            }
        }
    }
    for inner in &block.blocks {
        if !known.blocks.contains(&&*inner.name) {
            return Err(format!("unknown block {} of {}", inner.name, block.name));
        }
        check_block(inner, exported)?;
    }
    Ok(())
}

/// Every configuration of Alloy that there is.
fn configurations() -> Vec<(String, String)> {
    let all = stages::all().into_iter();
    let found: Vec<_> =
        all.filter_map(|(name, mut files)| Some((name, files.remove("config.alloy")?))).collect();
    assert!(found.len() > 2, "{found:?}");
    found
}

#[test]
fn alloy_takes_its_configuration() {
    for (name, text) in configurations() {
        let file = parse(&text).unwrap_or_else(|fault| panic!("{name}: {fault}\n{text}"));
        check(&file).unwrap_or_else(|fault| panic!("{name}: {fault}\n{text}"));
        // One pod collects, and knows no others.
        let source = file.blocks.iter().find(|block| block.name == "loki.source.kubernetes");
        let inner = source.iter().flat_map(|source| &source.blocks);
        assert!(inner.into_iter().all(|block| block.name != "clustering"), "{text}");
    }
}

/// The reader of this test is strict: each of these is refused by Alloy too.
#[test]
fn what_alloy_would_refuse_is_refused() {
    let good = alloy(&shapes::full()).unwrap_or_default();
    for (old, new) in [
        ("logging {", "logging"),
        ("level  = \"warn\"", "level  = warn"),
        ("level  = \"warn\"", "level  = \"warn\" format = \"json\""),
        ("level  = \"warn\"", "level  : \"warn\""),
        ("level  = \"warn\"", "levels = \"warn\""),
        ("\"shop\"]", "\"shop\"\n]"),
        ("stack = \"shop\",", "stack = \"shop\""),
        (
            "targets = discovery.kubernetes.pods.targets",
            "targets = discovery.kubernetes.pod.targets",
        ),
        ("discovery.kubernetes.pods.targets", "discovery.kubernetes.pods.output"),
        ("[loki.process.lines.receiver]", "[discovery.kubernetes.pods.targets]"),
        ("discovery.kubernetes \"pods\"", "discovery.kubernetes"),
        ("loki.write \"loki\"", "loki.writer \"loki\""),
        ("stage.json", "stage.jason"),
        ("expressions", "expression"),
        ("url = ", "urls = "),
        ("\"debug\" \"info\"", "`"),
    ] {
        assert!(good.contains(old), "{old}");
        let wrong = good.replacen(old, new, 1);
        assert!(parse(&wrong).and_then(|file| check(&file)).is_err(), "{new}: {wrong}");
    }
}

/// A label has few values, or Loki keeps a stream for each of them: no pod, no request, no path of a file.
#[test]
fn labels_of_logs_are_bounded() {
    for (name, text) in configurations() {
        let file = parse(&text).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        let inner = |kind: &str| {
            let of_kind = file.blocks.iter().filter(move |block| block.name == kind);
            of_kind.flat_map(|block| &block.blocks).collect::<Vec<_>>()
        };
        let mut labels: BTreeSet<String> = BTreeSet::new();
        for rule in inner("discovery.relabel") {
            labels.extend(
                rule.attributes
                    .get("target_label")
                    .into_iter()
                    .flat_map(Expr::texts)
                    .map(str::to_owned),
            );
        }
        // Set by the source itself: https://grafana.com/docs/alloy/latest/reference/components/loki/loki.source.kubernetes/.
        labels.extend(["instance".to_owned(), "job".to_owned()]);
        for stage in inner("loki.process") {
            let Some(values) = stage.attributes.get("values") else { continue };
            match (&*stage.name, values) {
                ("stage.labels", Expr::Map(map)) => labels.extend(map.keys().cloned()),
                ("stage.label_drop", values) => {
                    labels.retain(|label| !values.texts().contains(&label.as_str()));
                }
                _ => {}
            }
        }
        let bounded = ["component", "container", "level", "namespace"];
        assert_eq!(labels.iter().map(String::as_str).collect::<Vec<_>>(), bounded, "{name}");
    }
}
