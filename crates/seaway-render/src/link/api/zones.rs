//! Time zones of a `CronJob`: names of the IANA database, as `time.LoadLocation` of Go finds them.

use seaway_core::suggest;

/// Areas of the database (<https://data.iana.org/time-zones/tz-link.html>). The places in them are not listed here: they
/// change with the releases of the database.
const AREAS: [&str; 19] = [
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Brazil",
    "Canada",
    "Chile",
    "Etc",
    "Europe",
    "Indian",
    "Mexico",
    "Pacific",
    "US",
    "posix",
    "right",
    "SystemV",
];
/// Zones without an area.
const ZONES: [&str; 44] = [
    "CET",
    "CST6CDT",
    "Cuba",
    "EET",
    "EST",
    "EST5EDT",
    "Egypt",
    "Eire",
    "Factory",
    "GB",
    "GB-Eire",
    "GMT",
    "GMT+0",
    "GMT-0",
    "GMT0",
    "Greenwich",
    "HST",
    "Hongkong",
    "Iceland",
    "Iran",
    "Israel",
    "Jamaica",
    "Japan",
    "Kwajalein",
    "Libya",
    "MET",
    "MST",
    "MST7MDT",
    "NZ",
    "NZ-CHAT",
    "Navajo",
    "PRC",
    "PST8PDT",
    "Poland",
    "Portugal",
    "ROC",
    "ROK",
    "Singapore",
    "Turkey",
    "UCT",
    "UTC",
    "Universal",
    "W-SU",
    "WET",
];
const HELP: &str = "write a name of the IANA database, `Europe/Berlin` or `Etc/UTC`";

/// The zone that a schedule begins with, and the schedule itself.
pub(super) fn split(schedule: &str) -> Option<(&str, &str)> {
    let rest = schedule.strip_prefix("TZ=").or_else(|| schedule.strip_prefix("CRON_TZ="))?;
    let (zone, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    Some((zone, rest.trim()))
}

/// What is wrong with a name of a time zone, and what to write (`validateTimeZone` of `pkg/apis/batch/validation`).
pub(super) fn fault(zone: &str) -> Option<(String, String)> {
    let fault = |help: String| Some((format!("there is no time zone `{zone}`"), help));
    if zone.eq_ignore_ascii_case("local") {
        return Some((
            format!("`{zone}` is the time zone of wherever the cluster runs"),
            HELP.to_owned(),
        ));
    }
    let Some((area, place)) = zone.split_once('/') else {
        if ZONES.contains(&zone) || zone == "Zulu" {
            return None;
        }
        let near = suggest::nearest(zone, ZONES);
        return fault(
            near.map_or_else(|| HELP.to_owned(), |near| format!("did you mean `{near}`?")),
        );
    };
    if !AREAS.contains(&area) {
        let near = suggest::nearest(area, AREAS);
        return fault(
            near.map_or_else(|| HELP.to_owned(), |near| format!("did you mean `{near}/{place}`?")),
        );
    }
    let is_part = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_uppercase())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'+'))
    };
    if place.split('/').all(is_part) {
        return None;
    }
    let mended: Vec<String> = place.split('/').map(capitals).collect();
    let mended = mended.join("/");
    if mended != place && mended.split('/').all(is_part) {
        return fault(format!("did you mean `{area}/{mended}`?"));
    }
    fault(HELP.to_owned())
}

/// `new york` → `New_York`.
fn capitals(place: &str) -> String {
    let words = place.split(['_', ' ']).map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn names_of_the_database_are_zones() {
        for zone in [
            "Europe/Berlin",
            "America/Argentina/Buenos_Aires",
            "Etc/GMT+5",
            "UTC",
            "America/Port-au-Prince",
            "Zulu",
        ] {
            assert_eq!(fault(zone), None, "{zone}");
        }
        for zone in
            ["", "local", "europe/berlin", "Europe/berlin", "CEST", "UTC+2", "Berlin", "Europe/"]
        {
            assert!(fault(zone).is_some(), "{zone}");
        }
    }
}
