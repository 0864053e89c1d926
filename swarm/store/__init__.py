"""The store: what is kept of runs in the database, one owner for each table."""
