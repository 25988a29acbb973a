//! Backing services outside the cluster: the way to them, who vouches for them, and what production asks of both.

use std::collections::{BTreeMap, BTreeSet};

use crate::declared::Declared;
use crate::objects;
use crate::options::{
    Authority, AuthoritySource, Destination, Elasticache, EnvValue, External, MountSource, Rds, S3,
    S3_KEYS, SslMode,
};
use crate::outputs;
use crate::outside;
use crate::stack::{Part, VariableValue};
use crate::values::{Cidr, DataKey, HostName, Name, Template};
use crate::{Code, Diagnostic, Origin, Sink, Sourced, Stack, suggest};

use super::reached::{self, Place};
use super::{services, volumes};

pub(super) fn check(declared: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for part in stack.parts.values() {
        unverified(stack, part, sink);
        weakened(stack, part, sink);
        if declared.at_fault(["components", &**part.name]) {
            continue;
        }
        if let Some(rds) = part.component.options::<Rds>() {
            let place = in_network(declared, stack, &rds.host, rds.to.as_ref(), &rds.cidrs);
            reached::place(stack, part, &place, sink);
            bound(stack, part, sink);
            mode_of(stack, part, &rds.sslmode, rds.ca.as_ref(), sink);
            external_name(rds, sink);
        }
        if let Some(cache) = part.component.options::<Elasticache>() {
            let place = in_network(declared, stack, &cache.host, cache.to.as_ref(), &cache.cidrs);
            reached::place(stack, part, &place, sink);
            bound(stack, part, sink);
            services::roles(stack, cache.roles.as_ref(), sink);
            services::password(stack, cache.auth.as_ref(), sink);
            encryption(stack, cache, sink);
            credentials(cache, sink);
        }
        if let Some(s3) = part.component.options::<S3>() {
            bucket(declared, stack, part, s3, sink);
        }
        if let Some(external) = part.component.options::<External>() {
            reaches(stack, part, external, sink);
            if let Some(mode) = &external.sslmode {
                mode_of(stack, part, mode, external.ca.as_ref(), sink);
            }
        }
        authority(declared, stack, outside::authority(part), sink);
    }
    one_server(stack, sink);
}

/// Each component counts its databases from 0: two of one server would share them.
fn one_server(stack: &Stack, sink: &mut Sink) {
    let mut servers: BTreeMap<(&str, u16), (&Part, &Elasticache)> = BTreeMap::new();
    for part in stack.parts.values() {
        let Some(cache) = part.component.options::<Elasticache>() else { continue };
        let server = (&*cache.host.value as &str, cache.port.get());
        let Some((first, other)) = servers.insert(server, (part, cache)) else { continue };
        sink.report(
            Diagnostic::error(
                Code::SharedRedisDatabase,
                format!("`{}` and `{}` are one server and use one Redis database", first.name, part.name),
            )
            .origin(cache.host.origin, "")
            .origin(other.host.origin, "")
            .help(
                "give each a server of its own, or write one component with several `roles`, each of which has a \
                 database of its own",
            ),
        );
    }
}

/// What lies in the network of the cluster unless the stack says more.
fn in_network<'a>(
    declared: &Declared<'_>,
    stack: &Stack,
    host: &'a Sourced<HostName>,
    to: Option<&'a Sourced<Destination>>,
    cidrs: &'a [Sourced<Cidr>],
) -> Place<'a> {
    let is_known = stack.cluster.network.is_some() || declared.at_fault(["cluster", "network"]);
    let help = "write the ranges of its subnets, for example `cidrs = [\"10.0.16.0/20\"]`, or `cluster.network`, the range of the \
                whole network; `to = \"internet\"` if it has a public address";
    Place { hosts: vec![host], to, cidrs, help, is_known }
}

/// A way to an external service: a Service of `[[objects]]` with its port, or address ranges.
fn reaches(stack: &Stack, part: &Part, external: &External, sink: &mut Sink) {
    let name = &part.name;
    if let Some(service) = objects::behind(stack, part) {
        let missing = part.facts.all_ports().filter(|one| service.target(one.get()).is_none());
        for port in missing {
            let known: Vec<String> =
                service.ports.iter().map(|port| port.number.to_string()).collect();
            let fault = format!("Service `{}` has no port {}", service.name, port.get());
            sink.report(
                Diagnostic::error(Code::PortMismatch, fault)
                    .origin(port.origin, format!("`{name}` is reached by it"))
                    .label(service.span, "declared here")
                    .help(format!("its ports are {}", suggest::quoted_list(&known))),
            );
        }
    } else {
        let help = "write its addresses, for example `cidrs = [\"10.0.16.0/20\"]`, or `to = \"internet\"` where they are not \
                    known; or as `host` the name of a Service: of `[[objects]]`, or of another namespace, \
                    `<service>.<namespace>.svc`";
        let place = Place {
            hosts: external.all_hosts().collect(),
            to: external.to.as_ref(),
            cidrs: &external.cidrs,
            help,
            is_known: false,
        };
        reached::place(stack, part, &place, sink);
    }
    let mut seen = BTreeSet::new();
    for host in external.all_hosts() {
        if !seen.insert(&**host) {
            sink.report(
                Diagnostic::error(Code::Conflict, format!("the host `{host}` is there twice"))
                    .origin(host.origin, "")
                    .help("remove one of them: `hosts` are those beside `host`"),
            );
        }
    }
}

/// What the preset binds is a URL of the component's Secret.
fn bound(stack: &Stack, part: &Part, sink: &mut Sink) {
    if !stack.is_django() {
        return;
    }
    let found = outputs::of(stack, part);
    let Some(contract) = outputs::contract(stack, part) else { return };
    for &(variable, output) in &part.facts.bindings {
        let Some(wanted) = unset(stack, variable).filter(|_| !found.contains_key(output)) else {
            continue;
        };
        let (name, secret) = (&part.name, &contract.name);
        sink.report(
            Diagnostic::error(
                Code::UnknownKey,
                format!("`{name}` has no `{output}` that could be bound as `{variable}`"),
            )
            .origin(contract.origin, format!("the contract of `{secret}` has no such key"))
            .help(format!(
                "add `{output}` to its keys, set `{wanted}` by hand, or write `app.bind.{variable} = false` where the \
                 application reads the parts"
            )),
        );
    }
}

/// The name of a variable of the preset in a process that has no value for it.
fn unset<'a>(stack: &'a Stack, variable: &'a str) -> Option<&'a str> {
    let mut processes = stack.parts.values().filter(|part| part.facts.is_application());
    processes.find_map(|part| {
        let mut names = part.binding.names_of(variable);
        names.find(|name| part.env.iter().all(|set| &*set.name != *name))
    })
}

/// Exactly one place of certificates, which is there.
fn authority(
    declared: &Declared<'_>,
    stack: &Stack,
    ca: Option<&Sourced<Authority>>,
    sink: &mut Sink,
) {
    let Some(ca) = ca else { return };
    match ca.source() {
        Some(AuthoritySource::Config(config, key)) => {
            volumes::named(declared, stack, MountSource::Config(config), Some(key), sink);
        }
        Some(AuthoritySource::Secret(secret, key)) => {
            volumes::named(declared, stack, MountSource::Secret(secret), Some(key), sink);
        }
        Some(AuthoritySource::File(_)) => {}
        None => sink.report(unclear(ca)),
    }
}

fn unclear(ca: &Sourced<Authority>) -> Diagnostic {
    let places = [ca.config.is_some(), ca.secret.is_some(), ca.file.is_some()];
    let (code, message) = match places.into_iter().filter(|named| *named).count() {
        0 => (Code::MissingField, "`ca` names no certificates"),
        1 if ca.file.is_some() => (Code::Conflict, "a `file` has no `key`"),
        1 => (Code::MissingField, "`ca` does not say which `key`"),
        _ => (Code::Conflict, "`ca` names certificates in more than one place"),
    };
    Diagnostic::error(code, message).origin(ca.origin, "").help(
        "write `{ config = \"…\", key = \"…\" }` or `{ secret = \"…\", key = \"…\" }`, or `{ file = \"/…\" }` for a file of \
         the image",
    )
}

/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html>
fn mode_of(
    stack: &Stack,
    part: &Part,
    written: &Sourced<SslMode>,
    ca: Option<&Sourced<Authority>>,
    sink: &mut Sink,
) {
    let mode = written.value;
    if stack.is_production() && mode != SslMode::VerifyFull {
        sink.report(
            Diagnostic::error(
                Code::UnsafeSetting,
                format!("`sslmode = \"{}\"` in a production stage", mode.as_str()),
            )
            .origin(
                written.origin,
                if mode.verifies() {
                    "any server that the authority vouches for could answer"
                } else {
                    "gives the password to whoever answers"
                },
            )
            .help("write `verify-full`, the default of an `rds`: it verifies the server by `ca`"),
        );
    }
    if mode.verifies() && ca.is_none() {
        let place = written.origin.span().map_or(part.name.origin, Origin::Stack);
        sink.report(
            Diagnostic::error(
                Code::MissingField,
                format!("`{}` has no `ca` that its server is verified by", part.name),
            )
            .origin(place, "libpq knows nobody who vouches for it")
            .help(if part.component.options::<Rds>().is_some() {
                "add `ca = { config = \"rds-ca\", key = \"bundle.pem\" }` with \
                 `config.rds-ca.\"bundle.pem\" = { file = \"bundle.pem\" }`, the bundle of its region: \
                 https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html"
            } else {
                "add `ca = { config = \"…\", key = \"…\" }`, the certificates of its authority"
            }),
        );
    }
}

/// The name that is dialled has to be that of the certificate.
fn external_name(rds: &Rds, sink: &mut Sink) {
    let Some(flag) = rds.external_name.filter(|flag| flag.value) else { return };
    if rds.sslmode.value == SslMode::VerifyFull {
        sink.report(
            Diagnostic::error(Code::Conflict, "`external-name` and `verify-full`")
                .origin(flag.origin, "the certificate does not have the name of the Service")
                .origin(rds.sslmode.origin, "")
                .help("remove `external-name`: processes dial the endpoint itself, which the certificate names"),
        );
    }
    if rds.host.parse::<std::net::IpAddr>().is_ok() {
        sink.report(
            Diagnostic::error(Code::InvalidValue, "an address is no external name")
                .origin(
                    rds.host.origin,
                    "a Service of type ExternalName is an alias of a host name",
                )
                .help("write a host name, or remove `external-name`"),
        );
    }
}

/// Credentials that nobody would be asked for, and no process would get.
fn credentials(cache: &Elasticache, sink: &mut Sink) {
    let Some(auth) = cache.auth.filter(|auth| !auth.value) else { return };
    let secret = cache.secret.as_ref().map(|secret| ("secret", secret.origin));
    let username = cache.username.as_ref().map(|username| ("username", username.origin));
    for (key, origin) in secret.into_iter().chain(username) {
        sink.report(
            Diagnostic::error(Code::Conflict, format!("`{key}` without a token"))
                .origin(origin, "never used")
                .origin(auth.origin, "")
                .help("remove one of them"),
        );
    }
}

/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption.html>
fn encryption(stack: &Stack, cache: &Elasticache, sink: &mut Sink) {
    let Some(tls) = cache.tls.filter(|tls| !tls.value) else { return };
    if stack.is_production() {
        sink.report(
            Diagnostic::error(Code::UnsafeSetting, "a Redis without TLS in a production stage")
                .origin(tls.origin, "password and tasks cross the network as plain text")
                .help("remove `tls` and turn the in-transit encryption of the cache on"),
        );
    }
    if let Some(ca) = &cache.ca {
        sink.report(
            Diagnostic::error(Code::Conflict, "`ca` without TLS")
                .origin(ca.origin, "nothing is verified")
                .origin(tls.origin, "")
                .help("remove one of them"),
        );
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
fn bucket(declared: &Declared<'_>, stack: &Stack, part: &Part, s3: &S3, sink: &mut Sink) {
    let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let name = s3.bucket.as_bytes();
    let fits = (3..=63).contains(&name.len())
        && name.iter().all(|b| letter(*b) || matches!(b, b'-' | b'.'))
        && name.first().is_some_and(|b| letter(*b))
        && name.last().is_some_and(|b| letter(*b))
        && !s3.bucket.contains("..");
    if !fits {
        sink.report(
            Diagnostic::error(
                Code::InvalidValue,
                format!("`{}` is no name of a bucket", s3.bucket),
            )
            .origin(s3.bucket.origin, "")
            .help("write 3 to 63 of `a-z`, `0-9`, `-` and `.`, without scheme or path"),
        );
    }
    if s3.region.is_none()
        && stack.cluster.region.is_none()
        && !declared.at_fault(["cluster", "region"])
    {
        sink.report(
            Diagnostic::error(Code::MissingField, format!("`{}` has no `region`", part.name))
                .origin(part.name.origin, "requests are signed for a region")
                .help("write the region of the bucket, or `cluster.region`"),
        );
    }
    if let Some(prefix) = &s3.prefix
        && (prefix.is_empty() || prefix.starts_with('/') || prefix.ends_with('/'))
    {
        sink.report(
            Diagnostic::error(Code::InvalidValue, format!("`{prefix}` is no folder of a bucket"))
                .origin(prefix.origin, "")
                .help("write names with `/` between them alone, for example `shop/files`"),
        );
    }
    store(stack, part, s3, sink);
    if let Some(endpoint) = &s3.endpoint {
        match S3::parts_of_endpoint(endpoint.trim_end_matches('/')) {
            None => sink.report(
                Diagnostic::error(Code::InvalidValue, format!("`{endpoint}` is no endpoint"))
                    .origin(endpoint.origin, "")
                    .help("write `https://host` or `https://host:port`, without a path"),
            ),
            Some((false, ..)) if stack.is_production() => sink.report(
                Diagnostic::error(Code::UnsafeSetting, "a store without TLS in a production stage")
                    .origin(endpoint.origin, "files cross the network as plain text")
                    .help("write `https://…`"),
            ),
            Some(_) => {}
        }
    }
    let roles = s3.roles.iter().flat_map(|roles| roles.iter());
    let mut seen = Vec::new();
    for role in roles {
        if seen.contains(&role.value) {
            sink.report(
                Diagnostic::error(Code::Conflict, "a role is there twice").origin(role.origin, ""),
            );
        }
        seen.push(role.value);
    }
    let missing = outputs::contract(stack, part).and_then(|contract| {
        let has = |key: &str| contract.keys.keys().any(|known| &**known == key);
        Some((contract, S3_KEYS.into_iter().find(|key| !has(key))?))
    });
    if let Some((contract, key)) = missing
        && let Some(secret) = &s3.secret
        && !declared.at_fault(["secrets", &*secret.value])
    {
        let message = format!("Secret `{secret}` has no key `{key}`, which `{}` needs", part.name);
        sink.report(
            Diagnostic::error(Code::UnknownKey, message)
                .origin(contract.origin, "declared here")
                .help(format!("add `{key}` to its keys")),
        );
    }
}

/// Where a store lies: anywhere unless the stack says more.
fn store(stack: &Stack, part: &Part, s3: &S3, sink: &mut Sink) {
    let host = s3.endpoint.as_ref().and_then(|endpoint| {
        let (_, host, _) = S3::parts_of_endpoint(endpoint.trim_end_matches('/'))?;
        let value = HostName::try_from(host.to_owned()).ok()?;
        Some(Sourced { value, origin: endpoint.origin })
    });
    let place = Place {
        hosts: host.iter().collect(),
        to: s3.to.as_ref(),
        cidrs: &s3.cidrs,
        help: "",
        is_known: true,
    };
    reached::place(stack, part, &place, sink);
}

/// A process that builds the URL of a database from parts, while libpq's variables can not speak for all of its databases.
fn unverified(stack: &Stack, part: &Part, sink: &mut Sink) {
    if !stack.is_production() || part.env.iter().any(|set| &*set.name == "PGSSLMODE") {
        return;
    }
    for name in &part.reads {
        let Some(database) = stack.parts.get(name) else { continue };
        let Some(verified) = outside::verified(stack, database) else { continue };
        if !verified.verifies() {
            continue;
        }
        let written = part.shared.env.values().filter_map(|value| match &value.value {
            EnvValue::Text(template) => Some(template),
            _ => None,
        });
        let outputs: BTreeSet<&str> = written
            .flat_map(Template::references)
            .filter(|(reference, _)| reference.owner == **name)
            .map(|(reference, _)| reference.path.as_str())
            .collect();
        let secret = outputs::contract(stack, database).map(|contract| &contract.name.value);
        let has_url = part.env.iter().any(|set| {
            let of_database = |(of, key): (&Name, &DataKey)| {
                let contract = stack.secrets.get(of).map(|contract| &contract.name.value);
                contract == secret && &**key == "url"
            };
            set.value.value.secret().is_some_and(of_database)
        });
        let says_how = outputs.contains("sslmode")
            && (verified.certificates.is_none() || outputs.contains("ca-file"));
        let builds_url = outputs.contains("host") && outputs.contains("password");
        if builds_url && !has_url && !says_how {
            let at = part.edges.get(name).copied().unwrap_or(part.name.origin);
            let plain = name.to_uppercase().replace('-', "_");
            let message = format!(
                "`{}` builds the URL of `{name}` from parts, and nothing verifies its server",
                part.name
            );
            sink.report(
                Diagnostic::error(Code::UnsafeSetting, message)
                    .origin(at, "its databases differ in `sslmode` or `ca`, so libpq's variables can not speak for all")
                    .help(format!(
                        "add `env.{plain}_SSLMODE = \"${{{name}.sslmode}}\"` and `env.{plain}_SSLROOTCERT = \"${{{name}.ca-file}}\"` \
                         and hand them to the driver, or refer to `${{{name}.url}}`"
                    )),
            );
        }
    }
}

/// libpq's variable speaks for every connection of the process that does not say otherwise itself.
fn weakened(stack: &Stack, part: &Part, sink: &mut Sink) {
    let is_rds = |name| {
        stack.parts.get(name).is_some_and(|target| target.component.options::<Rds>().is_some())
    };
    if !stack.is_production() || !part.edges.keys().any(is_rds) {
        return;
    }
    for variable in part.env.iter().chain(part.container_env.values().flatten()) {
        let VariableValue::Text(mode) = &variable.value.value else { continue };
        let is_weak = &*variable.name == "PGSSLMODE" && mode != SslMode::VerifyFull.as_str();
        // What an `rds` says is told there.
        if is_weak && variable.value.origin.span().is_some() {
            sink.report(
                Diagnostic::error(
                    Code::UnsafeSetting,
                    format!("`PGSSLMODE` is `{mode}` in a production stage"),
                )
                .origin(variable.value.origin, "gives the password to whoever answers")
                .help(
                    "remove it: it is set to `verify-full` for a process that refers to an `rds`",
                ),
            );
        }
    }
}
