//! Schedules of cron.

use super::text::{Form, Text};
use super::time_zone::TimeZone;

/// The form of a [`Schedule`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScheduleForm {}

/// A cron schedule that comes: five fields, or `@hourly` and the like, as a `CronJob` takes them.
pub type Schedule = Text<ScheduleForm>;

const NAMES: [&str; 7] =
    ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const DAY: usize = 2;
const MONTH: usize = 3;
const WEEKDAY: usize = 4;

/// The five fields, as robfig/cron v3 reads them, which the `CronJob` controller uses: Sunday is 0 alone
/// (<https://pkg.go.dev/github.com/robfig/cron/v3>).
const FIELDS: [Bounds; 5] = [
    Bounds { what: "minute", min: 0, max: 59, names: &[] },
    Bounds { what: "hour", min: 0, max: 23, names: &[] },
    Bounds { what: "day of the month", min: 1, max: 31, names: &[] },
    Bounds { what: "month", min: 1, max: 12, names: &MONTHS },
    Bounds { what: "day of the week", min: 0, max: 6, names: &WEEKDAYS },
];

/// Each month and the days that it has at most.
const LENGTHS: [(&str, u32); 12] = [
    ("January", 31),
    ("February", 29),
    ("March", 31),
    ("April", 30),
    ("May", 31),
    ("June", 30),
    ("July", 31),
    ("August", 31),
    ("September", 30),
    ("October", 31),
    ("November", 30),
    ("December", 31),
];

impl Form for ScheduleForm {
    const NAME: &'static str = "Schedule";
    const ABOUT: &'static str = "A cron schedule: five fields, `minute hour day month weekday`, or a word such as `@daily`.";
    const PATTERN: &'static str = "^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|\\s*[^\\s]+(\\s+[^\\s]+){4}\\s*)$";
    fn fault(text: &str) -> Option<String> {
        if NAMES.contains(&text) {
            return None;
        }
        if let Some(zoned) = Zoned::of(text) {
            return Some(format!("{}\n{}", Zoned::MESSAGE, zoned.help("time-zone")));
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        let Ok(words) = <[&str; 5]>::try_from(words) else {
            return Some(format!(
                "`{text}` is not a cron schedule\nwrite five fields, `minute hour day month weekday`, or `@daily`"
            ));
        };
        let fields = std::array::from_fn(|at| FIELDS[at].read(words[at]));
        if let Some(wrong) = fields.iter().position(Option::is_none) {
            let Bounds { what, min, max, .. } = FIELDS[wrong];
            return Some(format!(
                "`{}` is no {what}\nwrite `*` or numbers from {min} to {max}",
                words[wrong]
            ));
        }
        never(&words, &fields.map(Option::unwrap_or_default))
    }
}

impl Schedule {
    /// Hours between two times that it comes, at most, rounded up. Clocks that are put forward or back are left out.
    pub fn longest_gap_hours(&self) -> u32 {
        let text = match &**self {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            text => text,
        };
        let mut words = text.split_whitespace();
        let fields = FIELDS.map(|bounds| words.next().and_then(|word| bounds.read(word)));
        let [minutes, hours, days, months, weekdays] = fields.map(Option::unwrap_or_default);
        let is_it = |at: u32| hours.has(at / 60) && minutes.has(at % 60);
        let times: Vec<u32> = (0..24 * 60).filter(|at| is_it(*at)).collect();
        let (Some(first), Some(last)) = (times.first(), times.last()) else { return 0 };
        let within = times.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
        let comes = |(month, day, weekday): (u32, u32, u32)| {
            let (day, weekday) = (days.has(day), weekdays.has(weekday));
            let either =
                if days.is_any || weekdays.is_any { day && weekday } else { day || weekday };
            months.has(month) && either
        };
        let dates: Vec<u32> =
            (0..).zip(dates()).filter(|(_, date)| comes(*date)).map(|(at, _)| at).collect();
        let between = dates.windows(2).map(|pair| (pair[1] - pair[0]) * 24 * 60 + first - last);
        between.max().unwrap_or(0).max(within).div_ceil(60)
    }
}

/// The months, days and weekdays of twelve years, from the first of January of 2024, a Monday: the 29th of February is among them more
/// than once.
fn dates() -> impl Iterator<Item = (u32, u32, u32)> {
    let months = (2024..2036).flat_map(|year| (1..).zip(LENGTHS).map(move |of| (year, of)));
    let days = months.flat_map(|(year, (month, (_, length)))| {
        let length = if month == 2 && year % 4 != 0 { 28 } else { length };
        (1..=length).map(move |day| (month, day))
    });
    (1..).zip(days).map(|(weekday, (month, day)): (u32, _)| (month, day, weekday % 7))
}

/// A schedule that begins with a time zone, which cron takes and the API server refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zoned<'a> {
    /// What stands behind `TZ=` or `CRON_TZ=`.
    pub zone: &'a str,
    /// The schedule itself.
    pub rest: &'a str,
}

impl<'a> Zoned<'a> {
    /// What is wrong with each of them.
    pub const MESSAGE: &'static str = "a schedule can not name its time zone";

    /// Takes a schedule apart that begins with a time zone.
    pub fn of(schedule: &'a str) -> Option<Self> {
        let text = schedule.trim();
        let text = text.strip_prefix("TZ=").or_else(|| text.strip_prefix("CRON_TZ="))?;
        let (zone, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        Some(Self { zone, rest: rest.trim() })
    }

    /// What to write instead, where a time zone has a key of its own.
    pub fn help(&self, key: &str) -> String {
        let Self { zone, rest } = self;
        let is_known = TimeZone::try_from((*zone).to_owned()).is_ok();
        if is_known && Schedule::try_from((*rest).to_owned()).is_ok() {
            format!("write `schedule = \"{rest}\"` and `{key} = \"{zone}\"`")
        } else {
            format!("write the zone as `{key} = \"Europe/Berlin\"`")
        }
    }
}

/// A field and what it takes.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    what: &'static str,
    min: u32,
    max: u32,
    /// Words for the numbers from `min` on.
    names: &'static [&'static str],
}

/// The values of a field.
#[derive(Debug, Clone, Copy, Default)]
struct Set {
    /// The bit of each value.
    bits: u64,
    /// Whether it does not restrict: it has a `*` or `?` without a step.
    is_any: bool,
}

impl Set {
    fn has(self, value: u32) -> bool {
        self.bits & (1 << value) != 0
    }
}

impl Bounds {
    fn number(&self, text: &str) -> Option<u32> {
        let named = self.names.iter().position(|name| text.eq_ignore_ascii_case(name));
        let value = match named {
            Some(index) => u32::try_from(index).ok()? + self.min,
            None => text.parse().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()))?,
        };
        (self.min..=self.max).contains(&value).then_some(value)
    }

    /// Its values in a list of ranges; `None` of what is no such list.
    fn read(&self, field: &str) -> Option<Set> {
        let mut set = Set::default();
        for item in field.split(',') {
            let (range, step) = match item.split_once('/') {
                Some((range, step)) => (range, Some(step.parse::<u32>().ok()?)),
                None => (item, None),
            };
            let every = step.unwrap_or(1);
            if every == 0 {
                return None;
            }
            let (first, last) = if matches!(range, "*" | "?") {
                set.is_any |= every == 1;
                (self.min, self.max)
            } else if let Some((first, last)) = range.split_once('-') {
                (self.number(first)?, self.number(last)?)
            } else {
                let first = self.number(range)?;
                // `5/15` goes on to the end.
                (first, if step.is_some() { self.max } else { first })
            };
            if first > last {
                return None;
            }
            let every = usize::try_from(every).unwrap_or(usize::MAX);
            for value in (first..=last).step_by(every) {
                set.bits |= 1 << value;
            }
        }
        Some(set)
    }
}

/// Why a schedule never comes, and one that does.
///
/// A day has to fit both fields where one of them is not restricted, and only one of them where both are: `0 0 31 2 mon` comes on
/// each Monday of February (`dayMatches` of <https://github.com/robfig/cron/blob/v3.0.1/spec.go>).
fn never(words: &[&str; 5], fields: &[Set; 5]) -> Option<String> {
    let [days, months, weekdays] = [DAY, MONTH, WEEKDAY].map(|at| fields[at]);
    if days.is_any || !weekdays.is_any {
        return None;
    }
    let months_of = || (1..).zip(LENGTHS).filter(|(month, _)| months.has(*month)).map(|(_, of)| of);
    let earliest = (1..=31).find(|day| days.has(*day))?;
    if months_of().any(|(_, length)| earliest <= length) {
        return None;
    }
    let names: Vec<&str> = months_of().map(|(name, _)| name).collect();
    let ends = match names.as_slice() {
        [name] => format!("{name} ends"),
        [rest @ .., last] => format!("{} and {last} end", rest.join(", ")),
        [] => return None,
    };
    let shortest = months_of().map(|(_, length)| length).min()?;
    // The 29th of February comes once in four years.
    let day = if shortest == 29 { "28".to_owned() } else { shortest.to_string() };
    let mut instead = *words;
    instead[DAY] = &day;
    Some(format!(
        "`{}` never comes: {ends} before day {earliest}\nwrite a day that each of its months has: `\"{}\"`",
        words.join(" "),
        instead.join(" ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_gap_is_between_two_times() {
        let gap =
            |text: &str| Schedule::try_from(text.to_owned()).map(|one| one.longest_gap_hours());
        for (text, hours) in [
            ("15 2 * * *", 24),
            ("@hourly", 1),
            ("*/20 * * * *", 1),
            ("0 6,18 * * *", 12),
            ("0 6,8 * * *", 22),
            ("0 2 * * 1-5", 72),
            ("@weekly", 168),
            ("@monthly", 744),
            ("0 3 1,15 * *", 17 * 24),
            ("0 0 29 2 *", 1461 * 24),
        ] {
            assert_eq!(gap(text), Ok(hours), "{text}");
        }
    }
}
