import Testing
@testable import HoneydewAPI
