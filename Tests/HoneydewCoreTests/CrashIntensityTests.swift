import Testing

@testable import HoneydewCore

@Suite struct `The crash intensity of a pool` {
  @Test func `is exceeded by more deaths than the limit within a minute, and is told of once`() {
    var intensity = CrashIntensity(poolSize: 1)
    #expect(intensity.limit == 10 && CrashIntensity(poolSize: 8).limit == 24)
    for second in 0..<10 { #expect(intensity.note(at: .seconds(second)) == false) }
    #expect(!intensity.isExceeded(at: .seconds(9)))
    #expect(intensity.note(at: .seconds(10)) == true)
    #expect(intensity.note(at: .seconds(11)) == false)
    #expect(intensity.isExceeded(at: .seconds(60)))
    #expect(!intensity.isExceeded(at: .seconds(61)))
    #expect(intensity.note(at: .seconds(120)) == false)
  }
}
