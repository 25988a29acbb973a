//! A Git revision as a tree of files, by the `git` program. Nothing is checked out, and nothing is fetched.

mod show;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;

use seaway_core::shell;

use crate::files::{Kind, Outermost, Tree};
use crate::messages::{Message, Report};

use show::Show;

/// What messages about Git have for a code.
const GIT: &str = "git";
/// Most symbolic links that lead to each other: what Linux follows
/// (<https://man7.org/linux/man-pages/man7/path_resolution.7.html>).
const MOST_LINKS: usize = 40;

/// A revision in Git's own spelling: `main:`, `main:./`, `HEAD~1:stacks/shop`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spelling {
    /// The revision, in front of the colon.
    pub(crate) revision: String,
    /// The path behind it: from the root of the repository, or with `./` or `../` from the current folder.
    pub(crate) path: String,
}

impl Spelling {
    /// Takes an argument apart, if it names a revision: it has a colon. A file with a colon in its name is written as `./a:b`, so
    /// that no file which somebody adds can take the place of a revision.
    pub(crate) fn of(argument: &Path) -> Option<Self> {
        let is_path =
            argument.has_root() || argument.starts_with(".") || argument.starts_with("..");
        if is_path {
            return None;
        }
        // `main@{upstream}:` and `:/text` have colons of their own: the path is what follows the last one outside of braces.
        let text = argument.to_str()?;
        let mut depth = 0_usize;
        let at = text.char_indices().find(|(_, c)| {
            match c {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            *c == ':' && depth == 0
        })?;
        let (revision, path) = (&text[..at.0], &text[at.0 + 1..]);
        (!revision.is_empty())
            .then(|| Self { revision: revision.to_owned(), path: path.to_owned() })
    }
}

/// The files of one revision.
#[derive(Debug)]
pub(crate) struct Revision {
    /// How messages call it, with a colon at the end.
    name: String,
    /// Files and links by their path from the root.
    entries: BTreeMap<PathBuf, Entry>,
    show: Mutex<Show>,
}

#[derive(Debug, Clone)]
struct Entry {
    object: String,
    is_link: bool,
    /// A commit of another repository, which this one does not have.
    is_submodule: bool,
}

/// Where a revision is, on this machine and in itself.
#[derive(Debug)]
pub(crate) struct Found {
    /// The revision.
    pub(crate) tree: Revision,
    /// The path in it, from its root.
    pub(crate) path: PathBuf,
    /// The same place in the working tree, as the command line would name it.
    pub(crate) working: PathBuf,
}

/// Looks a revision up.
pub(crate) fn find(spelling: &Spelling) -> Result<Found, Report> {
    let top = run(&["rev-parse", "--show-toplevel"]).map_err(|error| not_here(spelling, &error))?;
    let prefix =
        run(&["rev-parse", "--show-prefix"]).map_err(|error| not_here(spelling, &error))?;
    let (top, prefix) = (PathBuf::from(line(&top)), PathBuf::from(line(&prefix)));
    let commit = format!("{}^{{commit}}", spelling.revision);
    let commit = run(&["rev-parse", "--verify", "--quiet", "--end-of-options", &commit])
        .map_err(|error| unknown(spelling, &error))?;
    let listed = run(&["ls-tree", "-r", "-z", "--full-tree", line(&commit)])
        .map_err(|error| failed(spelling, &error))?;
    let is_relative = matches!(spelling.path.split('/').next(), Some("." | ".."));
    let path =
        if is_relative { prefix.join(&spelling.path) } else { PathBuf::from(&spelling.path) };
    let path = normal(&path).ok_or_else(|| outside(spelling))?;
    let working =
        if is_relative { PathBuf::from(&spelling.path) } else { below(&prefix, &top, &path) };
    let show = Show::start(&top).map_err(|error| failed(spelling, &Failure::NotRun(error)))?;
    let tree = Revision {
        name: format!("{}:", spelling.revision),
        entries: entries(&listed),
        show: Mutex::new(show),
    };
    Ok(Found { tree, path, working })
}

/// A path of the repository as the current folder sees it: relative where it lies below, else from the root.
fn below(prefix: &Path, top: &Path, path: &Path) -> PathBuf {
    match path.strip_prefix(prefix) {
        Ok(rest) if rest.as_os_str().is_empty() => PathBuf::from("."),
        Ok(rest) => rest.to_owned(),
        Err(_) => top.join(path),
    }
}

/// A path without `.` and `..`; `None` if it leads above its root.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => out.push(name),
            Component::ParentDir if !out.pop() => return None,
            Component::ParentDir
            | Component::CurDir
            | Component::RootDir
            | Component::Prefix(_) => {}
        }
    }
    Some(out)
}

/// `mode type object<TAB>path<NUL>`, over and over.
fn entries(listed: &str) -> BTreeMap<PathBuf, Entry> {
    let entry = |row: &str| {
        let (about, path) = row.split_once('\t')?;
        let mut words = about.split(' ');
        let (mode, _, object) = (words.next()?, words.next()?, words.next()?);
        let entry = Entry {
            object: object.to_owned(),
            is_link: mode == "120000",
            is_submodule: mode == "160000",
        };
        Some((PathBuf::from(path), entry))
    };
    listed.split('\0').filter_map(entry).collect()
}

impl Revision {
    /// The place that a path leads to, symbolic links followed.
    fn resolved(&self, path: &Path) -> io::Result<PathBuf> {
        let mut links = 0;
        let mut rest: Vec<OsString> =
            place(path)?.components().rev().map(|part| part.as_os_str().to_owned()).collect();
        let mut at = PathBuf::new();
        while let Some(part) = rest.pop() {
            if part == ".." {
                if !at.pop() {
                    return Err(io::Error::from(io::ErrorKind::NotFound));
                }
                continue;
            }
            let next = at.join(&part);
            let Some(entry) = self.entries.get(&next).filter(|entry| entry.is_link) else {
                at = next;
                continue;
            };
            links += 1;
            let target = self.text(&entry.object)?;
            let target = Path::new(&target);
            // A link that leads out of the repository leads nowhere in a revision of it.
            if links > MOST_LINKS || target.has_root() {
                return Err(io::Error::from(io::ErrorKind::NotFound));
            }
            let parts = target.components().filter(|part| *part != Component::CurDir);
            rest.extend(parts.rev().map(|part| part.as_os_str().to_owned()));
        }
        Ok(at)
    }

    fn text(&self, object: &str) -> io::Result<String> {
        let bytes = self.content(object, u64::MAX)?;
        String::from_utf8(bytes).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))
    }

    fn content(&self, object: &str, most: u64) -> io::Result<Vec<u8>> {
        let mut show = self.show.lock().map_err(|_| io::Error::other("git has failed before"))?;
        show.object(object, most)
    }

    /// Whether something lies below a folder.
    fn is_folder(&self, place: &Path) -> bool {
        place.as_os_str().is_empty()
            || self
                .entries
                .range(place.to_owned()..)
                .find(|(path, _)| path.as_path() != place)
                .is_some_and(|(path, _)| path.starts_with(place))
            || self.entries.get(place).is_some_and(|entry| entry.is_submodule)
    }
}

/// A path of the command line, from the root of the revision.
fn place(path: &Path) -> io::Result<PathBuf> {
    let is_of_path = |part: &Component<'_>| *part != Component::RootDir;
    let path: PathBuf = path.components().filter(is_of_path).collect();
    normal(&path).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
}

impl Tree for Revision {
    fn kind(&self, path: &Path) -> io::Result<Kind> {
        let place = self.resolved(path)?;
        // What a repository is known by; no revision holds it.
        if place == Path::new(".git") || self.is_folder(&place) {
            return Ok(Kind::Folder);
        }
        match self.entries.get(&place) {
            Some(_) => Ok(Kind::File),
            None => Err(io::Error::from(io::ErrorKind::NotFound)),
        }
    }

    fn bytes(&self, path: &Path, most: u64) -> io::Result<Vec<u8>> {
        let place = self.resolved(path)?;
        let entry = self.entries.get(&place).filter(|entry| !entry.is_submodule);
        let entry = entry.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        self.content(&entry.object, most)
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        let place = self.resolved(folder)?;
        let mut names: Vec<OsString> = Vec::new();
        for path in self.entries.keys().filter_map(|path| path.strip_prefix(&place).ok()) {
            let first = path.components().next().map(|part| part.as_os_str().to_owned());
            if let Some(first) = first.filter(|first| names.last() != Some(first)) {
                names.push(first);
            }
        }
        names.dedup();
        Ok(names)
    }

    fn real(&self, path: &Path) -> io::Result<PathBuf> {
        let place = self.resolved(path)?;
        self.kind(&place)?;
        Ok(Path::new("/").join(place))
    }

    fn outermost(&self, _: &Path) -> io::Result<Outermost> {
        Ok(Outermost { folder: PathBuf::from("/"), what: "the Git work tree" })
    }

    fn is_link(&self, path: &Path) -> bool {
        place(path).is_ok_and(|place| self.entries.get(&place).is_some_and(|entry| entry.is_link))
    }

    fn name(&self, path: &Path) -> String {
        let place = place(path).unwrap_or_else(|_| path.to_owned());
        format!("{}{}", self.name, place.display())
    }
}

// Git --------------------------------------------------------------------------------------------------------------------

/// Why Git did not answer.
#[derive(Debug)]
enum Failure {
    /// It could not be started.
    NotRun(io::Error),
    /// It ended with an error, and said this.
    Said(String),
}

/// What Git prints.
fn run(words: &[&str]) -> Result<String, Failure> {
    let output = command(words).output().map_err(Failure::NotRun)?;
    let Output { status, stdout, stderr } = output;
    if status.success() {
        return String::from_utf8(stdout)
            .map_err(|_| Failure::Said("a path of the repository is not UTF-8".to_owned()));
    }
    Err(Failure::Said(String::from_utf8_lossy(&stderr).trim().to_owned()))
}

/// Git without a pager, a prompt, or messages in another language than English.
fn command(words: &[&str]) -> Command {
    let mut command = Command::new("git");
    command
        .args(["--no-pager", "--no-optional-locks"])
        .args(words)
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    command
}

fn line(output: &str) -> &str {
    output.strip_suffix('\n').unwrap_or(output)
}

fn message(text: String, failure: &Failure) -> Message {
    let message = Message::error(GIT, text);
    match failure {
        Failure::NotRun(error) if error.kind() == io::ErrorKind::NotFound => message
            .note("there is no program `git` on PATH")
            .help("install Git, or compare with a folder: `seaway render … --out live`, then `seaway diff live …`"),
        Failure::NotRun(error) => message.note(format!("`git` can not be run: {error}")),
        Failure::Said(said) => match said.lines().next() {
            Some(first) => message.note(format!("git says: {first}")),
            None => message,
        },
    }
}

fn not_here(spelling: &Spelling, failure: &Failure) -> Report {
    let text = format!("can not read the revision `{}` here", spelling.revision);
    let message = message(text, failure);
    let is_elsewhere =
        matches!(failure, Failure::Said(said) if said.contains("not a git repository"));
    let message = if is_elsewhere {
        message.help(
            "run this in the work tree of the repository, or name a file or a folder that exists",
        )
    } else {
        message
    };
    message.into()
}

fn unknown(spelling: &Spelling, failure: &Failure) -> Report {
    let name = &spelling.revision;
    let message = message(format!("there is no revision `{name}`"), failure);
    let is_shallow =
        run(&["rev-parse", "--is-shallow-repository"]).is_ok_and(|said| line(&said) == "true");
    let branch = name.strip_prefix("origin/").unwrap_or(name);
    let message = if is_shallow {
        message
            .note("this clone is shallow: it has a part of the history only")
            .help(format!(
                "run `git fetch --unshallow origin`, or `{}` and name `origin/{branch}:`; with actions/checkout write \
                 `fetch-depth: 0`",
                shell::command(
                    "git fetch --depth=1 origin {}:refs/remotes/origin/{}",
                    &[&branch, &branch]
                )
            ))
    } else {
        let remote = format!("refs/remotes/origin/{name}");
        let has_remote =
            run(&["rev-parse", "--verify", "--quiet", "--end-of-options", &remote]).is_ok();
        if has_remote {
            message.help(format!(
                "write `origin/{name}:{}`: only the remote has that branch",
                spelling.path
            ))
        } else {
            message.help(format!(
                "run `{}`, then name `FETCH_HEAD:{}`",
                shell::command("git fetch origin {}", &[&branch]),
                spelling.path
            ))
        }
    };
    message.into()
}

fn failed(spelling: &Spelling, failure: &Failure) -> Report {
    message(format!("can not read the revision `{}`", spelling.revision), failure).into()
}

fn outside(spelling: &Spelling) -> Report {
    let text = format!("`{}:{}` leads out of the repository", spelling.revision, spelling.path);
    Message::error(GIT, text).help("name a path inside of it").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelling(text: &str) -> Option<(String, String)> {
        Spelling::of(Path::new(text)).map(|found| (found.revision, found.path))
    }

    #[test]
    fn a_revision_is_what_stands_before_the_first_colon_outside_of_braces() {
        let of = |revision: &str, path: &str| Some((revision.to_owned(), path.to_owned()));
        assert_eq!(spelling("main:"), of("main", ""));
        assert_eq!(spelling("main:./"), of("main", "./"));
        assert_eq!(spelling("HEAD~1:stacks/shop"), of("HEAD~1", "stacks/shop"));
        assert_eq!(spelling("HEAD@{10:00}:a:b"), of("HEAD@{10:00}", "a:b"));
        assert_eq!(spelling("stacks/shop"), None);
        assert_eq!(spelling("./a:b"), None);
        assert_eq!(spelling("/a:b"), None);
        assert_eq!(spelling(":0:file"), None);
    }

    #[test]
    fn a_path_never_leads_above_the_root() {
        assert_eq!(normal(Path::new("./a/../b/")), Some(PathBuf::from("b")));
        assert_eq!(normal(Path::new("a/../..")), None);
    }
}
