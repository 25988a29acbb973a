//! `[cluster]`: what fits together of region, zones, network and provider, and the accounts of pods that have a role.

use crate::declared::Declared;
use crate::options::{
    Cluster, Identity, Metadata, Provider, ServiceAccount, ServiceAccountSetting, StorageClass,
};
use crate::values::ipv4;
use crate::{Code, Diagnostic, Sink, Sourced, Stack};

pub(super) fn check(declared: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    let cluster = &stack.cluster;
    if !declared.at_fault(["cluster"]) {
        if cluster.provider.is_none() || cluster.on_aws().is_some() {
            places(cluster, sink);
        }
        network(cluster, sink);
        services(cluster, sink);
        provider(cluster, sink);
        families(cluster, sink);
        identity(cluster, sink);
    }
    for (name, class) in &cluster.storage_classes {
        if !declared.at_fault(["cluster", "storage-classes", &*name.value]) {
            volumes(class, sink);
        }
    }
    for part in stack.parts.values() {
        let Some(account) = &part.shared.service_account else { continue };
        let ServiceAccountSetting::Own(own) = &account.value else { continue };
        if !declared.option_at_fault(&part.name, &["service-account"]) {
            rights(cluster, own, sink);
        }
    }
}

/// Zones are called like their region and a letter, those of a local zone like their region and more
/// (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html>).
fn places(cluster: &Cluster, sink: &mut Sink) {
    if let Some(region) = cluster.region.as_ref().filter(|region| !is_region(region)) {
        sink.report(
            Diagnostic::error(Code::InvalidValue, format!("`{region}` is not an AWS region"))
                .origin(region.origin, "")
                .help(match region_of(region) {
                    Some(of) => format!("`{region}` is a zone of it: write `region = \"{of}\"`"),
                    None => "write for example `region = \"eu-central-1\"`".to_owned(),
                }),
        );
        return;
    }
    let mut seen: Vec<&str> = Vec::new();
    for zone in &cluster.zones {
        let Some(of) = region_of(zone) else {
            let letters = cluster.region.as_ref().map_or("eu-central-1", |region| &region.value);
            sink.report(
                Diagnostic::error(
                    Code::InvalidValue,
                    format!("`{zone}` is not an availability zone"),
                )
                .origin(zone.origin, "")
                .help(format!("write a region and a letter, for example `{letters}a`")),
            );
            continue;
        };
        match &cluster.region {
            Some(region) if region.value != of => sink.report(
                Diagnostic::error(
                    Code::InvalidValue,
                    format!("the zone `{zone}` does not lie in the region `{region}`"),
                )
                .origin(zone.origin, "")
                .origin(region.origin, "the region")
                .help(format!("write a zone of `{region}`, or `region = \"{of}\"`")),
            ),
            None => {
                sink.report(
                    Diagnostic::error(Code::MissingField, "zones without a region")
                        .origin(zone.origin, "")
                        .help(format!("add `cluster.region = \"{of}\"`")),
                );
                return;
            }
            Some(_) => {}
        }
        if seen.contains(&zone.as_str()) {
            sink.report(
                Diagnostic::error(Code::Conflict, format!("the zone `{zone}` is there twice"))
                    .origin(zone.origin, ""),
            );
        }
        seen.push(zone);
    }
}

/// `eu-central-1`, `us-gov-west-1`: words and a number.
fn is_region(text: &str) -> bool {
    let words: Vec<&str> = text.split('-').collect();
    let Some((number, words)) = words.split_last() else { return false };
    words.len() >= 2
        && words.iter().all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
}

/// The region of a zone: `eu-central-1` of `eu-central-1a`, `us-west-2` of `us-west-2-lax-1a`.
fn region_of(zone: &str) -> Option<&str> {
    let rest = zone.strip_suffix(|c: char| c.is_ascii_lowercase())?;
    let end = rest.find(|c: char| c.is_ascii_digit())?;
    let digits = rest[end..].bytes().take_while(u8::is_ascii_digit).count();
    let (region, rest) = rest.split_at(end + digits);
    (is_region(region) && (rest.is_empty() || rest.starts_with('-'))).then_some(region)
}

/// What a VPC can be (<https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html>).
fn network(cluster: &Cluster, sink: &mut Sink) {
    let Some(network) = cluster.network.as_ref().filter(|_| cluster.on_aws().is_some()) else {
        return;
    };
    let Some((address, length)) = ipv4(network) else {
        sink.report(
            Diagnostic::error(Code::InvalidValue, format!("`{network}` is not a range of IPv4"))
                .origin(network.origin, "a VPC has one")
                .help("write for example `network = \"172.20.0.0/16\"`"),
        );
        return;
    };
    if !(16..=28).contains(&length) {
        sink.report(
            Diagnostic::error(
                Code::InvalidValue,
                format!("a VPC can not have a range of `/{length}`"),
            )
            .origin(network.origin, "")
            .help("write a range from `/16` to `/28`, for example `172.20.0.0/16`"),
        );
    }
    let is_kops = cluster.provider.is_some_and(|provider| provider.value == Provider::Kops);
    // The default of kops for `nonMasqueradeCIDR`: https://kops.sigs.k8s.io/cluster_spec/
    if is_kops && address >> 22 == u32::from_be_bytes([100, 64, 0, 0]) >> 22 {
        sink.report(
            Diagnostic::error(
                Code::Conflict,
                format!("`{network}` lies in the range of pods and Services"),
            )
            .origin(network.origin, "kops takes 100.64.0.0/10 for them")
            .help("write a range outside of it, for example `172.20.0.0/16`"),
        );
    }
}

/// Only EKS lets somebody else choose the range of Services, and only IPv4 has addresses that are written here.
fn services(cluster: &Cluster, sink: &mut Sink) {
    let Some(services) = &cluster.services else { return };
    if ipv4(services).is_none_or(|(_, length)| !(12..=24).contains(&length)) {
        sink.report(
            Diagnostic::error(
                Code::InvalidValue,
                format!("`{services}` is not a range of Services of EKS"),
            )
            .origin(services.origin, "")
            .help("write its range of IPv4, from `/12` to `/24`, for example `10.100.0.0/16`"),
        );
    } else if cluster.provider.is_some_and(|provider| provider.value == Provider::Kops) {
        sink.report(
            Diagnostic::error(Code::Conflict, "a kops cluster has its own range of Services")
                .origin(services.origin, "read with EKS alone")
                .help("remove it"),
        );
    }
}

fn families(cluster: &Cluster, sink: &mut Sink) {
    let families = &cluster.ip_families;
    let is_known = |at: usize| families[..at].iter().any(|known| *known == families[at]);
    let Some(again) = (0..families.len()).find(|at| is_known(*at)).map(|at| families[at]) else {
        return;
    };
    let message = format!("the address family `{}` is there twice", again.value.as_str());
    sink.report(
        Diagnostic::error(Code::Conflict, message)
            .origin(again.origin, "")
            .help("write each once, the preferred one first: `[\"ipv4\", \"ipv6\"]`"),
    );
}

/// Each cloud knows its own ways to give rights.
fn identity(cluster: &Cluster, sink: &mut Sink) {
    let (Some(provider), Some(identity)) = (cluster.provider, cluster.identity) else { return };
    let (fits, own) = match provider.value {
        Provider::Gke => (identity.value == Identity::GkeWorkloadIdentity, "gke-workload-identity"),
        Provider::Aks => (identity.value == Identity::AksWorkloadIdentity, "aks-workload-identity"),
        Provider::Eks => (identity.value.is_of_aws(), "pod-identity"),
        // That it has no EKS Pod Identity is an error of its own.
        Provider::Kops => (identity.value.is_of_aws(), "irsa"),
        Provider::Minikube
        | Provider::Kind
        | Provider::K3s
        | Provider::Openshift
        | Provider::Doks
        | Provider::Generic => return,
    };
    if !fits {
        let message = format!(
            "`{}` gives no pod rights on `{}`",
            identity.value.as_str(),
            provider.value.as_str()
        );
        sink.report(
            Diagnostic::error(Code::Conflict, message)
                .origin(identity.origin, "")
                .origin(provider.origin, "")
                .help(format!("write `identity = \"{own}\"`, or leave it out")),
        );
    }
}

fn provider(cluster: &Cluster, sink: &mut Sink) {
    if cluster.provider.map(|provider| provider.value) != Some(Provider::Kops) {
        return;
    }
    if let Some(name) = &cluster.name {
        let is_address = name.parse::<std::net::IpAddr>().is_ok();
        let is_upper = name.bytes().any(|b| b.is_ascii_uppercase());
        if is_address || is_upper || !name.contains('.') {
            sink.report(
                Diagnostic::error(Code::InvalidValue, format!("`{name}` can not be the name of a kops cluster"))
                    .origin(name.origin, "kops takes full DNS names")
                    .help("write a lower-case DNS name below a zone of yours, for example `shop.k8s.example.com`"),
            );
        }
    }
    if let Some(identity) = cluster.identity.filter(|one| one.value == Identity::PodIdentity) {
        sink.report(
            Diagnostic::error(Code::Conflict, "a kops cluster has no EKS Pod Identity")
                .origin(identity.origin, "the agent of it asks EKS for credentials")
                .help("write `identity = \"irsa\"`, which is the default with kops"),
        );
    }
}

/// What `gp3` volumes can be (<https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html>).
fn volumes(class: &StorageClass, sink: &mut Sink) {
    const IOPS: std::ops::RangeInclusive<u32> = 3_000..=80_000;
    const THROUGHPUT: std::ops::RangeInclusive<u32> = 125..=2_000;
    if let Some(iops) = class.iops.as_ref().filter(|iops| !IOPS.contains(&iops.value)) {
        sink.report(
            Diagnostic::error(
                Code::InvalidValue,
                format!("a `gp3` volume can not have {iops} iops"),
            )
            .origin(iops.origin, "")
            .help("write 3000 to 80000"),
        );
        return;
    }
    let Some(throughput) = &class.throughput else { return };
    let iops = class.iops.as_ref().map_or(*IOPS.start(), |iops| iops.value);
    if !THROUGHPUT.contains(&throughput.value) {
        sink.report(
            Diagnostic::error(
                Code::InvalidValue,
                format!("a `gp3` volume can not have a throughput of {throughput} MiB/s"),
            )
            .origin(throughput.origin, "")
            .help("write 125 to 2000"),
        );
    } else if throughput.value > iops / 4 {
        let needed = throughput.value * 4;
        sink.report(
            Diagnostic::error(
                Code::InvalidValue,
                format!("a throughput of {throughput} MiB/s needs more than {iops} iops"),
            )
            .origin(throughput.origin, "a `gp3` volume has at most one MiB/s for four iops")
            .help(format!("write `iops = {needed}`, or `throughput = {}`", iops / 4)),
        );
    }
}

/// Rights in a cloud are given by somebody.
fn rights(cluster: &Cluster, own: &ServiceAccount, sink: &mut Sink) {
    let Some(origin) = own.cloud_rights() else { return };
    let policy = own.policies.first();
    if let (Some(role), Some(policy)) = (&own.role, policy) {
        sink.report(
            Diagnostic::error(Code::Conflict, "an account with both `role` and `policies`")
                .origin(policy.origin, "")
                .origin(role.origin, "")
                .help("write the policies of a role of your own in AWS, and `role` alone"),
        );
    }
    if let (Some(role), Some(name)) = (&own.role, &own.identity) {
        sink.report(
            Diagnostic::error(Code::Conflict, "an account with both `role` and `identity`")
                .origin(name.origin, "")
                .origin(role.origin, "")
                .help("remove one of them: they say the same"),
        );
    }
    if let Some((key, annotation)) = annotation(&own.annotations) {
        sink.report(
            Diagnostic::error(Code::Conflict, format!("`{key}` is written by hand"))
                .origin(annotation.origin, "")
                .origin(origin, "says it, too")
                .help("remove the annotation: it is written where the cluster reads it"),
        );
    }
    if let (Some(name), Some(identity)) = (&own.identity, cluster.identity())
        && !identity.takes(name)
    {
        let message = format!("`{}` knows no `{name}`", identity.as_str());
        let mut diagnostic = Diagnostic::error(Code::Conflict, message).origin(name.origin, "");
        if let Some(written) =
            cluster.identity.map(|one| one.origin).or(cluster.provider.map(|one| one.origin))
        {
            diagnostic = diagnostic.origin(written, "");
        }
        sink.report(
            diagnostic.help(format!("write for example `identity = \"{}\"`", identity.example())),
        );
        return;
    }
    let of_aws = own.identity.is_none();
    let identity = cluster.identity().filter(|identity| !of_aws || identity.is_of_aws());
    if identity.is_none() && !of_aws {
        sink.report(
            Diagnostic::error(Code::MissingField, "nobody gives pods rights in a cloud in this stage")
                .origin(origin, "asks for them")
                .help("add `cluster.provider`, or `cluster.identity`; or write it in the stages of the cloud"),
        );
        return;
    }
    let of_kops = cluster.provider.map(|provider| provider.value) == Some(Provider::Kops);
    if identity.is_none() {
        sink.report(
            Diagnostic::error(Code::MissingField, "nobody gives pods rights in AWS in this stage")
                .origin(origin, "asks for them")
            .help("add `cluster.provider = \"kops\"` or `\"eks\"`, or write it in the stages on AWS"),
        );
    } else if let Some(policy) = policy.filter(|_| !of_kops && own.role.is_none()) {
        sink.report(
            Diagnostic::error(Code::Conflict, "only kops makes a role of policies")
                .origin(policy.origin, "")
                .help("make a role with them in AWS and write `role = \"arn:aws:iam::…:role/…\"`"),
        );
    }
}

/// An annotation by hand that names what an account is in a cloud.
fn annotation(annotations: &Metadata) -> Option<(&str, &Sourced<String>)> {
    use Identity::{AksWorkloadIdentity, GkeWorkloadIdentity, Irsa, PodIdentity};
    let all = [Irsa, PodIdentity, GkeWorkloadIdentity, AksWorkloadIdentity];
    let known: Vec<&str> = all.into_iter().filter_map(Identity::annotation).collect();
    let mut found = annotations.iter().filter(|(key, _)| known.contains(&key.value.as_str()));
    found.next().map(|(key, value)| (key.value.as_str(), value))
}
