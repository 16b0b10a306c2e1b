import Testing

@testable import HoneydewSystem

@Suite("Ports") struct ProcessPortTests {
  @Test("are read from the tables of proc, those that listen alone")
  func rows() {
    let tcp = """
        sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
         0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 12345 1 x 100 0 0 10 0
         1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 678 1 x 100 0 0 10 0
         2: 0100007F:1F90 0100007F:A000 01 00000000:00000000 00:00000000 00000000  1000        0 999 1 x 100 0 0 10 0
         3: nonsense
      """
    #expect(
      ProcessPort.Row.rows(tcp, .tcp) == [
        .init(address: "127.0.0.1", port: 8080, inode: 12345), .init(address: "0.0.0.0", port: 22, inode: 678),
      ])
    let udp =
      "head\n 0: 00000000000000000000000001000000:0035 00000000000000000000000000000000:0000 07 0:0 0:0 0 0 0 77 2\n"
    #expect(ProcessPort.Row.rows(udp, .udp) == [.init(address: "::1", port: 53, inode: 77)])
    #expect(ProcessPort.Row.rows(udp, .tcp).isEmpty)
  }

  @Test("belong to a process and all that it has started")
  func tree() throws {
    let children: [Int32: [Int32]] = [1: [2, 5], 2: [3], 3: [4], 4: [6, 2]]
    #expect(ProcessFamily.descendants(of: 2) { children[$0] ?? [] } == [3, 4, 6])
    #expect(ProcessFamily.descendants(of: 6) { children[$0] ?? [] }.isEmpty)
    #expect(throws: Errno.self) { try ProcessFamily.members(of: .max) }
  }
}
