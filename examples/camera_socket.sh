#!/usr/bin/env bash
# A camera is registered by a message like any other: here from bash alone. The first argument is its URL; without one it is Windsock's own test pattern.
echo "{\"id\": \"camera by a socket\", \"type\": \"video_stream\", \"value\": \"${1:-test://pattern}\"}" > "/dev/tcp/127.0.0.1/${WINDSOCK_TCP_PORT:-8010}"
