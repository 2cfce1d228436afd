"""What the public says: reports, requests for data, ratings; and how it is heard and answered."""
