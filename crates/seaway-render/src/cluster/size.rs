//! How many nodes of which type a stage needs, and the sum that says so.

use std::cmp::Reverse;

use seaway_core::options::Cni;

use super::machines::{self, EVICTION, Family, Machine, Room};
use crate::link::Demand;

/// What is on top of all requests, in percent: pods of another release or of another stack, a node that is being
/// replaced, requests that were written too low.
const HEAD_ROOM: u64 = 20;
/// Most nodes of a zone before a larger type of machine is taken.
const MOST_SMALL: u64 = 3;
/// Most nodes of a zone at all.
const MOST: u64 = 40;

/// What the cluster itself runs beside the stage and not on each node: two pods of `CoreDNS` with 100m and 70Mi, two of
/// metrics-server with 50m and 128Mi, and what asks for nothing (cert-manager, the webhook for pod identities), by the
/// defaults of kops (<https://kops.sigs.k8s.io/addons/>, `pkg/apis/kops/v1alpha2/cluster.go`), with room for an operator.
const OF_CLUSTER: Room = Room { cpu: 400, memory: 768, pods: 14 };

/// Something that runs on each node.
struct Daemon {
    name: &'static str,
    cpu: u64,
    memory: u64,
    runs: fn(Cni, bool) -> bool,
}

/// What runs on each node, and what it asks for by the defaults of kops: `pkg/apis/kops/v1alpha2/networking.go` and
/// `componentconfig.go`, <https://kops.sigs.k8s.io/addons/>, and the manifests of the add-ons.
const DAEMONS: [Daemon; 5] = [
    Daemon { name: "cilium", cpu: 25, memory: 128, runs: |cni, _| cni != Cni::AmazonVpc },
    Daemon { name: "aws-node", cpu: 50, memory: 0, runs: |cni, _| cni == Cni::AmazonVpc },
    Daemon { name: "kube-proxy", cpu: 100, memory: 0, runs: |_, _| true },
    Daemon { name: "ebs-csi-node", cpu: 30, memory: 120, runs: |_, _| true },
    Daemon { name: "node-local-dns", cpu: 25, memory: 5, runs: |_, local_dns| local_dns },
];

/// What is known of the cluster before its nodes are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub cni: Cni,
    pub local_dns: bool,
    pub zones: u64,
    pub family: Family,
    /// Whether a zone that is lost may take no pod with it for good.
    pub survives_zone: bool,
}

/// Nodes of a stage.
#[derive(Debug, Clone)]
pub(super) struct Nodes {
    pub machine: &'static Machine,
    pub per_zone: u64,
    /// How they were reckoned, a line each.
    pub sum: Vec<String>,
}

/// The nodes that hold what is asked for; the largest pod comes back if no machine holds it.
pub(super) fn nodes(demands: &[Demand], frame: Frame) -> Result<Nodes, Demand> {
    let daemons = daemons(demands, frame);
    let pods: Vec<&Demand> = demands.iter().filter(|demand| !demand.is_daemon).collect();
    let (steady, rollout) = (total(&pods, false), total(&pods, true));
    let mut too_large = None;
    let machines: Vec<&Machine> = machines::of(frame.family).collect();
    for (at, machine) in machines.iter().enumerate() {
        let left = machine.allocatable(frame.cni).without(daemons);
        let Some(left) = left else { continue };
        let larger = pods.iter().find(|demand| !left.holds(each(demand)));
        too_large = larger.map(|demand| (*demand).clone());
        if too_large.is_some() {
            continue;
        }
        let most = if at + 1 == machines.len() { MOST } else { MOST_SMALL };
        let fits = |per_zone: &u64| {
            let all = per_zone * frame.zones;
            let lost = if frame.survives_zone { *per_zone } else { 0 };
            left.times(all).holds(with_head_room(rollout))
                && left.times(all - lost).holds(steady)
                && packs(&pods, left, all, true)
                && packs(&pods, left, all - lost, false)
        };
        let Some(per_zone) = (1..=most).find(fits) else { continue };
        let sum = sum(&pods, frame, machine, per_zone);
        return Ok(Nodes { machine, per_zone, sum });
    }
    let largest = || pods.iter().max_by_key(|demand| (demand.cpu, demand.memory));
    Err(too_large.or_else(|| largest().map(|demand| (*demand).clone())).unwrap_or_else(nobody))
}

/// No pod at all: it can not be too large.
fn nobody() -> Demand {
    Demand {
        who: String::new(),
        cpu: 0,
        memory: 0,
        memory_limit: 0,
        least: 0,
        pods: 0,
        surge: 0,
        is_daemon: false,
    }
}

fn each(demand: &Demand) -> Room {
    Room { cpu: demand.cpu, memory: demand.memory, pods: 1 }
}

fn with_head_room(room: Room) -> Room {
    let more = |amount: u64| amount.saturating_mul(100 + HEAD_ROOM).div_ceil(100);
    Room { cpu: more(room.cpu), memory: more(room.memory), pods: more(room.pods) }
}

/// What pods ask for, in a rollout or not, with what the cluster itself runs.
fn total(pods: &[&Demand], in_rollout: bool) -> Room {
    let of = |demand: &&Demand| {
        let surge = if in_rollout { demand.surge } else { 0 };
        each(demand).times(demand.pods.saturating_add(surge))
    };
    pods.iter().map(of).fold(OF_CLUSTER, Room::plus)
}

/// What each node runs by itself.
fn daemons(demands: &[Demand], frame: Frame) -> Room {
    let of_cluster = DAEMONS
        .iter()
        .filter(|daemon| (daemon.runs)(frame.cni, frame.local_dns))
        .map(|daemon| Room { cpu: daemon.cpu, memory: daemon.memory, pods: 1 });
    let of_stage = demands.iter().filter(|demand| demand.is_daemon).map(each);
    of_cluster.chain(of_stage).fold(Room::default(), Room::plus)
}

/// Whether the pods go into so many nodes one by one, the largest first: a sum that fits can still leave a gap on each
/// node that no pod goes into.
fn packs(pods: &[&Demand], left: Room, nodes: u64, in_rollout: bool) -> bool {
    let mut rooms = vec![left; usize::try_from(nodes).unwrap_or(0)];
    let mut sorted = pods.to_vec();
    sorted.sort_by_key(|demand| Reverse((demand.memory, demand.cpu)));
    for demand in sorted {
        let surge = if in_rollout { demand.surge } else { 0 };
        for _ in 0..demand.pods.saturating_add(surge) {
            let place = rooms.iter_mut().find_map(|room| {
                let rest = room.without(each(demand))?;
                Some((room, rest))
            });
            let Some((room, rest)) = place else { return false };
            *room = rest;
        }
    }
    true
}

/// The sum as one would write it down.
fn sum(pods: &[&Demand], frame: Frame, machine: &Machine, per_zone: u64) -> Vec<String> {
    let all = per_zone * frame.zones;
    let (steady, rollout) = (total(pods, false), total(pods, true));
    let mut lines = vec![
        format!("{all} × {}, {per_zone} in each of {}", machine.name, plural(frame.zones, "zone")),
        String::new(),
        row("asked for at most, rollouts included", rollout),
    ];
    for demand in pods.iter().filter(|demand| demand.pods > 0) {
        let many = match demand.surge {
            0 => demand.pods.to_string(),
            surge => format!("({} + {surge} in a rollout)", demand.pods),
        };
        let Demand { who, cpu, memory, .. } = demand;
        lines.push(format!("  {who}: {many} × {cpu}m, {memory}Mi"));
    }
    let Room { cpu, memory, pods: count } = OF_CLUSTER;
    lines.push(format!("  the cluster itself: {cpu}m, {memory}Mi, {count} pods"));
    lines.push(row(&format!("with {HEAD_ROOM} % head-room"), with_head_room(rollout)));
    lines.push(String::new());
    let whole = Room { cpu: machine.cores * 1000, memory: machine.memory, pods: 0 };
    let allocatable = machine.allocatable(frame.cni);
    lines.push(format!("a node has {}m, {}Mi; left for pods:", whole.cpu, whole.memory));
    let reserved = machine.reserved(frame.cni);
    lines.push(format!(
        "  without 7.5 % of the memory (virtual machine), {}m, {}Mi (kubelet), {EVICTION}Mi (eviction): {}m, {}Mi",
        reserved.cpu, reserved.memory, allocatable.cpu, allocatable.memory
    ));
    let names: Vec<&str> = DAEMONS
        .iter()
        .filter(|daemon| (daemon.runs)(frame.cni, frame.local_dns))
        .map(|daemon| daemon.name)
        .collect();
    let left = allocatable.without(daemons(&[], frame)).unwrap_or_default();
    lines.push(format!("  without {}: {}m, {}Mi", names.join(", "), left.cpu, left.memory));
    lines.push(row(&format!("in {}", plural(all, "node")), left.times(all)));
    if frame.survives_zone {
        lines.push(String::new());
        lines.push(row("in the nodes of all zones but one", left.times(all - per_zone)));
        lines.push(row("asked for without a rollout", steady));
    }
    lines
}

fn row(what: &str, room: Room) -> String {
    format!("{what}: {}m, {}Mi, {} pods", room.cpu, room.memory, room.pods)
}

fn plural(count: u64, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Frame = Frame {
        cni: Cni::Cilium,
        local_dns: false,
        zones: 3,
        family: Family::M6i,
        survives_zone: true,
    };

    fn demand(pods: u64, surge: u64, cpu: u64, memory: u64) -> Demand {
        Demand { who: "Deployment/web".to_owned(), cpu, memory, pods, surge, ..nobody() }
    }

    fn told(demands: &[Demand], frame: Frame) -> String {
        match nodes(demands, frame) {
            Ok(nodes) => format!("{} × {}", nodes.per_zone, nodes.machine.name),
            Err(demand) => format!("too large: {} {}m {}Mi", demand.who, demand.cpu, demand.memory),
        }
    }

    /// A node of `m6i.large` has 1930m − 155m = 1775m for pods; two of three zones have 3550m, of which the cluster takes
    /// 400m.
    #[test]
    fn one_request_more_takes_the_next_node() {
        let one_zone = Frame { zones: 1, survives_zone: false, ..FRAME };
        // (400m + 1079m) × 1.2 = 1774.8m
        assert_eq!(told(&[demand(1, 0, 1079, 100)], one_zone), "1 × m6i.large");
        assert_eq!(told(&[demand(1, 0, 1080, 100)], one_zone), "2 × m6i.large");
        assert_eq!(told(&[demand(1, 0, 1775, 100)], one_zone), "2 × m6i.large");
        assert_eq!(told(&[demand(1, 0, 1776, 100)], one_zone), "1 × m6i.xlarge");
        // Memory: 6012Mi − 248Mi = 5764Mi, of which (768Mi + 4035Mi) × 1.2 = 5763.6Mi
        assert_eq!(told(&[demand(1, 0, 10, 4035)], one_zone), "1 × m6i.large");
        assert_eq!(told(&[demand(1, 0, 10, 4036)], one_zone), "2 × m6i.large");
    }

    #[test]
    fn a_zone_that_is_lost_is_reckoned_with() {
        let many = |cpu| [demand(9, 0, cpu, 100)];
        // 9 × 350m + 400m = 3550m, which is what two zones have; but each node takes 5 of them only.
        assert_eq!(told(&many(350), FRAME), "1 × m6i.large");
        assert_eq!(told(&many(355), FRAME), "2 × m6i.large");
        let loses = Frame { survives_zone: false, ..FRAME };
        assert_eq!(told(&many(355), loses), "1 × m6i.large");
    }

    #[test]
    fn a_rollout_has_room() {
        let one_zone = Frame { zones: 1, survives_zone: false, ..FRAME };
        assert_eq!(told(&[demand(2, 0, 500, 100)], one_zone), "1 × m6i.large");
        assert_eq!(told(&[demand(2, 1, 500, 100)], one_zone), "2 × m6i.large");
    }

    /// Three pods of 900m: their sum fits into two nodes with 1775m each, one by one they do not.
    #[test]
    fn gaps_are_no_room() {
        let zones = Frame { zones: 2, survives_zone: false, ..FRAME };
        assert_eq!(told(&[demand(2, 0, 900, 100)], zones), "1 × m6i.large");
        assert_eq!(told(&[demand(3, 0, 888, 100)], zones), "2 × m6i.large");
    }

    #[test]
    fn addresses_are_room_too() {
        let one_zone = Frame { zones: 1, survives_zone: false, ..FRAME };
        let vpc = Frame { cni: Cni::AmazonVpc, ..one_zone };
        assert_eq!(told(&[demand(20, 0, 10, 10)], one_zone), "1 × m6i.large");
        assert_eq!(told(&[demand(20, 0, 10, 10)], vpc), "2 × m6i.large");
    }

    #[test]
    fn what_no_machine_holds_is_told() {
        assert_eq!(
            told(&[demand(1, 0, 20_000, 10)], FRAME),
            "too large: Deployment/web 20000m 10Mi"
        );
        let small = Frame { family: Family::T3, zones: 1, survives_zone: false, ..FRAME };
        assert_eq!(told(&[], small), "1 × t3.medium");
        assert_eq!(
            told(&[demand(400, 0, 3_000, 100)], small),
            "too large: Deployment/web 3000m 100Mi"
        );
    }

    #[test]
    fn a_daemon_of_the_stage_runs_on_each_node() {
        let one_zone = Frame { zones: 1, survives_zone: false, ..FRAME };
        let daemon = Demand { is_daemon: true, ..demand(1, 0, 400, 10) };
        assert_eq!(told(&[demand(1, 0, 1000, 10)], one_zone), "1 × m6i.large");
        assert_eq!(told(&[demand(1, 0, 1000, 10), daemon], one_zone), "2 × m6i.large");
    }
}
