//! Annotations of pods that their tools read on other objects.

use seaway_core::options::{Expose, Metadata};
use seaway_core::stack::Part;
use seaway_core::{Code, Diagnostic, Origin, Severity, Sink, suggest};

use super::super::index::{Index, fault};
use crate::object::joined;
use crate::{Body, Object};

/// Where a tool reads an annotation.
#[derive(Clone, Copy, PartialEq)]
enum Home {
    /// On each object that is applied, or on what makes the pods.
    Object,
    /// On a Service.
    Service,
    /// On an Ingress, or what else leads requests to the stack.
    Route,
    /// On a `ServiceAccount`.
    Account,
}

/// A family of annotations.
struct Family {
    /// What their keys begin with.
    prefix: &'static str,
    /// Those of them that stand on pods.
    of_pods: &'static [&'static str],
    home: Home,
    /// Who reads them.
    reader: &'static str,
    /// Where that is not all.
    note: Option<&'static str>,
}

impl Family {
    const fn new(prefix: &'static str, home: Home, reader: &'static str) -> Self {
        Self { prefix, of_pods: &[], home, reader, note: None }
    }
}

/// What is known of annotations that pods do not need, each with its source.
const FAMILIES: &[Family] = &[
    // <https://argo-cd.readthedocs.io/en/stable/user-guide/annotations-and-labels/>; one is for what is made of an object:
    // <https://argo-cd.readthedocs.io/en/stable/operator-manual/reconcile/#ignoring-updates-for-untracked-resources>.
    Family {
        of_pods: &["argocd.argoproj.io/ignore-resource-updates"],
        ..Family::new("argocd.argoproj.io/", Home::Object, "Argo CD")
    },
    // <https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources>.
    Family::new("kustomize.toolkit.fluxcd.io/", Home::Object, "Flux"),
    // <https://docs.stakater.com/reloader/1.4/reference/annotations.html>, and `ShouldReload` in
    // <https://github.com/stakater/Reloader/blob/master/pkg/common/common.go>.
    RELOADER,
    Family { prefix: "configmap.reloader.stakater.com/", ..RELOADER },
    Family { prefix: "secret.reloader.stakater.com/", ..RELOADER },
    // <https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/ingress/#annotations>.
    Family::new("traefik.ingress.kubernetes.io/service.", Home::Service, "Traefik"),
    Family::new("traefik.ingress.kubernetes.io/", Home::Route, "Traefik"),
    // <https://kubernetes-sigs.github.io/external-dns/latest/docs/annotations/annotations/>. The first is the prefix since 0.22.
    Family { prefix: "external-dns.kubernetes.io/", ..EXTERNAL_DNS },
    EXTERNAL_DNS,
    // <https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/>.
    Family::new("nginx.ingress.kubernetes.io/", Home::Route, "ingress-nginx"),
    // <https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/>.
    Family::new("alb.ingress.kubernetes.io/", Home::Route, "the AWS Load Balancer Controller"),
    // <https://kubernetes.io/docs/reference/labels-annotations-taints/>.
    Family::new(
        "service.beta.kubernetes.io/",
        Home::Service,
        "the cloud's controller of load balancers",
    ),
    // <https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html>.
    Family::new("eks.amazonaws.com/role-arn", Home::Account, "EKS"),
    // <https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity#kubernetes-sa-to-iam>.
    Family::new("iam.gke.io/gcp-service-account", Home::Account, "GKE"),
];
const RELOADER: Family = Family {
    note: Some("Reloader looks at pods only where the object has no annotation of it"),
    ..Family::new("reloader.stakater.com/", Home::Object, "Reloader")
};
const EXTERNAL_DNS: Family = Family {
    note: Some("ExternalDNS looks at pods only with `--source=pod`, or behind a headless Service"),
    ..Family::new("external-dns.alpha.kubernetes.io/", Home::Route, "ExternalDNS")
};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    of_pods(index, sink);
    of_no_service(index, sink);
}

/// What a component says for its Services has one to stand on.
fn of_no_service(index: &Index<'_>, sink: &mut Sink) {
    let said = |part: &Part| {
        let own = part.component.pod()?.shared.service_annotations.iter().next()?;
        Some(own.0.origin)
    };
    for (part, origin) in index.stack.parts.values().filter_map(|part| Some((part, said(part)?))) {
        let is_service = |object: &Object| {
            let owner = object.component.as_ref();
            matches!(object.body, Body::Service(_))
                && owner.is_some_and(|owner| owner.value == part.name.value)
        };
        if !index.objects.iter().any(is_service) {
            let message =
                format!("`{}` has no Service that `service-annotations` could stand on", part.name);
            sink.report(
                Diagnostic::warning(Code::UnreadAnnotation, message)
                    .origin(origin, "")
                    .help("remove them, or write them for the component that is called"),
            );
        }
    }
}

fn of_pods(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        let Some((template, path)) = object.body.pod_template() else { continue };
        let metadata = template.metadata.iter();
        for (key, value) in metadata.flat_map(|metadata| metadata.annotations.iter().flatten()) {
            let family = FAMILIES.iter().find(|family| key.starts_with(family.prefix));
            if let Some(family) = family.filter(|family| !family.of_pods.contains(&key.as_str())) {
                let path = joined(&[path, ".metadata.annotations.", key]);
                sink.report(unread(index, object, family, &path, (key, value)));
            }
        }
    }
}

fn unread(
    index: &Index<'_>,
    object: &Object,
    family: &Family,
    path: &str,
    (key, value): (&str, &str),
) -> Diagnostic {
    let on = match family.home {
        Home::Object => "the object that makes the pods",
        Home::Service => "the Service",
        Home::Route => "the Ingress or the Service",
        Home::Account => "the ServiceAccount",
    };
    let message =
        format!("`{key}` is an annotation of pods here, and {} reads it on {on}", family.reader);
    let mut diagnostic = fault(Code::UnreadAnnotation, object, path, message);
    diagnostic.severity = Severity::Warning;
    if let Some(note) = family.note {
        diagnostic = diagnostic.note(note);
    }
    let entry = format!("{} = {}", suggest::pasted(key), suggest::pasted(value));
    diagnostic.help(match Writer::of(index, object, key, object.origins.of(path)) {
        Writer::Object if family.home == Home::Object => {
            format!("write it in `metadata.annotations` of {}", object.id())
        }
        Writer::Object => format!("write it in `metadata.annotations` of {on}"),
        writer => format!("in its place, write `{}.{entry}`", writer.table(index, family.home)),
    })
}

/// Who writes an annotation of pods.
enum Writer<'a> {
    /// The whole stack.
    Everywhere,
    /// `[app]`.
    App,
    /// A component, by its name.
    Component(&'a str),
    /// A workload of monitoring, by the monitoring and by what it runs.
    Workload(&'a str, &'static str),
    /// An object of the user's own.
    Object,
}

impl<'a> Writer<'a> {
    fn of(index: &Index<'a>, object: &'a Object, key: &str, origin: Origin) -> Self {
        let stack = index.stack;
        let says = |entries: &Metadata| {
            entries.get(key).is_some_and(|value| value.origin == origin && origin.span().is_some())
        };
        if says(&stack.everywhere.pod_annotations) {
            return Self::Everywhere;
        }
        if says(&stack.app.shared.annotations) {
            return Self::App;
        }
        let part = object.component.as_ref().and_then(|name| stack.parts.get(&name.value));
        match part.map(|part| (part, part.monitor())) {
            Some((_, Some(monitor))) => Self::Workload(&monitor.of, monitor.role.program()),
            Some((part, None)) => Self::Component(&part.name),
            None => Self::Object,
        }
    }

    /// The table that it has to be written in, as in the file.
    fn table(&self, index: &Index<'_>, home: Home) -> String {
        let is_routed = |name: &str| {
            let part = index.stack.part(name);
            part.and_then(|part| part.expose()).is_some_and(|expose| match expose.value {
                Expose::Ingress(_) | Expose::Alb(_) | Expose::Gateway(_) | Expose::Route(_) => true,
                Expose::ClusterIp(_) | Expose::NodePort(_) | Expose::LoadBalancer(_) => false,
            })
        };
        let key = match (home, self) {
            (Home::Object, Self::Everywhere) => return "annotations".to_owned(),
            (Home::Object, _) => "object-annotations",
            (Home::Account, _) => "service-account.annotations",
            (Home::Route, Self::Component(name)) if is_routed(name) => "expose.annotations",
            (Home::Service | Home::Route, _) => "service-annotations",
        };
        match self {
            Self::Everywhere | Self::App | Self::Object => format!("app.{key}"),
            Self::Component(name) => format!("components.{name}.{key}"),
            Self::Workload(name, workload) => {
                format!("components.{name}.workloads.{workload}.{key}")
            }
        }
    }
}
