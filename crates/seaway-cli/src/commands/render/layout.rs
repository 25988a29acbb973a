//! What is rendered into a folder: objects alone, or with what Argo CD or Flux needs to apply them.

use std::path::{Component, Path};

use seaway_core::shell::{Command, command};
use seaway_render::layout::{Fault, Place, Tool};

use crate::args;
use crate::messages::{Message, Report, USAGE};

/// What comes out.
pub(super) enum Form {
    /// One stream of objects.
    Stream,
    /// One file an object.
    Files,
    /// The same in a folder, and the objects of a tool beside it.
    Layout(Tool, Place),
}

impl Form {
    /// What the command line asks for, or what is wrong with it.
    pub(super) fn of(args: &args::Render) -> Result<Self, Report> {
        let Some(out) = &args.out else { return Ok(Self::Stream) };
        let Some(layout) = args.layout else { return Ok(Self::Files) };
        let tool = match layout {
            args::Layout::Argocd => Tool::ArgoCd,
            args::Layout::Flux => Tool::Flux,
        };
        let path = match &args.path {
            Some(path) => path.clone(),
            None => path_of(out).ok_or_else(|| no_path(out))?,
        };
        let repo_url = args.repo_url.clone().unwrap_or_default();
        let place = Place { repo_url, path, revision: args.revision.clone() };
        match place.fault(tool) {
            None => Ok(Self::Layout(tool, place)),
            Some(fault) => Err(message(fault, &place).into()),
        }
    }

    /// The form of a stage of a stack, which has a folder of its own.
    pub(super) fn below(&self, stack: &str, stage: &str) -> Self {
        match self {
            Self::Stream => Self::Stream,
            Self::Files => Self::Files,
            Self::Layout(tool, place) => {
                let path = format!("{}/{stack}/{stage}", place.path);
                Self::Layout(*tool, Place { path, ..place.clone() })
            }
        }
    }
}

/// The flags as a command line has them.
pub(super) fn words(args: &args::Render) -> Vec<Command> {
    let Some(layout) = args.layout else { return Vec::new() };
    let revision = Some(&args.revision).filter(|revision| *revision != "main");
    let flags = [
        ("--layout {}", Some(layout.flag())),
        ("--repo-url {}", args.repo_url.as_deref()),
        ("--path {}", args.path.as_deref()),
        ("--revision {}", revision.map(String::as_str)),
    ];
    flags.into_iter().filter_map(|(flag, value)| Some(command(flag, &[&value?]))).collect()
}

/// A relative path that stays below the current folder, with `/` between its parts.
fn path_of(out: &Path) -> Option<String> {
    let parts = out.components().filter(|part| *part != Component::CurDir).map(|part| match part {
        Component::Normal(part) => part.to_str(),
        _ => None,
    });
    Some(parts.collect::<Option<Vec<_>>>()?.join("/"))
}

fn no_path(out: &Path) -> Message {
    let text = format!("where in the repository is `{}`?", out.display());
    Message::error(USAGE, text)
        .note("the tool finds the folder by its path from the root of the repository")
        .help("add it, for example `--path deploy`")
}

fn message(fault: Fault, place: &Place) -> Message {
    let Place { repo_url, path, revision } = place;
    match fault {
        Fault::NoUrl => {
            Message::error(USAGE, format!("`{}` is not a URL", repo_url.escape_debug()))
                .help("write one, for example `--repo-url https://github.com/acme/shop.git`")
        }
        Fault::NotForFlux => {
            Message::error(USAGE, format!("Flux does not take the URL `{repo_url}`"))
                .note("a `GitRepository` takes `https://`, `http://` and `ssh://` only")
                .help(ssh_form(repo_url))
        }
        Fault::Outside => {
            let path = path.escape_debug();
            Message::error(USAGE, format!("`{path}` is not a path in the repository"))
                .help("write it from the root of the repository, for example `--path deploy`")
        }
        Fault::NoRevision => {
            let revision = revision.escape_debug();
            Message::error(USAGE, format!("`{revision}` is not a revision of Git"))
                .help("write a branch, a commit or a full reference: `--revision refs/tags/v1.2.0`")
        }
    }
}

/// The flag for a URL in the short form of SSH, `git@github.com:acme/shop.git`.
fn ssh_form(url: &str) -> String {
    let url = match url.split_once(':') {
        Some((host, path)) if host.contains('@') && !path.starts_with('/') => {
            format!("ssh://{host}/{path}")
        }
        _ => "https://github.com/acme/shop.git".to_owned(),
    };
    format!("write `{}`", command("--repo-url {}", &[&url]))
}
