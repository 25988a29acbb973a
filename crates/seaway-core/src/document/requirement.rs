//! The versions of Seaway that a stack file asks for.

use semver::{Version, VersionReq};

use super::Document;
use crate::{Code, Diagnostic, Node};

/// The version of this program.
const VERSION: &str = env!("CARGO_PKG_VERSION");

impl Document {
    /// Why this version of Seaway is not one that the stack file, or a base of it, asks for. What else is wrong with the
    /// file does not matter then: another version may know it.
    pub fn unmet_requirement(&self) -> Option<Diagnostic> {
        self.roots().filter_map(|root| root.get("seaway")).find_map(|asked| unmet(asked, VERSION))
    }
}

fn unmet(asked: &Node, version: &str) -> Option<Diagnostic> {
    let Some(text) = asked.as_str() else {
        let message = format!("expected a string, found {}", asked.value.kind());
        return Some(
            Diagnostic::error(Code::WrongType, message)
                .label(asked.span, "the versions of Seaway")
                .help(format!("write for example `seaway = \">={version}\"`")),
        );
    };
    let requirement = match VersionReq::parse(text) {
        Ok(requirement) => requirement,
        Err(error) => {
            let message = format!("`{text}` does not say which versions: {error}");
            return Some(
                Diagnostic::error(Code::InvalidValue, message)
                    .label(asked.span, "the versions of Seaway")
                    .help(format!("write for example `seaway = \">={version}\"`")),
            );
        }
    };
    let is_met = Version::parse(version).is_ok_and(|version| requirement.matches(&version));
    let fault = || {
        Diagnostic::error(
            Code::SeawayVersion,
            format!("this is Seaway {version}, and the stack asks for `{text}`"),
        )
        .label(asked.span, "asked for here")
        .help(
            "install a version that matches: check it out in the repository of Seaway, and run \
             `cargo install --path crates/seaway-cli`",
        )
    };
    (!is_met).then(fault)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Span, Value};

    fn code(asked: &str, version: &str) -> Option<Code> {
        let node = Node { value: Value::String(asked.to_owned()), span: Span::default() };
        unmet(&node, version).map(|fault| fault.code)
    }

    #[test]
    fn a_requirement_is_read_as_cargo_reads_it() {
        for (asked, version) in [
            (">=0.2", "0.2.0"),
            (">=0.2", "1.0.0"),
            ("0.2", "0.2.9"),
            ("0.2.3", "0.2.3"),
            ("=0.2.3", "0.2.3"),
            (">=0.2, <0.4", "0.3.1"),
            ("*", "0.1.0"),
        ] {
            assert_eq!(code(asked, version), None, "{asked} {version}");
        }
        for (asked, version) in
            [(">=0.2", "0.1.9"), ("0.2", "0.3.0"), ("=0.2.3", "0.2.4"), ("<0.2", "0.2.0")]
        {
            assert_eq!(code(asked, version), Some(Code::SeawayVersion), "{asked} {version}");
        }
        for asked in ["", "new", "v0.2", "0.2.0.1", ">= 0.2 or 3"] {
            assert_eq!(code(asked, "0.2.0"), Some(Code::InvalidValue), "{asked}");
        }
    }
}
