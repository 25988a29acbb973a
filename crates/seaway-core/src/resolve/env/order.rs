//! The order of variables: Kubernetes expands `$(NAME)` only if `NAME` comes before.
//!
//! <https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/>

use std::collections::BTreeSet;

use super::value::Variables;
use crate::stack::{Variable, VariableValue};
use crate::values::{EnvName, Name};
use crate::{Code, Diagnostic, Origin, Sink, Source, Sourced, suggest};

/// Who reads the variables, for messages.
pub(super) struct Reader<'a> {
    pub(super) name: &'a Name,
    pub(super) source: &'a Source,
    /// Names that `env-from` brings; `None` if not all of them are known.
    pub(super) from_outside: Option<BTreeSet<String>>,
}

impl Reader<'_> {
    /// The variables in alphabetical order, each after those that it uses.
    pub(super) fn ordered(&self, variables: &Variables, sink: &mut Sink) -> Vec<Variable> {
        let mut order = Order {
            reader: self,
            variables,
            placed: BTreeSet::new(),
            open: Vec::new(),
            out: Vec::new(),
        };
        for (name, value) in variables {
            order.place(name, value, sink);
        }
        let variable = |(name, value): (&EnvName, &Sourced<VariableValue>)| Variable {
            name: name.clone(),
            value: value.clone(),
            bound: None,
        };
        order.out.into_iter().map(variable).collect()
    }
}

struct Order<'a> {
    reader: &'a Reader<'a>,
    variables: &'a Variables,
    placed: BTreeSet<&'a EnvName>,
    open: Vec<&'a EnvName>,
    out: Vec<(&'a EnvName, &'a Sourced<VariableValue>)>,
}

impl<'a> Order<'a> {
    fn place(&mut self, name: &'a EnvName, value: &'a Sourced<VariableValue>, sink: &mut Sink) {
        if self.placed.contains(name) {
            return;
        }
        self.open.push(name);
        if let VariableValue::Text(text) = &value.value {
            for used in expansions(text) {
                self.place_used(name, used, value.origin, sink);
            }
        }
        self.open.pop();
        self.placed.insert(name);
        self.out.push((name, value));
    }

    /// Whether a setting is there as the path of a file.
    fn is_file(&self, setting: &str) -> bool {
        self.variables.iter().any(|(name, value)| {
            matches!(value.value, VariableValue::SecretFile { .. })
                && name.strip_suffix("_FILE") == Some(setting)
        })
    }

    fn place_used(&mut self, name: &EnvName, used: &str, origin: Origin, sink: &mut Sink) {
        let known = self.variables.iter().find(|(known, _)| &***known == used);
        let names = self.variables.keys().map(|name| &**name);
        let (fault, near) = match (known, &self.reader.from_outside) {
            (Some((known, _)), _) if self.open.contains(&known) => {
                (format!("`{name}` is made of itself through `$({used})`"), None)
            }
            (Some((known, value)), _) => return self.place(known, value, sink),
            (None, Some(outside)) if !outside.contains(used) => {
                let known = names
                    .chain(outside.iter().map(String::as_str))
                    .filter(|known| *known != &**name);
                (
                    format!("`$({used})` is no variable of its process"),
                    suggest::nearest(used, known),
                )
            }
            (None, _) => return,
        };
        let place = match origin {
            Origin::Stack(span) => {
                Origin::Stack(self.reader.source.inside(span, 0, &format!("$({used})")))
            }
            default @ Origin::Default(_) => default,
        };
        sink.report(
            Diagnostic::error(Code::UndefinedVariable, fault)
                .subject(used)
                .origin(place, "Kubernetes leaves it as it is")
                .note(format!("in `{}`", self.reader.name))
                .help(match near {
                    _ if self.is_file(used) => format!(
                        "`{used}` is read from a file: keep the whole value under a key of the Secret"
                    ),
                    Some(near) => {
                        format!("did you mean `$({near})`? Write `$$({used})` for the text itself")
                    }
                    None => format!("write `$$({used})` for the text itself"),
                }),
        );
    }
}

/// The names in `$(NAME)`, without those escaped as `$$(NAME)`.
pub fn expansions(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        rest = &rest[at + 1..];
        if let Some(escaped) = rest.strip_prefix('$') {
            rest = escaped;
        } else if let Some(inner) = rest.strip_prefix('(')
            && let Some(end) = inner.find(')')
        {
            if EnvName::try_from(inner[..end].to_owned()).is_ok() {
                found.push(&inner[..end]);
            }
            rest = &inner[end + 1..];
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::expansions;

    #[test]
    fn escaped_and_other_dollars_are_no_expansions() {
        assert_eq!(expansions("$(A)-$$(B)-$(C D)-$C-$($(E)"), ["A"]);
        assert_eq!(expansions("a$(POD_IP),$(B)"), ["POD_IP", "B"]);
    }
}
