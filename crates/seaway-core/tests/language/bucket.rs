//! Buckets: what is bound for django-storages, and what is refused.

use insta::assert_snapshot;

use crate::support::{APP, stack_of, told_of, variables};

fn text(more: &str) -> String {
    format!(
        "{APP}app.hosts = [\"shop.example.com\"]\n[stages.live]\nprofile = \"production\"\ncomponents.web.type = \"web\"\n{more}"
    )
}

fn told(more: &str) -> String {
    told_of(&text(more), "live")
}

fn bound(more: &str) -> String {
    let all = variables(&stack_of(&text(more), "live"), "web");
    all.lines().filter(|line| line.starts_with("AWS") || line.starts_with("FILES")).fold(
        String::new(),
        |mut lines, line| {
            lines.push_str(line);
            lines.push('\n');
            lines
        },
    )
}

fn bucket(more: &str) -> String {
    format!("components.media = {{ type = \"s3\", bucket = \"shop-media\"{more} }}")
}

#[test]
fn a_bucket_is_bound_by_the_names_of_django_storages() {
    let cluster = "cluster.region = \"eu-central-1\"\n";
    assert_snapshot!(bound(&format!("{cluster}{}", bucket(""))), @"
    AWS_S3_REGION_NAME=eu-central-1
    AWS_STORAGE_BUCKET_NAME=shop-media
    ");
    assert_snapshot!(bound(&bucket(
        ", region = \"us-east-1\", roles = [\"media\", \"static\"], prefix = \"shop/live\", custom-domain = \"files.example.com\""
    )), @"
    AWS_LOCATION=shop/live/media
    AWS_S3_CUSTOM_DOMAIN=files.example.com
    AWS_S3_REGION_NAME=us-east-1
    AWS_STATIC_BUCKET_NAME=shop-media
    AWS_STATIC_CUSTOM_DOMAIN=files.example.com
    AWS_STATIC_LOCATION=shop/live/static
    AWS_STATIC_REGION_NAME=us-east-1
    AWS_STORAGE_BUCKET_NAME=shop-media
    ");
    assert_snapshot!(bound(&bucket(
        ", region = \"garage\", endpoint = \"https://s3.example.com:3900\", secret = \"keys\""
    )), @"
    AWS_ACCESS_KEY_ID=secret keys/access-key-id
    AWS_S3_ENDPOINT_URL=https://s3.example.com:3900
    AWS_S3_REGION_NAME=garage
    AWS_SECRET_ACCESS_KEY=secret keys/secret-access-key
    AWS_STORAGE_BUCKET_NAME=shop-media
    ");
    assert_eq!(
        told(&format!("app.env.B = \"${{media.bucket}}\"\n{cluster}{}", bucket(", roles = []"))),
        ""
    );
}

#[test]
fn the_url_is_the_one_that_browsers_fetch_from() {
    let url = |more: &str| {
        let more =
            format!("app.env.FILES = \"${{media.url}} ${{media.endpoint}}\"\n{}", bucket(more));
        bound(&more).lines().find(|line| line.starts_with("FILES")).map(str::to_owned)
    };
    let shown = [
        url(", region = \"us-east-1\""),
        url(", region = \"cn-north-1\", prefix = \"a/b\""),
        url(", region = \"us-east-1\", custom-domain = \"files.example.com\""),
        url(", region = \"x\", endpoint = \"https://s3.example.com/\""),
    ];
    assert_snapshot!(shown.map(Option::unwrap_or_default).join("\n"), @"
    FILES=https://shop-media.s3.us-east-1.amazonaws.com https://s3.us-east-1.amazonaws.com
    FILES=https://shop-media.s3.cn-north-1.amazonaws.com.cn/a/b https://s3.cn-north-1.amazonaws.com.cn
    FILES=https://files.example.com https://s3.us-east-1.amazonaws.com
    FILES=https://s3.example.com/shop-media https://s3.example.com
    ");
}

#[test]
fn two_buckets_have_roles_of_their_own() {
    let more = |roles: &str| {
        format!(
            "cluster.region = \"us-east-1\"\n{}\ncomponents.assets = {{ type = \"s3\", bucket = \"shop-assets\", roles = {roles} }}",
            bucket("")
        )
    };
    assert_snapshot!(bound(&more("[\"static\"]")), @"
    AWS_S3_REGION_NAME=us-east-1
    AWS_STATIC_BUCKET_NAME=shop-assets
    AWS_STATIC_REGION_NAME=us-east-1
    AWS_STORAGE_BUCKET_NAME=shop-media
    ");
    assert_snapshot!(told(&more("[\"media\"]")), @r#"
    ambiguous-binding 10:12 `AWS_S3_REGION_NAME` could be bound to `assets` and `media` | ; 9:12  | say which: `app.env.AWS_S3_REGION_NAME = "${assets.region}"`, or give them different `roles`
    ambiguous-binding 10:12 `AWS_STORAGE_BUCKET_NAME` could be bound to `assets` and `media` | ; 9:12  | say which: `app.env.AWS_STORAGE_BUCKET_NAME = "${assets.bucket}"`, or give them different `roles`
    "#);
}

#[test]
fn a_bucket_that_can_not_be_is_refused() {
    assert_snapshot!(told(&bucket("")), @"missing-field 8:12 `media` has no `region` | requests are signed for a region | write the region of the bucket, or `cluster.region`");
    assert_snapshot!(told("components.media = { type = \"s3\", region = \"eu-central-1\", bucket = \"s3://shop\" }"), @"invalid-value 8:69 `s3://shop` is no name of a bucket |  | write 3 to 63 of `a-z`, `0-9`, `-` and `.`, without scheme or path");
    assert_snapshot!(told(&bucket(", region = \"eu-central-1\", prefix = \"/files\"")), @"invalid-value 8:92 `/files` is no folder of a bucket |  | write names with `/` between them alone, for example `shop/files`");
    assert_snapshot!(told(&bucket(", region = \"eu-central-1\", endpoint = \"s3.example.com\"")), @"invalid-value 8:94 `s3.example.com` is no endpoint |  | write `https://host` or `https://host:port`, without a path");
    assert_snapshot!(told(&bucket(", region = \"eu-central-1\", endpoint = \"https://s3.example.com/shop\"")), @"invalid-value 8:94 `https://s3.example.com/shop` is no endpoint |  | write `https://host` or `https://host:port`, without a path");
    assert_snapshot!(told(&bucket(", region = \"eu-central-1\", endpoint = \"http://s3.example.com\"")), @"unsafe-setting 8:94 a store without TLS in a production stage | files cross the network as plain text | write `https://…`");
    assert_snapshot!(told(&bucket(", region = \"eu-central-1\", roles = [\"media\", \"media\"]")), @"conflict 8:101 a role is there twice |  |");
    assert_snapshot!(told(&format!(
        "secrets.keys.keys = [\"access-key-id\"]\n{}",
        bucket(", region = \"eu-central-1\", secret = \"keys\"")
    )), @"unknown-key 8:9 Secret `keys` has no key `secret-access-key`, which `media` needs | declared here | add `secret-access-key` to its keys");
}

#[test]
fn access_keys_are_no_text() {
    let more = "cluster.region = \"eu-central-1\"\napp.env = { AWS_ACCESS_KEY_ID = \"AKIAIOSFODNN7EXAMPLE\", AWS_SECRET_ACCESS_KEY = \"wJalrXUtnFEMI\" }\n";
    assert_snapshot!(told(&format!("{more}{}", bucket(""))), @r#"
    secret-literal 9:33 `AWS_ACCESS_KEY_ID` holds an access key of AWS as text | everyone who reads the stack or its output reads it | declare it, `secrets.app.keys = ["aws-access-key-id", "aws-secret-access-key"]`, and write `"${secrets.app.aws-access-key-id}"`; if it is no secret, say so: `allow.secret-literal.AWS_ACCESS_KEY_ID = "…"`
    secret-literal 9:81 `AWS_SECRET_ACCESS_KEY` looks like a secret and is written as text | everyone who reads the stack or its output reads it | declare it, `secrets.app.keys = ["aws-access-key-id", "aws-secret-access-key"]`, and write `"${secrets.app.aws-secret-access-key}"`; if it is no secret, say so: `allow.secret-literal.AWS_SECRET_ACCESS_KEY = "…"`
    "#);
}
