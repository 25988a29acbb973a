//! Earlier output of another stack, or of another stage.

use seaway_core::{Code, Diagnostic, Document, Node, Sink, Stack};

use super::Earlier;
use crate::names::{INSTANCE, MANAGED_BY, PART_OF, STACK, STAGE};

/// The stack and the stage that output says it is of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutputOf {
    /// Name of the stack.
    pub stack: Option<String>,
    /// Name of the stage; not known of what an older Seaway printed.
    pub stage: Option<String>,
}

/// What one output has and another one has not: the name of its stack, or of its stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Another {
    /// `stack` or `stage`.
    pub what: &'static str,
    /// What the first one says.
    pub was: String,
    /// What the second one says.
    pub is: String,
}

impl OutputOf {
    /// What a stage that is compiled would say.
    pub fn stage(stack: &Stack) -> Self {
        Self { stack: Some(stack.name.to_string()), stage: Some(stack.stage.to_string()) }
    }

    /// How another output differs from this one, as far as both say it.
    pub fn another(&self, new: &Self) -> Option<Another> {
        let names = [("stack", &self.stack, &new.stack), ("stage", &self.stage, &new.stage)];
        names.into_iter().find_map(|(what, was, is)| {
            let (was, is) = (was.clone()?, is.clone()?);
            (was != is).then_some(Another { what, was, is })
        })
    }
}

impl Earlier {
    /// The stack and the stage that it is of.
    pub fn output_of(&self) -> OutputOf {
        output_of(&self.nodes().collect::<Vec<_>>())
    }
}

fn output_of(objects: &[&Node]) -> OutputOf {
    let said = |key| {
        let mut said =
            objects.iter().filter_map(|object| object.at(["metadata", "annotations", key]));
        said.find_map(Node::as_str).map(str::to_owned)
    };
    // An older Seaway said it by the label of what belongs to no component.
    let of_stack = |object: &&&Node| {
        let label = |key| object.at(["metadata", "labels", key]).and_then(Node::as_str);
        label(MANAGED_BY) == Some("seaway") && label(INSTANCE).is_none()
    };
    let labelled = || {
        let object = objects.iter().find(of_stack)?;
        object.at(["metadata", "labels", PART_OF])?.as_str().map(str::to_owned)
    };
    OutputOf { stack: said(STACK).or_else(labelled), stage: said(STAGE) }
}

/// Another stack or stage over earlier output: an apply takes over the objects that both have, and leaves the others behind. Says
/// whether that is refused: what the output has beside is nobody's to delete then.
pub(super) fn check(
    document: &Document,
    stack: &Stack,
    earlier: &Earlier,
    sink: &mut Sink,
) -> bool {
    let old = earlier.output_of();
    let Some(Another { what, was, is }) = old.another(&OutputOf::stage(stack)) else {
        return false;
    };
    if what == "stage" && document.are_related(&was, &is) {
        return false;
    }
    let origin = if what == "stack" { stack.name.origin } else { stack.stage.origin };
    let before = sink.errors();
    sink.report(
        Diagnostic::error(Code::OtherOutput, format!("the earlier output is of the {what} `{was}`"))
            .origin(origin, format!("not of this {what}"))
            .note(
                "an apply takes over the objects that both have, their data included, and leaves the others in the \
                 cluster",
            )
            .help(format!(
                "name the output of this {what}; if it was renamed, say so: `allow.other-output = \"…\"`"
            )),
    );
    sink.errors() > before
}
