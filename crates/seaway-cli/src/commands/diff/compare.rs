//! Two revisions of one stack: both are read into one space of offsets and compiled, stage by stage.

use std::collections::BTreeMap;
use std::path::Path;

use seaway_core::shell::command;
use seaway_core::{Allowance, Code, Document, Reported, Severity, Sink, Source};
use seaway_render::diff::Change;
use seaway_render::revision::{self, Compiled, Rendered};
use seaway_render::{Another, Bundle, Earlier, Revision, compile_document, compile_older};

use super::sides::{Content, Pair, Sides};
use super::view::StackDiff;
use crate::args;
use crate::commands;
use crate::earlier::{self, Wanted};
use crate::files::{Over, Stack, Texts, Tree, read_stack};
use crate::marker::{MARKER, Marker, inputs};
use crate::messages::{Message, Report};

/// What a revision of a stack is, once it is read.
enum Read {
    Stack(Stack),
    /// Rendered objects by stage.
    Rendered(BTreeMap<String, Rendered>),
    Nothing,
}

/// Compares one stack of both sides.
pub(super) fn stack(
    sides: &Sides,
    pair: &Pair,
    args: &args::Diff,
    over: Over<'_>,
) -> Result<StackDiff, Report> {
    let mut texts = Texts::default();
    // The new revision comes first: an embedder's editor knows its places.
    let new = read(&*sides.new.tree, pair.new.as_deref(), over, &mut texts)?;
    let old = read(&*sides.old.tree, pair.old.as_deref(), over, &mut texts)?;
    let source = texts.source.unwrap_or_default();
    let new = rendered(&source, &sides.new, new, &old, args)?;
    let old = rendered(&source, &sides.old, old, &new, args)?;
    let file = pair.new.as_ref().or(pair.old.as_ref());
    let path = file.map(|file| file.display().to_string());
    let path = path.unwrap_or_else(|| sides.new.name.clone());
    let path = path.strip_prefix("./").unwrap_or(&path).to_owned();
    let change = match (&old, &new) {
        (Read::Nothing, _) => Some(Change::Gained),
        (_, Read::Nothing) => Some(Change::Lost),
        _ => None,
    };
    let mut all = Vec::new();
    let mut reported = Vec::new();
    for stage in stages(&old, &new, args) {
        let was = side(&source, &old, &stage, compile_older, &mut reported);
        let is = side(&source, &new, &stage, compile_document, &mut reported);
        let (Ok(was), Ok(is)) = (was, is) else { continue };
        let (was, is) = (was.revision(&source), is.revision(&source));
        let word = command("{}", &[&folder(&path)]);
        if let (Some(old), Some(new)) = (was, is)
            && let Some(another) = old.another(&new)
            && !is_renamed(&new)
        {
            reported.push(of_another(sides, &another));
            continue;
        }
        let diff = match (was, is) {
            (Some(was), Some(is)) => revision::compare(&stage, &word, was, is),
            (None, Some(is)) => revision::gained(&stage, is),
            (Some(was), None) => revision::lost(&stage, was),
            (None, None) => continue,
        };
        all.push(diff);
    }
    if reported.iter().any(Message::is_error) {
        let stages = all.len().max(1);
        return Err(Report { source, messages: reported, stages });
    }
    Ok(StackDiff { path, change, stages: all })
}

/// Whether a stage says that it was called otherwise before.
fn is_renamed(new: &Revision<'_>) -> bool {
    match new {
        Revision::Compiled(new) => commands::allows(new.allowances, Code::OtherOutput),
        Revision::Rendered(_) => false,
    }
}

/// Two that are no revisions of one stage.
fn of_another(sides: &Sides, another: &Another) -> Message {
    let Another { what, was, is } = another;
    let (old, new) = (&sides.old.name, &sides.new.name);
    let text = format!("`{old}` is of the {what} `{was}`, and `{new}` of the {what} `{is}`");
    Message::error(Code::OtherOutput.as_str(), text)
        .note("they are not two revisions of one stage: all of their objects would differ")
        .help(format!(
            "name the output of one {what}; if it was renamed, write `allow.other-output = \"…\"` in the stack. Two stages of one \
             stack are compared by `seaway stages --diff`"
        ))
}

/// A stack as the command line of another command would call it.
fn folder(path: &str) -> &str {
    match path.strip_suffix("stack.toml") {
        Some("") => ".",
        Some(folder) => folder.trim_end_matches('/'),
        None => path,
    }
}

fn read(
    tree: &dyn Tree,
    file: Option<&Path>,
    over: Over<'_>,
    texts: &mut Texts,
) -> Result<Read, Report> {
    match file {
        Some(file) => Ok(Read::Stack(read_stack(tree, file, over, texts)?)),
        None => Ok(Read::Nothing),
    }
}

/// What a side rendered for a stack of the other side.
fn rendered(
    source: &Source,
    side: &super::sides::Side,
    read: Read,
    other: &Read,
    args: &args::Diff,
) -> Result<Read, Report> {
    let Content::Rendered(path) = &side.content else { return Ok(read) };
    let stages = match other {
        Read::Stack(stack) if args.stages.is_empty() => stack.stages(),
        _ => args.stages.clone(),
    };
    let stack = match other {
        Read::Stack(stack) => stack.name(),
        Read::Rendered(_) | Read::Nothing => None,
    };
    let wanted = Wanted { stack, stages: &stages };
    let all = earlier::read_from(&*side.tree, path, std::slice::from_ref(&wanted))?;
    let inputs = match other {
        Read::Stack(stack) => inputs(source, |place| stack.folder_at(source, place).to_owned()),
        Read::Rendered(_) | Read::Nothing => BTreeMap::new(),
    };
    let earlier = all.into_iter().next().unwrap_or_default();
    let of_stage = |(stage, earlier): (String, Earlier)| {
        let folders = [
            wanted.stack.map(|name| path.join(name).join(&stage)),
            Some(path.join(&stage)),
            Some(path.clone()),
        ];
        let marker = folders.into_iter().flatten().find_map(|folder| marker(&*side.tree, &folder));
        let seaway = marker.and_then(|marker| marker.other_seaway(&inputs).map(str::to_owned));
        let mut rendered = Rendered::new(&earlier);
        rendered.seaway = seaway;
        (stage, rendered)
    };
    Ok(Read::Rendered(earlier.into_iter().map(of_stage).collect()))
}

/// The marker of a rendered folder, if it has one that this Seaway reads.
fn marker(tree: &dyn Tree, folder: &Path) -> Option<Marker> {
    const MOST: u64 = 16 << 20;
    let bytes = tree.bytes(&folder.join(MARKER), MOST).ok()?;
    Marker::parse(&String::from_utf8(bytes).ok()?).ok()?
}

/// The stages of both revisions: those of the new one in its order, then those that it lacks.
fn stages(old: &Read, new: &Read, args: &args::Diff) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for read in [new, old] {
        let names: Vec<String> = match read {
            Read::Stack(stack) => stack.stages(),
            Read::Rendered(stages) => stages.keys().cloned().collect(),
            Read::Nothing => Vec::new(),
        };
        for name in names {
            if !all.contains(&name) {
                all.push(name);
            }
        }
    }
    all.retain(|stage| args.stages.is_empty() || args.stages.contains(stage));
    all
}

/// A stage of a revision.
enum Side<'a> {
    Compiled(&'a Stack, Box<Bundle>, Vec<Allowance>),
    Rendered(&'a Rendered),
    Nothing,
}

impl<'a> Side<'a> {
    fn revision(&'a self, source: &'a Source) -> Option<Revision<'a>> {
        match self {
            Self::Compiled(stack, bundle, allowances) => Some(Revision::Compiled(Compiled {
                source,
                document: &stack.document,
                bundle,
                allowances,
            })),
            Self::Rendered(rendered) => Some(Revision::Rendered(rendered)),
            Self::Nothing => None,
        }
    }
}

/// Compiles a stage of a revision; what is wrong with it is added to what was reported.
fn side<'a>(
    source: &Source,
    read: &'a Read,
    stage: &str,
    compile: fn(&Source, &Document, &str, &mut Sink) -> Result<Bundle, Reported>,
    reported: &mut Vec<Message>,
) -> Result<Side<'a>, ()> {
    let stack = match read {
        Read::Stack(stack) => stack,
        Read::Rendered(stages) => {
            return Ok(stages.get(stage).map_or(Side::Nothing, Side::Rendered));
        }
        Read::Nothing => return Ok(Side::Nothing),
    };
    if !stack.is_broken() && !stack.stages().iter().any(|known| known == stage) {
        return Ok(Side::Nothing);
    }
    let mut sink = stack.sink();
    let bundle = compile(source, &stack.document, stage, &mut sink);
    let allowances = sink.allowances().to_vec();
    if let Ok(bundle) = bundle {
        return Ok(Side::Compiled(stack, Box::new(bundle), allowances));
    }
    let errors = stack.explain(sink.finish()).into_iter();
    let of_stage = errors.filter(|one| one.severity == Severity::Error);
    let of_stage = of_stage
        .map(|diagnostic| Message { stages: vec![stage.to_owned()], ..Message::from(diagnostic) });
    super::super::merge(reported, of_stage.collect());
    Err(())
}
