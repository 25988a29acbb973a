//! What the Django preset binds by itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::options::{Component, EnvValue, Expose, Provides};
use crate::outputs::{self, bindings, bound_name};
use crate::stack::Part;
use crate::values::{EnvName, Name, Template};
use crate::{Code, Diagnostic, Reason, Sink, Sourced, Stack, suggest};

pub(in crate::resolve) static BINDING: Reason = Reason {
    name: "django-binding",
    why: "the framework preset binds the usual names of the backing services",
    source: "https://12factor.net/backing-services",
};
pub(in crate::resolve) static ALLOWED_HOSTS: Reason = Reason {
    name: "django-allowed-hosts",
    why: "Django answers 400 to a host that it does not know",
    source: "netbox-community/netbox-chart#14",
};
pub(in crate::resolve) static SETTINGS_MODULE: Reason = Reason {
    name: "django-settings-module",
    why: "every process reads the settings of the project",
    source: "https://docs.djangoproject.com/en/5.2/topics/settings/#envvar-DJANGO_SETTINGS_MODULE",
};
pub(in crate::resolve) static HOME: Reason = Reason {
    name: "home-in-scratch",
    why: "the root file system is read-only, and gunicorn keeps its control socket under HOME",
    source: "safe-global/safe-config-service#1521",
};
pub(in crate::resolve) static UNBUFFERED: Reason = Reason {
    name: "python-unbuffered",
    why: "log lines leave the process when they are written",
    source: "https://docs.python.org/3/using/cmdline.html#envvar-PYTHONUNBUFFERED",
};
pub(in crate::resolve) static NO_BYTECODE: Reason = Reason {
    name: "python-no-bytecode",
    why: "the root file system is read-only",
    source: "https://docs.python.org/3/using/cmdline.html#envvar-PYTHONDONTWRITEBYTECODE",
};

/// What the preset binds for the processes of a stage.
pub(super) struct Preset {
    common: Vec<(&'static str, Sourced<Template>)>,
    /// Names of the components that others call.
    called: BTreeSet<String>,
    /// What is bound in place of a pooler for those who go past it.
    past_pooler: BTreeMap<&'static str, Sourced<Template>>,
}

impl Preset {
    /// The variables of one process.
    pub(super) fn of(&self, stack: &Stack, part: &Part) -> BTreeMap<EnvName, Sourced<Template>> {
        let mut all: Vec<(&str, Sourced<Template>)> = self.common.clone();
        if part.component.passes_pooler() {
            for (name, value) in &mut all {
                if let Some(direct) = self.past_pooler.get(name) {
                    *value = direct.clone();
                }
            }
        }
        all.push(("HOME", Sourced::default_for(Template::text("/tmp"), &HOME)));
        if stack.is_django() && stack.app.bind && serves(&part.component) {
            all.extend(allowed_hosts(stack, part, self.called.contains(&*part.name.value)));
        }
        all.into_iter().map(|(name, value)| (env_name(name), value)).collect()
    }
}

/// The bindings of a stage. Where several backing services could be meant, a name is bound by hand or not at all.
pub(super) fn variables(stack: &Stack, sink: &mut Sink) -> Preset {
    let mut common = Vec::new();
    if !stack.is_django() {
        return Preset { common, called: BTreeSet::new(), past_pooler: BTreeMap::new() };
    }
    let plain = |text: &str, reason| Sourced::default_for(Template::text(text), reason);
    common.push(("PYTHONUNBUFFERED", plain("1", &UNBUFFERED)));
    common.push(("PYTHONDONTWRITEBYTECODE", plain("1", &NO_BYTECODE)));
    if let Some(module) = &stack.app.module {
        let settings = plain(&format!("{module}.settings"), &SETTINGS_MODULE);
        common.push(("DJANGO_SETTINGS_MODULE", settings));
    }
    if !stack.app.bind {
        return Preset { common, called: BTreeSet::new(), past_pooler: BTreeMap::new() };
    }
    let mut candidates: BTreeMap<&str, Vec<(&Name, &Part, &str)>> = BTreeMap::new();
    let poolers = stack.parts.values().filter_map(|part| match &part.component {
        Component::Pgbouncer(pooler) => Some(&pooler.database.value),
        _ => None,
    });
    let pooled: BTreeSet<&Name> = poolers.collect();
    for (name, part) in &stack.parts {
        // A database with a pooler before it is reached through that.
        if pooled.contains(name) {
            continue;
        }
        for (variable, output) in bindings(&part.component) {
            // An external service without a URL is told by a rule.
            if !outputs::of(stack, name, &part.component).contains_key(output) {
                continue;
            }
            let owners = candidates.entry(variable).or_default();
            // A role that is there twice is told by a rule.
            if owners.iter().all(|(owner, ..)| *owner != name) {
                owners.push((name, part, output));
            }
        }
    }
    let reference = |name: &Name, output: &str| {
        let template = Template::from(format!("${{{name}.{output}}}"));
        Sourced::default_for(template, &BINDING)
    };
    let mut past_pooler = BTreeMap::new();
    for (variable, owners) in candidates {
        match owners.as_slice() {
            [(name, part, output)] => {
                common.push((variable, reference(name, output)));
                if let Component::Pgbouncer(pooler) = &part.component {
                    past_pooler.insert(variable, reference(&pooler.database, "url"));
                }
            }
            several if !set_by_hand(stack, variable) => sink.report(ambiguous(variable, several)),
            _ => {}
        }
    }
    Preset { common, called: called(stack), past_pooler }
}

fn set_by_hand(stack: &Stack, variable: &str) -> bool {
    let mut processes = stack.parts.values().filter(|part| part.component.is_process());
    processes.all(|part| part.shared.env.keys().any(|name| &*name.value == variable))
}

fn ambiguous(variable: &str, owners: &[(&Name, &Part, &str)]) -> Diagnostic {
    let names: Vec<&Name> = owners.iter().map(|(name, ..)| *name).collect();
    let (first, _, output) = owners[0];
    let what = if variable == bound_name(Provides::Database) {
        ""
    } else {
        ", or give them different `roles`"
    };
    let mut diagnostic = Diagnostic::error(
        Code::AmbiguousBinding,
        format!("`{variable}` could be bound to {}", suggest::quoted_list(&names)),
    );
    for (_, part, _) in owners {
        diagnostic = diagnostic.label(part.span(), "");
    }
    diagnostic.help(format!("say which: `app.env.{variable} = \"${{{first}.{output}}}\"`{what}"))
}

/// The hosts of the application. A development stage is also reached by port-forward and over the node's address.
fn allowed_hosts(
    stack: &Stack,
    part: &Part,
    is_called: bool,
) -> Vec<(&'static str, Sourced<Template>)> {
    let mut hosts: Vec<String> = stack.app.hosts.iter().map(ToString::to_string).collect();
    let mut variables = Vec::new();
    let any = hosts.iter().any(|host| host == "*");
    if is_called && !any {
        // Components of the stack call it by the name of its Service.
        hosts.push(part.name.to_string());
    }
    if !stack.is_production() && !any {
        hosts.extend(["localhost".to_owned(), "127.0.0.1".to_owned()]);
        let by_node = matches!(&part.component, Component::Web(web) if matches!(web.expose.value, Expose::NodePort(_)));
        if by_node {
            let ip = Template::from("${node.ip}".to_owned());
            variables.push(("HOST_IP", Sourced::default_for(ip, &ALLOWED_HOSTS)));
            hosts.push("$(HOST_IP)".to_owned());
        }
    }
    let origin =
        stack.app.hosts.first().map_or(crate::Origin::Default(&ALLOWED_HOSTS), |host| host.origin);
    variables.push(("ALLOWED_HOSTS", Sourced { value: Template::text(hosts.join(",")), origin }));
    variables
}

/// Whether requests reach it.
fn serves(component: &Component) -> bool {
    match component {
        Component::Web(_) => true,
        Component::Process(process) => process.port.is_some(),
        _ => false,
    }
}

/// The components that environment variables refer to.
fn called(stack: &Stack) -> BTreeSet<String> {
    let written = stack.parts.values().flat_map(|part| part.shared.env.values());
    let templates = written.filter_map(|value| match &value.value {
        EnvValue::Text(template) => Some(template),
        _ => None,
    });
    templates.flat_map(Template::references).map(|(reference, _)| reference.owner.clone()).collect()
}

fn env_name(name: &str) -> EnvName {
    EnvName::try_from(name.to_owned()).unwrap_or_else(|fault| unreachable!("{fault}"))
}
