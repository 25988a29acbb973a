//! The containers of a pod: those that run one after another before it starts, and those that run as long as it does.
//!
//! An init container that is restarted (`restartPolicy: Always`) is a native sidecar: the next init container waits until
//! it has started, and it runs beside the main containers until all of them have ended
//! (<https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/>).

use k8s_openapi::api::core::v1::{Container, PodSpec};

/// The field of a pod that lists its init containers and native sidecars.
pub(crate) const INIT: &str = "initContainers";
/// The field of a pod that lists its main containers.
pub(crate) const MAIN: &str = "containers";
/// The policy that makes a native sidecar of an init container.
pub(crate) const ALWAYS: &str = "Always";

/// Whether an init container is a native sidecar.
pub(crate) fn is_sidecar(container: &Container) -> bool {
    container.restart_policy.as_deref() == Some(ALWAYS)
}

/// All containers of a pod, each with the list that it stands in.
pub(crate) fn all(spec: &PodSpec) -> impl Iterator<Item = (&'static str, &Container)> + Clone {
    let init = spec.init_containers.iter().flatten().map(|one| (INIT, one));
    init.chain(spec.containers.iter().map(|one| (MAIN, one)))
}

/// Those that run as long as the pod, each with the list that it stands in: the main ones, then the native sidecars.
pub(crate) fn running(spec: &PodSpec) -> impl Iterator<Item = (&'static str, &Container)> + Clone {
    spec.containers.iter().map(|one| (MAIN, one)).chain(sidecars(spec).map(|one| (INIT, one)))
}

/// The native sidecars of a pod, in the order in which they start.
pub(crate) fn sidecars(spec: &PodSpec) -> impl DoubleEndedIterator<Item = &Container> + Clone {
    spec.init_containers.iter().flatten().filter(|one| is_sidecar(one))
}
