import HoneydewCore
import Testing

@Suite struct `A cursor` {
  @Test func `leads back to its place in its own query`() {
    let cursor = ListCursor(after: 42, of: "status=failed")
    #expect(ListCursor(cursor.text, of: "status=failed") == cursor)
    #expect(ListCursor(cursor.text, of: "status=completed") == nil)
  }

  @Test(arguments: [Timestamp.distantPast, Timestamp(milliseconds: 0), Timestamp(milliseconds: .max)])
  func `leads back to its place in a list by ends`(end: Timestamp) {
    let cursor = ListCursor(after: 42, end: end, of: "status=failed")
    #expect(ListCursor(cursor.text, of: "status=failed") == cursor)
  }

  @Test(arguments: ["", "42", "-", "42-", "-42-x", "0-x", "x-y", "42-x-y", "99999999999999999999-x"])
  func `is nothing else`(text: String) {
    #expect(ListCursor(text, of: "") == nil)
  }
}
