//! `PgBouncer`: its config and start script, its pods, and the ways to it and from it.

use insta::assert_snapshot;
use seaway_render::Bundle;

use crate::support::{at, bundle, find, yaml};

fn stage(database: &str, more: &str) -> Bundle {
    bundle(&format!(
        "name = \"s\"\napp = {{ image = \"a:1\", module = \"s\", hosts = [\"s.example.com\"] }}\n\
         config.pki.\"ca.pem\" = \"PEM\"\n[stages.x]\nprofile = \"production\"\n[stages.x.components]\nweb.type = \"web\"\n\
         migrate.type = \"migrate\"\npooler = {{ type = \"pgbouncer\", database = \"db\"{more} }}\ndb = {{ {database} }}"
    ))
}

const RDS: &str = "type = \"rds\", host = \"db.example.com\", secret = \"shop-db\", cidrs = [\"10.0.0.0/8\"], ca = { config = \"pki\", key = \"ca.pem\" }";

fn ini(bundle: &Bundle) -> String {
    let config = at(find(bundle, "ConfigMap", "pooler-config"), "/data/pgbouncer.ini");
    config.as_str().expect("a text").to_owned()
}

#[test]
fn its_config_verifies_the_server_and_holds_no_secret() {
    let bundle = stage(
        RDS,
        ", default-pool-size = 8, max-client-connections = 300, max-prepared-statements = 0",
    );
    assert_snapshot!(ini(&bundle), @"
    ; Many clients share few connections to one database, a connection for the time of a transaction.

    [databases]
    s = host=db.example.com port=5432 dbname=s

    [pgbouncer]
    listen_addr = *
    listen_port = 6432
    ; Nobody dials it from inside the pod.
    unix_socket_dir =

    auth_type = scram-sha-256
    auth_file = /run/pgbouncer/userlist.txt

    pool_mode = transaction
    default_pool_size = 8
    max_client_conn = 300
    max_prepared_statements = 0
    ; What drivers say at the start of a connection and a shared one can not keep.
    ignore_startup_parameters = extra_float_digits

    server_tls_sslmode = verify-full
    server_tls_ca_file = /etc/ssl/seaway/db/ca.pem

    ; A line for each connection of each request would drown the others; the summary of each minute stays.
    log_connections = 0
    log_disconnections = 0
    ");
    let plain = ini(&stage("type = \"postgres\"", ""));
    assert!(plain.contains("s = host=db port=5432 dbname=s\n"), "{plain}");
    assert!(
        plain.contains("server_tls_sslmode = disable\n") && !plain.contains("ca_file"),
        "{plain}"
    );
}

#[test]
fn its_pods_are_two_and_read_one_password() {
    let bundle = stage(RDS, "");
    let pooler = find(&bundle, "Deployment", "pooler");
    assert_eq!(at(pooler, "/spec/replicas"), 2);
    assert_snapshot!(yaml(&pooler.body).split("      containers:").nth(1).unwrap_or_default(), @r#"

    - name: pooler
      image: ghcr.io/cloudnative-pg/pgbouncer:1.25.2-trixie
      command:
      - sh
      - /etc/pgbouncer/start.sh
      ports:
      - name: pgbouncer
        containerPort: 6432
      env:
      - name: DATABASE_PASSWORD_FILE
        value: /run/secrets/pgbouncer/password
      - name: DATABASE_USERNAME
        value: s
      resources:
        requests:
          cpu: 100m
          memory: 64Mi
        limits:
          cpu: "1"
          memory: 128Mi
      volumeMounts:
      - name: config
        mountPath: /etc/pgbouncer
        readOnly: true
      - name: ca-db
        mountPath: /etc/ssl/seaway/db
        readOnly: true
      - name: run-pgbouncer
        mountPath: /run/pgbouncer
      - name: secret
        mountPath: /run/secrets/pgbouncer
        readOnly: true
      - name: tmp
        mountPath: /tmp
      startupProbe:
        tcpSocket:
          port: pgbouncer
        periodSeconds: 1
        timeoutSeconds: 5
        failureThreshold: 60
      livenessProbe:
        tcpSocket:
          port: pgbouncer
        periodSeconds: 20
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        tcpSocket:
          port: pgbouncer
        periodSeconds: 5
        timeoutSeconds: 5
        failureThreshold: 3
      lifecycle:
        preStop:
          sleep:
            seconds: 5
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop:
          - ALL
    volumes:
    - name: ca-db
      configMap:
        name: pki-a0d1f374
        items:
        - key: ca.pem
          path: ca.pem
    - name: config
      configMap:
        name: pooler-config-6bdebd41
    - name: run-pgbouncer
      emptyDir:
        medium: Memory
        sizeLimit: 1Mi
    - name: secret
      secret:
        secretName: shop-db
        items:
        - key: password
          path: password
        defaultMode: 288
    - name: tmp
      emptyDir:
        sizeLimit: 16Mi
    topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: topology.kubernetes.io/zone
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          app.kubernetes.io/instance: pooler
      matchLabelKeys:
      - pod-template-hash
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          app.kubernetes.io/instance: pooler
      matchLabelKeys:
      - pod-template-hash
    "#);
    find(&bundle, "PodDisruptionBudget", "pooler");
    find(&bundle, "ServiceAccount", "pooler");
    let text = bundle.emit(seaway_render::Format::Yaml).expect("it prints");
    assert!(!text.contains("SEAWAY_"), "no password travels as a variable");
}

#[test]
fn the_web_process_reaches_the_pooler_and_the_pooler_the_database() {
    let bundle = stage(RDS, "");
    let ways = |name: &str| {
        let egress = at(find(&bundle, "NetworkPolicy", name), "/spec/egress");
        let rules = egress.as_array().cloned().unwrap_or_default();
        let shown: Vec<String> =
            rules.iter().skip(1).map(|rule| format!("{} {}", rule["to"], rule["ports"])).collect();
        format!("{name}: {}\n", shown.join("; "))
    };
    assert_snapshot!(ways("web") + &ways("pooler") + &ways("migrate"), @r#"
    web: [{"ipBlock":{"cidr":"169.254.20.10/32"}},{"ipBlock":{"cidr":"169.254.169.254/32"}}] [{"port":53,"protocol":"UDP"},{"port":53,"protocol":"TCP"}]; [{"podSelector":{"matchLabels":{"app.kubernetes.io/instance":"pooler"}}}] [{"port":6432,"protocol":"TCP"}]
    pooler: [{"ipBlock":{"cidr":"169.254.20.10/32"}},{"ipBlock":{"cidr":"169.254.169.254/32"}}] [{"port":53,"protocol":"UDP"},{"port":53,"protocol":"TCP"}]; [{"ipBlock":{"cidr":"10.0.0.0/8"}}] [{"port":5432,"protocol":"TCP"}]
    migrate: [{"ipBlock":{"cidr":"169.254.20.10/32"}},{"ipBlock":{"cidr":"169.254.169.254/32"}}] [{"port":53,"protocol":"UDP"},{"port":53,"protocol":"TCP"}]; [{"ipBlock":{"cidr":"10.0.0.0/8"}}] [{"port":5432,"protocol":"TCP"}]
    "#);
    let from = at(find(&bundle, "NetworkPolicy", "pooler"), "/spec/ingress");
    assert_snapshot!(from, @r#"[{"from":[{"podSelector":{"matchLabels":{"app.kubernetes.io/instance":"web"}}}],"ports":[{"port":6432,"protocol":"TCP"}]}]"#);
}
