// HoneydewConfig
