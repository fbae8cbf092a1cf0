"""What goes out: one sender for each kind of delivery."""
