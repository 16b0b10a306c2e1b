/// At most three of the candidates that `name` may be a slip of, the nearest first: those that differ by letter case
/// only, or by so few single-letter changes that most of the name is right.
public func nearestNames(to name: String, among candidates: [String]) -> [String] {
  let wanted = Array(name.lowercased().utf8)
  // A name this long is no slip, and the distance's cost grows with it.
  guard wanted.count <= 128 else { return [] }
  let limit = max(1, wanted.count / 3)
  let scored = candidates.compactMap { candidate -> (name: String, distance: Int)? in
    let letters = Array(candidate.lowercased().utf8)
    guard abs(letters.count - wanted.count) <= limit else { return nil }
    let distance = editDistance(wanted, letters)
    return distance <= limit ? (candidate, distance) : nil
  }
  return scored.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(3).map(\.name)
}

/// How many letters must be inserted, removed, replaced or swapped with their neighbour to turn `a` into `b` (the
/// restricted Damerau-Levenshtein distance).
private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
  var beforePrevious: [Int] = []
  var previous = Array(0...b.count)
  for i in 1...a.count {
    var current = [i]
    current.reserveCapacity(b.count + 1)
    for j in 1...b.count {
      let replacement = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
      var best = min(previous[j] + 1, current[j - 1] + 1, replacement)
      if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
        best = min(best, beforePrevious[j - 2] + 1)
      }
      current.append(best)
    }
    (beforePrevious, previous) = (previous, current)
  }
  return previous[b.count]
}
