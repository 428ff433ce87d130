//! `uniffi-bindgen` at the version the library is built with.

fn main() {
    uniffi::uniffi_bindgen_main();
}
