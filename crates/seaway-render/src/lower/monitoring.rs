//! `monitoring` → what watches the stage.

#[cfg_attr(
    not(test),
    expect(
        dead_code,
        unused_imports,
        reason = "the component that asks for the texts comes with it"
    )
)]
pub(crate) mod text;
