internal import HoneydewSystem

/// Signals as people name them.
enum SignalText {
  /// Those that people send: `TERM`.
  static let names = (1...31).map { signalName(Int32($0)) }.filter { $0.hasPrefix("SIG") }.map {
    String($0.dropFirst(3))
  }

  /// `SIGTERM`.
  static func name(_ number: Int32) -> String { signalName(number) }

  /// The number that `TERM`, `SIGTERM`, `term` or `15` means; nil where it means none.
  static func number(_ text: String) -> Int32? {
    if let number = Int32(text) { return (1...64).contains(number) ? number : nil }
    let upper = text.uppercased()
    let name = upper.hasPrefix("SIG") ? upper : "SIG" + upper
    return (1...64).first { signalName($0) == name }
  }
}
