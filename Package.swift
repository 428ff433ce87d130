// swift-tools-version: 6.0
import PackageDescription

// For apps, which name this repository: `.package(path:)` or `.package(url:)`. The native library and the sources generated
// with it come from `bindings-swift/xcframework`, which is run on a Mac; a release names their archive and its checksum
// instead of the path. The package that the tests build on Linux is bindings-swift/Package.swift.
let package = Package(
    name: "ElementKit",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [.library(name: "ElementKit", targets: ["ElementKit"])],
    targets: [
        .binaryTarget(name: "elementkit_mobileFFI", path: "bindings-swift/ElementKitFFI.xcframework"),
        .target(
            name: "ElementKitNative",
            dependencies: ["elementkit_mobileFFI"],
            path: "bindings-swift/Sources/ElementKitNative",
            swiftSettings: [.swiftLanguageMode(.v5)]
        ),
        .target(name: "ElementKit", dependencies: ["ElementKitNative"], path: "bindings-swift/Sources/ElementKit"),
    ]
)
