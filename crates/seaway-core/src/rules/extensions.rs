//! `extensions` of a `postgres`: what its image has, and what the server has to load at its start.

use std::ops::RangeInclusive;

use super::services::POSTGRES_MAJORS;
use crate::declared::Declared;
use crate::options::{POSTGRES_IMAGE, Postgres};
use crate::stack::Part;
use crate::values::{ExtensionName, Image};
use crate::{Code, Diagnostic, Sink, Sourced, Stack, suggest};

/// From this major on the data lies in a folder of its major (docker-library/postgres#1400).
const FIRST_WITH_FOLDERS: u32 = 18;
/// The setting that names the libraries.
const PRELOAD: &str = "shared_preload_libraries";
/// Majors of PostgreSQL, as far as an extension goes.
type Majors = RangeInclusive<u32>;
const ALWAYS: Majors = 0..=u32::MAX;

/// What each image has that is built of PostgreSQL and its `contrib` folder, with the majors
/// (<https://www.postgresql.org/docs/current/contrib.html>). Debian's packages keep those of Perl and Python to themselves.
const CONTRIB: [(&str, Majors); 48] = [
    ("adminpack", 0..=16),
    ("amcheck", ALWAYS),
    ("autoinc", ALWAYS),
    ("bloom", ALWAYS),
    ("btree_gin", ALWAYS),
    ("btree_gist", ALWAYS),
    ("citext", ALWAYS),
    ("cube", ALWAYS),
    ("dblink", ALWAYS),
    ("dict_int", ALWAYS),
    ("dict_xsyn", ALWAYS),
    ("earthdistance", ALWAYS),
    ("file_fdw", ALWAYS),
    ("fuzzystrmatch", ALWAYS),
    ("hstore", ALWAYS),
    ("insert_username", ALWAYS),
    ("intagg", ALWAYS),
    ("intarray", ALWAYS),
    ("isn", ALWAYS),
    ("lo", ALWAYS),
    ("ltree", ALWAYS),
    ("moddatetime", ALWAYS),
    ("old_snapshot", 14..=16),
    ("pageinspect", ALWAYS),
    ("pg_buffercache", ALWAYS),
    ("pg_freespacemap", ALWAYS),
    ("pg_logicalinspect", 18..=u32::MAX),
    ("pg_prewarm", ALWAYS),
    ("pg_stat_statements", ALWAYS),
    ("pg_surgery", 14..=u32::MAX),
    ("pg_trgm", ALWAYS),
    ("pg_visibility", ALWAYS),
    ("pg_walinspect", 15..=u32::MAX),
    ("pgcrypto", ALWAYS),
    ("pgrowlocks", ALWAYS),
    ("pgstattuple", ALWAYS),
    ("plpgsql", ALWAYS),
    ("postgres_fdw", ALWAYS),
    ("refint", ALWAYS),
    ("seg", ALWAYS),
    ("sslinfo", ALWAYS),
    ("tablefunc", ALWAYS),
    ("tcn", ALWAYS),
    ("tsm_system_rows", ALWAYS),
    ("tsm_system_time", ALWAYS),
    ("unaccent", ALWAYS),
    ("uuid-ossp", ALWAYS),
    ("xml2", ALWAYS),
];

/// An image whose extensions are known: those of [`CONTRIB`] and its own. None of them has the server load a library.
struct Known {
    repository: &'static str,
    own: &'static [&'static str],
    /// Its tag for a major.
    tag: fn(u32) -> String,
}

/// The official one, and two that are made of it: <https://github.com/postgis/docker-postgis>,
/// <https://github.com/pgvector/pgvector#docker>.
const KNOWN: [Known; 3] = [
    Known { repository: POSTGRES_IMAGE, own: &[], tag: |major| major.to_string() },
    Known {
        repository: "docker.io/postgis/postgis",
        own: &[
            "address_standardizer",
            "address_standardizer_data_us",
            "postgis",
            "postgis_raster",
            "postgis_sfcgal",
            "postgis_tiger_geocoder",
            "postgis_topology",
        ],
        tag: |major| format!("{major}-{}", if major >= 18 { "3.6" } else { "3.5" }),
    },
    Known {
        repository: "docker.io/pgvector/pgvector",
        own: &["vector"],
        tag: |major| format!("pg{major}"),
    },
];

/// Extensions that do not work unless the server loads their library when it starts, each with where that is said.
const PRELOADED: [(&str, &str); 5] = [
    ("citus", "https://docs.citusdata.com/en/stable/installation/single_node_debian.html"),
    ("pg_cron", "https://github.com/citusdata/pg_cron#setting-up-pg_cron"),
    ("pg_stat_statements", "https://www.postgresql.org/docs/current/pgstatstatements.html"),
    ("pgaudit", "https://github.com/pgaudit/pgaudit#settings"),
    (
        "timescaledb",
        "https://docs.timescale.com/self-hosted/latest/configuration/about-configuration/",
    ),
];

pub(super) fn check(declared: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for part in stack.parts.values() {
        let Some(postgres) = part.component.options::<Postgres>() else { continue };
        let image = part.shared.image.as_ref();
        agreeing(part, postgres, sink);
        // Which image was meant is not known of one that is at fault.
        let is_it = |known: &&Known| {
            image.map_or(known.repository == POSTGRES_IMAGE, |image| image.is_of(known.repository))
        };
        let is_at_fault = |option: &str| declared.option_at_fault(&part.name, &[option]);
        let known = KNOWN.iter().find(is_it).filter(|_| !is_at_fault("image"));
        let mut is_good = true;
        for (at, name) in postgres.extensions.iter().enumerate() {
            let is_twice = postgres.extensions[..at].iter().any(|other| other.value == name.value);
            let without = known.filter(|known| !has(known, image, postgres, name));
            let fault = if is_twice {
                Some(twice(name))
            } else {
                without.map(|known| not_there(known, image, postgres, name))
            };
            is_good &= fault.is_none();
            if let Some(fault) = fault {
                sink.report(fault);
            }
        }
        if is_good && !is_at_fault("settings") {
            preloaded(part, postgres, known.is_some(), sink);
        }
    }
}

/// The paths of the data go by the version, the files in them by the image.
fn agreeing(part: &Part, postgres: &Postgres, sink: &mut Sink) {
    let Some(image) = &part.shared.image else { return };
    let (Some(of_tag), Some(said)) = (image.postgres_major(), major(postgres)) else { return };
    // Another number is that of a release of the image itself.
    if of_tag == said || !POSTGRES_MAJORS.contains(&&*of_tag.to_string()) {
        return;
    }
    let version = &postgres.version;
    // Of a version that nobody wrote only the path of the data counts, which is another one from 18 on.
    if version.span().is_none() && (of_tag >= FIRST_WITH_FOLDERS) == (said >= FIRST_WITH_FOLDERS) {
        return;
    }
    let message =
        format!("`{}` is PostgreSQL {version}, and its image PostgreSQL {of_tag}", part.name);
    let usual = version.span().is_none();
    let mut diagnostic = Diagnostic::error(Code::Conflict, message)
        .origin(image.origin, "the data would lie where this major does not look");
    if !usual {
        diagnostic = diagnostic.origin(version.origin, "");
    }
    sink.report(
        diagnostic.help(format!("write `components.{}.version = \"{of_tag}\"`", part.name)),
    );
}

fn twice(name: &Sourced<ExtensionName>) -> Diagnostic {
    Diagnostic::error(Code::Conflict, format!("the extension `{name}` is there twice"))
        .origin(name.origin, "")
        .help("remove one of them")
}

fn major(postgres: &Postgres) -> Option<u32> {
    postgres.version.parse().ok()
}

/// Whether an image has an extension; one of an unknown major may have it. The variants of Alpine are built with Perl, Python and
/// Tcl, those of Debian are not
/// (<https://github.com/docker-library/postgres/blob/master/Dockerfile-alpine.template>), and a digest alone may be either.
fn has(
    known: &Known,
    image: Option<&Sourced<Image>>,
    postgres: &Postgres,
    name: &ExtensionName,
) -> bool {
    let tag = image.and_then(|image| image.tag.as_deref());
    let may_be_alpine = image.is_some() && tag.is_none_or(|tag| tag.contains("alpine"));
    let is_of_language = name.starts_with("pl") || name.contains("_pl");
    let fits = |majors: &Majors| major(postgres).is_none_or(|major| majors.contains(&major));
    CONTRIB.iter().any(|(one, majors)| *one == &**name && fits(majors))
        || known.own.contains(&&**name)
        || (may_be_alpine && is_of_language)
}

fn not_there(
    known: &Known,
    image: Option<&Sourced<Image>>,
    postgres: &Postgres,
    name: &Sourced<ExtensionName>,
) -> Diagnostic {
    let major = major(postgres);
    let with = KNOWN.iter().find(|other| other.own.contains(&&*name.value));
    let names = CONTRIB.iter().map(|(one, _)| *one).chain(known.own.iter().copied());
    let help = if let (Some(with), Some(major)) = (with, major) {
        format!(
            "use the image that has it: `image = \"{}:{}\"`",
            with.repository,
            (with.tag)(major)
        )
    } else if let Some(near) = suggest::nearest(name, names).filter(|near| **near != *name.value) {
        format!("did you mean `{near}`?")
    } else {
        format!(
            "use an image that has it, for example one that you build `FROM {POSTGRES_IMAGE}:{}`: `image = \"…\"`",
            postgres.version
        )
    };
    let what = match major {
        Some(major) => format!("PostgreSQL {major} of `{}`", known.repository),
        None => format!("`{}`", known.repository),
    };
    let diagnostic =
        Diagnostic::error(Code::UnknownValue, format!("{what} has no extension `{name}`"))
            .origin(name.origin, "can not be created");
    match image {
        Some(image) => diagnostic.origin(image.origin, "the image"),
        None => diagnostic,
    }
    .help(help)
}

/// The names in the setting.
fn names(setting: &str) -> impl Iterator<Item = &str> {
    setting
        .split(',')
        .map(|name| name.trim_matches([' ', '"', '\'']))
        .filter(|name| !name.is_empty())
}

/// An image of one's own may name the libraries in its own configuration; the setting of the stack goes before that.
fn preloaded(part: &Part, postgres: &Postgres, is_known: bool, sink: &mut Sink) {
    let written = postgres.settings.iter().find(|(name, _)| name.eq_ignore_ascii_case(PRELOAD));
    let loaded: Vec<&str> = written.iter().flat_map(|(_, value)| names(value)).collect();
    let needed: Vec<_> = postgres
        .extensions
        .iter()
        .filter(|name| !loaded.contains(&&*name.value))
        .filter_map(|name| {
            let (_, source) = PRELOADED.iter().find(|(one, _)| *one == &*name.value)?;
            Some((name, source))
        })
        .collect();
    if written.is_none() && !is_known {
        return;
    }
    let missing = needed.iter().map(|(name, _)| &*name.value as &str);
    let line = loaded.iter().copied().chain(missing).collect::<Vec<_>>().join(",");
    for (name, source) in &needed {
        let message =
            format!("the extension `{name}` does not work unless the server loads its library");
        let diagnostic = Diagnostic::error(Code::MissingField, message)
            .origin(name.origin, format!("not in `{PRELOAD}`"));
        let diagnostic = match written {
            Some((_, value)) => diagnostic.origin(value.origin, "the libraries that it loads"),
            None => diagnostic,
        };
        sink.report(diagnostic.help(format!(
            "write `components.{}.settings.{PRELOAD} = \"{line}\"` ({source})",
            part.name
        )));
    }
}
