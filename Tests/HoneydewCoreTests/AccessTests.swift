import Testing

@testable import HoneydewCore

@Suite struct `What a client may do` {
  private let admin = Access(uid: 1, roles: .admin)
  private let submitter = Access(uid: 8, roles: .submit)
  private let viewer = Access(uid: 9, roles: .view)
  private let both = Access(uid: 8, roles: [.submit, .view])
  private let nobody = Access(uid: 8, roles: [])

  @Test func `sees all jobs as administrator or viewer, and its own as submitter`() {
    #expect(
      [admin, submitter, viewer, both, nobody].map(\.seen) == [
        .everybodys, .only(8), .everybodys, .everybodys, .nobodys,
      ])
  }

  @Test func `changes all jobs as administrator, its own as submitter, and none as viewer`() {
    #expect(
      [admin, submitter, viewer, both, nobody].map(\.owned) == [.everybodys, .only(8), .nobodys, .only(8), .nobodys])
  }

  @Test func `sees payloads of what it may change, and of nothing else`() {
    let all = [admin, submitter, viewer, both, nobody]
    #expect(all.map { $0.sight(of: 8) } == [.whole, .whole, .outline, .whole, .outline])
    #expect(all.map { $0.sight(of: 9) } == [.whole, .outline, .outline, .outline, .outline])
  }

  @Test func `narrows a list to what is within reach, and refuses to ask for more`() throws {
    #expect(try Access.Reach.everybodys.narrow(to: nil) == nil)
    #expect(try Access.Reach.everybodys.narrow(to: 5) == 5)
    #expect(try Access.Reach.only(8).narrow(to: nil) == 8)
    #expect(try Access.Reach.only(8).narrow(to: 8) == 8)
    let refusal = #expect(throws: Refusal.self) { try Access.Reach.only(8).narrow(to: 0) }
    #expect(refusal?.reason == .permissionDenied)
    #expect(throws: Refusal.self) { try Access.Reach.nobodys.narrow(to: nil) }
  }

  @Test func `names the environment of a call of the API, unless it is an administrator`() throws {
    try admin.check("github.commits", environment: "")
    try submitter.check("github.commits", environment: "default")
    try submitter.check("diag.noop", environment: "")
    let refusal = #expect(throws: Refusal.self) { try both.check("github.commits", environment: "") }
    #expect(refusal?.facts["field"] == "environment")
  }

  @Test func `makes the calls that one of its roles is for`() throws {
    let rule = CallRule("CancelJob", roles: [.admin, .submit], isChange: true)
    for roles in [Roles.admin, .submit, [.submit, .view], [.admin, .view]] { try rule.admit(roles) }
    let refusal = #expect(throws: Refusal.self) { try rule.admit(.view) }
    #expect(refusal?.reason == .permissionDenied)
    #expect(refusal?.facts == ["role": "submit"])
    #expect(
      refusal?.text
        == "CancelJob needs the role \"submit\", and you have: view; an administrator gives it in access.submit of "
        + "config.yaml, followed by: honeydew reload")
    #expect(throws: Refusal.self) { try CallRule("Reload", roles: .admin, isChange: true).admit([.submit, .view]) }
  }

  @Test func `has jobs in the way of its own schedule only, not in that of one of the same name before`() {
    #expect(JobOrigin.group("nightly", of: 8) != JobOrigin.group("nightly", of: 9))
  }
}
