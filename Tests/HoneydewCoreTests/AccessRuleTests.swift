import Testing

@testable import HoneydewCore

@Suite struct `An access rule` {
  private let rules = [
    AccessRule(owner: 7), AccessRule(owner: 7, users: [8]), AccessRule(owner: 7, groups: [100]),
    AccessRule(owner: 7, groups: [100, 101]), AccessRule(owner: 7, users: [8], groups: [100]),
  ]

  @Test func `admits the owner and root, and whom it names by user or group`() {
    let peers: [(uid: UInt32, groups: [UInt32], admitted: [Bool])] = [
      (7, [], [true, true, true, true, true]), (0, [], [true, true, true, true, true]),
      (8, [8], [false, true, false, false, true]), (9, [9, 100], [false, false, true, true, true]),
      (9, [9, 101], [false, false, false, true, false]), (100, [8], [false, false, false, false, false]),
    ]
    for peer in peers {
      #expect(rules.map { $0.admits(uid: peer.uid) { peer.groups } } == peer.admitted)
    }
  }

  @Test func `opens the socket no wider than it must`() {
    #expect(rules.map(\.socketMode) == [0o600, 0o666, 0o660, 0o666, 0o666])
    #expect(rules.map(\.socketGroup) == [nil, nil, 100, nil, nil])
  }
}
