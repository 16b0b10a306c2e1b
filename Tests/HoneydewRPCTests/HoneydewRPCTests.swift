import Testing
@testable import HoneydewRPC
