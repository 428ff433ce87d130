//! Linker settings of a native Node module.

fn main() {
    napi_build::setup();
}
