//! The images that components run unless the stack names another one, in one place.
//!
//! Looked up on 2026-11-23. Licences: PostgreSQL Licence; Redis 8 `RSALv2`, `SSPLv1` or `AGPLv3`; Valkey BSD-3-Clause;
//! nginx BSD-2-Clause. Tags name a release; their sources are the libraries of official images
//! (<https://github.com/docker-library/official-images>, <https://github.com/nginx/docker-nginx-unprivileged>).

/// PostgreSQL by major. Debian's variant: it carries `nss_wrapper`, which the entry point needs to run as any user.
pub(crate) const POSTGRES: [(&str, &str); 5] = [
    ("14", "docker.io/library/postgres:14.24-trixie"),
    ("15", "docker.io/library/postgres:15.19-trixie"),
    ("16", "docker.io/library/postgres:16.15-trixie"),
    ("17", "docker.io/library/postgres:17.11-trixie"),
    ("18", "docker.io/library/postgres:18.6-trixie"),
];

/// Redis by version line, the newest last.
pub(crate) const REDIS: [(&str, &str); 2] = [
    ("7", "docker.io/library/redis:7.4.11-trixie"),
    ("8", "docker.io/library/redis:8.10.2-trixie"),
];

/// Valkey by version line, the newest last.
pub(crate) const VALKEY: [(&str, &str); 2] =
    [("8", "docker.io/valkey/valkey:8.1.10"), ("9", "docker.io/valkey/valkey:9.1.2")];

/// `PgBouncer` of the `CloudNativePG` project: Debian, any user, nothing written to its root. ISC licence; its source is
/// <https://github.com/cloudnative-pg/pgbouncer-containers>.
pub(crate) const PGBOUNCER: &str = "ghcr.io/cloudnative-pg/pgbouncer:1.25.2-trixie";

/// nginx that runs without root.
pub(crate) const NGINX: &str = "docker.io/nginxinc/nginx-unprivileged:1.30.5-alpine-slim";

/// The command line of AWS, for what is copied to S3 (Apache-2.0; <https://gallery.ecr.aws/aws-cli/aws-cli>).
pub(crate) const AWS_CLI: &str = "public.ecr.aws/aws-cli/aws-cli:2.31.0";
