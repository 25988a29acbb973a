//! The commands that make each Secret.
//!
//! No value is ever part of a command line: `--from-literal` and its like can be read by every user of the machine in the
//! list of its processes. Values come from files, or from a here-document with a quoted end, in which a shell changes
//! nothing. What writes them into files is `printf`, which shells have built in. `kubectl create` rather than `apply`: it
//! refuses to replace a Secret that is there, and leaves no copy of the values in the annotation
//! `kubectl.kubernetes.io/last-applied-configuration`. Where a replacement is asked for, `kubectl replace` takes such a copy
//! of the values of development away.

use std::collections::BTreeMap;

use seaway_core::Stack;
use seaway_core::outputs::percent_encoded;
use seaway_core::shell::{self, Command, command, comment, joined, variable};
use seaway_core::stack::{Contract, PULL_KEY, Piece, SecretSource};
use seaway_core::values::{DataKey, Name};
use serde_json::json;

use super::choice::{Choice, Way};
use super::generated::Values;
use crate::files::Input;

/// What commands are made of.
pub(super) struct Script<'a> {
    pub(super) stack: &'a Stack,
    /// New values, if they are asked for.
    pub(super) values: Option<&'a Values>,
    /// What says in which folder a file lies.
    pub(super) input: &'a Input,
    /// The Secrets that are asked for.
    pub(super) choice: &'a Choice<'a>,
}

impl Script<'_> {
    /// The commands that make a Secret or give it new values; none for one that `render` prints.
    pub(super) fn commands(&self, name: &Name, contract: &Contract, way: Way) -> Vec<Command> {
        match &contract.source.value {
            SecretSource::Development => Vec::new(),
            SecretSource::Existing => self.make(name, contract, &Maker::Cluster(way)),
            SecretSource::Sealed(file) => {
                let file = file.as_ref().map_or_else(
                    || format!("{name}.sealed.yaml"),
                    |file| {
                        let folder = self.input.folder_at(file.path.span().unwrap_or_default());
                        folder.join(&file.path.value).display().to_string()
                    },
                );
                let mut commands = Vec::new();
                if way == Way::Create {
                    // kubeseal writes over a file that exists.
                    commands.push(command(
                        "test ! -e {} || { echo {} >&2; exit 1; }",
                        &[&file, &format!("{file} exists")],
                    ));
                }
                commands.extend(self.make(name, contract, &Maker::Kubeseal(file)));
                commands
            }
            SecretSource::ExternalSecrets(_) => self.store(name, way),
        }
    }

    /// The commands that make a Secret that nodes pull images with.
    pub(super) fn pull(&self, name: &str, way: Way) -> Vec<Command> {
        let head = command("docker-registry {}", &[&name]);
        let file = format!("{name}/{PULL_KEY}");
        self.hand_over(&head, &[(PULL_KEY, file)], &Maker::Cluster(way))
    }

    /// Files that hold values and that somebody has to write before the commands run.
    pub(super) fn files(&self, name: &Name, contract: &Contract) -> Vec<String> {
        if !matches!(contract.source.value, SecretSource::Existing | SecretSource::Sealed(_)) {
            return Vec::new();
        }
        let mut files = Vec::new();
        for (key, recipe) in &contract.keys {
            if self.value(name, key).is_some() {
                continue;
            }
            let Some(pieces) = recipe.of_keys() else {
                files.push(format!("{}/{key}", contract.name));
                continue;
            };
            // The file of a Secret that the script makes is written for it.
            files.extend(self.with_values(pieces).iter().filter_map(|piece| match piece {
                Piece::Of { secret, key, .. } if !self.has_files(secret) => {
                    Some(format!("{}/{key}", self.name_of(secret)))
                }
                _ => None,
            }));
        }
        files.dedup();
        files
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

    fn way_of(&self, secret: &Name) -> Option<Way> {
        self.choice.way(&self.name_of(secret))
    }

    /// Whether the script makes a Secret of files.
    fn has_files(&self, secret: &Name) -> bool {
        let source = self.stack.secrets.get(secret).map(|contract| &contract.source.value);
        let of_files = matches!(source, Some(SecretSource::Existing | SecretSource::Sealed(_)));
        of_files && self.way_of(secret).is_some()
    }

    fn value(&self, name: &Name, key: &DataKey) -> Option<&str> {
        self.values?.get(&(name.clone(), key.clone())).map(String::as_str)
    }

    /// Makes the Secret itself: of a manifest if all of its values are known, else of files.
    fn make(&self, name: &Name, contract: &Contract, maker: &Maker) -> Vec<Command> {
        let known: Option<Vec<(&DataKey, &str)>> =
            contract.keys.keys().map(|key| Some((key, self.value(name, key)?))).collect();
        match known {
            Some(known) if !known.is_empty() => {
                let manifest = self.manifest(contract, &known).join("\n");
                vec![shell::reading(&maker.of_manifest(), "EOF", &manifest)]
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
            format!("type: {}", contract.secret_type().unwrap_or("Opaque")),
            "stringData:".to_owned(),
        ];
        // Text of JSON is text of YAML.
        lines
            .extend(known.iter().map(|(key, value)| format!("  {}: {}", json!(key), json!(value))));
        lines
    }

    fn of_files(&self, name: &Name, contract: &Contract, maker: &Maker) -> Vec<Command> {
        let folder = contract.name.to_string();
        let file = |key: &DataKey| format!("{folder}/{key}");
        let mut lines = Vec::new();
        for (key, recipe) in &contract.keys {
            if let Some(value) = self.value(name, key) {
                lines.push(command("printf %s {} >{}", &[&value, &file(key)]));
            } else if let Some(pieces) = recipe.of_keys() {
                let of = |secret: Option<&Name>, key: &DataKey| match secret {
                    Some(secret) => format!("{}/{key}", self.name_of(secret)),
                    None => file(key),
                };
                lines.extend(composed(&self.with_values(pieces), &of, &file(key)));
            }
        }
        if !lines.is_empty() {
            lines.insert(0, command("mkdir -p {}", &[&folder]));
        }
        let type_ = contract.secret_type().map(|type_| command(" --type={}", &[&type_]));
        let head = command("generic {}{}", &[&contract.name.value, &type_.unwrap_or_default()]);
        let files: Vec<(&str, String)> =
            contract.keys.keys().map(|key| (&**key, file(key))).collect();
        lines.extend(self.hand_over(&head, &files, maker));
        lines
    }

    /// Hands the Secret of some files to what takes it.
    fn hand_over(&self, head: &Command, files: &[(&str, String)], maker: &Maker) -> Vec<Command> {
        let namespace = &self.stack.namespace.value;
        let mut made = command("kubectl create secret {} --namespace={}", &[head, namespace]);
        for (key, file) in files {
            made = command("{} \\\n  --from-file={}={}", &[&made, key, file]);
        }
        let Some(taker) = maker.of_printed() else { return vec![made] };
        let printed = command("{} \\\n  --dry-run=client --output=yaml", &[&made]);
        // A pipe would hide that its first half fails.
        vec![
            command("manifest=$({})", &[&printed]),
            command(r#"printf '%s\n' "$manifest" | {}"#, &[&taker]),
        ]
    }

    /// Makes the secrets of the store that the Secret is the first to use.
    fn store(&self, name: &Name, way: Way) -> Vec<Command> {
        let mut remotes: BTreeMap<String, Vec<Property>> = BTreeMap::new();
        let mut first: BTreeMap<String, &Name> = BTreeMap::new();
        // What a config is composed of belongs to the Secret that it comes from.
        let own = self.stack.secrets.iter().filter(|(_, contract)| !contract.is_of_others());
        for (owner, contract) in own {
            for (key, place) in contract.copied() {
                let remote = place.remote.value;
                if self.way_of(owner).is_some() {
                    first.entry(remote.clone()).or_insert(owner);
                }
                let property = place.property.map(|property| property.value);
                let value = self.value(owner, key).map(str::to_owned);
                let known = remotes.entry(remote).or_default();
                if known.iter().all(|known| known.name != property) {
                    known.push(Property { name: property, value });
                }
            }
        }
        let mine = remotes.iter().filter(|(remote, _)| first.get(*remote) == Some(&name));
        mine.flat_map(|(remote, properties)| self.remote(remote, properties, way)).collect()
    }

    /// A secret of AWS Secrets Manager: `put-secret-value` gives one that exists a new version
    /// (<https://docs.aws.amazon.com/cli/latest/reference/secretsmanager/put-secret-value.html>).
    fn remote(&self, remote: &str, properties: &[Property], way: Way) -> Vec<Command> {
        let region = self.stack.cluster.region.as_ref();
        let region = region.map(|region| command(" --region={}", &[&region.to_string()]));
        let region = region.unwrap_or_default();
        let with = |value: &str| match way {
            Way::Create => command(
                "aws secretsmanager create-secret{} --name={} --secret-string={}",
                &[&region, &remote, &value],
            ),
            Way::Replace => command(
                "aws secretsmanager put-secret-value{} --secret-id={} --secret-string={}",
                &[&region, &remote, &value],
            ),
        };
        let file = remote.replace('/', "-");
        match properties {
            // All of the secret is one value: a newline at its end would be part of it.
            [Property { name: None, value: Some(value) }] => {
                vec![command("printf %s {} | {}", &[value, &with("file:///dev/stdin")])]
            }
            [Property { name: None, value: None }] => {
                vec![with(&format!("file://{file}"))]
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
                    return vec![shell::reading(&with("file:///dev/stdin"), "EOF", &document)];
                }
                let mut lines = vec![comment(&format!(
                    "{file}.json holds {}, with the values in place of <…>",
                    if self.values.is_some() { "what is below" } else { document.as_str() }
                ))];
                if self.values.is_some() {
                    let cat = command("cat >{}", &[&format!("{file}.template.json")]);
                    lines.push(shell::reading(&cat, "EOF", &document));
                }
                lines.push(with(&format!("file://{file}.json")));
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
    Cluster(Way),
    /// With the file that it writes.
    Kubeseal(String),
}

impl Maker {
    /// What reads a manifest.
    fn of_manifest(&self) -> Command {
        match self {
            Self::Cluster(Way::Create) => command("kubectl create --filename=-", &[]),
            Self::Cluster(Way::Replace) => command("kubectl replace --filename=-", &[]),
            Self::Kubeseal(file) => {
                command("kubeseal --format=yaml --sealed-secret-file={}", &[file])
            }
        }
    }

    /// What reads the manifest that `kubectl create` prints; none where that makes the Secret itself.
    fn of_printed(&self) -> Option<Command> {
        (!matches!(self, Self::Cluster(Way::Create))).then(|| self.of_manifest())
    }
}

/// Lines that compose a file of others. `@uri` of jq encodes all but letters, digits and `-_.~`, a blank as `%20`
/// (<https://jqlang.org/manual/#format-strings-and-escaping>); some versions leave `!*'()`, which a password in a URL may hold
/// (<https://datatracker.ietf.org/doc/html/rfc3986#section-3.2.1>). A shell that ends at the first failure does so at an
/// assignment, and not at a word of a command.
fn composed(
    pieces: &[Piece],
    file: &impl Fn(Option<&Name>, &DataKey) -> String,
    to: &str,
) -> Vec<Command> {
    let (mut lines, mut format, mut values) = (Vec::new(), String::new(), Vec::new());
    for piece in pieces {
        let read = match piece {
            Piece::Text(text) => {
                format.push_str(&text.replace('\\', "\\\\").replace('%', "%%"));
                continue;
            }
            Piece::Key(key) => command("jq -sRr @uri {}", &[&file(None, key)]),
            Piece::Of { secret, key, is_encoded: true } => {
                command("jq -sRr @uri {}", &[&file(Some(secret), key)])
            }
            Piece::Of { secret, key, is_encoded: false } => {
                command("cat {}", &[&file(Some(secret), key)])
            }
            Piece::Opaque => continue,
        };
        let part = format!("part_{}", lines.len() + 1);
        lines.push(command("{}=$({})", &[&part, &read]));
        format.push_str("%s");
        values.push(variable(&part));
    }
    lines.push(command("printf {} {} >{}", &[&format, &joined(values), &to]));
    lines
}
