//! The object that is asked for, in kubectl's words.

use seaway_core::suggest;

use super::{NoAnswer, Question};
use crate::against::left::stem;
use crate::object::{group, id, namespace};
use crate::{Bundle, Object};

/// Short names that kubectl takes (<https://kubernetes.io/docs/reference/kubectl/#resource-types>).
const SHORT: [(&str, &str); 18] = [
    ("cj", "CronJob"),
    ("cm", "ConfigMap"),
    ("deploy", "Deployment"),
    ("ds", "DaemonSet"),
    ("hpa", "HorizontalPodAutoscaler"),
    ("ing", "Ingress"),
    ("limits", "LimitRange"),
    ("netpol", "NetworkPolicy"),
    ("ns", "Namespace"),
    ("pc", "PriorityClass"),
    ("pdb", "PodDisruptionBudget"),
    ("po", "Pod"),
    ("pv", "PersistentVolume"),
    ("pvc", "PersistentVolumeClaim"),
    ("quota", "ResourceQuota"),
    ("sa", "ServiceAccount"),
    ("sts", "StatefulSet"),
    ("svc", "Service"),
];

/// The object of a stage that a question names.
pub(super) fn object<'a>(bundle: &'a Bundle, question: &Question) -> Result<&'a Object, NoAnswer> {
    let asked = &question.object;
    let Some((kind, name)) =
        asked.split_once('/').filter(|(kind, name)| !kind.is_empty() && !name.is_empty())
    else {
        let message = format!("`{asked}` names no object");
        let help = called(bundle, asked).unwrap_or_else(|| {
            "write kind and name as kubectl prints them: `Deployment/web`".to_owned()
        });
        return Err(NoAnswer::unknown(message, Some(help)));
    };
    let (kind, group) = split_kind(kind);
    let wanted = |object: &&Object| {
        is_kind(object, kind)
            && group.is_none_or(|wanted| self::group(object.body.api_version()) == wanted)
            && question.namespace.as_deref().is_none_or(|wanted| namespace(object) == wanted)
    };
    let of_kind: Vec<&Object> = bundle.objects.iter().filter(wanted).collect();
    let is_named = |object: &&&Object| object.body.name().eq_ignore_ascii_case(name);
    let mut found: Vec<&Object> = of_kind.iter().filter(is_named).copied().collect();
    if found.is_empty() {
        // The name without the hash of the content that it ends in.
        let is_stem = |object: &&&Object| {
            stem(id(object)).is_some_and(|(_, _, (_, stem))| stem.eq_ignore_ascii_case(name))
        };
        found = of_kind.iter().filter(is_stem).copied().collect();
    }
    if found.is_empty() {
        // The name that the stack has for it.
        let is_bare = |object: &&&Object| {
            let (_, _, (_, name_of)) = stem(id(object)).unwrap_or(id(object));
            bundle.stack.prefix.bare(name_of).is_some_and(|bare| bare.eq_ignore_ascii_case(name))
        };
        found = of_kind.iter().filter(is_bare).copied().collect();
    }
    match found[..] {
        [one] => Ok(one),
        [] => Err(unknown(bundle, question, name, &of_kind)),
        _ => Err(ambiguous(asked, &found)),
    }
}

/// The kind or resource, and the API group if one is written: `deployments.v1.apps` has a version, too.
fn split_kind(written: &str) -> (&str, Option<&str>) {
    let Some((kind, group)) = written.split_once('.') else { return (written, None) };
    let is_version = |word: &str| {
        word.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    let unversioned = group.split_once('.').filter(|(version, _)| is_version(version));
    (kind, Some(unversioned.map_or(group, |(_, group)| group)))
}

/// Whether a kind goes by a word: its name, its plural or what kubectl shortens it to.
fn is_kind(object: &Object, word: &str) -> bool {
    let kind = object.body.kind().to_lowercase();
    let word = word.to_lowercase();
    // As the API names resources: `ingresses`, `networkpolicies`, `gateways`.
    let plural = match kind.strip_suffix('y') {
        Some(short) if !short.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{short}ies"),
        _ if kind.ends_with(['s', 'x']) || kind.ends_with("ch") => format!("{kind}es"),
        _ => format!("{kind}s"),
    };
    let short = SHORT.iter().find(|(short, _)| *short == word);
    word == kind
        || word == plural
        || short.is_some_and(|(_, known)| known.eq_ignore_ascii_case(&kind))
}

fn ids<'a>(objects: impl Iterator<Item = &'a Object>) -> Vec<String> {
    objects.map(Object::id).collect()
}

/// The objects of a name.
fn called(bundle: &Bundle, name: &str) -> Option<String> {
    let found = ids(bundle.objects.iter().filter(|object| object.body.name() == name));
    match &found[..] {
        [] => None,
        [one] => Some(format!("did you mean `{one}`?")),
        several => Some(format!("objects of that name are {}", suggest::quoted_list(several))),
    }
}

fn unknown(bundle: &Bundle, question: &Question, name: &str, of_kind: &[&Object]) -> NoAnswer {
    let asked = &question.object;
    let stage = &bundle.stack.stage;
    let place = question.namespace.as_ref();
    let place = place.map(|name| format!(" in namespace `{name}`")).unwrap_or_default();
    let message = format!("stage `{stage}` has no object `{asked}`{place}");
    let help = if of_kind.is_empty() {
        let all = ids(bundle.objects.iter());
        let near = suggest::nearest(asked, all.iter().map(String::as_str));
        let kinds = bundle.objects.iter().map(|object| object.body.kind());
        let kind = asked.split('/').next().unwrap_or_default();
        // The kind is misspelt, or another one has the name.
        near.map(|near| format!("did you mean `{near}`?"))
            .or_else(|| called(bundle, name))
            .or_else(|| suggest::nearest_or_all(kind, kinds))
    } else {
        let names: Vec<String> = ids(of_kind.iter().copied());
        let kind = of_kind.first().map(|object| object.body.kind()).unwrap_or_default();
        suggest::nearest_or_all(&format!("{kind}/{name}"), names.iter().map(String::as_str))
    };
    NoAnswer::unknown(message, help)
}

fn ambiguous(asked: &str, found: &[&Object]) -> NoAnswer {
    let spaces: Vec<&str> = found.iter().map(|object| namespace(object)).collect();
    let is_by_group = spaces.windows(2).all(|pair| pair[0] == pair[1]);
    let (what, help) = if is_by_group {
        let full = |object: &&Object| {
            let (group, kind, (_, name)) = id(object);
            format!("{kind}.{group}/{name}")
        };
        let full: Vec<String> = found.iter().map(full).collect();
        (format!("they are {}", suggest::quoted_list(&full)), full.first().cloned())
    } else {
        let first = spaces.first().map(|name| format!("--namespace {name}"));
        (format!("the namespaces are {}", suggest::quoted_list(&spaces)), first)
    };
    NoAnswer::Unknown {
        message: format!("{} objects are called `{asked}`", found.len()),
        notes: vec![what],
        help: help.map(|help| format!("say which one: `{help}`")),
    }
}
