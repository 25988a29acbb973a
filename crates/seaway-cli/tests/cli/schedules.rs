//! Schedules of cron and their time zones.

use crate::sandbox::{Run, Sandbox};

fn cron(options: &str) -> Run {
    let stack = format!(
        "name = \"clock\"\napp = {{ image = \"ghcr.io/acme/clock:1.0.0\", module = \"clock\" }}\n\
         components.often = {{ type = \"cron\", command = [\"often\"], {options} }}\n[stages.dev]\n"
    );
    Sandbox::new(&stack).run(&["render", "shop", "--stage", "dev"])
}

#[test]
fn a_zone_that_no_database_has_is_an_error_with_the_nearest_one() {
    let Run { code, out, err } = cron("schedule = \"0 7 * * mon\", time-zone = \"Europe/Berln\"");
    assert_eq!((code, out.as_str()), (Some(1), ""));
    insta::assert_snapshot!(err, @r#"
    error[invalid-value]: there is no time zone `Europe/Berln`
     --> shop/stack.toml:3:96
      |
    3 | components.often = { type = "cron", command = ["often"], schedule = "0 7 * * mon", time-zone = "Europe/Berln" }
      |                                                                                                ^^^^^^^^^^^^^^
      |
      = help: did you mean `Europe/Berlin`?

    error: could not render stage `dev`: 1 error
    for more about an error: seaway explain invalid-value
    "#);
}

#[test]
fn a_date_that_never_comes_is_an_error() {
    let Run { code, out, err } = cron("schedule = \"0 0 31 2 *\"");
    assert_eq!((code, out.as_str()), (Some(1), ""));
    insta::assert_snapshot!(err, @r#"
    error[invalid-value]: `0 0 31 2 *` never comes: February ends before day 31
     --> shop/stack.toml:3:69
      |
    3 | components.often = { type = "cron", command = ["often"], schedule = "0 0 31 2 *" }
      |                                                                     ^^^^^^^^^^^^
      |
      = help: write a day that each of its months has: `"0 0 28 2 *"`

    error: could not render stage `dev`: 1 error
    for more about an error: seaway explain invalid-value
    "#);
    assert_eq!(cron("schedule = \"0 0 29 2 *\"").code, Some(0));
}

#[test]
fn a_deadline_that_the_controller_can_miss_is_a_warning_that_can_be_allowed() {
    let often = "schedule = \"*/5 * * * *\", starting-deadline-seconds = 5";
    let Run { code, out, err } = cron(often);
    assert_eq!(code, Some(0));
    assert!(out.contains("startingDeadlineSeconds: 5"), "{out}");
    insta::assert_snapshot!(err, @r#"
    warning[short-deadline]: a run of `often` may never start: it is left out after 5 s, and the controller looks every 10 s
     --> shop/stack.toml:3:112
      |
    3 | components.often = { type = "cron", command = ["often"], schedule = "*/5 * * * *", starting-deadline-seconds = 5 }
      |                                                                                                                ^
      |
      = note: in CronJob/often at `spec.startingDeadlineSeconds`
      = help: write `starting-deadline-seconds = 10` or more
    "#);
    let allowed = cron(&format!("{often}, allow.short-deadline = \"each run counts\""));
    assert_eq!(allowed.code, Some(0));
    insta::assert_snapshot!(allowed.err, @r#"
    note[short-deadline]: a run of `often` may never start: it is left out after 5 s, and the controller looks every 10 s
     --> shop/stack.toml:3:112
      |
    3 | components.often = { type = "cron", command = ["often"], schedule = "*/5 * * * *", starting-deadline-seconds = 5, allow.short-deadlin...
      |                                                                                                                ^
      |
      = allowed: each run counts
      = note: in CronJob/often at `spec.startingDeadlineSeconds`
    "#);
}
