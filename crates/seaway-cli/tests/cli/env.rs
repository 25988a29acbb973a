//! `seaway env`.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::sandbox::{FAULTY, Run, SHOP, Sandbox};

fn shop() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../stacks/shop").display().to_string()
}

/// What is printed of a stage of the shop.
fn of_shop(args: &[&str]) -> String {
    let stack = shop();
    let args: Vec<&str> = ["env", &stack].iter().chain(args).copied().collect();
    let Run { code, out, err } = Sandbox::new(SHOP).run(&args);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{args:?}");
    out
}

/// What is printed of the stage `local` of a stack.
fn of_local(stack: &str, args: &[&str]) -> String {
    let args: Vec<&str> = ["env", "shop", "-s", "local"].iter().chain(args).copied().collect();
    let Run { code, out, err } = Sandbox::new(stack).run(&args);
    assert_eq!(code, Some(0), "{err}");
    out
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// What sets variables in every way.
const VARIED: &str = r#"name = "shop"
[app]
image = "ghcr.io/acme/shop:1.4.0"
module = "shop"
hosts = ["shop.example.com"]
[app.env]
HOST = "db.example.com"
PORT = 5432
ADDRESS = "$(HOST):$(PORT)/$(TOKEN)$$(NO)"
TOKEN = "${secrets.app.token}"
CPUS = { resource = "limits.cpu" }
NODE = "${node.name}"
FLAGS = "${config.flags.flags}"
[secrets.app]
keys = ["token"]
[config.flags]
flags = "a b"
HOST = "shadowed"
REGION = "eu"
[types.noted]
type = "memcached"
env.NOTE = "of a type"
[types.plain]
type = "service"
image = "ghcr.io/acme/plain:1"
port = 9000
env.NOTE = "of a type of the stack"
[components]
cache.type = "noted"
mail.type = "mailpit"
plain.type = "plain"
queue = { type = "redis", durable = true }
quiet = { type = "worker", bind = false, env.NODE = false, allow.no-broker = "a test" }
[components.web]
type = "web"
resources.limits.cpu = "1"
env-from = [{ config = "flags" }, { secret = "app", prefix = "APP_" }]
bind.CELERY_BROKER_URL = "REDIS_URL"
sidecars = [{ name = "proxy", image = "ghcr.io/acme/proxy:1", env.OWN = "${queue.host}" }]
[stages.local]
[[patches]]
target = { kind = "Deployment", name = "web" }
[[patches.merge.spec.template.spec.containers]]
name = "web"
env = [{ name = "ADDED", value = "by a patch" }, { name = "HOST", value = "patched" }]
[[objects]]
apiVersion = "batch/v1"
kind = "Job"
metadata.name = "own"
[objects.spec.template.spec]
restartPolicy = "Never"
[[objects.spec.template.spec.containers]]
name = "c"
image = "ghcr.io/acme/own:1"
env = [{ name = "A", value = "1" }, { name = "B", value = "$(A)-$(A)" }]
envFrom = [{ configMapRef = { name = "elsewhere", optional = true } }]
"#;

#[test]
fn each_container_of_the_shop_has_a_block() {
    insta::assert_snapshot!(of_shop(&["--stage", "redis-celery"]), @r#"
    beat (StatefulSet, init container wait-for-schema)
      CACHE_URL                Secret/cache key url          bound by cache
      CELERY_BROKER_URL        Secret/broker key url         bound by broker
      DATABASE_URL             Secret/db key url             bound by db
      DJANGO_LOG_LEVEL         "info"                        stack.toml:11:20
      DJANGO_SETTINGS_MODULE   "shop.settings"               default django-settings-module
      HOME                     "/tmp"                        default home-in-scratch
      PYTHONDONTWRITEBYTECODE  "1"                           default python-no-bytecode
      PYTHONUNBUFFERED         "1"                           default python-unbuffered
      SECRET_KEY               Secret/django key secret-key  stack.toml:12:14

    beat (StatefulSet, container beat)
      CACHE_URL                Secret/cache key url          bound by cache
      CELERY_BROKER_URL        Secret/broker key url         bound by broker
      DATABASE_URL             Secret/db key url             bound by db
      DJANGO_LOG_LEVEL         "info"                        stack.toml:11:20
      DJANGO_SETTINGS_MODULE   "shop.settings"               default django-settings-module
      HOME                     "/tmp"                        default home-in-scratch
      PYTHONDONTWRITEBYTECODE  "1"                           default python-no-bytecode
      PYTHONUNBUFFERED         "1"                           default python-unbuffered
      SECRET_KEY               Secret/django key secret-key  stack.toml:12:14

    broker (StatefulSet, container broker)
      REDISCLI_AUTH  Secret/broker key password  default redis-server

    cache (StatefulSet, container cache)
      REDISCLI_AUTH  Secret/cache key password  default redis-server

    db (StatefulSet, init container check-volume)
      no variables

    db (StatefulSet, container db)
      APP_DATABASE            "shop"                                     stack.toml:36:12
      APP_PASSWORD_FILE       "/run/secrets/postgres/password"           default postgres-server
      APP_USERNAME            "shop"                                     stack.toml:36:12
      PGDATA                  "/var/lib/postgresql/data/pgdata"          default postgres-server
      POSTGRES_INITDB_ARGS    "--data-checksums"                         default postgres-server
      POSTGRES_PASSWORD_FILE  "/run/secrets/postgres/postgres-password"  default postgres-server
      POSTGRES_USER           "postgres"                                 default postgres-server

    flower (Deployment, container flower)
      CACHE_URL                Secret/cache key url          bound by cache
      CELERY_BROKER_URL        Secret/broker key url         bound by broker
      DATABASE_URL             Secret/db key url             bound by db
      DJANGO_LOG_LEVEL         "info"                        stack.toml:11:20
      DJANGO_SETTINGS_MODULE   "shop.settings"               default django-settings-module
      HOME                     "/tmp"                        default home-in-scratch
      PYTHONDONTWRITEBYTECODE  "1"                           default python-no-bytecode
      PYTHONUNBUFFERED         "1"                           default python-unbuffered
      SECRET_KEY               Secret/django key secret-key  stack.toml:12:14

    migrate (Job migrate-1ddf2845, init container wait-for-database)
      CACHE_URL                Secret/cache key url          bound by cache
      CELERY_BROKER_URL        Secret/broker key url         bound by broker
      DATABASE_URL             Secret/db key url             bound by db
      DJANGO_LOG_LEVEL         "info"                        stack.toml:11:20
      DJANGO_SETTINGS_MODULE   "shop.settings"               default django-settings-module
      HOME                     "/tmp"                        default home-in-scratch
      PYTHONDONTWRITEBYTECODE  "1"                           default python-no-bytecode
      PYTHONUNBUFFERED         "1"                           default python-unbuffered
      SECRET_KEY               Secret/django key secret-key  stack.toml:12:14

    migrate (Job migrate-1ddf2845, container migrate)
      CACHE_URL                Secret/cache key url          bound by cache
      CELERY_BROKER_URL        Secret/broker key url         bound by broker
      DATABASE_URL             Secret/db key url             bound by db
      DJANGO_LOG_LEVEL         "info"                        stack.toml:11:20
      DJANGO_SETTINGS_MODULE   "shop.settings"               default django-settings-module
      HOME                     "/tmp"                        default home-in-scratch
      PYTHONDONTWRITEBYTECODE  "1"                           default python-no-bytecode
      PYTHONUNBUFFERED         "1"                           default python-unbuffered
      SECRET_KEY               Secret/django key secret-key  stack.toml:12:14

    web (Deployment, init container wait-for-schema)
      ALLOWED_HOSTS            "shop.example.com,localhost,127.0.0.1,     preset, stack.toml:8:10
                               $(HOST_IP)"
      CACHE_URL                Secret/cache key url                       bound by cache
      CELERY_BROKER_URL        Secret/broker key url                      bound by broker
      DATABASE_URL             Secret/db key url                          bound by db
      DJANGO_LOG_LEVEL         "info"                                     stack.toml:11:20
      DJANGO_SETTINGS_MODULE   "shop.settings"                            default django-settings-module
      HOME                     "/tmp"                                     default home-in-scratch
      HOST_IP                  field status.hostIP                        default django-allowed-hosts
      PYTHONDONTWRITEBYTECODE  "1"                                        default python-no-bytecode
      PYTHONUNBUFFERED         "1"                                        default python-unbuffered
      SECRET_KEY               Secret/django key secret-key               stack.toml:12:14

    web (Deployment, container web)
      ALLOWED_HOSTS            "shop.example.com,localhost,127.0.0.1,     preset, stack.toml:8:10
                               $(HOST_IP)"
      CACHE_URL                Secret/cache key url                       bound by cache
      CELERY_BROKER_URL        Secret/broker key url                      bound by broker
      DATABASE_URL             Secret/db key url                          bound by db
      DJANGO_LOG_LEVEL         "info"                                     stack.toml:11:20
      DJANGO_SETTINGS_MODULE   "shop.settings"                            default django-settings-module
      HOME                     "/tmp"                                     default home-in-scratch
      HOST_IP                  field status.hostIP                        default django-allowed-hosts
      PYTHONDONTWRITEBYTECODE  "1"                                        default python-no-bytecode
      PYTHONUNBUFFERED         "1"                                        default python-unbuffered
      SECRET_KEY               Secret/django key secret-key               stack.toml:12:14

    worker (Deployment, init container wait-for-schema)
      CACHE_URL                  Secret/cache key url          bound by cache
      CELERY_BROKER_URL          Secret/broker key url         bound by broker
      CELERY_VISIBILITY_TIMEOUT  "300"                         preset, stack.toml:45:83
      DATABASE_URL               Secret/db key url             bound by db
      DJANGO_LOG_LEVEL           "info"                        stack.toml:11:20
      DJANGO_SETTINGS_MODULE     "shop.settings"               default django-settings-module
      HOME                       "/tmp"                        default home-in-scratch
      PYTHONDONTWRITEBYTECODE    "1"                           default python-no-bytecode
      PYTHONUNBUFFERED           "1"                           default python-unbuffered
      SECRET_KEY                 Secret/django key secret-key  stack.toml:12:14

    worker (Deployment, container worker)
      CACHE_URL                  Secret/cache key url          bound by cache
      CELERY_BROKER_URL          Secret/broker key url         bound by broker
      CELERY_VISIBILITY_TIMEOUT  "300"                         preset, stack.toml:45:83
      DATABASE_URL               Secret/db key url             bound by db
      DJANGO_LOG_LEVEL           "info"                        stack.toml:11:20
      DJANGO_SETTINGS_MODULE     "shop.settings"               default django-settings-module
      HOME                       "/tmp"                        default home-in-scratch
      PYTHONDONTWRITEBYTECODE    "1"                           default python-no-bytecode
      PYTHONUNBUFFERED           "1"                           default python-unbuffered
      SECRET_KEY                 Secret/django key secret-key  stack.toml:12:14

    defaults
      django-allowed-hosts    Django answers 400 to a host that it does not know
      django-settings-module  every process reads the settings of the project
      home-in-scratch         the root file system is read-only, and gunicorn keeps its control socket
                              under HOME
      postgres-server         the data path of each major, a role that is not the superuser, probes
                              over TCP
      python-no-bytecode      the root file system is read-only, and code in a writable cache could be
                              replaced. Each start compiles what the image has no `.pyc` of: `manage.py
                              check` of the shop takes 1.0 s of cpu and 55 MiB with all of them, 2.4 s
                              without those of the standard library, which `docker.io/library/python`
                              lacks, and 4.1 s and 72 MiB without any. Run `python -m compileall` in
                              the image
      python-unbuffered       log lines leave the process when they are written
      redis-server            a broker never evicts, a cache always may, memory stays below the limit
    "#);
}

#[test]
fn a_production_stage_binds_what_lies_outside() {
    insta::assert_snapshot!(of_shop(&["-s", "aws-rds", "-c", "web"]), @r#"
    web (Deployment, init container wait-for-schema)
      ALLOWED_HOSTS            "shop.example.com"                         preset, stack.toml:8:10
      CACHE_URL                Secret/cache key url                       bound by cache
      CELERY_BROKER_URL        Secret/broker key url                      bound by broker
      CSRF_COOKIE_SECURE       "true"                                     preset, stack.toml:58:94
      CSRF_TRUSTED_ORIGINS     "https://shop.example.com"                 preset, stack.toml:8:10
      DATABASE_URL             Secret/shop-db key url                     bound by db
      DJANGO_LOG_LEVEL         "info"                                     stack.toml:11:20
      DJANGO_SETTINGS_MODULE   "shop.settings"                            default django-settings-module
      HOME                     "/tmp"                                     default home-in-scratch
      PGSSLMODE                "verify-full"                              bound by db
      PGSSLROOTCERT            "/etc/ssl/seaway/db/us-east-1-bundle.pem"  bound by db
      PYTHONDONTWRITEBYTECODE  "1"                                        default python-no-bytecode
      PYTHONUNBUFFERED         "1"                                        default python-unbuffered
      SECRET_KEY               Secret/django key secret-key               stack.toml:12:14
      SECURE_HSTS_SECONDS      "3600"                                     default hsts-one-hour
      SECURE_PROXY_SSL_HEADER  "HTTP_X_FORWARDED_PROTO,https"             default django-behind-tls
      SECURE_REDIRECT_EXEMPT   "^livez$,^readyz$"                         default django-behind-tls
      SESSION_COOKIE_SECURE    "true"                                     preset, stack.toml:58:94

    web (Deployment, container web)
      ALLOWED_HOSTS            "shop.example.com"                         preset, stack.toml:8:10
      CACHE_URL                Secret/cache key url                       bound by cache
      CELERY_BROKER_URL        Secret/broker key url                      bound by broker
      CSRF_COOKIE_SECURE       "true"                                     preset, stack.toml:58:94
      CSRF_TRUSTED_ORIGINS     "https://shop.example.com"                 preset, stack.toml:8:10
      DATABASE_URL             Secret/shop-db key url                     bound by db
      DJANGO_LOG_LEVEL         "info"                                     stack.toml:11:20
      DJANGO_SETTINGS_MODULE   "shop.settings"                            default django-settings-module
      HOME                     "/tmp"                                     default home-in-scratch
      PGSSLMODE                "verify-full"                              bound by db
      PGSSLROOTCERT            "/etc/ssl/seaway/db/us-east-1-bundle.pem"  bound by db
      PYTHONDONTWRITEBYTECODE  "1"                                        default python-no-bytecode
      PYTHONUNBUFFERED         "1"                                        default python-unbuffered
      SECRET_KEY               Secret/django key secret-key               stack.toml:12:14
      SECURE_HSTS_SECONDS      "3600"                                     default hsts-one-hour
      SECURE_PROXY_SSL_HEADER  "HTTP_X_FORWARDED_PROTO,https"             default django-behind-tls
      SECURE_REDIRECT_EXEMPT   "^livez$,^readyz$"                         default django-behind-tls
      SESSION_COOKIE_SECURE    "true"                                     preset, stack.toml:58:94

    defaults
      django-behind-tls       what ends TLS is not Django: it has to be told its public origins, which
                              header says HTTPS, and to keep cookies to it
      django-settings-module  every process reads the settings of the project
      home-in-scratch         the root file system is read-only, and gunicorn keeps its control socket
                              under HOME
      hsts-one-hour           browsers keep to HTTPS, and a mistake with the certificate is over after
                              an hour; raise it when TLS has proven itself
      python-no-bytecode      the root file system is read-only, and code in a writable cache could be
                              replaced. Each start compiles what the image has no `.pyc` of: `manage.py
                              check` of the shop takes 1.0 s of cpu and 55 MiB with all of them, 2.4 s
                              without those of the standard library, which `docker.io/library/python`
                              lacks, and 4.1 s and 72 MiB without any. Run `python -m compileall` in
                              the image
      python-unbuffered       log lines leave the process when they are written
    "#);
}

#[test]
fn everyone_who_sets_a_variable_is_named() {
    insta::assert_snapshot!(of_local(VARIED, &[]), @r#"
    cache (Deployment, container cache)
      NOTE  "of a type"  stack.toml:22:12

    mail (Deployment, container mail)
      MP_DISABLE_VERSION_CHECK     "1"  <seaway>/templates/services/
                                        mailpit.toml:34:32
      MP_SMTP_AUTH_ACCEPT_ANY      "1"  <seaway>/templates/services/
                                        mailpit.toml:26:31
      MP_SMTP_AUTH_ALLOW_INSECURE  "1"  <seaway>/templates/services/
                                        mailpit.toml:30:35

    plain (Deployment, container plain)
      NOTE  "of a type of the stack"  stack.toml:27:12

    queue (StatefulSet, container queue)
      REDISCLI_AUTH  Secret/queue key password  default redis-server

    quiet (Deployment, container quiet)
      ADDRESS                  "db.example.com:5432/$(TOKEN)$(NO)"  stack.toml:9:11
      CPUS                     resource limits.cpu                  stack.toml:11:8
      DJANGO_SETTINGS_MODULE   "shop.settings"                      default django-settings-module
      FLAGS                    ConfigMap/flags-710882fa key flags   stack.toml:13:9
      HOME                     "/tmp"                               default home-in-scratch
      HOST                     "db.example.com"                     stack.toml:7:8
      PORT                     "5432"                               stack.toml:8:8
      PYTHONDONTWRITEBYTECODE  "1"                                  default python-no-bytecode
      PYTHONUNBUFFERED         "1"                                  default python-unbuffered
      TOKEN                    Secret/app key token                 stack.toml:10:9

    web (Deployment, sidecar proxy)
      OWN  "queue"  stack.toml:39:73

    web (Deployment, container web)
      ADDED                    "by a patch"                           patch, stack.toml:45:34
      ADDRESS                  "patched:5432/$(TOKEN)$(NO)"           stack.toml:9:11
      ALLOWED_HOSTS            "shop.example.com,localhost,           preset, stack.toml:5:10
                               127.0.0.1"
      APP_token                Secret/app key token (envFrom)         stack.toml:37:35
      CACHE_URL                "memcached://cache:11211"              bound by cache
      CPUS                     resource limits.cpu                    stack.toml:11:8
      DJANGO_SETTINGS_MODULE   "shop.settings"                        default django-settings-module
      FLAGS                    ConfigMap/flags-710882fa key flags     stack.toml:13:9
      HOME                     "/tmp"                                 default home-in-scratch
      HOST                     "patched"                              patch, stack.toml:45:75
      NODE                     field spec.nodeName                    stack.toml:12:8
      PORT                     "5432"                                 stack.toml:8:8
      PYTHONDONTWRITEBYTECODE  "1"                                    default python-no-bytecode
      PYTHONUNBUFFERED         "1"                                    default python-unbuffered
      REDIS_URL                Secret/queue key url                   bound by queue (CELERY_BROKER_URL)
      REGION                   ConfigMap/flags-710882fa key REGION    stack.toml:37:13
                               (envFrom)
      TOKEN                    Secret/app key token                   stack.toml:10:9
      flags                    ConfigMap/flags-710882fa key flags     stack.toml:37:13
                               (envFrom)

    own (Job, container c)
      *  ConfigMap/elsewhere, every key, optional (envFrom)  object, stack.toml:56:12
      A  "1"                                                 object, stack.toml:55:30
      B  "1-1"                                               object, stack.toml:55:59

    defaults
      django-settings-module  every process reads the settings of the project
      home-in-scratch         the root file system is read-only, and gunicorn keeps its control socket
                              under HOME
      python-no-bytecode      the root file system is read-only, and code in a writable cache could be
                              replaced. Each start compiles what the image has no `.pyc` of: `manage.py
                              check` of the shop takes 1.0 s of cpu and 55 MiB with all of them, 2.4 s
                              without those of the standard library, which `docker.io/library/python`
                              lacks, and 4.1 s and 72 MiB without any. Run `python -m compileall` in
                              the image
      python-unbuffered       log lines leave the process when they are written
      redis-server            a broker never evicts, a cache always may, memory stays below the limit
    "#);
}

/// What a value says can not move the cursor, start a row or look like another source.
#[test]
fn a_hostile_value_stays_in_its_cell() {
    let value = r#"\u001b[2J\r\n  FAKE  Secret/db key url  \"bound\" \u202e by\\ \u0000"#;
    let stack = format!("{SHOP}[app.env]\nX = \"{}\"\n", value.replace("\\u0000", "\\u0007"));
    let text = of_local(&stack, &["-c", "web"]);
    assert!(!text.contains(|c: char| c.is_control() && c != '\n' || c == '\u{202e}'), "{text:?}");
    insta::assert_snapshot!(text, @r#"
    web (Deployment, container web)
      ALLOWED_HOSTS            "shop.example.com,localhost,127.0.0.1"     preset, stack.toml:5:10
      DJANGO_SETTINGS_MODULE   "shop.settings"                            default django-settings-module
      HOME                     "/tmp"                                     default home-in-scratch
      PYTHONDONTWRITEBYTECODE  "1"                                        default python-no-bytecode
      PYTHONUNBUFFERED         "1"                                        default python-unbuffered
      X                        "␛[2J\r\n  FAKE  Secret/db key url         stack.toml:14:5
                               \"bound\" � by\\ ␇"

    defaults
      django-settings-module  every process reads the settings of the project
      home-in-scratch         the root file system is read-only, and gunicorn keeps its control socket
                              under HOME
      python-no-bytecode      the root file system is read-only, and code in a writable cache could be
                              replaced. Each start compiles what the image has no `.pyc` of: `manage.py
                              check` of the shop takes 1.0 s of cpu and 55 MiB with all of them, 2.4 s
                              without those of the standard library, which `docker.io/library/python`
                              lacks, and 4.1 s and 72 MiB without any. Run `python -m compileall` in
                              the image
      python-unbuffered       log lines leave the process when they are written
    "#);
    let found = json(&of_local(&stack, &["--format", "json"]));
    let mut all = found[0]["variables"].as_array().into_iter().flatten();
    let x = all.find(|variable| variable["name"] == "X").expect("X");
    assert_eq!(
        x["value"]["text"],
        "\u{1b}[2J\r\n  FAKE  Secret/db key url  \"bound\" \u{202e} by\\ \u{7}"
    );
}

#[test]
fn an_unknown_component_is_an_error() {
    let sandbox = Sandbox::new(SHOP);
    let Run { code, out, err } =
        sandbox.run(&["env", "shop", "--stage", "local", "--component", "wbe"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    insta::assert_snapshot!(err, @"
    error[unknown-component]: unknown component `wbe`
     --> shop/stack.toml:8:9
      |
    8 | [stages.local]
      |         ^^^^^ not part of this stage
      |
      = help: did you mean `web`?

    error: could not print the environment: 1 error
    for more about an error: seaway explain unknown-component
    ");
    // It is one of another stage.
    let Run { code, out, err } = sandbox.run(&["env", "shop", "-s", "local", "-c", "database"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("known is `web`"), "{err}");
}

#[test]
fn a_stage_with_an_error_has_no_environment() {
    let Run { code, out, err } = Sandbox::new(FAULTY).run(&["env", "shop", "-s", "faulty"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    let end = "error: could not print the environment: 2 errors\nfor more about an error: seaway explain unknown-field\n";
    assert!(err.ends_with(end), "{err}");
}

#[test]
fn the_stage_has_to_be_named() {
    let Run { code, out, err } = Sandbox::new(SHOP).run(&["env", "shop"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains("for example `seaway env shop --stage local`"), "{err}");
}

#[test]
fn a_component_outside_of_the_cluster_has_no_container() {
    let stack = shop();
    let sandbox = Sandbox::new(SHOP);
    let args = ["env", &stack, "-s", "aws-rds", "-c", "db", "-f", "json"];
    let Run { code, out, err } = sandbox.run(&args);
    assert_eq!((code, out.as_str()), (Some(0), "[]\n"));
    assert_eq!(err, "note: `db` has no container in the cluster\n");
}

/// The text of a value of a Secret.
fn decoded(value: &Value) -> String {
    let bytes: k8s_openapi::ByteString = serde_json::from_value(value.clone()).expect("base64");
    String::from_utf8(bytes.0).expect("UTF-8")
}

/// The values of the Secrets that a development stage prints are in no environment.
#[test]
fn no_value_of_a_secret_is_shown() {
    for stage in ["postgres", "redis-celery"] {
        let stack = shop();
        let rendered = Sandbox::new(SHOP).run(&["render", &stack, "-s", stage, "-f", "json"]);
        let rendered = json(&rendered.out);
        let objects = rendered["items"].as_array().expect("objects");
        let secrets = objects.iter().filter(|object| object["kind"] == "Secret");
        let values: Vec<String> = secrets
            .flat_map(|secret| secret["data"].as_object().into_iter().flatten())
            .flat_map(|(_, value)| [decoded(value), value.as_str().expect("base64").to_owned()])
            .collect();
        assert!(values.len() > 2, "{values:?}");
        for format in ["text", "json"] {
            let printed = of_shop(&["-s", stage, "-f", format]);
            assert!(values.iter().all(|value| !printed.contains(value)), "{printed}");
        }
    }
    // Who copies one by hand has it in a text.
    let postgres = |stack: &str, args: &[&str]| {
        let all: Vec<&str> = args.iter().chain(&["shop", "-s", "postgres"]).copied().collect();
        Sandbox::new(stack).run(&all).out
    };
    let rendered = json(&postgres(SHOP, &["render", "-f", "json"]));
    let mut objects = rendered["items"].as_array().into_iter().flatten();
    let secret = objects.find(|object| object["kind"] == "Secret").expect("a Secret");
    let password = decoded(&secret["data"]["password"]);
    let stack = format!("{SHOP}[app.env]\nCOPIED = \"x {password}\"\nAGAIN = \"y $(COPIED)\"\n");
    let printed = postgres(&stack, &["env"]);
    assert!(printed.contains("COPIED") && !printed.contains(&password), "{printed}");
    assert!(printed.contains("a text that is not shown"), "{printed}");
    assert!(!postgres(&stack, &["env", "-f", "json"]).contains(&password));
}

/// The names of JSON are those of the objects, and the text says what JSON says.
#[test]
fn both_formats_say_what_the_objects_say() {
    let sandbox = Sandbox::new(VARIED);
    let Run { out: rendered, err, .. } =
        sandbox.run(&["render", "shop", "-s", "local", "-f", "json"]);
    assert!(!rendered.is_empty(), "{err}");
    let rendered = json(&rendered);
    let found = json(&of_local(VARIED, &["-f", "json"]));
    let text = of_local(VARIED, &[]);
    let blocks: Vec<&str> = text.split("\n\n").collect();
    let mut seen = 0;
    for environment in found.as_array().expect("a list") {
        let text_of = |key: &str| environment[key].as_str().unwrap_or_default();
        let makes_it = |object: &&Value| {
            object["kind"] == text_of("kind") && object["metadata"]["name"] == text_of("object")
        };
        let mut objects = rendered["items"].as_array().into_iter().flatten();
        let spec = &objects.find(makes_it).expect("its object")["spec"]["template"]["spec"];
        let lists = ["initContainers", "containers"];
        let mut all = lists.iter().flat_map(|list| spec[*list].as_array().into_iter().flatten());
        let container = all.find(|one| one["name"] == text_of("container")).expect("it");
        let names_of = |list: &Value| -> BTreeSet<String> {
            let all = list.as_array().into_iter().flatten();
            all.filter_map(|one| one["name"].as_str()).map(str::to_owned).collect()
        };
        let mut names = names_of(&environment["variables"]);
        let owner = environment["component"].as_str().unwrap_or(text_of("object"));
        let runs = match text_of("runs") {
            "init" => "init container",
            "sidecar" => "sidecar",
            _ => "container",
        };
        let heading = format!("{owner} ({}, {runs} {})", text_of("kind"), text_of("container"));
        let block = blocks.iter().find(|block| block.starts_with(&heading));
        let block = block.unwrap_or_else(|| panic!("no {heading}"));
        for name in &names {
            assert!(block.contains(&format!("\n  {name} ")), "{name}: {block}");
        }
        for variable in environment["variables"].as_array().into_iter().flatten() {
            if variable["env_from"] == true {
                names.remove(variable["name"].as_str().expect("a name"));
            }
            if let Some(key) = variable["value"]["key"].as_str() {
                assert!(block.contains(&format!("key {key}")), "{key}: {block}");
            }
        }
        assert_eq!(names, names_of(&container["env"]), "{environment}");
        seen += 1;
    }
    assert!(seen > 5, "{seen}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

/// The help text says which keys there are.
#[test]
fn the_help_names_the_keys() {
    let Run { out: help, .. } = Sandbox::new(SHOP).run(&["env", "--help"]);
    let mut keys = BTreeSet::new();
    collect(&json(&of_local(VARIED, &["-f", "json"])), &mut keys);
    assert!(keys.len() > 15, "{keys:?}");
    for key in keys {
        let named = help.contains(&format!("`{key}`"))
            || help.lines().any(|line| line.trim_start().starts_with(&format!("{key} ")))
            || help.lines().any(|line| line.trim() == "kind, object, container");
        assert!(named, "the help does not say `{key}`");
    }
}

fn collect(value: &Value, keys: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                keys.insert(key.clone());
                collect(value, keys);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, keys)),
        _ => {}
    }
}
