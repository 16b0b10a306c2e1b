import Testing
@testable import HoneydewJSON
