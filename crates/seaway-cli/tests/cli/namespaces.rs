//! Stacks and stages that must not be taken for each other.

use crate::sandbox::{Run, Sandbox};

/// A stack with two stages that have nothing to do with each other, and one that goes on from the first.
const ORDERS: &str = r#"name = "orders"
namespace = { name = "team-blue", create = false }
prefix = "orders"
app = { image = "ghcr.io/acme/orders:1.0.0", module = "orders" }
components.db.type = "postgres"
components.web.type = "web"
[stages.dev]
[stages.test]
[stages.next]
extends = "dev"
"#;

fn render(sandbox: &Sandbox, stack: &str, stage: &str) -> Run {
    sandbox.run(&["render", stack, "--stage", stage, "--out", "out"])
}

#[test]
fn a_folder_is_replaced_by_its_own_stage() {
    let sandbox = Sandbox::new(ORDERS);
    sandbox.write("stock/stack.toml", ORDERS.replace("orders", "stock"));
    let Run { code, err, .. } = render(&sandbox, "shop", "dev");
    assert_eq!(code, Some(0), "{err}");
    insta::assert_snapshot!(err, @r#"
    note[namespace-labels]: the labels of Namespace `team-blue` are its owner's; your pods pass the Pod Security level `restricted` (shop/stack.toml:2)
     |
     = help: to see the labels, run `kubectl get namespace team-blue --show-labels`

    warning[no-migrate]: nothing migrates the database `db`
     --> shop/stack.toml:5:12
      |
    5 | components.db.type = "postgres"
      |            ^^ `web` would find no tables
      |
      = help: add `components.migrate = { type = "migrate" }`: processes wait for it; if something else migrates it, say so: `allow.no-migrate = "…"`

    wrote 13 files to out
      `kubectl delete` deletes data with 180-persistentvolumeclaim-orders-db-data.yaml
    "#);
    let before = sandbox.texts("out");
    let Run { code, err, .. } = render(&sandbox, "stock", "dev");
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(err, @r#"
    note[namespace-labels]: the labels of Namespace `team-blue` are its owner's; your pods pass the Pod Security level `restricted` (stock/stack.toml:2)
     |
     = help: to see the labels, run `kubectl get namespace team-blue --show-labels`

    warning[no-migrate]: nothing migrates the database `db`
     --> stock/stack.toml:5:12
      |
    5 | components.db.type = "postgres"
      |            ^^ `web` would find no tables
      |
      = help: add `components.migrate = { type = "migrate" }`: processes wait for it; if something else migrates it, say so: `allow.no-migrate = "…"`

    error[output]: `out` holds the stack `orders`, not `stock`
     |
     = note: nothing was changed: `kubectl apply` or `--prune` of the new files would replace the objects of the old ones
     = help: name another folder, or remove this one first
    "#);
    let Run { code, err, .. } = render(&sandbox, "shop", "test");
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(err, @r#"
    note[namespace-labels]: the labels of Namespace `team-blue` are its owner's; your pods pass the Pod Security level `restricted` (shop/stack.toml:2)
     |
     = help: to see the labels, run `kubectl get namespace team-blue --show-labels`

    warning[no-migrate]: nothing migrates the database `db`
     --> shop/stack.toml:5:12
      |
    5 | components.db.type = "postgres"
      |            ^^ `web` would find no tables
      |
      = help: add `components.migrate = { type = "migrate" }`: processes wait for it; if something else migrates it, say so: `allow.no-migrate = "…"`

    error[output]: `out` holds the stage `dev`, not `test`
     |
     = note: nothing was changed: `kubectl apply` or `--prune` of the new files would replace the objects of the old ones
     = help: name another folder, or remove this one first
    "#);
    assert_eq!(sandbox.texts("out"), before);
    // A stage that goes on from another one takes its place.
    assert_eq!(render(&sandbox, "shop", "next").code, Some(0));
    assert_eq!(render(&sandbox, "shop", "dev").code, Some(0));
}

#[test]
fn output_of_another_stack_is_no_revision() {
    let sandbox = Sandbox::new(ORDERS);
    sandbox.write("stock/stack.toml", ORDERS.replace("orders", "stock"));
    assert_eq!(render(&sandbox, "shop", "dev").code, Some(0));
    // A stream says it as well as a folder with a marker.
    sandbox.write("live.yaml", sandbox.run(&["render", "shop", "--stage", "dev"]).out);
    for live in ["out", "live.yaml"] {
        let check = |stack, stage| sandbox.run(&["check", stack, "-s", stage, "--against", live]);
        assert_eq!(check("shop", "dev").code, Some(0));
        assert_eq!(check("shop", "next").code, Some(0));
        let Run { code, err, .. } = check("stock", "dev");
        assert_eq!(code, Some(1));
        assert!(
            err.contains("error[other-output]: the earlier output is of the stack `orders`"),
            "{err}"
        );
        // What another stack has is not to be deleted.
        assert!(!err.contains("kubectl delete"), "{err}");
        let Run { code, err, .. } = check("shop", "test");
        assert_eq!(code, Some(1));
        assert!(
            err.contains("error[other-output]: the earlier output is of the stage `dev`"),
            "{err}"
        );
        let diff = |stack, stage| sandbox.run(&["diff", live, stack, "--stage", stage]);
        assert_eq!(diff("shop", "dev").code, Some(0));
        let Run { code, err, .. } = diff("stock", "dev");
        assert_eq!(code, Some(1));
        assert!(
            err.contains(&format!(
                "`{live}` is of the stack `orders`, and `stock` of the stack `stock`"
            )),
            "{err}"
        );
        let Run { code, err, .. } = diff("shop", "test");
        assert_eq!(code, Some(1));
        assert!(err.contains("of the stage `dev`, and `shop` of the stage `test`"), "{err}");
    }
}

#[test]
fn questions_name_objects_with_the_prefix_or_without() {
    let sandbox = Sandbox::new(ORDERS);
    let why = |object| {
        let Run { code, out, err } =
            sandbox.run(&["why", object, "spec.replicas", "--stack", "shop", "-s", "dev"]);
        assert_eq!(code, Some(0), "{err}");
        out
    };
    assert_eq!(why("Deployment/orders-web"), why("Deployment/web"));
}

#[test]
fn secrets_of_a_shared_namespace() {
    let existing = format!("secret-source = \"existing\"\n{ORDERS}");
    let sandbox = Sandbox::new(&existing);
    let Run { code, out, err } = sandbox.run(&["secrets", "shop", "--stage", "dev"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("kubectl create secret generic orders-db --namespace=team-blue"), "{out}");
    assert!(!out.contains("kubectl create namespace"), "{out}");
}
