"""Ready compositions of the catalogue's numbers: performance, call quality, trends, leaderboards and the rest."""
