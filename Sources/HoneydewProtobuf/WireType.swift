/// How the value after a tag is delimited; the low three bits of the tag.
public enum WireType: UInt8, Sendable {
  case varint = 0
  case fixed64 = 1
  case lengthDelimited = 2
  case startGroup = 3
  case endGroup = 4
  case fixed32 = 5
}

/// The number of bytes in which `value` is encoded as a varint: seven bits each.
func varintSize(_ value: UInt64) -> Int {
  max(1, (64 - value.leadingZeroBitCount + 6) / 7)
}

func tagSize(_ number: Int) -> Int {
  varintSize(UInt64(number) << 3)
}
