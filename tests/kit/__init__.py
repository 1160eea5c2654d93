"""What several tests need: real servers, started and stopped at will, and waiting for conditions."""
