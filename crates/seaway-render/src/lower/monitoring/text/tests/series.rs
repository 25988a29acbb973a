//! Series as kube-state-metrics, kubelets and cert-manager show them, and what a real Prometheus keeps of them.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::*;

/// By path: what is shown there. Of a node it is of all namespaces, of pods and their sandboxes, and of the node itself.
const SHOWN: [(&str, &str); 4] = [
    (
        "/kube-state-metrics",
        r#"kube_pod_status_phase{namespace="shop",pod="web-admin-5d4f-abcde",uid="1",phase="Running"} 1
kube_pod_status_phase{namespace="shop",pod="worker-mail-5d4f-abcde",uid="2",phase="Running"} 1
kube_pod_status_phase{namespace="shop",pod="by-hand",uid="3",phase="Running"} 1
kube_deployment_spec_replicas{namespace="shop",deployment="web"} 2
kube_statefulset_replicas{namespace="shop",statefulset="db"} 1
kube_job_failed{namespace="shop",job_name="migrate-1a2b3c4d",condition="true"} 0
kube_job_failed{namespace="shop",job_name="db-backup-29384756",condition="true"} 0
kube_cronjob_created{namespace="shop",cronjob="db-backup"} 1
kube_horizontalpodautoscaler_spec_max_replicas{namespace="shop",horizontalpodautoscaler="keda-hpa-worker"} 4
kube_horizontalpodautoscaler_spec_max_replicas{namespace="shop",horizontalpodautoscaler="web"} 4
"#,
    ),
    (
        "/metrics/cadvisor",
        r#"container_cpu_usage_seconds_total{container="",cpu="total",id="/",image="",name="",namespace="",pod=""} 9
container_network_receive_bytes_total{container="",id="/",image="",interface="eth0",name="",namespace="",pod=""} 9
container_cpu_usage_seconds_total{container="",cpu="total",id="/pod",image="",name="",namespace="shop",pod="web-5d4f-abcde"} 3
container_cpu_usage_seconds_total{container="",cpu="total",id="/pod/b",image="pause",name="b",namespace="shop",pod="web-5d4f-abcde"} 1
container_cpu_usage_seconds_total{container="POD",cpu="total",id="/pod/c",image="pause",name="c",namespace="shop",pod="web-5d4f-abcde"} 1
container_cpu_usage_seconds_total{container="web",cpu="total",id="/pod/d",image="shop",name="d",namespace="shop",pod="web-5d4f-abcde"} 2
container_memory_rss{container="web",id="/pod/d",image="shop",name="d",namespace="shop",pod="web-5d4f-abcde"} 2
container_cpu_usage_seconds_total{container="web",cpu="total",id="/other",image="shop",name="e",namespace="other",pod="web-5d4f-abcde"} 4
container_network_receive_bytes_total{container="",id="/pod/b",image="pause",interface="eth0",name="b",namespace="shop",pod="web-5d4f-abcde"} 5
machine_cpu_cores{boot_id="x"} 4
"#,
    ),
    (
        "/metrics",
        r#"kubelet_volume_stats_available_bytes{namespace="shop",persistentvolumeclaim="data-db-0"} 5
kubelet_volume_stats_available_bytes{namespace="other",persistentvolumeclaim="data-db-0"} 6
kubelet_running_pods 5
"#,
    ),
    (
        "/cert-manager",
        r#"certmanager_certificate_expiration_timestamp_seconds{name="web-tls",namespace="shop",issuer_name="le"} 5
certmanager_certificate_expiration_timestamp_seconds{name="web-tls",namespace="other",issuer_name="le"} 6
certmanager_certificate_ready_status{condition="True",name="web-tls",namespace="shop",issuer_name="le"} 1
certmanager_certificate_ready_status{condition="False",name="web-tls",namespace="shop",issuer_name="le"} 0
certmanager_certificate_renewal_timestamp_seconds{name="web-tls",namespace="shop",issuer_name="le"} 5
certmanager_clock_time_seconds 7
"#,
    ),
];

/// Answers on a port of its own until the test process ends.
fn show() -> u16 {
    let listener = taken(TcpListener::bind(("127.0.0.1", 0)), "a port");
    let port = taken(listener.local_addr(), "its address").port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream));
        }
    });
    port
}

fn answer(mut stream: TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    // To the end of the head: a connection that is closed with text unread is reset.
    let mut line = String::from("-");
    while !line.trim().is_empty() {
        line.clear();
        reader.read_line(&mut line).ok()?;
    }
    let path = first.split(' ').nth(1)?;
    let text = SHOWN.iter().find(|(shown, _)| *shown == path).map_or("", |(_, text)| text);
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nConnection: close";
    write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{text}", text.len()).ok()
}

/// What a server answers to a GET.
pub(super) fn get(port: u16, path: &str) -> Option<Value> {
    ask(port, &format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n"))
}

/// What a server answers to a request of HTTP/1.0: the answer ends with the connection, and is not in chunks.
pub(super) fn ask(port: u16, request: &str) -> Option<Value> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (_, body) = answer.split_once("\r\n\r\n")?;
    serde_json::from_str(body).ok()
}

/// A server that ends with the test.
pub(super) struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a program of Prometheus' family on a port of its own.
pub(super) fn start(program: &str, args: &[&str], folder: &Path) -> (Server, u16) {
    let listener = taken(TcpListener::bind(("127.0.0.1", 0)), "a port");
    let port = taken(listener.local_addr(), "its address").port();
    drop(listener);
    let child = Command::new(program)
        .args(args)
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{program}: {error}; .ci/setup installs it"));
    (Server(child), port)
}

/// The full shape, with one target for each job that relabels series: at `port`, as if the API server told of it.
fn configuration(folder: &Path, port: u16) -> String {
    let text = fs::read_to_string(folder.join("prometheus.yml")).unwrap_or_default();
    let mut config: serde_yaml::Value = taken(serde_yaml::from_str(&text), &text);
    config["global"]["scrape_interval"] = "1s".into();
    config["global"]["evaluation_interval"] = "1s".into();
    let mut kept = Vec::new();
    for job in config["scrape_configs"].as_sequence().into_iter().flatten() {
        let name = job["job_name"].as_str().unwrap_or_default();
        let (path, instance, port_name) = match name {
            "kube-state-metrics" => {
                ("/kube-state-metrics", "monitoring-kube-state-metrics", "metrics")
            }
            "cert-manager" => ("/cert-manager", "", ""),
            "cadvisor" => ("/metrics/cadvisor", "", ""),
            "kubelet" => ("/metrics", "", ""),
            _ => continue,
        };
        let mut job = job.as_mapping().cloned().unwrap_or_default();
        for key in ["http_sd_configs", "scheme", "authorization", "tls_config"] {
            job.remove(key);
        }
        // A target that has a name keeps it, and its labels.
        let named = job.remove("static_configs").unwrap_or_default();
        let labels = named[0]["labels"].as_mapping().into_iter().flatten();
        let labels = labels.filter_map(|(key, value)| Some((key.as_str()?, value.as_str()?)));
        let name = named[0]["targets"][0].as_str().map(|target| ("instance", target));
        let mut meta = BTreeMap::from([
            ("__meta_kubernetes_namespace", "shop"),
            ("__meta_kubernetes_node_name", "node-1"),
            ("__meta_kubernetes_pod_name", "pod-1"),
            ("__meta_kubernetes_pod_phase", "Running"),
            ("__meta_kubernetes_pod_label_app_kubernetes_io_instance", instance),
            ("__meta_kubernetes_pod_container_port_name", port_name),
            ("__meta_kubernetes_pod_container_port_number", "8080"),
        ]);
        meta.extend(labels.chain(name));
        let targets = format!("[{{targets: ['127.0.0.1:{port}'], labels: {meta:?}}}]");
        job.insert("static_configs".into(), taken(serde_yaml::from_str(&targets), &targets));
        job.insert("metrics_path".into(), path.into());
        kept.push(serde_yaml::Value::Mapping(job));
    }
    config["scrape_configs"] = kept.into();
    taken(serde_yaml::to_string(&config), &text)
}

/// Only what is read is kept, only of this namespace, under the component that it is about; and every rule can be evaluated.
#[test]
fn prometheus_keeps_what_is_read() {
    let folder = placed(&shapes::full());
    let text = configuration(folder.path(), show());
    write(folder.path(), "prometheus.yml", &text);
    let args = ["--config.file=prometheus.yml", "--storage.tsdb.path=data"];
    let (_server, port) = start("prometheus", &args, folder.path());
    let query = "/api/v1/query?query=%7B__name__=~%22kube.%2B%7Ccontainer.%2B%7Cmachine.%2B%7Ccertm.%2B%7Cup%22%7D";
    let mut series = BTreeSet::new();
    let evaluated = (0..300).any(|_| {
        thread::sleep(Duration::from_millis(100));
        let answer = get(port, query).unwrap_or_default();
        let found = answer["data"]["result"].as_array().into_iter().flatten();
        series = found.map(|one| one["metric"].to_string()).collect();
        let answer = get(port, "/api/v1/rules").unwrap_or_default();
        let groups = answer["data"]["groups"].as_array().into_iter().flatten();
        let rules: Vec<&Value> =
            groups.flat_map(|group| group["rules"].as_array().into_iter().flatten()).collect();
        let failed = rules.iter().find(|rule| rule["health"] == "err");
        assert!(failed.is_none(), "{failed:?}");
        let every = ["kube_pod", "container_network", "kubelet_volume", "certmanager_cert"];
        let shown = every.iter().all(|name| series.iter().any(|one| one.contains(name)));
        shown && !rules.is_empty() && rules.iter().all(|rule| rule["health"] == "ok")
    });
    assert!(evaluated, "{series:#?}");
    insta::assert_debug_snapshot!(series, @r#"
    {
        "{\"__name__\":\"certmanager_certificate_expiration_timestamp_seconds\",\"instance\":\"cert-manager.cert-manager.svc:9402\",\"issuer_name\":\"le\",\"job\":\"cert-manager\",\"name\":\"web-tls\",\"namespace\":\"shop\"}",
        "{\"__name__\":\"certmanager_certificate_ready_status\",\"condition\":\"False\",\"instance\":\"cert-manager.cert-manager.svc:9402\",\"issuer_name\":\"le\",\"job\":\"cert-manager\",\"name\":\"web-tls\",\"namespace\":\"shop\"}",
        "{\"__name__\":\"certmanager_certificate_ready_status\",\"condition\":\"True\",\"instance\":\"cert-manager.cert-manager.svc:9402\",\"issuer_name\":\"le\",\"job\":\"cert-manager\",\"name\":\"web-tls\",\"namespace\":\"shop\"}",
        "{\"__name__\":\"container_cpu_usage_seconds_total\",\"component\":\"web\",\"container\":\"web\",\"cpu\":\"total\",\"instance\":\"node-1\",\"job\":\"cadvisor\",\"namespace\":\"shop\",\"pod\":\"web-5d4f-abcde\"}",
        "{\"__name__\":\"container_network_receive_bytes_total\",\"component\":\"web\",\"instance\":\"node-1\",\"interface\":\"eth0\",\"job\":\"cadvisor\",\"namespace\":\"shop\",\"pod\":\"web-5d4f-abcde\"}",
        "{\"__name__\":\"kube_cronjob_created\",\"component\":\"db-backup\",\"cronjob\":\"db-backup\",\"instance\":\"pod-1:8080\",\"job\":\"kube-state-metrics\",\"namespace\":\"shop\"}",
        "{\"__name__\":\"kube_deployment_spec_replicas\",\"component\":\"web\",\"deployment\":\"web\",\"instance\":\"pod-1:8080\",\"job\":\"kube-state-metrics\",\"namespace\":\"shop\"}",
        "{\"__name__\":\"kube_horizontalpodautoscaler_spec_max_replicas\",\"component\":\"web\",\"horizontalpodautoscaler\":\"web\",\"instance\":\"pod-1:8080\",\"job\":\"kube-state-metrics\",\"namespace\":\"shop\"}",
        "{\"__name__\":\"kube_horizontalpodautoscaler_spec_max_replicas\",\"component\":\"worker\",\"horizontalpodautoscaler\":\"keda-hpa-worker\",\"instance\":\"pod-1:8080\",\"job\":\"kube-state-metrics\",\"namespace\":\"shop\"}",
        "{\"__name__\":\"kube_job_failed\",\"component\":\"db-backup\",\"condition\":\"true\",\"instance\":\"pod-1:8080\",\"job\":\"kube-state-metrics\",\"job_name\":\"db-backup-29384756\",\"namespace\":\"shop\"}",
        "{\"__name__\":\"kube_job_failed\",\"component\":\"migrate\",\"condition\":\"true\",\"instance\":\"pod-1:8080\",\"job\":\"kube-state-metrics\",\"job_name\":\"migrate-1a2b3c4d\",\"namespace\":\"shop\"}",
        "{\"__name__\":\"kube_pod_status_phase\",\"component\":\"web-admin\",\"instance\":\"pod-1:8080\",\"job\":\"kube-state-metrics\",\"namespace\":\"shop\",\"phase\":\"Running\",\"pod\":\"web-admin-5d4f-abcde\"}",
        "{\"__name__\":\"kube_pod_status_phase\",\"component\":\"worker-mail\",\"instance\":\"pod-1:8080\",\"job\":\"kube-state-metrics\",\"namespace\":\"shop\",\"phase\":\"Running\",\"pod\":\"worker-mail-5d4f-abcde\"}",
        "{\"__name__\":\"kube_pod_status_phase\",\"instance\":\"pod-1:8080\",\"job\":\"kube-state-metrics\",\"namespace\":\"shop\",\"phase\":\"Running\",\"pod\":\"by-hand\"}",
        "{\"__name__\":\"kube_statefulset_replicas\",\"component\":\"db\",\"instance\":\"pod-1:8080\",\"job\":\"kube-state-metrics\",\"namespace\":\"shop\",\"statefulset\":\"db\"}",
        "{\"__name__\":\"kubelet_volume_stats_available_bytes\",\"component\":\"db\",\"instance\":\"node-1\",\"job\":\"kubelet\",\"namespace\":\"shop\",\"persistentvolumeclaim\":\"data-db-0\"}",
        "{\"__name__\":\"up\",\"component\":\"monitoring-kube-state-metrics\",\"instance\":\"pod-1:8080\",\"job\":\"kube-state-metrics\",\"namespace\":\"shop\"}",
        "{\"__name__\":\"up\",\"instance\":\"cert-manager.cert-manager.svc:9402\",\"job\":\"cert-manager\",\"namespace\":\"shop\"}",
        "{\"__name__\":\"up\",\"instance\":\"node-1\",\"job\":\"cadvisor\",\"namespace\":\"shop\"}",
        "{\"__name__\":\"up\",\"instance\":\"node-1\",\"job\":\"kubelet\",\"namespace\":\"shop\"}",
    }
    "#);
}
