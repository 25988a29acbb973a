//! Types of Services, Ingresses and network policies: `ValidateService` of `pkg/apis/core/validation`, and
//! `pkg/apis/networking/validation` of Kubernetes.

use super::rules::{NONE, Relation, Rule, Type};
use crate::names::is_subdomain;

pub(super) const PROTOCOL: Rule = Rule::Word(&["SCTP", "TCP", "UDP"]);
const POLICY: Rule = Rule::Word(&["Cluster", "Local"]);

/// Bits behind the length are no fault: the API server takes them, and they count for nothing.
fn is_cidr(text: &str) -> bool {
    text.split_once('/').is_some_and(|(address, length)| {
        let longest = match address.parse() {
            Ok(std::net::IpAddr::V4(_)) => 32,
            Ok(std::net::IpAddr::V6(_)) => 128,
            Err(_) => return false,
        };
        let is_plain = length == "0" || !length.starts_with(['0', '+']);
        is_plain && length.parse::<u8>().is_ok_and(|length| length <= longest)
    })
}

fn is_qualified(text: &str) -> bool {
    crate::names::is_qualified(text)
}

const CIDR: Rule = Rule::Form {
    fits: is_cidr,
    what: "a range of addresses",
    help: "write an address and a length, `10.0.0.0/16`; one host is `10.0.0.1/32`",
};

fn is_host(text: &str) -> bool {
    let name = text.strip_prefix("*.").unwrap_or(text);
    is_subdomain(name) && name.parse::<std::net::IpAddr>().is_err()
}

const HOST: Rule = Rule::Form {
    fits: is_host,
    what: "a host of an Ingress",
    help: "write a name in small letters without scheme, port or path, `example.com` or `*.example.com`",
};

fn is_external_name(text: &str) -> bool {
    is_subdomain(text.strip_suffix('.').unwrap_or(text))
}

fn is_absolute(text: &str) -> bool {
    text.starts_with('/')
}

fn is_domain_prefixed(text: &str) -> bool {
    text.split_once('/').is_some_and(|(domain, path)| is_subdomain(domain) && !path.is_empty())
}

pub(super) const TYPES: &[Type] = &[
    Type { name: "Ingress", what: "an Ingress", needs: &["spec"], ..NONE },
    Type {
        name: "ClientIPConfig",
        what: "the session affinity",
        fields: &[("timeoutSeconds", Rule::Within(1, 86400))],
        ..NONE
    },
    Type {
        name: "HTTPIngressPath",
        what: "a path of an Ingress",
        fields: &[
            (
                "path",
                Rule::Form {
                    fits: is_absolute,
                    what: "a path of an Ingress",
                    help: "write a path that starts with `/`",
                },
            ),
            ("pathType", Rule::Word(&["Exact", "ImplementationSpecific", "Prefix"])),
        ],
        needs: &["pathType"],
        relations: &[Relation::While {
            field: "pathType",
            words: &["Exact", "Prefix"],
            needs: &["path"],
            without: &[],
        }],
    },
    Type { name: "HTTPIngressRuleValue", what: "`http`", needs: &["paths"], ..NONE },
    Type {
        name: "IPBlock",
        what: "an `ipBlock`",
        fields: &[("cidr", CIDR), ("except", CIDR)],
        needs: &["cidr"],
        ..NONE
    },
    Type {
        name: "IngressBackend",
        what: "a backend",
        relations: &[Relation::One(&["resource", "service"])],
        ..NONE
    },
    Type {
        name: "IngressClassSpec",
        what: "an IngressClass",
        fields: &[(
            "controller",
            Rule::Form {
                fits: is_domain_prefixed,
                what: "the name of a controller",
                help: "write a domain and a path, `k8s.io/ingress-nginx`",
            },
        )],
        ..NONE
    },
    Type { name: "IngressRule", what: "a rule", fields: &[("host", HOST)], ..NONE },
    Type { name: "IngressServiceBackend", what: "a backend", needs: &["port"], ..NONE },
    Type {
        name: "IngressSpec",
        what: "an Ingress",
        relations: &[Relation::Some(&["defaultBackend", "rules"])],
        ..NONE
    },
    Type { name: "IngressTLS", what: "the TLS of an Ingress", fields: &[("hosts", HOST)], ..NONE },
    Type {
        name: "NetworkPolicyPeer",
        what: "a peer",
        relations: &[
            Relation::Some(&["ipBlock", "namespaceSelector", "podSelector"]),
            Relation::Without("ipBlock", &["namespaceSelector", "podSelector"]),
        ],
        ..NONE
    },
    Type {
        name: "NetworkPolicyPort",
        what: "a port of a policy",
        fields: &[
            ("endPort", Rule::Within(1, 65535)),
            ("port", Rule::Port),
            ("protocol", PROTOCOL),
        ],
        ..NONE
    },
    Type {
        name: "NetworkPolicySpec",
        what: "a NetworkPolicy",
        fields: &[("policyTypes", Rule::Word(&["Egress", "Ingress"]))],
        ..NONE
    },
    Type {
        name: "ServiceBackendPort",
        what: "the port of a backend",
        fields: &[("number", Rule::Within(1, 65535))],
        relations: &[Relation::One(&["name", "number"])],
        ..NONE
    },
    Type {
        name: "ServicePort",
        what: "a port of a Service",
        fields: &[
            // `--service-node-port-range` of the API server, as long as nobody sets it.
            ("nodePort", Rule::NoneOrWithin(30000, 32767)),
            ("port", Rule::Within(1, 65535)),
            ("protocol", PROTOCOL),
            ("targetPort", Rule::Within(0, 65535)),
        ],
        ..NONE
    },
    Type {
        name: "ServiceSpec",
        what: "a Service",
        fields: &[
            (
                "externalName",
                Rule::Form {
                    fits: is_external_name,
                    what: "the name of a host",
                    help: "write a name in small letters without scheme, port or path",
                },
            ),
            ("externalTrafficPolicy", POLICY),
            ("internalTrafficPolicy", POLICY),
            ("ipFamilies", Rule::Word(&["IPv4", "IPv6"])),
            ("ipFamilyPolicy", Rule::Word(&["PreferDualStack", "RequireDualStack", "SingleStack"])),
            (
                "loadBalancerClass",
                Rule::Form {
                    fits: is_qualified,
                    what: "the name of a class",
                    help: "write a name, `tailscale`, or one below a domain, `service.k8s.aws/nlb`",
                },
            ),
            ("loadBalancerSourceRanges", CIDR),
            ("selector", Rule::Labels),
            ("sessionAffinity", Rule::Word(&["ClientIP", "None"])),
            (
                "trafficDistribution",
                Rule::Word(&["PreferClose", "PreferSameNode", "PreferSameZone"]),
            ),
            ("type", Rule::Word(&["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"])),
        ],
        relations: &[
            Relation::While {
                field: "sessionAffinity",
                words: &["", "None"],
                needs: &[],
                without: &["sessionAffinityConfig"],
            },
            // The API server ignores it, which nobody means.
            Relation::While {
                field: "type",
                words: &["", "ClusterIP", "NodePort", "LoadBalancer"],
                needs: &[],
                without: &["externalName"],
            },
            Relation::While {
                field: "type",
                words: &["", "ClusterIP", "NodePort", "ExternalName"],
                needs: &[],
                without: &[
                    "allocateLoadBalancerNodePorts",
                    "healthCheckNodePort",
                    "loadBalancerClass",
                    "loadBalancerSourceRanges",
                ],
            },
            Relation::While {
                field: "type",
                words: &["ExternalName"],
                needs: &["externalName"],
                without: &["clusterIP", "clusterIPs"],
            },
        ],
        ..NONE
    },
];
