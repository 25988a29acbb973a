//! Requests against limits.

use insta::assert_snapshot;

use crate::support::{case, good_pod, pod};

fn resources(text: &str) -> String {
    pod(&format!("spec.containers = [{{ name = \"c\", image = \"i:1\", resources = {text} }}]"))
}

fn good_resources(text: &str) {
    good_pod(&format!(
        "spec.containers = [{{ name = \"c\", image = \"i:1\", resources = {text} }}]"
    ));
}

#[test]
fn a_request_is_not_larger_than_its_limit() {
    assert_snapshot!(resources("{ requests.memory = \"2Gi\", limits.memory = \"1Gi\" }"), @"request-over-limit 9:81 the container `c` asks for 2Gi of `memory` and may have 1Gi |  | write a limit of 2Gi or more, or a smaller request");
    assert_snapshot!(resources("{ requests.cpu = \"1\", limits.cpu = \"500m\" }"), @"request-over-limit 9:78 the container `c` asks for 1 of `cpu` and may have 500m |  | write a limit of 1 or more, or a smaller request");
    assert_snapshot!(resources("{ requests.ephemeral-storage = \"2G\", limits.ephemeral-storage = \"1Gi\" }"), @"request-over-limit 9:92 the container `c` asks for 2G of `ephemeral-storage` and may have 1Gi |  | write a limit of 2G or more, or a smaller request");
    assert_snapshot!(pod("spec.resources = { requests.cpu = \"2\", limits.cpu = \"1\" }\nspec.containers = [{ name = \"c\", image = \"i:1\" }]"), @r#"
    too-new 9:18 Kubernetes 1.33 drops the field `resources` |  | leave it out; if no cluster of this stage is older than 1.34, write `kubernetes = "1.34"`
    request-over-limit 9:35 the pod of `p` asks for 2 of `cpu` and may have 1 |  | write a limit of 2 or more, or a smaller request
    "#);
    assert_snapshot!(case("[[patches]]\ntarget = { kind = \"Deployment\", name = \"web\" }\nmerge.spec.template.spec.containers = [{ name = \"web\", resources.requests.memory = \"64Gi\" }]"), @"request-over-limit 7:84 the container `web` asks for 64Gi of `memory` and may have 512Mi |  | write a limit of 64Gi or more, or a smaller request");
    assert_snapshot!(case("[[patches]]\ntarget = { kind = \"Deployment\", name = \"web\" }\nmerge.spec.template.spec.containers = [{ name = \"web\", resources.limits.memory = \"1Mi\" }]"), @"
    request-over-limit 7:82 the container `web` asks for 256Mi of `memory` and may have 1Mi |  | write a limit of 256Mi or more, or a smaller request
    memory-over-limit 7:82 `web` may have 1Mi of memory, and its 2 server processes need 256Mi |  | allow at least 256Mi, run fewer of them, or write `process-memory` if one is measured to need less
    ");
    good_resources(
        "{ requests.memory = \"1024Mi\", limits.memory = \"1Gi\", limits.cpu = \"0.5\", requests.cpu = \"500m\" }",
    );
}

#[test]
fn what_is_never_shared_is_asked_for_as_it_is_limited() {
    assert_snapshot!(resources("{ requests.\"nvidia.com/gpu\" = 1 }"), @r#"request-over-limit 9:91 the container `c` asks for 1 of `nvidia.com/gpu` without a limit |  | write `limits."nvidia.com/gpu" = "1"` as well"#);
    assert_snapshot!(resources("{ requests.\"nvidia.com/gpu\" = \"1\" }"), @r#"request-over-limit 9:91 the container `c` asks for 1 of `nvidia.com/gpu` without a limit |  | write `limits."nvidia.com/gpu" = "1"` as well"#);
    assert_snapshot!(resources("{ requests.hugepages-2Mi = \"2Mi\", limits.hugepages-2Mi = \"4Mi\" }"), @"request-over-limit 9:88 the container `c` asks for 2Mi of `hugepages-2Mi` and may have 4Mi |  | write the same amount in both: this resource is never shared");
    good_resources("{ limits.\"nvidia.com/gpu\" = \"1\" }");
    good_resources("{ requests.hugepages-2Mi = \"4Mi\", limits.hugepages-2Mi = \"4Mi\" }");
}
