//! The list as a shell script, and the commands that make each Secret.
//!
//! No value is ever part of a command line: `--from-literal` and its like can be read by every user of the machine in the
//! list of its processes. Values come from files, or from a here-document with a quoted end, in which a shell changes
//! nothing. What writes them into files is `printf`, which shells have built in. `kubectl create` rather than `apply`: it
//! refuses to replace a Secret that is there, and leaves no copy of the values in the annotation
//! `kubectl.kubernetes.io/last-applied-configuration`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use seaway_core::Stack;
use seaway_core::outputs::percent_encoded;
use seaway_core::stack::{Contract, ExternalSecret, Piece, SecretSource};
use seaway_core::values::{DataKey, Name};
use seaway_render::shell::word;
use serde_json::json;

use super::generated::Values;
use super::list::{Key, List, Secret, Source, Value};
use crate::files::Input;

/// What commands are made of.
pub(super) struct Script<'a> {
    pub(super) stack: &'a Stack,
    /// New values, if they are asked for.
    pub(super) values: Option<&'a Values>,
    /// What says in which folder a file lies.
    pub(super) input: &'a Input,
}

impl Script<'_> {
    /// The commands that make a Secret; none for one that `render` prints.
    pub(super) fn commands(&self, name: &Name, contract: &Contract) -> Vec<String> {
        match &contract.source.value {
            SecretSource::Development => Vec::new(),
            SecretSource::Existing => self.create(name, contract, &Maker::Cluster),
            SecretSource::Sealed(file) => {
                let file = file.as_ref().map_or_else(
                    || format!("{name}.sealed.yaml"),
                    |file| {
                        let folder = self.input.folder_at(file.path.span().unwrap_or_default());
                        folder.join(&file.path.value).display().to_string()
                    },
                );
                self.create(name, contract, &Maker::Kubeseal(file))
            }
            SecretSource::ExternalSecrets(external) => self.store(name, external),
        }
    }

    /// The pieces, with the new values of other Secrets in place of their files, which nothing writes.
    fn with_values(&self, pieces: &[Piece]) -> Vec<Piece> {
        let known = |piece: &Piece| match piece {
            Piece::Of { secret, key, is_encoded } => {
                let value = self.value(secret, key)?;
                let text = if *is_encoded { percent_encoded(value) } else { value.to_owned() };
                Some(Piece::Text(text))
            }
            Piece::Text(_) | Piece::Key(_) | Piece::Opaque => None,
        };
        pieces.iter().map(|piece| known(piece).unwrap_or_else(|| piece.clone())).collect()
    }

    /// The name of a Secret in the cluster, which its folder has as well.
    fn name_of(&self, secret: &Name) -> String {
        let contract = self.stack.secrets.get(secret);
        contract.map_or_else(|| secret.to_string(), |contract| contract.name.to_string())
    }

    fn value(&self, name: &Name, key: &DataKey) -> Option<&str> {
        self.values?.get(&(name.clone(), key.clone())).map(String::as_str)
    }

    /// Makes the Secret itself: of a manifest if all of its values are known, else of files.
    fn create(&self, name: &Name, contract: &Contract, maker: &Maker) -> Vec<String> {
        let known: Option<Vec<(&DataKey, &str)>> =
            contract.keys.keys().map(|key| Some((key, self.value(name, key)?))).collect();
        match known {
            Some(known) if !known.is_empty() => {
                let mut lines = vec![format!("{} <<'EOF'", maker.of_manifest())];
                lines.extend(self.manifest(contract, &known));
                lines.push("EOF".to_owned());
                lines
            }
            _ => self.of_files(name, contract, maker),
        }
    }

    fn manifest(&self, contract: &Contract, known: &[(&DataKey, &str)]) -> Vec<String> {
        let mut lines = vec![
            "apiVersion: v1".to_owned(),
            "kind: Secret".to_owned(),
            "metadata:".to_owned(),
            format!("  name: {}", contract.name),
            format!("  namespace: {}", self.stack.namespace),
            "type: Opaque".to_owned(),
            "stringData:".to_owned(),
        ];
        // Text of JSON is text of YAML.
        lines
            .extend(known.iter().map(|(key, value)| format!("  {}: {}", json!(key), json!(value))));
        lines
    }

    fn of_files(&self, name: &Name, contract: &Contract, maker: &Maker) -> Vec<String> {
        let folder = contract.name.to_string();
        let file = |key: &DataKey| format!("{folder}/{key}");
        let mut lines = Vec::new();
        for (key, recipe) in &contract.keys {
            if let Some(value) = self.value(name, key) {
                lines.push(format!("printf %s {} >{}", word(value), word(&file(key))));
            } else if let Some(pieces) = recipe.of_keys() {
                let of = |secret: Option<&Name>, key: &DataKey| match secret {
                    Some(secret) => format!("{}/{key}", self.name_of(secret)),
                    None => file(key),
                };
                lines.push(composed(&self.with_values(pieces), &of, &file(key)));
            }
        }
        if !lines.is_empty() {
            lines.insert(0, format!("mkdir -p {}", word(&folder)));
        }
        lines.push(format!(
            "kubectl create secret generic {} --namespace={}{} \\",
            contract.name,
            self.stack.namespace,
            if contract.is_tls() { " --type=kubernetes.io/tls" } else { "" }
        ));
        let last = contract.keys.len().saturating_sub(1);
        for (at, key) in contract.keys.keys().enumerate() {
            let end = if at == last { maker.end_of_files() } else { " \\".to_owned() };
            lines.push(format!("  --from-file={key}={}{end}", word(&file(key))));
        }
        lines
    }

    /// Makes the secrets of the store that the Secret is the first to use.
    fn store(&self, name: &Name, external: &ExternalSecret) -> Vec<String> {
        let _ = external;
        let mut remotes: BTreeMap<String, Vec<Property>> = BTreeMap::new();
        let mut first: BTreeMap<String, &Name> = BTreeMap::new();
        // What a config is composed of belongs to the Secret that it comes from.
        let own = self.stack.secrets.iter().filter(|(_, contract)| !contract.is_of_others());
        for (owner, contract) in own {
            for (key, place) in contract.copied() {
                let remote = place.remote.value;
                first.entry(remote.clone()).or_insert(owner);
                let property = place.property.map(|property| property.value);
                let value = self.value(owner, key).map(str::to_owned);
                let known = remotes.entry(remote).or_default();
                if known.iter().all(|known| known.name != property) {
                    known.push(Property { name: property, value });
                }
            }
        }
        let mine = remotes.iter().filter(|(remote, _)| first.get(*remote) == Some(&name));
        mine.flat_map(|(remote, properties)| self.create_remote(remote, properties)).collect()
    }

    fn create_remote(&self, remote: &str, properties: &[Property]) -> Vec<String> {
        let region = self.stack.cluster.region.as_ref();
        let region = region.map(|region| format!(" --region={}", word(region))).unwrap_or_default();
        let command = format!(
            "aws secretsmanager create-secret{region} --name={} --secret-string=",
            word(remote)
        );
        let file = remote.replace('/', "-");
        match properties {
            // All of the secret is one value: a newline at its end would be part of it.
            [Property { name: None, value: Some(value) }] => {
                vec![format!("printf %s {} | {command}file:///dev/stdin", word(value))]
            }
            [Property { name: None, value: None }] => {
                vec![format!("{command}{}", word(&format!("file://{file}")))]
            }
            properties => {
                let named = properties.iter().filter_map(|property| {
                    let name = property.name.as_ref()?;
                    Some((name.clone(), property.value.clone()))
                });
                let named: BTreeMap<String, Option<String>> = named.collect();
                let is_known = named.values().all(Option::is_some);
                let shown: BTreeMap<&String, String> = named
                    .iter()
                    .map(|(name, value)| {
                        (name, value.clone().unwrap_or_else(|| format!("<{name}>")))
                    })
                    .collect();
                let document = json!(shown).to_string();
                if is_known {
                    return vec![
                        format!("{command}file:///dev/stdin <<'EOF'"),
                        document,
                        "EOF".to_owned(),
                    ];
                }
                let mut lines = vec![format!(
                    "# {file}.json holds {}, with the values in place of <…>",
                    if self.values.is_some() { "what is below" } else { document.as_str() }
                )];
                if self.values.is_some() {
                    lines.push(format!("cat >{} <<'EOF'", word(&format!("{file}.template.json"))));
                    lines.push(document);
                    lines.push("EOF".to_owned());
                }
                lines.push(format!("{command}{}", word(&format!("file://{file}.json"))));
                lines
            }
        }
    }
}

/// A property of a secret in a store; without a name it is all of the secret.
struct Property {
    name: Option<String>,
    value: Option<String>,
}

/// What takes a Secret.
enum Maker {
    Cluster,
    /// With the file that it writes.
    Kubeseal(String),
}

impl Maker {
    fn of_manifest(&self) -> String {
        match self {
            Self::Cluster => "kubectl create --filename=-".to_owned(),
            Self::Kubeseal(file) => {
                format!("kubeseal --format=yaml --sealed-secret-file={}", word(file))
            }
        }
    }

    fn end_of_files(&self) -> String {
        match self {
            Self::Cluster => String::new(),
            Self::Kubeseal(_) => {
                format!(" \\\n  --dry-run=client --output=yaml | {}", self.of_manifest())
            }
        }
    }
}

/// A line that composes a file of others. `@uri` of jq encodes all but letters, digits and `-_.~`, a blank as `%20`
/// (<https://jqlang.org/manual/#format-strings-and-escaping>); some versions leave `!*'()`, which a password in a URL may hold
/// (<https://datatracker.ietf.org/doc/html/rfc3986#section-3.2.1>).
fn composed(
    pieces: &[Piece],
    file: &impl Fn(Option<&Name>, &DataKey) -> String,
    to: &str,
) -> String {
    let (mut format, mut values) = (String::new(), String::new());
    for piece in pieces {
        match piece {
            Piece::Text(text) => format.push_str(&text.replace('\\', "\\\\").replace('%', "%%")),
            Piece::Key(key) => {
                format.push_str("%s");
                let _ = write!(values, " \"$(jq -sRr @uri {})\"", word(&file(None, key)));
            }
            Piece::Of { secret, key, is_encoded } => {
                format.push_str("%s");
                let reader = if *is_encoded { "jq -sRr @uri" } else { "cat" };
                let _ = write!(values, " \"$({reader} {})\"", word(&file(Some(secret), key)));
            }
            Piece::Opaque => {}
        }
    }
    format!("printf {}{values} >{}", word(&format), word(to))
}

impl List {
    /// The list as a shell script.
    pub(super) fn script(&self) -> String {
        let mut text = String::new();
        let mut line = |line: &str| {
            text.push_str(line);
            text.push('\n');
        };
        if self.secrets.is_empty() {
            line(&format!("# stage `{}` of {} reads no Secrets", self.stage, self.stack));
            return text;
        }
        line(&format!(
            "# the Secrets of stage `{}` of {}, in namespace {}",
            self.stage, self.stack, self.namespace
        ));
        let writes = |line: &String| line.starts_with("printf") || line.starts_with("cat");
        if self.secrets.iter().flat_map(|secret| &secret.commands).any(writes) {
            line("umask 077");
        }
        let in_cluster = |secret: &Secret| matches!(secret.source, Source::Existing);
        if self.secrets.iter().any(in_cluster) {
            line(&format!(
                "# the namespace comes first: kubectl create namespace {}",
                self.namespace
            ));
        }
        for secret in &self.secrets {
            line("");
            line(&format!("# {}: {}", secret.name, secret.source.about()));
            for key in &secret.keys {
                line(&format!("#   {}: {}", key.name, key.about()));
                for reader in &key.read_by {
                    let containers = reader.containers.join(", ");
                    let containers = if containers.is_empty() {
                        containers
                    } else {
                        format!(" in {containers}")
                    };
                    line(&format!("#     {} reads {}{containers}", reader.owner, reader.through));
                }
                if key.read_by.is_empty() {
                    line("#     nothing in the stage reads it");
                }
            }
            if let Some(files) = secret.files() {
                line(&format!("# {files}"));
            }
            for command in &secret.commands {
                line(command);
            }
        }
        text
    }
}

impl Secret {
    /// Which files somebody has to write before the commands run.
    fn files(&self) -> Option<String> {
        let is_asked = |key: &&Key| match &key.value {
            Value::Given => true,
            Value::Own { value } | Value::SigningKey { value } => value.is_none(),
            // `user:password`: there is no key that it could be composed of.
            Value::Composed { of, value } => value.is_none() && of.ends_with("<password>"),
            // The commands write the text of a config.
            Value::File { .. } | Value::ThrowAway => false,
        };
        if !matches!(self.source, Source::Existing | Source::Sealed { .. }) {
            return None;
        }
        let files: Vec<String> = self
            .keys
            .iter()
            .filter(is_asked)
            .map(|key| format!("{}/{}", self.name, key.name))
            .collect();
        (!files.is_empty()).then(|| {
            format!(
                "write each value into its file, without a newline at the end: {}",
                files.join(", ")
            )
        })
    }
}

impl Source {
    fn about(&self) -> String {
        match self {
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
