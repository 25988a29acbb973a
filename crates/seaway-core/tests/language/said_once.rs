//! What is said once for the whole stack, and what takes it back.

use insta::assert_snapshot;

use crate::support::{APP, stack, stack_of, told};

const PARTS: &str = "components.web.type = \"web\"\ncomponents.db.type = \"postgres\"\n";

#[test]
fn a_stage_changes_and_removes_what_the_stack_says() {
    let text = format!(
        "{APP}{PARTS}labels = {{ team = \"a\", cost = \"1\" }}\nnode-selector.disk = \"ssd\"\npull-secrets = [\"m\"]\ntolerations = [{{ key = \"a\" }}]\n\
         [stages.local]\nlabels.team = \"b\"\n[stages.far]\nlabels = {{ cost = false }}\nnode-selector.disk = false\npull-secrets = []\ntolerations = []\n"
    );
    let shown = |stage: &str| {
        let stack = stack_of(&text, stage);
        let part = |name: &str| {
            let shared = &stack.part(name).expect("it").shared;
            let labels: Vec<String> =
                shared.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
            let (secrets, tolerations) = (&shared.pull_secrets, &shared.tolerations);
            let count = |secrets: Option<usize>| secrets.map_or("-".to_owned(), |n| n.to_string());
            format!(
                "{name} {} {} {} {}",
                labels.join(","),
                shared.node_selector.len(),
                count(secrets.as_ref().map(Vec::len)),
                count(tolerations.as_ref().map(Vec::len)),
            )
        };
        [part("web"), part("db")].join("; ")
    };
    assert_eq!(shown("local"), "web cost=1,team=b 1 1 1; db cost=1,team=b 1 1 1");
    assert_eq!(shown("far"), "web team=a 0 0 0; db team=a 0 0 0");
}

#[test]
fn only_what_is_said_can_be_removed() {
    assert_snapshot!(told(&format!(
        "{APP}labels = {{ team = \"a\" }}\nannotations.note = \"a\"\npod-annotations.scrape = \"a\"\nnode-selector.disk = \"ssd\"\n\
         app.labels = {{ taem = false, team = false }}\napp.object-annotations = {{ nope = false, note = false }}\napp.annotations = {{ note = false, scrape = false }}\n\
         app.service-annotations.note = false\n\
         components.web = {{ type = \"web\", labels = {{ taem = false, team = false }}, object-annotations = {{ scrape = false, note = false }}, service-annotations.note = false }}\n\
         components.db = {{ type = \"postgres\", node-selector = {{ disc = false, disk = false }}, annotations.scrape = false }}\n\
         components.monitoring = {{ type = \"monitoring\", workloads.grafana = {{ labels = {{ taem = false, team = false }}, env.A = false }} }}\n\
         [stages.local]\nlabels.taem = false\npod-annotations.note = false\n"
    )), @"
    nothing-to-remove 8:16 there is no `app.labels.taem` to remove |  | did you mean `team`?
    nothing-to-remove 9:28 there is no `app.object-annotations.nope` to remove |  | did you mean `note`?
    nothing-to-remove 10:21 there is no `app.annotations.note` to remove |  | known is `scrape`
    nothing-to-remove 11:25 there is no `app.service-annotations.note` to remove |  | 
    nothing-to-remove 12:45 there is no `components.web.labels.taem` to remove |  | did you mean `team`?
    nothing-to-remove 12:98 there is no `components.web.object-annotations.scrape` to remove |  | known is `note`
    nothing-to-remove 12:150 there is no `components.web.service-annotations.note` to remove |  | 
    nothing-to-remove 13:56 there is no `components.db.node-selector.disc` to remove |  | did you mean `disk`?
    nothing-to-remove 14:81 there is no `components.monitoring.workloads.grafana.labels.taem` to remove |  | did you mean `team`?
    nothing-to-remove 14:115 there is no `components.monitoring.workloads.grafana.env.A` to remove |  | 
    nothing-to-remove 16:8 there is no `labels.taem` to remove |  | did you mean `team`?
    nothing-to-remove 17:17 there is no `pod-annotations.note` to remove |  | known is `scrape`
    ");
}

#[test]
fn a_removal_takes_back_what_app_and_the_stack_say() {
    let text = format!(
        "{APP}{PARTS}labels.team = \"a\"\napp.labels.team = \"b\"\n[stages.local]\ncomponents.web.labels.team = false\n[stages.app]\napp.labels.team = false\n\
         [stages.again]\nextends = \"app\"\napp.labels.team = \"c\"\n"
    );
    let team = |stage: &str, part: &str| {
        let labels = &stack_of(&text, stage).part(part).expect("it").shared.labels.clone();
        labels.get("team").map(|team| team.value.clone())
    };
    let app = stack(&format!(
        "{APP}{PARTS}labels.team = \"a\"\nannotations.note = \"a\"\napp.labels.team = false\napp.object-annotations.note = false\n\
         components.monitoring = {{ type = \"monitoring\", workloads.grafana = {{ labels = {{ team = false }} }} }}\n"
    ));
    let teams = |name: &str| app.part(name).expect(name).shared.labels.len();
    assert_eq!((teams("web"), teams("db"), teams("monitoring-grafana")), (0, 1, 0));
    assert_eq!(team("local", "web"), None);
    assert_eq!(team("local", "db").as_deref(), Some("a"));
    assert_eq!(team("app", "web"), None);
    assert_eq!(team("app", "db").as_deref(), Some("a"));
    assert_eq!(team("again", "web").as_deref(), Some("c"));
}

#[test]
fn a_process_with_another_image_has_what_the_stack_says_and_nothing_of_app() {
    let stack = stack(&format!(
        "{APP}labels.team = \"a\"\napp.labels.tier = \"b\"\napp.object-annotations.note = \"b\"\ncomponents.tool = {{ type = \"process\", image = \"tool:1\", command = [\"x\"] }}\n"
    ));
    let shared = &stack.part("tool").expect("it").shared;
    let labels: Vec<&str> = shared.labels.keys().map(|key| key.value.as_str()).collect();
    assert_eq!((labels, shared.object_annotations.len()), (vec!["team"], 0));
}

#[test]
fn registries_have_a_form() {
    let of = |registry: &str| told(&format!("{APP}{PARTS}registry = {registry}\n"));
    for good in [
        "\"mirror.example\"",
        "\"mirror.example:5000/a/b-c\"",
        "\"localhost/hub\"",
        "{ \"docker.io\" = \"mirror.example/hub\", \"localhost:5000\" = \"ghcr.io\" }",
        "false",
    ] {
        assert_eq!(of(good), "", "{good}");
    }
    assert_snapshot!(of("\"https://mirror.example\""), @"invalid-value 6:12 `https://mirror.example` is not a registry with a path |  | write `mirror.example` or `mirror.example/hub`: no `https://`, no `/` at the end, lower-case behind the host");
    assert_snapshot!(of("\"mirror.example/\""), @"invalid-value 6:12 `mirror.example/` is not a registry with a path |  | write `mirror.example` or `mirror.example/hub`: no `https://`, no `/` at the end, lower-case behind the host");
    assert_snapshot!(of("\"mirror\""), @"invalid-value 6:12 `mirror` is not a registry with a path |  | write `mirror.example` or `mirror.example/hub`: no `https://`, no `/` at the end, lower-case behind the host");
    assert_snapshot!(of("{ docker = \"mirror.example\", \"ghcr.io/acme\" = \"mirror.example\" }"), @"
    invalid-value 6:14 `docker` is not a registry |  | write its host, as images name it: `docker.io`, `ghcr.io` or `localhost:5000`
    invalid-value 6:41 `ghcr.io/acme` is not a registry |  | write its host, as images name it: `docker.io`, `ghcr.io` or `localhost:5000`
    ");
    assert_snapshot!(of("true"), @r#"invalid-value 6:12 `registry = true` names no registry |  | write the mirror, `registry = "mirror.example/hub"`, or remove the key"#);
    assert_snapshot!(of("[\"mirror.example\"]"), @"wrong-type 6:12 expected `true` or `false`, a string or a table, found an array |  |");
    let kept = "registry = { \"docker.io\" = \"a.example\", \"ghcr.io\" = \"b.example\" }\n[stages.local]\nregistry.\"ghcr.io\" = false\n";
    assert!(stack(&format!("{APP}{PARTS}{kept}")).registry.is_some());
    let removed = "registry = { \"docker.io\" = \"a.example\", \"ghcr.io\" = \"b.example\" }\n[stages.local]\nregistry.\"ghcr.io\" = false\nregistry.\"quay.io\" = false\n";
    assert_snapshot!(told(&format!("{APP}{PARTS}{removed}")), @"nothing-to-remove 9:10 there is no `registry.quay.io` to remove |  | known is `docker.io`");
}

#[test]
fn extended_resources_have_a_domain() {
    let of = |limits: &str| {
        told(&format!(
            "{APP}components.web = {{ type = \"web\", resources.limits = {{ {limits} }} }}\n"
        ))
    };
    assert_eq!(of("\"nvidia.com/gpu\" = 1, \"a.example/b_c.d\" = \"2\""), "");
    assert_snapshot!(of("gpu = 1, \"/gpu\" = 1, \"nvidia.com/\" = 1, \"a/b/c\" = 1, \"N.com/gpu\" = 1, \"nvidia.com/gpu\" = \"x\""), @"
    unknown-field 4:55 unknown key `gpu` | not known here | did you mean `cpu`?
    invalid-value 4:64 `/gpu` is not an extended resource |  | write `domain/name`, as in `nvidia.com/gpu`
    invalid-value 4:76 `nvidia.com/` is not an extended resource |  | write `domain/name`, as in `nvidia.com/gpu`
    invalid-value 4:95 `a/b/c` is not an extended resource |  | write `domain/name`, as in `nvidia.com/gpu`
    invalid-value 4:108 `N.com/gpu` is not an extended resource |  | write `domain/name`, as in `nvidia.com/gpu`
    invalid-value 4:144 `x` is not a quantity |  | write a number and a unit, `500m`, `2`, `512Mi` or `10Gi`
    ");
}
