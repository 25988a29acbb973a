//! What can be written on the command line, and what the help texts say.

mod later;

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, StringValueParser, TypedValueParser};
use clap::{Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use seaway_core::document::Setting;
use seaway_core::shell::{self, command};
use seaway_core::{Code, Consequence};

use later::Later;

// Lines of these texts stay below 80 characters: clap breaks longer ones in a narrow terminal.

/// Appended to the long help of everything.
const STATUS_HELP: &str = "\
Exit codes:
  0    done
  1    the stack has errors, or something could not be read or written
  2    the command line is wrong
  101  Seaway itself has a bug; please report it
  141  the reader of standard output went away (a closed pipe)

Environment:
  NO_COLOR  any value but the empty one turns colors off, as `--color never` does
  TERM      `dumb` turns colors off, too";

/// Appended to the long help of the commands that compare.
const AGAINST_HELP: &str = "\
Earlier output (--against):
  DIR is what `render --out` wrote, or any folder with .yaml, .yml and .json
  files, or one such file: what was applied, not what a cluster gives back. Of
  a stage DIR/<name>/<stage> is taken, else DIR/<stage>, else DIR itself;
  several stages need a folder each, and several stacks DIR/<name>/<stage>.
  Errors are
    immutable-field  a change that the API server refuses
    lost-data        a volume that nothing uses any more
    stale-config     a changed config that no pod is restarted for
  each with the steps to take by hand. What else follows is reported as a note,
  by its consequence: see `seaway diff`.";

/// Appended to the long help of the commands that report diagnostics.
const MESSAGES_HELP: &str = "\
Message formats:
  All messages go to standard error. Standard output is empty if there is one
  error. A wrong command line is always reported as text.

  human   the lines of the stack with what is wrong in them, then a summary
  json    one object a line, see below
  github  workflow commands, which GitHub shows in the diff of a pull request:
          `::error file=…,line=…,col=…,title=<code>::<message>`
  sarif   one SARIF 2.1.0 document, for code scanning; it is written even if
          there is nothing to say

  Keys of a JSON message, all always there; later versions may add some:
    code      kebab-case name of the kind of problem
    severity  `error`, `warning`, or `note` for what follows from a change
    message   one phrase
    labels    places in the stack file, the primary one first; empty if no line
              is at fault: `file`, `line`, `column`, `end_line`, `end_column`
              and `text`. Lines and columns count from 1, columns in Unicode
              scalar values. The end is the column behind the last character.
              A `file` that begins with `<seaway>/` is part of Seaway, one that
              begins with `--set ` a value of the command line.
    notes     facts that explain it
    help      what to write instead, or null
    allowed   the reason why the stack allows it, or null; with one it is no
              error or warning any more, whatever `severity` says
    stages    names of the stages that have the problem";

/// Appended to the long help of the commands that compile a stack.
const OVER_HELP: &str = "\
Values from outside (--overlay, --set):
  An overlay is a file in the form of a stage, `name` included. It is merged
  over the stage, and `--set` over all overlays; the last one wins.
    --overlay pr.toml
    --set app.image=ghcr.io/acme/shop:1.5.0
    --set components.web.replicas=3
    --set 'app.hosts=[\"pr-7.example.com\"]'
    --set components.cache=false
  KEY is a dotted key of TOML and ends at the first `=`. VALUE is TOML if the
  key takes what TOML reads in it, else text; `false` removes an entry. Paths in
  an overlay are relative to its folder, paths in VALUE to that of the stack.";

const RENDER_HELP: &str = "\
Examples:
  seaway render stacks/shop --stage local | kubectl apply -f -
  seaway render stacks/shop --stage aws-rds --out rendered/aws-rds
  seaway render --stage local --format json | jq '.items[].kind'
  seaway render stacks/shop --stage aws-rds --out live --against live
  seaway render stacks --out rendered
  seaway render stacks --out rendered --verify

The folder of --out:
  With one stack and --stage it holds one file an object and exactly what was
  rendered: the file of an object that is gone goes, too. Else each stage of
  each stack has such a folder in it, DIR/<name>/<stage>, and that of a stage
  that the stack has no more is removed. A folder is written elsewhere and then
  swapped in, so that it is never half old and half new. If one stage has an
  error nothing is written.

  A folder of STACK stands for all stacks below it. Hidden folders, `target`,
  `node_modules` and symbolic links are passed over.

  The file `.seaway` in a folder says which Seaway wrote it, of which stack and
  stage, lists its files, and has a hash of each text that it was made of. It
  changes only with them. A folder that holds anything else is not touched.

  --verify writes nothing. It fails, and names the files, where DIR is not what
  would be rendered: for a repository that keeps the rendered files, too.

GitOps (--layout):
  The objects of a stage go into the folder `objects`. Beside it are the objects
  that you apply once, and the tool does the rest:
    argocd  argocd-application.yaml, in the namespace `argocd`
    flux    flux-gitrepository.yaml and flux-kustomization.yaml, in the namespace
            `flux-system`, and kustomization.yaml, which lists the objects
  Both delete what leaves the repository. An annotation keeps them from deleting
  a Namespace, a claim or volume, a StatefulSet with claims of its own, and a
  CustomResourceDefinition: you delete these with kubectl. Flux keeps generated
  ConfigMaps, too, because pods of the release before may still read them. Jobs
  have no `ttlSecondsAfterFinished`: the tools would run them again.
  Argo CD does not undo what you change by hand before the next commit. Flux
  does within ten minutes; `flux suspend kustomization` stops it.

  seaway render stacks/shop --stage aws-rds --out deploy/aws-rds \\
    --layout argocd --repo-url https://github.com/acme/shop.git";

const CHECK_HELP: &str = "\
Examples:
  seaway check stacks/shop
  seaway check stacks/shop --stage aws-rds --deny warnings
  seaway check stacks/shop --against rendered
  seaway check stacks --message-format github

A folder stands for all stacks below it; hidden folders, `target`,
`node_modules` and symbolic links are passed over. What several stages, or
stacks that share a file, have in common is reported once. Standard output stays
empty; the last line on standard error is `ok: 3 stages, 74 objects`.";

const STAGES_HELP: &str = "\
Examples:
  seaway stages stacks/shop
  seaway stages | while read -r stage _; do seaway render --stage \"$stage\"; done
  seaway stages --format json | jq -r '.[] | select(.components > 5).name'
  seaway stages stacks/shop --diff redis-celery aws-rds

A line is the name, the profile, the number of components, and the stages that
it extends, the nearest first. As JSON it is a list of objects with `name`,
`profile`, `components` and `chain`: the names of the stages that are merged,
the lowest first and itself last. The order is that of the file.

The difference (--diff FROM TO):
  Says what TO gained (+), lost (-) and rewired (~) against FROM, and the steps
  from the one to the other: what to stop, the data to move, what to delete and
  when, with commands of kubectl. Nothing is run, and no cluster is asked: FROM
  is what was applied last. Values of Secrets are never shown. The exit code is
  0 whether the stages differ or not; it is 1 if one of them has an error.

  As JSON it is an object with these keys, all always there:
    from, to    `stage`, `profile`, `namespace`, `cluster`
    components  `name`, `change`, `was` and `is`: types, or null
    objects     `group`, `kind`, `name`, `change`, `replaces_pods`, `fields`:
                `path`, `was`, `is`
    variables   `name`, `change`, `was`, `is`: where the value comes from;
                `processes`
    ways        `change`, `from`, `to`, `port`
    secrets     `name`, `change`, `was`, `is`: `you`, `seaway` or `controller`;
                `keys`: `key`, `change`, `was`, `is`; `to_make`
    data        `name`, `what`, `was`, `is`, `task`: `move`, `save`, `drain` or
                `drop`
    steps       `title`, `notes`, `commands`, in the order of the steps
    consequences
                what follows, as `findings` of `seaway diff`, without causes
  A `change` is `gained`, `changed` or `lost`.";

const DIFF_HELP: &str = "\
Examples:
  seaway diff main:
  seaway diff main:./ --stage aws-rds --fail-on downtime
  seaway diff HEAD~1:stacks/shop --format markdown > comment.md
  seaway diff live stacks/shop --stage aws-rds

Revisions:
  OLD and NEW are a stack file, a folder, or a Git revision in Git's spelling:
    main:               the root of the repository
    main:./             the current folder
    HEAD~1:stacks/shop  a folder or a file
  A folder stands for every stack below it, or for what `render --out` wrote.
  NEW is by default the same place in the working tree. Git is only asked for
  files: nothing is checked out.

Causes:
  Differences are grouped by what was edited: a key of the stack, a file beside
  it, or a default of another version of Seaway. Each field belongs to one cause.

Consequences (--fail-on), the worst first; `seaway explain WORD` has a page:
  lost-data, unreadable-data, refused, downtime, needs-a-step, opens, restarts,
  runs-once, capacity, cosmetic
  The exit code is 0 whether the revisions differ or not. It is 1 for errors, and
  with --fail-on if that consequence or a worse one follows. What the stack
  allows does not count.

Keys of the JSON object, all always there:
    form          version of this form: 1
    old, new      what the command line calls the revisions
    worst         the worst consequence, or null
    stacks        `path`, `change`, `stages`
    stages        `stage`, `change`; `objects`: `gained`, `changed`, `lost`;
                  `components`, `causes`, `findings`, `steps`
    components    `name`, `type`, `change`, `calls`, `worst`: for a picture
    causes        `kind`: `key`, `file`, `outside`, `seaway`, `several` or
                  `unknown`; `key`, `layer`, `was`, `is`, `was_at`, `is_at`,
                  `reason`, `effects`, `worst`
    effects       `change`, `field`, `was`, `is`, `objects`, `count`, `follows`
    findings      `consequence`, `message`, `objects`, `place`, `cause`: an index
                  of `causes` or null; `notes`, `help`, `code`, `allowed`
    steps         `title`, `notes`, `commands`
  A `change` is `gained`, `changed` or `lost`; places have `file`, `line` and
  `column`.";

const CLUSTER_HELP: &str = "\
Examples:
  seaway cluster stacks/shop --stage aws-rds > cluster.yaml
  seaway cluster stacks/shop --stage aws-rds | kops create --state s3://STATE -f -
  seaway cluster stacks/shop --stage aws-rds | kops replace --state s3://STATE -f -
  seaway cluster stacks/shop --stage aws-rds --format table

What is printed:
  A `Cluster` and its `InstanceGroup`s in the words of kops, by what `[cluster]`
  says and what the objects of the stage need: as many nodes as their requests
  take, the add-ons that serve them, and roles for accounts with rights in AWS.
  Comments show how the nodes were reckoned and what else is to be done. It is
  no part of what `render` prints, and kubectl can not apply it.
  `--format table` prints what holds of the cluster instead, whoever runs it:
  what `[cluster]` says, and else what Seaway assumes of its provider, and why.";

const MONITORING_HELP: &str = "\
Examples:
  seaway monitoring stacks/shop --stage monitoring > MONITORING.md
  seaway monitoring stacks/shop --stage monitoring --format html > monitoring.html
  seaway monitoring --stage aws-rds --format json | jq -r '.alerts[].name'

What is printed:
  What the `monitoring` component of the stage watches, and who hears of it:
  targets, alerts with their queries, receivers, dashboards, logs, traces, and
  the commands that show them. It is made of what `render` prints, so that
  there is nothing else to keep in step. No cluster is asked.

  markdown  a diagram in Mermaid, which GitHub draws, and tables
  html      one file with the diagram, tables and queries, without scripts
  svg       the diagram alone, for a page that embeds it
  json      all of it, for tools

  Keys of the JSON object, all always there:
    stack, stage, namespace, component
    operator    `namespace` and `labels` of the Prometheus Operator, or null
    components  `name`, `kind`, `is_monitoring`, `has_pods`, `jobs`, `logs`
    metrics     `prometheus`, `interval_seconds`, `retention`, `storage`
    targets     `job`, `components`, `connects_to`, `workload`, `exporter`,
                `scheme`, `ports`, `path`, `resources`
    alerts      `name`, `group`, `severity`: `critical`, `warning` or `none`;
                `for`, `components`, `summary`, `description`, `runbook`, `expr`
    alerting    `alertmanager`; `receivers`: `name`, `kind`, `to`, `secret`;
                `routes`: `matches`, `receiver`; or null
    dashboards  `name`, `title`, `uid`; `panels`: `title`, `help`, `row`,
                `shows`, `source`, `unit`, `queries`
    logs        `collector`, `store`, `address`, `retention`, `storage`; or null
    traces      `endpoint`, `components`; or null
    views       `what`, `address`, `command`";

const ENV_HELP: &str = "\
Examples:
  seaway env stacks/shop --stage redis-celery
  seaway env stacks/shop --stage redis-celery --component web
  seaway env --stage local --format json | jq -r '.[].variables[].name'

What is printed:
  What each container of the stage finds in its environment, patches and the
  stack's own objects included, as the kubelet makes it: `env` wins over
  `envFrom`, later entries win over earlier ones, and `$(NAME)` stands for an
  earlier variable. A line is the name, the value or where it comes from, and
  who set it:
    stack.toml:14:3         a line of the stack
    --set KEY               a value of the command line
    bound by db             the preset, with an output of the component `db`;
                            (NAME) is the usual name where `bind` changes it
    preset, stack.toml:8:3  the preset, because of what that line says
    default NAME            a default, which is explained at the end
    patch, object           a line of `[[patches]]` or `[[objects]]`
    <seaway>/…              a type that Seaway ships
  Values of Secrets are never shown, nor texts that look like one. What the
  image sets by itself is not known.

  JSON is a list of containers. Keys, all always there:
    component   null for an object of `[[objects]]`
    kind, object, container
    runs        `init`, `sidecar` or `main`
    variables   `name`; `value`; `env_from`: whether `envFrom` brings it;
                `set_by`
    value       `type`, and with it
                  literal     `text`; `expanded`: with the variables in it that
                              are known; `uses`: names of the others
                  hidden      a text that looks like a secret
                  secret, config-map
                              `name`, `key`, `optional`; a null key stands for
                              all keys, which only the cluster knows
                  field, resource
                              `path`
                  other
    set_by      `type`: `stack`, `binding`, `preset`, `default`, `patch`,
                `object` or `type`; `place`: `file`, `line`, `column`, or null;
                `component`: what it is bound to; `preset`: the usual name of a
                variable of the preset; `reason` and `why` of a default";

const SET_HELP: &str = "\
Examples:
  seaway set app.image=ghcr.io/acme/shop:1.5.0 --stack stacks/shop
  seaway set components.web.replicas=3 --stage aws-rds
  seaway set 'app.hosts=[\"shop.example.com\"]' app.env.LEVEL=info

What is changed:
  A key is changed where it stands, be it in a line of its own, by a dotted key
  or in an inline table; a new one is added to the keys that it belongs to. All
  other bytes of the file stay. KEY is a dotted key of TOML and ends at the
  first `=`; VALUE is TOML if the key takes what TOML reads in it, else text.

  The result is compiled before it is written: the stage, or all of them. If
  there is an error, nothing is written. Standard output stays empty; the lines
  on standard error are `stack.toml:12: app.image: \"…\" → \"…\"`. A value that
  is there already is no error, and then the file is not touched.";

const WHY_HELP: &str = "\
Examples:
  seaway why Deployment/web --stack stacks/shop --stage aws-rds
  seaway why deploy/web 'spec.template.spec.containers[web].image' -s aws-rds
  seaway why Service/web spec.type --stage local --format json | jq .origin

OBJECT is written as kubectl prints it: `Deployment/web`, `deployment/web`,
`deployments.apps/web`. The hash at the end of a name can be left out. FIELD is
written as messages print it: items of lists go by their name or their place,
`spec.template.spec.containers[web].env[DEBUG].value`, keys with dots stand as
they are, in quotes or in brackets.

What is printed:
  Without FIELD the object as it is rendered, with a comment behind each value:
    app.image, stack.toml:14:3  a key of the stack, and where it is written
    default NAME                a default, which is explained at the end
  With FIELD its value; who set it; what each layer of the stage says for that
  key, the base first; and which passes of the compiler set or changed it:
  lower, harden, connect, patch, quota, hash, normalize.
  Values of Secrets are never shown, nor texts that look like one.

  Keys of the JSON object, all always there:
    stage, kind, name, namespace, component
    origin   where the object as a whole comes from
               `type`: `stack`, `type`, `patch`, `object` or `default`
               `part`: the part around the field that comes from there, null if
               it is the field itself, empty if it is the object as a whole
               `place`: `file`, `line`, `column`, or null for a default
               `key`: the key that is written there
               `reason`, `why` and `source` of a default
    field    null without FIELD; else `path`, `value`, `hidden`, `origin` and
               layers  `layer`, `key`, `place`, `value`, `hidden`, `removes`,
                       `wins`
               passes  `pass`; `change`: `set`, `changed` or `removed`; `value`
                       and `hidden`: what it holds afterwards
    yaml     the object as it is rendered; null with FIELD
    fields   its values: `line` of `yaml`, `path`, `value`, `hidden`, `origin`;
             null with FIELD
  `hidden` says that something in the value is not shown.";

const RESTORE_HELP: &str = "\
Examples:
  seaway restore stacks/backups --stage aws
  seaway restore stacks/backups --stage cluster --component wiki-backup
  seaway restore --stage aws --list --format yaml | kubectl apply -f -
  seaway restore --stage aws --dump db-20260301T021500Z.dump.enc

What is printed:
  The steps that replace the rows of a database by those of a dump: what to
  stop, how to list the dumps, the Job that loads one, and how to start again.
  Nothing is run, and no cluster is asked. `--format yaml` prints the Job alone.

  The Job is the one of the `CronJob`, with another script: it has the same
  account, network policies, Secrets, volumes and patches. It proves the dump
  first. PostgreSQL loads it in one transaction: if it fails, the database is
  what it was. MySQL and MariaDB have none: after a failure, load a dump again.
  Without `--dump` it loads the newest dump. It mounts Secrets and configs of the
  stage, so what `seaway render` prints has to be applied.";

const SECRETS_HELP: &str = "\
Examples:
  seaway secrets stacks/shop --stage aws-rds
  seaway secrets stacks/shop --stage aws-rds --generate | sh
  seaway secrets stacks/shop --stage aws-rds --replace=django --generate | sh
  seaway secrets --stage aws-rds --format json | jq -r '.secrets[].name'

The text is a shell script. Its comments say which Secrets the stage reads, who
makes each, which keys it has, what each key holds, and who reads it. Its
commands make the Secrets: `kubectl create` for those that have to exist,
`aws secretsmanager create-secret` for what External Secrets copies, `kubeseal`
for sealed ones. Values are read from files or from standard input, never from
the command line, which every user of the machine can list with `ps`.

Without --generate the script holds no value: it reads each from a file that
you write before, and fails where one is missing. With --generate it holds new
values for what is the stack's own: passwords, Django's SECRET_KEY, basic
authentication, and keys that a contract lists under `generate`. What somebody
else gives out is still read from files: passwords of managed databases, API
keys, TLS certificates. Each run makes other values, and nothing keeps them:
pipe the script into a shell.

The script stops at the first command that fails, and says for which Secret and
how to go on. A Secret that exists is such a failure: --only makes the others,
--replace gives it new values. Both take names with commas between them, and
leave out every Secret that they do not name. A replacement never changes a
password in a server: the script says at its end what you have to do there, and
which pods you have to restart.

Secrets of `pull-secrets` are part of it: write the credentials of a registry
into a file, in the form of Docker's `config.json`.

URLs are composed, their passwords percent-encoded. `render` prints none of it.";

const SCHEMA_HELP: &str = "\
Examples:
  seaway schema > stack.schema.json
  seaway schema stack.toml > stack.schema.json   with the stack's own `[types]`

Editors with Taplo then complete and explain the keys of a stack file whose
first line is
  #:schema ./stack.schema.json";

const EXPLAIN_HELP: &str = "\
Examples:
  seaway explain unknown-field
  seaway explain | grep secret

The code stands in brackets behind `error` or `warning`. Its page says what is
wrong and what would happen, and shows a stack that has the problem and one
that has not.";

const COMPLETIONS_HELP: &str = "\
Examples:
  seaway completions bash > ~/.local/share/bash-completion/completions/seaway
  seaway completions zsh > \"${fpath[1]}/_seaway\"
  seaway completions fish > ~/.config/fish/completions/seaway.fish";

const SEAWAY_HELP: &str = "\
Examples:
  seaway check stacks/shop
  seaway render stacks/shop --stage local | kubectl apply -f -
  seaway help render";

/// Compiles one TOML file that describes an application stack into plain Kubernetes YAML.
///
/// The stack file says what the application consists of, and its stages say what differs on the way from a laptop to
/// production. Seaway reads the file and the files that it names, and nothing else: no cluster, no network.
#[derive(Debug, Parser)]
#[command(name = "seaway", version, max_term_width = 100, after_long_help = help(&[SEAWAY_HELP]))]
pub(crate) struct Args {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print the Kubernetes objects of a stage, or write them into a folder.
    Render(Later<Render>),
    /// Look for errors in all stages, without output.
    Check(Later<Check>),
    /// List the stages of a stack, or compare two of them.
    Stages(Later<Stages>),
    /// Print the kops cluster that a stage assumes.
    Cluster(Later<Cluster>),
    /// Show what watches a stage: what is scraped, what alerts, who is told, what is drawn.
    Monitoring(Later<Monitoring>),
    /// Print which Secrets a stage reads, and a script that makes them.
    Secrets(Later<Secrets>),
    /// Print the environment of each container, and who set each variable.
    Env(Later<Env>),
    /// Print how a dump of a backup comes back: what to stop, the Job, what to start again.
    Restore(Later<Restore>),
    /// Change keys of the stack file, and keep its comments and layout.
    Set(Later<Set>),
    /// Show where an object or a field of it comes from: the line, the layers, the default.
    Why(Later<Why>),
    /// Compare two revisions: what was edited, what that changes, and what follows.
    Diff(Later<Diff>),
    /// Explain an error or a warning by its code, or list all codes.
    #[command(after_long_help = help(&[EXPLAIN_HELP]))]
    Explain {
        /// The code, for example `unknown-field`, or a consequence; without it all are listed.
        #[arg(value_name = "CODE", value_parser = CodeName, hide_possible_values = true)]
        code: Option<String>,
    },
    /// Print the JSON Schema of the stack file, for editors.
    #[command(after_long_help = help(&[SCHEMA_HELP]))]
    Schema {
        /// The stack file, for the types of components that it has of its own.
        stack: Option<PathBuf>,
    },
    /// Print the completion script of a shell.
    #[command(after_long_help = help(&[COMPLETIONS_HELP]))]
    Completions {
        /// The shell.
        shell: Shell,
    },
}

/// `seaway render`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = help(&[RENDER_HELP, OVER_HELP, AGAINST_HELP, MESSAGES_HELP]))]
pub(crate) struct Render {
    #[command(flatten)]
    pub(crate) stacks: Stacks,
    /// The stage to render; with `--out` all stages if it is left out.
    #[arg(short, long, value_name = "STAGE")]
    pub(crate) stage: Option<String>,
    /// Write one file an object into this folder, instead of all to standard output.
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
    /// Write nothing, and fail where the folder of `--out` is not what would be rendered.
    #[arg(long, requires = "out")]
    pub(crate) verify: bool,
    /// Add what Argo CD or Flux needs to apply the folder of `--out`.
    #[arg(long, value_name = "TOOL", requires = "out", requires = "repo_url")]
    pub(crate) layout: Option<Layout>,
    /// The Git repository that the tool follows.
    #[arg(long, value_name = "URL", requires = "layout", value_hint = ValueHint::Url)]
    pub(crate) repo_url: Option<String>,
    /// Where the folder of `--out` is in that repository; by default DIR as you write it.
    #[arg(long, value_name = "PATH", requires = "layout", value_hint = ValueHint::Other)]
    pub(crate) path: Option<String>,
    /// The branch, commit or full reference (`refs/tags/…`) that the tool follows.
    #[arg(long, value_name = "REVISION", default_value = "main", requires = "layout")]
    pub(crate) revision: String,
    /// The format of the objects.
    #[arg(short, long, value_name = "FORMAT", default_value = "yaml")]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) strictness: Strictness,
    #[command(flatten)]
    pub(crate) messages: Messages,
}

/// `seaway check`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = help(&[CHECK_HELP, OVER_HELP, AGAINST_HELP, MESSAGES_HELP]))]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) stacks: Stacks,
    /// Check this stage only; can be given several times. Without it all stages are checked.
    #[arg(short, long = "stage", value_name = "STAGE")]
    pub(crate) stages: Vec<String>,
    #[command(flatten)]
    pub(crate) strictness: Strictness,
    #[command(flatten)]
    pub(crate) messages: Messages,
}

/// `seaway stages`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = help(&[STAGES_HELP, OVER_HELP, MESSAGES_HELP]))]
pub(crate) struct Stages {
    #[command(flatten)]
    pub(crate) stack: Stack,
    /// Compare two stages instead: what TO gained, lost and rewired, and the steps to it.
    #[arg(long, num_args = 2, value_names = ["FROM", "TO"])]
    pub(crate) diff: Option<Vec<String>>,
    /// The format of the list or the difference.
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: ListFormat,
    #[command(flatten)]
    pub(crate) messages: Messages,
}

/// `seaway cluster`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = help(&[CLUSTER_HELP, OVER_HELP, MESSAGES_HELP]))]
pub(crate) struct Cluster {
    #[command(flatten)]
    pub(crate) stack: Stack,
    /// The stage whose cluster is printed.
    #[arg(short, long, value_name = "STAGE")]
    pub(crate) stage: Option<String>,
    /// The cluster in the words of kops, or what Seaway assumes of it.
    #[arg(short, long, value_name = "FORMAT", default_value = "yaml")]
    pub(crate) format: ClusterFormat,
    #[command(flatten)]
    pub(crate) messages: Messages,
}

/// How `seaway cluster` prints a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ClusterFormat {
    /// The cluster in the words of kops.
    Yaml,
    /// What Seaway assumes of the cluster, for people.
    Table,
    /// What Seaway assumes of the cluster, for programs.
    Json,
}

/// `seaway monitoring`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = help(&[MONITORING_HELP, OVER_HELP, MESSAGES_HELP]))]
pub(crate) struct Monitoring {
    #[command(flatten)]
    pub(crate) stack: Stack,
    /// The stage that is watched.
    #[arg(short, long, value_name = "STAGE")]
    pub(crate) stage: Option<String>,
    /// The format of the page.
    #[arg(short, long, value_name = "FORMAT", default_value = "markdown")]
    pub(crate) format: PageFormat,
    #[command(flatten)]
    pub(crate) messages: Messages,
}

/// `seaway secrets`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = help(&[SECRETS_HELP, OVER_HELP, MESSAGES_HELP]))]
pub(crate) struct Secrets {
    #[command(flatten)]
    pub(crate) stack: Stack,
    /// The stage whose Secrets are printed.
    #[arg(short, long, value_name = "STAGE")]
    pub(crate) stage: Option<String>,
    /// Make new values for what is the stack's own. They are part of the output.
    #[arg(long)]
    pub(crate) generate: bool,
    /// Make these Secrets alone, by their names in the cluster.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Give these Secrets, which exist, new values. A database keeps its old password until you change it there.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) replace: Vec<String>,
    /// The format of the list.
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: SecretsFormat,
    #[command(flatten)]
    pub(crate) messages: Messages,
}

/// `seaway env`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = help(&[ENV_HELP, OVER_HELP, MESSAGES_HELP]))]
pub(crate) struct Env {
    #[command(flatten)]
    pub(crate) stack: Stack,
    /// The stage whose containers are looked at.
    #[arg(short, long, value_name = "STAGE")]
    pub(crate) stage: Option<String>,
    /// Print the containers of this component only.
    #[arg(short, long, value_name = "NAME")]
    pub(crate) component: Option<String>,
    /// The format of the environment.
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: ListFormat,
    #[command(flatten)]
    pub(crate) messages: Messages,
}

/// `seaway restore`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = help(&[RESTORE_HELP, OVER_HELP, MESSAGES_HELP]))]
pub(crate) struct Restore {
    #[command(flatten)]
    pub(crate) stack: Stack,
    /// The stage whose database is restored.
    #[arg(short, long, value_name = "STAGE")]
    pub(crate) stage: Option<String>,
    /// The component of type `backup` that made the dump, where the stage has several.
    #[arg(short, long, value_name = "NAME")]
    pub(crate) component: Option<String>,
    /// The name of the dump, as `--list` shows it; without it the newest one is loaded.
    #[arg(short, long, value_name = "FILE", value_parser = DumpName, value_hint = ValueHint::Other)]
    pub(crate) dump: Option<String>,
    /// Print how to list the dumps instead.
    #[arg(short, long, conflicts_with = "dump")]
    pub(crate) list: bool,
    /// The steps with their commands, or the Job alone.
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: RestoreFormat,
    #[command(flatten)]
    pub(crate) messages: Messages,
}

/// `seaway set`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = help(&[SET_HELP, MESSAGES_HELP]))]
pub(crate) struct Set {
    /// Keys and their new values.
    #[arg(value_name = "KEY=VALUE", required = true, value_hint = ValueHint::Other)]
    pub(crate) settings: Vec<Setting>,
    /// The stage whose keys they are; without it they are those of the top level.
    #[arg(short, long, value_name = "STAGE")]
    pub(crate) stage: Option<String>,
    /// The stack: a folder that holds a `stack.toml`, or the file itself.
    #[arg(long, value_name = "STACK", default_value = ".", value_hint = ValueHint::AnyPath)]
    pub(crate) stack: PathBuf,
    #[command(flatten)]
    pub(crate) messages: Messages,
}

/// `seaway why`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = help(&[WHY_HELP, MESSAGES_HELP]))]
pub(crate) struct Why {
    /// The object, as kubectl prints it: `Deployment/web`.
    #[arg(value_name = "OBJECT")]
    pub(crate) object: String,
    /// The field, for example `spec.replicas`; without it the whole object is shown.
    #[arg(value_name = "FIELD")]
    pub(crate) field: Option<String>,
    /// The stack: a folder that holds a `stack.toml`, or the file itself.
    #[arg(long, value_name = "STACK", default_value = ".", value_hint = ValueHint::AnyPath)]
    pub(crate) stack: PathBuf,
    #[command(flatten)]
    pub(crate) over: Over,
    /// The stage that has the object.
    #[arg(short, long, value_name = "STAGE")]
    pub(crate) stage: Option<String>,
    /// The namespace of the object, where several have one of that name.
    #[arg(short, long, value_name = "NAMESPACE")]
    pub(crate) namespace: Option<String>,
    /// The format of the answer.
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: ListFormat,
    #[command(flatten)]
    pub(crate) messages: Messages,
}

/// `seaway diff`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = help(&[DIFF_HELP, OVER_HELP, MESSAGES_HELP]))]
pub(crate) struct Diff {
    /// The old revision: a stack, a folder of stacks, a rendered folder, or a Git revision.
    #[arg(value_name = "OLD", value_hint = ValueHint::AnyPath)]
    pub(crate) old: PathBuf,
    /// The new revision; without it, the place of a Git revision in the working tree.
    #[arg(value_name = "NEW", value_hint = ValueHint::AnyPath)]
    pub(crate) new: Option<PathBuf>,
    /// Compare this stage only; can be given several times. Without it all stages are compared.
    #[arg(short, long = "stage", value_name = "STAGE")]
    pub(crate) stages: Vec<String>,
    /// The format of the comparison.
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DiffFormat,
    /// Show fields that follow from others, too: checksums, names that end in a hash, version labels.
    #[arg(long)]
    pub(crate) all_fields: bool,
    /// Fail if this consequence or a worse one follows.
    #[arg(long, value_name = "CONSEQUENCE", value_parser = ConsequenceName)]
    pub(crate) fail_on: Option<Consequence>,
    #[command(flatten)]
    pub(crate) over: Over,
    #[command(flatten)]
    pub(crate) messages: Messages,
}

/// Which stack.
#[derive(Debug, clap::Args)]
pub(crate) struct Stack {
    /// The stack: a folder that holds a `stack.toml`, or the file itself.
    #[arg(value_name = "STACK", default_value = ".", value_hint = ValueHint::AnyPath)]
    pub(crate) path: PathBuf,
    #[command(flatten)]
    pub(crate) over: Over,
}

impl Stack {
    /// The stack file alone.
    pub(crate) fn plain(path: PathBuf) -> Self {
        Self { path, over: Over { overlays: Vec::new(), settings: Vec::new() } }
    }

    /// What a command has to say to mean the same, as words of a shell.
    pub(crate) fn words(&self) -> shell::Command {
        command("{}{}", &[&self.path.display().to_string(), &self.over.words()])
    }
}

impl Stacks {
    /// What a command has to say to mean the same, as words of a shell.
    pub(crate) fn words(&self) -> shell::Command {
        let paths: Vec<String> = self.paths.iter().map(|path| path.display().to_string()).collect();
        command("{}{}", &[&shell::words(&paths), &self.over.words()])
    }
}

/// What lies over the stage.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Over {
    /// Merge this file over the stage, as a stage is merged; can be given several times.
    #[arg(long = "overlay", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) overlays: Vec<PathBuf>,
    /// Set a key of the stage, over all overlays; can be given several times.
    #[arg(long = "set", value_name = "KEY=VALUE", value_hint = ValueHint::Other)]
    pub(crate) settings: Vec<Setting>,
}

impl Over {
    /// The flags as words of a shell, each behind a blank.
    pub(crate) fn words(&self) -> shell::Command {
        let mut words = shell::Command::default();
        for overlay in &self.overlays {
            words = command("{} --overlay {}", &[&words, &overlay.display().to_string()]);
        }
        for setting in &self.settings {
            words = command("{} --set {}", &[&words, &setting.as_str()]);
        }
        words
    }
}

/// Which stacks.
#[derive(Debug, clap::Args)]
pub(crate) struct Stacks {
    /// The stacks: folders, with all stacks below them, or stack files.
    #[arg(value_name = "STACK", default_value = ".", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) over: Over,
}

/// What else is an error.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Strictness {
    /// Compare with earlier output and refuse what can not be applied over it, or what loses data.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::AnyPath)]
    pub(crate) against: Option<PathBuf>,
    /// What fails, too, with nothing printed.
    #[arg(long, value_name = "WHAT")]
    pub(crate) deny: Option<Deny>,
    /// Fail, with nothing printed, if this consequence or a worse one follows from the change.
    #[arg(long, value_name = "CONSEQUENCE", value_parser = ConsequenceName, requires = "against")]
    pub(crate) fail_on: Option<Consequence>,
}

/// What can be denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Deny {
    /// Every warning.
    Warnings,
}

/// How to report.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Messages {
    /// The format of errors and warnings.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(crate) message_format: MessageFormat,
    /// Whether errors, warnings and differences have colors.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

/// Any text, so that the command can say which code is near; shells complete the codes that there are.
#[derive(Debug, Clone)]
pub(crate) struct CodeName;

impl TypedValueParser for CodeName {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let value = |code: Code| PossibleValue::new(code.as_str()).help(code.summary());
        let word = |one: Consequence| PossibleValue::new(one.as_str()).help(one.summary());
        let words = Consequence::all().filter(|one| Code::named(one.as_str()).is_none());
        Some(Box::new(Code::all().map(value).chain(words.map(word))))
    }
}

/// The name of a dump, which is one of a file in the folder of the backup.
#[derive(Debug, Clone)]
pub(crate) struct DumpName;

impl TypedValueParser for DumpName {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        let checked = |name: String| {
            let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
            let is_name = name.starts_with(|c: char| c.is_ascii_alphanumeric());
            if is_name && name.chars().all(fits) {
                Ok(name)
            } else {
                Err("a dump is named by letters, digits, `.`, `_` and `-`, without a folder")
            }
        };
        StringValueParser::new().try_map(checked).parse_ref(command, arg, value)
    }
}

/// The word of a consequence.
#[derive(Debug, Clone)]
pub(crate) struct ConsequenceName;

impl TypedValueParser for ConsequenceName {
    type Value = Consequence;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Consequence, clap::Error> {
        let words = PossibleValuesParser::new(Consequence::all().map(Consequence::as_str));
        let word = words.parse_ref(command, arg, value)?;
        // The words are those of all consequences.
        Ok(Consequence::named(&word).unwrap_or(Consequence::LostData))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let value = |one: Consequence| PossibleValue::new(one.as_str()).help(one.summary());
        Some(Box::new(Consequence::all().map(value)))
    }
}

/// The format of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    /// Lines for a terminal.
    Text,
    /// A comment for a pull request, of at most 65,536 characters.
    Markdown,
    /// One HTML page.
    Html,
    /// One JSON object.
    Json,
}

/// The format of rendered objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// YAML as one writes it by hand.
    Yaml,
    /// JSON; a stream is one `List`.
    Json,
    /// YAML in flow style, as `kubectl get -o kyaml` prints it.
    Kyaml,
}

impl Format {
    /// The word to choose it by, unless it is chosen anyway.
    pub(crate) fn flag(self) -> Option<&'static str> {
        match self {
            Self::Yaml => None,
            Self::Json => Some("json"),
            Self::Kyaml => Some("kyaml"),
        }
    }
}

/// The tool that applies a rendered folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Layout {
    /// Argo CD: an `Application`.
    Argocd,
    /// Flux: a `GitRepository`, a `Kustomization`, and `kustomization.yaml`.
    Flux,
}

impl Layout {
    /// The word to choose it by.
    pub(crate) fn flag(self) -> &'static str {
        match self {
            Self::Argocd => "argocd",
            Self::Flux => "flux",
        }
    }
}

/// The format of a list of stages, of their difference, of environments, or of origins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// Lines for people.
    Text,
    /// JSON.
    Json,
}

/// The format of what watches a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PageFormat {
    /// Markdown with a diagram in Mermaid.
    Markdown,
    /// One HTML file.
    Html,
    /// The diagram of the HTML file.
    Svg,
    /// One JSON object.
    Json,
}

/// The format of how a dump comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RestoreFormat {
    /// A shell script with comments.
    Text,
    /// The Job alone, for `kubectl apply -f -`.
    Yaml,
}

/// The format of a list of Secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SecretsFormat {
    /// A shell script with comments.
    Text,
    /// One JSON object.
    Json,
}

/// The format of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MessageFormat {
    /// Lines of the stack with what is wrong in them.
    Human,
    /// One JSON object a line.
    Json,
    /// Workflow commands of GitHub Actions.
    Github,
    /// One SARIF document.
    Sarif,
}

/// When there are colors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal.
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// The paragraphs at the end of a help text.
fn help(own: &[&str]) -> String {
    let mut paragraphs = own.to_vec();
    paragraphs.push(STATUS_HELP);
    paragraphs.join("\n\n")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }
}
