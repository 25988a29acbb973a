//! Scaling by the length of queues: a `ScaledObject` of KEDA, and the `TriggerAuthentication` that it logs in with.
//!
//! The fields are those of <https://keda.sh/docs/latest/reference/scaledobject-spec/> and of the scalers
//! <https://keda.sh/docs/latest/scalers/redis-lists/> and <https://keda.sh/docs/latest/scalers/rabbitmq-queue/>; all values of a
//! trigger are text.

use std::collections::BTreeMap;

use seaway_core::broker::{self, Amqp, Broker, Server, Url};
use seaway_core::options::Autoscale;
use seaway_core::{Origin, Sourced, Span};
use serde::Serialize;

use super::Cx;
use super::meta::named;
use crate::{Object, reasons, tree};

/// Celery's queue where none is named:
/// <https://docs.celeryq.dev/en/stable/userguide/configuration.html#task-default-queue>.
const QUEUE: &str = "celery";
const API: &str = "keda.sh/v1alpha1";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Scaled {
    scale_target_ref: Named,
    min_replica_count: u16,
    max_replica_count: u16,
    triggers: Vec<Trigger>,
}

#[derive(Serialize)]
struct Named {
    name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Trigger {
    r#type: &'static str,
    metadata: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authentication_ref: Option<Named>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Authentication {
    secret_target_ref: Vec<FromSecret>,
}

#[derive(Serialize)]
struct FromSecret {
    parameter: &'static str,
    name: String,
    key: String,
}

/// What scales a worker by its queues.
pub(super) fn scaler(cx: Cx<'_>, scale: &Sourced<Autoscale>, length: &Sourced<u32>) -> Vec<Object> {
    // Without one it was told, and nothing of the stage is printed.
    let Some(broker) = broker::of(cx.stack, cx.part) else { return Vec::new() };
    let queues: Vec<Sourced<String>> = match cx.part.facts.queues.as_slice() {
        [] => vec![Sourced { value: QUEUE.to_owned(), origin: length.origin }],
        queues => queues.to_vec(),
    };
    let name = cx.part.object.to_string();
    let login = login(&broker);
    let triggers = queues.iter().map(|queue| Trigger {
        r#type: match &broker.server {
            Server::Redis(_) => "redis",
            Server::Amqp(_) => "rabbitmq",
        },
        metadata: metadata(&broker, queue, length.value),
        authentication_ref: login.is_some().then(|| Named { name: name.clone() }),
    });
    let spec = Scaled {
        scale_target_ref: Named { name: name.clone() },
        min_replica_count: scale.min.value,
        max_replica_count: scale.max.value,
        triggers: triggers.collect(),
    };
    let mut scaled = custom(cx, "ScaledObject", &spec, scale.origin);
    let mut set = |path: &str, origin| scaled.origins.set(path, origin);
    set("spec.minReplicaCount", scale.min.origin);
    set("spec.maxReplicaCount", scale.max.origin);
    set("spec.triggers", length.origin);
    for (at, queue) in queues.iter().enumerate() {
        let key = match &broker.server {
            Server::Redis(_) => "listName",
            Server::Amqp(_) => "queueName",
        };
        set(&format!("spec.triggers[{at}].metadata.{key}"), queue.origin);
    }
    let authentication = login.map(|login| {
        let spec = Authentication { secret_target_ref: vec![login] };
        custom(cx, "TriggerAuthentication", &spec, Origin::Default(&reasons::QUEUES))
    });
    authentication.into_iter().chain([scaled]).collect()
}

/// What KEDA reads out of a Secret: the password of a Redis, or the URL of a RabbitMQ, which holds it.
fn login(broker: &Broker<'_>) -> Option<FromSecret> {
    let (parameter, secret, key) = match &broker.server {
        Server::Redis(redis) => {
            let (secret, key) = redis.password.as_ref()?;
            ("password", secret, key)
        }
        Server::Amqp(Amqp { url: Some(Url::Secret(secret, key)), .. }) => ("host", secret, key),
        Server::Amqp(_) => return None,
    };
    Some(FromSecret { parameter, name: secret.to_string(), key: key.to_string() })
}

fn metadata(broker: &Broker<'_>, queue: &str, length: u32) -> BTreeMap<&'static str, String> {
    let redis = match &broker.server {
        Server::Redis(redis) => redis,
        Server::Amqp(amqp) => {
            let text = |text: &str| text.to_owned();
            let mut metadata = BTreeMap::from([
                // What begins with `amqps` asks for TLS. Over HTTP it would be the management API.
                ("protocol", text("amqp")),
                ("queueName", text(queue)),
                ("mode", text("QueueLength")),
                ("value", length.to_string()),
            ]);
            if let Some(Url::Text(url)) = &amqp.url {
                metadata.insert("host", url.clone());
            }
            return metadata;
        }
    };
    let mut metadata = BTreeMap::from([
        ("address", format!("{}:{}", broker.host, broker.port)),
        ("databaseIndex", redis.database.to_string()),
        ("listName", queue.to_owned()),
        ("listLength", length.to_string()),
    ]);
    if broker.tls {
        metadata.insert("enableTLS", "true".to_owned());
    }
    metadata
}

/// A custom resource of the component.
fn custom<T: Serialize>(cx: Cx<'_>, kind: &str, spec: &T, origin: Origin) -> Object {
    let body = tree::custom((API, kind), named(&cx.part.object), spec, Span::default());
    Object::new(body, Some(&cx.part.name), origin)
}
