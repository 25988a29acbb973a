//! The list as a shell script.

use seaway_core::shell::{Command, command, comment};
use seaway_core::stack::PULL_KEY;

use super::choice::Way;
use super::list::{Key, List, Secret, Source, Value};

impl List {
    /// The list as a shell script. `again` is the command line that prints it.
    pub(super) fn script(&self, again: &Command) -> String {
        let mut lines = self.lines(again);
        // A script ends with a line feed.
        lines.push(Command::default());
        seaway_core::shell::lines(lines).to_string()
    }

    fn lines(&self, again: &Command) -> Vec<Command> {
        let mut lines = Vec::new();
        let mut line = |line: Command| lines.push(line);
        if self.secrets.is_empty() {
            line(comment(&format!("stage `{}` of {} reads no Secrets", self.stage, self.stack)));
            return lines;
        }
        line(comment(&format!(
            "the Secrets of stage `{}` of {}, in namespace {}",
            self.stage, self.stack, self.namespace
        )));
        if self.secrets.iter().any(|secret| !secret.commands.is_empty()) {
            line(comment("the first command that fails ends the script; then it says what to do"));
            line(command("set -eu", &[]));
            line(command("on_failure=", &[]));
            line(command(r#"trap '[ "$?" -eq 0 ] || printf "%s\n" "$on_failure" >&2' EXIT"#, &[]));
        }
        let writes = |line: &Command| line.starts_with("printf") || line.starts_with("cat");
        if self.secrets.iter().flat_map(|secret| &secret.commands).any(writes) {
            line(command("umask 077", &[]));
        }
        let in_cluster = |secret: &Secret| {
            matches!(secret.source, Source::Existing) && secret.way == Way::Create
        };
        if !self.is_foreign && self.secrets.iter().any(in_cluster) {
            let create = command("kubectl create namespace {}", &[&self.namespace]);
            line(comment(&format!("the namespace comes first: {create}")));
        }
        for (at, secret) in self.secrets.iter().enumerate() {
            line(Command::default());
            secret.about().iter().for_each(|about| line(comment(about)));
            if !secret.commands.is_empty() {
                let failed = secret.failed(&self.secrets[at + 1..], again);
                line(command("on_failure={}", &[&failed]));
            }
            secret.commands.iter().for_each(|command| line(command.clone()));
            // Nobody reads the comments of a script that a pipe runs.
            if let (Way::Replace, Some(follows)) = (secret.way, secret.then()) {
                line(command("printf '%s\\n' {} >&2", &[&follows]));
            }
        }
        lines
    }
}

impl Secret {
    /// The comments above the commands.
    fn about(&self) -> Vec<String> {
        let mut lines = vec![format!("{}: {}", self.name, self.source.about(self.way))];
        for key in &self.keys {
            lines.push(format!("  {}: {}", key.name, key.about()));
            for reader in &key.read_by {
                let containers = reader.containers.join(", ");
                let containers =
                    if containers.is_empty() { containers } else { format!(" in {containers}") };
                lines.push(format!("    {} reads {}{containers}", reader.owner, reader.through));
            }
            if key.read_by.is_empty() {
                lines.push("    nothing in the stage reads it".to_owned());
            }
        }
        if !self.files.is_empty() {
            lines.push(format!(
                "write each value into its file, without a newline at the end: {}",
                self.files.join(", ")
            ));
        }
        if self.contract.is_none() {
            lines.push(format!(
                "{}/{PULL_KEY} is a `config.json` of Docker: {}",
                self.name, r#"{"auths":{"<registry>":{"auth":"<user:password in base64>"}}}"#
            ));
        }
        lines
    }

    /// What somebody does next, once the values are replaced.
    fn then(&self) -> Option<String> {
        let lines = &self.follows.lines;
        (!lines.is_empty())
            .then(|| format!("The Secret {} has new values.\n{}", self.name, lines.join("\n")))
    }

    /// This Secret and later ones.
    fn before<'a>(&'a self, later: &[&'a Self]) -> Vec<&'a Self> {
        [self].into_iter().chain(later.iter().copied()).collect()
    }

    /// What somebody reads when a command of this Secret fails.
    fn failed(&self, later: &[Self], again: &Command) -> String {
        let later = later.iter().filter(|secret| !secret.commands.is_empty());
        let (created, replaced): (Vec<&Self>, Vec<&Self>) =
            later.partition(|secret| secret.way == Way::Create);
        let flag = |flag: &'static str, secrets: &[&Self]| {
            let names: Vec<&str> = secrets.iter().map(|secret| secret.name.as_str()).collect();
            let given = |names: String| command(flag, &[&names]);
            if names.is_empty() { Command::default() } else { given(names.join(",")) }
        };
        let with = |created: &[&Self], replaced: &[&Self]| {
            let flags = [flag(" --replace={}", replaced), flag(" --only={}", created)];
            command("{}{}{}", &[again, &flags[0], &flags[1]])
        };
        let name = &self.name;
        let what = self.source.in_script(name);
        let mut lines = Vec::new();
        if self.way == Way::Create {
            lines.push(format!("The script stopped: it did not make {what}."));
            if !created.is_empty() || !replaced.is_empty() {
                lines.push(format!("If it exists and is right: {}", with(&created, &replaced)));
            }
            let keeper = self.follows.keeper.as_ref();
            let keeper = keeper.map(|server| format!(", which you then set in `{server}`, too"));
            lines.push(format!(
                "If it exists and needs new values{}: {}",
                keeper.unwrap_or_default(),
                with(&created, &self.before(&replaced))
            ));
        } else {
            lines.push(format!("The script stopped: it did not replace {what}."));
            lines.push(format!(
                "If it does not exist yet: {}",
                with(&self.before(&created), &replaced)
            ));
        }
        lines.join("\n")
    }
}

impl Source {
    /// What the commands make, in a sentence.
    fn in_script(&self, name: &str) -> String {
        match self {
            Self::Existing | Self::Development => format!("the Secret {name}"),
            Self::ExternalSecrets { .. } => format!("what the Secret {name} is copied from"),
            Self::Sealed { .. } => format!("the file of the SealedSecret {name}"),
        }
    }

    fn about(&self, way: Way) -> String {
        match self {
            Self::Existing if way == Way::Replace => {
                "is in the cluster and gets new values".to_owned()
            }
            Self::Existing => "has to be in the cluster before the stack is applied".to_owned(),
            Self::Development => {
                "`seaway render` prints it with throw-away values, nothing is to be made".to_owned()
            }
            Self::ExternalSecrets { kind, store, remotes } => {
                format!("External Secrets copies it from {} ({kind} {store})", remotes.join(", "))
            }
            Self::Sealed { file: Some(file) } => format!("its controller decrypts it from {file}"),
            Self::Sealed { file: None } => {
                "its controller decrypts it from a SealedSecret of `[[objects]]`".to_owned()
            }
        }
    }
}

impl Key {
    fn about(&self) -> String {
        match &self.value {
            Value::Own { .. } => "a password or token of the stack's own".to_owned(),
            Value::SigningKey { .. } => "Django's signing key".to_owned(),
            Value::Given => match self.name.as_str() {
                "tls.crt" => "a certificate, which an authority signs".to_owned(),
                "tls.key" => "the private key that the certificate was signed for".to_owned(),
                "ca.crt" => "the certificate of an authority".to_owned(),
                PULL_KEY => "credentials of registries, which nodes pull images with".to_owned(),
                _ => "somebody else gives it out".to_owned(),
            },
            Value::Composed { of, .. } if of.ends_with("<password>") => of.clone(),
            Value::Composed { of, .. } => {
                format!("{of}, the value of another key percent-encoded")
            }
            Value::File { .. } => "a file of a config, with secrets in it".to_owned(),
            Value::ThrowAway => "thrown away with the stage".to_owned(),
        }
    }
}
