internal import HoneydewCore

/// The text in the quotes that messages use around what somebody typed.
public func quoted(_ text: some StringProtocol) -> String { "\"\(text)\"" }

/// `; did you mean X?`, the end of a sentence about a word that is none of the candidates; or nothing when none is near.
public func suggestion(for word: String, among candidates: [String]) -> String {
  nearestNames(to: word, among: candidates).first.map { "; did you mean \($0)?" } ?? ""
}
