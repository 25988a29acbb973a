//! What lies outside of the cluster: a `PostgreSQL` and two Redis that speak TLS and nothing else, with certificates of
//! an authority that no system knows.

use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::json;

use crate::manifest::Manifest;
use crate::node::Node;
use crate::pod::Pod;
use crate::tools::run;

/// Where they lie, in the range that the stage opens.
pub(crate) const DATABASE: Ipv4Addr = Ipv4Addr::new(172, 20, 130, 10);
pub(crate) const CACHE: Ipv4Addr = Ipv4Addr::new(172, 20, 130, 20);
pub(crate) const BROKER: Ipv4Addr = Ipv4Addr::new(172, 20, 130, 30);
/// A server outside of that range.
pub(crate) const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(172, 20, 200, 10);

/// A certificate authority, and what it has signed.
pub(crate) struct Authority {
    folder: PathBuf,
    name: &'static str,
}

impl Authority {
    /// Makes one.
    pub(crate) fn new(folder: &Path, name: &'static str) -> Self {
        let authority = Self { folder: folder.to_owned(), name };
        fs::create_dir_all(folder).expect("a folder for certificates");
        let subject = format!("/CN=test authority {name}");
        authority.openssl(&[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
            "-subj",
            &subject,
            "-keyout",
            &format!("{name}.key"),
            "-out",
            &format!("{name}.crt"),
        ]);
        authority
    }

    /// Its own certificate, in PEM.
    pub(crate) fn certificate(&self) -> String {
        self.read(&format!("{}.crt", self.name))
    }

    /// Certificate and key of a server.
    pub(crate) fn sign(&self, host: &str) -> (String, String) {
        let (key, request, extensions, certificate) = (
            format!("{host}.key"),
            format!("{host}.csr"),
            format!("{host}.ext"),
            format!("{host}.crt"),
        );
        self.openssl(&[
            "req",
            "-new",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-subj",
            "/CN=server",
            "-keyout",
            &key,
            "-out",
            &request,
        ]);
        fs::write(self.folder.join(&extensions), format!("subjectAltName=DNS:{host}\n"))
            .expect("a file for openssl");
        let (own, own_key) = (format!("{}.crt", self.name), format!("{}.key", self.name));
        self.openssl(&[
            "x509",
            "-req",
            "-in",
            &request,
            "-CA",
            &own,
            "-CAkey",
            &own_key,
            "-CAcreateserial",
            "-days",
            "2",
            "-extfile",
            &extensions,
            "-out",
            &certificate,
        ]);
        (self.read(&certificate), self.read(&key))
    }

    fn openssl(&self, arguments: &[&str]) {
        run(Command::new("openssl").args(arguments).current_dir(&self.folder));
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.folder.join(file)).expect("what openssl has written")
    }
}

/// A server outside of the cluster.
pub(crate) struct Server<'a> {
    pub(crate) host: &'a str,
    pub(crate) password: &'a str,
    pub(crate) authority: &'a Authority,
}

/// Copies the key to where nobody else reads it, and takes connections from others only with TLS.
const TLS_ONLY: &str = r#"install -m 0600 /tls/tls.key "$PGDATA/server.key"
install -m 0644 /tls/tls.crt "$PGDATA/server.crt"
cat >>"$PGDATA/postgresql.conf" <<'CONF'
ssl = on
ssl_cert_file = 'server.crt'
ssl_key_file = 'server.key'
CONF
printf 'local all all trust\nhostssl all all all scram-sha-256\n' >"$PGDATA/pg_hba.conf"
psql --username "$POSTGRES_USER" --no-password --no-psqlrc -v ON_ERROR_STOP=1 -v password="$APP_PASSWORD" <<'SQL'
CREATE ROLE shop LOGIN PASSWORD :'password';
CREATE DATABASE shop OWNER shop;
SQL
"#;

/// Starts the servers; each waits for nobody.
pub(crate) fn launch(
    node: &Arc<Node>,
    database: &Server,
    cache: &Server,
    broker: &Server,
) -> Vec<Arc<Pod>> {
    let rds = Arc::new(postgres("rds", database));
    let elsewhere = Arc::new(postgres("elsewhere", database));
    let (cache_host, broker_host) = (cache.host, broker.host);
    let cache = Arc::new(redis("elasticache", cache));
    let broker = Arc::new(redis("elasticache-broker", broker));
    vec![
        Pod::launch_outside(node, &rds, "rds", DATABASE, database.host),
        Pod::launch_outside(node, &elsewhere, "elsewhere", ELSEWHERE, "elsewhere.example.com"),
        Pod::launch_outside(node, &cache, "elasticache", CACHE, cache_host),
        Pod::launch_outside(node, &broker, "elasticache-broker", BROKER, broker_host),
    ]
}

fn postgres(name: &str, server: &Server) -> Manifest {
    let container = json!({
        "name": "postgres",
        "image": "postgres",
        "args": ["-c", "shared_buffers=32MB"],
        "ports": [{ "name": "postgres", "containerPort": 5432 }],
        "env": [
            { "name": "POSTGRES_PASSWORD", "value": "the administrator's" },
            { "name": "APP_PASSWORD", "value": server.password },
            { "name": "PGDATA", "value": "/var/lib/postgresql/data/pgdata" },
        ],
        "volumeMounts": [
            { "name": "data", "mountPath": "/var/lib/postgresql/data" },
            { "name": "socket", "mountPath": "/var/run/postgresql" },
            { "name": "tmp", "mountPath": "/tmp" },
            { "name": "shm", "mountPath": "/dev/shm" },
            { "name": "init", "mountPath": "/docker-entrypoint-initdb.d" },
            { "name": "tls", "mountPath": "/tls" },
        ],
        "readinessProbe": {
            "exec": { "command": ["pg_isready", "--host=127.0.0.1", "--quiet"] },
        },
    });
    let volumes = json!([
        { "name": "data", "emptyDir": {} },
        { "name": "socket", "emptyDir": {} },
        { "name": "tmp", "emptyDir": {} },
        { "name": "shm", "emptyDir": {} },
        { "name": "init", "configMap": { "name": format!("{name}-init") } },
        { "name": "tls", "secret": { "secretName": format!("{name}-tls"), "defaultMode": 0o440 } },
    ]);
    let init = json!({
        "kind": "ConfigMap",
        "metadata": { "name": format!("{name}-init") },
        "data": { "tls.sh": TLS_ONLY },
    });
    Manifest::from_objects(vec![
        init,
        certificate(name, server),
        workload(name, &container, &volumes),
    ])
}

fn redis(name: &str, server: &Server) -> Manifest {
    let container = json!({
        "name": "redis",
        "image": "redis",
        "command": [
            "redis-server", "--port", "0", "--tls-port", "6379", "--tls-cert-file", "/tls/tls.crt",
            "--tls-key-file", "/tls/tls.key", "--tls-ca-cert-file", "/tls/ca.crt", "--tls-auth-clients", "no",
            "--requirepass", "$(PASSWORD)", "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction",
        ],
        "ports": [{ "name": "redis", "containerPort": 6379 }],
        "env": [{ "name": "PASSWORD", "value": server.password }],
        "volumeMounts": [{ "name": "tls", "mountPath": "/tls" }, { "name": "data", "mountPath": "/data" }],
        "readinessProbe": { "tcpSocket": { "port": "redis" } },
    });
    let volumes = json!([
        { "name": "data", "emptyDir": {} },
        { "name": "tls", "secret": { "secretName": format!("{name}-tls"), "defaultMode": 0o440 } },
    ]);
    Manifest::from_objects(vec![certificate(name, server), workload(name, &container, &volumes)])
}

fn certificate(name: &str, server: &Server) -> serde_json::Value {
    let (certificate, key) = server.authority.sign(server.host);
    let authority = server.authority.certificate();
    json!({
        "kind": "Secret",
        "metadata": { "name": format!("{name}-tls") },
        "stringData": { "tls.crt": certificate, "tls.key": key, "ca.crt": authority },
    })
}

/// A workload that runs outside of the cluster.
pub(crate) fn workload(
    name: &str,
    container: &serde_json::Value,
    volumes: &serde_json::Value,
) -> serde_json::Value {
    json!({
        "kind": "StatefulSet",
        "metadata": { "name": name, "namespace": "outside" },
        "spec": { "template": { "metadata": {}, "spec": {
            "serviceAccountName": "none",
            "automountServiceAccountToken": false,
            "enableServiceLinks": false,
            "securityContext": { "runAsUser": 999, "runAsGroup": 999, "fsGroup": 999 },
            "containers": [container],
            "volumes": volumes,
        } } },
    })
}
