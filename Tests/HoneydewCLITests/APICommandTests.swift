import HoneydewCore
import HoneydewJSON
import HoneydewText
import Testing

@testable import HoneydewCLI

@Suite("The commands of the API") struct APICommandTests {
  @Test("have a word or an option for each argument, in its order", arguments: APICommand.all.map(\.command))
  func arguments(name: String) throws {
    let command = try #require(CommandRegistry.find(name))
    let row = try #require(APICommand.all.first { $0.command == name })
    #expect(row.sources.count == command.arguments.count)
    for (source, argument) in zip(row.sources, command.arguments) {
      switch source {
      case .word(let positional): #expect(positional.isRequired == argument.isRequired)
      case .option(let option):
        #expect(!argument.isRequired)
        #expect((option.value == nil) == (argument.type == .boolean), "\(argument.name)")
      }
    }
  }

  @Test("submit what was typed and nothing else")
  func payload() throws {
    let words = ["github", "commits", "acme", "api", "--until", "2026-01-31", "--include-diff"]
    guard case .run(_, let arguments) = try Parser(table: .honeydew).parse(words),
      let row = APICommand.all.first(where: { $0.command == "github.commits" })
    else { throw Failure.usage("no command") }
    #expect(
      String(decoding: row.payload(arguments).serialized, as: UTF8.self)
        == #"{"organization":"acme","repository":"api","endDate":"2026-01-31","includeDiff":true}"#)
  }
}
