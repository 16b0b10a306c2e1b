internal import HoneydewCore

/// A new id: random lower-case base32 characters, 65 bits.
func randomID(using random: inout some RandomNumberGenerator) -> String {
  let alphabet: StaticString = "abcdefghijklmnopqrstuvwxyz234567"
  // 12 characters take 60 of a number's bits.
  var bits = random.next()
  return String(unsafeUninitializedCapacity: Job.idLength) { characters in
    for index in 0..<Job.idLength {
      if index == 12 { bits = random.next() }
      characters.initializeElement(at: index, to: alphabet.utf8Start[Int(bits & 31)])
      bits >>= 5
    }
    return Job.idLength
  }
}
