//! The script in a real shell, with stand-ins for the programs that it calls.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::{STACK, printed, without_values};
use crate::sandbox::{Run, Sandbox};

/// Writes down what it is called with and what it reads. `there` holds the names of the Secrets that exist.
const KUBECTL: &str = r#"#!/bin/sh
echo "kubectl $*" >>"$LOGS/args"
name=$4
for word; do
  case $word in
  --from-file=*=*) cat "${word#*=*=}" >>"$LOGS/read" || exit 1 ;;
  --filename=-)
    manifest=$(cat)
    printf '%s\n' "$manifest" >>"$LOGS/read"
    name=$(printf '%s\n' "$manifest" | sed -n 's/^  name: //p')
    ;;
  --dry-run=client)
    printf 'kind: Secret\nmetadata:\n  name: %s\n' "$4"
    exit
    ;;
  esac
done
touch "$LOGS/there"
if grep -qx "$name" "$LOGS/there"; then is_there=yes; else is_there=no; fi
case $1-$is_there in
create-yes) echo "Error from server (AlreadyExists): secrets \"$name\" already exists" >&2; exit 1 ;;
replace-no) echo "Error from server (NotFound): secrets \"$name\" not found" >&2; exit 1 ;;
create-no) echo "$name" >>"$LOGS/there" ;;
esac
"#;
const AWS: &str = r#"#!/bin/sh
echo "aws $*" >>"$LOGS/args"
for word; do
  case $word in
  *stdin) cat >>"$LOGS/read" ;;
  esac
done
"#;
const KUBESEAL: &str = r#"#!/bin/sh
echo "kubeseal $*" >>"$LOGS/args"
for word; do
  case $word in
  --sealed-secret-file=*)
    mkdir -p "$(dirname "${word#*=}")"
    tee "${word#*=}" >>"$LOGS/read"
    ;;
  esac
done
"#;

/// Runs a script of a shell in the sandbox.
fn sh(sandbox: &Sandbox, script: &str) -> Run {
    for (name, text) in [("kubectl", KUBECTL), ("aws", AWS), ("kubeseal", KUBESEAL)] {
        let path = format!("bin/{name}");
        sandbox.write(&path, text);
        fs::set_permissions(sandbox.path(&path), fs::Permissions::from_mode(0o755))
            .expect("rights");
    }
    fs::create_dir_all(sandbox.path("logs")).expect("a folder");
    sandbox.write("script", script);
    let path = std::env::var("PATH").expect("a PATH");
    let shell = Command::new("sh")
        .arg("script")
        .current_dir(sandbox.path(""))
        .env("PATH", format!("{}:{path}", sandbox.path("bin").display()))
        .env("LOGS", sandbox.path("logs"))
        .output()
        .expect("a shell");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Run { code: shell.status.code(), out: text(&shell.stdout), err: text(&shell.stderr) }
}

/// What the stand-ins have written down; empty if they have not been called.
fn logged(sandbox: &Sandbox, name: &str) -> String {
    fs::read_to_string(sandbox.path("logs").join(name)).unwrap_or_default()
}

fn has_jq() -> bool {
    Command::new("jq").arg("--version").output().is_ok()
}

#[test]
fn no_value_is_in_a_command_line() {
    for stage in ["production", "outside", "external", "sealed"] {
        let sandbox = Sandbox::new(STACK);
        for file in ["django/dsn", "tls/tls.crt", "tls/tls.key", "prod-shop-django.json"] {
            sandbox.write(file, "given");
        }
        let run = sh(&sandbox, &printed(&sandbox, &["--stage", stage, "--generate"]));
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{stage}");
        let (read, args) = (logged(&sandbox, "read"), logged(&sandbox, "args"));
        assert_ne!(without_values(&read), read, "{stage}: {read}");
        assert_eq!(without_values(&args), args, "{stage}: a value in a command line");
    }
}

#[test]
fn a_shell_composes_what_it_reads_from_files() {
    if !has_jq() {
        return;
    }
    let sandbox = Sandbox::new(STACK);
    sandbox.write("django/secret-key", "s");
    sandbox.write("db/postgres-password", "p");
    sandbox.write("db/password", "a/b?c@d#e:f%g h+ij\"k\\l$m");
    let run = sh(&sandbox, &printed(&sandbox, &["--stage", "production"]));
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    let url = fs::read_to_string(sandbox.path("db/url")).expect("the URL");
    assert_eq!(url, "postgres://shop:a%2Fb%3Fc%40d%23e%3Af%25g%20h%2Bij%22k%5Cl%24m@db:5432/shop");
}

#[test]
fn a_secret_that_exists_stops_the_script() {
    let sandbox = Sandbox::new(STACK);
    sandbox.write("logs/there", "db\n");
    let run = sh(&sandbox, &printed(&sandbox, &["--stage", "production", "--generate"]));
    assert_eq!(run.code, Some(1));
    insta::assert_snapshot!(run.err, @r#"
    Error from server (AlreadyExists): secrets "db" already exists
    The script stopped: it did not make the Secret db.
    If it exists and is right: seaway secrets shop --stage production --generate --only=django
    If it exists and needs new values, which you then set in `db`, too: seaway secrets shop --stage production --generate --replace=db --only=django
    "#);
    assert_eq!(logged(&sandbox, "there"), "db\n", "nothing is made after a failure");
    // What it says works as it is printed.
    let run =
        sh(&sandbox, &printed(&sandbox, &["--stage", "production", "--generate", "--only=django"]));
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    assert_eq!(logged(&sandbox, "there"), "db\ndjango\n");
    let replace = ["--stage", "production", "--generate", "--replace=db"];
    let run = sh(&sandbox, &printed(&sandbox, &replace));
    assert_eq!(run.code, Some(0));
    insta::assert_snapshot!(run.err, @r#"
    The Secret db has new values.
    The database `db` keeps its old passwords on its volume: set the new ones there at once, or nothing can log in.
      show it: kubectl get secret db --namespace=shop --output='go-template={{index .data "password" | base64decode}}'
      set it:  kubectl exec -it --namespace=shop statefulset/db -- psql --username=postgres --command='\password shop'
      show it: kubectl get secret db --namespace=shop --output='go-template={{index .data "postgres-password" | base64decode}}'
      set it:  kubectl exec -it --namespace=shop statefulset/db -- psql --username=postgres --command='\password postgres'
    Pods have the old values until they start anew: kubectl rollout restart --namespace=shop deployment,statefulset --selector='app.kubernetes.io/instance in (db,web)'
    "#);
    assert_eq!(logged(&sandbox, "there"), "db\ndjango\n");
    assert!(logged(&sandbox, "args").ends_with("kubectl replace --filename=-\n"));
}

#[test]
fn a_secret_that_is_replaced_has_to_exist() {
    let sandbox = Sandbox::new(STACK);
    sandbox.write("django/secret-key", "new");
    let run = sh(&sandbox, &printed(&sandbox, &["--stage", "production", "--replace=django"]));
    assert_eq!(run.code, Some(1));
    insta::assert_snapshot!(run.err, @r#"
    Error from server (NotFound): secrets "django" not found
    The script stopped: it did not replace the Secret django.
    If it does not exist yet: seaway secrets shop --stage production --only=django
    "#);
    sandbox.write("logs/there", "django\n");
    let run = sh(&sandbox, &printed(&sandbox, &["--stage", "production", "--replace=django"]));
    assert_eq!(run.code, Some(0));
    insta::assert_snapshot!(run.err, @"
    The Secret django has new values.
    A new SECRET_KEY logs everybody out and voids signed links; `SECRET_KEY_FALLBACKS` accepts the old one for a while: https://docs.djangoproject.com/en/5.2/ref/settings/#secret-key-fallbacks
    Pods have the old values until they start anew: kubectl rollout restart --namespace=shop deployment,statefulset --selector='app.kubernetes.io/instance in (web)'
    ");
}

/// A missing file must not become an empty password in a URL.
#[test]
fn a_file_that_is_missing_stops_the_script() {
    if !has_jq() {
        return;
    }
    for stage in ["production", "sealed"] {
        let sandbox = Sandbox::new(STACK);
        let run = sh(&sandbox, &printed(&sandbox, &["--stage", stage]));
        assert_ne!(run.code, Some(0), "{stage}");
        assert!(run.err.contains("db/password"), "{stage}: {}", run.err);
        assert!(run.err.contains("The script stopped"), "{stage}: {}", run.err);
        assert_eq!(logged(&sandbox, "args"), "", "{stage}");
        assert!(!sandbox.path("db/url").exists(), "{stage}");
    }
    // kubectl fails in front of kubeseal.
    let sandbox = Sandbox::new(STACK);
    let run = sh(&sandbox, &printed(&sandbox, &["--stage", "sealed", "--only=django"]));
    assert_eq!(run.code, Some(1));
    assert!(!logged(&sandbox, "args").contains("kubeseal"), "{}", logged(&sandbox, "args"));
}

#[test]
fn a_sealed_file_that_exists_is_kept() {
    let sandbox = Sandbox::new(STACK);
    sandbox.write("shop/sealed/django.yaml", "old");
    let script = printed(&sandbox, &["--stage", "sealed", "--generate", "--only=django"]);
    let run = sh(&sandbox, &script);
    assert_eq!(run.code, Some(1));
    insta::assert_snapshot!(run.err, @"
    shop/sealed/django.yaml exists
    The script stopped: it did not make the file of the SealedSecret django.
    If it exists and needs new values: seaway secrets shop --stage sealed --generate --replace=django
    ");
    let sealed = || fs::read_to_string(sandbox.path("shop/sealed/django.yaml")).expect("a file");
    assert_eq!(sealed(), "old");
    let script = printed(&sandbox, &["--stage", "sealed", "--generate", "--replace=django"]);
    assert_eq!(sh(&sandbox, &script).code, Some(0));
    assert_ne!(sealed(), "old");
}

#[test]
fn a_secret_of_a_store_gets_a_new_version() {
    let sandbox = Sandbox::new(STACK);
    let script = printed(&sandbox, &["--stage", "external", "--generate", "--replace=db"]);
    let run = sh(&sandbox, &script);
    assert_eq!(run.code, Some(0), "{}", run.err);
    insta::assert_snapshot!(logged(&sandbox, "args"), @"aws secretsmanager put-secret-value --region=eu-central-1 --secret-id=prod/shop/db --secret-string=file:///dev/stdin");
}

/// Text of a stack stays text in a comment and in a word of a command.
#[test]
fn no_text_of_a_stack_is_run() {
    let hostile = r#""prod; touch pwned #'$(touch pwned)`touch pwned`""#;
    let stack = STACK.replace(r#""prod/shop""#, hostile);
    let sandbox = Sandbox::new(&stack);
    for args in [&["--generate"][..], &[], &["--replace=db"]] {
        let args = [&["--stage", "external"], args].concat();
        let _ = sh(&sandbox, &printed(&sandbox, &args));
        assert!(!sandbox.path("pwned").exists(), "{args:?}");
    }
    assert!(logged(&sandbox, "args").contains("touch pwned"), "{}", logged(&sandbox, "args"));
}
