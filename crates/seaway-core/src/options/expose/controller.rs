//! Controllers: what serves an Ingress or a Gateway, as far as the stack, the class and the platform say.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Gateway, Ingress, Route};
use crate::Sourced;
use crate::options::cluster::{ClassField, ClassRow, Cluster, PlatformCallers};
use crate::options::reasons;
use crate::values::ClassName;

/// The annotation by which an Ingress named its class before `spec.ingressClassName`. The controller of GKE reads no other
/// (<https://cloud.google.com/kubernetes-engine/docs/concepts/ingress#deprecated_annotation>, kubernetes/ingress-gce#1891).
pub const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";

/// What serves an Ingress or a Gateway. Each controller reads annotations or objects of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Controller {
    /// ingress-nginx of the Kubernetes project, which the application routing of AKS is, too.
    Nginx,
    /// Traefik.
    Traefik,
    /// The Ingress controller of `HAProxy` Technologies.
    Haproxy,
    /// The router of OpenShift.
    Openshift,
    /// The load balancers of Google Cloud, by GKE.
    Gce,
}

impl Controller {
    /// The word of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Traefik => "traefik",
            Self::Haproxy => "haproxy",
            Self::Openshift => "openshift",
            Self::Gce => "gce",
        }
    }

    /// The controller that classes of a name usually have. A class of GKE is one on GKE alone.
    fn named(class: &str) -> Option<Self> {
        match class {
            "nginx" => Some(Self::Nginx),
            "traefik" => Some(Self::Traefik),
            "haproxy" => Some(Self::Haproxy),
            "openshift-default" => Some(Self::Openshift),
            _ => None,
        }
    }
}

impl Ingress {
    /// The name of its class: written as `class`, or by hand as the annotation.
    pub fn class_name(&self) -> Option<Sourced<&str>> {
        let written = self.class.as_ref().map(|class| class.as_ref().map(|name| &**name));
        written.or_else(|| {
            let mut all = self.annotations.iter();
            let (_, value) = all.find(|(key, _)| key.value == CLASS_ANNOTATION)?;
            Some(value.as_ref().map(String::as_str))
        })
    }

    /// What the platform of the cluster knows of its class.
    pub fn row(&self, cluster: &Cluster) -> Option<&'static ClassRow> {
        let class = self.class_name()?;
        let rows = cluster.platform().ingress_classes.value;
        rows.iter().find(|row| row.name == class.value)
    }

    /// Whether its controller looks for the class in the annotation.
    pub fn is_named_by_annotation(&self, cluster: &Cluster) -> bool {
        self.row(cluster).is_some_and(|row| row.named_by == ClassField::Annotation)
    }

    /// Whether its controller is that of GKE.
    pub fn is_gce(&self) -> bool {
        is_gce(self.controller)
    }

    /// Fills in the class that takes an Ingress without one, and the controller of the class. Who says where the
    /// controller runs has one that the platform does not know.
    pub(in crate::options) fn settle(&mut self, cluster: &Cluster) {
        let known = cluster.platform().ingress_classes;
        if self.class_name().is_none()
            && self.from_namespaces.is_empty()
            && self.controller.is_none()
            && let Some(row) = known.value.iter().find(|row| row.is_default)
            && let Ok(name) = ClassName::try_from(row.name.to_owned())
        {
            self.class = Some(Sourced::default_for(name, known.reason));
        }
        if self.controller.is_none() {
            let of_row =
                self.row(cluster).map(|row| Sourced::default_for(row.controller, known.reason));
            self.controller = of_row.or_else(|| {
                let controller = Controller::named(self.class_name()?.value)?;
                Some(Sourced::default_for(controller, &reasons::CONTROLLER_OF_CLASS))
            });
        }
    }
}

impl Route {
    /// What the platform knows of the routers.
    pub fn row(cluster: &Cluster) -> Option<&'static ClassRow> {
        let rows = cluster.platform().ingress_classes.value;
        rows.iter().find(|row| row.controller == Controller::Openshift)
    }
}

impl Gateway {
    /// What the platform of the cluster knows of its class. Of a Gateway that another stack has made the class is not
    /// known: it is taken for one that calls from a network of the team's own.
    pub fn row(&self, cluster: &Cluster) -> Option<&'static ClassRow> {
        let rows = cluster.platform().gateway_classes.value;
        match &self.class {
            Some(class) => rows.iter().find(|row| *row.name == *class.value),
            None if self.from_namespaces.is_empty() => rows
                .iter()
                .find(|row| matches!(row.callers.value, PlatformCallers::OwnNetworkAnd(_))),
            None => None,
        }
    }

    /// Whether its controller is that of GKE.
    pub fn is_gce(&self) -> bool {
        is_gce(self.controller)
    }

    /// Fills in the controller of its class.
    pub(in crate::options) fn settle(&mut self, cluster: &Cluster) {
        let reason = cluster.platform().gateway_classes.reason;
        let of_row = self.row(cluster).map(|row| Sourced::default_for(row.controller, reason));
        self.controller = self.controller.or(of_row);
    }
}

fn is_gce(controller: Option<Sourced<Controller>>) -> bool {
    controller.is_some_and(|controller| controller.value == Controller::Gce)
}
