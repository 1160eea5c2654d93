"""What Windsock's services share, and the only code that they share."""
