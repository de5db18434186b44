"""What happened beside what was dreamed, with the differences marked to the word."""
