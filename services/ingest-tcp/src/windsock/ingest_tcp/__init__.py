"""Messages in over TCP: 8010 for objects back to back, 8020 for large ones with a length before them."""
