// HoneydewVault
