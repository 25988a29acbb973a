//! A stage for Argo CD and Flux: what is guarded, and what the tool's objects say.

use seaway_render::layout::{Fault, GUARDS, Place, Tool, files};
use seaway_render::{Bundle, Format};

use crate::support::{BASE, based, bundle};

const TOOLS: [Tool; 2] = [Tool::ArgoCd, Tool::Flux];

fn place() -> Place {
    Place {
        repo_url: "https://github.com/acme/shop.git".to_owned(),
        path: "deploy".to_owned(),
        revision: "main".to_owned(),
    }
}

fn laid_out(bundle: &Bundle, tool: Tool, place: &Place) -> Vec<(String, String)> {
    files(bundle, tool, place, Format::Yaml).expect("files")
}

/// Objects of a user, of each kind that takes something with it, and two that do not.
const OWN: &str = r#"
[[objects]]
apiVersion = "apps/v1"
kind = "StatefulSet"
metadata.name = "store"
[objects.spec]
serviceName = ""
selector.matchLabels.app = "store"
volumeClaimTemplates = [{ metadata.name = "data", spec = { accessModes = ["ReadWriteOnce"], resources.requests.storage = "1Gi" } }]
[objects.spec.template]
metadata.labels.app = "store"
spec.containers = [{ name = "store", image = "store:1", resources = { requests = { cpu = "10m", memory = "16Mi" }, limits.memory = "16Mi" }, volumeMounts = [{ name = "data", mountPath = "/data" }] }]
[[objects]]
apiVersion = "v1"
kind = "PersistentVolumeClaim"
metadata.name = "files"
metadata.annotations = { "argocd.argoproj.io/sync-options" = "Prune=confirm", "kustomize.toolkit.fluxcd.io/prune" = "enabled" }
spec = { accessModes = ["ReadWriteOnce"], resources.requests.storage = "1Gi" }
[[objects]]
apiVersion = "apiextensions.k8s.io/v1"
kind = "CustomResourceDefinition"
metadata.name = "things.acme.example"
spec = { group = "acme.example", scope = "Namespaced", names = { plural = "things", kind = "Thing" }, versions = [{ name = "v1", served = true, storage = true, schema.openAPIV3Schema.type = "object" }] }
[[objects]]
apiVersion = "v1"
kind = "ConfigMap"
metadata.name = "mine"
immutable = true
data.a = "b"
"#;

#[test]
fn what_takes_data_with_it_is_guarded() {
    let bundle = based(OWN);
    for (tool, (key, value)) in TOOLS.into_iter().zip(GUARDS) {
        let guard = format!("{key}: {value}");
        let files = laid_out(&bundle, tool, &place());
        let guarded = files.iter().filter(|(_, text)| text.contains(&guard));
        let names: Vec<&str> = guarded.map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "objects/000-namespace-s.yaml",
                "objects/010-customresourcedefinition-things.acme.example.yaml",
                "objects/240-statefulset-store.yaml",
            ],
            "{tool:?}"
        );
        // What a user says for the tool stays.
        let claim =
            files.iter().find(|(name, _)| name.ends_with("persistentvolumeclaim-files.yaml"));
        let (_, claim) = claim.expect("the claim");
        assert!(claim.contains(&format!("{key}: ")) && !claim.contains(&guard), "{claim}");
    }
}

/// A tool that sees no Job makes one: a migration would run again each time its Job is cleaned up.
#[test]
fn a_job_stays_when_it_is_done_and_is_waited_for() {
    let bundle = based(
        "components.db = { type = \"postgres\", version = \"17\", storage = \"1Gi\" }\n\
         components.migrate = { type = \"migrate\", ttl-seconds = 60, deadline-seconds = 7200 }\n",
    );
    let plain = bundle.emit(Format::Yaml).expect("a stream");
    assert!(plain.contains("ttlSecondsAfterFinished: 60"), "{plain}");
    for tool in TOOLS {
        let files = laid_out(&bundle, tool, &place());
        let job = files.iter().find(|(name, _)| name.contains("-job-migrate-")).expect("the Job");
        assert!(!job.1.contains("ttlSecondsAfterFinished"), "{}", job.1);
    }
    let files = laid_out(&bundle, Tool::Flux, &place());
    let (_, kustomization) = &files[1];
    assert!(kustomization.contains("\n  timeout: 7800s\n"), "{kustomization}");
}

#[test]
fn a_revision_of_flux_is_a_branch_a_commit_or_a_reference() {
    let bundle = based("");
    let commit = "b1897709f47f921252c245ca63d7f4c8fbb522af";
    for (revision, said) in [
        ("main", "branch: main"),
        ("b189770", "branch: b189770"),
        (commit, "commit: b1897709f47f921252c245ca63d7f4c8fbb522af"),
        ("refs/tags/v1.2.0", "name: refs/tags/v1.2.0"),
    ] {
        let place = Place { revision: revision.to_owned(), ..place() };
        let files = laid_out(&bundle, Tool::Flux, &place);
        assert!(files[0].1.contains(&format!("\n  ref:\n    {said}\n")), "{}", files[0].1);
    }
}

#[test]
fn names_fit_into_labels_and_paths_have_no_empty_parts() {
    let place = Place { path: "./a//b/".to_owned(), ..place() };
    let name = |files: &[(String, String)]| {
        let name = files[0].1.lines().find_map(|line| line.strip_prefix("  name: "));
        name.expect("a name").to_owned()
    };
    let named = |stack: &str| {
        bundle(&BASE.replace("\"s\"\n", &format!("\"{stack}\"\nnamespace = \"s\"\n")))
    };
    let stack = "a".repeat(61);
    assert_eq!(name(&laid_out(&named(&stack), Tool::ArgoCd, &place)), format!("{stack}-x"));
    let long = name(&laid_out(&named(&"a".repeat(63)), Tool::ArgoCd, &place));
    assert!(long.len() == 63 && long.starts_with(&format!("{}-", "a".repeat(54))), "{long}");

    let bundle = based("");
    let files = laid_out(&bundle, Tool::ArgoCd, &place);
    assert!(files[0].1.contains("\n    path: a/b/objects\n"), "{}", files[0].1);
    let root = Place { path: String::new(), ..place };
    let files = laid_out(&bundle, Tool::Flux, &root);
    assert!(files[1].1.contains("\n  path: ./\n"), "{}", files[1].1);
}

#[test]
fn a_place_that_a_tool_cannot_use_has_a_fault() {
    let fault = |tool, change: fn(&mut Place)| {
        let mut place = place();
        change(&mut place);
        place.fault(tool)
    };
    for tool in TOOLS {
        assert_eq!(fault(tool, |_| {}), None);
        assert_eq!(fault(tool, |place| place.repo_url.clear()), Some(Fault::NoUrl));
        assert_eq!(fault(tool, |place| place.repo_url = "a b".to_owned()), Some(Fault::NoUrl));
        assert_eq!(fault(tool, |place| place.path = "/a".to_owned()), Some(Fault::Outside));
        assert_eq!(fault(tool, |place| place.path = "a/../..".to_owned()), Some(Fault::Outside));
        assert_eq!(fault(tool, |place| place.path = "a\nb".to_owned()), Some(Fault::Outside));
        assert_eq!(fault(tool, |place| place.revision.clear()), Some(Fault::NoRevision));
    }
    let short: fn(&mut Place) = |place| place.repo_url = "git@github.com:acme/shop.git".to_owned();
    assert_eq!(fault(Tool::ArgoCd, short), None);
    assert_eq!(fault(Tool::Flux, short), Some(Fault::NotForFlux));
    assert_eq!(fault(Tool::Flux, |p| p.repo_url = "ssh://".to_owned()), Some(Fault::NotForFlux));
}
