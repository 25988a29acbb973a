//! Characters that nobody sees stay out of names and in texts.

use insta::assert_snapshot;

use crate::support::{APP, stack, told};

#[test]
fn values_of_one_line_have_no_hidden_characters() {
    assert_snapshot!(told(&format!(
        "{APP}secrets.django.keys = [\"secret-key\"]
app.env.SECRET_KEY = \"${{secrets.django.secret-key}}\"
cluster.provides = [\"ClusterSecretStore/s\"]
components.web.type = \"web\"
components.web.image = \"ghcr.io/acme/shop:1\"
cluster.region = \"eu\\tx\"
[secrets.django.source]
type = \"external-secrets\"
store = \"s\"
remote = \"prod/shop\\ntouch injected #\"
data.secret-key = {{ remote = \"a\\u001b[2J\", property = \"a\\u0000\" }}
"
    )), @r#"
    invalid-value 9:18 `eu	x` is not an AWS region |  | write for example `region = "eu-central-1"`
    invalid-value 9:18 `region` has a tab in it |  | write it without: "eux"
    invalid-value 13:10 `remote` has a line break in it |  | write it without: "prod/shoptouch injected #"
    invalid-value 14:30 `remote` has the control character `\u001b` in it |  | write it without: "a[2J"
    invalid-value 14:55 `property` has a NUL character in it |  | write it without: "a"
    "#);
}

#[test]
fn texts_for_programs_have_several_lines_and_no_nul() {
    stack(&format!(
        "{APP}config.c.text = \"a\\n\\tb\\u0000\"
components.env = {{ type = \"process\", command = [\"echo\", \"a\\nb\"], env.A = \"\"\"
one
two\"\"\", annotations.\"a/b\" = \"x\\ny\", mounts.\"/c\" = {{ config = \"c\" }} }}
"
    ));
    assert_snapshot!(told(&format!(
        "{APP}app.env.A = \"a\\u0000b\"
components.p = {{ type = \"process\", command = [\"echo\", \"a\\u0000\"] }}
"
    )), @r#"
    invalid-value 4:13 `A` has a NUL character in it |  | write it without: "ab"
    invalid-value 5:55 `command` has a NUL character in it |  | write it without: "a"
    "#);
}

#[test]
fn numbers_and_versions_have_a_range_and_a_form() {
    let found = told(&format!(
        "{APP}components.web = {{ type = \"web\", probes.startup.failure-threshold = 2147483648 }}
components.db = {{ type = \"postgres\", storage = \"1\" }}
components.migrate = {{ type = \"migrate\", ttl-seconds = 4294967295 }}
components.broker = {{ type = \"redis\", durable = true, version = \"zz\" }}
components.cache = {{ type = \"valkey\", version = \"9.0.1-alpine\" }}
"
    ));
    for expected in [
        "out-of-range 4:69 `failure-threshold` is more than 2147483647",
        "out-of-range 5:48 a volume of 1 is less than 1Mi",
        "out-of-range 6:56 `ttl-seconds` is more than 2147483647",
        "invalid-value 7:65 `zz` is not a version of Redis or Valkey",
    ] {
        assert!(found.contains(expected), "{found}");
    }
    assert_eq!(found.lines().count(), 4, "{found}");
}

/// Who sets `type = "development"` has to know what it guards, and what it does not.
#[test]
fn the_reference_says_that_generated_values_are_no_secret() {
    let reference = include_str!("../../REFERENCE.md");
    let said = reference.lines().filter(|line| line.starts_with("`type = \"development\"`:"));
    let said: Vec<&str> = said.collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said.iter().all(|line| line.contains("whoever knows the names knows the values")));
}

#[test]
fn a_generated_secret_guards_nothing_that_is_public() {
    let text = |expose: &str| {
        format!(
            "{APP}app.hosts = [\"shop.example.com\"]
app.env.SECRET_KEY = \"${{secrets.django.secret-key}}\"
secrets.django.keys = [\"secret-key\"]
secrets.flower.keys = [\"basic-auth\"]
components.web = {{ type = \"web\", expose = {expose} }}
components.broker = {{ type = \"redis\", durable = true }}
components.worker.type = \"worker\"
components.flower = {{ type = \"flower\", auth = \"flower\", expose = {expose} }}
components.monitoring = {{ type = \"monitoring\", grafana = {{ expose = {expose} }} }}
"
        )
    };
    let found = told(&text("\"load-balancer\""));
    let of_secrets = |line: &&str| line.contains("guessable-secret");
    let of_all: Vec<&str> = found.lines().filter(of_secrets).collect();
    for (told, what) in of_all.iter().zip([
        "`web` is public, and everybody can compute its signing key",
        "`flower` is public, and everybody can compute its password",
        "`monitoring-grafana` is public, and everybody can compute the password of its admin",
    ]) {
        assert!(told.contains(what), "{found}");
    }
    assert_eq!(of_all.len(), 3, "{found}");
    let own = "secrets.monitoring-grafana.source.type = \"existing\"\n";
    let found = told(&format!("{}{own}", text("\"load-balancer\"")));
    assert!(!found.contains("`monitoring-grafana` is public"), "{found}");
    for own in
        ["{ type = \"load-balancer\", source-ranges = [\"203.0.113.0/24\"] }", "\"node-port\""]
    {
        let found = told(&text(own));
        assert_eq!(found.lines().filter(of_secrets).count(), 0, "{found}");
    }
}
