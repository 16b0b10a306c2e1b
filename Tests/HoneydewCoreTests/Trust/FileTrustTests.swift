import HoneydewCore
import Testing

@Suite("Trust in files") struct FileTrustTests {
  private let trust = FileTrust(uid: 1000, privateGroup: 1000)

  private func facts(_ uid: UInt32, _ gid: UInt32, _ mode: UInt32) -> FileTrust.Facts {
    FileTrust.Facts(uid: uid, gid: gid, mode: mode)
  }

  @Test("is for files of the user and of root that nobody else may write to")
  func files() {
    #expect(trust.problem(of: facts(1000, 1000, 0o600), isParent: false) == nil)
    #expect(trust.problem(of: facts(0, 0, 0o755), isParent: false) == nil)
    #expect(trust.problem(of: facts(1001, 1000, 0o600), isParent: false) == .owner(1001))
    #expect(trust.problem(of: facts(1000, 1000, 0o606), isParent: false) == .writableByOthers)
    #expect(trust.problem(of: facts(1000, 50, 0o660), isParent: false) == .writableByGroup(50))
  }

  @Test("knows the user's private group, sticky directories and links")
  func exceptions() {
    #expect(trust.problem(of: facts(1000, 1000, 0o775), isParent: true) == nil)
    #expect(trust.problem(of: facts(0, 0, 0o1777), isParent: true) == nil)
    #expect(trust.problem(of: facts(0, 0, 0o1777), isParent: false) == .writableByOthers)
    #expect(trust.problem(of: facts(0, 0, 0o777), isParent: true) == .writableByOthers)
    #expect(trust.problem(of: facts(1001, 0, 0o1777), isParent: true) == .owner(1001))
    let link = FileTrust.Facts(uid: 1000, gid: 1000, mode: 0o777, isLink: true)
    #expect(trust.problem(of: link, isParent: false) == nil)
    #expect(FileTrust(uid: 0).problem(of: facts(65534, 65534, 0o755), isParent: true) == .owner(65534))
    #expect(FileTrust(uid: 0, unmapped: 65534).problem(of: facts(65534, 65534, 0o755), isParent: true) == nil)
  }

  private let root = FileTrust.Facts(uid: 0, gid: 0, mode: 0o755)

  @Test("is for servers of the user, of root, and of whom root has given the socket's directory")
  func servers() {
    let tmp = facts(0, 0, 0o1777)
    let given = facts(61, 61, 0o755)
    #expect(trust.trusts(server: 1000, directories: [root, tmp]))
    #expect(trust.trusts(server: 0, directories: [root, tmp]))
    #expect(trust.trusts(server: 61, directories: [root, root, given]))
    #expect(!trust.trusts(server: 62, directories: [root, root, given]))
    #expect(!trust.trusts(server: 61, directories: [root, tmp, given]))
    #expect(!trust.trusts(server: 61, directories: [root, facts(61, 61, 0o755), given]))
    #expect(!trust.trusts(server: 61, directories: [root, facts(0, 50, 0o775), given]))
    #expect(!trust.trusts(server: 61, directories: [root, facts(61, 61, 0o775)]))
    #expect(!trust.trusts(server: 61, directories: []))
  }
}
