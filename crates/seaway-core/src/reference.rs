//! The references as Markdown: of the language, made from the schema and the reasons, of the diagnostics, and of production.

mod diagnostics;
mod production;

pub use diagnostics::diagnostics;
pub use production::production;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::options::{Assumption, Cluster, Platform, Provider, REASONS};
use crate::preset;
use crate::resolve::PRESET_REASONS;
use crate::schema::{described, first_paragraph, pod_options, project_options, target};
use crate::{Origin, Reason, Sourced, Span};

/// The reference of the language.
pub fn reference() -> String {
    let root = described();
    let page = Page { root: &root, pod: pod_options(), project: project_options() };
    let mut out = String::new();
    out.push_str(INTRODUCTION);
    page.top_level(&mut out);
    page.components(&mut out);
    page.tables(&mut out);
    page.words(&mut out);
    page.texts(&mut out);
    variables(&mut out);
    platforms(&mut out);
    reasons(&mut out);
    out
}

const INTRODUCTION: &str = "\
# The stack file

Every key, word and default of the language. What can be wrong with a stack is on a page of its own,
[DIAGNOSTICS.md](DIAGNOSTICS.md), and what production asks for on another, [PRODUCTION.md](PRODUCTION.md). This page is
generated from the code; a test fails when it is stale, and `UPDATE_REFERENCE=1 cargo test -p seaway-core --test reference`
writes it anew.

Keys that are **required** have to be there in the end: the top level or any of the stages may say them. In a stage,
`false` removes an entry of a table whose keys are names.

## References

`${component.output}` stands for what a component gives to others, and `${self.output}` for the same of the component whose text it
is. `${secrets.name.key}` and `${config.name.key}` stand for a key. `${stack.name}`, `${stack.namespace}`, `${stage.name}`,
`${app.image}` and `${app.version}` are known when the stage is rendered; `${pod.ip}`, `${pod.name}`, `${pod.namespace}`, `${pod.uid}`,
`${node.ip}` and `${node.name}` when a pod runs. `$${` is a literal `${`: a shell script in a command has to be written so. `$(NAME)` is
Kubernetes' own and stands for a variable of the same container.

A reference to a component is also an edge: network policies and the order of start-up follow it. In a config it is an edge of every
component that mounts or reads the config.

| where references work | a secret, or what only a running pod has |
| --- | --- |
| `env` | The variable comes from there. In a longer text it travels as a variable of its own, `SEAWAY_<COMPONENT>_<KEY>`. |
| `command`, `args`, of sidecars and init containers too | It becomes a variable `SEAWAY_<COMPONENT>_<KEY>`, and `$(…)` in the command. With `secrets = \"files\"` it is an error. |
| texts of `[config]`, and its files with `references = true` | With a secret the config becomes a Secret, `<config>-config`. What only a running pod has is an error. |
| `labels`, `annotations`, `queues`, `scheduler`, `settings` of postgres, `sub-path`, paths of probes and health checks, commands of probes, `check-command` | It is an error: set a variable, and let the program read that. |
";

struct Page<'a> {
    root: &'a Value,
    /// Options that all components with pods take.
    pod: Vec<String>,
    /// Options that all processes of the application take.
    project: Vec<String>,
}

impl Page<'_> {
    fn definitions(&self) -> BTreeMap<&str, &Value> {
        let definitions = self.root["definitions"].as_object();
        definitions.into_iter().flatten().map(|(name, schema)| (name.as_str(), schema)).collect()
    }

    fn definition(&self, name: &str) -> &Value {
        &self.root["definitions"][name]
    }

    fn top_level(&self, out: &mut String) {
        heading(out, 2, "Top level", self.root);
        self.options(out, self.root, &|_| true);
        let stage = self.definition("StageFile");
        heading(out, 2, "Stages", stage);
        out.push_str("\nA stage takes every key of the top level but `name` and `stages`, and:\n");
        self.options(out, stage, &|key| key == "extends");
        let app = self.definition("App");
        heading(out, 2, "App", app);
        out.push_str("\nA component can set these as well, and wins:\n");
        let is_shared = |key: &str| self.is_of_pod(key) || self.is_of_project(key);
        self.options(out, app, &is_shared);
        out.push_str("\nThese are for the whole application:\n");
        self.options(out, app, &|key| !is_shared(key));
    }

    fn is_of_pod(&self, key: &str) -> bool {
        self.pod.iter().any(|option| option == key)
    }

    fn is_of_project(&self, key: &str) -> bool {
        self.project.iter().any(|option| option == key)
    }

    fn components(&self, out: &mut String) {
        heading(out, 2, "Component", self.definition("Component"));
        let variants = self.variants("Component");
        for (word, schema) in &variants {
            let _ = writeln!(
                out,
                "\n### `{word}`\n\n{}",
                schema["description"].as_str().unwrap_or_default()
            );
            let has_pods = schema["properties"]["probes"].is_object();
            let is_process = schema["properties"]["python"].is_object();
            out.push_str(match (has_pods, is_process) {
                (_, true) => {
                    "\nTakes [what every component with pods takes](#every-component-with-pods), and [what every process of the \
                     application takes](#every-process-of-the-application).\n"
                }
                (true, false) => {
                    "\nTakes [what every component with pods takes](#every-component-with-pods).\n"
                }
                (false, false) => "",
            });
            self.options(out, schema, &|key| {
                let is_shared = has_pods && self.is_of_pod(key);
                !(key == "type" || is_shared || is_process && self.is_of_project(key))
            });
        }
        let mut shared = |title: &str, marker: &str, wanted: &dyn Fn(&str) -> bool| {
            let _ = writeln!(out, "\n### {title}");
            let mut with_it =
                variants.iter().filter(|(_, schema)| schema["properties"][marker].is_object());
            if let Some((_, schema)) = with_it.next() {
                self.options(out, schema, wanted);
            }
        };
        shared("Every process of the application", "python", &|key| self.is_of_project(key));
        shared("Every component with pods", "probes", &|key| self.is_of_pod(key));
    }

    /// The words of `type` and their tables, in the order of the language.
    fn variants(&self, union: &str) -> Vec<(&str, &Value)> {
        let tables = self.definition(union)["anyOf"].as_array().into_iter().flatten();
        let tables = tables.filter_map(|table| table["$ref"].as_str());
        let tables = tables.map(|reference| self.definition(target(reference)));
        tables
            .filter_map(|table| Some((table["properties"]["type"]["const"].as_str()?, table)))
            .collect()
    }

    fn tables(&self, out: &mut String) {
        out.push_str("\n## Tables\n");
        for (name, schema) in self.definitions() {
            // Parts of unions are told with their union, and the others above.
            if name.contains('.') || ["App", "StageFile", "Component"].contains(&name) {
                continue;
            }
            let variants = self.variants(name);
            if !variants.is_empty() {
                heading(out, 3, name, schema);
                for (word, table) in variants {
                    let about =
                        table["properties"]["type"]["description"].as_str().unwrap_or_default();
                    let _ = writeln!(out, "\n`type = \"{word}\"`: {}", first_paragraph(about));
                    self.options(out, table, &|key| key != "type");
                }
            } else if schema["properties"].is_object() {
                heading(out, 3, name, schema);
                self.options(out, schema, &|_| true);
            } else if let Some(choices) = schema["anyOf"].as_array() {
                heading(out, 3, name, schema);
                out.push('\n');
                for choice in choices {
                    let about = choice["description"].as_str().unwrap_or_default();
                    let _ = writeln!(out, "- {}: {}", self.kind(choice), first_paragraph(about));
                }
            } else if schema["patternProperties"].is_object() {
                heading(out, 3, name, schema);
                let _ = writeln!(out, "\nA {}.", self.kind(schema));
            }
        }
    }

    fn words(&self, out: &mut String) {
        out.push_str("\n## Words\n");
        for (name, schema) in self.definitions() {
            let docs = schema["x-taplo"]["docs"]["enumValues"].as_array();
            let (Some(words), Some(docs)) = (schema["enum"].as_array(), docs) else { continue };
            heading(out, 3, name, schema);
            out.push('\n');
            for (word, about) in words.iter().zip(docs) {
                let about = first_paragraph(about.as_str().unwrap_or_default());
                let _ = writeln!(out, "- `{}`: {about}", word.as_str().unwrap_or_default());
            }
        }
    }

    fn texts(&self, out: &mut String) {
        out.push_str("\n## Texts\n\n| text | what it is |\n| --- | --- |\n");
        for (name, schema) in self.definitions().into_iter().filter(|(_, schema)| is_text(schema)) {
            let _ = writeln!(out, "| {} | {} |", spoken(name), cell(&schema["description"]));
        }
    }

    /// A table of the keys of a schema that are asked for, the required ones first.
    fn options(&self, out: &mut String, schema: &Value, wanted: &dyn Fn(&str) -> bool) {
        let required = |key: &str| {
            schema["required"]
                .as_array()
                .is_some_and(|keys| keys.iter().any(|required| required == key))
        };
        let properties = schema["properties"].as_object().into_iter().flatten();
        let mut options: Vec<(&String, &Value)> =
            properties.filter(|(key, _)| wanted(key)).collect();
        if options.is_empty() {
            return;
        }
        options.sort_by_key(|(key, _)| (!required(key), *key));
        out.push_str("\n| key | type | default | |\n| --- | --- | --- | --- |\n");
        for (key, option) in options {
            let default = if required(key) { "**required**".to_owned() } else { default(option) };
            let _ = writeln!(
                out,
                "| `{key}` | {} | {default} | {} |",
                self.kind(option),
                cell(&option["description"])
            );
        }
    }

    /// What a value is, in a few words, with a link to where it is explained.
    fn kind(&self, schema: &Value) -> String {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = target(reference);
            let definition = self.definition(name);
            return if name == "StageFile" {
                "[stage](#stages)".to_owned()
            } else if is_text(definition) {
                format!("[{}](#texts)", spoken(name))
            } else if definition["enum"].is_array() {
                format!("[{}](#{})", words(&definition["enum"]), name.to_lowercase())
            } else {
                format!("[{name}](#{})", name.to_lowercase())
            };
        }
        if let Some(choices) = schema["anyOf"].as_array() {
            return choices.iter().map(|choice| self.kind(choice)).collect::<Vec<_>>().join(" or ");
        }
        if let Some(values) = values_of(schema) {
            return format!("table of {}", self.kind(values));
        }
        match &schema["type"] {
            Value::String(kind) if kind == "array" => {
                format!("list of {}", self.kind(&schema["items"]))
            }
            Value::String(kind) if kind == "object" => "table".to_owned(),
            Value::String(kind) => kind.clone(),
            _ => String::new(),
        }
    }
}

/// The schema of the values of a table with free keys.
fn values_of(schema: &Value) -> Option<&Value> {
    let patterns =
        schema["patternProperties"].as_object().and_then(|patterns| patterns.values().next());
    patterns.or_else(|| Some(&schema["additionalProperties"]).filter(|values| values.is_object()))
}

fn is_text(schema: &Value) -> bool {
    let is_written =
        schema["type"] == "string" || schema["type"].is_array() || schema["type"] == "integer";
    is_written && schema["x-taplo"].is_null() && schema["anyOf"].is_null()
}

/// `MountPath` as `mount path`.
fn spoken(name: &str) -> String {
    let mut words = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(c.to_lowercase());
    }
    words
}

fn words(list: &Value) -> String {
    let words = list.as_array().into_iter().flatten().filter_map(Value::as_str);
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn default(option: &Value) -> String {
    match &option["default"] {
        Value::Null => String::new(),
        default => format!("`{default}`"),
    }
}

/// A description in one line, for a cell of a table.
fn cell(description: &Value) -> String {
    first_paragraph(description.as_str().unwrap_or_default()).replace('|', "\\|")
}

fn heading(out: &mut String, level: usize, title: &str, schema: &Value) {
    let about = schema["description"].as_str().unwrap_or_default();
    let _ = writeln!(out, "\n{} {title}\n\n{about}", "#".repeat(level));
}

const VARIABLES: &str = "
## Variables of the preset

The preset sets these in the containers that run the application: in its processes, and in their sidecars and init containers
without an image of their own. It never sets a name that `env` or `env-from` sets. [`bind`](#bind) gives a variable another name
or leaves it out; `bind = false` leaves out all but the marked ones. With `secrets = \"files\"`, a variable `NAME_FILE` holds the
path of a file where the value is a secret. `seaway env` prints what the containers of a stage get.

`component` stands for the component that gives the output; an output that it does not have is not bound. Where several
components could be meant, the stack has to set the variable. A database with a `pgbouncer` before it is reached through that,
except by `migrate`, and by a `job` or `cron` with `past-pooler`.

| variable | value | processes | when | stays with `bind = false` |
| --- | --- | --- | --- | --- |
";

fn variables(out: &mut String) {
    out.push_str(VARIABLES);
    for row in preset::rows() {
        let list = if row.is_list { " (a list)" } else { "" };
        let stays = if row.is_ambient { "yes" } else { "" };
        let _ = writeln!(
            out,
            "| `{}`{list} | {} | {} | {} | {stays} |",
            row.name, row.value, row.who, row.when
        );
    }
}

const PLATFORMS: &str = "
## What Seaway assumes of your cluster

`cluster.provider` picks a row of each table; without it that is `generic`. The key of a table says something else for your cluster.
`seaway cluster --format table` prints what holds for a stage.
";

/// A table for each assumption, with a row for each provider.
fn platforms(out: &mut String) {
    out.push_str(PLATFORMS);
    let rows: Vec<(Provider, Vec<Assumption>)> = Platform::all()
        .map(|platform| {
            let provider = Sourced::written(platform.provider, Span::default());
            let cluster = Cluster { provider: Some(provider), ..Cluster::default() };
            (platform.provider, cluster.assumptions())
        })
        .into();
    let tables = rows.first().map_or(0, |(_, of_provider)| of_provider.len());
    for table in 0..tables {
        for (at, (provider, of_provider)) in rows.iter().enumerate() {
            let row = &of_provider[table];
            if at == 0 {
                let _ = writeln!(out, "\n### {}: `{}`\n", row.about, row.key);
                out.push_str(
                    "| provider | assumed | why | known from |\n| --- | --- | --- | --- |\n",
                );
            }
            let Origin::Default(reason) = row.origin else { continue };
            let _ = writeln!(
                out,
                "| `{}` | {} | {} | {} |",
                provider.as_str(),
                row.value,
                reason.why,
                known_from(reason.source)
            );
        }
    }
}

fn reasons(out: &mut String) {
    let of_platforms = Platform::all().into_iter().flat_map(Platform::reasons);
    let mut reasons: Vec<&Reason> =
        REASONS.iter().chain(PRESET_REASONS).copied().chain(of_platforms).collect();
    reasons.sort();
    reasons.dedup();
    out.push_str(
        "\n## Defaults and their reasons\n\n| default | why | known from |\n| --- | --- | --- |\n",
    );
    for reason in reasons {
        let source = known_from(reason.source);
        let _ =
            writeln!(out, "| `{}` | {} | {source} |", reason.name, reason.why.replace('|', "\\|"));
    }
}

/// The link of a source.
fn known_from(source: &str) -> String {
    match source.split_once('#') {
        Some((repository, number)) if !repository.contains(':') => {
            format!("[{source}](https://github.com/{repository}/issues/{number})")
        }
        _ => format!("<{source}>"),
    }
}
