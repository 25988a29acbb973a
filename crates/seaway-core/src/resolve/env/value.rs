//! What a text with references says: the value of a variable, a word of a command, a label, a file of a config.

mod fault;
mod source;

pub(super) use fault::shown;

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::known::Known;
use super::texts;
use crate::declared::Declared;
use crate::options::{EnvValue, Place};
use crate::outputs::Output;
use crate::stack::{self, Calls, Contract, VariableValue};
use crate::values::{DataKey, EnvName, Image, Name, Part as Piece, Reference, Template};
use crate::{Code, Diagnostic, Origin, Sink, Sourced, Span, Stack};

/// Whose texts are resolved.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    /// The component; `None` for a config, which is nobody's own.
    pub(super) name: Option<&'a Sourced<Name>>,
    /// The image of the component.
    pub(super) image: Option<&'a Sourced<Image>>,
    /// Whether it runs the application.
    pub(super) is_process: bool,
    /// Where what nobody wrote is reported.
    pub(super) place: Span,
    /// The file beside the stack file that the text is in.
    pub(super) file: Option<&'a str>,
}

/// Resolves the texts of one reader and collects the edges that they make.
pub(super) struct Values<'a, 's> {
    pub(super) declared: &'a Declared<'a>,
    pub(super) stack: &'a Stack,
    known: &'a Known,
    pub(super) reader: Reader<'a>,
    pub(super) sink: &'s mut Sink,
    pub(super) edges: BTreeMap<Name, Origin>,
    /// The ports by which the components are called that it refers to, of all that it resolved.
    pub(super) calls: Calls,
    /// What asks for secrets as files, while the variables of a container are looked at that reads them as such.
    pub(super) files: Option<Origin>,
    /// Whether other programs than Seaway have a meaning for `${…}` in the texts: a shell, or what reads a config.
    pub(super) is_foreign: bool,
    /// Variables that hold a value which another text is composed of.
    pub(super) helpers: Variables,
    /// What each of them holds, in all containers of the reader: they may share variables.
    pub(super) named: Named,
}

/// Variables of one container by name.
pub(super) type Variables = BTreeMap<EnvName, Sourced<VariableValue>>;

/// What variables hold, by name.
pub(super) type Named = BTreeMap<EnvName, VariableValue>;

/// What is said of a secret that is a file, where a text can not hold one.
struct NoFile {
    fault: &'static str,
    help: &'static str,
}

const INSIDE: NoFile = NoFile {
    fault: "a secret inside a text can not be a file",
    help: "keep the whole value under a key of the Secret and refer to that key alone",
};
const WORD: NoFile = NoFile {
    fault: "a secret in a command can not be a file",
    help: "set `env.X` to this reference: the program finds the path of the file in `X_FILE`",
};

/// What a reference stands for.
pub(super) enum Meaning {
    Text(String),
    Value(VariableValue),
}

/// A piece of a text once its references are resolved.
pub(super) enum Resolved<'t> {
    /// Text, written or the meaning of a reference.
    Text(std::borrow::Cow<'t, str>),
    /// What is no text before a container starts.
    Value(VariableValue, &'t Reference, Spot<'t>),
}

/// The places of the references of a text, found in one way through it when the first one is asked for.
pub(super) struct Places<'t> {
    template: &'t Template,
    origin: Origin,
    usual: Span,
    source: &'t crate::Source,
    found: OnceCell<Vec<Span>>,
    lines: OnceCell<Vec<usize>>,
}

/// The place of a reference.
#[derive(Clone, Copy)]
pub(super) enum Spot<'t> {
    /// It is known.
    At(Span),
    /// The reference of that number.
    Nth(&'t Places<'t>, usize),
}

impl Spot<'_> {
    pub(super) fn span(self) -> Span {
        match self {
            Self::At(span) => span,
            Self::Nth(places, index) => {
                let written = places.origin.span();
                let find = |span| places.source.all_inside(span, places.template.places());
                let all = places.found.get_or_init(|| written.map(find).unwrap_or_default());
                all.get(index).copied().or(written).unwrap_or(places.usual)
            }
        }
    }

    /// The line of the text that it is in, from 1.
    fn line(self) -> Option<usize> {
        let Self::Nth(places, index) = self else { return None };
        let lines = places.lines.get_or_init(|| {
            let (mut line, mut at) = (1, 0);
            let written = places.template.written();
            let line_of = |(offset, _): (usize, &str)| {
                line += written.get(at..offset).map_or(0, |between| between.matches('\n').count());
                at = offset;
                line
            };
            places.template.places().map(line_of).collect()
        });
        lines.get(index).copied()
    }
}

impl<'a, 's> Values<'a, 's> {
    pub(super) fn new(
        declared: &'a Declared<'a>,
        (stack, known): (&'a Stack, &'a Known),
        reader: Reader<'a>,
        sink: &'s mut Sink,
    ) -> Self {
        let (edges, helpers, named) = (BTreeMap::new(), Variables::new(), Named::new());
        let (calls, files, is_foreign) = (Calls::new(), None, false);
        Self {
            declared,
            stack,
            known,
            reader,
            sink,
            edges,
            calls,
            files,
            is_foreign,
            helpers,
            named,
        }
    }

    /// The variables as written, and those that they are composed of.
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

    /// The component whose output is all of a value.
    pub(super) fn component_of(&self, value: &Template) -> Option<Name> {
        let [Piece::Reference(reference, _)] = value.parts.as_slice() else { return None };
        self.known.component(&reference.owner).map(|(name, _)| name.clone())
    }

    /// The value of a variable: text, or the one thing that its only reference stands for.
    fn template(&mut self, template: &Template, origin: Origin) -> Option<VariableValue> {
        if let [Piece::Reference(reference, _)] = template.parts.as_slice() {
            let places = self.places(template, origin);
            return self.meaning(reference, Spot::Nth(&places, 0), origin).map(|meaning| {
                match meaning {
                    Meaning::Text(text) => VariableValue::Text(text),
                    Meaning::Value(value) => value,
                }
            });
        }
        self.composed(template, origin, &INSIDE).map(VariableValue::Text)
    }

    /// The word of a command, in which `$(VARIABLE)` stands for a secret.
    pub(super) fn word(&mut self, template: &Template, origin: Origin) -> Option<String> {
        self.composed(template, origin, &WORD)
    }

    /// A text in which `$(VARIABLE)` stands for what is no text.
    fn composed(
        &mut self,
        template: &Template,
        origin: Origin,
        no_file: &NoFile,
    ) -> Option<String> {
        let places = self.places(template, origin);
        let (pieces, mut is_complete) = self.pieces(&places);
        let mut text = String::new();
        let mut is_in_url = false;
        for piece in pieces {
            match piece {
                Resolved::Text(piece) => {
                    is_in_url = goes_on_in_url(is_in_url, &piece);
                    text.push_str(&piece);
                }
                Resolved::Value(value, reference, spot) => {
                    is_complete &= self.fits_in_file(&value, spot, no_file);
                    if is_in_url {
                        self.refuse_secret_in_url(&value, spot);
                    }
                    let helper = self.helper(reference, Sourced { value, origin });
                    text.push_str("$(");
                    text.push_str(&helper);
                    text.push(')');
                }
            }
        }
        is_complete.then_some(text)
    }

    /// A text that is written out when the stage is rendered.
    pub(super) fn plain(
        &mut self,
        template: &Template,
        origin: Origin,
        place: Place,
    ) -> Option<String> {
        let places = self.places(template, origin);
        let (pieces, mut is_complete) = self.pieces(&places);
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Resolved::Text(piece) => text.push_str(&piece),
                Resolved::Value(value, reference, spot) => {
                    if let Some(known) = self.text_of(&value) {
                        text.push_str(known);
                        continue;
                    }
                    is_complete = false;
                    let report = texts::refused(place, reference, &value, spot.span());
                    self.report(report, spot);
                }
            }
        }
        is_complete.then_some(text)
    }

    /// The text of a config that is no secret.
    fn text_of(&self, value: &VariableValue) -> Option<&'a str> {
        let VariableValue::Config { config, key, .. } = value else { return None };
        let mut texts = self.stack.config.get(config)?.data.iter();
        texts.find_map(|(known, text)| (known.value == *key).then_some(text.as_str()))
    }

    pub(super) fn places<'t>(&self, template: &'t Template, origin: Origin) -> Places<'t>
    where
        'a: 't,
    {
        Places {
            template,
            origin,
            usual: self.reader.place,
            source: self.declared.source,
            found: OnceCell::new(),
            lines: OnceCell::new(),
        }
    }

    /// The pieces of a text, and whether none of its references is at fault.
    pub(super) fn pieces<'t>(&mut self, places: &'t Places<'t>) -> (Vec<Resolved<'t>>, bool) {
        let mut pieces = Vec::with_capacity(places.template.parts.len());
        let mut is_complete = true;
        let mut index = 0;
        for part in &places.template.parts {
            let spot = Spot::Nth(places, index);
            match part {
                Piece::Text(text) => {
                    pieces.push(Resolved::Text(text.as_str().into()));
                    continue;
                }
                Piece::Reference(reference, _) => {
                    match self.meaning(reference, spot, places.origin) {
                        Some(Meaning::Text(text)) => pieces.push(Resolved::Text(text.into())),
                        Some(Meaning::Value(value)) => {
                            pieces.push(Resolved::Value(value, reference, spot));
                        }
                        None => is_complete = false,
                    }
                }
                Piece::Malformed { text, .. } => {
                    self.malformed(text, spot);
                    is_complete = false;
                }
            }
            index += 1;
        }
        (pieces, is_complete)
    }

    /// Reports a fault of a reference, with its line if it is in a file beside the stack file.
    pub(super) fn report(&mut self, diagnostic: Diagnostic, spot: Spot<'_>) {
        let line = self.reader.file.zip(spot.line());
        self.sink.report(match line {
            Some((file, line)) => diagnostic.note(format!("in line {line} of `{file}`")),
            None => diagnostic,
        });
    }

    /// Whether an option of the reader was told to be at fault.
    fn reader_at_fault(&self, option: &str) -> bool {
        let reader = self.reader.name;
        reader.is_some_and(|reader| self.declared.option_at_fault(reader, &[option]))
    }

    fn malformed(&mut self, written: &str, spot: Spot<'_>) {
        self.report(fault::malformed(written, self.is_foreign, spot.span()), spot);
    }

    /// Whether a value can be part of a text: a file holds it as it is, and nothing composes it with a text.
    fn fits_in_file(&mut self, value: &VariableValue, spot: Spot<'_>, no_file: &NoFile) -> bool {
        let Some(files) = self.files else { return true };
        let is_secret = matches!(value, VariableValue::Secret { .. });
        if is_secret {
            self.sink.report(
                Diagnostic::error(Code::Conflict, no_file.fault)
                    .label(spot.span(), "")
                    .origin(files, "asks for files")
                    .help(no_file.help),
            );
        }
        !is_secret
    }

    /// A password with `/ ? @ # : %` breaks the URL around it: bookwyrm-social/bookwyrm#1098, helm/charts#20731.
    fn refuse_secret_in_url(&mut self, value: &VariableValue, spot: Spot<'_>) {
        let VariableValue::Secret { secret, .. } = value else { return };
        if !self.stack.secrets.get(secret).is_some_and(Contract::is_made_up) {
            self.sink.report(
                Diagnostic::error(Code::SecretInUrl, "a secret inside a URL")
                    .label(spot.span(), "its characters can break the URL")
                    .help("keep the whole URL, percent-encoded, under a key of the Secret and refer to that key"),
            );
        }
    }

    /// Whether the value of a variable was told to be at fault.
    fn at_fault(&self, name: &EnvName) -> bool {
        let reader = self.reader.name;
        reader.is_some_and(|reader| self.declared.option_at_fault(reader, &["env", name]))
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
        while self.named.get(&helper).is_some_and(|other| *other != value.value) {
            helper = name(format!("_{next}"));
            next += 1;
        }
        self.named.insert(helper.clone(), value.value.clone());
        self.helpers.insert(helper.clone(), value);
        helper
    }

    fn meaning(
        &mut self,
        reference: &Reference,
        spot: Spot<'_>,
        origin: Origin,
    ) -> Option<Meaning> {
        let field = |path: &str| Some(Meaning::Value(VariableValue::Field(path.to_owned())));
        let text = |text: &str| Some(Meaning::Text(text.to_owned()));
        let stack = self.stack;
        match (reference.owner.as_str(), reference.path.as_str()) {
            ("secrets", path) => self.secret(path, spot),
            ("config", path) => self.config(path, spot),
            ("pod", "ip") => field("status.podIP"),
            ("pod", "name") => field("metadata.name"),
            ("pod", "namespace") => field("metadata.namespace"),
            ("pod", "uid") => field("metadata.uid"),
            ("node", "ip") => field("status.hostIP"),
            ("node", "name") => field("spec.nodeName"),
            ("stack", "name") => text(&stack.name),
            ("stack", "namespace") => text(&stack.namespace),
            ("stage", "name") => text(&stack.stage),
            ("app", "image" | "version") => self.image(reference, spot).map(Meaning::Text),
            ("pod", _) => self.unknown(reference, spot, &["ip", "name", "namespace", "uid"]),
            ("node", _) => self.unknown(reference, spot, &["ip", "name"]),
            ("stack", _) => self.unknown(reference, spot, &["name", "namespace"]),
            ("stage", _) => self.unknown(reference, spot, &["name"]),
            ("app", _) => self.unknown(reference, spot, &["image", "version"]),
            _ => self.output(reference, spot, origin),
        }
    }

    fn unknown(
        &mut self,
        reference: &Reference,
        spot: Spot<'_>,
        known: &[&str],
    ) -> Option<Meaning> {
        self.report(fault::unknown(reference, known, spot.span()), spot);
        None
    }

    /// The image of the process, or of the application for who runs another one, or its tag.
    fn image(&mut self, reference: &Reference, spot: Spot<'_>) -> Option<String> {
        let image = self.reader.image.filter(|_| self.reader.is_process);
        let image = image.or(self.stack.app.shared.image.as_ref());
        let found = match image {
            Some(image) if reference.path == "image" => Some(image.to_string()),
            Some(image) => image.tag.clone(),
            // A process without an image is told by a rule.
            None if self.reader.is_process || self.declared.at_fault(["app", "image"]) => {
                return None;
            }
            None => None,
        };
        if found.is_none() {
            self.report(fault::nothing(reference, image.is_some(), spot.span()), spot);
        }
        found
    }

    pub(super) fn secret(&mut self, path: &str, spot: Spot<'_>) -> Option<Meaning> {
        let Some((name, key)) = path.split_once('.') else {
            self.report(fault::no_key("secrets", path, spot.span()), spot);
            return None;
        };
        let known = self.stack.secrets.iter().find(|(known, _)| &***known == name);
        let Some((secret, contract)) = known else {
            if !self.declared.has("secrets", name) {
                let names = self.stack.secret_names();
                self.report(stack::unknown_secret(names, name, spot.span()), spot);
            }
            return None;
        };
        let Some((key, _)) = contract.keys.iter().find(|(known, _)| &***known == key) else {
            if !self.declared.at_fault(["secrets", name]) {
                let known = contract.keys.keys().map(|key| &**key);
                let report = fault::unknown_key("Secret", name, key, known, spot.span());
                self.report(report.origin(contract.origin, "its contract"), spot);
            }
            return None;
        };
        Some(Meaning::Value(secret_value(secret, key)))
    }

    pub(super) fn config(&mut self, path: &str, spot: Spot<'_>) -> Option<Meaning> {
        let Some((name, key)) = path.split_once('.') else {
            self.report(fault::no_key("config", path, spot.span()), spot);
            return None;
        };
        let known = self.stack.config.iter().find(|(known, _)| &***known == name);
        let Some((config, data)) = known else {
            if !self.declared.has("config", name) {
                let names = self.stack.config_names();
                self.report(stack::unknown_config(names, name, spot.span()), spot);
            }
            return None;
        };
        let Some(key) = data.data.keys().find(|known| &*known.value == key) else {
            if !self.declared.at_fault(["config", name]) {
                let known = data.data.keys().map(|key| &*key.value);
                let report = fault::unknown_key("config", name, key, known, spot.span());
                self.report(report, spot);
            }
            return None;
        };
        self.read_config(data);
        let key = key.value.clone();
        Some(Meaning::Value(match &data.secret {
            Some(secret) => secret_value(secret, &key),
            None => VariableValue::Config { config: config.clone(), key, optional: false },
        }))
    }

    fn output(&mut self, reference: &Reference, spot: Spot<'_>, origin: Origin) -> Option<Meaning> {
        let own = self.reader.name.map(|name| &*name.value as &str);
        let owner = match (reference.owner.as_str(), own) {
            ("self", Some(own)) => own,
            ("self", None) => {
                self.report(fault::nobody(reference, spot.span()), spot);
                return None;
            }
            (owner, _) => owner,
        };
        let Some((name, known)) = self.known.component(owner) else {
            if !self.declared.has("components", owner) {
                let place = self.owner_span(spot.span(), reference);
                let known = self.known.names();
                let report = fault::unknown_component(reference, known, self.is_foreign, place);
                self.report(report, spot);
            }
            return None;
        };
        let Some(output) = known.outputs.get(&reference.path) else {
            if !self.output_at_fault(name) {
                let report = fault::unknown_output((name, known), reference, spot.span());
                self.report(report, spot);
            }
            return None;
        };
        let is_other = own.is_none_or(|own| own != &**name);
        if is_other && let Some(owner) = self.stack.parts.get(name) {
            let ports = owner.facts.ports.of_output(&reference.path);
            self.calls.entry(name.clone()).or_default().extend(ports);
        }
        if is_other && !self.edges.contains_key(name) {
            let origin = match origin {
                Origin::Stack(_) => Origin::Stack(spot.span()),
                Origin::Default(_) => origin,
            };
            self.edges.insert(name.clone(), origin);
        }
        Some(match output {
            Output::Text(text) => Meaning::Text(text.clone()),
            Output::Secret(secret, key) => Meaning::Value(secret_value(secret, key)),
        })
    }

    /// Adds the edges of a config that the reader reads.
    pub(super) fn read_config(&mut self, config: &stack::Config) {
        let own = self.reader.name;
        let is_other = |target: &Name| own.is_none_or(|own| own.value != *target);
        for (target, origin) in config.edges.iter().filter(|(target, _)| is_other(target)) {
            self.edges.entry(target.clone()).or_insert(*origin);
        }
        for (target, ports) in config.calls.iter().filter(|(target, _)| is_other(target)) {
            self.calls.entry(target.clone()).or_default().extend(ports.iter().cloned());
        }
    }

    /// Whether the outputs of a component follow from something that was told to be at fault.
    fn output_at_fault(&self, name: &Name) -> bool {
        let Some(known) = self.known.get(name) else { return false };
        self.declared.at_fault(["components", &**name])
            // What is wrong with the database of a pooler is told there.
            || (known.is_pooler && known.outputs.is_empty())
            || known.secret.as_ref().is_some_and(|secret| self.declared.at_fault(["secrets", &**secret]))
    }

    fn owner_span(&self, span: Span, reference: &Reference) -> Span {
        // Of a file the place is where the stack names it.
        match self.reader.file {
            Some(_) => span,
            None => self.declared.source.inside(span, 1, &reference.owner),
        }
    }
}

/// Whether what follows a piece of text is inside a URL, if what goes before it was or was not.
fn goes_on_in_url(was: bool, text: &str) -> bool {
    match text.rfind("://") {
        Some(at) => !text[at..].contains(char::is_whitespace),
        None => was && !text.contains(char::is_whitespace),
    }
}

fn secret_value(secret: &Name, key: &DataKey) -> VariableValue {
    VariableValue::Secret { secret: secret.clone(), key: key.clone(), optional: false }
}
