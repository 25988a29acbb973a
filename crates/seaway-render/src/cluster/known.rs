//! What is known of the cluster before it is planned, and what is told of a stage that does not say it.

use seaway_core::options::{Cni, Identity, Provider, ServiceAccountSetting};
use seaway_core::shell::{Command, command};
use seaway_core::{Code, Diagnostic, Reported, Sink, Sourced, Stack, suggest};

use super::needs::Needs;
use super::subnets::Range;
use super::versions;
use crate::link::Demand;
use crate::{Bundle, Object};

/// The network of a cluster whose stack names none: that of kops (<https://kops.sigs.k8s.io/cluster_spec/>).
const NETWORK: &str = "172.20.0.0/16";
/// What the stack says of the cluster, all of which kops has to know.
pub(super) struct Known<'a> {
    pub name: &'a str,
    pub region: &'a str,
    pub zones: Vec<&'a str>,
    pub network: Range,
    pub cni: Cni,
    pub version: String,
}

impl Known<'_> {
    /// The bucket that AWS reads the keys of the cluster's tokens from. A dot in its name would not go with TLS.
    pub(super) fn issuer_bucket(&self) -> String {
        let name: String = self.name.replace('.', "-").chars().take(58).collect();
        format!("{name}-oidc")
    }
}

/// What is written of the cluster; what is not is told in one go.
pub(super) fn known<'a>(bundle: &'a Bundle, sink: &mut Sink) -> Result<Known<'a>, Reported> {
    let stack = &bundle.stack;
    let cluster = &stack.cluster;
    let place = stack.stage.origin;
    let Some(provider) = &cluster.provider else {
        return Err(sink.error(
            Diagnostic::error(Code::MissingField, "the stage does not say who runs its cluster")
                .origin(place, "has no `cluster.provider`")
                .help("add `cluster.provider = \"kops\"`"),
        ));
    };
    match provider.value {
        Provider::Kops => {}
        Provider::Eks => {
            return Err(sink.error(of_eks(stack, provider, &Needs::of(&bundle.objects))));
        }
        Provider::Minikube
        | Provider::Kind
        | Provider::K3s
        | Provider::Gke
        | Provider::Aks
        | Provider::Openshift
        | Provider::Doks
        | Provider::Generic => return Err(sink.error(of_others(provider))),
    }
    let in_region = cluster.region.as_ref().map_or("us-east-1", |region| &region.value);
    let zones = ["a", "b", "c"].map(|letter| format!("\"{in_region}{letter}\"")).join(", ");
    let missing: Vec<(&str, String)> = [
        ("name", cluster.name.is_none(), "name = \"shop.k8s.example.com\"".to_owned()),
        ("region", cluster.region.is_none(), format!("region = \"{in_region}\"")),
        ("zones", cluster.zones.is_empty(), format!("zones = [{zones}]")),
    ]
    .into_iter()
    .filter_map(|(name, is_missing, example)| is_missing.then_some((name, example)))
    .collect();
    let (Some(name), Some(region), true) = (&cluster.name, &cluster.region, missing.is_empty())
    else {
        return Err(sink.error(unknown(provider, &missing)));
    };
    let network = cluster.network.as_ref().map_or(NETWORK, |network| &network.value);
    let Some(version) = versions::kubernetes(stack.kubernetes.value) else {
        let message = format!(
            "kops 1.{} makes no cluster with Kubernetes {}",
            versions::KOPS_MINOR,
            stack.kubernetes.value
        );
        return Err(sink.error(
            Diagnostic::error(Code::InvalidValue, message)
                .origin(stack.kubernetes.origin, "")
                .help(format!(
                    "write `kubernetes = \"1.{}\"` or an older one",
                    versions::KOPS_MINOR
                )),
        ));
    };
    Ok(Known {
        name,
        region,
        zones: cluster.zones.iter().map(|zone| zone.as_str()).collect(),
        // A rule of the language looked at it.
        network: Range::parse(network).or_else(|| Range::parse(NETWORK)).unwrap_or(Range::ALL),
        cni: cluster.cni().unwrap_or(Cni::Cilium),
        version,
    })
}

/// What kops has to know of a cluster and the stack does not say, with an example of each.
fn unknown(provider: &Sourced<Provider>, missing: &[(&str, String)]) -> Diagnostic {
    let names: Vec<&str> = missing.iter().map(|(name, _)| *name).collect();
    let examples: Vec<&str> = missing.iter().map(|(_, example)| example.as_str()).collect();
    let verb = if matches!(names[..], ["name" | "region"]) { "is" } else { "are" };
    let names = suggest::quoted_list(&names);
    Diagnostic::error(Code::MissingField, format!("{names} of the cluster {verb} not known"))
        .origin(provider.origin, "kops has to know")
        .help(format!("add for example `cluster = {{ {} }}`", examples.join(", ")))
}

/// EKS is made by other tools: what the stage needs of it is told all the same.
fn of_eks(stack: &Stack, provider: &Sourced<Provider>, needs: &Needs) -> Diagnostic {
    let mut diagnostic =
        Diagnostic::error(Code::InvalidValue, "a cluster of EKS is not made by kops")
            .origin(provider.origin, "");
    let mut addons = needs.names(stack);
    let associations = associations(stack);
    if !associations.is_empty() {
        addons.push("the EKS Pod Identity Agent");
    }
    if !addons.is_empty() {
        diagnostic = diagnostic.note(format!("the stage needs {}", addons.join(", ")));
    }
    for command in associations {
        diagnostic = diagnostic.note(command.as_str());
    }
    diagnostic.help(
        "make it with eksctl or Terraform; stacks/tutorial/README.md says which lines of the stack change",
    )
}

/// Such a cluster is made by other tools.
fn of_others(provider: &Sourced<Provider>) -> Diagnostic {
    Diagnostic::error(Code::InvalidValue, "kops makes clusters on AWS alone")
        .origin(provider.origin, "another kind of cluster")
        .help("make it with the tools of its provider; `seaway cluster --format table` prints what Seaway assumes of it")
}

/// Accounts with a role, each with the component that has it.
pub(super) fn roles(stack: &Stack) -> impl Iterator<Item = (&str, &str)> {
    stack.parts.values().filter_map(|part| match &part.shared.service_account.as_ref()?.value {
        ServiceAccountSetting::Own(own) => Some((&*part.object as &str, own.named()?.value)),
        ServiceAccountSetting::Existing(_) => None,
    })
}

/// Commands that give accounts their roles where no annotation does
/// (<https://docs.aws.amazon.com/cli/latest/reference/eks/create-pod-identity-association.html>).
fn associations(stack: &Stack) -> Vec<Command> {
    if stack.cluster.identity() != Some(Identity::PodIdentity) {
        return Vec::new();
    }
    let cluster = stack.cluster.name.as_ref().map_or("CLUSTER", |name| &name.value);
    let region = stack.cluster.region.as_ref();
    let region = region.map(|region| command(" --region {}", &[&region.to_string()]));
    let region = region.unwrap_or_default();
    let association = |(account, role): (&str, &str)| {
        command(
            "aws eks create-pod-identity-association{} --cluster-name {} --namespace {} \
             --service-account {} --role-arn {}",
            &[&region, &cluster, &stack.namespace.value, &account, &role],
        )
    };
    roles(stack).map(association).collect()
}

/// A network that is too small for its zones.
pub(super) fn no_room(stack: &Stack, known: &Known<'_>, taken: &[Range]) -> Diagnostic {
    let origin = stack.cluster.network.as_ref().map(|network| network.origin);
    let zones = match known.zones.len() {
        1 => "1 zone".to_owned(),
        more => format!("{more} zones"),
    };
    let message = format!("the network {} has no room for the subnets of {zones}", known.network);
    let mut diagnostic = Diagnostic::error(Code::InvalidValue, message).origin(
        origin.unwrap_or(stack.stage.origin),
        "an eighth is for each zone, and one more for load balancers",
    );
    if !taken.is_empty() {
        let taken: Vec<String> = taken.iter().map(ToString::to_string).collect();
        let taken = taken.join(", ");
        diagnostic = diagnostic.note(format!("backing services of the stage lie in {taken}"));
    }
    diagnostic.help("write a larger network, `172.20.0.0/16`, or fewer zones")
}

/// A pod that goes into no machine.
pub(super) fn too_large(bundle: &Bundle, demand: &Demand) -> Diagnostic {
    let message = format!(
        "no machine has room for the pods of {}: {} × {}m, {}Mi",
        demand.who,
        demand.pods.saturating_add(demand.surge),
        demand.cpu,
        demand.memory
    );
    let mut diagnostic = Diagnostic::error(Code::Unschedulable, message);
    let object = bundle.objects.iter().find(|object| object.id() == demand.who);
    if let Some(place) = object.and_then(Object::place) {
        diagnostic = diagnostic.label(place, "");
    }
    diagnostic.help("ask for less, or write the instance groups by hand")
}
