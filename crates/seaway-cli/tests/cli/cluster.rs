//! `seaway cluster`.

use crate::sandbox::{FAULTY, Run, SHOP, Sandbox};

/// A stage that says what its cluster is, and one that does not.
fn stack() -> String {
    format!(
        "{SHOP}[stages.aws]\nextends = \"postgres\"\ncluster = {{ provider = \"kops\", name = \"shop.k8s.test\", region = \"eu-central-1\", zones = [\"eu-central-1a\"] }}\n"
    )
}

#[test]
fn the_cluster_goes_to_standard_output() {
    let sandbox = Sandbox::new(&stack());
    let Run { code, out, err } = sandbox.run(&["cluster", "shop", "--stage", "aws"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let lines: Vec<&str> = out.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(lines[..3], ["---", "apiVersion: kops.k8s.io/v1alpha2", "kind: Cluster"]);
    assert_eq!(out.matches("\nkind: InstanceGroup\n").count(), 2);
    assert!(out.ends_with('\n'));
    assert_eq!(sandbox.run(&["cluster", "shop", "--stage", "aws"]).out, out);
}

#[test]
fn a_stage_without_a_cluster_is_told_so() {
    let sandbox = Sandbox::new(&stack());
    let Run { code, out, err } = sandbox.run(&["cluster", "shop", "--stage", "postgres"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    insta::assert_snapshot!(err, @r#"
    error[missing-field]: the stage does not say who runs its cluster
     --> shop/stack.toml:9:9
      |
    9 | [stages.postgres]
      |         ^^^^^^^^ has no `cluster.provider`
      |
      = help: add `cluster.provider = "kops"`

    error: could not print the cluster of stage `postgres`: 1 error
    for more about an error: seaway explain missing-field
    "#);
    let Run { code, out, err } = Sandbox::new(FAULTY).run(&["cluster", "shop", "-s", "faulty"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    let end = "error: could not print the cluster of stage `faulty`: 2 errors\nfor more about an error: seaway explain unknown-field\n";
    assert!(err.ends_with(end), "{err}");
}

#[test]
fn the_stage_has_to_be_named() {
    let Run { code, out, err } = Sandbox::new(SHOP).run(&["cluster", "shop"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    insta::assert_snapshot!(err, @"
    error[usage]: which stage? `--stage` is missing
     |
     = note: the stages of shop/stack.toml are `local` and `postgres`
     = help: for example `seaway cluster shop --stage local`
    ");
}
