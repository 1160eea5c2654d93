"""The windsock command: up, demo, send, pipe, streams, tail, doctor, feed, rm."""
