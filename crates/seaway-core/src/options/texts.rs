//! The texts of a component in which references stand.

use super::Metadata;
use super::common::{Mount, Pod, Probe, ProbeSetting, Probes, ServiceAccountSetting, Shared};
use super::container::Container;
use super::expose::Expose;
use crate::Sourced;
use crate::values::{Name, UrlPath};

/// A text, and what stands for a secret in it.
#[derive(Debug)]
pub enum Text<'a> {
    /// A word of a command or of its arguments: `$(VARIABLE)` is a variable of the container.
    Word(&'a mut Sourced<String>),
    /// Text that is written out.
    Plain(Place, &'a mut Sourced<String>),
    /// The path of a request.
    Path(&'a mut Sourced<UrlPath>),
}

impl Text<'_> {
    /// The text as written.
    pub(crate) fn written(&self) -> &str {
        match self {
            Self::Word(text) | Self::Plain(_, text) => &text.value,
            Self::Path(path) => &path.value,
        }
    }
}

/// Where a text stands that is written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The value of a label.
    Label,
    /// The value of an annotation.
    Annotation,
    /// The name of a queue.
    Queue,
    /// The path of a request.
    Path,
    /// A word of a probe's command.
    ProbeCommand,
    /// The value of a header that a probe sends.
    Header,
    /// A word of the command that says whether the migrations are there.
    CheckCommand,
    /// A setting of a server.
    Setting,
    /// A text of a config.
    Config,
    /// A name that others know the component by, or a part of one: it is resolved before the components are known.
    Early,
}

/// The container that reads a text.
#[derive(Debug, Clone, Copy)]
pub struct Beside<'a> {
    /// Its name.
    pub name: &'a Name,
    /// Whether it runs the image of its component.
    pub is_app: bool,
}

/// Is called with each text, and with the sidecar or init container that reads it; `None` for the main container and for what
/// no container reads.
pub type Visit<'v> = dyn FnMut(Option<Beside<'_>>, Text<'_>) + 'v;

/// Visits the words of a command.
pub(super) fn words(command: &mut [Sourced<String>], visit: &mut Visit<'_>) {
    for word in command {
        visit(None, Text::Word(word));
    }
}

/// Visits texts that are written out.
pub(super) fn plain<'a>(
    place: Place,
    texts: impl IntoIterator<Item = &'a mut Sourced<String>>,
    visit: &mut Visit<'_>,
) {
    for text in texts {
        visit(None, Text::Plain(place, text));
    }
}

/// Visits texts that are resolved before the components are known.
pub(super) fn early<'a>(
    texts: impl IntoIterator<Item = &'a mut Sourced<String>>,
    visit: &mut Visit<'_>,
) {
    plain(Place::Early, texts, visit);
}

/// Visits what all components with pods have.
pub(super) fn of_pod(pod: &mut Pod, visit: &mut Visit<'_>) {
    of_probes(&mut pod.probes, None, visit);
    for container in &mut pod.init_containers {
        of_container(&mut container.value, visit);
    }
}

fn of_container(container: &mut Container, visit: &mut Visit<'_>) {
    let is_app = container.image.is_none();
    let beside = Some(Beside { name: &container.name.value, is_app });
    for word in container.command.iter_mut().chain(&mut container.args) {
        visit(beside, Text::Word(word));
    }
    of_probes(&mut container.probes, beside, visit);
    of_mounts(container.mounts.values_mut(), beside, visit);
}

/// Visits the folders of volumes that are mounted.
fn of_mounts<'a>(
    mounts: impl Iterator<Item = &'a mut Sourced<Mount>>,
    beside: Option<Beside<'_>>,
    visit: &mut Visit<'_>,
) {
    for folder in mounts.filter_map(|mount| mount.value.sub_path.as_mut()) {
        visit(beside, Text::Plain(Place::Setting, folder));
    }
}

fn of_probes(probes: &mut Probes, beside: Option<Beside<'_>>, visit: &mut Visit<'_>) {
    let Probes { startup, readiness, liveness } = probes;
    for setting in [startup, readiness, liveness].into_iter().flatten() {
        let ProbeSetting::Probe(probe) = &mut setting.value else { continue };
        let Probe { path, command, headers, .. } = &mut **probe;
        if let Some(path) = path {
            visit(beside, Text::Path(path));
        }
        for word in command {
            visit(beside, Text::Plain(Place::ProbeCommand, word));
        }
        for value in headers.values_mut() {
            visit(beside, Text::Plain(Place::Header, value));
        }
    }
}

/// Visits what an exposure says.
pub(super) fn exposed(expose: Option<&mut Sourced<Expose>>, visit: &mut Visit<'_>) {
    let Some(expose) = expose else { return };
    match &mut expose.value {
        Expose::ClusterIp(_) | Expose::NodePort(_) => {}
        Expose::LoadBalancer(balancer) => annotated(&mut balancer.annotations, visit),
        Expose::Ingress(ingress) => annotated(&mut ingress.annotations, visit),
        Expose::Gateway(gateway) => annotated(&mut gateway.annotations, visit),
        Expose::Route(route) => annotated(&mut route.annotations, visit),
        Expose::Alb(alb) => {
            annotated(&mut alb.annotations, visit);
            annotated(&mut alb.target_group_attributes, visit);
            if let Some(path) = &mut alb.health_check.path {
                visit(None, Text::Path(path));
            }
        }
    }
}

/// Visits the values of annotations.
fn annotated(annotations: &mut Metadata, visit: &mut Visit<'_>) {
    plain(Place::Annotation, annotations.values_mut(), visit);
}

impl Shared {
    /// Visits the texts in which references stand of what `[app]` and the component say together.
    pub(crate) fn visit_texts(&mut self, visit: &mut Visit<'_>) {
        plain(Place::Label, self.labels.values_mut(), visit);
        annotated(&mut self.annotations, visit);
        annotated(&mut self.object_annotations, visit);
        annotated(&mut self.service_annotations, visit);
        if let Some(account) = &mut self.service_account
            && let ServiceAccountSetting::Own(own) = &mut account.value
        {
            annotated(&mut own.annotations, visit);
        }
        of_mounts(self.mounts.values_mut(), None, visit);
        for container in &mut self.sidecars {
            of_container(&mut container.value, visit);
        }
    }
}
