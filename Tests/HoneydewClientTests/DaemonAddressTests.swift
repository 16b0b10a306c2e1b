import HoneydewClient
import Testing

@Suite("The daemon's address") struct DaemonAddressTests {
  private func resolve(
    socket: String? = nil, home: String? = nil, instance: String? = nil, variables: [String: String] = [:],
    userHome: String? = "/home/ada", files: Set<String> = [], configured: [String: String] = [:]
  ) throws(ClientError) -> String {
    let address = try DaemonAddress.resolve(
      socket: socket, home: home, instance: instance, variables: variables, userHome: userHome,
      exists: files.contains, configuredSocket: { configured[$0] })
    return "\(address.socket) \(address.startCommand)"
  }

  @Test("is the personal one unless only the system's is there")
  func personalAndSystem() throws {
    let personal = "/home/ada/.honeydew/daemon.sock"
    #expect(try resolve() == "\(personal) honeydewd")
    #expect(try resolve(files: [personal, DaemonAddress.system]) == "\(personal) honeydewd")
    #expect(try resolve(files: [DaemonAddress.system]) == "/run/honeydew/daemon.sock systemctl start honeydew")
    #expect(
      try resolve(variables: ["HONEYDEW_HOME": "/var/lib/honeydew"])
        == "/run/honeydew/daemon.sock systemctl start honeydew")
    #expect(
      try resolve(variables: ["HONEYDEW_HOME": "/h"], files: [DaemonAddress.system]) == "/h/daemon.sock honeydewd")
    #expect(try resolve(variables: ["HONEYDEW_HOME": "", "HONEYDEW_SOCKET": ""]) == "\(personal) honeydewd")
  }

  @Test("is what was typed rather than what the environment says")
  func precedence() throws {
    let variables = ["HONEYDEW_SOCKET": "/v.sock", "HONEYDEW_HOME": "/v"]
    #expect(try resolve(variables: variables) == "/v.sock honeydewd --set daemon.socket_path=/v.sock")
    #expect(
      try resolve(socket: "t.sock", variables: variables) == "t.sock honeydewd --set daemon.socket_path=\"$PWD\"/t.sock"
    )
    #expect(try resolve(home: "/t", variables: variables) == "/t/daemon.sock honeydewd --home /t")
    #expect(
      try resolve(instance: "blue", variables: variables)
        == "/v/instances/blue/daemon.sock honeydewd --instance blue")
    #expect(
      try resolve(home: "/t", instance: "blue") == "/t/instances/blue/daemon.sock honeydewd --home /t --instance blue")
    let named = ["HONEYDEW_INSTANCE": "green", "HONEYDEW_HOME": "/v"]
    #expect(try resolve(variables: named) == "/v/instances/green/daemon.sock honeydewd --instance green")
    #expect(
      try resolve(instance: "blue", variables: named) == "/v/instances/blue/daemon.sock honeydewd --instance blue")
    #expect(try resolve(home: "/t", variables: named) == "/t/daemon.sock honeydewd --home /t")
    #expect(try resolve(socket: "/s/daemon.sock", variables: named) == "/s/daemon.sock honeydewd --home /s")
    #expect(
      try resolve(variables: named.merging(["HONEYDEW_SOCKET": "/s/daemon.sock"]) { $1 })
        == "/s/daemon.sock honeydewd --home /s")
  }

  @Test("is where the home's configuration says")
  func configuredSocket() throws {
    let configured = ["/home/ada/.honeydew": "/x.sock", "/t": "/t.sock", "/t/instances/blue": "/blue.sock"]
    #expect(try resolve(configured: configured) == "/x.sock honeydewd")
    #expect(try resolve(home: "/t", configured: configured) == "/t.sock honeydewd --home /t")
    #expect(
      try resolve(home: "/t", instance: "blue", configured: configured)
        == "/blue.sock honeydewd --home /t --instance blue")
    #expect(
      try resolve(socket: "/s.sock", configured: configured) == "/s.sock honeydewd --set daemon.socket_path=/s.sock")
    #expect(
      try resolve(variables: ["HONEYDEW_SOCKET": "/v.sock"], configured: configured)
        == "/v.sock honeydewd --set daemon.socket_path=/v.sock")
    // The system's daemon is meant where the personal one has no socket, wherever that would be.
    let files: Set = [DaemonAddress.system, "/home/ada/.honeydew/daemon.sock"]
    #expect(try resolve(files: files, configured: configured).hasPrefix(DaemonAddress.system))
    #expect(try resolve(files: files.union(["/x.sock"]), configured: configured) == "/x.sock honeydewd")
    #expect(
      try resolve(home: "/var/lib/honeydew", configured: ["/var/lib/honeydew": "/run/other.sock"])
        == "/run/other.sock systemctl start honeydew")
  }

  @Test("is startable where a home is meant and not a socket or the system's daemon")
  func startable() throws {
    func isStartable(
      socket: String? = nil, home: String? = nil, instance: String? = nil, variables: [String: String] = [:],
      files: Set<String> = []
    ) throws -> Bool {
      try DaemonAddress.resolve(
        socket: socket, home: home, instance: instance, variables: variables, userHome: "/home/ada",
        exists: files.contains, configuredSocket: { ["/odd": "/odd.sock", "/shared": DaemonAddress.system][$0] }
      ).isStartable
    }
    #expect(try isStartable())
    #expect(try isStartable(home: "/t") && isStartable(home: "/odd") && isStartable(instance: "blue"))
    #expect(try isStartable(variables: ["HONEYDEW_HOME": "/v"]))
    #expect(
      try !isStartable(socket: "/t/daemon.sock") && !isStartable(variables: ["HONEYDEW_SOCKET": "/t/daemon.sock"]))
    #expect(try !isStartable(files: [DaemonAddress.system]) && !isStartable(socket: DaemonAddress.system))
    #expect(try !isStartable(home: "/var/lib/honeydew") && !isStartable(home: "/shared"))
    #expect(try isStartable(home: "/var/lib/honeydew", instance: "blue"))
    #expect(try !isStartable(variables: ["HONEYDEW_HOME": "/var/lib/honeydew"]))
  }

  @Test("comes with a start command that a shell reads rightly")
  func startCommand() throws {
    #expect(try resolve(home: "/it's here").hasSuffix(" honeydewd --home '/it'\\''s here'"))
    #expect(try resolve(socket: "/x/daemon.sock").hasSuffix(" honeydewd --home /x"))
    #expect(try resolve(socket: DaemonAddress.system).hasSuffix(" systemctl start honeydew"))
  }

  @Test("is not guessed where two were named or none can be")
  func refusals() {
    #expect(throws: ClientError.address("--socket names a daemon by itself; leave out --home")) {
      try resolve(socket: "/s", home: "/h")
    }
    #expect(throws: ClientError.address("--socket names a daemon by itself; leave out --instance")) {
      try resolve(socket: "/s", instance: "i")
    }
    #expect(throws: ClientError.self) { try resolve(userHome: nil) }
    for name in ["..", ".hidden", "a/b", "a b"] {
      #expect(throws: ClientError.self, "\(name)") { try resolve(instance: name) }
      #expect(throws: ClientError.self, "\(name)") { try resolve(variables: ["HONEYDEW_INSTANCE": name]) }
    }
  }
}
