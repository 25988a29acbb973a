//! Links the program at a fixed address on Linux: a process that lives for two milliseconds spends a tenth of one on
//! relocating itself, and there is no unsafe code here whose faults a random address would make harder to use.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") {
        println!("cargo::rustc-link-arg-bin=seaway=-no-pie");
    }
}
