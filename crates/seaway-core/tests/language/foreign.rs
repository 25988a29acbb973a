//! Images that are not the application's.

use insta::assert_snapshot;

use crate::support::{stack_of, told_of, variables};

const SHOP: &str = "name = \"shop\"\napp = { image = \"ghcr.io/acme/shop:1\", module = \"shop\", env = { KEY = \"${secrets.a.key}\" }, mounts = { \"/x\" = { scratch = \"1Mi\" } }, egress = [{ cidr = \"10.0.0.0/8\", ports = [443] }] }\nsecrets.a.keys = [\"key\"]\n[stages.x]\n[stages.x.components]\ndb = { type = \"postgres\" }\nmigrate = { type = \"migrate\" }\nweb = { type = \"web\" }\n";

fn with(more: &str) -> String {
    format!("{SHOP}{more}")
}

#[test]
fn another_repository_is_another_program() {
    let kinds = [
        "{ type = \"process\", port = 80, command = [\"x\"]",
        "{ type = \"job\", command = [\"x\"]",
        "{ type = \"cron\", schedule = \"@daily\", command = [\"x\"]",
    ];
    for kind in kinds {
        let stack = stack_of(&with(&format!("other = {kind}, image = \"nginx:1\" }}\n")), "x");
        let other = stack.part("other").expect("it");
        assert!(!other.facts.is_application(), "{kind}");
        assert_eq!(variables(&stack, "other"), "", "{kind}");
        assert!(other.edges.is_empty() && other.waits_for.is_none(), "{kind}");
        assert!(other.shared.mounts.is_empty() && other.shared.egress.is_empty(), "{kind}");
        assert_eq!(other.facts.program.as_deref(), Some("nginx"), "{kind}");
        for same in
            ["", ", image = \"ghcr.io/acme/shop:2\"", ", image = \"nginx:1\", inherits-app = true"]
        {
            let stack = stack_of(&with(&format!("other = {kind}{same} }}\n")), "x");
            let other = stack.part("other").expect("it");
            assert!(other.facts.is_application(), "{kind}{same}");
            assert!(variables(&stack, "other").contains("KEY=secret a/key"), "{kind}{same}");
            assert!(other.waits_for.is_some(), "{kind}{same}");
        }
    }
}

#[test]
fn production_gives_it_one_pod() {
    let text = with(
        "memcached = { type = \"process\", port = 11211, command = [\"x\"], image = \"memcached:1.6\" }\n",
    );
    let text = text.replace(
        "[stages.x]\n",
        "[stages.x]\nprofile = \"production\"\napp.hosts = [\"a.example.com\"]\n",
    );
    let stack = stack_of(&text, "x");
    let facts = &stack.part("memcached").expect("it").facts;
    assert_eq!((facts.replicas, facts.most_pods, facts.answers_requests), (None, 1, false));
}

#[test]
fn what_it_would_not_inherit_can_be_removed_all_the_same() {
    let text = with(
        "other = { type = \"process\", command = [\"x\"], image = \"nginx:1\", env = { DATABASE_URL = false, KEY = false } }\n",
    );
    assert_eq!(told_of(&text, "x"), "");
}

#[test]
fn a_stack_that_relied_on_it_decides() {
    let relied = |more: &str| {
        told_of(
            &with(&format!("other = {{ type = \"process\", image = \"acme/reports:1\"{more} }}\n")),
            "x",
        )
    };
    for more in [
        ", command = [\"python\", \"manage.py\", \"x\"]",
        ", command = [\"/usr/bin/python3.12\", \"x.py\"]",
        ", command = [\"/app/.venv/bin/celery\", \"-A\", \"x\", \"worker\"]",
        ", command = [\"./manage.py\", \"x\"]",
        ", command = [\"x\"], wait-for-schema = true",
    ] {
        assert!(relied(more).contains("inherits-app = true"), "{more}");
        for said in ["true", "false"] {
            assert_eq!(relied(&format!("{more}, inherits-app = {said}")), "", "{more} {said}");
        }
    }
    assert_eq!(relied(", command = [\"x\"], wait-for-schema = false"), "");
    assert_snapshot!(relied(", command = [\"python\", \"manage.py\", \"x\"]"), @"foreign-image 9:66 `other` runs another image than the application, and so inherits nothing of it | looks like the application; 9:37 of another repository than `app.image` | write `inherits-app = true` if it is the application (its environment, its Secrets, its migrations), or `inherits-app = false` if it is not");
    let text = with("other = { type = \"process\", command = [\"x\"], inherits-app = false }\n");
    assert_snapshot!(told_of(&text, "x"), @r#"missing-field 9:1 `other` has no image | inherits none | add `image = "registry/repository:tag"`, or remove `inherits-app = false`"#);
}
