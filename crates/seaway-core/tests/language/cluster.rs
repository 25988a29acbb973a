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
