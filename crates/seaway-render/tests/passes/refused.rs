//! What an API server, a kubelet or `kubectl` refuses is refused where it is written.

use seaway_core::Source;

use crate::common::{compile, told};

/// What is said about a stack with these lines.
fn said(lines: &str) -> String {
    let text = format!(
        "name = \"shop\"\napp.image = \"ghcr.io/acme/shop:1\"\napp.module = \"shop\"\nstages.local = {{}}\n{lines}\n"
    );
    let source = Source::new("stack.toml", text);
    let (_, diagnostics) = compile(&source, "local");
    told(&source, &diagnostics)
}

#[test]
fn values_have_the_form_that_the_api_server_asks_for() {
    const WEB: &str = "components.web.type = \"web\"\n";
    let patch = |path: &str| {
        format!(
            "{WEB}kubernetes = \"1.35\"\n[[patches]]\ntarget = {{ kind = \"Deployment\", name = \"web\" }}\n\
             merge.spec.template.spec.{path}"
        )
    };
    let own = |api_version: &str, kind: &str, name: &str| {
        format!(
            "{WEB}[[objects]]\napiVersion = \"{api_version}\"\nkind = \"{kind}\"\nmetadata.name = \"{name}\""
        )
    };
    let expressions = "[{ matchExpressions = [{ key = \"bad key!\", operator = \"Exists\" }] }]";
    for (lines, expected) in [
        (
            "components.web = { type = \"web\", expose = { type = \"load-balancer\", class = \"bad class\" } }"
                .to_owned(),
            "`bad class` is not the name of a class",
        ),
        (patch("hostnameOverride = \"Bad_Name\""), "`Bad_Name` is not the name of a host"),
        (
            patch(&format!(
                "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms = {expressions}"
            )),
            "`bad key!` is not the key of a label",
        ),
        (own("", "ConfigMap", "x"), "`` is not the version of an API"),
        (own("a b/v1", "Thing", "x"), "`a b/v1` is not the version of an API"),
        (own("a/b/c", "Thing", "x"), "`a/b/c` is not the version of an API"),
        (own("v1", "", "x"), "`` is not a kind"),
        (own("a.example/v1", "bad kind", "x"), "`bad kind` is not a kind"),
        (own("a.example/v1", "Thing", "x y"), "`x y` can not be the name of a Thing"),
        (
            format!("{WEB}app.env.A = \"{}\"", "x".repeat(140_000)),
            "the variable `A` has 140003 bytes; a program takes at most 131072",
        ),
        (
            format!(
                "{WEB}{}",
                (0..20).map(|at| format!("app.env.A{at} = \"{}\"\n", "x".repeat(120_000))).collect::<Vec<_>>().concat()
            ),
            "a program takes at most 2097152",
        ),
    ] {
        let said = said(&lines);
        let shown: String = said.chars().take(600).collect();
        assert!(said.contains(expected), "{expected}: {shown}");
    }
}

#[test]
fn a_config_of_which_kubectl_can_keep_no_copy_is_told() {
    let config = |size: usize| {
        format!(
            "config.big.text = \"{}\"\ncomponents.web = {{ type = \"web\", mounts.\"/etc/big\" = {{ config = \"big\" }} }}",
            "x".repeat(size)
        )
    };
    let large = said(&config(300_000));
    let shown: String = large.chars().take(600).collect();
    assert!(large.contains("warning[large-object]") || large.contains("large-object"), "{shown}");
    assert!(large.contains("--server-side"), "{shown}");
    assert_eq!(said(&config(200_000)), "");
    let larger = said(&config(1_100_000));
    assert!(larger.contains("1048576 are the most"));
    assert!(!larger.contains("large-object"));
}
