"""What the library tells and asks its readers: events, notices, and the enquiries that wait for a librarian."""
