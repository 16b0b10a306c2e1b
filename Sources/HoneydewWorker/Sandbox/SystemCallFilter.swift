internal import CLinux
internal import CSeccomp
internal import Glibc
internal import HoneydewSystem

/// A filter of seccomp(2), built by libseccomp.
enum SystemCallFilter {
  /// Has the kernel refuse every other call of this process from now on: it fails with EPERM and is remembered.
  static func load(_ rules: SystemCallRules) throws(Errno) {
    guard honeydew_remember_refused_calls() == 0 else { throw Errno(errno, call: "sigaction") }
    guard let context = seccomp_init(honeydew_seccomp_trap()) else { throw Errno(ENOMEM, call: "seccomp_init") }
    defer { seccomp_release(context) }
    for rule in rules.all {
      let call = seccomp_syscall_resolve_name(rule.call)
      // Below zero is a call that this processor does not have.
      guard call >= 0 else { continue }
      let action =
        switch rule.answer {
        case .allowed: honeydew_seccomp_allow()
        case .fails(let number): honeydew_seccomp_errno(UInt16(number))
        }
      let conditions = rule.conditions.map {
        scmp_arg_cmp(
          arg: $0.argument, op: SCMP_CMP_MASKED_EQ, datum_a: $0.mask, datum_b: $0.value)
      }
      try check(seccomp_rule_add_array(context, action, call, UInt32(conditions.count), conditions), rule.call)
    }
    try check(seccomp_load(context), "seccomp_load")
  }

  /// The name of the last call that was refused, once; nil for none.
  static func takeRefusedCall() -> String? {
    let call = honeydew_take_refused_call()
    guard call >= 0 else { return nil }
    guard let name = seccomp_syscall_resolve_num_arch(seccomp_arch_native(), call) else { return "number \(call)" }
    defer { free(name) }
    return String(cString: name)
  }

  private static func check(_ result: Int32, _ call: String) throws(Errno) {
    if result < 0 { throw Errno(-result, call: call) }
  }
}
