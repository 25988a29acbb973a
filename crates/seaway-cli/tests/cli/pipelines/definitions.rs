//! The action and the template as YAML.

use std::fs;

use serde::Deserialize as _;
use serde_yaml::Value;

use super::repository_file;

const TEMPLATE: &str = ".gitlab/seaway.gitlab-ci.yml";
/// What stands around the script in the template.
const BEFORE: &str = "    cat >\"$seaway\" <<'END_OF_SEAWAY'\n";
const AFTER: &str = "    END_OF_SEAWAY\n";

fn text(path: &str) -> String {
    fs::read_to_string(repository_file(path)).expect("a file")
}

/// Every value of a key, anywhere.
fn values<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a str>) {
    match value {
        Value::Mapping(map) => {
            for (name, value) in map {
                if name.as_str() == Some(key) {
                    found.extend(value.as_str());
                }
                values(value, key, found);
            }
        }
        Value::Sequence(items) => items.iter().for_each(|item| values(item, key, found)),
        _ => {}
    }
}

/// A tag can be moved to other code, and an expression in a script is replaced before a shell reads it.
#[test]
fn the_action_uses_commits_and_no_expression_in_a_script() {
    let text = text(".github/actions/seaway/action.yml");
    let action: Value = serde_yaml::from_str(&text).expect("YAML");
    let (mut uses, mut runs) = (Vec::new(), Vec::new());
    values(&action["runs"]["steps"], "uses", &mut uses);
    values(&action["runs"]["steps"], "run", &mut runs);
    assert_eq!((uses.len(), runs.len()), (1, 2));
    for used in uses {
        let (_, commit) = used.split_once('@').expect("a revision");
        let is_commit = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(is_commit, "{used}");
        assert!(text.contains(&format!("{used} # v")), "{used}: which version is that?");
    }
    for run in runs {
        assert!(!run.contains("${{"), "{run}");
    }
    // Each input is used, and each that is used is declared.
    let inputs = action["inputs"].as_mapping().expect("inputs");
    for name in inputs.keys().filter_map(Value::as_str) {
        assert!(text.contains(&format!("inputs.{name} ")), "{name}");
    }
    for used in text.split("inputs.").skip(1) {
        let name =
            used.split(|c: char| !c.is_ascii_lowercase() && c != '-').next().expect("a name");
        assert!(inputs.contains_key(name), "{name}");
    }
}

#[test]
fn the_page_of_the_action_lists_its_inputs() {
    let action: Value =
        serde_yaml::from_str(&text(".github/actions/seaway/action.yml")).expect("YAML");
    let page = text(".github/actions/seaway/README.md");
    let rows: Vec<&str> =
        page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let inputs = action["inputs"].as_mapping().expect("inputs");
    let inputs: Vec<&str> = inputs.keys().filter_map(Value::as_str).collect();
    assert_eq!(rows, inputs);
}

/// Every variable that the script reads is set by the action and by the template, but for what only one of them has.
#[test]
fn the_script_gets_its_variables() {
    let (script, action) =
        (text(".github/actions/seaway/seaway.sh"), text(".github/actions/seaway/action.yml"));
    let template = text(TEMPLATE);
    let (template, _) = template.split_once(BEFORE).expect("a script");
    let described =
        script.lines().filter_map(|line| line.strip_prefix("#   SEAWAY_")?.split(' ').next());
    let mut count = 0;
    for name in described {
        let is_set = |text: &str| text.contains(&format!("SEAWAY_{name}: "));
        assert_eq!(is_set(&action), name != "TOKEN", "{name}");
        assert_eq!(is_set(template), !["TOKEN", "RENDERED"].contains(&name), "{name}");
        count += 1;
    }
    assert_eq!(count, 8);
}

#[test]
fn the_template_holds_the_script() {
    let (script, template) = (text(".github/actions/seaway/seaway.sh"), text(TEMPLATE));
    let (before, rest) = template.split_once(BEFORE).expect("the begin of the script");
    let (_, after) = rest.split_once(AFTER).expect("the end of the script");
    let indented =
        |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") };
    let block: String = script.lines().map(indented).collect();
    let expected = format!("{before}{BEFORE}{block}{AFTER}{after}");
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        fs::write(repository_file(TEMPLATE), &expected).expect("a written template");
    }
    let template = text(TEMPLATE);
    assert!(
        template == expected,
        "{TEMPLATE} is stale: UPDATE_REFERENCE=1 cargo test -p seaway-cli --test cli pipelines"
    );
    // What GitLab reads: an interpolation of its own in the script would be one of the template.
    assert!(!script.contains("$[["));
    let documents: Vec<Value> = serde_yaml::Deserializer::from_str(&template)
        .map(|document| Value::deserialize(document).expect("YAML"))
        .collect();
    let [header, jobs] = &documents[..] else { panic!("a header and the job") };
    assert!(jobs["seaway"]["script"][0].as_str().expect("a script").contains(&script));
    for name in
        header["spec"]["inputs"].as_mapping().expect("inputs").keys().filter_map(Value::as_str)
    {
        assert!(before.contains(&format!("$[[ inputs.{name} ]]")), "{name}");
    }
}
