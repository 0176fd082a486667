"""Evidence on paper: stamped scans and other files laid to the records of any room."""
