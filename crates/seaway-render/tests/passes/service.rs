//! Programs of other people: what their pods may do, and who reaches them.

use serde_json::{Value, json};

use crate::support::{at, bundle, find, pod_spec};

fn with(more: &str) -> String {
    format!(
        "name = \"shop\"\napp.image = \"ghcr.io/acme/shop:1\"\napp.module = \"shop\"\napp.env.KEY = \"${{secrets.a.key}}\"\n\
         app.mounts.\"/media\" = {{ volume = \"media\" }}\napp.egress = [{{ cidr = \"10.0.0.0/8\", ports = [443] }}]\n\
         secrets.a.keys = [\"key\"]\nvolumes.media.storage = \"1Gi\"\nallow.shared-volume = \"one node\"\n[stages.x.components]\n\
         db.type = \"postgres\"\nmigrate.type = \"migrate\"\nweb = {{ type = \"web\", env.TIKA = \"${{tika.a-port}}\" }}\n\
         worker = {{ type = \"worker\", env.TIKA = \"${{tika.url}}\" }}\nbroker = {{ type = \"redis\", durable = true }}\n\
         tika = {{ type = \"service\", image = \"apache/tika:3\", port = 9998, ports = {{ a = 1 }}{more} }}\n"
    )
}

#[test]
fn it_reaches_the_dns_alone_and_holds_nothing_of_the_application() {
    let bundle = bundle(&with(""));
    let spec = pod_spec(find(&bundle, "Deployment", "tika"));
    let is_empty = |value: &Value| value.as_array().is_none_or(Vec::is_empty);
    assert!(is_empty(&spec["initContainers"]));
    let main = &spec["containers"][0];
    assert!(["env", "envFrom", "command"].iter().all(|key| is_empty(&main[key])), "{main}");
    assert_eq!(main["volumeMounts"], json!([{ "mountPath": "/tmp", "name": "tmp" }]));
    let policy = find(&bundle, "NetworkPolicy", "tika");
    let out = at(policy, "/spec/egress");
    let is_dns = |rule: &Value| rule["ports"][0]["port"] == 53;
    assert!(out.as_array().is_some_and(|rules| rules.iter().all(is_dns)), "{out}");
    let inside = at(policy, "/spec/ingress");
    let from = |rule: usize| &inside[rule]["from"][0]["podSelector"]["matchLabels"]["app.kubernetes.io/instance"];
    assert_eq!(
        (from(0), &inside[0]["ports"]),
        (&json!("worker"), &json!([{ "port": 9998, "protocol": "TCP" }]))
    );
    assert_eq!(
        (from(1), &inside[1]["ports"]),
        (&json!("web"), &json!([{ "port": 1, "protocol": "TCP" }]))
    );
    let service = at(find(&bundle, "Service", "tika"), "/spec/ports");
    assert_eq!(service[1], json!({ "name": "a", "port": 1, "targetPort": "a" }));
}

#[test]
fn what_an_image_needs_more_has_a_reason() {
    let rooted = bundle(&with(
        ", run-as-root = \"its entry point gives the folder away\", writable-root = \"it writes beside itself\"",
    ));
    let spec = pod_spec(find(&rooted, "Deployment", "tika"));
    let context = &spec["containers"][0]["securityContext"];
    assert_eq!(
        (&context["runAsUser"], &context["readOnlyRootFilesystem"]),
        (&json!(0), &json!(false))
    );
    assert_eq!(context["capabilities"]["drop"], json!(["ALL"]));
    assert_eq!(context["allowPrivilegeEscalation"], false);
    let enforced = |bundle| {
        at(find(bundle, "Namespace", "shop"), "/metadata/labels")["pod-security.kubernetes.io/enforce"].clone()
    };
    assert_eq!(enforced(&rooted), "baseline");
    assert_eq!(enforced(&bundle(&with(""))), "restricted");
}

#[test]
fn a_port_below_1024_needs_no_capability() {
    let bundle = bundle(&with(""));
    let context =
        |name: &str| pod_spec(find(&bundle, "Deployment", name))["securityContext"].clone();
    assert_eq!(
        context("tika")["sysctls"],
        json!([{ "name": "net.ipv4.ip_unprivileged_port_start", "value": "1" }])
    );
    assert_eq!(context("web")["sysctls"], Value::Null);
}

/// The headers of a readiness probe of `web`, by name.
fn headers(more: &str, probe: &str) -> Value {
    let text = format!(
        "name = \"a\"\napp.image = \"a:1\"\napp.module = \"a\"\n{more}\n[components.web]\ntype = \"web\"\n\
         command = [\"serve\"]\nworkers = 1\nprobes.readiness = {{ {probe} }}\n[stages.x]\n"
    );
    let spec = pod_spec(find(&bundle(&text), "Deployment", "web"));
    let headers = spec["containers"][0]["readinessProbe"]["httpGet"]["httpHeaders"].clone();
    let headers = headers.as_array().cloned().unwrap_or_default();
    let pair = |header: &Value| {
        (header["name"].as_str().unwrap_or_default().to_owned(), header["value"].clone())
    };
    headers.iter().map(pair).collect::<serde_json::Map<_, _>>().into()
}

#[test]
fn a_probe_sends_the_headers_that_the_stack_writes() {
    let path = "path = \"/readyz\"";
    let hosts = "app.hosts = [\"shop.example.com\"]";
    let usual = json!({ "Host": "shop.example.com", "X-Forwarded-Proto": "https" });
    assert_eq!(headers(hosts, path), usual);
    // Another framework is told the host that it knows.
    let other = "app.framework = \"none\"\n";
    assert_eq!(headers(&format!("{other}{hosts}"), path), json!({ "Host": "shop.example.com" }));
    assert_eq!(headers(other, path), json!({}));
    let written =
        format!("{path}, headers = {{ host = \"${{stack.name}}.internal\", X-Probe = \"yes\" }}");
    assert_eq!(
        headers(hosts, &written),
        json!({ "host": "a.internal", "X-Probe": "yes", "X-Forwarded-Proto": "https" })
    );
}

#[test]
fn files_have_modes_and_several_secrets_one_folder() {
    let text = "name = \"a\"\nsecrets.one.keys = [\"a\"]\nsecrets.two.keys = [\"b\", \"c\"]\n\
        config.scripts.\"run.sh\" = \"exec serve\"\n\
        [components.x]\ntype = \"service\"\nimage = \"x:1\"\nport = 80\nrun-as-user = 1000\n\
        mounts.\"/scripts\" = { config = \"scripts\", mode = \"0755\" }\n\
        mounts.\"/plain\" = { config = \"scripts\" }\n\
        mounts.\"/one\" = { secret = \"one\", mode = \"400\" }\n\
        mounts.\"/all\" = { secrets = [\"one\", \"two\"], mode = \"0444\" }\n\
        sidecars = [{ name = \"y\", image = \"y:1\", run-as-user = 2000 }]\n[stages.x]\n";
    let bundle = bundle(text);
    let spec = pod_spec(find(&bundle, "Deployment", "x"));
    let volume = |path: &str| {
        let mounts = spec["containers"][0]["volumeMounts"].as_array().expect("mounts");
        let mount = mounts.iter().find(|mount| mount["mountPath"] == path).expect("the mount");
        assert_eq!(mount["readOnly"], true);
        let volumes = spec["volumes"].as_array().expect("volumes").iter();
        let mut found = volumes.filter(|volume| volume["name"] == mount["name"]);
        found.next().expect("the volume").clone()
    };
    assert_eq!(volume("/scripts")["configMap"]["defaultMode"], 0o755);
    assert_eq!(volume("/plain")["configMap"]["defaultMode"], Value::Null);
    assert_eq!(volume("/one")["secret"]["defaultMode"], 0o400);
    let all = &volume("/all")["projected"];
    assert_eq!(all["defaultMode"], 0o444);
    assert_eq!(
        all["sources"],
        json!([{ "secret": { "name": "one" } }, { "secret": { "name": "two" } }])
    );
    let context = |container: &Value| {
        let context = &container["securityContext"];
        (context["runAsUser"].clone(), context["runAsGroup"].clone())
    };
    assert_eq!(context(&spec["initContainers"][0]), (json!(2000), json!(2000)));
    assert_eq!(context(&spec["containers"][0]), (Value::Null, Value::Null));
    assert_eq!(spec["securityContext"]["runAsUser"], 1000);
}

#[test]
fn a_program_that_nobody_knows_has_one_pod_in_production_too() {
    let digest = "@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let text = |more: &str| {
        format!(
            "name = \"chat\"\nprofile = \"production\"\napp = {{ image = \"a:1{digest}\", module = \"chat\", hosts = [\"a.example.com\"] }}\n\
             [components]\nweb = {{ type = \"web\", env.CACHE = \"${{cache.host}}\" }}\n\
             cache = {{ type = \"service\", image = \"memcached:1.6.39{digest}\", port = 11211, run-as-user = 11211, resources.limits.memory = \"64Mi\"{more} }}\n[stages.x]\n"
        )
    };
    let of = |more: &str| {
        let bundle = bundle(&text(more));
        let spec = at(find(&bundle, "Deployment", "cache"), "/spec");
        (spec["replicas"].clone(), spec["strategy"]["type"].clone())
    };
    assert_eq!(of(""), (json!(1), json!("Recreate")));
    assert_eq!(of(", replicas = 2"), (json!(2), json!("RollingUpdate")));
}

#[test]
fn a_config_that_holds_a_secret_is_named_by_whoever_mounts_it() {
    let text = |mounts: &str| {
        format!(
            "name = \"a\"\napp = {{ image = \"ghcr.io/acme/a:1\", module = \"a\" }}\nsecrets.pool.keys = [\"password\"]\n\
             config.c.\"a.ini\" = \"password = ${{secrets.pool.password}}\"\n\
             [components]\nweb = {{ type = \"web\", env.X = \"${{x.host}}\" }}\n\
             x = {{ type = \"service\", image = \"acme/x:1\", port = 6000, {mounts} }}\n[stages.x]\n"
        )
    };
    for mounts in [
        "mounts.\"/etc/x\" = { config = \"c\" }",
        "sidecars = [{ name = \"y\", image = \"acme/y:1\", mounts.\"/etc/x\" = { config = \"c\" } }]",
    ] {
        let bundle = bundle(&text(mounts));
        let spec = pod_spec(find(&bundle, "Deployment", "x"));
        let volumes = spec["volumes"].as_array().expect("volumes");
        assert!(
            volumes.iter().any(|volume| volume["secret"]["secretName"] == "c-config"),
            "{spec}"
        );
    }
}
