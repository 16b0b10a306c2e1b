// HoneydewSystem
