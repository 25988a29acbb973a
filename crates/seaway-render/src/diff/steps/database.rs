//! The rows of a database.

use seaway_core::options::{Protocol, Users};
use seaway_core::outputs::contract;
use seaway_core::shell::{Command, command};
use seaway_core::stack::Part;

use super::{Cx, step, workload};
use crate::diff::Step;
use crate::diff::data::{Store, is_inside, major, one_cluster, output};
use crate::diff::mover::{FILES, Mover, user_of};
use crate::{Bundle, Object, images};

/// What both ends of a copy agree on: roles and grants are those of the new server, not of the old one.
const DUMP: &str = "--format=custom --no-owner --no-privileges";
/// All or nothing, so that it can be tried again.
const RESTORE: &str = "--no-owner --no-privileges --exit-on-error --single-transaction";

pub(super) fn movers<'a>(cx: &Cx<'a>, store: &Store<'a>) -> Vec<Mover<'a>> {
    let mut found = Vec::new();
    if !is_postgres(store) {
        return found;
    }
    if let Some(from) = store.from.filter(|part| !is_inside(part)) {
        found.push(client(cx, cx.from, from, format!("dump-{}", from.name), store));
    }
    if let Some(to) = store.to.filter(|part| !is_inside(part)) {
        found.push(client(cx, cx.to, to, format!("restore-{}", to.name), store));
    }
    found.extend(renamer(cx, store));
    found
}

/// A pod with the client programs of PostgreSQL: those of the server in the cluster, or the newest, which dump all.
fn client<'a>(
    cx: &Cx<'a>,
    stage: &'a Bundle,
    target: &'a Part,
    name: String,
    store: &Store<'a>,
) -> Mover<'a> {
    let inside = |stage, part: Option<&Part>| {
        part.filter(|part| is_inside(part)).and_then(|part| image(stage, part))
    };
    let image = inside(cx.from, store.from).or_else(|| inside(cx.to, store.to));
    let image = image.unwrap_or_else(|| images::POSTGRES[4].1.to_owned());
    let users = stage.stack.cluster.platform().users.value;
    let user = (users == Users::Stack).then_some(crate::names::USER);
    Mover { stage, name, image, target: Some(target), claim: None, user, account: None }
}

/// The image that a component runs.
fn image(stage: &Bundle, part: &Part) -> Option<String> {
    let mut objects = stage.objects.iter().filter(|object| belongs(object, part));
    let (spec, _) = objects.find_map(|object| object.body.pod_spec())?;
    spec.containers.first()?.image.clone()
}

fn belongs(object: &Object, part: &Part) -> bool {
    object.component.as_ref().is_some_and(|name| name.value == part.name.value)
}

/// The first major that keeps its files in a folder of its own
/// (<https://github.com/docker-library/postgres/pull/1259>).
const FIRST_WITH_FOLDERS: u32 = 18;

/// The majors of a server that keeps its volume and changes its major.
fn majors(cx: &Cx<'_>, store: &Store<'_>) -> Option<(u32, u32)> {
    let (from, to) = (store.from?, store.to?);
    let (was, is) = (major(from)?, major(to)?);
    let same = from.name.value == to.name.value
        && cx.from.stack.namespace.value == cx.to.stack.namespace.value
        && one_cluster(&cx.from.stack, &cx.to.stack);
    (same && was != is).then_some((was, is))
}

/// The command that removes the files of the old major, which the server of the new one has in its volume.
pub(super) fn old_folder(cx: &Cx<'_>, store: &Store<'_>) -> Option<Command> {
    let (was, is) = majors(cx, store)?;
    let mount =
        if is < FIRST_WITH_FOLDERS { "/var/lib/postgresql/data" } else { "/var/lib/postgresql" };
    let folder = if was >= FIRST_WITH_FOLDERS {
        was.to_string()
    } else if is < FIRST_WITH_FOLDERS {
        aside(was)
    } else {
        "pgdata".to_owned()
    };
    let pod = workload(cx.to, store.to?)?;
    Some(command("{} exec {} -- rm -r {}", &[&cx.new, &pod, &format!("{mount}/{folder}")]))
}

/// What the folder of an old major is called once it is put aside.
fn aside(major: u32) -> String {
    format!("pgdata-{major}")
}

/// A major before 18 keeps its files in the same folder as the one before it, and does not read them.
fn renamer<'a>(cx: &Cx<'a>, store: &Store<'a>) -> Option<Mover<'a>> {
    let from = store.from?;
    let (was, is) = majors(cx, store)?;
    if was.max(is) >= FIRST_WITH_FOLDERS {
        return None;
    }
    Some(Mover {
        stage: cx.from,
        name: cx.from.stack.prefix.text(&format!("rename-{}", from.name)),
        image: image(cx.from, from)?,
        target: None,
        claim: Some((format!("{}-data", from.object), true)),
        user: user_of(cx.from, &from.name.value),
        account: None,
    })
}

pub(super) fn steps(cx: &Cx<'_>, store: &Store<'_>) -> Vec<Step> {
    let Some(from) = store.from else { return Vec::new() };
    if !is_postgres(store) {
        return vec![by_hand(from, store.to)];
    }
    let dump = dump(cx, store, from);
    let Some(to) = store.to else {
        let mut save =
            step(format!("save the database `{}`: nothing in {} takes it", from.name, cx.second()));
        save.commands = saved(cx, dump, from);
        return vec![save];
    };
    let through_a_pipe = is_inside(from) && !is_inside(to);
    let mut found = Vec::new();
    if !through_a_pipe {
        let mut save = step(format!("dump the database `{}`", from.name));
        save.commands = saved(cx, dump.clone(), from);
        found.push(save);
    }
    found.extend(renamed(cx, store));
    found.push(if is_inside(to) {
        into_cluster(cx, from, to)
    } else {
        out_of_cluster(cx, store, from, to, &dump)
    });
    found
}

/// The name of a database of the cluster.
pub(super) fn database_inside(part: &Part) -> Option<&str> {
    let upstream = part.facts.upstream.as_ref().filter(|_| is_inside(part))?;
    Some(&upstream.database)
}

/// Whether each end is a PostgreSQL, as far as it is known: `pg_dump` reads no other database.
fn is_postgres(store: &Store<'_>) -> bool {
    let mut ends = store.from.iter().chain(&store.to);
    ends.all(|part| part.facts.protocol.is_none_or(|protocol| protocol == Protocol::Postgresql))
}

/// A move that Seaway has no commands for: it has no pod with the clients of other databases.
fn by_hand(from: &Part, to: Option<&Part>) -> Step {
    let title = match to {
        Some(to) => format!("move the rows of `{}` to `{}` by hand", from.name, to.name),
        None => format!("save the rows of `{}` by hand", from.name),
    };
    let mut step = step(title);
    let of = |part: &Part| part.facts.protocol.map(Protocol::as_str);
    let target = to.map_or(of(from), of);
    let is_mysql = of(from) == Some(Protocol::Mysql.as_str());
    step.notes.push(if is_mysql && target == of(from) {
        "from a host that both servers let in: `mysqldump --single-transaction --routines --triggers --host=… --user=… \
         --password DATABASE > dump.sql`, with `mariadb-dump` for a MariaDB, and `mysql … DATABASE < dump.sql` at the new server. \
         A dump of MySQL does not always load into MariaDB, nor the other way round: try it first"
            .to_owned()
    } else {
        format!(
            "a dump of `{}` can not be loaded into `{}`: move the rows with a tool that knows both, for example pgloader \
             (https://pgloader.io), or with Django's own `dumpdata` and `loaddata`, and compare the number of rows of each table",
            of(from).unwrap_or("the old server"),
            target.unwrap_or("the new server"),
        )
    });
    step
}

/// What prints the dump, and what has to run before.
#[derive(Clone)]
struct Dump {
    before: Vec<Command>,
    command: Command,
}

fn dump(cx: &Cx<'_>, store: &Store<'_>, from: &Part) -> Dump {
    if let Some(database) = database_inside(from) {
        let command = command(
            "{} exec {} -- pg_dump --username=postgres {} {}",
            &[&cx.old, &pod_of(cx.from, from), &command(DUMP, &[]), &database],
        );
        return Dump { before: Vec::new(), command };
    }
    let name = format!("dump-{}", from.name);
    let mover = client(cx, cx.from, part(cx.from, from), name.clone(), store);
    let dump = command("pg_dump {} \"$DATABASE_URL\"", &[&command(DUMP, &[])]);
    let command = in_pod(&cx.old, &name, &dump);
    Dump { before: cx.start(&mover), command }
}

/// The part of a stage, for as long as the stage.
fn part<'a>(stage: &'a Bundle, known: &Part) -> &'a Part {
    // It was taken from this very stage.
    stage.stack.parts.get(&known.name.value).unwrap_or_else(|| unreachable!("{}", known.name))
}

/// The dump as a file, and a look at what is in it.
fn saved(cx: &Cx<'_>, dump: Dump, from: &Part) -> Vec<Command> {
    let file = format!("{}.dump", from.name);
    let pod = workload(cx.from, from).filter(|_| is_inside(from));
    let pod = pod.unwrap_or_else(|| command("pod/dump-{}", &[&from.name.value]));
    let mut commands = dump.before;
    commands.push(command("{} > {}", &[&dump.command, &file]));
    commands
        .push(command("{} exec -i {} -- pg_restore --list < {} | tail", &[&cx.old, &pod, &file]));
    commands
}

/// Puts the files of the old major aside.
fn renamed(cx: &Cx<'_>, store: &Store<'_>) -> Option<Step> {
    let mover = renamer(cx, store)?;
    let from = store.from?;
    let was = major(from)?;
    let mut step = step(format!("put the files of the old major of `{}` aside", from.name));
    step.notes.push("the volume has to have room for both".to_owned());
    step.notes.push(format!(
        "the way back, before the old data is deleted: stop the server again, and give `{}` its old name `pgdata`",
        aside(was)
    ));
    step.commands = vec![
        command("{} scale --replicas=0 statefulset/{}", &[&cx.old, &from.object]),
        command(
            "{} wait --for=delete pod --selector=app.kubernetes.io/instance={} --timeout=5m",
            &[&cx.old, &from.object],
        ),
    ];
    step.commands.extend(cx.start(&mover));
    let [from, to] = ["pgdata", &aside(was)].map(|folder| format!("{FILES}/{folder}"));
    step.commands.push(command("{} exec pod/{} -- mv {} {}", &[&cx.old, &mover.name, &from, &to]));
    step.commands.push(command("{} delete pod/{}", &[&cx.old, &mover.name]));
    Some(step)
}

/// A command of a shell in a pod that moves data.
fn in_pod(kubectl: &Command, pod: &str, shell: &Command) -> Command {
    command("{} exec pod/{} -- sh -c {}", &[kubectl, &pod, &shell.as_str()])
}

/// What kubectl calls the workload of a server.
fn pod_of(stage: &Bundle, part: &Part) -> Command {
    workload(stage, part).unwrap_or_else(|| command("statefulset/{}", &[&part.object]))
}

/// The server of the second stage is started alone, and filled before anybody else starts.
fn into_cluster(cx: &Cx<'_>, from: &Part, to: &Part) -> Step {
    let file = format!("{}.dump", from.name);
    let mut step = step(format!("start `{}` alone and restore the dump into it", to.name));
    let secret = contract(&cx.to.stack, to).map(|contract| contract.name.to_string());
    let needed = |object: &Object| {
        let is_secret =
            object.body.kind() == "Secret" && secret.as_deref() == Some(object.body.name());
        object.body.kind() == "Namespace" || is_secret || belongs(object, to)
    };
    step.commands.extend(cx.files_of(needed));
    let pod = pod_of(cx.to, to);
    step.commands.push(command("{} rollout status {} --timeout=10m", &[&cx.new, &pod]));
    let usual = || cx.to.stack.name.to_string();
    let (database, role) = match &to.facts.upstream {
        Some(upstream) => (upstream.database.clone(), upstream.username.clone()),
        None => (usual(), usual()),
    };
    step.commands.push(command(
        "{} exec -i {} -- pg_restore --username=postgres --role={} {} --dbname={} < {}",
        &[&cx.new, &pod, &role, &command(RESTORE, &[]), &database, &file],
    ));
    step.commands.push(command(
        "{} exec {} -- psql --username=postgres --dbname={} --command=ANALYZE",
        &[&cx.new, &pod, &database],
    ));
    step
}

fn out_of_cluster(cx: &Cx<'_>, store: &Store<'_>, from: &Part, to: &Part, dump: &Dump) -> Step {
    let name = format!("restore-{}", to.name);
    let mover = client(cx, cx.to, part(cx.to, to), name.clone(), store);
    let text = |name| output(to, name).unwrap_or_default();
    let title = format!("copy the database `{}` to {}:{}", from.name, text("host"), text("port"));
    let mut step = step(title);
    step.notes.push(format!(
        "the pod `{name}` reads the URL of the new server from its Secret, with all that the URL says of TLS; the \
         server has to let its address in"
    ));
    step.notes.push(
        "the server has the database and its user already; the first query shows that it is empty; the restore is one \
         transaction, and can be tried again".to_owned(),
    );
    step.commands = cx.start(&mover);
    let psql = command("psql \"$DATABASE_URL\" --command=\"\\dt\"", &[]);
    step.commands.push(in_pod(&cx.new, &name, &psql));
    let restore = command("pg_restore {} --dbname=\"$DATABASE_URL\"", &[&command(RESTORE, &[])]);
    let restore = command("{} exec -i pod/{} -- sh -c {}", &[&cx.new, &name, &restore.as_str()]);
    step.commands.push(if is_inside(from) {
        command("{} \\\n  | {}", &[&dump.command, &restore])
    } else {
        command("{} < {}", &[&restore, &format!("{}.dump", from.name)])
    });
    // A restore brings no statistics along before PostgreSQL 18, and plans without them are bad.
    let psql = command("psql \"$DATABASE_URL\" --command=ANALYZE", &[]);
    step.commands.push(in_pod(&cx.new, &name, &psql));
    step
}
