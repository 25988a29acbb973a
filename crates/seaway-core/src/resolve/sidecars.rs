//! The sidecars of a component: those of `[app]`, changed by what the component says of them.

use crate::declared::Declared;
use crate::decode::decode;
use crate::options::Shared;
use crate::overlay::{self, Sidecars};
use crate::stack::Part;
use crate::{Node, Sink, Value};

/// Puts the sidecars that a component writes over those that it inherits.
pub(super) fn over(
    declared: &Declared<'_>,
    part: &mut Part,
    app: &Shared,
    written: &Sidecars,
    sink: &mut Sink,
) {
    let inherits = part.facts.is_application();
    let Some(layers) = written.get(&*part.name.value as &str) else {
        if inherits {
            part.shared.sidecars.clone_from(&app.sidecars);
        }
        return;
    };
    let below = declared.root.at(["app", "sidecars"]).filter(|_| inherits);
    let (mut list, span) = match below {
        Some(Node { value: Value::Array(list), span }) => (list.clone(), *span),
        _ => (Vec::new(), part.span()),
    };
    for layer in layers {
        overlay::sidecars(&part.name, &mut list, layer, sink);
    }
    // What is at fault in them was reported where it was written.
    let list = Node { value: Value::Array(list), span };
    part.shared.sidecars = decode(&list, &mut Sink::default()).unwrap_or_default();
}
