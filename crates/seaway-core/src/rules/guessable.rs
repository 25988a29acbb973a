//! What the internet reaches and only a generated value of development guards: whoever knows the names of the stack can compute it.

use crate::declared::Declared;
use crate::options::{Expose, MonitorRole, Scheme};
use crate::recipe::Recipe;
use crate::stack::{Contract, Part};
use crate::values::Name;
use crate::{Code, Diagnostic, Sink, Stack};

pub(super) fn check(_: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for part in stack.parts.values() {
        let expose = part.facts.expose.as_ref().filter(|expose| is_open(&expose.value));
        let (Some(expose), Some((what, secret))) = (expose, guard(stack, part)) else { continue };
        sink.report(
            Diagnostic::warning(
                Code::GuessableSecret,
                format!("`{}` is public, and everybody can compute {what}", part.name),
            )
            .origin(expose.origin, "anyone on the internet reaches it")
            .note("Seaway generates the values of development from the names of the stack and of the Secret")
            .help(format!(
                "leave `expose` out and use `kubectl port-forward`, let your own addresses in alone with `source-ranges`, or make the \
                 Secret yourself: `secrets.{secret}.source.type = \"existing\"`"
            )),
        );
    }
}

/// Whether a load balancer takes requests from anywhere. What an Ingress or a Gateway takes is up to its controller.
fn is_open(expose: &Expose) -> bool {
    let Expose::LoadBalancer(balancer) = expose else { return false };
    let scheme = balancer.nlb.as_ref().map(|nlb| nlb.value.scheme.value);
    let scheme = scheme.or(balancer.scheme.map(|scheme| scheme.value));
    balancer.source_ranges.is_empty() && scheme != Some(Scheme::Internal)
}

/// The generated value that guards a process, and the Secret that holds it.
fn guard<'a>(stack: &'a Stack, part: &'a Part) -> Option<(&'static str, &'a Name)> {
    let is_generated = |secret: &Name| stack.secrets.get(secret).is_some_and(Contract::is_made_up);
    if let Some(secret) = part.facts.basic_auth.as_ref().filter(|auth| is_generated(auth)) {
        return Some(("its password", &secret.value));
    }
    let is_grafana =
        part.monitor().is_some_and(|monitor| matches!(monitor.role, MonitorRole::Grafana(_)));
    // The Secret belongs to the component that Grafana is a part of.
    let owner = part.facts.owner.as_ref().filter(|_| is_grafana);
    if let Some(owner) = owner.and_then(|owner| stack.parts.get(&owner.value))
        && let Some(secret) = &owner.facts.secret
        && is_generated(&secret.name)
    {
        return Some(("the password of its admin", &secret.name));
    }
    let read = part.env.iter().filter_map(|variable| variable.value.secret());
    let mut keys = read.filter(|(secret, _)| is_generated(secret));
    let (secret, _) = keys.find(|(secret, key)| {
        let recipe = stack.secrets.get(*secret).and_then(|contract| contract.keys.get(*key));
        matches!(recipe, Some(Recipe::SigningKey))
    })?;
    Some(("its signing key", secret))
}
