//! How components are exposed: what follows where nobody wrote it, what the preset binds, and each refusal with its good
//! twin.

use insta::assert_snapshot;
use seaway_core::exposure;

use crate::support::{stack, stack_of, told, variable, variables};

const ARN: &str = "arn:aws:acm:us-east-1:111122223333:certificate/0b3a";
const SHOP: &str = "name = \"shop\"\napp = { image = \"a:1@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\", module = \"shop\", hosts = [\"a.example.com\"] }\n";
const READY: &str = "probes.readiness.path = \"/readyz\"\n";

/// A development stage with a web process, exposed as a table says, and more lines from line 6 on.
fn web(expose: &str, more: &str) -> String {
    format!("{SHOP}[components.web]\ntype = \"web\"\nexpose = {{ {expose} }}\n{READY}{more}")
}

/// The same in production.
fn live(expose: &str, more: &str) -> String {
    format!("profile = \"production\"\n{}", web(expose, more))
}

/// An Application Load Balancer with a certificate.
fn alb(more: &str) -> String {
    format!("type = \"alb\", certificate = \"{ARN}\"{more}")
}

const EKS: &str =
    "[cluster]\nprovider = \"eks\"\nregion = \"us-east-1\"\nnetwork = \"10.0.0.0/16\"\n";
const KOPS: &str = "[cluster]\nprovider = \"kops\"\n";

/// Says what is wrong with one text, after its good twin gave a stack without a word.
fn twins(good: &str, bad: &str) -> String {
    stack(good);
    told(bad)
}

/// Target, drain and keep-alive of the web process.
fn settled(text: &str) -> (bool, u32, u32) {
    let stack = stack(text);
    let facts = &stack.part("web").expect("web").facts;
    let value = |seconds: Option<seaway_core::Sourced<u32>>| seconds.expect("seconds").value;
    let expose = facts.expose.as_ref().expect("a web process");
    (expose.targets_pods(), value(facts.drain), value(facts.keep_alive))
}

#[test]
fn what_a_load_balancer_sends_to_follows_from_the_cluster() {
    assert_eq!(settled(&web(&alb(""), EKS)), (true, 20, 75));
    assert_eq!(settled(&web(&alb(""), KOPS)), (false, 10, 75));
    assert_eq!(settled(&web(&alb(""), "")), (false, 10, 75));
    assert_eq!(
        settled(&web(
            &alb(""),
            &format!("{KOPS}cni = \"cilium-eni\"\nnetwork = \"10.0.0.0/16\"\n")
        )),
        (true, 20, 75)
    );
    assert_eq!(settled(&web(&alb(", target-type = \"instance\""), EKS)), (false, 10, 75));
    assert_eq!(settled(&web("type = \"load-balancer\", nlb = {}", EKS)), (true, 20, 75));
    assert_eq!(settled(&web("type = \"load-balancer\"", EKS)), (false, 10, 75));
}

#[test]
fn times_follow_from_the_load_balancer_and_what_is_written_stays() {
    assert_eq!(settled(&web(&alb(", idle-timeout-seconds = 300"), KOPS)), (false, 10, 315));
    let written = web(&alb(", idle-timeout-seconds = 300"), EKS)
        .replace(READY, &format!("{READY}drain-seconds = 45\nkeep-alive-seconds = 301\n"));
    assert_eq!(settled(&written), (true, 45, 301));
    let local = "type = \"load-balancer\", external-traffic-policy = \"Local\", nlb = { health-check = { interval-seconds = 20 } }";
    assert_eq!(settled(&web(local, KOPS)), (false, 45, 75));
}

#[test]
fn pods_without_addresses_of_the_vpc_are_no_targets() {
    let text = |cluster: &str| web(&alb(", target-type = \"ip\""), cluster);
    assert_snapshot!(twins(&text(EKS), &text(KOPS)), @r#"conflict 5:109 pods of this cluster have no addresses that a load balancer of AWS reaches | needs addresses of the VPC; 8:12 gives pods addresses of an overlay (Cilium) | leave `target-type` out: nodes are the targets then; or write `cluster.cni = "cilium-eni"` or `"amazon-vpc"` if the cluster has it"#);
    let own = format!("{EKS}cni = \"cilium\"\n");
    assert_snapshot!(told(&text(&own)), @r#"conflict 5:109 pods of this cluster have no addresses that a load balancer of AWS reaches | needs addresses of the VPC; 11:7 gives pods addresses of an overlay (Cilium) | leave `target-type` out: nodes are the targets then; or write `cluster.cni = "cilium-eni"` or `"amazon-vpc"` if the cluster has it"#);
    let nlb =
        |cluster: &str| web("type = \"load-balancer\", nlb = { target-type = \"ip\" }", cluster);
    assert_snapshot!(twins(&nlb(EKS), &nlb(KOPS)), @r#"conflict 5:58 pods of this cluster have no addresses that a load balancer of AWS reaches | needs addresses of the VPC; 8:12 gives pods addresses of an overlay (Cilium) | leave `target-type` out: nodes are the targets then; or write `cluster.cni = "cilium-eni"` or `"amazon-vpc"` if the cluster has it"#);
}

#[test]
fn callers_are_known_to_the_network_policy() {
    let eks = "[cluster]\nprovider = \"eks\"\n";
    let from = alb(", from = [\"10.0.1.0/24\"]");
    assert_snapshot!(twins(&web(&from, eks), &web(&alb(""), eks)), @"missing-field 5:10 nothing says which addresses the load balancer calls from | the network policy has to let it in | add `cluster.network`, the range of the VPC, or the subnets of the load balancer as `from`");
    assert_snapshot!(twins(&web(&from, EKS), &web(&from, KOPS)), @"conflict 5:103 a range that no request would come from | nodes pass requests on, and Cilium tells no range of those | leave `from` out; `source-ranges` says whom the load balancer admits");
    let ingress = |more: &str| web(&format!("type = \"ingress\"{more}"), "");
    let found = twins(&ingress(", from-namespaces = [\"traefik\"]"), &ingress(""));
    assert_snapshot!(found, @r#"missing-field 5:10 nothing says where the controller runs | the network policy has to let it in | add `from-namespaces = ["traefik"]`, or `from` with its addresses if it uses the network of its nodes"#);
    let gateway =
        |more: &str| web(&format!("type = \"gateway\", parent = \"infra/public\"{more}"), "");
    assert_snapshot!(twins(&gateway(", from = [\"10.0.0.0/16\"]"), &gateway("")), @r#"missing-field 5:10 nothing says where the Gateway runs | the network policy has to let it in | add `from-namespaces = ["envoy-gateway-system"]`, or `from` with its addresses if it uses the network of its nodes"#);
}

#[test]
fn a_load_balancer_asks_a_path_that_is_written() {
    let without = |expose: &str| web(expose, EKS).replace(READY, "");
    let good = without(&alb(", health-check = { path = \"/healthy\" }"));
    assert_snapshot!(twins(&good, &without(&alb(""))), @r#"missing-field 5:10 no path says whether `web` is ready | the load balancer asks each pod for one | add `probes.readiness = { path = "/readyz" }`, or `health-check.path` in `expose`"#);
    // Nodes are asked by the port of their kube-proxy.
    stack(&without(&alb("")).replace(EKS, KOPS));
}

#[test]
fn plain_http_is_no_way_into_production() {
    let mut all = String::new();
    let from = "from-namespaces = [\"traefik\"]";
    for (bad, good) in [
        ("type = \"node-port\"".to_owned(), String::new()),
        ("type = \"load-balancer\"".to_owned(), String::new()),
        (
            "type = \"load-balancer\", nlb = {}".to_owned(),
            format!("type = \"load-balancer\", nlb = {{ certificate = \"{ARN}\" }}"),
        ),
        ("type = \"alb\"".to_owned(), alb("")),
        (
            format!("type = \"ingress\", {from}"),
            format!("type = \"ingress\", {from}, issuer = \"le\""),
        ),
        (
            format!("type = \"ingress\", {from}"),
            format!("type = \"ingress\", {from}, default-certificate = true"),
        ),
        (
            format!("type = \"gateway\", class = \"envoy\", {from}"),
            format!("type = \"gateway\", class = \"envoy\", {from}, issuer = \"le\""),
        ),
        (
            format!("type = \"gateway\", parent = \"a/b\", listener = \"http\", {from}"),
            format!("type = \"gateway\", parent = \"a/b\", {from}"),
        ),
    ] {
        if !good.is_empty() {
            stack(&live(&good, EKS));
        }
        // In development all of them are fine.
        stack(&web(&bad, EKS));
        let found = told(&live(&bad, EKS));
        assert!(
            found.starts_with("plain-http 6:10 `web` is reached by plain HTTP"),
            "{bad}: {found}"
        );
        assert_eq!(found.lines().count(), 1, "{found}");
        all.push_str(found.rsplit(" | ").next().unwrap_or_default());
    }
    assert_snapshot!(all, @r#"
    expose it by `ingress`, `alb` or `gateway`, which end TLS; if TLS ends before it, say so: `components.web.allow.plain-http = "…"`
    expose it by `ingress`, `alb` or `gateway`, which end TLS; if TLS ends before it, say so: `components.web.allow.plain-http = "…"`
    add `nlb.certificate = "arn:aws:acm:REGION:ACCOUNT:certificate/ID"`; if TLS ends before it, say so: `components.web.allow.plain-http = "…"`
    add `certificate = "arn:aws:acm:REGION:ACCOUNT:certificate/ID"`; if TLS ends before it, say so: `components.web.allow.plain-http = "…"`
    add `issuer = "…"`, an issuer of cert-manager, or `secret = "…"`; if TLS ends before it, say so: `components.web.allow.plain-http = "…"`
    add `issuer = "…"`, an issuer of cert-manager, or `secret = "…"`; if TLS ends before it, say so: `components.web.allow.plain-http = "…"`
    add `issuer = "…"`, an issuer of cert-manager, or `secret = "…"`; if TLS ends before it, say so: `components.web.allow.plain-http = "…"`
    write the name of a `listener` that ends TLS; if TLS ends before it, say so: `components.web.allow.plain-http = "…"`
    "#);
    let allowed = live("type = \"node-port\"", "allow.plain-http = \"the CDN ends TLS\"\n");
    assert_snapshot!(told(&allowed), @r#"plain-http 6:10 `web` is reached by plain HTTP in a production stage | passwords and sessions can be read on the way (allowed: the CDN ends TLS) | expose it by `ingress`, `alb` or `gateway`, which end TLS; if TLS ends before it, say so: `components.web.allow.plain-http = "…"`"#);
    stack(&live("type = \"cluster-ip\", from-namespaces = [\"traefik\"]", ""));
}

#[test]
fn certificates_are_where_they_can_be_read() {
    let from = "from-namespaces = [\"traefik\"]";
    let secret = "[secrets.tls]\nsource = \"existing\"\nkeys = [\"tls.crt\", \"tls.key\"]\n";
    let ingress = |more: &str| format!("type = \"ingress\", {from}{more}");
    let gateway = |more: &str| format!("type = \"gateway\", class = \"envoy\", {from}{more}");
    assert_snapshot!(told(&live("type = \"alb\", issuer = \"le\"", "")), @r#"conflict 6:35 a load balancer of AWS can not read a Secret | cert-manager keeps the certificate in one | take a certificate of ACM: `certificate = "arn:aws:acm:REGION:ACCOUNT:certificate/ID"`"#);
    assert_snapshot!(told(&live("type = \"alb\", secret = \"tls\"", secret)), @r#"conflict 6:35 a load balancer of AWS can not read a Secret |  | take a certificate of ACM: `certificate = "arn:aws:acm:REGION:ACCOUNT:certificate/ID"`"#);
    assert_snapshot!(told(&live(&ingress(&format!(", certificate = \"{ARN}\"")), "")), @r#"conflict 6:75 only load balancers of AWS can use a certificate of ACM | its key never leaves AWS | write `issuer = "…"` for one of cert-manager or `secret = "…"`, or expose it by `alb`"#);
    assert_snapshot!(told(&live(&gateway(&format!(", certificate = [\"{ARN}\"]")), "")), @r#"conflict 6:92 only load balancers of AWS can use a certificate of ACM | its key never leaves AWS | write `issuer = "…"` for one of cert-manager or `secret = "…"`, or expose it by `alb`"#);
    let parent = format!("type = \"gateway\", parent = \"infra/public\", {from}");
    assert_snapshot!(twins(&live(&parent, ""), &live(&format!("{parent}, issuer = \"le\""), "")), @"conflict 6:95 `issuer` is for a Gateway of its own | ; 6:39 has its certificates in its listeners | remove `issuer`, or write `class` in place of `parent`");
    let good = live(&ingress(", secret = \"tls\""), secret);
    assert_snapshot!(twins(&good, &live(&ingress(", secret = \"tsl\""), secret)), @"unknown-secret 6:70 unknown Secret `tsl` | no contract declares it | did you mean `tls`?");
    assert_snapshot!(twins(&good, &good.replace(", \"tls.key\"]", "]")), @r#"unknown-key 6:70 Secret `tls` has no key `tls.key` | ; 8:10 declared here | write `secrets.tls.keys = ["tls.crt", "tls.key"]`"#);
    let made_up =
        web(&ingress(", secret = \"tls\""), &secret.replace("source = \"existing\"\n", ""));
    assert_snapshot!(told(&made_up), @r#"invalid-value 5:70 a certificate can not be made up | ; 7:10 a development stage would fill it with random digits | write `secrets.tls.source = "existing"` and create it, or `issuer` in place of `secret`"#);
    assert_snapshot!(told(&live(&ingress(", secret = \"tls\", issuer = \"le\""), secret)), @"conflict 6:70 `issuer` and `secret` exclude each other | ; 6:86  | leave one of them: it says where the certificate comes from");
    assert_snapshot!(told(&live(&ingress(", default-certificate = true, issuer = \"le\""), secret)), @"conflict 6:83 `issuer` and `default-certificate` exclude each other | ; 6:98  | leave one of them: it says where the certificate comes from");
}

#[test]
fn arns_are_whole_and_of_the_region_of_the_cluster() {
    let text = |arn: &str| live(&format!("type = \"alb\", certificate = \"{arn}\""), EKS);
    assert_snapshot!(twins(&text(ARN), &text("arn:aws:acm:us-east-1:1111:certificate/0b3a")), @"invalid-value 6:40 `arn:aws:acm:us-east-1:1111:certificate/0b3a` is not the ARN of a certificate |  | write what ACM shows: `arn:aws:acm:REGION:ACCOUNT:certificate/ID`, the account with 12 digits");
    assert_snapshot!(told(&text("arn:aws:acm:…")), @"invalid-value 6:40 `arn:aws:acm:…` is not the ARN of a certificate |  | write what ACM shows: `arn:aws:acm:REGION:ACCOUNT:certificate/ID`, the account with 12 digits");
    assert_snapshot!(told(&text(&ARN.replace("us-east-1", "eu-west-1"))), @"conflict 6:40 the certificate is of `eu-west-1`, and the cluster lies in `us-east-1` | ; 10:10  | take one of `us-east-1`: those of other regions can not be used");
    assert_snapshot!(told(&live("type = \"alb\", certificate = []", EKS)), @"invalid-value 6:40 `certificate` is empty |  | write the ARN of a certificate, or remove the key");
    let acl = |arn: &str| live(&alb(&format!(", web-acl = \"{arn}\"")), EKS);
    let good = acl("arn:aws:wafv2:us-east-1:111122223333:regional/webacl/shop/3ab78708");
    assert_snapshot!(twins(&good, &acl("arn:aws:wafv2:us-east-1:111122223333:global/webacl/shop/3ab78708")), @"invalid-value 6:105 `arn:aws:wafv2:us-east-1:111122223333:global/webacl/shop/3ab78708` is not the ARN of a web ACL |  | write what WAF shows: `arn:aws:wafv2:REGION:ACCOUNT:regional/webacl/NAME/ID`; one of CloudFront is `global` and does not fit");
    assert_snapshot!(told(&good.replace("wafv2:us-east-1", "wafv2:eu-west-1")), @"conflict 6:105 the web ACL is of `eu-west-1`, and the cluster lies in `us-east-1` | ; 10:10  | take one of `us-east-1`: those of other regions can not be used");
}

#[test]
fn a_redirect_leads_somewhere() {
    let text = |more: &str| web(&format!("type = \"alb\", redirect = true{more}"), KOPS);
    assert_snapshot!(twins(&text(&format!(", certificate = \"{ARN}\"")), &text("")), @r#"conflict 5:37 a redirect to HTTPS where no TLS is | requests would end nowhere | add `certificate = "arn:aws:acm:REGION:ACCOUNT:certificate/ID"`, or remove `redirect`"#);
    let issued = |hosts: &str| {
        let text = web("type = \"ingress\", from-namespaces = [\"t\"], issuer = \"le\"", "");
        text.replace("hosts = [\"a.example.com\"]", hosts)
    };
    assert_snapshot!(twins(&issued("hosts = [\"b.example.com\"]"), &issued("hosts = [\"*\"]")), @r#"missing-field 5:64 a certificate without a host | cert-manager asks for one by its names | add `app.hosts = ["www.example.com"]`, or `hosts` in `expose`"#);
}

#[test]
fn times_that_do_not_fit_are_told_with_the_arithmetic() {
    let text = |expose: &str, more: &str| {
        web(&alb(expose), EKS).replace(READY, &format!("{READY}{more}\n"))
    };
    assert_snapshot!(twins(&text("", "keep-alive-seconds = 61"), &text("", "keep-alive-seconds = 60")), @"conflict 7:22 the server drops idle connections after 60 s, and the load balancer keeps them for 60 s | requests on such a connection fail with 502 # nobody wrote this: it is the default `alb-idle-timeout` (the default of AWS, written down because the server has to keep connections longer) | write more than 60 s as `keep-alive-seconds`, or leave it out: it is computed");
    assert_snapshot!(told(&text(", idle-timeout-seconds = 120", "keep-alive-seconds = 90")), @"conflict 7:22 the server drops idle connections after 90 s, and the load balancer keeps them for 120 s | requests on such a connection fail with 502; 5:118  | write more than 120 s as `keep-alive-seconds`, or leave it out: it is computed");
    assert_snapshot!(twins(&text("", "drain-seconds = 15"), &text("", "drain-seconds = 14")), @"conflict 7:17 a stopping pod serves for 14 s more, and the load balancer sends it requests for up to 15 s | each rollout would drop requests; 5:10  | write at least 15 s as `drain-seconds`, or leave it out");
    let delay = ", deregistration-delay-seconds = 51";
    assert_snapshot!(twins(&text(delay, "graceful-timeout-seconds = 31"), &text(delay, "")), @"conflict 5:126 the load balancer waits 51 s for requests of a pod that leaves, and the pod ends after 20 s of drain and 30 s for running requests: 50 s |  # nobody wrote this: it is the default `gunicorn-graceful-timeout` (a request that runs when the pod stops has this long to end) | write at least 31 s as `graceful-timeout-seconds`, or a `deregistration-delay-seconds` of at most 50");
    let ingress = |seconds: u32| {
        let text = web("type = \"ingress\", from-namespaces = [\"t\"]", "");
        text.replace(READY, &format!("{READY}keep-alive-seconds = {seconds}\n"))
    };
    assert_snapshot!(twins(&ingress(61), &ingress(5)), @"conflict 7:22 the server drops idle connections after 5 s, and the controller keeps them for 60 s | requests on such a connection fail with 502 | write more than 60 s as `keep-alive-seconds`, or leave it out: it is computed");
    // Of another server the times are not known.
    stack(&ingress(5).replace(
        READY,
        &format!("{READY}command = [\"daphne\", \"-b\", \"0.0.0.0\", \"shop\"]\n"),
    ));
    assert_snapshot!(told(&text(", idle-timeout-seconds = 5000, deregistration-delay-seconds = 3601", "keep-alive-seconds = 5001")), @"
    invalid-value 5:118 AWS takes no `idle-timeout-seconds` of 5000 |  | write 1 to 4000
    invalid-value 5:155 AWS takes no `deregistration-delay-seconds` of 3601 |  | write 0 to 3600
    conflict 5:155 the load balancer waits 3601 s for requests of a pod that leaves, and the pod ends after 20 s of drain and 30 s for running requests: 50 s |  # nobody wrote this: it is the default `gunicorn-graceful-timeout` (a request that runs when the pod stops has this long to end) | write at least 3581 s as `graceful-timeout-seconds`, or a `deregistration-delay-seconds` of at most 50
    ");
    let check = |check: &str| text(&format!(", health-check = {{ {check} }}"), "");
    assert_snapshot!(twins(&check("timeout-seconds = 14"), &check("timeout-seconds = 15")), @"conflict 5:130 a check that waits 15 s for an answer begins every 15 s | AWS refuses it # nobody wrote this: it is the default `load-balancer-health-check` (a pod that is ready takes requests within half a minute, and one failed check takes no pod out) | `timeout-seconds` is less than `interval-seconds`");
    assert_snapshot!(twins(&check("success-codes = \"200,204-299\""), &check("success-codes = \"2xx\"")), @"invalid-value 5:128 `2xx` are no status codes |  | write codes from 200 to 499: `200`, `200,204` or `200-299`");
    assert_snapshot!(told(&check("healthy-threshold = 1, interval-seconds = 301")), @"
    invalid-value 5:132 AWS takes no `healthy-threshold` of 1 |  | write 2 to 10
    invalid-value 5:154 AWS takes no `interval-seconds` of 301 |  | write 5 to 300
    ");
    let nlb = "type = \"load-balancer\", nlb = { health-check = { unhealthy-threshold = 11 } }";
    assert_snapshot!(told(&web(nlb, EKS)), @"invalid-value 5:83 AWS takes no `unhealthy-threshold` of 11 |  | write 2 to 10");
}

const TWO: &str = "[components.admin]\ntype = \"web\"\nprobes.readiness.path = \"/readyz\"\n";

#[test]
fn two_components_do_not_answer_to_the_same() {
    let two = |first: &str, second: &str| web(first, &format!("{TWO}expose = {{ {second} }}\n"));
    let ingress = "type = \"ingress\", from-namespaces = [\"t\"]";
    let good = two(ingress, &format!("{ingress}, paths = [\"/admin\"]"));
    assert_snapshot!(twins(&good, &two(ingress, ingress)), @"conflict 5:10 `admin` and `web` both answer to `/` of `a.example.com` | ; 10:10 the first one | give one of them `paths` or `hosts` of its own in `expose`: the longer path wins");
    stack(&two(ingress, &format!("{ingress}, hosts = [\"b.example.com\"]")));
    stack(&two(ingress, &format!("{ingress}, class = \"other\"")));
    let same = |paths: &str| {
        two(&format!("{ingress}, paths = [\"/a/\"]"), &format!("{ingress}, paths = {paths}"))
    };
    assert_snapshot!(twins(&same("[\"/ab\"]"), &same("[\"/b\", \"/a\"]")), @"conflict 5:64 `admin` and `web` both answer to `/a` of `a.example.com` | ; 10:70 the first one | give one of them `paths` or `hosts` of its own in `expose`: the longer path wins");
    assert_snapshot!(told(&web(&format!("{ingress}, paths = [\"/a\", \"/a/\"]"), "")), @"conflict 5:70 `web` has `/a` of `a.example.com` twice | ; 5:64 the first one | give one of them `paths` or `hosts` of its own in `expose`: the longer path wins");
    let gateway = "type = \"gateway\", parent = \"public\", from-namespaces = [\"t\"]";
    assert_snapshot!(told(&two(gateway, &gateway.replace("public", "shop/public"))), @"conflict 5:10 `admin` and `web` both answer to `/` of `a.example.com` | ; 10:10 the first one | give one of them `paths` or `hosts` of its own in `expose`: the longer path wins");
    // A host may be called by its name and by a wildcard: the name wins.
    let wide = format!("{ingress}, hosts = [\".example.com\"]");
    stack(&two(ingress, &wide));
}

#[test]
fn one_name_leads_to_one_load_balancer() {
    let two = |first: &str, second: &str| {
        web(&alb(first), &format!("{TWO}expose = {{ {} }}\n{KOPS}", alb(second)))
    };
    let paths = ", paths = [\"/admin\"]";
    let good = two(", group = \"shop\"", &format!("{paths}, group = \"shop\""));
    assert_snapshot!(twins(&good, &two("", paths)), @r#"conflict 5:10 `admin` and `web` have `a.example.com` at two load balancers | the name can lead to one of them only; 10:10 the first one | write `group = "shop"` in both, and they share one; or give one of them other `hosts`"#);
    stack(&two("", ", hosts = [\"b.example.com\"]"));
    let internal = format!("{paths}, group = \"shop\", scheme = \"internal\"");
    assert_snapshot!(told(&two(", group = \"shop\"", &internal)), @"conflict 5:10 `admin` and `web` share a load balancer and differ in `scheme` | ; 10:10 the first one | write the same `scheme` in both, or another `group`");
    let crossed = |path: &str| {
        two(
            &format!(", group = \"shop\", paths = [\"/a\", \"{path}\"]"),
            ", group = \"shop\", paths = [\"/a/x\", \"/b\"]",
        )
    };
    assert_snapshot!(twins(&crossed("/c"), &crossed("/b/y")), @"conflict 7:13 `admin` and `web` share a load balancer, and each has a path below one of the other | all rules of one component come before those of the next; 3:13  | move one of the paths to a component of its own, or give one of them other `hosts`");
    let ordered = |first: &str, second: &str| {
        two(&format!(", group = \"shop\"{first}"), &format!("{paths}, group = \"shop\"{second}"))
    };
    let good = ordered(", group-order = 2", ", group-order = 1");
    assert_snapshot!(twins(&good, &ordered(", group-order = 2", ", group-order = 2")), @"conflict 5:125 two components have the `group-order` 2 | the controller refuses it; 10:145 the first one | write different ones, or leave them out: they follow from the paths");
    assert_snapshot!(told(&ordered(", group-order = 2", "")), @"missing-field 10:10 `admin` has no `group-order`, and others of its group have | ; 5:125  | write it for all of the group, or for none");
    assert_snapshot!(told(&ordered(", group-order = 1001", ", group-order = 0")), @"
    invalid-value 5:125 AWS takes no `group-order` of 1001 |  | write 1 to 1000
    invalid-value 10:145 AWS takes no `group-order` of 0 |  | write 1 to 1000
    ");
}

#[test]
fn the_longer_path_comes_first_in_a_group() {
    let group = |name: &str, paths: &str| {
        format!(
            "[components.{name}]\ntype = \"web\"\nprobes.readiness.path = \"/readyz\"\nexpose = {{ {} }}\n",
            alb(&format!(", group = \"g\", paths = {paths}"))
        )
    };
    let text = format!(
        "{SHOP}{}{}{}{}{KOPS}",
        group("a", "[\"/\"]"),
        group("b", "[\"/x\"]"),
        group("c", "[\"/x/y\", \"/z\"]"),
        group("d", "[\"/xy\"]"),
    );
    let stack = stack(&text);
    let order = exposure::group_order(&stack, "g").expect("an order");
    let order: Vec<&str> = order.into_iter().map(|name| &**name).collect();
    assert_eq!(order, ["c", "b", "d", "a"]);
}

#[test]
fn hosts_become_names_that_routes_go_by() {
    let of = |hosts: &str| {
        let text = web("type = \"ingress\", from-namespaces = [\"t\"]", "");
        let stack = stack(&text.replace("[\"a.example.com\"]", hosts));
        let part = stack.part("web").expect("web");
        let routes = part.expose().and_then(|expose| expose.routes()).expect("routes");
        let hosts = exposure::hosts(&stack, routes);
        hosts.into_iter().map(|host| host.value).collect::<Vec<_>>()
    };
    assert_eq!(
        of("[\"A.example.com\", \".b.example\", \"10.1.2.3\", \"[::1]\"]"),
        ["a.example.com", "b.example", "*.b.example"]
    );
    assert_eq!(
        of("[\"a.example.com\", \".example.com\", \"example.com\"]"),
        ["a.example.com", "example.com", "*.example.com"]
    );
    assert_eq!(of("[\"a.example.com\", \"*\"]"), [""; 0]);
    let explicit = |hosts: &str| {
        web(&format!("type = \"ingress\", from-namespaces = [\"t\"], hosts = {hosts}"), "")
    };
    assert_snapshot!(twins(&explicit("[\"b.example.com\"]"), &explicit("[\"10.1.2.3\"]")), @"invalid-value 5:64 `10.1.2.3` is an address | routes go by names | write a name, or leave `hosts` out for those of `app.hosts`");
    let any = explicit("[\"*\"]").replace("name =", "profile = \"production\"\nname =");
    assert_snapshot!(told(&any), @r#"
    plain-http 6:10 `web` is reached by plain HTTP in a production stage | passwords and sessions can be read on the way | add `issuer = "…"`, an issuer of cert-manager, or `secret = "…"`; if TLS ends before it, say so: `components.web.allow.plain-http = "…"`
    unsafe-setting 6:64 a production stage answers to any host | lets a forged Host header into links and caches | name the hosts
    "#);
    let path = |path: &str| {
        web(&format!("type = \"ingress\", from-namespaces = [\"t\"], paths = [\"{path}\"]"), "")
    };
    assert_snapshot!(twins(&path("/a-b/c.d/"), &path("/a/*")), @"invalid-value 5:64 `/a/*` is not the beginning of a path |  | write `/` or `/part`, without wildcards: what lies below it is routed too");
    assert_snapshot!(told(&path("a")), @"invalid-value 5:64 `a` is not the beginning of a path |  | write `/` or `/part`, without wildcards: what lies below it is routed too");
}

#[test]
fn a_gateway_is_named_or_made() {
    let text =
        |more: &str| web(&format!("type = \"gateway\", from-namespaces = [\"t\"]{more}"), "");
    assert_snapshot!(twins(&text(", parent = \"a\""), &text("")), @r#"missing-field 5:10 nothing says which Gateway |  | add `parent = "namespace/name"`, one of `cluster.provides`, or `class = "…"` for one of its own"#);
    assert_snapshot!(twins(&text(", class = \"a\""), &text(", class = \"a\", parent = \"b/c\"")), @"conflict 5:63 `parent` and `class` exclude each other | makes a Gateway; 5:77 is one | remove one of them");
    assert_snapshot!(told(&text(", parent = \"a/b/c\"")), @"invalid-value 5:64 `a/b/c` does not name a Gateway |  | write its name, or `namespace/name`");
    assert_snapshot!(told(&text(", class = \"a\", issuer = \"Cluster/x\"")), @"invalid-value 5:77 `Cluster/x` does not name an issuer |  | write the name of a ClusterIssuer, or `Issuer/name` for one of the namespace");
}

#[test]
fn annotations_do_not_say_what_options_say() {
    let key = |key: &str| format!(", annotations = {{ \"{key}\" = \"x\" }}");
    let of_alb = |name: &str| live(&alb(&key(name)), EKS);
    let good = of_alb("alb.ingress.kubernetes.io/tags");
    assert_snapshot!(twins(&good, &of_alb("alb.ingress.kubernetes.io/target-type")), @"conflict 6:111 the annotation `alb.ingress.kubernetes.io/target-type` is written by `target-type` |  | write `target-type` in its place");
    let attribute = |name: &str, value: &str| {
        live(&alb(&format!(", load-balancer-attributes = {{ \"{name}\" = \"{value}\" }}")), EKS)
    };
    let good = attribute("access_logs.s3.enabled", "true");
    assert_snapshot!(twins(&good, &attribute("idle_timeout.timeout_seconds", "61")), @"conflict 6:124 the attribute `idle_timeout.timeout_seconds` is written by `idle-timeout-seconds` |  | write `idle-timeout-seconds` in its place");
    assert_snapshot!(told(&attribute("access_logs.s3.enabled", "true,x=1")), @r#"invalid-value 6:151 `true,x=1` can not be in a list of attributes |  | write one attribute a key, for example `"access_logs.s3.enabled" = "true"`"#);
    let nlb = |more: &str| {
        live(&format!("type = \"load-balancer\", nlb = {{ certificate = \"{ARN}\" }}{more}"), EKS)
    };
    assert_snapshot!(twins(&nlb(&key("service.beta.kubernetes.io/aws-load-balancer-name")), &nlb(&key("service.beta.kubernetes.io/aws-load-balancer-proxy-protocol"))), @"conflict 6:131 the server does not speak proxy protocol | each request would begin with bytes that it refuses | leave it out; `alb`, `ingress` and `gateway` name the caller in a header");
    assert_snapshot!(told(&nlb(", class = \"example.com/own\"")), @"conflict 6:123 `class` and `nlb` exclude each other | ; 6:42 has the class `service.k8s.aws/nlb` | remove one of them");
    let ingress = |more: &str| {
        live(&format!("type = \"ingress\", from-namespaces = [\"t\"], issuer = \"le\"{more}"), "")
    };
    assert_snapshot!(told(&ingress(&key("cert-manager.io/cluster-issuer"))), @"conflict 6:86 the annotation `cert-manager.io/cluster-issuer` is written by `issuer` |  | write `issuer` in its place");
}

/// The variables about hosts and TLS that the preset binds.
fn bound(text: &str) -> String {
    let stack = stack_of(text, "local");
    let names = [
        "POD_IP",
        "ALLOWED_HOSTS",
        "CSRF_TRUSTED_ORIGINS",
        "SECURE_PROXY_SSL_HEADER",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "SECURE_HSTS_SECONDS",
        "SECURE_SSL_REDIRECT",
        "SECURE_REDIRECT_EXEMPT",
    ];
    let lines = names
        .iter()
        .filter_map(|name| Some(format!("{name}={}\n", variable(&stack, "web", name)?)));
    lines.collect()
}

#[test]
fn django_is_told_where_tls_ends() {
    let ingress = "type = \"ingress\", from-namespaces = [\"t\"], issuer = \"le\"";
    assert_snapshot!(bound(&live(&alb(""), EKS)), @"
    POD_IP=field status.podIP
    ALLOWED_HOSTS=a.example.com,$(POD_IP)
    CSRF_TRUSTED_ORIGINS=https://a.example.com
    SECURE_PROXY_SSL_HEADER=HTTP_X_FORWARDED_PROTO,https
    SESSION_COOKIE_SECURE=true
    CSRF_COOKIE_SECURE=true
    SECURE_HSTS_SECONDS=3600
    SECURE_REDIRECT_EXEMPT=^readyz$
    ");
    assert_snapshot!(bound(&live(&alb(", hosts = [\".b.example\"], hsts-seconds = 0"), KOPS)), @"
    ALLOWED_HOSTS=a.example.com,.b.example
    CSRF_TRUSTED_ORIGINS=https://b.example,https://*.b.example
    SECURE_PROXY_SSL_HEADER=HTTP_X_FORWARDED_PROTO,https
    SESSION_COOKIE_SECURE=true
    CSRF_COOKIE_SECURE=true
    SECURE_REDIRECT_EXEMPT=^readyz$
    ");
    assert_snapshot!(bound(&live(ingress, "")), @"
    ALLOWED_HOSTS=a.example.com
    CSRF_TRUSTED_ORIGINS=https://a.example.com
    SECURE_PROXY_SSL_HEADER=HTTP_X_FORWARDED_PROTO,https
    SESSION_COOKIE_SECURE=true
    CSRF_COOKIE_SECURE=true
    SECURE_HSTS_SECONDS=3600
    SECURE_SSL_REDIRECT=true
    SECURE_REDIRECT_EXEMPT=^readyz$
    ");
    // A redirect of Django's would meet those who call it inside the cluster.
    let called =
        "[components.other]\ntype = \"process\"\ncommand = [\"a\"]\nenv.WEB = \"${web.url}\"\n";
    assert_snapshot!(bound(&live(ingress, called)), @"
    ALLOWED_HOSTS=a.example.com,web
    CSRF_TRUSTED_ORIGINS=https://a.example.com
    SECURE_PROXY_SSL_HEADER=HTTP_X_FORWARDED_PROTO,https
    SESSION_COOKIE_SECURE=true
    CSRF_COOKIE_SECURE=true
    SECURE_HSTS_SECONDS=3600
    SECURE_REDIRECT_EXEMPT=^readyz$
    ");
    assert_snapshot!(bound(&live(&format!("{ingress}, redirect = false"), "")), @"
    ALLOWED_HOSTS=a.example.com
    CSRF_TRUSTED_ORIGINS=https://a.example.com
    SECURE_PROXY_SSL_HEADER=HTTP_X_FORWARDED_PROTO,https
    SESSION_COOKIE_SECURE=true
    CSRF_COOKIE_SECURE=true
    SECURE_HSTS_SECONDS=3600
    SECURE_REDIRECT_EXEMPT=^readyz$
    ");
    // It knows no headers: any caller could say that a request came over TLS.
    assert_snapshot!(bound(&live(&format!("type = \"load-balancer\", nlb = {{ certificate = \"{ARN}\" }}"), EKS)), @"
    POD_IP=field status.podIP
    ALLOWED_HOSTS=a.example.com,$(POD_IP)
    CSRF_TRUSTED_ORIGINS=https://a.example.com
    SESSION_COOKIE_SECURE=true
    CSRF_COOKIE_SECURE=true
    ");
    assert_snapshot!(bound(&web("type = \"ingress\", from-namespaces = [\"t\"]", "")), @"ALLOWED_HOSTS=a.example.com,localhost,127.0.0.1");
    // What is set by hand stays.
    assert_snapshot!(bound(&live(ingress, "env.SECURE_HSTS_SECONDS = \"31536000\"\n")), @"
    ALLOWED_HOSTS=a.example.com
    CSRF_TRUSTED_ORIGINS=https://a.example.com
    SECURE_PROXY_SSL_HEADER=HTTP_X_FORWARDED_PROTO,https
    SESSION_COOKIE_SECURE=true
    CSRF_COOKIE_SECURE=true
    SECURE_HSTS_SECONDS=31536000
    SECURE_SSL_REDIRECT=true
    SECURE_REDIRECT_EXEMPT=^readyz$
    ");
}

#[test]
fn flower_and_processes_are_exposed_alike() {
    let flower = |more: &str| {
        format!(
            "{SHOP}[components.flower]\ntype = \"flower\"\n{more}expose = {{ type = \"ingress\", from-namespaces = [\"t\"], hosts = [\"f.example.com\"] }}\n[components.broker]\ntype = \"redis\"\n[components.w]\ntype = \"worker\"\n[secrets.flower]\nkeys = [\"basic-auth\"]\n"
        )
    };
    assert_snapshot!(twins(&flower("auth = \"flower\"\n"), &flower("")), @r#"public-without-auth 5:10 Flower is public and asks for no password | anyone could see and stop tasks | add `auth = "…"`, a Secret of `[secrets]` with the key `basic-auth`"#);
    let process = format!(
        "{SHOP}[components.live]\ntype = \"process\"\ncommand = [\"live\"]\nport = 9000\nprobes.readiness.path = \"/up\"\nexpose = {{ {} }}\n{EKS}",
        alb(", paths = [\"/live\"]")
    );
    let stack = stack(&process);
    assert!(exposure::asks_pods(stack.part("live").expect("live")));
    assert_eq!(
        variable(&stack, "live", "SECURE_PROXY_SSL_HEADER").as_deref(),
        Some("HTTP_X_FORWARDED_PROTO,https")
    );
}

#[test]
fn hosts_of_its_own_are_hosts() {
    let text =
        |hosts: &str| live(&alb(hosts), KOPS).replace(", hosts = [\"a.example.com\"] }", " }");
    let found = twins(&text(", hosts = [\"b.example.com\"]"), &text(""));
    assert_snapshot!(found, @r#"missing-field 4:13 a production stage has no hosts | would answer 400 to every request | add `app.hosts = ["www.example.com"]`"#);
    let stack = stack(&text(", hosts = [\"b.example.com\"]"));
    assert_eq!(variable(&stack, "web", "ALLOWED_HOSTS").as_deref(), Some("b.example.com"));
}

/// A production stage whose web process stands behind an nginx of the user's own.
fn behind(nginx: &str, web: &str) -> String {
    format!(
        "profile = \"production\"\n{SHOP}[components.web]\ntype = \"web\"\n{READY}{web}[components.nginx]\n{nginx}"
    )
}

const NGINX: &str = "type = \"service\"\n\
    image = \"nginx:1@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"\n\
    port = 8080\n\
    resources.limits.memory = \"64Mi\"\n\
    expose = { type = \"ingress\", from-namespaces = [\"t\"], issuer = \"le\", hosts = [\"a.example.com\", \"b.example.com\"] }\n";

#[test]
fn django_is_told_where_tls_ends_before_the_program_that_passes_requests_on() {
    let text = behind(&format!("{NGINX}env.UPSTREAM = \"${{web.host}}:${{web.port}}\"\n"), "");
    assert_snapshot!(bound(&text), @"
    ALLOWED_HOSTS=a.example.com,b.example.com,web
    CSRF_TRUSTED_ORIGINS=https://a.example.com,https://b.example.com
    SECURE_PROXY_SSL_HEADER=HTTP_X_FORWARDED_PROTO,https
    SESSION_COOKIE_SECURE=true
    CSRF_COOKIE_SECURE=true
    SECURE_HSTS_SECONDS=3600
    SECURE_REDIRECT_EXEMPT=^readyz$
    ");
    assert_eq!(
        variables(&stack(&text), "nginx"),
        "UPSTREAM=web:80\n",
        "nginx reads none of Django's settings"
    );
    // Named in a config that it mounts.
    let config = "mounts.\"/etc/nginx/conf.d/a.conf\" = { config = \"nginx\", key = \"a.conf\" }\n\
        [config.nginx]\n\"a.conf\" = \"server { listen 8080; location / { proxy_pass ${web.url}; } }\"\n";
    assert_eq!(bound(&behind(&format!("{NGINX}{config}"), "")), bound(&text));
    // A process that is public itself is told of its own.
    let own = "expose = { type = \"ingress\", from-namespaces = [\"t\"], issuer = \"le\", hosts = [\"c.example.com\"] }\n";
    let text = behind(&format!("{NGINX}env.UPSTREAM = \"${{web.host}}\"\n"), own);
    assert_snapshot!(bound(&text), @"
    ALLOWED_HOSTS=a.example.com,c.example.com,web
    CSRF_TRUSTED_ORIGINS=https://c.example.com
    SECURE_PROXY_SSL_HEADER=HTTP_X_FORWARDED_PROTO,https
    SESSION_COOKIE_SECURE=true
    CSRF_COOKIE_SECURE=true
    SECURE_HSTS_SECONDS=3600
    SECURE_REDIRECT_EXEMPT=^readyz$
    ");
}

#[test]
fn a_program_that_takes_requests_and_names_no_process_is_noticed() {
    assert_snapshot!(told(&behind(NGINX, "")), @r#"warning unreferenced-service 12:10 `nginx` takes requests from outside and refers to no process of the application | `web` learns neither its public origins nor that TLS ends here | if `nginx` passes requests on to `web`, say so: `components.nginx.env.UPSTREAM = "${web.host}"`"#);
    // A page of its own beside an application that is public, or that another component calls.
    let own = "expose = { type = \"ingress\", from-namespaces = [\"t\"], issuer = \"le\", hosts = [\"c.example.com\"] }\n";
    stack(&behind(NGINX, own));
    let called =
        "[components.other]\ntype = \"process\"\ncommand = [\"a\"]\nenv.WEB = \"${web.url}\"\n";
    stack(&behind(&format!("{NGINX}{called}"), ""));
}

/// What stands before the pods waits as long as the server works on a request.
#[test]
fn answers_are_waited_for() {
    let waits = |expose: &str, more: &str| {
        let stack = stack(&web(expose, more));
        let expose = stack.parts["web"].expose().expect("exposed").clone();
        let keep_alive = stack.parts["web"].facts.keep_alive.expect("a time").value;
        (expose.value.waits().map(|waits| waits.value), keep_alive)
    };
    let long = "timeout-seconds = 180\n";
    let nginx =
        "type = \"ingress\", class = \"nginx\", secret = \"cert\", from-namespaces = [\"nginx\"]";
    let more = |more: &str| {
        format!(
            "{more}[cluster]\nprovides = [\"IngressClass/nginx\"]\n[secrets]\ncert = {{ source = \"existing\", keys = [\"tls.crt\", \"tls.key\"] }}\n"
        )
    };
    assert_eq!(waits(nginx, &more(long)).0, Some(190));
    assert_eq!(waits(nginx, &more("timeout-seconds = 40\n")).0, None);
    assert_eq!(waits(nginx, &more("")).0, None);
    // Of a command of its own no time is known.
    assert_eq!(
        waits(nginx, &more(&format!("{long}command = [\"gunicorn\", \"shop.wsgi\"]\n"))).0,
        None
    );
    assert_eq!(waits(&format!("{nginx}, timeout-seconds = 300"), &more(long)).0, Some(300));
    // An idle connection of a load balancer is one on which it waits.
    assert_eq!(waits(&alb(""), &format!("{long}{EKS}")), (Some(190), 205));
    assert_eq!(waits(&alb(""), EKS), (None, 75));
    let told = |expose: &str, more: &str| told(&web(expose, more));
    assert_snapshot!(told(&format!("{nginx}, timeout-seconds = 90"), &more(long)), @r#"warning short-wait 5:111 ingress-nginx waits 90 s for an answer, and the server may take 180 s | ; 7:19 a longer request ends with 504 | remove it: it then follows from the time of the server; or lower `components.web.timeout-seconds` to 90; if longer requests are to end there, say so: `components.web.allow.short-wait = "…"`"#);
    assert_snapshot!(told(&format!("{nginx}, annotations.\"nginx.ingress.kubernetes.io/proxy-read-timeout\" = \"90\""), &more(long)), @r#"warning short-wait 5:156 ingress-nginx waits 90 s for an answer, and the server may take 180 s | ; 7:19 a longer request ends with 504 | remove it: it then follows from the time of the server; or lower `components.web.timeout-seconds` to 90; if longer requests are to end there, say so: `components.web.allow.short-wait = "…"`"#);
    assert_snapshot!(told(&alb(", idle-timeout-seconds = 90"), &format!("{long}{EKS}")), @r#"warning short-wait 5:118 an Application Load Balancer waits 90 s for an answer, and the server may take 180 s | ; 7:19 a longer request ends with 504 | remove it: it then follows from the time of the server; or lower `components.web.timeout-seconds` to 90; if longer requests are to end there, say so: `components.web.allow.short-wait = "…"`"#);
    // Not longer than the server keeps an idle connection.
    assert_snapshot!(told(&alb(""), &format!("{long}keep-alive-seconds = 90\n{EKS}")), @r#"warning short-wait 7:19 an Application Load Balancer waits 89 s for an answer, and the server may take 180 s | ; 7:19 a longer request ends with 504 | write a `keep-alive-seconds` of more than 190; or lower `components.web.timeout-seconds` to 89; if longer requests are to end there, say so: `components.web.allow.short-wait = "…"`"#);
    // All of a group wait as long.
    assert_snapshot!(told(&alb(", group = \"shop\""), &format!("{long}{EKS}")), @r#"warning short-wait 7:19 an Application Load Balancer waits 60 s for an answer, and the server may take 180 s | a longer request ends with 504 # nobody wrote this: it is the default `alb-idle-timeout` (the default of AWS, written down because the server has to keep connections longer) | write `idle-timeout-seconds = 190` for each of the group; or lower `components.web.timeout-seconds` to 60; if longer requests are to end there, say so: `components.web.allow.short-wait = "…"`"#);
}

#[test]
fn a_health_check_that_django_redirects() {
    let gce = |more: &str| {
        let expose = "type = \"ingress\", class = \"gce\", managed-certificate = true";
        told(&web(expose, &format!("{more}\n[stages.local]\n[cluster]\nprovider = \"gke\"\n")))
    };
    // The preset exempts the path under the name that the settings read by default, and not under another one.
    assert_eq!(gce("env.SECURE_SSL_REDIRECT = \"true\""), "");
    assert_snapshot!(gce("env.DJANGO_SECURE_SSL_REDIRECT = \"True\""), @r#"warning redirected-health-check 7:34 the load balancer asks `/readyz` and takes 200 alone, but with `DJANGO_SECURE_SSL_REDIRECT` Django redirects it | pods are ready, and the load balancer sends them nothing; 5:10  | leave it out, since the load balancer redirects itself: `components.web.env.DJANGO_SECURE_SSL_REDIRECT = false`; if the settings exempt `/readyz`, say so: `components.web.allow.redirected-health-check = "…"`"#);
    assert_snapshot!(gce("env.SECURE_SSL_REDIRECT = 1\nbind.SECURE_REDIRECT_EXEMPT = false"), @r#"warning redirected-health-check 7:27 the load balancer asks `/readyz` and takes 200 alone, but with `SECURE_SSL_REDIRECT` Django redirects it | pods are ready, and the load balancer sends them nothing; 5:10  | leave it out, since the load balancer redirects itself: `components.web.env.SECURE_SSL_REDIRECT = false`; if the settings exempt `/readyz`, say so: `components.web.allow.redirected-health-check = "…"`"#);
    assert_eq!(gce("env.DJANGO_SECURE_SSL_REDIRECT = \"False\""), "");
    assert_eq!(
        gce(
            "env.DJANGO_SECURE_SSL_REDIRECT = \"True\"\nenv.DJANGO_SECURE_REDIRECT_EXEMPT = \"^readyz$\""
        ),
        ""
    );
    assert_eq!(
        gce(
            "env.DJANGO_SECURE_SSL_REDIRECT = \"True\"\nbind.SECURE_REDIRECT_EXEMPT = \"DJANGO_SECURE_REDIRECT_EXEMPT\""
        ),
        ""
    );
    // An Application Load Balancer takes redirects, unless the stack says otherwise.
    let eks = |check: &str| {
        let more = format!("env.APP_SECURE_SSL_REDIRECT = \"on\"\n[stages.local]\n{EKS}");
        told(&web(&alb(&format!(", redirect = false{check}")), &more))
    };
    assert_eq!(eks(""), "");
    assert_eq!(eks(", health-check = { success-codes = \"200,301\" }"), "");
    assert_snapshot!(eks(", health-check = { path = \"/up\", success-codes = \"200-299\" }"), @r#"warning redirected-health-check 7:31 the load balancer asks `/up` and takes `200-299`, but with `APP_SECURE_SSL_REDIRECT` Django redirects it | pods are ready, and the load balancer sends them nothing; 5:10  | exempt the path, and have the settings read it: `components.web.env.APP_SECURE_REDIRECT_EXEMPT = "^up$"`; if the settings exempt `/up`, say so: `components.web.allow.redirected-health-check = "…"`"#);
}
