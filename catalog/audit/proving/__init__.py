"""What travels in a proof pack: the program that checks it, and its pages."""
