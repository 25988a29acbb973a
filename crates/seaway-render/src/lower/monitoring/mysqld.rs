//! `mysqld_exporter`: what it is started with, and what its configuration says of TLS.
//!
//! It takes host, user and password apart and no URL (<https://github.com/prometheus/mysqld_exporter/releases/tag/v0.15.0>),
//! and TLS by a file alone (<https://github.com/prometheus/mysqld_exporter#ssl-tls-configuration>).

use seaway_core::Stack;
use seaway_core::outputs::MYSQL_URL;
use seaway_core::stack::Part;
use seaway_core::values::Name;

use super::super::program::Words;
use super::super::scripts;
use super::CONFIG;
use crate::reasons;

/// The file with what it has to know of TLS.
pub(super) const OPTIONS: &str = "my.cnf";

/// Collectors that no rule and no panel reads and that need rights the application has not (`PROCESS`, `REPLICATION CLIENT`):
/// each scrape would log an error.
const LEFT_OUT: [&str; 4] = [
    "--no-collect.slave_status",
    "--no-collect.info_schema.innodb_cmp",
    "--no-collect.info_schema.innodb_cmpmem",
    "--no-collect.info_schema.query_response_time",
];

/// Whether user and password come in a URL, which a script takes apart.
pub(super) fn has_url(exporter: &Part) -> bool {
    exporter.env.iter().any(|variable| *variable.name == *MYSQL_URL)
}

/// What it is started with.
pub(super) fn command(stack: &Stack, exporter: &Part, database: &Name, port: u16) -> Words {
    let reason = &reasons::MONITORING;
    let start = format!("{CONFIG}/{}", scripts::START_MYSQLD_EXPORTER);
    let mut words: Vec<&str> = if has_url(exporter) { vec!["sh", &start] } else { Vec::new() };
    words.push("/bin/mysqld_exporter");
    let mut words = Words::fixed(&words, reason)
        .word(format!("--config.my-cnf={CONFIG}/{OPTIONS}"), reason)
        .word(format!("--mysqld.address={}", address(stack, database)), reason);
    if let Some(user) = text(stack, database, "username").filter(|_| !has_url(exporter)) {
        words = words.word(format!("--mysqld.username={user}"), reason);
    }
    words = words
        .word(format!("--web.listen-address=:{port}"), reason)
        .word("--log.format=json", reason);
    LEFT_OUT.iter().fold(words, |words, word| words.word(*word, reason))
}

/// `my.cnf`: the certificates that the server is verified by, or those of the system; where nothing says whether it has TLS,
/// TLS if it offers it.
pub(super) fn options(stack: &Stack, database: &Name) -> String {
    let tls = stack.parts.get(database).and_then(|part| part.facts.encrypted);
    let says = match (text(stack, database, "ca-file"), tls) {
        (_, Some(false)) => return "[client]\n".to_owned(),
        (Some(file), _) => format!("ssl-ca = {file}"),
        (None, Some(true)) => "tls = true".to_owned(),
        (None, None) => "tls = preferred".to_owned(),
    };
    format!("[client]\n{says}\n")
}

/// Where a server is reached, as `host:port`.
pub(super) fn address(stack: &Stack, server: &Name) -> String {
    let of = |output| text(stack, server, output).unwrap_or_default();
    let (host, port) = (of("host"), of("port"));
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// An output that is no secret.
pub(super) fn text(stack: &Stack, component: &Name, output: &str) -> Option<String> {
    stack.parts.get(component)?.facts.outputs.get(output).cloned()
}
