//! Types of machines, and what of them is left for pods.

use seaway_core::options::Cni;

/// A type of machine: <https://docs.aws.amazon.com/ec2/latest/instancetypes/gp.html>, and for network interfaces and the
/// addresses of each <https://docs.aws.amazon.com/ec2/latest/instancetypes/gp.html#gp_network>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Machine {
    pub name: &'static str,
    pub family: Family,
    pub cores: u64,
    /// Mebibytes.
    pub memory: u64,
    interfaces: u64,
    addresses: u64,
}

/// A family of machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// x86, a share of a core for longer than its credits last.
    T3,
    /// Arm, the same.
    T4g,
    /// x86, all of its cores at any time.
    M6i,
    /// Arm, the same.
    M6g,
}

const fn machine(
    name: &'static str,
    family: Family,
    (cores, gibibytes): (u64, u64),
    (interfaces, addresses): (u64, u64),
) -> Machine {
    Machine { name, family, cores, memory: gibibytes << 10, interfaces, addresses }
}

/// By family, the smallest first.
const MACHINES: [Machine; 16] = [
    machine("t3.medium", Family::T3, (2, 4), (3, 6)),
    machine("t3.large", Family::T3, (2, 8), (3, 12)),
    machine("t3.xlarge", Family::T3, (4, 16), (4, 15)),
    machine("t3.2xlarge", Family::T3, (8, 32), (4, 15)),
    machine("t4g.medium", Family::T4g, (2, 4), (3, 6)),
    machine("t4g.large", Family::T4g, (2, 8), (3, 12)),
    machine("t4g.xlarge", Family::T4g, (4, 16), (4, 15)),
    machine("t4g.2xlarge", Family::T4g, (8, 32), (4, 15)),
    machine("m6i.large", Family::M6i, (2, 8), (3, 10)),
    machine("m6i.xlarge", Family::M6i, (4, 16), (4, 15)),
    machine("m6i.2xlarge", Family::M6i, (8, 32), (4, 15)),
    machine("m6i.4xlarge", Family::M6i, (16, 64), (8, 30)),
    machine("m6g.large", Family::M6g, (2, 8), (3, 10)),
    machine("m6g.xlarge", Family::M6g, (4, 16), (4, 15)),
    machine("m6g.2xlarge", Family::M6g, (8, 32), (4, 15)),
    machine("m6g.4xlarge", Family::M6g, (16, 64), (8, 30)),
];

/// The machines of a family, the smallest first.
pub(super) fn of(family: Family) -> impl Iterator<Item = &'static Machine> {
    MACHINES.iter().filter(move |machine| machine.family == family)
}

/// What a machine holds, or what is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Room {
    /// Thousandths of a core.
    pub cpu: u64,
    /// Mebibytes.
    pub memory: u64,
    pub pods: u64,
}

impl Room {
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            cpu: self.cpu.saturating_add(other.cpu),
            memory: self.memory.saturating_add(other.memory),
            pods: self.pods.saturating_add(other.pods),
        }
    }

    pub(super) fn times(self, count: u64) -> Self {
        Self {
            cpu: self.cpu.saturating_mul(count),
            memory: self.memory.saturating_mul(count),
            pods: self.pods.saturating_mul(count),
        }
    }

    /// What is left without the other; `None` if that is more.
    pub(super) fn without(self, other: Self) -> Option<Self> {
        Some(Self {
            cpu: self.cpu.checked_sub(other.cpu)?,
            memory: self.memory.checked_sub(other.memory)?,
            pods: self.pods.checked_sub(other.pods)?,
        })
    }

    pub(super) fn holds(self, other: Self) -> bool {
        self.without(other).is_some()
    }
}

/// Memory that the virtual machine itself takes, in thousandths: what Karpenter reckons with
/// (`VM_MEMORY_OVERHEAD_PERCENT` of <https://karpenter.sh/docs/reference/settings/>).
const OVERHEAD: u64 = 75;
/// Pods of a node, if addresses do not say less: the default of the kubelet
/// (<https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/>).
const MAX_PODS: u64 = 110;
/// Mebibytes that stay free: below that the kubelet evicts. The default of kops
/// (`pkg/model/components/kubelet.go` of kubernetes/kops).
pub(super) const EVICTION: u64 = 100;

impl Machine {
    /// Pods of a node: each has an address, one of each interface is the node's own, and two pods share those of the node
    /// (<https://github.com/aws/amazon-vpc-cni-k8s#setup>, which kops reckons with, too).
    pub(super) fn max_pods(&self, cni: Cni) -> u64 {
        match cni {
            Cni::Cilium => MAX_PODS,
            Cni::CiliumEni | Cni::AmazonVpc => {
                MAX_PODS.min(self.interfaces * (self.addresses - 1) + 2)
            }
        }
    }

    /// What the kubelet and the container runtime keep for themselves, as on the nodes of EKS
    /// (<https://docs.aws.amazon.com/eks/latest/userguide/choosing-instance-type.html>): kops reserves nothing by itself.
    pub(super) fn reserved(&self, cni: Cni) -> Room {
        // 6 % of the first core, 1 % of the second, 0.5 % of the next two, 0.25 % of all others, in hundredths of 1 %.
        let share = |core: u64| match core {
            0 => 600,
            1 => 100,
            2 | 3 => 50,
            _ => 25,
        };
        let cpu = (0..self.cores).map(share).sum::<u64>().div_ceil(10);
        Room { cpu, memory: 11 * self.max_pods(cni) + 255, pods: 0 }
    }

    /// What is left for pods, those of each node included.
    pub(super) fn allocatable(&self, cni: Cni) -> Room {
        let reserved = self.reserved(cni);
        let memory = self.memory * (1000 - OVERHEAD) / 1000;
        Room {
            cpu: (self.cores * 1000).saturating_sub(reserved.cpu),
            memory: memory.saturating_sub(reserved.memory + EVICTION),
            pods: self.max_pods(cni),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_family_grows() {
        for family in [Family::T3, Family::T4g, Family::M6i, Family::M6g] {
            let sizes: Vec<(u64, u64)> = of(family).map(|one| (one.cores, one.memory)).collect();
            assert!(sizes.windows(2).all(|pair| pair[0] < pair[1]), "{sizes:?}");
            assert_eq!(sizes.len(), 4);
        }
    }

    #[test]
    fn pods_are_limited_by_addresses() {
        let machine = |name: &str| MACHINES.iter().find(|one| one.name == name).expect("known");
        let pods = |name: &str| machine(name).max_pods(Cni::AmazonVpc);
        assert_eq!(
            ["t3.medium", "t3.large", "m6i.large", "m6i.xlarge", "m6i.4xlarge"].map(pods),
            [17, 35, 29, 58, 110]
        );
        assert_eq!(machine("t3.medium").max_pods(Cni::Cilium), 110);
    }

    #[test]
    fn nodes_keep_something_for_themselves() {
        let large = of(Family::M6i).next().expect("a machine");
        assert_eq!(large.reserved(Cni::AmazonVpc), Room { cpu: 70, memory: 574, pods: 0 });
        let left = Room { cpu: 1930, memory: 7577 - 574 - 100, pods: 29 };
        assert_eq!(large.allocatable(Cni::AmazonVpc), left);
    }
}
