//! Every stage of every stack, pinned: a changed snapshot is a changed product.
#![expect(clippy::disallowed_methods, reason = "a test reads the repository that it tests")]

mod common;

use std::collections::BTreeSet;
use std::fs;

use seaway_render::Format;

#[test]
fn every_stage_prints_what_is_pinned() {
    for (stack, source, stage) in common::all() {
        let (bundle, diagnostics) = common::compile(&source, &stage);
        let told = common::told(&source, &diagnostics);
        // What a stack allows, it says so with its reason.
        let is_clean = diagnostics.iter().all(|diagnostic| diagnostic.allowed.is_some());
        assert!(is_clean, "{stack} {stage}:\n{told}");
        let text = bundle
            .expect("no diagnostics, so a bundle")
            .emit(Format::Yaml)
            .expect("it can be printed");
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(common::root().join("snapshots").join(&stack));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(format!("{stage}.yaml"), text));
    }
}

/// A second `kubectl apply` changes nothing: each field is printed in the form in which the API server keeps it.
#[test]
fn no_stage_prints_what_the_api_server_rewrites() {
    for (stack, source, stage) in common::all() {
        let bundle = common::compile(&source, &stage).0.expect("a bundle");
        for object in bundle.objects.iter().filter(|object| !object.is_own) {
            let rewritten = seaway_render::rewritten(object);
            assert!(rewritten.is_empty(), "{stack} {stage}: {} {rewritten:?}", object.id());
        }
    }
}

#[test]
fn no_snapshot_is_left_over() {
    let wanted: BTreeSet<String> = common::all()
        .into_iter()
        .map(|(stack, _, stage)| format!("{stack}/{stage}.yaml.snap"))
        .collect();
    let mut found = BTreeSet::new();
    for stack in fs::read_dir(common::root().join("snapshots")).expect("a folder of snapshots") {
        let stack = stack.expect("an entry").path();
        for file in fs::read_dir(&stack).expect("a folder a stack") {
            let file = file.expect("an entry").path();
            let part = |path: &std::path::Path| {
                path.file_name().expect("a name").to_string_lossy().into_owned()
            };
            found.insert(format!("{}/{}", part(&stack), part(&file)));
        }
    }
    assert_eq!(found, wanted, "snapshots that no stack needs, or stacks without one");
}
