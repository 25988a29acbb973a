//! `${…}`: what it stands for, and what is said where it stands for nothing.

use insta::assert_snapshot;

use crate::support::{APP, stack, told, variables};

#[test]
fn every_owner_has_a_meaning() {
    let stack = stack(
        r#"
name = "shop"
namespace = "shops"
[app]
image = "ghcr.io/acme/shop:1.4.0"
bind = false
framework = "none"
[secrets.django]
keys = ["secret-key"]
[config.files]
"a.txt" = "A"
plain = "B"
[components.db]
type = "postgres"
env.IMAGE = "${app.image}"
[components.cache]
type = "redis"
[components.out]
type = "external"
host = "10.0.0.1"
port = 25
cidrs = ["10.0.0.1/32"]
outputs = { url = "smtp://10.0.0.1" }
[components.p]
type = "process"
command = ["p"]
port = 3000
[components.q]
type = "process"
command = ["q"]
[components.q.env]
A = "${pod.ip} ${pod.name} ${pod.namespace} ${pod.uid} ${node.ip} ${node.name}"
B = "${stack.name}/${stack.namespace}/${stage.name} ${app.image} ${app.version}"
C = "${secrets.django.secret-key}"
D = "${config.files.plain}"
E = "${db.host}:${db.port}/${db.name} ${db.username}"
F = "${db.password}"
G = "${db.url}"
H = "${cache.url}"
I = "${out.host}:${out.port} ${out.url}"
J = "${p.url} ${p.host} ${p.port}"
K = "$${x} $$(A) $ $x"
L = "user:${db.password}"
"#,
    );
    assert_snapshot!(variables(&stack, "q"), @r"
    SEAWAY_POD_IP=field status.podIP
    SEAWAY_POD_NAME=field metadata.name
    SEAWAY_POD_NAMESPACE=field metadata.namespace
    SEAWAY_POD_UID=field metadata.uid
    SEAWAY_NODE_IP=field status.hostIP
    SEAWAY_NODE_NAME=field spec.nodeName
    A=$(SEAWAY_POD_IP) $(SEAWAY_POD_NAME) $(SEAWAY_POD_NAMESPACE) $(SEAWAY_POD_UID) $(SEAWAY_NODE_IP) $(SEAWAY_NODE_NAME)
    B=shop/shops/local ghcr.io/acme/shop:1.4.0 1.4.0
    C=secret django/secret-key
    D=config files/plain
    E=db:5432/shop shop
    F=secret db/password
    G=secret db/url
    H=secret cache/url
    HOME=/tmp
    I=10.0.0.1:25 smtp://10.0.0.1
    J=http://p:3000 p 3000
    K=${x} $$(A) $ $x
    SEAWAY_DB_PASSWORD=secret db/password
    L=user:$(SEAWAY_DB_PASSWORD)
    ");
    assert_snapshot!(variables(&stack, "db"), @r"IMAGE=ghcr.io/acme/shop:1.4.0");
    let edges: Vec<String> =
        stack.part("q").expect("it").edges.keys().map(ToString::to_string).collect();
    assert_eq!(edges, ["cache", "db", "out", "p"]);
}

#[test]
fn what_is_unknown_is_told_with_the_nearest_known() {
    let found = told(&format!(
        r#"{APP}[secrets.django]
keys = ["secret-key"]
[config.files]
plain = "B"
[components.db]
type = "postgres"
[components.worker]
type = "worker"
[components.worker.env]
A = "x ${{bd.host}}"
B = "${{db.hots}}"
C = "${{worker.url}}"
D = "${{secrets.djang.secret-key}}"
E = "${{secrets.django.secret_key}}"
F = "${{config.file.plain}}"
G = "${{config.files.plan}}"
H = "${{pod.ips}} ${{node.x}} ${{stack.nam}} ${{stage.x}} ${{app.tag}}"
I = "${{secrets.django}} ${{config.files}}"
"#
    ));
    assert_snapshot!(found, @r"
    unknown-component 13:10 unknown component `bd` | not part of this stage | did you mean `db`?
    unknown-output 14:6 `db` has no output `hots` |  | did you mean `host`?
    unknown-output 15:6 `worker` has no output `url` |  | a worker has no outputs
    unknown-secret 16:6 unknown Secret `djang` | no contract declares it | did you mean `django`?
    unknown-key 17:6 Secret `django` has no key `secret_key` | ; 4:10 its contract | did you mean `secret-key`?
    unknown-config 18:6 unknown config `file` | not part of this stage | did you mean `files`?
    unknown-key 19:6 config `files` has no key `plan` |  | did you mean `plain`?
    unknown-output 20:6 unknown reference `${pod.ips}` |  | did you mean `ip`?
    unknown-output 20:17 unknown reference `${node.x}` |  | known are `ip` and `name`
    unknown-output 20:27 unknown reference `${stack.nam}` |  | did you mean `name`?
    unknown-output 20:40 unknown reference `${stage.x}` |  | known is `name`
    unknown-output 20:51 unknown reference `${app.tag}` |  | known are `image` and `version`
    bad-reference 21:6 `${secrets.django}` names no key |  | write `${secrets.django.key}`
    bad-reference 21:24 `${config.files}` names no key |  | write `${config.files.key}`
    ");
}

#[test]
fn the_place_is_inside_the_string_however_it_is_written() {
    let found = told(&format!(
        r#"{APP}[components.worker]
type = "worker"
[components.worker.env]
A = """

  line ${{a.host}}
  ${{b.host}} \
    ${{c.host}}
"""
B = "\t\u00e9\"${{d.host}}${{d.port}}"
C = '''
${{e.host}}'''
"D" = '${{f.host}}'
"#
    ));
    assert_snapshot!(found, @r"
    unknown-component 9:10 unknown component `a` | not part of this stage | known is `worker`
    unknown-component 10:5 unknown component `b` | not part of this stage | known is `worker`
    unknown-component 11:7 unknown component `c` | not part of this stage | known is `worker`
    unknown-component 13:18 unknown component `d` | not part of this stage | known is `worker`
    unknown-component 13:27 unknown component `d` | not part of this stage | known is `worker`
    unknown-component 15:3 unknown component `e` | not part of this stage | known is `worker`
    unknown-component 16:10 unknown component `f` | not part of this stage | known is `worker`
    ");
    let found = told(&format!("{APP}[app.env]\nA = \"\"\"\nx\n  ${{a.host}} \\\n  ${{a.host}}\"\"\"\n[components.worker]\ntype = \"worker\"\n").replace('\n', "\r\n"));
    assert_snapshot!(found, @r"
    unknown-component 7:5 unknown component `a` | not part of this stage | known is `worker`
    unknown-component 8:5 unknown component `a` | not part of this stage | known is `worker`
    ");
}

#[test]
fn what_is_no_reference_is_told_where_it_begins() {
    let found = told(&format!(
        "{APP}[components.worker]\ntype = \"worker\"\n[components.worker.env]\nA = \"\\t${{db}} ${{a b.c}} ${{.x}} ${{x.}} ${{}}\"\nB = \"a ${{db.host\"\nC = \"$${{fine}} ${{\"\n"
    ));
    assert_snapshot!(found, @r"
    bad-reference 7:8 `${db}` is not a reference |  | write `${component.output}` or `${secrets.name.key}`, or `$${` for a literal `${`
    bad-reference 7:14 `${a b.c}` is not a reference |  | write `${component.output}` or `${secrets.name.key}`, or `$${` for a literal `${`
    bad-reference 7:23 `${.x}` is not a reference |  | write `${component.output}` or `${secrets.name.key}`, or `$${` for a literal `${`
    bad-reference 7:29 `${x.}` is not a reference |  | write `${component.output}` or `${secrets.name.key}`, or `$${` for a literal `${`
    bad-reference 7:35 `${}` is not a reference |  | write `${component.output}` or `${secrets.name.key}`, or `$${` for a literal `${`
    bad-reference 8:8 a reference that does not end |  | close it with `}`, or write `$${` for a literal `${`
    bad-reference 9:15 a reference that does not end |  | close it with `}`, or write `$${` for a literal `${`
    ");
}

#[test]
fn a_default_that_refers_to_nothing_still_has_a_place() {
    let found = told(&format!(
        "{APP}components.worker.type = \"worker\"\ncomponents.cache = {{ type = \"external\", host = \"a\", port = 1, cidrs = [\"10.0.0.0/8\"], provides = \"cache\" }}\n"
    ));
    assert_snapshot!(found, @r#"missing-field 5:98 `cache` has no `url` that could be bound | binds the output `url` | add `secret = "…"`, a Secret with the key `url`, or `outputs.url = "…"` without a password"#);
}

#[test]
fn an_image_that_is_not_there() {
    let found =
        told("name = \"shop\"\n[components.db]\ntype = \"postgres\"\nenv.A = \"${app.image}\"\n");
    assert_snapshot!(found, @r"unknown-output 4:10 `${app.image}` stands for nothing | the application has no image | give `[app]` an `image`");
    let found = told(&format!(
        "name = \"shop\"\napp.image = \"a/b@sha256:{}\"\n[components.job]\ntype = \"job\"\ncommand = [\"x\"]\nenv.A = \"${{app.version}}\"\n",
        "0".repeat(64)
    ));
    assert_snapshot!(found, @r"unknown-output 6:10 `${app.version}` stands for nothing | the application has no tag | give `app.image` a tag");
}

#[test]
fn sources_name_one_thing_that_is_there() {
    let found = told(&format!(
        r#"{APP}[secrets.s]
keys = ["k"]
[config.c]
k = "v"
[components.worker]
type = "worker"
[components.worker.env]
A = {{ secret = "s" }}
B = {{ secret = "s", config = "c", key = "k" }}
C = {{ field = "status.podIp" }}
D = {{ resource = "limits.memry" }}
E = {{ secret = "x", key = "k" }}
F = {{ secret = "s", key = "kk" }}
G = {{ config = "d", key = "k" }}
H = {{ config = "c", key = "x" }}
I = {{ field = "status.podIP", key = "k" }}
J = {{}}
K = {{ resource = "limits.cpu", optional = true }}
"#
    ));
    assert_snapshot!(found, @r"
    conflict 11:5 expected one source |  | write one of `field`, `resource`, `secret` with `key`, and `config` with `key`
    conflict 12:5 expected one source |  | write one of `field`, `resource`, `secret` with `key`, and `config` with `key`
    unknown-value 13:15 no variable can come from `status.podIp` |  | did you mean `status.podIP`?
    unknown-value 14:18 no variable can come from `limits.memry` |  | did you mean `limits.memory`?
    unknown-secret 15:16 unknown Secret `x` | no contract declares it | known is `s`
    unknown-key 16:27 Secret `s` has no key `kk` | ; 4:10 its contract | did you mean `k`?
    unknown-config 17:16 unknown config `d` | not part of this stage | known is `c`
    unknown-key 18:27 config `c` has no key `x` |  | known is `k`
    conflict 19:5 expected one source |  | write one of `field`, `resource`, `secret` with `key`, and `config` with `key`
    conflict 20:5 expected one source |  | write one of `field`, `resource`, `secret` with `key`, and `config` with `key`
    conflict 21:5 expected one source |  | write one of `field`, `resource`, `secret` with `key`, and `config` with `key`
    ");
    let stack = stack(&format!(
        "{APP}secrets.s.keys = [\"k\"]\nconfig.c.k = \"v\"\n[components.worker]\ntype = \"worker\"\n[components.worker.env]\nA = {{ secret = \"s\", key = \"k\" }}\nB = {{ config = \"c\", key = \"k\", optional = true }}\nC = {{ field = \"metadata.labels['a/b']\" }}\nD = {{ resource = \"limits.memory\" }}\n"
    ));
    let own: String = variables(&stack, "worker").lines().take(4).collect::<Vec<_>>().join("\n");
    assert_snapshot!(own, @r"
    A=secret s/k
    B=config c/k?
    C=field metadata.labels['a/b']
    D=resource limits.memory
    ");
}

#[test]
fn all_of_a_secret_or_config() {
    let found = told(&format!(
        "{APP}secrets.s.keys = [\"k\"]\n[components.worker]\ntype = \"worker\"\nenv-from = [{{ secret = \"t\" }}, {{ config = \"c\" }}, {{}}, {{ secret = \"s\", config = \"c\" }}, {{ secret = \"s\", prefix = \"S_\" }}]\n"
    ));
    assert_snapshot!(found, @r#"
    unknown-secret 7:24 unknown Secret `t` | no contract declares it | known is `s`
    unknown-config 7:42 unknown config `c` | not part of this stage | add it: `config.c = { key = "text" }`
    conflict 7:49 expected one of `secret` and `config` |  | 
    conflict 7:53 expected one of `secret` and `config` |  |
    "#);
}

#[test]
fn a_secret_in_a_url_is_told_unless_it_is_made_up() {
    let text = |profile: &str| {
        format!(
            "{APP}profile = \"{profile}\"\napp.hosts = [\"a.b\"]\n[components.db]\ntype = \"postgres\"\n[components.worker]\ntype = \"worker\"\nenv.DB = \"postgres://x:${{db.password}}@${{db.host}}/x\"\n"
        )
    };
    assert_snapshot!(told(&text("production")), @r"secret-in-url 10:24 a secret inside a URL | its characters can break the URL | keep the whole URL, percent-encoded, under a key of the Secret and refer to that key");
    assert_eq!(told(&text("development")), "");
}
