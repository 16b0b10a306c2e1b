/// A manual page in the making (man(7)).
public struct ManualPage {
  public private(set) var text: String

  /// - Parameters:
  ///   - name: as it is asked for, such as `honeydew.yaml`.
  ///   - about: what it is, behind the name.
  public init(_ name: String, section: Int, title: String, about: String) {
    text = ".\\\" Made by honeydew-documents. Do not edit.\n"
    text += ".TH \(name.uppercased()) \(section) \"\" Honeydew \"\(title)\"\n"
    heading("NAME")
    text += "\(Self.escaped(name)) \\- \(Self.escaped(about))\n"
  }

  public mutating func heading(_ title: String) { text += ".SH \(title)\n" }

  public mutating func subheading(_ title: String) { text += ".SS \(Self.escaped(title))\n" }

  public mutating func paragraph(_ sentences: String) { text += ".PP\n\(Self.line(sentences))\n" }

  /// Something with its explanation, which is indented.
  public mutating func item(_ name: String, _ explanation: String) {
    text += ".TP\n.B \(Self.escaped(name))\n\(Self.line(explanation))\n"
  }

  /// Lines as they are.
  public mutating func example(_ lines: [String]) {
    text += ".PP\n.EX\n" + lines.map { Self.line($0) + "\n" }.joined() + ".EE\n"
  }

  /// One line of text, which must not begin like a request.
  private static func line(_ text: String) -> String {
    let text = escaped(text)
    return text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" + text : text
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing("\n", with: " ")
  }
}
