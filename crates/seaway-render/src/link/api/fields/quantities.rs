//! Amounts: each is one that Kubernetes reads, is not below nothing, and is not finer than what it counts.

use super::super::amount::Amount;
use super::report::Report;
use super::walk::Place;

/// A thousandth, in billionths.
const MILLI: i128 = 1_000_000;

/// What an amount is an amount of.
#[derive(Clone, Copy, PartialEq)]
enum Of {
    Cpu,
    Bytes,
    Things,
    Unknown,
}

/// By the key of the resource: in requests and limits, in the hard limits of quotas, in capacities.
fn of(key: &str) -> Of {
    let plain =
        key.strip_prefix("requests.").or_else(|| key.strip_prefix("limits.")).unwrap_or(key);
    match plain {
        "cpu" => Of::Cpu,
        "memory" | "storage" | "ephemeral-storage" | "sizeLimit" => Of::Bytes,
        "pods"
        | "services"
        | "secrets"
        | "configmaps"
        | "persistentvolumeclaims"
        | "replicationcontrollers"
        | "resourcequotas"
        | "services.loadbalancers"
        | "services.nodeports" => Of::Things,
        _ if plain.starts_with("hugepages-")
            || plain.ends_with("storageclass.storage.k8s.io/requests.storage") =>
        {
            Of::Bytes
        }
        // Extended resources and counts of objects of a kind.
        _ if plain.contains('/') => Of::Things,
        _ => Of::Unknown,
    }
}

/// `ValidateResourceQuantityValue` of `pkg/apis/core/validation`; cpu is finer than a thousandth and memory than a byte
/// only by mistake: <https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#resource-units-in-kubernetes>.
pub(super) fn check(text: &str, positive: bool, place: &Place<'_>, report: &mut Report<'_>) {
    let of = of(place.key());
    let Some(amount) = Amount::parse(text) else {
        let help = advice(text, of);
        report.amount(place, format!("`{text}` is no quantity"), help);
        return;
    };
    if amount < Amount::ZERO {
        let help = format!(
            "write `{}`, or another amount that is not negative",
            text.trim_start_matches('-')
        );
        report.amount(place, format!("`{text}` is less than nothing"), help);
    } else if positive && amount == Amount::ZERO {
        report.amount(
            place,
            format!("`{text}` is nothing at all"),
            "write an amount above 0".to_owned(),
        );
    } else if of == Of::Cpu && !amount.is_multiple_of(MILLI) {
        let message = format!("`{text}` of cpu is finer than a thousandth");
        report.amount(place, message, format!("write whole thousandths: `{amount}`"));
    } else if of == Of::Bytes && !amount.is_whole() {
        let message = format!("`{text}` is no whole number of bytes");
        let help = match text.strip_suffix('m') {
            Some(number) => format!("`m` stands for thousandths; did you mean `{number}Mi`?"),
            None => "write whole bytes, or a unit: `Ki`, `Mi`, `Gi`".to_owned(),
        };
        report.amount(place, message, help);
    } else if of == Of::Things && !amount.is_whole() {
        let message = format!("`{text}` of `{}`, which is counted in whole ones", place.key());
        report.amount(place, message, "write a whole number".to_owned());
    }
}

/// What was most likely meant.
fn advice(text: &str, of: Of) -> String {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let number: String =
        plain.chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ',')).collect();
    let unit = plain[number.len()..].to_ascii_lowercase();
    let number = number.replace(',', ".");
    let unit = match (unit.as_str(), of) {
        ("k" | "kb", _) => "k",
        ("ki" | "kib", _) => "Ki",
        ("mb", _) => "M",
        ("mi" | "mib", _) => "Mi",
        ("g" | "gb", _) => "G",
        ("gi" | "gib", _) => "Gi",
        ("t" | "tb", _) => "T",
        ("ti" | "tib", _) => "Ti",
        ("" | "b" | "byte" | "bytes", _) | ("core" | "cores" | "cpu" | "cpus", Of::Cpu) => "",
        ("millicore" | "millicores" | "milli", Of::Cpu) => "m",
        _ => return examples(of),
    };
    let meant = format!("{number}{unit}");
    if Amount::parse(&meant).is_some() { format!("did you mean `{meant}`?") } else { examples(of) }
}

fn examples(of: Of) -> String {
    match of {
        Of::Cpu => "write cores, `2`, or thousandths of a core, `500m`",
        Of::Bytes => "write a number and a unit: `512Mi`, `10Gi`",
        Of::Things => "write a whole number",
        Of::Unknown => "write a number, perhaps with a unit: `500m`, `2`, `512Mi`, `10Gi`",
    }
    .to_owned()
}
