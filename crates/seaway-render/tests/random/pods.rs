//! What every component with pods takes.

use crate::world::{World, list};

/// Options of `[app]` and of each component, with alternatives.
pub(crate) const SHARED: &[&[&str]] = &[
    &[
        "image-pull-policy = \"Always\"",
        "image-pull-policy = \"IfNotPresent\"",
        "image-pull-policy = \"Never\"",
    ],
    &[
        "pull-secrets = [\"registry\"]",
        "pull-secrets = [\"registry\", \"mirror\"]",
        "pull-secrets = []",
    ],
    &[
        "labels = { team = \"t\" }",
        "labels = { \"example.com/team\" = \"a_b.c-D\", tier = \"\" }",
        "labels = { on = \"off\", \"1\" = \"1_000\" }",
    ],
    &[
        "annotations = { \"example.com/a\" = \"b c\" }",
        "annotations = { note = \"multi\\nline: yes\\n\", \"prometheus.io/scrape\" = \"true\" }",
    ],
    &[
        "node-selector = { \"kubernetes.io/arch\" = \"arm64\" }",
        "node-selector = { pool = \"on\", disk = \"\" }",
    ],
    &[
        "tolerations = [{ operator = \"Exists\" }]",
        "tolerations = [{ key = \"dedicated\", operator = \"Equal\", value = \"a\", effect = \"NoSchedule\" }]",
        "tolerations = [{ key = \"k\", operator = \"Exists\", effect = \"NoExecute\", toleration-seconds = 60 }, { key = \"l\", value = \"v\", effect = \"PreferNoSchedule\" }]",
    ],
    &["priority-class = \"high\""],
    &["run-as-user = 1234", "run-as-user = 65534"],
    &[
        "service-account = { rules = [{ resources = [\"pods\"], verbs = [\"get\"] }] }",
        "service-account = { rules = [{ api-groups = [\"apps\", \"\"], resources = [\"deployments\", \"pods/log\"], resource-names = [\"a\"], verbs = [\"get\", \"patch\"] }] }",
        "service-account = { annotations = { \"eks.amazonaws.com/role-arn\" = \"arn:aws:iam::111122223333:role/a\" } }",
        "service-account = \"default\"",
    ],
    &[
        "egress = [{ cidr = \"10.0.0.0/8\", ports = [443] }]",
        "egress = [{ cidr = \"0.0.0.0/0\", except = [\"169.254.169.254/32\", \"10.0.0.0/8\"], ports = [443, 80] }, { cidr = \"2001:db8::/32\", ports = [53] }]",
    ],
];

/// Options of each component, with alternatives.
const POD: &[&[&str]] = &[
    &[
        "resources = { requests = { cpu = \"50m\", memory = \"64Mi\" }, limits = { cpu = 2, memory = \"2Gi\" } }",
        "resources = { requests = { cpu = 1, memory = \"1.5Gi\", ephemeral-storage = \"100M\" }, limits = { cpu = \"1500m\", memory = \"1536Mi\", ephemeral-storage = \"1G\" } }",
        "resources.limits = { cpu = \"1\", memory = \"1Gi\" }",
        "resources.limits.ephemeral-storage = \"2Gi\"",
    ],
    &["spread = [\"node\"]", "spread = [\"zone\", \"node\"]", "spread = []"],
    &["termination-grace-period-seconds = 3600"],
    &["startup-seconds = 5"],
];

/// Texts that a careless reader of YAML takes for something else.
const TEXTS: &[&str] = &[
    "",
    "off",
    "y",
    "No",
    "null",
    "~",
    "1_000",
    "1234567e5",
    "0x1F",
    "012",
    "1.10",
    ".inf",
    "12:30:45",
    "2026-11-23",
    " led",
    "trailed ",
    "\\ttab",
    "two\\nlines\\n",
    "end\\n\\n",
    "é😀",
    "# no comment",
    "a: b",
    "- a",
    "[a",
    "{a",
    "!tag",
    "&a",
    "*b",
    "%x",
    "@at",
    "`tick`",
    "'",
    "\\\"",
    "\\\\",
    "$$",
    "$${x}",
    "$$(NOT)",
    "<<",
    "=",
    "?",
    "|",
    ">",
    "\\u0085",
    "\\u2028",
    "${pod.ip}",
    "${pod.name}.${pod.namespace}",
    "${node.name}",
    "${stack.name}/${stage.name}",
    "v${app.version}",
];

/// Fields and resources that a variable can come from.
const SOURCES: &[&str] = &[
    "field = \"metadata.name\"",
    "field = \"status.podIPs\"",
    "field = \"spec.serviceAccountName\"",
    "field = \"metadata.labels['app.kubernetes.io/name']\"",
    "field = \"metadata.annotations['example.com/a']\"",
    "resource = \"limits.cpu\"",
    "resource = \"requests.memory\"",
    "resource = \"limits.ephemeral-storage\"",
];

/// Options that a component with pods takes; `port` says whether it has a port of its own.
pub(crate) fn options(world: &mut World, name: &str, kind: &str, port: bool) -> Vec<String> {
    let mut lines = world.chance.some(SHARED, 6);
    lines.extend(world.chance.some(POD, 5));
    lines.extend(probes(world, kind, port));
    lines.extend(env(world, name));
    lines.extend(mounts(world, kind));
    if world.chance.one_in(5) {
        lines.push(format!("sidecars = [{}]", containers(world, false)));
    }
    if world.chance.one_in(6) {
        lines.push(format!("init-containers = [{}]", containers(world, true)));
    }
    if world.chance.one_in(8)
        && !world.reads_files()
        && let Some((secret, _)) = world.secret_key()
    {
        lines.push(format!("env-from = [{{ secret = \"{secret}\", prefix = \"X_\" }}]"));
    } else if world.chance.one_in(8)
        && let Some((config, _)) = world.config_key()
    {
        lines.push(format!("env-from = [{{ config = \"{config}\" }}]"));
    }
    lines
}

fn probes(world: &mut World, kind: &str, port: bool) -> Vec<String> {
    let mut ways = vec![
        "{ command = [\"check\", \"--deep\"] }",
        "{ command = [\"true\"], period-seconds = 30, timeout-seconds = 5 }",
    ];
    if port {
        ways.extend([
            "{}",
            "true",
            "{ port = 9999, initial-delay-seconds = 3 }",
            "{ failure-threshold = 7 }",
        ]);
    }
    if port && matches!(kind, "web" | "process" | "flower") {
        ways.extend([
            "{ path = \"/healthz\" }",
            "{ path = \"/é?a=b\", period-seconds = 11, failure-threshold = 2 }",
        ]);
    }
    let mut lines = Vec::new();
    for probe in ["startup", "readiness", "liveness"] {
        // Jobs end: nobody asks whether they are ready.
        if world.chance.one_in(5) && !matches!(kind, "migrate" | "job" | "cron") {
            let way = if world.chance.one_in(4) { "false" } else { world.chance.pick(&ways) };
            lines.push(format!("probes.{probe} = {way}"));
        }
    }
    lines
}

/// Variables; a backing service that nothing refers to is referred to here.
fn env(world: &mut World, name: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for _ in 0..world.chance.below(5) {
        let key = format!("VAR_{}", world.number());
        let value = match world.chance.below(8) {
            0 => format!("{}", world.chance.below(70_000)),
            1 => format!("{{ {} }}", world.chance.pick(SOURCES)),
            2 => match world.secret_key() {
                Some((secret, at)) if world.chance.one_in(2) => {
                    format!("{{ secret = \"{secret}\", key = \"{at}\", optional = true }}")
                }
                Some((secret, at)) if world.reads_files() => {
                    format!("\"${{secrets.{secret}.{at}}}\"")
                }
                Some((secret, at)) => format!("\"Bearer ${{secrets.{secret}.{at}}}\""),
                None => "\"\"".to_owned(),
            },
            3 => match world.config_key() {
                Some((config, at)) if world.chance.one_in(2) => {
                    format!("{{ config = \"{config}\", key = \"{at}\" }}")
                }
                Some((config, at)) => format!("\"${{config.{config}.{at}}}\""),
                None => "\"x\"".to_owned(),
            },
            4 => match world.chance.any(&names) {
                Some(other) => format!("\"<$({other})>\""),
                None => "\"-1\"".to_owned(),
            },
            _ => format!("\"{}\"", world.chance.pick(TEXTS)),
        };
        // A variable that becomes a file is none that another one can hold.
        let is_file =
            world.reads_files() && (value.contains("${secrets.") || value.contains("secret ="));
        lines.push(format!("env.{key} = {value}"));
        if !is_file {
            names.push(key);
        }
    }
    if world.chance.one_in(3)
        && let Some(output) = world.chance.any(&world.outputs.clone())
        && let Some((owner, _)) = output.split_once('.')
        && owner != name
    {
        world.needed.extend([owner.to_owned(), name.to_owned()]);
        lines.push(format!("env.VAR_{} = \"${{{output}}}\"", world.number()));
    }
    lines
}

fn mounts(world: &mut World, kind: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for _ in 0..world.chance.below(3) {
        let path = format!("/mnt/{}", world.number());
        let what = match world.chance.below(6) {
            0 => world.config_key().map(|(config, _)| format!("config = \"{config}\"")),
            1 => world
                .config_key()
                .map(|(config, key)| format!("config = \"{config}\", key = \"{key}\"")),
            2 => world.secret_key().map(|(secret, _)| format!("secret = \"{secret}\"")),
            3 => world
                .secret_key()
                .map(|(secret, key)| format!("secret = \"{secret}\", key = \"{key}\"")),
            4 => world.chance.any(&world.volumes.clone()).map(|volume| {
                let more = world.chance.pick(&[
                    "",
                    ", read-only = true",
                    ", sub-path = \"a/b\"",
                    ", sub-path = \"c\", read-only = true",
                ]);
                format!("volume = \"{volume}\"{more}")
            }),
            _ => Some(
                world
                    .chance
                    .pick(&[
                        "scratch = \"64Mi\"",
                        "scratch = { size = \"1Gi\" }",
                        "scratch = { size = \"16Mi\", memory = true }",
                    ])
                    .to_owned(),
            ),
        };
        if let Some(what) = what {
            lines.push(format!("mounts.\"{path}\" = {{ {what} }}"));
        }
    }
    // The only type of which there is never a second pod.
    if kind == "beat"
        && let Some(volume) = world.lone_volume.take()
    {
        lines.push(format!("mounts.\"/mnt/lone\" = {{ volume = \"{volume}\" }}"));
    }
    lines
}

fn containers(world: &mut World, init: bool) -> String {
    let mut all = Vec::new();
    for _ in 0..world.chance.between(1, 2) {
        let number = world.number();
        let mut keys = vec![format!("name = \"side-{number}\"")];
        let other_image = world.chance.one_in(2);
        if other_image {
            keys.push("image = \"docker.io/library/busybox:1.37\"".to_owned());
        }
        if !other_image || world.chance.one_in(2) {
            keys.push(format!("command = {}", list(&["run", "--it"])));
        }
        if world.chance.one_in(3) {
            keys.push(format!("args = {}", list(&["-v", "off", "$$(X)"])));
        }
        if world.chance.one_in(3) {
            keys.push(format!("env = {{ SIDE = \"{}\" }}", world.chance.pick(TEXTS)));
        }
        if world.chance.one_in(4) {
            keys.push("resources = { requests = { cpu = \"10m\", memory = \"16Mi\" }, limits.memory = \"32Mi\" }".to_owned());
        }
        if world.chance.one_in(4) {
            keys.push(format!("mounts = {{ \"/side/{number}\" = {{ scratch = \"8Mi\" }} }}"));
        }
        if !init && world.chance.one_in(2) {
            keys.push(format!("ports = {{ p-{number} = {} }}", 20_000 + number));
            keys.extend(world.chance.some(
                &[
                    &["probes.readiness = {}", "probes.readiness = { path = \"/\" }"],
                    &[
                        "probes.liveness = { timeout-seconds = 2 }",
                        "probes.startup = { command = [\"true\"] }",
                    ],
                ],
                2,
            ));
        }
        all.push(format!("{{ {} }}", keys.join(", ")));
    }
    all.join(", ")
}
