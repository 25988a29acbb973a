//! The Django project: the names that commands and variables of the preset are made of.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bind::Bind;
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
    /// Which of its usual variables the preset binds (`DATABASE_URL`, `CACHE_URL`, `CELERY_BROKER_URL`, `ALLOWED_HOSTS`, …):
    /// all if it is not written, `false` for none, or a table of single ones: `ALLOWED_HOSTS = "DJANGO_ALLOWED_HOSTS"` renames,
    /// `["CELERY_BROKER_URL", "REDIS_URL"]` binds under several names, `{ name = "HOSTS", separator = " " }` is for lists, and
    /// `false` leaves one out. The table of a component goes over that of `[app]`. A name that `env` or `env-from` sets is
    /// never bound.
    pub bind: Option<Sourced<Bind>>,
}

impl Project {
    /// What a process has for its project: its own values, and those of `[app]` for the others. `bind` stays what the process
    /// itself says: [`Binding`](crate::binding::Binding) is what both say together.
    pub(crate) fn over(self, app: &Self) -> Self {
        Self {
            module: self.module.or_else(|| app.module.clone()),
            settings: self.settings.or_else(|| app.settings.clone()),
            celery: self.celery.or_else(|| app.celery.clone()),
            python: self.python.or_else(|| app.python.clone()),
            bind: self.bind,
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
