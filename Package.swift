// swift-tools-version: 6.2
import PackageDescription

/// The compiler settings of every Swift target.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]
/// The targets that a call passes through on its way. The checks of exclusive access are a fifth of its instructions, and
/// are left to the debug builds, which the tests run.
let quick = strict + [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]
/// The targets that read untrusted bytes also prove every use of memory.
let memorySafe = quick + [.strictMemorySafety()]

func library(
  _ name: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = strict,
  exclude: [String] = []
) -> Target {
  .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}

func system(_ name: String, package: String, pkgConfig: String) -> Target {
  .systemLibrary(
    name: name, path: "Sources/CLibraries/\(name)", pkgConfig: pkgConfig, providers: [.apt([package])])
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies, swiftSettings: strict)
}

let package = Package(
  name: "honeydew",
  products: [
    .executable(name: "honeydewd", targets: ["honeydewd"]),
    .executable(name: "honeydew-worker", targets: ["honeydew-worker"]),
    .executable(name: "honeydew", targets: ["honeydew"]),
    .executable(name: "protoc-gen-honeydew", targets: ["protoc-gen-honeydew"]),
  ],
  targets: [
    .target(name: "CLinux", path: "Sources/CLibraries/CLinux"),
    system("CSQLite", package: "libsqlite3-dev", pkgConfig: "sqlite3"),
    system("COpenSSL", package: "libssl-dev", pkgConfig: "libcrypto"),
    system("CArgon2", package: "libargon2-dev", pkgConfig: "libargon2"),
    system("CCurl", package: "libcurl4-openssl-dev", pkgConfig: "libcurl"),
    system("CSeccomp", package: "libseccomp-dev", pkgConfig: "libseccomp"),
    system("CNGHTTP2", package: "libnghttp2-dev", pkgConfig: "libnghttp2"),
    system("CYAML", package: "libyaml-dev", pkgConfig: "yaml-0.1"),
    system("CZlib", package: "zlib1g-dev", pkgConfig: "zlib"),

    library("HoneydewJSON"),
    library("HoneydewCore", ["HoneydewJSON"], settings: memorySafe),
    library("HoneydewProtobuf", settings: memorySafe),
    library("HoneydewFrames", ["HoneydewProtobuf"], settings: memorySafe),
    library("HoneydewSystem", ["HoneydewCore", "CLinux", "CZlib"], settings: quick),
    library("HoneydewText", ["HoneydewCore", "HoneydewSystem"]),
    library("HoneydewRPC", ["HoneydewProtobuf", "CNGHTTP2"], settings: quick),
    library("HoneydewMessages", ["HoneydewProtobuf", "HoneydewRPC"], settings: quick),
    library(
      "HoneydewClient",
      ["HoneydewCore", "HoneydewJSON", "HoneydewProtobuf", "HoneydewMessages", "HoneydewRPC", "HoneydewSystem"]),
    .target(
      name: "HoneydewMigrations", path: "Migrations", resources: [.embedInCode("001_initial.sql")],
      swiftSettings: strict),
    library("HoneydewStore", ["HoneydewCore", "HoneydewJSON", "HoneydewMigrations", "CSQLite"], settings: quick),
    library("HoneydewVault", ["COpenSSL", "CArgon2"]),
    library("HoneydewAPI", ["HoneydewCore", "HoneydewJSON", "CCurl"], exclude: ["GraphQL"]),
    library("HoneydewConfig", ["HoneydewCore", "CYAML"]),
    library(
      "HoneydewDaemon",
      [
        "HoneydewJSON", "HoneydewCore", "HoneydewProtobuf", "HoneydewFrames", "HoneydewMessages", "HoneydewSystem",
        "HoneydewRPC", "HoneydewStore", "HoneydewVault", "HoneydewConfig", "HoneydewText",
      ], settings: quick),
    library(
      "HoneydewWorker",
      [
        "HoneydewCore", "HoneydewJSON", "HoneydewProtobuf", "HoneydewFrames", "HoneydewSystem", "HoneydewText",
        "HoneydewAPI", "CLinux", "CSeccomp",
      ]),
    library(
      "HoneydewCLI",
      [
        "HoneydewCore", "HoneydewJSON", "HoneydewProtobuf", "HoneydewMessages", "HoneydewRPC", "HoneydewSystem",
        "HoneydewConfig", "HoneydewClient", "HoneydewText",
      ]),

    .executableTarget(name: "honeydewd", dependencies: ["HoneydewDaemon"], swiftSettings: strict),
    .executableTarget(name: "honeydew-worker", dependencies: ["HoneydewWorker"], swiftSettings: strict),
    .executableTarget(name: "honeydew", dependencies: ["HoneydewCLI"], swiftSettings: strict),
    .executableTarget(
      name: "honeydew-documents", dependencies: ["HoneydewCLI", "HoneydewConfig", "HoneydewSystem"],
      swiftSettings: strict),
    .executableTarget(name: "protoc-gen-honeydew", dependencies: ["HoneydewProtobuf"], swiftSettings: strict),
    .executableTarget(
      name: "honeydew-bench",
      dependencies: [
        "HoneydewProtobuf", "HoneydewMessages", "HoneydewRPC", "HoneydewSystem", "HoneydewMigrations", "CLinux",
        "CSQLite",
      ],
      path: "Tests/Benchmarks", exclude: ["Beanstalk"], swiftSettings: strict),
    .executableTarget(name: "beanstalk-load", path: "Tests/Benchmarks/Beanstalk"),

    .target(
      name: "HoneydewTestMessages", dependencies: ["HoneydewProtobuf"], path: "Tests/Interop/TestMessages",
      swiftSettings: strict),
    .executableTarget(
      name: "honeydew-wire-echo",
      dependencies: ["HoneydewProtobuf", "HoneydewFrames", "HoneydewMessages", "HoneydewRPC", "HoneydewTestMessages"],
      path: "Tests/Interop/WireEcho", swiftSettings: strict),

    .target(name: "HostileAttacks", path: "Tests/Integration/Hostile/Attacks"),
    .executableTarget(
      name: "honeydew-hostile-worker",
      dependencies: [
        "HoneydewCore", "HoneydewFrames", "HoneydewJSON", "HoneydewProtobuf", "HoneydewWorker", "HostileAttacks",
      ],
      path: "Tests/Integration/Hostile/Worker", swiftSettings: strict),

    .executableTarget(
      name: "honeydew-interop-server", dependencies: ["HoneydewProtobuf", "HoneydewRPC", "HoneydewSystem"],
      path: "Tests/Interop/Server", swiftSettings: strict),
    // It holds no test: libFuzzer brings the main function (`make fuzz`).
    .testTarget(
      name: "HoneydewFuzz",
      dependencies: [
        "HoneydewJSON", "HoneydewCore", "HoneydewProtobuf", "HoneydewFrames", "HoneydewMessages", "HoneydewRPC",
        "HoneydewTestMessages", "HoneydewSystem", "HoneydewStore", "HoneydewVault", "HoneydewConfig", "HoneydewAPI",
        "HoneydewDaemon", "CLinux", "CSQLite",
      ],
      path: "Tests/Fuzz", swiftSettings: strict),

    // What the tests of several targets need.
    .target(name: "HoneydewTestSupport", path: "Tests/Support", swiftSettings: strict),
    tests("HoneydewJSON"),
    tests("HoneydewCore", ["HoneydewJSON", "HoneydewTestSupport"]),
    tests("HoneydewProtobuf", ["HoneydewTestMessages"]),
    tests("HoneydewFrames", ["HoneydewProtobuf"]),
    tests("HoneydewSystem", ["HoneydewTestSupport"]),
    tests("HoneydewRPC", ["HoneydewProtobuf", "CNGHTTP2"]),
    tests("HoneydewStore", ["HoneydewCore", "HoneydewMigrations", "HoneydewTestSupport", "CSQLite"]),
    tests("HoneydewVault", ["CArgon2"]),
    tests("HoneydewAPI", ["HoneydewCore", "HoneydewJSON"]),
    tests("HoneydewConfig", ["HoneydewCore"]),
    tests(
      "HoneydewDaemon",
      [
        "HoneydewCore", "HoneydewProtobuf", "HoneydewMessages", "HoneydewSystem", "HoneydewRPC", "HoneydewStore",
        "HoneydewVault", "HoneydewConfig", "HoneydewText",
      ]),
    tests("HoneydewWorker", ["HoneydewProtobuf", "HoneydewFrames"]),
    tests("HoneydewText"),
    tests(
      "HoneydewClient", ["HoneydewCore", "HoneydewJSON", "HoneydewProtobuf", "HoneydewMessages"]),
    tests("HoneydewCLI", ["HoneydewCore", "HoneydewJSON", "HoneydewProtobuf", "HoneydewMessages", "HoneydewText"]),
  ],
  swiftLanguageModes: [.v6]
)
