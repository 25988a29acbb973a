//! Who makes the Secrets of a stage, and how processes read them.

use std::fmt::Write as _;

use insta::assert_snapshot;
use seaway_core::{Code, Source};
use seaway_render::Bundle;
use seaway_render::secret_readers::Readers;

use crate::common::{compile, told};
use crate::support::{
    at, based, bundle, case, containers, decoded, find, find_maybe, good, json, pod_spec, yaml,
};

/// A production stage with a database, a broker with two roles, and Flower.
const PRODUCTION: &str = r#"name = "shop"
cluster.provides = ["ClusterSecretStore/aws", "SecretStore/vault"]
[app]
image = "a:1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
module = "shop"
hosts = ["a.b"]
env.SECRET_KEY = "${secrets.django.secret-key}"
[secrets.django]
keys = ["secret-key"]
[components]
web.type = "web"
db.type = "postgres"
broker = { type = "redis", durable = true, roles = ["broker", "results"] }
worker.type = "worker"
[stages.x]
profile = "production"
"#;

fn production(more: &str) -> Bundle {
    bundle(&format!("{PRODUCTION}{more}"))
}

/// The stage with files beside the stack file: what is told, or the bundle.
fn with_files(more: &str, files: &[(&str, &str)]) -> Result<Bundle, String> {
    let mut source = Source::new("stack.toml", format!("{PRODUCTION}{more}"));
    for (path, text) in files {
        source.files.insert((0, (*path).to_owned()), (*text).to_owned());
    }
    let (bundle, mut diagnostics) = compile(&source, "x");
    diagnostics.retain(|diagnostic| diagnostic.code != Code::NoBackup);
    bundle.ok_or_else(|| told(&source, &diagnostics))
}

fn yaml_of(bundle: &Bundle, kind: &str, name: &str) -> String {
    yaml(&find(bundle, kind, name).body)
}

#[test]
fn external_secrets_copies_what_is_raw_and_composes_the_rest() {
    let bundle = production(
        "secret-source = { type = \"external-secrets\", store = \"aws\", prefix = \"prod/shop\" }\n\
         secrets.db.source = { type = \"external-secrets\", kind = \"SecretStore\", store = \"vault\", refresh = \"15m\", data.password = { remote = \"rds/shop\", property = \"pass\" }, data.postgres-password = { remote = \"root\", property = \"\" } }\n",
    );
    assert_snapshot!(yaml_of(&bundle, "ExternalSecret", "django"), @r"
    ---
    apiVersion: external-secrets.io/v1
    kind: ExternalSecret
    metadata:
      name: django
      namespace: shop
      labels:
        app.kubernetes.io/managed-by: seaway
        app.kubernetes.io/part-of: shop
    spec:
      data:
      - remoteRef:
          conversionStrategy: Default
          decodingStrategy: None
          key: prod/shop/django
          metadataPolicy: None
          property: secret-key
        secretKey: secret-key
      refreshInterval: 1h
      secretStoreRef:
        kind: ClusterSecretStore
        name: aws
      target:
        creationPolicy: Owner
        deletionPolicy: Retain
        name: django
    ");
    assert_snapshot!(yaml_of(&bundle, "ExternalSecret", "db"), @r#"
    ---
    apiVersion: external-secrets.io/v1
    kind: ExternalSecret
    metadata:
      name: db
      namespace: shop
      labels:
        app.kubernetes.io/managed-by: seaway
        app.kubernetes.io/part-of: shop
    spec:
      data:
      - remoteRef:
          conversionStrategy: Default
          decodingStrategy: None
          key: rds/shop
          metadataPolicy: None
          property: pass
        secretKey: password
      - remoteRef:
          conversionStrategy: Default
          decodingStrategy: None
          key: root
          metadataPolicy: None
        secretKey: postgres-password
      refreshInterval: 15m
      secretStoreRef:
        kind: SecretStore
        name: vault
      target:
        creationPolicy: Owner
        deletionPolicy: Retain
        name: db
        template:
          data:
            url: postgres://shop:{{ .password | urlquery | replace "+" "%20" }}@db:5432/shop
          engineVersion: v2
          mergePolicy: Merge
    "#);
    assert_snapshot!(yaml_of(&bundle, "ExternalSecret", "broker"), @r#"
    ---
    apiVersion: external-secrets.io/v1
    kind: ExternalSecret
    metadata:
      name: broker
      namespace: shop
      labels:
        app.kubernetes.io/managed-by: seaway
        app.kubernetes.io/part-of: shop
    spec:
      data:
      - remoteRef:
          conversionStrategy: Default
          decodingStrategy: None
          key: prod/shop/broker
          metadataPolicy: None
          property: password
        secretKey: password
      refreshInterval: 1h
      secretStoreRef:
        kind: ClusterSecretStore
        name: aws
      target:
        creationPolicy: Owner
        deletionPolicy: Retain
        name: broker
        template:
          data:
            broker-url: redis://:{{ .password | urlquery | replace "+" "%20" }}@broker:6379/0
            results-url: redis://:{{ .password | urlquery | replace "+" "%20" }}@broker:6379/1
            url: redis://:{{ .password | urlquery | replace "+" "%20" }}@broker:6379/0
          engineVersion: v2
          mergePolicy: Merge
    "#);
    assert!(find_maybe(&bundle, "Secret", "db").is_none());
    // Pods start when the Secrets are there: what makes them comes first.
    let kinds: Vec<&str> = bundle.objects.iter().map(|object| object.body.kind()).collect();
    let first = |kind| kinds.iter().position(|other| *other == kind);
    assert!(first("ExternalSecret") < first("StatefulSet"), "{kinds:?}");
}

#[test]
fn a_url_that_lies_in_the_store_is_not_composed() {
    let bundle = production(
        "secrets.db.source = { type = \"external-secrets\", store = \"aws\", data.url = { property = \"uri\" } }\n",
    );
    let spec = at(find(&bundle, "ExternalSecret", "db"), "/spec");
    assert_eq!(spec["target"].get("template"), None);
    assert_eq!(spec["data"][2]["secretKey"], "url");
    assert_eq!(spec["data"][2]["remoteRef"]["key"], "shop/x/db");
    assert_eq!(spec["data"][2]["remoteRef"]["property"], "uri");
}

#[test]
fn a_certificate_has_the_type_of_a_certificate() {
    let bundle = production(
        "secrets.tls = { keys = [\"tls.crt\", \"tls.key\"], source = { type = \"external-secrets\", store = \"aws\" } }\n",
    );
    let target = at(find(&bundle, "ExternalSecret", "tls"), "/spec/target");
    assert_eq!(target["template"]["type"], "kubernetes.io/tls");
    assert_eq!(target["template"].get("data"), None);
}

#[test]
fn a_store_is_in_the_cluster_or_an_object() {
    let of = |source: &str| {
        format!(
            "secrets.a = {{ keys = [\"k\"], source = {{ type = \"external-secrets\", {source} }} }}\n"
        )
    };
    assert_snapshot!(case(&of("store = \"aws\"")), @r#"dangling-reference 5:75 there is no ClusterSecretStore `aws` |  | if the cluster has it, say so: `cluster.provides = ["ClusterSecretStore/aws"]`"#);
    assert_snapshot!(case(&format!("cluster.provides = [\"SecretStore/aws\"]\n{}", of("store = \"aws\""))), @r#"dangling-reference 6:75 there is no ClusterSecretStore `aws` |  | if the cluster has it, add `"ClusterSecretStore/aws"` to `cluster.provides`"#);
    assert_snapshot!(case("secret-source = { type = \"external-secrets\", store = \"awz\" }\ncluster.provides = [\"ClusterSecretStore/aws\"]\nsecrets.a.keys = [\"k\"]\n"), @"dangling-reference 5:54 there is no ClusterSecretStore `awz` |  | did you mean `aws`?");
    good(&format!(
        "cluster.provides = [\"SecretStore/aws\"]\n{}",
        of("store = \"aws\", kind = \"SecretStore\"")
    ));
    good(&format!(
        "{}[[objects]]\napiVersion = \"external-secrets.io/v1\"\nkind = \"ClusterSecretStore\"\nmetadata.name = \"aws\"\nspec.provider.aws = {{ service = \"SecretsManager\", region = \"r\" }}\n",
        of("store = \"aws\"")
    ));
}

/// A value as long as those that `kubeseal` makes.
fn value() -> String {
    "AgBy3i4OJSWK".repeat(60)
}

fn sealed(head: &str, data: &str) -> String {
    format!(
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata:\n  creationTimestamp: null\n  {head}\nspec:\n  encryptedData:\n    {data}\n  template:\n    metadata:\n      creationTimestamp: null\n      name: django\n"
    )
}

const SEALED: &str =
    "secrets.django.source = { type = \"sealed\", file = \"sealed/django.yaml\" }\n";

#[test]
fn a_sealed_secret_is_taken_in() {
    let data = format!("secret-key: {}", value());
    let text = sealed("name: django\n  namespace: shop", &data);
    let bundle = with_files(SEALED, &[("sealed/django.yaml", &text)]).expect("a bundle");
    let printed = yaml_of(&bundle, "SealedSecret", "django").replace(&value(), "…");
    assert_snapshot!(printed, @"
    ---
    apiVersion: bitnami.com/v1alpha1
    kind: SealedSecret
    metadata:
      name: django
      namespace: shop
      labels:
        app.kubernetes.io/managed-by: seaway
        app.kubernetes.io/part-of: shop
    spec:
      encryptedData:
        secret-key: …
      template:
        metadata:
          name: django
    ");
    // A value that is sealed anew rolls the pods that read it.
    let text = text.replace("AgBy", "AgBz");
    let other = with_files(SEALED, &[("sealed/django.yaml", &text)]).expect("a bundle");
    let sum = |bundle: &Bundle| {
        at(find(bundle, "Deployment", "web"), "/spec/template/metadata/annotations")
    };
    assert_ne!(sum(&bundle), sum(&other));
    let sum = |bundle: &Bundle| {
        at(find(bundle, "StatefulSet", "db"), "/spec/template/metadata/annotations")
    };
    assert_eq!(sum(&bundle), sum(&other));
}

#[test]
fn wider_scopes_let_a_secret_be_called_otherwise() {
    let data = format!("secret-key: {}", value());
    let annotated = |scope: &str, head: &str| {
        sealed(
            &format!("annotations:\n    sealedsecrets.bitnami.com/{scope}: \"true\"\n  {head}"),
            &data,
        )
    };
    let run = |text: &str| with_files(SEALED, &[("sealed/django.yaml", text)]);
    let bundle =
        run(&annotated("namespace-wide", "name: other\n  namespace: shop")).expect("a bundle");
    assert_eq!(at(find(&bundle, "SealedSecret", "django"), "/metadata/namespace"), "shop");
    let bundle =
        run(&annotated("cluster-wide", "name: other\n  namespace: elsewhere")).expect("a bundle");
    assert_eq!(at(find(&bundle, "SealedSecret", "django"), "/metadata/namespace"), "shop");
    let refused = |text: &str| run(text).err().unwrap_or_default();
    assert_snapshot!(refused(&annotated("namespace-wide", "name: other\n  namespace: elsewhere")), @"dangling-reference 17:51 `sealed/django.yaml` is sealed for the namespace `elsewhere` | the stack reads one of the namespace `shop` | seal it again: `seaway secrets` prints the command");
    assert_snapshot!(refused(&sealed("name: djangoo\n  namespace: elsewhere", &data)), @"
    dangling-reference 17:51 `sealed/django.yaml` is sealed for the name `djangoo` | the stack reads one of the name `django` | seal it again: `seaway secrets` prints the command
    dangling-reference 17:51 `sealed/django.yaml` is sealed for the namespace `elsewhere` | the stack reads one of the namespace `shop` | seal it again: `seaway secrets` prints the command
    ");
}

#[test]
fn what_a_file_of_a_sealed_secret_must_not_be() {
    let refused =
        |text: &str| with_files(SEALED, &[("sealed/django.yaml", text)]).err().unwrap_or_default();
    let name = "name: django\n  namespace: shop";
    let good = format!("secret-key: {}", value());
    assert_snapshot!(with_files(SEALED, &[]).err().unwrap_or_default(), @"missing-file 17:51 there is no file `sealed/django.yaml` | not found beside the stack file | seal it: `seaway secrets` prints the command");
    assert_snapshot!(refused("a: [1"), @"invalid-object 17:51 `sealed/django.yaml` is not YAML |  |");
    assert_snapshot!(refused(""), @"invalid-object 17:51 `sealed/django.yaml` holds 0 objects |  | keep one SealedSecret a file");
    assert_snapshot!(refused("- 1"), @"invalid-object 17:51 `sealed/django.yaml` holds no object |  | keep one SealedSecret a file");
    assert_snapshot!(refused("apiVersion: v1\nkind: Secret\nmetadata:\n  name: django\n"), @"secret-literal 17:51 `sealed/django.yaml` holds a Secret that is not sealed | everybody who reads the file reads its values | seal it: `seaway secrets` prints the command");
    assert_snapshot!(refused("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: django\n"), @"invalid-object 17:51 `sealed/django.yaml` holds a ConfigMap, no SealedSecret |  | seal it: `seaway secrets` prints the command");
    assert_snapshot!(refused("kind: SealedSecret\nmetadata:\n  name: django\n"), @r#"invalid-object 17:51 an object without `apiVersion` or `kind` |  | write both, for example `apiVersion = "v1"` and `kind = "Service"`"#);
    assert_snapshot!(refused(&format!("{0}---\n{0}", sealed(name, &good))), @"invalid-object 17:51 `sealed/django.yaml` holds 2 objects |  | keep one SealedSecret a file");
    assert_snapshot!(refused(&sealed(name, &good).replace("v1alpha1", "v1")), @"invalid-object 17:51 `sealed/django.yaml` is of `bitnami.com/v1` |  | write `apiVersion: bitnami.com/v1alpha1`");
    assert_snapshot!(refused(&sealed(name, &good).replace("secret-key:", "secret_key:")), @"unknown-key 17:51 SealedSecret/django makes no key `secret-key` |  | did you mean `secret_key`?");
    assert_snapshot!(refused(&sealed(name, "secret-key: Y29ycmVjdC1ob3JzZQ==")), @"secret-literal 17:51 `secret-key` of SealedSecret/django is not sealed |  | seal it again, and replace the value: whoever reads the file has read it");
    assert_snapshot!(refused(&sealed(name, "secret-key: correct horse")), @"secret-literal 17:51 `secret-key` of SealedSecret/django is not sealed |  | seal it again, and replace the value: whoever reads the file has read it");
    assert_snapshot!(refused(&sealed(name, &good).replace("encryptedData", "data")), @"incomplete-object 17:51 SealedSecret/django has no `encryptedData` |  | seal the Secret: `seaway secrets` prints the command");
}

#[test]
fn a_sealed_secret_can_be_an_object() {
    let object = |name: &str, key: &str| {
        format!(
            "secrets.a = {{ keys = [\"k\"], source = \"sealed\" }}\n[[objects]]\napiVersion = \"bitnami.com/v1alpha1\"\nkind = \"SealedSecret\"\nmetadata.name = \"{name}\"\nspec.encryptedData.{key} = \"{}\"\n",
            value()
        )
    };
    good(&object("a", "k"));
    assert_snapshot!(case(&object("b", "k")), @r#"dangling-reference 5:38 there is no SealedSecret `a` | none of `[[objects]]` | write the file that holds it, `file = "sealed/a.yaml"`; `seaway secrets` prints the command that makes it"#);
    assert_snapshot!(case(&object("a", "l")), @"unknown-key 10:6 SealedSecret/a makes no key `k` |  | known is `l`");
    assert_snapshot!(case("secrets.long = { keys = [\"k\"], source = \"sealed\" }\n"), @r#"dangling-reference 5:41 there is no SealedSecret `long` | none of `[[objects]]` | write the file that holds it, `file = "sealed/long.yaml"`; `seaway secrets` prints the command that makes it"#);
}

#[test]
fn keys_that_controllers_make_are_known() {
    let read = |key: &str| {
        format!(
            "[[objects]]\napiVersion = \"v1\"\nkind = \"Pod\"\nmetadata.name = \"p\"\nspec.containers = [{{ name = \"c\", image = \"i:1\", env = [{{ name = \"K\", valueFrom.secretKeyRef = {{ name = \"own\", key = \"{key}\" }} }}] }}]\n"
        )
    };
    let own = |spec: &str| {
        format!(
            "cluster.provides = [\"SecretStore/s\"]\n[[objects]]\napiVersion = \"external-secrets.io/v1\"\nkind = \"ExternalSecret\"\nmetadata.name = \"e\"\nspec.secretStoreRef = {{ name = \"s\" }}\n{spec}"
        )
    };
    let data =
        "spec.target.name = \"own\"\nspec.data = [{ secretKey = \"a\", remoteRef.key = \"r\" }]\n";
    let case_of = |spec: &str, key: &str| case(&format!("{}{}", own(spec), read(key)));
    let good_of = |spec: &str, key: &str| good(&format!("{}{}", own(spec), read(key)));
    good_of(data, "a");
    assert_snapshot!(case_of(data, "b"), @"unknown-key 17:117 Secret `own` has no key `b` |  | known is `a`");
    let template =
        |policy: &str| format!("{data}spec.target.template = {{ {policy}data.b = \"x\" }}\n");
    good_of(&template(""), "b");
    assert_snapshot!(case_of(&template(""), "a"), @"unknown-key 18:117 Secret `own` has no key `a` |  | known is `b`");
    good_of(&template("mergePolicy = \"Merge\", "), "a");
    good_of(&format!("{data}spec.dataFrom = [{{ extract.key = \"r\" }}]\n"), "anything");
    good_of(
        &format!("{data}spec.target.template.templateFrom = [{{ literal = \"x\" }}]\n"),
        "anything",
    );
}

#[test]
fn a_contract_that_a_controller_fulfils_in_part() {
    let text = "cluster.provides = [\"SecretStore/s\"]\nsecrets.a = { keys = [\"k\", \"l\"], source = \"existing\" }\n\
        [[objects]]\napiVersion = \"external-secrets.io/v1\"\nkind = \"ExternalSecret\"\nmetadata.name = \"a\"\nspec.secretStoreRef.name = \"s\"\nspec.data = [{ secretKey = \"k\", remoteRef.key = \"r\" }]\n";
    assert_snapshot!(case(text), @"unknown-key 12:13 ExternalSecret/a makes no key `l` |  | known is `k`");
}

#[test]
fn secrets_as_files() {
    let bundle = production(
        "components.migrate.type = \"migrate\"\n\
         app.secrets = \"files\"\nsecrets.opt = { keys = [\"a\", \"b\"] }\n\
         components.web.sidecars = [{ name = \"tail\", command = [\"x\"] }, { name = \"other\", image = \"b:1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\", env.B = \"${secrets.opt.b}\" }]\n\
         components.web.env = { A = \"${secrets.opt.a}\", B = { secret = \"opt\", key = \"b\", optional = true } }\n",
    );
    let spec = pod_spec(find(&bundle, "Deployment", "web"));
    let volumes = spec["volumes"].as_array().expect("volumes").iter();
    let is_of_secrets = |name: &str| name.starts_with("secret-");
    let volumes: Vec<_> =
        volumes.filter(|volume| volume["name"].as_str().is_some_and(is_of_secrets)).collect();
    assert_snapshot!(serde_json::to_string_pretty(&volumes).expect("JSON"), @r#"
    [
      {
        "name": "secret-broker",
        "secret": {
          "defaultMode": 288,
          "items": [
            {
              "key": "broker-url",
              "path": "broker-url"
            },
            {
              "key": "results-url",
              "path": "results-url"
            }
          ],
          "secretName": "broker"
        }
      },
      {
        "name": "secret-db",
        "secret": {
          "defaultMode": 288,
          "items": [
            {
              "key": "url",
              "path": "url"
            }
          ],
          "secretName": "db"
        }
      },
      {
        "name": "secret-django",
        "secret": {
          "defaultMode": 288,
          "items": [
            {
              "key": "secret-key",
              "path": "secret-key"
            }
          ],
          "secretName": "django"
        }
      },
      {
        "name": "secret-opt",
        "projected": {
          "defaultMode": 288,
          "sources": [
            {
              "secret": {
                "items": [
                  {
                    "key": "a",
                    "path": "a"
                  }
                ],
                "name": "opt"
              }
            },
            {
              "secret": {
                "items": [
                  {
                    "key": "b",
                    "path": "b"
                  }
                ],
                "name": "opt",
                "optional": true
              }
            }
          ]
        }
      }
    ]
    "#);
    assert_eq!(containers(&spec).len(), 4, "one of them waits for the schema");
    for container in containers(&spec) {
        let name = container["name"].as_str().expect("a name");
        let env = container["env"].as_array().expect("variables");
        let secrets: Vec<_> = env
            .iter()
            .filter(|variable| variable["valueFrom"]["secretKeyRef"].is_object())
            .collect();
        assert_eq!(secrets.len(), usize::from(name == "other"), "{name}");
        let files = env
            .iter()
            .filter(|one| one["name"].as_str().is_some_and(|name| name.ends_with("_FILE")));
        assert_eq!(files.count(), if name == "other" { 0 } else { 6 }, "{name}");
        for mount in container["volumeMounts"].as_array().into_iter().flatten() {
            let path = mount["mountPath"].as_str().unwrap_or_default();
            assert_eq!(
                mount["readOnly"] == true,
                path.starts_with("/run/secrets") || path == "/opt/seaway",
                "{name} {path}"
            );
        }
    }
    // A process that is not root reads files of mode 0440 through its group.
    let security = &spec["securityContext"];
    assert_eq!((&security["runAsNonRoot"], &security["fsGroup"]), (&true.into(), &10001.into()));
    // What lies in the cluster is not affected.
    let broker = pod_spec(find(&bundle, "StatefulSet", "broker"));
    assert!(broker["containers"][0]["env"][0]["valueFrom"]["secretKeyRef"].is_object());
}

#[test]
fn readers_are_known_by_the_objects() {
    let text = format!(
        "{PRODUCTION}secrets.all = {{ keys = [\"A\", \"tls.crt\"] }}\ncomponents.web.env-from = [{{ secret = \"all\", prefix = \"P_\" }}]\n\
         components.worker = {{ secrets = \"files\", mounts.\"/etc/all\" = {{ secret = \"all\" }}, mounts.\"/etc/one\" = {{ secret = \"all\", key = \"A\" }} }}\n\
         [[stages.x.objects]]\napiVersion = \"networking.k8s.io/v1\"\nkind = \"Ingress\"\nmetadata.name = \"i\"\nspec.tls = [{{ secretName = \"all\" }}]\n"
    );
    let source = Source::new("stack.toml", text);
    let mut sink = crate::common::sink_of_part();
    let document = seaway_core::parse(&source, &mut sink);
    let stack = seaway_core::resolve(&source, &document, "x", &mut sink).expect("a stack");
    let readers = Readers::of(&stack);
    let mut lines = String::new();
    for (secret, key) in [("all", "A"), ("all", "tls.crt"), ("db", "url"), ("django", "secret-key")]
    {
        for reader in readers.of_key(secret, key) {
            let container = reader.container.unwrap_or_default();
            let _ =
                writeln!(lines, "{secret}/{key}: {} {container} {}", reader.owner, reader.through);
        }
    }
    assert_snapshot!(lines, @"
    all/A: web web P_A
    all/A: worker worker /etc/all/A
    all/A: worker worker /etc/one
    all/tls.crt: Ingress/i  TLS certificate
    all/tls.crt: web web P_tls.crt
    all/tls.crt: worker worker /etc/all/tls.crt
    db/url: web web DATABASE_URL
    db/url: worker worker /run/secrets/db/url
    django/secret-key: web web SECRET_KEY
    django/secret-key: worker worker /run/secrets/django/secret-key
    ");
}

/// A patch names a key as it is printed, or as text.
#[test]
fn a_patch_of_a_secret_of_development() {
    for (field, value) in [("stringData", "x"), ("data", "eA==")] {
        let bundle = based(&format!(
            "components.db.type = \"postgres\"\n[[patches]]\ntarget = {{ kind = \"Secret\", name = \"db\" }}\nmerge.{field}.password = \"{value}\"\n"
        ));
        let secret = find(&bundle, "Secret", "db");
        assert_eq!(decoded(secret, "password"), "x");
        assert_eq!(json(secret).get("stringData"), None);
        assert!(secret.origins.of("data.password").span().is_some(), "the line of the patch");
    }
}
