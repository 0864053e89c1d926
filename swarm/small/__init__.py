"""Small: what code decides in the place of a small model, and how what it writes is judged."""
