//! Init containers of ours that run a script in the application's image.

use k8s_openapi::api::core::v1::Container;
use seaway_core::options::Resources;
use seaway_core::{Origin, Sourced};

use super::containers::{app_image, pull_policy, words};
use super::program::{Files, Source, Usage, Words, scratch};
use super::resources::resources;
use super::scripts::Script;
use super::volumes::{Mounts, Volumes, mounts_of};
use super::{Cx, env};
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
    /// Mounts beyond scratch, script and settings.
    pub mounts: Mounts,
    pub usage: Usage,
}

/// The container: it starts like any process of the image, so it reads the same environment and settings.
pub(super) fn container(
    cx: Cx<'_>,
    helper: Helper,
    volumes: &mut Volumes<'_>,
    origins: &mut Origins,
) -> Container {
    let Helper { name, origin, script, args, mounts: more, usage } = helper;
    let path = format!("initContainers[{name}]");
    origins.set(path.clone(), origin);
    let of_script = |word: String| Sourced { value: word, origin };
    let python = cx.part.project.interpreter().unwrap_or_else(|| of_script("python".to_owned()));
    let program = [python, of_script(format!("{SCRIPTS}/{}", script.file))];
    let files = Files {
        volume: script.config.into(),
        source: Source::Config(script.config.to_owned()),
        path: SCRIPTS.to_owned(),
    };
    let mut mounts = volumes.of_program(&[scratch("/tmp", 256, false)], &[files]);
    volumes.settings(&mut mounts, &cx.part.shared.mounts);
    volumes.authorities(&mut mounts, &cx.part.reads);
    volumes.secret_files(&mut mounts, &cx.part.env);
    mounts.extend(more);
    let image = app_image(cx);
    origins.set(joined(&[&path, ".image"]), image.origin);
    Container {
        name: name.to_owned(),
        image: Some(image.value),
        image_pull_policy: pull_policy(cx, &path, origins),
        command: words(program.into_iter().chain(args.0), "command", &path, origins),
        env: Some(env::variables(cx.stack, &cx.part.env, &path, origins)),
        env_from: Some(env::from(cx.stack, &cx.part.shared.env_from, &path, origins)),
        resources: Some(resources(
            &Resources::default(),
            usage,
            cx.stack.is_production(),
            &path,
            origins,
        )),
        volume_mounts: Some(mounts_of(mounts, &path, origins)),
        ..Container::default()
    }
}
