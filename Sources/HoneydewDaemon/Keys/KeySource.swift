internal import Glibc
internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewStore
internal import HoneydewSystem
internal import HoneydewVault

/// Where the master key is kept.
enum KeySource: Equatable {
  case file(String)
  /// A file that the service manager provides (`LoadCredential=`, systemd.exec(5)). The daemon cannot replace it.
  case credential(String)

  /// The credential `master.key` where there is one, else the home's file.
  init(home: Home) {
    let credential = getenv("CREDENTIALS_DIRECTORY").map { "\(String(cString: $0))/master.key" }
    if let credential, access(credential, F_OK) == 0 {
      self = .credential(credential)
    } else {
      self = .file(home.masterKey)
    }
  }

  var path: String {
    switch self {
    case .file(let path), .credential(let path): path
    }
  }

  fileprivate func load() throws(VaultError) -> MasterKey? {
    switch self {
    case .file(let path): try MasterKey.load(path)
    case .credential(let path): try MasterKey.load(credential: path)
    }
  }
}

/// What a database says about the key that its secrets are sealed under: the salt of the derivation, and a sealed word that
/// only the right key opens.
struct KeyCheck: Equatable {
  var salt: [UInt8]
  var check: [UInt8]

  private static let word = Array("honeydew".utf8)

  init(_ vault: Vault, salt: [UInt8]) throws(VaultError) {
    self.salt = salt
    check = try vault.seal(Self.word, context: "key_check")
  }

  /// nil for a database without secrets.
  init?(_ store: Store) throws(StoreError) {
    guard let salt = try store.config(key: "key_salt").flatMap({ [UInt8](hexadecimal: $0) }),
      let check = try store.config(key: "key_check").flatMap({ [UInt8](hexadecimal: $0) })
    else { return nil }
    (self.salt, self.check) = (salt, check)
  }

  func isRight(_ vault: Vault) -> Bool { (try? vault.open(check, context: "key_check")) == Self.word }

  var writes: [StoreWrite] {
    [.setConfig(key: "key_salt", value: salt.hexadecimal), .setConfig(key: "key_check", value: check.hexadecimal)]
  }
}

extension Vault {
  /// Opens the vault of a database. One that has none yet gets a salt, and the key's file where that is missing too.
  static func open(_ source: KeySource, store: Store) throws -> Vault {
    guard let check = try KeyCheck(store) else {
      let key = try source == .file(source.path) ? MasterKey.loadOrCreate(source.path) : source.load()
      guard let key else { throw StartupError.missingKey(source.path) }
      let salt = try randomBytes(16)
      let vault = try Vault(masterKey: key, salt: salt)
      _ = try store.commit(try KeyCheck(vault, salt: salt).writes)
      try store.sync()
      return vault
    }
    let key = try source.load()
    if let vault = try key.map({ try Vault(masterKey: $0, salt: check.salt) }), check.isRight(vault) {
      if case .file(let path) = source { MasterKey.discardNext(of: path) }
      return vault
    }
    // The daemon may have ended between the commit under the next key and that key's way to its place.
    if case .file(let path) = source, let next = try? MasterKey.load(MasterKey.next(of: path)) {
      let vault = try Vault(masterKey: next, salt: check.salt)
      if check.isRight(vault) {
        try MasterKey.adoptNext(of: path)
        return vault
      }
    }
    throw key == nil ? StartupError.missingKey(source.path) : StartupError.wrongKey(source.path)
  }
}

extension StartupError {
  private static let lastResort =
    "put the right key back, or remove the rows `key_salt` and `key_check` of the table `config` and log in again"

  fileprivate static func missingKey(_ path: String) -> StartupError {
    StartupError(
      "\(path), the key that sealed this database's tokens, is missing; \(lastResort)", exitStatus: EX_CONFIG)
  }

  fileprivate static func wrongKey(_ path: String) -> StartupError {
    StartupError("\(path) is not the key that sealed this database's tokens; \(lastResort)", exitStatus: EX_CONFIG)
  }
}
