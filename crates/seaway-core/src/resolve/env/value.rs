//! The value of one environment variable.

mod source;

use std::collections::BTreeMap;

use super::known::Known;
use crate::declared::Declared;
use crate::options::EnvValue;
use crate::outputs::{self, Output};
use crate::stack::{Calls, Contract, Part, VariableValue, unknown_config, unknown_secret};
use crate::values::{EnvName, Name, Part as Piece, Reference, Template};
use crate::{Code, Diagnostic, Origin, Sink, Sourced, Span, Stack, suggest};

/// Resolves the values of one part and collects the edges that they make.
pub(super) struct Values<'a, 's> {
    declared: &'a Declared<'a>,
    stack: &'a Stack,
    known: &'a Known<'a>,
    part: &'a Part,
    sink: &'s mut Sink,
    pub(super) edges: BTreeMap<Name, Origin>,
    /// The ports by which the components are called that it refers to, of all that it resolved.
    pub(super) calls: Calls,
    /// What asks for secrets as files, while the variables of a container are looked at that reads them as such.
    pub(super) files: Option<Origin>,
    /// Variables that hold a secret which another variable is composed of.
    helpers: BTreeMap<EnvName, Sourced<VariableValue>>,
}

/// Variables of one container by name.
pub(super) type Variables = BTreeMap<EnvName, Sourced<VariableValue>>;

/// What a reference stands for.
enum Meaning {
    Text(String),
    Value(VariableValue),
}

impl<'a, 's> Values<'a, 's> {
    pub(super) fn new(
        declared: &'a Declared<'a>,
        known: &'a Known<'a>,
        part: &'a Part,
        sink: &'s mut Sink,
    ) -> Self {
        let (edges, helpers, calls) = (BTreeMap::new(), BTreeMap::new(), Calls::new());
        Self { declared, stack: known.stack, known, part, sink, edges, calls, files: None, helpers }
    }

    pub(super) fn resolve_all(
        &mut self,
        env: &BTreeMap<Sourced<EnvName>, Sourced<EnvValue>>,
    ) -> Variables {
        let mut variables = Variables::new();
        for (name, value) in env {
            let resolved = match &value.value {
                EnvValue::Number(number) => Some(VariableValue::Text(number.to_string())),
                EnvValue::Text(template) => self.template(template, value.origin),
                EnvValue::From(_) if self.at_fault(name) => None,
                EnvValue::From(source) => self.source(source, value.origin),
            };
            if let Some(resolved) = resolved {
                variables
                    .insert(name.value.clone(), Sourced { value: resolved, origin: value.origin });
            }
        }
        variables.append(&mut self.helpers);
        variables
    }

    /// A value that the preset binds; its references are known to hold.
    pub(super) fn preset(&mut self, value: &Sourced<Template>) -> Sourced<VariableValue> {
        let resolved = self.template(&value.value, value.origin);
        Sourced {
            value: resolved.unwrap_or_else(|| VariableValue::Text(String::new())),
            origin: value.origin,
        }
    }

    fn template(&mut self, template: &Template, origin: Origin) -> Option<VariableValue> {
        if let [Piece::Reference(reference, offset)] = template.parts.as_slice() {
            let span = self.span(origin, *offset, &reference.to_string());
            return self.meaning(reference, span, origin).map(|meaning| match meaning {
                Meaning::Text(text) => VariableValue::Text(text),
                Meaning::Value(value) => value,
            });
        }
        let mut text = String::new();
        let mut complete = true;
        for part in &template.parts {
            match part {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Reference(reference, offset) => {
                    let span = self.span(origin, *offset, &reference.to_string());
                    match self.meaning(reference, span, origin) {
                        Some(Meaning::Text(piece)) => text.push_str(&piece),
                        Some(Meaning::Value(value)) => {
                            complete &= self.fits_in_file(&value, span);
                            self.refuse_secret_in_url(&text, &value, span);
                            let helper = self.helper(reference, Sourced { value, origin });
                            text.push_str("$(");
                            text.push_str(&helper);
                            text.push(')');
                        }
                        None => complete = false,
                    }
                }
                Piece::Malformed { text: written, offset } => {
                    self.malformed(written, *offset, origin);
                    complete = false;
                }
            }
        }
        complete.then_some(VariableValue::Text(text))
    }

    /// Whether a value can be part of a text: a file holds it as it is, and nothing composes it with a text.
    fn fits_in_file(&mut self, value: &VariableValue, span: Span) -> bool {
        let Some(files) = self.files else { return true };
        let is_secret = matches!(value, VariableValue::Secret { .. });
        if is_secret {
            self.sink.report(
                Diagnostic::error(Code::Conflict, "a secret inside a text can not be a file")
                    .label(span, "")
                    .origin(files, "asks for files")
                    .help("keep the whole value under a key of the Secret and refer to that key alone"),
            );
        }
        !is_secret
    }

    /// A password with `/ ? @ # : %` breaks the URL around it: bookwyrm-social/bookwyrm#1098, helm/charts#20731.
    fn refuse_secret_in_url(&mut self, before: &str, value: &VariableValue, span: Span) {
        let VariableValue::Secret { secret, .. } = value else { return };
        let in_url =
            before.rfind("://").is_some_and(|at| !before[at..].contains(char::is_whitespace));
        let made_up = self.stack.secrets.get(secret).is_some_and(Contract::is_made_up);
        if in_url && !made_up {
            self.sink.report(
                Diagnostic::error(Code::SecretInUrl, "a secret inside a URL")
                    .label(span, "its characters can break the URL")
                    .help("keep the whole URL, percent-encoded, under a key of the Secret and refer to that key"),
            );
        }
    }

    fn malformed(&mut self, written: &str, offset: usize, origin: Origin) {
        let is_open = !written.ends_with('}');
        let fault = if is_open {
            "a reference that does not end".to_owned()
        } else {
            format!("`{written}` is not a reference")
        };
        let help = if is_open {
            "close it with `}`, or write `$${` for a literal `${`"
        } else {
            "write `${component.output}` or `${secrets.name.key}`, or `$${` for a literal `${`"
        };
        let span = self.span(origin, offset, if is_open { "${" } else { written });
        self.sink.report(Diagnostic::error(Code::BadReference, fault).label(span, "").help(help));
    }

    /// Whether the value of a variable was told to be at fault.
    fn at_fault(&self, name: &EnvName) -> bool {
        self.declared.option_at_fault(&self.part.name, &["env", name])
    }

    /// The place of a piece of a template.
    fn span(&self, origin: Origin, offset: usize, piece: &str) -> Span {
        origin.span().map_or_else(
            || self.part.span(),
            |span| self.declared.source.inside(span, offset, piece),
        )
    }

    /// The variable that carries a secret into another one: `${db.password}` travels as `SEAWAY_DB_PASSWORD`.
    fn helper(&mut self, reference: &Reference, value: Sourced<VariableValue>) -> EnvName {
        let plain: String = format!("{}_{}", reference.owner, reference.path)
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
            .collect();
        let name = |suffix: String| {
            EnvName::try_from(format!("SEAWAY_{plain}{suffix}"))
                .unwrap_or_else(|fault| unreachable!("{fault}"))
        };
        // `${secrets.a-b.c}` and `${secrets.a.b-c}` want one name.
        let mut helper = name(String::new());
        let mut next = 2;
        while self.helpers.get(&helper).is_some_and(|other| *other != value) {
            helper = name(format!("_{next}"));
            next += 1;
        }
        self.helpers.insert(helper.clone(), value);
        helper
    }

    fn meaning(&mut self, reference: &Reference, span: Span, origin: Origin) -> Option<Meaning> {
        let field = |path: &str| Some(Meaning::Value(VariableValue::Field(path.to_owned())));
        let text = |text: &str| Some(Meaning::Text(text.to_owned()));
        let stack = self.stack;
        match (reference.owner.as_str(), reference.path.as_str()) {
            ("secrets", path) => self.secret(path, span),
            ("config", path) => self.config(path, span),
            ("pod", "ip") => field("status.podIP"),
            ("pod", "name") => field("metadata.name"),
            ("pod", "namespace") => field("metadata.namespace"),
            ("pod", "uid") => field("metadata.uid"),
            ("node", "ip") => field("status.hostIP"),
            ("node", "name") => field("spec.nodeName"),
            ("stack", "name") => text(&stack.name),
            ("stack", "namespace") => text(&stack.namespace),
            ("stage", "name") => text(&stack.stage),
            ("app", "image" | "version") => self.image(reference, span).map(Meaning::Text),
            ("pod", _) => self.unknown(reference, span, &["ip", "name", "namespace", "uid"]),
            ("node", _) => self.unknown(reference, span, &["ip", "name"]),
            ("stack", _) => self.unknown(reference, span, &["name", "namespace"]),
            ("stage", _) => self.unknown(reference, span, &["name"]),
            ("app", _) => self.unknown(reference, span, &["image", "version"]),
            _ => self.output(reference, span, origin),
        }
    }

    fn unknown(&mut self, reference: &Reference, span: Span, known: &[&str]) -> Option<Meaning> {
        self.sink.report(
            Diagnostic::error(Code::UnknownOutput, format!("unknown reference `{reference}`"))
                .label(span, "")
                .help_maybe(suggest::nearest_or_all(&reference.path, known.iter().copied())),
        );
        None
    }

    /// The image of the process, or of the application for who runs another one, or its tag.
    fn image(&mut self, reference: &Reference, span: Span) -> Option<String> {
        let image = self.part.shared.image.as_ref().filter(|_| self.part.facts.is_application());
        let image = image.or(self.stack.app.shared.image.as_ref());
        let found = match image {
            Some(image) if reference.path == "image" => Some(image.to_string()),
            Some(image) => image.tag.clone(),
            // A process without an image is told by a rule.
            None if self.part.facts.is_application()
                || self.declared.at_fault(["app", "image"]) =>
            {
                return None;
            }
            None => None,
        };
        if found.is_none() {
            let what = if image.is_some() { "tag" } else { "image" };
            self.sink.report(
                Diagnostic::error(Code::UnknownOutput, format!("`{reference}` stands for nothing"))
                    .label(span, format!("the application has no {what}"))
                    .help(
                        format!("give `app.image` a {what}")
                            .replace("`app.image` a image", "`[app]` an `image`"),
                    ),
            );
        }
        found
    }

    fn no_key(&mut self, owner: &str, name: &str, span: Span) -> Option<Meaning> {
        self.sink.report(
            Diagnostic::error(Code::BadReference, format!("`${{{owner}.{name}}}` names no key"))
                .label(span, "")
                .help(format!("write `${{{owner}.{name}.key}}`")),
        );
        None
    }

    fn secret(&mut self, path: &str, span: Span) -> Option<Meaning> {
        let Some((name, key)) = path.split_once('.') else {
            return self.no_key("secrets", path, span);
        };
        let known = self.stack.secrets.iter().find(|(known, _)| &***known == name);
        let Some((secret, contract)) = known else {
            if !self.declared.has("secrets", name) {
                self.sink.report(unknown_secret(self.stack.secret_names(), name, span));
            }
            return None;
        };
        let Some((key, _)) = contract.keys.iter().find(|(known, _)| &***known == key) else {
            if self.declared.at_fault(["secrets", name]) {
                return None;
            }
            let known = contract.keys.keys().map(|key| &**key);
            self.sink.report(
                Diagnostic::error(Code::UnknownKey, format!("Secret `{name}` has no key `{key}`"))
                    .label(span, "")
                    .origin(contract.origin, "its contract")
                    .help_maybe(suggest::nearest_or_all(key, known)),
            );
            return None;
        };
        Some(Meaning::Value(VariableValue::Secret {
            secret: secret.clone(),
            key: key.clone(),
            optional: false,
        }))
    }

    fn config(&mut self, path: &str, span: Span) -> Option<Meaning> {
        let Some((name, key)) = path.split_once('.') else {
            return self.no_key("config", path, span);
        };
        let known = self.stack.config.iter().find(|(known, _)| &***known == name);
        let Some((config, data)) = known else {
            if !self.declared.has("config", name) {
                self.sink.report(unknown_config(self.stack.config_names(), name, span));
            }
            return None;
        };
        let Some(key) = data.data.keys().find(|known| &*known.value == key) else {
            if self.declared.at_fault(["config", name]) {
                return None;
            }
            let known = data.data.keys().map(|key| &*key.value);
            self.sink.report(
                Diagnostic::error(Code::UnknownKey, format!("config `{name}` has no key `{key}`"))
                    .label(span, "")
                    .help_maybe(suggest::nearest_or_all(key, known)),
            );
            return None;
        };
        let key = key.value.clone();
        Some(Meaning::Value(VariableValue::Config { config: config.clone(), key, optional: false }))
    }

    fn output(&mut self, reference: &Reference, span: Span, origin: Origin) -> Option<Meaning> {
        let owner =
            if reference.owner == "self" { &self.part.name } else { &reference.owner as &str };
        let Some(owner) = self.stack.part(owner) else {
            if !self.declared.has("components", &reference.owner) {
                let known = self.stack.parts.keys().map(|name| &**name);
                self.sink.report(
                    Diagnostic::error(
                        Code::UnknownComponent,
                        format!("unknown component `{}`", reference.owner),
                    )
                    .label(self.owner_span(span, reference), "not part of this stage")
                    .help_maybe(suggest::nearest_or_all(&reference.owner, known)),
                );
            }
            return None;
        };
        let name = &owner.name.value;
        let outputs = self.known.of(owner);
        let Some(output) = outputs.get(&reference.path) else {
            if !self.output_at_fault(owner) {
                self.sink.report(unknown_output(owner, outputs, reference, span));
            }
            return None;
        };
        if owner.name != self.part.name {
            let ports = owner.facts.ports.of_output(&reference.path);
            self.calls.entry(name.clone()).or_default().extend(ports);
            self.edges.entry(name.clone()).or_insert(match origin {
                Origin::Stack(_) => Origin::Stack(span),
                Origin::Default(_) => origin,
            });
        }
        Some(match output {
            Output::Text(text) => Meaning::Text(text.clone()),
            Output::Secret(secret, key) => Meaning::Value(VariableValue::Secret {
                secret: secret.clone(),
                key: key.clone(),
                optional: false,
            }),
        })
    }

    /// Whether the outputs of a component follow from something that was told to be at fault.
    fn output_at_fault(&self, owner: &Part) -> bool {
        let name = &owner.name.value;
        let behind = outputs::database_behind(self.stack, name);
        self.declared.at_fault(["components", &**name])
            // What is wrong with the database of a pooler is told there.
            || (behind != name && self.known.of(owner).is_empty())
            || (owner.facts.secret.as_ref())
                .is_some_and(|secret| self.declared.at_fault(["secrets", &*secret.name]))
    }

    fn owner_span(&self, span: Span, reference: &Reference) -> Span {
        self.declared.source.inside(span, 1, &reference.owner)
    }
}

fn unknown_output(
    owner: &Part,
    outputs: &BTreeMap<String, Output>,
    reference: &Reference,
    span: Span,
) -> Diagnostic {
    let help = if outputs.is_empty() {
        Some(format!("a {} has no outputs", owner.facts.type_name))
    } else {
        suggest::nearest_or_all(&reference.path, outputs.keys().map(String::as_str))
    };
    let fault = format!("`{}` has no output `{}`", owner.name, reference.path);
    Diagnostic::error(Code::UnknownOutput, fault).label(span, "").help_maybe(help)
}
