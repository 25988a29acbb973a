//! A program of others that takes the requests of a stage whose Django process nobody calls.

use super::Cx;
use crate::options::Runs;
use crate::stack::Part;
use crate::{Code, Diagnostic, Sink};

pub(super) fn check(cx: Cx<'_>, sink: &mut Sink) {
    let Cx { stack, part, expose, .. } = cx;
    let is_front = part.facts.runs == Runs::OwnImage && expose.routes().is_some();
    if !is_front || !stack.is_django() || sink.errors() > 0 {
        return;
    }
    let processes = || stack.parts.values().filter(|other| other.facts.serves());
    if processes().any(|process| part.edges.contains_key(&process.name.value)) {
        return;
    }
    let is_called = |process: &Part| {
        let mut others = stack.parts.values().filter(|other| !other.facts.is_monitoring());
        process.facts.is_public()
            || others.any(|other| other.edges.contains_key(&process.name.value))
    };
    let Some(process) = processes().find(|process| !is_called(process)) else { return };
    let (front, process) = (&part.name, &process.name);
    sink.report(
        Diagnostic::warning(
            Code::UnreferencedService,
            format!("`{front}` takes requests from outside and refers to no process of the application"),
        )
        .origin(expose.origin, format!("`{process}` learns neither its public origins nor that TLS ends here"))
        .help(format!(
            "if `{front}` passes requests on to `{process}`, say so: `components.{front}.env.UPSTREAM = \"${{{process}.host}}\"`"
        )),
    );
}
