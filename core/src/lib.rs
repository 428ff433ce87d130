//! ElementKit.
