/// The names of pools.
public enum PoolRules {
  /// The pool of API calls.
  public static let api = "api"
  /// The pool of local commands that name no other.
  public static let exec = "exec"
}
