import HoneydewCore
import HoneydewSystem

@testable import HoneydewDaemon

/// A zone's file, and the ticks of an expression in what it says.
func fuzzZone(_ input: [UInt8]) {
  let file: ZoneFile
  do throws(ZoneFile.Malformed) {
    file = try ZoneFile(input)
  } catch {
    demand(error.text.utf8.count < 200, "the error is as long as the input")
    return
  }
  demand(file.transitions.count <= input.count && file.footer.utf8.count <= 3 * input.count)
  guard let zone = try? ZoneRules(file) else { return }
  // Around the first and the last change, and where the years end that a moment can have.
  let changes = [file.transitions.first, file.transitions.last].compactMap { $0?.at }
  let moments = changes.map { $0.multipliedReportingOverflow(by: 1000) }.filter { !$0.overflow }.map(\.partialValue)
  for milliseconds in moments + [.min, 0, 1_774_738_800_000, .max] {
    for text in ["*/7 * * * *", "30 2 * * *", "@every 90m"] { checkTicks(of: text, in: zone, from: milliseconds) }
  }
}

/// The ticks of an expression go forward.
func checkTicks(of text: String, in zone: ZoneRules, from milliseconds: Int64) {
  guard let expression = try? CronExpression(text) else { return }
  var moment = Timestamp(milliseconds: milliseconds)
  for _ in 0..<3 {
    guard let tick = expression.next(after: moment, in: zone, from: moment) else { return }
    demand(tick > moment, "a tick is not after \(moment)")
    moment = tick
  }
}
