//! Damaged stacks by the binary: it ends as it says that it ends, whatever the text.
//!
//! `SEAWAY_SEED` is the first seed, and `SEAWAY_MUTATIONS` says how many follow. The compiler's own test of them,
//! `seaway-render`'s `random`, takes a hundred times as many.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use seaway_core::{Code, Sink, Source};

use crate::mutate::mutated;
use crate::sandbox::{Run, SHOP, Sandbox};

/// The stacks of the repository, and all examples of the pages of codes.
fn origins() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("a workspace");
    let folders = fs::read_dir(root.join("stacks")).expect("a folder").flatten();
    let mut files: Vec<_> = folders.map(|folder| folder.path().join("stack.toml")).collect();
    files.sort();
    let mut origins: Vec<String> =
        files.iter().filter_map(|file| fs::read_to_string(file).ok()).collect();
    for page in Code::all().map(Code::page) {
        let examples = [page.before(), page.bad(), page.good()];
        origins.extend(examples.into_iter().flatten().map(str::to_owned));
    }
    origins
}

/// What is wrong with how a command ends.
fn fault(sandbox: &Sandbox, args: &[&str]) -> Option<String> {
    let Run { code, out, err } = sandbox.run(args);
    let is_right = match code {
        Some(0) => true,
        Some(1) => out.is_empty() && !err.is_empty(),
        Some(2) => out.is_empty() && err.contains("usage"),
        _ => false,
    };
    let err: String = err.chars().take(2000).collect();
    (!is_right).then(|| format!("{} ended with {code:?}\n{err}", args.join(" ")))
}

#[test]
fn no_damaged_stack_breaks_the_command_line() {
    let number = |name, otherwise| {
        std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
    };
    let (first, count) = (number("SEAWAY_SEED", 0_u64), number("SEAWAY_MUTATIONS", 300_u64));
    let (origins, next) = (origins(), AtomicU64::new(first));
    let work = || {
        let (sandbox, mut faults) = (Sandbox::new(SHOP), Vec::new());
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + count {
                return faults;
            }
            let (_, text) = mutated(seed, &origins);
            sandbox.write("shop/stack.toml", &text);
            let document =
                seaway_core::parse(&Source::new("stack.toml", text), &mut Sink::default());
            let stages = document.stages();
            let stage = stages.first().map_or("local", |stage| stage.value.as_str());
            let format =
                ["human", "json", "sarif", "github"][usize::try_from(seed % 4).unwrap_or(0)];
            let check = ["check", "shop", "--message-format", format];
            let others = ["render", "env", "secrets"]
                .map(|command| [command, "shop", "--stage", stage, "--message-format", format]);
            let other = &others[usize::try_from(seed % 3).unwrap_or(0)];
            for args in [&check[..], other] {
                faults.extend(
                    fault(&sandbox, args).map(|fault| format!("SEAWAY_SEED={seed} {fault}")),
                );
            }
        }
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let faults: Vec<String> = thread::scope(|scope| {
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        running.into_iter().flat_map(|worker| worker.join().expect("a worker")).collect()
    });
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
