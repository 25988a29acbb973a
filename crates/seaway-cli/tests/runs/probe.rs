//! Probes, sent as the kubelet sends them.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use crate::container::Container;
use crate::http;
use crate::manifest::{HttpGet, Probe};

/// Asks once: what it answered, or what is wrong with that.
pub(crate) fn ask(probe: &Probe, container: &Container, ip: Ipv4Addr) -> Result<String, String> {
    let limit = Duration::from_secs(probe.timeout_seconds.into());
    let ports = std::slice::from_ref(&container.spec);
    match probe {
        Probe { exec: Some(exec), .. } => {
            let output = container.exec(&exec.command, limit).map_err(|error| error.to_string())?;
            let output = output.ok_or_else(|| format!("no answer in {} s", limit.as_secs()))?;
            let said = format!(
                "{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
            let said = said.trim().to_owned();
            if output.status.success() {
                Ok(said)
            } else {
                Err(format!("{}: {said}", output.status))
            }
        }
        Probe { http_get: Some(get), .. } => {
            let address = SocketAddr::from((ip, get.port.number(ports)));
            let answer = http_get(get, address, limit).map_err(|error| error.to_string())?;
            if (200..400).contains(&answer.status) {
                Ok(answer.status.to_string())
            } else {
                Err(format!("{answer:?}"))
            }
        }
        Probe { tcp_socket: Some(tcp), .. } => {
            let address = SocketAddr::from((ip, tcp.port.number(ports)));
            let connected = TcpStream::connect_timeout(&address, limit);
            connected.map(|_| "connected".to_owned()).map_err(|error| error.to_string())
        }
        _ => panic!("the kind of probe of {} is not emulated", container.spec.name),
    }
}

/// The request of an `httpGet`: `Host` is the pod's own address unless a header says otherwise.
pub(crate) fn http_get(
    get: &HttpGet,
    address: SocketAddr,
    limit: Duration,
) -> std::io::Result<http::Response> {
    let mut headers: Vec<_> =
        get.http_headers.iter().map(|known| (known.name.as_str(), known.value.as_str())).collect();
    let own = address.to_string();
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        headers.push(("Host", &own));
    }
    headers.extend([("User-Agent", "kube-probe/1.33"), ("Accept", "*/*")]);
    http::request(address, &format!("GET {}", get.path), &headers, "", limit)
}

/// How long the kubelet gives a container to pass its startup probe.
pub(crate) fn budget(probe: &Probe) -> Duration {
    Duration::from_secs(
        (probe.initial_delay_seconds + probe.period_seconds * probe.failure_threshold).into(),
    )
}

/// Asks until the probe passes. The kubelet would ask less often.
pub(crate) fn wait(
    what: &str,
    probe: &Probe,
    container: &Container,
    ip: Ipv4Addr,
    limit: Duration,
) {
    let start = Instant::now();
    loop {
        let Err(problem) = ask(probe, container, ip) else { return };
        let ended = container.ended();
        assert!(
            ended.is_none(),
            "{} ended before its {what} probe passed: {ended:?}",
            container.spec.name
        );
        assert!(start.elapsed() < limit, "{}: {what} probe: {problem}", container.spec.name);
        thread::sleep(Duration::from_millis(400));
    }
}
