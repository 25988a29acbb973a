//! What the stack says to be in the cluster.

use insta::assert_snapshot;

use crate::support::{APP, stack, told};

#[test]
fn objects_are_named_by_kind_and_name() {
    let provides = |list: &str| told(&format!("{APP}cluster.provides = [{list}]\n"));
    assert_snapshot!(provides("\"StorageClass/gp3\", \"gp3\""), @"invalid-value 4:41 `gp3` does not name an object |  | write `Kind/name`, for example `StorageClass/gp3`, or `Kind/namespace/name`");
    assert_snapshot!(provides("\"storageclass/gp3\""), @"invalid-value 4:21 `storageclass` is not a kind |  | write `Kind/name`, for example `StorageClass/gp3`, or `Kind/namespace/name`");
    assert_snapshot!(provides("\"StorageClass/gp3/\""), @"invalid-value 4:21 `` is not the name of a StorageClass |  | write at most 253 of `a-z`, `0-9`, `-` and `.`, beginning and ending with a letter or digit");
    assert_snapshot!(provides("\"Gateway/Infra/public\", \"Gateway/a/b/c\""), @r"
    invalid-value 4:21 `Infra` is not a namespace |  | write at most 63 of `a-z`, `0-9` and `-`
    invalid-value 4:45 `Gateway/a/b/c` does not name an object |  | write `Kind/name`, for example `StorageClass/gp3`, or `Kind/namespace/name`
    ");
    assert_eq!(provides("\"Gateway/infra/public\", \"ClusterRole/system:auth-delegator\""), "");
    assert_snapshot!(told(&format!("{APP}cluster.provids = []\n")), @"unknown-field 4:9 unknown key `provids` | not known here | did you mean `provides`?");
}

#[test]
fn a_stage_says_it_anew() {
    let stack = stack(&format!(
        "{APP}cluster.provides = [\"StorageClass/a\", \"IngressClass/b\"]\n[stages.local]\ncluster.provides = [\"StorageClass/c\"]\n"
    ));
    let names: Vec<String> = stack.cluster.provides.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["StorageClass/c"]);
}

const KOPS: &str = "cluster.provider = \"kops\"\n";

#[test]
fn zones_lie_in_their_region() {
    let places = |keys: &str| told(&format!("{APP}{keys}"));
    assert_snapshot!(places("cluster = { region = \"eu-central\" }\n"), @r#"invalid-value 4:22 `eu-central` is not an AWS region |  | write for example `region = "eu-central-1"`"#);
    assert_snapshot!(places("cluster = { region = \"eu-central-1a\" }\n"), @r#"invalid-value 4:22 `eu-central-1a` is not an AWS region |  | `eu-central-1a` is a zone of it: write `region = "eu-central-1"`"#);
    assert_snapshot!(places("cluster = { region = \"eu-central-1\", zones = [\"eu-central-1a\", \"eu-west-1b\", \"a\"] }\n"), @r#"
    invalid-value 4:64 the zone `eu-west-1b` does not lie in the region `eu-central-1` | ; 4:22 the region | write a zone of `eu-central-1`, or `region = "eu-west-1"`
    invalid-value 4:78 `a` is not an availability zone |  | write a region and a letter, for example `eu-central-1a`
    "#);
    assert_snapshot!(places("cluster = { zones = [\"eu-central-1a\", \"eu-central-1b\"] }\n"), @r#"missing-field 4:22 zones without a region |  | add `cluster.region = "eu-central-1"`"#);
    assert_snapshot!(places("cluster = { region = \"eu-central-1\", zones = [\"eu-central-1a\", \"eu-central-1a\"] }\n"), @"conflict 4:64 the zone `eu-central-1a` is there twice |  |");
    for good in [
        "cluster = { region = \"eu-central-1\", zones = [\"eu-central-1a\", \"eu-central-1b\"] }\n",
        "cluster = { region = \"us-gov-west-1\", zones = [\"us-gov-west-1c\"] }\n",
        "cluster = { region = \"us-west-2\", zones = [\"us-west-2-lax-1a\"], account = \"012345678901\" }\n",
    ] {
        assert_eq!(places(good), "", "{good}");
    }
}

#[test]
fn accounts_have_twelve_digits() {
    assert_snapshot!(told(&format!("{APP}cluster.account = \"12345\"\n")), @"invalid-value 4:19 `12345` is not the number of an AWS account |  | write twelve digits, leading zeros included");
}

#[test]
fn a_network_is_one_that_a_vpc_can_have() {
    let network = |keys: &str| told(&format!("{APP}{KOPS}{keys}"));
    assert_snapshot!(network("cluster.network = \"2001:db8::/32\"\n"), @r#"invalid-value 5:19 `2001:db8::/32` is not a range of IPv4 | a VPC has one | write for example `network = "172.20.0.0/16"`"#);
    assert_snapshot!(network("cluster.network = \"10.0.0.0/8\"\n"), @"invalid-value 5:19 a VPC can not have a range of `/8` |  | write a range from `/16` to `/28`, for example `172.20.0.0/16`");
    assert_snapshot!(network("cluster.network = \"100.96.0.0/16\"\n"), @"conflict 5:19 `100.96.0.0/16` lies in the range of pods and Services | kops takes 100.64.0.0/10 for them | write a range outside of it, for example `172.20.0.0/16`");
    assert_eq!(network("cluster.network = \"172.20.0.0/16\"\n"), "");
    // Other clusters know their network themselves.
    assert_eq!(told(&format!("{APP}cluster.network = \"10.0.0.0/8\"\n")), "");
    let of_eks = format!("{APP}cluster = {{ provider = \"eks\", network = \"100.64.0.0/16\" }}\n");
    assert_eq!(told(&of_eks), "");
}

#[test]
fn services_of_eks_lie_in_a_range_of_ipv4() {
    let eks = |services: &str| {
        told(&format!("{APP}cluster = {{ provider = \"eks\", services = \"{services}\" }}\n"))
    };
    assert_snapshot!(eks("2001:db8::/32"), @"invalid-value 4:42 `2001:db8::/32` is not a range of Services of EKS |  | write its range of IPv4, from `/12` to `/24`, for example `10.100.0.0/16`");
    assert_snapshot!(eks("10.100.0.0/28"), @"invalid-value 4:42 `10.100.0.0/28` is not a range of Services of EKS |  | write its range of IPv4, from `/12` to `/24`, for example `10.100.0.0/16`");
    assert_snapshot!(told(&format!("{APP}{KOPS}cluster.services = \"10.100.0.0/16\"\n")), @"conflict 5:20 a kops cluster has its own range of Services | read with EKS alone | remove it");
    assert_eq!(eks("10.100.0.0/16"), "");
}

#[test]
fn a_kops_cluster_has_a_dns_name_and_no_pod_identity() {
    let kops = |keys: &str| told(&format!("{APP}{KOPS}{keys}"));
    assert_snapshot!(kops("cluster.name = \"shop\"\n"), @"invalid-value 5:16 `shop` can not be the name of a kops cluster | kops takes full DNS names | write a lower-case DNS name below a zone of yours, for example `shop.k8s.example.com`");
    assert_snapshot!(kops("cluster.name = \"10.0.0.1\"\n"), @"invalid-value 5:16 `10.0.0.1` can not be the name of a kops cluster | kops takes full DNS names | write a lower-case DNS name below a zone of yours, for example `shop.k8s.example.com`");
    assert_snapshot!(kops("cluster.identity = \"pod-identity\"\n"), @r#"conflict 5:20 a kops cluster has no EKS Pod Identity | the agent of it asks EKS for credentials | write `identity = "irsa"`, which is the default with kops"#);
    assert_eq!(kops("cluster.name = \"shop.k8s.example.com\"\ncluster.identity = \"irsa\"\n"), "");
    assert_eq!(told(&format!("{APP}cluster = {{ provider = \"eks\", name = \"shop\" }}\n")), "");
}

#[test]
fn a_storage_class_asks_for_what_gp3_volumes_can_be() {
    let class = |keys: &str| told(&format!("{APP}cluster.storage-classes.fast = {{ {keys} }}\n"));
    assert_snapshot!(class("iops = 100"), @"invalid-value 4:41 a `gp3` volume can not have 100 iops |  | write 3000 to 80000");
    assert_snapshot!(class("throughput = 100"), @"invalid-value 4:47 a `gp3` volume can not have a throughput of 100 MiB/s |  | write 125 to 2000");
    assert_snapshot!(class("throughput = 1000"), @"invalid-value 4:47 a throughput of 1000 MiB/s needs more than 3000 iops | a `gp3` volume has at most one MiB/s for four iops | write `iops = 4000`, or `throughput = 750`");
    assert_snapshot!(class("iops = 6000, throughput = 1501"), @"invalid-value 4:60 a throughput of 1501 MiB/s needs more than 6000 iops | a `gp3` volume has at most one MiB/s for four iops | write `iops = 6004`, or `throughput = 1500`");
    assert_snapshot!(class("kms-key = \"1234abcd\""), @"invalid-value 4:44 `1234abcd` is not the ARN of a KMS key |  | write for example `arn:aws:kms:us-east-1:111122223333:key/1234abcd`");
    assert_snapshot!(class("reclaim = \"retainn\""), @"unknown-value 4:44 unknown value `retainn` |  | did you mean `retain`?");
    let key = "kms-key = \"arn:aws:kms:us-east-1:111122223333:key/1234abcd\"";
    for good in
        ["", "iops = 80000, throughput = 2000", "throughput = 750", "reclaim = \"delete\"", key]
    {
        assert_eq!(class(good), "", "{good}");
    }
}

#[test]
fn a_stage_takes_a_storage_class_back() {
    let base = format!("{APP}cluster.storage-classes = {{ a = {{}}, b = {{ iops = 3000 }} }}\n");
    let stack = stack(&format!("{base}[stages.local]\ncluster.storage-classes.a = false\n"));
    let names: Vec<String> =
        stack.cluster.storage_classes.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["b"]);
    assert_snapshot!(told(&format!("{base}[stages.local]\ncluster.storage-classes.c = false\n")), @"nothing-to-remove 6:25 there is no `cluster.storage-classes.c` to remove |  | known are `a` and `b`");
}

const ROLE: &str = "role = \"arn:aws:iam::111122223333:role/shop-web\"";

#[test]
fn a_role_is_given_by_somebody() {
    let web = |cluster: &str, account: &str| {
        told(&format!(
            "{APP}{cluster}components.web = {{ type = \"web\", service-account = {{ {account} }} }}\n"
        ))
    };
    let eks = "cluster.provider = \"eks\"\n";
    let policies = "policies = [\"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess\"]";
    assert_snapshot!(web("", ROLE), @r#"missing-field 4:61 nobody gives pods rights in AWS in this stage | asks for them | add `cluster.provider = "kops"` or `"eks"`, or write it in the stages on AWS"#);
    assert_snapshot!(web(KOPS, &format!("{ROLE}, {policies}")), @"conflict 5:116 an account with both `role` and `policies` | ; 5:61  | write the policies of a role of your own in AWS, and `role` alone");
    assert_snapshot!(web(eks, policies), @r#"conflict 5:66 only kops makes a role of policies |  | make a role with them in AWS and write `role = "arn:aws:iam::…:role/…"`"#);
    assert_snapshot!(web(KOPS, &format!("{ROLE}, annotations.\"eks.amazonaws.com/role-arn\" = \"x\"")), @"conflict 5:147 `eks.amazonaws.com/role-arn` is written by hand | ; 5:61 says it, too | remove the annotation: it is written where the cluster reads it");
    assert_snapshot!(web(KOPS, "role = \"shop-web\""), @"invalid-value 5:61 `shop-web` is not the ARN of an AWS role |  | write for example `arn:aws:iam::111122223333:role/shop-web`");
    assert_snapshot!(web(KOPS, "role = \"arn:aws:iam::111122223333:user/shop\""), @"invalid-value 5:61 `arn:aws:iam::111122223333:user/shop` is not the ARN of an AWS role |  | write for example `arn:aws:iam::111122223333:role/shop-web`");
    assert_snapshot!(web(KOPS, "role = \"arn:aws:iam::1111:role/shop\""), @"invalid-value 5:61 `arn:aws:iam::1111:role/shop` is not the ARN of an AWS role |  | write for example `arn:aws:iam::111122223333:role/shop-web`");
    assert_snapshot!(web(KOPS, "policies = [\"arn:aws:iam::111122223333:role/shop\"]"), @"invalid-value 5:66 `arn:aws:iam::111122223333:role/shop` is not the ARN of an AWS policy |  | write for example `arn:aws:iam::111122223333:policy/shop-media`");
    for cluster in [KOPS, eks, "cluster.identity = \"irsa\"\n"] {
        assert_eq!(web(cluster, ROLE), "", "{cluster}");
    }
    assert_eq!(web(KOPS, policies), "");
    assert_eq!(web(KOPS, "role = \"arn:aws-cn:iam::111122223333:role/teams/shop/web\""), "");
}

#[test]
fn a_role_of_the_application_is_told_once() {
    let text = format!(
        "{APP}app.service-account = {{ {ROLE} }}\ncomponents.web.type = \"web\"\ncomponents.worker = {{ type = \"worker\", env.CELERY_BROKER_URL = \"redis://a\" }}\n"
    );
    assert_snapshot!(told(&text), @r#"missing-field 4:32 nobody gives pods rights in AWS in this stage | asks for them | add `cluster.provider = "kops"` or `"eks"`, or write it in the stages on AWS"#);
    // A later layer says the other way.
    let text = format!(
        "{APP}{KOPS}app.service-account = {{ {ROLE} }}\n[stages.local]\napp.service-account.policies = []\n"
    );
    assert_eq!(told(&text), "");
}
