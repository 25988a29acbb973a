//! Where a value goes.

use super::set;

/// The text with `|` at both ends of what is new in it.
fn after(text: &str, key: &str, value: &str) -> String {
    let path: Vec<&str> = key.split('.').collect();
    let owned: Vec<String> = path.iter().map(|key| (*key).to_owned()).collect();
    match set(text, &owned, value) {
        Ok(edited) => {
            let table: toml_edit::DocumentMut = edited.text.parse().expect("TOML");
            let item = path.iter().fold(table.as_item(), |item, key| &item[*key]);
            let found = item.as_value().expect("a value").clone().decorated("", "").to_string();
            assert_eq!(found, value, "{}", edited.text);
            assert!(edited.text[edited.at..].contains(value));
            edited.text
        }
        Err(fault) => format!("{:?} {} | {}", &text[fault.place], fault.message, fault.help),
    }
}

#[test]
fn a_value_is_changed_where_it_stands() {
    let text = "# a\r\nname = 'shop'   # b\r\n[app]\r\n  image = \"x:1\" # c";
    assert_eq!(after(text, "app.image", "\"x:2\""), text.replace("x:1", "x:2"));
    assert_eq!(after(text, "name", "\"other\""), text.replace("'shop'", "\"other\""));
    let dotted = "app.image = \"x:1\"\nname = \"shop\"\napp.module = \"shop\"\n";
    assert_eq!(after(dotted, "app.image", "\"x:2\""), dotted.replace("x:1", "x:2"));
    let inline = "components = { web = { type = \"web\", replicas = 2 } }\n";
    assert_eq!(after(inline, "components.web.replicas", "3"), inline.replace('2', "3"));
    let list = "app.hosts = [\n  \"a\", # first\n]\nname = \"shop\"\n";
    assert_eq!(after(list, "app.hosts", "[\"b\"]"), "app.hosts = [\"b\"]\nname = \"shop\"\n");
}

#[test]
fn a_new_key_is_added_to_its_relatives() {
    let text = "name = \"shop\"\napp.module = \"shop\" # m\nkubernetes = \"1.34\"\n\n[components.web]\ntype = \"web\"\n\n[components.web.env]\nA = \"1\"\n\n[stages.local]\n";
    insta::assert_snapshot!(after(text, "app.image", "\"x:2\""), @r#"
    name = "shop"
    app.module = "shop" # m
    app.image = "x:2"
    kubernetes = "1.34"

    [components.web]
    type = "web"

    [components.web.env]
    A = "1"

    [stages.local]
    "#);
    insta::assert_snapshot!(after(text, "components.web.replicas", "3"), @r#"
    name = "shop"
    app.module = "shop" # m
    kubernetes = "1.34"

    [components.web]
    type = "web"
    replicas = 3

    [components.web.env]
    A = "1"

    [stages.local]
    "#);
    insta::assert_snapshot!(after(text, "components.web.env.B", "\"2\""), @r#"
    name = "shop"
    app.module = "shop" # m
    kubernetes = "1.34"

    [components.web]
    type = "web"

    [components.web.env]
    A = "1"
    B = "2"

    [stages.local]
    "#);
    insta::assert_snapshot!(after(text, "components.db.type", "\"postgres\""), @r#"
    name = "shop"
    app.module = "shop" # m
    kubernetes = "1.34"
    components.db.type = "postgres"

    [components.web]
    type = "web"

    [components.web.env]
    A = "1"

    [stages.local]
    "#);
    insta::assert_snapshot!(after(text, "stages.local.app.image", "\"x:2\""), @r#"
    name = "shop"
    app.module = "shop" # m
    kubernetes = "1.34"

    [components.web]
    type = "web"

    [components.web.env]
    A = "1"

    [stages.local]
    app.image = "x:2"
    "#);
    insta::assert_snapshot!(after(text, "stages.prod.app.image", "\"x:2\""), @r#"
    name = "shop"
    app.module = "shop" # m
    kubernetes = "1.34"

    [components.web]
    type = "web"

    [components.web.env]
    A = "1"

    [stages.local]

    [stages.prod]
    app.image = "x:2"
    "#);
}

#[test]
fn a_new_key_goes_into_an_inline_table() {
    let text =
        "components.web = { type = \"web\", env.A = \"1\", replicas = 2 }\nstages.local = {}\n";
    insta::assert_snapshot!(after(text, "components.web.env.B", "\"2\""), @r#"
    components.web = { type = "web", env.A = "1", env.B = "2", replicas = 2 }
    stages.local = {}
    "#);
    insta::assert_snapshot!(after(text, "components.web.port", "80"), @r#"
    components.web = { type = "web", env.A = "1", replicas = 2, port = 80 }
    stages.local = {}
    "#);
    insta::assert_snapshot!(after(text, "stages.local.app.image", "\"x:2\""), @r#"
    components.web = { type = "web", env.A = "1", replicas = 2 }
    stages.local = { app.image = "x:2" }
    "#);
    insta::assert_snapshot!(after(text, "stages.prod.app.image", "\"x:2\""), @r#"
    components.web = { type = "web", env.A = "1", replicas = 2 }
    stages.local = {}
    stages.prod.app.image = "x:2"
    "#);
    // A word makes way for a table, as in a stage.
    insta::assert_snapshot!(after("components.web = { expose = \"node-port\" }\n", "components.web.expose.type", "\"ingress\""), @r#"components.web = { expose = { type = "ingress" } }"#);
}

#[test]
fn line_ends_and_the_end_of_the_file_stay() {
    assert_eq!(after("a.b = 1\r\nc = 2\r\n", "a.d", "3"), "a.b = 1\r\na.d = 3\r\nc = 2\r\n");
    assert_eq!(after("a.b = 1", "a.d", "3"), "a.b = 1\na.d = 3");
    assert_eq!(after("[a]\r\n  [a.b]\r\n", "a.b.c", "3"), "[a]\r\n  [a.b]\r\n  c = 3\r\n");
    assert_eq!(after("[stages.a]", "stages.b.c", "3"), "[stages.a]\n\n[stages.b]\nc = 3");
    assert_eq!(after("# c\n\n[a]\nb = 1\n", "c", "3"), "# c\nc = 3\n\n[a]\nb = 1\n");
    assert_eq!(after("", "c", "3"), "c = 3\n");
}

#[test]
fn what_is_in_the_way_is_said() {
    let text = "objects = []\napp.env.A = \"1\"\n[components.web]\ntype = \"web\"\n[[patches]]\nremove = []\n";
    insta::assert_snapshot!(after(text, "components.web", "false"), @r#""[components.web]" `components.web` is written as a table of several lines | set one of its keys: `components.web.KEY=VALUE`"#);
    insta::assert_snapshot!(after(text, "app.env", "{}"), @r#""env" `app.env` is written as a table of several lines | set one of its keys: `app.env.KEY=VALUE`"#);
    insta::assert_snapshot!(after(text, "patches.remove", "3"), @r#""[[patches]]" `patches` is a list, and its items have no keys | set the whole list: `patches=[…]`"#);
    insta::assert_snapshot!(after(text, "objects.kind", "3"), @r#""[]" `objects` is a list, and its items have no keys | set the whole list: `objects=[…]`"#);
}
