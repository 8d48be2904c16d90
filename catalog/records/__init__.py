"""What the libraries hold: works, bibliographic records and items, merged into one union."""
