internal import HoneydewRPC
internal import HoneydewVault
internal import HoneydewWire

/// A change of the master key.
///
/// A helper makes the next key beside the present one. What is sealed in the database is sealed anew in steps, kept in
/// memory, and committed in one transaction together with the check of the key; after it the next key takes its place.
/// At every moment one of the two files opens the database, and a start finds out which.
struct KeyRotation {
  enum Phase {
    /// The helper is at work; the salt is that of the next key.
    case deriving(Helper, salt: [UInt8])
    /// Payloads are being sealed anew.
    case sealing
    /// The transaction is on its way. When its commit fails, only the store knows which vault is right.
    case committing(previous: Vault, next: Vault)
    /// The database is sealed under the next key, whose file could not be put in its place.
    case unplaced
  }

  var phase: Phase
  let call: UnaryCall<Honeydew_RotateKeyResponse>
}
