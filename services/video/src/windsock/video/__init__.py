"""Camera feeds in, frames out."""
