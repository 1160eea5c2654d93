"""Messages in over HTTP, on 8030."""
