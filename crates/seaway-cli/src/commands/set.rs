//! `seaway set`: a value of the stack file, changed in its place.

use std::path::PathBuf;

use seaway_core::document::Setting;
use seaway_core::{Code, Diagnostic, Severity, Sink, Value, resolve};

use crate::args;
use crate::edit::{self, Edited};
use crate::files::{self, Input};
use crate::messages::{Message, Report, Terminal, USAGE};
use crate::out;
use crate::status::Status;

/// Sets keys of the stack file. Nothing is written if the stack would have an error then.
pub(super) fn run(args: &args::Set, terminal: Terminal) -> Status {
    let stack = args::Stack::plain(args.stack.clone());
    let input = match super::read(&stack, terminal) {
        Ok(input) => input,
        Err(status) => return status,
    };
    if input.stack.is_broken() {
        return super::show_broken(input, terminal);
    }
    if let Some(message) = args.settings.iter().find_map(misplaced) {
        terminal.show(&message.into(), None);
        return Status::Usage;
    }
    let stages =
        args.stage.as_ref().map_or_else(|| input.stack.stages(), |stage| vec![stage.clone()]);
    let changed = match change(&input, args, &stages) {
        Ok(changed) => changed,
        Err(messages) => {
            let report = Report { source: input.source, messages, stages: 1 };
            return refuse(&report, terminal);
        }
    };
    if changed.text != input.source.stack.text {
        let path = PathBuf::from(&*input.source.stack.name);
        let result = match files::read_edited(&path, &changed.text) {
            Ok(result) => result,
            Err(report) => return refuse(&report, terminal),
        };
        let mut messages = Vec::new();
        for stage in &stages {
            super::merge(&mut messages, super::compile(&result, stage, None, |_| Ok(())).messages);
        }
        // What is doubtful or allowed is not what was asked for; `check` tells it.
        messages.retain(Message::is_error);
        if !messages.is_empty() {
            let report = Report { source: result.source, messages, stages: stages.len() };
            return refuse(&report, terminal);
        }
        if let Err(report) = out::replace(&path, &changed.text) {
            terminal.show(&report, None);
            return Status::Failed;
        }
    }
    changed.said.iter().for_each(|line| terminal.say(line));
    Status::Done
}

fn refuse(report: &Report, terminal: Terminal) -> Status {
    let summary = format!("nothing was written: {}", report.counts());
    terminal.show(report, Some((Severity::Error, &summary)));
    Status::Failed
}

/// A key that is no part of a stage.
fn misplaced(setting: &Setting) -> Option<Message> {
    let mut key = setting.key();
    let (message, help) = match (key.next()?, key.next()) {
        ("stages", Some(stage)) => {
            let flag = seaway_core::shell::command("--stage {}", &[&stage]);
            let help = format!("name the stage: `{flag}`");
            (format!("`{}` is a key of a stage", setting.written_key()), help)
        }
        (word @ ("stages" | "extends" | "seaway"), _) => {
            let help = "change it in the file".to_owned();
            (format!("`{word}` is not a key of a stage"), help)
        }
        _ => return None,
    };
    Some(Message::error(USAGE, message).help(help))
}

/// The text with all values in it, and what there is to say about each.
struct Changed {
    text: String,
    said: Vec<String>,
}

fn change(input: &Input, args: &args::Set, stages: &[String]) -> Result<Changed, Vec<Message>> {
    let name = &input.source.stack.name;
    let mut changed =
        Changed { text: input.source.stack.text.clone().into_owned(), said: Vec::new() };
    let path = |setting: &'_ Setting| -> Vec<String> {
        let stage = args.stage.iter().flat_map(|stage| ["stages", stage.as_str()]);
        stage.chain(setting.key()).map(str::to_owned).collect()
    };
    let paths: Vec<Vec<String>> = args.settings.iter().map(path).collect();
    let values = values(input, args, stages)?;
    let mut before = Vec::new();
    for (path, value) in paths.iter().zip(&values) {
        let edited = edit::set(&changed.text, path, value).map_err(|fault| {
            // What an earlier value moved lies elsewhere in the file as it is.
            let span = input.source.stack.span(fault.place);
            let fault = Diagnostic::error(Code::Conflict, fault.message).help(fault.help);
            let is_moved = changed.text != input.source.stack.text;
            vec![Message::from(if is_moved { fault } else { fault.label(span, "") })]
        })?;
        if edited.before.as_ref() != Some(value) {
            changed.text = edited.text;
        }
        before.push(edited.before);
    }
    for ((path, value), before) in paths.iter().zip(&values).zip(before) {
        // The lines are those of the whole result.
        if let Ok(edited) = edit::set(&changed.text, path, value) {
            changed.said.push(said(name, path, value, &Edited { before, ..edited }));
        }
    }
    Ok(changed)
}

/// `stack.toml:12: app.image: "…" → "…"`.
fn said(file: &str, path: &[String], value: &str, edited: &Edited) -> String {
    let line = edited.text[..edited.at].matches('\n').count() + 1;
    let key = path.join(".");
    let said = match edited.before.as_deref().map(short) {
        Some(before) if before == short(value) => format!("{key} is {before} already"),
        Some(before) => format!("{key}: {before} → {}", short(value)),
        None => format!("{key} = {}", short(value)),
    };
    annotate_snippets::normalize_untrusted_str(&format!("{file}:{line}: {said}"))
}

/// A value on one line.
fn short(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The values as they are written in the file: what their keys take decides whether one is a text.
fn values(input: &Input, args: &args::Set, stages: &[String]) -> Result<Vec<String>, Vec<Message>> {
    let (mut source, mut document) = (input.source.clone(), input.stack.document.clone());
    let mut sink = Sink::default();
    for setting in &args.settings {
        document.set(setting, source.add_setting(setting), &mut sink);
    }
    let mut texts = vec![false; args.settings.len()];
    for stage in stages {
        let Ok(readings) = resolve::readings(&document, stage, &mut sink) else { break };
        for ((is_text, setting), root) in texts.iter_mut().zip(&args.settings).zip(readings) {
            let value = root.at(setting.key()).map(|node| &node.value);
            *is_text |=
                matches!(value, Some(Value::String(text)) if text == setting.written_value());
        }
    }
    let faults: Vec<Message> = sink.finish().into_iter().map(Message::from).collect();
    if !faults.is_empty() {
        return Err(faults);
    }
    let value = |(setting, is_text): (&Setting, bool)| {
        let written = setting.written_value();
        if is_text {
            toml_edit::Value::from(written).to_string()
        } else {
            written.trim().to_owned()
        }
    };
    Ok(args.settings.iter().zip(texts).map(value).collect())
}
