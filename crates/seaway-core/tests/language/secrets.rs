//! The secrets contract.

use std::fmt::Write as _;

use insta::assert_snapshot;
use seaway_core::Stack;
use seaway_core::stack::{Piece, Recipe};

use crate::support::{APP, stack, told};

fn contracts(stack: &Stack) -> String {
    let mut lines = String::new();
    for (name, contract) in &stack.secrets {
        let _ = writeln!(lines, "{name} as {} {:?}", contract.name, contract.source);
        for (key, recipe) in &contract.keys {
            let made = match recipe {
                Recipe::Opaque => "…".to_owned(),
                Recipe::Composed(pieces) => pieces
                    .iter()
                    .map(|piece| match piece {
                        Piece::Text(text) => text.clone(),
                        Piece::Key(key) => format!("<{key}>"),
                        Piece::Opaque => "…".to_owned(),
                    })
                    .collect(),
            };
            let _ = writeln!(lines, "  {key}: {made}");
        }
    }
    lines
}

#[test]
fn components_imply_their_secrets_and_declared_ones_are_checked() {
    let text = "secrets.django.keys = [\"secret-key\"]\nsecrets.own = { name = \"shop-db\", keys = [\"password\", \"postgres-password\", \"url\", \"extra\"] }\nsecrets.auth.keys = [\"basic-auth\"]\ncomponents.db = { type = \"postgres\", secret = \"own\", database = \"data\" }\ncomponents.kv = { type = \"redis\", roles = [\"broker\", \"results\"] }\ncomponents.flower = { type = \"flower\", auth = \"auth\" }\ncomponents.mail = { type = \"external\", host = \"mail\", port = 25, cidrs = [\"10.0.0.0/8\"], secret = \"mail\" }\n";
    assert_snapshot!(contracts(&stack(&format!("{APP}{text}"))), @r"
    auth as auth Development
      basic-auth: admin:…
    django as django Development
      secret-key: …
    kv as kv Development
      broker-url: redis://:<password>@kv:6379/0
      password: …
      results-url: redis://:<password>@kv:6379/1
      url: redis://:<password>@kv:6379/0
    mail as mail Existing
      url: …
    own as shop-db Development
      extra: …
      password: …
      postgres-password: …
      url: postgres://data:<password>@db:5432/data
    ");
}

#[test]
fn production_makes_nothing_up() {
    let text = "profile = \"production\"\napp.hosts = [\"a.b\"]\nsecrets.a.keys = [\"k\"]\ncomponents.db.type = \"postgres\"\n";
    let stack = stack(&format!("name = \"shop\"\n{text}"));
    assert_snapshot!(contracts(&stack), @r"
    a as a Existing
      k: …
    db as db Existing
      password: …
      postgres-password: …
      url: postgres://shop:<password>@db:5432/shop
    ");
    let found = told(&format!(
        "name = \"shop\"\n{text}secrets.b = {{ keys = [\"k\"], source = \"development\" }}\n"
    ));
    assert_snapshot!(found, @r#"secret-literal 6:38 throw-away credentials in a production stage | printed as text | write `source = "existing"` and create the Secret before the stack is applied"#);
}

#[test]
fn keys_that_a_component_needs_and_a_contract_lacks() {
    let found = told(&format!(
        "{APP}secrets.db.keys = [\"password\"]\nsecrets.auth.keys = []\ncomponents.db.type = \"postgres\"\ncomponents.flower = {{ type = \"flower\", auth = \"auth\" }}\ncomponents.flower2 = {{ type = \"flower\", auth = \"aut\" }}\n"
    ));
    assert_snapshot!(found, @r"
    unknown-key 4:9 Secret `db` has no key `postgres-password`, which `db` needs | declared here | add `postgres-password` to its keys, which are `password`
    unknown-key 4:9 Secret `db` has no key `url`, which `db` needs | declared here | add `url` to its keys, which are `password`
    unknown-key 7:47 Secret `auth` has no key `basic-auth` | holds `user:password` | add `basic-auth` to its keys
    unknown-secret 8:48 unknown Secret `aut` | no contract declares it | did you mean `auth`?
    ");
}

#[test]
fn two_services_do_not_share_a_secret() {
    let found = told(&format!(
        "{APP}components.db = {{ type = \"postgres\", secret = \"all\" }}\ncomponents.kv = {{ type = \"redis\", secret = \"all\" }}\n"
    ));
    assert_snapshot!(found, @r"conflict 5:12 `db` and `kv` keep their credentials in one Secret `all` | ; 4:12  | give each a `secret` of its own; without the key it is called like the component");
}
