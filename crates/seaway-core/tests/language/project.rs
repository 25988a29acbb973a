//! Where the parts of the Django project are: settings, Celery application, package, interpreter, home folder.

use insta::assert_snapshot;

use crate::support::{stack, told, variable};

const IMAGE: &str = "name = \"acme\"\napp.image = \"ghcr.io/acme/acme:1\"\n";

#[test]
fn each_process_reads_its_own_settings() {
    let stack = stack(&format!(
        "{IMAGE}app.module = \"config\"\napp.settings = \"config.settings.production\"\n\
         components.web.type = \"web\"\n\
         components.admin = {{ type = \"web\", settings = \"config.settings.admin\" }}\n\
         components.other = {{ type = \"web\", module = \"other\" }}\n"
    ));
    let of = |part| variable(&stack, part, "DJANGO_SETTINGS_MODULE");
    assert_eq!(of("web").as_deref(), Some("config.settings.production"));
    assert_eq!(of("admin").as_deref(), Some("config.settings.admin"));
    assert_eq!(of("other").as_deref(), Some("config.settings.production"));
    let project = &stack.part("other").expect("it").project;
    assert_eq!(project.module.as_ref().map(|module| &***module), Some("other"));
}

#[test]
fn settings_are_those_of_the_package_if_nothing_else_says_so() {
    let text = "app.module = \"config\"\ncomponents.web.type = \"web\"\n\
                components.other = { type = \"web\", module = \"other\" }\n";
    let stack = stack(&format!("{IMAGE}{text}"));
    let of = |part| variable(&stack, part, "DJANGO_SETTINGS_MODULE");
    assert_eq!(of("web").as_deref(), Some("config.settings"));
    assert_eq!(of("other").as_deref(), Some("other.settings"));
}

#[test]
fn what_is_needed_of_the_project_is_named_with_a_line_to_write() {
    let settings = "app.settings = \"config.settings.production\"\n";
    assert_snapshot!(told(&format!("{IMAGE}{settings}components.web.type = \"web\"\n")), @"missing-field 4:12 `web` needs the Python package of the project |  | add `app.module = \"config\"`");
    let celery = "app.celery = \"jobs.celery:app\"\n";
    assert_snapshot!(told(&format!("{IMAGE}{celery}components.web.type = \"web\"\n")), @"missing-field 4:12 `web` needs the Python package of the project |  | add `app.module = \"jobs\"`");
    // The settings or the Celery application are enough for a worker.
    stack(&format!("{IMAGE}{celery}components.worker.type = \"worker\"\n"));
    assert_snapshot!(told(&format!("{IMAGE}components.worker.type = \"worker\"\n")), @"missing-field 3:12 `worker` needs the Python package of the project |  | add `app.module = \"acme\"`");
    // Nothing is asked for of who brings a command, and nothing twice of what is at fault.
    stack(&format!(
        "{IMAGE}{settings}components.web = {{ type = \"web\", command = [\"serve\"] }}\n"
    ));
    let fault = told(&format!("{IMAGE}app.module = \"a b\"\ncomponents.web.type = \"web\"\n"));
    assert_eq!(fault.lines().count(), 1, "{fault}");
}

#[test]
fn names_of_python_have_a_form() {
    let names = "app.module = \"my-shop/../x\"\napp.settings = \"$(A)\"\napp.celery = \"config.celery app\"\n\
                 app.python = \"python3 -u\"\n[components.web]\ntype = \"web\"\nmodule = \"shop.settings\"\n\
                 python = \"../python\"\n";
    let found = told(&format!("{IMAGE}{names}"));
    assert_snapshot!(found, @r#"
    invalid-value 3:14 `my-shop/../x` is not a Python package |  | write words of letters, digits and `_`, with dots between
    invalid-value 4:16 `$(A)` is not a Python module |  | write words of letters, digits and `_`, with dots between, for example `shop.settings.production`
    invalid-value 5:14 `config.celery app` is not a Celery application |  | write a module, for example `config.celery_app`, or a module and a name in it, `config.celery:app`
    invalid-value 6:14 `python3 -u` is not a Python interpreter |  | write one program without arguments: a name, `python3`, or an absolute path, `/opt/venv/bin/python`
    invalid-value 9:10 `shop.settings` is a settings module, not the package of the project |  | write `module = "shop"`, and `settings = "shop.settings"` where the settings have another name
    invalid-value 10:10 `../python` is not a Python interpreter |  | write one program without arguments: a name, `python3`, or an absolute path, `/opt/venv/bin/python`
    "#);
    for python in ["python3", "python3.14", "/opt/venv/bin/python", "pypy3"] {
        let text = format!("{IMAGE}app.module = \"a\"\napp.python = \"{python}\"\n");
        stack(&format!("{text}components.web.type = \"web\"\n"));
    }
    for celery in ["config", "config.celery_app", "config.celery:app", "a.b:c.d"] {
        stack(&format!("{IMAGE}app.celery = \"{celery}\"\ncomponents.beat.type = \"beat\"\n"));
    }
}

#[test]
fn the_project_belongs_to_processes_of_the_application() {
    let text =
        "app.module = \"acme\"\ncomponents.db = { type = \"postgres\", python = \"python3\" }\n";
    assert_snapshot!(told(&format!("{IMAGE}{text}")), @"unknown-field 4:38 unknown key `python` | not known here | known are `allow`, `annotations`, `database`, `egress`, `env`, `env-from`, `extensions`, `image`, `image-pull-policy`, `init-containers`, `labels`, `max-connections`, `mounts`, `node-selector`, `object-annotations`, `priority-class`, `probes`, `pull-secrets`, `resources`, `run-as-user`, `runtime-class`, `secret`, `secrets`, `service-account`, `service-annotations`, `settings`, `sidecars`, `spread`, `startup-seconds`, `storage`, `storage-class`, `termination-grace-period-seconds`, `tolerations`, `type`, `username` and `version`");
}

#[test]
fn the_settings_are_said_once() {
    let text = "app.module = \"acme\"\napp.settings = \"acme.prod\"\napp.env.DJANGO_SETTINGS_MODULE = \"acme.dev\"\n\
                components.web.type = \"web\"\ncomponents.worker.type = \"worker\"\n";
    assert_snapshot!(told(&format!("{IMAGE}{text}")), @"conflict 4:16 `settings` and `env.DJANGO_SETTINGS_MODULE` name different modules | ; 5:34 this one wins | remove `env.DJANGO_SETTINGS_MODULE`: it is set to what `settings` says");
    let same = text.replace("acme.dev", "acme.prod");
    stack(&format!("{IMAGE}{same}"));
}

#[test]
fn home_is_a_scratch_folder_unless_the_stack_says_so() {
    let home = |more: &str| {
        let text = format!("{IMAGE}app.module = \"acme\"\ncomponents.web.type = \"web\"\n{more}");
        variable(&stack(&text), "web", "HOME")
    };
    assert_eq!(home("").as_deref(), Some("/tmp"));
    assert_eq!(home("app.env.HOME = \"/home/acme\"\n").as_deref(), Some("/home/acme"));
    // It comes with all the others of the config, which a variable of its own would hide.
    let config = "config.of-all.HOME = \"/home/acme\"\napp.env-from = [{ config = \"of-all\" }]\n";
    assert_eq!(home(config), None);
    assert_eq!(home(&config.replace("\" }]", "\", prefix = \"A_\" }]")).as_deref(), Some("/tmp"));
    let secret = "secrets.all.keys = [\"HOME\"]\napp.env-from = [{ secret = \"all\" }]\n";
    assert_eq!(home(secret), None);
}
