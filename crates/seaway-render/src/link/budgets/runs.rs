//! What a container runs, read from its words: the servers whose processes, threads and times are known.

use k8s_openapi::api::core::v1::Container;
use seaway_core::options::{Processes, Server};

use crate::names::CELERY_SCRIPT;

/// A program that a container runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Program {
    /// A server of a web process.
    Server(Server),
    /// `celery worker`: <https://docs.celeryq.dev/en/stable/reference/cli.html#celery-worker>
    Worker,
    /// `celery beat`
    Beat,
    /// `celery flower`
    Flower,
}

/// A container and the program that it runs.
#[derive(Clone, Copy)]
pub(in super::super) struct Run<'a> {
    pub container: &'a Container,
    pub program: Program,
}

/// The words of a container. A text of several words is what a shell gets.
pub(in super::super) fn words(container: &Container) -> impl Iterator<Item = &str> {
    let words = container.command.iter().flatten().chain(container.args.iter().flatten());
    words
        .flat_map(|word| word.split_whitespace())
        .map(|word| word.trim_matches(|c: char| matches!(c, '"' | '\'' | ';' | '(' | ')')))
}

impl<'a> Run<'a> {
    /// What a container runs, if it is known.
    pub(in super::super) fn of(container: &'a Container) -> Option<Self> {
        let mut is_celery = false;
        let program = words(container).find_map(|word| {
            let name = word.rsplit('/').next().unwrap_or(word);
            match name {
                "celery" | CELERY_SCRIPT => {
                    is_celery = true;
                    None
                }
                "worker" if is_celery => Some(Program::Worker),
                "beat" if is_celery => Some(Program::Beat),
                "flower" if is_celery => Some(Program::Flower),
                _ => Server::of_program(name).map(Program::Server),
            }
        })?;
        Some(Self { container, program })
    }

    /// The value of an option, by its long or its short name; the last one wins, as it does for the program.
    pub(in super::super) fn option(self, long: &str, short: &str) -> Option<&'a str> {
        let mut found = None;
        let mut is_next = false;
        for word in words(self.container) {
            if is_next {
                found = Some(word);
            }
            // Most words are no options: they are not compared.
            if !word.starts_with('-') {
                is_next = false;
                continue;
            }
            is_next = word == long || (!short.is_empty() && word == short);
            let joined = word.strip_prefix(long).and_then(|rest| rest.strip_prefix('='));
            let close = || {
                let rest = word.strip_prefix(short).filter(|_| !short.is_empty())?;
                rest.starts_with(|c: char| c.is_ascii_digit()).then_some(rest)
            };
            if let Some(value) = joined.or_else(close) {
                found = Some(value);
            }
        }
        found
    }

    /// The same as a whole number.
    pub(in super::super) fn number(self, long: &str, short: &str) -> Option<i64> {
        self.option(long, short)?.parse().ok()
    }

    /// Where an option is among the words: the list and the place in it.
    pub(in super::super) fn place(self, long: &str, short: &str) -> Option<(&'static str, usize)> {
        let lists = [("command", &self.container.command), ("args", &self.container.args)];
        lists.into_iter().find_map(|(list, words)| {
            let at = words.iter().flatten().position(|word| {
                word.contains(long) || (!short.is_empty() && word.starts_with(short))
            })?;
            Some((list, at))
        })
    }

    /// Whether settings of it are in a file, which is not read here: one that a flag names, or a word like `uwsgi.ini`.
    fn has_file(self, flags: &[&str]) -> bool {
        let is_ini = |word: &str| word.rsplit_once('.').is_some_and(|(_, end)| end == "ini");
        let names = |word: &str| flags.contains(&word.split('=').next().unwrap_or(word));
        !flags.is_empty() && words(self.container).any(|word| names(word) || is_ini(word))
    }

    /// Processes beside the first one: those that serve, or Celery's children. `None` if nobody knows.
    pub(in super::super) fn processes(self) -> Option<i64> {
        match self.program {
            Program::Server(server) => self.of_server(server.facts().processes),
            Program::Worker if !self.forks() => Some(0),
            Program::Worker => self.concurrency(),
            Program::Beat | Program::Flower => Some(0),
        }
    }

    /// Processes of a server.
    fn of_server(self, processes: Processes) -> Option<i64> {
        match processes {
            Processes::One => Some(1),
            Processes::Flag { long, short, variable, files } => long
                .iter()
                .find_map(|name| self.number(name, short))
                .or_else(|| self.variable(variable))
                .or((!self.has_file(files)).then_some(1)),
        }
    }

    /// Whether a worker runs its tasks in processes of their own.
    pub(in super::super) fn forks(self) -> bool {
        self.option("--pool", "-P").is_none_or(|pool| matches!(pool, "prefork" | "processes"))
    }

    /// Tasks that a worker runs at a time. Celery takes the cores of the node if it is not said, which nobody knows here.
    pub(in super::super) fn concurrency(self) -> Option<i64> {
        if self.option("--pool", "-P") == Some("solo") {
            return Some(1);
        }
        let scaled = self.option("--autoscale", "").and_then(|both| both.split(',').next());
        scaled.and_then(|most| most.parse().ok()).or_else(|| self.number("--concurrency", "-c"))
    }

    /// A variable of the container that is a number.
    fn variable(self, name: &str) -> Option<i64> {
        let variables = self.container.env.iter().flatten();
        variables.filter(|one| one.name == name).find_map(|one| one.value.as_ref()?.parse().ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(words: &[&str]) -> Container {
        let command = Some(words.iter().map(|word| (*word).to_owned()).collect());
        Container { command, ..Container::default() }
    }

    fn program(words: &[&str]) -> Option<Program> {
        Run::of(&container(words)).map(|run| run.program)
    }

    #[test]
    fn programs_are_known_by_their_words() {
        assert_eq!(program(&["gunicorn", "a.wsgi"]), Some(Program::Server(Server::Gunicorn)));
        assert_eq!(
            program(&["/venv/bin/uvicorn", "a.asgi"]),
            Some(Program::Server(Server::Uvicorn))
        );
        assert_eq!(
            program(&["sh", "-c", "exec celery -A a worker -l info"]),
            Some(Program::Worker)
        );
        assert_eq!(
            program(&["python", "/opt/seaway/seaway_celery.py", "run", "--app=a", "beat"]),
            Some(Program::Beat)
        );
        assert_eq!(program(&["python", "worker"]), None);
        assert_eq!(program(&["celery-exporter"]), None);
    }

    #[test]
    fn options_are_read_in_each_form() {
        let read = |words: &[&str], long: &str, short: &str| {
            let container = container(words);
            Run::of(&container).and_then(|run| run.number(long, short))
        };
        for words in [
            &["gunicorn", "--workers=3"][..],
            &["gunicorn", "--workers", "3"],
            &["gunicorn", "-w", "3"],
            &["gunicorn", "-w3"],
            &["sh", "-c", "exec gunicorn -w 1 -w '3'"],
        ] {
            assert_eq!(read(words, "--workers", "-w"), Some(3), "{words:?}");
        }
        assert_eq!(read(&["gunicorn", "--workers-x=3"], "--workers", "-w"), None);
        let solo = container(&["celery", "worker", "-P", "solo", "-c", "9"]);
        assert_eq!(Run::of(&solo).and_then(Run::concurrency), Some(1));
        let processes = |words: &[&str]| Run::of(&container(words)).and_then(Run::processes);
        for words in [
            &["gunicorn", "-c", "conf.py"][..],
            &["hypercorn", "--config=conf.toml", "a.asgi"],
            &["uwsgi", "--ini", "conf"],
            &["uwsgi", "uwsgi.ini"],
        ] {
            assert_eq!(processes(words), None, "{words:?}");
        }
        assert_eq!(processes(&["uwsgi", "--processes=4"]), Some(4));
        assert_eq!(processes(&["uwsgi", "-p", "4", "--http=:80"]), Some(4));
        assert_eq!(processes(&["sh", "-c", "exec uvicorn a.asgi"]), Some(1));
        assert_eq!(processes(&["daphne", "-w", "4", "a.asgi"]), Some(1));
        let scaled = container(&["celery", "worker", "--autoscale=10,3"]);
        assert_eq!(Run::of(&scaled).and_then(Run::processes), Some(10));
    }
}
