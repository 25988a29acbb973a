//! What stands in for the images: programs of this machine, arranged as the images have them.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tools::{Tools, run};

pub(crate) const SYSTEM_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Of an image what its manifest and its layers bring.
#[derive(Clone)]
pub(crate) struct Image {
    /// The distribution below it: this machine's, or a folder with another one.
    pub(crate) system: PathBuf,
    /// Folders and files of this machine, and where the image has them.
    pub(crate) layers: Vec<(PathBuf, PathBuf)>,
    pub(crate) env: Vec<(&'static str, String)>,
    pub(crate) entrypoint: Vec<String>,
    /// What follows the entry point when the YAML says neither `command` nor `args` (`CMD`).
    pub(crate) command: Vec<String>,
    pub(crate) workdir: &'static str,
    /// Who runs it when the YAML does not say.
    pub(crate) user: u32,
    /// What stops it when the YAML does not say (`STOPSIGNAL`).
    pub(crate) stop_signal: &'static str,
}

/// The stand-ins.
pub(crate) struct Images {
    app: Image,
    postgres: Image,
    redis: Image,
    others: BTreeMap<&'static str, Image>,
}

impl Images {
    /// Builds the image of the application in a folder, and arranges the others.
    pub(crate) fn build(tools: &Tools, app: &Path, folder: &Path) -> Self {
        let (app, postgres, redis) = (django(tools, app, folder), postgres(tools), redis());
        Self { app, postgres, redis, others: BTreeMap::new() }
    }

    /// Adds the stand-in for an image of another name.
    pub(crate) fn add(&mut self, name: &'static str, image: Image) {
        self.others.insert(name, image);
    }

    /// The image of `PostgreSQL` with more in it.
    pub(crate) fn postgres_with(&self, layer: (PathBuf, PathBuf)) -> Image {
        let mut image = self.postgres.clone();
        image.layers.push(layer);
        image
    }

    /// An image with the Python of the application and its packages, and nothing else.
    pub(crate) fn python(&self) -> Image {
        let mut image = self.app.clone();
        image.layers.retain(|(_, inside)| inside != Path::new("/app"));
        Image { workdir: "/", ..image }
    }

    /// An image with another Python environment, and nothing else; its programs are made in a folder.
    pub(crate) fn python_of(&self, venv: &Path, homes: &[PathBuf], folder: &Path) -> Image {
        let layers = environment(venv, homes, folder);
        Image { layers, workdir: "/", ..self.app.clone() }
    }

    /// The stand-in for a reference such as `docker.io/library/redis:8`; any unknown one is the application's.
    pub(crate) fn find(&self, reference: &str) -> &Image {
        let name = reference.rsplit('/').next().unwrap_or(reference);
        match name.split([':', '@']).next().unwrap_or(name) {
            "postgres" => &self.postgres,
            "redis" => &self.redis,
            name => self.others.get(name).unwrap_or(&self.app),
        }
    }
}

/// As `stacks/shop/app/Dockerfile` builds it: a copy without what `.dockerignore` names, static files and byte code.
fn django(tools: &Tools, app: &Path, folder: &Path) -> Image {
    copy(app, folder);
    let python = tools.venv.join("bin/python");
    let mut collect = Command::new(&python);
    collect.args(["manage.py", "collectstatic", "--noinput"]).env("SECRET_KEY", "build-only");
    run(collect.current_dir(folder));
    run(Command::new(&python).args(["-m", "compileall", "-q", "."]).current_dir(folder));

    let mut layers = vec![(folder.to_owned(), PathBuf::from("/app"))];
    layers.extend(environment(&tools.venv, &tools.python_homes, &folder.with_extension("venv")));
    Image {
        system: PathBuf::from("/"),
        layers,
        env: vec![("PATH", format!("/venv/bin:{SYSTEM_PATH}"))],
        entrypoint: Vec::new(),
        command: Vec::new(),
        workdir: "/app",
        user: 10001,
        stop_signal: "TERM",
    }
}

/// The layers of a Python environment that lies in `/venv`; its programs are made in a folder.
fn environment(venv: &Path, homes: &[PathBuf], programs: &Path) -> Vec<(PathBuf, PathBuf)> {
    move_programs(venv, programs);
    let mut layers = vec![
        (programs.to_owned(), PathBuf::from("/venv")),
        (venv.join("lib"), PathBuf::from("/venv/lib")),
    ];
    layers.extend(homes.iter().map(|home| (home.clone(), home.clone())));
    layers
}

/// Copies the programs of a Python environment for a life in `/venv`: its scripts name their interpreter by its full path.
fn move_programs(venv: &Path, to: &Path) {
    fs::create_dir_all(to.join("bin")).expect("a folder for the image");
    fs::create_dir_all(to.join("lib")).expect("a folder for the image");
    fs::copy(venv.join("pyvenv.cfg"), to.join("pyvenv.cfg")).expect("a Python environment");
    for entry in fs::read_dir(venv.join("bin")).expect("a Python environment") {
        let (from, target) = entry
            .map(|entry| (entry.path(), to.join("bin").join(entry.file_name())))
            .expect("an entry");
        if let Ok(link) = fs::read_link(&from) {
            symlink(link, target).expect("a link");
        } else if let Ok(script) = fs::read_to_string(&from) {
            let here = [venv.to_owned(), venv.canonicalize().expect("a Python environment")];
            let moved = here
                .iter()
                .fold(script, |script, venv| script.replace(&venv.display().to_string(), "/venv"));
            fs::write(&target, moved).expect("a script");
            fs::set_permissions(&target, Permissions::from_mode(0o755))
                .expect("changed permissions");
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder for the image");
    for entry in fs::read_dir(from).expect("the folder of the application") {
        let entry = entry.expect("an entry");
        let name = entry.file_name();
        if ["tests", "tests_seaway", "__pycache__", "staticfiles", ".venv"]
            .iter()
            .any(|left_out| name == *left_out)
        {
            continue;
        }
        let target = to.join(&name);
        if entry.file_type().expect("a file type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("a copied file");
        }
    }
}

/// Debian's `PostgreSQL` behind what the entry point of the official image does.
fn postgres(tools: &Tools) -> Image {
    let entrypoint = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/runs/postgres-entrypoint");
    Image {
        system: PathBuf::from("/"),
        layers: vec![(entrypoint, PathBuf::from("/docker-entrypoint"))],
        env: vec![
            ("PATH", format!("{}:{SYSTEM_PATH}", tools.postgres.display())),
            ("HOME", "/".to_owned()),
            ("LANG", "C.UTF-8".to_owned()),
            ("PGDATA", "/var/lib/postgresql/data".to_owned()),
        ],
        entrypoint: vec!["bash".to_owned(), "/docker-entrypoint".to_owned()],
        command: vec!["postgres".to_owned()],
        workdir: "/",
        user: 999,
        stop_signal: "INT",
    }
}

/// Debian's Redis; the entry point of the official image only changes the user.
fn redis() -> Image {
    Image {
        system: PathBuf::from("/"),
        layers: Vec::new(),
        env: vec![("PATH", SYSTEM_PATH.to_owned()), ("HOME", "/".to_owned())],
        entrypoint: Vec::new(),
        command: Vec::new(),
        workdir: "/data",
        user: 999,
        stop_signal: "TERM",
    }
}
