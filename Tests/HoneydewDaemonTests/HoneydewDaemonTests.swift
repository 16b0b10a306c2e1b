import Testing
@testable import HoneydewDaemon
