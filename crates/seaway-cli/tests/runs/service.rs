//! Services: connections to their address go on to a ready pod.

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::manifest::{Service, ServicePort};
use crate::node::{HOST, Node};

/// Listens on the ports of all Services that have an address of their own, and on the ports of the node.
pub(crate) fn serve(node: &Arc<Node>) {
    let own = |(_, service): &(usize, &Service)| !service.spec.is_headless();
    for (index, service) in node.services.iter().enumerate().filter(own) {
        for port in &service.spec.ports {
            listen(node, service, port, SocketAddr::from((node.cluster_ip(index), port.port)));
            if let Some(address) = node_port(node, service, port) {
                listen(node, service, port, address);
            }
        }
    }
}

/// Where a Service is reached on the node; the cluster chooses a port that the YAML does not: another one on each node.
fn node_port(node: &Node, service: &Service, port: &ServicePort) -> Option<SocketAddr> {
    let exposed = matches!(service.spec.kind.as_deref(), Some("NodePort" | "LoadBalancer"));
    let usual = || 30000 + port.port + u16::try_from(node.first).unwrap_or_default();
    exposed.then(|| SocketAddr::from((HOST, port.node_port.unwrap_or_else(usual))))
}

/// The address at which the world outside of the cluster reaches a Service.
pub(crate) fn outside(node: &Node, name: &str) -> SocketAddr {
    let service =
        node.services.iter().find(|service| service.metadata.name == name).expect("a Service");
    node_port(node, service, &service.spec.ports[0]).expect("a Service that the world reaches")
}

fn listen(node: &Arc<Node>, service: &Service, port: &ServicePort, address: SocketAddr) {
    let listener = TcpListener::bind(address).unwrap_or_else(|error| panic!("{address}: {error}"));
    let (node, service, port) = (Arc::clone(node), service.clone(), port.clone());
    let turn = AtomicUsize::new(0);
    thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.expect("a connection");
            let Some(target) =
                choose(&node, &service, &port, &client, turn.fetch_add(1, Ordering::Relaxed))
            else {
                // Closed at once, as without an endpoint.
                continue;
            };
            thread::spawn(move || pass(client, target));
        }
    });
}

/// The pod whose turn it is, if there is one and policies let this client reach it.
fn choose(
    node: &Node,
    service: &Service,
    port: &ServicePort,
    client: &TcpStream,
    turn: usize,
) -> Option<SocketAddr> {
    let endpoints = node.endpoints(service);
    let pod = endpoints.get(turn.checked_rem(endpoints.len())?)?;
    let number = port.target_port.number(pod.spec.running());
    let from = match client.peer_addr().ok()? {
        SocketAddr::V4(address) => *address.ip(),
        SocketAddr::V6(_) => Ipv4Addr::UNSPECIFIED,
    };
    let client = node.pods().into_iter().find(|pod| pod.ip() == from);
    let allowed = match client {
        Some(client) => node.policies.allow(client.peer(), pod.peer(), number),
        None => node.policies.admit_all(pod.peer(), number),
    };
    allowed.then(|| SocketAddr::from((pod.ip(), number)))
}

/// Copies both ways until both ends have closed.
fn pass(client: TcpStream, target: SocketAddr) {
    let copied = || -> io::Result<()> {
        let server = TcpStream::connect(target)?;
        let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
        let upstream = thread::spawn(move || {
            let _ = io::copy(&mut from_client, &mut to_server);
            let _ = to_server.shutdown(Shutdown::Write);
        });
        let (mut from_server, mut to_client) = (server, client);
        let _ = io::copy(&mut from_server, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Write);
        let _ = upstream.join();
        Ok(())
    };
    // The client sees a connection that breaks off, and judges.
    let _ = copied();
}
