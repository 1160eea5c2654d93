"""The board's files and the relay, on 8000."""
