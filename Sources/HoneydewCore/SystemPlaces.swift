/// Where the system's daemon has its files, by the Filesystem Hierarchy Standard.
public enum SystemPlaces {
  public static let home = "/var/lib/honeydew"
  public static let configuration = "/etc/honeydew"
  public static let run = "/run/honeydew"
  public static let log = "/var/log/honeydew"
}
