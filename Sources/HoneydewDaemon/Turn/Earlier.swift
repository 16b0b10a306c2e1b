/// The earlier of two moments, either of which may be missing.
func earlier<Moment: Comparable>(_ left: Moment?, _ right: Moment?) -> Moment? {
  guard let left, let right else { return left ?? right }
  return min(left, right)
}
