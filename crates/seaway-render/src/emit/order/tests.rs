//! Guards of the table: a typing error in it would only show as a field in an odd place.

use std::fmt;

use k8s_openapi::api::admissionregistration::v1::{MutatingWebhook, ValidatingWebhook};
use k8s_openapi::api::apps::v1 as apps;
use k8s_openapi::api::autoscaling::v2 as autoscaling;
use k8s_openapi::api::batch::v1 as batch;
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::api::discovery::v1 as discovery;
use k8s_openapi::api::networking::v1 as networking;
use k8s_openapi::api::policy::v1 as policy;
use k8s_openapi::api::rbac::v1 as rbac;
use k8s_openapi::api::scheduling::v1 as scheduling;
use k8s_openapi::api::storage::v1 as storage;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1 as apiextensions;
use k8s_openapi::apimachinery::pkg::apis::meta::v1 as meta;
use serde::de::{Deserialize, Deserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::{DEFAULT, TABLE};

/// A struct's name and fields, which `Deserialize` tells to anyone who asks, as the only error there is.
#[derive(Debug)]
struct Fields(&'static str, &'static [&'static str]);

impl fmt::Display for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Fields {}

impl serde::de::Error for Fields {
    fn custom<T: fmt::Display>(message: T) -> Self {
        panic!("{message}")
    }
}

struct Ask;

impl<'de> Deserializer<'de> for Ask {
    type Error = Fields;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Fields> {
        panic!("not a struct")
    }
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Fields> {
        Err(Fields(name, fields))
    }
    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

fn fields<'de, T: Deserialize<'de>>() -> Option<Fields> {
    T::deserialize(Ask).err()
}

/// The types whose order the table gives.
const KNOWN: &[fn() -> Option<Fields>] = &[
    fields::<core::Capabilities>,
    fields::<core::ConfigMap>,
    fields::<core::ConfigMapVolumeSource>,
    fields::<core::Container>,
    fields::<core::ContainerPort>,
    fields::<batch::CronJobSpec>,
    fields::<core::CSIPersistentVolumeSource>,
    fields::<apiextensions::CustomResourceColumnDefinition>,
    fields::<apiextensions::CustomResourceDefinitionNames>,
    fields::<apiextensions::CustomResourceDefinitionSpec>,
    fields::<apiextensions::CustomResourceDefinitionVersion>,
    fields::<apps::DaemonSetSpec>,
    fields::<apps::DeploymentSpec>,
    fields::<core::DownwardAPIVolumeFile>,
    fields::<discovery::EndpointSlice>,
    fields::<core::EnvFromSource>,
    fields::<autoscaling::HPAScalingPolicy>,
    fields::<autoscaling::HPAScalingRules>,
    fields::<core::HTTPGetAction>,
    fields::<networking::HTTPIngressPath>,
    fields::<autoscaling::HorizontalPodAutoscalerBehavior>,
    fields::<autoscaling::HorizontalPodAutoscalerSpec>,
    fields::<core::HostAlias>,
    fields::<core::HostPathVolumeSource>,
    fields::<networking::IngressBackend>,
    fields::<networking::IngressSpec>,
    fields::<apiextensions::JSONSchemaProps>,
    fields::<batch::JobSpec>,
    fields::<core::KeyToPath>,
    fields::<meta::LabelSelector>,
    fields::<core::LimitRangeItem>,
    fields::<MutatingWebhook>,
    fields::<core::NFSVolumeSource>,
    fields::<networking::NetworkPolicyEgressRule>,
    fields::<networking::NetworkPolicyPeer>,
    fields::<networking::NetworkPolicyPort>,
    fields::<networking::NetworkPolicySpec>,
    fields::<core::NodeAffinity>,
    fields::<meta::ObjectMeta>,
    fields::<meta::OwnerReference>,
    fields::<core::PersistentVolumeClaimSpec>,
    fields::<core::PersistentVolumeSpec>,
    fields::<core::PodAffinity>,
    fields::<core::PodAffinityTerm>,
    fields::<core::PodAntiAffinity>,
    fields::<policy::PodDisruptionBudgetSpec>,
    fields::<batch::PodFailurePolicyOnExitCodesRequirement>,
    fields::<batch::PodFailurePolicyOnPodConditionsPattern>,
    fields::<batch::PodFailurePolicyRule>,
    fields::<core::PodSecurityContext>,
    fields::<core::PodSpec>,
    fields::<rbac::PolicyRule>,
    fields::<core::PreferredSchedulingTerm>,
    fields::<scheduling::PriorityClass>,
    fields::<core::Probe>,
    fields::<core::ProjectedVolumeSource>,
    fields::<core::ResourceFieldSelector>,
    fields::<core::ResourceRequirements>,
    fields::<rbac::RoleRef>,
    fields::<apps::RollingUpdateStatefulSetStrategy>,
    fields::<core::Secret>,
    fields::<core::SecretVolumeSource>,
    fields::<core::SecurityContext>,
    fields::<core::ServiceAccountTokenProjection>,
    fields::<core::ServicePort>,
    fields::<core::ServiceSpec>,
    fields::<apps::StatefulSetSpec>,
    fields::<storage::StorageClass>,
    fields::<core::TCPSocketAction>,
    fields::<core::Toleration>,
    fields::<core::TopologySpreadConstraint>,
    fields::<core::TypedLocalObjectReference>,
    fields::<ValidatingWebhook>,
    fields::<core::VolumeMount>,
    fields::<core::VolumeResourceRequirements>,
    fields::<core::WeightedPodAffinityTerm>,
];

fn known() -> Vec<Fields> {
    KNOWN.iter().filter_map(|fields| fields()).collect()
}

#[test]
fn structs_are_sorted_for_binary_search() {
    assert!(TABLE.is_sorted_by_key(|(name, _)| name));
}

#[test]
fn every_struct_of_the_table_exists() {
    let known = known();
    for (name, _) in TABLE {
        assert!(known.iter().any(|Fields(known, _)| known == name), "add {name} to `KNOWN`");
    }
    assert_eq!(known.len(), TABLE.len());
}

#[test]
fn every_field_of_the_table_exists_once() {
    for Fields(name, fields) in known() {
        let order = super::of(name);
        assert_ne!(order.as_ptr(), DEFAULT.as_ptr(), "{name} is not in the table");
        for (at, field) in order.iter().enumerate() {
            assert!(fields.contains(field), "{name} has no field {field}");
            assert!(!order[..at].contains(field), "{name} names {field} twice");
        }
    }
}
