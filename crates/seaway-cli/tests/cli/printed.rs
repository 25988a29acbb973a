//! What is printed for people to run: no text of a stack does more than be a word of it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::sandbox::Sandbox;

/// The programs that printed commands call.
const PROGRAMS: [&str; 21] = [
    "kubectl",
    "psql",
    "pg_dump",
    "pg_restore",
    "mysql",
    "mysqldump",
    "mariadb",
    "aws",
    "redis-cli",
    "valkey-cli",
    "rabbitmqctl",
    "celery",
    "jq",
    "kubeseal",
    "helm",
    "docker",
    "git",
    "seaway",
    "tar",
    "find",
    "openssl",
];

/// Commands are made by `seaway_core::shell` alone, of a template and of words.
#[test]
fn no_command_is_put_together_by_hand() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crates");
    let mut found = Vec::new();
    for file in sources(crates) {
        let text = fs::read_to_string(&file).expect("a source");
        let own = file.ends_with("seaway-core/src/shell.rs");
        for literal in literals(&text) {
            if !own && is_interpolated(literal.text) && !literal.is_template() {
                found.push(format!("{}: {}", file.display(), literal.text));
            }
        }
        // Words that are quoted one by one end up in texts that are not.
        if !own && text.contains("shell::word(") {
            found.push(format!("{}: shell::word", file.display()));
        }
    }
    assert!(found.is_empty(), "make it with `seaway_core::shell::command`:\n{}", found.join("\n"));
}

#[test]
fn commands_that_are_put_together_are_seen() {
    let source = "format!(\"run `kubectl get {name}`\"); \
                  command(\"kubectl get {}\", &[&name]); shell::command(\n    \"psql {}\", &[]);\n\
                  // format!(\"kubectl get {name}\")\n\
                  let text = \"kubectl get {{ $labels.pod }}\"; format!(\"of kubectl, {name}\")";
    let found: Vec<&str> = literals(source)
        .into_iter()
        .filter(|literal| is_interpolated(literal.text) && !literal.is_template())
        .map(|literal| literal.text)
        .collect();
    assert_eq!(found, ["run `kubectl get {name}`"]);
}

/// The sources of all crates, without tests.
fn sources(crates: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![crates.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() {
                let is_left_out = ["tests", "benches", "target", "templates"].iter();
                folders.extend((!is_left_out.into_iter().any(|out| name == *out)).then_some(path));
            } else if path.extension().is_some_and(|end| end == "rs") && name != "tests.rs" {
                found.push(path);
            }
        }
    }
    found
}

/// A literal of a source, and what stands before it.
struct Literal<'a> {
    text: &'a str,
    before: &'a str,
}

impl Literal<'_> {
    /// Whether it is the template of a command.
    fn is_template(&self) -> bool {
        let before = self.before.trim_end().trim_end_matches(['r', '#']).trim_end();
        before.ends_with("command(")
    }
}

/// The texts in double quotes, but for those in comments.
fn literals(source: &str) -> Vec<Literal<'_>> {
    let mut found = Vec::new();
    let bytes = source.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &source[at..];
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\\"'") {
            at += 3;
        } else if let Some(hashes) = raw(rest) {
            let end = format!("\"{}", "#".repeat(hashes));
            let start = at + hashes + 2;
            let length = source[start..].find(&end).unwrap_or(0);
            found.push(Literal { text: &source[start..start + length], before: &source[..at] });
            at = start + length + end.len();
        } else if bytes[at] == b'"' {
            let mut end = at + 1;
            while end < bytes.len() && bytes[end] != b'"' {
                end += if bytes[end] == b'\\' { 2 } else { 1 };
            }
            let text = &source[at + 1..end.min(bytes.len())];
            found.push(Literal { text, before: &source[..at] });
            at = end + 1;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    found
}

/// How many `#` begin a raw literal.
fn raw(rest: &str) -> Option<usize> {
    let hashes = rest.strip_prefix('r')?;
    let count = hashes.bytes().take_while(|byte| *byte == b'#').count();
    hashes[count..].starts_with('"').then_some(count)
}

/// Whether a literal calls a program and has a place for a value behind it.
fn is_interpolated(text: &str) -> bool {
    let plain = text.replace("{{", "").replace("}}", "");
    PROGRAMS.iter().any(|program| {
        plain.match_indices(program).any(|(at, _)| {
            let before = plain[..at].chars().next_back();
            let behind = &plain[at + program.len()..];
            let is_word =
                before.is_none_or(|c| !c.is_alphanumeric() && c != '-' && c != '/' && c != '.');
            // A command has a word behind its program: a verb, a flag or a place.
            let mut rest = behind.strip_prefix(' ').unwrap_or_default().chars();
            let is_said = behind.starts_with(" says") || behind.starts_with(" {version}");
            let is_called =
                rest.next().is_some_and(|c| c == '{' || c == '-' || c.is_ascii_lowercase());
            let command = behind.split(['`', '\n']).next().unwrap_or_default();
            is_word
                && is_called
                && !is_said
                && is_quoted_or_first(&plain, at)
                && command.contains('{')
        })
    })
}

/// Whether a program stands where a command begins: a sentence can have its name, too.
fn is_quoted_or_first(text: &str, at: usize) -> bool {
    let before = text[..at].trim_end();
    before.is_empty() || before.ends_with(['`', '|', ';', '&', '}', ':']) || before.ends_with("--")
}

/// What a hostile text tries: a shell that reads it makes the file `injected`.
const PAYLOADS: [&str; 12] = [
    "a;touch injected;",
    "$(touch injected)",
    "`touch injected`",
    "a';touch injected;'",
    "a\";touch injected;\"",
    "a >injected",
    "a && touch injected #",
    "a'\\'';touch injected;'",
    "\\\"); __import__(\\\"os\\\").system(\\\"touch injected\\\"); (\\\"",
    "a\\\"; DROP TABLE injected; --",
    "-oProxyCommand=touch injected",
    "${IFS}$(touch${IFS}injected)",
];

/// Values of a stack that reach commands, each in a line of its own: a value that is refused is left out.
const VALUES: [&str; 9] = [
    "components.worker.queues = [\"celery\", \"@\", \"@\"]",
    "components.db.database = \"@\"",
    "components.db.username = \"@\"",
    "stages.two.components.db.database = \"@\"",
    "stages.two.components.db.username = \"@\"",
    "app.python = \"@\"",
    "cluster.region = \"@\"",
    "stages.ext.secrets.django.source.remote = \"@\"",
    "stages.ext.secrets.django.source.data.secret-key.property = \"@\"",
];

const STACK: &str = r#"name = "shop"
cluster.provides = ["ClusterSecretStore/s"]
app.image = "ghcr.io/acme/shop:1.0.0"
app.module = "shop"
app.env.SECRET_KEY = "${secrets.django.secret-key}"
secrets.django.keys = ["secret-key"]
components.web.type = "web"
components.db.type = "postgres"
components.worker.type = "worker"
config.rds-ca."bundle.pem" = "a certificate"
stages.one.components.broker = { type = "redis", durable = true }
stages.two.components.broker = { type = "rabbitmq", provides = "broker" }
stages.two.components.db.type = "rds"
stages.two.components.db.host = "db.example.com"
stages.two.components.db.cidrs = ["10.0.0.0/8"]
stages.two.components.db.ca = { config = "rds-ca", key = "bundle.pem" }
stages.three.components.mq = { type = "elasticache", host = "mq.example.com", roles = ["broker"], cidrs = ["10.0.0.0/8"] }
stages.ext.extends = "one"
stages.ext.secrets.django.source.type = "external-secrets"
stages.ext.secrets.django.source.store = "s"
stages.one.components.backup = { type = "backup", of = "db", schedule = "15 2 * * *", to = "dumps" }
stages.one.volumes.dumps.storage = "20Gi"
"#;

/// Each stand-in writes its name down. What it is to run it runs, as a container would.
const STAND_IN: &str = r#"#!/bin/sh
echo "${0##*/}" >>"$LOGS/called"
case ${0##*/} in
touch) : >"$LOGS/injected" ;;
psql)
  for word; do
    case $word in
    --command=*)
      # Names and literals in quotes are no statements.
      left=$(printf %s "$word" | sed "s/\"[^\"]*\"//g; s/'[^']*'//g")
      case $left in *\;*) : >"$LOGS/injected" ;; esac
      ;;
    esac
  done
  ;;
python)
  PYTHONPATH="$LOGS/../modules" "$PYTHON" -c "$2" >/dev/null 2>>"$LOGS/python" || :
  ;;
kubectl)
  while [ $# -gt 0 ]; do
    word=$1
    shift
    if [ "$word" = -- ]; then "$@" || :; break; fi
  done
  ;;
esac
exit 0
"#;

/// Modules that a worker has.
const MODULE: &str = "class Any:\n  def __getattr__(self, name): return self\n  def __call__(self, *a, **k): return self\n\
                      Redis = Connection = Any()\n";

/// A stack with hostile values, as many as are not refused.
fn hostile(seed: usize) -> (Sandbox, String) {
    let mut values: Vec<String> = VALUES
        .iter()
        .enumerate()
        .map(|(at, value)| value.replace('@', PAYLOADS[(seed * 5 + at * 7) % PAYLOADS.len()]))
        .collect();
    loop {
        let text = format!("{}\n{STACK}", values.join("\n"));
        let sandbox = Sandbox::new(&text);
        let run = sandbox.run(&["check", "shop", "--message-format", "json"]);
        if run.code == Some(0) {
            return (sandbox, values.join("\n"));
        }
        let mut refused = BTreeSet::new();
        for line in run.err.lines() {
            let message: serde_json::Value = serde_json::from_str(line).expect("a message");
            if message["severity"] == "error" {
                let labels = message["labels"].as_array().into_iter().flatten();
                let lines = labels.filter_map(|label| label["line"].as_u64());
                refused.extend(lines.filter_map(|line| usize::try_from(line).ok()));
            }
        }
        let before = values.len();
        let mut line = 0;
        values.retain(|_| {
            line += 1;
            !refused.contains(&line)
        });
        assert!(values.len() < before, "{}\n{text}", run.err);
    }
}

/// Makes the stand-ins, which are all that a script finds.
fn stand_ins(sandbox: &Sandbox) {
    for name in PROGRAMS.into_iter().chain(["touch", "python", "python3", "sleep"]) {
        let path = format!("bin/{name}");
        sandbox.write(&path, STAND_IN);
        let rights = fs::Permissions::from_mode(0o755);
        fs::set_permissions(sandbox.path(&path), rights).expect("rights");
    }
    for (name, real) in [
        ("sh", "sh"),
        ("cat", "cat"),
        ("mkdir", "mkdir"),
        ("sed", "sed"),
        ("wc", "wc"),
        ("tail", "tail"),
        ("rm", "rm"),
        ("mv", "mv"),
    ] {
        let real = which(real).expect("a program of every system");
        std::os::unix::fs::symlink(real, sandbox.path("bin").join(name)).expect("a link");
    }
    for module in ["redis", "kombu"] {
        sandbox.write(&format!("modules/{module}.py"), MODULE);
    }
    fs::create_dir_all(sandbox.path("logs")).expect("a folder");
}

fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// Runs a script with the stand-ins alone. What fails does not end it: each line is tried.
fn run(sandbox: &Sandbox, script: &str) {
    sandbox.write("work/script", script.replace("set -eu\n", "").replace("set -o pipefail\n", ""));
    let mut shell = Command::new(sandbox.path("bin/sh"));
    shell.arg("script").current_dir(sandbox.path("work")).env_clear();
    shell.env("PATH", sandbox.path("bin")).env("LOGS", sandbox.path("logs"));
    shell.env("PYTHON", which("python3").unwrap_or_else(|| "false".into()));
    shell.stdin(std::process::Stdio::null());
    shell.output().expect("a shell");
}

/// The commands of the steps, and comments as they are printed.
fn steps(json: &str) -> String {
    let difference: serde_json::Value = serde_json::from_str(json).expect("JSON");
    let mut script = String::new();
    for step in difference["steps"].as_array().into_iter().flatten() {
        for command in step["commands"].as_array().into_iter().flatten() {
            let _ = writeln!(script, "{}", command.as_str().expect("a command"));
        }
    }
    script
}

/// Everything that is printed to be run, over stacks whose values want to be more than words.
#[test]
fn no_value_of_a_stack_is_run() {
    let mut called = BTreeSet::new();
    let mut kept = BTreeSet::new();
    for seed in 0..4 {
        let (sandbox, values) = hostile(seed);
        kept.extend(values.lines().filter_map(|line| line.split(" = ").next().map(str::to_owned)));
        stand_ins(&sandbox);
        let mut scripts = Vec::new();
        for (stage, more) in
            [("ext", &[][..]), ("ext", &["--generate"]), ("two", &["--generate"]), ("three", &[])]
        {
            let args = [&["secrets", "shop", "--stage", stage], more].concat();
            scripts.push(sandbox.run(&args).out);
        }
        for (from, to) in [("one", "two"), ("two", "one"), ("two", "three"), ("three", "one")] {
            let out = sandbox.run(&["stages", "shop", "--diff", from, to, "--format", "json"]).out;
            scripts.push(steps(&out));
        }
        scripts.push(sandbox.run(&["restore", "shop", "--stage", "one"]).out);
        for script in scripts {
            assert!(!script.is_empty(), "seed {seed}: {values}");
            run(&sandbox, &script);
            let is_made =
                ["logs/injected", "work/injected"].iter().any(|file| sandbox.path(file).exists());
            assert!(!is_made, "seed {seed}: a value was run\n{values}\n{script}");
        }
        let log = fs::read_to_string(sandbox.path("logs/called")).unwrap_or_default();
        called.extend(log.lines().map(str::to_owned));
        let python = fs::read_to_string(sandbox.path("logs/python")).unwrap_or_default();
        assert!(!python.contains("SyntaxError"), "seed {seed}: {python}");
    }
    for program in ["kubectl", "psql", "redis-cli", "rabbitmqctl", "aws"] {
        assert!(called.contains(program), "{program} was not called: {called:?}");
    }
    assert!(kept.len() >= 3, "too little was hostile: {kept:?}");
}

/// Earlier output is anybody's: what is no name of an object is refused, and nothing of it reaches a terminal.
#[test]
fn names_of_earlier_output_are_names() {
    let sandbox = Sandbox::new(crate::sandbox::SHOP);
    let objects = [
        ("ConfigMap", "x; touch injected; \\u001b]0;title\\u0007", "shop"),
        ("ConfigMap", "x", "$(touch injected)"),
        ("Config;touch injected", "x", "shop"),
    ];
    for (kind, name, namespace) in objects {
        sandbox.write(
            "live/one.yaml",
            format!("apiVersion: v1\nkind: \"{kind}\"\nmetadata: {{ name: \"{name}\", namespace: \"{namespace}\" }}\n"),
        );
        for args in [
            &["check", "shop", "--stage", "local", "--against", "live"][..],
            &["diff", "live", "shop", "--stage", "local"],
        ] {
            let run = sandbox.run(args);
            assert_eq!((run.code, run.out.as_str()), (Some(1), ""), "{args:?}: {}", run.err);
            assert!(run.err.contains("no API server takes its"), "{}", run.err);
            assert!(!run.err.contains(['\u{1b}', '\u{7}']), "{}", run.err);
        }
    }
    // A role can have such a name: it is one word.
    sandbox.write(
        "live/one.yaml",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: { name: \"a;touch injected\", namespace: shop }\n",
    );
    let run = sandbox.run(&["check", "shop", "--stage", "local", "--against", "live"]);
    assert!(run.err.contains("role.rbac.authorization.k8s.io/'a;touch injected'"), "{}", run.err);
}

/// Arguments can be read in `/proc` by every user of a node. A stand-in says its own and those of the process that it replaced,
/// and what it reads; the real one overwrites its arguments later.
#[cfg(target_os = "linux")]
#[test]
fn the_password_of_redis_is_in_no_arguments() {
    for (server, durable) in
        [("redis", "true"), ("redis", "false"), ("valkey", "true"), ("valkey", "false")]
    {
        let components =
            format!("components.broker = {{ type = \"{server}\", durable = {durable} }}\n");
        let sandbox = Sandbox::new(&format!("{}{components}", crate::sandbox::SHOP));
        let render = ["render", "shop", "--stage", "postgres", "--format", "json"];
        let run = sandbox.run(&render);
        assert_eq!(run.code, Some(0), "{}", run.err);
        let stream: serde_json::Value = serde_json::from_str(&run.out).expect("JSON");
        let objects = stream["items"].as_array().expect("objects");
        let server_object = objects.iter().find(|object| {
            object["kind"] == "StatefulSet" && object["metadata"]["name"] == "broker"
        });
        let container =
            &server_object.expect("a server")["spec"]["template"]["spec"]["containers"][0];
        assert!(container["env"].to_string().contains("REDISCLI_AUTH"), "{container}");
        let words = |key: &str| -> Vec<String> {
            let list = container[key].as_array().into_iter().flatten();
            list.map(|word| word.as_str().expect("a word").to_owned()).collect()
        };
        let words = [words("command"), words("args")].concat();
        sandbox.write(
            &format!("bin/{server}-server"),
            "#!/bin/bash\ncat /proc/$$/cmdline /proc/$PPID/cmdline | tr '\\0' ' ' >arguments\ncat >read\n",
        );
        assert_eq!(sandbox.bash("chmod +x bin/*").code, Some(0));
        // As it is, and with what could end a quote or a line.
        for password in ["geheim123", "a'b\"c\\d$(id) `id`\ne"] {
            // What the kubelet puts in the place of a variable.
            let expanded: Vec<String> =
                words.iter().map(|word| word.replace("$(REDISCLI_AUTH)", password)).collect();
            let path = std::env::var("PATH").unwrap_or_default();
            let status = Command::new(&expanded[0])
                .args(&expanded[1..])
                .env("PATH", format!("{}:{path}", sandbox.path("bin").display()))
                .env("REDISCLI_AUTH", password)
                .current_dir(sandbox.path(""))
                .status()
                .expect("a shell");
            assert!(status.success());
            let arguments = fs::read_to_string(sandbox.path("arguments")).expect("arguments");
            assert!(arguments.contains("--maxmemory"), "{arguments}");
            let hex: Vec<String> = password.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
            let hex = hex.concat();
            assert!(!arguments.contains(password) && !arguments.contains(&hex), "{arguments}");
            let read = fs::read_to_string(sandbox.path("read")).expect("settings");
            assert_eq!(read, format!("requirepass \"{hex}\"\n"));
        }
    }
}
