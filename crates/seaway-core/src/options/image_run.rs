//! What a component runs whose image may be another one than the application's.

use std::borrow::Cow;

use super::common::Pod;
use super::facts::{Around, Runs};
use crate::values::Image;
use crate::{Origin, Sourced};

/// Longest value of a label: <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set>.
const LONGEST_LABEL: usize = 63;

/// What the main container of a `process`, `job` or `cron` runs.
pub(super) struct ImageRun {
    /// The application, or an image of its own.
    pub(super) runs: Runs,
    /// The image that makes it another program, where the stack does not say whether it is one.
    pub(super) foreign_image: Option<Origin>,
    /// What that program is called.
    pub(super) program: Option<Cow<'static, str>>,
}

/// What the program of an image is called, where a label can hold it.
pub(super) fn program_of(image: &Image) -> Option<Cow<'static, str>> {
    let program = image.program();
    (program.len() <= LONGEST_LABEL).then(|| Cow::Owned(program.to_owned()))
}

impl ImageRun {
    /// The application, unless `inherits-app` says otherwise, or the image is of another repository than that of `[app]` and
    /// the stack does not say.
    pub(super) fn of(pod: &Pod, inherits: Option<&Sourced<bool>>, around: &Around<'_>) -> Self {
        let own = pod.shared.image.as_ref();
        let app = around.app.shared.image.as_ref();
        let foreign = own.filter(|own| app.is_some_and(|app| !own.has_repository_of(app)));
        let foreign_image = foreign.filter(|_| inherits.is_none()).map(|image| image.origin);
        let is_app = inherits.map_or(foreign.is_none(), |inherits| inherits.value);
        if is_app {
            return Self { runs: Runs::Application, foreign_image, program: None };
        }
        Self {
            runs: Runs::OwnImage,
            foreign_image,
            program: own.and_then(|image| program_of(image)),
        }
    }

    /// Whether it is the application.
    pub(super) fn is_app(&self) -> bool {
        self.runs == Runs::Application
    }
}
