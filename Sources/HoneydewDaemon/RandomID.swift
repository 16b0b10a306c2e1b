/// A new id: 13 random lower-case base32 characters, 65 bits.
func randomID() -> String {
  let alphabet: StaticString = "abcdefghijklmnopqrstuvwxyz234567"
  // Each number is a system call; 12 characters take 60 of its bits.
  var random = SystemRandomNumberGenerator()
  var bits = random.next()
  return String(unsafeUninitializedCapacity: 13) { characters in
    for index in 0..<13 {
      if index == 12 { bits = random.next() }
      characters.initializeElement(at: index, to: alphabet.utf8Start[Int(bits & 31)])
      bits >>= 5
    }
    return 13
  }
}
