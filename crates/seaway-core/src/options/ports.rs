//! Ports by name: which of them is the component's own one, and which outputs lead to the others.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Ports;
use super::protocol::Protocol;
use crate::Sourced;
use crate::values::{Name, Port};

/// What the option `ports` holds.
pub(super) type Named = BTreeMap<Sourced<Name>, Sourced<Port>>;

/// The port that others reach a component at, and its name if it is one of `ports`: `port`, else the one of `ports` that is
/// known for a protocol, else the only one.
pub(super) fn main(
    port: Option<Sourced<Port>>,
    ports: &Named,
) -> Option<(Option<&Sourced<Name>>, Sourced<Port>)> {
    if let Some(port) = port {
        return Some((None, port));
    }
    let known =
        |(_, port): &(&Sourced<Name>, &Sourced<Port>)| Protocol::from_port(port.get()).is_some();
    let only = || ports.iter().next().filter(|_| ports.len() == 1);
    let (name, port) = ports.iter().find(known).or_else(only)?;
    Some((Some(name), *port))
}

/// The output `NAME-port` of each.
pub(super) fn outputs(ports: &Named) -> impl Iterator<Item = (String, String)> {
    ports.iter().map(|(name, port)| (format!("{name}-port"), port.get().to_string()))
}

/// The port that an output `NAME-port` says.
pub(super) fn of_output<'p>(
    ports: &'p Named,
    output: &str,
) -> Option<(&'p Sourced<Name>, Sourced<Port>)> {
    let wanted = output.strip_suffix("-port")?;
    let (name, port) = ports.iter().find(|(name, _)| *name.value == *wanted)?;
    Some((name, *port))
}

/// The ports beside the component's own one, which `own` names if it is one of them.
pub(super) fn further(ports: &Named, own: Option<&Sourced<Name>>) -> Ports {
    let others = ports.iter().filter(|(name, _)| Some(*name) != own);
    let by_name: Vec<_> = others.map(|(name, port)| (name.clone(), *port)).collect();
    let of_outputs = by_name
        .iter()
        .map(|(name, _)| (format!("{name}-port"), BTreeSet::from([Some(name.value.clone())])))
        .collect();
    Ports { own: own.cloned(), by_name, of_outputs }
}
