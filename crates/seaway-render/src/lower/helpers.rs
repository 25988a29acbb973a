//! Init containers of ours that run a script in the application's image.

use k8s_openapi::api::core::v1::Container;
use seaway_core::options::{Amounts, Resources};
use seaway_core::values::Quantity;
use seaway_core::{Origin, Sourced};

use super::containers::{Main, app_image, pull_policy, words};
use super::program::{Files, Source, Usage, Words};
use super::resources::resources;
use super::scripts::Script;
use super::volumes::{Mounts, Volumes, mounts_of};
use super::{Cx, env};
use crate::containers::INIT;
use crate::names::SCRIPTS;
use crate::object::{Origins, joined};

/// A script in a container of its own.
pub(super) struct Helper {
    /// Name of the container.
    pub name: &'static str,
    /// What asks for it.
    pub origin: Origin,
    pub script: &'static Script,
    /// Arguments of the script.
    pub args: Words,
    /// Mounts beyond those of the main container and the script.
    pub mounts: Mounts,
    /// The memory that the stack allows it; else it has what the main container has.
    pub memory: Option<Sourced<Quantity>>,
}

/// MiB that a helper may use where nobody says how much its component needs: it imports the project and its migrations,
/// for which `NetBox` 4.6 without plugins was measured to take 228.
const IMPORTED: u32 = 512;

/// The container: it starts like any process of the image, so it has the environment, mounts, cpu and memory of the main
/// container. That reserves nothing: a pod asks for the most that its init containers and its main ones need at a time
/// (<https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers>).
pub(super) fn container(
    cx: Cx<'_>,
    helper: Helper,
    main: &Main,
    volumes: &mut Volumes<'_>,
    origins: &mut Origins,
) -> Container {
    let Helper { name, origin, script, args, mounts: more, memory } = helper;
    let path = format!("{INIT}[{name}]");
    origins.set(path.clone(), origin);
    let of_script = |word: String| Sourced { value: word, origin };
    let python = cx.part.project.interpreter().unwrap_or_else(|| of_script("python".to_owned()));
    let program = [python, of_script(format!("{SCRIPTS}/{}", script.file))];
    let files = Files {
        volume: script.config.into(),
        source: Source::Config(cx.stack.prefix.text(script.config)),
        path: SCRIPTS.to_owned(),
    };
    // Files that only the main program reads are no part of it: the script lies where they do.
    let mut mounts = main.mounts.clone();
    mounts.extend(volumes.of_program(&[], &[files]));
    mounts.extend(more);
    let image = app_image(cx);
    origins.set(joined(&[&path, ".image"]), image.origin);
    let (written, usage) = amounts(main, memory);
    Container {
        name: name.to_owned(),
        image: Some(image.value),
        image_pull_policy: pull_policy(cx, &path, origins),
        command: words(program.into_iter().chain(args.0), "command", &path, origins),
        env: Some(env::variables(cx.stack, &cx.part.env, &path, origins)),
        env_from: Some(env::from(cx.stack, &cx.part.shared.env_from, &path, origins)),
        resources: Some(resources(&written, usage, cx.stack.limits_cpu(), &path, origins)),
        volume_mounts: Some(mounts_of(mounts, &path, origins)),
        ..Container::default()
    }
}

/// What a helper with an image of its own may use: where the main container has a limit of cpu, a quota may count it, and then every
/// container of the pod needs one.
pub(super) fn bounded_as(main: &Main) -> Resources {
    let limits = Amounts { cpu: main.resources.limits.cpu, ..Amounts::default() };
    Resources { limits, ..Resources::default() }
}

/// What a helper asks for and may use: what the main container does, but for the memory that the stack gives it.
fn amounts(main: &Main, memory: Option<Sourced<Quantity>>) -> (Resources, Usage) {
    let (mut written, mut usage) = (main.resources.clone(), main.usage);
    // What is never shared is for the program itself.
    written.requests.extended.clear();
    written.limits.extended.clear();
    match memory {
        Some(memory) => {
            written.limits.memory = Some(memory);
            let asked = &mut written.requests.memory;
            *asked = asked.map(|asked| if asked.value > memory.value { memory } else { asked });
        }
        None => usage.memory_limit = usage.memory_limit.max(IMPORTED),
    }
    (written, usage)
}
