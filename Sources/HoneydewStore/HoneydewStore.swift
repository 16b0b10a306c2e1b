// HoneydewStore
