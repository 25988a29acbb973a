//! `extensions` of a `postgres` → the Job that creates them, a part of its own with an edge to the database.

use crate::options::{Component, Extensions, Pod, Shared};
use crate::stack::Part;
use crate::values::Name;
use crate::{Code, Diagnostic, Sink, Sourced, Stack};

/// Adds the Job of each database that has extensions.
pub(super) fn expand(stack: &mut Stack, sink: &mut Sink) {
    let mut jobs = Vec::new();
    for part in stack.parts.values() {
        let Some(first) = part.facts.extensions.first() else { continue };
        let name = Sourced { value: Extensions::name(&part.name), origin: part.name.origin };
        if let Some(taken) = stack.parts.get(&name.value) {
            sink.report(taken_name(part, &name, taken));
            continue;
        }
        let component =
            Component::Extensions(Box::new(Extensions::new(part.name.clone(), pod(part))));
        let object = stack.prefix.object(&name);
        let facts = component.facts(&stack.around(&name, &object));
        let mut job = Part::new((name, object), component, facts);
        job.edges.insert(part.name.value.clone(), first.origin);
        jobs.push((job.name.value.clone(), job));
    }
    stack.parts.extend(jobs);
}

/// What holds for the pods of the database, and for those of its Job as well: how the image is pulled, and on which nodes it
/// runs. The Job has no volume, sidecar or environment of the server, and its image is that of the database, whatever that is.
fn pod(part: &Part) -> Pod {
    let of = &part.shared;
    let shared = Shared {
        image_pull_policy: of.image_pull_policy,
        pull_secrets: of.pull_secrets.clone(),
        labels: of.labels.clone(),
        annotations: of.annotations.clone(),
        object_annotations: of.object_annotations.clone(),
        node_selector: of.node_selector.clone(),
        tolerations: of.tolerations.clone(),
        priority_class: of.priority_class.clone(),
        run_as_user: of.run_as_user,
        ..Shared::default()
    };
    Pod { shared, allow: part.component.allow().clone(), ..Pod::default() }
}

fn taken_name(part: &Part, job: &Sourced<Name>, taken: &Part) -> Diagnostic {
    let owner = &part.name;
    if taken.name.value == owner.value {
        let message = format!("the Job of `{owner}` has a name of more than 63 characters");
        return Diagnostic::error(Code::InvalidName, message)
            .origin(owner.origin, "its Job is called `<here>-extensions`")
            .help("write a name of at most 52 characters");
    }
    let message = format!("`{owner}` has a Job `{job}`, and so is called another component");
    Diagnostic::error(Code::Conflict, message)
        .origin(taken.name.origin, "")
        .origin(owner.origin, "its `extensions` are created by that Job")
        .help("give one of the two another name")
}
