// HoneydewDaemon
