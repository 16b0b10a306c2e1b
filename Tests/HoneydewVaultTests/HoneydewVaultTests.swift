import Testing
@testable import HoneydewVault
