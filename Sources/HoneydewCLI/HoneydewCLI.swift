// HoneydewCLI
