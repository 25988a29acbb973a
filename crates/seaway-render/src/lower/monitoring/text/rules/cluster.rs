//! What Kubernetes tells of the stage: pods, rollouts, Jobs, autoscalers, volumes, backups, certificates.
//!
//! Metrics: <https://github.com/kubernetes/kube-state-metrics/tree/v2.20.0/docs/metrics>,
//! <https://github.com/google/cadvisor/blob/master/docs/storage/prometheus.md>, and of the kubelet
//! <https://kubernetes.io/docs/reference/instrumentation/metrics/>. The label `component` of all of them is made by the
//! relabelling of our own Prometheus; an operator's has none, and the alerts then name the object.

use super::super::monitored::{Backup, Kind, Monitored};
use super::super::template::{literal, quote};
use super::{Draft, Group, Rule, Severity, group};

pub(super) fn groups(monitored: &Monitored) -> Vec<Group> {
    vec![
        group(monitored, "pods", pods(monitored)),
        group(monitored, "workloads", workloads(monitored)),
        group(monitored, "volumes", volumes(monitored)),
        group(monitored, "backups", backups(monitored)),
        group(monitored, "certificates", certificates(monitored)),
    ]
}

fn pods(monitored: &Monitored) -> Vec<Rule> {
    let mut drafts = vec![
        Draft {
            alert: "PodCrashLoops",
            severity: Severity::Warning,
            wait: "10m",
            expr: "max by (namespace, component, pod, container) (
                     max_over_time(kube_pod_container_status_waiting_reason{$ns,reason=\"CrashLoopBackOff\"}[5m])
                     or
                     max_over_time(kube_pod_init_container_status_waiting_reason{$ns,reason=\"CrashLoopBackOff\"}[5m])
                   ) > 0",
            summary: "Container {{ $labels.container }} of {{ $labels.pod }} ends again and again",
            description: "kubectl logs --previous -n {{ $labels.namespace }} {{ $labels.pod }} -c {{ $labels.container }}",
        },
        Draft {
            alert: "PodOutOfMemory",
            severity: Severity::Warning,
            wait: "1m",
            expr: "max by (namespace, component, pod, container) (
                     increase(kube_pod_container_status_restarts_total{$ns}[15m])
                   ) > 0
                   and on (namespace, pod, container)
                   kube_pod_container_status_last_terminated_reason{$ns,reason=\"OOMKilled\"} == 1",
            summary: "Container {{ $labels.container }} of {{ $labels.pod }} was killed for its memory",
            description: "It reached its memory limit: raise the limit, or run fewer children in it.",
        },
        Draft {
            alert: "PodDoesNotStart",
            severity: Severity::Warning,
            wait: "10m",
            expr: "max by (namespace, component, pod, reason) (
                     kube_pod_container_status_waiting_reason{$ns,reason=~\"ErrImagePull|ImagePullBackOff|InvalidImageName|CreateContainerConfigError|CreateContainerError\"}
                     or
                     kube_pod_init_container_status_waiting_reason{$ns,reason=~\"ErrImagePull|ImagePullBackOff|InvalidImageName|CreateContainerConfigError|CreateContainerError\"}
                   ) > 0",
            summary: "{{ $labels.pod }} does not start: {{ $labels.reason }}",
            description: "kubectl describe pod -n {{ $labels.namespace }} {{ $labels.pod }}",
        },
        Draft {
            alert: "PodPending",
            severity: Severity::Warning,
            wait: "15m",
            expr: "max by (namespace, component, pod) (kube_pod_status_phase{$ns,phase=\"Pending\"}) > 0",
            summary: "{{ $labels.pod }} is pending for 15 minutes",
            description: "No node has room for it, its volume can not be attached, or its image can not be pulled.",
        },
    ];
    // Only containers with a CPU limit have these series.
    if monitored.has_containers() {
        drafts.push(Draft {
            alert: "CpuThrottled",
            severity: Severity::Warning,
            wait: "15m",
            expr: "sum by (namespace, component, pod, container) (
                     increase(container_cpu_cfs_throttled_periods_total{$ns,container!=\"\"}[5m])
                   )
                   / sum by (namespace, component, pod, container) (
                     increase(container_cpu_cfs_periods_total{$ns,container!=\"\"}[5m])
                   )
                   > 0.25",
            summary: "Container {{ $labels.container }} of {{ $labels.pod }} is throttled {{ $value | humanizePercentage }} of the time",
            description: "It wants more CPU than its limit: raise the limit, or run more pods.",
        });
    }
    drafts.iter().map(|draft| draft.rule(monitored)).collect()
}

fn workloads(monitored: &Monitored) -> Vec<Rule> {
    let has = |kind: Kind| monitored.workloads.iter().any(|workload| workload.kind == kind);
    // Nobody is woken for a dashboard: that fewer pods are there than should be is told of monitoring too.
    let own = quote(&format!("{}-.+", literal(&monitored.prefix)));
    let mut drafts = Vec::new();
    if has(Kind::Deployment) {
        drafts.push(Draft {
            alert: "DeploymentDown",
            severity: Severity::Critical,
            wait: "3m",
            expr: "max by (namespace, component, deployment) (
                     kube_deployment_status_replicas_available{$ns,deployment!~$own}
                   ) == 0
                   and
                   max by (namespace, component, deployment) (kube_deployment_spec_replicas{$ns}) > 0",
            summary: "No pod of {{ $labels.deployment }} is available",
            description: "kubectl get pods -n {{ $labels.namespace }} -l app.kubernetes.io/instance={{ $labels.deployment }}",
        });
        drafts.push(Draft {
            alert: "DeploymentReplicas",
            severity: Severity::Warning,
            wait: "15m",
            expr: "max by (namespace, component, deployment) (kube_deployment_spec_replicas{$ns})
                   >
                   max by (namespace, component, deployment) (kube_deployment_status_replicas_available{$ns})",
            summary: "{{ $labels.deployment }} has fewer than its {{ $value }} pods",
            description: "Pods are missing or not ready for 15 minutes.",
        });
        // The old pods go on serving, so that nothing else tells.
        drafts.push(Draft {
            alert: "RolloutStuck",
            severity: Severity::Warning,
            wait: "1m",
            expr: "max by (namespace, component, deployment) (
                     kube_deployment_status_condition{$ns,condition=\"Progressing\",status=\"false\"}
                   ) > 0",
            summary: "The rollout of {{ $labels.deployment }} does not go on",
            description: "The new pods did not become ready in time; the old ones still run.",
        });
    }
    if has(Kind::StatefulSet) {
        drafts.push(Draft {
            alert: "StatefulSetDown",
            severity: Severity::Critical,
            wait: "5m",
            expr: "max by (namespace, component, statefulset) (
                     kube_statefulset_status_replicas_ready{$ns,statefulset!~$own}
                   ) == 0
                   and
                   max by (namespace, component, statefulset) (kube_statefulset_replicas{$ns}) > 0",
            summary: "No pod of {{ $labels.statefulset }} is ready",
            description: "kubectl get pods -n {{ $labels.namespace }} -l app.kubernetes.io/instance={{ $labels.statefulset }}",
        });
        drafts.push(Draft {
            alert: "StatefulSetReplicas",
            severity: Severity::Warning,
            wait: "15m",
            expr: "max by (namespace, component, statefulset) (kube_statefulset_replicas{$ns})
                   >
                   max by (namespace, component, statefulset) (kube_statefulset_status_replicas_ready{$ns})",
            summary: "{{ $labels.statefulset }} has fewer than its {{ $value }} pods",
            description: "Pods are missing or not ready for 15 minutes.",
        });
    }
    let failed =
        "max by (namespace, component, job_name) (kube_job_failed{$ns,condition=\"true\"}) > 0";
    // A failed run of a CronJob is kept for its logs; a later one that succeeded says that all is well again.
    let failed_last = format!(
        "{failed}
         unless on (namespace, job_name)
         (
           label_replace(
             max by (namespace, job_name, owner_name) (kube_job_owner{{$ns,owner_kind=\"CronJob\"}}),
             \"cronjob\", \"$1\", \"owner_name\", \"(.+)\"
           )
           * on (namespace, cronjob) group_left ()
           max by (namespace, cronjob) (kube_cronjob_status_last_successful_time{{$ns}})
           > on (namespace, job_name)
           max by (namespace, job_name) (kube_job_created{{$ns}})
         )"
    );
    if has(Kind::Job) || has(Kind::CronJob) {
        drafts.push(Draft {
            alert: "JobFailed",
            severity: Severity::Warning,
            wait: "1m",
            expr: if has(Kind::CronJob) { &failed_last } else { failed },
            summary: "Job {{ $labels.job_name }} failed",
            description: "kubectl logs -n {{ $labels.namespace }} job/{{ $labels.job_name }}",
        });
    }
    if has(Kind::CronJob) {
        drafts.push(Draft {
            alert: "CronJobLate",
            severity: Severity::Warning,
            wait: "15m",
            expr: "time() - max by (namespace, component, cronjob) (kube_cronjob_next_schedule_time{$ns}) > 900
                   and
                   max by (namespace, component, cronjob) (kube_cronjob_spec_suspend{$ns}) == 0",
            summary: "CronJob {{ $labels.cronjob }} did not start in time",
            description: "Its last run may still go on, or it missed its startingDeadlineSeconds.",
        });
    }
    if !monitored.autoscalers.is_empty() {
        // Where the least and the most are the same number it is always there.
        drafts.push(Draft {
            alert: "AutoscalerAtMaximum",
            severity: Severity::Warning,
            wait: "30m",
            expr: "max by (namespace, component, horizontalpodautoscaler) (
                     kube_horizontalpodautoscaler_status_desired_replicas{$ns}
                   )
                   >=
                   max by (namespace, component, horizontalpodautoscaler) (
                     kube_horizontalpodautoscaler_spec_max_replicas{$ns}
                     > kube_horizontalpodautoscaler_spec_min_replicas{$ns}
                   )",
            summary: "{{ $labels.horizontalpodautoscaler }} runs at its maximum of {{ $value }} pods",
            description: "More load than this it can not follow.",
        });
        drafts.push(Draft {
            alert: "AutoscalerBlind",
            severity: Severity::Warning,
            wait: "15m",
            expr: "max by (namespace, component, horizontalpodautoscaler) (
                     kube_horizontalpodautoscaler_status_condition{$ns,condition=\"ScalingActive\",status=\"false\"}
                   ) > 0",
            summary: "{{ $labels.horizontalpodautoscaler }} can not read its metrics",
            description: "It keeps the number of pods as it is: look at metrics-server, or at KEDA.",
        });
    }
    let rule = |draft: &Draft<'_>| {
        let expr = draft.expr.replace("$own", &own);
        Draft { expr: &expr, ..*draft }.rule(monitored)
    };
    drafts.iter().map(rule).collect()
}

fn volumes(monitored: &Monitored) -> Vec<Rule> {
    if monitored.claims.is_empty() || !monitored.has_containers() {
        return Vec::new();
    }
    let drafts = [
        Draft {
            alert: "VolumeFillsUp",
            severity: Severity::Warning,
            wait: "1h",
            expr: "min by (namespace, component, persistentvolumeclaim) (
                     predict_linear(kubelet_volume_stats_available_bytes{$ns}[6h], 4 * 24 * 3600)
                   ) < 0
                   and
                   min by (namespace, component, persistentvolumeclaim) (
                     kubelet_volume_stats_available_bytes{$ns} / kubelet_volume_stats_capacity_bytes{$ns}
                   ) < 0.5",
            summary: "Volume {{ $labels.persistentvolumeclaim }} is full within four days",
            description: "It fills as fast as in the last six hours, and less than half of it is free.",
        },
        Draft {
            alert: "VolumeAlmostFull",
            severity: Severity::Critical,
            wait: "5m",
            expr: "min by (namespace, component, persistentvolumeclaim) (
                     kubelet_volume_stats_available_bytes{$ns} / kubelet_volume_stats_capacity_bytes{$ns}
                   ) < 0.1",
            summary: "Only {{ $value | humanizePercentage }} of volume {{ $labels.persistentvolumeclaim }} is free",
            description: "Make it larger, if its class allows that, or remove what is not needed.",
        },
        Draft {
            alert: "VolumeInodes",
            severity: Severity::Warning,
            wait: "15m",
            expr: "min by (namespace, component, persistentvolumeclaim) (
                     kubelet_volume_stats_inodes_free{$ns} / (kubelet_volume_stats_inodes{$ns} > 0)
                   ) < 0.05",
            summary: "Volume {{ $labels.persistentvolumeclaim }} has few inodes left",
            description: "Only {{ $value | humanizePercentage }} are free: it holds very many small files.",
        },
    ];
    drafts.iter().map(|draft| draft.rule(monitored)).collect()
}

fn backups(monitored: &Monitored) -> Vec<Rule> {
    monitored.backups.iter().map(|backup| missing(monitored, backup)).collect()
}

/// The last success is too long ago, or there was none since the `CronJob` was made.
fn missing(monitored: &Monitored, backup: &Backup) -> Rule {
    let expr = "time() - max by (namespace, component, cronjob) (
                  kube_cronjob_status_last_successful_time{$ns,cronjob=$cron}
                ) > $age
                or
                (
                  time() - max by (namespace, component, cronjob) (kube_cronjob_created{$ns,cronjob=$cron}) > $age
                  unless
                  max by (namespace, component, cronjob) (
                    kube_cronjob_status_last_successful_time{$ns,cronjob=$cron}
                  )
                )"
    .replace("$cron", &quote(&backup.cron))
    .replace("$age", &backup.max_age.to_string());
    let draft = Draft {
        alert: "BackupMissing",
        severity: Severity::Critical,
        wait: "15m",
        expr: &expr,
        summary: "The last backup of {{ $labels.cronjob }} is {{ $value | humanizeDuration }} old",
        description: "kubectl get jobs -n {{ $labels.namespace }} tells which run failed, and its logs why.",
    };
    draft.labelled(monitored, &[("cronjob", &backup.cron)])
}

/// cert-manager: <https://cert-manager.io/docs/devops-tips/prometheus-metrics/>. It renews 30 days before the end, so that
/// two weeks left means that this failed for as long.
fn certificates(monitored: &Monitored) -> Vec<Rule> {
    if monitored.certificates.is_none() {
        return Vec::new();
    }
    let drafts = [
        // Zero is a certificate that was never issued.
        Draft {
            alert: "CertificateExpires",
            severity: Severity::Critical,
            wait: "1h",
            expr: "min by (namespace, name) (certmanager_certificate_expiration_timestamp_seconds{$ns} > 0) - time()
                   < 14 * 24 * 3600",
            summary: "Certificate {{ $labels.name }} ends in {{ $value | humanizeDuration }}",
            description: "It was not renewed: kubectl describe certificate -n {{ $labels.namespace }} {{ $labels.name }}",
        },
        Draft {
            alert: "CertificateNotReady",
            severity: Severity::Warning,
            wait: "1h",
            expr: "max by (namespace, name) (certmanager_certificate_ready_status{$ns,condition!=\"True\"}) > 0",
            summary: "Certificate {{ $labels.name }} is not ready",
            description: "It was not issued, or not renewed: kubectl describe certificate -n {{ $labels.namespace }} {{ $labels.name }}",
        },
    ];
    drafts.iter().map(|draft| draft.rule(monitored)).collect()
}
