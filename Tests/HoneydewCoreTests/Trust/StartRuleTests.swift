import HoneydewCore
import Testing

struct StartRuleTests {
  @Test(
    arguments: [
      // The user's own home, of root or not.
      (1000, 1000, 0, nil), (0, 0, 0, nil),
      // Another one's, whoever's directory it is in.
      (1000, 0, 1000, 0), (0, 1000, 0, 1000), (1000, 1001, 1000, 1001),
      // One that is to be made, where it would be the user's own.
      (1000, nil, 1000, nil), (1000, nil, 0, nil), (0, nil, 0, nil),
      // One that would be made in what belongs to another.
      (0, nil, 1000, 1000), (1000, nil, 1001, 1001),
    ] as [(UInt32, UInt32?, UInt32, UInt32?)])
  func `A command starts the daemon of its own user's home alone`(
    user: UInt32, home: UInt32?, parent: UInt32, foreigner: UInt32?
  ) {
    #expect(StartRule.foreigner(user: user, home: home, parent: parent) == foreigner)
  }
}
