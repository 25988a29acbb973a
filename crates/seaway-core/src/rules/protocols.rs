//! The protocols of external services: what they can be used for, whether the way to them is encrypted, and whether anything
//! watches them.

use crate::broker::MANAGEMENT_URL;
use crate::declared::Declared;
use crate::options::{External, Protocol, Provided, Provides, tls_of_url};
use crate::outputs;
use crate::stack::Part;
use crate::{Code, Diagnostic, Origin, Sink, Sourced, Stack};

pub(super) fn check(declared: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for part in stack.parts.values() {
        let Some(external) = part.component.options::<External>() else { continue };
        if declared.at_fault(["components", &**part.name]) {
            continue;
        }
        twice(external, sink);
        let protocol = external.protocol();
        if let Some(protocol) = protocol {
            unfit(part, external, protocol, sink);
            foreign_options(part, external, protocol, sink);
        }
        management(stack, part, external, protocol, sink);
        contradicted(external, sink);
        if stack.is_production() {
            plain(part, external, protocol, sink);
        }
        if stack.monitoring().is_some() {
            unwatched(part, external, protocol, sink);
        }
    }
}

fn twice(external: &External, sink: &mut Sink) {
    let Some(Sourced { value: Provided::Several(several), .. }) = &external.provides else {
        return;
    };
    for (at, one) in several.iter().enumerate() {
        if several.iter().take(at).any(|other| other.value == one.value) {
            sink.report(
                Diagnostic::error(Code::Conflict, format!("`{}` is there twice", one.as_str()))
                    .origin(one.origin, "")
                    .help("remove one of them"),
            );
        }
    }
}

/// Where the protocol was said, or else what it follows from.
fn said(external: &External) -> Origin {
    let written = external.protocol.map(|protocol| protocol.origin);
    written.or(external.url().map(|url| url.origin)).unwrap_or(external.port.origin)
}

/// What a server of a protocol can not be: Celery took the result backend of AMQP out in version 5
/// (<https://docs.celeryq.dev/en/stable/history/whatsnew-5.0.html>).
fn unfit(part: &Part, external: &External, protocol: Protocol, sink: &mut Sink) {
    for provides in external.provides() {
        let help = match (provides, protocol) {
            (Provides::Results, Protocol::Amqp) => {
                "remove `results`: Celery keeps results in a Redis or a database; or send them back as messages by \
                 `app.env.CELERY_RESULT_BACKEND = \"rpc://\"`"
            }
            (Provides::Cache | Provides::Database, Protocol::Amqp)
            | (Provides::Broker | Provides::Database, Protocol::Memcached)
            | (Provides::Database, Protocol::Redis) => {
                "write what it is for in `provides`, or another `protocol = \"…\"`"
            }
            _ => continue,
        };
        let (name, what, by) = (&part.name, provides.as_str(), protocol.as_str());
        let place = external.provides.as_ref().map_or(part.name.origin, |one| one.origin);
        sink.report(
            Diagnostic::error(Code::Conflict, format!("`{name}` can not be `{what}` by `{by}`"))
                .origin(place, "")
                .origin(said(external), format!("speaks `{by}`"))
                .help(help),
        );
    }
}

/// Options that mean nothing to the protocol.
fn foreign_options(part: &Part, external: &External, protocol: Protocol, sink: &mut Sink) {
    let by = protocol.as_str();
    let mut report = |option: &str, origin, help: String| {
        sink.report(
            Diagnostic::error(Code::Conflict, format!("`{option}` of a server that speaks `{by}`"))
                .origin(origin, "")
                .origin(said(external), "")
                .help(help),
        );
    };
    if let Some(mode) = external.sslmode.filter(|_| protocol != Protocol::Postgresql) {
        let help = if protocol == Protocol::Mysql {
            "remove it: libpq alone reads it. Write `tls = true`, and `?ssl_mode=VERIFY_IDENTITY` in the URL"
        } else {
            "remove it: libpq alone reads it. Write `tls = true`"
        };
        report("sslmode", mode.origin, help.to_owned());
    }
    let has_connections = matches!(protocol, Protocol::Postgresql | Protocol::Mysql);
    if let Some(most) = external.max_connections.filter(|_| !has_connections) {
        let help = format!("remove it: connections of `{}` are not counted", part.name);
        report("max-connections", most.origin, help);
    }
}

/// The management API of a RabbitMQ, which asks for a user.
fn management(
    stack: &Stack,
    part: &Part,
    external: &External,
    protocol: Option<Protocol>,
    sink: &mut Sink,
) {
    let Some(api) = external.management_port else { return };
    let name = &part.name;
    if protocol != Some(Protocol::Amqp) {
        sink.report(
            Diagnostic::error(Code::Conflict, "`management-port` of what is no RabbitMQ")
                .origin(api.origin, "")
                .origin(said(external), "")
                .help("remove it, or write `protocol = \"amqp\"`"),
        );
    } else if !outputs::of(stack, part).contains_key(MANAGEMENT_URL) {
        let secret = external.secret.as_ref().map_or("…", |secret| &*secret.value);
        sink.report(
            Diagnostic::error(
                Code::MissingField,
                format!("`{name}` has no `{MANAGEMENT_URL}` to ask its management API with"),
            )
            .origin(api.origin, "Flower has to log in there")
            .help(format!(
                "add the key: `secrets.{secret}.keys = [\"url\", \"{MANAGEMENT_URL}\"]`; its value is \
                 `https://USER:PASSWORD@{}:{}/api/`",
                external.host,
                api.get()
            )),
        );
    }
}

/// `tls` and a URL that says the opposite.
fn contradicted(external: &External, sink: &mut Sink) {
    let (Some(tls), Some(url)) = (external.tls, external.url()) else { return };
    if tls_of_url(url).is_some_and(|of_url| of_url != tls.value) {
        let (does, help) = if tls.value {
            ("does not ask for TLS", "write the encrypted form of the URL, or remove `tls`")
        } else {
            ("asks for TLS", "remove `tls = false`")
        };
        sink.report(
            Diagnostic::error(Code::Conflict, "`tls` and the URL do not agree")
                .origin(tls.origin, "")
                .origin(url.origin, does)
                .help(help),
        );
    }
}

/// A plain way to what lies outside the cluster. Of PostgreSQL `sslmode` says it, of HTTP nothing that Seaway knows.
fn plain(part: &Part, external: &External, protocol: Option<Protocol>, sink: &mut Sink) {
    let is_plain = external.tls() == Some(false);
    let (message, label, help) = match protocol {
        Some(Protocol::Memcached) => return plain_memcached(part, external, sink),
        Some(Protocol::Amqp) if is_plain => (
            "a broker without TLS in a production stage",
            "password and tasks cross the network as plain text",
            "use `amqps://`, whose port is 5671",
        ),
        Some(Protocol::Redis) if is_plain => (
            "a Redis without TLS in a production stage",
            "password and tasks cross the network as plain text",
            "use `rediss://`",
        ),
        Some(Protocol::Mysql) if is_plain => (
            "a MySQL without TLS in a production stage",
            "rows cross the network as plain text",
            "write `?ssl_mode=VERIFY_IDENTITY` in its URL and `tls = true`",
        ),
        _ => return,
    };
    sink.report(
        Diagnostic::error(Code::PlainConnection, message)
            .origin(said_of_tls(external), label)
            .help(format!("{help}; {TUNNEL}")),
    );
}

/// Few servers and fewer clients of it have TLS, so that an error would ask for what nobody can do.
fn plain_memcached(part: &Part, external: &External, sink: &mut Sink) {
    if external.tls() == Some(true) {
        return;
    }
    let message =
        format!("`{}` is a Memcached outside the cluster, without TLS or a password", part.name);
    sink.report(
        Diagnostic::warning(Code::PlainConnection, message)
            .origin(said_of_tls(external), "whoever is on the way reads what it holds")
            .help(format!("keep no sessions in it, or write `tls = true` if it has TLS; {TUNNEL}")),
    );
}

/// Where it was said whether the way is encrypted.
fn said_of_tls(external: &External) -> Origin {
    external.tls.map_or_else(|| said(external), |tls| tls.origin)
}

/// What makes a plain connection fine.
const TUNNEL: &str =
    "if something else encrypts it on the way, say so: `allow.plain-connection = \"…\"`";

/// An exporter asks one kind of server; to any other it would say for ever that it is down.
fn unwatched(part: &Part, external: &External, protocol: Option<Protocol>, sink: &mut Sink) {
    let provided = external.provides();
    let is_watched = provided.iter().all(|one| *one == Provides::Results);
    if is_watched || !matches!(protocol, None | Some(Protocol::Http)) {
        return;
    }
    let name = &part.name;
    let (label, help) = match protocol {
        Some(by) => (
            format!("no exporter asks by `{}`", by.as_str()),
            "if it does not speak HTTP, write its protocol",
        ),
        None => (
            "neither the scheme of its URL nor its port says which protocol it speaks".to_owned(),
            "write which",
        ),
    };
    sink.report(
        Diagnostic::warning(Code::Unwatched, format!("nothing watches `{name}`"))
            .origin(said(external), label)
            .help(format!(
                "{help}, for example `components.{name}.protocol = \"{}\"`, or accept it: `components.{name}.allow.unwatched = \"…\"`",
                example(&provided)
            )),
    );
}

/// A protocol that what is provided often has.
fn example(provided: &[Provides]) -> &'static str {
    let first = provided.first().copied().unwrap_or(Provides::Database);
    match first {
        Provides::Database => Protocol::Mysql,
        Provides::Cache => Protocol::Memcached,
        Provides::Broker | Provides::Results => Protocol::Amqp,
    }
    .as_str()
}
