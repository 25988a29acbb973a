//! What a person has to know and do beside the objects of a cluster.

use seaway_core::Stack;
use seaway_core::options::Cni;

use super::known::{Known, roles};
use super::needs::Needs;
use super::versions;

/// What a person has to know and do beside the objects.
pub(super) fn notes(stack: &Stack, known: &Known<'_>, needs: &Needs) -> Vec<String> {
    let Known { name, region, .. } = *known;
    let (of_kops, bucket) = (versions::KOPS_MINOR, known.issuer_bucket());
    let mut notes = vec![
        format!("What stage `{}` of `{}` assumes, for kops 1.{of_kops}:", stack.stage, stack.name),
        "  seaway cluster … | kops create --state s3://STATE -f -".to_owned(),
        format!("  kops update cluster --state s3://STATE --name {name} --yes --admin"),
        String::new(),
        format!(
            "The bucket {bucket} lies in {region} and everybody may read it: AWS takes the keys from there"
        ),
        "that tokens of pods are signed with. No secret is in it.".to_owned(),
    ];
    if stack.cluster.api_access.is_empty() {
        notes.push(String::new());
        notes.push("Everybody reaches the API server, and needs a certificate. `cluster.api-access` narrows it.".to_owned());
    }
    if known.cni == Cni::AmazonVpc {
        notes.push(String::new());
        notes.push("Nothing enforces the network policies of the stage: kops has no controller for them with".to_owned());
        notes.push(
            "`amazon-vpc` (kubernetes/kops#15837). `cluster.cni = \"cilium-eni\"` has.".to_owned(),
        );
    }
    let roles: Vec<_> = roles(stack).collect();
    if !roles.is_empty() {
        notes.push(String::new());
        notes.push(format!("Roles that have to trust https://{bucket}.s3.{region}.amazonaws.com:"));
        for (account, role) in roles {
            let subject = format!("system:serviceaccount:{}:{account}", stack.namespace);
            notes.push(format!("  {role} for {subject}"));
        }
    }
    if !needs.operators.is_empty() {
        notes.push(String::new());
        notes.push("What the stage needs and kops does not bring along:".to_owned());
        for operator in &needs.operators {
            notes.push(format!("  {}:", operator.name));
            notes.push(format!("    {}", operator.install));
        }
    }
    for class in &needs.ingress_classes {
        notes.push(String::new());
        notes.push(format!("The stage needs a controller for Ingresses of class `{class}`."));
    }
    notes
}
