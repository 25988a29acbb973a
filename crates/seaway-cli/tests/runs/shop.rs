//! The application's interface, for a client outside of the cluster.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};

use crate::http::{Response, request};
use crate::tools::until;

/// Where the shop is, and under which host name.
pub(crate) struct Shop {
    pub(crate) address: SocketAddr,
    pub(crate) host: &'static str,
}

impl Shop {
    pub(crate) fn get(&self, path: &str) -> std::io::Result<Response> {
        request(
            self.address,
            &format!("GET {path}"),
            &[("Host", self.host)],
            "",
            Duration::from_secs(30),
        )
    }

    /// The answer of a good request.
    pub(crate) fn json(&self, path: &str) -> Value {
        let answer = self.get(path).unwrap_or_else(|error| panic!("GET {path}: {error}"));
        assert_eq!(answer.status, 200, "GET {path}: {answer:?}");
        serde_json::from_str(&answer.body)
            .unwrap_or_else(|error| panic!("GET {path}: {error}: {answer:?}"))
    }

    /// Places an order that takes some seconds to pack, and gives its number.
    pub(crate) fn order(&self, item: &str, work_seconds: u32) -> u64 {
        let body = json!({ "item": item, "quantity": 2, "work_seconds": work_seconds }).to_string();
        let headers = [("Host", self.host), ("Content-Type", "application/json")];
        let answer =
            request(self.address, "POST /api/orders", &headers, &body, Duration::from_secs(30));
        let answer = answer.expect("an answer to an order");
        assert_eq!(answer.status, 201, "{answer:?}");
        let order: Value = serde_json::from_str(&answer.body).expect("JSON");
        order["id"].as_u64().expect("a number")
    }

    /// An order as it is now.
    pub(crate) fn look(&self, order: u64) -> Value {
        self.json(&format!("/api/orders/{order}"))
    }

    /// Waits until an order has a status.
    pub(crate) fn wait_for(&self, order: u64, status: &str, limit: Duration) -> Value {
        until(&format!("order {order} is {status}"), limit, || {
            let order = self.look(order);
            (order["status"] == status).then_some(order)
        })
    }

    pub(crate) fn stats(&self) -> Value {
        self.json("/api/stats")
    }
}
