//! `seaway render --layout`: folders that Argo CD and Flux apply.

use std::collections::BTreeMap;
use std::fs;

use insta::assert_snapshot;
use seaway_render::layout::GUARDS;
use serde_json::Value;
use serde_yaml::Deserializer;

use crate::sandbox::{Run, SHOP, Sandbox};

const URL: &str = "https://github.com/acme/shop.git";

/// Renders the stage `postgres` for a tool into `deploy/shop`.
fn rendered(tool: &str) -> Sandbox {
    let sandbox = Sandbox::new(SHOP);
    let Run { code, out, err } = sandbox.run(&render(tool));
    assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
    sandbox
}

fn render(tool: &str) -> [&str; 10] {
    let out = "deploy/shop";
    ["render", "shop", "-s", "postgres", "--out", out, "--layout", tool, "--repo-url", URL]
}

/// The files around the objects.
fn around(sandbox: &Sandbox) -> String {
    let names = sandbox.names("deploy/shop");
    let files = names.iter().filter(|name| name.contains(".yaml"));
    let text = |name: &String| {
        let text = fs::read_to_string(sandbox.path("deploy/shop").join(name)).expect("a text");
        format!("# {name}\n{text}")
    };
    files.map(text).collect()
}

/// Objects by kind and name.
fn objects(text: &str) -> BTreeMap<(String, String), Value> {
    let objects = Deserializer::from_str(text).map(|document| {
        let object: Value = serde::Deserialize::deserialize(document).expect("an object");
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        ((word(&object["kind"]), word(&object["metadata"]["name"])), object)
    });
    objects.collect()
}

#[test]
fn argo_cd_gets_an_application() {
    let sandbox = rendered("argocd");
    assert_eq!(sandbox.names("deploy/shop"), [".seaway", "argocd-application.yaml", "objects"]);
    assert_snapshot!(around(&sandbox), @"
    # argocd-application.yaml
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: Application
    metadata:
      name: shop-postgres
      namespace: argocd
    spec:
      project: default
      source:
        repoURL: https://github.com/acme/shop.git
        path: deploy/shop/objects
        targetRevision: main
      destination:
        namespace: shop
        server: https://kubernetes.default.svc
      syncPolicy:
        automated:
          prune: true
          selfHeal: false
        syncOptions:
        - PruneLast=true
        - ServerSideApply=true
    ");
}

#[test]
fn flux_gets_a_source_a_kustomization_and_the_list_of_the_objects() {
    assert_snapshot!(around(&rendered("flux")), @"
    # flux-gitrepository.yaml
    ---
    apiVersion: source.toolkit.fluxcd.io/v1
    kind: GitRepository
    metadata:
      name: shop-postgres
      namespace: flux-system
    spec:
      interval: 1m
      url: https://github.com/acme/shop.git
      ref:
        branch: main
    # flux-kustomization.yaml
    ---
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata:
      name: shop-postgres
      namespace: flux-system
    spec:
      interval: 10m
      retryInterval: 2m
      sourceRef:
        kind: GitRepository
        name: shop-postgres
      path: ./deploy/shop
      prune: true
      deletionPolicy: Orphan
      wait: true
      timeout: 2400s
    # kustomization.yaml
    ---
    apiVersion: kustomize.config.k8s.io/v1beta1
    kind: Kustomization
    resources:
    - objects/000-namespace-shop.yaml
    - objects/070-networkpolicy-db.yaml
    - objects/070-networkpolicy-default-deny.yaml
    - objects/070-networkpolicy-migrate.yaml
    - objects/070-networkpolicy-web.yaml
    - objects/080-serviceaccount-db.yaml
    - objects/080-serviceaccount-migrate.yaml
    - objects/080-serviceaccount-web.yaml
    - objects/130-secret-db.yaml
    - objects/160-configmap-check-volume-fbade584.yaml
    - objects/160-configmap-db-init-45d7279f.yaml
    - objects/160-configmap-wait-for-schema-2d727b56.yaml
    - objects/180-persistentvolumeclaim-db-data.yaml
    - objects/190-service-db.yaml
    - objects/190-service-web.yaml
    - objects/240-statefulset-db.yaml
    - objects/250-job-migrate-bf96a30e.yaml
    - objects/260-deployment-web.yaml
    ");
}

/// What Flux builds is what a plain apply would apply, but for the guards. `kubectl kustomize` is the same library.
#[test]
fn kustomize_builds_the_objects_of_the_stage_with_guards() {
    let sandbox = rendered("flux");
    let Run { code, out, err } = sandbox.bash("kubectl kustomize deploy/shop");
    assert_eq!(code, Some(0), "{err}");
    let mut built = objects(&out);
    let mut guarded = Vec::new();
    for ((kind, _), object) in &mut built {
        let metadata = object["metadata"].as_object_mut().expect("metadata");
        let Some(annotations) = metadata.get_mut("annotations") else { continue };
        let annotations = annotations.as_object_mut().expect("annotations");
        if annotations.remove(GUARDS[1].0).is_some() {
            guarded.push(kind.as_str());
        }
        if annotations.is_empty() {
            metadata.remove("annotations");
        }
    }
    guarded.dedup();
    assert_eq!(guarded, ["ConfigMap", "Namespace", "PersistentVolumeClaim"]);
    let stream = sandbox.run(&["render", "shop", "-s", "postgres"]).out;
    assert_eq!(built, objects(&stream));
}

#[test]
fn every_format_can_be_built() {
    for format in ["json", "kyaml"] {
        let sandbox = Sandbox::new(SHOP);
        let run = sandbox.run(&[&render("flux")[..], &["--format", format]].concat());
        assert_eq!(run.code, Some(0), "{}", run.err);
        let Run { code, out, err } = sandbox.bash("kubectl kustomize deploy/shop");
        assert_eq!(code, Some(0), "{err}");
        assert_eq!(objects(&out).len(), sandbox.names("deploy/shop/objects").len());
    }
}

#[test]
fn the_folder_of_the_objects_can_be_applied_without_the_tool() {
    let sandbox = rendered("argocd");
    let names = sandbox.names("deploy/shop/objects");
    let plain = sandbox.run(&["render", "shop", "-s", "postgres", "--out", "plain"]);
    assert_eq!(plain.code, Some(0), "{}", plain.err);
    assert_eq!(names, sandbox.names("plain")[1..]);
    let guards = sandbox.bash("grep -rlF 'Prune=false,Delete=false' deploy/shop/objects | sort");
    assert_snapshot!(guards.out, @"
    deploy/shop/objects/000-namespace-shop.yaml
    deploy/shop/objects/180-persistentvolumeclaim-db-data.yaml
    ");
}

#[test]
fn verify_looks_into_the_folder_of_the_objects() {
    let sandbox = rendered("argocd");
    let verify = [&render("argocd")[..], &["--verify"]].concat();
    let Run { code, err, .. } = sandbox.run(&verify);
    assert_eq!(code, Some(0), "{err}");
    let first = format!("objects/{}", sandbox.names("deploy/shop/objects")[0]);
    fs::remove_file(sandbox.path("deploy/shop").join(first)).expect("a removed file");
    sandbox.write("deploy/shop/objects/mine.yaml", "");
    sandbox.write("deploy/shop/argocd-application.yaml", "");
    let Run { code, err, .. } = sandbox.run(&verify);
    assert_eq!(code, Some(1));
    assert_snapshot!(err, @"
    error[output]: `deploy/shop` is not what would be rendered
     |
     = note: missing: `objects/000-namespace-shop.yaml`
     = note: extra: `objects/mine.yaml`
     = note: different: `argocd-application.yaml`
     = help: write it anew: `seaway render shop --stage postgres --out deploy/shop --layout argocd --repo-url https://github.com/acme/shop.git`

    error: 1 folder not as rendered: 1 error
    ");
    let Run { code, err, .. } = sandbox.run(&render("argocd"));
    assert_eq!(code, Some(1));
    assert_snapshot!(err, @"
    error[output]: `deploy/shop` holds what Seaway did not write
     |
     = note: on no list of Seaway's (`.seaway`): `objects/mine.yaml`
     = help: move that away, or name a new or an empty folder: a folder is replaced as a whole
    ");
}

#[test]
fn one_layout_replaces_another_and_none() {
    let sandbox = rendered("argocd");
    let plain = ["render", "shop", "-s", "postgres", "--out", "deploy/shop"];
    for args in [&render("flux")[..], &plain, &render("flux"), &render("argocd")] {
        let Run { code, err, .. } = sandbox.run(args);
        assert_eq!(code, Some(0), "{err}");
        assert_eq!(err.lines().count(), 2, "{err}");
    }
    assert_eq!(sandbox.names("deploy"), ["shop"]);
    assert_eq!(sandbox.names("deploy/shop"), [".seaway", "argocd-application.yaml", "objects"]);
}

#[test]
fn all_stages_get_a_layout_each_and_a_stage_that_is_gone_goes() {
    let sandbox = Sandbox::new(SHOP);
    let all = ["render", "shop", "-o", "out", "--layout", "argocd", "--repo-url", URL];
    let all = [&all[..], &["--path", "./k8s/", "--revision", "refs/tags/v1"]].concat();
    let Run { code, err, .. } = sandbox.run(&all);
    assert_eq!(code, Some(0), "{err}");
    let file = sandbox.path("out/shop/local/argocd-application.yaml");
    let text = fs::read_to_string(file).expect("an Application");
    assert!(text.contains("\n  name: shop-local\n"), "{text}");
    assert!(text.contains("\n    path: k8s/shop/local/objects\n"), "{text}");
    assert!(text.contains("\n    targetRevision: refs/tags/v1\n"), "{text}");
    let (before, _) = SHOP.split_once("[stages.postgres]").expect("a stage");
    sandbox.write("shop/stack.toml", before);
    let Run { code, err, .. } = sandbox.run(&all);
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("removed out/shop/postgres, a stage that the stack has no more"), "{err}");
    assert_eq!(sandbox.names("out/shop"), ["local"]);
}

/// The guards are those of the folder: a comparison with the stage does not show them.
#[test]
fn a_folder_with_a_layout_is_compared_as_one_without() {
    let sandbox = rendered("flux");
    let Run { code, err, .. } =
        sandbox.run(&["check", "shop", "-s", "postgres", "--against", "deploy/shop"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(err.starts_with("ok: 1 stage, "), "{err}");
    let Run { code, out, err } = sandbox.run(&["diff", "deploy/shop", "shop", "-s", "postgres"]);
    assert_eq!(code, Some(0), "{err}");
    assert_snapshot!(out, @"nothing differs");
}

#[test]
fn a_wrong_place_is_refused() {
    let sandbox = Sandbox::new(SHOP);
    let said = |more: &[&str]| {
        let Run { code, out, err } =
            sandbox.run(&[&["render", "shop", "-s", "local"][..], more].concat());
        assert_eq!((code, out.as_str()), (Some(2), ""), "{more:?}");
        err
    };
    let flux = ["--layout", "flux", "--out", "out", "--repo-url"];
    let with = |more: &[&str]| said(&[&flux[..], more].concat());
    assert_snapshot!(said(&["--layout", "flux"]), @"
    error: the following required arguments were not provided:
      --out <DIR>
      --repo-url <URL>

    Usage: seaway render --out <DIR> --layout <TOOL> --repo-url <URL> --stage <STAGE> <STACK>...

    For more information, try '--help'.
    ");
    assert_snapshot!(with(&["git@github.com:acme/shop.git"]), @"
    error[usage]: Flux does not take the URL `git@github.com:acme/shop.git`
     |
     = note: a `GitRepository` takes `https://`, `http://` and `ssh://` only
     = help: write `--repo-url ssh://git@github.com/acme/shop.git`
    ");
    assert_snapshot!(with(&["git@github.com:$(id)/it's.git"]), @r#"
    error[usage]: Flux does not take the URL `git@github.com:$(id)/it's.git`
     |
     = note: a `GitRepository` takes `https://`, `http://` and `ssh://` only
     = help: write `--repo-url 'ssh://git@github.com/$(id)/it'\''s.git'`
    "#);
    assert_snapshot!(with(&["not a\nurl"]), @r#"
    error[usage]: `not a\nurl` is not a URL
     |
     = help: write one, for example `--repo-url https://github.com/acme/shop.git`
    "#);
    assert_snapshot!(with(&[URL, "--path", "../shop"]), @"
    error[usage]: `../shop` is not a path in the repository
     |
     = help: write it from the root of the repository, for example `--path deploy`
    ");
    assert_snapshot!(with(&[URL, "--revision", ""]), @"
    error[usage]: `` is not a revision of Git
     |
     = help: write a branch, a commit or a full reference: `--revision refs/tags/v1.2.0`
    ");
    let absolute = ["--layout", "argocd", "--out", "/nowhere/x", "--repo-url", URL];
    assert_snapshot!(said(&absolute), @"
    error[usage]: where in the repository is `/nowhere/x`?
     |
     = note: the tool finds the folder by its path from the root of the repository
     = help: add it, for example `--path deploy`
    ");
    assert_eq!(sandbox.names(""), ["shop"]);
}
