//! Spans of time and addresses of the web.

use super::text::{Form, Text};

/// The form of a [`Period`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PeriodForm {}

/// A span of time as Prometheus and Loki take it: a number and `h`, `d`, `w` or `y`, for example `15d`.
pub type Period = Text<PeriodForm>;

/// The form of a [`WebAddress`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WebAddressForm {}

/// An address of the web, `https://example.com/path`.
pub type WebAddress = Text<WebAddressForm>;

impl Form for PeriodForm {
    const NAME: &'static str = "Period";
    const ABOUT: &'static str = "A number and `h`, `d`, `w` or `y`, for example `15d`.";
    const PATTERN: &'static str = "^[1-9][0-9]{0,4}[hdwy]$";
    fn fault(text: &str) -> Option<String> {
        let number = text.strip_suffix(['h', 'd', 'w', 'y']).unwrap_or_default();
        let fits = (1..=5).contains(&number.len())
            && !number.starts_with('0')
            && number.bytes().all(|byte| byte.is_ascii_digit());
        (!fits).then(|| {
            format!(
                "`{text}` is no span of time\nwrite a number and `h`, `d`, `w` or `y`, for example `15d`"
            )
        })
    }
}

impl Period {
    /// A span known at compile time.
    pub fn days(days: u16) -> Self {
        Self::try_from(format!("{}d", days.max(1))).unwrap_or_else(|fault| unreachable!("{fault}"))
    }

    /// Hours in it; a year has 365 days.
    pub fn hours(&self) -> u32 {
        let (number, unit) = self.split_at(self.len() - 1);
        let number: u32 = number.parse().unwrap_or(u32::MAX);
        number.saturating_mul(match unit {
            "h" => 1,
            "d" => 24,
            "w" => 7 * 24,
            _ => 365 * 24,
        })
    }
}

impl Form for WebAddressForm {
    const NAME: &'static str = "WebAddress";
    const ABOUT: &'static str =
        "An address of the web, for example `https://example.com/runbooks/`.";
    const PATTERN: &'static str = "^https?://[^\\s/]+(/\\S*)?$";
    fn fault(text: &str) -> Option<String> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let fits = rest.is_some_and(|rest| {
            !rest.is_empty()
                && !rest.starts_with('/')
                && !rest.chars().any(|c| c.is_whitespace() || c.is_control())
        });
        (!fits).then(|| {
            format!("`{text}` is no address of the web\nwrite one that starts with `https://`")
        })
    }
}
