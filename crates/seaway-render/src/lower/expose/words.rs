//! Words about the handling of requests, as the controller of a class reads them; and what Traefik reads beside an Ingress.

use seaway_core::options::{Controller, Expose, Form, Front, Ingress, Word, form};
use seaway_core::{Origin, exposure};
use serde::Serialize;

use super::super::meta::named;
use super::{Cx, Notes};
use crate::{Object, tree};

/// Writes the words that are annotations of the Ingress or Route.
pub(super) fn of_front(expose: &Expose, notes: &mut Notes) {
    // Where one annotation says two words, the later one has the longer time.
    for (_, number, origin, form) in said(expose) {
        let Form::Annotations(keys, unit) = form else { continue };
        for key in keys {
            notes.set((*key).to_owned(), unit.of(number), origin);
        }
    }
}

/// Writes the words that are annotations of the Service.
pub(in crate::lower) fn of_service(cx: Cx<'_>, notes: &mut Notes) {
    let Some(expose) = cx.part.expose() else { return };
    for (word, number, origin, form) in said(expose) {
        match (form, expose.front()) {
            (Form::OfService(key, unit), _) => notes.set(key.to_owned(), unit.of(number), origin),
            (Form::Field, Some(Front::Known(Controller::Traefik))) if word == Word::Timeout => {
                let key = "traefik.ingress.kubernetes.io/service.serverstransport".to_owned();
                notes.set(key, referred(cx, &cx.part.object), origin);
            }
            _ => {}
        }
    }
}

/// The words that are written, each with the form that the front has for it.
fn said(expose: &Expose) -> Vec<(Word, u128, Origin, Form)> {
    let Some((handling, front)) = expose.handling().zip(expose.front()) else { return Vec::new() };
    let words = handling.words().into_iter();
    words.map(|(word, number, origin)| (word, number, origin, form(front, word))).collect()
}

/// How Traefik refers to an object of its own kinds
/// (<https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/ingress/#referencing-resources-in-annotations>).
fn referred(cx: Cx<'_>, name: &str) -> String {
    format!("{}-{name}@kubernetescrd", cx.stack.namespace)
}

/// A middleware does one thing.
#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct Middleware {
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_scheme: Option<RedirectScheme>,
    #[serde(skip_serializing_if = "Option::is_none")]
    buffering: Option<Buffering>,
}

#[derive(Serialize)]
struct RedirectScheme {
    scheme: &'static str,
    permanent: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Buffering {
    max_request_body_bytes: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Transport {
    forwarding_timeouts: Timeouts,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Timeouts {
    response_header_timeout: String,
}

/// What Traefik reads beside an Ingress: `traefik.io/v1alpha1`
/// (<https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/crd/http/middleware/>).
pub(super) fn beside(cx: Cx<'_>, ingress: &Ingress, notes: &mut Notes) -> Vec<Object> {
    const MIDDLEWARES: &str = "traefik.ingress.kubernetes.io/router.middlewares";
    let Some(expose) = cx.part.expose() else { return Vec::new() };
    let mut middlewares = Vec::new();
    if exposure::redirects(expose) && exposure::edge_redirects(expose) {
        let to_https = RedirectScheme { scheme: "https", permanent: true };
        let to_https = Middleware { redirect_scheme: Some(to_https), ..Middleware::default() };
        let origin = ingress.tls.redirect.map_or(expose.origin, |redirect| redirect.origin);
        middlewares.push((format!("{}-https", cx.part.object), to_https, origin));
    }
    if let Some(size) = &ingress.handling.body_size {
        let bytes = u64::try_from(size.value.units()).unwrap_or(u64::MAX);
        let buffering = Buffering { max_request_body_bytes: bytes };
        let buffering = Middleware { buffering: Some(buffering), ..Middleware::default() };
        middlewares.push((format!("{}-body", cx.part.object), buffering, size.origin));
    }
    let mut objects: Vec<Object> = middlewares
        .iter()
        .map(|(name, spec, origin)| made(cx, ("Middleware", name), spec, *origin))
        .collect();
    if let Some((_, _, origin)) = middlewares.first() {
        let ours = middlewares.iter().map(|(name, ..)| referred(cx, name));
        let written = notes.value(MIDDLEWARES).map(str::to_owned);
        let all: Vec<String> = written.into_iter().chain(ours).collect();
        notes.set(MIDDLEWARES.to_owned(), all.join(","), *origin);
    }
    if let Some(timeout) = ingress.handling.timeout_seconds {
        let response_header_timeout = format!("{timeout}s");
        let spec = Transport { forwarding_timeouts: Timeouts { response_header_timeout } };
        objects.push(made(cx, ("ServersTransport", &cx.part.object), &spec, timeout.origin));
    }
    objects
}

fn made<T: Serialize>(cx: Cx<'_>, (kind, name): (&str, &str), spec: &T, origin: Origin) -> Object {
    let place = origin.span().unwrap_or_default();
    let body = tree::custom(("traefik.io/v1alpha1", kind), named(name), spec, place);
    Object::new(body, Some(&cx.part.name), origin)
}
