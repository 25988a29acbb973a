//! The secrets contract.

use std::fmt::Write as _;

use insta::assert_snapshot;
use seaway_core::Stack;
use seaway_core::stack::{Piece, Recipe, SecretSource};

use crate::support::{APP, stack, told, variables};

fn contracts(stack: &Stack) -> String {
    let mut lines = String::new();
    for (name, contract) in &stack.secrets {
        let _ = writeln!(lines, "{name} as {} {}", contract.name, source(&contract.source.value));
        for (key, recipe) in &contract.keys {
            let made = match recipe {
                Recipe::Opaque => "…".to_owned(),
                Recipe::SigningKey => "signing key".to_owned(),
                Recipe::Given => "given".to_owned(),
                Recipe::GivenUrl => "given, a URL".to_owned(),
                Recipe::Composed(pieces) => pieces
                    .iter()
                    .map(|piece| match piece {
                        Piece::Text(text) => text.clone(),
                        Piece::Key(key) => format!("<{key}>"),
                        Piece::Of { secret, key, .. } => format!("<{secret}.{key}>"),
                        Piece::Opaque => "…".to_owned(),
                    })
                    .collect(),
            };
            let _ = writeln!(lines, "  {key}: {made}");
        }
    }
    lines
}

fn source(source: &SecretSource) -> String {
    match source {
        SecretSource::Existing => "existing".to_owned(),
        SecretSource::Development => "development".to_owned(),
        SecretSource::ExternalSecrets(external) => {
            let (kind, store) = (external.kind.as_str(), &external.store);
            format!("from {} every {} of {kind} {store}", external.remote, external.refresh)
        }
        SecretSource::Sealed(None) => "sealed".to_owned(),
        SecretSource::Sealed(Some(file)) => format!("sealed in {}", file.path),
    }
}

#[test]
fn components_imply_their_secrets_and_declared_ones_are_checked() {
    let text = "secrets.django.keys = [\"secret-key\"]\nsecrets.own = { name = \"shop-db\", keys = [\"password\", \"postgres-password\", \"url\", \"extra\"] }\nsecrets.auth.keys = [\"basic-auth\"]\ncomponents.db = { type = \"postgres\", secret = \"own\", database = \"data\" }\ncomponents.kv = { type = \"redis\", roles = [\"broker\", \"results\"] }\ncomponents.flower = { type = \"flower\", auth = \"auth\" }\ncomponents.mail = { type = \"external\", host = \"mail\", port = 25, cidrs = [\"10.0.0.0/8\"], secret = \"mail\" }\n";
    assert_snapshot!(contracts(&stack(&format!("{APP}{text}"))), @r#"
    auth as auth development
      basic-auth: admin:…
    django as django development
      secret-key: given
    kv as kv development
      broker-url: redis://:<password>@kv:6379/0
      password: …
      results-url: redis://:<password>@kv:6379/1
      url: redis://:<password>@kv:6379/0
    mail as mail existing
      url: given, a URL
    own as shop-db development
      extra: given
      password: …
      postgres-password: …
      url: postgres://data:<password>@db:5432/data
    "#);
}

#[test]
fn production_makes_nothing_up() {
    let text = "profile = \"production\"\napp.hosts = [\"a.b\"]\nsecrets.a.keys = [\"k\"]\ncomponents.db.type = \"postgres\"\n";
    let stack = stack(&format!("name = \"shop\"\n{text}"));
    assert_snapshot!(contracts(&stack), @"
    a as a existing
      k: given
    db as db existing
      password: …
      postgres-password: …
      url: postgres://shop:<password>@db:5432/shop
    ");
    let found = told(&format!(
        "name = \"shop\"\n{text}secrets.b = {{ keys = [\"k\"], source = \"development\" }}\n"
    ));
    assert_snapshot!(found, @r#"secret-literal 6:38 throw-away credentials in a production stage | printed as text | write `source = "existing"` and create the Secret before the stack is applied"#);
}

#[test]
fn keys_that_a_component_needs_and_a_contract_lacks() {
    let found = told(&format!(
        "{APP}secrets.db.keys = [\"password\"]\nsecrets.auth.keys = []\ncomponents.db.type = \"postgres\"\ncomponents.flower = {{ type = \"flower\", auth = \"auth\" }}\ncomponents.flower2 = {{ type = \"flower\", auth = \"aut\" }}\n"
    ));
    assert_snapshot!(found, @r"
    unknown-key 4:9 Secret `db` has no key `postgres-password`, which `db` needs | declared here | add `postgres-password` to its keys, which are `password`
    unknown-key 4:9 Secret `db` has no key `url`, which `db` needs | declared here | add `url` to its keys, which are `password`
    unknown-key 7:47 Secret `auth` has no key `basic-auth` | holds `user:password` | add `basic-auth` to its keys
    unknown-secret 8:48 unknown Secret `aut` | no contract declares it | did you mean `auth`?
    ");
}

#[test]
fn two_services_do_not_share_a_secret() {
    let found = told(&format!(
        "{APP}components.db = {{ type = \"postgres\", secret = \"all\" }}\ncomponents.kv = {{ type = \"redis\", secret = \"all\" }}\n"
    ));
    assert_snapshot!(found, @r"conflict 5:12 `db` and `kv` keep their credentials in one Secret `all` | ; 4:12  | give each a `secret` of its own; without the key it is called like the component");
}

/// A production stage with a database, and more.
fn production(more: &str) -> String {
    format!(
        "name = \"shop\"\nprofile = \"production\"\napp.image = \"a:1\"\napp.module = \"shop\"\napp.hosts = [\"a.b\"]\n\
         components.db = {{ type = \"postgres\" }}\ncomponents.web = {{ type = \"web\" }}\n{more}"
    )
}

#[test]
fn a_stage_says_once_who_makes_its_secrets() {
    let text = production(
        "secret-source = { type = \"external-secrets\", store = \"aws\", prefix = \"prod/shop/\", refresh = \"30m\" }\n\
         secrets.django = { keys = [\"secret-key\", \"token\"], generate = [\"token\"] }\n\
         secrets.mail = { keys = [\"password\"], source = \"existing\" }\n\
         secrets.old = { keys = [\"a\"], name = \"legacy\", source = { type = \"external-secrets\", kind = \"SecretStore\", store = \"vault\", remote = \"team/old\", refresh = \"5m\" } }\n\
         secrets.db.source = { type = \"external-secrets\", remote = \"rds\" }\n\
         app.env.SECRET_KEY = \"${secrets.django.secret-key}\"\n",
    );
    assert_snapshot!(contracts(&stack(&text)), @"
    db as db from rds every 30m of ClusterSecretStore aws
      password: …
      postgres-password: …
      url: postgres://shop:<password>@db:5432/shop
    django as django from prod/shop/django every 30m of ClusterSecretStore aws
      secret-key: signing key
      token: …
    mail as mail existing
      password: given
    old as legacy from team/old every 5m of SecretStore vault
      a: given
    ");
    let text = production("secrets.db.source = { type = \"external-secrets\", store = \"aws\" }\n");
    assert_snapshot!(contracts(&stack(&text)), @"
    db as db from shop/local/db every 1h of ClusterSecretStore aws
      password: …
      postgres-password: …
      url: postgres://shop:<password>@db:5432/shop
    ");
}

#[test]
fn a_later_stage_starts_its_sources_anew() {
    let text = format!(
        "{APP}secrets.a = {{ keys = [\"k\"], source = {{ type = \"external-secrets\", store = \"aws\", remote = \"x\" }} }}\n\
         stages.local.secrets.a.source = {{ type = \"sealed\" }}\n"
    );
    assert_snapshot!(contracts(&stack(&text)), @"
    a as a sealed
      k: given
    ");
}

#[test]
fn sources_that_lack_something() {
    let found = told(&production(
        "secrets.a = { keys = [\"k\"], source = { type = \"external-secrets\" } }\n\
         secrets.b = { keys = [\"k\"], source = \"external-secrets\" }\n\
         secrets.d.source = \"existing\"\n\
         secrets.e = { keys = [\"key\"], generate = [\"kay\"], source = { type = \"external-secrets\", store = \"aws\", data.kex.property = \"x\", remote = \" \" } }\n",
    ));
    assert_snapshot!(found, @r#"
    missing-field 8:38 External Secrets has no `store` | copied from where? | add `store = "…"`, or name the store of all Secrets once: `secret-source = { type = "external-secrets", store = "…" }`
    missing-field 9:38 External Secrets has no `store` | copied from where? | add `store = "…"`, or name the store of all Secrets once: `secret-source = { type = "external-secrets", store = "…" }`
    missing-field 10:9 Secret `d` has no `keys` | no component of the stage implies them | add `keys = […]`, the keys that the Secret has
    unknown-key 11:43 Secret `e` has no key `kay` |  | did you mean `key`?
    unknown-key 11:109 Secret `e` has no key `kex` |  | did you mean `key`?
    invalid-value 11:138 a secret of the store without a name |  |
    "#);
    let found = told(&production("secret-source = \"development\"\n"));
    assert_snapshot!(found, @r#"secret-literal 8:17 throw-away credentials in a production stage | printed as text | write `secret-source = "existing"` and create the Secret before the stack is applied"#);
    let found = told(&production(
        "secret-source = { type = \"external-secrets\", store = \"aws\", remote = \"x\", refresh = \"1 hour\" }\n",
    ));
    assert_snapshot!(found, @"
    unknown-field 8:61 unknown key `remote` | not known here | known are `kind`, `prefix`, `refresh`, `store` and `type`
    invalid-value 8:85 `1 hour` is not a time |  | write hours, minutes and seconds, for example `1h` or `15m`
    ");
    let found = told(&production("secrets.a = { keys = [\"k\"], source = \"exsting\" }\n"));
    assert_snapshot!(found, @"unknown-value 8:38 unknown value `exsting` |  | did you mean `existing`?");
}

#[test]
fn secrets_as_files() {
    let text = format!(
        "{APP}app.secrets = \"files\"\nsecrets.django.keys = [\"secret-key\", \"dsn\"]\n\
         app.env.SECRET_KEY = \"${{secrets.django.secret-key}}\"\n\
         app.env.DSN = {{ secret = \"django\", key = \"dsn\", optional = true }}\n\
         components.db.type = \"postgres\"\ncomponents.web.type = \"web\"\n\
         components.old = {{ type = \"process\", command = [\"x\"], secrets = \"env\" }}\n"
    );
    let stack = stack(&text);
    assert_snapshot!(variables(&stack, "web"), @"
    ALLOWED_HOSTS=localhost,127.0.0.1
    DATABASE_URL_FILE=file db/url
    DJANGO_SETTINGS_MODULE=shop.settings
    DSN_FILE=file django/dsn?
    HOME=/tmp
    PYTHONDONTWRITEBYTECODE=1
    PYTHONUNBUFFERED=1
    SECRET_KEY_FILE=file django/secret-key
    ");
    assert_snapshot!(variables(&stack, "old"), @"
    DATABASE_URL=secret db/url
    DJANGO_SETTINGS_MODULE=shop.settings
    DSN=secret django/dsn?
    HOME=/tmp
    PYTHONDONTWRITEBYTECODE=1
    PYTHONUNBUFFERED=1
    SECRET_KEY=secret django/secret-key
    ");
    assert_snapshot!(contracts(&stack), @r#"
    db as db development
      password: …
      postgres-password: …
      url: postgres://shop:<password>@db:5432/shop
    django as django development
      dsn: given, a URL
      secret-key: signing key
    "#);
}

#[test]
fn what_can_not_be_a_file() {
    let base = format!(
        "{APP}app.secrets = \"files\"\nsecrets.a.keys = [\"k\"]\ncomponents.web.type = \"web\"\n"
    );
    let mut found = String::new();
    for more in [
        "app.env.X = \"Bearer ${secrets.a.k}\"\n",
        "app.env-from = [{ secret = \"a\" }]\n",
        "app.env = { X = \"${secrets.a.k}\", X_FILE = \"/x\" }\n",
        "app.env = { X = \"${secrets.a.k}\", Y = \"$(X)\" }\n",
        "app.env.X = \"${secrets.a.k}\"\napp.mounts.\"/run/secrets/a/b\" = { scratch = \"1Mi\" }\n",
        "app.env.X = \"${secrets.a.k}\"\nconfig.c.k = \"v\"\napp.mounts.\"/run\" = { config = \"c\" }\n",
        "app.secrets = \"file\"\n",
    ] {
        let text = if more.starts_with("app.secrets") {
            base.replace("app.secrets = \"files\"\n", "") + more
        } else {
            format!("{base}{more}")
        };
        found.push_str(&told(&text));
    }
    assert_snapshot!(found, @r#"
    conflict 7:21 a secret inside a text can not be a file | ; 4:15 asks for files | keep the whole value under a key of the Secret and refer to that key alone
    conflict 7:28 `env-from` makes variables of the Secret `a` | ; 4:15 asks for files | name the variables, `env.X = "${secrets.a.key}"`, or mount all keys: `mounts."/etc/a" = { secret = "a" }`
    conflict 7:44 `X_FILE` is there twice | ; 7:17 `X` is read from a file | remove `X_FILE`: it is set for the file of `X`
    undefined-variable 7:40 `$(X)` is no variable of its process | Kubernetes leaves it as it is # in `web` | `X` is read from a file: keep the whole value under a key of the Secret
    conflict 8:12 `/run/secrets/a/b` is in the way of `/run/secrets/a` | files of a Secret lie there | mount it at another path
    conflict 9:12 `/run` is in the way of `/run/secrets/a` | files of a Secret lie there | mount it at another path
    unknown-value 6:15 unknown value `file` |  | did you mean `files`?
    "#);
    let fine = "app.env.X = \"${secrets.a.k}\"\napp.mounts.\"/run\" = { scratch = \"1Mi\" }\napp.mounts.\"/run/secrets/ab\" = { scratch = \"1Mi\" }\n\
         components.web.sidecars = [{ name = \"x\", image = \"b:1\", env.X = \"Bearer ${secrets.a.k}\" }]\n";
    assert_snapshot!(told(&format!("{base}{fine}")), @"");
    // Programs of other people that read variables alone are named.
    let watched = |database: &str| {
        told(&format!(
            "{APP}app.secrets = \"files\"\ncomponents.x = {{ type = \"{database}\" }}\ncomponents.monitoring.type = \"monitoring\"\n\
             components.web.type = \"web\"\n"
        ))
    };
    assert_snapshot!(watched("redis"), @"secret-variables 4:15 Secrets are variables, not files, in `monitoring-x-exporter` | reaches the processes of the application # their programs take these values from the environment alone |");
    assert_eq!(watched("postgres"), "");
    let found =
        told(&format!("{APP}components.db = {{ type = \"postgres\", secrets = \"files\" }}\n"));
    assert_snapshot!(found, @"conflict 4:48 a postgres does not run the application | says how the application reads Secrets | remove `secrets` here: it is for `[app]` and for processes");
}

/// A client that reads a random text as a URL fails when it starts.
#[test]
fn no_value_is_generated_for_a_url() {
    let web = |env: &str| format!("components.web = {{ type = \"web\", env = {{ {env} }} }}\n");
    let recipe = |key: &str, variable: &str| {
        let env = web(&format!("{variable} = \"${{secrets.own.{key}}}\""));
        let stack = stack(&format!("{APP}secrets.own.keys = [\"{key}\"]\n{env}"));
        let contract = stack.secrets.values().next().expect("one");
        assert_eq!(source(&contract.source.value), "development");
        contract.keys.values().next().expect("one").clone()
    };
    for (key, variable) in
        [("dsn", "A"), ("api-url", "A"), ("token", "SENTRY_DSN"), ("a", "MONGO_URI")]
    {
        assert_eq!(recipe(key, variable), Recipe::GivenUrl, "{key} {variable}");
    }
    for (key, variable) in [("token", "A"), ("curl", "A"), ("url-key", "URL_KEY")] {
        assert_eq!(recipe(key, variable), Recipe::Given, "{key} {variable}");
    }
    // What lies outside the cluster has its URL already, and one that is empty would not do.
    let outside = |more: &str| {
        format!(
            "{APP}secrets.pg = {{ keys = [\"url\"]{more} }}\ncomponents.db = {{ type = \"external\", host = \"pg.example.com\", \
             port = 5432, provides = \"database\", secret = \"pg\", cidrs = [\"10.0.0.0/8\"] }}\n{}",
            web("A = \"${db.url}\"")
        )
    };
    assert_eq!(
        source(&stack(&outside("")).secrets.values().next().expect("one").source.value),
        "existing"
    );
    assert_snapshot!(told(&outside(", source = \"development\"")), @r#"invalid-value 4:41 no value can be generated for `url` of Secret `pg`, which is a URL | asks for one; 4:9 its value comes from a service outside the cluster | write `secrets.pg.source = "existing"`; `seaway secrets` prints how to create it"#);
}
