/// A new id: 13 random lower-case base32 characters, 65 bits.
func randomID() -> String {
  let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
  var random = SystemRandomNumberGenerator()
  return String(decoding: (0..<13).map { _ in alphabet[Int(random.next() & 31)] }, as: UTF8.self)
}
