import Testing
@testable import HoneydewCLI
