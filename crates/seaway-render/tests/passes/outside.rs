//! Backing services outside the cluster: certificates where they are read, ways through the policies, names.

use std::fmt::Write as _;

use insta::assert_snapshot;
use seaway_render::Bundle;
use serde_json::Value;

use crate::support::{at, bundle, containers, find, find_maybe, pod_spec, workloads, yaml};

/// A production stage with components; an image that is the application's own has no other.
fn stage(components: &str) -> Bundle {
    bundle(&format!(
        "name = \"s\"\napp = {{ image = \"a:1\", module = \"s\", hosts = [\"s.example.com\"] }}\n\
         config.pki = {{ \"ca.pem\" = \"PEM\", other = \"x\" }}\nsecrets.pki.keys = [\"ca.pem\", \"other\"]\n\
         [stages.x]\nprofile = \"production\"\ncluster.network = \"172.20.0.0/16\"\n[stages.x.components]\n{components}"
    ))
}

const RDS: &str = "type = \"rds\", host = \"db.example.com\"";

/// The containers of all pods that mount something under a path, as `object/container path volume`.
fn mounted(bundle: &Bundle, folder: &str) -> String {
    let mut lines = String::new();
    for object in workloads(bundle) {
        for container in containers(&pod_spec(object)) {
            for mount in container["volumeMounts"].as_array().into_iter().flatten() {
                let path = mount["mountPath"].as_str().expect("a path");
                if path.starts_with(folder) {
                    assert_eq!(mount["readOnly"], true);
                    let (name, volume) = (&container["name"], &mount["name"]);
                    let _ = writeln!(lines, "{} {name} {path} {volume}", object.body.kind());
                }
            }
        }
    }
    lines.replace('"', "")
}

#[test]
fn certificates_are_mounted_where_the_database_is_referred_to() {
    let bundle = stage(&format!(
        "web = {{ type = \"web\", sidecars = [\n{{ name = \"dials\", image = \"b:1\", command = [\"b\"], env.HOST = \"${{db.host}}\" }},\n\
         {{ name = \"alone\", image = \"c:1\", command = [\"c\"] }},\n{{ name = \"same\", command = [\"d\"] }}],\n\
         init-containers = [{{ name = \"first\", command = [\"e\"] }}] }}\nmigrate.type = \"migrate\"\nbeat.type = \"beat\"\n\
         cache = {{ type = \"redis\" }}\ndb = {{ {RDS}, ca = {{ config = \"pki\", key = \"ca.pem\" }} }}"
    ));
    assert_snapshot!(mounted(&bundle, "/etc/ssl"), @"
    StatefulSet wait-for-schema /etc/ssl/seaway/db ca-db
    StatefulSet beat /etc/ssl/seaway/db ca-db
    Job wait-for-database /etc/ssl/seaway/db ca-db
    Job migrate /etc/ssl/seaway/db ca-db
    Deployment dials /etc/ssl/seaway/db ca-db
    Deployment wait-for-schema /etc/ssl/seaway/db ca-db
    Deployment same /etc/ssl/seaway/db ca-db
    Deployment first /etc/ssl/seaway/db ca-db
    Deployment web /etc/ssl/seaway/db ca-db
    ");
    let volumes = at(find(&bundle, "Deployment", "web"), "/spec/template/spec/volumes");
    let of_ca = |volume: &&Value| volume["name"] == "ca-db";
    let volume = volumes.as_array().and_then(|volumes| volumes.iter().find(of_ca)).expect("it");
    assert_eq!(
        volume["configMap"]["items"],
        serde_json::json!([{ "key": "ca.pem", "path": "ca.pem" }])
    );
    let name = volume["configMap"]["name"].as_str().expect("a name");
    assert_eq!(name, find(&bundle, "ConfigMap", "pki").body.name());
}

#[test]
fn certificates_of_a_secret_are_one_file_and_those_of_an_image_are_no_mount() {
    let of = |ca: &str| stage(&format!("web.type = \"web\"\ndb = {{ {RDS}, ca = {{ {ca} }} }}"));
    let bundle = of("secret = \"pki\", key = \"ca.pem\"");
    assert_snapshot!(mounted(&bundle, "/etc/ssl"), @"Deployment web /etc/ssl/seaway/db ca-db");
    let volumes = at(find(&bundle, "Deployment", "web"), "/spec/template/spec/volumes");
    assert!(
        volumes
            .to_string()
            .contains(r#""items":[{"key":"ca.pem","path":"ca.pem"}],"secretName":"pki""#)
    );
    let bundle = of("file = \"/etc/ssl/rds/bundle.pem\"");
    assert_eq!(mounted(&bundle, "/etc/ssl"), "");
    let env = at(find(&bundle, "Deployment", "web"), "/spec/template/spec/containers/0/env");
    assert!(env.to_string().contains("/etc/ssl/rds/bundle.pem"));
}

#[test]
fn what_the_stack_mounts_in_that_place_stays() {
    let bundle = stage(&format!(
        "web = {{ type = \"web\", mounts.\"/etc/ssl/seaway/db\".secret = \"pki\" }}\n\
         db = {{ {RDS}, ca = {{ config = \"pki\", key = \"ca.pem\" }} }}"
    ));
    assert_snapshot!(mounted(&bundle, "/etc/ssl"), @"Deployment web /etc/ssl/seaway/db secret-pki");
}

#[test]
fn the_way_out_is_the_range_that_the_stack_says_or_that_of_the_cluster() {
    let bundle = stage(&format!(
        "web.type = \"web\"\ndb = {{ {RDS}, ca = {{ file = \"/ca.pem\" }}, cidrs = [\"172.20.128.0/20\", \"172.20.144.0/20\"] }}\n\
         cache = {{ type = \"elasticache\", host = \"cache.example.com\", port = 6380 }}"
    ));
    let egress = at(find(&bundle, "NetworkPolicy", "web"), "/spec/egress");
    let outside: Vec<String> = egress
        .as_array()
        .into_iter()
        .flatten()
        .filter(|rule| rule.to_string().contains("ipBlock"))
        .map(|rule| format!("{} {}", rule["to"], rule["ports"]))
        .collect();
    assert_snapshot!(outside.join("\n"), @r#"
    [{"ipBlock":{"cidr":"169.254.20.10/32"}},{"ipBlock":{"cidr":"169.254.169.254/32"}}] [{"port":53,"protocol":"UDP"},{"port":53,"protocol":"TCP"}]
    [{"ipBlock":{"cidr":"172.20.0.0/16"}}] [{"port":6380,"protocol":"TCP"}]
    [{"ipBlock":{"cidr":"172.20.128.0/20"}},{"ipBlock":{"cidr":"172.20.144.0/20"}}] [{"port":5432,"protocol":"TCP"}]
    "#);
}

#[test]
fn an_external_name_is_an_alias_that_processes_dial() {
    let text = "name = \"s\"\napp = { image = \"a:1\", module = \"s\" }\n[stages.x.components]\nweb = { type = \"web\", env.HOST = \"${db.host}\" }\n\
                db = { type = \"rds\", host = \"db.example.com\", sslmode = \"require\", external-name = true, cidrs = [\"10.0.0.0/8\"] }";
    let with = bundle(text);
    assert_snapshot!(yaml(&find(&with, "Service", "db").body), @"
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: db
      namespace: s
      labels:
        app.kubernetes.io/component: rds
        app.kubernetes.io/instance: db
        app.kubernetes.io/managed-by: seaway
        app.kubernetes.io/name: postgres
        app.kubernetes.io/part-of: s
    spec:
      type: ExternalName
      externalName: db.example.com
    ");
    let env = at(find(&with, "Deployment", "web"), "/spec/template/spec/containers/0/env");
    assert!(env.to_string().contains(r#"{"name":"HOST","value":"db"}"#), "{env}");
    let without = bundle(&text.replace("external-name = true, ", ""));
    assert!(find_maybe(&without, "Service", "db").is_none());
}

#[test]
fn a_bucket_is_anywhere_but_in_the_own_network() {
    let rules = |more: &str| {
        let bundle = stage(&format!(
            "web.type = \"web\"\nmedia = {{ type = \"s3\", bucket = \"shop-media\", region = \"a\"{more} }}"
        ));
        let egress = at(find(&bundle, "NetworkPolicy", "web"), "/spec/egress");
        let rules = egress.as_array().cloned().unwrap_or_default();
        rules.last().map(|rule| format!("{} {}", rule["to"], rule["ports"])).unwrap_or_default()
    };
    let shown = [
        rules(""),
        rules(", cidrs = [\"172.20.0.0/16\"]"),
        rules(", endpoint = \"https://s3.example.com:3900\", cidrs = [\"192.0.2.0/24\"]"),
    ];
    assert_snapshot!(shown.join("\n"), @r#"
    [{"ipBlock":{"cidr":"0.0.0.0/0","except":["169.254.169.254/32","172.20.0.0/16"]}}] [{"port":443,"protocol":"TCP"}]
    [{"ipBlock":{"cidr":"172.20.0.0/16"}}] [{"port":443,"protocol":"TCP"}]
    [{"ipBlock":{"cidr":"192.0.2.0/24"}}] [{"port":3900,"protocol":"TCP"}]
    "#);
}

#[test]
fn an_external_service_can_say_who_vouches_for_it() {
    let bundle = stage(
        "web = { type = \"web\", env.CA = \"${search.ca-file}\" }\nsearch = { type = \"external\", host = \"search.example.com\", \
         port = 9200, cidrs = [\"10.0.0.0/8\"], ca = { config = \"pki\", key = \"ca.pem\" } }",
    );
    assert_snapshot!(mounted(&bundle, "/etc/ssl"), @"Deployment web /etc/ssl/seaway/search ca-search");
    let env = at(find(&bundle, "Deployment", "web"), "/spec/template/spec/containers/0/env");
    assert!(
        env.to_string().contains("/etc/ssl/seaway/search/ca.pem")
            && !env.to_string().contains("PGSSL")
    );
}
