internal import HoneydewCore

/// `; did you mean X?`, the end of a sentence about a word that is none of the candidates; or nothing when none is near.
func suggestion(for word: String, among candidates: [String]) -> String {
  nearestNames(to: word, among: candidates).first.map { "; did you mean \($0)?" } ?? ""
}
