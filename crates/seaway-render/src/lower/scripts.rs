//! Texts of `templates/` that go into objects.
//!
//! The files lie in the `templates` folder of the crate that includes them, since `cargo package` packs nothing from
//! outside of a crate. The folder `templates/` at the top of the repository, where people look for them, has a link to
//! each. Links in the crates to files at the top would be packed as well, but they would not build on Windows: Git writes
//! a link there as a small text file unless `core.symlinks` is set (<https://git-scm.com/docs/git-config>). As it is,
//! only the links at the top are such text files.

use minijinja::{Environment, UndefinedBehavior, Value, context};
use seaway_core::options::{Families, Upstream};

use crate::names;

/// A script of ours and the config that carries it.
pub(super) struct Script {
    /// Name of the config, before its hash.
    pub config: &'static str,
    /// Name of the file.
    pub file: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// Waits until the migrations of the image are there.
pub(super) const WAIT_FOR_SCHEMA: Script = Script {
    config: "wait-for-schema",
    file: "wait_for_schema.py",
    text: include_str!("../../templates/django/wait_for_schema.py"),
};

/// Runs Celery and answers its probes.
pub(super) const CELERY: Script = Script {
    config: "celery-probes",
    file: names::CELERY_SCRIPT,
    text: include_str!("../../templates/celery/seaway_celery.py"),
};

/// Copies the collected static files to the sidecar.
pub(super) const COPY_STATIC: Script = Script {
    config: "static-files",
    file: "copy_static.py",
    text: include_str!("../../templates/django/copy_static.py"),
};

/// Makes the application's role in a new PostgreSQL.
pub(super) const CREATE_ROLE: Script = Script {
    config: "postgres-init",
    file: "create-application-role.sh",
    text: include_str!("../../templates/postgres/create-application-role.sh"),
};

/// Refuses a volume whose database the server would not open.
pub(super) const CHECK_VOLUME: Script = Script {
    config: "check-volume",
    file: "check-volume.sh",
    text: include_str!("../../templates/postgres/check-volume.sh"),
};

/// Creates the extensions of a PostgreSQL that is there already: name and text of a file in the config of the Job.
pub(super) const CREATE_EXTENSIONS: (&str, &str) =
    ("create-extensions.sh", include_str!("../../templates/postgres/create-extensions.sh"));

/// Waits until they are there: name and text of a file in the same config.
pub(super) const WAIT_FOR_EXTENSIONS: (&str, &str) =
    ("wait-for-extensions.sh", include_str!("../../templates/postgres/wait-for-extensions.sh"));

/// File with the SQL that creates extensions, in the config of the Job and among the scripts of the first start. It comes after
/// the one that makes the database: the entry point goes by names.
pub(super) const CREATE_EXTENSIONS_SQL: &str = "create-extensions.sql";

/// Its text. Names of extensions and databases have no quotes in them.
pub(super) fn create_extensions_sql(database: &str, extensions: &[&str]) -> String {
    render(
        include_str!("../../templates/postgres/create-extensions.sql.j2"),
        context! { database, extensions => extensions.iter().copied().collect::<Value>() },
    )
}

/// File that dumps a database.
pub(crate) const DUMP: &str = "dump.sh";
/// File that uploads a dump.
pub(crate) const UPLOAD: &str = "upload.sh";
/// File that loads a dump.
pub(crate) const RESTORE: &str = "restore.sh";
/// File that fetches a dump.
pub(crate) const DOWNLOAD: &str = "download.sh";
/// File that lists dumps.
pub(crate) const LIST: &str = "list.sh";

/// What dumps and loads databases: names and texts of files in the config of the component.
pub(super) const BACKUP: &[(&str, &str)] = &[
    ("clear.sql", include_str!("../../templates/backup/clear.sql")),
    ("database.sh", include_str!("../../templates/backup/database.sh")),
    (DUMP, include_str!("../../templates/backup/dump.sh")),
    (LIST, include_str!("../../templates/backup/list.sh")),
    (RESTORE, include_str!("../../templates/backup/restore.sh")),
];

/// The same of what carries dumps to a bucket and back.
pub(super) const BACKUP_OF_BUCKET: &[(&str, &str)] = &[
    ("bucket.sh", include_str!("../../templates/backup/bucket.sh")),
    (DOWNLOAD, include_str!("../../templates/backup/download.sh")),
    (UPLOAD, include_str!("../../templates/backup/upload.sh")),
];

/// File that starts `mysqld_exporter`, in the config of its workload.
pub(super) const START_MYSQLD_EXPORTER: &str = "start.sh";
/// Its text.
pub(super) const START_MYSQLD_EXPORTER_TEXT: &str =
    include_str!("../../templates/mysqld-exporter/start.sh");

/// File that starts `PgBouncer`, in the config of its component.
pub(super) const START_PGBOUNCER: &str = "start.sh";
/// Its text.
pub(super) const START_PGBOUNCER_TEXT: &str = include_str!("../../templates/pgbouncer/start.sh");

/// What `PgBouncer` has to know.
pub(super) struct PgbouncerIni<'a> {
    pub upstream: &'a Upstream,
    pub listen_port: u16,
    pub default_pool_size: u16,
    pub max_client_connections: u16,
    pub max_prepared_statements: u16,
}

/// The configuration of `PgBouncer`. It holds no secret.
pub(super) fn pgbouncer_ini(ini: &PgbouncerIni<'_>) -> String {
    let upstream = ini.upstream;
    render(
        include_str!("../../templates/pgbouncer/pgbouncer.ini.j2"),
        context! {
            database => upstream.database.as_str(),
            host => upstream.host.as_str(),
            port => upstream.port,
            listen_port => ini.listen_port,
            default_pool_size => ini.default_pool_size,
            max_client_connections => ini.max_client_connections,
            max_prepared_statements => ini.max_prepared_statements,
            sslmode => upstream.sslmode.as_str(),
            ca_file => upstream.ca_file.as_deref(),
        },
    )
}

/// What the nginx beside a web process has to know.
pub(super) struct Nginx<'a> {
    pub port: u16,
    /// The families of addresses that it listens on.
    pub families: Families,
    pub upstream_port: u16,
    pub static_url: &'a str,
    pub static_root: &'a str,
    pub max_body_mebibytes: u32,
    /// Seconds that nginx keeps an idle connection.
    pub keep_alive_seconds: u32,
    /// Seconds that the server behind it does.
    pub server_keep_alive_seconds: u32,
    /// Seconds that nginx waits for the next part of an answer.
    pub read_seconds: u32,
    /// Seconds that running requests have to end.
    pub shutdown_seconds: u32,
}

/// The configuration of the nginx beside a web process.
pub(super) fn nginx_conf(nginx: &Nginx<'_>) -> String {
    // A socket of IPv6 takes no callers of IPv4: https://nginx.org/en/docs/http/ngx_http_core_module.html#listen
    let (listens, loopback): (&[&str], _) = match nginx.families {
        Families::Ipv4 => (&[""], "127.0.0.1"),
        Families::Ipv6 => (&["[::]:"], "[::1]"),
        Families::Both => (&["", "[::]:"], "127.0.0.1"),
    };
    render(
        include_str!("../../templates/nginx/nginx.conf.j2"),
        context! {
            port => nginx.port,
            listens => listens.to_vec(),
            loopback => loopback,
            upstream_port => nginx.upstream_port,
            static_url => nginx.static_url,
            static_root => nginx.static_root,
            max_body_size => format!("{}m", nginx.max_body_mebibytes),
            keep_alive => nginx.keep_alive_seconds,
            read => nginx.read_seconds,
            shutdown => nginx.shutdown_seconds,
            server_keep_alive => nginx.server_keep_alive_seconds,
            upstream_keep_alive => nginx.server_keep_alive_seconds.saturating_sub(15).max(1),
        },
    )
}

fn render(template: &str, values: Value) -> String {
    // Without the filters, tests and functions that come with minijinja: templates use none of them.
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // The template is part of the program and every value is given: a fault shows in every snapshot test.
    let text =
        environment.render_str(template, values).unwrap_or_else(|fault| unreachable!("{fault}"));
    // minijinja drops the newline at the end of a template.
    format!("{}\n", text.trim_end())
}
