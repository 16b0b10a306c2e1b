import Testing

@testable import HoneydewCore

@Suite struct `An access rule` {
  private let rules = [
    AccessRule(owner: 7), AccessRule(owner: 7, submit: .init(users: [8])),
    AccessRule(owner: 7, view: .init(groups: [100])),
    AccessRule(owner: 7, admin: .init(groups: [100]), view: .init(groups: [101])),
    AccessRule(owner: 7, submit: .init(users: [8]), view: .init(groups: [100])),
  ]

  @Test func `gives the owner and root everything, and others what it says of them`() {
    let peers: [(uid: UInt32, groups: [UInt32], roles: [Roles])] = [
      (7, [], [.admin, .admin, .admin, .admin, .admin]), (0, [], [.admin, .admin, .admin, .admin, .admin]),
      (8, [8], [[], .submit, [], [], .submit]), (9, [9, 100], [[], [], .view, .admin, .view]),
      (8, [100, 101], [[], .submit, .view, [.admin, .view], [.submit, .view]]), (100, [8], [[], [], [], [], []]),
    ]
    for peer in peers {
      #expect(rules.map { $0.roles(uid: peer.uid, groups: peer.groups) } == peer.roles)
    }
  }

  @Test func `opens the socket no wider than it must`() {
    #expect(rules.map(\.socketMode) == [0o600, 0o666, 0o660, 0o666, 0o666])
    #expect(rules.map(\.socketGroup) == [nil, nil, 100, nil, nil])
  }
}
