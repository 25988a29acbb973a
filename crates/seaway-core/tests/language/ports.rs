//! Further ports of `process`, `web` and `external`: their outputs, what a reference opens, and what can not be.

use insta::assert_snapshot;

use crate::support::{APP, ports, stack, told};

/// A stack with a component `x`, to which `web` refers.
fn with(reference: &str, of_x: &str) -> String {
    format!(
        "{APP}components.web = {{ type = \"worker\", env.URL = \"{reference}\" }}\ncomponents.broker.type = \"redis\"\n\
         components.x = {{ {of_x} }}\n[stages.local]\n"
    )
}

const PROCESS: &str = "type = \"process\", command = [\"serve\"]";

/// The outputs of `x`, as long as they are texts.
fn outputs(of_x: &str) -> String {
    let stack = stack(&with("", of_x));
    let outputs = &stack.part("x").expect("it").facts.outputs;
    let texts: Vec<String> = outputs.iter().map(|(name, text)| format!("{name}={text}")).collect();
    texts.join(" ")
}

fn calls(reference: &str, of_x: &str) -> Vec<u16> {
    let stack = stack(&with(reference, of_x));
    ports(stack.part("web").expect("it"), stack.part("x").expect("it"))
}

#[test]
fn each_port_is_an_output() {
    let process = |more: &str| outputs(&format!("{PROCESS}{more}"));
    assert_snapshot!(process(", port = 9000, ports = { grpc = 50051 }"), @"grpc-port=50051 host=x port=9000 url=http://x:9000");
    assert_snapshot!(process(", ports = { grpc = 50051 }"), @"grpc-port=50051 host=x port=50051 url=http://x:50051");
    // Nobody speaks HTTP at the port of AMQP.
    assert_snapshot!(process(", ports = { amqp = 5672, management = 15672 }"), @"amqp-port=5672 host=x management-port=15672 port=5672");
    assert_snapshot!(process(", ports = { a = 7, b = 8 }"), @"a-port=7 b-port=8 host=x");
    assert_snapshot!(process(""), @"");
    assert_snapshot!(outputs("type = \"web\", ports = { grpc = 50051 }"), @"grpc-port=50051 host=x port=80 url=http://x");
    let external = "type = \"external\", host = \"mq.example.com\", port = 5671, ports = { management = 15671 }, tls = true, cidrs = [\"10.0.0.0/24\"]";
    assert_snapshot!(outputs(external), @"host=mq.example.com hosts=mq.example.com:5671 management-hosts=mq.example.com:15671 management-port=15671 port=5671");
}

#[test]
fn a_reference_opens_the_port_that_it_says() {
    let types = [
        format!("{PROCESS}, port = 9000, ports = {{ a = 1, b = 2 }}"),
        "type = \"web\", port = 9000, ports = { a = 1, b = 2 }".to_owned(),
        "type = \"external\", host = \"x.example.com\", port = 9000, ports = { a = 1, b = 2 }, cidrs = [\"10.0.0.0/24\"]"
            .to_owned(),
    ];
    for of_x in &types {
        for (reference, open) in [
            ("${x.host}", &[9000][..]),
            ("${x.port}", &[9000]),
            ("${x.a-port}", &[1]),
            ("${x.b-port} ${x.a-port}", &[1, 2]),
            ("${x.b-port} ${x.port}", &[2, 9000]),
        ] {
            assert_eq!(calls(reference, of_x), open, "{reference} of {of_x}");
        }
    }
    let process = |reference, more: &str| calls(reference, &format!("{PROCESS}, {more}"));
    // Without a port of its own it is the one that is known, else the only one, else all.
    let rabbitmq = "ports = { amqp = 5672, management = 15672 }";
    assert_eq!(process("${x.host}", rabbitmq), [5672]);
    assert_eq!(process("${x.amqp-port}", rabbitmq), [5672]);
    assert_eq!(process("${x.management-port}", rabbitmq), [15672]);
    assert_eq!(process("${x.host}", "ports = { a = 7, b = 8 }"), [7, 8]);
}

#[test]
fn what_can_not_be_is_told() {
    let process = |more: &str| with("${x.host}", &format!("{PROCESS}, {more}"));
    let web = |more: &str| with("${x.host}", &format!("type = \"web\", {more}"));
    let monitored = |more: &str| {
        let stages = "components.m = { type = \"monitoring\", logs = false, grafana = false, storage-class = \"fast\" }\n[stages.local]";
        web(more).replace("[stages.local]", stages)
    };
    let external = |more: &str| {
        with(
            "${x.host}",
            &format!(
                "type = \"external\", host = \"h.example.com\", port = 1, cidrs = [\"10.0.0.0/24\"], {more}"
            ),
        )
    };
    let faults = [
        with("${x.mangement-port}", &format!("{PROCESS}, ports = {{ management = 15672 }}")),
        process("port = 1, ports = { a = 1 }"),
        process("ports = { a = 2, b = 2 }"),
        process("ports = { amqp = 5672, b = 5672 }"),
        process("port = 1, ports = { http = 2 }"),
        process("port = 1, ports = { a-name-of-16-let = 2, a--b = 3 }"),
        process("ports = { a = 2, b = 3 }, expose = \"node-port\""),
        process(
            "port = 1, ports = { proxy = 2 }, sidecars = [{ name = \"s\", image = \"s:1\", ports = { proxy = 3 } }]",
        ),
        external("ports = { a = 1 }"),
        external("ports = { a = 0 }"),
        web("ports = { a = 80 }"),
        web("ports = { a = 8000 }"),
        web("port = 9000, ports = { a = 9000 }"),
        web("ports = { a = 8080, static = 8081 }, static-files = \"sidecar\""),
        web("port = 8080, ports = { a = 8081 }, static-files = \"sidecar\""),
        monitored("ports = { a = 8002, metrics-0 = 9000 }"),
        monitored("metrics = true, workers = 1, ports = { a = 8001 }"),
    ];
    let all: Vec<String> = faults.iter().map(|text| told(text)).collect();
    assert_snapshot!(all.join("\n"), @"
    unknown-output 4:48 `x` has no output `mangement-port` |  | did you mean `management-port`?

    conflict 6:81 port 1 has two names | `a`; 6:64 `port` | leave one of them out

    conflict 6:78 port 2 has two names | `b`; 6:71 `a` | leave one of them out

    conflict 6:84 port 5672 has two names | `b`; 6:74 `amqp` | leave one of them out

    conflict 6:77 two ports of a pod are called `http` | ; 6:64 its own port is called so | give it another name: each port of a pod has one of its own

    invalid-name 6:77 `a-name-of-16-let` can not be the name of a port |  | write at most 15 of `a-z`, `0-9` and single `-`, one of them a letter
    invalid-name 6:99 `a--b` can not be the name of a port |  | write at most 15 of `a-z`, `0-9` and single `-`, one of them a letter

    missing-field 6:92 `x` is exposed without a port |  | write the one that it leads to as `port = …`, outside of `ports`

    conflict 6:77 two ports of a pod are called `proxy` | ; 6:141 that of another container | give it another name: each port of a pod has one of its own

    conflict 6:110 port 1 has two names | `a`; 6:68 `port` | leave one of them out

    invalid-value 6:110 a port is 1 to 65535 |  | 

    conflict 6:46 port 80 of `a` is that of its `Service` | `a`; 6:12 its `Service` has 80 | write `ports.a = 1024`, and let it listen there

    conflict 6:46 port 8000 of `a` is that of its server | `a`; 6:12 its server has 8000 | write `ports.a = 8001`, and let it listen there

    conflict 6:59 port 9000 has two names | `a`; 6:39 `port` | leave one of them out

    conflict 6:46 port 8080 of `a` is that of its nginx | `a`; 6:84 its nginx has 8080 | write `ports.a = 8082`, and let it listen there
    conflict 6:52 two ports of a pod are called `static` | ; 6:12 the port of its nginx | give it another name: each port of a pod has one of its own

    conflict 6:59 port 8081 of `a` is that of its nginx | `a`; 6:82 its nginx has 8081 | write `ports.a = 8082`, and let it listen there

    conflict 6:46 port 8002 of `a` is that of metrics of its server | `a`; 6:12 metrics of its server has 8002 | write `ports.a = 8003`, and let it listen there
    conflict 6:52 two ports of a pod are called `metrics-0` | ; 6:12 a port of its metrics | give it another name: each port of a pod has one of its own

    conflict 6:75 port 8001 of `a` is that of metrics of its server | `a`; 6:42 metrics of its server has 8001 | write `ports.a = 8002`, and let it listen there
    ");
    // Nothing is taken that nobody has.
    assert_eq!(told(&web("ports = { a = 8080, b = 8001, metrics = 9100 }")), "");
}

/// A server of a command of its own that listens to its own pod alone.
#[test]
fn servers_listen_at_the_address_of_the_pod() {
    let of = |command: &str, more: &str| {
        told(&format!("{APP}components.web = {{ type = \"web\", command = [{command}]{more} }}\n"))
    };
    assert_snapshot!(of("\"uvicorn\", \"shop.asgi:application\"", ""), @r#"warning port-mismatch 4:45 uvicorn listens at 127.0.0.1 alone: its command says no address | probes and callers come to the address of the pod | write `--host=0.0.0.0` in the command; if a file of the image says it, say so: `allow.port-mismatch.web = "…"`"#);
    assert_snapshot!(of("\"gunicorn\", \"shop.wsgi\", \"-b\", \"127.0.0.1:8000\"", ""), @r#"warning port-mismatch 4:70 gunicorn listens at `127.0.0.1:8000` alone | probes and callers come to the address of the pod | write `--bind=0.0.0.0:8000` in the command; if a file of the image says it, say so: `allow.port-mismatch.web = "…"`"#);
    assert_snapshot!(of("\"sh\", \"-c\", \"exec daphne shop.asgi:application\"", ""), @r#"warning port-mismatch 4:57 daphne listens at 127.0.0.1 alone: its command says no address | probes and callers come to the address of the pod | write `--bind=0.0.0.0` in the command; if a file of the image says it, say so: `allow.port-mismatch.web = "…"`"#);
    for (command, more) in [
        ("\"uvicorn\", \"shop.asgi:application\", \"--host\", \"0.0.0.0\"", ""),
        ("\"uvicorn\", \"shop.asgi:application\", \"--host=::\"", ""),
        ("\"uvicorn\", \"shop.asgi:application\"", ", env.UVICORN_HOST = \"0.0.0.0\""),
        ("\"gunicorn\", \"shop.wsgi\", \"-b0.0.0.0:8000\"", ""),
        ("\"gunicorn\", \"shop.wsgi\", \"-b\", \"127.0.0.1:9000\", \"-b\", \"0.0.0.0:8000\"", ""),
        ("\"gunicorn\", \"shop.wsgi\", \"-c\", \"gunicorn.py\"", ""),
        ("\"sh\", \"-c\", \"exec gunicorn shop.wsgi --bind 0.0.0.0:8000\"", ""),
        ("\"start-server\"", ""),
        // The sidecar listens for others.
        (
            "\"gunicorn\", \"shop.wsgi\"",
            ", sidecars = [{ name = \"proxy\", image = \"proxy:1\", ports.http = 8080 }]",
        ),
    ] {
        assert_eq!(of(command, more), "", "{command} {more}");
    }
    let process =
        "components.p = { type = \"process\", command = [\"uvicorn\", \"shop.live:app\"] }\n";
    assert_eq!(told(&format!("{APP}{process}")), "");
    let allowed = format!(
        "{APP}allow.port-mismatch.p = \"gunicorn.conf.py\"\n{}",
        process.replace(" }", ", port = 9000 }")
    );
    assert!(told(&allowed).contains("(allowed: gunicorn.conf.py)"));
}
