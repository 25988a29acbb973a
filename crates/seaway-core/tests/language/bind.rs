//! `bind`: names that the preset binds under others, or leaves out; and `env.NAME = false`.

use insta::assert_snapshot;

use crate::support::{APP, stack, stack_of, told, told_of, variable, variables};

const SERVICES: &str =
    "components.db.type = \"postgres\"\ncomponents.broker = { type = \"redis\", durable = true }\n";
const WEB: &str = "components.web.type = \"web\"\n";

#[test]
fn a_variable_has_another_name() {
    let bind = "app.bind = { ALLOWED_HOSTS = \"DJANGO_ALLOWED_HOSTS\", CELERY_BROKER_URL = \"REDIS_URL\" }\n";
    let stack = stack(&format!("{APP}{SERVICES}{bind}{WEB}"));
    assert_snapshot!(variables(&stack, "web"), @r"
    DATABASE_URL=secret db/url
    DJANGO_ALLOWED_HOSTS=localhost,127.0.0.1
    DJANGO_SETTINGS_MODULE=shop.settings
    HOME=/tmp
    PYTHONDONTWRITEBYTECODE=1
    PYTHONUNBUFFERED=1
    REDIS_URL=secret broker/url
    ");
}

#[test]
fn a_variable_has_several_names() {
    let bind = "app.bind.CELERY_BROKER_URL = [\"CELERY_BROKER_URL\", \"REDIS_URL\"]\n";
    let stack = stack(&format!("{APP}{SERVICES}{bind}{WEB}"));
    let of = |name| variable(&stack, "web", name);
    assert_eq!(of("CELERY_BROKER_URL").as_deref(), Some("secret broker/url"));
    assert_eq!(of("REDIS_URL").as_deref(), Some("secret broker/url"));
}

#[test]
fn lists_are_split_at_what_the_application_splits_them_at() {
    let text = format!(
        "{APP}app.hosts = [\"a.example\", \"b.example\"]\n\
         app.bind = {{ ALLOWED_HOSTS = {{ name = \"HOSTS\", separator = \" \" }}, CSRF_TRUSTED_ORIGINS = {{ separator = \";\" }} }}\n\
         components.web = {{ type = \"web\", expose = {{ type = \"ingress\", from-namespaces = [\"i\"], issuer = \"le\" }} }}\n\
         cluster.provides = [\"ClusterIssuer/le\"]\nprofile = \"production\"\n"
    );
    let stack = stack(&text);
    let of = |name| variable(&stack, "web", name);
    assert_eq!(of("HOSTS").as_deref(), Some("a.example b.example"));
    assert_eq!(of("ALLOWED_HOSTS"), None);
    assert_eq!(of("CSRF_TRUSTED_ORIGINS").as_deref(), Some("https://a.example;https://b.example"));
}

#[test]
fn a_variable_is_left_out() {
    let bind = "app.bind.DATABASE_URL = false\n";
    let whole = stack(&format!("{APP}{SERVICES}{bind}{WEB}"));
    assert_eq!(variable(&whole, "web", "DATABASE_URL"), None);
    // What is not bound makes no way to what it would have led to.
    assert!(!whole.part("web").expect("it").edges.keys().any(|name| &**name == "db"));
    let one = format!(
        "{APP}{SERVICES}components.web = {{ type = \"web\", bind.DATABASE_URL = false }}\ncomponents.w.type = \"worker\"\n"
    );
    let one = stack(&one);
    assert_eq!(variable(&one, "web", "DATABASE_URL"), None);
    assert_eq!(variable(&one, "w", "DATABASE_URL").as_deref(), Some("secret db/url"));
    let by_env =
        format!("{APP}{SERVICES}components.web = {{ type = \"web\", env.DATABASE_URL = false }}\n");
    let by_env = stack(&by_env);
    assert_eq!(variable(&by_env, "web", "DATABASE_URL"), None);
    assert!(!by_env.part("web").expect("it").edges.keys().any(|name| &**name == "db"));
    let by_app = stack(&format!("{APP}{SERVICES}app.env.DATABASE_URL = false\n{WEB}"));
    assert_eq!(variable(&by_app, "web", "DATABASE_URL"), None);
}

#[test]
fn the_table_of_a_component_goes_over_that_of_the_application() {
    let text = format!(
        "{APP}{SERVICES}app.bind = {{ DATABASE_URL = \"DB_URL\", ALLOWED_HOSTS = \"HOSTS\" }}\n\
         components.a = {{ type = \"web\", bind.DATABASE_URL = \"OTHER_URL\" }}\n\
         components.b = {{ type = \"web\", bind = false }}\n\
         components.c = {{ type = \"web\", bind = true }}\n"
    );
    let stack = stack(&text);
    let of = |part, name| variable(&stack, part, name).is_some();
    assert!(of("a", "OTHER_URL") && of("a", "HOSTS") && !of("a", "DB_URL"));
    assert!(!of("b", "DB_URL") && !of("b", "HOSTS") && of("b", "DJANGO_SETTINGS_MODULE"));
    assert_eq!(stack.part("b").expect("it").edges.len(), 0);
    assert!(of("c", "DATABASE_URL") && of("c", "ALLOWED_HOSTS") && !of("c", "DB_URL"));
}

#[test]
fn single_names_are_bound_where_the_application_binds_none() {
    let text = format!(
        "{APP}{SERVICES}app.bind = false\ncomponents.web = {{ type = \"web\", bind.DATABASE_URL = true }}\n"
    );
    let stack = stack(&text);
    assert_eq!(variable(&stack, "web", "DATABASE_URL").as_deref(), Some("secret db/url"));
    assert_eq!(variable(&stack, "web", "CELERY_BROKER_URL"), None);
}

#[test]
fn false_in_bind_is_a_value_of_its_layer() {
    let text = format!(
        "{APP}{SERVICES}app.bind.DATABASE_URL = false\n{WEB}[stages.local]\n[stages.other]\napp.bind.DATABASE_URL = true\n"
    );
    assert_eq!(variable(&stack_of(&text, "local"), "web", "DATABASE_URL"), None);
    assert!(variable(&stack_of(&text, "other"), "web", "DATABASE_URL").is_some());
}

#[test]
fn a_removed_line_of_a_lower_layer_lets_the_preset_bind_again() {
    let text = |who: &str| {
        format!(
            "{APP}{SERVICES}{WEB}{who}.env.DATABASE_URL = \"sqlite:///tmp/a\"\n[stages.local]\n{who}.env.DATABASE_URL = false\n"
        )
    };
    for who in ["app", "components.web"] {
        let stack = stack_of(&text(who), "local");
        assert_eq!(variable(&stack, "web", "DATABASE_URL").as_deref(), Some("secret db/url"));
    }
    // Of what it inherits, a component leaves out the one of the preset, too.
    let inherited = format!(
        "{APP}{SERVICES}app.env.DATABASE_URL = \"sqlite:///tmp/a\"\ncomponents.web = {{ type = \"web\", env.DATABASE_URL = false }}\n"
    );
    assert_eq!(variable(&stack(&inherited), "web", "DATABASE_URL"), None);
}

#[test]
fn what_is_not_bound_can_not_be_left_out() {
    let text = format!(
        "{APP}{SERVICES}app.env.DATABASE_UR = false\ncomponents.web = {{ type = \"web\", env.CACHE_URL = false }}\n\
         components.db.env.DATABASE_URL = false\n"
    );
    assert_snapshot!(told(&text), @r"
    nothing-to-remove 7:38 there is no `components.web.env.CACHE_URL` to remove |  | known are `ALLOWED_HOSTS`, `CELERY_BROKER_URL`, `DATABASE_URL`, `DJANGO_SETTINGS_MODULE`, `HOME`, `PYTHONDONTWRITEBYTECODE` and `PYTHONUNBUFFERED`
    nothing-to-remove 8:19 there is no `components.db.env.DATABASE_URL` to remove |  |
    ");
    assert_snapshot!(told(&format!("{APP}{SERVICES}app.env.DATABASE_UR = false\n{WEB}")), @"nothing-to-remove 6:9 there is no `app.env.DATABASE_UR` to remove |  | did you mean `DATABASE_URL`?");
}

#[test]
fn entries_of_bind_are_checked() {
    let bind = "app.bind = { DATABASE_UR = \"A\", CACHE_URL = { name = \"B\", separator = \" \" }, ALLOWED_HOSTS = [], \
                CSRF_TRUSTED_ORIGINS = { separator = \"$(\" }, HOST_IP = \"X\" }\n";
    assert_snapshot!(told(&format!("{APP}{SERVICES}{bind}{WEB}")), @r#"
    unknown-field 6:14 the preset never binds `DATABASE_UR` |  | did you mean `DATABASE_URL`?
    conflict 6:71 `CACHE_URL` is not a list | nothing to separate | write its name alone, `CACHE_URL = "…"`: lists are `ALLOWED_HOSTS`, `CSRF_TRUSTED_ORIGINS`, `SECURE_PROXY_SSL_HEADER` and `SECURE_REDIRECT_EXEMPT`
    invalid-value 6:94 `ALLOWED_HOSTS` is bound under no name |  | write `ALLOWED_HOSTS = false` to leave it out
    invalid-value 6:135 `$(` can not separate the items of a list |  | write one to three blanks or signs, for example `" "` or `";"`
    unknown-field 6:143 the preset never binds `HOST_IP` |  | known are `ALLOWED_HOSTS`, `AWS_ACCESS_KEY_ID`, `AWS_LOCATION`, `AWS_S3_CUSTOM_DOMAIN`, `AWS_S3_ENDPOINT_URL`, `AWS_S3_REGION_NAME`, `AWS_SECRET_ACCESS_KEY`, `AWS_STATIC_BUCKET_NAME`, `AWS_STATIC_CUSTOM_DOMAIN`, `AWS_STATIC_ENDPOINT_URL`, `AWS_STATIC_LOCATION`, `AWS_STATIC_REGION_NAME`, `AWS_STORAGE_BUCKET_NAME`, `CACHE_URL`, `CELERY_BROKER_URL`, `CELERY_RESULT_BACKEND`, `CELERY_VISIBILITY_TIMEOUT`, `CONN_MAX_AGE`, `CSRF_COOKIE_SECURE`, `CSRF_TRUSTED_ORIGINS`, `DATABASE_URL`, `DISABLE_SERVER_SIDE_CURSORS`, `DJANGO_SETTINGS_MODULE`, `FORWARDED_ALLOW_IPS`, `HOME`, `METRICS_PORTS`, `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_EXPORTER_OTLP_PROTOCOL`, `OTEL_LOGS_EXPORTER`, `OTEL_METRICS_EXPORTER`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SERVICE_NAME`, `OTEL_TRACES_EXPORTER`, `PGSSLMODE`, `PGSSLROOTCERT`, `PYTHONDONTWRITEBYTECODE`, `PYTHONUNBUFFERED`, `SECURE_HSTS_SECONDS`, `SECURE_PROXY_SSL_HEADER`, `SECURE_REDIRECT_EXEMPT`, `SECURE_SSL_REDIRECT` and `SESSION_COOKIE_SECURE`
    "#);
    let own = "components.web = { type = \"web\", bind = { DATABASE_URL = \"a-b\", CELERY_BROKER_URLS = false } }\n";
    assert_snapshot!(told(&format!("{APP}{SERVICES}{own}")), @r"
    invalid-value 6:58 `a-b` is not the name of an environment variable |  | write letters, digits and `_`, starting with a letter
    unknown-field 6:65 the preset never binds `CELERY_BROKER_URLS` |  | did you mean `CELERY_BROKER_URL`?
    ");
}

#[test]
fn two_variables_do_not_share_a_name() {
    let bind = "app.bind = { DATABASE_URL = \"URL\", CELERY_BROKER_URL = \"URL\" }\n";
    assert_snapshot!(told(&format!("{APP}{SERVICES}{bind}{WEB}")), @"conflict 6:29 `CELERY_BROKER_URL` and `DATABASE_URL` are both bound as `URL`, with different values |  | give one of them another name, or leave it out: `bind.DATABASE_URL = false`");
    // One of them is enough where there is but one, and by hand it is said.
    let broker = "components.broker = { type = \"redis\", durable = true }\n";
    stack(&format!("{APP}{broker}{bind}{WEB}"));
    stack(&format!("{APP}{SERVICES}{bind}app.env.URL = \"${{db.url}}\"\n{WEB}"));
}

#[test]
fn what_is_ambiguous_is_asked_for_by_its_name() {
    let text = "components.db2.type = \"postgres\"\napp.bind.DATABASE_URL = \"DB_URL\"\n";
    assert_snapshot!(told(&format!("{APP}{SERVICES}{text}{WEB}")), @r#"ambiguous-binding 4:12 `DATABASE_URL` could be bound to `db` and `db2` | ; 6:12  | say which: `app.env.DB_URL = "${db.url}"`"#);
    let by_hand = "app.env.DB_URL = \"${db2.url}\"\n";
    stack(&format!("{APP}{SERVICES}{text}{by_hand}{WEB}"));
    // Nobody asks which where nobody gets it.
    let nobody = text.replace("\"DB_URL\"", "false");
    stack(&format!("{APP}{SERVICES}{nobody}{WEB}"));
}

#[test]
fn settings_of_a_pooler_and_of_libpq_have_other_names_too() {
    let text = "config.ca.\"ca.pem\" = \"x\"\n\
                components.db = { type = \"rds\", host = \"db.example\", cidrs = [\"10.0.0.0/16\"], ca = { config = \"ca\", key = \"ca.pem\" } }\n\
                components.pooler = { type = \"pgbouncer\", database = \"db\" }\n\
                app.bind = { CONN_MAX_AGE = \"DB_MAX_AGE\", DISABLE_SERVER_SIDE_CURSORS = false, PGSSLMODE = \"DB_SSLMODE\" }\n\
                components.web.type = \"web\"\ncomponents.direct = { type = \"web\", env.DATABASE_URL = \"${db.url}\" }\n";
    let stack = stack(&format!("{APP}{text}"));
    let of = |part, name| variable(&stack, part, name);
    assert_eq!(of("web", "DB_MAX_AGE").as_deref(), Some("0"));
    assert_eq!(of("web", "CONN_MAX_AGE"), None);
    assert_eq!(of("web", "DISABLE_SERVER_SIDE_CURSORS"), None);
    assert_eq!(of("direct", "DB_SSLMODE").as_deref(), Some("verify-full"));
    assert_eq!(of("direct", "PGSSLMODE"), None);
    assert!(of("direct", "PGSSLROOTCERT").is_some());
}

#[test]
fn a_secret_as_a_file_has_the_other_name() {
    let text = "app = { secrets = \"files\", bind.DATABASE_URL = \"DB_URL\", image = \"a:1\", module = \"a\" }\n";
    let stack = stack(&format!("name = \"a\"\n{text}{SERVICES}{WEB}"));
    assert_eq!(variable(&stack, "web", "DB_URL_FILE").as_deref(), Some("file db/url"));
    let found =
        told_of(&format!("{APP}{SERVICES}{WEB}[stages.local]\napp.env.HOME = false\n"), "local");
    assert_eq!(found, "");
}
