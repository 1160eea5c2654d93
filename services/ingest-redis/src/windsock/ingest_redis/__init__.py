"""Messages in through Redis itself: PUBLISH and the inbox."""
