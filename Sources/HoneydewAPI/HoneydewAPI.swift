// HoneydewAPI
