//! The same text gives the same bytes: whatever the machine says of time, language and place.

use std::path::PathBuf;
use std::process::Command;

use crate::sandbox::{Sandbox, run};

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("a repository")
}

fn render(stack: &str, stage: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seaway"));
    command.args(["render", stack, "--stage", stage]).env_clear();
    command
}

#[test]
fn time_zone_language_and_folder_change_no_byte() {
    let stacks = repository().join("stacks");
    let elsewhere = Sandbox::new("");
    for (stack, stage) in
        [("shop", "redis-celery"), ("newsroom", "production"), ("tutorial", "postgres")]
    {
        let mut here = render(stack, stage);
        here.current_dir(&stacks)
            .env("TZ", "Pacific/Kiritimati")
            .env("LANG", "tr_TR.UTF-8")
            .env("LC_ALL", "tr_TR.UTF-8");
        let absolute = stacks.join(stack);
        let mut there = render(absolute.to_str().expect("UTF-8"), stage);
        there
            .current_dir(elsewhere.path("shop"))
            .env("TZ", "America/Los_Angeles")
            .env("LANG", "C")
            .env("USER", "nobody");
        let (here, there) = (run(&mut here), run(&mut there));
        assert_eq!(here.code, Some(0), "{}", here.err);
        assert!(here.out == there.out, "{stack} {stage} prints something else elsewhere");
    }
}

/// The tables of a stack file in the reverse order, each with its keys in the reverse order.
fn reversed(text: &str) -> String {
    let mut tables: Vec<Vec<&str>> = vec![Vec::new()];
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        if line.starts_with('[') {
            tables.push(vec![line]);
        } else if let Some(table) = tables.last_mut() {
            table.push(line);
        }
    }
    let rest = tables.split_off(1);
    let mut out: Vec<&str> = tables.concat();
    out.reverse();
    for mut table in rest.into_iter().rev() {
        let header = table.remove(0);
        table.reverse();
        out.push(header);
        out.extend(table);
    }
    out.join("\n")
}

#[test]
fn the_order_of_tables_and_keys_changes_no_byte() {
    let text =
        std::fs::read_to_string(repository().join("stacks/tutorial/stack.toml")).expect("a stack");
    let (plain, turned) = (Sandbox::new(&text), Sandbox::new(&reversed(&text)));
    for stage in ["local", "postgres", "redis-celery"] {
        let args = ["render", "shop", "--stage", stage];
        let (plain, turned) = (plain.run(&args), turned.run(&args));
        assert_eq!((plain.code, turned.code), (Some(0), Some(0)), "{}{}", plain.err, turned.err);
        assert!(plain.out == turned.out, "{stage} depends on the order");
    }
}
