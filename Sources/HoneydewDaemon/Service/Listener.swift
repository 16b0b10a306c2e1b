internal import Glibc
internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewSystem

/// The Unix socket: it admits those whom the rule admits, and gives each connection to a `ClientLink`.
final class Listener {
  private let router: Router
  private let loop: EventLoop
  private let log: Log
  private let options: LiveSettings
  private let path: String
  /// What the socket's file is open to.
  private var socketMode: UInt32 = 0o600
  private var quota: ConnectionQuota
  /// Whether this process is a worker of the daemon, or was started by one.
  private let isWorker: (Int32) -> Bool
  let budget: MemoryBudget
  /// Of users who may not come in, and of connections that are too many.
  private var refusals = RefusedAttempts()
  private var overflows = RefusedAttempts()
  private var listener: SocketListener?
  /// Whether the service manager has made the socket, and keeps it.
  private var isInherited = false
  private var place: SocketPlace?
  private(set) var links: [ObjectIdentifier: ClientLink] = [:]
  /// The links that have something to write.
  private var writers: [ClientLink] = []
  /// Those that are served however long the turn has lasted.
  private static let writersPerTurn = 16

  init(
    options: LiveSettings, router: Router, loop: EventLoop, log: Log, isWorker: @escaping (Int32) -> Bool
  ) throws(Errno) {
    let settings = options.settings.daemon
    self.options = options
    path = settings.socketPath
    quota = ConnectionQuota(
      owner: options.access.owner, maximum: settings.maxConnections, maximumPerUser: settings.maxConnectionsPerUID)
    budget = MemoryBudget(limit: settings.connectionMemoryMegabytes << 20)
    self.isWorker = isWorker
    self.router = router
    self.loop = loop
    self.log = log.of(.rpc)
    if let inherited = try UnixSocket.inherited() {
      isInherited = true
      let address = UnixSocket.path(of: inherited)
      try listen(on: inherited)
      // The manager's own files it makes again itself, or not.
      guard address == path else { return }
    } else {
      try bind()
    }
    place = SocketPlace(path, on: loop, log: self.log) { [unowned self] () throws(Errno) in
      // The new file is closed to all but the owner.
      socketMode = 0o600
      try bind()
    }
    place?.begin()
  }

  /// Why nobody can connect; nil when all is well.
  var trouble: String? { place?.trouble }

  private func bind() throws(Errno) {
    try listen(on: try UnixSocket.listen(path: path, backlog: 1024))
    isInherited = false
  }

  private func listen(on socket: consuming FileDescriptor) throws(Errno) {
    try openFile()
    listener = try SocketListener(socket, on: loop) { [unowned self] in
      accept($0, $1)
    }
    listener?.onPause = { [log] reason in
      if let reason {
        log.error("connections cannot be accepted", ["error": .string("\(reason)")])
      } else {
        log.info("connections are accepted again")
      }
    }
  }

  /// Opens the socket's file to those whom the rule admits; a socket unit's file keeps its mode where that is nobody else.
  private func openFile() throws(Errno) {
    let access = options.access
    guard access.socketMode != 0o600 || socketMode != 0o600 else { return }
    let file = try SocketFile(path)
    var mode = access.socketMode
    if let group = access.socketGroup {
      do throws(Errno) {
        try file.setGroup(to: group)
      } catch {
        log.warn(
          "the socket's file cannot be given to the group, so that everybody reaches it; only members are admitted",
          ["error": .string("\(error)")])
        mode = 0o666
      }
    }
    try file.setMode(to: mode)
    socketMode = mode
  }

  /// Opens or closes the socket's file after other settings have come into force. The rights of those who are connected are
  /// asked for at each of their calls.
  func settingsChanged() {
    do throws(Errno) {
      try openFile()
    } catch {
      log.error("the socket's file cannot be opened to those who have a role", ["error": .string("\(error)")])
    }
  }

  /// Removes the socket's file, unless it is the service manager's, or another daemon's by now.
  func removeFile() {
    guard !isInherited, place?.isOurs == true else { return }
    place = nil
    _ = try? Files.remove(path)
  }

  /// Stops accepting, and lets the open connections end their calls.
  func shutDown() {
    listener = nil
    for link in links.values { link.shutDown() }
  }

  /// Writes out what the calls of this turn have answered, as far as its time goes; the rest leaves in the next one.
  func flush() {
    var next = 0
    while next < writers.count {
      if next >= Self.writersPerTurn, loop.isTurnOver {
        _ = loop.schedule(at: loop.now) {}
        break
      }
      writers[next].flush()
      next += 1
    }
    writers.removeFirst(next)
  }

  private func refuse(_ peer: PeerCredentials) {
    guard let earlier = refusals.note(uid: peer.uid, at: loop.now) else { return }
    log.warn(
      "connection refused",
      ["uid": .int(Int(peer.uid)), "pid": .int(Int(peer.pid)), "refused_since_last_line": .int(earlier)])
  }

  private func accept(_ socket: consuming FileDescriptor, _ peer: PeerCredentials) {
    let number = socket.fileNumber
    // They are asked for once: a role that a reload gives to a group is for those who are connected, too.
    let isOwner = peer.uid == options.access.owner || peer.uid == 0
    let groups = isOwner ? [] : (try? UnixSocket.peerGroups(number)) ?? []
    let client = Peer(userID: peer.uid, processID: peer.pid, groups: groups)
    guard !options.access.access(of: client).roles.isEmpty else { return refuse(peer) }
    // A worker speaks through its channel and no other way, whoever it belongs to.
    guard !isWorker(peer.pid) else { return refuse(peer) }
    if let excess = quota.admit(uid: peer.uid) { return turnAway(socket, peer, excess) }
    do {
      let link = try ClientLink(socket, of: client, router: router, budget: budget, loop: loop)
      let key = ObjectIdentifier(link)
      link.onOutput = { [unowned self] in writers.append($0) }
      link.onClose = { [unowned self] in
        links[key] = nil
        quota.release(uid: peer.uid)
        listener?.resume()
      }
      links[key] = link
      // It has a deadline before it has sent anything.
      link.askForFlush()
    } catch {
      quota.release(uid: peer.uid)
      log.error("connection cannot be watched", ["error": .string("\(error)")])
    }
  }

  /// Tells a client that it is one too many.
  private func turnAway(
    _ socket: consuming FileDescriptor, _ peer: PeerCredentials, _ excess: ConnectionQuota.Excess
  ) {
    let reason =
      switch excess {
      case .tooMany(let limit): "the daemon has \(limit) connections already (daemon.max_connections)"
      case .tooManyOfUser(let limit):
        "user \(peer.uid) has \(limit) connections already (daemon.max_connections_per_uid)"
      }
    _ = try? ServerConnection.farewell(reason).withUnsafeBytes { bytes throws(Errno) in try socket.send(bytes) }
    guard let earlier = overflows.note(uid: peer.uid, at: loop.now) else { return }
    log.warn(
      "connection is one too many",
      [
        "uid": .int(Int(peer.uid)), "pid": .int(Int(peer.pid)), "reason": .string(reason),
        "refused_since_last_line": .int(earlier),
      ])
  }
}
