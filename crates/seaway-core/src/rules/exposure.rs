//! How components are reached from outside of the stack: routes that do not take requests from each other, TLS, callers
//! that network policies know, and times that fit those of the load balancer.

mod annotations;
mod balancers;
mod callers;
mod classes;
mod fronts;
mod openshift;
mod redirects;
mod routes;
mod times;
mod tls;
mod words;

use crate::declared::Declared;
use crate::options::Expose;
use crate::stack::Part;
use crate::{Sink, Sourced, Stack};

/// What the rules look at.
#[derive(Clone, Copy)]
struct Cx<'a> {
    declared: &'a Declared<'a>,
    stack: &'a Stack,
    part: &'a Part,
    expose: &'a Sourced<Expose>,
}

impl Cx<'_> {
    /// Where problems of it are allowed.
    fn allows(self) -> String {
        match &self.part.facts.owner {
            Some(owner) => format!("components.{owner}.workloads.grafana.allow"),
            None => format!("components.{}.allow", self.part.name),
        }
    }

    /// Whether a key of `expose` was told to be at fault.
    fn at_fault(self, key: &str) -> bool {
        match &self.part.facts.owner {
            Some(owner) => {
                self.declared.at_fault(["components", &**owner, "grafana", "expose", key])
            }
            None => self.declared.at_fault(["components", &**self.part.name, "expose", key]),
        }
    }
}

pub(super) fn check(declared: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for part in stack.parts.values() {
        // A process without a port is told elsewhere.
        let has_port = part.facts.port.is_some();
        let Some(expose) = part.expose().filter(|_| has_port) else { continue };
        let cx = Cx { declared, stack, part, expose };
        annotations::check(cx, sink);
        balancers::check(cx, sink);
        callers::check(cx, sink);
        classes::check(cx, sink);
        fronts::check(cx, sink);
        redirects::check(cx, sink);
        routes::check(cx, sink);
        times::check(cx, sink);
        tls::check(cx, sink);
        openshift::check(cx, sink);
        words::check(cx, sink);
    }
    routes::together(stack, sink);
}
