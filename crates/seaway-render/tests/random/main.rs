//! Random well-formed stacks over the whole language: each compiles without a word, in every stage.
//!
//! A seed is a stack. The test prints the seed of a faulty one and the smallest part of it that has the fault;
//! `SEAWAY_SEED` is the first seed, and `SEAWAY_STACKS` says how many follow.
#![expect(
    clippy::disallowed_methods,
    reason = "a test that is told by its environment how much to do"
)]
#![expect(clippy::print_stderr, reason = "a test that prints its seeds")]

#[path = "../common/mod.rs"]
mod common;

mod chance;
mod components;
mod mutations;
mod own;
mod pods;
mod revisions;
mod shrink;
mod stack;
mod world;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use seaway_core::{Code, Diagnostic, Source, preset};
use seaway_render::{Bundle, Format};

use crate::common::{compile, stages, told};

/// The number that a variable of the environment says.
fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().expect("a number"))
}

/// The seeds to look at.
fn seeds(count: u64) -> std::ops::Range<u64> {
    let first = number("SEAWAY_SEED", 0);
    let seeds = first..first + number("SEAWAY_STACKS", count);
    eprintln!("stacks of the seeds {seeds:?}");
    seeds
}

/// Whether it is about what comes about by chance, and what there is a word to say about: databases that are verified in
/// different ways or that nothing dumps, and what generated values guard, a wait that is shorter than a deadline, and more
/// connections than a small database has memory for.
fn is_of_chance(diagnostic: &Diagnostic) -> bool {
    let is_judged = matches!(
        diagnostic.code,
        Code::NoBackup
            | Code::GuessableSecret
            | Code::ShortWait
            | Code::SecretVariables
            | Code::MissingPullSecret
    );
    is_judged
        || diagnostic.message.ends_with("has neither a port nor a probe")
        || diagnostic.labels.iter().any(|label| {
            label.text.contains("can not speak for all")
                || label.text.contains("the kernel kills a connection")
        })
}

/// The bundles of all stages but those that [chance](is_of_chance) refuses, or what is said against one.
fn bundles(text: &str) -> Result<Vec<(String, Bundle)>, String> {
    let source = Source::new("stack.toml", text);
    let compiled = stages(&source).into_iter().filter_map(|stage| {
        let (bundle, diagnostics) = compile(&source, &stage);
        if diagnostics.iter().all(is_of_chance) {
            return bundle.map(|bundle| Ok((stage, bundle)));
        }
        Some(Err(told(&source, &diagnostics)))
    });
    compiled.collect()
}

/// The codes at the beginning of each line.
fn codes(told: &str) -> BTreeSet<&str> {
    told.lines().filter_map(|line| line.split(' ').next()).collect()
}

/// What is said about the stack of a seed, and the least that has the same fault.
fn fault(seed: u64) -> Option<String> {
    let text = stack::stack(seed);
    let told = bundles(&text).err()?;
    let is_faulty = |part: &str| bundles(part).is_err_and(|less| codes(&less) == codes(&told));
    let least = shrink::shrink(&text, is_faulty);
    let told = bundles(&least).err().unwrap_or(told);
    Some(format!("SEAWAY_SEED={seed} SEAWAY_STACKS=1\n{told}\n{least}"))
}

#[test]
fn every_well_formed_stack_compiles_without_a_word() {
    let faults: Vec<String> = seeds(200).filter_map(fault).take(5).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// What watches a stage names what the stage has.
#[test]
fn what_watches_a_stage_is_told_whole() {
    // Of the stage's own workloads, of which there may be none.
    const ABOUT_NOTHING: [&str; 3] = ["DeploymentDown", "StatefulSetDown", "Watchdog"];
    let mut seen = 0;
    for seed in seeds(30) {
        let text = stack::stack(seed);
        for (_, bundle) in bundles(&text).unwrap_or_default() {
            let Some(overview) = seaway_render::overview::of(&bundle) else { continue };
            seen += 1;
            let parts = overview.components.iter().map(|part| part.name.clone());
            let volumes = bundle.stack.volumes.keys().map(ToString::to_string);
            let known: BTreeSet<String> = parts.chain(volumes).collect();
            for alert in &overview.alerts {
                let is_about = alert.components.iter().all(|name| known.contains(name))
                    && (!alert.components.is_empty() || ABOUT_NOTHING.contains(&&*alert.name));
                assert!(is_about, "SEAWAY_SEED={seed}: {alert:#?}");
            }
            for target in overview.targets.iter().filter(|target| target.workload.is_some()) {
                assert!(!target.ports.is_empty(), "SEAWAY_SEED={seed}: {target:#?}");
                assert!(!target.components.is_empty(), "SEAWAY_SEED={seed}: {target:#?}");
            }
        }
    }
    assert!(seen > 5, "{seen}");
}

#[test]
fn every_variable_that_is_bound_is_in_the_reference() {
    let listed: BTreeSet<&str> = preset::rows().iter().map(|row| row.name).collect();
    let mut seen = BTreeSet::new();
    for seed in seeds(40) {
        for (_, bundle) in bundles(&stack::stack(seed)).unwrap_or_default() {
            for part in bundle.stack.parts.values() {
                let lists = part.container_env.values().chain([&part.env]);
                let bound = lists.flatten().filter_map(|variable| variable.bound.as_ref());
                for name in bound.map(|bound| bound.usual) {
                    assert!(listed.contains(name), "SEAWAY_SEED={seed}: {name}");
                    seen.insert(name);
                }
            }
        }
    }
    assert!(seen.len() > 10, "{seen:?}");
}

#[test]
fn every_well_formed_stack_is_printed_in_both_forms() {
    for seed in seeds(40) {
        for (_, bundle) in bundles(&stack::stack(seed)).unwrap_or_default() {
            let files = bundle.files(Format::Yaml).expect("files");
            assert_eq!(files.len(), bundle.objects.len());
            bundle.emit(Format::Json).expect("a stream");
        }
    }
}

/// A second `kubectl apply` changes nothing: each field has the form in which the API server keeps it.
#[test]
fn no_well_formed_stack_prints_what_the_api_server_rewrites() {
    let mut kinds = BTreeSet::new();
    for seed in seeds(100) {
        for (_, bundle) in bundles(&stack::stack(seed)).unwrap_or_default() {
            for object in bundle.objects.iter().filter(|object| !object.is_own) {
                let rewritten = seaway_render::rewritten(object);
                let what = object.id();
                assert!(rewritten.is_empty(), "SEAWAY_SEED={seed}: {what} {rewritten:?}");
                kinds.insert(object.body.kind().to_owned());
            }
        }
    }
    assert!(kinds.len() > 15, "{kinds:?}");
}

#[test]
fn a_seed_is_a_stack() {
    assert_eq!(stack::stack(7), stack::stack(7));
    let all: BTreeSet<String> = (0..100).map(stack::stack).collect();
    assert_eq!(all.len(), 100);
}

/// A document without the name of its stack and with one digit for each number, so that objects which differ by names
/// alone are one.
fn shape(document: &str) -> String {
    let of_stack = ["namespace: ", "app.kubernetes.io/part-of: "];
    let mut shape = String::new();
    for line in document.lines() {
        if of_stack.iter().any(|key| line.trim_start().starts_with(key)) {
            continue;
        }
        for letter in line.chars() {
            if !letter.is_ascii_digit() {
                shape.push(letter);
            } else if !shape.ends_with('0') {
                shape.push('0');
            }
        }
        shape.push('\n');
    }
    shape
}

/// Writes what many stacks render into the folder `SEAWAY_RENDERED`, each shape of an object once: for the judges of
/// `.ci/test`, which take milliseconds an object and version.
#[test]
#[ignore = "writes files for the judges; `.ci/test` runs it"]
fn render_for_the_judges() {
    let folder = std::env::var("SEAWAY_RENDERED").expect("SEAWAY_RENDERED names a folder");
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut count = 0;
    for seed in seeds(1000) {
        let bundles =
            bundles(&stack::stack(seed)).unwrap_or_else(|told| panic!("seed {seed}: {told}"));
        for (stage, bundle) in bundles {
            let mut text = String::new();
            for object in &bundle.objects {
                let mut document = String::new();
                seaway_render::emit::document(&object.body, Format::Yaml, &mut document)
                    .expect("it prints");
                if seen.insert(shape(&document)) {
                    let _ = write!(text, "{document}");
                    count += 1;
                }
            }
            if !text.is_empty() {
                let stack = Path::new(&folder).join(format!("seed-{seed}"));
                std::fs::create_dir_all(&stack).expect("a folder");
                std::fs::write(stack.join(format!("{stage}.yaml")), text).expect("a file");
            }
        }
    }
    eprintln!("{count} objects of different shapes");
}
