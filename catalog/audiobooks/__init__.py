"""Recordings to be listened to: links, narrators, and where a reader stopped."""
