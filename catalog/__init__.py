"""The library side: what is held where, who borrows it, and the rules; arranged by library concept."""
