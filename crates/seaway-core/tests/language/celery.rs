//! What answers the probes of Celery, and commands of one's own.

use insta::assert_snapshot;
use seaway_core::Code;
use seaway_core::celery;
use seaway_core::options::CeleryProbe;

use crate::support::{APP, stack, told, told_whole};

const BROKER: &str = "components.broker = { type = \"redis\", durable = true }\n";

fn probe(more: &str, name: &str) -> Option<CeleryProbe> {
    let stack = stack(&format!("{APP}{BROKER}{more}"));
    let part = stack.part(name).expect("it");
    celery::of(&stack, part).expect("it is Celery").probe()
}

#[test]
fn a_component_says_it_for_itself_and_the_application_for_all() {
    let both = "components.worker = { type = \"worker\" }\ncomponents.beat = { type = \"beat\" }\n";
    for (app, worker, beat) in [
        ("", Some(CeleryProbe::Heartbeat), Some(CeleryProbe::Heartbeat)),
        (
            "app.celery-probes = \"heartbeat\"\n",
            Some(CeleryProbe::Heartbeat),
            Some(CeleryProbe::Heartbeat),
        ),
        ("app.celery-probes = true\n", Some(CeleryProbe::Heartbeat), Some(CeleryProbe::Heartbeat)),
        // Beat answers no ping.
        ("app.celery-probes = \"ping\"\n", Some(CeleryProbe::Ping), Some(CeleryProbe::Heartbeat)),
        ("app.celery-probes = false\n", None, None),
    ] {
        assert_eq!(probe(&format!("{app}{both}"), "worker"), worker, "{app}");
        assert_eq!(probe(&format!("{app}{both}"), "beat"), beat, "{app}");
    }
    let own = "app.celery-probes = false\ncomponents.worker = { type = \"worker\", celery-probes = \"ping\" }\n";
    assert_eq!(probe(own, "worker"), Some(CeleryProbe::Ping));
}

#[test]
fn a_command_that_begins_with_celery_is_asked_by_ping() {
    let command = |words: &str| {
        probe(&format!("components.w = {{ type = \"worker\", command = [{words}] }}\n"), "w")
    };
    for words in [
        "\"celery\", \"-A\", \"config.celery_app\", \"worker\"",
        "\"/opt/venv/bin/celery\", \"worker\"",
        "\"python3\", \"-m\", \"celery\", \"--app=shop\", \"worker\", \"-l\", \"INFO\"",
    ] {
        assert_eq!(command(words), Some(CeleryProbe::Ping), "{words}");
    }
    for words in [
        "\"start\", \"worker\"",
        "\"celery\", \"flower\"",
        "\"python\", \"-m\", \"tasks\", \"worker\"",
    ] {
        assert_eq!(command(words), None, "{words}");
    }
    let beat = "components.b = { type = \"beat\", command = [\"celery\", \"beat\"] }\n";
    assert_eq!(probe(beat, "b"), None);
}

#[test]
fn what_can_not_answer_is_not_asked() {
    let text = "components.b = { type = \"beat\", celery-probes = \"ping\" }\n\
                components.w = { type = \"worker\", command = [\"celery\", \"worker\"], celery-probes = \"heartbeat\" }\n\
                components.x = { type = \"worker\", command = [\"start\"], celery-probes = \"ping\" }\n\
                components.y = { type = \"worker\", celery-probes = \"pong\" }\n\
                components.web = { type = \"web\", celery-probes = false }\n";
    assert_snapshot!(told(&format!("{APP}{BROKER}{text}")), @r#"
    conflict 5:49 beat answers no ping |  | write `"heartbeat"`, or `false` for no probes
    conflict 6:83 a command of its own has no heartbeat | ; 6:46 the command | remove `command`: `celery`, `settings` and the other options say what it runs; or write `"ping"`
    conflict 7:72 only Celery answers a ping | ; 7:46 the command | begin `command` with `celery`, or write `false` for no probes
    unknown-value 8:51 unknown value `pong` |  | did you mean `ping`?
    unknown-field 9:34 unknown key `celery-probes` | not known here | known are `allow`, `annotations`, `autoscale`, `bind`, `celery`, `command`, `drain-seconds`, `egress`, `env`, `env-from`, `expose`, `graceful-timeout-seconds`, `image`, `image-pull-policy`, `init-containers`, `keep-alive-seconds`, `labels`, `max-requests`, `metrics`, `module`, `mounts`, `node-selector`, `object-annotations`, `port`, `ports`, `priority-class`, `probes`, `process-memory`, `pull-secrets`, `python`, `replicas`, `resources`, `run-as-user`, `runtime-class`, `secrets`, `server`, `service-account`, `service-annotations`, `settings`, `sidecars`, `spread`, `startup-seconds`, `static-files`, `termination-grace-period-seconds`, `threads`, `timeout-seconds`, `tolerations`, `type`, `wait-for-schema` and `workers`
    "#);
}

#[test]
fn production_asks_for_probes_that_a_command_takes_away() {
    let head = format!("{APP}{BROKER}profile = \"production\"\n");
    let text = "components.b = { type = \"beat\", command = [\"celery\", \"beat\"] }\n\
                components.w = { type = \"worker\", command = [\"start\"] }\n";
    assert_snapshot!(told(&format!("{head}{text}")), @r"
    no-probes 6:44 `b` loses its startup, readiness and liveness probes | beat answers no ping, and the heartbeat comes from the command of the preset | remove `command`: `celery`, `settings` and the other options say what it runs; or write `components.b.probes`, or `components.b.celery-probes = false` where none are wanted
    no-probes 7:46 `w` loses its startup, readiness and liveness probes | the heartbeat comes from the command of the preset | remove `command`: `celery`, `settings` and the other options say what it runs; or write `components.w.probes`, or `components.w.celery-probes = false` where none are wanted
    ");
    // On the way to production it is a warning.
    let found = told_whole(&format!("{APP}{BROKER}{text}"), &[Code::NoProbes]);
    let is_warning = |line: &str| line.starts_with("warning no-probes ");
    assert_eq!(found.lines().filter(|line| is_warning(line)).count(), 2, "{found}");
    for good in [
        "components.w = { type = \"worker\", command = [\"start\"], celery-probes = false }\n",
        "components.w = { type = \"worker\", command = [\"start\"], probes.liveness.command = [\"alive\"] }\n",
        "components.w = { type = \"worker\", command = [\"celery\", \"worker\"] }\n",
        "components.w = { type = \"worker\", celery-probes = false }\n",
    ] {
        stack(&format!("{head}{good}"));
    }
    let allowed = "components.w = { type = \"worker\", command = [\"start\"], allow.no-probes = \"supervisord restarts it\" }\n";
    let found = told(&format!("{head}{allowed}"));
    assert!(found.contains("(allowed: supervisord restarts it)"), "{found}");
}

/// A process without a port has no probe unless the stack says one.
#[test]
fn production_asks_for_a_probe_of_what_nobody_calls() {
    let of = |profile: &str, component: &str| {
        let text = format!(
            "{APP}{profile}app.hosts = [\"a.example\"]\ncomponents.p = {{ {component} }}\n"
        );
        told_whole(&text, &[Code::NoProbes])
    };
    let production = "profile = \"production\"\n";
    let process = "type = \"process\", command = [\"consume\"]";
    assert_snapshot!(of(production, process), @r#"warning no-probes 6:12 `p` has neither a port nor a probe | nothing restarts it when it hangs | ask it by a command, `components.p.probes.liveness.command = ["…"]`; if it ends by itself when something is wrong, say so: `components.p.probes.liveness = false`"#);
    assert_snapshot!(of(production, "type = \"service\", image = \"poller:1\""), @r#"warning no-probes 6:12 `p` has neither a port nor a probe | nothing restarts it when it hangs | ask it by a command, `components.p.probes.liveness.command = ["…"]`; if it ends by itself when something is wrong, say so: `components.p.probes.liveness = false`"#);
    assert_eq!(of("", process), "");
    for good in
        [", port = 8000", ", probes.liveness = false", ", probes.readiness.command = [\"check\"]"]
    {
        assert_eq!(of(production, &format!("{process}{good}")), "", "{good}");
    }
    assert_eq!(of(production, "type = \"job\", command = [\"import\"]"), "");
    let allowed = of(&format!("{production}allow.no-probes.p = \"a watchdog\"\n"), process);
    assert!(allowed.contains("(allowed: a watchdog)"), "{allowed}");
}

/// What the options of the component say, its grace period and memory are computed from.
#[test]
fn a_command_of_its_own_says_the_limits_itself() {
    let of = |words: &str| {
        let text =
            format!("{APP}{BROKER}components.w = {{ type = \"worker\", command = [{words}] }}\n");
        told_whole(&text, &[Code::DroppedOptions])
    };
    assert_snapshot!(of("\"celery\", \"-A\", \"config.celery_app\", \"worker\""), @"warning dropped-options 5:46 the command of `w` leaves out `--time-limit`, `--concurrency` and `--prefetch-multiplier` | what the options of the component say does not reach Celery | remove `command`: `celery`, `settings` and the other options say what it runs; or add them to the command");
    assert_eq!(of("\"celery\", \"worker\", \"-c\", \"2\", \"--time-limit=300\""), "");
    for words in [
        "\"celery\", \"worker\", \"-c2\", \"--time-limit\", \"300\", \"--prefetch-multiplier=1\"",
        "\"python\", \"manage.py\", \"qcluster\"",
    ] {
        assert_eq!(of(words), "", "{words}");
    }
    assert_eq!(
        told_whole(
            &format!(
                "{APP}{BROKER}components.b = {{ type = \"beat\", command = [\"celery\", \"beat\"] }}\n"
            ),
            &[Code::DroppedOptions]
        ),
        ""
    );
}

#[test]
fn names_of_queues_are_items_of_a_list() {
    for name in ["", " ", "a,b", "a\\u0007"] {
        let told = told(&format!(
            "name = \"a\"\napp = {{ image = \"a:1\", module = \"a\" }}\n[components]\nbroker = {{ type = \"redis\", durable = true }}\n\
             worker = {{ type = \"worker\", queues = [\"mail\", \"{name}\"] }}\n"
        ));
        assert!(told.starts_with("invalid-value 5:47 the name of a queue "), "{told}");
    }
}
