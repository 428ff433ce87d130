// swift-tools-version: 6.0
import PackageDescription

// Built in the work folder of `./test swift`, which adds the generated sources and the native library.
// A released package names an XCFramework instead; see README.md.
let package = Package(
    name: "ElementKit",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [.library(name: "ElementKit", targets: ["ElementKit"])],
    targets: [
        .target(
            name: "elementkit_mobileFFI",
            publicHeadersPath: ".",
            linkerSettings: [
                .unsafeFlags([
                    "-L", "lib", "-Xlinker", "-rpath", "-Xlinker", "/src/lib", "-Xlinker", "-rpath", "-Xlinker", "lib",
                ]),
                .linkedLibrary("elementkit_mobile"),
            ]
        ),
        .target(
            name: "ElementKitNative", dependencies: ["elementkit_mobileFFI"], swiftSettings: [.swiftLanguageMode(.v5)]),
        .target(
            name: "ElementKit", dependencies: ["ElementKitNative"], resources: [.copy("PrivacyInfo.xcprivacy")]),
        .target(name: "Examples", dependencies: ["ElementKit"], path: "Examples"),
        // The snippets of the documentation, which the suite runs. A folder Snippets has another meaning for SwiftPM.
        .executableTarget(name: "Snippets", dependencies: ["ElementKit"], path: "Documented"),
        // The program of the benchmark, which is compiled here and measured by `bench/run`.
        .executableTarget(name: "Rows", dependencies: ["ElementKit"], path: "Rows"),
        .testTarget(name: "ElementKitTests", dependencies: ["ElementKit", "ElementKitNative", "Examples"]),
    ]
)
