internal import CLinux

/// The signal's name, such as `SIGKILL`, or `signal 40` for one that has none.
public func signalName(_ signal: Int32) -> String {
  guard let name = honeydew_signal_name(signal) else { return "signal \(signal)" }
  return "SIG" + String(cString: name)
}
