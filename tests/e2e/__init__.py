"""A package, so that its browser ends with its last test: the driver's event loop in the main thread would be in the way of async tests."""
