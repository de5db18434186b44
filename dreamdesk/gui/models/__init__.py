"""Item models over a desk: positions known at once, rows fetched by page when they are looked at."""
