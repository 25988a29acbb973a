//! Secrets as text: which names and values are secrets, and which only look like it.

use insta::assert_snapshot;
use seaway_core::policy;

use crate::support::{APP, told};

/// Values that have to be found. Tokens are put together here, so that no scanner of repositories takes them for real ones.
fn found() -> Vec<(&'static str, String)> {
    let by_name = [
        // Names of Django, of its packages, and of the programs beside it.
        "SECRET_KEY",
        "DJANGO_SECRET_KEY",
        "SECRET_KEY_FALLBACKS",
        "SECRET_KEY_BASE",
        "SECRET_KEY_2",
        "PASSWORD",
        "DB_PASSWORD",
        "PGPASSWORD",
        "POSTGRES_PASSWORD",
        "MYSQL_ROOT_PASSWORD",
        "EMAIL_HOST_PASSWORD",
        "DJANGO_SUPERUSER_PASSWORD",
        "REDIS_PASSWORD",
        "DBPASSWORD",
        "DB_PASS",
        "DB_PWD",
        "MYSQL_PWD",
        "SMTP_PASSWD",
        "SSH_PASSPHRASE",
        "PASS",
        "PWD_OLD",
        "TOKEN",
        "API_TOKEN",
        "ACCESS_TOKEN",
        "GITHUB_TOKEN",
        "TELEGRAM_BOT_TOKEN",
        "AUTHTOKEN",
        "SECRET",
        "CLIENT_SECRET",
        "SOCIAL_AUTH_GOOGLE_OAUTH2_SECRET",
        "JWT_SECRET",
        "STRIPE_WEBHOOK_SECRET",
        "GITHUB_CLIENTSECRET",
        "HASHIDS_SECRET",
        "APIKEY",
        "API_KEY",
        "OPENAI_API_KEY",
        "API_KEYS",
        "api-key",
        "apiKey",
        "db.password",
        "ALGOLIA_ADMIN_KEY",
        "AZURE_ACCOUNT_KEY",
        "AZURE_STORAGE_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "FIELD_ENCRYPTION_KEY",
        "FERNET_KEY",
        "JWT_SIGNING_KEY",
        "JWT_PRIVATE_KEY",
        "PRIVATE_KEY_BASE64",
        "FCM_SERVER_KEY",
        "NEW_RELIC_LICENSE_KEY",
        "MEILI_MASTER_KEY",
        "VAULT_UNSEAL_KEY",
        "GOOGLE_CREDENTIALS",
        "DOCKER_CREDS",
        "REDISCLI_AUTH",
        "HTTP_PROXY_PASSWORD",
        "USER_PASSWORD",
    ];
    let mut found: Vec<(&str, String)> = by_name.map(|name| (name, "hunter2".to_owned())).to_vec();
    let long = |prefix: &str, count: usize| format!("{prefix}{}", "a1B2".repeat(count));
    let by_form = [
        // Under a harmless name.
        ("SETTING", long("ghp_", 9)),
        ("SETTING", long("github_pat_", 12)),
        ("SETTING", long("glpat-", 5)),
        ("SETTING", format!("AKIA{}", "AB12".repeat(4))),
        ("SETTING", format!("aws {} eu", format_args!("ASIA{}", "CD34".repeat(4)))),
        ("SETTING", format!("xoxb-{}", "1234567890-abcdef")),
        ("SETTING", long("sk_live_", 6)),
        ("SETTING", long("rk_test_", 6)),
        ("SETTING", long("whsec_", 8)),
        ("SETTING", long("AIza", 9)),
        ("SETTING", long("GOCSPX-", 7)),
        ("SETTING", format!("AGE-SECRET-KEY-1{}", "QPZRY9X8".repeat(7))),
        ("SETTING", format!("SG.{}.{}", "a1B2".repeat(5), "c3D4".repeat(11))),
        ("SETTING", format!("key-{}", "0123456789abcdef".repeat(2))),
        ("SETTING", long("npm_", 9)),
        ("SETTING", long("sk-ant-api03-", 9)),
        ("SETTING", long("hvs.", 7)),
        (
            "SETTING",
            format!("eyJ{}.eyJ{}.{}", "hbGci".repeat(4), "zdWIi".repeat(4), "Sfl9".repeat(6)),
        ),
        ("SETTING", "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----".to_owned()),
        ("SETTING", "-----BEGIN OPENSSH PRIVATE KEY-----".to_owned()),
        ("SETTING", "-----BEGIN CERTIFICATE-----\n…\n-----BEGIN RSA PRIVATE KEY-----".to_owned()),
        ("SETTING", format!("https://hooks.slack.com/services/{}", "T0/B0/abc")),
        // In longer texts.
        ("URLS", "https://a.example.com,postgres://u:hunter2@h/d".to_owned()),
        ("DATABASE_URL", "mysql://u:hunter2$(SUFFIX)@h/d".to_owned()),
        ("DSN", "host=db user=shop password=hunter2".to_owned()),
        ("BROKER", "Endpoint=sb://x/;SharedAccessKey=hunter2".to_owned()),
        (".env", "DEBUG=0\nDB_PASSWORD=hunter2\n".to_owned()),
        ("app.yaml", "db:\n  user: shop\n  password: hunter2\n".to_owned()),
        ("app.json", "{\n  \"api_key\": \"hunter2\",\n  \"a\": 1\n}".to_owned()),
        ("app.ini", "[db]\npassword = hunter2\n".to_owned()),
        ("settings.py", "SECRET_KEY = 'hunter2'\nDEBUG = False\n".to_owned()),
        ("SENTRY_KEY", "9f86d081884c7d659a2feaa0c55ad015".to_owned()),
        // A reference does not make the rest of the text a reference.
        ("DB_PASSWORD", "hunter2${stage.name}".to_owned()),
        ("DB_PASSWORD", "$(HOSTNAME)hunter2".to_owned()),
        // Base64 can begin with a slash.
        ("SECRET_KEY", "/9aB3dE5fG7hJ9kL1mN3pQ5r".to_owned()),
    ];
    found.extend(by_form);
    found
}

/// Settings of Django, of its packages and of common images whose names or values look like secrets and are none.
const HARMLESS: &[(&str, &str)] = &[
    // What is said about passwords, tokens and keys.
    ("PASSWORD_RESET_TIMEOUT", "259200"),
    ("checksum/config-and-secrets", "9f86d081884c7d659a2feaa0c55ad015"),
    ("PASSWORD_HASHERS", "django.contrib.auth.hashers.Argon2PasswordHasher"),
    ("AUTH_PASSWORD_VALIDATORS", "[]"),
    ("LOGIN_PASSWORD_MIN_LENGTH", "12"),
    ("TOKEN_MODEL", "accounts.Token"),
    ("REST_AUTH_TOKEN_MODEL", "rest_framework.authtoken.models.Token"),
    ("OAUTH2_ACCESS_TOKEN", "oauth.AccessToken"),
    ("ACCESS_TOKEN_LIFETIME", "5"),
    ("REFRESH_TOKEN_LIFETIME", "1d"),
    ("TOKEN_TTL", "3600"),
    ("TOKEN_URL", "https://auth.example.com/token"),
    ("CSRF_COOKIE_NAME", "csrftoken"),
    ("CSRF_HEADER_NAME", "HTTP_X_CSRFTOKEN"),
    ("CSRF_TRUSTED_ORIGINS", "https://a.example.com"),
    ("CACHE_KEY_PREFIX", "shop"),
    ("CACHE_MIDDLEWARE_KEY_PREFIX", "shop"),
    ("REDIS_KEY_PREFIX", "orders-v2"),
    ("KEY_PREFIX", "shop:"),
    ("AWS_SECRET_NAME", "prod/shop/django"),
    ("DB_SECRET_ARN", "arn:aws:secretsmanager:eu-central-1:111122223333:secret:db-AbCdEf"),
    ("DB_SECRET", "arn:aws:secretsmanager:eu-central-1:111122223333:secret:db-AbCdEf"),
    ("VAULT_SECRET", "vault:secret/data/shop#key"),
    ("GCP_SECRET", "projects/12345/secrets/django/versions/latest"),
    ("SECRET_KEY_FILE", "/run/secrets/django"),
    ("SECRET_KEY", "/run/secrets/django-key"),
    ("POSTGRES_PASSWORD_FILE", "/run/secrets/db"),
    ("GOOGLE_APPLICATION_CREDENTIALS", "/var/run/gcp/key.json"),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/secrets/token"),
    ("SSL_KEY", "/etc/tls/tls.key"),
    ("SSH_KEY", "./id_ed25519"),
    ("TLS_PRIVATE_KEY_PATH", "/etc/tls/tls.key"),
    ("JWT_PUBLIC_KEY", "-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----"),
    ("JWT_PUBLIC_KEY", "MCowBQYDK2VwAyEA1x2y3z4A5B6C7D8E9F0G"),
    ("SAML_CERT", "-----BEGIN CERTIFICATE-----"),
    ("JWT_ALGORITHM", "RS256"),
    ("JWT_AUTH_HEADER_PREFIX", "JWT"),
    ("JWT_AUTH_COOKIE", "access-token"),
    ("API_KEY_HEADER", "X-Api-Key"),
    ("API_KEY", "X-Api-Key"),
    ("API_KEY_CUSTOM_HEADER", "HTTP_X_API_KEY"),
    ("AUTH_TOKEN", "Bearer $(APP_TOKEN)"),
    ("AUTH_TOKEN", "Bearer ${secrets.app.token}"),
    ("STRIPE_PUBLIC_KEY", "pk_live_abc"),
    ("STRIPE_PUBLISHABLE_KEY", "pk_live_abc"),
    ("RECAPTCHA_PUBLIC_KEY", "6LeIxAcTAAAAAJcZVRqyHh71"),
    ("RECAPTCHA_SITE_KEY", "6LeIxAcTAAAAAJcZVRqyHh71UMIEGNQ"),
    ("NEXT_PUBLIC_API_KEY", "abc"),
    ("SUPABASE_ANON_KEY", "anon"),
    ("VAPID_PUBLIC_KEY", "BExampleExample1"),
    ("ENABLE_EMAIL_PASSWORD", "1"),
    ("ENABLE_MAGIC_LINK_LOGIN", "0"),
    ("DISABLE_PASSWORD", "yes"),
    ("ALLOW_PASSWORD", "ldap"),
    ("REQUIRE_TOKEN", "always"),
    ("USE_API_KEY", "maybe"),
    ("PREVENT_EMPTY_PASSWORD", "x"),
    ("LOGIN_BY_PASSWORD", "off"),
    ("SOCIAL_AUTH_STORE_TOKEN", "True"),
    ("PIN_PASSWORD", "1234"),
    ("CORS_ALLOW_CREDENTIALS", "true"),
    ("MAX_TOKENS", "4096"),
    ("NUM_API_KEYS", "3"),
    ("IDLE_TOKEN", "30s"),
    ("ROTATE_SECRET", "none"),
    ("SESSION_KEY", "sessionid"),
    ("PRIMARY_KEY", "id"),
    ("DEFAULT_AUTO_FIELD", "django.db.models.BigAutoField"),
    ("SORT_KEY", "name"),
    ("PARTITION_KEY", "tenant"),
    ("CACHE_KEY", "9f86d081884c7d659a2feaa0c55ad015"),
    ("BYPASS", "hunter2"),
    ("COMPASS", "north"),
    ("TOKENIZER", "cl100k_base"),
    ("PASSENGER", "alice"),
    ("SECRETS_DIR", "/run/secrets"),
    ("SECRETS_BACKEND", "airflow.providers.hashicorp.secrets.vault.VaultBackend"),
    ("KEYCLOAK_REALM", "shop"),
    ("KEYSPACE", "shop"),
    ("PWD", "/app"),
    ("NGINX_PROXY_PASS", "http://web:8000"),
    ("RESET_PASSWORD", "/accounts/reset"),
    ("API_KEY", ""),
    ("DB_PASSWORD", "$(PGPASS)"),
    ("DB_PASSWORD", "${db.password}"),
    ("DB_PASSWORD", "${stack.name}-${stage.name}"),
    ("CREDENTIALS", "shop:${secrets.mail.password}"),
    ("API_KEY", "{{ api_key }}"),
    ("DATABASE_URL", "postgres://u:${db.password}@h/d"),
    ("DATABASE_URL", "postgres://u@h/d"),
    ("SENTRY_DSN", "https://abc@o1.ingest.sentry.io/1"),
    ("URL", "https://a.example.com/x@y:z"),
    ("LANGUAGES", "en,de"),
    ("REVISION", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b"),
    ("IMAGE", "ghcr.io/acme/shop@sha256:9f86d081"),
    ("SETTING", "sk-learn"),
    ("SETTING", "key-value"),
    ("SETTING", "npm_config_cache"),
    ("SETTING", "AKIA"),
    ("TEXT", "eyes.eyebrow.eyelid"),
    ("QUERY", "token=&page=2"),
    (
        "settings.py",
        "SECRET_KEY = os.environ[\"SECRET_KEY\"]\nAPI_KEY = get_secret(\"x\")\nPASSWORD_HASHERS = [\n",
    ),
    ("app.py", "connect(user=user, password=password)\nlogin(password=settings.DB_PASSWORD)\n"),
    (
        "nginx.conf",
        "location / {\n  proxy_pass http://web:8000;\n  proxy_set_header Authorization $http_authorization;\n}\n",
    ),
    ("app.yaml", "password: ${DB_PASSWORD}\ntoken: true\napi_key: null\nsecret_name: shop\n"),
    ("redis.conf", "maxmemory 64mb\n# requirepass hunter2\n"),
    ("prometheus.yml", "bearer_token_file: /run/token\npassword_file: /run/password\n"),
];

#[test]
fn secrets_are_found_by_their_names_and_forms() {
    let found = found();
    assert!(found.len() >= 60, "{}", found.len());
    for (name, value) in &found {
        assert!(policy::secret(name, value).is_some(), "{name} = {value}");
    }
}

#[test]
fn what_only_looks_like_a_secret_is_none() {
    assert!(HARMLESS.len() >= 60, "{}", HARMLESS.len());
    for (name, value) in HARMLESS {
        assert_eq!(policy::secret(name, value).map(|one| one.message), None, "{name} = {value}");
    }
}

#[test]
fn commands_hold_no_secrets() {
    let of = |words: &[&str]| -> Vec<usize> {
        policy::in_command(words.iter().copied()).into_iter().map(|(at, _)| at).collect()
    };
    for (words, at) in [
        (&["run", "--password=hunter2"][..], 1),
        (&["run", "--password", "hunter2"], 2),
        (&["sh", "-c", "PGPASSWORD=hunter2 pg_dump shop"], 2),
        (&["sh", "-c", "exec run --api-key hunter2 --verbose"], 2),
        (&["redis-server", "--port", "6379", "--token", "hunter2"], 4),
        (&["run", "--broker=redis://:hunter2@kv/0"], 1),
        (&["kubectl", "--from-literal=password=hunter2"], 1),
    ] {
        assert_eq!(of(words), [at], "{words:?}");
    }
    for words in [
        &["run", "--password=$(PW)"][..],
        &["run", "--password", "$(PW)"],
        &["run", "--password-file", "/run/pw", "--token-ttl=5m"],
        &["run", "--password", "--verbose"],
        &["run", "--no-input", "--secret-name=shop", "--use-token", "yes"],
        &["sh", "-c", "exec run --password \"$PW\" --token=`cat /run/token`"],
        &["sh", "-c", "PASSWORD=\"$(cat /run/pw)\" run"],
        &["celery", "-A", "shop", "worker", "-Q", "password,token"],
    ] {
        assert_eq!(of(words), [0; 0], "{words:?}");
    }
}

const SHOP: &str = "name = \"shop\"\napp.image = \"ghcr.io/acme/shop:1.4.0\"\napp.module = \"shop\"\ncomponents.web.type = \"web\"\n";

/// Not only variables: whatever a stage says is printed.
#[test]
fn a_secret_is_found_wherever_it_stands() {
    let text = format!(
        "{SHOP}app.env.TOKEN = \"hunter2\"\n\
         config.c.\"tls.key\" = \"-----BEGIN PRIVATE KEY-----\\nhunter2\\n-----END PRIVATE KEY-----\"\n\
         config.c.\".env\" = \"A=1\\nDB_PASS=hunter2\\n\"\n\
         components.web.mounts.\"/etc/c\" = {{ config = \"c\" }}\n\
         components.web.annotations.\"acme.io/api-token\" = \"hunter2\"\n\
         components.web.env.CACHE = \"${{e.url}}\"\n\
         components.e = {{ type = \"external\", host = \"e.example.com\", port = 6379, cidrs = [\"10.0.0.0/8\"], outputs = {{ url = \"rediss://:hunter2@e.example.com:6379/0\", token = \"hunter2\" }} }}\n\
         components.run = {{ type = \"process\", command = [\"run\", \"--password=hunter2\"] }}\n\
         [[objects]]\napiVersion = \"acme.io/v1\"\nkind = \"Sender\"\nmetadata.name = \"s\"\nspec = {{ target = \"amqps://u:hunter2@mq.example.com/\", keySecret = \"senders\" }}\n"
    );
    assert_snapshot!(told(&text), @r#"
    secret-literal 5:17 `TOKEN` looks like a secret and is written as text | everyone who reads the stack or its output reads it | declare it, `secrets.app.keys = ["token", "env", "tls-key"]`, and write `"${secrets.app.token}"`; if it is no secret, say so: `allow.secret-literal.TOKEN = "…"`
    secret-literal 6:10 `tls.key` holds a private key as text | everyone who reads the stack or its output reads it | declare it, `secrets.app.keys = ["token", "env", "tls-key"]`, and write `"${secrets.app.tls-key}"`; if it is no secret, say so: `allow.secret-literal."tls.key" = "…"`
    secret-literal 7:10 `.env` has a password in it, as text | everyone who reads the stack or its output reads it | declare it, `secrets.app.keys = ["token", "env", "tls-key"]`, and write `"${secrets.app.env}"`; if it is no secret, say so: `allow.secret-literal.".env" = "…"`
    secret-literal 9:50 `acme.io/api-token` looks like a secret and is written as text | everyone who reads the stack or its output reads it | keep it in a Secret, and let what reads it read the Secret; if it is no secret, say so: `allow.secret-literal."acme.io/api-token" = "…"`
    secret-literal 11:116 `url` looks like a secret and is written as text | everyone who reads the stack or its output reads it | keep it in a Secret, and name that in `secret` of the component; if it is no secret, say so: `allow.secret-literal.url = "…"`
    secret-literal 11:166 `token` looks like a secret and is written as text | everyone who reads the stack or its output reads it | keep it in a Secret, and name that in `secret` of the component; if it is no secret, say so: `allow.secret-literal.token = "…"`
    secret-literal 12:56 a value of `--password` in a command | everyone who reads the stack or its output reads it | declare a Secret, set a variable from it, and write `$(VARIABLE)` here; if it is no secret, say so: `allow.secret-literal.--password = "…"`
    secret-literal 17:19 `target` looks like a secret and is written as text | everyone who reads the stack or its output reads it | keep it in a Secret, and let what reads it read the Secret; if it is no secret, say so: `allow.secret-literal.target = "…"`
    "#);
}

#[test]
fn a_secret_is_allowed_by_its_name_only() {
    let allow = |more: &str| {
        told(&format!(
            "{more}\n{SHOP}app.env = {{ SPLASH_TOKEN = \"sunrise\", OTHER_TOKEN = \"dusk\" }}\n"
        ))
    };
    assert_snapshot!(allow("allow.secret-literal.SPLASH_TOKEN = \"the name of a theme\""), @r#"
    secret-literal 6:28 `SPLASH_TOKEN` looks like a secret and is written as text | everyone who reads the stack or its output reads it (allowed: the name of a theme) | declare it, `secrets.app.keys = ["other-token"]`, and write `"${secrets.app.splash-token}"`; if it is no secret, say so: `allow.secret-literal.SPLASH_TOKEN = "…"`
    secret-literal 6:53 `OTHER_TOKEN` looks like a secret and is written as text | everyone who reads the stack or its output reads it | declare it, `secrets.app.keys = ["other-token"]`, and write `"${secrets.app.other-token}"`; if it is no secret, say so: `allow.secret-literal.OTHER_TOKEN = "…"`
    "#);
    assert_snapshot!(allow("allow.secret-literal = \"themes\""), @r#"
    invalid-value 1:7 `secret-literal` is allowed for one name at a time |  | name the variable or key: `allow.secret-literal.NAME = "…"`
    secret-literal 6:28 `SPLASH_TOKEN` looks like a secret and is written as text | everyone who reads the stack or its output reads it | declare it, `secrets.app.keys = ["other-token", "splash-token"]`, and write `"${secrets.app.splash-token}"`; if it is no secret, say so: `allow.secret-literal.SPLASH_TOKEN = "…"`
    secret-literal 6:53 `OTHER_TOKEN` looks like a secret and is written as text | everyone who reads the stack or its output reads it | declare it, `secrets.app.keys = ["other-token", "splash-token"]`, and write `"${secrets.app.other-token}"`; if it is no secret, say so: `allow.secret-literal.OTHER_TOKEN = "…"`
    "#);
    let component = format!(
        "{SHOP}components.web.env.SPLASH_TOKEN = \"sunrise\"\ncomponents.web.allow.secret-literal.SPLASH_TOKEN = \"a theme\"\n"
    );
    assert_snapshot!(told(&component), @r#"secret-literal 5:35 `SPLASH_TOKEN` looks like a secret and is written as text | everyone who reads the stack or its output reads it (allowed: a theme) | declare it, `secrets.app.keys = []`, and write `"${secrets.app.splash-token}"`; if it is no secret, say so: `allow.secret-literal.SPLASH_TOKEN = "…"`"#);
}

#[test]
fn messages_show_no_secrets() {
    let text = "DB_PASS = \"hunter2\" # of the database\nHOST = \"db\"\nc.\"tls.key\" = \"\"\"\n-----BEGIN PRIVATE KEY-----\nhünter2\n\"\"\"\ncommand = [\"run\", \"--password\", 'hunter2', \"x\"]\nbroken = [\n\"redis://:hunter2@h/0\"\n";
    assert_snapshot!(policy::masked(text), @r#"
    DB_PASS = "*******" # of the database
    HOST = "db"
    c."tls.key" = """
    ***************************
    ********
    """
    command = ["run", "--password", '*******', "x"]
    broken = [
    "********************"
    "#);
    assert_eq!(policy::masked(text).len(), text.len());
    for clean in [
        "secret = \"mail\"",
        "pull-secrets = [\"registry\"]",
        "",
        "a = 1",
        "TOKEN = \"${secrets.a.b}\"",
        "\"",
        "'''",
        "a = \"\\",
    ] {
        assert_eq!(policy::masked(clean), clean);
    }
}

/// Each line of help can be pasted, and so can all of them.
#[test]
fn one_contract_holds_all_that_is_found() {
    let found = told(&format!(
        "{APP}app.env.API_TOKEN = \"hunter2\"\ncomponents.web = {{ type = \"web\", env.DB_PASSWORD = \"hunter2\" }}\nconfig.x.SMTP_PASSWORD = \"hunter2\"\n"
    ));
    let keys = "`secrets.app.keys = [\"api-token\", \"db-password\", \"smtp-password\"]`";
    assert_eq!(found.matches(keys).count(), 3, "{found}");
    // With the keys that are there.
    let found = told(&format!(
        "{APP}secrets.app.keys = [\"dsn\"]\napp.env.DSN = \"${{secrets.app.dsn}}\"\napp.env.API_TOKEN = \"hunter2\"\ncomponents.web.type = \"web\"\n"
    ));
    assert!(found.contains("`secrets.app.keys = [\"dsn\", \"api-token\"]`"), "{found}");
}

/// Passwords that no name gives away, wherever a command stands.
#[test]
fn passwords_in_options_of_programs() {
    let of = |options: &str| told(&format!("{APP}components.web.type = \"web\"\n{options}\n"));
    assert_snapshot!(of("components.j = { type = \"job\", command = [\"sh\", \"-c\", \"mysqldump -h db -phunter2 shop\"] }"), @r#"secret-literal 5:55 a value of `-p` in a command | everyone who reads the stack or its output reads it | declare a Secret, set a variable from it, and write `$(VARIABLE)` here; if it is no secret, say so: `allow.secret-literal.-p = "…"`"#);
    assert_snapshot!(of("components.web.probes.liveness.command = [\"redis-cli\", \"-a\", \"hunter2\", \"ping\"]"), @r#"secret-literal 5:62 a value of `-a` in a command | everyone who reads the stack or its output reads it | declare a Secret, set a variable from it, and write `$(VARIABLE)` here; if it is no secret, say so: `allow.secret-literal.-a = "…"`"#);
    assert_snapshot!(of("config.x.\"run.sh\" = \"set -e\\ncurl -u admin:hunter2 https://a.example\\n\"\ncomponents.web.mounts.\"/etc/x\" = { config = \"x\" }"), @r#"secret-literal 5:10 `run.sh` has a password in it, as text | everyone who reads the stack or its output reads it | declare it, `secrets.app.keys = ["run-sh"]`, and write `"${secrets.app.run-sh}"`; if it is no secret, say so: `allow.secret-literal."run.sh" = "…"`"#);
    assert_eq!(
        of(
            "components.j = { type = \"job\", command = [\"sh\", \"-c\", \"mkdir -p /tmp/x && curl -u $USER:$PASS https://a.example\"], egress = [{ to = \"internet\", ports = [443] }] }"
        ),
        ""
    );
}
