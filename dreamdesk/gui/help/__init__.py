"""The manual inside the program: the guides of ``resources/help``, their pictures, and the window that shows them."""
