//! `seaway secrets`.

mod names;
mod shell;

use crate::sandbox::{Run, Sandbox};

const STACK: &str = r#"name = "shop"
[app]
image = "ghcr.io/acme/shop:1.4.0@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
module = "shop"
hosts = ["shop.example.com"]
[app.env]
SECRET_KEY = "${secrets.django.secret-key}"
[secrets.django]
keys = ["secret-key"]
[components.web]
type = "web"
[stages.local]
[stages.production]
profile = "production"
components.db = { type = "postgres", allow.no-migrate = "a fixture" }
[stages.outside]
extends = "production"
secrets.django = { keys = ["secret-key", "dsn"] }
secrets.tls = { keys = ["tls.crt", "tls.key"] }
app.env.DSN = "${secrets.django.dsn}"
app.mounts."/etc/tls" = { secret = "tls" }
[stages.external]
extends = "outside"
cluster = { provides = ["ClusterSecretStore/aws"], region = "eu-central-1" }
secret-source = { type = "external-secrets", store = "aws", prefix = "prod/shop" }
secrets.tls = false
app.mounts."/etc/tls" = false
[stages.sealed]
extends = "production"
secrets.django.source = { type = "sealed", file = "sealed/django.yaml" }
secrets.db.source = { type = "sealed" }
"#;

fn printed(sandbox: &Sandbox, args: &[&str]) -> String {
    let args: Vec<&str> = ["secrets", "shop"].iter().chain(args).copied().collect();
    let Run { code, out, err } = sandbox.run(&args);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{args:?}");
    out
}

/// The output with `…` for all that was made up.
fn without_values(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric();
    let mut shown = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_plain) {
        let end = rest[start..].find(|c| !is_plain(c)).map_or(rest.len(), |end| start + end);
        shown.push_str(&rest[..start]);
        let length = end - start;
        shown.push_str(if length == 32 || length == 50 { "…" } else { &rest[start..end] });
        rest = &rest[end..];
    }
    shown + rest
}

#[test]
fn a_script_says_who_reads_what_and_reads_values_from_files() {
    let sandbox = Sandbox::new(STACK);
    insta::assert_snapshot!(printed(&sandbox, &["--stage", "outside"]), @r#"
    # the Secrets of stage `outside` of shop, in namespace shop
    # the first command that fails ends the script; then it says what to do
    set -eu
    on_failure=
    trap '[ "$?" -eq 0 ] || printf "%s\n" "$on_failure" >&2' EXIT
    umask 077
    # the namespace comes first: kubectl create namespace shop

    # db: has to be in the cluster before the stack is applied
    #   password: a password or token of the stack's own
    #     db reads /run/secrets/postgres/password in db
    #   postgres-password: a password or token of the stack's own
    #     db reads /run/secrets/postgres/postgres-password in db
    #   url: postgres://shop:<password>@db:5432/shop, the value of another key percent-encoded
    #     web reads DATABASE_URL in web
    # write each value into its file, without a newline at the end: db/password, db/postgres-password
    on_failure='The script stopped: it did not make the Secret db.
    If it exists and is right: seaway secrets shop --stage outside --only=django,tls
    If it exists and needs new values, which you then set in `db`, too: seaway secrets shop --stage outside --replace=db --only=django,tls'
    mkdir -p db
    part_1=$(jq -sRr @uri db/password)
    printf 'postgres://shop:%s@db:5432/shop' "$part_1" >db/url
    kubectl create secret generic db --namespace=shop \
      --from-file=password=db/password \
      --from-file=postgres-password=db/postgres-password \
      --from-file=url=db/url

    # django: has to be in the cluster before the stack is applied
    #   dsn: somebody else gives it out
    #     web reads DSN in web
    #   secret-key: Django's signing key
    #     web reads SECRET_KEY in web
    # write each value into its file, without a newline at the end: django/dsn, django/secret-key
    on_failure='The script stopped: it did not make the Secret django.
    If it exists and is right: seaway secrets shop --stage outside --only=tls
    If it exists and needs new values: seaway secrets shop --stage outside --replace=django --only=tls'
    kubectl create secret generic django --namespace=shop \
      --from-file=dsn=django/dsn \
      --from-file=secret-key=django/secret-key

    # tls: has to be in the cluster before the stack is applied
    #   tls.crt: a certificate, which an authority signs
    #     web reads /etc/tls/tls.crt in web
    #   tls.key: the private key that the certificate was signed for
    #     web reads /etc/tls/tls.key in web
    # write each value into its file, without a newline at the end: tls/tls.crt, tls/tls.key
    on_failure='The script stopped: it did not make the Secret tls.
    If it exists and needs new values: seaway secrets shop --stage outside --replace=tls'
    kubectl create secret generic tls --type=kubernetes.io/tls --namespace=shop \
      --from-file=tls.crt=tls/tls.crt \
      --from-file=tls.key=tls/tls.key
    "#);
}

#[test]
fn values_that_are_the_stacks_own_are_made_up_on_request() {
    let sandbox = Sandbox::new(STACK);
    let args = ["--stage", "outside", "--generate"];
    let (first, second) = (printed(&sandbox, &args), printed(&sandbox, &args));
    assert_ne!(first, second);
    insta::assert_snapshot!(without_values(&first), @r#"
    # the Secrets of stage `outside` of shop, in namespace shop
    # the first command that fails ends the script; then it says what to do
    set -eu
    on_failure=
    trap '[ "$?" -eq 0 ] || printf "%s\n" "$on_failure" >&2' EXIT
    umask 077
    # the namespace comes first: kubectl create namespace shop

    # db: has to be in the cluster before the stack is applied
    #   password: a password or token of the stack's own
    #     db reads /run/secrets/postgres/password in db
    #   postgres-password: a password or token of the stack's own
    #     db reads /run/secrets/postgres/postgres-password in db
    #   url: postgres://shop:<password>@db:5432/shop, the value of another key percent-encoded
    #     web reads DATABASE_URL in web
    on_failure='The script stopped: it did not make the Secret db.
    If it exists and is right: seaway secrets shop --stage outside --generate --only=django,tls
    If it exists and needs new values, which you then set in `db`, too: seaway secrets shop --stage outside --generate --replace=db --only=django,tls'
    kubectl create --filename=- <<'EOF'
    apiVersion: v1
    kind: Secret
    metadata:
      name: db
      namespace: shop
    type: Opaque
    stringData:
      "password": "…"
      "postgres-password": "…"
      "url": "postgres://shop:…@db:5432/shop"
    EOF

    # django: has to be in the cluster before the stack is applied
    #   dsn: somebody else gives it out
    #     web reads DSN in web
    #   secret-key: Django's signing key
    #     web reads SECRET_KEY in web
    # write each value into its file, without a newline at the end: django/dsn
    on_failure='The script stopped: it did not make the Secret django.
    If it exists and is right: seaway secrets shop --stage outside --generate --only=tls
    If it exists and needs new values: seaway secrets shop --stage outside --generate --replace=django --only=tls'
    mkdir -p django
    printf %s … >django/secret-key
    kubectl create secret generic django --namespace=shop \
      --from-file=dsn=django/dsn \
      --from-file=secret-key=django/secret-key

    # tls: has to be in the cluster before the stack is applied
    #   tls.crt: a certificate, which an authority signs
    #     web reads /etc/tls/tls.crt in web
    #   tls.key: the private key that the certificate was signed for
    #     web reads /etc/tls/tls.key in web
    # write each value into its file, without a newline at the end: tls/tls.crt, tls/tls.key
    on_failure='The script stopped: it did not make the Secret tls.
    If it exists and needs new values: seaway secrets shop --stage outside --generate --replace=tls'
    kubectl create secret generic tls --type=kubernetes.io/tls --namespace=shop \
      --from-file=tls.crt=tls/tls.crt \
      --from-file=tls.key=tls/tls.key
    "#);
}

#[test]
fn what_external_secrets_copies_is_made_in_the_store() {
    let sandbox = Sandbox::new(STACK);
    insta::assert_snapshot!(printed(&sandbox, &["--stage", "external"]), @r#"
    # the Secrets of stage `external` of shop, in namespace shop
    # the first command that fails ends the script; then it says what to do
    set -eu
    on_failure=
    trap '[ "$?" -eq 0 ] || printf "%s\n" "$on_failure" >&2' EXIT

    # db: External Secrets copies it from prod/shop/db (ClusterSecretStore aws)
    #   password: a password or token of the stack's own
    #     db reads /run/secrets/postgres/password in db
    #   postgres-password: a password or token of the stack's own
    #     db reads /run/secrets/postgres/postgres-password in db
    #   url: postgres://shop:<password>@db:5432/shop, the value of another key percent-encoded
    #     web reads DATABASE_URL in web
    on_failure='The script stopped: it did not make what the Secret db is copied from.
    If it exists and is right: seaway secrets shop --stage external --only=django
    If it exists and needs new values, which you then set in `db`, too: seaway secrets shop --stage external --replace=db --only=django'
    # prod-shop-db.json holds {"password":"<password>","postgres-password":"<postgres-password>"}, with the values in place of <…>
    aws secretsmanager create-secret --region=eu-central-1 --name=prod/shop/db --secret-string=file://prod-shop-db.json

    # django: External Secrets copies it from prod/shop/django (ClusterSecretStore aws)
    #   dsn: somebody else gives it out
    #     web reads DSN in web
    #   secret-key: Django's signing key
    #     web reads SECRET_KEY in web
    on_failure='The script stopped: it did not make what the Secret django is copied from.
    If it exists and needs new values: seaway secrets shop --stage external --replace=django'
    # prod-shop-django.json holds {"dsn":"<dsn>","secret-key":"<secret-key>"}, with the values in place of <…>
    aws secretsmanager create-secret --region=eu-central-1 --name=prod/shop/django --secret-string=file://prod-shop-django.json
    "#);
    let made_up = printed(&sandbox, &["--stage", "external", "--generate"]);
    let shown = without_values(&made_up);
    let commands: Vec<&str> = shown.lines().filter(|line| !line.starts_with('#')).collect();
    insta::assert_snapshot!(commands.join("\n"), @r#"
    set -eu
    on_failure=
    trap '[ "$?" -eq 0 ] || printf "%s\n" "$on_failure" >&2' EXIT
    umask 077

    on_failure='The script stopped: it did not make what the Secret db is copied from.
    If it exists and is right: seaway secrets shop --stage external --generate --only=django
    If it exists and needs new values, which you then set in `db`, too: seaway secrets shop --stage external --generate --replace=db --only=django'
    aws secretsmanager create-secret --region=eu-central-1 --name=prod/shop/db --secret-string=file:///dev/stdin <<'EOF'
    {"password":"…","postgres-password":"…"}
    EOF

    on_failure='The script stopped: it did not make what the Secret django is copied from.
    If it exists and needs new values: seaway secrets shop --stage external --generate --replace=django'
    cat >prod-shop-django.template.json <<'EOF'
    {"dsn":"<dsn>","secret-key":"…"}
    EOF
    aws secretsmanager create-secret --region=eu-central-1 --name=prod/shop/django --secret-string=file://prod-shop-django.json
    "#);
}

#[test]
fn a_secret_can_be_sealed_before_its_file_is_there() {
    let sandbox = Sandbox::new(STACK);
    insta::assert_snapshot!(printed(&sandbox, &["--stage", "sealed"]), @r#"
    # the Secrets of stage `sealed` of shop, in namespace shop
    # the first command that fails ends the script; then it says what to do
    set -eu
    on_failure=
    trap '[ "$?" -eq 0 ] || printf "%s\n" "$on_failure" >&2' EXIT
    umask 077

    # db: its controller decrypts it from a SealedSecret of `[[objects]]`
    #   password: a password or token of the stack's own
    #     db reads /run/secrets/postgres/password in db
    #   postgres-password: a password or token of the stack's own
    #     db reads /run/secrets/postgres/postgres-password in db
    #   url: postgres://shop:<password>@db:5432/shop, the value of another key percent-encoded
    #     web reads DATABASE_URL in web
    # write each value into its file, without a newline at the end: db/password, db/postgres-password
    on_failure='The script stopped: it did not make the file of the SealedSecret db.
    If it exists and is right: seaway secrets shop --stage sealed --only=django
    If it exists and needs new values, which you then set in `db`, too: seaway secrets shop --stage sealed --replace=db --only=django'
    test ! -e db.sealed.yaml || { echo 'db.sealed.yaml exists' >&2; exit 1; }
    mkdir -p db
    part_1=$(jq -sRr @uri db/password)
    printf 'postgres://shop:%s@db:5432/shop' "$part_1" >db/url
    manifest=$(kubectl create secret generic db --namespace=shop \
      --from-file=password=db/password \
      --from-file=postgres-password=db/postgres-password \
      --from-file=url=db/url \
      --dry-run=client --output=yaml)
    printf '%s\n' "$manifest" | kubeseal --format=yaml --sealed-secret-file=db.sealed.yaml

    # django: its controller decrypts it from sealed/django.yaml
    #   secret-key: Django's signing key
    #     web reads SECRET_KEY in web
    # write each value into its file, without a newline at the end: django/secret-key
    on_failure='The script stopped: it did not make the file of the SealedSecret django.
    If it exists and needs new values: seaway secrets shop --stage sealed --replace=django'
    test ! -e shop/sealed/django.yaml || { echo 'shop/sealed/django.yaml exists' >&2; exit 1; }
    manifest=$(kubectl create secret generic django --namespace=shop \
      --from-file=secret-key=django/secret-key \
      --dry-run=client --output=yaml)
    printf '%s\n' "$manifest" | kubeseal --format=yaml --sealed-secret-file=shop/sealed/django.yaml
    "#);
    let made_up = printed(&sandbox, &["--stage", "sealed", "--generate"]);
    insta::assert_snapshot!(without_values(&made_up), @r#"
    # the Secrets of stage `sealed` of shop, in namespace shop
    # the first command that fails ends the script; then it says what to do
    set -eu
    on_failure=
    trap '[ "$?" -eq 0 ] || printf "%s\n" "$on_failure" >&2' EXIT

    # db: its controller decrypts it from a SealedSecret of `[[objects]]`
    #   password: a password or token of the stack's own
    #     db reads /run/secrets/postgres/password in db
    #   postgres-password: a password or token of the stack's own
    #     db reads /run/secrets/postgres/postgres-password in db
    #   url: postgres://shop:<password>@db:5432/shop, the value of another key percent-encoded
    #     web reads DATABASE_URL in web
    on_failure='The script stopped: it did not make the file of the SealedSecret db.
    If it exists and is right: seaway secrets shop --stage sealed --generate --only=django
    If it exists and needs new values, which you then set in `db`, too: seaway secrets shop --stage sealed --generate --replace=db --only=django'
    test ! -e db.sealed.yaml || { echo 'db.sealed.yaml exists' >&2; exit 1; }
    kubeseal --format=yaml --sealed-secret-file=db.sealed.yaml <<'EOF'
    apiVersion: v1
    kind: Secret
    metadata:
      name: db
      namespace: shop
    type: Opaque
    stringData:
      "password": "…"
      "postgres-password": "…"
      "url": "postgres://shop:…@db:5432/shop"
    EOF

    # django: its controller decrypts it from sealed/django.yaml
    #   secret-key: Django's signing key
    #     web reads SECRET_KEY in web
    on_failure='The script stopped: it did not make the file of the SealedSecret django.
    If it exists and needs new values: seaway secrets shop --stage sealed --generate --replace=django'
    test ! -e shop/sealed/django.yaml || { echo 'shop/sealed/django.yaml exists' >&2; exit 1; }
    kubeseal --format=yaml --sealed-secret-file=shop/sealed/django.yaml <<'EOF'
    apiVersion: v1
    kind: Secret
    metadata:
      name: django
      namespace: shop
    type: Opaque
    stringData:
      "secret-key": "…"
    EOF
    "#);
}

#[test]
fn a_stage_that_makes_its_secrets_itself_and_one_without_any() {
    let sandbox = Sandbox::new(STACK);
    insta::assert_snapshot!(printed(&sandbox, &["--stage", "local"]), @"
    # the Secrets of stage `local` of shop, in namespace shop

    # django: `seaway render` prints it with throw-away values, nothing is to be made
    #   secret-key: thrown away with the stage
    #     web reads SECRET_KEY in web
    ");
    let sandbox = Sandbox::new(crate::sandbox::SHOP);
    insta::assert_snapshot!(printed(&sandbox, &["--stage", "local"]), @"# stage `local` of shop reads no Secrets");
}

#[test]
fn the_list_as_json() {
    let sandbox = Sandbox::new(STACK);
    let json = printed(&sandbox, &["--stage", "production", "--format", "json", "--generate"]);
    insta::assert_snapshot!(without_values(&json), @r#"
    {
      "stack": "shop",
      "stage": "production",
      "namespace": "shop",
      "secrets": [
        {
          "name": "db",
          "contract": "db",
          "namespace": "shop",
          "source": {
            "type": "existing"
          },
          "keys": [
            {
              "name": "password",
              "value": {
                "type": "own",
                "value": "…"
              },
              "read_by": [
                {
                  "owner": "db",
                  "containers": [
                    "db"
                  ],
                  "through": "/run/secrets/postgres/password"
                }
              ]
            },
            {
              "name": "postgres-password",
              "value": {
                "type": "own",
                "value": "…"
              },
              "read_by": [
                {
                  "owner": "db",
                  "containers": [
                    "db"
                  ],
                  "through": "/run/secrets/postgres/postgres-password"
                }
              ]
            },
            {
              "name": "url",
              "value": {
                "type": "composed",
                "of": "postgres://shop:<password>@db:5432/shop",
                "value": "postgres://shop:…@db:5432/shop"
              },
              "read_by": [
                {
                  "owner": "web",
                  "containers": [
                    "web"
                  ],
                  "through": "DATABASE_URL"
                }
              ]
            }
          ],
          "commands": [
            "kubectl create --filename=- <<'EOF'\napiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n  namespace: shop\ntype: Opaque\nstringData:\n  \"password\": \"…\"\n  \"postgres-password\": \"…\"\n  \"url\": \"postgres://shop:…@db:5432/shop\"\nEOF"
          ]
        },
        {
          "name": "django",
          "contract": "django",
          "namespace": "shop",
          "source": {
            "type": "existing"
          },
          "keys": [
            {
              "name": "secret-key",
              "value": {
                "type": "signing-key",
                "value": "…"
              },
              "read_by": [
                {
                  "owner": "web",
                  "containers": [
                    "web"
                  ],
                  "through": "SECRET_KEY"
                }
              ]
            }
          ],
          "commands": [
            "kubectl create --filename=- <<'EOF'\napiVersion: v1\nkind: Secret\nmetadata:\n  name: django\n  namespace: shop\ntype: Opaque\nstringData:\n  \"secret-key\": \"…\"\nEOF"
          ]
        }
      ]
    }
    "#);
    let list: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let keys = &list["secrets"][0]["keys"];
    let password = keys[0]["value"]["value"].as_str().expect("a password");
    assert_eq!(keys[2]["value"]["value"], format!("postgres://shop:{password}@db:5432/shop"));
}

#[test]
fn nothing_is_printed_where_something_is_wrong() {
    let sandbox = Sandbox::new(STACK);
    let none = sandbox.run(&["secrets", "shop"]);
    assert_eq!((none.code, none.out.as_str()), (Some(2), ""));
    insta::assert_snapshot!(none.err, @"
    error[usage]: which stage? `--stage` is missing
     |
     = note: the stages of shop/stack.toml are `local`, `production`, `outside`, `external` and `sealed`
     = help: for example `seaway secrets shop --stage local`
    ");
    let unknown = sandbox.run(&["secrets", "shop", "--stage", "lokal"]);
    assert_eq!((unknown.code, unknown.out.as_str()), (Some(1), ""));
    insta::assert_snapshot!(unknown.err, @"
    error[unknown-stage]: there is no stage `lokal`
      --> shop/stack.toml:12:2
       |
    12 | [stages.local]
       |  ^^^^^^
       |
       = help: did you mean `local`?

    error: could not list the Secrets of `lokal`: 1 error
    for more about an error: seaway explain unknown-stage
    ");
}
