//! Extensions of `PostgreSQL`: in a database that is there already, by the Job, and in a new one whose image has scripts of its
//! own for the first start. Debian's `PostgreSQL` comes with those of its `contrib` folder, as the official image does.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::image::Images;
use crate::manifest::Manifest;
use crate::node::Node;
use crate::pod::{Phase, Pod};
use crate::scenario::START;
use crate::tools::{Tools, until};
use crate::{confine, service};

const STACK: &str = r#"
name = "atlas"
[app]
image = "docker.io/library/postgres:17.11-trixie"
framework = "none"

[components]
db = { type = "postgres" }
geo = { type = "postgres", image = "registry.example/acme/spatial:17", extensions = ["cube", "earthdistance"] }
[components.migrate]
type = "migrate"
command = ["psql", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "${db.url}", "--file=/migrations/1.sql"]
check-command = ["true"]
env.GEO_URL = "${geo.url}"
mounts."/migrations" = { config = "migrations" }

[config.migrations]
"1.sql" = "CREATE TABLE words (word citext); CREATE INDEX ON words USING gin ((word::text) gin_trgm_ops);"

[stages.before]
[stages.after]
components.db.extensions = ["pg_trgm", "citext"]
"#;
/// A script of the image, as that of postgis/postgis makes a template with the extension.
const OWN_SCRIPT: &str =
    "psql --username=\"$POSTGRES_USER\" --command='CREATE DATABASE of_the_image'\n";
const EXTENSIONS: &str = "SELECT extname FROM pg_extension ORDER BY extname";

/// Both ways, on a node that is made for them.
pub(crate) fn run(repository: &Path, scratch: &Path, logs: &Path, root: bool) {
    let stack = stack(&scratch.join("stack"));
    let [before, after] =
        ["before", "after"].map(|stage| Arc::new(Manifest::render(&stack, stage)));
    let tools = Tools::find(repository).expect("tools that were there a moment ago");
    let mut images =
        Images::build(&tools, &repository.join("stacks/shop/app"), &scratch.join("image"));
    let scripts = own_scripts(&scratch.join("spatial"));
    let spatial = images.postgres_with((scripts, "/docker-entrypoint-initdb.d".into()));
    images.add("spatial", spatial);
    let node =
        Arc::new(Node::boot(images, Arc::clone(&after), scratch.to_owned(), logs.to_owned(), root));
    service::serve(&node);

    let server = launch(&node, &before, "db", "db-0");
    server.wait_for(&node, &Phase::Ready, START);
    assert_eq!(ask(&server, "atlas", EXTENSIONS), "plpgsql");
    server.stop(&node, Duration::ZERO);
    let server = launch(&node, &after, "db", "db-0");
    server.wait_for(&node, &Phase::Ready, START);
    node.note("the database is from before, and the server knows of extensions");

    let migrate = launch(&node, &after, "migrate", "migrate-0");
    until("the migrate Job waits", START, || {
        node.expect_no_failure();
        let log = migrate.container("wait-for-extensions")?.log();
        log.contains("waiting for extensions: pg_trgm citext").then_some(())
    });
    assert_eq!(ask(&server, "atlas", EXTENSIONS), "plpgsql");
    let job = launch(&node, &after, "db-extensions", "db-extensions-0");
    confine::check(&node, &server);
    job.wait_for(&node, &Phase::Succeeded, START);
    assert_eq!(ask(&server, "atlas", EXTENSIONS), "citext\npg_trgm\nplpgsql");
    node.note("the Job has created the extensions");

    // The Job of a new database comes before its server, and finds all that it would create.
    let geo_job = launch(&node, &after, "geo-extensions", "geo-extensions-0");
    until("the Job waits for its server", START, || {
        let log = geo_job.container("geo-extensions")?.log();
        log.contains("waiting for PostgreSQL at geo:5432").then_some(())
    });
    let geo = launch(&node, &after, "geo", "geo-0");
    geo.wait_for(&node, &Phase::Ready, START);
    geo_job.wait_for(&node, &Phase::Succeeded, START);
    let log = geo.container("geo").expect("a server").log();
    let (own, ours) = (log.find("10_spatial.sh"), log.find("create-application-role.sh"));
    assert!(own.is_some() && own < ours, "{log}");
    assert!(log.contains("CREATE EXTENSION"), "created at the first start: {log}");
    let said = geo_job.container("geo-extensions").expect("it has run").log();
    assert_eq!(said.matches("already exists, skipping").count(), 2, "{said}");
    assert_eq!(ask(&geo, "atlas", EXTENSIONS), "cube\nearthdistance\nplpgsql");
    let made = "SELECT count(*) FROM pg_database WHERE datname = 'of_the_image'";
    assert_eq!(ask(&geo, "postgres", made), "1");

    // It uses both extensions as the role of the application.
    migrate.wait_for(&node, &Phase::Succeeded, START);
    let owner = "SELECT tableowner FROM pg_tables WHERE tablename = 'words'";
    assert_eq!(ask(&server, "atlas", owner), "atlas");
    let superusers = "SELECT rolname FROM pg_roles WHERE rolsuper";
    assert_eq!(ask(&server, "atlas", superusers), "postgres");

    // Applied once more it changes nothing.
    let again = launch(&node, &after, "db-extensions", "db-extensions-1");
    again.wait_for(&node, &Phase::Succeeded, START);
    for server in [server, geo] {
        server.stop(&node, Duration::ZERO);
    }
    node.note("extensions are created before migrations");
}

fn launch(node: &Arc<Node>, manifest: &Arc<Manifest>, instance: &str, name: &str) -> Arc<Pod> {
    Pod::launch(node, manifest, &manifest.workload(instance), name)
}

/// What the superuser sees.
fn ask(server: &Pod, database: &str, query: &str) -> String {
    let database = format!("--dbname={database}");
    let words = [
        "psql",
        "--username=postgres",
        &database,
        "--no-align",
        "--tuples-only",
        "--command",
        query,
    ];
    let container = server.running().remove(0);
    let output = container
        .exec(&words.map(str::to_owned), Duration::from_secs(30))
        .expect("psql starts")
        .expect("psql ends");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn stack(folder: &Path) -> PathBuf {
    fs::create_dir_all(folder).expect("a folder for the stack");
    fs::write(folder.join("stack.toml"), STACK).expect("a stack");
    folder.to_owned()
}

fn own_scripts(folder: &Path) -> PathBuf {
    fs::create_dir_all(folder).expect("a folder for the image");
    fs::write(folder.join("10_spatial.sh"), OWN_SCRIPT).expect("a script of the image");
    folder.to_owned()
}
