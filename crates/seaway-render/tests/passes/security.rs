//! The `restricted` Pod Security Standard, field by field, in pods that a user wrote.

use insta::assert_snapshot;

use crate::support::{case, good_pod, pod};

fn pod_with(more: &str) -> String {
    pod(&format!("{more}\nspec.containers = [{{ name = \"c\", image = \"i:1\" }}]"))
}

fn container_with(more: &str) -> String {
    pod(&format!("spec.containers = [{{ name = \"c\", image = \"i:1\", {more} }}]"))
}

#[test]
fn what_the_pod_may_not_have() {
    assert_snapshot!(pod_with("spec.hostNetwork = true"), @"unsafe-setting 9:20 Pod Security `restricted` refuses the network of the node |  | remove it");
    assert_snapshot!(pod_with("spec.hostPID = true"), @"unsafe-setting 9:16 Pod Security `restricted` refuses the processes of the node |  | remove it");
    assert_snapshot!(pod_with("spec.hostIPC = true"), @"unsafe-setting 9:16 Pod Security `restricted` refuses the shared memory of the node |  | remove it");
    assert_snapshot!(pod_with("spec.volumes = [{ name = \"v\", hostPath.path = \"/\" }]"), @"unsafe-setting 9:17 Pod Security `restricted` refuses volumes of the node and of storage systems |  | use a claim, a config, a Secret or an `emptyDir`");
    assert_snapshot!(pod_with("spec.volumes = [{ name = \"v\", nfs = { server = \"a\", path = \"/\" } }]"), @"unsafe-setting 9:17 Pod Security `restricted` refuses volumes of the node and of storage systems |  | use a claim, a config, a Secret or an `emptyDir`");
    assert_snapshot!(pod_with("spec.securityContext.runAsUser = 0"), @"unsafe-setting 9:34 Pod Security `restricted` refuses processes of root |  | write another user id; the image must not need root");
    assert_snapshot!(pod_with("spec.securityContext.runAsNonRoot = false"), @"unsafe-setting 9:37 Pod Security `restricted` refuses processes of root |  | remove it");
    assert_snapshot!(pod_with("spec.securityContext.seccompProfile.type = \"Unconfined\""), @"unsafe-setting 9:44 Pod Security `restricted` refuses system calls without a filter |  | write `RuntimeDefault`");
    assert_snapshot!(pod_with("spec.securityContext.appArmorProfile.type = \"Unconfined\""), @"unsafe-setting 9:45 Pod Security `restricted` refuses containers without AppArmor |  | write `RuntimeDefault`");
    assert_snapshot!(pod_with("spec.securityContext.seLinuxOptions = { type = \"spc_t\", role = \"r\" }"), @r"
    unsafe-setting 9:48 Pod Security `restricted` refuses SELinux types that are not for containers |  | write `container_t`, or leave it out
    unsafe-setting 9:64 Pod Security `restricted` refuses SELinux users and roles |  | remove it
    ");
    assert_snapshot!(pod_with("spec.securityContext.windowsOptions.hostProcess = true"), @"unsafe-setting 9:51 Pod Security `restricted` refuses processes of the node |  | remove it");
    assert_snapshot!(pod_with("spec.securityContext.sysctls = [{ name = \"kernel.msgmax\", value = \"1\" }]"), @"unsafe-setting 9:33 Pod Security `restricted` refuses a sysctl that reaches beyond the pod |  | remove it");
    assert_snapshot!(pod_with("metadata.annotations.\"container.apparmor.security.beta.kubernetes.io/c\" = \"unconfined\""), @"unsafe-setting 9:75 Pod Security `restricted` refuses containers without AppArmor |  | write `runtime/default`");
    assert_snapshot!(pod_with("spec.ephemeralContainers = [{ name = \"d\", image = \"i:1\" }]"), @"unsafe-setting 9:28 Pod Security `restricted` refuses ephemeral containers, which can only be added to a pod that runs |  | remove them");
}

#[test]
fn what_a_container_may_not_have() {
    assert_snapshot!(container_with("securityContext.privileged = true"), @"unsafe-setting 9:78 Pod Security `restricted` refuses privileged containers |  | remove it");
    assert_snapshot!(container_with("securityContext.allowPrivilegeEscalation = true"), @"unsafe-setting 9:92 Pod Security `restricted` refuses processes that gain privileges |  | remove it: `false` is filled in");
    assert_snapshot!(container_with("securityContext.capabilities.add = [\"NET_ADMIN\"]"), @"unsafe-setting 9:85 Pod Security `restricted` refuses the capability `NET_ADMIN` |  | remove it");
    assert_snapshot!(container_with("securityContext.capabilities.drop = [\"NET_RAW\"]"), @r#"unsafe-setting 9:85 Pod Security `restricted` refuses containers that keep capabilities |  | write `drop = ["ALL"]`, or leave it out"#);
    assert_snapshot!(container_with("securityContext.runAsUser = 0"), @"unsafe-setting 9:77 Pod Security `restricted` refuses processes of root |  | write another user id; the image must not need root");
    assert_snapshot!(container_with("securityContext.runAsNonRoot = false"), @"unsafe-setting 9:80 Pod Security `restricted` refuses processes of root |  | remove it");
    assert_snapshot!(container_with("securityContext.procMount = \"Unmasked\""), @"unsafe-setting 9:77 Pod Security `restricted` refuses an unmasked `/proc` |  | remove it");
    assert_snapshot!(container_with("ports = [{ containerPort = 80, hostPort = 80 }]"), @"unsafe-setting 9:91 Pod Security `restricted` refuses ports of the node |  | remove it and use a Service");
    assert_snapshot!(pod("spec.initContainers = [{ name = \"b\", image = \"i:1\", securityContext.privileged = true }]\nspec.containers = [{ name = \"c\", image = \"i:1\" }]"), @"unsafe-setting 9:82 Pod Security `restricted` refuses privileged containers |  | remove it");
}

#[test]
fn hosts_of_probes_are_refused_from_1_34_on() {
    let probed = "spec.containers = [{ name = \"c\", image = \"i:1\", livenessProbe.httpGet = { port = 80, host = \"a\" }, lifecycle.preStop.tcpSocket = { port = 1, host = \"b\" } }]";
    good_pod(probed);
    assert_snapshot!(case(&format!("kubernetes = \"1.34\"\n[[objects]]\napiVersion = \"v1\"\nkind = \"Pod\"\nmetadata.name = \"p\"\n{probed}")), @r"
    unsafe-setting 10:93 Pod Security `restricted` refuses probes and hooks that ask another host |  | remove it: the pod itself is asked; a `Host` header goes into `httpHeaders`
    unsafe-setting 10:149 Pod Security `restricted` refuses probes and hooks that ask another host |  | remove it: the pod itself is asked; a `Host` header goes into `httpHeaders`
    ");
}

#[test]
fn what_is_allowed_is_taken() {
    good_pod(
        "spec.securityContext = { runAsUser = 1, seccompProfile = { type = \"Localhost\", localhostProfile = \"a\" }, seLinuxOptions.type = \"container_t\", sysctls = [{ name = \"net.ipv4.tcp_rmem\", value = \"1\" }] }\n\
         spec.volumes = [{ name = \"v\", emptyDir = {} }, { name = \"w\", downwardAPI = {} }, { name = \"x\", csi.driver = \"d\" }]\n\
         spec.hostUsers = false\n\
         spec.containers = [{ name = \"c\", image = \"i:1\", securityContext = { capabilities = { drop = [\"ALL\"], add = [\"NET_BIND_SERVICE\"] }, procMount = \"Default\" }, ports = [{ containerPort = 80, hostPort = 0 }] }]",
    );
}

#[test]
fn a_namespace_that_enforces_less_takes_more() {
    let host = "metadata.namespace = \"node\"\nspec.hostNetwork = true\nspec.containers = [{ name = \"c\", image = \"i:1\" }]\n";
    let namespace = |level: &str| {
        format!(
            "[[objects]]\napiVersion = \"v1\"\nkind = \"Namespace\"\nmetadata = {{ name = \"node\", labels.\"pod-security.kubernetes.io/enforce\" = \"{level}\" }}\n"
        )
    };
    good_pod(&format!("{host}{}", namespace("privileged")));
    assert_snapshot!(pod(&format!("{host}{}", namespace("restricted"))), @"unsafe-setting 10:20 Pod Security `restricted` refuses the network of the node |  | remove it");
}

#[test]
fn a_patch_is_judged_alike() {
    assert_snapshot!(case("[[patches]]\ntarget = { kind = \"Deployment\", name = \"web\" }\nmerge.spec.template.spec.containers = [\n    { name = \"web\", securityContext.privileged = true },\n]\n"), @"unsafe-setting 8:50 Pod Security `restricted` refuses privileged containers |  | remove it");
}
