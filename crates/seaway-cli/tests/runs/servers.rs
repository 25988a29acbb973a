//! The images of servers that are not the application: `RabbitMQ`, `MariaDB` and memcached.
//!
//! The programs are those of Debian 13, on a file system of their own. `MariaDB` stands in for `MySQL` as well: Debian has no
//! server of that.

use std::fs;
use std::path::{Path, PathBuf};

use crate::image::{Image, Images, SYSTEM_PATH};
use crate::tools::{Tools, program};

/// What the image's entry point does: options alone are those of the server.
const MEMCACHED: &str = r#"case ${1-} in -*) set -- memcached "$@" ;; esac; exec "$@""#;
/// Files of the images, by their place in them.
const RABBITMQ_FILES: [(&str, &str); 2] = [
    ("enabled_plugins", "[rabbitmq_management,rabbitmq_prometheus].\n"),
    ("conf.d/10-defaults.conf", "loopback_users.guest = false\nlog.console = true\n"),
];
const MARIADB_FILES: [(&str, &str); 1] =
    [("my.cnf", "[mariadb]\nhost-cache-size = 0\nskip-name-resolve\n")];

/// Adds them; their files are made in a folder.
pub(crate) fn add_images(images: &mut Images, tools: &Tools, folder: &Path) {
    let image = |user, path: &str| Image {
        system: tools.servers.clone(),
        layers: Vec::new(),
        env: vec![("PATH", format!("{path}{SYSTEM_PATH}")), ("HOME", "/".to_owned())],
        entrypoint: Vec::new(),
        command: Vec::new(),
        workdir: "/",
        user,
        stop_signal: "TERM",
    };
    let stand_in = |file: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/runs").join(file);

    // Debian puts a script before the server that only root and `rabbitmq` may start.
    let mut rabbitmq = image(0, "/usr/lib/rabbitmq/bin:");
    rabbitmq.layers.push(files(folder, "rabbitmq", &RABBITMQ_FILES));
    rabbitmq.env.extend([
        ("HOME", "/var/lib/rabbitmq".to_owned()),
        ("LANG", "C.UTF-8".to_owned()),
        // The server replaces the script that starts it, and gets the signal to stop.
        ("RUNNING_UNDER_SYSTEMD", "true".to_owned()),
    ]);
    rabbitmq.command = words(&["rabbitmq-server"]);

    let mut mariadb = image(0, "/image:");
    mariadb.layers.extend([
        files(folder, "mysql", &MARIADB_FILES),
        (stand_in("mariadb-entrypoint"), PathBuf::from("/image/docker-entrypoint.sh")),
        (stand_in("mariadb-healthcheck"), PathBuf::from("/image/healthcheck.sh")),
    ]);
    // What the image has beside the server.
    let programs = ["gzip", "mariadb-dump", "openssl"];
    mariadb.layers.extend(programs.map(|name| (program(name), Path::new("/image").join(name))));
    mariadb.entrypoint = words(&["docker-entrypoint.sh"]);
    mariadb.command = words(&["mariadbd"]);

    let mut memcached = image(11211, "");
    memcached.entrypoint = words(&["sh", "-c", MEMCACHED, "docker-entrypoint.sh"]);
    memcached.command = words(&["memcached"]);

    for (name, image) in [("rabbitmq", rabbitmq), ("mariadb", mariadb), ("memcached", memcached)] {
        images.add(name, image);
    }
}

/// A folder of `/etc` with files, as a layer.
fn files(folder: &Path, name: &str, files: &[(&str, &str)]) -> (PathBuf, PathBuf) {
    let layer = folder.join(name);
    for (path, text) in files {
        let file = layer.join(path);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder for the image");
        fs::write(file, text).expect("a file of the image");
    }
    (layer, Path::new("/etc").join(name))
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().copied().map(str::to_owned).collect()
}
