//! Amounts as the API server reads them, in the objects that a user writes.
//!
//! The stack language has a smaller form of its own ([`seaway_core::values::Quantity`]); objects may use all that
//! <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/> has: signs, exponents, `n` and `u`.

use std::fmt;

use seaway_core::values::{Quantity, Unit};

/// An amount, in billionths: Kubernetes keeps no finer ones, and rounds up to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::link) struct Amount {
    pub nano: i128,
}

/// Billionths of a whole.
const WHOLE: i128 = 1_000_000_000;
/// Suffixes with the power of ten or of two that they stand for.
const DECIMAL: [(&str, i32); 10] = [
    ("", 0),
    ("n", -9),
    ("u", -6),
    ("m", -3),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
    ("P", 15),
    ("E", 18),
];
const BINARY: [(&str, u32); 6] =
    [("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];

impl Amount {
    pub(in crate::link) const ZERO: Self = Self { nano: 0 };

    /// So many whole ones.
    pub(in crate::link) fn count(count: i64) -> Self {
        Self { nano: i128::from(count).saturating_mul(WHOLE) }
    }

    /// The amount of a text, if it is one.
    pub(in crate::link) fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let digits = rest.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
        let (number, suffix) = rest.split_at(digits);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return None;
        }
        let mut mantissa: i128 = 0;
        for digit in whole.bytes().chain(fraction.bytes()) {
            mantissa = mantissa.saturating_mul(10).saturating_add(i128::from(digit - b'0'));
        }
        let behind = i32::try_from(fraction.len()).ok()?;
        let binary = BINARY.iter().find(|(known, _)| *known == suffix);
        let (ten, two) = match binary {
            Some((_, two)) => (0, *two),
            None => (decimal(suffix)?, 0),
        };
        let mantissa = mantissa.saturating_mul(1 << two);
        let nano = scaled(mantissa, ten.checked_add(9)?.checked_sub(behind)?);
        Some(Self { nano: if negative { -nano } else { nano } })
    }

    /// Whether it is made of whole parts of that many billionths.
    pub(in crate::link) fn is_multiple_of(self, nano: i128) -> bool {
        self.nano % nano == 0
    }

    /// Whether it is a whole number.
    pub(in crate::link) fn is_whole(self) -> bool {
        self.is_multiple_of(WHOLE)
    }

    pub(in crate::link) fn times(self, count: i64) -> Self {
        Self { nano: self.nano.saturating_mul(count.into()) }
    }

    /// An amount of the stack language.
    pub(in crate::link) fn of(quantity: Quantity) -> Self {
        let milli = i128::try_from(quantity.milli).unwrap_or(i128::MAX);
        Self { nano: milli.saturating_mul(WHOLE / 1000) }
    }

    /// So many percent of it, rounded up to a step.
    pub(in crate::link) fn percent(self, percent: i64, step: i128) -> Self {
        let exact = self.nano.saturating_mul(percent.into());
        let steps =
            exact / step.saturating_mul(100) + i128::from(exact % step.saturating_mul(100) != 0);
        Self { nano: steps.saturating_mul(step) }
    }

    pub(in crate::link) fn plus(self, other: Self) -> Self {
        Self { nano: self.nano.saturating_add(other.nano) }
    }
}

fn decimal(suffix: &str) -> Option<i32> {
    if let Some((_, ten)) = DECIMAL.iter().find(|(known, _)| *known == suffix) {
        return Some(*ten);
    }
    let exponent = suffix.strip_prefix(['e', 'E'])?;
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| exponent.parse().ok()).flatten()
}

/// A number times a power of ten, rounded up, as large as can be counted.
fn scaled(number: i128, ten: i32) -> i128 {
    let power = 10_i128.checked_pow(ten.unsigned_abs());
    match (power, ten >= 0) {
        (Some(power), true) => number.saturating_mul(power),
        (Some(power), false) => number / power + i128::from(number % power != 0),
        (None, true) => {
            if number == 0 {
                0
            } else {
                i128::MAX
            }
        }
        (None, false) => i128::from(number != 0),
    }
}

/// In the canonical form, with the suffix that makes it shorter: `1Gi`, `5G`, `500m`.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milli = self.nano.unsigned_abs().div_ceil(WHOLE.unsigned_abs() / 1000);
        let [decimal, binary] =
            [Unit::Decimal, Unit::Binary].map(|unit| Quantity { milli, unit }.to_string());
        let sign = if self.nano < 0 { "-" } else { "" };
        write!(f, "{sign}{}", if binary.len() < decimal.len() { binary } else { decimal })
    }
}

#[cfg(test)]
mod tests {
    use super::Amount;

    #[test]
    fn amounts_are_read_as_the_api_server_does() {
        let cases = [
            ("100m", "100m"),
            ("0.1", "100m"),
            ("1e3", "1k"),
            ("1E3", "1k"),
            ("1E", "1E"),
            ("2e-3", "2m"),
            ("+5", "5"),
            ("-1", "-1"),
            ("1.5Gi", "1536Mi"),
            ("12000000u", "12"),
            ("1n", "1m"),
            (".5", "500m"),
            ("5.", "5"),
        ];
        for (text, canonical) in cases {
            assert_eq!(Amount::parse(text).expect(text).to_string(), canonical, "{text}");
        }
        for text in [
            "", "-", ".", "Mi", "1 Gi", "1gi", "1K", "1.2.3", "1e", "1e+", "5x", "1ki", "--1",
            "1Mb",
        ] {
            assert!(Amount::parse(text).is_none(), "{text}");
        }
        assert!(Amount::parse("9999999999999999999999999999999999999999999Ei").is_some());
        assert!(Amount::parse("1e999") > Amount::parse("1e20"));
    }
}
