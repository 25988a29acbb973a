//! Dumps and restores, as `render` and `seaway restore` print them: `PostgreSQL` and `MariaDB`, to a volume and to a bucket, encrypted;
//! and each way in which they fail.
//!
//! The bucket is one of moto, which answers the real command line of AWS. `MySQL` is not in Debian: `MariaDB` stands in for it.

use std::fs::{self, File};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::image::{Images, SYSTEM_PATH};
use crate::manifest::{EnvVar, Manifest, Workload};
use crate::node::Node;
use crate::pod::{Phase, Pod};
use crate::scenario::START;
use crate::tools::{Tools, until};
use crate::{cloud, servers, service};

const STACK: &str = r#"
name = "archive"

[components]
db = { type = "postgres" }
far = { type = "postgres" }
newer = { type = "postgres", image = "registry.example/acme/newer:17" }
wiki = { type = "mariadb" }
store = { type = "s3", bucket = "dumps", region = "eu-central-1", endpoint = "http://s3.example.com:9000", secret = "store", cidrs = ["203.0.113.0/24"] }
volume = { type = "backup", of = "db", schedule = "15 2 * * *", to = "dumps", keep = 2 }
tight = { type = "backup", of = "db", schedule = "15 2 * * *", to = "small", keep = 1 }
bucket = { type = "backup", of = "far", schedule = "15 2 * * *", to = "store", keep = 1, scratch = "64Mi", encrypt.secret = "key" }
older = { type = "backup", of = "newer", schedule = "15 2 * * *", to = "newer-dumps" }
pages = { type = "backup", of = "wiki", schedule = "15 2 * * *", to = "wiki-dumps", encrypt.secret = "key" }

[volumes]
dumps.storage = "64Mi"
newer-dumps.storage = "64Mi"
wiki-dumps.storage = "64Mi"
small.storage = "1Mi"

[secrets]
key.keys = ["passphrase"]
store.keys = ["access-key-id", "secret-access-key"]

[stages.dev]
"#;
const STAGE: &str = "dev";
/// Where the bucket lies, in the range that the stage opens.
const STORE: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 10);
/// Everything that a database of an application has, owned by its role.
const TABLES: &str = "SET ROLE archive;
    CREATE SCHEMA shelf;
    CREATE TYPE colour AS ENUM ('red', 'green');
    CREATE TABLE notes (id bigserial PRIMARY KEY, text text NOT NULL, colour colour);
    CREATE TABLE shelf.books (id bigint GENERATED ALWAYS AS IDENTITY, note bigint REFERENCES notes);
    CREATE VIEW short AS SELECT id, left(text, 5) AS text FROM notes;
    CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM notes;
    CREATE FUNCTION twice(number integer) RETURNS integer LANGUAGE sql AS 'SELECT 2 * number';
    INSERT INTO notes (text, colour) SELECT 'note ' || n, 'green' FROM generate_series(1, 1000) AS n;
    INSERT INTO shelf.books (note) SELECT id FROM notes;
    SELECT lo_from_bytea(0, 'a large object')";
/// Three MiB that nothing can pack into one.
const BALLAST: &str = "SET ROLE archive; CREATE TABLE ballast AS
    SELECT sha512(n::text::bytea) AS bytes FROM generate_series(1, 50000) AS n";
const NOTES: &str = "SELECT count(*) FROM notes";

/// All of it, on a node that is made for it.
pub(crate) fn run(repository: &Path, scratch: &Path, logs: &Path, root: bool) {
    let stack = scratch.join("stack");
    fs::create_dir_all(&stack).expect("a folder for the stack");
    fs::write(stack.join("stack.toml"), STACK).expect("a stack");
    let manifest = Arc::new(Manifest::render(&stack, STAGE));
    let tools = Tools::find(repository).expect("tools that were there a moment ago");
    let images = images(&tools, repository, scratch);
    let node = Arc::new(Node::boot(
        images,
        Arc::clone(&manifest),
        scratch.to_owned(),
        logs.to_owned(),
        root,
    ));
    service::serve(&node);
    let lab = Lab { node, manifest, stack, number: AtomicUsize::new(0) };
    thread::scope(|scope| {
        scope.spawn(|| lab.newer_server());
        scope.spawn(|| lab.mariadb());
        scope.spawn(|| lab.bucket());
        lab.volume();
    });
}

/// The stage on its node.
struct Lab {
    node: Arc<Node>,
    manifest: Arc<Manifest>,
    stack: PathBuf,
    /// How many pods have run to their end.
    number: AtomicUsize,
}

impl Lab {
    /// Dumps that stay, that go, and that come back.
    fn volume(&self) {
        let server = &self.server("db");
        ask(server, TABLES);
        let dumps = || self.dumps("dumps", "volume");
        let first = self.dump("volume");
        assert!(first.contains("2 tables"), "{first}");
        let oldest = dumps();
        assert_eq!(oldest.len(), 1, "{oldest:?}");
        ask(server, "DELETE FROM shelf.books; DELETE FROM notes WHERE id > 10");
        let second = self.dump("volume");
        let both = dumps();
        assert_eq!(both.len(), 2, "{second}");

        // One run more than stay: the oldest goes, and only then.
        let url = "postgresql://archive:wrong@db:5432/archive";
        let wrong = self.with_url("volume", url);
        let log = self.fails(&wrong, "volume");
        assert!(log.contains("password authentication failed"), "{log}");
        assert_eq!(dumps(), both, "a run that fails removes nothing");
        // What a run of long ago left goes with it; what another one writes stays.
        let [killed, going] = ["killed", "going"].map(|run| {
            let partial = format!(".partial-db-20200101T000000Z.dump.{run}");
            let path = self.folder("dumps", "volume").join(partial);
            fs::write(&path, "half a dump").expect("a file");
            path
        });
        let long_ago = SystemTime::now() - Duration::from_secs(7 * 60 * 60);
        let file = File::options().write(true).open(&killed).expect("a file");
        file.set_modified(long_ago).expect("another time");
        self.dump("volume");
        assert!(!killed.exists() && going.exists());
        let kept = dumps();
        assert_eq!((kept.len(), &kept[0]), (2, &both[1]), "the oldest one went");
        self.node.note("the oldest dump goes after a good run");

        let list = self.restore("volume", &["--list"]);
        let said = self.succeeds(&list);
        assert!(kept.iter().all(|dump| said.contains(dump)), "{said}");

        // What the dumps have comes back, and what came after it goes.
        ask(server, "SET ROLE archive; DELETE FROM notes; CREATE TABLE after ()");
        self.succeeds(&self.restore("volume", &["--dump", &kept[0]]));
        assert_eq!(ask(server, NOTES), "10");
        whole(server);
        let after = "SELECT count(*) FROM pg_tables WHERE tablename = 'after'";
        assert_eq!(ask(server, after), "0");
        ask(server, "SET ROLE archive; INSERT INTO notes (text) VALUES ('the next')");
        assert_eq!(ask(server, "SELECT max(id) FROM notes"), "1001", "sequences come back");

        // A dump that is cut off, one that is not there, and one that does not load: nothing changes.
        let folder = self.folder("dumps", "volume");
        let dump = fs::read(folder.join(&kept[1])).expect("a dump");
        let cut = "db-20200101T000000Z.dump";
        fs::write(folder.join(cut), &dump[..dump.len() - 100]).expect("a broken dump");
        let mut rotten = dump;
        let middle = rotten.len() / 2;
        rotten[middle..middle + 64].fill(0);
        fs::write(folder.join("db-20200102T000000Z.dump"), rotten).expect("a broken dump");
        self.fails(&self.restore("volume", &["--dump", cut]), "restore");
        self.fails(&self.restore("volume", &["--dump", "db-20200102T000000Z.dump"]), "restore");
        let none = self.fails(&self.restore("volume", &["--dump", "db-1.dump"]), "restore");
        assert!(none.contains("there is no dump db-1.dump"), "{none}");
        ask(
            server,
            "ALTER TABLE shelf.books OWNER TO postgres; ALTER SCHEMA shelf OWNER TO postgres",
        );
        let refused = self.fails(&self.restore("volume", &["--dump", &kept[0]]), "restore");
        assert!(refused.contains("ERROR"), "{refused}");
        assert_eq!(ask(server, NOTES), "11", "all or nothing");
        whole(server);
        ask(
            server,
            "ALTER TABLE shelf.books OWNER TO archive; ALTER SCHEMA shelf OWNER TO archive",
        );
        self.succeeds(&self.restore("volume", &[]));
        assert_eq!(ask(server, NOTES), "10", "the newest dump");
        self.node.note("dumps of a volume come back");
        self.full_volume(server);
    }

    /// To a bucket and back, encrypted.
    fn bucket(&self) {
        let container = json!({
            "name": "store",
            "image": "registry.example/acme/aws-cli",
            "command": ["moto_server", "--host", "0.0.0.0", "--port", "9000"],
            "ports": [{ "name": "http", "containerPort": 9000 }],
            // moto takes the first word of a host for a bucket.
            "env": [{ "name": "S3_IGNORE_SUBDOMAIN_BUCKETNAME", "value": "true" }],
            "volumeMounts": [{ "name": "tmp", "mountPath": "/tmp" }],
            "readinessProbe": { "tcpSocket": { "port": "http" } },
        });
        let volumes = json!([{ "name": "tmp", "emptyDir": {} }]);
        let objects = Manifest::from_objects(vec![cloud::workload("store", &container, &volumes)]);
        let store =
            Pod::launch_outside(&self.node, &Arc::new(objects), "store", STORE, "s3.example.com");
        let server = &self.server("far");
        ask(server, TABLES);
        ready(&store);
        in_store(&store, "aws s3 mb s3://dumps");
        let (oldest, said) = self.uploaded();
        assert!(!said.contains("decrypt"), "{said}");
        let (newest, said) = self.uploaded();
        assert!(said.contains(&format!("removed archive/dev/bucket/{oldest}\n")), "{said}");
        assert!(newest.starts_with("far-") && newest.ends_with(".dump.enc"), "{newest}");
        let said = self.succeeds(&self.restore("bucket", &["--list"]));
        assert!(said.trim().ends_with(&newest) && said.lines().count() == 1, "{said}");

        ask(server, "DELETE FROM shelf.books; DELETE FROM notes");
        self.succeeds(&self.restore("bucket", &[]));
        assert_eq!(ask(server, NOTES), "1000");
        whole(server);
        let none = self.fails(&self.restore("bucket", &["--dump", "far-1.dump"]), "download");
        assert!(none.contains("404"), "{none}");

        // Without its store, no dump is made, and none comes.
        store.stop(&self.node, Duration::ZERO);
        for (mut workload, container) in
            [(self.cron("bucket"), "bucket"), (self.restore("bucket", &[]), "download")]
        {
            let spec = &mut workload.spec.template.spec;
            for container in spec.init_containers.iter_mut().chain(&mut spec.containers) {
                // It would try for half a minute.
                container.env.push(variable("AWS_MAX_ATTEMPTS", "1"));
            }
            let log = self.fails(&workload, container);
            assert!(log.contains("Could not connect") && !log.contains("no dump"), "{log}");
        }
        assert_eq!(ask(server, NOTES), "1000");
        self.node.note("dumps of a bucket come back");
    }

    /// Dumps to the bucket; gives the name of the dump, and what was said.
    fn uploaded(&self) -> (String, String) {
        let said = self.dump("bucket");
        let name = said.split_once(": ").map(|(name, _)| name.to_owned());
        (name.unwrap_or_else(|| panic!("{said}")), said)
    }

    /// A dump that does not fit is none, and the one that was there stays.
    fn full_volume(&self, server: &Pod) {
        self.dump("tight");
        let before = self.dumps("small", "tight");
        assert_eq!(before.len(), 1, "{before:?}");
        ask(server, BALLAST);
        let log = self.fails(&self.cron("tight"), "tight");
        assert!(log.contains("No space left on device"), "{log}");
        assert_eq!(self.dumps("small", "tight"), before);
        let all = fs::read_dir(self.folder("small", "tight")).expect("a folder").count();
        assert_eq!(all, 1, "nothing is left of the run");
        ask(server, "DROP TABLE ballast; DELETE FROM notes");
        self.succeeds(&self.restore("tight", &["--dump", &before[0]]));
        assert_eq!(ask(server, NOTES), "10");
        self.node.note("a full volume keeps its dumps");
    }

    /// `pg_dump` does not read a newer server, and says so.
    fn newer_server(&self) {
        let server = self.server("newer");
        ask(&server, "SET ROLE archive; CREATE TABLE one AS SELECT 1 AS number");
        self.fails(&self.cron("older"), "older");
        assert!(self.dumps("newer-dumps", "older").is_empty());
        let old = "newer-20200101T000000Z.dump";
        let folder = self.folder("newer-dumps", "older");
        fs::write(folder.join(old), "an old dump").expect("a dump");
        let log = self.fails(&self.cron("older"), "older");
        assert!(log.contains("server version mismatch"), "{log}");
        assert!(log.contains("the dumps that were there stay"), "{log}");
        assert_eq!(self.dumps("newer-dumps", "older"), [old]);
        server.stop(&self.node, Duration::ZERO);
        self.node.note("an older client makes no dump");
    }

    fn mariadb(&self) {
        let server =
            Pod::launch(&self.node, &self.manifest, &self.manifest.workload("wiki"), "wiki-0");
        ready(&server);
        let make = "CREATE TABLE pages (id int PRIMARY KEY AUTO_INCREMENT, text varchar(40), bytes blob);
            CREATE TABLE links (page int, FOREIGN KEY (page) REFERENCES pages (id));
            CREATE VIEW titles AS SELECT text FROM pages;
            CREATE FUNCTION twice(number int) RETURNS int DETERMINISTIC RETURN 2 * number;
            INSERT INTO pages (text, bytes) SELECT concat('Straße ', seq), x'00ff0a27' FROM seq_1_to_1000;
            INSERT INTO links SELECT id FROM pages";
        ask_mariadb(&server, make);
        let said = self.dump("pages");
        assert!(said.contains(".sql.gz.enc: "), "{said}");
        let dumps = self.dumps("wiki-dumps", "pages");
        assert_eq!(dumps.len(), 1, "{dumps:?}");
        let dump = self.folder("wiki-dumps", "pages").join(&dumps[0]);
        assert!(fs::read(&dump).expect("a dump").starts_with(b"Salted__"));

        ask_mariadb(&server, "DELETE FROM links; DELETE FROM pages; CREATE TABLE later (id int)");
        self.succeeds(&self.restore("pages", &[]));
        let count = "SELECT count(*), hex(max(bytes)), max(text = 'Straße 7'), twice(4) FROM pages";
        assert_eq!(ask_mariadb(&server, count), "1000\t00FF0A27\t1\t8");
        assert_eq!(ask_mariadb(&server, "SELECT count(*) FROM links"), "1000");
        assert_eq!(ask_mariadb(&server, "SHOW TABLES"), "links\npages\ntitles");

        // A dump that is cut off is refused before anything is removed.
        let bytes = fs::read(&dump).expect("a dump");
        let cut = "wiki-20200101T000000Z.sql.gz.enc";
        fs::write(dump.with_file_name(cut), &bytes[..bytes.len() / 2]).expect("a broken dump");
        self.fails(&self.restore("pages", &["--dump", cut]), "restore");
        assert_eq!(ask_mariadb(&server, "SELECT count(*) FROM pages"), "1000");
        server.stop(&self.node, Duration::ZERO);
        self.node.note("dumps of MariaDB come back");
    }

    /// A `PostgreSQL` that answers.
    fn server(&self, name: &str) -> Arc<Pod> {
        let workload = self.manifest.workload(name);
        let server = Pod::launch(&self.node, &self.manifest, &workload, &format!("{name}-0"));
        ready(&server);
        server
    }

    /// Runs a backup to its good end, and gives what it said.
    fn dump(&self, name: &str) -> String {
        // Names of dumps count seconds.
        thread::sleep(Duration::from_secs(1));
        self.succeeds(&self.cron(name))
    }

    /// What a backup runs.
    fn cron(&self, name: &str) -> Workload {
        self.manifest.cron_job(name)
    }

    /// What a backup runs, with another URL of its database.
    fn with_url(&self, name: &str, url: &str) -> Workload {
        let mut workload = self.cron(name);
        workload.spec.template.spec.containers[0].env.push(variable("DATABASE_URL", url));
        workload
    }

    /// The Job that `seaway restore` prints.
    fn restore(&self, component: &str, flags: &[&str]) -> Workload {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seaway"));
        command.arg("restore").arg(&self.stack).args(["--stage", STAGE, "--format", "yaml"]);
        let output = command.args(["--component", component]).args(flags).output();
        let output = output.expect("seaway starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let printed = Manifest::parse(&String::from_utf8(output.stdout).expect("UTF-8"));
        printed.all("Job").remove(0)
    }

    /// Runs a pod to its end.
    fn ends(&self, workload: &Workload) -> (Arc<Pod>, Phase) {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number}", workload.metadata.name);
        let pod = Pod::launch(&self.node, &self.manifest, workload, &name);
        let phase = until(&format!("{name} ends"), START, || {
            let phase = pod.phase();
            (phase != Phase::Starting).then_some(phase)
        });
        pod.stop(&self.node, Duration::ZERO);
        (pod, phase)
    }

    /// Runs a pod to its good end, and gives what its containers said.
    fn succeeds(&self, workload: &Workload) -> String {
        let (pod, phase) = self.ends(workload);
        let spec = &pod.spec;
        let containers = spec.init_containers.iter().chain(&spec.containers);
        let logs: Vec<String> = containers
            .filter_map(|container| Some(pod.container(&container.name)?.log()))
            .collect();
        assert_eq!(phase, Phase::Succeeded, "{}: {}", pod.name(), logs.concat());
        logs.concat()
    }

    /// Runs a pod to its bad end, and gives what the container said that failed.
    fn fails(&self, workload: &Workload, container: &str) -> String {
        let (pod, phase) = self.ends(workload);
        let log = pod.container(container).map(|container| container.log()).unwrap_or_default();
        let is_failed = matches!(&phase, Phase::Failed(what) if what.contains(container));
        assert!(is_failed, "{}: {phase:?}: {log}", pod.name());
        log
    }

    fn folder(&self, claim: &str, component: &str) -> PathBuf {
        self.node.scratch.join("claims").join(claim).join(component)
    }

    /// The dumps in a folder, by what they are called; sorted, so the oldest first.
    fn dumps(&self, claim: &str, component: &str) -> Vec<String> {
        let entries = fs::read_dir(self.folder(claim, component)).expect("a folder");
        let name = |entry: fs::DirEntry| entry.file_name().into_string().expect("UTF-8");
        let names = entries.map(|entry| name(entry.expect("an entry")));
        let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
        names.sort();
        names
    }
}

fn variable(name: &str, value: &str) -> EnvVar {
    EnvVar { name: name.to_owned(), value: Some(value.to_owned()), value_from: None }
}

/// Waits for one pod alone: others may fail, and are meant to.
fn ready(pod: &Pod) {
    until(&format!("{} is ready", pod.name()), START, || {
        let phase = pod.phase();
        assert!(!matches!(phase, Phase::Failed(_)), "{}: {phase:?}", pod.name());
        (phase == Phase::Ready).then_some(())
    });
}

/// The objects of the database are all there, with their owner.
fn whole(server: &Pod) {
    let objects = "SET ROLE archive; SELECT count(*) FROM short; SELECT * FROM counted; SELECT twice(4);
        SELECT convert_from(lo_get(oid), 'UTF8') FROM pg_largeobject_metadata;
        SELECT string_agg(DISTINCT relowner::regrole::text, ' ') FROM pg_class WHERE relname IN ('notes', 'short', 'counted')";
    let said = ask(server, objects);
    assert!(said.ends_with("8\na large object\narchive"), "{said}");
}

/// What the superuser of a `PostgreSQL` sees.
fn ask(server: &Pod, query: &str) -> String {
    let words = [
        "psql",
        "--username=postgres",
        "--dbname=archive",
        "--no-psqlrc",
        "--quiet",
        "--set=ON_ERROR_STOP=1",
        "--no-align",
        "--tuples-only",
        "--command",
        query,
    ];
    said(server, &words).unwrap_or_else(|log| panic!("{query}: {log}"))
}

/// What the user of a `MariaDB` sees.
fn ask_mariadb(server: &Pod, query: &str) -> String {
    let script = "exec mariadb --host=127.0.0.1 --user=\"$MARIADB_USER\" --password=\"$MARIADB_PASSWORD\" \
        --default-character-set=utf8mb4 --skip-ssl --batch --skip-column-names --execute=\"$1\" \"$MARIADB_DATABASE\"";
    said(server, &["sh", "-c", script, "sh", query]).unwrap_or_else(|log| panic!("{query}: {log}"))
}

/// What the command line of AWS says to a store.
fn in_store(store: &Pod, command: &str) -> String {
    let script = format!(
        "export AWS_ENDPOINT_URL=http://127.0.0.1:9000 AWS_REGION=eu-central-1 AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b\n{command}"
    );
    said(store, &["sh", "-c", &script]).unwrap_or_else(|log| panic!("{command}: {log}"))
}

/// What a program says in the main container of a pod, or what is wrong.
fn said(pod: &Pod, words: &[&str]) -> Result<String, String> {
    let words: Vec<String> = words.iter().copied().map(str::to_owned).collect();
    let container = pod.running().remove(0);
    let output = container.exec(&words, Duration::from_secs(30)).expect("it starts");
    let output = output.ok_or("it takes too long")?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The images: a server of another major than the programs, `MariaDB` with the program that dumps, and what stores objects.
fn images(tools: &Tools, repository: &Path, scratch: &Path) -> Images {
    let mut images =
        Images::build(tools, &repository.join("stacks/shop/app"), &scratch.join("image"));
    let native = repository.join("target/ci/postgres/node_modules/postgres-17/native");
    let mut newer = images.postgres_with((native, "/newer".into()));
    let path = format!("/newer/bin:{}:{SYSTEM_PATH}", tools.postgres.display());
    newer.env.retain(|(name, _)| *name != "PATH");
    // Where a server that is not Debian's has its socket.
    newer.env.extend([("PATH", path), ("PGHOST", "/tmp".to_owned())]);
    images.add("newer", newer);
    servers::add_images(&mut images, tools, &scratch.join("servers"));
    let aws = images.python_of(&tools.store, &tools.python_homes, &scratch.join("aws"));
    images.add("aws-cli", aws);
    images
}
