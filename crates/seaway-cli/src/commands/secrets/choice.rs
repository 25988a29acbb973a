//! Which Secrets are asked for, and what becomes of one that exists.

use std::collections::BTreeSet;

use seaway_core::{Stack, suggest};
use seaway_render::secret_readers::Readers;

use crate::args;
use crate::messages::{Message, USAGE};

/// What a script does with a Secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// It makes it, and fails if it exists.
    Create,
    /// It gives it new values, and fails if it does not exist.
    Replace,
}

/// The Secrets that are named on the command line, by their names in the cluster.
#[derive(Debug)]
pub(super) struct Choice<'a> {
    only: BTreeSet<&'a str>,
    replace: BTreeSet<&'a str>,
}

impl<'a> Choice<'a> {
    pub(super) fn of(args: &'a args::Secrets) -> Self {
        let names = |list: &'a [String]| list.iter().map(String::as_str).collect();
        Self { only: names(&args.only), replace: names(&args.replace) }
    }

    /// What the script does with a Secret; nothing if others are named.
    pub(super) fn way(&self, name: &str) -> Option<Way> {
        if self.replace.contains(name) {
            return Some(Way::Replace);
        }
        let all = self.only.is_empty() && self.replace.is_empty();
        (all || self.only.contains(name)).then_some(Way::Create)
    }

    /// Names that no script can make a Secret of.
    pub(super) fn faults(&self, stack: &Stack, readers: &Readers) -> Vec<Message> {
        let contracts = stack.secrets.values();
        let (printed, made): (Vec<_>, Vec<_>) =
            contracts.partition(|contract| contract.is_made_up());
        let printed: BTreeSet<&str> = printed.iter().map(|contract| &**contract.name).collect();
        let mut made: BTreeSet<&str> = made.iter().map(|contract| &**contract.name).collect();
        made.extend(readers.pulled());
        let flags = [("--only", &self.only), ("--replace", &self.replace)];
        let named =
            flags.iter().flat_map(|(flag, names)| names.iter().map(move |name| (flag, name)));
        let fault = |(flag, name): (&&str, &&str)| {
            if made.contains(name) {
                return None;
            }
            if printed.contains(name) {
                let text = format!("`{flag}={name}`: `seaway render` prints the Secret `{name}`");
                return Some(
                    Message::error(USAGE, text)
                        .help("apply the stage: the Secret is part of what it prints"),
                );
            }
            let text = format!("`{flag}={name}`: stage `{}` has no Secret `{name}`", stack.stage);
            let mut message = Message::error(USAGE, text);
            message.help = suggest::nearest_or_all(name, made.iter().copied());
            Some(message)
        };
        named.filter_map(fault).collect()
    }
}
