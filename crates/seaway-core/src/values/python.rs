//! Names of Python: packages, modules, Celery applications, interpreters.

use super::text::{Form, Text};

/// The form of a [`PackageName`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PackageNameForm {}

/// The Python package of a Django project: words of letters, digits and `_`, with dots between.
pub type PackageName = Text<PackageNameForm>;

/// The form of a [`SettingsModule`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SettingsModuleForm {}

/// A Python module: words of letters, digits and `_`, with dots between.
pub type SettingsModule = Text<SettingsModuleForm>;

/// The form of a [`CeleryApp`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CeleryAppForm {}

/// What `celery --app` takes: a module, or a module and the name of the application in it, `config.celery:app`.
pub type CeleryApp = Text<CeleryAppForm>;

/// The form of an [`Interpreter`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InterpreterForm {}

/// A Python interpreter: a name in the image's `PATH`, or an absolute path.
pub type Interpreter = Text<InterpreterForm>;

/// Whether a text is a name of a module as `import` takes it. Letters of other alphabets would work in Python; in the words of
/// a command they are more likely a mistake.
fn is_module(text: &str) -> bool {
    let is_word = |word: &str| {
        word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && word.bytes().next().is_some_and(|first| !first.is_ascii_digit())
    };
    text.len() <= 253 && text.split('.').all(is_word)
}

const MODULE: &str = "write words of letters, digits and `_`, with dots between";

impl Form for PackageNameForm {
    const NAME: &'static str = "PackageName";
    const ABOUT: &'static str =
        "A Python package: words of letters, digits and `_`, with dots between.";
    const PATTERN: &'static str = "^[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)*$";
    fn fault(text: &str) -> Option<String> {
        if !is_module(text) {
            return Some(format!("`{text}` is not a Python package\n{MODULE}"));
        }
        // `shop.settings` would be read as `shop.settings.settings`.
        let package = text.strip_suffix(".settings")?;
        Some(format!(
            "`{text}` is a settings module, not the package of the project\n\
             write `module = \"{package}\"`, and `settings = \"{text}\"` where the settings have another name"
        ))
    }
}

impl Form for SettingsModuleForm {
    const NAME: &'static str = "SettingsModule";
    const ABOUT: &'static str =
        "A Python module: words of letters, digits and `_`, with dots between.";
    const PATTERN: &'static str = "^[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)*$";
    fn fault(text: &str) -> Option<String> {
        (!is_module(text)).then(|| {
            format!(
                "`{text}` is not a Python module\n{MODULE}, for example `shop.settings.production`"
            )
        })
    }
}

impl Form for CeleryAppForm {
    const NAME: &'static str = "CeleryApp";
    const ABOUT: &'static str = "What `celery --app` takes: a module, or `module:name` with the name of the application in it.";
    const PATTERN: &'static str = "^[A-Za-z_][A-Za-z0-9_.]*(:[A-Za-z_][A-Za-z0-9_.]*)?$";
    fn fault(text: &str) -> Option<String> {
        let (module, name) = text.split_once(':').unwrap_or((text, "app"));
        (!(is_module(module) && is_module(name))).then(|| {
            format!(
                "`{text}` is not a Celery application\n\
                 write a module, for example `config.celery_app`, or a module and a name in it, `config.celery:app`"
            )
        })
    }
}

impl Form for InterpreterForm {
    const NAME: &'static str = "Interpreter";
    const ABOUT: &'static str =
        "A Python interpreter: a name in the image's `PATH`, or an absolute path.";
    const PATTERN: &'static str = "^(/?[A-Za-z0-9_.+-]+)(/[A-Za-z0-9_.+-]+)*$";
    fn fault(text: &str) -> Option<String> {
        let is_word = |word: &str| {
            !matches!(word, "" | "." | "..")
                && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.+-".contains(&b))
        };
        let fits = text.len() <= 1024
            && match text.strip_prefix('/') {
                Some(path) => path.split('/').all(is_word),
                None => is_word(text) && !text.starts_with('-'),
            };
        (!fits).then(|| {
            format!(
                "`{text}` is not a Python interpreter\n\
                 write one program without arguments: a name, `python3`, or an absolute path, `/opt/venv/bin/python`"
            )
        })
    }
}

/// The form of a [`Separator`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SeparatorForm {}

/// What stands between the items of a list in one variable.
pub type Separator = Text<SeparatorForm>;

impl Form for SeparatorForm {
    const NAME: &'static str = "Separator";
    const ABOUT: &'static str = "What stands between the items of a list: one to three blanks or signs, no letter or digit.";
    const PATTERN: &'static str = "^[ -/:-@[-`{-~]{1,3}$";
    fn fault(text: &str) -> Option<String> {
        // A dollar would begin a variable of Kubernetes.
        let is_sign = |b: u8| b == b' ' || (b.is_ascii_punctuation() && b != b'$');
        let fits = (1..=3).contains(&text.len()) && text.bytes().all(is_sign);
        (!fits).then(|| {
            format!("`{text}` can not separate the items of a list\nwrite one to three blanks or signs, for example `\" \"` or `\";\"`")
        })
    }
}
