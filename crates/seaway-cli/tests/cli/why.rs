//! `seaway why`.

use insta::assert_snapshot;
use serde_json::Value;

use crate::sandbox::{FAULTY, Run, Sandbox};

/// Layers, a type of the stack, a patch and objects of its own in two namespaces.
const LAYERED: &str = r#"name = "shop"
[app]
image = "ghcr.io/acme/shop:1.4.0"
module = "shop"
hosts = ["shop.example.com"]
[app.env]
DEBUG = "1"
TOKEN = "${secrets.app.token}"
[secrets.app]
keys = ["token"]
[types.noted]
type = "memcached"
env.NOTE = "of the type"
[components.web]
type = "web"
[components.web.labels]
"acme.example/team" = "shop"
[components.notes]
type = "noted"
[components.db]
type = "postgres"
version = "17"
storage = "2Gi"
[components.migrate]
type = "migrate"
[stages.local]
app.image = "ghcr.io/acme/shop:1.5.0"
[stages.test]
extends = "local"
app.env.DEBUG = false
components.notes.env.NOTE = "of the stage"
[[stages.test.patches]]
target = { kind = "Deployment", name = "web" }
merge.spec.minReadySeconds = 7
remove = ["spec.template.spec.containers[web].livenessProbe"]
[[stages.test.objects]]
apiVersion = "v1"
kind = "ConfigMap"
metadata.name = "notes"
metadata.namespace = "one"
metadata.annotations.url = "postgres://shop:hunter2@db.example.com/shop"
[[stages.test.objects]]
apiVersion = "v1"
kind = "ConfigMap"
metadata = { name = "notes", namespace = "two" }
[[stages.test.objects]]
apiVersion = "v1"
kind = "Namespace"
metadata.name = "one"
[[stages.test.objects]]
apiVersion = "v1"
kind = "Namespace"
metadata.name = "two"
[allow.secret-literal]
url = "what is shown of it is tried"
"#;

fn run(args: &[&str]) -> Run {
    let args: Vec<&str> =
        ["why", "--stack", "shop", "-s", "test"].iter().chain(args).copied().collect();
    Sandbox::new(LAYERED).run(&args)
}

/// The answer to a question.
fn why(args: &[&str]) -> String {
    let Run { code, out, err } = run(args);
    assert_eq!(code, Some(0), "{args:?}: {err}");
    out
}

/// What is said to a question without an answer.
fn no_answer(args: &[&str]) -> String {
    let Run { code, out, err } = run(args);
    assert_eq!((code, out.as_str()), (Some(1), ""), "{args:?}");
    let (_, last) = err.split_once("error[usage]").expect("what is wrong with the question");
    format!("error[usage]{last}")
}

#[test]
fn each_layer_says_what_it_says_and_one_of_them_counts() {
    assert_snapshot!(why(&["Deployment/web", "spec.template.spec.containers[web].image"]), @r#"
    Deployment/web spec.template.spec.containers[web].image
      value       "ghcr.io/acme/shop:1.5.0"
      set by      app.image, stack.toml:27:13

    layers, the lowest first; `>` is the one that counts
      base         stack.toml:3:9    app.image = "ghcr.io/acme/shop:1.4.0"
    > stage local  stack.toml:27:13  app.image = "ghcr.io/acme/shop:1.5.0"

    passes that set or changed it
      lower      "ghcr.io/acme/shop:1.5.0"
    "#);
}

/// What the command line says lies over the stage, and has no lines.
#[test]
fn a_flag_is_the_uppermost_layer() {
    let path = "spec.template.spec.containers[web].image";
    assert_snapshot!(why(&["deploy/web", path, "--set", "app.image=ghcr.io/acme/shop:2"]), @r#"
    Deployment/web spec.template.spec.containers[web].image
      value       "ghcr.io/acme/shop:2"
      set by      app.image, --set app.image

    layers, the lowest first; `>` is the one that counts
      base          stack.toml:3:9    app.image = "ghcr.io/acme/shop:1.4.0"
      stage local   stack.toml:27:13  app.image = "ghcr.io/acme/shop:1.5.0"
    > command line  --set app.image   app.image = "ghcr.io/acme/shop:2"

    passes that set or changed it
      lower      "ghcr.io/acme/shop:2"
    "#);
}

#[test]
fn a_type_of_the_stack_is_a_layer_below_its_component() {
    let path = "spec.template.spec.containers[notes].env[NOTE].value";
    assert_snapshot!(why(&["deployment/notes", path]), @r#"
    Deployment/notes spec.template.spec.containers[notes].env[NOTE].value
      value       "of the stage"
      set by      components.notes.env.NOTE, stack.toml:31:29
      as part of  spec.template.spec.containers[notes].env[NOTE]

    layers, the lowest first; `>` is the one that counts
      type noted, base  stack.toml:13:12  types.noted.env.NOTE = "of the type"
    > stage test        stack.toml:31:29  components.notes.env.NOTE = "of the stage"

    passes that set or changed it
      lower      "of the stage"
    "#);
}

#[test]
fn a_default_has_its_reason_and_its_source() {
    assert_snapshot!(why(&["deployments.apps/web", "spec.strategy.rollingUpdate.maxUnavailable"]), @"
    Deployment/web spec.strategy.rollingUpdate.maxUnavailable
      value       0
      set by      default rollout-without-gap
      why         new pods are ready before old ones leave
      source      https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment
      as part of  spec.strategy

    passes that set or changed it
      lower      0
    ");
}

#[test]
fn a_patch_is_named_and_so_is_what_it_replaced() {
    assert_snapshot!(why(&["deploy/web", "spec.minReadySeconds"]), @"
    Deployment/web spec.minReadySeconds
      value       7
      set by      patches[0].merge.spec.minReadySeconds, stack.toml:34:30

    layers, the lowest first; `>` is the one that counts
    > stage test  stack.toml:34:30  patches[0].merge.spec.minReadySeconds = 7

    passes that set or changed it
      lower      10
      patch      7
    ");
}

#[test]
fn a_field_that_was_removed_says_what_removed_it() {
    let path = "spec.template.spec.containers[web].livenessProbe.periodSeconds";
    assert_snapshot!(why(&["deploy/web", path]), @r#"
    Deployment/web spec.template.spec.containers[web].livenessProbe.periodSeconds
      value       removed by the pass `patch`
      removed by  patches[0].remove[0], stack.toml:35:11

    layers, the lowest first; `>` is the one that counts
    > stage test  stack.toml:35:11  patches[0].remove[0] = "spec.template.spec.containers[web].livenessProbe"

    passes that set or changed it
      lower      15
      patch      removed
    "#);
}

#[test]
fn a_key_with_dots_can_be_written_in_every_usual_way() {
    let plain = why(&["deploy/web", "spec.template.metadata.labels.acme.example/team"]);
    for path in [
        "spec.template.metadata.labels[\"acme.example/team\"]",
        "spec.template.metadata.labels.'acme.example/team'",
        "spec.template.metadata.labels[acme.example/team]",
    ] {
        assert_eq!(why(&["DEPLOYMENT/web", path]), plain, "{path}");
    }
    assert_snapshot!(plain, @r#"
    Deployment/web spec.template.metadata.labels.acme.example/team
      value       "shop"
      set by      components.web.labels."acme.example/team", stack.toml:17:23

    layers, the lowest first; `>` is the one that counts
    > base  stack.toml:17:23  components.web.labels."acme.example/team" = "shop"

    passes that set or changed it
      harden     "shop"
    "#);
}

#[test]
fn an_object_has_an_origin_behind_each_value() {
    assert_snapshot!(why(&["Service/web"]), @r#"
    # Service/web: components.web, stack.toml:14:13
    apiVersion: v1                            # components.web, stack.toml:14:13
    kind: Service                             # components.web, stack.toml:14:13
    metadata:
      name: web                               # components.web, stack.toml:14:13
      namespace: shop                         # name, stack.toml:1:8
      labels:
        acme.example/team: shop               # components.web.labels."acme.example/team", stack.toml:17:23
        app.kubernetes.io/component: web      # components.web, stack.toml:14:13
        app.kubernetes.io/instance: web       # components.web, stack.toml:14:13
        app.kubernetes.io/managed-by: seaway  # default recommended-labels
        app.kubernetes.io/name: shop          # name, stack.toml:1:8
        app.kubernetes.io/part-of: shop       # name, stack.toml:1:8
    spec:
      type: ClusterIP                         # default expose-cluster-ip
      selector:
        app.kubernetes.io/instance: web       # default recommended-labels
      ports:
      - name: http                            # default service-port
        port: 80                              # default service-port
        targetPort: http                      # default service-port
    # defaults
    #   expose-cluster-ip   nothing is public unless the stack says so
    #   recommended-labels  tools and people find what belongs together
    #   service-port        the port of HTTP, so that callers name none; the pods listen on one that needs no privileges
    "#);
}

/// Neither of a Secret, nor of a text that looks like one, here or in the stack.
#[test]
fn no_secret_is_shown() {
    let whole = why(&["Secret/db"]);
    assert_snapshot!(whole, @r#"
    # Secret/db: components.db, stack.toml:20:13
    apiVersion: v1                            # components.db, stack.toml:20:13
    kind: Secret                              # components.db, stack.toml:20:13
    metadata:
      name: db                                # components.db, stack.toml:20:13
      namespace: shop                         # name, stack.toml:1:8
      labels:
        app.kubernetes.io/managed-by: seaway  # default recommended-labels
        app.kubernetes.io/part-of: shop       # name, stack.toml:1:8
    type: Opaque                              # components.db, stack.toml:20:13
    data:
      password: "(not shown)"                 # default throw-away-credentials
      postgres-password: "(not shown)"        # default throw-away-credentials
      url: "(not shown)"                      # default throw-away-credentials
    # defaults
    #   recommended-labels      tools and people find what belongs together
    #   throw-away-credentials  a development stage runs at once; the values follow from names and protect nothing
    "#);
    assert_snapshot!(why(&["secrets/db", "data.password"]), @r#"
    Secret/db data.password
      value       (not shown)
      set by      default throw-away-credentials
      why         a development stage runs at once; the values follow from names and protect nothing
      source      https://12factor.net/config
      as part of  data

    passes that set or changed it
      lower      (not shown)
    "#);
    let url = ["cm/notes", "--namespace", "one", "metadata.annotations.url"];
    let text = why(&url);
    assert!(!text.contains("hunter2"), "{text}");
    assert_snapshot!(text, @"
    ConfigMap/notes metadata.annotations.url
      value       (not shown)
      set by      objects[0].metadata.annotations.url, stack.toml:41:28

    layers, the lowest first; `>` is the one that counts
    > stage test  stack.toml:41:28  objects[0].metadata.annotations.url = (not shown)

    passes that set or changed it
      lower      (not shown)
    ");
    let json = why(&[&url[..], &["--format", "json"]].concat());
    assert!(!json.contains("hunter2"), "{json}");
}

/// A generated name ends in a hash, which nobody knows by heart.
#[test]
fn the_hash_of_a_name_can_be_left_out() {
    let text = why(&["Job/migrate", "metadata.name"]);
    assert!(text.contains("default content-hash"), "{text}");
    let steps: Vec<&str> =
        text.lines().filter(|line| line.trim().starts_with(['l', 'h'])).collect();
    assert_eq!(steps.len(), 2, "{text}");
    assert!(steps[0].ends_with("\"migrate\""), "{text}");
}

#[test]
fn a_question_without_an_answer_says_what_to_ask() {
    assert_snapshot!(no_answer(&["web"]), @"
    error[usage]: `web` names no object
     |
     = help: objects of that name are `NetworkPolicy/web`, `ServiceAccount/web`, `Service/web` and `Deployment/web`
    ");
    assert_snapshot!(no_answer(&["Deployment/wbe"]), @"
    error[usage]: stage `test` has no object `Deployment/wbe`
     |
     = help: did you mean `Deployment/web`?
    ");
    assert_snapshot!(no_answer(&["Deploymnt/web"]), @"
    error[usage]: stage `test` has no object `Deploymnt/web`
     |
     = help: did you mean `Deployment/web`?
    ");
    assert_snapshot!(no_answer(&["Ingress/web"]), @"
    error[usage]: stage `test` has no object `Ingress/web`
     |
     = help: objects of that name are `NetworkPolicy/web`, `ServiceAccount/web`, `Service/web` and `Deployment/web`
    ");
    assert_snapshot!(no_answer(&["deploy/web", "spec.template.spec.containers[wbe].image"]), @"
    error[usage]: Deployment/web has no field `spec.template.spec.containers[wbe].image`
     |
     = help: did you mean `spec.template.spec.containers[web]`?
    ");
    assert_snapshot!(no_answer(&["deploy/web", "spec.template.spec.containers[web].env[DEBUG]"]), @"
    error[usage]: Deployment/web has no field `spec.template.spec.containers[web].env[DEBUG]`
     |
     = note: `app.env.DEBUG = false` removes it: shop/stack.toml:30:17
     = help: known are `ALLOWED_HOSTS`, `CACHE_URL`, `DATABASE_URL`, `DJANGO_SETTINGS_MODULE`, `HOME`, `PYTHONDONTWRITEBYTECODE`, `PYTHONUNBUFFERED` and `TOKEN`
    ");
    assert_snapshot!(no_answer(&["deployments.batch/web"]), @"
    error[usage]: stage `test` has no object `deployments.batch/web`
     |
     = help: did you mean `Deployment/web`?
    ");
}

#[test]
fn a_name_in_two_namespaces_has_to_say_which() {
    assert_snapshot!(no_answer(&["ConfigMap/notes"]), @"
    error[usage]: 2 objects are called `ConfigMap/notes`
     |
     = note: the namespaces are `one` and `two`
     = help: say which one: `--namespace one`
    ");
    let found = why(&["ConfigMap/notes", "-n", "two", "metadata.namespace"]);
    assert!(found.contains("\"two\""), "{found}");
}

#[test]
fn json_has_all_keys_that_the_help_names() {
    let field: Value = serde_json::from_str(&why(&[
        "deploy/web",
        "spec.template.spec.containers[web].image",
        "-f",
        "json",
    ]))
    .expect("JSON");
    assert_eq!(field["field"]["value"], "ghcr.io/acme/shop:1.5.0");
    assert_eq!(field["field"]["origin"]["place"]["line"], 27);
    assert_eq!(field["field"]["layers"][1]["wins"], true);
    assert_eq!((&field["yaml"], &field["fields"]), (&Value::Null, &Value::Null));
    let whole: Value = serde_json::from_str(&why(&["svc/web", "-f", "json"])).expect("JSON");
    let keys: Vec<&String> = whole.as_object().expect("an object").keys().collect();
    let named = ["component", "field", "fields", "kind", "name", "namespace", "origin", "stage"];
    assert_eq!(keys, [&named[..], &["yaml"]].concat());
    let lines: Vec<&str> = whole["yaml"].as_str().expect("YAML").lines().collect();
    for field in whole["fields"].as_array().expect("fields") {
        let line =
            lines[usize::try_from(field["line"].as_u64().expect("a line")).expect("small") - 1];
        let last = field["path"].as_str().expect("a path").rsplit(['.', '[']).next();
        let key = last.expect("a key").trim_end_matches(']');
        assert!(
            line.contains(key) || field["path"].as_str().is_some_and(|path| path.ends_with(']'))
        );
    }
}

#[test]
fn nothing_is_printed_of_a_stage_with_an_error() {
    let sandbox = Sandbox::new(FAULTY);
    let Run { code, out, err } =
        sandbox.run(&["why", "Deployment/web", "--stack", "shop", "--stage", "faulty"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("could not compile stage `faulty`"), "{err}");
    let missing = sandbox.run(&["why", "Deployment/web", "a b", "--stack", "shop"]);
    assert_eq!(missing.code, Some(2));
    let help = "for example `seaway why Deployment/web 'a b' --stack shop --stage local`";
    assert!(missing.err.contains(help), "{}", missing.err);
}
