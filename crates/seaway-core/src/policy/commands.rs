//! Start commands that break when a process is replicated, restarted or stopped.

use super::Judgement;
use crate::Code;

/// What a command starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// The main container of a process.
    Process,
    /// The main container of a Celery worker.
    Worker,
    /// A container beside or before the main one.
    Helper,
}

/// The words of a text as a shell takes them apart: what a `sh -c` runs counts word by word.
pub fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| {
        c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(' | ')' | '"' | '\'' | '`')
    })
    .filter(|token| !token.is_empty())
}

/// Tells what is wrong with the words of a command that runs in as many pods as there are, each with the place of the word.
pub fn command<'a>(
    words: &(impl Iterator<Item = &'a str> + Clone),
    start: Start,
    production: bool,
    mut tell: impl FnMut(usize, Judgement),
) {
    let numbered = words.clone().enumerate();
    let found: Vec<(usize, &str)> =
        numbered.flat_map(|(at, word)| tokens(word).map(move |token| (at, token))).collect();
    let has = |wanted: &str| {
        let before = |token: &str| {
            token
                .strip_suffix(wanted)
                .is_some_and(|before| before.is_empty() || before.ends_with('/'))
        };
        found.iter().any(|(_, token)| before(token))
    };
    let of_django: Vec<(usize, &str)> = django_commands(&found).collect();
    let mut django = |wanted: &str, judgement: Judgement| {
        if let Some((at, _)) = of_django.iter().find(|(_, command)| *command == wanted) {
            tell(*at, judgement);
        }
    };
    // `--check` and `--plan` change nothing.
    if !(has("--check") || has("--plan")) {
        django("migrate", migrating(start));
    }
    django("collectstatic", collecting(start));
    if production {
        django("runserver", serving());
    }
    let mut once = |wanted: &dyn Fn(&str) -> bool, judgement: &dyn Fn() -> Judgement| {
        if let Some((at, _)) = found.iter().find(|(_, token)| wanted(token)) {
            tell(*at, judgement());
        }
    };
    if start == Start::Worker || (has("celery") && has("worker")) {
        once(&|token| matches!(token, "-B" | "--beat"), &scheduling);
    }
    if has("gunicorn") {
        let is_eventlet =
            |token: &str| matches!(token, "eventlet" | "--worker-class=eventlet" | "-keventlet");
        once(&is_eventlet, &|| {
            // https://github.com/benoitc/gunicorn/blob/master/docs/content/2026-news.md
            Judgement::error(
                Code::UnsafeCommand,
                "gunicorn has no eventlet workers since version 26",
                "",
                "use threads: leave `command` out",
            )
            .about("eventlet")
        });
    }
}

/// Whether a word of a command is a program, wherever it lies.
pub fn names_program<'a>(words: impl Iterator<Item = &'a str>, program: &str) -> bool {
    let is_program = |token: &str| token.rsplit('/').next() == Some(program);
    words.flat_map(tokens).any(is_program)
}

/// Whether a command starts a worker of RQ: `manage.py rqworker`, or `rq worker`.
pub fn is_rq_worker<'a>(words: impl Iterator<Item = &'a str>) -> bool {
    let tokens: Vec<(usize, &str)> = words.flat_map(tokens).map(|token| (0, token)).collect();
    let is_rq = |pair: &[(usize, &str)]| matches!(pair, [(_, program), (_, "worker")] if program.rsplit('/').next() == Some("rq"));
    tokens.windows(2).any(is_rq) || django_commands(&tokens).any(|(_, name)| name == "rqworker")
}

/// Words of programs after which another word deletes data; an empty program stands for any.
const DELETING: &[(&str, &str)] = &[
    // https://www.postgresql.org/docs/current/app-pgrestore.html
    ("pg_restore", "--clean"),
    ("pg_restore", "-c"),
    ("", "dropdb"),
    // https://docs.djangoproject.com/en/5.2/ref/django-admin/#flush
    ("manage.py", "flush"),
    ("django-admin", "flush"),
    // https://django-extensions.readthedocs.io/en/latest/reset_db.html
    ("manage.py", "reset_db"),
    ("django-admin", "reset_db"),
    ("", "FLUSHALL"),
    ("", "FLUSHDB"),
    ("", "DROP"),
    ("", "TRUNCATE"),
];

/// The word of a command that deletes data.
pub fn deletes(command: &str) -> Option<&'static str> {
    let words: Vec<&str> = command
        .split(|c: char| c.is_whitespace() || "'\";|&()".contains(c))
        .filter(|word| !word.is_empty())
        .collect();
    let at = |wanted: &str, is_name: bool| {
        words.iter().position(|word| {
            let name = word.rsplit('/').next().unwrap_or(word);
            if is_name { name == wanted } else { word.eq_ignore_ascii_case(wanted) }
        })
    };
    let found = DELETING.iter().find(|(program, word)| {
        let Some(place) = at(word, false) else { return false };
        program.is_empty() || at(program, true).is_some_and(|program| program < place)
    });
    found.map(|(_, word)| *word)
}

/// The management commands of Django among the tokens of a command, each with the place of its word: what follows
/// `manage.py`, `django-admin` or `-m django`, behind its options.
///
/// Other programs have words of the same names: queues, and commands of their own.
fn django_commands<'a>(
    tokens: &'a [(usize, &'a str)],
) -> impl Iterator<Item = (usize, &'a str)> + 'a {
    /// Options of every command whose value may be the next word: <https://docs.djangoproject.com/en/5.2/ref/django-admin/#default-options>.
    const VALUED: [&str; 4] = ["--settings", "--pythonpath", "--verbosity", "-v"];
    let starts = |at: &usize| {
        let Some((_, token)) = tokens.get(*at) else { return false };
        let name = token.rsplit('/').next().unwrap_or(token);
        let is_module = |at: &usize| {
            at.checked_sub(1).and_then(|at| tokens.get(at)).is_some_and(|(_, word)| *word == "-m")
        };
        matches!(name, "manage.py" | "django-admin") || (name == "django" && is_module(at))
    };
    (0..tokens.len()).filter(starts).filter_map(|start| {
        let mut rest = tokens.iter().skip(start + 1);
        loop {
            let (at, token) = rest.next()?;
            if VALUED.contains(token) {
                rest.next()?;
            } else if !token.starts_with('-') {
                return Some((*at, *token));
            }
        }
    })
}

/// <https://docs.djangoproject.com/en/5.2/ref/django-admin/#runserver>
fn serving() -> Judgement {
    Judgement::error(
        Code::UnsafeCommand,
        "Django's development server in a production stage",
        "",
        "use the component type `web` without `command`: its `server` serves requests",
    )
    .about("runserver")
}

/// IFRCGo/go-api#1926, johnpooch/diplicity-react#996, nautobot/helm-charts#744
fn migrating(start: Start) -> Judgement {
    let message = match start {
        Start::Helper => "a container of a process that migrates",
        Start::Process | Start::Worker => "a replicated process that migrates at its start",
    };
    Judgement::error(
        Code::UnsafeCommand,
        message,
        "every pod would do it",
        "add a component of type `migrate`: one Job a release, and processes wait for it",
    )
    .about("migrate")
}

/// RedHatProductSecurity/component-registry#388, LangCorrect/server#539
fn collecting(start: Start) -> Judgement {
    let (message, label) = match start {
        Start::Helper => (
            "a container of a process that collects static files",
            "every pod would do it, and pages of one release would meet files of another",
        ),
        Start::Process | Start::Worker => (
            "a process that collects static files at its start",
            "the root file system is read-only",
        ),
    };
    Judgement::error(
        Code::UnsafeCommand,
        message,
        label,
        "run `collectstatic` when the image is built",
    )
    .about("collectstatic")
}

/// mitodl/ol-infrastructure#4266
fn scheduling() -> Judgement {
    Judgement::error(
        Code::UnsafeCommand,
        "a worker that schedules as well",
        "every replica would send each task",
        "add a component of type `beat`",
    )
    .about("--beat")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_of_rq() {
        for words in [
            "python manage.py rqworker high",
            "rq worker",
            "/venv/bin/rq worker -c s",
            "sh -c 'exec ./manage.py rqworker'",
        ] {
            assert!(is_rq_worker([words].into_iter()), "{words}");
        }
        for words in
            ["celery worker", "python manage.py rqscheduler", "serve --queue rqworker", "rq info"]
        {
            assert!(!is_rq_worker([words].into_iter()), "{words}");
        }
    }
}
