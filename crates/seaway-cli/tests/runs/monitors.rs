//! The images of what watches a stage, and of the cluster that it asks.
//!
//! Prometheus, Alertmanager and two exporters are the real ones. What no package has is a Python program of this folder that
//! shows the same series; so are the API server and the kubelet, of which this test has none.

use std::path::{Path, PathBuf};

use crate::cluster::Cluster;
use crate::image::{Image, Images, SYSTEM_PATH};
use crate::tools::Tools;

/// The real programs, by their image and their place in it, which is that in our commands.
const PROGRAMS: [(&str, &str); 4] = [
    ("prometheus", "/bin/prometheus"),
    ("alertmanager", "/bin/alertmanager"),
    ("postgres-exporter", "/bin/postgres_exporter"),
    ("redis_exporter", "/redis_exporter"),
];
/// Where the stand-ins of the cluster lie in their image.
pub(crate) const STAND_INS: &str = "/stand-ins";

/// Adds them, those of a cluster only where there is one.
pub(crate) fn add_images(images: &mut Images, tools: &Tools, cluster: Option<&Cluster>) {
    let program = |(name, path): (&'static str, &'static str)| {
        let file = Path::new(path).file_name().expect("a program");
        let mut image = Image {
            system: PathBuf::from("/"),
            layers: vec![(tools.monitoring.join(file), PathBuf::from(path))],
            env: vec![("PATH", SYSTEM_PATH.to_owned())],
            entrypoint: Vec::new(),
            command: Vec::new(),
            workdir: "/",
            user: 65534,
            stop_signal: "TERM",
        };
        if let Some(cluster) = cluster.filter(|_| name == "alertmanager") {
            // As in an image of a house with an authority of its own.
            image.layers.push((cluster.house_file.clone(), PathBuf::from("/authority.pem")));
            image.env.push(("SSL_CERT_FILE", "/authority.pem".to_owned()));
        }
        (name, image)
    };
    let python = images.python();
    let stand_in = |file: &str, path: &str| {
        let mut image = python.clone();
        image.layers.push((folder().join(file), PathBuf::from(path)));
        image
    };
    let servers = cluster.map(|cluster| {
        let mut image = stand_in("", STAND_INS);
        image.layers.push((cluster.state.clone(), PathBuf::from("/state")));
        ("cluster", image)
    });
    let stand_ins = [
        ("celery-exporter", stand_in("celery_exporter.py", "/app/cli.py")),
        ("kube-state-metrics", stand_in("kube_state_metrics.py", "/kube-state-metrics")),
    ];
    for (name, image) in PROGRAMS.into_iter().map(program).chain(stand_ins).chain(servers) {
        images.add(name, image);
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/runs/stand-ins")
}
