import HoneydewSystem

/// Measures two things in turn, so that whatever else the machine does at the time meets both.
///
/// - Returns: the median round of each.
func interleaved(
  rounds: Int, _ measured: () throws -> Double, _ floor: () throws -> Double
) rethrows -> (value: Double, floor: Double) {
  var values: [Double] = []
  var floors: [Double] = []
  for _ in 0..<rounds {
    floors.append(try floor())
    values.append(try measured())
  }
  return (median(values), median(floors))
}

func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/// Microseconds that each of `count` repetitions took on average.
func microseconds(each count: Int, _ body: () throws -> Void) rethrows -> Double {
  let start = Clock.monotonic()
  try body()
  return (Clock.monotonic() - start) / .microseconds(count)
}
