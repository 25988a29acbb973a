//! Backing services that nothing refers to.

use insta::assert_snapshot;

use crate::support::{APP, told_unused};

fn told(more: &str) -> String {
    told_unused(&format!("{APP}components.web = {{ type = \"web\" }}\n{more}"))
}

#[test]
fn a_database_that_a_stage_leaves_behind() {
    let managed = "components.db = { type = \"postgres\" }\nsecrets.rds.keys = [\"url\"]\n[stages.local]\nprofile = \"production\"\n\
                   components.rds = { type = \"external\", host = \"rds.example\", port = 5432, secret = \"rds\", cidrs = [\"10.0.0.0/16\"] }\n\
                   app.env.DATABASE_URL = \"${rds.url}\"\napp.env.SECRET_KEY = \"${secrets.rds.url}\"\napp.hosts = [\"a.example\"]\n";
    assert_snapshot!(told(managed), @"unused-component 5:12 nothing refers to the postgres `db` | not used in this stage | leave it out with `components.db = false` in `[stages.local]`, or refer to it: `${db.host}`");
    assert_eq!(told(&format!("{managed}components.db = false\n")), "");
}

#[test]
fn a_service_that_nothing_names() {
    let mail = "components.mail = { type = \"external\", host = \"mail.example\", port = 25, cidrs = [\"10.0.0.0/16\"] }\n";
    assert_snapshot!(told(mail), @"warning unused-component 5:12 nothing refers to the external `mail` | not used in this stage | leave it out with `components.mail = false` in `[stages.local]`, or refer to it: `${mail.host}`");
    for used in [
        "app.env.MAIL = \"${mail.host}\"",
        "app.env.MAIL = \"smtp://mail.example:25\"",
        "config.mail.settings = \"HOST = mail.example\"",
        "[[objects]]\napiVersion = \"v1\"\nkind = \"ConfigMap\"\nmetadata.name = \"m\"\ndata.host = \"mail.example\"",
    ] {
        assert_eq!(told(&format!("{mail}{used}\n")), "", "{used}");
    }
    // Part of a longer name.
    assert_ne!(told(&format!("{mail}app.env.MAIL = \"webmail.example\"\n")), "");
}
