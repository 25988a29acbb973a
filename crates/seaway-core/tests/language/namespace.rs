//! `namespace` and `prefix`: whose it is, and who else may lie in it.

use insta::assert_snapshot;

use seaway_core::Stack;
use seaway_core::outputs::{self, Output};

use crate::support::{APP, compiled, told, told_of};

const WEB: &str = "components.web.type = \"web\"\n";

/// Name of the namespace, and whether somebody else owns it.
fn namespace(more: &str) -> (String, bool) {
    let (stack, found) = compiled(&format!("{APP}{WEB}{more}"), "local");
    let stack = stack.unwrap_or_else(|| panic!("{found:?}"));
    (stack.namespace.to_string(), stack.namespace_owner.is_some())
}

#[test]
fn it_is_a_name_or_a_table() {
    let foreign = "cluster.provides = [\"Namespace/team\"]\n";
    for (more, name, is_foreign) in [
        ("", "shop", false),
        ("namespace = \"team\"\n", "team", false),
        ("namespace.name = \"team\"\n", "team", false),
        ("namespace = { name = \"team\", create = true }\n", "team", false),
        ("namespace = { name = \"team\", create = false }\n", "team", true),
        (&format!("namespace = \"team\"\n{foreign}"), "team", true),
        (foreign, "shop", false),
        ("cluster.provides = [\"Namespace/shop\"]\n", "shop", true),
        ("namespace = \"team\"\ncluster.provides = [\"Namespace/x/team\"]\n", "team", false),
        ("namespace = \"team\"\ncluster.provides = [\"StorageClass/team\"]\n", "team", false),
    ] {
        assert_eq!(namespace(more), (name.to_owned(), is_foreign), "{more}");
    }
    // A stage can say whose it is by itself.
    let staged = "namespace.name = \"team\"\n[stages.local]\nnamespace.create = false\n";
    assert_eq!(namespace(staged), ("team".to_owned(), true));
}

#[test]
fn what_it_can_not_be() {
    let case = |more: &str| told(&format!("{APP}{WEB}{more}"));
    assert_snapshot!(case("namespace = false"), @r#"wrong-type 5:13 expected a string or a table, found a boolean |  | for a namespace that somebody else creates, write `namespace = { name = "…", create = false }`"#);
    assert_snapshot!(case("namespace = true"), @r#"wrong-type 5:13 expected a string or a table, found a boolean |  | for a namespace that somebody else creates, write `namespace = { name = "…", create = false }`"#);
    assert_snapshot!(case("namespace = 3"), @r#"wrong-type 5:13 expected a string or a table, found an integer |  | write it in quotes: `"3"`"#);
    assert_snapshot!(case("namespace.create = false"), @"missing-field 5:1 `name` is missing |  | add `name = …`");
    assert_snapshot!(case("namespace = { name = \"t\", create = true }\ncluster.provides = [\"Namespace/t\"]"), @"conflict 5:36 the cluster provides the namespace `t` already | ; 6:21 says that it is there | remove one of the two");
}

const DATABASE: &str = "components.db.type = \"postgres\"\ncomponents.web.type = \"web\"\n";

/// The stage with a prefix.
fn prefixed(more: &str) -> Stack {
    let (stack, found) = compiled(&format!("{APP}prefix = \"blue\"\n{DATABASE}{more}"), "local");
    stack.unwrap_or_else(|| panic!("{found:?}"))
}

#[test]
fn outputs_follow_the_prefix() {
    let stack = prefixed("components.pool = { type = \"pgbouncer\", database = \"db\" }\n");
    let host = |name: &str| outputs::of(&stack, stack.part(name).expect("a part"))["host"].clone();
    for (name, object) in [("db", "blue-db"), ("web", "blue-web"), ("pool", "blue-pool")] {
        assert_eq!(host(name), Output::Text(object.to_owned()));
        assert_eq!(&*stack.part(name).expect("a part").object as &str, object);
    }
}

/// What the stack takes over keeps its name; everything else is Seaway's to name.
#[test]
fn names_of_what_exists_stay() {
    let stack = prefixed(
        "[secrets]\nmail.keys = [\"password\"]\nregistry = { keys = [\"a\"], source = \"existing\" }\n\
         named = { keys = [\"a\"], name = \"as-it-is\" }\n\
         [volumes]\nown.storage = \"1Gi\"\ntheirs.claim = \"theirs\"\n",
    );
    let secrets: Vec<&str> = stack.secrets.values().map(|one| &**one.name as &str).collect();
    assert_eq!(secrets, ["blue-db", "blue-mail", "as-it-is", "registry"]);
    let claims: Vec<String> = stack.volumes.keys().map(|name| stack.claim_of(name)).collect();
    assert_eq!(claims, ["blue-own", "theirs"]);
    // Where the whole stage has existing Secrets, those of components are told apart as well.
    let stack = prefixed("secret-source = \"existing\"\nsecrets.mail.keys = [\"password\"]\n");
    let secrets: Vec<&str> = stack.secrets.values().map(|one| &**one.name as &str).collect();
    assert_eq!(secrets, ["blue-db", "blue-mail"]);
}

#[test]
fn names_have_room_for_the_prefix() {
    let case = |prefix: &str, more: &str| told(&format!("{APP}prefix = \"{prefix}\"\n{WEB}{more}"));
    let long = "a".repeat(60);
    assert_snapshot!(case("blue", &format!("components.{long} = {{ type = \"job\", command = [\"a\"] }}")), @"invalid-name 4:10 `blue-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` has more than 63 characters | before the name of each object | write a prefix of at most 2 characters, or a shorter name than `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`");
    let cron = "components.a-name-of-thirty-nine-characters-or-so = { type = \"cron\", schedule = \"@daily\", command = [\"a\"] }";
    assert_snapshot!(case("a-longer-prefix", cron), @"invalid-name 4:10 `a-longer-prefix-a-name-of-thirty-nine-characters-or-so` has more than 52 characters | before the name of each object | write a prefix of at most 13 characters, or a shorter name than `a-name-of-thirty-nine-characters-or-so`");
    assert_snapshot!(case("blue", &format!("volumes.{long}.storage = \"1Gi\"")), @"invalid-name 4:10 `blue-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` has more than 63 characters | before the name of each object | write a prefix of at most 2 characters, or a shorter name than `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`");
    assert_snapshot!(case("Blue", ""), @"invalid-value 4:10 `Blue` is not a name |  | write at most 63 of `a-z`, `0-9` and `-`, starting with a letter and not ending with `-`");
    assert_snapshot!(case("blue", ""), @"");
}

#[test]
fn a_shared_namespace_is_for_stacks_with_prefixes() {
    let case = |more: &str| told(&format!("{APP}{WEB}{more}"));
    let foreign = "namespace = { name = \"team\", create = false }\n";
    assert_snapshot!(case(foreign), @r#"warning shared-namespace 5:39 objects of others in `team` may have the same names as those of `shop` | somebody else owns the namespace # the last apply takes over an object of the same kind and name, with the data of its volume | before the first apply, add `prefix = "shop"`; if nothing else lies there, say so: `allow.shared-namespace = "…"`"#);
    assert_snapshot!(case(&format!("{foreign}prefix = \"shop\"")), @"");
    assert_snapshot!(case(&format!("{foreign}allow.shared-namespace = \"nothing else is in it\"")), @r#"warning shared-namespace 5:39 objects of others in `team` may have the same names as those of `shop` | somebody else owns the namespace # the last apply takes over an object of the same kind and name, with the data of its volume (allowed: nothing else is in it) | before the first apply, add `prefix = "shop"`; if nothing else lies there, say so: `allow.shared-namespace = "…"`"#);
    assert_snapshot!(case(&format!("{foreign}prefix = \"shop\"\nquota = true")), @"warning shared-namespace 7:9 the quota counts all pods of `team`, those of others as well | ; 5:39 somebody else owns it | remove `quota`: who owns the namespace bounds it");
    assert_snapshot!(case("prefix = \"shop\"\nquota = true"), @"warning shared-namespace 6:9 the quota counts all pods of `shop`, those of others as well | ; 5:10 so that others can lie in it | remove `quota`: who owns the namespace bounds it");
    assert_snapshot!(case("quota = true"), @"");
}

/// A label that selectors use was left out without a word.
#[test]
fn labels_of_selectors_are_not_written() {
    const INSTANCE: &str = "labels.\"app.kubernetes.io/instance\" = \"x\"";
    const PART_OF: &str = "labels.\"app.kubernetes.io/part-of\" = \"x\"";
    let case = |more: &str| told(&format!("{APP}{WEB}{more}"));
    assert_snapshot!(case(INSTANCE), @"invalid-value 5:8 the label `app.kubernetes.io/instance` is the name of the component, and stays as it is | selectors use it | remove it, rename the component, or use a label of your own, `example.com/app`");
    assert_snapshot!(case(&format!("app.{INSTANCE}")), @"invalid-value 5:12 the label `app.kubernetes.io/instance` is the name of the component, and stays as it is | selectors use it | remove it, rename the component, or use a label of your own, `example.com/app`");
    assert_snapshot!(case(&format!("components.web.{INSTANCE}")), @"invalid-value 5:23 the label `app.kubernetes.io/instance` is the name of the component, and stays as it is | selectors use it | remove it, rename the component, or use a label of your own, `example.com/app`");
    assert_snapshot!(case(&format!("prefix = \"a\"\n{PART_OF}")), @"invalid-value 6:8 the label `app.kubernetes.io/part-of` is the name of the stack, and stays as it is | selectors use it | remove it, change `name` of the stack, or use a label of your own, `example.com/app`");
    assert_eq!(case(PART_OF), "");
    assert_eq!(case("labels.\"app.kubernetes.io/component\" = \"x\""), "");
}

/// Two stages in one place replace each other, unless one is the other one's next form.
#[test]
fn stages_of_one_cluster() {
    let stages = |more: &str, staging: &str, production: &str| {
        let text = format!(
            "{APP}{WEB}{more}\n[stages.staging]\n{staging}\n[stages.production]\n{production}"
        );
        let both = ["staging", "production"].map(|stage| told_of(&text, stage));
        assert_eq!(both[0], both[1], "said of both alike");
        both[0].clone()
    };
    let cluster = "cluster.name = \"acme\"";
    assert_snapshot!(stages(cluster, "", ""), @r#"warning shared-namespace 6:9 the stages `staging` and `production` lie in one namespace of one cluster, `shop` | an apply of one replaces the other; 8:9  | give one of them a namespace of its own, `stages.staging.namespace = "shop-staging"`; if they are on two clusters, write the `cluster.name` of each"#);
    assert_snapshot!(stages("namespace.name = \"team\"\nprefix = \"a\"", cluster, cluster), @r#"warning shared-namespace 7:9 the stages `staging` and `production` lie in one namespace of one cluster, `team` | an apply of one replaces the other; 9:9  | give one of them a namespace of its own, `stages.staging.namespace = "team-staging"`; if they are on two clusters, write the `cluster.name` of each"#);
    for (more, staging, production) in [
        ("", "", ""),
        (cluster, "", "extends = \"staging\""),
        (cluster, "namespace = \"shop-staging\"", ""),
        (cluster, "prefix = \"a\"", "prefix = \"b\""),
        (cluster, "", "cluster.name = \"other\""),
        ("", cluster, ""),
    ] {
        assert_eq!(stages(more, staging, production), "", "{more} {staging} {production}");
    }
}
