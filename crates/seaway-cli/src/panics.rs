//! What is said when Seaway itself has a bug. The process then ends with 101, as Rust has it.

use std::panic::{self, PanicHookInfo};

use seaway_core::Code;

use crate::args::MessageFormat;
use crate::messages::write_quietly;

/// Replaces Rust's own words for a panic, which mean nothing to who writes a stack.
pub(crate) fn install(format: MessageFormat) {
    panic::set_hook(Box::new(move |panic| {
        write_quietly(&text(format, &place(panic), &cause(panic)));
    }));
}

fn place(panic: &PanicHookInfo<'_>) -> String {
    panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string)
}

fn cause(panic: &PanicHookInfo<'_>) -> String {
    let payload = panic.payload();
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}

/// Written without the code that usual messages take: it may be what is broken.
fn text(format: MessageFormat, place: &str, cause: &str) -> String {
    let code = Code::Internal.as_str();
    let version = env!("CARGO_PKG_VERSION");
    let note = format!("seaway {version} at {place}: {cause}");
    let help = "please report it with the stack file that makes it happen";
    match format {
        MessageFormat::Human => {
            format!("error[{code}]: this is a bug of Seaway\n  = note: {note}\n  = help: {help}\n")
        }
        MessageFormat::Json => {
            let line = serde_json::json!({
                "code": code,
                "severity": "error",
                "message": "this is a bug of Seaway",
                "labels": [],
                "notes": [note],
                "help": help,
                "stages": [],
            });
            format!("{line}\n")
        }
        MessageFormat::Sarif => {
            let message = format!("this is a bug of Seaway\n{note}\n{help}");
            let document = serde_json::json!({
                "version": "2.1.0",
                "runs": [{
                    "tool": { "driver": { "name": "seaway", "version": version } },
                    "results": [{ "ruleId": code, "message": { "text": message } }],
                }],
            });
            format!("{document}\n")
        }
        MessageFormat::Github => {
            let note = note.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
            format!("::error title={code}::this is a bug of Seaway%0A{note}%0A{help}\n")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bug_is_told_in_each_format() {
        insta::assert_snapshot!(text(MessageFormat::Human, "a.rs:1:2", "index out of bounds"), @r#"
        error[internal]: this is a bug of Seaway
          = note: seaway 0.1.0 at a.rs:1:2: index out of bounds
          = help: please report it with the stack file that makes it happen
        "#);
        insta::assert_snapshot!(text(MessageFormat::Github, "a.rs:1:2", "two\nlines"), @r#"::error title=internal::this is a bug of Seaway%0Aseaway 0.1.0 at a.rs:1:2: two%0Alines%0Aplease report it with the stack file that makes it happen"#);
        for format in [MessageFormat::Json, MessageFormat::Sarif] {
            let json = text(format, "a.rs:1:2", "\"");
            assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{json}");
        }
    }
}
