//! A well-formed stack of a seed: whatever it says, it compiles without a word.

use std::fmt::Write as _;

use crate::components::{self, Bound, PROCESSES};
use crate::world::{World, list};
use crate::{own, pods};

/// The text of the stack of a seed.
pub(crate) fn stack(seed: u64) -> String {
    let mut world = World::new(seed);
    components::choose(&mut world);
    let mut text = format!("name = \"{}\"\n", world.chance.pick(&["shop", "a", "my-news-room-2"]));
    text += "cluster.provides = [\"PriorityClass/high\", \"StorageClass/fast\", \"StorageClass/efs\", \"IngressClass/alb\", \"Gateway/infra/public\", \"ClusterSecretStore/aws\", \"SecretStore/vault\"]\n";
    let on_aws = world.chance.one_in(2);
    if on_aws {
        for line in cluster(&mut world) {
            let _ = writeln!(text, "cluster.{line}");
        }
    }
    for line in world.chance.some(
        &[
            &["kubernetes = \"1.33\"", "kubernetes = \"1.35\"", "kubernetes = \"1.37\""],
            &["namespace = \"elsewhere\"", "namespace = \"n\""],
            &["quota = true", "quota = { head-room-percent = 60, limit-range = false }"],
            &[
                "secret-source = \"existing\"",
                "secret-source = { type = \"external-secrets\", store = \"aws\", prefix = \"prod/shop\" }",
                "secret-source = { type = \"external-secrets\", store = \"vault\", kind = \"SecretStore\", refresh = \"15m\" }",
            ],
        ],
        3,
    ) {
        let _ = writeln!(text, "{line}");
    }
    text += &declarations(&mut world);
    let mut bound = Bound::default();
    let mut tables = Vec::new();
    for (name, kind) in world.components.clone() {
        let lines = components::lines(&mut world, &mut bound, &name, kind);
        tables.push((name, lines));
    }
    refer_to_unused(&mut world, &mut tables);
    text += &app(&mut world, &bound, on_aws);
    for (name, lines) in &tables {
        let _ = writeln!(text, "\n[components.{name}]\n{}", lines.join("\n"));
    }
    let (objects, patches) = (own::objects(&mut world), own::patches(&mut world));
    for block in objects.iter().chain(&patches) {
        let _ = write!(text, "\n{block}");
    }
    text + &stages(&mut world)
}

/// A cluster on AWS: a claim of production needs a class.
fn cluster(world: &mut World) -> Vec<String> {
    let chosen = [
        world.chance.pick(&["provider = \"kops\"", "provider = \"eks\""]),
        world.chance.pick(&[
            "storage-class = \"fast\"",
            "storage-class = \"gp3\"\ncluster.storage-classes.gp3 = {}",
            "storage-class = \"io\"\ncluster.storage-classes.io = { iops = 6000, throughput = 500, reclaim = \"delete\" }",
        ]),
    ];
    let mut lines = chosen.map(str::to_owned).to_vec();
    lines.extend(world.chance.some(
        &[
            &["region = \"eu-central-1\"\ncluster.zones = [\"eu-central-1a\", \"eu-central-1b\"]"],
            &["network = \"172.20.0.0/16\"", "network = \"10.1.0.0/20\""],
            &["cni = \"cilium\"", "cni = \"cilium-eni\"", "cni = \"amazon-vpc\""],
            &["node-local-dns = true", "node-local-dns = false"],
            &["identity = \"irsa\""],
        ],
        3,
    ));
    lines
}

/// Secrets, configs and volumes.
fn declarations(world: &mut World) -> String {
    let mut text = String::new();
    for _ in 0..world.chance.below(3) {
        let name = format!("secret-{}", world.number());
        let keys = world
            .chance
            .any(&[vec!["token"], vec!["token", "OTHER_KEY", "a.pem"]])
            .unwrap_or_default();
        let source =
            if world.production { "\nsource = \"existing\"" } else { "\nsource = \"development\"" };
        let copied =
            "\nsource = { type = \"external-secrets\", store = \"aws\", remote = \"team/x\" }";
        let more = world.chance.pick(&["", source, copied, "\nname = \"called-otherwise\""]);
        let more = if more.contains("name") {
            format!("{more}-{}", world.number()).replace("\"-", "-") + "\""
        } else {
            more.to_owned()
        };
        let _ = writeln!(text, "\n[secrets.{name}]\nkeys = {}{more}", list(&keys));
        world.secrets.push((name, keys));
    }
    if !world.named(&["flower"]).is_empty() {
        text.push_str("\n[secrets.flower]\nkeys = [\"basic-auth\"]\n");
    }
    if !world.named(&["rds", "elasticache"]).is_empty() {
        text.push_str("\n[config.pki]\n\"ca.pem\" = \"PEM\"\n");
    }
    for _ in 0..world.chance.below(3) {
        let name = format!("config-{}", world.number());
        let _ = writeln!(
            text,
            "\n[config.{name}]\nLEVEL = \"off\"\n\"a.conf\" = \"\"\"\nserver {{\n\ton 1;\n}}\n\"\"\""
        );
        world.configs.push((name, vec!["LEVEL", "a.conf"]));
    }
    for _ in 0..world.chance.below(3) {
        let name = format!("volume-{}", world.number());
        let keys = world.chance.pick(&[
            "storage = \"5Gi\"\naccess-mode = \"ReadWriteMany\"",
            "storage = \"1Ti\"\naccess-mode = \"ReadWriteMany\"\nstorage-class = \"efs\"",
            "claim = \"there-already\"",
        ]);
        let _ = writeln!(text, "\n[volumes.{name}]\n{keys}");
        world.volumes.push(name);
    }
    if world.chance.one_in(3) {
        let mode = world.chance.pick(&[
            "",
            "access-mode = \"ReadWriteOnce\"\n",
            "access-mode = \"ReadWriteOncePod\"\n",
        ]);
        let _ = write!(text, "\n[volumes.lone]\nstorage = \"1Gi\"\n{mode}");
        world.lone_volume = Some("lone".to_owned());
    }
    text
}

fn app(world: &mut World, bound: &Bound, on_aws: bool) -> String {
    let image = world.chance.pick(&[
        "registry.example.com:5000/shop/site:2026.11.2",
        "shop:1.4.0",
        "ghcr.io/acme/shop:1.4.0@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ]);
    let mut lines = vec![format!("image = \"{image}\"")];
    if world.django {
        lines.push("module = \"shop\"".to_owned());
    } else {
        lines.push("framework = \"none\"".to_owned());
    }
    lines.push(format!(
        "hosts = {}",
        world.chance.pick(&["[\"shop.example.com\"]", "[\"a.example.com\", \".b.example.com\"]"])
    ));
    lines.extend(world.chance.some(pods::SHARED, 8));
    let has_account = lines.iter().any(|line| line.starts_with("service-account"));
    if on_aws && !has_account && world.chance.one_in(2) {
        let role = "arn:aws:iam::111122223333:role/shop";
        lines.push(format!("service-account.role = \"{role}\""));
    }
    if world.reads_files() {
        lines.push(format!("secrets = \"{}\"", world.form));
    }
    match bound.databases.as_slice() {
        [first, _, ..] if world.django => {
            lines.push(format!("env.DATABASE_URL = \"${{{first}.url}}\""));
        }
        _ if world.chance.one_in(6) => lines.push("bind = false".to_owned()),
        _ => {}
    }
    if world.chance.one_in(3) {
        lines.push("env.SHARED = \"${stage.name}\"".to_owned());
    }
    format!("\n[app]\n{}\n", lines.join("\n"))
}

/// Some process refers to each backing service.
fn refer_to_unused(world: &mut World, tables: &mut [(String, Vec<String>)]) {
    let processes = world.named(PROCESSES);
    for output in std::mem::take(&mut world.unused) {
        // Migrations do not go through a pooler.
        let pools = world.named(&["pgbouncer"]).iter().any(|name| output == format!("{name}.host"));
        let migrates = world.named(&["migrate"]);
        let mut free = processes.clone();
        free.retain(|process| !pools || !migrates.contains(process));
        let Some(process) = world.chance.any(&free) else { continue };
        let number = world.number();
        if let Some((_, lines)) = tables.iter_mut().find(|(name, _)| *name == process) {
            lines.push(format!("env.VAR_{number} = \"${{{output}}}\""));
        }
        world.needed.insert(process);
    }
}

/// The base as it is, a stage that changes some of it, and one for production.
fn stages(world: &mut World) -> String {
    let mut text = "\n[stages.base]\n".to_owned();
    let mut last = "base";
    if world.chance.one_in(2) {
        text += "\n[stages.changed]\nextends = \"base\"\n";
        let free: Vec<(String, &str)> = world
            .components
            .iter()
            .filter(|(name, kind)| {
                !world.needed.contains(name) && matches!(*kind, "cron" | "job" | "worker")
            })
            .cloned()
            .collect();
        if let Some((name, _)) = world.chance.any(&free) {
            let change = world.chance.pick(&[
                " = false",
                " = { type = \"process\", command = [\"other\"] }",
                ".labels.changed = \"yes\"",
            ]);
            let _ = writeln!(text, "components.{name}{change}");
        }
        if let Some(name) = world.chance.any(&world.named(&["web"])) {
            let _ = writeln!(
                text,
                "components.{name} = {{ {} }}",
                world.chance.pick(&[
                    "replicas = 2",
                    "autoscale = { min = 2, max = 3 }",
                    "env.CHANGED = \"1\""
                ])
            );
        }
        if world.chance.one_in(2) {
            text += "components.added = { type = \"cron\", schedule = \"@weekly\", command = [\"added\"] }\n";
        }
        last = "changed";
    }
    if world.production {
        let _ =
            write!(text, "\n[stages.production]\nextends = \"{last}\"\nprofile = \"production\"\n");
    }
    text
}
