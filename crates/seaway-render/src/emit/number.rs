//! Numbers and bytes.

use std::fmt::{Display, Write as _};

use super::Error;

/// Appends an integer.
pub(super) fn integer(out: &mut String, number: impl Display) {
    // Writing to a string cannot fail.
    let _ = write!(out, "{number}");
}

/// The first float from which on not every whole number has a float of its own: 2⁵³.
const LAST_EXACT: f64 = 9_007_199_254_740_992.0;

/// Appends a float with as few digits as read back to it, and never with an exponent: YAML 1.1 takes `1e5` for a
/// string.
///
/// A whole number is written without a point, as Go does (`maximum: 100`), unless `keep_point` says that the float was
/// written with one, or it is so large that a reader could take it for an integer that overflows.
///
/// An `f32` is displayed as itself, since `0.1_f32` has more digits as an `f64`.
pub(super) fn float(
    out: &mut String,
    number: impl Display + Into<f64> + Copy,
    keep_point: bool,
) -> Result<(), Error> {
    let wide: f64 = number.into();
    if !wide.is_finite() {
        return Err(Error::NotFinite);
    }
    let start = out.len();
    integer(out, number);
    if (keep_point || wide.abs() >= LAST_EXACT) && !out[start..].contains('.') {
        out.push_str(".0");
    }
    Ok(())
}

/// The base64 text of `bytes` (RFC 4648, with padding): the API's form of bytes, which `k8s-openapi` prints by itself.
pub(super) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| usize::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let padding = digit > chunk.len();
            text.push(if padding {
                '='
            } else {
                char::from(DIGITS[bits >> (18 - 6 * digit) & 63])
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Error, base64, float};

    fn written(number: impl std::fmt::Display + Into<f64> + Copy, keep_point: bool) -> String {
        let mut out = String::new();
        float(&mut out, number, keep_point).map_or_else(|error| error.to_string(), |()| out)
    }

    #[test]
    fn a_float_has_no_exponent() {
        assert_eq!(written(0.1, false), "0.1");
        assert_eq!(written(0.1_f32, false), "0.1");
        assert_eq!(written(100.0, false), "100");
        assert_eq!(written(100.0, true), "100.0");
        assert_eq!(written(-0.000_000_25, false), "-0.00000025");
        assert_eq!(written(1e21, false), "1000000000000000000000.0");
        assert_eq!(written(f64::NAN, false), Error::NotFinite.to_string());
        assert_eq!(written(f64::INFINITY, true), Error::NotFinite.to_string());
    }

    #[test]
    fn base64_is_that_of_rfc_4648() {
        let pairs = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
        for (length, expected) in pairs.into_iter().enumerate() {
            assert_eq!(base64(&b"foobar"[..length]), expected);
        }
    }
}
