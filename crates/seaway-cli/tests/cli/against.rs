//! `--against`: what was applied before.

use seaway_core::{Code, Severity};

use crate::sandbox::{Run, SHOP, Sandbox};

/// [`SHOP`] and a stage without the database.
fn shrinking() -> Sandbox {
    let sandbox = Sandbox::new(SHOP);
    let rendered = sandbox.run(&["render", "shop", "-s", "postgres", "--out", "old/postgres"]);
    assert_eq!(rendered.code, Some(0), "{}", rendered.err);
    sandbox.write(
        "shop/stack.toml",
        SHOP.replace("version = \"17\", storage = \"2Gi\"", "version = \"17\", storage = \"1Gi\""),
    );
    sandbox
}

fn render(sandbox: &Sandbox, against: &str) -> Run {
    sandbox.run(&["render", "shop", "--stage", "postgres", "--against", against])
}

#[test]
fn nothing_is_printed_over_output_that_would_break() {
    let sandbox = shrinking();
    let Run { code, out, err } = render(&sandbox, "old/postgres");
    assert_eq!((code, out.as_str()), (Some(1), ""));
    insta::assert_snapshot!(err, @r#"
    error[immutable-field]: `spec.resources.requests.storage` of PersistentVolumeClaim/db-data can not shrink
      --> shop/stack.toml:11:64
       |
    11 | components.db = { type = "postgres", version = "17", storage = "1Gi" }
       |                                                                ^^^^^
       |
       = note: in PersistentVolumeClaim/db-data at `spec.resources.requests.storage`
       = note: it is `2Gi` in the earlier output, and `1Gi` now
       = help: write at least what it was; for a smaller volume declare one of another name, copy the data with a Job that mounts both, then remove `db-data`

    note[capacity]: storage 2Gi → 1Gi (shop/stack.toml:11)

    error: could not render stage `postgres`: 1 error
    for more about an error: seaway explain immutable-field
    "#);
    let args = ["render", "shop", "-s", "postgres", "--against", "old", "--out", "new"];
    assert_eq!(sandbox.run(&args).code, Some(1));
    assert!(!sandbox.path("new").exists());
}

#[test]
fn any_form_of_earlier_output_is_read() {
    let sandbox = Sandbox::new(SHOP);
    let print = |format| sandbox.run(&["render", "shop", "-s", "postgres", "--format", format]).out;
    for (file, format) in [("all.yaml", "yaml"), ("list.json", "json"), ("flow.yaml", "kyaml")] {
        sandbox.write(file, print(format));
    }
    sandbox.write("folder/a.yml", print("yaml"));
    sandbox.write("folder/notes.txt", "a: [");
    sandbox.write("folder/empty.yaml", "---\n# nothing\n---\n");
    let shrunk = SHOP.replace("2Gi", "1Gi");
    for against in ["all.yaml", "list.json", "flow.yaml", "folder"] {
        let same = render(&sandbox, against);
        assert_eq!((same.code, same.err.as_str()), (Some(0), ""), "{against}");
        assert_eq!(same.out, print("yaml"));
    }
    sandbox.write("shop/stack.toml", shrunk);
    for against in ["all.yaml", "list.json", "flow.yaml", "folder"] {
        let changed = render(&sandbox, against);
        assert_eq!((changed.code, changed.out.as_str()), (Some(1), ""), "{against}");
        assert!(changed.err.starts_with("error[immutable-field]"), "{}", changed.err);
    }
}

#[test]
fn what_is_left_is_named_with_the_command_that_deletes_it() {
    let sandbox = Sandbox::new(
        &SHOP.replace("[stages.local]", "[stages.local.components]\ncache = { type = \"redis\" }"),
    );
    sandbox.write("old.yaml", sandbox.run(&["render", "shop", "-s", "local"]).out);
    sandbox.write("shop/stack.toml", SHOP);
    let args = ["render", "shop", "-s", "local", "--against", "old.yaml"];
    let Run { code, err, .. } = sandbox.run(&args);
    assert_eq!(code, Some(0));
    insta::assert_snapshot!(err, @r#"
    note[downtime]: the address `cache.shop` goes once Service/cache is deleted
    note[needs-a-step]: Secret/cache, Service/cache, ServiceAccount/cache and 2 more stay in the cluster until you delete them
     |
     = note: pods run on with their old configuration until then
     = help: after the apply: `kubectl delete -n shop secret/cache service/cache serviceaccount/cache statefulset.apps/cache networkpolicy.networking.k8s.io/cache`
    note[restarts]: the pod of Deployment/web is replaced (shop/stack.toml:6)
    note[capacity]: pods 2 → 1, cpu requests 150m → 100m, memory requests 512Mi → 256Mi, memory limits 768Mi → 512Mi
     |
     = note: at most: pods 3 → 2, cpu requests 250m → 200m, memory requests 768Mi → 512Mi, memory limits 1280Mi → 1Gi, with autoscalers at their maximum and a rollout
    "#);
    let quiet = sandbox.run(&[&args[..], &["--message-format", "json"]].concat());
    assert_eq!(quiet.code, Some(0));
    assert!(quiet.err.contains("\"code\":\"needs-a-step\",\"severity\":\"note\""), "{}", quiet.err);
    assert!(quiet.err.contains("kubectl delete -n shop "), "{}", quiet.err);
    let github = sandbox.run(&[&args[..], &["--message-format", "github"]].concat());
    assert!(github.err.contains("::notice title=needs-a-step::"), "{}", github.err);
    let sarif = sandbox.run(&[&args[..], &["--message-format", "sarif"]].concat());
    let sarif: serde_json::Value = serde_json::from_str(&sarif.err).expect("JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    assert!(results.iter().all(|result| result["level"] == "note"), "{sarif:#}");
}

#[test]
fn a_bound_fails_at_a_consequence_or_a_worse_one() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.write("old.yaml", sandbox.run(&["render", "shop", "-s", "local"]).out);
    sandbox.write("shop/stack.toml", SHOP.replace("shop:1.4.0", "shop:1.5.0"));
    for command in ["check", "render"] {
        let args = [command, "shop", "-s", "local", "--against", "old.yaml", "--fail-on"];
        let fails = sandbox.run(&[&args[..], &["restarts"]].concat());
        assert_eq!((fails.code, fails.out.as_str()), (Some(1), ""));
        let why = "the worst consequence is `restarts`, denied by `--fail-on restarts`";
        assert!(fails.err.contains(why), "{}", fails.err);
        assert_eq!(sandbox.run(&[&args[..], &["opens"]].concat()).code, Some(0));
    }
    let alone = sandbox.run(&["check", "shop", "--fail-on", "opens"]);
    assert_eq!(alone.code, Some(2), "{}", alone.err);
}

#[test]
fn check_compares_each_stage_with_the_folder_of_its_name() {
    let sandbox = shrinking();
    let Run { code, err, .. } = sandbox.run(&["check", "shop", "--against", "old"]);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(err, @r#"
    error[immutable-field]: `spec.resources.requests.storage` of PersistentVolumeClaim/db-data can not shrink
      --> shop/stack.toml:11:64
       |
    11 | components.db = { type = "postgres", version = "17", storage = "1Gi" }
       |                                                                ^^^^^
       |
       = note: in PersistentVolumeClaim/db-data at `spec.resources.requests.storage`
       = note: it is `2Gi` in the earlier output, and `1Gi` now
       = note: in stage `postgres`
       = help: write at least what it was; for a smaller volume declare one of another name, copy the data with a Job that mounts both, then remove `db-data`

    note[capacity]: storage 2Gi → 1Gi (shop/stack.toml:11), in stage `postgres`

    error: could not compile 1 of 2 stages: 1 error
    for more about an error: seaway explain immutable-field
    "#);
    let check = |args: &[&str]| sandbox.run(&[&["check", "shop", "--against"], args].concat());
    assert_eq!(check(&["old", "--stage", "postgres"]).code, Some(1));
    assert_eq!(check(&["old/postgres", "--stage", "postgres"]).code, Some(1));
    let Run { code, err, .. } = check(&["old/postgres"]);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(err, @r#"
    error[against]: `old/postgres` has no folder with the name of a stage
     |
     = note: `--against` compares with output that was applied before
     = help: name one stage with `--stage`, or a folder with one folder a stage
    "#);
}

#[test]
fn a_stage_without_earlier_output_is_named() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.run(&["render", "shop", "-s", "local", "--out", "old/local"]);
    let Run { code, err, .. } = sandbox.run(&["check", "shop", "--against", "old"]);
    assert_eq!(code, Some(0));
    insta::assert_snapshot!(err, @"
    note: not compared, `old` has no folder for `postgres`
    ok: 2 stages, 24 objects
    ");
}

#[test]
fn a_folder_is_compared_with_before_it_is_replaced() {
    let sandbox = Sandbox::new(SHOP);
    sandbox.run(&["render", "shop", "-s", "postgres", "--out", "live"]);
    let replace = ["render", "shop", "-s", "postgres", "--out", "live", "--against", "live"];
    sandbox.write("shop/stack.toml", SHOP.replace("2Gi", "4Gi"));
    assert_eq!(sandbox.run(&replace).code, Some(0));
    sandbox.write("shop/stack.toml", SHOP.replace("2Gi", "3Gi"));
    let refused = sandbox.run(&replace);
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("it is `4Gi` in the earlier output"), "{}", refused.err);
}

#[test]
fn the_examples_of_the_pages_are_told_over_what_was_before() {
    for code in Code::all().filter(|code| code.needs_earlier_output()) {
        let page = code.page();
        let text =
            |text: Option<&'static str>| text.unwrap_or_else(|| panic!("{code}: no example"));
        let sandbox = Sandbox::new(text(page.before()));
        let rendered = sandbox.run(&["render", "shop", "-s", "local", "--out", "old"]);
        assert_eq!(rendered.code, Some(0), "{}", rendered.err);
        let check = |text: &str| {
            sandbox.write("shop/stack.toml", text);
            sandbox.run(&["check", "shop", "--against", "old", "--message-format", "json"])
        };
        let bad = check(text(page.bad()));
        let failed = i32::from(code.severity() == Severity::Error);
        let is_allowed = |line: &str| !line.contains("\"allowed\":null");
        let is_note = |line: &&str| line.contains("\"severity\":\"note\"") || is_allowed(line);
        // The examples are parts of stacks.
        let lacks = |line: &str| {
            ["no-migrate", "no-broker", "no-default-queue", "no-backup", "unused-declaration"]
                .iter()
                .any(|code| line.starts_with(&format!("{{\"code\":\"{code}\"")))
        };
        let faults = bad.err.lines().filter(|line| !is_note(line) && !lacks(line));
        let faults: Vec<&str> = faults.collect();
        assert_eq!((bad.code, faults.len()), (Some(failed), 1), "{}", bad.err);
        assert!(faults[0].starts_with(&format!("{{\"code\":\"{code}\"")), "{}", bad.err);
        let good = check(text(page.good()));
        assert_eq!(good.code, Some(0), "{}", good.err);
        assert!(good.err.lines().all(|line| is_note(&line) || lacks(line)), "{}", good.err);
    }
}

#[test]
fn what_can_not_be_read_is_told_with_its_place() {
    let sandbox = Sandbox::new(SHOP);
    let told = |against| {
        let Run { code, out, err } = render(&sandbox, against);
        assert_eq!((code, out.as_str()), (Some(1), ""));
        err
    };
    insta::assert_snapshot!(told("nothing"), @r#"
    error[against]: can not read `nothing`: no such file or directory
     |
     = note: `--against` compares with output that was applied before
    "#);
    sandbox.write("empty/notes.txt", "");
    insta::assert_snapshot!(told("empty"), @r#"
    error[against]: `empty` holds no objects
     |
     = note: `--against` compares with output that was applied before
     = help: name what `seaway render` wrote, a folder or a file of YAML or JSON
    "#);
    sandbox.write("bad/a.yaml", "---\nkind: é\nmetadata: { name: a\n---\n");
    insta::assert_snapshot!(told("bad"), @r#"
    error[syntax]: `bad/a.yaml` is not YAML
     --> bad/a.yaml:4:1
      |
    4 | ---
      | ^ did not find expected ',' or '}'
    "#);
    sandbox.write("half.yaml", "apiVersion: v1\nkind: Secret\n");
    insta::assert_snapshot!(told("half.yaml"), @r#"
    error[against]: document 1 of `half.yaml` is no object: it has no `metadata.name`
     |
     = help: `--against` reads output that was applied before
    "#);
    sandbox.write("text.yaml", "---\n---\njust text\n");
    insta::assert_snapshot!(told("text.yaml"), @r#"
    error[against]: document 2 of `text.yaml` is no object: it is not a table of fields
     |
     = help: `--against` reads output that was applied before
    "#);
    let odd = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { 80: a, true: b, c: ";
    for taken in ["null", "!tag d", "1.5"] {
        sandbox.write("odd.yaml", format!("{odd}{taken} }}\n"));
        assert_eq!(render(&sandbox, "odd.yaml").code, Some(0), "{taken}");
    }
    sandbox.write("odd.yaml", format!("{odd}18446744073709551615 }}\n"));
    insta::assert_snapshot!(told("odd.yaml"), @r#"
    error[against]: document 1 of `odd.yaml` is no object: it holds a value that no object has
     |
     = help: `--against` reads output that was applied before
    "#);
    sandbox.write("list.yaml", "apiVersion: v1\nkind: List\nitems: [a]\n");
    insta::assert_snapshot!(told("list.yaml"), @r#"
    error[against]: document 1 of `list.yaml` is no object: it is not a table of fields
     |
     = help: `--against` reads output that was applied before
    "#);
    sandbox.write("bytes.yaml", b"a: \xff\n");
    insta::assert_snapshot!(told("bytes.yaml"), @r#"
    error[against]: `bytes.yaml` is not UTF-8 text
     |
     = note: `--against` compares with output that was applied before
    "#);
    let lines =
        (1..40).map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(", ")));
    sandbox.write("bomb.yaml", format!("a0: &a0 [x]\n{}", lines.collect::<String>()));
    insta::assert_snapshot!(told("bomb.yaml"), @r#"
    error[syntax]: `bomb.yaml` is not YAML
     |
     = note: repetition limit exceeded
    "#);
    sandbox.write("deep.yaml", "[".repeat(1000));
    insta::assert_snapshot!(told("deep.yaml"), @r#"
    error[syntax]: `deep.yaml` is not YAML
     --> deep.yaml:1:129
      |
    1 | ...[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[...
      |                                                        ^ recursion limit exceeded
    "#);
}
