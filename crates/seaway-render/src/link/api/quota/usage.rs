//! What the objects of a namespace use at most.

use k8s_openapi::api::core::v1::{
    Container, LimitRangeItem, PodSpec, ResourceRequirements, ServiceSpec,
};

use super::super::super::at::At;
use super::super::super::index::{Index, group, namespace};
use super::super::super::scalers::most;
use super::super::amount::Amount;
use super::super::limits;
use super::super::requests::{all, amount};
use super::claims;
use crate::{Body, Object, containers};

/// A part of a sum.
pub(super) struct Part {
    pub who: String,
    pub how: String,
    pub amount: Amount,
}

/// A container without an amount that is counted.
pub(super) struct Without<'a> {
    pub object: &'a Object,
    pub container: &'a str,
    pub path: String,
}

/// What makes pods, and how many at most.
struct Runner<'a> {
    object: &'a Object,
    spec: &'a PodSpec,
    pods: i64,
    /// More of them while they are replaced.
    surge: i64,
}

/// The objects of a namespace, and what they run.
pub(super) struct Usage<'a> {
    index: &'a Index<'a>,
    around: &'a str,
    objects: Vec<&'a Object>,
    runners: Vec<Runner<'a>>,
    ranges: Vec<&'a LimitRangeItem>,
}

impl<'a> Usage<'a> {
    pub(super) fn new(index: &'a Index<'a>, around: &'a str) -> Self {
        let objects: Vec<&Object> =
            index.objects.iter().filter(|object| namespace(object) == around).collect();
        let runners = objects
            .iter()
            .filter_map(|object| {
                let (spec, _) = object.body.pod_spec()?;
                let (pods, surge) = most(index, object);
                Some(Runner { object, spec, pods, surge })
            })
            .collect();
        let ranges = limits::of_containers(&objects);
        Self { index, around, objects, runners, ranges }
    }

    /// What is used of a resource; `None` if only the cluster knows.
    pub(super) fn of(&self, resource: &str) -> Option<Vec<Part>> {
        Some(match resource {
            "pods" | "count/pods" => self.runners.iter().map(Runner::count).collect(),
            "requests.storage" => self.storage(None),
            "persistentvolumeclaims" | "count/persistentvolumeclaims" => self.claims(),
            "services.loadbalancers" => {
                self.services(|spec| i64::from(spec.type_.as_deref() == Some("LoadBalancer")))
            }
            "services.nodeports" => self.services(node_ports),
            "services" => self.kind("services", ""),
            "secrets" | "count/secrets" => self.secrets(),
            "configmaps" | "count/configmaps" => {
                let mut parts = self.kind("configmaps", "");
                // Each namespace has one of the cluster's own.
                parts.push(Part::one("kube-root-ca.crt"));
                parts
            }
            _ => {
                if let Some(class) =
                    resource.strip_suffix(".storageclass.storage.k8s.io/requests.storage")
                {
                    return Some(self.storage(Some(class)));
                }
                if let Some(counted) = resource.strip_prefix("count/") {
                    let (kind, group) = counted.split_once('.').unwrap_or((counted, ""));
                    return Some(self.kind(kind, group));
                }
                let (side, resource) = side(resource)?;
                self.runners.iter().map(|runner| self.compute(runner, side, resource)).collect()
            }
        })
    }

    /// Containers that say nothing of a resource that has to be said: cpu and memory are
    /// (<https://kubernetes.io/docs/concepts/policy/resource-quotas/#compute-resource-quota>).
    pub(super) fn without(&self, resource: &str) -> Vec<Without<'a>> {
        let Some((side, resource)) = side(resource) else { return Vec::new() };
        if !matches!(resource, "cpu" | "memory") {
            return Vec::new();
        }
        let mut found = Vec::new();
        for runner in &self.runners {
            let Some((_, path)) = runner.object.body.pod_spec() else { continue };
            let of_pod = runner.spec.resources.as_ref();
            if of_pod.and_then(|resources| self.amount(resources, side, resource)).is_some() {
                continue;
            }
            let pod = At::path(path);
            for (list, container, resources) in all(runner.spec) {
                if self.amount(resources, side, resource).is_none() {
                    let path = pod.item(list, container).field("resources").to_string();
                    found.push(Without { object: runner.object, container, path });
                }
            }
        }
        found
    }

    fn amount(
        &self,
        resources: &ResourceRequirements,
        side: Side,
        resource: &str,
    ) -> Option<Amount> {
        match side {
            Side::Requests => amount(resources.requests.as_ref(), resource),
            Side::Limits => limits::limit(&self.ranges, resources, resource),
        }
    }

    /// What the pods of a runner use: all containers at once, or one init container beside the sidecars before it.
    fn compute(&self, runner: &Runner<'_>, side: Side, resource: &str) -> Part {
        let of = |container: &Container| {
            let resources = container.resources.as_ref();
            let amount = resources.and_then(|resources| self.amount(resources, side, resource));
            amount.unwrap_or(Amount::ZERO)
        };
        let spec = runner.spec;
        let said = spec.resources.as_ref();
        let of_pod = said.and_then(|resources| self.amount(resources, side, resource));
        let overhead = amount(spec.overhead.as_ref(), resource).unwrap_or(Amount::ZERO);
        let each = of_pod.unwrap_or_else(|| at_once_in(spec, of)).plus(overhead);
        let sum = each.times(runner.pods.saturating_add(runner.surge));
        let how = format!("{} × {each} = {sum}", runner.how_many());
        Part { who: runner.object.id(), how, amount: sum }
    }

    /// Objects of a kind, by the name that the API server has for several of them.
    fn kind(&self, plural: &str, group_of_kind: &str) -> Vec<Part> {
        let kind = self.objects.iter().filter(|object| {
            group(object.body.api_version()) == group_of_kind
                && is_plural(plural, object.body.kind())
        });
        kind.map(|object| Part::one(object.body.name())).collect()
    }

    /// Secrets of the bundle, and those that the stack declares.
    fn secrets(&self) -> Vec<Part> {
        let all = self.index.secrets.keys().filter(|(around, _)| *around == self.around);
        all.map(|(_, name)| Part::one(name)).collect()
    }

    fn services(&self, count: impl Fn(&ServiceSpec) -> i64) -> Vec<Part> {
        let parts = self.objects.iter().filter_map(|object| {
            let Body::Service(service) = &object.body else { return None };
            let number = count(service.spec.as_ref()?);
            let how = number.to_string();
            Some(Part { who: object.id(), how, amount: Amount::count(number) })
        });
        parts.collect()
    }

    fn claims(&self) -> Vec<Part> {
        let parts = self.objects.iter().flat_map(|object| {
            let pods = self.pods_of(object);
            claims(object).map(move |(name, _, template)| {
                let number = template.map_or(1, |_| pods);
                let how = number.to_string();
                Part { who: claimed(object, name), how, amount: Amount::count(number) }
            })
        });
        parts.collect()
    }

    /// Storage that claims ask for, of one class or of all.
    fn storage(&self, class: Option<&str>) -> Vec<Part> {
        let parts = self.objects.iter().flat_map(|object| {
            let pods = self.pods_of(object);
            claims(object).filter_map(move |(name, claim, template)| {
                if class.is_some() && claim.storage_class_name.as_deref() != class {
                    return None;
                }
                let each = amount(claim.resources.as_ref()?.requests.as_ref(), "storage")?;
                let number = template.map_or(1, |_| pods);
                let sum = each.times(number);
                let how = match template {
                    Some(_) => format!("{number} × {each} = {sum}"),
                    None => sum.to_string(),
                };
                Some(Part { who: claimed(object, name), how, amount: sum })
            })
        });
        parts.collect()
    }

    /// Pods of what has templates of claims.
    fn pods_of(&self, object: &Object) -> i64 {
        if !matches!(object.body, Body::StatefulSet(_)) {
            return 1;
        }
        let found = self.runners.iter().find(|runner| std::ptr::eq(runner.object, object));
        found.map_or(1, |runner| runner.pods)
    }
}

/// What the containers of a pod use at a time: all of them, or one init container beside the sidecars before it.
pub(in crate::link::api) fn at_once_in(
    spec: &PodSpec,
    of: impl Fn(&Container) -> Amount,
) -> Amount {
    let (mut sidecars, mut first) = (Amount::ZERO, Amount::ZERO);
    for container in spec.init_containers.iter().flatten() {
        first = first.max(sidecars.plus(of(container)));
        if containers::is_sidecar(container) {
            sidecars = sidecars.plus(of(container));
        }
    }
    spec.containers.iter().map(of).fold(sidecars, Amount::plus).max(first)
}

impl Part {
    fn one(name: &str) -> Self {
        Self { who: format!("`{name}`"), how: "1".to_owned(), amount: Amount::count(1) }
    }
}

impl Runner<'_> {
    fn count(&self) -> Part {
        let sum = self.pods.saturating_add(self.surge);
        let how = match self.surge {
            0 => sum.to_string(),
            _ => format!("{} = {sum}", self.how_many()),
        };
        Part { who: self.object.id(), how, amount: Amount::count(sum) }
    }

    /// Pods, and those beside them in a rollout.
    fn how_many(&self) -> String {
        match self.surge {
            0 => self.pods.to_string(),
            surge => format!("({} + {surge} in a rollout)", self.pods),
        }
    }
}

fn claimed(object: &Object, name: &str) -> String {
    match object.body {
        Body::StatefulSet(_) => format!("`{name}` of {}", object.id()),
        _ => object.id(),
    }
}

#[derive(Clone, Copy)]
enum Side {
    Requests,
    Limits,
}

/// Which amounts of pods a key of a quota counts.
fn side(resource: &str) -> Option<(Side, &str)> {
    if let Some(resource) = resource.strip_prefix("limits.") {
        return Some((Side::Limits, resource));
    }
    match resource.strip_prefix("requests.") {
        Some("storage") => None,
        Some(resource) => Some((Side::Requests, resource)),
        None => matches!(resource, "cpu" | "memory" | "ephemeral-storage")
            .then_some((Side::Requests, resource)),
    }
}

fn is_plural(plural: &str, kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    let stem = match kind.strip_suffix('y') {
        Some(stem) => plural.strip_prefix(stem).and_then(|rest| rest.strip_prefix("ie")),
        None => plural.strip_prefix(kind.as_str()),
    };
    matches!(stem, Some("s" | "es"))
}

/// Node ports of a Service; a load balancer has them too, unless it is told not to.
fn node_ports(spec: &ServiceSpec) -> i64 {
    let ports = spec.ports.as_ref().map_or(0, |ports| i64::try_from(ports.len()).unwrap_or(0));
    match spec.type_.as_deref() {
        Some("NodePort") => ports,
        Some("LoadBalancer") if spec.allocate_load_balancer_node_ports != Some(false) => ports,
        _ => 0,
    }
}
