//! Stages of one stack that lie in one namespace of one cluster.

use super::layers;
use crate::{Code, Diagnostic, Document, Node, Sink, Stack};

/// Reports each other stage whose objects are those of this one: an apply of one replaces the other. A stage that extends
/// another one takes its place on purpose.
pub(super) fn check(document: &Document, stack: &Stack, sink: &mut Sink) {
    let Some(cluster) = &stack.cluster.name else { return };
    let stages = document.stages();
    let own: &str = &stack.stage.value;
    for other in stages.iter().filter(|other| other.value != own) {
        if document.are_related(own, &other.value) {
            continue;
        }
        // What is wrong with the other stage is reported where it is compiled.
        let Ok(merged) = layers::merged(document, &other.value, &mut Sink::default()) else {
            continue;
        };
        let root = &merged.root;
        let prefix = stack.prefix.0.as_ref().map(|prefix| &*prefix.value as &str);
        let is_here = root.at(["cluster", "name"]).and_then(Node::as_str) == Some(&cluster.value)
            && namespace(root) == Some(&stack.namespace.value)
            && root.get("prefix").and_then(Node::as_str) == prefix;
        if is_here {
            // Both stages say the same, so that it is said once.
            let pair =
                stages.iter().filter(|stage| stage.value == own || stage.value == other.value);
            let pair: Vec<_> = pair.collect();
            if let [first, second] = pair[..] {
                let places = [first.origin, second.origin];
                sink.report(alike(stack, [&first.value, &second.value], places));
            }
        }
    }
}

/// The namespace of a stage, as it is written.
fn namespace(root: &Node) -> Option<&str> {
    let written = root.get("namespace").or_else(|| root.get("name"))?;
    written.as_str().or_else(|| written.get("name")?.as_str())
}

fn alike(stack: &Stack, [first, second]: [&str; 2], places: [crate::Origin; 2]) -> Diagnostic {
    let namespace = &stack.namespace;
    let message = format!(
        "the stages `{first}` and `{second}` lie in one namespace of one cluster, `{namespace}`"
    );
    let [first_place, second_place] = places;
    Diagnostic::warning(Code::SharedNamespace, message)
        .origin(first_place, "an apply of one replaces the other")
        .origin(second_place, "")
        .help(format!(
            "give one of them a namespace of its own, `stages.{first}.namespace = \"{namespace}-{first}\"`; if they are on two \
             clusters, write the `cluster.name` of each"
        ))
}
