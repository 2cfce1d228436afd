"""An audit over time: kept, compared, as of a day, promised, and closed for a year."""
