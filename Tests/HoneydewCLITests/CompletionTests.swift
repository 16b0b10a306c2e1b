import HoneydewText
import Testing

@testable import HoneydewCLI

@Suite("Completion") struct CompletionTests {
  private let completion = CompletionScript(table: .honeydew)

  @Test("has a place for every command and every group, and one for the root")
  func places() throws {
    let trails = completion.places.map(\.trail)
    #expect(Set(trails).count == trails.count)
    #expect(Set(trails) == Set([""] + CommandTable.honeydew.groups.map(\.words[0]) + titles))
    let root = try #require(completion.places.first { $0.trail.isEmpty })
    #expect(root.subcommands.map(\.name) == CommandTable.honeydew.words(after: []))
    #expect(root.subcommands.allSatisfy { !$0.summary.isEmpty })
  }

  private var titles: [String] { CommandTable.honeydew.subcommands.map { $0.words.joined(separator: " ") } }

  @Test("gives an option the same kind of value wherever it stands")
  func consistency() {
    for place in completion.places {
      for option in place.options where option.value != nil {
        let known = completion.valueOptions.first { $0.name == option.name }
        #expect(known.map { completion.candidates($0.kind) } == completion.candidates(option.kind), "\(option.name)")
      }
    }
  }

  @Test("offers no internal call as a command type")
  func commandTypes() {
    guard case .words(let words) = completion.candidates(.commandType) else {
      Issue.record("command types are not words")
      return
    }
    #expect(words.contains("github.commits") && !words.contains("auth.login"))
  }

  @Test("names every command and option in each shell's script")
  func scripts() {
    for script in [completion.bash, completion.zsh, completion.fish] {
      for title in titles { #expect(script.contains("'\(title)"), "\(title)") }
      for option in completion.valueOptions { #expect(script.contains(option.name.dropFirst(2)), "\(option.name)") }
      #expect(script.hasSuffix("\n") && !script.contains("\t"))
    }
  }
}
