//! Amounts of cpu, memory and storage.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A Kubernetes quantity: `100m`, `2`, `512Mi`, `1.5Gi`.
///
/// Two quantities are equal if they mean the same amount; it is written in the canonical form, so that no diff
/// shows `1000m` against `1` (<https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "TextOrNumber", into = "String")]
pub struct Quantity {
    /// Thousandths of a unit: millicores of cpu, thousandths of a byte.
    pub milli: u128,
    /// The family of suffixes that it is written with.
    pub unit: Unit,
}

/// How a [`Quantity`] is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// `m`, none, `k`, `M`, `G`, …: powers of ten.
    Decimal,
    /// `Ki`, `Mi`, `Gi`, …: powers of 1024.
    Binary,
}

/// `cpu = 2` is as clear as `cpu = "2"`.
#[derive(Deserialize)]
enum TextOrNumber {
    #[serde(rename = "$string")]
    Text(String),
    #[serde(rename = "$integer")]
    Number(u64),
}

const BINARY: [(&str, u128); 6] = [
    ("Ei", 1 << 60),
    ("Pi", 1 << 50),
    ("Ti", 1 << 40),
    ("Gi", 1 << 30),
    ("Mi", 1 << 20),
    ("Ki", 1 << 10),
];
const DECIMAL: [(&str, u128); 6] = [
    ("E", 1_000_000_000_000_000_000),
    ("P", 1_000_000_000_000_000),
    ("T", 1_000_000_000_000),
    ("G", 1_000_000_000),
    ("M", 1_000_000),
    ("k", 1_000),
];

impl Quantity {
    /// An amount of cpu in thousandths of a core.
    pub const fn millicores(milli: u32) -> Self {
        Self { milli: milli as u128, unit: Unit::Decimal }
    }

    /// An amount of memory or storage in MiB.
    pub const fn mebibytes(count: u32) -> Self {
        Self { milli: (count as u128) << 20, unit: Unit::Binary }.times_thousand()
    }

    const fn times_thousand(self) -> Self {
        Self { milli: self.milli * 1000, unit: self.unit }
    }

    /// Whole units: cores, bytes. A fraction counts as one.
    pub fn units(self) -> u128 {
        self.milli.div_ceil(1000)
    }

    /// Whole MiB; a fraction is dropped.
    pub fn whole_mebibytes(self) -> u128 {
        self.milli / (1000 << 20)
    }
}

impl TryFrom<TextOrNumber> for Quantity {
    type Error = String;
    fn try_from(value: TextOrNumber) -> Result<Self, String> {
        match value {
            TextOrNumber::Text(text) => text.parse(),
            TextOrNumber::Number(number) => {
                Ok(Self { milli: u128::from(number) * 1000, unit: Unit::Decimal })
            }
        }
    }
}

impl std::str::FromStr for Quantity {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let fault = || {
            format!(
                "`{text}` is not a quantity\nwrite a number and a unit, `500m`, `2`, `512Mi` or `10Gi`"
            )
        };
        let digits = text.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
        let (number, suffix) = text.split_at(digits);
        let (unit, scale) = match suffix {
            "" => (Unit::Decimal, 1000),
            "m" => (Unit::Decimal, 1),
            _ => {
                let find = |table: &[(&str, u128)]| {
                    table.iter().find(|(name, _)| *name == suffix).map(|(_, scale)| scale * 1000)
                };
                match (find(&BINARY), find(&DECIMAL)) {
                    (Some(scale), _) => (Unit::Binary, scale),
                    (_, Some(scale)) => (Unit::Decimal, scale),
                    _ => return Err(fault()),
                }
            }
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        // Kubernetes keeps three decimal places; nine with a suffix are as many as anyone writes.
        if (whole.is_empty() && fraction.is_empty()) || whole.len() > 15 || fraction.len() > 9 {
            return Err(fault());
        }
        let parse = |digits: &str| if digits.is_empty() { Ok(0) } else { digits.parse::<u128>() };
        let (Ok(whole), Ok(part)) = (parse(whole), parse(fraction)) else { return Err(fault()) };
        let tens = 10_u128.pow(u32::try_from(fraction.len()).unwrap_or(0));
        let amount = whole * scale + (part * scale).div_ceil(tens);
        if amount > (i64::MAX as u128) * 1000 {
            return Err(format!("`{text}` is more than Kubernetes can count"));
        }
        Ok(Self { milli: amount, unit })
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.milli.is_multiple_of(1000) {
            return write!(f, "{}m", self.milli);
        }
        let units = self.milli / 1000;
        let table = if self.unit == Unit::Binary { &BINARY } else { &DECIMAL };
        match table.iter().find(|(_, scale)| units != 0 && units.is_multiple_of(*scale)) {
            Some((suffix, scale)) => write!(f, "{}{suffix}", units / scale),
            None => write!(f, "{units}"),
        }
    }
}

impl From<Quantity> for String {
    fn from(quantity: Quantity) -> Self {
        quantity.to_string()
    }
}

impl JsonSchema for Quantity {
    fn schema_name() -> Cow<'static, str> {
        "Quantity".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An amount: `500m`, `2`, `512Mi`, `10Gi`.",
            "type": ["string", "integer"],
            "pattern": "^[0-9]*\\.?[0-9]*(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$",
            "minimum": 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_written_in_canonical_form() {
        let cases = [
            ("1000m", "1"),
            ("100m", "100m"),
            ("1.5", "1500m"),
            ("1.5Gi", "1536Mi"),
            ("1024Mi", "1Gi"),
            ("0", "0"),
            ("2", "2"),
            ("1000", "1k"),
            ("0.1m", "1m"),
            (".5", "500m"),
            ("5G", "5G"),
        ];
        for (text, canonical) in cases {
            assert_eq!(text.parse::<Quantity>().expect(text).to_string(), canonical);
        }
        for text in ["", ".", "Mi", "1 Gi", "1gi", "-1", "1e3", "1.2.3", "99999999999999999999"] {
            assert!(text.parse::<Quantity>().is_err(), "{text}");
        }
    }
}
