// HoneydewJSON
