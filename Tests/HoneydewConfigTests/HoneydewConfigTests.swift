import Testing
@testable import HoneydewConfig
