//! The Django project: the names that commands and variables of the preset are made of.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Sourced;
use crate::values::{CeleryApp, Interpreter, PackageName, SettingsModule};

/// Where the parts of the Django project are, for the whole application in `[app]` and for one process.
///
/// What a process writes wins over `[app]`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Project {
    /// Python package of the project: `shop` gives `shop.settings`, `shop.wsgi` and `celery --app=shop`.
    pub module: Option<Sourced<PackageName>>,
    /// Settings module (`DJANGO_SETTINGS_MODULE`); `<module>.settings` if it is not written.
    pub settings: Option<Sourced<SettingsModule>>,
    /// Celery application (`celery --app`), for example `config.celery_app`; the `module` if it is not written.
    pub celery: Option<Sourced<CeleryApp>>,
    /// Python interpreter of every command that Seaway writes (the wait for migrations, `migrate`, `worker`, `beat` and their
    /// probes, the copy of static files): a name in the image's `PATH`, or an absolute path; `python` if it is not written.
    pub python: Option<Sourced<Interpreter>>,
}

impl Project {
    /// What a process has for its project: its own values, and those of `[app]` for the others.
    pub(crate) fn over(self, app: &Self) -> Self {
        Self {
            module: self.module.or_else(|| app.module.clone()),
            settings: self.settings.or_else(|| app.settings.clone()),
            celery: self.celery.or_else(|| app.celery.clone()),
            python: self.python.or_else(|| app.python.clone()),
        }
    }

    /// The Celery application: written, or the package of the project.
    pub fn celery_app(&self) -> Option<Sourced<String>> {
        let written = self.celery.as_ref().map(|celery| celery.as_ref().map(ToString::to_string));
        written.or_else(|| Some(self.module.as_ref()?.as_ref().map(ToString::to_string)))
    }

    /// The interpreter, if it is written.
    pub fn interpreter(&self) -> Option<Sourced<String>> {
        self.python.as_ref().map(|python| python.as_ref().map(ToString::to_string))
    }
}
