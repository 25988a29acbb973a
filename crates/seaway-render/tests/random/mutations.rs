//! Damaged stacks: whatever the text, the compiler ends soon, with objects or with an error.
//!
//! A seed is a text. `SEAWAY_SEED` is the first seed, and `SEAWAY_MUTATIONS` says how many follow. What is found is printed
//! with its seed and the smallest part of its text that has the same fault.

pub(crate) mod mutate;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::panic;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use seaway_core::{Code, Sink, Source, Sourced};
use seaway_render::Format;

use crate::common::{root, stacks};
use crate::{number, shrink};
use mutate::mutated;

/// Of one stage.
const LONGEST: Duration = Duration::from_secs(2);
/// Most stages that are compiled of a text: a table that is there two hundred times is one stage two hundred times.
const MOST_STAGES: usize = 16;
/// A worker that does not come back within this time hangs, however busy the machine is.
const HANGS: Duration = Duration::from_secs(60);

thread_local! {
    /// Where a panic of this thread happened, if it is one that is looked for.
    static PANIC: Cell<Option<String>> = const { Cell::new(None) };
    static IS_LOOKED_FOR: Cell<bool> = const { Cell::new(false) };
}

/// A text to start from.
struct Origins {
    texts: Vec<String>,
    /// The files that the texts name, if they are those of the repository.
    files: Vec<BTreeMap<String, String>>,
}

/// All stacks of the repository, all examples of the pages of codes, and those of the documentation.
fn origins() -> Origins {
    let (mut texts, mut files) = (Vec::new(), Vec::new());
    for (_, source) in stacks() {
        let document = seaway_core::parse(&source, &mut Sink::default());
        let named = document.files();
        let content = |file| Some((Sourced::clone(file).value, source.file(file)?.to_owned()));
        files.push(named.iter().filter_map(content).collect());
        texts.push(source.stack.text.to_string());
    }
    for page in Code::all().map(Code::page) {
        let examples = [page.before(), page.bad(), page.good()];
        texts.extend(examples.into_iter().flatten().map(str::to_owned));
    }
    for page in ["README.md", "crates/seaway-core/REFERENCE.md"] {
        let page = fs::read_to_string(root().join(page)).expect("a page");
        let blocks = page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
        texts.extend(blocks.map(str::to_owned));
    }
    files.resize(texts.len(), BTreeMap::new());
    Origins { texts, files }
}

/// Compiles all stages and prints them. What must not be is returned.
fn compile(text: &str, files: &BTreeMap<String, String>) -> Option<String> {
    let mut source = Source::new("stack.toml", text);
    let document = seaway_core::parse(&source, &mut Sink::default());
    for file in document.files() {
        if let Some(content) = files.get(&file.value) {
            source.add_file(&file, content.clone());
        }
    }
    for stage in document.stages().into_iter().take(MOST_STAGES) {
        let start = Stopwatch::start();
        let mut sink = Sink::default();
        let bundle = seaway_render::compile(&source, &stage.value, &mut sink);
        let emitted = bundle.as_ref().map(|bundle| bundle.emit(Format::Yaml).is_ok());
        let (errors, diagnostics) = (sink.errors(), sink.finish());
        if let Some(internal) = diagnostics.iter().find(|found| found.code == Code::Internal) {
            return Some(format!("internal: {}", internal.message));
        }
        if emitted.is_err() && errors == 0 {
            return Some("nothing was rendered, and there is no error".to_owned());
        }
        let took = start.elapsed();
        if took > LONGEST {
            return Some(format!("slow: {} seconds", took.as_secs()));
        }
    }
    None
}

/// How long this thread was on a processor, where that is known: another process there is no fault of ours.
struct Stopwatch {
    on_processor: Option<Duration>,
    wall: Instant,
}

impl Stopwatch {
    fn start() -> Self {
        Self { on_processor: on_processor(), wall: Instant::now() }
    }

    fn elapsed(&self) -> Duration {
        let both = self.on_processor.zip(on_processor());
        both.map_or_else(|| self.wall.elapsed(), |(start, end)| end.saturating_sub(start))
    }
}

/// How long this thread was on a processor since it began.
fn on_processor() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split(' ').next()?.parse().ok()?))
}

/// What is wrong with how a text is compiled.
fn fault(text: &str, files: &BTreeMap<String, String>) -> Option<String> {
    IS_LOOKED_FOR.set(true);
    let outcome = panic::catch_unwind(|| compile(text, files));
    IS_LOOKED_FOR.set(false);
    match outcome {
        Err(_) => Some(PANIC.take().unwrap_or_else(|| "a panic".to_owned())),
        Ok(found) => found,
    }
}

/// The same fault is the same place in the code, whatever its message says of the text.
fn kind(fault: &str) -> &str {
    fault.split(": ").next().unwrap_or(fault)
}

/// The usual words for a panic go to standard error, but for those that are looked for.
fn collect_panics() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !IS_LOOKED_FOR.get() {
            return usual(info);
        }
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let payload = info.payload();
        let cause = payload.downcast_ref::<&str>().copied();
        let cause = cause.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let cause = cause.unwrap_or_default();
        PANIC.set(Some(format!("panic at {place}: {cause}")));
    }));
}

/// What a worker does, for the one that watches it.
#[derive(Default)]
struct Work {
    seed: AtomicU64,
    since: AtomicU64,
}

#[test]
fn no_damaged_stack_breaks_the_compiler() {
    let first = number("SEAWAY_SEED", 0);
    let count = number("SEAWAY_MUTATIONS", 30_000);
    eprintln!("mutations of the seeds {:?}", first..first + count);
    let origins = origins();
    collect_panics();
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let (next, is_done) = (AtomicU64::new(first), AtomicBool::new(false));
    let works: Vec<Work> = (0..workers).map(|_| Work::default()).collect();
    let found: Mutex<BTreeMap<String, (u64, String)>> = Mutex::default();
    let start = Instant::now();
    let elapsed = || start.elapsed().as_secs();
    thread::scope(|scope| {
        let run = |work: &Work| {
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= first + count {
                    return;
                }
                work.since.store(elapsed(), Ordering::Relaxed);
                work.seed.store(seed, Ordering::Relaxed);
                let (origin, text) = mutated(seed, &origins.texts);
                if let Some(fault) = fault(&text, &origins.files[origin]) {
                    let mut found = found.lock().expect("a list");
                    found.entry(kind(&fault).to_owned()).or_insert_with(|| {
                        eprintln!("SEAWAY_SEED={seed} {fault}");
                        (seed, fault)
                    });
                }
            }
        };
        let running: Vec<_> = works.iter().map(|work| scope.spawn(move || run(work))).collect();
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(200));
                for work in &works {
                    let took = elapsed().saturating_sub(work.since.load(Ordering::Relaxed));
                    if took > HANGS.as_secs() && !is_done.load(Ordering::Relaxed) {
                        let seed = work.seed.load(Ordering::Relaxed);
                        let text = mutated(seed, &origins.texts).1;
                        eprintln!("SEAWAY_SEED={seed} SEAWAY_MUTATIONS=1 hangs\n{text}");
                        std::process::exit(1);
                    }
                }
            }
        });
        for worker in running {
            worker.join().expect("a worker");
        }
        is_done.store(true, Ordering::Relaxed);
    });
    let faults = found.into_inner().expect("a list");
    let told: Vec<String> = faults
        .into_iter()
        .take(5)
        .map(|(of_kind, (seed, told))| {
            let (origin, text) = mutated(seed, &origins.texts);
            let files = &origins.files[origin];
            let is_same =
                |part: &str| fault(part, files).is_some_and(|less| kind(&less) == of_kind);
            let least = shrink::shrink(&text, is_same);
            format!("SEAWAY_SEED={seed} SEAWAY_MUTATIONS=1\n{told}\n{least}")
        })
        .collect();
    assert!(told.is_empty(), "{}", told.join("\n\n"));
}

#[test]
fn a_seed_is_a_damaged_stack() {
    let origins = origins();
    assert!(origins.texts.len() > 150, "{}", origins.texts.len());
    let all: std::collections::BTreeSet<String> =
        (0..200).map(|seed| mutated(seed, &origins.texts).1).collect();
    assert!(all.len() > 190, "{}", all.len());
    assert_eq!(mutated(7, &origins.texts), mutated(7, &origins.texts));
}
