//! Names of other objects: each is in the bundle, or the stack says that it exists elsewhere.

mod accounts;
mod autoscalers;
mod backends;
mod beside;
mod claims;
mod classes;
mod containers;
mod contracts;
mod custom;
mod files;
mod ingresses;
mod keys;
mod monitors;
mod mounts;
mod namespaces;
mod networks;
mod pulls;
mod rights;
mod roles;
mod routes;
mod scrapes;
mod services;

use std::fmt::Display;

use seaway_core::{Code, Diagnostic, Sink};

use super::Check;
use super::index::{Index, fault, namespace};
use crate::Object;
pub(super) use beside::backend_configs;

pub(super) const CHECKS: &[Check] = &[
    Check { code: Code::DanglingReference, run: accounts::check },
    Check { code: Code::DanglingReference, run: autoscalers::check },
    Check { code: Code::DanglingReference, run: backends::check },
    Check { code: Code::DanglingReference, run: beside::check },
    Check { code: Code::DanglingReference, run: claims::check },
    Check { code: Code::DanglingReference, run: classes::check },
    Check { code: Code::DanglingReference, run: containers::check },
    Check { code: Code::UnknownKey, run: contracts::check },
    Check { code: Code::DanglingReference, run: custom::check },
    Check { code: Code::DanglingReference, run: files::check },
    Check { code: Code::DanglingReference, run: ingresses::check },
    Check { code: Code::DanglingReference, run: keys::check },
    Check { code: Code::SelectorMismatch, run: monitors::check },
    Check { code: Code::DanglingReference, run: mounts::check },
    Check { code: Code::DanglingReference, run: namespaces::check },
    Check { code: Code::DanglingReference, run: networks::check },
    Check { code: Code::MissingPullSecret, run: pulls::check },
    Check { code: Code::IncompleteObject, run: rights::check },
    Check { code: Code::DanglingReference, run: roles::check },
    Check { code: Code::DanglingReference, run: routes::check },
    Check { code: Code::PortMismatch, run: scrapes::check },
    Check { code: Code::DanglingReference, run: services::check },
];

/// An object by API group, kind and name.
type Wanted<'a> = (&'a str, &'a str, &'a str);

/// A name that leads nowhere.
fn dangling(
    index: &Index<'_>,
    object: &Object,
    path: impl Display,
    kind: &str,
    name: (&str, &str),
) -> Diagnostic {
    let is_elsewhere = !name.0.is_empty() && !index.is_here(name.0);
    let elsewhere =
        if is_elsewhere { format!(" in namespace `{}`", name.0) } else { String::new() };
    let message = format!("there is no {kind} `{}`{elsewhere}", name.1);
    fault(Code::DanglingReference, object, path, message).help(index.advice(kind, name))
}

/// A kind in a place where controllers look for Services alone.
fn not_a_service(object: &Object, path: impl Display, kind: &str) -> Diagnostic {
    let message = format!("{} leads to a `{kind}`", object.id());
    fault(Code::DanglingReference, object, path, message).help("write `kind = \"Service\"`")
}

/// An object is there, in the namespace of the one that refers to it.
fn known(
    index: &Index<'_>,
    object: &Object,
    path: impl Display,
    wanted: Wanted<'_>,
    sink: &mut Sink,
) {
    known_in(index, object, namespace(object), path, wanted, sink);
}

/// An object is there, in a namespace; it is empty for kinds that lie in none.
fn known_in(
    index: &Index<'_>,
    object: &Object,
    around: &str,
    path: impl Display,
    (group, kind, name): Wanted<'_>,
    sink: &mut Sink,
) {
    if !index.exists(group, kind, (around, name)) {
        sink.report(dangling(index, object, path, kind, (around, name)));
    }
}
