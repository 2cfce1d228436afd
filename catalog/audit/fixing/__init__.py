"""What would win points: the fixes, what each wins, the cheapest way, and what mends by itself."""
