//! Versions of what the compiler does not make and kops does not bring along, in one place.
//!
//! Looked at in November 2026. Whoever makes a cluster looks again: `kops upgrade cluster` and the pages named here know
//! newer ones.

use seaway_core::values::KubernetesVersions;

/// The release line of kops that the cluster is for. It makes clusters of its own minor and of older ones
/// (<https://kops.sigs.k8s.io/welcome/releases/>).
pub(super) const KOPS_MINOR: u8 = 36;

/// The newest patch of each minor that is known: <https://kubernetes.io/releases/>.
const PATCHES: [(u8, u8); 5] = [(33, 10), (34, 8), (35, 9), (36, 4), (37, 1)];

/// The version of a new cluster: the newest that the stage and kops allow.
pub(super) fn kubernetes(of_stage: KubernetesVersions) -> Option<String> {
    let fits = |minor: u8| {
        minor >= of_stage.oldest.minor && minor <= of_stage.newest.minor && minor <= KOPS_MINOR
    };
    let (minor, patch) = PATCHES.iter().rev().find(|(minor, _)| fits(*minor))?;
    Some(format!("1.{minor}.{patch}"))
}

/// Something that objects of a stage need, and that is no add-on of kops.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operator {
    /// API group of the objects that need it.
    pub group: &'static str,
    pub name: &'static str,
    /// How it is installed.
    pub install: &'static str,
}

/// By API group.
pub(super) const OPERATORS: &[Operator] = &[
    Operator {
        group: "bitnami.com",
        name: "Sealed Secrets",
        install: "helm install sealed-secrets sealed-secrets --repo https://bitnami-labs.github.io/sealed-secrets --namespace kube-system",
    },
    Operator {
        group: "external-secrets.io",
        name: "External Secrets Operator 2.9.0",
        install: "helm install external-secrets external-secrets --repo https://charts.external-secrets.io --version 2.9.0 --namespace external-secrets --create-namespace",
    },
    Operator {
        group: "gateway.networking.k8s.io",
        name: "the kinds of the Gateway API 1.6.1",
        install: "kubectl apply -f https://github.com/kubernetes-sigs/gateway-api/releases/download/v1.6.1/standard-install.yaml",
    },
    Operator {
        group: "keda.sh",
        name: "KEDA 2.20.2",
        install: "helm install keda keda --repo https://kedacore.github.io/charts --version 2.20.2 --namespace keda --create-namespace",
    },
    Operator {
        group: "monitoring.coreos.com",
        name: "Prometheus Operator (kube-prometheus-stack 88.5.3)",
        install: "helm install kube-prometheus-stack kube-prometheus-stack --repo https://prometheus-community.github.io/helm-charts --version 88.5.3 --namespace monitoring --create-namespace",
    },
    Operator {
        group: "postgresql.cnpg.io",
        name: "CloudNativePG 1.30.0",
        install: "helm install cnpg cloudnative-pg --repo https://cloudnative-pg.github.io/charts --namespace cnpg-system --create-namespace",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_cluster_has_the_newest_version_that_both_know() {
        let of = |text: &str| {
            kubernetes(KubernetesVersions::try_from(text.to_owned()).expect("versions"))
        };
        assert_eq!(of("1.33").as_deref(), Some("1.36.4"));
        assert_eq!(of("1.33-1.34").as_deref(), Some("1.34.8"));
        assert_eq!(of("1.37"), None);
    }

    #[test]
    fn groups_are_listed_once_in_order() {
        let groups: Vec<&str> = OPERATORS.iter().map(|one| one.group).collect();
        assert!(groups.windows(2).all(|pair| pair[0] < pair[1]), "{groups:?}");
    }
}
