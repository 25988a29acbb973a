//! Texts with a form: what each takes and refuses, and that its pattern in the schema says no less.

use insta::assert_snapshot;
use seaway_core::values::{
    AllowedHost, Cidr, DataKey, EnvName, ExtensionName, Form, HostName, Image, KubernetesVersions,
    MountPath, Name, Port, Quantity, Schedule, Text, TimeZone, UrlPath,
};

/// Checks what a form takes and refuses; what it takes, its pattern takes as well.
fn form<F: Form>(_: Option<Text<F>>, good: &[&str], bad: &[&str]) -> String {
    let schema = serde_json::json!({ "type": "string", "pattern": F::PATTERN });
    let pattern = jsonschema::draft7::new(&schema).expect("a pattern");
    for text in good {
        assert!(Text::<F>::try_from((*text).to_owned()).is_ok(), "{} refuses `{text}`", F::NAME);
        assert!(
            pattern.is_valid(&serde_json::json!(text)),
            "the pattern of {} refuses `{text}`",
            F::NAME
        );
    }
    let faults = bad.iter().map(|text| match Text::<F>::try_from((*text).to_owned()) {
        Ok(_) => panic!("{} takes `{text}`", F::NAME),
        Err(fault) => format!("{}\n", fault.replace('\n', " | ")),
    });
    faults.collect()
}

#[test]
fn names() {
    let long = "a".repeat(63);
    let good = ["a", "a-b", "a1", &long];
    let found =
        form(None::<Name>, &good, &["", "1a", "-a", "a-", "A", "a_b", "a.b", &"a".repeat(64)]);
    assert_snapshot!(found, @r"
    `` is not a name | write at most 63 of `a-z`, `0-9` and `-`, starting with a letter and not ending with `-`
    `1a` is not a name | write at most 63 of `a-z`, `0-9` and `-`, starting with a letter and not ending with `-`
    `-a` is not a name | write at most 63 of `a-z`, `0-9` and `-`, starting with a letter and not ending with `-`
    `a-` is not a name | write at most 63 of `a-z`, `0-9` and `-`, starting with a letter and not ending with `-`
    `A` is not a name | write at most 63 of `a-z`, `0-9` and `-`, starting with a letter and not ending with `-`
    `a_b` is not a name | write at most 63 of `a-z`, `0-9` and `-`, starting with a letter and not ending with `-`
    `a.b` is not a name | write at most 63 of `a-z`, `0-9` and `-`, starting with a letter and not ending with `-`
    `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` is not a name | write at most 63 of `a-z`, `0-9` and `-`, starting with a letter and not ending with `-`
    ");
}

#[test]
fn keys_and_variables() {
    let found = form(None::<DataKey>, &["a", "A.b_c-1", ".a"], &["", ".", "..", "..a", "a b", "é"]);
    assert_snapshot!(found, @r"
    `` is not a key | write letters, digits, `-`, `_` and `.`
    `.` is not a key | write letters, digits, `-`, `_` and `.`
    `..` is not a key | write letters, digits, `-`, `_` and `.`
    `..a` is not a key | write letters, digits, `-`, `_` and `.`
    `a b` is not a key | write letters, digits, `-`, `_` and `.`
    `é` is not a key | write letters, digits, `-`, `_` and `.`
    ");
    let found = form(None::<EnvName>, &["A", "_a1"], &["", "1A", "A-B", "é"]);
    assert_snapshot!(found, @r"
    `` is not the name of an environment variable | write letters, digits and `_`, starting with a letter
    `1A` is not the name of an environment variable | write letters, digits and `_`, starting with a letter
    `A-B` is not the name of an environment variable | write letters, digits and `_`, starting with a letter
    `é` is not the name of an environment variable | write letters, digits and `_`, starting with a letter
    ");
}

#[test]
fn paths() {
    let found = form(
        None::<MountPath>,
        &["/a", "/a/b.c"],
        &["", "/", "a", "/a/", "/a//b", "/a/../b", "/a:b"],
    );
    assert_snapshot!(found, @r"
    `` is not a path to mount at | write an absolute path without `..`, `//`, `:` or a slash at the end
    `/` is not a path to mount at | write an absolute path without `..`, `//`, `:` or a slash at the end
    `a` is not a path to mount at | write an absolute path without `..`, `//`, `:` or a slash at the end
    `/a/` is not a path to mount at | write an absolute path without `..`, `//`, `:` or a slash at the end
    `/a//b` is not a path to mount at | write an absolute path without `..`, `//`, `:` or a slash at the end
    `/a/../b` is not a path to mount at | write an absolute path without `..`, `//`, `:` or a slash at the end
    `/a:b` is not a path to mount at | write an absolute path without `..`, `//`, `:` or a slash at the end
    ");
    let found = form(None::<UrlPath>, &["/", "/a?b=c", "/é"], &["", "a", "/a b", "/\n"]);
    assert_snapshot!(found, @r"
    `` is not the path of a URL | write a path that starts with `/`
    `a` is not the path of a URL | write a path that starts with `/`
    `/a b` is not the path of a URL | write a path that starts with `/`
    `/ | ` is not the path of a URL | write a path that starts with `/`
    ");
}

#[test]
fn hosts_and_addresses() {
    let found = form(
        None::<HostName>,
        &["a", "db.Example.com", "10.0.0.1", "::1"],
        &["", "http://a", "a:80", "a/b", "a_b", "-a", "a..b"],
    );
    assert_snapshot!(found, @r"
    `` is not a host | write a host name or an IP address, without scheme, port or path
    `http://a` is not a host | write a host name or an IP address, without scheme, port or path
    `a:80` is not a host | write a host name or an IP address, without scheme, port or path
    `a/b` is not a host | write a host name or an IP address, without scheme, port or path
    `a_b` is not a host | write a host name or an IP address, without scheme, port or path
    `-a` is not a host | write a host name or an IP address, without scheme, port or path
    `a..b` is not a host | write a host name or an IP address, without scheme, port or path
    ");
    // The Kelvin sign is `k` in lower case, but no letter of a host name.
    form(None::<HostName>, &[], &["\u{212a}"]);
    let long = "a".repeat(64);
    form(
        None::<ExtensionName>,
        &["pg_trgm", "uuid-ossp", "_x", &long[1..]],
        &["", "1a", "-a", "a b", "a.b", "a\"", "a'; --", "a\n", "ä", &long],
    );
    form(None::<AllowedHost>, &["*", ".example.com", "a", "[::1]"], &["", ".", "*.a", "http://a"]);
    let found = form(
        None::<Cidr>,
        &["10.0.0.0/8", "0.0.0.0/0", "10.0.0.1/32", "::/0", "2001:db8::/32"],
        &["10.0.0.0", "10.0.0.0/33", "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.1/8", "a/8", "::1/64"],
    );
    assert_snapshot!(found, @r"
    `10.0.0.0` is not a CIDR range | write an address and a length, `10.0.0.0/16`
    `10.0.0.0/33` is not a CIDR range | write an address and a length, `10.0.0.0/16`
    `10.0.0.0/+8` is not a CIDR range | write an address and a length, `10.0.0.0/16`
    `10.0.0.0/08` is not a CIDR range | write an address and a length, `10.0.0.0/16`
    `10.0.0.1/8` has bits set behind its length | write the first address of the range, or `/32` for one host
    `a/8` is not a CIDR range | write an address and a length, `10.0.0.0/16`
    `::1/64` has bits set behind its length | write the first address of the range, or `/32` for one host
    ");
}

#[test]
fn schedules() {
    let found = form(
        None::<Schedule>,
        &[
            "@daily",
            "*/5 * * * *",
            "0 3 1-5 jan,MAR mon-fri",
            " 0  0 * * 0 ",
            "0 0 ? * *",
            "5/15 * * * *",
        ],
        &[
            "",
            "@weakly",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 7",
            "*/0 * * * *",
            "5-1 * * * *",
            "a * * * *",
        ],
    );
    assert_snapshot!(found, @r"
    `` is not a cron schedule | write five fields, `minute hour day month weekday`, or `@daily`
    `@weakly` is not a cron schedule | write five fields, `minute hour day month weekday`, or `@daily`
    `* * * *` is not a cron schedule | write five fields, `minute hour day month weekday`, or `@daily`
    `* * * * * *` is not a cron schedule | write five fields, `minute hour day month weekday`, or `@daily`
    `60` is no minute | write `*` or numbers from 0 to 59
    `24` is no hour | write `*` or numbers from 0 to 23
    `0` is no day of the month | write `*` or numbers from 1 to 31
    `13` is no month | write `*` or numbers from 1 to 12
    `7` is no day of the week | write `*` or numbers from 0 to 6
    `*/0` is no minute | write `*` or numbers from 0 to 59
    `5-1` is no minute | write `*` or numbers from 0 to 59
    `a` is no minute | write `*` or numbers from 0 to 59
    ");
}

/// A day of a month that does not have it. Both fields of days are one condition where one of them says `*`, and two of which one
/// is enough where none does.
#[test]
fn schedules_that_never_come() {
    let found = form(
        None::<Schedule>,
        &[
            "0 0 29 2 *",
            "0 0 29,30,31 feb ?",
            "0 0 31 * *",
            "0 0 31 4,5 *",
            "0 0 30 4,6,9,11 *",
            "0 0 31 2 mon",
            "0 0 31 2 */2",
            "0 0 31 2 0-6",
            "0 0 */31 2 *",
            "0 0 * 2 *",
            "0 0 30/31,1 2 *",
            "@yearly",
        ],
        &[
            "0 0 31 2 *",
            "0 0 30 feb *",
            "0 0 31 4,6,9,11 *",
            "*/5 * 30-31 FEB ?",
            "0 0 31 2,4 */1",
            "0 0 30/1 2 *",
            " 15  3 31 4,jun *,mon ",
        ],
    );
    assert_snapshot!(found, @r#"
    `0 0 31 2 *` never comes: February ends before day 31 | write a day that each of its months has: `"0 0 28 2 *"`
    `0 0 30 feb *` never comes: February ends before day 30 | write a day that each of its months has: `"0 0 28 feb *"`
    `0 0 31 4,6,9,11 *` never comes: April, June, September and November end before day 31 | write a day that each of its months has: `"0 0 30 4,6,9,11 *"`
    `*/5 * 30-31 FEB ?` never comes: February ends before day 30 | write a day that each of its months has: `"*/5 * 28 FEB ?"`
    `0 0 31 2,4 */1` never comes: February and April end before day 31 | write a day that each of its months has: `"0 0 28 2,4 */1"`
    `0 0 30/1 2 *` never comes: February ends before day 30 | write a day that each of its months has: `"0 0 28 2 *"`
    `15 3 31 4,jun *,mon` never comes: April and June end before day 31 | write a day that each of its months has: `"15 3 30 4,jun *,mon"`
    "#);
}

#[test]
fn schedules_with_a_time_zone() {
    let bad = ["TZ=Europe/Berlin 0 4 * * *", "CRON_TZ=UTC @daily", "TZ=a\"b 0 4 * * *", "TZ="];
    assert_snapshot!(form(None::<Schedule>, &[], &bad), @r#"
    a schedule can not name its time zone | write `schedule = "0 4 * * *"` and `time-zone = "Europe/Berlin"`
    a schedule can not name its time zone | write `schedule = "@daily"` and `time-zone = "UTC"`
    a schedule can not name its time zone | write the zone as `time-zone = "Europe/Berlin"`
    a schedule can not name its time zone | write the zone as `time-zone = "Europe/Berlin"`
    "#);
}

#[test]
fn time_zones() {
    let found = form(
        None::<TimeZone>,
        &[
            "Europe/Berlin",
            "America/Argentina/Buenos_Aires",
            "America/Port-au-Prince",
            "Etc/GMT+5",
            "GMT-0",
            "UTC",
            "US/Eastern",
            "Zulu",
        ],
        &[
            "",
            "Local",
            "local",
            "Europe/Berln",
            "europe/berlin",
            "America/new york",
            "Berlin",
            "posix/Europe/Berlin",
            "America/Buenos_Ayres",
            "CEST",
            "UTC+2",
            "Europe/",
            "../etc/passwd",
            "Europe/Berlin ",
        ],
    );
    assert_snapshot!(found, @r#"
    there is no time zone `` | write a name of the IANA database, `Europe/Berlin` or `Etc/UTC`
    `Local` is the time zone of wherever the cluster runs | write a name of the IANA database, `Europe/Berlin` or `Etc/UTC`
    `local` is the time zone of wherever the cluster runs | write a name of the IANA database, `Europe/Berlin` or `Etc/UTC`
    there is no time zone `Europe/Berln` | did you mean `Europe/Berlin`?
    there is no time zone `europe/berlin` | did you mean `Europe/Berlin`?
    there is no time zone `America/new york` | did you mean `America/New_York`?
    there is no time zone `Berlin` | did you mean `Europe/Berlin`?
    there is no time zone `posix/Europe/Berlin` | did you mean `Europe/Berlin`?
    there is no time zone `America/Buenos_Ayres` | did you mean `America/Buenos_Aires`?
    there is no time zone `CEST` | did you mean `CET`?
    there is no time zone `UTC+2` | write a name of the IANA database, `Europe/Berlin` or `Etc/UTC`
    there is no time zone `Europe/` | write a name of the IANA database, `Europe/Berlin` or `Etc/UTC`
    there is no time zone `../etc/passwd` | write a name of the IANA database, `Europe/Berlin` or `Etc/UTC`
    there is no time zone `Europe/Berlin ` | did you mean `Europe/Berlin`?
    "#);
}

#[test]
fn ports_and_amounts() {
    assert!(Port::try_from(0).is_err());
    assert_eq!(Port::new(80).get(), 80);
    assert_eq!("1.5Gi".parse::<Quantity>().expect("it").to_string(), "1536Mi");
    assert!(Image::try_from("a/b:1".to_owned()).is_ok());
}

#[test]
fn kubernetes_versions_are_minors_or_ranges_of_them() {
    let read = |text: &str| match KubernetesVersions::try_from(text.to_owned()) {
        Ok(read) => format!("{} to {}, written `{read}`", read.oldest, read.newest),
        Err(error) => error.replace('\n', " | "),
    };
    let texts = [
        "1.33",
        "1.37",
        "1.33-1.36",
        "1.35-1.35",
        "1.34-1.37",
        "1.36-1.33",
        "1.32",
        "1.38",
        "1.33-1.38",
        "1.33-",
        "-1.33",
        "1.33 - 1.36",
        "1.033",
        "1.+33",
        "2.33",
        "1.33.1",
        "",
    ];
    let read: Vec<String> = texts.into_iter().map(read).collect();
    assert_snapshot!(read.join("\n"), @r"
    1.33 to 1.37, written `1.33`
    1.37 to 1.37, written `1.37`
    1.33 to 1.36, written `1.33-1.36`
    1.35 to 1.35, written `1.35-1.35`
    1.34 to 1.37, written `1.34`
    the range `1.36-1.33` begins with its newest version | write `1.33-1.36`
    unknown Kubernetes version `1.32` | write a minor version from `1.33` to `1.37`, or a range: `1.33-1.37`
    unknown Kubernetes version `1.38` | write a minor version from `1.33` to `1.37`, or a range: `1.33-1.37`
    unknown Kubernetes version `1.38` | write a minor version from `1.33` to `1.37`, or a range: `1.33-1.37`
    unknown Kubernetes version `1.33-` | write a minor version from `1.33` to `1.37`, or a range: `1.33-1.37`
    unknown Kubernetes version `-1.33` | write a minor version from `1.33` to `1.37`, or a range: `1.33-1.37`
    unknown Kubernetes version `1.33 ` | write a minor version from `1.33` to `1.37`, or a range: `1.33-1.37`
    unknown Kubernetes version `1.033` | write a minor version from `1.33` to `1.37`, or a range: `1.33-1.37`
    unknown Kubernetes version `1.+33` | write a minor version from `1.33` to `1.37`, or a range: `1.33-1.37`
    unknown Kubernetes version `2.33` | write a minor version from `1.33` to `1.37`, or a range: `1.33-1.37`
    unknown Kubernetes version `1.33.1` | write a minor version from `1.33` to `1.37`, or a range: `1.33-1.37`
    unknown Kubernetes version `` | write a minor version from `1.33` to `1.37`, or a range: `1.33-1.37`
    ");
}
