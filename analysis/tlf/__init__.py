"""Tables, listings and figures: one model of a display, and a writer for each format."""
