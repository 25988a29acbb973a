//! Why the preset binds what it binds.

use crate::Reason;

pub(crate) static BINDING: Reason = Reason {
    name: "django-binding",
    why: "the framework preset binds the usual names of the backing services",
    source: "https://12factor.net/backing-services",
};
pub(crate) static ALLOWED_HOSTS: Reason = Reason {
    name: "django-allowed-hosts",
    why: "Django answers 400 to a host that it does not know",
    source: "netbox-community/netbox-chart#14",
};
pub(crate) static EDGE: Reason = Reason {
    name: "django-behind-tls",
    why: "what ends TLS is not Django: it has to be told its public origins, which header says HTTPS, and to keep cookies to it",
    source: "wger-project/wger#1206",
};
pub(crate) static SETTINGS_MODULE: Reason = Reason {
    name: "django-settings-module",
    why: "every process reads the settings of the project",
    source: "https://docs.djangoproject.com/en/5.2/topics/settings/#envvar-DJANGO_SETTINGS_MODULE",
};
pub(crate) static HOME: Reason = Reason {
    name: "home-in-scratch",
    why: "the root file system is read-only, and gunicorn keeps its control socket under HOME",
    source: "safe-global/safe-config-service#1521",
};
pub(crate) static UNBUFFERED: Reason = Reason {
    name: "python-unbuffered",
    why: "log lines leave the process when they are written",
    source: "https://docs.python.org/3/using/cmdline.html#envvar-PYTHONUNBUFFERED",
};
pub(crate) static NO_BYTECODE: Reason = Reason {
    name: "python-no-bytecode",
    why: "the root file system is read-only, and code in a writable cache could be replaced. Each start compiles what the image has \
          no `.pyc` of: `manage.py check` of the shop takes 1.0 s of cpu and 55 MiB with all of them, 2.4 s without those of the \
          standard library, which `docker.io/library/python` lacks, and 4.1 s and 72 MiB without any. Run `python -m compileall` \
          in the image",
    source: "https://docs.python.org/3/using/cmdline.html#envvar-PYTHONDONTWRITEBYTECODE",
};

pub(crate) static METRICS: Reason = Reason {
    name: "django-prometheus-ports",
    why: "each server process shows its own numbers, so each needs a port of its own, which nothing routes to",
    source: "https://github.com/django-commons/django-prometheus/blob/master/documentation/exports.md",
};
pub(crate) static TRACES: Reason = Reason {
    name: "otlp-endpoint",
    why: "the variables that every OpenTelemetry SDK reads",
    source: "https://opentelemetry.io/docs/specs/otel/protocol/exporter/",
};
