//! The variables that the preset binds: a table that the pass that binds them and the reference both read.
//!
//! A `Row` is one variable of a process, with what it holds, which processes get it, and when; each condition is a phrase
//! beside the code that it stands for. The outputs of backing services are rows as well, made of what the facts of components
//! are made of ([`rows`]).

mod reasons;
mod values;
mod conditions;
mod table;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::binding::is_ambient;
use crate::options::{FILE_VARIABLES, FileRole, Provides, Role, bound_name, role_url};
use crate::stack::Part;
use crate::values::Template;
use crate::{Origin, Sourced, Stack};
use conditions::{DJANGO, EVERY};
pub(crate) use reasons::{
    ALLOWED_HOSTS, BINDING, EDGE, HOME, METRICS, NO_BYTECODE, SETTINGS_MODULE, TRACES, UNBUFFERED,
};
pub(crate) use table::ROWS;
pub(crate) use values::{exempted, health_paths};

/// A process of the application, whose variables are bound.
pub(crate) struct Process<'a> {
    /// The stage.
    pub(crate) stack: &'a Stack,
    /// The process.
    pub(crate) part: &'a Part,
    /// Whether other components of the stage call it.
    pub(crate) is_called: bool,
    /// What callers from outside of the stage reach: the process itself, or the programs of others that pass requests on to it.
    pub(crate) edge: Vec<&'a Part>,
}

/// A condition: a phrase, and the code that it stands for.
pub(crate) struct Condition {
    says: &'static str,
    holds: fn(&Process<'_>) -> bool,
}

/// What a variable holds.
pub(crate) enum What {
    /// Always the same text.
    Fixed(&'static str, fn(&Process<'_>) -> Origin),
    /// What the stage says.
    Computed {
        /// In a phrase.
        says: &'static str,
        /// `None` if the stage says nothing.
        value: fn(&Process<'_>) -> Option<Sourced<Template>>,
    },
}

/// A variable of a process.
pub(crate) struct Row {
    /// Its usual name.
    pub(crate) name: &'static str,
    what: What,
    who: &'static Condition,
    when: &'static [&'static Condition],
    /// Whether it is a list, with a comma between the items.
    is_list: bool,
    /// Whether it is only there for another variable, and can not be named in `bind`.
    is_piece: bool,
}

impl Row {
    const fn new(
        name: &'static str,
        what: What,
        who: &'static Condition,
        when: &'static [&'static Condition],
    ) -> Self {
        Self { name, what, who, when, is_list: false, is_piece: false }
    }

    const fn list(self) -> Self {
        Self { is_list: true, ..self }
    }

    fn applies(&self, process: &Process<'_>) -> bool {
        (self.who.holds)(process) && self.when.iter().all(|when| (when.holds)(process))
    }

    /// What it holds in a process, if the process gets it.
    pub(crate) fn bound(&self, process: &Process<'_>) -> Option<Sourced<Template>> {
        if !self.applies(process) {
            return None;
        }
        match &self.what {
            What::Fixed(text, origin) => {
                Some(Sourced { value: Template::text(*text), origin: origin(process) })
            }
            What::Computed { value, .. } => value(process),
        }
    }
}

/// The variables that libpq reads in a container that refers to a database outside of the stage, each with the output that it
/// holds.
pub(crate) const OF_LIBPQ: [(&str, &str); 2] =
    [("PGSSLMODE", "sslmode"), ("PGSSLROOTCERT", "ca-file")];

/// The settings of a container that refers to a pooler, which the application has to read.
pub(crate) const BEHIND_POOLER: [(&str, &str); 2] =
    [("CONN_MAX_AGE", "0"), ("DISABLE_SERVER_SIDE_CURSORS", "true")];

/// A variable in words, for the reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Its usual name.
    pub name: &'static str,
    /// What it holds.
    pub value: String,
    /// The processes that get it.
    pub who: String,
    /// When they do.
    pub when: String,
    /// Whether it is a list, with a comma between the items.
    pub is_list: bool,
    /// Whether `bind` can name it.
    pub can_be_named: bool,
    /// Whether `bind = false` leaves it.
    pub is_ambient: bool,
}

/// All variables that the preset may bind, by name.
pub fn rows() -> Vec<Described> {
    let of_processes = ROWS.iter().map(|row| Described {
        name: row.name,
        value: match &row.what {
            What::Fixed(text, _) => format!("`{text}`"),
            What::Computed { says, .. } => (*says).to_owned(),
        },
        who: row.who.says.to_owned(),
        when: row.when.iter().map(|when| when.says).collect::<Vec<_>>().join("; "),
        is_list: row.is_list,
        can_be_named: !row.is_piece,
        is_ambient: is_ambient(row.name),
    });
    let output = |name, output: &str, several: Option<&str>, when: String| {
        let mut value = format!("`${{component.{output}}}`");
        if let Some(several) = several {
            let _ = write!(value, ", or `${{component.{several}}}` where it has several roles");
        }
        described(name, value, EVERY.says, format!("{}; {when}", DJANGO.says))
    };
    let services = Provides::ALL.map(|what| {
        let role = Role::ALL.into_iter().find(|role| role.provides() == what);
        let when = format!("one component of the stage is used as {}", used_as(what));
        output(bound_name(what), "url", role.map(role_url), when)
    });
    let files = FILE_VARIABLES.iter().map(|variable| {
        let keeps = match variable.role {
            Some(FileRole::Media) => "keeps what users upload",
            Some(FileRole::Static) => "keeps static files",
            None => "has a role",
        };
        let endpoint = if variable.with_endpoint { "; its `endpoint` is written" } else { "" };
        let when = format!("one `s3` of the stage {keeps}{endpoint}");
        output(variable.name, variable.output, variable.of_several, when)
    });
    let libpq = OF_LIBPQ.map(|(name, output)| {
        let value = format!("`${{component.{output}}}`");
        let when = "each PostgreSQL that it refers to is verified in the same way".to_owned();
        described(
            name,
            value,
            "every container that refers to a PostgreSQL outside of the cluster",
            when,
        )
    });
    let pooled = BEHIND_POOLER.map(|(name, value)| {
        described(
            name,
            format!("`{value}`"),
            "every component that refers to a `pgbouncer`",
            DJANGO.says.to_owned(),
        )
    });
    let mut all: Vec<Described> =
        of_processes.chain(services).chain(files).chain(libpq).chain(pooled).collect();
    all.sort_by_key(|row| row.name);
    all
}

/// What a backing service is used as.
fn used_as(what: Provides) -> &'static str {
    match what {
        Provides::Database => "the database",
        Provides::Cache => "the cache",
        Provides::Broker => "Celery's broker",
        Provides::Results => "Celery's result backend",
    }
}

fn described(name: &'static str, value: String, who: &str, when: String) -> Described {
    let (who, is_ambient) = (who.to_owned(), is_ambient(name));
    Described { name, value, who, when, is_list: false, can_be_named: true, is_ambient }
}

/// The names that `bind` knows, and whether each is a list.
pub fn names() -> BTreeMap<&'static str, bool> {
    let named = rows().into_iter().filter(|row| row.can_be_named);
    named.map(|row| (row.name, row.is_list)).collect()
}
