//! The fuzzer: libFuzzer around the target that `ELEMENTKIT_FUZZ_TARGET` names. Started by `run`.
#![no_main]

use std::sync::LazyLock;

use elementkit_fuzz::{Target, target};

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("ELEMENTKIT_FUZZ_TARGET").unwrap_or_default();
    target(&name).unwrap_or_else(|| panic!("no target is called {name:?}"))
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| TARGET(data));
