//! Where a pod runs, and as whom.

use k8s_openapi::api::core::v1::{
    LocalObjectReference, PodSpec, Toleration, TopologySpreadConstraint,
};
use seaway_core::options::{
    self, Pod, ServiceAccountSetting, Spread, TolerationEffect, TolerationOperator, Workload,
};
use seaway_core::{Origin, Sourced};

use super::meta::{selecting, texts};
use super::{Cx, env, psql};
use crate::object::{Origins, joined};
use crate::reasons;

/// Fills in account, nodes, tolerations, classes, pull secrets, user and spread.
pub(super) fn place(cx: Cx<'_>, options: &Pod, spec: &mut PodSpec, origins: &mut Origins) {
    let shared = &cx.part.shared;
    let name: &str = &cx.part.object;
    spec.service_account_name =
        Some(match shared.service_account.as_ref().map(|account| &account.value) {
            Some(ServiceAccountSetting::Existing(existing)) => existing.to_string(),
            Some(ServiceAccountSetting::Own(_)) | None => name.to_owned(),
        });
    let account = shared.service_account.as_ref();
    let account = account.map_or(Origin::Default(&reasons::ACCOUNT), |account| account.origin);
    origins.set("serviceAccountName", account);
    spec.node_selector = Some(texts(&shared.node_selector));
    for (label, value) in &shared.node_selector {
        origins.set(joined(&["nodeSelector.", label]), value.origin);
    }
    let tolerations = shared.tolerations.iter().flatten();
    spec.tolerations = Some(tolerations.clone().map(toleration).collect());
    for (index, toleration) in tolerations.enumerate() {
        origins.set(format!("tolerations[{index}]"), toleration.origin);
    }
    spec.priority_class_name = shared.priority_class.as_ref().map(|class| {
        origins.set("priorityClassName", class.origin);
        class.to_string()
    });
    spec.runtime_class_name = shared.runtime_class.as_ref().map(|class| {
        origins.set("runtimeClassName", class.origin);
        class.to_string()
    });
    // The image that waits for extensions is that of the database.
    let awaited = psql::awaited(cx).filter_map(|(part, _)| part.shared.pull_secrets.as_ref());
    for secret in shared.pull_secrets.iter().chain(awaited).flatten() {
        let reference = LocalObjectReference { name: env::secret_name(cx.stack, secret) };
        let pulls = spec.image_pull_secrets.get_or_insert_default();
        if !pulls.contains(&reference) {
            origins.set(joined(&["imagePullSecrets[", &reference.name, "]"]), secret.origin);
            pulls.push(reference);
        }
    }
    if let Some(user) = cx.stack.user(cx.part) {
        let context = spec.security_context.get_or_insert_default();
        let id = user.value.id().map(i64::from);
        context.run_as_user = id;
        context.run_as_group = id;
        context.fs_group = id;
        for field in ["runAsUser", "runAsGroup", "fsGroup"] {
            origins.set(joined(&["securityContext.", field]), user.origin);
        }
    }
    spec.topology_spread_constraints = Some(spread(cx, options, origins));
}

/// A toleration as Kubernetes takes it.
pub(crate) fn toleration(written: &Sourced<options::Toleration>) -> Toleration {
    let written = &written.value;
    Toleration {
        key: written.key.as_ref().map(|key| key.value.clone()),
        operator: written.operator.map(|operator| {
            match operator {
                TolerationOperator::Equal => "Equal",
                TolerationOperator::Exists => "Exists",
            }
            .to_owned()
        }),
        value: written.value.as_ref().map(|value| value.value.clone()),
        effect: written.effect.map(|effect| {
            match effect {
                TolerationEffect::NoSchedule => "NoSchedule",
                TolerationEffect::PreferNoSchedule => "PreferNoSchedule",
                TolerationEffect::NoExecute => "NoExecute",
            }
            .to_owned()
        }),
        toleration_seconds: written.toleration_seconds.map(|seconds| seconds.value.into()),
    }
}

/// Pods of a component that has several are spread, but never so strictly that one could not start.
fn spread(cx: Cx<'_>, options: &Pod, origins: &mut Origins) -> Vec<TopologySpreadConstraint> {
    let usual =
        [Spread::Zone, Spread::Node].map(|over| Sourced::default_for(over, &reasons::SPREAD));
    let wanted = match &options.spread {
        Some(written) => written.as_slice(),
        None if cx.part.facts.most_pods > 1 => usual.as_slice(),
        None => &[],
    };
    wanted
        .iter()
        .map(|over| {
            let key = match over.value {
                Spread::Zone => "topology.kubernetes.io/zone",
                Spread::Node => "kubernetes.io/hostname",
            };
            origins.set(joined(&["topologySpreadConstraints[", key, "]"]), over.origin);
            TopologySpreadConstraint {
                max_skew: 1,
                topology_key: key.to_owned(),
                when_unsatisfiable: "ScheduleAnyway".to_owned(),
                label_selector: Some(selecting(cx)),
                // Old pods of a rollout do not count, so that new ones are spread among themselves.
                match_label_keys: (cx.part.facts.workload == Some(Workload::Deployment))
                    .then(|| vec!["pod-template-hash".to_owned()]),
                ..TopologySpreadConstraint::default()
            }
        })
        .collect()
}
