import Glibc
import Testing

@testable import HoneydewConfig

func makeHome(_ directory: String? = nil) throws -> Home {
  try Home(
    directory, variable: { $0 == "HOME" ? "/home/ada" : nil }, accountDirectory: { nil },
    workingDirectory: { "/somewhere" })
}

func parse(_ yaml: String) throws -> Settings {
  try Configuration.parse(Array(yaml.utf8), file: "config.yaml", home: makeHome()).settings
}

/// The error's text.
func complaint(_ yaml: String, sourceLocation: SourceLocation = #_sourceLocation) -> String? {
  let error = #expect(throws: ConfigError.self, sourceLocation: sourceLocation) { try parse(yaml) }
  return error?.description
}
