//! Secrets that are named on the command line, and those that nodes pull images with.

use super::{STACK, printed};
use crate::sandbox::{Run, Sandbox};

fn commented(text: &str) -> String {
    let (_, secrets) = text.split_once("\n\n").expect("a list of Secrets");
    secrets.to_owned()
}

#[test]
fn a_replacement_says_what_follows() {
    let sandbox = Sandbox::new(STACK);
    let replaced = printed(&sandbox, &["--stage", "production", "--replace", "db,django"]);
    insta::assert_snapshot!(commented(&replaced), @r#"
    # db: is in the cluster and gets new values
    #   password: a password or token of the stack's own
    #     db reads /run/secrets/postgres/password in db
    #   postgres-password: a password or token of the stack's own
    #     db reads /run/secrets/postgres/postgres-password in db
    #   url: postgres://shop:<password>@db:5432/shop, the value of another key percent-encoded
    #     web reads DATABASE_URL in web
    # write each value into its file, without a newline at the end: db/password, db/postgres-password
    on_failure='The script stopped: it did not replace the Secret db.
    If it does not exist yet: seaway secrets shop --stage production --replace=django --only=db'
    mkdir -p db
    part_1=$(jq -sRr @uri db/password)
    printf 'postgres://shop:%s@db:5432/shop' "$part_1" >db/url
    manifest=$(kubectl create secret generic db --namespace=shop \
      --from-file=password=db/password \
      --from-file=postgres-password=db/postgres-password \
      --from-file=url=db/url \
      --dry-run=client --output=yaml)
    printf '%s\n' "$manifest" | kubectl replace --filename=-
    printf '%s\n' 'The Secret db has new values.
    The database `db` keeps its old passwords on its volume: set the new ones there at once, or nothing can log in.
      show it: kubectl get secret db --namespace=shop --output='\''go-template={{index .data "password" | base64decode}}'\''
      set it:  kubectl exec -it --namespace=shop statefulset/db -- psql --username=postgres --command='\''\password shop'\''
      show it: kubectl get secret db --namespace=shop --output='\''go-template={{index .data "postgres-password" | base64decode}}'\''
      set it:  kubectl exec -it --namespace=shop statefulset/db -- psql --username=postgres --command='\''\password postgres'\''
    Pods have the old values until they start anew: kubectl rollout restart --namespace=shop deployment,statefulset --selector='\''app.kubernetes.io/instance in (db,web)'\''' >&2

    # django: is in the cluster and gets new values
    #   secret-key: Django's signing key
    #     web reads SECRET_KEY in web
    # write each value into its file, without a newline at the end: django/secret-key
    on_failure='The script stopped: it did not replace the Secret django.
    If it does not exist yet: seaway secrets shop --stage production --only=django'
    manifest=$(kubectl create secret generic django --namespace=shop \
      --from-file=secret-key=django/secret-key \
      --dry-run=client --output=yaml)
    printf '%s\n' "$manifest" | kubectl replace --filename=-
    printf '%s\n' 'The Secret django has new values.
    A new SECRET_KEY logs everybody out and voids signed links; `SECRET_KEY_FALLBACKS` accepts the old one for a while: https://docs.djangoproject.com/en/5.2/ref/settings/#secret-key-fallbacks
    Pods have the old values until they start anew: kubectl rollout restart --namespace=shop deployment,statefulset --selector='\''app.kubernetes.io/instance in (web)'\''' >&2
    "#);
}

#[test]
fn a_name_that_no_script_makes_is_an_error() {
    let sandbox = Sandbox::new(STACK);
    let told = |args: &[&str]| {
        let args: Vec<&str> = ["secrets", "shop"].iter().chain(args).copied().collect();
        let Run { code, out, err } = sandbox.run(&args);
        assert_eq!((code, out.as_str()), (Some(1), ""), "{args:?}");
        err
    };
    insta::assert_snapshot!(told(&["--stage", "production", "--only=djang", "--replace=x"]), @"
    error[usage]: `--only=djang`: stage `production` has no Secret `djang`
     |
     = help: did you mean `django`?

    error[usage]: `--replace=x`: stage `production` has no Secret `x`
     |
     = help: known are `db` and `django`
    ");
    insta::assert_snapshot!(told(&["--stage", "local", "--replace=django"]), @"
    error[usage]: `--replace=django`: `seaway render` prints the Secret `django`
     |
     = help: apply the stage: the Secret is part of what it prints
    ");
    let none = sandbox.run(&["secrets", "shop", "--stage", "production", "--replace"]);
    assert_eq!((none.code, none.out.as_str()), (Some(2), ""), "a replacement has to be named");
}

#[test]
fn secrets_that_nodes_pull_images_with_are_listed() {
    let stack =
        STACK.replace("module = \"shop\"", "module = \"shop\"\npull-secrets = [\"regcred\"]");
    let sandbox = Sandbox::new(&stack);
    let only = printed(&sandbox, &["--stage", "production", "--only", "regcred"]);
    insta::assert_snapshot!(commented(&only), @r#"
    # regcred: has to be in the cluster before the stack is applied
    #   .dockerconfigjson: credentials of registries, which nodes pull images with
    #     web reads credentials of an image registry
    # write each value into its file, without a newline at the end: regcred/.dockerconfigjson
    # regcred/.dockerconfigjson is a `config.json` of Docker: {"auths":{"<registry>":{"auth":"<user:password in base64>"}}}
    on_failure='The script stopped: it did not make the Secret regcred.
    If it exists and needs new values: seaway secrets shop --stage production --replace=regcred'
    kubectl create secret docker-registry regcred --namespace=shop \
      --from-file=.dockerconfigjson=regcred/.dockerconfigjson
    "#);
    // One that the stack declares is listed once, with its type.
    let declared = format!(
        "{stack}[stages.declared]\nextends = \"production\"\nsecrets.regcred.keys = [\".dockerconfigjson\"]\n"
    );
    let sandbox = Sandbox::new(&declared);
    let only = printed(&sandbox, &["--stage", "declared", "--only", "regcred"]);
    insta::assert_snapshot!(commented(&only), @r#"
    # regcred: has to be in the cluster before the stack is applied
    #   .dockerconfigjson: credentials of registries, which nodes pull images with
    #     web reads credentials of an image registry
    # write each value into its file, without a newline at the end: regcred/.dockerconfigjson
    on_failure='The script stopped: it did not make the Secret regcred.
    If it exists and needs new values: seaway secrets shop --stage declared --replace=regcred'
    kubectl create secret generic regcred --type=kubernetes.io/dockerconfigjson --namespace=shop \
      --from-file=.dockerconfigjson=regcred/.dockerconfigjson
    "#);
}
