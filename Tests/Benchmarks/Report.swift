import Glibc
import HoneydewSystem

/// Prints each figure as soon as it is there: a row of a table for people, or a line of JSON.
final class Report {
  let isJSON: Bool
  private static let widths = [58, 12, 10, 12, 8, 18]
  private var missed: [String] = []

  init(isJSON: Bool) {
    self.isJSON = isJSON
    if !isJSON { say(Self.row(["what", "measured", "", "floor/peer", "ratio", "budget", "within"])) }
  }

  func add(_ figure: Figure) {
    if figure.isWithin == false { missed.append(figure.name) }
    guard !isJSON else { return say(figure.json) }
    say(
      Self.row([
        figure.name, Figure.number(figure.value), figure.unit, figure.floor.map(Figure.number) ?? "",
        figure.ratio.map(Figure.number) ?? "", figure.budgetText ?? "",
        figure.isWithin.map { $0 ? "yes" : "MISSED" } ?? "",
      ]))
  }

  /// Says which budgets were missed, to people only.
  func end() {
    note(missed.isEmpty ? "every budget is met" : "missed: " + missed.joined(separator: "; "))
  }

  /// Says what is not measured, to people only.
  func note(_ text: String) {
    say("honeydew-bench: \(text)", on: STDERR_FILENO)
  }

  private static func row(_ cells: [String]) -> String {
    var line = ""
    for (index, cell) in cells.enumerated() {
      guard index < widths.count else {
        line += cell
        break
      }
      let padding = String(repeating: " ", count: max(1, widths[index] - cell.count))
      line += index == 1 || index == 3 || index == 4 ? padding.dropFirst() + cell + " " : cell + padding
    }
    return line
  }
}

/// Writes a line at once.
func say(_ line: String, on descriptor: Int32 = STDOUT_FILENO) {
  try? FileDescriptor(duplicating: descriptor).writeAll(Array("\(line)\n".utf8))
}
