// HoneydewCore
