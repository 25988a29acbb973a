//! What must not be: each rule with its message, and with a good twin that is silent.

use insta::assert_snapshot;

use crate::support::{APP, stack, told};

const PRODUCTION: &str = "name = \"shop\"\nprofile = \"production\"\napp.image = \"ghcr.io/acme/shop:1\"\napp.module = \"shop\"\n";

/// Says what is wrong with one text, after its good twin gave a stack without a word.
fn twins(good: &str, bad: &str) -> String {
    stack(good);
    told(bad)
}

fn app(rest: &str) -> String {
    format!("{APP}{rest}")
}

fn production(rest: &str) -> String {
    format!("{PRODUCTION}app.hosts = [\"a.example.com\"]\n{rest}")
}

#[test]
fn commands_that_break_when_replicated() {
    let text = |command: &str| {
        app(&format!(
            "components.web = {{ type = \"web\", command = {command} }}\ncomponents.job = {{ type = \"job\", command = [\"manage.py\", \"migrate\"] }}\n"
        ))
    };
    let found = twins(
        &text("[\"gunicorn\", \"shop\"]"),
        &text(
            "[\"sh\", \"-c\", \"python manage.py migrate; manage.py collectstatic && exec gunicorn\"]",
        ),
    );
    assert_snapshot!(found, @r"
    unsafe-command 4:57 a replicated process that migrates at its start | every pod would do it | add a component of type `migrate`: one Job a release, and processes wait for it
    unsafe-command 4:57 a process that collects static files at its start | the root file system is read-only | run `collectstatic` when the image is built
    ");
    let found = twins(
        &text("[\"sh\", \"-c\", \"a; exec gunicorn\"]"),
        &text(
            "[\"/bin/sh\", \"-c\", \"a && gunicorn --worker-class=eventlet\", \"--worker-class=eventlet\"]",
        ),
    );
    assert_snapshot!(found, @"
    unsafe-command 4:62 gunicorn has no eventlet workers since version 26 |  | use threads: leave `command` out
    warning unsafe-command 4:62 a shell as the first process does not pass SIGTERM on | the process is killed when its grace period ends | write the command without a shell, or start its last step with `exec`
    ");
}

#[test]
fn a_worker_that_schedules() {
    let text = |flag: &str| {
        app(&format!(
            "components.w = {{ type = \"worker\", command = [\"celery\", \"worker\"{flag}] }}\n"
        ))
    };
    let found = twins(&text(""), &text(", \"-B\""));
    assert_snapshot!(found, @r"unsafe-command 4:66 a worker that schedules as well | every replica would send each task | add a component of type `beat`");
}

#[test]
fn containers_that_migrate() {
    let text = |last: &str| {
        app(&format!(
            "components.db.type = \"postgres\"\ncomponents.w = {{ type = \"worker\", init-containers = [{{ name = \"m\", command = [\"manage.py\", \"migrate\"{last}] }}] }}\n"
        ))
    };
    let found = twins(&text(", \"--check\""), &text(""));
    assert_snapshot!(found, @r"unsafe-command 5:92 a container of a process that migrates | every pod would do it | add a component of type `migrate`: one Job a release, and processes wait for it");
}

#[test]
fn the_development_server_in_production() {
    let text = |command: &str| {
        production(&format!(
            "components.web = {{ type = \"web\", command = [\"manage.py\", \"{command}\"] }}\n"
        ))
    };
    let found = twins(&text("serve"), &text("runserver"));
    assert_snapshot!(found, @"unsafe-command 6:58 Django's development server in a production stage |  | use the component type `web` without `command`: its `server` serves requests");
}

#[test]
fn images_that_move_or_are_gone() {
    let text = |image: &str| {
        app(&format!(
            "components.w = {{ type = \"worker\", sidecars = [{{ name = \"s\", image = \"{image}\" }}] }}\ncomponents.web = {{ type = \"web\", static-files = {{ type = \"sidecar\", image = \"{image}\" }} }}\n"
        ))
    };
    let found = twins(&text("a/b:1"), &text("a/b:latest"));
    assert_snapshot!(found, @r"
    warning unpinned-image 4:69 `a/b:latest` names no release | what runs would depend on when it was pulled | write a tag that stays, or a digest
    warning unpinned-image 5:77 `a/b:latest` names no release | what runs would depend on when it was pulled | write a tag that stays, or a digest
    ");
    let found = twins(&text("a/b:1"), &text("docker.io/bitnami/redis:7"));
    assert_snapshot!(found, @r"
    retired-image 4:69 `docker.io/bitnami/redis:7` is gone since 2025-09-29 | the pull would fail | use the official image of the software
    retired-image 5:77 `docker.io/bitnami/redis:7` is gone since 2025-09-29 | the pull would fail | use the official image of the software
    ");
    let text = |image: &str| {
        format!(
            "name = \"shop\"\nprofile = \"production\"\napp = {{ image = \"{image}\", module = \"shop\" }}\ncomponents.w.type = \"worker\"\ncomponents.v.type = \"worker\"\n"
        )
    };
    let found = twins(&text("a/b:1"), &text("a/b"));
    assert_snapshot!(found, @r"unpinned-image 3:17 `a/b` names no release | what runs would depend on when it was pulled | write a tag that stays, or a digest");
}

#[test]
fn what_a_process_needs() {
    let text = |app: &str| {
        format!(
            "name = \"my-shop\"\n{app}\ncomponents.web.type = \"web\"\ncomponents.migrate.type = \"migrate\"\n"
        )
    };
    let good = text("app = { image = \"a/b:1\", module = \"shop\" }");
    let found = twins(&good, &text("app.bind = true"));
    assert_snapshot!(found, @r#"
    missing-field 3:12 `web` needs the Python package of the project |  | add `app.module = "my_shop"`
    missing-field 4:12 the application has no image | needs one | add `app.image = "registry/repository:tag"`
    "#);
    let found = twins(&good, &text("app = { image = \"a/b:1\", framework = \"none\" }"));
    assert_snapshot!(found, @r"
    missing-field 3:12 `web` has no command |  | without a framework a process says its `command`
    missing-field 4:12 `migrate` has no command |  | without a framework a process says its `command`
    ");
    let text = |command: &str| {
        app(&format!("components.p = {{ type = \"process\", command = {command} }}\n"))
    };
    let found = twins(&text("[\"p\"]"), &text("[]"));
    assert_snapshot!(found, @r"missing-field 4:12 `p` has an empty command |  | write the words of the command");
}

#[test]
fn reserved_names() {
    let text = |name: &str| app(&format!("components.{name}.type = \"worker\"\n"));
    let found = twins(&text("apps"), &text("app"));
    assert_snapshot!(found, @"invalid-value 4:12 a component can not be called `app` | references begin with this word | reserved are `self`, `secrets`, `config`, `pod`, `node`, `stack`, `stage` and `app`");
}

#[test]
fn scales() {
    let text = |scale: &str| app(&format!("components.web = {{ type = \"web\", {scale} }}\n"));
    let good = text("autoscale = { min = 1, max = 3 }");
    assert_snapshot!(twins(&good, &text("autoscale = { min = 3, max = 1 }")), @r"invalid-value 4:54 can not scale from 3 to 1 |  | `min` is at least 1 and at most `max`");
    assert_snapshot!(twins(&good, &text("autoscale = { min = 0, max = 1 }")), @r"invalid-value 4:54 can not scale from 0 to 1 |  | `min` is at least 1 and at most `max`");
    assert_snapshot!(twins(&good, &text("replicas = 2, autoscale = { min = 1, max = 2 }")), @r"conflict 4:45 `replicas` and `autoscale` exclude each other | every apply would reset what the autoscaler chose; 4:60  | remove `replicas`; `autoscale.min` says the fewest");
    let text = |scale: &str| {
        app(&format!(
            "components.p = {{ type = \"process\", command = [\"p\"], singleton = true, {scale} }}\n"
        ))
    };
    let good = text("replicas = 1");
    assert_snapshot!(twins(&good, &text("replicas = 2")), @"runs-twice 4:82 `p` is a singleton and runs more than once |  | remove `singleton` or the replicas");
    assert_snapshot!(twins(&good, &text("autoscale = { min = 1, max = 2 }")), @"runs-twice 4:83 `p` is a singleton and runs more than once |  | remove `singleton` or the replicas");
}

#[test]
fn exposures() {
    let text = |port: u16| {
        app(&format!(
            "components.web = {{ type = \"web\", expose = {{ type = \"node-port\", node-port = {port} }} }}\n"
        ))
    };
    assert_snapshot!(twins(&text(30080), &text(8080)), @r"invalid-value 4:77 8080 is no node port |  | write one from 30000 to 32767");
    let text = |port: &str| {
        app(&format!(
            "components.p = {{ type = \"process\", command = [\"p\"], {port} expose = \"node-port\" }}\n"
        ))
    };
    assert_snapshot!(twins(&text("port = 80,"), &text("")), @r"missing-field 4:63 `p` is exposed without a port |  | add `port = …`");
    let text = |auth: &str| {
        app(&format!(
            "secrets.auth.keys = [\"basic-auth\"]\ncomponents.flower = {{ type = \"flower\", {auth} expose = \"node-port\" }}\n"
        ))
    };
    assert_snapshot!(twins(&text("auth = \"auth\","), &text("")), @r#"public-without-auth 5:50 Flower is public and asks for no password | anyone could see and stop tasks | add `auth = "…"`, a Secret of `[secrets]` with the key `basic-auth`"#);
}

#[test]
fn probes_and_users_and_limits() {
    let text = |rest: &str| app(&format!("components.w = {{ type = \"worker\", {rest} }}\n"));
    let good = text("probes.liveness = { command = [\"x\"] }");
    assert_snapshot!(twins(&good, &text("probes.liveness = { path = \"/\", command = [\"x\"] }")), @r"conflict 4:62 a probe has either `path` or `command` |  |");
    assert_snapshot!(twins(&text("run-as-user = 1000"), &text("run-as-user = 0")), @r"unsafe-setting 4:49 a process can not run as root | Pod Security `restricted` refuses it | write another user id, or remove the key for 10001");
    let good = text("task-soft-time-limit-seconds = 299");
    assert_snapshot!(twins(&good, &text("task-soft-time-limit-seconds = 300")), @r"conflict 4:66 a task is killed after 300 s and warned after 300 s | never reached # nobody wrote this: it is the default `celery-task-time-limit` (no task may run longer than the pod waits for it when it stops) | `task-soft-time-limit-seconds` is less than `task-time-limit-seconds`");
}

#[test]
fn names_of_containers() {
    let text = |names: [&str; 2]| {
        app(&format!(
            "components.w = {{ type = \"worker\", sidecars = [{{ name = \"{}\", image = \"a/b:1\" }}], init-containers = [{{ name = \"{}\", image = \"a/b:1\" }}] }}\n",
            names[0], names[1]
        ))
    };
    assert_snapshot!(twins(&text(["a", "b"]), &text(["a", "a"])), @r"conflict 4:109 two containers of a pod are called `a` | ; 4:56 the first one | give it another name; the main container is called like its component");
    assert_snapshot!(twins(&text(["a", "b"]), &text(["w", "b"])), @r"conflict 4:56 two containers of a pod are called `w` | ; 4:12 the first one | give it another name; the main container is called like its component");
}

#[test]
fn databases() {
    let text = |rest: &str| app(&format!("components.db = {{ type = \"postgres\", {rest} }}\n"));
    assert_snapshot!(twins(&text("version = \"18\""), &text("version = \"9.6\"")), @r"unknown-value 4:48 unknown major version `9.6` of PostgreSQL | the data path depends on it | write one of `14`, `15`, `16`, `17` and `18`");
    assert_snapshot!(twins(&text("database = \"a_b\""), &text("database = \"a-b\", username = \"A\"")), @r"
    invalid-value 4:49 `a-b` needs quotes in SQL |  | write at most 63 of `a-z`, `0-9` and `_`, starting with a letter
    invalid-value 4:67 `A` needs quotes in SQL |  | write at most 63 of `a-z`, `0-9` and `_`, starting with a letter
    ");
    assert_snapshot!(twins(&text("storage = \"1Gi\""), &text("storage = \"0\"")), @r"invalid-value 4:48 a volume without room |  | write a size, for example `1Gi`");
}

#[test]
fn brokers_and_caches() {
    let text = |roles: &str| {
        app(&format!(
            "components.kv = {{ type = \"redis\", roles = {roles} }}\ncomponents.w.type = \"worker\"\n"
        ))
    };
    assert_snapshot!(twins(&text("[\"broker\", \"results\"]"), &text("[\"broker\", \"cache\"]")), @r"warning shared-redis-database 4:43 one Redis is broker and cache | it must keep every task, so the cache can fill it | give the cache a component of its own");
    assert_snapshot!(twins(&text("[]"), &text("[\"cache\", \"cache\"]")), @r"conflict 4:53 the role `cache` is there twice |  |");
    let text = |cache: &str| {
        app(&format!(
            "components.kv = {{ type = \"redis\", roles = [], durable = true }}\ncomponents.kw = {{ type = \"redis\", roles = [] }}\ncomponents.w = {{ type = \"worker\", env = {{ BROKER_URL = \"${{kv.url}}\", CACHE_URL = \"${{{cache}.url}}\" }} }}\n"
        ))
    };
    assert_snapshot!(twins(&text("kw"), &text("kv")), @r#"shared-redis-database 6:81 `CACHE_URL` and `BROKER_URL` use one Redis database | flushing the cache would delete tasks; 6:56  | use two components, or `roles = ["broker", "cache"]` on `kv` and its outputs `broker-url` and `cache-url`"#);
}

#[test]
fn secrets_as_text() {
    let text = |env: &str| {
        app(&format!(
            "components.db.type = \"postgres\"\ncomponents.w = {{ type = \"worker\", env = {{ {env} }} }}\n"
        ))
    };
    let good = text(
        "DB_PASSWORD = \"${db.password}\", API_KEY = \"\", A_TOKEN = \"$(DB_PASSWORD)\", URL = \"http://a@b/\", SECRET_KEY_FILE = \"/x\", PIN_PASSWORD = 1234",
    );
    let bad = text(
        "DB_PASSWORD = \"hunter2\", URL = \"postgres://u:pw@${db.host}/x\", CERT = \"-----BEGIN KEY\", SECRET_KEY = \"a\"",
    );
    assert_snapshot!(twins(&good, &bad), @r#"
    secret-literal 5:57 `DB_PASSWORD` looks like a secret and is written as text | everyone who reads the stack or its output reads it | declare it, `secrets.app.keys = ["cert", "db-password", "secret-key", "url"]`, and write `"${secrets.app.db-password}"`; if it is no secret, say so: `allow.secret-literal.DB_PASSWORD = "…"`
    secret-literal 5:74 `URL` looks like a secret and is written as text | everyone who reads the stack or its output reads it | declare it, `secrets.app.keys = ["cert", "db-password", "secret-key", "url"]`, and write `"${secrets.app.url}"`; if it is no secret, say so: `allow.secret-literal.URL = "…"`
    secret-literal 5:113 `CERT` holds a private key as text | everyone who reads the stack or its output reads it | declare it, `secrets.app.keys = ["cert", "db-password", "secret-key", "url"]`, and write `"${secrets.app.cert}"`; if it is no secret, say so: `allow.secret-literal.CERT = "…"`
    secret-literal 5:144 `SECRET_KEY` looks like a secret and is written as text | everyone who reads the stack or its output reads it | declare it, `secrets.app.keys = ["cert", "db-password", "secret-key", "url"]`, and write `"${secrets.app.secret-key}"`; if it is no secret, say so: `allow.secret-literal.SECRET_KEY = "…"`
    "#);
    let text = |key: &str| {
        app(&format!(
            "components.w = {{ type = \"worker\", sidecars = [{{ name = \"s\", image = \"a/b:1\", env = {{ {key} = \"x\" }} }}] }}\n"
        ))
    };
    assert_snapshot!(twins(&text("KEY"), &text("API_KEY")), @r#"secret-literal 4:96 `API_KEY` looks like a secret and is written as text | everyone who reads the stack or its output reads it | declare it, `secrets.app.keys = ["api-key"]`, and write `"${secrets.app.api-key}"`; if it is no secret, say so: `allow.secret-literal.API_KEY = "…"`"#);
}

#[test]
fn what_must_not_reach_production() {
    let text = |value: &str| {
        production(&format!("components.w = {{ type = \"worker\", env.DEBUG = {value} }}\n"))
    };
    assert_snapshot!(twins(&text("\"false\""), &text("\"True\"")), @r"unsafe-setting 6:47 `DEBUG` is on in a production stage | error pages would show settings and code | remove it from the stage: `env.DEBUG = false` removes an inherited variable");
    assert_snapshot!(twins(&text("0"), &text("1")), @r"unsafe-setting 6:47 `DEBUG` is on in a production stage | error pages would show settings and code | remove it from the stage: `env.DEBUG = false` removes an inherited variable");
    let text = |hosts: &str| format!("{PRODUCTION}{hosts}\ncomponents.web.type = \"web\"\n");
    assert_snapshot!(twins(&text("app.hosts = [\"a.b\"]"), &text("")), @r#"missing-field 6:12 a production stage has no hosts | would answer 400 to every request | add `app.hosts = ["www.example.com"]`"#);
    assert_snapshot!(twins(&text("app.hosts = [\".a.b\"]"), &text("app.hosts = [\"*\"]")), @r"unsafe-setting 5:14 a production stage answers to any host | lets a forged Host header into links and caches | name the hosts; probes send the first one");
}

#[test]
fn volumes_and_mounts() {
    let text = |volume: &str| app(&format!("volumes.m = {volume}\n"));
    assert_snapshot!(twins(&text("{ storage = \"1Gi\" }"), &text("{ storage-class = \"fast\" }")), @r"conflict 4:9 volume `m` has neither `storage` nor `claim` |  | write `storage` for a new claim, or `claim` for an existing one");
    let text = |mount: &str| {
        app(&format!(
            "secrets.s.keys = [\"k\"]\nconfig.c.k = \"v\"\nvolumes.m.storage = \"1Gi\"\ncomponents.w = {{ type = \"worker\", mounts.\"/x\" = {mount} }}\n"
        ))
    };
    let good = [
        "{ volume = \"m\", sub-path = \"a/b\", read-only = true }",
        "{ config = \"c\" }",
        "{ secret = \"s\", key = \"k\" }",
        "{ scratch = \"1Gi\" }",
        "{ scratch = { size = \"1Gi\", memory = true } }",
    ];
    for good in good {
        stack(&text(good));
    }
    let bad = [
        "{}",
        "{ volume = \"m\", config = \"c\" }",
        "{ volume = \"n\" }",
        "{ config = \"d\" }",
        "{ secret = \"t\" }",
        "{ config = \"c\", key = \"kk\" }",
        "{ secret = \"s\", key = \"l\" }",
        "{ volume = \"m\", key = \"k\" }",
        "{ config = \"c\", sub-path = \"x\" }",
        "{ volume = \"m\", sub-path = \"../x\" }",
    ];
    let found: String = bad.into_iter().map(|bad| told(&text(bad))).collect();
    assert_snapshot!(found, @"
    conflict 7:49 `/x` mounts not exactly one thing |  | write one of `volume`, `config`, `secret`, `secrets` and `scratch`
    conflict 7:49 `/x` mounts not exactly one thing |  | write one of `volume`, `config`, `secret`, `secrets` and `scratch`
    unknown-volume 7:60 unknown volume `n` | not part of this stage | known is `m`
    unknown-config 7:60 unknown config `d` | not part of this stage | known is `c`
    unknown-secret 7:60 unknown Secret `t` | no contract declares it | known is `s`
    unknown-key 7:71 config `c` has no key `kk` |  | did you mean `k`?
    unknown-key 7:71 Secret `s` has no key `l` |  | known is `k`
    conflict 7:71 only a config or a Secret has keys |  | 
    conflict 7:76 only a volume has folders |  | write `key` for one file of a config or Secret
    invalid-value 7:76 `../x` leads out of the volume |  | write a path without `..` that does not start with `/`
    ");
}

#[test]
fn a_volume_for_one_pod_in_several() {
    let text = |mode: &str, replicas: u16| {
        app(&format!(
            "volumes.m = {{ storage = \"1Gi\", {mode} }}\napp.mounts.\"/m\".volume = \"m\"\ncomponents.web = {{ type = \"web\", replicas = {replicas} }}\ncomponents.cron = {{ type = \"cron\", schedule = \"@daily\", command = [\"x\"], mounts.\"/m\" = false }}\n"
        ))
    };
    let found = twins(
        &text("access-mode = \"ReadWriteMany\"", 2),
        &text("access-mode = \"ReadWriteOnce\"", 2),
    );
    assert_snapshot!(found, @r#"warning shared-volume 5:26 volume `m` is mounted by 2 pods and can be mounted by one |  # pods of `web` | write `volumes.m.access-mode = "ReadWriteMany"` with a storage class that has it, or keep the files in object storage"#);
    assert_eq!(told(&text("access-mode = \"ReadWriteOnce\"", 1)), "");
    let found =
        told(&text("access-mode = \"ReadWriteOnce\"", 1).replace(", mounts.\"/m\" = false", ""));
    assert_snapshot!(found, @r#"warning shared-volume 5:26 volume `m` is mounted by 2 pods and can be mounted by one |  # pods of `cron` and `web` | write `volumes.m.access-mode = "ReadWriteMany"` with a storage class that has it, or keep the files in object storage"#);
}

#[test]
fn files_that_nobody_handed_over() {
    let text = |value: &str| app(&format!("config.c.k = {value}\n"));
    assert_snapshot!(twins(&text("\"v\""), &text("{ file = \"a.txt\" }")), @r"missing-file 4:23 there is no file `a.txt` | not found beside the stack file |");
}

#[test]
fn a_way_out_names_where_it_leads() {
    let external = |cidrs: &str| {
        app(&format!(
            "components.mail = {{ type = \"external\", host = \"smtp.example.net\", port = 587, cidrs = {cidrs} }}\n\
             app.egress = [{{ cidr = \"203.0.113.0/24\", ports = [443] }}]"
        ))
    };
    assert_snapshot!(
        twins(&external("[\"198.51.100.0/24\"]"), &external("[]")),
        @r#"missing-field 4:12 `mail` has no `cidrs` that it lies in | a network policy can not name a host | write its addresses, for example `cidrs = ["10.0.16.0/20"]`, or `to = "internet"` where they are not known; or as `host` the name of a Service: of `[[objects]]`, or of another namespace, `<service>.<namespace>.svc`"#
    );
    let egress = |ports: &str| {
        app(&format!(
            "app.egress = [{{ cidr = \"203.0.113.0/24\", ports = {ports} }}]\ncomponents.web.type = \"web\""
        ))
    };
    assert_snapshot!(twins(&egress("[443]"), &egress("[]")), @"missing-field 4:15 a way out without `ports` | nothing of it could be reached | name the ports that are called, for example `ports = [443]`");
}

#[test]
fn a_redis_without_a_password_stays_in_development() {
    let cache = "components.cache = { type = \"redis\", auth = false }";
    assert_snapshot!(
        twins(&app(cache), &production(cache)),
        @r#"no-password 6:45 a Redis without a password in a production stage | whoever reaches it reads and deletes everything | remove `auth` and bind the URL, which holds the password; if the application can not be told one, say so with `allow.no-password = "…"`"#
    );
}

#[test]
fn an_attempt_ends_before_the_wait_for_the_schema_does() {
    let text = |wait: &str| {
        told(&format!(
            "{APP}components.db.type = \"postgres\"\ncomponents.migrate = {{ type = \"migrate\", wait-seconds = 100 }}\n\
             components.web = {{ type = \"web\", wait-for-schema = {{ {wait} }} }}\n"
        ))
    };
    assert_snapshot!(text("attempt-seconds = 101"), @"conflict 6:72 an attempt may take 101 s, and the wait for the schema is given up after 100 s | never reached; 5:57 the limit | write `timeout-seconds = 101` or more, or leave `attempt-seconds` out");
    assert_snapshot!(text("attempt-seconds = 101, timeout-seconds = 50"), @"conflict 6:72 an attempt may take 101 s, and the wait for the schema is given up after 50 s | never reached; 6:95 the limit | write `timeout-seconds = 101` or more, or leave `attempt-seconds` out");
    assert_eq!(text("attempt-seconds = 101, timeout-seconds = 101"), "");
}

#[test]
fn scratch_that_is_shared_has_one_size() {
    let text = |of_main: &str, of_other: &str| {
        told(&format!(
            "{APP}components.web = {{ type = \"web\", mounts.\"/s\".scratch = {of_main}, {of_other} }}\n"
        ))
    };
    let init =
        "init-containers = [{ name = \"i\", image = \"a/b:1\", mounts.\"/s\".scratch = \"1Mi\" }]";
    assert_snapshot!(text("\"2Mi\"", init), @"conflict 4:135 the scratch at `/s` is not the same for `web` and `i` | ; 4:56 the same volume | write the same size for both, or another path or name for one of them");
    assert_eq!(text("\"1Mi\"", init), "");
    let sidecar =
        "sidecars = [{ name = \"s\", image = \"a/b:1\", mounts.\"/s\".scratch = \"1Mi\" }]";
    assert_eq!(text("\"2Mi\"", sidecar), "");
    let named = "sidecars = [{ name = \"s\", image = \"a/b:1\", mounts.\"/t\".scratch = { size = \"1Mi\", name = \"n\" } }]";
    assert_snapshot!(text("{ size = \"1Mi\", memory = true, name = \"n\" }", named), @"conflict 4:166 the scratch volume `n` is not the same for `web` and `s` | ; 4:56 the same volume | write the same size for both, or another path or name for one of them");
}

#[test]
fn headers_of_a_probe_can_be_sent() {
    let of = |probe: &str| {
        told(&format!(
            "name = \"a\"\napp = {{ image = \"a:1\", module = \"a\" }}\nsecrets.a.keys = [\"token\"]\n[components.web]\ntype = \"web\"\n\
             probes.readiness = {{ {probe} }}\nenv.TOKEN = \"${{secrets.a.token}}\"\n[stages.local]\n"
        ))
    };
    assert_eq!(of("path = \"/\", headers = { Host = \"a.example.com\" }"), "");
    assert_snapshot!(of("headers = { Host = \"a\" }"), @r#"conflict 6:34 a probe without `path` sends no headers | never sent | add `path = "/…"`"#);
    assert_snapshot!(of("path = \"/\", headers = { Host = \"a\", host = \"b\" }"), @"conflict 6:58 the header `host` is written twice | upper and lower case are the same here |");
    assert_snapshot!(of("path = \"/\", headers = { Host = \"a\\r\\nX: y\" }"), @"invalid-value 6:53 the header `Host` has a control character in its value | no request can carry it |");
    assert_snapshot!(of("path = \"/\", headers = { \"X Y\" = \"a\" }"), @"invalid-value 6:46 `X Y` is not the name of a header |  | write letters, digits and `-`, for example `Host`");
    assert_snapshot!(of("path = \"/\", headers = { Authorization = \"${secrets.a.token}\" }"), @"bad-reference 6:63 a header of a probe can not hold a secret: `${secrets.a.token}` | everybody who can list objects reads it | ask a path that needs no login, or write `command` with a program that reads the variable");
}

/// What is said about a process of production with a command.
fn commanded(command: &str) -> String {
    told(&format!(
        "name = \"a\"\nprofile = \"production\"\napp.framework = \"none\"\napp.hosts = [\"a.example.com\"]\n\
         app.image = \"a:1@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"\n\
         components.a = {{ type = \"process\", command = [{command}], resources.limits.memory = \"64Mi\" }}\n[stages.local]\n"
    ))
}

#[test]
fn commands_of_django_are_those_behind_its_entry_points() {
    for good in [
        "\"/app/bin/start\", \"runserver\"",
        "\"python\", \"manage.py\", \"rqworker\", \"--queue\", \"migrate\", \"default\"",
        "\"node\", \"lib/entry.js\", \"migrate\", \"up\"",
        "\"python\", \"manage.py\", \"migrate\", \"--check\"",
        "\"django\", \"runserver\"",
    ] {
        assert_eq!(commanded(good), "", "{good}");
    }
    for bad in [
        "\"python\", \"manage.py\", \"runserver\"",
        "\"./manage.py\", \"-v\", \"2\", \"--settings=a.settings\", \"runserver\", \"0:80\"",
        "\"python\", \"-m\", \"django\", \"--settings\", \"a\", \"migrate\"",
        "\"sh\", \"-c\", \"cd /app && django-admin collectstatic --noinput; exec serve\"",
        "\"sh\", \"-c\", \"/app/manage.py wait && exec /app/manage.py migrate\"",
    ] {
        assert!(commanded(bad).starts_with("unsafe-command"), "{bad}: {}", commanded(bad));
    }
}
