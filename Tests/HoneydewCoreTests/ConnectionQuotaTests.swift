import HoneydewCore
import Testing

struct ConnectionQuotaTests {
  @Test func `a user has no more than its share, and the owner and root have no share`() {
    var quota = ConnectionQuota(owner: 1000, maximum: 160, maximumPerUser: 3)
    for _ in 0..<3 { #expect(quota.admit(uid: 5) == nil) }
    #expect(quota.admit(uid: 5) == .tooManyOfUser(limit: 3))
    #expect(quota.admit(uid: 6) == nil)
    for _ in 0..<10 {
      #expect(quota.admit(uid: 1000) == nil)
      #expect(quota.admit(uid: 0) == nil)
    }
    quota.release(uid: 5)
    #expect(quota.admit(uid: 5) == nil)
  }

  @Test func `others together cannot shut out the owner and root`() {
    var quota = ConnectionQuota(owner: 1000, maximum: 32, maximumPerUser: 10)
    for index in 0..<30 { #expect(quota.admit(uid: 5 + UInt32(index / 10)) == nil) }
    #expect(quota.admit(uid: 9) == .tooMany(limit: 30))
    #expect(quota.admit(uid: 1000) == nil && quota.admit(uid: 0) == nil)
    #expect(quota.admit(uid: 0) == .tooMany(limit: 32))
    quota.release(uid: 0)
    #expect(quota.admit(uid: 9) == .tooMany(limit: 30))
    #expect(quota.admit(uid: 1000) == nil)
  }
}
