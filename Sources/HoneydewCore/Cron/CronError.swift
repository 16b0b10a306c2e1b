/// What is wrong with a cron expression, and where.
public struct CronError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The field's name, such as `day-of-week`; nil when the expression as a whole is meant.
  public let field: String?
  /// Where it is in the text, from 1.
  public let column: Int
  public let text: String

  init(_ field: CronField.Kind? = nil, column: Int, _ text: String) {
    self.field = field?.rawValue
    self.column = column
    self.text = text
  }

  /// `month (column 9): 13 is not 1 to 12`.
  public var description: String { "\(field ?? "cron expression") (column \(column)): \(text)" }
}
