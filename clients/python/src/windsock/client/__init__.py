"""A publisher in two lines, for other people's programs: it needs nothing but Python."""
