//! Names of time zones.

use super::text::{Form, Text};
use crate::suggest;

/// The form of a [`TimeZone`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimeZoneForm {}

/// A name of the IANA time zone database (<https://www.iana.org/time-zones>), as the API server takes it for a `CronJob`.
pub type TimeZone = Text<TimeZoneForm>;

/// The names of one release of the database, and which one it is.
const DATABASE: &str = include_str!("time-zones.txt");
const HELP: &str = "write a name of the IANA database, `Europe/Berlin` or `Etc/UTC`";

fn names() -> impl Iterator<Item = &'static str> {
    DATABASE.lines().filter(|line| !line.starts_with('#'))
}

impl TimeZone {
    /// Coordinated Universal Time.
    pub fn utc() -> Self {
        Self::try_from("Etc/UTC".to_owned()).unwrap_or_else(|fault| unreachable!("{fault}"))
    }
}

/// `validateTimeZone` of Kubernetes
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/apis/batch/validation/validation.go>).
impl Form for TimeZoneForm {
    const NAME: &'static str = "TimeZone";
    const ABOUT: &'static str =
        "A name of the IANA time zone database, for example `Europe/Berlin` or `Etc/UTC`.";
    const PATTERN: &'static str = "^[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$";
    fn fault(text: &str) -> Option<String> {
        if text.eq_ignore_ascii_case("local") {
            return Some(format!("`{text}` is the time zone of wherever the cluster runs\n{HELP}"));
        }
        if names().any(|name| name == text) {
            return None;
        }
        let help = match nearest(text) {
            Some(near) => format!("did you mean `{near}`?"),
            None => HELP.to_owned(),
        };
        Some(format!("there is no time zone `{text}`\n{help}"))
    }
}

/// The name that was most likely meant: one that is spelled alike, or one of that place.
fn nearest(text: &str) -> Option<&'static str> {
    // No name is longer than this, and a long text is far from all of them.
    if text.len() > 64 {
        return None;
    }
    let place = |name: &'static str| name.rsplit('/').next().unwrap_or(name);
    suggest::nearest(text, names()).or_else(|| {
        let near = suggest::nearest(text.rsplit('/').next()?, names().map(place))?;
        names().find(|name| place(name) == near)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Zones and links of a `tzdata.zi`, and its release (<https://man7.org/linux/man-pages/man8/zic.8.html>).
    fn compact(text: &str) -> (&str, BTreeSet<&str>) {
        let release = text.lines().find_map(|line| line.strip_prefix("# version "));
        let names = text.lines().filter_map(|line| {
            let mut words = line.split_whitespace();
            match words.next()? {
                "Z" => words.next(),
                "L" => words.nth(1),
                _ => None,
            }
        });
        (release.expect("a release").trim(), names.collect())
    }

    #[test]
    fn names_are_sorted() {
        assert!(names().is_sorted());
        assert!(names().count() > 500);
        assert!(names().all(|name| !name.is_empty() && name.len() <= 64));
    }

    /// No name ever leaves the database: one that is not used any more becomes a link
    /// (<https://data.iana.org/time-zones/theory.html#naming>).
    #[test]
    #[expect(clippy::disallowed_methods, reason = "the database of the machine is the judge")]
    fn the_database_of_this_machine_has_the_same_names() {
        let known: BTreeSet<&str> = names().collect();
        let ours = DATABASE.lines().find_map(|line| line.strip_prefix("# release: "));
        let ours = ours.expect("a release");
        let Ok(text) = std::fs::read_to_string("/usr/share/zoneinfo/tzdata.zi") else {
            return;
        };
        let (theirs, names) = compact(&text);
        if theirs <= ours {
            assert_eq!(names.difference(&known).next(), None, "of {theirs}");
        }
        if theirs >= ours {
            assert_eq!(known.difference(&names).next(), None, "of {theirs}");
        }
    }
}
