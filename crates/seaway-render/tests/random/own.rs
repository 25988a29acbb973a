//! The two escape hatches: whole objects, and patches of generated ones.

use crate::world::World;

const CONTAINER: &str =
    "{ name = \"main\", image = \"docker.io/library/busybox:1.37\", command = [\"true\"] }";

/// `[[objects]]` blocks.
pub(crate) fn objects(world: &mut World) -> Vec<String> {
    let mut blocks = Vec::new();
    for _ in 0..world.chance.below(5) {
        let name = format!("own-{}", world.number());
        blocks.extend(one(world, &name));
    }
    blocks
}

fn block(api: &str, kind: &str, name: &str, rest: &str) -> String {
    format!(
        "[[objects]]\napiVersion = \"{api}\"\nkind = \"{kind}\"\nmetadata.name = \"{name}\"\n{rest}\n"
    )
}

fn workload(kind: &str, name: &str, rest: &str, pod: &str) -> String {
    let rest = format!(
        "spec.selector.matchLabels.app = \"{name}\"\nspec.template.metadata.labels.app = \"{name}\"\n\
         spec.template.spec.containers = [{CONTAINER}]\n{pod}{rest}"
    );
    block("apps/v1", kind, name, &rest)
}

fn one(world: &mut World, name: &str) -> Vec<String> {
    match world.chance.below(20) {
        0 => vec![block(
            "v1",
            "ConfigMap",
            name,
            "immutable = true\ndata = { on = \"off\", \"a.b\" = \"x\\ny\\n\", \"1\" = \"1e3\" }",
        )],
        1 if !world.production => {
            vec![block("v1", "Secret", name, "type = \"Opaque\"\nstringData = { token = \"x\" }")]
        }
        2 => vec![block(
            "v1",
            "Pod",
            name,
            &format!("spec.restartPolicy = \"Never\"\nspec.containers = [{CONTAINER}]"),
        )],
        3 => vec![block(
            "batch/v1",
            "Job",
            name,
            &format!("spec.backoffLimit = 2\nspec.template.spec.containers = [{CONTAINER}]"),
        )],
        4 => vec![block(
            "batch/v1",
            "CronJob",
            name,
            &format!(
                "spec.schedule = \"0 4 * * *\"\nspec.timeZone = \"Etc/UTC\"\nspec.jobTemplate.spec.template.spec.containers = [{CONTAINER}]"
            ),
        )],
        5 => vec![
            workload("Deployment", name, "spec.replicas = 2\n", ""),
            block(
                "policy/v1",
                "PodDisruptionBudget",
                name,
                &format!(
                    "spec = {{ maxUnavailable = \"50%\", selector.matchLabels.app = \"{name}\" }}"
                ),
            ),
        ],
        6 => vec![
            workload("Deployment", name, "", "spec.template.spec.hostUsers = false\n"),
            block(
                "autoscaling/v2",
                "HorizontalPodAutoscaler",
                name,
                &format!(
                    "spec.maxReplicas = 3\nspec.scaleTargetRef = {{ apiVersion = \"apps/v1\", kind = \"Deployment\", name = \"{name}\" }}\nspec.metrics = [{{ type = \"Resource\", resource = {{ name = \"cpu\", target = {{ type = \"Utilization\", averageUtilization = 60 }} }} }}]"
                ),
            ),
        ],
        7 => vec![
            workload(
                "StatefulSet",
                name,
                &format!(
                    "spec.serviceName = \"{name}\"\nspec.volumeClaimTemplates = [{{ metadata.name = \"data\", spec = {{ accessModes = [\"ReadWriteOnce\"], resources.requests.storage = \"1Gi\" }} }}]\n"
                ),
                "",
            ),
            block(
                "v1",
                "Service",
                name,
                &format!("spec = {{ clusterIP = \"None\", selector.app = \"{name}\" }}"),
            ),
        ],
        8 => vec![workload(
            "DaemonSet",
            name,
            "",
            "spec.template.spec.tolerations = [{ operator = \"Exists\" }]\n",
        )],
        9 => vec![
            block("v1", "ServiceAccount", name, "automountServiceAccountToken = false"),
            block(
                "rbac.authorization.k8s.io/v1",
                "Role",
                name,
                "rules = [{ apiGroups = [\"\"], resources = [\"configmaps\"], verbs = [\"get\"] }]",
            ),
            block(
                "rbac.authorization.k8s.io/v1",
                "RoleBinding",
                name,
                &format!(
                    "roleRef = {{ apiGroup = \"rbac.authorization.k8s.io\", kind = \"Role\", name = \"{name}\" }}\nsubjects = [{{ kind = \"ServiceAccount\", name = \"{name}\" }}]"
                ),
            ),
        ],
        10 => vec![block(
            "v1",
            "ResourceQuota",
            name,
            "spec.hard = { \"requests.cpu\" = \"4000\", \"count/jobs.batch\" = \"900\" }",
        )],
        11 => vec![block(
            "v1",
            "LimitRange",
            name,
            "spec.limits = [{ type = \"Container\", defaultRequest = { cpu = \"10m\", memory = \"16Mi\" } }]",
        )],
        12 => vec![block(
            "scheduling.k8s.io/v1",
            "PriorityClass",
            name,
            "value = 1000\nglobalDefault = false",
        )],
        13 => vec![block(
            "networking.k8s.io/v1",
            "NetworkPolicy",
            name,
            "spec = { podSelector = {}, policyTypes = [\"Ingress\"] }",
        )],
        14 => vec![block(
            "v1",
            "PersistentVolumeClaim",
            name,
            "spec = { accessModes = [\"ReadWriteOnce\"], resources.requests.storage = \"1Gi\" }",
        )],
        15 => vec![block(
            "example.com/v1",
            "Boat",
            name,
            "spec = { on = \"off\", deep = [{ empty = {} }], number = 1.5 }",
        )],
        16 => vec![block(
            "v1",
            "Service",
            name,
            "spec = { type = \"ExternalName\", externalName = \"db.example.com\" }",
        )],
        17 => vec![block(
            "networking.k8s.io/v1",
            "IngressClass",
            name,
            "spec.controller = \"example.com/ingress\"",
        )],
        18 => match world.need(&["web"]) {
            Some(web) => vec![block(
                "v1",
                "Service",
                name,
                &format!(
                    "spec = {{ selector = {{ \"app.kubernetes.io/instance\" = \"{web}\" }}, ports = [{{ name = \"http\", port = 8000, targetPort = \"http\" }}] }}"
                ),
            )],
            None => Vec::new(),
        },
        _ => vec![block(
            "storage.k8s.io/v1",
            "StorageClass",
            name,
            "provisioner = \"ebs.csi.aws.com\"\nparameters = { type = \"gp3\", encrypted = \"true\" }\nallowVolumeExpansion = true",
        )],
    }
}

/// `[[patches]]` blocks, of objects that are there in every stage.
pub(crate) fn patches(world: &mut World) -> Vec<String> {
    let mut blocks = Vec::new();
    // Each at most once: what is removed is there only once.
    for kind in 0..6 {
        if !world.chance.one_in(5) {
            continue;
        }
        let patch = match kind {
            0 => world.need(&["web", "worker", "process", "flower"]).map(|name| {
                format!(
                    "target = {{ kind = \"Deployment\", name = \"{name}\" }}\nmerge.spec.minReadySeconds = 5\n\
                     merge.spec.template.spec = {{ containers = [{{ name = \"{name}\", env = [{{ name = \"PATCHED\", value = \"on\" }}] }}], hostAliases = [{{ ip = \"10.0.0.1\", hostnames = [\"a.example\"] }}] }}"
                )
            }),
            1 => world.need(&["postgres", "redis", "valkey", "beat"]).map(|name| {
                format!("target = {{ kind = \"StatefulSet\", name = \"{name}\" }}\nmerge.metadata.annotations.patched = \"no\"\nmerge.spec.template.spec.dnsConfig.options = [{{ name = \"ndots\", value = \"2\" }}]")
            }),
            2 => world.need(&["web", "postgres", "redis"]).map(|name| {
                format!("target = {{ kind = \"Service\", name = \"{name}\" }}\nmerge.spec.sessionAffinity = \"None\"\nmerge.metadata.labels.patched = \"y\"")
            }),
            3 => world.need(&["cron"]).map(|name| {
                format!("target = {{ kind = \"CronJob\", name = \"{name}\" }}\nmerge.spec.successfulJobsHistoryLimit = 1\nremove = [\"spec.startingDeadlineSeconds\"]")
            }),
            4 => world.need(&["web", "worker"]).map(|name| {
                format!("target = {{ kind = \"Deployment\", name = \"{name}\" }}\nremove = [\"spec.progressDeadlineSeconds\", \"metadata.labels\"]")
            }),
            _ => Some("target = { kind = \"NetworkPolicy\" }\nmerge.metadata.annotations.\"example.com/by\" = \"patch\"".to_owned()),
        };
        blocks.extend(patch.map(|patch| format!("[[patches]]\n{patch}\n")));
    }
    blocks
}
