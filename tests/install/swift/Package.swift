// swift-tools-version: 6.0
import PackageDescription

// An app that consumes the package by its path, as it would by its address.
let package = Package(
    name: "App",
    dependencies: [.package(name: "ElementKit", path: "../elementkit")],
    targets: [.executableTarget(name: "App", dependencies: ["ElementKit"])]
)
