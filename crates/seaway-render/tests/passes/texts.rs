//! References in commands and configs, in the objects that they become.

use serde_json::{Value, json};

use crate::common::verdict;
use crate::support::{at, bundle, decoded, find, find_maybe, json, pod_spec};

const HEAD: &str =
    "name = \"s\"\napp = { image = \"ghcr.io/acme/s:1\", module = \"s\", bind = false }\n";

/// The ways out of a component: the names that its policy opens.
fn ways_out(policy: &Value) -> Vec<String> {
    let rules = policy["spec"]["egress"].as_array().cloned().unwrap_or_default();
    let peers = rules.iter().flat_map(|rule| rule["to"].as_array().cloned().unwrap_or_default());
    let names = peers.filter_map(|peer| {
        let name = peer["podSelector"]["matchLabels"]["app.kubernetes.io/instance"].as_str()?;
        Some(name.to_owned())
    });
    names.collect()
}

#[test]
fn a_command_reads_secrets_as_variables_and_has_a_way() {
    let bundle = bundle(&format!(
        "{HEAD}components.db.type = \"postgres\"\n[components.extensions]\ntype = \"job\"\nwait-for-schema = false\n\
         command = [\"psql\", \"--host=${{db.host}}\", \"--dbname=${{db.url}}\", \"--command=$${{x}}\"]\n\
         [[components.extensions.sidecars]]\nname = \"p\"\nimage = \"ghcr.io/acme/p:1\"\nargs = [\"${{db.password}}\"]\n[stages.x]\n"
    ));
    let job = find(&bundle, "Job", "extensions");
    let spec = pod_spec(job);
    let main = &spec["containers"][0];
    assert_eq!(
        main["command"],
        json!(["psql", "--host=db", "--dbname=$(SEAWAY_DB_URL)", "--command=${x}"])
    );
    let secret = |container: &Value, name: &str| {
        let all = container["env"].as_array().cloned().unwrap_or_default();
        let found = all.into_iter().find(|one| one["name"] == name);
        found.map(|one| one["valueFrom"]["secretKeyRef"].clone()).unwrap_or_default()
    };
    assert_eq!(secret(main, "SEAWAY_DB_URL"), json!({ "name": "db", "key": "url" }));
    let all = crate::support::containers(&spec);
    let beside = all.iter().find(|container| container["name"] == "p").expect("the sidecar");
    assert_eq!(beside["args"], json!(["$(SEAWAY_DB_PASSWORD)"]));
    assert_eq!(secret(beside, "SEAWAY_DB_PASSWORD"), json!({ "name": "db", "key": "password" }));
    assert_eq!(ways_out(&json(find(&bundle, "NetworkPolicy", "extensions"))), ["db"]);
}

/// A worker that mounts a config with a secret, one that reads it as variables, and one that reads a key.
const READERS: &str = "[config.ini]\n\"db.ini\" = \"\"\"\nhost = ${db.host}\npassword = ${db.password}\nurl = ${db.url}\n\"\"\"\nplain = \"p {{x}}\"\n\
    [components.mounts]\ntype = \"process\"\ncommand = [\"p\"]\nmounts = { \"/etc/a\" = { config = \"ini\" }, \"/etc/b.ini\" = { config = \"ini\", key = \"db.ini\" } }\n\
    [components.reads]\ntype = \"process\"\ncommand = [\"p\", \"${config.ini.plain}\"]\nenv-from = [{ config = \"ini\", prefix = \"A_\" }]\n";

#[test]
fn a_config_without_secrets_stays_one_and_its_readers_have_ways() {
    let text = READERS.replace("${db.password}", "x").replace("${db.url}", "y");
    let bundle = bundle(&format!("{HEAD}{text}[components.db]\ntype = \"postgres\"\n[stages.x]\n"));
    let config = find(&bundle, "ConfigMap", "ini");
    assert_eq!(at(config, "/data/db.ini"), "host = db\npassword = x\nurl = y\n");
    for name in ["mounts", "reads"] {
        assert_eq!(ways_out(&json(find(&bundle, "NetworkPolicy", name))), ["db"]);
    }
}

#[test]
fn a_config_with_a_secret_is_printed_as_one_in_development() {
    let bundle =
        bundle(&format!("{HEAD}{READERS}[components.db]\ntype = \"postgres\"\n[stages.x]\n"));
    let password = decoded(find(&bundle, "Secret", "db"), "password");
    let secret = find(&bundle, "Secret", "ini-config");
    assert_eq!(
        decoded(secret, "db.ini"),
        format!("host = db\npassword = {password}\nurl = postgres://s:{password}@db:5432/s\n")
    );
    assert_eq!(decoded(secret, "plain"), "p {{x}}");
    assert!(find_maybe(&bundle, "ConfigMap", "ini").is_none());
    let mounts = find(&bundle, "Deployment", "mounts");
    let spec = pod_spec(mounts);
    let volumes = spec["volumes"].as_array().expect("volumes");
    let volume = volumes.iter().find(|volume| volume["name"] == "config-ini").expect("it");
    assert_eq!(volume["secret"]["secretName"], "ini-config");
    let reads = pod_spec(find(&bundle, "Deployment", "reads"));
    let main = &reads["containers"][0];
    assert_eq!(main["envFrom"], json!([{ "prefix": "A_", "secretRef": { "name": "ini-config" } }]));
    assert_eq!(main["command"], json!(["p", "$(SEAWAY_CONFIG_INI_PLAIN)"]));
    assert_eq!(
        at(mounts, "/spec/template/metadata/annotations").as_object().map(serde_json::Map::len),
        Some(1)
    );
}

#[test]
fn a_config_with_a_secret_is_composed_by_external_secrets() {
    let bundle = bundle(&format!(
        "{HEAD}secret-source = {{ type = \"external-secrets\", store = \"aws\" }}\ncluster.provides = [\"ClusterSecretStore/aws\"]\n\
         {READERS}[components.db]\ntype = \"postgres\"\n[stages.x]\n"
    ));
    let copy = find(&bundle, "ExternalSecret", "ini-config");
    let template = at(copy, "/spec/target/template");
    assert_eq!(template["mergePolicy"], "Replace");
    assert_eq!(
        template["data"]["db.ini"],
        "host = db\npassword = {{ index . \"db.password\" }}\nurl = postgres://s:{{ index . \"db.password\" | urlquery | replace \"+\" \"%20\" }}@db:5432/s\n"
    );
    assert_eq!(template["data"]["plain"], "p {{ \"{{\" }}x}}");
    assert_eq!(
        at(copy, "/spec/data"),
        json!([{ "secretKey": "db.password", "remoteRef": {
            "key": "s/x/db", "property": "password",
            "conversionStrategy": "Default", "decodingStrategy": "None", "metadataPolicy": "None",
        } }])
    );
}

#[test]
fn a_changed_text_of_a_config_that_exists_rolls_its_readers() {
    let sum = |text: &str| {
        let bundle = bundle(&format!(
            "{HEAD}secret-source = \"existing\"\n{}[components.db]\ntype = \"postgres\"\n[stages.x]\n",
            READERS.replace("host =", text)
        ));
        assert!(find_maybe(&bundle, "Secret", "ini-config").is_none());
        at(find(&bundle, "Deployment", "mounts"), "/spec/template/metadata/annotations")
    };
    assert_ne!(sum("host ="), sum("server ="));
}

#[test]
fn a_file_is_taken_as_it_is_unless_it_says_otherwise() {
    use seaway_core::Source;
    let with = |references: &str, file: &str| {
        let text = format!(
            "{HEAD}config.ini.\"db.ini\" = {{ file = \"db.ini\"{references} }}\ncomponents.db.type = \"postgres\"\n\
             [components.p]\ntype = \"process\"\ncommand = [\"p\"]\nmounts = {{ \"/etc/a\" = {{ config = \"ini\" }} }}\n[stages.x]\n"
        );
        let mut source = Source::new("stack.toml", text);
        source.files.insert((0, "db.ini".to_owned()), file.to_owned());
        let (bundle, found) = crate::common::compile(&source, "x");
        (bundle, crate::common::told(&source, &found))
    };
    let (bundle, _) = with("", "a ${db.host}");
    assert_eq!(
        at(find(&bundle.expect("good"), "ConfigMap", "ini"), "/data/db.ini"),
        "a ${db.host}"
    );
    let (bundle, found) = with(", references = true", "a ${db.host}");
    assert_eq!(found, "");
    assert_eq!(at(find(&bundle.expect("good"), "ConfigMap", "ini"), "/data/db.ini"), "a db");
    let (_, found) = with(", references = true", "a\n\n${bd.host}");
    insta::assert_snapshot!(found, @r"unknown-component 3:32 unknown component `bd` | not part of this stage | did you mean `db`? For the text itself, write `$${bd.host}`");
}

#[test]
fn a_label_is_checked_once_it_is_written_out() {
    let label = |text: &str| {
        verdict(
            &format!(
                "{HEAD}components.web = {{ type = \"web\", labels = {{ a = \"{text}\" }} }}\n[stages.x]\n"
            ),
            "x",
        )
    };
    assert!(label("${stage.name}-${app.version}").ends_with(" objects"));
    insta::assert_snapshot!(label("${app.image}"), @r"invalid-name 3:49 `ghcr.io/acme/s:1` can not be the value of a label |  | write at most 63 letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit");
}

/// A search engine that stands in `[[objects]]`.
const SEARCH: &str = r#"
[[objects]]
apiVersion = "apps/v1"
kind = "StatefulSet"
metadata.name = "search"
spec = { replicas = 1, serviceName = "search", selector.matchLabels = { app = "search" }, template = { metadata.labels = { app = "search" }, spec = { securityContext = { runAsNonRoot = true, runAsUser = 1000, seccompProfile.type = "RuntimeDefault" }, containers = [{ name = "search", image = "docker.io/opensearchproject/opensearch:3.3.0", ports = [{ name = "http", containerPort = 9200 }], resources = { requests = { cpu = "100m", memory = "1Gi" }, limits = { memory = "1Gi" } }, securityContext = { allowPrivilegeEscalation = false, capabilities.drop = ["ALL"] } }] } } }
[[objects]]
apiVersion = "v1"
kind = "Service"
metadata.name = "search"
spec = { selector = { app = "search" }, ports = [{ name = "http", port = 9200, targetPort = "http" }] }
"#;

#[test]
fn a_component_stands_for_a_service_of_objects() {
    let bundle = bundle(&format!(
        "{HEAD}components.web = {{ type = \"web\", env = {{ SEARCH_URL = \"http://${{search.host}}:${{search.port}}\" }} }}\n\
         components.search = {{ type = \"external\", host = \"search\", port = 9200 }}\n{SEARCH}[stages.x]\n"
    ));
    let web = json(find(&bundle, "NetworkPolicy", "web"));
    let rules = web["spec"]["egress"].as_array().expect("rules");
    let rule = json!({
        "ports": [{ "port": "http", "protocol": "TCP" }],
        "to": [{ "podSelector": { "matchLabels": { "app": "search" } } }]
    });
    assert!(rules.contains(&rule), "{rules:?}");
    let own = json(find(&bundle, "NetworkPolicy", "search"));
    assert_eq!(own["spec"]["podSelector"], json!({ "matchLabels": { "app": "search" } }));
    assert_eq!(own["spec"]["policyTypes"], json!(["Ingress"]));
    assert_eq!(
        own["spec"]["ingress"],
        json!([{
            "from": [{ "podSelector": { "matchLabels": { "app.kubernetes.io/instance": "web" } } }],
            "ports": [{ "port": "http", "protocol": "TCP" }]
        }])
    );
}

#[test]
fn a_closed_way_to_a_service_of_objects_is_told() {
    let patched = |patch: &str| {
        verdict(
            &format!(
                "{HEAD}components.web = {{ type = \"web\", env = {{ SEARCH_URL = \"http://${{search.host}}\" }} }}\n\
                 components.search = {{ type = \"external\", host = \"search\", port = 9200 }}\n{SEARCH}{patch}[stages.x]\n"
            ),
            "x",
        )
    };
    assert!(patched("").ends_with(" objects"), "{}", patched(""));
    let closed = |name: &str, list: &str| {
        patched(&format!(
            "[[patches]]\ntarget = {{ kind = \"NetworkPolicy\", name = \"{name}\" }}\nremove = [\"spec.{list}\"]\n"
        ))
    };
    insta::assert_snapshot!(closed("web", "egress"), @r"missing-flow 3:63 no network policy lets `web` out to `search` (TCP 9200), the DNS of the cluster (UDP 53), the DNS of the cluster (TCP 53) |  | keep the generated egress rules, or let it out in a NetworkPolicy in `[[objects]]`");
    insta::assert_snapshot!(closed("search", "ingress"), @r"missing-flow 10:130 no network policy lets `web` (TCP 9200) in to StatefulSet/search |  | keep the generated ingress rules, or let it in by a NetworkPolicy in `[[objects]]`");
}
