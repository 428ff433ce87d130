// swift-tools-version: 6.0
import PackageDescription

// For apps, which name this repository: `.package(url:)` at a release, `.package(path:)` at a work copy.
// A release names the archive of its XCFramework here, and contains the sources that are generated with it. Without one,
// `./build swift` puts both into the work copy: on a Mac an XCFramework, on Linux a library that pkg-config finds.
// The package that the tests build on Linux is bindings-swift/Package.swift.
let release: (url: String, checksum: String)? = nil

#if os(Linux)
    let native = Target.systemLibrary(
        name: "elementkit_mobileFFI", path: "bindings-swift/native", pkgConfig: "elementkit_mobile")
#else
    let native =
        release.map { Target.binaryTarget(name: "elementkit_mobileFFI", url: $0.url, checksum: $0.checksum) }
        ?? .binaryTarget(name: "elementkit_mobileFFI", path: "bindings-swift/ElementKitFFI.xcframework")
#endif

let package = Package(
    name: "ElementKit",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [.library(name: "ElementKit", targets: ["ElementKit"])],
    targets: [
        native,
        .target(
            name: "ElementKitNative",
            dependencies: ["elementkit_mobileFFI"],
            path: "bindings-swift/Sources/ElementKitNative",
            swiftSettings: [.swiftLanguageMode(.v5)],
            // The client follows the proxy that the system is set to.
            linkerSettings: [.linkedFramework("SystemConfiguration", .when(platforms: [.iOS, .macOS]))]
        ),
        .target(
            name: "ElementKit",
            dependencies: ["ElementKitNative"],
            path: "bindings-swift/Sources/ElementKit",
            resources: [.copy("PrivacyInfo.xcprivacy")]
        ),
    ]
)
