// HoneydewWire
